//! Does the demo walk from nothing to a greeting, and is all of it gone however it ends?
#![cfg(all(target_os = "linux", feature = "demo"))]

mod lab;

use std::fs;
use std::path::PathBuf;

use lab::{Exit, Lab, Signal, Terminal, poll};

const WORDS: &str = "four quite random words";

#[test]
fn it_walks_from_nothing_to_a_greeting_and_touches_nothing_of_the_person() {
    let lab = Lab::new();
    lab.key("id_ed25519").make();
    lab.write(".ssh/config", "Host *\n    User somebody\n");
    let agent = lab.agent();
    let before = lab.tree();
    let mut screen = lab.terminal(&["demo"], 80, 24);
    to_publish(&mut screen);
    assert_eq!(folders(&lab).len(), 1);
    screen.enter(); // the demo plays the web page
    for _ in 0..4 {
        screen.wait_until("the next question, or the end", |screen| {
            screen.shows("Screen 80") || screen.rows().iter().any(|row| asks(row))
        });
        if screen.shows("Screen 80") {
            break;
        }
        screen.settled();
        screen.press("y");
    }
    screen.wait_for("Screen 80");
    screen.wait_for("It works.");
    screen.press("q");
    assert_eq!(screen.wait_exit(), 0);
    is_gone(&lab);
    lab.tree().assert_same(&before);
    assert_eq!(agent.list().code, 1, "the person's own agent stays empty");
    assert_eq!(lab.server.connections(), 0);
}

#[test]
fn leaving_in_the_middle_leaves_nothing() {
    let lab = Lab::new();
    let before = lab.tree();
    let mut screen = lab.terminal(&["demo"], 80, 24);
    to_publish(&mut screen);
    screen.press("q");
    assert_eq!(screen.wait_exit(), 5);
    is_gone(&lab);
    lab.tree().assert_same(&before);
}

#[test]
fn a_hang_up_leaves_nothing() {
    let lab = Lab::new();
    let mut screen = lab.terminal(&["demo"], 80, 24);
    to_publish(&mut screen);
    screen.signal(Signal::HUP);
    assert_eq!(screen.wait_exit(), 129);
    is_gone(&lab);
}

#[test]
fn a_killed_demo_takes_its_agent_with_it_and_the_next_one_clears_up() {
    let lab = Lab::new();
    let mut screen = lab.terminal(&["demo"], 80, 24);
    to_publish(&mut screen);
    let left = folders(&lab);
    screen.signal(Signal::KILL);
    assert_eq!(screen.wait_exit(), Exit::Signal("Killed".to_owned()));
    lab.wait_no_process("ssh-agent");
    assert_eq!(folders(&lab), left);

    let mut next = lab.terminal(&["demo"], 80, 24);
    next.wait_for("Screen 21");
    assert_eq!(folders(&lab).len(), 1);
    assert_ne!(folders(&lab), left);
    next.press("q");
    next.wait_exit();
    is_gone(&lab);
}

#[test]
fn two_demos_at_once_do_not_disturb_each_other() {
    let lab = Lab::new();
    let mut one = lab.terminal(&["demo"], 80, 24);
    to_publish(&mut one);
    let mut two = lab.terminal(&["demo"], 80, 24);
    to_publish(&mut two);
    assert_eq!(folders(&lab).len(), 2);
    two.press("q");
    two.wait_exit();
    assert_eq!(folders(&lab).len(), 1);
    one.enter();
    one.wait_for("Demo Git publishes");
    one.press("q");
    one.wait_exit();
    is_gone(&lab);
}

#[test]
fn no_place_for_its_folder_is_told_before_the_screen_opens() {
    let lab = Lab::new();
    let nowhere = lab.path("nowhere");
    lab.set_env("TMPDIR", &nowhere);
    // /tmp is the second choice.
    let script = "mount -o remount,bind,ro /tmp && exec sshstep demo";
    let words = ["--mount", "--propagation", "private", "sh", "-c", script];
    let screen = lab.command("unshare").args(words).terminal(80, 24);
    assert_eq!(screen.wait_exit(), 3);
    screen.wait_for("Set TMPDIR");
    screen.wait_for("The disk is read-only.");
    assert!(
        !String::from_utf8_lossy(&screen.raw()).contains("\x1b[?1049h"),
        "{screen}"
    );
}

