//! Does `sshstep run` leave a command exactly as it is, and explain it when ssh made it fail?
//!
//! Each command is run twice, untouched and under `run`: what it prints and returns must be the same.
#![cfg(target_os = "linux")]

#[path = "runs/choices.rs"]
mod choices;
#[path = "runs/explains.rs"]
mod explains;
mod lab;
#[path = "runs/signals.rs"]
mod signals;
#[path = "runs/untouched.rs"]
mod untouched;

use std::fs;

use lab::{Command, Key, Lab, Output};

const SITE: &str = "git@github.com:team/site.git";

/// A repository at github.com, a trusted host, and a key that is published only where a test does it.
fn world() -> (Lab, Key) {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab.server.shell();
    let site = lab.dir().join("server/home/git/team/site.git");
    let site = site.to_str().expect("the lab's paths are UTF-8");
    let work = lab.path("work");
    let work = work.to_str().expect("the lab's paths are UTF-8");
    let git = |args: &[&str]| lab.command("git").args(args).run().expect(0);
    git(&["init", "--quiet", "--initial-branch=main", work]);
    git(&[
        "-C",
        work,
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b",
        "commit",
        "--quiet",
        "--allow-empty",
        "-m",
        "one",
    ]);
    git(&["clone", "--quiet", "--bare", work, site]);
    let key = lab.key("id_ed25519").make();
    (lab, key)
}

/// The same world with the key published: everything works.
fn working_world() -> Lab {
    let (lab, key) = world();
    lab.server.publish(&key);
    lab
}

/// Runs the words untouched and under `run`, each from the same start. What `run` added is returned.
#[track_caller]
fn added(lab: &Lab, words: &[&str], set: impl Fn(Command<'_>) -> Command<'_>) -> String {
    let clean = || {
        fs::remove_dir_all(lab.path("site")).ok();
    };
    clean();
    let untouched = set(lab.command(words[0]).args(&words[1..])).run();
    clean();
    let ran = set(lab.command("sshstep").args(["run", "--"]).args(words)).run();
    assert_eq!(ran.code, untouched.code, "{untouched}\n{ran}");
    assert_eq!(ran.stdout, untouched.stdout, "{untouched}\n{ran}");
    let rest = ran.stderr.strip_prefix(&untouched.stderr);
    assert!(!leaves_a_folder(lab), "the log is left behind: {ran}");
    match rest {
        Some(rest) => rest.to_owned(),
        None => panic!("standard error differs: {untouched}\n{ran}"),
    }
}

/// The same for `git clone` of the repository.
#[track_caller]
fn clone_added(lab: &Lab) -> String {
    added(lab, &["git", "clone", SITE], |command| command)
}

/// Whether the folder for the log is still there.
fn leaves_a_folder(lab: &Lab) -> bool {
    let names = lab.command("ls").arg("/tmp").run().expect(0);
    names.stdout.contains("sshstep-")
        && names.stdout.lines().any(|name| {
            let is_lab = lab.dir().to_str().is_some_and(|dir| dir.ends_with(name));
            name.starts_with("sshstep-") && !is_lab
        })
}

/// sshstep run, with what it prints shown on failure.
#[track_caller]
fn run(lab: &Lab, words: &[&str]) -> Output {
    lab.command("sshstep").args(["run", "--"]).args(words).run()
}
