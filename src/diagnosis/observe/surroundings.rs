//! Which signs lie around ssh: another home, sudo, another ssh program in git, the server's side?

use std::path::Path;

use crate::facts::surroundings::OtherHome;
use crate::facts::{Facts, git_url};
use crate::known::Known;
use crate::provider::{HostKeyType, Published};
use crate::say;
use crate::target::{Scheme, Target};
use crate::text::{Kind, Text};
use crate::transcript::keys::Answer;
use crate::transcript::{Event, Transcript};

use super::super::sign::{Sign, Signs};
use super::Observed;

/// `session-bind` came with OpenSSH 8.9: ssh tells the agent for which server it signs.
const BINDS: (u32, u32) = (8, 9);

/// The signs of everything around ssh itself.
pub(super) fn from_surroundings(seen: &Observed, facts: &Facts, signs: &mut Signs) {
    other_homes(facts, signs);
    if let Some(target) = seen.target {
        from_git(target, facts, signs);
    }
    stored_host_keys(seen, facts, signs);
    locked_agent(seen, facts, signs);
    own_server(seen, facts, signs);
}

/// A wrong git address needs no look at the machine.
pub(super) fn from_address(target: &Target, signs: &mut Signs) {
    if let Some(wrong) = git_url::wrong(&target.input) {
        let right = Text::quoted(wrong.right);
        signs.add_with(
            Sign::GitUrlWrong,
            say!(
                "{} {}",
                Text::quoted(git_url::shown(&target.input)),
                Text::plain(wrong.why)
            ),
            [("reason", Text::plain(wrong.why)), ("right", right)],
        );
    }
}

fn other_homes(facts: &Facts, signs: &mut Signs) {
    let around = &facts.surroundings;
    let file = |home: &OtherHome| {
        let first = home.keys.first().or(home.config.as_ref());
        first.map(|path| Text::path(path))
    };
    if let Some((home, file)) = around
        .env_home
        .as_ref()
        .and_then(|home| Some((home, file(home)?)))
    {
        signs.add_with(
            Sign::HomeDiffers,
            say!(
                "HOME is {}; ssh does not look there, so not at {}",
                Text::path(&home.path),
                file.clone()
            ),
            [("home", Text::path(&home.path)), ("file", file)],
        );
    }
    if let Some((person, file)) = around
        .sudo
        .as_ref()
        .and_then(|person| Some((person, file(&person.home)?)))
    {
        let name = Text::user(&person.name);
        signs.add_with(
            Sign::SudoPerson,
            say!("SUDO_USER is {}, who has {}", name.clone(), file.clone()),
            [("person", name), ("file", file)],
        );
    }
}

/// What git would do with this address, where it is one that git uses.
fn from_git(target: &Target, facts: &Facts, signs: &mut Signs) {
    let is_git = target.repository.is_some()
        || facts
            .effective()
            .is_some_and(|effective| effective.user() == "git");
    if let Some(program) = facts.git.program.as_ref().filter(|_| is_git) {
        let place = match program.file {
            Some(_) => Text::path(Path::new(&program.place)),
            // A variable of git's own.
            None => Text::public(&program.place),
        };
        let values = [
            ("place", place.clone()),
            ("program", Text::of(Kind::Program, &program.name)),
        ];
        let evidence = say!("{}: {}", place, Text::of(Kind::Program, &program.command));
        match (&program.path, program.is_other) {
            (None, _) => signs.add_with(Sign::GitSshMissing, evidence, values),
            (Some(_), true) => signs.add_with(Sign::GitOtherSsh, evidence, values),
            (Some(_), false) => signs,
        };
        let place = match program.file {
            Some(_) => Sign::GitSshInFile,
            None => Sign::GitSshInVariable,
        };
        signs.add(place, Text::default());
    }
    remotes(target, facts, signs);
    let by_https = match target.scheme {
        Scheme::Https => true,
        Scheme::Host | Scheme::Ssh => false,
    };
    let written = facts
        .git
        .rewritten
        .iter()
        .find(|(written, used)| *used == target.input && !written.starts_with("http"));
    if let Some((written, _)) = written.filter(|_| by_https) {
        signs.add(
            Sign::AddressIsHttps,
            say!(
                "it is written {}; url.insteadOf in git's settings turns it into https",
                Text::quoted(written)
            ),
        );
    }
    for submodule in facts.git.submodules.iter().filter(|_| by_https) {
        if submodule.host.eq_ignore_ascii_case(&target.host) {
            let place = Text::path(Path::new(&submodule.place));
            let name = Text::quoted(&submodule.name);
            signs.add_with(
                Sign::SubmoduleBySsh,
                say!(
                    "{}: the submodule {} has an SSH address",
                    place.clone(),
                    name.clone()
                ),
                [("place", place), ("name", name)],
            );
        }
    }
}

