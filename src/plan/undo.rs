//! How is the last run taken back, byte for byte, without losing what the person did since?
//!
//! The answer is a [`Plan`] again, made from the journal, its copies, and the disk as it is now.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::journal::Run;
use super::record::{Intent, Outcome, Purpose};
use super::story::{self, Entry, State, Story};
use super::unwind::{Draft, EditedSince, IfEdited};
use super::{Plan, Receipt, TakesBack};
use crate::say;
use crate::text::Text;
use crate::trouble::{Exit, Trouble};

/// One run in the list of `undo --list`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunSummary {
    /// Its number.
    pub number: u32,
    /// When it began.
    pub when: Option<Timestamp>,
    /// What it was about, as the person typed it.
    pub target: Text,
    /// The last step that the person was at: where to go on.
    pub step: Option<String>,
    /// How it ended; `None`: it is still open, or was cut short.
    pub outcome: Option<Outcome>,
    /// What it changed and did not itself take back, in order.
    pub changes: Vec<Text>,
    /// Whether it can be taken back.
    pub standing: Standing,
}

/// Whether a run's changes can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They are there to be taken back.
    Stands,
    /// They have been taken back.
    TakenBack,
    /// It changed nothing, or was itself an undo.
    Nothing,
    /// Its record is damaged, or written by a newer sshstep.
    Unreadable,
}

/// A run that can be taken back.
pub struct UndoRun {
    /// The run as it is listed.
    pub summary: RunSummary,
    entries: Vec<Entry>,
    copies: PathBuf,
    through: usize,
}

/// What taking a run back would do.
pub struct UndoPlan {
    /// To be previewed and applied like any plan. Applying it marks the run as taken back, also
    /// when there is nothing in it.
    pub plan: Plan,
    /// Files that somebody edited since, and what the plan does with them.
    pub edited: Vec<(EditedSince, IfEdited)>,
    /// What stays, and why.
    pub kept: Vec<Text>,
}

impl UndoPlan {
    /// Whether nothing changes, because somebody edited what would: applying it would end the run, and the old
    /// files could not be put back any more.
    pub fn is_stuck(&self) -> bool {
        let stays = |(file, choice): &(EditedSince, IfEdited)| {
            !file.ours_can_be_taken_out() && *choice != IfEdited::PutBack
        };
        self.plan.is_empty() && self.edited.iter().any(stays)
    }
}

/// All runs, the latest first.
pub fn history(state_dir: &Path) -> Result<Vec<RunSummary>, Trouble> {
    let stories = story::read_all(state_dir)?;
    Ok(stories
        .iter()
        .rev()
        .map(|story| summarise(story, &stories))
        .collect())
}

/// The latest run that changed something and was not taken back yet.
pub fn last_undoable(state_dir: &Path) -> Result<Option<UndoRun>, Trouble> {
    let mut stories = story::read_all(state_dir)?;
    for at in (0..stories.len()).rev() {
        let summary = summarise(&stories[at], &stories);
        match summary.standing {
            Standing::Nothing | Standing::TakenBack => {}
            Standing::Unreadable => {
                return Err(Trouble::new(
                    say!(
                        "The record of the last changes cannot be read: {}.",
                        Text::path(&stories[at].file)
                    ),
                    "It is damaged, or a newer sshstep wrote it.",
                    say!(
                        "Use the newer sshstep; or put files back by hand from the copies in {}.",
                        Text::path(&stories[at].copies)
                    ),
                )
                .exit(Exit::Unfinished));
            }
            Standing::Stands => {
                let after = story::taken_back_through(&stories, summary.number);
                let story = stories.swap_remove(at);
                let through = story.entries.iter().map(|entry| entry.n).max().unwrap_or(0);
                let entries = story
                    .entries
                    .into_iter()
                    .filter(|entry| counts(entry, after))
                    .collect();
                return Ok(Some(UndoRun {
                    summary,
                    entries,
                    copies: story.copies,
                    through,
                }));
            }
        }
    }
    Ok(None)
}

