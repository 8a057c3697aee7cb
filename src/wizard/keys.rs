//! What does each key do, on every screen?
//!
//! Decided here, once: a letter means the same everywhere, a paste never answers a question, and
//! what is typed into a hidden field is never named.

use std::time::{Duration, Instant};

use crate::field::{Entered, Pace, PasteRefused, Pasted, Stroke, holds_private_key};
use crate::page::{Page, choice_keys};
use crate::say;
use crate::steps::Msg;
use crate::text::{Privacy, Text};
use crate::trouble::Exit;

use super::overlay::Overlay;
use super::{Command, Stops, Wizard};

/// A bare Enter this soon behind a paste belongs to the paste (jcode#555); so does any key this soon
/// behind another, where the terminal types what is pasted.
const PASTE_TAIL: Duration = Duration::from_millis(150);
/// Ctrl-C twice within this time always leaves.
const DOUBLE_CTRL_C: Duration = Duration::from_secs(1);
/// Rows that Page Up and Page Down move where nothing was drawn yet.
const FEW: usize = 5;
/// Rows that are seen again after Page Up and Page Down.
const KEPT: usize = 2;

/// A key, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
    /// Takes the selected choice, or submits the field.
    Enter,
    /// Back, never out.
    Esc,
    /// Selection.
    Up,
    /// Selection.
    Down,
    /// Cursor in a field.
    Left,
    /// Cursor in a field.
    Right,
    /// First choice, or start of a field.
    Home,
    /// Last choice, or end of a field.
    End,
    /// Scrolls a page that does not fit.
    PageUp,
    /// Scrolls a page that does not fit.
    PageDown,
    /// In a field.
    Backspace,
    /// In a field.
    Delete,
    /// Stops a wait, wipes a passphrase, or leaves.
    CtrlC,
    /// A key without a meaning anywhere: F1, Alt-x, Insert.
    Other,
}

impl Wizard {
    pub(super) fn key(&mut self, key: Key, now: Instant) -> Vec<Command> {
        let behind = self
            .last_key
            .replace(now)
            .is_some_and(|at| now.saturating_duration_since(at) < PASTE_TAIL);
        let pace = if behind { Pace::Rush } else { Pace::Typed };
        if key == Key::CtrlC {
            return self.ctrl_c(now);
        }
        if key == Key::Enter
            && self
                .last_paste
                .is_some_and(|at| now.saturating_duration_since(at) < PASTE_TAIL)
        {
            self.say(Text::plain("Enter right behind a paste is ignored."), now);
            return Vec::new();
        }
        if self.overlay.is_some() {
            return self.overlay_key(key, now);
        }
        if self.running.is_some() {
            return self.waiting_key(key, now);
        }
        if self.steps.at_mut(self.place).field().is_some() {
            return self.field_key(key, pace, now);
        }
        self.page_key(key, now)
    }

    fn ctrl_c(&mut self, now: Instant) -> Vec<Command> {
        let twice = self
            .last_ctrl_c
            .is_some_and(|at| now.saturating_duration_since(at) < DOUBLE_CTRL_C);
        self.last_ctrl_c = Some(now);
        if twice {
            return self.quit(Exit::Interrupted);
        }
        if self.running.is_some() {
            return self.stop_waiting(now);
        }
        if let Some(field) = self.steps.at_mut(self.place).field()
            && field.is_hidden()
        {
            field.wipe();
            self.say(
                Text::plain("You pressed Ctrl-C: what was typed is wiped."),
                now,
            );
            return Vec::new();
        }
        self.quit(Exit::Interrupted)
    }

    fn waiting_key(&mut self, key: Key, now: Instant) -> Vec<Command> {
        match key {
            Key::Char('x' | 'X') | Key::Esc => self.stop_waiting(now),
            Key::Char('?') => self.open(Overlay::Help, now),
            Key::Char('c' | 'C') => self.open(Overlay::Commands, now),
            Key::Char('p' | 'P') => self.mask(now),
            Key::Char('q' | 'Q') if self.can_stop() => {
                let exit = self.exit_when_left();
                self.quit(exit)
            }
            other => {
                self.say(
                    if self.can_stop() {
                        say!("{} waits until this is over; x stops it.", named(other))
                    } else {
                        say!("{} waits until this is over.", named(other))
                    },
                    now,
                );
                Vec::new()
            }
        }
    }

    /// Whether what runs may be ended: a write is finished first.
    fn can_stop(&self) -> bool {
        self.running
            .as_ref()
            .is_none_or(|running| running.stops == Stops::AtOnce)
    }

