//! How does the full screen begin and end, and what do its keys mean?
//!
//! The terminal is given back on every way out: quit, panic, signal, hand-over.

mod draw;
mod layout;
mod palette;
pub mod replay;
mod rows;
pub mod session;
pub mod signals;
mod words;

pub use draw::{Colour, Drawn, SMALLEST, draw};
pub use rows::sign;
pub use words::{pad, seconds, shorten, width_of, wrap};

use std::io::{self, Stdout, Write as _};

use crossterm::cursor::Show;
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
use ratatui::{TerminalOptions, Viewport};

use crate::text::Vocabulary;
use crate::wizard::{Frame, Key};

use palette::Palette;

type Terminal = ratatui::Terminal<CrosstermBackend<Palette<Stdout>>>;

/// The terminal while it is ours.
pub struct Screen {
    terminal: Terminal,
    size: Rect,
    colour: Colour,
}

impl Screen {
    /// Takes the terminal: raw mode, alternate screen, bracketed paste; no mouse.
    ///
    /// # Errors
    /// When there is no terminal.
    pub fn open(colour: Colour) -> io::Result<Self> {
        give_back_on_panic();
        // Whether colour is wanted was decided already, `--color` over NO_COLOR.
        crossterm::style::force_color_output(colour == Colour::Palette);
        enable_raw_mode()?;
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
        let size = window();
        Ok(Self {
            terminal: terminal(size)?,
            size,
            colour,
        })
    }

    /// Draws one frame, the cursor on the selected row; says from which row of the page on.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn show(&mut self, frame: &Frame, vocabulary: &Vocabulary) -> io::Result<Drawn> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let colour = self.colour;
        let mut shown = None;
        self.terminal.draw(|target| {
            let area: Rect = target.area();
            let drawn = draw(frame, vocabulary, colour, area, target.buffer_mut());
            target.set_cursor_position(drawn.cursor);
            shown = Some(drawn);
        })?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        Ok(shown.unwrap_or_default())
    }

    /// Whether the window is too small to show what a key would do.
    pub fn is_too_small(&self) -> bool {
        self.size.width < SMALLEST.0 || self.size.height < SMALLEST.1
    }

    /// Draws everything anew with the next frame: after a resize, or when another program had the
    /// terminal.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn redraw(&mut self) -> io::Result<()> {
        // Not Terminal::clear(): it asks the terminal for the cursor and waits for an answer.
        self.size = window();
        self.terminal = terminal(self.size)?;
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

    /// Ctrl-Z: gives the terminal back, stops this process, and takes the terminal again when it goes on.
    ///
    /// # Errors
    /// When the terminal is gone.
    #[cfg(unix)]
    pub fn stop(&mut self) -> io::Result<()> {
        self.suspend()?;
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP)?;
        self.resume()
    }

    /// There is no Ctrl-Z here.
    ///
    /// # Errors
    /// None.
    #[cfg(not(unix))]
    pub fn stop(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A viewport of its own size: with a full-screen one, ratatui would notice a resize by itself, and
/// ask the terminal where the cursor is.
fn terminal(size: Rect) -> io::Result<Terminal> {
    let backend = CrosstermBackend::new(Palette::new(io::stdout()));
    let options = TerminalOptions {
        viewport: Viewport::Fixed(size),
    };
    Terminal::with_options(backend, options)
}

/// The window's size; a terminal that does not know it (0x0) gets the usual one.
fn window() -> Rect {
    let (width, height) = match crossterm::terminal::window_size() {
        Ok(size) if size.columns > 0 && size.rows > 0 => (size.columns, size.rows),
        Ok(_) | Err(_) => (80, 24),
    };
    Rect::new(0, 0, width, height)
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

/// The wizard's key for a terminal event; none for releases, repeats of modifiers, and the rest.
pub fn key(event: &KeyEvent) -> Option<Key> {
    // Windows reports the release of a key as well (ratatui#347).
    if event.kind != KeyEventKind::Press {
        return None;
    }
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    match event.code {
        // AltGr, which types `@` on many keyboards, is reported as both on Windows.
        KeyCode::Char(c) if control && alt => Some(Key::Char(c)),
        KeyCode::Char('c' | 'C') if control => Some(Key::CtrlC),
        KeyCode::Char(_) if control || alt => Some(Key::Other),
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
        KeyCode::F(_) | KeyCode::Insert => Some(Key::Other),
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
