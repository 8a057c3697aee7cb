//! Which server is a text about?

use crate::provider::Providers;
use crate::target::{Scheme, Target};
use crate::transcript::{Event, Transcript, Whose};

/// The server that ssh's own words name last, otherwise the first git address or ssh command in the text, otherwise
/// the first login at a service that is known.
pub(super) fn target<'a>(
    transcript: &Transcript,
    mut lines: impl Iterator<Item = &'a str>,
    providers: &Providers,
) -> Option<Target> {
    let login = transcript
        .target()
        .map(|login| named(login.host, Some(login.user), Some(login.port)));
    login
        .or_else(|| transcript.with_hops().filter_map(said).last())
        .or_else(|| transcript.events.iter().find_map(|seen| typed(&seen.text)))
        .or_else(|| lines.find_map(|line| at_service(line, providers)))
}

fn named(host: &str, user: Option<&str>, port: Option<u16>) -> Target {
    Target {
        input: user.map_or_else(|| host.to_owned(), |user| format!("{user}@{host}")),
        host: host.to_owned(),
        user: user.map(str::to_owned),
        port: port.filter(|port| *port != 22),
        identity: None,
        repository: None,
        scheme: Scheme::Host,
    }
}

/// A server that a sentence of ssh names.
fn said((seen, whose): (&crate::transcript::Seen, Whose)) -> Option<Target> {
    if whose == Whose::Helper {
        return None;
    }
    match &seen.event {
        Event::Denied {
            user,
            host: Some(host),
            ..
        } => Some(named(host, user.as_deref(), None)),
        Event::ConnectFailed { host, port, .. } => Some(named(host, None, Some(*port))),
        Event::ResolveFailed { host, .. } | Event::Authenticated { host, .. } => {
            Some(named(host, None, None))
        }
        Event::Connecting { host, port, .. } => Some(named(host, None, Some(*port))),
        Event::HostUnknown { host, .. }
        | Event::HostKeyChanged { host: Some(host) }
        | Event::HostKeyRevoked { host: Some(host) } => Some(bracketed(host)),
        // `NAME (ADDRESS)`.
        Event::HostAsked { host } => Some(bracketed(host.split(' ').next()?)),
        _ => None,
    }
    .filter(|target| Target::parse(&target.input).is_ok())
}

/// `[HOST]:PORT`, as known_hosts has it.
fn bracketed(name: &str) -> Target {
    let inside = name
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]:"));
    match inside {
        Some((host, port)) => named(host, None, port.parse().ok()),
        None => named(name, None, None),
    }
}

/// What blanks, quotes and brackets divide.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split([
        ' ', '\t', '"', '\'', '`', ',', '(', ')', '<', '>', '|', '=', ';',
    ])
}

/// `USER@HOST` of a service, with the user that everybody has there. Without that, it may be somebody's e-mail address.
fn at_service(line: &str, providers: &Providers) -> Option<Target> {
    let logins = words(line).filter(|word| word.contains('@'));
    let mut targets =
        logins.filter_map(|word| Target::parse(word.trim_end_matches(['.', ':'])).ok());
    targets.find(|target| {
        let Some(provider) = providers.for_host(&target.host) else {
            return false;
        };
        let fixed = provider.user_at(&target.host);
        fixed.is_none() || fixed == target.user.as_deref()
    })
}

/// A git address, or the address behind `ssh`, in a line of another program.
fn typed(line: &str) -> Option<Target> {
    let words = || words(line);
    let address = words().find_map(|word| {
        let word = word.trim_end_matches(['.', ':', ']', '\u{2026}']);
        let is_url = word.starts_with("ssh://") || word.starts_with("git+ssh://");
        let is_git = word
            .split_once('@')
            .is_some_and(|(user, rest)| user == "git" && rest.contains(':'));
        if !(is_url || is_git) {
            return None;
        }
        Target::parse(word).ok()
    });
    address.or_else(|| {
        let mut words = words().skip_while(|word| !matches!(*word, "ssh" | "ssh.exe" | "sftp"));
        words.next()?;
        let login = words.find(|word| word.contains('@') && !word.starts_with('-'))?;
        Target::parse(login).ok()
    })
}
