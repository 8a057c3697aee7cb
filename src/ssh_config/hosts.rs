//! Which hosts does the config name, so that they can be offered?

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::line::Meaning;
use super::pattern::Cover;
use super::reading::{Asked, Fact, Reading};
use super::tree::Tree;
use super::walk::{MOST_DEPTH, MOST_READS};

/// A name that a `Host` line gives without wildcard or negation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName {
    /// The name as it must be typed. It comes from a file: it may begin with a dash.
    pub name: String,
    /// The file.
    pub file: Arc<Path>,
    /// The first line that names it.
    pub line: usize,
}

impl Tree {
    /// The names of single hosts, each once, in the order in which ssh meets them. Left out are names that are no
    /// UTF-8, and those that no line can reach because the file is included under another `Host`.
    pub fn hosts(&self) -> Vec<HostName> {
        let mut search = Search {
            tree: self,
            outer: Vec::new(),
            seen: HashSet::new(),
            found: Vec::new(),
            reads: 0,
        };
        for &root in &self.roots {
            search.file(root, 0);
        }
        search.found
    }
}

struct Search<'t> {
    tree: &'t Tree,
    /// The heads under which the present file is included.
    outer: Vec<&'t Meaning>,
    seen: HashSet<&'t str>,
    found: Vec<HostName>,
    reads: usize,
}

impl<'t> Search<'t> {
    fn file(&mut self, id: usize, depth: usize) {
        self.reads += 1;
        if depth > MOST_DEPTH || self.reads > MOST_READS {
            return;
        }
        let tree = self.tree;
        let file = &tree.files[id];
        let mut head: Option<&Meaning> = None;
        for (at, line) in file.document.lines().enumerate() {
            let number = at + 1;
            if line.is_head() {
                head = Some(line.meaning());
            }
            if let Meaning::Host(patterns) = line.meaning() {
                for name in patterns.iter().filter_map(|p| p.concrete()) {
                    if !self.seen.contains(name) && self.reachable(name, line.meaning()) {
                        self.seen.insert(name);
                        self.found.push(HostName {
                            name: name.to_owned(),
                            file: file.path.clone(),
                            line: number,
                        });
                    }
                }
            }
            for &included in file.includes.get(&number).into_iter().flatten() {
                self.outer.extend(head);
                self.file(included, depth + 1);
                self.outer
                    .truncate(self.outer.len() - usize::from(head.is_some()));
            }
        }
    }

    fn reachable(&self, name: &str, own: &Meaning) -> bool {
        let asked = Asked::host(name);
        let mut reading = Reading::first(&asked);
        (reading.host_name, reading.user) = (Fact::Unsure, Fact::Unsure);
        let covers = |meaning: &&Meaning| reading.cover(meaning) != Some(Cover::No);
        covers(&own) && self.outer.iter().all(covers)
    }
}

#[cfg(test)]
mod tests {
    use crate::ssh_config::in_memory::tree;

    #[test]
    fn single_names_once_and_in_order() {
        let tree = tree(&[
            (
                "/c",
                "Host b *.net !x a\nHost b \u{e9} \"c d\"\nHost *\nInclude /d\nMatch host z\nHost last\nHost !q q\n",
            ),
            ("/d", "\nHost from-d\n"),
        ]);
        let hosts = tree.hosts();
        let names: Vec<&str> = hosts.iter().map(|h| h.name.as_str()).collect();
        assert_eq!(names, ["b", "a", "\u{e9}", "c d", "from-d", "last"]);
        assert_eq!((hosts[4].file.to_str(), hosts[4].line), (Some("/d"), 2));
    }

    #[test]
    fn names_behind_another_host_are_not_offered() {
        let tree = tree(&[
            ("/c", "Host a b*\n  Include /d\n"),
            ("/d", "Host box\nHost lab\n"),
        ]);
        let names: Vec<String> = tree.hosts().into_iter().map(|h| h.name).collect();
        assert_eq!(names, ["a", "box"]);
    }
}
