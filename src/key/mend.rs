//! How does the text of a key look as ssh wants it, when only its form was broken?
//!
//! Only the armour is written anew: every Base64 digit and header of the key itself stays. What
//! comes out is read again, and is offered only when it is the same key.

use zeroize::Zeroizing;

use super::certificate::Certificate;
use super::file::{from_utf16, identify};
use super::pasted;
use super::private::{self, Format, Label, Lock, Private};
use super::public::Public;
use crate::secret::Secret;

/// The private key of these bytes in a form without defects; none when it is whole as it is, when
/// it cannot be had from them, or when it would not be the same key.
pub fn private(bytes: &[u8]) -> Option<Secret> {
    let before = identify(bytes).private()?;
    // What looks damaged may be so only because of its form: all on one line, for one.
    if !before.defects.iter().any(|defect| defect.is_mendable()) {
        return None;
    }
    let decoded = from_utf16(bytes);
    let text: &[u8] = decoded.as_ref().map_or(bytes, |text| text.as_bytes());
    let mended = armoured(text)?;
    let after = private::recognise(mended.as_bytes())?;
    let is_same = after.defects.is_empty() && is_same_key(&before, &after);
    is_same.then(|| Secret::new(mended))
}

/// An encrypted key of an old format hides its public half: then format and cipher must agree,
/// and not one digit was changed anyway.
fn is_same_key(before: &Private, after: &Private) -> bool {
    let blob = |private: &Private| private.public.as_ref().map(|public| public.blob().to_vec());
    let has_same_public = before.public.is_none() || blob(before) == blob(after);
    let has_same_lock = match (&before.lock, &after.lock) {
        (Lock::Unknown, _) => true,
        // One line hides the headers of an old format that would tell.
        (Lock::None, Lock::Passphrase { .. }) => before.format != Format::OpenSsh,
        (before, after) => before == after,
    };
    before.format == after.format && has_same_public && has_same_lock
}

/// BEGIN line, headers, Base64 in lines of the usual length, END line.
fn armoured(text: &[u8]) -> Option<Zeroizing<String>> {
    let label = Label::find(text)?;
    let _whole = label.after?;
    let body = std::str::from_utf8(label.body).ok()?;
    // Line ends as a JSON or environment file spells them.
    let body = Zeroizing::new(body.replace("\\r", " ").replace("\\n", " "));
    let width = match label.format {
        Format::OpenSsh => 70,
        Format::Pkcs1 | Format::Sec1 | Format::Dsa | Format::Pkcs8 => 64,
    };
    let name = label.name;
    let mut headers = String::new();
    let mut digits = Zeroizing::new(String::with_capacity(body.len()));
    let mut words = body.split_whitespace();
    while let Some(word) = words.next() {
        // RFC 1421 as OpenSSL writes it: `Proc-Type: 4,ENCRYPTED`, `DEK-Info: AES-128-CBC,…`.
        if word.ends_with(':') {
            headers.push_str(word);
            headers.push(' ');
            headers.push_str(words.next()?);
            headers.push('\n');
        } else {
            digits.push_str(word);
        }
    }
    if !headers.is_empty() {
        headers.push('\n');
    }
    let lines = digits.len() / width + 4;
    let room = headers.len() + digits.len() + lines + 2 * (name.len() + 32);
    let mut mended = Zeroizing::new(String::with_capacity(room));
    mended.push_str(&format!("-----BEGIN {name}PRIVATE KEY-----\n{headers}"));
    for line in digits.as_bytes().chunks(width) {
        mended.push_str(std::str::from_utf8(line).ok()?);
        mended.push('\n');
    }
    mended.push_str(&format!("-----END {name}PRIVATE KEY-----\n"));
    Some(mended)
}

/// The line of a `.pub` or certificate file, put together from a text that ssh cannot read: UTF-16,
/// a byte order mark, one line broken into several. None when it is good as it is, or lost.
pub fn public(bytes: &[u8]) -> Option<String> {
    let decoded = from_utf16(bytes);
    let text: &[u8] = decoded.as_ref().map_or(bytes, |text| text.as_bytes());
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    if private::recognise(text).is_some() {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    let lines = text.lines().map(str::trim);
    let lines: Vec<&str> = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    // A line that was broken in two, or in many: the comment may be among the pieces.
    let tight = lines.concat();
    let candidates = lines.iter().map(|line| (*line).to_owned());
    let found = candidates
        .chain([tight])
        .chain(
            (1..lines.len())
                .map(|at| format!("{} {}", lines[..at].concat(), lines[at..].join(" "))),
        )
        .find_map(|line| read(&line))?;
    let mended = format!("{found}\n");
    (mended.as_bytes() != bytes).then_some(mended)
}

fn read(line: &str) -> Option<String> {
    Certificate::from_line(line)
        .map(|certificate| certificate.line())
        .or_else(|| Public::from_line(line).map(|public| public.line()))
}

/// The line of the certificate in a file that ssh cannot read: in the form of [`public`], or with a part of the command
/// around it that a page showed. None when there is no certificate in it.
pub fn certificate(bytes: &[u8]) -> Option<String> {
    let whole = public(bytes).filter(|line| Certificate::from_line(line).is_some());
    whole.or_else(|| {
        let decoded = from_utf16(bytes);
        let text = decoded.as_ref().map_or(bytes, |text| text.as_bytes());
        let found = pasted::read(std::str::from_utf8(text).ok()?).ok()?;
        Some(format!("{}\n", found.certificate.line()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl a@b c";

    #[test]
    fn a_public_line_is_put_together_again() {
        let expected = format!("{PUBLIC}\n");
        let broken = [
            format!("\u{feff}{PUBLIC}\n"),
            PUBLIC.replace("IOMq", "IOMq\r\n"),
            PUBLIC.replace("IOMq", "IO\nMq\n").replace(" a@b", "\na@b"),
            format!("{PUBLIC}\r\n"),
            format!("\n\n  {PUBLIC}"),
        ];
        for text in broken {
            assert_eq!(
                public(text.as_bytes()).as_ref(),
                Some(&expected),
                "{text:?}"
            );
        }
        let wide: Vec<u8> = format!("\u{feff}{PUBLIC}\r\n")
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(public(&wide), Some(expected.clone()));
        assert_eq!(public(expected.as_bytes()), None);
        assert_eq!(public(&PUBLIC.as_bytes()[..60]), None);
    }
}
