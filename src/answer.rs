//! What was found out about a connection, and how does it look for a program?
//!
//! The parts of the JSON of contract.md section 3, which `check`, `fix`, `explain` and `report` share. They are
//! read again by `replay`; what a newer sshstep adds is passed over there.

use serde::{Deserialize, Serialize};

use crate::diagnosis::{Certainty, Finding, Severity, Verdict};
use crate::facts::Facts;
use crate::page::{Status, StepId};
use crate::provider::Provider;
use crate::target::Target;
use crate::text::Text;
use crate::transcript::keys::{self, OfferedKey};
use crate::transcript::rung::{self, Standing};
use crate::transcript::{Ladder, Rung};

/// How a text becomes a string.
pub type Show<'a> = &'a dyn Fn(&Text) -> String;

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

/// This program.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Tool {
    /// `sshstep`.
    pub name: String,
    /// `0.1.0`.
    pub version: String,
}

/// Where to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ShownTarget {
    /// As it was typed.
    pub input: String,
    /// The login name that ssh uses.
    pub user: String,
    /// The server that ssh connects to.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The service's id.
    pub provider: Option<String>,
}

/// A diagnosis.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ShownFinding {
    /// One of the codes that never change.
    pub code: String,
    /// Proven or likely.
    pub certainty: Certainty,
    /// How bad.
    pub severity: Severity,
    /// The step that deals with it.
    pub step: StepId,
    /// What is wrong.
    pub summary: String,
    /// Why.
    pub cause: String,
    /// The very lines and facts.
    pub evidence: Vec<String>,
    /// Best first.
    pub fixes: Vec<ShownFix>,
}

/// A way out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ShownFix {
    /// Its id.
    pub id: String,
    /// Verb and object.
    pub summary: String,
    /// Whether a machine can do it.
    pub automatic: bool,
    /// Whether it is the first to try.
    pub recommended: bool,
}

/// One rung of the ladder.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ShownRung {
    /// Which.
    pub id: Rung,
    /// How it went.
    pub status: rung::Status,
    /// What was seen.
    pub detail: String,
    /// How long it took, in milliseconds.
    pub ms: Option<u64>,
}

/// How far a step is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ShownStep {
    /// Which.
    pub id: StepId,
    /// How far.
    pub status: Status,
}

/// A key that the server saw.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ShownKey {
    /// Its file.
    pub file: Option<String>,
    /// `ED25519`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// `SHA256:…`
    pub fingerprint: Option<String>,
    /// Why it was offered.
    pub source: keys::Source,
    /// What the server said.
    pub answer: keys::Answer,
}

impl Tool {
    /// This one.
    pub fn own() -> Self {
        Self {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

impl Answer<'_> {
    /// The target with what ssh makes of it.
    pub fn shown_target(&self, show: Show) -> Option<ShownTarget> {
        let target = self.target?;
        let effective = self.facts.and_then(Facts::effective);
        let user = effective.map_or_else(
            || target.user.clone().unwrap_or_default(),
            |effective| effective.user().to_owned(),
        );
        let host = effective.map_or(target.host.as_str(), |effective| effective.host_name());
        Some(ShownTarget {
            input: show(&Text::quoted(&target.input)),
            user: show(&Text::user(user)),
            host: show(&Text::host(host)),
            port: effective.map_or(target.port.unwrap_or(22), |effective| effective.port()),
            provider: self.provider.map(|provider| show(&provider.shown_id())),
        })
    }

    /// The findings.
    pub fn shown_findings(&self, show: Show) -> Vec<ShownFinding> {
        let findings = self.findings.iter();
        findings
            .map(|finding| ShownFinding::of(finding, show))
            .collect()
    }

    /// The rungs; empty when no connection was made.
    pub fn shown_ladder(&self, show: Show) -> Vec<ShownRung> {
        let rungs = self.ladder.iter().flat_map(|ladder| ladder.rungs());
        rungs
            .map(|standing| ShownRung::of(standing, show))
            .collect()
    }

    /// The steps.
    pub fn shown_steps(&self) -> Vec<ShownStep> {
        let steps = self.steps.iter();
        steps
            .map(|(id, status)| ShownStep {
                id: *id,
                status: *status,
            })
            .collect()
    }

    /// The keys that the server saw.
    pub fn shown_keys(&self, show: Show) -> Vec<ShownKey> {
        let keys = self.ladder.iter().flat_map(|ladder| ladder.keys_offered());
        keys.map(|key| ShownKey::of(key, show)).collect()
    }
}

impl ShownFinding {
    /// The finding in strings.
    pub fn of(finding: &Finding, show: Show) -> Self {
        Self {
            code: finding.code.clone(),
            certainty: finding.certainty,
            severity: finding.severity,
            step: finding.step,
            summary: show(&finding.summary),
            cause: show(&finding.cause),
            evidence: finding.evidence.iter().map(show).collect(),
            fixes: finding
                .fixes
                .iter()
                .enumerate()
                .map(|(at, offer)| ShownFix {
                    id: offer.fix.name().to_owned(),
                    summary: show(&offer.summary),
                    automatic: offer.fix.is_automatic(),
                    recommended: at == 0,
                })
                .collect(),
        }
    }
}

impl ShownRung {
    fn of(standing: &Standing, show: Show) -> Self {
        let ms = |took: std::time::Duration| u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        Self {
            id: standing.rung,
            status: standing.status,
            detail: show(&crate::steps::test::fact_words(standing)),
            ms: standing.took.map(ms),
        }
    }
}

impl ShownKey {
    fn of(key: &OfferedKey, show: Show) -> Self {
        let file = key.file.as_ref().map(std::path::Path::new);
        Self {
            file: file.map(|file| show(&Text::path(file))),
            kind: show(&Text::quoted(key.kind.as_deref().unwrap_or_default())),
            fingerprint: key
                .fingerprint
                .as_ref()
                .map(|value| show(&Text::fingerprint(value))),
            source: key.source,
            answer: key.answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_words_of_the_json_are_those_that_people_read() {
        for rung in Rung::ALL {
            assert_eq!(json!(rung), rung.id());
        }
        for step in StepId::ALL {
            assert_eq!(json!(step), step.id());
        }
        for verdict in [Verdict::Works, Verdict::Problem, Verdict::Unknown] {
            assert_eq!(json!(verdict), verdict.word());
        }
        for status in [
            rung::Status::Ok,
            rung::Status::Failed,
            rung::Status::Unknown,
            rung::Status::NotTried,
        ] {
            assert_eq!(json!(status), status.id());
        }
        for status in [
            Status::Done,
            Status::Todo,
            Status::Problem,
            Status::Skipped,
            Status::Unknown,
        ] {
            assert_eq!(json!(status), status.word());
        }
        for source in [
            keys::Source::Agent,
            keys::Source::File,
            keys::Source::Config,
        ] {
            assert_eq!(json!(source), source.id());
        }
        for answer in [
            keys::Answer::Accepted,
            keys::Answer::Refused,
            keys::Answer::Unknown,
        ] {
            assert_eq!(json!(answer), answer.id());
        }
    }
}
