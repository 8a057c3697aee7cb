//! Does the reader find, in real logs, where a connection stopped and what each key was told?
//!
//! The logs are of OpenSSH 9.2 against `ProxyCommand sshd -i`, one fault each, recorded with
//! throw-away keys. To add one: put `NAME.log` into `tests/transcripts/` and a row into `LOGS`.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use sshstep::transcript::reader::Length;
use sshstep::transcript::{Event, Ladder, Reader, Status, Transcript};

/// Name, ssh's exit code, the rungs (`o` ok, `X` failed, `?` unknown, `-` not tried) and the
/// answers to offered keys (`+` accepted and signed, `a` accepted, `-` refused, `?` unknown).
const LOGS: [(&str, i32, &str, &str); 36] = [
    ("agent-dead", 255, "oooX---", ""),
    ("agent-empty", 255, "oooX---", ""),
    ("agent-hidden", 255, "ooooX--", "-"),
    ("agent-refuses", 255, "oooooX-", "-a"),
    ("agent-success", 0, "ooooooo", "+"),
    ("bad-option", 255, "-------", ""),
    ("banner-timeout", 255, "?X-----", ""),
    ("dns-failure", 255, "X------", ""),
    ("git-greeting", 1, "ooooooo", "+"),
    ("halves-differ", 255, "oooooX-", "a"),
    ("host-added", 0, "ooooooo", "+"),
    ("host-changed", 255, "ooX----", ""),
    ("host-changed-unchecked", 0, "oo?oooo", "+"),
    ("host-unknown-batch", 255, "ooX----", ""),
    ("host-unknown-strict", 255, "ooX----", ""),
    ("identity-missing", 255, "oooX---", ""),
    ("jump-denied", 255, "?X-----", ""),
    ("jump-denied-quiet", 255, "?X-----", ""),
    ("jump-success", 0, "ooooooo", "+"),
    ("jump-target-denied", 255, "ooooX--", "-"),
    ("kex-mismatch", 255, "ooX----", ""),
    ("key-crlf", 255, "oooX---", ""),
    ("key-too-open", 255, "oooooX-", "a"),
    ("key-type-skipped", 255, "oooX---", ""),
    ("locked-key", 255, "oooooX-", "a"),
    ("locked-pem", 255, "oooo?X-", ""),
    ("mux-reused", 0, "??????o", ""),
    ("no-key", 255, "oooX---", ""),
    ("not-ssh", 255, "?X-----", ""),
    ("partial-success", 255, "ooooooX", "+"),
    ("password-only", 255, "ooooX--", ""),
    ("proxy-closed", 255, "?X-----", ""),
    ("proxy-missing", 255, "?X-----", ""),
    ("refused", 255, "oX-----", ""),
    ("too-many-failures", 255, "ooooX--", "--"),
    ("unknown-key", 255, "ooooX--", "-"),
];

#[test]
fn each_log_stops_at_its_rung() {
    for (name, exit, rungs, answers) in LOGS {
        let ladder = Ladder::of(&Transcript::read(&log(name)), Some(exit));
        assert_eq!(picture(&ladder), rungs, "{name}");
        assert_eq!(answers_of(&ladder), answers, "{name}");
        assert_eq!(ladder.never_started(), name == "bad-option", "{name}");
    }
}

#[test]
fn every_log_has_a_row() {
    let mut names: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    assert_eq!(names, LOGS.map(|(name, ..)| name));
}

#[test]
fn a_log_alone_tells_what_its_exit_code_tells() {
    for (name, _, rungs, _) in LOGS {
        let ladder = Ladder::of(&Transcript::read(&log(name)), None);
        assert_eq!(picture(&ladder), rungs, "{name}");
    }
}

#[test]
fn a_log_that_breaks_off_never_claims_success() {
    for (name, _, rungs, _) in LOGS {
        let text = String::from_utf8(log(name)).unwrap();
        let lines: Vec<_> = text.split_inclusive('\n').collect();
        let said = |l: &&str| l.starts_with("Authenticated to ") || l.contains("master session id");
        let success = lines
            .iter()
            .rposition(said)
            .filter(|_| rungs.ends_with('o'));
        for end in 0..=lines.len() {
            let part = lines[..end].concat();
            let ladder = Ladder::of(&Transcript::read(part.as_bytes()), None);
            let is_in = success.is_some_and(|line| end > line);
            assert_eq!(ladder.is_signed_in(), is_in, "{name}, first {end} lines");
            let failed = ladder.rungs().iter().filter(|r| r.status == Status::Failed);
            assert!(
                failed.count() <= usize::from(!is_in),
                "{name}, first {end} lines"
            );
        }
    }
}

