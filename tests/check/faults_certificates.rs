//! Is a cause found that lies in a certificate? The server refuses all of them in the same words.

use std::fs;

use super::lab::{Key, Lab, Output, Route};
use super::{check, fails};

const TARGET: &str = "deploy@host.example";

/// A server that lets everybody in whom the lab's authority has certified.
fn lab() -> (Lab, Key, Key) {
    let lab = Lab::builder().ssh_dir().build();
    lab.route("host.example", Route::Sshd);
    lab.trust("host.example");
    let authority = lab.key("authority/ca").make();
    let file = authority.public.to_str().expect("UTF-8");
    lab.server.set("TrustedUserCAKeys", file);
    let key = lab.key("id_ed25519").make();
    (lab, authority, key)
}

fn certify(lab: &Lab, authority: &Key, key: &Key, more: &[&str]) -> Output {
    let sign = lab.command("ssh-keygen").args(["-q", "-I", "ana", "-s"]);
    let sign = sign.arg(&authority.path).args(more);
    sign.arg(&key.public).run().expect(0)
}

#[test]
fn a_good_one_works() {
    let (lab, authority, key) = lab();
    fails(&lab, TARGET);
    check(&lab, &[TARGET]).finds("key-not-registered");
    certify(&lab, &authority, &key, &["-n", "deploy", "-V", "-1d:+1d"]);
    lab.ssh(&["-T", TARGET, "true"]).expect(0);
    check(&lab, &[TARGET]).works();
}

#[test]
fn one_that_has_ended_or_not_begun() {
    for (time, words) in [
        ("20200101:20210101", "ended 2021-01-01"),
        ("20990101:21000101", "begins 2099"),
    ] {
        let (lab, authority, key) = lab();
        certify(&lab, &authority, &key, &["-n", "deploy", "-V", time]);
        fails(&lab, TARGET);
        check(&lab, &[TARGET])
            .finds("certificate-expired")
            .tells(words)
            .tells("id_ed25519-cert.pub");
    }
}

#[test]
fn one_for_another_name_or_for_none() {
    let (lab, authority, key) = lab();
    certify(&lab, &authority, &key, &["-n", "ana,root"]);
    fails(&lab, TARGET);
    check(&lab, &[TARGET])
        .finds("certificate-wrong-principal")
        .tells("ana, root");
    certify(&lab, &authority, &key, &[]);
    fails(&lab, TARGET);
    check(&lab, &[TARGET]).finds("certificate-wrong-principal");
}

#[test]
fn one_for_another_key() {
    let (lab, authority, key) = lab();
    let other = lab.key("other/key").make();
    certify(&lab, &authority, &other, &["-n", "deploy"]);
    let beside = lab.path(".ssh/id_ed25519-cert.pub");
    fs::copy(lab.path("other/key-cert.pub"), beside).expect("the home is writable");
    fails(&lab, TARGET);
    check(&lab, &[TARGET])
        .finds("certificate-for-other-key")
        .tells(
            key.path
                .file_name()
                .and_then(|name| name.to_str())
                .expect("UTF-8"),
        );
}

#[test]
fn one_of_a_server() {
    let (lab, authority, key) = lab();
    certify(&lab, &authority, &key, &["-h", "-n", "deploy"]);
    fails(&lab, TARGET);
    check(&lab, &[TARGET])
        .finds("certificate-missing")
        .tells("server's certificate");
}

#[test]
fn one_that_is_not_where_the_settings_say() {
    let (lab, authority, key) = lab();
    certify(&lab, &authority, &key, &["-n", "deploy"]);
    lab.write(
        ".ssh/config",
        "Host host.example\n  CertificateFile ~/.ssh/work-cert.pub\n",
    );
    fails(&lab, TARGET);
    check(&lab, &[TARGET])
        .finds("certificate-missing")
        .tells("work-cert.pub");
    // Under a name that ssh does not look for.
    fs::remove_file(lab.path(".ssh/config")).expect("it was just written");
    let (from, to) = (".ssh/id_ed25519-cert.pub", ".ssh/id_ed25519.cert");
    fs::rename(lab.path(from), lab.path(to)).expect("the home is writable");
    fails(&lab, TARGET);
    check(&lab, &[TARGET])
        .finds("certificate-missing")
        .tells("id_ed25519.cert");
}
