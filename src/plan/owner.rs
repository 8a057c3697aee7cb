//! Whose is a file, who may read it, and how does it keep that when it is replaced?

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Permission bits of a file or folder; a fixed value where the system has none.
pub(super) fn mode(found: &fs::Metadata) -> u32 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        found.permissions().mode() & 0o7777
    }
    #[cfg(not(unix))]
    {
        let _ = found;
        0o600
    }
}

/// Sets permission bits; does nothing where the system has none.
pub(super) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
    }
    #[cfg(not(unix))]
    {
        let _ = (path, mode);
        Ok(())
    }
}

/// Makes a folder that nobody else can enter until its mode is set.
pub(super) fn make_folder(path: &Path, mode: u32) -> io::Result<()> {
    let builder = fs::DirBuilder::new();
    #[cfg(unix)]
    let builder = {
        use std::os::unix::fs::DirBuilderExt;
        let mut builder = builder;
        builder.mode(0o700);
        builder
    };
    builder.create(path)?;
    set_mode(path, mode)
}

/// Whether a file of somebody else would become ours by being replaced.
pub(super) fn belongs_to_another(found: &fs::Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let us = rustix::process::geteuid();
        !us.is_root() && found.uid() != us.as_raw()
    }
    #[cfg(not(unix))]
    {
        let _ = found;
        false
    }
}

/// Gives the temporary file what the old one has beside its text.
#[cfg(unix)]
pub(super) fn keep(real: &Path, old: &fs::Metadata, temp: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let new = temp.metadata()?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        fchown(temp, Some(old.uid()), Some(old.gid()))?;
    }
    keep_attributes(real, temp)?;
    // Last, because giving a file away clears bits, and an access list writes some.
    temp.set_permissions(old.permissions())
}

#[cfg(not(unix))]
pub(super) fn keep(_: &Path, _: &fs::Metadata, _: &File) -> io::Result<()> {
    Ok(())
}

/// Extended attributes. Only a lost access list is an error: without it the group bits, which are
/// then only its upper bound, would let others in.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "macos"))]
fn keep_attributes(real: &Path, temp: &File) -> io::Result<()> {
    use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr};
    let old = File::open(real)?;
    let mut names = vec![0_u8; 64 * 1024];
    // A file system without attributes says so here.
    let Ok(length) = flistxattr(&old, names.as_mut_slice()) else {
        return Ok(());
    };
    for name in names[..length]
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
    {
        let mut value = vec![0_u8; 64 * 1024];
        let kept = fgetxattr(&old, name, value.as_mut_slice())
            .and_then(|length| fsetxattr(temp, name, &value[..length], XattrFlags::empty()));
        if let (Err(error), b"system.posix_acl_access") = (kept, name) {
            return Err(error.into());
        }
    }
    Ok(())
}

#[cfg(all(
    unix,
    not(any(target_os = "linux", target_os = "android", target_os = "macos"))
))]
fn keep_attributes(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}
