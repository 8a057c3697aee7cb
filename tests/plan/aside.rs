//! A file steps aside for a mended one: the old or the new at any moment, and back again.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use rustix::process::geteuid;
use sshstep::plan::{
    Aside, Change, Failure, Landed, Mended, Moment, Outcome, Plan, Watch, apply, interrupted,
    last_undoable, preview,
};
use sshstep::secret::Secret;
use sshstep::text::Vocabulary;
use sshstep::trouble::Trouble;

use crate::failures::home;
use crate::helper::{
    CHANGING, KillAt, deadly, killed, killed_as_nobody, passes, process_of_nobody,
};
use crate::home::{CANARY, Home, go, read};

/// The key as it must not be: with Windows line ends.
fn broken() -> String {
    CANARY.replace('\n', "\r\n")
}

fn key(home: &Home, name: &str) -> Change {
    let bytes = fs::read(home.path(name)).unwrap();
    let text = Secret::new(CANARY.to_owned().into());
    let mended = Mended::key(&text, 0o600, "line ends mended".into());
    Change::SetAside(Aside::of_file(&home.path(name), &bytes, mended))
}

fn own_copy(home: &Home, name: &str) -> Change {
    let bytes = fs::read(home.path(name)).unwrap();
    let mended = Mended::own_copy(&bytes, 0o600);
    Change::SetAside(Aside::of_file(&home.path(name), &bytes, mended))
}

/// Where the old file goes.
fn other_name(change: &Change) -> PathBuf {
    match change {
        Change::SetAside(aside) => aside.other_name().to_owned(),
        _ => panic!("it sets nothing aside"),
    }
}

fn inode(path: &std::path::Path) -> u64 {
    fs::metadata(path).unwrap().ino()
}

/// What the home looks like before.
fn furnish(home: &Home) {
    home.dir("keys", 0o755);
    home.put("keys/work", &broken(), 0o644);
    home.link("id", "keys/work");
    home.put("config", "Host x\n", 0o640);
}

fn changes(home: &Home) -> Vec<Change> {
    vec![
        key(home, "id"),
        own_copy(home, "config"),
        home.change("known_hosts", "x\n"),
    ]
}

#[test]
fn a_key_is_mended_behind_its_link_and_comes_back_as_the_same_file() {
    let (_dir, home) = home();
    furnish(&home);
    let before = home.picture();
    let old = inode(&home.path("keys/work"));
    let change = key(&home, "id");
    let aside = other_name(&change);
    assert_eq!(
        aside.parent(),
        Some(&*fs::canonicalize(home.path("keys")).unwrap())
    );
    let name = aside.file_name().unwrap().to_str().unwrap().to_owned();
    assert!(name.starts_with("work.old-20"), "{name}");
    let mut run = home.run();
    let receipt = go(&mut run, vec![change]).map_err(Trouble::from).unwrap();
    assert_eq!(receipt.changed[0].kind, "set-aside");
    run.end(Outcome::Finished).unwrap();
    assert!(fs::symlink_metadata(home.path("id")).unwrap().is_symlink());
    assert_eq!((home.text("id"), home.mode("id")), (CANARY.into(), 0o600));
    assert_eq!(inode(&aside), old);
    assert_eq!(fs::metadata(&aside).unwrap().mode() & 0o7777, 0o600);
    assert_eq!(fs::read_to_string(&aside).unwrap(), broken());
    for file in fs::read_dir(home.state().join("runs")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!text.contains("canary4711"), "{text}");
    }
    assert!(home.undo());
    assert_eq!(home.picture(), before);
    assert_eq!(inode(&home.path("keys/work")), old);
    assert!(!home.undo());
}

#[test]
fn its_preview_shows_no_key() {
    let (_dir, home) = home();
    home.put("id", &broken(), 0o644);
    let shown = preview(&Plan::new("x", vec![key(&home, "id")]));
    let vocabulary = Vocabulary::default();
    let heading = vocabulary.show(&shown[0].heading());
    assert!(
        heading.contains("line ends mended, old file kept as id.old-20"),
        "{heading}"
    );
    assert!(shown[0].hunks.is_empty() && shown[0].notes.is_empty());
}

