//! Does the ladder stand where ssh does, live and at the end?

use super::*;
use crate::transcript::keys::{Answer, Signature, Source};

fn ladder(log: &str, exit: Option<i32>) -> Ladder {
    Ladder::of(&Transcript::read(log.as_bytes()), exit)
}

fn picture(ladder: &Ladder) -> String {
    let rungs = ladder.rungs().iter();
    rungs
        .map(|rung| match rung.status {
            Status::Ok => 'o',
            Status::Failed => 'X',
            Status::Unknown => '?',
            Status::NotTried => '-',
        })
        .collect()
}

const UP_TO_KEYS: &str = "OpenSSH_9.2p1, OpenSSL 3\n\
    debug1: Connecting to h [192.0.2.1] port 22.\n\
    debug1: Connection established.\n\
    debug1: Remote protocol version 2.0, remote software version X\n\
    debug1: Authenticating to h:22 as 'git'\n\
    debug1: Host 'h' is known and matches the ED25519 host key.\n\
    debug1: SSH2_MSG_SERVICE_ACCEPT received\n\
    debug1: Authentications that can continue: publickey,password\n\
    debug1: Next authentication method: publickey\n";

#[test]
fn it_fills_live_and_counts_the_time() {
    let mut live = Ladder::default();
    let mut at = Duration::ZERO;
    let mut say = |live: &mut Ladder, line: &str, milliseconds| {
        at += Duration::from_millis(milliseconds);
        let transcript = Transcript::read(line.as_bytes());
        transcript
            .events()
            .for_each(|event| live.observe(event, at));
        live.waiting()
    };
    assert_eq!(live.waiting(), Some(Rung::Resolve));
    let mut next = |line, milliseconds| say(&mut live, line, milliseconds);
    assert_eq!(next("OpenSSH_9.2p1, OpenSSL 3", 5), Some(Rung::Resolve));
    assert_eq!(
        next("debug1: Connecting to h [192.0.2.1] port 22.", 15),
        Some(Rung::Connect)
    );
    assert_eq!(
        next("debug1: Connection established.", 30),
        Some(Rung::Connect)
    );
    let version = "debug1: Remote protocol version 2.0, remote software version X";
    assert_eq!(next(version, 10), Some(Rung::HostKey));
    assert_eq!(
        next("debug1: SSH2_MSG_NEWKEYS received", 20),
        Some(Rung::LocalKey)
    );
    assert_eq!(
        next("debug1: Offering public key: k RSA SHA256:a", 1),
        Some(Rung::Offer)
    );
    assert_eq!(
        next("debug1: Server accepts key: k RSA SHA256:a", 40),
        Some(Rung::Sign)
    );
    assert_eq!(
        next("Authenticated to h (via proxy) using \"publickey\".", 50),
        None
    );
    let took: Vec<_> = live
        .rungs()
        .iter()
        .map(|r| r.took.map(|t| t.as_millis()))
        .collect();
    assert_eq!(took[..5], [Some(20), Some(40), Some(20), Some(1), Some(40)]);
    assert!(live.is_signed_in());
}

#[test]
fn nothing_has_failed_before_the_end() {
    let mut live = Ladder::default();
    let log = format!(
        "{UP_TO_KEYS}debug1: Offering public key: k RSA SHA256:a\n\
        debug1: Authentications that can continue: publickey\n"
    );
    for event in Transcript::read(log.as_bytes()).events() {
        live.observe(event, Duration::ZERO);
        assert_eq!(live.failed(), None);
    }
    live.give_up(Duration::from_secs(10));
    assert_eq!(live.failed(), Some(Rung::Offer));
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let mut live = Ladder::default();
    for event in Transcript::read(b"debug1: Connecting to h [192.0.2.1] port 22.").events() {
        live.observe(event, Duration::from_millis(20));
    }
    live.give_up(Duration::from_secs(10));
    assert_eq!(picture(&live), "oX-----");
    assert_eq!(
        live.rung(Rung::Connect).took,
        Some(Duration::from_millis(9980))
    );
}

