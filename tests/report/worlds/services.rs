//! Names at services and in repositories.

use std::fs;

use super::super::lab::Route;
use super::{TOKEN, World, built};

/// Remotes of all sorts, submodules, passwords in addresses, another ssh for git.
pub fn repository() -> World {
    let lab = built();
    lab.key("id_ed25519").comment("nestcomment").make();
    lab.trust("github.com");
    let dir = lab.repository(
        "work/secretproject",
        "git@github.com:canaryteam/birdcage.git",
    );
    let git = |args: &[&str]| lab.command("git").args(args).dir(&dir).run().expect(0);
    git(&[
        "remote",
        "add",
        "mirrorcanary",
        "https://quillogin:hunter2@gitlab.canarycorp.example/aviary/nest.git",
    ]);
    git(&[
        "remote",
        "add",
        "upstream",
        "ssh://deploybird@code.canarycorp.example:2222/roost/egg.git",
    ]);
    git(&[
        "remote",
        "add",
        "wrongcanary",
        "ssh://git@code.canarycorp.example:roost/shell.git",
    ]);
    git(&[
        "config",
        "core.sshCommand",
        &format!("ssh -i ~/.ssh/commandcanary -o SetEnv=T={TOKEN}"),
    ]);
    git(&[
        "config",
        "url.https://hunter2@x.canarycorp.example/.insteadOf",
        "canaryshort:",
    ]);
    fs::write(
        dir.join(".gitmodules"),
        "[submodule \"modcanary\"]\n  path = libs/modpath\n  url = git@github.com:subteamcanary/subbird.git\n",
    )
    .expect("the lab's folder is writable");
    World {
        dir,
        ..World::new(
            lab,
            "git@github.com:canaryteam/birdcage.git",
            "key-not-registered",
            &[
                "canaryteam",
                "birdcage",
                "mirrorcanary",
                "quillogin",
                "aviary",
                "deploybird",
                "roost",
                "wrongcanary",
                "commandcanary",
                "canaryshort",
                "modcanary",
                "subteamcanary",
                "subbird",
                "secretproject",
                "nestcomment",
                "modpath",
            ],
        )
    }
}

pub fn github() -> World {
    let lab = built();
    let key = lab.key("id_ed25519").comment("nestcomment").make();
    lab.server.publish_as(&key.public_line(), "accountcanary");
    lab.trust("github.com");
    World::new(
        lab,
        "github.com",
        "success-greeting-no-shell",
        &["accountcanary", "nestcomment"],
    )
}

/// What `fix` changed is told as well.
pub fn earlier_runs() -> World {
    let lab = built();
    lab.trust("github.com");
    lab.key("workcanary").comment("nestcomment").make();
    let known = lab.key("homecanary").comment("nestcomment").make();
    lab.server.publish(&known);
    lab.write(
        ".ssh/config",
        "Host github.com\n  User git\n  IdentityFile ~/.ssh/workcanary\nHost aliascanary\n  User somebodycanary\n",
    );
    lab.sshstep(&["fix", "--yes", "git@github.com"]).expect(0);
    World::new(
        lab,
        "git@github.com",
        "success-greeting-no-shell",
        &[
            "workcanary",
            "homecanary",
            "nestcomment",
            "aliascanary",
            "somebodycanary",
        ],
    )
}

/// The gateway names the person, their UUID and their project.
pub fn platformsh() -> World {
    const HOST: &str = "ssh.us-2.platform.sh";
    let lab = built();
    lab.route(HOST, Route::Sshd);
    lab.trust(HOST);
    let app = "abcdefghi5k-main-7rqtwti--app";
    let key = lab.key("id_ed25519").comment("nestcomment").make();
    lab.server.publish_line(app, &key.public_line());
    let words = format!(
        "Hello Greetcanary Bird (UUID: 0f0f0f0f-1111-2222-3333-444444444444), you successfully authenticated, but could \
         not connect to service {app} (reason: service doesn't exist or you do not have access to it)"
    );
    let file = lab.dir().join("server/said");
    fs::write(&file, words + "\n").expect("the lab's folder is writable");
    let run = lab.dir().join("server/say");
    fs::write(&run, format!("cat '{}' >&2; exit 255\n", file.display())).expect("writable");
    lab.server.set("PermitTTY", "no");
    lab.server
        .set("ForceCommand", &format!("sh '{}'", run.display()));
    World::new(
        lab,
        &format!("{app}@{HOST}"),
        "environment-inactive",
        &[
            "greetcanary",
            "0f0f0f0f-1111",
            "abcdefghi5k",
            "7rqtwti",
            "nestcomment",
        ],
    )
}

