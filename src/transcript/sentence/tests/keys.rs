//! What do the lines about keys, the agent and authentication tell?

use super::{event, read, s};
use crate::transcript::Event;
use crate::transcript::event::{KeyLine, PublicHalf, Route, Signer};

#[test]
fn keys_on_this_side() {
    for (line, public_half) in [
        (
            "debug1: identity file /h/my id type -1",
            PublicHalf::NotRead,
        ),
        ("debug1: identity file /h/my id type 3", PublicHalf::Read),
        ("debug1: certificate file /h/my id type 7", PublicHalf::Read),
    ] {
        assert_eq!(
            event(line),
            Event::IdentityFile {
                path: s("/h/my id"),
                public_half
            }
        );
    }
    assert_eq!(
        event("debug1: loaded pubkey from /h/id: ED25519 SHA256:abc"),
        Event::PublicHalfLoaded {
            path: s("/h/id"),
            kind: s("ED25519"),
            fingerprint: s("SHA256:abc")
        }
    );
    for line in [
        "debug1: no pubkey loaded from /h/id",
        "debug1: no identity pubkey loaded from /h/id",
    ] {
        assert_eq!(event(line), Event::PublicHalfMissing { path: s("/h/id") });
    }
    assert_eq!(
        event(r"no such identity: /h/cl\303\251\\x: No such file or directory"),
        Event::NoSuchIdentity {
            path: s(r"/h/clé\x"),
            reason: s("No such file or directory")
        }
    );
    // A missing default name: normal, and only at debug3.
    assert_eq!(
        read("debug3: no such identity: /h/id_rsa: No such file or directory"),
        None
    );
    assert_eq!(
        event(r"Warning: Identity file C:\100\id not accessible: No such file or directory."),
        Event::IdentityNotAccessible {
            path: s(r"C:\100\id"),
            reason: s("No such file or directory")
        }
    );
    assert_eq!(
        event("Load key \"/h/id\": error in libcrypto: unsupported"),
        Event::KeyLoadFailed {
            path: s("/h/id"),
            reason: s("error in libcrypto: unsupported")
        }
    );
    assert_eq!(
        event("debug1: load_identity_file: Skipping key /h/id: Invalid key length"),
        Event::KeyLoadFailed {
            path: s("/h/id"),
            reason: s("Invalid key length")
        }
    );
    assert_eq!(
        event("load pubkey \"/h/id\": Invalid key length"),
        Event::PublicKeyLoadFailed {
            path: s("/h/id"),
            reason: s("Invalid key length")
        }
    );
    for (line, mode) in [
        ("Permissions 0644 for '/h/id' are too open.", Some("0644")),
        ("Permissions for '/h/id' are too open.", None),
    ] {
        assert_eq!(
            event(line),
            Event::KeyUnprotected {
                path: s("/h/id"),
                mode: mode.map(s)
            }
        );
    }
    assert_eq!(
        event("debug1: Skipping ssh-dss key /h/my id - not in PubkeyAcceptedKeyTypes"),
        Event::Skipping {
            kind: s("ssh-dss"),
            name: s("/h/my id"),
            reason: s("not in PubkeyAcceptedKeyTypes")
        }
    );
    assert_eq!(
        event("debug1: sign_and_send_pubkey: no separate private key for certificate \"/h/id\""),
        Event::CertificateAlone { name: s("/h/id") }
    );
}

#[test]
fn the_agent() {
    for prefix in ["get_agent_identities", "pubkey_prepare"] {
        let read = |rest: &str| event(&format!("debug1: {prefix}: {rest}"));
        assert_eq!(read("bound agent to hostkey"), Event::AgentBound);
        assert_eq!(read("agent returned 6 keys"), Event::AgentKeys { count: 6 });
        let empty = "ssh_fetch_identitylist: agent contains no identities";
        assert_eq!(read(empty), Event::AgentKeys { count: 0 });
        let (call, reason) = (s("ssh_get_authentication_socket"), s("Connection refused"));
        assert_eq!(
            read("ssh_get_authentication_socket: Connection refused"),
            Event::AgentFailed { call, reason }
        );
    }
    assert_eq!(
        event("debug1: pubkey_prepare: ignoring certificate /h/c: not a user certificate"),
        Event::CertificateIgnored {
            name: s("/h/c"),
            reason: s("not a user certificate")
        }
    );
}

