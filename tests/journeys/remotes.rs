//! Does a person get the addresses of a repository as they want them: by SSH, by https, with an alias?

use std::path::{Path, PathBuf};

use super::lab::{Lab, Route, Terminal};
use super::quit;

fn lab(url: &str) -> (Lab, PathBuf) {
    let lab = Lab::builder().ssh_dir().build();
    lab.publish_host_key();
    lab.trust("github.com");
    let folder = lab.repository("project", url);
    (lab, folder)
}

fn fix(lab: &Lab, folder: &Path) -> Terminal {
    lab.command("sshstep")
        .arg("fix")
        .dir(folder)
        .terminal(80, 24)
}

fn git(lab: &Lab, folder: &Path, words: &[&str]) -> String {
    let output = lab.command("git").args(words).dir(folder).run();
    format!("{}{}", output.stdout, output.stderr)
}

fn address(lab: &Lab, folder: &Path) -> String {
    let all = git(lab, folder, &["config", "--get-regexp", "remote.*url"]);
    all.trim().to_owned()
}

/// Presses the number of the choice with these words.
#[track_caller]
fn choose(screen: &mut Terminal, words: &str) {
    screen.wait_for(words);
    let rows = screen.rows();
    let row = rows.iter().find(|row| row.contains(words));
    let row = row.expect("it is there").trim_start_matches(['>', ' ']);
    screen.press(&row[..1]);
}

#[test]
fn an_https_remote_becomes_an_ssh_one_and_comes_back() {
    let https = "https://github.com/ana/project.git";
    for (key, value, changed) in [
        (
            "remote.origin.pushurl",
            https,
            "git@github.com:ana/project.git",
        ),
        // Written as SSH; a rule turns that into https, but not this form of it.
        (
            "url.https://github.com/.insteadOf",
            "git@github.com:",
            "ssh://git@github.com/ana/project.git",
        ),
    ] {
        let written = match key {
            "remote.origin.pushurl" => https,
            _ => "git@github.com:ana/project.git",
        };
        let (lab, folder) = lab(written);
        lab.server.publish(&lab.key("id_ed25519").make());
        git(&lab, &folder, &["config", key, value]);
        let before = lab.read("project/.git/config");
        let mut screen = fix(&lab, &folder);
        screen.wait_for("signed you in as octocat");
        choose(&mut screen, "Let git use SSH for origin");
        screen.wait_for("Screen 71");
        if written == https {
            // Two addresses are too long for the screen that they are offered on.
            choose(&mut screen, "Let git use SSH for origin");
        }
        screen.wait_for("y  Do");
        assert_eq!(lab.read("project/.git/config"), before);
        screen.press("y");
        screen.wait_for("Screen 80");
        assert!(!screen.shows("Let git use SSH"), "{}", screen.screen());
        quit(&mut screen, 0);
        let urls = address(&lab, &folder);
        assert_eq!(
            urls.matches(changed).count(),
            urls.lines().count(),
            "{urls}"
        );
        let said = git(&lab, &folder, &["ls-remote", "origin"]);
        assert!(said.contains("Hi octocat!"), "{said}");
        lab.sshstep(&["undo", "--yes"]).expect(0);
        assert_eq!(lab.read("project/.git/config"), before);
    }
}

#[test]
fn a_remote_that_is_written_wrongly_is_one_key_away() {
    let (lab, folder) = lab("git@github.com/ana/project.git");
    lab.server.publish(&lab.key("id_ed25519").make());
    let mut screen = fix(&lab, &folder);
    screen.wait_for("git-url-malformed");
    screen.wait_for("y  Do fix 1 now");
    screen.press("y");
    screen.wait_for("signed you in as octocat");
    quit(&mut screen, 0);
    let url = address(&lab, &folder);
    assert_eq!(url, "remote.origin.url git@github.com:ana/project.git");
}

#[test]
fn where_ssh_is_blocked_the_remote_can_use_https() {
    let (lab, folder) = lab("git@github.com:ana/project.git");
    lab.server.publish(&lab.key("id_ed25519").make());
    lab.route("github.com", Route::Refused);
    let mut screen = fix(&lab, &folder);
    // The service's other port is shut, too: that is seen before it is offered.
    screen.wait_for("not possible here");
    screen.wait_for("> 1  Let git use https for origin");
    screen.wait_for("y  Do fix 1 now");
    screen.press("y");
    screen.wait_for("SSH plays no part");
    quit(&mut screen, 5);
    let url = address(&lab, &folder);
    assert_eq!(url, "remote.origin.url https://github.com/ana/project.git");
}

#[test]
fn the_remote_takes_the_alias_of_the_settings() {
    let (lab, folder) = lab("git@github.com:ana/project.git");
    let key = lab.key("work").make();
    lab.server.publish(&key);
    let proxy = lab.server.proxy_command();
    lab.write(
        ".ssh/config",
        format!(
            "Host github\n  HostName github.com\n  IdentityFile ~/.ssh/work\n  ProxyCommand {proxy}\n"
        ),
    );
    let mut screen = fix(&lab, &folder);
    screen.wait_for("alias-not-matched");
    choose(&mut screen, "Use the name github in the address of origin");
    screen.wait_for("Screen 73");
    screen.press("y");
    screen.wait_for("signed you in as octocat");
    quit(&mut screen, 0);
    let url = address(&lab, &folder);
    assert_eq!(url, "remote.origin.url git@github:ana/project.git");
    let said = git(&lab, &folder, &["ls-remote", "origin"]);
    assert!(said.contains("Hi octocat!"), "{said}");
}

#[test]
fn a_submodule_can_use_https_as_its_repository_does() {
    let (lab, folder) = lab("https://github.com/ana/project.git");
    lab.key("id_ed25519").make();
    lab.write(
        "project/.gitmodules",
        "[submodule \"lib\"]\n\tpath = lib\n\turl = git@github.com:ana/lib.git\n",
    );
    let before = lab.read("project/.git/config");
    let mut screen = fix(&lab, &folder);
    screen.wait_for("submodule-ssh-url");
    screen.wait_for("Do fix 1 now");
    screen.press("y");
    screen.wait_gone("submodule-ssh-url");
    quit(&mut screen, 5);
    let url = git(&lab, &folder, &["config", "submodule.lib.url"]);
    assert_eq!(url.trim(), "https://github.com/ana/lib.git");
    lab.sshstep(&["undo", "--yes"]).expect(0);
    assert_eq!(lab.read("project/.git/config"), before);
}
