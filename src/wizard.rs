//! Which screen is shown, what is selected, and what is running?
//!
//! A value without I/O: keys and outcomes go in, commands come out. Everything a key can do is
//! decided here, once, for every screen; [`Frame`] is what the renderers draw.

use std::time::{Duration, Instant};

use crate::field::{PasteRefused, Stroke};
use crate::page::{ChoiceKey, Page, Status, StepId, choice_keys};
use crate::plan::Receipt;
use crate::say;
use crate::steps::{self, Context, Effect, Msg, Next, Outcome, Place, Step};
use crate::text::{Privacy, Text};
use crate::trouble::Exit;

mod overlay;

use overlay::Overlay;

/// A bare Enter this soon behind a paste belongs to the paste (jcode#555).
const PASTE_TAIL: Duration = Duration::from_millis(150);
/// Ctrl-C twice within this time always leaves.
const DOUBLE_CTRL_C: Duration = Duration::from_secs(1);

/// What reaches the wizard.
pub enum Input {
    /// A key.
    Key(Key),
    /// A bracketed paste.
    Paste(String),
    /// The effect with this ticket has something to say.
    Outcome(Ticket, Outcome),
}

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
}

/// Tells a late answer from the one that is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket(u64);

/// What the runtime has to do.
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

/// Everything that is drawn.
pub struct Frame {
    /// The page.
    pub page: Page,
    /// The selected choice.
    pub selected: usize,
    /// The six steps.
    pub rail: Vec<(StepId, Status)>,
    /// Which step is current.
    pub current: Option<StepId>,
    /// What the last key did.
    pub echo: Text,
    /// The last command that was run.
    pub ran: Text,
    /// The keys that work now, most useful first.
    pub keys: Vec<&'static str>,
    /// How far a page that does not fit is scrolled.
    pub scroll: usize,
    /// Seconds that the running effect takes already.
    pub waited: Option<u64>,
}

/// What happened by which key, for the history screen.
pub struct Happened {
    /// Since the start.
    pub at: Duration,
    /// Where.
    pub screen: u8,
    /// What.
    pub text: Text,
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
    scroll: usize,
    overlay: Option<Overlay>,
    echo: Text,
    history: Vec<Happened>,
    running: Option<Running>,
    next_ticket: u64,
    privacy: Privacy,
    started: Instant,
    presses: usize,
    last_paste: Option<Instant>,
    last_ctrl_c: Option<Instant>,
    quitting: Option<Exit>,
}

struct Running {
    ticket: Ticket,
    since: Instant,
    what: Text,
}

struct Steps {
    service: steps::service::Service,
    key: steps::key::ChooseKey,
    new_key: steps::new_key::MakeKey,
    publish: steps::publish::Publish,
    agent: steps::agent::Agent,
    config: steps::config::Config,
    host: steps::host::Host,
    test: steps::test::Test,
    repair: steps::repair::Repair,
    done: steps::done::Done,
    undo: steps::undo::Undo,
}

impl Steps {
    fn at(&self, place: Place) -> &dyn Step {
        match place {
            Place::Service => &self.service,
            Place::Key => &self.key,
            Place::NewKey => &self.new_key,
            Place::Publish => &self.publish,
            Place::Agent => &self.agent,
            Place::Config => &self.config,
            Place::Host => &self.host,
            Place::Test => &self.test,
            Place::Repair => &self.repair,
            Place::Done => &self.done,
            Place::Undo => &self.undo,
        }
    }

    fn at_mut(&mut self, place: Place) -> &mut dyn Step {
        match place {
            Place::Service => &mut self.service,
            Place::Key => &mut self.key,
            Place::NewKey => &mut self.new_key,
            Place::Publish => &mut self.publish,
            Place::Agent => &mut self.agent,
            Place::Config => &mut self.config,
            Place::Host => &mut self.host,
            Place::Test => &mut self.test,
            Place::Repair => &mut self.repair,
            Place::Done => &mut self.done,
            Place::Undo => &mut self.undo,
        }
    }
}

