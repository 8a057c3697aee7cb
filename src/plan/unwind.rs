//! What is the opposite of a recorded change, seen from the disk as it is now?

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::aside::{Back, Renamed};
use super::diff::{Context, Diff, diff, take_out};
use super::record::{Held, Intent, sha256};
use super::{Change, disk, held, is_half_of_a_key, owner};
use crate::agent::AgentAddress;
use crate::say;
use crate::text::Text;

/// A file that does not hold any more what we wrote into it.
pub struct EditedSince {
    /// The file as the person knows it.
    pub path: PathBuf,
    /// From what we wrote to what is there now.
    pub diff: Diff,
    /// Whether the file is gone.
    pub gone: bool,
    /// The text without our lines, if they can be told apart.
    without_ours: Option<Vec<u8>>,
}

impl EditedSince {
    /// Whether our lines can be taken out and the person's kept.
    pub fn ours_can_be_taken_out(&self) -> bool {
        self.without_ours.is_some()
    }
}

/// What to do with a file that was edited since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfEdited {
    /// Take out our lines only; where that cannot be done cleanly, leave the file.
    OnlyOurs,
    /// Put the old file back, and lose what was edited since (a copy is kept).
    PutBack,
    /// Leave the file as it is.
    Leave,
}

/// An undo plan in the making. The changes are walked backwards, and each sees the disk as it will
/// be after those before it.
pub(super) struct Draft<'a> {
    pub(super) changes: Vec<Change>,
    pub(super) edited: Vec<(EditedSince, IfEdited)>,
    pub(super) kept: Vec<Text>,
    copies: &'a Path,
    texts: HashMap<PathBuf, Option<Vec<u8>>>,
    modes: HashMap<PathBuf, u32>,
    /// Files that get their own name back, and the one that they have now.
    returned: HashMap<PathBuf, PathBuf>,
    removed: HashSet<PathBuf>,
}

impl<'a> Draft<'a> {
    /// A draft that reads old texts from `copies`.
    pub(super) fn new(copies: &'a Path) -> Self {
        Self {
            changes: Vec::new(),
            edited: Vec::new(),
            kept: Vec::new(),
            copies,
            texts: HashMap::new(),
            modes: HashMap::new(),
            returned: HashMap::new(),
            removed: HashSet::new(),
        }
    }

    /// Adds what takes this change back, if it can and must be.
    pub(super) fn take_back(&mut self, intent: &Intent, decide: impl Fn(&EditedSince) -> IfEdited) {
        match intent {
            Intent::MakeDir { path, .. } => self.remove_folder(path),
            Intent::MakeKey { private, .. } => self.kept.push(say!(
                "The key {} and its .pub stay: sshstep never deletes a key.",
                Text::path(private)
            )),
            Intent::WriteText {
                path,
                before,
                after,
                ..
            } => {
                let old = before.as_ref().map(|held| self.copy(held)).transpose();
                match (old, self.copy(after)) {
                    (Ok(old), Ok(ours)) => {
                        let mode = before.as_ref().unwrap_or(after).mode;
                        self.restore(path, old, Some(ours), mode, decide);
                    }
                    (Err(why), _) | (_, Err(why)) => self.keep_for(path, why),
                }
            }
            Intent::RemoveOurs { path, before, .. } => match self.copy(before) {
                Ok(old) => self.restore(path, Some(old), None, before.mode, decide),
                Err(why) => self.keep_for(path, why),
            },
            Intent::SetMode {
                path,
                before,
                after,
            } => self.set_mode(path, *before, *after),
            Intent::AgentAdd {
                file,
                agent,
                public_line,
            } => {
                let address = AgentAddress::from_value(agent);
                if held::holds(&address, public_line) == Some(true) {
                    self.changes.push(Change::AgentRemove {
                        address,
                        public_line: public_line.clone(),
                        file: file.clone(),
                    });
                }
            }
            // Putting it back would need its passphrase.
            Intent::AgentRemove { .. } => {}
            Intent::SetAside(record) => self.put_back(record),
            // Part of an undo, which is not taken back.
            Intent::PutBack(_) => {}
            Intent::RemoveOurDir { path, mode } => {
                if fs::symlink_metadata(path).is_err() {
                    self.changes.push(Change::MakeDir {
                        path: path.clone(),
                        mode: *mode,
                    });
                }
            }
        }
    }

    fn restore(
        &mut self,
        path: &Path,
        old: Option<Vec<u8>>,
        ours: Option<Vec<u8>>,
        mode: u32,
        decide: impl Fn(&EditedSince) -> IfEdited,
    ) {
        let real = real(path);
        let now = match self.text(&real) {
            Ok(now) => now,
            Err(error) => return self.keep_for(path, crate::trouble::reason(&error)),
        };
        if now == old {
            return;
        }
        let then = if now == ours {
            old
        } else {
            let text = |text: &Option<Vec<u8>>| text.clone().unwrap_or_default();
            let edited = EditedSince {
                path: path.to_owned(),
                diff: diff(&text(&ours), &text(&now), Context::Lines(2)),
                gone: now.is_none(),
                without_ours: now
                    .as_ref()
                    .and_then(|now| take_out(&text(&old), &text(&ours), now)),
            };
            let mut choice = decide(&edited);
            if choice == IfEdited::OnlyOurs && edited.without_ours.is_none() {
                choice = IfEdited::Leave;
            }
            let then = match choice {
                IfEdited::OnlyOurs => edited.without_ours.clone(),
                IfEdited::PutBack => old,
                IfEdited::Leave => now.clone(),
            };
            self.edited.push((edited, choice));
            then
        };
        self.write(path, real, now, then, mode);
    }