#[test]
fn a_name_that_is_taken_is_not_used() {
    let (_dir, home) = home();
    home.put("id", &broken(), 0o600);
    let first = other_name(&key(&home, "id"));
    fs::write(&first, "somebody's").unwrap();
    let second = key(&home, "id");
    assert_ne!(other_name(&second), first);
    // Taken after the preview: by then, and in the last moment.
    let taken = other_name(&second);
    fs::write(&taken, "somebody's").unwrap();
    let before = home.picture();
    let failure = go(&mut home.run(), vec![second]).unwrap_err();
    assert!(read(failure).contains("exists already"));
    assert_eq!(home.picture(), before);
    let third = key(&home, "id");
    let taken = other_name(&third);
    let mut run = home.run().watched(Watch::new(move |moment| {
        if moment == Moment::TempWritten {
            fs::write(&taken, "somebody's")?;
        }
        Ok(())
    }));
    let failure = go(&mut run, vec![third]).unwrap_err();
    assert!(matches!(failure, Failure::ChangedSince(_)), "{failure:?}");
    assert_eq!(home.text("id"), broken());
    assert_eq!(
        home.picture().len(),
        before.len() + 1,
        "only what was written there"
    );
}

#[test]
fn a_file_edited_since_stays() {
    let (_dir, home) = home();
    home.put("id", &broken(), 0o600);
    let change = key(&home, "id");
    home.put("id", "another\n", 0o600);
    let failure = go(&mut home.run(), vec![change]).unwrap_err();
    assert!(matches!(failure, Failure::ChangedSince(_)));
    assert_eq!(home.picture().len(), 1);
    // After it was mended: what the person wrote is not thrown away, and the old file is named.
    home.put("id", &broken(), 0o600);
    let change = key(&home, "id");
    let aside = other_name(&change);
    let mut run = home.run();
    go(&mut run, vec![change]).unwrap();
    run.end(Outcome::Finished).unwrap();
    drop(run);
    home.put("id", "a new key\n", 0o600);
    let undo = last_undoable(&home.state()).unwrap().unwrap().plan();
    assert!(undo.plan.is_empty());
    assert!(undo.kept[0].reveal().contains(aside.to_str().unwrap()));
    // The mended one thrown away: the old one comes back.
    fs::remove_file(home.path("id")).unwrap();
    assert!(home.undo());
    assert_eq!(home.text("id"), broken());
    assert!(!aside.exists());
}

#[test]
fn an_old_file_that_is_gone_takes_nothing_with_it() {
    let (_dir, home) = home();
    home.put("id", &broken(), 0o600);
    let change = key(&home, "id");
    let aside = other_name(&change);
    let mut run = home.run();
    go(&mut run, vec![change]).unwrap();
    run.end(Outcome::Finished).unwrap();
    drop(run);
    fs::remove_file(aside).unwrap();
    let undo = last_undoable(&home.state()).unwrap().unwrap().plan();
    assert!(undo.plan.is_empty() && undo.kept[0].reveal().contains("is gone"));
    assert_eq!(home.text("id"), CANARY);
}

#[test]
fn a_socket_gets_another_name_and_is_not_opened() {
    let (_dir, home) = home();
    let _listener = UnixListener::bind(home.path("cm")).unwrap();
    let before = home.picture();
    let change = Change::SetAside(Aside::of_socket(&home.path("cm")));
    let aside = other_name(&change);
    let mut run = home.run();
    go(&mut run, vec![change]).map_err(Trouble::from).unwrap();
    run.end(Outcome::Finished).unwrap();
    drop(run);
    assert!(!home.path("cm").exists() && aside.exists());
    assert!(home.undo());
    assert_eq!(home.picture(), before);
    // A new master took the name: it stays.
    let change = Change::SetAside(Aside::of_socket(&home.path("cm")));
    let aside = other_name(&change);
    let mut run = home.run();
    go(&mut run, vec![change]).unwrap();
    run.end(Outcome::Finished).unwrap();
    drop(run);
    let _new = UnixListener::bind(home.path("cm")).unwrap();
    let undo = last_undoable(&home.state()).unwrap().unwrap().plan();
    assert!(
        undo.plan.is_empty() && aside.exists(),
        "{}",
        undo.kept.len()
    );
}

