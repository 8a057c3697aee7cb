//! Is a cause found that lies around ssh: HOME, sudo, no account, no ssh, another ssh in git, a git address?

use std::fs;

use super::lab::{Lab, Output, Route};
use super::{Checked, check, fails, ssh_fails};

fn lab() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab
}

#[test]
fn home_leads_elsewhere() {
    let lab = lab();
    let key = lab.key("elsewhere/.ssh/id_ed25519").make();
    lab.server.publish(&key);
    lab.set_env("HOME", lab.path("elsewhere"));
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("home-differs")
        .tells("elsewhere/.ssh/id_ed25519");
    // A default key that the server does not know makes no difference.
    lab.key("id_rsa").kind("rsa").make();
    ssh_fails(&lab);
    check(&lab, &["github.com"]).finds("home-differs");
}

#[test]
fn under_sudo_the_keys_are_somebody_elses() {
    let lab = lab();
    let far = lab.dir().join("server/home/deploy/.ssh/id_ed25519");
    let key = lab.key(far.to_str().expect("UTF-8")).make();
    lab.server.publish(&key);
    lab.set_env("SUDO_USER", "deploy");
    ssh_fails(&lab);
    check(&lab, &["github.com"])
        .finds("sudo-uses-other-users-keys")
        .tells("deploy")
        .tells("id_ed25519");
}

#[test]
fn nobody_knows_who_runs_us() {
    let lab = lab();
    lab.server.publish(&lab.key("id_ed25519").make());
    let file = lab.dir().join("etc/passwd");
    let accounts = fs::read_to_string(&file).expect("the lab has accounts");
    let uid = format!(":x:{}:", rustix::process::getuid().as_raw());
    let hash = format!(":{}:", rustix::process::getuid().as_raw());
    let others = accounts
        .lines()
        .filter(|line| !line.contains(&uid) && !line.contains(&hash));
    let others: String = others.map(|line| format!("{line}\n")).collect();
    fs::write(&file, others).expect("the lab's folder is writable");
    lab.ssh(&["-T", "git@github.com"])
        .expect(255)
        .says("No user exists");
    check(&lab, &["github.com"])
        .finds("ssh-client-missing-or-broken")
        .tells("No user exists");
}

#[test]
fn no_ssh_or_a_broken_one() {
    let lab = lab();
    lab.fake_program(
        "ssh",
        "echo 'ssh: error while loading shared libraries: libcrypto.so.3' >&2; exit 127",
    );
    lab.ssh(&["-T", "git@github.com"]).expect(127);
    check(&lab, &["github.com"])
        .finds("ssh-client-missing-or-broken")
        .tells("libcrypto");
    fs::remove_file(lab.dir().join("bin/ssh")).expect("it was just made");
    let path = format!("PATH={}", lab.dir().join("bin").display());
    let run = lab.command("env").arg(&path);
    run.args(["ssh", "-T", "git@github.com"]).run().expect(127);
    let run = lab.command("env").arg(&path);
    let run = run.args(["sshstep", "check", "--json", "github.com"]);
    read(run.run()).finds("ssh-client-missing-or-broken");
}

/// `check` in this folder, without a target.
fn check_in(lab: &Lab, folder: &std::path::Path) -> Checked {
    let run = lab.command("sshstep").args(["check", "--json"]);
    read(run.dir(folder).run())
}

fn read(output: Output) -> Checked {
    let json = serde_json::from_str(&output.stdout).unwrap_or_else(|why| panic!("{why}: {output}"));
    Checked { output, json }
}

fn git_fails(lab: &Lab, folder: &std::path::Path) {
    let git = lab.command("git").args(["ls-remote", "origin"]);
    git.dir(folder).run().expect(128);
}

#[test]
fn a_remote_that_is_written_wrongly() {
    for (name, url) in [
        ("slash", "git@github.com/ana/project.git"),
        ("port", "ssh://git@github.com:ana/project.git"),
        ("mixed", "git@https://github.com/ana/project.git"),
    ] {
        let lab = lab();
        lab.server.publish(&lab.key("id_ed25519").make());
        let folder = lab.repository(name, url);
        git_fails(&lab, &folder);
        check_in(&lab, &folder)
            .finds("git-url-malformed")
            .certainty("proven")
            .tells("git@github.com:ana/project.git");
        check(&lab, &[url]).finds("git-url-malformed");
    }
}

#[test]
fn git_runs_a_program_that_is_not_there() {
    let lab = lab();
    lab.server.publish(&lab.key("id_ed25519").make());
    let folder = lab.repository("project", "git@github.com:ana/project.git");
    let git = lab
        .command("git")
        .args(["config", "core.sshCommand", "/opt/absent/plink -batch"]);
    git.dir(&folder).run().expect(0);
    git_fails(&lab, &folder);
    check_in(&lab, &folder)
        .finds("ssh-binary-mismatch")
        .certainty("proven")
        .tells("plink")
        .tells("config:");
    lab.set_env("GIT_SSH_COMMAND", "/opt/absent/ssh -v");
    git_fails(&lab, &folder);
    check_in(&lab, &folder)
        .finds("ssh-binary-mismatch")
        .tells("GIT_SSH_COMMAND");
    lab.unset_env("GIT_SSH_COMMAND");
    let git = lab
        .command("git")
        .args(["config", "--unset", "core.sshCommand"]);
    git.dir(&folder).run().expect(0);
    lab.set_env("GIT_SSH", "/opt/absent/ssh");
    git_fails(&lab, &folder);
    check_in(&lab, &folder).finds("ssh-binary-mismatch");
}

#[test]
fn git_turns_the_ssh_address_into_https() {
    let lab = lab();
    lab.server.publish(&lab.key("id_ed25519").make());
    let folder = lab.repository("project", "git@github.com:ana/project.git");
    let git = lab
        .command("git")
        .args(["config", "url.https://github.com/.insteadOf"]);
    git.arg("git@github.com:").dir(&folder).run().expect(0);
    git_fails(&lab, &folder);
    // SSH itself works; that it plays no part is what there is to say.
    let checked = check_in(&lab, &folder).works();
    assert_eq!(checked.first()["code"], "not-an-ssh-url");
    checked
        .tells("insteadOf")
        .tells("git@github.com:ana/project.git");
}

#[test]
fn only_a_submodule_needs_ssh() {
    let lab = lab();
    lab.key("id_ed25519").make();
    let folder = lab.repository("project", "https://github.com/ana/project.git");
    fs::write(
        folder.join(".gitmodules"),
        "[submodule \"lib\"]\n\tpath = lib\n\turl = git@github.com:ana/lib.git\n",
    )
    .expect("the home is writable");
    ssh_fails(&lab);
    let checked = check_in(&lab, &folder);
    assert_eq!(
        checked.first()["code"],
        "submodule-ssh-url",
        "{}",
        checked.output
    );
    checked.tells(".gitmodules:3");
}

#[test]
fn this_account_is_the_server_and_its_list_is_open() {
    let lab = lab();
    lab.server.set("StrictModes", "yes");
    lab.route("localhost", Route::Tcp);
    lab.trust("localhost");
    let key = lab.key("id_ed25519").make();
    lab.write(".ssh/authorized_keys", key.public_line() + "\n");
    lab.mode(".ssh/authorized_keys", 0o666);
    fails(&lab, "ana@localhost");
    check(&lab, &["ana@localhost"])
        .finds("server-strictmodes")
        .certainty("proven")
        .tells("0666");
}
