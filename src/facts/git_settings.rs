//! What do git's settings files hold, and which of them decides?
//!
//! git itself reads them (`git config --show-origin`), so that includes, worktrees, submodules and
//! its own syntax are all as git sees them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::machine::Machine;
use crate::platform::process;

/// git only reads files for this.
const LIMIT: Duration = Duration::from_secs(3);

/// What SSH addresses, the program behind them, and a new key's label depend on.
const DECIDING: &str = r"^(remote\..*\.(push)?url|url\..*\.(push)?insteadof|submodule\..*\.url|core\.sshcommand|user\.email)$";

/// One setting; the last one of a name wins.
///
/// No `Debug`: an address may hold a token.
#[derive(Clone)]
pub struct Entry {
    /// The file that it stands in; none: the environment or the command line.
    pub file: Option<PathBuf>,
    /// As git writes names: section and variable in small letters.
    pub key: String,
    /// Its value.
    pub value: String,
}

impl Entry {
    /// `NAME` of `remote.NAME.url`, given `remote.` and `.url`.
    pub fn name(&self, before: &str, behind: &str) -> Option<&str> {
        self.key.strip_prefix(before)?.strip_suffix(behind)
    }
}

/// The deciding settings in this folder, in git's order: system, global, repository.
pub async fn read(machine: &Machine) -> Vec<Entry> {
    let words = ["config", "-z", "--show-origin", "--get-regexp", DECIDING];
    let output = ask(machine, &words).await.unwrap_or_default();
    parse(&output, &machine.cwd)
}

/// The file that holds the settings of this repository alone; none outside a repository.
pub async fn own_file(machine: &Machine) -> Option<PathBuf> {
    let output = ask(machine, &["rev-parse", "--git-path", "config"]).await?;
    let file = machine.cwd.join(output.trim_end_matches(['\n', '\r']));
    file.is_file().then_some(file)
}

/// The value that this file alone gives to a name; none also when there is no such file.
pub async fn value(machine: &Machine, file: &Path, key: &str) -> Option<String> {
    let file = file.to_str().filter(|_| file.is_file())?;
    let output = ask(machine, &["config", "-z", "--file", file, "--get", key]).await?;
    Some(output.trim_end_matches('\0').to_owned())
}

/// What git prints, when it ends well.
async fn ask(machine: &Machine, words: &[&str]) -> Option<String> {
    let mut command = std::process::Command::new(machine.programs.git.as_ref()?);
    command.current_dir(&machine.cwd).args(words);
    let output = process::output(command, LIMIT, &machine.log).await.ok()?;
    (output.code == Some(0)).then_some(output.stdout)
}

/// `file:PATH`, NUL, `KEY`, newline, `VALUE`, NUL, for each entry.
pub(super) fn parse(output: &str, folder: &Path) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut words = output.split('\0');
    while let (Some(origin), Some(entry)) = (words.next(), words.next()) {
        // A name without a value is `true`, which none of these can be.
        let Some((key, value)) = entry.split_once('\n') else {
            continue;
        };
        let file = origin.strip_prefix("file:");
        entries.push(Entry {
            file: file.map(|file| located(folder, Path::new(file))),
            key: key.to_owned(),
            value: value.to_owned(),
        });
    }
    entries
}

/// git names its files from the top of the repository, wherever in it we are.
fn located(folder: &Path, file: &Path) -> PathBuf {
    let mut folders = folder.ancestors().map(|folder| folder.join(file));
    folders
        .find(|file| file.is_file())
        .unwrap_or_else(|| folder.join(file))
}

/// What git makes of addresses before it uses them.
pub struct Rewriting {
    /// For fetching, and for pushing where nothing below fits: prefix and what stands for it.
    instead: Vec<(String, String)>,
    /// For pushing.
    push: Vec<(String, String)>,
}

impl Rewriting {
    /// The `url.*.insteadOf` and `pushInsteadOf` among these.
    pub fn of(entries: &[Entry]) -> Self {
        let pairs = |behind: &str| {
            let found = entries.iter().filter_map(|entry| {
                Some((entry.value.clone(), entry.name("url.", behind)?.to_owned()))
            });
            found.collect()
        };
        Self {
            instead: pairs(".insteadof"),
            push: pairs(".pushinsteadof"),
        }
    }

    /// The address that git fetches from.
    pub fn fetched(&self, url: &str) -> String {
        longest(url, &self.instead).unwrap_or_else(|| url.to_owned())
    }

    /// The address that git pushes to, where a remote has no push address of its own.
    pub fn pushed(&self, url: &str) -> String {
        longest(url, &self.push).unwrap_or_else(|| self.fetched(url))
    }
}

/// git uses the longest matching prefix (remote.c `alias_url`).
fn longest(url: &str, instead: &[(String, String)]) -> Option<String> {
    let fits = instead
        .iter()
        .filter(|(prefix, _)| url.starts_with(prefix.as_str()));
    let (prefix, base) = fits.max_by_key(|(prefix, _)| prefix.len())?;
    Some(format!("{base}{}", &url[prefix.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewriting(pairs: &[(&str, &str)]) -> Rewriting {
        let entry = |(key, value): &(&str, &str)| Entry {
            file: None,
            key: (*key).to_owned(),
            value: (*value).to_owned(),
        };
        Rewriting::of(&pairs.iter().map(entry).collect::<Vec<_>>())
    }

    #[test]
    fn the_longest_prefix_wins_and_pushing_has_its_own() {
        let rewriting = rewriting(&[
            ("url.https://github.com/.insteadof", "git@github.com:"),
            ("url.git@work:.insteadof", "git@github.com:acme/"),
            (
                "url.ssh://git@github.com/.pushinsteadof",
                "https://github.com/",
            ),
        ]);
        let both = |url| (rewriting.fetched(url), rewriting.pushed(url));
        let same = |url: &str| (url.to_owned(), url.to_owned());
        assert_eq!(both("git@github.com:a/b"), same("https://github.com/a/b"));
        assert_eq!(both("git@github.com:acme/b"), same("git@work:b"));
        let https = "https://github.com/a/b".to_owned();
        let pushed = "ssh://git@github.com/a/b".to_owned();
        assert_eq!(both(&https), (https.clone(), pushed));
        assert_eq!(both("/srv/x"), same("/srv/x"));
    }
}
