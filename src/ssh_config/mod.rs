//! What does a person's ssh_config say, which line decides, and what would an edit change?
//!
//! A lossless document and pure values around it; nothing here reads or writes a file. How things hang together:
//!
//! - [`Document`]: one file. `Document::parse(x).to_bytes() == x` for any bytes. It is made of [`Line`]s, each with
//!   its raw bytes and, beside them, its [`Meaning`] as OpenSSH 8.7 and newer read it.
//! - [`Block`]: which lines stand under which `Host` or `Match` line; [`Cover`] says yes, no or maybe.
//! - [`Tree`]: the person's file and all that it includes, loaded through closures. [`Tree::answer`] gives the
//!   settings for a host in the order in which ssh meets them, [`Tree::hosts`] the names that can be offered,
//!   [`Tree::place_for`] the place where a new block takes effect.
//! - [`Edit`]: a document before and after; made by the edit methods of [`Document`], shown by [`Edit::hunks`].
//!
//! The facts come from readconf.c, misc.c and match.c of OpenSSH; where a docstring names a function, that is where
//! to check it. `ssh -G -F candidate` remains the judge: call it before anybody may say yes to an edit.

mod answer;
mod block;
mod criteria;
mod diff;
mod document;
mod edit;
mod edit_error;
mod host_block;
mod hosts;
#[cfg(test)]
mod in_memory;
mod insert;
mod keyword;
mod layout;
mod line;
mod near;
mod pattern;
mod place;
mod reading;
mod tree;
mod value;
mod walk;
mod words;

pub use answer::{Answer, Setting, Standing};
pub use block::{Block, Head, Scope};
pub use criteria::{Criterion, CriterionKind};
pub use diff::{DiffLine, Hunk, Mark, hunks};
pub use document::Document;
pub use edit::{At, Edit};
pub use edit_error::EditError;
pub use host_block::HostBlock;
pub use hosts::HostName;
pub use keyword::{canonical, is_cumulative, is_known};
pub use line::{Eol, Line, Malformed, Meaning, OptionLine};
pub use near::{is_slip, meant_criterion, meant_keyword, with_capitals};
pub use pattern::{Cover, Pattern, matches, overlap};
pub use place::{Blocked, Hold, Place};
pub use reading::Asked;
pub use tree::{FileLine, Problem, Sources, Tree};
pub use value::Unwritable;
