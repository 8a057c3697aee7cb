//! How is a document changed without touching any line that the change does not name?

use super::block::{Block, Scope};
use super::diff::{Hunk, hunks};
use super::document::Document;
use super::edit_error::EditError;
use super::keyword::{Shape, shape};
use super::layout;
use super::line::{Eol, Line, Meaning};
use super::value::{self, Unwritable};

/// A change that was made on paper: the document before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    before: Document,
    after: Document,
}

/// At which end of a block an option is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Before the block's other options: it wins over them.
    Top,
    /// After the block's last option.
    Bottom,
}

impl Edit {
    /// The document that was edited.
    pub fn before(&self) -> &Document {
        &self.before
    }

    /// The document as it would be.
    pub fn after(&self) -> &Document {
        &self.after
    }

    /// True when nothing would change: not a byte.
    pub fn is_empty(&self) -> bool {
        self.before == self.after
    }

    /// The change as hunks with `context` unchanged lines around it; empty when nothing changes.
    pub fn hunks(&self, context: usize) -> Vec<Hunk> {
        hunks(&self.before, &self.after, context)
    }

    /// A second edit on top of this one; the result reaches from the first document to the last.
    ///
    /// # Errors
    /// Those of the second edit.
    pub fn then(
        self,
        next: impl FnOnce(&Document) -> Result<Edit, EditError>,
    ) -> Result<Edit, EditError> {
        let after = next(&self.after)?.after;
        Ok(Edit { after, ..self })
    }
}

impl Document {
    /// Inserts a line of text before line `before`; the number after the last one appends.
    ///
    /// # Errors
    /// [`EditError::NoSuchLine`]; [`EditError::Unwritable`] when the text is not one line.
    pub fn insert_line(&self, before: usize, text: &[u8]) -> Result<Edit, EditError> {
        self.gap(before)?;
        value::one_line(text).map_err(|why| unwritable("line", why))?;
        Ok(self.edited(before, 0, vec![text.to_vec()]))
    }

    /// Replaces the text of one line and keeps its line end.
    ///
    /// # Errors
    /// As for [`Document::insert_line`].
    pub fn replace_line(&self, line: usize, text: &[u8]) -> Result<Edit, EditError> {
        let eol = self.existing(line)?.eol();
        value::one_line(text).map_err(|why| unwritable("line", why))?;
        let after = self.spliced(line, 1, vec![Line::new(text, eol)]);
        Ok(self.to(after))
    }

    /// Puts whole lines in the place of one. The last of them keeps its line end.
    ///
    /// # Errors
    /// As for [`Document::insert_line`].
    pub fn replace_with(&self, line: usize, texts: &[String]) -> Result<Edit, EditError> {
        self.existing(line)?;
        for text in texts {
            value::one_line(text.as_bytes()).map_err(|why| unwritable("line", why))?;
        }
        let new = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
        Ok(self.edited(line, 1, new))
    }

    /// Gives the option on `line` another value. Indentation, spelling of the keyword, separator and trailing comment
    /// stay; quotes stay where there were some and come where they are needed.
    ///
    /// # Errors
    /// [`EditError::NoSuchLine`], [`EditError::NotAnOption`], [`EditError::Unwritable`].
    pub fn replace_value(&self, line: usize, value: &[u8]) -> Result<Edit, EditError> {
        let old = self.existing(line)?;
        let not_an_option = EditError::NotAnOption { line };
        let option = old.option().ok_or(not_an_option.clone())?;
        let range = layout::value(old.raw()).ok_or(not_an_option)?;
        let keyword = option.keyword.as_ref();
        let mut new = value::written(keyword, value).map_err(|why| unwritable(keyword, why))?;
        let shape = shape(keyword);
        if shape == Shape::One && old.raw()[range.start] == b'"' && !new.starts_with(b"\"") {
            new = value::quoted(value);
        }
        let raw = [&old.raw()[..range.start], &new, &old.raw()[range.end..]].concat();
        let read = Line::new(&raw, old.eol());
        if shape != Shape::Several
            && read.option().map(|o| &o.arguments[..]) != Some(&[value.to_vec()])
        {
            return Err(unwritable(keyword, Unwritable::Misread));
        }
        self.replace_line(line, &raw)
    }

