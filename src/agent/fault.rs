//! Why did the agent not do what was asked, and what is said about it?

use std::io::{self, ErrorKind};

use super::AgentAddress;
use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

/// Why the agent did not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is no address: no agent is configured.
    NoAddress,
    /// Nothing is at the address: the agent is not running, or elsewhere.
    Missing,
    /// There is a socket and nobody behind it: the agent has ended.
    Dead,
    /// The address belongs to somebody else.
    NoPermission,
    /// It accepts and does not answer in time.
    Silent,
    /// It hangs up at once.
    Closed,
    /// It answers what no agent answers.
    Garbage,
    /// It says no: it is locked, does not know the key, or does not take the condition.
    Refused,
    /// Something else in the system.
    Other,
}

/// A fault with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// For the program.
    pub fault: Fault,
    /// For the person.
    pub trouble: Trouble,
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        failure.trouble
    }
}

impl Failure {
    pub(crate) fn new(fault: Fault, address: &AgentAddress) -> Self {
        Self {
            fault,
            trouble: trouble(fault, address),
        }
    }
}

/// What it means when the address could not be opened.
pub(crate) fn of_opening(error: &io::Error) -> Fault {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Fault::Missing,
        ErrorKind::ConnectionRefused => Fault::Dead,
        ErrorKind::PermissionDenied => Fault::NoPermission,
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Fault::Silent,
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => Fault::Closed,
        _ => Fault::Other,
    }
}

/// What it means when the conversation broke off.
pub(crate) fn of_exchange(error: &io::Error) -> Fault {
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Fault::Silent,
        ErrorKind::UnexpectedEof
        | ErrorKind::BrokenPipe
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted => Fault::Closed,
        _ => Fault::Other,
    }
}

fn trouble(fault: Fault, address: &AgentAddress) -> Trouble {
    let place = || match address {
        AgentAddress::None => Text::plain("nowhere"),
        AgentAddress::Socket(path) => Text::path(path),
        AgentAddress::Pipe(name) => Text::public(name.clone()),
    };
    let unreachable = "The agent cannot be reached.";
    match fault {
        Fault::NoAddress => Trouble::new(
            "No agent is configured.",
            "SSH_AUTH_SOCK is not set, and the config names none.",
            "Start one, or go on without: ssh then asks for the passphrase each time.",
        ),
        Fault::Missing => Trouble::new(
            unreachable,
            say!("Nothing is at {}.", place()),
            "The agent is not running, or a stale SSH_AUTH_SOCK points to an old one: start one, or open a new terminal.",
        ),
        Fault::Dead => Trouble::new(
            unreachable,
            say!("Nobody answers at {}; the agent has ended.", place()),
            "Start a new agent, or open a new terminal.",
        ),
        Fault::NoPermission => Trouble::new(
            unreachable,
            say!("{} does not belong to you.", place()),
            "After sudo or su, SSH_AUTH_SOCK still names the other person's agent: start your own.",
        ),
        Fault::Silent => Trouble::new(
            "The agent does not answer.",
            say!("Nothing came back from {} in time.", place()),
            "Look whether it is waiting for you in another window; otherwise restart it.",
        ),
        Fault::Closed => Trouble::new(
            "The agent hung up.",
            say!("{} closed the connection without an answer.", place()),
            "Restart the agent. A forwarded agent ends with its connection: connect again.",
        ),
        Fault::Garbage => Trouble::new(
            "That is not an agent.",
            say!(
                "What answers at {} does not speak the agent's protocol.",
                place()
            ),
            "Check SSH_AUTH_SOCK and IdentityAgent.",
        ),
        Fault::Refused => Trouble::new(
            "The agent refused.",
            "It may be locked, or take no such key or condition; it does not say which.",
            "Unlock it (ssh-add -X, or in its window), or try without a lifetime.",
        ),
        Fault::Other => Trouble::new(
            unreachable,
            say!("The system could not open {}.", place()),
            "Check SSH_AUTH_SOCK and IdentityAgent.",
        ),
    }
}
