//! Which program is the agent, and how sure is that?

use super::AgentAddress;
use crate::text::Text;

/// A program that plays the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentProgram {
    /// `ssh-agent` of OpenSSH.
    OpenSsh,
    /// gnome-keyring-daemon.
    GnomeKeyring,
    /// gcr-ssh-agent, its successor.
    GcrSshAgent,
    /// gpg-agent.
    GpgAgent,
    /// 1Password.
    OnePassword,
    /// Bitwarden.
    Bitwarden,
    /// Secretive, keys in the Mac's Secure Enclave.
    Secretive,
    /// PuTTY's Pageant.
    Pageant,
    /// An agent on the computer this session comes from.
    Forwarded,
    /// The `ssh-agent` service of Windows.
    WindowsService,
    /// The `ssh-agent` that launchd of macOS starts.
    MacLaunchd,
    /// Something else.
    Unknown,
}

impl AgentProgram {
    /// Its name for a person.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenSsh => "OpenSSH's ssh-agent",
            Self::GnomeKeyring => "GNOME Keyring",
            Self::GcrSshAgent => "GNOME's gcr-ssh-agent",
            Self::GpgAgent => "gpg-agent",
            Self::OnePassword => "1Password",
            Self::Bitwarden => "Bitwarden",
            Self::Secretive => "Secretive",
            Self::Pageant => "Pageant",
            Self::Forwarded => "a forwarded agent",
            Self::WindowsService => "the Windows ssh-agent service",
            Self::MacLaunchd => "the macOS ssh-agent",
            Self::Unknown => "an agent",
        }
    }
}

/// How far a guess can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sureness {
    /// Nothing speaks for or against it.
    Unsure,
    /// The place is usual for it, but others use it, too.
    Likely,
    /// Nothing else is known to use that place.
    Sure,
}

/// Which program the agent probably is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// The program.
    pub program: AgentProgram,
    /// How far to rely on it.
    pub sureness: Sureness,
    /// What speaks for it, for a person; empty for an unknown one.
    pub because: Text,
}

/// Guesses the program from the address and from `variable`, which looks up the environment.
/// None when there is no address. Asks nobody, so it is as good for a dead agent.
pub fn guess(address: &AgentAddress, variable: impl Fn(&str) -> Option<String>) -> Option<Guess> {
    use AgentProgram as P;
    use Sureness::{Likely, Sure, Unsure};
    let text = match address {
        AgentAddress::None => return None,
        AgentAddress::Socket(path) => path.to_string_lossy().into_owned(),
        AgentAddress::Pipe(name) => name.clone(),
    };
    let lower = text.to_ascii_lowercase();
    let has = |part: &str| lower.contains(part);
    let set = |name| variable(name).is_some_and(|value| !value.is_empty());
    let remote = set("SSH_CONNECTION");
    // The socket names of ssh-agent and sshd differ since OpenSSH 10.1 only
    // (misc-agent.c:agent_listener): ~/.ssh/agent/s.RANDOM.agent.RANDOM or …sshd….
    let in_home = has("/.ssh/agent/s.");
    let in_tmp = has("/ssh-") && has("/agent.");

    let (program, sureness, because) = match address {
        AgentAddress::Pipe(_) if has("openssh-ssh-agent") => (
            P::WindowsService,
            Likely,
            "it has the usual pipe, which 1Password and others can take over",
        ),
        AgentAddress::Pipe(_) if has(r"\pageant.") => (P::Pageant, Sure, "it has Pageant's pipe"),
        AgentAddress::Pipe(_) => (P::Unknown, Unsure, ""),
        _ if has("s.gpg-agent") => (P::GpgAgent, Sure, "it has gpg-agent's socket"),
        _ if has("1password") => (P::OnePassword, Sure, "it has 1Password's socket"),
        _ if has("bitwarden") => (P::Bitwarden, Sure, "it has Bitwarden's socket"),
        _ if has("com.maxgoedjen.secretive") => (P::Secretive, Sure, "it has Secretive's socket"),
        _ if has("/gcr/ssh") => (P::GcrSshAgent, Sure, "it has the socket of gcr"),
        _ if has("/keyring/ssh") || has("/keyring/.ssh") || has("/keyring-") => (
            P::GnomeKeyring,
            Likely,
            "it has the socket of GNOME Keyring",
        ),
        _ if has("com.apple.launchd") => (P::MacLaunchd, Sure, "launchd started it"),
        _ if in_home && has(".sshd.") => (P::Forwarded, Sure, "its socket was made by sshd"),
        _ if in_home => (P::OpenSsh, Sure, "its socket was made by ssh-agent"),
        _ if in_tmp && set("SSH_AGENT_PID") => {
            (P::OpenSsh, Likely, "SSH_AGENT_PID names its process")
        }
        _ if in_tmp && remote => (
            P::Forwarded,
            Likely,
            "this is an SSH session, and no agent was started in it",
        ),
        _ if in_tmp => (P::OpenSsh, Likely, "it has the usual socket"),
        _ if has("/ssh-agent.socket") || has("/openssh_agent") || has("/ssh-agent/socket") => {
            (P::OpenSsh, Likely, "systemd starts it at that socket")
        }
        _ if remote => (P::Unknown, Unsure, "this is an SSH session"),
        AgentAddress::Socket(_) | AgentAddress::None => (P::Unknown, Unsure, ""),
    };
    Some(Guess {
        program,
        sureness,
        because: Text::plain(because),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use AgentProgram as P;

    fn program(address: &str, set: &[&str]) -> (AgentProgram, Sureness) {
        let address = AgentAddress::from_value(address);
        let guess = guess(&address, |name| set.contains(&name).then(|| "1".to_owned())).unwrap();
        (guess.program, guess.sureness)
    }

    #[test]
    fn usual_places_name_their_program() {
        let cases = [
            ("/run/user/1000/keyring/ssh", P::GnomeKeyring),
            ("/run/user/1000/gcr/ssh", P::GcrSshAgent),
            ("/run/user/1000/gnupg/S.gpg-agent.ssh", P::GpgAgent),
            ("/home/ana/.1password/agent.sock", P::OnePassword),
            ("/private/tmp/com.apple.launchd.x/Listeners", P::MacLaunchd),
            ("/run/user/1000/ssh-agent.socket", P::OpenSsh),
            ("/home/ana/.ssh/agent/s.aB.agent.cD", P::OpenSsh),
            ("/home/ana/.ssh/agent/s.aB.sshd.cD", P::Forwarded),
            (r"\\.\pipe\openssh-ssh-agent", P::WindowsService),
            (r"\\.\pipe\pageant.ana.0123", P::Pageant),
            ("/opt/own/socket", P::Unknown),
        ];
        for (address, expected) in cases {
            assert_eq!(program(address, &[]).0, expected, "{address}");
        }
    }

    #[test]
    fn a_session_without_an_own_agent_has_a_forwarded_one() {
        let socket = "/tmp/ssh-XXabcd/agent.4711";
        assert_eq!(program(socket, &[]), (P::OpenSsh, Sureness::Likely));
        assert_eq!(
            program(socket, &["SSH_CONNECTION"]),
            (P::Forwarded, Sureness::Likely)
        );
        assert_eq!(
            program(socket, &["SSH_CONNECTION", "SSH_AGENT_PID"]),
            (P::OpenSsh, Sureness::Likely)
        );
    }

    #[test]
    fn no_address_has_no_program() {
        assert_eq!(guess(&AgentAddress::None, |_| None), None);
    }
}
