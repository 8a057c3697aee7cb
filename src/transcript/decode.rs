//! Which encoding is the stream in?
//!
//! UTF-8 nearly always; UTF-16 with a byte order mark when PowerShell 5 wrote the file (`2> log`).

/// Removes a byte order mark and turns UTF-16 into UTF-8, chunk by chunk.
#[derive(Default)]
pub struct Decoder {
    state: State,
}

#[derive(Default)]
enum State {
    /// The first bytes, too few to tell.
    #[default]
    Start,
    StartWith([u8; 2], usize),
    Utf8,
    Utf16 {
        unit: fn([u8; 2]) -> u16,
        odd: Option<u8>,
        high: Option<u16>,
    },
}

impl Decoder {
    /// Hands on the next bytes as (possibly invalid) UTF-8.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(&[u8])) {
        let mut rest = bytes;
        while let State::Start | State::StartWith(..) = self.state {
            let Some((&first, after)) = rest.split_first() else {
                return;
            };
            rest = after;
            self.state = self.state.begin(first, &mut each);
        }
        match &mut self.state {
            State::Start | State::StartWith(..) => {}
            State::Utf8 => each(rest),
            State::Utf16 { unit, odd, high } => {
                let mut text = String::with_capacity(rest.len() / 2);
                for &byte in rest {
                    match odd.take() {
                        None => *odd = Some(byte),
                        Some(before) => push_unit(unit([before, byte]), high, &mut text),
                    }
                }
                each(text.as_bytes());
            }
        }
    }

    /// Hands on what was held back.
    pub fn finish(&mut self, mut each: impl FnMut(&[u8])) {
        match &self.state {
            State::StartWith(bytes, n) => each(&bytes[..*n]),
            State::Utf16 { odd, high, .. } if odd.is_some() || high.is_some() => {
                each("\u{fffd}".as_bytes());
            }
            State::Start | State::Utf8 | State::Utf16 { .. } => {}
        }
    }
}

impl State {
    /// The state after one more of the first bytes; bytes that are no mark are handed on.
    fn begin(&self, byte: u8, each: &mut impl FnMut(&[u8])) -> State {
        let (held, n) = match self {
            State::StartWith(held, n) => (*held, *n),
            State::Start | State::Utf8 | State::Utf16 { .. } => ([0; 2], 0),
        };
        match (&held[..n], byte) {
            ([], 0xff | 0xfe | 0xef) => State::StartWith([byte, 0], 1),
            ([0xff], 0xfe) => State::Utf16 {
                unit: u16::from_le_bytes,
                odd: None,
                high: None,
            },
            ([0xfe], 0xff) => State::Utf16 {
                unit: u16::from_be_bytes,
                odd: None,
                high: None,
            },
            ([0xef], 0xbb) => State::StartWith([0xef, 0xbb], 2),
            ([0xef, 0xbb], 0xbf) => State::Utf8,
            (held, _) => {
                each(held);
                each(&[byte]);
                State::Utf8
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
    }

    #[test]
    fn surrogate_pairs_and_halves() {
        assert_eq!(decode(&[b"\xff\xfe\x3d", b"\xd8\x00", b"\xde"]), "😀");
        assert_eq!(decode(&[b"\xff\xfe\x00\xdea\0"]), "\u{fffd}a");
        assert_eq!(decode(&[b"\xff\xfe\x3d\xd8a\0"]), "\u{fffd}a");
        assert_eq!(decode(&[b"\xff\xfe\x3d\xd8"]), "\u{fffd}");
    }
}
