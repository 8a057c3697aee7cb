//! How does a report get into a file without taking another one's place?

use std::io::{ErrorKind, Write as _};
use std::path::Path;

use crate::say;
use crate::text::Text;
use crate::trouble::{Exit, Trouble};

/// Writes a new file that only the person can read.
///
/// # Errors
/// When there is such a file already, or it cannot be written: then there is none.
pub fn save(file: &Path, text: &str) -> Result<(), Trouble> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(file).map_err(|error| trouble(file, &error))?;
    let written = opened
        .write_all(text.as_bytes())
        .and_then(|()| opened.sync_all());
    written.map_err(|error| {
        drop(opened);
        // It is ours, and half of a report is none.
        let _ = std::fs::remove_file(file);
        trouble(file, &error)
    })
}

fn trouble(file: &Path, error: &std::io::Error) -> Trouble {
    let trouble = match error.kind() {
        ErrorKind::AlreadyExists => Trouble::new(
            say!("The report was not saved in {}.", Text::path(file)),
            "There is a file of that name, and I never overwrite one.",
            "Choose another name.",
        ),
        _ => Trouble::io(
            say!("The report was not saved in {}.", Text::path(file)),
            error,
            "Choose a folder that you can write to.",
        ),
    };
    trouble.exit(Exit::RolledBack)
}
