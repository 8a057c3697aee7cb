//! Which servers does the current repository know, and which ssh does its git use?

use std::time::Duration;

use crate::machine::Machine;
use crate::platform::process;
use crate::target::Target;

/// git only reads files for this.
const LIMIT: Duration = Duration::from_secs(3);

/// What git says about the current folder. Empty outside a repository or without git.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Git {
    /// In the order of the configuration; `origin` first.
    pub remotes: Vec<Remote>,
    /// `core.sshCommand`, where set: git then runs this instead of ssh.
    pub ssh_command: Option<String>,
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
        "--get-regexp",
        r"^(remote\..*\.url|url\..*\.insteadof|core\.sshcommand)$",
    ]);
    match process::output(command, LIMIT, &machine.log).await {
        Ok(output) if output.code == Some(0) => parse(&output.stdout),
        Ok(_) | Err(_) => Git::default(),
    }
}

fn parse(output: &str) -> Git {
    let mut git = Git::default();
    let mut urls: Vec<(String, String)> = Vec::new();
    let mut instead: Vec<(String, String)> = Vec::new();
    for entry in output.split('\0') {
        let Some((key, value)) = entry.split_once('\n') else {
            continue;
        };
        let lower = key.to_ascii_lowercase();
        if lower == "core.sshcommand" {
            // The last one wins: the repository's own stands behind the global one.
            git.ssh_command = Some(value.to_owned());
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
        if let Ok(target) = Target::parse(&url)
            && (url.contains(':') || url.contains('@'))
        {
            let url = target.input.clone();
            git.remotes.push(Remote { name, url, target });
        }
    }
    git.remotes.sort_by_key(|remote| remote.name != "origin");
    git
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
            "remote.upstream.url\nhttps://github.com/a/b\0remote.origin.url\ngh:me/b.git\0\
             url.git@github.com:.insteadof\ngh:\0core.sshcommand\nssh -v\0remote.disk.url\n/srv/x.git\0",
        );
        let names: Vec<_> = git.remotes.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["origin", "upstream"]);
        assert_eq!(git.remotes[0].url, "git@github.com:me/b.git");
        assert_eq!(git.remotes[1].target.scheme, Scheme::Https);
        assert_eq!(git.ssh_command.as_deref(), Some("ssh -v"));
    }

    #[test]
    fn a_token_in_a_remote_is_not_kept() {
        let git = parse("remote.origin.url\nhttps://x:ghp_secret@github.com/a/b\0");
        assert!(!format!("{git:?}").contains("ghp_secret"));
    }
}
