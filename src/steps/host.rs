//! Screens 60, 62 and 63: is this really the server?
//!
//! The program compares fingerprints, the person decides. A key that differs from the published
//! ones has no `y`.

use std::sync::Arc;

use crate::diagnosis::Sign;
use crate::facts::KnownHostsFile;
use crate::field::Field;
use crate::page::{Block, Choice, Mark, Page, StepId};
use crate::plan::{Change, Plan};
use crate::probe::{self, HostKeys, ServerKey, Unfetched};
use crate::provider::{HostKeyType, Published};
use crate::say;
use crate::text::Text;
use crate::transcript::Event;
use crate::trouble::Trouble;

use super::{Context, Effect, Msg, Next, Outcome, Place, Step};

/// Learns the server's identity.
#[derive(Default)]
pub struct Host {
    state: State,
    trouble: Option<Trouble>,
}

#[derive(Default)]
enum State {
    #[default]
    Asking,
    /// Could not be asked.
    Failed(Trouble),
    /// Screen 60: equal to a published or given fingerprint.
    Same { key: ServerKey, by: By },
    /// Screen 62: nothing to compare with yet.
    Unknown {
        key: ServerKey,
        field: Option<Field>,
    },
    /// Screen 63: not one that the service publishes.
    Different {
        key: ServerKey,
        published: Vec<String>,
    },
    /// Screen 63: another key than the one this computer remembers.
    Changed {
        shown: String,
        field: Option<Field>,
        compared: Option<Compared>,
    },
}

/// What comparing with a given fingerprint came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Compared {
    Same,
    NotSame,
}

enum By {
    /// The list of the service, with its date.
    Published { checked: String },
    /// A fingerprint that the person was given.
    Given,
}

#[derive(Clone, Copy)]
enum Pick {
    Remember,
    Stop,
    Compare,
    Again,
}

impl Host {
    fn picks(&self) -> Vec<Pick> {
        match &self.state {
            State::Asking => Vec::new(),
            State::Failed(_) => vec![Pick::Again, Pick::Stop],
            State::Same { .. } => vec![Pick::Remember, Pick::Stop],
            State::Unknown { field: Some(_), .. } => Vec::new(),
            State::Unknown { field: None, .. } => vec![Pick::Compare, Pick::Stop],
            State::Different { .. } => vec![Pick::Stop, Pick::Again],
            State::Changed { field: Some(_), .. } => Vec::new(),
            State::Changed { field: None, .. } => vec![Pick::Stop, Pick::Compare, Pick::Again],
        }
    }

    fn pick(&mut self, pick: Pick, context: &Context) -> Next {
        match pick {
            Pick::Remember => match &self.state {
                State::Same { key, .. } => self.remember(&key.clone(), context),
                State::Asking
                | State::Failed(_)
                | State::Unknown { .. }
                | State::Different { .. }
                | State::Changed { .. } => Next::Stay,
            },
            Pick::Stop => Next::Back,
            Pick::Again => match self.state {
                State::Changed { .. } => Next::To(Place::Test),
                State::Asking
                | State::Failed(_)
                | State::Same { .. }
                | State::Unknown { .. }
                | State::Different { .. } => self.ask(),
            },
            Pick::Compare => {
                if let State::Changed { field, .. } = &mut self.state {
                    *field = Some(Field::line("Fingerprint", "").help(
                        "Paste the fingerprint that the server's admin gave you: I compare.",
                    ));
                }
                if let State::Unknown { field, .. } = &mut self.state {
                    *field = Some(
                        Field::line("Fingerprint or name", "")
                            .help("Paste the fingerprint that the server's admin gave you: I compare.")
                            .help("Or type the server's name to accept it unchecked."),
                    );
                }
                Next::Stay
            }
        }
    }

    fn ask(&mut self) -> Next {
        self.state = State::Asking;
        self.trouble = None;
        Next::Run(Effect::FetchHostKeys)
    }

    /// The screen that wanted to know goes on without; the failed connection is as good as a test.
    fn unfetched(&mut self, unfetched: Unfetched, context: &mut Context) -> Next {
        if let (Some(judged), Some(target)) = (unfetched.judged, context.answers.target.clone()) {
            let provider = context.provider().cloned();
            let tested = probe::judge(
                *judged,
                &context.facts,
                provider.as_ref(),
                &target,
                &context.answers.server,
            );
            context.answers.tested = Some(Arc::new(tested));
        }
        let what = unfetched.trouble.what.clone();
        context.answers.unreachable = Some(unfetched.trouble.clone());
        self.state = State::Failed(unfetched.trouble);
        Next::Forward(what)
    }

    fn fetched(&mut self, fetched: HostKeys, context: &Context) -> Next {
        let Some(key) = fetched.keys.into_iter().next() else {
            return Next::Stay;
        };
        self.state = compare(key, context);
        Next::Stay
    }

