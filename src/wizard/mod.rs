//! Which screen is shown, what is selected, and what is running?
//!
//! A value without I/O: keys and outcomes go in, commands come out, and [`Frame`] is what the
//! renderers draw. What a key means is decided in `keys`, where to go in `flow`.

use std::time::Instant;

use zeroize::Zeroizing;

use crate::page::StepId;
use crate::steps::{Context, Effect, Outcome, Place, Step as _};
use crate::text::{Privacy, Text};
use crate::trouble::Exit;

mod flow;
mod frame;
mod keys;
mod overlay;
mod places;

pub use frame::Frame;
pub use keys::Key;
pub(crate) use keys::{leaf, named};

use overlay::Overlay;
use places::Steps;

/// What reaches the wizard.
#[allow(clippy::large_enum_variant, reason = "one at a time, moved once")]
pub enum Input {
    /// A key.
    Key(Key),
    /// A bracketed paste.
    Paste(String),
    /// The effect with this ticket has something to say.
    Outcome(Ticket, Outcome),
}

/// Tells a late answer from the one that is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket(u64);

/// What the runtime has to do.
#[allow(clippy::large_enum_variant, reason = "one at a time, moved once")]
pub enum Command {
    /// Start this and report with the ticket.
    Run(Ticket, Effect),
    /// End what runs, and its processes.
    Cancel(Ticket),
    /// Drop keys that were typed before this screen was there.
    Flush,
    /// Leave.
    Quit(Exit),
}

/// The wizard.
pub struct Wizard {
    context: Context,
    steps: Steps,
    place: Place,
    /// Visited places, for Back.
    trail: Vec<Place>,
    /// Where detours return to.
    detours: Vec<Place>,
    /// Where the arrows went; none: the page's own focus.
    selected: Option<usize>,
    /// The first visible row, where the person scrolled; none: the selected choice stays in sight.
    scroll: Option<usize>,
    /// The first row that was drawn last.
    drawn: usize,
    /// How many there was room for.
    rows: usize,
    overlay: Option<Overlay>,
    echo: Text,
    running: Option<Running>,
    next_ticket: u64,
    privacy: Privacy,
    last_key: Option<Instant>,
    last_paste: Option<Instant>,
    last_ctrl_c: Option<Instant>,
}

struct Running {
    ticket: Ticket,
    since: Instant,
    what: Text,
    stops: Stops,
}

/// What x does to the running effect.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stops {
    /// It ends at once.
    AtOnce,
    /// Nothing: a write is done or not done, never half.
    Never,
}

impl Wizard {
    /// A wizard over these facts, and the first thing that has to be done. With a target it starts
    /// there; otherwise it asks for one.
    pub fn start(context: Context, privacy: Privacy, now: Instant) -> (Self, Vec<Command>) {
        let mut wizard = Self {
            steps: Steps::new(&context),
            context,
            place: Place::Service,
            trail: Vec::new(),
            detours: Vec::new(),
            selected: None,
            scroll: None,
            drawn: 0,
            rows: 0,
            overlay: None,
            echo: Text::plain("You pressed: nothing yet"),
            running: None,
            next_ticket: 0,
            privacy,
            last_key: None,
            last_paste: None,
            last_ctrl_c: None,
        };
        let next = wizard.steps.service.enter(&mut wizard.context);
        let commands = wizard.follow(next, now);
        (wizard, commands)
    }

    /// What is known and answered.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Whether private values are masked.
    pub fn privacy(&self) -> Privacy {
        self.privacy
    }

    /// Whether something runs, so that seconds have to be counted on the screen.
    pub fn is_waiting(&self) -> bool {
        self.running.is_some()
    }

    /// The screen number, for the journal and messages.
    pub fn step(&self) -> StepId {
        self.place.step()
    }

    /// The renderer has drawn the page from this row on, so that scrolling starts there; it had room for so many.
    pub fn drawn(&mut self, first: usize, rows: usize) {
        self.drawn = first;
        self.rows = rows;
        if let Some(scroll) = &mut self.scroll {
            *scroll = first;
        }
    }

    /// Whether keys go into a text of many lines.
    pub fn takes_text(&mut self) -> bool {
        let is_free = self.overlay.is_none() && self.running.is_none();
        let field = self.steps.at_mut(self.place).field();
        is_free && field.is_some_and(|field| field.is_text())
    }

    /// Forgets what was typed into a hidden field: the terminal is about to be somebody else's.
    pub fn wipe(&mut self) {
        if let Some(field) = self.steps.at_mut(self.place).field()
            && field.is_hidden()
        {
            field.wipe();
        }
    }

    /// One event; the commands are to be carried out in order.
    pub fn on(&mut self, input: Input, now: Instant) -> Vec<Command> {
        match input {
            Input::Key(key) => {
                // What is typed into a field is not counted: of a passphrase even the length is secret.
                let is_typed = self.steps.at_mut(self.place).field().is_some();
                if !is_typed || key == Key::Enter {
                    self.context.history.pressed();
                }
                self.key(key, now)
            }
            Input::Paste(text) => self.paste(&Zeroizing::new(text), now),
            Input::Outcome(ticket, outcome) => self.outcome(ticket, outcome, now),
        }
    }

    fn say(&mut self, text: Text, now: Instant) {
        self.echo = text.clone();
        let screen = self.base_page().screen;
        self.context.history.note(screen, text, now);
    }
}
