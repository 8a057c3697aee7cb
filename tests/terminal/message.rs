//! Does an error message reach the wizard from every terminal, and nothing of it the terminal's own controls?

use std::time::Duration;

use crate::lab::{Lab, Terminal, Tmux};
use crate::plain::{answer, assert_plain, printed, wait_screen};

const DENIED: &str = "Cloning into 'project'...\ngit@github.com: Permission denied (publickey).\n\
    fatal: Could not read from remote repository.\n\n\
    Please make sure you have the correct access rights\nand the repository exists.\n";
const CAUSE: &str = "The server did not let you in, and this text does not say why.";
const PRIVATE: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n\
    AAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n-----END OPENSSH PRIVATE KEY-----\n";
const REFUSED: &str = "That is the private half. Do not paste it anywhere.";

fn at_message(lab: &Lab, cols: u16, rows: u16) -> Terminal {
    let mut terminal = lab.terminal(&[], cols, rows);
    terminal.wait_for("Screen 10");
    terminal.press("9");
    terminal.wait_for("Screen 12");
    terminal
}

/// Enter on an empty line, as a hand presses it: not right behind another key.
#[track_caller]
fn end_by_hand(terminal: &mut Terminal) {
    while terminal.shows("Screen 12") {
        // A hand is slower than this; where it was not, Enter begins a line, and another one ends the text.
        terminal.bytes_within(Duration::from_millis(200));
        let before = terminal.screen();
        terminal.enter();
        terminal.wait_until("Enter has arrived", |t| {
            t.shows("Screen 13") || (t.screen() != before && t.shows("Line "))
        });
    }
    terminal.wait_for("Screen 13");
}

#[test]
fn a_pasted_message_is_explained_at_once_and_writes_nothing() {
    let lab = Lab::new();
    let before = lab.tree();
    for (cols, rows) in [(80, 24), (60, 16)] {
        let mut terminal = at_message(&lab, cols, rows);
        terminal.paste(DENIED);
        terminal.wait_for("Screen 13");
        terminal.wait_for("> 1  Check github.com now");
        assert!(terminal.shows("git@github.com: Permission denied (publickey)."));
        assert!(terminal.shows("You pasted 6 lines."), "{terminal}");
        assert!(terminal.cursor_visible());
        terminal.press("2");
        terminal.wait_for("Screen 12");
        terminal.paste("\n\n");
        terminal.wait_for("There is no text yet.");
        terminal.esc();
        terminal.wait_for("Screen 10");
        terminal.press("q");
        assert_eq!(terminal.wait_exit(), 5);
    }
    lab.tree().assert_same(&before);
    assert_eq!(lab.server.connections(), 0);
}

#[test]
fn megabytes_are_read_and_keys_still_work() {
    let lab = Lab::new();
    let mut terminal = at_message(&lab, 80, 24);
    let mut log = "step 17 of the job: compiling something, 2026-09-21T14:12:00Z\n".repeat(30_000);
    log += DENIED;
    terminal.paste(&log);
    terminal.wait_for(CAUSE);
    assert!(terminal.shows("You pasted 30006 lines."), "{terminal}");
    terminal.down();
    terminal.wait_for("> 2  Paste another text");
}

#[test]
fn a_terminal_that_types_what_is_pasted_needs_one_more_enter() {
    let lab = Lab::new();
    let mut terminal = at_message(&lab, 80, 24);
    terminal.type_text(&DENIED.replace('\n', "\r"));
    terminal.wait_for("Line 7:");
    assert!(terminal.shows("Screen 12"), "{terminal}");
    end_by_hand(&mut terminal);
    assert!(terminal.shows(CAUSE), "{terminal}");
    assert!(terminal.shows("> 1  Check github.com now"), "{terminal}");
    // One line by hand.
    terminal.press("2");
    terminal.wait_for("Screen 12");
    terminal.type_text("ssh: Could not resolve hostname gihtub.com: Name or service not known");
    terminal.wait_for("not known");
    end_by_hand(&mut terminal);
    terminal.wait_for("Check gihtub.com now");
}

