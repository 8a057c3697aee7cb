//! How does a repository come to use the second account?

use std::path::PathBuf;

use crate::facts::git_settings::{self, Entry, Rewriting};
use crate::machine::Machine;
use crate::repair::git::{Settings, ssh_addresses};
use crate::repair::git_file::GitEdit;
use crate::repair::{Situation, impossible};
use crate::say;
use crate::target::{Scheme, Target};
use crate::text::Text;
use crate::trouble::Trouble;

use super::{Wish, leads_there, user};

/// However a remote is fetched now, SSH with the name is what it gets.
const ANY: [Scheme; 2] = [Scheme::Ssh, Scheme::Https];

/// The name in the addresses of all remotes at the host. What comes back is a path there.
pub(super) fn addresses(
    git: &mut Settings,
    wish: &Wish,
    situation: &Situation,
) -> Result<Option<String>, Trouble> {
    let found = git.readdress(&situation.target.host, &ANY, |old| {
        let path = old.repository.as_deref().unwrap_or_default();
        let user = old.user.as_deref().unwrap_or(user(situation));
        ssh_addresses(user, &wish.alias, None, path)
    })?;
    Ok(found.into_iter().next().and_then(|one| one.old.repository))
}

/// The repository's own `insteadOf`, for each way in which its remotes write the host.
pub(super) async fn rewrite(
    git: &mut Settings,
    wish: &Wish,
    situation: &Situation,
) -> Result<Option<String>, Trouble> {
    let own = own_file(&situation.machine).await?;
    let base = format!("{}@{}:", user(situation), wish.alias);
    let mut entries = git.entries.clone();
    let mut first = None;
    let mut prefixes: Vec<String> = Vec::new();
    let written: Vec<&Entry> = git
        .entries
        .iter()
        .filter(|entry| is_address(entry))
        .collect();
    let there: Vec<(&Entry, String)> = written
        .into_iter()
        .filter_map(|entry| {
            let used = Target::parse(&git.rewriting.fetched(&entry.value)).ok()?;
            let path = used.repository.clone()?;
            leads_there(&used, situation).then_some((entry, path))
        })
        .collect();
    for (entry, path) in &there {
        first.get_or_insert_with(|| path.clone());
        let at = entry.value.rfind(path.as_str()).unwrap_or(0);
        let prefix = entry.value[..at].to_owned();
        let is_host = Target::parse(&entry.value).is_ok_and(|raw| leads_there(&raw, situation));
        if !is_host || prefix.is_empty() {
            return Err(shortened(&entry.value));
        }
        if !prefixes.contains(&prefix) {
            entries.push(Entry {
                file: Some(own.clone()),
                key: format!("url.{base}.insteadof"),
                value: prefix.clone(),
            });
            prefixes.push(prefix);
        }
    }
    if there.is_empty() {
        return Err(impossible("No remote of this folder leads there."));
    }
    // Another rule may fit better than ours.
    let after = Rewriting::of(&entries);
    let is_named = |url: &str| Target::parse(url).is_ok_and(|used| used.host == wish.alias);
    for (entry, _) in &there {
        let pushes = after.pushed(&entry.value);
        let is_push = entry.key.ends_with(".pushurl");
        if !is_named(&after.fetched(&entry.value)) || (!is_push && !is_named(&pushes)) {
            return Err(shortened(&entry.value));
        }
    }
    for prefix in prefixes {
        let edit = GitEdit::Add {
            key: format!("url.{base}.insteadOf"),
            value: prefix,
        };
        git.edit_file(own.clone(), edit);
    }
    Ok(first)
}

fn is_address(entry: &Entry) -> bool {
    entry.name("remote.", ".url").is_some() || entry.name("remote.", ".pushurl").is_some()
}

fn shortened(url: &str) -> Trouble {
    impossible(say!(
        "git's settings (url.*.insteadOf) have a rule of their own for {}.",
        Text::quoted(crate::facts::git_url::shown(url))
    ))
}

/// `core.sshCommand` of the repository: ssh with that key alone.
pub(super) async fn command(
    git: &mut Settings,
    wish: &Wish,
    situation: &Situation,
) -> Result<Option<String>, Trouble> {
    let machine = &situation.machine;
    if machine.var("GIT_SSH_COMMAND").is_some() {
        return Err(impossible(
            "GIT_SSH_COMMAND is set in your environment, and git listens to that alone.",
        ));
    }
    let own = own_file(machine).await?;
    let key = machine.config_path(&wish.key);
    let words = ["ssh", "-i", &key, "-o", "IdentitiesOnly=yes"];
    // ssh itself knows what ~ means; in quotes a shell does not.
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./~=+:".contains(c);
    let quoted = words.map(|word| {
        if word.chars().all(plain) {
            word.to_owned()
        } else {
            shell_words::quote(word).into_owned()
        }
    });
    let value = quoted.join(" ");
    let key = "core.sshcommand";
    let mut entries = git.entries.iter();
    let entry = entries
        .rfind(|entry| entry.key == key && entry.file.as_ref() == Some(&own))
        .cloned();
    let edit = match entry {
        Some(entry) => GitEdit::Replace {
            key: "core.sshCommand".to_owned(),
            old: entry.value,
            new: value,
        },
        None => GitEdit::Add {
            key: "core.sshCommand".to_owned(),
            value,
        },
    };
    git.edit_file(own, edit);
    Ok(None)
}

async fn own_file(machine: &Machine) -> Result<PathBuf, Trouble> {
    let own = git_settings::own_file(machine).await;
    own.ok_or_else(|| impossible("This folder is no git repository."))
}
