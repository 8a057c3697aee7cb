//! Is a cause found that lies in the server: its algorithms, its rules, its host key?

use super::lab::{Lab, Route};
use super::{check, fails, ssh_fails};

const TARGET: &str = "deploy@host.example";

/// host.example is the lab's server, and knows the default key.
fn lab() -> Lab {
    lab_with(&["ed25519"])
}

fn lab_with(host_keys: &[&str]) -> Lab {
    let lab = Lab::builder().ssh_dir().host_keys(host_keys).build();
    lab.route("host.example", Route::Sshd);
    lab.trust("host.example");
    let key = lab.key("id_ed25519").make();
    lab.server.publish_line("deploy", &key.public_line());
    lab
}

#[test]
fn nothing_in_common() {
    for (settings, code, words) in [
        (
            &[("KexAlgorithms", "diffie-hellman-group1-sha1")][..],
            "kex-or-cipher-mismatch",
            "group1",
        ),
        (
            &[("Ciphers", "aes128-cbc")],
            "kex-or-cipher-mismatch",
            "aes128-cbc",
        ),
        (
            &[("Ciphers", "aes128-ctr"), ("MACs", "hmac-md5")],
            "kex-or-cipher-mismatch",
            "hmac-md5",
        ),
    ] {
        let lab = lab();
        for (name, value) in settings {
            lab.server.set(name, value);
        }
        fails(&lab, TARGET);
        check(&lab, &[TARGET])
            .finds(code)
            .certainty("proven")
            .tells(words);
    }
    let lab = lab_with(&["rsa"]);
    lab.server.set("HostKeyAlgorithms", "ssh-rsa");
    fails(&lab, TARGET);
    check(&lab, &[TARGET])
        .finds("hostkey-algo-mismatch")
        .tells("ssh-rsa");
}

#[test]
fn a_server_that_takes_no_keys() {
    let lab = lab();
    lab.server.set("PubkeyAuthentication", "no");
    lab.server.set("PasswordAuthentication", "yes");
    fails(&lab, TARGET);
    check(&lab, &[TARGET])
        .finds("account-denied")
        .tells("password");
}

#[test]
fn an_account_that_is_shut_out_although_its_key_is_known() {
    let lab = lab();
    if !rustix::process::getuid().is_root() {
        return; // the rule is about root
    }
    lab.server.set("PermitRootLogin", "no");
    fails(&lab, TARGET);
    check(&lab, &[TARGET]).finds("account-denied");
}

#[test]
fn an_account_that_the_server_does_not_allow() {
    // It says nothing that an unknown key would not make it say.
    let lab = lab();
    lab.server.set("AllowUsers", "somebody");
    fails(&lab, TARGET);
    check(&lab, &[TARGET])
        .finds("key-not-registered")
        .certainty("likely");
}

#[test]
fn an_account_without_a_shell() {
    let lab = lab();
    let file = lab.dir().join("etc/passwd");
    let accounts = std::fs::read_to_string(&file).expect("the lab has accounts");
    let accounts: String = accounts
        .lines()
        .map(|line| match line.strip_prefix("deploy:") {
            Some(_) => line.replace(":/bin/sh", ":/usr/sbin/nologin") + "\n",
            None => format!("{line}\n"),
        })
        .collect();
    std::fs::write(&file, accounts).expect("the lab's folder is writable");
    lab.ssh(&["-T", TARGET, "true"]).expect(1);
    check(&lab, &[TARGET])
        .finds("account-shell-disabled")
        .certainty("proven");
}

#[test]
fn a_key_for_one_command_only() {
    let lab = lab();
    lab.server
        .set("ForceCommand", "echo 'Backups only.' >&2; exit 2");
    lab.ssh(&["-T", TARGET, "true"]).expect(2);
    check(&lab, &[TARGET])
        .finds("forced-command-policy")
        .tells("Backups only.");
}

#[test]
fn a_revoked_host_key() {
    let lab = lab();
    let old = lab.read(".ssh/known_hosts");
    lab.write(".ssh/known_hosts", format!("@revoked {old}"));
    fails(&lab, TARGET);
    check(&lab, &[TARGET])
        .finds("host-key-changed")
        .tells("known_hosts");
}

#[test]
fn another_type_of_host_key_than_the_known_one() {
    let lab = Lab::builder().ssh_dir().build();
    lab.route("host.example", Route::Sshd);
    let other = lab.key("other/host").kind("ecdsa").make().public_line();
    let other = other.rsplit_once(' ').expect("a comment").0;
    lab.know("host.example", other);
    fails(&lab, TARGET);
    check(&lab, &[TARGET]).finds("host-key-changed");
}

