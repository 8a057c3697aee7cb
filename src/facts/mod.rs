//! What is true on this machine, as far as it decides about a connection?
//!
//! [`gather`] is local and read-only: no network, nothing written. Facts never change afterwards;
//! after a change of the machine they are gathered anew.

pub mod certificates;
pub mod config;
pub mod effective;
pub mod git;
pub mod git_settings;
pub mod git_url;
pub mod known_hosts;
mod local_key;
pub mod own_server;
pub mod sharing;
mod ssh_client;
pub mod surroundings;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

pub use certificates::Certificates;
pub use config::ConfigFiles;
pub use effective::Effective;
pub use git::{Git, Remote};
pub use known_hosts::KnownHost;
pub use local_key::{DEPLOY_FILE, DEPLOY_KEY, LocalKey};
pub use own_server::OwnServer;
pub use ssh_client::SshClient;
pub use surroundings::Surroundings;

use crate::agent::{self, AgentAddress, Fault, Identity};
use crate::key::pair;
use crate::known::Known;
use crate::machine::Machine;
use crate::platform::process;
use crate::provider::cli::Program;
use crate::target::Target;
use crate::trouble::Trouble;

/// An agent on this machine answers at once; a forwarded one may need a moment.
const AGENT_LIMIT: Duration = Duration::from_millis(800);

/// Everything that was found out.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The OpenSSH client.
    pub ssh: Known<SshClient>,
    /// Every key that ssh could use: files first, then identities that only the agent has.
    pub keys: Vec<LocalKey>,
    /// The folder that holds them; the trouble of listing it.
    pub ssh_dir: Known<()>,
    /// The agent that ssh would ask.
    pub agent: Agent,
    /// The person's settings files.
    pub config: ConfigFiles,
    /// The command-line tools of services that are installed.
    pub tools: BTreeMap<Program, PathBuf>,
    /// The current repository.
    pub git: Git,
    /// Homes that ssh does not look into, though the person may think so.
    pub surroundings: Surroundings,
    /// What concerns the target.
    pub target: Option<TargetFacts>,
}

/// The agent.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Where it listens.
    pub address: AgentAddress,
    /// What it holds; absent: there is no address.
    pub identities: Known<Vec<Identity>>,
    /// Why it did not answer, where it did not.
    pub fault: Option<Fault>,
}

/// What concerns one target.
#[derive(Clone, Debug)]
pub struct TargetFacts {
    /// The target.
    pub target: Target,
    /// What ssh will do.
    pub effective: Known<Effective>,
    /// Identity files in ssh's order, expanded; only those that exist are offered.
    pub identity_files: Vec<PathBuf>,
    /// Lines of known_hosts files that name it.
    pub known: Known<Vec<KnownHost>>,
    /// Where ssh would remember a new host.
    pub known_hosts: KnownHostsFile,
    /// Certificates that ssh shows, and others.
    pub certificates: Certificates,
    /// Why connection sharing cannot work, where it is asked for.
    pub sharing: Option<sharing::Broken>,
    /// The server's side, when it is this computer.
    pub own_server: Option<OwnServer>,
}

/// The file that ssh adds new hosts to: the first of `UserKnownHostsFile`.
#[derive(Clone, Debug)]
pub struct KnownHostsFile {
    /// Where it is, or would be.
    pub path: PathBuf,
    /// What it holds; none: there is no such file.
    pub bytes: Option<Vec<u8>>,
}

/// Looks at everything at once.
pub async fn gather(machine: &Machine, target: Option<&Target>) -> Facts {
    let surroundings = async { tokio::join!(SshClient::ask(machine), git::gather(machine)) };
    look(machine, target, Box::pin(surroundings)).await
}

/// Looks again after a change of ours, which does not touch ssh itself.
pub async fn gather_after_change(
    machine: &Machine,
    target: Option<&Target>,
    before: &Facts,
) -> Facts {
    let surroundings = async { (before.ssh.clone(), git::gather(machine).await) };
    look(machine, target, Box::pin(surroundings)).await
}

