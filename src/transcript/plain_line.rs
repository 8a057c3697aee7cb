//! What does a line without a `debugN:` prefix tell?
//!
//! Errors, warnings and plain messages carry no mark of their level or program, so the words decide.
//! Everything that no sentence of ssh matches is somebody else's: [`Event::Other`].

mod host;
mod key;

use std::sync::LazyLock;

use memchr::memmem;

use super::debug_line::{read_authenticated, read_version};
use super::event::{Ending, Event, Signer};
use super::words::{address_and_port, between, is_fingerprint, list, unvis};
use crate::pattern::Literals;

/// The event of a line without a prefix, by its first words.
pub fn by_first_byte(line: &str) -> Option<Event> {
    match line.as_bytes().first()? {
        b'@' => host::warning_block(line),
        b'A' => read_authenticated(line).or_else(|| read_a(line)),
        b'B' => read_bad(line),
        b'C' => read_c(line),
        b'D' => read_ended(line),
        b'F' => host::not_added(line),
        b'H' => host::verification(line),
        b'L' => key::load(line),
        b'N' => host::unknown(line),
        b'O' => read_version(line).or_else(|| host::offending(line)),
        b'P' => read_p(line),
        b'p' => read_packet(line),
        b'R' => read_disconnect(line)
            .or_else(|| read_lost(line))
            .or_else(|| host::warning_block(line)),
        b'S' => host::rejected(line),
        b'T' => read_t(line),
        b'U' => read_negotiation(line),
        b'W' => host::added(line).or_else(|| key::not_accessible(line)),
        b'b' => read_banner_exchange(line),
        b'c' => read_lower_c(line),
        b'i' => key::halves_differ(line),
        b'k' => read_identification(line),
        b'l' => key::public_load(line),
        b'n' => key::missing(line),
        b's' => read_lower_s(line),
        _ => None,
    }
}

/// What reads the parts before and after a phrase.
type Around = fn(&str, &str) -> Option<Event>;

/// Sentences that begin with a value, by the words that follow it.
const PHRASES: [(&str, Around); 7] = [
    ("Permission denied (", read_denied),
    ("Could not resolve host", |_, after| {
        read_resolve_failed(after)
    }),
    (": connect to host ", read_connect_failed),
    (": terminating, ", read_terminating),
    (" request failed on channel ", read_request),
    (" key fingerprint is", read_fingerprint),
    // Up to 8.4 the changed key's last line, and the revoked key's, begin with the type.
    (" host key for ", |_, after| host::verdict(after)),
];

/// Made once: a log may hold a million lines that are none of these.
static INNER: LazyLock<Literals> =
    LazyLock::new(|| Literals::new(PHRASES.map(|(phrase, _)| phrase)));

/// The event of a line without a prefix, by words further in.
pub fn by_phrase(line: &str) -> Option<Event> {
    if !INNER.any_in(line) {
        return None;
    }
    PHRASES.iter().find_map(|(phrase, read)| {
        let at = memmem::find(line.as_bytes(), phrase.as_bytes())?;
        read(&line[..at], &line[at + phrase.len()..])
    })
}

fn read_denied(who: &str, methods: &str) -> Option<Event> {
    let methods = methods.trim_end().trim_end_matches('.');
    // `Permission denied (os error 13)` is another program's.
    let methods = methods
        .strip_suffix(')')
        .filter(|methods| !methods.contains(' '))?;
    let methods = list(methods);
    let (user, host) = match who {
        "" => (None, None),
        _ => {
            let (user, host) = who.strip_suffix(": ")?.rsplit_once('@')?;
            (Some(unvis(login(user))), Some(unvis(host)))
        }
    };
    Some(Event::Denied {
        user,
        host,
        methods,
    })
}

/// A Windows account may be two words; what another program put in front of a name is none.
fn login(user: &str) -> &str {
    let Some((before, last)) = user.rsplit_once(' ') else {
        return user;
    };
    let are_names = before.chars().all(|c| c.is_alphabetic() || c == ' ');
    if are_names && last != "git" {
        user
    } else {
        last
    }
}

fn read_connect_failed(program: &str, rest: &str) -> Option<Event> {
    if !program.contains("ssh") {
        return None;
    }
    let (host, rest) = rest.split_once(" port ")?;
    let (port, reason) = rest.split_once(": ")?;
    Some(Event::ConnectFailed {
        host: unvis(host),
        port: port.parse().ok()?,
        reason: reason.trim_end().to_owned(),
    })
}

fn read_terminating(file: &str, rest: &str) -> Option<Event> {
    let count = rest.strip_suffix(" bad configuration options")?;
    Some(Event::ConfigTerminating {
        file: unvis(file),
        count: count.parse().ok()?,
    })
}

