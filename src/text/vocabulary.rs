//! How does a text become a string for a screen: what is private, and which token stands for it?

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::PathBuf;

use super::scrub::COMPUTER;
use super::strangers::{carrier, without_strange_words};
use super::{Charset, Kind, Part, Privacy, Text};

const COMMAND_REMOVED: &str = "[removed: command]";

/// What is private on this machine, and the tokens that stand for it.
///
/// A token stays the same as long as the vocabulary lives, and is numbered in order of first use.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// Shown as `~`.
    pub home: PathBuf,
    /// Login and full names of the person.
    pub users: Vec<String>,
    /// Names of this computer.
    pub computers: Vec<String>,
    /// Hosts of listed services, readable even when masked.
    pub public_hosts: Vec<String>,
    /// Published server fingerprints, readable even when masked.
    pub public_fingerprints: Vec<String>,
    /// Whether private kinds are shown.
    pub privacy: Privacy,
    /// What the terminal can show.
    pub charset: Charset,
    pub(super) tokens: RefCell<BTreeMap<(&'static str, String), usize>>,
}

impl Vocabulary {
    /// The string for a screen, a report or JSON.
    pub fn show(&self, text: &Text) -> String {
        let mut shown = String::new();
        for part in &text.parts {
            match part {
                Part::Plain(words) => shown.push_str(words),
                Part::Told { kind, value } => match self.privacy {
                    Privacy::Open => shown.push_str(&self.open(*kind, value)),
                    Privacy::Masked => shown.push_str(&self.masked(*kind, value)),
                },
            }
        }
        escape(&shown, self.charset)
    }

    /// Gives every private piece its token now, so that other programs' words lose it even before
    /// it was shown by itself.
    pub fn learn(&self, texts: impl IntoIterator<Item = Text>) {
        for text in texts {
            for (kind, value) in text.told().filter(|(_, value)| !value.is_empty()) {
                let _ = self.masked(kind, value);
            }
        }
    }

    /// Whether a value stays readable when masked.
    pub fn keeps(&self, kind: Kind, value: &str) -> bool {
        self.masked(kind, value) == value
    }

    fn open(&self, kind: Kind, value: &str) -> String {
        match kind {
            Kind::Path | Kind::Quoted | Kind::Command | Kind::Program | Kind::Said => {
                self.with_tilde(value)
            }
            Kind::Public
            | Kind::User
            | Kind::Computer
            | Kind::Account
            | Kind::Host
            | Kind::Address
            | Kind::Email
            | Kind::Label
            | Kind::Repository
            | Kind::Fingerprint
            | Kind::PublicKey => value.to_owned(),
        }
    }

    pub(super) fn masked(&self, kind: Kind, value: &str) -> String {
        match kind {
            Kind::Public => value.to_owned(),
            Kind::User if value == "git" || value == "root" => value.to_owned(),
            Kind::User => self.token("user", value),
            Kind::Computer => self.token(COMPUTER, value),
            Kind::Account => self.token("account", value),
            Kind::Host if self.public_hosts.iter().any(|h| h == value) => value.to_owned(),
            Kind::Host | Kind::Address => match value.parse() {
                Ok(address) => self.masked_address(value, address),
                Err(_) => self.token("host", value),
            },
            Kind::Email => self.token("email", value),
            Kind::Label => self.token("label", value),
            Kind::Repository => self.token("repo", value),
            Kind::Fingerprint if self.public_fingerprints.iter().any(|f| f == value) => {
                value.to_owned()
            }
            Kind::Fingerprint => cut_fingerprint(value),
            Kind::PublicKey => self.token("key", value),
            Kind::Path => self.masked_path(value),
            Kind::Quoted | Kind::Command => self.scrub(value),
            Kind::Program => match carrier(value) {
                Some(name) => format!("{name} {COMMAND_REMOVED}"),
                None => COMMAND_REMOVED.to_owned(),
            },
            Kind::Said => without_strange_words(&self.scrub(value)),
        }
    }

    /// Which network an address belongs to helps; the address of this very computer tells nothing.
    fn masked_address(&self, value: &str, address: IpAddr) -> String {
        let address = address.to_canonical();
        if address.is_loopback() {
            return value.to_owned();
        }
        let token = self.token("ip", value);
        let reach = if is_private(address) {
            "private"
        } else {
            "public"
        };
        format!("{} {reach}]", token.trim_end_matches(']'))
    }

    /// The value with the home folder written as `~` wherever a path starts there.
    pub(super) fn with_tilde(&self, value: &str) -> String {
        let home = self.home.to_string_lossy();
        if home.len() < 2 {
            return value.to_owned();
        }
        let mut shown = String::with_capacity(value.len());
        let mut rest = value;
        while let Some(at) = rest.find(home.as_ref()) {
            let after = &rest[at + home.len()..];
            let ends = after
                .chars()
                .next()
                .is_none_or(|c| matches!(c, '/' | '\\' | '"' | '\'' | ':' | ' ' | ')' | ','));
            shown.push_str(&rest[..at]);
            shown.push_str(if ends { "~" } else { home.as_ref() });
            rest = after;
        }
        shown.push_str(rest);
        shown
    }

