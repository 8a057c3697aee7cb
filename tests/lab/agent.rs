//! Which agent answers, if any?

use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use super::run::Background;
use super::wait::poll;
use super::{Key, Lab, Output};

/// A real ssh-agent on a socket of the lab; `SSH_AUTH_SOCK` names it. Ended when dropped.
pub struct Agent<'lab> {
    lab: &'lab Lab,
    running: Background,
    socket: PathBuf,
}

/// A socket that takes connections and requests and never answers.
pub struct HungAgent {
    socket: PathBuf,
    _listener: UnixListener,
}

impl Lab {
    /// Starts an empty agent and sets `SSH_AUTH_SOCK` for the programs started from now on.
    pub fn agent(&self) -> Agent<'_> {
        let socket = self.dir().join("agent.sock");
        let agent = self.command("ssh-agent").args(["-D", "-a"]).arg(&socket);
        let running = agent.background();
        let up = poll(|| std::os::unix::net::UnixStream::connect(&socket).ok());
        assert!(up.is_some(), "no agent: {}", running.printed());
        self.set_env("SSH_AUTH_SOCK", &socket);
        Agent {
            lab: self,
            running,
            socket,
        }
    }

    /// Sets `SSH_AUTH_SOCK` to a socket behind which nobody reads.
    pub fn hung_agent(&self) -> HungAgent {
        let socket = self.dir().join("hung.sock");
        // The kernel completes connections and keeps requests for a listener that never calls accept.
        let listener = UnixListener::bind(&socket).expect("the lab's folder takes a socket");
        self.set_env("SSH_AUTH_SOCK", &socket);
        HungAgent {
            socket,
            _listener: listener,
        }
    }
}

impl HungAgent {
    pub fn socket(&self) -> &Path {
        &self.socket
    }
}

impl Agent<'_> {
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    pub fn pid(&self) -> u32 {
        self.running.pid()
    }

    /// Adds a key by the real ssh-add, its passphrase by askpass.
    pub fn add(&self, key: &Key) {
        let askpass = self
            .lab
            .fake_program("lab-askpass", "echo \"$LAB_PASSPHRASE\"");
        let add = self.ssh_add(&[]).arg(&key.path);
        let add = add
            .env("SSH_ASKPASS", askpass)
            .env("SSH_ASKPASS_REQUIRE", "force");
        add.env("LAB_PASSPHRASE", &key.passphrase).run().expect(0);
    }

    /// `ssh-add -l`: exit code 1 when empty.
    pub fn list(&self) -> Output {
        self.ssh_add(&["-l"]).run()
    }

    pub fn holds(&self, key: &Key) -> bool {
        self.list().stdout.contains(&key.fingerprint)
    }

    pub fn remove_all(&self) {
        self.ssh_add(&["-D"]).run().expect(0);
    }

    fn ssh_add(&self, args: &[&str]) -> super::Command<'_> {
        let command = self.lab.command("ssh-add").args(args);
        command.env("SSH_AUTH_SOCK", &self.socket)
    }
}
