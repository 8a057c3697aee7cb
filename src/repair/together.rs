//! Which hosts does a line of the settings concern, of those where the same account signs in?

use std::ops::RangeInclusive;
use std::path::Path;

use crate::provider::Provider;
use crate::ssh_config::{CriterionKind, Head, Line, Meaning, Pattern, Tree, matches, overlap};
use crate::target::Target;

use super::Situation;

/// The target, and the words of a `Host` line for all hosts that belong together with it.
pub(super) struct Together {
    target: String,
    words: Vec<String>,
}

/// Whom a block is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The target alone.
    Target,
    /// More of those that belong together with it.
    Together,
}

impl Together {
    /// The target alone.
    pub fn alone(target: &Target) -> Self {
        Self {
            target: target.host.clone(),
            words: Vec::new(),
        }
    }

    /// The target and what its service says about it, unless the address names a user or a port of its own.
    pub fn with_target(situation: &Situation) -> Self {
        let target = &situation.target;
        let host = target.host.as_str();
        let is_usual = |provider: &&Provider| {
            let user = provider.user_at(host).zip(target.user.as_deref());
            user.is_none_or(|(usual, own)| usual == own)
                && target.port.is_none_or(|own| own == provider.port_at(host))
        };
        let provider = situation.provider.as_ref().filter(is_usual);
        let words = provider.map(|provider| provider.together_at(host));
        // Case and a final dot count in a Host line.
        let covers_target = |words: &Vec<String>| {
            let mut words = words.iter();
            words.any(|word| matches(host.as_bytes(), word.as_bytes()))
        };
        Self {
            words: words.filter(covers_target).unwrap_or_default(),
            ..Self::alone(target)
        }
    }

    /// The words of a `Host` line for all of them; none where the target is the only one.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whom a block's head names, and nobody else.
    pub fn reach(&self, head: Head<'_>) -> Option<Reach> {
        let target = self.target.as_str();
        let is_target = |pattern: &Pattern| pattern.concrete() == Some(target);
        let is_word = |pattern: &Pattern| {
            let mut words = self.words.iter();
            !pattern.negated && words.any(|word| word.as_bytes() == &*pattern.glob)
        };
        match head {
            Head::Host(patterns) if patterns.iter().all(is_target) => Some(Reach::Target),
            Head::Host(patterns) => patterns
                .iter()
                .all(|pattern| is_target(pattern) || is_word(pattern))
                .then_some(Reach::Together),
            Head::Match(criteria) => matches!(
                criteria,
                [only] if !only.negated
                    && matches!(&only.kind, CriterionKind::OriginalHost(list) if list == target.as_bytes())
            )
            .then_some(Reach::Target),
            Head::Global | Head::Malformed(_) => None,
        }
    }

    /// Whether every line of the person, but for these, concerns all of them in the same way; the target may have lines
    /// of its own.
    pub fn is_free(&self, files: &Tree, beside: Option<(&Path, RangeInclusive<usize>)>) -> bool {
        let is_beside = |file: &Path, n: usize| {
            let lines = beside.as_ref().filter(|(other, _)| *other == file);
            lines.is_some_and(|(_, lines)| lines.contains(&n))
        };
        !self.words.is_empty()
            && files.files().all(|(file, document)| {
                let lines = document.lines().enumerate();
                let mut rest = lines.filter(|(at, _)| !is_beside(file, at + 1));
                !rest.any(|(_, line)| self.is_apart(line))
            })
    }

    /// Whether a line may begin a block for some of them, and not for the others.
    fn is_apart(&self, line: &Line) -> bool {
        match line.meaning() {
            Meaning::Host(patterns) => patterns
                .iter()
                .any(|pattern| self.divides(&pattern.glob, pattern.negated)),
            Meaning::Match(criteria) => criteria.iter().any(|criterion| match &criterion.kind {
                CriterionKind::Host(list) | CriterionKind::OriginalHost(list) => {
                    let mut words = list.split(|byte| *byte == b',').map(Pattern::new);
                    words.any(|word| self.divides(&word.glob, word.negated || criterion.negated))
                }
                CriterionKind::All
                | CriterionKind::Canonical
                | CriterionKind::Final
                | CriterionKind::User(_)
                | CriterionKind::LocalUser(_)
                | CriterionKind::Exec(_)
                | CriterionKind::Other { .. } => false,
            }),
            Meaning::Blank | Meaning::Comment | Meaning::Option(_) | Meaning::Malformed { .. } => {
                false
            }
        }
    }

    /// Whether a pattern may fit some of them and not the others; where it fits the target alone, that is its own.
    fn divides(&self, glob: &[u8], negated: bool) -> bool {
        let target = self.target.as_bytes();
        let mut words = self.words.iter().map(String::as_bytes);
        if negated {
            return matches(target, glob) || words.any(|word| overlap(word, glob));
        }
        let fits_all = matches(target, glob) && words.clone().all(|word| matches(word, glob));
        let mut others = words.filter(|word| *word != target);
        !fits_all && glob != target && others.any(|word| overlap(word, glob))
    }
}
