//! Screens 35 and 36 as they look.

use crate::page::{Block, Choice, Mark, Page, StepId};
use crate::platform::browser;
use crate::say;
use crate::steps::Context;
use crate::steps::repair::{self, Whole};
use crate::text::Text;

use super::{DeployKey, Pick, State, about};

/// The page of the step's present state.
pub(super) fn page(step: &DeployKey, context: &Context) -> Page {
    let screen = match step.state {
        State::Preview(_) | State::Writing => 36,
        State::Choose | State::Typing(_) | State::Making | State::Here => 35,
    };
    let mut page = Page::new(
        screen,
        Some(StepId::Publish),
        say!("A deploy key for {}", context.service()),
    );
    match &step.state {
        State::Choose | State::Typing(_) => choose(&mut page, context),
        State::Making => {
            page.mark(Mark::Busy, "Making the key");
        }
        State::Preview(remedy) => {
            page.line("It has no passphrase: nobody could type it there.");
            repair::preview(&mut page, remedy, Whole::Changes);
        }
        State::Writing => {
            page.line("Writing.");
        }
        State::Here => here(&mut page, step, context),
    }
    if let State::Typing(field) = &step.state {
        page.field = Some(field.view());
    }
    if let Some((mark, news)) = &step.news {
        page.blank();
        page.mark(*mark, news.clone());
    }
    if let Some(trouble) = &step.trouble {
        page.blank();
        page.trouble(trouble);
    }
    for pick in step.picks(context) {
        page.choices.push(choice(&pick, step, context));
    }
    page
}

fn choose(page: &mut Page, context: &Context) {
    let service = context.service();
    page.line(say!(
        "To build your application, {} may have to read a private repository: a \
         dependency or a submodule. Give it a key of its own for that, which \
         opens this repository only.",
        service
    ));
    page.blank();
    page.mark(
        Mark::Unsure,
        "Never your own key: whoever has that is you, everywhere you use it.",
    );
    page.blank();
    page.line("Which repository shall it read?");
}

fn here(page: &mut Page, step: &DeployKey, context: &Context) {
    let (Some(repository), Some(about)) = (&step.repository, about(context)) else {
        return;
    };
    let service = context.service();
    page.line(say!(
        "First {} gets the public half as a deploy key, for reading only:",
        repository.name()
    ));
    if let Some(line) = step.public_line(context) {
        page.body.push(Block::Copyable(line));
    }
    if let Some((before, repository, behind)) = step.page(context)
        && !browser::is_reachable(&context.machine)
    {
        let url = Text::public(before).then(repository.name());
        page.body.push(Block::Quote(url.then(Text::public(behind))));
    }
    page.line(say!(
        "Then {} gets the private half of this key, never of your own. In the \
         application's folder, type:",
        service
    ));
    for line in step.command(context).into_iter().flatten() {
        page.body.push(Block::Quote(Text::command(line)));
    }
    page.aside(say!(
        "Or set {} in {}.",
        Text::public(&about.variable),
        Text::public(&about.place)
    ));
    page.aside("It counts from the next deployment on.");
}

fn choice(pick: &Pick, step: &DeployKey, context: &Context) -> Choice {
    match pick {
        Pick::Take(repository) => Choice::new(repository.name(), Text::host(&repository.host)),
        Pick::Type => Choice::new("Another repository", "type its address"),
        Pick::Write => Choice::letter('y', "Make it", ""),
        Pick::Leave => Choice::letter('n', "Leave it", ""),
        Pick::CopyAndOpen(_) if browser::is_reachable(&context.machine) => {
            Choice::new("Copy the public half and open its page", "")
        }
        Pick::CopyAndOpen(_) => Choice::new("Copy the public half", "then open the page above"),
        Pick::Copy => Choice::new("Copy the public half", ""),
        Pick::Show => Choice::new("Show the whole public half, to copy by hand", ""),
        Pick::Command => Choice::new("Copy the command above", "it holds no key"),
        Pick::Try => {
            let host = step.repository.as_ref().map(|one| Text::host(&one.host));
            Choice::new(
                say!("Test the key with {}", host.unwrap_or_default()),
                "this key alone",
            )
        }
        Pick::Finish => Choice::new("Done", ""),
    }
}
