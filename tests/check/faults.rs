//! Is each cause found that lies in keys, agent or settings?

use std::fs;

use super::lab::Lab;
use super::{check, ssh_fails};

/// github.com is known, and nothing else is there.
fn lab() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab
}

#[test]
fn no_key() {
    let lab = lab();
    ssh_fails(&lab);
    let checked = check(&lab, &["github.com"])
        .finds("no-key-found")
        .certainty("proven");
    assert_eq!(checked.first()["fixes"][0]["id"], "make-key");
    assert_eq!(checked.rung("host-key"), "ok");
    assert_eq!(checked.rung("local-key"), "failed");
}

#[test]
fn a_key_that_the_service_does_not_know() {
    let lab = lab();
    let key = lab.key("id_ed25519").make();
    ssh_fails(&lab);
    let checked = check(&lab, &["github.com"])
        .finds("key-not-registered")
        .tells(&key.fingerprint);
    assert_eq!(checked.first()["fixes"][0]["id"], "publish-key");
    assert_eq!(checked.rung("offer"), "failed");
}

#[test]
fn the_settings_name_another_key_than_the_published_one() {
    let lab = lab();
    lab.key("work").make();
    let right = lab.key("id_ed25519").make();
    lab.server.publish(&right);
    lab.write(
        ".ssh/config",
        "Host github.com\n  IdentityFile ~/.ssh/work\n",
    );
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("wrong-key-offered")
        .certainty("proven")
        .tells("id_ed25519");
}

#[test]
fn a_key_under_a_name_of_its_own() {
    let lab = lab();
    let key = lab.key("work").make();
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("key-nondefault-name-not-configured")
        .certainty("likely")
        .tells("~/.ssh/work");
    lab.server.publish(&key);
    ssh_fails(&lab);
    let checked = check(&lab, &["github.com"])
        .finds("key-nondefault-name-not-configured")
        .certainty("proven");
    assert_eq!(checked.first()["fixes"][0]["id"], "use-key");
}

#[test]
fn a_named_key_file_that_is_not_there() {
    let lab = lab();
    lab.write(
        ".ssh/config",
        "# mine\nHost github.com\n  IdentityFile ~/.ssh/id_%r\n",
    );
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("identityfile-missing")
        .tells("~/.ssh/id_git")
        .tells("config:3");
    // Even when another key would do: the line is the reason.
    lab.server.publish(&lab.key("id_ed25519").make());
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("identityfile-missing")
        .certainty("proven")
        .tells("id_ed25519");
}

#[test]
fn a_key_that_others_can_read() {
    let lab = lab();
    let key = lab.key("id_ed25519").make();
    lab.server.publish(&key);
    lab.mode(".ssh/id_ed25519", 0o644);
    ssh_fails(&lab);
    let checked = check(&lab, &["github.com"])
        .finds("key-permissions-too-open")
        .certainty("proven")
        .tells("0644");
    assert_eq!(checked.first()["fixes"][0]["automatic"], true);
    // Without its .pub ssh cannot even offer it.
    key.set_public_aside();
    ssh_fails(&lab);
    check(&lab, &["github.com"]).finds("key-permissions-too-open");
    // Where the server refuses the key, its mode is not what is in the way.
    lab.server.unpublish_all();
    fs::rename(lab.path(".ssh/id_ed25519.pub.aside"), &key.public).expect("it was just moved");
    ssh_fails(&lab);
    let checked = check(&lab, &["github.com"]).finds("key-not-registered");
    assert!(
        checked.codes().contains(&"key-permissions-too-open"),
        "{:?}",
        checked.codes()
    );
}

#[test]
fn an_agent_that_has_ended() {
    let lab = lab();
    let agent = lab.agent();
    drop(agent);
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("agent-not-running-or-env-unset")
        .tells("agent.sock");
    let key = lab.key("id_ed25519").passphrase("correct horse").make();
    lab.server.publish(&key);
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("agent-not-running-or-env-unset")
        .tells("agent.sock");
}

#[test]
fn a_public_half_whose_private_one_should_come_from_an_agent() {
    let lab = lab();
    let key = lab.key("vault").make();
    lab.server.publish(&key);
    lab.write(
        ".ssh/config",
        "Host github.com\n  IdentitiesOnly yes\n  IdentityFile ~/.ssh/vault.pub\n",
    );
    fs::remove_file(&key.path).expect("it was just made");
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("agent-not-running-or-env-unset")
        .certainty("proven")
        .tells("vault.pub");
    // An agent that runs and does not have it.
    let _agent = lab.agent();
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("agent-key-not-loaded")
        .tells("vault.pub");
}

#[test]
fn a_locked_key() {
    let lab = lab();
    let key = lab.key("id_ed25519").passphrase("correct horse").make();
    lab.server.publish(&key);
    ssh_fails(&lab);
    let checked = check(&lab, &["github.com"]).finds("key-locked");
    assert_eq!(checked.rung("offer"), "ok");
    assert_eq!(checked.rung("sign"), "failed");
    assert_eq!(checked.first()["step"], "agent");
}

#[test]
fn a_locked_key_of_the_old_format_that_cannot_be_offered() {
    let lab = lab();
    let key = lab.key("id_rsa").kind("rsa").pem();
    let key = key.passphrase("correct horse").make();
    lab.server.publish(&key);
    key.set_public_aside();
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("key-locked")
        .tells("id_rsa");
}

#[test]
fn too_many_keys() {
    let lab = lab();
    lab.server.set("MaxAuthTries", "2");
    let agent = lab.agent();
    for name in ["one", "two", "three"] {
        agent.add(&lab.key(name).make());
    }
    let right = lab.key("id_ed25519").make();
    lab.server.publish(&right);
    ssh_fails(&lab);
    let checked = check(&lab, &["github.com"]).finds("too-many-auth-failures");
    assert_eq!(checked.first()["fixes"][0]["id"], "offer-one-key");
}

#[test]
fn a_config_that_ssh_refuses() {
    let lab = lab();
    lab.server.publish(&lab.key("id_ed25519").make());
    lab.write(".ssh/config", "Host github.com\n  Usr git\n");
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("config-bad-option")
        .certainty("proven")
        .tells("line 2")
        .tells("usr");
    // Without a connection ssh is asked as well.
    check(&lab, &["github.com", "--no-connect"]).finds("config-bad-option");
    lab.write(".ssh/config", "Host github.com\n  User git\n");
    lab.mode(".ssh/config", 0o666);
    ssh_fails(&lab);
    check(&lab, &["github.com"]).finds("config-permissions");
}

#[test]
fn identities_only_keeps_the_agents_key_back() {
    let lab = lab();
    let agent = lab.agent();
    let key = lab.key("work/key").make();
    lab.server.publish(&key);
    agent.add(&key);
    lab.write(".ssh/config", "Host github.com\n  IdentitiesOnly yes\n");
    ssh_fails(&lab);
    check(&lab, &["github.com"]).finds("identities-only-without-key");
}

#[test]
fn a_second_proof_is_the_persons_own_business() {
    let lab = lab();
    let key = lab.key("id_ed25519").make();
    lab.server.publish(&key);
    lab.server.set("PasswordAuthentication", "yes");
    lab.server
        .set("AuthenticationMethods", "publickey,password");
    ssh_fails(&lab);
    // A person at a terminal may well get in: that is no failure, and it is no success.
    let checked = check(&lab, &["github.com"]);
    assert_eq!(checked.output.code, 3, "{}", checked.output);
    assert_eq!(checked.json["outcome"], "unknown");
    assert_eq!(checked.first()["code"], "mfa-required");
}
