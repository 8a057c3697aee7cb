//! How are key files mended?

use crate::diagnosis::Finding;
use crate::key::pair::KeyProblem;
use crate::plan::Change;
use crate::text::Text;
use crate::trouble::Trouble;

use super::{Draft, Situation, impossible};

/// Mode 0600 for the private key that the finding names.
pub(super) fn close_key(finding: &Finding, situation: &Situation) -> Result<Draft, Trouble> {
    let changes: Vec<Change> = situation
        .facts
        .keys
        .iter()
        .filter_map(|key| Some((key.files.private.as_ref()?, &key.files.problems)))
        .filter(|(path, _)| finding.values.get("key") == Some(&Text::path(path)))
        .flat_map(|(path, problems)| problems.iter().map(move |problem| (path, problem)))
        .filter_map(|(path, problem)| match problem {
            KeyProblem::TooOpen { mode } => Some(Change::SetMode {
                path: path.clone(),
                before: *mode,
                after: 0o600,
            }),
            KeyProblem::NotOurs
            | KeyProblem::StalePublic { .. }
            | KeyProblem::StaleCertificate { .. }
            | KeyProblem::Defect(_)
            | KeyProblem::NotAPrivateKey(_)
            | KeyProblem::NotAPublicKey(_)
            | KeyProblem::NotACertificate(_)
            | KeyProblem::MissingPrivate => None,
        })
        .collect();
    if changes.is_empty() {
        return Err(impossible("No private key of yours is open to others."));
    }
    Ok(Draft::of_files("Make the key yours alone", changes))
}
