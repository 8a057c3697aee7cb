//! Which lines stand under which `Host` or `Match` line?

use std::ops::RangeInclusive;

use super::criteria::Criterion;
use super::document::Document;
use super::line::{Malformed, Meaning};
use super::pattern::{Cover, Pattern};
use super::reading::{Asked, Reading};

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Before the first `Host` or `Match` of its file.
    Global,
    /// Under (or on) the `Host` or `Match` line with this number.
    Block {
        /// The line number of the `Host` or `Match` line.
        head: usize,
    },
}

/// A run of lines with the same scope. Comments above a head belong to the block before it, as they do for ssh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Global, or the line of the head.
    pub scope: Scope,
    /// The first line; for a block with a head, the head.
    pub first: usize,
    /// The last line; `first - 1` when the global part is empty.
    pub last: usize,
}

impl Block {
    /// The line numbers, the head's included.
    pub fn lines(&self) -> RangeInclusive<usize> {
        self.first..=self.last
    }
}

/// What a block's first line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head<'a> {
    /// Nothing: the part before the first head.
    Global,
    /// `Host` and its patterns.
    Host(&'a [Pattern]),
    /// `Match` and its criteria.
    Match(&'a [Criterion]),
    /// A `Host` or `Match` line that ssh refuses.
    Malformed(&'a Malformed),
}

impl Document {
    /// All blocks from top to bottom; the first is always the global part, even when it is empty.
    pub fn blocks(&self) -> Vec<Block> {
        let heads = (1..=self.len()).filter(|&n| self.line(n).is_some_and(|l| l.is_head()));
        let mut blocks = vec![Block {
            scope: Scope::Global,
            first: 1,
            last: self.len(),
        }];
        for head in heads {
            if let Some(before) = blocks.last_mut() {
                before.last = head - 1;
            }
            blocks.push(Block {
                scope: Scope::Block { head },
                first: head,
                last: self.len(),
            });
        }
        blocks
    }

    /// The block that a line belongs to; for numbers past the end, the last one.
    pub fn block_at(&self, line: usize) -> Block {
        let is_head = |n: &usize| self.line(*n).is_some_and(|l| l.is_head());
        let line = line.min(self.len());
        let last = (line + 1..=self.len())
            .find(is_head)
            .map_or(self.len(), |n| n - 1);
        match (1..=line).rev().find(is_head) {
            Some(head) => Block {
                scope: Scope::Block { head },
                first: head,
                last,
            },
            None => Block {
                scope: Scope::Global,
                first: 1,
                last,
            },
        }
    }

    /// What a block asks for.
    pub fn head(&self, block: &Block) -> Head<'_> {
        match block.scope {
            Scope::Global => Head::Global,
            Scope::Block { head } => match self.line(head).map(|line| line.meaning()) {
                Some(Meaning::Host(patterns)) => Head::Host(patterns),
                Some(Meaning::Match(criteria)) => Head::Match(criteria),
                Some(Meaning::Malformed { why, .. }) => Head::Malformed(why),
                Some(Meaning::Blank | Meaning::Comment | Meaning::Option(_)) | None => Head::Global,
            },
        }
    }

    /// Every block of this file with whether it covers the host, read alone and from the top: what included files
    /// set is not known here (see [`super::Tree::answer`] for that).
    pub fn covering(&self, asked: &Asked) -> Vec<(Block, Cover)> {
        let mut reading = Reading::first(asked);
        let mut covers = Vec::new();
        for block in self.blocks() {
            let head = self.line(block.first).map(|line| line.meaning());
            let cover = head
                .and_then(|meaning| reading.cover(meaning))
                .unwrap_or(Cover::Yes);
            for line in block.lines().filter_map(|n| self.line(n)) {
                if let Some(option) = line.option() {
                    reading.learn(option, cover);
                }
            }
            covers.push((block, cover));
        }
        covers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "# mine\nUser bob\n\nHost lab\n  HostName h\n# all\nMatch host h\n  Port 2\nHost\n Port 3\n";

    #[test]
    fn blocks_share_out_all_lines() {
        let doc = Document::parse(CONFIG.as_bytes());
        let ranges: Vec<_> = doc.blocks().iter().map(Block::lines).collect();
        assert_eq!(ranges, [1..=3, 4..=6, 7..=8, 9..=10]);
        for block in doc.blocks() {
            for line in block.lines() {
                assert_eq!(doc.block_at(line), block);
            }
        }
        assert_eq!(doc.block_at(99).first, 9);
        assert!(matches!(doc.head(&doc.blocks()[3]), Head::Malformed(_)));
    }

    #[test]
    fn an_empty_document_has_an_empty_global_part() {
        let doc = Document::parse(b"");
        assert_eq!(doc.blocks().len(), 1);
        assert!(doc.blocks()[0].lines().is_empty());
        let headed = Document::parse(b"Host a");
        assert!(headed.blocks()[0].lines().is_empty());
        assert_eq!(headed.block_at(1).scope, Scope::Block { head: 1 });
    }

    #[test]
    fn covering_follows_the_host_name() {
        let doc = Document::parse(CONFIG.as_bytes());
        let covers = |host: &str| -> Vec<Cover> {
            let covering = doc.covering(&Asked::host(host));
            covering.into_iter().map(|(_, cover)| cover).collect()
        };
        assert_eq!(
            covers("lab"),
            [Cover::Yes, Cover::Yes, Cover::Yes, Cover::No]
        );
        assert_eq!(covers("box"), [Cover::Yes, Cover::No, Cover::No, Cover::No]);
    }
}
