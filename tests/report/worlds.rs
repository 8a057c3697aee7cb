//! Who are the people whose reports must tell nothing about them?
//!
//! Each world has names in some corners, the canaries; a report about it must hold none of them, in any case.

use std::path::PathBuf;

use super::lab::{Lab, LabBuilder, Output};

#[path = "worlds/corners.rs"]
mod corners;
#[path = "worlds/servers.rs"]
mod servers;
#[path = "worlds/services.rs"]
mod services;
#[path = "worlds/settings.rs"]
mod settings;

pub use corners::*;
pub use servers::*;
pub use services::*;
pub use settings::*;

/// A person, where they are, and what must be found nowhere.
pub struct World {
    pub lab: Lab,
    /// The folder they are in.
    pub dir: PathBuf,
    /// Options and target.
    pub args: Vec<String>,
    pub canaries: Vec<String>,
    /// What is wrong, or [`ANY`]; empty: it works.
    pub code: &'static str,
}

/// What is wrong differs from machine to machine.
pub const ANY: &str = "any";

pub const TOKEN: &str = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
const SERVER: &str = "vaultbox.canarycorp.example";

/// What everybody here has.
const USUAL: [&str; 14] = [
    "quillfeather",
    "ferdinand",
    "plumecastle",
    "nestbook",
    "canarycorp",
    "mail.example",
    "hunter2",
    "ghp_0123",
    "AAAAC3NzaC1lZDI1NTE5AAAA",
    "sshstep-lab-",
    "BEGIN OPENSSH",
    "b3BlbnNzaC1rZXk",
    "\u{1b}",
    "\u{202e}",
];

impl World {
    fn new(lab: Lab, target: &str, code: &'static str, canaries: &[&str]) -> Self {
        let own = canaries.iter().copied();
        Self {
            dir: lab.home().to_owned(),
            args: vec![target.to_owned()],
            canaries: USUAL.into_iter().chain(own).map(str::to_owned).collect(),
            code,
            lab,
        }
    }

    fn option(mut self, name: &str, value: impl Into<String>) -> Self {
        self.args.extend([name.to_owned(), value.into()]);
        self
    }

    /// `sshstep VERB` there.
    pub fn run(&self, verb: &[&str]) -> Output {
        let command = self.lab.command("sshstep").args(verb).args(&self.args);
        command.dir(&self.dir).run()
    }

    /// Fails with the line that holds a canary.
    #[track_caller]
    pub fn assert_clean(&self, what: &str, text: &str) {
        let lower = text.to_lowercase();
        for canary in &self.canaries {
            let at = lower.find(&canary.to_lowercase());
            let line = at.map(|at| lower[..at].matches('\n').count());
            let line = line.and_then(|line| text.lines().nth(line));
            assert!(line.is_none(), "{what}: {canary} is in {line:?}\n{text}");
        }
    }
}

fn person() -> LabBuilder {
    Lab::builder()
        .user("quillfeather")
        .full_name("Ferdinand Plumecastle,Room 5,,")
        .computer("nestbook")
        .ssh_dir()
}

fn built() -> Lab {
    let lab = person().build();
    lab.write(
        ".gitconfig",
        "[user]\n  name = Ferdinand P\n  email = quill@mail.example\n",
    );
    lab.set_env("EMAIL", "feathers@mail.example");
    lab.set_env("SSH_CONNECTION", "198.51.100.77 5022 198.51.100.78 22");
    lab.set_env("SSH_CLIENT", "198.51.100.77 5022 22");
    lab.set_env("SUDO_USER", "sudocanary");
    lab
}
