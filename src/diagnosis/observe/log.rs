//! Which signs are in what ssh said, and in how far it got?

use std::path::Path;

use crate::facts::Facts;
use crate::provider::{HostKeyType, Published};
use crate::say;
use crate::text::{Kind, Text};
use crate::transcript::event::Ending;
use crate::transcript::keys::{Answer, OfferedKey, Signature};
use crate::transcript::{Event, Ladder, Rung, Seen, Transcript, Whose};

use super::super::sign::{Sign, Signs};
use super::Observed;

/// The signs of the lines that the target's own ssh wrote: what a jump host's says is no word about
/// the target.
pub(super) fn from_transcript(transcript: &Transcript, signs: &mut Signs) {
    for (seen, whose) in transcript.with_hops() {
        match whose {
            Whose::Target | Whose::NextRun => from_event(seen, signs),
            Whose::Helper => {}
        }
    }
}

/// What one line says by itself.
fn from_event(seen: &Seen, signs: &mut Signs) {
    let evidence = Text::quoted(seen.text.clone());
    let reason = |reason: &String| ("reason", Text::quoted(reason.clone()));
    let host = |host: &String| ("host", Text::host(host.clone()));
    match &seen.event {
        Event::ConfigError { file, line, text } => {
            let words = ("words", Text::quoted(text.clone()));
            let at = Text::path(Path::new(file));
            let place = say!("{}, line {}", at.clone(), u64::from(*line));
            let line = ("line", u64::from(*line).into());
            let values = [("file", at), line, ("place", place), words];
            signs.add_with(Sign::ConfigRefused, evidence, values);
        }
        Event::ConfigUnusable {
            file: Some(file),
            reason: why,
        } if why.contains("owner or permissions") => {
            let values = [("file", Text::path(Path::new(file))), reason(why)];
            signs.add_with(Sign::ConfigClosed, evidence, values);
        }
        Event::ResolveFailed {
            host: name,
            reason: why,
        } => {
            signs.add_with(Sign::ResolveFailed, evidence, [host(name), reason(why)]);
        }
        Event::ConnectFailed {
            host: name,
            port,
            reason: why,
        } => {
            let values = [host(name), ("port", (*port).into()), reason(why)];
            signs.add_with(connect_sign(why), evidence, values);
        }
        Event::BannerTimedOut => {
            signs.add(Sign::TimedOut, evidence);
        }
        Event::Ended { how, .. } => match how {
            Ending::TimedOut => {
                signs.add(Sign::TimedOut, evidence);
            }
            Ending::Closed | Ending::Reset | Ending::Disconnected => {}
        },
        Event::ProxyCommand { command } => {
            signs.add_with(
                Sign::Proxied,
                Text::default(),
                [("command", Text::command(command.clone()))],
            );
        }
        Event::NegotiationFailed { what, offer } => {
            let values = [
                ("what", Text::quoted(what.clone())),
                ("offer", Text::quoted(offer.clone())),
            ];
            let sign = if what.contains("host key") {
                Sign::HostKeyTypesDiffer
            } else {
                Sign::NegotiationFailed
            };
            signs.add_with(sign, evidence, values);
        }
        Event::BannerLine { text } if !text.trim().is_empty() => {
            signs.add_with(
                Sign::OtherWords,
                evidence,
                [("words", Text::quoted(text.clone()))],
            );
        }
        Event::HostKeyChanged { .. } => {
            signs.add(Sign::HostKeyChanged, evidence);
        }
        Event::OffendingKey { file, line, .. } => {
            let values = [
                ("file", Text::path(Path::new(file))),
                ("line", u64::from(*line).into()),
            ];
            signs.add_with(Sign::HostKeyChanged, evidence, values);
        }
        Event::HostUnknown { .. } => {
            signs.add(Sign::HostUnknown, evidence);
        }
        Event::HostKeyRefused => {
            signs.add(Sign::HostKeyRefused, evidence);
        }
        Event::KeyUnprotected { path, mode } => {
            let mode = mode.as_ref().map_or_else(
                || Text::plain("open to others"),
                |mode| Text::public(mode.clone()),
            );
            let values = [("key", Text::path(Path::new(path))), ("mode", mode)];
            signs.add_with(Sign::KeyIgnored, evidence, values);
        }
        Event::KeyLoadFailed { path, reason: why } if why != "bad permissions" => {
            let values = [("file", Text::path(Path::new(path))), reason(why)];
            signs.add_with(Sign::KeyUnusable, evidence, values);
        }
        Event::NoSuchIdentity { path, .. } | Event::IdentityNotAccessible { path, .. } => {
            let values = [("file", Text::path(Path::new(path)))];
            signs.add_with(Sign::IdentityMissing, evidence, values);
        }
        Event::HalvesDiffer { path } => {
            let values = [("key", Text::path(Path::new(path)))];
            signs.add_with(Sign::HalvesDiffer, evidence, values);
        }
        Event::SigningFailed {
            name, reason: why, ..
        } => {
            let name = name.clone().unwrap_or_default();
            let values = [("key", Text::path(Path::new(&name))), reason(why)];
            signs.add_with(Sign::SigningFailed, evidence, values);
        }
        Event::Disconnect { text, .. } if text.contains("Too many authentication failures") => {
            signs.add(Sign::TooManyTries, evidence);
        }
        Event::Denied { .. } => {
            signs.add(Sign::Denied, evidence);
        }
        Event::PartialSuccess { .. } => {
            signs.add(Sign::PartialSuccess, evidence);
        }
        Event::Authenticated { .. } => {
            signs.add(Sign::SignedIn, evidence);
        }
        _ => {}
    }
}

