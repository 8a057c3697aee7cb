//! What can stand in a provider file besides names, keys and host keys?

use serde::{Deserialize, Serialize};

use crate::pattern::Pattern;
use crate::text::Text;

/// Sentences for a person, one entry per line of at most 76 columns.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct Words(Vec<String>);

impl Words {
    /// The lines, ready to be shown.
    pub fn lines(&self) -> Vec<Text> {
        self.0.iter().map(Text::public).collect()
    }

    /// The lines as they stand in the file.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How sure a fact is.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// The provider's own documentation or source says so.
    Documented,
    /// Likely; the wizard says "usually".
    Usually,
}

/// What a successful `ssh -T` brings.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Expect {
    /// A greeting, then the connection ends.
    Greeting,
    /// A shell.
    Shell,
    /// Nothing that is known: only ssh's own log tells that the key was accepted.
    #[default]
    None,
}

/// The words for a person who has to bring their own address.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Where to find it.
    pub ask: Words,
    /// What it looks like.
    pub example: String,
}

/// A host with a login name of its own.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct UserFor {
    /// The exact host name.
    pub host: String,
    /// Its login name.
    pub user: String,
    /// What a person types next there, where it is something else than at the other hosts.
    pub next_command: Option<String>,
    /// Whether a session there needs a terminal.
    #[serde(default)]
    pub terminal: Terminal,
}

/// Whether a session needs a terminal, which ssh makes only with `-t` where a command is given.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Terminal {
    /// Without one it waits for ever.
    Needed,
    /// It is as with any server.
    #[default]
    AsUsual,
}

/// The same service behind another name and port.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// Its host name.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// The web page that takes the public key.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Where a key is added; always https. `{host}` stands for the server that the person connects
    /// to, where everybody runs their own.
    pub url: String,
    /// Where the keys are listed, when that is another page.
    pub list: Option<String>,
    /// Where a repository's own keys are added, for machines that read it; `{repository}` stands for
    /// its path there.
    pub deploy: Option<String>,
    /// Whether the steps' words were checked.
    pub certainty: Certainty,
    /// What to do there, in order.
    pub steps: Words,
    /// What has to happen before a key that was added there counts.
    #[serde(default)]
    pub pending: Words,
}

/// How the service's own machines get a key that opens a private repository.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DeployKey {
    /// The variable of the application that takes the private half.
    pub variable: String,
    /// What a person types to hand over this variable of their own environment. Shown, never run.
    pub hand_over: String,
    /// Where the variable can be set as well.
    pub place: String,
}

impl Page {
    /// The page on this host that takes a key for this repository: what stands before the repository's
    /// path in its address, and behind it. None where it would not be an address.
    pub fn deploy_at(&self, host: &str, repository: &str) -> Option<(String, &str)> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '~' | '/');
        let (before, behind) = self.deploy.as_ref()?.split_once(REPOSITORY)?;
        // No way up: it would be another page.
        let is_name = |part: &str| !part.is_empty() && part.chars().any(|c| c != '.');
        let fits = repository.chars().all(plain) && repository.split('/').all(is_name);
        (fits && is_name_of_host(host)).then(|| (before.replace(HOST, host), behind))
    }

    /// The address for somebody who connects to this host; None when it would not be one.
    pub fn url_at(&self, host: &str) -> Option<String> {
        if !self.url.contains(HOST) {
            return Some(self.url.clone());
        }
        is_name_of_host(host).then(|| self.url.replace(HOST, host))
    }
}

/// Whether it is a host's name wherever it stands in an address.
fn is_name_of_host(host: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    !host.is_empty() && host.chars().all(plain)
}

/// The holes of a page's address.
pub(super) const HOST: &str = "{host}";
pub(super) const REPOSITORY: &str = "{repository}";

/// Certificates that sign a person in.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Whether there is another way.
    pub need: CertificateNeed,
    /// How long one is valid.
    pub hours: u16,
    /// Whether the time was checked.
    pub certainty: Certainty,
    /// How to get one.
    pub steps: Words,
}

/// Whether a certificate is the only way in.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateNeed {
    /// A key alone is refused.
    Always,
    /// A certificate of the provider's CLI replaces a key on the account.
    InsteadOfKey,
}

/// Whether scp, sftp, rsync and editors over SSH work.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FileTransfer {
    /// Whether they work.
    pub works: Support,
    /// What to say before the person tries.
    #[serde(default)]
    pub note: Words,
}

/// Yes or no, as a provider offers it.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Support {
    /// Offered.
    Yes,
    /// Not offered.
    No,
}

/// A greeting and what it means. Holes: `account`, `owner` with `repository`, `key`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GreetingPattern {
    /// Its shape; a line break in it may be any single space.
    pub pattern: Pattern,
    /// What it tells.
    pub meaning: Meaning,
}

/// What a greeting tells about the sign-in.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Meaning {
    /// A person's account is signed in.
    SignedIn,
    /// A repository's deploy key is signed in, not a person.
    DeployKey,
    /// The server let the key in, but no account there has it.
    Anonymous,
    /// The account is known, and may not use what the address names.
    NoAccess,
}

/// A message of the service and what it means.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Its shape, in one line.
    pub pattern: Pattern,
    /// The diagnosis code it leads to.
    pub code: String,
    /// Where it is printed.
    pub stage: Stage,
    /// What it means.
    pub meaning: Words,
    /// What to do.
    pub fix: Words,
    /// What the wizard can do about it, when the service's own tool says it.
    pub then: Option<Then>,
}

/// What the wizard offers after a message about the keys of an account.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    /// Sign in with the tool.
    SignIn,
    /// Get the sign-in the right to see and change keys.
    Allow,
    /// Take another key: this one is on an account, or a repository, already.
    OtherKey,
}

/// Who prints a message.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// ssh, or the server through it.
    Ssh,
    /// git, or the server through it.
    Git,
    /// The provider's own command-line tool.
    Cli,
    /// The provider's web page.
    Web,
}
