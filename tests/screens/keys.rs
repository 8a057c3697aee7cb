//! What do keys, pastes and late answers do, whatever is on the screen?

use std::sync::Arc;
use std::time::Duration;

use sshstep::key::pair::Protection;
use sshstep::steps::{Effect, Outcome};
use sshstep::text::Privacy;
use sshstep::trouble::Exit;
use sshstep::wizard::{Input, Key};

use crate::play::Play;
use crate::world::{GITHUB, KEY, World};

pub const PRIVATE: &str =
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----\n";

fn at_new_key() -> Play {
    let mut play = Play::start(World::new());
    play.press("1");
    play.look();
    assert_eq!(play.number(), 21);
    play
}

fn at_confirm() -> Play {
    let mut world = World::new();
    world.key("id_ed25519", KEY, Protection::None);
    let mut play = Play::start(world);
    play.press("1");
    play.look();
    play.answer(Outcome::HostKeys(Ok(World::host_key(GITHUB))));
    assert_eq!(play.number(), 60);
    play
}

#[test]
fn digits_and_arrows_lead_to_the_same_screen() {
    for choice in 0..3 {
        let mut by_digit = at_new_key();
        by_digit.press(&(choice + 1).to_string());
        let mut by_arrows = at_new_key();
        for _ in 0..choice {
            by_arrows.key(Key::Down);
        }
        by_arrows.key(Key::Enter);
        let page = |play: &Play| format!("{:?}", play.frame().page);
        let homeless =
            |play: &Play| page(play).replace(&play.world.path("").display().to_string(), "");
        assert_eq!(homeless(&by_digit), homeless(&by_arrows));
        assert_ne!(homeless(&by_digit), homeless(&at_new_key()));
    }
}

#[test]
fn arrows_stop_at_the_ends_and_upper_case_is_lower_case() {
    let mut play = at_new_key();
    play.key(Key::Up);
    assert_eq!(play.frame().selected, 0);
    for _ in 0..9 {
        play.key(Key::Down);
    }
    assert_eq!(play.frame().selected, 2);
    play.key(Key::Home);
    assert_eq!(play.frame().selected, 0);
    play.press("2N");
    assert_eq!(play.selected(), "Make it, with a passphrase");
    play.press("C");
    assert_eq!(play.number(), 2);
    play.press("B");
    assert_eq!(play.number(), 21);
}

#[test]
fn bare_enters_never_write() {
    let mut play = at_confirm();
    assert_eq!(play.selected(), "Stop");
    for _ in 0..10 {
        play.key(Key::Enter);
        assert!(
            !matches!(play.running, Some((_, Effect::Apply(_)))),
            "Enter wrote on screen {}",
            play.number()
        );
        if play.running.is_some() {
            play.press("x");
        }
    }
    let mut play = at_confirm();
    play.press("y");
    assert!(matches!(play.running, Some((_, Effect::Apply(_)))));
    let mut play = at_confirm();
    play.key(Key::Up);
    play.key(Key::Enter);
    assert!(matches!(play.running, Some((_, Effect::Apply(_)))));
}

#[test]
fn typed_ahead_keys_are_dropped_before_each_question() {
    let mut play = at_confirm();
    assert_eq!(play.flushes, 1);
    play = at_new_key();
    assert_eq!(play.flushes, 0);
    play.press("2");
    assert_eq!(
        play.flushes, 1,
        "making a key without passphrase is a question, too"
    );
}

#[test]
fn an_unknown_key_is_echoed_and_does_nothing() {
    let mut play = at_new_key();
    let before = play.frame().page;
    for (key, words) in [
        (Key::Char('z'), "z does nothing here."),
        (Key::Char('ы'), "ы does nothing here."),
        (Key::Char('7'), "7 does nothing here."),
        (Key::Char('s'), "s does nothing here."),
        (Key::Char('\u{202e}'), "\\u{202e} does nothing here."),
        (Key::Left, "Left does nothing here."),
        (Key::Other, "That key does nothing here."),
    ] {
        play.key(key);
        assert_eq!(play.echo(), words);
        assert_eq!(play.frame().page.choices, before.choices);
    }
    assert!(play.running.is_none() && play.left.is_none());
}

