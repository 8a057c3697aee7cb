//! Which commands did we run? The person and support can read every one.

use std::ffi::OsStr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::text::Text;

/// The commands of this run, oldest first; clones share one list.
#[derive(Clone, Debug, Default)]
pub struct Log {
    lines: Arc<Mutex<Vec<Text>>>,
}

/// How many are kept: enough for any run, and a bound.
const KEPT: usize = 200;

impl Log {
    /// Notes a command line; one that ran before is noted once.
    pub fn ran(&self, program: &OsStr, args: impl IntoIterator<Item = impl AsRef<OsStr>>) {
        let name = std::path::Path::new(program)
            .file_name()
            .unwrap_or(program)
            .to_string_lossy()
            .into_owned();
        let words: Vec<String> = std::iter::once(name)
            .chain(
                args.into_iter()
                    .map(|arg| arg.as_ref().to_string_lossy().into_owned()),
            )
            .collect();
        let line = Text::command(shell_words::join(&words));
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if !lines.contains(&line) && lines.len() < KEPT {
            lines.push(line);
        }
    }

    /// The latest command; empty when none ran.
    pub fn last(&self) -> Text {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.last().cloned().unwrap_or_default()
    }

    /// All of them.
    pub fn all(&self) -> Vec<Text> {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
