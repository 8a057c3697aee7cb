//! Screen 50: do the settings pick this key for this server?

use crate::page::{Block, Choice as PageChoice, DiffKind, DiffLine, Mark, Page, StepId};
use crate::plan::{self, LineKind, Plan};
use crate::repair::use_key;
use crate::say;
use crate::settings::{Candidate, Verdict};
use crate::text::Text;
use crate::trouble::Trouble;

mod choice;

pub use choice::Choice;

use super::{Context, Effect, Foreground, Msg, Next, Outcome, Place, Step};

/// Changes the settings so that they pick the key.
#[derive(Default)]
pub struct Config {
    state: State,
    whole: Whole,
    trouble: Option<Trouble>,
}

#[derive(Default)]
enum State {
    #[default]
    Looking,
    /// ssh has accepted the candidate.
    Proposed(Box<Proposal>),
    /// No block would help, or ssh does not like it: why.
    Impossible(Trouble),
}

struct Proposal {
    candidate: Box<Candidate>,
    verdict: Verdict,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Whole {
    #[default]
    Changes,
    File,
}

#[derive(Clone, Copy)]
enum Pick {
    Write,
    Leave,
    WholeFile,
    Editor,
    Again,
}

/// The lines of a plan as a page shows them.
pub fn diff_blocks(plan: &Plan, context: plan::Context) -> Vec<Block> {
    let mut blocks = Vec::new();
    for previewed in plan::preview_with(plan, context) {
        blocks.push(Block::Heading(previewed.heading()));
        blocks.extend(diff_rows(&previewed.hunks));
        blocks.extend(previewed.notes.into_iter().map(Block::Line));
    }
    blocks
}

/// The lines of a difference as a page shows them.
pub fn diff_rows(hunks: &[Vec<plan::DiffLine>]) -> impl Iterator<Item = Block> {
    hunks.iter().flatten().map(|line| {
        Block::Diff(DiffLine {
            kind: match line.kind {
                LineKind::Same => DiffKind::Same,
                LineKind::Added => DiffKind::Added,
                LineKind::Removed => DiffKind::Removed,
            },
            number: line.number,
            text: line.text.clone(),
        })
    })
}

impl Config {
    fn picks(&self) -> Vec<Pick> {
        match &self.state {
            State::Looking => Vec::new(),
            State::Proposed(_) => {
                vec![Pick::Write, Pick::Leave, Pick::WholeFile, Pick::Editor]
            }
            State::Impossible(_) => vec![Pick::Editor, Pick::Again, Pick::Leave],
        }
    }

    fn pick(&mut self, pick: Pick, context: &mut Context) -> Next {
        match pick {
            Pick::Write => match &self.state {
                State::Proposed(proposal) => Next::Run(Effect::Apply(proposal.candidate.plan())),
                State::Looking | State::Impossible(_) => Next::Stay,
            },
            Pick::Leave => {
                context.answers.skipped.insert(StepId::Config);
                Next::Forward(Text::plain("Left as it is; nothing was written."))
            }
            Pick::WholeFile => {
                self.whole = match self.whole {
                    Whole::Changes => Whole::File,
                    Whole::File => Whole::Changes,
                };
                Next::Stay
            }
            Pick::Editor => match editor(context) {
                Ok(foreground) => Next::Run(Effect::HandOver(foreground)),
                Err(trouble) => Next::Say(trouble.what),
            },
            Pick::Again => Next::Run(Effect::Gather(context.answers.target.clone())),
        }
    }

    /// Looks at what is there now and has ssh check what would help.
    fn look(&mut self, context: &mut Context) -> Next {
        self.state = State::Looking;
        let Some(key) = context.key() else {
            return Next::To(Place::Key);
        };
        if Choice::of(key, context).is_picked() {
            context.answers.skipped.remove(&StepId::Config);
            return Next::Forward(Text::plain("No change needed in the settings."));
        }
        let Some(situation) = context.situation() else {
            return Next::To(Place::Service);
        };
        match use_key::candidate(key, &situation) {
            Ok(candidate) => Next::Run(Effect::TryConfig(Box::new(candidate))),
            Err(trouble) => {
                self.state = State::Impossible(trouble);
                Next::Stay
            }
        }
    }
}

impl Step for Config {
    fn enter(&mut self, context: &mut Context) -> Next {
        self.whole = Whole::Changes;
        self.trouble = None;
        self.look(context)
    }

