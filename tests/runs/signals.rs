//! Does a command keep its terminal, and get every signal, as if nobody stood in between?

use std::fs;

use super::lab::{Lab, Signal, Terminal, poll};
use super::{SITE, leaves_a_folder, working_world, world};

fn run(lab: &Lab, words: &[&str]) -> Terminal {
    lab.terminal(&[&["run", "--"], words].concat(), 80, 24)
}

#[test]
fn a_terminal_stays_a_terminal() {
    let lab = Lab::new();
    let screen = run(
        &lab,
        &[
            "sh",
            "-c",
            "test -t 0 && test -t 1 && test -t 2 && stty size",
        ],
    );
    assert_eq!(screen.wait_exit(), 0);
    assert!(screen.shows("24 80"), "{screen}");
}

#[test]
fn ssh_under_git_keeps_its_terminal() {
    let lab = working_world();
    let script = "test -t 2 && echo yes >\"$HOME/is-terminal\"\nexec ssh \"$@\"";
    let tool = lab.write("tool", format!("#!/bin/sh\n{script}\n"));
    lab.mode(&tool, 0o755);
    lab.set_env("GIT_SSH", &tool);
    let screen = run(&lab, &["git", "clone", SITE]);
    assert_eq!(screen.wait_exit(), 0);
    assert!(lab.path("is-terminal").exists(), "{screen}");
}

#[test]
fn a_question_of_ssh_is_asked_and_answered() {
    let (lab, key) = world();
    lab.server.publish(&key);
    lab.write(".ssh/known_hosts", "");
    let mut screen = run(&lab, &["git", "clone", SITE]);
    screen.wait_for("Are you sure you want to continue connecting");
    screen.type_text("yes\r");
    assert_eq!(screen.wait_exit(), 0);
    assert!(screen.shows("Permanently added"), "{screen}");
}

#[test]
fn ctrl_c_ends_the_command() {
    let lab = Lab::new();
    let mut screen = run(&lab, &["sh", "-c", "echo ready; exec cat"]);
    screen.wait_for("ready");
    screen.ctrl('c');
    assert_eq!(screen.wait_exit(), 130);
    assert!(!screen.shows("sshstep"), "{screen}");
    assert!(!leaves_a_folder(&lab), "{screen}");
}

#[test]
fn ctrl_c_is_the_commands_to_answer_and_comes_once() {
    let lab = Lab::new();
    let script =
        "trap 'echo got it' INT; echo ready; until [ \"$word\" = end ]; do read word; done; exit 7";
    let mut screen = run(&lab, &["sh", "-c", script]);
    screen.wait_for("ready");
    screen.ctrl('c');
    screen.wait_for("got it");
    screen.type_text("end\r");
    assert_eq!(screen.wait_exit(), 7);
    assert_eq!(screen.screen().matches("got it").count(), 1, "{screen}");
}

#[test]
fn ctrl_c_ends_a_login_that_hangs() {
    let (lab, _) = world();
    lab.route("github.com", super::lab::Route::Silent);
    let mut screen = run(&lab, &["git", "clone", SITE]);
    screen.wait_for("Cloning into");
    let asks = poll(|| {
        lab.processes()
            .iter()
            .any(|process| process.command.contains("LogLevel=DEBUG1"))
            .then_some(())
    });
    assert!(asks.is_some(), "{screen}");
    screen.ctrl('c');
    assert_eq!(screen.wait_exit(), 130);
    lab.wait_no_process("LogLevel=DEBUG1");
}

#[test]
fn signals_to_us_are_passed_on() {
    let lab = Lab::new();
    for (signal, name) in [
        (Signal::TERM, "TERM"),
        (Signal::HUP, "HUP"),
        (Signal::USR1, "USR1"),
    ] {
        let script = format!(
            "trap 'echo heard {name}; kill $!; exit 9' {name}; tail -f /dev/null & echo ready; wait"
        );
        let screen = run(&lab, &["sh", "-c", &script]);
        screen.wait_for("ready");
        screen.signal(signal);
        assert_eq!(screen.wait_exit(), 9);
        assert!(screen.shows(&format!("heard {name}")), "{screen}");
    }
}

#[test]
fn a_command_that_a_signal_ends() {
    let lab = Lab::new();
    let screen = run(&lab, &["sh", "-c", "echo ready; exec cat"]);
    screen.wait_for("ready");
    screen.signal(Signal::TERM);
    assert_eq!(screen.wait_exit(), 143);
    assert!(!leaves_a_folder(&lab), "{screen}");
}

#[test]
fn a_command_that_stops_itself_stops_us_and_goes_on_with_us() {
    let lab = Lab::new();
    let screen = run(&lab, &["sh", "-c", "kill -STOP $$; echo awake; exit 4"]);
    let stopped = || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", screen.pid())).ok()?;
        stat.contains(") T ").then_some(())
    };
    assert!(poll(stopped).is_some(), "{screen}");
    screen.signal(Signal::CONT);
    assert_eq!(screen.wait_exit(), 4);
    assert!(screen.shows("awake"), "{screen}");
}

#[test]
fn ctrl_z_and_fg_work_in_a_shell() {
    let lab = Lab::new();
    let shell = lab.command("bash").args(["--norc", "-i"]);
    let mut screen = shell.terminal(80, 24);
    screen
        .type_text("PS1='> '; sshstep run sh -c 'echo ready; read word; echo got $word; exit 6'\r");
    screen.wait_until("ready", |screen| {
        screen.rows().iter().any(|row| row.trim() == "ready")
    });
    screen.ctrl('z');
    let is_prompt = |screen: &Terminal| {
        let row = screen.row(screen.cursor().0.into());
        screen.shows("Stopped") && row.trim() == ">"
    };
    screen.wait_until("a prompt", is_prompt);
    screen.settled();
    screen.type_text("fg\r");
    screen.wait_until("the command again", |screen| {
        // The shell has given the terminal back when it echoes again.
        screen.screen().matches("sshstep run").count() >= 3 && screen.echoes()
    });
    screen.type_text("hello\r");
    screen.wait_for("got hello");
    screen.type_text("echo code $?\r");
    screen.wait_for("code 6");
    screen.type_text("exit\r");
    assert_eq!(screen.wait_exit(), 0);
}

#[test]
fn what_was_ignored_stays_ignored() {
    let lab = Lab::new();
    let script = "trap '' HUP; exec sshstep run sh -c 'kill -HUP $$; echo alive'";
    let output = lab.command("sh").args(["-c", script]).run().expect(0);
    assert_eq!(output.stdout, "alive\n", "{output}");
}
