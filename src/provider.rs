//! What is known about a service that people connect to: its names, keys, words and greetings?
//!
//! One TOML file per provider in `assets/providers/`, embedded; a person's own files have the same
//! fields. To add a provider, add its file, one line in [`list`](Providers) and its samples in
//! `tests/providers/`; `tests/assets.rs` then says what is missing. Facts are checked ones: what
//! is not certain is left out, or stands beside `certainty = "usually"`.

pub mod cli;
mod data;
mod host_keys;
mod hosts;
mod keys;
mod list;
mod read;
mod shown;
mod summary;
mod together;
mod tool;

use serde::Deserialize;

pub use cli::{Cli, Column, Fields, List};
pub use data::{
    Address, Alternative, Certainty, Certificate, CertificateNeed, DeployKey, Expect, FileTransfer,
    GreetingPattern, Meaning, Message, Page, Stage, Support, Terminal, Then, UserFor, Words,
};
use data::{HOST, REPOSITORY};
pub use host_keys::{HostKey, HostKeyType, HostKeys, ObsoleteKey, Published};
pub use keys::{Acceptance, KeyRules, KeyType, Label, Others};
pub use list::{Entry, Loaded, Providers, public_texts};
pub use summary::{Listing, Summary};
pub use together::Together;

use crate::pattern::Captures;
use crate::text::{Kind, Text};

/// Where a provider's facts come from, and so how far they are trusted and masked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Shipped with the program and checked by its tests: its hosts and fingerprints are public.
    #[default]
    BuiltIn,
    /// A file of the person: its hosts may be private.
    Own,
}

/// One service. Every field but `id` and `name` may be absent from a person's own file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Lower-case letters, digits and `-`; what `sshstep ID` takes.
    pub id: String,
    /// As people call it.
    pub name: String,
    /// Place in the menu, smallest first.
    #[serde(default = "last_place")]
    pub order: u16,
    /// What else people type for it, such as the name of its tool; written as an id is.
    #[serde(default)]
    pub also: Vec<String>,
    /// Exact host names.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Host names with `*` for any run of characters, as in ssh's own settings.
    #[serde(default)]
    pub host_patterns: Vec<String>,
    /// Hosts where one account signs in: their `Host` block is one.
    #[serde(default)]
    pub together: Vec<Together>,
    /// The usual port first; never empty.
    #[serde(default = "ssh_port")]
    pub ports: Vec<u16>,
    /// What holds for every other port: a server that anybody runs may listen anywhere.
    #[serde(default = "refused")]
    pub other_ports: Others,
    /// The login name everybody uses; None when each person has another one.
    pub user: Option<String>,
    /// Hosts with a login name of their own.
    #[serde(default)]
    pub user_for: Vec<UserFor>,
    /// Where to connect when only the id was typed; None when each project has its own address.
    pub connect: Option<String>,
    /// Where a person finds their own address; there whenever `user` or `connect` is not.
    pub address: Option<Address>,
    /// The provider whose servers answer for this one too, with the same host keys.
    pub same_servers_as: Option<String>,
    /// What a successful `ssh -T` brings.
    #[serde(default)]
    pub expect: Expect,
    /// Exit codes of a successful `ssh -T`; empty when not known, so that text must decide.
    #[serde(default)]
    pub success_exit_codes: Vec<u8>,
    /// What a person types next, with names in capitals to replace. Shown, never run.
    pub next_command: Option<String>,
    /// What the provider limits about keys.
    #[serde(default)]
    pub key_limit: Words,
    /// Where the same service answers when port 22 is blocked.
    pub alternative: Option<Alternative>,
    /// Which keys are taken.
    #[serde(default)]
    pub keys: KeyRules,
    /// Where the public key goes.
    pub page: Option<Page>,
    /// How its machines get a key for a private repository, where it has machines that fetch one.
    pub deploy_key: Option<DeployKey>,
    /// Its own command-line tool, where that can list and add keys.
    pub cli: Option<Cli>,
    /// Why there is no such page, and what takes its place.
    #[serde(default)]
    pub no_page: Words,
    /// Certificates, where the service knows them.
    pub certificate: Option<Certificate>,
    /// Whether scp, sftp and editors work; None when not known, or for a git host.
    pub file_transfer: Option<FileTransfer>,
    /// What the server says after a sign-in, the most telling first.
    #[serde(default)]
    pub greetings: Vec<GreetingPattern>,
    /// The server's published identities.
    #[serde(default)]
    pub host_keys: HostKeys,
    /// What else the service prints, and what it means.
    #[serde(default)]
    pub messages: Vec<Message>,
    /// Shipped, or the person's own.
    #[serde(skip)]
    pub origin: Origin,
}

