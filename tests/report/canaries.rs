//! Is no name of a person in any form of their report?

use super::lab::{Lab, Output};
use super::worlds::{self, World};

fn made(output: &Output) -> &str {
    assert_eq!(output.code, 0, "{output}");
    &output.stdout
}

/// The code of `check --json`.
fn code(world: &World) -> String {
    let checked = world.run(&["check", "--json"]);
    let whole: serde_json::Value = serde_json::from_str(&checked.stdout).expect("JSON");
    let code = &whole["findings"][0]["code"];
    code.as_str().unwrap_or_default().to_owned()
}

/// Both forms, on standard output and in a file: made, with the right code, and with no canary.
fn no_canary(world: &World) {
    let code = code(world);
    if world.code != worlds::ANY {
        assert_eq!(code, world.code);
    }
    for (form, name) in [
        (&["report"][..], "r.md"),
        (&["report", "--json"][..], "r.json"),
    ] {
        let printed = world.run(form);
        world.assert_clean(name, made(&printed));
        assert!(printed.stdout.contains(&code), "{printed}");
        let file = world.lab.dir().join("out").join(name);
        let words = [form, &["-o", file.to_str().expect("UTF-8")]].concat();
        made(&world.run(&words));
        let saved = std::fs::read_to_string(&file).expect("it was saved");
        world.assert_clean("the file", &saved);
        assert!(saved.contains(&code), "{saved}");
    }
}

macro_rules! worlds {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            no_canary(&worlds::$name());
        }
    )*};
}
worlds! {
    alias jump repository hostile_server hostile_gate changed_host wrong_line locked certificates github earlier_runs
    platformsh clever own_service own_profile own_service_speaks odd_names prefixes unreachable unresolved proxy_words
    wrong_address works typed_password home_differs others_things
}

/// Words that every report has may be somebody's names: the report is made, and the right thing is hidden.
#[test]
fn names_that_are_words_of_every_report() {
    for name in [
        "test",
        "server",
        "key",
        "user1",
        "debian",
        "dev",
        "config",
        "ssh",
        "bin",
        "host1",
        "deploy",
        "ed25519",
        "openssh",
        "xterm",
        "none",
        "agent",
        "home",
        "sha256",
        "debug1",
        "info",
        "2026",
        "aur",
        "publickey",
        "octocat",
        "removed",
        "id_ed25519",
    ] {
        let lab = Lab::builder()
            .user(name)
            .full_name(name)
            .computer(&name.replace('_', "-"))
            .ssh_dir()
            .build();
        lab.trust("github.com");
        lab.key("id_ed25519").comment(name).make();
        let config = format!(
            "Host {name}\n  User {name}\nHost github.com\n  User git\n\
             \x20 PreferredAuthentications publickey\n  Port 22\n  LogLevel INFO\n"
        );
        lab.write(".ssh/config", config);
        for form in [
            &["report", "git@github.com:test/key.git"][..],
            &["report", "--json", "git@github.com:github/config.git"],
        ] {
            let report = lab.sshstep(form).expect(0).says("key-not-registered");
            assert!(report.stdout.contains("github.com"), "{report}");
            assert!(!report.stdout.contains("/home/"), "{report}");
        }
    }
}
