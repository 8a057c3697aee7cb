//! What does the engineer see on the full screen, and what does each key do?

use std::fs;

use serde_json::Value;

use super::lab::{Lab, Terminal};
use super::{engineer, from_wizard, refused, report, working};

fn replay(lab: &Lab, cols: u16, rows: u16) -> Terminal {
    let file = lab.path("ticket.json");
    lab.terminal(&["replay", &file.to_string_lossy()], cols, rows)
}

/// What takes this choice.
#[track_caller]
fn digit(screen: &Terminal, label: &str) -> String {
    let rows = screen.rows();
    let row = rows.iter().find(|row| row.trim_end().ends_with(label));
    let row = row.unwrap_or_else(|| panic!("{label}: {screen}"));
    let row = row.trim_start_matches([' ', '>']);
    row.chars().take(1).collect()
}

/// The wizard saves a report, support opens it: the same screen with the same digits, and what was pressed.
#[test]
fn a_report_of_the_wizard_is_what_the_person_saw() {
    let person = refused();
    let mut wizard = person.terminal(&["github.com"], 80, 24);
    wizard.wait_for("Screen 71");
    wizard.press("b");
    wizard.wait_for("Screen 10");
    wizard.enter();
    wizard.wait_for("Screen 71");
    let evidence = digit(&wizard, "Show the evidence");
    let save = digit(&wizard, "Save a report for support");
    let headline = wizard.rows()[4].clone();
    wizard.press(&save);
    wizard.wait_for("Read aloud: code key-not-registered, screen 71, reference ");
    let rows = wizard.rows();
    let read_aloud = rows.iter().find(|row| row.contains("Read aloud"));
    let reference = read_aloud.and_then(|row| row.split_whitespace().last());
    let reference = reference.expect("four characters").to_owned();
    wizard.press("1");
    wizard.wait_for("Saved: ");
    wizard.press("q");
    wizard.wait_exit();
    let files = fs::read_dir(person.home()).expect("a home");
    let saved = files
        .map(|file| file.expect("a name").path())
        .find(|file| file.extension().is_some_and(|ending| ending == "json"))
        .expect("it was saved");

    let (lab, file) = engineer(&Value::Null);
    fs::copy(saved, file).expect("it is a file");
    let mut screen = replay(&lab, 80, 24);
    screen.wait_for("Screen 71");
    assert!(screen.shows(&format!("reference {reference}")), "{screen}");
    assert!(screen.shows(headline.trim()), "{headline}: {screen}");
    assert_eq!(digit(&screen, "Show the evidence"), evidence);
    assert_eq!(digit(&screen, "The whole report"), save);
    screen.press("n");
    screen.wait_for("Moment 1 of ");
    screen.press("b");
    screen.press("c");
    screen.wait_for("Screen 02");
    assert!(screen.shows("screen 71  You pressed"), "{screen}");
    screen.press("q");
    assert_eq!(screen.wait_exit(), 0, "{screen}");
}

#[test]
fn the_first_screen_digits_steps_and_the_way_out() {
    for (cols, rows) in [(80, 24), (60, 16)] {
        let (lab, _) = engineer(&from_wizard(report(&refused(), "github.com"), 71));
        let mut screen = replay(&lab, cols, rows);
        let modes = screen.modes();
        screen.wait_for("Screen 71");
        assert!(screen.alternate_screen(), "{screen}");
        assert_ne!(screen.modes(), modes, "raw mode");
        for words in [
            "REPLAY - not this computer",
            "reference",
            "Permission denied",
        ] {
            assert!(screen.shows(words), "{words}: {screen}");
        }
        // A fix does nothing, and says what it would have done.
        screen.press("1");
        screen.wait_for("In the wizard, 1 would open:");
        assert!(screen.shows("Screen 71"), "{screen}");
        // The timeline, there and back.
        for (key, number, moment) in [
            (
                "n",
                "Screen 10",
                "Moment 1 of 4, 2 s: You pressed 1: GitHub",
            ),
            ("n", "Screen 71", "Moment 2 of 4, 5 s:"),
            ("n", "Screen 30", "Moment 3 of 4, 9 s: You pressed b: Back."),
            ("p", "Screen 71", "Moment 2 of 4"),
            ("p", "Screen 10", "Moment 1 of 4"),
            ("p", "Screen 10", "This is the first moment"),
            ("b", "Screen 71", "Back."),
            ("p", "Screen 71", "Moment 4 of 4"),
            ("b", "Screen 71", "Back."),
            ("c", "Screen 02", "You pressed c"),
            ("b", "Screen 71", "Back."),
            ("?", "Screen 01", "You pressed ?"),
            ("b", "Screen 71", "Back."),
            ("b", "Screen 71", "This is the first screen"),
            ("y", "Screen 71", "'y' does nothing here."),
        ] {
            screen.press(key);
            screen.wait_until(&format!("{key}: {number} with {moment}"), |screen| {
                let shows = |words: &str| screen.shows(words);
                shows(number) && (shows(moment) || shows(&moment.replace('\'', "")))
            });
            assert!(screen.shows("REPLAY"), "{screen}");
        }
        screen.press("q");
        screen.wait_for("It was only shown: nothing was done on this computer.");
        assert_eq!(screen.wait_exit(), 0, "{screen}");
        assert!(!screen.alternate_screen() && screen.cursor_visible());
        assert_eq!(screen.modes(), modes, "the terminal is as it was");
    }
}

