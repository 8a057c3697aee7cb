//! Do keys reach the wizard, one at a time, in windows of every size?

use std::fs;

use crate::lab::{Lab, Terminal};
use crate::{at_cursor, demo};

/// The keys in homes of demos, whose folders are in the lab's own /tmp.
fn keys_in_demo(lab: &Lab) -> usize {
    let folders = fs::read_dir(lab.dir().join("tmp")).expect("the lab has a /tmp");
    folders
        .flatten()
        .filter(|folder| folder.path().join("home/.ssh/id_ed25519").exists())
        .count()
}

#[test]
fn the_cursor_stands_on_the_selected_row() {
    let lab = Lab::new();
    let mut terminal = demo(&lab);
    terminal.settled();
    type Move = fn(&mut Terminal);
    let moves: [(Move, &str); 6] = [
        (|_| {}, "> 1  Make it, with a passphrase"),
        (Terminal::down, "> 2  Make it, without"),
        (Terminal::down, "> 3  Change"),
        (Terminal::down, "> 3  Change"),
        (Terminal::up, "> 2  Make it, without"),
        (Terminal::tab, "> 3  Change"),
    ];
    for (step, row) in moves {
        step(&mut terminal);
        terminal.wait_until(row, |t| at_cursor(t).starts_with(row));
        assert!(terminal.cursor_visible());
    }
    terminal.enter();
    terminal.wait_for("Change the type");
    terminal.esc();
    terminal.wait_gone("Change the type");
    terminal.press("b");
    terminal.wait_for("Screen 10");
    terminal.esc();
    terminal.wait_for("This is the first screen. q leaves.");
    assert!(terminal.running());
}

#[test]
fn a_typed_ahead_yes_does_not_write_and_later_keys_are_read() {
    let lab = Lab::new();
    let mut terminal = demo(&lab);
    terminal.press("2y");
    terminal.wait_for("y  Make it without a passphrase");
    terminal.settled();
    assert!(terminal.shows("Screen 21"), "{terminal}");
    assert_eq!(keys_in_demo(&lab), 0);
    // And the question can be answered: both ways.
    terminal.press("n");
    terminal.wait_for("1  Make it, with a passphrase");
    terminal.press("2");
    terminal.wait_for("y  Make it without a passphrase");
    terminal.settled();
    terminal.press("y");
    terminal.wait_for("Screen 30");
    assert_eq!(keys_in_demo(&lab), 1);
}

#[test]
fn bare_enters_and_pastes_make_nothing() {
    let lab = Lab::new();
    let mut terminal = demo(&lab);
    terminal.paste("2\ny\n");
    terminal.wait_for("You pasted, but there is no field here: ignored.");
    assert!(
        terminal.shows("> 1  Make it, with a passphrase"),
        "{terminal}"
    );
    terminal.paste("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n");
    terminal.wait_for("That is the private half. Do not paste it anywhere.");
    terminal.press("z");
    terminal.wait_for("z does nothing here.");
    terminal.press_sequence("\x1bOP");
    terminal.wait_for("That key does nothing here.");
    terminal.press("?");
    terminal.wait_for("Screen 01");
    terminal.press("b");
    terminal.wait_for("Screen 21");
    terminal.press("c");
    terminal.wait_for("Screen 02");
    assert!(terminal.shows("z does nothing here."), "{terminal}");
    terminal.press("b");
    terminal.wait_for("Screen 21");
}

#[test]
fn p_masks_who_it_is() {
    let lab = Lab::new();
    let mut terminal = lab.terminal(&["setup", "github.com"], 80, 24);
    terminal.wait_for("Screen 21");
    terminal.wait_for("ana@");
    terminal.press("p");
    terminal.wait_for("[label1]");
    assert!(!terminal.screen().contains("ana@"), "{terminal}");
    terminal.press("p");
    terminal.wait_for("ana@");
}

#[test]
fn a_passphrase_shows_neither_characters_nor_their_number() {
    let lab = Lab::new();
    let mut terminal = demo(&lab);
    terminal.press("1");
    terminal.wait_for("New passphrase: [hidden - receiving your typing]");
    terminal.type_text("abcde");
    terminal.wait_for("Typing in: New passphrase");
    let five = (terminal.settled(), terminal.cursor());
    let length = terminal.raw_len();
    terminal.type_text("fghijklmnopqrstuvwxy");
    assert_eq!((terminal.settled(), terminal.cursor()), five);
    let raw = terminal.raw();
    let since = String::from_utf8_lossy(&raw[length..]);
    assert!(!since.contains("fgh") && !since.contains('*'), "{since:?}");
    assert!(at_cursor(&terminal).starts_with("New passphrase:"));
    terminal.ctrl('c');
    terminal.wait_for("what was typed is wiped");
    assert!(terminal.running());
}

#[test]
fn a_resize_loses_nothing() {
    let lab = Lab::new();
    let mut terminal = demo(&lab);
    terminal.press("3");
    terminal.wait_for("Change the label");
    terminal.press("2");
    terminal.wait_for("Label:");
    terminal.type_text("-typed");
    terminal.wait_for("-typed");
    terminal.resize(20, 5);
    terminal.wait_for("Window too small");
    // What cannot be seen cannot be answered either.
    terminal.type_text("unseen");
    terminal.settled();
    for (cols, rows) in [(1, 1), (0, 0), (500, 200), (3, 50), (60, 16)] {
        terminal.resize(cols, rows);
        terminal.settled();
        assert!(terminal.running(), "{cols}x{rows}\n{terminal}");
    }
    terminal.wait_for("-typed");
    assert!(!terminal.screen().contains("unseen"), "{terminal}");
    terminal.type_text("-more");
    terminal.wait_for("-typed-more");
    terminal.esc();
    terminal.resize(80, 24);
    terminal.wait_for("> 1  Make it, with a passphrase");
    terminal.down();
    terminal.wait_for("> 2  Make it, without");
    terminal.resize(100, 30);
    terminal.wait_until("27 rows below the title", |t| t.row(30).contains("q Quit"));
    assert!(terminal.shows("> 2  Make it, without"), "{terminal}");
    terminal.resize(20, 5);
    terminal.wait_for("Window too small");
    terminal.press("q");
    assert_eq!(terminal.wait_exit(), 5);
}

#[test]
fn esc_and_letters_work_in_tmux() {
    let lab = Lab::new();
    let tmux = lab.tmux(&["demo"], 80, 24);
    tmux.wait_for("Screen 21");
    tmux.keys(&["3"]);
    tmux.wait_for("Change the type");
    tmux.keys(&["Escape"]);
    tmux.wait_for("Make it, with a passphrase");
    tmux.keys(&["Down"]);
    tmux.wait_for("> 2");
    let row: usize = tmux.ask("#{cursor_y}").parse().expect("a number");
    let screen = tmux.screen();
    let at = screen.lines().nth(row).unwrap_or_default();
    assert!(at.trim_start().starts_with("> 2"), "{screen}");
    assert_eq!(tmux.ask("#{cursor_flag} #{mouse_any_flag}"), "1 0");
    tmux.resize(40, 10);
    tmux.wait_for("Window too small (40x10)");
    tmux.resize(80, 24);
    tmux.wait_for("> 2");
    tmux.keys(&["q"]);
    assert_eq!(tmux.wait_exit(), 5);
}
