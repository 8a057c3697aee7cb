//! Does the circle end: with a working connection, with words for a person, or with everything as it was?

use super::lab::{Lab, Route};
use super::{broken, broken_for, person};

fn lab() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab
}

#[test]
fn what_works_is_left_alone() {
    let lab = lab();
    let key = lab.key("id_ed25519").make();
    lab.server.publish(&key);
    let before = lab.tree();
    lab.sshstep(&["fix", "--yes", "github.com"])
        .expect(0)
        .says("Nothing was changed");
    lab.sshstep(&["fix", "--dry-run", "github.com"]).expect(0);
    lab.tree().assert_untouched(&before);
}

#[test]
fn one_repair_after_the_other() {
    let lab = lab();
    lab.key("work").make();
    let known = lab.key("home").make();
    lab.server.publish(&known);
    lab.mode(".ssh/work", 0o666);
    lab.write(
        ".ssh/config",
        "Host github.com\n  IdentityFile ~/.ssh/work\n",
    );
    lab.mode(".ssh/home", 0o640);
    // The whole command, so that the person has nothing to add to it.
    lab.sshstep(&["fix", "--dry-run", "git@github.com"])
        .expect(1)
        .says("sshstep fix --yes git@github.com");
    let fixed = broken(&lab, "git@github.com").gets_mended();
    assert!(fixed.changes().len() > 1, "{}", fixed.output);
    fixed.can_be_undone();
}

#[test]
fn an_unknown_key_needs_a_person() {
    let lab = lab();
    lab.key("id_ed25519").make();
    let fixed = broken(&lab, "git@github.com").needs_a_person("key-not-registered");
    assert_eq!(fixed.json["changes"].as_array().map(Vec::len), Some(0));
    lab.sshstep(&["fix", "--yes", "github.com"])
        .expect(5)
        .says("Next:");
}

#[test]
fn a_disk_that_cannot_be_written_is_exit_4_and_all_is_as_before() {
    let lab = lab();
    lab.key("work").make();
    let known = lab.key("home").make();
    lab.server.publish(&known);
    lab.write(
        ".ssh/config",
        "Host github.com\n  IdentityFile ~/.ssh/work\n",
    );
    lab.make_read_only(".ssh");
    let before = lab.tree();
    lab.sshstep(&["fix", "--yes", "git@github.com"]).expect(4);
    assert!(person(&lab.tree(), &before).is_empty());
}

#[test]
fn yes_and_dry_run_exclude_each_other_and_json_needs_one_of_them() {
    let lab = lab();
    lab.sshstep(&["fix", "--yes", "--dry-run", "github.com"])
        .expect(2);
    lab.sshstep(&["fix", "--json", "github.com"])
        .expect(2)
        .says("--dry-run");
    lab.sshstep(&["fix", "--yes"]).expect(2).says("no TARGET");
}

#[test]
fn setup_takes_the_same_options() {
    let lab = lab();
    let key = lab.key("id_ed25519").make();
    lab.server.publish(&key);
    lab.mode(".ssh/id_ed25519", 0o640);
    lab.sshstep(&["setup", "--dry-run", "git@github.com"])
        .expect(1)
        .says("mode 0640 becomes 0600");
    lab.sshstep(&["setup", "--yes", "git@github.com"]).expect(0);
    lab.ssh(&["-T", "git@github.com"]).expect(1);
}

#[test]
fn what_ssh_refuses_and_what_comes_behind_it_are_both_mended() {
    for config in [
        "\u{feff}Host github.com\n  IdentityFile ~/.ssh/work\n",
        "Host github.com\n  IdentityFile \"~/.ssh/work\n  User bob\n",
        "Host github.com\n  IdentityFil ~/.ssh/work\n  IdentitiesOnly ja\n",
        "Host *\n  UseKeychain yes\n  IdentityFile ~/.ssh/work\n",
    ] {
        let lab = lab();
        lab.key("work").make();
        lab.server.publish(&lab.key("home").make());
        lab.mode(".ssh/home", 0o644);
        lab.write(".ssh/config", config);
        lab.mode(".ssh/config", 0o666);
        let fixed = broken(&lab, "git@github.com").gets_mended();
        assert!(fixed.changes().len() > 3, "{}", fixed.output);
        fixed.can_be_undone();
    }
}

#[test]
fn a_repair_of_ours_is_not_taken_for_a_fault() {
    let lab = lab();
    lab.server.publish(&lab.key("id_ed25519").make());
    lab.write(
        ".ssh/config",
        "Host gh g\n  HostName gihtub.com\n  User git\n",
    );
    // What is behind the right name does not answer here.
    lab.route("github.com", Route::Dropped);
    let command = |lab: &Lab| lab.ssh(&["-T", "-oConnectTimeout=1", "gh"]);
    let fixed = broken_for(&lab, "gh", 1, command).fixed();
    assert_eq!(fixed.output.code, 5, "{}", fixed.output);
    fixed.changed(&["write-text config"]).can_be_undone();
}
