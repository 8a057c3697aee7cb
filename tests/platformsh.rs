//! Platform.sh and Upsun: is each refusal of the gateway told apart, and does the service's own tool help where a key alone does not?
//!
//! The lab's sshd is set up as the gateway is; `platform` is a stand-in that answers as the real one does (legacy-cli 4.30).
#![cfg(target_os = "linux")]

#[path = "platformsh/certificate.rs"]
mod certificate;
#[path = "platformsh/keys.rs"]
mod keys;
mod lab;
#[path = "platformsh/project.rs"]
mod project;

use std::fs;

use lab::{Key, Lab, Output, Route, Terminal};

const APP: &str = "abcdefghi5k-main-7rqtwti--app";
const GATEWAY: &str = "ssh.us-2.platform.sh";
const GIT: &str = "git.us-2.platform.sh";

const WELCOME: &str =
    "\n Welcome to Upsun Fixed.\n\n This is environment main-7rqtwti of project abcdefghi5k.\n";
const NO_ACCESS: &str = "Hello ana b (UUID: 0f0f0f0f-1111-2222-3333-444444444444), you successfully authenticated, but could not connect to service abcdefghi5k-main-7rqtwti--app (reason: service doesn't exist or you do not have access to it)";
const WANTS_MFA: &str = "Hello ana b (UUID: 0f0f0f0f-1111-2222-3333-444444444444), you successfully authenticated, but could not connect to service abcdefghi5k-main-7rqtwti--app (reason: access requires MFA)";
const STEP_UP: &str = "Error: Access denied
Service: abcdefghi5k-main-7rqtwti--app
User: ana b (0f0f0f0f-1111-2222-3333-444444444444)
Parameters: {\"amr\":[\"mfa\",\"sso:acme\"]}
Detail: Additional authentication is required:
\t - Multi-factor authentication (MFA)
\t - Single sign-on (SSO), provider: \"acme\"";

fn target() -> String {
    format!("{APP}@{GATEWAY}")
}

/// The gateway and git's host, both known here.
fn gateway() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    for host in [GATEWAY, GIT] {
        lab.route(host, Route::Sshd);
        lab.trust(host);
    }
    lab
}

/// The gateway signs the key in, says this, and ends with this code.
fn says(lab: &Lab, words: &str, code: u8) {
    let file = lab.dir().join("server/said");
    fs::write(&file, format!("{words}\n")).expect("the lab's folder is writable");
    let run = lab.dir().join("server/say");
    fs::write(&run, format!("cat '{}' >&2; exit {code}\n", file.display())).expect("writable");
    lab.server.set("PermitTTY", "no");
    lab.server
        .set("ForceCommand", &format!("sh '{}'", run.display()));
}

/// The gateway takes the key, and turns the session away before it begins: ssh's last word is the plain denial.
fn turns_away(lab: &Lab, words: &str) {
    lab.server.banner(format!("{words}\n"));
    lab.server.set("AuthorizedKeysFile", "none");
}

fn known_key(lab: &Lab) -> Key {
    let key = lab.key("id_ed25519").comment("ana@lab").make();
    lab.server.publish_line(APP, &key.public_line());
    key
}

fn check(lab: &Lab) -> Output {
    // Wrapped lines are no part of what is said.
    let mut output = lab.sshstep(&["check", &target()]);
    let words: Vec<&str> = output.stdout.split_whitespace().collect();
    output.stdout = words.join(" ");
    output
}

