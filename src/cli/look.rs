//! Where to, and what does one connection say?

use std::collections::BTreeMap;

use crate::answer::Answer;
use crate::diagnosis::{self, Finding, Observed, Severity, Signs, Verdict};
use crate::facts::{self, Facts, git_url};
use crate::plan::RunSummary;
use crate::probe::{self, Tested};
use crate::provider::{Origin, Provider};
use crate::report::{Hiding, Session, Sources};
use crate::steps::context::{private_words, provider_of, question};
use crate::target::Target;
use crate::text::Text;
use crate::transcript::{Rung, keys};
use crate::trouble::{Exit, Trouble};

use super::{Setup, check};

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
            "There is nothing to look at: no TARGET was given.",
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
    let answers: BTreeMap<String, keys::Answer> = probe::ask(machine, target, &questions)
        .await
        .unwrap_or_default();
    Ok(tested.with_answers(facts, provider, target, &answers))
}

/// Whether a connection is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Connecting {
    /// One, where ssh is there.
    Once,
    /// None: this machine only.
    Never,
}

/// A target, and everything that was found out about it.
pub(super) struct Seen<'a> {
    pub(super) target: Target,
    pub(super) facts: Facts,
    pub(super) provider: Option<&'a Provider>,
    /// None: no connection was made.
    tested: Option<Tested>,
    /// What the machine alone tells, where nothing was tested.
    local: (Signs, Vec<Finding>),
}

/// Looks at this machine, and connects.
pub(super) async fn see<'a>(
    setup: &'a Setup,
    typed: Option<&str>,
    connecting: Connecting,
) -> Result<Seen<'a>, Trouble> {
    let (target, picked) = aim(setup, typed).await?;
    let facts = facts::gather(&setup.machine, Some(&target)).await;
    let provider = provider_of(&setup.providers, picked.as_deref(), &target, &facts);
    let can_connect = facts.ssh.trouble().is_none();
    let (tested, local) = match connecting {
        Connecting::Once if can_connect => {
            let tested = test(setup, &facts, provider, &target, Asked::Listed).await?;
            (Some(tested), (Signs::default(), Vec::new()))
        }
        Connecting::Once | Connecting::Never => (None, by_machine(&facts, provider, &target)),
    };
    Ok(Seen {
        target,
        facts,
        provider,
        tested,
        local,
    })
}

/// What can be said without a connection.
fn by_machine(
    facts: &Facts,
    provider: Option<&Provider>,
    target: &Target,
) -> (Signs, Vec<Finding>) {
    let signs = diagnosis::observe(&Observed {
        facts: Some(facts),
        transcript: None,
        said: None,
        ladder: None,
        output: "",
        silent: false,
        greeting: None,
        target: Some(target),
        provider,
        answers: &BTreeMap::new(),
    });
    let findings = diagnosis::diagnose(&signs);
    (signs, findings)
}

impl Seen<'_> {
    /// What identifies the person or their server, and whom the server has named.
    pub(super) fn private_words(&self) -> Vec<Text> {
        let mut words = private_words(&self.target, &self.facts);
        if let (Some(tested), Some(provider)) = (&self.tested, self.provider) {
            words.extend(tested.people(provider));
        }
        words
    }

    /// All of it, to be told.
    pub(super) fn answer(&self) -> Answer<'_> {
        let findings = match &self.tested {
            Some(tested) => &tested.findings,
            None => &self.local.1,
        };
        let is_wrong = |finding: &Finding| finding.severity == Severity::Error;
        Answer {
            target: Some(&self.target),
            provider: self.provider,
            facts: Some(&self.facts),
            verdict: match &self.tested {
                Some(tested) => tested.verdict,
                None if findings.iter().any(is_wrong) => Verdict::Problem,
                None => Verdict::Unknown,
            },
            identity: self.tested.as_ref().and_then(|it| it.account().cloned()),
            findings,
            ladder: self.tested.as_ref().map(|tested| &tested.ladder),
            steps: check::steps(self.tested.as_ref(), findings),
        }
    }

    /// All of it, for a report.
    pub(super) fn sources<'s>(&'s self, setup: &'s Setup, runs: Vec<RunSummary>) -> Sources<'s> {
        let tested = self.tested.as_ref();
        Sources {
            machine: &setup.machine,
            providers: &setup.providers,
            answer: self.answer(),
            signs: tested.map_or(&self.local.0, |tested| &tested.signs),
            transcript: tested.map(|tested| &tested.transcript),
            answers: tested.map(|tested| &tested.answers),
            runs,
            session: Session::default(),
            learned: self.private_words(),
            hiding: Hiding::Usual,
        }
    }
}
