//! What changes when a second account at one host gets a key and a name of its own?

mod in_git;

use std::path::PathBuf;

use crate::facts::Effective;
use crate::facts::config::asked;
use crate::key::pair::Protection;
use crate::plan::Plan;
use crate::say;
use crate::settings::{self, Candidate, Intended, NewText};
use crate::ssh_config::{EditError, HostBlock};
use crate::target::{Scheme, Target};
use crate::text::Text;
use crate::trouble::{Exit, Trouble};

use super::git::{Settings, ssh_addresses};
use super::{Remedy, Situation, impossible};

/// How a repository comes to use the other account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Its remotes get the name in their addresses.
    Address,
    /// Its git reads the host as the name (`insteadOf`).
    Rewrite,
    /// Its git runs ssh with that key (`core.sshCommand`); no name is needed.
    Command,
    /// There is no repository: only the name is made.
    Name,
}

/// A second account, as it is wanted.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Its name for ssh, in place of the host's.
    pub alias: String,
    /// Its private key, which may not be written yet.
    pub key: PathBuf,
    /// Whether that has a passphrase.
    pub protection: Protection,
    /// How the repository finds it.
    pub how: How,
    /// The first account's private key, where a file has it.
    pub first: Option<PathBuf>,
}

impl Wish {
    /// Whether the first account keeps its key whatever else an agent holds: ssh offers the agent's keys
    /// before those of files, so that the second account's would sign in for the first one.
    pub fn keeps_apart(&self, situation: &Situation) -> bool {
        self.first.is_some() || is_alone(situation)
    }
}

/// Whether ssh offers the host only what the settings name.
fn is_alone(situation: &Situation) -> bool {
    let effective = situation.facts.effective();
    effective.is_some_and(|effective| effective.is_on("identitiesonly"))
}

/// The name that is proposed for the other account: `github.com-work`, or the next free one.
pub fn free_alias(situation: &Situation) -> String {
    let host = situation.public_host();
    let more = (2..1000).map(|number| format!("{host}-work{number}"));
    std::iter::once(format!("{host}-work"))
        .chain(more)
        .find(|alias| check_alias(alias, situation).is_ok())
        .unwrap_or_else(|| format!("{host}-work"))
}

/// Whether the name can stand for the other account: ssh can take it, and it means nothing yet.
///
/// # Errors
/// A sentence for the person who typed it.
pub fn check_alias(alias: &str, situation: &Situation) -> Result<(), Trouble> {
    let refuse = |what: Text, why: &'static str| {
        Err(Trouble::new(
            what,
            Text::plain(why),
            "Choose another name, such as github.com-work.",
        )
        .exit(Exit::Usage))
    };
    let is_name = Target::parse(alias).is_ok_and(|parsed| parsed.host == alias)
        && !alias.contains(['*', '?', '!', ',', ':', '[', '#', '"', '/']);
    if !is_name {
        let what = say!("{} cannot be a name.", Text::quoted(alias));
        return refuse(what, "Letters, digits, dots and dashes make a name.");
    }
    if alias.eq_ignore_ascii_case(situation.public_host()) {
        let what = say!("{} is the server itself.", Text::host(alias));
        return refuse(what, "The first account keeps that name.");
    }
    let hosts = situation.facts.config.hosts();
    if hosts.iter().any(|host| host.name == alias) {
        let what = say!("Your settings have {} already.", Text::host(alias));
        return refuse(what, "It may be another account's.");
    }
    Ok(())
}

/// What stands behind the host in the name: `work` of `github.com-work`.
pub fn suffix(alias: &str, situation: &Situation) -> String {
    let rest = alias.strip_prefix(situation.public_host()).unwrap_or(alias);
    let kept = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let words: String = rest.chars().filter(kept).collect();
    words.trim_matches(['-', '_']).to_owned()
}

