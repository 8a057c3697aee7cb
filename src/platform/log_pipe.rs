//! How does the log that a program writes reach us, without being kept where nobody reads it?
//!
//! A program may outlive us (ssh's shared connections do) and would write into a removed file for
//! days. Into a pipe without a reader it writes nothing.

use std::fs::File;
use std::io;
use std::path::Path;

/// Makes the place to write to, and opens our end: reading never waits.
///
/// # Errors
/// When the folder is not writable.
#[cfg(unix)]
pub fn make(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    nix::unistd::mkfifo(path, nix::sys::stat::Mode::from_bits_truncate(0o600))?;
    let flags = rustix::fs::OFlags::NONBLOCK.bits();
    File::options()
        .read(true)
        .custom_flags(flags.cast_signed())
        .open(path)
}

/// Makes the place to write to, and opens our end: a file, where the system has no such pipes.
///
/// # Errors
/// When the folder is not writable.
#[cfg(not(unix))]
pub fn make(path: &Path) -> io::Result<File> {
    File::options()
        .read(true)
        .append(true)
        .create_new(true)
        .open(path)
}
