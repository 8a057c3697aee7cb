//! Which sort of key is it, and what do ssh, files and providers call that sort?

use std::fmt;

/// File names ssh tries when the config names none, in its order: readconf.c:fill_default_options
/// of OpenSSH 8.9 to 10.5, the union of all of them.
pub const DEFAULT_NAMES: [&str; 8] = [
    "id_rsa",
    "id_ecdsa",
    "id_ecdsa_sk",
    "id_ed25519",
    "id_ed25519_sk",
    "id_mldsa44_ed25519",
    "id_xmss",
    "id_dsa",
];

/// A sort of key, with its size where there are several.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// `ssh-ed25519` (RFC 8709).
    Ed25519,
    /// Ed25519 inside a FIDO device; the file holds a handle (OpenSSH PROTOCOL.u2f).
    Ed25519Sk,
    /// `ecdsa-sha2-nistp…` (RFC 5656).
    Ecdsa {
        /// Size of the curve: 256, 384 or 521.
        bits: u32,
    },
    /// ECDSA on P-256 inside a FIDO device.
    EcdsaSk,
    /// `ssh-rsa` (RFC 4253), whatever the signature's hash is.
    Rsa {
        /// Size of the modulus; 0 when only the algorithm's name is known.
        bits: u32,
    },
    /// `ssh-dss`, gone from OpenSSH 10.
    Dsa,
    /// Anything else, by its name on the wire.
    Other(String),
}

impl KeyKind {
    /// The kind for an algorithm name as it stands in a key, a certificate or a server's list
    /// (`ssh-ed25519`, `rsa-sha2-512`, `ssh-ed25519-cert-v01@openssh.com`). RSA gets 0 bits.
    pub fn from_algorithm(name: &str) -> Self {
        match plain_algorithm(name) {
            "ssh-ed25519" => Self::Ed25519,
            "sk-ssh-ed25519@openssh.com" => Self::Ed25519Sk,
            "ecdsa-sha2-nistp256" => Self::Ecdsa { bits: 256 },
            "ecdsa-sha2-nistp384" => Self::Ecdsa { bits: 384 },
            "ecdsa-sha2-nistp521" => Self::Ecdsa { bits: 521 },
            "sk-ecdsa-sha2-nistp256@openssh.com" => Self::EcdsaSk,
            "ssh-rsa" | "rsa-sha2-256" | "rsa-sha2-512" => Self::Rsa { bits: 0 },
            "ssh-dss" => Self::Dsa,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The kind for an id of a provider file; `rsa` means 4096 bits, what we make. None: no such id.
    pub fn from_id(id: &str) -> Option<Self> {
        match id {
            "ed25519" => Some(Self::Ed25519),
            "ed25519-sk" => Some(Self::Ed25519Sk),
            "ecdsa-256" => Some(Self::Ecdsa { bits: 256 }),
            "ecdsa-384" => Some(Self::Ecdsa { bits: 384 }),
            "ecdsa-521" => Some(Self::Ecdsa { bits: 521 }),
            "ecdsa-sk" => Some(Self::EcdsaSk),
            "rsa" => Some(Self::Rsa { bits: 4096 }),
            "dsa" => Some(Self::Dsa),
            _ => None,
        }
    }

    /// The id used in provider files. None for kinds no provider file speaks of.
    pub fn id(&self) -> Option<&'static str> {
        match self {
            Self::Ed25519 => Some("ed25519"),
            Self::Ed25519Sk => Some("ed25519-sk"),
            Self::Ecdsa { bits: 256 } => Some("ecdsa-256"),
            Self::Ecdsa { bits: 384 } => Some("ecdsa-384"),
            Self::Ecdsa { bits: 521 } => Some("ecdsa-521"),
            Self::EcdsaSk => Some("ecdsa-sk"),
            Self::Rsa { .. } => Some("rsa"),
            Self::Dsa => Some("dsa"),
            Self::Ecdsa { .. } | Self::Other(_) => None,
        }
    }

    /// The file name ssh finds without a config. None when ssh has no default for the kind.
    pub fn default_file_name(&self) -> Option<&'static str> {
        match self {
            Self::Ed25519 => Some("id_ed25519"),
            Self::Ed25519Sk => Some("id_ed25519_sk"),
            Self::Ecdsa { .. } => Some("id_ecdsa"),
            Self::EcdsaSk => Some("id_ecdsa_sk"),
            Self::Rsa { .. } => Some("id_rsa"),
            Self::Dsa => Some("id_dsa"),
            Self::Other(_) => None,
        }
    }

