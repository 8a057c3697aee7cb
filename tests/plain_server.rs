//! Does a person get a key onto a server that is no listed service, and is its identity looked at first?
#![cfg(target_os = "linux")]

mod lab;

use std::fs;

use lab::{Key, Lab, PASSWORD, Route, Terminal};

const BOX: &str = "deploy@box.test";
/// What github.com really publishes is not this: any 32 bytes.
const OTHER: &str = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[test]
fn ssh_copy_id_puts_the_key_there_once_the_server_is_recognised() {
    let lab = Lab::new();
    let key = a_box(&lab);
    let mut screen = screen_30(&lab, BOX);
    take(&mut screen, "ssh-copy-id");
    // The password is for the right server only: its identity comes first.
    screen.wait_for("Screen 62");
    compare(&mut screen, OTHER);
    screen.wait_for("NOT the same fingerprint.");
    assert!(screen.shows("Screen 62"), "{screen}");
    assert!(!lab.path(".ssh/known_hosts").exists());
    compare(
        &mut screen,
        &format!("256 {} root@box (ED25519)", fingerprint(&lab)),
    );
    screen.wait_for("Same as the one you were given.");
    screen.wait_for("Screen 60");
    screen.press("y");

    screen.wait_for("password:");
    assert!(!screen.alternate_screen() && !screen.echoes(), "{screen}");
    assert_eq!(lab.read(".ssh/known_hosts").lines().count(), 1);
    screen.type_text(PASSWORD);
    screen.enter();
    screen.wait_for("box.test knows your key.");
    assert!(screen.alternate_screen());
    let there = lab.dir().join("server/home/deploy/.ssh/authorized_keys");
    let there = fs::read_to_string(there).expect("ssh-copy-id wrote it");
    assert_eq!(there.trim_end(), key.public_line());
    assert!(!String::from_utf8_lossy(&screen.raw()).contains(PASSWORD));
    lab.ssh(&[BOX, "true"]).expect(0);
}

#[test]
fn a_wrong_password_is_told_and_nothing_is_lost() {
    let lab = Lab::new();
    a_box(&lab);
    lab.trust("box.test");
    lab.machine_config("Host *\n    NumberOfPasswordPrompts 1\n");
    let mut screen = screen_30(&lab, BOX);
    take(&mut screen, "ssh-copy-id");
    screen.wait_for("password:");
    screen.type_text("not the password");
    screen.enter();
    screen.wait_for("Press Enter to go back.");
    screen.enter();
    screen.wait_for("Screen 30");
    screen.wait_for("did not put the key on the server");
    assert!(screen.alternate_screen());
    screen.press("q");
    assert_eq!(screen.wait_exit(), 5);
}

#[test]
fn check_now_asks_the_server_after_its_admin_has_added_the_key() {
    let lab = Lab::new();
    let key = a_box(&lab);
    lab.trust("box.test");
    let mut screen = screen_30(&lab, BOX);
    take(&mut screen, "check now");
    screen.wait_for("box.test does not know this key yet.");
    assert!(screen.shows("Screen 30"), "{screen}");
    lab.server.publish_line("deploy", &key.public_line());
    take(&mut screen, "check now");
    screen.wait_for("box.test knows your key.");
}

#[test]
fn a_typed_name_accepts_the_server_unchecked_and_only_that_name() {
    let lab = Lab::new();
    a_box(&lab);
    let mut screen = screen_30(&lab, BOX);
    take(&mut screen, "check now");
    screen.wait_for("Screen 62");
    screen.wait_for(&fingerprint(&lab));
    screen.press("y");
    compare(&mut screen, "other.test");
    screen.wait_for("neither a SHA256 fingerprint nor this server's name");
    assert!(!lab.path(".ssh/known_hosts").exists());
    compare(&mut screen, "Box.test");
    screen.wait_for("box.test does not know this key yet.");
    let known = lab.read(".ssh/known_hosts");
    assert_eq!(known, format!("box.test {}\n", lab.server.host_key()));
}

#[test]
fn a_service_that_shows_another_fingerprint_than_it_publishes_gets_nothing() {
    let lab = Lab::new();
    lab.key("id_ed25519").make();
    let before = lab.tree();
    // The service is listed, so its keys would be asked about: after its identity is known.
    let mut screen = lab.terminal(&["setup", "github"], 80, 24);
    screen.wait_for("Screen 63");
    screen.wait_for("STOP. This is not a fingerprint that GitHub publishes.");
    screen.wait_for(&fingerprint(&lab));
    assert!(
        !screen
            .rows()
            .iter()
            .any(|row| row.trim_start().starts_with("y ")),
        "{screen}"
    );
    screen.press("y");
    screen.wait_for("does nothing here");
    take(&mut screen, "Compare with a fingerprint");
    screen.wait_for("Fingerprint");
    screen.type_text("github.com");
    screen.enter();
    screen.wait_for("The name is not enough here");
    screen.enter(); // Stop is what Enter takes
    screen.wait_for("Screen 20");
    lab.tree().assert_same(&before);
    assert_eq!(lab.server.logins(), []);
}

/// A server with a password, whose identity and key list are new.
fn a_box(lab: &Lab) -> Key {
    lab.route("box.test", Route::Sshd);
    lab.server.set("PasswordAuthentication", "yes");
    lab.key("id_ed25519").make()
}

fn screen_30(lab: &Lab, target: &str) -> Terminal {
    let mut screen = lab.terminal(&["setup", target], 80, 24);
    screen.wait_for("Screen 20");
    screen.wait_for("id_ed25519");
    screen.settled();
    screen.enter();
    screen.wait_for("Screen 30");
    screen
}

/// Presses the number of the choice with these words.
fn take(screen: &mut Terminal, words: &str) {
    screen.wait_for(words);
    let row = screen.rows().into_iter().find(|row| row.contains(words));
    let row = row.expect("it was just there");
    let number = row.chars().find(char::is_ascii_digit);
    screen.press(&number.unwrap_or_else(|| panic!("{row}")).to_string());
}

fn compare(screen: &mut Terminal, typed: &str) {
    take(screen, "Compare with a fingerprint");
    screen.wait_for("Fingerprint or name");
    screen.type_text(typed);
    screen.enter();
}

fn fingerprint(lab: &Lab) -> String {
    let file = lab.write("host.pub", lab.server.host_key());
    let listed = lab
        .command("ssh-keygen")
        .arg("-lf")
        .arg(&file)
        .run()
        .expect(0);
    fs::remove_file(file).expect("it was just written");
    let word = listed.stdout.split(' ').nth(1);
    word.expect("ssh-keygen -l: BITS FINGERPRINT …").to_owned()
}
