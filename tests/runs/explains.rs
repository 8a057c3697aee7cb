//! Does a command that ssh made fail get its cause, below its own output?

use std::os::unix::fs::PermissionsExt;

use super::lab::Route;
use super::{SITE, added, clone_added, run, working_world, world};

#[test]
fn a_key_that_the_server_does_not_know() {
    let (lab, _) = world();
    let rest = clone_added(&lab);
    assert!(
        rest.starts_with("\n✗ This is why it failed:\n\n✗ GitHub does not know the key"),
        "{rest}"
    );
    assert!(rest.contains("key-not-registered"), "{rest}");
    assert!(
        rest.contains("Next: Give the key to GitHub (sshstep fix git@github.com)"),
        "{rest}"
    );
}

#[test]
fn a_host_that_is_not_known() {
    let (lab, _) = world();
    lab.route("git.example", Route::Sshd);
    let site = SITE.replace("github.com", "git.example");
    let rest = added(&lab, &["git", "clone", &site], |command| command);
    assert!(rest.contains("host-key-prompt-no-tty"), "{rest}");
    // On a terminal ssh asks, and the person says no.
    let command = lab.command("sshstep").args(["run", "git", "clone", &site]);
    let mut screen = command.terminal(100, 40);
    screen.wait_for("Are you sure you want to continue connecting");
    screen.type_text("no\r");
    assert_eq!(screen.wait_exit(), 128);
    assert!(screen.shows("host-key-unknown-strict"), "{screen}");
}

#[test]
fn a_host_key_that_changed_is_told_in_full_by_ssh_itself() {
    let (lab, _) = world();
    lab.write(".ssh/known_hosts", "");
    let other = lab.key("other").make();
    let line = other.public_line();
    let words: Vec<&str> = line.split(' ').take(2).collect();
    lab.know("github.com", &words.join(" "));
    let rest = clone_added(&lab);
    assert!(rest.contains("host-key-changed"), "{rest}");
}

#[test]
fn a_server_that_is_not_there() {
    let lab = working_world();
    lab.route("github.com", Route::Refused);
    let rest = clone_added(&lab);
    assert!(rest.contains("connection-refused"), "{rest}");
}

#[test]
fn facts_of_this_machine_help() {
    let (lab, key) = world();
    lab.server.publish(&key);
    let mode = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(lab.path(".ssh/id_ed25519"), mode).expect("it is ours");
    let rest = clone_added(&lab);
    assert!(rest.contains("key-permissions-too-open"), "{rest}");
}

#[test]
fn a_repository_that_is_not_there_is_not_the_fault_of_ssh() {
    let lab = working_world();
    lab.server.greet("ERROR: Repository not found.", 1);
    let rest = clone_added(&lab);
    assert!(rest.contains("repo-not-found"), "{rest}");
    // On a terminal the words are not read.
    let command = lab.command("sshstep").args(["run", "git", "clone", SITE]);
    let screen = command.terminal(100, 30);
    screen.wait_for("The sign-in to github.com as git worked.");
    assert_eq!(screen.wait_exit(), 128);
    assert!(!screen.shows("✗"), "{screen}");
}

#[test]
fn a_remote_command_that_fails_is_nobodys_business() {
    let lab = working_world();
    for code in [1, 42] {
        let command = format!("exit {code}");
        let rest = added(&lab, &["ssh", "git@github.com", &command], |command| {
            command
        });
        assert_eq!(rest, "");
    }
}

#[test]
fn ssh_itself_and_rsync() {
    let (lab, _) = world();
    let rest = added(&lab, &["ssh", "git@github.com", "true"], |command| command);
    assert!(rest.contains("key-not-registered"), "{rest}");
    lab.write("file", "text");
    // Its code is 12 or 255, whichever it sees first: ssh's silence or ssh's end.
    let output = run(&lab, &["rsync", "file", "git@github.com:file"]);
    assert!([12, 255].contains(&output.code), "{output}");
    assert!(
        output
            .stderr
            .starts_with("git@github.com: Permission denied (publickey).\r\nrsync: "),
        "{output}"
    );
    assert!(output.stderr.contains("key-not-registered"), "{output}");
}

#[test]
fn a_script_is_explained_by_its_last_ssh_that_failed() {
    let (lab, _) = world();
    lab.route("gone.example", Route::Unknown);
    let script =
        format!("git clone --quiet gone.example:x; git clone --quiet {SITE}; ssh -V; exit 5");
    let rest = run(&lab, &["sh", "-c", &script]).expect(5);
    assert!(rest.stderr.contains("key-not-registered"), "{rest}");
    assert!(!rest.stderr.contains("dns"), "{rest}");
}

#[test]
fn submodules_that_are_refused() {
    let (lab, _) = world();
    let repository = lab.repository("site", "https://example.invalid/x");
    let modules = format!("[submodule \"a\"]\n\tpath = a\n\turl = {SITE}\n");
    lab.write("site/.gitmodules", modules);
    let git = |words: &[&str]| {
        lab.command("git")
            .args(words)
            .dir(&repository)
            .run()
            .expect(0)
    };
    let head = lab
        .command("git")
        .args(["-C", "work", "rev-parse", "HEAD"])
        .run();
    let entry = format!("160000,{},a", head.stdout.trim());
    git(&["update-index", "--add", "--cacheinfo", &entry]);
    let command = lab
        .command("sshstep")
        .args(["run", "git", "submodule", "update", "--init"]);
    let output = command.dir(&repository).run().expect(1);
    assert!(output.stderr.contains("key-not-registered"), "{output}");
}
