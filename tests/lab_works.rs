//! Can the test laboratory be believed? Proven with the plain programs, without sshstep.
#![cfg(target_os = "linux")]

mod lab;
#[path = "lab_works/screens.rs"]
mod screens;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use lab::{Answer, Lab, Route};

const GREETING: &str = "Hi octocat! You've successfully authenticated";

#[test]
fn nothing_real_is_in_reach() {
    let before = real_ssh_dir();
    let lab = Lab::new();
    let home = lab.home().to_str().expect("the lab's paths are UTF-8");
    let config = lab.ssh(&["-G", "example.org"]).expect(0).stdout;
    for name in ["identityfile", "userknownhostsfile"] {
        let lines: Vec<_> = config
            .lines()
            .filter(|line| line.starts_with(name))
            .collect();
        assert!(!lines.is_empty(), "{config}");
        let ours = |line: &&str| line.contains(home) || line.contains(" ~/.ssh/");
        assert!(lines.iter().all(ours), "{lines:?}");
    }
    let key = lab.key("id_ed25519").make();
    lab.ssh(&["-v", "git@github.com"])
        .says(&format!("identity file {home}/.ssh/id_ed25519 type"));
    let keygen = lab
        .command("ssh-keygen")
        .args(["-q", "-N", "", "-t", "ecdsa", "-f"]);
    keygen.arg(lab.path(".ssh/id_ecdsa")).run().expect(0);
    assert!(key.path.starts_with(home));

    let interfaces = lab.command("cat").arg("/proc/net/dev").run().stdout;
    let names: Vec<_> = interfaces
        .lines()
        .skip(2)
        .filter_map(|line| line.trim().split(':').next())
        .collect();
    assert_eq!(names, ["lo"]);
    let tty = lab.command("sh").args(["-c", ": </dev/tty"]).run();
    assert_ne!(
        tty.code, 0,
        "a test could ask on the terminal of whoever runs it: {tty}"
    );
    let variables = lab.command("env").run().stdout;
    assert!(!variables.contains("CARGO"), "{variables}");
    drop(lab);
    assert_eq!(real_ssh_dir(), before);
}

#[test]
fn an_empty_home_does_not_know_the_server() {
    let lab = Lab::new();
    assert!(!lab.ssh_dir().exists());
    lab.ssh(&["-T", "git@github.com"])
        .expect(255)
        .says("Host key verification failed.");
    assert_eq!(lab.server.connections(), 1);
    assert_eq!(lab.server.logins(), []);
}

#[test]
fn a_published_key_is_greeted() {
    let lab = Lab::builder()
        .ssh_dir()
        .host_keys(&["ecdsa", "ed25519"])
        .build();
    let key = lab.key("id_ed25519").make();
    lab.trust("github.com");
    lab.ssh(&["-T", "git@github.com"])
        .expect(255)
        .says("Permission denied (publickey).");
    lab.server.publish(&key);
    lab.ssh(&["-T", "git@github.com"]).expect(1).says(GREETING);

    let answers: Vec<_> = lab
        .server
        .logins()
        .into_iter()
        .map(|login| login.answer)
        .collect();
    assert_eq!(answers, [Answer::Refused, Answer::Known, Answer::Accepted]);
    let last = lab.server.logins().pop().expect("three tries");
    assert_eq!(
        (last.user.as_str(), last.fingerprint),
        ("git", Some(key.fingerprint.clone()))
    );
    assert_eq!(lab.server.connections(), 2);

    lab.server.greet("Welcome to GitLab, @tanuki!", 0);
    lab.ssh(&["-T", "git@github.com"]).expect(0).says("@tanuki");
    lab.server.shell();
    lab.ssh(&["git@github.com", "echo a shell"])
        .expect(0)
        .says("a shell");
    lab.server.unpublish_all();
    lab.ssh(&["-T", "git@github.com"]).expect(255);
}

#[test]
fn the_machines_own_configuration_can_stay_in_sight() {
    let lab = Lab::builder().real_etc_ssh().build();
    let real = fs::read("/etc/ssh/ssh_config").expect("openssh-client has one");
    let seen = lab
        .command("cat")
        .arg("/etc/ssh/ssh_config")
        .run()
        .expect(0);
    assert_eq!(seen.stdout.as_bytes(), real);
    let proxy = lab.server.proxy_command();
    lab.write(
        ".ssh/config",
        format!("Host hub\n  HostName github.com\n  User git\n  ProxyCommand {proxy}\n"),
    );
    lab.server.publish(&lab.key("id_ed25519").make());
    lab.trust("github.com");
    lab.ssh(&["-T", "hub"]).expect(1).says(GREETING);

    let lab = Lab::new();
    lab.machine_config("Host *\n    Port 2222\n");
    lab.ssh(&["-G", "example.org"])
        .expect(0)
        .says("port 2222\n");
}

