//! Which signs are there, in what ssh said, in what lies on this machine, and in the server's answers?

use std::collections::BTreeMap;
use std::path::Path;

use crate::agent::AgentAddress;
use crate::facts::{Facts, LocalKey, TargetFacts, config};
use crate::key::file::{Content, inspect};
use crate::key::pair::KeyProblem;
use crate::known::Known;
use crate::provider::{Greeting, Meaning, Provider};
use crate::say;
use crate::target::Target;
use crate::text::{Kind, Text};
use crate::transcript::event::Ending;
use crate::transcript::keys::{Answer, OfferedKey, Signature};
use crate::transcript::{Event, Ladder, Rung, Seen, Transcript};

use super::sign::{Sign, Signs};

/// Everything that can be looked at; each part may be missing.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// This machine.
    pub facts: Option<&'a Facts>,
    /// What ssh said.
    pub transcript: Option<&'a Transcript>,
    /// How far it got.
    pub ladder: Option<&'a Ladder>,
    /// It was ended because it said nothing for too long.
    pub silent: bool,
    /// What the provider greeted with.
    pub greeting: Option<&'a Greeting>,
    /// Whom it was about.
    pub target: Option<&'a Target>,
    /// The service behind it.
    pub provider: Option<&'a Provider>,
    /// What the server said about keys that were asked for one by one, by fingerprint.
    pub answers: &'a BTreeMap<String, Answer>,
}

/// All signs, each with its evidence.
pub fn observe(seen: &Observed) -> Signs {
    let mut signs = Signs::default();
    name_target(seen, &mut signs);
    if let Some(facts) = seen.facts {
        from_facts(facts, &mut signs);
    }
    if let Some(transcript) = seen.transcript {
        from_transcript(transcript, &mut signs);
    }
    if let Some(ladder) = seen.ladder {
        from_ladder(seen, ladder, &mut signs);
    }
    from_answers(seen, &mut signs);
    if let Some(greeting) = seen.greeting {
        from_greeting(greeting, &mut signs);
    }
    signs
}

/// Values that every diagnosis may use: `{host} {user} {port} {service}`.
fn name_target(seen: &Observed, signs: &mut Signs) {
    let Some(target) = seen.target else {
        return;
    };
    let effective = seen.facts.and_then(Facts::effective);
    let user = effective
        .map(|effective| effective.user().to_owned())
        .or_else(|| target.user.clone())
        .unwrap_or_default();
    let port = effective.map_or(target.port.unwrap_or(22), |effective| effective.port());
    let host = Text::host(&target.host);
    let service = seen
        .provider
        .map_or_else(|| host.clone(), |provider| Text::public(&provider.name));
    let tried = match seen.ladder {
        Some(ladder) if ladder.is_signed_in() => Sign::SignedIn,
        Some(_) => Sign::NotSignedIn,
        None => Sign::NotTried,
    };
    let values = [
        ("host", host),
        ("user", Text::user(user)),
        ("port", port.into()),
        ("service", service),
    ];
    signs.add_with(tried, Text::default(), values);
}

fn from_facts(facts: &Facts, signs: &mut Signs) {
    if let Known::Failed(trouble) = &facts.ssh {
        signs.add_with(
            Sign::SshMissing,
            trouble.what.clone(),
            [("reason", trouble.why.clone())],
        );
    }
    agent_signs(facts, signs);
    let Some(target) = &facts.target else {
        return;
    };
    if let Known::Failed(trouble) = &target.effective {
        config_refused(trouble.why.clone(), signs);
        return;
    }
    let tried: Vec<&LocalKey> = facts
        .keys
        .iter()
        .filter(|key| is_tried(key, target))
        .collect();
    if !tried.iter().any(|key| key.is_usable()) {
        signs.add(
            Sign::NoUsableKey,
            say!(
                "none of the {} files that ssh tries is a usable key",
                target.identity_files.len()
            ),
        );
    }
    for key in &tried {
        open_key(key, signs);
    }
    for key in facts.usable_keys().filter(|key| !is_tried(key, target)) {
        if let Some(path) = key.path() {
            signs.add_with(
                Sign::UnconfiguredKey,
                say!(
                    "{} is not among the files that ssh tries",
                    Text::path(&path)
                ),
                [("key", Text::path(&path))],
            );
        }
    }
    identity_file_signs(facts, target, signs);
}