/// The system's words for a failed connection, in the spellings of several systems.
fn connect_sign(reason: &str) -> Sign {
    if reason.contains("refused") {
        Sign::Refused
    } else if reason.contains("timed out") {
        Sign::TimedOut
    } else {
        Sign::Unreachable
    }
}

/// What follows from how far it got.
pub(super) fn from_ladder(seen: &Observed, ladder: &Ladder, signs: &mut Signs) {
    let failed = ladder.failed();
    if seen.silent {
        fell_silent(failed, signs);
    }
    if failed == Some(Rung::Connect)
        && ![Sign::Refused, Sign::TimedOut, Sign::Unreachable]
            .iter()
            .any(|sign| signs.has(*sign))
    {
        signs.add(Sign::DroppedEarly, last_words(seen));
    }
    let offered = ladder.keys_offered();
    let got_to_keys = matches!(
        failed,
        Some(Rung::LocalKey | Rung::Offer | Rung::Sign | Rung::SignedIn)
    );
    if offered.is_empty() && got_to_keys && !seen.silent {
        signs.add(Sign::NothingOffered, "ssh offered no key");
    }
    if let Some(key) = ladder.keys().locked_unasked() {
        let name = Text::path(Path::new(&key.name));
        signs.add_with(
            Sign::LockedUnasked,
            say!("{} was passed over: it is locked", name.clone()),
            [("key", name)],
        );
    }
    for key in offered {
        let named = ("key", key_name(key));
        match key.answer {
            Answer::Refused => {
                signs.add_with(
                    Sign::OfferRefused,
                    say!("offered {}: refused", described(key)),
                    [named],
                );
            }
            Answer::Accepted => {
                signs.add_with(
                    Sign::OfferAccepted,
                    say!("offered {}: accepted", described(key)),
                    [named.clone()],
                );
                if key.signature == Signature::NotSent && !ladder.is_signed_in() {
                    signs.add_with(
                        Sign::NotSigned,
                        say!("{} was accepted, and no signature followed", described(key)),
                        [named],
                    );
                } else if !ladder.is_signed_in() {
                    signs.add_with(
                        Sign::SignedInVain,
                        say!("{} signed, and the server still said no", described(key)),
                        [named],
                    );
                }
            }
            Answer::Unknown => {}
        }
    }
}

/// Where ssh was when it said nothing any more decides what the silence means.
fn fell_silent(failed: Option<Rung>, signs: &mut Signs) {
    let evidence = "ssh was ended because nothing came any more";
    match failed {
        // ssh looks the name up before its first word about the network; a proxy does it itself.
        Some(Rung::Resolve) if !signs.has(Sign::Proxied) => {
            let reason = Text::plain("no answer from the name service in time");
            signs.add_with(Sign::ResolveFailed, evidence, [("reason", reason)]);
        }
        Some(Rung::Resolve | Rung::Connect | Rung::HostKey) => {
            signs.add(Sign::TimedOut, evidence);
        }
        Some(Rung::LocalKey | Rung::Offer | Rung::Sign | Rung::SignedIn) | None => {
            signs.add(Sign::StuckAtKeys, evidence);
        }
    }
}

/// Why the connection ended before the server had said what it is. A proxy's own words explain more
/// than ssh's: they are on the output, because nothing can have come from the server yet.
fn last_words(seen: &Observed) -> Text {
    let is_end = |event: &Event| {
        matches!(
            event,
            Event::Ended { .. }
                | Event::BannerFailed { .. }
                | Event::ResolveFailed { .. }
                | Event::ConnectFailed { .. }
                | Event::HostKeyRefused
                | Event::Denied { .. }
        )
    };
    let helper = Transcript::read(seen.output.as_bytes());
    let own = seen.transcript;
    helper
        .last(is_end)
        .or_else(|| own?.last(is_end))
        .map_or_else(Text::default, |seen| Text::quoted(seen.text.clone()))
}

/// Whether a new host's key is one that its provider publishes. A key that the person's own
/// known_hosts vouches for is not judged: our list may be older than the server.
pub(super) fn compare_host_key(seen: &Observed, signs: &mut Signs) {
    let (Some(transcript), Some(provider), Some(target)) =
        (seen.transcript, seen.provider, seen.target)
    else {
        return;
    };
    if !signs.has(Sign::HostUnknown) {
        return;
    }
    let effective = seen.facts.and_then(Facts::effective);
    let host = effective.map_or(target.host.as_str(), |effective| effective.host_name());
    for (seen, whose) in transcript.with_hops() {
        let (Event::ServerKey { kind, fingerprint }, Whose::Target) = (&seen.event, whose) else {
            continue;
        };
        let Some(kind) = HostKeyType::from_openssh(kind) else {
            continue;
        };
        if provider.published(host, kind, fingerprint) == Published::Different {
            signs.add_with(
                Sign::HostKeyNotPublished,
                Text::quoted(seen.text.clone()),
                [("fingerprint", Text::fingerprint(fingerprint.clone()))],
            );
        }
    }
}

fn key_name(key: &OfferedKey) -> Text {
    match &key.file {
        Some(file) => Text::path(Path::new(file)),
        None => Text::of(Kind::Label, key.name.clone()),
    }
}

fn described(key: &OfferedKey) -> Text {
    let kind = key.kind.clone().unwrap_or_default();
    let fingerprint = key.fingerprint.clone().unwrap_or_default();
    say!(
        "{} {} {}",
        key_name(key),
        Text::public(kind),
        Text::fingerprint(fingerprint)
    )
}