#[test]
fn wrapped_logs_say_the_same() {
    type Wrap = fn(&str) -> String;
    let wraps: [Wrap; 5] = [
        |line| format!("2026-08-01T12:30:01.1234567Z {line}\r\n"),
        |line| format!("[12:30:01.123] > {line}\n"),
        |line| format!("remote: {line}\n"),
        |line| format!("\x1b[33m{line}\x1b[0m\n"),
        |line| format!("[build] {line}\n"),
    ];
    for (name, exit, rungs, answers) in LOGS {
        let text = String::from_utf8(log(name)).unwrap();
        for wrap in wraps {
            let wrapped: String = text.lines().map(wrap).collect();
            let ladder = Ladder::of(&Transcript::read(wrapped.as_bytes()), Some(exit));
            assert_eq!(picture(&ladder), rungs, "{name}: {}", wrap("x"));
            assert_eq!(answers_of(&ladder), answers, "{name}: {}", wrap("x"));
        }
    }
}

#[test]
fn the_target_of_a_jump_is_the_target() {
    let host = |name| {
        let transcript = Transcript::read(&log(name));
        transcript.target().map(|login| login.host.to_owned())
    };
    assert_eq!(host("jump-success").as_deref(), Some("lab.example"));
    assert_eq!(host("jump-target-denied").as_deref(), Some("lab.example"));
    assert_eq!(host("jump-denied"), None);
}

#[test]
fn a_jump_host_that_refuses_is_named() {
    for name in ["jump-denied", "jump-denied-quiet"] {
        let ladder = Ladder::of(&Transcript::read(&log(name)), Some(255));
        let Some(Event::Denied { host, .. }) = ladder.helper_failure() else {
            panic!("{name}: {:?}", ladder.helper_failure());
        };
        assert_eq!(host.as_deref(), Some("jump.example"), "{name}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..4000)) {
        let transcript = Transcript::read(&bytes);
        let _ = transcript.target();
        let _ = Ladder::of(&transcript, Some(255));
    }

    #[test]
    fn chunks_change_nothing(bytes in hostile(), cuts in proptest::collection::vec(0..600usize, 0..40)) {
        let mut chunks = Vec::new();
        let mut rest = &bytes[..];
        for cut in cuts {
            let (chunk, more) = rest.split_at(cut.min(rest.len()));
            chunks.push(chunk);
            rest = more;
        }
        chunks.push(rest);
        prop_assert_eq!(read(&chunks), read(&[&bytes]));
    }

    #[test]
    fn sentences_in_any_order_are_survived(bytes in hostile(), exit in any::<Option<i32>>()) {
        let ladder = Ladder::of(&Transcript::read(&bytes), exit);
        let failed = ladder.rungs().iter().filter(|r| r.status == Status::Failed).count();
        prop_assert!(failed <= 1);
        prop_assert!(!(failed == 1 && ladder.is_signed_in()));
    }
}

/// Lines of real logs in any order, broken anywhere, with bytes that matter to the reader between.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let lines: Vec<Vec<u8>> = LOGS
        .iter()
        .flat_map(|(name, ..)| {
            log(name)
                .split_inclusive(|b| *b == b'\n')
                .map(<[u8]>::to_vec)
                .collect::<Vec<_>>()
        })
        .collect();
    let line = (
        proptest::sample::select(lines),
        any::<proptest::sample::Index>(),
        0..4u8,
    );
    let line = line.prop_map(|(line, at, cut)| match cut {
        0 => line[..at.index(line.len())].to_vec(),
        _ => line,
    });
    let odd: [&[u8]; 12] = [
        b"\n",
        b"\r",
        b"\r\n",
        b"\x1b[0m",
        b"\x1b]0;",
        b"\x07",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\0",
        b"debug1: ",
        b"remote: ",
        &[b'x'; 5000],
    ];
    let odd = proptest::sample::select(odd.map(<[u8]>::to_vec).to_vec());
    let piece = prop_oneof![6 => line, 1 => odd];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

type ReadLine = (usize, String, String, Option<Event>, Length);

fn read(chunks: &[&[u8]]) -> Vec<ReadLine> {
    let mut lines = Vec::new();
    let mut each = |l: sshstep::transcript::Line<'_>| {
        lines.push((
            l.number,
            l.text.to_owned(),
            l.said.to_owned(),
            l.event,
            l.length,
        ));
    };
    let mut reader = Reader::new();
    for chunk in chunks {
        reader.push(chunk, &mut each);
    }
    reader.finish(&mut each);
    lines
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

fn answers_of(ladder: &Ladder) -> String {
    use sshstep::transcript::keys::{Answer, Signature};
    let keys = ladder.keys_offered().iter();
    keys.map(|key| match (key.answer, key.signature) {
        (Answer::Accepted, Signature::Sent) => '+',
        (Answer::Accepted, Signature::NotSent) => 'a',
        (Answer::Refused, _) => '-',
        (Answer::Unknown, _) => '?',
    })
    .collect()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts")
}

fn log(name: &str) -> Vec<u8> {
    fs::read(folder().join(name).with_extension("log")).unwrap()
}
