//! How does a program of the person's run on our terminal as if we were not there?
//!
//! It gets our own standard streams and stays in our process group: the terminal's keys (Ctrl-C,
//! Ctrl-Z) reach it without us. What is sent to us alone is passed on, and we outlive it.

use std::io;
use std::process::{Child, ChildStderr, Command};

/// A program that runs in our place.
pub struct Foreground {
    child: Child,
    #[cfg(unix)]
    passing: tokio::task::JoinSet<()>,
    #[cfg(unix)]
    ended: tokio::sync::oneshot::Receiver<()>,
}

impl Foreground {
    /// Its standard error, where it was piped.
    pub fn stderr(&mut self) -> Option<tokio::process::ChildStderr> {
        let pipe: ChildStderr = self.child.stderr.take()?;
        tokio::process::ChildStderr::from_std(pipe).ok()
    }
}

#[cfg(unix)]
impl Foreground {
    /// Starts it.
    ///
    /// # Errors
    /// The system's own: not found, not executable.
    pub fn start(mut command: Command) -> io::Result<Self> {
        // What was ignored when we were started (nohup, a script's background) has to be ignored in
        // the program, which a signal that we catch is not. Where the system does not tell, the
        // program starts before we listen.
        let ignored = unix::ignored();
        let early = ignored.map(unix::listen);
        let child = command.spawn()?;
        let pid = rustix::process::Pid::from_child(&child);
        let mut passing = tokio::task::JoinSet::new();
        for (mut stream, signal) in early.unwrap_or_else(|| unix::listen(0)) {
            passing.spawn(async move {
                while stream.recv().await.is_some() {
                    unix::pass_on(signal, pid);
                }
            });
        }
        let (tell, ended) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            unix::follow(pid);
            tell.send(())
        });
        Ok(Self {
            child,
            passing,
            ended,
        })
    }

    /// Waits for its end and returns its exit code as a shell counts: 128 and the number of the
    /// signal that ended it.
    pub async fn end(&mut self) -> i32 {
        use std::os::unix::process::ExitStatusExt as _;
        let _ = (&mut self.ended).await;
        // Its number may belong to another program as soon as it is waited for.
        self.passing.abort_all();
        match self.child.wait() {
            Ok(status) => status
                .code()
                .or_else(|| status.signal().map(|signal| 128 + signal))
                .unwrap_or(255),
            Err(_) => 255,
        }
    }
}

#[cfg(not(unix))]
impl Foreground {
    /// Starts it.
    ///
    /// # Errors
    /// The system's own: not found, not executable.
    pub fn start(mut command: Command) -> io::Result<Self> {
        Ok(Self {
            child: command.spawn()?,
        })
    }

    /// Waits for its end and returns its exit code.
    pub async fn end(&mut self) -> i32 {
        // The console sends Ctrl-C to all of its programs; this one stays for the other's end.
        let _ctrl_c = tokio::signal::windows::ctrl_c();
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return status.code().unwrap_or(255),
                Ok(None) => tokio::time::sleep(std::time::Duration::from_millis(15)).await,
                Err(_) => return 255,
            }
        }
    }
}

#[cfg(unix)]
mod unix {
    use std::time::Duration;

    use rustix::process::{
        Pid, Signal, WaitId, WaitIdOptions, getpgrp, getpid, kill_process, waitid,
    };
    use tokio::signal::unix::{Signal as Stream, SignalKind};

    /// Long enough for a key of the terminal to have stopped, or woken, all of its process group.
    const WHOLE_GROUP: Duration = Duration::from_millis(50);

    /// What would end us, and is meant for the program.
    const PASSED_ON: [Signal; 6] = [
        Signal::HUP,
        Signal::INT,
        Signal::QUIT,
        Signal::TERM,
        Signal::USR1,
        Signal::USR2,
    ];

    /// The signals that we were started without, one bit each, where the system tells (proc(5)).
    pub(super) fn ignored() -> Option<u64> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let mask = status
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:"))?;
        u64::from_str_radix(mask.trim(), 16).ok()
    }

    /// From now on these signals come to us, but for the ignored ones.
    pub(super) fn listen(ignored: u64) -> Vec<(Stream, Signal)> {
        let heard = PASSED_ON.into_iter();
        heard
            .filter(|signal| ignored >> (signal.as_raw() - 1) & 1 == 0)
            .filter_map(|signal| {
                let kind = SignalKind::from_raw(signal.as_raw());
                Some((tokio::signal::unix::signal(kind).ok()?, signal))
            })
            .collect()
    }

    /// Passes a signal on. A key of the terminal has reached the program already, and for many a
    /// second Ctrl-C means "now, without cleaning up".
    pub(super) fn pass_on(signal: Signal, program: Pid) {
        let is_key = matches!(signal, Signal::INT | Signal::QUIT);
        if !(is_key && owns_terminal()) {
            let _ = kill_process(program, signal);
        }
    }

    fn owns_terminal() -> bool {
        let terminal = std::fs::File::open("/dev/tty");
        terminal.is_ok_and(|terminal| rustix::termios::tcgetpgrp(terminal).ok() == Some(getpgrp()))
    }

    /// Returns when the program has ended, without taking its exit code. Where it stops itself and
    /// nobody else (ssh's `~^Z` does), the shell that waits for us must see us stop as well.
    pub(super) fn follow(program: Pid) {
        let any = WaitIdOptions::EXITED | WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT;
        let stopped = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG;
        loop {
            match waitid(WaitId::Pid(program), any) {
                Ok(Some(status)) if status.stopped() => {
                    std::thread::sleep(WHOLE_GROUP);
                    if let Ok(Some(_)) = waitid(WaitId::Pid(program), stopped) {
                        let _ = kill_process(getpid(), Signal::STOP);
                        let _ = kill_process(program, Signal::CONT);
                    }
                }
                Err(rustix::io::Errno::INTR) => {}
                Ok(_) | Err(_) => return,
            }
        }
    }
}
