//! Can ssh share its connection as its settings ask (`ControlMaster`, `ControlPath`)?

use std::path::{Path, PathBuf};

use super::Effective;
use crate::machine::Machine;

/// The longest name of a socket (`sun_path`), its final NUL left out.
const LONGEST: usize = if cfg!(target_os = "macos") { 103 } else { 107 };
/// While ssh makes the socket, its name has a dot and 16 characters more (mux.c
/// `muxserver_listen`).
const WHILE_MADE: usize = 17;

/// Why sharing cannot work, so that ssh gives up even after it has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The socket that ssh would make.
    pub path: PathBuf,
    /// What is wrong with it.
    pub why: Fault,
}

/// What keeps the socket from being made or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its folder is not there.
    NoFolder,
    /// No socket can have so long a name.
    TooLong,
    /// Somebody took the connection and says nothing: ssh would wait for ever.
    Silent,
}

/// Looks at the socket that the settings name. `ssh -G` prints it with everything expanded.
pub fn look(machine: &Machine, effective: &Effective) -> Option<Broken> {
    let path = effective
        .first("controlpath")
        .filter(|path| *path != "none")?;
    let path = machine.expand(path);
    let length = path.as_os_str().len();
    let is_made = effective
        .first("controlmaster")
        .is_some_and(|value| !matches!(value, "no" | "false"));
    let folder_is_missing = path.parent().is_some_and(|folder| !folder.is_dir());
    let why = if length > LONGEST || (is_made && length + WHILE_MADE > LONGEST) {
        Fault::TooLong
    } else if is_made && folder_is_missing {
        Fault::NoFolder
    } else if is_silent(&path) {
        Fault::Silent
    } else {
        return None;
    };
    Some(Broken { path, why })
}

/// Whether a socket is there whose owner does not greet: a master says hello first (mux.c
/// `mux_master_read_cb`). A socket without an owner does no harm; ssh replaces it.
#[cfg(unix)]
fn is_silent(path: &Path) -> bool {
    use std::io::{ErrorKind, Read};
    use std::os::unix::fs::FileTypeExt;
    use std::time::Duration;

    /// A master on this machine answers at once, even a busy one.
    const LIMIT: Duration = Duration::from_secs(1);

    if !std::fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket()) {
        return false;
    }
    let Ok(mut socket) = std::os::unix::net::UnixStream::connect(path) else {
        return false;
    };
    let is_limited = socket.set_read_timeout(Some(LIMIT)).is_ok();
    is_limited
        && socket
            .read_exact(&mut [0])
            .is_err_and(|why| matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
}

/// Windows' ssh has no sharing.
#[cfg(not(unix))]
fn is_silent(_: &Path) -> bool {
    false
}
