//! Does this line have this shape, and what stands in its holes?
//!
//! The one pattern language of all data files. Literal text with holes:
//!
//! | written | stands for |
//! |---|---|
//! | `{name}` | the shortest run of characters up to the next literal, at least one |
//! | `{name:word}` | the same, without white space |
//! | `{name:int}` | the same, digits only |
//! | `{_}` | anything or nothing, not captured |
//! | `^` at the start, `$` at the end | the start and the end of the line |
//! | `{{`, `}}` | a brace |
//!
//! A hole at the end of a pattern takes all it can. Without `^` the pattern is found anywhere in
//! the line, the leftmost place first. Matching never backtracks: what can still succeed from each
//! place is worked out once, from right to left, so the time grows with line times pattern and a
//! hostile line cannot make it explode.

mod literals;
mod parse;

pub use literals::Literals;
pub use parse::{PatternError, longest_literal};

use memchr::memmem;

/// Longer lines are not looked at: nothing that we read prints them, and the memory for a match
/// grows with the line.
pub const LONGEST_LINE: usize = 64 * 1024;

/// A parsed pattern; see the module for the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    source: String,
    parts: Vec<Part>,
    start: Anchor,
    end: Anchor,
}

/// What the holes of a [`Pattern`] held, in the order of the pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captures<'a> {
    held: Vec<(&'a str, &'a str)>,
}

impl Pattern {
    /// The pattern, or what is wrong with it.
    pub fn parse(source: &str) -> Result<Self, PatternError> {
        parse::parse(source)
    }

    /// What the holes hold when `line` has this shape. A line end is ignored; the text comes from
    /// outside, so it is as hostile as the line was.
    pub fn matches<'a>(&'a self, line: &'a str) -> Option<Captures<'a>> {
        let line = line.trim_end_matches(['\r', '\n']);
        if line.len() > LONGEST_LINE || !self.may_match(line) {
            return None;
        }
        let reach = self.reach(line);
        let start = match self.start {
            Anchor::Line => 0,
            Anchor::None => reach.iter().position(|states| states & 1 == 1)?,
        };
        (reach[start] & 1 == 1).then(|| self.walk(line, start, &reach))
    }

    /// The longest text that every matching line contains; never empty.
    pub fn longest_literal(&self) -> &str {
        self.parts
            .iter()
            .filter_map(|part| match part {
                Part::Literal(text) => Some(text.as_str()),
                Part::Hole(_) => None,
            })
            .max_by_key(|text| text.len())
            .unwrap_or_default()
    }

    /// Whether all literals are there, in order. It costs a fraction of the full answer, which is nearly always no.
    fn may_match(&self, line: &str) -> bool {
        let mut rest = line;
        for (index, part) in self.parts.iter().enumerate() {
            let Part::Literal(text) = part else {
                continue;
            };
            let at = match self.start {
                Anchor::Line if index == 0 => rest.starts_with(text.as_str()).then_some(0),
                Anchor::Line | Anchor::None => memmem::find(rest.as_bytes(), text.as_bytes()),
            };
            let Some(at) = at else {
                return false;
            };
            rest = &rest[at + text.len()..];
        }
        true
    }

    /// The names of the holes, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Hole(hole) => hole.name.as_deref(),
        })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// For each byte offset, the states from which the rest of the line still fits: bit `2 * part`
    /// for "about to read this part", the bit above it for "inside this hole, one character read".
    fn reach(&self, line: &str) -> Vec<u64> {
        let mut reach = vec![0; line.len() + 1];
        for at in (0..=line.len()).rev() {
            if !line.is_char_boundary(at) {
                continue;
            }
            let rest = &line[at..];
            let next = rest.chars().next();
            for (index, part) in self.parts.iter().enumerate().rev() {
                match part {
                    Part::Literal(text) => {
                        if rest.starts_with(text.as_str())
                            && self.leads_on(&reach, index, at + text.len())
                        {
                            reach[at] |= entering(index);
                        }
                    }
                    Part::Hole(hole) => {
                        let leaves = self.leads_on(&reach, index, at);
                        let reads = next.is_some_and(|c| {
                            hole.kind.takes(c) && reach[at + c.len_utf8()] & inside(index) != 0
                        });
                        if leaves || reads {
                            reach[at] |= inside(index);
                        }
                        if reads || (leaves && hole.kind == HoleKind::Anything) {
                            reach[at] |= entering(index);
                        }
                    }
                }
            }
        }
        reach
    }

    /// Whether the pattern can go on after part `index` at this offset.
    fn leads_on(&self, reach: &[u64], index: usize, at: usize) -> bool {
        if index + 1 < self.parts.len() {
            return reach[at] & entering(index + 1) != 0;
        }
        match self.end {
            Anchor::None => true,
            Anchor::Line => at + 1 == reach.len(),
        }
    }

    /// Follows the states that were found to fit, taking the shortest hole each time.
    fn walk<'a>(&'a self, line: &'a str, start: usize, reach: &[u64]) -> Captures<'a> {
        let mut captures = Captures::default();
        let mut at = start;
        for (index, part) in self.parts.iter().enumerate() {
            match part {
                Part::Literal(text) => at += text.len(),
                Part::Hole(hole) => {
                    let from = at;
                    at = self.hole_end(line, from, index, hole, reach);
                    if let Some(name) = &hole.name {
                        captures.held.push((name, &line[from..at]));
                    }
                }
            }
        }
        captures
    }

    fn hole_end(&self, line: &str, from: usize, index: usize, hole: &Hole, reach: &[u64]) -> usize {
        let last = index + 1 == self.parts.len();
        let mut at = from;
        for c in line[from..].chars() {
            let enough = at > from || hole.kind == HoleKind::Anything;
            let may_leave = enough && self.leads_on(reach, index, at);
            let after = at + c.len_utf8();
            let may_read = hole.kind.takes(c) && reach[after] & inside(index) != 0;
            if !may_read || (may_leave && !last) {
                break;
            }
            at = after;
        }
        at
    }
}

impl<'a> Captures<'a> {
    /// What the hole of this name held.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.held
            .iter()
            .find(|(held, _)| *held == name)
            .map(|(_, value)| *value)
    }

    /// Name and value of each named hole, in the order of the pattern.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> + '_ {
        self.held.iter().copied()
    }
}

impl<'de> serde::Deserialize<'de> for Pattern {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let source = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        Self::parse(&source).map_err(serde::de::Error::custom)
    }
}

impl serde::Serialize for Pattern {
    fn serialize<S: serde::Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        into.serialize_str(&self.source)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Hole(Hole),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Hole {
    /// None for `{_}`.
    name: Option<String>,
    kind: HoleKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HoleKind {
    Anything,
    Run,
    Word,
    Int,
}

impl HoleKind {
    fn takes(self, c: char) -> bool {
        match self {
            Self::Anything | Self::Run => true,
            Self::Word => !c.is_whitespace(),
            Self::Int => c.is_ascii_digit(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Anchor {
    None,
    Line,
}

/// The bit for "about to read part `index`".
fn entering(index: usize) -> u64 {
    1 << (2 * index)
}

/// The bit for "inside the hole `index`, at least one character read, or none needed".
fn inside(index: usize) -> u64 {
    2 << (2 * index)
}

#[cfg(test)]
mod tests;
