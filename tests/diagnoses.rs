//! Is `assets/diagnoses.toml` complete, free of contradictions, and readable on a screen?

use std::collections::{BTreeMap, BTreeSet};

use sshstep::diagnosis::book::{Book, Diagnosis, book};
use sshstep::diagnosis::messages::messages;
use sshstep::diagnosis::{self, Certainty, FixId, Observed, Severity, Sign, Signs, Verdict};
use sshstep::target::Target;
use sshstep::transcript::{Ladder, Transcript};

/// Every code there is: contract.md section 5. Never renamed, only added to.
const CODES: &str = "
dns-failure dns-poisoned-or-hosts-override hostname-alias-missing command-line-args-wrong
config-bad-option config-permissions ssh-client-missing-or-broken alias-not-matched config-shadowed
home-differs
connect-timeout connection-refused port-22-blocked wrong-port network-unreachable ipv6-broken
macos-local-network-permission proxycommand-failed proxy-drops-ssh not-an-ssh-banner
server-throttled-or-banned dropped-before-banner controlmaster-problem
kex-or-cipher-mismatch mac-corrupted mtu-problem
hostkey-algo-mismatch host-key-changed github-rsa-key-rotated host-key-unknown-strict
host-key-prompt-no-tty host-key-not-published
no-key-found key-nondefault-name-not-configured identityfile-missing identityfile-is-pub
key-permissions-too-open key-file-not-readable key-line-endings key-unreadable-format key-is-ppk
key-passphrase-wrong prompt-no-tty askpass-missing private-public-mismatch fido-key-failed
ssh-binary-mismatch sudo-uses-other-users-keys identities-only-without-key pub-file-stale weak-key
agent-not-running-or-env-unset agent-service-disabled agent-key-not-loaded agent-refused-operation
agent-gpg-misconfigured cargo-libgit2-agent-needed key-locked
key-not-registered wrong-key-offered wrong-user wrong-account too-many-auth-failures
rsa-sha1-disabled certificate-expired certificate-wrong-principal server-strictmodes
password-rejected account-denied mfa-required saml-sso-required provider-blocked
public-key-upload-rejected server-misconfigured unknown-needs-verbose key-type-not-accepted
certificate-missing certificate-for-other-key environment-inactive access-not-deployed
account-shell-disabled forced-command-policy sftp-subsystem-missing forwarding-failed
connection-dropped file-transfer-unsupported
repo-not-found no-write-permission git-url-malformed not-an-ssh-url submodule-ssh-url
stdout-pollutes-protocol
success-greeting-no-shell harmless-warning
";

/// What each sign's words may use, as `src/diagnosis/sign.rs` documents it.
const HOLES: &str = include_str!("../src/diagnosis/sign.rs");

/// Values that are there whenever there is a target.
const COMMON: [&str; 4] = ["host", "user", "port", "service"];

/// A page's text in an 80-column terminal.
const WIDTH: usize = 76;

fn diagnoses() -> &'static [Diagnosis] {
    &book().diagnoses
}

/// Sign -> the names of its values, read from the documentation comments.
fn holes() -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut holes = BTreeMap::new();
    let mut comment = Vec::new();
    for line in HOLES.lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("/// ") {
            comment = names(words);
        } else if let Some((_, rest)) = line.split_once(" = \"") {
            if let Some(name) = rest.strip_suffix("\",") {
                holes.insert(name, std::mem::take(&mut comment));
            }
        } else {
            comment.clear();
        }
    }
    holes
}

/// The `{names}` in a text.
fn names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}').expect("a closed hole");
        names.push(name);
        rest = behind;
    }
    names
}

fn known() -> BTreeSet<&'static str> {
    CODES.split_whitespace().collect()
}

#[test]
fn every_code_is_a_known_one_and_has_an_entry() {
    for diagnosis in diagnoses() {
        let code = diagnosis.code.as_str();
        assert!(known().contains(code), "{code}");
    }
    let codes: BTreeSet<&str> = diagnoses().iter().map(|d| d.code.as_str()).collect();
    for code in known() {
        assert!(codes.contains(code), "{code} is missing");
    }
}

#[test]
fn no_two_entries_ask_for_the_same_signs() {
    let mut seen: BTreeMap<(Vec<Sign>, Vec<Sign>), &str> = BTreeMap::new();
    for diagnosis in diagnoses() {
        let (mut when, mut unless) = (diagnosis.when.clone(), diagnosis.unless.clone());
        when.sort();
        unless.sort();
        assert!(!when.is_empty(), "{}", diagnosis.code);
        for signs in [&when, &unless] {
            let once: BTreeSet<_> = signs.iter().collect();
            assert_eq!(once.len(), signs.len(), "{}: a sign twice", diagnosis.code);
        }
        let both: Vec<_> = when.iter().filter(|sign| unless.contains(sign)).collect();
        assert_eq!(both, [] as [&Sign; 0], "{} can never be", diagnosis.code);
        if let Some(other) = seen.insert((when, unless), &diagnosis.code) {
            panic!("{} and {other} have the same signs", diagnosis.code);
        }
    }
}

