//! Screen 31: which keys has the account, and shall the service's own tool add this one?

use crate::account::{self, Account, Added, Untold};
use crate::page::{Choice, Page, StepId};
use crate::provider::{Cli, Then};
use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

use super::environment::waiting;
use super::service_tool::ServiceTool;
use super::{Context, Effect, Msg, Next, Outcome, Place, Step, accounts, context};

mod view;

/// The tool of the service, where it is installed.
pub(super) fn tool(context: &Context) -> Option<&Cli> {
    ServiceTool::installed(context).map(|tool| tool.cli)
}

/// The keys of the person's account.
#[derive(Default)]
pub struct AccountKeys {
    state: State,
    /// What asking the server itself came to.
    news: Option<Trouble>,
}

/// What is going on with the account.
#[derive(Default)]
enum State {
    /// The tool is being asked.
    #[default]
    Asking,
    /// The tool adds the key with this command.
    Adding(Text),
    /// The person has stopped the question.
    Stopped,
    /// The person has stopped the tool while it added the key: what came of it is not known.
    StoppedAdding,
    /// It has answered.
    Listed {
        account: Account,
        /// What adding the key came to.
        news: Option<Added>,
    },
    /// It could not be asked, or nobody is signed in.
    Failed(Untold),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pick {
    Upload,
    Leave,
    /// The tool asks the person itself.
    Run,
    OtherKey,
    Check,
    /// What the key waits for.
    Project,
    Again,
    Back,
}

impl AccountKeys {
    /// Asks the tool who is signed in, and which keys there are.
    fn look(&mut self) -> Next {
        *self = Self::default();
        Next::Run(Effect::LookAtAccount)
    }

    /// What the tool's last message calls for.
    fn then(&self, context: &Context) -> Option<Then> {
        match &self.state {
            State::Asking | State::Adding(_) | State::Stopped | State::StoppedAdding => None,
            State::Failed(untold) => untold.then,
            State::Listed { account, news } => {
                let meaning = news.as_ref()?.meaning.as_ref()?;
                let is_there = context.key().is_some_and(|key| account.has(key));
                meaning.then.filter(|_| !is_there)
            }
        }
    }

    /// The arguments with which the tool itself asks the person.
    fn asking<'a>(&self, cli: &'a Cli, context: &Context) -> Option<&'a [String]> {
        match self.then(context)? {
            Then::SignIn => Some(&cli.sign_in),
            Then::Allow => cli.allow.as_deref(),
            Then::OtherKey => None,
        }
    }

    fn picks(&self, context: &Context) -> Vec<Pick> {
        let after_failure = || {
            let asking = tool(context).and_then(|cli| self.asking(cli, context));
            let first = match self.then(context) {
                Some(Then::OtherKey) => Some(Pick::OtherKey),
                Some(Then::SignIn | Then::Allow) => asking.map(|_| Pick::Run),
                None => None,
            };
            first.into_iter().chain([Pick::Again, Pick::Back]).collect()
        };
        match &self.state {
            State::Asking | State::Adding(_) => Vec::new(),
            State::Stopped | State::StoppedAdding => vec![Pick::Again, Pick::Back],
            State::Failed(_) => after_failure(),
            State::Listed { account, news } => match (context.key(), news) {
                (None, _) => vec![Pick::Back],
                (Some(key), _) if account.has(key) => {
                    let waits = waiting::is_possible(context);
                    let project = waits.then_some(Pick::Project);
                    let mut picks = vec![Pick::Check];
                    picks.extend(project);
                    picks.push(Pick::Back);
                    picks
                }
                (Some(_), None) => vec![Pick::Upload, Pick::Leave],
                (Some(_), Some(_)) => after_failure(),
            },
        }
    }

    fn pick(&mut self, pick: Pick, context: &Context) -> Next {
        match pick {
            Pick::Upload => self.upload(context),
            Pick::Run => self.hand_over(context),
            Pick::OtherKey if accounts::is_by_key(context) => Next::To(Place::Accounts),
            Pick::OtherKey => Next::To(Place::NewKey),
            Pick::Check => self.check(context),
            Pick::Project => Next::To(Place::Environment),
            Pick::Again => self.look(),
            Pick::Leave | Pick::Back => Next::Back,
        }
    }

    /// The upload that was previewed.
    fn upload(&mut self, context: &Context) -> Next {
        let State::Listed { account, .. } = &self.state else {
            return Next::Stay;
        };
        let (Some(title), Some(cli), Some(key)) =
            (title(account, context), tool(context), context.key())
        else {
            return Next::Stay;
        };
        self.state = State::Adding(account::add_command(cli, key, &title));
        Next::Run(Effect::AddToAccount { title })
    }

    /// The tool gets the terminal: what it asks is between it and the person.
    fn hand_over(&self, context: &Context) -> Next {
        let given = ServiceTool::installed(context).and_then(|tool| {
            let args = self.asking(tool.cli, context)?;
            tool.foreground(args)
        });
        given.map_or(Next::Stay, |given| Next::Run(Effect::HandOver(given)))
    }

    /// Asks the server itself. Only one that is known gets to see a key.
    fn check(&mut self, context: &Context) -> Next {
        self.news = None;
        context::ask(context)
    }
}

