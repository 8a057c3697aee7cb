//! How is a key told in words: what it is, whether the service takes it, why ssh ignores it?

use std::path::PathBuf;
use std::time::SystemTime;

use crate::facts::LocalKey;
use crate::key::certificate::Validity;
use crate::key::file::Content;
use crate::key::pair::{KeyProblem, Protection};
use crate::page::Choice;
use crate::provider::{Acceptance, Provider};
use crate::say;
use crate::steps::{Context, ServerAnswer};
use crate::text::{Kind, Text};

/// Whether the service is not known to refuse this kind of key.
pub(super) fn is_taken(key: &LocalKey, provider: Option<&Provider>) -> bool {
    !matches!(
        provider.and_then(|provider| key.accepted_by(provider)),
        Some(Acceptance::No { .. })
    )
}

/// The key as a choice, with everything that helps to tell it from others.
pub(super) fn described(key: &LocalKey, context: &Context) -> Choice {
    let kind = key.kind().map_or_else(
        || Text::plain("unknown type"),
        |kind| Text::public(kind.to_string()),
    );
    let lock = match (key.in_agent, key.files.protection) {
        (true, _) => Text::plain("in the agent"),
        (false, Protection::None) => Text::plain("no passphrase"),
        (false, Protection::Passphrase) => Text::plain("passphrase"),
        (false, Protection::Hardware) => Text::plain("hardware key"),
        (false, Protection::Unknown) => Text::plain("passphrase unknown"),
    };
    let since = key
        .files
        .modified
        .map_or_else(Text::default, |time| Text::public(date(time)));
    let name = match key.path() {
        Some(_) => Text::of(Kind::Quoted, key.name()),
        None => Text::of(Kind::Label, key.name()),
    };
    let parts = [Some(kind), (!since.is_empty()).then_some(since), Some(lock)];
    let mut choice = Choice::new(name, Text::join(parts.into_iter().flatten(), "  "));
    let fingerprint = key.fingerprint().unwrap_or_default();
    let answer = match context.server_answer(fingerprint) {
        ServerAnswer::Accepted => Some(say!(
            "{} already knows this key (checked without your passphrase)",
            context.service()
        )),
        ServerAnswer::Refused => Some(say!("{} does not know this key", context.service())),
        ServerAnswer::NotAsked => None,
    };
    choice.details.extend(answer);
    choice = choice.detail(say!(
        "{}  {}",
        Text::fingerprint(fingerprint),
        Text::of(Kind::Label, key.files.comment.clone())
    ));
    match context
        .provider()
        .and_then(|provider| key.accepted_by(provider))
    {
        Some(Acceptance::No { why } | Acceptance::Unsure { why }) => choice = choice.detail(why),
        Some(Acceptance::Yes) | None => {}
    }
    if let Some((_, certificate)) = &key.files.certificate {
        choice = choice.detail(validity(&certificate.validity(SystemTime::now())));
    }
    choice
}

/// A certificate's validity in words.
fn validity(validity: &Validity) -> Text {
    match validity {
        Validity::Valid { until: Some(until) } => {
            say!("certificate valid until {}", Text::public(moment(*until)))
        }
        Validity::Valid { until: None } => Text::plain("certificate without end"),
        Validity::NotYet { from } => {
            say!(
                "certificate not valid before {}",
                Text::public(moment(*from))
            )
        }
        Validity::Expired { since } => {
            say!("certificate expired on {}", Text::public(moment(*since)))
        }
    }
}

/// Why ssh does not use a key file, in a sentence.
pub(super) fn not_usable(key: &LocalKey) -> Text {
    let path = key.path().unwrap_or_else(|| PathBuf::from("?"));
    let why = key
        .files
        .problems
        .first()
        .map_or_else(|| Text::plain("cannot be used"), problem);
    say!("{}: {}", Text::path(&path), why)
}

/// A key problem in words.
pub fn problem(problem: &KeyProblem) -> Text {
    match problem {
        KeyProblem::TooOpen { mode } => say!(
            "others can read it (mode {}), so ssh ignores it",
            Text::public(format!("{mode:04o}"))
        ),
        KeyProblem::NotOurs => Text::plain("it belongs to another user"),
        KeyProblem::StalePublic { .. } => {
            Text::plain("the .pub file beside it belongs to another key")
        }
        KeyProblem::StaleCertificate { .. } => {
            Text::plain("the certificate beside it belongs to another key")
        }
        KeyProblem::Defect(defect) => Text::plain(defect.words()),
        KeyProblem::NotAPrivateKey(content) => content_words(content),
        KeyProblem::NotAPublicKey(_) => Text::plain("the .pub file beside it is no public key"),
        KeyProblem::NotACertificate(_) => {
            Text::plain("the certificate file beside it is no certificate")
        }
        KeyProblem::MissingPrivate => Text::plain("only the public half is here"),
    }
}

/// What a file is that is no private key.
pub(super) fn content_words(content: &Content) -> Text {
    match content {
        Content::Private(_) => Text::plain("a private key"),
        Content::Public(_) => Text::plain("the public half where the private one should be"),
        Content::Certificate(_) => Text::plain("a certificate, not a private key"),
        Content::Ppk { .. } => Text::plain("a PuTTY key, which OpenSSH cannot read"),
        Content::Directory => Text::plain("a folder, not a file"),
        Content::Special => Text::plain("not a regular file"),
        Content::TooBig { bytes } => say!("too big for a key ({} bytes)", *bytes),
        Content::Empty => Text::plain("an empty file"),
        Content::NotAKey { first_line } => match first_line {
            Some(line) => say!("no key: it begins with {}", Text::quoted(line)),
            None => Text::plain("no key"),
        },
        Content::Unreadable(_) => Text::plain("a file that you may not read"),
        Content::Missing => Text::plain("missing: there is no such file"),
    }
}

/// `2024-03-02`.
fn date(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time).map_or_else(
        |_| String::new(),
        |time| zoned(time).strftime("%Y-%m-%d").to_string(),
    )
}

/// `2024-03-02 14:05`, local time, of seconds since 1970.
pub(in crate::steps) fn moment(seconds: u64) -> String {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .map_or_else(
            || "a time beyond the calendar".to_owned(),
            |time| zoned(time).strftime("%Y-%m-%d %H:%M").to_string(),
        )
}

fn zoned(time: jiff::Timestamp) -> jiff::Zoned {
    time.to_zoned(jiff::tz::TimeZone::system())
}