#[test]
fn two_repairs_of_one_file_go_back_one_after_the_other() {
    let (_dir, home) = home();
    home.put("config", "1\n", 0o644);
    let before = home.picture();
    let mut run = home.run();
    for _ in 0..2 {
        go(&mut run, vec![own_copy(&home, "config")]).unwrap();
    }
    go(&mut run, vec![home.change("config", "1\n2\n")]).unwrap();
    go(
        &mut run,
        vec![Change::SetMode {
            path: home.path("config"),
            before: 0o600,
            after: 0o640,
        }],
    )
    .unwrap();
    run.end(Outcome::Finished).unwrap();
    assert_eq!(home.picture().len(), 3);
    assert!(home.undo());
    assert_eq!(home.picture(), before);
}

#[test]
fn a_failure_at_any_moment_leaves_everything_as_it_was() {
    for direction in ["forward", "undo"] {
        for at in 1.. {
            let (_dir, home) = home();
            furnish(&home);
            let mut before = home.picture();
            if direction == "undo" {
                let mut run = home.run();
                go(&mut run, changes(&home)).unwrap();
                run.end(Outcome::Finished).unwrap();
                before = home.picture();
            }
            let mut count = 0;
            let mut run = home.run().watched(Watch::new(move |_| {
                count += 1;
                if count == at {
                    Err(io::Error::other("It was told to fail"))
                } else {
                    Ok(())
                }
            }));
            let done = match last_undoable(&home.state()).unwrap() {
                Some(last) => apply(last.plan().plan, &mut run),
                None => go(&mut run, changes(&home)),
            };
            match done {
                Ok(_) => {
                    assert!(at > 14, "{direction}: only {at} moments");
                    break;
                }
                Err(failure) => {
                    assert!(
                        matches!(failure, Failure::TakenBack(_)),
                        "{at}: {failure:?}"
                    );
                    assert_eq!(
                        home.picture(),
                        before,
                        "{direction} {at}: {}",
                        read(failure)
                    );
                }
            }
        }
    }
}

/// In the second process.
pub fn forward(home: &Home) {
    let mut run = home.run().watched(deadly(|_| false));
    go(&mut run, changes(home)).map_err(Trouble::from).unwrap();
    run.end(Outcome::Finished).unwrap();
}

/// In the second process: the end of the last change fails, and everything is taken back.
pub fn rollback(home: &Home) {
    let mut done = 0;
    let mut run = home.run().watched(deadly(move |moment| {
        done += usize::from(moment == Moment::Done);
        moment == Moment::Done && done == 3
    }));
    assert!(go(&mut run, changes(home)).is_err());
    run.end(Outcome::Left).unwrap();
}

/// In the second process: an earlier run is taken back.
pub fn undo(home: &Home) {
    let last = last_undoable(&home.state()).unwrap().unwrap();
    let mut run = home.run().watched(deadly(|_| false));
    apply(last.plan().plan, &mut run)
        .map_err(Trouble::from)
        .unwrap();
    run.end(Outcome::Finished).unwrap();
}

#[test]
fn killed_at_any_moment() {
    for (scenario, at_least) in [("aside", 20), ("aside rollback", 28), ("aside undo", 12)] {
        for at in 1.. {
            if !survives(scenario, KillAt::Moment(at)) {
                assert!(at > at_least, "{scenario} has only {at} moments");
                break;
            }
        }
    }
}

