//! Screens 35 and 36: how do the service's own machines get to read a private repository, without the person's key?
//!
//! A key of its own without a passphrase, for one repository: its public half goes to the repository's host, for
//! reading only. Its private half is handed over by the person, with a command that never shows it to us.

use crate::facts::{DEPLOY_FILE, DEPLOY_KEY, LocalKey};
use crate::field::Field;
use crate::key::create::NewKey;
use crate::key::file::with_pub;
use crate::key::kind::KeyKind;
use crate::key::pair::Protection;
use crate::page::{Mark, Page};
use crate::plan::{Change, Plan};
use crate::platform::browser;
use crate::platform::clipboard::Copied;
use crate::provider::{self, Provider};
use crate::repair::Remedy;
use crate::say;
use crate::target::Target;
use crate::text::{Kind, Text};
use crate::trouble::Trouble;

use super::new_key::{free_file, home_differs, missing_folder, recommended};
use super::{Context, Effect, Foreground, Msg, Next, Outcome, Place, Step};

mod repository;
mod tried;
mod view;

use repository::Repository;

/// Makes a deploy key, and says where its halves go.
#[derive(Default)]
pub struct DeployKey {
    state: State,
    repository: Option<Repository>,
    /// What the last action came to.
    news: Option<(Mark, Text)>,
    trouble: Option<Trouble>,
    /// The page is opened once the copy is done.
    open_after_copy: Option<String>,
}

#[derive(Default)]
enum State {
    /// Which repository?
    #[default]
    Choose,
    Typing(Field),
    Making,
    /// Screen 36: `y` writes it.
    Preview(Box<Remedy>),
    Writing,
    /// It is here: both halves have to go somewhere.
    Here,
}

#[derive(Clone)]
enum Pick {
    Take(Repository),
    Type,
    Write,
    Leave,
    CopyAndOpen(String),
    Copy,
    Show,
    Command,
    Try,
    Finish,
}

/// What the service says about such keys.
fn about(context: &Context) -> Option<&provider::DeployKey> {
    context.provider()?.deploy_key.as_ref()
}

/// Whether the service has machines that take one.
pub(super) fn is_offered(context: &Context) -> bool {
    about(context).is_some() && !context.demo
}

/// The label tells what the key is for wherever it is met, and so it is found again.
fn label(repository: &Repository, context: &Context) -> String {
    let service = context
        .provider()
        .map_or("", |provider| provider.name.as_str());
    format!("{service}{DEPLOY_KEY}{}", repository.path)
}

