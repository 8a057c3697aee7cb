//! Screens 60, 62 and 63: is this really the server?
//!
//! The program compares fingerprints, the person decides. A key that differs from the published
//! ones has no `y`.

use crate::field::Field;
use crate::page::{Block, Choice, Mark, Page, StepId};
use crate::plan::{Change, Plan};
use crate::probe::{HostKeys, ServerKey, known_hosts_file};
use crate::provider::{HostKeyType, Published};
use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

use super::{Context, Effect, Msg, Next, Outcome, Step};

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
        }
    }

    fn pick(&mut self, pick: Pick, context: &Context) -> Next {
        match pick {
            Pick::Remember => match &self.state {
                State::Same { key, .. } => self.remember(&key.clone(), context),
                State::Asking
                | State::Failed(_)
                | State::Unknown { .. }
                | State::Different { .. } => Next::Stay,
            },
            Pick::Stop => Next::Back,
            Pick::Again => self.ask(),
            Pick::Compare => {
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
        Next::Run(Effect::Apply(remember(key, context)))
    }

    fn submitted(&mut self, context: &Context) -> Next {
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
        let bare = typed.strip_prefix("SHA256:").unwrap_or(&typed);
        let shown = key.fingerprint.strip_prefix("SHA256:").unwrap_or_default();
        if bare.trim_end_matches('=') == shown {
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
            Msg::Outcome(Outcome::HostKeys(Err(trouble))) => {
                self.state = State::Failed(trouble);
                Next::Stay
            }
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
            State::Different { .. } => 63,
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
        }
        for pick in self.picks() {
            page.choices.push(choice(pick, &self.state, context));
        }
        page
    }

    fn field(&mut self) -> Option<&mut Field> {
        match &mut self.state {
            State::Unknown { field, .. } => field.as_mut(),
            State::Asking | State::Failed(_) | State::Same { .. } | State::Different { .. } => None,
        }
    }

    fn leave(&mut self) -> bool {
        match &mut self.state {
            State::Unknown { field, .. } => field.take().is_some(),
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
fn remember(key: &ServerKey, context: &Context) -> Plan {
    let files = context
        .facts
        .effective()
        .map(|effective| effective.known_hosts_files(&context.machine))
        .unwrap_or_default();
    let path = known_hosts_file(&context.machine, &files);
    let before = std::fs::read(&path).ok();
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

fn choice(pick: Pick, state: &State, context: &Context) -> Choice {
    match pick {
        Pick::Remember => Choice::letter(
            'y',
            say!("Remember {}", context.host()),
            "adds 1 line to known_hosts",
        ),
        Pick::Stop => match state {
            State::Same { .. } => Choice::letter('n', "Stop", ""),
            State::Different { .. } => Choice::new("Stop", "recommended"),
            State::Asking | State::Failed(_) | State::Unknown { .. } => Choice::new("Stop", ""),
        },
        Pick::Compare => Choice::new(
            "Compare with a fingerprint I was given",
            "or accept it by typing the name",
        ),
        Pick::Again => Choice::new("Try again", ""),
    }
}
