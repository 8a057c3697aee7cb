//! Which lines of ssh's log are kept?
//!
//! Those of known shape that tell how far the connection got and which keys were in play. Never what the server
//! or another program printed, what a command was, or a line of unknown shape.

use crate::text::Text;
use crate::transcript::{Event, Transcript};

/// More lines than a connection with a dozen keys leaves.
const MOST: usize = 120;

/// The kept lines, in order.
pub(super) fn lines(transcript: &Transcript) -> Vec<Text> {
    let kept = transcript.events.iter().filter(|seen| is_kept(&seen.event));
    kept.take(MOST)
        .map(|seen| Text::quoted(seen.text.trim()))
        .collect()
}

fn is_kept(event: &Event) -> bool {
    matches!(
        event,
        Event::Version { .. }
            | Event::ConfigRead { .. }
            | Event::ConfigApplied { .. }
            | Event::ResolveFailed { .. }
            | Event::Connecting { .. }
            | Event::AddressFailed { .. }
            | Event::Connected
            | Event::ConnectFailed { .. }
            | Event::RemoteVersion { .. }
            | Event::AuthenticatingTo { .. }
            | Event::NegotiationFailed { .. }
            | Event::ServerKey { .. }
            | Event::HostKnown { .. }
            | Event::HostKnownAt { .. }
            | Event::HostUnknown { .. }
            | Event::HostKeyChanged { .. }
            | Event::HostKeyRefused
            | Event::IdentityFile { .. }
            | Event::NoSuchIdentity { .. }
            | Event::KeyLoadFailed { .. }
            | Event::KeyUnprotected { .. }
            | Event::AgentKeys { .. }
            | Event::AgentFailed { .. }
            | Event::WillAttempt { .. }
            | Event::Skipping { .. }
            | Event::CanContinue { .. }
            | Event::NextMethod { .. }
            | Event::NoMoreMethods
            | Event::Offering { .. }
            | Event::Trying { .. }
            | Event::Accepts { .. }
            | Event::SigningFailed { .. }
            | Event::PartialSuccess { .. }
            | Event::Authenticated { .. }
            | Event::Denied { .. }
            | Event::Ended { .. }
            | Event::ExitStatus { .. }
    )
}
