//! Screens 74 to 76: a second account at one host. Which key and name, how does a repository find it,
//! and do both accounts work?

use std::sync::Arc;

use crate::field::Field;
use crate::page::Page;
use crate::probe::Tested;
use crate::repair::Remedy;
use crate::repair::accounts::{self, How, Wish};
use crate::target::Target;
use crate::text::Text;
use crate::trouble::Trouble;

use super::repair::Whole;
use super::{Context, Effect, Msg, Next, Outcome, Place, Step};

mod afterwards;
mod its_key;
mod view;

use afterwards::same_account;
use its_key::{ItsKey, not_this_key};

/// What came of a test of each account, the first one's first.
pub(super) type Results = Vec<Result<Arc<Tested>, Trouble>>;

/// Sets up a second account.
#[derive(Default)]
pub struct Accounts {
    state: State,
    trouble: Option<Trouble>,
    /// The name of the second account.
    alias: String,
    key: ItsKey,
    how: Option<How>,
    /// Whether an agent may hold the second account's key.
    keeps_apart: bool,
    /// The first account: its key, and where it connects.
    first: First,
    /// The second account as a target, once it is set up.
    second: Option<Target>,
}

/// What belongs to the first account.
#[derive(Default)]
struct First {
    key: Option<String>,
    target: Option<Target>,
    account: Option<Text>,
}

