//! Does the circle end: with a working connection, with words for a person, or with everything as it was?

use super::lab::Lab;
use super::{broken, person};

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
