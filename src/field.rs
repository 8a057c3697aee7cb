//! How does typing into a field work, and what may not be typed there?

mod lines;

use zeroize::Zeroizing;

use crate::page::{FieldShown, FieldView};
use crate::secret::Secret;
use crate::text::{Kind, Text};

use lines::Lines;

/// Room for a passphrase, in bytes: enough for any sentence, and never reallocated.
const PASSPHRASE_ROOM: usize = 1024;

/// What the person types or pastes: a line, a hidden line, or a text of many lines.
pub struct Field {
    label: Text,
    help: Vec<Text>,
    content: Content,
}

enum Content {
    Line { typed: Vec<char>, cursor: usize },
    Hidden(Secret),
    Text(Lines),
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
            content: Content::Text(Lines::default()),
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
            Content::Text(lines) => lines.is_empty(),
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
            Content::Text(lines) => lines.take(),
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
            Content::Text(lines) => *lines = Lines::default(),
        }
    }

    /// Enter. A text ends with it on an empty line, but an empty line of a paste that comes as keys
    /// is no end.
    pub fn enter(&mut self, pace: Pace) -> Entered {
        match &mut self.content {
            Content::Line { .. } | Content::Hidden(_) => Entered::Done,
            Content::Text(lines) => lines.enter(pace),
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
            Content::Text(lines) => match stroke {
                Stroke::Char(c) => return lines.add(c),
                Stroke::Backspace => lines.pop(),
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
        if let Content::Text(lines) = &mut self.content {
            return Ok(Pasted::Whole(lines.paste(text)));
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
                Content::Text(lines) if !lines.is_empty() => lines.label(),
                Content::Text(_) | Content::Line { .. } | Content::Hidden(_) => self.label.clone(),
            },
            shown: match &self.content {
                Content::Line { typed, cursor } => FieldShown::Typed {
                    words: Text::of(Kind::Label, typed.iter().collect::<String>()),
                    cursor: *cursor,
                },
                Content::Hidden(_) => FieldShown::Hidden,
                Content::Text(lines) => FieldShown::Text(Text::of(Kind::Label, lines.last())),
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
}
