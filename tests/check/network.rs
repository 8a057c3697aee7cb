//! Is each cause found that lies between here and the server, or in who the server is?

use std::time::{Duration, Instant};

use super::lab::{Lab, Route};
use super::{check, ssh_fails};

/// A key is there and published: only what the test breaks is broken.
fn lab() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab.server.publish(&lab.key("id_ed25519").make());
    lab
}

#[test]
fn a_name_without_an_address() {
    let lab = lab();
    lab.route("github.com", Route::Unknown);
    ssh_fails(&lab);
    let checked = check(&lab, &["github.com"]).finds("dns-failure");
    assert_eq!(checked.rung("resolve"), "failed");
    assert_eq!(checked.rung("connect"), "not-tried");
}

#[test]
fn a_port_on_which_nothing_listens() {
    let lab = lab();
    lab.route("github.com", Route::Refused);
    ssh_fails(&lab);
    let checked = check(&lab, &["github.com"])
        .finds("connection-refused")
        .tells("port 22");
    assert_eq!(checked.rung("connect"), "failed");
}

#[test]
fn a_server_that_does_not_answer() {
    for route in [Route::Silent, Route::Dropped] {
        let lab = lab();
        lab.route("github.com", route);
        ssh_fails(&lab);
        let started = Instant::now();
        check(&lab, &["github.com", "--timeout", "2"]).finds("connect-timeout");
        assert!(started.elapsed() < Duration::from_secs(15), "{route:?}");
    }
}

#[test]
fn a_server_that_hangs_up_or_speaks_another_language() {
    let lab = lab();
    lab.route("github.com", Route::Closes);
    ssh_fails(&lab);
    check(&lab, &["github.com"]).finds("proxycommand-failed");
    lab.route(
        "github.com",
        Route::Says("HTTP/1.1 400 Bad Request\r\n\r\n"),
    );
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("not-an-ssh-banner")
        .tells("HTTP/1.1 400");
}

#[test]
fn an_unknown_host_under_strict_checking() {
    let lab = Lab::builder().ssh_dir().build();
    lab.server.publish(&lab.key("id_ed25519").make());
    lab.route("host.example", Route::Sshd);
    lab.ssh(&["-T", "-oStrictHostKeyChecking=yes", "git@host.example"])
        .expect(255);
    let checked = check(&lab, &["git@host.example"])
        .finds("host-key-unknown-strict")
        .certainty("proven");
    assert_eq!(checked.rung("host-key"), "failed");
    assert_eq!(checked.first()["fixes"][0]["id"], "trust-host");
}

#[test]
fn a_new_host_whose_key_is_not_the_published_one() {
    let lab = Lab::builder().ssh_dir().build();
    lab.server.publish(&lab.key("id_ed25519").make());
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("host-key-not-published")
        .certainty("proven");
    // The person's own list says otherwise: then it is only unknown.
    let listed = lab.command("ssh-keygen").args(["-lf", "-"]);
    let listed = listed.input(lab.server.host_key()).run().expect(0).stdout;
    let fingerprint = listed.split(' ').nth(1).expect("BITS FINGERPRINT");
    let profile = PROVIDER.replace("FINGERPRINT", fingerprint);
    lab.write(".config/sshstep/providers/github.toml", profile);
    check(&lab, &["github.com"]).finds("host-key-unknown-strict");
}

const PROVIDER: &str = r#"
id = "github"
name = "GitHub"
order = 10
hosts = ["github.com"]
user = "git"
connect = "github.com"
expect = "greeting"

[keys]
accepted = ["ed25519", "rsa"]
others = "refused"
recommended = "ed25519"

[[greetings]]
pattern = "Hi {account:word}! You've successfully authenticated"
meaning = "signed-in"

[host_keys]
source = "https://example.org/keys"
checked = "2026-11-21"
published = [{ type = "ed25519", fingerprint = "FINGERPRINT" }]
"#;

#[test]
fn a_changed_host_key() {
    let lab = Lab::builder().ssh_dir().build();
    let key = lab.key("id_ed25519").make();
    lab.server.publish(&key);
    let wrong = lab.key("elsewhere").make().public_line();
    lab.know("github.com", wrong.rsplit_once(' ').expect("a comment").0);
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("host-key-changed")
        .certainty("proven")
        .tells("known_hosts");
    assert_eq!(lab.server.logins(), []);
}

#[test]
fn a_host_key_type_that_this_ssh_does_not_take() {
    let lab = lab();
    lab.write(
        ".ssh/config",
        "Host github.com\n  HostKeyAlgorithms rsa-sha2-512\n",
    );
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("hostkey-algo-mismatch")
        .certainty("proven");
}

#[test]
fn a_jump_host_that_does_not_let_us_through() {
    let lab = lab();
    let command = lab.server.proxy_command();
    lab.write(
        ".ssh/config",
        format!("Host jump.test\n  User deploy\n  ProxyCommand {command}\nHost github.com\n  ProxyJump jump.test\n"),
    );
    lab.trust("jump.test");
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("proxycommand-failed")
        .tells("Permission denied");
}
