//! What does a file in OpenSSH's own format hold, and would ssh read it?

use zeroize::Zeroizing;

use super::private::{Defect, Format, Label, Lock, Private, find};
use super::public::Public;
use super::wire::{self, Fields};

/// The private key between the markers that `label` found in `bytes`.
pub(crate) fn read(bytes: &[u8], label: &Label<'_>) -> Private {
    // ssh's own way first, so that a file it accepts never gets a defect from a guess of ours.
    let strict = as_ssh_decodes(bytes);
    let mut defects = Vec::new();
    let body = match strict {
        Some(body) => Some(body),
        None => {
            defects = layout_defects(label);
            let mended = wire::base64(label.body);
            let cut = defects.contains(&Defect::Truncated);
            if defects.is_empty() || (mended.is_none() && !cut) {
                defects.push(Defect::Damaged);
            }
            mended
        }
    };
    let read = body
        .as_deref()
        .map(|body| Envelope::decode(body).and_then(|envelope| envelope.describe()));
    let (lock, public) = match read {
        Some(Ok(read)) => read,
        Some(Err(_)) | None => {
            if !defects.contains(&Defect::Damaged) && !defects.contains(&Defect::Truncated) {
                defects.push(Defect::Damaged);
            }
            // The start of a cut file still names its cipher and public half.
            let body = body.or_else(|| whole_quads(label.body));
            body.map_or((Lock::Unknown, None), |body| beginning(&body))
        }
    };
    Private {
        format: Format::OpenSsh,
        lock,
        public,
        defects,
    }
}

/// sshkey.c:private2_uudecode: the file starts with the BEGIN line, and a line is the END line.
fn as_ssh_decodes(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    const END: &[u8] = b"\n-----END OPENSSH PRIVATE KEY-----\n";
    let body = bytes.strip_prefix(b"-----BEGIN OPENSSH PRIVATE KEY-----\n")?;
    let body = &body[..find(body, END)?];
    has_no_spare_bits(body)
        .then(|| wire::base64(body))
        .flatten()
}

/// base64.c:b64_pton refuses a last digit with bits beyond the last byte; base64ct takes it.
fn has_no_spare_bits(text: &[u8]) -> bool {
    let mut digits = text.iter().rev().filter(|byte| !byte.is_ascii_whitespace());
    match (digits.next(), digits.next(), digits.next()) {
        (Some(b'='), Some(b'='), Some(last)) => b"AQgw".contains(last),
        (Some(b'='), Some(last), _) => b"AEIMQUYcgkosw048".contains(last),
        (_, _, _) => true,
    }
}

fn layout_defects(label: &Label<'_>) -> Vec<Defect> {
    let mut defects = Vec::new();
    let mut add = |defect| {
        if !defects.contains(&defect) {
            defects.push(defect);
        }
    };
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let before = label.before;
    if before.starts_with(b"\xef\xbb\xbf") {
        add(Defect::ByteOrderMark);
    } else if !before.is_empty() && before.iter().all(blank) {
        add(Defect::Indented);
    } else if before.iter().all(u8::is_ascii_whitespace) && !before.is_empty() {
        add(Defect::BlankBefore);
    } else if before.ends_with(b"\n") {
        add(Defect::TextBefore);
    } else if !before.is_empty() {
        add(Defect::TextBeside);
    }
    let line_end = |rest: &[u8]| match rest {
        [b'\n', ..] => None,
        [b'\r', b'\n', ..] => Some(Defect::CrLf),
        [b' ' | b'\t', ..]
            if rest
                .iter()
                .find(|b| !blank(b))
                .is_none_or(|b| b"\r\n".contains(b)) =>
        {
            Some(Defect::TrailingBlanks)
        }
        _ if label.body.contains(&b'\n') => Some(Defect::TextBeside),
        _ => Some(Defect::OneLine),
    };
    line_end(label.body).into_iter().for_each(&mut add);
    match label.after {
        None => add(Defect::Truncated),
        Some(after) => {
            let last = label.body.iter().rev().find(|byte| !blank(byte));
            if !label.body.contains(&b'\n') {
                add(Defect::OneLine);
            } else if last != Some(&b'\n') {
                add(Defect::TextBeside);
            } else if label.body.last().is_some_and(blank) {
                add(Defect::Indented);
            }
            match after {
                [] => add(Defect::NoFinalNewline),
                _ => line_end(after).into_iter().for_each(add),
            }
        }
    }
    defects
}