impl Step for AccountKeys {
    fn enter(&mut self, _: &mut Context) -> Next {
        self.look()
    }

    fn update(&mut self, message: Msg, context: &mut Context) -> Next {
        match message {
            Msg::Pick(at) => match self.picks(context).get(at).copied() {
                Some(pick) => self.pick(pick, context),
                None => Next::Stay,
            },
            Msg::Outcome(Outcome::Account(Ok(account))) => {
                let news = None;
                self.state = State::Listed { account, news };
                Next::Stay
            }
            Msg::Outcome(Outcome::AddedToAccount(Ok(added))) => {
                let is_there = context.key().is_some_and(|key| added.account.has(key));
                if let (true, State::Adding(line)) = (is_there, &self.state) {
                    context.answers.ran.push(line.clone());
                }
                self.state = State::Listed {
                    account: added.account.clone(),
                    news: Some(added),
                };
                Next::Stay
            }
            Msg::Outcome(Outcome::Account(Err(untold)) | Outcome::AddedToAccount(Err(untold))) => {
                self.state = State::Failed(untold);
                Next::Stay
            }
            Msg::Outcome(Outcome::Returned(Ok(_))) | Msg::Retry => self.look(),
            Msg::Outcome(Outcome::Returned(Err(trouble))) => {
                self.state = State::Failed(trouble.into());
                Next::Stay
            }
            Msg::Resumed => match context.answers.unreachable.take() {
                Some(trouble) => {
                    self.news = Some(trouble);
                    Next::Stay
                }
                None => self.check(context),
            },
            Msg::Outcome(Outcome::Answered(Ok(answers))) => {
                if let Some(next) = context.learn(answers) {
                    return next;
                }
                self.news = Some(not_yet(context));
                Next::Stay
            }
            Msg::Outcome(Outcome::Answered(Err(trouble))) => {
                self.news = Some(trouble);
                Next::Stay
            }
            Msg::Stopped => {
                match self.state {
                    State::Asking => self.state = State::Stopped,
                    State::Adding(_) => self.state = State::StoppedAdding,
                    State::Stopped
                    | State::StoppedAdding
                    | State::Listed { .. }
                    | State::Failed(_) => {}
                }
                Next::Stay
            }
            Msg::Outcome(_) | Msg::Submitted => Next::Stay,
        }
    }

    fn view(&self, context: &Context) -> Page {
        let title = say!("Your keys at {}", context.service());
        let mut page = Page::new(31, Some(StepId::Publish), title);
        view::fill(self, &mut page, context);
        page
    }
}

/// The list has the key, and the server has not.
fn not_yet(context: &Context) -> Trouble {
    if !waiting::words(context).is_empty() {
        return Trouble::new(
            say!("{} does not know this key yet.", context.service()),
            "The key is on the account, and the environment is not deployed since.",
            "Deploy it, then check again.",
        );
    }
    Trouble::new(
        say!("{} does not know this key yet.", context.service()),
        "The key is on the account; some services need a moment.",
        "Wait a little, then check again.",
    )
}

/// The title that the chosen key gets: its comment, otherwise who and where.
fn title(account: &Account, context: &Context) -> Option<String> {
    let cli = tool(context)?;
    let comment = context.key()?.files.comment.trim();
    let machine = &context.machine;
    let wish = if comment.is_empty() {
        format!("{}@{}", machine.user, machine.computer)
    } else {
        comment.to_owned()
    };
    Some(account.free_title(cli, &wish))
}

/// The way here, where the service has a tool and it is installed.
pub(super) fn choice(context: &Context) -> Choice {
    let program = tool(context).map_or("it", |cli| cli.program.name());
    Choice::new(
        "See which keys your account has",
        say!("asks {}", Text::public(program)),
    )
}
