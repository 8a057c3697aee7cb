//! Which providers are known, and which one does a host belong to?

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::Deserialize;

use super::{HostKeyType, Origin, Provider, Published, hosts, read};
use crate::ssh_config::is_slip;
use crate::text::Vocabulary;
use crate::trouble::Trouble;

/// The shipped files. Each is parsed when somebody asks for that provider, so that a start does not
/// pay for all of them.
const EMBEDDED: &[(&str, &str)] = &[
    ("github", include_str!("../../assets/providers/github.toml")),
    ("gitlab", include_str!("../../assets/providers/gitlab.toml")),
    (
        "bitbucket",
        include_str!("../../assets/providers/bitbucket.toml"),
    ),
    (
        "codeberg",
        include_str!("../../assets/providers/codeberg.toml"),
    ),
    (
        "platformsh",
        include_str!("../../assets/providers/platformsh.toml"),
    ),
    ("upsun", include_str!("../../assets/providers/upsun.toml")),
    (
        "clevercloud",
        include_str!("../../assets/providers/clevercloud.toml"),
    ),
    (
        "frappecloud",
        include_str!("../../assets/providers/frappecloud.toml"),
    ),
    ("gitea", include_str!("../../assets/providers/gitea.toml")),
    (
        "azuredevops",
        include_str!("../../assets/providers/azuredevops.toml"),
    ),
    (
        "codecommit",
        include_str!("../../assets/providers/codecommit.toml"),
    ),
    (
        "huggingface",
        include_str!("../../assets/providers/huggingface.toml"),
    ),
    ("gitee", include_str!("../../assets/providers/gitee.toml")),
    (
        "sourcehut",
        include_str!("../../assets/providers/sourcehut.toml"),
    ),
    ("aur", include_str!("../../assets/providers/aur.toml")),
    ("gerrit", include_str!("../../assets/providers/gerrit.toml")),
    (
        "launchpad",
        include_str!("../../assets/providers/launchpad.toml"),
    ),
    (
        "savannah",
        include_str!("../../assets/providers/savannah.toml"),
    ),
    (
        "sourceforge",
        include_str!("../../assets/providers/sourceforge.toml"),
    ),
    (
        "scalingo",
        include_str!("../../assets/providers/scalingo.toml"),
    ),
    ("render", include_str!("../../assets/providers/render.toml")),
    (
        "railway",
        include_str!("../../assets/providers/railway.toml"),
    ),
    ("flyio", include_str!("../../assets/providers/flyio.toml")),
    ("heroku", include_str!("../../assets/providers/heroku.toml")),
    (
        "pantheon",
        include_str!("../../assets/providers/pantheon.toml"),
    ),
    ("acquia", include_str!("../../assets/providers/acquia.toml")),
    ("gandi", include_str!("../../assets/providers/gandi.toml")),
];

/// What finds each of them, as `src/build.rs` took it out of its file.
const HEADS: &str = include_str!(concat!(env!("OUT_DIR"), "/providers.json"));

/// Every provider that is known, in menu order.
#[derive(Clone, Debug)]
pub struct Providers {
    entries: Vec<Entry>,
}

/// A provider in the list: what a menu needs, and the rest on demand.
#[derive(Clone, Debug)]
pub struct Entry {
    head: Head,
    body: Body,
}

/// The providers, and what was wrong with files of the person that are left out.
#[derive(Debug)]
pub struct Loaded {
    /// All that could be read.
    pub providers: Providers,
    /// One per file that could not.
    pub troubles: Vec<Trouble>,
}

/// The shipped files as they are: whom they are about everybody may know. `without` is the id of one to leave out.
pub fn public_texts(without: Option<&str>) -> impl Iterator<Item = &'static str> {
    let kept = EMBEDDED.iter().filter(move |(id, _)| Some(*id) != without);
    kept.map(|(_, text)| *text)
}