async fn look(
    machine: &Machine,
    target: Option<&Target>,
    surroundings: Pin<Box<dyn Future<Output = (Known<SshClient>, Git)> + Send + '_>>,
) -> Facts {
    let effective = async {
        match target {
            Some(target) => Some(Known::from(Effective::ask(machine, &[], target).await)),
            None => None,
        }
    };
    let files = {
        let machine = machine.clone();
        tokio::task::spawn_blocking(move || ConfigFiles::load(&machine))
    };
    let ((ssh, git), effective, config) = tokio::join!(surroundings, effective, files);
    let config = config.unwrap_or_else(|_| ConfigFiles::empty(machine));

    let known_effective = effective.as_ref().and_then(Known::as_ref);
    let address = agent_address(machine, known_effective);
    let identity_files = known_effective
        .map(|effective| effective.identity_files(machine))
        .unwrap_or_default();
    let mut named = config.identity_files(machine);
    named.extend(target.iter().filter_map(|target| target.identity.clone()));
    let folder = machine.ssh_dir();
    let scan = tokio::task::spawn_blocking(move || pair::scan(&folder, &named));
    let about_target = {
        let (machine, effective) = (machine.clone(), known_effective.cloned());
        let identity_files = identity_files.clone();
        tokio::task::spawn_blocking(move || {
            let effective = effective.unwrap_or_default();
            (
                certificates::look(&machine, &effective, &identity_files),
                sharing::look(&machine, &effective),
                own_server::look(&machine, &effective),
            )
        })
    };
    let tools = tokio::task::spawn_blocking(|| {
        let find = |program: &Program| Some((*program, process::find(program.name())?));
        Program::ALL.iter().filter_map(find).collect()
    });
    let asked = address.clone();
    let list = tokio::task::spawn_blocking(move || agent::identities(&asked, AGENT_LIMIT));
    let known = async {
        match known_effective {
            Some(effective) => {
                known_hosts::look_up(
                    machine,
                    &effective.known_hosts_name(),
                    &effective.known_hosts_files(machine),
                )
                .await
            }
            None => Known::Absent,
        }
    };
    let (keys, identities, known, about_target, tools) =
        tokio::join!(scan, list, known, about_target, tools);
    let (certificates, sharing, own_server) = about_target.unwrap_or_default();
    let known_hosts = known_hosts_file(machine, known_effective);
    let (identities, fault) = match identities {
        Ok(Ok(identities)) => (Known::Yes(identities), None),
        Ok(Err(failure)) if failure.fault == Fault::NoAddress => (Known::Absent, None),
        Ok(Err(failure)) => (Known::Failed(failure.trouble), Some(failure.fault)),
        Err(_) => (Known::Absent, None),
    };
    let (keys, ssh_dir) = match keys {
        Ok(Ok(keys)) => (keys, Known::Yes(())),
        Ok(Err(trouble)) => (Vec::new(), Known::Failed(trouble)),
        Err(_) => (Vec::new(), Known::Absent),
    };
    Facts {
        ssh,
        keys: local_key::with_agent(keys, &identities),
        ssh_dir,
        agent: Agent {
            address,
            identities,
            fault,
        },
        config,
        tools: tools.unwrap_or_default(),
        git,
        surroundings: surroundings::look(machine),
        target: target.map(|target| TargetFacts {
            target: target.clone(),
            effective: effective.unwrap_or(Known::Absent),
            identity_files,
            known,
            known_hosts,
            certificates,
            sharing,
            own_server,
        }),
    }
}

impl Facts {
    /// The keys that the person could use as they are: no problem that makes ssh ignore them, and not made
    /// for a service's machines.
    pub fn usable_keys(&self) -> impl Iterator<Item = &LocalKey> {
        let is_own = |key: &&LocalKey| key.is_usable() && !key.is_deploy_key();
        self.keys.iter().filter(is_own)
    }

    /// The key with this fingerprint.
    pub fn key(&self, fingerprint: &str) -> Option<&LocalKey> {
        self.keys
            .iter()
            .find(|key| key.fingerprint() == Some(fingerprint))
    }

    /// What ssh will do for the target, where it could be asked.
    pub fn effective(&self) -> Option<&Effective> {
        self.target.as_ref()?.effective.as_ref()
    }
}

/// The agent that ssh asks: `IdentityAgent` where it is set, otherwise `SSH_AUTH_SOCK`
/// (authfd.c `ssh_get_authentication_socket`, ssh.c).
fn agent_address(machine: &Machine, effective: Option<&Effective>) -> AgentAddress {
    let from_environment = || machine.var("SSH_AUTH_SOCK").unwrap_or_default().to_owned();
    let value = match effective.and_then(|effective| effective.first("identityagent")) {
        None | Some("SSH_AUTH_SOCK") => from_environment(),
        Some("none") => return AgentAddress::None,
        Some(variable) if variable.starts_with('$') => {
            let name = variable.trim_matches(['$', '{', '}']);
            machine.var(name).unwrap_or_default().to_owned()
        }
        Some(path) => machine.expand(path).to_string_lossy().into_owned(),
    };
    if value.is_empty() && cfg!(windows) {
        // wmain_common.c of Win32-OpenSSH: the pipe is the default.
        return AgentAddress::from_value(r"\\.\pipe\openssh-ssh-agent");
    }
    AgentAddress::from_value(&value)
}

fn known_hosts_file(machine: &Machine, effective: Option<&Effective>) -> KnownHostsFile {
    let path = effective
        .and_then(|effective| effective.known_hosts_files(machine).into_iter().next())
        .unwrap_or_else(|| machine.ssh_dir().join("known_hosts"));
    let bytes = std::fs::read(&path).ok();
    KnownHostsFile { path, bytes }
}

/// The trouble that keeps every connection from working, if there is one.
pub fn blocking_trouble(facts: &Facts) -> Option<&Trouble> {
    facts.ssh.trouble().or_else(|| {
        facts
            .target
            .as_ref()
            .and_then(|target| target.effective.trouble())
    })
}
