//! What does a certificate say: who may use it, as whom, until when, on whose word?
//!
//! Decoded here, because ssh-key 0.6.7 fails on certificates without an end (`ssh-keygen -s`
//! without `-V`). Signatures are not checked: this is for showing and explaining, and the server
//! decides.

use std::time::{SystemTime, UNIX_EPOCH};

use super::kind::{KeyKind, plain_algorithm};
use super::public::{self, Public};
use super::wire::Fields;

/// `valid before` of a certificate that has no end (PROTOCOL.certkeys).
pub const FOREVER: u64 = u64::MAX;

/// An OpenSSH certificate (PROTOCOL.certkeys).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The key it is for; its comment is that of the certificate's file.
    pub certified: Public,
    /// For a person or for a server.
    pub purpose: Purpose,
    /// What the authority calls it; free text.
    pub key_id: String,
    /// The authority's number for it.
    pub serial: u64,
    /// Login or host names it is good for. None at all: OpenSSH servers refuse it.
    pub principals: Vec<String>,
    /// First second of its life, Unix time.
    pub valid_after: u64,
    /// First second after its life, Unix time; [`FOREVER`] for none.
    pub valid_before: u64,
    /// Conditions a server must obey: name and value (`force-command`, `source-address`).
    pub critical_options: Vec<(String, String)>,
    /// Fingerprint of the authority's key.
    pub authority: String,
    /// Sort of the authority's key. None when its blob cannot be read.
    pub authority_kind: Option<KeyKind>,
    blob: Vec<u8>,
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A person's login.
    User,
    /// A server's identity: useless beside a private key of a person.
    Host,
    /// A number this program does not know.
    Other(u32),
}

/// Whether a certificate counts at some moment. All times are Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// It counts.
    Valid {
        /// First second when it no longer counts; None: for ever.
        until: Option<u64>,
    },
    /// Its life has not begun; or this computer's clock is wrong.
    NotYet {
        /// First second when it counts.
        from: u64,
    },
    /// Its life is over.
    Expired {
        /// First second when it no longer counted.
        since: u64,
    },
}

impl Certificate {
    /// The certificate of a `-cert.pub` line. None when it is none, or of an unknown key type.
    pub fn from_line(line: &str) -> Option<Self> {
        let (blob, comment) = public::split_line(line)?;
        Self::from_blob(&blob, comment)
    }

    /// The certificate in a blob, as an agent gives it.
    pub fn from_blob(blob: &[u8], comment: &str) -> Option<Self> {
        decode(blob, comment).ok().flatten()
    }

    /// Whether it counts at `now`, as the server will judge it (sshkey.c:sshkey_cert_check_authority).
    pub fn validity(&self, now: SystemTime) -> Validity {
        let now = now
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        if now < self.valid_after {
            Validity::NotYet {
                from: self.valid_after,
            }
        } else if now >= self.valid_before {
            Validity::Expired {
                since: self.valid_before,
            }
        } else {
            Validity::Valid {
                until: (self.valid_before != FOREVER).then_some(self.valid_before),
            }
        }
    }

