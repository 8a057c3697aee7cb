//! How are key files mended, and other files that ssh refuses because of whose they are?

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::diagnosis::Finding;
use crate::facts::sharing::Fault;
use crate::facts::{Facts, LocalKey};
use crate::key::file::{self, Content, inspect, with_pub};
use crate::key::mend;
use crate::key::pair::KeyProblem;
use crate::key::private::Defect;
use crate::plan::{Aside, Change, Mended};
use crate::say;
use crate::ssh_config::Problem;
use crate::text::Text;
use crate::trouble::Trouble;

use super::{Draft, Situation, impossible};

/// Mode 0600 for the private key that the finding names.
pub(super) fn close_key(finding: &Finding, situation: &Situation) -> Result<Draft, Trouble> {
    let changes: Vec<Change> = named_keys(finding, &situation.facts)
        .filter_map(|key| Some((key.files.private.as_ref()?, &key.files.problems)))
        .flat_map(|(path, problems)| problems.iter().map(move |problem| (path, problem)))
        .filter_map(|(path, problem)| match problem {
            KeyProblem::TooOpen { mode } => Some(Change::SetMode {
                path: path.clone(),
                before: *mode,
                after: 0o600,
            }),
            // It may be closed to its owner, too.
            KeyProblem::NotAPrivateKey(Content::Unreadable(ErrorKind::PermissionDenied)) => {
                let found = inspect(path);
                let mode = found
                    .mode
                    .filter(|mode| mode & 0o400 == 0 && found.ours == Some(true));
                mode.map(|before| Change::SetMode {
                    path: path.clone(),
                    before,
                    after: 0o600,
                })
            }
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
    let foreign = named_keys(finding, &situation.facts)
        .filter_map(|key| key.files.private.as_ref())
        .find(|path| inspect(path).ours == Some(false));
    if let (true, Some(path)) = (changes.is_empty(), foreign) {
        return Err(not_ours(path, situation));
    }
    if changes.is_empty() {
        return Err(impossible("No private key of yours is open to others."));
    }
    Ok(Draft::of_files("Make the key yours alone", changes))
}

/// The same private key in a form that ssh reads; the old file is set aside.
pub(super) fn mend_key(finding: &Finding, situation: &Situation) -> Result<Draft, Trouble> {
    let lost = || impossible("The key in this file is not whole: only a copy of it can help.");
    let key = named_keys(finding, &situation.facts).next();
    let key = key.ok_or_else(lost)?;
    let path = key.files.private.as_ref().ok_or_else(lost)?;
    let bytes = file::bytes(path).ok_or_else(lost)?;
    let mended = mend::private(&bytes).ok_or_else(lost)?;
    let is_about_line_ends = key.files.problems.iter().all(|problem| match problem {
        KeyProblem::Defect(defect) => matches!(defect, Defect::CrLf | Defect::NoFinalNewline),
        KeyProblem::TooOpen { .. }
        | KeyProblem::NotOurs
        | KeyProblem::StalePublic { .. }
        | KeyProblem::StaleCertificate { .. }
        | KeyProblem::NotAPrivateKey(_)
        | KeyProblem::NotAPublicKey(_)
        | KeyProblem::NotACertificate(_)
        | KeyProblem::MissingPrivate => true,
    });
    let words = if is_about_line_ends {
        "line ends mended"
    } else {
        "text form mended, the same key"
    };
    let mode = key.files.mode.unwrap_or(0o600) & 0o700;
    let aside = Aside::of_file(path, &bytes, Mended::key(&mended, mode, words.into()));
    Ok(Draft::of_files(
        "Mend the form of the key file",
        vec![Change::SetAside(aside)],
    ))
}

/// The `.pub` file as it follows from the private key, or put together from its own text.
pub(super) fn mend_public(finding: &Finding, situation: &Situation) -> Result<Draft, Trouble> {
    let unknown = || impossible("The public half cannot be known without the passphrase.");
    let key = named_keys(finding, &situation.facts).next();
    let private = key.and_then(|key| key.files.private.clone());
    let private = private.ok_or_else(unknown)?;
    let public = with_pub(&private);
    let real = |path: &Path| fs::canonicalize(path).ok();
    if fs::symlink_metadata(&public).is_ok_and(|found| found.is_symlink())
        && real(&public) != real(&private).map(|private| with_pub(&private))
    {
        return Err(impossible(
            "The .pub file is a link to the .pub of another key.",
        ));
    }
    let before = file::bytes(&public).ok_or_else(unknown)?.to_vec();
    let inside = inspect(&private).content.private();
    let inside = inside.and_then(|private| Some(private.public?.line() + "\n"));
    let after = inside.or_else(|| mend::public(&before));
    let change = Change::WriteText {
        path: public,
        before: Some(before),
        after: after.ok_or_else(unknown)?.into_bytes(),
        mode_if_new: 0o644,
    };
    Ok(Draft::of_files(
        "Make the .pub file that of the key",
        vec![change],
    ))
}

/// Certificates whose text ssh cannot read, put together again.
pub(super) fn mend_certificate(situation: &Situation) -> Result<Draft, Trouble> {
    let target = situation.facts.target.as_ref();
    let tried = target.map_or(&[][..], |target| &target.certificates.tried);
    let changes: Vec<Change> = tried
        .iter()
        .filter(|tried| !matches!(tried.file.content, Content::Certificate(_)))
        .filter_map(|tried| {
            let before = file::bytes(&tried.file.path)?.to_vec();
            let after = mend::certificate(&before)?;
            Some(Change::WriteText {
                path: tried.file.path.clone(),
                before: Some(before),
                after: after.into_bytes(),
                mode_if_new: 0o644,
            })
        })
        .collect();
    if changes.is_empty() {
        return Err(impossible("There is no certificate in that file."));
    }
    Ok(Draft::of_files("Mend the form of the certificate", changes))
}

/// Settings files that ssh refuses: nobody else may write them, and they must be ours or root's.
pub(super) fn own_settings(situation: &Situation) -> Result<Draft, Trouble> {
    let mut changes = Vec::new();
    let own = situation.facts.config.own();
    let unread = own.problems().iter().filter_map(|problem| match problem {
        Problem::Unreadable { file, from, .. } => from.as_ref().map(|_| file),
        Problem::TooDeep { .. } | Problem::TooMany { .. } => None,
    });
    for path in own.files().map(|(path, _)| path).chain(unread) {
        match standing(path) {
            Standing::Good => {}
            Standing::Open(mode) => changes.push(without_write(path, mode)),
            Standing::Closed(mode) => changes.push(Change::SetMode {
                path: path.to_path_buf(),
                before: mode,
                after: (mode & !0o022) | 0o600,
            }),
            Standing::NotOurs => {
                let bytes = file::bytes(path).ok_or_else(|| not_ours(path, situation))?;
                let mended = Mended::own_copy(&bytes, 0o600);
                changes.push(Change::SetAside(Aside::of_file(path, &bytes, mended)));
            }
        }
    }
    if changes.is_empty() {
        return Err(impossible("No settings file of yours is open to others."));
    }
    Ok(Draft::of_files("Make the settings yours alone", changes))
}

/// The list of keys on this very computer, and the folders up to the home, which sshd wants closed.
pub(super) fn close_list(situation: &Situation) -> Result<Draft, Trouble> {
    let target = situation.facts.target.as_ref();
    let own = target.and_then(|target| target.own_server.as_ref());
    let own = own.ok_or_else(|| impossible("The list of keys is on another computer."))?;
    let home = &situation.machine.ssh_home;
    let mut changes = Vec::new();
    for path in [own.file.as_path(), &situation.machine.ssh_dir(), home] {
        match standing(path) {
            Standing::Good => {}
            Standing::Open(mode) => changes.push(without_write(path, mode)),
            // sshd reads it as root.
            Standing::Closed(_) => {}
            Standing::NotOurs => return Err(not_ours(path, situation)),
        }
    }
    if changes.is_empty() {
        return Err(impossible("The list of keys is closed already."));
    }
    Ok(Draft::of_files("Close the list of keys to others", changes))
}

/// A socket whose owner says nothing gets out of the way; ssh makes another.
pub(super) fn set_socket_aside(situation: &Situation) -> Result<Draft, Trouble> {
    let target = situation.facts.target.as_ref();
    match target.and_then(|target| target.sharing.as_ref()) {
        Some(broken) if broken.why == Fault::Silent => {
            let aside = Aside::of_socket(&broken.path);
            Ok(Draft::of_files(
                "Move the silent socket out of the way",
                vec![Change::SetAside(aside)],
            ))
        }
        Some(_) | None => Err(impossible("There is no silent socket in the way.")),
    }
}

/// The keys whose private file the finding names.
pub(super) fn named_keys<'a>(
    finding: &'a Finding,
    facts: &'a Facts,
) -> impl Iterator<Item = &'a LocalKey> {
    let is_named = |path: &PathBuf| finding.values.get("key") == Some(&Text::path(path));
    facts
        .keys
        .iter()
        .filter(move |key| key.files.private.as_ref().is_some_and(is_named))
}

