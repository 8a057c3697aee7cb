//! What does a file in one of OpenSSL's formats hold, and would ssh read it?

use zeroize::Zeroizing;

use super::der::{self, Unusable};
use super::private::{Defect, Format, Label, Lock, Private};
use super::wire;

/// The private key between the markers of `label`. libcrypto is lenient about what stands around
/// it (PEM_read_bio(3)), so most of what breaks OpenSSH's own format is no defect here.
pub(crate) fn read(label: &Label<'_>) -> Private {
    let mut defects = layout_defects(label);
    let text = Text::read(label.body);
    if text.has_blank_inside {
        defects.push(Defect::BlankInside);
    }
    let cipher = text
        .header("DEK-Info:")
        .and_then(|info| info.split(',').next())
        .map(|name| name.trim().to_ascii_lowercase());
    let encrypted = label.encrypted
        || text
            .header("Proc-Type:")
            .is_some_and(|value| value.contains("ENCRYPTED"));

    let der = wire::base64(&text.body).filter(|_| !text.is_ragged);
    let read = match der.as_deref() {
        None => Err(Unusable::Damaged),
        Some(der) if label.encrypted && !der::is_encrypted_pkcs8(der) => Err(Unusable::Damaged),
        Some(_) if encrypted => Ok(None),
        Some(der) => match label.format {
            Format::Pkcs1 => der::rsa(der),
            Format::Sec1 => der::ec(der, None),
            Format::Dsa => der::dsa(der),
            Format::Pkcs8 | Format::OpenSsh => der::pkcs8(der),
        },
    };
    let public = match read {
        Ok(public) => public,
        Err(unusable) => {
            let explained = defects.contains(&Defect::Truncated) || text.has_blank_inside;
            match unusable {
                Unusable::Unsupported => defects.push(Defect::Unsupported),
                Unusable::Damaged if explained => {}
                Unusable::Damaged => defects.push(Defect::Damaged),
            }
            None
        }
    };
    let lock = if encrypted {
        let inside = der.as_deref().filter(|_| label.encrypted);
        let inside = inside.and_then(|der| der::pbes2_cipher(der));
        Lock::Passphrase {
            cipher: cipher.or(inside.map(str::to_owned)),
            rounds: None,
        }
    } else {
        Lock::None
    };
    Private {
        format: label.format,
        lock,
        public,
        defects,
    }
}

/// What is wrong around the Base64.
fn layout_defects(label: &Label<'_>) -> Vec<Defect> {
    let mut defects = Vec::new();
    let line = label.before.rsplit(|byte| *byte == b'\n').next();
    let line = line.unwrap_or_default();
    if !label.body.contains(&b'\n') {
        defects.push(Defect::OneLine);
    } else if line.iter().any(|byte| !byte.is_ascii_whitespace()) && label.before != BOM {
        defects.push(Defect::TextBeside);
    } else if !line.is_empty() && label.before != BOM {
        defects.push(Defect::Indented);
    }
    match label.after {
        None => defects.push(Defect::Truncated),
        Some(after) => {
            let mut rest = after.split(|byte| *byte == b'\n').next().into_iter();
            let beside = rest.any(|rest| rest.iter().any(|byte| !byte.is_ascii_whitespace()));
            if beside && !defects.contains(&Defect::OneLine) {
                defects.push(Defect::TextBeside);
            }
        }
    }
    defects.dedup();
    defects
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// The text between the markers, as pem_lib.c:get_header_and_data takes it apart.
struct Text {
    /// RFC 1421 headers: not private.
    headers: Vec<String>,
    body: Zeroizing<Vec<u8>>,
    has_blank_inside: bool,
    /// After headers, lines must have 64 characters, except the last one.
    is_ragged: bool,
}

impl Text {
    fn read(text: &[u8]) -> Self {
        let lines = text
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::trim_ascii_end);
        // What stands before the first line end is the rest of the BEGIN line, and what stands
        // after the last one is the start of the END line.
        let mut lines: Vec<&[u8]> = lines.skip(1).collect();
        if text.ends_with(b"\n") {
            lines.pop();
        }
        let gap = lines.iter().position(|line| line.is_empty());
        let (headers, body) = match gap {
            Some(gap) if lines[..gap].iter().all(|line| line.contains(&b':')) => {
                (&lines[..gap], &lines[gap + 1..])
            }
            Some(_) | None => (&lines[..0], &lines[..]),
        };
        let full = body.len().saturating_sub(1);
        let is_ragged = gap.is_some()
            && (body.iter().any(|line| line.len() > 64)
                || body[..full].iter().any(|line| line.len() < 64));
        let mut joined = Zeroizing::new(Vec::with_capacity(text.len()));
        body.iter().for_each(|line| joined.extend_from_slice(line));
        Self {
            headers: headers
                .iter()
                .map(|line| String::from_utf8_lossy(line).into_owned())
                .collect(),
            has_blank_inside: body.iter().any(|line| line.is_empty()),
            body: joined,
            is_ragged,
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| line.strip_prefix(name))
    }
}
