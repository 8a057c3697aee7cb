//! What is this one file: a private key, a public key, a certificate, or something else?

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use zeroize::Zeroizing;

use super::certificate::Certificate;
use super::private::{self, Defect, Private};
use super::public::Public;

/// The largest file that is read, in bytes. An RSA 16384 private key has 13 KiB.
pub const LIMIT: u64 = 64 * 1024;

/// A file and what it turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFile {
    /// As it was asked for.
    pub path: PathBuf,
    /// What is in it.
    pub content: Content,
    /// Permission bits (`0o600`). None on Windows, and when the file could not be looked at.
    pub mode: Option<u32>,
    /// Whether it belongs to us. None on Windows, and when the file could not be looked at.
    pub ours: Option<bool>,
    /// When it was last written.
    pub modified: Option<SystemTime>,
}

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A private key, good or broken.
    Private(Box<Private>),
    /// A public key.
    Public(Box<Public>),
    /// An OpenSSH certificate.
    Certificate(Box<Certificate>),
    /// A PuTTY key, which OpenSSH cannot read.
    Ppk {
        /// 2 or 3; 1 is extinct.
        version: u32,
        /// Whether a passphrase protects it.
        encrypted: bool,
    },
    /// A directory.
    Directory,
    /// A pipe, socket or device: never opened.
    Special,
    /// More than [`LIMIT`]: not read.
    TooBig {
        /// Its size.
        bytes: u64,
    },
    /// Nothing in it but blanks.
    Empty,
    /// Something else.
    NotAKey {
        /// The first line, when it is a `BEGIN` label that tells what the file is. Anything else
        /// could be a secret and is not repeated.
        first_line: Option<String>,
    },
    /// It is there but cannot be read.
    Unreadable(ErrorKind),
    /// It is not there.
    Missing,
}

impl Content {
    /// The certificate, where it is one.
    pub fn certificate(&self) -> Option<&Certificate> {
        let Content::Certificate(certificate) = self else {
            return None;
        };
        Some(certificate)
    }

    /// The private key, where it is one.
    pub fn private(self) -> Option<Private> {
        let Content::Private(private) = self else {
            return None;
        };
        Some(*private)
    }
}

/// Where the public half of a private key is: `id.work` has its own in `id.work.pub`.
pub fn with_pub(private: &Path) -> PathBuf {
    let mut name = private.as_os_str().to_owned();
    name.push(".pub");
    name.into()
}

/// Says what a file is. Only regular files of at most [`LIMIT`] bytes are read, so this never
/// blocks on a pipe; nothing is written, and no passphrase is needed. Failures are in the answer.
pub fn inspect(path: &Path) -> KeyFile {
    let (content, metadata) = match read(path) {
        Ok((bytes, metadata)) => (identify(&bytes), Some(metadata)),
        Err(Unread { content, metadata }) => (content, metadata.map(|metadata| *metadata)),
    };
    KeyFile {
        path: path.to_owned(),
        content,
        mode: metadata.as_ref().and_then(mode),
        ours: metadata.as_ref().and_then(ours),
        modified: metadata.and_then(|metadata| metadata.modified().ok()),
    }
}

/// The bytes of a plain file of a key's size, in memory that is wiped; none when it cannot be read.
pub fn bytes(path: &Path) -> Option<Zeroizing<Vec<u8>>> {
    read(path).ok().map(|(bytes, _)| bytes)
}

/// What the bytes of a file are.
pub(crate) fn identify(bytes: &[u8]) -> Content {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Content::Empty;
    }
    if let Some(text) = from_utf16(bytes) {
        return match private::recognise(text.as_bytes()) {
            Some(mut private) => {
                private.defects.insert(0, Defect::Utf16);
                Content::Private(Box::new(private))
            }
            None => Content::NotAKey { first_line: None },
        };
    }
    if let Some(ppk) = ppk(bytes) {
        return ppk;
    }
    if let Some(private) = private::recognise(bytes) {
        return Content::Private(Box::new(private));
    }
    let text = Zeroizing::new(String::from_utf8_lossy(bytes).into_owned());
    // ssh, too, takes the first line that is a key (authfile.c:sshkey_try_load_public).
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some(certificate) = Certificate::from_line(line) {
            return Content::Certificate(Box::new(certificate));
        }
        if let Some(public) = Public::from_line(line) {
            return Content::Public(Box::new(public));
        }
    }
    Content::NotAKey {
        first_line: text.lines().next().and_then(label),
    }
}

/// Why a file's bytes are not known.
pub(crate) struct Unread {
    pub(crate) content: Content,
    metadata: Option<Box<Metadata>>,
}

/// The bytes of a regular file, in memory that is wiped.
pub(crate) fn read(path: &Path) -> Result<(Zeroizing<Vec<u8>>, Metadata), Unread> {
    // Asked before opening, because opening a device can have effects.
    let metadata = fs::metadata(path).map_err(|error| Unread::because(&error, None))?;
    refuse_special(&metadata)?;
    let file = open(path).map_err(|error| Unread::because(&error, Some(metadata)))?;
    // And again afterwards, because another file may have taken the name meanwhile.
    let metadata = file
        .metadata()
        .map_err(|error| Unread::because(&error, None))?;
    refuse_special(&metadata)?;
    match read_at_most(file, metadata.len()) {
        Ok(Some(bytes)) => Ok((bytes, metadata)),
        Ok(None) => Err(Unread {
            content: Content::TooBig {
                bytes: metadata.len(),
            },
            metadata: Some(Box::new(metadata)),
        }),
        Err(error) => Err(Unread::because(&error, Some(metadata))),
    }
}

