//! What is kept when a file is changed: links, modes, owners, attributes; and what is written down.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use rustix::fs::{XattrFlags, getxattr, setxattr};
use rustix::process::geteuid;
use sshstep::plan::{Change, Outcome};

use crate::home::{CANARY, Home, PUBLIC, go};

#[test]
fn link_mode_owner_and_attributes_stay() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path());
    home.dir("dotfiles", 0o755);
    home.put("dotfiles/config", "old\n", 0o2640);
    home.link("config", "dotfiles/config");
    let real = home.path("dotfiles/config");
    if geteuid().is_root() {
        chown(&real, Some(1234), Some(4321)).unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o2640)).unwrap();
    }
    let attributes = setxattr(&real, "user.note", b"mine", XattrFlags::empty()).is_ok();
    let before = home.picture();
    let receipt = go(&mut home.run(), vec![home.change("config", "old\nnew\n")]).unwrap();
    assert_eq!(receipt.changed[0].summary.reveal(), "1 line added");
    let mut after = home.picture();
    assert_eq!(after[&real].4, b"old\nnew\n");
    after.get_mut(&real).unwrap().4 = b"old\n".to_vec();
    assert_eq!(after, before);
    if attributes {
        let mut value = [0; 8];
        let length = getxattr(&real, "user.note", &mut value).unwrap();
        assert_eq!(&value[..length], b"mine");
    }
    assert!(home.undo());
    assert_eq!(home.picture(), before);
}

#[test]
fn new_files_have_the_mode_that_was_shown() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path());
    let changes = vec![
        Change::MakeDir {
            path: home.path(".ssh"),
            mode: 0o755,
        },
        home.new_key(".ssh/id"),
        home.change(".ssh/config", "x\n"),
    ];
    let receipt = go(&mut home.run(), changes).unwrap();
    assert_eq!(receipt.changed.len(), 3);
    assert_eq!(home.text(".ssh/id"), CANARY);
    assert_eq!(home.text(".ssh/id.pub"), format!("{PUBLIC}\n"));
    for (name, mode) in [
        (".ssh", 0o755),
        (".ssh/id", 0o600),
        (".ssh/id.pub", 0o644),
        (".ssh/config", 0o600),
    ] {
        assert_eq!(home.mode(name), mode, "{name}");
    }
}

#[test]
fn what_needs_no_change_is_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path());
    home.put("config", "x", 0o600);
    let changes = vec![
        Change::MakeDir {
            path: home.path(""),
            mode: 0o700,
        },
        home.change("config", "x"),
        Change::SetMode {
            path: home.path("config"),
            before: 0o644,
            after: 0o600,
        },
        Change::RemoveOurDir {
            path: home.path(""),
        },
    ];
    let receipt = go(&mut home.run(), changes).unwrap();
    assert_eq!(
        (receipt.changed.len(), receipt.notes.len(), receipt.run),
        (0, 4, None)
    );
    assert!(!home.state().exists());
}

#[test]
fn the_state_folder_is_private_and_knows_no_secret() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path());
    fs::create_dir_all(home.state()).unwrap();
    fs::set_permissions(home.state(), fs::Permissions::from_mode(0o755)).unwrap();
    home.put("config", "old", 0o644);
    let target = "https://ana:canary4711@git.example/x";
    let mut run = sshstep::plan::Run::begin(&home.state(), target).unwrap();
    run.note_step("key").unwrap();
    go(
        &mut run,
        vec![home.new_key("id"), home.change("config", "new")],
    )
    .unwrap();
    run.end(Outcome::Finished).unwrap();
    let mut files = 0;
    let mut folders = vec![home.state()];
    while let Some(folder) = folders.pop() {
        assert_eq!(
            fs::metadata(&folder).unwrap().permissions().mode() & 0o777,
            0o700
        );
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
            let text = fs::read_to_string(&path).unwrap();
            assert!(!text.contains("canary4711"), "{}: {text}", path.display());
        }
    }
    assert_eq!(files, 4, "lock, journal, and the old and new text");
}

#[test]
fn a_name_that_is_not_utf8_is_written_and_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path());
    let path = home
        .root
        .join("home")
        .join(Path::new(OsStr::from_bytes(b"c\xff\nnfig")));
    if fs::write(&path, "old").is_err() {
        return;
    }
    let before = home.picture();
    let change = Change::WriteText {
        path: path.clone(),
        before: Some(b"old".to_vec()),
        after: b"new".to_vec(),
        mode_if_new: 0o600,
    };
    go(&mut home.run(), vec![change]).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert!(home.undo());
    assert_eq!(home.picture(), before);
}
