//! What can be done about a finding?
//!
//! A fix is named by the data file; what it does is code: it opens a screen, or it is a plan.

use crate::page::StepId;

macro_rules! fixes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal => $does:expr,)*) => {
        /// One way out.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FixId { $($(#[$doc])* $variant,)* }

        impl FixId {
            /// All of them.
            pub const ALL: &'static [FixId] = &[$(FixId::$variant,)*];

            /// The id in JSON and data.
            pub fn name(self) -> &'static str {
                match self { $(FixId::$variant => $name,)* }
            }

            /// What it does when it is chosen.
            pub fn does(self) -> Does {
                match self { $(FixId::$variant => $does,)* }
            }
        }
    };
}

/// What choosing a fix leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// Opens the screen of a step.
    Open(StepId),
    /// Opens the screen that makes a key.
    MakeKey,
    /// A change of files that can be previewed at once.
    Change(Repair),
    /// Connects again.
    Retry,
    /// Connects again, with ssh asking for the passphrase on the terminal.
    RetryAsking,
    /// Opens the screen that sets up a second account.
    SecondAccount,
    /// Opens the screen that takes a certificate, where the service gives one out on a page; elsewhere it is
    /// for the person to get one.
    RenewCertificate,
    /// Opens the screen on which the service's own tool signs in again and loads a certificate.
    LoadCertificate,
    /// Opens the screen that asks the service's own tool about the environment.
    LookAtEnvironment,
    /// Something that only the person can do; the words say what.
    Person,
}

impl Does {
    /// The change that it makes, where it makes one.
    pub fn change(self) -> Option<Repair> {
        match self {
            Does::Change(repair) => Some(repair),
            Does::Open(_)
            | Does::MakeKey
            | Does::Retry
            | Does::RetryAsking
            | Does::SecondAccount
            | Does::RenewCertificate
            | Does::LoadCertificate
            | Does::LookAtEnvironment
            | Does::Person => None,
        }
    }
}

/// The changes that a finding can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// A Host block that picks the key which the server knows.
    UseKey,
    /// A Host block that offers one key only.
    OfferOneKey,
    // Files: keys, modes, certificates, known_hosts, sockets.
    /// Mode 0600 for the private key.
    CloseKey,
    /// The private key in a form that ssh reads.
    MendKey,
    /// The .pub file that belongs to the private key.
    MendPublic,
    /// The certificate in a form that ssh reads.
    MendCertificate,
    /// A certificate that lies here, where ssh looks for one.
    ShowCertificate,
    /// A PuTTY key in OpenSSH's format, under a name of its own.
    ConvertPpk,
    /// Settings files that nobody else can write.
    OwnSettings,
    /// The list of keys on this computer, closed to others.
    CloseList,
    /// A published host key in known_hosts.
    TrustPublished,
    /// A published host key in place of a replaced one.
    ReplaceHostKey,
    // git's settings.
    /// SSH addresses for this folder's remotes.
    SshRemote,
    /// https addresses for this folder's remotes.
    HttpsRemote,
    /// An https address for a submodule.
    HttpsSubmodule,
    /// The address of a remote as it is meant.
    CorrectRemote,
    /// An alias of the settings in the addresses of this folder's remotes.
    AliasRemote,
    /// The ssh of this computer for git.
    GitSsh,
    // ssh's settings.
    /// The lines that ssh refuses, written as they were meant.
    MendLines,
    /// The user that a service has for everybody.
    RightUser,
    /// A service's own name and port.
    RightAddress,
    /// The lines for a host above those that win over them.
    LiftBlock,
    /// One more name for the block that was meant.
    AddName,
    /// Keys are offered again.
    AllowKeys,
    /// The public half of an agent's key in a file that is named.
    NamePublic,
    /// A socket for sharing that can be made.
    Share,
    /// Another agent, which answers.
    LiveAgent,
    /// A service's other port.
    UseOtherDoor,
}

impl Repair {
    /// Whether only the person can know if this is what they want: what it changes may be right as it is.
    fn is_choice(self) -> bool {
        matches!(
            self,
            Repair::SshRemote | Repair::HttpsRemote | Repair::HttpsSubmodule | Repair::AliasRemote
        )
    }
}

