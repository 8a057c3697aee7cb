//! Are key files, modes, certificates, known_hosts and sockets mended?

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use super::lab::{Key, Lab, Route};
use super::{broken, broken_for};

const TARGET: &str = "git@github.com";

fn lab() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab
}

fn published(lab: &Lab) -> Key {
    let key = lab.key("id_ed25519").make();
    lab.server.publish(&key);
    key
}

/// What somebody did to the text of a key file.
type Damage = fn(&str) -> Vec<u8>;

const DAMAGE: [(&str, Damage); 11] = [
    ("crlf", |text| text.replace('\n', "\r\n").into()),
    ("no last line end", |text| text.trim_end().into()),
    ("bom", |text| format!("\u{feff}{text}").into()),
    ("utf-16", |text| {
        let text = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }),
    ("one line", |text| text.replace('\n', " ").into()),
    ("literal line ends", |text| text.replace('\n', "\\n").into()),
    ("text before", |text| format!("my key:\n{text}").into()),
    ("text beside", |text| format!("key: {text}").into()),
    ("blank line before", |text| format!("\n\n{text}").into()),
    ("indented", |text| {
        text.lines()
            .map(|line| format!("    {line}\n"))
            .collect::<String>()
            .into()
    }),
    ("blanks", |text| text.replace("-----\n", "-----  \n").into()),
];

#[test]
fn a_key_in_a_form_that_ssh_does_not_read() {
    for (at, (name, damage)) in DAMAGE.into_iter().enumerate() {
        let lab = lab();
        let kind = ["ed25519", "rsa"][at % 2];
        let key = lab.key("work").kind(kind).make();
        lab.server.publish(&key);
        lab.write(
            ".ssh/config",
            "Host github.com\n  IdentityFile ~/.ssh/work\n",
        );
        let good = lab.read(".ssh/work");
        lab.write(".ssh/work", damage(&good));
        lab.mode(".ssh/work", 0o600);
        if at % 3 == 1 {
            key.set_public_aside();
        }
        let old = fs::read(&key.path).expect("it was just written");
        let fixed = broken(&lab, TARGET)
            .gets_mended()
            .changed(&["set-aside work"]);
        assert_eq!(lab.read(".ssh/work"), good, "{name}");
        let said = &fixed.output;
        assert!(
            said.stdout.contains("old file kept as work.old-20"),
            "{said}"
        );
        assert!(!said.stdout.contains(&good[60..90]), "{said}");
        fixed.can_be_undone();
        assert_eq!(fs::read(&key.path).expect("it is back"), old);
    }
}

#[test]
fn a_locked_key_is_mended_and_stays_locked() {
    for (name, damage) in DAMAGE {
        let lab = lab();
        let key = lab.key("id_ed25519").passphrase("correct horse").make();
        lab.server.publish(&key);
        let good = lab.read(".ssh/id_ed25519");
        lab.write(".ssh/id_ed25519", damage(&good));
        lab.mode(".ssh/id_ed25519", 0o600);
        let fixed = broken(&lab, TARGET).fixed();
        assert_eq!(fixed.output.code, 5, "{name}: {}", fixed.output);
        assert_eq!(
            fixed.json["findings"][0]["code"], "key-locked",
            "{name}: {}",
            fixed.output
        );
        assert_eq!(lab.read(".ssh/id_ed25519"), good, "{name}");
    }
}

#[test]
fn a_key_in_an_old_format() {
    for format in ["PEM", "PKCS8"] {
        for (name, damage) in [
            DAMAGE[4],
            DAMAGE[9],
            ("beside", |text| format!("key: {text}").into()),
        ] {
            let lab = lab();
            let key = lab.key("id_rsa").kind("rsa").make();
            let convert = lab.command("ssh-keygen").args(["-q", "-p", "-m", format]);
            convert
                .args(["-P", "", "-N", "", "-f"])
                .arg(&key.path)
                .run()
                .expect(0);
            lab.server.publish(&key);
            lab.write(".ssh/id_rsa", damage(&lab.read(".ssh/id_rsa")));
            lab.mode(".ssh/id_rsa", 0o600);
            if lab.ssh(&["-T", TARGET]).code == 1 {
                continue; // libcrypto reads it
            }
            let fixed = broken(&lab, TARGET).gets_mended();
            assert_eq!(fixed.changes(), ["set-aside id_rsa"], "{format} {name}");
            fixed.can_be_undone();
        }
    }
}

