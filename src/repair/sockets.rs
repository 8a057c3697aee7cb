//! How are the sockets mended that the settings lead to: the shared connection's, and the agent's?

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::agent::{self, AgentAddress, Identity};
use crate::facts::sharing;
use crate::plan::Change;
use crate::probe::{self, Answer};
use crate::say;
use crate::settings::Intended;
use crate::text::Text;
use crate::trouble::Trouble;

use super::sheet::Sheet;
use super::{Draft, Situation, files, impossible};

/// An agent on this machine answers at once.
const AGENT_LIMIT: Duration = Duration::from_millis(800);
/// More sockets than this are not asked.
const MOST_SOCKETS: usize = 24;

/// A socket for the shared connection that can be made: its folder, or another name for this host.
pub(super) fn share(situation: &Situation) -> Result<Draft, Trouble> {
    let broken = situation
        .facts
        .target
        .as_ref()
        .and_then(|target| target.sharing.as_ref())
        .ok_or_else(|| impossible("The socket is as it should be."))?;
    let title = "Let ssh share its connection";
    match broken.why {
        sharing::Fault::NoFolder => match missing_folders(situation, &broken.path) {
            Some(changes) => Ok(Draft::of_files(title, changes)),
            None => other_socket(situation, &broken.path),
        },
        sharing::Fault::TooLong => other_socket(situation, &broken.path),
        sharing::Fault::Silent => files::set_socket_aside(situation),
    }
}

/// The folders of the socket that are missing, below the person's home.
fn missing_folders(situation: &Situation, socket: &Path) -> Option<Vec<Change>> {
    let home = &situation.machine.tilde;
    let mut missing: Vec<&Path> = socket
        .ancestors()
        .skip(1)
        .take_while(|folder| folder.symlink_metadata().is_err())
        .collect();
    missing.reverse();
    let is_below_home = missing
        .first()
        .is_some_and(|first| first.starts_with(home) && first != home);
    is_below_home.then(|| {
        missing
            .into_iter()
            .map(|folder| Change::MakeDir {
                path: folder.to_owned(),
                mode: 0o700,
            })
            .collect()
    })
}

/// A short name in the person's own folder that no other connection has.
fn other_socket(situation: &Situation, broken: &Path) -> Result<Draft, Trouble> {
    let machine = &situation.machine;
    let folder = machine.ssh_dir();
    let name = ["mux-%C", "mux2-%C", "mux3-%C"]
        .into_iter()
        .find(|name| {
            let prefix = folder.join(name.trim_end_matches("%C"));
            let prefix = prefix.to_string_lossy().into_owned();
            !broken.to_string_lossy().starts_with(&prefix)
        })
        .ok_or_else(|| impossible("No other name is free."))?;
    let mut sheet = Sheet::new(situation);
    // `%C` is meant as ssh's own token.
    let path = format!("{}/{name}", machine.config_path(&folder));
    sheet.set(&[("ControlPath", path)], &[])?;
    let title = say!(
        "Share the connection to {} through another socket",
        Text::host(&situation.target.host)
    );
    let mut draft = Draft::of_settings(title, sheet.candidate(Intended::default()));
    if !folder.exists() {
        draft.changes.push(Change::MakeDir {
            path: folder,
            mode: 0o700,
        });
    }
    Ok(draft)
}

/// `IdentityAgent` with a socket where an agent answers that has a key which the server knows.
pub(super) async fn live_agent(situation: &Situation) -> Result<Draft, Trouble> {
    let machine = &situation.machine;
    let wanted = named_public(situation);
    for socket in sockets(situation) {
        let address = AgentAddress::Socket(socket.clone());
        let asked = address.clone();
        let held =
            tokio::task::spawn_blocking(move || agent::identities(&asked, AGENT_LIMIT)).await;
        let Ok(Ok(held)) = held else {
            continue;
        };
        let held: Vec<Identity> = held
            .into_iter()
            .filter(|identity| !identity.is_certificate())
            .filter(|identity| wanted.is_empty() || wanted.contains(&identity.fingerprint))
            .collect();
        if held.is_empty() || !knows_one(situation, &held).await {
            continue;
        }
        let mut sheet = Sheet::new(situation);
        let written = machine.config_path(&socket);
        sheet.set(&[("IdentityAgent", written)], &[])?;
        let title = say!("Ask the agent at {}", Text::path(&socket));
        let intended = Intended::default();
        return Ok(Draft::of_settings(title, sheet.candidate(intended)));
    }
    Err(impossible(
        "No other agent here has a key that the server knows.",
    ))
}

