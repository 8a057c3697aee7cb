//! What is on disk, and what has changed since?

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Every file below a folder, by its path in it: content, mode, owner, link target, time of change.
#[derive(Clone, Debug)]
pub struct Tree(BTreeMap<PathBuf, Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    mode: u32,
    owner: (u32, u32),
    what: What,
    /// Seconds and nanoseconds: also a write of the same bytes, or a file made and removed again, changes one.
    changed: (i64, i64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Folder,
    File(Vec<u8>),
    Link(PathBuf),
    Other,
}

impl Tree {
    /// A folder that does not exist is an empty tree.
    pub fn of(root: &Path) -> Self {
        let mut entries = BTreeMap::new();
        visit(root, root, &mut entries);
        Self(entries)
    }

    pub fn paths(&self) -> Vec<&Path> {
        self.0.keys().map(PathBuf::as_path).collect()
    }

    pub fn bytes(&self, name: impl AsRef<Path>) -> Option<&[u8]> {
        match &self.0.get(name.as_ref())?.what {
            What::File(bytes) => Some(bytes),
            What::Folder | What::Link(_) | What::Other => None,
        }
    }

    /// Permission bits, such as `0o600`.
    pub fn mode(&self, name: impl AsRef<Path>) -> Option<u32> {
        Some(self.0.get(name.as_ref())?.mode)
    }

    /// What differs in path, content, mode, owner or link target, one line each; empty when nothing does.
    pub fn differences(&self, before: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        for (path, old) in &before.0 {
            match self.0.get(path) {
                None => lines.push(format!("{} is gone", path.display())),
                Some(new) => lines.extend(old.differences(new, path)),
            }
        }
        let new = self.0.keys().filter(|path| !before.0.contains_key(*path));
        lines.extend(new.map(|path| format!("{} is new", path.display())));
        lines
    }

    /// Nothing differs: it may have been written and put back.
    #[track_caller]
    pub fn assert_same(&self, before: &Self) {
        let lines = self.differences(before);
        assert!(lines.is_empty(), "changed:\n{}", lines.join("\n"));
    }

    /// Nothing was even touched: no write of the same bytes, no file made and removed.
    #[track_caller]
    pub fn assert_untouched(&self, before: &Self) {
        self.assert_same(before);
        let touched = |(path, old): (&PathBuf, &Entry)| {
            (self.0.get(path)?.changed != old.changed).then(|| path.display().to_string())
        };
        let lines: Vec<_> = before.0.iter().filter_map(touched).collect();
        assert!(lines.is_empty(), "touched:\n{}", lines.join("\n"));
    }
}

impl Entry {
    fn differences(&self, new: &Self, path: &Path) -> Vec<String> {
        let path = path.display();
        let mut lines = Vec::new();
        if self.mode != new.mode {
            lines.push(format!(
                "{path}: mode {:04o} is now {:04o}",
                self.mode, new.mode
            ));
        }
        if self.owner != new.owner {
            lines.push(format!(
                "{path}: owner {:?} is now {:?}",
                self.owner, new.owner
            ));
        }
        if self.what != new.what {
            lines.push(format!("{path}: was {}, is {}", self.what, new.what));
        }
        lines
    }
}

impl std::fmt::Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            What::Folder => write!(f, "a folder"),
            What::File(bytes) => write!(f, "{:?}", String::from_utf8_lossy(bytes)),
            What::Link(target) => write!(f, "a link to {}", target.display()),
            What::Other => write!(f, "a socket or the like"),
        }
    }
}

fn visit(root: &Path, path: &Path, entries: &mut BTreeMap<PathBuf, Entry>) {
    let Ok(meta) = fs::symlink_metadata(path) else {
        return;
    };
    let kind = meta.file_type();
    let readable = |error| panic!("{}: {error}", path.display());
    let what = if kind.is_dir() {
        What::Folder
    } else if kind.is_symlink() {
        What::Link(fs::read_link(path).unwrap_or_else(readable))
    } else if kind.is_file() {
        What::File(fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    } else {
        What::Other
    };
    if what == What::Folder {
        for entry in
            fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        {
            visit(
                root,
                &entry.expect("a folder's entries can be read").path(),
                entries,
            );
        }
    }
    let name = path.strip_prefix(root).expect("it is below the root");
    let entry = Entry {
        mode: meta.permissions().mode() & 0o7777,
        owner: (meta.uid(), meta.gid()),
        what,
        changed: (meta.mtime(), meta.mtime_nsec()),
    };
    entries.insert(name.to_owned(), entry);
}
