//! Are keys offered again that the settings hold back, and sockets mended that they lead to?

use std::fs;
use std::os::unix::net::UnixListener;

use super::lab::{Lab, Route};
use super::{Broken, broken, broken_for};

fn lab() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab
}

fn own_server() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.route("host.example", Route::Sshd);
    lab.trust("host.example");
    let key = lab.key("id_ed25519").make();
    lab.server.publish_line("deploy", &key.public_line());
    lab
}

#[track_caller]
fn own<'a>(lab: &'a Lab, target: &'a str) -> Broken<'a> {
    broken_for(lab, target, 0, move |lab| {
        let ssh = lab.command("timeout").args(["5", "ssh", "-oBatchMode=yes"]);
        ssh.args(["-T", target, "true"]).run()
    })
}

#[test]
fn too_many_keys_of_the_agent() {
    let lab = lab();
    lab.server.set("MaxAuthTries", "2");
    let agent = lab.agent();
    for name in ["one", "two", "three", "four"] {
        agent.add(&lab.key(name).make());
    }
    lab.server.publish(&lab.key("id_ed25519").make());
    broken(&lab, "git@github.com").gets_mended().can_be_undone();
}

#[test]
fn too_many_keys_and_the_right_one_is_in_the_agent_alone() {
    let lab = lab();
    lab.server.set("MaxAuthTries", "2");
    let agent = lab.agent();
    for name in ["one", "two", "three", "right"] {
        let key = lab.key(&format!("away/{name}")).make();
        agent.add(&key);
        if name == "right" {
            lab.server.publish(&key);
        }
        fs::remove_file(&key.path).expect("it was just made");
        fs::remove_file(&key.public).expect("it was just made");
    }
    broken(&lab, "git@github.com").gets_mended().can_be_undone();
}

#[test]
fn a_key_that_only_the_agent_has_is_held_back() {
    let lab = lab();
    let agent = lab.agent();
    let key = lab.key("away/key").comment("ana at work").make();
    lab.server.publish(&key);
    agent.add(&key);
    fs::remove_file(&key.path).expect("it was just made");
    fs::remove_file(&key.public).expect("it was just made");
    lab.write(".ssh/config", "Host github.com\n  IdentitiesOnly yes\n");
    let fixed = broken(&lab, "git@github.com")
        .gets_mended()
        .changed(&["write-text ana-at-work.pub", "write-text config"]);
    assert_eq!(
        lab.read(".ssh/config"),
        "Host github.com\n  IdentitiesOnly yes\n  IdentityFile ~/.ssh/ana-at-work.pub\n"
    );
    fixed.can_be_undone();
}

#[test]
fn a_public_half_is_named_where_the_private_one_is_meant() {
    let lab = lab();
    let key = lab.key("work").make();
    lab.server.publish(&key);
    let config = "Host github.com\n  IdentityFile ~/.ssh/work.pub\n";
    lab.write(".ssh/config", config);
    let fixed = broken(&lab, "git@github.com").gets_mended();
    assert_eq!(lab.read(".ssh/config"), config.replace("work.pub", "work"));
    fixed.can_be_undone();
}

#[test]
fn a_key_file_that_is_not_there() {
    let lab = lab();
    let key = lab.key("id_work").make();
    lab.server.publish(&key);
    let config = "Host github.com\n  IdentityFile ~/.ssh/work\n";
    lab.write(".ssh/config", config);
    let fixed = broken(&lab, "git@github.com").gets_mended();
    assert_eq!(lab.read(".ssh/config"), config.replace("/work", "/id_work"));
    fixed.can_be_undone();
}

