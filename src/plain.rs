//! The same wizard as numbered lines: for screen readers, dumb terminals and slow links.
//!
//! Lines are only ever appended; nothing is redrawn and no escape sequence is written.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::page::{Block, Choice, ChoiceKey, DiffKind, FieldShown, Mark, Page, choice_keys};
use crate::plan;
use crate::runtime::{Outcomes, PublishToDemo, Runtime};
use crate::say;
use crate::steps::{Context, Effect, Outcome};
use crate::summary;
use crate::text::{Charset, Text, Vocabulary};
use crate::trouble::Exit;
use crate::tui::session::{Signalled, Signals, foreground_program};
use crate::tui::{self};
use crate::wizard::{Command, Input, Key, Wizard};

/// How often a long wait says that it goes on.
const STILL_WAITING: Duration = Duration::from_secs(30);

/// Runs the wizard as lines until the person leaves.
pub async fn run(context: Context, vocabulary: Vocabulary, demo: Option<PublishToDemo>) -> Exit {
    let log = context.machine.log.clone();
    let (runtime, outcomes) = Runtime::new(context.machine.clone(), demo);
    let (wizard, commands) = Wizard::start(context, vocabulary.privacy, Instant::now());
    let mut session = Plain {
        wizard,
        runtime,
        outcomes,
        vocabulary,
        log,
        printed: Vec::new(),
        screen: 0,
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
    log: crate::log::Log,
    /// Lines of the current screen that were said already.
    printed: Vec<String>,
    screen: u8,
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
        let mut answers: Option<mpsc::Receiver<Option<String>>> = None;
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
                line = next_line(&mut answers) => {
                    answers = None;
                    match line {
                        Some(line) => self.typed(&line).await,
                        None => After::Leave(Exit::Unfinished),
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

    /// Prints the lines of the page that were not printed yet; a new screen is printed whole.
    fn say_what_is_new(&mut self) {
        self.vocabulary.privacy = self.wizard.privacy();
        let frame = self.wizard.frame(Instant::now());
        if frame.page.screen != self.screen {
            self.screen = frame.page.screen;
            self.printed.clear();
            println!();
            let heading = say!(
                "Screen {}. {}.",
                Text::public(format!("{:02}", frame.page.screen)),
                frame.page.heading()
            );
            println!("{}", self.vocabulary.show(&heading));
        }
        if frame.echo != self.echoed {
            self.echoed = frame.echo.clone();
            println!("{}", self.vocabulary.show(&frame.echo));
        }
        let lines = page_lines(&frame.page, &self.vocabulary);
        for line in &lines {
            if !self.printed.contains(line) {
                println!("{line}");
            }
        }
        self.printed = lines;
        if let (Some(what), true) = (&frame.page.waiting, self.wizard.is_waiting()) {
            let line = self.vocabulary.show(&say!("{} ...", what.clone()));
            if !self.printed.contains(&line) {
                println!("{line}");
                self.printed.push(line);
            }
        }
        let _ = io::stdout().flush();
    }

    /// Prompts, and reads one line on a thread: hidden where the field is.
    fn ask(&mut self) -> mpsc::Receiver<Option<String>> {
        let page = self.wizard.frame(Instant::now()).page;
        let prompt = self.vocabulary.show(&prompt(&page));
        let hidden = page
            .field
            .as_ref()
            .is_some_and(|field| field.shown == FieldShown::Hidden);
        let (sender, receiver) = mpsc::channel(1);
        std::thread::spawn(move || {
            let line = if hidden {
                rpassword::prompt_password(prompt).ok()
            } else {
                print!("{prompt}");
                let _ = io::stdout().flush();
                let mut line = String::new();
                match io::stdin().read_line(&mut line) {
                    Ok(0) | Err(_) => None,
                    Ok(_) => Some(line),
                }
            };
            let _ = sender.blocking_send(line);
        });
        receiver
    }

    async fn typed(&mut self, line: &str) -> After {
        let line = zeroize::Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned());
        let page = self.wizard.frame(Instant::now()).page;
        let inputs = match &page.field {
            Some(field) => field_inputs(&line, &field.shown),
            None => choice_inputs(&line, &page),
        };
        // The page is said again after an answer, even when it is the same.
        self.printed.clear();
        for input in inputs {
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
                    let ended = foreground_program(foreground, &self.vocabulary, &self.log).await;
                    self.runtime.answer(ticket, Outcome::Returned(ended));
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

async fn next_line(answers: &mut Option<mpsc::Receiver<Option<String>>>) -> Option<String> {
    match answers {
        Some(answers) => answers.recv().await.flatten(),
        None => std::future::pending().await,
    }
}

/// A typed line in a field: `<` goes back; an empty one keeps what is there.
fn field_inputs(line: &str, shown: &FieldShown) -> Vec<Input> {
    if line == "<" {
        return vec![Input::Key(Key::Esc)];
    }
    let mut inputs = Vec::new();
    if let FieldShown::Typed { words, .. } = shown
        && !line.is_empty()
    {
        inputs.push(Input::Key(Key::End));
        let old = words.reveal().chars().count();
        inputs.extend((0..old).map(|_| Input::Key(Key::Backspace)));
    }
    if line.contains("PRIVATE KEY") {
        inputs.push(Input::Paste(line.to_owned()));
        return inputs;
    }
    inputs.extend(line.chars().map(|c| Input::Key(Key::Char(c))));
    inputs.push(Input::Key(Key::Enter));
    inputs
}

/// A number of any length picks that choice; Enter the default; `<` goes back; letters as on the
/// full screen.
fn choice_inputs(line: &str, page: &Page) -> Vec<Input> {
    let line = line.trim();
    if line == "<" {
        return vec![Input::Key(Key::Char('b'))];
    }
    if let Ok(number) = line.parse::<usize>() {
        let at = page
            .choices
            .iter()
            .enumerate()
            .filter(|(_, choice)| choice.key == ChoiceKey::Number)
            .nth(number.wrapping_sub(1))
            .map(|(at, _)| at);
        return match at {
            Some(at) => std::iter::once(Key::Home)
                .chain(std::iter::repeat_n(Key::Down, at))
                .chain([Key::Enter])
                .map(Input::Key)
                .collect(),
            None => Vec::new(),
        };
    }
    match line.chars().next() {
        None => vec![Input::Key(Key::Enter)],
        Some(c) => vec![Input::Key(Key::Char(c))],
    }
}

fn prompt(page: &Page) -> Text {
    if let Some(field) = &page.field {
        return match &field.shown {
            FieldShown::Hidden => say!("{} (nothing shows while you type): ", field.label.clone()),
            FieldShown::Typed { words, .. } if !words.is_empty() => say!(
                "{}, Enter for {}, < back: ",
                field.label.clone(),
                words.clone()
            ),
            FieldShown::Typed { .. } => say!("{}, < back: ", field.label.clone()),
        };
    }
    let keys = choice_keys(&page.choices);
    match keys.get(page.focus) {
        Some(key) => say!(
            "Number or letter, Enter for {}, < back, ? help, q quit: ",
            Text::public(key.to_string())
        ),
        None => Text::plain("Enter to go on, < back, ? help, q quit: "),
    }
}

/// The page as lines, important words first.
fn page_lines(page: &Page, vocabulary: &Vocabulary) -> Vec<String> {
    let mut lines = Vec::new();
    let show = |text: &Text| vocabulary.show(text);
    for block in &page.body {
        match block {
            Block::Line(text) | Block::Heading(text) | Block::Aside(text) | Block::Quote(text) => {
                lines.push(show(text));
            }
            Block::Copyable(text) => lines.push(show(text)),
            Block::Marked(mark, text) => lines.push(format!("{}{}", word(*mark), show(text))),
            Block::Fact(label, value) => {
                let label = show(label);
                if label.is_empty() {
                    lines.push(show(value));
                } else {
                    lines.push(format!("{label}: {}", show(value)));
                }
            }
            Block::Noted(label, value, note) => {
                lines.push(format!("{}: {}, {}", show(label), show(value), show(note)));
            }
            Block::Rung(rung) => {
                let time = rung
                    .time
                    .map(|time| format!(", {}", tui::seconds(time)))
                    .unwrap_or_default();
                if rung.mark != Mark::None {
                    lines.push(format!(
                        "{}Test {}: {}, {}{time}",
                        word(rung.mark),
                        rung.number,
                        show(&rung.name),
                        show(&rung.detail)
                    ));
                }
            }
            Block::Diff(line) => {
                let kind = match line.kind {
                    DiffKind::Same => "Line",
                    DiffKind::Added => "+ line",
                    DiffKind::Removed => "- line",
                };
                lines.push(format!("{kind} {}: {}", line.number, show(&line.text)));
            }
            Block::Choices | Block::Blank => {}
        }
    }
    let keys = choice_keys(&page.choices);
    for (at, choice) in page.choices.iter().enumerate() {
        lines.push(choice_line(choice, keys[at], at == page.focus, vocabulary));
    }
    if let Some(field) = &page.field {
        lines.extend(field.help.iter().map(show));
    }
    if vocabulary.charset == Charset::Ascii {
        lines.retain(|line| !line.is_empty());
    }
    lines
}

fn choice_line(choice: &Choice, key: char, default: bool, vocabulary: &Vocabulary) -> String {
    let mut line = format!("{key}. {}", vocabulary.show(&choice.label));
    for more in std::iter::once(&choice.note).chain(&choice.details) {
        let more = vocabulary.show(more);
        if !more.is_empty() {
            line.push_str(", ");
            line.push_str(&more);
        }
    }
    if default {
        line.push_str(". Default.");
    }
    line
}

/// A mark as a word: no sign has to be read out.
fn word(mark: Mark) -> &'static str {
    match mark {
        Mark::Good => "OK: ",
        Mark::Bad => "Problem: ",
        Mark::Unsure => "Note: ",
        Mark::Busy => "Running: ",
        Mark::None => "Not yet: ",
    }
}
