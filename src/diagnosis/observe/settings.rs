//! Which signs lie in the settings: a block that does not fit, a line that an earlier one hides?

use std::path::{Path, PathBuf};

use crate::facts::{Effective, Facts, TargetFacts, config, sharing};
use crate::provider::Provider;
use crate::say;
use crate::ssh_config::{Asked, Block, Document, Head, Pattern, Scope, Setting, Standing, matches};
use crate::text::Text;

use super::super::sign::{Sign, Signs};
use super::Observed;

/// The signs of the settings that apply to the target, and of those that were meant to.
pub(super) fn from_settings(seen: &Observed, facts: &Facts, signs: &mut Signs) {
    let (Some(target), Some(effective)) = (&facts.target, facts.effective()) else {
        return;
    };
    let settings = settings(target, facts);
    unmatched_blocks(facts, target, effective, signs);
    short_name(facts, target, effective, signs);
    shadowed(facts, target, &settings, signs);
    if let Some(provider) = seen.provider {
        wrong_user(provider, target, effective, &settings, signs);
    }
    keys_switched_off(effective, &settings, signs);
    broken_sharing(target, &settings, signs);
}

/// What stands in the files for this target, as far as it can be told without running anything.
pub(super) fn settings(target: &TargetFacts, facts: &Facts) -> Vec<Setting> {
    let mut asked = Asked::host(&target.target.host);
    asked.user.clone_from(&target.target.user);
    facts.config.tree.answer(&asked).settings
}

/// `FILE:LINE Keyword value` of the setting that counts, as it is written.
pub(super) fn told(facts_settings: &[Setting], keyword: &str) -> Option<Text> {
    facts_settings
        .iter()
        .find(|setting| setting.keyword == keyword && setting.standing != Standing::Shadowed)
        .map(line)
}

fn line(setting: &Setting) -> Text {
    let place = Text::path(Path::new(&config::place(&setting.at())));
    let words = format!("{} {}", setting.keyword, setting.text());
    say!("{}: {}", place, Text::quoted(words))
}

/// A Host block that was meant for this target, by all that it says, and does not apply to it.
fn unmatched_blocks(facts: &Facts, target: &TargetFacts, effective: &Effective, signs: &mut Signs) {
    let typed = &target.target.host;
    for (file, document) in facts.config.own().files() {
        for block in document.blocks() {
            let Head::Host(patterns) = document.head(&block) else {
                continue;
            };
            let options = Options { document, block };
            if fits(patterns, typed) || !options.decide() {
                continue;
            }
            let misspelt = patterns.iter().find(|pattern| {
                is_misspelt(&String::from_utf8_lossy(&pattern.glob), typed, &options)
            });
            let leads_there = options
                .first("hostname")
                .is_some_and(|name| name.eq_ignore_ascii_case(effective.host_name()));
            let name = |pattern: &Pattern| String::from_utf8_lossy(&pattern.glob).into_owned();
            let Some(pattern) = misspelt.or(patterns.first().filter(|_| leads_there)) else {
                continue;
            };
            let place = format!("{}:{}", file.display(), block.first);
            let values = || {
                let place = Text::path(Path::new(&place));
                [("place", place), ("alias", Text::host(name(pattern)))]
            };
            let evidence = || {
                say!(
                    "{}: Host {} does not cover {}",
                    Text::path(Path::new(&place)),
                    Text::host(name(pattern)),
                    Text::host(typed)
                )
            };
            signs.add_with(Sign::UnmatchedBlock, evidence(), values());
            if misspelt.is_some() {
                signs.add_with(Sign::MisspeltBlock, evidence(), values());
            }
            let home = facts.config.home();
            let files = options
                .all("identityfile")
                .map(|file| expanded(&file, home));
            if files
                .into_iter()
                .any(|file| is_accepted(&file, facts, signs))
            {
                signs.add_with(Sign::UnmatchedBlockRight, evidence(), values());
            }
        }
    }
}

