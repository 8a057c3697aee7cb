//! How is ssh watched while a program of the person's starts it?
//!
//! ssh writes its debug log only where an argument of its own says so, and takes with it there what
//! it would have told the person (`-E`). So git is given a stand-in for ssh by `GIT_SSH_COMMAND`:
//! this program, which starts the very ssh that git would have started, adds the log where that ssh
//! can take it, shows at once what ssh would have shown, and ends as it ends. What it heard lies in
//! a private folder until [`Watch`] is dropped. [`choice`] knows which ssh git means, [`level`]
//! which lines a person sees, [`recording`] what is kept.

pub mod choice;
pub mod level;
pub mod recording;
mod stand_in;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::Path;

use tempfile::TempDir;

use crate::trouble::Trouble;
use choice::{Choice, Configured, base_name};
pub use recording::{Recording, Seen};
pub use stand_in::{VERB, stand_in};

/// The person's own command for git's ssh, where only we can know it.
const COMMAND: &str = "command";

/// Variables that git hides from the ssh that it starts, and that may hold `core.sshCommand`.
const HIDDEN: [&str; 3] = ["GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT", "GIT_DIR"];

/// A watch over the ssh of one program.
pub struct Watch {
    folder: TempDir,
}

impl Watch {
    /// Makes ready.
    ///
    /// # Errors
    /// When the temporary folder is full or not writable.
    pub fn start() -> Result<Self, Trouble> {
        let folder = crate::probe::private_folder()?;
        Ok(Self { folder })
    }

    /// The variables with which this program's git or rsync starts the stand-in; none where that
    /// would take a choice away from the person.
    pub fn environment(&self, program: &OsStr, args: &[OsString]) -> Vec<(&'static str, String)> {
        let name = base_name(program);
        let mut variables = self.for_git(&name, program, args).unwrap_or_default();
        if name == "rsync"
            && std::env::var_os("RSYNC_RSH").is_none()
            && let Some(command) = self.command("ssh")
        {
            variables.push(("RSYNC_RSH", command));
        }
        variables
    }

    fn for_git(
        &self,
        name: &str,
        program: &OsStr,
        args: &[OsString],
    ) -> Option<Vec<(&'static str, String)>> {
        let is_git = name == "git" || name == "git.exe";
        let (options, rest) = args.split_at(if is_git { own_options(args) } else { 0 });
        // `git clone -c core.sshCommand=…` makes it the new repository's, and nobody but git knows.
        if is_git && rest.iter().any(names_command) {
            return None;
        }
        let git = if is_git { program } else { OsStr::new("git") };
        let configured = Configured::ask(git, options);
        let given = match std::env::var_os("GIT_SSH_COMMAND") {
            Some(given) => Some(given.into_string().ok()?),
            // Otherwise each repository's own is asked for when its git starts ssh.
            None if !options.is_empty() || HIDDEN.iter().any(is_set) => {
                configured.ssh_command.clone()
            }
            None => None,
        };
        let choice = match &given {
            Some(command) => {
                fs::write(self.folder.path().join(COMMAND), command).ok()?;
                Choice::Shell(command.clone())
            }
            None => Choice::here(&configured),
        };
        let mut variables = vec![("GIT_SSH_COMMAND", self.command("git")?)];
        // git tells the variant by the name, which is ours now.
        let is_told = std::env::var_os("GIT_SSH_VARIANT").is_some() || configured.variant.is_some();
        if !is_told && let Some(variant) = choice.other_variant() {
            variables.push(("GIT_SSH_VARIANT", variant.to_owned()));
        }
        Some(variables)
    }

    /// The stand-in as words for a shell; none where a name is not UTF-8.
    fn command(&self, role: &str) -> Option<String> {
        let exe = std::env::current_exe().ok()?;
        let words = [exe.to_str()?, VERB, self.folder.path().to_str()?, role];
        Some(shell_words::join(words))
    }

    /// Runs an ssh that the person started directly.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn ssh(&self, program: &OsStr, args: &[OsString]) -> io::Result<i32> {
        let choice = Choice::Program(program.into());
        stand_in::watched(&choice, self.folder.path(), args).await
    }

    /// What was seen so far.
    pub fn seen(&self) -> Seen {
        recording::read(self.folder.path())
    }
}

fn is_set(name: &&str) -> bool {
    std::env::var_os(name).is_some()
}

fn names_command(word: &OsString) -> bool {
    let word = word.to_string_lossy().to_ascii_lowercase();
    word.contains("core.sshcommand") || word.contains("ssh.variant")
}

/// How many of the words are options of git itself, in front of its command.
fn own_options(args: &[OsString]) -> usize {
    const VALUED: [&str; 8] = [
        "-c",
        "-C",
        "--git-dir",
        "--work-tree",
        "--namespace",
        "--config-env",
        "--super-prefix",
        "--attr-source",
    ];
    let mut count = 0;
    while let Some(word) = args.get(count).filter(|word| starts_with_dash(word)) {
        count += if VALUED.iter().any(|valued| word == valued) {
            2
        } else {
            1
        };
    }
    count.min(args.len())
}

fn starts_with_dash(word: &OsStr) -> bool {
    word.to_string_lossy().starts_with('-')
}

/// The person's own command for git's ssh, where it was noted.
fn noted_command(folder: &Path) -> Option<String> {
    fs::read_to_string(folder.join(COMMAND)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_git_end_where_its_command_begins() {
        let count =
            |line: &str| own_options(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert_eq!(count("clone -c a=b url"), 0);
        assert_eq!(count("-c a=b -C dir --no-pager --git-dir=x fetch --all"), 6);
        assert_eq!(count("--version"), 1);
        assert_eq!(count("-c"), 1);
    }
}
