//! Do all other hosts get what they had?

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};

use crate::facts::config::{ConfigFiles, asked};
use crate::facts::{Effective, effective};
use crate::machine::Machine;
use crate::ssh_config::{CriterionKind, Meaning, Pattern, Setting, Standing, matches};
use crate::target::{Scheme, Target};
use crate::trouble::Trouble;

use super::concerned::Concerned;

/// So many hosts the real ssh is asked about, with two runs each; our own reading decides which others it is
/// asked about, too.
const MOST_ASKED: usize = 200;
/// How many of them at once.
const AT_ONCE: usize = 4;
/// Settings that run slow programs must not keep a person waiting for minutes.
const LONGEST: Duration = Duration::from_secs(20);

/// Settings before or after a change.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    /// Which ssh reads them.
    pub machine: &'a Machine,
    /// As we read them.
    pub files: &'a ConfigFiles,
}

/// How many other hosts were compared; or the first that would get something else. `meant`: names and patterns of those
/// that are to.
pub(super) async fn compare(
    before: Side<'_>,
    after: Side<'_>,
    meant: &[&str],
) -> Result<usize, String> {
    let concerned = Concerned::of(before.files, after.files);
    let concerned = &concerned;
    let mut others = others(before.files, meant);
    // The real ssh is asked about these first.
    others.sort_by_key(|other| !concerned.includes(&other.host));
    let started = Instant::now();
    let verdicts = stream::iter(others.into_iter().enumerate()).map(|(at, other)| async move {
        let is_same =
            !concerned.includes(&other.host) || read(before, &other) == read(after, &other);
        if is_same && (at >= MOST_ASKED || started.elapsed() > LONGEST) {
            return Ok(1);
        }
        let was = Effective::ask(before.machine, &[], &other).await;
        let is = Effective::ask(after.machine, &[], &other).await;
        let is_refused = |trouble: &Trouble| trouble.what.reveal() == effective::REFUSED;
        match (was, is) {
            // Settings that ssh refuses now have no behaviour to keep.
            (Err(trouble), _) if is_refused(&trouble) => Ok(0),
            (Ok(was), Ok(is)) if was == is => Ok(1),
            (Ok(_), Ok(_)) => Err(other.host),
            (_, Err(trouble)) if is_refused(&trouble) => Err(other.host),
            // It took too long: what the files say decides.
            (Err(_), _) | (_, Err(_)) if is_same => Ok(1),
            (Err(_), _) | (_, Err(_)) => Err(other.host),
        }
    });
    let mut verdicts = std::pin::pin!(verdicts.buffered(AT_ONCE));
    let mut compared = 0;
    while let Some(verdict) = verdicts.next().await {
        compared += verdict?;
    }
    Ok(compared)
}

/// What the files set for the host, by our own reading.
fn read(side: Side<'_>, other: &Target) -> Vec<(String, Vec<u8>, Standing)> {
    let settings = side.files.tree.answer(&asked(side.machine, other)).settings;
    settings
        .into_iter()
        .filter(|setting| setting.standing != Standing::Shadowed)
        .map(|setting: Setting| (setting.keyword, setting.value, setting.standing))
        .collect()
}

/// Every other name that the person's files speak of, and for each pattern a name that it matches.
fn others(files: &ConfigFiles, meant: &[&str]) -> Vec<Target> {
    let mut names: Vec<String> = Vec::new();
    let mut add = |pattern: &Pattern| {
        if let Ok(glob) = std::str::from_utf8(&pattern.glob) {
            names.push(glob.replace('*', "x").replace('?', "y"));
        }
    };
    for line in files
        .own()
        .files()
        .flat_map(|(_, document)| document.lines())
    {
        match line.meaning() {
            Meaning::Host(patterns) => patterns.iter().for_each(&mut add),
            Meaning::Match(criteria) => {
                for criterion in criteria {
                    if let CriterionKind::Host(list) | CriterionKind::OriginalHost(list) =
                        &criterion.kind
                    {
                        list.split(|byte| *byte == b',')
                            .for_each(|word| add(&Pattern::new(word)));
                    }
                }
            }
            Meaning::Blank | Meaning::Comment | Meaning::Option(_) | Meaning::Malformed { .. } => {}
        }
    }
    let mut seen = BTreeSet::from([String::new()]);
    names.retain(|name| {
        let is_meant = |pattern: &&str| matches(name.as_bytes(), pattern.as_bytes());
        !meant.iter().any(is_meant)
    });
    // ssh would take an address apart before it compares names.
    names.retain(|name| !name.contains('@') && !name.starts_with("ssh://"));
    names.retain(|name| seen.insert(name.clone()));
    names.into_iter().map(named).collect()
}

/// The host as somebody would type it, whatever is in its name.
fn named(host: String) -> Target {
    Target {
        input: host.clone(),
        host,
        user: None,
        port: None,
        identity: None,
        repository: None,
        scheme: Scheme::Host,
    }
}
