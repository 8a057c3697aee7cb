//! Screen 21: a new key, of which type, under which name, with which passphrase?

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::agent::AgentAddress;
use crate::field::Field;
use crate::key::create::NewKey;
use crate::key::kind::KeyKind;
use crate::key::unlock::Unlocked;
use crate::known::Known;
use crate::machine::Machine;
use crate::page::{Block, Choice, Mark, Page, StepId};
use crate::plan::{Change, Plan};
use crate::provider::{KeyType, Provider};
use crate::say;
use crate::secret::Secret;
use crate::text::{Kind, Text};
use crate::trouble::Trouble;

use super::{Context, Effect, Foreground, Msg, Next, Outcome, Step};

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

/// What is going to be made.
#[derive(Clone)]
struct Draft {
    kind: KeyKind,
    file: PathBuf,
    label: String,
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
                    file: free_file(&context.machine, &kind),
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
    fn write(&mut self, key: NewKey, context: &Context) -> Next {
        let Some(draft) = &self.draft else {
            return Next::Stay;
        };
        let mut changes = missing_folder(&context.machine, &draft.file);
        self.fingerprint = Some(key.fingerprint.clone());
        self.unlocked = Some(key.unlocked);
        changes.push(Change::MakeKey {
            private: draft.file.clone(),
            public: public_file(&draft.file),
            private_pem: key.private_pem,
            public_line: key.public_line,
        });
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
        let agent = &context.facts.agent;
        let reachable = matches!(agent.identities, Known::Yes(_));
        if self.locked == Locked::Open || !reachable || agent.address == AgentAddress::None {
            return self.finish(context);
        }
        let file = self.draft.as_ref().map(|draft| draft.file.clone());
        Next::Run(Effect::Apply(Plan::new(
            "Add the key to the agent",
            vec![Change::AgentAdd {
                address: agent.address.clone(),
                key: Box::new(unlocked),
                file: file.unwrap_or_default(),
                lifetime: None,
            }],
        )))
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
        let kind = context.provider().map_or(KeyKind::Ed25519, recommended);
        self.draft = Some(Draft {
            file: free_file(&context.machine, &kind),
            kind,
            label: format!("{}@{}", context.machine.user, context.machine.computer),
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
        let mut page = Page::new(21, Some(StepId::Key), "Make a key");
        let Some(draft) = &self.draft else {
            return page;
        };
        let kind = Text::public(draft.kind.to_string());
        page.line(if draft.kind.is_hardware() {
            say!("ssh-keygen makes an {} key inside your security key.", kind)
        } else if draft.kind == KeyKind::Ed25519 {
            say!(
                "I will make an {} key, the modern type that {} accepts.",
                kind,
                context.service()
            )
        } else {
            say!("I will make an {} key.", kind)
        });
        page.blank();
        page.body.push(Block::Noted(
            Text::plain("File"),
            Text::path(&draft.file),
            Text::plain("new; I never overwrite a key"),
        ));
        page.body.push(Block::Noted(
            Text::plain("Label"),
            Text::of(Kind::Label, &draft.label),
            say!("{} will show this", context.service()),
        ));
        if let Some(trouble) = &self.trouble {
            page.blank();
            page.mark(Mark::Bad, trouble.what.clone());
            for line in trouble.lines().into_iter().skip(1) {
                page.line(line);
            }
        }
        for pick in self.picks(context) {
            page.choices.push(choice(&pick));
        }
        match &self.state {
            State::NewFile(field) | State::NewLabel(field) => page.field = Some(field.view()),
            State::Passphrase(field) | State::Again(field, _) => {
                page.field = Some(field.view());
            }
            State::Open => {
                page.blank();
                page.mark(
                    Mark::Unsure,
                    "Without a passphrase, anyone who copies the file can use the key.",
                );
                page.focus = 1;
            }
            State::Making => {
                page.blank();
                page.mark(
                    Mark::Busy,
                    say!("Making the {} key", Text::public(draft.kind.to_string())),
                );
                if matches!(draft.kind, KeyKind::Rsa { .. }) {
                    page.line("RSA keys take a few seconds, now and then half a minute.");
                }
            }
            State::Offer | State::Edit | State::Kinds => {}
        }
        page
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

fn choice(pick: &Pick) -> Choice {
    match pick {
        Pick::WithPassphrase => Choice::new(
            "Make it, with a passphrase",
            "protects you if this laptop is stolen",
        ),
        Pick::WithoutPassphrase => Choice::new(
            "Make it, without a passphrase",
            "anyone who copies the file can use it",
        ),
        Pick::Hardware => Choice::new("Make it in the security key", "ssh-keygen asks for a touch"),
        Pick::Edit => Choice::new("Change file, label or type", ""),
        Pick::File => Choice::new("Change the file", ""),
        Pick::Label => Choice::new("Change the label", ""),
        Pick::Kind => Choice::new("Change the type", ""),
        Pick::Take(kind) => Choice::new(Text::public(kind.to_string()), about(kind)),
        Pick::Yes => Choice::letter('y', "Make it without a passphrase", ""),
        Pick::No => Choice::letter('n', "Go back", ""),
    }
}

fn about(kind: &KeyKind) -> &'static str {
    match kind {
        KeyKind::Ed25519 => "short, fast, the usual choice",
        KeyKind::Rsa { .. } => "for old servers and a few services",
        KeyKind::Ecdsa { .. } => "where company rules ask for it",
        KeyKind::Ed25519Sk => "lives in a security key (FIDO2)",
        KeyKind::EcdsaSk => "lives in an older security key (U2F)",
        KeyKind::Dsa | KeyKind::Other(_) => "",
    }
}

fn first_field() -> Field {
    Field::hidden("New passphrase")
        .help("Nothing shows here on purpose. Use 4 or more unrelated words.")
        .help("15 characters or more is strong; spaces are fine. Enter when done.")
}

/// The types that can be made, those first that the service takes.
fn kinds(provider: Option<&Provider>) -> Vec<KeyKind> {
    let mut all = vec![
        KeyKind::Ed25519,
        KeyKind::Rsa { bits: 4096 },
        KeyKind::Ecdsa { bits: 256 },
        KeyKind::Ecdsa { bits: 521 },
        KeyKind::Ed25519Sk,
        KeyKind::EcdsaSk,
    ];
    if let Some(kind) = provider.map(recommended) {
        all.sort_by_key(|other| *other != kind);
    }
    all
}

/// The type that the service wants, in the size that we make.
fn recommended(provider: &Provider) -> KeyKind {
    match provider.keys.recommended {
        KeyType::Ed25519 | KeyType::Dsa => KeyKind::Ed25519,
        KeyType::Ed25519Sk => KeyKind::Ed25519Sk,
        KeyType::Ecdsa256 => KeyKind::Ecdsa { bits: 256 },
        KeyType::Ecdsa384 => KeyKind::Ecdsa { bits: 384 },
        KeyType::Ecdsa521 => KeyKind::Ecdsa { bits: 521 },
        KeyType::EcdsaSk => KeyKind::EcdsaSk,
        KeyType::Rsa => KeyKind::Rsa { bits: 4096 },
    }
}

/// ssh's default name for the type, or the next free one: `id_ed25519_2`.
fn free_file(machine: &Machine, kind: &KeyKind) -> PathBuf {
    let name = kind.default_file_name().unwrap_or("id_key");
    let folder = machine.ssh_dir();
    std::iter::once(name.to_owned())
        .chain((2..1000).map(|number| format!("{name}_{number}")))
        .map(|name| folder.join(name))
        .find(|path| check_free(path).is_ok())
        .unwrap_or_else(|| folder.join(name))
}

fn public_file(private: &Path) -> PathBuf {
    let mut name = private.as_os_str().to_owned();
    name.push(".pub");
    PathBuf::from(name)
}

/// A name that neither half of a key has yet.
fn check_free(path: &Path) -> Result<(), Trouble> {
    let taken = [path.to_owned(), public_file(path)]
        .into_iter()
        .find(|path| path.symlink_metadata().is_ok());
    if let Some(taken) = taken {
        return Err(Trouble::new(
            say!("{} exists already.", Text::path(&taken)),
            "A key is never overwritten.",
            "Choose another name.",
        ));
    }
    match path.parent() {
        _ if path.extension().is_some_and(|end| end == "pub") => Err(Trouble::new(
            say!("{} would be the name of a public half.", Text::path(path)),
            Text::default(),
            "Give the name without .pub.",
        )),
        Some(folder)
            if folder.is_dir() || folder.file_name().is_some_and(|name| name == ".ssh") =>
        {
            Ok(())
        }
        Some(folder) => Err(Trouble::new(
            say!("The folder {} does not exist.", Text::path(folder)),
            Text::default(),
            "Choose a folder that exists.",
        )),
        None => Err(Trouble::new(
            "That is no file name.",
            Text::default(),
            "Give a path such as ~/.ssh/id_ed25519_work.",
        )),
    }
}

/// `~/.ssh`, when it is not there yet.
fn missing_folder(machine: &Machine, file: &Path) -> Vec<Change> {
    let folder = machine.ssh_dir();
    if file.starts_with(&folder) && !folder.exists() {
        vec![Change::MakeDir {
            path: folder,
            mode: 0o700,
        }]
    } else {
        Vec::new()
    }
}

/// `ssh-keygen -t ed25519-sk` talks to the person itself: touch, PIN, passphrase.
fn ssh_keygen(draft: &Draft, machine: &Machine) -> Foreground {
    let program = machine
        .programs
        .ssh_keygen
        .clone()
        .unwrap_or_else(|| PathBuf::from("ssh-keygen"));
    let kind = draft.kind.id().unwrap_or("ed25519-sk");
    let mut argv: Vec<OsString> = vec![program.into_os_string()];
    argv.extend(["-t", kind, "-C", &draft.label, "-f"].map(OsString::from));
    argv.push(draft.file.clone().into_os_string());
    Foreground::Program {
        argv,
        notice: Text::plain("ssh-keygen asks now. Touch the security key when it blinks."),
    }
}

/// ssh-keygen makes `~/.ssh` itself only for its default name.
fn prepare_folder(machine: &Machine) -> Result<(), Trouble> {
    if machine.home_differs() {
        return Err(home_differs(machine));
    }
    Ok(())
}

/// Under sudo or another HOME the files would not be those that ssh reads.
pub fn home_differs(machine: &Machine) -> Trouble {
    let home = machine.env_home.clone().unwrap_or_default();
    Trouble::new(
        "Nothing is written: HOME is not the home of this account.",
        say!(
            "HOME is {}, but ssh uses {} (it asks the account database).",
            Text::path(&home),
            Text::path(&machine.ssh_home)
        ),
        "Run sshstep as yourself, without sudo, or set HOME back.",
    )
}
