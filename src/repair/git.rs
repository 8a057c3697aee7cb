//! How are the addresses of a repository, and the ssh that its git runs, set right?

use std::path::PathBuf;

use crate::diagnosis::Finding;
use crate::facts::git_settings::{self, Entry, Rewriting};
use crate::facts::{Effective, git_url};
use crate::machine::Machine;
use crate::plan::Change;
use crate::say;
use crate::target::{Scheme, Target};
use crate::text::Text;
use crate::trouble::Trouble;

use super::git_file::{self, GitEdit};
use super::{Draft, Situation, impossible};

/// What git's settings say in this folder, and what is to become of them.
pub(super) struct Settings {
    /// As git reads them.
    pub(super) entries: Vec<Entry>,
    /// What git makes of addresses.
    pub(super) rewriting: Rewriting,
    edits: Vec<(PathBuf, GitEdit)>,
}

/// A new address for a remote.
pub(super) struct Readdressed {
    /// `origin`, …
    pub(super) remote: String,
    /// Where it led.
    pub(super) old: Target,
    /// Where it leads.
    pub(super) new: Target,
}

impl Settings {
    /// Asks git.
    pub(super) async fn read(machine: &Machine) -> Self {
        let entries = git_settings::read(machine).await;
        Self {
            rewriting: Rewriting::of(&entries),
            entries,
            edits: Vec::new(),
        }
    }

    /// One more edit of the file with this entry.
    pub(super) fn edit(&mut self, entry: &Entry, edit: GitEdit) -> Result<(), Trouble> {
        let file = entry.file.clone().ok_or_else(|| {
            impossible("A variable of the environment sets it (GIT_CONFIG_COUNT or -c).")
        })?;
        self.edits.push((file, edit));
        Ok(())
    }

    /// One more edit of this file.
    pub(super) fn edit_file(&mut self, file: PathBuf, edit: GitEdit) {
        self.edits.push((file, edit));
    }

    /// The changes that all edits come to, one for each file.
    pub(super) async fn changes(self, machine: &Machine) -> Result<Vec<Change>, Trouble> {
        let mut changes: Vec<Change> = Vec::new();
        for (file, _) in &self.edits {
            if changes.iter().any(|change| change.path() == file) {
                continue;
            }
            let own = self.edits.iter().filter(|(other, _)| other == file);
            let edits: Vec<GitEdit> = own.map(|(_, edit)| edit.clone()).collect();
            changes.push(git_file::change(machine, file, &edits).await?);
        }
        Ok(changes)
    }

    /// Gives every address of a remote that leads to the host by one of these schemes another one: the
    /// first that git itself would not turn into something else.
    pub(super) fn readdress(
        &mut self,
        host: &str,
        schemes: &[Scheme],
        others: impl Fn(&Target) -> Vec<String>,
    ) -> Result<Vec<Readdressed>, Trouble> {
        let mut found = Vec::new();
        for entry in self.entries.clone() {
            let (remote, is_push) = match (
                entry.name("remote.", ".url"),
                entry.name("remote.", ".pushurl"),
            ) {
                (Some(name), _) => (name.to_owned(), false),
                (None, Some(name)) => (name.to_owned(), true),
                (None, None) => continue,
            };
            let Ok(old) = Target::parse(&self.rewriting.fetched(&entry.value)) else {
                continue;
            };
            if !old.host.eq_ignore_ascii_case(host) || !schemes.contains(&old.scheme) {
                continue;
            }
            let (new, url) = self
                .first_kept(others(&old), is_push)
                .ok_or_else(|| turned(&remote))?;
            if url != entry.value {
                let edit = GitEdit::Replace {
                    key: entry.key.clone(),
                    old: entry.value.clone(),
                    new: url,
                };
                self.edit(&entry, edit)?;
            }
            found.push(Readdressed { remote, old, new });
        }
        if found.is_empty() {
            return Err(impossible("No remote of this folder leads there."));
        }
        Ok(found)
    }

    fn first_kept(&self, urls: Vec<String>, is_push: bool) -> Option<(Target, String)> {
        urls.into_iter().find_map(|url| {
            let meant = Target::parse(&url).ok()?;
            let is_kept = |used: &str| {
                Target::parse(used).is_ok_and(|used| {
                    used.scheme == meant.scheme
                        && used.host == meant.host
                        && used.repository == meant.repository
                })
            };
            let is_right = git_url::wrong(&url).is_none()
                && is_kept(&self.rewriting.fetched(&url))
                && (is_push || is_kept(&self.rewriting.pushed(&url)));
            is_right.then_some((meant, url))
        })
    }
}

