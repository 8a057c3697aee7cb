//! `sshstep replay FILE`: somebody's report in the same screens. Reads FILE, and does nothing else.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use crate::plain;
use crate::replay::Replay;
use crate::report::Report;
use crate::text::Charset;
use crate::trouble::Exit;
use crate::tui;

use super::args::Common;
use super::output::Output;
use super::wizard::wants_lines;

/// Shows it. There is no machine: nothing is looked at here, and nothing can be run.
pub async fn run(common: &Common, file: &Path) -> Exit {
    let variable = |name: &str| std::env::var(name).ok();
    let mut output = Output::new(common, None);
    output.vocabulary.charset = Charset::of_locale(variable);
    let (report, reference) = match Report::open(file) {
        Ok(read) => read,
        Err(trouble) => return output.trouble(&trouble),
    };
    let replay = Replay::new(report, reference);
    let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    if is_terminal && !common.no_input && !wants_lines(common, variable) {
        return tui::replay::run(replay, &output.vocabulary, output.colour()).await;
    }
    plain::replay::print(&replay, &output.vocabulary);
    Exit::Works
}
