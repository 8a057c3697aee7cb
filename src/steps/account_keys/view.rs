//! How do the account's keys look beside those of this computer?

use crate::account::{self, Account, AccountKey, Added};
use crate::facts::LocalKey;
use crate::page::{Block, Choice, Mark, Page};
use crate::provider::{Cli, Then};
use crate::say;
use crate::steps::Context;
use crate::steps::environment::waiting;
use crate::text::Text;

use super::{AccountKeys, Pick, State, title, tool};

/// Keys of the account that are listed; the screen has room for so many.
const MOST_KEYS: usize = 6;
/// Keys of this computer that are named as not on the account.
const MOST_MISSING: usize = 3;

/// Everything below the heading.
pub(super) fn fill(step: &AccountKeys, page: &mut Page, context: &Context) {
    match &step.state {
        State::Asking => {
            page.line(say!("Asking {} which keys it has.", context.service()));
        }
        State::Adding(command) => {
            page.line(say!(
                "Adding the key, then asking {} again:",
                context.service()
            ));
            page.body.push(Block::Quote(command.clone()));
        }
        State::Stopped => {
            page.line("The question was stopped.");
        }
        State::StoppedAdding => {
            page.mark(
                Mark::Unsure,
                "It was stopped. Whether the key has arrived is not known.",
            );
            page.line("Ask again: the list shows it.");
        }
        State::Failed(untold) => {
            page.trouble(&untold.trouble);
        }
        State::Listed { account, news } => {
            if let Some(cli) = tool(context) {
                table(page, account, cli, context);
                page.blank();
                match context.key() {
                    Some(key) => the_key(page, account, news.as_ref(), (cli, key), context),
                    None => {
                        page.line("Choose a key first to add one.");
                    }
                }
            }
        }
    }
    if let Some(trouble) = &step.news {
        page.trouble(trouble);
    }
    if let Some(cli) = tool(context)
        && let Some(args) = step.asking(cli, context)
    {
        page.blank();
        page.line("With y this runs, and asks you here in the terminal:");
        page.body.push(Block::Quote(Text::command(cli.line(args))));
    }
    let picks = step.picks(context);
    for pick in &picks {
        page.choices.push(choice(*pick, step, context));
    }
    // Enter alone never changes anything.
    if let Some(Pick::Upload | Pick::Run) = picks.first() {
        page.focus = 1;
    }
}

/// The account's keys against the local ones.
fn table(page: &mut Page, account: &Account, cli: &Cli, context: &Context) {
    page.line(say!(
        "{} is signed in as {}. That account has {}",
        Text::public(cli.program.name()),
        account.name.clone(),
        match account.keys.len() {
            0 => Text::plain("no keys."),
            1 => Text::plain("1 key:"),
            many => say!("{} keys:", many),
        }
    ));
    let known = account.keys.iter().map(|theirs| {
        let mut local = context.facts.keys.iter();
        (theirs, local.find(|local| theirs.is(local)))
    });
    // What is here as well is what the person knows: it is among those that are shown.
    let (here, elsewhere): (Vec<_>, Vec<_>) = known.partition(|(_, here)| here.is_some());
    for (theirs, here) in here.into_iter().chain(elsewhere).take(MOST_KEYS) {
        let title = if theirs.title.is_empty() {
            Text::plain("(no title)")
        } else {
            theirs.title.clone()
        };
        page.body.push(Block::Fact(title, place(theirs, here)));
    }
    if account.keys.len() > MOST_KEYS {
        page.aside(say!("and {} more", account.keys.len() - MOST_KEYS));
    }
    let missing: Vec<&LocalKey> = context
        .usable_keys()
        .filter(|local| !account.has(local))
        .collect();
    if !missing.is_empty() {
        let names = missing.iter().take(MOST_MISSING).map(|key| name(key));
        let names = Text::join(names, ", ");
        page.line(match missing.len().saturating_sub(MOST_MISSING) {
            0 => say!("Not on the account: {}", names),
            more => say!("Not on the account: {} and {} more", names, more),
        });
    }
}

fn place(theirs: &AccountKey, here: Option<&LocalKey>) -> Text {
    match here {
        Some(local) => say!("on this computer: {}", name(local)),
        None if theirs.is_telling() => Text::plain("not on this computer"),
        None => Text::plain("cannot be compared: too little of it is shown"),
    }
}

/// What is so of the chosen key, and what can be done.
fn the_key(
    page: &mut Page,
    account: &Account,
    news: Option<&Added>,
    (cli, key): (&Cli, &LocalKey),
    context: &Context,
) {
    let program = Text::public(cli.program.name());
    match (account.has(key), news) {
        (true, Some(_)) => {
            page.mark(
                Mark::Good,
                say!("{} lists this key now: it has arrived.", program),
            );
            for line in cli.add.note.lines() {
                page.aside(line);
            }
            waiting::show(page, context);
        }
        (true, None) => {
            page.mark(Mark::Good, Text::plain("This key is on the account."));
            waiting::show(page, context);
        }
        (false, Some(added)) => {
            page.mark(
                Mark::Bad,
                say!("{} does not list this key: it has not arrived.", program),
            );
            for line in added.said.iter().take(3) {
                page.body.push(Block::Quote(line.clone()));
            }
            match &added.meaning {
                Some(known) => {
                    for line in known.means.iter().chain(&known.fix) {
                        page.line(line.clone());
                    }
                }
                None => {
                    page.line("Ask again in a moment, or go back and add it by hand.");
                }
            }
        }
        (false, None) => {
            page.mark(
                Mark::Unsure,
                say!(
                    "{} is not on the account. With y this runs, as {}:",
                    name(key),
                    account.name.clone()
                ),
            );
            let title = title(account, context).unwrap_or_default();
            page.body
                .push(Block::Quote(account::add_command(cli, key, &title)));
            if account::own_file(cli, key).is_none() {
                page.aside(
                    "key.pub is a copy of the public half, made for this and removed again.",
                );
            }
        }
    }
}

fn name(key: &LocalKey) -> Text {
    Text::path(std::path::Path::new(&key.name()))
}

fn choice(pick: Pick, step: &AccountKeys, context: &Context) -> Choice {
    let program = || tool(context).map_or("it", |cli| cli.program.name());
    match pick {
        Pick::Upload => Choice::letter('y', "Add the key", ""),
        Pick::Leave => Choice::letter('n', "Leave it", ""),
        Pick::Run => match step.then(context) {
            Some(Then::SignIn) => {
                Choice::letter('y', say!("Sign in with {}", Text::public(program())), "")
            }
            Some(Then::Allow | Then::OtherKey) | None => Choice::letter(
                'y',
                say!("Let {} ask for that right", Text::public(program())),
                "",
            ),
        },
        Pick::OtherKey => Choice::new(
            "Use another key for this account",
            "this one stays as it is",
        ),
        Pick::Check => Choice::new("Check now that it works", ""),
        Pick::Project => waiting::choice(context),
        Pick::Again => Choice::new("Ask again", ""),
        Pick::Back => Choice::new("Go back", ""),
    }
}