#[test]
fn offers_and_answers() {
    let key = KeyLine {
        name: s("/h/id"),
        kind: Some(s("RSA")),
        ..KeyLine::default()
    };
    let with_print = KeyLine {
        fingerprint: Some(s("SHA256:abc")),
        ..key.clone()
    };
    for (line, key) in [
        (
            "debug1: Offering public key: /h/id RSA SHA256:abc",
            &with_print,
        ),
        (
            "debug1: Offering public key: RSA SHA256:abc /h/id",
            &with_print,
        ),
        ("debug1: Offering RSA public key: /h/id", &key),
    ] {
        assert_eq!(event(line), Event::Offering { key: key.clone() }, "{line}");
    }
    for line in [
        "debug1: Server accepts key: pkalg ssh-rsa blen 279",
        "debug1: Server accepts key: /h/id RSA SHA256:abc agent",
    ] {
        assert!(matches!(event(line), Event::Accepts { .. }), "{line}");
    }
    assert_eq!(
        event("debug1: Trying private key: /h/id"),
        Event::Trying { path: s("/h/id") }
    );
    assert!(matches!(
        event("debug1: Will attempt key: /h/id "),
        Event::WillAttempt { .. }
    ));
    assert_eq!(
        event("debug1: Authentications that can continue: publickey,keyboard-interactive"),
        Event::CanContinue {
            methods: vec![s("publickey"), s("keyboard-interactive")]
        }
    );
    assert_eq!(
        event("debug1: Next authentication method: publickey"),
        Event::NextMethod {
            method: s("publickey")
        }
    );
    assert_eq!(
        event("debug1: No more authentication methods to try."),
        Event::NoMoreMethods
    );
    for line in [
        "sign_and_send_pubkey: no mutual signature supported",
        "debug1: send_pubkey_test: no mutual signature algorithm",
    ] {
        assert_eq!(event(line), Event::NoMutualSignature);
    }
    for (line, kind, name, signer, reason) in [
        (
            "sign_and_send_pubkey: signing failed for ED25519 \"my key\" from agent: agent refused operation",
            Some("ED25519"),
            Some("my key"),
            Signer::Agent,
            "agent refused operation",
        ),
        (
            "sign_and_send_pubkey: signing failed: agent refused operation",
            None,
            None,
            Signer::Agent,
            "agent refused operation",
        ),
        (
            "sign_and_send_pubkey: signing failed for ED25519-SK \"/h/id\": device not found",
            Some("ED25519-SK"),
            Some("/h/id"),
            Signer::Ssh,
            "device not found",
        ),
        (
            "Agent admitted failure to sign using the key.",
            None,
            None,
            Signer::Agent,
            "Agent admitted failure to sign using the key",
        ),
    ] {
        let (kind, name, reason) = (kind.map(s), name.map(s), s(reason));
        assert_eq!(
            event(line),
            Event::SigningFailed {
                kind,
                name,
                signer,
                reason
            }
        );
    }
    assert_eq!(
        event("identity_sign: private key /h/id contents do not match public"),
        Event::HalvesDiffer { path: s("/h/id") }
    );
    assert_eq!(
        event("debug1: read_passphrase: requested to askpass"),
        Event::AskpassStarted
    );
    assert!(matches!(
        event("debug1: read_passphrase: can't open /dev/tty: No such device or address"),
        Event::NoTerminal { .. }
    ));
    assert_eq!(
        event("Permission denied, please try again."),
        Event::PasswordWrong
    );
}

#[test]
fn success_and_refusal() {
    let direct = Route::Direct {
        ip: s("::1"),
        port: 22,
    };
    for (line, route, method) in [
        (
            "Authenticated to h ([::1]:22) using \"publickey\".",
            direct.clone(),
            Some("publickey"),
        ),
        ("Authenticated to h ([::1]:22).", direct, None),
        (
            "Authenticated to h (via proxy) using \"none\".",
            Route::Proxy,
            Some("none"),
        ),
    ] {
        let method = method.map(s);
        assert_eq!(
            event(line),
            Event::Authenticated {
                host: s("h"),
                route,
                method
            }
        );
    }
    assert_eq!(
        event("Authenticated to h (via proxy) using \"pub"),
        Event::Other
    );
    assert_eq!(
        event("debug1: Authentication succeeded (publickey)."),
        Event::AuthenticationSucceeded {
            method: s("publickey")
        }
    );
    for (line, method) in [
        (
            "Authenticated using \"publickey\" with partial success.",
            Some("publickey"),
        ),
        ("Authenticated with partial success.", None),
    ] {
        assert_eq!(
            event(line),
            Event::PartialSuccess {
                method: method.map(s)
            }
        );
    }
    for (line, user, host) in [
        (
            "git@github.com: Permission denied (publickey).",
            Some("git"),
            Some("github.com"),
        ),
        ("Permission denied (publickey).", None, None),
    ] {
        let (user, host, methods) = (user.map(s), host.map(s), vec![s("publickey")]);
        assert_eq!(
            event(line),
            Event::Denied {
                user,
                host,
                methods
            }
        );
    }
    assert_eq!(event("bash: ./x: Permission denied"), Event::Other);
}
