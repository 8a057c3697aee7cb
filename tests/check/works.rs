//! Is a set-up that works called one, however unusual it is? A false alarm sends people the wrong way.

use std::fs;

use super::lab::{Key, Lab, Route};
use super::{check, ssh_works};

/// github.com is known, and a key is published that lies where ssh does not look by itself.
fn lab() -> (Lab, Key) {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    let key = lab.key("vault/key").make();
    lab.server.publish(&key);
    (lab, key)
}

fn usual() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab.server.publish(&lab.key("id_ed25519").make());
    lab
}

#[test]
fn a_default_key_and_the_greeting_with_exit_code_1() {
    let lab = usual();
    ssh_works(&lab);
    let checked = check(&lab, &["github.com"]).works();
    assert_eq!(checked.json["identity"], "octocat");
    assert_eq!(checked.codes(), ["success-greeting-no-shell"]);
    lab.server.greet(
        "Hi octocat! You've successfully authenticated, but GitHub does not provide shell access.",
        0,
    );
    check(&lab, &["github.com"]).works();
    assert_eq!(lab.server.connections(), 3, "one connection each");
}

#[test]
fn a_shell() {
    let lab = Lab::builder().ssh_dir().build();
    lab.route("host.example", Route::Sshd);
    lab.trust("host.example");
    let key = lab.key("id_ed25519").make();
    lab.server.publish_line("deploy", &key.public_line());
    lab.ssh(&["deploy@host.example", "true"]).expect(0);
    let checked = check(&lab, &["deploy@host.example"]).works();
    assert!(checked.json["identity"].is_null());
}

#[test]
fn a_key_that_only_the_agent_has() {
    let (lab, key) = lab();
    let agent = lab.agent();
    agent.add(&key);
    fs::remove_dir_all(lab.path("vault")).expect("it was just made");
    ssh_works(&lab);
    let checked = check(&lab, &["github.com"]).works();
    let offered = &checked.json["keys_offered"][0];
    assert_eq!(offered["source"], "agent", "{offered}");
    assert_eq!(offered["answer"], "accepted", "{offered}");
    assert!(offered["file"].is_null(), "{offered}");
}

#[test]
fn a_public_file_that_picks_one_of_the_agents_keys() {
    let (lab, key) = lab();
    let agent = lab.agent();
    agent.add(&lab.key("vault/other").make());
    agent.add(&key);
    lab.write(".ssh/vault.pub", key.public_line() + "\n");
    fs::remove_dir_all(lab.path("vault")).expect("it was just made");
    lab.write(
        ".ssh/config",
        "Host github.com\n  IdentitiesOnly yes\n  IdentityFile ~/.ssh/vault.pub\n",
    );
    ssh_works(&lab);
    let checked = check(&lab, &["github.com"]).works();
    assert_eq!(checked.json["keys_offered"][0]["source"], "config");
}

#[test]
fn a_locked_key_that_the_agent_holds() {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    let key = lab.key("id_ed25519").passphrase("correct horse").make();
    lab.server.publish(&key);
    lab.agent().add(&key);
    let agent = lab.agent();
    agent.add(&key);
    ssh_works(&lab);
    check(&lab, &["github.com"]).works();
}

#[test]
fn hashed_known_hosts() {
    let lab = usual();
    let hash = lab.command("ssh-keygen").args(["-H", "-f"]);
    hash.arg(lab.path(".ssh/known_hosts")).run().expect(0);
    assert!(!lab.read(".ssh/known_hosts").contains("github.com"));
    ssh_works(&lab);
    check(&lab, &["github.com"]).works();
}

#[test]
fn an_old_pem_key() {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    let key = lab.key("id_rsa").kind("rsa").pem().make();
    lab.server.publish(&key);
    ssh_works(&lab);
    check(&lab, &["github.com"]).works();
    key.set_public_aside();
    ssh_works(&lab);
    check(&lab, &["github.com"]).works();
}

#[test]
fn settings_spread_over_included_files() {
    let (lab, key) = lab();
    lab.write(
        ".ssh/config",
        "Include conf.d/*.conf\nHost *\n  IdentityFile ~/.ssh/absent\n",
    );
    lab.write(".ssh/conf.d/10-all.conf", "Include deeper/git\n");
    let path = key.path.display();
    lab.write(
        ".ssh/deeper/git",
        format!("Match host github.com\n  IdentityFile \"{path}\"\n"),
    );
    ssh_works(&lab);
    check(&lab, &["github.com"]).works();
}

#[test]
fn connection_sharing_in_the_settings() {
    let lab = usual();
    lab.write(
        ".ssh/config",
        "Host *\n  ControlMaster auto\n  ControlPath ~/.ssh/mux-%C\n  ControlPersist 60\n",
    );
    check(&lab, &["github.com"]).works();
    lab.wait_no_process("mux");
}

#[test]
fn a_jump_host() {
    let lab = usual();
    let command = lab.server.proxy_command();
    let key = lab.read(".ssh/id_ed25519.pub");
    lab.server.publish_line("deploy", &key);
    lab.route("github.com", Route::Tcp);
    lab.trust("jump.test");
    lab.write(
        ".ssh/config",
        format!("Host jump.test\n  User deploy\n  ProxyCommand {command}\nHost github.com\n  ProxyJump jump.test\n"),
    );
    ssh_works(&lab);
    let checked = check(&lab, &["github.com"]).works();
    assert_eq!(checked.json["identity"], "octocat");
}

#[test]
fn a_new_host_that_the_settings_accept() {
    let lab = Lab::builder().ssh_dir().build();
    lab.server.publish(&lab.key("id_ed25519").make());
    lab.write(
        ".ssh/config",
        "Host github.com\n  StrictHostKeyChecking accept-new\n",
    );
    // check() proves that known_hosts is not written.
    check(&lab, &["github.com"]).works();
    check(&lab, &["github.com"]).works();
    assert!(!lab.path(".ssh/known_hosts").exists());
    ssh_works(&lab);
}

#[test]
fn several_servers_keys_of_which_one_is_known() {
    let lab = Lab::builder()
        .ssh_dir()
        .host_keys(&["rsa", "ecdsa", "ed25519"])
        .build();
    lab.trust("github.com");
    lab.server.publish(&lab.key("id_ed25519").make());
    ssh_works(&lab);
    check(&lab, &["github.com"]).works();
}

#[test]
fn a_missing_key_file_beside_one_that_works_is_no_error() {
    let lab = usual();
    lab.write(
        ".ssh/config",
        "Host github.com\n  IdentityFile ~/.ssh/absent\n  IdentityFile ~/.ssh/id_ed25519\n",
    );
    ssh_works(&lab);
    check(&lab, &["github.com"]).works();
}