#[test]
fn githubs_old_host_key() {
    let lab = Lab::builder().ssh_dir().build();
    lab.server.publish(&lab.key("id_ed25519").make());
    lab.write(".ssh/known_hosts", "# mine\n");
    lab.know("github.com", OLD_RSA_KEY);
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("github-rsa-key-rotated")
        .certainty("likely")
        .tells("known_hosts")
        .tells("line 2");
    // When the server shows one that is published, nothing else can be meant.
    let listed = lab.command("ssh-keygen").args(["-lf", "-"]);
    let listed = listed.input(lab.server.host_key()).run().expect(0).stdout;
    let fingerprint = listed.split(' ').nth(1).expect("BITS FINGERPRINT");
    lab.write(
        ".config/sshstep/providers/github.toml",
        PROVIDER.replace("FINGERPRINT", fingerprint),
    );
    check(&lab, &["github.com"])
        .finds("github-rsa-key-rotated")
        .certainty("proven");
}

const PROVIDER: &str = r#"
id = "github"
name = "GitHub"
hosts = ["github.com"]
user = "git"
connect = "github.com"

[host_keys]
source = "https://example.org/keys"
checked = "2026-11-21"
published = [{ type = "ed25519", fingerprint = "FINGERPRINT" }]
obsolete = [{ type = "rsa", fingerprint = "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8", until = "2023-03" }]
"#;

/// As GitHub had it until March 2023; public.
pub const OLD_RSA_KEY: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAABIwAAAQEAq2A7hRGmdnm9tUDbO9IDSwBK6TbQa+PXYPCPy6rbTrTtw7PHkccKrpp0yVhp5HdEIcKr6pLlVDBfOLX9QUsyCOV0wzfjIJNlGEYsdlLJizHhbn2mUjvSAHQqZETYP81eFzLQNnPHt4EVVUh7VfDESU84KezmD5QlWpXLmvU31/yMf+Se8xhHTvKSCZIFImWwoG6mbUoWf9nzpIoaSjB+weqqUUmpaaasXVal72J+UX2B+2RPW3RcT0eOzQgqlJL3RKrTJvdsjE3JEAvGq3lGHSZXy28G3skua2SmVi/w4yCE6gbODqnTWlg7+wC604ydGXA8VJiS5ap43JXiUFFAaQ==";

#[test]
fn a_jump_host_that_forwards_nothing() {
    let lab = lab();
    lab.server.set("AllowTcpForwarding", "no");
    let command = lab.server.proxy_command();
    lab.trust("jump.test");
    lab.write(
        ".ssh/config",
        format!(
            "Host jump.test\n  User deploy\n  ProxyCommand {command}\nHost host.example\n  ProxyJump jump.test\n"
        ),
    );
    fails(&lab, TARGET);
    check(&lab, &[TARGET])
        .finds("proxycommand-failed")
        .tells("prohibited");
}

#[test]
fn a_server_that_is_too_busy() {
    let lab = lab();
    for words in ["Exceeded MaxStartups\r\n", "Not allowed at this time\r\n"] {
        lab.route("host.example", Route::Says(words));
        fails(&lab, TARGET);
        check(&lab, &[TARGET])
            .finds("server-throttled-or-banned")
            .tells(words.trim());
    }
}

#[test]
fn a_server_that_wants_the_old_rsa_signature() {
    let lab = lab();
    std::fs::remove_file(lab.path(".ssh/id_ed25519")).expect("it was just made");
    std::fs::remove_file(lab.path(".ssh/id_ed25519.pub")).expect("it was just made");
    let key = lab.key("id_rsa").kind("rsa").make();
    lab.server.publish_line("deploy", &key.public_line());
    lab.server.set("PubkeyAcceptedAlgorithms", "ssh-rsa");
    fails(&lab, TARGET);
    // This version of sshd says nothing that an unknown key would not make it say.
    check(&lab, &[TARGET])
        .finds("key-not-registered")
        .certainty("likely");
}

#[test]
fn a_certificate_of_the_server_that_does_not_count() {
    for (more, code) in [
        (
            ["-n", "host.example", "-V", "20200101:20210101"],
            "certificate-expired",
        ),
        (
            ["-n", "other.example", "-V", "-1d:+1d"],
            "certificate-wrong-principal",
        ),
    ] {
        let lab = lab();
        let authority = lab.key("authority/ca").make();
        let sign = lab.command("ssh-keygen").args(["-q", "-h", "-I", "host"]);
        let sign = sign.args(more).arg("-s").arg(&authority.path);
        sign.arg(lab.dir().join("server/host_ed25519.pub"))
            .run()
            .expect(0);
        let certificate = lab.dir().join("server/host_ed25519-cert.pub");
        lab.server
            .set("HostCertificate", certificate.to_str().expect("UTF-8"));
        let line = authority.public_line();
        lab.write(
            ".ssh/known_hosts",
            format!("@cert-authority *.example {line}\n"),
        );
        fails(&lab, TARGET);
        check(&lab, &[TARGET]).finds(code);
    }
}
