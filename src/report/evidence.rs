//! Which lines of ssh's log are kept?
//!
//! Those of known shape that tell how far the connection got and which keys were in play. Never what the server
//! or another program printed, what a command was, a line of unknown shape, or one about a usual key that is not there.

use std::path::Path;

use crate::text::{Text, USUAL_KEYS};
use crate::transcript::event::PublicHalf;
use crate::transcript::{Event, Transcript};

/// More lines than a connection with a dozen keys leaves.
const MOST: usize = 120;

/// How programs of servers that many run call themselves.
const USUAL_SERVERS: [&str; 13] = [
    "OpenSSH",
    "dropbear",
    "libssh",
    "Go",
    "GitLab",
    "GerritCodeReview",
    "APACHE-SSHD",
    "AWS_SFTP",
    "mod_sftp",
    "paramiko",
    "Cisco",
    "ROSSSH",
    "russh",
];

/// The kept lines, in order.
pub(super) fn lines(transcript: &Transcript) -> Vec<Text> {
    let events = transcript.events.iter();
    let kept = events.filter(|seen| is_kept(&seen.event) && !is_missing_default(&seen.event));
    let kept: Vec<_> = kept.collect();
    // Of a long one, how it began and how it ended.
    let end = kept.len().saturating_sub(MOST / 2).max(MOST / 2);
    let (begin, end) = (&kept[..kept.len().min(MOST / 2)], kept.get(end..));
    begin
        .iter()
        .chain(end.unwrap_or_default())
        .map(|seen| {
            let line = seen.text.trim();
            match &seen.event {
                // A server may call itself by its owner's name.
                Event::RemoteVersion { software, .. } if !is_usual_server(software) => {
                    Text::said(line)
                }
                _ => Text::quoted(line),
            }
        })
        .collect()
}

fn is_usual_server(software: &str) -> bool {
    USUAL_SERVERS
        .iter()
        .any(|usual| software.starts_with(usual))
}

/// ssh goes through the usual names of keys, most of which nobody has.
fn is_missing_default(event: &Event) -> bool {
    let path = match event {
        Event::IdentityFile {
            path,
            public_half: PublicHalf::NotRead,
        } => path,
        Event::WillAttempt { key } if key.fingerprint.is_none() && !key.explicit => &key.name,
        Event::Trying { path } => path,
        _ => return false,
    };
    let name = Path::new(path).file_name().unwrap_or_default();
    let name = name.to_string_lossy();
    USUAL_KEYS.contains(&name.strip_suffix("-cert").unwrap_or(&name)) && !Path::new(path).exists()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Privacy, Vocabulary};

    fn kept(log: &str) -> Vec<String> {
        let mut vocabulary = Vocabulary::default();
        vocabulary.privacy = Privacy::Masked;
        let lines = lines(&Transcript::read(log.as_bytes()));
        lines.iter().map(|line| vocabulary.show(line)).collect()
    }

    #[test]
    fn a_server_is_named_by_its_program_and_not_by_its_owner() {
        let line = "debug1: Remote protocol version 2.0, remote software version ";
        for (software, shown) in [
            ("OpenSSH_9.2p1 Debian-2", "OpenSSH_9.2p1 Debian-2"),
            ("AcmeGate_7 quillfeather", "[word] [word]"),
        ] {
            assert_eq!(
                kept(&format!("{line}{software}\n")),
                [format!("{line}{shown}")]
            );
        }
    }

    #[test]
    fn what_another_program_says_is_not_kept() {
        let log = "debug1: Executing proxy command: exec acme --token x\nacme: hello quillfeather\n\
            debug1: Sending environment.\ndebug1: Offering public key: /x/k ED25519 SHA256:abc explicit\n";
        assert_eq!(kept(log).len(), 1, "{:?}", kept(log));
    }

    #[test]
    fn of_a_long_log_the_end_is_kept() {
        let offer =
            |n: usize| format!("debug1: Offering public key: /x/k{n} ED25519 SHA256:a{n}\n");
        let log: String = (0..2 * MOST).map(offer).collect();
        let kept_lines = kept(&(log + "git@github.com: Permission denied (publickey).\n"));
        assert_eq!(kept_lines.len(), MOST);
        assert!(kept_lines[MOST - 1].contains("Permission denied"));
        assert_eq!(kept(&offer(1)).len(), 1);
    }

    #[test]
    fn usual_keys_that_are_not_there_are_left_out() {
        let log = "debug1: identity file /nowhere/.ssh/id_rsa type -1\n\
            debug1: identity file /nowhere/.ssh/id_rsa-cert type -1\n\
            debug1: identity file /nowhere/.ssh/work type -1\n\
            debug1: Trying private key: /nowhere/.ssh/id_rsa\n";
        assert_eq!(kept(log).len(), 1, "{:?}", kept(log));
    }
}
