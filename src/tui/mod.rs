//! How does the full screen begin and end, and what do its keys mean?
//!
//! The terminal is given back on every way out: quit, panic, signal, hand-over.

mod draw;
mod layout;
mod palette;
pub mod session;

pub use draw::{Colour, SMALLEST, draw};
pub use layout::{pad, seconds, shorten, sign, width_of, wrap};

use std::io::{self, Stdout, Write as _};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, EnableBracketedPaste, Event, KeyCode, KeyEvent, KeyEventKind,
    KeyModifiers,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;

use crate::text::Vocabulary;
use crate::wizard::{Frame, Key};

use palette::Palette;

/// The terminal while it is ours.
pub struct Screen {
    terminal: ratatui::Terminal<CrosstermBackend<Palette<Stdout>>>,
    colour: Colour,
}

impl Screen {
    /// Takes the terminal: raw mode, alternate screen, bracketed paste; no mouse.
    ///
    /// # Errors
    /// When there is no terminal.
    pub fn open(colour: Colour) -> io::Result<Self> {
        give_back_on_panic();
        enable_raw_mode()?;
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
        let backend = CrosstermBackend::new(Palette::new(io::stdout()));
        Ok(Self {
            terminal: ratatui::Terminal::new(backend)?,
            colour,
        })
    }

    /// Draws one frame, the cursor on the selected row.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn show(&mut self, frame: &Frame, vocabulary: &Vocabulary) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let colour = self.colour;
        self.terminal.draw(|target| {
            let area: Rect = target.area();
            let cursor = draw(frame, vocabulary, colour, area, target.buffer_mut());
            if let Some(position) = cursor {
                target.set_cursor_position(position);
            }
        })?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Draws everything anew with the next frame: after a resize, or when another program had the
    /// terminal.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn redraw(&mut self) -> io::Result<()> {
        // Not Terminal::clear(): it asks the terminal for the cursor and waits for an answer.
        let backend = CrosstermBackend::new(Palette::new(io::stdout()));
        self.terminal = ratatui::Terminal::new(backend)?;
        execute!(
            io::stdout(),
            crossterm::terminal::Clear(crossterm::terminal::ClearType::All)
        )
    }

    /// Gives the terminal back for a while.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back();
        Ok(())
    }

    /// Takes the terminal again after [`Screen::suspend`].
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn resume(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
        self.redraw()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Leaves everything that [`Screen::open`] entered. Errors do not matter: the terminal may be gone.
fn give_back() {
    let _ = execute!(
        io::stdout(),
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    );
    let _ = disable_raw_mode();
    let _ = io::stdout().flush();
}

fn give_back_on_panic() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            previous(panic);
            let _ = writeln!(
                io::stderr(),
                "sshstep: internal error; nothing is half-written. Please report the lines above."
            );
        }));
    });
}

/// Hides the cursor while nothing can be selected.
///
/// # Errors
/// When the terminal is gone.
pub fn hide_cursor() -> io::Result<()> {
    execute!(io::stdout(), Hide)
}

/// The wizard's key for a terminal event; none for releases, repeats of modifiers, and the rest.
pub fn key(event: &KeyEvent) -> Option<Key> {
    // Windows reports the release of a key as well (ratatui#347).
    if event.kind == KeyEventKind::Release {
        return None;
    }
    if event.modifiers.contains(KeyModifiers::CONTROL) {
        return match event.code {
            KeyCode::Char('c' | 'C') => Some(Key::CtrlC),
            _ => None,
        };
    }
    match event.code {
        KeyCode::Char(c) => Some(Key::Char(c)),
        KeyCode::Enter => Some(Key::Enter),
        KeyCode::Esc => Some(Key::Esc),
        KeyCode::Up => Some(Key::Up),
        KeyCode::Down | KeyCode::Tab => Some(Key::Down),
        KeyCode::BackTab => Some(Key::Up),
        KeyCode::Left => Some(Key::Left),
        KeyCode::Right => Some(Key::Right),
        KeyCode::Home => Some(Key::Home),
        KeyCode::End => Some(Key::End),
        KeyCode::PageUp => Some(Key::PageUp),
        KeyCode::PageDown => Some(Key::PageDown),
        KeyCode::Backspace => Some(Key::Backspace),
        KeyCode::Delete => Some(Key::Delete),
        _ => None,
    }
}

/// What the terminal reported, as far as the wizard cares.
pub enum Reported {
    /// A key.
    Key(Key),
    /// A paste.
    Paste(String),
    /// The window has another size.
    Resized,
    /// Ctrl-Z.
    Suspend,
    /// Anything else.
    Other,
}

impl From<Event> for Reported {
    fn from(event: Event) -> Self {
        match event {
            Event::Key(pressed)
                if pressed.kind == KeyEventKind::Press
                    && pressed.modifiers.contains(KeyModifiers::CONTROL)
                    && pressed.code == KeyCode::Char('z') =>
            {
                Reported::Suspend
            }
            Event::Key(pressed) => key(&pressed).map_or(Reported::Other, Reported::Key),
            Event::Paste(text) => Reported::Paste(text),
            Event::Resize(_, _) => Reported::Resized,
            Event::FocusGained | Event::FocusLost | Event::Mouse(_) => Reported::Other,
        }
    }
}