/// The first address of this folder's remotes that leads to the host, as it would be with the name.
pub fn new_address(alias: &str, situation: &Situation) -> Option<String> {
    let remotes = &situation.facts.git.remotes;
    let mut there = remotes
        .iter()
        .filter(|remote| leads_there(&remote.target, situation));
    let target = &there.next()?.target;
    let user = target.user.as_deref().unwrap_or(user(situation));
    let path = target.repository.as_deref().unwrap_or_default();
    ssh_addresses(user, alias, None, path).into_iter().next()
}

fn leads_there(target: &Target, situation: &Situation) -> bool {
    target.host.eq_ignore_ascii_case(&situation.target.host)
}

fn user(situation: &Situation) -> &str {
    let effective = situation.facts.effective().map(Effective::user);
    let typed = situation.target.user.as_deref();
    typed.or(effective).unwrap_or("git")
}

/// The change that sets the account up; the key itself is not part of it.
///
/// # Errors
/// When the settings of ssh or git cannot express it.
pub async fn prepare(wish: &Wish, situation: &Situation) -> Result<Remedy, Trouble> {
    let machine = &situation.machine;
    if machine.home_differs() {
        return Err(crate::steps::new_key::home_differs(machine));
    }
    let mut git = Settings::read(machine).await;
    let path = match wish.how {
        How::Address => in_git::addresses(&mut git, wish, situation)?,
        How::Rewrite => in_git::rewrite(&mut git, wish, situation).await?,
        How::Command => in_git::command(&mut git, wish, situation).await?,
        How::Name => None,
    };
    let path = path.or_else(|| situation.target.repository.clone());
    let title = say!(
        "Set up a second account at {}",
        Text::host(situation.public_host())
    );
    let target = match wish.how {
        How::Command => Target {
            identity: Some(wish.key.clone()),
            ..situation.target.clone()
        },
        How::Address | How::Rewrite | How::Name => named(wish, path, situation),
    };
    let mut changes = git.changes(machine).await?;
    let mut tested = None;
    if let Some((candidate, first)) = settings(wish, &target, situation).await? {
        let verdict = settings::try_out_for(machine, &candidate, &first).await?;
        if !verdict.is_accepted() {
            return Err(verdict.trouble().exit(Exit::Unfinished));
        }
        tested = Some(verdict.words(Text::host(&candidate.target.host)));
        changes.splice(0..0, candidate.changes());
    }
    Ok(Remedy {
        plan: Plan::new(title, changes),
        tested,
        target: Some(target),
    })
}

/// ssh's settings with the second account's block, and with one that keeps the first account's key where
/// nothing does so yet; none when nothing has to change.
async fn settings(
    wish: &Wish,
    target: &Target,
    situation: &Situation,
) -> Result<Option<(Candidate, Vec<(Target, Intended)>)>, Trouble> {
    let machine = &situation.machine;
    let tree = &situation.facts.config.tree;
    let (file, document) = tree.main();
    let mut blocks: Vec<(usize, HostBlock)> = Vec::new();
    let mut meant: Vec<(Target, Intended)> = Vec::new();
    if wish.how != How::Command {
        let bare = Target {
            user: None,
            ..target.clone()
        };
        let (block, intended) = block(wish, &bare, situation).await?;
        blocks.push((line_for(&bare, situation), block));
        meant.push((bare, intended));
    }
    if let Some(key) = wish.first.as_ref().filter(|_| !is_alone(situation)) {
        let first = &situation.target;
        let block = HostBlock::for_host(&first.host)
            .option("IdentityFile", machine.config_path(key))
            .option("IdentitiesOnly", "yes");
        let intended = Intended {
            identity: Some(key.clone()),
            ..Intended::default()
        };
        blocks.push((line_for(first, situation), block));
        meant.push((first.clone(), intended));
    }
    if meant.is_empty() {
        return Ok(None);
    }
    // From below, so that the places above stay where they are.
    blocks.sort_by_key(|(line, _)| std::cmp::Reverse(*line));
    let mut document = document.clone();
    for (line, block) in blocks {
        let marker = block.marker.clone().unwrap_or_default();
        let edit = match document.marked(&marker) {
            Ok(Some(_)) => Err(already_marked(&marker)),
            Ok(None) => document
                .insert_block(line, &block)
                .map_err(|why| unwritable(&why)),
            Err(why) => Err(unwritable(&why)),
        }?;
        document = edit.after().clone();
    }
    let (target, intended) = meant.remove(0);
    let candidate = Candidate {
        texts: vec![NewText {
            file: file.to_path_buf(),
            before: situation.facts.config.main.clone(),
            after: document.to_bytes(),
        }],
        target,
        intended,
        covers: Vec::new(),
    };
    Ok(Some((candidate, meant)))
}

