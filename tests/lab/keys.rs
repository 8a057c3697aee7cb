//! Which key files does the person have? Made by the real ssh-keygen.

use std::fs;
use std::path::{Path, PathBuf};

use super::Lab;

/// A key to be made: Ed25519, no passphrase, unless told.
pub struct KeyMaker<'lab> {
    lab: &'lab Lab,
    path: PathBuf,
    kind: String,
    bits: Option<u32>,
    passphrase: String,
    comment: String,
    more: Vec<String>,
}

/// A key on disk: the private file, and its `.pub` beside it unless the test took that away.
#[derive(Clone, Debug)]
pub struct Key {
    pub path: PathBuf,
    pub public: PathBuf,
    /// Read when the key was made, so that a test may change or remove the files.
    line: String,
    pub passphrase: String,
    pub fingerprint: String,
}

impl Lab {
    /// A key in ~/.ssh, or in another folder of the home or the disk if the name has a slash.
    pub fn key(&self, name: &str) -> KeyMaker<'_> {
        let folder = if name.contains('/') {
            self.home().to_owned()
        } else {
            self.ssh_dir()
        };
        KeyMaker {
            lab: self,
            path: folder.join(name),
            kind: "ed25519".to_owned(),
            bits: None,
            passphrase: String::new(),
            comment: format!("{}@laptop", self.user()),
            more: Vec::new(),
        }
    }
}

impl KeyMaker<'_> {
    /// As `ssh-keygen -t` names it: `ecdsa`, `rsa` (2048 bits here, it is only a fixture).
    pub fn kind(mut self, kind: &str) -> Self {
        kind.clone_into(&mut self.kind);
        self
    }

    pub fn bits(mut self, bits: u32) -> Self {
        self.bits = Some(bits);
        self
    }

    pub fn passphrase(mut self, words: &str) -> Self {
        words.clone_into(&mut self.passphrase);
        self
    }

    pub fn comment(mut self, words: &str) -> Self {
        words.clone_into(&mut self.comment);
        self
    }

    /// The old file format, `BEGIN RSA PRIVATE KEY`.
    pub fn pem(mut self) -> Self {
        self.more.extend(["-m", "PEM"].map(str::to_owned));
        self
    }

    pub fn make(self) -> Key {
        let Self {
            lab, path, kind, ..
        } = &self;
        if path.starts_with(lab.ssh_dir()) {
            lab.make_ssh_dir();
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).expect("the lab's folder is writable");
        }
        let bits = self.bits.or((kind == "rsa").then_some(2048));
        let bits = bits.map(|bits| vec!["-b".to_owned(), bits.to_string()]);
        // -a 1: the fewest rounds, because a test waits for each.
        let keygen = lab
            .command("ssh-keygen")
            .args(["-q", "-a", "1", "-t", kind]);
        let keygen = keygen.args(bits.unwrap_or_default()).args(&self.more);
        let keygen = keygen
            .args(["-N", &self.passphrase, "-C", &self.comment])
            .arg("-f");
        keygen.arg(path).run().expect(0);

        let public = with_suffix(path, ".pub");
        let listed = lab.command("ssh-keygen").arg("-lf").arg(&public).run();
        let listed = listed.expect(0).stdout;
        let fingerprint = listed
            .split(' ')
            .nth(1)
            .expect("ssh-keygen -l: BITS FINGERPRINT …");
        Key {
            line: fs::read_to_string(&public).expect("ssh-keygen wrote the public half"),
            fingerprint: fingerprint.to_owned(),
            path: path.clone(),
            passphrase: self.passphrase.clone(),
            public,
        }
    }
}

impl Key {
    /// `TYPE BASE64 COMMENT`, without a newline.
    pub fn public_line(&self) -> String {
        self.line.trim_end().to_owned()
    }

    /// Moves the `.pub` out of ssh's sight and says where it went.
    pub fn set_public_aside(&self) -> PathBuf {
        let aside = with_suffix(&self.public, ".aside");
        fs::rename(&self.public, &aside).expect("the public half is where it was made");
        aside
    }
}

/// `id.work` with `.pub` is `id.work.pub`: an extension would replace the `.work`.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
