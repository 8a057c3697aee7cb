//! What is wrong with a name that has no address, or with the address that a name has?

use std::net::{IpAddr, Ipv4Addr};

use crate::provider::Providers;

use super::super::sign::{Sign, Signs};
use crate::text::Text;

/// Why a name may have no address: its look tells more than the resolver's words.
pub(super) fn unresolved(host: &str, reason: &str) -> Sign {
    let is_typed_wrong = |c: char| {
        matches!(
            c,
            ':' | '/' | '@' | ' ' | '"' | '\'' | '\u{2013}' | '\u{2014}'
        )
    };
    let has_path = host
        .split_once(':')
        .is_some_and(|(_, path)| path.starts_with(|c: char| c.is_ascii_alphabetic()));
    if host.contains("://") || host.contains('@') || has_path {
        Sign::UrlAsName
    } else if host.starts_with('-') || host.contains(is_typed_wrong) || reason.starts_with(':') {
        Sign::NameMistyped
    } else if host.contains('.')
        && ["Temporary failure", "Try again"]
            .iter()
            .any(|words| reason.contains(words))
    {
        Sign::ResolveFailed
    } else if is_private_name(host) {
        Sign::AliasUnknown
    } else {
        Sign::ResolveFailed
    }
}

/// The names that other programs than ssh could not look up, judged like ssh's.
pub(super) fn unknown_names(signs: &mut Signs) {
    let unknown: Vec<(Sign, Text, Text)> = signs
        .of(Sign::Said("name-service-fails"))
        .filter_map(|seen| {
            let host = seen.values.get("host")?;
            let sign = unresolved(&host.reveal(), "");
            Some((sign, seen.evidence.clone(), host.clone()))
        })
        .collect();
    for (sign, evidence, host) in unknown {
        if sign != Sign::ResolveFailed {
            let reason = ("reason", evidence.clone());
            signs.add_with(sign, evidence, [("host", host), reason]);
        }
    }
}

/// A listed service has one login name for everybody, and this is another.
pub(super) fn expect_user(host: &str, user: &str, evidence: &Text, signs: &mut Signs) {
    let expected = Providers::embedded()
        .for_host(host)
        .and_then(|provider| provider.user_at(host));
    let Some(expected) = expected.filter(|expected| *expected != user) else {
        return;
    };
    let values = [
        ("user", Text::user(user)),
        ("expected", Text::public(expected)),
    ];
    signs.add_with(Sign::UserNotExpected, evidence.clone(), values);
}

/// A private or link-local address, or a name of the local network.
pub(super) fn is_nearby(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_private() || ip.is_link_local(),
        Ok(IpAddr::V6(_)) => false,
        Err(_) => host.ends_with(".local"),
    }
}

/// Endings that no public name has (RFC 2606, RFC 6762, RFC 9476).
const PRIVATE_ENDINGS: [&str; 8] = [
    "invalid",
    "test",
    "example",
    "local",
    "lan",
    "internal",
    "localdomain",
    "alt",
];

/// One word, a private ending, or a public service's name with something behind it (`github.com-work`).
fn is_private_name(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    let Some((_, ending)) = host.rsplit_once('.') else {
        return host != "localhost";
    };
    let is_top_level =
        ending.bytes().all(|b| b.is_ascii_alphabetic()) || ending.starts_with("xn--");
    PRIVATE_ENDINGS.contains(&ending) || !is_top_level
}

/// An address that the name of a public service never has: a hosts file, or a proxy's placeholder.
pub(super) fn odd_address(host: &str, ip: &str) -> Option<Sign> {
    let Ok(IpAddr::V4(ip)) = ip.parse::<IpAddr>() else {
        return None;
    };
    Providers::embedded().for_host(host)?;
    // RFC 2544: what Clash and its kin hand out in place of the real address.
    if ip.octets()[0] == 198 && matches!(ip.octets()[1], 18 | 19) {
        return Some(Sign::PlaceholderAddress);
    }
    let is_wrong = ip.is_loopback() || ip.is_private() || ip == Ipv4Addr::UNSPECIFIED;
    is_wrong.then_some(Sign::WrongAddress)
}
