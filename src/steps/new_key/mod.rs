//! Screen 21: a new key, of which type, under which name, with which passphrase?

use std::path::PathBuf;

use crate::agent::AgentAddress;
use crate::field::Field;
use crate::key::create::NewKey;
use crate::key::file::with_pub;
use crate::key::kind::KeyKind;
use crate::key::unlock::Unlocked;
use crate::known::Known;
use crate::page::Page;
use crate::plan::{Change, Plan};
use crate::secret::Secret;
use crate::text::Text;
use crate::trouble::Trouble;

use super::{Context, Effect, Msg, Next, Outcome, Step};

mod draft;
mod view;

pub use draft::home_differs;
use draft::{Draft, check_free, kinds, label, prepare_folder, ssh_keygen, wants_email};
pub(in crate::steps) use draft::{free_file, missing_folder, recommended};
use view::first_field;

/// From here on a passphrase is strong (NIST 800-63B revision 4).
const STRONG: usize = 15;

/// Makes a key.
#[derive(Default)]
pub struct MakeKey {
    draft: Option<Draft>,
    state: State,
    trouble: Option<Trouble>,
    /// The open key, while its files are being written and the agent gets it.
    unlocked: Option<Unlocked>,
    locked: Locked,
    fingerprint: Option<String>,
}

/// A key that will be written together with what else a second account needs.
pub struct Second {
    /// The proposed private file.
    pub file: PathBuf,
    /// What tells it from the first account's: `work`.
    pub label: String,
    /// The key, once it is made.
    pub made: Option<Made>,
}

/// A key that was made and is not written yet.
pub struct Made {
    /// Its files, to be written.
    pub files: Change,
    /// `SHA256:…`.
    pub fingerprint: String,
    /// For the agent; only where it has a passphrase.
    pub unlocked: Option<Unlocked>,
}

impl Made {
    fn of(key: NewKey, file: PathBuf, locked: Locked) -> Self {
        Self {
            fingerprint: key.fingerprint,
            unlocked: match locked {
                Locked::WithPassphrase => Some(key.unlocked),
                Locked::Open => None,
            },
            files: Change::MakeKey {
                public: with_pub(&file),
                private: file,
                private_pem: key.private_pem,
                public_line: key.public_line,
            },
        }
    }
}

/// The type that is made unless the person wants another one.
pub fn usual_kind(context: &Context) -> KeyKind {
    context.provider().map_or(KeyKind::Ed25519, recommended)
}

/// The agent gets the key, where there is one that answers: it saves typing the passphrase again.
pub fn into_agent(unlocked: Unlocked, file: PathBuf, context: &Context) -> Option<Plan> {
    let agent = &context.facts.agent;
    let is_there = matches!(agent.identities, Known::Yes(_)) && agent.address != AgentAddress::None;
    let add = || Change::AgentAdd {
        address: agent.address.clone(),
        key: Box::new(unlocked),
        file,
        lifetime: None,
    };
    is_there.then(|| Plan::new("Add the key to the agent", vec![add()]))
}

/// Whether the key that is being made has a passphrase.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Locked {
    #[default]
    WithPassphrase,
    Open,
}

#[derive(Default)]
enum State {
    #[default]
    Offer,
    /// File, label or type is changed.
    Edit,
    NewFile(Field),
    NewLabel(Field),
    Kinds,
    /// The first or the second time.
    Passphrase(Field),
    Again(Field, Secret),
    /// Without passphrase: once more.
    Open,
    /// The effects run.
    Making,
}

#[derive(Clone)]
enum Pick {
    WithPassphrase,
    WithoutPassphrase,
    Hardware,
    Edit,
    File,
    Label,
    Kind,
    Take(KeyKind),
    Yes,
    No,
}

impl MakeKey {
    fn picks(&self, context: &Context) -> Vec<Pick> {
        let is_hardware = self
            .draft
            .as_ref()
            .is_some_and(|draft| draft.kind.is_hardware());
        match self.state {
            State::Offer if is_hardware => vec![Pick::Hardware, Pick::Edit],
            State::Offer => vec![Pick::WithPassphrase, Pick::WithoutPassphrase, Pick::Edit],
            State::Edit => vec![Pick::File, Pick::Label, Pick::Kind],
            State::Kinds => kinds(context.provider())
                .into_iter()
                .map(Pick::Take)
                .collect(),
            State::Open => vec![Pick::Yes, Pick::No],
            State::NewFile(_)
            | State::NewLabel(_)
            | State::Passphrase(_)
            | State::Again(..)
            | State::Making => Vec::new(),
        }
    }

