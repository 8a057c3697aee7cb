//! `sshstep check`: what works, what is wrong, and why. Writes nothing.

use crate::answer::Answer;
use crate::diagnosis::{Finding, Severity, Verdict};
use crate::page::{Mark, Status, StepId};
use crate::probe::Tested;
use crate::say;
use crate::text::Text;
use crate::transcript::Rung;
use crate::transcript::rung::Status as RungStatus;
use crate::trouble::Exit;

use super::Setup;
use super::args;
use super::finding;
use super::json::{self, Form};
use super::look::{self, Connecting};

/// Looks, connects once unless told not to, and says what was found.
pub async fn run(setup: &Setup, check: &args::Check) -> Exit {
    let connecting = if check.no_connect {
        Connecting::Never
    } else {
        Connecting::Once
    };
    let seen = match look::see(setup, check.target.as_deref(), connecting).await {
        Ok(seen) => seen,
        Err(trouble) => return json::fail(setup, Form::of(check.json), &trouble),
    };
    // Masked words must be known before ssh's own lines, which hold them, are shown.
    setup.output.vocabulary.learn(seen.private_words());
    let answer = seen.answer();
    if check.json {
        setup.output.raw(&format!(
            "{:#}",
            json::answer(&answer, &setup.output.vocabulary)
        ));
    } else {
        print(setup, &answer);
    }
    match (answer.verdict, check.no_connect) {
        (Verdict::Works, _) => Exit::Works,
        (Verdict::Problem, _) => Exit::Problem,
        // Nothing is wrong here, and more was not asked for.
        (Verdict::Unknown, true) => Exit::Works,
        (Verdict::Unknown, false) => Exit::CouldNotCheck,
    }
}

/// The steps as far as the test and the findings tell.
pub(super) fn steps(tested: Option<&Tested>, findings: &[Finding]) -> Vec<(StepId, Status)> {
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

fn print(setup: &Setup, answer: &Answer) {
    let out = &setup.output;
    if let Some(target) = answer.target {
        out.line(&say!("Checked: {}", target.address()));
    }
    if let Some(ladder) = answer.ladder {
        for standing in ladder.rungs() {
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
    let files = answer.provider.and_then(|it| it.file_transfer.as_ref());
    let files = files.filter(|files| !files.note.is_empty());
    if let (Verdict::Works, Some(files)) = (answer.verdict, files) {
        let note = Text::join(files.note.lines(), " ");
        out.wrapped("  ", &say!("Good to know: {}", note));
    }
    out.raw("");
    let (mark, words) = verdict(answer);
    out.marked(mark, &words);
}

/// The last line: does it work?
pub(super) fn verdict(answer: &Answer) -> (Mark, Text) {
    match answer.verdict {
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
    }
}

fn service(answer: &Answer) -> Text {
    match (answer.provider, answer.target) {
        (Some(provider), _) => provider.shown_name(),
        (None, Some(target)) => Text::host(&target.host),
        (None, None) => Text::plain("The server"),
    }
}