fn read_fingerprint(kind: &str, rest: &str) -> Option<Event> {
    let fingerprint = rest.trim_start_matches([':', ' ']).trim_end_matches('.');
    is_fingerprint(fingerprint).then(|| Event::ServerKey {
        kind: kind.to_owned(),
        fingerprint: fingerprint.to_owned(),
    })
}

fn read_a(line: &str) -> Option<Event> {
    if line.starts_with("Agent admitted failure to sign using the key") {
        return Some(Event::SigningFailed {
            kind: None,
            name: None,
            signer: Signer::Agent,
            reason: line.trim_end_matches('.').to_owned(),
        });
    }
    let how = line
        .strip_prefix("Authenticated ")?
        .strip_suffix("with partial success.")?;
    let method = between(how, "using \"", "\" ").map(str::to_owned);
    Some(Event::PartialSuccess { method })
}

fn read_bad(line: &str) -> Option<Event> {
    if let Some(file) = line.strip_prefix("Bad owner or permissions on ") {
        let reason = "Bad owner or permissions".to_owned();
        return Some(Event::ConfigUnusable {
            file: Some(unvis(file)),
            reason,
        });
    }
    if let Some(reason) = line.strip_prefix("Bad server host key: ") {
        return Some(Event::ServerKeyRejected {
            reason: reason.to_owned(),
        });
    }
    if line.starts_with("Bad packet length ") {
        return Some(Event::DispatchFailed {
            reason: line.trim_end_matches('.').to_owned(),
        });
    }
    // Windows: `… for user: DOM\\name (SID) on file PATH.`, and without `on file` in old builds.
    let rest = line.strip_prefix("Bad permissions. Try removing permissions for user: ")?;
    let (account, file) = rest.split_once(" on file ").unwrap_or((rest, ""));
    Some(Event::AccessByOthers {
        file: unvis(file.trim_end_matches('.')),
        account: unvis(account.split(" (S-").next().unwrap_or(account)),
    })
}

fn read_c(line: &str) -> Option<Event> {
    if let Some(rest) = line.strip_prefix("Connection ") {
        return read_connection(rest);
    }
    if let Some(rest) = line.strip_prefix("Control socket connect(") {
        let (path, reason) = rest.split_once("): ")?;
        return Some(Event::MuxFailed {
            path: Some(unvis(path)),
            reason: reason.to_owned(),
        });
    }
    if line.starts_with("ControlPath ") || line.starts_with("ControlSocket ") {
        return Some(Event::MuxFailed {
            path: None,
            reason: unvis(line),
        });
    }
    if let Some(rest) = line.strip_prefix("Can't open user config file ") {
        let (file, reason) = rest.rsplit_once(": ")?;
        let reason = reason.to_owned();
        return Some(Event::ConfigUnusable {
            file: Some(unvis(file)),
            reason,
        });
    }
    if line.starts_with("Corrupted MAC on input") {
        return Some(Event::DispatchFailed {
            reason: line.trim_end_matches('.').to_owned(),
        });
    }
    if line.starts_with("Certificate lacks principal list") {
        return Some(Event::HostCertificateInvalid {
            reason: line.to_owned(),
        });
    }
    let reason = line.strip_prefix("Certificate invalid: ")?.to_owned();
    Some(Event::HostCertificateInvalid { reason })
}

fn read_connection(rest: &str) -> Option<Event> {
    if rest.starts_with("timed out during banner exchange") {
        return Some(Event::BannerTimedOut);
    }
    if let Some(who) = rest.strip_prefix("closed by ") {
        return ended(Ending::Closed, who);
    }
    if let Some(who) = rest.strip_prefix("reset by ") {
        return ended(Ending::Reset, who);
    }
    let rest = rest.strip_prefix("to ")?;
    if let Some(who) = rest.strip_suffix(" timed out") {
        return ended(Ending::TimedOut, who);
    }
    let host = rest.strip_suffix(" closed by remote host.")?;
    let reason = "closed by remote host".to_owned();
    Some(Event::SessionLost {
        host: Some(unvis(host)),
        reason,
    })
}

fn read_ended(line: &str) -> Option<Event> {
    ended(
        Ending::Disconnected,
        line.strip_prefix("Disconnected from ")?,
    )
}

fn ended(how: Ending, who: &str) -> Option<Event> {
    let (address, port) = address_and_port(who)?;
    Some(Event::Ended { how, address, port })
}

fn read_p(line: &str) -> Option<Event> {
    if line.starts_with("Permission denied, please try again") {
        return Some(Event::PasswordWrong);
    }
    if line.starts_with("Protocol major versions differ") {
        return Some(Event::ProtocolDiffers {
            text: line.to_owned(),
        });
    }
    let (mode, rest) = line.strip_prefix("Permissions ")?.split_once("for '")?;
    let path = unvis(rest.strip_suffix("' are too open.")?);
    let mode = Some(mode.trim().to_owned()).filter(|m| !m.is_empty());
    Some(Event::KeyUnprotected { path, mode })
}

