//! How does ssh come to show a certificate that lies here under a name it does not look for?
//!
//! ssh finds `KEY-cert.pub` beside a key by itself, unless `CertificateFile` names others. The
//! smaller change is made: a file with that name, or one line of the settings.

use std::path::Path;
use std::time::SystemTime;

use crate::facts::{LocalKey, TargetFacts};
use crate::key::certificate::{Certificate, Purpose, Validity};
use crate::key::file::{self, KeyFile};
use crate::plan::Change;
use crate::say;
use crate::settings::Intended;
use crate::text::Text;
use crate::trouble::Trouble;

use super::sheet::Sheet;
use super::{Draft, Situation, impossible};

/// The certificate that lets the person in, where ssh finds it.
pub(super) fn draft(situation: &Situation) -> Result<Draft, Trouble> {
    let nothing = || impossible("No certificate here lets you in with a key that ssh offers.");
    let target = situation.facts.target.as_ref().ok_or_else(nothing)?;
    let (right, key) = right_one(target, situation).ok_or_else(nothing)?;
    let title = say!("Show the certificate {}", Text::path(&right.path));
    let named = situation
        .facts
        .effective()
        .is_some_and(|effective| effective.first("certificatefile").is_some());
    let beside = key
        .path()
        .map(|path| crate::facts::certificates::beside(&path));
    let free = beside.filter(|beside| !named && std::fs::symlink_metadata(beside).is_err());
    if let Some(path) = free {
        let text = file::bytes(&right.path).ok_or_else(nothing)?;
        let change = Change::WriteText {
            path,
            before: None,
            after: text.to_vec(),
            mode_if_new: 0o644,
        };
        return Ok(Draft::of_files(title, vec![change]));
    }
    let mut sheet = Sheet::new(situation);
    let value = situation.machine.config_path(&right.path);
    sheet.set(&[("CertificateFile", value)], &[])?;
    Ok(Draft::of_settings(
        title,
        sheet.candidate(Intended::default()),
    ))
}

/// The first certificate that the server may take, with the key that it is for. One that ssh shows
/// already is no way out.
fn right_one<'a>(
    target: &'a TargetFacts,
    situation: &'a Situation,
) -> Option<(&'a KeyFile, &'a LocalKey)> {
    let user = situation.facts.effective()?.user();
    let lets_in = |certificate: &Certificate| {
        certificate.purpose == Purpose::User
            && matches!(
                certificate.validity(SystemTime::now()),
                Validity::Valid { .. }
            )
            && certificate.is_for_group_of(user)
    };
    target.certificates.unused.iter().find_map(|file| {
        let certificate = file.content.certificate()?;
        let key = situation.facts.key(&certificate.certified.fingerprint)?;
        let is_tried = |path: &Path| target.identity_files.iter().any(|own| own == path);
        let is_offered = key.in_agent || key.path().is_some_and(|path| is_tried(&path));
        (lets_in(certificate) && is_offered && key.is_usable()).then_some((file, key))
    })
}
