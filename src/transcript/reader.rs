//! How does a stream of bytes become lines that tell something?
//!
//! One pass and bounded memory, whatever comes: a line is cut at [`LINE_LIMIT`] and says so, escape
//! sequences go, invalid UTF-8 is replaced. How the stream is chunked changes nothing.

use memchr::{memchr, memchr2};

use super::decode::Decoder;
use super::embedded;
use super::event::Event;
use super::sentence::Sentences;
use super::strip::{ESCAPE, strip_escapes, strip_prefixes};
use super::tail::{Kept, Speaker, Tail};

/// The longest line that is kept: four times what ssh can print in one message (log.c:MSGBUFSIZ,
/// each byte escaped to four).
pub const LINE_LIMIT: usize = 4096;

/// One line, without its end and without escape sequences. Empty lines are not reported.
#[derive(Debug)]
pub struct Line<'a> {
    /// Counted from 1, by line feeds; parts divided by carriage returns share a number.
    pub number: usize,
    /// The line as it came.
    pub text: &'a str,
    /// The line without what other programs put in front of it.
    pub said: &'a str,
    /// What it tells; `None` for a debug line that means nothing here.
    pub event: Option<Event>,
    /// Whether it was longer than [`LINE_LIMIT`].
    pub length: Length,
    /// Whether `said` is the line or a sentence found within it.
    pub origin: Origin,
}

/// Where the words of a [`Line`] stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// They are the line, without what other programs put in front.
    Line,
    /// A sentence of ssh inside another program's line, which was reported before.
    Within,
    /// They are a line that goes by unread, without an event: see [`Reader::skimming`].
    Passing,
}

/// Whether a line was kept whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// As it came.
    Whole,
    /// Longer than [`LINE_LIMIT`]; the rest was passed over.
    Cut,
}

/// Reads a stream in chunks of any size.
pub struct Reader {
    decoder: Decoder,
    lines: Lines,
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// A reader at the start of a stream.
    pub fn new() -> Self {
        Self {
            decoder: Decoder::default(),
            lines: Lines {
                number: 1,
                pending: Vec::new(),
                length: Length::Whole,
                sentences: Sentences::default(),
                left: usize::MAX,
                tail: Tail::default(),
            },
        }
    }

    /// A reader for texts of any length of which the two ends matter: lines after so many bytes are reported as
    /// [`Origin::Passing`], and the last few thousand of them once more, read, when no more come.
    pub fn skimming(after: usize) -> Self {
        let mut reader = Self::new();
        reader.lines.left = after;
        reader
    }

    /// Takes the next bytes and reports the lines that they complete.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Line<'_>)) {
        let lines = &mut self.lines;
        self.decoder
            .push(bytes, |bytes| lines.push(bytes, &mut each));
    }

    /// Reports a last line without an end.
    pub fn finish(mut self, mut each: impl FnMut(Line<'_>)) {
        let lines = &mut self.lines;
        self.decoder.finish(|bytes| lines.push(bytes, &mut each));
        lines.end_line(&mut each);
        lines.read_tail(&mut each);
    }
}

struct Lines {
    number: usize,
    /// The begin of a line whose end has not come yet, at most [`LINE_LIMIT`] bytes.
    pending: Vec<u8>,
    length: Length,
    sentences: Sentences,
    /// So many bytes of lines are read before the others only pass.
    left: usize,
    tail: Tail,
}

