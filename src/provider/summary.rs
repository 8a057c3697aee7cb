//! What does `sshstep list providers --json` print?

use serde::Serialize;

use super::{HostKey, KeyType, Origin, Provider, Providers};

/// The whole answer; see contract.md section 3.
#[derive(Debug, Serialize)]
pub struct Listing<'a> {
    schema: u8,
    tool: Tool,
    providers: Vec<Summary<'a>>,
}

/// One provider in the answer.
#[derive(Debug, Serialize)]
pub struct Summary<'a> {
    /// What `sshstep ID` takes.
    pub id: &'a str,
    /// For people.
    pub name: &'a str,
    /// `built-in`, or `own` for a file of the person.
    pub origin: &'static str,
    /// Exact host names.
    pub hosts: &'a [String],
    /// Host names with `*`.
    pub host_patterns: &'a [String],
    /// The fixed login name.
    pub user: Option<&'a str>,
    /// The usual port first.
    pub ports: &'a [u16],
    /// Types that are taken, the best first.
    pub key_types: &'a [KeyType],
    /// Smaller RSA keys are refused.
    pub min_rsa_bits: Option<u32>,
    /// Where the key is added; none where each server has a page of its own.
    pub keys_page: Option<String>,
    /// The published host keys.
    pub host_keys: &'a [HostKey],
    /// When they were last held against their source.
    pub host_keys_checked: Option<&'a str>,
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
        let checked = self.host_keys.checked.as_str();
        Summary {
            id: &self.id,
            name: &self.name,
            origin: match self.origin {
                Origin::BuiltIn => "built-in",
                Origin::Own => "own",
            },
            hosts: &self.hosts,
            host_patterns: &self.host_patterns,
            user: self.user.as_deref(),
            ports: &self.ports,
            key_types: &self.keys.accepted,
            min_rsa_bits: self.keys.min_rsa_bits,
            keys_page: self.page_at(self.hosts.first().map_or("", String::as_str)),
            host_keys: &self.host_keys.published,
            host_keys_checked: Some(checked).filter(|date| !date.is_empty()),
        }
    }
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
