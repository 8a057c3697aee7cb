//! Which keys did the server get to see, and what did it answer?
//!
//! The answer to an offer is told by the next line that the server causes: `Server accepts key`, or
//! `Authentications that can continue`. After an acceptance the latter means that the signature was
//! made and the account refused; silence, that there was no signature.

use serde::{Deserialize, Serialize};

use super::event::KeyLine;

/// A key that was offered to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedKey {
    /// Its file, where the log shows that it has one.
    pub file: Option<String>,
    /// What ssh calls it: the file, or the comment of an agent's key.
    pub name: String,
    /// `ED25519`, `RSA-CERT`, …
    pub kind: Option<String>,
    /// `SHA256:…`; unknown where ssh had no public half.
    pub fingerprint: Option<String>,
    /// Why it was offered.
    pub source: Source,
    /// What the server said.
    pub answer: Answer,
    /// Whether the server got a signature made with it.
    pub signature: Signature,
}

/// Why a key was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Only because the agent holds it.
    Agent,
    /// It has a default name.
    File,
    /// The configuration or `-i` names it.
    Config,
}

impl Source {
    /// The word of the JSON contract.
    pub fn id(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::File => "file",
            Self::Config => "config",
        }
    }
}

/// The server's answer to an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// The key is authorised for this user.
    Accepted,
    /// It is not.
    Refused,
    /// The offer was not sent, or the log ends first.
    Unknown,
}

impl Answer {
    /// The word of the JSON contract.
    pub fn id(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// Whether a signature was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// The server got it.
    Sent,
    /// None was sent, as far as the log goes.
    NotSent,
}

/// What kept the keys from signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hurdle {
    /// There was none that could be tried.
    NoKey,
    /// There are keys, and ssh did not try them.
    NotTried,
    /// The server takes no keys from this user.
    ServerTakesNone,
    /// A private key without readable public half stayed locked, so the server was not asked.
    LockedUnasked,
    /// The server accepted none.
    NoneAccepted,
    /// One was accepted, and the signature was not made.
    NotSigned,
    /// The signature was made, and did not suffice.
    NotSufficient,
    /// The log does not show it.
    Untold,
}

/// Follows offers and answers.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    offered: Vec<OfferedKey>,
    /// What `Will attempt key` announced.
    announced: Vec<KeyLine>,
    identity_files: Vec<String>,
    current: Current,
    locked_unasked: Option<KeyLine>,
    saw_publickey: bool,
}

#[derive(Clone, Debug, Default)]
enum Current {
    #[default]
    None,
    /// An index into `offered`.
    Offered(usize),
    /// A file that is loaded to sign without asking first.
    Loading(KeyLine),
}

/// More keys than ssh and an agent can hold.
const MOST_KEYS: usize = 1000;

impl Keys {
    /// The keys the server saw, in order.
    pub fn offered(&self) -> &[OfferedKey] {
        &self.offered
    }

    /// What ssh announced to try, in order.
    pub fn announced(&self) -> &[KeyLine] {
        &self.announced
    }

    /// The key that is being tried or was tried last.
    pub fn current(&self) -> Option<&OfferedKey> {
        match self.current {
            Current::Offered(at) => self.offered.get(at),
            Current::None | Current::Loading(_) => None,
        }
    }

    /// Whether the log shows ssh at the keys: then silence about one means something.
    pub fn is_asked(&self) -> bool {
        self.saw_publickey || !self.announced.is_empty()
    }

    /// A private key that stayed locked and whose public half ssh did not have, so that the server
    /// was never asked about it.
    pub fn locked_unasked(&self) -> Option<&KeyLine> {
        self.locked_unasked.as_ref()
    }

    pub(super) fn identity_file(&mut self, path: &str) {
        if self.identity_files.len() < MOST_KEYS {
            self.identity_files.push(path.to_owned());
        }
    }

    pub(super) fn announce(&mut self, key: &KeyLine) {
        if self.announced.len() < MOST_KEYS {
            self.announced.push(key.clone());
        }
    }

    pub(super) fn next_method(&mut self, method: &str) {
        self.settle();
        self.saw_publickey |= method == "publickey";
    }

    pub(super) fn no_more(&mut self) {
        self.settle();
    }

    pub(super) fn offer(&mut self, key: &KeyLine) {
        self.settle();
        self.saw_publickey = true;
        self.push(key, Answer::Unknown);
    }

    pub(super) fn load(&mut self, path: &str) {
        self.settle();
        self.saw_publickey = true;
        let announced = self.announced.iter().find(|k| k.name == path).cloned();
        let unannounced = || KeyLine {
            name: path.to_owned(),
            ..KeyLine::default()
        };
        self.current = Current::Loading(announced.unwrap_or_else(unannounced));
    }

    pub(super) fn accept(&mut self, key: &KeyLine) {
        self.saw_publickey = true;
        let same = |k: &OfferedKey| key.fingerprint.is_none() || k.fingerprint == key.fingerprint;
        if let Some(at) = self.offered.iter().rposition(same) {
            self.offered[at].answer = Answer::Accepted;
            self.current = Current::Offered(at);
        } else {
            self.push(key, Answer::Accepted);
        }
    }

    /// The key that is being tried cannot be used, or its offer was not sent.
    pub(super) fn drop_current(&mut self) {
        self.current = Current::None;
    }

    /// ssh asks for a passphrase.
    pub(super) fn ask_passphrase(&mut self) {
        if let Current::Loading(key) = &self.current {
            self.locked_unasked = Some(key.clone());
        }
    }

