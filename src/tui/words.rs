//! How wide are words on a terminal, and how are they broken or cut where they do not fit?

use std::time::Duration;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::text::Charset;

/// A short duration: `0.1 s`, `12 s`.
pub fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 10.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{seconds:.0} s")
    }
}

/// Columns that a string takes on a terminal.
pub fn width_of(words: &str) -> usize {
    UnicodeWidthStr::width(words)
}

/// The string followed by blanks up to `columns`.
pub fn pad(words: &str, columns: usize) -> String {
    let gap = columns.saturating_sub(width_of(words));
    format!("{words}{}", " ".repeat(gap))
}

/// The longest start of the string that takes at most `columns`, whole characters only.
pub fn take_columns(words: &str, columns: usize) -> String {
    let mut taken = String::new();
    let mut used = 0;
    for character in words.graphemes(true) {
        let wide = width_of(character);
        if used + wide > columns {
            break;
        }
        used += wide;
        taken.push_str(character);
    }
    taken
}

/// The string without its first `columns`, whole characters only.
pub fn skip_columns(words: &str, columns: usize) -> String {
    let mut skipped = 0;
    words
        .graphemes(true)
        .skip_while(|character| {
            let skip = skipped < columns;
            skipped += width_of(character);
            skip
        })
        .collect()
}

/// A long value cut in the middle, where the two ends tell more than the middle.
pub fn shorten(words: &str, columns: usize, charset: Charset) -> String {
    if width_of(words) <= columns {
        return words.to_owned();
    }
    let dots = match charset {
        Charset::Utf8 => "…",
        Charset::Ascii => "...",
    };
    let room = columns.saturating_sub(width_of(dots));
    let head = take_columns(words, room.div_ceil(2));
    let mut tail = String::new();
    let mut used = 0;
    for character in words.graphemes(true).rev() {
        let wide = width_of(character);
        if used + wide > room / 2 {
            break;
        }
        used += wide;
        tail.insert_str(0, character);
    }
    format!("{head}{dots}{tail}")
}

/// Words broken at blanks; a word longer than the row is broken where the row ends.
pub fn wrap(words: &str, first: usize, rest: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut room = first.max(1);
    for piece in words.split_inclusive(' ') {
        let bare = piece.trim_end_matches(' ');
        if width_of(&line) + width_of(bare) > room && !line.trim().is_empty() {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            room = rest.max(1);
        }
        let mut piece = piece;
        while width_of(piece.trim_end_matches(' ')) > room {
            let head = take_columns(piece, room - width_of(&line).min(room));
            if head.is_empty() {
                if line.is_empty() {
                    break;
                }
                lines.push(std::mem::take(&mut line));
                room = rest.max(1);
                continue;
            }
            line.push_str(&head);
            piece = &piece[head.len()..];
            lines.push(std::mem::take(&mut line));
            room = rest.max(1);
        }
        line.push_str(piece);
    }
    if !line.trim_end().is_empty() || lines.is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_wrap_at_blanks_and_long_words_at_the_edge() {
        assert_eq!(wrap("one two three", 7, 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 5, 5), ["abcde", "fgh", "ij"]);
        assert_eq!(wrap("", 5, 5), [""]);
        assert_eq!(wrap("日本語 x", 4, 4), ["日本", "語 x"]);
    }

    #[test]
    fn a_long_value_keeps_both_ends() {
        assert_eq!(shorten("abcdefghij", 7, Charset::Utf8), "abc…hij");
        assert_eq!(shorten("abc", 7, Charset::Utf8), "abc");
        assert_eq!(shorten("abcdefghij", 7, Charset::Ascii), "ab...ij");
    }
}
