//! Which keys has this person, which files belong together, and what is wrong with them?

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::candidates::{Candidate, candidates};
use super::certificate::Certificate;
use super::file::{Content, KeyFile, inspect};
use super::kind::{KeyKind, default_rank};
use super::private::{Defect, Lock, Private};
use super::public::Public;
use crate::trouble::Trouble;

/// A key: its files, and what they say together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The private file, `F`; also when it is no private key (see `problems`).
    pub private: Option<PathBuf>,
    /// The public file, `F.pub`, when it holds a public key.
    pub public: Option<PathBuf>,
    /// The certificate file, `F-cert.pub`, and what it says.
    pub certificate: Option<(PathBuf, Certificate)>,
    /// Sort and size. None when no public half can be read.
    pub kind: Option<KeyKind>,
    /// `SHA256:…` of what the private half signs with, where that can be read, otherwise of the
    /// public file.
    pub fingerprint: Option<String>,
    /// From the public file, otherwise from inside the private one; may be empty.
    pub comment: String,
    /// The public key as one line without a line end, for publishing. Never a stale one.
    pub public_line: Option<String>,
    /// What keeps somebody with the private file from using it.
    pub protection: Protection,
    /// When the private file was last written, otherwise the public one.
    pub modified: Option<SystemTime>,
    /// Permission bits of the private file. None on Windows or without one.
    pub mode: Option<u32>,
    /// Whether the private file belongs to us. None on Windows or without one.
    pub ours: Option<bool>,
    /// What is wrong; empty for a good key.
    pub problems: Vec<KeyProblem>,
}

/// What keeps somebody with the private file from using it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Nothing.
    None,
    /// A passphrase.
    Passphrase,
    /// The file cannot be read, or is not there.
    Unknown,
    /// A FIDO device, which must be touched.
    Hardware,
}

/// Something about a key's files that will or may stop it from working.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyProblem {
    /// Group or others may do something with the private file: ssh ignores it
    /// (authfile.c:sshkey_perm_ok).
    TooOpen {
        /// Its permission bits.
        mode: u32,
    },
    /// The private file belongs to somebody else. ssh reads it all the same, if it can.
    NotOurs,
    /// The public file is of another key, and ssh offers that one.
    StalePublic {
        /// Fingerprint of the public file.
        public: String,
    },
    /// The certificate is for another key.
    StaleCertificate {
        /// Fingerprint of the key it is for.
        certified: String,
    },
    /// ssh refuses the private file.
    Defect(Defect),
    /// What stands where a private key should be.
    NotAPrivateKey(Content),
    /// What stands in `F.pub`.
    NotAPublicKey(Content),
    /// What stands in `F-cert.pub`.
    NotACertificate(Content),
    /// There is a public file or a certificate only. Right when the private half is in an agent.
    MissingPrivate,
}

/// All keys of a `~/.ssh` folder, and of the files a config names (`IdentityFile`,
/// `CertificateFile`; expanded to absolute paths), each once. Files that are no keys are left out,
/// except those named `id_*`, PuTTY keys, and `extra_files`, which are told with their problem.
/// First the names ssh tries by default in its order, then the others by name. Read-only; no
/// passphrase is needed. A folder that does not exist holds no keys.
///
/// # Errors
/// A [`Trouble`] when the folder is there but cannot be listed.
pub fn scan(folder: &Path, extra_files: &[PathBuf]) -> Result<Vec<Key>, Trouble> {
    let mut keys = Vec::new();
    let mut certificates = Vec::new();
    for candidate in candidates(folder, extra_files)? {
        match read(&candidate) {
            Found::Key(key) => keys.push(*key),
            Found::Certificate(path, certificate) => certificates.push((path, certificate)),
            Found::Nothing => {}
        }
    }
    for (path, certificate) in certificates {
        adopt(&mut keys, path, *certificate);
    }
    keys.sort_by_cached_key(|key| {
        let path = key.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        (default_rank(&name), name.into_owned(), path.to_owned())
    });
    Ok(keys)
}

