//! Which OpenSSH client is here, and is it new enough?

use std::time::Duration;

use crate::known::Known;
use crate::machine::Machine;
use crate::platform::process;
use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

/// `accept-new` and today's key line formats came with 7.6 (2017).
pub const OLDEST: (u32, u32) = (7, 6);
const LIMIT: Duration = Duration::from_secs(3);

/// The OpenSSH client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshClient {
    /// `OpenSSH_9.2p1 Debian-2+deb12u3`.
    pub version: String,
    /// Major and minor.
    pub number: (u32, u32),
}

impl SshClient {
    /// Asks `ssh -V`.
    pub async fn ask(machine: &Machine) -> Known<Self> {
        if machine.programs.ssh.is_none() {
            return Known::Failed(Trouble::new(
                "There is no ssh program on this computer.",
                "It was searched on the PATH.",
                process::how_to_install_ssh(),
            ));
        }
        let mut command = machine.command(&machine.programs.ssh, "ssh");
        command.arg("-V");
        match process::output(command, LIMIT, &machine.log).await {
            Ok(output) => Known::from(Self::parse(&output.stderr)),
            Err(trouble) => Known::Failed(trouble),
        }
    }

    fn parse(words: &str) -> Result<Self, Trouble> {
        let line = words
            .lines()
            .find(|line| line.contains("OpenSSH"))
            .unwrap_or_else(|| words.lines().next().unwrap_or_default());
        let version = line.split(',').next().unwrap_or_default().trim().to_owned();
        let number = number(&version).ok_or_else(|| {
            Trouble::new(
                "The ssh program on this computer is not OpenSSH.",
                say!("ssh -V says: {}", Text::quoted(line)),
                process::how_to_install_ssh(),
            )
        })?;
        if number < OLDEST {
            return Err(Trouble::new(
                say!("This ssh is too old: {}.", Text::public(version)),
                "sshstep needs OpenSSH 7.6 or newer.",
                process::how_to_install_ssh(),
            ));
        }
        Ok(Self { version, number })
    }

    /// `9.2`.
    pub fn short(&self) -> String {
        format!("{}.{}", self.number.0, self.number.1)
    }
}

/// `OpenSSH_9.2p1`, `OpenSSH_for_Windows_9.5p1`.
fn number(version: &str) -> Option<(u32, u32)> {
    let rest = version.strip_prefix("OpenSSH_")?;
    let rest = rest.strip_prefix("for_Windows_").unwrap_or(rest);
    let (major, rest) = rest.split_once('.')?;
    let minor: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_all_builds_are_read() {
        let of = |words: &str| SshClient::parse(words).map(|client| client.number).ok();
        assert_eq!(
            of("OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.22\n"),
            Some((9, 2))
        );
        assert_eq!(
            of("OpenSSH_for_Windows_9.5p1, LibreSSL 3.8.2"),
            Some((9, 5))
        );
        assert_eq!(of("OpenSSH_10.0p2, LibreSSL 3.3.6"), Some((10, 0)));
        assert_eq!(of("OpenSSH_7.4p1, OpenSSL 1.0.2k"), None);
        assert_eq!(of("dropbear"), None);
    }
}
