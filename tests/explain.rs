//! Does `sshstep explain` name the right cause for what people paste, and does it stay quiet where nothing is wrong?
//!
//! `tests/explain/CODE--what.txt` is a text whose first finding is CODE; `tests/explain/quiet/` holds texts
//! that must raise no alarm: `works--what.txt` and `unknown--what.txt`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use sshstep::diagnosis::book::book;
use sshstep::diagnosis::{Certainty, Finding, Severity, Sign, Verdict};
use sshstep::explain::{Explained, Explaining, explain};
use sshstep::provider::Providers;

/// Signs of this machine and of the server's answers that a log shows as well; the others stand before
/// ssh's transcript in `sign.rs`.
const ALSO_IN_A_TEXT: [Sign; 5] = [
    Sign::IdentityMissing,
    Sign::ConfigRefused,
    Sign::ConfigClosed,
    Sign::LockedUnasked,
    Sign::HostKeyNotPublished,
];

/// Signs of ssh's transcript that need more than its text: it was watched, or its greeting was asked for.
const NOT_IN_A_TEXT: [Sign; 3] = [Sign::StuckAtKeys, Sign::Greeted, Sign::NotTried];

fn is_in_a_text(sign: Sign) -> bool {
    let is_of_the_transcript = sign >= Sign::ResolveFailed && !NOT_IN_A_TEXT.contains(&sign);
    is_of_the_transcript || ALSO_IN_A_TEXT.contains(&sign)
}

/// Codes that only facts of this machine prove; `tests/check` has them.
const FROM_FACTS: [&str; 4] = [
    // Which blocks the settings have, and which of them speaks first.
    "alias-not-matched",
    "config-shadowed",
    // Which keys lie in ~/.ssh beside the ones that were tried.
    "key-nondefault-name-not-configured",
    "pub-file-stale",
];

/// What ssh's own words prove: no other cause makes it print them.
const PROVEN: &str = "
config-bad-option config-permissions connect-timeout connection-refused network-unreachable
server-throttled-or-banned kex-or-cipher-mismatch hostkey-algo-mismatch host-key-changed
host-key-not-published host-key-unknown-strict key-permissions-too-open private-public-mismatch
agent-refused-operation too-many-auth-failures mfa-required
";

/// File name without `.txt`, and what is explained.
fn texts(folder: &str) -> BTreeMap<String, Explained> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut texts = BTreeMap::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "txt") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let explained = explain(&fs::read(&path).unwrap(), Providers::embedded());
        texts.insert(name, explained.expect("a text with words in it"));
    }
    texts
}

fn errors(explained: &Explained) -> Vec<&Finding> {
    let findings = explained.findings.iter();
    findings
        .filter(|finding| finding.severity == Severity::Error)
        .collect()
}

/// Every complaint at once: a change of the tables shows in many texts.
#[track_caller]
fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn each_text_is_named_after_its_cause() {
    let mut complaints = Vec::new();
    let proven: BTreeSet<&str> = PROVEN.split_whitespace().collect();
    for (name, explained) in texts("tests/explain") {
        let code = name.split("--").next().unwrap();
        let said: Vec<&str> = explained
            .findings
            .iter()
            .map(|found| found.code.as_str())
            .collect();
        if said.first() != Some(&code) {
            complaints.push(format!("{name}: {said:?}"));
            continue;
        }
        let first = &explained.findings[0];
        if first.certainty == Certainty::Proven && !proven.contains(code) {
            complaints.push(format!("{name}: proven by words alone"));
        }
        let errors = errors(&explained);
        for error in &errors {
            if error.evidence.is_empty() {
                complaints.push(format!("{name}: no line shows {}", error.code));
            }
        }
        let is_right = match (errors.len(), code) {
            (1.., _) => explained.verdict == Verdict::Problem,
            (0, "success-greeting-no-shell" | "harmless-warning") => {
                explained.verdict == Verdict::Works
            }
            (0, _) => explained.verdict != Verdict::Problem,
        };
        if !is_right {
            complaints.push(format!("{name}: {:?}", explained.verdict));
        }
    }
    assert_none(&complaints);
}

