//! Does the public key reach the clipboard of the person who sits there, and is nothing claimed that was not seen?
#![cfg(target_os = "linux")]

mod lab;

use std::fs;
use std::os::unix::net::UnixListener;

use lab::{Key, Lab, Terminal, Tmux, poll};

const OWNER: &str = "__own-clipboard";
const ADDRESS: &str = "https://github.com/settings/ssh/new";

/// Choices of screen 30 at a service with a key page.
const COPY_AND_OPEN: &str = "1";
const COPY: &str = "2";
const SHOW: &str = "3";

#[test]
fn a_copy_is_exact_and_outlives_sshstep_until_somebody_else_copies() {
    let lab = Lab::new();
    let x11 = lab.xvfb();
    let (key, mut screen) = screen_30(&lab);
    screen.press(COPY);
    screen.wait_for("Copied ");
    let line = key.public_line();
    assert!(line.starts_with("ssh-ed25519 ") && !line.contains('\n'));
    let count = line.chars().count();
    assert!(
        screen.shows(&format!(
            "Copied {count} characters, starts with ssh-ed25519."
        )),
        "{screen}"
    );
    assert_eq!(x11.clipboard().as_deref(), Some(line.as_str()));

    screen.press("q");
    assert_eq!(screen.wait_exit(), 5);
    drop(screen); // the terminal hangs up
    assert_eq!(x11.clipboard().as_deref(), Some(line.as_str()));
    let owner = owner(&lab).expect("it serves the clipboard");
    assert_eq!(session(owner), owner, "a session of its own");

    x11.copy("something else");
    lab.wait_no_process(OWNER);
    assert_eq!(x11.clipboard().as_deref(), Some("something else"));
}

#[test]
fn copying_twice_leaves_one_owner() {
    let lab = Lab::new();
    let x11 = lab.xvfb();
    let (key, mut screen) = screen_30(&lab);
    screen.press(COPY);
    screen.wait_for("Copied ");
    let first = owner(&lab).expect("it serves the clipboard");
    screen.press(COPY);
    let replaced = poll(|| owner(&lab).filter(|pid| *pid != first));
    assert!(replaced.is_some(), "{screen}");
    screen.wait_for("Copied ");
    assert_eq!(x11.clipboard(), Some(key.public_line()));
}

#[test]
fn what_another_program_copied_is_never_read() {
    let lab = Lab::new();
    let _x11 = lab.xvfb();
    let secret = lab.write("secret", "not for sshstep");
    let other = lab.command("xclip");
    let other = other.args(["-verbose", "-selection", "clipboard", "-i"]);
    let other = other.arg(secret).background();
    let serves = poll(|| other.printed().contains("request number 1").then_some(()));
    assert!(serves.is_some(), "{}", other.printed());
    let (_, mut screen) = screen_30(&lab);
    screen.press(COPY);
    screen.wait_for("Copied ");
    assert!(
        !other.printed().contains("request number 2"),
        "{}",
        other.printed()
    );
}

/// The test above can fail: xclip does tell when it is read.
#[test]
fn a_reader_of_the_clipboard_is_noticed() {
    let lab = Lab::new();
    let x11 = lab.xvfb();
    let secret = lab.write("secret", "words");
    let other = lab.command("xclip");
    let other = other.args(["-verbose", "-selection", "clipboard", "-i"]);
    let other = other.arg(secret).background();
    let pasted = poll(|| x11.clipboard().filter(|text| text == "words"));
    assert!(pasted.is_some());
    let noticed = poll(|| other.printed().contains("request number 2").then_some(()));
    assert!(noticed.is_some(), "{}", other.printed());
}

#[test]
fn a_frozen_display_is_left_after_a_moment_and_freezes_nothing() {
    let lab = Lab::new();
    let sockets = lab.dir().join("tmp/.X11-unix");
    fs::create_dir_all(&sockets).expect("the lab's folder is writable");
    let _frozen = UnixListener::bind(sockets.join("X77")).expect("the lab takes a socket");
    lab.set_env("DISPLAY", ":77");
    let (_, mut screen) = screen_30(&lab);
    screen.press(COPY);
    screen.wait_for("Copying");
    screen.press("?");
    screen.wait_for("Screen 01");
    screen.press("b");
    screen.wait_for("The desktop did not answer in time.");
    says_how_to_go_on(&screen);
    lab.wait_no_process(OWNER);

    screen.press(COPY);
    screen.wait_for("Copying");
    screen.press("x");
    screen.wait_for("stopped waiting");
    lab.wait_no_process(OWNER);
    screen.press("q");
    assert_eq!(screen.wait_exit(), 5);
}

