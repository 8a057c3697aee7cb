//! What was hidden in a finished report, and how is that said?

use std::collections::{BTreeMap, BTreeSet};

use super::Redaction;
use crate::text::{Text, token_end};

/// Rules by the word in their tokens: how they are called, and how one of it is, in the order in which they are told.
const RULES: [(&str, &str, &str); 12] = [
    ("user", "login and full names", "1 name"),
    (
        "this-computer",
        "this computer's name",
        "this computer's name",
    ),
    ("~", "the home folder", "the home folder"),
    ("email", "e-mail addresses", "1 e-mail address"),
    ("host", "servers", "1 server"),
    ("ip", "network addresses", "1 network address"),
    ("account", "account names", "1 account name"),
    ("repo", "repositories", "1 repository"),
    ("label", "labels", "1 label"),
    ("file", "file names", "1 file name"),
    ("folder", "folder names", "1 folder name"),
    ("key", "names of keys", "1 name of a key"),
];

/// The other rules: what stands in the text, and how it is told.
const REMOVED: [(&str, &str); 8] = [
    ("[removed: private key]", "private keys"),
    ("[removed: token]", "tokens"),
    ("[removed: long value]", "long values"),
    ("[removed: command]", "commands and values of settings"),
    ("[word]", "words of other programs"),
    ("[removed: value]", "values of unknown settings"),
    ("[removed: unknown keyword]", "unknown settings"),
    ("[service]", "the service's name"),
];

const FINGERPRINTS: &str = "fingerprints cut to 8 characters";

/// What a finished text hides, counted in it.
pub(super) fn count(text: &str) -> Vec<Redaction> {
    let mut tokens: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (at, _) in text.match_indices('[') {
        let Some(end) = token_end(&text[at..]) else {
            continue;
        };
        // Without its brackets, and without what is told of an address.
        let name = text[at + 1..at + end - 1].split(' ').next();
        let name = name.unwrap_or_default();
        let class = name.trim_end_matches(|c: char| c.is_ascii_digit());
        tokens.entry(class).or_default().insert(name);
    }
    if text.contains("~/") || text.contains("~\\") {
        tokens.entry("~").or_default().insert("~");
    }
    let told = RULES.iter().filter_map(|(class, rule, _)| {
        let count = tokens.get(class)?.len();
        Some(redaction(rule, count))
    });
    let removed = REMOVED.iter().filter_map(|(mark, told)| {
        let count = text.matches(mark).count();
        (count > 0).then(|| redaction(told, count))
    });
    let cut = cut_fingerprints(text);
    let cut = (cut > 0).then(|| redaction(FINGERPRINTS, cut));
    told.chain(removed).chain(cut).collect()
}

/// The words of all rules.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    let rules = RULES.iter().map(|(_, rule, _)| *rule);
    let removed = REMOVED.iter().map(|(_, told)| *told);
    rules.chain(removed).chain([FINGERPRINTS, "rule count"])
}

fn redaction(rule: &str, count: usize) -> Redaction {
    Redaction {
        rule: rule.to_owned(),
        count,
    }
}

fn cut_fingerprints(text: &str) -> usize {
    let cut = text.match_indices("SHA256:").filter_map(|(at, mark)| {
        let value = text.get(at + mark.len()..at + mark.len() + 11)?;
        value.ends_with("...").then_some(value)
    });
    cut.collect::<BTreeSet<&str>>().len()
}

/// "1 name, the home folder, 2 network addresses": for the preview.
pub fn hidden_words(redactions: &[Redaction]) -> Text {
    let words = redactions.iter().map(|redaction| {
        let rule = RULES.iter().find(|(_, rule, _)| *rule == redaction.rule);
        match rule {
            Some((_, _, one)) if redaction.count == 1 => Text::plain(one),
            Some((_, rule, _)) => Text::from(redaction.count).then(" ").then(*rule),
            None => Text::public(&redaction.rule),
        }
    });
    Text::join(words, ", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hidden_thing_is_counted_once() {
        let text = "[user1] [user2] [user1]@[host1] [ip1 private] [this-computer] ~/.ssh/[file1] \
            SHA256:abcdefgh... SHA256:abcdefgh... SHA256:zbcdefgh... [removed: token] [removed: token] [x]";
        let counted = count(text);
        let told = hidden_words(&counted).reveal();
        assert_eq!(
            told,
            "2 login and full names, this computer's name, the home folder, 1 server, 1 network address, \
             1 file name, tokens, fingerprints cut to 8 characters"
        );
        let all: usize = counted.iter().map(|redaction| redaction.count).sum();
        assert_eq!(all, 11);
    }
}