impl Providers {
    /// The shipped providers.
    pub fn embedded() -> &'static Self {
        static EMBEDDED_PROVIDERS: OnceLock<Providers> = OnceLock::new();
        EMBEDDED_PROVIDERS.get_or_init(|| {
            let mut heads: BTreeMap<String, Head> =
                serde_json::from_str(HEADS).expect("tests/assets.rs reads every shipped provider");
            let entry =
                |(id, text): &(&str, &'static str)| Some(Entry::embedded(heads.remove(*id)?, text));
            let mut providers = Self {
                entries: EMBEDDED.iter().filter_map(entry).collect(),
            };
            providers.sort();
            providers
        })
    }

    /// The one host of a service that differs from this name by a slip or two.
    pub fn meant_host(&self, written: &str) -> Option<&str> {
        let mut near = self
            .entries
            .iter()
            .flat_map(|entry| &entry.head.hosts)
            .filter(|host| is_slip(host, written));
        match (near.next(), near.next()) {
            (Some(only), None) => Some(only),
            (Some(_), Some(_)) | (None, _) => None,
        }
    }

    /// The shipped providers, then each `*.toml` in the person's folder, then the file of
    /// `--profile`. A later one with the same id replaces an earlier one; a file that cannot be
    /// read is told about and left out. A missing folder is no trouble.
    pub fn load(folder: Option<&Path>, profile: Option<&Path>) -> Loaded {
        let mut loaded = Loaded {
            providers: Self::embedded().clone(),
            troubles: Vec::new(),
        };
        let files = folder.map_or(Ok(Vec::new()), read::own_files);
        let files = files.unwrap_or_else(|trouble| {
            loaded.troubles.push(*trouble);
            Vec::new()
        });
        let mut siblings: Vec<(PathBuf, String)> = Vec::new();
        for file in files.into_iter().chain(profile.map(PathBuf::from)) {
            match read::file(&file) {
                Ok(provider) => {
                    siblings.extend(provider.same_servers_as.clone().map(|id| (file, id)));
                    loaded.providers.add(provider);
                }
                Err(trouble) => loaded.troubles.push(*trouble),
            }
        }
        loaded.providers.sort();
        // Only now: the other one may stand in a later file.
        for (file, id) in siblings {
            if loaded.providers.by_id(&id).is_none() {
                loaded.troubles.push(read::no_sibling(&file, &id));
            }
        }
        loaded
    }

    /// The names of all hosts, but for those of the provider with this id.
    pub(super) fn hosts_but_of(&self, id: &str) -> impl Iterator<Item = &str> {
        let others = self.entries.iter().filter(move |entry| entry.head.id != id);
        others.flat_map(|entry| entry.head.hosts.iter().map(String::as_str))
    }

    /// The provider of this host: exact names before patterns, the person's own files before the
    /// shipped ones, any case, a final dot ignored.
    pub fn for_host(&self, host: &str) -> Option<&Provider> {
        let own_first = || {
            let own = |entry: &&Entry| matches!(entry.body, Body::Own(_));
            let shipped = move |entry: &&Entry| !own(entry);
            self.entries
                .iter()
                .filter(own)
                .chain(self.entries.iter().filter(shipped))
        };
        own_first()
            .find(|entry| hosts::is_listed(&entry.head.hosts, host))
            .or_else(|| {
                own_first().find(|entry| hosts::is_matched(&entry.head.host_patterns, host))
            })
            .map(Entry::provider)
    }

    /// The provider with this id.
    pub fn by_id(&self, id: &str) -> Option<&Provider> {
        self.entries
            .iter()
            .find(|entry| entry.head.id == id)
            .map(Entry::provider)
    }

    /// The provider that somebody calls this: its id, or another name of its own.
    pub fn called(&self, name: &str) -> Option<&Provider> {
        let also = |entry: &&Entry| entry.head.also.iter().any(|other| other == name);
        self.by_id(name)
            .or_else(|| Some(self.entries.iter().find(also)?.provider()))
    }

