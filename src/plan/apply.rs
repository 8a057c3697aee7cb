//! How is a plan carried out so that all of it is done, or nothing of it stays?
//!
//! This is the only writer in the program. Each change is written down before and after it is
//! made; when one fails, those before it are taken back in reverse order.

use std::collections::HashSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::aside::{self, Renamed};
use super::disk::{self, Moment, Stop, Swap};
use super::journal::{Run, Slot};
use super::ready::ready;
use super::record::{Held, Intent, Purpose, sha256};
use super::rollback::{Made, Taken, failure, take_back};
use super::story::State;
use super::{Change, Plan, TakesBack, held, owner, preview};
use crate::secret::Secret;
use crate::text::Text;
use crate::trouble::Trouble;

/// What a plan changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The changes that were made, in order.
    pub changed: Vec<Changed>,
    /// What turned out to need no change, and what was kept.
    pub notes: Vec<Text>,
    /// The run's number in the history; none when nothing was written down.
    pub run: Option<u32>,
    /// The numbers of the changes within the run.
    pub slots: Vec<usize>,
}

/// A change that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Its kind, for JSON.
    pub kind: &'static str,
    /// The file or folder as the person knows it.
    pub path: PathBuf,
    /// `6 lines added`.
    pub summary: Text,
}

/// Why a plan was not carried out. Turns into its [`Trouble`] with `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A file is not what was previewed any more. Nothing of the plan stays; make a new preview.
    ChangedSince(Trouble),
    /// It could not be done. Nothing of the plan stays, except a key that was made.
    TakenBack(Trouble),
    /// It could not be done, and not everything could be taken back; the trouble names what.
    LeftBehind(Trouble),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::ChangedSince(trouble)
            | Failure::TakenBack(trouble)
            | Failure::LeftBehind(trouble) => trouble,
        }
    }
}

/// Carries out a plan that was previewed.
pub fn apply(plan: Plan, run: &mut Run) -> Result<Receipt, Failure> {
    look_ahead(&plan.changes).map_err(|stop| failure(stop, Taken::default()))?;
    let purpose = match plan.takes_back {
        Some(_) => Purpose::TakeBack,
        None => Purpose::Forward,
    };
    let mut made = Vec::new();
    let carried_out = carry_out(&plan, purpose, run, &mut made);
    match carried_out {
        Ok(mut receipt) => {
            receipt.run = run.number();
            Ok(receipt)
        }
        Err(stop) => {
            let taken = take_back(made, &stop, run);
            Err(failure(stop, taken))
        }
    }
}

/// Changes that earlier changes of the same plan make possible cannot be looked at yet.
fn look_ahead(changes: &[Change]) -> Result<(), Stop> {
    let mut touched = HashSet::new();
    for change in changes {
        let path = change.path();
        let waits = touched.contains(path)
            || path
                .ancestors()
                .skip(1)
                .any(|folder| touched.contains(folder) && !folder.is_dir());
        if !waits {
            ready(change)?;
        }
        touched.insert(path);
    }
    Ok(())
}

fn carry_out<'a>(
    plan: &'a Plan,
    purpose: Purpose,
    run: &mut Run,
    made: &mut Vec<Made<'a>>,
) -> Result<Receipt, Stop> {
    let mut receipt = Receipt::default();
    for change in &plan.changes {
        if let Some(nothing_to_do) = ready(change)? {
            receipt.notes.push(nothing_to_do);
            continue;
        }
        let summary = preview::summary(change);
        let slot = run.slot().map_err(Stop::Failed)?;
        receipt.slots.push(slot.n);
        let mut making = Making {
            slot,
            change,
            purpose,
            run: &mut *run,
            made: &mut *made,
        };
        making.make()?;
        receipt.changed.push(Changed {
            kind: change.kind(),
            path: change.path().to_owned(),
            summary,
        });
    }
    match &plan.takes_back {
        Some(TakesBack::Run {
            run: earlier,
            through,
        }) => run.took_back(*earlier, *through).map_err(Stop::Failed)?,
        Some(TakesBack::Own(slots)) => {
            for n in slots {
                run.undone(*n).map_err(Stop::Failed)?;
            }
        }
        None => {}
    }
    Ok(receipt)
}

/// One change on its way.
struct Making<'run, 'plan> {
    slot: Slot,
    change: &'plan Change,
    purpose: Purpose,
    run: &'run mut Run,
    made: &'run mut Vec<Made<'plan>>,
}