/// Where a block takes effect: above everything where a line for all hosts would come before it.
fn line_for(target: &Target, situation: &Situation) -> usize {
    const OURS: [&str; 4] = ["HostName", "User", "IdentityFile", "IdentitiesOnly"];
    let tree = &situation.facts.config.tree;
    let place = tree.place_for(&asked(&situation.machine, target));
    if OURS.iter().any(|keyword| place.blocked(keyword).is_some()) {
        return tree.place_at_top().line;
    }
    place.line
}

fn unwritable(why: &EditError) -> Trouble {
    impossible(say!(
        "ssh's settings cannot say it: {}",
        Text::quoted(why.to_string())
    ))
}

/// A block of ours does not keep the key although it is there: somebody has changed it.
fn already_marked(name: &str) -> Trouble {
    impossible(say!(
        "The settings have a block of sshstep's for {} that says something else.",
        Text::host(name)
    ))
}

/// The account as a target: its name in place of the host.
fn named(wish: &Wish, repository: Option<String>, situation: &Situation) -> Target {
    let user = user(situation).to_owned();
    let scheme = match repository {
        Some(_) => Scheme::Ssh,
        None => Scheme::Host,
    };
    Target {
        input: match &repository {
            Some(path) => format!("{user}@{}:{path}", wish.alias),
            None => format!("{user}@{}", wish.alias),
        },
        host: wish.alias.clone(),
        user: Some(user),
        port: None,
        identity: None,
        repository,
        scheme,
    }
}

/// `Host github.com-work` with the way to the server, as the host itself has it, and the key.
async fn block(
    wish: &Wish,
    target: &Target,
    situation: &Situation,
) -> Result<(HostBlock, Intended), Trouble> {
    let machine = &situation.machine;
    let first = situation
        .facts
        .effective()
        .ok_or_else(|| impossible("ssh does not say how it reaches the server."))?;
    let plain = Effective::ask(machine, &[], target).await?;
    let mut block = HostBlock::for_host(&wish.alias)
        .option("HostName", first.host_name())
        .option("User", user(situation));
    if first.port() != plain.port() {
        block = block.option("Port", first.port().to_string());
    }
    // What leads to the host leads to the name as well.
    for (keyword, written) in [("proxyjump", "ProxyJump"), ("proxycommand", "ProxyCommand")] {
        if let Some(value) = first.first(keyword)
            && plain.first(keyword) != Some(value)
        {
            block = block.option(written, value);
        }
    }
    let intended = Intended {
        identity: Some(wish.key.clone()),
        user: Some(user(situation).to_owned()),
        port: Some(first.port()),
        host_name: Some(first.host_name().to_owned()),
        ..Intended::default()
    };
    block = block
        .option("IdentityFile", machine.config_path(&wish.key))
        .option("IdentitiesOnly", "yes");
    // A key in the agent is offered to every host that is not told otherwise.
    if wish.protection == Protection::Passphrase && wish.keeps_apart(situation) {
        block = block.option("AddKeysToAgent", "yes");
        if cfg!(target_os = "macos") {
            block = block
                .option("IgnoreUnknown", "UseKeychain")
                .option("UseKeychain", "yes");
        }
    }
    Ok((block, intended))
}