    /// Every provider in menu order. Parses all of them; a menu takes [`Providers::menu`].
    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.entries.iter().map(Entry::provider)
    }

    /// Tells a vocabulary which hosts and fingerprints are public, and so stay readable when masked:
    /// those of the shipped services. A person's own files may name private servers: what they name is learned.
    pub fn publish_to(&self, vocabulary: &mut Vocabulary) {
        for provider in self.iter().filter(|p| p.origin == Origin::BuiltIn) {
            vocabulary
                .public_hosts
                .extend(provider.hosts.iter().cloned());
            let keys = provider.host_keys.published.iter();
            vocabulary
                .public_fingerprints
                .extend(keys.map(|key| key.fingerprint.clone()));
        }
        let own = self.iter().flat_map(Provider::private_words);
        vocabulary.learn(own);
    }

    /// Id, name and first host of every provider in menu order, without parsing them.
    pub fn menu(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// What this host key means for this host of this provider, with the list of the provider
    /// whose servers it shares where it has none of its own.
    pub fn published<'a>(
        &'a self,
        provider: &'a Provider,
        host: &str,
        kind: HostKeyType,
        fingerprint: &str,
    ) -> Published<'a> {
        let own = provider.published(host, kind, fingerprint);
        if own != Published::Nothing {
            return own;
        }
        self.sibling(provider)
            .map_or(own, |other| other.published(host, kind, fingerprint))
    }

    /// Whether the host is one of the provider's, or of the one whose servers it shares.
    pub fn serves(&self, provider: &Provider, host: &str) -> bool {
        let shared = || {
            self.sibling(provider)
                .is_some_and(|other| other.serves(host))
        };
        provider.serves(host) || shared()
    }

    fn sibling(&self, provider: &Provider) -> Option<&Provider> {
        self.by_id(provider.same_servers_as.as_deref()?)
    }

    fn add(&mut self, provider: Provider) {
        self.entries.retain(|entry| entry.head.id != provider.id);
        self.entries.push(Entry {
            head: Head {
                id: provider.id.clone(),
                name: provider.name.clone(),
                order: provider.order,
                also: provider.also.clone(),
                hosts: provider.hosts.clone(),
                host_patterns: provider.host_patterns.clone(),
            },
            body: Body::Own(Box::new(provider)),
        });
    }

    /// Stable, so that files without an order keep the order in which they were read.
    fn sort(&mut self) {
        self.entries.sort_by_key(|entry| entry.head.order);
    }
}

impl Entry {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.head.id
    }

    /// Its name for people.
    pub fn name(&self) -> &str {
        &self.head.name
    }

    /// The host, or else the host pattern, that a menu shows beside the name.
    pub fn main_host(&self) -> Option<&str> {
        let mut names = self.head.hosts.iter().chain(&self.head.host_patterns);
        names.next().map(String::as_str)
    }

    /// The whole provider.
    pub fn provider(&self) -> &Provider {
        match &self.body {
            Body::Own(provider) => provider,
            Body::Embedded { text, parsed } => parsed.get_or_init(|| {
                read::parse(text, Origin::BuiltIn)
                    .map(Box::new)
                    .map_err(|fault| format!("{}: {fault:?}", self.head.id))
                    .expect("tests/assets.rs parses every shipped provider")
            }),
        }
    }

    fn embedded(head: Head, text: &'static str) -> Self {
        Self {
            head,
            body: Body::Embedded {
                text,
                parsed: OnceLock::new(),
            },
        }
    }
}

/// What is needed to find a provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    id: String,
    name: String,
    order: u16,
    #[serde(default)]
    also: Vec<String>,
    hosts: Vec<String>,
    #[serde(default)]
    host_patterns: Vec<String>,
}

#[derive(Clone, Debug)]
enum Body {
    Embedded {
        text: &'static str,
        parsed: OnceLock<Box<Provider>>,
    },
    Own(Box<Provider>),
}

#[cfg(test)]
mod tests;
