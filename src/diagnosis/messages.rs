//! Which signs are in the words of programs other than ssh: git and its hosts, agents, CI, other clients?
//!
//! What ssh itself says is read by [`transcript`](crate::transcript); everything else that programs print is a row
//! of `assets/messages.toml`: a sign and the texts that show it. Adding a message is a row there.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use serde::Deserialize;

use super::sign::{Sign, Signs};
use crate::pattern::{self, Literals, Pattern, PatternError};
use crate::text::Text;
use crate::transcript::{Line, Origin, Reader};

/// `assets/messages.toml`, as `src/build.rs` left it.
pub(super) const SOURCE: &str = include_str!(concat!(env!("OUT_DIR"), "/messages.json"));

/// All messages, ready to be searched for.
pub struct Messages {
    messages: Vec<Message>,
    /// One text of each message, in the same order: where none of them is, no message is.
    finder: Literals,
    hints: Vec<Hint>,
}

/// Words that together hint at a sign: in one line stands one of each list.
struct Hint {
    sign: Sign,
    about: Vec<String>,
    trouble: Vec<String>,
}

/// Only so many lines are searched for hints: in a longer log, single words tell nothing.
const HINTED: usize = 300;

struct Message {
    sign: Sign,
    source: String,
    /// Made when a line may be this message: of a thousand, a text holds a few.
    pattern: OnceLock<Result<Pattern, PatternError>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sign: BTreeMap<String, Vec<String>>,
    hint: BTreeMap<String, HintWords>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HintWords {
    about: Vec<String>,
    /// None: each of `about` is enough.
    #[serde(default)]
    trouble: Vec<String>,
}

/// The embedded messages.
pub fn messages() -> &'static Messages {
    static MESSAGES: OnceLock<Messages> = OnceLock::new();
    MESSAGES.get_or_init(|| match parse(SOURCE) {
        Ok(messages) => messages,
        // tests/assets.rs reads the same bytes: a broken file cannot be released.
        Err(why) => panic!("assets/messages.toml: {why}"),
    })
}

/// Reads a table of messages, as JSON.
///
/// # Errors
/// What is wrong with it, and where. A pattern is not looked at here: see [`Messages::patterns`].
fn parse(source: &'static str) -> Result<Messages, String> {
    let file: File = serde_json::from_str(source).map_err(|error| error.to_string())?;
    let mut messages = Vec::new();
    for (name, sources) in file.sign {
        let sign = Sign::named(name);
        messages.extend(sources.into_iter().map(|source| Message {
            sign,
            // Their case does not count.
            source: source.to_ascii_lowercase(),
            pattern: OnceLock::new(),
        }));
    }
    let literals = messages
        .iter()
        .map(|message| pattern::longest_literal(&message.source));
    let finder = Literals::new(literals);
    let hints = file.hint.into_iter().map(|(name, words)| Hint {
        sign: Sign::named(name),
        about: words.about,
        trouble: words.trouble,
    });
    Ok(Messages {
        messages,
        finder,
        hints: hints.collect(),
    })
}

impl Messages {
    /// Every sign with the patterns that show it, or what is wrong with one.
    pub fn patterns(&self) -> impl Iterator<Item = (Sign, Result<&Pattern, &PatternError>)> {
        self.messages
            .iter()
            .map(|message| (message.sign, message.pattern().as_ref()))
    }

    /// Every sign that single words hint at, with those words.
    pub fn hints(&self) -> impl Iterator<Item = (Sign, &[String], &[String])> {
        self.hints
            .iter()
            .map(|hint| (hint.sign, &hint.about[..], &hint.trouble[..]))
    }
}

impl Hint {
    fn is_in(&self, lower: &str) -> bool {
        let one_of = |words: &[String]| words.iter().any(|word| lower.contains(word.as_str()));
        one_of(&self.about) && (self.trouble.is_empty() || one_of(&self.trouble))
    }
}

impl Message {
    fn pattern(&self) -> &Result<Pattern, PatternError> {
        self.pattern.get_or_init(|| Pattern::parse(&self.source))
    }
}

/// What programs said, the first line of each message: memory stays flat however long the text is.
#[derive(Clone, Debug, Default)]
pub struct Said {
    hits: BTreeMap<usize, Hit>,
    /// For each message whether it is one of `hits`, which need not be looked for again; empty before the first.
    has: Vec<bool>,
    lately: Lately,
    /// The first lines, for the hints.
    lines: Vec<String>,
    /// The line at hand in lower case; kept for its memory.
    lower: String,
}

/// The lines of late. Programs repeat themselves, and only the first time counts: the second costs no search.
#[derive(Clone, Debug, Default)]
struct Lately {
    /// At a place that its hash says, the last line's hash; empty before the first.
    hashes: Vec<u64>,
}

impl Lately {
    const PLACES: usize = 1 << 12;

    /// Whether this line was among them, which it is from now on.
    fn again(&mut self, line: &str) -> bool {
        self.hashes.resize(Self::PLACES, 0);
        let hash = hash(line.as_bytes());
        let place = &mut self.hashes[(hash >> 32) as usize % Self::PLACES];
        std::mem::replace(place, hash) == hash
    }
}

/// Eight bytes at a time: it has to cost less than a search.
fn hash(bytes: &[u8]) -> u64 {
    let mix = |hash: u64, word: u64| {
        let mixed = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 29)
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let begun = words.iter().fold(bytes.len() as u64 + 1, |hash, word| {
        mix(hash, u64::from_le_bytes(*word))
    });
    let last = rest
        .iter()
        .fold(0, |word, byte| word << 8 | u64::from(*byte));
    mix(begun, last)
}

