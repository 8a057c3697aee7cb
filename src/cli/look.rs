//! Where to, and what does one connection say?

use std::collections::BTreeMap;

use crate::facts::{self, Facts, git_url};
use crate::probe::{self, Answer, Tested};
use crate::provider::{Origin, Provider};
use crate::steps::context::question;
use crate::target::Target;
use crate::transcript::Rung;
use crate::trouble::{Exit, Trouble};

use super::Setup;

/// The typed target, or the current repository's first remote.
pub(super) async fn aim(
    setup: &Setup,
    typed: Option<&str>,
) -> Result<(Target, Option<String>), Trouble> {
    if let Some(typed) = typed {
        return meant(setup, typed);
    }
    let git = facts::git::gather(&setup.machine).await;
    if let (None, Some(wrong)) = (git.remotes.first(), git.wrong.first()) {
        return meant(setup, &wrong.url);
    }
    let remote = git.remotes.first().ok_or_else(|| {
        Trouble::new(
            "There is nothing to check: no TARGET was given.",
            "This folder is no git repository with a remote.",
            "Name a service or a host, as in: sshstep check github.com",
        )
        .exit(Exit::Usage)
    })?;
    super::target_of(setup, &remote.url)
}

/// The target; of a git address that is written wrongly, the one that is meant. The finding about
/// it needs the address as it was written.
pub(super) fn meant(setup: &Setup, typed: &str) -> Result<(Target, Option<String>), Trouble> {
    let Some(wrong) = git_url::wrong(typed) else {
        return super::target_of(setup, typed);
    };
    let (mut target, picked) = super::target_of(setup, &wrong.right)?;
    target.input = git_url::shown(typed.trim());
    Ok((target, picked))
}

/// Which servers are asked about keys that ssh did not offer (contract.md section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Listed services.
    Listed,
    /// The target, whatever it is: the person asked for a repair.
    Target,
}

/// The one connection, and where the keys were the problem, one that asks about the keys that ssh did not
/// offer.
pub(super) async fn test(
    setup: &Setup,
    facts: &Facts,
    provider: Option<&Provider>,
    target: &Target,
    asked: Asked,
) -> Result<Tested, Trouble> {
    let machine = &setup.machine;
    let tested = probe::connect(
        machine,
        facts,
        provider,
        target,
        probe::Asking::Never,
        |_| {},
    )
    .await?;
    let listed = provider.is_some_and(|provider| provider.origin == Origin::BuiltIn);
    let about_keys = matches!(tested.ladder.failed(), Some(Rung::LocalKey | Rung::Offer));
    let asks = match asked {
        Asked::Listed => listed,
        Asked::Target => true,
    };
    if !asks || !about_keys {
        return Ok(tested);
    }
    let offered: Vec<&str> = tested
        .ladder
        .keys_offered()
        .iter()
        .filter_map(|key| key.fingerprint.as_deref())
        .collect();
    let questions: Vec<(String, String)> = facts
        .keys
        .iter()
        .filter(|key| (key.is_usable() || key.is_mendable()) && !key.is_deploy_key())
        .filter(|key| key.fingerprint().is_some_and(|own| !offered.contains(&own)))
        .filter_map(question)
        .take(probe::MOST_KEYS)
        .collect();
    if questions.is_empty() {
        return Ok(tested);
    }
    // Without an answer the first test still says what it says.
    let answers: BTreeMap<String, Answer> = probe::ask(machine, target, &questions)
        .await
        .unwrap_or_default();
    Ok(tested.with_answers(facts, provider, target, &answers))
}
