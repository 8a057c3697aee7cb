//! Does git still start the very ssh that the person chose, in the way the person chose?

use std::fs;

use super::lab::{Lab, Output};
use super::{SITE, added, clone_added, working_world, world};

/// A program in a folder with a blank that notes its arguments, one on each line.
fn recorder(lab: &Lab, name: &str, then: &str) -> String {
    let path = lab.write(
        format!("my tools/{name}"),
        format!("#!/bin/sh\nfor word; do echo \"<$word>\"; done >>\"$HOME/words\"\n{then}\n"),
    );
    lab.mode(&path, 0o755);
    path.to_str().expect("the lab's paths are UTF-8").to_owned()
}

fn words(lab: &Lab) -> String {
    let words = fs::read_to_string(lab.path("words")).unwrap_or_default();
    fs::remove_file(lab.path("words")).ok();
    words
}

fn clone(lab: &Lab, env: &[(&str, &str)]) -> Output {
    fs::remove_dir_all(lab.path("site")).ok();
    let command = lab.command("sshstep").args(["run", "git", "clone", SITE]);
    env.iter()
        .fold(command, |command, (name, value)| command.env(name, value))
        .run()
}

#[test]
fn a_command_with_quotes_and_options_is_kept() {
    let lab = working_world();
    let tool = recorder(&lab, "ssh", "exec ssh \"$@\"");
    let command = format!("A='b c' '{tool}' -o \"SendEnv LC_A LC_B\" -o 'ConnectTimeout 7'");
    for name in ["GIT_SSH_COMMAND", "core.sshCommand"] {
        let env = if name == "GIT_SSH_COMMAND" {
            vec![(name, command.as_str())]
        } else {
            let git = lab
                .command("git")
                .args(["config", "--global", name, &command]);
            git.run().expect(0);
            vec![]
        };
        clone(&lab, &env).expect(0);
        let words = words(&lab);
        assert!(
            words.contains(
                "<-o>\n<SendEnv LC_A LC_B>\n<-o>\n<ConnectTimeout 7>\n<-o>\n<LogLevel=DEBUG1>"
            ),
            "{words}"
        );
    }
}

#[test]
fn each_repositorys_own_command_is_used_in_a_script() {
    let lab = working_world();
    let tool = recorder(&lab, "mine", "exec ssh \"$@\"");
    clone(&lab, &[]).expect(0);
    let set = [
        "-C",
        "site",
        "config",
        "core.sshCommand",
        &format!("'{tool}' -4"),
    ];
    lab.command("git").args(set).run().expect(0);
    let script = ["run", "sh", "-c", "cd site && git fetch --quiet && exit 3"];
    lab.sshstep(&script).expect(3);
    assert!(words(&lab).contains("<-4>\n<-o>\n<LogLevel=DEBUG1>"));
    lab.sshstep(&["run", "git", "-C", "site", "fetch"])
        .expect(0);
    assert!(words(&lab).contains("<-4>"));
}

#[test]
fn a_command_that_only_gits_own_arguments_hold() {
    let lab = working_world();
    let tool = recorder(&lab, "mine", "exec ssh \"$@\"");
    let set = format!("core.sshCommand='{tool}' -4");
    let early = ["git", "-c", &set, "clone", SITE];
    assert_eq!(added(&lab, &early, |command| command), "");
    assert!(words(&lab).contains("<LogLevel=DEBUG1>"));
    let late = ["git", "clone", "-c", &set, SITE];
    assert_eq!(added(&lab, &late, |command| command), "");
    assert!(words(&lab).contains("<-4>"));
}

#[test]
fn a_wrapper_that_takes_no_options_still_works() {
    let lab = working_world();
    let script = "case $1 in -*) echo usage >&2; exit 64;; esac\nexec ssh \"$@\"";
    let tool = recorder(&lab, "simple", script);
    assert_eq!(
        added(&lab, &["git", "clone", SITE], |command| command
            .env("GIT_SSH", &tool)),
        ""
    );
}

#[test]
fn a_wrapper_that_takes_no_log_still_works_and_its_words_explain() {
    let (lab, key) = world();
    let script = "case \" $* \" in *' -E '*) echo usage >&2; exit 64;; esac\nexec ssh \"$@\"";
    let tool = recorder(&lab, "ssh", script);
    let rest = added(&lab, &["git", "clone", SITE], |command| {
        command.env("GIT_SSH", &tool)
    });
    assert!(rest.contains("Permission denied (publickey)"), "{rest}");
    lab.server.publish(&key);
    let rest = added(&lab, &["git", "clone", SITE], |command| {
        command.env("GIT_SSH", &tool)
    });
    assert_eq!(rest, "");
}

#[test]
fn putty_gets_the_options_of_putty() {
    let lab = working_world();
    let tool = recorder(
        &lab,
        "plink",
        "echo 'FATAL ERROR: Network error: Connection refused' >&2; exit 1",
    );
    let address = "ssh://git@github.com:2222/team/site.git";
    for variable in ["GIT_SSH", "GIT_SSH_COMMAND"] {
        let value = if variable == "GIT_SSH" {
            tool.clone()
        } else {
            format!("'{tool}'")
        };
        let rest = added(&lab, &["git", "clone", address], |command| {
            command.env(variable, &value)
        });
        assert!(rest.contains("connection-refused"), "{rest}");
        let words = words(&lab);
        let (first, second) = words.split_at(words.len() / 2);
        assert_eq!(first, second);
        assert!(
            first.starts_with("<-P>\n<2222>\n<git@github.com>\n"),
            "{first}"
        );
    }
}

#[test]
fn a_variant_that_the_person_named_is_kept() {
    let lab = working_world();
    let tool = recorder(&lab, "ssh", "exec ssh \"$@\"");
    let rest = added(&lab, &["git", "clone", SITE], |command| {
        command
            .env("GIT_SSH", &tool)
            .env("GIT_SSH_VARIANT", "simple")
    });
    assert_eq!(rest, "");
    let words = words(&lab);
    assert!(!words.contains("<-"), "{words}");
}

#[test]
fn the_log_is_private_and_gone_afterwards() {
    let (lab, _) = world();
    let script = format!(
        "git clone --quiet {SITE}; set -- $GIT_SSH_COMMAND; find \"$3\" -printf '%m %y %p\\n'; exit 1"
    );
    let output = lab.sshstep(&["run", "sh", "-c", &script]).expect(1);
    let folder = output
        .stdout
        .lines()
        .next()
        .and_then(|line| line.split(' ').nth(2));
    let folder = folder.expect("the folder was listed").to_owned();
    assert!(output.stdout.contains("/log\n"), "{output}");
    for line in output.stdout.lines() {
        let wanted = if line.contains(" d ") { "700 " } else { "600 " };
        assert!(line.starts_with(wanted), "{output}");
    }
    lab.command("ls").arg(&folder).run().expect(2);
    assert!(clone_added(&lab).contains("key-not-registered"));
}
