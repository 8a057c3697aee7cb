//! Screen 81: what would taking everything back do?

use crate::page::{Block, Choice, Mark, Page, StepId};
use crate::plan::{self, EditedSince, IfEdited, UndoPlan};
use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

use super::{Context, Effect, Msg, Next, Outcome, Place, Step, config};

/// Takes back what this run changed, previewed like any change.
#[derive(Default)]
pub struct Undo {
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    Looking,
    Nothing,
    Proposed(UndoPlan),
    Failed(Trouble),
    Done,
}

impl Step for Undo {
    fn enter(&mut self, _: &mut Context) -> Next {
        self.state = State::Looking;
        Next::Run(Effect::PlanUndo(IfEdited::Leave))
    }

    fn update(&mut self, message: Msg, context: &mut Context) -> Next {
        match message {
            Msg::Outcome(Outcome::UndoPlanned(Ok(Some(plan)))) => {
                self.state = State::Proposed(plan);
                Next::Stay
            }
            Msg::Outcome(Outcome::UndoPlanned(Ok(None))) => {
                self.state = State::Nothing;
                Next::Stay
            }
            Msg::Outcome(Outcome::UndoPlanned(Err(trouble)) | Outcome::Applied(Err(trouble))) => {
                self.state = State::Failed(trouble);
                Next::Stay
            }
            Msg::Outcome(Outcome::Applied(Ok(_))) => {
                self.state = State::Done;
                context.answers.changes.clear();
                context.answers.tested = None;
                context.answers.server.clear();
                Next::Stay
            }
            Msg::Pick(at) => match (std::mem::take(&mut self.state), at) {
                (State::Proposed(undo), at) => match picks(&undo).get(at) {
                    Some(Pick::TakeBack) => Next::Run(Effect::Apply(undo.plan)),
                    Some(Pick::PutBack) => Next::Run(Effect::PlanUndo(IfEdited::PutBack)),
                    Some(Pick::Leave) | None => Next::To(Place::Done),
                },
                (State::Done, 0) => {
                    self.state = State::Done;
                    Next::Quit
                }
                (State::Done, _) => Next::To(Place::Service),
                (State::Looking | State::Nothing | State::Failed(_), _) => Next::To(Place::Done),
            },
            Msg::Retry => self.enter(context),
            Msg::Outcome(_) | Msg::Submitted | Msg::Resumed | Msg::Stopped => Next::Stay,
        }
    }

    fn view(&self, context: &Context) -> Page {
        let mut page = Page::new(81, Some(StepId::Test), "Take it back");
        match &self.state {
            State::Looking => {
                page.line("Looking at what was changed.");
            }
            State::Nothing => {
                page.line("There is nothing to take back.");
                page.choices.push(Choice::new("Back", ""));
            }
            State::Proposed(undo) => proposed(&mut page, undo, &context.answers.ran),
            State::Failed(trouble) => {
                page.trouble(trouble);
                page.choices.push(Choice::new("Back", ""));
            }
            State::Done => {
                page.mark(
                    Mark::Good,
                    "Taken back. Keys that were made are still there.",
                );
                page.choices.push(Choice::new("Finish", ""));
                page.choices.push(Choice::new("Start again", ""));
            }
        }
        page
    }
}

fn proposed(page: &mut Page, undo: &UndoPlan, ran: &[Text]) {
    if undo.is_stuck() {
        page.line("Nothing can be taken back without touching what was edited since.");
    } else if undo.plan.changes.is_empty() && undo.edited.is_empty() {
        page.line("No file has to change for that.");
        page.blank();
    } else {
        page.line("This would change. Nothing is written until you press y.");
        page.blank();
    }
    page.body
        .extend(config::diff_blocks(&undo.plan, plan::Context::Lines(1)));
    for kept in &undo.kept {
        page.body.push(Block::Aside(kept.clone()));
    }
    for command in ran {
        page.aside(say!(
            "Not taken back, because a tool did it: {}",
            command.clone()
        ));
    }
    for (file, choice) in &undo.edited {
        edited(page, file, *choice);
    }
    for pick in picks(undo) {
        page.choices.push(match pick {
            Pick::TakeBack => Choice::letter('y', "Take it back", ""),
            Pick::Leave => Choice::letter('n', "Leave it", ""),
            Pick::PutBack => Choice::new(
                "Put the old file back all the same",
                "keeps a copy of the edits",
            ),
        });
    }
    let is_leave = |pick: &Pick| matches!(pick, Pick::Leave);
    page.focus = picks(undo).iter().position(is_leave).unwrap_or(0);
}

#[derive(Clone, Copy)]
enum Pick {
    TakeBack,
    Leave,
    PutBack,
}

fn picks(undo: &UndoPlan) -> Vec<Pick> {
    let mut picks = vec![Pick::Leave];
    if !undo.is_stuck() {
        picks.insert(0, Pick::TakeBack);
    }
    let stays = |(file, choice): &(EditedSince, IfEdited)| {
        !file.ours_can_be_taken_out() && *choice == IfEdited::Leave
    };
    if undo.edited.iter().any(stays) {
        picks.push(Pick::PutBack);
    }
    picks
}

/// What somebody did with a file after us, and what becomes of it.
fn edited(page: &mut Page, file: &EditedSince, choice: IfEdited) {
    let path = Text::path(&file.path);
    page.blank();
    page.mark(
        Mark::Unsure,
        match choice {
            _ if file.gone => say!("{} was deleted since.", path),
            IfEdited::OnlyOurs => say!("{} was edited since: only the lines of sshstep go.", path),
            IfEdited::PutBack => say!("{} was edited since: the edits go, a copy is kept.", path),
            IfEdited::Leave => say!("{} was edited since, so it stays as it is.", path),
        },
    );
    page.body.extend(config::diff_rows(&file.diff.hunks));
}