/// Whether ssh would try this key: its file is among the identity files, or the agent offers it.
fn is_tried(key: &LocalKey, target: &TargetFacts) -> bool {
    let listed = |path: &Path| target.identity_files.iter().any(|file| file == path);
    key.in_agent
        || key.path().is_some_and(|path| listed(&path))
        || key.files.public.as_deref().is_some_and(listed)
}

fn open_key(key: &LocalKey, signs: &mut Signs) {
    for problem in &key.files.problems {
        if let (KeyProblem::TooOpen { mode }, Some(path)) = (problem, &key.files.private) {
            let mode = Text::public(format!("{mode:04o}"));
            signs.add_with(
                Sign::KeyTooOpen,
                say!("{} has mode {}", Text::path(path), mode.clone()),
                [("key", Text::path(path)), ("mode", mode)],
            );
        }
    }
}

/// Files that the settings name, not those that ssh tries by default.
fn identity_file_signs(facts: &Facts, target: &TargetFacts, signs: &mut Signs) {
    let named = facts
        .config
        .tree
        .answer(&crate::ssh_config::Asked::host(&target.target.host))
        .settings
        .into_iter()
        .filter(|setting| setting.keyword == "identityfile");
    for setting in named {
        let written = String::from_utf8_lossy(&setting.value).into_owned();
        let Some(file) = target
            .identity_files
            .iter()
            .find(|file| file.ends_with(written.trim_start_matches("~/")))
        else {
            continue;
        };
        let place = Text::quoted(config::place(&setting.at()));
        match inspect(file).content {
            Content::Missing if !file.with_extension("pub").exists() => {
                signs.add_with(
                    Sign::IdentityMissing,
                    say!("{}: IdentityFile {}", place, Text::quoted(written)),
                    [("file", Text::path(file))],
                );
            }
            Content::Public(_) => {
                signs.add_with(
                    Sign::NeedsAgent,
                    say!("{}: IdentityFile {}", place, Text::quoted(written)),
                    [("file", Text::path(file))],
                );
            }
            _ => {}
        }
    }
    if let Some(identity) = &target.target.identity
        && !identity.exists()
    {
        signs.add_with(
            Sign::IdentityMissing,
            say!("-i {}", Text::path(identity)),
            [("file", Text::path(identity))],
        );
    }
}

fn agent_signs(facts: &Facts, signs: &mut Signs) {
    match (&facts.agent.address, &facts.agent.identities) {
        (AgentAddress::None, _) => {
            signs.add(Sign::AgentUnset, "no agent: SSH_AUTH_SOCK is not set");
        }
        (AgentAddress::Socket(_) | AgentAddress::Pipe(_), Known::Failed(trouble)) => {
            let socket = match &facts.agent.address {
                AgentAddress::Socket(path) => Text::path(path),
                AgentAddress::Pipe(name) => Text::quoted(name),
                AgentAddress::None => Text::default(),
            };
            signs.add_with(
                Sign::AgentDead,
                say!("agent at {}: {}", socket.clone(), trouble.why.clone()),
                [("socket", socket), ("reason", trouble.why.clone())],
            );
        }
        (AgentAddress::Socket(_) | AgentAddress::Pipe(_), Known::Yes(_) | Known::Absent) => {}
    }
}

/// `ssh says: FILE line N: TEXT / …`: the first line is the one to mend.
fn config_refused(words: Text, signs: &mut Signs) {
    let transcript = Transcript::read(
        words
            .reveal()
            .replace(" / ", "\n")
            .replace("ssh says: ", "")
            .as_bytes(),
    );
    let before = signs.has(Sign::ConfigRefused);
    from_transcript(&transcript, signs);
    if !before && !signs.has(Sign::ConfigRefused) {
        signs.add_with(Sign::ConfigRefused, words.clone(), [("words", words)]);
    }
}

fn from_transcript(transcript: &Transcript, signs: &mut Signs) {
    for seen in &transcript.events {
        from_event(seen, signs);
    }
}

