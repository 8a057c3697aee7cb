//! What is the smallest change of the settings that makes ssh use a key for the target?

use std::path::Path;

use crate::facts::LocalKey;
use crate::facts::config::asked;
use crate::key::pair::Protection;
use crate::say;
use crate::settings::{Candidate, Intended};
use crate::ssh_config::{Edit, EditError, Head, HostBlock, Standing};
use crate::steps::new_key;
use crate::target::Target;
use crate::text::Text;
use crate::trouble::Trouble;

use super::{Draft, Situation, impossible};

/// The settings for the key that the server knows, or the only one that there is.
pub(super) fn draft(situation: &Situation) -> Result<Draft, Trouble> {
    let key = situation
        .key_for_change()
        .ok_or_else(|| impossible("It is not clear which key is meant."))?;
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
    let (file, document) = situation.facts.config.tree.main();
    let edit = match deciding_line(situation, target) {
        Some(line) => document.replace_value(line, machine.config_path(&path).as_bytes()),
        None => insert(key, target, &path, situation),
    }
    .map_err(|why| unwritable(&why))?;
    Ok(Candidate {
        file: file.to_path_buf(),
        before: situation.facts.config.main.clone(),
        after: edit.after().to_bytes(),
        target: target.clone(),
        intended: Intended {
            identity: Some(path),
            user: target.user.clone(),
            port: target.port,
            host_name: None,
        },
    })
}

/// The line of the person's file whose IdentityFile counts first for the target, when it stands in a
/// block for this one host.
fn deciding_line(situation: &Situation, target: &Target) -> Option<usize> {
    let config = &situation.facts.config;
    let (file, document) = config.tree.main();
    let answer = config.tree.answer(&asked(&situation.machine, target));
    let setting = answer.first("identityfile")?;
    let own = setting.file == *file && setting.standing == Standing::Counts;
    let block = document.block_at(setting.line);
    let alone = match document.head(&block) {
        Head::Host([only]) => only.concrete() == Some(target.host.as_str()),
        Head::Host(_) | Head::Global | Head::Match(_) | Head::Malformed(_) => false,
    };
    (own && alone).then_some(setting.line)
}

/// A block of its own.
fn insert(
    key: &LocalKey,
    target: &Target,
    path: &Path,
    situation: &Situation,
) -> Result<Edit, EditError> {
    let machine = &situation.machine;
    let tree = &situation.facts.config.tree;
    let (_, document) = tree.main();
    let place = tree.place_for(&asked(machine, target));
    let mut block = HostBlock::for_host(&target.host);
    if let Some(user) = &target.user
        && place.blocked("user").is_none()
    {
        block = block.option("User", user.as_str());
    }
    if let Some(port) = target.port
        && place.blocked("port").is_none()
    {
        block = block.option("Port", port.to_string());
    }
    block = block
        .option("IdentityFile", machine.config_path(path))
        .option("IdentitiesOnly", "yes");
    if key.files.protection == Protection::Passphrase {
        block = block.option("AddKeysToAgent", "yes");
        if cfg!(target_os = "macos") {
            block = block
                .option("IgnoreUnknown", "UseKeychain")
                .option("UseKeychain", "yes");
        }
    }
    match document.marked(&target.host)? {
        Some(_) => document.replace_marked(&block),
        None => document.insert_block(place.line, &block),
    }
}

fn unwritable(why: &EditError) -> Trouble {
    Trouble::new(
        "The settings cannot be changed for you.",
        Text::quoted(why.to_string()),
        "Change the file with your editor, then look again.",
    )
}

fn only_in_agent() -> Trouble {
    Trouble::new(
        "Only the agent has this key, so no file can name it.",
        "A Host block needs a key file, or at least its .pub.",
        "Remove IdentitiesOnly for this host, or choose another key.",
    )
}
