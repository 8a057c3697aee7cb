//! Does screen 40 get a locked key into a real agent, whatever the agent does, and does the passphrase stay where it was typed?
#![cfg(target_os = "linux")]

mod lab;

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use lab::{Key, Lab, Terminal, poll};

const RIGHT: &str = "correct horse battery staple";
const WRONG: &str = "incorrect horse";

/// Choices of screen 40 while an agent runs.
const UNLOCK: &str = "1";
const FOR_8_HOURS: &str = "2";

#[test]
fn a_wrong_passphrase_is_asked_again_and_the_right_one_stays_secret() {
    let lab = Lab::new();
    let agent = lab.agent();
    let key = locked_key(&lab);
    let files = lab.tree();
    let mut screen = screen_40(&lab);
    screen.wait_for("The agent is running");
    screen.press(UNLOCK);
    screen.wait_for("Passphrase for id_ed25519");
    let empty = screen.settled();
    type_passphrase(&lab, &mut screen, WRONG);
    screen.wait_for("The passphrase is wrong.");
    assert!(!agent.holds(&key));
    screen.wait_for("Passphrase for id_ed25519");

    screen.type_text(RIGHT);
    screen.wait_for("Typing in: Passphrase for id_ed25519");
    assert_eq!(hidden_row(&screen.settled()), hidden_row(&empty));
    keeps_secret(&lab, RIGHT);
    screen.enter();
    let held = poll(|| {
        keeps_secret(&lab, RIGHT);
        agent.holds(&key).then_some(())
    });
    assert!(held.is_some(), "{screen}");
    screen.wait_for("Your key is unlocked.");
    screen.wait_gone("Screen 40");
    keeps_secret(&lab, RIGHT);
    screen.press("q");
    screen.wait_exit();
    assert!(!String::from_utf8_lossy(&screen.raw()).contains(RIGHT));
    assert!(lab.path(".local/state/sshstep").is_dir(), "the journal");
    nothing_holds(&lab, RIGHT);
    nothing_holds(&lab, WRONG);
    key.set_public_aside();
    lab.ssh(&["-T", "git@github.com"])
        .expect(1)
        .says("Hi octocat!");

    // Undo takes out what it put in, and nothing else.
    let other = lab.key("other/key").make();
    agent.add(&other);
    fs::rename(key.public.with_extension("pub.aside"), &key.public).expect("it was set aside");
    lab.sshstep(&["undo", "--yes"])
        .expect(0)
        .says("taken out of the agent");
    assert!(!agent.holds(&key) && agent.holds(&other));
    for name in [".ssh/id_ed25519", ".ssh/id_ed25519.pub"] {
        assert_eq!(lab.tree().bytes(name), files.bytes(name), "{name}");
    }
}

#[test]
fn eight_hours_are_asked_of_the_agent_and_told() {
    let lab = Lab::new();
    let agent = lab.agent();
    let key = locked_key(&lab);
    let between = Between::start(&lab, agent.socket());
    let mut screen = screen_40(&lab);
    screen.press(FOR_8_HOURS);
    screen.wait_for("Passphrase for id_ed25519");
    screen.type_text(RIGHT);
    screen.enter();
    screen.wait_for("Your key is unlocked for 8 hours.");
    assert!(agent.holds(&key));
    let asked = between.asked();
    // SSH_AGENTC_ADD_ID_CONSTRAINED, ending in SSH_AGENT_CONSTRAIN_LIFETIME and 28800 seconds.
    let added = asked.iter().find(|message| message.first() == Some(&25));
    let added = added.unwrap_or_else(|| panic!("{:?}", types(&asked)));
    assert!(added.ends_with(&[1, 0, 0, 0x70, 0x80]));
    let words = RIGHT.as_bytes();
    assert!(
        !asked
            .concat()
            .windows(words.len())
            .any(|part| part == words)
    );
    screen.press("q");
    screen.wait_exit();
    lab.sshstep(&["undo", "--list"])
        .expect(0)
        .says("unlocked ~/.ssh/id_ed25519 in the agent");
}

#[test]
fn without_an_agent_it_says_how_to_start_one_and_lets_go_on() {
    let lab = Lab::new();
    lab.unset_env("SSH_AUTH_SOCK");
    locked_key(&lab);
    let mut screen = screen_40(&lab);
    screen.wait_for("No agent is running: SSH_AUTH_SOCK is not set");
    screen.wait_for("eval \"$(ssh-agent -s)\"");
    let before = lab.tree();
    take(&mut screen, "Not now");
    screen.wait_gone("Screen 40");
    lab.tree().assert_same(&before);
}