    /// One line more in known_hosts, exactly the one that ssh itself would add.
    fn remember(&mut self, key: &ServerKey, context: &Context) -> Next {
        if context.machine.home_differs() {
            self.trouble = Some(super::new_key::home_differs(&context.machine));
            return Next::Stay;
        }
        match &context.facts.target {
            Some(target) => Next::Run(Effect::Apply(remember(key, &target.known_hosts))),
            None => Next::Stay,
        }
    }

    fn submitted(&mut self, context: &Context) -> Next {
        if let State::Changed {
            shown,
            field,
            compared,
        } = &mut self.state
        {
            let typed = field.take().map(|field| field.typed()).unwrap_or_default();
            *compared = Some(if is_same(&typed, shown) {
                Compared::Same
            } else {
                Compared::NotSame
            });
            return Next::Stay;
        }
        let State::Unknown {
            key,
            field: Some(field),
        } = &self.state
        else {
            return Next::Stay;
        };
        let typed = field.typed().trim().to_owned();
        let host = context
            .answers
            .target
            .as_ref()
            .map(|target| target.host.clone())
            .unwrap_or_default();
        let key = key.clone();
        if typed == host {
            return self.remember(&key, context);
        }
        if is_same(&typed, &key.fingerprint) {
            self.state = State::Same { key, by: By::Given };
            return Next::Stay;
        }
        Next::Say(if typed.starts_with("SHA256:") {
            Text::plain("NOT the same fingerprint. Ask the server's admin before you go on.")
        } else {
            Text::plain("That is neither a SHA256 fingerprint nor this server's name.")
        })
    }
}

impl Step for Host {
    fn enter(&mut self, context: &mut Context) -> Next {
        context.answers.unreachable = None;
        if let Some(shown) = changed_to(context) {
            self.state = State::Changed {
                shown,
                field: None,
                compared: None,
            };
            return Next::Stay;
        }
        if context.is_host_known() {
            return Next::Forward(Text::default());
        }
        self.ask()
    }

    fn update(&mut self, message: Msg, context: &mut Context) -> Next {
        match message {
            Msg::Pick(at) => match self.picks().get(at).copied() {
                Some(pick) => self.pick(pick, context),
                None => Next::Stay,
            },
            Msg::Submitted => self.submitted(context),
            Msg::Outcome(Outcome::HostKeys(Ok(keys))) => self.fetched(keys, context),
            Msg::Outcome(Outcome::HostKeys(Err(unfetched))) => self.unfetched(unfetched, context),
            Msg::Outcome(Outcome::Applied(Ok(_))) => {
                Next::Forward(say!("{} is remembered.", context.host()))
            }
            Msg::Outcome(Outcome::Applied(Err(trouble))) => {
                self.trouble = Some(trouble);
                Next::Stay
            }
            Msg::Retry => self.ask(),
            Msg::Stopped => {
                self.state = State::Failed(Trouble::new(
                    "You stopped before the server answered.",
                    Text::default(),
                    Text::default(),
                ));
                Next::Stay
            }
            Msg::Outcome(_) | Msg::Resumed => Next::Stay,
        }
    }

    fn view(&self, context: &Context) -> Page {
        let screen = match self.state {
            State::Asking | State::Failed(_) | State::Same { .. } => 60,
            State::Unknown { .. } => 62,
            State::Different { .. } | State::Changed { .. } => 63,
        };
        let mut page = Page::new(
            screen,
            Some(StepId::Test),
            say!("Is this really {}?", context.service()),
        );
        if let Some(trouble) = &self.trouble {
            page.mark(Mark::Bad, trouble.what.clone());
            for line in trouble.lines().into_iter().skip(1) {
                page.line(line);
            }
        }
        match &self.state {
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
            State::Unknown { key, field } => {
                page.line(say!(
                    "This computer has not met {} before. It shows:",
                    context.host()
                ));
                page.blank();
                shows(&mut page, key);
                page.blank();
                page.line(
                    "I have nothing to compare with. Ask the server's admin for the fingerprint.",
                );
                page.field = field.as_ref().map(Field::view);
            }
            State::Different { key, published } => {
                different(&mut page, key, published, context);
            }
            State::Changed {
                shown,
                field,
                compared,
            } => {
                changed(&mut page, shown, *compared, context);
                page.field = field.as_ref().map(Field::view);
            }
        }
        for pick in self.picks() {
            page.choices.push(choice(pick, &self.state, context));
        }
        page
    }

    fn field(&mut self) -> Option<&mut Field> {
        match &mut self.state {
            State::Unknown { field, .. } | State::Changed { field, .. } => field.as_mut(),
            State::Asking | State::Failed(_) | State::Same { .. } | State::Different { .. } => None,
        }
    }

    fn leave(&mut self) -> bool {
        match &mut self.state {
            State::Unknown { field, .. } | State::Changed { field, .. } => field.take().is_some(),
            State::Asking | State::Failed(_) | State::Same { .. } | State::Different { .. } => {
                false
            }
        }
    }
}

