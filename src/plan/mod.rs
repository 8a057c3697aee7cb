//! What would change on this machine, and how does it get changed and changed back?
//!
//! A [`Plan`] is a list of [`Change`]s. The very value that was shown by [`preview()`] is taken by
//! [`apply()`], the only writer in the program. A [`Run`] remembers in its journal what was
//! intended and what was done, so that a run cut short can be told about ([`interrupted()`]) and
//! everything can be taken back ([`last_undoable()`], which makes a plan again).

mod apply;
mod aside;
mod diff;
mod disk;
mod held;
mod interrupted;
mod journal;
mod lock;
mod owner;
mod preview;
mod ready;
mod record;
mod rollback;
mod story;
mod undo;
mod unwind;

use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::agent::AgentAddress;
use crate::key::certificate::Certificate;
use crate::key::unlock::Unlocked;
use crate::secret::Secret;
use crate::text::Text;

pub use apply::{Changed, Failure, Receipt, apply};
pub use aside::{Aside, Back, Mended};
pub use diff::{Context, Diff, DiffLine, LineKind, diff};
pub use disk::{Moment, Watch};
pub use interrupted::{CutChange, Interrupted, Landed, interrupted};
pub use journal::Run;
pub use preview::{Previewed, preview, preview_with};
pub use record::Outcome;
pub use undo::{RunSummary, Standing, UndoPlan, UndoRun, history, last_undoable, take_back};
pub use unwind::{EditedSince, IfEdited};

/// Changes that belong together: all of them are made, or none of them stays.
///
/// Not `Clone`: it may hold a private key, and what was previewed is what gets applied.
pub struct Plan {
    /// What it is for, one line.
    pub title: Text,
    /// In the order in which they are made.
    pub changes: Vec<Change>,
    /// The earlier changes that this plan takes back.
    takes_back: Option<TakesBack>,
}

impl Plan {
    /// A plan that makes these changes.
    pub fn new(title: impl Into<Text>, changes: Vec<Change>) -> Self {
        Self {
            title: title.into(),
            changes,
            takes_back: None,
        }
    }

    /// What it does, in order.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Whether nothing on the disk would change.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether it changes what an agent holds, and nothing on the disk.
    pub fn is_for_agent_only(&self) -> bool {
        self.changes.iter().all(|change| match change {
            Change::AgentAdd { .. } | Change::AgentRemove { .. } => true,
            Change::MakeDir { .. }
            | Change::MakeKey { .. }
            | Change::WriteText { .. }
            | Change::SetMode { .. }
            | Change::RemoveOurs { .. }
            | Change::RemoveOurDir { .. }
            | Change::SetAside(_)
            | Change::PutBack(_) => false,
        })
    }
}

/// Which changes an undo plan takes back.
enum TakesBack {
    /// Those of an earlier run.
    Run {
        /// Its number.
        run: u32,
        /// Its changes up to this number; later ones of the same run stay undoable.
        through: usize,
    },
    /// These of the run that is under way.
    Own(Vec<usize>),
}

