//! Which values must nobody find in a report?
//!
//! One list, used twice: the vocabulary learns it before anything is shown, and the finished text is searched for
//! it afterwards.

use std::collections::BTreeSet;

use crate::diagnosis::book::book;
use crate::explain::private_words;
use crate::facts::Facts;
use crate::provider::Provider;
use crate::say;
use crate::target::Target;
use crate::text::{
    CARRIERS, Kind, Text, USUAL_KEYS, USUAL_NAMES, Vocabulary, places_of_word, token_end,
};
use crate::trouble::{Exit, Trouble};

use super::{Sources, redactions};

/// One letter is in every text.
const SHORTEST: usize = 2;

/// So many characters of a fingerprint are shown, `SHA256:` among them.
const FINGERPRINT_SHOWN: usize = 15;

/// Variables whose values name somebody or something of theirs.
const TELLING: [&str; 12] = [
    "USER",
    "LOGNAME",
    "USERNAME",
    "SUDO_USER",
    "HOSTNAME",
    "COMPUTERNAME",
    "EMAIL",
    "GIT_AUTHOR_EMAIL",
    "GIT_AUTHOR_NAME",
    "GIT_COMMITTER_EMAIL",
    "GIT_COMMITTER_NAME",
    "DEBEMAIL",
];

/// The private values.
pub struct Private {
    values: BTreeSet<(Kind, String)>,
    /// Words that stand in every report, and so tell nothing about anybody.
    everybodys: String,
}

impl Private {
    /// All that are known. `everybodys` are words that a report has whomever it is about.
    pub fn of(sources: &Sources, everybodys: String) -> Self {
        let mut found = Self {
            values: BTreeSet::new(),
            everybodys,
        };
        let own = sources.providers.iter().flat_map(Provider::private_words);
        own.for_each(|text| found.add_all(&text));
        sources.learned.iter().for_each(|text| found.add_all(text));
        found.machine(sources);
        if let Some(facts) = sources.answer.facts {
            found.facts(facts);
        }
        if let Some(target) = sources.answer.target {
            found.target(target);
        }
        if let Some(account) = &sources.answer.identity {
            found.add(Kind::Account, &account.reveal());
        }
        if let Some(transcript) = sources.transcript {
            let words = private_words(transcript, sources.answer.findings, None);
            for text in &words {
                // What else the values of a finding hold is shown through their own kinds.
                for (kind, value) in text.told().filter(|(kind, _)| is_somebodys(*kind)) {
                    found.add(kind, value);
                }
            }
        }
        found
    }

    fn machine(&mut self, sources: &Sources) {
        let machine = sources.machine;
        self.add(Kind::User, &machine.user);
        self.add(Kind::User, machine.full_name.as_deref().unwrap_or_default());
        self.add(Kind::Computer, &machine.computer);
        self.add(Kind::Path, &machine.ssh_home.to_string_lossy());
        let home = machine.env_home.iter();
        home.for_each(|home| self.add(Kind::Path, &home.to_string_lossy()));
        for name in TELLING {
            let value = machine.var(name).unwrap_or_default();
            if value.contains('@') {
                self.add(Kind::Email, value);
            } else if name.ends_with("HOSTNAME") || name == "COMPUTERNAME" {
                self.add(Kind::Computer, value);
            } else {
                self.add(Kind::User, value);
            }
        }
    }

    fn facts(&mut self, facts: &Facts) {
        self.add(Kind::Email, facts.git.email.as_deref().unwrap_or_default());
        for key in &facts.keys {
            self.add(Kind::Label, &key.files.comment);
            let path = key.path().unwrap_or_default();
            self.add(Kind::Path, &path.to_string_lossy());
            let line = key.public_line().unwrap_or_default();
            self.add(Kind::PublicKey, line.split(' ').nth(1).unwrap_or_default());
            self.add(Kind::Fingerprint, key.fingerprint().unwrap_or_default());
        }
        for remote in &facts.git.remotes {
            self.target(&remote.target);
        }
        for remote in &facts.git.wrong {
            self.target(&remote.target);
        }
        for module in &facts.git.submodules {
            self.add(Kind::Host, &module.host);
            self.add(Kind::Repository, &module.repository);
        }
        if let Some(effective) = facts.effective() {
            self.add(Kind::Host, effective.host_name());
            self.add(Kind::User, effective.user());
        }
    }

    fn target(&mut self, target: &Target) {
        self.add(Kind::Host, &target.host);
        self.add(Kind::User, target.user.as_deref().unwrap_or_default());
        let repository = target.repository.as_deref().unwrap_or_default();
        self.add(Kind::Repository, repository);
        self.add(Kind::Repository, repository.trim_end_matches(".git"));
    }

    fn add_all(&mut self, text: &Text) {
        text.told().for_each(|(kind, value)| self.add(kind, value));
    }

    fn add(&mut self, kind: Kind, value: &str) {
        if value.len() >= SHORTEST {
            self.values.insert((kind, value.to_owned()));
        }
    }

    /// Gives every value its token.
    pub fn teach(&self, vocabulary: &Vocabulary) {
        let is_learned = |kind| is_somebodys(kind) || kind == Kind::Path;
        let values = self.values.iter().filter(|(kind, _)| is_learned(*kind));
        vocabulary.learn(values.map(|(kind, value)| Text::of(*kind, value)));
    }

    /// Searches a finished text for all of them.
    ///
    /// # Errors
    /// The sort of value that was found, not the value.
    pub fn found_in(&self, text: &str, vocabulary: &Vocabulary) -> Result<(), Trouble> {
        let text = without_tokens(text);
        let found = self
            .values
            .iter()
            .find(|(kind, value)| self.is_in(&text, *kind, value, vocabulary));
        match found {
            None => Ok(()),
            Some((kind, _)) => Err(Trouble::new(
                "The report is not given out: something private would be in it.",
                say!(
                    "The finished text was searched for everything private that I know, and held {}.",
                    what(*kind)
                ),
                "Please tell the makers of sshstep, so that it is hidden; `sshstep check --masked TARGET` shows less.",
            )
            .exit(Exit::RolledBack)),
        }
    }

