//! Does somebody's report look the same on another computer, and does nothing happen there?
#![cfg(target_os = "linux")]

#[path = "replay/hostile.rs"]
mod hostile;
mod lab;
#[path = "replay/screens.rs"]
mod screens;
#[path = "replay/untouched.rs"]
mod untouched;

use std::path::PathBuf;

use lab::{Lab, Output, Route};
use serde_json::{Value, json};

/// The server does not know the key.
fn refused() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab.key("id_ed25519").make();
    lab
}

/// All is well.
fn working() -> Lab {
    let lab = refused();
    let public = lab.read(".ssh/id_ed25519.pub");
    lab.server.publish_line("git", &public);
    lab
}

/// What `sshstep report --json` says.
#[track_caller]
fn report(lab: &Lab, target: &str) -> Value {
    let output = lab.sshstep(&["report", target, "--json"]).expect(0);
    serde_json::from_str(&output.stdout).unwrap_or_else(|why| panic!("{why}: {output}"))
}

#[track_caller]
fn check(lab: &Lab, target: &str) -> Value {
    let output = lab.sshstep(&["check", target, "--json"]);
    serde_json::from_str(&output.stdout).unwrap_or_else(|why| panic!("{why}: {output}"))
}

/// The same report as the wizard would have made it: with what was pressed, and where.
fn from_wizard(mut report: Value, screen: u8) -> Value {
    report["screen"] = json!(screen);
    report["timeline"] = json!([
        {"t": 2, "screen": 10, "action": "You pressed 1: GitHub"},
        {"t": 5, "screen": 71, "action": "You pressed 1: Give the key to GitHub"},
        {"t": 9, "screen": 30, "action": "You pressed b: Back."},
        {"t": 14, "screen": 71, "action": "You pressed 2: Choose another key"},
    ]);
    report
}

/// The engineer's computer, on which the file lies; it has nothing but that.
fn engineer(report: &Value) -> (Lab, PathBuf) {
    let lab = Lab::new();
    let file = lab.write("ticket.json", format!("{report:#}\n"));
    (lab, file)
}

/// `sshstep replay FILE` in a pipe.
fn replayed(report: &Value) -> Output {
    let (lab, file) = engineer(report);
    lab.sshstep(&["replay", &file.to_string_lossy()])
}

#[test]
fn the_same_diagnosis_in_the_same_words_as_check() {
    let lab = refused();
    let checked = check(&lab, "github.com");
    let first = &checked["findings"][0];
    assert_eq!(first["code"], "key-not-registered", "{checked}");
    let output = replayed(&report(&lab, "github.com")).expect(0);
    let words = format!(
        "{} [key-not-registered]",
        first["summary"].as_str().expect("words")
    );
    output
        .says("REPLAY - not this computer")
        .says("Screen 71. Step 6 of 6: Repair: step 5 of the test failed.")
        .says(&words)
        .says("ssh says: git@github.com: Permission denied (publickey).")
        .says(first["fixes"][0]["summary"].as_str().expect("words"))
        .says("Screen 61. ")
        .says("Problem: Test 5: GitHub knows it")
        .says("Screen 72. ")
        .says("Offering public key")
        .says("Screen 02. ")
        .says("Screen 90. ");
}

#[test]
fn a_connection_that_works_opens_on_screen_80() {
    let report = report(&working(), "github.com");
    let output = replayed(&report).expect(0);
    let screens: Vec<&str> = output
        .stdout
        .lines()
        .filter(|line| line.starts_with("Screen "))
        .collect();
    assert!(screens[0].starts_with("Screen 80. "), "{output}");
    let who = report["identity"].as_str().expect("a token");
    output.says(&format!("It works. GitHub signed you in as {who}."));
}

/// The reference that both sides read aloud: the report's own, and that of the very file.
#[test]
fn the_reference_is_that_of_the_file() {
    let lab = refused();
    let json = lab.sshstep(&["report", "github.com", "--json"]).expect(0);
    let saved = lab.path("r.json");
    let saved = saved.to_string_lossy();
    let noted = lab
        .sshstep(&["report", "github.com", "--json", "-o", &saved])
        .expect(0);
    let of_file = |lab: &Lab, text: &str| {
        let file = lab.write("ticket.json", text);
        let shown = lab.sshstep(&["replay", &file.to_string_lossy()]).expect(0);
        let first = shown.stdout.lines().next().unwrap_or_default().to_owned();
        let reference = first.rsplit(' ').next().unwrap_or_default().to_owned();
        let reference = reference.trim_end_matches('.').to_owned();
        assert_eq!(reference.len(), 4, "{first}");
        // The page of the whole report says the same.
        assert!(
            shown.stdout.contains(&format!("reference {reference}\n")),
            "{shown}"
        );
        reference
    };
    let reference = of_file(&lab, &lab.read("r.json"));
    assert!(
        noted.stderr.contains(&format!("Reference: {reference}")),
        "{noted}"
    );
    // A ticket system may add a line end; anything else is another report.
    assert_eq!(
        of_file(&lab, &(json.stdout.clone() + "\n\n")),
        of_file(&lab, &json.stdout)
    );
    assert_ne!(
        of_file(&lab, &json.stdout.replace("[user1]", "[user2]")),
        reference
    );
}

