//! What does ssh say about a key on this side?

use super::super::event::{Event, Signer};
use super::super::words::{between, unvis};

/// `Load key "F": …`.
pub fn load(line: &str) -> Option<Event> {
    let (path, reason) = line.strip_prefix("Load key \"")?.rsplit_once("\": ")?;
    Some(Event::KeyLoadFailed {
        path: unvis(path),
        reason: reason.to_owned(),
    })
}

/// `load pubkey "F": …`.
pub fn public_load(line: &str) -> Option<Event> {
    let rest = line.strip_prefix("load pubkey \"")?;
    let (path, reason) = rest.rsplit_once("\": ")?;
    Some(Event::PublicKeyLoadFailed {
        path: unvis(path),
        reason: reason.to_owned(),
    })
}

/// The `.pub` beside a private key is another key's.
pub fn halves_differ(line: &str) -> Option<Event> {
    let path = between(
        line,
        "identity_sign: private key ",
        " contents do not match public",
    )?;
    Some(Event::HalvesDiffer { path: unvis(path) })
}

/// A configured file that is not there.
pub fn missing(line: &str) -> Option<Event> {
    let (path, reason) = line.strip_prefix("no such identity: ")?.rsplit_once(": ")?;
    Some(Event::NoSuchIdentity {
        path: unvis(path),
        reason: reason.to_owned(),
    })
}

/// `-i FILE` and no such file.
pub fn not_accessible(line: &str) -> Option<Event> {
    // Written by fprintf: no escapes to undo.
    let (path, reason) = line
        .strip_prefix("Warning: Identity file ")?
        .rsplit_once(" not accessible: ")?;
    Some(Event::IdentityNotAccessible {
        path: path.to_owned(),
        reason: reason.trim_end_matches('.').to_owned(),
    })
}

/// `signing failed: …` (7.2), `signing failed for TYPE "NAME" from agent: …` (8.2).
pub fn signing(rest: &str) -> Option<Event> {
    if rest.starts_with("no mutual signature") {
        return Some(Event::NoMutualSignature);
    }
    let rest = rest.strip_prefix("signing failed")?;
    let named = rest
        .strip_prefix(" for ")
        .and_then(|r| r.split_once(" \""))
        .and_then(|(kind, r)| r.rsplit_once('"').map(|(name, r)| (kind, name, r)));
    let (kind, name, rest) = match named {
        Some((kind, name, rest)) => (Some(kind.to_owned()), Some(unvis(name)), rest),
        None => (None, None, rest),
    };
    let (signer, rest) = match rest.strip_prefix(" from agent") {
        Some(rest) => (Signer::Agent, rest),
        None if rest.contains("agent refused operation") => (Signer::Agent, rest),
        None => (Signer::Ssh, rest),
    };
    let reason = rest.strip_prefix(": ")?.to_owned();
    Some(Event::SigningFailed {
        kind,
        name,
        signer,
        reason,
    })
}
