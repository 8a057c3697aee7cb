//! What does ssh say about the server's key?

use super::super::event::Event;
use super::super::words::{file_and_line, unvis};

/// `Host key verification failed.`, or what is wrong with the key.
pub fn verification(line: &str) -> Option<Event> {
    if line.starts_with("Host key verification failed") {
        return Some(Event::HostKeyRefused);
    }
    verdict(line.strip_prefix("Host key for ")?)
}

/// `HOST has changed and …` or `HOST was revoked and …`.
pub fn verdict(rest: &str) -> Option<Event> {
    if let Some((host, _)) = rest.split_once(" has changed and you have requested") {
        return Some(Event::HostKeyChanged {
            host: Some(unvis(host)),
        });
    }
    let (host, _) = rest.split_once(" was revoked and you have requested")?;
    Some(Event::HostKeyRevoked {
        host: Some(unvis(host)),
    })
}

/// The loud line of a warning block.
pub fn warning_block(line: &str) -> Option<Event> {
    let words = line.trim_matches(['@', ' ']);
    let words = words.strip_prefix("WARNING: ").unwrap_or(words);
    if words.starts_with("REMOTE HOST IDENTIFICATION HAS CHANGED") {
        Some(Event::HostKeyChanged { host: None })
    } else if words.starts_with("REVOKED HOST KEY DETECTED") {
        Some(Event::HostKeyRevoked { host: None })
    } else {
        None
    }
}

/// Strict checking and no known key.
pub fn unknown(line: &str) -> Option<Event> {
    let (kind, rest) = line
        .strip_prefix("No ")?
        .split_once(" host key is known for ")?;
    let (host, _) = rest.split_once(" and you have requested")?;
    Some(Event::HostUnknown {
        host: unvis(host),
        kind: kind.to_owned(),
    })
}

/// The entry of known_hosts that contradicts.
pub fn offending(line: &str) -> Option<Event> {
    let rest = line.strip_prefix("Offending ")?;
    let (kind, place) = rest.split_once("key ")?;
    let place = place.strip_prefix("for IP ").unwrap_or(place);
    let (file, line) = file_and_line(place.strip_prefix("in ")?)?;
    let kind = Some(kind.trim_end().to_owned()).filter(|k| !k.is_empty());
    Some(Event::OffendingKey { kind, file, line })
}

/// `Warning: Permanently added …`, and with CheckHostIP the same for an address.
pub fn added(line: &str) -> Option<Event> {
    let rest = line.strip_prefix("Warning: Permanently added ")?;
    let (host, kind) = match rest.strip_prefix("the ") {
        Some(rest) => {
            let (kind, rest) = rest.split_once(" host key for IP address '")?;
            (rest.split('\'').next()?, kind)
        }
        None => {
            let (host, rest) = rest.strip_prefix('\'')?.split_once("' (")?;
            (host, rest.split(')').next()?)
        }
    };
    Some(Event::HostAdded {
        host: unvis(host),
        kind: kind.to_owned(),
    })
}

/// known_hosts could not be written.
pub fn not_added(line: &str) -> Option<Event> {
    let rest = line.strip_prefix("Failed to add the ")?;
    let (_, file) = rest.split_once(" to the list of known hosts (")?;
    let file = unvis(file.strip_suffix(").")?);
    Some(Event::HostNotAdded { file })
}

/// A key of a type that is not allowed (10.3).
pub fn rejected(line: &str) -> Option<Event> {
    line.starts_with("Server host key ")
        .then(|| Event::ServerKeyRejected {
            reason: line.to_owned(),
        })
}