/// What one line says by itself.
fn from_event(seen: &Seen, signs: &mut Signs) {
    let evidence = Text::quoted(seen.text.clone());
    let reason = |reason: &String| ("reason", Text::quoted(reason.clone()));
    let host = |host: &String| ("host", Text::host(host.clone()));
    match &seen.event {
        Event::ConfigError { file, line, text } => {
            let words = ("words", Text::quoted(text.clone()));
            let file = ("file", Text::path(Path::new(file)));
            let line = ("line", u64::from(*line).into());
            signs.add_with(Sign::ConfigRefused, evidence, [file, line, words]);
        }
        Event::ResolveFailed {
            host: name,
            reason: why,
        } => {
            signs.add_with(Sign::ResolveFailed, evidence, [host(name), reason(why)]);
        }
        Event::ConnectFailed {
            host: name,
            port,
            reason: why,
        } => {
            let values = [host(name), ("port", (*port).into()), reason(why)];
            signs.add_with(connect_sign(why), evidence, values);
        }
        Event::BannerTimedOut => {
            signs.add(Sign::TimedOut, evidence);
        }
        Event::Ended { how, .. } => match how {
            Ending::TimedOut => {
                signs.add(Sign::TimedOut, evidence);
            }
            Ending::Closed | Ending::Reset | Ending::Disconnected => {}
        },
        Event::ProxyCommand { command } => {
            signs.add_with(
                Sign::Proxied,
                Text::default(),
                [("command", Text::command(command.clone()))],
            );
        }
        Event::NegotiationFailed { what, offer } => {
            let values = [
                ("what", Text::quoted(what.clone())),
                ("offer", Text::quoted(offer.clone())),
            ];
            signs.add_with(Sign::NegotiationFailed, evidence, values);
        }
        Event::HostKeyChanged { .. } => {
            signs.add(Sign::HostKeyChanged, evidence);
        }
        Event::OffendingKey { file, line, .. } => {
            let values = [
                ("file", Text::path(Path::new(file))),
                ("line", u64::from(*line).into()),
            ];
            signs.add_with(Sign::HostKeyChanged, evidence, values);
        }
        Event::HostUnknown { .. } => {
            signs.add(Sign::HostUnknown, evidence);
        }
        Event::HostKeyRefused => {
            signs.add(Sign::HostKeyRefused, evidence);
        }
        Event::KeyUnprotected { path, mode } => {
            let mode = mode.as_ref().map_or_else(
                || Text::plain("open to others"),
                |mode| Text::public(mode.clone()),
            );
            let values = [("key", Text::path(Path::new(path))), ("mode", mode)];
            signs.add_with(Sign::KeyTooOpen, evidence, values);
        }
        Event::KeyLoadFailed { path, reason: why } if why != "bad permissions" => {
            let values = [("file", Text::path(Path::new(path))), reason(why)];
            signs.add_with(Sign::KeyUnusable, evidence, values);
        }
        Event::NoSuchIdentity { path, .. } | Event::IdentityNotAccessible { path, .. } => {
            let values = [("file", Text::path(Path::new(path)))];
            signs.add_with(Sign::IdentityMissing, evidence, values);
        }
        Event::HalvesDiffer { path } => {
            let values = [("key", Text::path(Path::new(path)))];
            signs.add_with(Sign::HalvesDiffer, evidence, values);
        }
        Event::SigningFailed {
            name, reason: why, ..
        } => {
            let name = name.clone().unwrap_or_default();
            let values = [("key", Text::path(Path::new(&name))), reason(why)];
            signs.add_with(Sign::SigningFailed, evidence, values);
        }
        Event::AgentFailed { reason: why, .. } if why != "agent contains no identities" => {
            signs.add_with(Sign::AgentFailed, evidence, [reason(why)]);
        }
        Event::Disconnect { text, .. } if text.contains("Too many authentication failures") => {
            signs.add(Sign::TooManyTries, evidence);
        }
        Event::Denied { .. } => {
            signs.add(Sign::Denied, evidence);
        }
        Event::Authenticated { .. } => {
            signs.add(Sign::SignedIn, evidence);
        }
        _ => {}
    }
}

