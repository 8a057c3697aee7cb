//! How must a value be written so that every ssh reads it back as it is meant?

use std::fmt;

use super::keyword::{Shape, canonical, shape};
use super::layout;
use super::line::{Eol, Line};

/// Why a value, a pattern or a keyword cannot be written into an ssh_config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwritable {
    /// There is nothing to write.
    Empty,
    /// A line end (`\n`, `\r`): ssh_config has no continuation lines.
    LineEnd,
    /// A NUL byte: ssh ignores what follows it.
    Nul,
    /// A quote character: there is no spelling of it that old and new versions of ssh agree on.
    Quote,
    /// A backslash at a place where ssh 8.7 and newer take it away; a forward slash works everywhere.
    Backslash,
    /// A word as keyword that is none, or one that begins a block.
    Keyword,
    /// A blank in a `Host` pattern, or a `#` in front of it.
    Pattern,
    /// ssh would read something else, for example a comment or less of the value.
    Misread,
}

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unwritable::Empty => "it is empty",
            Unwritable::LineEnd => "it contains a line end, and a value must stay on one line",
            Unwritable::Nul => "it contains a NUL byte, and ssh ignores what follows one",
            Unwritable::Quote => {
                "it contains a quote character, which versions of ssh read differently"
            }
            Unwritable::Backslash => "ssh would take a backslash in it away; use forward slashes",
            Unwritable::Keyword => "it is not the name of an option",
            Unwritable::Pattern => "a host pattern cannot hold blanks or begin with #",
            Unwritable::Misread => "ssh would read it as something else",
        })
    }
}

/// The value as it must stand behind the keyword: in double quotes when it has blanks. Options that take several
/// words and commands are taken as they are, when ssh reads all of them.
pub(super) fn written(keyword: &str, value: &[u8]) -> Result<Vec<u8>, Unwritable> {
    one_line(value)?;
    if shape(&canonical(keyword.as_bytes())) != Shape::One {
        return checked(keyword, value, value.to_vec());
    }
    if value.iter().any(|b| matches!(b, b'"' | b'\'')) {
        return Err(Unwritable::Quote);
    }
    let blank = value.iter().any(|b| matches!(b, b' ' | b'\t' | b'\x0c'));
    if blank || matches!(value[0], b'#' | b'=') {
        return checked(keyword, value, quoted(value));
    }
    checked(keyword, value, value.to_vec())
}

/// The value in double quotes.
pub(super) fn quoted(value: &[u8]) -> Vec<u8> {
    [b"\"", value, b"\""].concat()
}

/// A keyword that may stand in a block.
pub(super) fn keyword(keyword: &str) -> Result<(), Unwritable> {
    let word = !keyword.is_empty() && keyword.bytes().all(|b| b.is_ascii_alphanumeric());
    let head = matches!(canonical(keyword.as_bytes()).as_ref(), "host" | "match");
    if word && !head {
        Ok(())
    } else {
        Err(Unwritable::Keyword)
    }
}

/// The words of a `Host` line.
pub(super) fn patterns<S: AsRef<str>>(patterns: &[S]) -> Result<Vec<u8>, Unwritable> {
    if patterns.is_empty() {
        return Err(Unwritable::Empty);
    }
    for pattern in patterns.iter().map(|p| p.as_ref().as_bytes()) {
        one_line(pattern)?;
        if pattern.iter().any(|b| matches!(b, b'"' | b'\'')) {
            return Err(Unwritable::Quote);
        }
        if pattern.contains(&b'\\') {
            return Err(Unwritable::Backslash);
        }
        let blank = |b: &u8| b.is_ascii_whitespace() || *b == b'\x0b';
        if pattern.iter().any(blank) || matches!(pattern[0], b'#' | b'=') {
            return Err(Unwritable::Pattern);
        }
    }
    let words: Vec<&[u8]> = patterns.iter().map(|p| p.as_ref().as_bytes()).collect();
    Ok(words.join(&b' '))
}

