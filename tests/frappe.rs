//! Frappe Cloud: does a certificate come from the page to a working shell, and is a wrong one told apart?
//!
//! The lab's sshd is set up as the service's proxy is: a certificate is the only way in, its principal is the
//! bench's group, three tries, a forced command, no sftp.
#![cfg(target_os = "linux")]

mod lab;

use std::fs;

use lab::{Key, Lab, Route, Terminal};

const BENCH: &str = "bench-7-000001-f1";
const PROXY: &str = "n1-lab.frappe.cloud";

fn target() -> String {
    format!("{BENCH}@{PROXY}")
}

fn proxy() -> (Lab, Key) {
    let lab = Lab::builder().ssh_dir().build();
    lab.route(PROXY, Route::Sshd);
    lab.know(&format!("[{PROXY}]:2222"), &lab.server.host_key());
    let authority = lab.key("authority/ca").make();
    let principals = lab.dir().join("principals");
    fs::write(&principals, "restrict,pty,command=\"true\" bench-7\n").expect("ours");
    for (name, value) in [
        ("TrustedUserCAKeys", authority.public.to_str()),
        ("AuthorizedPrincipalsFile", principals.to_str()),
        ("AuthorizedKeysFile", Some("none")),
        ("MaxAuthTries", Some("3")),
    ] {
        lab.server.set(name, value.expect("UTF-8"));
    }
    (lab, authority)
}

/// What the page gives out for this key: the certificate line.
fn certificate(lab: &Lab, authority: &Key, key: &Key, principal: &str, life: &str) -> String {
    let sign = lab
        .command("ssh-keygen")
        .args(["-q", "-I", "ana@lab.example", "-s"]);
    let sign = sign.arg(&authority.path);
    sign.args(["-n", principal, "-V", life])
        .arg(&key.public)
        .run()
        .expect(0);
    let file = key.path.with_file_name(format!(
        "{}-cert.pub",
        key.path.file_name().expect("a name").to_string_lossy()
    ));
    let line = fs::read_to_string(&file).expect("the certificate");
    fs::remove_file(file).expect("ours");
    line.trim().to_owned()
}

fn ssh(lab: &Lab) -> i32 {
    lab.ssh(&["-T", "-p", "2222", &target()]).code
}

/// Screen 71 says that a certificate is missing, screen 32 how to get one, and its field is open.
fn at_the_field(lab: &Lab) -> Terminal {
    let mut screen = lab.terminal(&[&target()], 80, 24);
    screen.wait_for("certificate-missing");
    screen.press("1");
    screen.wait_for("Screen 32");
    screen.wait_for("key marked Default");
    screen.press("2");
    screen.wait_for("Paste what the page shows");
    screen
}

#[test]
fn the_whole_command_of_the_page_leads_to_a_shell() {
    let (lab, authority) = proxy();
    // The account's Default key is not the one that ssh would try first.
    lab.key("id_rsa").kind("rsa").make();
    lab.key("id_ecdsa").kind("ecdsa").make();
    let key = lab.key("id_ed25519").make();
    assert_eq!(ssh(&lab), 255);
    let line = certificate(&lab, &authority, &key, "bench-7", "-1m:+6h");
    let before = lab.tree();
    let mut screen = at_the_field(&lab);
    screen.paste("a word of another window");
    screen.enter();
    screen.wait_for("There is no certificate in this text.");
    screen.paste(&format!(
        "echo '{line}' > ~/.ssh/id_ed25519-cert.pub && ssh {} -p 2222",
        target()
    ));
    screen.wait_for("Screen 33");
    screen.wait_for("For id_ed25519 and bench-7: valid");
    screen.wait_for("Save it");
    assert!(!screen.shows("more row"), "{}", screen.screen());
    assert!(!screen.shows("no certificate"), "{}", screen.screen());
    // Masked, nothing of the names is left, also where one is a part of another.
    screen.press("p");
    screen.wait_for("names are hidden now");
    for name in ["bench-7", "000001", "n1-lab", "ana@"] {
        assert!(!screen.shows(name), "{name}: {}", screen.screen());
    }
    screen.press("p");
    screen.wait_for("names are shown again");
    screen.wait_for("CertificateFile ~/.ssh/id_ed25519-cert.pub");
    lab.tree().assert_untouched(&before);
    screen.press("y");
    screen.wait_for("It works");
    screen.press("q");
    assert_eq!(screen.wait_exit(), 0);
    assert_eq!(ssh(&lab), 0);
    let saved = lab.read(".ssh/id_ed25519-cert.pub");
    assert!(line.starts_with(saved.trim()), "{saved}");
    // The old state comes back; the certificate goes with it.
    lab.sshstep(&["undo", "--yes"]).expect(0);
    assert_eq!(ssh(&lab), 255);
}

