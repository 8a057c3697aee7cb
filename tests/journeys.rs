//! Does the real binary take a person from an empty home, or from a refused connection, to "signed
//! in as", and in how many key presses?
#![cfg(target_os = "linux")]

#[path = "journeys/accounts.rs"]
mod accounts;
mod lab;
#[path = "journeys/remotes.rs"]
mod remotes;

use lab::{Agent, Lab, Terminal};
use sshstep::key::public::Public;

/// What follows the last Enter of the passphrase: the key is made, and its file is read for the server.
fn publish_made_key(lab: &Lab, name: &str) {
    let line = lab.read(format!(".ssh/{name}.pub"));
    lab.server.publish_line("git", line.trim());
}

/// An agent that every program of the lab finds.
fn with_agent(lab: &Lab) -> Agent<'_> {
    let agent = lab.agent();
    lab.set_env("SSH_AUTH_SOCK", agent.socket());
    agent
}

fn quit(screen: &mut Terminal, code: u32) {
    screen.press("q");
    assert_eq!(screen.wait_exit(), code);
}

#[test]
fn a_fresh_laptop_reaches_signed_in_with_six_presses_and_two_passphrase_enters() {
    let lab = Lab::new();
    lab.publish_host_key();
    let agent = with_agent(&lab);
    let mut screen = lab.terminal(&[], 80, 24);
    screen.wait_for("Where do you want to connect?");
    screen.enter();
    screen.wait_for("Screen 21");
    screen.enter();
    screen.wait_for("New passphrase");
    screen.type_text("correct horse battery staple");
    screen.enter();
    screen.wait_for("again");
    screen.type_text("correct horse battery staple");
    screen.enter();
    screen.wait_for("Screen 30");
    screen.enter();
    screen.wait_for("I cannot see if it arrived");
    publish_made_key(&lab, "id_ed25519");
    screen.press("4");
    screen.wait_for("Same. I compared every character.");
    screen.press("y");
    screen.wait_for("signed you in as octocat");
    assert!(screen.shows("Screen 80"));
    quit(&mut screen, 0);
    assert_eq!(screen.presses(), 8, "6 without the two passphrase Enters");

    agent.list().expect(0).says("(ED25519)");
    let tree = lab.tree();
    assert_eq!(tree.mode(".ssh"), Some(0o700));
    assert_eq!(tree.mode(".ssh/id_ed25519"), Some(0o600));
    assert_eq!(tree.mode(".ssh/id_ed25519.pub"), Some(0o644));
    assert!(
        tree.paths()
            .iter()
            .all(|path| path.extension().is_none_or(|end| end != "tmp"))
    );
    lab.ssh(&["-T", "git@github.com"]).expect(1).says("octocat");
}

#[test]
fn a_wrong_identity_file_takes_two_presses_from_fix() {
    let lab = Lab::new();
    lab.publish_host_key();
    lab.trust("github.com");
    let good = lab.key("id_ed25519").make();
    lab.key("work_rsa").kind("ecdsa").make();
    lab.server.publish(&good);
    lab.write(
        ".ssh/config",
        "Host github.com\n  IdentityFile ~/.ssh/work_rsa\n  IdentitiesOnly yes\n",
    );
    lab.ssh(&["-T", "git@github.com"]).expect(255);
    let before = lab.tree();

    let mut screen = lab.terminal(&["fix", "github.com"], 80, 24);
    screen.wait_for("wrong-key-offered");
    screen.wait_for("Do fix 1 now");
    screen.press("y");
    screen.wait_for("signed you in as octocat");
    quit(&mut screen, 0);
    assert_eq!(screen.presses(), 2);
    lab.ssh(&["-T", "git@github.com"]).expect(1).says("octocat");

    lab.sshstep(&["undo", "--yes"]).expect(0);
    let after = lab.tree();
    assert_eq!(after.bytes(".ssh/config"), before.bytes(".ssh/config"));
    lab.ssh(&["-T", "git@github.com"]).expect(255);
}

#[test]
fn a_wrong_identity_file_takes_three_presses_from_a_repository() {
    let lab = Lab::new();
    lab.publish_host_key();
    lab.trust("github.com");
    let good = lab.key("id_ed25519").make();
    lab.key("work_rsa").kind("ecdsa").make();
    lab.server.publish(&good);
    lab.write(
        ".ssh/config",
        "Host github.com\n  IdentityFile ~/.ssh/work_rsa\n  IdentitiesOnly yes\n",
    );
    let folder = lab.repository("project", "git@github.com:team/project.git");
    let mut screen = lab.command("sshstep").dir(&folder).terminal(80, 24);
    screen.wait_for("used by this folder");
    screen.enter();
    screen.wait_for("Do fix 1 now");
    screen.press("y");
    screen.wait_for("signed you in as octocat");
    quit(&mut screen, 0);
    assert_eq!(screen.presses(), 3);
}

