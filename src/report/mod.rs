//! What does a person give to support, and what is never in it?
//!
//! A [`Report`] is gathered from an allow-list of facts ([`make()`]), every string of it masked. Its JSON and its
//! Markdown come from that one value, so they tell the same; before anybody gets either, both are searched for
//! every private value that is known ([`Private::found_in`]): one hit, and there is no report.

mod evidence;
mod make;
mod markdown;
mod observed;
mod private;
mod read;
mod redactions;
mod save;
mod settings;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::answer::{ShownFinding, ShownKey, ShownRung, ShownStep, ShownTarget, Tool};
use crate::diagnosis::Verdict;

pub use make::{Form, Hiding, Session, Sources, make};
pub use observed::derived;
pub use private::Private;
pub use redactions::hidden_words;
pub use save::{save, save_both, taken};

/// The version of the JSON.
pub const SCHEMA: u32 = 1;

/// Everything that support gets. All strings are masked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Which program made it.
    pub tool: Tool,
    /// When, in UTC: `2026-09-21T14:12Z`.
    pub made: String,
    /// The wizard's screen from which it was asked for.
    pub screen: Option<u8>,
    /// The operating system and its version.
    pub os: String,
    /// The OpenSSH client, or why there is none.
    pub ssh: String,
    /// What the terminal can do.
    pub terminal: Terminal,
    /// Variables that change what ssh or git does.
    pub environment: Vec<Variable>,
    /// Where to.
    pub target: Option<ShownTarget>,
    /// Works, a problem, or unknown.
    pub outcome: Verdict,
    /// Whom the server greeted.
    pub identity: Option<String>,
    /// The most important first.
    pub findings: Vec<ShownFinding>,
    /// How far the connection got.
    pub ladder: Vec<ShownRung>,
    /// The six steps.
    pub steps: Vec<ShownStep>,
    /// What the server saw.
    pub keys_offered: Vec<ShownKey>,
    /// What is on this computer.
    pub keys: Vec<KeyHere>,
    /// The agent that ssh asks.
    pub agent: AgentHere,
    /// Lines of the settings that apply to the target.
    pub settings: Vec<SettingHere>,
    /// The remotes of the folder, and what git runs for SSH.
    pub git: Vec<String>,
    /// Everything that the diagnosis was made of.
    pub observations: Vec<Observation>,
    /// Lines of ssh's own log, of shapes that are known.
    pub log: Vec<String>,
    /// What earlier runs have changed.
    pub changes: Vec<Changed>,
    /// What was run to find all this out.
    pub commands: Vec<String>,
    /// What the person pressed, and where.
    pub timeline: Vec<Moment>,
    /// How the session went.
    pub metrics: Option<Metrics>,
    /// What was hidden, by rule.
    pub redactions: Vec<Redaction>,
}

/// What the terminal can do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Terminal {
    /// `TERM`.
    pub term: String,
    /// `80x24`; none when there is no terminal.
    pub size: Option<String>,
    /// Inside tmux.
    pub tmux: bool,
    /// The locale is UTF-8.
    pub utf8: bool,
    /// Lines instead of the full screen.
    pub plain: bool,
}

/// A variable: whether it is set, and its value only where that tells nothing about anybody.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Whether it is set.
    pub set: bool,
    /// Of TERM, LANG and LC_*.
    pub value: Option<String>,
}

/// A key of this computer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct KeyHere {
    /// The private half's file; none when only the agent has it.
    pub file: Option<String>,
    /// `Ed25519`, `RSA 2048`; empty when unknown.
    #[serde(rename = "type")]
    pub kind: String,
    /// Cut to eight characters.
    pub fingerprint: Option<String>,
    /// What protects it.
    pub protection: String,
    /// The agent holds it.
    pub in_agent: bool,
    /// A certificate lies beside it.
    pub certificate: bool,
    /// What the server said about it.
    pub answer: crate::transcript::keys::Answer,
    /// Why ssh does not use it.
    pub problems: Vec<String>,
}

/// The agent that ssh asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct AgentHere {
    /// Which program it seems to be; none without an address.
    pub program: Option<String>,
    /// How many keys it holds.
    pub holds: Option<usize>,
    /// Why it did not answer.
    pub problem: Option<String>,
}

/// A line of the settings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct SettingHere {
    /// The file.
    pub file: String,
    /// Its line in it, from 1.
    pub line: usize,
    /// In lower case.
    pub keyword: String,
    /// Its value.
    pub value: String,
    /// `used`, `may be used`, or `an earlier line wins`.
    pub standing: String,
}

/// One sign with what it was seen by.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Observation {
    /// Its name in `assets/diagnoses.toml` or `assets/messages.toml`.
    pub sign: String,
    /// The very line or fact.
    pub evidence: String,
    /// What it was about.
    pub values: BTreeMap<String, String>,
}

/// What an earlier run has changed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Changed {
    /// When, in UTC.
    pub when: String,
    /// What, one change after the other.
    pub what: Vec<String>,
    /// `stands`, `taken back` or `unreadable`.
    pub standing: String,
}

/// One thing that happened in the wizard.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Moment {
    /// Seconds since the start.
    pub t: u64,
    /// The screen.
    pub screen: u8,
    /// What was pressed, and what it did.
    pub action: String,
}

/// How the session went: counted on this computer, and nowhere else unless the person sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Metrics {
    /// From the start to the report.
    pub seconds: u64,
    /// Key presses.
    pub presses: usize,
    /// Times back.
    pub backs: usize,
    /// Times `r`.
    pub retries: usize,
    /// Changes made and kept.
    pub changes: usize,
    /// The first rung that failed.
    pub first_failed: Option<crate::transcript::Rung>,
    /// From the start to the first test that worked.
    pub seconds_to_success: Option<u64>,
}

/// How often something was hidden.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Redaction {
    /// What.
    pub rule: String,
    /// How many different ones.
    pub count: usize,
}

impl Report {
    /// The diagnosis; none when nothing is wrong.
    pub fn code(&self) -> Option<&str> {
        let is_wrong = self.outcome != Verdict::Works;
        let first = self.findings.first().filter(|_| is_wrong);
        first.map(|finding| finding.code.as_str())
    }

    /// The JSON, with a line end.
    pub fn json(&self) -> String {
        // Strings, numbers and lists of them: nothing that could not be written.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The four characters that both sides can read aloud to know that they look at the same report.
    pub fn reference(&self) -> String {
        reference(self.json().as_bytes())
    }
}

/// Four characters of Crockford's alphabet, which has no letters that sound or look like another, from the
/// SHA-256 of the file without the blanks at its end.
pub fn reference(json: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digest = Sha256::digest(json.trim_ascii_end());
    let bits = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    (0..4)
        .map(|at| char::from(ALPHABET[(bits >> (27 - 5 * at)) as usize & 31]))
        .collect()
}
