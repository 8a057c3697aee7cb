//! How does the person answer in lines: what is asked, how is it read, what does it mean?

use std::io::{self, BufRead as _, Write as _};

use tokio::sync::mpsc;
use zeroize::Zeroizing;

use crate::field::holds_private_key;
use crate::page::{ChoiceKey, FieldShown, Page, choice_keys};
use crate::say;
use crate::secret::append;
use crate::text::Text;
use crate::wizard::{Input, Key};

/// The answer that goes back.
const BACK: &str = "<";
/// Longer answers are not repeated: they may be a piece of a key that went astray.
const MOST_REPEATED: usize = 20;

/// What came back from the prompt.
pub enum Answer {
    /// A line.
    Typed(Zeroizing<String>),
    /// Ctrl-C in a hidden prompt; it arrives as a signal, too, and that one counts.
    #[cfg(not(unix))]
    Interrupted,
    /// The end of the input.
    End,
}

/// What a typed line means.
pub enum Meaning {
    /// Keys of the full screen.
    Inputs(Vec<Input>),
    /// Nothing here: this is to be said.
    Nothing(Text),
}

/// Whether the line may be seen while it is typed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// As usual.
    On,
    /// For a passphrase.
    Off,
}

/// How much is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// One line.
    Line,
    /// Lines up to one that is only a dot, or to the end of the input.
    Text,
}

/// What ends a text of many lines; mail and ed end theirs with it, too.
const END: &str = ".";

/// Prints the prompt and reads the answer on a thread. Without echo, it is switched off before and
/// has to be switched on again by [`Modes`], by the one task that also ends the program: a thread
/// would do it too late.
pub fn ask(prompt: String, echo: Echo, length: Length) -> mpsc::Receiver<Answer> {
    if echo == Echo::Off {
        echo_off();
    }
    let (sender, receiver) = mpsc::channel(1);
    std::thread::spawn(move || {
        let _ = sender.blocking_send(match (length, echo) {
            (Length::Line, Echo::On) => visible_line(&prompt),
            (Length::Line, Echo::Off) => hidden_line(&prompt),
            (Length::Text, _) => text(&prompt),
        });
    });
    receiver
}

#[cfg(unix)]
fn echo_off() {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    if let Ok(mut modes) = tcgetattr(io::stdin()) {
        modes.local_modes.remove(LocalModes::ECHO);
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &modes);
    }
}

#[cfg(not(unix))]
fn echo_off() {}

/// One line straight from the terminal, so that no other buffer keeps a copy of it.
#[cfg(unix)]
fn hidden_line(prompt: &str) -> Answer {
    print!("{prompt}");
    let _ = io::stdout().flush();
    let mut bytes = Zeroizing::new([0; 4096]);
    let read = loop {
        match rustix::io::read(io::stdin(), &mut bytes[..]) {
            Err(rustix::io::Errno::INTR) => {}
            other => break other,
        }
    };
    println!();
    match read {
        Ok(0) | Err(_) => Answer::End,
        Ok(count) => Answer::Typed(Zeroizing::new(
            String::from_utf8_lossy(&bytes[..count]).into_owned(),
        )),
    }
}

#[cfg(not(unix))]
fn hidden_line(prompt: &str) -> Answer {
    match rpassword::prompt_password(prompt) {
        Ok(line) => Answer::Typed(Zeroizing::new(line)),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Answer::Interrupted,
        Err(_) => Answer::End,
    }
}

fn visible_line(prompt: &str) -> Answer {
    print!("{prompt}");
    let _ = io::stdout().flush();
    let mut line = Zeroizing::new(String::new());
    match io::stdin().read_line(&mut line) {
        Ok(0) | Err(_) => Answer::End,
        Ok(_) => Answer::Typed(line),
    }
}