pub fn clever() -> World {
    const HOST: &str = "push-n2-par-clevercloud-customers.services.clever-cloud.com";
    let lab = built();
    lab.route(HOST, Route::Sshd);
    lab.trust(HOST);
    lab.key("id_ed25519").comment("nestcomment").make();
    World::new(
        lab,
        &format!("git+ssh://git@{HOST}/app_0f0f0f0f-1111-2222-3333-444444444444.git"),
        "key-not-registered",
        &["0f0f0f0f", "444444444444", "nestcomment"],
    )
}

const OWN: &str = "id = \"nestid\"\nname = \"Canary Nest Git\"\nhosts = [\"git.canarycorp.example\"]\nuser = \"gitbird\"\n\
                   connect = \"git.canarycorp.example\"\n";

/// A service of the person's company, in a file of their own.
pub fn own_service() -> World {
    let lab = built();
    lab.write(".config/sshstep/providers/nestid.toml", OWN);
    lab.route("git.canarycorp.example", Route::Sshd);
    lab.trust("git.canarycorp.example");
    lab.key("id_ed25519").comment("nestcomment").make();
    World::new(
        lab,
        "nestid",
        "key-not-registered",
        &["nestid", "canary nest", "gitbird", "nestcomment"],
    )
}

/// The same, by its option.
pub fn own_profile() -> World {
    let lab = built();
    let file = lab
        .write("profiles/birdprofile.toml", OWN)
        .display()
        .to_string();
    lab.route("git.canarycorp.example", Route::Sshd);
    lab.trust("git.canarycorp.example");
    lab.key("id_ed25519").comment("nestcomment").make();
    World::new(
        lab,
        "git.canarycorp.example",
        "key-not-registered",
        &["nestid", "canary nest", "birdprofile", "nestcomment"],
    )
    .option("--profile", file)
}

pub fn wrong_address() -> World {
    let lab = built();
    lab.key("id_ed25519").comment("nestcomment").make();
    lab.trust("github.com");
    let target = "ssh://git@github.com:canaryteam/birdcage.git";
    World::new(
        lab,
        target,
        "key-not-registered",
        &["canaryteam", "birdcage", "nestcomment"],
    )
}

/// A service of the person's company that has words of its own, and a login name that the settings override.
pub fn own_service_speaks() -> World {
    const HOST: &str = "git.canarycorp.example";
    let lab = built();
    lab.write(
        ".config/sshstep/providers/nestid.toml",
        OWN.to_owned()
            + "[[messages]]\npattern = \"nestgate: no {_}\"\ncode = \"key-not-registered\"\nstage = \"ssh\"\n\
               meaning = [\"The gate of Aviarycanary keeps a list.\"]\nfix = [\"Ask Benjamincanary at the desk.\"]\n",
    );
    lab.route(HOST, Route::Sshd);
    lab.trust(HOST);
    lab.key("id_ed25519").comment("nestcomment").make();
    lab.server.banner("nestgate: no bannercanary here\n");
    lab.write(".ssh/config", format!("Host {HOST}\n  User wrongbird\n"));
    World::new(
        lab,
        HOST,
        "wrong-user",
        &[
            "nestid",
            "canary nest",
            "gitbird",
            "wrongbird",
            "aviarycanary",
            "benjamincanary",
            "bannercanary",
            "nestcomment",
        ],
    )
}
