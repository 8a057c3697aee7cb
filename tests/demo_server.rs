//! Does a real ssh get from an unknown key to a greeting in the demo, and touch nothing else?
#![cfg(all(unix, feature = "demo"))]

#[path = "demo_server/lab.rs"]
mod lab;

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lab::*;
use sshstep::demo::Demo;
use sshstep::demo::server::GREETING;

#[test]
fn an_unknown_key_is_refused_and_a_published_one_is_greeted() {
    let lab = Lab::new();
    let line = lab.key("id_ed25519", "ed25519", "");

    let refused = lab.ssh(["-v"]);
    assert_eq!(refused.code, 255, "{}", refused.err);
    assert!(refused.err.contains("Offering public key: "));
    assert!(refused.err.contains("Permission denied (publickey)."));
    assert!(!refused.err.contains("Server accepts key"));

    lab.demo.publish(&line).unwrap();
    let greeted = lab.ssh(["-v"]);
    assert_eq!(greeted.code, 1, "{}", greeted.err);
    assert!(greeted.err.contains("Server accepts key: "));
    assert!(
        greeted
            .err
            .contains("Authenticated to git.demo.example (via proxy)")
    );
    assert!(greeted.err.contains(GREETING));
    assert_eq!(greeted.out, "");

    let quiet = lab.ssh([]);
    assert_eq!((quiet.code, quiet.err), (1, format!("{GREETING}\n")));
}

#[test]
fn every_key_type_that_publish_takes_can_sign_in() {
    for (name, kind) in [
        ("id_ecdsa", "ecdsa"),
        ("id_ed25519", "ed25519"),
        ("id_rsa", "rsa"),
    ] {
        let lab = Lab::new();
        let line = lab.key(name, kind, "");
        lab.demo.publish(&line).unwrap();
        let greeted = lab.ssh([]);
        assert_eq!(greeted.err, format!("{GREETING}\n"), "{kind}");
    }
}

#[test]
fn the_right_key_may_come_late() {
    let lab = Lab::new();
    let mut ssh = lab.command();
    for number in 0..12 {
        let name = format!("other_{number}");
        lab.key(&name, "ed25519", "");
        ssh.arg("-i").arg(lab.dot_ssh().join(name));
    }
    lab.demo
        .publish(&lab.key("id_ed25519", "ed25519", ""))
        .unwrap();
    let greeted = run(ssh.arg("git@git.demo.example"));
    assert_eq!(greeted.err, format!("{GREETING}\n"));
}

#[test]
fn a_locked_key_is_accepted_before_its_passphrase_is_asked() {
    let lab = Lab::new();
    let line = lab.key("id_ed25519", "ed25519", "correct horse");
    lab.demo.publish(&line).unwrap();
    let locked = lab.ssh(["-v"]);
    assert_eq!(locked.code, 255);
    assert!(
        locked.err.contains("Server accepts key: "),
        "{}",
        locked.err
    );
    assert!(locked.err.contains("Permission denied (publickey)."));
}

#[test]
fn the_demos_agent_signs() {
    let lab = Lab::new();
    let line = lab.key("id_other_name", "ed25519", "");
    lab.demo.publish(&line).unwrap();
    assert_eq!(lab.ssh([]).code, 255, "no default name, not in the agent");
    let added = Command::new("ssh-add")
        .arg("-q")
        .arg(lab.dot_ssh().join("id_other_name"))
        .env("SSH_AUTH_SOCK", lab.demo.agent().unwrap())
        .status()
        .unwrap();
    assert!(added.success());
    let greeted = lab.ssh(["-v"]);
    assert_eq!(greeted.code, 1, "{}", greeted.err);
    assert!(greeted.err.contains(" agent\r\n"));
}

#[test]
fn the_host_key_can_be_fetched_without_offering_a_key() {
    let lab = Lab::new();
    let known = lab.demo.root().join("fetched");
    let fetch = lab.ssh([
        "-o",
        "PreferredAuthentications=none",
        "-o",
        "StrictHostKeyChecking=accept-new",
        "-o",
        &format!("UserKnownHostsFile={}", known.display()),
    ]);
    assert_eq!(fetch.code, 255);
    let listed = run(Command::new("ssh-keygen").arg("-lf").arg(&known));
    assert!(listed.out.contains(&lab.demo.fingerprint()), "{listed:?}");
}

#[test]
fn an_unknown_host_stops_before_any_key_is_offered() {
    let lab = Lab::new();
    std::fs::remove_file(lab.dot_ssh().join("known_hosts")).unwrap();
    let stopped = lab.ssh([]);
    assert_eq!(stopped.code, 255);
    // And the server adds nothing to it.
    assert_eq!(stopped.err, "Host key verification failed.\r\n");
}