impl Lines {
    fn push(&mut self, bytes: &[u8], each: &mut impl FnMut(Line<'_>)) {
        // Nearly every chunk is text without escapes: then no line has to be looked at for them.
        let clean = match memchr(ESCAPE, bytes) {
            None => std::str::from_utf8(bytes).ok(),
            Some(_) => None,
        };
        let mut from = 0;
        while let Some(length) = memchr2(b'\n', b'\r', &bytes[from..]) {
            let end = from + length;
            let is_first_part = self.pending.is_empty() && self.length == Length::Whole;
            match clean {
                Some(text) if is_first_part && length <= LINE_LIMIT => {
                    self.tell(&text[from..end], Length::Whole, each);
                }
                _ if is_first_part => self.report(&bytes[from..end], each),
                _ => {
                    self.keep(&bytes[from..end]);
                    self.end_line(each);
                }
            }
            // ssh ends log lines with CR LF, git repaints progress after a lone CR: both end what
            // is said, only LF counts.
            from = match bytes[end..] {
                [b'\r', b'\n', ..] => end + 2,
                _ => end + 1,
            };
            self.number += usize::from(bytes[from - 1] == b'\n');
        }
        self.keep(&bytes[from..]);
    }

    fn keep(&mut self, part: &[u8]) {
        let room = LINE_LIMIT - self.pending.len();
        if part.len() > room {
            self.length = Length::Cut;
        }
        self.pending
            .extend_from_slice(&part[..part.len().min(room)]);
    }

    fn end_line(&mut self, each: &mut impl FnMut(Line<'_>)) {
        let mut line = std::mem::take(&mut self.pending);
        self.report(&line, each);
        line.clear();
        self.pending = line;
        self.length = Length::Whole;
    }

    fn report(&mut self, bytes: &[u8], each: &mut impl FnMut(Line<'_>)) {
        let (bytes, length) = match bytes.get(..LINE_LIMIT) {
            Some(kept) if bytes.len() > LINE_LIMIT => (kept, Length::Cut),
            _ => (bytes, self.length),
        };
        let plain = strip_escapes(bytes);
        // Not `from_utf8_lossy` at once: it looks at every byte on its own.
        match std::str::from_utf8(&plain) {
            Ok(text) => self.tell(text, length, each),
            Err(_) => self.tell(&String::from_utf8_lossy(&plain), length, each),
        }
    }

    fn tell(&mut self, text: &str, length: Length, each: &mut impl FnMut(Line<'_>)) {
        let text = text.trim_end_matches('\0');
        if text.is_empty() {
            return;
        }
        match self.left.checked_sub(text.len()) {
            Some(left) => {
                self.left = left;
                self.read(self.number, text, length, each);
            }
            None => self.skim(text, length, each),
        }
    }

    fn skim(&mut self, text: &str, length: Length, each: &mut impl FnMut(Line<'_>)) {
        self.left = 0;
        let said = strip_prefixes(text);
        let before = self.sentences.clone();
        if let Some(speaker) = self.sentences.skim(said) {
            self.tail.keep(speaker, self.number, text, length, before);
        }
        each(Line {
            number: self.number,
            text,
            said,
            event: None,
            length,
            origin: Origin::Passing,
        });
    }

    /// Reads what was kept of the lines that went by.
    fn read_tail(&mut self, each: &mut impl FnMut(Line<'_>)) {
        let tail = std::mem::take(&mut self.tail);
        if let Some(before) = tail.before() {
            self.sentences = before;
        }
        for Kept {
            number,
            text,
            length,
            speaker,
            ..
        } in tail.lines()
        {
            match speaker {
                Speaker::Ssh => self.read(number, text, length, each),
                Speaker::Other => each(Line {
                    number,
                    text,
                    said: strip_prefixes(text),
                    event: Some(Event::Other),
                    length,
                    origin: Origin::Line,
                }),
            }
        }
    }

    fn read(&mut self, number: usize, text: &str, length: Length, each: &mut impl FnMut(Line<'_>)) {
        let said = strip_prefixes(text);
        let event = self.sentences.read(said);
        let is_foreign = matches!(event, Some(Event::Other));
        each(Line {
            number,
            text,
            said,
            event,
            length,
            origin: Origin::Line,
        });
        if !is_foreign {
            return;
        }
        for piece in embedded::sentences(said) {
            let read = |said| Some((said, self.sentences.read(said)?));
            let found = embedded::readings(piece)
                .filter_map(read)
                .find(|(_, event)| !matches!(event, Event::Other));
            if let Some((said, event)) = found {
                each(Line {
                    number,
                    text,
                    said,
                    event: Some(event),
                    length,
                    origin: Origin::Within,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<(usize, String, Length)> {
        let mut lines = Vec::new();
        let mut each = |l: Line<'_>| lines.push((l.number, l.text.to_owned(), l.length));
        let mut reader = Reader::new();
        reader.push(bytes, &mut each);
        reader.finish(&mut each);
        lines
    }

    fn texts(bytes: &[u8]) -> Vec<(usize, String)> {
        lines(bytes)
            .into_iter()
            .map(|(n, text, _)| (n, text))
            .collect()
    }

    #[test]
    fn line_ends_of_every_kind() {
        let expected = vec![(1, "a".to_owned()), (2, "b".into()), (4, "c".into())];
        assert_eq!(texts(b"a\nb\n\nc"), expected);
        assert_eq!(texts(b"a\r\nb\r\r\n\r\nc\r\n"), expected);
    }

    #[test]
    fn progress_is_divided_but_not_counted() {
        let expected = vec![(1, "10%".to_owned()), (1, "20%".into()), (2, "x".into())];
        assert_eq!(texts(b"10%\r20%\nx"), expected);
    }

    #[test]
    fn a_long_line_is_cut_and_said_to_be() {
        let mut bytes = vec![b'x'; 10_000_000];
        bytes.extend_from_slice(b"\nnext\n");
        let lines = lines(&bytes);
        assert_eq!(lines[0].1.len(), LINE_LIMIT);
        assert_eq!(lines[0].2, Length::Cut);
        assert_eq!(lines[1], (2, "next".into(), Length::Whole));
    }

    #[test]
    fn a_line_of_exactly_the_limit_is_whole() {
        let bytes = vec![b'x'; LINE_LIMIT];
        assert_eq!(lines(&bytes)[0].2, Length::Whole);
    }

    #[test]
    fn nul_and_invalid_utf8_survive() {
        let expected = vec![(1, "a\0b\u{fffd}c".to_owned())];
        assert_eq!(texts(b"a\0b\xffc\n"), expected);
    }

    #[test]
    fn a_log_redirected_by_powershell_5_is_utf16() {
        let mut bytes = vec![0xff, 0xfe];
        for unit in "ssh : OpenSSH_for_Windows_9.5p1, LibreSSL 3.8.2\r\né".encode_utf16() {
            bytes.extend_from_slice(&unit.to_le_bytes());
        }
        let lines = texts(&bytes);
        assert_eq!(
            lines[0].1,
            "ssh : OpenSSH_for_Windows_9.5p1, LibreSSL 3.8.2"
        );
        assert_eq!(lines[1], (2, "é".to_owned()));
    }
}
