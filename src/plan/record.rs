//! What is written down about a run and its changes, and how is it read back?
//!
//! One JSON object a line. No private key, no passphrase, no file content: contents are kept as
//! copies beside the journal and named here by their SHA-256.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::aside::Renamed;
use super::mode_text;
use crate::say;
use crate::text::Text;

/// The version of the journal's format. It rises when an older sshstep could not read it.
pub(super) const SCHEMA: u32 = 1;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// What was asked is done, or the connection works.
    Finished,
    /// The person left before the end.
    Left,
    /// The process was gone without a word; a later run found that.
    CutShort,
}

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
pub(super) enum Record {
    /// The run begins.
    Start {
        schema: u32,
        version: String,
        #[serde(with = "stored_time")]
        time: Timestamp,
        pid: u32,
        target: String,
    },
    /// The person is at this step.
    Step { id: String },
    /// A change is about to be made.
    Intend {
        n: usize,
        #[serde(default)]
        purpose: Purpose,
        #[serde(flatten)]
        intent: Intent,
    },
    /// It was made.
    Done { n: usize },
    /// It was not made, or taken back again within the run.
    Undone { n: usize },
    /// The changes of a run, up to this number, have been taken back.
    TookBack { run: u32, through: usize },
    /// The run is over.
    End {
        outcome: Outcome,
        #[serde(with = "stored_time")]
        time: Timestamp,
    },
}

/// Whether a change goes forward or takes an earlier one back. Only the first kind can be undone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Purpose {
    #[default]
    Forward,
    TakeBack,
}

/// A change with everything needed to tell from the disk whether it was made, and to take it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Intent {
    MakeDir {
        #[serde(with = "stored_path")]
        path: PathBuf,
        mode: u32,
    },
    MakeKey {
        #[serde(with = "stored_path")]
        private: PathBuf,
        #[serde(with = "stored_path")]
        public: PathBuf,
        #[serde(with = "stored_path")]
        temp: PathBuf,
        #[serde(with = "stored_path")]
        public_temp: PathBuf,
        /// Of the private file: tells after a crash whether the file there is the one we made.
        sha256: String,
        /// So that a crash between the two files can be completed.
        public_line: String,
    },
    WriteText {
        #[serde(with = "stored_path")]
        path: PathBuf,
        /// Where the symlinks led.
        #[serde(with = "stored_path")]
        real: PathBuf,
        #[serde(with = "stored_path")]
        temp: PathBuf,
        before: Option<Held>,
        after: Held,
    },
    SetMode {
        #[serde(with = "stored_path")]
        path: PathBuf,
        before: u32,
        after: u32,
    },
    RemoveOurs {
        #[serde(with = "stored_path")]
        path: PathBuf,
        #[serde(with = "stored_path")]
        temp: PathBuf,
        before: Held,
    },
    RemoveOurDir {
        #[serde(with = "stored_path")]
        path: PathBuf,
        mode: u32,
    },
    SetAside(Renamed),
    PutBack(Renamed),
    AgentAdd {
        #[serde(with = "stored_path")]
        file: PathBuf,
        agent: String,
        public_line: String,
    },
    AgentRemove {
        #[serde(with = "stored_path")]
        file: PathBuf,
        agent: String,
        public_line: String,
    },
}

/// What a text file held: its hash, its permissions, and the name of our copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    pub(super) sha256: String,
    pub(super) mode: u32,
    pub(super) copy: String,
}

impl Intent {
    /// The file or folder, as the person knows it.
    pub(super) fn path(&self) -> &Path {
        match self {
            Intent::MakeKey { private, .. } => private,
            Intent::MakeDir { path, .. }
            | Intent::WriteText { path, .. }
            | Intent::SetMode { path, .. }
            | Intent::RemoveOurs { path, .. }
            | Intent::RemoveOurDir { path, .. } => path,
            Intent::SetAside(renamed) | Intent::PutBack(renamed) => &renamed.path,
            Intent::AgentAdd { file, .. } | Intent::AgentRemove { file, .. } => file,
        }
    }

    /// What was done, for a list of changes.
    pub(super) fn words(&self) -> Text {
        match self {
            Intent::MakeDir { path, .. } => say!("made the folder {}", Text::path(path)),
            Intent::MakeKey { private, .. } => say!("made the key {}", Text::path(private)),
            Intent::WriteText {
                path, before: None, ..
            } => say!("made {}", Text::path(path)),
            Intent::WriteText {
                path,
                before: Some(_),
                ..
            } => say!("changed {}", Text::path(path)),
            Intent::SetMode { path, after, .. } => {
                say!(
                    "set the mode of {} to {}",
                    Text::path(path),
                    mode_text(*after)
                )
            }
            Intent::RemoveOurs { path, .. } => say!("removed {}", Text::path(path)),
            Intent::RemoveOurDir { path, .. } => say!("removed the folder {}", Text::path(path)),
            Intent::SetAside(Renamed {
                path,
                aside,
                new: None,
                ..
            }) => say!("renamed {} to {}", Text::path(path), Text::path(aside)),
            Intent::SetAside(Renamed { path, aside, .. }) => say!(
                "mended {}; the old file is {}",
                Text::path(path),
                Text::path(aside)
            ),
            Intent::PutBack(Renamed { path, .. }) => say!("put {} back", Text::path(path)),
            Intent::AgentAdd { file, .. } => say!("unlocked {} in the agent", Text::path(file)),
            Intent::AgentRemove { file, .. } => say!("took {} out of the agent", Text::path(file)),
        }
    }