/// Screen 71 of this cause.
fn repair(lab: &Lab, code: &str) -> Terminal {
    let screen = lab.terminal(&[&target()], 80, 24);
    screen.wait_for(code);
    screen.wait_for("Screen 71");
    screen
}
/// `platform`, signed in: what it writes is what the real one writes (src/Service/SshConfig.php, Snippeter.php).
/// Each call leaves its arguments in `calls`.
fn tool(lab: &Lab, authority: Option<&Key>, more: &str) {
    let script = r#"
echo "$*" >>'CALLS'
dir="$HOME/.platformsh/.session/sess-cli-default/ssh"
case "$1" in
auth:info) echo ana@lab.example ;;
login) echo "You are logged in." >&2 ;;
ssh-cert:load)
    case "$*" in *--refresh-only*) exit 0 ;; esac
    mkdir -p "$dir" "$HOME/.platformsh/ssh"
    rm -f "$dir"/id_ed25519*
    ssh-keygen -q -t ed25519 -N '' -C platformsh-temporary-cert -f "$dir/id_ed25519"
    ssh-keygen -q -s 'AUTHORITY' -I ana -n 0f0f0f0f-1111 -V -1m:+90m "$dir/id_ed25519.pub"
    echo "Generating SSH certificate..." >&2
    cat >"$HOME/.platformsh/ssh/session.config" <<END
# This file is included from your SSH config file (~/.ssh/config).
Host *.platform.sh
  Include $dir/config
END
    cat >"$dir/config" <<END
# Auto-refresh the SSH certificate:
Match host "*.platform.sh" exec "[ \$CLI_SSH_NO_REFRESH'' = '1' ] || platform ssh-cert:load --refresh-only --yes --quiet"
Host *.platform.sh

# Include the certificate and its key:
CertificateFile $dir/id_ed25519-cert.pub
IdentityFile $dir/id_ed25519
END
    chmod 600 "$dir/config" "$HOME/.platformsh/ssh/session.config"
    cat >>"$HOME/.ssh/config" <<END

