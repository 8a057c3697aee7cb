//! Once a second account is written: its key to the server, a test of both accounts, and the way on.

use crate::probe::Answer;
use crate::steps::new_key::into_agent;
use crate::steps::{Context, Effect, Next, Place};
use crate::text::Text;

use super::{Accounts, Results, State};

impl Accounts {
    /// All is written: the agent gets a new key, and the wizard is about the second account from now on.
    pub(super) fn written(&mut self, context: &mut Context) -> Next {
        self.state = State::Written(None);
        let Some(fingerprint) = self.key.fingerprint().map(str::to_owned) else {
            return Next::Stay;
        };
        let answers = &mut context.answers;
        answers.key = Some(fingerprint);
        answers.target.clone_from(&self.second);
        answers.tested = None;
        answers.skipped.clear();
        let unlocked = self.key.take_unlocked().filter(|_| self.keeps_apart);
        match unlocked.and_then(|(key, file)| into_agent(key, file, context)) {
            Some(plan) => Next::Run(Effect::Apply(plan)),
            None => self.look(context),
        }
    }

    pub(super) fn look(&self, context: &Context) -> Next {
        Next::Run(Effect::Gather(context.answers.target.clone()))
    }

    /// The server has to know the key before both can be tested.
    pub(super) fn publish(&mut self, context: &Context) -> Next {
        let key = context.answers.key.as_deref().unwrap_or_default();
        match context.answers.server.get(key) {
            Some(Answer::Accepted) => self.test(),
            Some(Answer::Refused | Answer::Unknown) | None => Next::Detour(Place::Publish),
        }
    }

    pub(super) fn test(&self) -> Next {
        let both = [&self.first.target, &self.second];
        let both = both.into_iter().flatten().cloned().collect();
        Next::Run(Effect::TestEach(both))
    }

    pub(super) fn finish(&self) -> Next {
        match &self.state {
            State::Written(Some(results)) => match results.last() {
                Some(Ok(second)) if second.works() => Next::To(Place::Done),
                // What is wrong with it has screens of its own.
                Some(_) | None => Next::To(Place::Test),
            },
            State::Choose
            | State::Naming(_)
            | State::Preparing
            | State::Preview(..)
            | State::Writing
            | State::Written(None) => Next::Stay,
        }
    }
}

/// The account that the server greets both times, where it is one.
pub(super) fn same_account(results: &Results) -> Option<&Text> {
    let [Ok(first), Ok(second)] = results.as_slice() else {
        return None;
    };
    let account = first.account()?;
    (Some(account) == second.account()).then_some(account)
}
