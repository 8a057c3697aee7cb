//! Whatever goes wrong: a clear trouble, and nothing lost.

use std::fs;
use std::io;
use std::process::Command;

use sshstep::plan::{Change, Failure, Moment, Run, Watch};
use sshstep::trouble::{Exit, Trouble};

use crate::home::{CANARY, Home, go, read};

pub fn home() -> (tempfile::TempDir, Home) {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path());
    (dir, home)
}

/// Applies one change that must fail, with nothing changed and exit code 4.
pub fn refused(home: &Home, change: Change) -> String {
    let before = home.picture();
    let mut run = home.run();
    let failure = go(&mut run, vec![change]).unwrap_err();
    assert_eq!(home.picture(), before, "{}", read(failure));
    assert!(matches!(failure, Failure::TakenBack(_)), "{failure:?}");
    let trouble = Trouble::from(failure);
    assert_eq!(trouble.exit, Exit::RolledBack);
    read(trouble)
}

#[test]
fn what_is_in_the_way_is_named() {
    let (_dir, home) = home();
    home.dir("folder", 0o700);
    home.link("dangling", "nowhere");
    home.link("loop", "loop");
    home.put("file", "x", 0o600);
    let fifo = Command::new("mkfifo").arg(home.path("fifo")).status();
    assert!(fifo.unwrap().success());
    for (name, word) in [
        ("folder", "is a folder"),
        ("dangling", "link to a file that does not exist"),
        ("loop", "symbolic links"),
        ("missing/config", "does not exist"),
        ("file/config", "could not be changed"),
        ("fifo", "not a plain file"),
    ] {
        let said = refused(
            &home,
            Change::WriteText {
                path: home.path(name),
                before: None,
                after: b"x".to_vec(),
                mode_if_new: 0o600,
            },
        );
        assert!(said.contains(word), "{name}: {said}");
        assert!(said.contains("Nothing was changed."), "{name}: {said}");
    }
    let said = refused(
        &home,
        Change::MakeDir {
            path: home.path("file"),
            mode: 0o700,
        },
    );
    assert!(said.contains("is not a folder"), "{said}");
    let said = refused(
        &home,
        Change::MakeDir {
            path: home.path("a/b"),
            mode: 0o700,
        },
    );
    assert!(said.contains("does not exist"), "{said}");
    assert!(!home.state().exists(), "a refusal needs no journal");
}

#[test]
fn a_file_changed_since_the_preview_is_told_apart() {
    let (_dir, home) = home();
    home.put("config", "old", 0o600);
    let change = home.change("config", "new");
    home.put("config", "edited", 0o600);
    let failure = go(&mut home.run(), vec![change]).unwrap_err();
    assert!(matches!(failure, Failure::ChangedSince(_)));
    assert_eq!(home.text("config"), "edited");
    let appeared = Change::WriteText {
        path: home.path("config"),
        before: None,
        after: vec![],
        mode_if_new: 0o600,
    };
    assert!(matches!(
        go(&mut home.run(), vec![appeared]),
        Err(Failure::ChangedSince(_))
    ));
    assert!(!home.state().exists());
}

#[test]
fn an_edit_in_the_last_moment_is_not_lost_and_earlier_changes_go_back() {
    let (_dir, home) = home();
    home.put("first", "1", 0o640);
    home.put("config", "old", 0o600);
    let path = home.path("config");
    let mut seen = 0;
    let mut run = home.run().watched(Watch::new(move |moment| {
        seen += usize::from(moment == Moment::TempWritten);
        if seen == 2 {
            fs::write(&path, "edited")?;
        }
        Ok(())
    }));
    let changes = vec![home.change("first", "2"), home.change("config", "new")];
    let failure = go(&mut run, changes).unwrap_err();
    assert!(matches!(failure, Failure::ChangedSince(_)), "{failure:?}");
    assert!(read(failure).contains("as it was"));
    assert_eq!(
        (home.text("first"), home.text("config")),
        ("1".into(), "edited".into())
    );
    assert_eq!(home.picture().len(), 2, "no temporary file stays");
    assert!(!home.undo(), "nothing is left to undo");
}

#[test]
fn a_failure_at_any_moment_leaves_everything_as_it_was() {
    for at in 1.. {
        let (_dir, home) = home();
        home.put("config", "old", 0o644);
        home.put("mode", "m", 0o666);
        home.put("ours", "o", 0o640);
        home.dir("empty", 0o750);
        let before = home.picture();
        let mut count = 0;
        let mut run = home.run().watched(Watch::new(move |_| {
            count += 1;
            if count == at {
                Err(io::Error::other("It was told to fail"))
            } else {
                Ok(())
            }
        }));
        let changes = vec![
            Change::MakeDir {
                path: home.path("dir"),
                mode: 0o700,
            },
            home.change("dir/config", "text"),
            home.change("config", "new"),
            Change::SetMode {
                path: home.path("mode"),
                before: 0o666,
                after: 0o600,
            },
            Change::RemoveOurs {
                path: home.path("ours"),
                expected: b"o".to_vec(),
            },
            Change::RemoveOurDir {
                path: home.path("empty"),
            },
        ];
        match go(&mut run, changes) {
            Ok(receipt) => {
                assert_eq!(receipt.changed.len(), 6);
                assert!(at > 30, "only {at} moments");
                return;
            }
            Err(failure) => {
                assert!(
                    matches!(failure, Failure::TakenBack(_)),
                    "{at}: {failure:?}"
                );
                assert_eq!(home.picture(), before, "{at}: {}", read(failure));
            }
        }
        drop(run);
        assert!(!home.undo() || home.picture() == before, "{at}");
    }
}

