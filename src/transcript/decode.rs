//! Which encoding is the stream in?
//!
//! UTF-8 nearly always; UTF-16 when PowerShell 5 wrote the file (`2> log`), with a byte order mark, or without one when
//! a part of such a file was copied.

/// Removes a byte order mark and turns UTF-16 into UTF-8, chunk by chunk.
#[derive(Default)]
pub struct Decoder {
    state: State,
}

enum State {
    /// The first bytes, too few to tell.
    Start(Vec<u8>),
    Utf8,
    Utf16 {
        unit: fn([u8; 2]) -> u16,
        odd: Option<u8>,
        high: Option<u16>,
    },
}

impl Default for State {
    fn default() -> Self {
        Self::Start(Vec::new())
    }
}

/// So many bytes tell the encoding.
const ENOUGH: usize = 4;

impl Decoder {
    /// Hands on the next bytes as (possibly invalid) UTF-8.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(&[u8])) {
        let State::Start(held) = &mut self.state else {
            self.state.go_on(bytes, &mut each);
            return;
        };
        let (first, rest) = bytes.split_at(bytes.len().min(ENOUGH - held.len()));
        held.extend_from_slice(first);
        if held.len() == ENOUGH {
            self.begin(&mut each);
            self.state.go_on(rest, &mut each);
        }
    }

    /// Hands on what was held back.
    pub fn finish(&mut self, mut each: impl FnMut(&[u8])) {
        self.begin(&mut each);
        if let State::Utf16 { odd, high, .. } = &self.state
            && (odd.is_some() || high.is_some())
        {
            each("\u{fffd}".as_bytes());
        }
    }

    /// Decides by the first bytes, and hands on those that are no mark.
    fn begin(&mut self, each: &mut impl FnMut(&[u8])) {
        let State::Start(held) = &mut self.state else {
            return;
        };
        let held = std::mem::take(held);
        let (state, text) = match &held[..] {
            [0xff, 0xfe, text @ ..] => (State::utf16(u16::from_le_bytes), text),
            [0xfe, 0xff, text @ ..] => (State::utf16(u16::from_be_bytes), text),
            [0xef, 0xbb, 0xbf, text @ ..] => (State::Utf8, text),
            [1..=255, 0, 1..=255, 0] => (State::utf16(u16::from_le_bytes), &held[..]),
            [0, 1..=255, 0, 1..=255] => (State::utf16(u16::from_be_bytes), &held[..]),
            text => (State::Utf8, text),
        };
        self.state = state;
        self.state.go_on(text, each);
    }
}

impl State {
    fn utf16(unit: fn([u8; 2]) -> u16) -> Self {
        Self::Utf16 {
            unit,
            odd: None,
            high: None,
        }
    }

    fn go_on(&mut self, bytes: &[u8], each: &mut impl FnMut(&[u8])) {
        match self {
            Self::Start(_) => {}
            Self::Utf8 => each(bytes),
            Self::Utf16 { unit, odd, high } => {
                let mut text = String::with_capacity(bytes.len() / 2);
                for &byte in bytes {
                    match odd.take() {
                        None => *odd = Some(byte),
                        Some(before) => push_unit(unit([before, byte]), high, &mut text),
                    }
                }
                each(text.as_bytes());
            }
        }
    }
}

fn push_unit(unit: u16, high: &mut Option<u16>, text: &mut String) {
    if let Some(first) = high.take() {
        if let Some(Ok(c)) = char::decode_utf16([first, unit]).next() {
            text.push(c);
            return;
        }
        text.push(char::REPLACEMENT_CHARACTER);
    }
    match unit {
        0xd800..0xdc00 => *high = Some(unit),
        _ => text.push(char::from_u32(unit.into()).unwrap_or(char::REPLACEMENT_CHARACTER)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(chunks: &[&[u8]]) -> String {
        let mut all = Vec::new();
        let mut decoder = Decoder::default();
        for chunk in chunks {
            decoder.push(chunk, |b| all.extend_from_slice(b));
        }
        decoder.finish(|b| all.extend_from_slice(b));
        String::from_utf8_lossy(&all).into_owned()
    }

    #[test]
    fn marks_in_any_chunks() {
        assert_eq!(decode(&[b"\xef\xbb", b"\xbfa"]), "a");
        assert_eq!(decode(&[b"\xff", b"\xfea", b"\0"]), "a");
        assert_eq!(decode(&[b"\xfe\xff\0a"]), "a");
        assert_eq!(decode(&[b"\xef\xbb"]), "\u{fffd}");
        assert_eq!(decode(&[b"ab", b"c"]), "abc");
        assert_eq!(decode(&[b"\xff", b"\xfe"]), "");
    }

    #[test]
    fn utf16_without_a_mark() {
        assert_eq!(decode(&[b"s\0s", b"\0h\0"]), "ssh");
        assert_eq!(decode(&[b"\0s\0s\0h"]), "ssh");
        assert_eq!(decode(&[b"a\0bc"]), "a\0bc");
        assert_eq!(decode(&[b"\0\0\0\0x"]), "\0\0\0\0x");
    }

    #[test]
    fn surrogate_pairs_and_halves() {
        assert_eq!(decode(&[b"\xff\xfe\x3d", b"\xd8\x00", b"\xde"]), "😀");
        assert_eq!(decode(&[b"\xff\xfe\x00\xdea\0"]), "\u{fffd}a");
        assert_eq!(decode(&[b"\xff\xfe\x3d\xd8a\0"]), "\u{fffd}a");
        assert_eq!(decode(&[b"\xff\xfe\x3d\xd8"]), "\u{fffd}");
    }
}
