//! Does `sshstep fix --yes` mend what a machine can mend, nothing else, and can all of it be taken back?
//!
//! Each fault is a real one: the person's own command fails on it before, and works afterwards.
#![cfg(target_os = "linux")]

#[path = "fix/accidents.rs"]
mod accidents;
#[path = "fix/circle.rs"]
mod circle;
#[path = "fix/files.rs"]
mod files;
#[path = "fix/git.rs"]
mod git;
#[path = "fix/keys.rs"]
mod keys;
mod lab;
#[path = "fix/settings.rs"]
mod settings;
#[path = "fix/settings_lines.rs"]
mod settings_lines;
#[path = "fix/settings_offers.rs"]
mod settings_offers;
#[path = "fix/undo.rs"]
mod undo;

use std::path::{Path, PathBuf};

use lab::{Lab, Output, Tree};
use serde_json::Value;

/// A broken machine, and the command of its owner that shows it.
struct Broken<'a> {
    lab: &'a Lab,
    /// What `fix` is told; none: it takes the remote of the folder.
    target: Option<&'a str>,
    /// Where it runs.
    folder: PathBuf,
    before: Tree,
    command: Box<dyn Fn(&Lab) -> Output + 'a>,
    works: i32,
}

/// What `fix --yes --json` said.
struct Fixed<'a> {
    broken: Broken<'a>,
    output: Output,
    json: Value,
}

/// `ssh -T TARGET` fails here.
#[track_caller]
fn broken<'a>(lab: &'a Lab, target: &'a str) -> Broken<'a> {
    let command = move |lab: &Lab| lab.ssh(&["-T", "-oConnectTimeout=2", target]);
    broken_for(lab, target, 1, command)
}

/// This command fails here, and ends with `works` when all is well.
#[track_caller]
fn broken_for<'a>(
    lab: &'a Lab,
    target: &'a str,
    works: i32,
    command: impl Fn(&Lab) -> Output + 'a,
) -> Broken<'a> {
    let output = command(lab);
    assert_ne!(output.code, works, "it works already: {output}");
    Broken {
        lab,
        target: Some(target),
        folder: lab.home().to_owned(),
        before: lab.tree(),
        command: Box::new(command),
        works,
    }
}

/// This command fails in this repository, and ends with `works` when all is well.
#[track_caller]
fn broken_in<'a>(
    lab: &'a Lab,
    folder: &Path,
    works: i32,
    command: impl Fn(&Lab) -> Output + 'a,
) -> Broken<'a> {
    Broken {
        target: None,
        folder: folder.to_owned(),
        ..broken_for(lab, "", works, command)
    }
}

impl<'a> Broken<'a> {
    fn sshstep(&self, words: &[&str]) -> Output {
        let words = words.iter().copied().chain(self.target);
        self.lab
            .command("sshstep")
            .args(words)
            .dir(&self.folder)
            .run()
    }

    /// `--dry-run` shows a change and makes none.
    #[track_caller]
    fn previews(self, words: &str) -> Self {
        let output = self.sshstep(&["fix", "--dry-run"]);
        assert_eq!(output.code, 1, "{output}");
        assert!(output.stdout.contains(words), "{words:?}: {output}");
        self.lab.tree().assert_untouched(&self.before);
        self
    }

    /// `--yes`, whatever comes of it.
    #[track_caller]
    fn fixed(self) -> Fixed<'a> {
        let output = self.sshstep(&["fix", "--yes", "--json"]);
        let json =
            serde_json::from_str(&output.stdout).unwrap_or_else(|why| panic!("{why}: {output}"));
        Fixed {
            broken: self,
            output,
            json,
        }
    }

    /// `--yes` makes it work: for sshstep, and for the person's own command.
    #[track_caller]
    fn gets_mended(self) -> Fixed<'a> {
        let fixed = self.fixed();
        if fixed.output.code != 0 {
            let told = fixed.broken.sshstep(&["fix", "--dry-run"]);
            panic!("{}\n{told}", fixed.output);
        }
        assert_eq!(fixed.json["outcome"], "works", "{}", fixed.output);
        let own = (fixed.broken.command)(fixed.broken.lab);
        assert_eq!(own.code, fixed.broken.works, "{own}\n{}", fixed.output);
        fixed
    }

    /// `--yes` says that a person is needed, names this code, and leaves everything as it was.
    #[track_caller]
    fn needs_a_person(self, code: &str) -> Fixed<'a> {
        let fixed = self.fixed();
        assert_eq!(fixed.output.code, 5, "{}", fixed.output);
        assert_eq!(fixed.json["findings"][0]["code"], code, "{}", fixed.output);
        let lines = person(&fixed.broken.lab.tree(), &fixed.broken.before);
        assert!(lines.is_empty(), "{lines:#?}\n{}", fixed.output);
        fixed
    }
}

impl Fixed<'_> {
    /// What `changes` tells, each as `kind file-name`.
    fn changes(&self) -> Vec<String> {
        let changes = self.json["changes"].as_array().expect("an array");
        let told = changes.iter().map(|change| {
            let path = change["path"].as_str().unwrap_or_default();
            let name = path.rsplit('/').next().unwrap_or_default();
            format!("{} {name}", change["kind"].as_str().unwrap_or_default())
        });
        told.collect()
    }

    /// Just these were changed.
    #[track_caller]
    fn changed(self, expected: &[&str]) -> Self {
        assert_eq!(self.changes(), expected, "{}", self.output);
        self
    }

    /// `undo --yes` gives back every byte, mode and link.
    #[track_caller]
    fn can_be_undone(self) {
        self.broken.lab.sshstep(&["undo", "--yes"]).expect(0);
        let lines = person(&self.broken.lab.tree(), &self.broken.before);
        assert!(lines.is_empty(), "{lines:#?}\n{}", self.output);
        let own = (self.broken.command)(self.broken.lab);
        assert_ne!(own.code, self.broken.works, "it still works: {own}");
    }
}

/// What differs in the person's own files: our journal is not one of them.
fn person(now: &Tree, before: &Tree) -> Vec<String> {
    let mut lines = now.differences(before);
    lines.retain(|line| !line.starts_with(".local"));
    lines
}
