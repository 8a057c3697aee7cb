//! Is each provider true to its samples in `tests/providers/`: addresses, greetings and messages?

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde::Deserialize;
use sshstep::diagnosis::book::book;
use sshstep::diagnosis::{self, Observed, Said, Severity, Verdict};
use sshstep::explain::explain;
use sshstep::pattern::Pattern;
use sshstep::provider::{Meaning, Provider, Providers};
use sshstep::target::Target;
use sshstep::transcript::{Ladder, Transcript};

use super::{all, folder};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Samples {
    #[serde(default)]
    address: Vec<AddressSample>,
    #[serde(default)]
    greeting: Vec<GreetingSample>,
    #[serde(default)]
    message: Vec<MessageSample>,
}

/// What a person types or has as a remote, and the login name that it leads to.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddressSample {
    text: String,
    user: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GreetingSample {
    text: String,
    meaning: Meaning,
    account: Option<String>,
    key: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MessageSample {
    text: String,
    code: String,
    #[serde(default)]
    held: BTreeMap<String, String>,
}

fn samples(provider: &Provider) -> Samples {
    let path = folder("tests/providers").join(format!("{}.toml", provider.id));
    toml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn addresses_find_their_provider_and_its_user() {
    for provider in all() {
        let samples = samples(provider).address;
        assert!(!samples.is_empty(), "{}: an address", provider.id);
        if let Some(address) = &provider.address {
            assert!(
                Target::parse(&address.example).is_ok(),
                "{}",
                address.example
            );
        }
        for sample in &samples {
            let target = Target::parse(&sample.text).unwrap();
            let found = Providers::embedded().for_host(&target.host);
            let found = found.map(|provider| &*provider.id);
            assert_eq!(found, Some(&*provider.id), "{}", sample.text);
            let fixed = provider.user_at(&target.host).map(str::to_owned);
            let user = target.user.clone().or_else(|| fixed.clone());
            assert_eq!(user.as_ref(), Some(&sample.user), "{}", sample.text);
            // A fixed name that differs would be told to the person as their mistake.
            assert!(
                fixed.is_none_or(|name| name == sample.user),
                "{}",
                sample.text
            );
            let port = target.port.unwrap_or(provider.port());
            assert!(provider.may_listen_on(port), "{}", sample.text);
        }
    }
}

/// What follows from this greeting, where ssh itself says that it has signed in or not.
fn diagnosed(
    provider: &Provider,
    output: &str,
    meaning: Meaning,
) -> (Verdict, Vec<(Severity, String)>) {
    let host = provider
        .hosts
        .first()
        .map_or("host.example", String::as_str);
    let log = match meaning {
        Meaning::SignedIn | Meaning::DeployKey | Meaning::Anonymous => {
            format!("Authenticated to {host} ([192.0.2.1]:22) using \"publickey\".\n")
        }
        Meaning::NoAccess => format!("x@{host}: Permission denied (publickey).\n"),
    };
    let transcript = Transcript::read(log.as_bytes());
    let success = provider.success_exit_codes.first().copied().map(i32::from);
    let code = match meaning {
        Meaning::SignedIn | Meaning::DeployKey | Meaning::Anonymous => success,
        Meaning::NoAccess => Some(255),
    };
    let ladder = Ladder::of(&transcript, code);
    let greeting = provider.greeting(output);
    let signs = diagnosis::observe(&Observed {
        facts: None,
        transcript: Some(&transcript),
        said: Some(&Said::read(output)),
        ladder: Some(&ladder),
        output,
        silent: false,
        greeting: greeting.as_ref(),
        target: Target::parse(host).ok().as_ref(),
        provider: Some(provider),
        answers: &BTreeMap::new(),
    });
    let findings = diagnosis::diagnose(&signs);
    let verdict = Verdict::of(&signs, &findings);
    let told = findings
        .iter()
        .map(|found| (found.severity, found.code.clone()));
    (verdict, told.collect())
}

#[test]
fn a_greeting_is_success_and_a_greeting_of_nobody_is_not() {
    let mut strangers = 0;
    for provider in all() {
        for sample in samples(provider).greeting {
            let (verdict, told) = diagnosed(provider, &sample.text, sample.meaning);
            let about = format!("{}: {} {told:?}", provider.id, sample.text);
            let is_error = told
                .iter()
                .any(|(severity, _)| *severity == Severity::Error);
            match sample.meaning {
                Meaning::SignedIn | Meaning::DeployKey => {
                    assert!(verdict == Verdict::Works && !is_error, "{about}");
                }
                Meaning::Anonymous => {
                    strangers += 1;
                    assert!(verdict != Verdict::Works && is_error, "{about}");
                }
                Meaning::NoAccess => assert!(verdict != Verdict::Works, "{about}"),
            }
        }
    }
    assert!(
        strangers >= 3,
        "Hugging Face, GitLab and Azure DevOps let strangers in"
    );
}

#[test]
fn greetings_are_recognised_with_their_account() {
    for provider in all() {
        let samples = samples(provider);
        let mut hit = BTreeSet::new();
        for sample in &samples.greeting {
            let greeting = provider
                .greeting(&sample.text)
                .unwrap_or_else(|| panic!("{}: {}", provider.id, sample.text));
            assert_eq!(greeting.meaning, sample.meaning, "{}", sample.text);
            let account = greeting.account.map(|text| text.reveal());
            assert_eq!(account, sample.account, "{}", sample.text);
            let key = greeting.key.map(|text| text.reveal());
            assert_eq!(key, sample.key, "{}", sample.text);
            let patterns = provider.greetings.iter().map(|greeting| &greeting.pattern);
            hit.extend(first_hit(patterns, &sample.text));
            for other in all().filter(|other| other.id != provider.id) {
                let patterns = |provider: &Provider| {
                    let greetings = provider.greetings.iter();
                    greetings
                        .map(|greeting| greeting.pattern.clone())
                        .collect::<Vec<_>>()
                };
                let shared = provider.same_servers_as.as_ref() == Some(&other.id)
                    || other.same_servers_as.as_ref() == Some(&provider.id);
                let same_program = patterns(provider) == patterns(other);
                assert!(
                    shared || same_program || other.greeting(&sample.text).is_none(),
                    "{}",
                    other.id
                );
            }
        }
        assert_eq!(
            hit.len(),
            provider.greetings.len(),
            "{}: a sample for each",
            provider.id
        );
    }
}

#[test]
fn messages_are_recognised_with_their_code() {
    let codes: BTreeSet<&str> = book()
        .diagnoses
        .iter()
        .map(|diagnosis| diagnosis.code.as_str())
        .collect();
    for provider in all() {
        for message in &provider.messages {
            assert!(
                codes.contains(&*message.code),
                "{}: {}",
                provider.id,
                message.code
            );
        }
        let mut hit = BTreeSet::new();
        for sample in samples(provider).message {
            let (message, held) = sample
                .text
                .lines()
                .find_map(|line| provider.message(line))
                .unwrap_or_else(|| panic!("{}: {}", provider.id, sample.text));
            assert_eq!(message.code, sample.code, "{}", sample.text);
            for (name, value) in &sample.held {
                assert_eq!(held.get(name), Some(value.as_str()), "{}", sample.text);
            }
            let patterns = provider.messages.iter().map(|message| &message.pattern);
            hit.extend(first_hit(patterns, &sample.text));
            assert!(!message.meaning.is_empty() && !message.fix.is_empty());
        }
        assert_eq!(
            hit.len(),
            provider.messages.len(),
            "{}: a sample for each",
            provider.id
        );
    }
}

/// What a service prints means the same wherever it is met: in the text that a person pastes, too.
#[test]
fn a_message_of_a_service_is_explained_in_its_words() {
    let mut wrong = Vec::new();
    for provider in all() {
        let samples = samples(provider);
        let server = Target::parse(&samples.address[0].text).unwrap();
        let user = server.user.as_deref().unwrap_or(&samples.address[0].user);
        for sample in samples.message {
            let text = format!("$ ssh {user}@{}\n{}\n", server.host, sample.text);
            let told = explain(text.as_bytes(), Providers::embedded()).unwrap();
            let first = told.findings.first().map(|finding| finding.code.as_str());
            if first != Some(sample.code.as_str()) {
                wrong.push(format!(
                    "{}: {first:?}, not {}: {}",
                    provider.id, sample.code, sample.text
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

/// The index of the first pattern that a line of the text matches, line breaks counting as spaces.
fn first_hit<'a>(patterns: impl Iterator<Item = &'a Pattern>, text: &str) -> Option<usize> {
    let joined = text.replace('\n', " ");
    let mut patterns = patterns;
    patterns.position(|pattern| {
        text.lines().any(|line| pattern.matches(line).is_some())
            || pattern.matches(&joined).is_some()
    })
}
