//! Screens 60, 62 and 63 as they look.

use crate::field::Field;
use crate::page::{Block, Choice, Mark, Page, StepId};
use crate::probe::ServerKey;
use crate::provider::Others;
use crate::say;
use crate::steps::Context;
use crate::text::Text;

use super::{By, Given, Host, Pick, State};

/// The page of the step's present state.
pub(super) fn page(step: &Host, context: &Context) -> Page {
    let screen = match step.state {
        State::Asking | State::Failed(_) | State::Same { .. } => 60,
        State::Unknown { .. } => 62,
        State::Different { .. } | State::Changed { .. } => 63,
    };
    let mut page = Page::new(
        screen,
        Some(StepId::Test),
        say!("Is this really {}?", context.service()),
    );
    if let Some(trouble) = &step.trouble {
        page.trouble(trouble);
    }
    match &step.state {
        State::Asking => {
            page.line(say!(
                "This computer has not met {} before. Servers have fingerprints, too.",
                context.host()
            ));
        }
        State::Failed(trouble) => {
            for line in trouble.lines() {
                page.line(line);
            }
        }
        State::Same { key, by } => same(&mut page, key, by, context),
        State::Unknown { key } => {
            page.line(say!(
                "This computer has not met {} before. It shows:",
                context.host()
            ));
            page.blank();
            let shown = Text::public(&key.key_type).then(" ");
            let shown = shown.then(Text::fingerprint(&key.fingerprint));
            page.body.push(Block::Copyable(shown));
            page.blank();
            page.line(match context.provider() {
                // Not one that anybody runs: it has no admin whom the person knows.
                Some(provider) if provider.other_ports == Others::Refused => say!(
                    "I know of no fingerprint that {} publishes for this host. Its support, or a \
                     colleague who connects to it already, can tell you theirs.",
                    context.service()
                ),
                Some(_) | None => Text::plain(
                    "I have nothing to compare with. Ask the server's admin for the fingerprint.",
                ),
            });
        }
        State::Different { key, published } => different(&mut page, key, published, context),
        State::Changed { key, given } => changed(&mut page, key, *given, context),
    }
    if let Some(verdict) = &step.verdict {
        page.blank();
        page.mark(Mark::Bad, verdict.clone());
    }
    page.field = step.field.as_ref().map(Field::view);
    for pick in step.picks() {
        page.choices.push(choice(pick, &step.state, context));
    }
    page
}

fn fact(page: &mut Page, label: Text, fingerprint: &str) {
    page.body
        .push(Block::Fact(label, Text::fingerprint(fingerprint)));
}

fn same(page: &mut Page, key: &ServerKey, by: &By, context: &Context) {
    page.line(say!(
        "This computer has not met {} before. Servers have fingerprints, too.",
        context.host()
    ));
    page.blank();
    fact(page, "It shows".into(), &key.fingerprint);
    match by {
        By::Published { checked } => {
            let label = say!("{} publishes", context.service());
            fact(page, label, &key.fingerprint);
            page.blank();
            page.mark(
                Mark::Good,
                say!(
                    "Same. I compared every character. (published list, read {})",
                    Text::public(checked)
                ),
            );
        }
        By::Given => {
            page.mark(
                Mark::Good,
                "Same as the one you were given. I compared every character.",
            );
        }
    }
    page.focus = 1;
}

fn different(page: &mut Page, key: &ServerKey, published: &[String], context: &Context) {
    page.mark(
        Mark::Bad,
        say!(
            "STOP. This is not a fingerprint that {} publishes.",
            context.service()
        ),
    );
    page.blank();
    fact(page, "It shows".into(), &key.fingerprint);
    for fingerprint in published {
        fact(page, say!("{} publishes", context.service()), fingerprint);
    }
    page.blank();
    page.line(
        "Somebody may be between you and the server, or this sshstep is older than the \
         server's key. Nothing was sent, and nothing was written.",
    );
}

fn changed(page: &mut Page, key: &ServerKey, given: Given, context: &Context) {
    page.mark(
        Mark::Bad,
        "STOP. The fingerprint is not the one from before.",
    );
    page.line("This can be an attack, or the server was rebuilt.");
    page.blank();
    let target = context.facts.target.as_ref();
    let known = target.and_then(|target| target.known.as_ref());
    for line in known.into_iter().flatten() {
        let place = say!("{} line {}", Text::path(&line.file), line.line);
        page.body.push(Block::Fact(
            "Remembered".into(),
            Text::fingerprint(&line.fingerprint).then("  ").then(place),
        ));
    }
    fact(page, "It shows now".into(), &key.fingerprint);
    page.blank();
    match given {
        Given::Same => page.mark(
            Mark::Good,
            "The new one is the one you were given. Remove the old line yourself:",
        ),
        Given::NotYet => {
            page.line("Ask the people who run the server whether they changed it. If they did:")
        }
    };
    let name = context
        .facts
        .effective()
        .map(|effective| effective.known_hosts_name())
        .unwrap_or_default();
    let name = shell_words::quote(&name).into_owned();
    page.body.push(Block::Copyable(Text::command(format!(
        "ssh-keygen -R {name}"
    ))));
}

fn choice(pick: Pick, state: &State, context: &Context) -> Choice {
    match pick {
        Pick::Remember => Choice::letter(
            'y',
            say!("Remember {}", context.host()),
            "adds 1 line to known_hosts",
        ),
        Pick::Stop => match state {
            State::Same { .. } => Choice::letter('n', "Stop", ""),
            State::Different { .. } | State::Changed { .. } => Choice::new("Stop", "recommended"),
            State::Asking | State::Failed(_) | State::Unknown { .. } => Choice::new("Stop", ""),
        },
        Pick::Compare => Choice::new(
            "Compare with a fingerprint I was given",
            match state {
                State::Different { .. } => "by the service itself",
                State::Changed { .. } => "by the server's admin",
                State::Asking | State::Failed(_) | State::Same { .. } | State::Unknown { .. } => {
                    "or accept it by typing the name"
                }
            },
        ),
        Pick::Again => Choice::new("Look and try again", ""),
        Pick::Report => Choice::new("Save a report for support", ""),
    }
}