#[test]
fn without_ssh_it_says_what_to_install() {
    let lab = Lab::new();
    let folder = lab.dir().join("only");
    fs::create_dir_all(&folder).expect("the lab's folder is writable");
    let script = format!(
        "sshstep=$(command -v sshstep); PATH='{}'; exec $sshstep demo",
        folder.display()
    );
    let mut screen = lab.command("sh").args(["-c", &script]).terminal(80, 24);
    screen.wait_for("OpenSSH");
    screen.press("q");
    screen.wait_exit();
    is_gone(&lab);
}

/// From the first screen to "give it to Demo Git".
fn to_publish(screen: &mut Terminal) {
    screen.wait_for("Screen 21");
    screen.enter();
    screen.wait_for("New passphrase");
    screen.type_text(WORDS);
    screen.enter();
    screen.wait_for("gain");
    screen.type_text(WORDS);
    screen.enter();
    screen.wait_for("Screen 30");
    screen.wait_for("Give it to Demo Git");
}

/// A row that offers `y`.
fn asks(row: &str) -> bool {
    let row = row.trim_start_matches([' ', '>', '❯']);
    row.starts_with("y ")
}

/// The demos' folders that are there now.
fn folders(lab: &Lab) -> Vec<PathBuf> {
    let all = fs::read_dir(lab.dir().join("tmp")).expect("the lab has one");
    let named = |path: &PathBuf| path.to_string_lossy().contains("sshstep-demo-");
    all.flatten()
        .map(|entry| entry.path())
        .filter(named)
        .collect()
}

/// Neither a folder nor a process is left of any demo.
#[track_caller]
fn is_gone(lab: &Lab) {
    let gone = poll(|| folders(lab).is_empty().then_some(()));
    assert!(gone.is_some(), "{:?}", folders(lab));
    lab.wait_no_process("sshstep-demo-");
}

/// What the person of the demo presses, and on which screen, until it works.
const REPAIRS: [(&str, &[(&str, &str)]); 10] = [
    ("config-bad-option", &[("y  Do fix 1 now", "y")]),
    ("host-key-changed", &[]),
    ("identityfile-is-pub", &[("y  Do fix 1 now", "y")]),
    ("key-permissions-too-open", &[("y  Do fix 1 now", "y")]),
    ("key-line-endings", &[("y  Do fix 1 now", "y")]),
    ("pub-file-stale", &[("y  Do fix 1 now", "y")]),
    (
        "key-not-registered",
        &[("1  Give the key", "1"), ("1  Give it to Demo Git", "1")],
    ),
    ("wrong-key-offered", &[("y  Do fix 1 now", "y")]),
    ("wrong-user", &[("y  Do fix 1 now", "y")]),
    (
        "key-locked",
        &[
            ("1  Unlock", "1"),
            ("1  Unlock now", "1"),
            ("passphrase_is_demo", "demo\r"),
        ],
    ),
];

#[test]
fn every_fault_is_found_and_mended() {
    let lab = Lab::new();
    let listed = lab.sshstep(&["demo", "--list"]).expect(0).stdout;
    let names = listed.lines().filter_map(|line| line.split(' ').next());
    assert_eq!(names.collect::<Vec<_>>(), REPAIRS.map(|(name, _)| name));
    for (name, presses) in REPAIRS {
        println!("--- {name}");
        let mut screen = lab.terminal(&["demo", "--fault", name], 80, 24);
        if name == "host-key-changed" {
            // The demo's server has no other key: what can be done is to look and leave.
            screen.wait_for("Screen 63");
            screen.press("q");
            assert_eq!(screen.wait_exit(), 5);
            continue;
        }
        screen.wait_for(&format!("[{name}]"));
        for (words, keys) in presses {
            screen.wait_for(words);
            screen.settled();
            screen.type_text(keys);
        }
        screen.wait_for("Screen 80");
        screen.press("q");
        assert_eq!(screen.wait_exit(), 0);
    }
    is_gone(&lab);
}

#[test]
fn an_unknown_fault_is_refused_with_all_names() {
    let lab = Lab::new();
    let output = lab.sshstep(&["demo", "--fault", "gremlins"]).expect(2);
    assert!(
        output.stderr.contains("no fault called gremlins"),
        "{output}"
    );
    assert!(output.stderr.contains("key-locked"), "{output}");
}
