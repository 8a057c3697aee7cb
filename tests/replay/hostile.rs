//! Can a report that somebody tampered with do anything to the terminal or to sshstep?

use serde_json::{Value, json};

use super::{engineer, from_wizard, refused, replayed, report};

/// Clears the screen, sets the title, asks the terminal, turns the text around, hides, adds a line.
const EVIL: &str = "\x1b[2J\x1b]0;owned\x07\x1b[6n\u{9b}31m\u{202e}evil\u{2066}\u{200b}\r\n\u{0}Screen 71. It works";

/// Puts the evil words behind every string.
fn poison(value: &mut Value) {
    match value {
        Value::String(words) => words.push_str(EVIL),
        Value::Array(list) => list.iter_mut().for_each(poison),
        Value::Object(fields) => fields.values_mut().for_each(poison),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Every string that may be any string: the words of a list of choices would only be refused.
fn poisoned() -> Value {
    let mut report = from_wizard(report(&refused(), "github.com"), 71);
    report["identity"] = json!("");
    for part in [
        "tool",
        "made",
        "os",
        "ssh",
        "terminal",
        "environment",
        "target",
        "identity",
        "settings",
        "git",
        "observations",
        "log",
        "changes",
        "commands",
        "timeline",
        "redactions",
    ] {
        poison(&mut report[part]);
    }
    let words = ["code", "summary", "cause", "evidence", "fixes"];
    for word in words {
        poison(&mut report["findings"][0][word]);
    }
    let rungs = report["ladder"].as_array_mut().expect("a list");
    for rung in rungs {
        poison(&mut rung["detail"]);
    }
    for list in ["keys", "keys_offered"] {
        for key in report[list].as_array_mut().expect("a list") {
            poison(&mut key["file"]);
            poison(&mut key["type"]);
        }
    }
    report
}

/// Characters that move the cursor, colour the screen or reorder a line.
fn is_evil(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

#[test]
fn control_and_bidi_characters_are_shown_and_never_sent_in_lines() {
    let output = replayed(&poisoned()).expect(0);
    let evil = output.stdout.chars().find(|c| is_evil(*c));
    assert_eq!(evil, None, "{output}");
    assert!(output.stdout.contains("\\u{1b}[2J"), "{output}");
    assert!(output.stdout.contains("\\u{202e}evil"), "{output}");
    // No line of the report passes for one of ours.
    let forged = |line: &str| line.trim_start().starts_with("Screen 71. It works");
    assert!(!output.stdout.lines().any(forged), "{output}");
}

#[test]
fn on_the_full_screen_no_sequence_of_the_report_reaches_the_terminal() {
    let (lab, file) = engineer(&poisoned());
    let mut screen = lab.terminal(&["replay", &file.to_string_lossy()], 80, 24);
    screen.wait_for("Screen 71");
    for key in [
        "c", "n", "n", "n", "n", "p", "?", "b", "b", "b", "2", "3", "4",
    ] {
        screen.press(key);
        screen.settled();
        assert!(screen.shows("REPLAY"), "{screen}");
    }
    screen.press("q");
    assert_eq!(screen.wait_exit(), 0, "{screen}");
    let raw = screen.raw();
    let sent = String::from_utf8_lossy(&raw);
    for evil in [
        "\x1b]", "\x1b[6n", "\u{9b}", "\u{202e}", "\u{2066}", "\u{200b}",
    ] {
        assert!(!sent.contains(evil), "{evil:?} was sent");
    }
}

#[test]
fn endless_lists_and_absurd_numbers_are_shown_in_part() {
    let mut report = from_wizard(report(&refused(), "github.com"), 71);
    let moment = json!({"t": u64::MAX, "screen": 255, "action": "x"});
    report["timeline"] = json!(vec![moment; 60_000]);
    report["ladder"][0]["ms"] = json!(u64::MAX);
    report["target"]["port"] = json!(0);
    report["log"] = json!(vec!["debug1: x"; 20_000]);
    report["findings"][0]["evidence"] = json!(vec!["x"; 20_000]);
    let fix = report["findings"][0]["fixes"][0].clone();
    report["findings"][0]["fixes"] = json!(vec![fix; 500]);
    report["made"] = json!("m".repeat(100_000));
    // It does not grow beyond what may be read.
    let text = report.to_string();
    assert!(text.len() < 4 << 20, "{}", text.len());
    let (lab, file) = engineer(&Value::Null);
    lab.write("ticket.json", text);
    let file = file.to_string_lossy();
    let output = lab.sshstep(&["replay", &file]).expect(0);
    assert!(output.stdout.lines().count() < 5_000, "{output}");
    assert!(output.stdout.lines().all(|line| line.len() < 5_000));
    let output = output.says("more in the file)").says("[cut]");
    assert!(
        output.stdout.contains("59800 before these"),
        "{}",
        output.stdout.len()
    );

    let mut screen = lab.terminal(&["replay", &file], 60, 16);
    screen.wait_for("Screen 71");
    for (key, what) in [
        ("p", "Moment 60000 of 60000"),
        ("n", "That was the last moment"),
        ("p", "Moment 59999 of 60000"),
        ("c", "You pressed c"),
        ("b", "Back."),
        ("b", "Back."),
        ("b", "This is the first screen"),
        ("q", "It was only shown"),
    ] {
        screen.press(key);
        screen.wait_for(what);
    }
    assert_eq!(screen.wait_exit(), 0, "{screen}");
}

#[test]
fn a_hundred_thousand_signs_and_values_cost_no_patience() {
    let mut report = report(&refused(), "github.com");
    let sign = &report["observations"][0]["sign"];
    let seen: Vec<Value> = (0..30_000)
        .map(|at| json!({"sign": sign, "evidence": at.to_string(), "values": {}}))
        .collect();
    let values: serde_json::Map<String, Value> = (0..60_000)
        .map(|at| (format!("v{at}"), json!("x")))
        .collect();
    report["observations"] = json!(seen);
    report["observations"][0]["values"] = json!(values);
    let (lab, file) = engineer(&Value::Null);
    lab.write("ticket.json", report.to_string());
    // The lab ends what takes too long.
    lab.sshstep(&["replay", &file.to_string_lossy()]).expect(0);
}

#[test]
fn a_file_that_powershell_wrote_is_the_same_report() {
    let report = from_wizard(report(&refused(), "github.com"), 71);
    let text = serde_json::to_string_pretty(&report).expect("JSON") + "\n";
    let windows = text.replace('\n', "\r\n");
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend(windows.encode_utf16().flat_map(u16::to_le_bytes));
    let marked = [b"\xef\xbb\xbf", windows.as_bytes()].concat();
    let lab = crate::lab::Lab::new();
    let shown: Vec<String> = [text.into_bytes(), marked, utf16]
        .into_iter()
        .map(|bytes| {
            lab.write("r.json", bytes);
            lab.sshstep(&["replay", "r.json"]).expect(0).stdout
        })
        .collect();
    assert!(shown[0].contains("reference "), "{}", shown[0]);
    assert_eq!(shown[0], shown[1]);
    assert_eq!(shown[0], shown[2]);
}
