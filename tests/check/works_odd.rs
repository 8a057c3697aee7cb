//! Is a set-up that works called one, when what is broken in it plays no part?

use std::fs;

use super::lab::{Key, Lab, Route};
use super::{check, ssh_works};

fn usual() -> (Lab, Key) {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    let key = lab.key("id_ed25519").make();
    lab.server.publish(&key);
    (lab, key)
}

#[test]
fn broken_keys_that_play_no_part() {
    let (lab, _) = usual();
    lab.write(".ssh/old", "-----BEGIN OPENSSH PRIVATE KEY-----\n");
    lab.write(".ssh/id_old", "");
    lab.write(".ssh/work.ppk", include_str!("../fixtures/putty.ppk"));
    lab.key("open").make();
    lab.mode(".ssh/open", 0o644);
    lab.write(".ssh/stale", lab.read(".ssh/open"));
    lab.write(".ssh/stale.pub", lab.read(".ssh/id_ed25519.pub"));
    fs::create_dir(lab.path(".ssh/folder")).expect("the home is writable");
    ssh_works(&lab);
    check(&lab, &["github.com"]).works();
}

#[test]
fn broken_keys_that_ssh_tries_before_the_right_one() {
    let (lab, _) = usual();
    lab.write(".ssh/id_rsa", "");
    lab.key("id_ecdsa").kind("ecdsa").make();
    lab.mode(".ssh/id_ecdsa", 0o644);
    ssh_works(&lab);
    check(&lab, &["github.com"]).works();
    // The server knows a key whose private half is another's, or which the agent does not sign with.
    let (lab, _) = usual();
    let pair = lab.key("id_rsa").kind("rsa").make();
    let other = lab.key("other/key").kind("rsa").make();
    fs::copy(&other.public, &pair.public).expect("the home is writable");
    lab.server.publish(&other);
    ssh_works(&lab);
    check(&lab, &["github.com"]).works();
    let (lab, _) = usual();
    let _agent = lab.agent();
    let asked = lab.key("vault/key").make();
    lab.server.publish(&asked);
    let add = lab.command("ssh-add").args(["-q", "-c"]).arg(&asked.path);
    add.run().expect(0);
    ssh_works(&lab);
    check(&lab, &["github.com"]).works();
}

#[test]
fn certificates_that_do_not_count_beside_a_key_that_does() {
    let (lab, key) = usual();
    let authority = lab.key("authority/ca").make();
    let sign = lab
        .command("ssh-keygen")
        .args(["-q", "-I", "x", "-n", "ana"]);
    let sign = sign.args(["-V", "20200101:20210101", "-s"]);
    sign.arg(&authority.path).arg(&key.public).run().expect(0);
    ssh_works(&lab);
    check(&lab, &["github.com"]).works();
    lab.write(".ssh/config", "CertificateFile ~/.ssh/absent-cert.pub\n");
    ssh_works(&lab);
    check(&lab, &["github.com"]).works();
}

#[test]
fn keys_in_every_format() {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    let key = lab.key("id_rsa").kind("rsa").make();
    lab.server.publish(&key);
    for format in ["PKCS8", "PEM", "RFC4716"] {
        let convert = lab.command("ssh-keygen").args(["-p", "-m", format]);
        let convert = convert.args(["-P", "", "-N", "", "-f"]).arg(&key.path);
        convert.run().expect(0);
        ssh_works(&lab);
        check(&lab, &["github.com"]).works();
    }
    // OpenSSL's formats put up with what OpenSSH's own does not.
    let convert = lab.command("ssh-keygen").args(["-p", "-m", "PEM"]);
    let convert = convert.args(["-P", "", "-N", "", "-f"]).arg(&key.path);
    convert.run().expect(0);
    let text = lab.read(".ssh/id_rsa").replace('\n', "\r\n");
    lab.write(".ssh/id_rsa", text.trim_end());
    ssh_works(&lab);
    check(&lab, &["github.com"]).works();
}

#[test]
fn names_with_tokens() {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    let key = lab.key("git-github.com").make();
    lab.server.publish(&key);
    for name in ["%d/.ssh/%r-%h", "~/.ssh/%r-%n", "~/.ssh/git-%h"] {
        lab.write(
            ".ssh/config",
            format!("Host github.com\n  IdentitiesOnly yes\n  IdentityFile {name}\n"),
        );
        ssh_works(&lab);
        check(&lab, &["github.com"]).works();
    }
}

#[test]
fn several_accounts_at_one_service() {
    let (lab, _) = usual();
    lab.key("work").make();
    lab.write(
        ".ssh/config",
        "Host github-work\n  HostName github.com\n  User git\n  IdentityFile ~/.ssh/work\n  IdentitiesOnly yes\n\
         Match host github.com exec true\n  User git\n\
         Host *\n  User ana\n  Port 22\n  ServerAliveInterval 30\n",
    );
    ssh_works(&lab);
    check(&lab, &["github.com"]).works();
}