#[test]
fn a_key_behind_a_link_that_others_can_read_as_well() {
    let lab = lab();
    let key = published(&lab);
    fs::create_dir(lab.path("vault")).expect("the home is writable");
    fs::rename(&key.path, lab.path("vault/mine")).expect("the home is writable");
    symlink("../vault/mine", &key.path).expect("the home is writable");
    lab.write("vault/mine", lab.read("vault/mine").replace('\n', "\r\n"));
    lab.mode("vault/mine", 0o644);
    let fixed = broken(&lab, TARGET).gets_mended();
    assert!(
        fixed.changes().contains(&"set-aside id_ed25519".to_owned()),
        "{}",
        fixed.output
    );
    let found = fs::symlink_metadata(&key.path).expect("the link");
    assert!(found.is_symlink());
    fixed.can_be_undone();
}

#[test]
fn a_key_that_is_cut_off_needs_a_person() {
    let lab = lab();
    published(&lab);
    let text = lab.read(".ssh/id_ed25519");
    lab.write(".ssh/id_ed25519", &text[..120]);
    lab.mode(".ssh/id_ed25519", 0o600);
    broken(&lab, TARGET).needs_a_person("key-unreadable-format");
    lab.sshstep(&["fix", "--yes", TARGET])
        .expect(5)
        .says("Next: Choose another key");
}

#[test]
fn the_pub_file_of_another_key() {
    for kind in ["ed25519", "rsa"] {
        let lab = lab();
        let key = lab.key("work").kind(kind).make();
        let other = lab.key("other/key").kind(kind).make();
        fs::copy(&other.public, &key.public).expect("the home is writable");
        fs::remove_dir_all(lab.path("other")).expect("it was just made");
        let right = lab
            .command("ssh-keygen")
            .arg("-yf")
            .arg(&key.path)
            .run()
            .expect(0)
            .stdout;
        lab.server.publish_line("git", right.trim_end());
        lab.write(
            ".ssh/config",
            "Host github.com\n  IdentityFile ~/.ssh/work\n",
        );
        let fixed = broken(&lab, TARGET)
            .gets_mended()
            .changed(&["write-text work.pub"]);
        assert!(
            lab.read(".ssh/work.pub")
                .starts_with(right.rsplit_once(' ').expect("a comment").0)
        );
        fixed.can_be_undone();
    }
}

#[test]
fn a_pub_file_that_is_a_link_to_anothers() {
    let lab = lab();
    let key = lab.key("work").make();
    let other = lab.key("other").make();
    lab.server.publish(&key);
    fs::remove_file(&key.public).expect("it was just made");
    symlink("other.pub", &key.public).expect("the home is writable");
    lab.write(
        ".ssh/config",
        "Host github.com\n  IdentityFile ~/.ssh/work\n",
    );
    let before = lab.read(".ssh/other.pub");
    broken(&lab, TARGET).fixed();
    assert_eq!(fs::read_to_string(&other.public).expect("UTF-8"), before);
}

#[test]
fn settings_that_others_can_write() {
    let lab = lab();
    published(&lab);
    lab.write(".ssh/config", "Include conf.d/*\n");
    lab.write(".ssh/conf.d/github", "Host github.com\n  User git\n");
    lab.mode(".ssh/config", 0o664);
    lab.mode(".ssh/conf.d/github", 0o646);
    broken(&lab, "github.com")
        .previews("mode 0664 becomes 0644")
        .gets_mended()
        .changed(&["set-mode config", "set-mode github"])
        .can_be_undone();
}

