//! What did ssh say, and what does it mean for the connection?
//!
//! [`Reader`] turns bytes into [`Line`]s, most of which carry an [`Event`]; [`Transcript`] keeps the
//! events of a whole log in bounded memory; [`Ladder`] climbs the seven rungs, live or afterwards.
//! To understand a new sentence of ssh: add a variant to [`Event`], read it in `debug_line.rs` (lines
//! with `debug1:`) or `plain_line.rs` (all others), and say in `ladder.rs` which rung it moves.

mod debug_line;
mod decode;
mod embedded;
pub mod event;
mod hops;
mod key_line;
pub mod keys;
pub mod ladder;
mod plain_line;
pub mod reader;
pub mod rung;
mod sentence;
mod strip;
mod tail;
mod words;

pub use decode::Decoder;
pub use event::Event;
pub use hops::{Hops, Whose};
pub use ladder::Ladder;
pub use reader::{Line, Origin, Reader};
pub use rung::{Fact, Rung, Status};

/// An event and the line that told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What it tells.
    pub event: Event,
    /// The first line's number, from 1.
    pub line: usize,
    /// The line, without what other programs put in front of it.
    pub text: String,
    /// How often it came in a row.
    pub times: usize,
}

/// The events of one log. When there are more than memory should hold, those in the middle go:
/// the beginning says where ssh went, the end why it stopped.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    /// In the order of the log.
    pub events: Vec<Seen>,
    /// How many events went.
    pub dropped: usize,
    /// The number of the last line.
    pub lines: usize,
    /// Something of the middle went, or was never read.
    ends_only: bool,
}

/// When this many are kept, some go.
const MOST_EVENTS: usize = 2000;
/// How many events, and how many lines of [`Event::Other`], stay from either end.
const KEPT_EVENTS: usize = 400;
const KEPT_OTHERS: usize = 200;

/// Who is being signed in to, and as whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Login<'a> {
    /// The host name as ssh resolved it.
    pub host: &'a str,
    /// The port.
    pub port: u16,
    /// The login name.
    pub user: &'a str,
}

impl Transcript {
    /// Reads a whole log.
    pub fn read(bytes: &[u8]) -> Self {
        let mut transcript = Self::default();
        let mut reader = Reader::new();
        reader.push(bytes, |line| transcript.note(line));
        reader.finish(|line| transcript.note(line));
        transcript
    }

    /// Keeps what one line tells: for callers that do something else with the lines as well.
    pub fn note(&mut self, line: Line<'_>) {
        self.lines = self.lines.max(line.number);
        self.ends_only |= line.origin == Origin::Passing;
        let Some(event) = line.event else {
            return;
        };
        if let Some(last) = self.events.last_mut()
            && last.text == line.said
            && last.event == event
        {
            last.times += 1;
            return;
        }
        let text = line.said.to_owned();
        self.events.push(Seen {
            event,
            line: line.number,
            text,
            times: 1,
        });
        if self.events.len() >= MOST_EVENTS {
            self.thin_out();
        }
    }

    /// After the last line: what stays of a long text follows from the text alone, not from how much of it was read.
    pub fn settle(&mut self) {
        if self.ends_only {
            self.thin_out();
        }
    }

    /// The events in order.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.events.iter().map(|seen| &seen.event)
    }

    /// Whether any line is one of ssh's.
    pub fn is_about_ssh(&self) -> bool {
        self.events().any(|event| !matches!(event, Event::Other))
    }

    /// The last event that `wanted` accepts, with its line.
    pub fn last(&self, wanted: impl Fn(&Event) -> bool) -> Option<&Seen> {
        self.events.iter().rev().find(|seen| wanted(&seen.event))
    }

    /// The first event that `wanted` accepts, with its line.
    pub fn first(&self, wanted: impl Fn(&Event) -> bool) -> Option<&Seen> {
        self.events.iter().find(|seen| wanted(&seen.event))
    }

    /// The events with whose they are: the target's or a jump host's.
    pub fn with_hops(&self) -> impl Iterator<Item = (&Seen, Whose)> {
        let mut hops = Hops::default();
        self.events
            .iter()
            .map(move |seen| (seen, hops.observe(&seen.event)))
    }

    /// The type and fingerprint of each key that the target's own server showed, with the line.
    pub fn server_keys(&self) -> impl Iterator<Item = (&str, &str, &Seen)> {
        self.with_hops()
            .filter_map(|(seen, whose)| match (&seen.event, whose) {
                (Event::ServerKey { kind, fingerprint }, Whose::Target) => {
                    Some((kind.as_str(), fingerprint.as_str(), seen))
                }
                _ => None,
            })
    }

    /// The target: of the last run in the log, and never a jump host.
    pub fn target(&self) -> Option<Login<'_>> {
        let own = self
            .with_hops()
            .filter(|(_, whose)| *whose != Whose::Helper);
        let logins = own.filter_map(|(seen, _)| {
            let Event::AuthenticatingTo { host, port, user } = &seen.event else {
                return None;
            };
            let port = *port;
            Some(Login { host, port, user })
        });
        logins.last()
    }

    fn thin_out(&mut self) {
        let others = |seen: &Seen| matches!(seen.event, Event::Other);
        let other_count = self.events.iter().filter(|seen| others(seen)).count();
        let event_count = self.events.len() - other_count;
        let (mut events_seen, mut others_seen) = (0, 0);
        self.events.retain(|seen| {
            let (seen, count, kept) = if others(seen) {
                (&mut others_seen, other_count, KEPT_OTHERS)
            } else {
                (&mut events_seen, event_count, KEPT_EVENTS)
            };
            *seen += 1;
            *seen <= kept || *seen > count - kept.min(count)
        });
        self.dropped += other_count + event_count - self.events.len();
        self.ends_only = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_lines_collapse() {
        let transcript = Transcript::read(b"a\na\nb\na\n");
        let kept: Vec<_> = transcript
            .events
            .iter()
            .map(|s| (s.line, s.times))
            .collect();
        assert_eq!(kept, [(1, 2), (3, 1), (4, 1)]);
        assert_eq!(transcript.lines, 4);
    }

    #[test]
    fn a_long_log_keeps_its_two_ends() {
        let mut log = "OpenSSH_9.2p1, OpenSSL 3\n".to_owned();
        for number in 0..50_000 {
            log += &format!("line {number} of a program\n");
        }
        log += "u@h: Permission denied (publickey).\n";
        let transcript = Transcript::read(log.as_bytes());
        assert!(transcript.events.len() < MOST_EVENTS);
        assert_eq!(transcript.dropped, 50_002 - transcript.events.len());
        assert!(matches!(transcript.events[0].event, Event::Version { .. }));
        assert!(matches!(
            transcript.events().next_back(),
            Some(Event::Denied { .. })
        ));
        assert!(transcript.events.is_sorted_by_key(|seen| seen.line));
    }

    #[test]
    fn the_target_is_not_the_jump_host() {
        let log = b"OpenSSH_9.2p1, x y\ndebug1: Executing proxy command: exec ssh -v -W t:22 j\n\
            OpenSSH_9.2p1, x y\ndebug1: Authenticating to j:22 as 'a'\nAuthenticated to j ([::1]:22).\n\
            debug1: Authenticating to t:2222 as 'b'\n";
        let whole = Transcript::read(log);
        assert_eq!(
            whole.target(),
            Some(Login {
                host: "t",
                port: 2222,
                user: "b"
            })
        );
        assert_eq!(Transcript::read(&log[..150]).target(), None);
    }
}
