//! What did the person paste or type beside the fingerprint that the server shows?
//!
//! Admins send what their tools print: `SHA256:…`, a line of `ssh-keygen -l`, the host's public key
//! or a known_hosts line. Only an equal fingerprint is "the same"; anything else says what it is.

use crate::key::public::Public;
use crate::probe::ServerKey;
use crate::say;
use crate::text::Text;

/// What was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// The server's own name.
    Name,
    /// The fingerprint that the server shows.
    Same,
    /// Another fingerprint.
    Different,
    /// A fingerprint of a key of this type, and the server shows one of another type.
    OtherType {
        /// What was pasted.
        given: String,
        /// What the server shows.
        shown: String,
    },
    /// The form of OpenSSH 6.7 and older.
    Md5,
    /// Nothing of these.
    Unreadable,
}

impl Told {
    /// Reads `typed`, for a server that is called `host` and shows `key`.
    pub(super) fn about(typed: &str, key: &ServerKey, host: &str) -> Self {
        let typed = typed.trim();
        if !host.is_empty() && typed.eq_ignore_ascii_case(host) {
            return Self::Name;
        }
        let words: Vec<&str> = typed.split_whitespace().collect();
        let public = (0..words.len()).find_map(|at| Public::from_line(&words[at..].join(" ")));
        let fingerprint = match &public {
            Some(public) => Some(public.fingerprint.as_str()),
            None => words
                .iter()
                .copied()
                .find(|word| is_sha256(word, words.len())),
        };
        let Some(fingerprint) = fingerprint else {
            return if words.iter().any(|word| is_md5(word)) {
                Self::Md5
            } else {
                Self::Unreadable
            };
        };
        if bare(fingerprint) == bare(&key.fingerprint) {
            return Self::Same;
        }
        let given = match &public {
            Some(public) => Some(public.kind.to_string()),
            // `256 SHA256:… comment (ED25519)`
            None => words.last().and_then(|word| {
                let word = word.strip_prefix('(')?.strip_suffix(')')?;
                Some(word.to_owned())
            }),
        };
        let shown = family(&key.key_type);
        match given {
            Some(given) if !family(&given).eq_ignore_ascii_case(shown) => Self::OtherType {
                given: family(&given).to_owned(),
                shown: shown.to_owned(),
            },
            Some(_) | None => Self::Different,
        }
    }

    /// What is said about it.
    pub(super) fn words(self) -> Text {
        match self {
            Self::Same => Text::plain("The same fingerprint."),
            Self::Name => Text::plain(
                "The name is not enough here: paste the fingerprint that you were given.",
            ),
            Self::Different => {
                Text::plain("NOT the same fingerprint. Ask the server's admin before you go on.")
            }
            Self::OtherType { given, shown } => say!(
                "That is of the server's {} key, and here it shows its {} key: ask for that one.",
                Text::public(given),
                Text::public(shown)
            ),
            Self::Md5 => {
                Text::plain("That is the old form (MD5). Ask for the one that begins with SHA256.")
            }
            Self::Unreadable => {
                Text::plain("That is neither a SHA256 fingerprint nor this server's name.")
            }
        }
    }
}

/// `SHA256:` and 43 characters; without the prefix only when nothing else was typed.
fn is_sha256(word: &str, words: usize) -> bool {
    let base64 = |text: &str| {
        text.len() == 43
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b))
    };
    base64(bare(word)) && (word.starts_with("SHA256:") || words == 1)
}

/// 16 bytes in hexadecimal with colons.
fn is_md5(word: &str) -> bool {
    let word = word.strip_prefix("MD5:").unwrap_or(word);
    let bytes: Vec<&str> = word.split(':').collect();
    bytes.len() == 16
        && bytes
            .iter()
            .all(|byte| byte.len() == 2 && byte.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn bare(fingerprint: &str) -> &str {
    fingerprint
        .strip_prefix("SHA256:")
        .unwrap_or(fingerprint)
        .trim_end_matches('=')
}

/// The type as people say it, whatever tool named it: `ssh-ed25519`, `ED25519`, `Ed25519`.
fn family(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    if name.contains("ed25519") {
        "Ed25519"
    } else if name.contains("ecdsa") {
        "ECDSA"
    } else if name.contains("rsa") {
        "RSA"
    } else {
        "other"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    const PRINT: &str = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU";

    fn about(typed: &str) -> Told {
        let key = ServerKey {
            key_type: "ssh-ed25519".into(),
            fingerprint: PRINT.into(),
            known_hosts_line: format!("box.test {LINE}"),
        };
        Told::about(typed, &key, "box.test")
    }

    #[test]
    fn what_admins_send_is_understood() {
        let bare = PRINT.strip_prefix("SHA256:").expect("it has one");
        for typed in [
            PRINT.to_owned(),
            format!("  {PRINT}=\n"),
            bare.to_owned(),
            format!("256 {PRINT} root@box (ED25519)"),
            format!("The fingerprint is {PRINT}"),
            LINE.to_owned(),
            format!("box.test,192.0.2.1 {LINE} root@box"),
        ] {
            assert_eq!(about(&typed), Told::Same, "{typed}");
        }
        assert_eq!(about(" BOX.test "), Told::Name);
    }

    #[test]
    fn anything_else_is_never_the_same() {
        let other = PRINT.replace('+', "/");
        assert_eq!(about(&other), Told::Different);
        assert_eq!(about(&PRINT.to_ascii_lowercase()), Told::Unreadable);
        assert_eq!(about(&PRINT[..PRINT.len() - 1]), Told::Unreadable);
        assert_eq!(about(&format!("{PRINT}x")), Told::Unreadable);
        let rsa = Told::OtherType {
            given: "RSA".into(),
            shown: "Ed25519".into(),
        };
        assert_eq!(about(&format!("3072 {other} root@box (RSA)")), rsa);
        assert_eq!(
            about("MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48"),
            Told::Md5
        );
        assert_eq!(about("box"), Told::Unreadable);
        assert_eq!(about(""), Told::Unreadable);
    }
}