/// Lines up to the end of the text. Ctrl-D ends a text, and without one the program, as everywhere.
fn text(prompt: &str) -> Answer {
    print!("{prompt}");
    let _ = io::stdout().flush();
    let mut text = Zeroizing::new(String::new());
    let mut bytes = Zeroizing::new(Vec::new());
    loop {
        bytes.clear();
        // Bytes, because what a program prints need not be UTF-8.
        let count = io::stdin().lock().read_until(b'\n', &mut bytes);
        let line = String::from_utf8_lossy(&bytes);
        let is_first = text.is_empty();
        match (count, line.trim_end_matches(['\r', '\n'])) {
            (Ok(0) | Err(_), _) if is_first => return Answer::End,
            (Ok(0) | Err(_), _) | (Ok(_), END) => return Answer::Typed(text),
            (Ok(_), BACK) if is_first => return Answer::Typed(Zeroizing::new(BACK.to_owned())),
            (Ok(_), _) => append(&mut text, &line),
        }
    }
}

/// The terminal's modes as they were at the start. A hidden prompt that is left by a signal would
/// keep the echo off.
pub struct Modes {
    #[cfg(unix)]
    before: Option<rustix::termios::Termios>,
}

impl Modes {
    /// As they are now.
    pub fn now() -> Self {
        Self {
            #[cfg(unix)]
            before: rustix::termios::tcgetattr(io::stdin()).ok(),
        }
    }
}

impl Modes {
    /// As they were.
    pub fn restore(&self) {
        #[cfg(unix)]
        if let Some(before) = &self.before {
            let now = rustix::termios::OptionalActions::Now;
            let _ = rustix::termios::tcsetattr(io::stdin(), now, before);
        }
    }
}

impl Drop for Modes {
    fn drop(&mut self) {
        self.restore();
    }
}

/// What a line means on this page.
pub fn meaning(line: &str, page: &Page) -> Meaning {
    if holds_private_key(line) {
        return Meaning::Inputs(vec![Input::Paste(line.to_owned())]);
    }
    match &page.field {
        Some(field) => Meaning::Inputs(field_inputs(line, &field.shown)),
        None => choice_meaning(line.trim(), page),
    }
}

/// A typed line in a field: `<` goes back; an empty one keeps what is there. A text is a paste.
fn field_inputs(line: &str, shown: &FieldShown) -> Vec<Input> {
    if line == BACK {
        return vec![Input::Key(Key::Esc)];
    }
    if let FieldShown::Text(_) = shown {
        return vec![Input::Paste(line.to_owned())];
    }
    let mut inputs = Vec::new();
    if let FieldShown::Typed { words, .. } = shown
        && !line.is_empty()
    {
        inputs.push(Input::Key(Key::End));
        let old = words.reveal().chars().count();
        inputs.extend((0..old).map(|_| Input::Key(Key::Backspace)));
    }
    inputs.extend(line.chars().map(|c| Input::Key(Key::Char(c))));
    inputs.push(Input::Key(Key::Enter));
    inputs
}

/// A number of any length picks that choice; Enter the default; `<` goes back; letters as on the
/// full screen, and the words for the most usual ones.
fn choice_meaning(line: &str, page: &Page) -> Meaning {
    let key = |c: char| Meaning::Inputs(vec![Input::Key(Key::Char(c))]);
    if let Ok(number) = line.parse::<usize>() {
        let at = page
            .choices
            .iter()
            .enumerate()
            .filter(|(_, choice)| choice.key == ChoiceKey::Number)
            .nth(number.wrapping_sub(1))
            .map(|(at, _)| at);
        return match at {
            // The digit itself, so that the echo names what was typed.
            Some(_) if number < 10 => Meaning::Inputs(
                line.chars()
                    .skip_while(|c| *c == '0' || *c == '+')
                    .map(|c| Input::Key(Key::Char(c)))
                    .collect(),
            ),
            Some(at) => Meaning::Inputs(
                std::iter::once(Key::Home)
                    .chain(std::iter::repeat_n(Key::Down, at))
                    .chain([Key::Enter])
                    .map(Input::Key)
                    .collect(),
            ),
            None => Meaning::Nothing(not_a_choice(line)),
        };
    }
    match line {
        "" => Meaning::Inputs(vec![Input::Key(Key::Enter)]),
        BACK | "back" => key('b'),
        "help" => key('?'),
        "quit" | "exit" => key('q'),
        "yes" => key('y'),
        "no" => key('n'),
        _ => {
            let mut characters = line.chars();
            match (characters.next(), characters.next()) {
                (Some(only), None) => key(only),
                (_, _) => Meaning::Nothing(not_a_choice(line)),
            }
        }
    }
}

