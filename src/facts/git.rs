//! Which servers does the current repository know, and which ssh does its git use?

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::git_url;
use crate::machine::{Machine, same_path};
use crate::platform::process;
use crate::target::{Scheme, Target};

/// git only reads files for this.
const LIMIT: Duration = Duration::from_secs(3);

/// What git says about the current folder. Empty outside a repository or without git.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Git {
    /// In the order of the configuration; `origin` first.
    pub remotes: Vec<Remote>,
    /// Remotes whose address is written wrongly, `origin` first.
    pub wrong: Vec<WrongRemote>,
    /// `core.sshCommand`, where set: git then runs this instead of ssh.
    pub ssh_command: Option<String>,
    /// The file that sets it.
    pub ssh_command_file: Option<PathBuf>,
    /// What git runs instead of the first ssh on the PATH, where something tells it to.
    pub program: Option<Program>,
    /// Submodules with an SSH address: name, address, and where it stands.
    pub submodules: Vec<Submodule>,
}

/// A remote whose address git or ssh cannot understand as it is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongRemote {
    /// `origin`, …
    pub name: String,
    /// As configured.
    pub url: String,
    /// Where it is meant to lead; its `input` is the wrong address.
    pub target: Target,
}

/// The program that git is told to run for SSH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The variable, or the file (and its line) with `core.sshCommand`.
    pub place: String,
    /// The whole command.
    pub command: String,
    /// Its first word.
    pub name: String,
    /// Where that is found; none: there is no such program.
    pub path: Option<PathBuf>,
    /// It is not the ssh that is found first on the PATH.
    pub is_other: bool,
}

/// A submodule that is fetched by SSH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submodule {
    /// Its name.
    pub name: String,
    /// Its host.
    pub host: String,
    /// `FILE:LINE` of its address.
    pub place: String,
}

/// A remote and its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// `origin`, …
    pub name: String,
    /// As configured, `url.*.insteadOf` applied; without a password.
    pub url: String,
    /// Where it leads, when that is a host.
    pub target: Target,
}

/// Reads the repository's configuration with git itself.
pub async fn gather(machine: &Machine) -> Git {
    let Some(program) = &machine.programs.git else {
        return Git::default();
    };
    let mut command = std::process::Command::new(program);
    command.current_dir(&machine.cwd).args([
        "config",
        "-z",
        "--show-origin",
        "--get-regexp",
        r"^(remote\..*\.url|url\..*\.insteadof|core\.sshcommand)$",
    ]);
    let mut git = match process::output(command, LIMIT, &machine.log).await {
        Ok(output) if output.code == Some(0) => parse(&output.stdout),
        Ok(_) | Err(_) => Git::default(),
    };
    git.program = program_for_ssh(machine, &git);
    git.submodules = submodules(&machine.cwd);
    git
}

/// `file:PATH`, NUL, `KEY`, newline, `VALUE`, NUL, for each entry.
fn parse(output: &str) -> Git {
    let mut git = Git::default();
    let mut urls: Vec<(String, String)> = Vec::new();
    let mut instead: Vec<(String, String)> = Vec::new();
    let mut words = output.split('\0');
    while let (Some(origin), Some(entry)) = (words.next(), words.next()) {
        let Some((key, value)) = entry.split_once('\n') else {
            continue;
        };
        let lower = key.to_ascii_lowercase();
        if lower == "core.sshcommand" {
            // The last one wins: the repository's own stands behind the global one.
            git.ssh_command = Some(value.to_owned());
            git.ssh_command_file = origin.strip_prefix("file:").map(PathBuf::from);
        } else if let Some(name) = key
            .strip_prefix("remote.")
            .and_then(|rest| rest.strip_suffix(".url"))
        {
            urls.push((name.to_owned(), value.to_owned()));
        } else if let Some(base) = lower
            .strip_suffix(".insteadof")
            .and_then(|rest| key[..rest.len()].strip_prefix("url."))
        {
            instead.push((value.to_owned(), base.to_owned()));
        }
    }
    for (name, url) in urls {
        let url = rewritten(&url, &instead);
        if let Some(wrong) = git_url::wrong(&url) {
            if let Ok(mut target) = Target::parse(&wrong.right) {
                let url = git_url::shown(&url);
                target.input.clone_from(&url);
                git.wrong.push(WrongRemote { name, url, target });
            }
        } else if let Ok(target) = Target::parse(&url)
            && (url.contains(':') || url.contains('@'))
        {
            let url = target.input.clone();
            git.remotes.push(Remote { name, url, target });
        }
    }
    git.remotes.sort_by_key(|remote| remote.name != "origin");
    git.wrong.sort_by_key(|remote| remote.name != "origin");
    git
}