#[test]
fn authorities_of_hosts_and_other_ports() {
    let lab = Lab::builder().ssh_dir().build();
    let key = lab.key("id_ed25519").make();
    lab.server.publish_line("deploy", &key.public_line());
    lab.route("host.example", Route::Sshd);
    let authority = lab.key("authority/ca").make();
    let host_key = lab.dir().join("server/host_ed25519.pub");
    let sign = lab.command("ssh-keygen").args(["-q", "-h", "-I", "host"]);
    let sign = sign.args(["-n", "host.example", "-s"]).arg(&authority.path);
    sign.arg(&host_key).run().expect(0);
    let certificate = lab.dir().join("server/host_ed25519-cert.pub");
    lab.server
        .set("HostCertificate", certificate.to_str().expect("UTF-8"));
    let line = authority.public_line();
    lab.write(
        ".ssh/known_hosts",
        format!("@cert-authority *.example,[*.example]:* {line}\n"),
    );
    for port in ["22", "2222"] {
        let args = ["-T", "-p", port, "deploy@host.example", "true"];
        lab.ssh(&args).expect(0);
        check(&lab, &["deploy@host.example", "-p", port]).works();
    }
}

#[test]
fn a_shared_connection_and_a_dead_one() {
    let (lab, key) = usual();
    lab.server.publish_line("deploy", &key.public_line());
    lab.write(
        ".ssh/config",
        "Host *\n  ControlMaster auto\n  ControlPath ~/.ssh/mux-%C\n  ControlPersist 60\n",
    );
    lab.route("host.example", Route::Sshd);
    lab.trust("host.example");
    let target = "deploy@host.example";
    lab.ssh(&["-T", target, "true"]).expect(0);
    lab.ssh(&["-O", "check", target]).expect(0);
    check(&lab, &[target]).works();
    lab.ssh(&["-O", "exit", target]).expect(0);
    lab.wait_no_process("mux");
    // A socket that nobody listens on any more: ssh replaces it.
    let dead = lab.dir().join("dead");
    drop(std::os::unix::net::UnixListener::bind(&dead).expect("the lab is writable"));
    let path = dead.display();
    lab.write(".ssh/config", format!("ControlPath {path}\n"));
    lab.ssh(&["-T", target, "true"]).expect(0);
    check(&lab, &[target]).works();
}

#[test]
fn another_program_in_git_is_no_error() {
    let (lab, _) = usual();
    let wrapper = lab.fake_program("my-ssh", "exec ssh \"$@\"");
    lab.set_env("GIT_SSH_COMMAND", &wrapper);
    ssh_works(&lab);
    let checked = check(&lab, &["github.com"]).works();
    assert!(checked.codes().contains(&"ssh-binary-mismatch"));
    // The same ssh with options is what was tested.
    lab.set_env("GIT_SSH_COMMAND", "ssh -oServerAliveInterval=30");
    let checked = check(&lab, &["github.com"]).works();
    assert_eq!(checked.codes(), ["success-greeting-no-shell"]);
}

#[test]
fn a_home_of_another_name_and_sudo() {
    let (lab, _) = usual();
    lab.set_env("HOME", "/nonexistent");
    lab.set_env("SUDO_USER", "deploy");
    ssh_works(&lab);
    check(&lab, &["github.com"]).works();
}

#[test]
fn weak_keys_are_advice() {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab.server
        .publish(&lab.key("id_rsa").kind("rsa").bits(1024).make());
    ssh_works(&lab);
    let checked = check(&lab, &["github.com"]).works();
    assert!(checked.codes().contains(&"weak-key"), "{}", checked.output);
}

#[test]
fn git_servers_and_shells_that_do_not_know_our_command() {
    let (lab, key) = usual();
    lab.route("host.example", Route::Sshd);
    lab.trust("host.example");
    lab.server.publish_line("deploy", &key.public_line());
    for words in [
        "hello ana, this is gitolite3 running on git 2.39.2; R W project",
        "sh: true: not found",
        "Welcome to the forge.",
    ] {
        lab.server
            .set("ForceCommand", &format!("echo '{words}' >&2; exit 1"));
        lab.ssh(&["-T", "deploy@host.example", "true"]).expect(1);
        check(&lab, &["deploy@host.example"]).works();
    }
}

#[test]
fn an_old_host_key_beside_the_right_one_is_advice() {
    let (lab, _) = usual();
    ssh_works(&lab);
    // Afterwards: ssh itself takes it out when it gets the chance.
    lab.know("github.com", super::faults_server::OLD_RSA_KEY);
    let checked = check(&lab, &["github.com"]).works();
    let codes = checked.codes();
    assert!(
        codes.contains(&"github-rsa-key-rotated"),
        "{}",
        checked.output
    );
    ssh_works(&lab);
}
