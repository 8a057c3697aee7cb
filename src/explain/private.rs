//! What in a text identifies somebody: their servers, logins, folders, keys and repositories?
//!
//! A vocabulary that has learned these words masks them wherever a line of the text is shown.

use std::collections::BTreeSet;

use crate::diagnosis::Finding;
use crate::text::{Kind, Text};
use crate::transcript::{Event, Transcript};

/// More of them are not kept: a log of one connection names a few.
const MOST: usize = 200;

/// The private words of a text.
pub fn words(transcript: &Transcript, findings: &[Finding], account: Option<&Text>) -> Vec<Text> {
    let mut found = Found::default();
    for seen in &transcript.events {
        found.event(&seen.event);
        if !matches!(seen.event, Event::Other) {
            found.line(&seen.text);
        }
    }
    // Of other programs' lines only those are shown that speak for a finding.
    for line in findings.iter().flat_map(|finding| &finding.evidence) {
        found.line(&line.reveal());
    }
    let named = found
        .words
        .into_iter()
        .map(|(kind, word)| Text::of(kind, word));
    let values = findings.iter().flat_map(|finding| finding.values.values());
    named
        .chain(values.chain(account).cloned())
        .take(MOST)
        .collect()
}

#[derive(Default)]
struct Found {
    words: BTreeSet<(Kind, String)>,
}

impl Found {
    /// What ssh's own sentences name without any sign around it.
    fn event(&mut self, event: &Event) {
        match event {
            Event::AuthenticatingTo { host, user, .. } => {
                self.add(Kind::Host, host);
                self.add(Kind::User, user);
            }
            Event::Denied { user, host, .. } => {
                user.iter().for_each(|user| self.add(Kind::User, user));
                host.iter().for_each(|host| self.add(Kind::Host, host));
            }
            Event::Resolving { host, .. }
            | Event::ResolveFailed { host, .. }
            | Event::Connecting { host, .. }
            | Event::ConnectFailed { host, .. }
            | Event::HostKnown { host, .. }
            | Event::HostUnknown { host, .. }
            | Event::HostAdded { host, .. }
            | Event::Authenticated { host, .. }
            | Event::HostKeyChanged { host: Some(host) }
            | Event::HostKeyRevoked { host: Some(host) }
            | Event::SessionLost {
                host: Some(host), ..
            } => self.host(host),
            // `NAME (ADDRESS)`.
            Event::HostAsked { host } => self.host(host.split(' ').next().unwrap_or_default()),
            Event::ConfigApplied { pattern, .. } => self.add(Kind::Host, pattern),
            _ => {}
        }
    }

    /// What any program's line names in a form that tells what it is.
    fn line(&mut self, line: &str) {
        let ends = [
            ' ', '\t', '"', '\'', '`', ',', '(', ')', '<', '>', '|', '=', ';', '[', ']',
        ];
        for word in line.split(ends) {
            let word = word.trim_end_matches(['.', ':', '!', '?']);
            if let Some((_, rest)) = word.split_once("://") {
                self.address(rest, '/');
            } else if word.contains('@') {
                self.address(word, ':');
            } else if word.contains(['/', '\\']) {
                self.path(word);
            }
        }
    }

    /// `[USER@]HOST[:PORT]` and, behind `before_path`, a repository or file.
    fn address(&mut self, address: &str, before_path: char) {
        let (authority, path) = address.split_once(before_path).unwrap_or((address, ""));
        let host = match authority.rsplit_once('@') {
            Some((login, host)) => {
                self.add(Kind::User, login.split(':').next().unwrap_or_default());
                host
            }
            None => authority,
        };
        self.host(host);
        let path = path.trim_matches('/');
        self.add(Kind::Repository, path);
        self.add(Kind::Repository, path.trim_end_matches(".git"));
        self.path(path);
    }

    /// A path below somebody's home folder, and whose that is.
    fn path(&mut self, path: &str) {
        let Some(rest) = ["/home/", "/Users/", "\\Users\\", "/users/"]
            .iter()
            .find_map(|homes| path.split_once(homes))
            .map(|(_, rest)| rest)
        else {
            if path.contains("/.ssh/") || path.contains("\\.ssh\\") {
                self.add(Kind::Path, path);
            }
            return;
        };
        let user = rest.split(['/', '\\']).next().unwrap_or_default();
        // Of a home that is called so itself, this is a folder.
        if !user.starts_with('.') {
            self.add(Kind::User, user);
        }
        if rest.len() > user.len() {
            self.add(Kind::Path, path);
        }
    }

    /// `HOST`, `HOST:PORT` or `[HOST]:PORT`.
    fn host(&mut self, host: &str) {
        let inside = host.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let host = match inside {
            Some((host, _)) => host,
            None => match host.split_once(':') {
                Some((host, port)) if !port.contains(':') => host,
                Some(_) | None => host,
            },
        };
        self.add(Kind::Host, host);
    }

    fn add(&mut self, kind: Kind, word: &str) {
        if !word.is_empty() && self.words.len() < MOST {
            self.words.insert((kind, word.to_owned()));
        }
    }
}
