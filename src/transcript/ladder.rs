//! How far did the connection get, and where did it stop?
//!
//! Fed live, the ladder fills as ssh gets on. What failed is decided at the end, because only the
//! end shows that no other key or method was left.

mod climb;

use std::time::Duration;

use super::Transcript;
use super::event::Event;
use super::hops::{Hops, Whose};
use super::keys::{Hurdle, Keys, OfferedKey};
use super::rung::{Fact, Rung, Standing, Status, key_facts};

/// The seven rungs of one connection.
#[derive(Clone, Debug)]
pub struct Ladder {
    rungs: [Standing; 7],
    /// How many rungs are behind us.
    passed: usize,
    keys: Keys,
    hops: Hops,
    /// Facts that the end is decided by.
    signs: Signs,
    helper_failure: Option<Event>,
    last_at: Duration,
    passed_at: Duration,
    is_over: bool,
}

#[derive(Clone, Debug, Default)]
struct Signs {
    /// ssh stopped for good, at the rung it had come to.
    stopped: bool,
    /// ssh refused its configuration.
    bad_config: bool,
    host_changed: bool,
    password_wrong: bool,
    /// The connection ended when an accepted key's signature was due.
    hung_up_on_accepted: bool,
    /// Any line that only `-v` shows.
    verbose: bool,
    /// The server's first list of methods.
    methods: Option<Vec<String>>,
    method: Option<String>,
}

impl Default for Ladder {
    fn default() -> Self {
        Self {
            rungs: Rung::ALL.map(Standing::new),
            passed: 0,
            keys: Keys::default(),
            hops: Hops::default(),
            signs: Signs::default(),
            helper_failure: None,
            last_at: Duration::ZERO,
            passed_at: Duration::ZERO,
            is_over: false,
        }
    }
}

impl Ladder {
    /// The ladder of a log that was read as a whole. `exit` is ssh's exit code where it is known.
    pub fn of(transcript: &Transcript, exit: Option<i32>) -> Self {
        let mut ladder = Self::default();
        for event in transcript.events() {
            ladder.observe(event, Duration::ZERO);
        }
        ladder.finish(exit);
        for standing in &mut ladder.rungs {
            standing.took = None;
        }
        ladder
    }

    /// The rungs as they stand, in order.
    pub fn rungs(&self) -> &[Standing; 7] {
        &self.rungs
    }

    /// One rung.
    pub fn rung(&self, rung: Rung) -> &Standing {
        &self.rungs[rung as usize]
    }

    /// The rung that ssh is at now; `None` when it has signed in or stopped.
    pub fn waiting(&self) -> Option<Rung> {
        if self.is_over || self.signs.stopped {
            return None;
        }
        Rung::ALL.get(self.passed).copied()
    }

    /// The rung where it stopped; known after [`finish`](Self::finish).
    pub fn failed(&self) -> Option<Rung> {
        let failed = self.rungs.iter().find(|s| s.status == Status::Failed);
        failed.map(|s| s.rung)
    }

    /// Whether the server let us in.
    pub fn is_signed_in(&self) -> bool {
        self.rung(Rung::SignedIn).status == Status::Ok
    }

    /// Whether ssh stopped at its own configuration, before the first rung.
    pub fn never_started(&self) -> bool {
        self.signs.bad_config && self.passed == 0
    }

    /// The keys that the target saw, in order.
    pub fn keys_offered(&self) -> &[OfferedKey] {
        self.keys.offered()
    }

    /// Offers and answers in full.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Why the proxy or jump host did not bring a connection.
    pub fn helper_failure(&self) -> Option<&Event> {
        self.helper_failure.as_ref()
    }

    /// Takes the next event. `at` is the time since ssh was started.
    pub fn observe(&mut self, event: &Event, at: Duration) {
        match self.hops.observe(event) {
            Whose::Target => {}
            Whose::NextRun => {
                let hops = std::mem::take(&mut self.hops);
                *self = Self {
                    hops,
                    passed_at: at,
                    ..Self::default()
                };
            }
            Whose::Helper => {
                if self.helper_failure.is_none() && is_helper_failure(event) {
                    self.helper_failure = Some(event.clone());
                }
                return;
            }
        }
        if self.is_over || (self.signs.stopped && !is_farewell(event)) {
            return;
        }
        self.last_at = at;
        self.climb(event);
    }

    /// Decides what failed. `exit` is ssh's exit code; `None` when ssh was stopped, or the log is
    /// all there is: then a rung that nothing is said about stays unknown.
    pub fn finish(&mut self, exit: Option<i32>) {
        if self.is_over {
            return;
        }
        self.is_over = true;
        let gave_up = exit == Some(255) && self.signs.verbose;
        if self.passed == Rung::ALL.len() || self.never_started() {
            // Everything is said.
        } else if !(self.signs.stopped || (gave_up && self.passed > 0)) {
            // Before the first rung ssh may have stopped for anything: it was not the name.
            self.mark_rest(self.passed, Status::Unknown);
        } else if self.passed < Rung::LocalKey as usize {
            self.fail(Rung::ALL[self.passed]);
        } else {
            self.judge_authentication();
        }
    }

    /// Decides that the rung ssh is at has failed: it was given the time it had.
    pub fn give_up(&mut self, at: Duration) {
        self.last_at = at;
        if let Some(rung) = self.waiting() {
            self.fail(rung);
            self.is_over = true;
        }
    }

