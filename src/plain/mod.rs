//! The same wizard as numbered lines: for screen readers, dumb terminals and slow links.
//!
//! Lines are only ever appended; nothing is redrawn and no escape sequence is written.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::page::FieldShown;
use crate::plan;
use crate::runtime::{Outcomes, PublishToDemo, Runtime};
use crate::steps::{Context, Effect};
use crate::summary;
use crate::text::{Privacy, Text, Vocabulary};
use crate::trouble::Exit;
use crate::tui::session::in_foreground;
use crate::tui::signals::{Signalled, Signals};
use crate::wizard::{Command, Input, Key, Wizard};

mod answer;
mod lines;
pub mod replay;

use answer::{Answer, Echo, Length, Meaning, Modes};
use lines::Lines;

/// How often a long wait says that it goes on.
const STILL_WAITING: Duration = Duration::from_secs(30);

/// Runs the wizard as lines until the person leaves.
pub async fn run(context: Context, vocabulary: Vocabulary, demo: Option<PublishToDemo>) -> Exit {
    let (runtime, outcomes) = Runtime::new(context.machine.clone(), demo);
    let (wizard, commands) = Wizard::start(context, vocabulary.privacy, Instant::now());
    let mut session = Plain {
        wizard,
        runtime,
        outcomes,
        vocabulary,
        said: Lines::default(),
        waiting: Text::default(),
        screen: 0,
        modes: Modes::now(),
        echoed: Text::default(),
    };
    let exit = session.run(commands).await;
    let outcome = match exit {
        Exit::Works => plan::Outcome::Finished,
        _ => plan::Outcome::Left,
    };
    session.runtime.end(outcome).await;
    if exit != Exit::HangUp {
        summary::print(session.wizard.context(), &session.vocabulary, exit);
    }
    exit
}

struct Plain {
    wizard: Wizard,
    runtime: Runtime,
    outcomes: Outcomes,
    vocabulary: Vocabulary,
    /// What was said of the current screen last.
    said: Lines,
    /// What was last said to be waited for.
    waiting: Text,
    screen: u8,
    /// The terminal's, to be restored behind a hidden prompt and at the end.
    modes: Modes,
    echoed: Text,
}

enum After {
    Go,
    Leave(Exit),
}

impl Plain {
    async fn run(&mut self, commands: Vec<Command>) -> Exit {
        let Ok(mut signals) = Signals::new() else {
            return Exit::CouldNotCheck;
        };
        if let After::Leave(exit) = self.carry_out(commands).await {
            return exit;
        }
        let mut answers: Option<mpsc::Receiver<Answer>> = None;
        loop {
            self.say_what_is_new();
            if !self.wizard.is_waiting() && answers.is_none() {
                answers = Some(self.ask());
            }
            let after = tokio::select! {
                Some((ticket, outcome)) = self.outcomes.recv() => {
                    let commands = self.wizard.on(Input::Outcome(ticket, outcome), Instant::now());
                    self.carry_out(commands).await
                }
                answer = next_answer(&mut answers) => {
                    answers = None;
                    self.modes.restore();
                    match answer {
                        Answer::Typed(line) => self.typed(&line).await,
                        #[cfg(not(unix))]
                        Answer::Interrupted => After::Go,
                        Answer::End => After::Leave(Exit::Unfinished),
                    }
                }
                () = tokio::time::sleep(STILL_WAITING), if self.wizard.is_waiting() => {
                    println!("Still waiting. Ctrl-C stops it.");
                    After::Go
                }
                signalled = signals.any() => match signalled {
                    Signalled::Leave(exit) => After::Leave(exit),
                    Signalled::Interrupted => {
                        let commands = self.wizard.on(Input::Key(Key::CtrlC), Instant::now());
                        self.carry_out(commands).await
                    }
                },
            };
            if let After::Leave(exit) = after {
                return exit;
            }
        }
    }