#[derive(Default)]
enum State {
    /// Screen 74.
    #[default]
    Choose,
    Naming(Field),
    Preparing,
    /// Screen 75.
    Preview(Box<Remedy>, Whole),
    Writing,
    /// Screen 76; none: not tested yet.
    Written(Option<Results>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pick {
    How(How),
    OtherKey,
    Rename,
    OneKey,
    Write,
    Leave,
    WholeFile,
    Finish,
    Publish,
    Test,
}

/// Whether accounts are told apart by their keys alone: then a second one needs a key of its own.
pub(super) fn is_by_key(context: &Context) -> bool {
    let target = context.answers.target.as_ref();
    let is_git = target.is_some_and(|target| target.user.as_deref() == Some("git"));
    let provider = context.provider();
    is_git || provider.is_some_and(|provider| provider.user.is_some() && provider.page.is_some())
}

impl Accounts {
    fn picks(&self, context: &Context) -> Vec<Pick> {
        match &self.state {
            State::Choose => {
                let mut picks: Vec<Pick> = match self.new_address(context) {
                    Some(_) => [How::Address, How::Rewrite, How::Command]
                        .map(Pick::How)
                        .into(),
                    None => vec![Pick::How(How::Name)],
                };
                if self.other_keys(context) > 0 {
                    picks.push(Pick::OtherKey);
                }
                picks.extend([Pick::Rename, Pick::OneKey]);
                picks
            }
            State::Preview(..) => vec![Pick::Write, Pick::Leave, Pick::WholeFile],
            State::Written(Some(results)) => match results.last() {
                Some(Ok(second)) if second.works() && same_account(results).is_none() => {
                    vec![Pick::Finish, Pick::Test]
                }
                Some(_) | None => vec![Pick::Publish, Pick::Test, Pick::Finish],
            },
            State::Written(None) => vec![Pick::Publish, Pick::Test],
            State::Naming(_) | State::Preparing | State::Writing => Vec::new(),
        }
    }

    fn pick(&mut self, pick: Pick, context: &mut Context) -> Next {
        self.trouble = None;
        match pick {
            Pick::How(how) => {
                self.how = Some(how);
                self.go_on(context)
            }
            Pick::OtherKey => {
                self.how = None;
                self.lay_out(context);
                Next::Detour(Place::Key)
            }
            Pick::Rename => {
                self.state = State::Naming(
                    Field::line("Name", &self.alias)
                        .help("You write it in place of the host in this account's addresses.")
                        .help("Enter when done, Esc to go back."),
                );
                Next::Stay
            }
            Pick::OneKey => Next::To(Place::Key),
            Pick::Write => match std::mem::take(&mut self.state) {
                State::Preview(remedy, _) => {
                    self.state = State::Writing;
                    self.second = remedy.target;
                    Next::Run(Effect::Apply(remedy.plan))
                }
                state => {
                    self.state = state;
                    Next::Stay
                }
            },
            Pick::Leave => {
                self.put_back();
                Next::Stay
            }
            Pick::WholeFile => {
                if let State::Preview(_, whole) = &mut self.state {
                    *whole = whole.other();
                }
                Next::Stay
            }
            Pick::Publish => Next::Detour(Place::Publish),
            Pick::Test => self.test(),
            Pick::Finish => self.finish(),
        }
    }

    /// The address that a repository's remote would get.
    fn new_address(&self, context: &Context) -> Option<String> {
        accounts::new_address(&self.alias, &context.situation()?)
    }

    /// To the key when it is not made, then to the change.
    fn go_on(&mut self, context: &mut Context) -> Next {
        let Some(situation) = context.situation() else {
            return Next::To(Place::Service);
        };
        let Some(how) = self.how else {
            self.state = State::Choose;
            return Next::Stay;
        };
        if let ItsKey::New(_) = self.key {
            self.lay_out(context);
            return Next::Detour(Place::NewKey);
        }
        let Some((key, protection)) = self.key.file(&context.facts) else {
            return self.fail(not_this_key());
        };
        context.answers.alias = Some(Text::host(&self.alias));
        let first = self.first.key.as_deref();
        let first = first.and_then(|first| context.facts.key(first)?.files.private.clone());
        let wish = Wish {
            alias: self.alias.clone(),
            key,
            protection,
            how,
            first,
        };
        self.keeps_apart = wish.keeps_apart(&situation);
        self.state = State::Preparing;
        Next::Run(Effect::SecondAccount {
            wish: Box::new(wish),
            situation: Box::new(situation),
        })
    }

    /// Back to the choice: a made key is kept for the next change.
    fn put_back(&mut self) {
        if let State::Preview(remedy, _) = std::mem::take(&mut self.state) {
            self.key = std::mem::take(&mut self.key).taken_from(remedy.plan);
        }
    }

    fn fail(&mut self, trouble: Trouble) -> Next {
        self.state = State::Choose;
        self.trouble = Some(trouble);
        Next::Stay
    }

    /// The name was typed.
    fn named(&mut self, typed: &str, context: &Context) -> Next {
        let Some(situation) = context.situation() else {
            return Next::Stay;
        };
        let typed = typed.trim();
        if let Err(trouble) = accounts::check_alias(typed, &situation) {
            self.trouble = Some(trouble);
            return Next::Stay;
        }
        typed.clone_into(&mut self.alias);
        self.trouble = None;
        self.state = State::Choose;
        if let ItsKey::New(_) = self.key {
            self.propose_key(context);
        }
        Next::Stay
    }
}

impl Step for Accounts {
    fn enter(&mut self, context: &mut Context) -> Next {
        let Some(situation) = context.situation() else {
            return Next::To(Place::Service);
        };
        let tested = context.answers.tested.as_ref();
        *self = Self {
            alias: accounts::free_alias(&situation),
            first: First {
                key: context.answers.key.clone(),
                target: context.answers.target.clone(),
                account: tested.and_then(|tested| tested.account().cloned()),
            },
            ..Self::default()
        };
        match self.known_key(context) {
            Some(known) => self.key = ItsKey::Here(known),
            None => self.propose_key(context),
        }
        Next::Stay
    }

    fn update(&mut self, message: Msg, context: &mut Context) -> Next {
        match message {
            Msg::Pick(at) => match self.picks(context).get(at).copied() {
                Some(pick) => self.pick(pick, context),
                None => Next::Stay,
            },
            Msg::Submitted => match &self.state {
                State::Naming(field) => {
                    let typed = field.typed();
                    self.named(&typed, context)
                }
                State::Choose
                | State::Preparing
                | State::Preview(..)
                | State::Writing
                | State::Written(_) => Next::Stay,
            },
            Msg::Resumed => match self.state {
                State::Written(_) => self.test(),
                State::Choose
                | State::Naming(_)
                | State::Preparing
                | State::Preview(..)
                | State::Writing => self.got_key(context),
            },
            Msg::Outcome(Outcome::Prepared(Ok(mut remedy))) => {
                let key = std::mem::take(&mut self.key);
                self.key = key.planned(&mut remedy.plan, &context.machine);
                self.state = State::Preview(remedy, Whole::Changes);
                Next::Stay
            }
            Msg::Outcome(Outcome::Prepared(Err(trouble))) => self.fail(trouble),
            Msg::Outcome(Outcome::Applied(Ok(_))) => match self.state {
                State::Writing => self.written(context),
                State::Choose
                | State::Naming(_)
                | State::Preparing
                | State::Preview(..)
                | State::Written(_) => self.look(context),
            },
            Msg::Outcome(Outcome::Applied(Err(trouble))) => match self.state {
                // The agent alone said no; the test tells what comes of it.
                State::Written(_) => self.look(context),
                State::Choose
                | State::Naming(_)
                | State::Preparing
                | State::Preview(..)
                | State::Writing => {
                    // The key went with the change, or stays where it was written.
                    self.propose_key(context);
                    self.fail(trouble)
                }
            },
            Msg::Outcome(Outcome::Gathered(_)) => match self.state {
                State::Written(_) => self.publish(context),
                State::Choose
                | State::Naming(_)
                | State::Preparing
                | State::Preview(..)
                | State::Writing => Next::Stay,
            },
            Msg::Outcome(Outcome::TestedEach(results)) => {
                context.answers.tested = match results.last() {
                    Some(Ok(second)) => Some(second.clone()),
                    Some(Err(_)) | None => None,
                };
                self.state = State::Written(Some(results));
                Next::Stay
            }
            Msg::Stopped => {
                if let State::Preparing = self.state {
                    self.state = State::Choose;
                }
                Next::Stay
            }
            Msg::Retry => match self.state {
                State::Written(_) => self.test(),
                State::Choose
                | State::Naming(_)
                | State::Preparing
                | State::Preview(..)
                | State::Writing => Next::Run(Effect::Gather(context.answers.target.clone())),
            },
            Msg::Outcome(_) => Next::Stay,
        }
    }

    fn view(&self, context: &Context) -> Page {
        view::page(self, context)
    }

    fn field(&mut self) -> Option<&mut Field> {
        match &mut self.state {
            State::Naming(field) => Some(field),
            State::Choose
            | State::Preparing
            | State::Preview(..)
            | State::Writing
            | State::Written(_) => None,
        }
    }

    fn leave(&mut self) -> bool {
        self.trouble = None;
        match self.state {
            State::Naming(_) => self.state = State::Choose,
            State::Preview(..) => self.put_back(),
            State::Choose | State::Preparing | State::Writing => return false,
            // What lies before it was about the first account; it is written, so the ways on are here.
            State::Written(_) => {}
        }
        true
    }
}