impl Key {
    /// The path by which a config names the key: `F`, even when only `F.pub` is there.
    pub fn path(&self) -> PathBuf {
        let public = || {
            self.public.as_deref().map(|path| {
                let is_pub = path.extension().is_some_and(|end| end == "pub");
                if is_pub {
                    path.with_extension("")
                } else {
                    path.to_owned()
                }
            })
        };
        let certificate = || self.certificate.as_ref().map(|(path, _)| path.clone());
        self.private
            .clone()
            .or_else(public)
            .or_else(certificate)
            .unwrap_or_default()
    }
}

enum Found {
    Key(Box<Key>),
    /// A certificate that stands alone, as `CertificateFile` may name one.
    Certificate(PathBuf, Box<Certificate>),
    Nothing,
}

fn read(candidate: &Candidate) -> Found {
    let file = |path: &Option<PathBuf>| path.as_deref().map(inspect);
    let private = file(&candidate.private);
    let public = file(&candidate.public);
    let certificate = file(&candidate.certificate);
    let name = candidate.name.to_string_lossy();
    let must_be_told = candidate.is_asked_for() || name.starts_with("id_");

    let mut key = Key::new();
    let mut inner: Option<Public> = None;
    if let Some(KeyFile {
        path,
        content,
        mode,
        ours,
        modified,
    }) = private
    {
        key.modified = modified;
        match content {
            Content::Private(private) => {
                key.add_private(path, *private, mode, ours, &mut inner);
            }
            Content::Certificate(certificate) if candidate.is_asked_for() => {
                return Found::Certificate(path, certificate);
            }
            content @ (Content::Public(_)
            | Content::Certificate(_)
            | Content::Ppk { .. }
            | Content::Directory
            | Content::Special
            | Content::TooBig { .. }
            | Content::Empty
            | Content::NotAKey { .. }
            | Content::Unreadable(_)
            | Content::Missing) => {
                let is_ppk = matches!(content, Content::Ppk { .. });
                let has_public = public.as_ref().is_some_and(KeyFile::is_public);
                if !must_be_told && !is_ppk && !has_public {
                    return Found::Nothing;
                }
                if let Content::Public(public) = &content {
                    key.public = Some(path.clone());
                    inner = Some((**public).clone());
                }
                key.private = Some(path);
                key.problems.push(KeyProblem::NotAPrivateKey(content));
            }
        }
    } else if let (None, Some(file)) = (&public, &certificate)
        && let Content::Certificate(certificate) = &file.content
    {
        return Found::Certificate(file.path.clone(), certificate.clone());
    } else {
        let good = public.as_ref().is_some_and(KeyFile::is_public)
            || certificate.as_ref().is_some_and(KeyFile::is_certificate);
        if !good && !must_be_told {
            return Found::Nothing;
        }
        key.problems.push(match (good, candidate.is_asked_for()) {
            (false, true) => KeyProblem::NotAPrivateKey(Content::Missing),
            (true, _) | (false, false) => KeyProblem::MissingPrivate,
        });
        if !good && candidate.is_asked_for() {
            key.private = Some(candidate.base.clone());
        }
    }
    key.add_public(public, inner);
    key.add_certificate(certificate);
    Found::Key(Box::new(key))
}

impl KeyFile {
    fn is_public(&self) -> bool {
        matches!(self.content, Content::Public(_))
    }

    fn is_certificate(&self) -> bool {
        matches!(self.content, Content::Certificate(_))
    }
}

impl Key {
    fn new() -> Self {
        Self {
            private: None,
            public: None,
            certificate: None,
            kind: None,
            fingerprint: None,
            comment: String::new(),
            public_line: None,
            protection: Protection::Unknown,
            modified: None,
            mode: None,
            ours: None,
            problems: Vec::new(),
        }
    }