impl Wizard {
    /// A wizard over these facts, and the first thing that has to be done. With a target it starts
    /// there; otherwise it asks for one.
    pub fn start(context: Context, privacy: Privacy, now: Instant) -> (Self, Vec<Command>) {
        let mut wizard = Self {
            steps: Steps {
                service: steps::service::Service::new(&context),
                key: steps::key::ChooseKey::default(),
                new_key: steps::new_key::MakeKey::default(),
                publish: steps::publish::Publish::default(),
                agent: steps::agent::Agent::default(),
                config: steps::config::Config::default(),
                host: steps::host::Host::default(),
                test: steps::test::Test::default(),
                repair: steps::repair::Repair::default(),
                done: steps::done::Done,
                undo: steps::undo::Undo::default(),
            },
            context,
            place: Place::Service,
            trail: Vec::new(),
            detours: Vec::new(),
            selected: None,
            scroll: 0,
            overlay: None,
            echo: Text::plain("You pressed: nothing yet"),
            history: Vec::new(),
            running: None,
            next_ticket: 0,
            privacy,
            started: now,
            presses: 0,
            last_paste: None,
            last_ctrl_c: None,
            quitting: None,
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

    /// One event; the commands are to be carried out in order.
    pub fn on(&mut self, input: Input, now: Instant) -> Vec<Command> {
        match input {
            Input::Key(key) => {
                self.presses += 1;
                self.context.answers.presses = self.presses;
                self.key(key, now)
            }
            Input::Paste(text) => self.paste(&text, now),
            Input::Outcome(ticket, outcome) => self.outcome(ticket, outcome, now),
        }
    }

    /// What is to be drawn now.
    pub fn frame(&self, now: Instant) -> Frame {
        let page = self.page();
        let waited = self
            .running
            .as_ref()
            .map(|running| now.saturating_duration_since(running.since).as_secs());
        let keys = self.keys(&page);
        Frame {
            selected: self.selected.unwrap_or(page.focus),
            rail: StepId::ALL
                .into_iter()
                .map(|step| (step, steps::status(step, &self.context)))
                .collect(),
            current: page.step,
            echo: self.echo.clone(),
            ran: self.context.machine.log.last(),
            keys,
            scroll: self.scroll,
            waited,
            page,
        }
    }

    fn page(&self) -> Page {
        let mut page = match &self.overlay {
            Some(overlay) => overlay.view(&self.context, &self.history, &self.base_page()),
            None => self.base_page(),
        };
        if self.overlay.is_none() {
            page.waiting = self.running.as_ref().map(|running| running.what.clone());
        }
        page
    }

    fn base_page(&self) -> Page {
        self.steps.at(self.place).view(&self.context)
    }

    /// The keys that do something now; the renderers show as many as fit.
    fn keys(&self, page: &Page) -> Vec<&'static str> {
        if self.running.is_some() && self.overlay.is_none() {
            return vec!["x Stop waiting", "? Help", "c Commands", "p Mask"];
        }
        let mut keys = Vec::new();
        if self.overlay.is_some() {
            keys.push("b Back");
            keys.push("q Quit");
            return keys;
        }
        if page.field.is_some() {
            keys.push("Enter Done");
            keys.push("Esc Back");
            return keys;
        }
        if page.choices.len() > 1 {
            keys.push("Number or Arrows+Enter");
        } else if !page.choices.is_empty() {
            keys.push("Enter");
        }
        if !self.trail.is_empty() {
            keys.push("b Back");
        }
        if self.can_skip() {
            keys.push("s Skip");
        }
        keys.extend(["r Retry", "c Commands", "p Mask", "? Help", "q Quit"]);
        keys
    }

    fn can_skip(&self) -> bool {
        match self.place {
            Place::Publish | Place::Agent | Place::Config => true,
            Place::Service
            | Place::Key
            | Place::NewKey
            | Place::Host
            | Place::Test
            | Place::Repair
            | Place::Done
            | Place::Undo => false,
        }
    }

    fn key(&mut self, key: Key, now: Instant) -> Vec<Command> {
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
            return self.field_key(key, now);
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
            other => {
                self.say(
                    say!("{} waits until this is over; x stops it.", named(other)),
                    now,
                );
                Vec::new()
            }
        }
    }

    fn stop_waiting(&mut self, now: Instant) -> Vec<Command> {
        let Some(running) = self.running.take() else {
            return Vec::new();
        };
        self.say(Text::plain("You pressed x: stopped waiting."), now);
        let mut commands = vec![Command::Cancel(running.ticket)];
        commands.extend(self.tell(Msg::Stopped, now));
        commands
    }

    fn overlay_key(&mut self, key: Key, now: Instant) -> Vec<Command> {
        match key {
            Key::Char('q' | 'Q') => return self.quit(Exit::Unfinished),
            Key::PageDown | Key::Down => self.scroll += 1,
            Key::PageUp | Key::Up => self.scroll = self.scroll.saturating_sub(1),
            Key::Char('p' | 'P') => return self.mask(now),
            _ => {
                self.overlay = None;
                self.scroll = 0;
                self.say(Text::plain("Back."), now);
            }
        }
        Vec::new()
    }

