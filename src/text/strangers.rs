//! What may be read of the words of a program or a person that nobody knows?
//!
//! Names in them have no form by which they could be found. So only those words stay that the messages of
//! everybody have: those of the tables.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use crate::diagnosis::TABLES;

/// Words that services, and ssh's log, have around what they name.
const MORE: [&str; 6] = ["uuid", "http", "https", "html", "id", "debug1"];

const WORD_REMOVED: &str = "[word]";

/// Longer numbers are nobody's ports and codes.
const LONGEST_NUMBER: usize = 5;

/// Programs that carry connections.
pub const CARRIERS: [&str; 12] = [
    "ssh",
    "nc",
    "ncat",
    "netcat",
    "socat",
    "connect",
    "corkscrew",
    "cloudflared",
    "aws",
    "gcloud",
    "tsh",
    "plink",
];

/// A text whose names are masked already, with the words that not everybody uses taken out. What stands for
/// something hidden stays.
pub(super) fn without_strange_words(masked: &str) -> String {
    let mut kept = String::with_capacity(masked.len());
    let mut rest = masked;
    while let Some(next) = rest.chars().next() {
        if let Some(end) = token_end(rest) {
            kept.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        let end = rest.find(|c: char| !is_of_word(c)).unwrap_or(rest.len());
        if end == 0 {
            kept.push(next);
            rest = &rest[next.len_utf8()..];
            continue;
        }
        let word = &rest[..end];
        kept.push_str(if is_everybodys(word) {
            word
        } else {
            WORD_REMOVED
        });
        rest = &rest[end..];
    }
    kept
}

/// The name of a program that many use to reach servers.
pub(super) fn carrier(command: &str) -> Option<&'static str> {
    let mut words = command.split_whitespace().filter(|word| *word != "exec");
    let name = words.next()?.rsplit(['/', '\\']).next()?;
    let name = name.trim_matches(['"', '\'']);
    let name = name.strip_suffix(".exe").unwrap_or(name);
    CARRIERS.into_iter().find(|known| *known == name)
}

/// `[user1]`, `[ip1 private]`, `[removed: token]` at the beginning: what masking has put there, for it is in
/// no text from outside but by chance, and then it tells as little.
pub fn token_end(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('[')?;
    let end = inside.find(']')?;
    let name = &inside[..end];
    let first = name.split(' ').next().unwrap_or_default();
    let class = first.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_numbered = class.len() < first.len() && class.chars().all(|c| c.is_ascii_lowercase());
    let is_told = ["", "private", "public"].contains(&name[first.len()..].trim());
    let is_removed = name
        .strip_prefix("removed: ")
        .is_some_and(|what| REMOVED.contains(&what));
    let is_token = (is_numbered && is_told && CLASSES.contains(&class))
        || is_removed
        || name == super::scrub::COMPUTER;
    is_token.then_some(end + 2)
}

/// What is taken out without a token.
const REMOVED: [&str; 6] = [
    "private key",
    "token",
    "long value",
    "command",
    "value",
    "unknown keyword",
];

/// What tokens are called.
const CLASSES: [&str; 10] = [
    "user", "host", "ip", "account", "email", "label", "repo", "key", "file", "folder",
];

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether everybody's messages have this word.
pub(super) fn is_everybodys(word: &str) -> bool {
    if word.chars().all(|c| c.is_ascii_digit()) {
        return word.len() <= LONGEST_NUMBER;
    }
    static WORDS: OnceLock<BTreeSet<String>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        let words = TABLES
            .iter()
            .flat_map(|table| table.split(|c| !is_of_word(c)));
        words.chain(MORE).map(str::to_lowercase).collect()
    });
    words.contains(&word.to_lowercase())
}

#[cfg(test)]
mod tests {
    use crate::text::{Kind, Privacy, Text, Vocabulary};

    fn shown(kind: Kind, words: &str) -> String {
        let vocabulary = Vocabulary {
            privacy: Privacy::Masked,
            ..Vocabulary::default()
        };
        vocabulary.learn([Text::user("refused")]);
        vocabulary.show(&Text::of(kind, words))
    }

    #[test]
    fn words_that_everybody_uses_stay_and_others_go() {
        assert_eq!(
            shown(
                Kind::Said,
                "Login of Quillfeather at gate7.corp: permission denied (10.1.2.3, code 407)"
            ),
            "Login of [word] at [word].[word]: permission denied ([ip1 private], code 407)"
        );
        assert_eq!(
            shown(Kind::Said, "connection refused"),
            "connection [user1]"
        );
        assert_eq!(shown(Kind::Said, "[canary1] [user9]"), "[[word]] [user9]");
    }

    #[test]
    fn of_a_command_only_a_usual_program_is_named() {
        assert_eq!(
            shown(Kind::Program, "exec /usr/bin/nc -X 5 -x secret:1080 %h %p"),
            "nc [removed: command]"
        );
        assert_eq!(
            shown(Kind::Program, "~/bin/acme-way %h"),
            "[removed: command]"
        );
    }
}
