//! kill -9 at every moment: each file is wholly old or wholly new, and the next start says which.

use std::fs;
use std::path::{Path, PathBuf};

use sshstep::plan::{
    Change, CutChange, Interrupted, Landed, Moment, Outcome, Run, apply, interrupted, last_undoable,
};
use sshstep::trouble::Trouble;

use crate::helper::{CHANGING, KillAt, deadly, killed, under_strace};
use crate::home::{CANARY, Home, PUBLIC, go};

const CONFIGS: [&str; 3] = [
    "Host *\n  User ana\n",
    "Host x\nHost *\n  User ana\n",
    "Host y\nHost x\nHost *\n  User ana",
];
const KNOWN: &str = "github.com ssh-ed25519 AAAA\n";

/// What the home looks like before.
fn furnish(root: &Path) -> Home {
    let home = Home::new(root);
    home.dir("dotfiles", 0o755);
    home.put("dotfiles/config", CONFIGS[0], 0o640);
    home.link("config", "dotfiles/config");
    home.put("id_old", "a key\n", 0o644);
    home
}

fn changes(home: &Home) -> Vec<Change> {
    let config = |from: usize| Change::WriteText {
        path: home.path("config"),
        before: Some(CONFIGS[from].into()),
        after: CONFIGS[from + 1].into(),
        mode_if_new: 0o600,
    };
    vec![
        Change::MakeDir {
            path: home.path(".ssh"),
            mode: 0o700,
        },
        home.new_key(".ssh/id"),
        Change::WriteText {
            path: home.path(".ssh/known_hosts"),
            before: None,
            after: KNOWN.into(),
            mode_if_new: 0o600,
        },
        config(0),
        Change::SetMode {
            path: home.path("id_old"),
            before: 0o644,
            after: 0o600,
        },
        config(1),
    ]
}

/// Whether change number `at` of the above is on the disk.
fn is_new(home: &Home, at: usize) -> bool {
    match at {
        0 => home.path(".ssh").is_dir(),
        1 => home.path(".ssh/id").exists(),
        2 => home.path(".ssh/known_hosts").exists(),
        3 => home.text("config") == CONFIGS[1],
        4 => home.mode("id_old") == 0o600,
        _ => home.text("config") == CONFIGS[2],
    }
}

/// In the second process: all goes well until it is killed.
pub fn forward(home: &Home) {
    let mut run = home.run().watched(deadly(|_| false));
    play(home, &mut run);
    run.end(Outcome::Finished).unwrap();
}

/// In the second process: the end of the last change fails, and everything is taken back.
pub fn rollback(home: &Home) {
    let mut done = 0;
    let mut run = home.run().watched(deadly(move |moment| {
        done += usize::from(moment == Moment::Done);
        moment == Moment::Done && done == 6
    }));
    run.note_step("config").unwrap();
    assert!(go(&mut run, changes(home)).is_err());
    run.end(Outcome::Left).unwrap();
}

/// In the second process: an earlier run is taken back.
pub fn undo(home: &Home) {
    let last = last_undoable(&home.state()).unwrap().unwrap();
    let mut run = home.run().watched(deadly(|_| false));
    run.note_step("config").unwrap();
    apply(last.plan().plan, &mut run)
        .map_err(Trouble::from)
        .unwrap();
    run.end(Outcome::Finished).unwrap();
}

fn play(home: &Home, run: &mut Run) {
    run.note_step("config").unwrap();
    go(run, changes(home)).map_err(Trouble::from).unwrap();
}

#[test]
fn killed_on_the_way_forward() {
    kill_everywhere(
        "forward",
        40,
        |_| {},
        |home, found| {
            // Every change before the cut one is done, every one after it was not begun.
            let at = found.done.len();
            assert!(found.cut.len() <= 1);
            for CutChange { landed, .. } in &found.cut {
                let expected = if is_new(home, at) {
                    Landed::New
                } else {
                    Landed::Old
                };
                assert_eq!(*landed, expected);
            }
        },
    );
}

#[test]
fn killed_while_a_failed_plan_is_taken_back() {
    kill_everywhere("rollback", 40, |_| {}, |_, _| {});
}

#[test]
fn killed_during_undo() {
    kill_everywhere(
        "undo",
        15,
        |home| {
            let mut run = home.run();
            play(home, &mut run);
            run.end(Outcome::Finished).unwrap();
        },
        |_, _| {},
    );
}

#[test]
#[ignore = "needs strace; takes minutes"]
fn killed_at_every_system_call() {
    for scenario in ["forward", "rollback"] {
        let mut kills = 0;
        for call in CHANGING {
            for at in 1.. {
                let at = KillAt::SystemCall(call, at);
                if !survives(scenario, at, Journal::AsLeft, &|_| {}, &|_, _| {}) {
                    break;
                }
                kills += 1;
            }
        }
        assert!(kills > 80, "{scenario}: only {kills} kills");
    }
}

/// In the second process: all goes well, or all is as it was (but for the key, if it was made).
pub fn with_one_error(home: &Home) {
    let mut before = home.picture();
    let mut run = home.run();
    if let Err(failure) = go(&mut run, changes(home)) {
        let mut now = home.picture();
        if home.path(".ssh/id").exists() {
            for kept in [".ssh", ".ssh/id", ".ssh/id.pub"] {
                before.remove(&home.path(kept));
                now.remove(&home.path(kept));
            }
        }
        assert_eq!(
            now,
            before,
            "THE TREE DIFFERS: {}",
            crate::home::read(failure)
        );
    }
}

