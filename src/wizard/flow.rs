//! Where does the wizard go from here?

use std::time::Instant;

use crate::facts::Facts;
use crate::page::{ChoiceKey, Page, StepId};
use crate::plan::Receipt;
use crate::say;
use crate::steps::{self, Effect, Msg, Next, Outcome, Place};
use crate::text::Text;
use crate::trouble::Exit;

use super::{Command, Running, Stops, Ticket, Wizard};

impl Wizard {
    pub(super) fn outcome(
        &mut self,
        ticket: Ticket,
        outcome: Outcome,
        now: Instant,
    ) -> Vec<Command> {
        let awaited = self
            .running
            .as_ref()
            .is_some_and(|running| running.ticket == ticket);
        match &outcome {
            Outcome::Gathered(facts) if awaited || self.is_about_now(facts) => {
                self.context.facts = facts.clone();
            }
            Outcome::Applied(Ok((receipt, facts))) => {
                self.context.facts = facts.clone();
                self.note(receipt);
            }
            Outcome::TakenBack(Ok((receipt, _, facts))) => {
                self.context.facts = facts.clone();
                let changes = &mut self.context.answers.changes;
                changes.truncate(changes.len().saturating_sub(receipt.changed.len()));
            }
            _ => {}
        }
        if !awaited {
            // A late answer only refreshes the facts.
            return Vec::new();
        }
        if !matches!(outcome, Outcome::Climbing(_)) {
            self.running = None;
        }
        if let Outcome::Tested(Ok(tested)) = &outcome {
            self.context.history.tested(tested, now);
        }
        self.tell(Msg::Outcome(outcome), now)
    }

    /// Whether facts that come late are about the target that is dealt with now.
    fn is_about_now(&self, facts: &Facts) -> bool {
        facts.target.as_ref().map(|about| &about.target) == self.context.answers.target.as_ref()
    }

    fn note(&mut self, receipt: &Receipt) {
        let changes = receipt.changed.iter().map(|changed| {
            say!(
                "{}   {}",
                Text::path(&changed.path),
                changed.summary.clone()
            )
        });
        self.context.answers.changes.extend(changes);
    }

    pub(super) fn tell(&mut self, message: Msg, now: Instant) -> Vec<Command> {
        let before = self.base_page();
        let next = self
            .steps
            .at_mut(self.place)
            .update(message, &mut self.context);
        let commands = self.follow(next, now);
        let after = self.base_page();
        let asked = |page: &Page| (page.screen, page.choices.clone(), page.focus);
        if asked(&before) != asked(&after) {
            // Other choices, or another one is the next to take: the old selection means nothing.
            self.selected = None;
        }
        commands
    }

    pub(super) fn follow(&mut self, next: Next, now: Instant) -> Vec<Command> {
        match next {
            Next::Stay => self.flush_before_confirm(),
            Next::Say(text) => {
                self.say(text, now);
                self.flush_before_confirm()
            }
            Next::Run(effect) => self.run(effect, now),
            Next::Forward(reason) => {
                if !reason.is_empty() {
                    self.say(reason, now);
                }
                match self.detours.pop() {
                    Some(place) => {
                        // Back from here leads to where the person was before the detour.
                        self.trail.retain(|visited| *visited != place);
                        self.place = place;
                        self.selected = None;
                        self.tell(Msg::Resumed, now)
                    }
                    None => self.forward(now),
                }
            }
            Next::Back => self.back(now),
            Next::To(place) => self.go(place, now),
            Next::Detour(place) => {
                self.detours.push(self.place);
                self.go(place, now)
            }
            Next::Quit => {
                let exit = self.exit_when_left();
                self.quit(exit)
            }
        }
    }

    fn run(&mut self, effect: Effect, now: Instant) -> Vec<Command> {
        self.next_ticket += 1;
        let ticket = Ticket(self.next_ticket);
        self.running = Some(Running {
            ticket,
            since: now,
            what: waiting_words(&effect),
            stops: match &effect {
                // Nothing of a file is at stake while an agent is asked to take a key.
                Effect::Apply(plan) if plan.is_for_agent_only() => Stops::AtOnce,
                Effect::Apply(_) | Effect::TakeBack(_) | Effect::SaveReport(..) => Stops::Never,
                // Nothing of this computer is written; afterwards the account is asked what it has.
                Effect::AddToAccount { .. }
                | Effect::Gather(_)
                | Effect::MakeKey { .. }
                | Effect::Unlock { .. }
                | Effect::Ask(_)
                | Effect::FetchHostKeys
                | Effect::Test
                | Effect::TryConfig(_)
                | Effect::Prepare { .. }
                | Effect::PrepareCertificate { .. }
                | Effect::SecondAccount { .. }
                | Effect::TestEach(_)
                | Effect::TryKey(_)
                | Effect::Copy(_)
                | Effect::Open(_)
                | Effect::HandOver(_)
                | Effect::PlanUndo(_)
                | Effect::Explain(_)
                | Effect::MakeReport(_)
                | Effect::LookAtAccount
                | Effect::LookAtEnvironment
                | Effect::PublishToDemo(_) => Stops::AtOnce,
            },
        });
        vec![Command::Run(ticket, effect)]
    }

