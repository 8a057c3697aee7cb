//! The system says no: rights, owners, locks, space. A clear trouble, and nothing lost.

use std::fs;
use std::io;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;

use rustix::process::geteuid;
use sshstep::plan::{Failure, Run};

use crate::failures::{home, refused};
use crate::helper::{passes, process, process_of_nobody, process_with_limit};
use crate::home::{Home, go, read};

#[test]
fn a_read_only_folder_is_told() {
    let (dir, home) = home();
    home.dir("closed", 0o755);
    home.put("closed/config", "old", 0o644);
    home.put("first", "1", 0o644);
    for name in ["", "first", "closed/config"] {
        give(&home.path(name));
    }
    fs::set_permissions(
        home.path("closed"),
        std::os::unix::fs::PermissionsExt::from_mode(0o555),
    )
    .unwrap();
    passes(process_of_nobody("read-only folder", dir.path()));
}

pub fn in_a_read_only_folder(home: &Home) {
    let before = home.picture();
    let changes = vec![
        home.change("first", "2"),
        home.change("closed/config", "new"),
    ];
    let failure = go(&mut home.run(), changes).unwrap_err();
    let said = read(failure);
    assert!(
        said.contains("closed/config could not be changed."),
        "{said}"
    );
    assert!(
        said.contains("Permission denied") && said.contains("as it was"),
        "{said}"
    );
    assert_eq!(home.picture(), before);
}

#[test]
fn somebody_elses_file_is_not_taken_over() {
    if !geteuid().is_root() {
        return;
    }
    let (dir, home) = home();
    home.put("config", "old", 0o644);
    give(&home.path(""));
    passes(process_of_nobody("somebody else's file", dir.path()));
}

pub fn with_somebody_elses_file(home: &Home) {
    let said = refused(home, home.change("config", "new"));
    assert!(said.contains("belongs to somebody else"), "{said}");
}

#[test]
fn without_a_journal_nothing_is_written() {
    let (dir, home) = home();
    home.put("config", "old", 0o644);
    give(&home.path("config"));
    fs::create_dir(dir.path().join("state")).unwrap();
    fs::set_permissions(
        dir.path().join("state"),
        std::os::unix::fs::PermissionsExt::from_mode(0o555),
    )
    .unwrap();
    passes(process_of_nobody("closed state folder", dir.path()));
}

pub fn with_a_closed_state_folder(home: &Home) {
    // Run by its owner, the folder is closed by its mode; run by nobody, because it is root's.
    let said = refused(home, home.change("config", "new"));
    assert!(said.contains("Nothing can be written down in"), "{said}");
    assert!(home.run().note_step("key").is_err());
}

#[test]
fn a_locked_file_is_told() {
    let (_dir, home) = home();
    home.put("config", "old", 0o644);
    let lock = |how: &str| {
        Command::new("chattr")
            .arg(how)
            .arg(home.path("config"))
            .output()
            .is_ok_and(|done| done.status.success())
    };
    if !lock("+i") {
        eprintln!("skipped: chattr +i does not work here");
        return;
    }
    let before = home.picture();
    let failure = go(&mut home.run(), vec![home.change("config", "new")]).unwrap_err();
    assert!(lock("-i"));
    assert_eq!(home.picture(), before);
    assert!(read(failure).contains("lsattr"));
}

#[test]
fn a_full_disk_is_told() {
    let (dir, home) = home();
    home.dir("disk", 0o700);
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k,mode=0777", "none"])
        .arg(home.path("disk"))
        .output();
    if !mounted.is_ok_and(|done| done.status.success()) {
        eprintln!("skipped: no tmpfs can be mounted here");
        return;
    }
    let done = process("full disk", dir.path()).output().unwrap();
    let unmounted = Command::new("umount")
        .arg(home.path("disk"))
        .status()
        .unwrap();
    assert!(unmounted.success());
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stdout)
    );
}

pub fn on_a_full_disk(home: &Home) {
    home.put("first", "1", 0o600);
    home.put("disk/config", "old", 0o600);
    let before = home.picture();
    let big = "x".repeat(200 * 1024);
    let changes = vec![home.change("first", "2"), home.change("disk/config", &big)];
    let failure = go(&mut home.run(), changes).unwrap_err();
    assert!(matches!(failure, Failure::TakenBack(_)), "{failure:?}");
    let said = read(failure);
    assert!(
        said.contains("The disk is full.") && said.contains("Free some space"),
        "{said}"
    );
    assert_eq!(home.picture(), before);
    // The journal itself on the full disk: nothing is written without it.
    fs::write(home.path("disk/fill"), "").unwrap();
    let mut fill = fs::File::options()
        .append(true)
        .open(home.path("disk/fill"))
        .unwrap();
    while io::Write::write(&mut fill, &[0; 512]).is_ok() {}
    let before = home.picture();
    let mut run = Run::begin(&home.path("disk/state"), "x").unwrap();
    let failure = go(&mut run, vec![home.change("first", "2")]).unwrap_err();
    assert!(read(failure).contains("Nothing can be written down"));
    fs::remove_dir_all(home.path("disk/state")).ok();
    assert_eq!(home.picture(), before);
}

#[test]
fn a_file_beyond_the_size_limit_is_told() {
    let (dir, home) = home();
    home.put("config", "old", 0o600);
    passes(process_with_limit("size limit", dir.path(), 64));
    assert_eq!(home.text("config"), "old");
}

pub fn beyond_the_size_limit(home: &Home) {
    let said = refused(home, home.change("config", &"x".repeat(200 * 1024)));
    assert!(
        said.contains("could not be changed") || said.contains("can be written"),
        "{said}"
    );
}

/// Gives a file to nobody, where we may.
fn give(path: &Path) {
    if geteuid().is_root() {
        chown(path, Some(65534), Some(65534)).unwrap();
    }
}
