//! Where does each part of a report come from?

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::private::{self, Private};
use super::{
    AgentHere, Changed, KeyHere, Metrics, Moment, Report, SCHEMA, Terminal, Variable, evidence,
    observed, redactions, settings,
};
use crate::agent::program;
use crate::answer::{Answer, Show, Tool};
use crate::diagnosis::Signs;
use crate::facts::{Facts, Git, LocalKey};
use crate::key::pair::Protection;
use crate::machine::Machine;
use crate::plan::{RunSummary, Standing};
use crate::platform;
use crate::provider::{Providers, public_texts};
use crate::say;
use crate::steps::key::words::problem;
use crate::text::{Charset, Kind, Privacy, Text, Vocabulary, replace_word};
use crate::transcript::Transcript;
use crate::transcript::keys;
use crate::trouble::Trouble;

/// Longer lines are cut.
pub(super) const LONGEST: usize = 400;
/// What stands behind a line that was cut.
const CUT: &str = " [cut]";

/// So many earlier runs are told.
const RUNS: usize = 3;

/// Variables that change what ssh, git or the terminal does.
const VARIABLES: [&str; 24] = [
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "SSH_CONNECTION",
    "SSH_TTY",
    "SSH_ASKPASS",
    "SSH_ASKPASS_REQUIRE",
    "SSH_SK_PROVIDER",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "SUDO_USER",
    "WSL_DISTRO_NAME",
    "MSYSTEM",
    "CI",
    "TMUX",
    "STY",
    "NO_COLOR",
    "ACCESSIBLE",
    "TERM",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
];

/// How much is hidden.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hiding {
    /// Whatever identifies somebody.
    #[default]
    Usual,
    /// The service and the settings as well.
    More,
}

impl Hiding {
    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Hiding::Usual => Hiding::More,
            Hiding::More => Hiding::Usual,
        }
    }
}

/// How the wizard is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// On the full screen.
    #[default]
    Screen,
    /// Line by line.
    Lines,
}

/// What happened in the wizard; nothing on the command line.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// The screen from which the report was asked for.
    pub screen: Option<u8>,
    /// Screens or lines.
    pub form: Form,
    /// Seconds since the start, screen, and what was pressed.
    pub timeline: Vec<(u64, u8, Text)>,
    /// How it went.
    pub metrics: Option<Metrics>,
}

/// What a report is made from.
pub struct Sources<'a> {
    /// Where we are.
    pub machine: &'a Machine,
    /// The services that are known.
    pub providers: &'a Providers,
    /// What was found out.
    pub answer: Answer<'a>,
    /// What the diagnosis was made of.
    pub signs: &'a Signs,
    /// ssh's own words; none when no connection was made.
    pub transcript: Option<&'a Transcript>,
    /// What the server said about keys, by fingerprint.
    pub answers: Option<&'a BTreeMap<String, keys::Answer>>,
    /// Earlier runs, the latest first.
    pub runs: Vec<RunSummary>,
    /// What happened in the wizard.
    pub session: Session,
    /// What else is known to be private: whom the server named, what was pasted.
    pub learned: Vec<Text>,
    /// How much is hidden.
    pub hiding: Hiding,
}

/// The report.
///
/// # Errors
/// When something private would be in it, which is looked up in the finished text.
pub fn make(sources: &Sources) -> Result<Report, Trouble> {
    let vocabulary = vocabulary(sources);
    let service = hidden_service(sources);
    let show = |text: &Text| {
        let mut shown = vocabulary.show(text);
        for word in &service {
            shown = replace_word(&shown, word, || "[service]".to_owned());
        }
        cut(shown)
    };
    // What a report says of anybody: its fixed words, without a value.
    let skeleton = report(sources, &Text::fixed_words);
    let mut everybodys = private::words_of_everybody(sources);
    everybodys += &platform::system_name();
    // A service that is to be hidden is not everybody's.
    let hidden = sources.answer.provider.map(|provider| provider.id.as_str());
    let hidden = hidden.filter(|_| sources.hiding == Hiding::More);
    everybodys.extend(public_texts(hidden));
    everybodys.extend([skeleton.json(), skeleton.markdown()]);
    let private = Private::of(sources, everybodys);
    private.teach(&vocabulary);

    let mut report = report(sources, &show);
    report.redactions = redactions::count(&report.json());
    for text in [report.json(), report.markdown()] {
        private.found_in(&text, &vocabulary)?;
    }
    Ok(report)
}