#[test]
fn what_cannot_be_taken_back_is_named() {
    let (_dir, home) = home();
    home.put("first", "1", 0o600);
    home.put("second", "1", 0o600);
    let first = home.path("first");
    let mut seen = 0;
    let mut run = home.run().watched(Watch::new(move |moment| {
        seen += usize::from(moment == Moment::TempWritten);
        if seen == 2 {
            fs::write(&first, "somebody else")?;
            return Err(io::Error::other("It was told to fail"));
        }
        Ok(())
    }));
    let changes = vec![home.change("first", "2"), home.change("second", "2")];
    let failure = go(&mut run, changes).unwrap_err();
    assert!(matches!(failure, Failure::LeftBehind(_)));
    let said = read(failure);
    assert!(said.contains("first (somebody else changed it)"), "{said}");
    assert!(said.contains("The old texts are in"), "{said}");
    assert_eq!(
        (home.text("first"), home.text("second")),
        ("somebody else".into(), "1".into())
    );
}

#[test]
fn a_key_is_never_overwritten_copied_or_deleted() {
    let (_dir, home) = home();
    home.put("id.pub", "mine", 0o600);
    home.put("id_b", "mine", 0o600);
    home.link("id_c", "nowhere");
    for name in ["id", "id_b", "id_c"] {
        assert!(refused(&home, home.new_key(name)).contains("exists already"));
    }
    home.put("config", "old", 0o600);
    for (before, after) in [("old", CANARY), (CANARY, "old")] {
        home.put("config", before, 0o600);
        assert!(refused(&home, home.change("config", after)).contains("private key"));
    }
    home.put("id_b.pub", "x", 0o600);
    for (name, expected) in [("id_b.pub", "x"), ("config", CANARY)] {
        let change = Change::RemoveOurs {
            path: home.path(name),
            expected: expected.into(),
        };
        assert!(refused(&home, change).contains("never deletes a key"));
    }
    // A key that was made stays when a later change fails.
    let changes = vec![
        Change::MakeDir {
            path: home.path(".ssh"),
            mode: 0o700,
        },
        home.new_key(".ssh/id"),
        home.change("none/config", "x"),
    ];
    let failure = go(&mut home.run(), changes).unwrap_err();
    assert!(
        matches!(failure, Failure::TakenBack(_)),
        "looked at before: {failure:?}"
    );
    assert!(!home.path(".ssh").exists());
    let blocked = home.path(".ssh/config");
    let mut run = home.run().watched(Watch::new(move |moment| {
        if moment == Moment::CopiesKept
            && blocked.parent().is_some_and(|dir| dir.join("id").exists())
        {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }));
    let changes = vec![
        Change::MakeDir {
            path: home.path(".ssh"),
            mode: 0o700,
        },
        home.new_key(".ssh/id"),
        home.change(".ssh/config", "x"),
    ];
    let failure = go(&mut run, changes).unwrap_err();
    assert!(matches!(failure, Failure::TakenBack(_)), "{failure:?}");
    assert!(read(failure).contains("sshstep never deletes a key"));
    assert_eq!(home.text(".ssh/id"), CANARY);
    assert!(!home.path(".ssh/config").exists());
}

#[test]
fn a_second_one_is_told_and_may_only_look() {
    let (_dir, home) = home();
    home.put("config", "old", 0o600);
    let early = home.run();
    let mut first = home.run();
    assert!(!home.state().exists(), "looking leaves nothing");
    first.note_step("key").unwrap();
    let trouble = Run::begin(&home.state(), "x").err().unwrap();
    assert_eq!(trouble.exit, Exit::Unfinished);
    assert!(read(trouble).contains(&format!("process {}", std::process::id())));
    // Begun before the other one wrote: it is told at its first write.
    let mut early = early;
    let failure = go(&mut early, vec![home.change("config", "new")]).unwrap_err();
    assert!(read(failure).contains("Another sshstep"));
    assert_eq!(home.text("config"), "old");
    assert!(sshstep::plan::interrupted(&home.state()).unwrap().is_none());
    drop(first);
    assert!(go(&mut early, vec![home.change("config", "new")]).is_ok());
}
