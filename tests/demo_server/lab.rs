//! What does a test of the demo need around it?

use std::collections::BTreeMap;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use sshstep::demo::Demo;

pub const EXE: &str = env!("CARGO_BIN_EXE_sshstep");
pub const LONG_ENOUGH: Duration = Duration::from_secs(20);

pub struct Lab {
    pub demo: Demo,
}

#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Lab {
    pub fn new() -> Self {
        Self::started_as(Path::new(EXE))
    }

    /// A demo whose host key is known already.
    pub fn started_as(exe: &Path) -> Self {
        let lab = Self {
            demo: Demo::create(exe).unwrap(),
        };
        assert_eq!(std::fs::read_dir(lab.demo.home()).unwrap().count(), 0);
        std::fs::create_dir(lab.dot_ssh()).unwrap();
        let host_key = lab.demo.root().join("server/host_key");
        let public = std::fs::read_to_string(host_key).unwrap();
        let public = ssh_key::PrivateKey::from_openssh(public).unwrap();
        let public = public.public_key().to_openssh().unwrap();
        let line = format!("{} {public}\n", lab.demo.host());
        std::fs::write(lab.dot_ssh().join("known_hosts"), line).unwrap();
        lab
    }

    pub fn dot_ssh(&self) -> PathBuf {
        self.demo.home().join(".ssh")
    }

    /// Makes a key in the demo's home; its public line.
    pub fn key(&self, name: &str, kind: &str, passphrase: &str) -> String {
        let path = self.dot_ssh().join(name);
        let (kind, bits) = kind.split_once(':').unwrap_or((kind, "0"));
        let mut keygen = Command::new("ssh-keygen");
        keygen.args(["-q", "-t", kind, "-N", passphrase, "-C", "me here", "-f"]);
        keygen.arg(&path);
        if bits != "0" {
            keygen.args(["-b", bits]);
        }
        assert!(keygen.status().unwrap().success());
        std::fs::read_to_string(path.with_extension("pub")).unwrap()
    }

    pub fn command(&self) -> Command {
        let mut ssh = Command::new("ssh");
        ssh.arg("-F").arg(self.demo.ssh_config());
        ssh.args(["-T", "-o", "BatchMode=yes"]);
        ssh
    }

    pub fn ssh<const N: usize>(&self, options: [&str; N]) -> Ran {
        let target = "git.demo.example";
        let mut ssh = self.command();
        ssh.args(options).args(["-l", "git"]).arg(target);
        if options.contains(&"-s") {
            ssh.arg("sftp");
        }
        run(&mut ssh)
    }

    pub fn ssh_run<const N: usize>(&self, command: [&str; N]) -> Ran {
        run(self.command().arg("git@git.demo.example").args(command))
    }

    pub fn settings(&self) -> String {
        let seen = run(self.command().args(["-G", "git.demo.example"]));
        assert_eq!((seen.code, seen.err.as_str()), (0, ""));
        seen.out
    }

    pub fn server(&self) -> Child {
        Command::new(EXE)
            .arg(sshstep::demo::SERVER_VERB)
            .arg(self.demo.root())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

pub fn run(command: &mut Command) -> Ran {
    let Output {
        status,
        stdout,
        stderr,
    } = command.stdin(Stdio::null()).output().unwrap();
    Ran {
        code: status.code().unwrap(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

pub fn ended(child: &mut Child) -> ExitStatus {
    let mut status = None;
    until(|| {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    status.unwrap()
}

pub fn words(child: &mut Child) -> String {
    let mut words = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut words)
        .unwrap();
    words
}

pub fn until(mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < LONG_ENOUGH, "still waiting");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Command lines of living processes that name the folder.
pub fn processes_with(root: &Path) -> Vec<String> {
    let listed = run(Command::new("ps").args(["-A", "-ww", "-o", "args="]));
    let root = root.display().to_string();
    let lines = listed.out.lines().filter(|line| line.contains(&root));
    lines.map(str::to_owned).collect()
}

pub type Entry = (u64, i64, i64, u32);

pub fn listing(dir: &Path) -> BTreeMap<PathBuf, Entry> {
    let mut found = BTreeMap::new();
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()).chain([dir.to_owned()]) {
        if let Ok(file) = std::fs::symlink_metadata(&path) {
            found.insert(
                path,
                (file.len(), file.mtime(), file.mtime_nsec(), file.mode()),
            );
        }
    }
    found
}