/// Up to 7.9: `packet_write_wait: Connection to ADDRESS port N: Broken pipe`.
fn read_packet(line: &str) -> Option<Event> {
    let rest = line.strip_prefix("packet_write_")?;
    let (_, rest) = rest.split_once(": Connection to ")?;
    let reason = rest.split_once(": ")?.1.to_owned();
    Some(Event::SessionLost { host: None, reason })
}

fn read_disconnect(line: &str) -> Option<Event> {
    let rest = line.strip_prefix("Received disconnect from ")?;
    let (who, rest) = match rest.split_once(" port ") {
        Some((address, rest)) => (address, rest.split_once(':')?.1),
        // Before 7.2: `ADDRESS: CODE: TEXT`.
        None => rest.split_once(": ")?,
    };
    let (code, text) = rest.split_once(':')?;
    Some(Event::Disconnect {
        address: who.to_owned(),
        code: code.trim().parse().ok()?,
        text: unvis(text.trim()),
    })
}

fn read_lost(line: &str) -> Option<Event> {
    let (host, reason) = line
        .strip_prefix("Read from remote host ")?
        .split_once(": ")?;
    Some(Event::SessionLost {
        host: Some(unvis(host)),
        reason: reason.to_owned(),
    })
}

fn read_t(line: &str) -> Option<Event> {
    if let Some(rest) = line.strip_prefix("The authenticity of host '") {
        let (host, _) = rest.split_once("' can't be established")?;
        return Some(Event::HostAsked { host: unvis(host) });
    }
    if line.starts_with("Too many recursive configuration includes") {
        return Some(Event::ConfigUnusable {
            file: None,
            reason: line.to_owned(),
        });
    }
    let host = between(line, "Timeout, server ", " not responding.")?;
    let reason = "not responding".to_owned();
    Some(Event::SessionLost {
        host: Some(unvis(host)),
        reason,
    })
}

fn read_negotiation(line: &str) -> Option<Event> {
    let rest = line.strip_prefix("Unable to negotiate with ")?;
    let (_, rest) = rest.split_once(": no ")?;
    let (what, offer) = rest.split_once(". Their offer: ").unwrap_or((rest, ""));
    Some(Event::NegotiationFailed {
        what: format!("no {what}"),
        offer: offer.trim().to_owned(),
    })
}

fn read_banner_exchange(line: &str) -> Option<Event> {
    let (_, reason) = line
        .strip_prefix("banner exchange: Connection to ")?
        .split_once(": ")?;
    Some(Event::BannerFailed {
        reason: reason.to_owned(),
    })
}

fn read_lower_c(line: &str) -> Option<Event> {
    if let Some(reason) = line.strip_prefix("client_loop: send disconnect: ") {
        return Some(Event::SessionLost {
            host: None,
            reason: reason.to_owned(),
        });
    }
    let (channel, reason) = line
        .strip_prefix("channel ")?
        .split_once(": open failed: ")?;
    channel.parse::<u32>().ok()?;
    Some(Event::ChannelRefused {
        reason: unvis(reason),
    })
}

fn read_identification(line: &str) -> Option<Event> {
    let reason = line.strip_prefix("kex_exchange_identification: ")?;
    Some(Event::BannerFailed {
        reason: unvis(reason),
    })
}

fn read_lower_s(line: &str) -> Option<Event> {
    if let Some(reason) = line.strip_prefix("ssh_exchange_identification: ") {
        return Some(Event::BannerFailed {
            reason: unvis(reason),
        });
    }
    if let Some(rest) = line.strip_prefix("ssh_dispatch_run_fatal: ") {
        let (_, reason) = rest.split_once(": ")?;
        return Some(Event::DispatchFailed {
            reason: reason.to_owned(),
        });
    }
    if line.starts_with("stdio forwarding failed") {
        return Some(Event::ChannelRefused {
            reason: line.to_owned(),
        });
    }
    if let Some(rest) = line.strip_prefix("sign_and_send_pubkey: ") {
        return key::signing(rest);
    }
    None
}

/// `WHAT request failed on channel N`.
fn read_request(what: &str, channel: &str) -> Option<Event> {
    channel.trim_end_matches('.').parse::<u32>().ok()?;
    Some(Event::RequestRefused {
        what: what.to_owned(),
    })
}

fn read_resolve_failed(rest: &str) -> Option<Event> {
    let (host, reason) = match rest.strip_prefix("name ") {
        Some(rest) => rest
            .split_once(": ")
            .unwrap_or((rest.trim_end_matches(':'), "")),
        None => (between(rest, " \"", "\"")?, ""),
    };
    let host = unvis(host);
    Some(Event::ResolveFailed {
        host,
        reason: reason.trim_end().to_owned(),
    })
}