fixes! {
    /// Screen 21.
    MakeKey = "make-key" => Does::MakeKey,
    /// Screen 20.
    ChooseKey = "choose-key" => Does::Open(StepId::Key),
    /// Screen 30.
    PublishKey = "publish-key" => Does::Open(StepId::Publish),
    /// Screen 40.
    UnlockKey = "unlock-key" => Does::Open(StepId::Agent),
    /// A previewed Host block.
    UseKey = "use-key" => Does::Change(Repair::UseKey),
    /// A previewed Host block with IdentitiesOnly.
    OfferOneKey = "offer-one-key" => Does::Change(Repair::OfferOneKey),
    // Files: keys, modes, certificates, known_hosts, sockets.
    /// A previewed change of mode.
    CloseKey = "close-key" => Does::Change(Repair::CloseKey),
    /// The old file is set aside.
    MendKey = "mend-key" => Does::Change(Repair::MendKey),
    /// A previewed .pub file.
    MendPublic = "mend-public" => Does::Change(Repair::MendPublic),
    /// A previewed certificate.
    MendCertificate = "mend-certificate" => Does::Change(Repair::MendCertificate),
    /// A previewed file or CertificateFile line.
    ShowCertificate = "show-certificate" => Does::Change(Repair::ShowCertificate),
    /// A new file beside the PuTTY key.
    ConvertPpk = "convert-ppk" => Does::Change(Repair::ConvertPpk),
    /// The owner of a key file, which only an administrator can change.
    TakeKey = "take-key" => Does::Person,
    /// The owner of a settings file.
    TakeSettings = "take-settings" => Does::Person,
    /// Previewed modes, or a copy of our own.
    OwnSettings = "own-settings" => Does::Change(Repair::OwnSettings),
    /// Previewed modes.
    CloseOwnList = "close-own-list" => Does::Change(Repair::CloseList),
    /// A previewed line of known_hosts.
    TrustPublished = "trust-published" => Does::Change(Repair::TrustPublished),
    /// A previewed line of known_hosts.
    ReplaceHostKey = "replace-host-key" => Does::Change(Repair::ReplaceHostKey),
    // git's settings.
    /// A previewed change of the remotes' addresses.
    UseSshRemote = "use-ssh-remote" => Does::Change(Repair::SshRemote),
    /// The way back.
    UseHttpsRemote = "use-https-remote" => Does::Change(Repair::HttpsRemote),
    /// A previewed address for the submodule.
    UseHttpsSubmodule = "use-https-submodule" => Does::Change(Repair::HttpsSubmodule),
    /// A previewed change of the remote's address.
    CorrectRemote = "correct-remote" => Does::Change(Repair::CorrectRemote),
    /// A previewed change of the remotes' addresses.
    RemoteToAlias = "remote-to-alias" => Does::Change(Repair::AliasRemote),
    /// A previewed change of `core.sshCommand`.
    MendGitSsh = "mend-git-ssh" => Does::Change(Repair::GitSsh),
    /// A variable of the environment.
    UnsetGitSsh = "unset-git-ssh" => Does::Person,
    /// Screen 74.
    OtherAccount = "other-account" => Does::SecondAccount,
    // ssh's settings.
    /// Previewed lines in place of those that ssh refuses.
    MendLines = "mend-settings" => Does::Change(Repair::MendLines),
    /// A previewed User line.
    RightUser = "use-right-user" => Does::Change(Repair::RightUser),
    /// Previewed HostName and Port lines.
    RightAddress = "use-right-address" => Does::Change(Repair::RightAddress),
    /// A previewed block above others.
    LiftBlock = "lift-block" => Does::Change(Repair::LiftBlock),
    /// A previewed Host line with one more name.
    AddName = "add-name" => Does::Change(Repair::AddName),
    /// Previewed lines that let ssh offer keys.
    AllowKeys = "allow-keys" => Does::Change(Repair::AllowKeys),
    /// A previewed .pub file with the line that names it.
    NamePublic = "name-agent-key" => Does::Change(Repair::NamePublic),
    /// A previewed folder or ControlPath.
    Share = "mend-sharing" => Does::Change(Repair::Share),
    /// A previewed IdentityAgent line.
    LiveAgent = "use-live-agent" => Does::Change(Repair::LiveAgent),
    /// A previewed Host block for the other port.
    UseOtherDoor = "use-other-port" => Does::Change(Repair::UseOtherDoor),
    /// An old server's host key, for the person to decide.
    AllowOldHostKey = "allow-old-host-key" => Does::Person,
    /// An old server's signature, for the person to decide.
    AllowOldKey = "allow-old-key" => Does::Person,
    /// Screen 60 or 62.
    TrustHost = "trust-host" => Does::Open(StepId::Test),
    /// Screen 10.
    OtherAddress = "other-address" => Does::Open(StepId::Service),
    /// Connect again.
    TryAgain = "try-again" => Does::Retry,
    /// Connect again, with ssh asking.
    TestAsking = "test-asking" => Does::RetryAsking,
    /// What the service asks for, in its own words.
    FollowService = "follow-service" => Does::Person,
    /// The person's network.
    CheckNetwork = "check-network" => Does::Person,
    /// The line that ssh names.
    EditConfig = "edit-config" => Does::Person,
    /// Screen 40, which says how an agent is started here.
    StartAgent = "start-agent" => Does::Open(StepId::Agent),
    /// The server's admin.
    AskAdmin = "ask-admin" => Does::Person,
    /// The address as it is meant.
    ChangeAddress = "change-address" => Does::Person,
    /// The login name.
    ChangeUser = "change-user" => Does::Person,
    /// A line of the account database.
    AddAccount = "add-account" => Does::Person,
    /// HOME.
    LeaveHome = "leave-home" => Does::Person,
    /// The person's own account.
    LeaveSudo = "leave-sudo" => Does::Person,
    /// The mode of the list of keys.
    CloseList = "close-list" => Does::Person,
    /// A line of known_hosts.
    RemoveHostKey = "remove-host-key" => Does::Person,
    /// The OpenSSH client.
    InstallSsh = "install-ssh" => Does::Person,
    /// A Host block, or the full name.
    AddAlias = "add-alias" => Does::Person,
    /// The command line.
    FixCommand = "fix-command" => Does::Person,
    /// `ssh -t`.
    AskTerminal = "ask-terminal" => Does::Person,
    /// A branch with another name at the server.
    NameBranch = "name-branch" => Does::Person,
    /// The address of the server or repository.
    FixAddress = "fix-address" => Does::Person,
    /// The login name.
    FixUser = "fix-user" => Does::Person,
    /// The ssh program that git runs.
    PickSsh = "pick-ssh" => Does::Person,
    /// The service's other port.
    OtherDoor = "other-door" => Does::Person,
    /// IPv4 instead of IPv6.
    UseIpv4 = "use-ipv4" => Does::Person,
    /// macOS' permission for the local network.
    AllowLocalNetwork = "allow-local-network" => Does::Person,
    /// Time.
    Wait = "wait" => Does::Person,
    /// A connection of its own.
    NoSharing = "no-sharing" => Does::Person,
    /// A new certificate.
    RenewCertificate = "renew-certificate" => Does::RenewCertificate,
    /// Screen 34.
    LoadCertificate = "load-certificate" => Does::LoadCertificate,
    /// Screen 34, with the sign-in first.
    SignInAgain = "sign-in-again" => Does::LoadCertificate,
    /// The token that a program signs in with.
    RenewToken = "renew-token" => Does::Person,
    /// Screen 77.
    LookAtEnvironment = "look-at-environment" => Does::LookAtEnvironment,
    /// The person instead of root.
    WithoutSudo = "without-sudo" => Does::Person,
    /// The git command instead of a built-in one.
    UseGitCommand = "use-git-command" => Does::Person,
    /// The second factor or single sign-on.
    FinishSignIn = "finish-sign-in" => Does::Person,
    /// The service's support.
    AskService = "ask-service" => Does::Person,
    /// The repository's owner.
    AskOwner = "ask-owner" => Does::Person,
    /// The hosting environment.
    StartEnvironment = "start-environment" => Does::Person,
    /// ssh's own log.
    RunVerbose = "run-verbose" => Does::Person,
    /// The protocol of scp before OpenSSH 9.0.
    OldScp = "old-scp" => Does::Person,
    /// The shell's start-up files.
    QuietShell = "quiet-shell" => Does::Person,
}

impl FixId {
    /// The fix with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fix| fix.name() == name)
    }

    /// Whether `fix --yes` could do it without a person.
    pub fn is_automatic(self) -> bool {
        self.does()
            .change()
            .is_some_and(|repair| !repair.is_choice())
    }
}