    fn field_key(&mut self, key: Key, now: Instant) -> Vec<Command> {
        let stroke = match key {
            Key::Enter => return self.tell(Msg::Submitted, now),
            Key::Esc => {
                self.steps.at_mut(self.place).leave();
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
            Key::Up | Key::Down | Key::PageUp | Key::PageDown | Key::CtrlC => return Vec::new(),
        };
        if let Some(field) = self.steps.at_mut(self.place).field() {
            field.stroke(stroke);
            // Never the keys themselves, and for a passphrase not even that there was another one.
            let label = field.label().clone();
            self.echo = say!("Typing in: {}", label);
        }
        Vec::new()
    }

    fn page_key(&mut self, key: Key, now: Instant) -> Vec<Command> {
        let page = self.base_page();
        let last = page.choices.len().saturating_sub(1);
        let at = self.selected.unwrap_or(page.focus).min(last);
        match key {
            Key::Up => self.selected = Some(at.saturating_sub(1)),
            Key::Down => self.selected = Some((at + 1).min(last)),
            Key::Home => self.selected = Some(0),
            Key::End => self.selected = Some(last),
            Key::PageDown => self.scroll += 5,
            Key::PageUp => self.scroll = self.scroll.saturating_sub(5),
            Key::Enter => {
                if page.choices.is_empty() {
                    self.say(Text::plain("Enter does nothing here."), now);
                } else {
                    return self.pick(&page, at, "Enter", now);
                }
            }
            Key::Esc => return self.back(now),
            Key::Char(c) => return self.letter(c, &page, now),
            Key::Left | Key::Right | Key::Backspace | Key::Delete | Key::CtrlC => {
                self.say(say!("{} does nothing here.", named(key)), now);
            }
        }
        Vec::new()
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
        self.say(
            say!("You pressed {}: {}", pressed, choice.label.clone()),
            now,
        );
        self.tell(Msg::Pick(at), now)
    }

    fn paste(&mut self, text: &str, now: Instant) -> Vec<Command> {
        self.last_paste = Some(now);
        let holds_key = text.contains("PRIVATE KEY");
        let blocked = self.overlay.is_some() || self.running.is_some();
        let words = match self.steps.at_mut(self.place).field() {
            Some(field) if !blocked => match field.paste(text) {
                Ok(()) => Text::plain("You pasted into the field."),
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

    fn outcome(&mut self, ticket: Ticket, outcome: Outcome, now: Instant) -> Vec<Command> {
        let awaited = self
            .running
            .as_ref()
            .is_some_and(|running| running.ticket == ticket);
        match &outcome {
            Outcome::Gathered(facts) => self.context.facts = facts.clone(),
            Outcome::Applied(Ok((receipt, facts))) => {
                self.context.facts = facts.clone();
                self.note(receipt);
            }
            _ => {}
        }
        if !awaited {
            // A late answer only refreshes the facts.
            return Vec::new();
        }
        if !matches!(outcome, Outcome::Climbing(_)) {
            self.running = None;
        }
        self.tell(Msg::Outcome(outcome), now)
    }

    fn note(&mut self, receipt: &Receipt) {
        let changes = receipt.changed.iter().map(|changed| {
            say!(
                "{}   {}",
                Text::path(&changed.path),
                changed.summary.clone()
            )
        });
        self.context.answers.changes.extend(changes);
    }

    fn tell(&mut self, message: Msg, now: Instant) -> Vec<Command> {
        let before = self.base_page();
        let next = self
            .steps
            .at_mut(self.place)
            .update(message, &mut self.context);
        let commands = self.follow(next, now);
        let after = self.base_page();
        let asked = |page: &Page| (page.screen, page.choices.clone(), page.focus);
        if asked(&before) != asked(&after) {
            // Other choices, or another one is the next to take: the old selection means nothing.
            self.selected = None;
        }
        commands
    }

    fn follow(&mut self, next: Next, now: Instant) -> Vec<Command> {
        match next {
            Next::Stay => self.flush_before_confirm(),
            Next::Say(text) => {
                self.say(text, now);
                self.flush_before_confirm()
            }
            Next::Run(effect) => self.run(effect, now),
            Next::Forward(reason) => {
                if !reason.is_empty() {
                    self.say(reason, now);
                }
                match self.detours.pop() {
                    Some(place) => {
                        self.place = place;
                        self.selected = None;
                        self.tell(Msg::Resumed, now)
                    }
                    None => self.forward(now),
                }
            }
            Next::Back => self.back(now),
            Next::To(place) => self.go(place, now),
            Next::Detour(place) => {
                self.detours.push(self.place);
                self.go(place, now)
            }
            Next::Quit => {
                let exit = self.exit_when_left();
                self.quit(exit)
            }
        }
    }

    fn run(&mut self, effect: Effect, now: Instant) -> Vec<Command> {
        self.next_ticket += 1;
        let ticket = Ticket(self.next_ticket);
        self.running = Some(Running {
            ticket,
            since: now,
            what: waiting_words(&effect),
        });
        vec![Command::Run(ticket, effect)]
    }

    fn forward(&mut self, now: Instant) -> Vec<Command> {
        match steps::first_unmet(&self.context) {
            Some(StepId::Key) if self.context.usable_keys().next().is_none() => {
                self.go(Place::NewKey, now)
            }
            Some(step) => self.go(Place::of(step), now),
            None => self.go(Place::Done, now),
        }
    }

    fn go(&mut self, place: Place, now: Instant) -> Vec<Command> {
        if place != self.place {
            self.trail.retain(|visited| *visited != place);
            self.trail.push(self.place);
        }
        self.place = place;
        self.selected = None;
        self.scroll = 0;
        let next = self.steps.at_mut(place).enter(&mut self.context);
        self.follow(next, now)
    }

    fn back(&mut self, now: Instant) -> Vec<Command> {
        if self.steps.at_mut(self.place).leave() {
            self.selected = None;
            self.say(Text::plain("Back. Nothing on disk is undone."), now);
            return Vec::new();
        }
        match self.trail.pop() {
            Some(place) => {
                self.detours.clear();
                self.context.answers.skipped.remove(&place.step());
                self.place = place;
                self.selected = None;
                self.scroll = 0;
                self.say(Text::plain("Back. Nothing on disk is undone."), now);
            }
            None => self.say(Text::plain("This is the first screen. q leaves."), now),
        }
        Vec::new()
    }

    /// Keys that were typed before a screen with `y` was there must not answer it.
    fn flush_before_confirm(&self) -> Vec<Command> {
        let asks = self
            .base_page()
            .choices
            .iter()
            .any(|choice| choice.key == ChoiceKey::Letter('y'));
        if asks {
            vec![Command::Flush]
        } else {
            Vec::new()
        }
    }

    fn open(&mut self, overlay: Overlay, now: Instant) -> Vec<Command> {
        self.say(overlay.opened(), now);
        self.overlay = Some(overlay);
        self.scroll = 0;
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

    fn say(&mut self, text: Text, now: Instant) {
        self.echo = text.clone();
        self.history.push(Happened {
            at: now.saturating_duration_since(self.started),
            screen: self.base_page().screen,
            text,
        });
    }

    fn exit_when_left(&self) -> Exit {
        match &self.context.answers.tested {
            Some(tested) if tested.works() => Exit::Works,
            Some(_) | None => Exit::Unfinished,
        }
    }

    fn quit(&mut self, exit: Exit) -> Vec<Command> {
        self.quitting = Some(exit);
        let mut commands = Vec::new();
        if let Some(running) = self.running.take() {
            commands.push(Command::Cancel(running.ticket));
        }
        commands.push(Command::Quit(exit));
        commands
    }
}

fn private_half() -> Text {
    Text::plain("That is the private half. Do not paste it anywhere.")
}

/// A key in words, for the echo.
fn named(key: Key) -> Text {
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
    }
}

/// What the person reads while an effect runs.
fn waiting_words(effect: &Effect) -> Text {
    match effect {
        Effect::Gather(_) => Text::plain("Looking at this computer"),
        Effect::MakeKey { kind, .. } => say!("Making the {} key", Text::public(kind.to_string())),
        Effect::Unlock { .. } => Text::plain("Opening the key"),
        Effect::Apply(_) => Text::plain("Writing"),
        Effect::Ask(_) => Text::plain("Asking the server which keys it knows"),
        Effect::FetchHostKeys => Text::plain("Asking the server for its fingerprint"),
        Effect::Test => Text::plain("Connecting"),
        Effect::TryConfig(_) => Text::plain("Checking the change with ssh"),
        Effect::Copy(_) => Text::plain("Copying"),
        Effect::Open(_) => Text::plain("Opening the browser"),
        Effect::HandOver(_) => Text::plain("Another program has the terminal"),
        Effect::PlanUndo => Text::plain("Looking at what was changed"),
        Effect::PublishToDemo(_) => Text::plain("Giving the key to Demo Git"),
    }
}