impl Making<'_, '_> {
    fn make(&mut self) -> Result<(), Stop> {
        let path = self.change.path();
        match self.change {
            Change::MakeDir { mode, .. } => {
                let (path, mode) = (path.to_owned(), *mode);
                self.intend(Intent::MakeDir { path, mode })?;
                let folder = self.change.path();
                owner::make_folder(folder, mode).map_err(|error| match error.kind() {
                    ErrorKind::AlreadyExists => Stop::changed(folder),
                    _ => Stop::failed(folder, &error),
                })?;
                self.settle()?;
            }
            Change::MakeKey {
                private,
                public,
                private_pem,
                public_line,
            } => self.make_key([private, public], private_pem, public_line)?,
            Change::WriteText {
                before,
                after,
                mode_if_new,
                ..
            } => self.write_text(before.as_deref(), after, *mode_if_new)?,
            Change::SetMode { before, after, .. } => {
                let (path, before, after) = (path.to_owned(), *before, *after);
                let intent = Intent::SetMode {
                    path,
                    before,
                    after,
                };
                self.intend(intent)?;
                self.tried(owner::set_mode(self.change.path(), after))?;
                self.settle()?;
            }
            Change::RemoveOurs { expected, .. } => {
                let place = disk::locate(path).map_err(Stop::Failed)?;
                let mode = place.found.as_ref().map_or(0o600, owner::mode);
                let intent = Intent::RemoveOurs {
                    path: path.to_owned(),
                    temp: place.real.with_file_name(&self.slot.temp),
                    before: self.keep("before", expected, mode)?,
                };
                self.intend(intent)?;
                self.tried(fs::remove_file(path))?;
                self.settle()?;
            }
            Change::SetAside(aside) => {
                let record = Renamed::stepping_aside(aside, &self.slot.temp)?;
                self.intend(Intent::SetAside(record.clone()))?;
                aside::step_aside(&record, aside.mended.as_ref(), &mut self.run.watch)?;
            }
            Change::PutBack(back) => {
                let mut record = back.record.clone();
                record.temp = record.real.with_file_name(&self.slot.temp);
                self.intend(Intent::PutBack(record.clone()))?;
                aside::come_back(&record, &mut self.run.watch)?;
            }
            Change::AgentAdd {
                address,
                key,
                file,
                lifetime,
            } => {
                self.intend(Intent::AgentAdd {
                    file: file.clone(),
                    agent: held::value(address),
                    public_line: key.public().line(),
                })?;
                held::add(address, key, *lifetime)?;
            }
            Change::AgentRemove {
                address,
                public_line,
                file,
            } => {
                self.intend(Intent::AgentRemove {
                    file: file.clone(),
                    agent: held::value(address),
                    public_line: public_line.clone(),
                })?;
                held::remove(address, public_line).map_err(held::stop)?;
            }
            Change::RemoveOurDir { .. } => {
                let mode = owner::mode(&self.tried(fs::metadata(path))?);
                let path = path.to_owned();
                self.intend(Intent::RemoveOurDir { path, mode })?;
                self.tried(fs::remove_dir(self.change.path()))?;
                self.settle()?;
            }
        }
        self.run.done(self.slot.n).map_err(Stop::Failed)?;
        if let Some(last) = self.made.last_mut() {
            last.state = State::Done;
        }
        Ok(())
    }

    fn make_key(
        &mut self,
        [private, public]: [&Path; 2],
        pem: &Secret,
        public_line: &str,
    ) -> Result<(), Stop> {
        let temp = |path: &Path| {
            let place = disk::locate(path).map_err(Stop::Failed)?;
            Ok(place.real.with_file_name(&self.slot.temp))
        };
        let (temp, public_temp) = (temp(private)?, temp(public)?.with_extension("pub.tmp"));
        let public_line = format!("{}\n", public_line.trim_end_matches('\n'));
        let pem = pem.reveal().as_bytes();
        self.intend(Intent::MakeKey {
            private: private.to_owned(),
            public: public.to_owned(),
            temp: temp.clone(),
            public_temp: public_temp.clone(),
            sha256: sha256(pem),
            public_line: public_line.clone(),
        })?;
        for (path, temp, bytes, mode) in [
            (private, temp, pem, 0o600),
            (public, public_temp, public_line.as_bytes(), 0o644),
        ] {
            disk::create(path, &temp, bytes, mode, &mut self.run.watch).map_err(
                |error| match error.kind() {
                    ErrorKind::AlreadyExists => Stop::exists(path),
                    _ => Stop::failed(path, &error),
                },
            )?;
        }
        Ok(())
    }

    fn write_text(
        &mut self,
        before: Option<&[u8]>,
        after: &[u8],
        mode_if_new: u32,
    ) -> Result<(), Stop> {
        let path = self.change.path();
        let place = disk::locate(path).map_err(Stop::Failed)?;
        let mode = place.found.as_ref().map_or(mode_if_new, owner::mode);
        let temp = place.real.with_file_name(&self.slot.temp);
        let old = before
            .map(|before| self.keep("before", before, mode))
            .transpose()?;
        let intent = Intent::WriteText {
            path: path.to_owned(),
            real: place.real.clone(),
            temp: temp.clone(),
            before: old,
            after: self.keep("after", after, mode)?,
        };
        self.intend(intent)?;
        let swap = Swap {
            path,
            place: &place,
            temp: &temp,
            before,
            after,
            mode_if_new,
        };
        disk::replace(&swap, &mut self.run.watch)
    }

    fn intend(&mut self, intent: Intent) -> Result<(), Stop> {
        let n = self.slot.n;
        let written = self.run.intend(n, self.purpose, &intent);
        // Also when that failed: the record may be on the disk all the same.
        self.made.push(Made {
            n,
            state: State::Intended,
            change: self.change,
            intent,
        });
        written.map_err(Stop::Failed)
    }

    fn keep(&mut self, name: &'static str, text: &[u8], mode: u32) -> Result<Held, Stop> {
        let name = format!("{}.{name}", self.slot.n);
        self.run.keep(name, text, mode).map_err(Stop::Failed)
    }

    fn settle(&mut self) -> Result<(), Stop> {
        let path = self.change.path();
        let watched = self.run.watch.at(Moment::Changed);
        let synced = watched.and_then(|()| disk::sync_folder(path));
        let settled = synced.and_then(|()| self.run.watch.at(Moment::FolderSynced));
        self.tried(settled)
    }

    fn tried<T>(&self, result: io::Result<T>) -> Result<T, Stop> {
        result.map_err(|error| Stop::failed(self.change.path(), &error))
    }
}