/// One change. Closed: whoever adds a variant is asked by the compiler how it is previewed, made,
/// found again after a crash, and taken back.
pub enum Change {
    /// A folder that does not exist yet. Its parent exists.
    MakeDir {
        /// The folder.
        path: PathBuf,
        /// Its permissions, exactly.
        mode: u32,
    },
    /// A new key pair. A file that exists is never overwritten, and a made key is never deleted.
    MakeKey {
        /// The private half, 0600 from its first byte.
        private: PathBuf,
        /// The public half, 0644.
        public: PathBuf,
        /// What goes into the private file.
        private_pem: Secret,
        /// What goes into the public file; a final newline is added when it has none.
        public_line: String,
    },
    /// The whole text of a file, old and new.
    WriteText {
        /// The file as the person knows it. A symlink is followed and stays.
        path: PathBuf,
        /// What the file held when the change was made up; `None`: there was no file.
        before: Option<Vec<u8>>,
        /// What it is to hold.
        after: Vec<u8>,
        /// Permissions if the file is new; an existing one keeps its own.
        mode_if_new: u32,
    },
    /// Other permissions for a file or folder.
    SetMode {
        /// The file or folder; a symlink is followed.
        path: PathBuf,
        /// What they were when the change was made up.
        before: u32,
        /// What they are to be.
        after: u32,
    },
    /// A text file that we created goes away again. Never a key: that is refused.
    RemoveOurs {
        /// The file, not a symlink.
        path: PathBuf,
        /// What we wrote into it. Anything else in it, and it stays.
        expected: Vec<u8>,
    },
    /// A folder that we made goes away again, if it is empty by then.
    RemoveOurDir {
        /// The folder.
        path: PathBuf,
    },
    /// A file gets another name in its own folder, so that it is out of the way and not lost; a
    /// mended one may take its place. The only change of a private key's file.
    SetAside(Aside),
    /// A file that was set aside gets its own name back, and what had taken its place goes away.
    PutBack(Back),
    /// The agent gets an unlocked key.
    AgentAdd {
        /// Which agent.
        address: AgentAddress,
        /// The open key.
        key: Box<Unlocked>,
        /// Its file, for the words.
        file: PathBuf,
        /// How long the agent keeps it; `None`: until it ends.
        lifetime: Option<Duration>,
    },
    /// A key that we gave to the agent goes out of it again. Its files stay.
    AgentRemove {
        /// Which agent.
        address: AgentAddress,
        /// The key's public line.
        public_line: String,
        /// Its file, for the words.
        file: PathBuf,
    },
}

impl Change {
    /// The name of the kind of change, for JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Change::MakeDir { .. } => "make-dir",
            Change::MakeKey { .. } => "make-key",
            Change::WriteText { .. } => "write-text",
            Change::SetMode { .. } => "set-mode",
            Change::RemoveOurs { .. } => "remove-file",
            Change::RemoveOurDir { .. } => "remove-dir",
            Change::SetAside(_) => "set-aside",
            Change::PutBack(_) => "put-back",
            Change::AgentAdd { .. } => "agent-add",
            Change::AgentRemove { .. } => "agent-remove",
        }
    }

    /// The file or folder that changes, as the person knows it; of a key, the private half.
    pub fn path(&self) -> &Path {
        match self {
            Change::MakeKey { private, .. } => private,
            Change::MakeDir { path, .. }
            | Change::WriteText { path, .. }
            | Change::SetMode { path, .. }
            | Change::RemoveOurs { path, .. }
            | Change::RemoveOurDir { path } => path,
            Change::SetAside(aside) => &aside.path,
            Change::PutBack(back) => &back.record.path,
            Change::AgentAdd { file, .. } | Change::AgentRemove { file, .. } => file,
        }
    }
}

/// Whether these bytes hold a private key, which must not be shown, nor copied by us.
fn holds_private_key(bytes: &[u8]) -> bool {
    let holds = |bytes: &[u8]| {
        ["PRIVATE KEY-----", "PuTTY-User-Key-File-"]
            .iter()
            .any(|mark| bytes.windows(mark.len()).any(|at| at == mark.as_bytes()))
    };
    // UTF-16 is the same letters with a zero beside each.
    let letters = || bytes.iter().copied().filter(|byte| *byte != 0);
    holds(bytes) || (bytes.contains(&0) && holds(&Zeroizing::new(letters().collect::<Vec<u8>>())))
}

/// Whether a file is half of a key pair, which we never delete. A public half alone is a copy of what an agent has.
fn is_half_of_a_key(path: &Path, bytes: &[u8]) -> bool {
    let is_public = path.extension().is_some_and(|end| end == "pub");
    let has_private = || path.with_extension("").symlink_metadata().is_ok();
    (is_public && has_private() && !is_certificate(bytes)) || holds_private_key(bytes)
}

/// Whether a text is a certificate, which is issued anew whenever it is needed.
fn is_certificate(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|line| Certificate::from_line(line).is_some())
}

/// Permissions as a person writes them: `0600`.
fn mode_text(mode: u32) -> Text {
    Text::public(format!("{:04o}", mode & 0o7777))
}