/// git takes the first of these (connect.c `get_ssh_command`, `fill_ssh_args`).
fn program_for_ssh(machine: &Machine, git: &Git) -> Option<Program> {
    let variable = |name: &str| Some((name.to_owned(), machine.var(name)?.to_owned()));
    let from_settings = || {
        let command = git.ssh_command.clone()?;
        let place = match &git.ssh_command_file {
            Some(file) => line_of(&machine.cwd.join(file), "sshcommand"),
            None => "core.sshCommand".to_owned(),
        };
        Some((place, command))
    };
    if machine.var("GIT_SSH_COMMAND").is_none() && git.ssh_command.is_none() {
        // GIT_SSH is a program, not a command: blanks belong to its name.
        let name = machine.var("GIT_SSH")?.to_owned();
        return Some(program(machine, "GIT_SSH".to_owned(), name.clone(), name));
    }
    let (place, command) = variable("GIT_SSH_COMMAND").or_else(from_settings)?;
    let words = shell_words::split(&command).ok()?;
    // `VARIABLE=value ssh …` is a shell's way to set a variable.
    let name = words
        .into_iter()
        .find(|word| !word.contains('=') && !matches!(word.as_str(), "env" | "exec"))?;
    Some(program(machine, place, command, name))
}

fn program(machine: &Machine, place: String, command: String, name: String) -> Program {
    let path = if name.contains(['/', '\\']) {
        let path = machine.cwd.join(machine.expand(&name));
        path.is_file().then_some(path)
    } else {
        process::find(&name)
    };
    let is_first = |path: &PathBuf| {
        let first = machine.programs.ssh.as_deref();
        first.is_some_and(|first| same_path(first, path))
    };
    Program {
        place,
        command,
        name,
        is_other: !path.as_ref().is_some_and(is_first),
        path,
    }
}

/// `FILE:LINE` of the last line with this word, or the file alone.
fn line_of(file: &Path, word: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let has = |line: &str| line.to_ascii_lowercase().contains(word);
    match text
        .lines()
        .collect::<Vec<_>>()
        .iter()
        .rposition(|line| has(line))
    {
        Some(at) => format!("{}:{}", file.display(), at + 1),
        None => file.display().to_string(),
    }
}

/// `.gitmodules` of the repository that the folder is in.
fn submodules(folder: &Path) -> Vec<Submodule> {
    let Some(top) = folder
        .ancestors()
        .find(|folder| folder.join(".git").exists())
    else {
        return Vec::new();
    };
    let file = top.join(".gitmodules");
    let Ok(text) = std::fs::read_to_string(&file) else {
        return Vec::new();
    };
    let mut name = String::new();
    let mut found = Vec::new();
    for (at, line) in text.lines().map(str::trim).enumerate() {
        if let Some(rest) = line.strip_prefix("[submodule ") {
            rest.trim_matches([']', '"', ' ']).clone_into(&mut name);
        }
        let Some(url) = line
            .strip_prefix("url")
            .and_then(|rest| rest.trim().strip_prefix('='))
        else {
            continue;
        };
        let target = Target::parse(url.trim().trim_matches('"'));
        if let Some(target) = target.ok().filter(|target| target.scheme == Scheme::Ssh) {
            found.push(Submodule {
                name: name.clone(),
                host: target.host,
                place: format!("{}:{}", file.display(), at + 1),
            });
        }
    }
    found
}

/// git uses the longest matching `insteadOf` prefix (remote.c `alias_url`).
fn rewritten(url: &str, instead: &[(String, String)]) -> String {
    instead
        .iter()
        .filter(|(prefix, _)| url.starts_with(prefix.as_str()))
        .max_by_key(|(prefix, _)| prefix.len())
        .map_or_else(
            || url.to_owned(),
            |(prefix, base)| format!("{base}{}", &url[prefix.len()..]),
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Scheme;

    #[test]
    fn remotes_come_origin_first_with_instead_of_applied() {
        let git = parse(
            "file:c\0remote.upstream.url\nhttps://github.com/a/b\0f\0remote.origin.url\ngh:me/b.git\0f\0\
             url.git@github.com:.insteadof\ngh:\0file:c\0core.sshcommand\nssh -v\0f\0\
             remote.disk.url\n/srv/x.git\0f\0remote.wrong.url\ngit@github.com/a/b\0",
        );
        let names: Vec<_> = git.remotes.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["origin", "upstream"]);
        assert_eq!(git.remotes[0].url, "git@github.com:me/b.git");
        assert_eq!(git.remotes[1].target.scheme, Scheme::Https);
        assert_eq!(git.ssh_command.as_deref(), Some("ssh -v"));
        assert_eq!(git.wrong[0].target.host, "github.com");
    }

    #[test]
    fn a_token_in_a_remote_is_not_kept() {
        let git = parse("f\0remote.origin.url\nhttps://x:ghp_secret@github.com/a/b\0");
        assert!(!format!("{git:?}").contains("ghp_secret"));
    }
}
