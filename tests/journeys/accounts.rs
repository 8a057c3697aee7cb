//! Does a person with two accounts at one service get both of them to work, each with its own key?

use std::path::{Path, PathBuf};

use super::lab::{Lab, Terminal};
use super::{quit, with_agent};

/// Ana is signed in as ana; the repository belongs to ana-work.
fn lab() -> (Lab, PathBuf) {
    let lab = Lab::builder().ssh_dir().build();
    lab.publish_host_key();
    lab.trust("github.com");
    let first = lab.key("id_ed25519").make();
    lab.server.publish_as(&first.public_line(), "ana");
    let folder = lab.repository("project", "git@github.com:acme/project.git");
    (lab, folder)
}

/// To screen 74.
fn wrong_account(lab: &Lab, folder: &Path) -> Terminal {
    let fix = lab.command("sshstep").arg("fix");
    let mut screen = fix.dir(folder).terminal(80, 24);
    screen.wait_for("signed you in as ana.");
    screen.press("3");
    screen.wait_for("Screen 74");
    screen
}

/// From the choice on screen 74 through a new key without a passphrase, the preview and the key page, to
/// the test of both accounts.
fn with_a_new_key(lab: &Lab, screen: &mut Terminal, choice: &str, name: &str) {
    screen.press(choice);
    screen.wait_for("Screen 21");
    screen.wait_for("id_ed25519_work");
    screen.press("2");
    screen.wait_for("y  Make it");
    let before = lab.tree();
    screen.press("y");
    screen.wait_for("Screen 75");
    lab.tree().assert_untouched(&before);
    screen.press("y");
    screen.wait_for("Screen 30");
    let line = lab.read(".ssh/id_ed25519_work.pub");
    lab.server.publish_as(line.trim(), name);
    screen.press("4");
    screen.wait_for("Screen 76");
    screen.wait_for("github.com: ana");
}

/// Who the server greets when the repository fetches.
fn fetches_as(lab: &Lab, folder: &Path) -> String {
    let git = lab.command("git").args(["ls-remote", "origin"]);
    let said = git.dir(folder).run().stderr;
    let greeted = said.split_once("Hi ").map_or("", |(_, rest)| rest);
    greeted.split('!').next().unwrap_or_default().to_owned()
}

#[test]
fn the_repository_uses_the_second_account_and_the_rest_the_first() {
    for (choice, name) in [("1", "address"), ("2", "insteadOf"), ("3", "sshCommand")] {
        let (lab, folder) = lab();
        let other = lab.repository("other", "git@github.com:ana/other.git");
        let config = lab.read("project/.git/config");
        let mut screen = wrong_account(&lab, &folder);
        with_a_new_key(&lab, &mut screen, choice, "ana-work");
        screen.wait_for("ana-work");
        assert!(screen.shows("git fetch"), "{name}: {}", screen.screen());
        screen.press("1");
        screen.wait_for("signed you in as ana-work.");
        let name = if choice == "3" {
            "github.com"
        } else {
            "github.com-work"
        };
        let next = format!("git clone git@{name}:");
        assert!(screen.shows(&next), "{}", screen.screen());
        quit(&mut screen, 0);

        assert_eq!(fetches_as(&lab, &folder), "ana-work", "{name}");
        assert_eq!(fetches_as(&lab, &other), "ana", "{name}");
        lab.ssh(&["-T", "git@github.com"]).expect(1).says("Hi ana!");
        let now = lab.read("project/.git/config");
        assert!(now.contains(name) || choice == "1", "{name}: {now}");

        lab.sshstep(&["undo", "--yes"]).expect(0);
        assert_eq!(lab.read("project/.git/config"), config, "{name}");
        assert!(!lab.path(".ssh/config").exists(), "{name}");
        assert!(lab.path(".ssh/id_ed25519_work").exists(), "{name}");
        assert_eq!(fetches_as(&lab, &folder), "ana", "{name}");
    }
}

#[test]
fn without_a_repository_there_is_a_name_to_clone_with() {
    let (lab, _) = lab();
    let config = "Host *\n  ServerAliveInterval 30\n";
    lab.write(".ssh/config", config);
    let agent = with_agent(&lab);
    let mut screen = lab.terminal(&["fix", "github"], 80, 24);
    screen.wait_for("signed you in as ana.");
    screen.press("3");
    screen.wait_for("Screen 74");
    screen.press("2");
    screen.wait_for("You write it in place of the host");
    screen.type_text("2");
    screen.enter();
    screen.wait_for("github.com-work2");
    screen.press("1");
    screen.wait_for("id_ed25519_work2");
    screen.press("1");
    screen.wait_for("New passphrase");
    screen.type_text("open sesame right now");
    screen.enter();
    screen.wait_for("again");
    screen.type_text("open sesame right now");
    screen.enter();
    screen.wait_for("Screen 75");
    screen.wait_for("Host github.com-work2");
    screen.press("y");
    screen.wait_for("Screen 30");
    let line = lab.read(".ssh/id_ed25519_work2.pub");
    lab.server.publish_as(line.trim(), "ana-work");
    screen.press("4");
    screen.wait_for("github.com-work2: ana-work");
    assert!(screen.shows("git clone git@github.com-work2:TEAM/PROJECT.git"));
    quit(&mut screen, 0);
    agent.list().expect(0).says("work2");
    let ssh = lab.ssh(&["-T", "git@github.com-work2"]);
    ssh.expect(1).says("Hi ana-work!");
    lab.ssh(&["-T", "git@github.com"]).expect(1).says("Hi ana!");
    lab.sshstep(&["undo", "--yes"]).expect(0);
    assert_eq!(lab.read(".ssh/config"), config);
}

