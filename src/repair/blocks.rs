//! How does a Host block that was meant for the target come to count for it?

use std::ops::RangeInclusive;
use std::path::Path;

use crate::diagnosis::observe::settings::{Meant, Unmatched, hidden, settings, unmatched};
use crate::probe::Answer;
use crate::say;
use crate::settings::Intended;
use crate::ssh_config::{Document, Meaning, Setting};
use crate::text::Text;
use crate::trouble::Trouble;

use super::sheet::{Sheet, Wanted};
use super::{Draft, Situation, impossible};

/// The name that was typed goes into the `Host` line of the block that was meant for it.
pub(super) fn add_name(situation: &Situation) -> Result<Draft, Trouble> {
    let (Some(target), Some(effective)) = (&situation.facts.target, situation.facts.effective())
    else {
        return Err(impossible("ssh does not read its settings."));
    };
    let mut sheet = Sheet::for_account(situation);
    let blocks: Vec<Unmatched> = unmatched(&situation.facts, target, effective)
        .into_iter()
        .filter(|block| block.because == Meant::ByPattern && sheet.is_ours(&block.file))
        .collect();
    let right = blocks.iter().find(|block| is_known(block, situation));
    let block = match (right, &blocks[..]) {
        (Some(right), _) => right,
        (None, [only]) => only,
        (None, _) => return Err(impossible("It is not clear which Host block is meant.")),
    };
    let host = &situation.target.host;
    let names = sheet.names(None);
    let words = patterns(&sheet, block, &names);
    sheet.covers = names;
    sheet.edit(&block.file, |document| {
        document.replace_patterns(block.line, &words)
    })?;
    let intended = Intended {
        identity: block.identities.first().cloned(),
        user: situation.target.user.clone(),
        ..Intended::default()
    };
    let title = say!(
        "Let the block for {} cover {}",
        Text::host(&block.alias),
        Text::host(host)
    );
    Ok(Draft::of_settings(title, sheet.candidate(intended)))
}

/// Whether the server knows a key of the block.
fn is_known(block: &Unmatched, situation: &Situation) -> bool {
    situation.facts.keys.iter().any(|key| {
        let is_named = key
            .path()
            .is_some_and(|path| block.identities.contains(&path));
        let answer = key.fingerprint().and_then(|own| situation.answers.get(own));
        is_named && answer == Some(&Answer::Accepted)
    })
}

/// The block's own words with these behind them.
fn patterns(sheet: &Sheet<'_>, block: &Unmatched, names: &[String]) -> Vec<String> {
    let document = sheet.config().tree.document(&block.file);
    let line = document.and_then(|document| document.line(block.line));
    let mut words = Vec::new();
    if let Some(Meaning::Host(patterns)) = line.map(|line| line.meaning()) {
        for pattern in patterns {
            let glob = String::from_utf8_lossy(&pattern.glob);
            words.push(format!("{}{glob}", if pattern.negated { "!" } else { "" }));
        }
    }
    words.extend_from_slice(names);
    words
}

/// Whether this very value stands in the settings for the host, below a line that wins over it.
pub(super) fn hides(situation: &Situation, keyword: &str, value: &str) -> bool {
    let facts = &situation.facts;
    facts.target.as_ref().is_some_and(|target| {
        hidden(facts, target, &settings(target, facts))
            .iter()
            .any(|(setting, _)| setting.keyword == keyword && setting.value == value.as_bytes())
    })
}

/// The lines for this host go above those that win over them: the person's own block as it is, where it is for
/// this host alone and in the main file; otherwise a block of ours with the same values.
pub(super) fn lift(situation: &Situation) -> Result<Draft, Trouble> {
    let Some(target) = &situation.facts.target else {
        return Err(impossible("There is no host."));
    };
    let all = settings(target, &situation.facts);
    let hidden: Vec<&Setting> = hidden(&situation.facts, target, &all)
        .into_iter()
        .map(|(setting, _)| setting)
        .collect();
    let Some(first) = hidden.first() else {
        return Err(impossible("No line for this host is hidden."));
    };
    let is_contradicted = |setting: &&Setting| {
        hidden
            .iter()
            .any(|other| other.keyword == setting.keyword && other.value != setting.value)
    };
    if hidden.iter().any(is_contradicted) {
        return Err(impossible(
            "Your lines for this host contradict each other.",
        ));
    }
    let mut sheet = Sheet::new(situation);
    let main = situation.facts.config.tree.main();
    let block = main.1.block_at(first.line);
    let is_one_block = hidden
        .iter()
        .all(|setting| setting.file == *main.0 && main.1.block_at(setting.line) == block);
    if is_one_block && sheet.is_alone(first) && !is_marked(main.1, block.lines()) {
        let keywords: Vec<&str> = hidden
            .iter()
            .map(|setting| setting.keyword.as_str())
            .collect();
        move_up(&mut sheet, main.0, main.1, block.lines(), &keywords)?;
    } else {
        let wanted: Vec<Wanted> = hidden
            .iter()
            .filter_map(|setting| Some((spelled(&setting.keyword)?, setting.text().into_owned())))
            .collect();
        sheet.set_above(&wanted, &[])?;
    }
    let value = |keyword: &str| {
        let found = hidden.iter().find(|setting| setting.keyword == keyword);
        found.map(|setting| setting.text().into_owned())
    };
    let intended = Intended {
        user: value("user"),
        port: value("port").and_then(|port| port.parse().ok()),
        host_name: value("hostname")
            .filter(|name| !name.contains('%'))
            .map(|name| name.to_ascii_lowercase()),
        ..Intended::default()
    };
    let title = say!(
        "Let your lines for {} count",
        Text::host(&situation.target.host)
    );
    Ok(Draft::of_settings(title, sheet.candidate(intended)))
}

/// Moves a block with its comments above what wins over it.
fn move_up(
    sheet: &mut Sheet<'_>,
    file: &Path,
    document: &Document,
    block: RangeInclusive<usize>,
    keywords: &[&str],
) -> Result<(), Trouble> {
    let head = *block.start();
    let first = document.above(head);
    let is_option = |n: &usize| {
        document
            .line(*n)
            .is_some_and(|line| line.option().is_some())
    };
    let last = block.rev().find(is_option).unwrap_or(head);
    let moved: Vec<Vec<u8>> = (first..=last)
        .filter_map(|n| Some(document.line(n)?.raw().to_vec()))
        .collect();
    sheet.edit(file, |document| document.remove_lines(first..=last))?;
    let place = sheet.place(keywords);
    sheet.edit(file, |document| document.insert_lines(place, moved))
}

/// Whether a block is one that we wrote, or stands beside a marker of ours.
fn is_marked(document: &Document, block: RangeInclusive<usize>) -> bool {
    let first = block.start().saturating_sub(1);
    (first..=*block.end()).any(|n| {
        document.line(n).is_some_and(|line| {
            let raw = line.raw().trim_ascii();
            raw.starts_with(b"# >>> sshstep ") || raw.starts_with(b"# <<< sshstep ")
        })
    })
}

/// The keyword as people write it.
fn spelled(keyword: &str) -> Option<&'static str> {
    const SPELLED: [&str; 8] = [
        "User",
        "IdentityAgent",
        "IdentitiesOnly",
        "PubkeyAuthentication",
        "HostName",
        "Port",
        "ProxyJump",
        "ProxyCommand",
    ];
    SPELLED
        .into_iter()
        .find(|spelled| spelled.eq_ignore_ascii_case(keyword))
}
