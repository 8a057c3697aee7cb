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
        let mut words = vec![name];
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            let arg = arg.as_ref().to_string_lossy().into_owned();
            // Where ssh's own log goes is our plumbing: nobody repeats that.
            if arg == "-E" {
                args.next();
            } else {
                words.push(arg);
            }
        }
        let quoted: Vec<_> = words.iter().map(|word| quoted(word)).collect();
        let line = Text::command(quoted.join(" "));
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

/// A word as a person would type it in a shell: quoted only where it has to be.
fn quoted(word: &str) -> std::borrow::Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=+:,./@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into()
    } else {
        shell_words::quote(word)
    }
}
