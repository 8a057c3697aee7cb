//! Do the pty, tmux and X11 of the laboratory show what a person would see?

use std::time::Duration;

use crate::lab::{Exit, Lab, PASSWORD, Route, Signal, Terminal};

#[test]
fn a_password_opens_a_plain_server() {
    let lab = Lab::new();
    lab.route("box.test", Route::Sshd);
    lab.trust("box.test");
    lab.server.set("PasswordAuthentication", "yes");
    let ssh = lab.command("ssh").args(["deploy@box.test", "pwd; exit 7"]);
    let mut terminal = ssh.terminal(80, 24);
    terminal.wait_for("password:");
    assert!(!terminal.echoes());
    terminal.type_text(PASSWORD);
    terminal.enter();
    assert_eq!(terminal.wait_exit(), 7);
    assert!(terminal.shows("server/home/deploy"), "{terminal}");
    assert!(!terminal.screen().contains(PASSWORD), "{terminal}");
    assert_eq!(terminal.presses(), 1);
}

#[test]
fn a_terminal_drives_ssh_keygen() {
    let lab = Lab::builder().ssh_dir().build();
    let keygen = lab.command("ssh-keygen").args(["-t", "ed25519"]);
    let mut terminal = keygen.terminal(100, 30);
    terminal.wait_for("Enter file in which to save the key");
    terminal.wait_for(&lab.home().display().to_string());
    let modes = terminal.modes();
    terminal.enter();
    terminal.wait_for("Enter passphrase");
    assert_ne!(terminal.modes(), modes);
    terminal.type_text("secret");
    terminal.enter();
    terminal.wait_for("Enter same passphrase again:");
    terminal.type_text("secret");
    terminal.enter();
    assert_eq!(terminal.wait_exit(), 0);
    assert_eq!(terminal.modes(), modes);
    assert_eq!(terminal.presses(), 3);
    assert!(lab.read(".ssh/id_ed25519.pub").starts_with("ssh-ed25519 "));
}

#[test]
fn a_terminal_shows_what_a_program_does_to_it() {
    let lab = Lab::new();
    let mut terminal = lab.command("sh").terminal(80, 24);
    let say = |terminal: &mut Terminal, line: &str| {
        terminal.type_text(line);
        terminal.enter();
    };
    say(&mut terminal, "PS1=; stty -echo; echo rea''dy");
    terminal.wait_for("ready");
    say(&mut terminal, "echo $$ is me");
    terminal.wait_for(&format!("{} is me", terminal.pid()));
    terminal.resize(60, 16);
    say(&mut terminal, "stty size");
    terminal.wait_for("16 60");
    say(
        &mut terminal,
        r"printf '\033[?1049h\033[?25l\033[?1000h\033[?2004h\033[3;5H\033[1;32mdrawn'",
    );
    terminal.wait_for("drawn");
    assert!(terminal.alternate_screen() && !terminal.cursor_visible());
    assert!(terminal.takes_mouse() && terminal.bracketed_paste());
    assert_eq!(
        (terminal.cursor(), terminal.row(3).trim()),
        ((3, 10), "drawn")
    );
    assert!(terminal.cell(3, 5).expect("on the screen").bold());
    assert_eq!(terminal.attributes(), ["1;32"]);
    say(
        &mut terminal,
        r"printf '\033]52;c;c3NoLWVkMjU1MTk=\007\033[2J\033[?1049l'; echo b''ack",
    );
    terminal.wait_for("back");
    terminal.wait_gone("drawn");
    assert_eq!(terminal.clipboard().as_deref(), Some("ssh-ed25519"));
    say(
        &mut terminal,
        r"stty raw; printf '\033[6n'; dd bs=1 count=6 2>/dev/null | od -c; stty -raw",
    );
    terminal.wait_for("033   [");
    terminal.settled();
    assert_eq!(terminal.bytes_within(Duration::from_millis(200)), 0);
    for (cols, rows) in [(1, 1), (0, 0), (500, 200), (80, 24)] {
        terminal.resize(cols, rows);
    }
    say(
        &mut terminal,
        "printf '\\344\\270\\255 wide and a long line\\n\\033[5;5Hx\\033[2L\\033[9P'",
    );
    terminal.settled();
    terminal.signal(Signal::KILL);
    assert_eq!(terminal.wait_exit(), Exit::Signal("Killed".to_owned()));
    assert!(!terminal.running());
}

#[test]
fn a_tiny_terminal_survives_wide_characters() {
    let lab = Lab::new();
    for (cols, rows) in [(0, 0), (1, 1), (2, 1), (1, 5)] {
        let words = r"printf '\344\270\255\344\270\255abc\n\033[5;5H\344\270\255\033[3L\033[9P\033[9@\033[7Xend'";
        let terminal = lab.command("sh").args(["-c", words]).terminal(cols, rows);
        assert_eq!(terminal.wait_exit(), 0);
    }
}

#[test]
fn tmux_has_a_screen_and_a_clipboard() {
    let lab = Lab::new();
    let tmux = lab.tmux_of(&["sh", "-c", "echo name?; read -r name; printf %s \"$name\" | tmux load-buffer -w -; echo kept; exit 3"], 60, 16);
    tmux.wait_for("name?");
    assert_eq!(
        tmux.ask("#{window_width}x#{window_height} #{alternate_on} #{cursor_flag}"),
        "60x16 0 1"
    );
    assert_eq!(tmux.buffer(), None);
    tmux.type_text("ana; $HOME");
    tmux.keys(&["Enter"]);
    tmux.wait_for("kept");
    assert_eq!(tmux.buffer().as_deref(), Some("ana; $HOME"));
    assert_eq!(tmux.wait_exit(), 3);
    drop(tmux);
    lab.wait_no_process("tmux");

    let tmux = lab.tmux_of(
        &[
            "sh",
            "-c",
            "trap 'exit 129' HUP; echo up; while :; do sleep 0.01; done",
        ],
        80,
        24,
    );
    tmux.wait_for("up");
    tmux.close();
    lab.wait_no_process("echo up");
    drop(tmux);
    lab.wait_no_process("tmux");
}

#[test]
fn x11_keeps_a_copied_text() {
    let lab = Lab::new();
    let x11 = lab.xvfb();
    assert_eq!(x11.clipboard(), None);
    x11.copy("ssh-ed25519 AAAA");
    assert_eq!(x11.clipboard().as_deref(), Some("ssh-ed25519 AAAA"));
    drop(x11);
    lab.wait_no_process("Xvfb");
    lab.wait_no_process("xclip");
}
