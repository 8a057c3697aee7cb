//! Which signs are there, in what ssh said, in what lies on this machine, and in the server's answers?

mod access;
mod certificates;
mod events;
mod key_kinds;
mod log;
mod machine;
mod name;
mod service;
mod session;
pub mod settings;
mod surroundings;
mod typed_name;

use std::collections::BTreeMap;

use crate::facts::{Facts, LocalKey};
use crate::key::pair::KeyProblem;
use crate::provider::{Greeting, Meaning, Provider, Terminal};
use crate::say;
use crate::target::{Scheme, Target};
use crate::text::{Kind, Text};
use crate::transcript::keys::Answer;
use crate::transcript::{Ladder, Transcript};

use super::messages::Said;
use super::sign::{Sign, Signs};

/// Everything that can be looked at; each part may be missing.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// This machine.
    pub facts: Option<&'a Facts>,
    /// What ssh said.
    pub transcript: Option<&'a Transcript>,
    /// What other programs said.
    pub said: Option<&'a Said>,
    /// How far it got.
    pub ladder: Option<&'a Ladder>,
    /// What came beside ssh's own words: a greeting, or a proxy's complaint.
    pub output: &'a str,
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
    if seen.facts.is_none() {
        signs.add(Sign::TextOnly, Text::default());
    }
    if let Some(facts) = seen.facts {
        machine::from_facts(seen, facts, &mut signs);
    }
    if let Some(transcript) = seen.transcript {
        events::from_transcript(transcript, &mut signs);
        if transcript.is_about_ssh() {
            signs.add(Sign::AboutSsh, Text::default());
        }
    }
    if let Some(said) = seen.said {
        said.add_to(&mut signs);
        name::unknown_names(&mut signs);
    }
    access::from_access(seen, &mut signs);
    if let Some(ladder) = seen.ladder {
        log::from_ladder(seen, ladder, &mut signs);
    }
    if let Some(target) = seen.target {
        about_target(target, seen.provider, &mut signs);
    }
    log::look_for_host(seen, &mut signs);
    log::compare_host_key(seen, &mut signs);
    from_answers(seen, &mut signs);
    if let Some(greeting) = seen.greeting {
        from_greeting(greeting, &mut signs);
    }
    if let Some(facts) = seen.facts {
        // After the answers: they tell whether another block's key is the right one.
        settings::from_settings(seen, facts, &mut signs);
        certificates::from_certificates(seen, facts, &mut signs);
        surroundings::from_surroundings(seen, facts, &mut signs);
        session::from_session(seen, &mut signs);
    }
    let is_silent = signs.iter().all(|seen| seen.sign.is_setting());
    if seen.facts.is_none() && (is_silent || !signs.has(Sign::AboutSsh)) {
        signs.add(Sign::NothingSaid, Text::default());
    }
    signs
}

/// Values that every diagnosis may use: `{host} {user} {port} {service}`.
fn name_target(seen: &Observed, signs: &mut Signs) {
    let tried = match seen.ladder {
        Some(ladder) if ladder.is_signed_in() => Sign::SignedIn,
        Some(_) => Sign::NotSignedIn,
        None => Sign::NotTried,
    };
    let Some(target) = seen.target else {
        signs.add(tried, Text::default());
        return;
    };
    let effective = seen.facts.and_then(Facts::effective);
    let user = effective
        .map(|effective| effective.user().to_owned())
        .or_else(|| target.user.clone())
        .or_else(|| Some(seen.provider?.user_at(&target.host)?.to_owned()));
    let port = effective.map_or(target.port.unwrap_or(22), |effective| effective.port());
    let host = Text::host(&target.host);
    let service = seen
        .provider
        .map_or_else(|| host.clone(), |provider| provider.shown_name());
    let mut values = BTreeMap::from([("host", host), ("port", port.into()), ("service", service)]);
    values.extend(user.map(|user| ("user", Text::user(user))));
    signs.add_seen(tried, Text::default(), values);
    surroundings::from_address(target, signs);
    match target.scheme {
        Scheme::Https => {
            signs.add(
                Sign::AddressIsHttps,
                say!("the address: {}", Text::quoted(&target.input)),
            );
        }
        Scheme::Host | Scheme::Ssh => {}
    }
}

/// What the address itself tells, compared with what the service offers.
fn about_target(target: &Target, provider: Option<&Provider>, signs: &mut Signs) {
    let Some(provider) = provider else {
        return;
    };
    if let Some(other) = &provider.alternative
        && target.host != other.host
    {
        let door = say!(
            "{}, port {}",
            Text::host(&other.host),
            u64::from(other.port)
        );
        signs.add_with(Sign::HasOtherDoor, Text::default(), [("door", door)]);
    }
    if provider.terminal_at(&target.host) == Terminal::Needed {
        signs.add(Sign::WantsTerminal, Text::default());
    }
    if let Some(port) = target.port
        && !provider.may_listen_on(port)
    {
        let evidence = say!("the port is {}", port);
        signs.add_with(Sign::PortNotOffered, evidence, [("port", port.into())]);
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
        let key = facts.key(fingerprint);
        let name = key.map_or_else(|| Text::fingerprint(fingerprint), local_name);
        // ssh would offer it, were it not for the .pub file of another key beside it.
        let hidden = key.is_some_and(|key| key.files.problems.iter().any(is_stale_public));
        let is_tried = key
            .filter(|key| !key.is_usable())
            .and_then(|key| Some((key.path()?, facts.target.as_ref()?)))
            .is_some_and(|(path, target)| target.identity_files.contains(&path));
        if is_tried && !hidden {
            // ssh does come to it; what keeps it from using it is a sign of its own.
            continue;
        }
        let sign = if hidden {
            Sign::StaleKeyAccepted
        } else {
            Sign::OtherKeyAccepted
        };
        signs.add_with(
            sign,
            say!("asked about {}: the server knows it", name.clone()),
            [("key", name)],
        );
    }
}

fn is_stale_public(problem: &KeyProblem) -> bool {
    matches!(problem, KeyProblem::StalePublic { .. })
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
        Meaning::Anonymous => {
            signs.add(Sign::Said("anonymous"), Text::default());
        }
        Meaning::NoAccess => {}
    }
}

/// The file of a key, or its comment where only the agent has it.
pub fn local_name(key: &LocalKey) -> Text {
    match key.path() {
        Some(path) => Text::path(&path),
        None => Text::of(Kind::Label, key.files.comment.clone()),
    }
}
