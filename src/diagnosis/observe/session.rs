//! Which signs are in what came after the sign-in, or in place of it?

use crate::text::Text;
use crate::transcript::{Event, Rung};

use super::super::sign::{Sign, Signs};
use super::Observed;

/// What the account's shell or the server's rule said to the command that does nothing.
pub(super) fn from_session(seen: &Observed, signs: &mut Signs) {
    let (Some(transcript), Some(ladder)) = (seen.transcript, seen.ladder) else {
        return;
    };
    if signs.has(Sign::DroppedEarly) && signs.has(Sign::Proxied) {
        proxy_words(seen.output, signs);
    }
    match ladder.failed() {
        Some(Rung::Resolve) => {
            signs.add(Sign::NotReached, Text::default());
            signs.add(Sign::Unresolved, "the name has no address");
        }
        Some(Rung::Connect) => {
            signs.add(Sign::NotReached, Text::default());
        }
        Some(Rung::HostKey | Rung::LocalKey | Rung::Offer | Rung::Sign | Rung::SignedIn) | None => {
        }
    }
    if !ladder.is_signed_in() {
        return;
    }
    let failed = transcript.events().any(|event| match event {
        Event::ExitStatus { status } => *status != 0,
        _ => false,
    });
    if !failed || seen.greeting.is_some() || seen.provider.is_some() {
        return;
    }
    let said = seen
        .output
        .lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty());
    let Some(said) = said else {
        return;
    };
    let words = ("words", Text::said(said));
    let lower = seen.output.to_ascii_lowercase();
    if lower.contains("account is currently not available") || lower.contains("nologin") {
        signs.add_with(Sign::ShellDisabled, Text::said(said), [words]);
    } else if !is_friendly(&lower) {
        signs.add_with(Sign::OnlyCertainCommands, Text::said(said), [words]);
    }
}

/// The last line that says why; ssh's own words about the end come after it.
fn proxy_words(output: &str, signs: &mut Signs) {
    const ENDS: [&str; 7] = [
        "debug",
        "stdio forwarding failed",
        "Connection closed",
        "Connection to",
        "Killed by",
        "Transferred:",
        "Bytes per second",
    ];
    let is_cause = |line: &&str| !line.is_empty() && !ENDS.iter().any(|end| line.starts_with(end));
    if let Some(said) = output.lines().map(str::trim).rfind(is_cause) {
        let words = Text::said(said);
        signs.add_with(Sign::ProxyWords, words.clone(), [("words", words)]);
    }
}

/// A git server says who it is and that it has no shell; Windows and routers do not know the
/// command `true`. Both are fine.
fn is_friendly(words: &str) -> bool {
    const FRIENDLY: [&str; 7] = [
        "git",
        "shell access",
        "welcome",
        "hello",
        "authenticated",
        "logged in",
        "true",
    ];
    FRIENDLY.iter().any(|word| words.contains(word))
}