    pub(super) fn token(&self, class: &'static str, value: &str) -> String {
        if class == COMPUTER {
            return format!("[{COMPUTER}]");
        }
        let mut tokens = self.tokens.borrow_mut();
        let next = tokens.keys().filter(|(c, _)| *c == class).count() + 1;
        let number = *tokens.entry((class, value.to_owned())).or_insert(next);
        format!("[{class}{number}]")
    }
}

/// Whether an address belongs to a network of its own (RFC 1918, 6598, 3927, 4193, 4291).
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private() || v4.is_link_local() || (a == 100 && b & 0xc0 == 64)
        }
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

fn cut_fingerprint(value: &str) -> String {
    let kept: String = value.chars().take("SHA256:".len() + 8).collect();
    kept + "..."
}

/// `words` with control and bidirectional characters written as `\u{..}`, so that nothing from
/// outside can move the cursor, colour the screen or reorder a line.
pub fn escape(words: &str, charset: Charset) -> String {
    let mut shown = String::with_capacity(words.len());
    for c in words.chars() {
        match charset {
            _ if c.is_control() || is_invisible(c) => {
                let _ = write!(shown, "\\u{{{:x}}}", c as u32);
            }
            Charset::Ascii if !c.is_ascii() => {
                for byte in c.to_string().bytes() {
                    let _ = write!(shown, "\\x{byte:02x}");
                }
            }
            Charset::Utf8 | Charset::Ascii => shown.push(c),
        }
    }
    shown
}

/// Bidirectional controls (Unicode UAX #9), zero-width characters and the line separators.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::say;
    use std::path::Path;

    fn vocabulary(privacy: Privacy) -> Vocabulary {
        Vocabulary {
            home: "/home/ana".into(),
            users: vec!["ana".into()],
            computers: vec!["anas-macbook".into()],
            public_hosts: vec!["github.com".into()],
            privacy,
            ..Vocabulary::default()
        }
    }

    #[test]
    fn the_home_folder_is_a_tilde_only_where_it_is_the_home_folder() {
        let v = vocabulary(Privacy::Open);
        let shown = |p: &str| v.show(&Text::path(Path::new(p)));
        assert_eq!(shown("/home/ana/.ssh/id_x"), "~/.ssh/id_x");
        assert_eq!(shown("/home/anabel/.ssh"), "/home/anabel/.ssh");
        assert_eq!(shown("/home/ana"), "~");
    }

    #[test]
    fn control_and_bidi_characters_never_reach_the_screen() {
        let v = vocabulary(Privacy::Open);
        let shown = v.show(&Text::of(
            Kind::Label,
            "\u{1b}]0;x\u{7}a\u{202e}b\r\n\u{9b}",
        ));
        assert_eq!(shown, "\\u{1b}]0;x\\u{7}a\\u{202e}b\\u{d}\\u{a}\\u{9b}");
    }

    #[test]
    fn a_locale_without_utf8_gets_byte_escapes() {
        assert_eq!(escape("é", Charset::Ascii), "\\xc3\\xa9");
        assert_eq!(escape("é", Charset::Utf8), "é");
    }

    #[test]
    fn masked_values_become_stable_tokens() {
        let v = vocabulary(Privacy::Masked);
        let line = say!(
            "{} at {} and {}",
            Text::user("ana"),
            Text::host("x.example"),
            Text::user("bob")
        );
        assert_eq!(v.show(&line), "[user1] at [host1] and [user2]");
        assert_eq!(v.show(&Text::host("x.example")), "[host1]");
        assert_eq!(v.show(&Text::host("github.com")), "github.com");
        assert_eq!(v.show(&Text::user("git")), "git");
    }

    #[test]
    fn quoted_words_lose_known_names_addresses_and_fingerprints() {
        let v = vocabulary(Privacy::Masked);
        let _ = v.show(&Text::host("x.example"));
        let shown = v.show(&Text::quoted(
            "ana@x.example: Permission denied; 10.1.2.3 SHA256:abcdefghijklmnop in /home/ana/.ssh",
        ));
        assert!(!shown.contains("ana"), "{shown}");
        assert!(!shown.contains("x.example"), "{shown}");
        assert!(!shown.contains("10.1.2.3"), "{shown}");
        assert!(shown.contains("SHA256:abcdefgh..."), "{shown}");
        assert!(shown.contains("~/.ssh"), "{shown}");
    }

    #[test]
    fn a_name_that_is_a_part_of_another_leaves_nothing_of_it() {
        let v = vocabulary(Privacy::Masked);
        v.learn([
            Text::user("bench-7"),
            Text::user("bench-7-000001-f1"),
            Text::host("x.example"),
            Text::host("x.example-work"),
        ]);
        let shown = v.show(&Text::quoted("bench-7-000001-f1@x.example-work, bench-7"));
        assert_eq!(shown, "[user2]@[host2], [user1]");
    }

    #[test]
    fn a_template_takes_its_pieces_in_order() {
        assert_eq!(say!("{} of {}", 1usize, 2usize).reveal(), "1 of 2");
        assert_eq!(say!("{}", "x").reveal(), "x");
    }
}
