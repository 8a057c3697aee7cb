//! Names in what servers say, and on the way to them.

use std::fs;

use super::super::lab::Route;
use super::{ANY, SERVER, TOKEN, World, built};

/// Whatever a server can say, in its banner and after the login.
pub fn hostile_server() -> World {
    let lab = built();
    let key = lab.key("id_ed25519").comment("nestcomment").make();
    lab.server.publish_line("deploy", &key.public_line());
    lab.route("tophat", Route::Sshd);
    lab.trust(SERVER);
    lab.write(
        ".ssh/config",
        format!("Host tophat\n  HostName {SERVER}\n  User deploy\n"),
    );
    let words = format!(
        "\u{1b}]0;titlecanary\u{7}\u{1b}[31m\u{202e}evilbidi\u{202c} Dear Ferdinand Plumecastle on NESTBOOK,\n\
         ![pic](http://trackcanary.example/x.png) [link](javascript:linkcanary) @mentioncanary\n```\n# headcanary\n````\n\
         token {TOKEN} password hunter2\n{}\nQuillFeather@VAULTBOX.CanaryCorp.example /home/quillfeather/x /home/othercanary/y\n",
        lab.read(".ssh/id_ed25519")
    );
    lab.server.banner(&words);
    let file = lab.dir().join("server/said");
    fs::write(&file, &words).expect("the lab's folder is writable");
    let run = lab.dir().join("server/say");
    fs::write(
        &run,
        format!(
            "cat '{}' >&2; echo 'This account is not available: outcanary'; exit 1\n",
            file.display()
        ),
    )
    .expect("writable");
    lab.server
        .set("ForceCommand", &format!("sh '{}'", run.display()));
    World::new(
        lab,
        "tophat",
        "account-shell-disabled",
        &[
            "titlecanary",
            "evilbidi",
            "trackcanary",
            "linkcanary",
            "mentioncanary",
            "headcanary",
            "othercanary",
            "outcanary",
            "nestcomment",
            "vaultbox",
            "tophat",
            "b3BlbnNzaC1rZXk",
        ],
    )
}

/// The host has another key, in a list of the person's own in a folder that tells.
pub fn changed_host() -> World {
    let lab = built();
    lab.route(SERVER, Route::Sshd);
    let wrong = lab
        .key("elsewhere")
        .comment("wrongcomment")
        .make()
        .public_line();
    let wrong = wrong.rsplit_once(' ').expect("a comment").0.to_owned();
    lab.write(
        "hostcanary/known",
        format!("{SERVER} {wrong} linecomment\n"),
    );
    lab.write(
        "hostcanary/sshcfg",
        "Host *\n  UserKnownHostsFile ~/hostcanary/known\n  User hoopoe\n",
    );
    let file = lab.path("hostcanary/sshcfg").display().to_string();
    // The way to it is in the machine's file, which -F passes over.
    let route = format!("Host *\n  ProxyCommand {}\n", lab.server.proxy_command());
    let own = lab.read("hostcanary/sshcfg");
    lab.write("hostcanary/sshcfg", own + &route);
    World::new(
        lab,
        SERVER,
        "host-key-changed",
        &[
            "hostcanary",
            "hoopoe",
            "wrongcomment",
            "linecomment",
            "vaultbox",
            "sshcfg",
        ],
    )
    .option("-F", file)
}

/// Addresses with a zone, nothing listens.
pub fn unreachable() -> World {
    let lab = built();
    lab.key("id_ed25519").comment("nestcomment").make();
    lab.write(
        ".ssh/config",
        "Host tophat\n  HostName fe80::dead:beef:77%%lo\n  User hoopoe\n  Port 2299\n  BindAddress fe80::c0:ffee\n",
    );
    World::new(
        lab,
        "tophat",
        ANY,
        &["dead:beef", "c0:ffee", "hoopoe", "tophat"],
    )
}

pub fn unresolved() -> World {
    let lab = built();
    lab.key("id_ed25519").comment("nestcomment").make();
    World::new(
        lab,
        "hoopoe@tophat.canarycorp.example",
        "hostname-alias-missing",
        &["hoopoe", "tophat"],
    )
}

/// What carries the connection complains, in words of its own.
pub fn proxy_words() -> World {
    let lab = built();
    lab.key("id_ed25519").comment("nestcomment").make();
    let script = lab.write(
        "toolcanary/way",
        format!("#!/bin/sh\necho 'login canaryuser at gatecanary.example failed with {TOKEN}' >&2\nexit 3\n"),
    );
    lab.mode(&script, 0o755);
    lab.write(
        ".ssh/config",
        format!("Host tophat\n  HostName {SERVER}\n  ProxyCommand ~/toolcanary/way --token {TOKEN} --for argcanary %h\n"),
    );
    World::new(
        lab,
        "tophat",
        "proxycommand-failed",
        &[
            "toolcanary",
            "gatecanary",
            "canaryuser",
            "argcanary",
            "tophat",
            "vaultbox",
        ],
    )
}

pub fn works() -> World {
    let lab = built();
    let key = lab.key("id_ed25519").comment("nestcomment").make();
    lab.server.publish_line("deploy", &key.public_line());
    lab.route("tophat", Route::Sshd);
    lab.trust(SERVER);
    lab.write(
        ".ssh/config",
        format!("Host tophat\n  HostName {SERVER}\n  User deploy\n"),
    );
    World::new(lab, "tophat", "", &["vaultbox", "tophat", "nestcomment"])
}

/// What speaks at the port is no SSH server.
pub fn hostile_gate() -> World {
    let lab = built();
    lab.key("id_ed25519").comment("nestcomment").make();
    lab.route(
        "tophat",
        Route::Says(
            "HTTP/1.1 400 Bad Request for birdcanary at gatecanary\r\n\r\n\u{1b}[31mquillfeather\n",
        ),
    );
    lab.write(
        ".ssh/config",
        format!("Host tophat\n  HostName {SERVER}\n  User deploy\n"),
    );
    World::new(
        lab,
        "tophat",
        "not-an-ssh-banner",
        &[
            "birdcanary",
            "gatecanary",
            "vaultbox",
            "tophat",
            "nestcomment",
        ],
    )
}
