//! Would the real ssh accept these settings, and do what they are meant to do?
//!
//! A candidate is laid beside the real files and given to `ssh -G`. Only what passes may be offered
//! for writing: it must pick the intended key, user and port, and change nothing for other hosts.

mod concerned;
mod others;
mod trial;

use std::path::{Path, PathBuf};

use crate::facts::{ConfigFiles, Effective};
use crate::machine::Machine;
use crate::plan::{Change, Plan};
use crate::probe::private_folder;
use crate::say;
use crate::target::Target;
use crate::text::Text;
use crate::transcript::{Event, Transcript};
use crate::trouble::Trouble;

pub use trial::layered;

/// New settings, and what they are for.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The files that would change, each once.
    pub texts: Vec<NewText>,
    /// Whom it is about.
    pub target: Target,
    /// What ssh must make of it.
    pub intended: Intended,
    /// The words of a `Host` line that it is also meant for, beside the target.
    pub covers: Vec<String>,
}

/// New bytes for one settings file.
#[derive(Clone, Debug)]
pub struct NewText {
    /// The person's file, or one that it includes.
    pub file: PathBuf,
    /// What it holds now; none: there is none.
    pub before: Option<Vec<u8>>,
    /// What it would hold.
    pub after: Vec<u8>,
}

impl Candidate {
    /// What has to change: a folder when it is missing, then the files.
    pub fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        for text in &self.texts {
            // Only the main file can be new.
            if let Some(folder) = text.file.parent()
                && !folder.exists()
            {
                changes.push(Change::MakeDir {
                    path: folder.to_owned(),
                    mode: 0o700,
                });
            }
            changes.push(Change::WriteText {
                path: text.file.clone(),
                before: text.before.clone(),
                after: text.after.clone(),
                mode_if_new: 0o600,
            });
        }
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
    /// The first values of other options, as `ssh -G` prints them.
    pub options: Vec<(&'static str, String)>,
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
    let before = ConfigFiles::load(machine);
    let after = ConfigFiles::edited(machine, &candidate.texts);
    let trial = trial::lay_out(machine, candidate, &after, folder.path())?;
    let own = [(candidate.target.clone(), candidate.intended.clone())];
    for (target, intended) in own.iter().chain(more) {
        let effective = match Effective::ask(&trial.machine, &[], target).await {
            Ok(effective) => effective,
            Err(trouble) => return Ok(Verdict::Refused(trouble)),
        };
        if let Some(why) = deviation(machine, intended, &effective) {
            return Ok(Verdict::Otherwise(why));
        }
    }
    let meant = own.iter().chain(more);
    let meant = meant.map(|(target, _)| target.host.as_str());
    let covers = candidate.covers.iter().map(String::as_str);
    let meant: Vec<&str> = meant.chain(covers).collect();
    let compared = others::compare(
        others::Side {
            machine,
            files: &before,
        },
        others::Side {
            machine: &trial.machine,
            files: &after,
        },
        &meant,
    );
    Ok(match compared.await {
        Ok(compared) => Verdict::Accepted {
            identity: candidate.intended.identity.clone(),
            compared,
        },
        Err(other) => Verdict::ChangesOther(other),
    })
}

/// A line that ssh refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The person's file, or another one that ssh reads.
    pub file: PathBuf,
    /// The line.
    pub line: usize,
    /// ssh's words about it.
    pub words: String,
}

/// The lines that ssh would refuse in a candidate, as far as it names them: it stops behind the first file
/// that has any.
///
/// # Errors
/// When ssh refuses the settings and names no line.
pub async fn refusals(machine: &Machine, candidate: &Candidate) -> Result<Vec<Refusal>, Trouble> {
    let folder = private_folder()?;
    let after = ConfigFiles::edited(machine, &candidate.texts);
    let trial = trial::lay_out(machine, candidate, &after, folder.path())?;
    let Err(trouble) = Effective::ask(&trial.machine, &[], &candidate.target).await else {
        return Ok(Vec::new());
    };
    let words = trouble.why.reveal().replace("ssh says: ", "");
    let words = words.replace(" / ", "\n");
    let refusals: Vec<Refusal> = Transcript::read(words.as_bytes())
        .events()
        .filter_map(|event| match event {
            Event::ConfigError { file, line, text } => Some(Refusal {
                file: trial.real(Path::new(file)).to_owned(),
                line: usize::try_from(*line).ok()?,
                words: text.clone(),
            }),
            _ => None,
        })
        .collect();
    if refusals.is_empty() {
        return Err(trouble);
    }
    Ok(refusals)
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
    let other = intended
        .options
        .iter()
        .find(|(keyword, value)| effective.first(keyword) != Some(value));
    other.map(|(keyword, _)| {
        say!(
            "ssh would use {} {}.",
            Text::public(*keyword),
            Text::quoted(effective.first(keyword).unwrap_or("nothing"))
        )
    })
}
