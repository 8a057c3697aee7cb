//! Screens 12 and 13: which error message does the person have, and what does it say?

use crate::diagnosis::{Severity, Verdict};
use crate::explain::Explained;
use crate::field::Field;
use crate::page::{Block, Choice, Mark, Page, StepId};
use crate::say;
use crate::steps::{Context, Effect, Mode, Msg, Next, Outcome, Step, repair};
use crate::target::Target;
use crate::text::Text;
use crate::trouble::Trouble;

/// Explains a text that the person pastes or types.
#[derive(Default)]
pub struct Message {
    state: State,
    trouble: Option<Trouble>,
}

enum State {
    /// Screen 12.
    Asking(Field),
    /// Screen 12, while the text is read.
    Reading,
    /// Screen 13.
    Told(Box<Explained>),
}

impl Default for State {
    fn default() -> Self {
        State::Asking(Field::text("Error message"))
    }
}

/// What a choice means.
enum Pick {
    Check(Target),
    Another,
    Back,
}

impl Message {
    fn picks(&self) -> Vec<Pick> {
        match &self.state {
            State::Asking(_) | State::Reading => Vec::new(),
            State::Told(explained) => {
                let named = explained.target.as_ref().and_then(checkable);
                let check = named.map(Pick::Check);
                check
                    .into_iter()
                    .chain([Pick::Another, Pick::Back])
                    .collect()
            }
        }
    }

    fn submit(&mut self) -> Next {
        let State::Asking(field) = &mut self.state else {
            return Next::Stay;
        };
        let text = field.take_text();
        if text.trim().is_empty() {
            return Next::Say(nothing());
        }
        self.trouble = None;
        self.state = State::Reading;
        Next::Run(Effect::Explain(text))
    }
}

/// The target, where it is one that a person could have typed: a hostile text may name anything.
fn checkable(target: &Target) -> Option<Target> {
    let typed = Target::parse(&target.input).ok()?;
    let is_same = typed.host == target.host && typed.user == target.user;
    is_same.then(|| target.clone())
}

fn nothing() -> Text {
    Text::plain("There is no text yet. Paste it, or type it.")
}

impl Step for Message {
    fn enter(&mut self, _: &mut Context) -> Next {
        *self = Self::default();
        Next::Stay
    }

    fn update(&mut self, message: Msg, context: &mut Context) -> Next {
        match message {
            Msg::Pick(at) => match self.picks().into_iter().nth(at) {
                Some(Pick::Check(target)) => {
                    self.trouble = None;
                    super::aim(target, None, Mode::Repair, context)
                }
                Some(Pick::Another) => self.enter(context),
                Some(Pick::Back) => Next::Back,
                None => Next::Stay,
            },
            Msg::Submitted => self.submit(),
            Msg::Outcome(Outcome::Explained(Ok(Some(explained)))) => {
                context.answers.pasted = explained.private.clone();
                self.state = State::Told(explained);
                Next::Stay
            }
            Msg::Outcome(Outcome::Explained(Ok(None))) => {
                self.state = State::default();
                Next::Say(nothing())
            }
            Msg::Outcome(Outcome::Explained(Err(trouble))) => {
                self.state = State::default();
                self.trouble = Some(trouble);
                Next::Stay
            }
            Msg::Outcome(Outcome::Gathered(_)) => super::go_on(context).unwrap_or_else(|trouble| {
                self.trouble = Some(trouble);
                Next::Stay
            }),
            Msg::Stopped => {
                if let State::Reading = self.state {
                    self.state = State::default();
                }
                Next::Stay
            }
            Msg::Retry => Next::Say(Text::plain("The text says what it said before.")),
            Msg::Outcome(_) | Msg::Resumed => Next::Stay,
        }
    }

    fn view(&self, _: &Context) -> Page {
        let mut page = match &self.state {
            State::Asking(_) | State::Reading => {
                Page::new(12, Some(StepId::Service), "Paste the error message")
            }
            State::Told(_) => Page::new(13, Some(StepId::Service), "What the message says"),
        };
        match &self.state {
            State::Asking(_) | State::Reading => {
                page.line("Paste what ssh, git or the CI job printed.");
                page.aside("All of it is best: the first lines often tell more than the last.");
                page.aside("It stays on this computer. Nothing in it is run or saved.");
            }
            State::Told(explained) => told(&mut page, explained),
        }
        if let State::Asking(field) = &self.state {
            if !field.is_empty() {
                page.blank();
                page.line("When all of it is here, press Enter on an empty line.");
            }
            page.field = Some(field.view());
        }
        if let Some(trouble) = &self.trouble {
            page.trouble(trouble);
        }
        page.choices = self.picks().iter().map(choice).collect();
        page
    }

    fn field(&mut self) -> Option<&mut Field> {
        match &mut self.state {
            State::Asking(field) => Some(field),
            State::Reading | State::Told(_) => None,
        }
    }
}

/// The cause, how it is known, and the first thing to do; of further findings what they are.
fn told(page: &mut Page, explained: &Explained) {
    let mut findings = explained
        .findings
        .iter()
        .filter(|finding| finding.severity != Severity::Advice);
    if explained.verdict == Verdict::Works || findings.clone().next().is_none() {
        let (mark, verdict) = explained.verdict_in_words();
        page.mark(mark, verdict);
        page.blank();
    }
    if let Some(finding) = findings.next() {
        repair::finding_blocks(page, finding, None);
        if let Some(offer) = finding.fixes.first() {
            page.body
                .push(Block::Fact("Next".into(), offer.summary.clone()));
        }
    }
    for finding in findings.take(2) {
        page.blank();
        page.mark(
            Mark::Unsure,
            say!(
                "Also: {} [{}]",
                finding.summary.clone(),
                Text::public(&finding.code)
            ),
        );
    }
}

fn choice(pick: &Pick) -> Choice {
    match pick {
        Pick::Check(target) => Choice::new(
            say!("Check {} now", Text::host(&target.host)),
            "tests from this computer",
        ),
        Pick::Another => Choice::new("Paste another text", ""),
        Pick::Back => Choice::new("Back", "to the list of services"),
    }
}
