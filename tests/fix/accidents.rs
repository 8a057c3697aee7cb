//! The program itself, killed at every system call that changes something, and with each of them failing: is
//! every file the old one or the new one, and does the next start finish or take back?

use std::collections::BTreeSet;

use super::lab::{Lab, Output};
use super::person;

/// System calls by which a change comes about, or gets onto the disk.
const CHANGING: [&str; 9] = [
    "rename",
    "renameat2",
    "link",
    "linkat",
    "unlink",
    "chmod",
    "fchmod",
    "fsync",
    "fdatasync",
];

/// No repair makes so many of one call.
const MOST: usize = 200;

const BEFORE: &str = "Host github.com\n  IdentityFile ~/.ssh/work\n";
const AFTER: &str = "Host github.com\n  IdentityFile ~/.ssh/home\n";

/// Two causes, one after the other: the settings name another key, and the right one is open to others.
fn broken() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab.key("work").make();
    let known = lab.key("home").make();
    lab.server.publish(&known);
    lab.mode(".ssh/home", 0o640);
    lab.write(".ssh/config", BEFORE);
    lab
}

/// `fix --yes`, with something done to the `at`th of these calls of its main thread.
fn fix_with(lab: &Lab, call: &str, what: &str, at: usize) -> Output {
    let inject = format!("inject={call}:{what}:when={at}");
    lab.command("strace")
        .args(["-qq", "-o", "/dev/null", "-e"])
        .arg(format!("trace={call}"))
        .args(["-e", &inject])
        .args(["sshstep", "fix", "--yes", "git@github.com"])
        .run()
}

/// Every file is one of the two that it may be.
#[track_caller]
fn assert_old_or_new(lab: &Lab, when: &str) {
    let config = lab.read(".ssh/config");
    assert!(config == BEFORE || config == AFTER, "{when}: {config:?}");
    let mode = lab.tree().mode(".ssh/home");
    assert!(matches!(mode, Some(0o640 | 0o600)), "{when}: {mode:?}");
}

/// Takes back run after run until nothing is left.
#[track_caller]
fn undo_all(lab: &Lab) {
    for _ in 0..4 {
        let undone = lab.sshstep(&["undo", "--yes"]);
        assert_eq!(undone.code, 0, "{undone}");
        if undone.stderr.contains("nothing to take back") {
            return;
        }
    }
    panic!("there is always something to take back");
}

#[test]
fn killed_anywhere_the_files_are_old_or_new_and_the_next_run_goes_on() {
    let lab = broken();
    let before = lab.tree();
    let mut killed_at = BTreeSet::new();
    for call in CHANGING {
        for at in 1.. {
            assert!(at < MOST, "{call} is never left alone");
            let when = format!("killed at {call} number {at}");
            let output = fix_with(&lab, call, "signal=KILL", at);
            assert_old_or_new(&lab, &when);
            let is_over = output.code == 0;
            if !is_over {
                killed_at.insert((call, at));
                let again = lab.sshstep(&["fix", "--yes", "git@github.com"]);
                assert_eq!(again.code, 0, "{when}: {again}");
            }
            lab.ssh(&["-T", "git@github.com"]).expect(1);
            undo_all(&lab);
            let lines = person(&lab.tree(), &before);
            assert!(lines.is_empty(), "{when}: {lines:#?}");
            if is_over {
                break;
            }
        }
    }
    assert!(killed_at.len() > 10, "{killed_at:?}");
}

#[test]
fn with_one_failing_call_the_files_are_old_or_new_and_it_is_said() {
    let lab = broken();
    let before = lab.tree();
    let mut failed = 0;
    for (call, error) in [
        ("rename", "EIO"),
        ("renameat2", "EACCES"),
        ("chmod", "EPERM"),
        ("fchmod", "EIO"),
        ("fsync", "ENOSPC"),
        ("fdatasync", "EIO"),
    ] {
        for at in 1.. {
            assert!(at < MOST, "{call} is never left alone");
            let when = format!("{error} at {call} number {at}");
            let output = fix_with(&lab, call, &format!("error={error}"), at);
            assert_old_or_new(&lab, &when);
            match output.code {
                0 => {
                    lab.ssh(&["-T", "git@github.com"]).expect(1);
                    undo_all(&lab);
                }
                4 => failed += 1,
                // A look that fails is no write: it could not be checked.
                3 => {}
                code => panic!("{when}: exit {code}: {output}"),
            }
            undo_all(&lab);
            let lines = person(&lab.tree(), &before);
            assert!(lines.is_empty(), "{when}: {lines:#?}\n{output}");
            if output.code == 0 {
                break;
            }
        }
    }
    assert!(failed > 5, "only {failed} failures");
}
