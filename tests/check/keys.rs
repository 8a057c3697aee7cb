//! Is a key file that is no usable key recognised for what it is? Which keys does a server see?

use std::fs;

use super::lab::{Answer, Lab};
use super::{check, ssh_fails};

fn lab() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab
}

#[test]
fn the_public_half_named_as_identity() {
    let lab = lab();
    let key = lab.key("work").make();
    lab.server.publish(&key);
    lab.write(
        ".ssh/config",
        "Host github.com\n  IdentityFile ~/.ssh/work.pub\n",
    );
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("identityfile-is-pub")
        .certainty("proven")
        .tells("work.pub");
    fs::remove_file(lab.path(".ssh/config")).expect("it was just written");
    let file = key.public.to_str().expect("UTF-8").to_owned();
    lab.ssh(&["-T", "-i", &file, "git@github.com"]).expect(255);
    check(&lab, &["github.com", "-i", &file]).finds("identityfile-is-pub");
}

#[test]
fn a_putty_key() {
    let lab = lab();
    let ppk = include_str!("../fixtures/putty.ppk");
    let file = lab.write(".ssh/work.ppk", ppk);
    let file = file.to_str().expect("UTF-8");
    lab.ssh(&["-T", "-i", file, "git@github.com"]).expect(255);
    check(&lab, &["github.com", "-i", file])
        .finds("key-is-ppk")
        .certainty("proven")
        .tells("PuTTY");
    lab.mode(".ssh/work.ppk", 0o644);
    check(&lab, &["github.com", "-i", file]).finds("key-is-ppk");
}

#[test]
fn windows_line_ends() {
    let lab = lab();
    let key = lab.key("id_ed25519").make();
    lab.server.publish(&key);
    let text = lab.read(".ssh/id_ed25519").replace('\n', "\r\n");
    lab.write(".ssh/id_ed25519", text);
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("key-line-endings")
        .certainty("proven");
}

#[test]
fn a_key_file_that_is_a_folder_too_big_or_no_key() {
    let lab = lab();
    fs::create_dir(lab.path("folder")).expect("the home is writable");
    lab.mode("folder", 0o700);
    lab.write("big", vec![b'x'; 10 << 20]);
    lab.write("binary", (0..=255).cycle().take(4096).collect::<Vec<u8>>());
    lab.write("empty", "");
    for (name, code) in [
        ("folder", "key-file-not-readable"),
        ("big", "key-unreadable-format"),
        ("binary", "key-unreadable-format"),
        ("empty", "key-unreadable-format"),
        ("absent", "identityfile-missing"),
    ] {
        let file = lab.path(name);
        let file = file.to_str().expect("UTF-8");
        lab.ssh(&["-T", "-i", file, "git@github.com"]).expect(255);
        check(&lab, &["github.com", "-i", file])
            .finds(code)
            .tells(name);
    }
}

#[test]
fn a_pub_file_of_another_key() {
    let lab = lab();
    let key = lab.key("id_ed25519").make();
    let other = lab.key("other").make();
    lab.server.publish(&key);
    fs::copy(&other.public, &key.public).expect("the home is writable");
    fs::remove_file(&other.path).expect("it was just made");
    fs::remove_file(&other.public).expect("it was just made");
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("pub-file-stale")
        .certainty("proven")
        .tells("id_ed25519");
}

#[test]
fn an_unlisted_server_sees_only_what_ssh_itself_offers() {
    let lab = lab();
    lab.route("host.example", super::lab::Route::Sshd);
    lab.trust("host.example");
    let default = lab.key("id_ed25519").make();
    let work = lab.key("work").make();
    lab.server.publish(&work);
    lab.ssh(&["-T", "git@host.example"]).expect(255);
    let by_ssh = lab.server.logins();
    check(&lab, &["git@host.example"]).finds("key-not-registered");
    let logins = lab.server.logins();
    assert_eq!(logins[by_ssh.len()..], by_ssh[..]);
    assert_eq!(by_ssh[0].fingerprint, Some(default.fingerprint));
    assert_eq!(lab.server.connections(), 2);
}

#[test]
fn a_listed_server_is_asked_about_five_more_keys_and_gets_no_signature() {
    let lab = lab();
    lab.server.set("MaxAuthTries", "20");
    let default = lab.key("id_ed25519").make();
    for number in 1..=7 {
        let key = lab.key(&format!("work{number}")).make();
        lab.server.publish(&key);
    }
    check(&lab, &["github.com"]).finds("wrong-key-offered");
    let logins = lab.server.logins();
    let (first, asked) = logins.split_first().expect("the default key was offered");
    assert_eq!(
        (first.answer, first.fingerprint.as_ref()),
        (Answer::Refused, Some(&default.fingerprint))
    );
    // "Postponed": the server said that it knows the key, and was given no signature.
    assert!(
        asked.iter().all(|login| login.answer == Answer::Known),
        "{asked:?}"
    );
    // sshd may be ended before it notes the last one's answer; that it knew the key it has noted.
    let log = lab.server.log();
    assert_eq!(log.matches("Accepted key ").count(), 5, "{log}");
    assert!(!log.contains("Accepted publickey"), "{log}");
    assert_eq!(lab.server.connections(), 2);
}

#[test]
fn no_key_is_shown_to_a_host_that_is_not_trusted() {
    let lab = Lab::new();
    lab.key("id_ed25519").make();
    lab.key("work").make();
    check(&lab, &["github.com"]);
    assert_eq!(lab.server.logins(), []);
}
