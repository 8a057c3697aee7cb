//! A change failed: what of the plan is on the disk now, and how does it go away again?

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::apply::Failure;
use super::disk::{self, Moment, Stop, Swap};
use super::interrupted::{Landed, half_made, landed};
use super::journal::Run;
use super::record::Intent;
use super::story::State;
use super::{Change, aside, held, is_half_of_a_key, owner};
use crate::say;
use crate::text::Text;
use crate::trouble::{Exit, reason};

/// A change that was written down as intended.
pub(super) struct Made<'a> {
    pub(super) n: usize,
    /// Whether it was also written down as done.
    pub(super) state: State,
    pub(super) change: &'a Change,
    pub(super) intent: Intent,
}

/// What became of the changes that had been made.
#[derive(Default)]
pub(super) struct Taken {
    back: Vec<Text>,
    kept: Vec<Text>,
    left: Vec<Text>,
    copies: Option<PathBuf>,
}

enum Reversed {
    Back,
    Kept(Text),
}

/// Takes changes back in reverse order. What the disk says decides, not how far we think we got.
pub(super) fn take_back(mut made: Vec<Made>, stop: &Stop, run: &mut Run) -> Taken {
    let mut taken = Taken {
        copies: run.copies().map(Path::to_owned),
        ..Taken::default()
    };
    if let Stop::Changed(_) = stop
        && let Some(last) = made.pop_if(|last| last.state != State::Done)
    {
        // It was never made: what is there now is somebody else's.
        let _ = run.undone(last.n);
    }
    for made in made.into_iter().rev() {
        let path = made.intent.path();
        match landed(&made.intent) {
            Landed::Old => {
                if let Err(error) = half_made(&made.intent) {
                    let why = reason(&error);
                    taken.left.push(say!("{} ({})", Text::path(path), why));
                    continue;
                }
            }
            // It failed before it landed, and somebody else was there meanwhile.
            Landed::Other if made.state != State::Done => continue,
            Landed::Other => {
                taken
                    .left
                    .push(say!("{} (somebody else changed it)", Text::path(path)));
                continue;
            }
            Landed::New => match reverse(&made, run) {
                Ok(Reversed::Back) => taken.back.push(Text::path(path)),
                Ok(Reversed::Kept(words)) => {
                    taken.kept.push(words);
                    continue;
                }
                Err(why) => {
                    taken.left.push(say!("{} ({})", Text::path(path), why));
                    continue;
                }
            },
        }
        // If this cannot be written down, the disk itself still tells that the change is undone.
        let _ = run.undone(made.n);
    }
    taken
}

fn reverse(made: &Made, run: &mut Run) -> Result<Reversed, Text> {
    let why = |error: io::Error| reason(&error);
    match (made.change, &made.intent) {
        (Change::MakeKey { private, .. }, _) => Ok(Reversed::Kept(say!(
            "The key {} stays: sshstep never deletes a key.",
            Text::path(private)
        ))),
        (Change::MakeDir { path, .. }, _) => match fs::remove_dir(path) {
            Ok(()) => after_taking_back(run),
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => Ok(Reversed::Kept(say!(
                "The folder {} stays: it is not empty.",
                Text::path(path)
            ))),
            Err(error) => Err(why(error)),
        },
        (
            Change::WriteText {
                path,
                before,
                after,
                ..
            },
            Intent::WriteText { real, temp, .. },
        ) => {
            match before {
                Some(before) => {
                    let place = disk::locate(path).map_err(|trouble| trouble.why)?;
                    let swap = Swap {
                        path,
                        place: &place,
                        temp,
                        before: Some(after),
                        after: before,
                        mode_if_new: 0o600,
                    };
                    disk::replace(&swap, &mut run.watch).map_err(why_stopped)?;
                }
                None if is_half_of_a_key(path, after) => {
                    return Ok(Reversed::Kept(say!(
                        "{} stays: it belongs to a key.",
                        Text::path(path)
                    )));
                }
                None => fs::remove_file(real).map_err(why)?,
            }
            after_taking_back(run)
        }
        (Change::SetMode { path, before, .. }, _) => {
            owner::set_mode(path, *before).map_err(why)?;
            after_taking_back(run)
        }
        (Change::AgentAdd { address, key, .. }, _) => {
            held::remove(address, &key.public().line()).map_err(|trouble| trouble.why)?;
            after_taking_back(run)
        }
        (Change::AgentRemove { file, .. }, _) => Ok(Reversed::Kept(say!(
            "{} stays out of the agent: add it again with ssh-add.",
            Text::path(file)
        ))),
        (Change::RemoveOurs { path, expected }, Intent::RemoveOurs { temp, before, .. }) => {
            disk::create(path, temp, expected, before.mode, &mut run.watch).map_err(why)?;
            after_taking_back(run)
        }
        (Change::SetAside(_), Intent::SetAside(record)) => {
            aside::come_back(record, &mut run.watch).map_err(why_stopped)?;
            after_taking_back(run)
        }
        (Change::PutBack(back), Intent::PutBack(record)) => {
            aside::step_aside(record, back.mended.as_ref(), &mut run.watch).map_err(why_stopped)?;
            after_taking_back(run)
        }
        (Change::RemoveOurDir { path }, Intent::RemoveOurDir { mode, .. }) => {
            owner::make_folder(path, *mode).map_err(why)?;
            after_taking_back(run)
        }
        (
            Change::WriteText { .. }
            | Change::RemoveOurs { .. }
            | Change::RemoveOurDir { .. }
            | Change::SetAside(_)
            | Change::PutBack(_),
            _,
        ) => Err("its record does not belong to it".into()),
    }
}

fn why_stopped(stop: Stop) -> Text {
    match stop {
        Stop::Changed(trouble) | Stop::Failed(trouble) => trouble.why,
    }
}

fn after_taking_back(run: &mut Run) -> Result<Reversed, Text> {
    run.watch
        .at(Moment::TakenBack)
        .map(|()| Reversed::Back)
        .map_err(|error| reason(&error))
}

/// The failure in the words for the person: what happened, and what is on the disk now.
pub(super) fn failure(stop: Stop, taken: Taken) -> Failure {
    let (changed_since, mut trouble) = match stop {
        Stop::Changed(trouble) => (true, trouble),
        Stop::Failed(trouble) => (false, trouble),
    };
    let mut says = vec![trouble.why.clone()];
    if !taken.back.is_empty() {
        let files = Text::join(taken.back.iter().cloned(), ", ");
        says.push(say!(
            "What had been changed before is as it was: {}.",
            files
        ));
    } else if taken.kept.is_empty() && taken.left.is_empty() {
        says.push("Nothing was changed.".into());
    }
    says.extend(taken.kept);
    if !taken.left.is_empty() {
        let files = Text::join(taken.left.iter().cloned(), ", ");
        says.push(say!("These could not be put back: {}.", files));
        if let Some(copies) = &taken.copies {
            trouble.hint = say!(
                "The old texts are in {}. {}",
                Text::path(copies),
                trouble.hint
            );
        }
    }
    trouble.why = Text::join(says.into_iter().filter(|words| !words.is_empty()), " ");
    if !taken.left.is_empty() {
        Failure::LeftBehind(trouble.exit(Exit::Unfinished))
    } else if changed_since {
        Failure::ChangedSince(trouble)
    } else {
        Failure::TakenBack(trouble)
    }
}
