//! How does a test press keys and answer effects?

use std::sync::Arc;
use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use sshstep::plan::{Changed, Receipt};
use sshstep::report::Form;
use sshstep::steps::{Context, Effect, History, Outcome};
use sshstep::target::Target;
use sshstep::text::{Charset, Privacy, Text};
use sshstep::trouble::Exit;
use sshstep::tui::{Colour, Drawn, draw};
use sshstep::wizard::{Command, Frame, Input, Key, Ticket, Wizard};

use crate::world::World;

/// A wizard with what it asked for. Time passes only when the test says so.
pub struct Play {
    pub world: World,
    pub wizard: Wizard,
    now: Instant,
    /// The effect that runs.
    pub running: Option<(Ticket, Effect)>,
    pub cancelled: Vec<Ticket>,
    pub flushes: usize,
    pub left: Option<Exit>,
}

impl Play {
    pub fn start(world: World) -> Self {
        let context = world.context();
        Self::of(world, context)
    }

    pub fn of(world: World, mut context: Context) -> Self {
        let now = Instant::now();
        context.history = History::begin(Form::Screen, now);
        let (wizard, commands) = Wizard::start(context, Privacy::Open, now);
        let mut play = Self {
            world,
            wizard,
            now,
            running: None,
            cancelled: Vec::new(),
            flushes: 0,
            left: None,
        };
        play.take(commands);
        play
    }

    fn take(&mut self, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Run(ticket, effect) => self.running = Some((ticket, effect)),
                Command::Cancel(ticket) => {
                    self.cancelled.push(ticket);
                    self.running = None;
                }
                Command::Flush => self.flushes += 1,
                Command::Quit(exit) => self.left = Some(exit),
            }
        }
    }

    pub fn input(&mut self, input: Input) {
        let commands = self.wizard.on(input, self.now);
        self.take(commands);
    }

    pub fn key(&mut self, key: Key) {
        self.input(Input::Key(key));
    }

    /// Characters, as keys; `\n` is Enter.
    pub fn press(&mut self, keys: &str) {
        for c in keys.chars() {
            self.key(if c == '\n' { Key::Enter } else { Key::Char(c) });
        }
    }

    pub fn paste(&mut self, text: &str) {
        self.input(Input::Paste(text.to_owned()));
    }

    pub fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    /// The running effect's ticket.
    pub fn ticket(&self) -> Ticket {
        self.running.as_ref().expect("something runs").0
    }

    /// The running effect ends like this.
    #[track_caller]
    pub fn answer(&mut self, outcome: Outcome) {
        let (ticket, _) = self.running.take().expect("something runs");
        self.input(Input::Outcome(ticket, outcome));
    }

    /// The running effect says this and goes on.
    pub fn report(&mut self, outcome: Outcome) {
        let ticket = self.ticket();
        self.input(Input::Outcome(ticket, outcome));
    }

    /// The machine is looked at, for the target that was asked for.
    #[track_caller]
    pub fn look(&mut self) {
        let Some((_, Effect::Gather(target))) = &self.running else {
            panic!("nothing is looked at");
        };
        let facts = self.world.facts(target.as_ref());
        self.answer(Outcome::Gathered(Arc::new(facts)));
    }

    /// The pasted text is read.
    #[track_caller]
    pub fn explain(&mut self) {
        let Some((_, Effect::Explain(text))) = &self.running else {
            panic!("nothing is read\n{}", self.screen(80, 24));
        };
        let providers = &self.wizard.context().providers;
        let explained = sshstep::explain::explain(text.as_bytes(), providers);
        self.answer(Outcome::Explained(Ok(explained.map(Box::new))));
    }

    /// The plan is applied and the machine looked at again.
    #[track_caller]
    pub fn applied(&mut self, summary: &'static str) {
        let Some((_, Effect::Apply(plan))) = &self.running else {
            panic!("nothing is written");
        };
        let changed = plan.changes.iter().map(|change| Changed {
            kind: change.kind(),
            path: change.path().to_owned(),
            summary: Text::plain(summary),
        });
        let receipt = Receipt {
            changed: changed.collect(),
            notes: Vec::new(),
            run: Some(1),
            slots: vec![1],
        };
        let facts = self.world.facts(self.target().as_ref());
        self.answer(Outcome::Applied(Ok((receipt, Arc::new(facts)))));
    }

    pub fn target(&self) -> Option<Target> {
        self.wizard.context().answers.target.clone()
    }

    pub fn frame(&self) -> Frame {
        self.wizard.frame(self.now)
    }

    /// The choice that begins with these words is taken.
    #[track_caller]
    pub fn choose(&mut self, words: &str) {
        let choices = self.frame().page.choices;
        let label = |at: usize| self.world.vocabulary().show(&choices[at].label);
        let at = (0..choices.len()).find(|at| label(*at).starts_with(words));
        let number = at.unwrap_or_else(|| panic!("no {words}\n{}", self.screen(80, 24))) + 1;
        self.press(&number.to_string());
    }

    /// What runs.
    pub fn effect(&self) -> Option<&Effect> {
        self.running.as_ref().map(|(_, effect)| effect)
    }

    pub fn number(&self) -> u8 {
        self.frame().page.screen
    }

    pub fn echo(&self) -> String {
        self.world.vocabulary().show(&self.frame().echo)
    }

    /// The label of the selected choice.
    pub fn selected(&self) -> String {
        let frame = self.frame();
        self.world
            .vocabulary()
            .show(&frame.page.choices[frame.selected].label)
    }

    /// The screen as text, as large as this.
    pub fn screen(&self, width: u16, height: u16) -> String {
        self.drawn(width, height, Charset::Utf8).0
    }

    pub fn drawn(&self, width: u16, height: u16, charset: Charset) -> (String, Drawn) {
        let mut vocabulary = self.world.vocabulary();
        vocabulary.charset = charset;
        let privacy = self.wizard.privacy();
        self.wizard.context().teach(&mut vocabulary, privacy);
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        let drawn = draw(&self.frame(), &vocabulary, Colour::None, area, &mut buffer);
        (text(&buffer), drawn)
    }
}

/// The buffer's characters, one row a line. The second cell of a wide character is not one of them.
fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    let mut rows = Vec::new();
    for row in buffer.content.chunks(width.max(1)) {
        let mut line = String::new();
        let mut covered = 0;
        for cell in row {
            if covered > 0 {
                covered -= 1;
                continue;
            }
            line.push_str(cell.symbol());
            covered = sshstep::tui::width_of(cell.symbol()).saturating_sub(1);
        }
        rows.push(line.trim_end().to_owned());
    }
    rows.join("\n")
}