    /// Gives the `Host` line other patterns; the rest of the line stays.
    ///
    /// # Errors
    /// [`EditError::NoSuchLine`], [`EditError::NotAHost`], [`EditError::Unwritable`].
    pub fn replace_patterns<S: AsRef<str>>(
        &self,
        line: usize,
        patterns: &[S],
    ) -> Result<Edit, EditError> {
        let old = self.existing(line)?;
        let range = match old.meaning() {
            Meaning::Host(_) => layout::value(old.raw()),
            Meaning::Blank
            | Meaning::Comment
            | Meaning::Option(_)
            | Meaning::Match(_)
            | Meaning::Malformed { .. } => None,
        };
        let range = range.ok_or(EditError::NotAHost { line })?;
        let new = value::patterns(patterns).map_err(|why| unwritable("Host", why))?;
        let raw = [&old.raw()[..range.start], &new, &old.raw()[range.end..]].concat();
        self.replace_line(line, &raw)
    }

    /// Adds an option to a block (one of [`Document::blocks`]), indented like its neighbours.
    ///
    /// # Errors
    /// [`EditError::Unwritable`]; [`EditError::NoSuchLine`] when the block is not of this document.
    pub fn add_option(
        &self,
        block: &Block,
        at: At,
        keyword: &str,
        value: &[u8],
    ) -> Result<Edit, EditError> {
        value::keyword(keyword).map_err(|why| unwritable(keyword, why))?;
        let value = value::written(keyword, value).map_err(|why| unwritable(keyword, why))?;
        let mut options = block.lines().filter(|&n| self.holds_something(n));
        let neighbour = match at {
            At::Top => options.next(),
            At::Bottom => options.next_back(),
        };
        let indentation = |n| {
            self.line(n)
                .map_or(&b""[..], |l| layout::indentation(l.raw()))
        };
        let (before, indent) = match (neighbour, block.scope, at) {
            (Some(n), Scope::Block { head }, At::Top) => (head + 1, indentation(n).to_vec()),
            (Some(n), Scope::Global, At::Top) => (n, indentation(n).to_vec()),
            (Some(n), _, At::Bottom) => (n + 1, indentation(n).to_vec()),
            (None, Scope::Block { head }, _) => (head + 1, [indentation(head), b"  "].concat()),
            (None, Scope::Global, _) if block.last == self.len() => (self.len() + 1, Vec::new()),
            (None, Scope::Global, _) => (self.above(block.last + 1), Vec::new()),
        };
        let mut new = vec![[&indent, keyword.as_bytes(), b" ", &value].concat()];
        if neighbour.is_none() && block.scope == Scope::Global && !self.blank_or_edge(before) {
            new.push(Vec::new());
        }
        self.gap(before)?;
        Ok(self.edited(before, 0, new))
    }

    pub(super) fn holds_something(&self, n: usize) -> bool {
        self.line(n).is_some_and(|l| match l.meaning() {
            Meaning::Option(_) => true,
            Meaning::Malformed { .. } => !l.is_head(),
            Meaning::Blank | Meaning::Comment | Meaning::Host(_) | Meaning::Match(_) => false,
        })
    }

    pub(super) fn blank_or_edge(&self, n: usize) -> bool {
        self.line(n)
            .is_none_or(|l| matches!(l.meaning(), Meaning::Blank))
    }

    fn existing(&self, line: usize) -> Result<&Line, EditError> {
        let lines = self.len();
        self.line(line).ok_or(EditError::NoSuchLine { line, lines })
    }

    pub(super) fn gap(&self, before: usize) -> Result<(), EditError> {
        let lines = self.len();
        if (1..=lines + 1).contains(&before) {
            Ok(())
        } else {
            Err(EditError::NoSuchLine {
                line: before,
                lines,
            })
        }
    }

    pub(super) fn edited(&self, at: usize, removed: usize, new: Vec<Vec<u8>>) -> Edit {
        let eol = self.eol();
        let mut lines: Vec<Line> = new.iter().map(|raw| Line::new(raw, eol)).collect();
        // What replaces a last line without an end has none either: nothing changes that was not asked for.
        let replaced = (removed > 0).then(|| self.line(at + removed - 1)).flatten();
        if let (Some(old), Some(last)) = (replaced, lines.last_mut())
            && old.eol() == Eol::None
        {
            *last = last.ended(Eol::None);
        }
        self.to(self.spliced(at, removed, lines))
    }