#[derive(Clone, Debug)]
struct Hit {
    line: usize,
    text: String,
    values: Vec<(&'static str, String)>,
}

impl Said {
    /// What a whole text says.
    pub fn read(text: &str) -> Self {
        let mut said = Self::default();
        let mut reader = Reader::new();
        reader.push(text.as_bytes(), |line| said.note(&line));
        reader.finish(|line| said.note(&line));
        said
    }

    /// Takes the next line. Lines of ssh's debug log say nothing here, but for what the server sends through them.
    pub fn note(&mut self, line: &Line<'_>) {
        let is_words = match line.origin {
            Origin::Within => false,
            Origin::Line | Origin::Passing => {
                !line.said.starts_with("debug") || line.said.starts_with("debug1: Remote: ")
            }
        };
        if !is_words || self.lately.again(line.text) {
            return;
        }
        if self.lines.len() < HINTED && !is_own_denial(line.said) {
            self.lines.push(line.said.trim().to_owned());
        }
        let Messages {
            messages, finder, ..
        } = messages();
        // Inside JSON and shell words, quotes are escaped.
        let is_escaped = line.text.contains("\\\"");
        let plain = |text| match is_escaped {
            true => Cow::Owned(str::replace(text, "\\\"", "\"")),
            false => Cow::Borrowed(text),
        };
        let (text, said) = (plain(line.text), plain(line.said));
        let from = text.len().saturating_sub(said.len());
        let mut lower = std::mem::take(&mut self.lower);
        lower.clear();
        lower.push_str(&text);
        lower.make_ascii_lowercase();
        let known = std::mem::take(&mut self.has);
        let wanted = |at: usize| !known.get(at).is_some_and(|known| *known);
        let before = self.hits.len();
        finder.each_in(&lower, wanted, |at| {
            let Ok(pattern) = messages[at].pattern() else {
                return;
            };
            let found =
                values(pattern, &text, &lower, from).or_else(|| values(pattern, &text, &lower, 0));
            if let Some(values) = found {
                let hit = Hit {
                    line: line.number,
                    text: line.said.trim().to_owned(),
                    values,
                };
                self.hits.entry(at).or_insert(hit);
            }
        });
        self.has = known;
        if self.hits.len() > before {
            self.has.resize(messages.len(), false);
            self.hits.keys().for_each(|at| self.has[*at] = true);
        }
        self.lower = lower;
    }

    /// The lines that may be a service's: the first ones, and those that are a message.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let later = self.hits.values().map(|hit| hit.text.as_str());
        self.lines.iter().map(String::as_str).chain(later)
    }

    /// Adds each message as a sign, in the order of the text.
    pub fn add_to(&self, signs: &mut Signs) {
        let mut hits: Vec<(&usize, &Hit)> = self.hits.iter().collect();
        hits.sort_by_key(|(at, hit)| (hit.line, **at));
        for (at, hit) in hits {
            let sign = messages().messages[*at].sign;
            let values = hit
                .values
                .iter()
                .map(|(name, value)| (*name, kind(name, value)));
            signs.add_seen(sign, line_of(&hit.text), values.collect());
        }
        for line in &self.lines {
            let lower = line.to_ascii_lowercase();
            let seen = messages().hints.iter().filter(|hint| hint.is_in(&lower));
            for hint in seen {
                if !signs.has(hint.sign) {
                    signs.add(hint.sign, line_of(line));
                }
            }
        }
    }
}

/// A line with a message. Only of ssh's own log is it known where names stand in it.
fn line_of(line: &str) -> Text {
    if line.starts_with("debug") || is_own_denial(line) {
        Text::quoted(line)
    } else {
        Text::said(line)
    }
}

/// ssh's own last word. Its reason is not in it, and a host may be called `push`.
fn is_own_denial(line: &str) -> bool {
    line.contains(": Permission denied (")
}

/// What the holes of a pattern hold in `line` from this byte on. `lower` is the line in lower case, because case does
/// not count; what is held keeps it.
fn values(
    pattern: &'static Pattern,
    line: &str,
    lower: &str,
    from: usize,
) -> Option<Vec<(&'static str, String)>> {
    let captures = pattern.matches(lower.get(from..)?)?;
    let held = |name| {
        let value = captures.get(name)?;
        let start = value.as_ptr() as usize - lower.as_ptr() as usize;
        Some((name, line.get(start..start + value.len())?.to_owned()))
    };
    Some(pattern.names().filter_map(held).collect())
}

/// What a hole of a message holds, by its name.
fn kind(name: &str, value: &str) -> Text {
    match name {
        "host" => Text::host(value),
        "file" | "key" | "socket" => Text::path(Path::new(value)),
        "user" => Text::user(value),
        "account" => Text::of(crate::text::Kind::Account, value),
        "repository" => Text::of(crate::text::Kind::Repository, value),
        _ => Text::said(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_right_and_can_be_found() {
        for (message, (sign, pattern)) in messages().messages.iter().zip(messages().patterns()) {
            let pattern =
                pattern.unwrap_or_else(|why| panic!("{sign:?}: {why}: {}", message.source));
            let literal = pattern::longest_literal(&message.source);
            assert!(!literal.is_empty(), "{}", message.source);
            assert!(
                pattern.longest_literal().contains(literal),
                "{}",
                message.source
            );
        }
    }
}