    fn update(&mut self, message: Msg, context: &mut Context) -> Next {
        match message {
            Msg::Pick(at) => match self.picks().get(at).copied() {
                Some(pick) => self.pick(pick, context),
                None => Next::Stay,
            },
            Msg::Outcome(Outcome::Tried(Ok((candidate, verdict)))) => {
                self.state = if verdict.is_accepted() {
                    State::Proposed(Box::new(Proposal { candidate, verdict }))
                } else {
                    State::Impossible(verdict.trouble())
                };
                Next::Stay
            }
            Msg::Outcome(Outcome::Tried(Err(trouble))) => {
                self.state = State::Impossible(trouble);
                Next::Stay
            }
            Msg::Outcome(Outcome::Applied(Ok(_))) => {
                if context
                    .key()
                    .is_some_and(|key| !Choice::of(key, context).is_picked())
                {
                    // Written as previewed, and ssh still chooses otherwise: go on and let the test tell.
                    context.answers.skipped.insert(StepId::Config);
                }
                Next::Forward(Text::plain("Written. A copy of the old file is kept."))
            }
            Msg::Outcome(Outcome::Applied(Err(trouble))) => {
                // The file may have changed meanwhile: a new look gives a new preview.
                self.trouble = Some(trouble);
                Next::Run(Effect::Gather(context.answers.target.clone()))
            }
            Msg::Outcome(Outcome::Returned(_)) | Msg::Retry => {
                Next::Run(Effect::Gather(context.answers.target.clone()))
            }
            Msg::Outcome(Outcome::Gathered(_)) => self.look(context),
            Msg::Outcome(_) | Msg::Submitted | Msg::Resumed | Msg::Stopped => Next::Stay,
        }
    }

    fn view(&self, context: &Context) -> Page {
        let mut page = Page::new(50, Some(StepId::Config), "Check this change");
        if let Some(trouble) = &self.trouble {
            page.mark(Mark::Bad, trouble.what.clone());
            page.line(trouble.why.clone());
        }
        match &self.state {
            State::Looking => {
                page.line("Looking at your settings.");
            }
            State::Proposed(proposal) => {
                page.line("One file will change. Nothing is written until you press y.");
                if let Some(Choice::NotPicked(why)) =
                    context.key().map(|key| Choice::of(key, context))
                {
                    page.aside(say!("Why: {}.", why));
                }
                page.blank();
                let lines = match self.whole {
                    Whole::Changes => plan::Context::Lines(1),
                    Whole::File => plan::Context::WholeFile,
                };
                page.body
                    .extend(diff_blocks(&proposal.candidate.plan(), lines));
                page.mark(Mark::Good, proposal.verdict.words(context.host()));
                page.aside("A copy of the old file is kept. Take it back any time: sshstep undo");
                page.focus = 1;
            }
            State::Impossible(trouble) => {
                page.trouble(trouble);
            }
        }
        for pick in self.picks() {
            page.choices.push(choice(pick, self.whole));
        }
        page
    }
}

fn choice(pick: Pick, whole: Whole) -> PageChoice {
    match pick {
        Pick::Write => PageChoice::letter('y', "Write it", ""),
        Pick::Leave => PageChoice::letter('n', "Leave it", ""),
        Pick::WholeFile => PageChoice::letter(
            'd',
            match whole {
                Whole::Changes => "Show the whole file",
                Whole::File => "Show the changes only",
            },
            "",
        ),
        Pick::Editor => PageChoice::letter('e', "Open my editor", ""),
        Pick::Again => PageChoice::new("Look again", ""),
    }
}

/// `$VISUAL` or `$EDITOR` with the settings file.
fn editor(context: &Context) -> Result<Foreground, Trouble> {
    let machine = &context.machine;
    let editor = machine
        .var("VISUAL")
        .or_else(|| machine.var("EDITOR"))
        .unwrap_or(if cfg!(windows) { "notepad" } else { "vi" });
    let words = shell_words::split(editor).unwrap_or_default();
    if words.is_empty() {
        return Err(Trouble::new(
            "No editor is set.",
            Text::default(),
            "Set EDITOR, or change the file by hand.",
        ));
    }
    let mut argv: Vec<std::ffi::OsString> = words.into_iter().map(Into::into).collect();
    argv.push(machine.layers.user.clone().into_os_string());
    Ok(Foreground::Program {
        argv,
        notice: Text::plain("Your editor has the terminal."),
    })
}
