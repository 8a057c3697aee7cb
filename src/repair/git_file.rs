//! What would git itself make of one of its settings files?
//!
//! The real `git config` changes a copy, so that quoting, sections and everything else are git's own;
//! the change that comes of it is a text like any other: shown, journalled, taken back.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::machine::Machine;
use crate::plan::Change;
use crate::platform::process;
use crate::probe::private_folder;
use crate::say;
use crate::text::Text;
use crate::trouble::{Exit, Trouble};

use super::impossible;

/// git changes one small file.
const LIMIT: Duration = Duration::from_secs(5);

/// One setting to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GitEdit {
    /// Another value in place of this one.
    Replace {
        /// Its name, as git writes it.
        key: String,
        /// What it is.
        old: String,
        /// What it is to be.
        new: String,
    },
    /// This value goes.
    Unset {
        /// Its name.
        key: String,
        /// What it is.
        old: String,
    },
    /// One value more.
    Add {
        /// Its name.
        key: String,
        /// What it is to be.
        value: String,
    },
}

impl GitEdit {
    fn words(&self) -> Vec<String> {
        match self {
            GitEdit::Replace { key, old, new } => {
                vec!["--replace-all".into(), key.clone(), new.clone(), only(old)]
            }
            GitEdit::Unset { key, old } => vec!["--unset-all".into(), key.clone(), only(old)],
            GitEdit::Add { key, value } => vec!["--add".into(), key.clone(), value.clone()],
        }
    }
}

/// The change of this file that `git config` would make.
///
/// # Errors
/// When another git is writing the file, when it is not ours to write, or when git refuses.
pub(super) async fn change(
    machine: &Machine,
    file: &Path,
    edits: &[GitEdit],
) -> Result<Change, Trouble> {
    check_free(file)?;
    let before = fs::read(file).map_err(|error| unreadable(file, &error))?;
    // Opening it for more says who may write; nothing is written.
    if let Err(error) = OpenOptions::new().append(true).open(file) {
        return Err(unreadable(file, &error));
    }
    let folder = private_folder()?;
    let copy = folder.path().join("config");
    fs::write(&copy, &before).map_err(|error| unreadable(&copy, &error))?;
    for edit in edits {
        let git = machine.programs.git.as_ref();
        let git = git.ok_or_else(|| impossible("There is no git on this computer."))?;
        let mut command = std::process::Command::new(git);
        // Not in the repository: only the copy counts.
        command.current_dir(folder.path());
        command.args([OsString::from("config"), OsString::from("--file")]);
        command.arg(&copy).args(edit.words());
        let output = process::output(command, LIMIT, &machine.log).await?;
        if output.code != Some(0) {
            return Err(refused(file, &output.stderr));
        }
    }
    let after = fs::read(&copy).map_err(|error| unreadable(&copy, &error))?;
    Ok(Change::WriteText {
        path: file.to_owned(),
        before: Some(before),
        after,
        mode_if_new: 0o644,
    })
}

/// git holds this lock while it writes the file (lockfile.c); a symlink's lock is beside the real file.
fn check_free(file: &Path) -> Result<(), Trouble> {
    let lock = |file: &Path| {
        let mut name = file.as_os_str().to_owned();
        name.push(".lock");
        PathBuf::from(name)
    };
    let real = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let mut locks = [lock(file), lock(&real)].into_iter();
    match locks.find(|lock| lock.symlink_metadata().is_ok()) {
        None => Ok(()),
        Some(lock) => Err(Trouble::new(
            "Another git is changing its settings now.",
            say!("Its lock is there: {}", Text::path(&lock)),
            "Wait until it is done, then try again. If no git runs, remove that file.",
        )
        .exit(Exit::Unfinished)),
    }
}

fn unreadable(file: &Path, error: &std::io::Error) -> Trouble {
    Trouble::io(
        say!("{} cannot be changed.", Text::path(file)),
        error,
        "Look who owns the file, and who may write it.",
    )
    .exit(Exit::Unfinished)
}

fn refused(file: &Path, said: &str) -> Trouble {
    impossible(say!(
        "git does not change {}: {}",
        Text::path(file),
        Text::quoted(said.trim())
    ))
}

/// A pattern for exactly this value: `git config` takes extended regular expressions, and `--fixed-value`
/// only since 2.30.
fn only(value: &str) -> String {
    let mut pattern = String::from("^");
    for c in value.chars() {
        if r".[]{}()*+?^$|\".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('$');
    pattern
}