#[test]
fn a_changed_host_key_and_too_many_keys_are_refused() {
    let lab = Lab::new();
    let other = lab.key("other").make();
    let wrong = other.public_line();
    lab.know("github.com", wrong.rsplit_once(' ').expect("a comment").0);
    lab.ssh(&["-T", "git@github.com"])
        .expect(255)
        .says("REMOTE HOST IDENTIFICATION HAS CHANGED");
    fs::remove_file(lab.path(".ssh/known_hosts")).expect("it was just written");
    lab.trust("github.com");
    lab.server.set("MaxAuthTries", "1");
    lab.key("id_ed25519").make();
    lab.key("id_ecdsa").kind("ecdsa").make();
    lab.ssh(&["-T", "git@github.com"])
        .expect(255)
        .says("Too many authentication failures");
}

#[test]
fn the_agent_unlocks_a_key() {
    let lab = Lab::new();
    let key = lab.key("id_ed25519").passphrase("correct horse").make();
    lab.trust("github.com");
    lab.server.publish(&key);
    lab.ssh(&["-T", "git@github.com"]).expect(255);
    let agent = lab.agent();
    assert_eq!(agent.list().code, 1);
    agent.add(&key);
    assert!(agent.holds(&key));
    key.set_public_aside();
    lab.ssh(&["-T", "git@github.com"]).expect(1).says(GREETING);
    let pid = agent.pid();
    drop(agent);
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
}

#[test]
fn a_hung_agent_takes_requests_and_never_answers() {
    let lab = Lab::new();
    let _hung = lab.hung_agent();
    let list = lab.command("timeout").args(["1", "ssh-add", "-l"]);
    list.run().expect(124);
}

#[test]
fn servers_fail_in_their_own_ways() {
    let lab = Lab::new();
    let ssh = |host: &str| {
        lab.ssh(&["-T", "-oConnectTimeout=1", &format!("git@{host}")])
            .expect(255)
    };
    lab.route("refused.test", Route::Refused);
    ssh("refused.test").says("Connection refused");
    lab.route("dropped.test", Route::Dropped);
    ssh("dropped.test").says("Connection timed out");
    ssh("unknown.test").says("Could not resolve hostname unknown.test: Name or service not known");
    lab.route("silent.test", Route::Silent);
    ssh("silent.test").says("Connection timed out during banner exchange");
    lab.route("closes.test", Route::Closes);
    ssh("closes.test").says("Connection closed by");
    lab.route("web.test", Route::Says("HTTP/1.1 400 Bad Request\r\n\r\n"));
    ssh("web.test").says("onnection closed by");
    assert_eq!(lab.server.connections(), 3);
    lab.wait_no_process("server/script");
}

#[test]
fn a_server_listens_in_the_labs_own_network() {
    let lab = Lab::new();
    lab.route("github.com", Route::Tcp);
    lab.trust("github.com");
    let key = lab.key("id_ed25519").make();
    lab.server.publish(&key);
    let output = lab
        .ssh(&["-v", "-T", "git@github.com"])
        .expect(1)
        .says(GREETING);
    output.says("Connection established.");
    assert!(
        std::net::TcpStream::connect_timeout(&([127, 0, 0, 1], 22).into(), Duration::from_secs(1))
            .is_err()
            || real_sshd()
    );
}

#[test]
fn a_server_may_send_escape_sequences() {
    let lab = Lab::new();
    lab.trust("github.com");
    let key = lab.key("id_ed25519").make();
    lab.server.publish(&key);
    lab.server.banner("\x1b]0;owned\x07banner\n");
    lab.server.greet("\x1b]52;c;b3duZWQ=\x07greeting", 1);
    let output = lab.ssh(&["-T", "git@github.com"]).expect(1);
    // ssh itself makes the banner harmless, but not what comes after the login.
    let output = output.says(r"\033]0;owned\007banner");
    output.says("\x1b]52;c;b3duZWQ=\x07greeting");
}

