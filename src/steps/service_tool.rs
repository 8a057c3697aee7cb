//! Which tool has the service, where is it installed, and how does it get the terminal?

use std::ffi::OsString;
use std::path::PathBuf;

use crate::provider::Cli;
use crate::say;
use crate::text::Text;

use super::{Context, Foreground};

/// A service's own tool.
pub(super) struct ServiceTool<'a> {
    /// What is known about it.
    pub cli: &'a Cli,
    /// Where it is installed; none where it is not.
    pub program: Option<PathBuf>,
}

impl<'a> ServiceTool<'a> {
    /// The tool of the service in question; none where it has none that is known.
    pub fn of(context: &'a Context) -> Option<Self> {
        let cli = context.provider()?.cli.as_ref()?;
        Some(Self {
            cli,
            program: context.facts.tools.get(&cli.program).cloned(),
        })
    }

    /// The same, where it is installed.
    pub fn installed(context: &'a Context) -> Option<Self> {
        Self::of(context).filter(|tool| tool.program.is_some())
    }

    /// As people type it.
    pub fn name(&self) -> Text {
        Text::public(self.cli.program.name())
    }

    /// The terminal for the tool with these arguments: what it asks is between it and the person. None where it is
    /// not installed.
    pub fn foreground(&self, args: &[String]) -> Option<Foreground> {
        let program = self.program.clone()?.into_os_string();
        let rest = args.iter().map(OsString::from);
        Some(Foreground::Program {
            argv: std::iter::once(program).chain(rest).collect(),
            notice: say!("{} has the terminal now.", self.name()),
        })
    }
}
