//! Does a provider take a key of this type and size?

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Certainty;
use crate::say;
use crate::text::Text;

/// The kind of a person's key.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyType {
    /// `ssh-ed25519`
    #[serde(rename = "ed25519")]
    Ed25519,
    /// `sk-ssh-ed25519@openssh.com`: in a security key.
    #[serde(rename = "ed25519-sk")]
    Ed25519Sk,
    /// `ecdsa-sha2-nistp256`
    #[serde(rename = "ecdsa-256")]
    Ecdsa256,
    /// `ecdsa-sha2-nistp384`
    #[serde(rename = "ecdsa-384")]
    Ecdsa384,
    /// `ecdsa-sha2-nistp521`
    #[serde(rename = "ecdsa-521")]
    Ecdsa521,
    /// `sk-ecdsa-sha2-nistp256@openssh.com`: in a security key.
    #[serde(rename = "ecdsa-sk")]
    EcdsaSk,
    /// `ssh-rsa`
    #[serde(rename = "rsa")]
    Rsa,
    /// `ssh-dss`: gone from OpenSSH 10, taken nowhere.
    #[serde(rename = "dsa")]
    Dsa,
}

impl KeyType {
    /// The type that a public key line or certificate begins with; None for an unknown one.
    pub fn from_openssh(name: &str) -> Option<Self> {
        let plain = name.strip_suffix("-cert-v01@openssh.com").unwrap_or(name);
        Some(match plain.strip_suffix("@openssh.com").unwrap_or(plain) {
            "ssh-ed25519" => Self::Ed25519,
            "sk-ssh-ed25519" => Self::Ed25519Sk,
            "ecdsa-sha2-nistp256" => Self::Ecdsa256,
            "ecdsa-sha2-nistp384" => Self::Ecdsa384,
            "ecdsa-sha2-nistp521" => Self::Ecdsa521,
            "sk-ecdsa-sha2-nistp256" => Self::EcdsaSk,
            "ssh-rsa" => Self::Rsa,
            "ssh-dss" => Self::Dsa,
            _ => return None,
        })
    }

    /// As people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
            Self::Ed25519Sk => "Ed25519-SK",
            Self::Ecdsa256 => "ECDSA 256",
            Self::Ecdsa384 => "ECDSA 384",
            Self::Ecdsa521 => "ECDSA 521",
            Self::EcdsaSk => "ECDSA-SK",
            Self::Rsa => "RSA",
            Self::Dsa => "DSA",
        }
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which keys a provider takes.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRules {
    /// Types that are taken, the best first.
    #[serde(default)]
    pub accepted: Vec<KeyType>,
    /// Whether that was checked.
    #[serde(default = "documented")]
    pub certainty: Certainty,
    /// What holds for every other type.
    #[serde(default)]
    pub others: Others,
    /// The type to make for this provider.
    #[serde(default = "ed25519")]
    pub recommended: KeyType,
    /// Smaller RSA keys are refused.
    pub min_rsa_bits: Option<u32>,
    /// Smaller RSA keys are advised against; whether they are refused is not known.
    pub advised_rsa_bits: Option<u32>,
    /// How many keys the server lets ssh try, where it is known and less than sshd's usual six:
    /// with 1 the first key decides, and every other key must be kept from it.
    pub tries: Option<u8>,
    /// What the service wants as the label (comment) of a new key.
    #[serde(default)]
    pub label: Label,
}

/// What stands in a public key besides the key, to tell it from others.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// Who made it, and on which computer.
    #[default]
    Computer,
    /// Its owner's e-mail address.
    Email,
}

impl Default for KeyRules {
    fn default() -> Self {
        Self {
            accepted: Vec::new(),
            others: Others::default(),
            recommended: ed25519(),
            min_rsa_bits: None,
            advised_rsa_bits: None,
            certainty: documented(),
            tries: None,
            label: Label::default(),
        }
    }
}

/// What is known about key types that a provider does not list.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Others {
    /// The list is complete.
    Refused,
    /// The list is what was checked; more may work.
    #[default]
    Unknown,
}

/// Whether a key is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// It is.
    Yes,
    /// Nothing certain is known; the reason is one sentence.
    Unsure {
        /// What is not known.
        why: Text,
    },
    /// It is not; the reason is one sentence.
    No {
        /// What the provider asks for.
        why: Text,
    },
}

