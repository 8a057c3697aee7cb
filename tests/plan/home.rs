//! A throw-away home: files to change, a state folder, and a picture of everything in it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use sshstep::plan::{Change, Plan, Receipt, Run, apply, last_undoable};
use sshstep::secret::Secret;
use sshstep::text::Vocabulary;
use sshstep::trouble::Trouble;

/// A private key that must not turn up anywhere but in its own file.
pub const CANARY: &str =
    "-----BEGIN OPENSSH PRIVATE KEY-----\ncanary4711\n-----END OPENSSH PRIVATE KEY-----\n";
/// Its public half.
pub const PUBLIC: &str = "ssh-ed25519 AAAAC3Nza canary@home";

/// A home in a folder that somebody else removes.
pub struct Home {
    pub root: PathBuf,
}

/// One file in a picture of the home: kind, mode, owner, and bytes or link target.
pub type Node = (&'static str, u32, u32, u32, Vec<u8>);

impl Home {
    pub fn new(root: &Path) -> Self {
        fs::create_dir_all(root.join("home")).unwrap();
        Self {
            root: root.to_owned(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        let home = self.root.join("home");
        if name.is_empty() {
            home
        } else {
            home.join(name)
        }
    }

    pub fn state(&self) -> PathBuf {
        self.root.join("state").join("sshstep")
    }

    pub fn run(&self) -> Run {
        Run::begin(&self.state(), "github").unwrap()
    }

    pub fn put(&self, name: &str, text: &str, mode: u32) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    pub fn dir(&self, name: &str, mode: u32) {
        fs::create_dir(self.path(name)).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    pub fn link(&self, name: &str, to: &str) {
        symlink(to, self.path(name)).unwrap();
    }

    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).unwrap().mode() & 0o7777
    }

    /// The change of a file from what it holds now.
    pub fn change(&self, name: &str, after: &str) -> Change {
        Change::WriteText {
            path: self.path(name),
            before: fs::read(self.path(name)).ok(),
            after: after.into(),
            mode_if_new: 0o600,
        }
    }

    pub fn new_key(&self, name: &str) -> Change {
        Change::MakeKey {
            private: self.path(name),
            public: self.path(&format!("{name}.pub")),
            private_pem: Secret::new(CANARY.to_owned().into()),
            public_line: PUBLIC.to_owned(),
        }
    }

    /// Everything in the home.
    pub fn picture(&self) -> BTreeMap<PathBuf, Node> {
        let mut seen = BTreeMap::new();
        look(&self.root.join("home"), &mut seen);
        seen
    }

    /// Takes the last run back, as `sshstep undo --yes` does; false when there is none.
    pub fn undo(&self) -> bool {
        let Some(last) = last_undoable(&self.state()).unwrap() else {
            return false;
        };
        let mut run = self.run();
        apply(last.plan().plan, &mut run)
            .map_err(Trouble::from)
            .unwrap();
        run.end(sshstep::plan::Outcome::Finished).unwrap();
        true
    }
}

/// Applies a plan of these changes; the failure comes back.
pub fn go(run: &mut Run, changes: Vec<Change>) -> Result<Receipt, sshstep::plan::Failure> {
    apply(Plan::new("A test", changes), run)
}

/// A trouble as a person reads it.
pub fn read(trouble: impl Into<Trouble>) -> String {
    let vocabulary = Vocabulary::default();
    let lines = trouble.into().lines();
    lines
        .iter()
        .map(|line| vocabulary.show(line))
        .collect::<Vec<_>>()
        .join("\n")
}

fn look(dir: &Path, seen: &mut BTreeMap<PathBuf, Node>) {
    for file in fs::read_dir(dir).unwrap() {
        let path = file.unwrap().path();
        let found = fs::symlink_metadata(&path).unwrap();
        let (kind, bytes) = if found.is_symlink() {
            let to = fs::read_link(&path).unwrap();
            ("link", to.into_os_string().into_encoded_bytes())
        } else if found.is_dir() {
            ("dir", Vec::new())
        } else if found.is_file() {
            ("file", fs::read(&path).unwrap())
        } else {
            ("other", Vec::new())
        };
        let mode = found.mode() & 0o7777;
        seen.insert(path.clone(), (kind, mode, found.uid(), found.gid(), bytes));
        if found.is_dir() {
            look(&path, seen);
        }
    }
}
