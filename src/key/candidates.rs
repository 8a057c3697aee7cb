//! Which files might be keys, and which of them belong together by their names?

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

/// Files with one name in one folder: `F`, `F.pub`, `F-cert.pub`, as far as they exist.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// The path of `F`, whether it exists or not.
    pub(crate) base: PathBuf,
    /// The name of `F`.
    pub(crate) name: OsString,
    pub(crate) private: Option<PathBuf>,
    pub(crate) public: Option<PathBuf>,
    pub(crate) certificate: Option<PathBuf>,
    origin: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Folder,
    Config,
}

impl Candidate {
    /// Whether the config names it, so that it must be told even when it is no key.
    pub(crate) fn is_asked_for(&self) -> bool {
        self.origin == Origin::Config
    }
}

/// Everything in the folder that could be a key by its name, and the extra files, each once.
pub(crate) fn candidates(
    folder: &Path,
    extra_files: &[PathBuf],
) -> Result<Vec<Candidate>, Trouble> {
    let names = names(folder)?;
    let mut found: BTreeMap<PathBuf, Candidate> = BTreeMap::new();
    for name in names.iter().filter(|name| !is_known(name)) {
        let part = Part::of(name, |other| names.contains(other));
        let base = folder.join(&part.base);
        let candidate = found
            .entry(base.clone())
            .or_insert_with(|| Candidate::new(base, part.base, Origin::Folder));
        *candidate.slot(part.role) = Some(folder.join(name));
    }
    let real_folder = fs::canonicalize(folder).ok();
    for path in extra_files {
        let path = in_folder(path, folder, real_folder.as_deref());
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            continue;
        };
        let exists = |name: &OsStr| fs::symlink_metadata(parent.join(name)).is_ok();
        // A configured `F-cert.pub` or `F.pub` leads to the pair of `F`.
        let part = Part::of(name, exists);
        let base = parent.join(&part.base);
        if let Some(candidate) = found.get_mut(&base) {
            candidate.origin = Origin::Config;
            continue;
        }
        let mut candidate = Candidate::new(base.clone(), part.base, Origin::Config);
        for (ending, role) in [
            ("", Role::Private),
            (".pub", Role::Public),
            ("-cert.pub", Role::Certificate),
        ] {
            let mut file = candidate.name.clone();
            file.push(ending);
            if exists(&file) {
                *candidate.slot(role) = Some(parent.join(file));
            }
        }
        found.insert(base, candidate);
    }
    Ok(found.into_values().collect())
}

impl Candidate {
    fn new(base: PathBuf, name: OsString, origin: Origin) -> Self {
        Self {
            base,
            name,
            private: None,
            public: None,
            certificate: None,
            origin,
        }
    }

    fn slot(&mut self, role: Role) -> &mut Option<PathBuf> {
        match role {
            Role::Private => &mut self.private,
            Role::Public => &mut self.public,
            Role::Certificate => &mut self.certificate,
        }
    }
}

#[derive(Clone, Copy)]
enum Role {
    Private,
    Public,
    Certificate,
}

/// What a file name says about a file's place in a pair.
struct Part {
    base: OsString,
    role: Role,
}

impl Part {
    fn of(name: &OsStr, exists: impl Fn(&OsStr) -> bool) -> Self {
        // `x-cert.pub` is the public half of `x-cert`, where there is such a file.
        if let Some(base) = strip(name, "-cert.pub")
            && !strip(name, ".pub").is_some_and(|own| exists(&own))
        {
            return Self {
                base,
                role: Role::Certificate,
            };
        }
        match strip(name, ".pub") {
            Some(base) => Self {
                base,
                role: Role::Public,
            },
            None => Self {
                base: name.to_owned(),
                role: Role::Private,
            },
        }
    }
}

/// The name without its ending. Names that are not Unicode only lose `.pub`.
fn strip(name: &OsStr, ending: &str) -> Option<OsString> {
    match name.to_str() {
        Some(name) => name
            .strip_suffix(ending)
            .filter(|base| !base.is_empty())
            .map(OsString::from),
        None => {
            let path = Path::new(name);
            let is_pub = ending == ".pub" && path.extension().is_some_and(|end| end == "pub");
            is_pub
                .then(|| path.file_stem().map(OsStr::to_owned))
                .flatten()
        }
    }
}

/// Names in the folder, of whatever they are.
fn names(folder: &Path) -> Result<BTreeSet<OsString>, Trouble> {
    let failed = |error: std::io::Error| {
        Trouble::io(
            say!("The files in {} cannot be listed.", Text::path(folder)),
            &error,
            "Check the folder's owner and permissions; it should be yours, with mode 0700.",
        )
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut names = BTreeSet::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        names.insert(entry.file_name());
    }
    Ok(names)
}

/// Files of a `~/.ssh` folder that are something else by their name (ssh(1) FILES, sshd(8) FILES).
fn is_known(name: &OsStr) -> bool {
    const NAMES: [&str; 5] = ["config", "rc", "environment", "agent", "allowed_signers"];
    let name = name.to_string_lossy();
    NAMES.contains(&&*name)
        || name.starts_with("known_hosts")
        || name.starts_with("authorized_keys")
        || name.starts_with("config.")
        || name.ends_with('~')
        || name.starts_with('.')
        || is_set_aside(&name)
}

/// What a repair of ours set aside (plan/aside.rs): the same key once more, in a form that ssh refuses.
fn is_set_aside(name: &str) -> bool {
    name.rsplit_once(".old-").is_some_and(|(_, day)| {
        day.len() >= 8
            && day
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'-')
    })
}

/// The path as a name in `folder`, when it is one by another spelling (symlinks, `..`), so that
/// each pair is found once.
fn in_folder(path: &Path, folder: &Path, real_folder: Option<&Path>) -> PathBuf {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return path.to_owned();
    };
    if parent == folder {
        return path.to_owned();
    }
    match fs::canonicalize(parent) {
        Ok(real) if Some(&*real) == real_folder => folder.join(name),
        Ok(real) if parent.components().any(|part| part.as_os_str() == "..") => real.join(name),
        Ok(_) | Err(_) => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(name: &str, others: &[&str]) -> String {
        let part = Part::of(OsStr::new(name), |other| {
            others.iter().any(|o| OsStr::new(o) == other)
        });
        part.base.into_string().unwrap()
    }

    #[test]
    fn names_lead_to_their_pair() {
        assert_eq!(base("id_rsa", &[]), "id_rsa");
        assert_eq!(base("id_rsa.pub", &[]), "id_rsa");
        assert_eq!(base("id_rsa-cert.pub", &["id_rsa"]), "id_rsa");
        assert_eq!(base("my-cert.pub", &["my-cert"]), "my-cert");
        assert_eq!(base(".pub", &[]), ".pub");
        assert_eq!(base("-cert.pub", &[]), "-cert");
    }

    #[test]
    fn files_of_ssh_that_are_no_keys_are_not_opened() {
        for name in [
            "config",
            "known_hosts.old",
            "authorized_keys2",
            ".swp",
            "id_rsa~",
            "id_rsa.old-20261121",
            "id_rsa.old-20261121-2",
        ] {
            assert!(is_known(OsStr::new(name)), "{name}");
        }
        for name in ["id_rsa", "configured", "work", "agent_key", "id.old-laptop"] {
            assert!(!is_known(OsStr::new(name)), "{name}");
        }
    }
}