#[test]
fn the_choices_lead_through_the_pages() {
    let (lab, _) = engineer(&from_wizard(report(&refused(), "github.com"), 71));
    let mut screen = replay(&lab, 80, 24);
    screen.wait_for("Screen 71");
    for (label, number) in [
        ("Show the evidence", "Screen 72"),
        ("The whole report", "Screen 90"),
        ("The test", "Screen 61"),
        ("What was pressed", "Screen 02"),
    ] {
        let key = digit(&screen, label);
        screen.press(&key);
        screen.wait_for(number);
        screen.esc();
        screen.wait_for("Screen 71");
    }
    // Arrows and Enter take the same choices.
    screen.press_sequence("\x1b[F");
    screen.enter();
    screen.wait_for("Screen 02");
    screen.ctrl('c');
    assert_eq!(screen.wait_exit(), 130, "{screen}");
}

#[test]
fn a_long_page_scrolls_and_a_small_window_says_so() {
    let (lab, _) = engineer(&from_wizard(report(&working(), "github.com"), 90));
    let mut screen = replay(&lab, 60, 16);
    screen.wait_for("Screen 90");
    assert!(screen.shows("What is wrong"), "{screen}");
    screen.press_sequence("\x1b[F");
    screen.wait_for("Hidden in this report");
    screen.press_sequence("\x1b[H");
    screen.wait_for("What is wrong");
    screen.down();
    screen.wait_gone("What is wrong");
    screen.up();
    screen.wait_for("What is wrong");
    screen.resize(40, 10);
    screen.wait_for("Window too small");
    // What cannot be read is not answered.
    screen.press("c");
    screen.resize(80, 24);
    screen.wait_for("Screen 90");
    screen.press("q");
    assert_eq!(screen.wait_exit(), 0, "{screen}");
}

#[test]
fn lines_where_a_full_screen_is_not_wanted() {
    let (lab, file) = engineer(&report(&refused(), "github.com"));
    let words = ["replay".into(), file.to_string_lossy().into_owned()];
    for (name, value, option) in [
        ("TERM", "dumb", None),
        ("ACCESSIBLE", "1", None),
        ("X", "", Some("--plain")),
        ("X", "", Some("--no-input")),
    ] {
        let command = lab
            .command("sshstep")
            .args(&words)
            .args(option)
            .env(name, value);
        let screen = command.terminal(80, 24);
        // Nothing is asked.
        assert_eq!(screen.wait_exit(), 0, "{screen}");
        let raw = screen.raw();
        assert!(!raw.contains(&0x1b), "no escape sequence");
        assert!(
            String::from_utf8_lossy(&raw).contains("Screen 71. "),
            "{screen}"
        );
    }
    // The reader may leave early.
    let piped = lab
        .command("sh")
        .args(["-c", "sshstep replay \"$1\" | head -n 1", "sh"])
        .arg(&file)
        .run();
    assert!(
        piped.stdout.starts_with("REPLAY") && piped.stderr.is_empty(),
        "{piped}"
    );
}

/// One end signal is as good as another.
#[test]
fn a_signal_gives_the_terminal_back() {
    let (lab, _) = engineer(&report(&refused(), "github.com"));
    let screen = replay(&lab, 80, 24);
    let modes = screen.modes();
    screen.wait_for("Screen 71");
    screen.signal(super::lab::Signal::TERM);
    assert_eq!(screen.wait_exit(), 129, "{screen}");
    assert_eq!(screen.modes(), modes);
    assert!(!screen.alternate_screen() && screen.cursor_visible());
}