/// The outer fields of an OpenSSH private key (PROTOCOL.key section 1).
struct Envelope<'a> {
    cipher: &'a str,
    kdf: &'a str,
    rounds: Option<u32>,
    public: &'a [u8],
    private: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// sshkey.c:private2_decrypt, up to where the passphrase is needed.
    fn decode(body: &'a [u8]) -> Result<Self, ssh_encoding::Error> {
        let mut fields = Fields::new(body);
        let envelope = Self::head(&mut fields)?;
        let private = fields.string()?;
        let (block, tag) = match envelope.cipher {
            "none" | "3des-cbc" => (8, 0),
            "chacha20-poly1305@openssh.com" => (8, 16),
            "aes128-gcm@openssh.com" | "aes256-gcm@openssh.com" => (16, 16),
            _ => (16, 0),
        };
        let kdf = if envelope.cipher == "none" {
            "none"
        } else {
            "bcrypt"
        };
        let whole = !private.is_empty() && private.len().is_multiple_of(block);
        if !whole || envelope.kdf != kdf || fields.take(tag).is_err() || !fields.is_empty() {
            return Err(ssh_encoding::Error::Length);
        }
        Ok(Self {
            private,
            ..envelope
        })
    }

    /// All but the private part, which is left empty.
    fn head(fields: &mut Fields<'a>) -> Result<Self, ssh_encoding::Error> {
        if fields.take(15)? != b"openssh-key-v1\0" {
            return Err(ssh_encoding::Error::CharacterEncoding);
        }
        let cipher = fields.text()?;
        let kdf = fields.text()?;
        let mut options = Fields::new(fields.string()?);
        let rounds = options.string().and_then(|_salt| options.u32()).ok();
        if fields.u32()? != 1 {
            return Err(ssh_encoding::Error::Length);
        }
        Ok(Self {
            cipher,
            kdf,
            rounds,
            public: fields.string()?,
            private: &[],
        })
    }

    fn describe(&self) -> Result<(Lock, Option<Public>), ssh_encoding::Error> {
        let lock = lock(self.cipher, self.rounds);
        let comment = match lock {
            Lock::None => self.comment()?,
            Lock::Passphrase { .. } | Lock::Unknown => String::new(),
        };
        let public = Public::from_blob(self.public, &comment);
        public
            .map(|public| (lock, Some(public)))
            .ok_or(ssh_encoding::Error::Length)
    }

    /// The comment of a key that is not encrypted; an error when ssh would not take the key.
    fn comment(&self) -> Result<String, ssh_encoding::Error> {
        let mut fields = Fields::new(self.private);
        let mut padding: u8 = 0;
        if fields.u32()? != fields.u32()? {
            return Err(ssh_encoding::Error::Length);
        }
        let algorithm = fields.text()?;
        let mut strings = |count| {
            (0..count)
                .map(|_| fields.string())
                .collect::<Result<Vec<_>, _>>()
        };
        let public = match algorithm {
            "ssh-ed25519" => {
                let (public, both) = (strings(1)?, fields.string()?);
                if both.len() != 64 {
                    return Err(ssh_encoding::Error::Length);
                }
                wire::blob(algorithm, &public)
            }
            "ssh-rsa" => {
                let numbers = strings(6)?;
                wire::blob(algorithm, &[numbers[1], numbers[0]])
            }
            "ssh-dss" => wire::blob(algorithm, &strings(5)?[..4]),
            "sk-ssh-ed25519@openssh.com" | "sk-ecdsa-sha2-nistp256@openssh.com" => {
                let own = if algorithm.starts_with("sk-ssh") {
                    2
                } else {
                    3
                };
                let public = wire::blob(algorithm, &strings(own)?);
                let _flags = fields.byte()?;
                let _handle = fields.string()?;
                let _reserved = fields.string()?;
                public
            }
            _ if algorithm.starts_with("ecdsa-sha2-") => wire::blob(algorithm, &strings(3)?[..2]),
            // Where the comment of an unknown sort of key stands cannot be known.
            _ if Fields::new(self.public).text() == Ok(algorithm) => return Ok(String::new()),
            _ => return Err(ssh_encoding::Error::CharacterEncoding),
        };
        let comment = fields.words()?;
        // What is left pads the block: 1, 2, 3 and so on.
        while !fields.is_empty() {
            padding = padding.wrapping_add(1);
            if fields.byte()? != padding {
                return Err(ssh_encoding::Error::Length);
            }
        }
        (public == self.public && !comment.contains('\0'))
            .then_some(comment)
            .ok_or(ssh_encoding::Error::Length)
    }
}

/// What the start of a broken OpenSSH key still tells.
fn beginning(body: &[u8]) -> (Lock, Option<Public>) {
    match Envelope::head(&mut Fields::new(body)) {
        Ok(head) => (
            lock(head.cipher, head.rounds),
            Public::from_blob(head.public, ""),
        ),
        Err(_) => (Lock::Unknown, None),
    }
}

fn lock(cipher: &str, rounds: Option<u32>) -> Lock {
    match cipher {
        "none" => Lock::None,
        _ => Lock::Passphrase {
            cipher: Some(cipher.to_owned()),
            rounds,
        },
    }
}

/// The longest start of a Base64 text that can be decoded.
fn whole_quads(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let digits = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    let mut kept: Zeroizing<Vec<u8>> = Zeroizing::new(Vec::with_capacity(text.len()));
    let solid = text.iter().filter(|b| !b.is_ascii_whitespace());
    kept.extend(solid.take_while(digits));
    let whole = kept.len() / 4 * 4;
    kept.truncate(whole);
    wire::base64(&kept)
}
