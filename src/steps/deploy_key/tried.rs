//! Does the repository's host know the deploy key, and as what?

use std::sync::Arc;

use crate::page::Mark;
use crate::probe::{Answer, Tested};
use crate::provider::Meaning;
use crate::say;
use crate::steps::Context;
use crate::text::Text;
use crate::trouble::Trouble;

use super::DeployKey;
use super::repository::Repository;

impl DeployKey {
    /// Says what came of trying it.
    pub(super) fn tried(&mut self, tried: Result<Arc<Tested>, Trouble>, context: &Context) {
        let (Some(repository), Some(key)) = (&self.repository, self.key(context)) else {
            return;
        };
        let fingerprint = key.fingerprint().unwrap_or_default().to_owned();
        match tried {
            Ok(tested) => self.news = Some(judge(&tested, &fingerprint, repository)),
            Err(trouble) => self.trouble = Some(trouble),
        }
    }
}

fn judge(tested: &Tested, fingerprint: &str, repository: &Repository) -> (Mark, Text) {
    let host = Text::host(&repository.host);
    let mut offered = tested.ladder.keys_offered().iter();
    let answer = offered
        .find(|key| key.fingerprint.as_deref() == Some(fingerprint))
        .map(|key| key.answer);
    match answer {
        Some(Answer::Accepted) => {}
        Some(Answer::Refused) => {
            return (
                Mark::Bad,
                say!("{} does not know this key yet: add it first.", host),
            );
        }
        Some(Answer::Unknown) | None => {
            let first = tested.findings.first();
            let why = first.map_or_else(
                || Text::plain("ssh did not get as far as the key."),
                |finding| finding.summary.clone(),
            );
            let mend = Text::command(format!("sshstep {}", repository.host));
            return (
                Mark::Unsure,
                say!("{} was not asked: {} To mend that: {}", host, why, mend),
            );
        }
    }
    let greeting = tested.greeting.as_ref();
    let account = tested.account().cloned();
    match (greeting.map(|greeting| greeting.meaning), account) {
        (Some(Meaning::DeployKey), Some(other)) if !is_same(&other, repository) => (
            Mark::Bad,
            say!("This key opens {}, not {}.", other, repository.name()),
        ),
        (Some(Meaning::DeployKey), _) => (
            Mark::Good,
            say!(
                "{} takes it as the deploy key of {}.",
                host,
                repository.name()
            ),
        ),
        (Some(Meaning::SignedIn), Some(account)) => (
            Mark::Bad,
            say!(
                "{} takes it as a key of the account {}, so it opens all of that. Take it off the \
                 account, and add it to {} alone.",
                host,
                account,
                repository.name()
            ),
        ),
        (Some(Meaning::SignedIn | Meaning::Anonymous | Meaning::NoAccess) | None, _) => (
            Mark::Good,
            say!("{} knows this key; it does not say for what.", host),
        ),
    }
}

/// Case does not count in the names of repositories.
fn is_same(told: &Text, repository: &Repository) -> bool {
    told.reveal().eq_ignore_ascii_case(&repository.path)
}