/// Text for a line of its own.
pub(super) fn one_line(text: &[u8]) -> Result<(), Unwritable> {
    if text.is_empty() {
        Err(Unwritable::Empty)
    } else if text.iter().any(|b| matches!(b, b'\n' | b'\r')) {
        Err(Unwritable::LineEnd)
    } else if text.contains(&0) {
        Err(Unwritable::Nul)
    } else {
        Ok(())
    }
}

/// Believes a spelling only when reading it gives the value back.
fn checked(keyword: &str, value: &[u8], spelling: Vec<u8>) -> Result<Vec<u8>, Unwritable> {
    let raw = [keyword.as_bytes(), b" ", &spelling].concat();
    let line = Line::new(&raw, Eol::Lf);
    let several = shape(&canonical(keyword.as_bytes())) == Shape::Several;
    let why = if value.contains(&b'\\') {
        Unwritable::Backslash
    } else if line.option().is_none() {
        Unwritable::Quote
    } else {
        Unwritable::Misread
    };
    let option = line.option().ok_or(why)?;
    let whole = layout::value(&raw) == Some(keyword.len() + 1..raw.len());
    let same = several || option.arguments == [value.to_vec()];
    if whole && same {
        Ok(spelling)
    } else {
        Err(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(keyword: &str, value: &str) -> Result<String, Unwritable> {
        written(keyword, value.as_bytes()).map(|v| String::from_utf8(v).unwrap())
    }

    #[test]
    fn quotes_only_where_needed() {
        assert_eq!(spelled("IdentityFile", "~/.ssh/id").unwrap(), "~/.ssh/id");
        assert_eq!(
            spelled("IdentityFile", "/my keys/id").unwrap(),
            "\"/my keys/id\""
        );
        assert_eq!(spelled("User", "#1").unwrap(), "\"#1\"");
        assert_eq!(spelled("User", "=x").unwrap(), "\"=x\"");
        assert_eq!(spelled("User", "a#b").unwrap(), "a#b");
        assert_eq!(spelled("SendEnv", "A B").unwrap(), "A B");
        assert_eq!(
            spelled("ProxyCommand", "nc \"%h\" %p # x").unwrap(),
            "nc \"%h\" %p # x"
        );
        assert_eq!(
            spelled("IdentityFile", r"C:\Users\a b\id").unwrap(),
            r#""C:\Users\a b\id""#
        );
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        for (keyword, value, why) in [
            ("User", "", Unwritable::Empty),
            ("User", "a\nProxyCommand evil", Unwritable::LineEnd),
            ("User", "a\rb", Unwritable::LineEnd),
            ("User", "a\0b", Unwritable::Nul),
            ("IdentityFile", "/o'brien/id", Unwritable::Quote),
            ("IdentityFile", "/a\"b", Unwritable::Quote),
            ("IdentityFile", r"\\srv\id", Unwritable::Backslash),
            ("IdentityFile", r"C:\my dir\", Unwritable::Backslash),
            ("ProxyCommand", "say 'x", Unwritable::Quote),
            ("ProxyCommand", "=x", Unwritable::Misread),
            ("ProxyJump", "a # b", Unwritable::Misread),
            ("SendEnv", "A # B", Unwritable::Misread),
        ] {
            assert_eq!(spelled(keyword, value), Err(why), "{keyword} {value:?}");
        }
    }

    #[test]
    fn keywords_and_patterns() {
        assert!(keyword("IdentityFile").is_ok());
        for bad in ["", "Host", "mAtCh", "User bob", "a=b", "#"] {
            assert_eq!(keyword(bad), Err(Unwritable::Keyword), "{bad}");
        }
        assert_eq!(patterns(&["a", "*.b", "!c"]).unwrap(), b"a *.b !c");
        assert_eq!(patterns(&["a b"]), Err(Unwritable::Pattern));
        assert_eq!(patterns(&["#a"]), Err(Unwritable::Pattern));
        assert_eq!(patterns(&["=a"]), Err(Unwritable::Pattern));
        assert_eq!(patterns::<&str>(&[]), Err(Unwritable::Empty));
    }
}
