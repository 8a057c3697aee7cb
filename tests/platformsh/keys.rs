//! Does the key that belongs to the account get there, and does ssh offer it?

use super::*;

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
