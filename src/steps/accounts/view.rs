//! Screens 74 to 76 as they look.

use crate::page::{Block, Choice, Mark, Page, StepId};
use crate::plan;
use crate::probe::Tested;
use crate::repair::accounts::How;
use crate::say;
use crate::steps::{Context, repair};
use crate::target::Target;
use crate::text::{Kind, Text};
use crate::trouble::Trouble;

use super::{Accounts, ItsKey, Pick, Results, State, same_account};

/// The page of the step's present state.
pub(super) fn page(step: &Accounts, context: &Context) -> Page {
    let screen = match &step.state {
        State::Choose | State::Naming(_) | State::Preparing => 74,
        State::Preview(..) | State::Writing => 75,
        State::Written(_) => 76,
    };
    let title = match &step.state {
        State::Choose | State::Naming(_) | State::Preparing => {
            say!("Two accounts at {}", context.service())
        }
        State::Preview(..) | State::Writing => Text::plain("Check this change"),
        State::Written(_) => Text::plain("Both accounts"),
    };
    let mut page = Page::new(screen, Some(StepId::Config), title);
    match &step.state {
        State::Choose | State::Naming(_) | State::Preparing => choose(&mut page, step, context),
        State::Preview(remedy, whole) => repair::preview(&mut page, remedy, *whole),
        State::Writing => {
            page.line("Writing.");
        }
        State::Written(results) => written(&mut page, step, results.as_ref(), context),
    }
    if let State::Naming(field) = &step.state {
        page.field = Some(field.view());
    }
    if let Some(trouble) = &step.trouble {
        page.blank();
        page.trouble(trouble);
    }
    for pick in step.picks(context) {
        page.choices.push(choice(pick, step, context));
    }
    page
}

fn choose(page: &mut Page, step: &Accounts, context: &Context) {
    let service = context.service();
    page.line("A key opens one account. The other account gets a key and a name of its own.");
    if let Some(account) = &step.first.account {
        page.aside(say!(
            "Now {} signs you in as {}; that stays as it is.",
            service,
            account.clone()
        ));
    }
    page.blank();
    let (key, note) = match &step.key {
        ItsKey::New(file) => (Text::path(file), "new"),
        ItsKey::Made(made) => (Text::path(made.files.path()), "made, not written yet"),
        ItsKey::Planned { file, .. } => (Text::path(file), "new"),
        ItsKey::Here(fingerprint) => {
            let key = context.facts.key(fingerprint);
            let path = key.and_then(|key| key.path()).unwrap_or_default();
            (Text::path(&path), "is here already")
        }
    };
    page.body
        .push(Block::Noted("Key".into(), key, Text::plain(note)));
    page.body.push(Block::Noted(
        "Name".into(),
        Text::host(&step.alias),
        say!("in place of {} in addresses", context.host()),
    ));
    page.blank();
    page.line(match step.new_address(context) {
        Some(_) => "How does git find the other account in this folder?",
        None => "With the name you reach the other account from any folder.",
    });
}

fn written(page: &mut Page, step: &Accounts, results: Option<&Results>, context: &Context) {
    let Some(results) = results else {
        page.line("It is written. Now the server has to know the key.");
        return;
    };
    let targets = [&step.first.target, &step.second];
    for (target, result) in targets.into_iter().flatten().zip(results) {
        outcome(page, target, result);
    }
    page.blank();
    if let Some(account) = same_account(results) {
        page.mark(
            Mark::Unsure,
            say!(
                "Both keys are {}'s. Give the new key to the other account instead.",
                account.clone()
            ),
        );
        page.blank();
    }
    let works = matches!(results.last(), Some(Ok(second)) if second.works());
    if let Some(next) = next_command(step, context).filter(|_| works) {
        page.line(say!("Next:  {}", next));
    }
    page.aside("Take it back any time: sshstep undo (keys are kept).");
}

/// `✓ github.com-work: ana-work`, or what is wrong with it.
fn outcome(page: &mut Page, target: &Target, result: &Result<std::sync::Arc<Tested>, Trouble>) {
    let name = match &target.identity {
        Some(key) => say!("{} with {}", Text::host(&target.host), Text::path(key)),
        None => Text::host(&target.host),
    };
    match result {
        Ok(tested) if tested.works() => {
            let account = tested.account().cloned();
            let account = account.unwrap_or_else(|| Text::plain("you are in"));
            page.mark(Mark::Good, say!("{}: {}", name, account));
        }
        Ok(tested) => {
            let why = tested
                .findings
                .first()
                .map(|finding| finding.summary.clone());
            let why = why.unwrap_or_else(|| Text::plain("not signed in"));
            page.mark(Mark::Bad, say!("{}: {}", name, why));
        }
        Err(trouble) => {
            page.mark(Mark::Unsure, say!("{}: {}", name, trouble.what.clone()));
        }
    }
}

/// What to type next for the second account.
fn next_command(step: &Accounts, context: &Context) -> Option<Text> {
    let second = step.second.as_ref()?;
    let has_remote = context.facts.git.remotes.iter().any(|remote| {
        let is_here = remote.target.host == second.host;
        is_here && remote.target.repository == second.repository
    });
    if has_remote {
        return Some(Text::command("git fetch"));
    }
    let path = second.repository.as_deref().unwrap_or("TEAM/PROJECT.git");
    let user = second.user.as_deref().unwrap_or("git");
    let address = format!("git clone {user}@{}:{path}", second.host);
    Some(Text::command(address))
}

/// Where the first of several changes may be out of sight, their number is not.
fn how_many(step: &Accounts) -> Text {
    match &step.state {
        State::Preview(remedy, _) => match plan::preview(&remedy.plan).len() {
            0 | 1 => Text::default(),
            many => say!("makes all {} changes above", many),
        },
        State::Choose
        | State::Naming(_)
        | State::Preparing
        | State::Writing
        | State::Written(_) => Text::default(),
    }
}

fn choice(pick: Pick, step: &Accounts, context: &Context) -> Choice {
    match pick {
        Pick::How(How::Address) => {
            let address = step.new_address(context).unwrap_or_default();
            Choice::new("Put the name into the remote's address", "recommended")
                .detail(Text::of(Kind::Quoted, address))
        }
        Pick::How(How::Rewrite) => Choice::new(
            "Keep the address; git puts the name in",
            "insteadOf, here only",
        ),
        Pick::How(How::Command) => Choice::new(
            "Keep the address; git takes that key",
            "core.sshCommand, here only",
        ),
        Pick::How(How::Name) => Choice::new("Set it up", "adds lines to your ssh settings"),
        Pick::OtherKey => Choice::new("Take a key that is here", "opens step 2"),
        Pick::Rename => Choice::new("Change the name", ""),
        Pick::OneKey => Choice::new(
            say!("Use another key for all of {}", context.host()),
            "opens step 2",
        ),
        Pick::Write => Choice::letter('y', "Do it", how_many(step)),
        Pick::Leave => Choice::letter('n', "Leave it", ""),
        Pick::WholeFile => Choice::letter('d', "Changes only, or whole file", ""),
        Pick::Finish => match &step.state {
            State::Written(Some(results)) if matches!(results.last(), Some(Ok(second)) if second.works()) => {
                Choice::new("Finish", "")
            }
            State::Written(_)
            | State::Choose
            | State::Naming(_)
            | State::Preparing
            | State::Preview(..)
            | State::Writing => Choice::new("Find out why", "opens the test"),
        },
        Pick::Publish => Choice::new("Give the key to the other account", "opens step 3"),
        Pick::Test => Choice::new("Test both again", ""),
    }
}