#[test]
fn esc_goes_back_and_never_leaves() {
    let mut play = at_new_key();
    play.press("1");
    assert!(play.frame().page.field.is_some());
    play.key(Key::Esc);
    assert!(play.frame().page.field.is_none());
    assert_eq!(play.number(), 21);
    play.key(Key::Esc);
    assert_eq!(play.number(), 10);
    for _ in 0..5 {
        play.key(Key::Esc);
    }
    assert_eq!((play.number(), play.left), (10, None));
    assert_eq!(play.echo(), "This is the first screen. q leaves.");
    play.press("q");
    assert_eq!(play.left, Some(Exit::Unfinished));
}

#[test]
fn back_from_a_made_key_shows_the_keys() {
    let mut play = at_new_key();
    play.press("2y");
    let Some((_, Effect::MakeKey { kind, comment, .. })) = &play.running else {
        panic!("no key is made");
    };
    let made = sshstep::key::create::create(kind, comment, None).expect("a key");
    let fingerprint = made.fingerprint.clone();
    play.answer(Outcome::Made(Ok(Box::new(made))));
    play.world.key("id_ed25519", &fingerprint, Protection::None);
    play.applied("new key");
    assert_eq!(play.number(), 30);
    play.press("b");
    assert_eq!(play.number(), 20);
    assert!(!play.frame().page.choices.is_empty());
}

#[test]
fn a_late_answer_changes_nothing_but_the_facts() {
    let mut play = Play::start(World::new());
    play.press("1");
    let late = play.ticket();
    play.press("x");
    assert_eq!(play.cancelled, [late]);
    assert_eq!(play.number(), 10);
    // What it has found out about that target stays true.
    let target = play.target();
    play.world.key("id_ed25519", KEY, Protection::None);
    let facts = Arc::new(play.world.facts(target.as_ref()));
    play.input(Input::Outcome(late, Outcome::Gathered(facts)));
    assert_eq!(play.number(), 10);
    assert!(play.running.is_none());
    assert_eq!(play.wizard.context().facts.keys.len(), 1);
    // About another target it would be wrong.
    play.press("2");
    let other = Arc::new(World::new().facts(target.as_ref()));
    play.input(Input::Outcome(late, Outcome::Gathered(other)));
    assert_eq!(play.wizard.context().facts.keys.len(), 1);
    assert!(play.running.is_some(), "the second look still runs");
}

#[test]
fn a_wait_takes_x_and_help_and_nothing_else() {
    let mut play = Play::start(World::new());
    play.press("1");
    play.pass(Duration::from_secs(3));
    assert_eq!(
        play.echo(),
        "Looking at this computer: 3 s so far. x stops it."
    );
    let ticket = play.ticket();
    play.press("123y\n");
    assert_eq!(play.ticket(), ticket);
    assert_eq!(play.left, None);
    play.press("?");
    assert_eq!(play.number(), 1);
    play.press("b");
    assert!(play.frame().keys.contains(&"x Stop waiting"));
    play.key(Key::Esc);
    assert_eq!(play.cancelled, [ticket]);
    // q leaves from any screen, and ends what runs.
    play.press("1");
    play.press("q");
    assert_eq!(play.left, Some(Exit::Unfinished));
}

#[test]
fn a_write_is_not_stopped_halfway() {
    let mut play = at_confirm();
    play.press("yx");
    play.key(Key::CtrlC);
    assert_eq!((play.cancelled.len(), play.left), (0, None));
    assert!(!play.frame().keys.contains(&"x Stop waiting"));
    play.world.is_known = true;
    play.applied("1 line added");
    assert_eq!(
        play.wizard.context().answers.changes.len(),
        2,
        "folder and file"
    );
}

#[test]
fn ctrl_c_stops_a_wait_then_wipes_a_field_then_leaves() {
    let mut play = Play::start(World::new());
    play.press("1");
    play.key(Key::CtrlC);
    assert_eq!((play.cancelled.len(), play.left), (1, None));
    play.pass(Duration::from_secs(2));
    let mut play = at_new_key();
    play.press("1secret");
    play.key(Key::CtrlC);
    assert_eq!(play.left, None);
    assert_eq!(play.echo(), "You pressed Ctrl-C: what was typed is wiped.");
    play.key(Key::Enter);
    assert!(
        play.echo().starts_with("Nothing was typed."),
        "{}",
        play.echo()
    );
    play.pass(Duration::from_secs(2));
    play.key(Key::CtrlC);
    play.pass(Duration::from_millis(900));
    play.key(Key::CtrlC);
    assert_eq!(play.left, Some(Exit::Interrupted), "twice in a second");
    let mut play = at_new_key();
    play.key(Key::CtrlC);
    assert_eq!(play.left, Some(Exit::Interrupted));
}

