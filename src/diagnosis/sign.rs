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
        pub enum Sign {
            $($(#[$doc])* $variant,)*
            /// Words of another program: a row of `assets/messages.toml`.
            Said(&'static str),
        }

        impl Sign {
            /// All that are seen by code.
            pub const ALL: &'static [Sign] = &[$(Sign::$variant,)*];

            /// Its name in `assets/diagnoses.toml`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Sign::$variant => $name,)*
                    Sign::Said(name) => name,
                }
            }

            fn by_code(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Sign::$variant),)*
                    _ => None,
                }
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
    /// The settings file is there, and ssh passes it over because it may not read it. `{file}`
    ConfigUnread = "config-unread",
    /// The same, and it belongs to somebody else. `{file}`
    ConfigOfAnother = "config-of-another",
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
    /// It belongs to somebody else, who lets nobody read it. `{key}`
    KeyOfAnother = "key-of-another",
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
    /// No agent address is set. `{reason}`
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
    /// The settings lead the service's own name elsewhere. `{name}`
    ServiceNameWrong = "service-name-wrong",
    /// The settings lead to a name that is nearly a service's. `{name} {right}`
    HostNameSlip = "host-name-slip",
    /// The settings name a port that the service does not have. `{right}`
    ServicePortWrong = "service-port-wrong",
    /// A settings file has no line ends that ssh knows, so it is one long line to it. `{file}`
    SettingsWithoutLines = "settings-without-lines",
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
    /// The person's certificate has ended or not begun. `{file} {validity}`
    OwnCertificateOld = "own-certificate-old",
    /// The person's certificate does not name the user. `{file} {names}`
    OwnCertificateOther = "own-certificate-other",
    /// A certificate was made for another key. `{file} {key}`
    CertificateForOther = "certificate-for-other",
    /// What should be a certificate of a person is none. `{file} {reason}`
    CertificateUseless = "certificate-useless",
    /// A certificate for an offered key lies there, and nothing names it. `{file}`
    CertificateUnused = "certificate-unused",
    /// The service takes certificates only, and ssh finds none.
    CertificateNeeded = "certificate-needed",
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
    /// The name has no address, whatever the reason.
    Unresolved = "unresolved",
    /// ssh did not get as far as the server's first word.
    NotReached = "not-reached",
    /// Signed in, and the account has no shell. `{words}`
    ShellDisabled = "shell-disabled",
    /// Signed in, and the command was not run. `{words}`
    OnlyCertainCommands = "only-certain-commands",

    // What a service's access asks for, and what its own tool can do.
    /// The service's own tool makes certificates. `{tool} {load}`
    ToolMakesCertificates = "tool-makes-certificates",
    /// The service's own tool knows its environments. `{tool}`
    ToolKnowsEnvironments = "tool-knows-environments",

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
    // ssh's own words, about where it stopped.
    /// ssh refuses an option of its command line. `{words}`
    OptionRefused = "option-refused",
    /// A settings file that was named is not there. `{file} {reason}`
    ConfigMissing = "config-missing",
    /// The name that was looked up looks like an alias or like nothing public. `{host} {reason}`
    AliasUnknown = "alias-unknown",
    /// The name that was looked up is an option, a port or a path. `{host} {reason}`
    NameMistyped = "name-mistyped",
    /// The name that was looked up is a whole address. `{host} {reason}`
    UrlAsName = "url-as-name",
    /// A public service's name leads to an address of this machine or network. `{host} {address}`
    WrongAddress = "wrong-address",
    /// A public service's name leads to an address that proxies hand out. `{host} {address}`
    PlaceholderAddress = "placeholder-address",
    /// An IPv6 address did not answer. `{reason}`
    Ipv6Failed = "ipv6-failed",
    /// An IPv4 address did not answer. `{reason}`
    Ipv4Failed = "ipv4-failed",
    /// A private address has no route, on macOS.
    NoRouteOnMac = "no-route-on-mac",
    /// The service has another door, on port 443. `{door}`
    HasOtherDoor = "has-other-door",
    /// The port is none that the service has. `{port}`
    PortNotOffered = "port-not-offered",
    /// The service's server wants a terminal, which ssh makes for it only when it is told to.
    WantsTerminal = "wants-terminal",
    /// What answered is no SSH server. `{words}`
    NoSshBanner = "no-ssh-banner",
    /// The connection ended before the server had said what it is. `{words}`
    HungUpEarly = "hung-up-early",
    /// The connection ended.
    HungUp = "hung-up",
    /// The server turns connections away because there are too many. `{words}`
    Throttled = "throttled",
    /// The connection broke off in the key exchange. `{reason}`
    BrokeOff = "broke-off",
    /// A packet arrived damaged. `{reason}`
    MacWrong = "mac-wrong",
    /// ssh waits for the server's part of the key exchange.
    KexAwaited = "kex-awaited",
    /// The server's part of the key exchange came.
    KexAnswered = "kex-answered",
    /// The host key is GitHub's RSA key, the old one or the new one.
    GithubRsaKey = "github-rsa-key",
    /// ssh asks whether the host is the right one.
    HostAsked = "host-asked",
    /// A certificate is used outside its validity. `{reason}`
    CertificateOutOfDate = "certificate-out-of-date",
    /// A certificate does not list the name. `{reason}`
    CertificateForOtherName = "certificate-for-other-name",
    /// A certificate that ssh leaves out. `{file} {reason}`
    CertificateUnusable = "certificate-unusable",
    /// A certificate was shown to the server.
    CertificateOffered = "certificate-offered",
    /// The file that is used as a private key has the name of a public half. `{file} {key}`
    PublicHalfNamed = "public-half-named",
    /// The settings or -i list a public half. `{file} {key}`
    PublicHalfListed = "public-half-listed",
    /// A file of PuTTY is used as a private key. `{file} {key}`
    PpkNamed = "ppk-named",
    /// A server's own private key is open to others or cannot be read. `{key}`
    ServersKeyOpen = "servers-key-open",
    /// A private key that ssh may not open, or that is a folder. `{key} {reason}`
    KeyUnopened = "key-unopened",
    /// A file that ssh would not read at all has the mode of a folder. `{key}`
    LooksLikeFolder = "looks-like-folder",
    /// An RSA key is shorter than ssh allows. `{key}`
    KeyTooShort = "key-too-short",
    /// The passphrase does not open the key. `{key}`
    PassphraseWrong = "passphrase-wrong",
    /// The command that cannot fail did fail.
    TrueFailed = "true-failed",
    /// The server accepts a security key, and it did not sign. `{key}`
    FidoSilent = "fido-silent",
    /// A security key did not sign. `{key} {reason}`
    FidoFailed = "fido-failed",
    /// Nothing answers at the agent's address. `{reason}`
    AgentUnreachable = "agent-unreachable",
    /// What answers at the agent's address makes no sense. `{reason}`
    AgentGarbled = "agent-garbled",
    /// The agent holds no key.
    AgentEmpty = "agent-empty",
    /// The agent holds keys, and none of them is among those that are tried.
    AgentKeysUnused = "agent-keys-unused",
    /// An RSA key is left out because of its signature. `{key} {reason}`
    RsaSkipped = "rsa-skipped",
    /// A key is left out because of its type. `{key} {reason}`
    KeyTypeSkipped = "key-type-skipped",
    /// Both sides share no signature for this key.
    NoMutualSignature = "no-mutual-signature",
    /// A passphrase or password is wanted, and nobody can be asked.
    NobodyToAsk = "nobody-to-ask",
    /// ssh let a helper program ask for a passphrase or password.
    AskpassAsked = "askpass-asked",
    /// A password was wrong.
    PasswordWrong = "password-wrong",
    /// The server takes no keys from this user. `{methods}`
    KeysNotTaken = "keys-not-taken",
    /// The user is not the one that the service expects. `{user} {expected}`
    UserNotExpected = "user-not-expected",
    /// The server has no such subsystem. `{reason}`
    SubsystemRefused = "subsystem-refused",
    /// The server runs no shell or command. `{reason}`
    ShellRefused = "shell-refused",
    /// A forwarding was refused. `{reason}`
    ForwardRefused = "forward-refused",
    /// A session that was up is gone. `{reason}`
    SessionLost = "session-lost",
    /// The shared connection does not work. `{reason}`
    SharingFailed = "sharing-failed",
    /// A remark that keeps nothing from working.
    Remarked = "remarked",
    /// Nothing in the text is about SSH, as far as is known here.
    NothingSaid = "nothing-said",
    /// The key is right, and the service wants more. `{proof} {again}`
    ProofWanted = "proof-wanted",
    /// The text is about SSH at all, not only about a network or a program.
    AboutSsh = "about-ssh",
    /// Only a text is there: nothing of this machine was looked at.
    TextOnly = "text-only",
    /// The text holds lines that ssh prints with -v.
    Verbose = "verbose",
    // This folder's git: only what can be done about it depends on these.
    /// A remote of this folder is the address, and git uses https for it. `{remote}`
    RemoteByHttps = "remote-by-https",
    /// A remote of this folder leads to the host, and git uses SSH for it. `{remote}`
    RemoteBySsh = "remote-by-ssh",
    /// A remote of this folder is the address that is written wrongly. `{remote}`
    RemoteWrong = "remote-wrong",
    /// The program that git runs for SSH is named in a settings file.
    GitSshInFile = "git-ssh-in-file",
    /// The program that git runs for SSH is named in a variable of the environment.
    GitSshInVariable = "git-ssh-in-variable",
    /// A greeting of the provider was printed. `{account}`
    Greeted = "greeted",
    /// A connection was tried, and nobody was signed in.
    NotSignedIn = "not-signed-in",
    /// No connection was tried, or it has not come to the keys.
    NotTried = "not-tried",
}