    fn pick(&mut self, pick: Pick, context: &mut Context) -> Next {
        self.trouble = None;
        let Some(draft) = self.draft.clone() else {
            return Next::Stay;
        };
        match pick {
            Pick::WithPassphrase => {
                self.state = State::Passphrase(first_field());
                Next::Stay
            }
            Pick::WithoutPassphrase => {
                self.state = State::Open;
                Next::Stay
            }
            Pick::Yes => self.make(None, context),
            Pick::No => {
                self.state = State::Offer;
                Next::Stay
            }
            Pick::Edit => {
                self.state = State::Edit;
                Next::Stay
            }
            Pick::File => {
                let shown = context.machine.config_path(&draft.file);
                self.state = State::NewFile(
                    Field::line("File", &shown)
                        .help("A name that is not used yet. Enter when done."),
                );
                Next::Stay
            }
            Pick::Label => {
                self.state = State::NewLabel(
                    Field::line("Label", &draft.label)
                        .help("Anybody who sees the public key sees this. Enter when done."),
                );
                Next::Stay
            }
            Pick::Kind => {
                self.state = State::Kinds;
                Next::Stay
            }
            Pick::Take(kind) => {
                self.draft = Some(Draft {
                    file: match &context.answers.second {
                        Some(second) => free_file(&context.machine, &kind, &second.label),
                        None => free_file(&context.machine, &kind, ""),
                    },
                    kind,
                    ..draft
                });
                self.state = State::Offer;
                Next::Stay
            }
            Pick::Hardware => match prepare_folder(&context.machine) {
                Ok(()) => Next::Run(Effect::HandOver(ssh_keygen(&draft, &context.machine))),
                Err(trouble) => self.fail(trouble),
            },
        }
    }

    fn submitted(&mut self, context: &mut Context) -> Next {
        match std::mem::take(&mut self.state) {
            State::NewFile(field) => self.new_file(&field.typed(), context),
            State::NewLabel(field) => {
                let label = field.typed();
                match crate::key::create::check_comment(&label) {
                    Ok(()) => {
                        if let Some(draft) = &mut self.draft {
                            draft.label = label.trim().to_owned();
                        }
                        Next::Stay
                    }
                    Err(trouble) => self.fail(trouble),
                }
            }
            State::Passphrase(mut field) => {
                let first = field.take_secret();
                if first.is_empty() {
                    self.state = State::Passphrase(first_field());
                    return Next::Say(Text::plain(
                        "Nothing was typed. Type a passphrase, or Esc and choose 2.",
                    ));
                }
                let mut again = Field::hidden("The same passphrase again");
                if first.chars() < STRONG {
                    again = again
                        .help("It is short. 15 characters or more is strong; Esc to start over.");
                }
                self.state = State::Again(again, first);
                Next::Stay
            }
            State::Again(mut field, first) => {
                let second = field.take_secret();
                if first.equals(&second) {
                    self.make(Some(first), context)
                } else {
                    self.state = State::Passphrase(first_field());
                    Next::Say(Text::plain("The two were not the same. Type it again."))
                }
            }
            state @ (State::Offer | State::Edit | State::Kinds | State::Open | State::Making) => {
                self.state = state;
                Next::Stay
            }
        }
    }

    fn new_file(&mut self, typed: &str, context: &Context) -> Next {
        let path = context.machine.expand(typed.trim());
        let path = if path.is_absolute() {
            path
        } else {
            context.machine.ssh_dir().join(path)
        };
        match check_free(&path) {
            Ok(()) => {
                if let Some(draft) = &mut self.draft {
                    draft.file = path;
                }
                Next::Stay
            }
            Err(trouble) => self.fail(trouble),
        }
    }

    fn make(&mut self, passphrase: Option<Secret>, context: &Context) -> Next {
        let Some(draft) = &self.draft else {
            return Next::Stay;
        };
        if context.machine.home_differs() {
            return self.fail(home_differs(&context.machine));
        }
        self.locked = match passphrase {
            Some(_) => Locked::WithPassphrase,
            None => Locked::Open,
        };
        self.state = State::Making;
        Next::Run(Effect::MakeKey {
            kind: draft.kind.clone(),
            comment: draft.label.clone(),
            passphrase,
        })
    }

    /// The key exists in memory: its files, in folders that may have to be made.
    fn write(&mut self, key: Box<NewKey>, context: &mut Context) -> Next {
        let Some(draft) = &self.draft else {
            return Next::Stay;
        };
        let made = Made::of(*key, draft.file.clone(), self.locked);
        if let Some(second) = &mut context.answers.second {
            second.made = Some(made);
            self.state = State::Offer;
            return Next::Forward(Text::plain("The key is made; nothing is written yet."));
        }
        let mut changes = missing_folder(&context.machine, &draft.file);
        self.fingerprint = Some(made.fingerprint);
        self.unlocked = made.unlocked;
        changes.push(made.files);
        Next::Run(Effect::Apply(Plan::new("Make a key", changes)))
    }

