//! Does `replay` make a file, start a program or connect anywhere?

use std::fs;

use super::{engineer, from_wizard, refused, report};

/// What it asks of the system, one call a line.
fn calls(log: &str) -> Vec<&str> {
    log.lines()
        .filter_map(|line| line.split_once(' ').map(|(_, call)| call.trim_start()))
        .collect()
}

#[track_caller]
fn assert_harmless(log: &str) {
    let calls = calls(log);
    let started: Vec<_> = calls.iter().filter(|it| it.starts_with("exec")).collect();
    assert_eq!(started.len(), 1, "only itself: {started:?}");
    assert!(started[0].contains("sshstep"), "{started:?}");
    let forbidden = [
        "connect(",
        "bind(",
        "mkdir",
        "rename",
        "unlink",
        "link",
        "symlink",
        "chmod",
        "fchmod",
        "truncate",
        "ftruncate",
        "creat(",
        "fork(",
        "vfork(",
    ];
    for call in &calls {
        assert!(
            !forbidden.iter().any(|name| call.starts_with(name)),
            "{call}"
        );
        // Whoever runs it, their keys, settings and programs are of no interest.
        let private = [
            "/.ssh",
            "/etc/ssh",
            "passwd",
            "nsswitch",
            "/ssh\"",
            "providers",
        ];
        assert!(!private.iter().any(|name| call.contains(name)), "{call}");
        // tokio's own signals come through a pair of local sockets.
        let is_socket = call.starts_with("socket(");
        let is_addressed = call.starts_with("send") && !call.contains("NULL, 0)");
        assert!(!is_socket && !is_addressed, "{call}");
        // A thread is no process.
        let is_clone = call.starts_with("clone");
        assert!(!is_clone || call.contains("CLONE_THREAD"), "{call}");
        let writes = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND"];
        let is_open = call.starts_with("open") && writes.iter().any(|flag| call.contains(flag));
        let is_terminal = ["/dev/tty", "/dev/pts", "/dev/null"]
            .iter()
            .any(|name| call.contains(name));
        assert!(!is_open || is_terminal, "{call}");
    }
}

#[test]
fn neither_on_the_full_screen_nor_in_a_pipe() {
    let (lab, file) = engineer(&from_wizard(report(&refused(), "github.com"), 71));
    let before = lab.tree();
    let log = lab.dir().join("strace.log");
    let traced = || {
        lab.command("strace")
            .args([
                "-f",
                "-qq",
                "-s",
                "4096",
                "-e",
                "trace=process,network,file",
                "-o",
            ])
            .arg(&log)
            .args(["sshstep", "replay"])
            .arg(&file)
    };
    let output = traced().run();
    assert_eq!(output.code, 0, "{output}");
    assert_harmless(&fs::read_to_string(&log).expect("strace wrote it"));

    let mut screen = traced().terminal(80, 24);
    screen.wait_for("Screen 71");
    for key in ["1", "n", "n", "n", "p", "c", "b", "?", "b"] {
        screen.press(key);
        screen.settled();
    }
    screen.press("q");
    assert_eq!(screen.wait_exit(), 0, "{screen}");
    let log = fs::read_to_string(&log).expect("strace wrote it");
    assert!(log.contains("ticket.json"), "the log is of this run: {log}");
    assert_harmless(&log);
    lab.tree().assert_untouched(&before);
}

/// No home, no account, no agent, no programs: nothing of this computer is needed.
#[test]
fn nothing_of_this_computer_is_looked_at() {
    let (lab, file) = engineer(&report(&refused(), "github.com"));
    let output = lab
        .command("sshstep")
        .args(["replay"])
        .arg(&file)
        .env_remove("HOME")
        .env("SSH_AUTH_SOCK", "/nowhere")
        .run();
    assert_eq!(output.code, 0, "{output}");
    assert!(output.stderr.is_empty(), "{output}");
}