/// Whether the server knows the key of this file, which ssh did not offer.
fn is_accepted(file: &Path, facts: &Facts, signs: &Signs) -> bool {
    let key = facts
        .keys
        .iter()
        .find(|key| key.path().as_deref() == Some(file));
    let name = key.map(super::local_name);
    name.is_some_and(|name| {
        signs
            .of(Sign::OtherKeyAccepted)
            .any(|seen| seen.values.get("key") == Some(&name))
    })
}

fn expanded(file: &str, home: &Path) -> PathBuf {
    match file.strip_prefix("~/").or_else(|| file.strip_prefix("%d/")) {
        Some(rest) => home.join(rest),
        None => PathBuf::from(file),
    }
}

/// The option lines of one block.
#[derive(Clone, Copy)]
struct Options<'a> {
    document: &'a Document,
    block: Block,
}

impl Options<'_> {
    fn all(&self, keyword: &str) -> impl Iterator<Item = String> {
        self.block
            .lines()
            .filter_map(|number| self.document.line(number)?.option())
            .filter(move |option| option.keyword == keyword)
            .filter_map(|option| option.arguments.first())
            .map(|value| String::from_utf8_lossy(value).into_owned())
    }

    fn first(&self, keyword: &str) -> Option<String> {
        self.all(keyword).next()
    }

    /// Whether it sets anything that signing in depends on.
    fn decide(&self) -> bool {
        const DECIDING: [&str; 7] = [
            "identityfile",
            "user",
            "port",
            "hostname",
            "identityagent",
            "certificatefile",
            "proxyjump",
        ];
        DECIDING.iter().any(|keyword| self.first(keyword).is_some())
    }
}

fn fits(patterns: &[Pattern], name: &str) -> bool {
    let fits = |pattern: &&Pattern| matches(name.as_bytes(), &pattern.glob);
    let negated = patterns.iter().filter(fits).any(|pattern| pattern.negated);
    // A negated one was written to keep this very name out.
    negated || patterns.iter().any(|pattern| fits(&pattern))
}

/// Whether the pattern was meant for the name: another case, commas for blanks, a whole address, a
/// star that asks for one name more, or the service's short name without a HostName below it.
fn is_misspelt(pattern: &str, name: &str, options: &Options) -> bool {
    let (pattern, name) = (pattern.to_ascii_lowercase(), name.to_ascii_lowercase());
    let mut parts = pattern.split(',');
    let is_part = parts.any(|part| matches(name.as_bytes(), part.as_bytes()));
    let is_address = pattern.contains(['@', '/', ':']) && pattern.contains(&name);
    let is_below = pattern.strip_prefix("*.") == Some(&name);
    let is_short = pattern.len() >= 3
        && !pattern.contains(['*', '?', '.'])
        && name.contains('.')
        && name.split('.').any(|label| label == pattern)
        && options.first("hostname").is_none();
    is_part || is_address || is_below || is_short
}