/// Why no address can be written.
fn turned(remote: &str) -> Trouble {
    impossible(say!(
        "git's settings (url.*.insteadOf) turn any such address of {} into another one.",
        Text::quoted(remote)
    ))
}

/// The SSH addresses of a repository: as people write them, then the one that looks like a web address.
pub(super) fn ssh_addresses(user: &str, host: &str, port: Option<u16>, path: &str) -> Vec<String> {
    let port = port.filter(|port| *port != 22);
    let whole = match port {
        Some(port) => format!("ssh://{user}@{host}:{port}/{path}"),
        None => format!("ssh://{user}@{host}/{path}"),
    };
    let short = port.is_none().then(|| format!("{user}@{host}:{path}"));
    short.into_iter().chain([whole]).collect()
}

/// The one among these that the situation is about.
fn meant<'a>(found: &'a [Readdressed], situation: &Situation) -> Option<&'a Readdressed> {
    let wanted = &situation.target.repository;
    let mut same = found.iter().filter(|one| one.old.repository == *wanted);
    same.next().or_else(|| found.first())
}

/// The new addresses as a draft; afterwards it is about where the meant one leads.
async fn draft(
    title: Text,
    settings: Settings,
    found: &[Readdressed],
    situation: &Situation,
) -> Result<Draft, Trouble> {
    let changes = settings.changes(&situation.machine).await?;
    let mut draft = Draft::of_files(title, changes);
    draft.target = meant(found, situation).map(|one| Target {
        identity: situation.target.identity.clone(),
        ..one.new.clone()
    });
    Ok(draft)
}

/// SSH addresses in place of https ones.
pub(super) async fn ssh_remote(situation: &Situation) -> Result<Draft, Trouble> {
    let target = &situation.target;
    let mut settings = Settings::read(&situation.machine).await;
    let provider = situation.provider.as_ref();
    // Azure DevOps and Bitbucket Server: another host or path than by https.
    let path = target.repository.as_deref().unwrap_or_default();
    let is_other = path.contains("/_git/") || path.starts_with("scm/");
    if is_other || provider.is_some_and(|provider| provider.user_at(&target.host).is_none()) {
        return Err(impossible(
            "This service writes its SSH addresses in another way: copy one from its page.",
        ));
    }
    let user = target.user.as_deref().unwrap_or("git");
    let found = settings.readdress(&target.host, &[Scheme::Https], |old| {
        let path = old.repository.as_deref().unwrap_or_default();
        ssh_addresses(user, &target.host, target.port, path)
    })?;
    let title = say!("Let git use SSH for {}", names(&found));
    draft(title, settings, &found, situation).await
}

/// https addresses in place of SSH ones.
pub(super) async fn https_remote(situation: &Situation) -> Result<Draft, Trouble> {
    let target = &situation.target;
    let mut settings = Settings::read(&situation.machine).await;
    // The settings may know the host under another name; https needs the public one.
    let host = situation.public_host();
    let found = settings.readdress(&target.host, &[Scheme::Ssh], |old| {
        let path = old.repository.as_deref().unwrap_or_default();
        vec![format!("https://{host}/{path}")]
    })?;
    let title = say!("Let git use https for {}", names(&found));
    draft(title, settings, &found, situation).await
}

/// The alias of the settings in place of the host's name.
pub(super) async fn alias_remote(
    finding: &Finding,
    situation: &Situation,
) -> Result<Draft, Trouble> {
    let target = &situation.target;
    let machine = &situation.machine;
    let hosts = situation.facts.config.hosts();
    let alias = hosts
        .into_iter()
        .find(|host| finding.values.get("alias") == Some(&Text::host(&host.name)))
        .ok_or_else(|| impossible("The settings have no such name."))?
        .name;
    let leads_to = Effective::ask(machine, &[], &Target::parse(&alias)?).await?;
    let real = situation.facts.effective().map(Effective::host_name);
    if real != Some(leads_to.host_name()) {
        return Err(impossible(say!(
            "{} leads to {}.",
            Text::host(&alias),
            Text::host(leads_to.host_name())
        )));
    }
    let mut settings = Settings::read(machine).await;
    let found = settings.readdress(&target.host, &[Scheme::Ssh], |old| {
        let path = old.repository.as_deref().unwrap_or_default();
        let user = old.user.as_deref().unwrap_or(leads_to.user());
        ssh_addresses(user, &alias, None, path)
    })?;
    let title = say!("Use the name {} for {}", Text::host(&alias), names(&found));
    draft(title, settings, &found, situation).await
}

