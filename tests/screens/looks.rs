//! How does every screen look, at 80x24 and at 60x16, without any colour?
//!
//! A changed look is reviewed with `INSTA_UPDATE=always cargo test --test screens` and `git diff`.

use std::sync::Arc;

use sshstep::key::kind::KeyKind;
use sshstep::key::pair::{KeyProblem, Protection};
use sshstep::plan::{Change, Plan};
use sshstep::probe::Answer;
use sshstep::repair::{Remedy, use_key};
use sshstep::settings::Verdict;
use sshstep::steps::{Effect, Outcome};
use sshstep::target::Target;
use sshstep::text::Charset;
use sshstep::transcript::{Ladder, Transcript};
use sshstep::trouble::Trouble;
use sshstep::wizard::Key;

use crate::play::Play;
use crate::world::{GITHUB, KEY, OTHER, WORK, World, github, reached, refused, signed_in};

/// What a window that fits has to show: L1, L2, L3, L4, A3.
#[track_caller]
pub fn look(name: &str, play: &Play) {
    let (large, drawn) = play.drawn(80, 24, Charset::Utf8);
    assert!(!large.contains("more rows"), "80x24 is enough:\n{large}");
    let rows: Vec<&str> = large.lines().collect();
    let number = format!("Screen {:02}", play.number());
    assert!(rows[0].trim_end().ends_with(&number), "{large}");
    assert!(rows[20].contains("──"), "{large}");
    let at = rows[usize::from(drawn.cursor.y)].trim_start();
    let frame = play.frame();
    match &frame.page.field {
        Some(field) => {
            let label = play.world.vocabulary().show(&field.label);
            assert!(at.starts_with(&label), "the cursor is at {at:?}:\n{large}");
        }
        None if frame.page.choices.is_empty() => {}
        None => assert!(at.starts_with("> "), "the cursor is at {at:?}:\n{large}"),
    }
    let (small, small_drawn) = play.drawn(60, 16, Charset::Utf8);
    assert!(small_drawn.cursor.y < 16);
    let (ascii, _) = play.drawn(60, 16, Charset::Ascii);
    assert!(ascii.is_ascii(), "L6:\n{ascii}");
    assert!(ascii.contains("Test"), "the rail is whole:\n{ascii}");
    let edge = "·";
    let framed = |screen: &str, width: usize| {
        let rule = edge.repeat(width);
        format!("{rule}\n{screen}\n{rule}\n")
    };
    let shown = framed(&large, 80) + &framed(&small, 60);
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, shown);
    });
}

/// A wizard that was told to go to GitHub and has looked.
fn at_github(world: World) -> Play {
    let mut play = Play::start(world);
    play.press("1");
    play.look();
    play
}

fn with_key(protection: Protection) -> World {
    let mut world = World::new();
    world.key("id_ed25519", KEY, protection);
    world
}

fn two_keys() -> World {
    let mut world = World::new();
    world.write(
        ".ssh/config",
        "Host *\n    AddKeysToAgent yes\n\nHost github.com\n    IdentityFile ~/.ssh/work_rsa\n",
    );
    world.key("work_rsa", WORK, Protection::None);
    world.key("id_ed25519", KEY, Protection::Passphrase);
    world.is_known = true;
    world
}

#[test]
fn screen_10() {
    let mut world = World::new();
    look("10-first", &Play::start(World::new()));
    world.remote("origin", "https://github.com/ana/project.git");
    world.remote("work", "git@git.example.org:team/project.git");
    world.write(".ssh/config", "Host build\nHost deploy\n");
    let mut play = Play::start(world);
    look("10-remotes", &play);
    play.press("1");
    play.pass(std::time::Duration::from_secs(3));
    look("10-waiting", &play);
}

#[test]
fn screen_11() {
    let world = World::new();
    world.write(
        ".ssh/config",
        "Host build\nHost deploy\nHost 日本語サーバー\n",
    );
    let mut play = Play::start(world);
    play.press("8");
    look("11-hosts", &play);
    play.press("1");
    look("11-typing", &play);
    play.press("-oProxyCommand=x\n");
    look("11-refused", &play);
}