#[test]
fn a_private_key_is_refused_and_never_shown() {
    let lab = Lab::new();
    let before = lab.tree();
    let mut terminal = at_message(&lab, 80, 24);
    terminal.paste(PRIVATE);
    terminal.wait_for(REFUSED);
    assert!(terminal.shows("Screen 12"), "{terminal}");
    assert!(!String::from_utf8_lossy(&terminal.raw()).contains("b3Blbn"));
    // ssh's warning about one is a message like any other.
    terminal.paste("@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @\n");
    terminal.wait_for("key-permissions-too-open");
    terminal.press("q");
    assert_eq!(terminal.wait_exit(), 5);
    lab.tree().assert_same(&before);
}

#[test]
fn controls_in_a_message_stay_words() {
    let lab = Lab::new();
    let mut terminal = at_message(&lab, 80, 24);
    terminal.paste(
        "\x1b]0;owned\x07\x1b[31mgit@github.com: Permission denied (publickey).\x1b[0m\u{202e}\u{9b}2J\n",
    );
    terminal.wait_for("Screen 13");
    terminal.press("2");
    terminal.wait_for("Screen 12");
    terminal.type_text("a\u{202e}b");
    terminal.wait_for("\\u{202e}");
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(!raw.contains("\x1b]0;o") && !raw.contains('\u{9b}'));
    assert!(!raw.contains('\u{202e}'));
}

#[test]
fn a_paste_from_tmux_is_explained() {
    let lab = Lab::new();
    let tmux: Tmux = lab.tmux(&[], 80, 24);
    tmux.wait_for("Screen 10");
    tmux.keys(&["9"]);
    tmux.wait_for("Screen 12");
    tmux.paste(DENIED);
    tmux.wait_for("Check github.com now");
    tmux.keys(&["q"]);
    assert_eq!(tmux.wait_exit(), 5);
}

#[test]
fn plain_lines_take_a_message_up_to_a_dot_or_the_end_of_input() {
    let lab = Lab::new();
    let before = lab.tree();
    let mut terminal = lab.terminal(&["--plain"], 80, 24);
    wait_screen(&terminal, "10");
    answer(&mut terminal, "9");
    wait_screen(&terminal, "12");
    answer(&mut terminal, ".");
    terminal.wait_until("nothing was given", |t| {
        printed(t).contains("There is no text yet.") && printed(t).trim_end().ends_with("back:")
    });
    terminal.type_text(&DENIED.replace('\n', "\r"));
    answer(&mut terminal, ".");
    wait_screen(&terminal, "13");
    let text = printed(&terminal);
    assert!(text.contains(&format!("Problem: {CAUSE}")), "{text}");
    assert!(text.contains("1. Check github.com now"), "{text}");
    answer(&mut terminal, "2");
    wait_screen(&terminal, "12");
    terminal.type_text(&PRIVATE.replace('\n', "\r"));
    answer(&mut terminal, ".");
    terminal.wait_until("it is refused", |t| {
        printed(t).contains(REFUSED) && printed(t).trim_end().ends_with("back:")
    });
    // The end of the input ends the text, not the wizard.
    answer(
        &mut terminal,
        "ssh: Could not resolve hostname gihtub.com: Name or service not known",
    );
    terminal.ctrl('d');
    wait_screen(&terminal, "13");
    assert!(printed(&terminal).contains("1. Check gihtub.com now"));
    answer(&mut terminal, "2");
    wait_screen(&terminal, "12");
    answer(&mut terminal, "<");
    wait_screen(&terminal, "10");
    answer(&mut terminal, "q");
    assert_eq!(terminal.wait_exit(), 5);
    assert_plain(&terminal);
    lab.tree().assert_same(&before);
}

#[test]
fn masked_plain_lines_do_not_echo_what_is_pasted() {
    let lab = Lab::new();
    let mut terminal = lab.terminal(&["--plain", "--masked"], 80, 24);
    wait_screen(&terminal, "10");
    answer(&mut terminal, "9");
    terminal.wait_until("a text is asked for", |t| {
        printed(t).trim_end().ends_with("< back:") && !t.echoes()
    });
    terminal.type_text("bob@git.secretcorp.example: Permission denied (publickey).\r.\r");
    wait_screen(&terminal, "13");
    let text = printed(&terminal);
    assert!(text.contains("Check [host1] now"), "{text}");
    assert!(
        !text.contains("secretcorp") && !text.contains("bob"),
        "{text}"
    );
    answer(&mut terminal, "q");
    assert_eq!(terminal.wait_exit(), 5);
}
