//! What does one line of ssh say by itself?

use std::path::Path;

use crate::say;
use crate::text::{Kind, Text};
use crate::transcript::event::{Ending, Signer};
use crate::transcript::{Event, Seen, Transcript, Whose};

use super::super::sign::{Sign, Signs};
use super::name;

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

fn from_event(seen: &Seen, signs: &mut Signs) {
    let evidence = Text::quoted(seen.text.clone());
    let reason = |reason: &String| ("reason", Text::quoted(reason.clone()));
    let host = |host: &String| ("host", Text::host(host.clone()));
    let file = |path: &String| ("file", Text::path(Path::new(path)));
    let key = |path: &String| ("key", Text::path(Path::new(path)));
    match &seen.event {
        Event::ConfigError {
            file: path,
            line,
            text,
        } => {
            let words = ("words", Text::quoted(text.clone()));
            let at = Text::path(Path::new(path));
            let place = say!("{}, line {}", at.clone(), u64::from(*line));
            let line = ("line", u64::from(*line).into());
            let values = [("file", at), line, ("place", place), words];
            let sign = if path == "command-line" {
                Sign::OptionRefused
            } else {
                Sign::ConfigRefused
            };
            signs.add_with(sign, evidence, values);
        }
        Event::ConfigUnusable {
            file: Some(path),
            reason: why,
        } => {
            let sign = if why.contains("No such file") {
                Sign::ConfigMissing
            } else {
                Sign::ConfigClosed
            };
            signs.add_with(sign, evidence, [file(path), reason(why)]);
        }
        Event::ConfigUnusable {
            file: None,
            reason: why,
        } => {
            let place = ("place", Text::plain("its settings"));
            let words = ("words", Text::quoted(why.clone()));
            signs.add_with(Sign::ConfigRefused, evidence, [place, words]);
        }
        // Without a file it may be a key or the settings; the lines after it tell.
        Event::AccessByOthers { file: path, .. } if path.ends_with("config") => {
            signs.add_with(Sign::ConfigClosed, evidence, [file(path)]);
        }
        Event::AccessByOthers { file: path, .. } if !path.is_empty() => {
            let mode = ("mode", Text::plain("open to others"));
            signs.add_with(Sign::KeyIgnored, evidence, [key(path), mode]);
        }
        Event::ResolveFailed { host: unknown, .. } if unknown.is_empty() => {}
        Event::ResolveFailed {
            host: unknown,
            reason: why,
        } => {
            let sign = name::unresolved(unknown, why);
            signs.add_with(sign, evidence, [host(unknown), reason(why)]);
        }
        Event::Connecting {
            host: asked, ip, ..
        } => {
            if let Some(sign) = name::odd_address(asked, ip) {
                let address = ("address", Text::of(crate::text::Kind::Address, ip.clone()));
                signs.add_with(sign, evidence, [host(asked), address]);
            }
        }
        Event::AddressFailed {
            ip, reason: why, ..
        } => {
            let sign = if ip.contains(':') {
                Sign::Ipv6Failed
            } else {
                Sign::Ipv4Failed
            };
            signs.add_with(sign, evidence, [reason(why)]);
        }
        Event::ConnectFailed {
            host: name,
            port,
            reason: why,
        } => {
            let values = [host(name), ("port", (*port).into()), reason(why)];
            signs.add_with(connect_sign(why), evidence.clone(), values);
            if name.matches(':').count() > 1 {
                signs.add_with(Sign::Ipv6Failed, evidence, [reason(why)]);
            }
        }
        Event::BannerTimedOut => {
            signs.add(Sign::TimedOut, evidence);
        }
        Event::BannerFailed { reason: why } => {
            let sign = if why.contains("timed out") {
                Sign::TimedOut
            } else if is_no_ssh(why) {
                Sign::NoSshBanner
            } else {
                Sign::HungUpEarly
            };
            signs.add_with(sign, evidence, [("words", Text::quoted(why.clone()))]);
        }
        Event::Ended { how, address, port } => match how {
            Ending::TimedOut => {
                signs.add(Sign::TimedOut, evidence);
            }
            Ending::Closed | Ending::Reset if address != "UNKNOWN" && port.is_some() => {
                let host = ("host", Text::host(address.clone()));
                signs.add_with(Sign::HungUp, evidence, [host]);
            }
            Ending::Closed | Ending::Reset | Ending::Disconnected => {}
        },
        Event::ProxyCommand { command } => {
            signs.add_with(
                Sign::Proxied,
                Text::default(),
                [("command", Text::of(Kind::Program, command.clone()))],
            );
        }
        Event::NegotiationFailed { what, offer } => {
            // ssh's sentence is `no matching cipher found`; what is missing is the cipher.
            let missing = what
                .trim_start_matches("no matching ")
                .trim_end_matches(" found");
            let values = [
                ("what", Text::quoted(missing)),
                ("offer", Text::quoted(offer.clone())),
            ];
            let sign = if what.contains("host key") {
                Sign::HostKeyTypesDiffer
            } else {
                Sign::NegotiationFailed
            };
            signs.add_with(sign, evidence, values);
        }
        Event::ProtocolDiffers { text } => {
            let values = [
                ("what", Text::plain("protocol version")),
                ("offer", Text::quoted(text.clone())),
            ];
            signs.add_with(Sign::NegotiationFailed, evidence, values);
        }
        Event::DispatchFailed { reason: why } => {
            signs.add_with(
                dispatch_sign(why),
                evidence,
                [
                    reason(why),
                    ("what", Text::plain("key exchange")),
                    ("offer", Text::quoted(why.clone())),
                ],
            );
        }
        Event::BannerLine { text } if !text.trim().is_empty() => {
            let sign = banner_sign(text);
            let words = [("words", Text::said(text.clone()))];
            signs.add_with(sign, server_says(seen, text), words);
        }
        Event::HostKeyChanged { .. } | Event::HostKeyRevoked { .. } => {
            signs.add(Sign::HostKeyChanged, evidence);
        }
        // With CheckHostIP: the name's own key fits.
        Event::OffendingKey { .. } if seen.text.contains("key for IP") => {
            signs.add(Sign::Remarked, evidence);
        }
        Event::OffendingKey {
            file: path, line, ..
        } => {
            let values = [file(path), ("line", u64::from(*line).into())];
            signs.add_with(Sign::HostKeyChanged, evidence, values);
        }
        Event::ServerKey { fingerprint, .. } => {
            signs.add(Sign::KexAnswered, Text::default());
            if [OLD_GITHUB, NEW_GITHUB].contains(&fingerprint.as_str()) {
                signs.add(Sign::GithubRsaKey, evidence);
            }
        }
        Event::KeysExchanged | Event::ServerCertificate { .. } => {
            signs.add(Sign::KexAnswered, Text::default());
        }
        Event::HostUnknown { host: name, .. } => {
            signs.add_with(Sign::HostUnknown, evidence, [host(name)]);
        }
        Event::HostAsked { .. } => {
            signs.add(Sign::HostAsked, evidence);
        }
        Event::HostKeyRefused => {
            signs.add(Sign::HostKeyRefused, evidence);
        }
        Event::HostNotAdded { .. } | Event::HostAdded { .. } | Event::ConfigIgnored { .. } => {
            signs.add(Sign::Remarked, evidence);
        }
        Event::ServerKeyRejected { reason: why } => {
            let offer = ("offer", Text::quoted(why.clone()));
            signs.add_with(Sign::HostKeyTypesDiffer, evidence, [offer]);
        }
        Event::HostCertificateInvalid { reason: why } => {
            let sign = if why.contains("principal") {
                Sign::CertificateForOtherName
            } else if why.contains("expired") || why.contains("not yet valid") {
                Sign::CertificateOutOfDate
            } else {
                Sign::HostKeyRefused
            };
            signs.add_with(sign, evidence, [reason(why)]);
        }
        Event::KeyUnprotected { path, mode } => {
            let mode = mode.as_ref().map_or_else(
                || Text::plain("open to others"),
                |mode| Text::public(mode.clone()),
            );
            let sign = if path.ends_with(".pub") {
                Sign::PublicHalfNamed
            } else if is_host_key(path) {
                Sign::ServersKeyOpen
            } else {
                Sign::KeyIgnored
            };
            signs.add_with(sign, evidence, [key(path), file(path), ("mode", mode)]);
        }
        Event::KeyLoadFailed { path, reason: why } => {
            if let Some(sign) = load_sign(path, why) {
                signs.add_with(sign, evidence, [file(path), key(path), reason(why)]);
            }
        }
        Event::PublicKeyLoadFailed { path, reason: why } if why.contains("key length") => {
            signs.add_with(Sign::KeyTooShort, evidence, [key(path)]);
        }
        Event::PublicKeyLoadFailed { path, reason: why }
        | Event::IdentityNotAccessible { path, reason: why }
        | Event::NoSuchIdentity { path, reason: why }
            if why.contains("ermission denied") =>
        {
            signs.add_with(Sign::KeyUnopened, evidence, [key(path), reason(why)]);
        }
        Event::NoSuchIdentity { path, .. } | Event::IdentityNotAccessible { path, .. } => {
            signs.add_with(Sign::IdentityMissing, evidence, [file(path)]);
        }
        Event::HalvesDiffer { path } => {
            signs.add_with(Sign::HalvesDiffer, evidence, [key(path)]);
        }
        Event::SigningFailed {
            name,
            reason: why,
            kind,
            signer,
        } => {
            let name = name.clone().unwrap_or_default();
            let is_fido = kind.as_ref().is_some_and(|kind| kind.contains("-SK"));
            let sign = match signer {
                Signer::Ssh if is_fido => Sign::FidoFailed,
                Signer::Agent | Signer::Ssh => Sign::SigningFailed,
            };
            signs.add_with(sign, evidence, [key(&name), reason(why)]);
        }
        Event::AgentFailed { call, reason: why } => {
            let sign = if call.contains("authentication_socket") {
                Sign::AgentUnreachable
            } else {
                Sign::AgentGarbled
            };
            signs.add_with(sign, evidence, [reason(why)]);
        }
        Event::AgentKeys { count: 0 } => {
            signs.add(Sign::AgentEmpty, evidence);
        }
        Event::Skipping {
            kind,
            name,
            reason: why,
        } => {
            let sign = if kind.starts_with("ssh-rsa") {
                Sign::RsaSkipped
            } else {
                Sign::KeyTypeSkipped
            };
            signs.add_with(sign, evidence, [key(name), reason(why)]);
        }
        Event::CertificateIgnored { name, reason: why } => {
            signs.add_with(
                Sign::CertificateUnusable,
                evidence,
                [file(name), reason(why)],
            );
        }
        Event::CertificateAlone { name } => {
            let reason = ("reason", Text::plain("no private key belongs to it"));
            signs.add_with(Sign::CertificateUnusable, evidence, [file(name), reason]);
        }
        Event::NoMutualSignature => {
            signs.add(Sign::NoMutualSignature, evidence);
        }
        Event::NoTerminal { .. } => {
            signs.add(Sign::NobodyToAsk, evidence);
        }
        Event::AskpassStarted => {
            signs.add(Sign::AskpassAsked, evidence);
        }
        Event::PassphraseRefused => {
            let key = ("key", Text::plain("that was tried"));
            signs.add_with(Sign::PassphraseWrong, evidence, [key]);
        }
        Event::PasswordWrong => {
            signs.add(Sign::PasswordWrong, evidence);
        }
        Event::Disconnect { text, .. } if text.contains("Too many authentication failures") => {
            signs.add(Sign::TooManyTries, evidence);
        }
        Event::Disconnect { code, text, .. } => {
            let sign = if *code == 12 {
                Sign::Throttled
            } else {
                Sign::HungUp
            };
            let words = [("words", Text::said(text.clone()))];
            signs.add_with(sign, server_says(seen, text), words);
        }
        Event::Denied {
            host: at,
            user,
            methods,
        } => {
            let takes_keys = methods.iter().any(|method| method == "publickey");
            let mut values = Vec::new();
            values.extend(at.as_ref().map(host));
            values.extend(user.as_ref().map(|user| ("user", Text::user(user.clone()))));
            signs.add_seen(Sign::Denied, evidence.clone(), values.into_iter().collect());
            if let (Some(host), Some(user)) = (at, user) {
                name::expect_user(host, user, &evidence, signs);
            }
            if !takes_keys && !methods.is_empty() {
                let methods = ("methods", Text::quoted(methods.join(", ")));
                signs.add_with(Sign::KeysNotTaken, evidence, [methods]);
            }
        }
        Event::PartialSuccess { .. } => {
            signs.add(Sign::PartialSuccess, evidence);
        }
        Event::Authenticated { .. } | Event::AuthenticationSucceeded { .. } | Event::MuxReused => {
            signs.add(Sign::SignedIn, evidence);
        }
        Event::SessionLost { reason: why, .. } => {
            signs.add_with(Sign::SessionLost, evidence, [reason(why)]);
        }
        Event::ExitStatus { status: -1 } => {
            let why = ("reason", Text::plain("the program there was ended"));
            signs.add_with(Sign::SessionLost, evidence, [why]);
        }
        Event::ChannelRefused { reason: why } => {
            signs.add_with(Sign::ForwardRefused, evidence, [reason(why)]);
        }
        Event::RequestRefused { what } => {
            // Git services and restricted accounts never give a terminal: no failure by itself.
            let sign = if what.contains("PTY") {
                Sign::Remarked
            } else if what.contains("subsystem") {
                Sign::SubsystemRefused
            } else if what.contains("forward") {
                Sign::ForwardRefused
            } else {
                Sign::ShellRefused
            };
            signs.add_with(sign, evidence, [("reason", Text::quoted(what.clone()))]);
        }
        Event::MuxFailed { reason: why, .. } => {
            signs.add_with(Sign::SharingFailed, evidence, [reason(why)]);
        }
        Event::KexAwaited => {
            signs.add(Sign::KexAwaited, evidence);
        }
        // They say nothing alone: how far the connection got is told by the ladder.
        Event::Version { .. }
        | Event::ConfigRead { .. }
        | Event::ConfigApplied { .. }
        | Event::ConfigTerminating { .. }
        | Event::AccessByOthers { .. }
        | Event::Resolving { .. }
        | Event::Connected
        | Event::BannerLine { .. }
        | Event::RemoteVersion { .. }
        | Event::AuthenticatingTo { .. }
        | Event::HostKnown { .. }
        | Event::HostKnownAt { .. }
        | Event::ServiceAccepted
        | Event::IdentityFile { .. }
        | Event::PublicHalfLoaded { .. }
        | Event::PublicHalfMissing { .. }
        | Event::PublicKeyLoadFailed { .. }
        | Event::AgentBound
        | Event::AgentKeys { .. }
        | Event::WillAttempt { .. }
        | Event::CanContinue { .. }
        | Event::NextMethod { .. }
        | Event::NoMoreMethods
        | Event::Offering { .. }
        | Event::Trying { .. }
        | Event::Accepts { .. }
        | Event::Remote { .. }
        | Event::CommandSent { .. }
        | Event::ExitStatus { .. }
        | Event::MuxTrying
        | Event::Other => {}
    }
}