/// What a server said about who has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// The account, or `OWNER/REPOSITORY` of a deploy key; None when the greeting names none.
    pub account: Option<Text>,
    /// The title of the key that was used, where the server tells it.
    pub key: Option<Text>,
    /// Whether the person is in.
    pub meaning: Meaning,
}

/// Longer names are no account names: a server that sends one is not believed.
const LONGEST_ACCOUNT: usize = 256;

impl Provider {
    /// Whether this host is one of the provider's own: any case, a final dot ignored.
    pub fn serves(&self, host: &str) -> bool {
        hosts::is_listed(&self.hosts, host) || hosts::is_matched(&self.host_patterns, host)
    }

    /// A short word for it, as in file names: what else people call it, otherwise its id.
    pub fn short(&self) -> &str {
        self.also.first().unwrap_or(&self.id)
    }

    /// The usual port.
    pub fn port(&self) -> u16 {
        self.ports.first().copied().unwrap_or(22)
    }

    /// The port at this host: the other door has one of its own.
    pub fn port_at(&self, host: &str) -> u16 {
        let door = self.alternative.as_ref();
        door.filter(|door| hosts::same(&door.host, host))
            .map_or_else(|| self.port(), |door| door.port)
    }

    /// What a person types next who has connected to this host.
    pub fn next_command_at(&self, host: &str) -> Option<&str> {
        self.rule_for(host)
            .and_then(|rule| rule.next_command.as_deref())
            .or(self.next_command.as_deref())
    }

    /// Whether a session at this host needs a terminal.
    pub fn terminal_at(&self, host: &str) -> Terminal {
        self.rule_for(host)
            .map_or(Terminal::default(), |rule| rule.terminal)
    }

    fn rule_for(&self, host: &str) -> Option<&UserFor> {
        let mut rules = self.user_for.iter();
        rules.find(|rule| hosts::same(&rule.host, host))
    }

    /// The fixed login name at this host; None when the person has to know it.
    pub fn user_at(&self, host: &str) -> Option<&str> {
        self.rule_for(host)
            .map(|rule| rule.user.as_str())
            .or(self.user.as_deref())
    }

    /// The words of a `Host` line for all hosts where the account of this one signs in; empty where it is the only one.
    pub fn together_at(&self, host: &str) -> Vec<String> {
        let found = self.together.iter().find_map(|hosts| hosts.at(host));
        found.unwrap_or_default()
    }

    /// Whether the service may listen on this port, as far as is known.
    pub fn may_listen_on(&self, port: u16) -> bool {
        self.ports.contains(&port)
            || self
                .alternative
                .as_ref()
                .is_some_and(|other| other.port == port)
            || self.other_ports == Others::Unknown
    }

    /// The page that takes the public key of somebody who connects to this host.
    pub fn page_at(&self, host: &str) -> Option<String> {
        self.page.as_ref()?.url_at(host)
    }

    /// Whether a key of this type and size (in bits, where it is known) is taken here.
    pub fn accepts(&self, key_type: KeyType, bits: Option<u32>) -> Acceptance {
        self.keys.accepts(&self.name, key_type, bits)
    }

    /// What this host key means for this host: one of the published ones, an old one, or unknown.
    pub fn published(&self, host: &str, kind: HostKeyType, fingerprint: &str) -> Published<'_> {
        self.host_keys.judge(host, kind, fingerprint)
    }

    /// The most telling greeting in the output of `ssh`, wherever it stands and also when it was
    /// wrapped over two lines. The output is hostile text; what is taken from it is marked private.
    pub fn greeting(&self, output: &str) -> Option<Greeting> {
        self.greetings
            .iter()
            .find_map(|greeting| greeting.found_in(output))
    }

    /// Whether nobody gets in without a certificate.
    pub fn needs_certificate(&self) -> bool {
        self.certificate
            .as_ref()
            .is_some_and(|certificate| match certificate.need {
                CertificateNeed::Always => true,
                CertificateNeed::InsteadOfKey => false,
            })
    }

    /// The provider's own message in this line, with what its holes held.
    pub fn message<'a>(&'a self, line: &'a str) -> Option<(&'a Message, Captures<'a>)> {
        self.messages
            .iter()
            .find_map(|message| Some((message, message.pattern.matches(line)?)))
    }

    /// Whether this exit code of `ssh -T` is known to mean success.
    pub fn is_success_code(&self, code: u8) -> bool {
        self.success_exit_codes.contains(&code)
    }
}