#[test]
fn screen_20() {
    let mut world = two_keys();
    let mut broken = world.key("old_rsa", OTHER, Protection::None).clone();
    broken.problems = vec![KeyProblem::TooOpen { mode: 0o644 }];
    world.keys.last_mut().expect("three keys").files = broken;
    let mut play = at_github(world);
    play.answer(Outcome::Tested(Ok(Arc::new(play.world.tested(
        &refused(&play.world),
        255,
        "",
    )))));
    let answers = [
        (KEY.to_owned(), Answer::Accepted),
        (WORK.to_owned(), Answer::Refused),
    ];
    play.answer(Outcome::Answered(Ok(answers.into())));
    play.key(Key::Esc);
    assert_eq!(play.number(), 71, "the look at the settings is stopped");
    // "Choose another key" is the last fix of this finding.
    let choose = (1..9).find(|number| {
        let label = &play.frame().page.choices[number - 1].label;
        play.world.vocabulary().show(label).contains("another key")
    });
    play.press(&choose.expect("a fix").to_string());
    look("20", &play);
    play.key(Key::End);
    play.key(Key::Enter);
    look("20-file", &play);
}

#[test]
fn screen_21() {
    let mut play = at_github(World::new());
    look("21-offer", &play);
    play.press("2");
    look("21-open", &play);
    play.press("n1");
    look("21-passphrase", &play);
    play.press("short\n");
    look("21-again", &play);
    play.key(Key::Esc);
    play.press("3");
    look("21-edit", &play);
    play.press("3");
    look("21-kinds", &play);
    play.press("2");
    play.press("2y");
    assert!(matches!(play.running, Some((_, Effect::MakeKey { .. }))));
    play.pass(std::time::Duration::from_secs(7));
    look("21-making", &play);
}

#[test]
fn a_long_name_does_not_overflow() {
    let mut world = World::new();
    let name = "日本語の鍵ファイル".repeat(6);
    world.key(&name, KEY, Protection::None).comment = "\u{1b}]0;owned\u{7}\u{202e}evil".to_owned();
    world.key("x".repeat(120).as_str(), OTHER, Protection::Passphrase);
    let mut play = Play::start(world);
    play.press("1");
    play.look();
    play.key(Key::CtrlC);
    play.key(Key::Esc);
    // Whatever is on the screen, nothing of it is a control character.
    let screen = play.screen(80, 24);
    assert!(!screen.contains('\u{1b}') && !screen.contains('\u{202e}'));
    let mut key = with_key(Protection::None);
    key.keys[0].files.comment = "\u{1b}]0;owned\u{7}\u{202e}evil".to_owned();
    key.keys[0].files.private = Some(key.path(&format!(".ssh/{name}")));
    let mut play = at_github(key);
    play.answer(Outcome::HostKeys(Ok(World::host_key(GITHUB))));
    play.press("n");
    look("10-after-stop", &play);
}

/// On screen 71: GitHub does not know the only key.
pub fn at_failed_test() -> Play {
    let mut world = with_key(Protection::None);
    world.is_known = true;
    let mut play = at_github(world);
    play.answer(Outcome::Tested(Ok(Arc::new(
        play.world.tested(
            &refused(&play.world)
                .replace("work_rsa", "id_ed25519")
                .replace(WORK, KEY),
            255,
            "",
        ),
    ))));
    play
}

#[test]
fn screen_30() {
    let mut play = at_failed_test();
    look("71-unknown-key", &play);
    play.press("1");
    look("30", &play);
    play.press("2");
    play.answer(Outcome::Copied(
        sshstep::platform::clipboard::Copied::Verified,
    ));
    look("30-copied", &play);
}

/// GitHub knows the key, and it is locked: the one thing left before the test.
fn at_agent(agent: Option<Vec<sshstep::agent::Identity>>) -> Play {
    let mut world = with_key(Protection::Passphrase);
    world.is_known = true;
    world.agent = agent;
    let mut context = world.context();
    context.answers.mode = sshstep::steps::Mode::Setup;
    context.answers.server = [(KEY.to_owned(), Answer::Accepted)].into();
    context.answers.key = Some(KEY.to_owned());
    context.answers.target = Some(github());
    context.answers.provider = Some("github".to_owned());
    let mut play = Play::of(world, context);
    play.look();
    play
}

