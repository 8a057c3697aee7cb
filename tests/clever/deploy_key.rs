//! Does the platform get a key of its own for a private repository, and nothing of the person's?

use crate::lab::{Lab, Terminal};
use crate::{PUSH, service};

/// At screen 80, signed in at Clever Cloud, in a folder that comes from a private repository of GitHub.
fn signed_in(lab: &Lab, cols: u16, rows: u16) -> Terminal {
    lab.trust(PUSH);
    lab.trust("github.com");
    lab.server.publish(&lab.key("id_ed25519").make());
    let folder = lab.repository("app", "git@github.com:octo/site.git");
    let sshstep = lab.command("sshstep").arg("clever").dir(&folder);
    let screen = sshstep.terminal(cols, rows);
    screen.wait_for("Screen 80");
    screen
}

const DEPLOY_KEY: &str = ".ssh/id_ed25519_clever_deploy";
const GREETING: &str =
    "Hi octocat! You've successfully authenticated, but GitHub does not provide shell access.";

#[test]
fn the_platform_gets_a_key_of_its_own_for_a_private_repository() {
    let lab = service();
    let mut screen = signed_in(&lab, 80, 24);
    screen.press("3");
    screen.wait_for("Screen 35");
    screen.wait_for("Never your own key");
    let before = lab.tree();
    screen.press("1");
    screen.wait_for("Screen 36");
    screen.wait_for("Nothing is written until you press y.");
    lab.tree().assert_untouched(&before);
    screen.press("y");
    screen.wait_for("https://github.com/octo/site/settings/keys/new");
    screen.press("p");
    screen.wait_for("names are hidden now");
    assert!(!screen.shows("octo"), "{screen}");
    screen.press("p");
    screen.wait_for("names are shown again");

    // A file of its own that anybody can open who has it; the person's own key is not touched.
    let tree = lab.tree();
    assert_eq!(tree.mode(DEPLOY_KEY), Some(0o600));
    assert_eq!(
        tree.bytes(".ssh/id_ed25519"),
        before.bytes(".ssh/id_ed25519")
    );
    let file = lab.path(DEPLOY_KEY);
    let keygen = lab.command("ssh-keygen").args(["-y", "-P", "", "-f"]);
    keygen.arg(&file).run().expect(0);
    let line = lab.read(format!("{DEPLOY_KEY}.pub"));
    assert!(
        line.contains(" Clever Cloud deploy key for octo/site"),
        "{line}"
    );

    screen.press("4");
    screen.wait_for("github.com does not know this key yet");
    lab.server.greet(GREETING, 1);
    lab.server.publish_as(&line, "octo\\/site");
    screen.press("4");
    screen.wait_for("github.com takes it as the deploy key of octo/site.");

    // The command hands the very file over, and holds nothing of it.
    screen.press("3");
    screen.wait_until("a command", |screen| screen.clipboard().is_some());
    let command = screen.clipboard().expect("just seen");
    let given = lab.dir().join("given");
    let clever = "[ \"$1 $2 $3\" = 'env import-vars CC_SSH_PRIVATE_KEY' ] && printf '%s\\n' \"$CC_SSH_PRIVATE_KEY\" >'GIVEN'";
    lab.fake_program(
        "clever",
        &clever.replace("GIVEN", &given.display().to_string()),
    );
    lab.command("sh").args(["-c", &command]).run().expect(0);
    let given = std::fs::read_to_string(given).expect("the tool got it");
    assert_eq!(given, lab.read(DEPLOY_KEY));
    assert!(!String::from_utf8_lossy(&screen.raw()).contains("PRIVATE KEY-----"));
    screen.press("5");
    screen.wait_for("Screen 80");
    screen.press("q");
    assert_eq!(screen.wait_exit(), 0);
}

#[test]
fn a_deploy_key_is_found_again_and_never_taken_for_the_person_s() {
    let lab = service();
    let made = lab.key("id_ed25519_clever_deploy");
    let made = made.comment("Clever Cloud deploy key for octo/site").make();
    let mut screen = signed_in(&lab, 60, 16);
    screen.press("3");
    screen.wait_for("Which repository shall it read?");
    screen.press("1");
    screen.wait_for("This key was made before.");
    // On the account it would open all of it.
    lab.server.greet(GREETING, 1);
    lab.server.publish_as(&made.public_line(), "ana-dev");
    screen.press("4");
    screen.wait_for("of the account ana-dev");
    screen.press("5");
    screen.wait_for("Screen 80");
    screen.press("q");
    screen.wait_exit();

    // A person who is refused is not told to sign in with it.
    lab.server.unpublish_all();
    lab.server.publish(&made);
    let check = lab.sshstep(&["check", "github"]).expect(1);
    check.says("[key-not-registered]");
    let other = lab.sshstep(&["fix", "--yes", "github"]).expect(5);
    assert!(!other.stdout.contains("clever_deploy"), "{other}");
}

#[test]
fn another_repository_is_named_by_its_address() {
    let lab = service();
    let mut screen = signed_in(&lab, 80, 24);
    screen.press("3");
    screen.wait_for("Which repository shall it read?");
    screen.press("2");
    screen.wait_for("Repository");
    screen.type_text("gitlab.com");
    screen.enter();
    screen.wait_for("This is no repository's address.");
    screen.press("2");
    screen.wait_for("Enter when done");
    screen.type_text("https://gitlab.com/team/sub/lib.git");
    screen.enter();
    screen.wait_for("Screen 36");
    screen.press("y");
    screen.wait_for("https://gitlab.com/team/sub/lib/-/settings/repository");
    screen.press("4");
    screen.wait_for("gitlab.com was not asked");
}
