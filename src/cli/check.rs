//! `sshstep check`: what works, what is wrong, and why. Writes nothing.

use std::collections::BTreeMap;

use crate::diagnosis::{self, Finding, Observed, Severity, Verdict};
use crate::facts::{self, Facts, LocalKey, git_url};
use crate::key::pair::KeyProblem;
use crate::page::{Mark, Status, StepId};
use crate::probe::{self, Answer, Tested};
use crate::provider::{Origin, Provider};
use crate::say;
use crate::steps::context::{private_words, provider_of, question};
use crate::target::Target;
use crate::text::Text;
use crate::transcript::Rung;
use crate::transcript::rung::Status as RungStatus;
use crate::trouble::{Exit, Trouble};

use super::Setup;
use super::args;
use super::finding;
use super::json;

/// Looks, connects once unless told not to, and says what was found.
pub async fn run(setup: &Setup, check: &args::Check) -> Exit {
    let (target, picked) = match target(setup, check.target.as_deref()).await {
        Ok(target) => target,
        Err(trouble) => return fail(setup, check, &trouble),
    };
    let facts = facts::gather(&setup.machine, Some(&target)).await;
    let provider = provider_of(&setup.providers, picked.as_deref(), &target, &facts);
    // Masked words must be known before ssh's own lines, which hold them, are shown.
    setup
        .output
        .vocabulary
        .learn(private_words(&target, &facts));
    let connects = !check.no_connect && facts.ssh.trouble().is_none();
    let tested = if connects {
        match test(setup, &facts, provider, &target).await {
            Ok(tested) => Some(tested),
            Err(trouble) => return fail(setup, check, &trouble),
        }
    } else {
        None
    };
    let local;
    let findings = match &tested {
        Some(tested) => &tested.findings,
        None => {
            local = look(&facts, provider, &target);
            &local
        }
    };
    let verdict = match &tested {
        Some(tested) => tested.verdict,
        None if findings.iter().any(|f| f.severity == Severity::Error) => Verdict::Problem,
        None => Verdict::Unknown,
    };
    let answer = json::Answer {
        target: Some(&target),
        provider,
        facts: Some(&facts),
        verdict,
        identity: tested.as_ref().and_then(|tested| tested.account().cloned()),
        findings,
        ladder: tested.as_ref().map(|tested| &tested.ladder),
        steps: steps(tested.as_ref(), findings),
    };
    if check.json {
        setup.output.raw(&format!(
            "{:#}",
            json::answer(&answer, &setup.output.vocabulary)
        ));
    } else {
        print(setup, &answer, tested.as_ref());
    }
    match (verdict, check.no_connect) {
        (Verdict::Works, _) => Exit::Works,
        (Verdict::Problem, _) => Exit::Problem,
        // Nothing is wrong here, and more was not asked for.
        (Verdict::Unknown, true) => Exit::Works,
        (Verdict::Unknown, false) => Exit::CouldNotCheck,
    }
}

/// Nothing could be checked: the message for the person, and with `--json` an object all the same.
fn fail(setup: &Setup, check: &args::Check, trouble: &Trouble) -> Exit {
    if check.json {
        setup.output.raw(&format!(
            "{:#}",
            json::trouble(trouble, &setup.output.vocabulary)
        ));
    }
    setup.output.trouble(trouble)
}

/// The typed target, or the current repository's first remote.
async fn target(setup: &Setup, typed: Option<&str>) -> Result<(Target, Option<String>), Trouble> {
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
            "Name a service or a host: sshstep check github.com",
        )
        .exit(Exit::Usage)
    })?;
    super::target_of(setup, &remote.url)
}

/// The target; of a git address that is written wrongly, the one that is meant. The finding about
/// it needs the address as it was written.
fn meant(setup: &Setup, typed: &str) -> Result<(Target, Option<String>), Trouble> {
    let Some(wrong) = git_url::wrong(typed) else {
        return super::target_of(setup, typed);
    };
    let (mut target, picked) = super::target_of(setup, &wrong.right)?;
    target.input = git_url::shown(typed.trim());
    Ok((target, picked))
}

