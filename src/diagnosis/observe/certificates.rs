//! Which signs lie in the certificates that ssh shows, or should?

use std::path::Path;
use std::time::SystemTime;

use crate::facts::certificates::{Because, Tried};
use crate::facts::{Effective, Facts, TargetFacts};
use crate::key::certificate::{Certificate, Purpose, Validity};
use crate::key::file::Content;
use crate::provider::Provider;
use crate::say;
use crate::text::{Kind, Text};

use super::super::sign::{Sign, Signs};
use super::Observed;

/// A certificate that is wrong is told only where one counts: at a server of the person's own, or
/// a service that knows them.
pub(super) fn from_certificates(seen: &Observed, facts: &Facts, signs: &mut Signs) {
    let (Some(target), Some(effective)) = (&facts.target, facts.effective()) else {
        return;
    };
    if seen
        .provider
        .is_some_and(|provider| provider.certificate.is_none())
    {
        return;
    }
    let names = naming(seen);
    let has_one = |tried: &Tried| matches!(tried.file.content, Content::Certificate(_));
    if names == Naming::Group && !target.certificates.tried.iter().any(has_one) {
        let evidence =
            Text::plain("the service takes certificates only, and ssh finds none for its keys");
        signs.add(Sign::CertificateNeeded, evidence);
    }
    for tried in &target.certificates.tried {
        let shown = Text::path(&tried.file.path);
        match &tried.file.content {
            Content::Certificate(certificate) => {
                belonging(certificate, &tried.because, &tried.file.path, facts, signs);
                from_certificate(&shown, certificate, effective, names, signs);
            }
            other => useless(&shown, unreadable(other), signs),
        }
    }
    let held: &[_] = facts.agent.identities.as_ref().map_or(&[], Vec::as_slice);
    for identity in held {
        if let Some(certificate) = &identity.certificate {
            let name = Text::of(Kind::Label, &identity.comment);
            from_certificate(&name, certificate, effective, names, signs);
        }
    }
    for file in &target.certificates.unused {
        if let Some(certificate) = file.content.certificate()
            && certificate.purpose == Purpose::User
            && is_tried(certificate, target, facts)
        {
            let shown = Text::path(&file.path);
            signs.add_with(
                Sign::CertificateUnused,
                say!(
                    "{} is a certificate for a key that ssh offers",
                    shown.clone()
                ),
                [("file", shown)],
            );
        }
    }
}

/// What the names in a certificate are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Naming {
    /// Login names, as everywhere.
    Login,
    /// Groups of them, at a service that lets nobody in without a certificate.
    Group,
    /// What the service's own tool writes into its certificates is for its servers to judge.
    Services,
}

fn naming(seen: &Observed) -> Naming {
    let of_the_tool = |provider: &Provider| {
        let cli = provider.cli.as_ref();
        cli.is_some_and(|cli| cli.certificate.is_some())
    };
    match seen.provider {
        Some(provider) if provider.needs_certificate() => Naming::Group,
        Some(provider) if of_the_tool(provider) => Naming::Services,
        Some(_) | None => Naming::Login,
    }
}

/// What the certificate says about itself.
fn from_certificate(
    shown: &Text,
    certificate: &Certificate,
    effective: &Effective,
    names: Naming,
    signs: &mut Signs,
) {
    if certificate.purpose != Purpose::User {
        useless(shown, Text::plain("it is a server's certificate"), signs);
        return;
    }
    let named = ("file", shown.clone());
    let validity = match certificate.validity(SystemTime::now()) {
        Validity::Valid { .. } => None,
        Validity::Expired { since } => Some(say!("ended {}", date(since))),
        Validity::NotYet { from } => Some(say!(
            "begins {}, by this computer's clock later than now",
            date(from)
        )),
    };
    if let Some(validity) = validity {
        signs.add_with(
            Sign::OwnCertificateOld,
            say!("{}: its time {}", shown.clone(), validity.clone()),
            [named.clone(), ("validity", validity)],
        );
    }
    let user = effective.user();
    let is_named = match names {
        Naming::Login => certificate.principals.iter().any(|name| name == user),
        Naming::Group => certificate.is_for_group_of(user),
        Naming::Services => true,
    };
    if !is_named {
        let names = if certificate.principals.is_empty() {
            Text::plain("nobody")
        } else {
            Text::join(certificate.principals.iter().map(Text::user), ", ")
        };
        signs.add_with(
            Sign::OwnCertificateOther,
            say!("{}: it names {}", shown.clone(), names.clone()),
            [named, ("names", names)],
        );
    }
}

/// Whether it is for the key beside it, or, where the settings name it, for any key that is here.
fn belonging(
    certificate: &Certificate,
    because: &Because,
    file: &Path,
    facts: &Facts,
    signs: &mut Signs,
) {
    let certified = &certificate.certified.fingerprint;
    let key = match because {
        Because::Beside(path) => {
            let key = facts
                .keys
                .iter()
                .find(|key| key.path().as_ref() == Some(path));
            match key.and_then(|key| key.fingerprint()) {
                Some(own) if own != certified => Text::path(path),
                Some(_) | None => return,
            }
        }
        Because::Named if facts.key(certified).is_some_and(|key| key.is_usable()) => return,
        Because::Named => Text::plain("any key here"),
    };
    let shown = Text::path(file);
    signs.add_with(
        Sign::CertificateForOther,
        say!(
            "{} is for the key {}",
            shown.clone(),
            Text::fingerprint(certified)
        ),
        [("file", shown), ("key", key)],
    );
}

fn is_tried(certificate: &Certificate, target: &TargetFacts, facts: &Facts) -> bool {
    let key = facts.key(&certificate.certified.fingerprint);
    key.is_some_and(|key| {
        key.in_agent
            || key
                .path()
                .is_some_and(|path| target.identity_files.contains(&path))
    })
}

fn useless(shown: &Text, reason: Text, signs: &mut Signs) {
    signs.add_with(
        Sign::CertificateUseless,
        say!("{}: {}", shown.clone(), reason.clone()),
        [("file", shown.clone()), ("reason", reason)],
    );
}

fn unreadable(content: &Content) -> Text {
    match content {
        Content::Missing => Text::plain("there is no such file"),
        Content::Public(_) => Text::plain("it is a plain public key"),
        Content::Private(_) | Content::Ppk { .. } => Text::plain("it is a private key"),
        Content::Empty => Text::plain("it is empty"),
        Content::Directory => Text::plain("it is a folder"),
        Content::Unreadable(kind) => crate::trouble::reason(&std::io::Error::from(*kind)),
        Content::Certificate(_)
        | Content::Special
        | Content::TooBig { .. }
        | Content::NotAKey { .. } => Text::plain("it is no certificate"),
    }
}

/// A moment in the person's own time.
fn date(seconds: u64) -> Text {
    let at = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .map(|at| at.to_zoned(jiff::tz::TimeZone::system()));
    match at {
        Some(at) => Text::public(at.strftime("%Y-%m-%d %H:%M").to_string()),
        None => Text::plain("long ago or far ahead"),
    }
}
