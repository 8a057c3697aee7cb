//! Names in settings, keys and certificates.

use super::super::lab::{Lab, Route};
use super::{SERVER, TOKEN, World, built};

/// A server behind an alias, and everything that a block can hold.
pub fn alias() -> World {
    let lab = built();
    // ssh looks for the way by the name that was typed.
    lab.route("tophat", Route::Sshd);
    lab.trust(SERVER);
    lab.key("sparrowkey")
        .comment("feathers@mail.example")
        .make();
    lab.key("id_ed25519").comment("Quill's plumage").make();
    lab.key("clients/ACME/finchkey").comment("acmefinch").make();
    lab.write(
        ".ssh/parts/oddpart.conf",
        format!(
            "Host tophat\n  HostName {SERVER}\n  User hoopoe\n  IdentityFile ~/.ssh/sparrowkey\n\
             \x20 IdentityFile ~/clients/ACME/finchkey\n  SetEnv SECRET={TOKEN} OTHER=setenvcanary\n  SendEnv sendcanary\n\
             \x20 LocalCommand echo localcanary {TOKEN}\n  RemoteForward 9999 forwardcanary.example:80\n\
             \x20 UserKnownHostsFile ~/.ssh/known_hosts ~/knowncanary/hosts\n  IgnoreUnknown ignorecanary,hunter2\n  hunter2 unknowncanary\n\
             \x20 ControlPath ~/sockcanary/%r@%h\n\
             Host kestrel kestrel.*\n  HostName kestrel.canarycorp.example\n  User kestreluser\n\
             Match exec \"false matchcanary {TOKEN}\"\n  User matchuser\n"
        ),
    );
    lab.write(".ssh/config", "Include parts/oddpart.conf\n");
    World::new(
        lab,
        "tophat",
        "key-not-registered",
        &[
            "vaultbox",
            "tophat",
            "hoopoe",
            "plumage",
            "sparrowkey",
            "kestrel",
            "acme",
            "finchkey",
            "setenvcanary",
            "sendcanary",
            "localcanary",
            "forwardcanary",
            "ignorecanary",
            "knowncanary",
            "unknowncanary",
            "sockcanary",
            "matchcanary",
            "matchuser",
            "oddpart",
            "sudocanary",
            "198.51.100",
        ],
    )
}

/// A jump host that says no.
pub fn jump() -> World {
    let lab = built();
    lab.route("perchgate", Route::Sshd);
    lab.trust("perchgate.canarycorp.example");
    lab.trust(SERVER);
    lab.key("id_ed25519").comment("nestcomment").make();
    lab.write(
        ".ssh/config",
        format!(
            "Host perchgate\n  HostName perchgate.canarycorp.example\n  User magpieadm\n\
             Host tophat\n  HostName {SERVER}\n  User hoopoe\n  ProxyJump magpieadm@perchgate:22\n"
        ),
    );
    World::new(
        lab,
        "tophat",
        "proxycommand-failed",
        &[
            "perchgate",
            "magpieadm",
            "vaultbox",
            "tophat",
            "hoopoe",
            "nestcomment",
        ],
    )
}

/// A line of the settings that ssh refuses, which holds a secret.
pub fn wrong_line() -> World {
    let lab = built();
    lab.key("id_ed25519").comment("nestcomment").make();
    lab.write(
        ".ssh/config",
        format!("Host tophat\n  HostName {SERVER}\n  IdentityFiel ~/.ssh/slipcanary {TOKEN}\n  hunter2 passwordcanary\n"),
    );
    World::new(
        lab,
        "tophat",
        "config-bad-option",
        &["slipcanary", "passwordcanary", "tophat", "vaultbox"],
    )
}

pub fn locked() -> World {
    let lab = built();
    let key = lab
        .key("id_sparrow")
        .passphrase("hunter2 hunter2")
        .comment("nestcomment")
        .make();
    lab.server.publish_line("deploy", &key.public_line());
    lab.route("tophat", Route::Sshd);
    lab.trust(SERVER);
    lab.write(
        ".ssh/config",
        format!(
            "Host tophat\n  HostName {SERVER}\n  User deploy\n  IdentityFile ~/.ssh/id_sparrow\n"
        ),
    );
    World::new(
        lab,
        "tophat",
        "key-locked",
        &["id_sparrow", "nestcomment", "tophat", "vaultbox"],
    )
}

