//! Do we run as, or with the home of, somebody else than the person thinks?

use std::fs;
use std::path::{Path, PathBuf};

use crate::key::file::with_pub;
use crate::machine::Machine;
use crate::platform;

/// Folders of keys that the person may expect ssh to use, and that it does not look into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// `$HOME`, where it is not the account's home: ssh takes the account's (misc.c
    /// `tilde_expand`).
    pub env_home: Option<OtherHome>,
    /// The home of the person who called sudo.
    pub sudo: Option<SudoPerson>,
}

/// A home that ssh does not use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherHome {
    /// The home.
    pub path: PathBuf,
    /// Files in its `.ssh` that are keys by their names.
    pub keys: Vec<PathBuf>,
    /// Its ssh settings, where it has some.
    pub config: Option<PathBuf>,
}

/// Who called sudo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SudoPerson {
    /// Login name.
    pub name: String,
    /// What lies in their home.
    pub home: OtherHome,
}

/// Looks only where environment and account database disagree.
pub fn look(machine: &Machine) -> Surroundings {
    let env_home = machine
        .env_home
        .as_deref()
        .filter(|_| machine.home_differs());
    let caller = machine
        .var("SUDO_USER")
        .filter(|name| *name != machine.user)
        .and_then(|name| Some((name, platform::home_of(name)?)))
        .filter(|(_, home)| *home != machine.ssh_home);
    Surroundings {
        env_home: env_home.map(OtherHome::look),
        sudo: caller.map(|(name, home)| SudoPerson {
            name: name.to_owned(),
            home: OtherHome::look(&home),
        }),
    }
}

impl OtherHome {
    fn look(home: &Path) -> Self {
        let folder = home.join(".ssh");
        let config = folder.join("config");
        let names = fs::read_dir(&folder).into_iter().flatten().flatten();
        let mut keys: Vec<PathBuf> = names
            .map(|entry| entry.path())
            .filter(|path| is_key(path))
            .collect();
        keys.sort();
        Self {
            path: home.to_owned(),
            keys,
            config: config.is_file().then_some(config),
        }
    }

    /// Whether there is anything that somebody could miss.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.config.is_none()
    }
}

/// By its name alone: it is another account's file.
fn is_key(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !name.ends_with(".pub") && (name.starts_with("id_") || with_pub(path).exists())
}