/// Which remotes of this folder are the target: what can be done about it may be done there.
fn remotes(target: &Target, facts: &Facts, signs: &mut Signs) {
    let git = &facts.git;
    let is_meant = |other: &Target| {
        let is_same = target.repository.is_none() || target.repository == other.repository;
        is_same && other.host.eq_ignore_ascii_case(&target.host)
    };
    let meant = git.remotes.iter().filter(|remote| is_meant(&remote.target));
    let found = meant.map(|remote| match remote.target.scheme {
        Scheme::Https => (Sign::RemoteByHttps, &remote.name),
        Scheme::Host | Scheme::Ssh => (Sign::RemoteBySsh, &remote.name),
    });
    let wrong = git.wrong.iter().filter(|wrong| wrong.url == target.input);
    let wrong = wrong.map(|wrong| (Sign::RemoteWrong, &wrong.name));
    for (sign, name) in found.chain(wrong) {
        signs.add_with(sign, Text::default(), [("remote", Text::quoted(name))]);
    }
}

/// A stored host key that the provider has replaced, or that somebody has revoked.
fn stored_host_keys(seen: &Observed, facts: &Facts, signs: &mut Signs) {
    let (Some(effective), Some(target)) = (facts.effective(), &facts.target) else {
        return;
    };
    let known: &[_] = target.known.as_ref().map_or(&[], Vec::as_slice);
    for line in known {
        if line.marker.as_deref() == Some("@revoked") {
            let file = Text::path(&line.file);
            signs.add_with(
                Sign::HostKeyRevoked,
                say!("{}:{} revokes a key of this host", file.clone(), line.line),
                [("file", file), ("line", line.line.into())],
            );
        }
    }
    let Some(provider) = seen.provider else {
        return;
    };
    let shown = seen
        .transcript
        .into_iter()
        .flat_map(Transcript::server_keys);
    for (kind, fingerprint, _) in shown {
        if let Some(kind) = HostKeyType::from_openssh(kind)
            && let Published::Same(_) = provider.published(effective.host_name(), kind, fingerprint)
        {
            signs.add(Sign::ServerKeyPublished, Text::default());
        }
    }
    for line in known.iter().filter(|line| line.marker.is_none()) {
        let Some(kind) = HostKeyType::from_openssh(&line.key_type) else {
            continue;
        };
        let judged = provider.published(effective.host_name(), kind, &line.fingerprint);
        if let Published::Obsolete(old) = judged {
            let file = Text::path(&line.file);
            signs.add_with(
                Sign::OldHostKeyStored,
                say!(
                    "{}:{} holds the key that was replaced in {}",
                    file.clone(),
                    line.line,
                    Text::public(&old.until)
                ),
                [("file", file), ("line", line.line.into())],
            );
        }
    }
}

/// A locked agent shows no keys, and does not let itself be bound to the server as an empty one
/// does (ssh-agent.c `process_message`).
fn locked_agent(seen: &Observed, facts: &Facts, signs: &mut Signs) {
    let (Known::Yes(held), Known::Yes(ssh), Some(transcript)) =
        (&facts.agent.identities, &facts.ssh, seen.transcript)
    else {
        return;
    };
    let has = |wanted: fn(&Event) -> bool| transcript.events().any(wanted);
    let asked = has(|event| matches!(event, Event::AgentKeys { count: 0 }));
    let bound = has(|event| matches!(event, Event::AgentBound));
    if held.is_empty() && ssh.number >= BINDS && asked && !bound {
        signs.add(
            Sign::AgentLocked,
            "the agent shows no key and takes no order, as a locked one does",
        );
    }
}

/// The target is this account itself: what its sshd would say can be read in the files.
fn own_server(seen: &Observed, facts: &Facts, signs: &mut Signs) {
    let own = facts
        .target
        .as_ref()
        .and_then(|target| target.own_server.as_ref());
    let (Some(own), Some(ladder)) = (own, seen.ladder) else {
        return;
    };
    let refused = ladder.keys_offered().iter().any(|key| {
        let is_listed = |known: &String| own.keys.contains(known);
        key.answer == Answer::Refused && key.fingerprint.as_ref().is_some_and(is_listed)
    });
    if let Some((path, mode)) = own.open.as_ref().filter(|_| refused) {
        let shown = Text::path(path);
        let mode = Text::public(format!("{mode:04o}"));
        signs.add_with(
            Sign::OwnListOpen,
            say!(
                "{} holds the key, and {} has mode {}",
                Text::path(&own.file),
                shown.clone(),
                mode.clone()
            ),
            [("file", shown), ("mode", mode)],
        );
    }
}