fn not_a_choice(line: &str) -> Text {
    if line.chars().count() > MOST_REPEATED {
        Text::plain("That is not one of the choices.")
    } else {
        say!("{} is not one of the choices.", Text::quoted(line))
    }
}

/// What is asked.
pub fn prompt(page: &Page) -> Text {
    if let Some(field) = &page.field {
        return match &field.shown {
            FieldShown::Hidden => say!("{} (nothing shows while you type): ", field.label.clone()),
            FieldShown::Typed { words, .. } if !words.is_empty() => say!(
                "{}, Enter for {}, < back: ",
                field.label.clone(),
                words.clone()
            ),
            FieldShown::Typed { .. } => say!("{}, < back: ", field.label.clone()),
            FieldShown::Text(_) => Text::plain("The text, then a line with only a dot; < back: "),
        };
    }
    let keys = choice_keys(&page.choices);
    match keys.get(page.focus) {
        Some(key) => say!(
            "{}, Enter for {}, < back, ? help, q quit: ",
            what_to_type(page),
            Text::public(key.to_string())
        ),
        None => Text::plain("Enter to go on, < back, ? help, q quit: "),
    }
}

fn what_to_type(page: &Page) -> &'static str {
    let is_number = |key: &ChoiceKey| *key == ChoiceKey::Number;
    let keys = || page.choices.iter().map(|choice| &choice.key);
    match (keys().any(is_number), keys().all(is_number)) {
        (true, true) => "Number",
        (true, false) => "Number or letter",
        (false, _) => "Letter",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Choice;

    fn page() -> Page {
        let mut page = Page::new(10, None, "x");
        page.choices = vec![Choice::new("a", ""), Choice::letter('y', "b", "")];
        page
    }

    fn keys(line: &str) -> Vec<Key> {
        match meaning(line, &page()) {
            Meaning::Inputs(inputs) => inputs
                .into_iter()
                .filter_map(|input| match input {
                    Input::Key(key) => Some(key),
                    Input::Paste(_) | Input::Outcome(..) => None,
                })
                .collect(),
            Meaning::Nothing(_) => Vec::new(),
        }
    }

    #[test]
    fn a_line_becomes_the_keys_of_the_full_screen() {
        assert_eq!(keys("1"), [Key::Char('1')]);
        assert_eq!(keys("01"), [Key::Char('1')]);
        assert_eq!(keys(""), [Key::Enter]);
        assert_eq!(keys(" < "), [Key::Char('b')]);
        assert_eq!(keys("y"), [Key::Char('y')]);
        assert_eq!(keys("help"), [Key::Char('?')]);
        assert_eq!(keys("2"), []);
        assert_eq!(keys("yy"), []);
    }

    #[test]
    fn a_piece_of_a_key_is_neither_taken_nor_repeated() {
        let begin = "-----BEGIN OPENSSH PRIVATE KEY-----";
        assert!(
            matches!(meaning(begin, &page()), Meaning::Inputs(inputs) if matches!(inputs[..], [Input::Paste(_)]))
        );
        let Meaning::Nothing(words) = meaning("b3BlbnNzaC1rZXktdjEAAAAABG5vbmU", &page()) else {
            panic!("it is no choice");
        };
        assert_eq!(words.reveal(), "That is not one of the choices.");
    }
}
