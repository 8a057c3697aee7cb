//! Which signs are in what ssh said, and in how far it got?

use std::path::Path;

use crate::facts::Facts;
use crate::known::Known;
use crate::provider::{HostKeyType, Published};
use crate::say;
use crate::text::{Kind, Text};
use crate::transcript::event::PublicHalf;
use crate::transcript::keys::{Answer, OfferedKey, Signature};
use crate::transcript::{Event, Ladder, Rung, Transcript};

use super::super::sign::{Sign, Signs};
use super::{Observed, name};

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
    if ladder.keys().is_asked() {
        signs.add(Sign::Verbose, Text::default());
    }
    if let Some(transcript) = seen.transcript {
        if let Some(end) = transcript.last(|event| matches!(event, Event::NoMoreMethods))
            && !signs.has(Sign::Denied)
        {
            // A log that was cut before its last line.
            signs.add(Sign::Denied, Text::quoted(end.text.clone()));
        }
        from_identities(transcript, ladder, signs);
    }
    let is_told = seen.facts.is_some() || ladder.keys().is_asked();
    if offered.is_empty() && got_to_keys && is_told && !seen.silent {
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
                let is_fido = key.kind.as_deref().is_some_and(|kind| kind.contains("-SK"));
                if is_fido && key.signature == Signature::NotSent && !ladder.is_signed_in() {
                    signs.add_with(
                        Sign::FidoSilent,
                        say!("{} was accepted, and no signature followed", described(key)),
                        [named],
                    );
                } else if key.signature == Signature::NotSent && !ladder.is_signed_in() {
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

/// What the list of keys shows that no single line of it does.
fn from_identities(transcript: &Transcript, ladder: &Ladder, signs: &mut Signs) {
    for seen in &transcript.events {
        match &seen.event {
            Event::IdentityFile {
                path,
                public_half: PublicHalf::Read,
            } if path.ends_with(".pub") => {
                let values = [
                    ("file", Text::path(Path::new(path))),
                    ("key", Text::path(Path::new(path))),
                ];
                signs.add_with(
                    Sign::PublicHalfListed,
                    Text::quoted(seen.text.clone()),
                    values,
                );
            }
            // A closed file is named by its mode; a key's public part would have been read before.
            Event::KeyUnprotected { path, mode } => {
                let is_folder = mode.as_deref().is_some_and(|mode| mode.ends_with("755"));
                let was_read = ladder
                    .keys()
                    .announced()
                    .iter()
                    .any(|key| key.name == *path && key.fingerprint.is_some());
                if is_folder
                    && !was_read
                    && Path::new(path).extension().is_none()
                    && ladder.keys().is_asked()
                {
                    let key = ("key", Text::path(Path::new(path)));
                    signs.add_with(
                        Sign::LooksLikeFolder,
                        Text::quoted(seen.text.clone()),
                        [key],
                    );
                }
            }
            _ => {}
        }
    }
    shell_or_mac(transcript, signs);
    let agent_has = transcript.last(|event| matches!(event, Event::AgentKeys { count: 1.. }));
    let announced = ladder.keys().announced();
    if let Some(seen) = agent_has
        && !announced.is_empty()
        && announced.iter().all(|key| !key.agent)
    {
        signs.add(Sign::AgentKeysUnused, Text::quoted(seen.text.clone()));
    }
    let is_certificate = |key: &OfferedKey| {
        key.kind
            .as_deref()
            .is_some_and(|kind| kind.to_ascii_lowercase().contains("-cert"))
    };
    if let Some(key) = ladder.keys_offered().iter().find(|key| is_certificate(key)) {
        signs.add(Sign::CertificateOffered, say!("offered {}", described(key)));
    }
}

/// `true` cannot fail, so a server where it does runs something else; and a Mac without a way to its neighbour
/// has one that it may not use.
fn shell_or_mac(transcript: &Transcript, signs: &mut Signs) {
    let sent_true = transcript
        .last(|event| matches!(event, Event::CommandSent { command } if command == "true"));
    let failed = transcript.last(|event| matches!(event, Event::ExitStatus { status: 1.. }));
    if let (Some(sent), Some(failed)) = (sent_true, failed) {
        let evidence = say!(
            "{}, then {}",
            Text::quoted(sent.text.clone()),
            Text::quoted(failed.text.clone())
        );
        signs.add(Sign::TrueFailed, evidence);
    }
    let is_mac = cfg!(target_os = "macos")
        || transcript
            .events
            .iter()
            .any(|seen| seen.text.contains("/Users/"));
    let no_route = transcript.last(|event| match event {
        Event::ConnectFailed { host, reason, .. } => {
            reason.contains("No route") && name::is_nearby(host)
        }
        Event::AddressFailed { ip, reason, .. } => {
            reason.contains("No route") && name::is_nearby(ip)
        }
        _ => false,
    });
    if let (true, Some(seen)) = (is_mac, no_route) {
        signs.add(Sign::NoRouteOnMac, Text::quoted(seen.text.clone()));
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

/// Whether ssh stopped at a host that it has not met: it names it only where it may not ask.
pub(super) fn look_for_host(seen: &Observed, signs: &mut Signs) {
    let Some(about) = seen.facts.and_then(|facts| facts.target.as_ref()) else {
        return;
    };
    let is_met = match &about.known {
        Known::Yes(lines) => !lines.is_empty(),
        Known::Absent => false,
        Known::Failed(_) => true,
    };
    let is_told = signs.has(Sign::HostUnknown) || signs.has(Sign::HostKeyChanged);
    if signs.has(Sign::HostKeyRefused) && !is_met && !is_told {
        let host = Text::host(&about.target.host);
        let evidence = say!(
            "no line of {} names it",
            Text::path(&about.known_hosts.path)
        );
        signs.add_with(Sign::HostUnknown, evidence, [("host", host)]);
    }
}

/// Whether a new host's key is one that its provider publishes. A key that the person's own
/// known_hosts vouches for is not judged: our list may be older than the server.
pub(super) fn compare_host_key(seen: &Observed, signs: &mut Signs) {
    let (Some(transcript), Some(provider), Some(target)) =
        (seen.transcript, seen.provider, seen.target)
    else {
        return;
    };
    if !signs.has(Sign::HostUnknown) && !signs.has(Sign::HostAsked) {
        return;
    }
    let effective = seen.facts.and_then(Facts::effective);
    let host = effective.map_or(target.host.as_str(), |effective| effective.host_name());
    for (kind, fingerprint, seen) in transcript.server_keys() {
        let Some(kind) = HostKeyType::from_openssh(kind) else {
            continue;
        };
        if provider.published(host, kind, fingerprint) == Published::Different {
            signs.add_with(
                Sign::HostKeyNotPublished,
                Text::quoted(seen.text.clone()),
                [("fingerprint", Text::fingerprint(fingerprint))],
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
