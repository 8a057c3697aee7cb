//! Is every form of a TARGET understood, and every option of ssh's obeyed?

use super::check;
use super::lab::{Lab, Route};

/// One published key, not where ssh looks by itself.
fn lab() -> (Lab, String) {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    let key = lab.key("vault/key").make();
    lab.server.publish(&key);
    let file = key.path.to_str().expect("UTF-8").to_owned();
    (lab, file)
}

#[test]
fn every_form_leads_to_the_same_server() {
    let (lab, file) = lab();
    lab.write(
        ".ssh/config",
        format!("Host hub\n  HostName github.com\n  User git\nHost *\n  IdentityFile {file}\n"),
    );
    lab.route("hub", Route::Sshd);
    for typed in [
        "github",
        "GitHub",
        "github.com",
        "git@github.com",
        "ssh://git@github.com",
        "ssh://git@github.com:22/ana/project.git",
        "git@github.com:ana/project.git",
        "hub",
    ] {
        let checked = check(&lab, &[typed]).works();
        let target = &checked.json["target"];
        assert_eq!(target["host"], "github.com", "{typed}");
        assert_eq!(target["user"], "git", "{typed}");
        assert_eq!(target["provider"], "github", "{typed}");
        assert_eq!(checked.codes(), ["success-greeting-no-shell"], "{typed}");
    }
    // git will not use SSH for this one, whatever we find.
    let checked = check(&lab, &["https://github.com/ana/project.git"]).works();
    assert!(checked.codes().contains(&"not-an-ssh-url"));
}

#[test]
fn options_are_those_of_ssh() {
    let (lab, file) = lab();
    check(&lab, &["github.com"]).finds("no-key-found");
    check(&lab, &["github.com", "-i", &file]).works();
    let config = lab.write("other/config", format!("IdentityFile {file}\n"));
    let config = config.to_str().expect("UTF-8");
    // -F hides the machine-wide file, and with it the lab's way to the server.
    let proxy = lab.server.proxy_command();
    lab.write(
        "other/config",
        format!("IdentityFile {file}\nProxyCommand {proxy}\n"),
    );
    check(&lab, &["-F", config, "github.com"]).works();
    let known = lab.server.host_key();
    lab.know("[github.com]:2222", &known);
    let checked = check(&lab, &["github.com", "-i", &file, "-p", "2222"]).works();
    assert_eq!(checked.json["target"]["port"], 2222);
    // What was typed on the command line beats the settings.
    lab.write(".ssh/config", "Host github.com\n  Port 2022\n");
    let checked = check(&lab, &["github.com", "-i", &file, "-p", "2222"]).works();
    assert_eq!(checked.json["target"]["port"], 2222);
}

#[test]
fn without_a_target_the_repository_says_where() {
    let (lab, file) = lab();
    lab.write(".ssh/config", format!("IdentityFile {file}\n"));
    for (name, remote) in [
        ("by-ssh", "git@github.com:ana/project.git"),
        ("by-https", "https://ana:hunter2@github.com/ana/project.git"),
    ] {
        let folder = lab.repository(name, remote);
        let run = lab.command("sshstep").args(["check", "--json"]);
        let output = run.dir(folder).run().expect(0);
        let json: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
        assert_eq!(json["target"]["host"], "github.com", "{output}");
        assert_eq!(json["identity"], "octocat", "{output}");
        assert!(!output.stdout.contains("hunter2"), "{output}");
        assert_eq!(output.stdout.contains("not-an-ssh-url"), name == "by-https");
    }
    let output = lab.sshstep(&["check"]).expect(2);
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains("TARGET"), "{output}");
    assert!(
        output.stderr.contains("sshstep check github.com"),
        "{output}"
    );
    let empty = lab.repository("no-remote", "placeholder");
    let git = lab.command("git").args(["remote", "remove", "origin"]);
    git.dir(&empty).run().expect(0);
    lab.command("sshstep")
        .arg("check")
        .dir(&empty)
        .run()
        .expect(2);
}
