//! Which observations can a diagnosis be made of?
//!
//! A sign is one thing that was seen, in a transcript, on this machine, or in an answer of the
//! server. What a set of signs means is data: `assets/diagnoses.toml`.

use std::collections::BTreeMap;

use crate::text::Text;

macro_rules! signs {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// One kind of observation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Sign { $($(#[$doc])* $variant,)* }

        impl Sign {
            /// All of them.
            pub const ALL: &'static [Sign] = &[$(Sign::$variant,)*];

            /// Its name in `assets/diagnoses.toml`.
            pub fn name(self) -> &'static str {
                match self { $(Sign::$variant => $name,)* }
            }
        }
    };
}

signs! {
    // This machine.
    /// No ssh program, or it does not start. `{reason}`
    SshMissing = "ssh-missing",
    /// ssh refuses a line of the settings. `{place} {file} {line} {words}`
    ConfigRefused = "config-refused",
    /// ssh refuses a settings file because of its owner or mode. `{file}`
    ConfigClosed = "config-closed",
    /// The address is https: git does not use SSH for it.
    AddressIsHttps = "address-is-https",
    /// None of the files that ssh would try exists, and the agent offers none.
    NoUsableKey = "no-usable-key",
    /// A key lies in `~/.ssh` that nothing tells ssh to use. `{key}`
    UnconfiguredKey = "unconfigured-key",
    /// A key file that the settings name is not there. `{file}`
    IdentityMissing = "identity-missing",
    /// Others may read the private key. `{key} {mode}`
    KeyTooOpen = "key-too-open",
    /// It is a PuTTY key. `{key}`
    KeyIsPpk = "key-is-ppk",
    /// The private file is a folder, or may not be read. `{key} {reason}`
    KeyNotReadable = "key-not-readable",
    /// The private file has line ends that ssh does not take. `{key} {defect}`
    KeyLineEndings = "key-line-endings",
    /// The .pub file beside the private key is another key's. `{key}`
    StalePublic = "stale-public",
    /// The private key has a passphrase, and ssh has no public half to ask the server about. `{key}`
    LockedUnasked = "locked-unasked",
    /// The agent holds a key, and the settings keep ssh from offering it. `{key}`
    AgentKeyHeldBack = "agent-key-held-back",
    /// An agent address is set, and nothing answers there. `{socket} {reason}`
    AgentDead = "agent-dead",
    /// The agent takes the connection and does not answer. `{socket} {reason}`
    AgentSilent = "agent-silent",
    /// No agent address is set.
    AgentUnset = "agent-unset",
    /// The settings name the public half, and the private one lies beside it. `{file} {key}`
    IdentityIsPublic = "identity-is-public",
    /// The settings name only the public half, so an agent would have to hold the private one. `{file}`
    NeedsAgent = "needs-agent",

    /// The account database does not know who runs us.
    AccountMissing = "account-missing",
    /// The git address cannot be understood as it is written. `{reason} {right}`
    GitUrlWrong = "git-url-wrong",
    /// A Host block for this server does not cover the name that was typed. `{place} {alias}`
    UnmatchedBlock = "unmatched-block",
    /// Such a block whose pattern was meant for this very name. `{place} {alias}`
    MisspeltBlock = "misspelt-block",
    /// Such a block, and the server knows its key. `{place} {alias}`
    UnmatchedBlockRight = "unmatched-block-right",
    /// The name has no dot, and no settings say what it stands for.
    ShortName = "short-name",
    /// The settings have nearly this name. `{alias}`
    NearAlias = "near-alias",
    /// How to sign in is set for this host, and an earlier line wins. `{keyword} {place} {winner}`
    LoginShadowed = "login-shadowed",
    /// Where to connect is set for this host, and an earlier line wins. `{keyword} {place} {winner}`
    AddressShadowed = "address-shadowed",
    /// HOME is not the account's home, and has keys or settings. `{home} {file}`
    HomeDiffers = "home-differs",
    /// sudo runs us for somebody who has keys or settings. `{person} {file}`
    SudoPerson = "sudo-person",
    /// Another login name than the service's. `{user} {right}`
    WrongUser = "wrong-user",
    /// The settings switch keys off. `{keyword}`
    KeysSwitchedOff = "keys-switched-off",
    /// The socket for sharing a connection cannot be used. `{file} {reason}`
    SharingBroken = "sharing-broken",
    /// The private file is damaged, or is none. `{key} {defect}`
    KeyDefect = "key-defect",
    /// A key that ssh offers is too weak. `{key} {kind}`
    WeakKey = "weak-key",
    /// The service takes no key of this sort, and there is no other. `{key} {kind} {reason}`
    KeyTypeNotTaken = "key-type-not-taken",
    /// This ssh offers no key of this sort, and there is no other. `{key} {kind} {reason}`
    KeyTypeOff = "key-type-off",
    /// The settings let RSA keys sign with SHA-1 only. `{key} {kind} {reason}`
    RsaSha1Only = "rsa-sha1-only",
    /// A certificate has ended or not begun. `{file} {validity}`
    CertificateOutOfDate = "certificate-out-of-date",
    /// A certificate does not name the user. `{file} {names}`
    CertificateOtherNames = "certificate-other-names",
    /// A certificate was made for another key. `{file} {key}`
    CertificateForOther = "certificate-for-other",
    /// What should be a certificate of a person is none. `{file} {reason}`
    CertificateUseless = "certificate-useless",
    /// A certificate for an offered key lies there, and nothing names it. `{file}`
    CertificateUnused = "certificate-unused",
    /// The agent seems to be locked.
    AgentLocked = "agent-locked",
    /// The provider has replaced a host key that is stored here. `{file} {line}`
    OldHostKeyStored = "old-host-key-stored",
    /// The server shows a key that its provider publishes.
    ServerKeyPublished = "server-key-published",
    /// A line of known_hosts revokes a key of the host. `{file} {line}`
    HostKeyRevoked = "host-key-revoked",
    /// git is told to run a program that is not there. `{place} {program}`
    GitSshMissing = "git-ssh-missing",
    /// git is told to run another ssh than the one that was tested. `{place} {program}`
    GitOtherSsh = "git-other-ssh",
    /// A submodule has an SSH address at this host. `{place} {name}`
    SubmoduleBySsh = "submodule-by-ssh",
    /// The server is this account, knows the key, and others may write to its list. `{file} {mode}`
    OwnListOpen = "own-list-open",
    /// What the program that carries the connection said at its end. `{words}`
    ProxyWords = "proxy-words",
    /// ssh did not get as far as the server's first word.
    NotReached = "not-reached",
    /// The server takes no keys from this user. `{methods}`
    KeysNotTaken = "keys-not-taken",
    /// Signed in, and the account has no shell. `{words}`
    ShellDisabled = "shell-disabled",
    /// Signed in, and the command was not run. `{words}`
    OnlyCertainCommands = "only-certain-commands",

    // The server's answers to our own questions.
    /// The server knows a key of this machine that ssh did not offer. `{key}`
    OtherKeyAccepted = "other-key-accepted",
    /// The server knows the private key that a foreign .pub file keeps ssh from offering. `{key}`
    StaleKeyAccepted = "stale-key-accepted",
    /// The server's key is not among those that its provider publishes. `{fingerprint}`
    HostKeyNotPublished = "host-key-not-published",

    // ssh's transcript.
    /// The name has no address. `{host} {reason}`
    ResolveFailed = "resolve-failed",
    /// Nothing listens there. `{host} {port}`
    Refused = "connection-refused",
    /// No answer in time. `{host} {port}`
    TimedOut = "timed-out",
    /// There is no way to the network. `{host} {reason}`
    Unreachable = "unreachable",
    /// The server hung up before it said what it is.
    DroppedEarly = "dropped-early",
    /// Something else than an SSH server spoke first. `{words}`
    OtherWords = "other-words",
    /// A program of the settings carries the connection. `{command}`
    Proxied = "proxied",
    /// No common algorithm. `{what} {offer}`
    NegotiationFailed = "negotiation-failed",
    /// No host key type in common. `{what} {offer}`
    HostKeyTypesDiffer = "host-key-types-differ",
    /// The host has another key than before. `{file} {line}`
    HostKeyChanged = "host-key-changed",
    /// The host is not known here.
    HostUnknown = "host-unknown",
    /// ssh stopped because of the host's key.
    HostKeyRefused = "host-key-refused",
    /// ssh had nothing to offer.
    NothingOffered = "nothing-offered",
    /// A key was offered, and the server does not take it. `{key}`
    OfferRefused = "offer-refused",
    /// The server takes a key. `{key}`
    OfferAccepted = "offer-accepted",
    /// A key was accepted, and no signature followed. `{key}`
    NotSigned = "not-signed",
    /// The agent did not sign. `{key} {reason}`
    SigningFailed = "signing-failed",
    /// A key was accepted, it signed, and nobody was signed in. `{key}`
    SignedInVain = "signed-in-vain",
    /// The key was right, and the server wants something more.
    PartialSuccess = "partial-success",
    /// ssh said nothing any more when the keys were due.
    StuckAtKeys = "stuck-at-keys",
    /// ssh has said that it ignores the private key because others may read it. `{key} {mode}`
    KeyIgnored = "key-ignored",
    /// The private key is not the one that the public half belongs to. `{key}`
    HalvesDiffer = "halves-differ",
    /// A key file cannot be read as a key. `{file} {reason}`
    KeyUnusable = "key-unusable",
    /// The server counts too many tries.
    TooManyTries = "too-many-tries",
    /// All methods are used up. `{methods}`
    Denied = "denied",
    /// Signed in.
    SignedIn = "signed-in",
    /// A greeting of the provider was printed. `{account}`
    Greeted = "greeted",
    /// A connection was tried, and nobody was signed in.
    NotSignedIn = "not-signed-in",
    /// No connection was tried, or it has not come to the keys.
    NotTried = "not-tried",
}

