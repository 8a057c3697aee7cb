//! How is a new key pair made, so that nothing is on disk yet and nothing about it is assumed?

use rand_core::{OsRng, RngCore};
use ssh_key::private::{EcdsaKeypair, Ed25519Keypair, KeypairData, RsaKeypair};
use ssh_key::{Cipher, EcdsaCurve, Kdf, LineEnding, PrivateKey};

use super::kind::KeyKind;
use super::unlock::Unlocked;
use crate::say;
use crate::secret::Secret;
use crate::text::{Kind, Text};
use crate::trouble::Trouble;

/// bcrypt rounds of a new key, as newer versions of ssh-keygen use; ssh needs about 0.2 s to open it.
pub const ROUNDS: u32 = 24;

/// A key pair that exists in memory only.
pub struct NewKey {
    /// The private file's text, LF line ends, with a final one.
    pub private_pem: Secret,
    /// The public file's line, without a line end.
    pub public_line: String,
    /// `SHA256:…`
    pub fingerprint: String,
    /// Sort and size.
    pub kind: KeyKind,
    /// The open key, for adding it to the agent without asking for the passphrase again.
    pub unlocked: Unlocked,
}

/// Makes a key pair: Ed25519, ECDSA 256/384/521 or RSA 2048 to 8192. With a passphrase it is
/// encrypted with aes256-ctr and [`ROUNDS`] of bcrypt, and it was opened again with that
/// passphrase before it is returned. RSA 4096 takes from one to fifteen seconds and cannot be stopped: run
/// it on a blocking thread, and drop the result when nobody wants it any more.
///
/// # Errors
/// A [`Trouble`]: a kind that is not made here, an unfit comment, an empty passphrase, no random
/// numbers from the system, or a result that did not stand the test.
pub fn create(
    kind: &KeyKind,
    comment: &str,
    passphrase: Option<&Secret>,
) -> Result<NewKey, Trouble> {
    check_comment(comment)?;
    if passphrase.is_some_and(Secret::is_empty) {
        return Err(Trouble::new(
            "No key was made.",
            "The passphrase is empty.",
            "Type a passphrase, or choose a key without one.",
        ));
    }
    let pair = generate(kind)?;
    let key = PrivateKey::new(pair, comment.trim()).map_err(|error| failed(&error))?;
    let pem = match passphrase {
        Some(passphrase) => encrypt(&key, passphrase)?.to_openssh(LineEnding::LF),
        None => key.to_openssh(LineEnding::LF),
    };
    let private_pem = Secret::new(pem.map_err(|error| failed(&error))?);
    prove(&private_pem, &key, passphrase)?;

    let unlocked = Unlocked::new(key).ok_or_else(untrustworthy)?;
    let public = unlocked.public();
    Ok(NewKey {
        public_line: public.line(),
        fingerprint: public.fingerprint.clone(),
        kind: public.kind.clone(),
        private_pem,
        unlocked,
    })
}

/// Whether a comment can stand at the end of a public key line. Any language is fine, control
/// characters and line ends are not. Blanks around it are dropped by [`create`].
///
/// # Errors
/// A [`Trouble`] naming the character.
pub fn check_comment(comment: &str) -> Result<(), Trouble> {
    match comment.chars().find(|c| c.is_control()) {
        None => Ok(()),
        Some(c) => Err(Trouble::new(
            "This comment cannot be used.",
            say!(
                "It holds a control character ({}), which would break the public key's line.",
                Text::public(format!("U+{:04X}", c as u32))
            ),
            "Leave that character out.",
        )),
    }
}

fn generate(kind: &KeyKind) -> Result<KeypairData, Trouble> {
    // ssh-key's generators panic when the system has no random numbers, so that is asked first.
    OsRng.try_fill_bytes(&mut [0; 32]).map_err(|_| {
        Trouble::new(
            "No key was made.",
            "The system gives no random numbers.",
            "Try again later; in a container, check that getrandom(2) is allowed.",
        )
    })?;
    let curve = |curve| EcdsaKeypair::random(&mut OsRng, curve).map(KeypairData::from);
    let pair = match kind {
        KeyKind::Ed25519 => Ok(Ed25519Keypair::random(&mut OsRng).into()),
        KeyKind::Ecdsa { bits: 256 } => curve(EcdsaCurve::NistP256),
        KeyKind::Ecdsa { bits: 384 } => curve(EcdsaCurve::NistP384),
        KeyKind::Ecdsa { bits: 521 } => curve(EcdsaCurve::NistP521),
        KeyKind::Rsa {
            bits: bits @ 2048..=8192,
        } => RsaKeypair::random(&mut OsRng, *bits as usize).map(KeypairData::from),
        KeyKind::Ed25519Sk | KeyKind::EcdsaSk => {
            return Err(not_here(
                kind,
                "Run ssh-keygen, which talks to the hardware key.",
            ));
        }
        KeyKind::Ecdsa { .. } | KeyKind::Rsa { .. } | KeyKind::Dsa | KeyKind::Other(_) => {
            return Err(not_here(
                kind,
                "Choose Ed25519, or RSA 4096 for old servers.",
            ));
        }
    };
    pair.map_err(|error| failed(&error))
}

