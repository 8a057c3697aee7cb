//! Which lines of the settings keep a key from being offered, and how are they mended?

use crate::agent::Identity;
use crate::known::Known;
use crate::plan::Change;
use crate::probe::Answer;
use crate::say;
use crate::settings::Intended;
use crate::ssh_config::{Setting, Standing};
use crate::text::Text;
use crate::trouble::Trouble;

use super::sheet::Sheet;
use super::{Draft, Situation, impossible};

/// The public half of a key that only the agent has, in a file that the settings can name.
pub(super) fn name_public(situation: &Situation) -> Result<Draft, Trouble> {
    let identity = agent_only(situation)?;
    let machine = &situation.machine;
    let folder = machine.ssh_dir();
    let name = safe_name(&identity.comment);
    let file = std::iter::once(format!("{name}.pub"))
        .chain((2..100).map(|n| format!("{name}-{n}.pub")))
        .map(|name| folder.join(name))
        // ssh takes FILE for the private half of FILE.pub.
        .find(|file| !file.exists() && !file.with_extension("").exists())
        .ok_or_else(|| impossible("No file name is free."))?;
    let mut changes = Vec::new();
    if !folder.exists() {
        changes.push(Change::MakeDir {
            path: folder,
            mode: 0o700,
        });
    }
    changes.push(Change::WriteText {
        path: file.clone(),
        before: None,
        after: format!("{}\n", identity.public_line).into_bytes(),
        mode_if_new: 0o644,
    });
    let mut sheet = Sheet::new(situation);
    let wanted = [
        ("IdentityFile", machine.config_path(&file)),
        ("IdentitiesOnly", "yes".to_owned()),
    ];
    sheet.set(&wanted, &super::use_key::address(situation))?;
    let title = say!(
        "Offer {} of your agent to {}",
        Text::of(crate::text::Kind::Label, &identity.comment),
        Text::host(&situation.target.host)
    );
    let intended = Intended {
        identity: Some(file),
        user: situation.target.user.clone(),
        port: situation.target.port,
        ..Intended::default()
    };
    let mut draft = Draft::of_settings(title, sheet.candidate(intended));
    draft.changes = changes;
    Ok(draft)
}

/// The key of the agent that is meant, when no file holds it: the one that the server knows, or the only one.
fn agent_only(situation: &Situation) -> Result<&Identity, Trouble> {
    let Known::Yes(identities) = &situation.facts.agent.identities else {
        return Err(impossible("The agent does not answer."));
    };
    let has_file = |identity: &Identity| {
        let key = situation.facts.key(&identity.fingerprint);
        key.is_some_and(|key| key.path().is_some())
    };
    let plain: Vec<&Identity> = identities
        .iter()
        .filter(|identity| !identity.is_certificate())
        .collect();
    let is_known = |identity: &&&Identity| {
        situation.answers.get(&identity.fingerprint) == Some(&Answer::Accepted)
    };
    let identity = match (plain.iter().find(is_known), &plain[..]) {
        (Some(known), _) => *known,
        (None, [only]) => only,
        (None, _) => return Err(impossible("It is not clear which key is meant.")),
    };
    if has_file(identity) {
        return Err(impossible(
            "A file of yours holds this key: it can be named.",
        ));
    }
    Ok(identity)
}

/// A file name made of a comment: letters, digits and little else.
fn safe_name(comment: &str) -> String {
    let name: String = comment
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .chars()
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '.' => c,
            _ => '-',
        })
        .take(40)
        .collect();
    let name = name.trim_matches(['-', '.']);
    let name = name.strip_suffix(".pub").unwrap_or(name);
    if name.is_empty() {
        "agent-key".to_owned()
    } else {
        name.to_owned()
    }
}

/// Lets ssh offer keys again where its settings forbid that.
pub(super) fn allow_keys(situation: &Situation) -> Result<Draft, Trouble> {
    let effective = situation
        .facts
        .effective()
        .ok_or_else(|| impossible("ssh does not read its settings."))?;
    let mut sheet = Sheet::new(situation);
    let mut intended = Intended::default();
    if matches!(
        effective.first("pubkeyauthentication"),
        Some("no" | "false")
    ) {
        sheet.set(&[("PubkeyAuthentication", "yes".to_owned())], &[])?;
    }
    if let Some(methods) = effective.first("preferredauthentications")
        && !methods.split(',').any(|method| method == "publickey")
    {
        let methods = format!("publickey,{methods}");
        sheet.set(&[("PreferredAuthentications", methods.clone())], &[])?;
        intended.options.push(("preferredauthentications", methods));
    }
    let is_none = |setting: &&Setting| {
        setting.keyword == "identityfile"
            && setting.value == b"none"
            && setting.standing == Standing::Counts
    };
    let answer = sheet.answer();
    if let Some(setting) = answer.settings.iter().find(is_none) {
        let key = situation
            .key_for_change()
            .and_then(|key| key.path())
            .ok_or_else(|| impossible("It is not clear which key is meant."))?;
        let written = situation.machine.config_path(&key);
        if sheet.is_alone(setting) {
            sheet.edit(&setting.file, |document| {
                document.replace_value(setting.line, written.as_bytes())
            })?;
        } else {
            sheet.set_above(&[("IdentityFile", written)], &[])?;
        }
        intended.identity = Some(key);
    }
    let title = say!(
        "Let ssh offer keys to {}",
        Text::host(&situation.target.host)
    );
    Ok(Draft::of_settings(title, sheet.candidate(intended)))
}