/// The diagnosis, where to, and what is broken where all was well.
type World = (&'static str, &'static str, fn(&Lab));

#[test]
fn what_is_derived_from_a_report_is_what_it_says_in_many_broken_worlds() {
    let worlds: [World; 8] = [
        ("key-not-registered", "github.com", |lab| {
            lab.server.unpublish_all();
        }),
        ("key-permissions-too-open", "github.com", |lab| {
            lab.mode(".ssh/id_ed25519", 0o644);
        }),
        ("key-unreadable-format", "github.com", |lab| {
            lab.write(".ssh/id_ed25519", "my key\n");
        }),
        ("config-bad-option", "github.com", |lab| {
            lab.write(".ssh/config", "Host *\n  Usr git\n");
        }),
        ("host-key-changed", "github.com", |lab| {
            lab.write(".ssh/known_hosts", "");
            let other =
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
            lab.know("github.com", other);
        }),
        ("host-key-unknown-strict", "deploy@host.example", |lab| {
            lab.route("host.example", Route::Sshd);
        }),
        ("dns-failure", "github.com", |lab| {
            lab.route("github.com", Route::Unknown);
        }),
        ("wrong-user", "ana@github.com", |_| {}),
    ];
    for (expected, target, breaks) in worlds {
        let lab = working();
        breaks(&lab);
        let report = report(&lab, target);
        let code = report["findings"][0]["code"].as_str().unwrap_or("none");
        assert_eq!(code, expected, "{report}");
        let output = replayed(&report).expect(0);
        assert!(output.stdout.contains(&format!("[{code}]")), "{output}");
        // Neither another cause nor the report's word against this sshstep's.
        for differs in ["The report itself", "This sshstep cannot tell"] {
            assert!(!output.stdout.contains(differs), "{code}: {output}");
        }
        // Without its own diagnosis the observations still say it.
        let mut bare = report.clone();
        bare["findings"] = json!([]);
        replayed(&bare)
            .expect(0)
            .says(&format!("[{code}]"))
            .says("The report itself named no problem.");
    }
}

#[test]
fn another_code_in_the_report_gives_way_and_is_named() {
    let mut report = report(&refused(), "github.com");
    report["findings"][0]["code"] = json!("dns-failure");
    replayed(&report)
        .expect(0)
        .says("[key-not-registered]")
        .says("The report itself said: dns-failure");
    // A newer sshstep may have seen what this one has no name for.
    report["observations"] =
        json!([{"sign": "seen-tomorrow", "evidence": "x", "values": {"y": "z"}}]);
    replayed(&report)
        .expect(0)
        .says("[dns-failure]")
        .says("This sshstep cannot tell it from the observations");
}

#[test]
fn what_is_no_report_is_refused_with_the_reason() {
    let lab = refused();
    let report = report(&lab, "github.com");
    let mut newer = report.clone();
    newer["schema"] = json!(2);
    let mut torn = report.clone();
    torn.as_object_mut().expect("fields").remove("ladder");
    let mut odd = report;
    odd["screen"] = json!(300);
    let deep = "[".repeat(100_000);
    let big = format!("\"{}\"", "x".repeat(5 << 20));
    for (text, reason) in [
        (String::new(), "It is not JSON"),
        ("# sshstep report\n".to_owned(), "It is not JSON"),
        ("{}".to_owned(), "It names no schema."),
        ("[1]".to_owned(), "It names no schema."),
        (
            newer.to_string(),
            "Its schema is 2, and this sshstep knows 1.",
        ),
        (torn.to_string(), "ladder"),
        (odd.to_string(), "300"),
        (check(&lab, "github.com").to_string(), "check --json"),
        (deep, "It is not JSON"),
        (big, "It is too long for one."),
    ] {
        let file = lab.write("ticket.json", &text);
        let output = lab.sshstep(&["replay", &file.to_string_lossy()]);
        assert_eq!(output.code, 2, "{output}");
        assert!(output.stdout.is_empty(), "{output}");
        // Sentences are wrapped where the line ends.
        let said = output
            .stderr
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(said.contains(reason), "{reason}: {output}");
    }
    let home = lab.home().to_string_lossy().into_owned();
    for (path, reason) in [
        (home.as_str(), "folder"),
        ("/nowhere.json", "does not exist"),
    ] {
        let output = lab.sshstep(&["replay", path]);
        assert_eq!(output.code, 2, "{output}");
        assert!(output.stderr.contains("could not be read"), "{output}");
        assert!(output.stderr.to_lowercase().contains(reason), "{output}");
    }
    lab.sshstep(&["replay"]).expect(2);
}
