//! Is every format and cipher that ssh-keygen writes read, and opened by its passphrase only?

use sshstep::key::kind::KeyKind;
use sshstep::key::private::{Format, Lock};
use sshstep::key::unlock::{Reason, unlock};

use crate::lab::{Lab, RIGHT, can_make, private, public, secret};

#[test]
fn every_format_is_read_with_and_without_a_passphrase() {
    let lab = Lab::new();
    let mut cases = vec![
        ("-t ed25519", "Ed25519", Format::OpenSsh),
        ("-t ecdsa -b 256", "ECDSA 256", Format::OpenSsh),
        ("-t ecdsa -b 384 -m PEM", "ECDSA 384", Format::Sec1),
        ("-t ecdsa -b 521 -m PKCS8", "ECDSA 521", Format::Pkcs8),
        ("-t ecdsa -b 521", "ECDSA 521", Format::OpenSsh),
        ("-t rsa -b 2048", "RSA 2048", Format::OpenSsh),
        ("-t rsa -b 2048 -m PEM", "RSA 2048", Format::Pkcs1),
        ("-t rsa -b 2048 -m PKCS8", "RSA 2048", Format::Pkcs8),
    ];
    if can_make("-t dsa") {
        cases.push(("-t dsa", "DSA", Format::OpenSsh));
        cases.push(("-t dsa -m PEM", "DSA", Format::Dsa));
    }
    for (at, (options, name, format)) in cases.into_iter().enumerate() {
        for passphrase in ["", RIGHT] {
            let path = lab.ssh(&format!("k{at}{}", passphrase.len()));
            lab.keygen(&path, passphrase, options);
            let found = private(&path);
            let outer = public(&path.with_extension("pub"));
            assert_eq!(found.format, format, "{options}");
            assert_eq!(found.defects, [], "{options}");
            assert_eq!(found.lock == Lock::None, passphrase.is_empty(), "{options}");
            assert_eq!(outer.kind.to_string(), name);
            assert_eq!(
                outer.fingerprint,
                lab.fingerprint(&path.with_extension("pub"))
            );
            assert_eq!(outer.comment, "ana@lab");
            let readable = passphrase.is_empty() || format == Format::OpenSsh;
            assert_eq!(found.public.is_some(), readable, "{options}");
            if let Some(inner) = found.public {
                assert!(inner.is_same_key(&outer), "{options}");
                let comment = passphrase.is_empty() && format == Format::OpenSsh;
                assert_eq!(inner.comment, if comment { "ana@lab" } else { "" });
            }
            if let Lock::Passphrase { cipher, .. } = found.lock {
                let cipher = cipher.expect(options);
                assert!(cipher.starts_with("aes"), "{options}: {cipher}");
            }
        }
    }
}

#[test]
fn every_cipher_opens_with_the_right_passphrase_only() {
    let lab = Lab::new();
    for cipher in [
        "aes128-cbc",
        "aes192-cbc",
        "aes256-cbc",
        "aes128-ctr",
        "aes192-ctr",
        "aes256-ctr",
        "aes128-gcm@openssh.com",
        "aes256-gcm@openssh.com",
        "chacha20-poly1305@openssh.com",
    ] {
        let path = lab.ssh(cipher);
        lab.keygen(&path, RIGHT, &format!("-t ed25519 -a 2 -Z {cipher}"));
        let found = private(&path);
        assert_eq!(found.defects, [], "{cipher}");
        assert_eq!(
            found.lock,
            Lock::Passphrase {
                cipher: Some(cipher.to_owned()),
                rounds: Some(2)
            }
        );
        let unlocked = unlock(&path, &secret(RIGHT)).expect(cipher);
        assert_eq!(unlocked.public().comment, "ana@lab");
        for wrong in ["", "correct horsf", "correct horse\n"] {
            let refusal = unlock(&path, &secret(wrong)).err().expect(cipher);
            assert_eq!(refusal.reason, Reason::WrongPassphrase, "{cipher}");
        }
    }
}

#[test]
fn what_only_openssh_can_open_goes_to_ssh_add() {
    let lab = Lab::new();
    for (at, options) in [
        "-t ed25519 -Z 3des-cbc",
        "-t rsa -b 2048 -m PEM",
        "-t ecdsa -m PKCS8",
    ]
    .into_iter()
    .enumerate()
    {
        let path = lab.ssh(&format!("it's {at}"));
        lab.keygen(&path, RIGHT, options);
        for passphrase in [RIGHT, "wrong"] {
            let refusal = unlock(&path, &secret(passphrase)).err().expect(options);
            assert_eq!(refusal.reason, Reason::NeedsSshAdd, "{options}");
            assert!(
                refusal.trouble.hint.reveal().contains("ssh-add"),
                "{options}"
            );
        }
    }
}

#[test]
fn every_p521_key_is_opened_or_handed_to_ssh_add() {
    // ssh-key 0.6.7 fails on a quarter of them; none may be called damaged or wrongly typed.
    let lab = Lab::new();
    for at in 0..16 {
        for passphrase in ["", RIGHT] {
            let path = lab.ssh(&format!("k{at}{passphrase}"));
            lab.keygen(&path, passphrase, "-t ecdsa -b 521 -a 1");
            assert_eq!(private(&path).defects, []);
            match unlock(&path, &secret(passphrase)) {
                Ok(unlocked) => assert_eq!(unlocked.public().kind, KeyKind::Ecdsa { bits: 521 }),
                Err(refusal) => assert_eq!(refusal.reason, Reason::NeedsSshAdd),
            }
        }
    }
}
