//! Is a cause found that lies in a key file or in the sort of a key?

use std::fs;
use std::os::unix::fs::symlink;

use super::lab::{Key, Lab, Route};
use super::{check, fails, ssh_fails};

fn lab() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab
}

fn published(lab: &Lab) -> Key {
    let key = lab.key("id_ed25519").make();
    lab.server.publish(&key);
    key
}

/// What somebody did to the text of a key file.
type Damage = fn(&str) -> Vec<u8>;

#[test]
fn a_damaged_private_key() {
    let damage: [(&str, Damage, &str); 5] = [
        ("cut", |text| text.as_bytes()[..120].to_vec(), "cut off"),
        (
            "bom",
            |text| [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            "byte order",
        ),
        (
            "utf-16",
            |text| text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            "UTF-16",
        ),
        (
            "one line",
            |text| text.replace('\n', " ").into(),
            "line ends",
        ),
        (
            "text",
            |text| format!("my key:\n{text}").into(),
            "other text",
        ),
    ];
    for (name, change, words) in damage {
        let lab = lab();
        let key = published(&lab);
        let text = lab.read(".ssh/id_ed25519");
        lab.write(".ssh/id_ed25519", change(&text));
        ssh_fails(&lab);
        let checked = check(&lab, &["github.com"])
            .finds("key-unreadable-format")
            .certainty("proven")
            .tells(words);
        assert!(checked.first().to_string().contains("id_ed25519"), "{name}");
        // Without its .pub it is not even offered.
        key.set_public_aside();
        ssh_fails(&lab);
        check(&lab, &["github.com"])
            .finds("key-unreadable-format")
            .tells(words);
    }
}

#[test]
fn a_key_without_its_last_line_end() {
    let lab = lab();
    published(&lab);
    let text = lab.read(".ssh/id_ed25519");
    lab.write(".ssh/id_ed25519", text.trim_end());
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("key-line-endings")
        .certainty("proven");
}

#[test]
fn an_empty_default_key() {
    let lab = lab();
    lab.write(".ssh/id_ed25519", "");
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("key-unreadable-format")
        .tells("is empty");
}

#[test]
fn a_key_name_that_leads_in_circles() {
    let lab = lab();
    symlink("id_ed25519", lab.path(".ssh/id_ed25519")).expect("the home is writable");
    lab.write(
        ".ssh/config",
        "Host github.com\n  IdentityFile ~/.ssh/id_ed25519\n",
    );
    ssh_fails(&lab);
    check(&lab, &["github.com"]).finds("key-file-not-readable");
}

#[test]
fn a_key_name_that_leads_nowhere() {
    let lab = lab();
    symlink("/absent/key", lab.path(".ssh/work")).expect("the home is writable");
    lab.write(
        ".ssh/config",
        "Host github.com\n  IdentityFile ~/.ssh/work\n",
    );
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("identityfile-missing")
        .tells("config:2");
}

#[test]
fn a_sort_of_key_that_the_service_does_not_take() {
    let lab = lab();
    lab.key("id_dsa").kind("dsa").make();
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("key-type-not-accepted")
        .certainty("proven")
        .tells("id_dsa");
}

#[test]
fn a_key_that_is_too_small_for_the_service() {
    let lab = Lab::builder().ssh_dir().build();
    lab.route("bitbucket.org", Route::Sshd);
    lab.trust("bitbucket.org");
    lab.key("id_rsa").kind("rsa").bits(1024).make();
    fails(&lab, "git@bitbucket.org");
    let checked = check(&lab, &["bitbucket.org"])
        .finds("key-type-not-accepted")
        .tells("RSA 1024");
    assert!(checked.codes().contains(&"weak-key"), "{}", checked.output);
}

#[test]
fn a_sort_of_key_that_the_settings_leave_out() {
    let lab = lab();
    published(&lab);
    lab.write(
        ".ssh/config",
        "Host github.com\n  PubkeyAcceptedAlgorithms rsa-sha2-512\n",
    );
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("key-type-not-accepted")
        .tells("config:2");
    lab.write(".ssh/config", "RequiredRSASize 4096\n");
    fs::remove_file(lab.path(".ssh/id_ed25519")).expect("it was just made");
    fs::remove_file(lab.path(".ssh/id_ed25519.pub")).expect("it was just made");
    lab.server.publish(&lab.key("id_rsa").kind("rsa").make());
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("key-type-not-accepted")
        .tells("4096");
}

#[test]
fn an_rsa_key_that_may_sign_in_the_old_way_only() {
    let lab = lab();
    lab.server.publish(&lab.key("id_rsa").kind("rsa").make());
    lab.write(
        ".ssh/config",
        "Host github.com\n  PubkeyAcceptedAlgorithms ssh-rsa\n",
    );
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("rsa-sha1-disabled")
        .tells("config:2");
}

#[test]
fn two_halves_that_do_not_belong_together() {
    let lab = lab();
    let key = lab.key("id_ed25519").make();
    let other = lab.key("other/key").make();
    fs::copy(&other.public, &key.public).expect("the home is writable");
    fs::remove_dir_all(lab.path("other")).expect("it was just made");
    lab.server.publish(&other);
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("private-public-mismatch")
        .certainty("proven");
}

#[test]
fn a_key_that_is_offered_twice_uses_up_the_tries() {
    let lab = lab();
    lab.server.set("MaxAuthTries", "3");
    for name in ["one", "two", "three"] {
        lab.key(name).make();
    }
    let right = lab.key("right").make();
    lab.server.publish(&right);
    lab.write(
        ".ssh/config",
        "IdentityFile ~/.ssh/one\nIdentityFile ~/.ssh/two\nIdentityFile ~/.ssh/three\nIdentityFile ~/.ssh/right\n",
    );
    ssh_fails(&lab);
    check(&lab, &["github.com"]).finds("too-many-auth-failures");
}

#[test]
fn locked_keys_in_the_old_formats() {
    for format in ["PEM", "PKCS8"] {
        let lab = lab();
        let key = lab
            .key("id_rsa")
            .kind("rsa")
            .passphrase("correct horse")
            .make();
        let convert = lab.command("ssh-keygen").args(["-p", "-m", format]);
        let convert = convert.args(["-P", "correct horse", "-N", "correct horse", "-f"]);
        convert.arg(&key.path).run().expect(0);
        lab.server.publish(&key);
        ssh_fails(&lab);
        check(&lab, &["github.com"]).finds("key-locked");
        key.set_public_aside();
        ssh_fails(&lab);
        check(&lab, &["github.com"]).finds("key-locked");
    }
}
