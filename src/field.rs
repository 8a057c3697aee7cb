//! How does typing into a field work, and what may not be typed there?

use zeroize::Zeroizing;

use crate::page::{FieldShown, FieldView};
use crate::say;
use crate::secret::{Secret, append};
use crate::text::{Kind, Text};

/// Room for a passphrase, in bytes: enough for any sentence, and never reallocated.
const PASSPHRASE_ROOM: usize = 1024;

/// What the person types or pastes: a line, a hidden line, or a text of many lines.
pub struct Field {
    label: Text,
    help: Vec<Text>,
    content: Content,
}

enum Content {
    Line {
        typed: Vec<char>,
        cursor: usize,
    },
    Hidden(Secret),
    /// Wiped when it goes, because nobody knows what else is in a pasted text.
    Text(Zeroizing<String>),
}

/// What a paste became.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pasted {
    /// Part of the line; the person goes on typing.
    Words,
    /// The whole text that was asked for, of this many lines.
    Whole(usize),
}

/// What Enter in a field means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// The person is done.
    Done,
    /// A text goes on in its next line.
    NextLine,
}

/// How a key came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// By a hand.
    Typed,
    /// Right behind another one, as when a terminal types a paste.
    Rush,
}

/// What the person does to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// A character.
    Char(char),
    /// The one before the cursor goes.
    Backspace,
    /// The one behind the cursor goes.
    Delete,
    /// Cursor moves.
    Left,
    /// Cursor moves.
    Right,
    /// To the first character.
    Home,
    /// Behind the last one.
    End,
}

/// Why a paste was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasteRefused {
    /// It holds a private key.
    PrivateKey,
    /// It has several lines, and the field takes one.
    SeveralLines,
}

impl Field {
    /// A field with visible text, the cursor behind it.
    pub fn line(label: impl Into<Text>, start: &str) -> Self {
        let typed: Vec<char> = start.chars().collect();
        Self {
            label: label.into(),
            help: Vec::new(),
            content: Content::Line {
                cursor: typed.len(),
                typed,
            },
        }
    }

    /// A field that shows constant words: no characters, no stars, no length.
    pub fn hidden(label: impl Into<Text>) -> Self {
        Self {
            label: label.into(),
            help: Vec::new(),
            content: Content::Hidden(Secret::with_capacity(PASSPHRASE_ROOM)),
        }
    }

    /// A field for a text of many lines. A paste is all of it.
    pub fn text(label: impl Into<Text>) -> Self {
        Self {
            label: label.into(),
            help: Vec::new(),
            content: Content::Text(Zeroizing::default()),
        }
    }

    /// The same with a line of help below it.
    #[must_use]
    pub fn help(mut self, text: impl Into<Text>) -> Self {
        self.help.push(text.into());
        self
    }

    /// The label.
    pub fn label(&self) -> &Text {
        &self.label
    }

    /// Whether typing is hidden.
    pub fn is_hidden(&self) -> bool {
        match self.content {
            Content::Hidden(_) => true,
            Content::Line { .. } | Content::Text(_) => false,
        }
    }

    /// Whether it takes many lines.
    pub fn is_text(&self) -> bool {
        match self.content {
            Content::Text(_) => true,
            Content::Line { .. } | Content::Hidden(_) => false,
        }
    }

    /// Whether nothing was typed yet.
    pub fn is_empty(&self) -> bool {
        match &self.content {
            Content::Line { typed, .. } => typed.is_empty(),
            Content::Hidden(secret) => secret.is_empty(),
            Content::Text(text) => text.is_empty(),
        }
    }

    /// The visible text; empty for a hidden field.
    pub fn typed(&self) -> String {
        match &self.content {
            Content::Line { typed, .. } => typed.iter().collect(),
            Content::Hidden(_) | Content::Text(_) => String::new(),
        }
    }

    /// Takes the text of many lines out, leaving the field empty.
    pub fn take_text(&mut self) -> Zeroizing<String> {
        match &mut self.content {
            Content::Text(text) => std::mem::take(text),
            Content::Line { .. } | Content::Hidden(_) => Zeroizing::default(),
        }
    }

    /// Takes the hidden text out, leaving the field empty.
    pub fn take_secret(&mut self) -> Secret {
        match &mut self.content {
            Content::Hidden(secret) => {
                std::mem::replace(secret, Secret::with_capacity(PASSPHRASE_ROOM))
            }
            Content::Line { .. } | Content::Text(_) => Secret::with_capacity(0),
        }
    }

    /// Forgets what was typed.
    pub fn wipe(&mut self) {
        match &mut self.content {
            Content::Hidden(secret) => *secret = Secret::with_capacity(PASSPHRASE_ROOM),
            Content::Line { typed, cursor } => {
                typed.clear();
                *cursor = 0;
            }
            Content::Text(text) => *text = Zeroizing::default(),
        }
    }

    /// Enter. A text ends with it on an empty line, but an empty line of a paste that comes as keys
    /// is no end.
    pub fn enter(&mut self, pace: Pace) -> Entered {
        match &mut self.content {
            Content::Line { .. } | Content::Hidden(_) => Entered::Done,
            Content::Text(text) => match pace {
                Pace::Typed if last_line(text).is_empty() => Entered::Done,
                Pace::Typed | Pace::Rush => {
                    append(text, "\n");
                    Entered::NextLine
                }
            },
        }
    }

