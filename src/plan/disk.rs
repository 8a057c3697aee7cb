//! How does one file go from old to new in a single step that cannot be half-done?
//!
//! A temporary file in the same folder, complete and on the disk, takes the place of the old one
//! by a rename. Whatever goes wrong before leaves the old file; after it there is the new one.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::owner;
use crate::say;
use crate::text::Text;
use crate::trouble::{Exit, Trouble};

/// A point on the way of a change, for tests that stop or fail there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The copies for undo are kept; nothing was written down about the change yet.
    CopiesKept,
    /// The journal says what will be done.
    Intended,
    /// An empty temporary file exists.
    TempMade,
    /// The temporary file is complete and on the disk.
    TempWritten,
    /// The old file has another name, and still its own as well where it can.
    SetAside,
    /// The file is the new one.
    Replaced,
    /// The folder is on the disk, too.
    FolderSynced,
    /// A mode was set, a folder made, or something removed.
    Changed,
    /// The journal says that it was done.
    Done,
    /// A change was taken back; the journal does not say so yet.
    TakenBack,
}

/// Who is told about each [`Moment`], and may end the attempt there with an error.
#[derive(Default)]
pub struct Watch(Option<Box<dyn FnMut(Moment) -> io::Result<()> + Send>>);

impl Watch {
    /// A watch that calls `told`.
    pub fn new(told: impl FnMut(Moment) -> io::Result<()> + Send + 'static) -> Self {
        Self(Some(Box::new(told)))
    }

    pub(super) fn at(&mut self, moment: Moment) -> io::Result<()> {
        self.0.as_mut().map_or(Ok(()), |told| told(moment))
    }
}

/// Why an attempt ended.
pub(super) enum Stop {
    /// The file is not what was previewed.
    Changed(Trouble),
    /// It cannot be done.
    Failed(Trouble),
}

impl Stop {
    pub(super) fn failed(path: &Path, error: &io::Error) -> Self {
        Self::Failed(trouble(
            say!("{} could not be changed.", Text::path(path)),
            path,
            error,
        ))
    }

    /// A key file has the name already, and is not overwritten.
    pub(super) fn exists(path: &Path) -> Self {
        Self::Failed(
            Trouble::new(
                say!("{} exists already.", Text::path(path)),
                "A key file is never overwritten.",
                "Choose another file name.",
            )
            .exit(Exit::RolledBack),
        )
    }

    /// Always before the change lands: whoever gets this has changed nothing.
    pub(super) fn changed(path: &Path) -> Self {
        Self::Changed(
            Trouble::new(
                say!(
                    "{} was changed by somebody else since you saw the preview.",
                    Text::path(path)
                ),
                "",
                "Look at the new preview.",
            )
            .exit(Exit::RolledBack),
        )
    }
}

/// A failed write, with a hint that fits the reason.
pub(super) fn trouble(what: Text, path: &Path, error: &io::Error) -> Trouble {
    let folder = Text::path(path.parent().unwrap_or(path));
    let hint = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "Free some space, then try again.".into()
        }
        ErrorKind::ReadOnlyFilesystem => "Make the disk writable, then try again.".into(),
        ErrorKind::PermissionDenied => say!(
            "See who may write in {}, and whether it or the file is locked (chmod, lsattr).",
            folder
        ),
        _ => say!("See whether {} can be written, then try again.", folder),
    };
    Trouble::io(what, error, hint).exit(Exit::RolledBack)
}

/// Where a path leads.
pub(super) struct Place {
    /// The file itself, without symlinks.
    pub(super) real: PathBuf,
    /// What it is; `None`: it does not exist, and its folder does.
    pub(super) found: Option<fs::Metadata>,
}

/// Follows the symlinks of a path to a text file that can be replaced.
pub(super) fn locate(path: &Path) -> Result<Place, Trouble> {
    let refused = |what: Text, why: Text, hint: Text| {
        Err(Trouble::new(what, why, hint).exit(Exit::RolledBack))
    };
    let shown = || Text::path(path);
    let unreadable =
        |error: &io::Error| trouble(say!("{} could not be changed.", shown()), path, error);
    match fs::canonicalize(path) {
        Ok(real) => {
            let found = fs::metadata(&real).map_err(|error| unreadable(&error))?;
            if found.is_dir() {
                return refused(
                    say!("{} is a folder.", shown()),
                    "A file was expected there.".into(),
                    say!("Move the folder away, then try again."),
                );
            }
            if !found.is_file() {
                return refused(
                    say!("{} is not a plain file.", shown()),
                    "Only plain files are changed.".into(),
                    Text::default(),
                );
            }
            Ok(Place {
                real,
                found: Some(found),
            })
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if let Ok(to) = fs::read_link(path) {
                return refused(
                    say!("{} is a link to a file that does not exist.", shown()),
                    say!("It points to {}.", Text::path(&to)),
                    "Make that file, or remove the link, then try again.".into(),
                );
            }
            let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
                return Err(unreadable(&error));
            };
            match fs::canonicalize(folder) {
                Ok(folder) => Ok(Place {
                    real: folder.join(name),
                    found: None,
                }),
                Err(error) if error.kind() == ErrorKind::NotFound => refused(
                    say!("{} could not be made.", shown()),
                    say!("The folder {} does not exist.", Text::path(folder)),
                    "Make the folder, then try again.".into(),
                ),
                Err(error) => Err(unreadable(&error)),
            }
        }
        Err(error) => Err(unreadable(&error)),
    }
}

