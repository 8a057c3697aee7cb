//! What do all screens know: the machine, the facts, and what the person has answered so far?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::facts::{Facts, LocalKey};
use crate::machine::Machine;
use crate::page::StepId;
use crate::plan;
use crate::probe::{Answer, Tested};
use crate::provider::{Provider, Providers};
use crate::repair::{InVain, Situation};
use crate::say;
use crate::steps::new_key::Second;
use crate::steps::repair::Repaired;
use crate::target::Target;
use crate::text::{Kind, Privacy, Text, Vocabulary};
use crate::trouble::Trouble;

use super::{Effect, History, Next, Place};

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
    /// What happened so far.
    pub history: History,
    /// Where the last run ended before it was done, found at the start.
    pub resume: Option<Resume>,
}

/// An unfinished run that can be gone on with.
#[derive(Clone, Debug)]
pub struct Resume {
    /// Where to connect.
    pub target: Target,
    /// The step that the person was at.
    pub step: Option<StepId>,
}

impl Resume {
    /// The last run, when it was cut short or left before the end, and said where it was going.
    pub fn find(state_dir: &std::path::Path) -> Result<Option<Self>, Trouble> {
        let cut = plan::interrupted(state_dir)?.map(|cut| (cut.target, cut.step));
        let found = match cut {
            Some(cut) => Some(cut),
            None => plan::history(state_dir)?
                .into_iter()
                .next()
                .filter(|run| run.outcome == Some(plan::Outcome::Left))
                .map(|run| (run.target, run.step)),
        };
        Ok(found.and_then(|(target, step)| {
            Some(Self {
                target: Target::parse(&target.reveal()).ok()?,
                step: step.as_deref().and_then(StepId::from_id),
            })
        }))
    }
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
    /// The key that is being made for a second account.
    pub second: Option<Second>,
    /// Steps that the person went past.
    pub skipped: BTreeSet<StepId>,
    /// Why the server's identity could not be fetched, when that was tried last.
    pub unreachable: Option<Trouble>,
    /// What identifies somebody in a text that the person pasted.
    pub pasted: Vec<Text>,
    /// The name of a second account, which often is somebody's.
    pub alias: Option<Text>,
    /// The last test.
    pub tested: Option<Arc<Tested>>,
    /// A repair that a test has not judged yet.
    pub repaired: Option<Repaired>,
    /// Repairs that did not help and were taken back.
    pub in_vain: Vec<InVain>,
    /// What was changed on this computer.
    pub changes: Vec<Text>,
    /// Reports that were saved.
    pub saved: Vec<Text>,
    /// Commands of a service's own tool that were run; what those changed, they keep.
    pub ran: Vec<Text>,
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
            (Some(provider), _) => provider.shown_name(),
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

    /// What a repair is made up from; none before there is a target.
    pub fn situation(&self) -> Option<Situation> {
        Some(Situation {
            machine: self.machine.clone(),
            facts: self.facts.clone(),
            provider: self.provider().cloned(),
            target: self.answers.target.clone()?,
            answers: self.answers.server.clone(),
            key: self.answers.key.clone(),
        })
    }

    /// What the server said about a key.
    pub fn server_answer(&self, fingerprint: &str) -> ServerAnswer {
        match self.answers.server.get(fingerprint) {
            Some(Answer::Accepted) => ServerAnswer::Accepted,
            Some(Answer::Refused) => ServerAnswer::Refused,
            Some(Answer::Unknown) | None => ServerAnswer::NotAsked,
        }
    }

    /// Gives a vocabulary this privacy, and what it must know to keep it: only then, because the
    /// first frame need not wait for it.
    pub fn teach(&self, vocabulary: &mut Vocabulary, privacy: Privacy) {
        vocabulary.privacy = privacy;
        if privacy == Privacy::Open {
            return;
        }
        if vocabulary.public_hosts.is_empty() {
            self.providers.publish_to(vocabulary);
        }
        vocabulary.learn(self.private_words());
    }

    /// What identifies the person, their server, or whom that has named.
    pub fn private_words(&self) -> Vec<Text> {
        let mut words = self.answers.pasted.clone();
        words.extend(self.answers.alias.clone());
        if let Some(target) = &self.answers.target {
            words.extend(private_words(target, &self.facts));
        }
        if let (Some(tested), Some(provider)) = (&self.answers.tested, self.provider()) {
            words.extend(tested.people(provider));
        }
        words
    }

    /// Keeps what the server has said, and goes on when it knows the chosen key.
    pub fn learn(&mut self, said: BTreeMap<String, Answer>) -> Option<Next> {
        self.answers.server.extend(said);
        let chosen = self.answers.key.as_ref()?;
        match self.answers.server.get(chosen)? {
            Answer::Accepted => Some(Next::Forward(say!("{} knows your key.", self.service()))),
            Answer::Refused | Answer::Unknown => None,
        }
    }

    /// Whether this computer knows the server's key: only then may it see ours.
    pub fn is_host_known(&self) -> bool {
        self.facts
            .target
            .as_ref()
            .is_some_and(|target| target.known.as_ref().is_some())
    }

    /// The public keys that the server may still be asked about, five at most: at a service that is
    /// listed, or when the person asked for a repair, all usable ones; at any other server the chosen
    /// one only (contract.md section 6).
    pub fn askable(&self) -> Vec<(String, String)> {
        let any = self.provider().is_some() || self.answers.mode == Mode::Repair;
        let wanted = |key: &&LocalKey| any || key.fingerprint() == self.answers.key.as_deref();
        self.usable_keys()
            .filter(wanted)
            .filter(|key| {
                key.fingerprint()
                    .is_some_and(|known| !self.answers.server.contains_key(known))
            })
            .filter_map(question)
            .take(crate::probe::MOST_KEYS)
            .collect()
    }
}

/// Asks the server about the chosen key. Only one that is known gets to see it.
pub fn ask(context: &Context) -> Next {
    let Some(question) = context.key().and_then(question) else {
        return Next::To(Place::Key);
    };
    if !context.is_host_known() {
        return Next::Detour(Place::Host);
    }
    Next::Run(Effect::Ask(vec![question]))
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

/// What identifies the person or their server in ssh's own words.
pub fn private_words(target: &Target, facts: &Facts) -> Vec<Text> {
    let mut words = vec![Text::host(&target.host)];
    words.extend(target.user.as_ref().map(Text::user));
    let repository = target.repository.as_ref();
    words.extend(repository.map(|path| Text::of(Kind::Repository, path)));
    if let Some(effective) = facts.effective() {
        words.push(Text::host(effective.host_name()));
        words.push(Text::user(effective.user()));
    }
    let keys = facts.keys.iter();
    words.extend(keys.map(|key| Text::of(Kind::Label, &key.files.comment)));
    words
}