fn vocabulary(sources: &Sources) -> Vocabulary {
    let mut vocabulary = sources.machine.vocabulary();
    vocabulary.privacy = Privacy::Masked;
    // It is a file of its own, whatever this terminal shows.
    vocabulary.charset = Charset::Utf8;
    if sources.hiding == Hiding::Usual {
        sources.providers.publish_to(&mut vocabulary);
    }
    vocabulary
}

/// The words by which the service is known, where it is to be hidden: the longest first.
fn hidden_service(sources: &Sources) -> Vec<String> {
    let (Hiding::More, Some(provider)) = (sources.hiding, sources.answer.provider) else {
        return Vec::new();
    };
    let mut words = vec![provider.name.clone(), provider.id.clone()];
    words.extend(provider.cli.iter().map(|cli| cli.program.name().to_owned()));
    for host in &provider.hosts {
        words.push(host.clone());
        // Its pages are below the same domain.
        let mut labels: Vec<&str> = host.rsplit('.').take(2).collect();
        labels.reverse();
        words.push(labels.join("."));
    }
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

/// A line that is not too long; what was cut once stays as it is.
pub(super) fn cut(shown: String) -> String {
    match shown.char_indices().nth(LONGEST) {
        Some((at, _)) if shown[at..] != *CUT => shown[..at].to_owned() + CUT,
        Some(_) | None => shown,
    }
}

fn report(sources: &Sources, show: Show) -> Report {
    let Sources {
        machine,
        answer,
        session,
        ..
    } = sources;
    let facts = answer.facts;
    let settings = match (facts, answer.target, sources.hiding) {
        (Some(facts), Some(target), Hiding::Usual) => settings::lines(machine, facts, target, show),
        (_, _, Hiding::More) | (None, _, _) | (_, None, _) => Vec::new(),
    };
    Report {
        schema: SCHEMA,
        tool: Tool::own(),
        made: minute(Timestamp::now()),
        screen: session.screen,
        os: show(&Text::public(platform::system_name())),
        ssh: facts.map_or_else(String::new, |facts| show(&ssh(facts))),
        terminal: terminal(machine, session, show),
        environment: environment(machine, show),
        target: answer.shown_target(show),
        outcome: answer.verdict,
        identity: answer.identity.as_ref().map(show),
        findings: answer.shown_findings(show),
        ladder: answer.shown_ladder(show),
        steps: answer.shown_steps(),
        keys_offered: answer.shown_keys(show),
        keys: facts.map_or_else(Vec::new, |facts| {
            // A file that the settings name in vain is told by a finding.
            let here = |key: &&LocalKey| key.has_file() || key.in_agent;
            let keys = facts.keys.iter().filter(here);
            keys.map(|key| key_here(key, sources.answers, show))
                .collect()
        }),
        agent: facts.map_or_else(AgentHere::default, |facts| agent(machine, facts, show)),
        settings,
        git: facts.map_or_else(Vec::new, |facts| git(&facts.git).iter().map(show).collect()),
        observations: observed::written(sources.signs, show),
        log: sources.transcript.map_or_else(Vec::new, |transcript| {
            evidence::lines(transcript).iter().map(show).collect()
        }),
        changes: changes(&sources.runs, show),
        commands: machine.log.all().iter().map(show).collect(),
        timeline: session
            .timeline
            .iter()
            .map(|(t, screen, action)| Moment {
                t: *t,
                screen: *screen,
                action: show(action),
            })
            .collect(),
        metrics: session.metrics.clone(),
        redactions: Vec::new(),
    }
}

fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%MZ").to_string()
}