#[test]
fn screen_40() {
    let mut play = at_agent(Some(Vec::new()));
    look("40-agent", &play);
    play.press("1");
    look("40-passphrase", &play);
    look("40-none", &at_agent(None));
}

#[test]
fn screen_50_and_71() {
    let mut play = at_wrong_key();
    prepared(&mut play);
    look("71-wrong-key", &play);
    let evidence = play
        .frame()
        .page
        .choices
        .iter()
        .position(|choice| play.world.vocabulary().show(&choice.label) == "Show the evidence");
    play.press(&(evidence.expect("evidence") + 1).to_string());
    look("72", &play);
    play.key(Key::Esc);
    play.press("1");
    tried(&mut play);
    look("50", &play);
    play.press("d");
    let whole = play.screen(80, 40);
    assert!(whole.contains("IdentityFile ~/.ssh/work_rsa"), "{whole}");
}

/// The settings pick another key than the one that GitHub knows.
fn at_wrong_key() -> Play {
    let mut play = at_github(two_keys());
    fails_as_before(&mut play);
    let answers = [
        (KEY.to_owned(), Answer::Accepted),
        (WORK.to_owned(), Answer::Refused),
    ];
    play.answer(Outcome::Answered(Ok(answers.into())));
    play
}

#[track_caller]
fn fails_as_before(play: &mut Play) {
    let log = refused(&play.world);
    let tested = play.world.tested(&log, 255, "");
    play.answer(Outcome::Tested(Ok(Arc::new(tested))));
}

/// The first fix that is offered: its name, and what is said about it.
fn first_fix(play: &Play) -> (String, String) {
    let first = play.frame().page.choices[0].clone();
    let words = play.world.vocabulary();
    (words.show(&first.label), words.show(&first.note))
}

#[test]
fn what_cannot_be_made_here_is_not_recommended() {
    let mut play = at_wrong_key();
    play.answer(Outcome::Prepared(Err(Trouble::new(
        "ssh does not accept this change.",
        "The settings are of an odd kind.",
        "Look at them.",
    ))));
    assert!(play.running.is_none(), "the next fix is no change");
    assert_eq!(play.number(), 71);
    let (label, note) = first_fix(&play);
    assert_eq!(label, "Give the key to GitHub");
    assert!(note.contains("recommended"), "{note}");
    assert_eq!(play.selected(), label);
    let screen = play.screen(80, 24);
    assert!(!screen.contains("Do fix 1 now"), "{screen}");
    look("71-impossible", &play);
    // The numbers are those of the screen.
    play.press("1");
    assert_eq!(play.number(), 30);
}

#[test]
fn what_did_not_help_is_taken_back_and_the_next_is_recommended() {
    let mut play = at_wrong_key();
    prepared(&mut play);
    play.press("y");
    play.applied("1 line added, 1 line removed");
    fails_as_before(&mut play);
    let answers = [
        (KEY.to_owned(), Answer::Accepted),
        (WORK.to_owned(), Answer::Refused),
    ];
    play.answer(Outcome::Answered(Ok(answers.into())));
    let Some((_, Effect::TakeBack(receipt))) = &play.running else {
        panic!("nothing is taken back\n{}", play.screen(80, 24));
    };
    let receipt = receipt.clone();
    let facts = Arc::new(play.world.facts(Some(&github())));
    play.answer(Outcome::TakenBack(Ok((receipt, Vec::new(), facts))));
    assert!(play.running.is_none(), "it is not made up again");
    assert_eq!(first_fix(&play).0, "Give the key to GitHub");
    look("71-in-vain", &play);
}

/// ssh accepts the change that the first fix would make.
#[track_caller]
fn prepared(play: &mut Play) {
    let Some((_, Effect::Prepare { situation, .. })) = &play.running else {
        panic!("nothing is made up\n{}", play.screen(80, 24));
    };
    let key = situation.key_for_change().expect("a key");
    let candidate = use_key::candidate(key, situation).expect("a change");
    let remedy = Remedy {
        plan: candidate.plan(),
        tested: None,
        target: None,
    };
    play.answer(Outcome::Prepared(Ok(Box::new(remedy))));
}

