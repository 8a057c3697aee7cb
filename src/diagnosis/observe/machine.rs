//! Which signs lie on this machine: keys, agent, settings?

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::agent::{AgentAddress, Fault, Sureness, program};
use crate::facts::effective::REFUSED;
use crate::facts::{Facts, LocalKey, TargetFacts, config};
use crate::key::file::{Content, inspect, with_pub};
use crate::key::kind::default_rank;
use crate::key::pair::{KeyProblem, Protection};
use crate::key::private::Defect;
use crate::known::Known;
use crate::say;
use crate::ssh_config::Problem;
use crate::text::Text;
use crate::transcript::Transcript;

use super::super::sign::{Sign, Signs};
use super::{Observed, events, is_stale_public, key_kinds, local_name};

/// The signs of the facts.
pub(super) fn from_facts(seen: &Observed, facts: &Facts, signs: &mut Signs) {
    if let Known::Failed(trouble) = &facts.ssh {
        signs.add_with(
            Sign::SshMissing,
            trouble.what.clone(),
            [("reason", trouble.why.clone())],
        );
        return;
    }
    agent_signs(facts, signs);
    let Some(target) = &facts.target else {
        return;
    };
    if let Known::Failed(trouble) = &target.effective {
        if trouble.what == Text::plain(REFUSED) {
            config_refused(&trouble.why, signs);
        }
        return;
    }
    let named = named_files(target);
    let only_named = target
        .effective
        .as_ref()
        .is_some_and(|effective| effective.is_on("identitiesonly"));
    let is_tried = |key: &LocalKey| is_listed(key, target) || (key.in_agent && !only_named);
    let tried: Vec<&LocalKey> = facts.keys.iter().filter(|key| is_tried(key)).collect();
    if !tried.iter().any(|key| key.is_usable()) {
        signs.add(Sign::NoUsableKey, files_tried(target));
    }
    for key in &tried {
        key_signs(key, signs);
    }
    key_kinds::from_kinds(seen, facts, &tried, signs);
    for key in facts.usable_keys().filter(|key| !is_tried(key)) {
        if key.in_agent {
            let key = local_name(key);
            signs.add_with(
                Sign::AgentKeyHeldBack,
                say!(
                    "IdentitiesOnly is on, so {} of the agent is not offered",
                    key.clone()
                ),
                [("key", key)],
            );
        } else if let Some(path) = key.path() {
            let path = Text::path(&path);
            signs.add_with(
                Sign::UnconfiguredKey,
                say!("{} is not among the files that ssh tries", path.clone()),
                [("key", path)],
            );
        }
    }
    for file in &named {
        named_file_signs(file, facts, signs);
    }
    unread_settings(facts, signs);
}

/// ssh passes the person's own file over without a word when it may not read it (readconf.c
/// `read_config_file`).
fn unread_settings(facts: &Facts, signs: &mut Signs) {
    for problem in facts.config.own().problems() {
        let Problem::Unreadable { file, from, kind } = problem else {
            continue;
        };
        if from.is_some() || *kind != ErrorKind::PermissionDenied {
            continue;
        }
        let shown = Text::path(file);
        let sign = match inspect(file).ours {
            Some(false) => Sign::ConfigOfAnother,
            Some(true) | None => Sign::ConfigUnread,
        };
        let evidence = say!("{} may not be read", shown.clone());
        signs.add_with(sign, evidence, [("file", shown)]);
    }
}

fn files_tried(target: &TargetFacts) -> Text {
    match target.identity_files.len() {
        0 => Text::plain("ssh tries no key file"),
        1 => Text::plain("the one file that ssh tries is no usable key"),
        many => say!("none of the {} files that ssh tries is a usable key", many),
    }
}

/// Whether the key's file is among those that ssh tries.
fn is_listed(key: &LocalKey, target: &TargetFacts) -> bool {
    let listed = |path: &Path| target.identity_files.iter().any(|file| file == path);
    key.path().is_some_and(|path| listed(&path)) || key.files.public.as_deref().is_some_and(listed)
}

