//! Platform.sh and Upsun: is each refusal of the gateway told apart, and does the service's own tool help where a key alone does not?
//!
//! The lab's sshd is set up as the gateway is; `platform` is a stand-in that answers as the real one does (legacy-cli 4.30).
#![cfg(target_os = "linux")]

mod lab;

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
        screen.wait_for("1  Ask platform about the project");
        assert!(!screen.shows("Give the key to"), "{screen}");
        assert!(!screen.shows("more row"), "{screen}");
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
        let screen = repair(&lab, "mfa-required");
        screen.wait_for("1  Sign in again with that proof");
        screen.wait_for("2  Load a certificate with platform");
        assert!(!screen.shows("Give the key to"), "{screen}");
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
        let screen = repair(&lab, "mfa-required");
        screen.wait_for("platform login --method mfa,sso:acme");
        assert!(!screen.shows("more row"), "{screen}");
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

/// The service's authority, which the tool has sign keys; who shows its certificate is let in, everybody else
/// is told `refusal`.
fn wants_certificate(lab: &Lab, refusal: &str) -> Key {
    let authority = lab.key("authority/ca").make();
    let file = |name: &str| lab.dir().join("server").join(name);
    let put = |name: &str, text: &str| fs::write(file(name), text).expect("writable");
    put("principals", "0f0f0f0f-1111\n");
    put("refusal", &format!("{refusal}\n"));
    put("welcome", WELCOME);
    put(
        "judge",
        &format!(
            "if grep -q cert-v01 \"$SSH_USER_AUTH\"; then cat '{}'; exit 0; fi\ncat '{}' >&2; exit 255\n",
            file("welcome").display(),
            file("refusal").display()
        ),
    );
    let set = |name: &str, value: &str| lab.server.set(name, value);
    set(
        "TrustedUserCAKeys",
        authority.public.to_str().expect("UTF-8"),
    );
    set(
        "AuthorizedPrincipalsFile",
        file("principals").to_str().expect("UTF-8"),
    );
    set("PermitTTY", "no");
    set("ForceCommand", &format!("sh '{}'", file("judge").display()));
    authority
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
fn the_tool_signs_in_again_and_its_certificate_opens_the_door() {
    let lab = gateway();
    known_key(&lab);
    let authority = wants_certificate(&lab, STEP_UP);
    tool(&lab, Some(&authority), "");
    lab.write(".ssh/config", "# mine\nHost *\n  ServerAliveInterval 30\n");
    let before = lab.tree();
    let mut screen = repair(&lab, "mfa-required");
    screen.press("1");
    screen.wait_for("Screen 34");
    screen.wait_for("> 2. Sign in: platform login --method mfa,sso:acme");
    assert!(!screen.shows("more row"), "{screen}");
    // Nothing runs by Enter.
    assert!(calls(&lab).is_empty());
    screen.press("y");
    screen.wait_for("Now the certificate.");
    screen.wait_for("> 3. Load a certificate: platform ssh-cert:load");
    screen.wait_for("adds a block with an Include line");
    assert!(!screen.shows("more row"), "{screen}");
    lab.tree().assert_untouched(&before);
    screen.press("y");
    screen.wait_for("ssh shows a certificate to");
    screen.wait_for("from now, until");
    screen.wait_for("id_ed25519-cert.pub");
    screen.enter();
    screen.wait_for("It works");
    screen.wait_for("Was run: platform ssh-cert:load");
    screen.press("q");
    assert_eq!(screen.wait_exit(), 0);
    lab.ssh(&["-T", &target()]).expect(0);
    assert_eq!(calls(&lab)[0], "login --method mfa,sso:acme");
    assert_eq!(calls(&lab)[1], "ssh-cert:load");
    check(&lab).expect(0).says("It works");
}

#[test]
fn without_the_tool_the_commands_are_to_be_typed() {
    let lab = gateway();
    known_key(&lab);
    says(&lab, WANTS_MFA, 255);
    let mut screen = repair(&lab, "mfa-required");
    screen.press("2");
    screen.wait_for("Screen 34");
    screen.wait_for("2. Sign in: platform login -f");
    screen.wait_for("3. Load a certificate: platform ssh-cert:load");
    screen.wait_for("platform is not installed here.");
    assert!(!screen.shows("Run it now"), "{screen}");
    says(&lab, WELCOME, 0);
    screen.enter();
    screen.wait_for("It works");
}

#[test]
fn looking_at_the_settings_never_runs_the_tool_s_hook() {
    let lab = gateway();
    let authority = wants_certificate(&lab, STEP_UP);
    tool(&lab, Some(&authority), "");
    lab.command("platform").arg("ssh-cert:load").run().expect(0);
    lab.key("id_ed25519").make();
    let before = calls(&lab).len();
    lab.sshstep(&["check", "--no-connect", &target()]).expect(0);
    assert_eq!(calls(&lab).len(), before, "{:?}", calls(&lab));
    // ssh itself does run it when it connects.
    lab.ssh(&["-T", &target()]).expect(0);
    assert_eq!(
        calls(&lab).last().map(String::as_str),
        Some("ssh-cert:load --refresh-only --yes --quiet")
    );
    check(&lab).expect(0);
}

#[test]
fn a_certificate_whose_hour_is_over_is_found_through_the_tool_s_lines() {
    let lab = gateway();
    let authority = wants_certificate(&lab, STEP_UP);
    tool(&lab, Some(&authority), "");
    lab.command("platform").arg("ssh-cert:load").run().expect(0);
    let key = lab.path(".platformsh/.session/sess-cli-default/ssh/id_ed25519.pub");
    let sign = lab.command("ssh-keygen").args([
        "-q",
        "-I",
        "ana",
        "-n",
        "0f0f0f0f-1111",
        "-V",
        "-2h:-1h",
        "-s",
    ]);
    sign.arg(&authority.path).arg(&key).run().expect(0);
    check(&lab)
        .expect(1)
        .says("[certificate-expired]")
        .says("sess-cli-default/ssh/id_ed25519-cert.pub")
        .says("Next: Load a certificate with platform (platform ssh-cert:load)");
    let mut screen = repair(&lab, "certificate-expired");
    screen.press("1");
    screen.wait_for("Screen 34");
    screen.press("y");
    screen.wait_for("from now, until");
    screen.enter();
    screen.wait_for("It works");
}

#[test]
fn our_own_change_goes_beside_the_tool_s_block_and_comes_back() {
    let lab = gateway();
    let authority = wants_certificate(&lab, STEP_UP);
    tool(&lab, Some(&authority), "");
    lab.command("platform").arg("ssh-cert:load").run().expect(0);
    // Another server, whose key has a name that ssh does not try.
    lab.route("host.example", Route::Sshd);
    lab.trust("host.example");
    lab.server.set("ForceCommand", "none");
    let key = lab.key("work").make();
    lab.server.publish_line("deploy", &key.public_line());
    let before = lab.read(".ssh/config");
    lab.ssh(&["deploy@host.example", "true"]).expect(255);
    lab.sshstep(&["fix", "--yes", "deploy@host.example"])
        .expect(0);
    lab.ssh(&["deploy@host.example", "true"]).expect(0);
    assert!(
        lab.read(".ssh/config").contains(before.trim()),
        "{}",
        lab.read(".ssh/config")
    );
    // The tool writes its block again, as it does after an update.
    let own = lab.read(".ssh/config");
    lab.write(".ssh/config", own.replace("/*.config", "/*.config # newer"));
    lab.sshstep(&["undo", "--yes"]).expect(0);
    assert_eq!(
        lab.read(".ssh/config"),
        before.replace("/*.config", "/*.config # newer")
    );
}

/// The project as the tool tells it: the state of the environment, and how its last deployment ended. Deploying makes
/// the gateway let the person in.
fn project(lab: &Lab, status: &str, result: &str) {
    let run = lab.dir().join("server/say");
    let deploy = format!(
        "printf 'Are you sure you want to deploy the environment main? [Y/n] ' >&2; read -r answer\n    echo \"cat '{}'; exit 0\" >'{}' ;;\n",
        lab.dir().join("server/welcome").display(),
        run.display()
    );
    fs::write(lab.dir().join("server/welcome"), WELCOME).expect("writable");
    let more = format!(
        "environment:list) printf 'staging\\tstaging-5emqmvq\\tActive\\nmain\\tmain-7rqtwti\\t{status}\\n' ;;\n\
         activity:list) [ '{result}' ] || {{ echo 'No activities found' >&2; exit 1; }}; printf 'complete\\t{result}\\n' ;;\n\
         environment:redeploy|environment:activate|environment:resume) {deploy}"
    );
    tool(lab, None, &more);
}

/// Screen 77, from the refusal.
fn environment(lab: &Lab) -> Terminal {
    let mut screen = repair(lab, "environment-inactive");
    screen.press("1");
    screen.wait_for("Screen 77");
    screen
}

#[test]
fn what_is_done_depends_on_the_state_and_is_tested_afterwards() {
    for (status, result, words, command) in [
        (
            "Active",
            "failure",
            "Its last deployment failed",
            "redeploy",
        ),
        ("Active", "success", "It runs, but newer keys", "redeploy"),
        ("Inactive", "", "It does not run", "activate"),
        ("Paused", "", "It is paused", "resume"),
    ] {
        let lab = gateway();
        known_key(&lab);
        says(&lab, NO_ACCESS, 255);
        project(&lab, status, result);
        let mut screen = environment(&lab);
        screen.wait_for(words);
        screen.wait_for("main (main-7rqtwti)");
        let line = format!("environment:{command} -p abcdefghi5k -e main-7rqtwti");
        screen.wait_for(&format!("platform {line}"));
        assert!(!screen.shows("more row"), "{screen}");
        // Asked only, and nothing is done by Enter.
        let asked = calls(&lab);
        assert!(
            asked
                .iter()
                .all(|call| call.contains("list") || call.contains("info")),
            "{asked:?}"
        );
        screen.press("p");
        screen.wait_for("names are hidden now");
        assert!(
            !screen.shows("abcdefghi5k") && !screen.shows("7rqtwti"),
            "{screen}"
        );
        screen.press("p");
        screen.wait_for("names are shown again");
        screen.press("y");
        screen.wait_for("Are you sure");
        screen.enter();
        screen.wait_for("It works");
        assert_eq!(calls(&lab).last(), Some(&line));
    }
}

#[test]
fn a_deployment_under_way_and_a_wrong_name_offer_none() {
    for (status, words) in [
        ("In progress", "Wait until that is over"),
        ("Deleting", "Deleting"),
    ] {
        let lab = gateway();
        known_key(&lab);
        says(&lab, NO_ACCESS, 255);
        project(&lab, status, "");
        let screen = environment(&lab);
        screen.wait_for(words);
        assert!(!screen.shows("With y this runs"), "{screen}");
    }
    let lab = gateway();
    known_key(&lab);
    says(&lab, NO_ACCESS, 255);
    tool(
        &lab,
        None,
        "environment:list) printf 'main\\tmain-bvxea6i\\tActive\\n' ;;\n",
    );
    let screen = environment(&lab);
    screen.wait_for("not in this project");
    screen.wait_for("The name in the address is wrong");
}

#[test]
fn a_deployment_that_is_not_confirmed_and_a_tool_that_is_signed_out() {
    let lab = gateway();
    known_key(&lab);
    says(&lab, NO_ACCESS, 255);
    tool(
        &lab,
        None,
        "environment:list) printf 'main\\tmain-7rqtwti\\tActive\\n' ;;\nactivity:list) exit 1 ;;\nenvironment:redeploy) exit 1 ;;\n",
    );
    let mut screen = environment(&lab);
    screen.wait_for("With y this runs");
    screen.press("y");
    screen.wait_for("It did not end well. Press Enter");
    screen.enter();
    screen.wait_for("The command did not end well.");
    // The tool was asked once more.
    screen.wait_for("Ask again");
    // Its real exit code is 0 then, and it prints nothing.
    lab.fake_program("platform", "exit 0");
    screen.press("r");
    screen.wait_for("Nobody is signed in at platform.");
    screen.wait_for("platform login");
}

#[test]
fn without_the_tool_an_empty_commit_is_shown_and_left_to_the_person() {
    let lab = gateway();
    known_key(&lab);
    says(&lab, NO_ACCESS, 255);
    let folder = lab.repository("site", &format!("abcdefghi5k@{GIT}:abcdefghi5k.git"));
    let mut screen = lab
        .command("sshstep")
        .arg(target())
        .dir(&folder)
        .terminal(80, 24);
    screen.wait_for("environment-inactive");
    screen.press("1");
    screen.wait_for("Screen 77");
    screen.wait_for("platform is not installed here");
    screen.wait_for("git commit --allow-empty -m Redeploy");
    screen.wait_for("git push origin");
    assert!(!screen.shows("Do it"), "{screen}");
    let log = lab
        .command("git")
        .args(["log", "--oneline"])
        .dir(&folder)
        .run();
    assert_ne!(log.code, 0, "there is no commit: {log}");
}

#[test]
fn code_that_comes_from_github_leads_to_github() {
    let lab = gateway();
    let key = known_key(&lab);
    lab.trust("github.com");
    tool(
        &lab,
        None,
        "integration:list) printf 'github\\t\"Repository: acme/site\\nHook URL: https://eu.platform.sh/x\"\\n' ;;\n",
    );
    let folder = lab.repository("site", &format!("abcdefghi5k@{GIT}:abcdefghi5k.git"));
    let mut screen = lab.command("sshstep").dir(&folder).terminal(80, 24);
    screen.wait_for("origin");
    screen.enter();
    screen.wait_for("key-not-registered");
    screen.wait_for("3  Ask platform about the project");
    screen.press("3");
    screen.wait_for("Its code comes from GitHub");
    lab.server.publish(&key);
    screen.press("1");
    screen.wait_for("signed you in as octocat");
    assert_eq!(
        calls(&lab).last().map(String::as_str),
        Some(
            "integration:list --project abcdefghi5k --format tsv --columns type,summary --no-header"
        )
    );
}

#[test]
fn a_block_for_the_domain_covers_none_of_its_hosts() {
    let lab = gateway();
    lab.key("id_ed25519").make();
    let key = lab.key("platform").make();
    lab.server.publish_line(APP, &key.public_line());
    lab.server.publish_line("abcdefghi5k", &key.public_line());
    says(&lab, WELCOME, 0);
    let block = "Host platform.sh\n  IdentityFile ~/.ssh/platform\n";
    lab.write(".ssh/config", block);
    let git = format!("abcdefghi5k@{GIT}");
    lab.ssh(&["-T", &target()]).expect(255);
    lab.ssh(&["-T", &git]).expect(255);
    check(&lab)
        .expect(1)
        .says("[alias-not-matched]")
        .says("Host platform.sh does not cover ssh.us-2.platform.sh");
    lab.sshstep(&["fix", "--yes", &target()]).expect(0);
    assert_eq!(
        lab.read(".ssh/config"),
        "Host platform.sh ssh.us-2.platform.sh git.us-2.platform.sh\n  IdentityFile ~/.ssh/platform\n"
    );
    lab.ssh(&["-T", &target()]).expect(0);
    lab.ssh(&["-T", &git]).expect(0);
    lab.sshstep(&["undo", "--yes"]).expect(0);
    assert_eq!(lab.read(".ssh/config"), block);
}

/// Screen 30, with the key that the gateway does not know.
fn screen_30(lab: &Lab) -> Terminal {
    let mut screen = repair(lab, "key-not-registered");
    screen.press("1");
    screen.wait_for("Screen 30");
    screen
}

#[test]
fn a_key_that_was_added_counts_after_the_next_deployment() {
    let lab = gateway();
    let key = lab.key("id_ed25519").comment("ana@lab").make();
    let md5 = lab
        .command("ssh-keygen")
        .args(["-l", "-E", "md5", "-f"])
        .arg(&key.public)
        .run()
        .expect(0);
    let md5 = md5
        .stdout
        .split_whitespace()
        .nth(1)
        .expect("a fingerprint")
        .trim_start_matches("MD5:")
        .replace(':', "");
    let deploy = format!(
        "environment:list) printf 'main\\tmain-7rqtwti\\tActive\\n' ;;\nactivity:list) exit 1 ;;\n\
         environment:redeploy) cat '{}' >>'{}' ;;\n\
         ssh-key:list) cat '{}' 2>/dev/null || {{ echo 'You do not yet have any SSH public keys in your account.' >&2; exit 1; }} ;;\n\
         ssh-key:add) printf 'ana@lab\\t{md5}\\n' >'{}' ;;\n",
        key.public.display(),
        lab.dir().join("server/keys").join(APP).display(),
        lab.dir().join("account").display(),
        lab.dir().join("account").display(),
    );
    tool(&lab, None, &deploy);
    says(&lab, WELCOME, 0);
    let mut screen = screen_30(&lab);
    assert!(!screen.shows("more row"), "{screen}");
    screen.press("4");
    screen.wait_for("is not on the account");
    screen.press("y");
    screen.wait_for("platform lists this key now: it has arrived.");
    screen.wait_for("counts after the environment is redeployed.");
    screen.press("1");
    screen.wait_for("does not know this key yet");
    screen.wait_for("the environment is not deployed since");
    assert!(!screen.shows("more row"), "{screen}");
    screen.press("2");
    screen.wait_for("Screen 77");
    screen.wait_for("It runs, but newer keys");
    screen.press("y");
    screen.wait_for("It works");
}

#[test]
fn a_key_of_another_account_is_replaced_by_a_second_one() {
    let lab = gateway();
    lab.key("id_ed25519").make();
    let mut screen = screen_30(&lab);
    screen.wait_for("It says: key is in use already");
    screen.press("5");
    screen.wait_for("Screen 21");
}

#[test]
fn the_agent_s_key_is_held_against_the_file_by_its_fingerprint() {
    let lab = gateway();
    let agent = lab.agent();
    lab.set_env("SSH_AUTH_SOCK", agent.socket());
    let key = lab.key("platform").make();
    agent.add(&key);
    lab.server.publish_line(APP, &key.public_line());
    says(&lab, WELCOME, 0);
    lab.key("id_ed25519").make();
    lab.write(
        ".ssh/config",
        "Host *.platform.sh\n  IdentityFile ~/.ssh/id_ed25519\n  IdentitiesOnly yes\n",
    );
    check(&lab)
        .expect(1)
        .says("[wrong-key-offered]")
        .says("asked about ~/.ssh/platform: the server knows it")
        .says("offered ~/.ssh/id_ed25519 ED25519 SHA256:");
    lab.sshstep(&["fix", "--yes", &target()]).expect(0);
    lab.ssh(&["-T", &target()]).expect(0);
}