fn ssh(facts: &Facts) -> Text {
    match (facts.ssh.as_ref(), facts.ssh.trouble()) {
        (Some(client), _) => Text::public(&client.version),
        (None, Some(trouble)) => trouble.what.clone(),
        (None, None) => Text::plain("not asked"),
    }
}

fn terminal(machine: &Machine, session: &Session, show: Show) -> Terminal {
    Terminal {
        term: show(&Text::quoted(machine.var("TERM").unwrap_or_default())),
        size: platform::terminal_size().map(|(columns, rows)| format!("{columns}x{rows}")),
        tmux: machine.var("TMUX").is_some(),
        utf8: machine.charset() == Charset::Utf8,
        plain: session.form == Form::Lines,
    }
}

fn environment(machine: &Machine, show: Show) -> Vec<Variable> {
    let variable = |name: &str| {
        let value = machine.var(name);
        let tells = name == "TERM" || name == "LANG" || name.starts_with("LC_");
        Variable {
            name: name.to_owned(),
            set: value.is_some(),
            value: value
                .filter(|_| tells)
                .map(|value| show(&Text::quoted(value))),
        }
    };
    VARIABLES.map(variable).to_vec()
}

fn key_here(
    key: &LocalKey,
    answers: Option<&BTreeMap<String, keys::Answer>>,
    show: Show,
) -> KeyHere {
    let answer = key.fingerprint().and_then(|own| answers?.get(own));
    KeyHere {
        file: key.path().map(|path| show(&Text::path(&path))),
        kind: key
            .kind()
            .map_or_else(String::new, |kind| show(&Text::public(kind.to_string()))),
        fingerprint: key
            .fingerprint()
            .map(|value| show(&Text::fingerprint(value))),
        protection: match key.files.protection {
            Protection::None => "none",
            Protection::Passphrase => "passphrase",
            Protection::Hardware => "hardware",
            Protection::Unknown => "unknown",
        }
        .to_owned(),
        in_agent: key.in_agent,
        certificate: key.files.certificate.is_some(),
        answer: answer.copied().unwrap_or(keys::Answer::Unknown),
        problems: key
            .files
            .problems
            .iter()
            .map(|found| show(&problem(found)))
            .collect(),
    }
}

fn agent(machine: &Machine, facts: &Facts, show: Show) -> AgentHere {
    let variable = |name: &str| machine.var(name).map(str::to_owned);
    let guess = program::guess(&facts.agent.address, variable);
    let identities = &facts.agent.identities;
    AgentHere {
        program: guess.map(|guess| guess.program.name().to_owned()),
        holds: identities.as_ref().map(Vec::len),
        problem: identities.trouble().map(|trouble| show(&trouble.what)),
    }
}

fn git(git: &Git) -> Vec<Text> {
    let name = |name: &str| match name {
        "origin" | "upstream" => Text::public(name),
        _ => Text::of(Kind::Label, name),
    };
    let remotes = git.remotes.iter();
    let mut lines: Vec<Text> = remotes
        .map(|remote| {
            say!(
                "remote {}: {}",
                name(&remote.name),
                Text::quoted(&remote.url)
            )
        })
        .collect();
    lines.extend(git.wrong.iter().map(|remote| {
        say!(
            "remote {}, written wrongly: {}",
            name(&remote.name),
            Text::quoted(&remote.url)
        )
    }));
    lines.extend(git.program.iter().map(|program| {
        say!(
            "for SSH, git runs {} ({})",
            Text::path(std::path::Path::new(&program.name)),
            Text::quoted(&program.place)
        )
    }));
    lines
}

fn changes(runs: &[RunSummary], show: Show) -> Vec<Changed> {
    let changing = runs.iter().filter(|run| !run.changes.is_empty());
    changing
        .take(RUNS)
        .map(|run| Changed {
            when: run.when.map_or_else(String::new, minute),
            what: run.changes.iter().map(show).collect(),
            standing: match run.standing {
                Standing::Stands => "stands",
                Standing::TakenBack => "taken back",
                Standing::Nothing => "nothing",
                Standing::Unreadable => "unreadable",
            }
            .to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests;