    pub(super) fn forward(&mut self, now: Instant) -> Vec<Command> {
        match steps::first_unmet(&self.context) {
            Some(StepId::Key) if self.context.usable_keys().next().is_none() => {
                self.go(Place::NewKey, now)
            }
            Some(step) => self.go(Place::of(step), now),
            None => self.go(Place::Done, now),
        }
    }

    pub(super) fn go(&mut self, place: Place, now: Instant) -> Vec<Command> {
        if place != self.place {
            self.trail.retain(|visited| *visited != place);
            if !is_passage(self.place) {
                self.trail.push(self.place);
            }
        }
        // Who begins a place anew does not come back to it from a detour.
        self.detours.retain(|asking| *asking != place);
        self.place = place;
        self.selected = None;
        self.scroll = None;
        let next = self.steps.at_mut(place).enter(&mut self.context);
        self.follow(next, now)
    }

    pub(super) fn back(&mut self, now: Instant) -> Vec<Command> {
        if self.steps.at_mut(self.place).leave() {
            self.selected = None;
            self.say(Text::plain("Back. Nothing on disk is undone."), now);
            return Vec::new();
        }
        match self.trail.pop() {
            Some(place) => {
                self.context.history.went_back();
                // The key that was made there is in the list now.
                let place = match place {
                    Place::NewKey if self.context.usable_keys().next().is_some() => Place::Key,
                    place => place,
                };
                // A detour goes on while the place that asked for it is still to come.
                let trail = &self.trail;
                self.detours.retain(|asking| trail.contains(asking));
                if !self.detours.contains(&Place::Accounts) {
                    self.context.answers.second = None;
                }
                self.context.answers.skipped.remove(&place.step());
                self.place = place;
                self.selected = None;
                self.scroll = None;
                self.say(Text::plain("Back. Nothing on disk is undone."), now);
            }
            None => self.say(Text::plain("This is the first screen. q leaves."), now),
        }
        Vec::new()
    }

    /// Keys that were typed before a screen with `y` was there must not answer it.
    pub(super) fn flush_before_confirm(&self) -> Vec<Command> {
        let asks = self
            .base_page()
            .choices
            .iter()
            .any(|choice| choice.key == ChoiceKey::Letter('y'));
        if asks {
            vec![Command::Flush]
        } else {
            Vec::new()
        }
    }

    pub(super) fn exit_when_left(&self) -> Exit {
        match &self.context.answers.tested {
            Some(tested) if tested.works() => Exit::Works,
            Some(_) | None => Exit::Unfinished,
        }
    }

    pub(super) fn quit(&mut self, exit: Exit) -> Vec<Command> {
        let mut commands = Vec::new();
        if let Some(running) = self.running.take() {
            commands.push(Command::Cancel(running.ticket));
        }
        commands.push(Command::Quit(exit));
        commands
    }
}

/// Screens that do one thing and move on: Back goes past them, because there is nothing to decide
/// on them any more.
fn is_passage(place: Place) -> bool {
    match place {
        Place::Test | Place::Host => true,
        Place::Service
        | Place::Message
        | Place::Key
        | Place::NewKey
        | Place::Publish
        | Place::AccountKeys
        | Place::Certificate
        | Place::ToolCertificate
        | Place::DeployKey
        | Place::Agent
        | Place::Config
        | Place::Repair
        | Place::Accounts
        | Place::Environment
        | Place::Done
        | Place::Undo
        | Place::Report => false,
    }
}

/// What the person reads while an effect runs.
fn waiting_words(effect: &Effect) -> Text {
    match effect {
        Effect::Gather(_) => Text::plain("Looking at this computer"),
        Effect::MakeKey { kind, .. } => say!("Making the {} key", Text::public(kind.to_string())),
        Effect::Unlock { .. } => Text::plain("Opening the key"),
        Effect::Apply(_) => Text::plain("Writing"),
        Effect::Ask(_) => Text::plain("Asking the server which keys it knows"),
        Effect::FetchHostKeys => Text::plain("Asking the server for its fingerprint"),
        Effect::Test => Text::plain("Connecting"),
        Effect::TryConfig(_)
        | Effect::Prepare { .. }
        | Effect::PrepareCertificate { .. }
        | Effect::SecondAccount { .. } => Text::plain("Checking the change with ssh"),
        Effect::TestEach(_) => Text::plain("Connecting to each account"),
        Effect::TryKey(_) => Text::plain("Connecting with this key"),
        Effect::TakeBack(_) => Text::plain("Taking it back: it did not help"),
        Effect::Copy(_) => Text::plain("Copying"),
        Effect::Open(_) => Text::plain("Opening the browser"),
        Effect::HandOver(_) => Text::plain("Another program has the terminal"),
        Effect::Explain(_) => Text::plain("Reading the text"),
        Effect::PlanUndo(_) => Text::plain("Looking at what was changed"),
        Effect::MakeReport(_) => Text::plain("Making the report"),
        Effect::SaveReport(..) => Text::plain("Saving the report"),
        Effect::LookAtAccount => Text::plain("Asking which keys the account has"),
        Effect::LookAtEnvironment => Text::plain("Asking about the environment"),
        Effect::AddToAccount { .. } => Text::plain("Adding the key to the account"),
        Effect::PublishToDemo(_) => Text::plain("Giving the key to Demo Git"),
    }
}
