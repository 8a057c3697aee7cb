//! How does ssh cut a line into a keyword and arguments?

use std::ops::Range;

/// One argument: its bytes without quotes and escapes, and where it stands in the line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub bytes: Vec<u8>,
    pub range: Range<usize>,
}

/// A quote was opened and not closed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OpenQuote;

/// The part of a line that ssh looks at: up to the first NUL, without blanks at the end. ssh never examines the first
/// byte when it strips (readconf.c:process_config_line_depth), so a lone form feed stays.
pub(super) fn seen(raw: &[u8]) -> &[u8] {
    let mut end = raw.iter().position(|&b| b == 0).unwrap_or(raw.len());
    while end > 1 && (is_space(raw[end - 1]) || raw[end - 1] == b'\x0c') {
        end -= 1;
    }
    &raw[..end]
}

/// The word at `at`, ended by a blank or by one `=`, and the place where the rest begins (misc.c:strdelim). The rest
/// is `None` at the end of the line.
pub(super) fn delimited(s: &[u8], at: usize) -> Result<(Vec<u8>, Option<usize>), OpenQuote> {
    let stop = |&b: &u8| is_space(b) || b == b'"' || b == b'=';
    let Some(p) = s[at..].iter().position(stop).map(|n| at + n) else {
        return Ok((s[at..].to_vec(), None));
    };
    if s[p] == b'"' {
        let inside = &s[p + 1..];
        let len = inside.iter().position(|&b| b == b'"').ok_or(OpenQuote)?;
        let word = [&s[at..p], &inside[..len]].concat();
        return Ok((word, Some(past_space(s, p + len + 2))));
    }
    let mut next = past_space(s, p + 1);
    if s[p] != b'=' && s.get(next) == Some(&b'=') {
        next = past_space(s, next + 1);
    }
    Ok((s[at..p].to_vec(), Some(next)))
}

/// The arguments from `at` on; a word that begins with `#` ends the line (misc.c:argv_split, OpenSSH 8.7 and newer).
pub(super) fn arguments(s: &[u8], at: usize) -> Result<Vec<Word>, OpenQuote> {
    let mut words = Vec::new();
    let mut i = at;
    loop {
        while matches!(s.get(i), Some(b' ' | b'\t')) {
            i += 1;
        }
        if matches!(s.get(i), None | Some(b'#')) {
            return Ok(words);
        }
        let start = i;
        let mut bytes = Vec::new();
        let mut quote = None;
        while let Some(&b) = s.get(i) {
            let next = s.get(i + 1).copied();
            match (quote, b) {
                (_, b'\\') if escapes(next, quote) => {
                    bytes.extend(next);
                    i += 1;
                }
                (None, b' ' | b'\t') => break,
                (None, b'"' | b'\'') => quote = Some(b),
                (Some(open), _) if open == b => quote = None,
                _ => bytes.push(b),
            }
            i += 1;
        }
        if quote.is_some() {
            return Err(OpenQuote);
        }
        words.push(Word {
            bytes,
            range: start..i,
        });
    }
}

/// The first place from `at` on that holds no blank.
pub(super) fn past_space(s: &[u8], at: usize) -> usize {
    s[at.min(s.len())..]
        .iter()
        .position(|&b| !is_space(b))
        .map_or(s.len(), |n| at + n)
}

fn escapes(next: Option<u8>, quote: Option<u8>) -> bool {
    match next {
        Some(b'\'' | b'"' | b'\\') => true,
        Some(b' ') => quote.is_none(),
        Some(_) | None => false,
    }
}

fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(s: &str) -> Result<Vec<String>, OpenQuote> {
        let words = arguments(s.as_bytes(), 0)?;
        Ok(words
            .into_iter()
            .map(|w| String::from_utf8_lossy(&w.bytes).into_owned())
            .collect())
    }

    #[test]
    fn quotes_and_escapes_as_since_8_7() {
        assert_eq!(words(r#"a "b c" d"#).unwrap(), ["a", "b c", "d"]);
        assert_eq!(words(r#"a"b c"d 'x y'"#).unwrap(), ["ab cd", "x y"]);
        assert_eq!(
            words(r"a\ b \\srv\x C:\new").unwrap(),
            ["a b", r"\srv\x", r"C:\new"]
        );
        assert_eq!(
            words(r#""a\ b" "say \"x\"""#).unwrap(),
            [r"a\ b", r#"say "x""#]
        );
        assert_eq!(words(r#""C:\dir\""#), Err(OpenQuote));
        assert_eq!(words("/a/o'brien/id"), Err(OpenQuote));
        assert_eq!(words(r#""""#).unwrap(), [""]);
    }

    #[test]
    fn a_comment_begins_only_where_a_word_does() {
        assert_eq!(words("bob#x # y").unwrap(), ["bob#x"]);
        assert_eq!(words("\"# y\" z").unwrap(), ["# y", "z"]);
        assert!(words("# y").unwrap().is_empty());
    }

    #[test]
    fn separators_are_blanks_and_one_equals_sign() {
        let rest = |s: &str| {
            let (word, rest) = delimited(s.as_bytes(), 0).unwrap();
            (
                String::from_utf8(word).unwrap(),
                rest.map(|n| s[n..].to_owned()),
            )
        };
        for line in ["Port=22", "Port = 22", "Port =22", "Port\t22", "Port= 22"] {
            assert_eq!(
                rest(line),
                ("Port".to_owned(), Some("22".to_owned())),
                "{line}"
            );
        }
        assert_eq!(rest("User == x").1.unwrap(), "= x");
        assert_eq!(rest("\"User\"=bob").1.unwrap(), "=bob");
        assert_eq!(rest("Port"), ("Port".to_owned(), None));
        assert_eq!(delimited(b"\"User bob", 0), Err(OpenQuote));
    }

    #[test]
    fn the_end_is_stripped_but_never_the_first_byte() {
        assert_eq!(seen(b"User bob \x0c\r"), b"User bob");
        assert_eq!(seen(b"\x0c"), b"\x0c");
        assert_eq!(seen(b"User bob\0 # gone"), b"User bob");
        assert_eq!(seen(b""), b"");
    }
}
