//! Are the files of a folder put together as ssh would, and odd ones told apart?

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use sshstep::key::file::{Content, inspect};
use sshstep::key::kind::KeyKind;
use sshstep::key::pair::{Key, KeyProblem, Protection, scan};
use sshstep::key::unlock::{Reason, unlock};

use crate::lab::{Lab, PATIENCE, RIGHT, secret};

#[test]
fn things_that_are_no_private_keys_are_told_apart() {
    let lab = Lab::new();
    let content = |path: &Path| inspect(path).content;

    let fifo = lab.ssh("id_ed25519");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let begun = Instant::now();
    assert_eq!(content(&fifo), Content::Special);
    assert!(unlock(&fifo, &secret("")).is_err());
    assert!(begun.elapsed() < PATIENCE);

    let directory = lab.ssh("id_rsa");
    fs::create_dir(&directory).unwrap();
    assert_eq!(content(&directory), Content::Directory);
    let big = lab.ssh("id_ecdsa");
    fs::File::create(&big).unwrap().set_len(10 << 20).unwrap();
    assert_eq!(content(&big), Content::TooBig { bytes: 10 << 20 });
    let binary = lab.ssh("binary");
    fs::write(&binary, [0u8, 1, 2, 200, 255].repeat(1000)).unwrap();
    assert_eq!(content(&binary), Content::NotAKey { first_line: None });
    assert_eq!(content(&lab.ssh("nothing")), Content::Missing);
    assert_eq!(content(&binary.join("below")), Content::Missing);
    let ppk = lab.ssh("putty.ppk");
    fs::write(&ppk, include_str!("../fixtures/putty.ppk")).unwrap();
    assert_eq!(
        content(&ppk),
        Content::Ppk {
            version: 3,
            encrypted: true
        }
    );
    let x509 = lab.ssh("x509");
    fs::write(
        &x509,
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    assert!(matches!(
        content(&x509),
        Content::NotAKey {
            first_line: Some(_)
        }
    ));

    lab.keygen(&lab.path("work"), "", "-t ed25519");
    fs::rename(lab.path("work.pub"), lab.ssh("id_ed25519_sk")).unwrap();
    let refusal = unlock(&lab.ssh("id_ed25519_sk"), &secret(""))
        .err()
        .unwrap();
    assert_eq!(refusal.reason, Reason::NotAPrivateKey);

    let keys = scan(&lab.path("ssh"), &[binary.clone(), lab.ssh("nothing")]).unwrap();
    let told: Vec<(String, bool)> = keys
        .iter()
        .map(|key| {
            (
                file_name(key),
                matches!(key.problems[..], [KeyProblem::NotAPrivateKey(_)]),
            )
        })
        .collect();
    let expected = [
        "id_rsa",
        "id_ecdsa",
        "id_ed25519",
        "id_ed25519_sk",
        "binary",
        "nothing",
        "putty.ppk",
    ];
    assert_eq!(told, expected.map(|name| (name.to_owned(), true)));
}

fn file_name(key: &Key) -> String {
    key.path().file_name().unwrap().to_str().unwrap().to_owned()
}

fn only(keys: &[Key], name: &str) -> Key {
    let found: Vec<&Key> = keys.iter().filter(|key| file_name(key) == name).collect();
    assert_eq!(found.len(), 1, "{name}: {keys:#?}");
    found[0].clone()
}

#[test]
fn a_folder_is_read_as_pairs() {
    let lab = Lab::new();
    for (name, passphrase) in [
        ("id_ed25519", RIGHT),
        ("zebra", ""),
        ("alpha", ""),
        ("open", ""),
        ("lonely", ""),
        ("bare", ""),
        ("elsewhere", ""),
    ] {
        lab.keygen(&lab.ssh(name), passphrase, "-t ed25519 -a 1");
    }
    lab.keygen(&lab.ssh("id_rsa"), RIGHT, "-t rsa -b 2048 -m PEM");
    fs::remove_file(lab.ssh("lonely")).unwrap();
    fs::remove_file(lab.ssh("bare.pub")).unwrap();
    fs::copy(lab.ssh("zebra.pub"), lab.ssh("alpha.pub")).unwrap();
    fs::set_permissions(lab.ssh("open"), fs::Permissions::from_mode(0o644)).unwrap();
    fs::rename(lab.ssh("elsewhere"), lab.path("elsewhere")).unwrap();
    fs::rename(lab.ssh("elsewhere.pub"), lab.path("elsewhere.pub")).unwrap();
    for noise in ["config", "known_hosts", "authorized_keys", "notes.txt"] {
        fs::write(lab.ssh(noise), "ssh-ed25519 AAAA nothing here\n").unwrap();
    }
    fs::create_dir(lab.ssh("keys.d")).unwrap();

    let folder = lab.path("ssh");
    let extra = [
        lab.path("elsewhere.pub"),
        folder.join("../ssh/zebra"),
        lab.ssh("zebra.pub"),
    ];
    let keys = scan(&folder, &extra).unwrap();
    let names: Vec<String> = keys.iter().map(file_name).collect();
    assert_eq!(
        names,
        [
            "id_rsa",
            "id_ed25519",
            "alpha",
            "bare",
            "elsewhere",
            "lonely",
            "open",
            "zebra"
        ]
    );

    let good = only(&keys, "id_ed25519");
    assert_eq!(good.problems, []);
    assert_eq!(good.protection, Protection::Passphrase);
    assert_eq!(good.kind, Some(KeyKind::Ed25519));
    assert_eq!(good.comment, "ana@lab");
    assert_eq!((good.mode, good.ours), (Some(0o600), Some(true)));
    assert_eq!(
        good.fingerprint,
        Some(lab.fingerprint(&lab.ssh("id_ed25519.pub")))
    );
    let line = fs::read_to_string(lab.ssh("id_ed25519.pub")).unwrap();
    assert_eq!(good.public_line.as_deref(), Some(line.trim()));

    let rsa = only(&keys, "id_rsa");
    assert_eq!(
        (rsa.kind, rsa.protection),
        (Some(KeyKind::Rsa { bits: 2048 }), Protection::Passphrase)
    );

    let stale = only(&keys, "alpha");
    let zebra = only(&keys, "zebra");
    assert_eq!(
        stale.problems,
        [KeyProblem::StalePublic {
            public: zebra.fingerprint.clone().unwrap()
        }]
    );
    assert_ne!(stale.fingerprint, zebra.fingerprint);
    assert_eq!(stale.public_line, lab.loads(&lab.ssh("alpha"), ""));
    assert_eq!(zebra.problems, []);
    assert_eq!(zebra.protection, Protection::None);

    assert_eq!(
        only(&keys, "open").problems,
        [KeyProblem::TooOpen { mode: 0o644 }]
    );
    assert_eq!(only(&keys, "elsewhere").problems, []);
    let lonely = only(&keys, "lonely");
    assert_eq!(lonely.problems, [KeyProblem::MissingPrivate]);
    assert!(lonely.public.is_some() && lonely.private.is_none() && lonely.public_line.is_some());
    let bare = only(&keys, "bare");
    assert!(bare.public.is_none() && bare.problems.is_empty());
    assert_eq!(bare.public_line, lab.loads(&lab.ssh("bare"), ""));
}

#[test]
fn certificates_join_their_keys() {
    let lab = Lab::new();
    for name in ["ca", "mine", "other", "third"] {
        lab.keygen(&lab.ssh(name), "", "-t ed25519");
    }
    let sign = |file: &Path, options: &[&str]| {
        let ca = lab.ssh("ca");
        let mut args = vec!["-q", "-s", ca.to_str().unwrap(), "-I", "ana's laptop"];
        args.extend(options);
        args.push(file.to_str().unwrap());
        let output = lab.run("ssh-keygen", "", &args);
        assert!(output.status.success(), "{output:?}");
    };
    sign(&lab.ssh("mine.pub"), &["-n", "ana,git", "-z", "7"]);
    fs::copy(lab.ssh("mine-cert.pub"), lab.ssh("other-cert.pub")).unwrap();
    sign(
        &lab.ssh("third.pub"),
        &["-V", "20200101:20200102", "-O", "force-command=true"],
    );
    let apart = lab.path("apart-cert.pub");
    fs::rename(lab.ssh("third-cert.pub"), &apart).unwrap();

    let keys = scan(&lab.path("ssh"), std::slice::from_ref(&apart)).unwrap();
    assert_eq!(keys.len(), 4, "{keys:#?}");
    let mine = only(&keys, "mine");
    assert_eq!(mine.problems, []);
    let (_, certificate) = mine.certificate.unwrap();
    assert_eq!(certificate.principals, ["ana", "git"]);
    assert_eq!(
        (certificate.serial, &*certificate.key_id),
        (7, "ana's laptop")
    );
    assert_eq!(
        certificate.authority,
        only(&keys, "ca").fingerprint.unwrap()
    );
    let now = std::time::SystemTime::now();
    use sshstep::key::certificate::Validity;
    assert_eq!(certificate.validity(now), Validity::Valid { until: None });

    let certified = mine.fingerprint.unwrap();
    assert_eq!(
        only(&keys, "other").problems,
        [KeyProblem::StaleCertificate { certified }]
    );

    let (path, certificate) = only(&keys, "third").certificate.unwrap();
    assert_eq!(path, apart);
    assert!(matches!(
        certificate.validity(now),
        Validity::Expired { .. }
    ));
    assert_eq!(
        certificate.critical_options,
        [("force-command".to_owned(), "true".to_owned())]
    );
}

#[test]
fn a_folder_that_cannot_be_listed_is_a_failure_and_not_an_empty_one() {
    let lab = Lab::new();
    assert_eq!(scan(&lab.path("nowhere"), &[]), Ok(vec![]));
    fs::write(lab.path("file"), "").unwrap();
    assert!(scan(&lab.path("file"), &[]).is_err());
}