    fn is_in(&self, text: &str, kind: Kind, value: &str, vocabulary: &Vocabulary) -> bool {
        // What is readable when masked is public: a listed service, its fingerprints, git, root.
        if vocabulary.keeps(kind, value) || is_small_number(value) {
            return false;
        }
        match kind {
            Kind::Fingerprint => value
                .get(..=FINGERPRINT_SHOWN)
                .is_some_and(|more| text.contains(more)),
            Kind::PublicKey => value.get(..40).is_some_and(|begin| text.contains(begin)),
            Kind::Path => text.contains(value),
            Kind::Public
            | Kind::User
            | Kind::Computer
            | Kind::Account
            | Kind::Host
            | Kind::Address
            | Kind::Email
            | Kind::Label
            | Kind::Repository
            | Kind::Command
            | Kind::Program
            | Kind::Quoted
            | Kind::Said => {
                !places_of_word(text, value).is_empty()
                    && places_of_word(&self.everybodys, value).is_empty()
            }
        }
    }
}

/// A year, a port: every report has some.
fn is_small_number(value: &str) -> bool {
    value.len() < 6 && value.chars().all(|c| c.is_ascii_digit())
}

/// Whether a value of this kind names somebody or something of theirs, wherever it stands.
fn is_somebodys(kind: Kind) -> bool {
    match kind {
        Kind::User
        | Kind::Computer
        | Kind::Account
        | Kind::Host
        | Kind::Email
        | Kind::Label
        | Kind::Repository
        | Kind::PublicKey => true,
        Kind::Public
        | Kind::Address
        | Kind::Path
        | Kind::Fingerprint
        | Kind::Command
        | Kind::Program
        | Kind::Quoted
        | Kind::Said => false,
    }
}

fn what(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "a login or full name",
        Kind::Computer => "this computer's name",
        Kind::Account => "an account's name",
        Kind::Host => "a server's name",
        Kind::Address => "an address",
        Kind::Email => "an e-mail address",
        Kind::Path => "the home folder",
        Kind::Label => "a key's label",
        Kind::Repository => "a repository's name",
        Kind::Fingerprint => "a whole fingerprint",
        Kind::PublicKey => "a public key",
        Kind::Public | Kind::Command | Kind::Program | Kind::Quoted | Kind::Said => {
            "something private"
        }
    }
}

/// The text without what stands for hidden values.
fn without_tokens(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        kept.push_str(&rest[..=at]);
        rest = &rest[at + token_end(&rest[at..]).unwrap_or(1)..];
    }
    kept + rest
}

/// Words that the report of anybody may hold: those of the tables, the names of ssh's own files and of its sorts of
/// keys, and which ssh it is.
pub(super) fn words_of_everybody(sources: &Sources) -> String {
    let mut words: Vec<&str> = book().words().chain(USUAL_NAMES).collect();
    words.extend(USUAL_KEYS);
    words.extend(CARRIERS);
    words.push("SHA256 MD5 origin upstream [word] [cut] [service]");
    for word in redactions::words() {
        words.push(word);
    }
    let facts = sources.answer.facts;
    let ssh = facts.and_then(|facts| facts.ssh.as_ref());
    words.extend(ssh.map(|client| client.version.as_str()));
    let keys = facts.map_or(&[][..], |facts| &facts.keys);
    let kinds: Vec<String> = keys
        .iter()
        .filter_map(|key| Some(key.kind()?.to_string()))
        .collect();
    words.extend(kinds.iter().map(String::as_str));
    words.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn private(kind: Kind, value: &str) -> Private {
        Private {
            values: BTreeSet::from([(kind, value.to_owned())]),
            everybodys: "the key of the server, a test".to_owned(),
        }
    }

    fn is_found(kind: Kind, value: &str, text: &str) -> bool {
        let mut vocabulary = Vocabulary::default();
        vocabulary.public_hosts = vec!["github.com".to_owned()];
        private(kind, value).found_in(text, &vocabulary).is_err()
    }

    #[test]
    fn one_private_value_in_the_finished_text_is_one_too_many() {
        assert!(is_found(Kind::User, "canary", "~/CANARY/x"));
        assert!(is_found(Kind::Path, "/home/canary", "in /home/canary/.ssh"));
        assert!(is_found(Kind::Email, "a@b.example", "<A@b.example>"));
        assert!(is_found(
            Kind::Fingerprint,
            "SHA256:abcdefghijkl",
            "SHA256:abcdefghi..."
        ));
        assert!(is_found(
            Kind::Label,
            "Ana's laptop (2024)",
            "comment Ana's laptop (2024)!"
        ));
    }

    #[test]
    fn what_is_public_or_hidden_or_everybodys_is_no_hit() {
        assert!(!is_found(Kind::Host, "github.com", "github.com"));
        assert!(!is_found(Kind::User, "git", "git@github.com"));
        assert!(!is_found(Kind::User, "user1", "[user1]@[host1]"));
        assert!(!is_found(Kind::User, "test", "the test failed"));
        assert!(!is_found(Kind::User, "ana", "an analogous banana"));
        assert!(!is_found(Kind::Label, "2026", "made 2026-11-21"));
        assert!(is_found(Kind::Label, "5550123", "made 5550123"));
        assert!(!is_found(
            Kind::Fingerprint,
            "SHA256:abcdefghijkl",
            "SHA256:abcdefgh..."
        ));
    }
}
