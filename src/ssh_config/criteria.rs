//! What does a `Match` line ask for?

use super::line::Malformed;
use super::words::delimited;

/// One criterion of a `Match` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criterion {
    /// Written with a `!` in front.
    pub negated: bool,
    /// What is asked.
    pub kind: CriterionKind,
}

/// What a criterion asks, with its argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CriterionKind {
    /// Always true.
    All,
    /// True only when the file is read a second time, after the host name was made canonical.
    Canonical,
    /// True only when the file is read a second time; asking for it makes ssh do so.
    Final,
    /// Comma list against the host name so far (`HostName`, else as typed).
    Host(Vec<u8>),
    /// Comma list against the name as typed.
    OriginalHost(Vec<u8>),
    /// Comma list against the user name so far.
    User(Vec<u8>),
    /// Comma list against the person's local account.
    LocalUser(Vec<u8>),
    /// A shell command that ssh runs.
    Exec(Vec<u8>),
    /// A criterion of newer versions: `tagged`, `localnetwork`, `command`, `sessiontype`, `version`.
    Other {
        /// The criterion in lower case.
        name: String,
        /// Its argument.
        argument: Vec<u8>,
    },
}

/// Reads what follows the word `Match`, from `at` on (readconf.c:match_cfg_line).
pub(super) fn read(s: &[u8], at: usize) -> Result<Vec<Criterion>, Malformed> {
    let mut criteria: Vec<Criterion> = Vec::new();
    let mut words = Words { s, rest: Some(at) };
    while let Some(word) = words.next() {
        let negated = word.first() == Some(&b'!');
        let name = String::from_utf8_lossy(&word[usize::from(negated)..]).to_ascii_lowercase();
        let kind = match name.as_str() {
            "all" => CriterionKind::All,
            "canonical" => CriterionKind::Canonical,
            "final" => CriterionKind::Final,
            _ => {
                let argument = words.next();
                with_argument(
                    &name,
                    argument.ok_or(Malformed::MatchArgument(name.clone()))?,
                )?
            }
        };
        let all = kind == CriterionKind::All;
        criteria.push(Criterion { negated, kind });
        if all {
            if criteria.len() > 2 || words.next().is_some() {
                return Err(Malformed::MatchAll);
            }
            break;
        }
    }
    if criteria.is_empty() {
        Err(Malformed::NoArgument)
    } else if words.rest.is_some_and(|at| at < s.len()) {
        Err(Malformed::EmptyArgument)
    } else {
        Ok(criteria)
    }
}

/// The words of a `Match` line. They end at an empty one, and everything is used up at a comment or an open quote.
struct Words<'a> {
    s: &'a [u8],
    rest: Option<usize>,
}

impl Words<'_> {
    fn next(&mut self) -> Option<Vec<u8>> {
        let (word, rest) = delimited(self.s, self.rest?).unwrap_or_default();
        self.rest = rest;
        match word.first() {
            None => None,
            Some(b'#') => {
                self.rest = None;
                None
            }
            Some(_) => Some(word),
        }
    }
}

fn with_argument(name: &str, argument: Vec<u8>) -> Result<CriterionKind, Malformed> {
    Ok(match name {
        "host" => CriterionKind::Host(argument),
        "originalhost" => CriterionKind::OriginalHost(argument),
        "user" => CriterionKind::User(argument),
        "localuser" => CriterionKind::LocalUser(argument),
        "exec" => CriterionKind::Exec(argument),
        "tagged" | "localnetwork" | "command" | "sessiontype" | "version" => CriterionKind::Other {
            name: name.to_owned(),
            argument,
        },
        _ => return Err(Malformed::MatchCriterion(name.to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(s: &str) -> Result<Vec<(bool, CriterionKind)>, Malformed> {
        Ok(read(s.as_bytes(), 0)?
            .into_iter()
            .map(|c| (c.negated, c.kind))
            .collect())
    }

    #[test]
    fn words_equals_signs_and_quotes() {
        let host = (false, CriterionKind::Host(b"a,b".to_vec()));
        assert_eq!(kinds("host a,b").unwrap(), std::slice::from_ref(&host));
        assert_eq!(
            kinds("HOST=a,b # why").unwrap(),
            std::slice::from_ref(&host)
        );
        assert_eq!(
            kinds("host \"a,b\" !exec \"test -e /x y\"").unwrap(),
            [host, (true, CriterionKind::Exec(b"test -e /x y".to_vec()))]
        );
        assert_eq!(kinds("host a,b #\"").unwrap().len(), 1);
        assert_eq!(
            kinds("final all").unwrap(),
            [(false, CriterionKind::Final), (false, CriterionKind::All)]
        );
    }

    #[test]
    fn what_ssh_refuses() {
        assert_eq!(kinds("# x"), Err(Malformed::NoArgument));
        assert_eq!(
            kinds("host"),
            Err(Malformed::MatchArgument("host".to_owned()))
        );
        assert_eq!(
            kinds("hots a"),
            Err(Malformed::MatchCriterion("hots".to_owned()))
        );
        assert_eq!(kinds("all host a"), Err(Malformed::MatchAll));
        assert_eq!(kinds("all=\\"), Err(Malformed::MatchAll));
        assert_eq!(kinds("all \"\" x"), Err(Malformed::EmptyArgument));
        assert_eq!(kinds("host a user b all"), Err(Malformed::MatchAll));
    }
}