#[test]
fn this_account_is_the_server_and_its_list_is_open() {
    let lab = lab();
    lab.server.set("StrictModes", "yes");
    lab.route("localhost", Route::Tcp);
    lab.trust("localhost");
    let key = lab.key("id_ed25519").make();
    lab.write(".ssh/authorized_keys", key.public_line() + "\n");
    lab.mode(".ssh/authorized_keys", 0o666);
    lab.mode(".ssh", 0o775);
    lab.mode("", 0o775);
    let fixed = broken_for(&lab, "ana@localhost", 0, |lab| {
        lab.ssh(&["-T", "ana@localhost", "true"])
    })
    .gets_mended();
    assert_eq!(fixed.changes().len(), 3, "{}", fixed.output);
    let mode = fs::metadata(lab.home()).expect("the home").mode() & 0o7777;
    assert_eq!(mode, 0o755);
    fixed.can_be_undone();
}

#[test]
fn an_unknown_host_that_shows_a_published_key() {
    let lab = Lab::builder().ssh_dir().build();
    published(&lab);
    lab.publish_host_key();
    let fixed = broken(&lab, TARGET)
        .previews("known_hosts")
        .gets_mended()
        .changed(&["write-text known_hosts"]);
    let found = fs::metadata(lab.path(".ssh/known_hosts")).expect("it was made");
    assert_eq!(found.mode() & 0o7777, 0o600);
    fixed.can_be_undone();
    // Into a file whose last line has no end, and nothing but the line.
    lab.write(".ssh/known_hosts", "# mine");
    broken(&lab, TARGET).gets_mended().can_be_undone();
}

#[test]
fn an_unknown_host_that_nobody_publishes_needs_a_person() {
    let lab = Lab::builder().ssh_dir().build();
    lab.route("host.example", Route::Sshd);
    let key = lab.key("id_ed25519").make();
    lab.server.publish_line("deploy", &key.public_line());
    broken(&lab, "deploy@host.example").needs_a_person("host-key-unknown-strict");
    // A listed service that shows another key than its own.
    lab.server.publish(&key);
    broken(&lab, TARGET).needs_a_person("host-key-not-published");
}

#[test]
fn a_host_key_that_was_replaced() {
    for hashed in [false, true] {
        let lab = Lab::builder().ssh_dir().build();
        published(&lab);
        lab.publish_host_key();
        lab.write(".ssh/known_hosts", "# mine\n");
        lab.know("github.com,192.0.2.7", OLD_RSA_KEY);
        lab.know("other.example", OLD_RSA_KEY);
        if hashed {
            let hash = lab.command("ssh-keygen").args(["-H", "-f"]);
            hash.arg(lab.path(".ssh/known_hosts")).run().expect(0);
            fs::remove_file(lab.path(".ssh/known_hosts.old")).expect("ssh-keygen made it");
        }
        let before = lab.read(".ssh/known_hosts");
        let fixed = broken(&lab, TARGET)
            .gets_mended()
            .changed(&["write-text known_hosts"]);
        let after = lab.read(".ssh/known_hosts");
        let (first, last) = (before.lines().next(), before.lines().last());
        assert_eq!(
            (after.lines().next(), after.lines().last()),
            (first, last),
            "{after}"
        );
        fixed.can_be_undone();
    }
}

#[test]
fn a_changed_host_key_is_never_accepted() {
    let lab = Lab::builder().ssh_dir().build();
    published(&lab);
    let other = lab.key("other/host").make().public_line();
    lab.know("github.com", other.rsplit_once(' ').expect("a comment").0);
    fs::remove_dir_all(lab.path("other")).expect("it was just made");
    lab.publish_host_key();
    broken(&lab, TARGET).needs_a_person("host-key-changed");
}

/// As GitHub had it until March 2023; public.
const OLD_RSA_KEY: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAABIwAAAQEAq2A7hRGmdnm9tUDbO9IDSwBK6TbQa+PXYPCPy6rbTrTtw7PHkccKrpp0yVhp5HdEIcKr6pLlVDBfOLX9QUsyCOV0wzfjIJNlGEYsdlLJizHhbn2mUjvSAHQqZETYP81eFzLQNnPHt4EVVUh7VfDESU84KezmD5QlWpXLmvU31/yMf+Se8xhHTvKSCZIFImWwoG6mbUoWf9nzpIoaSjB+weqqUUmpaaasXVal72J+UX2B+2RPW3RcT0eOzQgqlJL3RKrTJvdsjE3JEAvGq3lGHSZXy28G3skua2SmVi/w4yCE6gbODqnTWlg7+wC604ydGXA8VJiS5ap43JXiUFFAaQ==";

