//! Does undo show what somebody edited since, and lose none of it?

use std::fs;

use super::lab::Lab;

const BEFORE: &str = "Host github.com\n  IdentityFile ~/.ssh/work\n";

/// `fix --yes` has replaced the key in line 2.
fn repaired() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab.key("work").make();
    let known = lab.key("home").make();
    lab.server.publish(&known);
    lab.write(".ssh/config", BEFORE);
    lab.sshstep(&["fix", "--yes", "git@github.com"]).expect(0);
    lab
}

fn edit(lab: &Lab, from: &str, to: &str) {
    let text = lab.read(".ssh/config");
    assert!(text.contains(from), "{text}");
    fs::write(lab.path(".ssh/config"), text.replace(from, to)).expect("the file is ours");
}

#[test]
fn edits_elsewhere_are_shown_and_stay() {
    let lab = repaired();
    edit(&lab, "Host github.com", "# mine\nHost github.com");
    lab.sshstep(&["undo", "--yes"])
        .expect(0)
        .says("+     1  # mine")
        .says("only the lines of sshstep go");
    assert_eq!(lab.read(".ssh/config"), format!("# mine\n{BEFORE}"));
}

#[test]
fn edits_of_our_own_line_leave_the_file_alone_until_somebody_says_so() {
    let lab = repaired();
    edit(&lab, "~/.ssh/home", "~/.ssh/mine");
    let edited = lab.read(".ssh/config");
    lab.sshstep(&["undo", "--yes"])
        .expect(5)
        .says("+     2    IdentityFile ~/.ssh/mine")
        .says("cannot be told apart")
        .says("Nothing was taken back.");
    assert_eq!(lab.read(".ssh/config"), edited);
    // It can still be said.
    let mut screen = lab.terminal(&["undo"], 80, 24);
    screen.wait_for("Put the old file back all the same?");
    screen.send(b"n\r");
    screen.wait_for("Nothing was taken back.");
    assert_eq!(screen.wait_exit(), 5);
    let screen = lab.terminal(&["undo"], 80, 24);
    screen.wait_for("Put the old file back all the same?");
}

#[test]
fn on_a_terminal_undo_asks_about_the_edits() {
    let lab = repaired();
    edit(&lab, "~/.ssh/home", "~/.ssh/mine");
    let mut screen = lab.terminal(&["undo"], 80, 24);
    screen.wait_for("Put the old file back all the same?");
    screen.send(b"y\r");
    screen.wait_for("Take this back?");
    screen.send(b"y\r");
    assert_eq!(screen.wait_exit(), 0);
    assert_eq!(lab.read(".ssh/config"), BEFORE);
    // The edits are still there for who wants them: among the copies of the undo.
    let runs = lab.path(".local/state/sshstep/runs");
    let kept = walk(&runs)
        .into_iter()
        .any(|text| text.contains("~/.ssh/mine"));
    assert!(kept, "no copy of the edits");
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            texts.extend(walk(&path));
        } else {
            texts.push(fs::read_to_string(&path).unwrap_or_default());
        }
    }
    texts
}