#[test]
fn keys_that_are_switched_off() {
    for (line, after) in [
        ("PubkeyAuthentication no", "PubkeyAuthentication yes"),
        (
            "PreferredAuthentications password",
            "PreferredAuthentications publickey,password",
        ),
        ("IdentityFile none", "IdentityFile ~/.ssh/id_ed25519"),
    ] {
        let lab = own_server();
        lab.write(".ssh/config", format!("Host host.example\n  {line}\n"));
        let fixed = own(&lab, "deploy@host.example").gets_mended();
        assert_eq!(
            lab.read(".ssh/config"),
            format!("Host host.example\n  {after}\n")
        );
        fixed.can_be_undone();
        lab.write(".ssh/config", format!("Host *\n  {line}\n"));
        own(&lab, "deploy@host.example")
            .gets_mended()
            .can_be_undone();
    }
}

#[test]
fn a_socket_for_sharing_that_cannot_be_made() {
    let lab = own_server();
    lab.write(
        ".ssh/config",
        "Host *\n  ControlMaster auto\n  ControlPath ~/.ssh/mux/a/%C\n",
    );
    own(&lab, "deploy@host.example")
        .gets_mended()
        .changed(&["make-dir mux", "make-dir a"])
        .can_be_undone();
    let long = "x".repeat(100);
    let config = format!("Host *\n  ControlMaster auto\n  ControlPath /tmp/{long}\n");
    lab.write(".ssh/config", config);
    let fixed = own(&lab, "deploy@host.example")
        .gets_mended()
        .changed(&["write-text config"]);
    let config = lab.read(".ssh/config");
    assert!(config.contains("/mux-%C\n"), "{config}");
    fixed.can_be_undone();
}

#[test]
fn a_socket_for_sharing_whose_owner_is_frozen() {
    let lab = own_server();
    let socket = lab.dir().join("mux");
    let _frozen = UnixListener::bind(&socket).expect("the lab is writable");
    let config = format!("Host *\n  ControlPath {}\n", socket.display());
    lab.write(".ssh/config", config);
    own(&lab, "deploy@host.example")
        .gets_mended()
        .can_be_undone();
}

#[test]
fn another_agent_answers_and_has_the_key() {
    let lab = lab();
    let agent = lab.agent();
    let key = lab.key("vault").make();
    agent.add(&key);
    lab.server.publish(&key);
    lab.write(
        ".ssh/config",
        "Host github.com\n  IdentitiesOnly yes\n  IdentityFile ~/.ssh/vault.pub\n",
    );
    fs::remove_file(&key.path).expect("it was just made");
    fs::create_dir(lab.path(".ssh/agent")).expect("the lab is writable");
    let link = lab.path(".ssh/agent/s.1");
    std::os::unix::fs::symlink(agent.socket(), link).expect("the lab is writable");
    lab.set_env("SSH_AUTH_SOCK", lab.dir().join("nobody"));
    let fixed = broken(&lab, "git@github.com").gets_mended();
    assert!(
        lab.read(".ssh/config")
            .contains("IdentityAgent ~/.ssh/agent/s.1")
    );
    fixed.can_be_undone();
}

#[test]
fn a_blocked_port_and_the_other_door() {
    let lab = Lab::builder().ssh_dir().build();
    lab.route("github.com", Route::Refused);
    lab.server.publish(&lab.key("id_ed25519").make());
    let proxy = lab.server.proxy_command();
    lab.machine_config(&format!(
        "Match host ssh.github.com\n  ProxyCommand {proxy}\nHost *\n"
    ));
    // The lab's server is not GitHub's.
    broken(&lab, "git@github.com").needs_a_person("connection-refused");
    let listed = lab.command("ssh-keygen").args(["-lf", "-"]);
    let listed = listed.input(lab.server.host_key()).run().expect(0).stdout;
    let fingerprint = listed.split(' ').nth(1).expect("BITS FINGERPRINT");
    let profile = PROVIDER.replace("FINGERPRINT", fingerprint);
    lab.write(".config/sshstep/providers/github.toml", profile);
    let fixed = broken(&lab, "git@github.com")
        .gets_mended()
        .changed(&["write-text known_hosts", "write-text config"]);
    assert!(
        lab.read(".ssh/known_hosts")
            .contains("[ssh.github.com]:443")
    );
    fixed.can_be_undone();
}

