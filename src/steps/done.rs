//! Screen 80: it works. What was changed, what comes next, how to take it back.

use crate::diagnosis::fix::Does;
use crate::diagnosis::{Offer, Severity};
use crate::facts::Effective;
use crate::page::{Block, Choice, Mark, Page, StepId};
use crate::say;
use crate::target::Scheme;
use crate::text::{Kind, Text};

use super::{Context, Msg, Next, Place, Step, accounts, certificate, deploy_key};

/// The end.
#[derive(Default)]
pub struct Done;

/// What can be done at the end.
#[derive(Clone, Copy)]
enum Pick {
    Finish,
    Report,
    Undo,
    Mend,
    DeployKey,
    WrongAccount,
    AnotherServer,
}

/// Undo is there when something was changed, a repair when something is not as it could be.
fn picks(context: &Context) -> Vec<Pick> {
    let mut picks = vec![Pick::Finish, Pick::Report];
    if !context.answers.changes.is_empty() {
        picks.push(Pick::Undo);
    }
    if better(context).is_some() {
        picks.push(Pick::Mend);
    }
    if deploy_key::is_offered(context) {
        picks.push(Pick::DeployKey);
    }
    picks.extend([Pick::WrongAccount, Pick::AnotherServer]);
    picks
}

impl Step for Done {
    fn enter(&mut self, _: &mut Context) -> Next {
        Next::Stay
    }

    fn update(&mut self, message: Msg, context: &mut Context) -> Next {
        match message {
            Msg::Pick(at) => match picks(context).get(at) {
                Some(Pick::Finish) => Next::Quit,
                Some(Pick::Report) => Next::To(Place::Report),
                Some(Pick::Undo) => Next::To(Place::Undo),
                Some(Pick::Mend) => Next::To(Place::Repair),
                Some(Pick::DeployKey) => Next::To(Place::DeployKey),
                Some(Pick::WrongAccount) if accounts::is_by_key(context) => {
                    Next::To(Place::Accounts)
                }
                Some(Pick::WrongAccount) => Next::To(Place::Key),
                Some(Pick::AnotherServer) => Next::To(Place::Service),
                None => Next::Stay,
            },
            Msg::Retry => {
                context.answers.tested = None;
                Next::To(Place::Test)
            }
            Msg::Submitted | Msg::Outcome(_) | Msg::Resumed | Msg::Stopped => Next::Stay,
        }
    }

    fn view(&self, context: &Context) -> Page {
        let mut page = Page::new(80, Some(StepId::Test), "Done");
        page.mark(Mark::Good, headline(context));
        page.blank();
        for command in &context.answers.ran {
            page.line(say!("Was run: {}", command.clone()));
        }
        if context.answers.changes.is_empty() && !context.answers.ran.is_empty() {
            page.line("What it changed is its own; sshstep itself has changed nothing.");
        } else if context.answers.changes.is_empty() {
            page.line("Nothing had to be changed on this computer.");
        } else {
            page.line("Changed on this computer:");
            for change in &context.answers.changes {
                page.body.push(Block::Quote(say!("+ {}", change.clone())));
            }
        }
        page.blank();
        if let Some(next) = next_command(context) {
            page.line(say!("Next:  {}", next));
        }
        let advice: Vec<&Text> = context
            .answers
            .tested
            .iter()
            .flat_map(|tested| &tested.findings)
            .map(|finding| &finding.cause)
            .collect();
        for cause in advice {
            page.aside(say!("Good to know: {}", cause.clone()));
        }
        let certificate = certificate::in_use(context);
        if let Some(certificate) = certificate.filter(|_| certificate::is_needed(context)) {
            let left = certificate::left(&mut page, certificate);
            page.line(say!("Your certificate counts {}.", left));
        }
        let files = context.provider().and_then(|it| it.file_transfer.as_ref());
        if let Some(files) = files.filter(|files| !files.note.is_empty()) {
            let note = Text::join(files.note.lines(), " ");
            page.aside(say!("Good to know: {}", note));
        }
        for pick in picks(context) {
            page.choices.push(match pick {
                Pick::Finish => Choice::new("Finish", ""),
                Pick::Report => Choice::new("Save a report", effort(context)),
                Pick::Undo => Choice::new("Take the changes back", "keeps the key"),
                Pick::Mend => match better(context) {
                    Some(offer) => Choice::new(offer.summary.clone(), offer.note.clone()),
                    None => continue,
                },
                Pick::DeployKey => Choice::new(
                    say!("Give {} a deploy key", context.service()),
                    "for a private repository",
                ),
                Pick::WrongAccount if accounts::is_by_key(context) => {
                    Choice::new("Wrong account: use another one", "")
                }
                Pick::WrongAccount => Choice::new("Wrong account: choose another key", ""),
                Pick::AnotherServer => Choice::new("Connect to another server", ""),
            });
        }
        if !context.answers.changes.is_empty() {
            page.blank();
            page.choices_here();
            page.blank();
            page.line(if context.demo {
                "This was a demo: all of it is gone when you leave."
            } else if context.answers.ran.is_empty() {
                "Take it back any time: sshstep undo (keys are kept)."
            } else {
                "Take it back any time: sshstep undo (not what was run; keys are kept)."
            });
        }
        page
    }
}

