//! Can this passphrase open this private key, and if not, why not?

use std::path::Path;

use ssh_key::PrivateKey;

use super::file::{self, Content};
use super::kind::KeyKind;
use super::private::{Format, Lock, Private};
use super::public::Public;
use crate::say;
use crate::secret::Secret;
use crate::text::Text;
use crate::trouble::Trouble;

/// bcrypt rounds that are still computed here: about a minute and a half. ssh-keygen's default is
/// 16 to 24; a file that asks for more could hold us for ever.
const MOST_ROUNDS: u32 = 10_000;

/// Said of keys that ssh-key 0.6.7 cannot read; see [`is_short_scalar`].
const SHORT_SCALAR: &str = "A library fault keeps this program from reading about every fourth ECDSA 521 key; the key is fine.";

/// A private key, open, in memory that is wiped. Its way out is the agent.
pub struct Unlocked {
    key: PrivateKey,
    public: Public,
}

impl Unlocked {
    /// Wraps a decrypted key. None when it is still encrypted.
    pub(crate) fn new(key: PrivateKey) -> Option<Self> {
        let blob = key.public_key().to_bytes().ok()?;
        let public = Public::from_blob(&blob, key.comment())?;
        (!key.is_encrypted()).then_some(Self { key, public })
    }

    /// Its public half.
    pub fn public(&self) -> &Public {
        &self.public
    }

    pub(crate) fn private_key(&self) -> &PrivateKey {
        &self.key
    }
}

/// Why a key was not opened, and what to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For the program: ask again, hand over to ssh-add, or give up.
    pub reason: Reason,
    /// For the person.
    pub trouble: Trouble,
}

/// Why a key was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Ask again.
    WrongPassphrase,
    /// The key may be fine, but only OpenSSH's own tools can open it: `ssh-add FILE`.
    NeedsSshAdd,
    /// ssh would refuse the file, too.
    Damaged,
    /// There is no private key in this file, or no file.
    NotAPrivateKey,
    /// The file cannot be read.
    Unreadable,
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        refusal.trouble
    }
}

/// Opens the private key in `path`. Takes as long as bcrypt takes (0.1 s and more), so it is for a
/// blocking thread. A key without passphrase is opened whatever `passphrase` is.
///
/// # Errors
/// A [`Refusal`], which is also a [`Trouble`]; see [`Reason`].
pub fn unlock(path: &Path, passphrase: &Secret) -> Result<Unlocked, Refusal> {
    let refuse = |reason, why: Text, hint: Text| Refusal {
        reason,
        trouble: Trouble::new(say!("{} cannot be opened.", Text::path(path)), why, hint),
    };
    let ssh_add = |why: Text| {
        refuse(
            Reason::NeedsSshAdd,
            why,
            say!("Run: {}", Text::command(ssh_add_command(path))),
        )
    };
    let damaged = |why: Text| {
        let hint = "Take a copy of the file from a backup, or make a new key.";
        refuse(Reason::Damaged, why, hint.into())
    };

    let bytes = match file::read(path) {
        Ok((bytes, _)) => bytes,
        Err(unread) => {
            let (reason, why) = refused_content(&unread.content);
            return Err(refuse(reason, why, "Choose another key.".into()));
        }
    };
    let private = match file::identify(&bytes) {
        Content::Private(private) => *private,
        other => {
            let (reason, why) = refused_content(&other);
            return Err(refuse(reason, why, "Choose another key.".into()));
        }
    };
    if let Some(defect) = private.defects.first() {
        return Err(damaged(say!("The file {}.", defect.words())));
    }
    if let Some(why) = beyond_us(&private) {
        return Err(ssh_add(why));
    }

    let locked = PrivateKey::from_openssh(&bytes).map_err(|error| {
        if is_short_scalar(&private, &error) {
            ssh_add(SHORT_SCALAR.into())
        } else {
            damaged("Its contents are not what its header says.".into())
        }
    })?;
    let key = if locked.is_encrypted() {
        match locked.decrypt(passphrase.reveal()) {
            Ok(key) => key,
            Err(ssh_key::Error::Crypto) => {
                return Err(refuse(
                    Reason::WrongPassphrase,
                    "The passphrase is wrong.".into(),
                    "Type it again. A lost passphrase cannot be recovered: then make a new key."
                        .into(),
                ));
            }
            Err(error) if is_short_scalar(&private, &error) => {
                return Err(ssh_add(SHORT_SCALAR.into()));
            }
            Err(_) => return Err(damaged("Its encrypted part is damaged.".into())),
        }
    } else {
        locked
    };
    Unlocked::new(key).ok_or_else(|| damaged("Its public half is damaged.".into()))
}

