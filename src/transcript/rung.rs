//! What are the rungs of the ladder, and what can be said about one?

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::event::{KeyLine, Signer};

/// What must go well, in order, to be signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rung {
    /// Find the address.
    Resolve,
    /// Reach an SSH server there.
    Connect,
    /// It is the right server.
    HostKey,
    /// A key that can be tried is here.
    LocalKey,
    /// The server knows the key.
    Offer,
    /// The key is unlocked: a signature is made.
    Sign,
    /// Signed in.
    SignedIn,
}

impl Rung {
    /// All, in order.
    pub const ALL: [Self; 7] = [
        Self::Resolve,
        Self::Connect,
        Self::HostKey,
        Self::LocalKey,
        Self::Offer,
        Self::Sign,
        Self::SignedIn,
    ];

    /// 1 to 7.
    pub fn number(self) -> usize {
        self as usize + 1
    }

    /// The id of the JSON contract.
    pub fn id(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::HostKey => "host-key",
            Self::LocalKey => "local-key",
            Self::Offer => "offer",
            Self::Sign => "sign",
            Self::SignedIn => "signed-in",
        }
    }
}

/// How a rung went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It was passed.
    Ok,
    /// It is where the connection stopped.
    Failed,
    /// The log cannot tell.
    Unknown,
    /// Not reached, or not needed for the way ssh signed in.
    #[default]
    NotTried,
}

impl Status {
    /// The word of the JSON contract.
    pub fn id(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::NotTried => "not-tried",
        }
    }
}

/// A value from the log that belongs to a rung; the words around it are the caller's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A server's name.
    Host(String),
    /// A network address.
    Ip(String),
    /// A TCP port.
    Port(u16),
    /// The command that brings the connection.
    Proxy(String),
    /// The server's software.
    Software(String),
    /// A type of key, in ssh's words.
    KeyType(String),
    /// A fingerprint.
    Fingerprint(String),
    /// A file.
    File(String),
    /// A line of that file.
    Line(u32),
    /// A file's mode, as `0644`.
    Mode(String),
    /// A key's name: a file or a comment.
    KeyName(String),
    /// Who signs.
    Signer(Signer),
    /// How ssh signed in.
    Method(String),
    /// What the server would still take.
    Methods(Vec<String>),
    /// A login name on the server.
    User(String),
    /// Why it failed, in the words of ssh, the system or the server.
    Reason(String),
    /// What the server said of itself: a line before its version, its list of algorithms.
    Said(String),
    /// The host key is not the known one.
    Changed,
    /// The host was added to known_hosts just now.
    Added,
}

/// One rung as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which rung.
    pub rung: Rung,
    /// How it went.
    pub status: Status,
    /// What the log says about it.
    pub facts: Vec<Fact>,
    /// How long it took; `None` where the log was read afterwards.
    pub took: Option<Duration>,
}

/// No log says more than this about one rung that a person would read.
const MOST_FACTS: usize = 16;

impl Standing {
    pub(super) fn new(rung: Rung) -> Self {
        Self {
            rung,
            status: Status::default(),
            facts: Vec::new(),
            took: None,
        }
    }

    pub(super) fn add(&mut self, facts: impl IntoIterator<Item = Fact>) {
        for fact in facts {
            if self.facts.len() < MOST_FACTS && !self.facts.contains(&fact) {
                self.facts.push(fact);
            }
        }
    }

    pub(super) fn set(&mut self, facts: impl IntoIterator<Item = Fact>) {
        self.facts.clear();
        self.add(facts);
    }
}

/// What a line says about a key.
pub(super) fn key_facts(key: &KeyLine) -> Vec<Fact> {
    let name = Some(key.name.clone()).filter(|name| !name.is_empty());
    let signer = if key.agent {
        Signer::Agent
    } else {
        Signer::Ssh
    };
    [
        name.map(Fact::KeyName),
        key.kind.clone().map(Fact::KeyType),
        key.fingerprint.clone().map(Fact::Fingerprint),
        Some(Fact::Signer(signer)),
    ]
    .into_iter()
    .flatten()
    .collect()
}
