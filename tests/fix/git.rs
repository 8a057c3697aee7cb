//! Are git's own settings mended: a remote's address, the ssh that git runs?

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::lab::{Lab, Output};
use super::{Fixed, broken_in, person};

const OURS: &str = "git@github.com:ana/project.git";
const HTTPS: &str = "https://github.com/ana/project.git";

fn lab() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab.server.publish(&lab.key("id_ed25519").make());
    lab
}

fn git(lab: &Lab, folder: &Path, words: &[&str]) -> Output {
    lab.command("git").args(words).dir(folder).run()
}

fn set(lab: &Lab, folder: &Path, key: &str, value: &str) {
    git(lab, folder, &["config", key, value]).expect(0);
}

fn get(lab: &Lab, folder: &Path, key: &str) -> String {
    let all = git(lab, folder, &["config", "--get-all", key]).stdout;
    all.trim().replace('\n', " ")
}

/// `fix --yes --json` in this folder, without a target; `git fetch` there reaches the server afterwards.
#[track_caller]
fn mended<'a>(lab: &'a Lab, folder: &'a Path) -> Fixed<'a> {
    let fetch = |lab: &Lab| {
        let mut output = git(lab, folder, &["ls-remote", "origin"]);
        // The lab has no repository: being greeted is as far as it goes.
        output.code = i32::from(!output.stderr.contains("Hi octocat!"));
        output
    };
    broken_in(lab, folder, 0, fetch).gets_mended()
}

#[test]
fn a_remote_that_is_written_wrongly_is_corrected() {
    for (name, url, right) in [
        ("slash", "git@github.com/ana/project.git", OURS),
        ("port", "ssh://git@github.com:ana/project.git", OURS),
        ("mixed", "git@https://github.com/ana/project.git", OURS),
        ("user", "ana@github.com:ana/project.git", OURS),
    ] {
        let lab = lab();
        let folder = lab.repository(name, url);
        set(&lab, &folder, "remote.origin.pushurl", url);
        set(&lab, &folder, "remote.other.url", "git@example.com/x/y.git");
        let fixed = mended(&lab, &folder).changed(&["write-text config"]);
        assert_eq!(get(&lab, &folder, "remote.origin.url"), right);
        assert_eq!(get(&lab, &folder, "remote.origin.pushurl"), right);
        let other = get(&lab, &folder, "remote.other.url");
        assert_eq!(other, "git@example.com/x/y.git");
        fixed.can_be_undone();
    }
}

#[test]
fn a_program_that_is_not_there_gives_way_to_ssh() {
    for (command, kept) in [
        ("absent-plink -batch", ""),
        ("/opt/absent/ssh", ""),
        ("/opt/absent/ssh -o LogLevel=ERROR", "ssh -o LogLevel=ERROR"),
    ] {
        let lab = lab();
        let folder = lab.repository("project", OURS);
        set(&lab, &folder, "core.sshCommand", command);
        let fixed = mended(&lab, &folder).changed(&["write-text config"]);
        assert_eq!(get(&lab, &folder, "core.sshCommand"), kept);
        fixed.can_be_undone();
    }
}

#[test]
fn the_file_that_decides_is_the_one_that_changes() {
    let broken = "[core]\n\t# by the installer\n\tsshCommand = absent-plink\n";
    // The global file, the other global file, one that it includes for this folder, and from a folder within.
    for (file, global, folder) in [
        (".gitconfig", None, "."),
        (".config/git/config", None, "."),
        (
            "work.inc",
            Some("[includeIf \"gitdir:~/project/\"]\n\tpath = work.inc\n"),
            "sub/deep",
        ),
    ] {
        let lab = lab();
        let top = lab.repository("project", OURS);
        let folder = top.join(folder);
        fs::create_dir_all(&folder).expect("the home is writable");
        lab.write(file, broken);
        if let Some(global) = global {
            lab.write(".gitconfig", global);
        }
        let fixed = mended(&lab, &folder);
        assert!(
            !lab.read(file).contains("absent-plink"),
            "{}",
            lab.read(file)
        );
        assert!(lab.read(file).contains("# by the installer"));
        let name = Path::new(file).file_name().and_then(|name| name.to_str());
        let expected = format!("write-text {}", name.expect("UTF-8"));
        fixed.changed(&[&expected]).can_be_undone();
        assert_eq!(lab.read(file), broken);
    }
}