#[test]
fn a_certificate_that_cannot_help_is_told_before_it_is_saved() {
    let (lab, authority) = proxy();
    let key = lab.key("id_ed25519").make();
    let other = lab.key("elsewhere/other").make();
    let expired = certificate(&lab, &authority, &key, "bench-7", "-8h:-2h");
    let foreign = certificate(&lab, &authority, &key, "bench-8", "-1m:+6h");
    let others = certificate(&lab, &authority, &other, "bench-7", "-1m:+6h");
    let before = lab.tree();
    for (text, words) in [
        (expired.as_str(), "This certificate has expired."),
        (
            foreign.as_str(),
            "This certificate is for bench-8, and you log in as",
        ),
        (others.as_str(), "This certificate is for another key"),
        (
            key.public_line().as_str(),
            "This is your public key, not the certificate.",
        ),
        (&expired[..200], "The certificate is cut off or damaged."),
    ] {
        let mut screen = at_the_field(&lab);
        screen.paste(text);
        screen.wait_for(words);
        assert!(!screen.shows("Save it"), "{}", screen.screen());
    }
    lab.tree().assert_same(&before);
}

#[test]
fn an_expired_one_is_replaced() {
    let (lab, authority) = proxy();
    let key = lab.key("id_ed25519").make();
    let old = certificate(&lab, &authority, &key, "bench-7", "-8h:-2h");
    lab.write(".ssh/id_ed25519-cert.pub", format!("{old}\n"));
    assert_eq!(ssh(&lab), 255);
    let new = certificate(&lab, &authority, &key, "bench-7", "-1m:+6h");
    lab.write(".ssh/id_ed25519-cert.pub", format!("{old}\n"));
    let mut screen = lab.terminal(&[&target()], 80, 24);
    screen.wait_for("certificate-expired");
    screen.press("1");
    screen.wait_for("Screen 32");
    screen.press("2");
    screen.wait_for("Paste what the page shows");
    screen.paste(&new);
    screen.wait_for("Save it");
    screen.press("y");
    screen.wait_for("It works");
    assert_eq!(ssh(&lab), 0);
}

#[test]
fn check_says_that_a_certificate_is_missing_and_takes_the_group_s_name() {
    let (lab, authority) = proxy();
    let key = lab.key("id_ed25519").make();
    lab.sshstep(&["check", &target()])
        .expect(1)
        .says("certificate-missing");
    let line = certificate(&lab, &authority, &key, "bench-7", "-1m:+6h");
    lab.write(".ssh/id_ed25519-cert.pub", format!("{line}\n"));
    assert_eq!(ssh(&lab), 0);
    lab.sshstep(&["check", &target()])
        .expect(0)
        .says("It works");
}

