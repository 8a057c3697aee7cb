//! Screen 31: which keys has the account, and shall the service's own tool add this one?

use std::path::PathBuf;

use crate::account::{self, Account, Added};
use crate::facts::LocalKey;
use crate::page::{Block, Choice, Mark, Page, StepId};
use crate::provider::cli::Cli;
use crate::say;
use crate::steps::{Context, Effect, Next};
use crate::text::Text;
use crate::trouble::Trouble;

/// Keys of the account that are listed; the screen has room for so many.
const MOST_KEYS: usize = 6;

/// The tool of the service, where it is installed.
pub(super) fn tool(context: &Context) -> Option<(&Cli, PathBuf)> {
    let cli = context.provider()?.cli.as_ref()?;
    Some((cli, context.facts.tools.get(&cli.program)?.clone()))
}

/// The name of the service's tool, installed or not.
pub(super) fn tool_name(context: &Context) -> Text {
    let cli = context
        .provider()
        .and_then(|provider| provider.cli.as_ref());
    Text::public(cli.map_or("", |cli| cli.program.name()))
}

/// What is going on with the account.
#[derive(Default)]
pub(super) enum State {
    /// Nobody asked.
    #[default]
    Closed,
    /// The tool is being asked.
    Asking,
    /// It has answered.
    Listed {
        account: Account,
        /// What adding the key came to.
        news: Option<Added>,
    },
    /// It could not be asked, or nobody is signed in.
    Failed(Trouble),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pick {
    Upload,
    Leave,
    Back,
    Check,
    Again,
}

impl State {
    /// Asks the tool who is signed in, and which keys there are.
    pub(super) fn open(&mut self) -> Next {
        *self = Self::Asking;
        Next::Run(Effect::LookAtAccount)
    }

    /// The tool's answer to the question.
    pub(super) fn answered(&mut self, answer: Result<Account, Trouble>) {
        *self = match answer {
            Ok(account) => Self::Listed {
                account,
                news: None,
            },
            Err(trouble) => Self::Failed(trouble),
        };
    }

    /// What came of adding the key.
    pub(super) fn added(&mut self, added: Result<Added, Trouble>) {
        *self = match added {
            Ok(added) => Self::Listed {
                account: added.account.clone(),
                news: Some(added),
            },
            Err(trouble) => Self::Failed(trouble),
        };
    }

    pub(super) fn picks(&self, context: &Context) -> Vec<Pick> {
        match self {
            Self::Closed | Self::Asking => Vec::new(),
            Self::Failed(_) => vec![Pick::Again, Pick::Back],
            Self::Listed { account, news } => {
                let is_there = context.key().is_some_and(|key| account.has(key));
                match (is_there, news) {
                    (true, _) => vec![Pick::Check, Pick::Back],
                    (false, None) => vec![Pick::Upload, Pick::Leave],
                    (false, Some(_)) => vec![Pick::Again, Pick::Back],
                }
            }
        }
    }

    /// The upload that was previewed.
    pub(super) fn upload(&mut self, context: &Context) -> Next {
        let Some(key) = context.key() else {
            return Next::Stay;
        };
        let title = title(key, context);
        *self = Self::Asking;
        Next::Run(Effect::AddToAccount { title })
    }

    pub(super) fn view(&self, context: &Context) -> Page {
        let service = context.service();
        let mut page = Page::new(
            31,
            Some(StepId::Publish),
            say!("Your keys at {}", service.clone()),
        );
        match self {
            Self::Closed | Self::Asking => {
                page.line(say!("Asking {} which keys it has.", service));
            }
            Self::Failed(trouble) => {
                page.trouble(trouble);
            }
            Self::Listed { account, news } => {
                listed(&mut page, account, news.as_ref(), context);
            }
        }
        for pick in self.picks(context) {
            page.choices.push(choice(pick));
        }
        if self.picks(context).first() == Some(&Pick::Upload) {
            page.focus = 1;
        }
        page
    }
}

fn listed(page: &mut Page, account: &Account, news: Option<&Added>, context: &Context) {
    let (Some((cli, _)), Some(key)) = (tool(context), context.key()) else {
        return;
    };
    let program = Text::public(cli.program.name());
    page.line(say!(
        "{} is signed in as {}. That account has {}:",
        program.clone(),
        account.name.clone(),
        match account.keys.len() {
            0 => Text::plain("no keys"),
            1 => Text::plain("1 key"),
            many => say!("{} keys", many),
        }
    ));
    let known = account.keys.iter().map(|theirs| {
        let mut local = context.facts.keys.iter();
        (theirs, local.find(|local| theirs.is(local)))
    });
    // What is here as well is what the person knows: it is among those that are shown.
    let (here, elsewhere): (Vec<_>, Vec<_>) = known.partition(|(_, here)| here.is_some());
    for (theirs, here) in here.into_iter().chain(elsewhere).take(MOST_KEYS) {
        let place = match here {
            Some(local) => say!(
                "on this computer: {}",
                Text::path(std::path::Path::new(&local.name()))
            ),
            None => Text::plain("not on this computer"),
        };
        let title = if theirs.title.is_empty() {
            Text::plain("(no title)")
        } else {
            theirs.title.clone()
        };
        page.body.push(Block::Fact(title, place));
    }
    if account.keys.len() > MOST_KEYS {
        page.aside(say!("and {} more", account.keys.len() - MOST_KEYS));
    }
    page.blank();
    match (account.has(key), news) {
        (true, Some(_)) => {
            page.mark(
                Mark::Good,
                say!("{} lists this key now: it has arrived.", program),
            );
            super::pending(page, context);
        }
        (true, None) => {
            page.mark(Mark::Good, Text::plain("This key is on the account."));
            super::pending(page, context);
        }
        (false, Some(added)) => {
            page.mark(
                Mark::Bad,
                say!("{} does not list this key: it has not arrived.", program),
            );
            for line in added.said.iter().take(3) {
                page.body.push(Block::Quote(line.clone()));
            }
            if let Some(known) = &added.meaning {
                for line in known.means.iter().chain(&known.fix) {
                    page.line(line.clone());
                }
            }
        }
        (false, None) => {
            page.mark(
                Mark::Unsure,
                say!(
                    "{} is not on the account. With y this runs, as {}:",
                    Text::path(std::path::Path::new(&key.name())),
                    account.name.clone()
                ),
            );
            let file = key.files.public.clone().or_else(|| key.path());
            page.body.push(Block::Copyable(account::add_command(
                cli,
                &file.unwrap_or_default(),
                &title(key, context),
            )));
        }
    }
}

/// The name that the key gets on the account: its comment, otherwise who and where.
fn title(key: &LocalKey, context: &Context) -> String {
    let comment = key.files.comment.trim();
    let machine = &context.machine;
    let title = if comment.is_empty() {
        format!("{}@{}", machine.user, machine.computer)
    } else {
        comment.to_owned()
    };
    // A tool could take it for an option.
    title.trim_start_matches('-').to_owned()
}

fn choice(pick: Pick) -> Choice {
    match pick {
        Pick::Upload => Choice::letter('y', "Add the key", ""),
        Pick::Leave => Choice::letter('n', "Leave it", ""),
        Pick::Back => Choice::new("Go back to the key", ""),
        Pick::Check => Choice::new("Check now that it works", ""),
        Pick::Again => Choice::new("Ask again", ""),
    }
}
