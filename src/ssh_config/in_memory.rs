//! How do tests get a tree without a disk?

use std::io;
use std::path::{Path, PathBuf};

use super::pattern::matches;
use super::tree::{Sources, Tree};

/// The files of a home `/h` by path; the first is the person's own one. A file `!` cannot be read.
pub(super) fn tree(files: &[(&str, &str)]) -> Tree {
    let mut read = |path: &Path| match files.iter().find(|(name, _)| Path::new(name) == path) {
        Some((_, "!")) => Err(io::ErrorKind::PermissionDenied.into()),
        Some((_, text)) => Ok(text.as_bytes().to_vec()),
        None => Err(io::ErrorKind::NotFound.into()),
    };
    let mut glob = |path: &Path| {
        let pattern = path.as_os_str().as_encoded_bytes();
        let mut found: Vec<PathBuf> = files
            .iter()
            .filter(|(name, _)| matches(name.as_bytes(), pattern))
            .map(|(name, _)| PathBuf::from(name))
            .collect();
        found.sort();
        found
    };
    let mut sources = Sources {
        relative_to: Path::new("/h/.ssh"),
        home: Some(Path::new("/h")),
        read: &mut read,
        glob: &mut glob,
    };
    Tree::load(Path::new(files[0].0), &mut sources)
}