impl GreetingPattern {
    fn found_in(&self, output: &str) -> Option<Greeting> {
        let mut lines = output.lines().peekable();
        while let Some(line) = lines.next() {
            let found = self.matched(line).or_else(|| {
                let wrapped = lines.peek()?;
                self.matched(&format!("{} {}", line.trim_end(), wrapped.trim_start()))
            });
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn matched(&self, line: &str) -> Option<Greeting> {
        let held = self.pattern.matches(line)?;
        let account = account(&held);
        let believable = |text: &str| text.chars().count() <= LONGEST_ACCOUNT;
        if !account.as_deref().is_none_or(believable) {
            return None;
        }
        let kind = match self.meaning {
            Meaning::DeployKey => Kind::Repository,
            Meaning::SignedIn | Meaning::Anonymous | Meaning::NoAccess => Kind::Account,
        };
        Some(Greeting {
            account: account.map(|name| Text::of(kind, name)),
            key: held.get("key").map(|title| Text::of(Kind::Label, title)),
            meaning: self.meaning,
        })
    }
}

fn account(held: &Captures) -> Option<String> {
    match (
        held.get("account"),
        held.get("owner"),
        held.get("repository"),
    ) {
        (Some(account), _, _) => Some(account.to_owned()),
        (None, Some(owner), Some(repository)) => Some(format!("{owner}/{repository}")),
        (None, _, repository) => repository.map(str::to_owned),
    }
}

/// After the shipped providers.
fn last_place() -> u16 {
    1000
}

fn ssh_port() -> Vec<u16> {
    vec![22]
}

fn refused() -> Others {
    Others::Refused
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(id: &str) -> &'static Provider {
        Providers::embedded().by_id(id).unwrap()
    }

    fn greeted(id: &str, output: &str) -> Option<(String, Meaning)> {
        let greeting = provider(id).greeting(output)?;
        let account = greeting.account.map(|text| text.reveal());
        Some((account.unwrap_or_default(), greeting.meaning))
    }

    #[test]
    fn the_greeting_is_found_among_warnings_and_over_two_lines() {
        let wrapped = "** WARNING: connection is not using a post-quantum key exchange algorithm.\r\n\
             Hi octo-cat! You've successfully authenticated, but GitHub does not\r\n\
             provide shell access.\r\n";
        assert_eq!(
            greeted("github", wrapped),
            Some(("octo-cat".into(), Meaning::SignedIn))
        );
        let early = "Hi octo-org/x! You've successfully authenticated,\nbut GitHub does not provide shell access.";
        assert_eq!(
            greeted("github", early),
            Some(("octo-org/x".into(), Meaning::DeployKey))
        );
    }

    #[test]
    fn a_hostile_greeting_is_escaped_or_not_believed() {
        let long = format!("Welcome to GitLab, @{}!", "a".repeat(300));
        assert_eq!(greeted("gitlab", &long), None);
        let sneaky = provider("gitlab")
            .greeting("Welcome to GitLab, @a\u{1b}[2J!")
            .unwrap();
        let shown = crate::text::Vocabulary::default().show(&sneaky.account.unwrap());
        assert_eq!(shown, "a\\u{1b}[2J");
    }

    #[test]
    fn another_providers_greeting_is_none() {
        assert_eq!(greeted("github", "Welcome to GitLab, @alice!"), None);
        assert_eq!(greeted("github", ""), None);
    }

    #[test]
    fn the_login_name_depends_on_the_host() {
        let clever = provider("clevercloud");
        assert_eq!(clever.user_at("push.clever-cloud.com"), Some("git"));
        let gateway = "sshgateway-clevercloud-customers.services.clever-cloud.com";
        assert_eq!(clever.user_at(gateway), Some("ssh"));
        assert_eq!(provider("frappecloud").user_at("x.frappe.cloud"), None);
    }
}
