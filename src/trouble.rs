//! What does a person get to read when something fails, and which exit code goes with it?

use crate::text::Text;

/// The exit codes of `contract.md` section 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It works, or what was asked is done.
    Works = 0,
    /// A problem was found.
    Problem = 1,
    /// The command line does not make sense.
    Usage = 2,
    /// Something that has to be known could not be found out.
    CouldNotCheck = 3,
    /// A write failed, and what was done before it was taken back.
    RolledBack = 4,
    /// The person must do something first; the message says what.
    Unfinished = 5,
    /// The terminal went away.
    HangUp = 129,
    /// Ctrl-C.
    Interrupted = 130,
}

impl Exit {
    /// The number for the operating system.
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// A failure that a person can see: what happened, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What happened, one sentence.
    pub what: Text,
    /// Why, as far as it is known; may be empty.
    pub why: Text,
    /// What to do now.
    pub hint: Text,
    /// The exit code when nothing goes on after it.
    pub exit: Exit,
}

impl Trouble {
    /// A failure with its three sentences; the exit code is "could not check" unless changed.
    pub fn new(what: impl Into<Text>, why: impl Into<Text>, hint: impl Into<Text>) -> Self {
        Self {
            what: what.into(),
            why: why.into(),
            hint: hint.into(),
            exit: Exit::CouldNotCheck,
        }
    }

    /// The same failure with another exit code.
    #[must_use]
    pub fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// A failed file operation: `what` names the file and the intent, the reason is the system's.
    pub fn io(what: impl Into<Text>, error: &std::io::Error, hint: impl Into<Text>) -> Self {
        Self::new(what, reason(error), hint)
    }

    /// The sentences that are not empty, in order.
    pub fn lines(&self) -> Vec<Text> {
        [&self.what, &self.why, &self.hint]
            .into_iter()
            .filter(|text| !text.is_empty())
            .cloned()
            .collect()
    }
}

/// The system's reason in plain words, without Rust's `(os error N)`.
pub fn reason(error: &std::io::Error) -> Text {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => Text::plain("It does not exist."),
        ErrorKind::PermissionDenied => Text::plain("Permission denied by the system."),
        ErrorKind::StorageFull => Text::plain("The disk is full."),
        ErrorKind::ReadOnlyFilesystem => Text::plain("The disk is read-only."),
        ErrorKind::AlreadyExists => Text::plain("It exists already."),
        ErrorKind::IsADirectory => Text::plain("It is a folder."),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Text::plain("No answer in time."),
        _ => {
            let words = error.to_string();
            let words = words.split(" (os error").next().unwrap_or_default();
            Text::quoted(format!("{words}."))
        }
    }
}
