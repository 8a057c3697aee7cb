//! While ssh reads on: which block applies, given what has been read so far?

use super::criteria::{Criterion, CriterionKind};
use super::line::{Meaning, OptionLine};
use super::pattern::{Cover, Pattern, host_line, host_list, list};

/// What ssh is asked to connect to, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The host as typed: `Host` lines are compared with this, and case counts.
    pub host: String,
    /// The user from the command line (`-l`, `user@host`); it hides every `User` line.
    pub user: Option<String>,
    /// The person's local account, for `Match localuser` and as the user when nothing else is said.
    pub local_user: Option<String>,
}

impl Asked {
    /// Only the host is known.
    pub fn host(host: impl Into<String>) -> Asked {
        Asked {
            host: host.into(),
            user: None,
            local_user: None,
        }
    }

    /// The same with a user from the command line.
    pub fn with_user(self, user: impl Into<String>) -> Asked {
        Asked {
            user: Some(user.into()),
            ..self
        }
    }

    /// The same with the person's local account.
    pub fn with_local_user(self, local_user: impl Into<String>) -> Asked {
        Asked {
            local_user: Some(local_user.into()),
            ..self
        }
    }
}

/// What is known of a value that lines set as they are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fact {
    Unset,
    Is(Vec<u8>),
    Unsure,
}

/// ssh reads its files once, and again for `Match final` and canonical host names (ssh.c:main).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    First,
    Final,
}

/// The state that decides about blocks.
#[derive(Debug, Clone)]
pub(super) struct Reading<'a> {
    pub asked: &'a Asked,
    pub pass: Pass,
    pub host_name: Fact,
    pub user: Fact,
}

impl<'a> Reading<'a> {
    pub fn first(asked: &'a Asked) -> Reading<'a> {
        Reading {
            asked,
            pass: Pass::First,
            host_name: Fact::Unset,
            user: asked
                .user
                .as_ref()
                .map_or(Fact::Unset, |u| Fact::Is(u.as_bytes().to_vec())),
        }
    }

    /// The second pass: `Host` lines are now compared with the host name that the first pass ended with.
    pub fn again(self) -> Reading<'a> {
        let host_name = match self.host_name {
            Fact::Unset => Fact::Is(self.asked.host.to_ascii_lowercase().into_bytes()),
            Fact::Is(name) => Fact::Is(name.to_ascii_lowercase()),
            Fact::Unsure => Fact::Unsure,
        };
        Reading {
            pass: Pass::Final,
            host_name,
            ..self
        }
    }

    /// Whether the block that this line begins applies; `None` when the line begins none.
    pub fn cover(&self, meaning: &Meaning) -> Option<Cover> {
        match meaning {
            Meaning::Host(patterns) => Some(self.host(patterns)),
            Meaning::Match(criteria) => Some(
                criteria
                    .iter()
                    .map(|c| self.criterion(c))
                    .fold(Cover::Yes, Cover::and),
            ),
            // An empty `Host` was a block that never matches, until 8.7 made it an error.
            Meaning::Malformed { keyword, .. } => {
                matches!(keyword.as_ref(), "host" | "match").then_some(Cover::No)
            }
            Meaning::Blank | Meaning::Comment | Meaning::Option(_) => None,
        }
    }

    /// Takes in an option of a block with this cover: `HostName` and `User` decide about later `Match` lines.
    pub fn learn(&mut self, option: &OptionLine, cover: Cover) {
        let value = option.arguments.first();
        let (fact, value) = match option.keyword.as_ref() {
            "hostname" => {
                let value = value.and_then(|v| expand(v, &self.asked.host));
                (&mut self.host_name, value)
            }
            "user" => (&mut self.user, value.cloned()),
            _ => return,
        };
        if *fact == Fact::Unset {
            *fact = match (cover, value) {
                (Cover::No, _) => Fact::Unset,
                (Cover::Yes, Some(value)) => Fact::Is(value),
                (Cover::Yes, None) | (Cover::Maybe, _) => Fact::Unsure,
            };
        }
    }

    fn host(&self, patterns: &[Pattern]) -> Cover {
        match (self.pass, &self.host_name) {
            (Pass::First, _) | (Pass::Final, Fact::Unset) => {
                Cover::from_bool(host_line(patterns, self.asked.host.as_bytes()))
            }
            (Pass::Final, Fact::Is(name)) => Cover::from_bool(host_line(patterns, name)),
            (Pass::Final, Fact::Unsure) => unknown_name(patterns),
        }
    }