/// What is wrong with a key that ssh tries.
fn key_signs(key: &LocalKey, signs: &mut Signs) {
    let Some(path) = &key.files.private else {
        return;
    };
    let shown = Text::path(path);
    let named = ("key", shown.clone());
    for problem in &key.files.problems {
        match problem {
            KeyProblem::TooOpen { mode } => {
                let mode = Text::public(format!("{mode:04o}"));
                signs.add_with(
                    Sign::KeyTooOpen,
                    say!("{} has mode {}", shown.clone(), mode.clone()),
                    [named.clone(), ("mode", mode)],
                );
            }
            KeyProblem::NotAPrivateKey(Content::Ppk { .. }) => {
                signs.add_with(
                    Sign::KeyIsPpk,
                    say!("{} begins with PuTTY-User-Key-File", shown.clone()),
                    [named.clone()],
                );
            }
            KeyProblem::NotAPrivateKey(Content::Directory) => {
                signs.add_with(
                    Sign::KeyNotReadable,
                    say!("{} is a folder", shown.clone()),
                    [named.clone(), ("reason", Text::plain("It is a folder."))],
                );
            }
            KeyProblem::NotAPrivateKey(Content::Unreadable(kind)) => {
                let reason = crate::trouble::reason(&std::io::Error::from(*kind));
                if inspect(path).ours == Some(false) {
                    signs.add_with(
                        Sign::KeyOfAnother,
                        say!("{} belongs to somebody else", shown.clone()),
                        [named.clone()],
                    );
                }
                signs.add_with(
                    Sign::KeyNotReadable,
                    say!("{}: {}", shown.clone(), reason.clone()),
                    [named.clone(), ("reason", reason)],
                );
            }
            KeyProblem::Defect(defect @ (Defect::CrLf | Defect::NoFinalNewline)) => {
                let defect = Text::plain(defect.words());
                signs.add_with(
                    Sign::KeyLineEndings,
                    say!("{} {}", shown.clone(), defect.clone()),
                    [named.clone(), ("defect", defect)],
                );
            }
            problem if is_stale_public(problem) => {
                signs.add_with(
                    Sign::StalePublic,
                    say!(
                        "{}.pub holds another key than {}",
                        shown.clone(),
                        shown.clone()
                    ),
                    [named.clone()],
                );
            }
            KeyProblem::Defect(defect) => {
                let defect = Text::plain(defect.words());
                signs.add_with(
                    Sign::KeyDefect,
                    say!("{} {}", shown.clone(), defect.clone()),
                    [named.clone(), ("defect", defect)],
                );
            }
            KeyProblem::NotAPrivateKey(content) => {
                if let Some(defect) = no_key(content) {
                    signs.add_with(
                        Sign::KeyDefect,
                        say!("{} {}", shown.clone(), defect.clone()),
                        [named.clone(), ("defect", defect)],
                    );
                }
            }
            // It does not keep ssh from using the key, or is told with the certificates.
            KeyProblem::NotOurs
            | KeyProblem::StalePublic { .. }
            | KeyProblem::StaleCertificate { .. }
            | KeyProblem::NotAPublicKey(_)
            | KeyProblem::NotACertificate(_)
            | KeyProblem::MissingPrivate => {}
        }
    }
    // Old formats hide their public half: ssh needs the passphrase before it can offer the key.
    let is_locked = key.is_locked() && key.files.protection == Protection::Passphrase;
    if is_locked && key.public_line().is_none() {
        signs.add_with(
            Sign::LockedUnasked,
            say!("{} has a passphrase, and no .pub file beside it", shown),
            [named],
        );
    }
}

/// What stands in place of a private key, to stand after the file's name.
fn no_key(content: &Content) -> Option<Text> {
    let words = match content {
        Content::Empty => "is empty",
        Content::TooBig { .. } => "is much too big for a key",
        Content::Certificate(_) => "is a certificate, not a private key",
        Content::Special => "is no plain file",
        Content::NotAKey {
            first_line: Some(label),
        } => return Some(say!("begins with {}", Text::quoted(label))),
        Content::NotAKey { first_line: None } => "holds no private key",
        Content::Private(_)
        | Content::Public(_)
        | Content::Ppk { .. }
        | Content::Directory
        | Content::Unreadable(_)
        | Content::Missing => return None,
    };
    Some(Text::plain(words))
}

/// The files that the settings or `-i` name. ssh adds its default names only when none is named
/// (readconf.c `fill_default_options`), so the list is either all theirs or all ours.
fn named_files(target: &TargetFacts) -> Vec<PathBuf> {
    let is_default = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        default_rank(&name) < default_rank("")
    };
    // Every version of ssh has at least these: RSA, ECDSA, Ed25519.
    let are_defaults =
        target.identity_files.len() >= 3 && target.identity_files.iter().all(is_default);
    let mut named = target.target.identity.iter().cloned().collect::<Vec<_>>();
    if !are_defaults {
        named.extend(target.identity_files.iter().cloned());
    }
    named.dedup();
    named
}