impl KeyRules {
    pub(super) fn accepts(&self, name: &str, key_type: KeyType, bits: Option<u32>) -> Acceptance {
        let provider = || Text::public(name);
        let kind = || Text::plain(key_type.name());
        let listed = self.accepted.contains(&key_type);
        if !listed && (self.others == Others::Refused || key_type == KeyType::Dsa) {
            let why = say!("{} does not take {} keys.", provider(), kind());
            return Acceptance::No { why };
        }
        if !listed {
            let why = say!(
                "{} does not say whether it takes {} keys.",
                provider(),
                kind()
            );
            return Acceptance::Unsure { why };
        }
        let listed = match self.certainty {
            Certainty::Documented => Acceptance::Yes,
            Certainty::Usually => Acceptance::Unsure {
                why: say!("{} usually takes {} keys.", provider(), kind()),
            },
        };
        let (KeyType::Rsa, Some(bits)) = (key_type, bits) else {
            return listed;
        };
        if let Some(least) = self.min_rsa_bits.filter(|least| bits < *least) {
            let why = say!(
                "{} takes RSA keys of {} bits or more; this one has {}.",
                provider(),
                least,
                bits
            );
            return Acceptance::No { why };
        }
        if let Some(least) = self.advised_rsa_bits.filter(|least| bits < *least) {
            let why = say!(
                "{} advises RSA keys of {} bits or more; this one has {}.",
                provider(),
                least,
                bits
            );
            return Acceptance::Unsure { why };
        }
        listed
    }
}

fn documented() -> Certainty {
    Certainty::Documented
}

fn ed25519() -> KeyType {
    KeyType::Ed25519
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Providers;

    fn accepts(id: &str, key_type: KeyType, bits: u32) -> String {
        match Providers::embedded()
            .by_id(id)
            .unwrap()
            .accepts(key_type, Some(bits))
        {
            Acceptance::Yes => "yes".into(),
            Acceptance::Unsure { why } => format!("unsure: {}", why.reveal()),
            Acceptance::No { why } => format!("no: {}", why.reveal()),
        }
    }

    #[test]
    fn types_and_sizes_are_judged_by_the_providers_list() {
        assert_eq!(accepts("github", KeyType::Ed25519, 256), "yes");
        assert_eq!(accepts("bitbucket", KeyType::Rsa, 2048), "yes");
        assert_eq!(
            accepts("bitbucket", KeyType::Rsa, 1024),
            "no: Bitbucket takes RSA keys of 2048 bits or more; this one has 1024."
        );
        assert_eq!(
            accepts("gitlab", KeyType::Rsa, 1024),
            "unsure: GitLab advises RSA keys of 2048 bits or more; this one has 1024."
        );
        assert_eq!(
            accepts("bitbucket", KeyType::EcdsaSk, 256),
            "no: Bitbucket does not take ECDSA-SK keys."
        );
        assert_eq!(
            accepts("platformsh", KeyType::Ecdsa256, 256),
            "unsure: Platform.sh does not say whether it takes ECDSA 256 keys."
        );
        assert!(accepts("platformsh", KeyType::Dsa, 1024).starts_with("no:"));
        assert_eq!(
            accepts("sourcehut", KeyType::Ed25519, 256),
            "unsure: SourceHut usually takes Ed25519 keys."
        );
        assert_eq!(
            accepts("sourcehut", KeyType::Dsa, 1024),
            "no: SourceHut does not take DSA keys."
        );
    }

    #[test]
    fn services_that_refuse_the_usual_key_are_known() {
        for id in ["azuredevops", "codecommit", "acquia", "pantheon"] {
            let ed25519 = accepts(id, KeyType::Ed25519, 256);
            assert!(ed25519.starts_with("no:"), "{id}: {ed25519}");
            assert_eq!(accepts(id, KeyType::Rsa, 4096), "yes", "{id}");
            let provider = Providers::embedded().by_id(id).unwrap();
            assert_eq!(provider.keys.recommended, KeyType::Rsa, "{id}");
        }
        assert_eq!(
            accepts("acquia", KeyType::Rsa, 3072),
            "no: Acquia Cloud takes RSA keys of 4096 bits or more; this one has 3072."
        );
        assert_eq!(
            accepts("gitea", KeyType::Rsa, 2048),
            "no: Gitea/Forgejo takes RSA keys of 3071 bits or more; this one has 2048."
        );
        assert_eq!(accepts("pantheon", KeyType::Ecdsa256, 256), "yes");
        assert!(accepts("pantheon", KeyType::Ecdsa384, 384).starts_with("no:"));
        assert_eq!(accepts("codecommit", KeyType::Rsa, 2048), "yes");
    }

    #[test]
    fn the_types_of_openssh_are_known_with_and_without_certificate() {
        let sk = KeyType::from_openssh("sk-ssh-ed25519@openssh.com");
        assert_eq!(sk, Some(KeyType::Ed25519Sk));
        assert_eq!(
            KeyType::from_openssh("sk-ssh-ed25519-cert-v01@openssh.com"),
            sk
        );
        let rsa = KeyType::from_openssh("ssh-rsa-cert-v01@openssh.com");
        assert_eq!(rsa, Some(KeyType::Rsa));
        assert_eq!(KeyType::from_openssh("ssh-unknown"), None);
    }
}
