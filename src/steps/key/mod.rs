//! Screen 20: which key?

use crate::facts::LocalKey;
use crate::field::Field;
use crate::key::file::{Content, inspect};
use crate::known::Known;
use crate::page::{Choice, Mark, Page, StepId};
use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

use super::{Context, Effect, Msg, Next, Outcome, Place, ServerAnswer, Step, account_keys};

pub mod words;

pub(in crate::steps) use words::moment;

use words::{content_words, described, is_taken, not_usable};

/// Keys that are listed; a person with more names the file.
const MOST_KEYS: usize = 40;

/// The choice among the keys of this machine.
#[derive(Default)]
pub struct ChooseKey {
    state: State,
    trouble: Option<Trouble>,
    asked: bool,
}

#[derive(Default)]
enum State {
    #[default]
    List,
    /// A file from another folder.
    Naming(Field),
}

enum Pick {
    Key(String),
    Make,
    Name,
    /// What the account has of them.
    Account,
}

impl ChooseKey {
    fn picks(&self, context: &Context) -> Vec<Pick> {
        match self.state {
            State::Naming(_) => Vec::new(),
            State::List => listed(context)
                .filter_map(|key| Some(Pick::Key(key.fingerprint()?.to_owned())))
                .chain([Pick::Make, Pick::Name])
                .chain(account_keys::tool(context).map(|_| Pick::Account))
                .collect(),
        }
    }

    /// One connection that asks about the keys. The server has to be known first: before that, it
    /// sees none of them.
    fn ask(&mut self, context: &Context) -> Next {
        let questions = context.askable();
        if self.asked || questions.is_empty() {
            return Next::Stay;
        }
        self.asked = true;
        if !context.is_host_known() {
            return Next::Detour(Place::Host);
        }
        Next::Run(Effect::Ask(questions))
    }

    fn take(&mut self, fingerprint: String, context: &mut Context) -> Next {
        context.answers.key = Some(fingerprint);
        context.answers.skipped.remove(&StepId::Publish);
        Next::Forward(Text::default())
    }

    /// The file that was typed: it must be a usable private key.
    fn named(&mut self, typed: &str, context: &mut Context) -> Next {
        let path = match typed.trim() {
            "" => return Next::Say(Text::plain("Type the file's path, or Esc.")),
            written => {
                let path = context.machine.expand(written);
                if path.is_absolute() {
                    path
                } else {
                    context.machine.cwd.join(path)
                }
            }
        };
        match usable_file(&path) {
            Ok(()) => {
                self.state = State::List;
                self.trouble = None;
                let mut target = context.answers.target.clone();
                if let Some(target) = &mut target {
                    target.identity = Some(path);
                }
                context.answers.target = target.clone();
                Next::Run(Effect::Gather(target))
            }
            Err(trouble) => {
                self.trouble = Some(trouble);
                Next::Stay
            }
        }
    }
}

impl Step for ChooseKey {
    fn enter(&mut self, context: &mut Context) -> Next {
        self.state = State::List;
        self.asked = false;
        if listed(context).next().is_none() && unlisted(context).next().is_none() {
            return Next::To(Place::NewKey);
        }
        self.ask(context)
    }

    fn update(&mut self, message: Msg, context: &mut Context) -> Next {
        match message {
            Msg::Pick(at) => match self.picks(context).into_iter().nth(at) {
                Some(Pick::Key(fingerprint)) => self.take(fingerprint, context),
                Some(Pick::Make) => Next::To(Place::NewKey),
                Some(Pick::Account) => Next::To(Place::AccountKeys),
                Some(Pick::Name) => {
                    self.state =
                        State::Naming(Field::line("File", "~/").help(
                            "The private half, without .pub. Enter when done, Esc to go back.",
                        ));
                    Next::Stay
                }
                None => Next::Stay,
            },
            Msg::Submitted => match &self.state {
                State::Naming(field) => {
                    let typed = field.typed();
                    self.named(&typed, context)
                }
                State::List => Next::Stay,
            },
            Msg::Outcome(Outcome::Answered(Ok(answers))) => {
                context.answers.server.extend(answers);
                match the_one(context) {
                    Some(fingerprint) => self.take(fingerprint, context),
                    None => Next::Stay,
                }
            }
            Msg::Outcome(Outcome::Answered(Err(trouble))) => Next::Say(trouble.what),
            Msg::Outcome(Outcome::Gathered(_)) => {
                let named = context
                    .answers
                    .target
                    .as_ref()
                    .and_then(|target| target.identity.clone());
                let chosen = named
                    .and_then(|path| {
                        context
                            .facts
                            .keys
                            .iter()
                            .find(|key| key.files.private.as_ref() == Some(&path))
                    })
                    .and_then(|key| Some(key.fingerprint()?.to_owned()));
                match chosen {
                    Some(fingerprint) => self.take(fingerprint, context),
                    None => self.ask(context),
                }
            }
            Msg::Retry => {
                self.asked = false;
                Next::Run(Effect::Gather(context.answers.target.clone()))
            }
            Msg::Resumed => {
                let questions = context.askable();
                if context.is_host_known() && !questions.is_empty() {
                    Next::Run(Effect::Ask(questions))
                } else {
                    Next::Stay
                }
            }
            Msg::Outcome(_) | Msg::Stopped => Next::Stay,
        }
    }

