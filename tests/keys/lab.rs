//! Where do real ssh-keygen, ssh-add and ssh-agent run without touching the person?

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use sshstep::agent::{self, AgentAddress, Identity};
use sshstep::key::create::NewKey;
use sshstep::key::file::{Content, inspect};
use sshstep::key::private::Private;
use sshstep::key::public::Public;
use sshstep::secret::Secret;
use zeroize::Zeroizing;

pub const RIGHT: &str = "correct horse";
pub const SECOND: Duration = Duration::from_secs(1);
/// For machines that are busy with something else.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A folder in which OpenSSH's tools run, far from anybody's `~/.ssh`.
pub struct Lab(tempfile::TempDir);

impl Lab {
    pub fn new() -> Self {
        let lab = Self(tempfile::tempdir().unwrap());
        fs::write(
            lab.path("askpass"),
            "#!/bin/sh\nexec cat \"${0%askpass}answer\"\n",
        )
        .unwrap();
        fs::set_permissions(lab.path("askpass"), fs::Permissions::from_mode(0o700)).unwrap();
        fs::create_dir(lab.path("ssh")).unwrap();
        lab
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A path in the folder that stands for `~/.ssh`.
    pub fn ssh(&self, name: &str) -> PathBuf {
        self.path("ssh").join(name)
    }

    /// Runs a tool; passphrases go through an askpass helper and a file, never through argv.
    pub fn run<S: AsRef<OsStr>>(&self, program: &str, passphrase: &str, args: &[S]) -> Output {
        fs::write(self.path("answer"), format!("{passphrase}\n")).unwrap();
        Command::new(program)
            .args(args)
            .env_remove("SSH_AUTH_SOCK")
            .env("HOME", self.0.path())
            .env("SSH_ASKPASS", self.path("askpass"))
            .env("SSH_ASKPASS_REQUIRE", "force")
            .env("SSH_AUTH_SOCK", self.path("agent"))
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// A key pair made by ssh-keygen; `options` are blank-separated.
    pub fn keygen(&self, path: &Path, passphrase: &str, options: &str) {
        let file = path.to_str().unwrap();
        let mut args = vec!["-q", "-C", "ana@lab", "-f", file];
        args.extend(options.split_whitespace());
        let output = self.run("ssh-keygen", passphrase, &args);
        assert!(output.status.success(), "{options}: {output:?}");
    }

    /// What `ssh-keygen -y` says: the public line, if ssh can load the private file.
    pub fn loads(&self, path: &Path, passphrase: &str) -> Option<String> {
        let output = self.run(
            "ssh-keygen",
            passphrase,
            &["-y".as_ref(), "-f".as_ref(), path.as_os_str()],
        );
        output
            .status
            .success()
            .then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
    }

    pub fn fingerprint(&self, path: &Path) -> String {
        let output = self.run(
            "ssh-keygen",
            "",
            &["-l".as_ref(), "-f".as_ref(), path.as_os_str()],
        );
        let line = String::from_utf8(output.stdout).unwrap();
        line.split(' ').nth(1).unwrap().to_owned()
    }

    pub fn write(&self, path: &Path, bytes: &[u8]) {
        fs::write(path, bytes).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub fn save(&self, path: &Path, key: &NewKey) {
        self.write(path, key.private_pem.reveal().as_bytes());
        let mut public = path.as_os_str().to_owned();
        public.push(".pub");
        self.write(
            Path::new(&public),
            format!("{}\n", key.public_line).as_bytes(),
        );
    }

    pub fn agent(&self) -> Agent {
        let socket = self.path("agent");
        let child = Command::new("ssh-agent")
            .args(["-D".as_ref(), "-a".as_ref(), socket.as_os_str()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let agent = Agent {
            child,
            address: AgentAddress::Socket(socket),
        };
        wait_until("the agent listens", || {
            agent::identities(&agent.address, SECOND).is_ok()
        });
        agent
    }
}

/// A real ssh-agent; ended by its process id.
pub struct Agent {
    child: Child,
    pub address: AgentAddress,
}

impl Agent {
    pub fn identities(&self) -> Vec<Identity> {
        agent::identities(&self.address, PATIENCE).unwrap()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub fn secret(text: &str) -> Secret {
    Secret::new(Zeroizing::new(text.to_owned()))
}

pub fn private(path: &Path) -> Private {
    match inspect(path).content {
        Content::Private(private) => *private,
        other => panic!("{path:?}: {other:?}"),
    }
}

pub fn public(path: &Path) -> Public {
    match inspect(path).content {
        Content::Public(public) => *public,
        other => panic!("{path:?}: {other:?}"),
    }
}

/// Whether this ssh-keygen makes such keys: OpenSSH 10 has no DSA.
pub fn can_make(options: &str) -> bool {
    let lab = Lab::new();
    let file = lab.ssh("trial");
    let mut args = vec!["-q", "-f", file.to_str().unwrap()];
    args.extend(options.split_whitespace());
    lab.run("ssh-keygen", "", &args).status.success()
}