impl Unread {
    fn because(error: &io::Error, metadata: Option<Metadata>) -> Self {
        let content = match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Content::Missing,
            kind => Content::Unreadable(kind),
        };
        Self {
            content,
            metadata: metadata.map(Box::new),
        }
    }
}

fn refuse_special(metadata: &Metadata) -> Result<(), Unread> {
    let content = if metadata.is_dir() {
        Content::Directory
    } else if !metadata.is_file() {
        Content::Special
    } else if metadata.len() > LIMIT {
        Content::TooBig {
            bytes: metadata.len(),
        }
    } else {
        return Ok(());
    };
    Err(Unread {
        content,
        metadata: Some(Box::new(metadata.clone())),
    })
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    // Without NONBLOCK, opening a pipe that took the name meanwhile would wait for a writer.
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits() as i32)
        .open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// None when there is more than expected, that is, the file grew just now. The buffer is made in
/// its full size, because growing one leaves a copy of the key behind.
fn read_at_most(mut file: File, expected: u64) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut bytes = Zeroizing::new(vec![0; expected as usize + 1]);
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => {
                bytes.truncate(filled);
                return Ok(Some(bytes));
            }
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(metadata.permissions().mode() & 0o7777)
}

#[cfg(unix)]
fn ours(metadata: &Metadata) -> Option<bool> {
    use std::os::unix::fs::MetadataExt;
    Some(metadata.uid() == rustix::process::getuid().as_raw())
}

#[cfg(not(unix))]
fn mode(_: &Metadata) -> Option<u32> {
    None
}

#[cfg(not(unix))]
fn ours(_: &Metadata) -> Option<bool> {
    None
}

/// The text of a UTF-16 file, told by its byte order mark or by the zero bytes of ASCII letters.
pub(crate) fn from_utf16(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let (body, order) = match bytes {
        [0xff, 0xfe, body @ ..] => (body, [0, 1]),
        [0xfe, 0xff, body @ ..] => (body, [1, 0]),
        [b'-', 0, b'-', 0, ..] => (bytes, [0, 1]),
        [0, b'-', 0, b'-', ..] => (bytes, [1, 0]),
        _ => return None,
    };
    let [low, high] = order;
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2));
    let units = body
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[low], pair[high]]));
    text.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
    Some(text)
}

/// PuTTY's format: `PuTTY-User-Key-File-3: ssh-ed25519`, then `Encryption: …`.
fn ppk(bytes: &[u8]) -> Option<Content> {
    let rest = bytes.strip_prefix(b"PuTTY-User-Key-File-")?;
    let head = std::str::from_utf8(&rest[..rest.len().min(512)]);
    let head = head.or_else(|error| std::str::from_utf8(&rest[..error.valid_up_to()]));
    let head = head.unwrap_or_default();
    let encryption = head
        .lines()
        .find_map(|line| line.strip_prefix("Encryption:"));
    Some(Content::Ppk {
        version: head.split(':').next()?.parse().ok()?,
        encrypted: encryption.is_some_and(|cipher| cipher.trim() != "none"),
    })
}

/// `-----BEGIN CERTIFICATE-----` and the like, without what may follow on the same line.
fn label(line: &str) -> Option<String> {
    let line = line.trim();
    let dashes = ["-----BEGIN ", "---- BEGIN "]
        .into_iter()
        .find(|begin| line.starts_with(begin))?;
    let name = line[dashes.len()..].split('-').next()?.trim_end();
    let plain = name.len() <= 40 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
    plain.then(|| format!("{dashes}{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_line(text: &str) -> Option<String> {
        match identify(text.as_bytes()) {
            Content::NotAKey { first_line } => first_line,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_labels_are_repeated_from_a_file_that_is_no_key() {
        assert_eq!(
            first_line("-----BEGIN CERTIFICATE-----\nMIIB"),
            Some("-----BEGIN CERTIFICATE".to_owned())
        );
        assert_eq!(
            first_line("---- BEGIN SSH2 PUBLIC KEY ----\n"),
            Some("---- BEGIN SSH2 PUBLIC KEY".to_owned())
        );
        assert_eq!(first_line("hunter2\n"), None);
        assert_eq!(first_line("-----BEGIN \u{1b}[2J-----\n"), None);
    }

    #[test]
    fn a_putty_key_is_recognised() {
        let text = "PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: aes256-cbc\r\n";
        assert_eq!(
            identify(text.as_bytes()),
            Content::Ppk {
                version: 3,
                encrypted: true
            }
        );
        let text = "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: \u{e9}\n";
        assert_eq!(
            identify(text.as_bytes()),
            Content::Ppk {
                version: 2,
                encrypted: false
            }
        );
    }

    #[test]
    fn binary_and_blank_files_are_no_keys() {
        assert_eq!(identify(b" \n\t\n"), Content::Empty);
        assert_eq!(identify(b""), Content::Empty);
        let binary: Vec<u8> = (0..=255).cycle().skip(3).take(4000).collect();
        assert_eq!(identify(&binary), Content::NotAKey { first_line: None });
    }
}
