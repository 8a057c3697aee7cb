//! How do colours stay those of the person's own palette?
//!
//! crossterm writes its sixteen colours as `38;5;N`, which many palettes and screen readers treat
//! as fixed. This writer turns them into the classic `30`–`37` and `90`–`97` (ECMA-48 SGR).

use std::io::{self, Write};

/// Collects one frame and writes it at once, with palette colours only.
pub struct Palette<W: Write> {
    frame: Vec<u8>,
    out: W,
}

impl<W: Write> Palette<W> {
    /// A writer in front of `out`.
    pub fn new(out: W) -> Self {
        Self {
            frame: Vec::with_capacity(1 << 14),
            out,
        }
    }
}

impl<W: Write> Write for Palette<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let frame = with_palette(&self.frame);
        self.frame.clear();
        self.out.write_all(&frame)?;
        self.out.flush()
    }
}

/// The bytes with every `38;5;N` and `48;5;N` below 16 written as the palette's own code.
fn with_palette(bytes: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(2).position(|pair| pair == b"\x1b[") {
        let body = &rest[at + 2..];
        let end = body
            .iter()
            .position(|byte| !matches!(byte, b'0'..=b'9' | b';'))
            .unwrap_or(body.len());
        written.extend_from_slice(&rest[..at + 2]);
        if body.get(end) == Some(&b'm') {
            written.extend_from_slice(palette_codes(&body[..end]).as_bytes());
        } else {
            written.extend_from_slice(&body[..end]);
        }
        rest = &body[end..];
    }
    written.extend_from_slice(rest);
    written
}

fn palette_codes(codes: &[u8]) -> String {
    let codes = String::from_utf8_lossy(codes);
    let mut numbers = codes.split(';').peekable();
    let mut kept: Vec<String> = Vec::new();
    while let Some(code) = numbers.next() {
        let base = match code {
            "38" => 30,
            "48" => 40,
            _ => {
                kept.push(code.to_owned());
                continue;
            }
        };
        match (
            numbers.next(),
            numbers.next().and_then(|n| n.parse::<u16>().ok()),
        ) {
            (Some("5"), Some(colour @ 0..=7)) => kept.push((base + colour).to_string()),
            (Some("5"), Some(colour @ 8..=15)) => kept.push((base + 60 + colour - 8).to_string()),
            (Some(_), _) | (None, _) => return codes.into_owned(),
        }
    }
    kept.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexed_colours_become_palette_codes() {
        assert_eq!(with_palette(b"\x1b[38;5;6mx\x1b[39m"), b"\x1b[36mx\x1b[39m");
        assert_eq!(with_palette(b"\x1b[38;5;9;49m"), b"\x1b[91;49m");
        assert_eq!(with_palette(b"\x1b[1m\x1b[2;5H"), b"\x1b[1m\x1b[2;5H");
        assert_eq!(with_palette(b"a\x1b["), b"a\x1b[");
    }
}
