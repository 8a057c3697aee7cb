//! How do agent messages look, and what is kept of an answer that is partly unreadable?
//!
//! PROTOCOL.agent and draft-miller-ssh-agent: a length, a type byte, fields.

use std::time::Duration;

use ssh_encoding::Encode;
use zeroize::Zeroizing;

use crate::key::certificate::Certificate;
use crate::key::kind::KeyKind;
use crate::key::public::{self, Public};
use crate::key::unlock::Unlocked;
use crate::key::wire::{Fields, append};

/// The longest answer taken, in bytes: OpenSSH's own limit (authfd.c:MAX_AGENT_REPLY_LEN).
const LONGEST_REPLY: usize = 256 * 1024;
/// The most identities taken (authfd.c:MAX_AGENT_IDENTITIES).
const MOST_IDENTITIES: u32 = 2048;

const FAILURE: u8 = 5;
const SUCCESS: u8 = 6;
const LIST: u8 = 11;
const IDENTITIES: u8 = 12;
const REMOVE: u8 = 18;
const ADD_CONSTRAINED: u8 = 25;
/// Failure codes of other agents' dialects (authfd.h).
const OTHER_FAILURES: [u8; 2] = [30, 102];

/// A key that an agent holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its sort and size; `Other` for what cannot be read, with an empty name at worst.
    pub kind: KeyKind,
    /// `SHA256:…`; for a certificate that of the key it is for, as `ssh-add -l` shows it.
    pub fingerprint: String,
    /// What the agent calls it: hostile text.
    pub comment: String,
    /// As one line without a line end; for a certificate the certificate's line.
    pub public_line: String,
    /// What it says, when it is a certificate.
    pub certificate: Option<Certificate>,
    blob: Vec<u8>,
}

impl Identity {
    /// Whether it is a certificate and not a plain key.
    pub fn is_certificate(&self) -> bool {
        self.certificate.is_some()
    }

    /// The wire form: what [`remove`](super::remove) takes.
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// Never fails, so that one odd entry does not hide the others.
    fn from_blob(blob: &[u8], comment: String) -> Self {
        let certificate = Certificate::from_blob(blob, &comment);
        let public = certificate
            .as_ref()
            .map(|certificate| certificate.certified.clone())
            .or_else(|| Public::from_blob(blob, &comment));
        let (kind, fingerprint) = match public {
            Some(public) => (public.kind, public.fingerprint),
            None => {
                let name = Fields::new(blob).text().unwrap_or_default();
                (KeyKind::Other(name.to_owned()), public::fingerprint(blob))
            }
        };
        Self {
            kind,
            fingerprint,
            public_line: public::line(blob, &comment),
            comment,
            certificate,
            blob: blob.to_vec(),
        }
    }
}

/// A condition under which an agent holds a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// Forgotten after this time; whole seconds, rounded up, at most 136 years.
    Lifetime(Duration),
    /// The agent asks the person at each use.
    Confirm,
}

/// A message to an agent, with its length in front. It may hold a private key, so it is wiped.
pub(crate) struct Request(Zeroizing<Vec<u8>>);

impl Request {
    /// "Which identities have you?" (11)
    pub(crate) fn list() -> Self {
        Self::framed(|out| out.push(LIST))
    }

    /// "Forget the key with this public blob." (18)
    pub(crate) fn remove(blob: &[u8]) -> Self {
        Self::framed(|out| {
            out.push(REMOVE);
            append(out, blob);
        })
    }

    /// "Hold this key under these conditions." (25) None when the key cannot be written down,
    /// which no readable key has shown yet.
    pub(crate) fn add(key: &Unlocked, constraints: &[Constraint]) -> Option<Self> {
        let key = key.private_key();
        let mut sound = true;
        let request = Self::framed(|out| {
            out.push(ADD_CONSTRAINED);
            sound = key.key_data().encode(out).is_ok();
            append(out, key.comment().as_bytes());
            for constraint in constraints {
                match constraint {
                    Constraint::Lifetime(lifetime) => {
                        out.push(1);
                        out.extend(seconds(*lifetime).to_be_bytes());
                    }
                    Constraint::Confirm => out.push(2),
                }
            }
        });
        sound.then_some(request)
    }

