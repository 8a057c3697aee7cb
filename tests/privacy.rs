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

#[test]
fn a_pasted_message_is_masked_and_kept_nowhere() {
    let lab = Lab::new();
    lab.route("git.secretcorp.example", lab::Route::Sshd);
    lab.trust("git.secretcorp.example");
    let mut screen = lab.terminal(&["--masked"], 80, 24);
    screen.wait_for("Screen 10");
    screen.press("9");
    screen.wait_for("Screen 12");
    screen.paste(
        "debug1: Connecting to git.secretcorp.example [192.0.2.7] port 22.\n\
         debug1: Authenticating to git.secretcorp.example:22 as 'mallory'\n\
         Load key \"/home/mallory/.ssh/canarykey\": error in libcrypto\n\
         fatal: clone of 'git@git.secretcorp.example:canaryteam/x.git' failed\n\
         mallory@git.secretcorp.example: Permission denied (publickey).\n",
    );
    screen.wait_for("Check [host1] now");
    screen.press("1");
    screen.wait_for("Screen 71");
    screen.press("c");
    screen.wait_for("Screen 02");
    screen.press("b");
    screen.wait_for("Screen 71");
    let raw = String::from_utf8_lossy(&screen.raw()).into_owned();
    for name in ["secretcorp", "mallory", "canary", "192.0.2.7"] {
        let at = raw.find(name);
        assert!(
            at.is_none(),
            "{name}: {:?}",
            at.map(|at| &raw[at.saturating_sub(60)..at + 20])
        );
    }
    screen.press("q");
    assert_eq!(screen.wait_exit(), 5);
    let state = everything(&lab.path(".local/state/sshstep"));
    assert!(
        !state.contains("canary") && !state.contains("mallory"),
        "{state}"
    );
}

#[test]
fn explain_masks_what_the_text_itself_names() {
    let lab = Lab::new();
    let log = "debug1: Authenticating to buildbox:22 as 'mallory'\n\
        Load key \"/home/mallory/.ssh/canarykey\": error in libcrypto\n\
        mallory@buildbox: Permission denied (publickey).\n";
    for args in [
        &["explain", "--masked"][..],
        &["explain", "--masked", "--json"],
    ] {
        let output = lab.command("sshstep").args(args).input(log).run().expect(1);
        for name in ["buildbox", "mallory", "canarykey"] {
            assert!(!output.stdout.contains(name), "{name}: {}", output.stdout);
        }
    }
}