# BEGIN: Platform.sh certificate configuration
Host *.platform.sh
  Include $HOME/.platformsh/ssh/*.config
Host *
# END: Platform.sh certificate configuration
END
    chmod 600 "$HOME/.ssh/config"
    echo "The certificate will be automatically refreshed when necessary." >&2 ;;
MORE
*) echo "Command \"$1\" is not defined." >&2; exit 9 ;;
esac"#;
    let authority = authority.map_or_else(String::new, |key| key.path.display().to_string());
    let calls = lab.dir().join("calls");
    let script = script
        .replace("CALLS", &calls.display().to_string())
        .replace("AUTHORITY", &authority)
        .replace("MORE\n", more);
    lab.fake_program("platform", &script);
}

fn calls(lab: &Lab) -> Vec<String> {
    let text = fs::read_to_string(lab.dir().join("calls")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_greeting_is_success() {
    let lab = gateway();
    known_key(&lab);
    says(&lab, WELCOME, 0);
    lab.ssh(&["-T", &target()]).expect(0);
    check(&lab).expect(0).says("It works");
}

#[test]
fn an_environment_that_lets_nobody_in_is_not_the_key_s_fault() {
    for way in [
        |lab: &Lab| says(lab, NO_ACCESS, 255),
        |lab: &Lab| turns_away(lab, NO_ACCESS),
    ] {
        let lab = gateway();
        known_key(&lab);
        way(&lab);
        lab.ssh(&["-T", &target()]).expect(255);
        check(&lab)
            .expect(1)
            .says("It does not work: Your key is right, but")
            .says("[environment-inactive]")
            .says("Ask platform about the project");
        let screen = repair(&lab, "environment-inactive");
        screen.wait_for("1  Ask platform about the project   not installed: says how");
        assert!(!screen.shows("Give the key to"), "{screen}");
        assert!(!screen.shows("more row"), "{screen}");
    }
}

/// Neither who it is nor where is left on the screen, also where the server says it in its own words.
fn masked(screen: &mut Terminal) {
    screen.press("p");
    screen.wait_for("names are hidden now");
    for name in ["ana b", "] b", "0f0f0f0f", "abcdefghi5k", "7rqtwti"] {
        assert!(!screen.shows(name), "{name}: {screen}");
    }
}

#[test]
fn a_second_factor_is_asked_for_by_name() {
    for way in [
        |lab: &Lab| says(lab, WANTS_MFA, 255),
        |lab: &Lab| turns_away(lab, WANTS_MFA),
    ] {
        let lab = gateway();
        known_key(&lab);
        way(&lab);
        check(&lab)
            .expect(1)
            .says("wants a second factor (MFA). [mfa-required]")
            .says("platform login -f");
        let mut screen = repair(&lab, "mfa-required");
        screen.wait_for("1  Sign in again with that proof");
        screen.wait_for("2  Load a certificate with platform");
        assert!(!screen.shows("Give the key to"), "{screen}");
        screen.press("3");
        screen.wait_for("Do what it says, then press r.");
        masked(&mut screen);
    }
}

#[test]
fn the_parameters_name_the_single_sign_on() {
    for way in [
        |lab: &Lab| says(lab, STEP_UP, 255),
        |lab: &Lab| turns_away(lab, STEP_UP),
    ] {
        let lab = gateway();
        known_key(&lab);
        way(&lab);
        check(&lab)
            .expect(1)
            .says("a second factor (MFA) and the single sign-on (SSO) of acme")
            .says("[mfa-required]")
            .says("platform login --method mfa,sso:acme");
        let mut screen = repair(&lab, "mfa-required");
        screen.wait_for("platform login --method mfa,sso:acme");
        assert!(!screen.shows("more row"), "{screen}");
        masked(&mut screen);
    }
}

#[test]
fn a_plain_denial_is_an_unknown_key() {
    let lab = gateway();
    lab.key("id_ed25519").make();
    check(&lab).expect(1).says("[key-not-registered]");
    let screen = repair(&lab, "key-not-registered");
    screen.wait_for("1  Give the key to Platform.sh");
    screen.wait_for("2  Load a certificate with platform");
    screen.wait_for("3  Ask platform about the project");
}

#[test]
fn what_was_pasted_is_explained() {
    let lab = Lab::new();
    for (text, words) in [
        (
            "Multi-factor authentication (MFA) is required.\nThe API token may need to be re-created after enabling MFA.\n",
            "Next: Make a new API token in place of the old one",
        ),
        (
            "The command failed with the exit code: 255\n",
            "255 is its own exit code",
        ),
        (
            "SSH key can not be duplicated\n",
            "Next: Give the other account a key of its own",
        ),
        (STEP_UP, "wants a second factor (MFA)"),
    ] {
        let explain = lab.command("sshstep").args(["explain", "-"]);
        explain.input(text).run().expect(1).says(words);
    }
}

#[test]
fn what_a_support_ticket_needs_is_saved_without_names() {
    let lab = gateway();
    known_key(&lab);
    says(&lab, NO_ACCESS, 255);
    let mut screen = repair(&lab, "environment-inactive");
    let row = screen.rows().into_iter().find_map(|row| {
        let (number, _) = row.split_once("  Save a report for support")?;
        Some(number.trim().to_owned())
    });
    let number = row.expect("a choice");
    screen.press(number.trim_start_matches(['>', '\u{276f}']).trim());
    screen.wait_for("Screen 90");
    screen.wait_for("Save as ~/sshstep-environment-inactive-");
    let before = lab.tree();
    screen.press("1");
    screen.wait_for("Saved: ~/sshstep-");
    let saved: Vec<_> = std::fs::read_dir(lab.home())
        .expect("a home")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("sshstep-environment-inactive-"))
        .collect();
    assert_eq!(saved.len(), 2, "{saved:?}");
    for name in &saved {
        let told = lab.read(name);
        assert!(told.contains("environment-inactive"), "{told}");
        assert!(told.contains("You pressed"), "{told}");
        for private in ["abcdefghi5k", "ana b", lab.home().to_str().expect("UTF-8")] {
            assert!(!told.contains(private), "{private}: {told}");
        }
        std::fs::remove_file(lab.path(name)).expect("it is ours");
    }
    lab.tree().assert_same(&before);
}
