//! Which bytes are a settings file that ssh cannot read as text, and what do they say?

/// The same text as ssh reads it; none when it is that already.
pub(crate) fn recoded(bytes: &[u8]) -> Option<Vec<u8>> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => rest.to_vec(),
        [first, 0, ..] if *first != 0 => utf16(bytes, u16::from_le_bytes)?,
        [0, first, ..] if *first != 0 => utf16(bytes, u16::from_be_bytes)?,
        _ => bytes.to_vec(),
    };
    let text = with_line_ends(text);
    (text != bytes).then_some(text)
}

/// Whether the file is one long line to ssh, because its lines end with a bare carriage return.
pub(crate) fn lacks_line_ends(bytes: &[u8]) -> bool {
    !bytes.contains(&b'\n') && bytes.trim_ascii_end().contains(&b'\r')
}

fn with_line_ends(mut text: Vec<u8>) -> Vec<u8> {
    if lacks_line_ends(&text) {
        for byte in &mut text {
            if *byte == b'\r' {
                *byte = b'\n';
            }
        }
    }
    text
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<Vec<u8>> {
    let pairs = bytes.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    let units: Vec<u16> = pairs.map(|pair| unit([pair[0], pair[1]])).collect();
    let text = String::from_utf16(&units).ok()?;
    (!text.contains('\0')).then(|| text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_encodings_become_plain_text() {
        let plain = b"Host a\r\n  User b\r\n";
        let text = std::str::from_utf8(plain).unwrap();
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(recoded(&le).as_deref(), Some(&plain[..]));
        assert_eq!(recoded(&be).as_deref(), Some(&plain[..]));
        assert_eq!(
            recoded(&[b"\xff\xfe", &le[..]].concat()).as_deref(),
            Some(&plain[..])
        );
        assert_eq!(
            recoded(&[b"\xef\xbb\xbf", &plain[..]].concat()).as_deref(),
            Some(&plain[..])
        );
        assert_eq!(
            recoded(b"Host a\r  User b\r").as_deref(),
            Some(&b"Host a\n  User b\n"[..])
        );
        for good in [&plain[..], b"", b"Host a", b"Host a\r", b"\xff\xfe\0"] {
            assert_eq!(recoded(good), None, "{good:?}");
        }
    }
}
