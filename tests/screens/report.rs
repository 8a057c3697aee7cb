//! How does screen 90 look, and what does it ask to be done?

use serde_json::json;
use sshstep::platform::clipboard::Copied;
use sshstep::report::{Hiding, Report};
use sshstep::steps::{Effect, Outcome};
use sshstep::trouble::Trouble;
use sshstep::wizard::Key;

use crate::looks::{at_failed_test, look};
use crate::play::Play;

fn report() -> Box<Report> {
    let whole = json!({
        "schema": 1, "tool": { "name": "sshstep", "version": "0.1.0" }, "made": "2026-09-21T14:12Z", "screen": 71,
        "os": "Debian GNU/Linux 12 (bookworm), x86_64", "ssh": "OpenSSH_9.2p1",
        "terminal": { "term": "xterm", "size": "80x24", "tmux": false, "utf8": true, "plain": false },
        "environment": [],
        "target": { "input": "github", "user": "git", "host": "github.com", "port": 22, "provider": "github" },
        "outcome": "problem", "identity": null,
        "findings": [{
            "code": "key-not-registered", "certainty": "likely", "severity": "error", "step": "publish",
            "summary": "GitHub does not know the key this computer offers.", "cause": "…", "evidence": [], "fixes": []
        }],
        "ladder": [{ "id": "offer", "status": "failed", "detail": "~/.ssh/[file1]", "ms": 12 }],
        "steps": [], "keys": [],
        "keys_offered": [{
            "file": "~/.ssh/[file1]", "type": "RSA", "fingerprint": "SHA256:Qm1zXk0p...", "source": "config",
            "answer": "refused"
        }],
        "agent": { "program": null, "holds": null, "problem": null },
        "settings": [{
            "file": "~/.ssh/config", "line": 4, "keyword": "identityfile", "value": "~/.ssh/[file1]", "standing": "used"
        }],
        "git": [], "observations": [], "log": [], "changes": [], "commands": [], "timeline": [], "metrics": null,
        "redactions": [
            { "rule": "login and full names", "count": 1 }, { "rule": "this computer's name", "count": 1 },
            { "rule": "servers", "count": 2 }, { "rule": "fingerprints cut to 8 characters", "count": 2 }
        ],
    });
    Box::new(Report::read(whole.to_string().as_bytes()).expect("a report"))
}

/// On screen 90, with the report there.
fn at_report() -> Play {
    let mut play = at_failed_test();
    play.choose("Save a report for support");
    assert_eq!(play.number(), 90);
    assert!(matches!(
        play.effect(),
        Some(Effect::MakeReport(Hiding::Usual))
    ));
    play.answer(Outcome::ReportMade(Ok(report())));
    play
}

#[test]
fn screen_90() {
    let mut play = at_report();
    look("90", &play);
    play.press("1");
    let Some(Effect::SaveReport(stem, saved)) = play.effect() else {
        panic!("nothing is saved");
    };
    assert!(stem.ends_with("sshstep-key-not-registered-20260921-1412"));
    assert_eq!(*saved, report());
    let files = [".md", ".json"].map(|ending| format!("{}{ending}", stem.display()).into());
    play.answer(Outcome::ReportSaved(Ok(files.to_vec())));
    look("90-saved", &play);
}

#[test]
fn the_text_is_copied_read_and_left() {
    let mut play = at_report();
    play.press("2");
    let Some(Effect::Copy(text)) = play.effect() else {
        panic!("nothing is copied");
    };
    assert_eq!(text.reveal(), report().markdown());
    play.answer(Outcome::Copied(Copied::Verified));
    assert!(play.screen(80, 24).contains("Copied. Paste it"));
    play.press("3");
    assert!(play.screen(80, 24).contains("What is wrong"));
    assert!(play.screen(80, 24).contains("> 1  Back"));
    play.key(Key::Esc);
    assert!(play.screen(80, 24).contains("Read aloud: code key-not"));
    play.press("4");
    assert!(matches!(
        play.effect(),
        Some(Effect::MakeReport(Hiding::More))
    ));
    play.answer(Outcome::ReportMade(Ok(report())));
    assert!(play.screen(80, 24).contains("4  Hide less"));
    play.key(Key::Esc);
    assert_eq!(play.number(), 71);
}

#[test]
fn a_report_that_would_tell_something_private_cannot_be_saved() {
    let mut play = at_failed_test();
    play.choose("Save a report for support");
    let trouble = Trouble::new(
        "The report is not given out.",
        "It held a name.",
        "Tell us.",
    );
    play.answer(Outcome::ReportMade(Err(trouble)));
    let screen = play.screen(80, 24);
    assert!(screen.contains("The report is not given out."), "{screen}");
    assert!(!screen.contains("Save as"), "{screen}");
    assert!(screen.contains("1  Make it again"), "{screen}");
}