/// What OpenSSH thinks of a file that nobody else may change (readconf.c `SSHCONF_CHECKPERM`,
/// misc.c `safe_path`).
#[cfg_attr(
    not(unix),
    allow(dead_code, reason = "Windows has lists of access instead of modes")
)]
enum Standing {
    Good,
    /// Group or others may write; it is ours to change.
    Open(u32),
    /// We may not read it ourselves; it is ours to change.
    Closed(u32),
    /// Somebody else's: open to all but root and us, or closed to us.
    NotOurs,
}

#[cfg(unix)]
fn standing(path: &Path) -> Standing {
    use std::os::unix::fs::MetadataExt;
    let Ok(found) = fs::metadata(path) else {
        return Standing::Good;
    };
    let us = rustix::process::getuid();
    let is_ours = found.uid() == us.as_raw();
    let mode = found.mode() & 0o7777;
    let is_unread =
        fs::File::open(path).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied);
    match (is_unread, found.uid() == 0 || is_ours, mode & 0o022 == 0) {
        (true, _, _) if is_ours => Standing::Closed(mode),
        (true, _, _) => Standing::NotOurs,
        (false, true, true) => Standing::Good,
        (false, _, _) if is_ours => Standing::Open(mode),
        (false, _, _) => Standing::NotOurs,
    }
}

#[cfg(not(unix))]
fn standing(_: &Path) -> Standing {
    Standing::Good
}

fn without_write(path: &Path, mode: u32) -> Change {
    Change::SetMode {
        path: path.to_owned(),
        before: mode,
        after: mode & !0o022,
    }
}

fn not_ours(path: &Path, situation: &Situation) -> Trouble {
    impossible(say!(
        "{} belongs to somebody else. If it is yours: sudo chown {} {}",
        Text::path(path),
        Text::user(&situation.machine.user),
        Text::path(path)
    ))
}
