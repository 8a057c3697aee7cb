//! How is a provider shown, and whom do its words name? What is private of that is masked.

use crate::say;
use crate::text::{Kind, Text};

use super::data::{HOST, Words};
use super::{Origin, Provider};

impl Provider {
    /// Its name. One that the person gave it may be private.
    pub fn shown_name(&self) -> Text {
        match self.origin {
            Origin::BuiltIn => Text::public(&self.name),
            Origin::Own => Text::of(Kind::Label, &self.name),
        }
    }

    /// Its id: the name of its file, which the person chose for one of their own.
    pub fn shown_id(&self) -> Text {
        match self.origin {
            Origin::BuiltIn => Text::public(&self.id),
            Origin::Own => Text::of(Kind::Label, &self.id),
        }
    }

    /// A login name of it.
    pub fn shown_user(&self, user: &str) -> Text {
        match self.origin {
            Origin::BuiltIn => Text::public(user),
            Origin::Own => Text::user(user),
        }
    }

    /// Sentences of its file, one behind the other.
    pub fn shown_words(&self, words: &Words) -> Text {
        match self.origin {
            Origin::BuiltIn => Text::join(words.lines(), " "),
            Origin::Own => Text::join(words.iter().map(Text::said), " "),
        }
    }

    /// What a file of the person's own names that nobody else needs to know.
    pub fn private_words(&self) -> Vec<Text> {
        match self.origin {
            Origin::BuiltIn => Vec::new(),
            Origin::Own => {
                let mut words = vec![self.shown_name(), self.shown_id()];
                words.extend(self.hosts.iter().map(Text::host));
                words.extend(self.user.iter().map(Text::user));
                words
            }
        }
    }

    /// The address of a page of it, with or without `https://`. On a server of the person's own the host may be private.
    pub fn shown_url(&self, url: &str) -> Text {
        let page = self.page.as_ref();
        let is_own = self.origin == Origin::Own || page.is_some_and(|page| page.url.contains(HOST));
        if !is_own {
            return Text::public(url);
        }
        let (scheme, rest) = url.split_at(url.find("://").map_or(0, |at| at + 3));
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        say!(
            "{}{}{}",
            Text::public(scheme),
            Text::host(host),
            Text::public(path)
        )
    }

    /// Whom its own words name in this line: the account, and what stands for it.
    pub fn named_in(&self, line: &str) -> Vec<Text> {
        let Some((_, captures)) = self.message(line.trim()) else {
            return Vec::new();
        };
        let names = captures
            .iter()
            .filter(|(hole, _)| matches!(*hole, "account" | "uuid"));
        names
            .map(|(_, name)| Text::of(Kind::Account, name))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Providers;
    use crate::text::{Privacy, Vocabulary};

    fn masked(text: &Text) -> String {
        let mut vocabulary = Vocabulary::default();
        vocabulary.privacy = Privacy::Masked;
        vocabulary.show(text)
    }

    #[test]
    fn a_page_of_a_private_server_keeps_its_host() {
        let mut provider = Providers::embedded().by_id("gitlab").unwrap().clone();
        let url = "https://gitlab.com/-/user_settings/ssh_keys";
        assert_eq!(masked(&provider.shown_url(url)), url);
        provider.origin = Origin::Own;
        let own = "https://[host1]/-/user_settings/ssh_keys";
        assert_eq!(masked(&provider.shown_url(url)), own);
        assert_eq!(masked(&provider.shown_url("gitlab.com/-/x")), "[host1]/-/x");
        assert_eq!(masked(&provider.shown_name()), "[label1]");
    }

    #[test]
    fn the_account_in_a_message_is_known() {
        let provider = Providers::embedded().by_id("platformsh").unwrap();
        let line = "Hello ana b (UUID: 0f0f0f0f-1111), you successfully authenticated, but could not \
            connect to service abc-main-1--app (reason: access requires MFA)";
        let named = provider.named_in(line);
        let named: Vec<String> = named.iter().map(Text::reveal).collect();
        assert_eq!(named, ["ana b", "0f0f0f0f-1111"]);
        assert!(provider.named_in("ana b").is_empty());
    }
}
