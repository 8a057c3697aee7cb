//! Names in what was typed, in variables, and in other people's folders.

use super::super::lab::Route;
use super::{SERVER, TOKEN, World, built};

/// A remote as it was copied from a browser, with a password in it.
pub fn typed_password() -> World {
    let lab = built();
    lab.key("id_ed25519").comment("nestcomment").make();
    lab.trust("github.com");
    World::new(
        lab,
        "https://quillogin:hunter2@github.com/canaryteam/birdcage.git",
        "key-not-registered",
        &["quillogin", "canaryteam", "birdcage", "nestcomment"],
    )
}

/// HOME is a folder that many have, and keys lie there.
pub fn home_differs() -> World {
    let lab = built();
    lab.key("id_ed25519").comment("nestcomment").make();
    lab.trust("github.com");
    lab.set_env("HOME", "/tmp");
    World::new(
        lab,
        "git@github.com",
        "key-not-registered",
        &["nestcomment"],
    )
}

/// A key of somebody else, git by another program with a token, a terminal and a language of the person's own.
pub fn others_things() -> World {
    let lab = built();
    lab.key("id_ed25519").comment("nestcomment").make();
    lab.route("tophat", Route::Sshd);
    lab.trust(SERVER);
    lab.set_env(
        "GIT_SSH_COMMAND",
        format!("/opt/toolcanary/ssh -o SetEnv=T={TOKEN} -i ~/.ssh/commandcanary"),
    );
    lab.set_env("SSH_ASKPASS", "/opt/askcanary");
    lab.set_env("TERM", "quillfeather-term");
    lab.set_env("HOSTNAME", "nestbook.lan.canarycorp.example");
    lab.set_env("GIT_AUTHOR_NAME", "Penname Canary");
    lab.write(
        ".ssh/config",
        format!(
            "Host tophat\n  HostName {SERVER}\n  User deploy\n  IdentityFile /home/othercanary/.ssh/otherkey\n\
             \x20 IdentityFile ~/.ssh/id_ed25519\n  CertificateFile /srv/sharedcanary/cert\n  IdentityAgent ~/agentcanary/s\n\
             \x20 UserKnownHostsFile ~/.ssh/known_hosts\n"
        ),
    );
    World::new(
        lab,
        "deploy@tophat:canaryteam/birdcage.git",
        "certificate-missing",
        &[
            "toolcanary",
            "commandcanary",
            "askcanary",
            "penname",
            "othercanary",
            "otherkey",
            "sharedcanary",
            "agentcanary",
            "canaryteam",
            "birdcage",
            "vaultbox",
            "tophat",
        ],
    )
}
