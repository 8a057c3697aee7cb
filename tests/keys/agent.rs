//! Do keys of ours work in a real agent, and does each broken one fail in its own way?

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::{Duration, Instant};

use sshstep::agent::{self, AgentAddress, Constraint, Fault};
use sshstep::key::create::create;
use sshstep::key::kind::KeyKind;
use sshstep::key::private::Lock;
use sshstep::key::unlock::unlock;
use sshstep::known::Known;

use crate::lab::{Lab, PATIENCE, RIGHT, SECOND, private, secret, wait_until};

#[test]
fn created_keys_work_in_ssh_keygen_and_in_the_agent() {
    let lab = Lab::new();
    let agent = lab.agent();
    // RSA is left out: generating it here takes minutes in a debug build. Read RSA keys are added
    // in the next test, and the code after the generation is the same.
    for kind in [
        KeyKind::Ed25519,
        KeyKind::Ecdsa { bits: 256 },
        KeyKind::Ecdsa { bits: 384 },
        KeyKind::Ecdsa { bits: 521 },
    ] {
        for passphrase in [None, Some(RIGHT)] {
            let typed = passphrase.map(secret);
            let key = create(&kind, "ana's Gerät", typed.as_ref()).ok().unwrap();
            let path = lab.ssh(&format!("{}{}", kind.id().unwrap(), passphrase.is_some()));
            lab.save(&path, &key);
            assert_eq!(
                lab.loads(&path, passphrase.unwrap_or_default()),
                Some(key.public_line.clone())
            );
            assert_eq!(lab.fingerprint(&path), key.fingerprint);
            assert_eq!(key.kind, kind);
            let found = private(&path);
            assert_eq!(found.defects, []);
            assert_eq!(found.lock == Lock::None, passphrase.is_none());
            if passphrase.is_some() {
                assert_eq!(lab.loads(&path, "wrong"), None);
                assert_eq!(lab.loads(&path, ""), None);
            }

            agent::add(&agent.address, &key.unlocked, None, PATIENCE).unwrap();
            let held = agent.identities();
            let identity = held
                .iter()
                .find(|i| i.fingerprint == key.fingerprint)
                .unwrap();
            assert_eq!(identity.public_line, key.public_line);
            assert_eq!(identity.comment, "ana's Gerät");
            assert!(signs(&lab, &path), "{kind}");
            agent::remove(&agent.address, identity.blob(), PATIENCE).unwrap();
            assert_eq!(agent.identities(), []);
        }
    }
}

/// Whether the agent signs with this key, and the signature is right.
fn signs(lab: &Lab, path: &Path) -> bool {
    let mut public = path.as_os_str().to_owned();
    public.push(".pub");
    lab.run("ssh-add", "", &["-T".as_ref(), &*public])
        .status
        .success()
}

#[test]
fn unlocked_keys_of_every_kind_are_added_plain_and_constrained() {
    let lab = Lab::new();
    let agent = lab.agent();
    for (at, options) in [
        "-t ed25519",
        "-t ecdsa",
        "-t ecdsa -b 384",
        "-t rsa -b 2048",
    ]
    .into_iter()
    .enumerate()
    {
        let path = lab.ssh(&format!("k{at}"));
        lab.keygen(&path, RIGHT, &format!("{options} -a 1"));
        let key = unlock(&path, &secret(RIGHT)).expect(options);
        for constraints in [&[][..], &[Constraint::Lifetime(PATIENCE * 10)]] {
            match constraints {
                [] => agent::add(&agent.address, &key, None, PATIENCE).unwrap(),
                _ => agent::add_constrained(&agent.address, &key, constraints, PATIENCE).unwrap(),
            }
            let held = agent.identities();
            assert_eq!(held.len(), 1, "{options}");
            assert_eq!(held[0].fingerprint, key.public().fingerprint);
            assert!(signs(&lab, &path), "{options}");
            agent::remove(&agent.address, key.public().blob(), PATIENCE).unwrap();
        }
        let gone = agent::remove(&agent.address, key.public().blob(), PATIENCE);
        assert_eq!(gone.unwrap_err().fault, Fault::Refused);
    }
}

#[test]
fn a_key_with_a_lifetime_vanishes() {
    let lab = Lab::new();
    let agent = lab.agent();
    let key = create(&KeyKind::Ed25519, "short", None).ok().unwrap();
    agent::add(&agent.address, &key.unlocked, Some(SECOND * 2), PATIENCE).unwrap();
    assert_eq!(agent.identities().len(), 1);
    wait_until("the key vanishes", || agent.identities().is_empty());
}

#[test]
fn a_key_to_be_confirmed_does_not_sign_by_itself() {
    let lab = Lab::new();
    let agent = lab.agent();
    let key = create(&KeyKind::Ed25519, "asks", None).ok().unwrap();
    lab.save(&lab.ssh("asks"), &key);
    // The agent inherited no askpass, so nobody can agree.
    agent::add_constrained(
        &agent.address,
        &key.unlocked,
        &[Constraint::Confirm],
        PATIENCE,
    )
    .unwrap();
    assert_eq!(agent.identities().len(), 1);
    assert!(!signs(&lab, &lab.ssh("asks")));
}

