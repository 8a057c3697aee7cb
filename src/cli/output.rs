//! Where do words go, and how do they look outside the full screen?
//!
//! Data goes to standard output, everything else to standard error; what stands below another
//! program's output is no data.

use std::io::{self, IsTerminal as _, Write as _};

use crate::machine::Machine;
use crate::page::Mark;
use crate::provider::Providers;
use crate::text::{Text, Vocabulary};
use crate::trouble::{Exit, Trouble};
use crate::tui::{self, Colour};

use super::args::{Common, When};

/// Lines are wrapped at this width: what support asks people to paste.
const WIDTH: usize = 78;

/// Prints texts.
pub struct Output {
    /// What is private here.
    pub vocabulary: Vocabulary,
    colour: Colour,
    stream: Stream,
}

/// Where an answer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    /// It is what was asked for: data.
    Output,
    /// It stands below another program's output, which is not to be touched.
    Error,
}

impl Output {
    /// For these options; without a machine nothing private is known yet.
    pub fn new(common: &Common, known: Option<(&Machine, &Providers)>) -> Self {
        let mut vocabulary =
            known.map_or_else(Vocabulary::default, |(machine, _)| machine.vocabulary());
        vocabulary.privacy = super::privacy(common);
        if let Some((_, providers)) = known
            && common.masked
        {
            providers.publish_to(&mut vocabulary);
        }
        Self {
            vocabulary,
            colour: colour(common.color, io::stdout().is_terminal()),
            stream: Stream::Output,
        }
    }

    /// The same, with all of it on standard error.
    #[must_use]
    pub fn on_standard_error(mut self, common: &Common) -> Self {
        self.colour = colour(common.color, io::stderr().is_terminal());
        self.stream = Stream::Error;
        self
    }

    /// Whether colours are used on the screen.
    pub fn colour(&self) -> Colour {
        self.colour
    }

    /// A line of data.
    pub fn line(&self, text: &Text) {
        self.raw(&self.vocabulary.show(text));
    }

    /// A line of data that is a string already: JSON, a command line's own output.
    pub fn raw(&self, line: &str) {
        // The reader may be gone (`| head`): nobody is left to be told.
        let _ = match self.stream {
            Stream::Output => writeln!(io::stdout(), "{line}"),
            Stream::Error => writeln!(io::stderr(), "{line}"),
        };
    }

    /// A wrapped sentence of data behind an indentation.
    pub fn wrapped(&self, indent: &str, text: &Text) {
        let shown = self.vocabulary.show(text);
        for line in tui::wrap(&shown, WIDTH - indent.len(), WIDTH - indent.len()) {
            self.raw(&format!("{indent}{line}"));
        }
    }

    /// A statement with its mark.
    pub fn marked(&self, mark: Mark, text: &Text) {
        let sign = tui::sign(mark, self.vocabulary.charset);
        let shown = self.vocabulary.show(text);
        let (start, end) = match (self.colour, mark) {
            (Colour::Palette, Mark::Good) => ("\x1b[32m", "\x1b[0m"),
            (Colour::Palette, Mark::Bad) => ("\x1b[1;31m", "\x1b[0m"),
            (Colour::Palette, Mark::Unsure | Mark::Busy | Mark::None) | (Colour::None, _) => {
                ("", "")
            }
        };
        let room = WIDTH - tui::width_of(sign) - 1;
        for (at, line) in tui::wrap(&shown, room, room).into_iter().enumerate() {
            if at == 0 {
                self.raw(&format!("{start}{sign}{end} {line}"));
            } else {
                self.raw(&format!("{}{line}", " ".repeat(tui::width_of(sign) + 1)));
            }
        }
    }

    /// A message that is no data.
    pub fn note(&self, text: &Text) {
        let _ = writeln!(io::stderr(), "{}", self.vocabulary.show(text));
    }

    /// A failure: what, why, what to do.
    pub fn say_trouble(&self, trouble: &Trouble) {
        for (at, line) in trouble.lines().into_iter().enumerate() {
            let shown = self.vocabulary.show(&line);
            let lead = if at == 0 { "sshstep: " } else { "  " };
            for line in tui::wrap(&shown, WIDTH - lead.len(), WIDTH - 2) {
                let _ = writeln!(io::stderr(), "{lead}{line}");
            }
        }
    }

    /// A failure that ends the program.
    pub fn trouble(&self, trouble: &Trouble) -> Exit {
        self.say_trouble(trouble);
        trouble.exit
    }
}

/// `--color` beats NO_COLOR, NO_COLOR beats the terminal.
fn colour(when: When, is_terminal: bool) -> Colour {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    match when {
        When::Always => Colour::Palette,
        When::Never => Colour::None,
        When::Auto if is_terminal && !no_color => Colour::Palette,
        When::Auto => Colour::None,
    }
}