/// A server that lets everybody in whom the lab's authority has certified.
fn certified_lab() -> (Lab, Key, Key) {
    let lab = Lab::builder().ssh_dir().build();
    lab.route("host.example", Route::Sshd);
    lab.trust("host.example");
    let authority = lab.key("authority/ca").make();
    let file = authority.public.to_str().expect("UTF-8");
    lab.server.set("TrustedUserCAKeys", file);
    let key = lab.key("id_ed25519").make();
    (lab, authority, key)
}

fn certify(lab: &Lab, authority: &Key, key: &Key) {
    let sign = lab.command("ssh-keygen").args(["-q", "-I", "ana", "-s"]);
    let sign = sign.arg(&authority.path).args(["-n", "deploy"]);
    sign.arg(&key.public).run().expect(0);
}

const CERTIFIED: &str = "deploy@host.example";

fn signs_in(lab: &Lab) -> super::lab::Output {
    lab.ssh(&["-T", CERTIFIED, "true"])
}

#[test]
fn a_certificate_under_another_name() {
    let (lab, authority, key) = certified_lab();
    certify(&lab, &authority, &key);
    let (from, to) = (".ssh/id_ed25519-cert.pub", ".ssh/work.cert");
    fs::rename(lab.path(from), lab.path(to)).expect("the home is writable");
    broken_for(&lab, CERTIFIED, 0, signs_in)
        .gets_mended()
        .changed(&["write-text id_ed25519-cert.pub"])
        .can_be_undone();
    // The name is taken by one for another key.
    let other = lab.key("other/key").make();
    certify(&lab, &authority, &other);
    fs::copy(lab.path("other/key-cert.pub"), lab.path(from)).expect("the home is writable");
    lab.write(".ssh/config", "Host *.example\n  ServerAliveInterval 9\n");
    broken_for(&lab, CERTIFIED, 0, signs_in)
        .gets_mended()
        .changed(&["write-text config"])
        .can_be_undone();
}

#[test]
fn a_certificate_file_that_is_named_and_not_there() {
    let (lab, authority, key) = certified_lab();
    certify(&lab, &authority, &key);
    let config = "Host host.example\n  CertificateFile ~/.ssh/work-cert.pub\n";
    lab.write(".ssh/config", config);
    broken_for(&lab, CERTIFIED, 0, signs_in)
        .gets_mended()
        .changed(&["write-text config"])
        .can_be_undone();
    lab.write(".ssh/config", config.replace("host.example", "*.example"));
    broken_for(&lab, CERTIFIED, 0, signs_in)
        .gets_mended()
        .can_be_undone();
}

#[test]
fn a_certificate_in_utf_16() {
    let (lab, authority, key) = certified_lab();
    certify(&lab, &authority, &key);
    let text = format!("\u{feff}{}", lab.read(".ssh/id_ed25519-cert.pub"));
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    lab.write(".ssh/id_ed25519-cert.pub", wide);
    broken_for(&lab, CERTIFIED, 0, signs_in)
        .gets_mended()
        .changed(&["write-text id_ed25519-cert.pub"])
        .can_be_undone();
}

#[test]
fn a_certificate_that_has_ended_needs_a_person() {
    let (lab, authority, key) = certified_lab();
    let sign = lab.command("ssh-keygen").args(["-q", "-I", "ana", "-s"]);
    let sign = sign
        .arg(&authority.path)
        .args(["-n", "deploy", "-V", "20200101:20210101"]);
    sign.arg(&key.public).run().expect(0);
    broken_for(&lab, CERTIFIED, 0, signs_in).needs_a_person("certificate-expired");
}

