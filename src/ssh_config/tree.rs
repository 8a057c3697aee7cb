//! Which files does ssh read, and through which lines?

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::document::Document;
use super::line::Malformed;
use super::walk::{MOST_FILES, MOST_READS};

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileLine {
    /// The file as it was named on the way to it (the `Include` line, expanded).
    pub file: Arc<Path>,
    /// The number, from 1.
    pub line: usize,
}

/// How a [`Tree`] gets its files: this module reads nothing itself.
pub struct Sources<'a> {
    /// Where relative `Include` paths begin: `~/.ssh` for the person's file (for `-F` as well), `/etc/ssh` for the
    /// system's.
    pub relative_to: &'a Path,
    /// What `~` stands for, from the account database; `None` for the system's file, which may not use it.
    pub home: Option<&'a Path>,
    /// The content of a file. [`io::ErrorKind::NotFound`] is no trouble, ssh skips such a file.
    pub read: &'a mut dyn FnMut(&Path) -> io::Result<Vec<u8>>,
    /// The files that an absolute path with wildcards stands for, in the order of their bytes. A path without
    /// wildcards stands for itself when it exists. `~name/` comes as it is written.
    pub glob: &'a mut dyn FnMut(&Path) -> Vec<PathBuf>,
}

/// Why ssh refuses the tree as a whole, beside [`Tree::malformed`] lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A file is there and cannot be read. ssh skips the person's own file silently and refuses to go on for an
    /// included one.
    Unreadable {
        /// The file.
        file: Arc<Path>,
        /// The `Include` line; `None` for the first file.
        from: Option<FileLine>,
        /// What reading it said.
        kind: io::ErrorKind,
    },
    /// Includes are nested more than 16 deep, as in a loop (readconf.c, `READCONF_MAX_DEPTH`).
    TooDeep {
        /// The `Include` line that goes too far.
        at: FileLine,
    },
    /// There are more files, or more readings of the same file, than are followed here.
    TooMany {
        /// The `Include` line that was not followed.
        at: FileLine,
    },
}

/// The person's file with all that it includes; the system's file may follow.
#[derive(Debug, Clone)]
pub struct Tree {
    pub(super) files: Vec<File>,
    pub(super) roots: Vec<usize>,
    problems: Vec<Problem>,
}

#[derive(Debug, Clone)]
pub(super) struct File {
    pub path: Arc<Path>,
    pub document: Document,
    /// The files that an `Include` line stands for.
    pub includes: BTreeMap<usize, Vec<usize>>,
}

impl Tree {
    /// Loads the person's file and what it includes, each file once. A main file that does not exist is empty. What
    /// is wrong is found in [`Tree::problems`]; the rest can still be asked. To ask about an edit, load again with a
    /// `read` that gives the edited bytes for its path.
    pub fn load(main: &Path, sources: &mut Sources<'_>) -> Tree {
        let mut tree = Tree {
            files: Vec::new(),
            roots: Vec::new(),
            problems: Vec::new(),
        };
        tree.load_root(main, sources);
        tree
    }

    /// The tree with the system's file behind it: ssh reads it after the person's, so it never overrides.
    pub fn and_system(mut self, file: &Path, sources: &mut Sources<'_>) -> Tree {
        self.load_root(file, sources);
        self
    }

    /// The person's own file.
    pub fn main(&self) -> (&Arc<Path>, &Document) {
        let file = &self.files[self.roots[0]];
        (&file.path, &file.document)
    }

    /// All files with their documents, the person's own one first.
    pub fn files(&self) -> impl Iterator<Item = (&Arc<Path>, &Document)> {
        self.files.iter().map(|file| (&file.path, &file.document))
    }

    /// The document of one file.
    pub fn document(&self, path: &Path) -> Option<&Document> {
        let file = self.files.iter().find(|file| *file.path == *path)?;
        Some(&file.document)
    }