/// ssh accepts the candidate that it is asked about.
#[track_caller]
fn tried(play: &mut Play) {
    let Some((_, Effect::TryConfig(candidate))) = &play.running else {
        panic!("no candidate\n{}", play.screen(80, 24));
    };
    let candidate = candidate.clone();
    let identity = candidate.intended.identity.clone();
    let verdict = Verdict::Accepted {
        identity,
        compared: 2,
    };
    play.answer(Outcome::Tried(Ok((candidate, verdict))));
}

#[test]
fn screens_60_to_63() {
    for (name, shown) in [("60", GITHUB), ("63", OTHER)] {
        let mut play = at_github(with_key(Protection::None));
        play.answer(Outcome::HostKeys(Ok(World::host_key(shown))));
        look(name, &play);
    }
    let mut play = Play::start(with_key(Protection::None));
    play.press("8");
    play.press("git.example.org\n");
    play.look();
    play.answer(Outcome::HostKeys(Ok(World::host_key(OTHER))));
    look("62", &play);
    play.press("1");
    look("62-field", &play);
}

#[test]
fn screens_61_and_80() {
    let mut world = with_key(Protection::None);
    world.is_known = true;
    let mut play = at_github(world);
    let log = reached(&play.world);
    let mut ladder = Ladder::default();
    for event in Transcript::read(log.as_bytes()).events() {
        ladder.observe(event, std::time::Duration::from_millis(120));
    }
    play.report(Outcome::Climbing(Box::new(ladder)));
    play.pass(std::time::Duration::from_secs(3));
    look("61-climbing", &play);
    play.press("x");
    look("61-stopped", &play);
    play.press("1");
    let log = signed_in(&play.world);
    let output = "Hi octocat! You've successfully authenticated, but GitHub does not provide shell access.\n";
    play.answer(Outcome::Tested(Ok(Arc::new(
        play.world.tested(&log, 1, output),
    ))));
    look("80-nothing-changed", &play);
    play.press("?");
    look("01", &play);
    play.press("bc");
    look("02", &play);
}

#[test]
fn screen_80_after_changes() {
    let mut play = at_github(with_key(Protection::None));
    play.answer(Outcome::HostKeys(Ok(World::host_key(GITHUB))));
    play.press("y");
    play.world.is_known = true;
    play.applied("1 line added");
    let log = signed_in(&play.world);
    let output = "Hi octocat! You've successfully authenticated, but GitHub does not provide shell access.\n";
    play.answer(Outcome::Tested(Ok(Arc::new(
        play.world.tested(&log, 1, output),
    ))));
    look("80", &play);
    assert_eq!(play.target(), Some(github()));
}

/// Signed in as octocat, and that is the wrong account.
fn at_wrong_account(remote: Option<&str>) -> Play {
    let mut world = with_key(Protection::None);
    world.is_known = true;
    if let Some(url) = remote {
        world.remote("origin", url);
    }
    let mut play = at_github(world);
    let tested = in_as(&play, "octocat");
    play.answer(Outcome::Tested(Ok(tested)));
    play.press("3");
    play
}

fn in_as(play: &Play, name: &str) -> Arc<sshstep::probe::Tested> {
    let log = signed_in(&play.world);
    let words = "You've successfully authenticated, but GitHub does not provide shell access.";
    let output = format!("Hi {name}! {words}\n");
    Arc::new(play.world.tested(&log, 1, &output))
}

#[test]
fn screen_74() {
    look("74-no-repository", &at_wrong_account(None));
    let mut play = at_wrong_account(Some("git@github.com:acme/project.git"));
    look("74", &play);
    play.press("4");
    look("74-name", &play);
    play.press("2\n");
    assert_eq!(play.number(), 74);
    play.press("4");
    for _ in 0.."-work2".len() {
        play.key(Key::Backspace);
    }
    play.press("\n");
    assert!(play.screen(80, 24).contains("is the server itself"));
    play.key(Key::Esc);
    play.key(Key::Esc);
    assert_eq!(play.number(), 80);
}

