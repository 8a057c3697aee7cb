//! Is everything reachable as plain lines, without one escape sequence?

use crate::fresh_modes;
use crate::lab::{Lab, Signal, Terminal};

const ASK: &str = "? help, q quit:";

/// Answers the prompt that stands last on the screen.
pub fn answer(terminal: &mut Terminal, words: &str) {
    terminal.type_text(words);
    terminal.enter();
}

/// Waits until a line of this screen has come, and the prompt behind it.
#[track_caller]
pub fn wait_screen(terminal: &Terminal, number: &str) {
    let wanted = format!("Screen {number}.");
    terminal.wait_until(&wanted, |t| {
        let text = printed(t);
        let at = text.rfind("Screen ").unwrap_or(0);
        text[at..].starts_with(&wanted) && text[at..].trim_end().ends_with(':')
    });
}

/// Everything that was printed, as lines.
pub fn printed(terminal: &Terminal) -> String {
    String::from_utf8_lossy(&terminal.raw()).replace('\r', "")
}

#[track_caller]
pub fn assert_plain(terminal: &Terminal) {
    let raw = terminal.raw();
    assert!(
        !raw.contains(&0x1b),
        "an escape byte\n{}",
        printed(terminal)
    );
}

#[test]
fn the_demo_from_start_to_signed_in() {
    let lab = Lab::new();
    let modes = fresh_modes(&lab);
    let mut terminal = lab.terminal(&["demo", "--plain"], 80, 24);
    wait_screen(&terminal, "21");
    answer(&mut terminal, "?");
    wait_screen(&terminal, "01");
    answer(&mut terminal, "");
    wait_screen(&terminal, "21");
    answer(&mut terminal, "c");
    wait_screen(&terminal, "02");
    answer(&mut terminal, "<");
    wait_screen(&terminal, "21");
    answer(&mut terminal, "1");
    terminal.wait_until("a hidden prompt", |t| {
        printed(t).contains("New passphrase (nothing shows while you type):") && !t.echoes()
    });
    answer(&mut terminal, "four words and more");
    terminal.wait_until("the second one", |t| {
        printed(t).contains("The same passphrase again (nothing shows while you type):")
            && !t.echoes()
    });
    answer(&mut terminal, "four words and more");
    wait_screen(&terminal, "30");
    answer(&mut terminal, "1");
    wait_screen(&terminal, "60");
    // Enter is "Stop" there; y remembers.
    answer(&mut terminal, "y");
    terminal.wait_until("signed in", |t| {
        printed(t).contains("It works. Demo Git signed you in as")
    });
    wait_screen(&terminal, "80");
    answer(&mut terminal, "");
    assert_eq!(terminal.wait_exit(), 0);
    assert_plain(&terminal);
    let text = printed(&terminal);
    assert!(!text.contains("four words"), "{text}");
    assert!(!text.contains("nothing yet"), "{text}");
    // Each rung is said once, and nothing with a sign that has to be read out.
    assert_eq!(text.matches("Test 5: ").count(), 1, "{text}");
    assert!(!text.contains(['✓', '✗', '○', '…', '─']), "{text}");
    for number in ["21", "30", "60", "61", "80"] {
        assert!(text.contains(&format!("Screen {number}.")), "{text}");
    }
    assert_eq!(terminal.modes(), modes);
}

#[test]
fn it_is_chosen_by_the_environment() {
    let lab = Lab::new();
    for (name, value) in [("ACCESSIBLE", "1"), ("TERM", "dumb"), ("TERM", "")] {
        let command = lab.command("sshstep").env(name, value);
        let mut terminal = command.terminal(80, 24);
        wait_screen(&terminal, "10");
        assert_plain(&terminal);
        answer(&mut terminal, "q");
        assert_eq!(terminal.wait_exit(), 5);
        assert_plain(&terminal);
    }
    let mut terminal = lab
        .command("sshstep")
        .env("ACCESSIBLE", "0")
        .terminal(80, 24);
    terminal.wait_for("Screen 10");
    assert!(terminal.alternate_screen());
    terminal.press("q");
    assert_eq!(terminal.wait_exit(), 5);
}

#[test]
fn the_end_of_input_ctrl_c_and_signals_end_it() {
    let lab = Lab::new();
    let modes = fresh_modes(&lab);
    type End = fn(&mut Terminal);
    let ends: [(End, u32); 4] = [
        (|t| t.ctrl('d'), 5),
        (|t| t.ctrl('c'), 130),
        (|t| t.signal(Signal::TERM), 129),
        (|t| t.signal(Signal::HUP), 129),
    ];
    for (end, code) in ends {
        let mut terminal = lab.terminal(&["--plain"], 80, 24);
        wait_screen(&terminal, "10");
        terminal.resize(40, 10);
        end(&mut terminal);
        assert_eq!(terminal.wait_exit(), code, "{terminal}");
        assert_plain(&terminal);
        assert_eq!(terminal.modes(), modes);
    }
}

#[test]
fn ctrl_c_in_a_hidden_prompt_leaves_the_echo_on() {
    let lab = Lab::new();
    let modes = fresh_modes(&lab);
    let mut terminal = lab.terminal(&["demo", "--plain"], 80, 24);
    wait_screen(&terminal, "21");
    answer(&mut terminal, "1");
    terminal.wait_until("a hidden prompt", |t| {
        printed(t).contains("New passphrase (nothing") && !t.echoes()
    });
    terminal.type_text("secret");
    terminal.ctrl('c');
    terminal.wait_until("the wipe is told", |t| {
        printed(t).contains("what was typed is wiped")
    });
    terminal.ctrl('c');
    assert_eq!(terminal.wait_exit(), 130);
    assert_eq!(terminal.modes(), modes);
    assert!(!printed(&terminal).contains("secret"));
}

#[test]
fn other_answers_are_told_apart() {
    let lab = Lab::new();
    lab.write(".ssh/config", "Host box\n  HostName box.example\n");
    let mut terminal = lab.terminal(&["--plain"], 80, 24);
    wait_screen(&terminal, "10");
    answer(&mut terminal, "99");
    terminal.wait_until("99 is refused", |t| {
        printed(t).contains("99 is not one of the choices.")
    });
    answer(&mut terminal, "zebra");
    terminal.wait_until("a word is refused", |t| {
        printed(t).contains("zebra is not one of the choices.")
    });
    // The page is not read out again for that; the prompt is.
    let text = printed(&terminal);
    assert_eq!(text.matches("1. GitHub").count(), 1, "{text}");
    assert!(terminal.running());
    terminal.wait_until("the prompt again", |t| printed(t).trim_end().ends_with(ASK));
    answer(&mut terminal, "8");
    wait_screen(&terminal, "11");
    answer(&mut terminal, "1");
    terminal.wait_until("a field", |t| {
        printed(t).trim_end().ends_with("Address, < back:")
    });
    answer(&mut terminal, "-oProxyCommand=x");
    terminal.wait_until("refused", |t| {
        printed(t).contains("Problem: \"-oProxyCommand=x\" is not something to connect to.")
    });
    answer(&mut terminal, "<");
    terminal.wait_until("the hosts again", |t| printed(t).trim_end().ends_with(ASK));
    answer(&mut terminal, "<");
    wait_screen(&terminal, "10");
    answer(&mut terminal, "<");
    terminal.wait_until("no way back", |t| {
        printed(t).contains("This is the first screen.")
    });
    answer(&mut terminal, "q");
    assert_eq!(terminal.wait_exit(), 5);
    assert_plain(&terminal);
}