    /// Whether the private part lives in a FIDO device, so that a person must touch it.
    pub fn is_hardware(&self) -> bool {
        match self {
            Self::Ed25519Sk | Self::EcdsaSk => true,
            Self::Ed25519 | Self::Ecdsa { .. } | Self::Rsa { .. } | Self::Dsa | Self::Other(_) => {
                false
            }
        }
    }
}

/// The name a person reads: `Ed25519`, `RSA 4096`, `ECDSA 256`.
impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Ed25519Sk => f.write_str("Ed25519-SK"),
            Self::Ecdsa { bits } => write!(f, "ECDSA {bits}"),
            Self::EcdsaSk => f.write_str("ECDSA-SK"),
            Self::Rsa { bits: 0 } => f.write_str("RSA"),
            Self::Rsa { bits } => write!(f, "RSA {bits}"),
            Self::Dsa => f.write_str("DSA"),
            Self::Other(name) => f.write_str(name),
        }
    }
}

/// Where a file name stands among the names ssh tries by default; names it does not try come last.
pub fn default_rank(file_name: &str) -> usize {
    DEFAULT_NAMES
        .iter()
        .position(|name| *name == file_name)
        .unwrap_or(DEFAULT_NAMES.len())
}

/// The name without the certificate ending: `X-cert-v01@openssh.com` certifies an `X` key, except
/// that names of FIDO keys keep their own `@openssh.com` (PROTOCOL.certkeys, PROTOCOL.u2f).
pub(crate) fn plain_algorithm(name: &str) -> &str {
    match name {
        "sk-ssh-ed25519-cert-v01@openssh.com" => "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com" => "sk-ecdsa-sha2-nistp256@openssh.com",
        _ => name.strip_suffix("-cert-v01@openssh.com").unwrap_or(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_on_the_wire_become_kinds() {
        let shown = |name| KeyKind::from_algorithm(name).to_string();
        assert_eq!(shown("ssh-ed25519"), "Ed25519");
        assert_eq!(shown("ecdsa-sha2-nistp521"), "ECDSA 521");
        assert_eq!(shown("rsa-sha2-512"), "RSA");
        assert_eq!(shown("sk-ssh-ed25519-cert-v01@openssh.com"), "Ed25519-SK");
        assert_eq!(shown("ssh-rsa-cert-v01@openssh.com"), "RSA");
        assert_eq!(shown("ssh-mldsa44"), "ssh-mldsa44");
        assert_eq!(KeyKind::Rsa { bits: 4096 }.to_string(), "RSA 4096");
    }

    #[test]
    fn every_id_leads_back_to_itself() {
        for id in [
            "ed25519",
            "ed25519-sk",
            "ecdsa-256",
            "ecdsa-384",
            "ecdsa-521",
            "ecdsa-sk",
            "rsa",
            "dsa",
        ] {
            assert_eq!(KeyKind::from_id(id).and_then(|kind| kind.id()), Some(id));
        }
        assert_eq!(KeyKind::from_id("ssh-rsa"), None);
    }

    #[test]
    fn default_names_come_first_and_in_the_order_of_ssh() {
        assert!(default_rank("id_rsa") < default_rank("id_ed25519"));
        assert!(default_rank("id_ed25519") < default_rank("id_dsa"));
        assert!(default_rank("id_dsa") < default_rank("work"));
    }
}
