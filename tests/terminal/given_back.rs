//! Does the person get the terminal back as it was, however the program ends?

use crate::lab::{Exit, Lab, Signal, Terminal, poll};
use crate::{demo, fresh_modes};

#[track_caller]
fn assert_given_back(terminal: &Terminal, modes: &str) {
    assert!(!terminal.alternate_screen(), "{terminal}");
    assert!(terminal.cursor_visible(), "{terminal}");
    assert!(!terminal.bracketed_paste() && !terminal.takes_mouse());
    assert_eq!(terminal.modes(), modes);
}

#[test]
fn after_quit_ctrl_c_and_signals() {
    let lab = Lab::new();
    let modes = fresh_modes(&lab);
    type End = fn(&mut Terminal);
    let ends: [(End, Exit); 4] = [
        (|t| t.press("q"), Exit::Code(5)),
        (|t| t.ctrl('c'), Exit::Code(130)),
        (|t| t.signal(Signal::TERM), Exit::Code(129)),
        (|t| t.signal(Signal::HUP), Exit::Code(129)),
    ];
    for (end, exit) in ends {
        let mut terminal = demo(&lab);
        assert!(terminal.alternate_screen() && terminal.bracketed_paste());
        assert_ne!(terminal.modes(), modes);
        end(&mut terminal);
        assert_eq!(terminal.wait_exit(), exit);
        assert_given_back(&terminal, &modes);
    }
    lab.wait_no_process("sshstep");
}

#[test]
fn a_few_lines_stay_after_the_end() {
    let lab = Lab::new();
    let mut terminal = lab.terminal(&[], 80, 24);
    terminal.wait_for("Screen 10");
    terminal.press("q");
    assert_eq!(terminal.wait_exit(), 5);
    let screen = terminal.screen();
    let lines: Vec<&str> = screen.lines().collect();
    assert!((3..=8).contains(&lines.len()), "{screen}");
    assert!(
        lines[0].starts_with("sshstep: left at Step 1 of 6"),
        "{screen}"
    );
    assert!(screen.contains("Nothing was changed on this computer."));
    assert!(screen.contains("Go on: sshstep"));
}

#[test]
fn ctrl_z_and_fg() {
    let lab = Lab::new();
    // A shell with job control, as a person has.
    let mut terminal = lab
        .command("bash")
        .args(["--norc", "--noprofile", "-i"])
        .env("PS1", "prompt> ")
        .terminal(80, 24);
    terminal.wait_for("prompt>");
    let modes = terminal.modes();
    terminal.type_text("sshstep demo");
    terminal.enter();
    terminal.wait_for("Screen 21");
    terminal.press("1");
    terminal.wait_for("New passphrase");
    terminal.type_text("secret");
    terminal.ctrl('z');
    terminal.wait_for("Stopped");
    terminal.wait_until("the prompt's own modes", |t| t.modes() == modes);
    assert!(!terminal.alternate_screen() && terminal.cursor_visible());
    terminal.type_text("fg");
    terminal.enter();
    terminal.wait_for("New passphrase");
    assert!(terminal.alternate_screen());
    // What was typed before is wiped: Enter alone is not a passphrase.
    terminal.enter();
    terminal.wait_for("Nothing was typed.");
    terminal.esc();
    terminal.wait_gone("New passphrase");
    terminal.press("q");
    terminal.wait_gone("Screen 21");
    terminal.wait_until("the prompt's own modes", |t| t.modes() == modes);
    terminal.type_text("exit 0");
    terminal.enter();
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn a_closed_window_ends_it() {
    let lab = Lab::new();
    let tmux = lab.tmux(&["demo"], 80, 24);
    tmux.wait_for("Screen 21");
    assert_eq!(
        tmux.ask("#{alternate_on} #{cursor_flag} #{mouse_any_flag}"),
        "1 1 0"
    );
    tmux.close();
    lab.wait_no_process("sshstep demo");
}

#[test]
fn x_stops_a_wait_and_ends_ssh() {
    let lab = Lab::new();
    lab.route("silent.test", crate::lab::Route::Silent);
    let mut terminal = lab.terminal(&["fix", "silent.test"], 80, 24);
    terminal.wait_for("Asking the server for its fingerprint");
    let running = || {
        let all = lab.processes();
        all.iter()
            .any(|process| process.command.contains("accept-new"))
    };
    assert!(poll(|| running().then_some(())).is_some(), "ssh runs");
    let before = std::time::Instant::now();
    terminal.press("x");
    terminal.wait_for("stopped waiting");
    let took = before.elapsed();
    assert!(took < std::time::Duration::from_secs(1), "{took:?}");
    lab.wait_no_process("accept-new");
    terminal.press("q");
    assert_eq!(terminal.wait_exit(), 5);
}