/// The one connection, and where the keys were the problem, one that asks a listed service about
/// the keys that ssh did not offer.
async fn test(
    setup: &Setup,
    facts: &Facts,
    provider: Option<&Provider>,
    target: &Target,
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
    if !listed || !about_keys {
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
        .filter(|key| key.is_usable() || is_hidden(key))
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

/// A good private key that ssh does not offer because the .pub file beside it is another key's.
fn is_hidden(key: &LocalKey) -> bool {
    let is_stale = |problem: &KeyProblem| matches!(problem, KeyProblem::StalePublic { .. });
    key.files.problems.len() == 1 && key.files.problems.iter().all(is_stale)
}

/// What can be said without a connection.
fn look(facts: &Facts, provider: Option<&Provider>, target: &Target) -> Vec<Finding> {
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
    diagnosis::diagnose(&signs)
}

/// The steps as far as the test and the findings tell.
fn steps(tested: Option<&Tested>, findings: &[Finding]) -> Vec<(StepId, Status)> {
    let problem = findings
        .iter()
        .find(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.step);
    StepId::ALL
        .into_iter()
        .map(|step| {
            let status = match (tested, problem) {
                (_, Some(wrong)) if wrong == step => Status::Problem,
                (Some(tested), _) if tested.works() => Status::Done,
                (Some(tested), _) => by_ladder(step, tested),
                (None, _) if step == StepId::Service => Status::Done,
                (None, _) => Status::Unknown,
            };
            (step, status)
        })
        .collect()
}

fn by_ladder(step: StepId, tested: &Tested) -> Status {
    let rung = match step {
        StepId::Service => return Status::Done,
        StepId::Key => Rung::LocalKey,
        StepId::Publish => Rung::Offer,
        StepId::Agent => Rung::Sign,
        StepId::Config => Rung::LocalKey,
        StepId::Test => Rung::SignedIn,
    };
    match tested.ladder.rung(rung).status {
        RungStatus::Ok => Status::Done,
        RungStatus::Failed => Status::Problem,
        RungStatus::Unknown => Status::Unknown,
        RungStatus::NotTried => Status::Todo,
    }
}

fn print(setup: &Setup, answer: &json::Answer, tested: Option<&Tested>) {
    let out = &setup.output;
    if let Some(target) = answer.target {
        out.line(&say!("Checked: {}", target.address()));
    }
    if let Some(tested) = tested {
        for standing in tested.ladder.rungs() {
            let mark = match standing.status {
                RungStatus::Ok => Mark::Good,
                RungStatus::Failed => Mark::Bad,
                RungStatus::Unknown => Mark::Unsure,
                RungStatus::NotTried => Mark::None,
            };
            let name = crate::steps::test::rung_name(standing.rung, &service(answer));
            let words = match standing.status {
                RungStatus::NotTried => Text::plain("not tried"),
                RungStatus::Ok | RungStatus::Failed | RungStatus::Unknown => {
                    crate::steps::test::fact_words(standing)
                }
            };
            let line = if words.is_empty() {
                name
            } else {
                name.then(": ").then(words)
            };
            out.marked(mark, &line);
        }
    }
    for found in answer.findings {
        finding::print(setup, found, answer.target);
    }
    out.raw("");
    let (mark, verdict) = match answer.verdict {
        Verdict::Works => (
            Mark::Good,
            match &answer.identity {
                Some(account) => say!(
                    "It works. {} signed you in as {}.",
                    service(answer),
                    account.clone()
                ),
                None => say!("It works. {} let you in.", service(answer)),
            },
        ),
        Verdict::Problem => (
            Mark::Bad,
            match answer.findings.first() {
                Some(finding) => say!(
                    "It does not work: {} [{}]",
                    finding.summary.clone(),
                    Text::public(&finding.code)
                ),
                None => Text::plain("It does not work."),
            },
        ),
        Verdict::Unknown => (
            Mark::Unsure,
            match answer.facts.and_then(|facts| facts.ssh.trouble()) {
                Some(trouble) => trouble.what.clone(),
                None => Text::plain("Not tested: no connection was made."),
            },
        ),
    };
    out.marked(mark, &verdict);
}

fn service(answer: &json::Answer) -> Text {
    match (answer.provider, answer.target) {
        (Some(provider), _) => Text::public(&provider.name),
        (None, Some(target)) => Text::host(&target.host),
        (None, None) => Text::plain("The server"),
    }
}