#[test]
fn a_locked_key_is_unlocked_in_the_screen() {
    let lab = Lab::new();
    lab.publish_host_key();
    lab.trust("github.com");
    let agent = with_agent(&lab);
    let key = lab.key("id_ed25519").passphrase("open sesame now").make();
    lab.server.publish(&key);
    let mut screen = lab.terminal(&["fix", "github"], 80, 24);
    screen.wait_for("key-locked");
    screen.enter();
    screen.wait_for("Screen 40");
    screen.enter();
    screen.wait_for("Passphrase for id_ed25519");
    screen.type_text("open sesame now");
    screen.enter();
    screen.wait_for("signed you in as octocat");
    quit(&mut screen, 0);
    assert!(agent.holds(&key));
}

#[test]
fn without_an_agent_ssh_itself_asks_for_the_passphrase() {
    let lab = Lab::new();
    lab.publish_host_key();
    lab.trust("github.com");
    let key = lab.key("id_ed25519").passphrase("open sesame now").make();
    lab.server.publish(&key);
    let mut screen = lab.terminal(&["fix", "github"], 80, 24);
    screen.wait_for("key-locked");
    screen.wait_for("Test with ssh asking");
    screen.press("2");
    screen.wait_for("Enter passphrase for key");
    screen.type_text("open sesame now");
    screen.enter();
    screen.wait_for("signed you in as octocat");
    quit(&mut screen, 0);
}

#[test]
fn a_key_that_the_service_does_not_know_is_published_and_tested() {
    let lab = Lab::new();
    lab.publish_host_key();
    let key = lab.key("id_ed25519").make();
    let mut screen = lab.terminal(&["github.com"], 80, 24);
    screen.wait_for("Same. I compared every character.");
    screen.press("y");
    screen.wait_for("key-not-registered");
    screen.enter();
    screen.wait_for("Screen 30");
    screen.press("4");
    screen.wait_for("does not know this key yet");
    lab.server.publish(&key);
    screen.press("4");
    screen.wait_for("signed you in as octocat");
    quit(&mut screen, 0);
}

#[test]
fn a_key_under_another_name_gets_a_host_block_where_it_takes_effect() {
    let lab = Lab::new();
    lab.publish_host_key();
    lab.trust("github.com");
    let key = lab.key("github_key").make();
    lab.server.publish(&key);
    let config =
        "# my settings\r\nServerAliveInterval 30\r\n\r\nHost *\r\n  IdentityFile ~/.ssh/old\r\n";
    lab.write(".ssh/config", config);
    let mut screen = lab.terminal(&["github"], 80, 24);
    screen.wait_for("Use ~/.ssh/github_key for github.com");
    let before = lab.tree();
    screen.enter();
    screen.wait_for("Screen 50");
    screen.wait_for("Tested: ssh accepts this file");
    for _ in 0..3 {
        assert_eq!(lab.tree().bytes(".ssh/config"), before.bytes(".ssh/config"));
    }
    screen.press("y");
    screen.wait_for("signed you in as octocat");
    quit(&mut screen, 0);
    let written = lab.read(".ssh/config");
    assert_eq!(
        written,
        "# my settings\r\nServerAliveInterval 30\r\n\r\n\
         # >>> sshstep github.com\r\nHost github.com\r\n  User git\r\n  \
         IdentityFile ~/.ssh/github_key\r\n  IdentitiesOnly yes\r\n# <<< sshstep github.com\r\n\r\n\
         Host *\r\n  IdentityFile ~/.ssh/old\r\n"
    );
    lab.sshstep(&["undo", "--yes"]).expect(0);
    assert_eq!(lab.read(".ssh/config"), config);
}

#[test]
fn bare_enters_never_write_settings_or_known_hosts() {
    let lab = Lab::new();
    lab.publish_host_key();
    let key = lab.key("github_key").make();
    lab.server.publish(&key);
    lab.write(
        ".ssh/config",
        "Host *\n  IdentityFile ~/.ssh/github_key_old\n",
    );
    let before = lab.tree();
    let mut screen = lab.terminal(&["github"], 80, 24);
    screen.wait_for("Same. I compared every character.");
    for _ in 0..10 {
        screen.enter();
    }
    // Twice within a second leaves, also while something is being waited for.
    screen.ctrl('c');
    screen.ctrl('c');
    assert_eq!(screen.wait_exit(), 130);
    lab.tree().assert_same(&before);
}

