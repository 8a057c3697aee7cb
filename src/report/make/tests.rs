//! Is a report that would tell a name never given out?

use std::time::Duration;

use super::*;
use crate::diagnosis::{Certainty, Finding, Severity, Verdict};
use crate::page::StepId;
use crate::trouble::Exit;

const NAME: &str = "quillfeather";

fn finding(summary: Text) -> Finding {
    Finding {
        entry: 0,
        code: "key-locked".to_owned(),
        certainty: Certainty::Likely,
        severity: Severity::Error,
        step: StepId::Agent,
        summary,
        cause: Text::default(),
        evidence: Vec::new(),
        fixes: Vec::new(),
        values: BTreeMap::new(),
    }
}

fn made(summary: Text, learned: Text) -> Result<Report, Trouble> {
    let mut machine = Machine::here(None, Duration::from_secs(1));
    // Whoever runs the tests is no part of this.
    machine.user = "ana".to_owned();
    machine.full_name = None;
    machine.env.clear();
    make(&Sources {
        machine: &machine,
        providers: Providers::embedded(),
        answer: Answer {
            target: None,
            provider: None,
            facts: None,
            verdict: Verdict::Problem,
            identity: None,
            findings: &[finding(summary)],
            ladder: None,
            steps: Vec::new(),
        },
        signs: &Signs::default(),
        transcript: None,
        answers: None,
        runs: Vec::new(),
        session: Session::default(),
        learned: vec![learned],
        hiding: Hiding::Usual,
    })
}

#[test]
fn a_name_that_no_mask_hides_ends_the_report() {
    let masked = made(Text::quoted(format!("key of {NAME}")), Text::user(NAME));
    let masked = masked.expect("it is hidden");
    assert_eq!(masked.findings[0].summary, "key of [user2]");

    for (summary, learned) in [
        (Text::public(NAME), Text::user(NAME)),
        (Text::public("<QUILLFEATHER>"), Text::host(NAME)),
        (
            Text::public("a@quill.example"),
            Text::of(Kind::Email, "a@quill.example"),
        ),
        (
            Text::public("~/acme/nest"),
            Text::of(Kind::Repository, "acme/nest"),
        ),
        (
            Text::public("SHA256:AbCdEfGhIjKlMnOp"),
            Text::fingerprint("SHA256:AbCdEfGhIjKlMnOp"),
        ),
    ] {
        let value = learned.reveal();
        let trouble = made(summary, learned).expect_err(&value);
        assert_eq!(trouble.exit, Exit::RolledBack);
        for line in trouble.lines() {
            let line = line.reveal().to_lowercase();
            assert!(!line.contains(&value.to_lowercase()), "{line}");
        }
    }
}

#[test]
fn a_word_of_every_report_ends_none() {
    for word in [
        "key",
        "agent",
        "none",
        "github.com",
        "config",
        "id_ed25519",
        "sha256",
        "etc",
        // Of the rules, the carriers, the services' own files and git.
        "rule",
        "count",
        "labels",
        "word",
        "gcloud",
        "cloudflared",
        "upstream",
        "admin",
        "profile",
    ] {
        let report = made(Text::plain("It is locked."), Text::user(word));
        assert!(report.is_ok(), "{word}");
    }
}