/// Every sign of `assets/messages.toml`.
fn said() -> BTreeSet<Sign> {
    let patterns = messages().patterns().map(|(sign, _)| sign);
    patterns
        .chain(messages().hints().map(|(sign, _, _)| sign))
        .collect()
}

#[test]
fn every_sign_means_something() {
    let said = said();
    for sign in Sign::ALL.iter().chain(&said) {
        let fixes = &mut book().fixes.values();
        let used = diagnoses()
            .iter()
            .any(|d| d.when.contains(sign) || d.unless.contains(sign))
            || fixes.any(|fix| fix.when.contains(sign));
        assert!(used, "no diagnosis asks for {}", sign.name());
    }
}

/// A name that nothing shows would keep its entry, or its `unless`, asleep for ever.
#[test]
fn every_sign_can_be_seen() {
    let said = said();
    for diagnosis in diagnoses() {
        for sign in diagnosis.when.iter().chain(&diagnosis.unless) {
            let is_there = Sign::ALL.contains(sign) || said.contains(sign);
            assert!(
                is_there,
                "{}: nothing shows {}",
                diagnosis.code,
                sign.name()
            );
        }
    }
}

#[test]
fn every_entry_speaks_when_its_signs_are_seen() {
    for (at, diagnosis) in diagnoses().iter().enumerate() {
        let mut signs = Signs::default();
        for sign in &diagnosis.when {
            signs.add(*sign, "a line");
        }
        let findings = diagnosis::diagnose(&signs);
        let codes: Vec<&str> = findings
            .iter()
            .map(|finding| finding.code.as_str())
            .collect();
        let is_heard = codes.contains(&diagnosis.code.as_str());
        // A symptom is not shown beside the cause that its own signs may show.
        let is_behind =
            |finding: &diagnosis::Finding| diagnoses()[finding.entry].standing < diagnosis.standing;
        let is_hidden = findings.iter().any(is_behind);
        assert!(is_heard || is_hidden, "{at} {}: {codes:?}", diagnosis.code);
    }
}

/// Rows as they are written, by sign.
fn rows() -> BTreeMap<String, Vec<String>> {
    #[derive(serde::Deserialize)]
    struct File {
        sign: BTreeMap<String, Vec<String>>,
    }
    let file: File = toml::from_str(include_str!("../assets/messages.toml")).unwrap();
    file.sign
}

/// Whether every line with `row` in it has `other` in it as well, and tells no more.
fn is_dead_beside(row: &str, other: &str) -> bool {
    let (row, other) = (row.to_ascii_lowercase(), other.to_ascii_lowercase());
    let anchored = other.starts_with('^') || other.ends_with('$');
    let (told, tells): (Vec<_>, Vec<_>) = (named(&row), named(&other));
    let text = match other.rfind('{') {
        // A last hole takes all there is, or nothing.
        Some(at) if other.ends_with('}') => &other[..at],
        _ => &other,
    };
    !anchored && row.contains(text) && told.iter().all(|name| tells.contains(name))
}

/// The names of the holes that keep something.
fn named(row: &str) -> Vec<&str> {
    let names = names(row)
        .into_iter()
        .map(|name| name.split(':').next().unwrap());
    names.filter(|name| *name != "_").collect()
}

#[test]
fn no_message_is_there_twice() {
    let mut dead = Vec::new();
    for (sign, rows) in rows() {
        assert!(!rows.is_empty(), "{sign}");
        for (at, row) in rows.iter().enumerate() {
            let others = rows.iter().enumerate().filter(|(other, _)| *other != at);
            let found = others
                .map(|(_, other)| other)
                .find(|other| is_dead_beside(row, other));
            dead.extend(found.map(|other| format!("{sign}: {row:?} is in {other:?}")));
        }
    }
    assert!(dead.is_empty(), "\n{}", dead.join("\n"));
}

#[test]
fn every_hole_is_filled_by_a_sign_that_was_seen() {
    let holes = holes();
    assert_eq!(holes.len(), Sign::ALL.len(), "each sign is documented");
    let fixes = &book().fixes;
    for diagnosis in diagnoses() {
        let mut filled: Vec<&str> = COMMON.to_vec();
        for sign in &diagnosis.when {
            match sign {
                // Some shape of the message has it; where another was seen, a plain word stands for it.
                Sign::Said(_) => {
                    let shapes = messages().patterns().filter(|(shown, _)| shown == sign);
                    filled.extend(
                        shapes.flat_map(|(_, pattern)| pattern.expect("it parses").names()),
                    );
                }
                sign => filled.extend(&holes[sign.name()]),
            }
        }
        let texts = [diagnosis.summary.as_str(), &diagnosis.cause];
        for name in texts.into_iter().flat_map(names) {
            assert!(filled.contains(&name), "{}: {{{name}}}", diagnosis.code);
        }
        for words in diagnosis.fixes.iter().map(|fix| &fixes[fix.name()]) {
            let own = words.when.iter().flat_map(|sign| &holes[sign.name()]);
            let filled: Vec<&str> = own.copied().chain(filled.clone()).collect();
            for name in [&words.summary, &words.note]
                .into_iter()
                .flat_map(|text| names(text))
            {
                assert!(filled.contains(&name), "{}: {{{name}}}", diagnosis.code);
            }
        }
    }
}