#[test]
fn other_ways_to_sign_in_need_no_key() {
    for method in [
        "password",
        "none",
        "gssapi-with-mic",
        "keyboard-interactive",
    ] {
        let log = format!("{UP_TO_KEYS}Authenticated to h ([192.0.2.1]:22) using \"{method}\".\n");
        let ladder = ladder(&log, Some(0));
        assert_eq!(picture(&ladder), "ooo---o", "{method}");
        let facts = &ladder.rung(Rung::SignedIn).facts;
        assert!(facts.contains(&Fact::Method(method.to_owned())));
    }
}

#[test]
fn a_refused_key_and_a_right_password() {
    let log = format!(
        "{UP_TO_KEYS}debug1: Offering public key: k RSA SHA256:a explicit\n\
        debug1: Authentications that can continue: publickey,password\n\
        debug1: Next authentication method: password\n\
        debug1: Authentication succeeded (password).\n\
        Authenticated to h ([192.0.2.1]:22).\n"
    );
    let ladder = ladder(&log, Some(0));
    assert_eq!(picture(&ladder), "oooo--o");
    assert_eq!(ladder.keys_offered()[0].answer, Answer::Refused);
}

#[test]
fn a_key_and_then_a_password() {
    let log = format!(
        "{UP_TO_KEYS}debug1: Offering public key: k RSA SHA256:a explicit\n\
        debug1: Server accepts key: k RSA SHA256:a explicit\n\
        Authenticated using \"publickey\" with partial success.\n\
        debug1: Next authentication method: password\n\
        Authenticated to h ([192.0.2.1]:22) using \"password\".\n"
    );
    assert_eq!(picture(&ladder(&log, Some(0))), "ooooooo");
}

#[test]
fn versions_before_7_9() {
    let log = "OpenSSH_7.4p1, OpenSSL 1.0.2k-fips  26 Jan 2017\n\
        debug1: Connecting to h [192.0.2.1] port 22.\n\
        debug1: Remote protocol version 2.0, remote software version X\n\
        debug1: SSH2_MSG_NEWKEYS received\n\
        debug1: Authentications that can continue: publickey\n\
        debug1: Next authentication method: publickey\n\
        debug1: Offering RSA public key: /h/id_rsa\n\
        debug1: Authentications that can continue: publickey\n\
        debug1: Offering DSA public key: /h/id_dsa\n\
        debug1: Server accepts key: pkalg ssh-dss blen 433\n\
        debug1: Authentication succeeded (publickey).\n\
        Authenticated to h ([192.0.2.1]:22).\n";
    let ladder = ladder(log, Some(0));
    assert_eq!(picture(&ladder), "ooooooo");
    let answers: Vec<_> = ladder
        .keys_offered()
        .iter()
        .map(|k| (&k.name[..], k.answer))
        .collect();
    assert_eq!(
        answers,
        [
            ("/h/id_rsa", Answer::Refused),
            ("/h/id_dsa", Answer::Accepted)
        ]
    );
}

#[test]
fn version_10_5_lists_keys_before_it_connects() {
    let log = "debug1: OpenSSH_10.5p1, OpenSSL 3.5.1\n\
        debug1: loaded pubkey from /h/id: ED25519 SHA256:a\n\
        debug1: no identity pubkey loaded from /h/id\n\
        debug1: Connecting to h [192.0.2.1] port 22.\n\
        debug1: Remote protocol version 2.0, remote software version X\n\
        ** WARNING: connection is not using a post-quantum key exchange algorithm.\n\
        debug1: SSH2_MSG_SERVICE_ACCEPT received\n\
        debug1: Authentications that can continue: publickey\n\
        debug1: Next authentication method: publickey\n\
        debug1: Will attempt key: /h/id ED25519 SHA256:a\n\
        debug1: Offering public key: /h/id ED25519 SHA256:a\n\
        debug1: Authentications that can continue: publickey\n\
        debug1: No more authentication methods to try.\n\
        git@h: Permission denied (publickey).\n";
    let ladder = ladder(log, Some(255));
    assert_eq!(picture(&ladder), "ooooX--");
    let key = &ladder.keys_offered()[0];
    assert_eq!(
        (key.source, key.file.as_deref()),
        (Source::File, Some("/h/id"))
    );
}

