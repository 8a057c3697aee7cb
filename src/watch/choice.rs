//! Which ssh would git start here, by git's own rules (connect.c `fill_ssh_args`)?

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::machine::same_path;
use crate::platform::process;

/// The program that git would start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// `GIT_SSH_COMMAND` or `core.sshCommand`: words for the shell.
    Shell(String),
    /// `GIT_SSH`, or plain `ssh`: a program without arguments of its own.
    Program(PathBuf),
}

/// Programs that git knows by name, and that know nothing of OpenSSH's options; some of them would
/// open a window when asked.
const OTHERS: [&str; 2] = ["plink", "tortoiseplink"];

/// What git's configuration says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configured {
    /// `core.sshCommand`.
    pub ssh_command: Option<String>,
    /// `ssh.variant`.
    pub variant: Option<String>,
}

impl Choice {
    /// What git would start in this process' folder, with this process' environment, had nobody set
    /// `GIT_SSH_COMMAND`.
    pub fn here(configured: &Configured) -> Self {
        if let Some(command) = &configured.ssh_command {
            return Choice::Shell(command.clone());
        }
        let program = std::env::var_os("GIT_SSH").unwrap_or_else(|| OsString::from("ssh"));
        Choice::Program(PathBuf::from(program))
    }

    /// The program with these arguments behind its own, run as git runs it.
    pub fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = match self {
            Choice::Shell(words) => {
                let mut shell = Command::new("sh");
                shell.arg("-c").arg(format!("{words} \"$@\"")).arg(words);
                shell
            }
            Choice::Program(program) => Command::new(program),
        };
        command.args(args);
        command
    }

    fn words(&self) -> Vec<String> {
        match self {
            Choice::Shell(words) => shell_words::split(words).unwrap_or_default(),
            Choice::Program(program) => vec![program.to_string_lossy().into_owned()],
        }
    }

    /// The name by which git tells what kind of program it is.
    pub fn name(&self) -> String {
        let first = self.words().into_iter().next().unwrap_or_default();
        let name = base_name(OsStr::new(&first)).to_ascii_lowercase();
        name.strip_suffix(".exe").unwrap_or(&name).to_owned()
    }

    /// The variant that git concludes from the name, where it is not OpenSSH's.
    pub fn other_variant(&self) -> Option<&'static str> {
        let name = self.name();
        OTHERS.into_iter().find(|other| *other == name)
    }

    /// Whether it is the ssh on the PATH without options of its own: then ssh's settings alone decide.
    pub fn is_plain(&self) -> bool {
        match self.words().as_slice() {
            [word] if word == "ssh" => true,
            [word] => process::find("ssh").is_some_and(|ssh| same_path(&ssh, Path::new(word))),
            _ => false,
        }
    }

    /// Whether the person has the log written somewhere already.
    pub fn has_log(&self) -> bool {
        let words = self.words();
        words.iter().skip(1).any(|word| is_log_option(word))
    }
}

impl Configured {
    /// Asks git, in the current folder, with these of its own options in front.
    pub fn ask(git: &OsStr, options: &[OsString]) -> Self {
        let asked = Command::new(git)
            .args(options)
            .args(["config", "-z", "--get-regexp"])
            .arg(r"^(core\.sshcommand|ssh\.variant)$")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output();
        match asked {
            Ok(answer) if answer.status.success() => {
                Self::parse(&String::from_utf8_lossy(&answer.stdout))
            }
            Ok(_) | Err(_) => Self::default(),
        }
    }

    fn parse(answer: &str) -> Self {
        let mut configured = Self::default();
        for (key, value) in answer
            .split('\0')
            .filter_map(|entry| entry.split_once('\n'))
        {
            // The last one wins, as for git.
            match key {
                "core.sshcommand" => configured.ssh_command = Some(value.to_owned()),
                "ssh.variant" => configured.variant = Some(value.to_owned()),
                _ => {}
            }
        }
        configured
    }

    /// Whether the person has told git that the program is not OpenSSH.
    pub fn is_other_variant(&self) -> bool {
        let told = std::env::var("GIT_SSH_VARIANT").ok();
        told.as_deref()
            .or(self.variant.as_deref())
            .is_some_and(|variant| {
                matches!(variant, "plink" | "putty" | "tortoiseplink" | "simple")
            })
    }
}

/// `-E FILE`, alone or behind flags without a value: `-vE FILE`.
pub(super) fn is_log_option(word: &str) -> bool {
    let Some(letters) = word.strip_prefix('-') else {
        return false;
    };
    let flags = "46AaCfGgKkMNnqsTtVvXxYy";
    letters
        .chars()
        .find(|letter| !flags.contains(*letter))
        .is_some_and(|letter| letter == 'E')
}

/// The name of a program, however it was called.
pub fn base_name(program: &OsStr) -> String {
    let name = Path::new(program).file_name().unwrap_or(program);
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(words: &str) -> Choice {
        Choice::Shell(words.to_owned())
    }

    #[test]
    fn the_name_is_found_behind_quotes_and_folders() {
        assert_eq!(shell("'/my tools/ssh' -i key").name(), "ssh");
        assert_eq!(shell("TortoisePlink.exe -batch").name(), "tortoiseplink");
        assert_eq!(shell("/opt/plink").other_variant(), Some("plink"));
        assert_eq!(shell("ssh").other_variant(), None);
        assert!(shell("ssh").is_plain());
        assert!(!shell("/my/ssh").is_plain());
        assert!(!shell("ssh -i key").is_plain());
        assert!(!shell("unclosed '").is_plain());
    }

    #[test]
    fn a_log_of_the_persons_own_is_seen() {
        assert!(shell("ssh -E log").has_log());
        assert!(shell("ssh -vvElog").has_log());
        assert!(!shell("ssh -i KEY -o LogLevel=ERROR").has_log());
        assert!(!shell("ssh -lErna -v").has_log());
    }

    #[test]
    fn the_last_configured_value_wins() {
        let answer =
            "core.sshcommand\nssh -i a\0core.sshcommand\nssh -i 'b c'\0ssh.variant\nsimple\0";
        let configured = Configured::parse(answer);
        assert_eq!(configured.ssh_command.as_deref(), Some("ssh -i 'b c'"));
        assert_eq!(configured.variant.as_deref(), Some("simple"));
    }
}
