//! Screen 77 as it looks.

use crate::account::Untold;
use crate::environment::{Environment, Last, State as Runs};
use crate::page::{Block, Choice, Mark, Page};
use crate::provider::Then;
use crate::say;
use crate::steps::Context;
use crate::text::{Kind, Text};

use super::{Pick, State, Tool, place, remote};

/// What was told, what it means, and the command that helps.
pub(super) fn told(page: &mut Page, told: &Environment, tool: &Tool<'_>) {
    let mut fact = |name: &'static str, value: Text| {
        page.body.push(Block::Fact(name.into(), value));
    };
    fact("Project", Text::user(&told.place.project));
    if let Some(environment) = &told.place.environment {
        let machine = Text::user(environment);
        fact(
            "Environment",
            match &told.name {
                Some(name) => say!("{} ({})", name.clone(), machine),
                None => machine,
            },
        );
    }
    let (mark, state) = in_words(&told.state);
    if let Some(state) = state {
        fact("State", state);
    }
    if told.last == Last::Failed {
        fact("Last deployment", Text::plain("failed"));
    }
    page.blank();
    page.mark(mark, meaning(told, tool));
    if let Some((args, _)) = tool.remedy(told) {
        page.blank();
        page.line(say!(
            "With y this runs; {} asks once more before it begins:",
            tool.name()
        ));
        page.body.push(Block::Quote(tool.line(args, &told.place)));
    }
}

/// Why the tool told nothing, and the sign-in that it wants.
pub(super) fn failed(page: &mut Page, untold: &Untold, tool: &Tool<'_>) {
    page.trouble(&untold.trouble);
    if untold.then == Some(Then::SignIn) {
        page.blank();
        page.line("With y this runs, and asks you here in the terminal:");
        let line = tool.service.cli.line(&tool.service.cli.sign_in);
        page.body.push(Block::Quote(Text::command(line)));
    }
}

/// What the person can do where the tool is not there.
pub(super) fn by_hand(page: &mut Page, tool: &Tool<'_>, context: &Context) {
    page.mark(
        Mark::Unsure,
        say!("{} is not installed here, so I cannot ask it.", tool.name()),
    );
    page.line(say!(
        "Look on the pages of {} whether the environment is active.",
        context.service()
    ));
    page.line("A new key or new access counts after the next deployment.");
    page.blank();
    let Some(place) = place(context, tool.known) else {
        return;
    };
    if place.environment.is_none() {
        page.line("If its code comes from GitHub, GitLab or Bitbucket, git pushes go there,");
        page.line("and so does your key.");
    } else if let Some(remote) = remote(context) {
        page.line("An empty commit deploys it again. Type this in your repository:");
        let words = std::iter::once("git").chain(tool.known.commit.iter().map(String::as_str));
        page.body
            .push(Block::Copyable(Text::command(shell_words::join(words))));
        page.body.push(Block::Copyable(say!(
            "git push {}",
            Text::of(Kind::Label, &remote.name)
        )));
        page.aside("I do not run it: it adds a commit to your branch and deploys.");
    } else {
        page.line("Where it is installed, this deploys it again:");
        page.body
            .push(Block::Quote(tool.line(&tool.known.redeploy, &place)));
    }
}

/// The state in a word, and whether that is a good sign.
fn in_words(state: &Runs) -> (Mark, Option<Text>) {
    match state {
        Runs::Active => (Mark::Unsure, Some(Text::plain("active"))),
        Runs::Inactive => (Mark::Bad, Some(Text::plain("inactive"))),
        Runs::Paused => (Mark::Bad, Some(Text::plain("paused"))),
        Runs::Busy => (Mark::Unsure, Some(Text::plain("in progress"))),
        Runs::Other(word) => (Mark::Unsure, Some(word.clone())),
        Runs::NotListed => (Mark::Bad, Some(Text::plain("not in this project"))),
        Runs::NotNamed => (Mark::Unsure, None),
    }
}

/// What it means for the connection.
fn meaning(told: &Environment, tool: &Tool<'_>) -> Text {
    match (&told.state, &told.source) {
        (Runs::Active, _) if told.last == Last::Failed => {
            Text::plain("Its last deployment failed, so newer keys and access do not count yet.")
        }
        (Runs::Active, _) => {
            Text::plain("It runs, but newer keys and access count after the next deployment.")
        }
        (Runs::Inactive, _) => Text::plain("It does not run, so nobody can sign in."),
        (Runs::Paused, _) => Text::plain("It is paused, so nobody can sign in."),
        (Runs::Busy, _) => {
            Text::plain("Something is being done with it. Wait until that is over, then test.")
        }
        (Runs::Other(_), _) => Text::plain("Look on its page what that means for you."),
        (Runs::NotListed, _) => {
            Text::plain("The name in the address is wrong, or not yours. Compare it with the page.")
        }
        (Runs::NotNamed, Some(source)) => say!(
            "Its code comes from {}: git pushes go there, and so does your key.",
            source.name.clone()
        ),
        (Runs::NotNamed, None) => say!(
            "{} names no other service for its code: pushes go to this address.",
            tool.name()
        ),
    }
}

/// What a pick is called.
pub(super) fn choice(pick: Pick, state: &State, tool: &Tool<'_>) -> Choice {
    let told = match state {
        State::Told(told) => Some(told),
        State::NoTool | State::Asking | State::Failed(_) | State::Deploying | State::SigningIn => {
            None
        }
    };
    match pick {
        Pick::Source => {
            let source = told.and_then(|told| told.source.as_ref());
            let name = source.map_or_else(Text::default, |source| source.name.clone());
            Choice::new(say!("Go on with {}", name), "tests your key there")
        }
        Pick::Again => Choice::new("Ask again", ""),
        Pick::Test => Choice::new("Test the connection", ""),
        Pick::SignIn => Choice::letter('y', say!("Sign in with {}", tool.name()), ""),
        Pick::Run => {
            let remedy = told.and_then(|told| tool.remedy(told));
            Choice::letter('y', remedy.map_or("Do it", |(_, words)| words), "")
        }
        Pick::Leave => Choice::letter('n', "Leave it", ""),
    }
}
