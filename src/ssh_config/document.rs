//! How is a file taken apart into lines and put together again?

use std::sync::Arc;

use super::line::{Eol, Line};

/// One ssh_config file, line by line. Line numbers begin at 1. Clones share their lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    lines: Vec<Arc<Line>>,
}

impl Document {
    /// Takes any bytes; what ssh would refuse becomes [`super::Meaning::Malformed`]. Linear in the length.
    pub fn parse(bytes: &[u8]) -> Document {
        let lines = bytes
            .split_inclusive(|&b| b == b'\n')
            .map(|whole| match whole.strip_suffix(b"\n") {
                None => Line::new(whole, Eol::None),
                Some(text) => match text.strip_suffix(b"\r") {
                    Some(text) => Line::new(text, Eol::CrLf),
                    None => Line::new(text, Eol::Lf),
                },
            })
            .map(Arc::new)
            .collect();
        Document { lines }
    }

    /// The file's bytes; for a parsed and unedited document exactly those it was parsed from.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for line in &self.lines {
            bytes.extend_from_slice(line.raw());
            bytes.extend_from_slice(line.eol().as_bytes());
        }
        bytes
    }

    /// All lines from top to bottom.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = &Line> {
        self.lines.iter().map(AsRef::as_ref)
    }

    /// The line with this number; `None` for 0 and past the end.
    pub fn line(&self, number: usize) -> Option<&Line> {
        self.lines.get(number.checked_sub(1)?).map(AsRef::as_ref)
    }

    /// The number of lines, which is the number of the last one.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// True when there is no line at all.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The line end that new lines get: the one that most lines have, `\n` in doubt.
    pub fn eol(&self) -> Eol {
        let count = |eol| self.lines.iter().filter(|l| l.eol() == eol).count();
        if count(Eol::CrLf) > count(Eol::Lf) {
            Eol::CrLf
        } else {
            Eol::Lf
        }
    }

    /// True when the file begins with a UTF-8 byte order mark, which makes ssh refuse line 1.
    pub fn has_bom(&self) -> bool {
        self.line(1)
            .is_some_and(|l| l.raw().starts_with(b"\xef\xbb\xbf"))
    }

    /// The document with `removed` lines from line `at` on replaced by new ones. A line without an end that is no
    /// longer the last one gets its end.
    pub(super) fn spliced(&self, at: usize, removed: usize, new: Vec<Line>) -> Document {
        let from = at.saturating_sub(1).min(self.lines.len());
        let to = (from + removed).min(self.lines.len());
        let mut lines = self.lines.clone();
        lines.splice(from..to, new.into_iter().map(Arc::new));
        let eol = self.eol();
        let last = lines.len().saturating_sub(1);
        for line in &mut lines[..last] {
            if line.eol() == Eol::None {
                *line = Arc::new(line.ended(eol));
            }
        }
        Document { lines }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn odd_files_come_back_as_they_were() {
        for bytes in [
            &b""[..],
            b"\n",
            b"\r\n\r",
            b"Host a\r\n  User b\n\xff\xfe # \0\r\r\nPort=2",
            b"\xef\xbb\xbfHost a",
            b"\0\n\0",
        ] {
            assert_eq!(Document::parse(bytes).to_bytes(), bytes);
        }
    }

    #[test]
    fn line_ends() {
        let doc = Document::parse(b"a b\r\nc d\r\ne f\n g\rh");
        let ends: Vec<Eol> = doc.lines().map(Line::eol).collect();
        assert_eq!(ends, [Eol::CrLf, Eol::CrLf, Eol::Lf, Eol::None]);
        assert_eq!(doc.eol(), Eol::CrLf);
        assert_eq!(Document::parse(b"x").eol(), Eol::Lf);
        assert!(doc.line(0).is_none() && doc.line(5).is_none());
    }

    #[test]
    fn a_hundred_thousand_lines_are_no_trouble() {
        let block = "Host h\n  HostName \"a b\"\n  Port = 22 # x\n  IdentityFile ~/.ssh/k\n\n";
        let text = block.repeat(20_000);
        let started = std::time::Instant::now();
        let doc = Document::parse(text.as_bytes());
        assert_eq!(doc.len(), 100_000);
        assert_eq!(doc.blocks().len(), 20_001);
        assert!(doc.to_bytes() == text.as_bytes());
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }

    fn fragment() -> impl Strategy<Value = String> {
        let words = [
            "Host",
            "Match",
            "User",
            "Include",
            "ProxyCommand",
            "=",
            " ",
            "\t",
            "\"",
            "'",
            "\\",
            "#",
            "*",
            "!",
            "\r\n",
            "\n",
            "\r",
            "\0",
            "\u{feff}",
            "\u{a0}",
            "a",
            "all",
            "host",
            "exec",
            "\x0c",
            ",",
            "é",
        ];
        proptest::collection::vec(proptest::sample::select(words.to_vec()), 0..60)
            .prop_map(|w| w.concat())
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert_eq!(Document::parse(&bytes).to_bytes(), bytes);
        }

        #[test]
        fn anything_like_a_config_comes_back(text in fragment()) {
            let doc = Document::parse(text.as_bytes());
            prop_assert_eq!(doc.to_bytes(), text.as_bytes());
            let covered: usize = doc.blocks().iter().map(|b| b.lines().count()).sum();
            prop_assert_eq!(covered, doc.len());
        }
    }
}