    /// The files that the `Include` lines of a file stand for, in ssh's order, each with its line.
    pub fn includes<'t>(&'t self, path: &'t Path) -> impl Iterator<Item = (usize, &'t Path)> {
        let files = &self.files;
        let file = files.iter().find(|file| *file.path == *path);
        let includes = file.into_iter().flat_map(|file| &file.includes);
        includes.flat_map(move |(&line, ids)| ids.iter().map(move |&id| (line, &*files[id].path)))
    }

    /// What keeps ssh from reading the tree.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Every line that ssh does not accept: even inside a block that does not apply, one is enough to be refused.
    pub fn malformed(&self) -> Vec<(FileLine, &Malformed)> {
        let mut found = Vec::new();
        for file in &self.files {
            for (at, line) in file.document.lines().enumerate() {
                if let super::Meaning::Malformed { why, .. } = line.meaning() {
                    found.push((file.at(at + 1), why));
                }
            }
        }
        found
    }

    fn load_root(&mut self, main: &Path, sources: &mut Sources<'_>) {
        let mut known = HashMap::new();
        let root = self.files.len();
        self.roots.push(root);
        let read = self.fetch(main, None, sources).unwrap_or_default();
        self.add(main, &read, &mut known);
        let mut next = root;
        while next < self.files.len() {
            self.follow(next, &mut known, sources);
            next += 1;
        }
        let mut reads = 0;
        if let Some(problem) = self.depth(root, 0, &mut reads) {
            self.problems.push(problem);
        }
    }

    /// Loads the files that the `Include` lines of one file name.
    fn follow(
        &mut self,
        id: usize,
        known: &mut HashMap<PathBuf, usize>,
        sources: &mut Sources<'_>,
    ) {
        let mut includes: Vec<(usize, Vec<Vec<u8>>)> = Vec::new();
        for (at, line) in self.files[id].document.lines().enumerate() {
            if let Some(option) = line.option().filter(|o| o.keyword == "include") {
                includes.push((at + 1, option.arguments.clone()));
            }
        }
        for (line, arguments) in includes {
            let at = self.files[id].at(line);
            let mut ids = Vec::new();
            let mut paths = Vec::new();
            for argument in &arguments {
                paths.extend((sources.glob)(&anchored(
                    argument,
                    sources.relative_to,
                    sources.home,
                )));
            }
            for path in paths {
                if let Some(&old) = known.get(&path) {
                    ids.push(old);
                } else if self.files.len() >= MOST_FILES {
                    self.problems.push(Problem::TooMany { at: at.clone() });
                } else if let Some(bytes) = self.fetch(&path, Some(&at), sources) {
                    ids.push(self.add(&path, &bytes, known));
                }
            }
            self.files[id].includes.insert(line, ids);
        }
    }

    fn fetch(
        &mut self,
        path: &Path,
        from: Option<&FileLine>,
        sources: &mut Sources<'_>,
    ) -> Option<Vec<u8>> {
        match (sources.read)(path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                self.problems.push(Problem::Unreadable {
                    file: path.into(),
                    from: from.cloned(),
                    kind: error.kind(),
                });
                None
            }
        }
    }

    fn add(&mut self, path: &Path, bytes: &[u8], known: &mut HashMap<PathBuf, usize>) -> usize {
        let id = self.files.len();
        known.insert(path.to_path_buf(), id);
        self.files.push(File {
            path: path.into(),
            document: Document::parse(bytes),
            includes: BTreeMap::new(),
        });
        id
    }

    fn depth(&self, id: usize, depth: usize, reads: &mut usize) -> Option<Problem> {
        let file = &self.files[id];
        for (&line, ids) in &file.includes {
            for &included in ids {
                if depth >= super::walk::MOST_DEPTH {
                    return Some(Problem::TooDeep { at: file.at(line) });
                }
                *reads += 1;
                if *reads > MOST_READS {
                    return Some(Problem::TooMany { at: file.at(line) });
                }
                if let Some(problem) = self.depth(included, depth + 1, reads) {
                    return Some(problem);
                }
            }
        }
        None
    }
}

impl File {
    pub fn at(&self, line: usize) -> FileLine {
        FileLine {
            file: self.path.clone(),
            line,
        }
    }
}

