//! Does the service's own tool add a key, and is only its list believed?
//!
//! The tools are stand-ins that answer as the real ones do, failures included; `tests/real_tools.rs` has real ones.
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
echo "$*" >>'KEYS.asked'
case "$1 $2" in
"api user")
    [ "$GH_HOST" = github.com ] || exit 9
    echo octocat ;;
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
    screen.wait_for("gh is signed in as octocat. That account has no keys.");
    screen.wait_for("gh ssh-key add ~/.ssh/id_ed25519.pub --title ana@lab");
    // Nothing is added by Enter.
    screen.enter();
    screen.wait_for("Screen 30");
    screen.press("4");
    screen.wait_for("is not on the account");
    screen.press("y");
    screen.wait_for("gh lists this key now: it has arrived.");
    screen.wait_for("on this computer: id_ed25519");
    // What was shown is what was run.
    let ran = std::fs::read_to_string(lab.dir().join("account-keys.asked"));
    let file = lab.path(".ssh/id_ed25519.pub");
    let shown = format!("ssh-key add {} --title ana@lab", file.display());
    assert!(ran.is_ok_and(|ran| ran.contains(&shown)));
    // The list is one thing, the server another.
    screen.press("1");
    screen.wait_for("GitHub does not know this key yet.");
    lab.server.publish(&key);
    screen.press("1");
    screen.wait_for("signed you in as octocat");
    // What undo does not cover is named.
    screen.wait_for("Was run: gh ssh-key add ~/.ssh/id_ed25519.pub --title ana@lab");
    screen.press("q");
    assert_eq!(screen.wait_exit(), 0);
}

/// The tool may have added it before it hung: nothing is said of that which is not known.
#[test]
fn an_upload_that_hangs_is_stopped_and_the_list_is_asked_for_again() {
    let lab = lab();
    let hangs = GH.replace("'KEYS' ;;\n*)", "'KEYS'\n    sleep 1000 ;;\n*)");
    assert_ne!(hangs, GH);
    tool(&lab, "gh", &hangs);
    lab.key("id_ed25519").comment("ana@lab").make();
    let mut screen = at_the_account(&lab, "github.com", "gh");
    screen.wait_for("is not on the account");
    screen.press("y");
    screen.wait_for("Adding the key, then asking GitHub again:");
    let sleeps = || {
        let all = lab.processes();
        all.iter().any(|one| one.command.contains("sleep 1000"))
    };
    lab::poll(|| sleeps().then_some(())).expect("the tool hangs");
    screen.press("r");
    screen.wait_for("x stops it");
    screen.press("x");
    screen.wait_for("Whether the key has arrived is not known.");
    lab.wait_no_process("sleep 1000");
    screen.enter();
    screen.wait_for("This key is on the account.");
}

/// Nobody knows from this whether the account has keys.
#[test]
fn words_in_the_place_of_a_list_are_not_taken_for_an_empty_one() {
    let lab = lab();
    tool(
        &lab,
        "gh",
        "[ \"$1\" = api ] && echo octocat || echo 'A new release!'",
    );
    lab.key("id_ed25519").make();
    let screen = at_the_account(&lab, "github.com", "gh");
    screen.wait_for("gh did not list the keys.");
    screen.wait_for("A new release!");
    assert!(!screen.shows("no keys"), "{screen}");
}

/// A name from elsewhere leaves room for what is said about it, and is shown without doing anything.
#[test]
fn however_a_key_is_called_it_is_said_where_it_is() {
    let lab = lab();
    tool(&lab, "gh", GH);
    lab.key("id_ed25519").make();
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtGMsyzPeVtWqV8p2cWcZMa6NGVhGsuLSfGtsUdSEKM";
    let titles = [
        "鍵".repeat(60),
        "\u{202e}live".to_owned(),
        "\u{1b}]0;x".to_owned(),
    ];
    let lines: String = titles
        .iter()
        .map(|title| format!("{title}\t{key}\t2020\n"))
        .collect();
    std::fs::write(lab.dir().join("account-keys"), lines).expect("the lab's folder is writable");
    let mut screen = at_the_account(&lab, "github.com", "gh");
    screen.wait_for("That account has 2 keys:");
    screen.wait_for("\\u{202e}live");
    let told = screen
        .rows()
        .iter()
        .filter(|row| row.ends_with("  not on this computer"))
        .count();
    assert_eq!(told, 2, "{screen}");
    screen.resize(60, 16);
    screen.wait_for("not on this computer");
    assert!(!String::from_utf8_lossy(&screen.raw()).contains('\u{202e}'));
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
    let screen = at_the_account(&lab, "github.com", "gh");
    screen.wait_for("This key is on the account.");
    screen.wait_for("not on this computer");
    assert!(!screen.shows("Add the key"));
}

/// At screen 31.
fn at_the_account(lab: &Lab, target: &str, name: &str) -> Terminal {
    let mut screen = at_the_key_page(lab, target);
    screen.enter();
    screen.wait_for(&format!("Upload it with {name}"));
    screen.press("4");
    screen
}

/// Whoever signs in does it with the tool itself, after y.
#[test]
fn nobody_is_signed_in() {
    let lab = lab();
    tool(
        &lab,
        "gh",
        r#"
case "$1 $2" in
"auth login")
    echo "? Paste your authentication token:"
    read -r token
    echo "octocat" >'KEYS' ;;
"api user")
    if [ -s 'KEYS' ]; then cat 'KEYS'; exit 0; fi
    echo "To get started with GitHub CLI, please run:  gh auth login" >&2
    echo "Alternatively, populate the GH_TOKEN environment variable with a GitHub API authentication token." >&2
    exit 4 ;;
