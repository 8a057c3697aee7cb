//! What does a written pattern mean, and what is wrong with it when it means nothing?

use memchr::{memchr, memchr2};
use thiserror::Error;

use super::{Anchor, Hole, HoleKind, Part, Pattern};

/// How many literals and holes a pattern may have: the states of a match fit one machine word.
const MOST_PARTS: usize = 31;

/// What is wrong with a written pattern.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PatternError {
    /// Nothing but holes: it would match every line.
    #[error("the pattern has no fixed text")]
    NoLiteral,
    /// `{` without its `}`.
    #[error("a {{ is not closed; write {{{{ for the character itself")]
    Unclosed,
    /// `}` without its `{`.
    #[error("a }} has no opening {{; write }}}} for the character itself")]
    Unopened,
    /// A name with other characters than lower-case letters, digits, `_` and `-`.
    #[error("{{{0}}} is not a hole; write {{name}}, {{name:word}}, {{name:int}} or {{_}}")]
    BadHole(String),
    /// The same name twice.
    #[error("the hole {{{0}}} is there twice")]
    Repeated(String),
    /// Nothing says where the first of two holes ends.
    #[error("two holes stand side by side; put fixed text between them")]
    SideBySide,
    /// More than 31 literals and holes.
    #[error("the pattern has too many holes")]
    TooLong,
}

pub(super) fn parse(source: &str) -> Result<Pattern, PatternError> {
    let (rest, start) = match source.strip_prefix('^') {
        Some(rest) => (rest, Anchor::Line),
        None => (source, Anchor::None),
    };
    let (rest, end) = match rest.strip_suffix('$') {
        Some(rest) => (rest, Anchor::Line),
        None => (rest, Anchor::None),
    };
    let parts = parts(rest)?;
    if !parts.iter().any(|part| matches!(part, Part::Literal(_))) {
        return Err(PatternError::NoLiteral);
    }
    if parts.len() > MOST_PARTS {
        return Err(PatternError::TooLong);
    }
    let pattern = Pattern {
        source: source.to_owned(),
        parts,
        start,
        end,
    };
    check_names(&pattern)?;
    Ok(pattern)
}

/// A text that every line has which the written pattern fits: the longest between holes, without taking the pattern
/// apart. A brace that stands for itself ends it.
pub fn longest_literal(source: &str) -> &str {
    let source = source.strip_prefix('^').unwrap_or(source);
    let source = source.strip_suffix('$').unwrap_or(source);
    let (mut longest, mut rest) = ("", source);
    while let Some(open) = memchr2(b'{', b'}', rest.as_bytes()) {
        longest = longer(longest, &rest[..open]);
        let after = &rest[open + 1..];
        let is_hole = rest.as_bytes()[open] == b'{' && !after.starts_with('{');
        rest = match memchr(b'}', after.as_bytes()) {
            Some(close) if is_hole => &after[close + 1..],
            Some(_) | None => after,
        };
    }
    longer(longest, rest)
}

fn longer<'a>(one: &'a str, other: &'a str) -> &'a str {
    if other.len() >= one.len() { other } else { one }
}

fn parts(mut rest: &str) -> Result<Vec<Part>, PatternError> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        let (brace, after) = rest[at..].split_at(1);
        if let Some(after) = after.strip_prefix(brace) {
            literal.push_str(brace);
            rest = after;
            continue;
        }
        if brace == "}" {
            return Err(PatternError::Unopened);
        }
        let (inner, after) = after.split_once('}').ok_or(PatternError::Unclosed)?;
        if !literal.is_empty() {
            parts.push(Part::Literal(std::mem::take(&mut literal)));
        } else if matches!(parts.last(), Some(Part::Hole(_))) {
            return Err(PatternError::SideBySide);
        }
        parts.push(Part::Hole(hole(inner)?));
        rest = after;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

fn hole(inner: &str) -> Result<Hole, PatternError> {
    if inner == "_" {
        return Ok(Hole {
            name: None,
            kind: HoleKind::Anything,
        });
    }
    let (name, kind) = match inner.split_once(':') {
        None => (inner, HoleKind::Run),
        Some((name, "word")) => (name, HoleKind::Word),
        Some((name, "int")) => (name, HoleKind::Int),
        Some(_) => return Err(PatternError::BadHole(inner.to_owned())),
    };
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(fits) {
        return Err(PatternError::BadHole(inner.to_owned()));
    }
    Ok(Hole {
        name: Some(name.to_owned()),
        kind,
    })
}

fn check_names(pattern: &Pattern) -> Result<(), PatternError> {
    let names: Vec<&str> = pattern.names().collect();
    for (at, name) in names.iter().enumerate() {
        if names[..at].contains(name) {
            return Err(PatternError::Repeated((*name).to_owned()));
        }
    }
    Ok(())
}