    fn judge_authentication(&mut self) {
        use Status::{Failed, NotTried, Ok, Unknown};
        let here = if self.keys.is_any_here() { Ok } else { Unknown };
        let hurdle = if self.passed == Rung::SignedIn as usize {
            Hurdle::NotSufficient
        } else {
            self.keys.hurdle(self.signs.methods.as_deref())
        };
        let statuses = match hurdle {
            Hurdle::NotSufficient => [Ok, Ok, Ok, Failed],
            // The server hung up on it, so it may well have got the signature.
            Hurdle::NotSigned if self.signs.hung_up_on_accepted => [Ok, Ok, Unknown, Failed],
            Hurdle::NotSigned => [Ok, Ok, Failed, NotTried],
            Hurdle::NoneAccepted | Hurdle::NotTried => [Ok, Failed, NotTried, NotTried],
            Hurdle::LockedUnasked => [Ok, Unknown, Failed, NotTried],
            Hurdle::ServerTakesNone if self.signs.password_wrong => {
                [here, NotTried, NotTried, Failed]
            }
            Hurdle::ServerTakesNone => [here, Failed, NotTried, NotTried],
            Hurdle::NoKey => [Failed, NotTried, NotTried, NotTried],
            // A signature that failed proves that the key was accepted.
            Hurdle::Untold if self.passed > Rung::Offer as usize => [Ok, Ok, Failed, NotTried],
            Hurdle::Untold => [here, Unknown, Unknown, Failed],
        };
        for (rung, status) in Rung::ALL[Rung::LocalKey as usize..].iter().zip(statuses) {
            self.rungs[*rung as usize].status = status;
            if status == Failed {
                self.fail(*rung);
            }
        }
        if let Some(key) = self.keys.locked_unasked() {
            let facts = key_facts(key);
            self.add(Rung::Sign, facts);
        }
        let methods = self.signs.methods.clone();
        self.add(Rung::Offer, methods.map(Fact::Methods));
    }

    /// All rungs up to this one are behind us.
    fn pass(&mut self, rung: Rung) {
        let last = rung as usize;
        if last < self.passed {
            return;
        }
        for standing in &mut self.rungs[self.passed..=last] {
            // With checking switched off ssh goes on; that does not make it the right server.
            let unproven = standing.rung == Rung::HostKey && self.signs.host_changed;
            standing.status = if unproven {
                Status::Unknown
            } else {
                Status::Ok
            };
        }
        self.time(last);
        self.passed = last + 1;
    }

    /// A rung that was passed, and then was not.
    fn retract(&mut self, rung: Rung) {
        self.passed = self.passed.min(rung as usize);
        self.mark_rest(self.passed, Status::NotTried);
    }

    fn stop(&mut self, rung: Rung, reason: &str) {
        if self.passed > rung as usize {
            return self.stop_here(reason);
        }
        if self.passed < rung as usize && !self.hops.is_proxied() {
            self.pass(Rung::ALL[rung as usize - 1]);
        }
        // A proxy looks the name up, and did not say whether it could.
        self.mark_between(self.passed, rung as usize, Status::Unknown);
        self.passed = rung as usize;
        self.stop_here(reason);
    }

    fn stop_at_host_key(&mut self, reason: &str) {
        self.pass(Rung::Connect);
        self.stop_here(reason);
    }

    fn stop_here(&mut self, reason: &str) {
        if let Some(rung) = Rung::ALL.get(self.passed)
            && !reason.is_empty()
        {
            // Words about the end of authentication belong to no key.
            let rung = if *rung > Rung::HostKey {
                Rung::SignedIn
            } else {
                *rung
            };
            self.add(rung, [Fact::Reason(reason.to_owned())]);
        }
        self.signs.stopped = true;
    }

    fn fail(&mut self, rung: Rung) {
        self.rungs[rung as usize].status = Status::Failed;
        self.time(rung as usize);
    }

    fn time(&mut self, rung: usize) {
        self.rungs[rung].took = Some(self.last_at.saturating_sub(self.passed_at));
        self.passed_at = self.last_at;
    }

    fn mark_rest(&mut self, from: usize, status: Status) {
        self.mark_between(from, Rung::ALL.len(), status);
    }

    fn mark_between(&mut self, from: usize, to: usize, status: Status) {
        for standing in &mut self.rungs[from..to.max(from)] {
            standing.status = status;
        }
    }

    fn set(&mut self, rung: Rung, facts: impl IntoIterator<Item = Fact>) {
        self.rungs[rung as usize].set(facts);
    }

    fn add(&mut self, rung: Rung, facts: impl IntoIterator<Item = Fact>) {
        self.rungs[rung as usize].add(facts);
    }

    /// A key's own failure belongs to the signature once the server has accepted the key.
    fn add_to_key_rung(&mut self, facts: impl IntoIterator<Item = Fact>) {
        let sign = self.passed > Rung::Offer as usize;
        self.add(if sign { Rung::Sign } else { Rung::LocalKey }, facts);
    }
}

/// What may still come after the line that decided.
fn is_farewell(event: &Event) -> bool {
    matches!(
        event,
        Event::Denied { .. }
            | Event::Ended { .. }
            | Event::Disconnect { .. }
            | Event::BannerFailed { .. }
            | Event::DispatchFailed { .. }
    )
}

fn is_helper_failure(event: &Event) -> bool {
    matches!(
        event,
        Event::ResolveFailed { .. }
            | Event::ConnectFailed { .. }
            | Event::BannerFailed { .. }
            | Event::BannerTimedOut
            | Event::NegotiationFailed { .. }
            | Event::DispatchFailed { .. }
            | Event::HostKeyRefused
            | Event::Denied { .. }
            | Event::Disconnect { .. }
            | Event::Ended { .. }
            | Event::ChannelRefused { .. }
    )
}

#[cfg(test)]
mod tests;