/// Takes back what one plan of this very run has changed; the run's other changes stay. Says what stays of
/// it, and why: a key that was made, a file that somebody edited meanwhile.
///
/// # Errors
/// When something could not be written.
pub fn take_back(receipt: &Receipt, run: &mut Run) -> Result<Vec<Text>, Trouble> {
    let stories = story::read_all(run.state_dir())?;
    let own = stories
        .into_iter()
        .find(|story| Some(story.number) == run.number());
    let Some(story) = own else {
        return Ok(Vec::new());
    };
    let mut draft = Draft::new(&story.copies);
    let mut slots = Vec::new();
    let mine = story
        .entries
        .iter()
        .rev()
        .filter(|entry| receipt.slots.contains(&entry.n) && counts(entry, 0));
    for entry in mine {
        draft.take_back(&entry.intent, |_| IfEdited::OnlyOurs);
        match entry.intent {
            // A key is never deleted, so it stays in the list of what was changed.
            Intent::MakeKey { .. } => {}
            Intent::MakeDir { .. }
            | Intent::WriteText { .. }
            | Intent::SetMode { .. }
            | Intent::RemoveOurs { .. }
            | Intent::RemoveOurDir { .. }
            | Intent::SetAside(_)
            | Intent::PutBack(_)
            | Intent::AgentAdd { .. }
            | Intent::AgentRemove { .. } => slots.push(entry.n),
        }
    }
    let Draft { changes, kept, .. } = draft;
    let mut plan = Plan::new("Take back what did not help", changes);
    plan.takes_back = Some(TakesBack::Own(slots));
    super::apply(plan, run).map_err(Trouble::from)?;
    Ok(kept)
}

impl UndoRun {
    /// A plan that takes the run back. In files that were edited since, only our lines are taken
    /// out; where they cannot be told apart, the file is left, and the caller may ask and decide
    /// with [`UndoRun::plan_with`].
    pub fn plan(&self) -> UndoPlan {
        self.plan_with(|_| IfEdited::OnlyOurs)
    }

    /// A plan that takes the run back: in files that were edited since, only our lines go; those in which they
    /// cannot be told apart are dealt with like this.
    pub fn plan_for(&self, mixed: IfEdited) -> UndoPlan {
        self.plan_with(|file| {
            if file.ours_can_be_taken_out() {
                IfEdited::OnlyOurs
            } else {
                mixed
            }
        })
    }

    /// A plan that takes the run back; `decide` says what to do with each file edited since.
    pub fn plan_with(&self, decide: impl Fn(&EditedSince) -> IfEdited) -> UndoPlan {
        let mut draft = Draft::new(&self.copies);
        for entry in self.entries.iter().rev() {
            draft.take_back(&entry.intent, &decide);
        }
        let mut plan = Plan::new("Take back the last changes", draft.changes);
        plan.takes_back = Some(TakesBack::Run {
            run: self.summary.number,
            through: self.through,
        });
        UndoPlan {
            plan,
            edited: draft.edited,
            kept: draft.kept,
        }
    }
}

/// Whether a change is there to be taken back.
fn counts(entry: &Entry, taken_back_through: usize) -> bool {
    entry.purpose == Purpose::Forward
        && entry.state != State::Undone
        && entry.n > taken_back_through
}

fn summarise(story: &Story, all: &[Story]) -> RunSummary {
    let after = story::taken_back_through(all, story.number);
    let forward = |entry: &&Entry| counts(entry, 0);
    let standing = if !story.readable {
        Standing::Unreadable
    } else if story.entries.iter().any(|entry| counts(entry, after)) {
        Standing::Stands
    } else if story.entries.iter().any(|entry| counts(entry, 0)) {
        Standing::TakenBack
    } else {
        Standing::Nothing
    };
    let start = story.start.as_ref();
    RunSummary {
        number: story.number,
        when: start.map(|start| start.time),
        target: Text::quoted(start.map_or("", |start| &start.target)),
        step: story.step.clone(),
        outcome: story.outcome,
        changes: story
            .entries
            .iter()
            .filter(forward)
            .map(|entry| entry.intent.words())
            .collect(),
        standing,
    }
}
