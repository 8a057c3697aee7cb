//! What did one ssh leave behind, for the explanation?

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::target::Target;

/// ssh's debug log.
const LOG: &str = "log";
/// What came over its standard error.
const SAID: &str = "said";
/// The rest; written last.
const END: &str = "end";
/// More than any login logs; a long session's later words are about its end.
const MOST: u64 = 4 << 20;

/// What is known of an ssh that has ended.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct End {
    /// Its exit code.
    pub code: i32,
    /// Where it was told to go.
    pub goal: Option<Goal>,
}

/// Where ssh was told to go.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Goal {
    /// `USER@HOST`, a host or an alias.
    pub destination: String,
    /// `-p`.
    pub port: Option<u16>,
    /// Nothing but ssh's settings decided about the rest.
    pub is_plain: bool,
}

impl Goal {
    /// As a target of ours.
    pub fn target(&self) -> Option<Target> {
        let address = match self.port {
            Some(port) => format!("ssh://{}:{port}", self.destination),
            None => self.destination.clone(),
        };
        Target::parse(&address).ok()
    }

    /// Reads the arguments of an ssh. `is_plain` says whether there were none before these.
    pub fn of(args: &[String], is_plain: bool) -> Option<Self> {
        let mut goal = Self {
            destination: String::new(),
            port: None,
            is_plain,
        };
        let mut words = args.iter();
        while let Some(word) = words.next() {
            let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
                goal.destination.clone_from(word);
                return Some(goal);
            };
            if letters == "-" {
                goal.destination.clone_from(words.next()?);
                return Some(goal);
            }
            // ssh.c's getopt string: the letters that take a value, in this word or the next.
            let valued = letters.find(|letter| "BbcDEeFIiJLlmOoPpQRSWw".contains(letter));
            let Some(at) = valued else { continue };
            let value = match &letters[at + 1..] {
                "" => words.next()?,
                rest => rest,
            };
            match letters.as_bytes()[at] {
                b'p' => goal.port = value.parse().ok(),
                // git asks for its protocol this way.
                b'o' if value.starts_with("SendEnv") => {}
                _ => goal.is_plain = false,
            }
        }
        None
    }
}

/// An ssh that is being recorded, in a folder of its own.
pub(super) struct Recorder {
    folder: PathBuf,
}

impl Recorder {
    pub(super) fn start(watched: &Path) -> io::Result<Self> {
        let folder = watched.join(std::process::id().to_string());
        #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has a mode to set"))]
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder)?;
        Ok(Self { folder })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn log(&self) -> io::Result<File> {
        private(&self.path(LOG))
    }

    pub(super) fn said(&self) -> io::Result<File> {
        private(&self.path(SAID))
    }

    pub(super) fn end(&self, end: &End) -> io::Result<()> {
        let file = private(&self.path(END))?;
        serde_json::to_writer(file, end).map_err(io::Error::from)
    }
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.append(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// What one ssh left behind.
#[derive(Debug)]
pub struct Recording {
    /// How it ended, and where it was to go.
    pub end: End,
    /// Its debug log; empty where it could not be had.
    pub log: Vec<u8>,
    /// What came over its standard error; empty on a terminal, which is left alone.
    pub said: Vec<u8>,
}

/// Whether an ssh was seen, and the last one that failed.
#[derive(Debug)]
pub enum Seen {
    /// None was started, or none that we stood beside.
    None,
    /// All of them ended well.
    Good,
    /// The last one that did not.
    Failed(Box<Recording>),
}

/// Everything that was recorded in this folder.
pub(super) fn read(watched: &Path) -> Seen {
    let mut seen = Seen::None;
    let mut latest = SystemTime::UNIX_EPOCH;
    for entry in fs::read_dir(watched).into_iter().flatten().flatten() {
        let folder = entry.path();
        let file = folder.join(END);
        let Some((end, at)) = ended(&file) else {
            continue;
        };
        if end.code == 0 {
            if matches!(seen, Seen::None) {
                seen = Seen::Good;
            }
        } else if at >= latest {
            latest = at;
            seen = Seen::Failed(Box::new(Recording {
                end,
                log: contents(&folder.join(LOG)),
                said: contents(&folder.join(SAID)),
            }));
        }
    }
    seen
}

fn ended(file: &Path) -> Option<(End, SystemTime)> {
    let at = fs::metadata(file).ok()?.modified().ok()?;
    let end = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
    Some((end, at))
}

fn contents(file: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(file) {
        let _ = file.take(MOST).read_to_end(&mut bytes);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goal(line: &str) -> Option<Goal> {
        let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Goal::of(&args, true)
    }

    #[test]
    fn the_goal_is_found_among_options() {
        let found = goal("-o SendEnv=GIT_PROTOCOL -p 2222 git@host git-upload-pack").expect("one");
        assert_eq!(found.destination, "git@host");
        assert_eq!(found.port, Some(2222));
        assert!(found.is_plain);
        assert_eq!(found.target().and_then(|target| target.port), Some(2222));
        let found = goal("-4i key -- host").expect("one");
        assert_eq!(found.destination, "host");
        assert!(!found.is_plain);
        assert_eq!(goal("-V"), None);
        assert_eq!(goal("-p"), None);
    }
}
