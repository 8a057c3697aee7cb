//! Taking back: exactly, without losing what the person did since, and one run at a time.

use std::fs;

use sshstep::plan::{Change, IfEdited, Outcome, Standing, UndoPlan, apply, history, last_undoable};
use sshstep::trouble::Trouble;

use crate::home::{CANARY, Home, go};

fn home() -> (tempfile::TempDir, Home) {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path());
    (dir, home)
}

fn finish(home: &Home, changes: Vec<Change>) {
    let mut run = home.run();
    go(&mut run, changes).map_err(Trouble::from).unwrap();
    run.end(Outcome::Finished).unwrap();
}

fn carry_out(home: &Home, undo: UndoPlan) {
    let mut run = home.run();
    apply(undo.plan, &mut run).map_err(Trouble::from).unwrap();
    run.end(Outcome::Finished).unwrap();
}

#[test]
fn run_after_run_goes_back_and_then_there_is_nothing() {
    let (_dir, home) = home();
    home.put("config", "0\n", 0o640);
    let zero = home.picture();
    finish(&home, vec![home.change("config", "1\n")]);
    let one = home.picture();
    finish(
        &home,
        vec![
            Change::MakeDir {
                path: home.path("dir"),
                mode: 0o700,
            },
            home.change("dir/new", "x"),
            home.change("config", "2\n"),
            Change::SetMode {
                path: home.path("config"),
                before: 0o640,
                after: 0o600,
            },
        ],
    );
    assert!(home.undo());
    assert_eq!(home.picture(), one);
    assert!(home.undo());
    assert_eq!(home.picture(), zero);
    assert!(!home.undo());
    let listed = history(&home.state()).unwrap();
    let standings: Vec<_> = listed.iter().map(|run| run.standing).collect();
    use Standing::{Nothing, TakenBack};
    assert_eq!(standings, [Nothing, Nothing, TakenBack, TakenBack]);
    assert_eq!(listed[2].changes.len(), 4);
    assert_eq!(listed[2].outcome, Some(Outcome::Finished));
}

#[test]
fn a_key_stays_with_its_folder_and_is_named() {
    let (_dir, home) = home();
    finish(
        &home,
        vec![
            Change::MakeDir {
                path: home.path(".ssh"),
                mode: 0o700,
            },
            home.new_key(".ssh/id"),
            home.change(".ssh/config", "x\n"),
            home.change(".ssh/other.pub", "ssh-ed25519 AAAA\n"),
        ],
    );
    let last = last_undoable(&home.state()).unwrap().unwrap();
    let undo = last.plan();
    assert_eq!(undo.plan.changes.len(), 2);
    let kept: Vec<String> = undo.kept.iter().map(|words| words.reveal()).collect();
    assert_eq!(kept.len(), 2, "{kept:?}");
    assert!(kept[0].contains("never deletes a key"));
    carry_out(&home, undo);
    // A copy of what an agent holds, with no private half beside it.
    assert!(!home.path(".ssh/other.pub").exists());
    assert!(home.path(".ssh/id").exists() && home.path(".ssh/id.pub").exists());
    assert!(!home.path(".ssh/config").exists());
    assert!(last_undoable(&home.state()).unwrap().is_none());
}

#[test]
fn a_run_that_only_made_a_key_is_told_before_going_further_back() {
    let (_dir, home) = home();
    finish(&home, vec![home.change("config", "x\n")]);
    finish(&home, vec![home.new_key("id")]);
    let undo = last_undoable(&home.state()).unwrap().unwrap().plan();
    assert!(undo.plan.is_empty() && undo.kept.len() == 1);
    carry_out(&home, undo);
    assert!(home.undo());
    assert!(!home.path("config").exists());
}

#[test]
fn edited_since_loses_only_our_lines() {
    let (_dir, home) = home();
    home.put("config", "a\nz", 0o600);
    finish(&home, vec![home.change("config", "a\nOURS 1\nOURS 2\nz\n")]);
    home.put("config", "mine\na\nOURS 1\nOURS 2\nz\nmore\n", 0o600);
    let undo = last_undoable(&home.state()).unwrap().unwrap().plan();
    assert_eq!(undo.edited.len(), 1);
    let (edited, choice) = &undo.edited[0];
    assert_eq!(
        (edited.diff.added, edited.diff.removed, *choice),
        (2, 0, IfEdited::OnlyOurs)
    );
    assert!(edited.ours_can_be_taken_out() && !edited.gone);
    carry_out(&home, undo);
    assert_eq!(home.text("config"), "mine\na\nz\nmore\n");
}

#[test]
fn what_cannot_be_told_apart_is_left_unless_the_caller_decides() {
    let (_dir, home) = home();
    home.put("config", "a\n", 0o600);
    home.put("gone", "g\n", 0o604);
    finish(
        &home,
        vec![
            home.change("config", "a\nOURS\n"),
            home.change("gone", "h\n"),
        ],
    );
    home.put("config", "a\nOURS edited\n", 0o600);
    fs::remove_file(home.path("gone")).unwrap();
    let last = last_undoable(&home.state()).unwrap().unwrap();
    let undo = last.plan();
    assert!(undo.plan.is_empty());
    assert_eq!(
        undo.edited
            .iter()
            .map(|(file, choice)| (file.gone, *choice))
            .collect::<Vec<_>>(),
        [(true, IfEdited::Leave), (false, IfEdited::Leave),]
    );
    carry_out(&home, last.plan_with(|_| IfEdited::PutBack));
    assert_eq!(
        (home.text("config"), home.text("gone")),
        ("a\n".into(), "g\n".into())
    );
    assert_eq!(home.mode("gone"), 0o604);
    // What was edited is still among the copies of the run that put the old text back.
    let copies = home.state().join("runs").join("000002");
    let kept = fs::read_dir(copies)
        .unwrap()
        .any(|file| fs::read_to_string(file.unwrap().path()).unwrap() == "a\nOURS edited\n");
    assert!(kept);
}