    fn fail(&mut self, trouble: Trouble) -> Next {
        self.state = State::Offer;
        self.unlocked = None;
        let what = trouble.what.clone();
        self.trouble = Some(trouble);
        Next::Say(what)
    }

    /// The files are there; a key with a passphrase goes into the agent, which saves typing it again.
    fn written(&mut self, context: &mut Context) -> Next {
        let Some(unlocked) = self.unlocked.take() else {
            return self.finish(context);
        };
        let file = self.draft.as_ref().map(|draft| draft.file.clone());
        match into_agent(unlocked, file.unwrap_or_default(), context) {
            Some(plan) => Next::Run(Effect::Apply(plan)),
            None => self.finish(context),
        }
    }

    fn finish(&mut self, context: &mut Context) -> Next {
        self.state = State::Offer;
        self.draft = None;
        context.answers.key = self.fingerprint.take();
        Next::Forward(Text::plain("The key is made."))
    }
}

impl Step for MakeKey {
    fn enter(&mut self, context: &mut Context) -> Next {
        self.state = State::Offer;
        self.trouble = None;
        let kind = usual_kind(context);
        let label = label(context);
        self.draft = Some(match &context.answers.second {
            Some(second) => Draft {
                file: second.file.clone(),
                kind,
                label: format!("{label} {}", second.label),
            },
            None => Draft {
                file: free_file(&context.machine, &kind, ""),
                kind,
                label,
            },
        });
        Next::Stay
    }

    fn update(&mut self, message: Msg, context: &mut Context) -> Next {
        match message {
            Msg::Pick(at) => match self.picks(context).get(at).cloned() {
                Some(pick) => self.pick(pick, context),
                None => Next::Stay,
            },
            Msg::Submitted => self.submitted(context),
            Msg::Outcome(Outcome::Made(Ok(key))) => self.write(key, context),
            Msg::Outcome(Outcome::Made(Err(trouble))) => self.fail(trouble),
            Msg::Outcome(Outcome::Applied(Ok(_))) => self.written(context),
            Msg::Outcome(Outcome::Applied(Err(trouble))) => match self.fingerprint {
                // The files are written; only the agent said no, and step 4 deals with that.
                Some(_) if self.unlocked.is_none() && self.is_written(context) => {
                    self.finish(context)
                }
                Some(_) | None => self.fail(trouble),
            },
            Msg::Outcome(Outcome::Returned(Ok(Some(0)))) => {
                Next::Run(Effect::Gather(context.answers.target.clone()))
            }
            Msg::Outcome(Outcome::Returned(Ok(_))) => self.fail(Trouble::new(
                "ssh-keygen did not make a key.",
                "Its own words were on the screen: no device, no touch, or a wrong PIN.",
                "Plug the security key in and try again, or choose another type with 2.",
            )),
            Msg::Outcome(Outcome::Returned(Err(trouble))) => self.fail(trouble),
            Msg::Outcome(Outcome::Gathered(_)) => {
                let file = self.draft.as_ref().map(|draft| draft.file.clone());
                self.fingerprint = context
                    .facts
                    .keys
                    .iter()
                    .find(|key| key.files.private == file)
                    .and_then(|key| Some(key.fingerprint()?.to_owned()));
                match self.fingerprint {
                    Some(_) => self.finish(context),
                    None => Next::Stay,
                }
            }
            Msg::Stopped => {
                self.state = State::Offer;
                self.unlocked = None;
                Next::Say(Text::plain("Left; no key was made."))
            }
            Msg::Retry => self.enter(context),
            Msg::Outcome(_) | Msg::Resumed => Next::Stay,
        }
    }

    fn view(&self, context: &Context) -> Page {
        view::page(self, context)
    }

    fn field(&mut self) -> Option<&mut Field> {
        match &mut self.state {
            State::NewFile(field)
            | State::NewLabel(field)
            | State::Passphrase(field)
            | State::Again(field, _) => Some(field),
            State::Offer | State::Edit | State::Kinds | State::Open | State::Making => None,
        }
    }

    fn leave(&mut self) -> bool {
        self.trouble = None;
        let inside = !matches!(self.state, State::Offer);
        self.state = State::Offer;
        inside
    }
}

impl MakeKey {
    fn is_written(&self, context: &Context) -> bool {
        self.draft.as_ref().is_some_and(|draft| draft.file.exists())
            && !context.machine.home_differs()
    }
}
