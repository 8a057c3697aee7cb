//! Which keys does the agent hold, and how is one added, with a deadline on everything?
//!
//! Plain adding goes through `ssh-agent-client-rs` on our own [`stream`]; listing, constraints
//! and removing by public key are spoken by hand in [`wire`], because that crate gives up on the
//! whole list for one certificate it cannot read, and knows no lifetimes. All calls block up to
//! their timeout: they are for a blocking thread.

pub mod fault;
pub mod program;
pub mod stream;
pub mod wire;

use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use ssh_agent_client_rs::{Client, Error as ClientError};

pub use self::fault::{Failure, Fault};
pub use self::program::{AgentProgram, Guess, Sureness};
pub use self::wire::{Constraint, Identity};

use self::stream::Stream;
use self::wire::{Broken, Reply, Request};
use crate::key::unlock::Unlocked;
use crate::known::Known;

/// Where an agent listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentAddress {
    /// Nowhere: `SSH_AUTH_SOCK` is unset or empty, or `IdentityAgent none`.
    None,
    /// A Unix socket.
    Socket(PathBuf),
    /// A Windows named pipe, `\\.\pipe\…`.
    Pipe(String),
}

impl AgentAddress {
    /// The address in a value of `SSH_AUTH_SOCK`, or of `IdentityAgent` after its expansion.
    pub fn from_value(value: &str) -> Self {
        let slashes = value.replace('/', "\\");
        match value {
            "" | "none" => Self::None,
            _ if slashes.to_ascii_lowercase().starts_with(r"\\.\pipe\") => Self::Pipe(slashes),
            _ => Self::Socket(value.into()),
        }
    }
}

/// The identities of the agent. `Absent`: there is no address to ask. An empty list may also be
/// a locked agent; the protocol does not tell (PROTOCOL.agent).
pub fn list(address: &AgentAddress, timeout: Duration) -> Known<Vec<Identity>> {
    match identities(address, timeout) {
        Ok(identities) => Known::Yes(identities),
        Err(failure) => match failure.fault {
            Fault::NoAddress => Known::Absent,
            Fault::Missing
            | Fault::Dead
            | Fault::NoPermission
            | Fault::Silent
            | Fault::Closed
            | Fault::Garbage
            | Fault::Refused
            | Fault::Other => Known::Failed(failure.trouble),
        },
    }
}

/// The same, with the fault as a value for a program to decide on.
///
/// # Errors
/// A [`Failure`]; `NoAddress` when there is nobody to ask.
pub fn identities(address: &AgentAddress, timeout: Duration) -> Result<Vec<Identity>, Failure> {
    match exchange(address, &Request::list(), timeout)? {
        Reply::Identities(identities) => Ok(identities),
        Reply::Failure => Err(Failure::new(Fault::Refused, address)),
        Reply::Success | Reply::Other => Err(Failure::new(Fault::Garbage, address)),
    }
}

/// Adds a key, for `lifetime` (whole seconds, rounded up) or until it is removed. A key that is
/// there already gets the new lifetime. Windows' own agent refuses lifetimes.
///
/// # Errors
/// A [`Failure`]; `Refused` may mean that the agent is locked.
pub fn add(
    address: &AgentAddress,
    key: &Unlocked,
    lifetime: Option<Duration>,
    timeout: Duration,
) -> Result<(), Failure> {
    match lifetime {
        Some(lifetime) => add_constrained(address, key, &[Constraint::Lifetime(lifetime)], timeout),
        None => {
            let mut client = Client::with_read_write(Box::new(open(address, timeout)?));
            client
                .add_identity(key.private_key())
                .map_err(|error| Failure::new(client_fault(&error), address))
        }
    }
}

/// Adds a key under conditions (message 25 of PROTOCOL.agent).
///
/// # Errors
/// A [`Failure`]; `Refused` may mean that the agent is locked, or does not know the condition.
pub fn add_constrained(
    address: &AgentAddress,
    key: &Unlocked,
    constraints: &[Constraint],
    timeout: Duration,
) -> Result<(), Failure> {
    let request =
        Request::add(key, constraints).ok_or_else(|| Failure::new(Fault::Other, address))?;
    confirmed(address, &request, timeout)
}

/// Takes the key with this public blob out of the agent. Only ever used to undo our own [`add`].
///
/// # Errors
/// A [`Failure`]; `Refused` when the agent does not hold it.
pub fn remove(address: &AgentAddress, blob: &[u8], timeout: Duration) -> Result<(), Failure> {
    confirmed(address, &Request::remove(blob), timeout)
}

fn confirmed(address: &AgentAddress, request: &Request, timeout: Duration) -> Result<(), Failure> {
    match exchange(address, request, timeout)? {
        Reply::Success => Ok(()),
        Reply::Failure => Err(Failure::new(Fault::Refused, address)),
        Reply::Identities(_) | Reply::Other => Err(Failure::new(Fault::Garbage, address)),
    }
}

fn exchange(
    address: &AgentAddress,
    request: &Request,
    timeout: Duration,
) -> Result<Reply, Failure> {
    let mut stream = open(address, timeout)?;
    let failed = |error| Failure::new(fault::of_exchange(&error), address);
    stream.write_all(request.bytes()).map_err(failed)?;
    let mut length = [0; 4];
    stream.read_exact(&mut length).map_err(failed)?;
    let length = wire::reply_length(length).ok_or_else(|| Failure::new(Fault::Garbage, address))?;
    let mut reply = vec![0; length];
    stream.read_exact(&mut reply).map_err(failed)?;
    Reply::decode(&reply).map_err(|Broken| Failure::new(Fault::Garbage, address))
}

fn open(address: &AgentAddress, timeout: Duration) -> Result<Stream, Failure> {
    if *address == AgentAddress::None {
        return Err(Failure::new(Fault::NoAddress, address));
    }
    Stream::open(address, timeout).map_err(|error| Failure::new(fault::of_opening(&error), address))
}

fn client_fault(error: &ClientError) -> Fault {
    match error {
        ClientError::RemoteFailure => Fault::Refused,
        ClientError::AgentCommunicationError(error) => fault::of_exchange(error),
        // The crate's words for an end of file where the answer should begin.
        ClientError::InvalidMessage(words) if words == "message is too short" => Fault::Closed,
        ClientError::InvalidMessage(_) | ClientError::UnknownMessageType(_) => Fault::Garbage,
        ClientError::SSHKey(_) | ClientError::SSHEncoding(_) => Fault::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_addresses() {
        let of = AgentAddress::from_value;
        assert_eq!(of(""), AgentAddress::None);
        assert_eq!(of("none"), AgentAddress::None);
        assert_eq!(of("/run/x"), AgentAddress::Socket("/run/x".into()));
        let pipe = AgentAddress::Pipe(r"\\.\pipe\openssh-ssh-agent".to_owned());
        assert_eq!(of(r"\\.\pipe\openssh-ssh-agent"), pipe);
        assert_eq!(of("//./pipe/openssh-ssh-agent"), pipe);
    }

    #[test]
    fn nobody_to_ask_is_absent_and_not_a_failure() {
        let second = Duration::from_secs(1);
        assert_eq!(list(&AgentAddress::None, second), Known::Absent);
    }
}