    /// Applies one key.
    ///
    /// # Errors
    /// A text whose last line begins a private key is refused and wiped.
    pub fn stroke(&mut self, stroke: Stroke) -> Result<(), PasteRefused> {
        match &mut self.content {
            Content::Hidden(secret) => match stroke {
                Stroke::Char(c) if !c.is_control() => {
                    secret.push(c);
                }
                Stroke::Backspace => secret.pop(),
                Stroke::Char(_)
                | Stroke::Delete
                | Stroke::Left
                | Stroke::Right
                | Stroke::Home
                | Stroke::End => {}
            },
            Content::Line { typed, cursor } => match stroke {
                Stroke::Char(c) => {
                    if !c.is_control() {
                        typed.insert(*cursor, c);
                        *cursor += 1;
                    }
                }
                Stroke::Backspace => {
                    if *cursor > 0 {
                        *cursor -= 1;
                        typed.remove(*cursor);
                    }
                }
                Stroke::Delete => {
                    if *cursor < typed.len() {
                        typed.remove(*cursor);
                    }
                }
                Stroke::Left => *cursor = cursor.saturating_sub(1),
                Stroke::Right => *cursor = (*cursor + 1).min(typed.len()),
                Stroke::Home => *cursor = 0,
                Stroke::End => *cursor = typed.len(),
            },
            Content::Text(text) => match stroke {
                Stroke::Char(c) => {
                    append(text, c.encode_utf8(&mut [0; 4]));
                    // The dashes around its name tell a key, and so does PuTTY's first word.
                    if c == '-' && holds_private_key(last_line(text)) {
                        self.wipe();
                        return Err(PasteRefused::PrivateKey);
                    }
                }
                Stroke::Backspace => {
                    text.pop();
                }
                Stroke::Delete | Stroke::Left | Stroke::Right | Stroke::Home | Stroke::End => {}
            },
        }
        Ok(())
    }

    /// Takes a paste.
    ///
    /// # Errors
    /// A private key is refused wherever it is pasted, and the field is wiped; several lines are
    /// refused because the field takes one.
    pub fn paste(&mut self, text: &str) -> Result<Pasted, PasteRefused> {
        if holds_private_key(text) {
            self.wipe();
            return Err(PasteRefused::PrivateKey);
        }
        if let Content::Text(kept) = &mut self.content {
            // Terminals paste the end of a line as the Enter key sends it: CR.
            if !last_line(kept).is_empty() {
                append(kept, "\n");
            }
            let mut rest = text;
            while let Some((line, behind)) = rest.split_once(['\r', '\n']) {
                append(kept, line);
                append(kept, "\n");
                let ends_crlf = rest[line.len()..].starts_with("\r\n");
                rest = if ends_crlf { &behind[1..] } else { behind };
            }
            append(kept, rest);
            return Ok(Pasted::Whole(kept.lines().count()));
        }
        let text = text.trim_end_matches(['\r', '\n']);
        if text.contains(['\r', '\n']) {
            return Err(PasteRefused::SeveralLines);
        }
        for c in text.chars() {
            self.stroke(Stroke::Char(c))?;
        }
        Ok(Pasted::Words)
    }

    /// What the page shows of it.
    pub fn view(&self) -> FieldView {
        FieldView {
            label: match &self.content {
                Content::Text(text) if !text.is_empty() => {
                    say!("Line {}", text.matches('\n').count() + 1)
                }
                Content::Text(_) | Content::Line { .. } | Content::Hidden(_) => self.label.clone(),
            },
            shown: match &self.content {
                Content::Line { typed, cursor } => FieldShown::Typed {
                    words: Text::of(Kind::Label, typed.iter().collect::<String>()),
                    cursor: *cursor,
                },
                Content::Hidden(_) => FieldShown::Hidden,
                Content::Text(text) => FieldShown::Text(Text::of(Kind::Label, last_line(text))),
            },
            help: self.help.clone(),
        }
    }
}

/// Whether the text is, or holds, the private half of a key: by its first or last line, which ssh's
/// warning about an "UNPROTECTED PRIVATE KEY FILE" only resembles.
pub fn holds_private_key(text: &str) -> bool {
    let is_edge = |line: &str| line.contains("PRIVATE KEY") && line.contains("----");
    text.contains("PuTTY-User-Key-File")
        || (text.contains("PRIVATE KEY") && text.split(['\n', '\r']).any(is_edge))
}

/// What stands behind the last line break.
fn last_line(text: &str) -> &str {
    text.rsplit('\n').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_edited_at_the_cursor() {
        let mut field = Field::line("File", "id_x");
        for stroke in [
            Stroke::Home,
            Stroke::Char('a'),
            Stroke::Right,
            Stroke::Delete,
            Stroke::End,
            Stroke::Backspace,
        ] {
            field.stroke(stroke).expect("no key");
        }
        assert_eq!(field.typed(), "ai_");
    }

    #[test]
    fn a_hidden_field_shows_the_same_whatever_was_typed() {
        let mut field = Field::hidden("Passphrase");
        let empty = field.view();
        field.paste("four words or more").expect("a paste");
        assert_eq!(field.view(), empty);
        assert_eq!(field.take_secret().reveal(), "four words or more");
        assert!(field.take_secret().is_empty());
    }

    #[test]
    fn a_private_key_is_refused_and_wiped() {
        let mut field = Field::line("Server", "abc");
        assert_eq!(
            field.paste("-----BEGIN OPENSSH PRIVATE KEY-----\nx"),
            Err(PasteRefused::PrivateKey)
        );
        assert_eq!(field.typed(), "");
        assert_eq!(field.paste("a\nb"), Err(PasteRefused::SeveralLines));
    }

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
