//! What does a block written by sshstep look like, and where is the one it wrote before?

use std::ops::RangeInclusive;

use super::document::Document;
use super::edit_error::EditError;
use super::value;

/// A `Host` block to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostBlock {
    /// The words of the `Host` line.
    pub patterns: Vec<String>,
    /// Keywords and values in order; values as they are meant, without quotes. See [`HostBlock::option`].
    pub options: Vec<(String, Vec<u8>)>,
    /// The name in the comment lines around the block, by which it is found again; `None` for no such lines.
    pub marker: Option<String>,
}

impl HostBlock {
    /// A block for one host, without options, marked with the host's name.
    pub fn for_host(host: &str) -> HostBlock {
        HostBlock {
            patterns: vec![host.to_owned()],
            options: Vec::new(),
            marker: Some(host.to_owned()),
        }
    }

    /// The block with one more option. A value with blanks gets quotes, unless the option takes several words
    /// (`SendEnv`, `LocalForward`…) or a command: those are written as they are.
    pub fn option(mut self, keyword: &str, value: impl Into<Vec<u8>>) -> HostBlock {
        self.options.push((keyword.to_owned(), value.into()));
        self
    }

    /// The lines of the block, without line ends.
    ///
    /// # Errors
    /// [`EditError::Unwritable`] names the pattern, option or marker that ssh_config cannot express.
    pub fn lines(&self) -> Result<Vec<Vec<u8>>, EditError> {
        let unwritable = |what: &str| {
            let what = what.to_owned();
            move |why| EditError::Unwritable { what, why }
        };
        let patterns = value::patterns(&self.patterns).map_err(unwritable("Host"))?;
        let mut lines = vec![[b"Host ", &patterns[..]].concat()];
        for (keyword, value) in &self.options {
            value::keyword(keyword).map_err(unwritable(keyword))?;
            let value = value::written(keyword, value).map_err(unwritable(keyword))?;
            lines.push([b"  ", keyword.as_bytes(), b" ", &value].concat());
        }
        if let Some(name) = &self.marker {
            value::one_line(name.as_bytes()).map_err(unwritable("marker"))?;
            lines.insert(0, begin(name));
            lines.push(end(name));
        }
        Ok(lines)
    }
}

impl Document {
    /// The lines of the block that sshstep marked with this name, both marker lines included; `None` when there is
    /// no such block.
    ///
    /// # Errors
    /// [`EditError::MarkerOpen`] when the end marker is missing, [`EditError::MarkerHolds`] when more than one block
    /// stands between the markers: somebody else's lines would be lost with ours.
    pub fn marked(&self, name: &str) -> Result<Option<RangeInclusive<usize>>, EditError> {
        let is = |n: usize, text: &[u8]| self.line(n).is_some_and(|l| l.raw().trim_ascii() == text);
        let (begin, end) = (begin(name), end(name));
        let Some(first) = (1..=self.len()).find(|&n| is(n, begin.trim_ascii())) else {
            return Ok(None);
        };
        let last = (first + 1..=self.len())
            .find(|&n| is(n, end.trim_ascii()))
            .ok_or(EditError::MarkerOpen { line: first })?;
        let mut heads = (first..=last).filter(|&n| self.line(n).is_some_and(|l| l.is_head()));
        match heads.nth(1) {
            Some(line) => Err(EditError::MarkerHolds { line }),
            None => Ok(Some(first..=last)),
        }
    }
}

/// True for a line that begins a marked block, whatever its name.
pub(super) fn is_begin(raw: &[u8]) -> bool {
    raw.trim_ascii_start().starts_with(BEGIN)
}

/// True for a line that ends a marked block, whatever its name.
pub(super) fn is_end(raw: &[u8]) -> bool {
    raw.trim_ascii_start().starts_with(END)
}

const BEGIN: &[u8] = b"# >>> sshstep ";
const END: &[u8] = b"# <<< sshstep ";

fn begin(name: &str) -> Vec<u8> {
    [BEGIN, name.as_bytes()].concat()
}

fn end(name: &str) -> Vec<u8> {
    [END, name.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_it_is_written() {
        let block = HostBlock::for_host("github.com")
            .option("User", "git")
            .option("IdentityFile", "~/my keys/id");
        let lines = block.lines().unwrap().join(&b'\n');
        assert_eq!(
            String::from_utf8(lines).unwrap(),
            "# >>> sshstep github.com\nHost github.com\n  User git\n  IdentityFile \"~/my keys/id\"\n\
             # <<< sshstep github.com"
        );
    }

    #[test]
    fn nothing_can_be_smuggled_in() {
        for block in [
            HostBlock::for_host("a\nHost *"),
            HostBlock::for_host("a").option("User", "x\n  ProxyCommand evil"),
            HostBlock::for_host("a").option("User x\nPort", "1"),
            HostBlock::for_host("a").option("Host", "b"),
            HostBlock {
                marker: Some("x\nHost *".to_owned()),
                ..HostBlock::for_host("a")
            },
        ] {
            assert!(
                matches!(block.lines(), Err(EditError::Unwritable { .. })),
                "{block:?}"
            );
        }
    }

    #[test]
    fn marked_blocks_are_found() {
        let find = |text: &str| Document::parse(text.as_bytes()).marked("a");
        let block = "# >>> sshstep a\nHost a\n# <<< sshstep a\n";
        assert_eq!(find(&format!("X 1\n\n{block}Host b\n")), Ok(Some(3..=5)));
        assert_eq!(find(&block.replace('\n', "\r\n")), Ok(Some(1..=3)));
        assert_eq!(
            find("# >>> sshstep ab\nHost ab\n# <<< sshstep ab\n"),
            Ok(None)
        );
        assert_eq!(
            find("# >>> sshstep a\nHost a\n"),
            Err(EditError::MarkerOpen { line: 1 })
        );
        assert_eq!(
            find("# >>> sshstep a\nHost a\nHost b\n# <<< sshstep a\n"),
            Err(EditError::MarkerHolds { line: 3 })
        );
    }
}