impl fmt::Display for FileLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Unreadable { file, from, kind } => {
                write!(f, "{} cannot be read: {kind}", file.display())?;
                from.as_ref()
                    .map_or(Ok(()), |at| write!(f, " (included by {at})"))
            }
            Problem::TooDeep { at } => write!(
                f,
                "{at} includes more than 16 deep; ssh refuses that, often it is a loop"
            ),
            Problem::TooMany { at } => write!(f, "{at} includes more files than are followed here"),
        }
    }
}

/// `~/x` in the home, relative paths in `relative_to` (readconf.c, `oInclude`).
fn anchored(argument: &[u8], relative_to: &Path, home: Option<&Path>) -> PathBuf {
    match (argument.strip_prefix(b"~"), home) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with(b"/") => {
            let rest = rest.strip_prefix(b"/").unwrap_or(rest);
            home.join(path(rest))
        }
        (Some(_), _) => path(argument),
        (None, _) => relative_to.join(path(argument)),
    }
}

#[cfg(unix)]
fn path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssh_config::in_memory::tree;

    fn names(tree: &Tree) -> Vec<String> {
        tree.files()
            .map(|(path, _)| path.display().to_string())
            .collect()
    }

    #[test]
    fn includes_are_found_from_the_ssh_directory_and_the_home() {
        let tree = tree(&[
            (
                "/h/.ssh/config",
                "Include a \"~/b c\" /etc/x none\nHost q\n  Include d/*.conf\n",
            ),
            ("/h/.ssh/a", ""),
            ("/h/b c", "Include a"),
            ("/etc/x", ""),
            ("/h/.ssh/d/2.conf", ""),
            ("/h/.ssh/d/10.conf", ""),
        ]);
        let expected = [
            "/h/.ssh/config",
            "/h/.ssh/a",
            "/h/b c",
            "/etc/x",
            "/h/.ssh/d/10.conf",
            "/h/.ssh/d/2.conf",
        ];
        assert_eq!(names(&tree), expected);
        assert_eq!(tree.problems(), []);
    }

    #[test]
    fn loops_end_and_are_told() {
        let tree = tree(&[(
            "/h/.ssh/config",
            "Include config config\nHost a\n  User x\n",
        )]);
        let [Problem::TooDeep { at }] = tree.problems() else {
            panic!("{:?}", tree.problems());
        };
        assert_eq!(at.to_string(), "/h/.ssh/config:1");
        assert_eq!(tree.hosts().len(), 1);
        let _ = tree.answer(&crate::ssh_config::Asked::host("a"));
    }

    #[test]
    fn sixteen_deep_is_allowed() {
        let chain = |last: usize| {
            let files: Vec<(String, String)> = (0..=last)
                .map(|n| (format!("/h/.ssh/{n}"), format!("Include {}\n", n + 1)))
                .collect();
            let files: Vec<(&str, &str)> = files
                .iter()
                .map(|(p, t)| (p.as_str(), t.as_str()))
                .collect();
            tree(&files).problems().len()
        };
        assert_eq!(chain(16), 0);
        assert_eq!(chain(17), 1);
    }

    #[test]
    fn missing_is_fine_and_unreadable_is_told() {
        let missing = tree(&[("/h/.ssh/config", "Include a\n")]);
        assert_eq!(missing.problems(), []);
        let unreadable = tree(&[
            ("/h/.ssh/config", "Host x\nInclude a\n"),
            ("/h/.ssh/a", "!"),
        ]);
        let said = unreadable.problems()[0].to_string();
        assert_eq!(
            said,
            "/h/.ssh/a cannot be read: permission denied (included by /h/.ssh/config:2)"
        );
    }

    #[test]
    fn malformed_lines_are_listed_wherever_they_are() {
        let tree = tree(&[
            ("/h/.ssh/config", "Host x\n Include a\n"),
            ("/h/.ssh/a", "\nUser\n"),
        ]);
        let malformed = tree.malformed();
        assert_eq!(malformed.len(), 1);
        assert_eq!(malformed[0].0.to_string(), "/h/.ssh/a:2");
    }
}
