//! Would the real ssh accept these settings, and do what they are meant to do?
//!
//! A candidate is laid beside the real file and given to `ssh -G`. Only what passes may be offered
//! for writing: it must pick the intended key, user and port, and change nothing for other hosts.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::facts::{ConfigFiles, Effective};
use crate::machine::{Given, Layers, Machine};
use crate::plan::{Change, Plan};
use crate::probe::private_folder;
use crate::say;
use crate::target::Target;
use crate::text::Text;
use crate::trouble::Trouble;

/// Other hosts that are compared; each costs two runs of ssh.
const MOST_COMPARED: usize = 24;

/// New bytes for one settings file, and what they are for.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The person's file.
    pub file: PathBuf,
    /// What it holds now; none: there is none.
    pub before: Option<Vec<u8>>,
    /// What it would hold.
    pub after: Vec<u8>,
    /// Whom it is about.
    pub target: Target,
    /// What ssh must make of it.
    pub intended: Intended,
}

impl Candidate {
    /// What has to change: the folder when it is missing, then the file.
    pub fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        if let Some(folder) = self.file.parent()
            && !folder.exists()
        {
            changes.push(Change::MakeDir {
                path: folder.to_owned(),
                mode: 0o700,
            });
        }
        changes.push(Change::WriteText {
            path: self.file.clone(),
            before: self.before.clone(),
            after: self.after.clone(),
            mode_if_new: 0o600,
        });
        changes
    }

    /// The plan that makes just this change.
    pub fn plan(&self) -> Plan {
        Plan::new("Change ssh's settings", self.changes())
    }
}

/// What the settings must lead to; what is none does not matter.
#[derive(Clone, Debug, Default)]
pub struct Intended {
    /// The first identity file that ssh tries.
    pub identity: Option<PathBuf>,
    /// The login name.
    pub user: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// The name that is resolved.
    pub host_name: Option<String>,
}

/// ssh's word on a candidate.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It does what it should, and nothing else changed for so many other hosts.
    Accepted {
        /// The key that ssh would use, where that was the point.
        identity: Option<PathBuf>,
        /// How many other hosts were compared.
        compared: usize,
    },
    /// ssh refuses it.
    Refused(Trouble),
    /// ssh would use another key, user or port.
    Otherwise(Text),
    /// It would change this other host.
    ChangesOther(String),
}

impl Verdict {
    /// Whether it may be offered.
    pub fn is_accepted(&self) -> bool {
        match self {
            Verdict::Accepted { .. } => true,
            Verdict::Refused(_) | Verdict::Otherwise(_) | Verdict::ChangesOther(_) => false,
        }
    }

    /// The sentence below a preview.
    pub fn words(&self, host: Text) -> Text {
        match self {
            Verdict::Accepted { identity, compared } => {
                let tested = match identity {
                    Some(identity) => say!(
                        "Tested: ssh accepts this file and will use {} for {}",
                        Text::path(identity),
                        host
                    ),
                    None => Text::plain("Tested: ssh accepts this file"),
                };
                match compared {
                    0 => tested.then("."),
                    1 => tested.then("; 1 other host stays as it is."),
                    many => tested.then(say!("; {} other hosts stay as they are.", *many)),
                }
            }
            Verdict::Refused(_) | Verdict::Otherwise(_) | Verdict::ChangesOther(_) => {
                self.trouble().what
            }
        }
    }

    /// Why it is not offered.
    pub fn trouble(&self) -> Trouble {
        let hint = "Change the file with your editor, then look again.";
        match self {
            Verdict::Accepted { .. } => Trouble::new("It is accepted.", "", ""),
            Verdict::Refused(trouble) => trouble.clone(),
            Verdict::Otherwise(why) => Trouble::new(
                "A new block would not be enough: an earlier line wins.",
                why.clone(),
                hint,
            ),
            Verdict::ChangesOther(host) => Trouble::new(
                "The change would affect another host, so it is not offered.",
                say!("It would change what ssh does for {}.", Text::host(host)),
                hint,
            ),
        }
    }
}

/// Asks ssh about a candidate.
///
/// # Errors
/// When the temporary files cannot be made; ssh's own refusal is a verdict.
pub async fn try_out(machine: &Machine, candidate: &Candidate) -> Result<Verdict, Trouble> {
    try_out_for(machine, candidate, &[]).await
}