/// The address as it is meant.
pub(super) async fn correct_remote(situation: &Situation) -> Result<Draft, Trouble> {
    let machine = &situation.machine;
    let mut settings = Settings::read(machine).await;
    let is_remote = |entry: &Entry| {
        entry.name("remote.", ".url").is_some() || entry.name("remote.", ".pushurl").is_some()
    };
    let mut right = None;
    for entry in settings.entries.clone().iter().filter(|e| is_remote(e)) {
        let used = settings.rewriting.fetched(&entry.value);
        let wrong = git_url::wrong(&used).map(|wrong| wrong.right);
        let Some(new) = wrong.or_else(|| as_right_user(&used, situation)) else {
            continue;
        };
        if git_url::shown(&used) != situation.target.input {
            continue;
        }
        let edit = GitEdit::Replace {
            key: entry.key.clone(),
            old: entry.value.clone(),
            new: new.clone(),
        };
        settings.edit(entry, edit)?;
        right = Some(new);
    }
    let right = right.ok_or_else(|| impossible("No remote of this folder has that address."))?;
    let mut draft = Draft::of_files(
        "Correct the remote's address",
        settings.changes(machine).await?,
    );
    let Target { input, user, .. } = Target::parse(&right)?;
    draft.target = Some(Target {
        input,
        user,
        ..situation.target.clone()
    });
    Ok(draft)
}

/// The address with the login that a service has for everybody, where it names another one.
fn as_right_user(url: &str, situation: &Situation) -> Option<String> {
    let provider = situation.provider.as_ref()?;
    let right = provider.user_at(situation.facts.effective()?.host_name())?;
    let wrong = situation.target.user.as_deref()?;
    let (before, rest) = url.split_once('@')?;
    let start = before.strip_suffix(wrong)?;
    let is_login = start.is_empty() || start == "ssh://";
    (is_login && right != wrong).then(|| format!("{start}{right}@{rest}"))
}

/// https for the submodules at the host. Only the repository's own settings can say so: what it says
/// about `insteadOf` does not count for the git that fetches a submodule.
pub(super) async fn https_submodule(situation: &Situation) -> Result<Draft, Trouble> {
    let machine = &situation.machine;
    let own = git_settings::own_file(machine)
        .await
        .ok_or_else(|| impossible("This folder is no git repository."))?;
    let mut settings = Settings::read(machine).await;
    let host = &situation.target.host;
    let submodules = situation.facts.git.submodules.iter();
    for submodule in submodules.filter(|one| one.host.eq_ignore_ascii_case(host)) {
        let key = format!("submodule.{}.url", submodule.name);
        let https = format!("https://{}/{}", submodule.host, submodule.repository);
        let mut entries = settings.entries.iter();
        let entry = entries
            .rfind(|entry| entry.key == key && entry.file.as_ref() == Some(&own))
            .cloned();
        let edit = match entry {
            Some(entry) => GitEdit::Replace {
                key,
                old: entry.value,
                new: https.clone(),
            },
            None => GitEdit::Add {
                key,
                value: https.clone(),
            },
        };
        settings.edit_file(own.clone(), edit);
        // A submodule that was fetched before has settings of its own.
        let fetched = own.with_file_name("modules").join(&submodule.name);
        let fetched = fetched.join("config");
        if let Some(old) = git_settings::value(machine, &fetched, "remote.origin.url").await {
            let edit = GitEdit::Replace {
                key: "remote.origin.url".to_owned(),
                old,
                new: https,
            };
            settings.edit_file(fetched, edit);
        }
    }
    if settings.edits.is_empty() {
        return Err(impossible("No submodule of this folder leads there."));
    }
    Ok(Draft::of_files(
        "Let git use https for the submodule",
        settings.changes(machine).await?,
    ))
}

/// `origin`, or `origin and upstream`.
fn names(found: &[Readdressed]) -> Text {
    let mut names: Vec<&str> = found.iter().map(|one| one.remote.as_str()).collect();
    names.dedup();
    Text::join(names.into_iter().map(Text::quoted), " and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_needs_the_long_form() {
        let scp = ssh_addresses("git", "h", None, "a/b.git");
        assert_eq!(scp, ["git@h:a/b.git", "ssh://git@h/a/b.git"]);
        let port = ssh_addresses("git", "h", Some(2222), "a/b.git");
        assert_eq!(port, ["ssh://git@h:2222/a/b.git"]);
    }
}