    /// The message as it is sent.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn framed(fill: impl FnOnce(&mut Vec<u8>)) -> Self {
        // Room for an RSA 16384 key, because growing would leave copies of it behind.
        let mut message = Zeroizing::new(Vec::with_capacity(16 * 1024));
        message.extend([0; 4]);
        fill(&mut message);
        let length = (message.len() - 4) as u32;
        message[..4].copy_from_slice(&length.to_be_bytes());
        Self(message)
    }
}

/// Zero seconds would make the agent forget the key at once.
fn seconds(lifetime: Duration) -> u32 {
    let part = u64::from(lifetime.subsec_nanos() > 0);
    let up = lifetime.as_secs().saturating_add(part);
    u32::try_from(up).unwrap_or(u32::MAX).max(1)
}

/// An agent's answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Success,
    Failure,
    Identities(Vec<Identity>),
    /// A type that answers none of our questions.
    Other,
}

/// The bytes are no agent's answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Broken;

impl From<ssh_encoding::Error> for Broken {
    fn from(_: ssh_encoding::Error) -> Self {
        Self
    }
}

/// Length of the answer to come. None when no agent sends so little or so much.
pub(crate) fn reply_length(prefix: [u8; 4]) -> Option<usize> {
    let length = u32::from_be_bytes(prefix) as usize;
    (1..=LONGEST_REPLY).contains(&length).then_some(length)
}

impl Reply {
    /// An answer without its length. Keys that cannot be understood are kept as they are; only
    /// a list that cannot be taken apart is broken.
    pub(crate) fn decode(reply: &[u8]) -> Result<Self, Broken> {
        let mut fields = Fields::new(reply);
        match fields.byte()? {
            SUCCESS => Ok(Self::Success),
            FAILURE => Ok(Self::Failure),
            other if OTHER_FAILURES.contains(&other) => Ok(Self::Failure),
            IDENTITIES => {
                let count = fields.u32()?;
                if count > MOST_IDENTITIES {
                    return Err(Broken);
                }
                let mut identities = Vec::new();
                for _ in 0..count {
                    let blob = fields.string()?;
                    identities.push(Identity::from_blob(blob, fields.words()?));
                }
                Ok(Self::Identities(identities))
            }
            _ => Ok(Self::Other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::wire::blob;

    fn answer(entries: &[(&[u8], &[u8])]) -> Vec<u8> {
        let mut reply = vec![IDENTITIES];
        reply.extend((entries.len() as u32).to_be_bytes());
        for (key, comment) in entries {
            append(&mut reply, key);
            append(&mut reply, comment);
        }
        reply
    }

    #[test]
    fn entries_nobody_can_read_do_not_hide_the_others() {
        let good = blob("ssh-ed25519", &[&[7; 32]]);
        let odd = blob("ssh-future", &[b"x"]);
        let reply = answer(&[(b"\xff\xff", b"?"), (&odd, b"o"), (&good, b"g\xff\x1b[2J")]);
        let Ok(Reply::Identities(list)) = Reply::decode(&reply) else {
            panic!("no list");
        };
        assert_eq!(list.len(), 3);
        assert_eq!(list[0].kind, KeyKind::Other(String::new()));
        assert_eq!(list[1].kind, KeyKind::Other("ssh-future".into()));
        assert_eq!(list[2].kind, KeyKind::Ed25519);
        assert_eq!(list[2].comment, "g\u{fffd}\u{1b}[2J");
        assert!(!list[2].public_line.contains('\u{1b}'));
    }

    #[test]
    fn a_cut_list_is_broken_at_every_length() {
        let reply = answer(&[(&blob("ssh-ed25519", &[&[7; 32]]), b"c")]);
        for length in 0..reply.len() {
            assert_eq!(Reply::decode(&reply[..length]), Err(Broken), "{length}");
        }
        assert_eq!(Reply::decode(b"\x0c\xff\xff\xff\xff"), Err(Broken));
    }

    #[test]
    fn lengths_have_bounds() {
        assert_eq!(reply_length([0; 4]), None);
        assert_eq!(reply_length([0, 4, 0, 0]), Some(LONGEST_REPLY));
        assert_eq!(reply_length([0, 4, 0, 1]), None);
        assert_eq!(reply_length([0xff; 4]), None);
    }

    #[test]
    fn a_lifetime_is_never_zero() {
        assert_eq!(seconds(Duration::ZERO), 1);
        assert_eq!(seconds(Duration::from_millis(1500)), 2);
        assert_eq!(seconds(Duration::MAX), u32::MAX);
    }
}
