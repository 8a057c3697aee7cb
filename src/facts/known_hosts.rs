//! Does this computer know the server's key already?

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::key::public::Public;
use crate::known::Known;
use crate::machine::Machine;
use crate::platform::process;
use crate::trouble::Trouble;

const LIMIT: Duration = Duration::from_secs(5);

/// A line of a known_hosts file that names the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownHost {
    /// The file it stands in.
    pub file: PathBuf,
    /// Its 1-based number.
    pub line: usize,
    /// `ssh-ed25519`, …; `@cert-authority` and `@revoked` lines say so in `marker`.
    pub key_type: String,
    /// `SHA256:…`.
    pub fingerprint: String,
    /// The marker in front of the line.
    pub marker: Option<String>,
}

/// Looks the name up in every file that exists, with `ssh-keygen -F`, which also finds hashed names.
pub async fn look_up(machine: &Machine, name: &str, files: &[PathBuf]) -> Known<Vec<KnownHost>> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.is_file()) {
        match look_up_in(machine, name, file).await {
            Ok(lines) => found.extend(lines),
            Err(trouble) => return Known::Failed(trouble),
        }
    }
    if found.is_empty() {
        Known::Absent
    } else {
        Known::Yes(found)
    }
}

async fn look_up_in(machine: &Machine, name: &str, file: &Path) -> Result<Vec<KnownHost>, Trouble> {
    let mut command = machine.command(&machine.programs.ssh_keygen, "ssh-keygen");
    command.arg("-F").arg(name).arg("-f").arg(file);
    let output = process::output(command, LIMIT, &machine.log).await?;
    Ok(parse(&output.stdout, file))
}

/// `# Host NAME found: line N [CA|REVOKED]`, then the line itself (ssh-keygen.c
/// `known_hosts_find_delete`).
fn parse(output: &str, file: &Path) -> Vec<KnownHost> {
    let mut found = Vec::new();
    let mut line = 0;
    for text in output.lines() {
        if let Some(rest) = text.strip_prefix("# Host ") {
            line = rest
                .rsplit_once("found: line ")
                .and_then(|(_, number)| number.split(' ').next())
                .and_then(|number| number.parse().ok())
                .unwrap_or(0);
        } else if let Some(host) = entry(text, file, line) {
            found.push(host);
        }
    }
    found
}

/// One known_hosts line: `[@marker] names type base64 [comment]` (sshd(8), SSH_KNOWN_HOSTS).
fn entry(text: &str, file: &Path, line: usize) -> Option<KnownHost> {
    let mut words = text.split_whitespace();
    let mut first = words.next()?;
    let mut marker = None;
    if first.starts_with('@') {
        marker = Some(first.to_owned());
        first = words.next()?;
    }
    let _names = first;
    let (key_type, blob) = (words.next()?, words.next()?);
    let fingerprint = Public::from_line(&format!("{key_type} {blob}"))?.fingerprint;
    Some(KnownHost {
        file: file.to_owned(),
        line,
        key_type: key_type.to_owned(),
        fingerprint,
        marker,
    })
}
