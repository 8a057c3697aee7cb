//! What does the public half of a key say, in a file or in an agent?

use sha2::{Digest, Sha256};

use super::kind::{KeyKind, plain_algorithm};
use super::wire::{self, Fields};

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Public {
    /// Its sort and size.
    pub kind: KeyKind,
    /// `SHA256:` and Base64 without padding, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// Its comment as found: hostile text, and often empty.
    pub comment: String,
    blob: Vec<u8>,
}

impl Public {
    /// The key in an RFC 4253 section 6.6 blob. None when the fields of a known algorithm are not
    /// all there, or when it is a certificate.
    pub fn from_blob(blob: &[u8], comment: &str) -> Option<Self> {
        let kind = kind_of_blob(blob)?;
        Some(Self {
            kind,
            fingerprint: fingerprint(blob),
            comment: comment.to_owned(),
            blob: blob.to_vec(),
        })
    }

    /// The key of a `.pub` line. Blanks and tabs between the fields are all the same, as for ssh
    /// (sshkey.c:sshkey_read). None when it is no public key, or a certificate.
    pub fn from_line(line: &str) -> Option<Self> {
        let (blob, comment) = split_line(line)?;
        Self::from_blob(&blob, comment)
    }

    /// The wire form, for the agent.
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// The algorithm's name on the wire.
    pub fn algorithm(&self) -> &str {
        Fields::new(&self.blob).text().unwrap_or_default()
    }

    /// Whether both are the same key, whatever their comments say.
    pub fn is_same_key(&self, other: &Public) -> bool {
        self.blob == other.blob
    }

    /// One line for a `.pub` file, an `authorized_keys` file or a key page, without a line end.
    pub fn line(&self) -> String {
        line(&self.blob, &self.comment)
    }
}

/// `SHA256:…` of a public key blob, as `ssh-keygen -l` prints it.
pub fn fingerprint(blob: &[u8]) -> String {
    use ssh_encoding::base64::{Base64Unpadded, Encoding};
    format!(
        "SHA256:{}",
        Base64Unpadded::encode_string(&Sha256::digest(blob))
    )
}

/// A blob as a line: algorithm, Base64, comment. Control characters of the comment are left out,
/// because a line end in a comment would smuggle a second line into somebody's `authorized_keys`.
pub(crate) fn line(blob: &[u8], comment: &str) -> String {
    use ssh_encoding::base64::{Base64, Encoding};
    let algorithm = Fields::new(blob).text().unwrap_or_default();
    let mut line = format!("{algorithm} {}", Base64::encode_string(blob));
    let comment: String = comment.chars().filter(|c| !c.is_control()).collect();
    let comment = comment.trim();
    if !comment.is_empty() {
        line.push(' ');
        line.push_str(comment);
    }
    line
}

/// The blob and the comment of a `.pub` line. None when the name in front is not the one inside.
pub(crate) fn split_line(line: &str) -> Option<(Vec<u8>, &str)> {
    let line = line.trim();
    let (algorithm, rest) = line.split_once([' ', '\t'])?;
    let rest = rest.trim_start();
    let (body, comment) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
    let blob = wire::base64(body.as_bytes())?.to_vec();
    (Fields::new(&blob).text().ok()? == algorithm).then_some((blob, comment.trim()))
}

/// The kind of a plain public key blob, with RSA's size counted.
fn kind_of_blob(blob: &[u8]) -> Option<KeyKind> {
    let mut fields = Fields::new(blob);
    let algorithm = fields.text().ok()?;
    if algorithm.is_empty() || plain_algorithm(algorithm) != algorithm {
        return None;
    }
    let kind = match KeyKind::from_algorithm(algorithm) {
        KeyKind::Rsa { .. } => {
            let _exponent = fields.string().ok()?;
            KeyKind::Rsa {
                bits: bits(fields.string().ok()?),
            }
        }
        KeyKind::Ed25519 => (fields.string().ok()?.len() == 32).then_some(KeyKind::Ed25519)?,
        KeyKind::Ed25519Sk => {
            let point = fields.string().ok()?;
            let _application = fields.string().ok()?;
            (point.len() == 32).then_some(KeyKind::Ed25519Sk)?
        }
        KeyKind::Ecdsa { bits } => {
            ecdsa_point(&mut fields, bits)?;
            KeyKind::Ecdsa { bits }
        }
        KeyKind::EcdsaSk => {
            ecdsa_point(&mut fields, 256)?;
            let _application = fields.string().ok()?;
            KeyKind::EcdsaSk
        }
        KeyKind::Dsa => {
            for _ in 0..4 {
                fields.string().ok()?;
            }
            KeyKind::Dsa
        }
        // What comes after the name is not known, so nothing can be missing.
        KeyKind::Other(name) => return (!fields.is_empty()).then_some(KeyKind::Other(name)),
    };
    fields.is_empty().then_some(kind)
}

/// The curve's name and an uncompressed point (RFC 5656 section 3.1).
fn ecdsa_point(fields: &mut Fields<'_>, bits: u32) -> Option<()> {
    let curve = fields.text().ok()?;
    let point = fields.string().ok()?;
    let length = 1 + 2 * bits.div_ceil(8) as usize;
    (curve.strip_prefix("nistp") == Some(&*bits.to_string()) && point.len() == length).then_some(())
}

/// Length of an `mpint` in bits.
fn bits(mpint: &[u8]) -> u32 {
    let digits = &mpint[mpint.iter().take_while(|byte| **byte == 0).count()..];
    let top = digits.first().map_or(0, |byte| byte.leading_zeros());
    (digits.len() as u32 * 8).saturating_sub(top)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    const FINGERPRINT: &str = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU";

    #[test]
    fn a_line_is_read_whatever_stands_between_its_fields() {
        // GitHub's published Ed25519 host key and fingerprint.
        for between in [" ", "\t", "  \t "] {
            let odd = format!("  {}{between}a  b \r", LINE.replacen(' ', between, 1));
            let key = Public::from_line(&odd).unwrap();
            assert_eq!(key.fingerprint, FINGERPRINT);
            assert_eq!(key.kind, KeyKind::Ed25519);
            assert_eq!(key.line(), format!("{LINE} a  b"));
        }
    }

    #[test]
    fn a_line_end_in_a_comment_does_not_make_a_second_line() {
        let key = Public::from_line(LINE).unwrap();
        let key = Public::from_blob(key.blob(), "a\nssh-rsa AAAA\u{1b}[2J").unwrap();
        assert_eq!(key.line(), format!("{LINE} assh-rsa AAAA[2J"));
    }

    #[test]
    fn a_name_that_is_not_the_one_inside_is_no_key() {
        assert!(Public::from_line(&LINE.replacen("ed25519", "rsa", 1)).is_none());
        assert!(Public::from_line(&LINE[..60]).is_none());
        assert!(Public::from_line("ssh-ed25519").is_none());
        assert!(Public::from_line("restrict ssh-ed25519 AAAA").is_none());
    }

    #[test]
    fn bits_are_counted_from_the_first_set_one() {
        assert_eq!(bits(&[0, 0x80, 0]), 16);
        assert_eq!(bits(&[0x7f, 0]), 15);
        assert_eq!(bits(&[]), 0);
    }
}
