//! Can a support engineer watch every second of it? No name on a masked screen, no secret anywhere.
#![cfg(target_os = "linux")]

mod lab;

use lab::Lab;

const PASSPHRASE: &str = "canary-of-a-passphrase";

/// Everything below a folder, as one lossy string.
fn everything(folder: &std::path::Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            all += &everything(&entry.path());
        } else {
            all += &String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap_or_default());
        }
    }
    all
}

#[test]
fn a_masked_screen_shows_no_name_and_no_journal_holds_a_secret() {
    let lab = Lab::new();
    let agent = lab.agent();
    lab.set_env("SSH_AUTH_SOCK", agent.socket());
    lab.trust("git.secretcorp.example");
    lab.route("git.secretcorp.example", lab::Route::Sshd);
    let mut screen = lab.terminal(
        &["--masked", "git@git.secretcorp.example:team/x.git"],
        80,
        24,
    );
    screen.wait_for("Screen 21");
    screen.enter();
    screen.wait_for("New passphrase");
    screen.type_text(PASSPHRASE);
    screen.enter();
    screen.wait_for("again");
    // While it waits for the second one, no process knows the first.
    for process in lab.processes() {
        assert!(!process.command.contains(PASSPHRASE), "{}", process.command);
        let environment =
            std::fs::read(format!("/proc/{}/environ", process.pid)).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&environment).contains(PASSPHRASE));
    }
    screen.type_text(PASSPHRASE);
    screen.enter();
    screen.wait_for("Screen 30");
    let line = lab.read(".ssh/id_ed25519.pub");
    lab.server.publish_line("git", line.trim());
    screen.press("c");
    screen.wait_for("Screen 02");
    screen.press("b");
    screen.wait_for("I added it: check now");
    for choice in ["4", "3"] {
        if screen.shows(&format!("{choice}  I added it")) {
            screen.press(choice);
            break;
        }
    }
    screen.wait_for("Screen 80");
    let raw = String::from_utf8_lossy(&screen.raw()).into_owned();
    for name in ["secretcorp", "@laptop", "ana@", "/home/", PASSPHRASE] {
        let at = raw.find(name);
        assert!(
            at.is_none(),
            "{name}: {:?}",
            at.map(|at| &raw[at.saturating_sub(60)..at + 20])
        );
    }
    assert!(!raw.contains("PRIVATE KEY"));
    screen.press("q");
    assert_eq!(screen.wait_exit(), 0);

    let private = lab.read(".ssh/id_ed25519");
    let body = private.lines().nth(2).expect("a key has a body");
    let state = everything(&lab.path(".local/state/sshstep"));
    assert!(state.contains("make-key"), "the journal is there: {state}");
    for secret in [PASSPHRASE, body, "PRIVATE KEY"] {
        assert!(!state.contains(secret), "{secret} in the state folder");
    }
}

#[test]
fn a_company_server_of_an_own_provider_file_is_masked_by_p_as_well() {
    let lab = Lab::new();
    lab.write(
        ".config/sshstep/providers/corp.toml",
        "id = \"corp\"\nname = \"Our Git\"\nhosts = [\"git.secretcorp.example\"]\nuser = \"git\"\nconnect = \"git.secretcorp.example\"\n",
    );
    lab.trust("git.secretcorp.example");
    let mut screen = lab.terminal(&["setup", "corp"], 80, 24);
    screen.wait_for("Screen 21");
    screen.press("c");
    screen.wait_for("git.secretcorp.example");
    screen.press("p");
    screen.wait_gone("secretcorp");
    screen.press("q");
    assert_eq!(screen.wait_exit(), 5);
}
