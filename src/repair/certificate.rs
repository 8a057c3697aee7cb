//! Where does a certificate go so that ssh shows it, before it has used up the server's tries with plain keys?

use std::time::SystemTime;

use crate::facts::LocalKey;
use crate::facts::certificates::beside;
use crate::key::certificate::{Certificate, Purpose, Validity};
use crate::plan::Change;
use crate::say;
use crate::settings::Intended;
use crate::text::Text;
use crate::trouble::{Exit, Trouble};

use super::sheet::Sheet;
use super::{Draft, Remedy, Situation, tried};

/// The certificate's file beside its key, and settings that name both: ssh shows a certificate that
/// `CertificateFile` names first (sshconnect2.c, `pubkey_prepare`).
///
/// # Errors
/// When it cannot be used: for another key, out of date, for somebody else; or when the settings cannot say it.
pub async fn prepare(certificate: &Certificate, situation: &Situation) -> Result<Remedy, Trouble> {
    let machine = &situation.machine;
    if machine.home_differs() {
        return Err(crate::steps::new_key::home_differs(machine));
    }
    let key = key_of(certificate, situation)?;
    if let Some(why) = useless(certificate, situation) {
        return Err(why);
    }
    let Some(private) = key.files.private.clone() else {
        return Err(unusable(
            say!(
                "The key {} is not in a file here.",
                Text::quoted(key.name())
            ),
            "ssh shows a certificate only beside the file of its key.",
        ));
    };
    let file = beside(&private);
    let mut draft = Draft::of_files("Save the certificate", Vec::new());
    let line = format!("{}\n", certificate.line()).into_bytes();
    let before = std::fs::read(&file).ok();
    if before.as_ref() != Some(&line) {
        draft.changes.push(Change::WriteText {
            path: file.clone(),
            before,
            after: line,
            mode_if_new: 0o644,
        });
    }
    let mut sheet = Sheet::new(situation);
    let target = &situation.target;
    let mut extra = Vec::new();
    extra.extend(target.user.clone().map(|user| ("User", user)));
    extra.extend(target.port.map(|port| ("Port", port.to_string())));
    sheet.set(
        &[
            ("IdentityFile", machine.config_path(&private)),
            ("CertificateFile", machine.config_path(&file)),
            ("IdentitiesOnly", "yes".to_owned()),
        ],
        &extra,
    )?;
    let candidate = sheet.candidate(Intended {
        identity: Some(private),
        user: target.user.clone(),
        port: target.port,
        ..Intended::default()
    });
    draft.settings = Some(candidate);
    tried(draft, situation).await
}

/// The key of this computer that the certificate is for.
///
/// # Errors
/// When there is none.
pub fn key_of<'a>(
    certificate: &Certificate,
    situation: &'a Situation,
) -> Result<&'a LocalKey, Trouble> {
    let fingerprint = &certificate.certified.fingerprint;
    situation.facts.key(fingerprint).ok_or_else(|| {
        unusable(
            say!(
                "This certificate is for another key: {}.",
                Text::fingerprint(fingerprint)
            ),
            "No key on this computer has that fingerprint. The account's Default key is another one.",
        )
    })
}

/// Why the server would not take it, as far as it can be seen here.
fn useless(certificate: &Certificate, situation: &Situation) -> Option<Trouble> {
    match certificate.purpose {
        Purpose::User => {}
        Purpose::Host | Purpose::Other(_) => {
            return Some(unusable(
                Text::plain("This certificate is for a server, not for a person."),
                "It proves who the server is.",
            ));
        }
    }
    match certificate.validity(SystemTime::now()) {
        Validity::Valid { .. } => {}
        Validity::Expired { .. } => {
            return Some(unusable(
                Text::plain("This certificate has expired."),
                "The page makes a new one; or the clock of this computer is wrong.",
            ));
        }
        Validity::NotYet { .. } => {
            return Some(unusable(
                Text::plain("This certificate is not valid yet."),
                "The clock of this computer may be wrong.",
            ));
        }
    }
    let effective = situation.facts.effective();
    let user = situation.target.user.as_deref();
    let user = user.or_else(|| effective.map(|effective| effective.user()))?;
    (!certificate.is_for_group_of(user)).then(|| {
        unusable(
            say!(
                "This certificate is for {}, and you log in as {}.",
                Text::join(certificate.principals.iter().map(Text::user), ", "),
                Text::user(user)
            ),
            "The server lets nobody in as somebody whom the certificate does not name.",
        )
    })
}

fn unusable(what: Text, why: impl Into<Text>) -> Trouble {
    Trouble::new(
        what,
        why,
        "Make a new certificate on the page for the right key and address, and paste it here.",
    )
    .exit(Exit::Unfinished)
}
