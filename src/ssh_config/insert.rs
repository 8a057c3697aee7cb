//! How does a whole block come into a document?

use std::ops::RangeInclusive;

use super::block::Scope;
use super::document::Document;
use super::edit::Edit;
use super::edit_error::EditError;
use super::host_block::{HostBlock, is_begin, is_end};
use super::layout;
use super::line::Meaning;

impl Document {
    /// Inserts a block before line `before` (see [`super::Tree::place_for`]), with blank lines around it. When
    /// options of the global part follow, a `Host *` after the block keeps them global: without it the new block
    /// would swallow them.
    ///
    /// # Errors
    /// [`EditError::NoSuchLine`], [`EditError::Unwritable`], and [`EditError::InsideBlock`] when the place is in the
    /// middle of a `Host` or `Match` block.
    pub fn insert_block(&self, before: usize, block: &HostBlock) -> Result<Edit, EditError> {
        self.insert_lines(before, block.lines()?)
    }

    /// Inserts the lines of a whole block, as [`Document::insert_block`] does.
    ///
    /// # Errors
    /// Those of [`Document::insert_block`].
    pub fn insert_lines(&self, before: usize, lines: Vec<Vec<u8>>) -> Result<Edit, EditError> {
        self.gap(before)?;
        let mut new = lines;
        if before > 1 && !self.blank_or_edge(before - 1) {
            new.insert(0, Vec::new());
        }
        let head = self.line(before).is_some_and(|l| l.is_head());
        let around = self.block_at(before);
        let cut = !head && (before..=around.last).any(|n| self.holds_something(n));
        match around.scope {
            Scope::Global if cut => new.extend([Vec::new(), b"Host *".to_vec()]),
            Scope::Block { head } if cut => {
                return Err(EditError::InsideBlock { line: before, head });
            }
            Scope::Global | Scope::Block { .. } if !self.blank_or_edge(before) => {
                new.push(Vec::new())
            }
            Scope::Global | Scope::Block { .. } => {}
        }
        Ok(self.edited(before, 0, new))
    }

    /// Replaces the block that carries the new block's marker, marker lines included, and nothing else.
    ///
    /// # Errors
    /// [`EditError::NoMarker`] when the new block has no marker or the document no such block, those of
    /// [`Document::marked`], and [`EditError::Unwritable`].
    pub fn replace_marked(&self, block: &HostBlock) -> Result<Edit, EditError> {
        let name = block.marker.clone().unwrap_or_default();
        let lines = self.marked(&name)?.ok_or(EditError::NoMarker { name })?;
        Ok(self.edited(*lines.start(), lines.count(), block.lines()?))
    }

    /// Takes whole lines out, and one of the two blank lines that stood around them.
    ///
    /// # Errors
    /// [`EditError::NoSuchLine`].
    pub fn remove_lines(&self, lines: RangeInclusive<usize>) -> Result<Edit, EditError> {
        let (first, last) = (*lines.start(), *lines.end());
        self.gap(first)?;
        self.gap(last)?;
        let is_between =
            self.blank_or_edge(first.saturating_sub(1)) && self.blank_or_edge(last + 1);
        let (first, last) = match (is_between, last < self.len()) {
            (true, true) => (first, last + 1),
            (true, false) if first > 1 => (first - 1, last),
            (true, false) | (false, _) => (first, last),
        };
        Ok(self.edited(first, last + 1 - first, Vec::new()))
    }

    /// The line before which something must go that is to stand above `head`: comments that belong to the head stay
    /// with it, and what another program keeps between its markers stays whole: it writes all of that anew.
    pub fn above(&self, head: usize) -> usize {
        let line = self.above_comments(head);
        self.kept_by_another(line).unwrap_or(line)
    }

    /// The first line of blocks that a program keeps between `# BEGIN …` and `# END …` around this line.
    fn kept_by_another(&self, line: usize) -> Option<usize> {
        let says = |n: usize, word: &str| {
            let raw = self.line(n).map(|line| line.raw().trim_ascii());
            let comment = raw.and_then(|raw| raw.strip_prefix(b"#"));
            comment.is_some_and(|words| words.trim_ascii_start().starts_with(word.as_bytes()))
        };
        let begin = (1..line)
            .rev()
            .find(|n| says(*n, "BEGIN") || says(*n, "END"))?;
        let ends = (line..=self.len()).find(|n| says(*n, "BEGIN") || says(*n, "END"))?;
        let is_head = |n: usize| self.line(n).is_some_and(|line| line.is_head());
        let first = (begin..=line).find(|n| is_head(*n) || self.holds_something(*n))?;
        (says(begin, "BEGIN") && says(ends, "END") && is_head(first)).then_some(begin)
    }

