//! Do programs and servers that misbehave (hang, lie, send escape sequences) end in an answer?

use std::time::{Duration, Instant};

use super::lab::{Lab, Route};
use super::{run, usual};

#[test]
fn an_agent_that_hangs() {
    let lab = usual();
    let hung = lab.hung_agent();
    let limited = lab
        .command("timeout")
        .args(["2", "ssh", "-oBatchMode=yes", "-T"]);
    limited.arg("git@github.com").run().expect(124);
    let started = Instant::now();
    let output = run(&lab, &["check", "github.com", "--json"]).expect(1);
    assert!(started.elapsed() < Duration::from_secs(8), "{output}");
    let json: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!(
        json["findings"][0]["code"], "agent-refused-operation",
        "{output}"
    );
    assert_eq!(json["findings"][0]["certainty"], "proven", "{output}");
    let socket = hung
        .socket()
        .file_name()
        .expect("a file")
        .to_string_lossy()
        .into_owned();
    assert!(output.stdout.contains(&socket), "{output}");
    lab.wait_no_process("ssh ");
    let started = Instant::now();
    run(&lab, &["check", "github.com", "--no-connect"]).expect(0);
    assert!(started.elapsed() < Duration::from_secs(4));
}

#[test]
fn a_server_that_sends_escape_sequences() {
    let lab = usual();
    let evil = "\x1b]0;owned\x07\x1b[2J\u{202e}\u{9b}31m";
    lab.server.banner(format!("{evil}banner\n"));
    for greeting in [
        format!(
            "Hi {evil}octocat! You've successfully authenticated, but GitHub does not provide shell access."
        ),
        format!(
            "Hi octocat! You've successfully authenticated, but GitHub does not provide shell access.{evil}"
        ),
        evil.to_owned(),
    ] {
        lab.server.greet(&greeting, 1);
        for args in [
            &["check", "github.com"][..],
            &["check", "github.com", "--json"],
        ] {
            clean(&run(&lab, args));
        }
    }
    lab.route(
        "says.test",
        Route::Says("\x1b]0;owned\x07\x1b[31mHello\r\n"),
    );
    for args in [
        &["check", "says.test"][..],
        &["check", "says.test", "--json"],
    ] {
        let output = run(&lab, args).expect(1);
        clean(&output);
        assert!(output.stdout.contains("Hello"), "{output}");
    }
}

#[test]
fn names_and_comments_with_escape_sequences() {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    let key = lab
        .key("id_ed25519")
        .comment("\x1b]0;owned\x07label")
        .make();
    let agent = lab.agent();
    agent.add(&key);
    lab.key("\x1b[31mred").comment("\u{202e}").make();
    lab.write(
        ".ssh/config",
        "Host github.com\n  IdentityFile \"~/.ssh/\x1b[31mred\"\n",
    );
    for args in [
        &["check", "github.com"][..],
        &["check", "github.com", "--json"],
    ] {
        clean(&run(&lab, args).expect(1));
    }
}

#[track_caller]
fn clean(output: &super::lab::Output) {
    for text in [&output.stdout, &output.stderr] {
        let bad = text
            .chars()
            .find(|c| (c.is_control() && *c != '\n') || matches!(c, '\u{202a}'..='\u{202e}'));
        assert_eq!(bad, None, "{output}");
    }
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let lab = usual();
    lab.route("github.com", Route::Silent);
    let started = Instant::now();
    let output = run(&lab, &["check", "github.com", "--timeout", "1"]).expect(1);
    assert!(started.elapsed() < Duration::from_secs(8), "{output}");
    assert!(output.stdout.contains("connect-timeout"), "{output}");
    lab.wait_no_process("server/script");
}

#[test]
fn an_ssh_that_is_missing_or_something_else() {
    let lab = usual();
    lab.fake_program("ssh", "echo 'Sun_SSH_1.1' >&2; exit 0");
    let output = run(&lab, &["check", "github.com"]).expect(1);
    assert!(
        output.stdout.contains("ssh-client-missing-or-broken"),
        "{output}"
    );
    lab.fake_program("ssh", "exec sleep 1000");
    let started = Instant::now();
    let output = run(&lab, &["check", "github.com"]).expect(1);
    assert!(started.elapsed() < Duration::from_secs(15), "{output}");
    lab.wait_no_process("sleep 1000");
    let empty = lab.path("empty");
    std::fs::create_dir(&empty).expect("the home is writable");
    let path = format!("PATH={}", empty.display());
    let sshstep = lab.dir().join("bin/sshstep");
    let output = lab.command("env").arg(path).arg(sshstep);
    let output = output.args(["check", "github.com"]).run().expect(1);
    assert!(!output.stdout.contains("config-"), "{output}");
    assert!(
        output.stdout.contains("Install the OpenSSH client"),
        "{output}"
    );
}

#[test]
fn a_git_that_hangs_does_not_keep_the_check() {
    let lab = usual();
    lab.fake_program("git", "exec sleep 1000");
    let started = Instant::now();
    run(&lab, &["check", "github.com"]).expect(0);
    assert!(started.elapsed() < Duration::from_secs(10));
    lab.wait_no_process("sleep 1000");
}
