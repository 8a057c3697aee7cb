//! What the person sees before `y` is what happens.

use std::fs;

use sshstep::plan::{Change, Context, Plan, Previewed, preview, preview_with};
use sshstep::text::Vocabulary;

use crate::home::{CANARY, Home};

/// A preview as `screen 50` would draw it.
fn drawn(home: &Home, shown: &[Previewed]) -> String {
    let mut vocabulary = Vocabulary::default();
    vocabulary.home = home.path("");
    let mut page = String::new();
    for change in shown {
        page += &format!("{}\n", vocabulary.show(&change.heading()));
        for (at, hunk) in change.hunks.iter().enumerate() {
            if at > 0 {
                page += "     ...\n";
            }
            for line in hunk {
                page += &format!(
                    "{} {:>2}  {}\n",
                    line.mark(),
                    line.number,
                    vocabulary.show(&line.text)
                );
            }
        }
        for note in &change.notes {
            page += &format!("{}\n", vocabulary.show(note));
        }
    }
    page
}

#[test]
fn a_block_through_a_link() {
    let dir = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(dir.path()).unwrap();
    let mut home = Home::new(&root);
    home.root = root;
    home.dir("dotfiles", 0o755);
    home.put(
        "dotfiles/ssh_config",
        "a\nb\nAddKeysToAgent yes\nHost *\nlast",
        0o600,
    );
    home.link("config", "dotfiles/ssh_config");
    let after = "a\nb\nAddKeysToAgent yes\nHost github.com\n\tUser git\nHost *\nlast\n";
    let plan = Plan::new("x", vec![home.change("config", after)]);
    let page = drawn(&home, &preview_with(&plan, Context::Lines(1)));
    assert_eq!(
        page,
        "~/config  (real file: ~/dotfiles/ssh_config)  2 lines added\n\
         \x20  3  AddKeysToAgent yes\n\
         +  4  Host github.com\n\
         +  5  \\tUser git\n\
         \x20  6  Host *\n\
         Its last line had no line end, and gets one.\n"
    );
    assert_eq!(preview_with(&plan, Context::WholeFile)[0].hunks[0].len(), 7);
    assert!(!home.state().exists());
}

#[test]
fn every_kind_of_change() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path());
    home.put("config", "a\n", 0o600);
    let plan = Plan::new(
        "x",
        vec![
            Change::MakeDir {
                path: home.path(".ssh"),
                mode: 0o700,
            },
            home.new_key(".ssh/id"),
            home.change("new", "\u{1b}]0;x\u{7}\n"),
            Change::SetMode {
                path: home.path("id"),
                before: 0o644,
                after: 0o600,
            },
            Change::RemoveOurs {
                path: home.path("config"),
                expected: b"a\n".to_vec(),
            },
            Change::RemoveOurDir {
                path: home.path("dir"),
            },
        ],
    );
    let page = drawn(&home, &preview(&plan));
    let lines: Vec<&str> = page.lines().collect();
    assert_eq!(
        lines,
        [
            "~/.ssh  new folder, mode 0700",
            "~/.ssh/id  new private key, mode 0600",
            "~/.ssh/id.pub  new public key, mode 0644",
            "ssh-ed25519 AAAAC3Nza canary@home",
            "~/new  new file, mode 0600",
            "+  1  \\u{1b}]0;x\\u{7}",
            "~/id  mode 0644 becomes 0600",
            "~/config  file removed; sshstep had made it",
            "-  1  a",
            "~/dir  empty folder removed; sshstep had made it",
        ]
    );
}

#[test]
fn a_private_key_is_never_shown() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path());
    let plan = Plan::new("x", vec![home.change("config", CANARY), home.new_key("id")]);
    let page = drawn(&home, &preview(&plan));
    assert!(
        !page.contains("canary4711") && page.contains("holds a private key"),
        "{page}"
    );
}

#[test]
fn a_file_with_two_names_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path());
    home.put("config", "a\n", 0o600);
    fs::hard_link(home.path("config"), home.path("other")).unwrap();
    let plan = Plan::new("x", vec![home.change("config", "b\n")]);
    assert!(drawn(&home, &preview(&plan)).contains("has 2 names"));
}
