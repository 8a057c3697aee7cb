//! What does `sshstep list providers --json` print?

use serde::Serialize;

use super::{
    Address, Alternative, Certificate, DeployKey, Expect, FileTransfer, GreetingPattern, HostKey,
    KeyRules, KeyType, Message, ObsoleteKey, Origin, Page, Provider, Providers, Together, UserFor,
    Words,
};

/// The whole answer; see contract.md section 3.
#[derive(Debug, Serialize)]
pub struct Listing<'a> {
    schema: u8,
    tool: Tool,
    providers: Vec<Summary<'a>>,
}

/// One provider in the answer: what its file says, under the file's names, and some of it once more for scripts.
#[derive(Debug, Serialize)]
pub struct Summary<'a> {
    /// What `sshstep ID` takes.
    pub id: &'a str,
    /// For people.
    pub name: &'a str,
    /// What else it takes for it.
    pub also: &'a [String],
    /// `built-in`, or `own` for a file of the person.
    pub origin: &'static str,
    /// Exact host names.
    pub hosts: &'a [String],
    /// Host names with `*`.
    pub host_patterns: &'a [String],
    /// The fixed login name.
    pub user: Option<&'a str>,
    /// Hosts with a login name of their own.
    pub user_for: &'a [UserFor],
    /// The usual port first.
    pub ports: &'a [u16],
    /// Hosts where one account signs in.
    pub together: &'a [Together],
    /// Where to connect when only the id was typed.
    pub connect: Option<&'a str>,
    /// Where a person finds their own address.
    pub address: Option<&'a Address>,
    /// Where it answers when port 22 is blocked.
    pub alternative: Option<&'a Alternative>,
    /// What a successful `ssh -T` brings.
    pub expect: Expect,
    /// Its exit codes, where they are known.
    pub success_exit_codes: &'a [u8],
    /// What the server says after a sign-in.
    pub greetings: &'a [GreetingPattern],
    /// What a person types next.
    pub next_command: Option<&'a str>,
    /// Which keys are taken.
    pub keys: &'a KeyRules,
    /// What is limited about keys.
    pub key_limit: &'a Words,
    /// Types that are taken, the best first.
    pub key_types: &'a [KeyType],
    /// Smaller RSA keys are refused.
    pub min_rsa_bits: Option<u32>,
    /// Where the key is added; none where each server has a page of its own.
    pub keys_page: Option<String>,
    /// The page with the words on it.
    pub page: Option<&'a Page>,
    /// Why there is none.
    pub no_page: &'a Words,
    /// Certificates that sign a person in.
    pub certificate: Option<&'a Certificate>,
    /// Whether scp, sftp and editors work.
    pub file_transfer: Option<&'a FileTransfer>,
    /// How its machines get a key for a private repository.
    pub deploy_key: Option<&'a DeployKey>,
    /// Its own command-line tool, where that lists and adds keys.
    pub cli: Option<Tooling<'a>>,
    /// What it prints, and what that means.
    pub messages: &'a [Message],
    /// The published host keys.
    pub host_keys: &'a [HostKey],
    /// Host keys that were replaced.
    pub obsolete_host_keys: &'a [ObsoleteKey],
    /// Where they are published.
    pub host_keys_source: Option<&'a str>,
    /// When they were last held against their source.
    pub host_keys_checked: Option<&'a str>,
}

/// A service's own tool.
#[derive(Debug, Serialize)]
pub struct Tooling<'a> {
    /// Its name on the `PATH`.
    pub program: &'static str,
    /// The arguments that sign a person in.
    pub sign_in: &'a [String],
}

#[derive(Debug, Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Providers {
    /// Every provider for `sshstep list providers --json`.
    pub fn listing(&self) -> Listing<'_> {
        Listing {
            schema: 1,
            tool: Tool {
                name: "sshstep",
                version: env!("CARGO_PKG_VERSION"),
            },
            providers: self.iter().map(Provider::summary).collect(),
        }
    }
}

impl Provider {
    /// What a script may want to know about this provider.
    pub fn summary(&self) -> Summary<'_> {
        Summary {
            id: &self.id,
            name: &self.name,
            also: &self.also,
            origin: match self.origin {
                Origin::BuiltIn => "built-in",
                Origin::Own => "own",
            },
            hosts: &self.hosts,
            host_patterns: &self.host_patterns,
            user: self.user.as_deref(),
            user_for: &self.user_for,
            ports: &self.ports,
            together: &self.together,
            connect: self.connect.as_deref(),
            address: self.address.as_ref(),
            alternative: self.alternative.as_ref(),
            expect: self.expect,
            success_exit_codes: &self.success_exit_codes,
            greetings: &self.greetings,
            next_command: self.next_command.as_deref(),
            keys: &self.keys,
            key_limit: &self.key_limit,
            key_types: &self.keys.accepted,
            min_rsa_bits: self.keys.min_rsa_bits,
            keys_page: self.page_at(self.hosts.first().map_or("", String::as_str)),
            page: self.page.as_ref(),
            no_page: &self.no_page,
            certificate: self.certificate.as_ref(),
            file_transfer: self.file_transfer.as_ref(),
            deploy_key: self.deploy_key.as_ref(),
            cli: self.cli.as_ref().map(|cli| Tooling {
                program: cli.program.name(),
                sign_in: &cli.sign_in,
            }),
            messages: &self.messages,
            host_keys: &self.host_keys.published,
            obsolete_host_keys: &self.host_keys.obsolete,
            host_keys_source: known(&self.host_keys.source),
            host_keys_checked: known(&self.host_keys.checked),
        }
    }
}

/// A text that says something.
fn known(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_listing_has_the_fields_that_scripts_read() {
        let json = serde_json::to_value(Providers::embedded().listing()).unwrap();
        assert_eq!(json["schema"], 1);
        assert_eq!(json["tool"]["name"], "sshstep");
        let github = &json["providers"][0];
        assert_eq!(github["id"], "github");
        assert_eq!(github["ports"][0], 22);
        assert_eq!(github["key_types"][1], "ed25519-sk");
        assert_eq!(github["keys_page"], "https://github.com/settings/ssh/new");
        assert_eq!(github["host_keys"][0]["type"], "rsa");
        assert_eq!(github["alternative"]["port"], 443);
        assert_eq!(github["success_exit_codes"][0], 1);
        assert_eq!(github["greetings"][1]["meaning"], "signed-in");
        assert_eq!(github["cli"]["program"], "gh");
        assert_eq!(github["page"]["certainty"], "documented");
        assert_eq!(github["messages"][0]["code"], "wrong-account");
        assert_eq!(json["providers"].as_array().unwrap().len(), 27);
        let page = |id: &str| {
            let all = json["providers"].as_array().unwrap();
            let one = all.iter().find(|one| one["id"] == id).unwrap();
            one["keys_page"].clone()
        };
        assert_eq!(page("gitea"), "https://gitea.com/user/settings/keys");
        assert_eq!(page("gerrit"), serde_json::Value::Null);
        assert_eq!(page("flyio"), serde_json::Value::Null);
    }
}