#[test]
fn a_tree_sees_every_change() {
    let lab = Lab::new();
    let config = lab.write(".ssh/config", "Host a\n");
    let before = lab.tree();
    lab.tree().assert_untouched(&before);
    fs::write(&config, "Host b\n").expect("the lab's folder is writable");
    lab.mode(".ssh/config", 0o644);
    std::os::unix::fs::symlink("config", lab.path(".ssh/link"))
        .expect("the lab's folder is writable");
    assert_eq!(
        lab.tree().differences(&before),
        [
            ".ssh/config: mode 0600 is now 0644",
            ".ssh/config: was \"Host a\\n\", is \"Host b\\n\"",
            ".ssh/link is new"
        ]
    );
    let before = lab.tree();
    fs::remove_file(lab.path(".ssh/link")).expect("it was just made");
    assert_eq!(lab.tree().differences(&before), [".ssh/link is gone"]);
}

#[test]
fn disks_can_be_read_only_or_full() {
    let lab = Lab::builder().ssh_dir().build();
    lab.make_read_only(".ssh");
    let touch = lab.command("touch").arg(lab.path(".ssh/new"));
    touch.run().expect(1).says("Read-only file system");
    let small = lab.path("small");
    fs::create_dir(&small).expect("the lab's folder is writable");
    lab.make_small("small", 8);
    let fill = lab
        .command("dd")
        .args(["if=/dev/zero", "bs=1k", "count=64"]);
    fill.arg(format!("of={}", small.join("big").display()))
        .run()
        .expect(1)
        .says("No space left");
    assert!(
        lab.tree()
            .bytes("small/big")
            .is_some_and(|bytes| bytes.len() <= 8192)
    );
}

#[test]
fn a_program_that_hangs_is_ended_with_its_children() {
    let lab = Lab::new();
    let hang = std::panic::AssertUnwindSafe(|| {
        let sleep = lab
            .command("sh")
            .args(["-c", "echo begun; sleep 1000 & wait"]);
        sleep.limit(Duration::from_millis(500)).run();
    });
    let panic = std::panic::catch_unwind(hang).expect_err("it hangs");
    let words = panic.downcast_ref::<String>().expect("a message");
    assert!(
        words.contains("not done after 500ms") && words.contains("begun"),
        "{words}"
    );
    lab.wait_no_process("sleep 1000");
}

#[test]
fn a_dropped_lab_leaves_nothing() {
    let lab = Lab::new();
    let dir = lab.dir().to_owned();
    let orphan = lab
        .command("sh")
        .args(["-c", "setsid sleep 1000 >/dev/null 2>&1 & echo $!"]);
    orphan.run().expect(0);
    let pids: Vec<_> = lab
        .processes()
        .into_iter()
        .map(|process| process.pid)
        .collect();
    assert_eq!(pids.len(), 1, "{:?}", lab.processes());
    drop(lab);
    // A signal takes its time; and who inherited the process may not have noticed its end.
    let command = || fs::read(format!("/proc/{}/cmdline", pids[0])).unwrap_or_default();
    lab::poll(|| command().is_empty().then_some(())).expect("the orphan is ended");
    assert!(!dir.exists());
}

#[test]
fn a_browser_is_never_opened_and_sshstep_runs() {
    let lab = Lab::new();
    lab.command("xdg-open")
        .arg("https://example.org/keys")
        .run()
        .expect(0);
    assert_eq!(lab.opened(), ["https://example.org/keys"]);
    let repository = lab.repository("project", "git@github.com:ana/project.git");
    let remote = lab.command("git").args(["remote", "-v"]).dir(repository);
    remote
        .run()
        .expect(0)
        .says("git@github.com:ana/project.git");
    lab.sshstep(&["--version"]).expect(0);
    let terminal = lab.terminal(&["--help"], 80, 24);
    assert_eq!(terminal.wait_exit(), 0);
}

/// The real ~/.ssh by names, sizes and times; no file of it is read.
fn real_ssh_dir() -> Vec<(String, u64, i64)> {
    let home = std::env::var_os("HOME").expect("who runs tests has a home");
    let entries = fs::read_dir(Path::new(&home).join(".ssh"))
        .into_iter()
        .flatten()
        .flatten();
    let seen = |entry: fs::DirEntry| {
        let meta = entry.metadata().ok()?;
        Some((
            entry.file_name().to_string_lossy().into_owned(),
            meta.len(),
            meta.mtime(),
        ))
    };
    let mut seen: Vec<_> = entries.filter_map(seen).collect();
    seen.sort();
    seen
}

/// Whether this machine itself listens on port 22.
fn real_sshd() -> bool {
    fs::read_to_string("/proc/net/tcp").is_ok_and(|text| text.contains(":0016 00000000:0000 0A"))
}
