//! Is every shipped provider file complete, well-formed and true to its samples?
//!
//! The samples are in `tests/providers/ID.toml`: addresses as people have them, what the service
//! really prints, and what must be read out of it. Each provider needs an address, and each greeting
//! and message at least one sample.

#[path = "assets/samples.rs"]
mod samples;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use sshstep::provider::{Acceptance, Origin, Provider, Providers};
use toml::{Table, Value};

/// The width of a page's text in an 80-column terminal.
const WIDTH: usize = 76;

/// The fields that hold sentences.
const SENTENCES: [&str; 10] = [
    "key_limit",
    "ask",
    "steps",
    "meaning",
    "fix",
    "note",
    "no_page",
    "writes",
    "pending",
    "token",
];

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
    unique(all().flat_map(|provider| provider.also.iter().chain([&provider.id])));
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
        let names = provider.hosts.len() + provider.host_patterns.len();
        assert!(names > 0, "{id}: hosts");
        let connects = provider.connect.as_ref();
        let user = connects.and_then(|host| provider.user_at(host));
        let asks = provider.address.as_ref();
        assert!(
            user.is_some() || asks.is_some_and(|address| !address.ask.is_empty()),
            "{id}: a user and a host for everybody, or where to find one's own"
        );
        // Without a user of its own, ssh would sign in with the name of this computer's account.
        assert_eq!(connects.is_some(), user.is_some(), "{id}: connect");
        assert!(!provider.keys.accepted.is_empty(), "{id}: accepted keys");
        let made = provider.accepts(provider.keys.recommended, Some(4096));
        assert!(!matches!(made, Acceptance::No { .. }), "{id}: {made:?}");
        let steps = provider.page.iter().any(|page| !page.steps.is_empty());
        assert!(
            steps == provider.no_page.is_empty(),
            "{id}: page, or why none"
        );
        assert!(provider.next_command.is_some(), "{id}: next command");
        let with_keys = !provider.host_keys.published.is_empty();
        let source = !provider.host_keys.source.is_empty();
        assert_eq!(with_keys, source, "{id}: source");
        assert_eq!(
            with_keys,
            provider.host_keys.checked.len() == "2026-11-21".len(),
            "{id}: date"
        );
        if let Some(other) = &provider.same_servers_as {
            let other = Providers::embedded().by_id(other);
            assert!(other.is_some(), "{id}: same_servers_as");
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
    // 6 git hosts with 3 keys each, 32 names of Platform.sh, 2 keys of Clever Cloud's gateway, 1 of
    // Azure DevOps, 24 regions of CodeCommit, 7 names of SourceForge with 3 keys each, 2 regions of
    // Scalingo with 2 keys each, 5 of Render.
    assert_eq!(count, 107);
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
