//! Does the service's own tool add a key, and is only its list believed?
//!
//! The tools are stand-ins that answer as the real ones do, failures included.
#![cfg(target_os = "linux")]

mod lab;

use lab::{Lab, Terminal};

/// A tool that keeps the account's keys in a file of the lab.
fn tool(lab: &Lab, name: &str, script: &str) {
    let keys = lab.dir().join("account-keys");
    std::fs::write(&keys, "").expect("the lab's folder is writable");
    lab.fake_program(name, &script.replace("KEYS", &keys.display().to_string()));
}

const GH: &str = r#"
case "$1 $2" in
"auth status")
    echo "github.com"
    echo "  ✓ Logged in to github.com account octocat (keyring)" ;;
"ssh-key list") cat 'KEYS' ;;
"ssh-key add")
    [ "$4" = --title ] || exit 2
    printf '%s\t%s\t2026-11-21T00:00:00Z\t7\tauthentication\n' "$5" "$(cat "$3")" >>'KEYS' ;;
*) exit 9 ;;
esac"#;

/// At screen 30 of a key that the service does not know.
fn at_the_key_page(lab: &Lab, target: &str) -> Terminal {
    let screen = lab.terminal(&[target], 80, 24);
    screen.wait_for("key-not-registered");
    screen
}

fn lab() -> Lab {
    let lab = Lab::new();
    lab.trust("github.com");
    lab
}

#[test]
fn the_key_is_added_after_y_and_the_list_proves_it() {
    let lab = lab();
    tool(&lab, "gh", GH);
    let key = lab.key("id_ed25519").comment("ana@lab").make();
    let mut screen = at_the_key_page(&lab, "github.com");
    screen.enter();
    screen.wait_for("Upload it with gh");
    screen.press("4");
    screen.wait_for("gh is signed in as octocat. That account has no keys:");
    screen.wait_for("gh ssh-key add ~/.ssh/id_ed25519.pub --title ana@lab");
    // Nothing is added by Enter.
    screen.enter();
    screen.wait_for("Screen 30");
    screen.press("4");
    screen.wait_for("is not on the account");
    screen.press("y");
    screen.wait_for("gh lists this key now: it has arrived.");
    screen.wait_for("on this computer: id_ed25519");
    lab.server.publish(&key);
    screen.press("1");
    screen.wait_for("signed you in as octocat");
    screen.press("q");
    assert_eq!(screen.wait_exit(), 0);
}

#[test]
fn a_key_that_is_there_is_not_added_again() {
    let lab = lab();
    tool(&lab, "gh", GH);
    let key = lab.key("id_ed25519").make();
    let line = format!(
        "old\t{}\t2020\t1\tauthentication\nother\tssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtGMsyzPeVtWqV8p2cWcZMa6NGVhGsuLSfGtsUdSEKM\n",
        key.public_line()
    );
    std::fs::write(lab.dir().join("account-keys"), line).expect("the lab's folder is writable");
    let mut screen = at_the_key_page(&lab, "github.com");
    screen.enter();
    screen.wait_for("Upload it with gh");
    screen.press("4");
    screen.wait_for("This key is on the account.");
    screen.wait_for("not on this computer");
    assert!(!screen.shows("Add the key"));
}

#[test]
fn nobody_is_signed_in() {
    let lab = lab();
    tool(
        &lab,
        "gh",
        "echo 'You are not logged into any GitHub hosts. To log in, run: gh auth login' >&2; exit 1",
    );
    lab.key("id_ed25519").make();
    let mut screen = at_the_key_page(&lab, "github.com");
    screen.enter();
    screen.wait_for("Upload it with gh");
    screen.press("4");
    screen.wait_for("Nobody is signed in at gh.");
    screen.wait_for("gh auth login");
}

#[test]
fn success_that_is_only_said_is_not_believed() {
    let lab = Lab::new();
    lab.route("push.clever-cloud.com", lab::Route::Sshd);
    lab.trust("push.clever-cloud.com");
    // clever 4 swallows what the API says and prints success all the same.
    tool(
        &lab,
        "clever",
        r#"
case "$1 $2" in
"profile -F") echo '{"email":"ana@lab.example"}' ;;
"ssh-keys -F") echo '[]' ;;
"ssh-keys add") echo '2001'; echo "✓ SSH key $3 added successfully" ;;
*) exit 9 ;;
esac"#,
    );
    lab.key("id_ed25519").make();
    let mut screen = at_the_key_page(&lab, "push.clever-cloud.com");
    screen.enter();
    screen.wait_for("Upload it with clever");
    screen.press("4");
    screen.wait_for("clever is signed in as ana@lab.example");
    screen.press("y");
    screen.wait_for("clever does not list this key: it has not arrived.");
    screen.wait_for("added successfully");
}

#[test]
fn without_the_tool_it_is_not_offered() {
    let lab = lab();
    lab.key("id_ed25519").make();
    let mut screen = at_the_key_page(&lab, "github.com");
    screen.enter();
    screen.wait_for("Screen 30");
    assert!(!screen.shows("Upload it with"));
}