#[test]
fn words_are_plain_and_fit() {
    let Book { diagnoses, fixes } = book();
    for diagnosis in diagnoses {
        let code = &diagnosis.code;
        for text in [&diagnosis.summary, &diagnosis.cause] {
            plain(code, text);
        }
        assert!(
            room(&diagnosis.summary) <= WIDTH,
            "{code}: {}",
            diagnosis.summary
        );
        // The cause may take two lines.
        assert!(
            room(&diagnosis.cause) <= 2 * WIDTH,
            "{code}: {}",
            diagnosis.cause
        );
    }
    for (name, words) in fixes {
        plain(name, &words.summary);
        assert!(room(&words.summary) + room(&words.note) <= 70, "{name}");
    }
}

/// The width with holes left out: what fills them is the person's, and is wrapped.
fn room(text: &str) -> usize {
    let holes: usize = names(text).iter().map(|name| name.len() + 2).sum();
    text.len() - holes
}

#[track_caller]
fn plain(whose: &str, text: &str) {
    assert!(
        text.is_ascii() && text.trim() == text && !text.is_empty(),
        "{whose}: {text}"
    );
    let lower = text.to_ascii_lowercase();
    for word in [
        "you forgot",
        "simply",
        "just ",
        "obviously",
        "invalid",
        "illegal",
        "!",
    ] {
        assert!(!lower.contains(word), "{whose}: {word:?} in {text}");
    }
}

#[test]
fn errors_have_a_way_out_and_advice_is_no_alarm() {
    // What a service asks for comes with its message.
    let mut used = BTreeSet::from([FixId::FollowService]);
    for diagnosis in diagnoses() {
        used.extend(&diagnosis.fixes);
        match diagnosis.severity {
            Severity::Error => assert!(!diagnosis.fixes.is_empty(), "{}", diagnosis.code),
            Severity::Warning | Severity::Advice => {}
        }
        // Only what excludes every other cause may be called proven.
        if diagnosis.code == "unknown-needs-verbose" {
            assert_eq!(diagnosis.certainty, Certainty::Likely);
        }
    }
    for fix in FixId::ALL {
        assert!(used.contains(fix), "no diagnosis offers {}", fix.name());
    }
}

/// What each recorded log means without a look at the machine: the first error, or none.
const LOGS: [(&str, Option<&str>); 18] = [
    ("agent-refuses", Some("agent-refused-operation")),
    ("agent-success", None),
    ("bad-option", Some("config-bad-option")),
    ("banner-timeout", Some("connect-timeout")),
    ("dns-failure", Some("hostname-alias-missing")),
    ("git-greeting", None),
    ("halves-differ", Some("private-public-mismatch")),
    ("host-changed", Some("host-key-changed")),
    ("host-unknown-strict", Some("host-key-unknown-strict")),
    ("identity-missing", Some("identityfile-missing")),
    ("jump-success", None),
    ("jump-target-denied", Some("key-not-registered")),
    ("kex-mismatch", Some("kex-or-cipher-mismatch")),
    ("key-too-open", Some("key-permissions-too-open")),
    ("locked-key", Some("key-locked")),
    ("refused", Some("connection-refused")),
    ("too-many-failures", Some("too-many-auth-failures")),
    ("unknown-key", Some("key-not-registered")),
];

#[test]
fn recorded_logs_are_told_apart() {
    let target = Target::parse("git@lab.example").expect("a target");
    for (name, expected) in LOGS {
        let file = format!(
            "{}/tests/transcripts/{name}.log",
            env!("CARGO_MANIFEST_DIR")
        );
        let bytes = std::fs::read(&file).unwrap_or_else(|why| panic!("{file}: {why}"));
        let transcript = Transcript::read(&bytes);
        let ladder = Ladder::of(&transcript, expected.map(|_| 255));
        let signs = diagnosis::observe(&Observed {
            facts: None,
            transcript: Some(&transcript),
            said: None,
            ladder: Some(&ladder),
            output: "",
            silent: false,
            greeting: None,
            target: Some(&target),
            provider: None,
            answers: &BTreeMap::new(),
        });
        let findings = diagnosis::diagnose(&signs);
        let codes: Vec<&str> = findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| finding.code.as_str())
            .collect();
        assert_eq!(codes, Vec::from_iter(expected), "{name}");
        let works = expected.is_none();
        assert_eq!(
            Verdict::of(&signs, &findings) == Verdict::Works,
            works,
            "{name}"
        );
        assert!(
            findings.iter().all(|finding| !finding.evidence.is_empty()),
            "{name}"
        );
    }
}
