//! Does a folder that is missing, full or read-only end in an answer?

use std::fs;

use super::lab::Lab;
use super::{is_clear, run, usual};

#[test]
fn no_ssh_folder_at_all() {
    let lab = Lab::new();
    let output = run(&lab, &["check", "github.com", "--no-connect"]).expect(0);
    assert!(output.stdout.contains("no-key-found"), "{output}");
    run(&lab, &["check", "github.com"]).expect(1);
    assert!(!lab.ssh_dir().exists());
}

#[test]
fn an_ssh_folder_that_is_a_file() {
    let lab = Lab::new();
    lab.route("github.com", super::lab::Route::Sshd);
    fs::write(lab.ssh_dir(), "not a folder").expect("the home is writable");
    let output = run(&lab, &["check", "github.com"]).expect(1);
    assert!(!output.stdout.contains("works"), "{output}");
    run(&lab, &["check", "github.com", "--json"]).expect(1);
}

#[test]
fn a_read_only_home_is_enough_for_looking() {
    let lab = usual();
    lab.make_read_only("");
    let output = run(&lab, &["check", "github.com"]).expect(0);
    assert!(output.stdout.contains("octocat"), "{output}");
    // A new host that the settings accept is met without writing.
    let lab = Lab::builder().ssh_dir().build();
    lab.server.publish(&lab.key("id_ed25519").make());
    lab.write(".ssh/config", "StrictHostKeyChecking accept-new\n");
    lab.make_read_only("");
    run(&lab, &["check", "github.com"]).expect(0);
}

#[test]
fn no_room_for_temporary_files() {
    let lab = usual();
    // Not one page: nothing fits.
    fs::create_dir(lab.path("small")).expect("the home is writable");
    lab.make_small("small", 4);
    let small = lab.path("small");
    let fill = lab
        .command("dd")
        .args(["if=/dev/zero", "bs=1k", "count=64"]);
    fill.arg(format!("of={}", small.join("fill").display()))
        .run();
    lab.set_env("TMPDIR", &small);
    let output = lab.sshstep(&["check", "github.com", "--json"]).expect(3);
    is_clear(&output);
    assert!(
        output.stderr.contains("full") || output.stderr.contains("space"),
        "{output}"
    );
    let json: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!(json["outcome"], "unknown");
    assert!(json["trouble"]["what"].is_string(), "{output}");
    let left: Vec<_> = lab
        .tree()
        .paths()
        .into_iter()
        .map(|p| p.display().to_string())
        .filter(|p| p.contains("small/sshstep"))
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

#[test]
fn a_temporary_folder_that_cannot_be_written() {
    let lab = usual();
    fs::create_dir(lab.path("closed")).expect("the home is writable");
    lab.make_read_only("closed");
    lab.set_env("TMPDIR", lab.path("closed"));
    let output = run(&lab, &["check", "github.com"]).expect(3);
    is_clear(&output);
    assert!(output.stderr.contains("TMPDIR"), "{output}");
    // What needs no temporary file still works.
    run(&lab, &["check", "github.com", "--no-connect"]).expect(0);
}
