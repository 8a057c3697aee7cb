//! How does anything that was read from the machine reach a screen without leaking or lying?
//!
//! Only [`Text`] reaches a page, a report or JSON. Its fixed words are `&'static str`; every other
//! piece names its [`Kind`]. [`Vocabulary::show`] turns it into a string: control and
//! bidirectional characters are escaped always, private kinds become tokens when masked.

use std::borrow::Cow;
use std::path::Path;

mod find;
mod forms;
mod scrub;
mod strangers;
mod vocabulary;

pub use find::{places_of_word, replace_word};
pub use scrub::{USUAL_KEYS, USUAL_NAMES};
pub use strangers::{CARRIERS, token_end};
pub use vocabulary::{Vocabulary, escape};

/// What a piece of text tells about the person, and so how it is masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Facts about the world, not about the person: versions, key types, provider names.
    Public,
    /// A login name, here or on a server.
    User,
    /// The name of this computer.
    Computer,
    /// The account that a server greets.
    Account,
    /// A server's name. Listed public services stay readable when masked.
    Host,
    /// A network address.
    Address,
    /// An e-mail address.
    Email,
    /// A path. The home folder is shown as `~`.
    Path,
    /// A key's comment.
    Label,
    /// `OWNER/REPOSITORY` of a git remote.
    Repository,
    /// A key fingerprint, `SHA256:…`.
    Fingerprint,
    /// A public key line or blob.
    PublicKey,
    /// A command line, shown as typed in a shell.
    Command,
    /// What the settings or git tell to run: a command of the person's own, with whatever it is given.
    Program,
    /// Words of another program or a file's line: known private values inside are replaced.
    Quoted,
    /// Words of somebody whom nobody knows: a server, the person's own programs. Only common words stay.
    Said,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Plain(Cow<'static, str>),
    Told { kind: Kind, value: String },
}

/// Words for a person, with every private piece marked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    parts: Vec<Part>,
}

impl Text {
    /// Fixed words of the program.
    pub fn plain(words: &'static str) -> Self {
        Self {
            parts: vec![Part::Plain(Cow::Borrowed(words))],
        }
    }

    /// A value of the given kind.
    pub fn of(kind: Kind, value: impl Into<String>) -> Self {
        Self {
            parts: vec![Part::Told {
                kind,
                value: value.into(),
            }],
        }
    }

    /// A fact that says nothing about the person.
    pub fn public(value: impl Into<String>) -> Self {
        Self::of(Kind::Public, value)
    }

    /// A path, shown with `~` for the home folder.
    pub fn path(path: &Path) -> Self {
        Self::of(Kind::Path, path.to_string_lossy())
    }

    /// A server's name.
    pub fn host(name: impl Into<String>) -> Self {
        Self::of(Kind::Host, name)
    }

    /// A login name.
    pub fn user(name: impl Into<String>) -> Self {
        Self::of(Kind::User, name)
    }

    /// Words of another program, or a line of a file.
    pub fn quoted(words: impl Into<String>) -> Self {
        Self::of(Kind::Quoted, words)
    }

    /// Words of a server, or of a program that is not ssh or git.
    pub fn said(words: impl Into<String>) -> Self {
        Self::of(Kind::Said, words)
    }

    /// A command line.
    pub fn command(line: impl Into<String>) -> Self {
        Self::of(Kind::Command, line)
    }

    /// A key fingerprint.
    pub fn fingerprint(value: impl Into<String>) -> Self {
        Self::of(Kind::Fingerprint, value)
    }

    /// This text followed by another.
    #[must_use]
    pub fn then(mut self, more: impl Into<Text>) -> Self {
        self.parts.extend(more.into().parts);
        self
    }

    /// `template` with each `{}` replaced by the next piece. [`say!`](crate::say) is its short form.
    pub fn fill<const N: usize>(template: &'static str, pieces: [Text; N]) -> Self {
        let mut text = Self::default();
        let mut pieces = pieces.into_iter();
        for (at, words) in template.split("{}").enumerate() {
            if at > 0 {
                text.parts.extend(pieces.next().unwrap_or_default().parts);
            }
            if !words.is_empty() {
                text.parts.push(Part::Plain(Cow::Borrowed(words)));
            }
        }
        debug_assert!(pieces.next().is_none(), "too many pieces for {template:?}");
        text
    }

    /// The pieces joined by fixed words.
    pub fn join(pieces: impl IntoIterator<Item = Text>, between: &'static str) -> Self {
        let mut text = Self::default();
        for (at, piece) in pieces.into_iter().enumerate() {
            if at > 0 {
                text.parts.push(Part::Plain(Cow::Borrowed(between)));
            }
            text.parts.extend(piece.parts);
        }
        text
    }

    /// Its pieces that are no fixed words, with what they are.
    pub fn told(&self) -> impl Iterator<Item = (Kind, &str)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Plain(_) => None,
            Part::Told { kind, value } => Some((*kind, value.as_str())),
        })
    }

    /// Its fixed words alone: what it says of anybody.
    pub fn fixed_words(&self) -> String {
        let parts = self.parts.iter();
        parts
            .map(|part| match part {
                Part::Plain(words) => words.as_ref(),
                Part::Told { .. } => " ",
            })
            .collect()
    }

    /// Whether nothing would be shown.
    pub fn is_empty(&self) -> bool {
        self.parts.iter().all(|part| match part {
            Part::Plain(words) => words.is_empty(),
            Part::Told { value, .. } => value.is_empty(),
        })
    }

    /// The real value, unescaped: only for where it leaves for the clipboard, ssh or a file.
    pub fn reveal(&self) -> String {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Plain(words) => words.as_ref(),
                Part::Told { value, .. } => value,
            })
            .collect()
    }
}

impl From<&'static str> for Text {
    fn from(words: &'static str) -> Self {
        Self::plain(words)
    }
}

macro_rules! number_text {
    ($($number:ty),*) => {$(
        impl From<$number> for Text {
            fn from(number: $number) -> Self {
                Self::public(number.to_string())
            }
        }
    )*};
}
number_text!(usize, u16, u32, u64);

/// A [`Text`] from a template and pieces: `say!("{} is not a key file.", path)`.
#[macro_export]
macro_rules! say {
    ($template:literal $(,)?) => { $crate::text::Text::plain($template) };
    ($template:literal, $($piece:expr),+ $(,)?) => {
        $crate::text::Text::fill($template, [$($crate::text::Text::from($piece)),+])
    };
}

/// Whether what identifies the person is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Privacy {
    /// Everything readable: the person's own screen.
    #[default]
    Open,
    /// Private values become tokens (`[user1]`, `[host1]`).
    Masked,
}

/// What the terminal can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// The locale is UTF-8.
    #[default]
    Utf8,
    /// Anything else: other characters are written as `\x..`.
    Ascii,
}

impl Charset {
    /// What the locale of these variables can show (`LC_ALL` over `LC_CTYPE` over `LANG`).
    pub fn of_locale(var: impl Fn(&str) -> Option<String>) -> Self {
        if cfg!(windows) {
            return Charset::Utf8;
        }
        let set = |name: &&str| var(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set);
        let locale = locale.unwrap_or_default().to_ascii_lowercase();
        if locale.contains("utf-8") || locale.contains("utf8") {
            Charset::Utf8
        } else {
            Charset::Ascii
        }
    }
}
