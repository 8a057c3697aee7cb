//! Which key is the second account's, and where is it: to be made, part of a change, or here?

use std::path::PathBuf;

use crate::facts::Facts;
use crate::key::pair::Protection;
use crate::key::unlock::Unlocked;
use crate::machine::Machine;
use crate::plan::{Change, Plan};
use crate::probe::Answer;
use crate::repair::accounts;
use crate::steps::new_key::{Made, Second, free_file, missing_folder, usual_kind};
use crate::steps::{Context, Next};
use crate::trouble::Trouble;

use super::Accounts;

/// The second account's key.
pub(super) enum ItsKey {
    /// To be made, in this file.
    New(PathBuf),
    /// Made, and to be written.
    Made(Box<Made>),
    /// Made, and part of the change on the screen, or written.
    Planned {
        file: PathBuf,
        fingerprint: String,
        unlocked: Option<Box<Unlocked>>,
    },
    /// It is here; its fingerprint.
    Here(String),
}

impl Default for ItsKey {
    fn default() -> Self {
        ItsKey::New(PathBuf::new())
    }
}

impl ItsKey {
    /// Its private file, and whether that has a passphrase; none when there is no such key.
    pub(super) fn file(&self, facts: &Facts) -> Option<(PathBuf, Protection)> {
        let of = |is_locked| match is_locked {
            true => Protection::Passphrase,
            false => Protection::None,
        };
        match self {
            ItsKey::New(_) => None,
            ItsKey::Made(made) => {
                let file = made.files.path().to_owned();
                Some((file, of(made.unlocked.is_some())))
            }
            ItsKey::Planned { file, unlocked, .. } => Some((file.clone(), of(unlocked.is_some()))),
            ItsKey::Here(fingerprint) => {
                let files = &facts.key(fingerprint)?.files;
                Some((files.private.clone()?, files.protection))
            }
        }
    }

    /// The files of a made key become part of the one change that is shown.
    pub(super) fn planned(self, plan: &mut Plan, machine: &Machine) -> Self {
        let ItsKey::Made(made) = self else {
            return self;
        };
        let file = made.files.path().to_owned();
        let is_folder = |change: &Change| matches!(change, Change::MakeDir { .. });
        if !plan.changes.iter().any(is_folder) {
            plan.changes.splice(0..0, missing_folder(machine, &file));
        }
        let folders = plan.changes.iter().take_while(|change| is_folder(change));
        let behind = folders.count();
        plan.changes.insert(behind, made.files);
        ItsKey::Planned {
            file,
            fingerprint: made.fingerprint,
            unlocked: made.unlocked.map(Box::new),
        }
    }

    /// The change is not made: the key's files are for the next one.
    pub(super) fn taken_from(self, plan: Plan) -> Self {
        let mut changes = plan.changes.into_iter();
        let files = changes.find(|change| matches!(change, Change::MakeKey { .. }));
        match (self, files) {
            (
                ItsKey::Planned {
                    fingerprint,
                    unlocked,
                    ..
                },
                Some(files),
            ) => ItsKey::Made(Box::new(Made {
                files,
                fingerprint,
                unlocked: unlocked.map(|unlocked| *unlocked),
            })),
            (key, _) => key,
        }
    }

    /// Its fingerprint, once it is here.
    pub(super) fn fingerprint(&self) -> Option<&str> {
        match self {
            ItsKey::Planned { fingerprint, .. } | ItsKey::Here(fingerprint) => Some(fingerprint),
            ItsKey::New(_) | ItsKey::Made(_) => None,
        }
    }

    /// What the agent may get of a key that was just written.
    pub(super) fn take_unlocked(&mut self) -> Option<(Unlocked, PathBuf)> {
        match self {
            ItsKey::Planned { file, unlocked, .. } => Some((*unlocked.take()?, file.clone())),
            ItsKey::Here(_) | ItsKey::New(_) | ItsKey::Made(_) => None,
        }
    }
}

impl Accounts {
    /// How many keys are here that could be the second account's.
    pub(super) fn other_keys(&self, context: &Context) -> usize {
        let first = self.first.key.as_deref();
        let keys = context
            .usable_keys()
            .filter(|key| key.files.private.is_some());
        keys.filter(|key| key.fingerprint() != first).count()
    }

    /// Makes the proposal for a new key known to the screen that makes it.
    pub(super) fn lay_out(&self, context: &mut Context) {
        context.answers.second = self.proposed(context);
    }

    pub(super) fn proposed(&self, context: &Context) -> Option<Second> {
        let label = accounts::suffix(&self.alias, &context.situation()?);
        Some(Second {
            file: free_file(&context.machine, &usual_kind(context), &label),
            label,
            made: None,
        })
    }

    /// A key was chosen or made on its own screen.
    pub(super) fn got_key(&mut self, context: &mut Context) -> Next {
        let made = context.answers.second.take().and_then(|second| second.made);
        let chosen = std::mem::replace(&mut context.answers.key, self.first.key.clone());
        match (made, chosen) {
            (Some(made), _) => self.key = ItsKey::Made(Box::new(made)),
            (None, Some(chosen)) if Some(&chosen) != self.first.key.as_ref() => {
                self.key = ItsKey::Here(chosen);
            }
            (None, _) => return self.fail(not_this_key()),
        }
        self.go_on(context)
    }

    pub(super) fn propose_key(&mut self, context: &Context) {
        let proposed = self.proposed(context);
        self.key = ItsKey::New(proposed.map(|second| second.file).unwrap_or_default());
    }

    /// A key that the server knows, and that is not the first account's, is the second one's.
    pub(super) fn known_key(&self, context: &Context) -> Option<String> {
        let keys = context
            .usable_keys()
            .filter(|key| key.files.private.is_some());
        let mut known = keys.filter_map(|key| key.fingerprint()).filter(|own| {
            Some(*own) != self.first.key.as_deref()
                && context.answers.server.get(*own) == Some(&Answer::Accepted)
        });
        known.next().map(str::to_owned)
    }
}

pub(super) fn not_this_key() -> Trouble {
    Trouble::new(
        "The second account needs a key of its own.",
        "This one is the first account's, or has no private file here.",
        "Choose another key, or make a new one.",
    )
}
