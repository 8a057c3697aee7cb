//! What can be told of a private key without its passphrase, and why would ssh refuse the file?

use super::public::Public;
use super::{openssh, pem};

/// A private key file as far as it can be read without its passphrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Private {
    /// How it is written down.
    pub format: Format,
    /// Whether a passphrase protects it.
    pub lock: Lock,
    /// The public half, when it can be read. OpenSSH's format always shows it, the others only
    /// when they are not encrypted.
    pub public: Option<Public>,
    /// What makes ssh refuse the file; empty for a good one. Order: from the file's start.
    pub defects: Vec<Defect>,
}

/// How a private key is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `OPENSSH PRIVATE KEY` (PROTOCOL.key), the usual one since OpenSSH 7.8.
    OpenSsh,
    /// `RSA PRIVATE KEY`.
    Pkcs1,
    /// `EC PRIVATE KEY`.
    Sec1,
    /// `DSA PRIVATE KEY`.
    Dsa,
    /// `PRIVATE KEY` or `ENCRYPTED PRIVATE KEY`. Ed25519 in it needs OpenSSH 9.6 with OpenSSL.
    Pkcs8,
}

/// Whether a passphrase is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Anybody who can read the file has the key.
    None,
    /// Encrypted.
    Passphrase {
        /// Name of the cipher as ssh or OpenSSL spells it; None when it cannot be told.
        cipher: Option<String>,
        /// Rounds of bcrypt; None in formats that use something else.
        rounds: Option<u32>,
    },
    /// The file is too broken to tell.
    Unknown,
}

/// Something that makes ssh refuse a private key file ("What breaks loading", openssh.md 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// UTF-16, as PowerShell's `>` writes it.
    Utf16,
    /// A UTF-8 byte order mark in front.
    ByteOrderMark,
    /// Blank lines in front.
    BlankBefore,
    /// Other text in front.
    TextBefore,
    /// The lines are indented.
    Indented,
    /// Windows line ends.
    CrLf,
    /// Blanks at the end of the first or last line.
    TrailingBlanks,
    /// The line ends are gone: all on one line.
    OneLine,
    /// Other text in the first or last line.
    TextBeside,
    /// A blank line inside; OpenSSL's formats only.
    BlankInside,
    /// The line end after the last line is missing.
    NoFinalNewline,
    /// The end is missing.
    Truncated,
    /// The contents are not a key.
    Damaged,
    /// A sort of key that OpenSSH does not know.
    Unsupported,
}

impl Defect {
    /// The defect in words, to stand after "the file".
    pub fn words(self) -> &'static str {
        match self {
            Self::Utf16 => "is written in UTF-16",
            Self::ByteOrderMark => "begins with a byte order mark",
            Self::BlankBefore => "begins with a blank line",
            Self::TextBefore => "has other text before the key",
            Self::Indented => "has indented lines",
            Self::CrLf => "has Windows line ends",
            Self::TrailingBlanks => "has blanks at the end of its first or last line",
            Self::OneLine => "has lost its line ends",
            Self::TextBeside => "has other text in its first or last line",
            Self::BlankInside => "has a blank line inside",
            Self::NoFinalNewline => "has no line end after its last line",
            Self::Truncated => "is cut off",
            Self::Damaged => "is damaged",
            Self::Unsupported => "holds a sort of key that OpenSSH does not know",
        }
    }

    /// Whether the key itself is whole, so that writing the file anew would repair it.
    pub fn is_mendable(self) -> bool {
        match self {
            Self::Utf16
            | Self::ByteOrderMark
            | Self::BlankBefore
            | Self::TextBefore
            | Self::Indented
            | Self::CrLf
            | Self::TrailingBlanks
            | Self::OneLine
            | Self::TextBeside
            | Self::BlankInside
            | Self::NoFinalNewline => true,
            Self::Truncated | Self::Damaged | Self::Unsupported => false,
        }
    }
}

/// The private key in a file's bytes. None when there is no `BEGIN … PRIVATE KEY` in them.
pub(crate) fn recognise(bytes: &[u8]) -> Option<Private> {
    let label = Label::find(bytes)?;
    Some(match label.format {
        Format::OpenSsh => openssh::read(bytes, &label),
        Format::Pkcs1 | Format::Sec1 | Format::Dsa | Format::Pkcs8 => pem::read(&label),
    })
}

/// Where the key's text stands in the file.
pub(crate) struct Label<'a> {
    pub(crate) format: Format,
    /// What stands before `PRIVATE KEY` in the markers.
    pub(crate) name: &'static str,
    /// PKCS#8 says so in its label.
    pub(crate) encrypted: bool,
    pub(crate) before: &'a [u8],
    /// Between the BEGIN and the END marker, line ends included.
    pub(crate) body: &'a [u8],
    /// After the END marker; None when there is none.
    pub(crate) after: Option<&'a [u8]>,
}

impl<'a> Label<'a> {
    /// The first private key in the bytes.
    pub(crate) fn find(bytes: &'a [u8]) -> Option<Self> {
        const KINDS: [(&str, Format, bool); 6] = [
            ("OPENSSH ", Format::OpenSsh, false),
            ("RSA ", Format::Pkcs1, false),
            ("EC ", Format::Sec1, false),
            ("DSA ", Format::Dsa, false),
            ("ENCRYPTED ", Format::Pkcs8, true),
            ("", Format::Pkcs8, false),
        ];
        let mut from = 0;
        while let Some(at) = find(&bytes[from..], b"-----BEGIN ") {
            let at = from + at;
            for (name, format, encrypted) in KINDS {
                let begin = format!("-----BEGIN {name}PRIVATE KEY-----");
                if !bytes[at..].starts_with(begin.as_bytes()) {
                    continue;
                }
                let rest = &bytes[at + begin.len()..];
                let end = format!("-----END {name}PRIVATE KEY-----");
                let (body, after) = match find(rest, end.as_bytes()) {
                    Some(stop) => (&rest[..stop], Some(&rest[stop + end.len()..])),
                    None => (rest, None),
                };
                return Some(Self {
                    format,
                    name,
                    encrypted,
                    before: &bytes[..at],
                    body,
                    after,
                });
            }
            from = at + 1;
        }
        None
    }
}

/// Where `needle` starts in `haystack`.
pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}