/// Asks ssh about a candidate that is meant for more targets than its own.
///
/// # Errors
/// When the temporary files cannot be made; ssh's own refusal is a verdict.
pub async fn try_out_for(
    machine: &Machine,
    candidate: &Candidate,
    more: &[(Target, Intended)],
) -> Result<Verdict, Trouble> {
    let folder = private_folder()?;
    let trial = trial(machine, candidate, folder.path())?;
    let own = [(candidate.target.clone(), candidate.intended.clone())];
    for (target, intended) in own.iter().chain(more) {
        let effective = match Effective::ask(&trial, &[], target).await {
            Ok(effective) => effective,
            Err(trouble) => return Ok(Verdict::Refused(trouble)),
        };
        if let Some(why) = deviation(machine, intended, &effective) {
            return Ok(Verdict::Otherwise(why));
        }
    }
    let is_meant = |name: &str| {
        own.iter()
            .chain(more)
            .any(|(target, _)| target.host == name)
    };
    let others: Vec<Target> = ConfigFiles::load(machine)
        .hosts()
        .into_iter()
        .filter(|host| !is_meant(&host.name))
        .filter_map(|host| Target::parse(&host.name).ok())
        .take(MOST_COMPARED)
        .collect();
    for other in &others {
        // A file that ssh refuses now has no behaviour to keep.
        let Ok(before) = Effective::ask(machine, &[], other).await else {
            break;
        };
        match Effective::ask(&trial, &[], other).await {
            Ok(after) if after == before => {}
            Ok(_) | Err(_) => return Ok(Verdict::ChangesOther(other.host.clone())),
        }
    }
    Ok(Verdict::Accepted {
        identity: candidate.intended.identity.clone(),
        compared: others.len(),
    })
}

/// What differs from the intention, in words.
fn deviation(machine: &Machine, intended: &Intended, effective: &Effective) -> Option<Text> {
    let files = effective.identity_files(machine);
    if intended.identity.is_some() && files.first() != intended.identity.as_ref() {
        return Some(match files.first() {
            Some(first) => say!("ssh would still try {} first.", Text::path(first)),
            None => Text::plain("ssh would use no key file at all."),
        });
    }
    if let Some(user) = &intended.user
        && effective.user() != user
    {
        return Some(say!(
            "ssh would log in as {}.",
            Text::user(effective.user())
        ));
    }
    if let Some(port) = intended.port
        && effective.port() != port
    {
        return Some(say!("ssh would use port {}.", effective.port()));
    }
    if let Some(host_name) = &intended.host_name
        && effective.host_name() != host_name
    {
        return Some(say!(
            "ssh would connect to {}.",
            Text::host(effective.host_name())
        ));
    }
    None
}

/// The same machine with the candidate in place of the real file. ssh must be told with `-F`, which
/// hides the system-wide file: it is included behind the candidate, where ssh would read it.
fn trial(machine: &Machine, candidate: &Candidate, folder: &Path) -> Result<Machine, Trouble> {
    let file = folder.join("candidate");
    let wrapper = folder.join("config");
    let text = layered(&file, machine.layers.system.as_deref());
    for (path, bytes) in [
        (&file, candidate.after.as_slice()),
        (&wrapper, text.as_bytes()),
    ] {
        std::fs::write(path, bytes).map_err(|error| {
            Trouble::io(
                "The change could not be laid out for ssh to check.",
                &error,
                "Free some space in the temporary folder.",
            )
        })?;
    }
    Ok(Machine {
        layers: Layers {
            user: file,
            system: machine.layers.system.clone(),
            given: Given::File(wrapper),
        },
        ..machine.clone()
    })
}

/// A file for `-F` that makes ssh read a person's and a system's file as it would by itself.
pub fn layered(user: &Path, system: Option<&Path>) -> String {
    let mut text = String::new();
    for file in std::iter::once(user).chain(system) {
        let _ = writeln!(text, "Include {}", quoted(file));
    }
    text
}

/// A path as one word of an ssh_config line.
fn quoted(path: &Path) -> String {
    let path = path.to_string_lossy();
    let path = if cfg!(windows) {
        path.replace('\\', "/")
    } else {
        path.into_owned()
    };
    format!("\"{path}\"")
}
