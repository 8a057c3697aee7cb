//! Which signs lie in the settings: a block that does not fit, a line that an earlier one hides?

use std::path::{Path, PathBuf};

use crate::facts::{Effective, Facts, TargetFacts, config, sharing};
use crate::provider::Providers;
use crate::repair::recoded;
use crate::say;
use crate::ssh_config::{Asked, Block, Document, Head, Pattern, Scope, Setting, Standing, matches};
use crate::text::Text;

use super::super::sign::{Sign, Signs};
use super::{Observed, service, typed_name};

/// The signs of the settings that apply to the target, and of those that were meant to.
pub(super) fn from_settings(seen: &Observed, facts: &Facts, signs: &mut Signs) {
    let (Some(target), Some(effective)) = (&facts.target, facts.effective()) else {
        return;
    };
    if signs.has(Sign::SignedIn) && target.sharing.is_none() {
        // Whatever else the settings say, they lead there.
        return;
    }
    let settings = settings(target, facts);
    broken_sharing(target, &settings, signs);
    if signs.has(Sign::SignedIn) {
        return;
    }
    without_lines(facts, signs);
    unmatched_blocks(facts, target, effective, signs);
    typed_name::short_name(facts, target, effective, signs);
    shadowed(facts, target, &settings, signs);
    service::from_service(seen.provider, target, effective, &settings, signs);
    keys_switched_off(effective, &settings, signs);
}

/// What stands in the files for this target, as far as it can be told without running anything.
pub fn settings(target: &TargetFacts, facts: &Facts) -> Vec<Setting> {
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
pub struct Unmatched {
    /// The file it stands in.
    pub file: PathBuf,
    /// Its `Host` line.
    pub line: usize,
    /// The pattern that comes nearest.
    pub alias: String,
    /// Why it was meant for the target.
    pub because: Meant,
    /// The key files that it names.
    pub identities: Vec<PathBuf>,
}

/// A file of the person's that is one long line to ssh.
fn without_lines(facts: &Facts, signs: &mut Signs) {
    for (file, document) in facts.config.own().files() {
        if recoded::lacks_line_ends(&document.to_bytes()) {
            let file = Text::path(file);
            signs.add_with(
                Sign::SettingsWithoutLines,
                say!("{} has no line ends", file.clone()),
                [("file", file)],
            );
        }
    }
}

/// What makes a block one that was meant for the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant {
    /// Its pattern: a slip away from the name.
    ByPattern,
    /// Its HostName: it leads to the same server.
    ByHostName,
}

fn unmatched_blocks(facts: &Facts, target: &TargetFacts, effective: &Effective, signs: &mut Signs) {
    for block in unmatched(facts, target, effective) {
        let place = format!("{}:{}", block.file.display(), block.line);
        let values = || {
            let place = Text::path(Path::new(&place));
            [("place", place), ("alias", Text::host(&block.alias))]
        };
        let evidence = || {
            say!(
                "{}: Host {} does not cover {}",
                Text::path(Path::new(&place)),
                Text::host(&block.alias),
                Text::host(&target.target.host)
            )
        };
        signs.add_with(Sign::UnmatchedBlock, evidence(), values());
        if block.because == Meant::ByPattern {
            signs.add_with(Sign::MisspeltBlock, evidence(), values());
        }
        let is_accepted = |file: &PathBuf| is_accepted(file, facts, signs);
        if block.identities.iter().any(is_accepted) {
            signs.add_with(Sign::UnmatchedBlockRight, evidence(), values());
        }
    }
}

/// The blocks of the person's own files that were meant for the target and do not cover it.
pub fn unmatched(facts: &Facts, target: &TargetFacts, effective: &Effective) -> Vec<Unmatched> {
    let typed = &target.target.host;
    let home = facts.config.home();
    let mut found = Vec::new();
    for (file, document) in facts.config.own().files() {
        for block in document.blocks() {
            let Head::Host(patterns) = document.head(&block) else {
                continue;
            };
            let options = Options { document, block };
            if fits(patterns, typed) {
                continue;
            }
            let misspelt = patterns.iter().find(|pattern| {
                is_misspelt(&String::from_utf8_lossy(&pattern.glob), typed, &options)
            });
            let leads_there = options
                .first("hostname")
                .is_some_and(|name| name.eq_ignore_ascii_case(effective.host_name()));
            let Some(pattern) = misspelt.or(patterns.first().filter(|_| leads_there)) else {
                continue;
            };
            if !options.decide() {
                continue;
            }
            found.push(Unmatched {
                file: file.to_path_buf(),
                line: block.first,
                alias: String::from_utf8_lossy(&pattern.glob).into_owned(),
                because: match misspelt {
                    Some(_) => Meant::ByPattern,
                    None => Meant::ByHostName,
                },
                identities: options
                    .all("identityfile")
                    .map(|file| expanded(&file, home))
                    .collect(),
            });
        }
    }
    found
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
/// star that asks for one name more, the service's short name without a HostName below it, or its domain.
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
    is_part || is_address || is_below || is_short || is_domain_of(&pattern, &name)
}

/// Whether the pattern is the domain of a service's host, as `platform.sh` of `ssh.us-2.platform.sh`, and none of
/// its hosts itself.
fn is_domain_of(pattern: &str, name: &str) -> bool {
    let is_below = pattern.contains('.')
        && !pattern.contains(['*', '?'])
        && name
            .strip_suffix(pattern)
            .is_some_and(|rest| rest.ends_with('.'));
    let service = || Providers::embedded().for_host(name);
    is_below && service().is_some_and(|service| !service.serves(pattern))
}

/// A line for this very host that ssh passes over, because an earlier line has set the value.
fn shadowed(facts: &Facts, target: &TargetFacts, settings: &[Setting], signs: &mut Signs) {
    for (setting, winner) in hidden(facts, target, settings) {
        let sign = match setting.keyword.as_str() {
            "hostname" | "port" | "proxyjump" | "proxycommand" => Sign::AddressShadowed,
            _ => Sign::LoginShadowed,
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

/// The settings for this very host that have no effect, each with the earlier one that wins.
pub fn hidden<'a>(
    facts: &Facts,
    target: &TargetFacts,
    settings: &'a [Setting],
) -> Vec<(&'a Setting, &'a Setting)> {
    let mut found = Vec::new();
    for setting in settings {
        match setting.keyword.as_str() {
            // A user that was typed, or that the service has for everybody, wins over every line.
            "user" if target.target.user.is_some() => continue,
            "port" if target.target.port.is_some() => continue,
            "user"
            | "identityagent"
            | "identitiesonly"
            | "pubkeyauthentication"
            | "hostname"
            | "port"
            | "proxyjump"
            | "proxycommand" => {}
            _ => continue,
        }
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
        if let Some(winner) = winner.filter(|winner| winner.value != setting.value)
            && !is_marked(winner, facts, &target.target.host)
        {
            found.push((setting, winner));
        }
    }
    found
}

/// Whether the setting stands in the block that we wrote for the host: it is there to win.
fn is_marked(setting: &Setting, facts: &Facts, host: &str) -> bool {
    let document = facts.config.own().document(&setting.file);
    let lines = document.and_then(|document| document.marked(host).ok().flatten());
    lines.is_some_and(|lines| lines.contains(&setting.line))
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