#[test]
fn an_agent_with_a_certificate_without_end_is_listed_whole() {
    let lab = Lab::new();
    let agent = lab.agent();
    for name in ["ca", "mine", "other"] {
        lab.keygen(&lab.ssh(name), "", "-t ed25519");
    }
    let (ca, mine, other) = (lab.ssh("ca"), lab.ssh("mine"), lab.ssh("other"));
    let args = [
        "-q",
        "-s",
        ca.to_str().unwrap(),
        "-I",
        "i",
        "-n",
        "ana",
        mine.to_str().unwrap(),
    ];
    assert!(lab.run("ssh-keygen", "", &args).status.success());
    assert!(
        lab.run(
            "ssh-add",
            "",
            &["-q".as_ref(), mine.as_os_str(), other.as_os_str()]
        )
        .status
        .success()
    );

    let held = agent.identities();
    assert_eq!(held.len(), 3, "{held:#?}");
    assert_eq!(
        held.iter()
            .filter(|identity| identity.is_certificate())
            .count(),
        1
    );
    let fingerprint = lab.fingerprint(&lab.ssh("mine.pub"));
    assert_eq!(
        held.iter()
            .filter(|identity| identity.fingerprint == fingerprint)
            .count(),
        2
    );
}

#[test]
fn a_locked_agent_looks_empty_and_refuses() {
    let lab = Lab::new();
    let agent = lab.agent();
    let key = create(&KeyKind::Ed25519, "c", None).ok().unwrap();
    agent::add(&agent.address, &key.unlocked, None, PATIENCE).unwrap();
    assert!(lab.run("ssh-add", "lock", &["-x"]).status.success());
    assert_eq!(agent::list(&agent.address, PATIENCE), Known::Yes(vec![]));
    for lifetime in [None, Some(SECOND)] {
        let failure = agent::add(&agent.address, &key.unlocked, lifetime, PATIENCE).unwrap_err();
        assert_eq!(failure.fault, Fault::Refused);
    }
}

/// Something at a socket that treats each connection as `answer` says.
fn fake_agent(path: &Path, answer: impl Fn(std::os::unix::net::UnixStream) + Send + 'static) {
    let listener = UnixListener::bind(path).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            answer(stream);
        }
    });
}

#[test]
fn each_failure_of_an_agent_has_its_own_name() {
    let lab = Lab::new();
    let key = create(&KeyKind::Ed25519, "c", None).ok().unwrap();
    let at = |name: &str| AgentAddress::Socket(lab.path(name));
    drop(UnixListener::bind(lab.path("dead")).unwrap());
    fs::write(lab.path("file"), "").unwrap();
    let _silent = UnixListener::bind(lab.path("silent")).unwrap();
    fake_agent(&lab.path("closed"), drop);
    let replies: [(&str, &[u8]); 5] = [
        ("web", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        ("odd", b"\0\0\0\x05\x0c\0\0\0\x07"),
        ("no", b"\0\0\0\x01\x05"),
        ("huge", b"\0\x10\0\0\x0c"),
        ("half", b"\0\0\0\x05\x0c"),
    ];
    for (name, reply) in replies {
        fake_agent(&lab.path(name), move |mut stream| {
            let mut length = [0; 4];
            let _ = stream.read_exact(&mut length);
            let mut request = vec![0; u32::from_be_bytes(length) as usize];
            let _ = stream.read_exact(&mut request);
            let _ = stream.write_all(reply);
        });
    }

    let cases = [
        ("missing", Fault::Missing, Fault::Missing),
        ("file/below", Fault::Missing, Fault::Missing),
        ("dead", Fault::Dead, Fault::Dead),
        ("file", Fault::Dead, Fault::Dead),
        ("silent", Fault::Silent, Fault::Silent),
        ("closed", Fault::Closed, Fault::Closed),
        ("web", Fault::Garbage, Fault::Garbage),
        ("odd", Fault::Garbage, Fault::Garbage),
        ("no", Fault::Refused, Fault::Refused),
        ("huge", Fault::Garbage, Fault::Closed),
        ("half", Fault::Closed, Fault::Closed),
    ];
    for (name, to_list, to_add) in cases {
        // Generous where an answer comes at once, short where the deadline itself is tested.
        let timeout = if name == "silent" {
            Duration::from_millis(300)
        } else {
            PATIENCE
        };
        let begun = Instant::now();
        let failure = agent::identities(&at(name), timeout).unwrap_err();
        assert_eq!(failure.fault, to_list, "{name}");
        assert!(
            matches!(agent::list(&at(name), timeout), Known::Failed(_)),
            "{name}"
        );
        for lifetime in [None, Some(SECOND)] {
            let failure = agent::add(&at(name), &key.unlocked, lifetime, timeout).unwrap_err();
            let expected = if lifetime.is_some() { to_list } else { to_add };
            assert_eq!(failure.fault, expected, "{name} {lifetime:?}");
        }
        assert!(
            begun.elapsed() < PATIENCE / 2,
            "{name}: {:?}",
            begun.elapsed()
        );
    }
}
