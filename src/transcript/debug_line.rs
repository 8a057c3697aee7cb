//! What does a `debug1:` line tell?
//!
//! The first byte decides which few sentences are compared; most lines end there.

use super::event::{Event, HostProof, PublicHalf, Route};
use super::words::{between, file_and_line, list, unvis};
use super::{key_line, words};

/// The event of a line at `debug1`, given without that prefix.
pub fn read(body: &str) -> Option<Event> {
    match body.as_bytes().first()? {
        b'A' => read_a(body),
        b'C' => read_c(body),
        b'E' => read_e(body),
        b'F' => read_found(body),
        b'H' => read_host_known(body),
        b'N' => read_n(body),
        b'O' => read_offer(body).or_else(|| read_version(body)),
        b'R' => read_r(body),
        b'S' => read_s(body),
        b'T' => {
            let path = unvis(body.strip_prefix("Trying private key: ")?);
            Some(Event::Trying { path })
        }
        b'W' => {
            let key = key_line::read(body.strip_prefix("Will attempt key: ")?);
            Some(Event::WillAttempt { key })
        }
        b'a' => body
            .starts_with("auto-mux: Trying existing master")
            .then_some(Event::MuxTrying),
        b'c' => read_certificate_file(body).or_else(|| read_address_failed(body)),
        b'e' => body
            .starts_with("expecting SSH2_MSG_KEX_")
            .then_some(Event::KexAwaited),
        b'g' => read_agent(body.strip_prefix("get_agent_identities: ")?),
        b'i' => read_identity(body.strip_prefix("identity file ")?),
        b'k' => read_banner(body.strip_prefix("kex_exchange_identification: ")?),
        b'l' => read_loaded(body),
        b'm' => body
            .starts_with("mux_client_request_session: master session id")
            .then_some(Event::MuxReused),
        b'n' => read_not_loaded(body),
        b'p' => read_prepare(body.strip_prefix("pubkey_prepare: ")?),
        b'r' => read_prompt(body.strip_prefix("read_passphrase: ")?),
        b's' => read_lower_s(body),
        _ => None,
    }
}

/// The event of a line at `debug2` or `debug3`, given without that prefix.
pub fn read_deeper(body: &str) -> Option<Event> {
    if body.starts_with("bad passphrase given") {
        return Some(Event::PassphraseRefused);
    }
    let (host, port) = body.strip_prefix("resolving \"")?.split_once("\" port ")?;
    Some(Event::Resolving {
        host: unvis(host),
        port: port.parse().ok()?,
    })
}

/// `FILE line N: Applying options for PATTERN`, and the lines that ssh passes over. `file` and
/// `rest` are what stands before and after ` line `.
pub fn read_config(file: &str, rest: &str) -> Option<Event> {
    let (line, text) = rest.split_once(": ")?;
    let line = line.parse().ok()?;
    let file = unvis(file);
    if let Some(pattern) = text.strip_prefix("Applying options for ") {
        return Some(Event::ConfigApplied {
            file,
            line,
            pattern: unvis(pattern),
        });
    }
    let passed_over = [
        "Ignored unknown option",
        "Deprecated option",
        "Unsupported option",
    ];
    let is_passed_over = passed_over.iter().any(|start| text.starts_with(start));
    is_passed_over.then(|| Event::ConfigIgnored {
        file,
        line,
        text: unvis(text),
    })
}

/// `OpenSSH_9.2p1 …, OpenSSL 3.0.22`: bare up to 9.9, at `debug1` from 10.0.
pub fn read_version(line: &str) -> Option<Event> {
    let rest = line.strip_prefix("OpenSSH_")?;
    let rest = rest.strip_prefix("for_Windows_").unwrap_or(rest);
    if !rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let name = line.split(',').next().unwrap_or(line).trim_end().to_owned();
    Some(Event::Version { name })
}

/// `Authenticated to H ([IP]:PORT) using "publickey".`, said at VERBOSE: without prefix.
pub fn read_authenticated(line: &str) -> Option<Event> {
    let (host, rest) = line.strip_prefix("Authenticated to ")?.split_once(" (")?;
    let (route, rest) = rest.split_once(')')?;
    let method = between(rest, " using \"", "\".").map(str::to_owned);
    if method.is_none() && rest != "." {
        return None;
    }
    let route = if route == "via proxy" {
        Route::Proxy
    } else {
        let (ip, port) = route.strip_prefix('[')?.split_once("]:")?;
        Route::Direct {
            ip: ip.to_owned(),
            port: port.parse().ok()?,
        }
    };
    Some(Event::Authenticated {
        host: unvis(host),
        route,
        method,
    })
}

