//! Are lines mended that ssh refuses?

use super::broken;
use super::lab::Lab;

fn lab() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab.server.publish(&lab.key("id_ed25519").make());
    lab
}

#[test]
fn one_meaning_is_written() {
    for (before, after) in [
        (
            "Host github.com\n  Usr git\n",
            "Host github.com\n  User git\n",
        ),
        (
            "Hots github.com\n  IdentitiesOnly ja\n  Prot 22\n",
            "Host github.com\n  IdentitiesOnly yes\n  Port 22\n",
        ),
        (
            "\u{feff}Host github.com\n  User git\n",
            "Host github.com\n  User git\n",
        ),
        (
            "AddKeysToAgent noHost github.com\n  User git",
            "AddKeysToAgent no\nHost github.com\n  User git",
        ),
        (
            "# top\nHost *\r\n  UseKeychain yes\r\n",
            "IgnoreUnknown UseKeychain\r\n\r\n# top\nHost *\r\n  UseKeychain yes\r\n",
        ),
        (
            "IgnoreUnknown A*,B\nUseKeychain yes\nWarnWeakCrypto no\n",
            "IgnoreUnknown A*,B,UseKeychain,WarnWeakCrypto\nUseKeychain yes\nWarnWeakCrypto no\n",
        ),
        (
            "Match hots github.com\n  IdentityFile \"~/.ssh/id_ed25519\nHost x\n  Port 22.\n",
            "Match host github.com\n  IdentityFile \"~/.ssh/id_ed25519\"\nHost x\n  Port 22\n",
        ),
    ] {
        let lab = lab();
        lab.write(".ssh/config", before);
        let fixed = broken(&lab, "git@github.com")
            .gets_mended()
            .changed(&["write-text config"]);
        assert_eq!(lab.read(".ssh/config"), after);
        fixed.can_be_undone();
    }
}

#[test]
fn lines_of_several_files_and_a_path_with_blanks() {
    let lab = lab();
    lab.key(".ssh/my keys/id").make();
    lab.write(".ssh/config", "Include more\nHost z\n  Usr z\n");
    lab.write(
        ".ssh/more",
        "Host z\n  Prt 22\n  IdentityFile ~/.ssh/my keys/id\n",
    );
    let fixed = broken(&lab, "git@github.com").gets_mended();
    assert_eq!(
        lab.read(".ssh/more"),
        "Host z\n  Port 22\n  IdentityFile \"~/.ssh/my keys/id\"\n"
    );
    assert_eq!(lab.read(".ssh/config"), "Include more\nHost z\n  User z\n");
    fixed.can_be_undone();
}

#[test]
fn a_line_that_may_mean_anything_is_left_with_all_others() {
    for config in [
        "Host z\n  Usr git\n  Port abc\n",
        "Foo bar\n",
        "User\n",
        "Host *\n  User a b\n",
    ] {
        let lab = lab();
        lab.write(".ssh/config", config);
        broken(&lab, "git@github.com").needs_a_person("config-bad-option");
    }
}

#[test]
fn other_encodings_become_plain_text() {
    let text = "Host github.com\n  IdentityFile ~/.ssh/work\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [
        [b"\xff\xfe", &little[..]].concat(),
        text.replace('\n', "\r").into_bytes(),
    ] {
        let lab = Lab::builder().ssh_dir().build();
        lab.trust("github.com");
        lab.server.publish(&lab.key("work").make());
        lab.write(".ssh/config", bytes);
        let fixed = broken(&lab, "git@github.com").gets_mended();
        assert_eq!(lab.read(".ssh/config"), text);
        fixed.can_be_undone();
    }
}
