//! Is another sshstep writing on this account right now?

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

/// The right to write, held until dropped. The system releases it when the process dies.
pub(super) struct Lock {
    file: fd_lock::RwLock<File>,
}

impl Lock {
    /// Takes the right to write; `None` when another process has it. The folder exists.
    pub(super) fn take(state_dir: &Path) -> io::Result<Option<Self>> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        Self::hold(options.open(state_dir.join(NAME))?)
    }

    /// Whether nobody has the right to write. Creates nothing.
    pub(super) fn is_free(state_dir: &Path) -> io::Result<bool> {
        match OpenOptions::new().write(true).open(state_dir.join(NAME)) {
            Ok(file) => Ok(Self::hold(file)?.is_some()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn hold(file: File) -> io::Result<Option<Self>> {
        let mut file = fd_lock::RwLock::new(file);
        match file.try_write() {
            // The guard borrows the file, so the two could not live in one struct. Forgotten, it
            // leaves the lock in place until `drop` below or the end of the process.
            Ok(guard) => std::mem::forget(guard),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error),
        }
        Ok(Some(Self { file }))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough while a child that is just being started still has the file open.
        // Locking again is free, and dropping that guard unlocks for all of them.
        drop(self.file.try_write());
    }
}

const NAME: &str = "lock";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_looking_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Lock::is_free(dir.path()).unwrap());
        assert!(!dir.path().join(NAME).exists());
        let first = Lock::take(dir.path()).unwrap();
        assert!(first.is_some());
        assert!(!Lock::is_free(dir.path()).unwrap());
        assert!(Lock::take(dir.path()).unwrap().is_none());
        drop(first);
        assert!(Lock::take(dir.path()).unwrap().is_some());
    }
}
