//! Is a cause found that lies in the settings: a block that does not fit, a line that has no effect?

use super::lab::{Lab, Route};
use super::{check, fails, ssh_fails};

fn lab() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab
}

/// host.example leads to the lab's server, where the default key is known for `deploy`.
fn own_server() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.route("host.example", Route::Sshd);
    lab.trust("host.example");
    let key = lab.key("id_ed25519").make();
    lab.server.publish_line("deploy", &key.public_line());
    lab
}

#[test]
fn a_block_for_the_short_name_does_not_cover_the_host() {
    let lab = lab();
    let key = lab.key("work").make();
    lab.write(
        ".ssh/config",
        "# mine\nHost github\n  User git\n  IdentityFile ~/.ssh/work\n",
    );
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("alias-not-matched")
        .certainty("likely")
        .tells("config:2");
    // The server knows the key of just that block: then nothing else can be meant.
    lab.server.publish(&key);
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("alias-not-matched")
        .certainty("proven")
        .tells("config:2");
}

#[test]
fn a_block_with_capitals_commas_or_a_whole_address() {
    for host in [
        "GitHub.com",
        "gitlab.com,github.com",
        "git@github.com",
        "*.github.com",
    ] {
        let lab = lab();
        lab.key("work").make();
        lab.key("id_ed25519").make();
        lab.write(
            ".ssh/config",
            format!("Host {host}\n  IdentityFile ~/.ssh/work\n"),
        );
        ssh_fails(&lab);
        check(&lab, &["github.com"])
            .finds("alias-not-matched")
            .tells("config:1");
    }
}

#[test]
fn an_alias_typed_in_another_case() {
    let lab = own_server();
    lab.route("host.example", Route::Tcp);
    lab.write(
        ".ssh/config",
        "Host Prod\n  HostName host.example\n  User deploy\n",
    );
    lab.ssh(&["-T", "Prod", "true"]).expect(0);
    fails(&lab, "prod");
    check(&lab, &["prod"])
        .finds("alias-not-matched")
        .tells("Prod")
        .tells("config:1");
}

#[test]
fn an_alias_with_a_slip_and_one_that_nobody_knows() {
    let lab = own_server();
    lab.write(
        ".ssh/config",
        "Host production\n  HostName host.example\n  User deploy\n",
    );
    fails(&lab, "prodcution");
    check(&lab, &["prodcution"])
        .finds("hostname-alias-missing")
        .tells("config:1");
    fails(&lab, "staging");
    check(&lab, &["staging"]).finds("hostname-alias-missing");
    // A whole name that does not resolve is the name service's matter.
    fails(&lab, "staging.example.org");
    check(&lab, &["staging.example.org"]).finds("dns-failure");
}

#[test]
fn a_port_and_a_name_that_an_earlier_line_hides() {
    let lab = Lab::builder().ssh_dir().build();
    lab.route("host.example", Route::Tcp);
    lab.trust("host.example");
    let key = lab.key("id_ed25519").make();
    lab.server.publish_line("deploy", &key.public_line());
    lab.write(
        ".ssh/config",
        "Host *.example\n  Port 2222\n\nHost host.example\n  Port 22\n",
    );
    fails(&lab, "deploy@host.example");
    check(&lab, &["deploy@host.example"])
        .finds("config-shadowed")
        .tells("config:2")
        .tells("config:5");
    lab.write(
        ".ssh/config",
        "Host *\n  HostName absent.example\nHost web\n  HostName host.example\n",
    );
    fails(&lab, "deploy@web");
    check(&lab, &["deploy@web"])
        .finds("config-shadowed")
        .tells("config:2")
        .tells("config:4");
}

#[test]
fn a_user_that_an_earlier_line_hides() {
    let lab = own_server();
    lab.write(
        ".ssh/config",
        "User ana\nHost host.example\n  User deploy\n",
    );
    fails(&lab, "host.example");
    check(&lab, &["host.example"])
        .finds("config-shadowed")
        .tells("config:1")
        .tells("config:3");
}

#[test]
fn keys_switched_off() {
    let lab = own_server();
    for line in [
        "PubkeyAuthentication no",
        "PreferredAuthentications password",
        "IdentityFile none",
    ] {
        lab.write(".ssh/config", format!("Host host.example\n  {line}\n"));
        fails(&lab, "deploy@host.example");
        check(&lab, &["deploy@host.example"])
            .finds("no-key-found")
            .certainty("proven")
            .tells("config:2");
    }
}