/// What the shown key is, by the list of the service.
fn compare(key: ServerKey, context: &Context) -> State {
    let (Some(provider), Some(target)) = (context.provider(), &context.answers.target) else {
        return State::Unknown { key, field: None };
    };
    let host = context
        .facts
        .effective()
        .map_or(target.host.as_str(), |effective| effective.host_name());
    let Some(kind) = HostKeyType::from_openssh(&key.key_type) else {
        return State::Unknown { key, field: None };
    };
    match context
        .providers
        .published(provider, host, kind, &key.fingerprint)
    {
        Published::Same(_) => State::Same {
            key,
            by: By::Published {
                checked: provider.host_keys.checked.clone(),
            },
        },
        Published::Nothing | Published::OtherTypes(_) => State::Unknown { key, field: None },
        Published::Obsolete(_) | Published::Different => State::Different {
            published: provider
                .host_keys
                .of(host)
                .filter(|known| known.kind == kind)
                .map(|known| known.fingerprint.clone())
                .collect(),
            key,
        },
    }
}

/// The plan that adds the key's line to the file where ssh would add it.
fn remember(key: &ServerKey, file: &KnownHostsFile) -> Plan {
    let KnownHostsFile {
        path,
        bytes: before,
    } = file.clone();
    let mut after = before.clone().unwrap_or_default();
    if after.last().is_some_and(|byte| *byte != b'\n') {
        // ssh 9.2 and older would glue its line to the last one and ruin both.
        after.push(b'\n');
    }
    after.extend_from_slice(key.known_hosts_line.as_bytes());
    after.push(b'\n');
    let mut changes = Vec::new();
    if let Some(folder) = path.parent()
        && !folder.exists()
    {
        changes.push(Change::MakeDir {
            path: folder.to_owned(),
            mode: 0o700,
        });
    }
    changes.push(Change::WriteText {
        path,
        before,
        after,
        mode_if_new: 0o600,
    });
    Plan::new("Remember the server", changes)
}

fn shows(page: &mut Page, key: &ServerKey) {
    page.body.push(Block::Copyable(
        Text::public(key.key_type.clone())
            .then(" ")
            .then(Text::fingerprint(&key.fingerprint)),
    ));
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
            fact(
                page,
                say!("{} publishes", context.service()),
                &key.fingerprint,
            );
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
    page.line("Somebody may be between you and the server, or this sshstep is older than the");
    page.line("server's key. Nothing was sent, and nothing was written.");
}

/// The fingerprint that the last test saw, when it was not the remembered one.
fn changed_to(context: &Context) -> Option<String> {
    let tested = context.answers.tested.as_ref()?;
    if !tested.signs.has(Sign::HostKeyChanged) {
        return None;
    }
    tested
        .transcript
        .events()
        .rev()
        .find_map(|event| match event {
            Event::ServerKey { fingerprint, .. } => Some(fingerprint.clone()),
            _ => None,
        })
}

/// Whether a pasted fingerprint is the shown one, with or without its `SHA256:`.
fn is_same(typed: &str, shown: &str) -> bool {
    let bare = |value: &str| {
        let value = value.trim();
        let value = value.strip_prefix("SHA256:").unwrap_or(value);
        value.trim_end_matches('=').to_owned()
    };
    !bare(shown).is_empty() && bare(typed) == bare(shown)
}

fn changed(page: &mut Page, shown: &str, compared: Option<Compared>, context: &Context) {
    page.mark(
        Mark::Bad,
        "STOP. The fingerprint is not the one from before.",
    );
    page.line("This can be an attack, or the server was rebuilt.");
    page.blank();
    let known = context
        .facts
        .target
        .as_ref()
        .and_then(|target| target.known.as_ref());
    for line in known.into_iter().flatten() {
        let place = say!("{} line {}", Text::path(&line.file), line.line);
        page.body.push(Block::Fact(
            "Remembered".into(),
            Text::fingerprint(&line.fingerprint).then("  ").then(place),
        ));
    }
    fact(page, "It shows now".into(), shown);
    match compared {
        Some(Compared::Same) => page.mark(
            Mark::Good,
            "The new one is the one you were given. Remove the old line, then test again:",
        ),
        Some(Compared::NotSame) => page.mark(
            Mark::Bad,
            "The new one is NOT the one you were given. Do not connect.",
        ),
        None => {
            page.line("Ask the people who run the server whether they changed it. If they did:")
        }
    };
    if compared != Some(Compared::NotSame) {
        let name = context
            .facts
            .effective()
            .map(|effective| effective.known_hosts_name())
            .unwrap_or_default();
        page.body.push(Block::Copyable(Text::command(format!(
            "ssh-keygen -R {}",
            shell_words::quote(&name)
        ))));
    }
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
                State::Unknown { .. } => "or accept it by typing the name",
                State::Asking
                | State::Failed(_)
                | State::Same { .. }
                | State::Different { .. }
                | State::Changed { .. } => "",
            },
        ),
        Pick::Again => Choice::new("Try again", ""),
    }
}
