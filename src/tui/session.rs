//! The full-screen session: one loop that brings keys, resizes, signals and outcomes to the wizard,
//! and carries out what it says.

use std::io::{self, Write as _};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt as _;

use crate::log::Log;
use crate::plan;
use crate::platform::process;
use crate::runtime::{self, Outcomes, PublishToDemo, Runtime};
use crate::steps::{Context, Effect, Foreground, Outcome};
use crate::summary;
use crate::text::Vocabulary;
use crate::trouble::{Exit, Trouble};
use crate::wizard::{Command, Input, Key, Wizard};

use super::signals::Signals;
use super::{Colour, Reported, Screen};

/// How long keys are waited for that were typed before a question was there.
const TYPED_AHEAD: Duration = Duration::from_millis(15);

/// Within this time the next key of a rush is there; so long a rush goes on without a frame.
const RUSH: Duration = Duration::from_millis(2);
const WITHOUT_FRAME: Duration = Duration::from_millis(50);

/// Runs the wizard on the full screen until the person leaves.
pub async fn run(
    context: Context,
    vocabulary: Vocabulary,
    colour: Colour,
    demo: Option<PublishToDemo>,
) -> Exit {
    let (runtime, outcomes) = Runtime::new(context.machine.clone(), demo);
    let screen = match open(colour, &vocabulary) {
        Ok(screen) => screen,
        Err(exit) => return exit,
    };
    let (wizard, commands) = Wizard::start(context, vocabulary.privacy, Instant::now());
    let mut session = Session {
        wizard,
        runtime,
        outcomes,
        screen,
        vocabulary,
        events: Some(EventStream::new()),
        resized: false,
        step: "",
    };
    let exit = session.run(commands).await;
    let outcome = match exit {
        Exit::Works => plan::Outcome::Finished,
        _ => plan::Outcome::Left,
    };
    session.runtime.end(outcome).await;
    let Session {
        wizard,
        screen,
        vocabulary,
        ..
    } = session;
    drop(screen);
    if exit != Exit::HangUp {
        summary::print(wizard.context(), &vocabulary, exit);
    }
    exit
}

/// Takes the terminal, or says why not.
pub(super) fn open(colour: Colour, vocabulary: &Vocabulary) -> Result<Screen, Exit> {
    Screen::open(colour).map_err(|error| {
        let trouble = Trouble::io(
            "The full screen could not be opened.",
            &error,
            "The same as lines: add --plain",
        );
        for line in trouble.lines() {
            let _ = writeln!(io::stderr(), "{}", vocabulary.show(&line));
        }
        trouble.exit
    })
}

struct Session {
    wizard: Wizard,
    runtime: Runtime,
    outcomes: Outcomes,
    screen: Screen,
    vocabulary: Vocabulary,
    /// Dropped while another program has the terminal: its reader would steal that program's keys.
    events: Option<EventStream>,
    /// The window changed while typed-ahead keys were dropped.
    resized: bool,
    /// The step that the journal knows of.
    step: &'static str,
}

/// What the loop goes on with.
enum After {
    Go,
    Leave(Exit),
}

/// Ends when the number of whole minutes until then changes.
async fn next_minute(runs_out: Option<u64>) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_secs());
    let left = runs_out.unwrap_or_default().saturating_sub(now);
    tokio::time::sleep(Duration::from_secs(left % 60 + 1)).await;
}

