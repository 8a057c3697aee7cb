//! What does this run remember about itself, so that it can be told about and taken back?
//!
//! `runs/000012.jsonl` holds the records, `runs/000012/` the copies of texts. Both appear with the
//! first thing worth remembering: merely looking leaves nothing behind.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::disk::{self, Moment, Watch};
use super::interrupted::settle_earlier;
use super::lock::Lock;
use super::owner;
use super::record::{Held, Intent, Outcome, Purpose, Record, SCHEMA, sha256, without_password};
use super::story;
use crate::say;
use crate::text::Text;
use crate::trouble::{Exit, Trouble};

/// One start of the program, from its first thing worth remembering to its end.
pub struct Run {
    state_dir: PathBuf,
    target: String,
    journal: Option<Journal>,
    pub(super) watch: Watch,
}

/// The open journal. Whoever has it has the right to write.
struct Journal {
    number: u32,
    file: File,
    /// Bytes of whole records: a record that failed half-way is cut off again.
    whole: u64,
    copies: PathBuf,
    last: usize,
    _lock: Lock,
}

impl Run {
    /// A run that remembers itself in `state_dir`, the program's own state folder. Creates nothing.
    ///
    /// Fails when another sshstep is writing: this one may then only look.
    pub fn begin(state_dir: &Path, target: &str) -> Result<Self, Trouble> {
        match Lock::is_free(state_dir) {
            Ok(true) => Ok(Self {
                state_dir: state_dir.to_owned(),
                target: without_password(target),
                journal: None,
                watch: Watch::default(),
            }),
            Ok(false) => Err(busy(state_dir)),
            Err(error) => Err(unwritable(state_dir, &error)),
        }
    }

    /// This run with somebody who is told about each moment of a change.
    #[must_use]
    pub fn watched(mut self, watch: Watch) -> Self {
        self.watch = watch;
        self
    }

    /// Remembers the step that the person is at, for "last time you stopped at".
    pub fn note_step(&mut self, id: &str) -> Result<(), Trouble> {
        self.append(&Record::Step { id: id.to_owned() })
    }

    /// The number of this run in the history, once it has one.
    pub fn number(&self) -> Option<u32> {
        self.journal.as_ref().map(|journal| journal.number)
    }

    /// The run is over; another sshstep may write. Without this, the next start takes the run for
    /// one that was cut short.
    pub fn end(&mut self, outcome: Outcome) -> Result<(), Trouble> {
        if self.journal.is_none() {
            return Ok(());
        }
        let time = Timestamp::now();
        let ended = self.append(&Record::End { outcome, time });
        self.journal = None;
        ended
    }

    /// Room for one more change: its number, and a name for a temporary file that will be
    /// recognised after a crash.
    pub(super) fn slot(&mut self) -> Result<Slot, Trouble> {
        let journal = self.open()?;
        journal.last += 1;
        // A dot in front: ssh's Include patterns and the person's own `*` pass over it. The time
        // keeps it apart from leftovers of a run whose journal was thrown away.
        let unique = Timestamp::now().as_nanosecond();
        Ok(Slot {
            n: journal.last,
            temp: format!(
                ".sshstep-{}-{}-{unique:x}.tmp",
                journal.number, journal.last
            ),
        })
    }

    /// Keeps a copy of a text, and says what belongs into the journal about it.
    pub(super) fn keep(&mut self, name: String, text: &[u8], mode: u32) -> Result<Held, Trouble> {
        let (copies, state_dir) = (self.open()?.copies.clone(), self.state_dir.clone());
        let written = private_folder(&copies)
            .and_then(|()| private_file(&copies.join(&name)))
            .and_then(|mut copy| {
                copy.write_all(text)?;
                copy.sync_all()
            })
            .and_then(|()| disk::sync_folder(&copies.join(&name)));
        written.map_err(|error| unwritable(&state_dir, &error))?;
        Ok(Held {
            sha256: sha256(text),
            mode,
            copy: name,
        })
    }

    /// Writes down that a change is about to be made.
    pub(super) fn intend(
        &mut self,
        n: usize,
        purpose: Purpose,
        intent: &Intent,
    ) -> Result<(), Trouble> {
        self.pass(Moment::CopiesKept)?;
        self.append(&Record::Intend {
            n,
            purpose,
            intent: intent.clone(),
        })?;
        self.pass(Moment::Intended)
    }

    /// Writes down that it was made.
    pub(super) fn done(&mut self, n: usize) -> Result<(), Trouble> {
        self.append(&Record::Done { n })?;
        self.pass(Moment::Done)
    }

