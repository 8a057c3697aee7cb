//! Does everything pass through: output, input, exit codes, and what ssh itself has to say?

use super::lab::{Lab, Route};
use super::{SITE, added, clone_added, run, working_world, world};

#[test]
fn a_clone_that_works_prints_nothing_more() {
    let lab = working_world();
    assert_eq!(clone_added(&lab), "");
    let head = lab
        .command("git")
        .args(["-C", "site", "log", "--oneline"])
        .run();
    head.expect(0).says("one");
}

#[test]
fn what_ssh_says_although_it_works_is_still_said_and_in_its_place() {
    let lab = working_world();
    lab.server.banner("Be nice.\n");
    lab.write(
        ".ssh/config",
        "Host github.com\n  StrictHostKeyChecking accept-new\n  UserKnownHostsFile /dev/null\n",
    );
    let plain = run(&lab, &["ssh", "git@github.com", "true"]).expect(0);
    assert!(
        plain.stderr.starts_with("Warning: Permanently added"),
        "{plain}"
    );
    assert!(plain.stderr.ends_with("\nBe nice.\n"), "{plain}");
    assert_eq!(clone_added(&lab), "");
}

#[test]
fn how_much_ssh_says_stays_the_persons_choice() {
    let lab = working_world();
    for level in ["QUIET", "FATAL", "ERROR", "INFO", "VERBOSE"] {
        lab.write(
            ".ssh/config",
            format!(
                "LogLevel {level}\nStrictHostKeyChecking accept-new\nUserKnownHostsFile /dev/null\n"
            ),
        );
        // VERBOSE tells how many seconds it took.
        if level == "VERBOSE" {
            let output = run(&lab, &["git", "-C", "site", "fetch"])
                .expect(0)
                .says("Authenticated to github.com");
            assert!(!output.stderr.contains("debug1"), "{output}");
        } else {
            assert_eq!(clone_added(&lab), "", "{level}");
        }
    }
}

#[test]
fn ssh_that_fails_says_so_at_every_level() {
    let (lab, _) = world();
    for level in ["QUIET", "ERROR", "INFO"] {
        lab.write(".ssh/config", format!("LogLevel {level}\n"));
        let rest = clone_added(&lab);
        assert!(rest.contains("key-not-registered"), "{level}: {rest}");
    }
}

#[test]
fn a_debug_log_that_the_person_asked_for_is_theirs() {
    let lab = working_world();
    let command = lab.command("sshstep").args(["run", "git", "clone", SITE]);
    let output = command.env("GIT_SSH_COMMAND", "ssh -v").run().expect(0);
    assert!(
        output
            .stderr
            .contains("debug1: Authenticating to github.com"),
        "{output}"
    );
    assert!(!output.stderr.contains("debug2"), "{output}");

    let log = lab.path("mine.log");
    let command = format!("ssh -v -E '{}'", log.display());
    let words = lab
        .command("sshstep")
        .args(["run", "git", "-C", "site", "fetch"]);
    let output = words.env("GIT_SSH_COMMAND", command).run().expect(0);
    assert!(!output.stderr.contains("debug1"), "{output}");
    let mine = std::fs::read_to_string(log).expect("ssh wrote it");
    assert!(
        mine.contains("debug1: Authenticating to github.com"),
        "{mine}"
    );
}

#[test]
fn a_jump_host_adds_no_noise() {
    let lab = Lab::builder().ssh_dir().build();
    let key = lab.key("id_ed25519").make();
    lab.server.publish_line("deploy", &key.public_line());
    for (host, route) in [("jump.example", Route::Sshd), ("inner.example", Route::Tcp)] {
        lab.route(host, route);
        lab.trust(host);
    }
    lab.write(
        ".ssh/config",
        "Host inner.example\n  ProxyJump deploy@jump.example\n",
    );
    for code in [0, 3] {
        let command = format!("echo out; echo err >&2; exit {code}");
        let rest = added(
            &lab,
            &["ssh", "deploy@inner.example", &command],
            |command| command,
        );
        assert_eq!(rest, "");
    }
}

#[test]
fn every_exit_code_is_the_commands_own() {
    let lab = Lab::new();
    for code in [0, 1, 2, 42, 126, 127, 255] {
        let words = format!("exit {code}");
        run(&lab, &["sh", "-c", &words]).expect(code);
    }
    for signal in [1, 2, 9, 15] {
        let words = format!("kill -{signal} $$");
        run(&lab, &["sh", "-c", &words]).expect(128 + signal);
    }
}

#[test]
fn a_command_that_cannot_be_run_is_named() {
    let lab = Lab::new();
    let output = run(&lab, &["no-such-program", "x"]).expect(127);
    let output = output.says("sshstep: The program no-such-program could not be started.");
    assert_eq!(output.stdout, "", "{output}");
    let file = lab.write("notes.txt", "no program");
    let file = file.to_str().expect("the lab's paths are UTF-8");
    run(&lab, &[file])
        .expect(126)
        .says("The program notes.txt could not be started.");
    lab.sshstep(&["run"]).expect(2);
    lab.sshstep(&["run", "--"]).expect(2);
}

#[test]
fn options_of_the_command_are_its_own() {
    let lab = Lab::new();
    let output = lab.sshstep(&[
        "run", "printf", "%s|", "-p", "--plain", "--help", "--", "-x",
    ]);
    assert_eq!(output.stdout, "-p|--plain|--help|--|-x|", "{output}");
    let output = lab.sshstep(&["run", "--", "git", "--version"]).expect(0);
    assert!(output.stdout.starts_with("git version"), "{output}");
}

#[test]
fn much_input_and_output_passes_unharmed() {
    let lab = Lab::new();
    let input: String = (0..200_000).map(|line| format!("line {line}\n")).collect();
    let rest = added(&lab, &["tee", "/dev/stderr"], |command| {
        command.input(&input)
    });
    assert_eq!(rest, "");
    let output = lab
        .command("sshstep")
        .args(["run", "--", "cat"])
        .input(&input)
        .run();
    assert_eq!(output.expect(0).stdout, input);
}

#[test]
fn a_command_that_has_nothing_to_do_with_ssh_gets_one_quiet_line() {
    let lab = Lab::new();
    let rest = added(&lab, &["git", "-C", "nowhere", "status"], |command| command);
    assert_eq!(rest, "\nsshstep: no ssh was started that I could watch.\n");
}
