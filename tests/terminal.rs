//! Is the terminal treated as its owner would want: keys, sizes, signals, colours, silence?
//!
//! The real program in a real pty or tmux. What the screens say is in `tests/screens`.
#![cfg(target_os = "linux")]

#[path = "terminal/given_back.rs"]
mod given_back;
#[path = "terminal/keys.rs"]
mod keys;
mod lab;
#[path = "terminal/looks.rs"]
mod looks;
#[path = "terminal/message.rs"]
mod message;
#[path = "terminal/plain.rs"]
mod plain;

use lab::{Lab, Terminal};

/// The demo, on the screen that makes a key: no network, nothing of anybody's.
fn demo(lab: &Lab) -> Terminal {
    let terminal = lab.terminal(&["demo"], 80, 24);
    terminal.wait_for("Screen 21");
    terminal
}

/// What a fresh terminal's modes are.
fn fresh_modes(lab: &Lab) -> String {
    let terminal = lab.command("sh").args(["-c", "echo ready; read -r line"]);
    let terminal = terminal.terminal(80, 24);
    terminal.wait_for("ready");
    terminal.modes()
}

/// The row that the cursor is on, without blanks around it.
fn at_cursor(terminal: &Terminal) -> String {
    let (row, _) = terminal.cursor();
    terminal.row(usize::from(row)).trim().to_owned()
}