#[test]
fn a_run_that_was_killed_is_offered_again() {
    let lab = Lab::new();
    lab.publish_host_key();
    let mut screen = lab.terminal(&["github"], 80, 24);
    screen.wait_for("Screen 21");
    screen.press("2");
    screen.wait_for("Make it without a passphrase");
    screen.press("y");
    screen.wait_for("Screen 30");
    screen.signal(lab::Signal::KILL);
    screen.wait_exit();

    let mut screen = lab.terminal(&[], 80, 24);
    screen.wait_for("last time you stopped at Step 3");
    screen.enter();
    // The key exists, so the test comes first; the server is not known yet.
    screen.wait_for("Same. I compared every character.");
    quit(&mut screen, 5);
}

#[test]
fn the_demo_needs_nothing_and_leaves_nothing() {
    let lab = Lab::new();
    let before = lab.tree();
    let mut screen = lab.terminal(&["demo"], 80, 24);
    screen.wait_for("Screen 21");
    screen.enter();
    screen.wait_for("New passphrase");
    screen.type_text("four unrelated words here");
    screen.enter();
    screen.wait_for("again");
    screen.type_text("four unrelated words here");
    screen.enter();
    screen.wait_for("Give it to Demo Git");
    screen.enter();
    screen.wait_for("Same. I compared every character.");
    screen.press("y");
    screen.wait_for("Demo Git signed you in as demo");
    quit(&mut screen, 0);
    lab.tree().assert_untouched(&before);
    assert_eq!(lab.server.connections(), 0);
    lab.wait_no_process("ssh-agent");
}

#[test]
fn a_changed_host_key_stops_and_offers_no_yes() {
    let lab = Lab::new();
    lab.publish_host_key();
    let other = lab.key("other_host").make();
    lab.know("github.com", &other.public_line());
    let key = lab.key("id_ed25519").make();
    lab.server.publish(&key);
    let before = lab.tree();
    let mut screen = lab.terminal(&["github"], 80, 24);
    screen.wait_for("STOP. The fingerprint is not the one from before.");
    assert!(screen.shows("Screen 63"));
    assert!(screen.shows(".ssh/known_hosts line 1"));
    screen.press("y");
    screen.wait_for("y does nothing here");
    screen.press("2");
    screen.wait_for("I compare");
    let shown = Public::from_line(&lab.server.host_key())
        .expect("a host key")
        .fingerprint;
    screen.type_text(&shown);
    screen.enter();
    screen.wait_for("The new one is the one you were given");
    quit(&mut screen, 5);
    lab.tree().assert_same(&before);
    assert!(lab.server.logins().is_empty(), "no key was shown");
}

#[test]
fn nothing_is_said_to_be_taken_back_where_an_edit_keeps_the_file() {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab.key("work").make();
    let known = lab.key("home").make();
    lab.server.publish(&known);
    let before = "Host github.com\n  IdentityFile ~/.ssh/work\n";
    lab.write(".ssh/config", before);
    let mut screen = lab.terminal(&["fix", "git@github.com"], 80, 24);
    screen.wait_for("y  Do fix 1 now");
    screen.press("y");
    screen.wait_for("signed you in as octocat");
    let edited = "Host github.com\n  IdentityFile ~/.ssh/home # mine\n";
    lab.write(".ssh/config", edited);
    screen.press("3");
    screen.wait_for("was edited since, so it stays as it is");
    assert!(!screen.shows("y  Take it back"), "{}", screen.screen());
    screen.press("y");
    screen.wait_for("y does nothing here");
    screen.enter();
    screen.wait_for("Screen 80");
    assert_eq!(lab.read(".ssh/config"), edited);
    screen.press("3");
    screen.wait_for("1  Put the old file back all the same");
    screen.press("1");
    screen.wait_for("y  Take it back");
    screen.press("y");
    screen.wait_for("Taken back.");
    assert_eq!(lab.read(".ssh/config"), before);
}

#[test]
fn the_settings_can_be_taken_back_from_the_last_screen() {
    let lab = Lab::new();
    lab.publish_host_key();
    lab.trust("github.com");
    let key = lab.key("github_key").make();
    lab.server.publish(&key);
    let before = lab.tree();
    let mut screen = lab.terminal(&["fix", "github"], 80, 24);
    screen.wait_for("Use ~/.ssh/github_key for github.com");
    screen.enter();
    screen.wait_for("Tested: ssh accepts this file");
    screen.press("y");
    screen.wait_for("signed you in as octocat");
    screen.press("3");
    screen.wait_for("Screen 81");
    screen.wait_for("Nothing is written until you press y");
    screen.press("y");
    screen.wait_for("Taken back.");
    quit(&mut screen, 5);
    assert_eq!(lab.tree().bytes(".ssh/config"), None);
    assert_eq!(before.bytes(".ssh/config"), None);
}

