//! Where does a demo live, and how is a killed one cleared away?
//!
//! In a private folder of the system's temporary folder, with a file `owner` that is locked as
//! long as the demo runs. The system drops the lock with the process, however that ends; so a
//! folder whose lock is free has no owner any more. (A process id alone could be somebody else's by
//! then; it is in the file for people.)

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

/// A demo's folder, removed when dropped.
pub(super) struct Folder {
    // Fields are dropped in this order: Windows removes no folder in which a file is open.
    _owner: File,
    dir: TempDir,
}

impl Folder {
    /// Makes the folder, and removes those that killed demos of the same person left behind.
    pub(super) fn create() -> Result<Self, Trouble> {
        let mut failed = None;
        for place in places() {
            clear(&place);
            match make(&place) {
                Ok(folder) => return Ok(folder),
                Err(error) => failed = Some((place, error)),
            }
        }
        let what = "The demo has no place for its temporary folder.";
        let hint = "Set TMPDIR (on Windows TEMP) to a folder that you can write to.";
        Err(match failed {
            Some((place, error)) => Trouble::io(
                say!(
                    "The demo could not make a folder in {}.",
                    Text::path(&place)
                ),
                &error,
                hint,
            ),
            None => Trouble::new(
                what,
                "No temporary folder has a path that ssh can use.",
                hint,
            ),
        })
    }

    /// The folder's absolute path: nothing in it needs escaping in an ssh config but a quote around it.
    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }
}

const PREFIX: &str = "sshstep-demo-";
const OWNER: &str = "owner";

/// The temporary folder, and `/tmp` where that one's path is too long or odd.
fn places() -> Vec<PathBuf> {
    let mut places = vec![std::env::temp_dir()];
    if cfg!(unix) {
        places.push(PathBuf::from("/tmp"));
    }
    places.retain(|place| suits(place));
    places.dedup();
    places
}

/// A socket's path has room for 104 bytes on macOS and 108 on Linux, its end included. And ssh reads
/// `%`, `$`, `*`, quotes and more in paths, each in another place.
#[cfg(unix)]
fn suits(place: &Path) -> bool {
    const ROOM: usize = 103 - "/sshstep-demo-XXXXXX/agent.sock".len();
    place.is_absolute()
        && place.to_str().is_some_and(|path| {
            path.len() <= ROOM
                && path
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"/._+,@:=-".contains(&b))
        })
}

#[cfg(windows)]
fn suits(place: &Path) -> bool {
    place.is_absolute()
        && place
            .to_str()
            .is_some_and(|path| !path.contains(['%', '$', '[', ']']))
}

fn make(place: &Path) -> std::io::Result<Folder> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    // Without this, the folder would be as open as the umask lets it be. On Windows the temporary
    // folder is inside the account's profile, which is closed to others.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let dir = builder.tempdir_in(place)?;
    let owner = hold(dir.path())?;
    Ok(Folder { _owner: owner, dir })
}

/// Removes the abandoned folders in `place`. What cannot be read or removed is left alone: it may
/// be somebody else's, and it is in nobody's way.
fn clear(place: &Path) {
    for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
        let named = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if named && let Some(lock) = abandoned(&entry.path()) {
            let held = cfg!(unix).then_some(lock);
            let _ = std::fs::remove_dir_all(entry.path());
            drop(held);
        }
    }
}

/// Makes the owner's file. It gets its name when it is locked already, so that nobody who looks in
/// between takes the folder for abandoned.
#[cfg(unix)]
fn hold(dir: &Path) -> std::io::Result<File> {
    let unlocked = dir.join("owner.new");
    let mut file = File::create_new(&unlocked)?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive)?;
    writeln!(file, "{}", std::process::id())?;
    std::fs::rename(unlocked, dir.join(OWNER))?;
    Ok(file)
}

/// Makes the owner's file, which nobody else can open while we have it open.
#[cfg(windows)]
fn hold(dir: &Path) -> std::io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt as _;
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .share_mode(0)
        .open(dir.join(OWNER))?;
    writeln!(file, "{}", std::process::id())?;
    Ok(file)
}

/// The lock of a folder that is ours and whose owner is gone.
#[cfg(unix)]
fn abandoned(dir: &Path) -> Option<File> {
    use rustix::fs::{FlockOperation, Mode, OFlags};
    use std::os::unix::fs::MetadataExt as _;
    let found = std::fs::symlink_metadata(dir).ok()?;
    let ours = found.uid() == rustix::process::geteuid().as_raw();
    if !found.is_dir() || !ours || found.mode() & 0o077 != 0 {
        return None;
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = File::from(rustix::fs::open(dir.join(OWNER), flags, Mode::empty()).ok()?);
    rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).ok()?;
    Some(file)
}

/// The lock of a folder whose owner is gone; other people's temporary folders are elsewhere.
#[cfg(windows)]
fn abandoned(dir: &Path) -> Option<File> {
    use std::os::windows::fs::OpenOptionsExt as _;
    let owner = dir.join(OWNER);
    File::options().write(true).share_mode(0).open(owner).ok()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn only_an_abandoned_folder_of_ours_is_cleared() {
        let place = tempfile::tempdir().unwrap();
        let alive = make(place.path()).unwrap();
        let dead = make(place.path()).unwrap();
        let open = make(place.path()).unwrap();
        let Folder { _owner, dir } = dead;
        let dead = dir.keep();
        drop(_owner);
        let Folder { _owner, dir } = open;
        let open = dir.keep();
        drop(_owner);
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o755)).unwrap();
        let unfinished = place.path().join("sshstep-demo-unfinished");
        std::fs::create_dir(&unfinished).unwrap();

        clear(place.path());

        assert!(alive.path().exists());
        assert!(!dead.exists());
        assert!(open.exists(), "not private: not made by us");
        assert!(unfinished.exists(), "no owner yet");
    }

    #[test]
    fn the_folder_is_private_and_goes_when_dropped() {
        let place = tempfile::tempdir().unwrap();
        let folder = make(place.path()).unwrap();
        let path = folder.path().to_owned();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o700);
        let owner = std::fs::read_to_string(path.join(OWNER)).unwrap();
        assert_eq!(owner.trim(), std::process::id().to_string());
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn odd_and_long_places_are_passed_over() {
        assert!(suits(Path::new("/tmp")));
        assert!(suits(Path::new(
            "/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T"
        )));
        assert!(!suits(Path::new("/tmp/a b")));
        assert!(!suits(Path::new("/tmp/100%")));
        assert!(!suits(Path::new("tmp")));
        assert!(!suits(&Path::new("/").join("x".repeat(80))));
    }
}
