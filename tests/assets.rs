//! Is every shipped provider file complete, well-formed and true to its samples?
//!
//! The samples are in `tests/providers/ID.toml`: what the service really prints, and what must be
//! read out of it. Each greeting and message of a provider needs at least one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sshstep::pattern::Pattern;
use sshstep::provider::{Meaning, Origin, Provider, Providers};
use toml::{Table, Value};

/// The width of a page's text in an 80-column terminal.
const WIDTH: usize = 76;

/// The fields that hold sentences.
const SENTENCES: [&str; 6] = ["key_limit", "ask", "steps", "meaning", "fix", "note"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Samples {
    #[serde(default)]
    greeting: Vec<GreetingSample>,
    #[serde(default)]
    message: Vec<MessageSample>,
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

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Id and raw text of every file in `assets/providers/`.
fn files() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder("assets/providers")).unwrap() {
        let path = entry.unwrap().path();
        let id = path.file_stem().unwrap().to_string_lossy().into_owned();
        files.insert(id, fs::read_to_string(&path).unwrap());
    }
    files
}

fn samples(provider: &Provider) -> Samples {
    let path = folder("tests/providers").join(format!("{}.toml", provider.id));
    toml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn all() -> impl Iterator<Item = &'static Provider> {
    Providers::embedded().iter()
}

/// Each text in a file with the path of field names that leads to it.
fn texts(table: &Table) -> Vec<(String, String)> {
    fn walk(path: &str, value: &Value, found: &mut Vec<(String, String)>) {
        match value {
            Value::String(text) => found.push((path.to_owned(), text.clone())),
            Value::Array(values) => values.iter().for_each(|value| walk(path, value, found)),
            Value::Table(table) => {
                for (field, value) in table {
                    walk(&format!("{path}.{field}"), value, found);
                }
            }
            Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {}
        }
    }
    let mut found = Vec::new();
    walk("", &Value::Table(table.clone()), &mut found);
    found
}

fn unique<T: Ord + std::fmt::Debug>(values: impl IntoIterator<Item = T>) {
    let mut seen = BTreeSet::new();
    for value in values {
        let shown = format!("{value:?}");
        assert!(seen.insert(value), "{shown} is there twice");
    }
}

#[test]
fn every_file_is_embedded_under_its_own_name() {
    let embedded: BTreeSet<String> = all().map(|provider| provider.id.clone()).collect();
    let on_disk: BTreeSet<String> = files().into_keys().collect();
    assert_eq!(embedded, on_disk);
    unique(all().map(|provider| &provider.id));
    unique(all().map(|provider| &provider.name));
    unique(all().map(|provider| provider.order));
    for entry in Providers::embedded().menu() {
        assert_eq!(entry.name(), entry.provider().name);
        assert_eq!(entry.provider().origin, Origin::BuiltIn);
        assert!(entry.main_host().is_some(), "{}", entry.id());
    }
}

#[test]
fn every_provider_says_what_the_wizard_needs() {
    for provider in all() {
        let id = &provider.id;
        assert!(!provider.keys.accepted.is_empty(), "{id}: accepted keys");
        assert!(
            provider
                .page
                .as_ref()
                .is_some_and(|page| !page.steps.is_empty()),
            "{id}: page"
        );
        assert!(provider.next_command.is_some(), "{id}: next command");
        let with_keys = !provider.host_keys.published.is_empty();
        assert_eq!(
            with_keys,
            !provider.host_keys.source.is_empty(),
            "{id}: source"
        );
        assert_eq!(
            with_keys,
            provider.host_keys.checked.len() == "2026-11-21".len(),
            "{id}: date"
        );
        if let Some(other) = &provider.same_servers_as {
            assert!(
                Providers::embedded().by_id(other).is_some(),
                "{id}: {other}"
            );
        }
        unique(&provider.keys.accepted);
    }
}

#[test]
fn every_page_is_https() {
    for (id, text) in files() {
        for (path, text) in texts(&text.parse::<Table>().unwrap()) {
            assert!(!text.contains("http://"), "{id}{path}: {text}");
            if path.ends_with(".url") || path.ends_with(".list") {
                assert!(text.starts_with("https://"), "{id}{path}: {text}");
            }
        }
    }
}