#[test]
fn a_second_key_is_made_and_not_written_before_the_rest_is_seen() {
    let mut play = at_wrong_account(Some("git@github.com:acme/project.git"));
    play.press("1");
    assert_eq!(play.number(), 21);
    assert!(play.screen(80, 24).contains("id_ed25519_work"));
    play.press("2y");
    let key = sshstep::key::create::create(&KeyKind::Ed25519, "ana", None).expect("a key");
    play.answer(Outcome::Made(Ok(Box::new(key))));
    let second = prepared_account(&mut play);
    assert_eq!(second.host, "github.com-work");
    play.press("y");
    let Some((_, Effect::Apply(plan))) = &play.running else {
        panic!("nothing is written\n{}", play.screen(80, 24));
    };
    let kinds: Vec<_> = plan.changes.iter().map(Change::kind).collect();
    assert_eq!(kinds, ["make-dir", "make-key", "write-text"]);
}

/// ssh and git accept what a second account needs.
#[track_caller]
fn prepared_account(play: &mut Play) -> Target {
    let Some((_, Effect::SecondAccount { wish, .. })) = &play.running else {
        panic!("nothing is made up\n{}", play.screen(80, 24));
    };
    let address = format!("git@{}:acme/project.git", wish.alias);
    let config = |address: &str| format!("[remote \"origin\"]\n\turl = {address}\n").into_bytes();
    let second = Target::parse(&address).expect("a target");
    let change = Change::WriteText {
        path: play.world.path("project/.git/config"),
        before: Some(config("git@github.com:acme/project.git")),
        after: config(&address),
        mode_if_new: 0o644,
    };
    let remedy = Remedy {
        plan: Plan::new("Set up a second account", vec![change]),
        tested: Some("Tested: ssh accepts this file.".into()),
        target: Some(second.clone()),
    };
    play.answer(Outcome::Prepared(Ok(Box::new(remedy))));
    second
}

#[test]
fn screens_75_and_76() {
    let mut world = with_key(Protection::None);
    world.key("work", OTHER, Protection::None);
    world.is_known = true;
    world.remote("origin", "git@github.com:acme/project.git");
    let mut play = at_github(world);
    let first = in_as(&play, "octocat");
    play.answer(Outcome::Tested(Ok(first.clone())));
    play.press("34");
    assert_eq!(play.number(), 20);
    let both = [KEY, OTHER].map(|key| (key.to_owned(), Answer::Accepted));
    play.answer(Outcome::Answered(Ok(both.into())));
    play.press("1");
    assert!(play.screen(80, 24).contains("needs a key of its own."));
    play.press("4");
    play.press("2");
    assert!(play.screen(80, 24).contains("is here already"));
    play.press("1");
    let second = prepared_account(&mut play);
    assert_eq!(play.selected(), "Leave it");
    look("75", &play);
    play.press("y");
    play.applied("1 line added, 1 line removed");
    assert_eq!(play.target(), Some(second));
    play.look();
    let other = in_as(&play, "octocat-work");
    play.answer(Outcome::TestedEach(vec![Ok(first.clone()), Ok(other)]));
    look("76", &play);
    play.press("2");
    play.answer(Outcome::TestedEach(vec![Ok(first.clone()), Ok(first)]));
    assert!(play.screen(80, 24).contains("Both keys are octocat's"));
}

#[test]
fn too_small() {
    let play = Play::start(World::new());
    for (width, height) in [(59, 16), (60, 15), (40, 10), (20, 5), (1, 1), (2, 40)] {
        let screen = play.screen(width, height);
        assert!(!screen.contains("GitHub"), "{screen}");
    }
    let words = play.screen(20, 8).replace('\n', " ");
    assert_eq!(
        words.trim(),
        "Window too small (20x8). Make it 60x16 or bigger, or press q and run: sshstep --plain"
    );
    for (width, height) in [(60, 16), (100, 30), (200, 50), (500, 200)] {
        let screen = play.screen(width, height);
        let widest = screen.lines().map(|line| line.trim().chars().count());
        assert!(widest.max().is_some_and(|widest| widest <= 100), "{screen}");
    }
}
