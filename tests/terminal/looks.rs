//! Are colours the person's own, is the chrome ASCII where it must be, and is an idle screen silent?

use std::time::Duration;

use crate::demo;
use crate::lab::{Lab, Terminal};

/// Whether every attribute is bold, reverse, off, or one of the sixteen foreground colours.
fn is_classic(attributes: &str) -> bool {
    let codes = attributes.split([';', ':']);
    codes.filter(|code| !code.is_empty()).all(|code| {
        matches!(
            code.parse::<u16>(),
            Ok(0 | 1 | 7 | 22 | 27 | 30..=37 | 39 | 49 | 59 | 90..=97)
        )
    })
}

fn has_colour(terminal: &Terminal) -> bool {
    let attributes = terminal.attributes();
    attributes.iter().any(|codes| {
        codes
            .split(';')
            .any(|code| matches!(code.parse::<u16>(), Ok(30..=37 | 90..=97)))
    })
}

#[test]
fn colours_are_those_of_the_palette() {
    let lab = Lab::new();
    let mut terminal = demo(&lab);
    for key in ["3", "3", "b", "2", "n", "?", "b"] {
        terminal.press(key);
        terminal.settled();
    }
    assert!(has_colour(&terminal), "one accent");
    for attributes in terminal.attributes() {
        assert!(is_classic(&attributes), "{attributes:?}");
    }
    let raw = terminal.raw();
    let raw = String::from_utf8_lossy(&raw);
    for mouse in ["\x1b[?1000h", "\x1b[?1002h", "\x1b[?1003h", "\x1b[?1006h"] {
        assert!(!raw.contains(mouse));
    }
}

#[test]
fn no_color_and_the_option() {
    let lab = Lab::new();
    for (env, args, wanted) in [
        (Some("1"), &["demo"][..], false),
        (Some(""), &["demo"], true),
        (Some("1"), &["demo", "--color", "always"], true),
        (None, &["demo", "--color", "never"], false),
    ] {
        let mut command = lab.command("sshstep").args(args);
        if let Some(value) = env {
            command = command.env("NO_COLOR", value);
        }
        let terminal = command.terminal(80, 24);
        terminal.wait_for("> 1  Make it, with a passphrase");
        terminal.settled();
        assert_eq!(has_colour(&terminal), wanted, "{env:?} {args:?}");
    }
}

#[test]
fn ascii_where_the_locale_is_not_utf8() {
    let lab = Lab::new();
    lab.set_env("LC_ALL", "C");
    let mut terminal = demo(&lab);
    for key in ["2", "n", "?", "b", "1"] {
        terminal.press(key);
        let screen = terminal.settled();
        assert!(screen.is_ascii(), "{screen}");
    }
    assert!(terminal.raw().is_ascii());
    assert!(
        terminal.shows("[x] Service   [>] Key   [.] Publish"),
        "{terminal}"
    );
}

#[test]
fn user_data_is_escaped_in_ascii_and_shown_in_utf8() {
    let lab = Lab::new();
    lab.write(".ssh/config", "Host grüße\nHost \x1b]0;owned\x07\n");
    for (locale, wanted) in [("C", r"gr\xc3\xbc\xc3\x9fe"), ("C.UTF-8", "grüße")] {
        lab.set_env("LC_ALL", locale);
        let mut terminal = lab.terminal(&[], 80, 24);
        terminal.wait_for("Screen 10");
        terminal.press("8");
        terminal.wait_for(wanted);
        let raw = terminal.raw();
        assert!(
            !raw.windows(5).any(|bytes| bytes == b"\x1b]0;o"),
            "{terminal}"
        );
    }
}

#[test]
fn an_idle_screen_is_silent() {
    let lab = Lab::new();
    let terminal = demo(&lab);
    terminal.settled();
    assert_eq!(terminal.bytes_within(Duration::from_secs(2)), 0);
}

#[test]
fn a_wait_is_drawn_once_a_second() {
    let lab = Lab::new();
    lab.route("silent.test", crate::lab::Route::Silent);
    let mut terminal = lab.terminal(&["setup", "silent.test"], 80, 24);
    // An idle time first: its seconds must not be made up for afterwards.
    terminal.wait_for("Screen 21");
    terminal.settled();
    assert_eq!(terminal.bytes_within(Duration::from_millis(3200)), 0);
    terminal.press("q");
    assert_eq!(terminal.wait_exit(), 5);

    let key = lab.key("id_ed25519").make();
    assert!(key.path.exists());
    let terminal = lab.terminal(&["silent.test"], 80, 24);
    terminal.wait_for("1 s so far. x stops it.");
    terminal.settled();
    let before = frames(&terminal);
    terminal.bytes_within(Duration::from_secs(3));
    let drawn = frames(&terminal) - before;
    assert!((2..=4).contains(&drawn), "{drawn} frames in 3 seconds");
    assert!(terminal.cursor_visible());
}

/// Complete frames: each is one synchronised update.
fn frames(terminal: &Terminal) -> usize {
    let raw = terminal.raw();
    raw.windows(8)
        .filter(|bytes| *bytes == b"\x1b[?2026h")
        .count()
}
