//! Where does a report open, and what does each key do, on the value alone?

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::{Value, json};

use super::*;
use crate::text::Vocabulary;
use crate::tui::{Colour, draw};

/// What a report has at least.
fn smallest() -> Value {
    json!({
        "schema": 1, "tool": {"name": "sshstep", "version": "0.1.0"}, "made": "2026-09-21T14:12Z",
        "screen": null, "os": "", "ssh": "",
        "terminal": {"term": "", "size": null, "tmux": false, "utf8": true, "plain": false},
        "environment": [], "target": null, "outcome": "unknown", "identity": null, "findings": [],
        "ladder": [], "steps": [], "keys_offered": [], "keys": [],
        "agent": {"program": null, "holds": null, "problem": null}, "settings": [], "git": [],
        "observations": [], "log": [], "changes": [], "commands": [], "timeline": [],
        "metrics": null, "redactions": []
    })
}

fn with(parts: Value) -> Replay {
    let mut report = smallest();
    for (name, part) in parts.as_object().expect("fields") {
        report[name] = part.clone();
    }
    let report = Report::read(report.to_string().as_bytes()).expect("a report");
    Replay::new(report, "7F3Q".to_owned())
}

fn finding(severity: &str) -> Value {
    json!([{
        "code": "seen-tomorrow", "certainty": "likely", "severity": severity, "step": "publish",
        "summary": "It rains.", "cause": "A cloud.", "evidence": ["drops"],
        "fixes": [{"id": "wait", "summary": "Wait", "automatic": false, "recommended": true}]
    }])
}

fn timeline(screens: &[u8]) -> Value {
    let moments = screens.iter().enumerate();
    moments
        .map(|(at, screen)| json!({"t": at, "screen": screen, "action": format!("did {at}")}))
        .collect()
}

fn screen(replay: &Replay) -> u8 {
    replay.frame().page.screen
}

fn echo(replay: &Replay) -> String {
    replay.frame().echo.reveal()
}

fn press(replay: &mut Replay, keys: &str) {
    for c in keys.chars() {
        assert_eq!(replay.on(Key::Char(c)), None, "{c}");
    }
}

#[test]
fn it_opens_where_the_person_was_or_on_what_matters_most() {
    for (parts, first) in [
        (json!({}), 61),
        (json!({"outcome": "works"}), 80),
        (
            json!({"outcome": "problem", "findings": finding("error")}),
            71,
        ),
        (
            json!({"outcome": "works", "findings": finding("advice")}),
            80,
        ),
        (json!({"findings": finding("warning")}), 71),
        (json!({"screen": 72, "findings": finding("error")}), 72),
        (json!({"screen": 90}), 90),
        (json!({"screen": 2}), 2),
        // Nothing but its number is known of such a screen.
        (json!({"screen": 30, "findings": finding("error")}), 71),
        (json!({"screen": 255}), 61),
    ] {
        assert_eq!(screen(&with(parts.clone())), first, "{parts}");
    }
}

#[test]
fn a_fix_is_named_and_every_other_choice_moves() {
    let mut replay = with(json!({"findings": finding("error"), "outcome": "problem"}));
    press(&mut replay, "1");
    assert_eq!(screen(&replay), 71);
    assert_eq!(
        echo(&replay),
        "In the wizard, 1 would open: Wait. Nothing is done here."
    );
    for (digit, there) in [("2", 72), ("3", 90), ("4", 61), ("5", 2)] {
        press(&mut replay, digit);
        assert_eq!(screen(&replay), there);
        replay.on(Key::Esc);
        assert_eq!(screen(&replay), 71);
    }
    for _ in 0..9 {
        replay.on(Key::Down);
    }
    replay.on(Key::Enter);
    assert_eq!(screen(&replay), 2, "the last choice");
    assert_eq!(replay.on(Key::Char('q')), Some(Exit::Works));
    assert_eq!(replay.on(Key::CtrlC), Some(Exit::Interrupted));
}

#[test]
fn the_timeline_goes_from_screen_to_screen_and_back_leads_out_of_it() {
    let mut replay = with(json!({"screen": 90, "timeline": timeline(&[10, 61, 73, 200, 0])}));
    let mut seen = Vec::new();
    for _ in 0..6 {
        press(&mut replay, "n");
        seen.push(screen(&replay));
    }
    assert_eq!(seen, [10, 61, 73, 200, 0, 0]);
    assert_eq!(echo(&replay), "That was the last moment of the report.");
    press(&mut replay, "pp");
    assert_eq!(screen(&replay), 73);
    assert_eq!(echo(&replay), "Moment 3 of 5, 2 s: did 2");
    // A page in between does not lose the moment.
    press(&mut replay, "c");
    assert_eq!(screen(&replay), 2);
    press(&mut replay, "bn");
    assert_eq!(echo(&replay), "Moment 4 of 5, 3 s: did 3");
    press(&mut replay, "b");
    assert_eq!(screen(&replay), 90);
    press(&mut replay, "p");
    assert_eq!(echo(&replay), "Moment 5 of 5, 4 s: did 4", "from the end");
    let mut still = with(json!({}));
    press(&mut still, "np");
    assert!(echo(&still).starts_with("There is no timeline"));
}

#[test]
fn every_choice_of_every_page_has_a_digit_of_its_own_and_a_pick() {
    let fix = &finding("error")[0]["fixes"][0];
    let mut findings = finding("error");
    findings[0]["fixes"] = json!(vec![fix; 40]);
    let mut replay = with(json!({
        "findings": findings, "outcome": "works", "timeline": timeline(&[10, 61, 71, 72, 80, 90, 2])
    }));
    for _ in 0..7 {
        press(&mut replay, "n");
        let page = replay.frame().page;
        assert_eq!(page.choices.len(), replay.pages.picks(replay.at).len());
        let mut keys = choice_keys(&page.choices);
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), page.choices.len(), "screen {}", page.screen);
        assert!(!keys.iter().any(|key| "bcnpq?".contains(*key)), "{keys:?}");
    }
}

#[test]
fn no_size_and_no_page_makes_it_panic() {
    let mut replay = with(json!({
        "findings": finding("error"), "timeline": timeline(&[10, 61, 71, 72, 80, 90, 2, 255]),
        "ladder": [{"id": "offer", "status": "failed", "detail": "界".repeat(300), "ms": u64::MAX}],
        "log": vec!["界".repeat(300); 50]
    }));
    for _ in 0..9 {
        for (width, height) in [(1, 1), (59, 15), (60, 16), (80, 24), (500, 200)] {
            let area = Rect::new(0, 0, width, height);
            let mut buffer = Buffer::empty(area);
            let frame = replay.frame();
            let drawn = draw(
                &frame,
                &Vocabulary::default(),
                Colour::None,
                area,
                &mut buffer,
            );
            replay.drawn(drawn.first, drawn.rows);
            replay.on(Key::PageDown);
            let cells = buffer.content().iter().map(|cell| cell.symbol());
            let shown: String = cells.collect();
            assert!(width < 60 || shown.contains("REPLAY - not this computer"));
        }
        press(&mut replay, "n");
    }
}
