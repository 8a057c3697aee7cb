//! Does the connection work, as the person's own ssh and git would make it?

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use crate::agent::Fault;
use crate::diagnosis::service::{self, Weight};
use crate::diagnosis::{self, Finding, Observed, Said, Signs, Verdict};
use crate::facts::{Effective, Facts};
use crate::machine::Machine;
use crate::provider::{Greeting, Meaning, Provider};
use crate::target::Target;
use crate::text::Text;
use crate::transcript::keys::Answer;
use crate::transcript::{Event, Ladder, Transcript};
use crate::trouble::Trouble;

use super::host_keys::known_hosts_option;
use super::run::{self, Asking, Then};

/// How long an agent that has not answered us may keep ssh waiting as well.
const HUNG_AGENT: Duration = Duration::from_secs(2);

/// The test with everything that follows from it.
#[derive(Debug)]
pub struct Tested {
    /// The seven rungs.
    pub ladder: Ladder,
    /// ssh's own words.
    pub transcript: Transcript,
    /// What the server printed.
    pub output: String,
    /// It was ended because of its silence.
    pub silent: bool,
    /// What the provider's greeting says.
    pub greeting: Option<Greeting>,
    /// Everything that was observed.
    pub signs: Signs,
    /// The most important first.
    pub findings: Vec<Finding>,
    /// Works, a problem, or unknown.
    pub verdict: Verdict,
    /// What the server said about keys, by fingerprint.
    pub answers: BTreeMap<String, Answer>,
    /// How long it took.
    pub took: Duration,
}

impl Tested {
    /// Whether we were signed in, and nothing is wrong.
    pub fn works(&self) -> bool {
        self.verdict == Verdict::Works
    }

    /// Who the server says we are.
    pub fn account(&self) -> Option<&Text> {
        self.greeting.as_ref()?.account.as_ref()
    }

    /// Whom the service's words name, in what it printed and in what speaks for a finding.
    pub fn people(&self, provider: &Provider) -> Vec<Text> {
        let evidence = self.findings.iter().flat_map(|finding| &finding.evidence);
        let lines = evidence.map(Text::reveal);
        lines
            .chain(self.output.lines().map(str::to_owned))
            .flat_map(|line| provider.named_in(&line))
            .collect()
    }
}

/// Connects once. `each` gets the ladder whenever it has changed.
///
/// # Errors
/// When ssh cannot be started; a connection that fails is a result, not an error.
pub async fn connect(
    machine: &Machine,
    facts: &Facts,
    provider: Option<&Provider>,
    target: &Target,
    asking: Asking,
    mut each: impl FnMut(&Ladder) + Send,
) -> Result<Tested, Trouble> {
    let options = run::options(machine.timeout, asking);
    connect_by(machine, facts, provider, target, asking, options, &mut each).await
}

/// Connects once with the key file that the target names: no agent's key, and no key of ssh's own names, comes
/// in its place.
///
/// # Errors
/// When ssh cannot be started.
pub async fn connect_with_key(
    machine: &Machine,
    facts: &Facts,
    provider: Option<&Provider>,
    target: &Target,
) -> Result<Tested, Trouble> {
    let asking = Asking::Never;
    let mut options = run::options(machine.timeout, asking);
    options.push(OsString::from("-oIdentitiesOnly=yes"));
    connect_by(
        machine,
        facts,
        provider,
        target,
        asking,
        options,
        &mut |_| {},
    )
    .await
}

async fn connect_by(
    machine: &Machine,
    facts: &Facts,
    provider: Option<&Provider>,
    target: &Target,
    asking: Asking,
    mut options: Vec<OsString>,
    each: &mut (dyn FnMut(&Ladder) + Send),
) -> Result<Tested, Trouble> {
    let folder = run::private_folder()?;
    options.extend(host_key_options(machine, facts.effective(), folder.path()));
    let agent_hangs = facts.agent.fault == Some(Fault::Silent);
    let mut ladder = Ladder::default();
    let mut each = |event: &Event, at: Duration| {
        ladder.observe(event, at);
        each(&ladder);
        if agent_hangs && matches!(event, Event::KeysExchanged) {
            // ssh asks the agent next, and would wait for it for ever.
            Then::Within(HUNG_AGENT)
        } else {
            Then::Continue
        }
    };
    let command = command(provider, facts);
    let ran = run::run(machine, &options, target, command, asking, &mut each).await?;
    Ok(judge(
        Judged::of(ladder, ran),
        facts,
        provider,
        target,
        &BTreeMap::new(),
    ))
}