/// Whether the file holds exactly this; `None`: it does not exist. Never waits for a pipe.
pub(super) fn holds(path: &Path, expected: Option<&[u8]>) -> io::Result<bool> {
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(expected.is_none()),
        Err(error) => return Err(error),
    };
    match expected {
        Some(bytes) if found.is_file() && found.len() == bytes.len() as u64 => {
            let mut now = zeroize::Zeroizing::new(Vec::with_capacity(bytes.len() + 1));
            File::open(path)?
                .take(found.len() + 1)
                .read_to_end(&mut now)?;
            Ok(*now == bytes)
        }
        Some(_) | None => Ok(false),
    }
}

/// What a plain file holds; `None`: it does not exist.
pub(super) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => fs::read(path).map(Some),
        Ok(_) => Err(ErrorKind::InvalidInput.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A text file that goes from one content to another.
pub(super) struct Swap<'a> {
    /// The file as the person knows it.
    pub(super) path: &'a Path,
    /// Where that leads.
    pub(super) place: &'a Place,
    /// The name of the temporary file, in the same folder.
    pub(super) temp: &'a Path,
    /// What it must still hold; `None`: it must not exist.
    pub(super) before: Option<&'a [u8]>,
    /// What it gets.
    pub(super) after: &'a [u8],
    /// Its permissions if it is new.
    pub(super) mode_if_new: u32,
}

/// Replaces the text of a file, or makes the file. Mode, owner and extended attributes of an
/// existing file stay; nothing happens when it does not hold what it should any more.
pub(super) fn replace(swap: &Swap, watch: &mut Watch) -> Result<(), Stop> {
    let failed = |error: io::Error| Stop::failed(swap.path, &error);
    let real = &swap.place.real;
    let mut file = make_temp(swap.temp).map_err(failed)?;
    watch.at(Moment::TempMade).map_err(failed)?;
    file.write_all(swap.after).map_err(failed)?;
    match &swap.place.found {
        Some(old) => owner::keep(real, old, file.as_file()).map_err(failed)?,
        None => owner::set_mode(swap.temp, swap.mode_if_new).map_err(failed)?,
    }
    file.as_file().sync_all().map_err(failed)?;
    watch.at(Moment::TempWritten).map_err(failed)?;
    // The last look before the step: the path may lead elsewhere by now, or hold something else.
    let now = locate(swap.path).map_err(Stop::Failed)?;
    if now.real != *real || !holds(real, swap.before).map_err(failed)? {
        return Err(Stop::changed(swap.path));
    }
    match swap.before {
        Some(_) => file.persist(real).map_err(|lost| failed(lost.error))?,
        None => persist_new(file, real).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Stop::changed(swap.path),
            _ => failed(error),
        })?,
    };
    watch.at(Moment::Replaced).map_err(failed)?;
    sync_folder(real).map_err(failed)?;
    watch.at(Moment::FolderSynced).map_err(failed)
}

/// Makes a file that does not exist yet, complete from the start, and reads it back.
pub(super) fn create(
    path: &Path,
    temp: &Path,
    bytes: &[u8],
    mode: u32,
    watch: &mut Watch,
) -> io::Result<()> {
    let mut file = make_temp(temp)?;
    watch.at(Moment::TempMade)?;
    file.write_all(bytes)?;
    owner::set_mode(temp, mode)?;
    file.as_file().sync_all()?;
    watch.at(Moment::TempWritten)?;
    persist_new(file, path)?;
    watch.at(Moment::Replaced)?;
    sync_folder(path)?;
    watch.at(Moment::FolderSynced)?;
    if holds(path, Some(bytes))? {
        Ok(())
    } else {
        Err(io::Error::other("It reads back differently"))
    }
}

/// Puts the folder of `path` on the disk, so that a new name in it survives a power cut.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// A temporary file of exactly this name, 0600, removed again unless it is persisted.
pub(super) fn make_temp(temp: &Path) -> io::Result<NamedTempFile> {
    let (Some(folder), Some(name)) = (temp.parent(), temp.file_name()) else {
        return Err(ErrorKind::InvalidInput.into());
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(name).suffix("").rand_bytes(0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o600));
    }
    builder.tempfile_in(folder)
}

fn persist_new(file: NamedTempFile, path: &Path) -> io::Result<File> {
    file.persist_noclobber(path).map_err(|lost| lost.error)
}