#[test]
fn a_socket_whose_owner_is_frozen() {
    let lab = Lab::builder().ssh_dir().build();
    lab.route("host.example", Route::Sshd);
    lab.trust("host.example");
    let key = lab.key("id_ed25519").make();
    lab.server.publish_line("deploy", &key.public_line());
    let _frozen = std::os::unix::net::UnixListener::bind(lab.path(".ssh/mux")).expect("a socket");
    lab.write(".ssh/config", "Host *\n  ControlPath ~/.ssh/mux\n");
    let command = |lab: &Lab| {
        let ssh = lab.command("timeout").args(["3", "ssh", "-oBatchMode=yes"]);
        ssh.args(["-T", CERTIFIED, "true"]).run()
    };
    broken_for(&lab, CERTIFIED, 0, command)
        .gets_mended()
        .changed(&["set-aside mux"])
        .can_be_undone();
}

#[test]
fn settings_of_somebody_else() {
    let lab = lab();
    published(&lab);
    lab.write(".ssh/config", "Host github.com\n  User git\n");
    if !rustix::process::getuid().is_root() {
        return; // nobody else can be given a file
    }
    lab.mode(".ssh/config", 0o644);
    std::os::unix::fs::chown(lab.path(".ssh/config"), Some(4711), Some(4711)).expect("as root");
    broken(&lab, "github.com")
        .previews("a copy that belongs to you")
        .gets_mended()
        .changed(&["set-aside config"])
        .can_be_undone();
}

/// A PuTTY key that the server knows, under this name.
fn putty(lab: &Lab, name: &str, kind: &str) -> Key {
    let key = lab.key("made/key").kind(kind).make();
    lab.server.publish(&key);
    let convert = lab.command("puttygen").arg(&key.path);
    convert.arg("-o").arg(lab.path(name)).run().expect(0);
    fs::remove_dir_all(lab.path("made")).expect("it was just made");
    lab.mode(name, 0o600);
    key
}

#[test]
fn a_putty_key_that_the_settings_name() {
    for kind in ["ed25519", "rsa"] {
        let lab = lab();
        putty(&lab, ".ssh/work.ppk", kind);
        let config = "Host github.com\n  IdentityFile ~/.ssh/work.ppk\n";
        lab.write(".ssh/config", config);
        let ppk = lab.read(".ssh/work.ppk");
        let fixed = broken(&lab, TARGET).gets_mended();
        assert_eq!(fixed.changes(), ["make-key work", "write-text config"]);
        assert_eq!(lab.read(".ssh/work.ppk"), ppk);
        let said = &fixed.output.stdout;
        let secret = ppk.rsplit_once("Private-Lines").expect("a PuTTY key").1;
        assert!(
            !said.contains(secret.lines().nth(1).expect("a line")),
            "{said}"
        );
        lab.sshstep(&["undo", "--yes"]).expect(0);
        assert_eq!(lab.read(".ssh/config"), config);
    }
}

#[test]
fn a_putty_key_under_a_default_name() {
    let lab = lab();
    putty(&lab, ".ssh/id_ed25519", "ed25519");
    let fixed = broken(&lab, TARGET).gets_mended();
    assert_eq!(
        fixed.changes(),
        ["make-key id_ed25519-openssh", "write-text config"],
        "{}",
        fixed.output
    );
}

#[test]
fn a_locked_putty_key_needs_a_person() {
    let lab = lab();
    putty(&lab, ".ssh/work.ppk", "ed25519");
    lab.write("words", "correct horse\n");
    let lock = lab.command("puttygen").arg(lab.path(".ssh/work.ppk"));
    let lock = lock.args(["-P", "--new-passphrase"]).arg(lab.path("words"));
    lock.arg("-o")
        .arg(lab.path(".ssh/work.ppk"))
        .run()
        .expect(0);
    lab.write(
        ".ssh/config",
        "Host github.com\n  IdentityFile ~/.ssh/work.ppk\n",
    );
    broken(&lab, TARGET).needs_a_person("key-is-ppk");
    lab.sshstep(&["fix", "--yes", TARGET])
        .expect(5)
        .says("By hand: puttygen ~/.ssh/work.ppk");
}