impl Session {
    async fn run(&mut self, commands: Vec<Command>) -> Exit {
        let Ok(mut signals) = Signals::new() else {
            return Exit::CouldNotCheck;
        };
        if let After::Leave(exit) = self.carry_out(commands).await {
            return exit;
        }
        let mut tick = tokio::time::interval(runtime::TICK);
        // Without this, the ticks of a long idle time would all come with the next wait.
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            if std::mem::take(&mut self.resized) && self.screen.redraw().is_err() {
                return Exit::HangUp;
            }
            let Ok(runs_out) = self.draw() else {
                return Exit::HangUp;
            };
            let waiting = self.wizard.is_waiting();
            let events = self.events.get_or_insert_with(EventStream::new);
            let after = tokio::select! {
                event = events.next() => match event {
                    Some(Ok(event)) => self.reported_with_rest(event).await,
                    // The terminal is gone.
                    Some(Err(_)) | None => After::Leave(Exit::HangUp),
                },
                Some((ticket, outcome)) = self.outcomes.recv() => {
                    self.tell(Input::Outcome(ticket, outcome)).await
                }
                _ = tick.tick(), if waiting => After::Go,
                () = next_minute(runs_out), if runs_out.is_some() => After::Go,
                exit = signals.next() => After::Leave(exit),
            };
            if let After::Leave(exit) = after {
                return exit;
            }
        }
    }

    /// Shows the screen; tells when something on it runs out, in Unix seconds.
    fn draw(&mut self) -> io::Result<Option<u64>> {
        let privacy = self.wizard.privacy();
        self.wizard.context().teach(&mut self.vocabulary, privacy);
        let frame = self.wizard.frame(Instant::now());
        let drawn = self.screen.show(&frame, &self.vocabulary)?;
        self.wizard.drawn(drawn.first, drawn.rows);
        Ok(frame.page.runs_out)
    }

    /// An event, and while a text is typed those right behind it: with a frame for each character, what
    /// a terminal types for a paste would take minutes.
    async fn reported_with_rest(&mut self, event: Event) -> After {
        let begun = Instant::now();
        let mut after = self.reported(event.into()).await;
        while matches!(after, After::Go)
            && self.wizard.takes_text()
            && begun.elapsed() < WITHOUT_FRAME
            && let Some(events) = self.events.as_mut()
            && let Ok(next) = tokio::time::timeout(RUSH, events.next()).await
        {
            after = match next {
                Some(Ok(event)) => self.reported(event.into()).await,
                Some(Err(_)) | None => After::Leave(Exit::HangUp),
            };
        }
        after
    }

    async fn reported(&mut self, reported: Reported) -> After {
        match reported {
            // Nothing may be answered that cannot be read.
            Reported::Key(key) if self.screen.is_too_small() && !leaves(key) => After::Go,
            Reported::Paste(_) if self.screen.is_too_small() => After::Go,
            Reported::Key(key) => self.tell(Input::Key(key)).await,
            Reported::Paste(text) => self.tell(Input::Paste(text)).await,
            Reported::Resized => match self.screen.redraw() {
                Ok(()) => After::Go,
                Err(_) => After::Leave(Exit::HangUp),
            },
            Reported::Suspend => match self.suspend() {
                Ok(()) => After::Go,
                Err(_) => After::Leave(Exit::HangUp),
            },
            Reported::Other => After::Go,
        }
    }

    async fn tell(&mut self, input: Input) -> After {
        let commands = self.wizard.on(input, Instant::now());
        let after = self.carry_out(commands).await;
        let step = self.wizard.step().id();
        if step != self.step {
            self.step = step;
            self.runtime.note_step(step).await;
        }
        after
    }

    async fn carry_out(&mut self, commands: Vec<Command>) -> After {
        for command in commands {
            match command {
                Command::Run(ticket, Effect::HandOver(foreground)) => {
                    match self.hand_over(foreground).await {
                        Ok(outcome) => self.runtime.answer(ticket, outcome),
                        Err(_) => return After::Leave(Exit::HangUp),
                    }
                }
                Command::Run(ticket, effect) => {
                    self.runtime.start(ticket, effect, self.wizard.context());
                }
                Command::Cancel(ticket) => self.runtime.cancel(ticket),
                Command::Flush => {
                    if self.flush().is_err() {
                        return After::Leave(Exit::HangUp);
                    }
                }
                Command::Quit(exit) => return After::Leave(exit),
            }
        }
        After::Go
    }

    /// Drops keys that were typed before the screen that asks for y was drawn.
    fn flush(&mut self) -> io::Result<()> {
        // The stream's own reader must not hold the keys back; the loop makes a new one.
        self.events = None;
        while crossterm::event::poll(TYPED_AHEAD)? {
            if let Event::Resize(..) = crossterm::event::read()? {
                self.resized = true;
            }
        }
        Ok(())
    }

    /// Another program gets the terminal; ours comes back afterwards.
    async fn hand_over(&mut self, foreground: Foreground) -> io::Result<Outcome> {
        self.events = None;
        self.screen.suspend()?;
        let outcome = in_foreground(foreground, self.wizard.context(), &self.vocabulary).await;
        self.screen.resume()?;
        // Ending the old reader leaves a wake-up behind, and one that comes together with a key
        // hides that key (crossterm 0.29, mio source): it is taken before anybody can press one.
        self.flush()?;
        Ok(outcome)
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.wizard.wipe();
        self.events = None;
        self.screen.stop()
    }
}

/// The keys that work in a window of any size.
pub(super) fn leaves(key: Key) -> bool {
    matches!(key, Key::Char('q' | 'Q') | Key::CtrlC)
}

/// Does on the person's terminal what needs it, and waits for its end.
pub async fn in_foreground(
    foreground: Foreground,
    context: &Context,
    vocabulary: &Vocabulary,
) -> Outcome {
    match foreground {
        Foreground::Test => {
            println!("ssh asks for the passphrase now.");
            runtime::test_on_terminal(context).await
        }
        Foreground::Show(_) | Foreground::Program { .. } => Outcome::Returned(
            foreground_program(foreground, vocabulary, &context.machine.log).await,
        ),
    }
}

async fn foreground_program(
    foreground: Foreground,
    vocabulary: &Vocabulary,
    log: &Log,
) -> Result<Option<i32>, Trouble> {
    match foreground {
        Foreground::Test => Ok(None),
        Foreground::Show(text) => {
            // The real value on one line that the terminal may wrap but we do not: it is for copying.
            println!("{}", text.reveal());
            wait_for_enter("Copy the line above. Press Enter to go back.").await;
            Ok(None)
        }
        Foreground::Program { argv, notice } => {
            println!("{}", vocabulary.show(&notice));
            let Some((program, args)) = argv.split_first() else {
                return Ok(None);
            };
            log.ran(program, args);
            let status = tokio::process::Command::new(program)
                .args(args)
                .status()
                .await
                .map_err(|error| process::cannot_start(&program.to_string_lossy(), &error))?;
            if !status.success() {
                wait_for_enter("It did not end well. Press Enter to go back.").await;
            }
            Ok(status.code())
        }
    }
}

async fn wait_for_enter(words: &'static str) {
    println!("{words}");
    let _ = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        let _ = io::stdin().read_line(&mut line);
    })
    .await;
}
