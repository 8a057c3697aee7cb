//! What exactly would a plan change, in words and lines that a page can show?

use std::fs;
use std::path::Path;

use super::diff::{Context, Diff, DiffLine, diff};
use super::{Change, Plan, mode_text};
use crate::say;
use crate::text::{Kind, Text};

/// One change as it is shown before it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previewed {
    /// The kind of change, for JSON.
    pub kind: &'static str,
    /// The file or folder as the person knows it.
    pub path: Text,
    /// `(real file: …)` when the path leads elsewhere through a symlink.
    pub real: Option<Text>,
    /// `6 lines added`, `new file, mode 0600`.
    pub summary: Text,
    /// What cannot be seen in the lines.
    pub notes: Vec<Text>,
    /// The lines that change, with their neighbours, in groups.
    pub hunks: Vec<Vec<DiffLine>>,
}

impl Previewed {
    /// Path, real file and summary in one line.
    pub fn heading(&self) -> Text {
        let parts = [Some(&self.path), self.real.as_ref(), Some(&self.summary)];
        Text::join(parts.into_iter().flatten().cloned(), "  ")
    }
}

/// Every change of the plan, with two neighbours of each changed line.
pub fn preview(plan: &Plan) -> Vec<Previewed> {
    preview_with(plan, Context::Lines(2))
}

/// Every change of the plan. Reads nothing but where symlinks lead.
pub fn preview_with(plan: &Plan, context: Context) -> Vec<Previewed> {
    plan.changes
        .iter()
        .map(|change| show(change, context))
        .collect()
}

/// A change in a few words: `6 lines added`.
pub(super) fn summary(change: &Change) -> Text {
    show(change, Context::Lines(0)).summary
}

fn show(change: &Change, context: Context) -> Previewed {
    let path = change.path();
    let mut shown = Previewed {
        kind: change.kind(),
        path: Text::path(path),
        real: None,
        summary: Text::default(),
        notes: Vec::new(),
        hunks: Vec::new(),
    };
    match change {
        Change::MakeDir { mode, .. } => {
            shown.summary = if path.is_dir() {
                "folder, exists already".into()
            } else {
                say!("new folder, mode {}", mode_text(*mode))
            };
        }
        Change::MakeKey {
            public,
            public_line,
            ..
        } => {
            shown.summary = say!("new private key, mode {}", mode_text(0o600));
            let public = Text::path(public);
            shown.notes.push(say!(
                "{}  new public key, mode {}",
                public,
                mode_text(0o644)
            ));
            shown
                .notes
                .push(Text::of(Kind::PublicKey, public_line.trim_end()));
        }
        Change::WriteText {
            before,
            after,
            mode_if_new,
            ..
        } => {
            shown.real = real_file(path);
            let old = before.as_deref().unwrap_or_default();
            let found = lines(&mut shown, old, after, context);
            shown.summary = match before {
                Some(_) => found.summary(),
                None => say!("new file, mode {}", mode_text(*mode_if_new)),
            };
            shown.notes.extend(other_names(path));
        }
        Change::SetMode { before, after, .. } => {
            shown.real = real_file(path);
            shown.summary = say!("mode {} becomes {}", mode_text(*before), mode_text(*after));
        }
        Change::RemoveOurs { expected, .. } => {
            lines(&mut shown, expected, b"", context);
            shown.summary = "file removed; sshstep had made it".into();
        }
        Change::SetAside(aside) => {
            shown.real = real_file(path);
            let kept = name(&aside.aside);
            shown.summary = match &aside.mended {
                Some(mended) => say!("{}, old file kept as {}", mended.words.clone(), kept),
                None => say!("gets another name: {}", kept),
            };
        }
        Change::PutBack(back) => {
            shown.real = real_file(path);
            let kept = name(&back.record.aside);
            shown.summary = say!("{} is put back under this name", kept);
        }
        Change::AgentAdd { lifetime, .. } => {
            shown.summary = match lifetime {
                Some(time) => say!("unlocked in the agent for {} hours", time.as_secs() / 3600),
                None => "unlocked in the agent".into(),
            };
        }
        Change::AgentRemove { .. } => {
            shown.summary = "taken out of the agent; its files stay".into();
        }
        Change::RemoveOurDir { .. } => {
            shown.summary = "empty folder removed; sshstep had made it".into();
        }
    }
    shown
}

fn lines(shown: &mut Previewed, before: &[u8], after: &[u8], context: Context) -> Diff {
    let mut found = diff(before, after, context);
    shown.notes.append(&mut found.notes);
    shown.hunks.append(&mut found.hunks);
    found
}

/// A file's name without its folder, which was named already.
fn name(path: &Path) -> Text {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Text::of(Kind::Path, name)
}

/// Where a symlink leads, or the symlink that its folder is. Links further up (`/home`) belong to
/// the system and are not worth a word.
fn real_file(path: &Path) -> Option<Text> {
    let is_link = |path: &Path| fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    if !is_link(path) && !path.parent().is_some_and(is_link) {
        return None;
    }
    let real = fs::canonicalize(path).ok()?;
    Some(say!("(real file: {})", Text::path(&real)))
}

/// A file with several hard links: the others keep the old text, since ours is a new file.
fn other_names(path: &Path) -> Option<Text> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let names = fs::metadata(path).ok()?.nlink();
        (names > 1).then(|| {
            say!(
                "This file has {} names (hard links); the others keep the old text.",
                names
            )
        })
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}