    fn view(&self, context: &Context) -> Page {
        let mut page = Page::new(20, Some(StepId::Key), "Choose a key");
        let count = listed(context).count();
        page.line(match count {
            0 => Text::plain("There is no key here that ssh could use as it is."),
            1 => Text::plain("You have 1 key that ssh can use."),
            many => say!("You have {} keys that ssh can use.", many),
        });
        page.aside(say!(
            "A key is two files: the private half stays here, the public half (.pub) \
             is the one you give to {}.",
            context.service()
        ));
        if let Known::Failed(trouble) = &context.facts.ssh_dir {
            page.mark(Mark::Bad, trouble.what.clone());
            page.line(trouble.why.clone());
        }
        for key in unlisted(context).take(4) {
            page.mark(Mark::Unsure, not_usable(key));
        }
        for pick in self.picks(context) {
            let choice = match pick {
                Pick::Key(fingerprint) => match context.facts.key(&fingerprint) {
                    Some(key) => described(key, context),
                    None => continue,
                },
                Pick::Make => Choice::new("Make a new key", ""),
                Pick::Name => Choice::new("Use a key file from another folder", ""),
                Pick::Account => account_keys::choice(context),
            };
            page.choices.push(choice);
        }
        if let State::Naming(field) = &self.state {
            page.field = Some(field.view());
            if let Some(trouble) = &self.trouble {
                page.trouble(trouble);
            }
        }
        page
    }

    fn field(&mut self) -> Option<&mut Field> {
        match &mut self.state {
            State::Naming(field) => Some(field),
            State::List => None,
        }
    }

    fn leave(&mut self) -> bool {
        let was_naming = matches!(self.state, State::Naming(_));
        self.state = State::List;
        self.trouble = None;
        was_naming
    }
}

/// The only usable key, when the server knows it: then there is nothing to choose.
fn the_one(context: &Context) -> Option<String> {
    let mut keys = context.usable_keys().filter_map(LocalKey::fingerprint);
    let one = keys.next()?;
    let known = context.server_answer(one) == ServerAnswer::Accepted;
    (known && keys.next().is_none()).then(|| one.to_owned())
}

/// Usable keys, those first that the server knows, then those that it takes.
fn listed(context: &Context) -> impl Iterator<Item = &LocalKey> {
    let mut keys: Vec<&LocalKey> = context.usable_keys().collect();
    keys.sort_by_key(|key| {
        let answer = context.server_answer(key.fingerprint().unwrap_or_default());
        let known = match answer {
            ServerAnswer::Accepted => 0,
            ServerAnswer::NotAsked => 1,
            ServerAnswer::Refused => 2,
        };
        (known, !is_taken(key, context.provider()))
    });
    keys.into_iter().take(MOST_KEYS)
}

/// Key files with a problem that makes ssh ignore them.
fn unlisted(context: &Context) -> impl Iterator<Item = &LocalKey> {
    context
        .facts
        .keys
        .iter()
        .filter(|key| !key.is_usable() && key.path().is_some())
}

/// Whether the file is a private key that ssh would use.
fn usable_file(path: &std::path::Path) -> Result<(), Trouble> {
    let refuse = |why: Text, hint: Text| {
        Err(Trouble::new(
            say!("{} cannot be used as a key.", Text::path(path)),
            why,
            hint,
        ))
    };
    let hint = || Text::plain("Name a private key file, or make a new key.");
    match inspect(path).content {
        Content::Private(private) => match private.defects.first() {
            None => Ok(()),
            Some(defect) => refuse(Text::plain(defect.words()), hint()),
        },
        Content::Public(_) => refuse(
            Text::plain("It is the public half."),
            Text::plain("Name the file without .pub."),
        ),
        Content::Ppk { .. } => refuse(
            Text::plain("It is in PuTTY's format, which OpenSSH cannot read."),
            Text::plain("Convert it: puttygen KEY.ppk -O private-openssh -o NEWFILE"),
        ),
        content => refuse(say!("It is {}.", content_words(&content)), hint()),
    }
}