    fn write(
        &mut self,
        path: &Path,
        real: PathBuf,
        now: Option<Vec<u8>>,
        then: Option<Vec<u8>>,
        mode: u32,
    ) {
        if now == then {
            return;
        }
        // Two changes of one file become one: the step between is of no interest any more.
        if let Some(Change::WriteText {
            path: earlier,
            after,
            ..
        }) = self.changes.last_mut()
            && let Some(text) = &then
            && earlier == path
        {
            after.clone_from(text);
            self.texts.insert(real, then);
            return;
        }
        match (&now, &then) {
            (Some(expected), None) if is_half_of_a_key(path, expected) => {
                return self.keep_for(
                    path,
                    "it belongs to a key, which sshstep never deletes".into(),
                );
            }
            (Some(expected), None) => {
                self.changes.push(Change::RemoveOurs {
                    path: path.to_owned(),
                    expected: expected.clone(),
                });
                self.removed.insert(path.to_owned());
            }
            (_, Some(after)) => {
                if now.is_none() {
                    self.modes.insert(real.clone(), mode);
                }
                self.changes.push(Change::WriteText {
                    path: path.to_owned(),
                    before: now.clone(),
                    after: after.clone(),
                    mode_if_new: mode,
                });
            }
            (None, None) => {}
        }
        self.texts.insert(real, then);
    }

    fn set_mode(&mut self, path: &Path, before: u32, after: u32) {
        let real = real(path);
        let now = match self.modes.get(&real) {
            Some(mode) => *mode,
            None => match fs::metadata(path) {
                Ok(found) => owner::mode(&found),
                Err(error) => return self.keep_for(path, crate::trouble::reason(&error)),
            },
        };
        if now == after {
            self.changes.push(Change::SetMode {
                path: path.to_owned(),
                before: after,
                after: before,
            });
            self.modes.insert(real, before);
        } else if now != before {
            self.keep_for(path, "its mode was changed since".into());
        }
    }

    fn put_back(&mut self, record: &Renamed) {
        let (path, aside) = (&record.path, &record.aside);
        if !record.is_old(aside).unwrap_or(false) {
            // It was put back by hand already, or thrown away.
            if !record.is_old(&record.real).unwrap_or(false) {
                let why = say!("the old file {} is gone or changed.", Text::path(aside));
                self.keep_for(path, why);
            }
            return;
        }
        let now = self.text(&record.real).map(|now| now.map(Zeroizing::new));
        let is_ours = match (&now, &record.new) {
            (Ok(None), _) => true,
            (Ok(Some(now)), Some(ours)) => sha256(now) == *ours,
            (Ok(Some(_)), None) | (Err(_), _) => false,
        };
        match now {
            Ok(now) if is_ours => {
                self.changes.push(Change::PutBack(Back::new(record, now)));
                self.texts.remove(&record.real);
                self.returned.insert(record.real.clone(), aside.clone());
                self.modes.insert(record.real.clone(), record.mode);
            }
            Ok(_) | Err(_) => self.keep_for(
                path,
                say!(
                    "it was changed since. The old file is {}.",
                    Text::path(aside)
                ),
            ),
        }
    }

    /// What a file will hold when the changes so far are made.
    fn text(&self, real: &PathBuf) -> std::io::Result<Option<Vec<u8>>> {
        match self.texts.get(real) {
            Some(text) => Ok(text.clone()),
            None => disk::read(self.returned.get(real).unwrap_or(real)),
        }
    }

    fn remove_folder(&mut self, path: &Path) {
        let Ok(files) = fs::read_dir(path) else {
            return;
        };
        let rest = files
            .flatten()
            .filter(|file| !self.removed.contains(&file.path()))
            .count();
        if rest == 0 {
            self.changes.push(Change::RemoveOurDir {
                path: path.to_owned(),
            });
            self.removed.insert(path.to_owned());
        } else {
            self.keep_for(path, "it is not empty".into());
        }
    }

    fn keep_for(&mut self, path: &Path, why: Text) {
        self.kept
            .push(say!("{} stays as it is: {}", Text::path(path), why));
    }

    fn copy(&self, held: &Held) -> Result<Vec<u8>, Text> {
        match fs::read(self.copies.join(&held.copy)) {
            Ok(text) if sha256(&text) == held.sha256 => Ok(text),
            Ok(_) => Err("the copy of its old text is damaged.".into()),
            Err(_) => Err("the copy of its old text is gone.".into()),
        }
    }
}

/// The name under which a draft remembers a file or folder, whichever link led to it.
fn real(path: &Path) -> PathBuf {
    let parent = || {
        Some(
            fs::canonicalize(path.parent()?)
                .ok()?
                .join(path.file_name()?),
        )
    };
    fs::canonicalize(path)
        .ok()
        .or_else(parent)
        .unwrap_or_else(|| path.to_owned())
}