/// The keys that the settings want from an agent: those of which only the public half is here.
fn named_public(situation: &Situation) -> Vec<String> {
    let target = situation.facts.target.as_ref();
    let files = target.map_or(&[][..], |target| &target.identity_files);
    let named = situation.facts.keys.iter().filter(|key| {
        key.files.private.is_none()
            && key
                .files
                .public
                .as_ref()
                .is_some_and(|public| files.contains(public))
    });
    named
        .filter_map(|key| Some(key.fingerprint()?.to_owned()))
        .collect()
}

/// Whether the server takes one of an agent's keys.
async fn knows_one(situation: &Situation, held: &[Identity]) -> bool {
    let is_known = |identity: &Identity| {
        situation.answers.get(&identity.fingerprint) == Some(&Answer::Accepted)
    };
    if held.iter().any(is_known) {
        return true;
    }
    let questions: Vec<(String, String)> = held
        .iter()
        .filter(|identity| !situation.answers.contains_key(&identity.fingerprint))
        .map(|identity| (identity.fingerprint.clone(), identity.public_line.clone()))
        .take(probe::MOST_KEYS)
        .collect();
    if questions.is_empty() {
        return false;
    }
    let answers = probe::ask(&situation.machine, &situation.target, &questions).await;
    answers.is_ok_and(|answers| answers.values().any(|answer| *answer == Answer::Accepted))
}

/// Where agents of this person listen, those that stay first.
fn sockets(situation: &Situation) -> Vec<PathBuf> {
    let machine = &situation.machine;
    let mut found: Vec<PathBuf> = Vec::new();
    let mut add = |path: PathBuf| {
        if is_own_socket(&path) && !found.contains(&path) {
            found.push(path);
        }
    };
    let home = &machine.tilde;
    let run = machine.var("XDG_RUNTIME_DIR").map(PathBuf::from);
    for folder in run.into_iter().chain(run_folder()) {
        for name in [
            "ssh-agent.socket",
            "ssh-agent",
            "openssh_agent",
            "keyring/ssh",
            "gcr/ssh",
            "gnupg/S.gpg-agent.ssh",
        ] {
            add(folder.join(name));
        }
    }
    for name in [
        ".1password/agent.sock",
        "Library/Group Containers/2BUA8C4S2C.com.1password/t/agent.sock",
        ".gnupg/S.gpg-agent.ssh",
    ] {
        add(home.join(name));
    }
    for file in names(&machine.ssh_dir(), "agent") {
        add(file.clone());
        names(&file, "").into_iter().for_each(&mut add);
    }
    for folder in names(Path::new("/private/tmp"), "com.apple.launchd.") {
        add(folder.join("Listeners"));
    }
    let temporary = machine.var("TMPDIR").map(Path::new);
    for folder in temporary.into_iter().chain([Path::new("/tmp")]) {
        for folder in names(folder, "ssh-") {
            names(&folder, "agent.").into_iter().for_each(&mut add);
        }
    }
    if let AgentAddress::Socket(dead) = &situation.facts.agent.address {
        found.retain(|path| path != dead);
    }
    found.truncate(MOST_SOCKETS);
    found
}

/// What lies in a folder under a name that begins like this.
fn names(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

#[cfg(unix)]
fn run_folder() -> Option<PathBuf> {
    let uid = rustix::process::getuid().as_raw();
    Some(PathBuf::from(format!("/run/user/{uid}")))
}

#[cfg(not(unix))]
fn run_folder() -> Option<PathBuf> {
    None
}

/// Whether it is a socket of this person's: others' are not asked.
#[cfg(unix)]
fn is_own_socket(path: &Path) -> bool {
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
    let uid = rustix::process::getuid().as_raw();
    std::fs::metadata(path)
        .is_ok_and(|metadata| metadata.file_type().is_socket() && metadata.uid() == uid)
}

#[cfg(not(unix))]
fn is_own_socket(_: &Path) -> bool {
    false
}
