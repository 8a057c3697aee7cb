//! Can a change still be made exactly as it was previewed?

use std::fs;
use std::io::{self, ErrorKind};

use super::disk::{self, Stop};
use super::{Change, aside, held, holds_private_key, is_half_of_a_key, owner};
use crate::say;
use crate::text::Text;
use crate::trouble::{Exit, Trouble};

/// Whether a change can be made as it was previewed; says so when there is nothing to do.
pub(super) fn ready(change: &Change) -> Result<Option<Text>, Stop> {
    let refuse = |what: Text, why: &'static str, hint: &'static str| {
        Err(Stop::Failed(
            Trouble::new(what, why, hint).exit(Exit::RolledBack),
        ))
    };
    let path = change.path();
    let shown = || Text::path(path);
    let failed = |error: io::Error| Stop::failed(path, &error);
    match change {
        Change::MakeDir { .. } => match fs::metadata(path) {
            Ok(found) if found.is_dir() => Ok(Some(say!("{} was there already.", shown()))),
            Ok(_) => refuse(
                say!("{} is not a folder.", shown()),
                "A file has the name that the folder needs.",
                "Move the file away, then try again.",
            ),
            Err(_) => disk::locate(path).map(|_| None).map_err(Stop::Failed),
        },
        Change::MakeKey {
            private,
            public,
            public_line,
            ..
        } => {
            if holds_private_key(public_line.as_bytes()) {
                return refuse(
                    say!("{} would get a private key.", Text::path(public)),
                    "That file is for the public half.",
                    "This is a mistake in sshstep; please report it.",
                );
            }
            for half in [private, public] {
                if fs::symlink_metadata(half).is_ok() {
                    return Err(Stop::exists(half));
                }
                disk::locate(half).map_err(Stop::Failed)?;
            }
            Ok(None)
        }
        Change::WriteText { before, after, .. } => {
            let private = holds_private_key(after)
                || before
                    .as_ref()
                    .is_some_and(|before| holds_private_key(before));
            if private {
                return refuse(
                    say!("{} holds a private key, so it is left alone.", shown()),
                    "A copy would have to be kept, and a private key is never copied.",
                    "Take the key out of that file yourself, then try again.",
                );
            }
            let place = disk::locate(path).map_err(Stop::Failed)?;
            if !disk::holds(&place.real, before.as_deref()).map_err(failed)? {
                return Err(Stop::changed(path));
            }
            if place.found.as_ref().is_some_and(owner::belongs_to_another) {
                return refuse(
                    say!("{} belongs to somebody else.", shown()),
                    "Replacing it would make it yours.",
                    "Ask its owner, or an administrator, to make the change.",
                );
            }
            let same = before.as_ref() == Some(after);
            Ok(same.then(|| say!("{} needed no change.", shown())))
        }
        Change::SetMode { before, after, .. } => {
            let now = owner::mode(&fs::metadata(path).map_err(failed)?);
            if now == *after {
                Ok(Some(say!("{} had that mode already.", shown())))
            } else if now == *before {
                Ok(None)
            } else {
                Err(Stop::changed(path))
            }
        }
        Change::RemoveOurs { expected, .. } => {
            if is_half_of_a_key(path, expected) {
                return refuse(
                    say!("{} belongs to a key, so it is not deleted.", shown()),
                    "sshstep never deletes a key.",
                    "Delete it yourself if you are sure.",
                );
            }
            let plain = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
            if plain && disk::holds(path, Some(expected)).map_err(failed)? {
                Ok(None)
            } else {
                Err(Stop::changed(path))
            }
        }
        Change::SetAside(aside) => {
            let real = aside::real(path, &aside.old)?;
            if !aside::is(&real, &aside.old).map_err(failed)? {
                return Err(Stop::changed(path));
            }
            if fs::symlink_metadata(&aside.aside).is_ok() {
                return refuse(
                    say!("{} exists already.", Text::path(&aside.aside)),
                    "The old file would get that name, and no file is overwritten.",
                    "Look again: another name is chosen then.",
                );
            }
            Ok(None)
        }
        Change::PutBack(back) => {
            if back.record.is_there().map_err(failed)? {
                Ok(None)
            } else {
                Err(Stop::changed(path))
            }
        }
        Change::AgentAdd { address, key, .. } => {
            let there = held::holds(address, &key.public().line()) == Some(true);
            Ok(there.then(|| say!("The agent holds {} already.", shown())))
        }
        Change::AgentRemove {
            address,
            public_line,
            ..
        } => {
            let gone = held::holds(address, public_line) != Some(true);
            Ok(gone.then(|| say!("The agent does not hold {} any more.", shown())))
        }
        Change::RemoveOurDir { .. } => match fs::read_dir(path).map(|mut files| files.next()) {
            Ok(None) => Ok(None),
            Ok(Some(_)) => Ok(Some(say!("{} stays: it is not empty.", shown()))),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Ok(Some(say!("{} was gone already.", shown())))
            }
            Err(error) => Err(failed(error)),
        },
    }
}
