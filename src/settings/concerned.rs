//! Which hosts can a change of the settings concern at all?
//!
//! Files may hold thousands of hosts, and a change is a block or two: a host that none of these blocks names gets
//! what it got before.

use std::path::Path;

use crate::facts::config::ConfigFiles;
use crate::ssh_config::{
    Block, CriterionKind, Document, Head, Meaning, OptionLine, Pattern, Tree, matches,
};

/// Whom a change concerns.
pub(super) enum Concerned {
    /// That cannot be told from the heads of its blocks.
    Everybody,
    /// Hosts that one of these stands for.
    Matching(Vec<Pattern>),
}

impl Concerned {
    /// What differs between the two.
    pub fn of(before: &ConfigFiles, after: &ConfigFiles) -> Self {
        let found = changed(before.own(), after.own());
        match found {
            Some(patterns) if !is_read_again(&before.tree) && !is_read_again(&after.tree) => {
                Concerned::Matching(patterns)
            }
            Some(_) | None => Concerned::Everybody,
        }
    }

    /// Whether it may concern the host.
    pub fn includes(&self, host: &str) -> bool {
        match self {
            Concerned::Everybody => true,
            Concerned::Matching(patterns) => patterns
                .iter()
                .any(|pattern| matches(host.as_bytes(), &pattern.glob)),
        }
    }
}

/// The patterns of all blocks that differ; none where a block is not for hosts by their names.
fn changed(before: &Tree, after: &Tree) -> Option<Vec<Pattern>> {
    let paths = |tree: &Tree| -> Vec<Box<Path>> {
        tree.files().map(|(path, _)| Box::from(&**path)).collect()
    };
    if paths(before) != paths(after) {
        return None;
    }
    let mut patterns = Vec::new();
    for ((_, old), (_, new)) in before.files().zip(after.files()) {
        if old == new {
            continue;
        }
        let (old_blocks, new_blocks) = (old.blocks(), new.blocks());
        let same = |(a, b): &(&Block, &Block)| lines(old, a).eq(lines(new, b));
        let first = old_blocks.iter().zip(&new_blocks).take_while(same).count();
        let most = old_blocks.len().min(new_blocks.len()) - first;
        let last = old_blocks.iter().rev().zip(new_blocks.iter().rev());
        let last = last.take(most).take_while(same).count();
        let differing = [(old, &old_blocks), (new, &new_blocks)];
        for (document, blocks) in differing {
            for block in &blocks[first..blocks.len() - last] {
                match document.head(block) {
                    Head::Host(own) => patterns.extend_from_slice(own),
                    Head::Global | Head::Match(_) | Head::Malformed(_) => return None,
                }
            }
        }
    }
    Some(patterns)
}

/// A block as it is written.
fn lines<'a>(document: &'a Document, block: &Block) -> impl Iterator<Item = &'a [u8]> {
    block.lines().filter_map(|n| Some(document.line(n)?.raw()))
}

/// Whether ssh may read the files a second time, when `Host` lines see the name that `HostName` gave.
fn is_read_again(tree: &Tree) -> bool {
    let canonicalizes = |option: &OptionLine| &*option.keyword == "canonicalizehostname";
    tree.files().any(|(_, document)| {
        document.lines().any(|line| match line.meaning() {
            Meaning::Option(option) => canonicalizes(option),
            Meaning::Match(criteria) => criteria.iter().any(|criterion| {
                matches!(
                    criterion.kind,
                    CriterionKind::Final | CriterionKind::Canonical
                )
            }),
            Meaning::Blank | Meaning::Comment | Meaning::Host(_) | Meaning::Malformed { .. } => {
                false
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;
    use crate::settings::NewText;

    fn concerned(before: &str, after: &str) -> Concerned {
        let machine = Machine::here(None, std::time::Duration::from_secs(1));
        let files = |text: &str| {
            let text = NewText {
                file: machine.layers.user.clone(),
                before: None,
                after: text.into(),
            };
            ConfigFiles::edited(&machine, &[text])
        };
        Concerned::of(&files(before), &files(after))
    }

    #[test]
    fn hosts_of_blocks_that_differ() {
        let before = "Host a\n  User x\nHost git*\n  User y\nHost *\n  User z\n";
        let changed = concerned(before, &before.replace("User y", "User git"));
        assert!(changed.includes("gitlab"));
        assert!(!changed.includes("a"));
        let added = concerned(before, &format!("Host new\n  Port 1\n{before}"));
        assert!(added.includes("new") && !added.includes("a"));
        let named = concerned(before, &before.replace("Host a", "Host a b"));
        assert!(named.includes("a") && named.includes("b") && !named.includes("c"));
        for (before, after) in [
            ("Host a\n", "User x\nHost a\n"),
            ("Host a\nMatch user b\n", "Host a\nMatch user c\n"),
            ("Host a\nMatch final all\n", "Host a b\nMatch final all\n"),
        ] {
            assert!(concerned(before, after).includes("other"), "{after}");
        }
    }
}