    /// Prints what is new on the page; a new screen is printed whole. Choices are said together.
    fn say_what_is_new(&mut self) {
        let privacy = self.wizard.privacy();
        self.wizard.context().teach(&mut self.vocabulary, privacy);
        let frame = self.wizard.frame(Instant::now());
        let waiting = frame.page.waiting.clone().unwrap_or_default();
        if !waiting.is_empty() && !lines::is_live(&frame.page) {
            // The page may be another one when the wait is over: it is said then.
            self.say_waiting(waiting);
            return;
        }
        if self.screen == 0 {
            // Nothing was pressed yet, which goes without saying.
            self.echoed = frame.echo.clone();
        }
        if frame.page.screen != self.screen {
            self.screen = frame.page.screen;
            self.said = Lines::default();
            println!();
            println!("{}", lines::heading(&frame.page, &self.vocabulary));
        }
        // During a wait the echo counts seconds, which nobody wants to hear.
        if waiting.is_empty() && frame.echo != self.echoed {
            self.echoed = frame.echo.clone();
            println!("{}", self.vocabulary.show(&frame.echo));
        }
        let lines = lines::of(&frame.page, &self.vocabulary);
        for line in &lines.body {
            if !self.said.body.contains(line) {
                println!("{line}");
            }
        }
        if waiting.is_empty() && lines.choices != self.said.choices {
            for line in &lines.choices {
                println!("{line}");
            }
            self.said.choices = lines.choices;
        }
        self.said.body = lines.body;
        self.say_waiting(waiting);
    }

    fn say_waiting(&mut self, waiting: Text) {
        if !waiting.is_empty() && waiting != self.waiting {
            println!("{} ...", self.vocabulary.show(&waiting));
        }
        self.waiting = waiting;
        let _ = io::stdout().flush();
    }

    fn ask(&self) -> mpsc::Receiver<Answer> {
        let page = self.wizard.frame(Instant::now()).page;
        let (echo, length) = match page.field.as_ref().map(|field| &field.shown) {
            Some(FieldShown::Hidden) => (Echo::Off, Length::Line),
            // The terminal itself shows what is pasted, and knows nothing of names.
            Some(FieldShown::Text(_)) => match self.wizard.privacy() {
                Privacy::Masked => (Echo::Off, Length::Text),
                Privacy::Open => (Echo::On, Length::Text),
            },
            Some(FieldShown::Typed { .. }) | None => (Echo::On, Length::Line),
        };
        answer::ask(self.vocabulary.show(&answer::prompt(&page)), echo, length)
    }

    async fn typed(&mut self, line: &str) -> After {
        let line = line.trim_end_matches(['\r', '\n']);
        let page = self.wizard.frame(Instant::now()).page;
        let inputs = match answer::meaning(line, &page) {
            Meaning::Inputs(inputs) => inputs,
            Meaning::Nothing(words) => {
                println!("{}", self.vocabulary.show(&words));
                return After::Go;
            }
        };
        let mut left = inputs.len();
        for input in inputs {
            left -= 1;
            if left == 0 {
                // Only what the last key of a line did is worth saying.
                self.echoed = self.wizard.frame(Instant::now()).echo;
            }
            let commands = self.wizard.on(input, Instant::now());
            if let After::Leave(exit) = self.carry_out(commands).await {
                return After::Leave(exit);
            }
        }
        self.runtime.note_step(self.wizard.step().id()).await;
        After::Go
    }

    async fn carry_out(&mut self, commands: Vec<Command>) -> After {
        for command in commands {
            match command {
                Command::Run(ticket, Effect::HandOver(foreground)) => {
                    let context = self.wizard.context();
                    let outcome = in_foreground(foreground, context, &self.vocabulary).await;
                    // It was seen; there is nothing to be said about it any more.
                    self.waiting = self
                        .wizard
                        .frame(Instant::now())
                        .page
                        .waiting
                        .unwrap_or_default();
                    self.runtime.answer(ticket, outcome);
                }
                Command::Run(ticket, effect) => {
                    self.runtime.start(ticket, effect, self.wizard.context());
                }
                Command::Cancel(ticket) => self.runtime.cancel(ticket),
                Command::Flush => {}
                Command::Quit(exit) => return After::Leave(exit),
            }
        }
        After::Go
    }
}

async fn next_answer(answers: &mut Option<mpsc::Receiver<Answer>>) -> Answer {
    match answers {
        Some(answers) => answers.recv().await.unwrap_or(Answer::End),
        None => std::future::pending().await,
    }
}
