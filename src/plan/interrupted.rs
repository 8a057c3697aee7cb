//! Did the last run end in the middle, and what did it leave on the disk?
//!
//! Every change is one rename (or one system call), so each file is wholly old or wholly new; the
//! disk says which. Looking and settling are two things: only [`Interrupted::settle`] writes.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::disk::{self, Watch};
use super::journal::{append, unwritable};
use super::lock::Lock;
use super::record::{Held, Intent, Outcome, Record, sha256};
use super::story::{self, State, Story};
use super::{held, owner};
use crate::agent::AgentAddress;
use crate::text::Text;
use crate::trouble::Trouble;

/// A run whose process is gone without having said how it ended.
pub struct Interrupted {
    /// Its number in the history.
    pub run: u32,
    /// When it began.
    pub when: Timestamp,
    /// What it was about, as the person typed it.
    pub target: Text,
    /// The step that the person was at.
    pub step: Option<String>,
    /// What it had changed by then; `undo` takes it back.
    pub done: Vec<Text>,
    /// Changes that had been begun.
    pub cut: Vec<CutChange>,
    state_dir: PathBuf,
}

/// A change that was begun and not reported as done.
pub struct CutChange {
    /// The file or folder.
    pub path: PathBuf,
    /// What was to be done with it, in the past tense: `changed ~/.ssh/config`.
    pub what: Text,
    /// What the disk says.
    pub landed: Landed,
}

/// On which side of a change a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landed {
    /// As before the change.
    Old,
    /// As after it.
    New,
    /// Neither: somebody else changed it since.
    Other,
}

/// The last run, if it was cut short. Writes nothing.
pub fn interrupted(state_dir: &Path) -> Result<Option<Interrupted>, Trouble> {
    // The lock goes with the process, which a recycled process id does not.
    if !Lock::is_free(state_dir).map_err(|error| unwritable(state_dir, &error))? {
        return Ok(None);
    }
    let Some(story) = story::read_all(state_dir)?.pop() else {
        return Ok(None);
    };
    if story.outcome.is_some() || !story.readable {
        return Ok(None);
    }
    let Some(start) = story.start else {
        return Ok(None);
    };
    let mut found = Interrupted {
        run: story.number,
        when: start.time,
        target: Text::quoted(start.target),
        step: story.step,
        done: Vec::new(),
        cut: Vec::new(),
        state_dir: state_dir.to_owned(),
    };
    for entry in &story.entries {
        match entry.state {
            State::Done => found.done.push(entry.intent.words()),
            State::Intended => found.cut.push(CutChange {
                path: entry.intent.path().to_owned(),
                what: entry.intent.words(),
                landed: landed(&entry.intent),
            }),
            State::Undone => {}
        }
    }
    Ok(Some(found))
}

impl Interrupted {
    /// Removes what the run left half-made, and ends its journal. The first write of the next run
    /// does the same.
    pub fn settle(self) -> Result<(), Trouble> {
        let lock =
            Lock::take(&self.state_dir).map_err(|error| unwritable(&self.state_dir, &error))?;
        match lock {
            Some(lock) => settle_earlier(&self.state_dir, &lock),
            // Somebody else began to write meanwhile, and settled it.
            None => Ok(()),
        }
    }
}

/// Settles every run that did not end. Needs the lock: its process is gone for sure then.
pub(super) fn settle_earlier(state_dir: &Path, _: &Lock) -> Result<(), Trouble> {
    for story in story::read_all(state_dir)? {
        if story.outcome.is_none() && story.readable {
            settle(&story).map_err(|error| unwritable(state_dir, &error))?;
        }
    }
    Ok(())
}