    /// Whether a login name is covered where principals are names of groups: the very name, or one that begins
    /// with it and a dash, as `bench-1234-000012-f1-mumbai` of Frappe Cloud's `bench-1234`.
    pub fn is_for_group_of(&self, user: &str) -> bool {
        self.principals.iter().any(|principal| {
            let rest = user.strip_prefix(principal.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
    }

    /// The wire form, for the agent.
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// The certificate as one line, without a line end.
    pub fn line(&self) -> String {
        public::line(&self.blob, &self.certified.comment)
    }
}

fn decode(blob: &[u8], comment: &str) -> Result<Option<Certificate>, ssh_encoding::Error> {
    let mut fields = Fields::new(blob);
    let algorithm = fields.text()?;
    let plain = plain_algorithm(algorithm);
    let strings = match KeyKind::from_algorithm(algorithm) {
        _ if plain == algorithm => return Ok(None),
        KeyKind::Ed25519 => 1,
        KeyKind::Ed25519Sk | KeyKind::Ecdsa { .. } | KeyKind::Rsa { .. } => 2,
        KeyKind::EcdsaSk => 3,
        KeyKind::Dsa => 4,
        // Where the key's own fields end is not known.
        KeyKind::Other(_) => return Ok(None),
    };
    let _nonce = fields.string()?;
    let mut key = Vec::with_capacity(strings);
    for _ in 0..strings {
        key.push(fields.string()?);
    }
    let Some(certified) = Public::from_blob(&super::wire::blob(plain, &key), comment) else {
        return Ok(None);
    };
    let serial = fields.u64()?;
    let purpose = match fields.u32()? {
        1 => Purpose::User,
        2 => Purpose::Host,
        other => Purpose::Other(other),
    };
    let key_id = fields.words()?;
    let mut names = Fields::new(fields.string()?);
    let valid_after = fields.u64()?;
    let valid_before = fields.u64()?;
    let mut options = Fields::new(fields.string()?);
    let _extensions = fields.string()?;
    let _reserved = fields.string()?;
    let authority = fields.string()?;
    let _signature = fields.string()?;

    let mut principals = Vec::new();
    while !names.is_empty() {
        principals.push(names.words()?);
    }
    let mut critical_options = Vec::new();
    while !options.is_empty() {
        let name = options.words()?;
        let mut data = Fields::new(options.string()?);
        let value = if data.is_empty() {
            String::new()
        } else {
            data.words()?
        };
        critical_options.push((name, value));
    }
    Ok(Some(Certificate {
        certified,
        purpose,
        key_id,
        serial,
        principals,
        valid_after,
        valid_before,
        critical_options,
        authority: public::fingerprint(authority),
        authority_kind: Public::from_blob(authority, "").map(|key| key.kind),
        blob: blob.to_vec(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::wire::{append, blob};
    use std::time::Duration;

    fn example(valid_after: u64, valid_before: u64) -> Vec<u8> {
        let mut cert = blob("ssh-ed25519-cert-v01@openssh.com", &[b"nonce", &[7; 32]]);
        cert.extend(42u64.to_be_bytes());
        cert.extend(1u32.to_be_bytes());
        append(&mut cert, b"ana's laptop");
        append(&mut cert, b"\0\0\0\x03ana\0\0\0\x03git");
        cert.extend(valid_after.to_be_bytes());
        cert.extend(valid_before.to_be_bytes());
        append(
            &mut cert,
            b"\0\0\0\x0dforce-command\0\0\0\x08\0\0\0\x04true",
        );
        append(&mut cert, b"");
        append(&mut cert, b"");
        append(&mut cert, &blob("ssh-ed25519", &[&[9; 32]]));
        append(&mut cert, b"signature");
        cert
    }

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn all_fields_are_read() {
        let cert = Certificate::from_blob(&example(0, FOREVER), "c").unwrap();
        assert_eq!(cert.purpose, Purpose::User);
        assert_eq!((cert.serial, &*cert.key_id), (42, "ana's laptop"));
        assert_eq!(cert.principals, ["ana", "git"]);
        assert_eq!(
            cert.critical_options,
            [("force-command".to_owned(), "true".to_owned())]
        );
        assert_eq!(cert.authority_kind, Some(KeyKind::Ed25519));
        let plain = Public::from_blob(&blob("ssh-ed25519", &[&[7; 32]]), "").unwrap();
        assert!(cert.certified.is_same_key(&plain));
    }

    #[test]
    fn the_end_is_the_first_second_that_does_not_count() {
        let cert = Certificate::from_blob(&example(10, 20), "").unwrap();
        assert_eq!(cert.validity(at(9)), Validity::NotYet { from: 10 });
        assert_eq!(cert.validity(at(10)), Validity::Valid { until: Some(20) });
        assert_eq!(cert.validity(at(20)), Validity::Expired { since: 20 });
        let cert = Certificate::from_blob(&example(0, FOREVER), "").unwrap();
        assert_eq!(cert.validity(at(20)), Validity::Valid { until: None });
    }

    #[test]
    fn a_cut_certificate_is_none() {
        let whole = example(0, FOREVER);
        for length in 0..whole.len() {
            assert_eq!(
                Certificate::from_blob(&whole[..length], ""),
                None,
                "{length}"
            );
        }
    }
}