fn encrypt(key: &PrivateKey, passphrase: &Secret) -> Result<PrivateKey, Trouble> {
    let mut salt = vec![0; 16];
    OsRng.fill_bytes(&mut salt);
    let kdf = Kdf::Bcrypt {
        salt,
        rounds: ROUNDS,
    };
    key.encrypt_with(
        Cipher::Aes256Ctr,
        kdf,
        OsRng.next_u32(),
        passphrase.reveal(),
    )
    .map_err(|error| failed(&error))
}

/// Reads the text back: it must be this key, and locked exactly when it should be.
fn prove(pem: &Secret, key: &PrivateKey, passphrase: Option<&Secret>) -> Result<(), Trouble> {
    let read = PrivateKey::from_openssh(pem.reveal()).map_err(|error| failed(&error))?;
    let opened = match passphrase {
        Some(passphrase) if read.is_encrypted() => read
            .decrypt(passphrase.reveal())
            .map_err(|error| failed(&error))?,
        None if !read.is_encrypted() => read,
        Some(_) | None => return Err(untrustworthy()),
    };
    let same = opened.key_data() == key.key_data() && opened.comment() == key.comment();
    same.then_some(()).ok_or_else(untrustworthy)
}

fn not_here(kind: &KeyKind, hint: &'static str) -> Trouble {
    Trouble::new(
        say!(
            "This program does not make {} keys.",
            Text::of(Kind::Public, kind.to_string())
        ),
        Text::default(),
        hint,
    )
}

fn failed(error: &ssh_key::Error) -> Trouble {
    Trouble::new(
        "No key was made.",
        Text::quoted(format!("{error}.")),
        "Try again, or run ssh-keygen.",
    )
}

fn untrustworthy() -> Trouble {
    Trouble::new(
        "No key was made.",
        "Read back, the new key was not what was asked for.",
        "Nothing was written. Run ssh-keygen instead, and please report this.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    fn secret(text: &str) -> Secret {
        Secret::new(Zeroizing::new(text.to_owned()))
    }

    #[test]
    fn a_comment_with_a_line_end_makes_no_key() {
        for comment in ["a\nb", "a\rb", "\u{1b}[2J", "\u{9b}x", "a\tb", "\0"] {
            assert!(create(&KeyKind::Ed25519, comment, None).is_err());
        }
        let key = create(&KeyKind::Ed25519, " ana auf dem Gerät ", None).unwrap();
        assert!(key.public_line.ends_with(" ana auf dem Gerät"));
    }

    #[test]
    fn an_empty_passphrase_never_means_no_passphrase() {
        assert!(create(&KeyKind::Ed25519, "c", Some(&secret(""))).is_err());
    }

    #[test]
    fn kinds_of_others_are_refused() {
        for kind in [
            KeyKind::Ed25519Sk,
            KeyKind::EcdsaSk,
            KeyKind::Dsa,
            KeyKind::Rsa { bits: 1024 },
            KeyKind::Ecdsa { bits: 255 },
        ] {
            assert!(create(&kind, "c", None).is_err(), "{kind}");
        }
    }

    #[test]
    fn the_proof_finds_a_key_that_is_not_locked_as_it_should_be() {
        let key = create(&KeyKind::Ed25519, "c", None).unwrap();
        let other = create(&KeyKind::Ed25519, "c", None).unwrap();
        let own = key.unlocked.private_key();
        assert!(prove(&key.private_pem, own, None).is_ok());
        assert!(prove(&key.private_pem, own, Some(&secret("x"))).is_err());
        assert!(prove(&other.private_pem, own, None).is_err());
        let locked = create(&KeyKind::Ed25519, "c", Some(&secret("right"))).unwrap();
        let own = locked.unlocked.private_key();
        assert!(prove(&locked.private_pem, own, None).is_err());
        assert!(prove(&locked.private_pem, own, Some(&secret("wrong"))).is_err());
        assert!(prove(&locked.private_pem, own, Some(&secret("right"))).is_ok());
    }
}