#[test]
fn a_dead_display_is_told_at_once() {
    let lab = Lab::new();
    lab.set_env("DISPLAY", ":78");
    let (_, mut screen) = screen_30(&lab);
    screen.press(COPY);
    screen.wait_for("The desktop's clipboard could not be reached.");
    says_how_to_go_on(&screen);
    lab.wait_no_process(OWNER);
}

#[test]
fn over_ssh_the_terminal_gets_it_and_this_machines_desktop_does_not() {
    let lab = Lab::new();
    let x11 = lab.xvfb();
    x11.copy("of the person at the desk");
    for program in ["xsel", "wl-copy", "pbcopy", "clip.exe"] {
        lab.fake_program(program, "touch \"$0\".was-run; cat >/dev/null");
    }
    lab.set_env("SSH_CONNECTION", "192.0.2.7 50000 192.0.2.1 22");
    let (key, mut screen) = screen_30(&lab);
    screen.press(COPY);
    screen.wait_for("Sent to your terminal. I cannot see if it arrived.");
    assert_eq!(screen.clipboard(), Some(key.public_line()));
    assert!(!screen.shows("Copied"), "{screen}");
    assert_eq!(
        x11.clipboard().as_deref(),
        Some("of the person at the desk")
    );
    lab.wait_no_process(OWNER);
    let bin = fs::read_dir(lab.dir().join("bin")).expect("the lab's folder can be read");
    let ran = bin
        .flatten()
        .find(|entry| entry.file_name().to_string_lossy().ends_with(".was-run"));
    assert!(ran.is_none(), "{ran:?}");
    // Nor is a browser opened on the wrong machine.
    assert!(alone_on_a_row(&screen.rows(), ADDRESS), "{screen}");
    screen.press(COPY_AND_OPEN);
    screen.wait_for("Sent to your terminal.");
    assert_eq!(lab.opened(), [""; 0]);
}

#[test]
fn without_a_desktop_the_terminal_is_asked_unless_it_would_print_it() {
    let lab = Lab::new();
    let (key, mut screen) = screen_30(&lab);
    screen.press(COPY);
    screen.wait_for("I cannot see if it arrived.");
    assert_eq!(screen.clipboard(), Some(key.public_line()));
    drop(screen);

    lab.set_env("TERM", "linux");
    let mut screen = setup(&lab);
    screen.press(COPY);
    screen.wait_for("There is no clipboard here.");
    says_how_to_go_on(&screen);
    assert!(!String::from_utf8_lossy(&screen.raw()).contains("\x1b]52"));
}

#[test]
fn in_tmux_its_buffer_and_the_outer_terminal_get_it() {
    let lab = Lab::new();
    let key = known_key(&lab);
    let tmux = setup_in_tmux(&lab, 80, 24);
    tmux.type_text(COPY);
    tmux.wait_for("Sent through tmux to your terminal.");
    tmux.wait_for("I cannot see if it arrived.");
    assert_eq!(tmux.buffer(), Some(key.public_line()));
}

#[test]
fn in_tmux_at_a_desk_both_get_it_and_closing_the_window_keeps_it() {
    let lab = Lab::new();
    let x11 = lab.xvfb();
    let key = known_key(&lab);
    let tmux = setup_in_tmux(&lab, 80, 24);
    tmux.type_text(COPY);
    tmux.wait_for("Copied ");
    assert_eq!(tmux.buffer(), Some(key.public_line()));
    tmux.close();
    lab.wait_no_process("sshstep setup");
    assert_eq!(x11.clipboard(), Some(key.public_line()));
}