/// The system's words for a failed connection, in the spellings of several systems.
fn connect_sign(reason: &str) -> Sign {
    if reason.contains("refused") {
        Sign::Refused
    } else if reason.contains("timed out") {
        Sign::TimedOut
    } else {
        Sign::Unreachable
    }
}

/// What follows from how far it got.
fn from_ladder(seen: &Observed, ladder: &Ladder, signs: &mut Signs) {
    let failed = ladder.failed();
    if seen.silent {
        signs.add(
            Sign::TimedOut,
            "ssh was ended because nothing came any more",
        );
    }
    if failed == Some(Rung::Connect)
        && ![Sign::Refused, Sign::TimedOut, Sign::Unreachable]
            .iter()
            .any(|sign| signs.has(*sign))
    {
        let last = seen.transcript.and_then(|transcript| {
            transcript
                .last(|event| matches!(event, Event::Ended { .. } | Event::BannerFailed { .. }))
        });
        let evidence = last.map_or_else(Text::default, |seen| Text::quoted(seen.text.clone()));
        signs.add(Sign::DroppedEarly, evidence);
    }
    let offered = ladder.keys_offered();
    let got_to_keys = matches!(
        failed,
        Some(Rung::LocalKey | Rung::Offer | Rung::Sign | Rung::SignedIn)
    );
    if offered.is_empty() && got_to_keys {
        signs.add(Sign::NothingOffered, "ssh offered no key");
    }
    for key in offered {
        let named = ("key", key_name(key));
        match key.answer {
            Answer::Refused => {
                signs.add_with(
                    Sign::OfferRefused,
                    say!("offered {}: refused", described(key)),
                    [named],
                );
            }
            Answer::Accepted => {
                signs.add_with(
                    Sign::OfferAccepted,
                    say!("offered {}: accepted", described(key)),
                    [named.clone()],
                );
                if key.signature == Signature::NotSent && !ladder.is_signed_in() {
                    signs.add_with(
                        Sign::NotSigned,
                        say!("{} was accepted, and no signature followed", described(key)),
                        [named],
                    );
                }
            }
            Answer::Unknown => {}
        }
    }
}

/// Keys that the server knows although ssh did not offer them.
fn from_answers(seen: &Observed, signs: &mut Signs) {
    let (Some(facts), Some(ladder)) = (seen.facts, seen.ladder) else {
        return;
    };
    for (fingerprint, answer) in seen.answers {
        let offered = ladder
            .keys_offered()
            .iter()
            .any(|key| key.fingerprint.as_ref() == Some(fingerprint));
        if *answer != Answer::Accepted || offered {
            continue;
        }
        let name = facts
            .key(fingerprint)
            .map_or_else(|| Text::fingerprint(fingerprint), local_name);
        signs.add_with(
            Sign::OtherKeyAccepted,
            say!("asked about {}: the server knows it", name.clone()),
            [("key", name)],
        );
    }
}

fn from_greeting(greeting: &Greeting, signs: &mut Signs) {
    match greeting.meaning {
        Meaning::SignedIn | Meaning::DeployKey => {
            let account = greeting
                .account
                .clone()
                .unwrap_or_else(|| Text::plain("an account that it does not name"));
            signs.add_with(Sign::Greeted, Text::default(), [("account", account)]);
        }
        Meaning::Anonymous | Meaning::NoAccess => {}
    }
}

/// The file of a key, or its comment where only the agent has it.
pub fn local_name(key: &LocalKey) -> Text {
    match key.path() {
        Some(path) => Text::path(&path),
        None => Text::of(Kind::Label, key.files.comment.clone()),
    }
}

fn key_name(key: &OfferedKey) -> Text {
    match &key.file {
        Some(file) => Text::path(Path::new(file)),
        None => Text::of(Kind::Label, key.name.clone()),
    }
}

fn described(key: &OfferedKey) -> Text {
    let kind = key.kind.clone().unwrap_or_default();
    let fingerprint = key.fingerprint.clone().unwrap_or_default();
    say!(
        "{} {} {}",
        key_name(key),
        Text::public(kind),
        Text::fingerprint(fingerprint)
    )
}
