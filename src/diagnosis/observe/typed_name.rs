//! Is the typed name a slip for one that the settings know, or one that only settings could explain?

use std::path::Path;

use crate::facts::{Effective, Facts, TargetFacts};
use crate::say;
use crate::text::Text;

use super::super::sign::{Sign, Signs};

/// A name that only settings could explain, or nearly one that they have.
pub(super) fn short_name(
    facts: &Facts,
    target: &TargetFacts,
    effective: &Effective,
    signs: &mut Signs,
) {
    let typed = &target.target.host;
    if !effective.host_name().eq_ignore_ascii_case(typed) {
        return;
    }
    let near = facts
        .config
        .hosts()
        .into_iter()
        .find(|host| host.name != *typed && is_near(&host.name, typed));
    if let Some(near) = near {
        let place = format!("{}:{}", near.file.display(), near.line);
        let alias = Text::host(near.name);
        signs.add_with(
            Sign::NearAlias,
            say!("{}: Host {}", Text::path(Path::new(&place)), alias.clone()),
            [("alias", alias)],
        );
    }
    if !typed.contains(['.', ':']) && typed != "localhost" {
        signs.add(
            Sign::ShortName,
            say!("no Host block in the settings names {}", Text::host(typed)),
        );
    }
}

/// Whether two names differ by a slip: one letter more, less, other, or two that changed places.
fn is_near(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.len() < 3 || long.len() - short.len() > 1 {
        return false;
    }
    let from = short.iter().zip(&long).take_while(|(a, b)| a == b).count();
    let (short, long) = (&short[from..], &long[from..]);
    match long.len() - short.len() {
        1 => long[1..] == *short,
        _ if short.is_empty() => false,
        _ => {
            let swapped = short.len() > 1
                && short[0] == long[1]
                && short[1] == long[0]
                && short[2..] == long[2..];
            short[1..] == long[1..] || swapped
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_near_and_another_name_is_not() {
        for (a, b) in [
            ("prod", "prdo"),
            ("prod", "prodd"),
            ("prod", "rod"),
            ("web1", "web2"),
        ] {
            assert!(is_near(a, b) && is_near(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("prod", "prod"),
            ("prod", "test"),
            ("ab", "ac"),
            ("prod", "pr"),
        ] {
            assert!(!is_near(a, b), "{a} {b}");
        }
    }
}
