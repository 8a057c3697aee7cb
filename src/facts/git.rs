//! Which servers does the current repository know, and which ssh does its git use?

use std::path::{Path, PathBuf};

use super::git_settings::{self, Entry, Rewriting};
use super::git_url;
use crate::machine::{Machine, same_path};
use crate::platform::process;
use crate::target::{Scheme, Target};

/// What git says about the current folder. Empty outside a repository or without git.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Git {
    /// In the order of the configuration; `origin` first.
    pub remotes: Vec<Remote>,
    /// Addresses as they are written and as git uses them, where `url.*.insteadOf` changes them.
    pub rewritten: Vec<(String, String)>,
    /// Remotes whose address is written wrongly, `origin` first.
    pub wrong: Vec<WrongRemote>,
    /// `core.sshCommand`, where set: git then runs this instead of ssh.
    pub ssh_command: Option<String>,
    /// The file that sets it.
    pub ssh_command_file: Option<PathBuf>,
    /// What git runs instead of the first ssh on the PATH, where something tells it to.
    pub program: Option<Program>,
    /// `user.email`, where set: who the person is for git.
    pub email: Option<String>,
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
    /// The file with `core.sshCommand`; none: a variable of the environment decides.
    pub file: Option<PathBuf>,
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
    /// Its path there.
    pub repository: String,
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
    let entries = git_settings::read(machine).await;
    let mut git = of(&entries);
    git.program = program_for_ssh(machine, &git);
    git.submodules = submodules(&machine.cwd, &entries);
    git
}

fn of(entries: &[Entry]) -> Git {
    let mut git = Git::default();
    let rewriting = Rewriting::of(entries);
    let mut urls: Vec<(String, String)> = Vec::new();
    for entry in entries {
        if entry.key == "core.sshcommand" {
            // The last one wins: the repository's own stands behind the global one.
            git.ssh_command = Some(entry.value.clone());
            git.ssh_command_file.clone_from(&entry.file);
        } else if entry.key == "user.email" {
            git.email = Some(entry.value.clone()).filter(|email| email.contains('@'));
        } else if let Some(name) = entry.name("remote.", ".url") {
            urls.push((name.to_owned(), entry.value.clone()));
        }
    }
    for (name, url) in urls {
        let written = git_url::shown(&url);
        let url = rewriting.fetched(&url);
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
            if url != written && target.scheme == Scheme::Https {
                git.rewritten.push((written, url.clone()));
            }
            git.remotes.push(Remote { name, url, target });
        }
    }
    git.remotes.sort_by_key(|remote| remote.name != "origin");
    git.wrong.sort_by_key(|remote| remote.name != "origin");
    git
}

/// git takes the first of these (connect.c `get_ssh_command`, `fill_ssh_args`).
fn program_for_ssh(machine: &Machine, git: &Git) -> Option<Program> {
    let variable = |name: &str| Some((name.to_owned(), None, machine.var(name)?.to_owned()));
    let from_settings = || {
        let command = git.ssh_command.clone()?;
        let file = git.ssh_command_file.clone();
        let place = match &file {
            Some(file) => line_of(file, "sshcommand"),
            None => "core.sshCommand".to_owned(),
        };
        Some((place, file, command))
    };
    if machine.var("GIT_SSH_COMMAND").is_none() && git.ssh_command.is_none() {
        // GIT_SSH is a program, not a command: blanks belong to its name.
        let name = machine.var("GIT_SSH")?.to_owned();
        let place = "GIT_SSH".to_owned();
        return Some(program(machine, place, None, name.clone(), name));
    }
    let (place, file, command) = variable("GIT_SSH_COMMAND").or_else(from_settings)?;
    // What a shell makes of these is not known without running it.
    let name = program_word(&command)
        .filter(|word| !word.contains(['$', '`', '(', '%', ';', '|', '&']))?;
    Some(program(machine, place, file, command, name))
}

/// The word of a shell's command that names the program; `VARIABLE=value ssh …` is a shell's way to
/// set a variable.
fn program_word(command: &str) -> Option<String> {
    shell_words::split(command)
        .ok()?
        .into_iter()
        .find(|word| !word.contains('=') && !matches!(word.as_str(), "env" | "exec"))
}

fn program(
    machine: &Machine,
    place: String,
    file: Option<PathBuf>,
    command: String,
    name: String,
) -> Program {
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
        file,
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

/// `.gitmodules` of the repository that the folder is in, but those that the repository has given
/// another address.
fn submodules(folder: &Path, entries: &[Entry]) -> Vec<Submodule> {
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
        let own = entries
            .iter()
            .rfind(|entry| entry.name("submodule.", ".url") == Some(&name));
        let url = own.map_or(url.trim().trim_matches('"'), |entry| &entry.value);
        let target = Target::parse(url);
        if let Some(target) = target.ok().filter(|target| target.scheme == Scheme::Ssh) {
            found.push(Submodule {
                name: name.clone(),
                host: target.host,
                repository: target.repository.unwrap_or_default(),
                place: format!("{}:{}", file.display(), at + 1),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Scheme;

    fn parse(output: &str) -> Git {
        of(&git_settings::parse(output, Path::new("/repository")))
    }

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