#[test]
#[ignore = "needs strace; takes minutes"]
fn killed_at_any_system_call() {
    for scenario in ["aside", "aside rollback", "aside undo"] {
        let mut kills = 0;
        for call in CHANGING {
            for at in 1.. {
                if !survives(scenario, KillAt::SystemCall(call, at)) {
                    break;
                }
                kills += 1;
            }
        }
        assert!(kills > 20, "{scenario}: only {kills} kills");
    }
}

/// One kill, and everything that must hold afterwards. False when nothing was killed.
fn survives(scenario: &str, at: KillAt) -> bool {
    let (dir, home) = home();
    furnish(&home);
    let old = home.picture();
    if scenario == "aside undo" {
        forward(&home);
    }
    if killed(scenario, dir.path(), at) {
        return false;
    }
    // Never neither, never a mixture.
    let key = home.text("id");
    assert!(
        [broken(), CANARY.into()].contains(&key),
        "{scenario} {at:?}"
    );
    assert_eq!(home.text("config"), "Host x\n");
    settled_and_undone(&home, &format!("{scenario} {at:?}"));
    assert_eq!(home.picture(), old, "{scenario} {at:?}");
    true
}

/// The next start: what was cut short is finished or taken back, and undo takes back the rest.
fn settled_and_undone(home: &Home, what: &str) {
    if let Some(found) = interrupted(&home.state()).unwrap() {
        let split = found.cut.iter().any(|cut| cut.landed == Landed::Other);
        assert!(!split, "{what}: nobody else was there");
        found.settle().unwrap();
    }
    for path in home.picture().into_keys() {
        assert!(
            !path.to_str().unwrap().ends_with(".tmp"),
            "{what}: {}",
            path.display()
        );
    }
    while home.undo() {}
}

/// A file of root in a folder of nobody: it can have no second name (`protected_hardlinks`).
fn furnish_for_nobody(home: &Home) {
    home.put("config", "Host x\n", 0o644);
    chown(home.path(""), Some(65534), Some(65534)).unwrap();
}

pub fn with_somebody_elses_config(home: &Home) {
    let mut run = home.run().watched(deadly(|_| false));
    go(&mut run, vec![own_copy(home, "config")])
        .map_err(Trouble::from)
        .unwrap();
    run.end(Outcome::Finished).unwrap();
    let found = fs::metadata(home.path("config")).unwrap();
    assert_eq!(
        (found.uid(), found.mode() & 0o7777),
        (geteuid().as_raw(), 0o600)
    );
    assert_eq!(home.text("config"), "Host x\n");
    assert_eq!(home.picture().len(), 2);
}

pub fn and_back(home: &Home) {
    while home.undo() {}
}

#[test]
fn somebody_elses_file_is_kept_as_it_is_beside_our_copy() {
    if !geteuid().is_root() {
        return;
    }
    let (dir, home) = home();
    furnish_for_nobody(&home);
    let before = home.picture();
    passes(process_of_nobody("aside foreign", dir.path()));
    passes(process_of_nobody("aside foreign back", dir.path()));
    assert_eq!(home.picture(), before);
}

#[test]
fn killed_between_two_renames() {
    if !geteuid().is_root() {
        return;
    }
    let mut was_gone = 0;
    let (dir, home) = home();
    for at in 1.. {
        fs::remove_dir_all(dir.path().join("home")).unwrap();
        let _ = fs::remove_dir_all(dir.path().join("state"));
        let home = Home::new(&home.root);
        furnish_for_nobody(&home);
        let before = home.picture();
        if killed_as_nobody("aside foreign", dir.path(), at) {
            assert!(at > 8, "only {at} moments");
            break;
        }
        was_gone += usize::from(!home.path("config").exists());
        settled_and_undone(&home, &format!("moment {at}"));
        assert_eq!(home.picture(), before, "{at}");
    }
    assert!(was_gone <= 1, "{was_gone} moments without the file");
}