impl Sign {
    /// Whether it only says where it was looked: it makes no diagnosis more likely than another.
    pub fn is_setting(self) -> bool {
        matches!(
            self,
            Sign::AboutSsh
                | Sign::TextOnly
                | Sign::Verbose
                | Sign::NotSignedIn
                | Sign::NotTried
                | Sign::RemoteByHttps
                | Sign::RemoteBySsh
                | Sign::RemoteWrong
                | Sign::GitSshInFile
                | Sign::GitSshInVariable
                | Sign::ToolMakesCertificates
                | Sign::ToolKnowsEnvironments
        )
    }

    /// The sign with this name: one that code sees, otherwise a row of `assets/messages.toml`.
    /// The name stays for the life of the program; call it for the embedded tables only.
    pub fn named(name: String) -> Self {
        Self::by_code(&name).unwrap_or_else(|| Self::Said(Box::leak(name.into_boxed_str())))
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
        self.add_seen(sign, evidence.into(), values.into_iter().collect())
    }

    /// Adds an observation with values that are only known by name.
    pub fn add_seen(
        &mut self,
        sign: Sign,
        evidence: Text,
        values: BTreeMap<&'static str, Text>,
    ) -> &mut Self {
        self.seen.push(Seen {
            sign,
            evidence,
            values,
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
            assert_eq!(Sign::named(sign.name().to_owned()), *sign);
        }
    }
}
