//! Why was an edit not made?

use std::fmt;

use super::value::Unwritable;

/// Why an edit was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditError {
    /// The document has no line with this number.
    NoSuchLine {
        /// The number that was asked for.
        line: usize,
        /// How many lines there are.
        lines: usize,
    },
    /// The line holds no option with a value.
    NotAnOption {
        /// Its number.
        line: usize,
    },
    /// The line is no well-formed `Host` line.
    NotAHost {
        /// Its number.
        line: usize,
    },
    /// A block put here would cut a `Host` or `Match` block in two.
    InsideBlock {
        /// Where the new block was to go.
        line: usize,
        /// The head of the block around it.
        head: usize,
    },
    /// A value, pattern, keyword or marker has no spelling in ssh_config.
    Unwritable {
        /// The keyword, `Host` or `marker`.
        what: String,
        /// What is in the way.
        why: Unwritable,
    },
    /// There is no block marked with this name.
    NoMarker {
        /// The name.
        name: String,
    },
    /// A marker line begins a block and none ends it.
    MarkerOpen {
        /// The line that begins it.
        line: usize,
    },
    /// Another block stands between the marker lines.
    MarkerHolds {
        /// The head of that block.
        line: usize,
    },
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EditError::NoSuchLine { line, lines } => {
                write!(f, "there is no line {line}: the file has {lines}")
            }
            EditError::NotAnOption { line } => {
                write!(f, "line {line} holds no option with a value")
            }
            EditError::NotAHost { line } => {
                write!(f, "line {line} is no Host line that ssh accepts")
            }
            EditError::InsideBlock { line, head } => {
                write!(
                    f,
                    "a block before line {line} would cut the block of line {head} in two"
                )
            }
            EditError::Unwritable { what, why } => {
                write!(
                    f,
                    "the value of {} cannot be written: {why}",
                    what.escape_debug()
                )
            }
            EditError::NoMarker { name } => write!(f, "no block is marked \"sshstep {name}\""),
            EditError::MarkerOpen { line } => {
                write!(f, "the marked block of line {line} has no end marker")
            }
            EditError::MarkerHolds { line } => {
                write!(
                    f,
                    "line {line} begins another block between the marker lines, which would be lost"
                )
            }
        }
    }
}

impl std::error::Error for EditError {}
