//! Is this server's identity one that its provider publishes?

use serde::{Deserialize, Serialize};

use super::hosts;

/// The kind of a server's key.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum HostKeyType {
    /// `ssh-rsa`, `rsa-sha2-256`, `rsa-sha2-512`
    Rsa,
    /// `ecdsa-sha2-nistp…`
    Ecdsa,
    /// `ssh-ed25519`
    Ed25519,
    /// `ssh-dss`
    Dsa,
}

impl HostKeyType {
    /// The type that OpenSSH names in any of its forms (`ssh-rsa`, `RSA`, `ecdsa-sha2-nistp256`).
    pub fn from_openssh(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        Some(match name.as_str() {
            "rsa" | "ssh-rsa" | "rsa-sha2-256" | "rsa-sha2-512" => Self::Rsa,
            "ed25519" | "ssh-ed25519" => Self::Ed25519,
            "dsa" | "ssh-dss" => Self::Dsa,
            "ecdsa" => Self::Ecdsa,
            _ if name.starts_with("ecdsa-sha2-nistp") => Self::Ecdsa,
            _ => return None,
        })
    }
}

/// The identities that a provider publishes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostKeys {
    /// Where they are published.
    #[serde(default)]
    pub source: String,
    /// When they were read there, `YYYY-MM-DD`.
    #[serde(default)]
    pub checked: String,
    /// Those in use.
    #[serde(default)]
    pub published: Vec<HostKey>,
    /// Those that were replaced.
    #[serde(default)]
    pub obsolete: Vec<ObsoleteKey>,
}

/// A published host key.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct HostKey {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: HostKeyType,
    /// `SHA256:` and 43 characters of base64.
    pub fingerprint: String,
    /// The hosts that show it; empty means every host of the provider.
    #[serde(default)]
    pub hosts: Vec<String>,
}

/// A host key that the provider replaced.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ObsoleteKey {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: HostKeyType,
    /// `SHA256:` and 43 characters of base64.
    pub fingerprint: String,
    /// When it was replaced, as exactly as the provider says.
    pub until: String,
}

/// What a server's key is, held against the provider's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published<'a> {
    /// It is on the list for this host.
    Same(&'a HostKey),
    /// It was replaced: only a stored key, never the server itself, may show it.
    Obsolete(&'a ObsoleteKey),
    /// Keys of this type are published for this host, and this is none of them: stop.
    Different,
    /// Only keys of other types are published for this host: nothing to compare with.
    OtherTypes(Vec<HostKeyType>),
    /// Nothing is published for this host.
    Nothing,
}

impl HostKeys {
    /// The published keys of this host.
    pub fn of(&self, host: &str) -> impl Iterator<Item = &HostKey> {
        self.published
            .iter()
            .filter(move |key| key.hosts.is_empty() || hosts::is_listed(&key.hosts, host))
    }

    pub(super) fn judge(&self, host: &str, kind: HostKeyType, fingerprint: &str) -> Published<'_> {
        if let Some(old) = self
            .obsolete
            .iter()
            .find(|key| key.fingerprint == fingerprint)
        {
            return Published::Obsolete(old);
        }
        let mut types: Vec<HostKeyType> = Vec::new();
        for key in self.of(host) {
            if key.fingerprint == fingerprint {
                return Published::Same(key);
            }
            types.push(key.kind);
        }
        if types.is_empty() {
            return Published::Nothing;
        }
        if types.contains(&kind) {
            return Published::Different;
        }
        types.sort();
        types.dedup();
        Published::OtherTypes(types)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Providers;

    #[test]
    fn a_host_key_is_the_same_old_different_or_unknown() {
        let github = Providers::embedded().by_id("github").unwrap();
        let ed25519 = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU";
        let old = "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8";
        let judge = |kind, print| github.published("github.com", kind, print);
        assert!(matches!(
            judge(HostKeyType::Ed25519, ed25519),
            Published::Same(_)
        ));
        assert!(
            matches!(judge(HostKeyType::Rsa, old), Published::Obsolete(key) if key.until == "2023-03")
        );
        assert_eq!(judge(HostKeyType::Rsa, "SHA256:x"), Published::Different);
    }

    #[test]
    fn a_region_is_compared_with_its_own_key_only() {
        let platform = Providers::embedded().by_id("platformsh").unwrap();
        let us = "SHA256:/9AGK4R6FoXAyt2Lopf33pQYcklDi+plFSGX4SZYBVo";
        let at = |host, kind| platform.published(host, kind, us);
        assert!(matches!(
            at("git.us.platform.sh", HostKeyType::Rsa),
            Published::Same(_)
        ));
        assert_eq!(
            at("git.eu.platform.sh", HostKeyType::Rsa),
            Published::Different
        );
        assert_eq!(
            at("ssh.eu-9.platform.sh", HostKeyType::Rsa),
            Published::Nothing
        );
        assert_eq!(
            platform.published("ssh.eu.platform.sh", HostKeyType::Ed25519, "SHA256:x"),
            Published::OtherTypes(vec![HostKeyType::Rsa])
        );
    }

    #[test]
    fn openssh_names_of_host_key_types_are_known() {
        assert_eq!(HostKeyType::from_openssh("ECDSA"), Some(HostKeyType::Ecdsa));
        assert_eq!(
            HostKeyType::from_openssh("rsa-sha2-512"),
            Some(HostKeyType::Rsa)
        );
        assert_eq!(HostKeyType::from_openssh("x"), None);
    }
}