#[test]
fn a_private_key_pasted_since_is_neither_shown_nor_copied() {
    let (_dir, home) = home();
    home.put("config", "a\n", 0o600);
    finish(&home, vec![home.change("config", "a\nOURS\n")]);
    home.put("config", &format!("a\nOURS\n{CANARY}"), 0o600);
    let undo = last_undoable(&home.state()).unwrap().unwrap().plan();
    assert!(undo.edited[0].0.diff.hunks.is_empty());
    let mut run = home.run();
    assert!(apply(undo.plan, &mut run).is_err());
    assert!(home.text("config").contains("OURS"));
}

#[test]
fn a_file_of_ours_that_the_person_went_on_with_stays() {
    let (_dir, home) = home();
    finish(
        &home,
        vec![
            Change::MakeDir {
                path: home.path("dir"),
                mode: 0o700,
            },
            home.change("dir/config", "OURS\n"),
        ],
    );
    home.put("dir/config", "OURS\nmine\n", 0o600);
    assert!(home.undo());
    assert_eq!(home.text("dir/config"), "mine\n");
}

#[test]
fn a_mode_set_since_stays() {
    let (_dir, home) = home();
    home.put("file", "x", 0o666);
    finish(
        &home,
        vec![Change::SetMode {
            path: home.path("file"),
            before: 0o666,
            after: 0o600,
        }],
    );
    home.put("file", "x", 0o640);
    let undo = last_undoable(&home.state()).unwrap().unwrap().plan();
    assert!(undo.plan.is_empty() && undo.kept.len() == 1);
    carry_out(&home, undo);
    assert_eq!(home.mode("file"), 0o640);
}

#[test]
fn a_damaged_copy_is_not_put_back() {
    let (_dir, home) = home();
    home.put("config", "old", 0o600);
    finish(&home, vec![home.change("config", "new")]);
    fs::write(home.state().join("runs/000001/1.before"), "damaged").unwrap();
    let undo = last_undoable(&home.state()).unwrap().unwrap().plan();
    assert!(undo.plan.is_empty());
    assert!(undo.kept[0].reveal().contains("damaged"));
}

#[test]
fn a_journal_of_a_newer_version_is_not_guessed_at() {
    let (_dir, home) = home();
    finish(&home, vec![home.change("config", "new")]);
    let journal = home.state().join("runs/000001.jsonl");
    let text = fs::read_to_string(&journal)
        .unwrap()
        .replace("\"schema\":1", "\"schema\":9");
    fs::write(journal, text).unwrap();
    assert!(last_undoable(&home.state()).is_err());
    assert_eq!(
        history(&home.state()).unwrap()[0].standing,
        Standing::Unreadable
    );
}

#[test]
fn undo_within_a_run_leaves_its_later_changes_undoable() {
    let (_dir, home) = home();
    home.put("config", "0", 0o600);
    let mut run = home.run();
    go(&mut run, vec![home.change("config", "1")]).unwrap();
    go(&mut run, vec![home.change("config", "2")]).unwrap();
    let undo = last_undoable(&home.state()).unwrap().unwrap().plan();
    // Two steps of one file are one change back.
    assert_eq!(undo.plan.changes.len(), 1);
    apply(undo.plan, &mut run).unwrap();
    assert_eq!(home.text("config"), "0");
    assert!(last_undoable(&home.state()).unwrap().is_none());
    go(&mut run, vec![home.change("config", "3")]).unwrap();
    run.end(Outcome::Left).unwrap();
    assert!(home.undo());
    assert_eq!(home.text("config"), "0");
    assert!(!home.undo());
}

#[test]
fn nothing_at_all_is_nothing_to_take_back() {
    let (_dir, home) = home();
    assert!(last_undoable(&home.state()).unwrap().is_none());
    assert!(history(&home.state()).unwrap().is_empty());
    let mut run = home.run();
    run.note_step("service").unwrap();
    run.end(Outcome::Left).unwrap();
    assert!(last_undoable(&home.state()).unwrap().is_none());
    let listed = history(&home.state()).unwrap();
    assert_eq!(
        (listed[0].step.as_deref(), listed[0].outcome),
        (Some("service"), Some(Outcome::Left))
    );
}

#[test]
fn what_did_not_help_goes_back_and_the_rest_of_the_run_stays_undoable() {
    let (_dir, home) = home();
    home.put("config", "0\n", 0o640);
    let zero = home.picture();
    let mut run = home.run();
    let plan = |changes| sshstep::plan::Plan::new("", changes);
    apply(plan(vec![home.change("config", "1\n")]), &mut run)
        .map_err(Trouble::from)
        .unwrap();
    let one = home.picture();
    let second = vec![
        home.change("config", "2\n"),
        home.change("new", "x"),
        Change::SetMode {
            path: home.path("config"),
            before: 0o640,
            after: 0o600,
        },
    ];
    let in_vain = apply(plan(second), &mut run)
        .map_err(Trouble::from)
        .unwrap();
    assert_ne!(home.picture(), one);
    let kept = sshstep::plan::take_back(&in_vain, &mut run).unwrap();
    assert!(kept.is_empty());
    assert_eq!(home.picture(), one);
    // A third change stands on the first one, and both are taken back together.
    apply(plan(vec![home.change("config", "3\n")]), &mut run)
        .map_err(Trouble::from)
        .unwrap();
    run.end(Outcome::Finished).unwrap();
    drop(run);
    assert!(home.undo());
    assert_eq!(home.picture(), zero);
    assert!(!home.undo());
}