    fn criterion(&self, criterion: &Criterion) -> Cover {
        let asked = self.asked;
        let holds = match &criterion.kind {
            CriterionKind::All => Cover::Yes,
            CriterionKind::Canonical | CriterionKind::Final => {
                Cover::from_bool(self.pass == Pass::Final)
            }
            CriterionKind::Host(names) => {
                let typed = asked.host.as_bytes();
                on(&self.host_name, Some(typed), |name| host_list(name, names))
            }
            CriterionKind::OriginalHost(names) => {
                Cover::from_bool(host_list(asked.host.as_bytes(), names))
            }
            CriterionKind::User(names) => {
                let local = asked.local_user.as_ref().map(String::as_bytes);
                on(&self.user, local, |user| list(user, names))
            }
            CriterionKind::LocalUser(names) => {
                let local = asked.local_user.as_ref().map(String::as_bytes);
                on(&Fact::Unset, local, |user| list(user, names))
            }
            CriterionKind::Exec(_) | CriterionKind::Other { .. } => Cover::Maybe,
        };
        if criterion.negated {
            holds.opposite()
        } else {
            holds
        }
    }
}

/// Whether a `Host` line matches a name of which nothing is known.
fn unknown_name(patterns: &[Pattern]) -> Cover {
    let negated = || patterns.iter().filter(|p| p.negated);
    let positive = || patterns.iter().filter(|p| !p.negated);
    if positive().next().is_none() || negated().any(|p| is_star(&p.glob)) {
        Cover::No
    } else if negated().next().is_none() && positive().any(|p| is_star(&p.glob)) {
        Cover::Yes
    } else {
        Cover::Maybe
    }
}

fn on(fact: &Fact, default: Option<&[u8]>, test: impl Fn(&[u8]) -> bool) -> Cover {
    match (fact, default) {
        (Fact::Is(value), _) => Cover::from_bool(test(value)),
        (Fact::Unset, Some(value)) => Cover::from_bool(test(value)),
        (Fact::Unset, None) | (Fact::Unsure, _) => Cover::Maybe,
    }
}

fn is_star(glob: &[u8]) -> bool {
    !glob.is_empty() && glob.iter().all(|&b| b == b'*')
}

/// `HostName` takes `%h` and `%%` and nothing else (ssh.c:main).
fn expand(value: &[u8], host: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut bytes = value.iter();
    while let Some(&b) = bytes.next() {
        match (b, b == b'%') {
            (b, false) => out.push(b),
            (_, true) => match bytes.next() {
                Some(b'h') => out.extend_from_slice(host.as_bytes()),
                Some(b'%') => out.push(b'%'),
                Some(_) | None => return None,
            },
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssh_config::Document;

    fn cover(head: &str, asked: &Asked) -> Cover {
        let doc = Document::parse(head.as_bytes());
        let line = doc.line(1).unwrap();
        Reading::first(asked).cover(line.meaning()).unwrap()
    }

    #[test]
    fn host_and_match() {
        let lab = Asked::host("lab").with_local_user("me");
        for (head, expected) in [
            ("Host lab", Cover::Yes),
            ("Host LAB", Cover::No),
            ("Host * !lab", Cover::No),
            ("Match all", Cover::Yes),
            ("Match host LAB", Cover::Yes),
            ("Match originalhost l*", Cover::Yes),
            ("Match !originalhost l*", Cover::No),
            ("Match user me", Cover::Yes),
            ("Match user you", Cover::No),
            ("Match localuser me host lab", Cover::Yes),
            ("Match exec true", Cover::Maybe),
            ("Match host box exec true", Cover::No),
            ("Match host lab !exec true", Cover::Maybe),
            ("Match tagged x", Cover::Maybe),
            ("Match final", Cover::No),
            ("Match !final", Cover::Yes),
            ("Host", Cover::No),
        ] {
            assert_eq!(cover(head, &lab), expected, "{head}");
        }
        let unknown = Asked::host("lab");
        assert_eq!(cover("Match user me", &unknown), Cover::Maybe);
        assert_eq!(cover("Match localuser me", &unknown), Cover::Maybe);
        assert_eq!(
            cover("Match user git", &unknown.with_user("git")),
            Cover::Yes
        );
    }

    #[test]
    fn host_name_so_far() {
        assert_eq!(expand(b"%h.net", "lab"), Some(b"lab.net".to_vec()));
        assert_eq!(expand(b"100%%", "lab"), Some(b"100%".to_vec()));
        assert_eq!(expand(b"%p", "lab"), None);
        assert_eq!(expand(b"x%", "lab"), None);
    }
}
