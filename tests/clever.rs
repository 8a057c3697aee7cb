//! Clever Cloud: does a person come from nothing to a real `git push`, and is each refusal told for what it is?
//!
//! The lab's sshd plays push.clever-cloud.com and one of its nodes; what a signed-in `ssh -T` prints there is
//! not documented, so it prints what nobody knows.
#![cfg(target_os = "linux")]

#[path = "clever/deploy_key.rs"]
mod deploy_key;
mod lab;

use lab::{Lab, Route};

const PUSH: &str = "push.clever-cloud.com";
const NODE: &str = "push-n2-par-clevercloud-customers.services.clever-cloud.com";
const GATEWAY: &str = "sshgateway-clevercloud-customers.services.clever-cloud.com";

/// What `clever` answers, as clever-tools 4 does; the account's keys are in a file of the lab.
const CLEVER: &str = r#"
case "$1 $2" in
"profile -F") echo '{"id":"user_1","email":"ana@lab.example","has2FA":false,"isTokenValid":true}' ;;
"ssh-keys -F") printf '['; sep=''
    while IFS='	' read -r name key; do
        printf '%s{"name":"%s","key":"%s","fingerprint":"x"}' "$sep" "$name" "$key"; sep=','
    done <'KEYS'; echo ']' ;;
"ssh-keys add") printf '%s\t%s\n' "$3" "$(cat "$4")" >>'KEYS'; cat "$4" >>'SERVER'
    echo "✓ SSH key $3 added successfully" ;;
*) exit 9 ;;
esac"#;

/// The service's three hosts, unknown to the person.
fn service() -> Lab {
    let lab = Lab::new();
    for host in [PUSH, NODE, GATEWAY] {
        lab.route(host, Route::Sshd);
    }
    lab.server.greet("clever-git: 7f3a", 1);
    lab
}

/// The same, its hosts known already.
fn known() -> Lab {
    let lab = service();
    for host in [PUSH, NODE, GATEWAY] {
        lab.trust(host);
    }
    lab
}

/// From now on `git` gets what git asks for, in this folder of the server, and nobody knows what without it.
fn take_pushes(lab: &Lab) -> std::path::PathBuf {
    let repositories = lab.dir().join("server/repositories");
    std::fs::create_dir_all(&repositories).expect("ours");
    let bare = repositories.join("app_1234.git");
    let git = lab.command("git").args(["init", "--quiet", "--bare"]);
    git.arg(&bare).run().expect(0);
    let script = lab.dir().join("server/clever-git");
    let words = format!(
        "[ -n \"$SSH_ORIGINAL_COMMAND\" ] || {{ echo 'clever-git: 7f3a' >&2; exit 1; }}\n\
         eval set -- \"$SSH_ORIGINAL_COMMAND\"\nexec \"$1\" \"{}$2\"\n",
        repositories.display()
    );
    std::fs::write(&script, words).expect("ours");
    lab.server.shell();
    lab.server
        .set("ForceCommand", &format!("sh '{}'", script.display()));
    bare
}

/// A folder with one commit on `main`, and the application's address as git remote `clever`.
fn application(lab: &Lab) -> std::path::PathBuf {
    let address = format!("git+ssh://git@{NODE}/app_1234.git");
    let folder = lab.repository("app", &address);
    for words in [
        &["remote", "rename", "origin", "clever"][..],
        &["checkout", "--quiet", "-b", "main"],
        &[
            "-c",
            "user.name=Ana",
            "-c",
            "user.email=ana@lab.example",
            "commit",
            "--quiet",
            "--allow-empty",
            "-m",
            "first",
        ],
    ] {
        lab.command("git").args(words).dir(&folder).run().expect(0);
    }
    folder
}

fn with_clever(lab: &Lab) {
    let keys = lab.dir().join("account-keys");
    std::fs::write(&keys, "").expect("ours");
    let server = lab.dir().join("server/keys/git");
    let script = CLEVER.replace("KEYS", &keys.display().to_string());
    lab.fake_program(
        "clever",
        &script.replace("SERVER", &server.display().to_string()),
    );
}

