//! How does a file step aside, whole and under another name, for a mended one?
//!
//! The old file gets a second name first (a hard link), then the mended one takes its place by a
//! rename: at every moment there is one of them under the old name, and nothing is ever copied.
//! Where a file cannot have two names it is renamed twice, and what was cut short in between goes
//! back.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use jiff::Zoned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::disk::{self, Moment, Stop, Watch};
use super::interrupted::Landed;
use super::record::{sha256, stored_path};
use super::{holds_private_key, owner};
use crate::secret::Secret;
use crate::text::Text;

/// The mode of a file that was set aside, if it is ours to close.
const CLOSED: u32 = 0o600;

/// A file under its own name and the one that it gets.
pub struct Aside {
    /// The file as the person knows it.
    pub(super) path: PathBuf,
    /// Its other name, in the folder where it really is.
    pub(super) aside: PathBuf,
    pub(super) old: Old,
    pub(super) mended: Option<Mended>,
}

/// What is to be set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Old {
    /// A plain file with bytes of this SHA-256. A symlink is followed and stays.
    File { sha256: String },
    /// A socket, which is never opened; a symlink to one is renamed itself.
    Socket,
}

/// What takes the place of a file. It may be a private key, so it cannot be printed or copied.
pub struct Mended {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) mode: u32,
    pub(super) owner: Owner,
    /// What is different now, for the preview.
    pub(super) words: Text,
}

/// Whose the mended file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Owner {
    /// The old one's.
    Same,
    /// Ours.
    Us,
}

impl Mended {
    /// The same private key in a form that ssh reads. `words`: `line ends mended`.
    pub fn key(text: &Secret, mode: u32, words: Text) -> Self {
        Self {
            bytes: Zeroizing::new(text.reveal().as_bytes().to_vec()),
            mode,
            owner: Owner::Same,
            words,
        }
    }

    /// Our own copy of what belongs to somebody else.
    pub fn own_copy(bytes: &[u8], mode: u32) -> Self {
        Self {
            bytes: Zeroizing::new(bytes.to_vec()),
            mode,
            owner: Owner::Us,
            words: "a copy that belongs to you takes its place".into(),
        }
    }
}

impl Aside {
    /// A plain file that holds these bytes, with a mended one in its place.
    pub fn of_file(path: &Path, bytes: &[u8], mended: Mended) -> Self {
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        // A name that ssh's `Include` patterns pass over; a key is seen without `ls -a`.
        let mark = if holds_private_key(bytes) { "" } else { "." };
        Self {
            path: path.to_owned(),
            aside: free_name(&real, mark),
            old: Old::File {
                sha256: sha256(bytes),
            },
            mended: Some(mended),
        }
    }

    /// A socket in the way.
    pub fn of_socket(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            aside: free_name(path, ""),
            old: Old::Socket,
            mended: None,
        }
    }

    /// The name that the old file gets.
    pub fn other_name(&self) -> &Path {
        &self.aside
    }
}

/// A file that was set aside, on its way back.
pub struct Back {
    pub(super) record: Renamed,
    /// What is under its name now, as we wrote it: in case that this must be taken back in turn.
    pub(super) mended: Option<Mended>,
}

impl Back {
    /// The way back of a file that was set aside; `now` is what has its name, and holds what we
    /// wrote.
    pub(super) fn new(record: &Renamed, now: Option<Zeroizing<Vec<u8>>>) -> Self {
        Self {
            record: record.clone(),
            mended: now.map(|bytes| Mended {
                bytes,
                mode: record.new_mode,
                owner: record.new_owner,
                words: Text::default(),
            }),
        }
    }
}

/// `id_ed25519.old-20261121`, or with a number behind when that is taken.
fn free_name(real: &Path, mark: &str) -> PathBuf {
    let day = Zoned::now().strftime("%Y%m%d").to_string();
    let name = |more: String| {
        let mut name = OsString::from(mark);
        name.push(real.file_name().unwrap_or_default());
        name.push(format!(".old-{day}{more}"));
        real.with_file_name(name)
    };
    let is_free = |path: &PathBuf| fs::symlink_metadata(path).is_err();
    let more = (2..).map(|count| format!("-{count}"));
    std::iter::once(String::new())
        .chain(more)
        .map(name)
        .find(is_free)
        .unwrap_or_else(|| name(String::new()))
}

/// What is written down about a file that steps aside, or comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Renamed {
    #[serde(with = "stored_path")]
    pub(super) path: PathBuf,
    /// Where the symlinks led.
    #[serde(with = "stored_path")]
    pub(super) real: PathBuf,
    #[serde(with = "stored_path")]
    pub(super) aside: PathBuf,
    #[serde(with = "stored_path")]
    pub(super) temp: PathBuf,
    /// SHA-256 of the old file; none: a socket.
    pub(super) old: Option<String>,
    /// The mode that the old file has under its own name.
    pub(super) mode: u32,
    /// The one that it has under the other.
    pub(super) aside_mode: u32,
    /// SHA-256 of what took its place.
    pub(super) new: Option<String>,
    /// Mode and owner of that.
    pub(super) new_mode: u32,
    pub(super) new_owner: Owner,
}

