//! Does the tool's certificate open the door, and do its lines in the settings stay out of our way?

use super::*;

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
    screen.wait_for("2. Sign in: platform login --method mfa,sso:acme   (next)");
    assert!(!screen.shows("more row"), "{screen}");
    // Nothing runs by Enter.
    assert!(calls(&lab).is_empty());
    screen.press("y");
    screen.wait_for("Now the certificate.");
    screen.wait_for("3. Load a certificate: platform ssh-cert:load   (next)");
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