#[test]
#[ignore = "needs strace; takes minutes"]
fn one_failing_system_call() {
    for error in ["EIO", "ENOSPC", "EACCES"] {
        let mut failures = 0;
        for call in CHANGING {
            for at in 1.. {
                let dir = tempfile::tempdir().unwrap();
                let home = furnish(dir.path());
                let what = format!("error={error}:when={at}");
                let mut process = under_strace("one error", dir.path(), call, &what);
                let done = process.output().unwrap();
                // The test harness itself may be hit while it prints.
                let said = String::from_utf8_lossy(&done.stderr);
                assert!(
                    !said.contains("THE TREE DIFFERS"),
                    "{error} {call} {at}: {said}"
                );
                if done.status.success() && is_new(&home, 5) {
                    break;
                }
                failures += 1;
            }
        }
        assert!(failures > 60, "{error}: only {failures} failures");
    }
}

enum Journal {
    AsLeft,
    Torn,
}

/// Kills the scenario at its first moment, its second, and so on until it comes to its end; once
/// with the journal as it was left, and once with its last line torn.
fn kill_everywhere(
    scenario: &str,
    at_least: usize,
    before: impl Fn(&Home),
    check: impl Fn(&Home, &Interrupted),
) {
    for journal in [|| Journal::AsLeft, || Journal::Torn] {
        for at in 1.. {
            if !survives(scenario, KillAt::Moment(at), journal(), &before, &check) {
                assert!(at > at_least, "{scenario} has only {at} moments");
                break;
            }
        }
    }
}

/// One kill, and everything that must hold afterwards. False when nothing was killed.
fn survives(
    scenario: &str,
    at: KillAt,
    journal: Journal,
    before: &impl Fn(&Home),
    check: &impl Fn(&Home, &Interrupted),
) -> bool {
    let dir = tempfile::tempdir().unwrap();
    let home = furnish(dir.path());
    let old = home.picture();
    before(&home);
    if killed(scenario, dir.path(), at) {
        return false;
    }
    nothing_is_half_written(&home);
    let torn = match journal {
        Journal::AsLeft => false,
        Journal::Torn => tear(&home),
    };
    match interrupted(&home.state()).unwrap() {
        Some(found) => {
            assert_eq!(found.target.reveal(), "github");
            let split = found.cut.iter().any(|cut| cut.landed == Landed::Other);
            assert!(!split, "{scenario} {at:?}: nobody else was there");
            match at {
                KillAt::Moment(_) => {
                    assert!(torn || found.step.as_deref() == Some("config"));
                    check(&home, &found);
                }
                KillAt::SystemCall(..) => {}
            }
            found.settle().unwrap();
        }
        // Before its first record, or after its last one.
        None => assert!(matches!(at, KillAt::SystemCall(..))),
    }
    assert!(interrupted(&home.state()).unwrap().is_none());
    assert!(
        temps(&home).is_empty(),
        "{scenario} {at:?}: {:?}",
        temps(&home)
    );
    let pair = [".ssh/id", ".ssh/id.pub"].map(|half| home.path(half).exists());
    assert_eq!(pair[0], pair[1]);
    while home.undo() {}
    let mut now = home.picture();
    if pair[0] {
        for kept in [".ssh", ".ssh/id", ".ssh/id.pub"] {
            now.remove(&home.path(kept));
        }
    }
    assert_eq!(now, old, "{scenario} {at:?}");
    true
}

fn nothing_is_half_written(home: &Home) {
    let temps = temps(home);
    for (path, (kind, mode, _, _, bytes)) in home.picture() {
        let name = path.strip_prefix(home.path("")).unwrap().to_str().unwrap();
        let text = String::from_utf8(bytes).unwrap();
        if temps.contains(&path) {
            assert_eq!((kind, name.contains("id")), ("file", false));
            continue;
        }
        match name {
            "dotfiles" => assert_eq!((kind, mode), ("dir", 0o755)),
            "config" => assert_eq!((kind, text.as_str()), ("link", "dotfiles/config")),
            "dotfiles/config" => {
                assert!(CONFIGS.contains(&text.as_str()), "{text}");
                assert_eq!(mode, 0o640);
            }
            "id_old" => assert!(text == "a key\n" && [0o644, 0o600].contains(&mode)),
            ".ssh" => assert_eq!((kind, mode), ("dir", 0o700)),
            ".ssh/id" => assert_eq!((text.as_str(), mode), (CANARY, 0o600)),
            ".ssh/id.pub" => assert_eq!((text.trim_end(), mode), (PUBLIC, 0o644)),
            ".ssh/known_hosts" => assert_eq!((text.as_str(), mode), (KNOWN, 0o600)),
            other => panic!("what is {other}?"),
        }
    }
}

/// Leftovers; nobody but the owner may read them, whatever is in them.
fn temps(home: &Home) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in home.picture().into_keys() {
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.starts_with(".sshstep-") && name.ends_with(".tmp") {
            found.push(path);
        }
    }
    found
}

/// Cuts the last record somewhere, where a power cut could have done so: before anything that
/// comes after it had happened. False when it could not.
fn tear(home: &Home) -> bool {
    let mut journals: Vec<PathBuf> = fs::read_dir(home.state().join("runs"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .collect();
    journals.sort();
    let journal = journals.pop().unwrap();
    let text = fs::read_to_string(&journal).unwrap();
    let last = text.lines().next_back().unwrap();
    let begun = interrupted(&home.state()).unwrap().unwrap();
    let landed = begun.cut.iter().any(|cut| cut.landed == Landed::New);
    if last.contains("\"start\"")
        || last.contains("\"intend\"") && (landed || !temps(home).is_empty())
    {
        return false;
    }
    let cut = 1 + text.len() * 7 % last.len();
    fs::write(&journal, &text[..text.len() - cut]).unwrap();
    true
}