    fn stop_waiting(&mut self, now: Instant) -> Vec<Command> {
        let Some(running) = self
            .running
            .take_if(|running| running.stops == Stops::AtOnce)
        else {
            self.say(
                Text::plain("A write is not stopped halfway; it takes a moment."),
                now,
            );
            return Vec::new();
        };
        self.say(Text::plain("You pressed x: stopped waiting."), now);
        let mut commands = vec![Command::Cancel(running.ticket)];
        commands.extend(self.tell(Msg::Stopped, now));
        commands
    }

    fn overlay_key(&mut self, key: Key, now: Instant) -> Vec<Command> {
        match key {
            Key::Char('q' | 'Q') => {
                let exit = self.exit_when_left();
                return self.quit(exit);
            }
            Key::Down => self.scroll = Some(self.drawn + 1),
            Key::Up => self.scroll = Some(self.drawn.saturating_sub(1)),
            Key::PageDown => self.scroll = Some(self.drawn + leaf(self.rows)),
            Key::PageUp => self.scroll = Some(self.drawn.saturating_sub(leaf(self.rows))),
            Key::Char('p' | 'P') => return self.mask(now),
            _ => {
                self.overlay = None;
                self.scroll = None;
                self.say(Text::plain("Back."), now);
            }
        }
        Vec::new()
    }

    fn field_key(&mut self, key: Key, pace: Pace, now: Instant) -> Vec<Command> {
        let stroke = match key {
            Key::Enter => return self.enter(pace, now),
            Key::Esc => {
                if !self.steps.at_mut(self.place).leave() {
                    return self.back(now);
                }
                self.selected = None;
                self.say(Text::plain("You pressed Esc: left the field."), now);
                return Vec::new();
            }
            Key::Char(c) => Stroke::Char(c),
            Key::Backspace => Stroke::Backspace,
            Key::Delete => Stroke::Delete,
            Key::Left => Stroke::Left,
            Key::Right => Stroke::Right,
            Key::Home => Stroke::Home,
            Key::End => Stroke::End,
            Key::Up | Key::Down | Key::PageUp | Key::PageDown | Key::CtrlC | Key::Other => {
                return Vec::new();
            }
        };
        if let Some(field) = self.steps.at_mut(self.place).field() {
            if let Err(PasteRefused::PrivateKey | PasteRefused::SeveralLines) = field.stroke(stroke)
            {
                self.say(private_half(), now);
                // The rest of the key is not wanted, either.
                return vec![Command::Flush];
            }
            // Never the keys themselves, and for a passphrase not even that there was another one.
            let label = field.label().clone();
            self.echo = say!("Typing in: {}", label);
        }
        Vec::new()
    }

    fn enter(&mut self, pace: Pace, now: Instant) -> Vec<Command> {
        let Some(field) = self.steps.at_mut(self.place).field() else {
            return Vec::new();
        };
        let is_text = field.is_text();
        match field.enter(pace) {
            Entered::Done => {
                let mut commands = self.tell(Msg::Submitted, now);
                if is_text && self.running.is_some() {
                    // What is still coming of a paste, or one Enter too many, must not take a choice.
                    self.last_paste = Some(now);
                    commands.push(Command::Flush);
                }
                commands
            }
            Entered::NextLine => Vec::new(),
        }
    }

    fn page_key(&mut self, key: Key, now: Instant) -> Vec<Command> {
        let page = self.base_page();
        let last = page.choices.len().saturating_sub(1);
        let at = self.selected.unwrap_or(page.focus).min(last);
        match key {
            Key::Up => self.select(at.saturating_sub(1)),
            Key::Down => self.select((at + 1).min(last)),
            Key::Home => self.select(0),
            Key::End => self.select(last),
            Key::PageDown => self.scroll = Some(self.drawn + leaf(self.rows)),
            Key::PageUp => self.scroll = Some(self.drawn.saturating_sub(leaf(self.rows))),
            Key::Enter => {
                if page.choices.is_empty() {
                    self.say(Text::plain("Enter does nothing here."), now);
                } else {
                    return self.pick(&page, at, "Enter", now);
                }
            }
            Key::Esc => return self.back(now),
            Key::Char(c) => return self.letter(c, &page, now),
            Key::Left | Key::Right | Key::Backspace | Key::Delete | Key::CtrlC | Key::Other => {
                self.say(say!("{} does nothing here.", named(key)), now);
            }
        }
        Vec::new()
    }

    fn select(&mut self, at: usize) {
        self.selected = Some(at);
        self.scroll = None;
    }

