//! Does `sshstep check` find the one true cause, and change nothing while it looks?
//!
//! Each fault is a real one: the untouched ssh fails on it as well.
#![cfg(target_os = "linux")]

#[path = "check/faults.rs"]
mod faults;
#[path = "check/faults_agent.rs"]
mod faults_agent;
#[path = "check/faults_around.rs"]
mod faults_around;
#[path = "check/faults_certificates.rs"]
mod faults_certificates;
#[path = "check/faults_config.rs"]
mod faults_config;
#[path = "check/faults_keys.rs"]
mod faults_keys;
#[path = "check/faults_server.rs"]
mod faults_server;
#[path = "check/json.rs"]
mod json;
#[path = "check/keys.rs"]
mod keys;
mod lab;
#[path = "check/network.rs"]
mod network;
#[path = "check/targets.rs"]
mod targets;
#[path = "check/works.rs"]
mod works;
#[path = "check/works_odd.rs"]
mod works_odd;

use lab::{Lab, Output};
use serde_json::Value;

/// What `sshstep check … --json` said.
struct Checked {
    output: Output,
    json: Value,
}

/// Checks, and proves that nothing in the home was even touched.
#[track_caller]
fn check(lab: &Lab, args: &[&str]) -> Checked {
    let before = lab.tree();
    let words = [&["check", "--json"], args].concat();
    let output = lab.sshstep(&words);
    lab.tree().assert_untouched(&before);
    let json = serde_json::from_str(&output.stdout).unwrap_or_else(|why| panic!("{why}: {output}"));
    Checked { output, json }
}

impl Checked {
    #[track_caller]
    fn works(self) -> Self {
        assert_eq!(self.output.code, 0, "{}", self.output);
        assert_eq!(self.json["outcome"], "works", "{}", self.output);
        assert!(self.errors().is_empty(), "{}", self.output);
        self
    }

    /// Exit 1, and this is the diagnosis: one cause, nothing beside it.
    #[track_caller]
    fn finds(self, code: &str) -> Self {
        assert_eq!(self.output.code, 1, "{}", self.output);
        assert_eq!(self.json["outcome"], "problem", "{}", self.output);
        assert_eq!(self.first()["code"], code, "{}", self.output);
        assert_eq!(self.first()["severity"], "error", "{}", self.output);
        assert_eq!(self.errors().len(), 1, "{}", self.output);
        self
    }

    #[track_caller]
    fn certainty(self, word: &str) -> Self {
        assert_eq!(self.first()["certainty"], word, "{}", self.output);
        self
    }

    /// The diagnosis names this: a file, a line, ssh's own words.
    #[track_caller]
    fn tells(self, words: &str) -> Self {
        assert!(
            self.first().to_string().contains(words),
            "{words:?} is missing: {}",
            self.output
        );
        self
    }

    fn first(&self) -> &Value {
        &self.json["findings"][0]
    }

    fn codes(&self) -> Vec<&str> {
        let findings = self.json["findings"].as_array().expect("an array");
        findings
            .iter()
            .filter_map(|finding| finding["code"].as_str())
            .collect()
    }

    fn errors(&self) -> Vec<&Value> {
        let findings = self.json["findings"].as_array().expect("an array");
        findings
            .iter()
            .filter(|finding| finding["severity"] == "error")
            .collect()
    }

    /// The status of one rung.
    fn rung(&self, id: &str) -> &str {
        let ladder = self.json["ladder"].as_array().expect("an array");
        let rung = ladder.iter().find(|rung| rung["id"] == id);
        rung.and_then(|rung| rung["status"].as_str())
            .unwrap_or("absent")
    }
}

/// The untouched ssh, as a person would run it: it must fail, too.
#[track_caller]
fn ssh_fails(lab: &Lab) {
    lab.ssh(&["-T", "-oConnectTimeout=2", "git@github.com"])
        .expect(255);
}

/// The untouched ssh to any address: it must fail, too.
#[track_caller]
fn fails(lab: &Lab, target: &str) {
    lab.ssh(&["-T", "-oConnectTimeout=2", target]).expect(255);
}

#[track_caller]
fn ssh_works(lab: &Lab) {
    lab.ssh(&["-T", "git@github.com"])
        .expect(1)
        .says("Hi octocat!");
}
