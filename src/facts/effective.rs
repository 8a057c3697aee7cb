//! What does ssh itself say it will do for a target (`ssh -G`)?

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use crate::machine::Machine;
use crate::platform::process;
use crate::say;
use crate::target::Target;
use crate::text::Text;
use crate::trouble::Trouble;

/// Local and quick, but `Match exec` and canonicalisation may run something slow.
const LIMIT: Duration = Duration::from_secs(5);

/// With this, the hook that the tool of Platform.sh writes into the settings (`Match … exec`) gets no new
/// certificate: a question about the settings must not sign anybody in. A connection runs it as ever.
const NO_REFRESH: (&str, &str) = ("CLI_SSH_NO_REFRESH", "1");

/// What has happened when ssh itself says no; any other trouble is no word about the settings.
pub const REFUSED: &str = "ssh does not accept its settings.";

/// The settings that ssh ends up with for one target, as `ssh -G` prints them: keywords in lower
/// case, one value per line, unset ones absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effective {
    values: BTreeMap<String, Vec<String>>,
}

impl Effective {
    /// Asks ssh. `options` stand in front of the person's settings.
    ///
    /// # Errors
    /// When ssh is missing, or refuses its configuration: its own words are the reason.
    pub async fn ask(
        machine: &Machine,
        options: &[&OsStr],
        target: &Target,
    ) -> Result<Self, Trouble> {
        let mut all: Vec<&OsStr> = vec![OsStr::new("-G")];
        all.extend(options);
        let mut command = machine.ssh(&all, target);
        command.env(NO_REFRESH.0, NO_REFRESH.1);
        let output = process::output(command, LIMIT, &machine.log).await?;
        if output.code == Some(0) {
            return Ok(Self::parse(&output.stdout));
        }
        Err(refused(&output.stderr))
    }

    /// Reads the output of `ssh -G`.
    pub fn parse(output: &str) -> Self {
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in output.lines() {
            let (key, value) = line.split_once(' ').unwrap_or((line, ""));
            values
                .entry(key.to_ascii_lowercase())
                .or_default()
                .push(value.to_owned());
        }
        Self { values }
    }

    /// The first value of a keyword, which is the one that counts.
    pub fn first(&self, keyword: &str) -> Option<&str> {
        self.values
            .get(keyword)
            .and_then(|values| values.first())
            .map(String::as_str)
    }

    /// All values of a cumulative keyword.
    pub fn all(&self, keyword: &str) -> &[String] {
        self.values.get(keyword).map_or(&[], Vec::as_slice)
    }

    /// Whether a yes/no keyword is on (`yes` and `true` are both printed).
    pub fn is_on(&self, keyword: &str) -> bool {
        matches!(self.first(keyword), Some("yes" | "true"))
    }

    /// Whether ssh takes new hosts without asking.
    pub fn accepts_new_hosts(&self) -> bool {
        let asks = self.first("stricthostkeychecking");
        asks.is_some_and(|value| matches!(value, "accept-new" | "no" | "off" | "false"))
    }

    /// The name that is resolved and shown in messages.
    pub fn host_name(&self) -> &str {
        self.first("hostname").unwrap_or_default()
    }

    /// The login name.
    pub fn user(&self) -> &str {
        self.first("user").unwrap_or_default()
    }

    /// The port; 22 when ssh prints none.
    pub fn port(&self) -> u16 {
        self.first("port")
            .and_then(|port| port.parse().ok())
            .unwrap_or(22)
    }

    /// The name under which the host's key is kept (sshconnect.c `get_hostfile_hostname_ipaddr`).
    pub fn known_hosts_name(&self) -> String {
        match self.first("hostkeyalias") {
            Some(alias) if alias != "none" => alias.to_owned(),
            Some(_) | None => Target::known_hosts_name(self.host_name(), self.port()),
        }
    }

    /// Identity files in the order in which ssh tries them, expanded.
    pub fn identity_files(&self, machine: &Machine) -> Vec<PathBuf> {
        self.files("identityfile", machine)
    }

    /// The certificates that the settings name, expanded.
    pub fn certificate_files(&self, machine: &Machine) -> Vec<PathBuf> {
        self.files("certificatefile", machine)
    }

    fn files(&self, keyword: &str, machine: &Machine) -> Vec<PathBuf> {
        self.all(keyword)
            .iter()
            .filter(|file| *file != "none")
            .map(|file| machine.expand(&self.with_tokens(file, machine)))
            .collect()
    }

    /// The file name with the tokens that depend on the target (ssh_config(5), TOKENS); `ssh -G`
    /// prints them as they are written.
    fn with_tokens(&self, written: &str, machine: &Machine) -> String {
        if !written.contains('%') {
            return written.to_owned();
        }
        let original = self.first("host").unwrap_or_else(|| self.host_name());
        let mut file = String::new();
        let mut rest = written;
        while let Some((before, after)) = rest.split_once('%') {
            file.push_str(before);
            let token = after.chars().next();
            match token {
                Some('h') => file.push_str(self.host_name()),
                Some('n') => file.push_str(original),
                Some('p') => file.push_str(&self.port().to_string()),
                Some('r') => file.push_str(self.user()),
                Some('u') => file.push_str(&machine.user),
                // `%d`, `%%` and what only ssh knows.
                Some(other) => file.extend(['%', other]),
                None => file.push('%'),
            }
            rest = token.map_or("", |token| &after[token.len_utf8()..]);
        }
        file.push_str(rest);
        file
    }

    /// The known_hosts files, the person's first; the first of all is where ssh writes.
    pub fn known_hosts_files(&self, machine: &Machine) -> Vec<PathBuf> {
        ["userknownhostsfile", "globalknownhostsfile"]
            .iter()
            .filter_map(|keyword| self.first(keyword))
            .flat_map(|files| files.split(' '))
            .filter(|file| !file.is_empty() && *file != "none" && *file != "/dev/null")
            .map(|file| machine.expand(file))
            .collect()
    }

    /// The command or host that carries the connection, where there is one.
    pub fn proxy(&self) -> Option<&str> {
        ["proxycommand", "proxyjump"]
            .iter()
            .find_map(|keyword| self.first(keyword))
            .filter(|value| *value != "none")
    }

    /// Every keyword with its values, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.values
            .iter()
            .map(|(keyword, values)| (keyword.as_str(), values.as_slice()))
    }
}

/// ssh's refusal to read its configuration.
fn refused(stderr: &str) -> Trouble {
    let words: Vec<Text> = stderr
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("Pseudo-terminal"))
        .map(Text::quoted)
        .collect();
    Trouble::new(
        REFUSED,
        say!("ssh says: {}", Text::join(words, " / ")),
        "Mend the line that ssh names; until then ssh refuses every connection.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_of_ssh_g_is_read() {
        let effective = Effective::parse(
            "host x\nuser git\nhostname github.com\nport 2222\nidentityfile ~/.ssh/a\nidentityfile /b c\n\
             identitiesonly yes\nproxycommand none\nuserknownhostsfile /h/.ssh/known_hosts /h/.ssh/known_hosts2\n",
        );
        assert_eq!(effective.user(), "git");
        assert_eq!(effective.port(), 2222);
        assert_eq!(effective.known_hosts_name(), "[github.com]:2222");
        assert_eq!(effective.all("identityfile"), ["~/.ssh/a", "/b c"]);
        assert!(effective.is_on("identitiesonly"));
        assert!(effective.proxy().is_none());
    }
}
