//! What do all screens know: the machine, the facts, and what the person has answered so far?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::facts::{Facts, LocalKey};
use crate::machine::Machine;
use crate::page::StepId;
use crate::plan::Interrupted;
use crate::probe::{Answer, Tested};
use crate::provider::{Origin, Provider, Providers};
use crate::target::Target;
use crate::text::Text;

/// Everything a step may read; it changes answers, never facts.
pub struct Context {
    /// Where we are.
    pub machine: Arc<Machine>,
    /// The services that are known.
    pub providers: Arc<Providers>,
    /// What was found out.
    pub facts: Arc<Facts>,
    /// What the person said and the server answered.
    pub answers: Answers,
    /// Whether the person's key can be published by the demo itself.
    pub demo: bool,
    /// A run that was cut short, found at the start.
    pub interrupted: Option<Interrupted>,
}

/// How the wizard was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Repair where keys or settings exist, set-up otherwise.
    #[default]
    Auto,
    /// `fix`: the test first.
    Repair,
    /// `setup`: step by step.
    Setup,
}

/// What the person said, and what the server answered.
#[derive(Default)]
pub struct Answers {
    /// How the wizard was started.
    pub mode: Mode,
    /// Where to connect.
    pub target: Option<Target>,
    /// The service that was picked, where its hosts are another's as well.
    pub provider: Option<String>,
    /// Fingerprint of the chosen key.
    pub key: Option<String>,
    /// What the server said about keys, by fingerprint.
    pub server: BTreeMap<String, Answer>,
    /// Steps that the person went past.
    pub skipped: BTreeSet<StepId>,
    /// The last test.
    pub tested: Option<Arc<Tested>>,
    /// What was changed on this computer.
    pub changes: Vec<Text>,
    /// Key presses so far.
    pub presses: usize,
}

/// What the server said about one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerAnswer {
    /// It knows it.
    Accepted,
    /// It does not.
    Refused,
    /// It was not asked, or did not say.
    NotAsked,
}

impl Context {
    /// The service behind the target.
    pub fn provider(&self) -> Option<&Provider> {
        let target = self.answers.target.as_ref()?;
        provider_of(
            &self.providers,
            self.answers.provider.as_deref(),
            target,
            &self.facts,
        )
    }

    /// The service's name, or the host's.
    pub fn service(&self) -> Text {
        match (self.provider(), &self.answers.target) {
            (Some(provider), _) => Text::public(&provider.name),
            (None, Some(target)) => Text::host(&target.host),
            (None, None) => Text::plain("the server"),
        }
    }

    /// The target's host as the person knows it.
    pub fn host(&self) -> Text {
        match &self.answers.target {
            Some(target) => Text::host(&target.host),
            None => Text::plain("the server"),
        }
    }

    /// The chosen key.
    pub fn key(&self) -> Option<&LocalKey> {
        self.facts.key(self.answers.key.as_deref()?)
    }

    /// Keys that could be used as they are.
    pub fn usable_keys(&self) -> impl Iterator<Item = &LocalKey> {
        self.facts.usable_keys()
    }

    /// What the server said about a key.
    pub fn server_answer(&self, fingerprint: &str) -> ServerAnswer {
        match self.answers.server.get(fingerprint) {
            Some(Answer::Accepted) => ServerAnswer::Accepted,
            Some(Answer::Refused) => ServerAnswer::Refused,
            Some(Answer::Unknown) | None => ServerAnswer::NotAsked,
        }
    }

    /// Whether this computer knows the server's key: only then may it see ours.
    pub fn is_host_known(&self) -> bool {
        self.facts
            .target
            .as_ref()
            .is_some_and(|target| target.known.as_ref().is_some())
    }

    /// The public keys that the server may be asked about: a listed service about all usable ones
    /// (the first five), any other server about the chosen one only.
    pub fn askable(&self) -> Vec<(String, String)> {
        let listed = self
            .provider()
            .is_some_and(|provider| provider.origin == Origin::BuiltIn || self.demo);
        let wanted = |key: &&LocalKey| listed || key.fingerprint() == self.answers.key.as_deref();
        self.usable_keys()
            .filter(wanted)
            .filter_map(question)
            .take(crate::probe::MOST_KEYS)
            .collect()
    }
}

/// Fingerprint and line of a key, as [`crate::probe::ask`] wants them.
pub fn question(key: &LocalKey) -> Option<(String, String)> {
    Some((key.fingerprint()?.to_owned(), key.public_line()?.to_owned()))
}

/// The service of a target: the picked one, or the one that the typed or the real host name
/// belongs to.
pub fn provider_of<'a>(
    providers: &'a Providers,
    picked: Option<&str>,
    target: &Target,
    facts: &Facts,
) -> Option<&'a Provider> {
    let real = facts.effective().map(|effective| effective.host_name());
    picked
        .and_then(|id| providers.by_id(id))
        .or_else(|| providers.for_host(&target.host))
        .or_else(|| providers.for_host(real?))
}