/// GitHub's RSA host key until 2023-03-24, and the one since
/// (github.blog, "We updated our RSA SSH host key").
const OLD_GITHUB: &str = "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8";
const NEW_GITHUB: &str = "SHA256:uNiVztksCsDhcc0u9e8BujQXVUpKZIDTMczCvj3tD2s";

/// The system's words for a failed connection, in the spellings of several systems.
fn connect_sign(reason: &str) -> Sign {
    let reason = reason.to_ascii_lowercase();
    if reason.contains("refused") {
        Sign::Refused
    } else if reason.contains("timed out") {
        Sign::TimedOut
    } else {
        Sign::Unreachable
    }
}

fn dispatch_sign(reason: &str) -> Sign {
    let reason = reason.to_ascii_lowercase();
    if ["authentication code", "corrupted mac", "packet length"]
        .iter()
        .any(|words| reason.contains(words))
    {
        Sign::MacWrong
    } else if reason.contains("libcrypto") || reason.contains("signature") {
        Sign::HostKeyTypesDiffer
    } else if reason.contains("group") {
        Sign::NegotiationFailed
    } else {
        Sign::BrokeOff
    }
}

/// ssh's line, of which this part is the server's own.
fn server_says(seen: &Seen, words: &str) -> Text {
    match seen.text.strip_suffix(words) {
        Some(before) => Text::quoted(before).then(Text::said(words)),
        None => Text::said(seen.text.clone()),
    }
}