fn read_a(body: &str) -> Option<Event> {
    let rest = body.strip_prefix("Authenticat")?;
    if let Some(methods) = rest.strip_prefix("ions that can continue: ") {
        return Some(Event::CanContinue {
            methods: list(methods),
        });
    }
    if let Some(method) = between(rest, "ion succeeded (", ").") {
        return Some(Event::AuthenticationSucceeded {
            method: method.to_owned(),
        });
    }
    let (address, user) = rest.strip_prefix("ing to ")?.rsplit_once(" as '")?;
    let (host, port) = address.rsplit_once(':')?;
    Some(Event::AuthenticatingTo {
        host: unvis(host),
        port: port.parse().ok()?,
        user: unvis(user.strip_suffix('\'')?),
    })
}

fn read_c(body: &str) -> Option<Event> {
    if body.starts_with("Connection established") {
        return Some(Event::Connected);
    }
    let (host, rest) = body.strip_prefix("Connecting to ")?.split_once(" [")?;
    let (ip, port) = rest.split_once("] port ")?;
    Some(Event::Connecting {
        host: unvis(host),
        ip: ip.to_owned(),
        port: port.strip_suffix('.').unwrap_or(port).parse().ok()?,
    })
}

fn read_e(body: &str) -> Option<Event> {
    if let Some(status) = body.strip_prefix("Exit status ") {
        return Some(Event::ExitStatus {
            status: status.trim_end().parse().ok()?,
        });
    }
    // 8.x says "proxy dialer command" for ProxyUseFdpass.
    let rest = body.strip_prefix("Executing proxy ")?;
    let rest = rest.strip_prefix("dialer ").unwrap_or(rest);
    let command = rest.strip_prefix("command: ")?;
    let command = unvis(command.strip_prefix("exec ").unwrap_or(command));
    Some(Event::ProxyCommand { command })
}

fn read_found(body: &str) -> Option<Event> {
    let rest = body.strip_prefix("Found ")?;
    let rest = rest.strip_prefix("CA ").unwrap_or(rest);
    let (file, line) = file_and_line(rest.strip_prefix("key in ")?)?;
    Some(Event::HostKnownAt { file, line })
}

fn read_host_known(body: &str) -> Option<Event> {
    let rest = body.strip_prefix("Host '")?;
    let (host, rest) = rest.split_once("' is known and matches the ")?;
    let (kind, what) = rest.split_once(" host ")?;
    let proof = match what {
        "key." => HostProof::Key,
        "certificate." => HostProof::Certificate,
        _ => return None,
    };
    Some(Event::HostKnown {
        host: unvis(host),
        kind: kind.to_owned(),
        proof,
    })
}

fn read_n(body: &str) -> Option<Event> {
    if let Some(method) = body.strip_prefix("Next authentication method: ") {
        return Some(Event::NextMethod {
            method: method.trim_end().to_owned(),
        });
    }
    body.starts_with("No more authentication methods to try")
        .then_some(Event::NoMoreMethods)
}

fn read_offer(body: &str) -> Option<Event> {
    let rest = body.strip_prefix("Offering ")?;
    let key = match rest.strip_prefix("public key: ") {
        Some(key) => key_line::read(key),
        None => key_line::read_offer_before_7_6(rest)?,
    };
    Some(Event::Offering { key })
}

fn read_r(body: &str) -> Option<Event> {
    if let Some(file) = body.strip_prefix("Reading configuration data ") {
        return Some(Event::ConfigRead { file: unvis(file) });
    }
    if let Some(text) = body.strip_prefix("Remote: ") {
        return Some(Event::Remote { text: unvis(text) });
    }
    let rest = body.strip_prefix("Remote protocol version ")?;
    let (protocol, software) = rest.split_once(", remote software version")?;
    Some(Event::RemoteVersion {
        protocol: protocol.to_owned(),
        software: unvis(software.trim()),
    })
}

fn read_s(body: &str) -> Option<Event> {
    if let Some(rest) = body.strip_prefix("Server ") {
        if let Some(key) = rest.strip_prefix("accepts key: ") {
            return Some(Event::Accepts {
                key: key_line::read(key),
            });
        }
        if let Some(key) = rest.strip_prefix("host key: ") {
            let (kind, fingerprint) = key.split_once(' ')?;
            let fingerprint = fingerprint.split(' ').next()?.to_owned();
            return Some(Event::ServerKey {
                kind: kind.to_owned(),
                fingerprint,
            });
        }
        let (kind, rest) = rest.strip_prefix("host certificate: ")?.split_once(' ')?;
        let fingerprint = rest.split([',', ' ']).next()?.to_owned();
        return Some(Event::ServerCertificate {
            kind: kind.to_owned(),
            fingerprint,
        });
    }
    if let Some(rest) = body.strip_prefix("Skipping ") {
        let (kind, rest) = rest.split_once(" key ")?;
        let (name, reason) = rest.rsplit_once(" - ")?;
        return Some(Event::Skipping {
            kind: kind.to_owned(),
            name: unvis(name),
            reason: reason.to_owned(),
        });
    }
    if let Some(command) = body.strip_prefix("Sending command: ") {
        let command = unvis(command);
        return Some(Event::CommandSent { command });
    }
    match body.strip_prefix("SSH2_MSG_")? {
        "NEWKEYS received" => Some(Event::KeysExchanged),
        "SERVICE_ACCEPT received" => Some(Event::ServiceAccepted),
        _ => None,
    }
}