    fn to(&self, after: Document) -> Edit {
        Edit {
            before: self.clone(),
            after,
        }
    }
}

fn unwritable(what: &str, why: Unwritable) -> EditError {
    EditError::Unwritable {
        what: what.to_owned(),
        why,
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

    #[test]
    fn a_value_changes_and_nothing_around_it() {
        let text = "Host a\r\n\tuSeR = bob  # me\r\n  IdentityFile \"/a b\"\r\n";
        let d = doc(text);
        assert_eq!(
            after(d.replace_value(2, b"eve")),
            text.replace("bob", "eve")
        );
        assert_eq!(
            after(d.replace_value(2, b"my key")),
            text.replace("bob", "\"my key\"")
        );
        assert_eq!(after(d.replace_value(3, b"/c")), text.replace("/a b", "/c"));
        assert_eq!(
            d.replace_value(1, b"x"),
            Err(EditError::NotAnOption { line: 1 })
        );
        assert_eq!(
            d.replace_value(4, b"x"),
            Err(EditError::NoSuchLine { line: 4, lines: 3 })
        );
        assert!(d.replace_value(2, b"bob").unwrap().is_empty());
        assert_eq!(after(doc("User bob").replace_value(1, b"eve")), "User eve");
        let command = doc("ProxyCommand=nc %h %p # x");
        assert_eq!(
            after(command.replace_value(1, b"ssh \"a\" # y")),
            "ProxyCommand=ssh \"a\" # y"
        );
    }

    #[test]
    fn patterns_change() {
        let d = doc("Host github # mine\n");
        assert_eq!(
            after(d.replace_patterns(1, &["github", "github.com"])),
            "Host github github.com # mine\n"
        );
        assert!(d.replace_patterns(1, &["a b"]).is_err());
        assert_eq!(
            doc("User x").replace_patterns(1, &["a"]),
            Err(EditError::NotAHost { line: 1 })
        );
    }

    #[test]
    fn options_are_added_like_their_neighbours() {
        let d = doc("Host a\n\tUser x\n\n# b\nHost b");
        let blocks = d.blocks();
        let add = |n: usize, at| after(d.add_option(&blocks[n], at, "Port", b"22"));
        assert_eq!(
            add(1, At::Bottom),
            "Host a\n\tUser x\n\tPort 22\n\n# b\nHost b"
        );
        assert_eq!(
            add(1, At::Top),
            "Host a\n\tPort 22\n\tUser x\n\n# b\nHost b"
        );
        assert_eq!(
            add(2, At::Bottom),
            "Host a\n\tUser x\n\n# b\nHost b\n  Port 22\n"
        );
        assert_eq!(
            add(0, At::Bottom),
            "Port 22\n\nHost a\n\tUser x\n\n# b\nHost b"
        );
        let global = doc("# mine\nUser x\n\nHost a\n");
        let add = |at| after(global.add_option(&global.blocks()[0], at, "Port", b"22"));
        assert_eq!(add(At::Top), "# mine\nPort 22\nUser x\n\nHost a\n");
        assert_eq!(add(At::Bottom), "# mine\nUser x\nPort 22\n\nHost a\n");
        let empty = doc("# mine\n");
        assert_eq!(
            after(empty.add_option(&empty.blocks()[0], At::Top, "Port", b"22")),
            "# mine\nPort 22\n"
        );
    }

    #[test]
    fn edits_add_up() {
        let d = doc("Host a\n  User x\n  Port 1");
        let both = d
            .replace_value(2, b"y")
            .and_then(|e| e.then(|d| d.insert_line(4, b"# end")))
            .unwrap();
        assert_eq!(both.before(), &d);
        assert_eq!(after(Ok(both)), "Host a\n  User y\n  Port 1\n# end\n");
        assert!(d.insert_line(1, b"a\nb").is_err());
        assert!(d.insert_line(5, b"a").is_err());
        assert!(d.insert_line(0, b"a").is_err());
    }
}
