//! How does an answer look for a program? The JSON of contract.md section 3.

use serde::Serialize;
use serde_json::{Value, json};

use crate::diagnosis::book::book;
use crate::diagnosis::{Finding, Severity, Verdict};
use crate::facts::Facts;
use crate::page::{Status, StepId};
use crate::provider::Provider;
use crate::target::Target;
use crate::text::{Text, Vocabulary};
use crate::transcript::Ladder;
use crate::transcript::keys::OfferedKey;
use crate::trouble::{Exit, Trouble};

use super::Setup;

/// What was found out.
pub struct Answer<'a> {
    /// Where to.
    pub target: Option<&'a Target>,
    /// The service behind it.
    pub provider: Option<&'a Provider>,
    /// This machine; none where it was not looked at.
    pub facts: Option<&'a Facts>,
    /// Works, a problem, or unknown.
    pub verdict: Verdict,
    /// Who the server says we are.
    pub identity: Option<Text>,
    /// The most important first.
    pub findings: &'a [Finding],
    /// How far the connection got; none when none was made.
    pub ladder: Option<&'a Ladder>,
    /// The six steps.
    pub steps: Vec<(StepId, Status)>,
}

/// The object, with every string shown through the vocabulary.
pub fn answer(answer: &Answer, words: &Vocabulary) -> Value {
    json!({
        "schema": 1,
        "tool": tool(),
        "target": answer.target.map(|target| target_of(target, answer, words)),
        "outcome": answer.verdict.word(),
        "identity": answer.identity.as_ref().map(|identity| words.show(identity)),
        "findings": answer.findings.iter().map(|finding| finding_of(finding, words)).collect::<Vec<_>>(),
        "ladder": answer.ladder.map_or_else(Vec::new, |ladder| ladder_of(ladder, words)),
        "steps": answer.steps.iter().map(|(step, status)| json!({
            "id": step.id(), "status": status.word()
        })).collect::<Vec<_>>(),
        "keys_offered": answer.ladder.map_or_else(Vec::new, |ladder| {
            ladder.keys_offered().iter().map(|key| key_of(key, words)).collect()
        }),
    })
}

/// What an answer looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For a person.
    Words,
    /// For a program.
    Json,
}

impl Form {
    /// As `--json` says.
    pub fn of(json: bool) -> Self {
        if json { Self::Json } else { Self::Words }
    }
}

/// Nothing could be checked: the message for the person, and for a program an object all the same.
pub fn fail(setup: &Setup, form: Form, failed: &Trouble) -> Exit {
    if form == Form::Json {
        let object = trouble(failed, &setup.output.vocabulary);
        setup.output.raw(&format!("{object:#}"));
    }
    setup.output.trouble(failed)
}

/// The object when nothing could be checked: the same fields, empty, and why.
fn trouble(trouble: &Trouble, words: &Vocabulary) -> Value {
    json!({
        "schema": 1,
        "tool": tool(),
        "target": null,
        "outcome": Verdict::Unknown.word(),
        "identity": null,
        "findings": [],
        "ladder": [],
        "steps": [],
        "keys_offered": [],
        "trouble": {
            "what": words.show(&trouble.what),
            "why": words.show(&trouble.why),
            "hint": words.show(&trouble.hint),
        },
    })
}

fn tool() -> Value {
    json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") })
}

fn target_of(target: &Target, answer: &Answer, words: &Vocabulary) -> Value {
    let effective = answer.facts.and_then(Facts::effective);
    let user = effective.map_or_else(
        || target.user.clone().unwrap_or_default(),
        |effective| effective.user().to_owned(),
    );
    let host = effective.map_or(target.host.as_str(), |effective| effective.host_name());
    json!({
        "input": words.show(&Text::quoted(&target.input)),
        "user": words.show(&Text::user(user)),
        "host": words.show(&Text::host(host)),
        "port": effective.map_or(target.port.unwrap_or(22), |effective| effective.port()),
        "provider": answer.provider.map(|provider| &provider.id),
    })
}

fn finding_of(finding: &Finding, words: &Vocabulary) -> Value {
    json!({
        "code": finding.code,
        "certainty": finding.certainty,
        "severity": finding.severity,
        "step": finding.step.id(),
        "summary": words.show(&finding.summary),
        "cause": words.show(&finding.cause),
        "evidence": finding.evidence.iter().map(|line| words.show(line)).collect::<Vec<_>>(),
        "fixes": finding.fixes.iter().enumerate().map(|(at, offer)| json!({
            "id": offer.fix.name(),
            "summary": words.show(&offer.summary),
            "automatic": offer.fix.is_automatic(),
            "recommended": at == 0,
        })).collect::<Vec<_>>(),
    })
}

fn ladder_of(ladder: &Ladder, words: &Vocabulary) -> Vec<Value> {
    ladder
        .rungs()
        .iter()
        .map(|standing| {
            json!({
                "id": standing.rung.id(),
                "status": standing.status.id(),
                "detail": words.show(&crate::steps::test::fact_words(standing)),
                "ms": standing.took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            })
        })
        .collect()
}

fn key_of(key: &OfferedKey, words: &Vocabulary) -> Value {
    let file = key
        .file
        .as_ref()
        .map(|file| words.show(&Text::path(std::path::Path::new(file))));
    json!({
        "file": file,
        "type": words.show(&Text::quoted(key.kind.as_deref().unwrap_or_default())),
        "fingerprint": key.fingerprint.as_ref().map(|value| words.show(&Text::fingerprint(value))),
        "source": key.source.id(),
        "answer": key.answer.id(),
    })
}

#[derive(Serialize)]
struct Listed<'a> {
    code: &'a str,
    step: &'static str,
    severity: Severity,
    summary: &'a str,
    cause: &'a str,
}

/// All diagnoses, for `list diagnoses --json`.
pub fn diagnoses() -> impl Serialize {
    let mut listed: Vec<Listed> = Vec::new();
    for diagnosis in &book().diagnoses {
        if listed.iter().all(|known| known.code != diagnosis.code) {
            listed.push(Listed {
                code: &diagnosis.code,
                step: diagnosis.step.id(),
                severity: diagnosis.severity,
                summary: &diagnosis.summary,
                cause: &diagnosis.cause,
            });
        }
    }
    json!({ "schema": 1, "tool": tool(), "diagnoses": listed })
}