/// What the disk says about a change.
pub(super) fn landed(intent: &Intent) -> Landed {
    let there = |path: &Path| fs::symlink_metadata(path).is_ok();
    match intent {
        Intent::MakeDir { path, .. } if path.is_dir() => Landed::New,
        Intent::RemoveOurDir { path, .. } if path.is_dir() => Landed::Old,
        Intent::MakeDir { path, .. } if there(path) => Landed::Other,
        Intent::RemoveOurDir { path, .. } if there(path) => Landed::Other,
        Intent::MakeDir { .. } => Landed::Old,
        Intent::RemoveOurDir { .. } => Landed::New,
        Intent::AgentAdd {
            agent, public_line, ..
        } => in_agent(agent, public_line, Landed::New, Landed::Old),
        Intent::AgentRemove {
            agent, public_line, ..
        } => in_agent(agent, public_line, Landed::Old, Landed::New),
        Intent::MakeKey {
            private, sha256, ..
        } => side(private, None, Some(sha256)),
        Intent::WriteText {
            real,
            before,
            after,
            ..
        } => side(real, hash(before.as_ref()), hash(Some(after))),
        Intent::RemoveOurs { path, before, .. } => side(path, hash(Some(before)), None),
        Intent::SetAside(renamed) => renamed.landed(),
        Intent::PutBack(renamed) => renamed.back_landed(),
        Intent::SetMode {
            path,
            before,
            after,
        } => match fs::metadata(path) {
            Ok(found) if owner::mode(&found) == *after => Landed::New,
            Ok(found) if owner::mode(&found) == *before => Landed::Old,
            Ok(_) | Err(_) => Landed::Other,
        },
    }
}

fn in_agent(agent: &str, public_line: &str, there: Landed, gone: Landed) -> Landed {
    match held::holds(&AgentAddress::from_value(agent), public_line) {
        Some(true) => there,
        Some(false) => gone,
        None => Landed::Other,
    }
}

fn hash(held: Option<&Held>) -> Option<&String> {
    held.map(|held| &held.sha256)
}

fn side(path: &Path, old: Option<&String>, new: Option<&String>) -> Landed {
    let now = match disk::read(path) {
        Ok(now) => now.map(zeroize::Zeroizing::new).map(|now| sha256(&now)),
        Err(_) => return Landed::Other,
    };
    if now.as_ref() == new {
        Landed::New
    } else if now.as_ref() == old {
        Landed::Old
    } else {
        Landed::Other
    }
}

fn settle(story: &Story) -> io::Result<()> {
    if story.start.is_none() {
        // It died within its very first record: nothing was intended.
        return fs::remove_file(&story.file);
    }
    let mut file = OpenOptions::new().append(true).open(&story.file)?;
    file.set_len(story.whole)?;
    let mut whole = story.whole;
    for entry in &story.entries {
        for temp in entry.intent.temps() {
            match fs::remove_file(&temp) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    // Its folder may be gone or closed by now; a leftover is no reason to stop.
                }
                Ok(()) | Err(_) => {}
            }
        }
        if entry.state != State::Intended {
            continue;
        }
        let n = entry.n;
        match landed(&entry.intent) {
            Landed::New => {
                complete(&entry.intent);
                append(&mut file, &mut whole, &Record::Done { n })?;
            }
            Landed::Old if half_made(&entry.intent).is_err() => {}
            Landed::Old => append(&mut file, &mut whole, &Record::Undone { n })?,
            Landed::Other => {}
        }
    }
    let end = Record::End {
        outcome: Outcome::CutShort,
        time: Timestamp::now(),
    };
    append(&mut file, &mut whole, &end)
}

/// A key is two files. The public one is written now if the process died between them; if that
/// fails, the key is found without its public half, which has a repair of its own.
fn complete(intent: &Intent) {
    match intent {
        Intent::MakeKey {
            public,
            public_line,
            public_temp,
            ..
        } => {
            if fs::symlink_metadata(public).is_err() {
                let _ = disk::create(
                    public,
                    public_temp,
                    public_line.as_bytes(),
                    0o644,
                    &mut Watch::default(),
                );
            }
        }
        // The mode comes last.
        Intent::SetAside(renamed) => {
            let _ = renamed.close();
        }
        Intent::MakeDir { .. }
        | Intent::WriteText { .. }
        | Intent::SetMode { .. }
        | Intent::RemoveOurs { .. }
        | Intent::RemoveOurDir { .. }
        | Intent::PutBack(_)
        | Intent::AgentAdd { .. }
        | Intent::AgentRemove { .. } => {}
    }
}

/// Takes away what a change left behind that was begun and did not land.
pub(super) fn half_made(intent: &Intent) -> io::Result<()> {
    match intent {
        Intent::SetAside(renamed) => renamed.tidy(),
        Intent::PutBack(renamed) if renamed.back_landed() == Landed::Old => renamed.close(),
        Intent::MakeDir { .. }
        | Intent::MakeKey { .. }
        | Intent::WriteText { .. }
        | Intent::SetMode { .. }
        | Intent::RemoveOurs { .. }
        | Intent::RemoveOurDir { .. }
        | Intent::PutBack(_)
        | Intent::AgentAdd { .. }
        | Intent::AgentRemove { .. } => Ok(()),
    }
}