/// "Time 2 min 40 s, 6 key presses": how long it took until it worked.
fn effort(context: &Context) -> Text {
    let Some((took, presses)) = context.history.effort() else {
        return Text::default();
    };
    let (minutes, seconds) = (took.as_secs() / 60, took.as_secs() % 60);
    let keys = match presses {
        1 => Text::plain("1 key press"),
        many => say!("{} key presses", many),
    };
    if minutes == 0 {
        say!("Time {} s, {}", seconds, keys)
    } else {
        say!("Time {} min {} s, {}", minutes, seconds, keys)
    }
}

/// What could be better although it works, where a change would do it.
fn better(context: &Context) -> Option<&Offer> {
    let first = context.answers.tested.as_ref()?.findings.first()?;
    let offer = first.fixes.first()?;
    let is_change = matches!(offer.fix.does(), Does::Change(_));
    (first.severity == Severity::Warning && is_change).then_some(offer)
}

/// "It works. GitHub signed you in as ana-dev."
pub fn headline(context: &Context) -> Text {
    let account = context
        .answers
        .tested
        .as_ref()
        .and_then(|tested| tested.account().cloned());
    works(context.service(), account)
}

/// That it works, with the account where the server named it.
pub fn works(service: Text, account: Option<Text>) -> Text {
    match account {
        Some(account) => say!("It works. {} signed you in as {}.", service, account),
        None => say!("It works. {} let you in.", service),
    }
}

/// What to type next: for an https remote of this folder the way to ssh, otherwise the service's own.
fn next_command(context: &Context) -> Option<Text> {
    let target = context.answers.target.as_ref()?;
    let https =
        context.facts.git.remotes.iter().find(|remote| {
            remote.target.host == target.host && remote.target.scheme == Scheme::Https
        });
    if let (Some(remote), Some(user)) = (https, &target.user)
        && let Some(path) = &remote.target.repository
    {
        let address = format!("{user}@{}:{path}", target.host);
        return Some(Text::command(shell_words::join([
            "git",
            "remote",
            "set-url",
            &remote.name,
            &address,
        ])));
    }
    let real = context.facts.effective().map(Effective::host_name);
    let real = real.filter(|real| *real != target.host && !real.is_empty());
    let next = context
        .provider()
        .and_then(|provider| provider.next_command_at(real.unwrap_or(&target.host)));
    // Of a shell the whole command is known, unless it wants more words: it is the target.
    let is_plain = |next: &&str| next.starts_with("ssh ") && !next.starts_with("ssh -");
    if let Some(next) = next.filter(|next| !is_plain(next)) {
        let mut remotes = context.facts.git.remotes.iter();
        let remote = remotes.find(|remote| remote.target.host == target.host);
        if let Some(remote) = remote.filter(|_| next.contains("REMOTE")) {
            return Some(Text::command(
                next.replace("REMOTE", &shell_words::quote(&remote.name)),
            ));
        }
        // With the name that the settings have for it, where that was tested.
        return Some(match real {
            Some(real) if next.contains(&format!("@{real}:")) => {
                Text::command(next.replace(&format!("@{real}:"), &format!("@{}:", target.host)))
            }
            Some(_) | None => Text::of(Kind::Public, next),
        });
    }
    let user = target
        .user
        .as_ref()
        .map(|user| format!("{user}@"))
        .unwrap_or_default();
    let port = target.port.map(|port| format!(" -p {port}"));
    let port = port.unwrap_or_default();
    Some(Text::command(format!("ssh {user}{}{port}", target.host)))
}
