//! What is told without a connection: only what this machine shows, and nothing is tried?

use super::lab::Lab;
use super::{Checked, check};

/// `check --no-connect` finds no error, and warns of this; the server has seen nobody.
#[track_caller]
fn warns(lab: &Lab, target: &str, code: &str) -> Checked {
    let checked = check(lab, &[target, "--no-connect"]);
    assert_eq!(checked.output.code, 0, "{}", checked.output);
    assert_eq!(checked.first()["code"], code, "{}", checked.output);
    assert_eq!(checked.first()["severity"], "warning", "{}", checked.output);
    assert_eq!(lab.server.connections(), 0);
    checked
}

fn lab() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab
}

#[test]
fn the_user_and_a_stored_host_key() {
    let lab = lab();
    lab.key("id_ed25519").make();
    warns(&lab, "ana@github.com", "wrong-user");
    lab.know("github.com", super::faults_server::OLD_RSA_KEY);
    warns(&lab, "github.com", "github-rsa-key-rotated").tells("line 2");
}

#[test]
fn a_key_and_a_home() {
    let lab = lab();
    lab.write(".ssh/id_ed25519", "");
    warns(&lab, "github.com", "key-unreadable-format").tells("is empty");
    let lab = self::lab();
    lab.key("elsewhere/.ssh/id_ed25519").make();
    lab.set_env("HOME", lab.path("elsewhere"));
    warns(&lab, "github.com", "home-differs").tells("elsewhere");
}

#[test]
fn a_certificate() {
    let lab = lab();
    let authority = lab.key("authority/ca").make();
    let key = lab.key("id_ed25519").make();
    let sign = lab
        .command("ssh-keygen")
        .args(["-q", "-I", "ana", "-n", "deploy"]);
    let sign = sign
        .args(["-V", "20200101:20210101", "-s"])
        .arg(&authority.path);
    sign.arg(&key.public).run().expect(0);
    warns(&lab, "deploy@host.example", "certificate-expired").tells("2021-01-01");
}