#[test]
fn a_home_that_cannot_be_written_is_said_and_nothing_is_lost() {
    let lab = Lab::builder().ssh_dir().build();
    lab.publish_host_key();
    lab.make_read_only(".ssh");
    let before = lab.tree();
    let mut screen = lab.terminal(&["github"], 80, 24);
    screen.wait_for("Screen 21");
    screen.press("2");
    screen.wait_for("Make it without a passphrase");
    screen.press("y");
    screen.wait_for("read-only");
    assert!(screen.shows("Screen 21"), "the same screen, to try again");
    quit(&mut screen, 5);
    for name in [".ssh", ".ssh/id_ed25519"] {
        assert_eq!(lab.tree().bytes(name), before.bytes(name), "{name}");
    }
}

#[test]
fn a_full_disk_is_said_and_leaves_no_half_of_a_key() {
    let lab = Lab::builder().ssh_dir().build();
    lab.publish_host_key();
    lab.make_small(".ssh", 4);
    let full = lab
        .command("sh")
        .args(["-c", "yes > .ssh/filler 2>/dev/null; ls -A .ssh"])
        .run();
    assert!(full.stdout.contains("filler"), "{}", full.stdout);
    let mut screen = lab.terminal(&["github"], 80, 24);
    screen.wait_for("Screen 21");
    screen.press("2");
    screen.wait_for("Make it without a passphrase");
    screen.press("y");
    screen.wait_for("disk is full");
    quit(&mut screen, 5);
    let left = lab.command("sh").args(["-c", "ls -A .ssh"]).run();
    assert_eq!(left.stdout.trim(), "filler", "nothing half-made stays");
}

#[test]
fn a_second_sshstep_may_look_and_not_write() {
    let lab = Lab::new();
    lab.publish_host_key();
    let mut first = lab.terminal(&["github"], 80, 24);
    first.wait_for("Screen 21");
    first.press("2");
    first.wait_for("Make it without a passphrase");
    first.press("y");
    first.wait_for("Screen 30");
    let mut second = lab.terminal(&["setup", "gitlab"], 80, 24);
    second.wait_for("Screen");
    second.wait_until("the keys or the host", |t| {
        t.shows("Screen 20") || t.shows("Screen 60") || t.shows("Screen 62") || t.shows("Screen 71")
    });
    let before = lab.tree();
    second.wait_until("choices", |t| t.shows("Make a new key"));
    let row = second
        .rows()
        .into_iter()
        .find(|row| row.contains("Make a new key"))
        .expect("it was just there");
    let number = row.chars().find(char::is_ascii_digit).expect("a number");
    second.press(&number.to_string());
    second.wait_for("Screen 21");
    second.press("2");
    second.wait_for("Make it without a passphrase");
    second.press("y");
    second.wait_for("Another sshstep");
    lab.tree().assert_same(&before);
    quit(&mut second, 5);
    quit(&mut first, 5);
}

const DENIED: &str = "Cloning into 'project'...\ngit@github.com: Permission denied (publickey).\n\
    fatal: Could not read from remote repository.\n";

#[test]
fn an_error_message_leads_to_its_repair() {
    let lab = Lab::new();
    lab.publish_host_key();
    lab.trust("github.com");
    let good = lab.key("id_ed25519").make();
    lab.key("work_rsa").kind("ecdsa").make();
    lab.server.publish(&good);
    lab.write(
        ".ssh/config",
        "Host github.com\n  IdentityFile ~/.ssh/work_rsa\n  IdentitiesOnly yes\n",
    );
    lab.ssh(&["-T", "git@github.com"]).expect(255);
    let mut screen = lab.terminal(&[], 80, 24);
    screen.wait_for("I have an error message");
    screen.press("9");
    screen.wait_for("Screen 12");
    screen.paste(DENIED);
    screen.wait_for("Check github.com now");
    assert_eq!(lab.server.connections(), 1, "only the person's own ssh");
    screen.press("1");
    screen.wait_for("wrong-key-offered");
    screen.wait_for("Do fix 1 now");
    screen.press("y");
    screen.wait_for("signed you in as octocat");
    quit(&mut screen, 0);
    assert_eq!(screen.presses(), 4);
    lab.ssh(&["-T", "git@github.com"]).expect(1).says("octocat");
}

#[test]
fn an_error_message_of_a_computer_without_keys_leads_through_the_set_up() {
    let lab = Lab::new();
    lab.publish_host_key();
    let mut screen = lab.terminal(&[], 60, 16);
    screen.wait_for("I have an error message");
    screen.press("9");
    screen.wait_for("Screen 12");
    screen.paste(DENIED);
    screen.wait_for("Check github.com now");
    screen.press("1");
    screen.wait_for("Same. I compared every character.");
    screen.press("y");
    screen.wait_for("Screen 71");
    screen.press("b");
    screen.wait_for("Screen 13");
    screen.wait_for("Check github.com now");
    screen.press("1");
    screen.wait_for("Screen 71");
    screen.wait_for("Make a new key");
    screen.press("1");
    screen.wait_for("Screen 21");
    quit(&mut screen, 5);
}
