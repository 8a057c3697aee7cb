//! How does typing into a field work, and what may not be typed there?

use crate::page::{FieldShown, FieldView};
use crate::secret::Secret;
use crate::text::{Kind, Text};

/// Room for a passphrase, in bytes: enough for any sentence, and never reallocated.
const PASSPHRASE_ROOM: usize = 1024;

/// One line that the person types.
pub struct Field {
    label: Text,
    help: Vec<Text>,
    content: Content,
}

enum Content {
    Line { typed: Vec<char>, cursor: usize },
    Hidden(Secret),
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
            Content::Line { .. } => false,
        }
    }

    /// The visible text; empty for a hidden field.
    pub fn typed(&self) -> String {
        match &self.content {
            Content::Line { typed, .. } => typed.iter().collect(),
            Content::Hidden(_) => String::new(),
        }
    }

    /// Takes the hidden text out, leaving the field empty.
    pub fn take_secret(&mut self) -> Secret {
        match &mut self.content {
            Content::Hidden(secret) => {
                std::mem::replace(secret, Secret::with_capacity(PASSPHRASE_ROOM))
            }
            Content::Line { .. } => Secret::with_capacity(0),
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
        }
    }

    /// Applies one key.
    pub fn stroke(&mut self, stroke: Stroke) {
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
        }
    }

    /// Takes a paste.
    ///
    /// # Errors
    /// A private key is refused wherever it is pasted, and the field is wiped; several lines are
    /// refused because the field takes one.
    pub fn paste(&mut self, text: &str) -> Result<(), PasteRefused> {
        if holds_private_key(text) {
            self.wipe();
            return Err(PasteRefused::PrivateKey);
        }
        let text = text.trim_end_matches(['\r', '\n']);
        if text.contains(['\r', '\n']) {
            return Err(PasteRefused::SeveralLines);
        }
        for c in text.chars() {
            self.stroke(Stroke::Char(c));
        }
        Ok(())
    }

    /// What the page shows of it.
    pub fn view(&self) -> FieldView {
        FieldView {
            label: self.label.clone(),
            shown: match &self.content {
                Content::Line { typed, cursor } => FieldShown::Typed {
                    words: Text::of(Kind::Label, typed.iter().collect::<String>()),
                    cursor: *cursor,
                },
                Content::Hidden(_) => FieldShown::Hidden,
            },
            help: self.help.clone(),
        }
    }
}

/// Whether the text is, or holds, the private half of a key.
pub fn holds_private_key(text: &str) -> bool {
    text.contains("PRIVATE KEY") || text.contains("PuTTY-User-Key-File")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_edited_at_the_cursor() {
        let mut field = Field::line("File", "id_x");
        field.stroke(Stroke::Home);
        field.stroke(Stroke::Char('a'));
        field.stroke(Stroke::Right);
        field.stroke(Stroke::Delete);
        field.stroke(Stroke::End);
        field.stroke(Stroke::Backspace);
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
}