#[test]
fn an_agent_that_is_switched_off_is_not_called_missing() {
    let lab = Lab::new();
    let _agent = lab.agent();
    locked_key(&lab);
    lab.write(".ssh/config", "IdentityAgent none\n");
    let screen = screen_40(&lab);
    screen.wait_for("Your ssh settings switch the agent off (IdentityAgent none)");
    assert!(!screen.shows("eval"), "{screen}");
}

#[test]
fn an_agent_that_comes_later_is_found_by_looking_again() {
    let lab = Lab::new();
    lab.set_env("SSH_AUTH_SOCK", lab.dir().join("agent.sock"));
    let key = locked_key(&lab);
    let mut screen = screen_40(&lab);
    screen.wait_for("The agent cannot be reached.");
    let agent = lab.agent();
    take(&mut screen, "look again");
    screen.wait_for("is running");
    screen.press(UNLOCK);
    screen.wait_for("Passphrase for id_ed25519");
    screen.type_text(RIGHT);
    screen.enter();
    screen.wait_gone("Screen 40");
    assert!(agent.holds(&key));
}

#[test]
fn a_dead_socket_is_told_as_one() {
    let lab = Lab::new();
    let socket = lab.dir().join("dead.sock");
    drop(UnixListener::bind(&socket).expect("the lab takes a socket"));
    lab.set_env("SSH_AUTH_SOCK", &socket);
    locked_key(&lab);
    let mut screen = screen_40(&lab);
    screen.wait_for("The agent cannot be reached.");
    screen.wait_for("the agent has ended");
    take(&mut screen, "Not now");
    screen.wait_gone("Screen 40");
}

#[test]
fn a_hung_agent_freezes_nothing() {
    let lab = Lab::new();
    let _hung = lab.hung_agent();
    locked_key(&lab);
    let mut screen = screen_40(&lab);
    screen.wait_for("The agent does not answer.");
    screen.press("?");
    screen.wait_for("Screen 01");
    screen.press("b");
    screen.wait_for("Screen 40");
    take(&mut screen, "look again");
    screen.wait_for("not unlocked yet");
    screen.press("q");
    let quits = Instant::now();
    assert_eq!(screen.wait_exit(), 5);
    assert!(
        quits.elapsed() < Duration::from_secs(5),
        "{:?}",
        quits.elapsed()
    );
}

#[test]
fn an_agent_that_never_takes_the_key_can_be_left() {
    let lab = Lab::new();
    let agent = lab.agent();
    let key = locked_key(&lab);
    let between = Between::start(&lab, agent.socket());
    between.hold_additions();
    let mut screen = screen_40(&lab);
    screen.press(UNLOCK);
    screen.wait_for("Passphrase for id_ed25519");
    screen.type_text(RIGHT);
    screen.enter();
    let begun = poll(|| types(&between.asked()).contains(&17).then_some(()));
    assert!(begun.is_some(), "{screen}");
    screen.press("x");
    screen.wait_for("stopped waiting");
    let left = Instant::now();
    take(&mut screen, "Not now");
    screen.wait_for("it is locked here");
    take(&mut screen, "Unlock the key");
    screen.wait_for("Screen 40");
    screen.press("q");
    assert_eq!(screen.wait_exit(), 5);
    // The agent itself is given 30 seconds.
    assert!(
        left.elapsed() < Duration::from_secs(10),
        "{:?}",
        left.elapsed()
    );
    assert!(!agent.holds(&key));
}

#[test]
fn a_key_that_only_openssh_can_open_goes_to_ssh_add() {
    let lab = Lab::new();
    let agent = lab.agent();
    let key = lab.key("id_rsa").kind("rsa").pem().passphrase(RIGHT).make();
    lab.trust("github.com");
    lab.server.publish(&key);
    let mut screen = screen_40(&lab);
    screen.press(UNLOCK);
    screen.wait_for("Passphrase for id_rsa");
    screen.type_text(RIGHT);
    screen.enter();
    screen.wait_for("older format that only OpenSSH's own tools read");
    assert!(screen.alternate_screen());
    screen.enter();
    screen.wait_for("Enter passphrase for");
    assert!(!screen.alternate_screen() && !screen.echoes());
    screen.type_text(RIGHT);
    keeps_secret(&lab, RIGHT);
    screen.enter();
    screen.wait_for("Your key is unlocked.");
    screen.wait_gone("Screen 40");
    assert!(screen.alternate_screen() && agent.holds(&key));
    nothing_holds(&lab, RIGHT);
}

/// The service knows the key, ssh could use it, and its passphrase is missing.
fn locked_key(lab: &Lab) -> Key {
    let key = lab.key("id_ed25519").passphrase(RIGHT).make();
    lab.trust("github.com");
    lab.server.publish(&key);
    key
}

