//! Where are we: which homes, which programs, which settings does ssh get from us?
//!
//! The outside world as values. Production builds a [`Machine`] from the process and the account
//! database; the demo and the tests build one for a folder of their own. It is the only maker of
//! ssh command lines.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::target::Target;
use crate::text::{Charset, Vocabulary};

/// The folders, programs and settings that everything else works with.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The account's home: ssh takes it, and `~`, from the account database (misc.c
    /// `tilde_expand`), never from `$HOME`. Keys go into its `.ssh`.
    pub ssh_home: PathBuf,
    /// What `~` means inside ssh's own files; differs from `ssh_home` only in the demo.
    pub tilde: PathBuf,
    /// `$HOME`, where it is set.
    pub env_home: Option<PathBuf>,
    /// Our journal and backups.
    pub state_dir: PathBuf,
    /// The person's own provider files are in `providers/` below it.
    pub config_dir: PathBuf,
    /// The current folder.
    pub cwd: PathBuf,
    /// The environment variables that are UTF-8.
    pub env: BTreeMap<String, String>,
    /// The account's login name.
    pub user: String,
    /// The account's full name, where the account database has one.
    pub full_name: Option<String>,
    /// This computer's name.
    pub computer: String,
    /// Where the programs are that we run.
    pub programs: Programs,
    /// Which configuration files ssh reads.
    pub layers: Layers,
    /// The commands of this run.
    pub log: crate::log::Log,
    /// How long one connection attempt, or one silent phase of it, may take.
    pub timeout: Duration,
}

/// The programs that were found on `PATH`.
#[derive(Clone, Debug, Default)]
pub struct Programs {
    /// The OpenSSH client.
    pub ssh: Option<PathBuf>,
    /// Makes FIDO keys, searches known_hosts.
    pub ssh_keygen: Option<PathBuf>,
    /// Adds what the agent protocol library cannot.
    pub ssh_add: Option<PathBuf>,
    /// Knows the repository's remotes.
    pub git: Option<PathBuf>,
}

/// The configuration files that ssh reads, first value wins (ssh.c `process_config_files`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layers {
    /// The person's file: where a Host block goes.
    pub user: PathBuf,
    /// The system-wide file, read after the person's.
    pub system: Option<PathBuf>,
    /// What ssh has to be told so that it reads just these.
    pub given: Given,
}

/// How ssh comes to read the layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// By itself: these are its standard places.
    Standard,
    /// By `-F`: this file is the only one, or includes the others.
    File(PathBuf),
}

impl Machine {
    /// The machine that this process runs on.
    ///
    /// `config` is the person's `-F`. Nothing is run; programs are searched on `PATH`.
    pub fn here(config: Option<PathBuf>, timeout: Duration) -> Self {
        let env: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
            .collect();
        let account = crate::platform::account();
        let env_home = env
            .get("HOME")
            .filter(|home| !home.is_empty())
            .map(PathBuf::from);
        let layers = match config {
            Some(file) => Layers {
                user: file.clone(),
                system: None,
                given: Given::File(file),
            },
            None => Layers {
                user: account.home.join(".ssh").join("config"),
                system: crate::platform::system_ssh_config(),
                given: Given::Standard,
            },
        };
        Self {
            tilde: account.home.clone(),
            ssh_home: account.home,
            env_home,
            state_dir: crate::platform::state_dir().join("sshstep"),
            config_dir: dirs::config_dir()
                .unwrap_or_else(std::env::temp_dir)
                .join("sshstep"),
            cwd: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            env,
            user: account.name,
            full_name: account.full_name,
            computer: crate::platform::computer_name(),
            programs: Programs::search(),
            layers,
            log: crate::log::Log::default(),
            timeout,
        }
    }

    /// The folder where ssh keeps keys and settings.
    pub fn ssh_dir(&self) -> PathBuf {
        self.ssh_home.join(".ssh")
    }

    /// An environment variable that is set and not empty.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.env
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Whether the person sits behind an ssh connection, so that this machine's clipboard and
    /// browser are not theirs.
    pub fn is_remote(&self) -> bool {
        self.var("SSH_CONNECTION").is_some() || self.var("SSH_TTY").is_some()
    }

