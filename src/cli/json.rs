//! How does an answer look for a program? The JSON of contract.md section 3.

use serde::Serialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Tool};
use crate::diagnosis::book::book;
use crate::diagnosis::{Severity, Verdict};
use crate::text::{Text, Vocabulary};
use crate::trouble::{Exit, Trouble};

use super::Setup;

/// The object, with every string shown through the vocabulary.
pub fn answer(answer: &Answer, words: &Vocabulary) -> Value {
    let show = |text: &Text| words.show(text);
    json!({
        "schema": 1,
        "tool": Tool::own(),
        "target": answer.shown_target(&show),
        "outcome": answer.verdict,
        "identity": answer.identity.as_ref().map(show),
        "findings": answer.shown_findings(&show),
        "ladder": answer.shown_ladder(&show),
        "steps": answer.shown_steps(),
        "keys_offered": answer.shown_keys(&show),
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
pub fn trouble(trouble: &Trouble, words: &Vocabulary) -> Value {
    json!({
        "schema": 1,
        "tool": Tool::own(),
        "target": null,
        "outcome": Verdict::Unknown,
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
    json!({ "schema": 1, "tool": Tool::own(), "diagnoses": listed })
}