fn named_file_signs(file: &Path, facts: &Facts, signs: &mut Signs) {
    let public = with_pub(file);
    let named = say!("{}: {}", place(file, facts), Text::path(file));
    let shown = ("file", Text::path(file));
    match inspect(file).content {
        // The private half may be in an agent, and the .pub file says which.
        Content::Missing if !public.exists() => {
            signs.add_with(Sign::IdentityMissing, named, [shown]);
        }
        Content::Public(public) => {
            let held = facts
                .key(&public.fingerprint)
                .is_some_and(|key| key.in_agent);
            let private = file.with_extension("");
            if held {
                // Right: it picks one of the agent's keys.
            } else if file.extension().is_some_and(|end| end == "pub") && private.exists() {
                let key = ("key", Text::path(&private));
                signs.add_with(Sign::IdentityIsPublic, named, [shown, key]);
            } else {
                signs.add_with(Sign::NeedsAgent, named, [shown]);
            }
        }
        Content::Missing
        | Content::Private(_)
        | Content::Certificate(_)
        | Content::Ppk { .. }
        | Content::Directory
        | Content::Special
        | Content::TooBig { .. }
        | Content::Empty
        | Content::NotAKey { .. }
        | Content::Unreadable(_) => {}
    }
}

/// `FILE:LINE` of the setting that names the file, or `-i`.
fn place(file: &Path, facts: &Facts) -> Text {
    let Some(target) = &facts.target else {
        return Text::plain("settings");
    };
    if target.target.identity.as_deref() == Some(file) {
        return Text::plain("-i");
    }
    let mut settings = facts
        .config
        .tree
        .answer(&crate::ssh_config::Asked::host(&target.target.host))
        .settings;
    settings.retain(|setting| setting.keyword == "identityfile");
    // ssh tries them in this order; a name with tokens is told by its place only.
    let in_order = target.identity_files.iter().position(|own| own == file);
    let named = file.file_name().unwrap_or_default().to_string_lossy();
    let setting = in_order
        .filter(|_| settings.len() == target.identity_files.len())
        .and_then(|at| settings.get(at))
        .or_else(|| {
            settings
                .iter()
                .find(|setting| String::from_utf8_lossy(&setting.value).ends_with(&*named))
        });
    match setting {
        Some(setting) => Text::path(Path::new(&config::place(&setting.at()))).then(" IdentityFile"),
        None => Text::plain("IdentityFile"),
    }
}

fn agent_signs(facts: &Facts, signs: &mut Signs) {
    let socket = match &facts.agent.address {
        AgentAddress::None => {
            let is_off = facts
                .effective()
                .is_some_and(|effective| effective.first("identityagent") == Some("none"));
            let reason = Text::plain(if is_off {
                "the settings say IdentityAgent none"
            } else {
                "SSH_AUTH_SOCK is not set"
            });
            signs.add_with(
                Sign::AgentUnset,
                say!("no agent: {}", reason.clone()),
                [("reason", reason)],
            );
            return;
        }
        AgentAddress::Socket(path) => Text::path(path),
        AgentAddress::Pipe(name) => Text::quoted(name),
    };
    let Known::Failed(trouble) = &facts.agent.identities else {
        return;
    };
    let sign = match facts.agent.fault {
        Some(Fault::Silent) => Sign::AgentSilent,
        None
        | Some(
            Fault::NoAddress
            | Fault::Missing
            | Fault::Dead
            | Fault::NoPermission
            | Fault::Closed
            | Fault::Garbage
            | Fault::Refused
            | Fault::Other,
        ) => Sign::AgentDead,
    };
    // A socket's place says which program it is, where no other uses that place.
    let name = program::guess(&facts.agent.address, |_| None)
        .filter(|guess| guess.sureness == Sureness::Sure)
        .map_or("agent", |guess| guess.program.name());
    signs.add_with(
        sign,
        say!(
            "{} at {}: {}",
            Text::plain(name),
            socket.clone(),
            trouble.why.clone()
        ),
        [("socket", socket), ("reason", trouble.why.clone())],
    );
}

/// `ssh says: FILE line N: TEXT / …`: the first line is the one to mend.
fn config_refused(words: &Text, signs: &mut Signs) {
    let lines = words
        .reveal()
        .replace(" / ", "\n")
        .replace("ssh says: ", "");
    if lines.contains("No user exists for uid") {
        let said = Text::quoted(lines.lines().next().unwrap_or_default());
        signs.add(Sign::AccountMissing, said);
        return;
    }
    events::from_transcript(&Transcript::read(lines.as_bytes()), signs);
    if !signs.has(Sign::ConfigRefused) && !signs.has(Sign::ConfigClosed) {
        let said = Text::quoted(lines.lines().next().unwrap_or_default());
        let place = ("place", Text::plain("its settings"));
        signs.add_with(Sign::ConfigRefused, words.clone(), [place, ("words", said)]);
    }
}
