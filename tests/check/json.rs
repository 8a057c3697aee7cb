//! Is the JSON exactly what contract.md promises, and is the text its short form?

use serde_json::Value;

use super::lab::{Lab, Output};
use super::{Checked, check};

const SEVERITIES: &[&str] = &["error", "warning", "advice"];
const STEPS: [&str; 6] = ["service", "key", "publish", "agent", "config", "test"];
const RUNGS: [&str; 7] = [
    "resolve",
    "connect",
    "host-key",
    "local-key",
    "offer",
    "sign",
    "signed-in",
];

fn lab() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab.key("id_ed25519").make();
    lab
}

#[test]
fn every_field_has_its_type_and_words() {
    let lab = lab();
    assert_shape(
        &check(&lab, &["github.com"])
            .finds("key-not-registered")
            .json,
    );
    assert_shape(&check(&lab, &["github.com", "--no-connect"]).json);
    lab.server
        .publish_line("git", &lab.read(".ssh/id_ed25519.pub"));
    let json = check(&lab, &["github"]).works().json;
    assert_shape(&json);
    let target = &json["target"];
    assert_eq!(target["input"], "github.com");
    assert_eq!(target["user"], "git");
    assert_eq!(target["host"], "github.com");
    assert_eq!(target["port"], 22);
    assert_eq!(target["provider"], "github");
    for rung in json["ladder"].as_array().expect("an array") {
        assert_eq!(rung["status"], "ok", "{rung}");
    }
    for step in json["steps"].as_array().expect("an array") {
        assert_eq!(step["status"], "done", "{step}");
    }
    // A failure to check is told in the same shape.
    let checked = check(&lab, &["host name"]);
    assert_eq!(checked.output.code, 2);
    assert_shape(&checked.json);
    assert!(checked.json["target"].is_null());
}

#[track_caller]
fn assert_shape(json: &Value) {
    assert_eq!(json["schema"], 1);
    assert_eq!(json["tool"]["name"], "sshstep");
    assert_eq!(json["tool"]["version"], env!("CARGO_PKG_VERSION"));
    let target = &json["target"];
    if !target.is_null() {
        for field in ["input", "user", "host"] {
            assert!(target[field].is_string(), "{target}");
        }
        assert!(target["port"].is_u64(), "{target}");
        assert!(nullable(&target["provider"], Value::is_string), "{target}");
    }
    one_of(&json["outcome"], &["works", "problem", "unknown"]);
    assert!(nullable(&json["identity"], Value::is_string));
    for finding in array(json, "findings") {
        assert!(finding["code"].is_string());
        one_of(&finding["certainty"], &["proven", "likely"]);
        one_of(&finding["severity"], SEVERITIES);
        one_of(&finding["step"], &STEPS);
        for field in ["summary", "cause"] {
            let words = finding[field].as_str().expect("words");
            assert!(
                !words.is_empty() && !words.contains(['{', '}']),
                "{finding}"
            );
        }
        assert!(array(finding, "evidence").iter().all(Value::is_string));
        for (at, fix) in array(finding, "fixes").iter().enumerate() {
            assert!(fix["id"].is_string() && fix["summary"].is_string());
            assert!(fix["automatic"].is_boolean());
            assert_eq!(fix["recommended"], at == 0, "{finding}");
        }
    }
    let ladder = array(json, "ladder");
    if !ladder.is_empty() {
        assert_eq!(ids(ladder), RUNGS);
    }
    for rung in ladder {
        one_of(&rung["status"], &["ok", "failed", "unknown", "not-tried"]);
        assert!(rung["detail"].is_string(), "{rung}");
        assert!(nullable(&rung["ms"], Value::is_u64), "{rung}");
    }
    let steps = array(json, "steps");
    if !steps.is_empty() {
        assert_eq!(ids(steps), STEPS);
    }
    for step in steps {
        one_of(
            &step["status"],
            &["done", "todo", "problem", "skipped", "unknown"],
        );
    }
    for key in array(json, "keys_offered") {
        assert!(nullable(&key["file"], Value::is_string), "{key}");
        assert!(key["type"].is_string(), "{key}");
        let fingerprint = key["fingerprint"].as_str().unwrap_or_default();
        assert!(fingerprint.starts_with("SHA256:"), "{key}");
        one_of(&key["source"], &["agent", "file", "config"]);
        one_of(&key["answer"], &["accepted", "refused", "unknown"]);
    }
}

fn nullable(value: &Value, is: fn(&Value) -> bool) -> bool {
    value.is_null() || is(value)
}

#[track_caller]
fn one_of(value: &Value, words: &[&str]) {
    let word = value.as_str().expect("a word");
    assert!(words.contains(&word), "{word}: none of {words:?}");
}

#[track_caller]
fn array<'a>(value: &'a Value, field: &str) -> &'a Vec<Value> {
    value[field].as_array().unwrap_or_else(|| panic!("{field}"))
}

fn ids(values: &[Value]) -> Vec<&str> {
    values
        .iter()
        .filter_map(|value| value["id"].as_str())
        .collect()
}

fn text(lab: &Lab, args: &[&str]) -> Output {
    let output = lab.sshstep(&[&["check"], args].concat());
    for line in output.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(!output.stdout.contains('\x1b'), "no colours in a pipe");
    output
}

/// The last statement: it begins with a mark and may be wrapped.
fn verdict(output: &Output) -> &str {
    let last = output.stdout.rsplit("\n\n").next().unwrap_or_default();
    last.trim_end()
}

#[test]
fn the_text_ends_with_the_verdict() {
    let lab = lab();
    let failed = text(&lab, &["github.com"]).expect(1);
    assert!(
        verdict(&failed).contains("It does not work:")
            && verdict(&failed).contains("[key-not-registered]"),
        "{failed}"
    );
    assert_eq!(failed.stderr, "");
    assert!(
        failed
            .stdout
            .contains("Next: Give the key to GitHub (sshstep fix github.com)"),
        "{failed}"
    );
    lab.server
        .publish_line("git", &lab.read(".ssh/id_ed25519.pub"));
    let works = text(&lab, &["github.com"]).expect(0);
    assert!(
        verdict(&works).ends_with("It works. GitHub signed you in as octocat."),
        "{works}"
    );
    let unchecked = text(&lab, &["github.com", "--no-connect"]).expect(0);
    assert!(verdict(&unchecked).contains("Not tested"), "{unchecked}");
    assert_eq!(lab.server.connections(), 2);
    let masked = text(&lab, &["github.com", "--masked"]).expect(0);
    assert!(!masked.stdout.contains("octocat"), "{masked}");
    assert!(!masked.stdout.contains("/ana/"), "{masked}");
}

#[test]
fn no_connect_looks_at_this_machine_only() {
    let lab = Lab::new();
    let Checked { json, output } = check(&lab, &["github.com", "--no-connect"]);
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(json["outcome"], "unknown");
    assert_eq!(json["findings"][0]["code"], "no-key-found");
    assert_eq!(json["findings"][0]["severity"], "warning");
    assert_eq!(array(&json, "ladder").len(), 0);
    assert_eq!(lab.server.connections(), 0);
}