impl Renamed {
    /// The record of a change that is about to be made; the file is as it was previewed.
    pub(super) fn stepping_aside(aside: &Aside, temp: &str) -> Result<Self, Stop> {
        let real = real(&aside.path, &aside.old)?;
        let found =
            fs::symlink_metadata(&real).map_err(|error| Stop::failed(&aside.path, &error))?;
        let mode = owner::mode(&found);
        let can_be_closed = match aside.old {
            Old::File { .. } => !owner::belongs_to_another(&found),
            Old::Socket => false,
        };
        let mended = aside.mended.as_ref();
        Ok(Self {
            path: aside.path.clone(),
            temp: real.with_file_name(temp),
            real,
            aside: aside.aside.clone(),
            old: match &aside.old {
                Old::File { sha256 } => Some(sha256.clone()),
                Old::Socket => None,
            },
            mode,
            aside_mode: if can_be_closed { CLOSED } else { mode },
            new: mended.map(|mended| sha256(&mended.bytes)),
            new_mode: mended.map_or(mode, |mended| mended.mode),
            new_owner: mended.map_or(Owner::Same, |mended| mended.owner),
        })
    }

    /// Whether the old file has this name.
    pub(super) fn is_old(&self, path: &Path) -> io::Result<bool> {
        match &self.old {
            Some(sha256) => has(path, sha256),
            None => Ok(is_socket(path)),
        }
    }

    /// On which side of stepping aside the disk is.
    pub(super) fn landed(&self) -> Landed {
        let Ok((real, aside)) = self
            .is_old(&self.real)
            .and_then(|real| Ok((real, self.is_old(&self.aside)?)))
        else {
            return Landed::Other;
        };
        let is_free = |path: &Path| fs::symlink_metadata(path).is_err();
        let both_are_one = aside && is_same(&self.real, &self.aside);
        let is_new = |new: &String| has(&self.real, new).unwrap_or(false);
        match (&self.new, aside && !both_are_one) {
            (Some(new), true) if is_new(new) => Landed::New,
            // Between two renames: the old one is whole, and goes back.
            (Some(_), true) if is_free(&self.real) => Landed::Old,
            (Some(_), true) => Landed::Other,
            // Also when something else has taken the name meanwhile, such as a new socket.
            (None, true) => Landed::New,
            (_, false) if real => Landed::Old,
            (_, false) => Landed::Other,
        }
    }

    /// On which side of coming back the disk is.
    pub(super) fn back_landed(&self) -> Landed {
        match (self.is_old(&self.real), self.is_old(&self.aside)) {
            (Ok(_), Ok(true)) => Landed::Old,
            (Ok(true), Ok(false)) => Landed::New,
            (Ok(_), Ok(_)) | (Err(_), _) | (_, Err(_)) => Landed::Other,
        }
    }

    /// Whether the old file waits under its other name, and its own is free or held by what we
    /// wrote.
    pub(super) fn is_there(&self) -> io::Result<bool> {
        let is_free = fs::symlink_metadata(&self.real).is_err();
        let is_ours = match &self.new {
            Some(new) => has(&self.real, new)?,
            None => false,
        };
        Ok((is_free || is_ours) && self.is_old(&self.aside)?)
    }

    /// Gives up a half-made step aside: the old file has its own name, and only that.
    pub(super) fn tidy(&self) -> io::Result<()> {
        if self.landed() != Landed::Old || !self.is_old(&self.aside)? {
            return Ok(());
        }
        if is_same(&self.real, &self.aside) {
            fs::remove_file(&self.aside)?;
        } else {
            rename_new(&self.aside, &self.real)?;
        }
        disk::sync_folder(&self.real)
    }

    /// The mode that the old file gets under its other name, last.
    pub(super) fn close(&self) -> io::Result<()> {
        set_mode(&self.aside, self.mode, self.aside_mode)
    }

    /// The mode that it gets back before its name.
    fn open(&self) -> io::Result<()> {
        set_mode(&self.aside, self.aside_mode, self.mode)
    }
}

fn set_mode(path: &Path, before: u32, after: u32) -> io::Result<()> {
    if before == after {
        return Ok(());
    }
    owner::set_mode(path, after)
}

/// Sets the file aside, and puts the mended one in its place.
pub(super) fn step_aside(
    record: &Renamed,
    mended: Option<&Mended>,
    watch: &mut Watch,
) -> Result<(), Stop> {
    let failed = |error: io::Error| Stop::failed(&record.path, &error);
    let done = match mended {
        Some(mended) => replace(record, mended, watch),
        None => {
            last_look(record)?;
            rename_new(&record.real, &record.aside).map_err(failed)
        }
    };
    if let Err(stop) = done {
        // If this fails as well, the next start does it: the journal knows of it.
        let _ = record.tidy();
        return Err(stop);
    }
    watch
        .at(Moment::Replaced)
        .and_then(|()| record.close())
        .and_then(|()| watch.at(Moment::Changed))
        .and_then(|()| disk::sync_folder(&record.real))
        .and_then(|()| watch.at(Moment::FolderSynced))
        .map_err(failed)
}

