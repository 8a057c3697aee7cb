//! Does this line come from the ssh that was asked for, or from one that it runs as its proxy?
//!
//! `ssh -v -J jump target` mixes two logs on one standard error: the inner ssh (to `jump`) begins
//! with a version line of its own and goes on until it has signed in; then the outer one greets.
//! With `-E FILE`, or an inner ssh without `-v`, only the inner one's errors may be there.

use super::event::Event;

/// Whose line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The ssh that connects to the target.
    Target,
    /// A proxy's: an inner ssh, or a program that speaks before the target's server did.
    Helper,
    /// Another run of ssh begins: what was seen belongs to the run before.
    NextRun,
}

/// Follows the runs of ssh in one log.
#[derive(Clone, Debug, Default)]
pub struct Hops {
    target: Hop,
    /// Inner ssh programs that write a log, outermost first, and have not signed in yet.
    helpers: Vec<Hop>,
    started: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Hop {
    proxied: bool,
    greeted: bool,
    over: bool,
}

/// More nested jumps than this are a loop or a forgery.
const MOST_HELPERS: usize = 32;

impl Hops {
    /// Whether the target is reached through a proxy.
    pub fn is_proxied(&self) -> bool {
        self.target.proxied
    }

    /// Places one event.
    pub fn observe(&mut self, event: &Event) -> Whose {
        if matches!(event, Event::Version { .. }) {
            return self.observe_version();
        }
        let ends = ends_a_run(event);
        match self.helpers.last_mut() {
            Some(helper) => {
                helper.observe(event);
                let is_proxy_end = ends && !helper.awaits_helper();
                if is_proxy_end || matches!(event, Event::Authenticated { .. }) {
                    self.helpers.pop();
                }
                Whose::Helper
            }
            None if self.target.awaits_helper() && is_helpers_alone(event) => Whose::Helper,
            None => {
                self.target.observe(event);
                self.target.over |= ends;
                Whose::Target
            }
        }
    }

    fn observe_version(&mut self) -> Whose {
        let innermost = self.helpers.last().unwrap_or(&self.target);
        if innermost.awaits_helper() && self.helpers.len() < MOST_HELPERS {
            self.helpers.push(Hop::default());
            return Whose::Helper;
        }
        let whose = if self.started {
            Whose::NextRun
        } else {
            Whose::Target
        };
        *self = Self {
            started: true,
            ..Self::default()
        };
        whose
    }
}

impl Hop {
    fn awaits_helper(self) -> bool {
        self.proxied && !self.greeted && !self.over
    }

    fn observe(&mut self, event: &Event) {
        self.proxied |= matches!(event, Event::ProxyCommand { .. });
        self.greeted |= matches!(event, Event::RemoteVersion { .. });
    }
}

/// Sentences after which a run of ssh that has not signed in says nothing more of weight.
fn ends_a_run(event: &Event) -> bool {
    matches!(
        event,
        Event::ResolveFailed { .. }
            | Event::ConnectFailed { .. }
            | Event::BannerTimedOut
            | Event::NegotiationFailed { .. }
            | Event::DispatchFailed { .. }
            | Event::HostKeyRefused
            | Event::Denied { .. }
            | Event::Disconnect { .. }
            | Event::Ended { .. }
            | Event::SessionLost { .. }
            | Event::ConfigTerminating { .. }
            | Event::ConfigUnusable { .. }
            | Event::ExitStatus { .. }
    )
}

/// Sentences that the outer ssh cannot say while it waits for its proxy to bring a server.
fn is_helpers_alone(event: &Event) -> bool {
    // Through a proxy, ssh knows no address of its own.
    if let Event::Ended { address, .. } = event {
        return address != "UNKNOWN";
    }
    matches!(
        event,
        Event::ResolveFailed { .. }
            | Event::Connecting { .. }
            | Event::AddressFailed { .. }
            | Event::Connected
            | Event::ConnectFailed { .. }
            | Event::NegotiationFailed { .. }
            | Event::ServerKey { .. }
            | Event::ServerCertificate { .. }
            | Event::HostAsked { .. }
            | Event::HostUnknown { .. }
            | Event::HostKeyChanged { .. }
            | Event::HostKeyRevoked { .. }
            | Event::OffendingKey { .. }
            | Event::HostKeyRefused
            | Event::HostAdded { .. }
            | Event::HostNotAdded { .. }
            | Event::HostCertificateInvalid { .. }
            | Event::NoSuchIdentity { .. }
            | Event::KeyLoadFailed { .. }
            | Event::KeyUnprotected { .. }
            | Event::SigningFailed { .. }
            | Event::HalvesDiffer { .. }
            | Event::PasswordWrong
            | Event::Denied { .. }
            | Event::Disconnect { .. }
            | Event::Authenticated { .. }
            | Event::ChannelRefused { .. }
            | Event::Other
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::sentence::Sentences;

    fn whose(log: &str) -> Vec<Whose> {
        let mut sentences = Sentences::default();
        let mut hops = Hops::default();
        let events = log.lines().filter_map(|line| sentences.read(line));
        events.map(|event| hops.observe(&event)).collect()
    }

    const OUTER: &str =
        "OpenSSH_9.2p1, OpenSSL 3\ndebug1: Executing proxy command: exec ssh -v -W x j\n";
    const INNER: &str = "OpenSSH_9.2p1, OpenSSL 3\ndebug1: Connecting to j [192.0.2.1] port 22.\n";

    #[test]
    fn the_inner_log_ends_where_it_has_signed_in() {
        use Whose::{Helper, Target};
        let log = format!(
            "{OUTER}{INNER}Authenticated to j ([192.0.2.1]:22).\n\
             debug1: Remote protocol version 2.0, remote software version X\n\
             Authenticated to t (via proxy).\n"
        );
        assert_eq!(
            whose(&log),
            [Target, Target, Helper, Helper, Helper, Target, Target]
        );
    }

    #[test]
    fn the_last_of_two_jumps_is_not_the_target() {
        use Whose::{Helper, Target};
        let log = format!(
            "{OUTER}{OUTER}{INNER}Authenticated to a ([192.0.2.1]:22).\n\
             debug1: Remote protocol version 2.0, remote software version X\n\
             Authenticated to b (via proxy).\n\
             debug1: Remote protocol version 2.0, remote software version X\n"
        );
        let seen = whose(&log);
        assert_eq!(seen[..2], [Target, Target]);
        assert!(seen[2..9].iter().all(|w| *w == Helper));
        assert_eq!(seen[9], Target);
    }

    #[test]
    fn a_failing_jump_gives_the_word_back() {
        use Whose::{Helper, Target};
        let log = format!(
            "{OUTER}{INNER}u@j: Permission denied (publickey).\n\
             Connection closed by UNKNOWN port 65535\n"
        );
        assert_eq!(
            whose(&log),
            [Target, Target, Helper, Helper, Helper, Target]
        );
    }

    #[test]
    fn a_second_run_starts_anew() {
        let log =
            "OpenSSH_9.2p1, x y\nConnection closed by 192.0.2.1 port 22\nOpenSSH_9.2p1, x y\n";
        assert_eq!(whose(log), [Whose::Target, Whose::Target, Whose::NextRun]);
    }
}