impl Sign {
    /// The sign with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|sign| sign.name() == name)
    }
}

/// One observation with its proof.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What kind.
    pub sign: Sign,
    /// The very line, or the fact with its place; empty when the sign is only a summary of others.
    pub evidence: Text,
    /// Values for the words of a diagnosis: `key`, `file`, `host`, …
    pub values: BTreeMap<&'static str, Text>,
}

/// Everything that was observed.
#[derive(Clone, Debug, Default)]
pub struct Signs {
    seen: Vec<Seen>,
}

impl Signs {
    /// Adds an observation.
    pub fn add(&mut self, sign: Sign, evidence: impl Into<Text>) -> &mut Self {
        self.add_with(sign, evidence, [])
    }

    /// Adds an observation with values.
    pub fn add_with<const N: usize>(
        &mut self,
        sign: Sign,
        evidence: impl Into<Text>,
        values: [(&'static str, Text); N],
    ) -> &mut Self {
        self.seen.push(Seen {
            sign,
            evidence: evidence.into(),
            values: values.into_iter().collect(),
        });
        self
    }

    /// Whether it was seen.
    pub fn has(&self, sign: Sign) -> bool {
        self.seen.iter().any(|seen| seen.sign == sign)
    }

    /// All observations of one kind.
    pub fn of(&self, sign: Sign) -> impl Iterator<Item = &Seen> {
        self.seen.iter().filter(move |seen| seen.sign == sign)
    }

    /// All observations.
    pub fn iter(&self) -> impl Iterator<Item = &Seen> {
        self.seen.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found_again() {
        for sign in Sign::ALL {
            assert_eq!(Sign::from_name(sign.name()), Some(*sign));
        }
    }
}
