//! What do the journals on the disk tell about earlier runs?

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::record::{Intent, Outcome, Purpose, Record, SCHEMA};
use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

/// One run as its journal tells it.
pub(super) struct Story {
    pub(super) number: u32,
    pub(super) file: PathBuf,
    /// The folder with the copies of texts.
    pub(super) copies: PathBuf,
    /// Absent when the process died within the first record.
    pub(super) start: Option<Start>,
    /// The last step that the person was at.
    pub(super) step: Option<String>,
    pub(super) entries: Vec<Entry>,
    /// Changes of other runs, or of this one, that were taken back: run and last number.
    pub(super) took_back: Vec<(u32, usize)>,
    pub(super) outcome: Option<Outcome>,
    /// How many bytes of the file are whole records; a torn last line comes after them.
    pub(super) whole: u64,
    /// Whether every line was understood. A newer sshstep may write what we do not know.
    pub(super) readable: bool,
}

/// How a run began.
pub(super) struct Start {
    pub(super) time: Timestamp,
    pub(super) pid: u32,
    pub(super) target: String,
}

/// A change that was intended, and how far it got.
pub(super) struct Entry {
    pub(super) n: usize,
    pub(super) purpose: Purpose,
    pub(super) intent: Intent,
    pub(super) state: State,
}

/// How far a change got, according to the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Intended,
    Done,
    Undone,
}

/// The folder of the journals.
pub(super) fn runs_dir(state_dir: &Path) -> PathBuf {
    state_dir.join("runs")
}

/// The journal of a run.
pub(super) fn journal_file(state_dir: &Path, number: u32) -> PathBuf {
    runs_dir(state_dir).join(format!("{number:06}.jsonl"))
}

/// All runs, the oldest first. Writes nothing.
pub(super) fn read_all(state_dir: &Path) -> Result<Vec<Story>, Trouble> {
    let mut stories = Vec::new();
    for number in numbers(state_dir).map_err(|error| unreadable(state_dir, &error))? {
        let file = journal_file(state_dir, number);
        let bytes = fs::read(&file).map_err(|error| unreadable(state_dir, &error))?;
        stories.push(tell(number, file, &bytes));
    }
    Ok(stories)
}

/// The numbers of all runs, rising.
pub(super) fn numbers(state_dir: &Path) -> io::Result<Vec<u32>> {
    let mut numbers = Vec::new();
    let found = match fs::read_dir(runs_dir(state_dir)) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(numbers),
        Err(error) => return Err(error),
    };
    for file in found {
        let name = file?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".jsonl"));
        numbers.extend(number.and_then(|digits| digits.parse::<u32>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The changes of run `number` up to which all have been taken back.
pub(super) fn taken_back_through(stories: &[Story], number: u32) -> usize {
    let all = stories.iter().flat_map(|story| &story.took_back);
    all.filter(|(run, _)| *run == number)
        .map(|(_, through)| *through)
        .max()
        .unwrap_or(0)
}

fn tell(number: u32, file: PathBuf, bytes: &[u8]) -> Story {
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let mut story = Story {
        number,
        copies: file.with_extension(""),
        file,
        start: None,
        step: None,
        entries: Vec::new(),
        took_back: Vec::new(),
        outcome: None,
        whole: whole as u64,
        readable: true,
    };
    for line in bytes[..whole]
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        match serde_json::from_slice::<Record>(line) {
            Ok(record) => story.add(record),
            Err(_) => story.readable = false,
        }
    }
    story
}

impl Story {
    fn add(&mut self, record: Record) {
        match record {
            Record::Start {
                schema,
                time,
                pid,
                target,
                ..
            } => {
                self.readable &= schema <= SCHEMA;
                self.start = Some(Start { time, pid, target });
            }
            Record::Step { id } => self.step = Some(id),
            Record::Intend { n, purpose, intent } => self.entries.push(Entry {
                n,
                purpose,
                intent,
                state: State::Intended,
            }),
            Record::Done { n } => self.mark(n, State::Done),
            Record::Undone { n } => self.mark(n, State::Undone),
            Record::TookBack { run, through } => self.took_back.push((run, through)),
            Record::End { outcome, .. } => self.outcome = Some(outcome),
        }
    }

    fn mark(&mut self, n: usize, state: State) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.n == n) {
            entry.state = state;
        }
    }
}

fn unreadable(state_dir: &Path, error: &io::Error) -> Trouble {
    Trouble::io(
        say!(
            "The record of earlier changes in {} cannot be read.",
            Text::path(state_dir)
        ),
        error,
        "Make that folder readable, then try again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_last_line_is_left_out_and_a_foreign_one_is_noticed() {
        let start = r#"{"record":"start","schema":1,"version":"0","time":"2026-09-21T14:12:00Z","pid":7,"target":"github"}"#;
        let torn = format!("{start}\n{{\"record\":\"step\",\"id\":\"key\"}}\n{{\"record\":\"do");
        let story = tell(1, "1.jsonl".into(), torn.as_bytes());
        assert!(story.readable && story.outcome.is_none());
        assert_eq!(story.step.as_deref(), Some("key"));
        assert_eq!(story.whole as usize, torn.rfind('\n').unwrap() + 1);
        let foreign = format!("{start}\n{{\"record\":\"dance\"}}\n");
        assert!(!tell(1, "1.jsonl".into(), foreign.as_bytes()).readable);
        let newer = start.replace("\"schema\":1", "\"schema\":2") + "\n";
        assert!(!tell(1, "1.jsonl".into(), newer.as_bytes()).readable);
    }
}
