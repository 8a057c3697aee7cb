//! Which certificate, and which server, is in a text that somebody copied from a page?
//!
//! A page may show the certificate alone, or a whole command for a shell around it. Nothing is run: the
//! certificate and the address are found in it, whatever stands around them.

use super::certificate::Certificate;

/// What was found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pasted {
    /// The certificate.
    pub certificate: Certificate,
    /// The `USER@HOST` and port of an ssh command in the same text.
    pub address: Option<(String, Option<u16>)>,
}

/// Why no certificate was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCertificate {
    /// There is nothing like one.
    Nothing,
    /// A public key, which the service wants from us, and not the other way round.
    PublicKey,
    /// One begins, and is cut off or damaged.
    Damaged,
}

/// More pieces than this no page makes of one certificate.
const MOST_PIECES: usize = 100;

/// Finds the certificate, also where it was wrapped over several lines.
///
/// # Errors
/// When there is none.
pub fn read(text: &str) -> Result<Pasted, NoCertificate> {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '`' | ';'))
        .filter(|word| !word.is_empty())
        .collect();
    let begins = |word: &&str| word.ends_with("-cert-v01@openssh.com");
    let Some(at) = words.iter().position(begins) else {
        let is_key = words
            .iter()
            .any(|word| word.starts_with("AAAA") && word.len() > 60);
        return Err(if is_key {
            NoCertificate::PublicKey
        } else {
            NoCertificate::Nothing
        });
    };
    let mut base64 = String::new();
    for piece in words[at + 1..].iter().take(MOST_PIECES) {
        base64.push_str(piece);
        if let Some(certificate) = Certificate::from_line(&format!("{} {base64}", words[at])) {
            return Ok(Pasted {
                certificate,
                address: address(&words),
            });
        }
    }
    Err(NoCertificate::Damaged)
}

/// Of `ssh bench@proxy -p 2222`, wherever it stands.
fn address(words: &[&str]) -> Option<(String, Option<u16>)> {
    let at = words.iter().rposition(|word| *word == "ssh")?;
    let rest = &words[at + 1..];
    let login = rest.iter().take(8).find(|word| word.contains('@'))?;
    let port = rest
        .iter()
        .position(|word| *word == "-p")
        .and_then(|at| rest.get(at + 1)?.parse().ok());
    Some(((*login).to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `ssh-keygen -s ca -I me -n bench-1234 -V always:forever id.pub`.
    const LINE: &str = include_str!("../../tests/fixtures/pasted-cert.pub");

    #[test]
    fn the_certificate_alone_and_in_the_command_of_every_shell() {
        let line = LINE.trim();
        for text in [
            line.to_owned(),
            format!("\n  {line}  \n"),
            format!("echo '{line}' > ~/.ssh/id_sha2-cert.pub && ssh bench-1@n1.example -p 2222"),
            format!(
                "$PSDefaultParameterValues['*: Encoding'] = 'utf8'; echo '{line}' > ~/.ssh/id_x-cert.pub; if ($?) {{ ssh bench-1@n1.example -p 2222 }}"
            ),
        ] {
            let pasted = read(&text).expect(&text);
            assert_eq!(pasted.certificate.principals, ["bench-1234"]);
            assert_eq!(
                pasted.address,
                text.contains("ssh bench")
                    .then(|| ("bench-1@n1.example".to_owned(), Some(2222)))
            );
        }
    }

    #[test]
    fn a_wrapped_one_is_put_together() {
        let wrapped: String = LINE
            .trim()
            .chars()
            .enumerate()
            .flat_map(|(at, c)| {
                (at > 60 && at % 70 == 0)
                    .then_some('\n')
                    .into_iter()
                    .chain([c])
            })
            .collect();
        assert_ne!(wrapped.lines().count(), 1);
        assert!(read(&wrapped).is_ok());
    }

    #[test]
    fn what_is_none_is_told_apart() {
        let key =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtGMsyzPeVtWqV8p2cWcZMa6NGVhGsuLSfGtsUdSEKM";
        assert_eq!(read(key), Err(NoCertificate::PublicKey));
        assert_eq!(read("hello"), Err(NoCertificate::Nothing));
        let half = &LINE[..LINE.len() / 2];
        assert_eq!(read(half), Err(NoCertificate::Damaged));
    }
}
