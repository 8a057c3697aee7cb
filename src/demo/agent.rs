//! How does the demo get an ssh-agent that cannot outlive it?
//!
//! A shell starts it, waits for the end of its own standard input, and then ends the agent by its
//! process id. That input is a pipe which only we hold, so even `kill -9` on the demo ends the agent at
//! once, on any Unix. (A signal for the parent's death exists on Linux only, and there it comes with the
//! end of the thread that started the child.)

use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::time::{Duration, Instant};

use crate::trouble::Trouble;

/// An ssh-agent, ended when dropped.
#[cfg(unix)]
pub(super) struct Agent {
    watch: std::process::Child,
    socket: PathBuf,
}

/// No agent can be started on Windows: there is one for the whole account, a service.
#[cfg(windows)]
pub(super) struct Agent {
    socket: PathBuf,
}

impl Agent {
    /// Where it listens.
    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }
}

#[cfg(windows)]
impl Agent {
    /// None.
    pub(super) fn start(_socket: PathBuf) -> Result<Option<Self>, Trouble> {
        Ok(None)
    }
}

#[cfg(unix)]
impl Agent {
    /// Starts one that listens at `socket`; none when this machine has no ssh-agent.
    pub(super) fn start(socket: PathBuf) -> Result<Option<Self>, Trouble> {
        use std::os::unix::process::CommandExt as _;
        use std::process::{Command, Stdio};
        let Ok(program) = which::which("ssh-agent") else {
            return Ok(None);
        };
        let watch = Command::new("/bin/sh")
            .args(["-c", WATCH])
            .arg(program)
            .arg(&socket)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in the terminal is meant for the demo, which ends the agent in its own time.
            .process_group(0)
            .spawn()
            .map_err(|error| Trouble::io(FAILED, &error, HINT))?;
        let agent = Self { watch, socket };
        let listens = within(Duration::from_secs(5), || {
            std::os::unix::net::UnixStream::connect(&agent.socket).is_ok()
        });
        if listens {
            Ok(Some(agent))
        } else {
            Err(Trouble::new(
                FAILED,
                "It did not listen within 5 seconds.",
                HINT,
            ))
        }
    }
}

/// `$0` is the agent, `$1` its socket.
#[cfg(unix)]
const WATCH: &str = r#""$0" -D -a "$1" & agent=$!; read -r end; kill "$agent"; wait "$agent""#;
#[cfg(unix)]
const FAILED: &str = "The demo's own ssh-agent could not be started.";
#[cfg(unix)]
const HINT: &str = "Check that this works: ssh-agent true";

#[cfg(unix)]
impl Drop for Agent {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        // Nothing can be done about an agent that is gone already.
        let _ = self.watch.wait();
    }
}

#[cfg(unix)]
fn within(patience: Duration, mut done: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if done() {
            return true;
        }
        if start.elapsed() > patience {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