/// What a server sends before its version: a word on its load, or something that no SSH server says.
fn banner_sign(text: &str) -> Sign {
    if text.contains("MaxStartups") || text.contains("Not allowed at this time") {
        Sign::Throttled
    } else {
        Sign::OtherWords
    }
}

fn is_no_ssh(reason: &str) -> bool {
    [
        "invalid",
        "No SSH version",
        "too long",
        "could not read protocol",
    ]
    .iter()
    .any(|words| reason.contains(words))
}

/// `/etc/ssh/ssh_host_rsa_key`: it belongs to a server.
fn is_host_key(path: &str) -> bool {
    path.contains("ssh_host_")
}

/// Why a file could not be used as a private key. The reason is ssh's; the name of the file tells more.
fn load_sign(path: &str, reason: &str) -> Option<Sign> {
    let lower = path.to_ascii_lowercase();
    Some(if reason.contains("bad permissions") {
        // The block before it has said so.
        return None;
    } else if is_host_key(path) {
        Sign::ServersKeyOpen
    } else if lower.ends_with(".ppk") {
        Sign::PpkNamed
    } else if lower.ends_with(".pub") {
        Sign::PublicHalfNamed
    } else if reason.starts_with("Is a directory") || reason.starts_with("Permission denied") {
        // What stands behind the reason may be the server's answer, on the same line.
        Sign::KeyUnopened
    } else if reason.contains("No such file") {
        Sign::IdentityMissing
    } else if reason.contains("key length") {
        Sign::KeyTooShort
    } else if reason.contains("passphrase") {
        Sign::PassphraseWrong
    } else {
        Sign::KeyUnusable
    })
}