/// A name that only settings could explain, or nearly one that they have.
fn short_name(facts: &Facts, target: &TargetFacts, effective: &Effective, signs: &mut Signs) {
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

/// A line for this very host that ssh passes over, because an earlier line has set the value.
fn shadowed(facts: &Facts, target: &TargetFacts, settings: &[Setting], signs: &mut Signs) {
    for setting in settings {
        let sign = match setting.keyword.as_str() {
            // A user that was typed, or that the service has for everybody, wins over every line.
            "user" if target.target.user.is_some() => continue,
            "port" if target.target.port.is_some() => continue,
            "user" | "identityagent" | "identitiesonly" | "pubkeyauthentication" => {
                Sign::LoginShadowed
            }
            "hostname" | "port" | "proxyjump" | "proxycommand" => Sign::AddressShadowed,
            _ => continue,
        };
        // What the machine's own file says is there to be overruled.
        let is_own = facts.config.own().document(&setting.file).is_some();
        if !is_own
            || setting.standing != Standing::Shadowed
            || !names(setting, facts, &target.target.host)
        {
            continue;
        }
        let is_proxy = |keyword: &str| keyword.starts_with("proxy");
        let same = |other: &&Setting| {
            other.keyword == setting.keyword
                || (is_proxy(&other.keyword) && is_proxy(&setting.keyword))
        };
        let winner = settings
            .iter()
            .filter(|other| other.standing == Standing::Counts)
            .find(same);
        let Some(winner) = winner.filter(|winner| winner.value != setting.value) else {
            continue;
        };
        let place = |setting: &Setting| Text::path(Path::new(&config::place(&setting.at())));
        signs.add_with(
            sign,
            say!("{} wins over {}", line(winner), line(setting)),
            [
                ("keyword", Text::public(setting.keyword.clone())),
                ("place", place(setting)),
                ("winner", place(winner)),
            ],
        );
    }
}

/// Whether the setting stands in a block that names the host itself.
fn names(setting: &Setting, facts: &Facts, host: &str) -> bool {
    let Scope::Block { head } = setting.block else {
        return false;
    };
    let Some(document) = facts.config.tree.document(&setting.file) else {
        return false;
    };
    match document.head(&document.block_at(head)) {
        Head::Host(patterns) => patterns
            .iter()
            .any(|pattern| pattern.concrete() == Some(host)),
        Head::Global | Head::Match(_) | Head::Malformed(_) => false,
    }
}

/// Another login name than the one that the service has for everybody.
fn wrong_user(
    provider: &Provider,
    target: &TargetFacts,
    effective: &Effective,
    settings: &[Setting],
    signs: &mut Signs,
) {
    let own = provider
        .user_at(effective.host_name())
        .filter(|user| *user != effective.user());
    let Some(right) = own else {
        return;
    };
    let user = Text::user(effective.user());
    let evidence = match (&target.target.user, told(settings, "user")) {
        (Some(_), _) => say!("the address says {}", user.clone()),
        (None, Some(line)) => line,
        (None, None) => say!("nothing names a user, so ssh takes {}", user.clone()),
    };
    let right = Text::public(right);
    signs.add_with(
        Sign::WrongUser,
        evidence,
        [("user", user), ("right", right)],
    );
}

/// Settings that keep ssh from offering any key.
fn keys_switched_off(effective: &Effective, settings: &[Setting], signs: &mut Signs) {
    let is_no = |keyword| matches!(effective.first(keyword), Some("no" | "false"));
    let lacks_publickey = effective
        .first("preferredauthentications")
        .is_some_and(|methods| !methods.split(',').any(|method| method == "publickey"));
    let only_none = effective
        .all("identityfile")
        .iter()
        .all(|file| file == "none");
    let keyword = if is_no("pubkeyauthentication") {
        "pubkeyauthentication"
    } else if lacks_publickey {
        "preferredauthentications"
    } else if only_none && !effective.all("identityfile").is_empty() {
        "identityfile"
    } else {
        return;
    };
    let line = told(settings, keyword).unwrap_or_else(|| Text::public(keyword));
    signs.add_with(
        Sign::KeysSwitchedOff,
        line,
        [("keyword", Text::public(keyword))],
    );
}

fn broken_sharing(target: &TargetFacts, settings: &[Setting], signs: &mut Signs) {
    let Some(broken) = &target.sharing else {
        return;
    };
    let path = Text::path(&broken.path);
    let reason = match broken.why {
        sharing::Fault::NoFolder => Text::plain("its folder is not there"),
        sharing::Fault::TooLong => Text::plain("no socket can have so long a name"),
        sharing::Fault::Silent => Text::plain("the ssh that holds it does not answer"),
    };
    let line = told(settings, "controlpath").unwrap_or_else(|| Text::plain("ControlPath"));
    signs.add_with(
        Sign::SharingBroken,
        say!("{}: {}", line, reason.clone()),
        [("file", path), ("reason", reason)],
    );
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