    fn above_comments(&self, head: usize) -> usize {
        let indent = self
            .line(head)
            .map_or(&b""[..], |l| layout::indentation(l.raw()));
        let own = |n: usize| {
            self.line(n).is_some_and(|l| {
                let comment = matches!(l.meaning(), Meaning::Comment) && !is_end(l.raw());
                comment && layout::indentation(l.raw()) == indent
            })
        };
        let mut top = head;
        while top > 1 && own(top - 1) {
            top -= 1;
        }
        // A comment that follows an option without a gap may as well be about that option.
        if top == 1 || !self.holds_something(top - 1) {
            return top;
        }
        let marker = |&n: &usize| self.line(n).is_some_and(|l| is_begin(l.raw()));
        (top..head).find(marker).unwrap_or(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doc(text: &str) -> Document {
        Document::parse(text.as_bytes())
    }

    fn after(edit: Result<Edit, EditError>) -> String {
        String::from_utf8(edit.unwrap().after().to_bytes()).unwrap()
    }

    fn github() -> HostBlock {
        HostBlock::for_host("github.com").option("User", "git")
    }

    const BLOCK: &str =
        "# >>> sshstep github.com\nHost github.com\n  User git\n# <<< sshstep github.com\n";

    #[test]
    fn a_block_gets_blank_lines_and_the_line_ends_of_the_file() {
        let insert = |text: &str, before| after(doc(text).insert_block(before, &github()));
        assert_eq!(insert("", 1), BLOCK);
        assert_eq!(
            insert("Host a\n  Port 2", 3),
            format!("Host a\n  Port 2\n\n{BLOCK}")
        );
        assert_eq!(
            insert("Port 2\n\nHost *\n", 3),
            format!("Port 2\n\n{BLOCK}\nHost *\n")
        );
        assert_eq!(
            insert("Host *\r\n", 1),
            format!("{BLOCK}\n").replace('\n', "\r\n") + "Host *\r\n"
        );
    }

    #[test]
    fn a_block_swallows_nothing() {
        let insert = |text: &str, before| doc(text).insert_block(before, &github());
        let include = "User x\nInclude y\nPort 3\n";
        assert_eq!(
            after(insert(include, 2)),
            format!("User x\n\n{BLOCK}\nHost *\nInclude y\nPort 3\n")
        );
        let cut = insert("Host a\n  User x\n  Port 2\n", 3);
        assert_eq!(cut, Err(EditError::InsideBlock { line: 3, head: 1 }));
        assert!(insert("Host a\n  User x\n# end\n", 3).is_ok());
    }

    #[test]
    fn a_marked_block_is_replaced_alone() {
        let text = format!("User x\n\n{BLOCK}\nHost *\n  Port 1");
        let new = github().option("Port", "443");
        let edit = doc(&text).replace_marked(&new).unwrap();
        assert_eq!(after(Ok(edit)), text.replace("git\n", "git\n  Port 443\n"));
        assert!(doc(&text).replace_marked(&github()).unwrap().is_empty());
        assert!(
            doc(BLOCK.trim_end())
                .replace_marked(&github())
                .unwrap()
                .is_empty()
        );
        let none = doc("").replace_marked(&github());
        assert_eq!(
            none,
            Err(EditError::NoMarker {
                name: "github.com".to_owned()
            })
        );
    }

    #[test]
    fn comments_stay_with_the_head_they_are_about() {
        assert_eq!(
            doc("Host a\n  User x\n\n# all\n# of them\nHost *\n").above(6),
            4
        );
        assert_eq!(doc("Host a\nUser x\n# Port 2\nHost *\n").above(4), 4);
        assert_eq!(doc(&format!("{BLOCK}Host *\n")).above(5), 5);
        assert_eq!(doc(&format!("User x\n{BLOCK}")).above(3), 2);
        assert_eq!(doc("# mine\nHost *\n").above(2), 1);
    }
}
