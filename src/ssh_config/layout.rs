//! Where in a line does its value stand?

use std::ops::Range;

use super::keyword::{Shape, canonical, shape};
use super::line::{first_word, unsplit};
use super::words::{arguments, past_space, seen};

/// The bytes from the first argument to the end of the last one, quotes included. What is before is indentation,
/// keyword and separator, what is after a trailing comment. `None` when there is no argument, or an open quote.
pub(super) fn value(raw: &[u8]) -> Option<Range<usize>> {
    let s = seen(raw);
    let (keyword, rest) = first_word(s).ok()?;
    let start = past_space(s, rest?);
    let shape = shape(&canonical(&keyword));
    if matches!(shape, Shape::Command | Shape::Jump) {
        return Some(unsplit(shape, s, start));
    }
    let words = arguments(s, start).ok()?;
    let (first, last) = (words.first()?, words.last()?);
    Some(first.range.start..last.range.end)
}

/// The blanks in front of a line.
pub(super) fn indentation(raw: &[u8]) -> &[u8] {
    let end = raw.iter().position(|b| !matches!(b, b' ' | b'\t'));
    &raw[..end.unwrap_or(raw.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_with_what_surrounds_them() {
        for (line, expected) in [
            ("  User = bob  # me", "bob"),
            ("\tIdentityFile \"/a b\"/c \t# x", "\"/a b\"/c"),
            ("SendEnv A B # c", "A B"),
            ("ProxyCommand == nc %h # x  ", "nc %h # x"),
            ("ProxyJump hop # x", "hop"),
            ("Host a b #c", "a b"),
            ("User bob\0tail", "bob"),
        ] {
            assert_eq!(&line[value(line.as_bytes()).unwrap()], expected, "{line:?}");
        }
        assert_eq!(value(b"User"), None);
        assert_eq!(value(b"User # x"), None);
    }
}
