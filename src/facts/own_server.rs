//! Is the target this very computer, so that the server's side can be looked at as well?

use std::path::{Path, PathBuf};

use super::Effective;
use crate::key::public::Public;
use crate::machine::Machine;

/// The person's own account, seen as a server sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnServer {
    /// `~/.ssh/authorized_keys`.
    pub file: PathBuf,
    /// Fingerprints of the keys in it.
    pub keys: Vec<String>,
    /// The file or folder that others may write to, so that sshd passes the list over
    /// (`StrictModes`, on unless it is switched off), with its mode.
    pub open: Option<(PathBuf, u32)>,
}

/// Looks when the target is the account that runs us, on this computer.
pub fn look(machine: &Machine, effective: &Effective) -> Option<OwnServer> {
    let host = effective.host_name();
    let is_here = matches!(host, "localhost" | "127.0.0.1" | "::1") || host == machine.computer;
    if !is_here || effective.user() != machine.user || effective.proxy().is_some() {
        return None;
    }
    let folder = machine.ssh_dir();
    let file = folder.join("authorized_keys");
    let text = std::fs::read_to_string(&file).ok()?;
    let keys = text.lines().filter_map(fingerprint).collect();
    // sshd looks from the file up to the home (auth.c `safe_path`).
    let open = [file.as_path(), &folder, &machine.ssh_home]
        .into_iter()
        .find_map(|path| Some((path.to_owned(), open_mode(path)?)));
    Some(OwnServer { file, keys, open })
}

/// Options may stand before the key, with blanks inside quotes.
fn fingerprint(line: &str) -> Option<String> {
    let starts = std::iter::once(0).chain(line.match_indices(' ').map(|(at, _)| at + 1));
    starts
        .filter_map(|at| Public::from_line(&line[at..]))
        .map(|public| public.fingerprint)
        .next()
}

/// The mode, when group or others may write.
#[cfg(unix)]
fn open_mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o7777;
    (mode & 0o022 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_mode(_: &Path) -> Option<u32> {
    None
}
