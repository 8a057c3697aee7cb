//! How are new settings laid out so that the real ssh reads them in place of the person's?
//!
//! Only files that change are copied, and those that include them: their `Include` lines name the copies, in the
//! same order. All other files are read where they are.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::facts::ConfigFiles;
use crate::machine::{Given, Layers, Machine};
use crate::probe;
use crate::ssh_config::{Document, Tree};
use crate::trouble::Trouble;

use super::Candidate;

/// Settings that were laid out.
pub(super) struct Trial {
    /// Whose ssh reads them.
    pub machine: Machine,
    /// Where each real file has its copy.
    copies: BTreeMap<PathBuf, PathBuf>,
}

impl Trial {
    /// The real file of a copy.
    pub fn real<'a>(&'a self, file: &'a Path) -> &'a Path {
        let mut copies = self.copies.iter();
        copies
            .find(|(_, copy)| *copy == file)
            .map_or(file, |(real, _)| real)
    }
}

/// The same machine with the candidate in place of the real files. ssh must be told with `-F`, which hides the
/// system-wide file: it is included behind the person's, where ssh would read it.
pub(super) fn lay_out(
    machine: &Machine,
    candidate: &Candidate,
    after: &ConfigFiles,
    folder: &Path,
) -> Result<Trial, Trouble> {
    let tree = after.own();
    let copies = copies(candidate, tree, folder);
    let write = |path: &Path, bytes: &[u8]| {
        probe::write_private(path, bytes).map_err(|error| {
            Trouble::io(
                "The change could not be laid out for ssh to check.",
                &error,
                "Free some space in the temporary folder.",
            )
        })
    };
    for (path, document) in tree.files() {
        if let Some(copy) = copies.get(&**path) {
            write(copy, &with_copies(path, document, tree, &copies))?;
        }
    }
    let user = &machine.layers.user;
    let file = copies.get(user).unwrap_or(user).clone();
    let given = match machine.layers.system.as_deref() {
        Some(system) => {
            let wrapper = folder.join("config");
            write(&wrapper, layered(&file, Some(system)).as_bytes())?;
            wrapper
        }
        None => file.clone(),
    };
    let machine = Machine {
        layers: Layers {
            user: file,
            system: machine.layers.system.clone(),
            given: Given::File(given),
        },
        ..machine.clone()
    };
    Ok(Trial { machine, copies })
}

/// A file for `-F` that makes ssh read a person's and a system's file as it would by itself.
pub fn layered(user: &Path, system: Option<&Path>) -> String {
    let mut text = String::new();
    for file in std::iter::once(user).chain(system) {
        let _ = writeln!(text, "Include {}", quoted(file));
    }
    text
}

/// Where the copies lie of the files that change, and of all that lead to one.
fn copies(candidate: &Candidate, tree: &Tree, folder: &Path) -> BTreeMap<PathBuf, PathBuf> {
    let mut copied: Vec<PathBuf> = candidate
        .texts
        .iter()
        .map(|text| text.file.clone())
        .collect();
    loop {
        let leads_there = |path: &Path| {
            tree.includes(path)
                .any(|(_, file)| copied.iter().any(|copied| copied == file))
        };
        let next: Vec<PathBuf> = tree
            .files()
            .map(|(path, _)| path.to_path_buf())
            .filter(|path| !copied.contains(path) && leads_there(path))
            .collect();
        if next.is_empty() {
            break;
        }
        copied.extend(next);
    }
    copied
        .into_iter()
        .enumerate()
        .map(|(at, path)| (path, folder.join(format!("settings{at}"))))
        .collect()
}

/// The file with its `Include` lines leading to copies.
fn with_copies(
    path: &Path,
    document: &Document,
    tree: &Tree,
    copies: &BTreeMap<PathBuf, PathBuf>,
) -> Vec<u8> {
    let mut lines: BTreeMap<usize, Vec<&Path>> = BTreeMap::new();
    for (line, file) in tree.includes(path) {
        lines.entry(line).or_default().push(file);
    }
    lines.retain(|_, files| files.iter().any(|file| copies.contains_key(*file)));
    let mut bytes = Vec::new();
    for (at, line) in document.lines().enumerate() {
        match lines.get(&(at + 1)) {
            Some(files) => {
                bytes.extend(b"Include");
                for file in files {
                    let read = copies.get(*file).map_or(*file, PathBuf::as_path);
                    bytes.extend(format!(" {}", quoted(read)).bytes());
                }
            }
            None => bytes.extend(line.raw()),
        }
        bytes.extend(line.eol().as_bytes());
    }
    bytes
}

/// A path as one word of an ssh_config line.
fn quoted(path: &Path) -> String {
    let path = path.to_string_lossy();
    let path = if cfg!(windows) {
        path.replace('\\', "/")
    } else {
        path.into_owned()
    };
    format!("\"{path}\"")
}
