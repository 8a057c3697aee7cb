//! Which signs are in the words of programs other than ssh: git and its hosts, agents, CI, other clients?
//!
//! What ssh itself says is read by [`transcript`](crate::transcript); everything else that programs print is a row
//! of `assets/messages.toml`: a sign and the texts that show it. Adding a message is a row there.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use serde::Deserialize;

use super::sign::{Sign, Signs};
use crate::pattern::Pattern;
use crate::text::Text;
use crate::transcript::{Event, Line, Origin, Reader};

const SOURCE: &str = include_str!("../../assets/messages.toml");

/// All messages, ready to be searched for.
pub struct Messages {
    patterns: Vec<(Sign, Pattern)>,
    /// One text of each pattern, in the same order: where none of them is, no pattern fits.
    finder: AhoCorasick,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sign: BTreeMap<String, Vec<String>>,
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

/// Reads a table of messages.
///
/// # Errors
/// What is wrong with it, and where.
pub fn parse(source: &'static str) -> Result<Messages, String> {
    let file: File = toml::from_str(source).map_err(|error| error.to_string())?;
    let mut patterns = Vec::new();
    for (name, texts) in file.sign {
        let sign = Sign::named(name);
        for text in texts {
            let pattern = Pattern::parse(&text.to_ascii_lowercase())
                .map_err(|error| format!("{text}: {error}"))?;
            patterns.push((sign, pattern));
        }
    }
    let literals = patterns
        .iter()
        .map(|(_, pattern)| pattern.longest_literal());
    let finder = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .ascii_case_insensitive(true)
        .build(literals)
        .map_err(|error| error.to_string())?;
    Ok(Messages { patterns, finder })
}

impl Messages {
    /// Every sign with the patterns that show it.
    pub fn patterns(&self) -> impl Iterator<Item = (Sign, &Pattern)> {
        self.patterns.iter().map(|(sign, pattern)| (*sign, pattern))
    }
}

/// What programs said, the first line of each message: memory stays flat however long the text is.
#[derive(Clone, Debug, Default)]
pub struct Said {
    hits: BTreeMap<usize, Hit>,
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
        let is_words = match (&line.event, line.origin) {
            (_, Origin::Within) | (None, Origin::Line) => false,
            (Some(Event::Remote { .. }), Origin::Line) => true,
            (Some(_), Origin::Line) => !line.said.starts_with("debug"),
        };
        if !is_words {
            return;
        }
        let Messages { patterns, finder } = messages();
        for found in finder.find_overlapping_iter(line.text) {
            let at = found.pattern().as_usize();
            if self.hits.contains_key(&at) {
                continue;
            }
            let (_, pattern) = &patterns[at];
            let found = values(pattern, line.said).or_else(|| values(pattern, line.text));
            if let Some(values) = found {
                let hit = Hit {
                    line: line.number,
                    text: line.said.trim().to_owned(),
                    values,
                };
                self.hits.insert(at, hit);
            }
        }
    }

    /// Adds each message as a sign, in the order of the text.
    pub fn add_to(&self, signs: &mut Signs) {
        let mut hits: Vec<(&usize, &Hit)> = self.hits.iter().collect();
        hits.sort_by_key(|(at, hit)| (hit.line, **at));
        for (at, hit) in hits {
            let (sign, _) = messages().patterns[*at];
            let values = hit
                .values
                .iter()
                .map(|(name, value)| (*name, kind(name, value)));
            signs.add_seen(sign, Text::quoted(hit.text.clone()), values.collect());
        }
    }
}

/// What the holes of a pattern hold in `line`, whose case does not count but is kept.
fn values(pattern: &'static Pattern, line: &str) -> Option<Vec<(&'static str, String)>> {
    let lower = line.to_ascii_lowercase();
    let captures = pattern.matches(&lower)?;
    let held = |name| {
        let value = captures.get(name)?;
        let from = value.as_ptr() as usize - lower.as_ptr() as usize;
        Some((name, line.get(from..from + value.len())?.to_owned()))
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
        _ => Text::quoted(value),
    }
}
