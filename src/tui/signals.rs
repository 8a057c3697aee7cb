//! Which signals end a session, and what is Ctrl-C while another program has the terminal?

use std::io;

use crate::trouble::Exit;

/// What a signal asks for.
pub enum Signalled {
    /// The end.
    Leave(Exit),
    /// Ctrl-C: the wizard decides.
    Interrupted,
}

/// Signals that end the session, and Ctrl-C while another program has the terminal.
pub struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hang_up: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    /// Takes the signals over.
    ///
    /// # Errors
    /// When the system does not let us.
    #[cfg(unix)]
    pub fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            // Registered so that Ctrl-C in a handed-over terminal ends that program and not us.
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Takes nothing over: Windows ends console programs by itself.
    ///
    /// # Errors
    /// None.
    #[cfg(not(unix))]
    pub fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for a signal that ends the session.
    #[cfg(unix)]
    pub async fn next(&mut self) -> Exit {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return Exit::HangUp,
                _ = self.hang_up.recv() => return Exit::HangUp,
                _ = self.interrupt.recv() => {}
            }
        }
    }

    /// Waits for any of them, where the terminal is not in raw mode and Ctrl-C is a signal, too.
    #[cfg(unix)]
    pub async fn any(&mut self) -> Signalled {
        tokio::select! {
            _ = self.terminate.recv() => Signalled::Leave(Exit::HangUp),
            _ = self.hang_up.recv() => Signalled::Leave(Exit::HangUp),
            _ = self.interrupt.recv() => Signalled::Interrupted,
        }
    }

    /// Never ends.
    #[cfg(not(unix))]
    pub async fn next(&mut self) -> Exit {
        std::future::pending().await
    }

    /// Waits for Ctrl-C.
    #[cfg(not(unix))]
    pub async fn any(&mut self) -> Signalled {
        let _ = tokio::signal::ctrl_c().await;
        Signalled::Interrupted
    }
}