    fn letter(&mut self, c: char, page: &Page, now: Instant) -> Vec<Command> {
        let lower = c.to_lowercase().next().unwrap_or(c);
        if let Some(at) = choice_keys(&page.choices).iter().position(|k| *k == lower) {
            return self.pick(page, at, "", now);
        }
        match lower {
            '?' => self.open(Overlay::Help, now),
            'c' => self.open(Overlay::Commands, now),
            'p' => self.mask(now),
            'b' => self.back(now),
            'r' => {
                self.say(Text::plain("You pressed r: looking again."), now);
                self.context.history.retried();
                self.tell(Msg::Retry, now)
            }
            's' if self.can_skip() => {
                self.context.answers.skipped.insert(self.place.step());
                self.say(
                    Text::plain("You pressed s: skipped; nothing was changed."),
                    now,
                );
                self.forward(now)
            }
            'q' => {
                let exit = self.exit_when_left();
                self.quit(exit)
            }
            _ => {
                self.say(say!("{} does nothing here.", named(Key::Char(c))), now);
                Vec::new()
            }
        }
    }

    fn pick(&mut self, page: &Page, at: usize, by: &'static str, now: Instant) -> Vec<Command> {
        let Some(choice) = page.choices.get(at) else {
            return Vec::new();
        };
        let pressed = if by.is_empty() {
            Text::public(choice_keys(&page.choices)[at].to_string())
        } else {
            Text::plain(by)
        };
        self.selected = Some(at);
        // What comes of it is said beside the choices.
        self.scroll = None;
        self.say(
            say!("You pressed {}: {}", pressed, choice.label.clone()),
            now,
        );
        self.tell(Msg::Pick(at), now)
    }

    pub(super) fn paste(&mut self, text: &str, now: Instant) -> Vec<Command> {
        self.last_paste = Some(now);
        let holds_key = holds_private_key(text);
        let blocked = self.overlay.is_some() || self.running.is_some();
        let words = match self.steps.at_mut(self.place).field() {
            Some(field) if !blocked => match field.paste(text) {
                Ok(Pasted::Words) => Text::plain("You pasted into the field."),
                Ok(Pasted::Whole(lines)) => {
                    let words = match lines {
                        1 => Text::plain("You pasted 1 line."),
                        many => say!("You pasted {} lines.", many),
                    };
                    self.say(words, now);
                    return self.tell(Msg::Submitted, now);
                }
                Err(PasteRefused::PrivateKey) => private_half(),
                Err(PasteRefused::SeveralLines) => {
                    Text::plain("The paste has several lines; this field takes one.")
                }
            },
            Some(_) | None if holds_key => private_half(),
            Some(_) | None => Text::plain("You pasted, but there is no field here: ignored."),
        };
        self.say(words, now);
        Vec::new()
    }

    fn open(&mut self, overlay: Overlay, now: Instant) -> Vec<Command> {
        self.say(overlay.opened(), now);
        self.overlay = Some(overlay);
        self.scroll = None;
        Vec::new()
    }

    fn mask(&mut self, now: Instant) -> Vec<Command> {
        let words = match self.privacy {
            Privacy::Open => {
                self.privacy = Privacy::Masked;
                "You pressed p: names are hidden now. p shows them again."
            }
            Privacy::Masked => {
                self.privacy = Privacy::Open;
                "You pressed p: names are shown again."
            }
        };
        self.say(Text::plain(words), now);
        Vec::new()
    }
}

/// Rows that Page Up and Page Down move, where so many are seen at once.
pub(crate) fn leaf(rows: usize) -> usize {
    rows.saturating_sub(KEPT).max(FEW)
}

fn private_half() -> Text {
    Text::plain("That is the private half. Do not paste it anywhere.")
}

/// A key in words, for the echo.
pub(crate) fn named(key: Key) -> Text {
    match key {
        Key::Char(' ') => Text::plain("Space"),
        Key::Char(c) => Text::quoted(c.to_string()),
        Key::Enter => Text::plain("Enter"),
        Key::Esc => Text::plain("Esc"),
        Key::Up => Text::plain("Up"),
        Key::Down => Text::plain("Down"),
        Key::Left => Text::plain("Left"),
        Key::Right => Text::plain("Right"),
        Key::Home => Text::plain("Home"),
        Key::End => Text::plain("End"),
        Key::PageUp => Text::plain("Page Up"),
        Key::PageDown => Text::plain("Page Down"),
        Key::Backspace => Text::plain("Backspace"),
        Key::Delete => Text::plain("Delete"),
        Key::CtrlC => Text::plain("Ctrl-C"),
        Key::Other => Text::plain("That key"),
    }
}
