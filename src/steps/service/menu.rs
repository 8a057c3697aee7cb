//! Which servers does screen 10 offer, and in which words?

use crate::page::Choice;
use crate::say;
use crate::steps::Context;
use crate::target::Scheme;
use crate::text::{Kind, Text};

use super::Pick;

/// The remotes of this folder first, then the services in their order, then everything else, and the
/// way in for somebody whose connection has failed; nine at most, so that each has its digit.
pub(super) fn menu(context: &Context) -> Vec<Pick> {
    let mut picks: Vec<Pick> = Vec::new();
    if let Some(resume) = &context.resume {
        picks.push(Pick::Resume(resume.target.clone()));
    }
    let mut named: Vec<String> = Vec::new();
    for remote in &context.facts.git.remotes {
        let same = named.contains(&remote.target.host);
        if !same && picks.len() < 3 {
            named.push(remote.target.host.clone());
            picks.push(Pick::Remote(remote.clone()));
        }
    }
    for entry in context.providers.menu() {
        let by_remote = entry
            .main_host()
            .is_some_and(|host| named.iter().any(|name| name == host));
        if !by_remote && picks.len() < 7 {
            picks.push(Pick::Provider(entry.id().to_owned()));
        }
    }
    picks.extend([Pick::Others, Pick::Message]);
    picks
}

/// A pick as a choice.
pub(super) fn choice(pick: &Pick, context: &Context) -> Choice {
    match pick {
        Pick::Resume(target) => Choice::new(
            say!("Go on with {}", Text::host(&target.host)),
            match context.resume.as_ref().and_then(|resume| resume.step) {
                Some(step) => say!("last time you stopped at Step {}", step.number()),
                None => Text::plain("last time it was not finished"),
            },
        ),
        Pick::Remote(remote) => {
            let name = context.providers.for_host(&remote.target.host).map_or_else(
                || Text::host(&remote.target.host),
                crate::provider::Provider::shown_name,
            );
            let note = match remote.target.scheme {
                Scheme::Https => say!(
                    "{}   this folder's {} (https for now)",
                    Text::host(&remote.target.host),
                    Text::of(Kind::Quoted, &remote.name)
                ),
                Scheme::Host | Scheme::Ssh => {
                    match context.providers.for_host(&remote.target.host) {
                        Some(_) => {
                            say!("{}   used by this folder", Text::host(&remote.target.host))
                        }
                        None => Text::plain("used by this folder"),
                    }
                }
            };
            Choice::new(name, note)
        }
        Pick::Provider(id) => match context.providers.menu().find(|entry| entry.id() == id) {
            Some(entry) => Choice::new(
                Text::public(entry.name()),
                match entry.main_host() {
                    Some(host) if !host.contains('*') => Text::public(host),
                    Some(_) | None => Text::plain("asks for your project's address"),
                },
            ),
            None => Choice::new(Text::public(id), ""),
        },
        Pick::Others => Choice::new(
            "Another server",
            match context.facts.config.hosts().len() {
                0 => Text::plain("type its address"),
                1 => Text::plain("type its address, or 1 host of your settings"),
                many => say!("type its address, or {} hosts of your settings", many),
            },
        ),
        Pick::Message => Choice::new("I have an error message: find out what is wrong", ""),
        Pick::Host(host) => Choice::new(Text::host(host), ""),
        Pick::Type => Choice::new("Type an address", "a host, user@host or a git address"),
    }
}

/// "I found: 2 keys, ssh 9.2, agent running and empty, no settings file."
pub(super) fn found(context: &Context) -> Text {
    let facts = &context.facts;
    let keys = match facts.keys.iter().filter(|key| key.has_file()).count() {
        0 => Text::plain("no keys"),
        1 => Text::plain("1 key"),
        many => say!("{} keys", many),
    };
    let ssh = match facts.ssh.as_ref() {
        Some(client) => say!("ssh {}", Text::public(client.short())),
        None => Text::plain("no working ssh"),
    };
    let agent = crate::steps::agent::in_words(&facts.agent);
    let settings = if facts.config.tree.main().1.is_empty() {
        Text::plain("no settings file")
    } else {
        Text::plain("a settings file")
    };
    say!("I found: {}, {}, {}, {}.", keys, ssh, agent, settings)
}
