//! What is the one cause, how do we know, and what is the one thing to do?
//!
//! [`observe`] turns facts, a transcript and the server's answers into [`Signs`]; [`diagnose`]
//! looks up in the [`Book`](book::Book) what they mean. Adding a diagnosis from existing signs is
//! an entry in `assets/diagnoses.toml` and a test that hits it.

pub mod book;
pub mod fix;
pub mod messages;
pub mod observe;
pub mod service;
mod sign;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use fix::FixId;
pub use messages::Said;
pub use observe::{Observed, observe};
pub use sign::{Seen, Sign, Signs};

use crate::page::StepId;
use crate::text::Text;
use book::{Diagnosis, Standing, book};

/// Whether the evidence excludes every other cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// It does.
    Proven,
    /// It fits best.
    Likely,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Keeps the connection from working.
    Error,
    /// Works, and will hurt.
    Warning,
    /// Good to know.
    Advice,
}

/// A diagnosis with its proof.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which entry of the [`Book`](book::Book) it is, from 0.
    pub entry: usize,
    /// One of `diagnoses.md`.
    pub code: String,
    /// Proven or likely.
    pub certainty: Certainty,
    /// How bad.
    pub severity: Severity,
    /// The step that deals with it.
    pub step: StepId,
    /// What is wrong.
    pub summary: Text,
    /// Why.
    pub cause: Text,
    /// The very lines and facts.
    pub evidence: Vec<Text>,
    /// Best first; the first one is recommended.
    pub fixes: Vec<Offer>,
    /// The values that the signs carried, for the repair.
    pub values: BTreeMap<&'static str, Text>,
}

impl Finding {
    /// Whether both tell the same cause by the same evidence.
    pub fn is_same(&self, other: &Finding) -> bool {
        self.entry == other.entry && self.evidence == other.evidence
    }

    /// Whether it says why, and not only that nobody was signed in.
    pub fn is_explained(&self) -> bool {
        book().diagnoses[self.entry].standing != Standing::Unexplained
    }
}

/// A fix in words.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Which.
    pub fix: FixId,
    /// Verb and object.
    pub summary: Text,
    /// What it costs or leads to.
    pub note: Text,
}

/// The tables of messages and diagnoses as texts: the words that everybody's messages have.
pub const TABLES: [&str; 2] = [messages::SOURCE, book::SOURCE];

/// The sign that a service greets somebody.
pub const GREETING: &str = "greeting";

/// What the signs mean, the most important finding first: errors before warnings before advice, causes
/// before symptoms, and among those the one that more signs speak for, then the earlier phase of the
/// connection. Beside a cause, a mere symptom is no finding.
pub fn diagnose(signs: &Signs) -> Vec<Finding> {
    let mut hits: Vec<(usize, &Diagnosis)> = book()
        .diagnoses
        .iter()
        .enumerate()
        .filter(|(_, diagnosis)| {
            diagnosis.when.iter().all(|sign| signs.has(*sign))
                && !diagnosis.unless.iter().any(|sign| signs.has(*sign))
        })
        .collect();
    hits.sort_by_key(|(at, diagnosis)| {
        let speaking = diagnosis.when.iter().filter(|sign| !sign.is_setting());
        let signs = Reverse(speaking.count());
        (
            diagnosis.severity,
            diagnosis.standing,
            signs,
            diagnosis.certainty,
            *at,
        )
    });
    let errors = hits
        .iter()
        .filter(|(_, diagnosis)| diagnosis.severity == Severity::Error);
    let best = errors.map(|(_, diagnosis)| diagnosis.standing).min();
    let mut findings: Vec<Finding> = Vec::new();
    for (at, diagnosis) in hits {
        let is_weaker = best.is_some_and(|best| diagnosis.standing > best);
        if is_weaker {
            continue;
        }
        if findings
            .iter()
            .all(|finding| finding.code != diagnosis.code)
        {
            findings.push(finding(at, diagnosis, signs));
        }
    }
    findings
}

fn finding(entry: usize, diagnosis: &Diagnosis, signs: &Signs) -> Finding {
    let seen: Vec<&Seen> = diagnosis
        .when
        .iter()
        .filter(|sign| !sign.is_setting())
        .flat_map(|sign| signs.of(*sign))
        .collect();
    // Values of this diagnosis' own signs come first; the target's are known to all.
    let mut values: BTreeMap<&'static str, Text> = BTreeMap::new();
    for seen in seen.iter().copied().chain(signs.iter()) {
        for (name, value) in &seen.values {
            values.entry(name).or_insert_with(|| value.clone());
        }
    }
    let mut evidence: Vec<Text> = Vec::new();
    for seen in &seen {
        if !seen.evidence.is_empty() && !evidence.contains(&seen.evidence) {
            evidence.push(seen.evidence.clone());
        }
    }
    Finding {
        entry,
        code: diagnosis.code.clone(),
        certainty: diagnosis.certainty,
        severity: diagnosis.severity,
        step: diagnosis.step,
        summary: worded(&diagnosis.summary, &values),
        cause: worded(&diagnosis.cause, &values),
        evidence,
        fixes: diagnosis
            .fixes
            .iter()
            .map(|fix| (fix, &book().fixes[fix.name()]))
            .filter(|(_, words)| words.when.iter().all(|sign| signs.has(*sign)))
            .map(|(fix, words)| Offer {
                fix: *fix,
                summary: worded(&words.summary, &values),
                note: worded(&words.note, &values),
            })
            .collect(),
        values,
    }
}

/// What stands for a value that nobody named, behind these words.
fn unnamed(name: &str, before: &str) -> Text {
    Text::plain(match name {
        "host" if before.ends_with('@') => "HOST",
        "host" | "service" if before.is_empty() || before.ends_with(". ") => "The server",
        "host" | "service" => "the server",
        "user" => "USER",
        "key" => "the key",
        "file" => "the file",
        "account" => "an account that it does not name",
        _ => "it",
    })
}

/// The words with each `{name}` replaced by that value.
fn worded(words: &str, values: &BTreeMap<&'static str, Text>) -> Text {
    let mut text = Text::default();
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        text = text.then(Text::public(before));
        text = text.then(
            values
                .get(name)
                .cloned()
                .unwrap_or_else(|| unnamed(name, before)),
        );
        rest = behind;
    }
    text.then(Text::public(rest))
}

/// The whole answer of contract.md section 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Signed in, and nothing is wrong.
    Works,
    /// A cause was found, or nobody was signed in.
    Problem,
    /// It could not be checked.
    Unknown,
}

impl Verdict {
    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Works => "works",
            Verdict::Problem => "problem",
            Verdict::Unknown => "unknown",
        }
    }

    /// From what was seen: an error is a problem; without one, being signed in works.
    pub fn of(signs: &Signs, findings: &[Finding]) -> Self {
        // A greeting in a text may be a banner's, and a remark alone is no sign-in: here both are all there is.
        let is_harmless = signs.has(Sign::TextOnly)
            && (signs.has(Sign::Said(GREETING))
                || (signs.has(Sign::Remarked) && signs.has(Sign::AboutSsh)));
        let is_in = signs.has(Sign::SignedIn) || is_harmless;
        let error = findings
            .iter()
            .any(|finding| finding.severity == Severity::Error);
        match (error, is_in) {
            (true, _) => Verdict::Problem,
            (false, true) => Verdict::Works,
            (false, false) => Verdict::Unknown,
        }
    }
}