#[test]
fn a_key_that_is_here_and_known_is_proposed_and_only_the_change_is_asked_about() {
    let (lab, folder) = lab();
    let second = lab.key("work").make();
    lab.server.publish_as(&second.public_line(), "ana-work");
    let mut screen = wrong_account(&lab, &folder);
    assert!(screen.shows("id_ed25519_work"), "{}", screen.screen());
    // Nobody has asked the server about it yet; the list of keys does.
    screen.press("4");
    screen.wait_for("Screen 20");
    screen.wait_until("both are known", |screen| {
        screen.screen().matches("already knows this key").count() == 2
    });
    screen.press("2");
    screen.wait_for("Screen 74");
    screen.wait_for("is here already");
    screen.press("1");
    screen.wait_for("Screen 75");
    screen.press("n");
    screen.wait_for("Screen 74");
    screen.press("1");
    screen.wait_for("Screen 75");
    screen.press("y");
    screen.wait_for("github.com-work: ana-work");
    quit(&mut screen, 0);
    assert_eq!(fetches_as(&lab, &folder), "ana-work");
}

#[test]
fn settings_that_are_there_mean_what_they_meant() {
    for config in [
        "Host *\n  IdentityFile ~/.ssh/id_ed25519\n  ServerAliveInterval 30\n",
        // A key for all hosts, before any block.
        "IdentityFile ~/.ssh/id_ed25519\nUser ana\n\nHost build\n  Port 2222\n",
        "# mine\nHost build github.com\n  IdentityFile ~/.ssh/id_ed25519\nHost *\n  User ana",
        "Host github.com\n  IdentityFile ~/.ssh/id_ed25519\n  IdentitiesOnly yes\n",
    ] {
        let (lab, folder) = lab();
        let second = lab.key("work").make();
        lab.server.publish_as(&second.public_line(), "ana-work");
        let agent = with_agent(&lab);
        lab.write(".ssh/config", config);
        let means = |host: &str| lab.ssh(&["-G", host]).stdout;
        let before = ["build", "example.org", "github.com.example"].map(means);
        let first = means("github.com");
        let mut screen = wrong_account(&lab, &folder);
        screen.press("4");
        screen.wait_until("both are known", |screen| {
            screen.screen().matches("already knows this key").count() == 2
        });
        screen.press("2");
        screen.wait_for("is here already");
        screen.press("1");
        screen.wait_for("Screen 75");
        screen.press("y");
        screen.wait_for("github.com-work: ana-work");
        quit(&mut screen, 0);
        assert_eq!(fetches_as(&lab, &folder), "ana-work", "{config}");
        // ssh offers the agent's keys first, unless the settings name the only ones.
        agent.add(&second);
        lab.ssh(&["-T", "git@github.com"]).expect(1).says("Hi ana!");
        let after = ["build", "example.org", "github.com.example"].map(means);
        assert_eq!(after, before, "{config}");
        if config.contains("IdentitiesOnly") {
            assert_eq!(means("github.com"), first);
        }
        lab.sshstep(&["undo", "--yes"]).expect(0);
        assert_eq!(lab.read(".ssh/config"), config);
    }
}

#[test]
fn the_screens_are_lines_in_plain_mode() {
    let (lab, folder) = lab();
    let second = lab.key("work").make();
    lab.server.publish_as(&second.public_line(), "ana-work");
    let fix = lab.command("sshstep").args(["--plain", "fix"]);
    let mut lines = fix.dir(&folder).terminal(80, 50);
    let mut say = |words: &str, answer: &str| {
        lines.wait_for(words);
        lines.type_text(answer);
        lines.enter();
    };
    say("Screen 80", "3");
    say("Screen 74", "4");
    say("Screen 20", "2");
    say("is here already", "1");
    say("Screen 75", "y");
    lines.wait_for("Screen 76");
    lines.wait_for("github.com-work: ana-work");
    assert_eq!(fetches_as(&lab, &folder), "ana-work");
}

#[test]
fn the_same_account_twice_is_noticed() {
    let (lab, folder) = lab();
    let mut screen = wrong_account(&lab, &folder);
    with_a_new_key(&lab, &mut screen, "1", "ana");
    screen.wait_for("Both keys are ana's.");
    assert!(screen.shows("Next:"), "{}", screen.screen());
    // With a key that the server does not know there is nothing to go on with yet.
    lab.server.unpublish_all();
    screen.press("2");
    screen.wait_for("Find out why");
    assert!(!screen.shows("Next:"), "{}", screen.screen());
    assert!(screen.shows("1  Give the key to the other account"));
}

#[test]
fn leaving_on_the_way_leaves_everything_as_it_was() {
    let (lab, folder) = lab();
    let before = lab.tree();
    let mut screen = wrong_account(&lab, &folder);
    screen.press("1");
    screen.wait_for("Screen 21");
    screen.press("2");
    screen.wait_for("y  Make it");
    screen.press("y");
    screen.wait_for("Screen 75");
    screen.press("n");
    screen.wait_for("made, not written yet");
    screen.press("b");
    screen.wait_for("Screen 80");
    quit(&mut screen, 0);
    lab.tree().assert_untouched(&before);
}