fn read_address_failed(body: &str) -> Option<Event> {
    let (ip, rest) = body
        .strip_prefix("connect to address ")?
        .split_once(" port ")?;
    let (port, reason) = rest.split_once(": ")?;
    Some(Event::AddressFailed {
        ip: ip.to_owned(),
        port: port.parse().ok()?,
        reason: reason.to_owned(),
    })
}

fn read_certificate_file(body: &str) -> Option<Event> {
    read_identity(body.strip_prefix("certificate file ")?)
}

fn read_identity(rest: &str) -> Option<Event> {
    let (path, number) = rest.rsplit_once(" type ")?;
    let public_half = match number.trim_end().parse::<i32>().ok()? {
        ..0 => PublicHalf::NotRead,
        0.. => PublicHalf::Read,
    };
    Some(Event::IdentityFile {
        path: unvis(path),
        public_half,
    })
}

fn read_loaded(body: &str) -> Option<Event> {
    if let Some(rest) = body.strip_prefix("load_public_identity_files: key ") {
        let (name, _) = rest
            .strip_suffix(" is not a certificate")?
            .rsplit_once(" type ")?;
        return Some(Event::CertificateIgnored {
            name: unvis(name),
            reason: "not a certificate".to_owned(),
        });
    }
    if let Some(rest) = body.strip_prefix("load_identity_file: Skipping key ") {
        let (path, reason) = rest.rsplit_once(": ")?;
        return Some(Event::KeyLoadFailed {
            path: unvis(path),
            reason: reason.to_owned(),
        });
    }
    let (what, rest) = body.strip_prefix("loaded ")?.split_once(" from ")?;
    if !matches!(what, "pubkey" | "identity pubkey" | "identity cert") {
        return None;
    }
    let (rest, fingerprint) = rest.trim_end().rsplit_once(' ')?;
    let (path, kind) = rest.rsplit_once(": ")?;
    words::is_fingerprint(fingerprint).then(|| Event::PublicHalfLoaded {
        path: unvis(path),
        kind: kind.to_owned(),
        fingerprint: fingerprint.to_owned(),
    })
}

fn read_not_loaded(body: &str) -> Option<Event> {
    let path = body
        .strip_prefix("no pubkey loaded from ")
        .or_else(|| body.strip_prefix("no identity pubkey loaded from "))?;
    Some(Event::PublicHalfMissing { path: unvis(path) })
}

/// The agent part of `get_agent_identities:` (8.9) and `pubkey_prepare:` (before).
fn read_agent(rest: &str) -> Option<Event> {
    if rest.starts_with("bound agent to hostkey") {
        return Some(Event::AgentBound);
    }
    if let Some(count) = between(rest, "agent returned ", " keys") {
        return Some(Event::AgentKeys {
            count: count.parse().ok()?,
        });
    }
    let (call, reason) = rest.split_once(": ")?;
    match call {
        "ssh_fetch_identitylist" if reason == "agent contains no identities" => {
            Some(Event::AgentKeys { count: 0 })
        }
        "ssh_get_authentication_socket" | "ssh_fetch_identitylist" => Some(Event::AgentFailed {
            call: call.to_owned(),
            reason: reason.to_owned(),
        }),
        _ => None,
    }
}

fn read_prepare(rest: &str) -> Option<Event> {
    if let Some(rest) = rest.strip_prefix("ignoring certificate ") {
        let (name, reason) = rest.rsplit_once(": ")?;
        return Some(Event::CertificateIgnored {
            name: unvis(name),
            reason: reason.to_owned(),
        });
    }
    read_agent(rest)
}

fn read_prompt(rest: &str) -> Option<Event> {
    if rest.starts_with("requested to askpass") {
        return Some(Event::AskpassStarted);
    }
    let reason = rest.strip_prefix("can't open /dev/tty: ")?.to_owned();
    Some(Event::NoTerminal { reason })
}

fn read_lower_s(body: &str) -> Option<Event> {
    if let Some(text) = body.strip_prefix("ssh_exchange_identification: ") {
        // Up to 7.9 without a number.
        return read_banner(text).or_else(|| Some(Event::BannerLine { text: unvis(text) }));
    }
    if let Some(name) = between(
        body,
        "sign_and_send_pubkey: no separate private key for certificate \"",
        "\"",
    ) {
        return Some(Event::CertificateAlone { name: unvis(name) });
    }
    let test = body.strip_prefix("send_pubkey_test: no mutual signature ")?;
    test.starts_with("algorithm")
        .then_some(Event::NoMutualSignature)
}

fn read_banner(rest: &str) -> Option<Event> {
    let (_, text) = rest.strip_prefix("banner line ")?.split_once(": ")?;
    Some(Event::BannerLine { text: unvis(text) })
}