/// As Windows PowerShell's `>` writes it.
fn utf_16(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

#[test]
fn a_certificate_that_was_saved_badly_is_mended_where_it_lies() {
    type Saved = fn(&str) -> Vec<u8>;
    let ways: [(&str, &str, &str, Saved); 5] = [
        ("ed25519", "id_ed25519", "id_ed25519-cert.pub", |line| {
            utf_16(&format!("{line}\r\n"))
        }),
        ("ed25519", "id_ed25519", "id_ed25519-cert.pub", |line| {
            format!("\u{feff}{line}\r\n").into_bytes()
        }),
        ("ed25519", "id_ed25519", "id_ed25519-cert.pub", |line| {
            let (before, after) = line.split_at(300);
            format!("{before}\n{after}\n").into_bytes()
        }),
        ("ed25519", "id_ed25519", "id_ed25519-cert.pub", |line| {
            format!("'{line}'\n").into_bytes()
        }),
        // The dialog names the file after a part of the key's type, which ssh looks for nowhere.
        ("ecdsa", "id_ecdsa", "id_sha2-cert.pub", |line| {
            format!("{line}\n").into_bytes()
        }),
    ];
    for (kind, name, file, saved) in ways {
        let (lab, authority) = proxy();
        let key = lab.key(name).kind(kind).make();
        let line = certificate(&lab, &authority, &key, "bench-7", "-1m:+6h");
        let bytes = saved(&line);
        lab.write(format!(".ssh/{file}"), &bytes);
        assert_eq!(ssh(&lab), 255, "{file}");
        let before = lab.tree();
        let fixed = lab.sshstep(&["fix", "--yes", &target()]);
        assert_eq!(fixed.code, 0, "{file}: {fixed}");
        assert_eq!(ssh(&lab), 0, "{file}: {fixed}");
        lab.sshstep(&["undo", "--yes"]).expect(0);
        let mut lines = lab.tree().differences(&before);
        lines.retain(|line| !line.starts_with(".local"));
        assert!(lines.is_empty(), "{file}: {lines:#?}");
    }
}

#[test]
fn the_certificate_is_shown_before_plain_keys_use_up_the_tries() {
    let (lab, authority) = proxy();
    for kind in ["rsa", "ecdsa"] {
        lab.key(&format!("id_{kind}")).kind(kind).make();
    }
    let agent = lab.agent();
    agent.add(&lab.key("away/one").make());
    agent.add(&lab.key("away/two").make());
    let key = lab.key("id_ed25519").make();
    let line = certificate(&lab, &authority, &key, "bench-7", "-1m:+6h");
    lab.write(".ssh/id_ed25519-cert.pub", format!("{line}\n"));
    assert_eq!(ssh(&lab), 255);
    lab.sshstep(&["fix", "--yes", &target()]).expect(0);
    assert_eq!(ssh(&lab), 0);
    // What cannot work there is said before it is tried.
    let told = lab.sshstep(&["check", &target()]);
    told.expect(0).says("scp, sftp, rsync and editors");
}

#[test]
fn a_certificate_for_a_key_that_is_not_here_leads_back_to_the_page() {
    let (lab, authority) = proxy();
    let other = lab.key("elsewhere/other").make();
    lab.key("id_ed25519").make();
    let line = certificate(&lab, &authority, &other, "bench-7", "-1m:+6h");
    lab.write(".ssh/id_ed25519-cert.pub", format!("{line}\n"));
    // ssh's own words, and the same found by looking.
    let ssh = lab.ssh(&["-T", "-p", "2222", &target()]);
    assert!(ssh.stderr.contains("contents do not match public"), "{ssh}");
    let told = lab
        .command("sshstep")
        .args(["explain", "-"])
        .input(&ssh.stderr)
        .run();
    told.expect(1).says("certificate-for-other-key");
    let check = lab.sshstep(&["check", &target()]);
    check.expect(1).says("certificate-for-other-key");
    let mut screen = lab.terminal(&[&target()], 80, 24);
    screen.wait_for("certificate-for-other-key");
    screen.press("1");
    screen.wait_for("Screen 32");
}

#[test]
fn the_time_that_is_left_is_counted_down() {
    let (lab, authority) = proxy();
    let key = lab.key("id_ed25519").make();
    let mut screen = at_the_field(&lab);
    screen.paste(&certificate(&lab, &authority, &key, "bench-7", "-1m:+72s"));
    screen.wait_for("1 minute from now");
    // No key is pressed, and nothing else happens.
    screen.wait_for("0 minutes from now");
}