    /// The temporary files that making this change, or taking it back, may leave behind.
    pub(super) fn temps(&self) -> Vec<PathBuf> {
        match self {
            Intent::WriteText { temp, .. } | Intent::RemoveOurs { temp, .. } => vec![temp.clone()],
            Intent::MakeKey {
                temp, public_temp, ..
            } => vec![temp.clone(), public_temp.clone()],
            Intent::SetAside(renamed) | Intent::PutBack(renamed) => vec![renamed.temp.clone()],
            Intent::MakeDir { .. }
            | Intent::SetMode { .. }
            | Intent::RemoveOurDir { .. }
            | Intent::AgentAdd { .. }
            | Intent::AgentRemove { .. } => Vec::new(),
        }
    }
}

/// SHA-256 in hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The target without what somebody may have pasted into a URL: `https://user:token@host`.
pub(super) fn without_password(target: &str) -> String {
    let Some((scheme, rest)) = target.split_once("://") else {
        return target.to_owned();
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let Some(at) = rest[..end].rfind('@') else {
        return target.to_owned();
    };
    let host = &rest[at + 1..];
    match scheme {
        // A login name belongs to an ssh address; in an https one the name may be a token.
        "ssh" | "git+ssh" | "ssh+git" | "sftp" | "scp" => {
            let user = rest[..at].split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{host}")
        }
        _ => format!("{scheme}://{host}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// RFC 3339.
mod stored_time {
    use jiff::Timestamp;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(time)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// Paths are bytes on Unix: those that are not UTF-8 are stored as hexadecimal digits.
pub(super) mod stored_path {
    use std::path::{Path, PathBuf};

    use serde::de::Error as _;
    use serde::ser::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Words(String),
        Bytes { hex: String },
    }

    pub(in crate::plan) fn serialize<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
        let stored = match path.to_str() {
            Some(words) => Stored::Words(words.to_owned()),
            None => Stored::Bytes {
                hex: bytes(path)
                    .map(super::hex)
                    .ok_or_else(|| S::Error::custom("a path is not Unicode"))?,
            },
        };
        stored.serialize(to)
    }

    pub(in crate::plan) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<PathBuf, D::Error> {
        match Stored::deserialize(from)? {
            Stored::Words(words) => Ok(words.into()),
            Stored::Bytes { hex } => {
                let digits: Option<Vec<u8>> = hex
                    .as_bytes()
                    .chunks(2)
                    .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
                    .collect();
                digits
                    .and_then(path)
                    .ok_or_else(|| D::Error::custom("a path of another system"))
            }
        }
    }

    #[cfg(unix)]
    fn bytes(path: &Path) -> Option<&[u8]> {
        use std::os::unix::ffi::OsStrExt;
        Some(path.as_os_str().as_bytes())
    }

    #[cfg(unix)]
    fn path(bytes: Vec<u8>) -> Option<PathBuf> {
        use std::os::unix::ffi::OsStringExt;
        Some(std::ffi::OsString::from_vec(bytes).into())
    }

    #[cfg(not(unix))]
    fn bytes(_: &Path) -> Option<&[u8]> {
        None
    }

    #[cfg(not(unix))]
    fn path(_: Vec<u8>) -> Option<PathBuf> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_record_survives_being_written_and_read() {
        use std::os::unix::ffi::OsStrExt;
        for path in [&b"/a/\xff\nb"[..], b"/a/b \"c"] {
            let path = Path::new(std::ffi::OsStr::from_bytes(path)).to_owned();
            let record = Record::Intend {
                n: 3,
                purpose: Purpose::TakeBack,
                intent: Intent::SetMode {
                    path,
                    before: 0o644,
                    after: 0o600,
                },
            };
            let line = serde_json::to_string(&record).unwrap();
            assert!(!line.contains('\n'));
            assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), record);
        }
    }

    #[test]
    fn no_password_of_a_url_is_remembered() {
        for (typed, kept) in [
            ("github", "github"),
            ("git@github.com:a/b.git", "git@github.com:a/b.git"),
            ("https://ghp_x@github.com/a/b", "https://github.com/a/b"),
            ("https://u:p@h.example/a@b", "https://h.example/a@b"),
            ("ssh://git:pw@h:2222/x", "ssh://git@h:2222/x"),
            ("ssh://git@h", "ssh://git@h"),
        ] {
            assert_eq!(without_password(typed), kept);
        }
    }
}