const PROVIDER: &str = r#"
id = "github"
name = "GitHub"
order = 10
hosts = ["github.com", "ssh.github.com"]
user = "git"
connect = "github.com"
expect = "greeting"

[alternative]
host = "ssh.github.com"
port = 443

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
fn an_agents_key_where_there_is_no_folder_yet() {
    let lab = Lab::builder().build();
    let known = format!("github.com {}\n", lab.server.host_key());
    lab.write("known", known);
    lab.machine_config(&format!(
        "IdentitiesOnly yes\nGlobalKnownHostsFile {}\n",
        lab.path("known").display()
    ));
    let agent = lab.agent();
    let key = lab.key("away/key").comment("../../x").make();
    lab.server.publish(&key);
    agent.add(&key);
    fs::remove_file(&key.path).expect("it was just made");
    fs::remove_file(&key.public).expect("it was just made");
    broken(&lab, "git@github.com")
        .gets_mended()
        .changed(&["make-dir .ssh", "write-text x.pub", "write-text config"])
        .can_be_undone();
}

/// A service's host that leads to the lab, where a key is known that ssh does not try by itself.
fn at(host: &str) -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.route(host, Route::Sshd);
    lab.trust(host);
    lab.key("id_ed25519").make();
    lab.server.publish(&lab.key("work").make());
    lab
}

const PUSH: &str = "push.clever-cloud.com";
const PAR: &str = "push-n2-par-clevercloud-customers.services.clever-cloud.com";

/// The first key that ssh tries for a host.
fn first_key(lab: &Lab, host: &str) -> String {
    let told = lab.command("ssh").args(["-G", host]).run();
    let line = told
        .stdout
        .lines()
        .find(|line| line.starts_with("identityfile"));
    line.unwrap_or_default().to_owned()
}

#[test]
fn a_block_is_for_all_hosts_where_the_account_signs_in() {
    let lab = at(PUSH);
    let fixed = broken(&lab, "git@push.clever-cloud.com")
        .previews(
            "Host push.clever-cloud.com push.*.clever-cloud.com push-*.services.clever-cloud.com",
        )
        .gets_mended();
    for host in [PUSH, PAR, "push.par.clever-cloud.com"] {
        assert!(first_key(&lab, host).ends_with("/work"), "{host}");
    }
    assert!(
        !first_key(
            &lab,
            "sshgateway-clevercloud-customers.services.clever-cloud.com"
        )
        .ends_with("/work")
    );
    fixed.can_be_undone();
}

#[test]
fn a_host_with_lines_of_its_own_keeps_them() {
    for head in [
        format!("Host {PAR}"),
        format!("Match originalhost {PAR}"),
        "Host *-par-clevercloud-customers*".to_owned(),
    ] {
        let lab = at(PUSH);
        lab.key("other").make();
        let own = format!("{head}\n  IdentityFile ~/.ssh/other\n\nHost *\n  Compression no\n");
        lab.write(".ssh/config", own);
        let fixed = broken(&lab, "git@push.clever-cloud.com").gets_mended();
        assert!(first_key(&lab, PAR).ends_with("/other"), "{head}");
        assert!(
            lab.read(".ssh/config")
                .contains("\nHost push.clever-cloud.com\n")
        );
        fixed.can_be_undone();
    }
}

#[test]
fn a_block_for_them_all_changes_in_its_line() {
    let lab = at(PUSH);
    let block =
        format!("Host {PUSH} push-*.services.clever-cloud.com\n  IdentityFile ~/.ssh/id_ed25519\n");
    lab.write(".ssh/config", &block);
    let fixed = broken(&lab, "git@push.clever-cloud.com").gets_mended();
    assert_eq!(lab.read(".ssh/config"), block.replace("id_ed25519", "work"));
    assert!(first_key(&lab, PAR).ends_with("/work"));
    fixed.can_be_undone();
}