impl DeployKey {
    /// The key for the chosen repository, once it is here.
    fn key<'a>(&self, context: &'a Context) -> Option<&'a LocalKey> {
        let label = label(self.repository.as_ref()?, context);
        let mut keys = context.facts.keys.iter();
        keys.find(|key| {
            key.files.comment == label
                && key.is_usable()
                && key.files.private.is_some()
                && key.files.protection == Protection::None
        })
    }

    /// The host's page for this repository's keys.
    fn page(&self, context: &Context) -> Option<(String, &Repository, String)> {
        let repository = self.repository.as_ref()?;
        let page = repository.provider(context)?.page.as_ref()?;
        let (before, behind) = page.deploy_at(&repository.host, &repository.path)?;
        Some((before, repository, behind.to_owned()))
    }

    fn picks(&self, context: &Context) -> Vec<Pick> {
        match &self.state {
            State::Choose => {
                let near = repository::near(context).into_iter().map(Pick::Take);
                near.chain([Pick::Type]).collect()
            }
            State::Typing(_) | State::Making | State::Writing => Vec::new(),
            State::Preview(_) => vec![Pick::Write, Pick::Leave],
            State::Here => {
                let page = self.page(context);
                let page = page.map(|(before, repository, behind)| {
                    Pick::CopyAndOpen(format!("{before}{}{behind}", repository.path))
                });
                let copy = page.unwrap_or(Pick::Copy);
                vec![copy, Pick::Show, Pick::Command, Pick::Try, Pick::Finish]
            }
        }
    }

    fn pick(&mut self, pick: Pick, context: &Context) -> Next {
        self.trouble = None;
        self.news = None;
        self.open_after_copy = None;
        match pick {
            Pick::Take(repository) => self.take(repository, context),
            Pick::Type => {
                self.state = State::Typing(
                    Field::line("Repository", "")
                        .help("As in git@github.com:OWNER/REPOSITORY.git. Enter when done."),
                );
                Next::Stay
            }
            Pick::Write => match std::mem::replace(&mut self.state, State::Writing) {
                State::Preview(remedy) => Next::Run(Effect::Apply(remedy.plan)),
                state @ (State::Choose
                | State::Typing(_)
                | State::Making
                | State::Writing
                | State::Here) => {
                    self.state = state;
                    Next::Stay
                }
            },
            Pick::Leave => {
                self.state = State::Choose;
                Next::Say(Text::plain("Left; no key was made."))
            }
            Pick::CopyAndOpen(url) => {
                self.open_after_copy = Some(url);
                self.copy_public(context)
            }
            Pick::Copy => self.copy_public(context),
            Pick::Show => match self.public_line(context) {
                Some(line) => Next::Run(Effect::HandOver(Foreground::Show(line))),
                None => Next::Stay,
            },
            Pick::Command => match self.command(context) {
                Some(lines) => Next::Run(Effect::Copy(Text::command(lines.join("\n")))),
                None => Next::Stay,
            },
            Pick::Try => match self.target(context) {
                Some(target) => Next::Run(Effect::TryKey(target)),
                None => Next::Stay,
            },
            Pick::Finish => Next::To(Place::Done),
        }
    }

    /// The key for this repository: the one that is here, or a new one.
    fn take(&mut self, repository: Repository, context: &Context) -> Next {
        if context.machine.home_differs() {
            self.trouble = Some(home_differs(&context.machine));
            return Next::Stay;
        }
        let comment = label(&repository, context);
        let kind = repository
            .provider(context)
            .map_or(KeyKind::Ed25519, recommended);
        self.repository = Some(repository);
        if self.key(context).is_some() {
            self.state = State::Here;
            return Next::Say(Text::plain("This key was made before."));
        }
        self.state = State::Making;
        Next::Run(Effect::MakeKey {
            kind,
            comment,
            passphrase: None,
        })
    }

    /// The key exists in memory: the change that writes it is shown.
    fn made(&mut self, key: NewKey, context: &Context) {
        let file = free_file(
            &context.machine,
            &key.kind,
            &format!(
                "{}{DEPLOY_FILE}",
                context.provider().map_or("", Provider::short)
            ),
        );
        let mut changes = missing_folder(&context.machine, &file);
        changes.push(Change::MakeKey {
            public: with_pub(&file),
            private: file,
            private_pem: key.private_pem,
            public_line: key.public_line,
        });
        self.state = State::Preview(Box::new(Remedy {
            plan: Plan::new("Make a deploy key", changes),
            tested: None,
            target: None,
        }));
    }

    fn submitted(&mut self, context: &Context) -> Next {
        let State::Typing(field) = std::mem::take(&mut self.state) else {
            return Next::Stay;
        };
        match Repository::parse(&field.typed()) {
            Ok(repository) => self.take(repository, context),
            Err(trouble) => {
                self.trouble = Some(trouble);
                Next::Stay
            }
        }
    }

    fn public_line(&self, context: &Context) -> Option<Text> {
        let line = self.key(context)?.public_line()?;
        Some(Text::of(Kind::PublicKey, line))
    }

    fn copy_public(&self, context: &Context) -> Next {
        match self.public_line(context) {
            Some(line) => Next::Run(Effect::Copy(line)),
            None => Next::Stay,
        }
    }

    /// What the person types to hand over the private half, line by line: it goes from the file to the tool, and
    /// never through us.
    fn command(&self, context: &Context) -> Option<[String; 2]> {
        let about = about(context)?;
        let file = self.key(context)?.files.private.clone()?;
        let variable = &about.variable;
        if cfg!(windows) {
            let file = file.display().to_string().replace('\'', "''");
            return Some([
                format!("$env:{variable} = Get-Content -Raw '{file}'"),
                about.hand_over.clone(),
            ]);
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '~' | '/' | '.' | '_' | '-');
        let short = context.machine.config_path(&file);
        let file = match short.chars().all(plain) {
            true => short,
            false => shell_words::quote(&file.to_string_lossy()).into_owned(),
        };
        Some([
            format!("{variable}=\"$(cat {file})\" \\"),
            format!("  {}", about.hand_over),
        ])
    }

    /// The repository's host, with this key.
    fn target(&self, context: &Context) -> Option<Target> {
        let repository = self.repository.as_ref()?;
        Some(Target {
            identity: self.key(context)?.files.private.clone(),
            ..repository.target(context)
        })
    }

    fn copied(&mut self, copied: Copied, context: &Context) -> Next {
        match copied {
            Copied::Verified => self.news = Some((Mark::Good, Text::plain("Copied."))),
            Copied::Sent(how) => {
                let news = say!(
                    "{} I cannot see if it arrived. If not, select it on this screen.",
                    how
                );
                self.news = Some((Mark::Unsure, news));
            }
            Copied::Failed(trouble) => self.trouble = Some(trouble),
        }
        match self.open_after_copy.take() {
            Some(url) if browser::is_reachable(&context.machine) => Next::Run(Effect::Open(url)),
            Some(_) | None => Next::Stay,
        }
    }
}

