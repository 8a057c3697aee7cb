//! What does a line say without what terminals and other programs put around it?

use std::borrow::Cow;

/// What begins every escape sequence.
pub const ESCAPE: u8 = 0x1b;
const BELL: u8 = 0x07;

/// `line` without ANSI and OSC escape sequences. An unfinished one takes the rest of the line.
pub fn strip_escapes(line: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(ESCAPE, line) else {
        return Cow::Borrowed(line);
    };
    let mut plain = line[..first].to_vec();
    let mut rest = &line[first..];
    while let Some((&ESCAPE, after)) = rest.split_first() {
        rest = skip_sequence(after);
        let next = memchr::memchr(ESCAPE, rest).unwrap_or(rest.len());
        plain.extend_from_slice(&rest[..next]);
        rest = &rest[next..];
    }
    Cow::Owned(plain)
}

/// What follows one escape sequence; `after` begins behind its ESC.
fn skip_sequence(after: &[u8]) -> &[u8] {
    match after.split_first() {
        None => after,
        // CSI: parameters and intermediates up to one final byte.
        Some((b'[', rest)) => skip_through(rest, |b| (0x40..=0x7e).contains(&b)),
        // OSC, DCS, SOS, PM, APC: up to BEL, or ESC and a backslash.
        Some((b']' | b'P' | b'X' | b'^' | b'_', rest)) => {
            let rest = match memchr::memchr2(BELL, ESCAPE, rest) {
                Some(end) => &rest[end..],
                None => &[],
            };
            match rest {
                [ESCAPE, b'\\', more @ ..] | [BELL, more @ ..] => more,
                other => other,
            }
        }
        // Two bytes, or three with an intermediate (`ESC ( B`).
        Some((0x20..=0x2f, rest)) => skip_through(rest, |b| (0x30..=0x7e).contains(&b)),
        Some((&ESCAPE, _)) => after,
        Some((_, rest)) => rest,
    }
}

fn skip_through(bytes: &[u8], is_last: impl Fn(u8) -> bool) -> &[u8] {
    match bytes.iter().position(|&b| is_last(b) || b == ESCAPE) {
        Some(at) if bytes[at] == ESCAPE => &bytes[at..],
        Some(at) => &bytes[at + 1..],
        None => &[],
    }
}

/// `line` without the prefixes of programs that ran ssh: the place where git, CI systems, editors
/// and package managers are taken off. At most four, outermost first.
pub fn strip_prefixes(line: &str) -> &str {
    let mut said = line;
    for _ in 0..4 {
        let Some(rest) = strip_one_prefix(said) else {
            break;
        };
        said = rest;
    }
    said
}

fn strip_one_prefix(line: &str) -> Option<&str> {
    const WORDS: [&str; 9] = [
        "remote: ",
        "> ",
        "| ",
        "stderr: ",
        "stderr> ",
        "npm ERR! ",
        "npm error ",
        // PowerShell 5 names the program before its first line on standard error.
        "ssh : ",
        "ssh.exe : ",
    ];
    let first = *line.as_bytes().first()?;
    match first {
        // What most lines begin with costs one comparison.
        b'd' => None,
        b'[' => strip_bracket(line),
        b'0'..=b'9' => strip_timestamp(line),
        b'#' => strip_build_step(line),
        b' ' | b'\t' => Some(line.trim_start_matches([' ', '\t'])).filter(|rest| !rest.is_empty()),
        _ => WORDS.iter().find_map(|word| line.strip_prefix(word)),
    }
}

/// `[INFO] `, `[12:30:01.123] `, `[2026-08-01T12:30:01Z] `: at most 40 characters, not a host.
fn strip_bracket(line: &str) -> Option<&str> {
    let (inside, rest) = line.strip_prefix('[')?.split_once("] ")?;
    (inside.len() <= 40).then_some(rest)
}

/// `#17 1.196 ` of BuildKit.
fn strip_build_step(line: &str) -> Option<&str> {
    let (step, rest) = line.strip_prefix('#')?.split_once(' ')?;
    let (seconds, rest) = rest.split_once(' ')?;
    let is_number = |word: &str| word.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    (is_number(step) && is_number(seconds)).then_some(rest)
}

/// `2026-08-01T12:30:01.123Z `, `2026-08-01 12:30:01,123 `, `12:30:01.123 `.
fn strip_timestamp(line: &str) -> Option<&str> {
    let (word, rest) = line.split_once(' ')?;
    if is_clock(word) {
        return Some(rest);
    }
    let (date, clock) = word.split_once('T').unwrap_or((word, ""));
    if !is_date(date) {
        return None;
    }
    if is_clock(clock) {
        return Some(rest);
    }
    let (clock_word, after) = rest.split_once(' ')?;
    (clock.is_empty() && is_clock(clock_word)).then_some(after)
}

fn is_date(word: &str) -> bool {
    let b = word.as_bytes();
    b.len() == 10
        && (b[4], b[7]) == (b'-', b'-')
        && b.iter()
            .enumerate()
            .all(|(i, b)| i == 4 || i == 7 || b.is_ascii_digit())
}

/// `12:30:01` with an optional fraction and zone.
fn is_clock(word: &str) -> bool {
    let b = word.as_bytes();
    b.len() >= 8
        && b.len() <= 32
        && (b[2], b[5]) == (b':', b':')
        && [0, 1, 3, 4, 6, 7].iter().all(|&i| b[i].is_ascii_digit())
        && b[8..]
            .iter()
            .all(|b| b.is_ascii_digit() || b".,Z+-:".contains(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escapes(line: &str) -> String {
        String::from_utf8_lossy(&strip_escapes(line.as_bytes())).into_owned()
    }

    #[test]
    fn colours_titles_and_links_are_gone() {
        assert_eq!(escapes("\x1b[1;31mdenied\x1b[0m."), "denied.");
        assert_eq!(escapes("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\b"), "ab");
        assert_eq!(escapes("a\x1b(Bb\x1b=c\x1b[?25h"), "abc");
    }

    #[test]
    fn an_unfinished_sequence_takes_the_rest() {
        assert_eq!(escapes("a\x1b[12"), "a");
        assert_eq!(escapes("a\x1b]0;title"), "a");
        assert_eq!(escapes("a\x1b"), "a");
        assert_eq!(escapes("a\x1b[3\x1b[1mb"), "ab");
        assert_eq!(escapes("\x1b\x1b[1mb"), "b");
    }

    #[test]
    fn what_other_programs_put_in_front_is_gone() {
        let said = "Permission denied (publickey).";
        for prefix in [
            "2026-08-01T12:30:01.1234567Z ",
            "2026-08-01 12:30:01,123 ",
            "12:30:01.5 ",
            "[12:30:01.123] > ",
            "[INFO] ",
            "remote: ",
            "npm ERR! ",
            "#17 1.196 ",
            "  ",
            "2026-08-01T12:30:01+02:00 [error] | ",
            "ssh.exe : ",
        ] {
            assert_eq!(strip_prefixes(&format!("{prefix}{said}")), said, "{prefix}");
        }
    }

    #[test]
    fn what_ssh_says_itself_stays() {
        for line in [
            "debug1: Connection established.",
            "Host key for [127.0.0.1]:42201 has changed",
            "[127.0.0.1]:42201 x",
            "192.0.2.1 port 22",
            "2026 keys",
        ] {
            assert_eq!(strip_prefixes(line), line);
        }
    }
}