#[test]
fn two_files_are_mended_one_after_the_other() {
    let lab = lab();
    let folder = lab.repository("project", OURS);
    lab.write(".gitconfig", "[core]\n\tsshCommand = /opt/absent/ssh\n");
    set(&lab, &folder, "core.sshCommand", "absent-plink");
    mended(&lab, &folder)
        .changed(&["write-text config", "write-text .gitconfig"])
        .can_be_undone();
}

#[test]
fn a_worktree_has_its_settings_in_the_repository() {
    let lab = lab();
    let top = lab.repository("project", "git@github.com/ana/project.git");
    let commit = ["-c", "user.name=a", "-c", "user.email=a@b", "commit"];
    let rest = ["-q", "--allow-empty", "-m", "x"];
    git(&lab, &top, &[&commit[..], &rest[..]].concat()).expect(0);
    git(&lab, &top, &["worktree", "add", "-q", "../tree"]).expect(0);
    let tree: PathBuf = lab.path("tree");
    mended(&lab, &tree).changed(&["write-text config"]);
    assert_eq!(get(&lab, &top, "remote.origin.url"), OURS);
}

#[test]
fn a_variable_is_the_persons_own() {
    for name in ["GIT_SSH", "GIT_SSH_COMMAND"] {
        let lab = lab();
        let folder = lab.repository("project", OURS);
        lab.set_env(name, "/opt/absent/ssh");
        let before = lab.tree();
        let fix = lab.command("sshstep").args(["fix", "--yes"]).dir(&folder);
        fix.run().expect(5).says(&format!("unset {name}"));
        assert!(person(&lab.tree(), &before).is_empty());
    }
}

#[test]
fn nothing_is_changed_while_another_git_writes() {
    let lab = lab();
    let folder = lab.repository("project", "git@github.com/ana/project.git");
    lab.write("project/.git/config.lock", "");
    let before = lab.tree();
    let fix = lab.command("sshstep").args(["fix", "--yes"]).dir(&folder);
    fix.run().expect(5).says("config.lock");
    assert!(person(&lab.tree(), &before).is_empty());
}

#[test]
fn a_symlink_and_a_mode_stay() {
    let lab = lab();
    let folder = lab.repository("project", OURS);
    lab.write(
        "dotfiles/gitconfig",
        "[core]\n\tsshCommand = absent-plink\n",
    );
    lab.mode("dotfiles/gitconfig", 0o640);
    symlink("dotfiles/gitconfig", lab.path(".gitconfig")).expect("the home is writable");
    let fixed = mended(&lab, &folder);
    let tree = lab.tree();
    assert_eq!(tree.mode("dotfiles/gitconfig"), Some(0o640));
    let link = fs::symlink_metadata(lab.path(".gitconfig")).expect("it is there");
    assert!(link.is_symlink());
    fixed.can_be_undone();
}

#[test]
fn an_https_remote_is_the_persons_choice() {
    let lab = lab();
    let folder = lab.repository("project", HTTPS);
    let before = lab.tree();
    let fix = lab.command("sshstep").args(["fix", "--yes"]).dir(&folder);
    fix.run().expect(0).says("Let git use SSH for origin");
    assert!(person(&lab.tree(), &before).is_empty());
    let check = lab.command("sshstep").arg("check").dir(&folder).run();
    let said = check.expect(0).stdout;
    let words: Vec<&str> = said.split_whitespace().collect();
    let command = format!("(sshstep fix {HTTPS})");
    assert!(words.join(" ").contains(&command), "{said}");
    // Outside of it there is nothing to change.
    let out = lab.sshstep(&["check", HTTPS]).expect(0);
    assert!(!out.stdout.contains("Let git use SSH"), "{out}");
}

#[test]
fn a_token_in_an_address_is_not_shown() {
    let lab = lab();
    let folder = lab.repository("project", "https://x:ghp_secret@github.com:ana/project.git");
    let fix = lab.command("sshstep").args(["fix", "--dry-run"]);
    let output = fix.dir(&folder).run().expect(1).says(OURS);
    assert!(!output.stdout.contains("ghp_secret"), "{output}");
    assert!(!output.stderr.contains("ghp_secret"), "{output}");
}
