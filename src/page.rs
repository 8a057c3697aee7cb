//! What is on a screen, before anybody decides how it is drawn?
//!
//! A step returns a [`Page`]; the full-screen and the plain renderer draw the same value, so they
//! cannot say different things.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

/// The six steps of contract.md section 4, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StepId {
    /// Which server.
    Service,
    /// Which key.
    Key,
    /// The public half reaches the server.
    Publish,
    /// The agent holds the key.
    Agent,
    /// The settings pick the key.
    Config,
    /// Host identity and the connection itself.
    Test,
}

impl StepId {
    /// All, in order.
    pub const ALL: [StepId; 6] = [
        StepId::Service,
        StepId::Key,
        StepId::Publish,
        StepId::Agent,
        StepId::Config,
        StepId::Test,
    ];

    /// The id that never changes: JSON, journal, diagnosis data.
    pub fn id(self) -> &'static str {
        match self {
            StepId::Service => "service",
            StepId::Key => "key",
            StepId::Publish => "publish",
            StepId::Agent => "agent",
            StepId::Config => "config",
            StepId::Test => "test",
        }
    }

    /// The step with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.id() == id)
    }

    /// The word on the rail.
    pub fn word(self) -> &'static str {
        match self {
            StepId::Service => "Service",
            StepId::Key => "Key",
            StepId::Publish => "Publish",
            StepId::Agent => "Agent",
            StepId::Config => "Config",
            StepId::Test => "Test",
        }
    }

    /// 1 to 6.
    pub fn number(self) -> usize {
        self as usize + 1
    }
}

/// How far a step is; the names of contract.md section 3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nothing left to do here.
    Done,
    /// Not reached yet.
    #[default]
    Todo,
    /// Something is wrong here.
    Problem,
    /// The person went past it.
    Skipped,
    /// It could not be found out.
    Unknown,
}

impl Status {
    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Status::Done => "done",
            Status::Todo => "todo",
            Status::Problem => "problem",
            Status::Skipped => "skipped",
            Status::Unknown => "unknown",
        }
    }
}

/// One screen.
#[derive(Clone, Debug)]
pub struct Page {
    /// The two-digit number that support asks for; it never changes meaning.
    pub screen: u8,
    /// The step it belongs to; none on help and the like.
    pub step: Option<StepId>,
    /// Short, verb first.
    pub title: Text,
    /// From top to bottom.
    pub body: Vec<Block>,
    /// What can be chosen, in the order of their numbers.
    pub choices: Vec<Choice>,
    /// The choice that Enter takes when nothing was moved.
    pub focus: usize,
    /// The field that receives typing.
    pub field: Option<FieldView>,
    /// Set while something runs that can be left with x.
    pub waiting: Option<Text>,
    /// When something that is shown runs out, in Unix seconds: the minutes until then are counted down.
    pub runs_out: Option<u64>,
}

impl Page {
    /// An empty page.
    pub fn new(screen: u8, step: Option<StepId>, title: impl Into<Text>) -> Self {
        Self {
            screen,
            step,
            title: title.into(),
            body: Vec::new(),
            choices: Vec::new(),
            focus: 0,
            field: None,
            waiting: None,
            runs_out: None,
        }
    }

    /// The title with its step: "Step 1 of 6: Pick a service".
    pub fn heading(&self) -> Text {
        match self.step {
            Some(step) => say!("Step {} of 6: {}", step.number(), self.title.clone()),
            None => self.title.clone(),
        }
    }

    /// Adds a sentence.
    pub fn line(&mut self, text: impl Into<Text>) -> &mut Self {
        self.body.push(Block::Line(text.into()));
        self
    }

    /// Adds space between ideas.
    pub fn blank(&mut self) -> &mut Self {
        self.body.push(Block::Blank);
        self
    }

    /// Adds a statement with a mark.
    pub fn mark(&mut self, mark: Mark, text: impl Into<Text>) -> &mut Self {
        self.body.push(Block::Marked(mark, text.into()));
        self
    }

    /// Adds a failure: what happened with its mark, then why and what to do.
    pub fn trouble(&mut self, trouble: &Trouble) -> &mut Self {
        let mut lines = trouble.lines().into_iter();
        if let Some(what) = lines.next() {
            self.mark(Mark::Bad, what);
        }
        for line in lines {
            self.line(line);
        }
        self
    }

    /// Adds something that helps but is left out where the window is small.
    pub fn aside(&mut self, text: impl Into<Text>) -> &mut Self {
        self.body.push(Block::Aside(text.into()));
        self
    }