#[test]
fn only_the_user_git_is_let_in() {
    let lab = Lab::new();
    lab.demo
        .publish(&lab.key("id_ed25519", "ed25519", ""))
        .unwrap();
    let refused = lab.ssh(["-l", "root"]);
    assert_eq!(refused.code, 255);
    assert_eq!(
        refused.err.trim_end(),
        "root@git.demo.example: Permission denied (publickey)."
    );
}

#[test]
fn git_and_other_requests_are_answered_in_words() {
    let lab = Lab::new();
    lab.demo
        .publish(&lab.key("id_ed25519", "ed25519", ""))
        .unwrap();
    let fetch = lab.ssh_run(["git-upload-pack 'me/mine.git'"]);
    assert_eq!(fetch.code, 1);
    assert!(fetch.err.contains("keeps no repositories"), "{}", fetch.err);
    assert_eq!(lab.ssh_run(["uname"]).err, format!("{GREETING}\n"));
    let subsystem = lab.ssh(["-s"]);
    assert_ne!(subsystem.code, 0);
}

#[test]
fn a_person_at_a_terminal_is_greeted_too() {
    let lab = Lab::new();
    lab.demo
        .publish(&lab.key("id_ed25519", "ed25519", ""))
        .unwrap();
    let pair = portable_pty::native_pty_system()
        .openpty(portable_pty::PtySize::default())
        .unwrap();
    let mut ssh = portable_pty::CommandBuilder::new("ssh");
    ssh.arg("-F");
    ssh.arg(lab.demo.ssh_config());
    ssh.arg("git@git.demo.example");
    let mut child = pair.slave.spawn_command(ssh).unwrap();
    drop(pair.slave);
    let mut screen = Vec::new();
    // At the end of its other side, Linux gives an error instead of an end.
    let _ = pair
        .master
        .try_clone_reader()
        .unwrap()
        .read_to_end(&mut screen);
    assert_eq!(child.wait().unwrap().exit_code(), 1);
    let screen = String::from_utf8(screen).unwrap();
    assert!(screen.contains("PTY allocation request failed on channel 0\r\n"));
    // No staircase: the client's terminal is in its usual mode.
    assert!(screen.contains(&format!("\n{GREETING}\r\n")), "{screen:?}");
}

#[test]
fn a_config_block_of_the_demos_home_wins() {
    let lab = Lab::new();
    let line = lab.key("id_demo_git", "ed25519", "");
    lab.demo.publish(&line).unwrap();
    let key = lab.dot_ssh().join("id_demo_git");
    let block = format!(
        "Host git.demo.example\n    User git\n    IdentityFile {}\n    IdentitiesOnly yes\n",
        key.display()
    );
    std::fs::write(lab.dot_ssh().join("config"), block).unwrap();
    let seen = lab.settings();
    assert!(seen.contains("\nuser git\n"));
    assert!(seen.contains(&format!(
        "identityfile {}\nidentityfile none\n",
        key.display()
    )));
    assert_eq!(lab.ssh([]).err, format!("{GREETING}\n"));
}

#[test]
fn no_setting_names_a_path_outside_the_demo() {
    let lab = Lab::new();
    lab.key("id_ed25519", "ed25519", "");
    let root = lab.demo.root().display().to_string();
    let allowed = [
        "/usr/bin/xauth",
        "/usr/X11R6/bin/xauth",
        "/opt/X11/bin/xauth",
    ];
    for line in lab.settings().lines() {
        let (name, value) = line.split_once(' ').unwrap_or((line, ""));
        if name == "proxycommand" {
            continue;
        }
        for word in value.split_whitespace() {
            let outside =
                (word.starts_with('/') && !word.starts_with(&root)) || word.starts_with("~/");
            assert!(!outside || allowed.contains(&word), "{line}");
        }
    }
}

#[test]
fn nothing_of_the_real_home_is_touched() {
    let home = PathBuf::from(std::env::var_os("HOME").unwrap());
    let before = listing(&home.join(".ssh"));
    {
        let lab = Lab::new();
        lab.demo
            .publish(&lab.key("id_ed25519", "ed25519", ""))
            .unwrap();
        std::fs::remove_file(lab.dot_ssh().join("known_hosts")).unwrap();
        let greeted = lab.ssh(["-vvv", "-o", "StrictHostKeyChecking=accept-new"]);
        assert_eq!(greeted.code, 1, "{}", greeted.err);
        let real = home.join(".ssh").display().to_string();
        assert!(!greeted.err.contains(&real), "{}", greeted.err);
        assert!(lab.dot_ssh().join("known_hosts").exists());
    }
    assert_eq!(listing(&home.join(".ssh")), before);
}

