//! What does support get, and is nothing private ever in it?
#![cfg(target_os = "linux")]

mod lab;

use lab::{Lab, Route};

/// Everything about this person that must be found nowhere.
const CANARIES: [&str; 14] = [
    "quillfeather",
    "canarycorp",
    "vaultbox",
    "tophat",
    "hoopoe",
    "plumage",
    "sparrowkey",
    "feathers@mail.example",
    "kestrel",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "hunter2",
    "AAAAC3NzaC1lZDI1NTE5AAAA",
    "/home/",
    "PRIVATE KEY",
];

/// A person whose names are in every corner.
fn canary_world() -> Lab {
    let lab = Lab::builder().user("quillfeather").ssh_dir().build();
    // ssh looks for the way by the name that was typed.
    lab.route("tophat", Route::Sshd);
    lab.trust("vaultbox.canarycorp.example");
    lab.key("sparrowkey")
        .comment("feathers@mail.example")
        .make();
    lab.key("id_ed25519").comment("Quill's plumage").make();
    lab.write(
        ".ssh/config",
        "Host tophat\n  HostName vaultbox.canarycorp.example\n  User hoopoe\n  IdentityFile ~/.ssh/sparrowkey\n\
         \x20 SetEnv TOKEN=ghp_0123456789abcdefghijABCDEFGHIJ012345\n\
         Host kestrel\n  HostName kestrel.canarycorp.example\n",
    );
    lab.set_env("EMAIL", "feathers@mail.example");
    lab
}

#[test]
fn no_canary_is_in_either_form() {
    let lab = canary_world();
    for form in [&["report", "tophat"][..], &["report", "tophat", "--json"]] {
        let output = lab.sshstep(form);
        assert_eq!(output.code, 0, "{output}");
        for canary in CANARIES {
            assert!(
                !output
                    .stdout
                    .to_lowercase()
                    .contains(&canary.to_lowercase()),
                "{canary}: {}",
                output.stdout
            );
        }
        assert!(output.stdout.contains("key-not-registered"), "{output}");
    }
}
