//! Do the settings pick the key already, and if not, what is the smallest change that makes them?

use std::path::Path;

use crate::facts::LocalKey;
use crate::facts::config::asked;
use crate::key::pair::Protection;
use crate::plan::{Change, Plan};
use crate::say;
use crate::settings::{Candidate, Intended};
use crate::ssh_config::{Edit, EditError, Head, HostBlock, Standing};
use crate::steps::{Context, new_key};
use crate::target::Target;
use crate::text::Text;
use crate::trouble::Trouble;

/// Agents that hold more keys than this offer too many before the right one (MaxAuthTries is six).
const MOST_OFFERED: usize = 4;

/// Whether ssh would come to a key by itself.
pub enum Choice {
    /// It is the first that ssh tries.
    Picked,
    /// It is not, because of this.
    NotPicked(Text),
}

impl Choice {
    /// What `ssh -G` says about the key.
    pub fn of(key: &LocalKey, context: &Context) -> Self {
        let Some(target) = &context.facts.target else {
            return Self::Picked;
        };
        let Some(effective) = target.effective.as_ref() else {
            return Self::NotPicked(Text::plain("ssh does not accept its settings"));
        };
        let others_in_agent = context
            .facts
            .keys
            .iter()
            .filter(|other| other.in_agent && other.fingerprint() != key.fingerprint())
            .count();
        let only = effective.is_on("identitiesonly");
        let Some(path) = key.path() else {
            // Only the agent has it.
            return if only {
                Self::NotPicked(Text::plain(
                    "IdentitiesOnly is set, and no file names this key",
                ))
            } else if others_in_agent >= MOST_OFFERED {
                Self::NotPicked(Text::plain("the agent offers many keys before it"))
            } else {
                Self::Picked
            };
        };
        let first = target
            .identity_files
            .iter()
            .find(|file| file.exists() || file.with_extension("pub").exists());
        match first {
            Some(first) if *first == path || Some(first) == key.files.public.as_ref() => {
                if others_in_agent > MOST_OFFERED && !only {
                    Self::NotPicked(Text::plain("the agent offers many keys before it"))
                } else {
                    Self::Picked
                }
            }
            Some(first) if target.identity_files.contains(&path) => {
                Self::NotPicked(say!("ssh offers {} first", Text::path(first)))
            }
            Some(_) | None => Self::NotPicked(say!(
                "nothing tells ssh to use {} for {}",
                Text::path(&path),
                context.host()
            )),
        }
    }

    /// Whether it is the first that ssh tries.
    pub fn is_picked(&self) -> bool {
        match self {
            Self::Picked => true,
            Self::NotPicked(_) => false,
        }
    }
}

/// The change that makes ssh use the key for the target, in the file that ssh really reads: the
/// deciding line itself where its block is for this host alone, otherwise a block above whatever
/// would win over it.
///
/// # Errors
/// When the settings cannot express it, or only the agent has the key.
pub fn propose(key: &LocalKey, context: &Context) -> Result<Candidate, Trouble> {
    let machine = &context.machine;
    if machine.home_differs() {
        return Err(new_key::home_differs(machine));
    }
    let (Some(target), Some(path)) = (&context.answers.target, key.path()) else {
        return Err(only_in_agent());
    };
    let (file, document) = context.facts.config.tree.main();
    let edit = match deciding_line(context, target) {
        Some(line) => document.replace_value(line, machine.config_path(&path).as_bytes()),
        None => insert(key, target, &path, context),
    }
    .map_err(|why| unwritable(&why))?;
    Ok(Candidate {
        file: file.to_path_buf(),
        before: context.facts.config.main.clone(),
        after: edit.after().to_bytes(),
        target: target.clone(),
        intended: Intended {
            identity: path,
            user: target.user.clone(),
            port: target.port,
        },
    })
}

/// The line of the person's file whose IdentityFile counts first for the target, when it stands in a
/// block for this one host.
fn deciding_line(context: &Context, target: &Target) -> Option<usize> {
    let config = &context.facts.config;
    let (file, document) = config.tree.main();
    let answer = config.tree.answer(&asked(&context.machine, target));
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
    context: &Context,
) -> Result<Edit, EditError> {
    let machine = &context.machine;
    let tree = &context.facts.config.tree;
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

/// The plan of a candidate: the folder when it is missing, then the file.
pub fn plan_of(candidate: &Candidate) -> Plan {
    let mut changes = Vec::new();
    if let Some(folder) = candidate.file.parent()
        && !folder.exists()
    {
        changes.push(Change::MakeDir {
            path: folder.to_owned(),
            mode: 0o700,
        });
    }
    changes.push(Change::WriteText {
        path: candidate.file.clone(),
        before: candidate.before.clone(),
        after: candidate.after.clone(),
        mode_if_new: 0o600,
    });
    Plan::new("Change ssh's settings", changes)
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