#[test]
fn an_odd_path_of_the_program_does_no_harm() {
    let place = tempfile::tempdir().unwrap();
    let exe = place.path().join("it's 100% \"$HOME\" `a\\'b` #x");
    std::os::unix::fs::symlink(EXE, &exe).unwrap();
    // A double quote is the one character that is refused.
    assert!(Demo::create(&exe).is_err());
    let exe = place.path().join("it's 100% $HOME `a\\'b` #x %h");
    std::os::unix::fs::symlink(EXE, &exe).unwrap();
    let lab = Lab::started_as(&exe);
    lab.demo
        .publish(&lab.key("id_ed25519", "ed25519", ""))
        .unwrap();
    assert_eq!(lab.ssh([]).err, format!("{GREETING}\n"));
}

#[test]
fn the_server_ends_with_its_input() {
    let lab = Lab::new();
    let mut closed = lab.server();
    drop(closed.stdin.take());
    assert_eq!(ended(&mut closed).code(), Some(0));
    assert_eq!(words(&mut closed), "");
    let mut said = String::new();
    closed
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(
        said,
        concat!("SSH-2.0-DemoGit_", env!("CARGO_PKG_VERSION"), "\r\n")
    );
}

#[test]
fn the_server_ends_when_it_hears_no_ssh() {
    let lab = Lab::new();
    let not_ssh = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec();
    let no_packet = [b"SSH-2.0-x\r\n".as_slice(), &[0xff; 4096]].concat();
    for garbage in [not_ssh, vec![0; 100_000], no_packet] {
        let mut child = lab.server();
        // The input stays open: the server must leave by itself. It may do so while we write.
        let mut stdin = child.stdin.take().unwrap();
        let _ = stdin.write_all(&garbage);
        assert_eq!(ended(&mut child).code(), Some(3));
        assert!(
            words(&mut child).contains("could not follow"),
            "{garbage:?}"
        );
        drop(stdin);
    }
}

#[test]
fn publish_adds_a_key_once_and_nothing_else() {
    let lab = Lab::new();
    let line = lab.key("id_ed25519", "ed25519", "");
    let other = lab.key("other", "ecdsa", "");
    lab.demo.publish(&line).unwrap();
    lab.demo.publish(&line).unwrap();
    lab.demo.publish(&other).unwrap();
    lab.demo.publish("rm -rf /").unwrap_err();
    let short = lab.key("short", "rsa:1024", "");
    let trouble = lab.demo.publish(&short).unwrap_err();
    assert!(trouble.why.reveal().contains("2048 bits"));
    let list = std::fs::read_to_string(lab.demo.root().join("server/authorized_keys")).unwrap();
    assert_eq!(list, format!("{}\n{}\n", line.trim(), other.trim()));
}

#[test]
fn a_demo_leaves_no_agent_and_no_folder() {
    let lab = Lab::new();
    let root = lab.demo.root().to_owned();
    let agent = lab.demo.agent().unwrap();
    let mode = std::fs::metadata(&root).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o700);
    assert!(std::os::unix::net::UnixStream::connect(&agent).is_ok());
    drop(lab);
    assert!(!root.exists());
    assert_eq!(processes_with(&root), Vec::<String>::new());
}

/// Not a test: `a_killed_demo_is_cleared_away` runs it in a process of its own, and kills that.
#[test]
#[ignore = "the other half of a_killed_demo_is_cleared_away"]
fn a_demo_that_waits() {
    let demo = Demo::create(Path::new(EXE)).unwrap();
    println!("\nROOT={}", demo.root().display());
    std::thread::sleep(LONG_ENOUGH * 3);
}

#[test]
fn a_killed_demo_is_cleared_away() {
    use std::io::BufRead as _;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "a_demo_that_waits", "--nocapture"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let root = std::io::BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("ROOT=").map(PathBuf::from))
        .unwrap();
    let other = Demo::create(Path::new(EXE)).unwrap();
    assert!(root.join("owner").exists(), "its owner is alive");
    child.kill().unwrap();
    child.wait().unwrap();
    until(|| processes_with(&root).is_empty());
    drop(other);
    let next = Demo::create(Path::new(EXE)).unwrap();
    assert!(!root.exists());
    assert_ne!(next.root(), root);
}