    fn add_private(
        &mut self,
        path: PathBuf,
        private: Private,
        mode: Option<u32>,
        ours: Option<bool>,
        inner: &mut Option<Public>,
    ) {
        self.private = Some(path);
        self.mode = mode;
        self.ours = ours;
        match (ours, mode) {
            (Some(false), _) => self.problems.push(KeyProblem::NotOurs),
            (Some(true), Some(mode)) if mode & 0o077 != 0 => {
                self.problems.push(KeyProblem::TooOpen { mode });
            }
            (Some(true) | None, _) => {}
        }
        let defects = private.defects.into_iter().map(KeyProblem::Defect);
        self.problems.extend(defects);
        let hardware = private
            .public
            .as_ref()
            .is_some_and(|p| p.kind.is_hardware());
        self.protection = match private.lock {
            _ if hardware => Protection::Hardware,
            Lock::None => Protection::None,
            Lock::Passphrase { .. } => Protection::Passphrase,
            Lock::Unknown => Protection::Unknown,
        };
        *inner = private.public;
    }

    /// Brings `F.pub` and what the private file says about itself together.
    fn add_public(&mut self, file: Option<KeyFile>, inner: Option<Public>) {
        let mut outer = None;
        if let Some(file) = file {
            self.modified = self.modified.or(file.modified);
            match file.content {
                Content::Public(public) => {
                    self.public = Some(file.path);
                    outer = Some(*public);
                }
                content => self.problems.push(KeyProblem::NotAPublicKey(content)),
            }
        }
        let shown = match (inner, outer) {
            (Some(inner), Some(outer)) if !inner.is_same_key(&outer) => {
                self.problems.push(KeyProblem::StalePublic {
                    public: outer.fingerprint,
                });
                Some(inner)
            }
            (Some(inner), Some(outer)) => Some(if outer.comment.is_empty() {
                inner
            } else {
                outer
            }),
            (inner, outer) => inner.or(outer),
        };
        if let Some(public) = shown {
            if self.protection == Protection::Unknown && public.kind.is_hardware() {
                self.protection = Protection::Hardware;
            }
            self.public_line = Some(public.line());
            self.kind = Some(public.kind);
            self.fingerprint = Some(public.fingerprint);
            self.comment = public.comment;
        }
    }

    fn add_certificate(&mut self, file: Option<KeyFile>) {
        let Some(file) = file else { return };
        match file.content {
            Content::Certificate(certificate) => {
                let certified = &certificate.certified;
                if self.fingerprint.is_none() {
                    self.kind = Some(certified.kind.clone());
                    self.fingerprint = Some(certified.fingerprint.clone());
                    self.comment = certified.comment.clone();
                } else if self.fingerprint.as_ref() != Some(&certified.fingerprint) {
                    self.problems.push(KeyProblem::StaleCertificate {
                        certified: certified.fingerprint.clone(),
                    });
                }
                self.certificate = Some((file.path, *certificate));
            }
            content => self.problems.push(KeyProblem::NotACertificate(content)),
        }
    }
}

/// Gives a certificate that stands alone to the key it is for, or else lists it by itself.
fn adopt(keys: &mut Vec<Key>, path: PathBuf, certificate: Certificate) {
    let certified = &certificate.certified.fingerprint;
    let owner = keys
        .iter_mut()
        .find(|key| key.certificate.is_none() && key.fingerprint.as_ref() == Some(certified));
    match owner {
        Some(key) => key.certificate = Some((path, certificate)),
        None => {
            let mut key = Key::new();
            key.kind = Some(certificate.certified.kind.clone());
            key.fingerprint = Some(certified.clone());
            key.comment = certificate.certified.comment.clone();
            key.problems.push(KeyProblem::MissingPrivate);
            key.certificate = Some((path, certificate));
            keys.push(key);
        }
    }
}
