//! How does a report get into a file without taking another one's place?

use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::Report;
use crate::say;
use crate::text::Text;
use crate::trouble::{Exit, Trouble};

/// So many reports of one minute get names of their own.
const MOST: usize = 20;

/// Writes a new file that only the person can read.
///
/// # Errors
/// When there is such a file already, or it cannot be written: then there is none.
pub fn save(file: &Path, text: &str) -> Result<(), Trouble> {
    create(file, text).map_err(|error| trouble(file, &error))
}

/// Writes both forms beside each other, with a number behind the name where that is taken.
///
/// # Errors
/// When one of them cannot be written: then there is neither.
pub fn save_both(stem: &Path, report: &Report) -> Result<Vec<PathBuf>, Trouble> {
    let named = |number: usize, ending: &str| {
        let mut name = stem.as_os_str().to_owned();
        if number > 1 {
            name.push(format!("-{number}"));
        }
        name.push(ending);
        PathBuf::from(name)
    };
    let free = (1..MOST).find(|number| {
        [".md", ".json"]
            .iter()
            .all(|ending| !named(*number, ending).exists())
    });
    let number = free.unwrap_or(MOST);
    let (markdown, json) = (named(number, ".md"), named(number, ".json"));
    save(&markdown, &report.markdown())?;
    save(&json, &report.json()).inspect_err(|_| {
        // It was made just now, and is half of what was asked for.
        let _ = std::fs::remove_file(&markdown);
    })?;
    Ok(vec![markdown, json])
}

fn create(file: &Path, text: &str) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(file)?;
    let written = opened
        .write_all(text.as_bytes())
        .and_then(|()| opened.sync_all());
    if written.is_err() {
        // It is ours, and half of a report is none.
        let _ = std::fs::remove_file(file);
    }
    written
}

/// The refusal to save a report in the place of something else.
pub fn taken(file: &Path) -> Trouble {
    let what = say!("The report was not saved in {}.", Text::path(file));
    let trouble = if file.is_dir() {
        Trouble::new(
            what,
            "That is a folder, and I never overwrite anything.",
            "Name a new file in it.",
        )
    } else {
        Trouble::new(
            what,
            "There is a file of that name, and I never overwrite one.",
            "Choose another name.",
        )
    };
    trouble.exit(Exit::RolledBack)
}

fn trouble(file: &Path, error: &io::Error) -> Trouble {
    let what = say!("The report was not saved in {}.", Text::path(file));
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if error.kind() == ErrorKind::AlreadyExists {
        return taken(file);
    }
    let trouble = if folder.is_some_and(|folder| !folder.exists()) {
        Trouble::new(
            what,
            "Its folder does not exist.",
            "Make the folder, or choose another.",
        )
    } else {
        Trouble::io(what, error, "Choose a folder that you can write to.")
    };
    trouble.exit(Exit::RolledBack)
}
