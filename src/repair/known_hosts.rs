//! How does this computer learn a server's key that its service publishes?
//!
//! Only a key that is on the service's own list is stored without a person. Anything else is for
//! the screens of `steps::host`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::facts::{KnownHost, KnownHostsFile, TargetFacts};
use crate::key::public::Public;
use crate::plan::Change;
use crate::probe::{self, ServerKey};
use crate::provider::{HostKeyType, Provider, Published};
use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

use super::{Draft, Situation, impossible};

/// The server's line in known_hosts, when it shows a published key.
pub(super) async fn trust_published(situation: &Situation) -> Result<Draft, Trouble> {
    let target = about(situation)?;
    let file = own_file(target)?;
    let key = shown_and_published(situation).await?;
    Ok(Draft::of_files(
        say!(
            "Remember {}, whose key is the published one",
            Text::host(&situation.target.host)
        ),
        remember(&key, file),
    ))
}

/// The lines of a key that the service has replaced give way to the one that it shows now.
pub(super) async fn replace_old(situation: &Situation) -> Result<Draft, Trouble> {
    let target = about(situation)?;
    let provider = listed(situation)?;
    let lines = target.known.as_ref().map_or(&[][..], Vec::as_slice);
    let mut old: BTreeMap<PathBuf, Vec<&KnownHost>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.marker.is_none()) {
        let judged = judge(situation, provider, &line.key_type, &line.fingerprint);
        if let Some(Published::Obsolete(_)) = judged {
            old.entry(line.file.clone()).or_default().push(line);
        }
    }
    if old.is_empty() {
        return Err(impossible("No replaced key is stored here."));
    }
    let new = shown_and_published(situation).await?;
    let mut changes = Vec::new();
    for (path, lines) in old {
        let before = std::fs::read(&path).unwrap_or_default();
        let after = replaced(&before, &lines, &new)
            .ok_or_else(|| impossible(say!("{} has just changed.", Text::path(&path))))?;
        changes.push(Change::WriteText {
            path,
            before: Some(before),
            after,
            mode_if_new: 0o600,
        });
    }
    Ok(Draft::of_files(
        "Replace the old host key by the published one",
        changes,
    ))
}

/// The plan's changes that add the key's line to the file where ssh would add it.
pub fn remember(key: &ServerKey, file: &KnownHostsFile) -> Vec<Change> {
    let KnownHostsFile {
        path,
        bytes: before,
    } = file.clone();
    let mut after = before.clone().unwrap_or_default();
    if after.last().is_some_and(|byte| *byte != b'\n') {
        // ssh 9.2 and older would glue its line to the last one and ruin both.
        after.push(b'\n');
    }
    after.extend_from_slice(key.known_hosts_line.as_bytes());
    after.push(b'\n');
    let mut changes = Vec::new();
    if let Some(folder) = path.parent()
        && !folder.exists()
    {
        changes.push(Change::MakeDir {
            path: folder.to_owned(),
            mode: 0o700,
        });
    }
    changes.push(Change::WriteText {
        path,
        before,
        after,
        mode_if_new: 0o600,
    });
    changes
}

/// The text with the new line in place of the first old one, and without the others; every other
/// byte stays.
fn replaced(text: &[u8], old: &[&KnownHost], new: &ServerKey) -> Option<Vec<u8>> {
    let mut lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let line = format!("{}\n", new.known_hosts_line);
    let is_there = lines.contains(&line.as_bytes());
    let mut first = Some(line.as_bytes()).filter(|_| !is_there);
    for known in old {
        let at = known.line.checked_sub(1)?;
        let words = String::from_utf8_lossy(lines.get(at)?).into_owned();
        let words: Vec<&str> = words.split_whitespace().collect();
        let public = Public::from_line(&format!("{} {}", words.get(1)?, words.get(2)?))?;
        if public.fingerprint != known.fingerprint {
            return None;
        }
        lines[at] = first.take().unwrap_or_default();
    }
    Some(lines.concat())
}

/// The key that the server shows now, when it is on the service's list for this host.
async fn shown_and_published(situation: &Situation) -> Result<ServerKey, Trouble> {
    let provider = listed(situation)?;
    let fetched = probe::fetch(&situation.machine, &situation.target).await;
    let keys = fetched.map_err(|unfetched| unfetched.trouble)?.keys;
    let published = keys.into_iter().find(|key| {
        let judged = judge(situation, provider, &key.key_type, &key.fingerprint);
        matches!(judged, Some(Published::Same(_)))
    });
    published.ok_or_else(|| {
        impossible("The key that the server shows is not one that the service publishes.")
    })
}

fn judge<'a>(
    situation: &Situation,
    provider: &'a Provider,
    key_type: &str,
    fingerprint: &str,
) -> Option<Published<'a>> {
    let effective = situation.facts.effective();
    let host = effective.map_or(situation.target.host.as_str(), |found| found.host_name());
    let kind = HostKeyType::from_openssh(key_type)?;
    Some(provider.published(host, kind, fingerprint))
}

fn listed(situation: &Situation) -> Result<&Provider, Trouble> {
    let provider = situation.provider.as_ref();
    let listed = provider.filter(|provider| !provider.host_keys.published.is_empty());
    listed.ok_or_else(|| impossible("Nobody publishes this server's key where I could compare."))
}

fn about(situation: &Situation) -> Result<&TargetFacts, Trouble> {
    let target = situation.facts.target.as_ref();
    target.ok_or_else(|| impossible("Nothing is known about the server."))
}

/// The file of the person's own that ssh adds to; not one that the settings switch off.
fn own_file(target: &TargetFacts) -> Result<&KnownHostsFile, Trouble> {
    let file = &target.known_hosts;
    let effective = target.effective.as_ref();
    let named = effective.and_then(|effective| effective.first("userknownhostsfile"));
    let is_off = named.is_some_and(|files| {
        let first = files.split(' ').find(|file| !file.is_empty());
        matches!(first, None | Some("none" | "/dev/null"))
    });
    if is_off || (file.path.exists() && !file.path.is_file()) {
        return Err(impossible(
            "Your settings name no file in which servers are remembered.",
        ));
    }
    Ok(file)
}