impl Step for DeployKey {
    fn enter(&mut self, _: &mut Context) -> Next {
        *self = Self::default();
        Next::Stay
    }

    fn update(&mut self, message: Msg, context: &mut Context) -> Next {
        match message {
            Msg::Pick(at) => match self.picks(context).get(at).cloned() {
                Some(pick) => self.pick(pick, context),
                None => Next::Stay,
            },
            Msg::Submitted => self.submitted(context),
            Msg::Outcome(Outcome::Made(Ok(key))) => {
                self.made(*key, context);
                Next::Stay
            }
            Msg::Outcome(Outcome::Applied(Ok(_))) => {
                self.state = State::Here;
                Next::Say(Text::plain(
                    "The key is made. Now both its halves go somewhere.",
                ))
            }
            Msg::Outcome(Outcome::Made(Err(trouble)) | Outcome::Applied(Err(trouble))) => {
                self.state = State::Choose;
                self.trouble = Some(trouble);
                Next::Stay
            }
            Msg::Outcome(Outcome::Copied(copied)) => self.copied(copied, context),
            Msg::Outcome(Outcome::Opened(Err(trouble))) => {
                self.trouble = Some(trouble);
                Next::Stay
            }
            Msg::Outcome(Outcome::TriedKey(tried)) => {
                self.tried(tried, context);
                Next::Stay
            }
            Msg::Retry => match (&self.state, self.target(context)) {
                (State::Here, Some(target)) => Next::Run(Effect::TryKey(target)),
                (_, _) => Next::Stay,
            },
            Msg::Stopped => {
                if matches!(self.state, State::Making) {
                    self.state = State::Choose;
                }
                Next::Stay
            }
            Msg::Outcome(_) | Msg::Resumed => Next::Stay,
        }
    }

    fn view(&self, context: &Context) -> Page {
        view::page(self, context)
    }

    fn field(&mut self) -> Option<&mut Field> {
        match &mut self.state {
            State::Typing(field) => Some(field),
            State::Choose | State::Making | State::Preview(_) | State::Writing | State::Here => {
                None
            }
        }
    }

    fn leave(&mut self) -> bool {
        let inside = !matches!(self.state, State::Choose);
        *self = Self::default();
        inside
    }
}
