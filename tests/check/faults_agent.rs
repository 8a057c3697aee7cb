//! Is a cause found that lies in the agent?

use std::fs;

use super::lab::Lab;
use super::{check, ssh_fails};

fn lab() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab
}

#[test]
fn one_that_is_locked() {
    let lab = lab();
    let agent = lab.agent();
    let key = lab.key("vault/key").make();
    lab.server.publish(&key);
    agent.add(&key);
    let askpass = lab.fake_program("lab-lock", "echo secret");
    let lock = lab.command("ssh-add").arg("-x");
    let lock = lock.env("SSH_ASKPASS", askpass);
    lock.env("SSH_ASKPASS_REQUIRE", "force").run().expect(0);
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("agent-key-not-loaded")
        .tells("locked");
    // The same when the settings name the key that it should show.
    lab.write(".ssh/vault.pub", key.public_line() + "\n");
    lab.write(
        ".ssh/config",
        "Host github.com\n  IdentitiesOnly yes\n  IdentityFile ~/.ssh/vault.pub\n",
    );
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("agent-key-not-loaded")
        .tells("vault.pub");
}

#[test]
fn one_that_does_not_sign() {
    let lab = lab();
    let agent = lab.agent();
    let key = lab.key("vault/key").make();
    lab.server.publish(&key);
    // It has to ask somebody, and there is nobody.
    let add = lab.command("ssh-add").args(["-q", "-c"]).arg(&key.path);
    add.run().expect(0);
    assert!(agent.holds(&key));
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("agent-refused-operation")
        .certainty("proven");
}

#[test]
fn one_that_never_answers() {
    let lab = lab();
    let key = lab.key("id_ed25519").make();
    lab.server.publish(&key);
    let _hung = lab.hung_agent();
    let ssh = lab.command("timeout").args(["3", "ssh", "-oBatchMode=yes"]);
    ssh.args(["-T", "git@github.com"]).run().expect(124);
    check(&lab, &["github.com", "--timeout", "2"])
        .finds("agent-refused-operation")
        .tells("hung.sock");
}

#[test]
fn a_socket_in_the_settings_that_is_not_there() {
    let lab = lab();
    let agent = lab.agent();
    let key = lab.key("vault/key").make();
    lab.server.publish(&key);
    agent.add(&key);
    fs::remove_dir_all(lab.path("vault")).expect("it was just made");
    lab.write(
        ".ssh/config",
        "Host github.com\n  IdentityAgent ~/.1password/agent.sock\n",
    );
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("agent-not-running-or-env-unset")
        .tells(".1password/agent.sock");
}

#[test]
fn a_file_that_is_no_socket() {
    let lab = lab();
    let file = lab.write("not-a-socket", "");
    lab.set_env("SSH_AUTH_SOCK", &file);
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("agent-not-running-or-env-unset")
        .tells("not-a-socket");
}