"ssh-key list") exit 0 ;;
*) exit 9 ;;
esac"#,
    );
    lab.key("id_ed25519").make();
    let mut screen = at_the_account(&lab, "github.com", "gh");
    screen.wait_for("Nobody is signed in at gh.");
    screen.wait_for("gh auth login --hostname github.com --scopes admin:public_key");
    // Enter would ask again, and start nothing.
    screen.wait_for("> 1  Ask again");
    screen.press("y");
    screen.wait_for("Paste your authentication token");
    screen.type_text("a-token\n");
    screen.wait_for("gh is signed in as octocat. That account has no keys.");
}

/// gh may be signed in without the right to see keys; it asks for that right itself, after y.
#[test]
fn the_sign_in_may_not_see_keys() {
    let lab = lab();
    tool(
        &lab,
        "gh",
        r#"
case "$1 $2" in
"api user") echo octocat ;;
"auth refresh") [ "$*" = "auth refresh -h github.com -s admin:public_key" ] && echo yes >'KEYS' ;;
"ssh-key list")
    if [ -s 'KEYS' ]; then exit 0; fi
    echo "HTTP 404: Not Found (https://api.github.com/user/keys?per_page=100)" >&2
    echo 'This API operation needs the "admin:public_key" scope. To request it, run:  gh auth refresh -h github.com -s admin:public_key' >&2
    exit 1 ;;
*) exit 9 ;;
esac"#,
    );
    lab.key("id_ed25519").make();
    let mut screen = at_the_account(&lab, "github.com", "gh");
    screen.wait_for("gh did not list the keys.");
    screen.wait_for("Let gh ask for that right");
    screen.press("y");
    screen.wait_for("gh is signed in as octocat. That account has no keys.");
}

#[test]
fn a_key_of_another_account_leads_to_another_key() {
    let lab = lab();
    tool(
        &lab,
        "gh",
        r#"
case "$1 $2" in
"api user") echo octocat ;;
"ssh-key list") exit 0 ;;
"ssh-key add")
    echo "HTTP 422: Validation Failed (https://api.github.com/user/keys)" >&2
    echo "key is already in use" >&2
    exit 1 ;;
*) exit 9 ;;
esac"#,
    );
    lab.key("id_ed25519").make();
    let mut screen = at_the_account(&lab, "github.com", "gh");
    screen.wait_for("is not on the account");
    screen.press("y");
    screen.wait_for("gh does not list this key: it has not arrived.");
    screen.wait_for("Use another key for this account");
    screen.press("1");
    screen.wait_for("Screen 74");
}

/// Also of a key that the server has taken long ago: the table is one step from the list of keys.
#[test]
fn the_account_is_compared_with_every_key_of_this_computer() {
    let lab = lab();
    tool(&lab, "gh", GH);
    let known = lab.key("id_ed25519").make();
    lab.key("id_rsa").make();
    lab.key("work").make();
    lab.server.publish(&known);
    let line = format!("laptop\t{}\t2020\t1\tauthentication\n", known.public_line());
    std::fs::write(lab.dir().join("account-keys"), line).expect("the lab's folder is writable");
    let mut screen = lab.terminal(&["setup", "github.com"], 80, 24);
    screen.wait_for("Screen 20");
    screen.wait_for("GitHub does not know this key");
    screen.wait_for("See which keys your account has");
    screen.press("6");
    screen.wait_for("on this computer: id_ed25519");
    screen.wait_for("Not on the account: id_rsa, work");
    screen.press("b");
    screen.wait_for("Screen 20");
}

/// Its list shows the two ends of each key only.
#[test]
fn scalingo_shows_a_part_of_each_key() {
    let lab = Lab::new();
    lab.route("ssh.osc-fr1.scalingo.com", lab::Route::Sshd);
    lab.trust("ssh.osc-fr1.scalingo.com");
    tool(
        &lab,
        "scalingo",
        r#"
case "$1" in
whoami) echo "-----> You are logged in as ana (ana@lab.example)" ;;
keys)
    echo '┌──────┬─────────┐'
    echo '│ NAME │ CONTENT │'
    echo '├──────┼─────────┤'
    while read -r name content; do
        # The content as it came, with a comment if there was one.
        printf '│ %s │ %s...%s │\n' "$name" "$(printf %.20s "$content")" "$(printf %s "$content" | tail -c 30)"
    done <'KEYS'
    echo '└──────┴─────────┘' ;;
keys-add)
    echo "$2 $(cat "$3")" >>'KEYS'
    echo "Key '$2' has been added." ;;
*) exit 9 ;;
esac"#,
    );
    let long = "ana@a-computer-with-a-long-name.example";
    lab.key("id_ed25519").comment(long).make();
    let other =
        "old ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtGMsyzPeVtWqV8p2cWcZMa6NGVhGsuLSfGtsUdSEKM\n";
    std::fs::write(lab.dir().join("account-keys"), other).expect("the lab's folder is writable");
    let mut screen = at_the_account(&lab, "ssh.osc-fr1.scalingo.com", "scalingo");
    screen.wait_for("scalingo is signed in as ana. That account has 1 key:");
    screen.wait_for("not on this computer");
    screen.wait_for("scalingo keys-add ana@a-computer-with-a-long-name.example key.pub");
    screen.wait_for("key.pub is a copy of the public half");
    screen.press("y");
    screen.wait_for("scalingo lists this key now: it has arrived.");
    screen.wait_for("on this computer: id_ed25519");
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
    let mut screen = at_the_account(&lab, "push.clever-cloud.com", "clever");
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