#[test]
fn fingerprints_are_well_formed_and_unique_per_host_and_type() {
    let mut count = 0;
    for provider in all() {
        let mut seen = BTreeSet::new();
        for key in &provider.host_keys.published {
            let rest = key.fingerprint.strip_prefix("SHA256:").unwrap();
            assert_eq!(rest.len(), 43, "{}", key.fingerprint);
            // 32 bytes leave four unused bits in the last character.
            assert!(
                "AEIMQUYcgkosw048".contains(&rest[42..]),
                "{}",
                key.fingerprint
            );
            let hosts = if key.hosts.is_empty() {
                &provider.hosts
            } else {
                &key.hosts
            };
            for host in hosts {
                assert!(provider.serves(host), "{host}");
                assert!(
                    seen.insert((host, key.kind)),
                    "{host} has two {:?} keys",
                    key.kind
                );
            }
            count += key.hosts.len().max(1);
        }
        unique(
            provider
                .host_keys
                .published
                .iter()
                .map(|key| &key.fingerprint),
        );
        for old in &provider.host_keys.obsolete {
            let fingerprints = || {
                provider
                    .host_keys
                    .published
                    .iter()
                    .map(|key| &key.fingerprint)
            };
            assert!(fingerprints().all(|current| *current != old.fingerprint));
        }
    }
    // 4 git hosts with 3 keys each, 32 names of Platform.sh, 2 keys of Clever Cloud's gateway.
    assert_eq!(count, 46);
}

#[test]
fn no_host_belongs_to_two_providers() {
    for provider in all() {
        let names = provider.hosts.iter().cloned();
        let patterns = provider.host_patterns.iter();
        for host in names.chain(patterns.map(|pattern| pattern.replace('*', "x-1"))) {
            let owners: Vec<&str> = all()
                .filter(|other| other.serves(&host))
                .map(|other| other.id.as_str())
                .collect();
            assert_eq!(owners, [provider.id.as_str()], "{host}");
        }
    }
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
                let shared = provider.same_servers_as.as_ref() == Some(&other.id)
                    || other.same_servers_as.as_ref() == Some(&provider.id);
                assert!(
                    shared || other.greeting(&sample.text).is_none(),
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
    for provider in all() {
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

/// The index of the first pattern that a line of the text matches, line breaks counting as spaces.
fn first_hit<'a>(patterns: impl Iterator<Item = &'a Pattern>, text: &str) -> Option<usize> {
    let joined = text.replace('\n', " ");
    let mut patterns = patterns;
    patterns.position(|pattern| {
        text.lines().any(|line| pattern.matches(line).is_some())
            || pattern.matches(&joined).is_some()
    })
}

#[test]
fn sentences_fit_the_page_and_are_plain() {
    for (id, text) in files() {
        for (path, text) in texts(&text.parse::<Table>().unwrap()) {
            let field = path.rsplit('.').next().unwrap();
            if !SENTENCES.contains(&field) {
                continue;
            }
            let width = unicode_width::UnicodeWidthStr::width(text.as_str());
            assert!(width <= WIDTH, "{id}{path}: {width} columns: {text}");
            assert!(text.is_ascii(), "{id}{path}: {text}");
            assert_eq!(text.trim(), text, "{id}{path}");
        }
    }
}

#[test]
fn no_field_holds_a_program() {
    for (id, text) in files() {
        for (path, text) in texts(&text.parse::<Table>().unwrap()) {
            for shell in ["$(", "${", "`", "&&", "||", " | ", "; ", "\n"] {
                let sentence = SENTENCES.iter().any(|field| path.ends_with(field));
                assert!(
                    !text.contains(shell) || (sentence && shell == "; "),
                    "{id}{path}: {text}"
                );
            }
            let field = path.rsplit('.').next().unwrap();
            assert!(
                !["command", "run", "exec", "shell", "script"].contains(&field),
                "{id}{path}"
            );
        }
    }
    for provider in all() {
        let next = provider.next_command.as_deref().unwrap();
        assert!(
            next.starts_with("git ") || next.starts_with("ssh "),
            "{next}"
        );
        assert!(
            next.split([' ', '@', ':', '/', '.'])
                .any(|word| word.len() > 2 && word.chars().all(|c| c.is_ascii_uppercase())),
            "{next}: a name to replace"
        );
    }
}
