//! Does what a provider file says reach the screen: the key to make, the page, the reason without a page, the one key that counts?
#![cfg(target_os = "linux")]

mod lab;

use lab::{Lab, Route, Terminal};

/// A lab in which this host answers and is known.
fn serving(host: &str) -> Lab {
    let lab = Lab::new();
    lab.route(host, Route::Sshd);
    lab.trust(host);
    lab
}

/// Screen 30, from the refusal of the key that is there.
fn screen_30(lab: &Lab, address: &str) -> Terminal {
    let mut screen = lab.terminal(&[address], 80, 30);
    screen.wait_for("Screen 71");
    screen.wait_for("Give the key to");
    screen.press("1");
    screen.wait_for("Screen 30");
    screen
}

#[test]
fn a_service_that_takes_rsa_only_gets_an_rsa_key() {
    let lab = serving("ssh.dev.azure.com");
    let screen = lab.terminal(&["azuredevops"], 80, 24);
    screen.wait_for("I will make an RSA 4096 key.");
    screen.wait_for("~/.ssh/id_rsa");
}

#[test]
fn a_server_that_anybody_runs_has_its_own_page() {
    let lab = serving("git.gitea.example");
    lab.key("id_ed25519").make();
    let screen = screen_30(&lab, "git@git.gitea.example");
    screen.wait_for("https://git.gitea.example/user/settings/keys");
    screen.wait_for("On the page, usually:");
}

#[test]
fn without_a_page_the_screen_says_why_and_offers_no_copy_to_the_server() {
    let lab = serving("heroku.com");
    lab.key("id_ed25519").make();
    let screen = screen_30(&lab, "heroku");
    screen.wait_for("Heroku ended git over SSH on 30 November 2021");
    screen.wait_for("Copy the key only");
    assert!(!screen.shows("ssh-copy-id"), "{screen}");
    assert!(!screen.shows("the server's admin"), "{screen}");
}

#[test]
fn where_only_the_first_key_counts_another_one_in_the_agent_is_kept_away() {
    let lab = serving("ssh.dev.azure.com");
    let agent = lab.agent();
    lab.set_env("SSH_AUTH_SOCK", agent.socket());
    let right = lab.key("id_rsa").kind("rsa").make();
    agent.add(&lab.key("other").make());
    let mut screen = screen_30(&lab, "azuredevops");
    screen.wait_for("ssh-rsa");
    lab.server.publish(&right);
    screen.press("4");
    screen.wait_for("Screen 50");
    screen.wait_for("Azure DevOps judges only the first key");
    screen.wait_for("IdentitiesOnly yes");
}