#[test]
fn the_whole_key_is_one_unwrapped_line_outside_the_alternate_screen() {
    let lab = Lab::new();
    let key = known_key(&lab);
    let tmux = setup_in_tmux(&lab, 60, 20);
    assert_eq!(tmux.ask("#{alternate_on}"), "1");
    tmux.type_text(SHOW);
    tmux.wait_for("Press Enter");
    assert_eq!(tmux.ask("#{alternate_on}"), "0");
    let line = key.public_line();
    let shown = joined(&tmux);
    assert!(
        shown.lines().any(|shown| shown.trim_end() == line),
        "{shown}"
    );
    tmux.keys(&["Enter"]);
    tmux.wait_for("Screen 30");
    assert_eq!(tmux.ask("#{alternate_on}"), "1");
}

#[test]
fn the_key_page_is_opened_once_the_key_is_copied() {
    let lab = Lab::new();
    let x11 = lab.xvfb();
    let (key, mut screen) = screen_30(&lab);
    screen.press(COPY_AND_OPEN);
    screen.wait_for("Browser opened.");
    assert_eq!(lab.opened(), [ADDRESS]);
    assert_eq!(x11.clipboard(), Some(key.public_line()));
    // Enter now checks; it does not copy once more.
    assert!(
        screen
            .rows()
            .iter()
            .any(|row| row.contains("> 4") || row.contains("❯ 4")),
        "{screen}"
    );
}

#[test]
fn a_browser_that_does_not_open_leaves_the_address_on_a_row_of_its_own() {
    for browser in [None, Some("false")] {
        let lab = Lab::new();
        let _x11 = lab.xvfb();
        match browser {
            Some(browser) => lab.set_env("BROWSER", browser),
            None => {
                for name in ["xdg-open", "gio", "gnome-open", "kde-open", "wslview"] {
                    lab.fake_program(name, "exit 4");
                }
            }
        }
        let (_, mut screen) = screen_30(&lab);
        screen.press(COPY_AND_OPEN);
        screen.wait_for("The browser did not open.");
        assert!(alone_on_a_row(&screen.rows(), ADDRESS), "{screen}");
        screen.wait_for("Copied ");
        assert_eq!(lab.opened(), [""; 0], "{browser:?}");
    }
}

/// A key that the service does not know yet; the service itself was met before.
fn known_key(lab: &Lab) -> Key {
    let key = lab.key("id_ed25519").make();
    lab.trust("github.com");
    key
}

fn screen_30(lab: &Lab) -> (Key, Terminal) {
    let key = known_key(lab);
    (key, setup(lab))
}

fn setup(lab: &Lab) -> Terminal {
    let mut screen = lab.terminal(&["setup", "github"], 80, 24);
    screen.wait_for("GitHub does not know this key");
    screen.enter();
    screen.wait_for("Screen 30");
    screen
}

fn setup_in_tmux(lab: &Lab, cols: u16, rows: u16) -> Tmux<'_> {
    let tmux = lab.tmux(&["setup", "github"], cols, rows);
    tmux.wait_for("GitHub does not know this key");
    tmux.keys(&["Enter"]);
    tmux.wait_for("Screen 30");
    tmux
}

fn owner(lab: &Lab) -> Option<u32> {
    let owns = |process: &lab::Process| process.command.contains(OWNER);
    lab.processes()
        .into_iter()
        .find(owns)
        .map(|process| process.pid)
}

/// The session of a process: the fourth field behind the name in brackets (proc(5)).
fn session(pid: u32) -> u32 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    let (_, rest) = stat.rsplit_once(") ").expect("the name is in brackets");
    let field = rest.split(' ').nth(3).expect("it has many fields");
    field.parse().expect("a number")
}

fn says_how_to_go_on(screen: &Terminal) {
    screen.wait_for("Choose \"Show the whole key\" and copy it by hand.");
    assert!(!screen.shows("Copied"), "{screen}");
}

fn alone_on_a_row(rows: &[String], text: &str) -> bool {
    rows.iter().any(|row| row.trim() == text)
}

/// The pane's text with wrapped rows joined again, what has scrolled away included.
fn joined(tmux: &Tmux<'_>) -> String {
    tmux.run(&["capture-pane", "-pJ", "-S", "-"])
        .expect(0)
        .stdout
}