#[test]
fn every_code_has_a_text() {
    let shown: BTreeSet<String> = texts("tests/explain")
        .into_keys()
        .map(|name| name.split("--").next().unwrap().to_owned())
        .collect();
    let codes = book()
        .diagnoses
        .iter()
        .map(|diagnosis| diagnosis.code.as_str());
    let missing: BTreeSet<&str> = codes
        .filter(|code| !shown.contains(*code) && !FROM_FACTS.contains(code))
        .collect();
    assert_eq!(missing, BTreeSet::new());
    for code in FROM_FACTS {
        assert!(
            !shown.contains(code),
            "{code} is shown by a text: take it off the list"
        );
    }
}

#[test]
fn every_entry_is_hit_by_a_text() {
    let mut hit: BTreeSet<usize> = BTreeSet::new();
    for folder in ["tests/explain", "tests/explain/quiet"] {
        for explained in texts(folder).values() {
            hit.extend(explained.findings.iter().map(|finding| finding.entry));
        }
    }
    let mut complaints = Vec::new();
    for (at, diagnosis) in book().diagnoses.iter().enumerate() {
        let is_shown = !diagnosis.unless.contains(&Sign::TextOnly)
            && diagnosis.when.iter().all(|sign| is_in_a_text(*sign));
        if is_shown != hit.contains(&at) {
            let when: Vec<&str> = diagnosis.when.iter().map(|sign| sign.name()).collect();
            complaints.push(format!(
                "{}: {when:?} is hit: {}",
                diagnosis.code, !is_shown
            ));
        }
    }
    assert_none(&complaints);
}

#[test]
fn quiet_texts_raise_no_alarm() {
    let mut complaints = Vec::new();
    for (name, explained) in texts("tests/explain/quiet") {
        let errors: Vec<&str> = errors(&explained)
            .iter()
            .map(|error| error.code.as_str())
            .collect();
        let expected = match name.split("--").next().unwrap() {
            "works" => Verdict::Works,
            "unknown" => Verdict::Unknown,
            other => panic!("{name}: {other} is no answer"),
        };
        if !errors.is_empty() || explained.verdict != expected {
            complaints.push(format!("{name}: {:?} {errors:?}", explained.verdict));
        }
        let first = explained.findings.first().map(|found| found.code.as_str());
        if expected == Verdict::Unknown && first != Some("unknown-needs-verbose") {
            complaints.push(format!("{name}: {first:?} instead of a way to find out"));
        }
    }
    assert_none(&complaints);
}

/// What the bytes mean when lines only pass after so many of them.
fn skimmed(bytes: &[u8], after: usize) -> String {
    let mut explaining = Explaining::skimming(after);
    explaining.push(bytes);
    format!("{:#?}", explaining.finish(Providers::embedded()))
}

/// The texts and logs of the tests.
fn everything() -> Vec<Vec<u8>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut files: Vec<_> = ["explain", "explain/quiet", "transcripts"]
        .iter()
        .flat_map(|folder| fs::read_dir(here.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

#[test]
fn a_text_that_goes_by_unread_means_the_same() {
    for text in everything() {
        let read = skimmed(&text, usize::MAX);
        for after in [0, text.len() / 3, text.len() / 2] {
            assert_eq!(
                skimmed(&text, after),
                read,
                "after {after}: {}",
                String::from_utf8_lossy(&text)
            );
        }
    }
}

#[test]
fn the_middle_of_a_long_text_may_go_by_unread() {
    let all = everything();
    let logs: Vec<&Vec<u8>> = all
        .iter()
        .filter(|text| text.starts_with(b"OpenSSH_"))
        .collect();
    let noise: String = (0..3000)
        .map(|number| format!("   Compiling crate-{number} v1.0.{number}\n"))
        .collect();
    for last in (0..all.len()).step_by(31) {
        let mut text = Vec::new();
        for (number, log) in logs.iter().cycle().take(300).enumerate() {
            text.extend_from_slice(log);
            text.push(b'\n');
            if number % 100 == 0 {
                text.extend_from_slice(noise.as_bytes());
            }
        }
        text.extend_from_slice(&all[last]);
        text.extend_from_slice(b"\n");
        text.extend_from_slice(noise.as_bytes());
        let read = skimmed(&text, usize::MAX);
        for after in [text.len() / 2, text.len() - 30_000] {
            assert_eq!(skimmed(&text, after), read, "{last} after {after}");
        }
    }
}