pub fn certificates() -> World {
    let lab = built();
    lab.route("tophat", Route::Sshd);
    lab.trust(SERVER);
    let authority = lab.key("authority/cacanary").comment("cacomment").make();
    lab.server.set(
        "TrustedUserCAKeys",
        authority.public.to_str().expect("UTF-8"),
    );
    let key = lab.key("id_ed25519").comment("nestcomment").make();
    let sign = lab.command("ssh-keygen").args([
        "-q",
        "-I",
        "certidcanary for Ferdinand",
        "-n",
        "principalcanary,other-princ",
    ]);
    sign.arg("-s")
        .arg(&authority.path)
        .arg(&key.public)
        .run()
        .expect(0);
    let agent_only = lab
        .key("elsewhere/held")
        .comment("agentcanary comment with words")
        .make();
    // It forks, and ends with the lab.
    let socket = lab.dir().join("agent.sock");
    let agent = lab.command("ssh-agent").arg("-a").arg(&socket);
    agent.run().expect(0);
    lab.set_env("SSH_AUTH_SOCK", socket.to_str().expect("UTF-8"));
    let add = lab.command("ssh-add").arg("-q").arg(&agent_only.path);
    add.run().expect(0);
    lab.write(
        ".ssh/config",
        format!("Host tophat\n  HostName {SERVER}\n  User deploy\n"),
    );
    World::new(
        lab,
        "tophat",
        "certificate-wrong-principal",
        &[
            "certidcanary",
            "principalcanary",
            "other-princ",
            "cacanary",
            "cacomment",
            "agentcanary",
            "nestcomment",
            "tophat",
        ],
    )
}

/// Names with blanks, quotes and letters of other alphabets.
pub fn odd_names() -> World {
    let lab = Lab::builder()
        .user("émile")
        .full_name("Émile Dupré")
        .computer("zaunkoenig")
        .ssh_dir()
        .build();
    lab.route("tophat", Route::Sshd);
    lab.trust(SERVER);
    lab.key("schlüssel für küken")
        .comment("Émile's clé 鍵鳥")
        .make();
    lab.key("quote\"and'canary")
        .comment("two  blanks\tcanary")
        .make();
    lab.key("line\nbreakcanary").comment("nestcomment").make();
    lab.key("鳥籠").comment("ÉMILE@ZAUNKOENIG").make();
    lab.write(
        ".ssh/config",
        format!(
            "Host tophat\n  HostName {SERVER}\n  User deploy\n  IdentityFile \"~/.ssh/schlüssel für küken\"\n\
             \x20 IdentityFile \"~/.ssh/鳥籠\"\n  IdentityFile \"~/.ssh/quote\\\"and'canary\"\n"
        ),
    );
    World::new(
        lab,
        "tophat",
        "key-not-registered",
        &[
            "émile",
            "mile",
            "dupr",
            "zaunk",
            "schl",
            "küken",
            "ken ",
            "鍵鳥",
            "鳥籠",
            "\\351",
            "\\303",
            "canary",
            "nestcomment",
            "clé",
            "cl\\",
        ],
    )
}

/// Short names, and names that others begin with.
pub fn prefixes() -> World {
    let lab = Lab::builder()
        .user("bob")
        .full_name("Bob Zyx")
        .computer("bob-pc")
        .ssh_dir()
        .build();
    lab.route("bobsrv", Route::Sshd);
    lab.trust("bobsrv.bob-corp.example");
    lab.key("bob").comment("bob@bob-pc").make();
    lab.key("bob-pc-old").comment("bob@bob-pc-old").make();
    lab.key("id_bob").comment("bobby").make();
    lab.write(
        ".ssh/config",
        "Host bobsrv bobsrv-2\n  HostName bobsrv.bob-corp.example\n  User bobby\n  IdentityFile ~/.ssh/bob\n\
         \x20 IdentityFile ~/.ssh/bob-pc-old\n  IdentityFile ~/.ssh/id_bob\n",
    );
    World::new(lab, "bobsrv", "key-not-registered", &["bob", "zyx"])
}