#[test]
fn a_paste_answers_nothing() {
    let mut play = at_new_key();
    play.paste("3\ny\n");
    assert_eq!(play.number(), 21);
    assert_eq!(
        play.echo(),
        "You pasted, but there is no field here: ignored."
    );
    play.key(Key::Enter);
    assert_eq!(play.echo(), "Enter right behind a paste is ignored.");
    assert!(play.frame().page.field.is_none());
    play.pass(Duration::from_millis(150));
    play.key(Key::Enter);
    assert!(play.frame().page.field.is_some());
}

#[test]
fn a_private_key_is_not_taken_anywhere() {
    let refused = "That is the private half. Do not paste it anywhere.";
    let mut play = at_new_key();
    play.paste(PRIVATE);
    assert_eq!(play.echo(), refused);
    play.press("1abc");
    play.paste("PuTTY-User-Key-File-3: ssh-ed25519");
    assert_eq!(play.echo(), refused);
    play.pass(Duration::from_secs(1));
    play.key(Key::Enter);
    assert!(
        play.echo().starts_with("Nothing was typed."),
        "the field is wiped"
    );
    play.key(Key::Esc);
    play.press("c");
    assert!(!play.screen(100, 60).contains("b3BlbnNzaC1rZXk"));
}

#[test]
fn a_passphrase_shows_neither_characters_nor_their_number() {
    let mut play = at_new_key();
    play.press("1abcde");
    let five = play.screen(80, 24);
    play.press("fghijklmnopqrstuvwxyz");
    assert_eq!(play.screen(80, 24), five);
    assert!(five.contains("[hidden - receiving your typing]"));
    play.press("\nanother\n");
    assert_eq!(play.echo(), "The two were not the same. Type it again.");
    play.key(Key::Esc);
    play.press("c");
    let history = play.screen(100, 60);
    assert!(
        !history.contains("abcde") && !history.contains("another"),
        "{history}"
    );
}

#[test]
fn a_suspended_wizard_has_forgotten_the_passphrase() {
    let mut play = at_new_key();
    play.press("1secret");
    play.wizard.wipe();
    play.key(Key::Enter);
    assert!(
        play.echo().starts_with("Nothing was typed."),
        "{}",
        play.echo()
    );
}

#[test]
fn p_masks_and_shows_again() {
    let mut play = at_new_key();
    assert!(play.screen(80, 24).contains("ana@anas-laptop"));
    play.press("p");
    assert_eq!(play.wizard.privacy(), Privacy::Masked);
    let screen = play.screen(80, 24);
    assert!(
        !screen.contains("ana@") && !screen.contains("anas-laptop"),
        "{screen}"
    );
    play.press("?c");
    play.press("c");
    let screen = play.screen(80, 24);
    assert!(!screen.contains("anas-laptop"), "{screen}");
    play.press("bp");
    assert!(play.screen(80, 24).contains("ana@anas-laptop"));
}

#[test]
fn every_key_that_is_named_works() {
    let mut play = at_new_key();
    assert!(play.frame().keys.contains(&"Number or Arrows+Enter"));
    assert!(!play.frame().keys.contains(&"s Skip"));
    play.press("2");
    assert!(play.frame().keys.contains(&"Letter or Arrows+Enter"));
    play.press("n1");
    assert_eq!(play.frame().keys, ["Enter Done", "Esc Back", "Ctrl-C Wipe"]);
    let mut first = Play::start(World::new());
    assert!(!first.frame().keys.contains(&"b Back"));
    first.press("?");
    assert_eq!(first.frame().keys, ["b Back", "q Quit"]);
    first.press("q");
    assert_eq!(first.left, Some(Exit::Unfinished));
}

#[test]
fn help_and_history_scroll_in_a_small_window() {
    let mut play = at_new_key();
    play.press("?");
    let shown = |play: &mut Play| {
        let (screen, drawn) = play.drawn(60, 16, sshstep::text::Charset::Utf8);
        play.wizard.drawn(drawn.first, drawn.rows);
        screen
    };
    let top = shown(&mut play);
    assert!(top.contains("more rows"), "{top}");
    for _ in 0..20 {
        play.key(Key::PageDown);
        shown(&mut play);
    }
    let end = shown(&mut play);
    assert!(end.contains("sshstep man"), "{end}");
    play.key(Key::PageUp);
    assert_ne!(shown(&mut play), end, "one press is enough to move back");
}
