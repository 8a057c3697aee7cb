//! What is wrong with a name that has no address, or with the address that a name has?

use std::net::{IpAddr, Ipv4Addr};

use crate::provider::Providers;

use super::super::sign::Sign;

/// Why a name may have no address: its look tells more than the resolver's words.
pub(super) fn unresolved(host: &str, reason: &str) -> Sign {
    let is_typed_wrong = |c: char| {
        matches!(
            c,
            ':' | '/' | '@' | ' ' | '"' | '\'' | '\u{2013}' | '\u{2014}'
        )
    };
    if host.contains("://") || host.contains('@') {
        Sign::UrlAsName
    } else if host.starts_with('-') || host.contains(is_typed_wrong) {
        Sign::NameMistyped
    } else if reason.contains("Temporary failure") || reason.contains("Try again") {
        Sign::ResolveFailed
    } else if is_private_name(host) {
        Sign::AliasUnknown
    } else {
        Sign::ResolveFailed
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
