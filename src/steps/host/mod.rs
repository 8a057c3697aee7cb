//! Screens 60, 62 and 63: is this really the server?
//!
//! The program compares fingerprints, the person decides. A key that differs from the remembered
//! one has no `y`; one that differs from the published ones only after a comparison with another.

mod identity;
mod told;
mod view;

use std::sync::Arc;

use crate::field::Field;
use crate::page::Page;
use crate::probe::{self, HostKeys, ServerKey, Unfetched};
use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

use super::{Context, Effect, Msg, Next, Outcome, Place, Step};
use told::Told;

const PASTE_IT: &str = "Paste the fingerprint that the server's admin gave you: I compare.";

/// Learns the server's identity.
#[derive(Default)]
pub struct Host {
    state: State,
    trouble: Option<Trouble>,
    /// Open while the person pastes a fingerprint.
    field: Option<Field>,
    /// What the last comparison came to, when that was not "the same".
    verdict: Option<Text>,
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
    Unknown { key: ServerKey },
    /// Screen 63: not one that the service publishes.
    Different {
        key: ServerKey,
        published: Vec<String>,
    },
    /// Screen 63: another key than the one this computer remembers.
    Changed { key: ServerKey, given: Given },
}

enum By {
    /// The list of the service, with its date.
    Published { checked: String },
    /// A fingerprint that the person was given.
    Given,
}

/// Whether a changed key was compared with a fingerprint from its admin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    NotYet,
    Same,
}

#[derive(Clone, Copy)]
enum Pick {
    Remember,
    Stop,
    Compare,
    Again,
    Report,
}

impl Host {
    fn picks(&self) -> Vec<Pick> {
        if self.field.is_some() {
            return Vec::new();
        }
        match &self.state {
            State::Asking => Vec::new(),
            State::Failed(_) => vec![Pick::Again, Pick::Stop],
            State::Same { .. } => vec![Pick::Remember, Pick::Stop],
            State::Unknown { .. } => vec![Pick::Compare, Pick::Stop],
            State::Different { .. } => vec![Pick::Stop, Pick::Compare, Pick::Again],
            // Only this was found by a test, which a report can tell of.
            State::Changed { .. } => vec![Pick::Stop, Pick::Compare, Pick::Again, Pick::Report],
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
            Pick::Report => Next::To(Place::Report),
            Pick::Again => match self.state {
                // What is remembered was looked at before the test: look again, test again.
                State::Changed { .. } => Next::Run(Effect::Gather(context.answers.target.clone())),
                State::Asking
                | State::Failed(_)
                | State::Same { .. }
                | State::Unknown { .. }
                | State::Different { .. } => self.ask(),
            },
            Pick::Compare => {
                self.verdict = None;
                self.field = Some(match &self.state {
                    State::Different { .. } | State::Changed { .. } => {
                        Field::line("Fingerprint", "").help(PASTE_IT)
                    }
                    State::Asking
                    | State::Failed(_)
                    | State::Same { .. }
                    | State::Unknown { .. } => Field::line("Fingerprint or name", "")
                        .help(PASTE_IT)
                        .help("Or type the server's name to accept it unchecked."),
                });
                Next::Stay
            }
        }
    }

    fn ask(&mut self) -> Next {
        *self = Self::default();
        Next::Run(Effect::FetchHostKeys)
    }

    fn fetched(&mut self, fetched: HostKeys, context: &Context) -> Next {
        let Some(key) = fetched.keys.into_iter().next() else {
            return Next::Stay;
        };
        self.state = identity::compare(key, context);
        Next::Stay
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

    /// One line more in known_hosts, exactly the one that ssh itself would add.
    fn remember(&mut self, key: &ServerKey, context: &Context) -> Next {
        if context.machine.home_differs() {
            self.trouble = Some(super::new_key::home_differs(&context.machine));
            return Next::Stay;
        }
        match &context.facts.target {
            Some(target) => Next::Run(Effect::Apply(identity::remember(key, &target.known_hosts))),
            None => Next::Stay,
        }
    }

    /// The program compares; an inequality stays on the page until the next try.
    fn submitted(&mut self, context: &Context) -> Next {
        let Some(field) = self.field.take() else {
            return Next::Stay;
        };
        let key = match &self.state {
            State::Unknown { key } | State::Different { key, .. } | State::Changed { key, .. } => {
                key.clone()
            }
            State::Asking | State::Failed(_) | State::Same { .. } => return Next::Stay,
        };
        let target = context.answers.target.as_ref();
        let host = target.map_or("", |target| target.host.as_str());
        let verdict = match (Told::about(&field.typed(), &key, host), &mut self.state) {
            (Told::Name, State::Unknown { .. }) => return self.remember(&key, context),
            (Told::Same, State::Changed { given, .. }) => {
                *given = Given::Same;
                self.verdict = None;
                return Next::Stay;
            }
            (Told::Same, _) => {
                self.verdict = None;
                self.state = State::Same { key, by: By::Given };
                return Next::Stay;
            }
            (told, _) => told.words(),
        };
        self.verdict = Some(verdict.clone());
        Next::Say(verdict)
    }
}

impl Step for Host {
    fn enter(&mut self, context: &mut Context) -> Next {
        context.answers.unreachable = None;
        if let Some(key) = identity::changed_to(context) {
            *self = Self {
                state: State::Changed {
                    key,
                    given: Given::NotYet,
                },
                ..Self::default()
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
            Msg::Outcome(Outcome::Gathered(_)) => Next::To(Place::Test),
            Msg::Outcome(Outcome::Applied(Ok(_))) => {
                Next::Forward(say!("{} is remembered.", context.host()))
            }
            Msg::Outcome(Outcome::Applied(Err(trouble))) => {
                self.trouble = Some(trouble);
                Next::Stay
            }
            Msg::Retry => self.pick(Pick::Again, context),
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
        view::page(self, context)
    }

    fn field(&mut self) -> Option<&mut Field> {
        self.field.as_mut()
    }

    fn leave(&mut self) -> bool {
        self.field.take().is_some()
    }
}
