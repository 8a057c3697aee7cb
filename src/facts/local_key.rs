//! Which keys has the person: in files, in the agent, or in both?

use std::path::PathBuf;

use crate::agent::Identity;
use crate::key::file::Content;
use crate::key::kind::KeyKind;
use crate::key::pair::{Key, KeyProblem, Protection};
use crate::known::Known;
use crate::provider::{Acceptance, KeyType, Provider};

/// What the label of a key says that was made for a service's machines, between the service and the repository.
pub const DEPLOY_KEY: &str = " deploy key for ";
/// What the file of such a key is called, behind the service's short name.
pub const DEPLOY_FILE: &str = "_deploy";

/// A key with what the agent says about it.
#[derive(Clone, Debug)]
pub struct LocalKey {
    /// Its files and their problems. For an identity that only the agent has, all paths are none.
    pub files: Key,
    /// The agent holds it, unlocked or at least offering it.
    pub in_agent: bool,
}

impl LocalKey {
    /// `SHA256:…`, where a public half could be read.
    pub fn fingerprint(&self) -> Option<&str> {
        self.files.fingerprint.as_deref()
    }

    /// Type and size.
    pub fn kind(&self) -> Option<&KeyKind> {
        self.files.kind.as_ref()
    }

    /// The line to publish.
    pub fn public_line(&self) -> Option<&str> {
        self.files.public_line.as_deref()
    }

    /// Whether a service takes this sort and size of key; none where the sort is not known.
    pub fn accepted_by(&self, provider: &Provider) -> Option<Acceptance> {
        let sort = KeyType::from_openssh(self.public_line()?.split(' ').next()?)?;
        let bits = match self.kind()? {
            KeyKind::Rsa { bits } | KeyKind::Ecdsa { bits } => (*bits > 0).then_some(*bits),
            KeyKind::Ed25519
            | KeyKind::Ed25519Sk
            | KeyKind::EcdsaSk
            | KeyKind::Dsa
            | KeyKind::Other(_) => None,
        };
        Some(provider.accepts(sort, bits))
    }

    /// Whether it was made here for a service's machines: it opens one repository, and is nobody's way to sign in.
    /// The person's own words in a label do not make it one.
    pub fn is_deploy_key(&self) -> bool {
        self.files.comment.contains(DEPLOY_KEY)
            && self.path().is_some()
            && self.name().contains(DEPLOY_FILE)
    }

    /// The file that a config names, when there is one.
    pub fn path(&self) -> Option<PathBuf> {
        let path = self.files.path();
        (!path.as_os_str().is_empty()).then_some(path)
    }

    /// Whether one of its files is there, and the settings do not only name it.
    pub fn has_file(&self) -> bool {
        let missing = KeyProblem::NotAPrivateKey(Content::Missing);
        self.path().is_some() && !self.files.problems.contains(&missing)
    }

    /// The name that a person knows it by: its file's, or its comment.
    pub fn name(&self) -> String {
        self.path()
            .and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
            .unwrap_or_else(|| self.files.comment.clone())
    }

    /// Whether ssh can sign with it here: the agent has it, or a private file without a problem
    /// that makes ssh ignore it.
    pub fn is_usable(&self) -> bool {
        self.public_line().is_some()
            && (self.in_agent
                || (self.files.private.is_some() && !self.files.problems.iter().any(blocks_ssh)))
    }

    /// Whether ssh could use it if its files were mended: the private half is there and whole, but ssh does not
    /// come to it because of its mode, its form, or a foreign .pub beside it.
    pub fn is_mendable(&self) -> bool {
        let can_be_mended = |problem: &KeyProblem| match problem {
            KeyProblem::TooOpen { .. } | KeyProblem::StalePublic { .. } => true,
            KeyProblem::Defect(defect) => defect.is_mendable(),
            KeyProblem::NotAPrivateKey(_) | KeyProblem::MissingPrivate => false,
            KeyProblem::NotOurs
            | KeyProblem::StaleCertificate { .. }
            | KeyProblem::NotAPublicKey(_)
            | KeyProblem::NotACertificate(_) => !blocks_ssh(problem),
        };
        self.public_line().is_some()
            && self.files.private.is_some()
            && self.files.problems.iter().all(can_be_mended)
    }

    /// Whether ssh would have to ask for a passphrase.
    pub fn is_locked(&self) -> bool {
        !self.in_agent && self.files.protection == Protection::Passphrase
    }
}

/// The keys of the files, each told whether the agent holds it, then those that only the agent has.
pub(super) fn with_agent(keys: Vec<Key>, identities: &Known<Vec<Identity>>) -> Vec<LocalKey> {
    let held: &[Identity] = identities.as_ref().map_or(&[], Vec::as_slice);
    let mut all: Vec<LocalKey> = keys
        .into_iter()
        .map(|files| LocalKey {
            in_agent: held.iter().any(|identity| {
                files.fingerprint.as_deref() == Some(identity.fingerprint.as_str())
            }),
            files,
        })
        .collect();
    for identity in held.iter().filter(|identity| !identity.is_certificate()) {
        let new = all
            .iter()
            .all(|key| key.fingerprint() != Some(identity.fingerprint.as_str()));
        if new {
            all.push(LocalKey {
                files: of_agent(identity),
                in_agent: true,
            });
        }
    }
    all
}

/// A key without files, as the agent tells it.
fn of_agent(identity: &Identity) -> Key {
    Key {
        private: None,
        public: None,
        certificate: None,
        kind: Some(identity.kind.clone()),
        fingerprint: Some(identity.fingerprint.clone()),
        comment: identity.comment.clone(),
        public_line: Some(identity.public_line.clone()),
        protection: Protection::Unknown,
        modified: None,
        mode: None,
        ours: None,
        problems: Vec::new(),
    }
}

/// Whether ssh ignores the private file because of this.
fn blocks_ssh(problem: &KeyProblem) -> bool {
    match problem {
        KeyProblem::TooOpen { .. }
        | KeyProblem::StalePublic { .. }
        | KeyProblem::Defect(_)
        | KeyProblem::NotAPrivateKey(_)
        | KeyProblem::MissingPrivate => true,
        KeyProblem::NotOurs
        | KeyProblem::StaleCertificate { .. }
        | KeyProblem::NotAPublicKey(_)
        | KeyProblem::NotACertificate(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(file: &str) -> LocalKey {
        LocalKey {
            files: Key {
                private: Some(PathBuf::from(file)),
                public: None,
                certificate: None,
                kind: None,
                fingerprint: None,
                comment: format!("Clever Cloud{DEPLOY_KEY}acme/site"),
                public_line: None,
                protection: Protection::None,
                modified: None,
                mode: None,
                ours: None,
                problems: Vec::new(),
            },
            in_agent: false,
        }
    }

    #[test]
    fn a_file_that_is_only_named_is_no_key() {
        let mut key = key("/home/a/.ssh/id_rsa");
        assert!(key.has_file());
        key.files.problems = vec![KeyProblem::NotAPrivateKey(Content::Missing)];
        assert!(!key.has_file());
    }

    #[test]
    fn a_label_alone_makes_no_deploy_key() {
        assert!(key("/home/a/.ssh/id_ed25519_clever_deploy").is_deploy_key());
        assert!(!key("/home/a/.ssh/id_ed25519").is_deploy_key());
    }
}
