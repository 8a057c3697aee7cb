//! Is FILE all that a report writes, and never in the place of another?

use std::fs;
use std::os::unix::fs::symlink;

use super::worlds;

#[test]
fn a_new_file_for_the_person_alone_and_nothing_else() {
    let world = worlds::alias();
    let before = world.lab.tree();
    let at_first = world.lab.server.connections();
    world.run(&["check"]).expect(1);
    let by_check = world.lab.server.connections() - at_first;
    for (form, name) in [(&["report"][..], "r.md"), (&["report", "--json"], "r.json")] {
        let at_first = world.lab.server.connections();
        let saved = world.run(&[form, &["-o", name]].concat()).expect(0);
        assert_eq!(saved.stdout, "", "{saved}");
        for words in ["Saved: ", "Hidden: ", "Nothing was sent", "Reference: "] {
            assert!(saved.stderr.contains(words), "{saved}");
        }
        let by_report = world.lab.server.connections() - at_first;
        assert!(by_report <= by_check, "{by_report} connections");
        let after = world.lab.tree();
        assert_eq!(after.mode(name), Some(0o600));
        assert_eq!(after.differences(&before), [format!("{name} is new")]);
        fs::remove_file(world.lab.path(name)).expect("ours");
    }
}

#[test]
fn never_over_a_file_or_through_a_link() {
    let world = worlds::works();
    let lab = &world.lab;
    lab.write("mine.md", "mine");
    symlink(lab.path("mine.md"), lab.path("link.md")).expect("ours");
    symlink(lab.path("nowhere.md"), lab.path("dangling.md")).expect("ours");
    fs::create_dir(lab.path("folder.md")).expect("ours");
    let before = lab.tree();
    for name in ["mine.md", "link.md", "dangling.md", "folder.md"] {
        let failed = world.run(&["report", "-o", name]).expect(4);
        assert!(failed.stderr.contains("never overwrite"), "{failed}");
        assert_eq!(failed.stdout, "", "{failed}");
    }
    lab.tree().assert_untouched(&before);
}

#[test]
fn nothing_is_left_where_it_cannot_be_written() {
    let world = worlds::works();
    let lab = &world.lab;
    for name in ["small", "closed"] {
        fs::create_dir(lab.path(name)).expect("ours");
    }
    lab.make_small("small", 4);
    lab.make_read_only("closed");
    let before = lab.tree();
    for name in ["small/r.md", "closed/r.md", "missing/r.md"] {
        let failed = world.run(&["report", "--json", "-o", name]).expect(4);
        assert!(failed.stderr.contains("was not saved"), "{failed}");
        assert!(failed.stdout.contains("was not saved"), "{failed}");
        world.assert_clean("the object", &failed.stdout);
    }
    lab.tree().assert_same(&before);
    let small = lab.command("ls").args(["-A", "small"]).run().expect(0);
    assert_eq!(small.stdout, "");
}

/// The message names what is missing; a program gets an object all the same, and nobody's names with it.
#[test]
fn without_a_target_it_says_what_is_missing() {
    let mut world = worlds::works();
    world.args.clear();
    let failed = world.run(&["report"]).expect(2);
    assert!(failed.stderr.contains("no TARGET was given"), "{failed}");
    assert_eq!(failed.stdout, "", "{failed}");
    let failed = world.run(&["report", "--json"]).expect(2);
    let object: serde_json::Value = serde_json::from_str(&failed.stdout).expect("JSON");
    assert_eq!(object["outcome"], "unknown");
    assert_eq!(object["schema"], 1);
    let what = object["trouble"]["what"].as_str().unwrap_or_default();
    assert!(what.contains("no TARGET was given"), "{failed}");
    world.args = vec!["quillfeather@bad host".to_owned()];
    let failed = world.run(&["report", "--json"]).expect(2);
    world.assert_clean("the object", &failed.stdout);
}
