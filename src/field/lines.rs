//! How does a text of many lines grow, by keys and by pastes?

use zeroize::Zeroizing;

use crate::say;
use crate::secret::append;
use crate::text::Text;

use super::{Entered, Pace, PasteRefused, holds_private_key};

/// What was typed and pasted so far. Wiped when it goes, because nobody knows what else is in a
/// pasted text.
#[derive(Default)]
pub(super) struct Lines(Zeroizing<String>);

impl Lines {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(&mut self) -> Zeroizing<String> {
        std::mem::take(&mut self.0)
    }

    /// What stands behind the last line break.
    pub(super) fn last(&self) -> &str {
        self.0.rsplit('\n').next().unwrap_or_default()
    }

    /// Which line is the last one.
    pub(super) fn label(&self) -> Text {
        say!("Line {}", self.0.matches('\n').count() + 1)
    }

    pub(super) fn add(&mut self, c: char) -> Result<(), PasteRefused> {
        append(&mut self.0, c.encode_utf8(&mut [0; 4]));
        // The dashes around its name tell a key, and so does PuTTY's first word.
        if c == '-' && holds_private_key(self.last()) {
            *self = Self::default();
            return Err(PasteRefused::PrivateKey);
        }
        Ok(())
    }

    pub(super) fn pop(&mut self) {
        self.0.pop();
    }

    pub(super) fn enter(&mut self, pace: Pace) -> Entered {
        match pace {
            Pace::Typed if self.last().is_empty() => Entered::Done,
            Pace::Typed | Pace::Rush => {
                append(&mut self.0, "\n");
                Entered::NextLine
            }
        }
    }

    /// Adds whole lines; says how many there are now.
    pub(super) fn paste(&mut self, text: &str) -> usize {
        let kept = &mut self.0;
        if !kept.is_empty() && !kept.ends_with('\n') {
            append(kept, "\n");
        }
        // Terminals paste the end of a line as the Enter key sends it: CR.
        let mut rest = text;
        while let Some((line, behind)) = rest.split_once(['\r', '\n']) {
            append(kept, line);
            append(kept, "\n");
            let ends_crlf = rest[line.len()..].starts_with("\r\n");
            rest = if ends_crlf { &behind[1..] } else { behind };
        }
        append(kept, rest);
        kept.lines().count()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Field, Pasted, Stroke};
    use super::*;

    #[test]
    fn a_text_ends_with_a_hand_on_an_empty_line_only() {
        let mut field = Field::text("Error message");
        for c in "a\n\nb\n".chars() {
            match c {
                '\n' => assert_eq!(field.enter(Pace::Rush), Entered::NextLine),
                c => field.stroke(Stroke::Char(c)).expect("no key"),
            }
        }
        assert_eq!(field.enter(Pace::Typed), Entered::Done);
        assert_eq!(field.take_text().as_str(), "a\n\nb\n");
        assert_eq!(field.take_text().as_str(), "");
    }

    #[test]
    fn a_text_takes_lines_as_terminals_paste_them() {
        let mut field = Field::text("Error message");
        assert_eq!(field.paste("a\rb\r\nc\n\rd"), Ok(Pasted::Whole(5)));
        assert_eq!(field.take_text().as_str(), "a\nb\nc\n\nd");
    }

    #[test]
    fn a_key_that_is_typed_goes_with_its_first_line_and_a_warning_about_one_stays() {
        for first in ["-----BEGIN OPENSSH PRIVATE KEY-", "x PuTTY-User-Key-File-"] {
            let mut field = Field::text("Error message");
            let refused = first
                .chars()
                .find_map(|c| field.stroke(Stroke::Char(c)).err());
            assert_eq!(refused, Some(PasteRefused::PrivateKey), "{first}");
            assert_eq!(field.take_text().as_str(), "");
        }
        let warning = "@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @\n@@@@\n";
        assert_eq!(
            Field::text("Error message").paste(warning),
            Ok(Pasted::Whole(2))
        );
        let keys = "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\rP2/56wAAA";
        assert!(Field::text("Error message").paste(keys).is_err());
    }
}
