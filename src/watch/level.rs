//! Which lines of ssh's debug log would ssh have shown anyway?
//!
//! With `-E` all that ssh has to say goes into the log. What the person would have seen without it
//! must be seen with it, and no more. Only debug lines name their level (log.c `do_log`).

/// How much ssh says: its `LogLevel`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    Quiet,
    /// Why it ends.
    Fatal,
    /// What went wrong.
    Error,
    /// The usual.
    Info,
    /// A little more.
    Verbose,
    /// The debug log, shown to the person.
    Debug,
}

/// What ssh says at `VERBOSE` only.
const VERBOSE: [&str; 5] = [
    "Authenticated to ",
    "Authenticated using ",
    "Transferred: ",
    "Bytes per second: ",
    "DNS lookup error: ",
];

/// What ssh says at `INFO`, though it may be its last word (log.c `sshlogdie`).
const INFO: [&str; 8] = [
    "Warning: Permanently added ",
    "Connection closed by ",
    "Connection reset by ",
    "Connection to ",
    "Disconnected from ",
    "Unable to negotiate with ",
    "Pseudo-terminal will not be allocated",
    "** ",
];

/// An error until 9.4, `VERBOSE` since: the sentence behind it says the same.
const CLOSED: &str = "kex_exchange_identification: Connection closed by remote host";

impl Level {
    /// From the answer of `ssh -G`.
    pub fn of(answer: &str) -> Option<Self> {
        let word = answer
            .lines()
            .find_map(|line| line.strip_prefix("loglevel "))?;
        Some(match word.trim().to_ascii_uppercase().as_str() {
            "SILENT" | "QUIET" => Level::Quiet,
            "FATAL" => Level::Fatal,
            "ERROR" => Level::Error,
            "INFO" => Level::Info,
            "VERBOSE" => Level::Verbose,
            "DEBUG" | "DEBUG1" | "DEBUG2" | "DEBUG3" => Level::Debug,
            _ => return None,
        })
    }

    /// Whether ssh would have shown this line of the log by itself.
    pub fn shows(self, line: &str, version: Version) -> bool {
        if self == Level::Debug {
            return true;
        }
        let is_debug = ["debug1: ", "debug2: ", "debug3: ", "OpenSSH_"];
        if is_debug.iter().any(|start| line.starts_with(start)) {
            return false;
        }
        let starts = |texts: &[&str]| texts.iter().any(|start| line.starts_with(start));
        let of_line = if starts(&VERBOSE) || (line.starts_with(CLOSED) && version >= Version(9, 5))
        {
            Level::Verbose
        } else if starts(&INFO) {
            Level::Info
        } else {
            Level::Error
        };
        of_line <= self || (self == Level::Fatal && of_line == Level::Error)
    }
}

/// Which OpenSSH writes; none is known before it has named itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u32, u32);

impl Version {
    /// From the line with which it does: `Local version string SSH-2.0-OpenSSH_9.2p1 …`.
    pub fn named(line: &str) -> Option<Self> {
        let (_, rest) = line
            .strip_prefix("debug1: Local version string ")?
            .split_once("OpenSSH_")?;
        let rest = rest.strip_prefix("for_Windows_").unwrap_or(rest);
        let mut numbers = rest.split(|c: char| !c.is_ascii_digit());
        Some(Self(
            numbers.next()?.parse().ok()?,
            numbers.next()?.parse().ok()?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENIED: &str = "git@github.com: Permission denied (publickey).";
    const ADDED: &str =
        "Warning: Permanently added 'github.com' (ED25519) to the list of known hosts.";
    const IN: &str = "Authenticated to github.com ([140.82.121.4]:22) using \"publickey\".";

    fn shown(level: Level) -> Vec<&'static str> {
        let lines = ["debug1: Connection established.", IN, ADDED, DENIED];
        let shown = lines.into_iter();
        shown
            .filter(|line| level.shows(line, Version::default()))
            .collect()
    }

    #[test]
    fn each_level_shows_what_ssh_shows() {
        assert!(shown(Level::Quiet).is_empty());
        assert_eq!(shown(Level::Error), [DENIED]);
        assert_eq!(shown(Level::Info), [ADDED, DENIED]);
        assert_eq!(shown(Level::Verbose), [IN, ADDED, DENIED]);
        assert_eq!(shown(Level::Debug).len(), 4);
    }

    #[test]
    fn the_level_is_read_from_the_answer_of_ssh() {
        let level = |word: &str| Level::of(&format!("host x\nloglevel {word}\nport 22\n"));
        assert_eq!(level("INFO"), Some(Level::Info));
        assert_eq!(level("SILENT"), Some(Level::Quiet));
        assert_eq!(level("DEBUG3"), Some(Level::Debug));
        assert_eq!(level("LOUD"), None);
        assert_eq!(Level::of("usage: ssh"), None);
    }

    #[test]
    fn a_sentence_that_became_quieter_is_told_by_the_version() {
        let line = |version| format!("debug1: Local version string SSH-2.0-OpenSSH_{version}");
        let old = Version::named(&line("9.2p1 Debian-2")).expect("a version");
        let new = Version::named(&line("for_Windows_9.5")).expect("a version");
        assert!(Level::Info.shows(CLOSED, old));
        assert!(!Level::Info.shows(CLOSED, new));
        assert!(Level::Verbose.shows(CLOSED, new));
    }
}