    /// Puts the choices here instead of at the end.
    pub fn choices_here(&mut self) -> &mut Self {
        self.body.push(Block::Choices);
        self
    }
}

/// One idea on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A sentence, wrapped.
    Line(Text),
    /// A sentence in stronger type.
    Heading(Text),
    /// A statement with its mark.
    Marked(Mark, Text),
    /// A label and its value.
    Fact(Text, Text),
    /// A label, its value, and what there is to say about it.
    Noted(Text, Text, Text),
    /// Something to copy by hand: indented, cut in the middle where it does not fit.
    Copyable(Text),
    /// Words of another program, as they were printed.
    Quote(Text),
    /// Less important: the first to go where the window is small.
    Aside(Text),
    /// One rung of the test.
    Rung(RungView),
    /// One line of a change.
    Diff(DiffLine),
    /// Where the choices stand.
    Choices,
    /// Space.
    Blank,
}

/// A mark always comes with words; its sign depends on what the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Works.
    Good,
    /// Is the problem.
    Bad,
    /// Could not be found out, or advice.
    Unsure,
    /// Is running.
    Busy,
    /// Not there, or not tried yet.
    None,
}

/// One rung of the ladder, ready to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RungView {
    /// 1 to 7.
    pub number: usize,
    /// How it went.
    pub mark: Mark,
    /// What was tried.
    pub name: Text,
    /// What was seen.
    pub detail: Text,
    /// How long it took.
    pub time: Option<Duration>,
}

/// A line of a previewed change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// What happens to it.
    pub kind: DiffKind,
    /// Its number in the new file, or in the old one when it is removed.
    pub number: usize,
    /// Its words.
    pub text: Text,
}

/// What a change does to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffKind {
    /// Stays.
    Same,
    /// Is new.
    Added,
    /// Goes.
    Removed,
}

/// One thing that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What has to be pressed.
    pub key: ChoiceKey,
    /// Verb and object.
    pub label: Text,
    /// Its consequence, in quieter words.
    pub note: Text,
    /// More lines below it.
    pub details: Vec<Text>,
}

/// What takes a choice besides arrows and Enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChoiceKey {
    /// The next free digit.
    Number,
    /// A letter that means the same on every screen: y, n, d, e.
    Letter(char),
}

impl Choice {
    /// A numbered choice.
    pub fn new(label: impl Into<Text>, note: impl Into<Text>) -> Self {
        Self {
            key: ChoiceKey::Number,
            label: label.into(),
            note: note.into(),
            details: Vec::new(),
        }
    }

    /// A choice taken by a letter.
    pub fn letter(letter: char, label: impl Into<Text>, note: impl Into<Text>) -> Self {
        Self {
            key: ChoiceKey::Letter(letter),
            ..Self::new(label, note)
        }
    }

    /// The same with one more line below.
    #[must_use]
    pub fn detail(mut self, text: impl Into<Text>) -> Self {
        self.details.push(text.into());
        self
    }
}

/// The sign in front of each choice, in order: digits skip the lettered ones.
pub fn choice_keys(choices: &[Choice]) -> Vec<char> {
    let mut number = 0u32;
    choices
        .iter()
        .map(|choice| match choice.key {
            ChoiceKey::Letter(letter) => letter,
            ChoiceKey::Number => {
                number += 1;
                char::from_digit(number, 36).unwrap_or('?')
            }
        })
        .collect()
}

/// A field as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldView {
    /// What to type.
    pub label: Text,
    /// What was typed.
    pub shown: FieldShown,
    /// Help below it.
    pub help: Vec<Text>,
}

/// What a field shows of its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldShown {
    /// The words, with the cursor behind this many characters.
    Typed { words: Text, cursor: usize },
    /// Constant words: neither characters nor their number.
    Hidden,
    /// The last line of a text of many, with the cursor behind it.
    Text(Text),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_skip_lettered_choices() {
        let choices = [
            Choice::new("a", ""),
            Choice::letter('y', "b", ""),
            Choice::new("c", ""),
        ];
        assert_eq!(choice_keys(&choices), ['1', 'y', '2']);
    }

    #[test]
    fn step_ids_are_those_of_the_contract() {
        let ids: Vec<_> = StepId::ALL.iter().map(|s| s.id()).collect();
        assert_eq!(
            ids,
            ["service", "key", "publish", "agent", "config", "test"]
        );
        assert!(
            StepId::ALL
                .iter()
                .all(|s| StepId::from_id(s.id()) == Some(*s))
        );
    }
}
