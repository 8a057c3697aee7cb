//! Are keys and the settings that name them mended?

use super::broken;
use super::lab::Lab;

fn lab() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab
}

#[test]
fn the_block_gets_the_key_that_the_server_knows() {
    let lab = lab();
    lab.key("work").make();
    let known = lab.key("home").make();
    lab.server.publish(&known);
    let config = "# mine\nHost github.com\n  User git\n  IdentityFile ~/.ssh/work\n\nHost *\n  ServerAliveInterval 30\n";
    lab.write(".ssh/config", config);
    let fixed = broken(&lab, "git@github.com")
        .previews("+     4    IdentityFile ~/.ssh/home")
        .gets_mended()
        .changed(&["write-text config"]);
    assert_eq!(lab.read(".ssh/config"), config.replace("work", "home"));
    fixed.can_be_undone();
    assert_eq!(lab.read(".ssh/config"), config);
}

#[test]
fn a_key_that_others_may_read_is_closed() {
    let lab = lab();
    let key = lab.key("id_ed25519").make();
    lab.server.publish(&key);
    lab.mode(".ssh/id_ed25519", 0o644);
    broken(&lab, "git@github.com")
        .previews("mode 0644 becomes 0600")
        .gets_mended()
        .changed(&["set-mode id_ed25519"])
        .can_be_undone();
}