fn screen_40(lab: &Lab) -> Terminal {
    let mut screen = lab.terminal(&["setup", "github"], 80, 24);
    screen.wait_until("screen 20 with an answer, or 40", |screen| {
        screen.shows("GitHub knows this key")
            || screen.shows("already knows")
            || screen.shows("Screen 40")
    });
    if screen.shows("Screen 20") {
        screen.enter();
    }
    screen.wait_for("Screen 40");
    screen
}

/// Presses the number of the choice with these words.
fn take(screen: &mut Terminal, words: &str) {
    screen.wait_for(words);
    let row = screen.rows().into_iter().find(|row| row.contains(words));
    let row = row.expect("it was just there");
    let number = row.chars().find(char::is_ascii_digit);
    screen.press(&number.unwrap_or_else(|| panic!("{row}")).to_string());
}

fn type_passphrase(lab: &Lab, screen: &mut Terminal, words: &str) {
    screen.type_text(words);
    screen.wait_for("Typing in: Passphrase");
    keeps_secret(lab, words);
    screen.enter();
}

fn hidden_row(screen: &str) -> Option<&str> {
    screen.lines().find(|row| row.contains("Passphrase for"))
}

/// No process of the lab has the words among its arguments or in its environment.
#[track_caller]
fn keeps_secret(lab: &Lab, words: &str) {
    let all = lab.processes();
    assert!(!all.is_empty());
    for process in all {
        for file in ["cmdline", "environ"] {
            let bytes = fs::read(format!("/proc/{}/{file}", process.pid)).unwrap_or_default();
            assert!(!holds(&bytes, words), "{file} of {process:?}");
        }
    }
}

/// No file below the lab's folder, home, state and temporary files included.
#[track_caller]
fn nothing_holds(lab: &Lab, words: &str) {
    let mut folders = vec![lab.dir().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let kind = entry.file_type().expect("Linux tells it");
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                let bytes = fs::read(entry.path()).unwrap_or_default();
                assert!(!holds(&bytes, words), "{}", entry.path().display());
            }
        }
    }
}

fn holds(bytes: &[u8], words: &str) -> bool {
    bytes
        .windows(words.len())
        .any(|part| part == words.as_bytes())
}

/// Stands between sshstep and the real agent, and hears what is asked.
struct Between {
    heard: Arc<Mutex<Heard>>,
}

#[derive(Default)]
struct Heard {
    messages: Vec<Vec<u8>>,
    holds_additions: bool,
}

impl Between {
    fn start(lab: &Lab, agent: &Path) -> Self {
        let socket = lab.dir().join("between.sock");
        let listener = UnixListener::bind(&socket).expect("the lab takes a socket");
        lab.set_env("SSH_AUTH_SOCK", &socket);
        let heard = Arc::new(Mutex::new(Heard::default()));
        let (shared, agent) = (Arc::clone(&heard), PathBuf::from(agent));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (shared, agent) = (Arc::clone(&shared), agent.clone());
                thread::spawn(move || carry(client, &agent, &shared));
            }
        });
        Self { heard }
    }

    /// From now on a key that is to be added is neither taken nor refused.
    fn hold_additions(&self) {
        self.heard
            .lock()
            .expect("nobody panics with it")
            .holds_additions = true;
    }

    /// Each message, its type first.
    fn asked(&self) -> Vec<Vec<u8>> {
        self.heard
            .lock()
            .expect("nobody panics with it")
            .messages
            .clone()
    }
}

/// Ends with the conversation.
fn carry(mut client: UnixStream, agent: &Path, heard: &Mutex<Heard>) -> Option<()> {
    let mut agent = UnixStream::connect(agent).ok()?;
    loop {
        let asked = message(&mut client)?;
        let adds = matches!(asked.first(), Some(17 | 25));
        let held = {
            let mut heard = heard.lock().ok()?;
            heard.messages.push(asked.clone());
            adds && heard.holds_additions
        };
        if held {
            // Until the client hangs up.
            let _ = client.read(&mut [0]);
            return None;
        }
        send(&mut agent, &asked)?;
        send(&mut client, &message(&mut agent)?)?;
    }
}

fn message(from: &mut UnixStream) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length).ok()?;
    let mut bytes = vec![0; u32::from_be_bytes(length) as usize];
    from.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

fn send(to: &mut UnixStream, bytes: &[u8]) -> Option<()> {
    let length = u32::try_from(bytes.len()).ok()?.to_be_bytes();
    to.write_all(&length).ok()?;
    to.write_all(bytes).ok()
}

fn types(messages: &[Vec<u8>]) -> Vec<u8> {
    messages
        .iter()
        .filter_map(|message| message.first().copied())
        .collect()
}