fn replace(record: &Renamed, mended: &Mended, watch: &mut Watch) -> Result<(), Stop> {
    let failed = |error: io::Error| Stop::failed(&record.path, &error);
    let mut file = disk::make_temp(&record.temp).map_err(failed)?;
    watch.at(Moment::TempMade).map_err(failed)?;
    file.write_all(&mended.bytes).map_err(failed)?;
    if record.new_owner == Owner::Same {
        let old = fs::metadata(&record.real).map_err(failed)?;
        owner::keep(&record.real, &old, file.as_file()).map_err(failed)?;
    }
    owner::set_mode(&record.temp, record.new_mode).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    watch.at(Moment::TempWritten).map_err(failed)?;
    last_look(record)?;
    match fs::hard_link(&record.real, &record.aside) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(Stop::changed(&record.aside));
        }
        // Not on this file system, or not with a file of somebody else.
        Err(_) => rename_new(&record.real, &record.aside).map_err(failed)?,
    }
    watch.at(Moment::SetAside).map_err(failed)?;
    file.persist(&record.real)
        .map(drop)
        .map_err(|lost| failed(lost.error))
}

/// The path may lead elsewhere by now, or to something else; the other name may be taken.
fn last_look(record: &Renamed) -> Result<(), Stop> {
    let old = match &record.old {
        Some(sha256) => Old::File {
            sha256: sha256.clone(),
        },
        None => Old::Socket,
    };
    let failed = |error: io::Error| Stop::failed(&record.path, &error);
    if real(&record.path, &old)? != record.real || !record.is_old(&record.real).map_err(failed)? {
        return Err(Stop::changed(&record.path));
    }
    if fs::symlink_metadata(&record.aside).is_ok() {
        return Err(Stop::changed(&record.aside));
    }
    Ok(())
}

/// The old file gets its own name back; what took its place goes away with that.
pub(super) fn come_back(record: &Renamed, watch: &mut Watch) -> Result<(), Stop> {
    let failed = |error: io::Error| Stop::failed(&record.path, &error);
    if !record.is_old(&record.aside).map_err(failed)? {
        return Err(Stop::changed(&record.aside));
    }
    // Its mode first: with the rename all is as it was.
    record
        .open()
        .and_then(|()| watch.at(Moment::Changed))
        .map_err(failed)?;
    match &record.new {
        Some(new) if has(&record.real, new).map_err(failed)? => {
            fs::rename(&record.aside, &record.real).map_err(failed)?;
        }
        Some(_) | None => {
            rename_new(&record.aside, &record.real).map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => Stop::changed(&record.path),
                _ => failed(error),
            })?;
        }
    }
    watch
        .at(Moment::Replaced)
        .and_then(|()| disk::sync_folder(&record.real))
        .and_then(|()| watch.at(Moment::FolderSynced))
        .map_err(failed)
}

/// Where the file really is.
pub(super) fn real(path: &Path, old: &Old) -> Result<PathBuf, Stop> {
    match old {
        Old::File { .. } => disk::locate(path)
            .map(|place| place.real)
            .map_err(Stop::Failed),
        Old::Socket => {
            let folder = path.parent().map(fs::canonicalize);
            match (folder, path.file_name()) {
                (Some(Ok(folder)), Some(name)) => Ok(folder.join(name)),
                (Some(Err(error)), _) => Err(Stop::failed(path, &error)),
                (_, _) => Err(Stop::failed(path, &ErrorKind::InvalidInput.into())),
            }
        }
    }
}

/// Whether the file under a name is the one that was previewed.
pub(super) fn is(path: &Path, old: &Old) -> io::Result<bool> {
    match old {
        Old::File { sha256 } => has(path, sha256),
        Old::Socket => Ok(is_socket(path)),
    }
}

/// Whether a plain file has bytes of this SHA-256.
fn has(path: &Path, expected: &str) -> io::Result<bool> {
    let is_plain = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    if !is_plain {
        return Ok(false);
    }
    let bytes = disk::read(path)?.map(Zeroizing::new);
    Ok(bytes.is_some_and(|bytes| sha256(&bytes) == expected))
}

#[cfg(unix)]
fn is_socket(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    fs::metadata(path).is_ok_and(|found| found.file_type().is_socket())
}

#[cfg(not(unix))]
fn is_socket(_: &Path) -> bool {
    false
}

/// Whether both are names of one file.
#[cfg(unix)]
fn is_same(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let file = |path: &Path| {
        fs::symlink_metadata(path)
            .ok()
            .map(|found| (found.dev(), found.ino()))
    };
    file(one).is_some() && file(one) == file(other)
}

/// A mended file has other bytes than the old one, where nothing can belong to somebody else.
#[cfg(not(unix))]
fn is_same(one: &Path, other: &Path) -> bool {
    let hash = |path: &Path| disk::read(path).ok().flatten().map(|bytes| sha256(&bytes));
    hash(one).is_some() && hash(one) == hash(other)
}

/// Renames without ever taking another file's place.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "macos"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // The file system does not know the flag.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            Ok(()) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    if fs::symlink_metadata(to).is_ok() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    fs::rename(from, to)
}
