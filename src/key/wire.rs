//! How are the binary fields of keys, certificates and agent messages read without trusting them?
//!
//! RFC 4251 section 5 data types, decoded with `ssh-encoding` and borrowed from the input, so
//! that private parts are never copied and a claimed length never allocates.

use ssh_encoding::{Decode, Encode, Error};
use zeroize::Zeroizing;

/// A cursor over SSH wire data.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Error> {
        u8::decode(&mut self.0)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Error> {
        u32::decode(&mut self.0)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Error> {
        u64::decode(&mut self.0)
    }

    /// A `string`: a length, then so many bytes.
    pub(crate) fn string(&mut self) -> Result<&'a [u8], Error> {
        let length = usize::decode(&mut self.0)?;
        self.take(length)
    }

    /// A `string` that must be UTF-8: algorithm names and the like.
    pub(crate) fn text(&mut self) -> Result<&'a str, Error> {
        std::str::from_utf8(self.string()?).map_err(|_| Error::CharacterEncoding)
    }

    /// A `string` meant for people; bytes that are not UTF-8 are replaced, not refused.
    pub(crate) fn words(&mut self) -> Result<String, Error> {
        Ok(String::from_utf8_lossy(self.string()?).into_owned())
    }

    /// So many bytes without a length in front.
    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (head, tail) = self.0.split_at_checked(length).ok_or(Error::Length)?;
        self.0 = tail;
        Ok(head)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A public key blob: the algorithm's name and its fields as `string`s.
pub(crate) fn blob(algorithm: &str, fields: &[&[u8]]) -> Vec<u8> {
    let mut blob = Vec::new();
    append(&mut blob, algorithm.as_bytes());
    for field in fields {
        append(&mut blob, field);
    }
    blob
}

/// Adds one `string`.
pub(crate) fn append(out: &mut Vec<u8>, bytes: &[u8]) {
    // Encoding into a Vec fails only for more than 4 GiB, which no caller can hold.
    let _ = bytes.encode(out);
}

/// Bytes of Base64 text; line ends and blanks are skipped, as OpenSSH's base64.c:b64_pton does.
/// None when it is no complete Base64. The text may be private, so all copies are wiped.
pub(crate) fn base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    use ssh_encoding::base64::{Base64, Encoding};
    let mut buffer: Zeroizing<Vec<u8>> = Zeroizing::new(Vec::with_capacity(text.len()));
    buffer.extend(text.iter().copied().filter(|b| !b.is_ascii_whitespace()));
    let length = Base64::decode_in_place(&mut buffer).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claimed_length_beyond_the_data_is_an_error() {
        let mut fields = Fields::new(b"\0\0\0\x09abc");
        assert!(fields.string().is_err());
        let mut fields = Fields::new(b"\xff\xff\xff\xffabc");
        assert!(fields.string().is_err());
        let mut fields = Fields::new(b"\0\0\0\x03abcd");
        assert_eq!(fields.string().unwrap(), b"abc");
        assert_eq!(fields.take(1).unwrap(), b"d");
        assert!(fields.is_empty() && fields.byte().is_err());
    }

    #[test]
    fn base64_may_be_wrapped_but_not_cut() {
        assert_eq!(&**base64(b"aGVs\r\nbG8=\n").unwrap(), b"hello");
        assert!(base64(b"aGVsbG8").is_none());
        assert!(base64(b"aGV*").is_none());
        assert!(base64(b"").unwrap().is_empty());
    }
}
