//! Which signs lie in the sort and size of the keys that ssh would offer?

use std::cell::LazyCell;

use crate::facts::{Effective, Facts, LocalKey};
use crate::key::kind::KeyKind;
use crate::provider::{Acceptance, Provider};
use crate::say;
use crate::text::Text;

use super::super::sign::{Sign, Signs};
use super::{Observed, local_name, settings};

/// Which sorts ssh offers; `ssh -G` of 8.4 and older prints its former name.
const ACCEPTED: &str = "pubkeyacceptedalgorithms";
/// Shorter RSA keys are no longer thought safe (NIST SP 800-131A).
const SAFE_RSA: u32 = 2048;

/// What is wrong with the sort of the keys. A sort that is not taken is told only when every key
/// that ssh would offer is of one: otherwise another key may well work.
pub(super) fn from_kinds(seen: &Observed, facts: &Facts, tried: &[&LocalKey], signs: &mut Signs) {
    let (Some(target), Some(effective)) = (&facts.target, facts.effective()) else {
        return;
    };
    let usable: Vec<(&LocalKey, &KeyKind)> = tried
        .iter()
        .filter(|key| key.is_usable())
        .filter_map(|key| Some((*key, key.kind()?)))
        .collect();
    for (key, kind) in &usable {
        if is_weak(kind) {
            let key = local_name(key);
            let kind = Text::public(kind.to_string());
            signs.add_with(
                Sign::WeakKey,
                say!("{} is {}", key.clone(), kind.clone()),
                [("key", key), ("kind", kind)],
            );
        }
    }
    // Reading a long file for its line numbers takes time, and is seldom needed.
    let settings = LazyCell::new(|| settings::settings(target, facts));
    let here: Vec<Option<(Sign, Text)>> = usable
        .iter()
        .map(|(_, kind)| refused_here(kind, effective, || settings::told(&settings, ACCEPTED)))
        .collect();
    let there: Vec<Option<(Sign, Text)>> = usable
        .iter()
        .map(|(key, _)| Some((Sign::KeyTypeNotTaken, refused_by(key, seen.provider?)?)))
        .collect();
    for reasons in [here, there] {
        if !reasons.iter().all(Option::is_some) {
            continue;
        }
        for ((key, kind), (sign, reason)) in usable.iter().zip(reasons.into_iter().flatten()) {
            let key = local_name(key);
            let kind = Text::public(kind.to_string());
            signs.add_with(
                sign,
                say!("{} is {}. {}", key.clone(), kind.clone(), reason.clone()),
                [("key", key), ("kind", kind), ("reason", reason)],
            );
        }
    }
}

fn is_weak(kind: &KeyKind) -> bool {
    match kind {
        KeyKind::Dsa => true,
        KeyKind::Rsa { bits } => (1..SAFE_RSA).contains(bits),
        KeyKind::Ed25519
        | KeyKind::Ed25519Sk
        | KeyKind::Ecdsa { .. }
        | KeyKind::EcdsaSk
        | KeyKind::Other(_) => false,
    }
}

/// Why this ssh does not offer such a key (sshconnect2.c `key_type_allowed_by_config`).
fn refused_here(
    kind: &KeyKind,
    effective: &Effective,
    line: impl Fn() -> Option<Text>,
) -> Option<(Sign, Text)> {
    let keyword = [ACCEPTED, "pubkeyacceptedkeytypes"]
        .into_iter()
        .find(|keyword| effective.first(keyword).is_some())?;
    let accepted: Vec<&str> = effective.first(keyword)?.split(',').collect();
    let least = effective.first("requiredrsasize");
    let least = least.and_then(|size| size.parse::<u32>().ok()).unwrap_or(0);
    let algorithms: &[&str] = match kind {
        KeyKind::Rsa { bits } if *bits > 0 && *bits < least => {
            let reason = say!("ssh takes no RSA key below {} bits.", least);
            return Some((Sign::KeyTypeOff, reason));
        }
        KeyKind::Rsa { .. } => &["rsa-sha2-512", "rsa-sha2-256"],
        KeyKind::Dsa => &["ssh-dss"],
        KeyKind::Ed25519 => &["ssh-ed25519"],
        KeyKind::Ed25519Sk => &["sk-ssh-ed25519@openssh.com"],
        KeyKind::Ecdsa { bits: 256 } => &["ecdsa-sha2-nistp256"],
        KeyKind::Ecdsa { bits: 384 } => &["ecdsa-sha2-nistp384"],
        KeyKind::Ecdsa { .. } => &["ecdsa-sha2-nistp521"],
        KeyKind::EcdsaSk => &["sk-ecdsa-sha2-nistp256@openssh.com"],
        KeyKind::Other(_) => return None,
    };
    if algorithms.iter().any(|name| accepted.contains(name)) {
        return None;
    }
    let reason = match line() {
        Some(line) => say!("The settings leave this type out. {}", line),
        None => Text::plain("This version of ssh no longer offers this type."),
    };
    let is_sha1 = matches!(kind, KeyKind::Rsa { .. }) && accepted.contains(&"ssh-rsa");
    let sign = if is_sha1 {
        Sign::RsaSha1Only
    } else {
        Sign::KeyTypeOff
    };
    Some((sign, reason))
}

/// Why the service does not take the key.
fn refused_by(key: &LocalKey, provider: &Provider) -> Option<Text> {
    match key.accepted_by(provider)? {
        Acceptance::No { why } => Some(why),
        Acceptance::Yes | Acceptance::Unsure { .. } => None,
    }
}
