//! How is a program run so that it can always be stopped, with everything that it started?

use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Child;

use crate::log::Log;
use crate::say;
use crate::text::Text;
use crate::trouble::{Exit, Trouble};

/// More than any of our commands prints; the rest is read and dropped.
const OUTPUT_LIMIT: usize = 4 << 20;

/// Finds a program on `PATH`; on Windows also where the system keeps OpenSSH, which is not on the
/// `PATH` of programs that were started before it was installed.
pub fn find(name: &str) -> Option<std::path::PathBuf> {
    which::which(name).ok().or_else(|| beside_windows(name))
}

#[cfg(windows)]
fn beside_windows(name: &str) -> Option<std::path::PathBuf> {
    let root = std::path::PathBuf::from(std::env::var_os("SystemRoot")?);
    let file = root
        .join(r"System32\OpenSSH")
        .join(name)
        .with_extension("exe");
    file.is_file().then_some(file)
}

#[cfg(not(windows))]
fn beside_windows(_: &str) -> Option<std::path::PathBuf> {
    None
}

/// What a program said.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Standard output, lossy.
    pub stdout: String,
    /// Standard error, lossy.
    pub stderr: String,
}

/// A running program and its process group: both end when this is dropped.
pub struct Running {
    child: Child,
    #[cfg(unix)]
    group: Option<rustix::process::Pid>,
}

impl Running {
    /// Starts the program in a process group of its own, without standard input, so that it and
    /// its helpers (ProxyCommand) can be ended together and never read our keys.
    ///
    /// # Errors
    /// When it cannot be started; a missing program is named with the way to install it.
    pub fn start(command: Command, log: &Log) -> Result<Self, Trouble> {
        let mut command = prepared(command, log);
        #[cfg(unix)]
        command.process_group(0);
        let child = spawn(&mut command)?;
        Ok(Self {
            #[cfg(unix)]
            group: child
                .id()
                .and_then(|id| rustix::process::Pid::from_raw(id as i32)),
            child,
        })
    }

    /// Starts the program in our own process group, so that it may ask on the terminal.
    ///
    /// # Errors
    /// As for [`Running::start`].
    pub fn start_on_terminal(command: Command, log: &Log) -> Result<Self, Trouble> {
        let mut command = prepared(command, log);
        Ok(Self {
            #[cfg(unix)]
            group: None,
            child: spawn(&mut command)?,
        })
    }

    /// The child, to take its pipes from and to wait for.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Ends the program and everything in its group, now.
    pub fn end(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self.group.take() {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.start_kill();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

fn prepared(mut command: Command, log: &Log) -> tokio::process::Command {
    log.ran(command.get_program(), command.get_args());
    command.stdin(Stdio::null());
    let mut command = tokio::process::Command::from(command);
    command.kill_on_drop(true);
    command
}

fn spawn(command: &mut tokio::process::Command) -> Result<Child, Trouble> {
    command.spawn().map_err(|error| {
        let name = command.as_std().get_program().to_string_lossy();
        cannot_start(&name, &error)
    })
}

/// Runs a program to its end and returns what it printed.
///
/// # Errors
/// When it cannot be started, or is not done within `limit` (it is ended then).
pub async fn output(mut command: Command, limit: Duration, log: &Log) -> Result<Output, Trouble> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let name = command.get_program().to_string_lossy().into_owned();
    let mut running = Running::start(command, log)?;
    let stdout = running.child().stdout.take();
    let stderr = running.child().stderr.take();
    let all = async {
        // A background grandchild may hold the pipes open longer than the program lives.
        tokio::join!(running.child().wait(), read(stdout), read(stderr))
    };
    match tokio::time::timeout(limit, all).await {
        Ok((status, stdout, stderr)) => Ok(Output {
            code: status.ok().and_then(|status: ExitStatus| status.code()),
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
        }),
        Err(_) => Err(Trouble::new(
            say!("{} did not finish in time.", Text::command(name)),
            say!("It was stopped after {} seconds.", limit.as_secs()),
            "Run the same command by hand to see what it waits for.",
        )),
    }
}

async fn read(pipe: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut kept = Vec::new();
    let Some(mut pipe) = pipe else {
        return kept;
    };
    let mut chunk = [0; 8192];
    while let Ok(count) = pipe.read(&mut chunk).await {
        if count == 0 {
            break;
        }
        if kept.len() < OUTPUT_LIMIT {
            kept.extend_from_slice(&chunk[..count]);
        }
    }
    kept
}

/// The failure to start a program, with the way to get it.
pub fn cannot_start(program: &str, error: &std::io::Error) -> Trouble {
    let name = std::path::Path::new(program).file_name().map_or_else(
        || program.to_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    let hint = if name.starts_with("ssh") {
        how_to_install_ssh()
    } else {
        Text::plain("Install it, or check that it is on the PATH.")
    };
    Trouble {
        exit: Exit::CouldNotCheck,
        ..Trouble::io(
            say!("The program {} could not be started.", Text::command(name)),
            error,
            hint,
        )
    }
}

/// The command that installs the OpenSSH client here.
pub fn how_to_install_ssh() -> Text {
    Text::plain(if cfg!(windows) {
        "Install OpenSSH: Settings > System > Optional features > OpenSSH Client."
    } else if cfg!(target_os = "macos") {
        "macOS brings ssh in /usr/bin: check that /usr/bin is on the PATH."
    } else {
        "Install OpenSSH: sudo apt install openssh-client (Debian, Ubuntu), \
         sudo dnf install openssh-clients (Fedora, RHEL), apk add openssh-client (Alpine)."
    })
}