    /// The server said that this try did not suffice.
    pub(super) fn refuse(&mut self) {
        match std::mem::take(&mut self.current) {
            Current::None => {}
            Current::Offered(at) => match self.offered[at].answer {
                Answer::Accepted => self.offered[at].signature = Signature::Sent,
                Answer::Unknown | Answer::Refused => self.offered[at].answer = Answer::Refused,
            },
            Current::Loading(key) => {
                self.push(&key, Answer::Refused);
                if let Current::Offered(at) = std::mem::take(&mut self.current) {
                    self.offered[at].signature = Signature::Sent;
                }
            }
        }
    }

    /// The key that is being tried did its part.
    pub(super) fn succeed(&mut self) {
        if let Current::Loading(key) = &self.current {
            let key = key.clone();
            self.push(&key, Answer::Accepted);
        }
        if let Current::Offered(at) = self.current {
            self.offered[at].answer = Answer::Accepted;
            self.offered[at].signature = Signature::Sent;
        }
        self.current = Current::None;
    }

    /// Whether the log shows a key on this side.
    pub fn is_any_here(&self) -> bool {
        self.announced.iter().any(|k| k.fingerprint.is_some()) || !self.offered.is_empty()
    }

    /// What kept the keys from signing in. `methods` is the server's first list, where it is known.
    pub fn hurdle(&self, methods: Option<&[String]>) -> Hurdle {
        let any = |f: fn(&OfferedKey) -> bool| self.offered.iter().any(f);
        let here = self.is_any_here();
        if any(|k| k.answer == Answer::Accepted && k.signature == Signature::Sent) {
            Hurdle::NotSufficient
        } else if any(|k| k.answer == Answer::Accepted) {
            Hurdle::NotSigned
        } else if !self.offered.is_empty() {
            Hurdle::NoneAccepted
        } else if self.locked_unasked.is_some() {
            Hurdle::LockedUnasked
        } else if methods.is_some_and(|m| !m.iter().any(|m| m == "publickey")) {
            Hurdle::ServerTakesNone
        } else if self.saw_publickey || (methods.is_some() && !here) {
            Hurdle::NoKey
        } else if methods.is_some() {
            Hurdle::NotTried
        } else {
            Hurdle::Untold
        }
    }

    /// The try before is over without a word from the server.
    fn settle(&mut self) {
        // A missing default file is passed over in silence as well; a configured one is not, so what
        // remains is a passphrase.
        if let Current::Loading(key) = std::mem::take(&mut self.current)
            && key.explicit
        {
            self.locked_unasked = Some(key);
        }
    }

    fn push(&mut self, key: &KeyLine, answer: Answer) {
        if self.offered.len() >= MOST_KEYS {
            self.current = Current::None;
            return;
        }
        let source = match (key.explicit, key.agent) {
            (true, _) => Source::Config,
            (false, true) => Source::Agent,
            (false, false) => Source::File,
        };
        // An agent's comment may look like a path; only the list of identity files proves one.
        let is_file = source != Source::Agent || self.identity_files.contains(&key.name);
        let is_file = is_file && !key.token && !key.name.is_empty();
        self.offered.push(OfferedKey {
            file: is_file.then(|| key.name.clone()),
            name: key.name.clone(),
            kind: key.kind.clone(),
            fingerprint: key.fingerprint.clone(),
            source,
            answer,
            signature: Signature::NotSent,
        });
        self.current = Current::Offered(self.offered.len() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> KeyLine {
        crate::transcript::key_line::read(text)
    }

    #[test]
    fn an_answer_belongs_to_the_offer_before_it() {
        let mut keys = Keys::default();
        keys.refuse(); // the answer to "none"
        keys.offer(&key("a@lab ED25519 SHA256:a agent"));
        keys.refuse();
        keys.offer(&key("/h/id_b ED25519 SHA256:b explicit"));
        keys.accept(&key("/h/id_b ED25519 SHA256:b explicit"));
        let answers: Vec<_> = keys
            .offered()
            .iter()
            .map(|k| (k.answer, k.source))
            .collect();
        let expected = [
            (Answer::Refused, Source::Agent),
            (Answer::Accepted, Source::Config),
        ];
        assert_eq!(answers, expected);
        assert_eq!(keys.offered()[0].file, None);
        assert_eq!(keys.hurdle(None), Hurdle::NotSigned);
        keys.refuse();
        assert_eq!(keys.hurdle(None), Hurdle::NotSufficient);
    }

    #[test]
    fn a_configured_file_that_is_passed_over_in_silence_is_locked() {
        let mut keys = Keys::default();
        keys.announce(&key("/h/pem  explicit"));
        keys.load("/h/pem");
        keys.no_more();
        assert_eq!(keys.hurdle(None), Hurdle::LockedUnasked);
        assert!(keys.offered().is_empty());
    }

    #[test]
    fn a_missing_default_file_is_no_key() {
        let mut keys = Keys::default();
        keys.announce(&key("/h/id_rsa "));
        keys.load("/h/id_rsa");
        keys.no_more();
        assert_eq!(keys.hurdle(None), Hurdle::NoKey);
    }

    #[test]
    fn a_blind_signature_is_an_offer() {
        let mut keys = Keys::default();
        keys.load("/h/id_rsa");
        keys.refuse();
        assert_eq!(keys.offered()[0].answer, Answer::Refused);
        assert_eq!(keys.hurdle(None), Hurdle::NoneAccepted);
    }

    #[test]
    fn an_agents_key_has_a_file_when_ssh_lists_it() {
        let mut keys = Keys::default();
        keys.identity_file("/h/id_rsa");
        keys.offer(&key("/h/id_rsa RSA SHA256:a agent"));
        keys.offer(&key("/old/id_rsa RSA SHA256:b agent"));
        assert_eq!(keys.offered()[0].file.as_deref(), Some("/h/id_rsa"));
        assert_eq!(keys.offered()[1].file, None);
    }
}
