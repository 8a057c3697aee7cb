//! What is the smallest change of the settings that makes ssh use a key for the target?

use crate::facts::LocalKey;
use crate::key::pair::Protection;
use crate::provider::Provider;
use crate::say;
use crate::settings::{Candidate, Intended};
use crate::ssh_config::Standing;
use crate::steps::new_key;
use crate::text::Text;
use crate::trouble::Trouble;

use super::sheet::{Sheet, Wanted};
use super::{Draft, Situation, impossible, offer};

/// The settings for the key that the server knows, or the only one that there is.
pub(super) fn draft(situation: &Situation) -> Result<Draft, Trouble> {
    let key = situation
        .key_for_change()
        .ok_or_else(|| impossible("It is not clear which key is meant."))?;
    if key.path().is_none() {
        return offer::name_public(situation);
    }
    let title = say!(
        "Use {} for {}",
        Text::quoted(key.name()),
        Text::host(&situation.target.host)
    );
    Ok(Draft::of_settings(title, candidate(key, situation)?))
}

/// The change that makes ssh use the key for the target, in the file that ssh really reads: the
/// deciding line itself where its block is for this host alone, otherwise a block above whatever
/// would win over it.
///
/// # Errors
/// When the settings cannot express it, or only the agent has the key.
pub fn candidate(key: &LocalKey, situation: &Situation) -> Result<Candidate, Trouble> {
    let machine = &situation.machine;
    if machine.home_differs() {
        return Err(new_key::home_differs(machine));
    }
    let target = &situation.target;
    let Some(path) = key.path() else {
        return Err(only_in_agent());
    };
    let mut sheet = Sheet::for_account(situation);
    let answer = sheet.answer();
    let decides = answer.first("identityfile");
    let file = ("IdentityFile", machine.config_path(&path));
    if decides
        .is_some_and(|setting| setting.standing == Standing::Counts && sheet.is_alone(setting))
    {
        sheet.set(&[file], &[])?;
    } else {
        let only = ("IdentitiesOnly", "yes".to_owned());
        sheet.set(&[file, only], &extra(key, situation))?;
    }
    Ok(sheet.candidate(Intended {
        identity: Some(path),
        user: target.user.clone(),
        port: target.port,
        ..Intended::default()
    }))
}

/// The user and port that belong to the address, for a new block. Where each project has a user of its own, that
/// stays in the address: the block is for all of them.
pub(super) fn address(situation: &Situation) -> Vec<Wanted> {
    let target = &situation.target;
    let is_own = |provider: &Provider| {
        let host = target.host.as_str();
        provider.user_at(host).is_some() || provider.together_at(host).is_empty()
    };
    let user = target.user.clone().map(|user| ("User", user));
    let user = user.filter(|_| situation.provider.as_ref().is_none_or(is_own));
    let port = target.port.map(|port| ("Port", port.to_string()));
    user.into_iter().chain(port).collect()
}

/// What else a new block says.
fn extra(key: &LocalKey, situation: &Situation) -> Vec<Wanted> {
    let mut extra = address(situation);
    if key.files.protection == Protection::Passphrase {
        extra.push(("AddKeysToAgent", "yes".to_owned()));
        if cfg!(target_os = "macos") {
            extra.push(("IgnoreUnknown", "UseKeychain".to_owned()));
            extra.push(("UseKeychain", "yes".to_owned()));
        }
    }
    extra
}

fn only_in_agent() -> Trouble {
    Trouble::new(
        "Only the agent has this key, so no file can name it.",
        "A Host block needs a key file, or at least its .pub.",
        "Remove IdentitiesOnly for this host, or choose another key.",
    )
}
