//! Is a command line, a config, a profile or a provider file that makes no sense refused clearly?

use super::lab::Lab;
use super::{is_clear, refused, run, usual};

#[test]
fn what_is_no_target() {
    let lab = Lab::new();
    for typed in [
        "",
        " ",
        "host name",
        "ftp://example.org/x",
        "host;rm -rf",
        "$(reboot)",
        "git@",
        "@host",
        "host:0",
        "ssh://host:99999/x",
        "[::1",
        "https://",
        "\u{1b}]0;owned\u{7}",
        "\u{202e}moc.buhtig",
    ] {
        is_clear(&refused(&lab, &["check", typed], 2));
    }
    assert_eq!(lab.server.connections(), 0);
}

#[test]
fn a_leading_dash_is_no_option_of_ssh() {
    let lab = Lab::new();
    for typed in ["-oProxyCommand=touch owned", "git@-oProxyCommand=x", "-"] {
        let output = refused(&lab, &["check", "--", typed], 2);
        is_clear(&output);
        assert!(output.stderr.contains("dash"), "{output}");
    }
    refused(&lab, &["check", "-oProxyCommand=touch owned"], 2);
    is_clear(&refused(&lab, &["--no-input", "--", "-oProxyCommand=x"], 2));
    assert!(!lab.path("owned").exists());
}

#[test]
fn options_out_of_range() {
    let lab = Lab::new();
    for args in [
        ["check", "github.com", "--timeout", "0"],
        ["check", "github.com", "--timeout", "601"],
        ["check", "github.com", "--timeout", "-1"],
        ["check", "github.com", "--timeout", "soon"],
        ["check", "github.com", "-p", "0"],
        ["check", "github.com", "-p", "65536"],
        ["check", "github.com", "--color", "red"],
    ] {
        let output = run(&lab, &args).expect(2);
        assert_eq!(output.stdout, "", "{output}");
        assert!(output.stderr.contains(args[3]), "{output}");
    }
    assert_eq!(lab.server.connections(), 0);
}

#[test]
fn another_config_that_is_not_there() {
    let lab = usual();
    for (name, why) in [("absent", "no such file"), (".ssh", "folder")] {
        let file = lab.path(name);
        let file = file.to_str().expect("UTF-8");
        let output = refused(&lab, &["check", "github.com", "-F", file], 2);
        is_clear(&output);
        assert!(output.stderr.contains(why), "{output}");
    }
    // As with ssh, this means "no settings": the machine-wide way to the server is gone with them.
    run(&lab, &["check", "github.com", "-F", "/dev/null"]).expect(1);
}

#[test]
fn a_profile_that_is_broken() {
    let lab = usual();
    let whole = include_str!("../../assets/providers/github.toml");
    let typo = whole.replace("user = \"git\"", "usr = \"git\"");
    for (name, text) in [
        ("syntax.toml", "id = \"x"),
        ("typo.toml", typo.as_str()),
        ("empty.toml", ""),
    ] {
        let file = lab.write(name, text);
        let file = file.to_str().expect("UTF-8").to_owned();
        let output = refused(&lab, &["check", "github.com", "--profile", &file], 2);
        is_clear(&output);
        assert!(output.stderr.contains(name), "{output}");
    }
    let file = lab.write("binary.toml", [0xff, 0xfe, 0, 1]);
    let file = file.to_str().expect("UTF-8").to_owned();
    is_clear(&refused(&lab, &["check", "github", "--profile", &file], 2));
    let absent = lab.path("absent.toml");
    let absent = absent.to_str().expect("UTF-8");
    is_clear(&refused(&lab, &["check", "github", "--profile", absent], 2));
    assert_eq!(lab.server.connections(), 0);
}

#[test]
fn an_own_provider_file_that_is_broken_does_not_stop_the_others() {
    let lab = usual();
    lab.write(".config/sshstep/providers/mine.toml", "id = \"mine\"\nnam");
    let output = run(&lab, &["check", "github.com", "--json"]).expect(0);
    is_clear(&output);
    assert!(output.stderr.contains("mine.toml"), "{output}");
    let json: serde_json::Value = serde_json::from_str(&output.stdout).expect("only JSON");
    assert_eq!(json["outcome"], "works");
}

#[test]
fn a_config_that_ssh_refuses_is_quoted_and_not_touched() {
    let lab = usual();
    for config in [
        "\u{feff}Host x\n",
        "Host x\n  IdentityFile ~/.ssh/my key\n",
        "Host \"x\n",
        "Port many\n",
        "\x1b]0;owned\x07 yes\n",
    ] {
        lab.write(".ssh/config", config);
        lab.ssh(&["-G", "github.com"]).expect(255);
        let output = run(&lab, &["check", "github.com"]).expect(1);
        assert!(output.stdout.contains("config-bad-option"), "{output}");
        assert!(
            output.stdout.contains("line 1") || output.stdout.contains("line 2"),
            "{output}"
        );
        assert!(!output.stdout.contains('\x1b'), "{output}");
    }
}

#[test]
fn a_wizard_without_a_terminal_asks_nothing() {
    let lab = usual();
    for args in [
        &["github.com"][..],
        &[],
        &["fix", "github.com"],
        &["--no-input"],
        &["demo"],
    ] {
        let output = refused(&lab, args, 2);
        is_clear(&output);
        assert!(
            output.stderr.contains("terminal") || output.stderr.contains("--no-input"),
            "{output}"
        );
    }
    assert_eq!(lab.server.connections(), 0);
}

#[test]
fn a_wrong_passphrase_may_be_typed_again() {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    let key = lab.key("id_ed25519").passphrase("correct horse").make();
    lab.server.publish(&key);
    let agent = lab.agent();
    let before = lab.tree();
    let mut screen = lab.terminal(&["fix", "github.com"], 80, 24);
    screen.wait_for("Screen 71");
    screen.press("1");
    screen.wait_for("Screen 40");
    screen.press("1");
    screen.wait_for("Passphrase for id_ed25519");
    screen.type_text("incorrect zebra");
    screen.enter();
    screen.wait_for("The passphrase is wrong.");
    screen.wait_for("Type it again.");
    assert!(!agent.holds(&key));
    screen.type_text(&key.passphrase);
    screen.enter();
    screen.wait_for("signed you in as octocat");
    assert!(agent.holds(&key));
    let shown = String::from_utf8_lossy(&screen.raw()).into_owned();
    assert!(!shown.contains("zebra") && !shown.contains(&key.passphrase));
    screen.press("q");
    screen.wait_exit();
    let after = lab.tree();
    for name in [".ssh/id_ed25519", ".ssh/id_ed25519.pub"] {
        assert_eq!(after.bytes(name), before.bytes(name), "{name}");
        assert_eq!(after.mode(name), before.mode(name), "{name}");
    }
}
