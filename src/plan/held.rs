//! Which of our keys does the agent hold, and how does it get or lose one?

use std::time::Duration;

use super::disk::Stop;
use crate::agent::{self, AgentAddress};
use crate::key::public::Public;
use crate::key::unlock::Unlocked;
use crate::trouble::{Exit, Trouble};

/// An agent that asks the person (1Password) may take its time.
const PATIENCE: Duration = Duration::from_secs(30);
/// One that is only asked what it holds answers at once.
const LIST: Duration = Duration::from_secs(2);

/// The address as `SSH_AUTH_SOCK` would have it: for the journal.
pub(super) fn value(address: &AgentAddress) -> String {
    match address {
        AgentAddress::None => String::new(),
        AgentAddress::Socket(path) => path.to_string_lossy().into_owned(),
        AgentAddress::Pipe(name) => name.clone(),
    }
}

/// Whether the agent offers the key with this public line; none when it cannot be asked.
pub(super) fn holds(address: &AgentAddress, public_line: &str) -> Option<bool> {
    let wanted = Public::from_line(public_line)?;
    let held = agent::identities(address, LIST).ok()?;
    Some(
        held.iter().any(|identity| {
            identity.fingerprint == wanted.fingerprint && !identity.is_certificate()
        }),
    )
}

/// Gives the agent the key. Windows' own agent takes no lifetime.
pub(super) fn add(
    address: &AgentAddress,
    key: &Unlocked,
    lifetime: Option<Duration>,
) -> Result<(), Stop> {
    agent::add(address, key, lifetime, PATIENCE).map_err(|failure| stop(failure.into()))
}

/// Takes a key out that we had put in.
pub(super) fn remove(address: &AgentAddress, public_line: &str) -> Result<(), Trouble> {
    match Public::from_line(public_line) {
        Some(public) => agent::remove(address, public.blob(), PATIENCE).map_err(Trouble::from),
        None => Ok(()),
    }
}

/// An agent's refusal as the end of an attempt.
pub(super) fn stop(trouble: Trouble) -> Stop {
    Stop::Failed(trouble.exit(Exit::RolledBack))
}