#[test]
fn from_nothing_to_the_first_push() {
    let lab = service();
    let agent = lab.agent();
    lab.set_env("SSH_AUTH_SOCK", agent.socket());
    lab.write(".gitconfig", "[user]\n  email = ana@lab.example\n");
    with_clever(&lab);
    let bare = take_pushes(&lab);
    let folder = application(&lab);

    let mut screen = lab.command("sshstep").dir(&folder).terminal(80, 24);
    screen.wait_for("this folder");
    screen.enter();
    screen.wait_for("Screen 21");
    // Its owner's address, because the service tells keys apart by it.
    screen.wait_for("Label  ana@lab.example");
    screen.enter();
    for _ in 0..2 {
        screen.wait_for("passphrase");
        screen.type_text("correct horse battery staple");
        screen.enter();
    }
    screen.wait_for("Screen 30");
    screen.wait_for("linked to GitHub");
    screen.press("4");
    screen.wait_for("clever is signed in as ana@lab.example. That account has no keys.");
    screen.press("y");
    screen.wait_for("clever lists this key now: it has arrived.");
    screen.press("1");
    screen.wait_for("Screen 62");
    screen.wait_for("no fingerprint that Clever Cloud publishes for this host");
    screen.press("1");
    screen.type_text(NODE);
    screen.enter();
    screen.wait_for("Screen 80");
    screen.wait_for("It works. Clever Cloud let you in.");
    screen.wait_for("git push clever BRANCH:master");
    screen.press("q");
    assert_eq!(screen.wait_exit(), 0);

    let line = lab.read(".ssh/id_ed25519.pub");
    assert!(line.trim_end().ends_with(" ana@lab.example"), "{line}");
    let file = lab.path(".ssh/id_ed25519");
    let open = lab.command("ssh-keygen").args(["-y", "-P", "", "-f"]);
    assert_ne!(open.arg(&file).run().code, 0, "it has its passphrase");
    let push = ["push", "--quiet", "clever", "main:master"];
    lab.command("git").args(push).dir(&folder).run().expect(0);
    let here = lab
        .command("git")
        .args(["rev-parse", "main"])
        .dir(&folder)
        .run();
    let there = lab
        .command("git")
        .args(["rev-parse", "master"])
        .dir(&bare)
        .run();
    assert_eq!(here.expect(0).stdout, there.expect(0).stdout);
}

#[test]
fn without_the_tool_the_page_takes_the_key_and_a_published_identity_is_compared() {
    let lab = service();
    lab.publish_host_key_in(
        "clevercloud",
        include_str!("../assets/providers/clevercloud.toml"),
        "SHA256:lys1oC3plDGyAsWD7Yd5fJVKQUV/Pbn/M5KI5GyAj5s",
    );
    let mut screen = lab.terminal(&[GATEWAY], 80, 24);
    screen.wait_for("Screen 21");
    // git knows no address here, and what stands there in its place is none.
    screen.wait_for("Clever Cloud wants your e-mail here");
    screen.press("2");
    screen.wait_for("Make it without a passphrase");
    screen.press("y");
    screen.wait_for("Screen 30");
    screen.wait_for("https://console.clever-cloud.com/users/me/ssh-keys");
    assert!(!screen.shows("Upload it with"), "{}", screen.screen());
    let line = lab.read(".ssh/id_ed25519.pub");
    lab.server.publish_line("ssh", &line);
    screen.press("4");
    screen.wait_for("Screen 60");
    screen.wait_for("Same. I compared every character.");
    screen.press("y");
    screen.wait_for("It works. Clever Cloud let you in.");
    screen.wait_for(&format!("ssh -t ssh@{GATEWAY}"));
    screen.press("q");
    assert_eq!(screen.wait_exit(), 0);
}

#[test]
fn whatever_it_prints_a_taken_key_is_signed_in() {
    let lab = known();
    let key = lab.key("id_ed25519").make();
    lab.server.publish(&key);
    let of_git_shell = "fatal: Interactive git shell is not enabled.\n\
        hint: ~/git-shell-commands should exist and have read and execute access.";
    let node = format!("git+ssh://git@{NODE}/app_1234.git");
    for (words, code) in [("clever-git: 7f3a", 1), (of_git_shell, 128), ("", 128)] {
        lab.server.greet(words, code);
        for target in ["clever", "clevercloud", PUSH, &node] {
            let output = lab.sshstep(&["check", target]);
            output.expect(0).says("It works. Clever Cloud let you in.");
        }
    }
}

