//! Which certificates does ssh show to the target, and which lie beside unused?

use std::path::{Path, PathBuf};

use super::Effective;
use crate::key::file::{Content, KeyFile, inspect};
use crate::machine::Machine;

/// The certificates of one target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificates {
    /// Those that ssh loads, or tries to: what `CertificateFile` names, otherwise
    /// `FILE-cert.pub` beside each identity file (readconf.c, ssh.c `load_public_identity_files`).
    pub tried: Vec<Tried>,
    /// Other certificates in `~/.ssh`, by their names.
    pub unused: Vec<KeyFile>,
}

/// A certificate file that ssh tries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Why ssh tries it.
    pub because: Because,
    /// What it is.
    pub file: KeyFile,
}

/// Why ssh tries a certificate file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// `CertificateFile` names it.
    Named,
    /// It stands beside this identity file.
    Beside(PathBuf),
}

/// Reads them. Nothing is read for the many people who have none but the folder's names.
pub fn look(machine: &Machine, effective: &Effective, identities: &[PathBuf]) -> Certificates {
    let named = effective.certificate_files(machine);
    let tried: Vec<Tried> = if named.is_empty() {
        let beside = identities.iter().map(|key| (key, beside(key)));
        beside
            .filter(|(_, file)| file.exists())
            .map(|(key, file)| Tried {
                because: Because::Beside(key.clone()),
                file: inspect(&file),
            })
            .collect()
    } else {
        let files = named.iter().map(|file| Tried {
            because: Because::Named,
            file: inspect(file),
        });
        files.collect()
    };
    let is_tried = |path: &Path| tried.iter().any(|tried| tried.file.path == path);
    let names = std::fs::read_dir(machine.ssh_dir());
    let mut unused: Vec<KeyFile> = names
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().contains("cert"))
        .map(|entry| entry.path())
        .filter(|path| !is_tried(path))
        .map(|path| inspect(&path))
        .filter(|file| matches!(file.content, Content::Certificate(_)))
        .collect();
    unused.sort_by(|a, b| a.path.cmp(&b.path));
    Certificates { tried, unused }
}

/// `id_ed25519` has its certificate in `id_ed25519-cert.pub`.
pub fn beside(key: &Path) -> PathBuf {
    let mut name = key.as_os_str().to_owned();
    name.push("-cert.pub");
    name.into()
}