    /// Writes down that it was not made, or is taken back.
    pub(super) fn undone(&mut self, n: usize) -> Result<(), Trouble> {
        self.append(&Record::Undone { n })
    }

    /// Where the journals are.
    pub(super) fn state_dir(&self) -> &Path {
        &self.state_dir
    }

    /// Writes down that changes of a run have been taken back.
    pub(super) fn took_back(&mut self, run: u32, through: usize) -> Result<(), Trouble> {
        self.append(&Record::TookBack { run, through })
    }

    /// The folder with this run's copies.
    pub(super) fn copies(&self) -> Option<&Path> {
        self.journal
            .as_ref()
            .map(|journal| journal.copies.as_path())
    }

    fn pass(&mut self, moment: Moment) -> Result<(), Trouble> {
        self.watch
            .at(moment)
            .map_err(|error| unwritable(&self.state_dir, &error))
    }

    fn append(&mut self, record: &Record) -> Result<(), Trouble> {
        let state_dir = self.state_dir.clone();
        let journal = self.open()?;
        append(&mut journal.file, &mut journal.whole, record)
            .map_err(|error| unwritable(&state_dir, &error))
    }

    fn open(&mut self) -> Result<&mut Journal, Trouble> {
        let journal = match self.journal.take() {
            Some(journal) => journal,
            None => self.open_new()?,
        };
        Ok(self.journal.insert(journal))
    }

    fn open_new(&self) -> Result<Journal, Trouble> {
        let failed = |error: io::Error| unwritable(&self.state_dir, &error);
        private_folder(&self.state_dir).map_err(failed)?;
        private_folder(&story::runs_dir(&self.state_dir)).map_err(failed)?;
        let Some(lock) = Lock::take(&self.state_dir).map_err(failed)? else {
            return Err(busy(&self.state_dir));
        };
        settle_earlier(&self.state_dir, &lock)?;
        let last = story::numbers(&self.state_dir).map_err(failed)?.pop();
        let number = last.unwrap_or(0) + 1;
        let path = story::journal_file(&self.state_dir, number);
        let mut journal = Journal {
            number,
            file: private_file(&path).map_err(failed)?,
            whole: 0,
            copies: path.with_extension(""),
            last: 0,
            _lock: lock,
        };
        let start = Record::Start {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            time: Timestamp::now(),
            pid: std::process::id(),
            target: self.target.clone(),
        };
        append(&mut journal.file, &mut journal.whole, &start)
            .and_then(|()| disk::sync_folder(&path))
            .map_err(failed)?;
        Ok(journal)
    }
}

/// Room for one change in the journal.
pub(super) struct Slot {
    /// Its number within the run.
    pub(super) n: usize,
    /// The name of its temporary file.
    pub(super) temp: String,
}

/// Adds one record: a single write, on the disk before this returns, or not there at all.
pub(super) fn append(file: &mut File, whole: &mut u64, record: &Record) -> io::Result<()> {
    let mut line = serde_json::to_vec(record)?;
    line.push(b'\n');
    let written = file.write_all(&line).and_then(|()| file.sync_data());
    match written {
        Ok(()) => *whole += line.len() as u64,
        // A full disk may have taken a part; the next record must not be glued to it.
        Err(_) => file.set_len(*whole)?,
    }
    written
}

/// The state folder cannot be written, so nothing else will be.
pub(super) fn unwritable(state_dir: &Path, error: &io::Error) -> Trouble {
    Trouble::io(
        say!(
            "Nothing can be written down in {}.",
            Text::path(state_dir)
        ),
        error,
        "sshstep keeps there what it needs to take changes back. Make that folder writable, then try again.",
    )
    .exit(Exit::RolledBack)
}

fn busy(state_dir: &Path) -> Trouble {
    let open = story::read_all(state_dir).unwrap_or_default();
    let pid = open
        .iter()
        .rev()
        .find(|story| story.outcome.is_none())
        .and_then(|story| story.start.as_ref())
        .map(|start| start.pid);
    let why = match pid {
        Some(pid) => say!(
            "It is process {}. Two writing at once could undo each other's work.",
            pid
        ),
        None => "Two writing at once could undo each other's work.".into(),
    };
    Trouble::new(
        "Another sshstep is changing things on this account, so this one only looks.",
        why,
        "Finish the other one, then try again.",
    )
    .exit(Exit::Unfinished)
}

/// A folder that only its owner can enter, with its parents.
fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)?;
    if owner::mode(&fs::metadata(path)?) & 0o077 != 0 {
        owner::set_mode(path, 0o700)?;
    }
    Ok(())
}

/// A new file that only its owner can read, written at its end.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}