#[test]
fn each_address_is_recognised_with_its_own_login() {
    let lab = known();
    let node = format!("git+ssh://git@{NODE}/app_1234.git");
    let gateway = format!("ssh@{GATEWAY}");
    for (typed, login, host) in [
        ("clever", "git", PUSH),
        ("clever-cloud", "git", PUSH),
        (&node, "git", NODE),
        (NODE, "git", NODE),
        (GATEWAY, "ssh", GATEWAY),
        (&gateway, "ssh", GATEWAY),
    ] {
        let said = lab.sshstep(&["check", "--json", typed]).expect(1).stdout;
        let json: serde_json::Value = serde_json::from_str(&said).expect("one object");
        assert_eq!(json["target"]["user"], login, "{typed}");
        assert_eq!(json["target"]["host"], host, "{typed}");
        assert_eq!(json["target"]["port"], 22, "{typed}");
        assert_eq!(json["target"]["provider"], "clevercloud", "{typed}");
    }
    // A folder of the application needs no address at all.
    let folder = application(&lab);
    let here = lab.command("sshstep").arg("check").dir(&folder).run();
    here.expect(1).says(&format!("Checked: git@{NODE}"));
}

#[test]
fn a_server_that_would_take_a_password_has_not_got_the_key() {
    let lab = known();
    lab.server.set("PasswordAuthentication", "yes");
    lab.key("id_ed25519").make();
    let check = lab.sshstep(&["check", "clever"]).expect(1);
    check.says("[key-not-registered]");
    let screen = lab.terminal(&["clever"], 80, 24);
    screen.wait_for("Screen 71");
    screen.wait_for("key-not-registered");
    screen.wait_for("Give the key to Clever Cloud");
}

#[test]
fn the_agent_offers_another_services_key_first() {
    let lab = known();
    let agent = lab.agent();
    lab.set_env("SSH_AUTH_SOCK", agent.socket());
    agent.add(&lab.key("github").make());
    let right = lab.key("clever_ed25519").make();
    lab.server.publish(&right);
    let check = lab.sshstep(&["check", "clever"]).expect(1);
    check.says("[wrong-key-offered]").says("clever_ed25519");
    let fix = lab.sshstep(&["fix", "--yes", "clever"]).expect(0);
    fix.says("It works. Clever Cloud let you in.");
    // Both names of the service, because ssh matches the one that git names.
    for host in [PUSH, NODE] {
        assert_eq!(lab.ssh(&[&format!("git@{host}")]).code, 1);
    }
}

#[test]
fn the_gateway_without_an_instance_has_taken_the_key() {
    let lab = known();
    let key = lab.key("id_ed25519").make();
    lab.server.publish_line("ssh", &key.public_line());
    let words = "Error: Failed to choose instance: 'Error while running choice script: Error: \
        This application has no instances you can ssh to'";
    lab.server
        .set("ForceCommand", &format!("echo \"{words}\" >&2; exit 1"));
    let check = lab.sshstep(&["check", GATEWAY]).expect(1);
    check.says("Signed in").says("[environment-inactive]");
    let screen = lab.terminal(&[GATEWAY], 80, 24);
    screen.wait_for("Screen 71");
    screen.wait_for("environment-inactive");
}

#[test]
fn the_gateway_waits_for_a_terminal_and_that_is_no_fault_of_the_key() {
    let lab = known();
    let key = lab.key("id_ed25519").make();
    lab.server.publish_line("ssh", &key.public_line());
    lab.server.set("ForceCommand", "tail -f /dev/null");
    let check = lab.sshstep(&["check", "--timeout", "1", GATEWAY]);
    check.expect(0).says("It works. Clever Cloud let you in.");
}

#[test]
fn what_a_push_prints_is_explained_in_the_service_s_words() {
    let lab = Lab::new();
    let remote = format!("git+ssh://git@{NODE}/app_1234.git");
    let denied = format!("git@{PUSH}: Permission denied (publickey).\n");
    for (text, says) in [
        (
            format!("git@{PUSH}'s password: "),
            "is on your Clever Cloud account",
        ),
        (
            format!("$ git push {remote} main:master\naccess denied"),
            "Add the key to your profile",
        ),
        (
            format!("$ git push {remote} master\nerror: src refspec master does not match any"),
            "git push REMOTE BRANCH:master",
        ),
        (
            format!(
                "To {remote}\nfatal: '/data/repositories/app_1234.git' does not appear to be a \
                 git repository"
            ),
            "This application was created from GitHub",
        ),
        (
            format!(
                "$ ssh ssh@{GATEWAY}\nPseudo-terminal will not be allocated because stdin is not a terminal."
            ),
            "wants a terminal, and ssh made none for it",
        ),
        // Nobody knows from this line alone, and a host called push is no push.
        (denied, "[unknown-needs-verbose]"),
    ] {
        let said = lab.command("sshstep").arg("explain").input(&text).run();
        let words = said.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        let code = says.trim_matches(['[', ']']);
        assert!(words.contains(code), "{text}\n{said}");
        assert!(!words.contains("no right to write"), "{said}");
    }
}