#[test]
fn an_account_that_refuses_an_accepted_key() {
    let log = format!(
        "{UP_TO_KEYS}debug1: Offering public key: k RSA SHA256:a\n\
        debug1: Server accepts key: k RSA SHA256:a\n\
        debug1: Authentications that can continue: publickey,password\n\
        debug1: No more authentication methods to try.\n"
    );
    let refused = ladder(&log, Some(255));
    assert_eq!(picture(&refused), "ooooooX");
    assert_eq!(refused.keys_offered()[0].signature, Signature::Sent);
}

#[test]
fn a_server_that_hangs_up_on_an_accepted_key() {
    let log = format!(
        "{UP_TO_KEYS}debug1: Offering public key: k RSA SHA256:a\n\
        debug1: Server accepts key: k RSA SHA256:a\n\
        Connection closed by 192.0.2.1 port 22\n"
    );
    assert_eq!(picture(&ladder(&log, Some(255))), "ooooo?X");
}

#[test]
fn an_offer_that_was_not_sent_has_no_answer() {
    let log = format!(
        "{UP_TO_KEYS}debug1: Offering public key: k RSA SHA256:a\n\
        debug1: send_pubkey_test: no mutual signature algorithm\n\
        debug1: No more authentication methods to try.\n"
    );
    let ladder = ladder(&log, Some(255));
    assert_eq!(picture(&ladder), "ooooX--");
    assert_eq!(ladder.keys_offered()[0].answer, Answer::Unknown);
}

#[test]
fn without_v_only_the_end_is_known() {
    for (log, rungs) in [
        ("git@h: Permission denied (publickey).", "ooo???X"),
        ("Host key verification failed.", "ooX----"),
        (
            "ssh: connect to host h port 22: Connection refused",
            "oX-----",
        ),
        (
            "kex_exchange_identification: Connection closed by remote host",
            "oX-----",
        ),
        (
            "Unable to negotiate with 192.0.2.1 port 22: no matching cipher found. Their offer: x",
            "ooX----",
        ),
        (
            "Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures",
            "ooo???X",
        ),
        (
            "sign_and_send_pubkey: signing failed: agent refused operation\nh: Permission denied\ngit@h: Permission denied (publickey).",
            "oooooX-",
        ),
        ("Connection closed by 192.0.2.1 port 22", "???????"),
        ("client_loop: send disconnect: Broken pipe", "???????"),
        ("fatal: Could not read from remote repository.", "???????"),
        ("", "???????"),
    ] {
        for exit in [None, Some(255), Some(128)] {
            assert_eq!(picture(&ladder(log, exit)), rungs, "{log}, {exit:?}");
        }
    }
}

#[test]
fn an_exit_code_ends_what_a_log_leaves_open() {
    let log = format!("{UP_TO_KEYS}debug1: Offering public key: k RSA SHA256:a\n");
    assert_eq!(picture(&ladder(&log, None)), "oooo???");
    assert_eq!(picture(&ladder(&log, Some(255))), "ooooX--");
    let silent = "OpenSSH_9.2p1, OpenSSL 3\n";
    assert_eq!(picture(&ladder(silent, Some(255))), "???????");
}

#[test]
fn the_last_run_in_a_log_counts() {
    let log = format!(
        "{UP_TO_KEYS}git@h: Permission denied (publickey).\n\
        {UP_TO_KEYS}Authenticated to h ([192.0.2.1]:22) using \"none\".\n"
    );
    assert_eq!(picture(&ladder(&log, Some(0))), "ooo---o");
}