/// The command that adds a key with OpenSSH's own tool, quoted for a shell.
pub fn ssh_add_command(path: &Path) -> String {
    let path = path.to_string_lossy();
    format!("ssh-add {}", shell_words::quote(&path))
}

/// Why ssh-key 0.6.7 cannot open a key that OpenSSH can.
fn beyond_us(private: &Private) -> Option<Text> {
    let hardware = private
        .public
        .as_ref()
        .is_some_and(|p| p.kind.is_hardware());
    if hardware {
        return Some("Its private half is in a hardware key, which only OpenSSH can ask.".into());
    }
    match private.format {
        Format::OpenSsh => {}
        Format::Pkcs1 | Format::Sec1 | Format::Dsa | Format::Pkcs8 => {
            return Some("It is in an older format that only OpenSSH's own tools read.".into());
        }
    }
    match &private.lock {
        Lock::None | Lock::Unknown => None,
        Lock::Passphrase { cipher, rounds } => {
            let cipher = cipher.as_deref().unwrap_or_default();
            if !CIPHERS.contains(&cipher) {
                Some(say!(
                    "It is encrypted with {}, which this program does not know.",
                    Text::public(cipher)
                ))
            } else if rounds.is_some_and(|rounds| rounds > MOST_ROUNDS) {
                Some("Opening it takes minutes.".into())
            } else {
                None
            }
        }
    }
}

/// What ssh-cipher 0.2 can do as ssh-key 0.6.7 builds it. 3des-cbc gives the same error for a
/// right passphrase as for a wrong one, so it must be told before.
const CIPHERS: [&str; 9] = [
    "aes128-cbc",
    "aes192-cbc",
    "aes256-cbc",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
];

/// ssh-key 0.6.7 fails on a private number that needs fewer bytes than its curve has, which is
/// usual on P-521 (RustCrypto/SSH issue 350) and rare on the others.
fn is_short_scalar(private: &Private, error: &ssh_key::Error) -> bool {
    let length = matches!(error, ssh_key::Error::Encoding(ssh_encoding::Error::Length));
    let kind = private.public.as_ref().map(|public| &public.kind);
    length && matches!(kind, Some(KeyKind::Ecdsa { .. }))
}

fn refused_content(content: &Content) -> (Reason, Text) {
    let (reason, why) = match content {
        Content::Missing => (Reason::NotAPrivateKey, "It does not exist."),
        Content::Unreadable(std::io::ErrorKind::PermissionDenied) => {
            (Reason::Unreadable, "Permission denied by the system.")
        }
        Content::Unreadable(_) => (Reason::Unreadable, "The system could not read it."),
        Content::Public(_) => (
            Reason::NotAPrivateKey,
            "It holds a public key; the private one has the same name without .pub.",
        ),
        Content::Certificate(_) => (Reason::NotAPrivateKey, "It holds a certificate."),
        Content::Ppk { .. } => (
            Reason::NotAPrivateKey,
            "It is a PuTTY key, which OpenSSH cannot read.",
        ),
        Content::Directory => (Reason::NotAPrivateKey, "It is a directory."),
        Content::Special => (Reason::NotAPrivateKey, "It is not a regular file."),
        Content::TooBig { .. } => (Reason::NotAPrivateKey, "It is too big for a key."),
        Content::Empty => (Reason::NotAPrivateKey, "It is empty."),
        Content::NotAKey { .. } | Content::Private(_) => {
            (Reason::NotAPrivateKey, "There is no key in it.")
        }
    };
    (reason, why.into())
}