/// A finished connection, before anything is concluded.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The rungs.
    pub ladder: Ladder,
    /// ssh's own words.
    pub transcript: Transcript,
    /// What the server printed.
    pub output: String,
    /// It was ended because of its silence.
    pub silent: bool,
    /// How long it took.
    pub took: Duration,
}

impl Judged {
    /// The run that the ladder was fed from.
    pub(super) fn of(mut ladder: Ladder, ran: run::Ran) -> Self {
        if ran.silent {
            ladder.give_up(ran.took);
        }
        ladder.finish(ran.code);
        Self {
            ladder,
            transcript: ran.transcript,
            output: ran.output,
            silent: ran.silent,
            took: ran.took,
        }
    }
}

/// What follows from a connection, the facts, and the answers that the server gave to [`super::ask`].
pub fn judge(
    ended: Judged,
    facts: &Facts,
    provider: Option<&Provider>,
    target: &Target,
    answers: &BTreeMap<String, Answer>,
) -> Tested {
    let greeting = provider.and_then(|provider| provider.greeting(&ended.output));
    let signs = diagnosis::observe(&Observed {
        facts: Some(facts),
        transcript: Some(&ended.transcript),
        said: Some(&Said::read(&ended.output)),
        ladder: Some(&ended.ladder),
        output: &ended.output,
        silent: ended.silent,
        greeting: greeting.as_ref(),
        target: Some(target),
        provider,
        answers,
    });
    let mut findings = diagnosis::diagnose(&signs);
    if let Some(provider) = provider {
        let own = ended.transcript.events.iter();
        let lines = own.map(|seen| seen.text.as_str());
        let lines = lines.chain(ended.output.lines());
        let weight = match greeting.as_ref().map(|greeting| greeting.meaning) {
            Some(Meaning::SignedIn | Meaning::DeployKey) => Weight::Greeted,
            Some(Meaning::Anonymous | Meaning::NoAccess) | None => Weight::BesideFacts,
        };
        service::speak(&mut findings, provider, lines, weight);
    }
    let offered = ended
        .ladder
        .keys_offered()
        .iter()
        .filter_map(|key| Some((key.fingerprint.clone()?, key.answer)));
    let mut all: BTreeMap<String, Answer> = offered.collect();
    all.extend(answers.iter().map(|(key, answer)| (key.clone(), *answer)));
    Tested {
        answers: all,
        verdict: Verdict::of(&signs, &findings),
        ladder: ended.ladder,
        transcript: ended.transcript,
        output: ended.output,
        silent: ended.silent,
        greeting,
        signs,
        findings,
        took: ended.took,
    }
}

impl Tested {
    /// The same connection judged again, now that the server has answered about more keys.
    pub fn with_answers(
        &self,
        facts: &Facts,
        provider: Option<&Provider>,
        target: &Target,
        answers: &BTreeMap<String, Answer>,
    ) -> Self {
        judge(
            Judged {
                ladder: self.ladder.clone(),
                transcript: self.transcript.clone(),
                output: self.output.clone(),
                silent: self.silent,
                took: self.took,
            },
            facts,
            provider,
            target,
            answers,
        )
    }
}

/// A provider greets and hangs up; a git server has no shell to run a command in. Anywhere else a
/// command that does nothing ends the session at once.
fn command(provider: Option<&Provider>, facts: &Facts) -> &'static [&'static str] {
    let is_git = facts
        .effective()
        .is_some_and(|effective| effective.user() == "git");
    if provider.is_some() || is_git {
        &[]
    } else {
        &["true"]
    }
}

/// Strict, unless the person's own settings let ssh accept new hosts by itself: then it does so
/// here as well, but what it learns goes into a file of ours.
fn host_key_options(
    machine: &Machine,
    effective: Option<&Effective>,
    folder: &std::path::Path,
) -> Vec<OsString> {
    if !effective.is_some_and(Effective::accepts_new_hosts) {
        return vec![OsString::from("-oStrictHostKeyChecking=yes")];
    }
    let mut files = known_hosts_option("UserKnownHostsFile", &folder.join("known_hosts"));
    for file in effective
        .map(|effective| effective.known_hosts_files(machine))
        .unwrap_or_default()
    {
        files.push(format!(" \"{}\"", file.display()));
    }
    vec![files]
}