    /// Whether `$HOME` or sudo make us and ssh look at different homes: then nothing is written.
    pub fn home_differs(&self) -> bool {
        self.env_home
            .as_ref()
            .is_some_and(|home| !same_path(home, &self.ssh_home) && self.tilde == self.ssh_home)
    }

    /// What the locale can show.
    pub fn charset(&self) -> Charset {
        Charset::of_locale(|name| self.var(name).map(str::to_owned))
    }

    /// The vocabulary that knows this machine's private values.
    pub fn vocabulary(&self) -> Vocabulary {
        let mut vocabulary = Vocabulary::default();
        vocabulary.home = self.ssh_home.clone();
        vocabulary.users = [Some(self.user.clone()), self.full_name.clone()]
            .into_iter()
            .flatten()
            .filter(|name| name.len() > 1 && name != "root")
            .collect();
        vocabulary.computers = vec![self.computer.clone()];
        vocabulary.charset = self.charset();
        vocabulary
    }

    /// A path as it is written into an ssh_config: `~/…` below the home that ssh means, else whole. `%` would
    /// begin one of ssh's tokens, so it is written twice.
    pub fn config_path(&self, path: &Path) -> String {
        let path = match path.strip_prefix(&self.tilde) {
            Ok(rest) => format!("~/{}", slashes(rest)),
            Err(_) => slashes(path),
        };
        path.replace('%', "%%")
    }

    /// A path from an ssh_config or `ssh -G`, with `~` and `%d` replaced by the home that ssh means.
    pub fn expand(&self, written: &str) -> PathBuf {
        // Two signs are one that means itself, also in front of a `d`.
        let parts = written.split("%%");
        let parts: Vec<String> = parts
            .map(|part| part.replace("%d", &self.tilde.to_string_lossy()))
            .collect();
        let written = parts.join("%");
        match written.strip_prefix("~/") {
            Some(rest) => self.tilde.join(rest),
            None if written == "~" => self.tilde.clone(),
            None => PathBuf::from(written),
        }
    }

    /// The arguments in front of every ssh: which configuration it reads.
    pub fn ssh_args(&self) -> Vec<OsString> {
        match &self.layers.given {
            Given::Standard => Vec::new(),
            Given::File(file) => vec![OsString::from("-F"), file.clone().into_os_string()],
        }
    }

    /// `ssh [-F …] OPTIONS… TARGET`, ready to run: the person's own configuration, then ours for
    /// this one call. The target stands behind `--`, so it is never read as an option.
    pub fn ssh(&self, options: &[&OsStr], target: &Target) -> std::process::Command {
        let mut command = self.command(&self.programs.ssh, "ssh");
        command.args(self.ssh_args()).args(options);
        command.args(target.ssh_args());
        command
    }

    /// A program of this machine, with its environment; `name` is tried when it was not found, so
    /// that the system's own error names it.
    pub fn command(&self, program: &Option<PathBuf>, name: &str) -> std::process::Command {
        let program = program.as_deref().unwrap_or(Path::new(name));
        let mut command = std::process::Command::new(program);
        command.current_dir(&self.cwd);
        command
    }
}

impl Programs {
    /// Looks on `PATH`, and where Windows keeps OpenSSH.
    pub fn search() -> Self {
        let find = crate::platform::process::find;
        Self {
            ssh: find("ssh"),
            ssh_keygen: find("ssh-keygen"),
            ssh_add: find("ssh-add"),
            git: find("git"),
        }
    }
}

/// Whether both names lead to the same place.
pub fn same_path(a: &Path, b: &Path) -> bool {
    a == b
        || match (a.canonicalize(), b.canonicalize()) {
            (Ok(a), Ok(b)) => a == b,
            (Ok(_), Err(_)) | (Err(_), Ok(_)) | (Err(_), Err(_)) => false,
        }
}

/// ssh_config takes forward slashes on every system, and backslashes are escapes since 8.7.
fn slashes(path: &Path) -> String {
    let written = path.to_string_lossy();
    if cfg!(windows) {
        written.replace('\\', "/")
    } else {
        written.into_owned()
    }
}
