//! What is a service's own tool asked, and about which key or login name?

use std::path::PathBuf;

use crate::account::{self, Account, Added, Untold};
use crate::environment::{self, Environment};
use crate::facts::LocalKey;
use crate::machine::Machine;
use crate::provider::Provider;
use crate::steps::Context;
use crate::text::Text;
use crate::trouble::Trouble;

/// A service's tool, and the key that it is asked about.
pub(super) struct Asked {
    program: PathBuf,
    provider: Provider,
    key: Option<LocalKey>,
}

impl Asked {
    pub(super) fn of(context: &Context) -> Option<Self> {
        let provider = context.provider()?;
        let program = context.facts.tools.get(&provider.cli.as_ref()?.program)?;
        Some(Self {
            program: program.clone(),
            provider: provider.clone(),
            key: context.key().cloned(),
        })
    }

    pub(super) async fn look(&self, machine: &Machine) -> Result<Account, Untold> {
        let cli = self.provider.cli.as_ref().ok_or_else(no_tool)?;
        account::look(machine, &self.program, &self.provider, cli).await
    }

    pub(super) async fn add(&self, machine: &Machine, title: &str) -> Result<Added, Untold> {
        let cli = self.provider.cli.as_ref().ok_or_else(no_tool)?;
        let key = self.key.as_ref().ok_or_else(no_tool)?;
        let (program, provider) = (&self.program, &self.provider);
        account::add(machine, program, provider, cli, key, title).await
    }
}

/// A service's tool, and the login name whose environment it is asked about.
pub(super) struct AskedAbout {
    program: PathBuf,
    provider: Provider,
    user: String,
}

impl AskedAbout {
    pub(super) fn of(context: &Context) -> Option<Self> {
        let provider = context.provider()?;
        let program = context.facts.tools.get(&provider.cli.as_ref()?.program)?;
        let effective = context.facts.effective();
        let target = context.answers.target.as_ref();
        let user = effective
            .map(|effective| effective.user())
            .or(target.and_then(|target| target.user.as_deref()));
        Some(Self {
            program: program.clone(),
            provider: provider.clone(),
            user: user?.to_owned(),
        })
    }

    pub(super) async fn look(&self, machine: &Machine) -> Result<Environment, Untold> {
        let cli = self.provider.cli.as_ref().ok_or_else(no_tool)?;
        environment::look(machine, &self.program, &self.provider, cli, &self.user).await
    }
}

pub(super) fn no_tool() -> Trouble {
    Trouble::new(
        "The service's own tool is not there.",
        Text::default(),
        "Copy the key and open the key page instead.",
    )
}