#[test]
fn the_wrong_user_at_a_service() {
    let lab = lab();
    let key = lab.key("id_ed25519").make();
    lab.server.publish(&key);
    fails(&lab, "ana@github.com");
    check(&lab, &["ana@github.com"])
        .finds("wrong-user")
        .certainty("proven")
        .tells("git");
    lab.write(
        ".ssh/config",
        "Host hub\n  HostName github.com\n  User deploy\n",
    );
    lab.route("hub", Route::Sshd);
    fails(&lab, "hub");
    check(&lab, &["hub"]).finds("wrong-user").tells("config:3");
}

#[test]
fn a_socket_for_sharing_that_cannot_be_made() {
    let lab = own_server();
    for path in [
        "~/absent/mux-%C".to_owned(),
        format!("/tmp/{}", "x".repeat(100)),
    ] {
        lab.write(
            ".ssh/config",
            format!("Host *\n  ControlMaster auto\n  ControlPath {path}\n"),
        );
        lab.ssh(&["-T", "deploy@host.example", "true"]).expect(255);
        check(&lab, &["deploy@host.example"])
            .finds("controlmaster-problem")
            .certainty("proven")
            .tells("config:3");
    }
}

#[test]
fn a_socket_for_sharing_whose_owner_is_frozen() {
    let lab = own_server();
    let socket = lab.dir().join("mux");
    let _frozen = std::os::unix::net::UnixListener::bind(&socket).expect("the lab is writable");
    lab.write(
        ".ssh/config",
        format!("Host *\n  ControlPath {}\n", socket.display()),
    );
    // It would wait for ever.
    let ssh = lab.command("timeout").args(["3", "ssh", "-oBatchMode=yes"]);
    ssh.args(["-T", "deploy@host.example", "true"])
        .run()
        .expect(124);
    check(&lab, &["deploy@host.example"])
        .finds("controlmaster-problem")
        .tells("mux");
}

#[test]
fn settings_that_ssh_cannot_read() {
    let lab = own_server();
    for (bytes, place) in [
        (
            &b"\xef\xbb\xbfHost host.example\n  User deploy\n"[..],
            "line 1",
        ),
        (b"Host *\n  Port twentytwo\n", "line 2"),
        (b"Host *\n  User a b\n", "line 2"),
        (b"Host *\n  IdentityFile \"~/.ssh/x\n", "line 2"),
        (b"Host *\n  User\n", "line 2"),
        (b"\n\nMatch hots x\n", "line 3"),
        (b"UseKeychain yes\n", "line 1"),
    ] {
        lab.write(".ssh/config", bytes);
        fails(&lab, "deploy@host.example");
        check(&lab, &["deploy@host.example"])
            .finds("config-bad-option")
            .tells(place);
    }
    lab.write(".ssh/config", "Include more\n");
    lab.write(".ssh/more", "Include more\n");
    fails(&lab, "deploy@host.example");
    check(&lab, &["deploy@host.example"]).finds("config-bad-option");
}

#[test]
fn an_included_file_that_others_may_write() {
    let lab = own_server();
    lab.write(".ssh/config", "Include more\n");
    lab.write(".ssh/more", "User deploy\n");
    lab.mode(".ssh/more", 0o666);
    fails(&lab, "host.example");
    check(&lab, &["host.example"])
        .finds("config-permissions")
        .tells("~/.ssh/more");
}

#[test]
fn a_carrying_program_that_is_not_there() {
    let lab = own_server();
    lab.write(
        ".ssh/config",
        "Host host.example\n  ProxyCommand nosuchprogram %h %p\n",
    );
    fails(&lab, "deploy@host.example");
    check(&lab, &["deploy@host.example"])
        .finds("proxycommand-failed")
        .tells("nosuchprogram");
    lab.write(
        ".ssh/config",
        "Host host.example\n  ProxyJump absent.test\n",
    );
    fails(&lab, "deploy@host.example");
    check(&lab, &["deploy@host.example"])
        .finds("proxycommand-failed")
        .tells("absent.test");
}
