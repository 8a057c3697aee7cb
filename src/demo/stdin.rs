//! How can the server read its standard input and still leave before that ends?
//!
//! With a thread of its own. `tokio::io::stdin` would read on the runtime's blocking pool, and a
//! runtime waits for that pool when it ends: after the idle limit the process would stay until somebody
//! closes its input.

use std::io::{ErrorKind, Read as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::mpsc;

use crate::trouble::Trouble;

/// Standard input.
pub(super) struct Stdin {
    chunks: mpsc::Receiver<std::io::Result<Vec<u8>>>,
    rest: Vec<u8>,
}

impl Stdin {
    /// Starts to read.
    pub(super) fn open() -> Result<Self, Trouble> {
        let (sender, chunks) = mpsc::channel(4);
        std::thread::Builder::new()
            .name("stdin".to_owned())
            .spawn(move || read_all(&sender))
            .map_err(|error| {
                Trouble::io("The demo server could not start.", &error, "Connect again.")
            })?;
        Ok(Self {
            chunks,
            rest: Vec::new(),
        })
    }
}

fn read_all(sender: &mpsc::Sender<std::io::Result<Vec<u8>>>) {
    let mut stdin = std::io::stdin().lock();
    let mut buffer = [0; 16 * 1024];
    loop {
        let chunk = match stdin.read(&mut buffer) {
            Ok(0) => return,
            Ok(length) => Ok(buffer[..length].to_vec()),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let last = chunk.is_err();
        if sender.blocking_send(chunk).is_err() || last {
            return;
        }
    }
}

impl AsyncRead for Stdin {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        if self.rest.is_empty() {
            match std::task::ready!(self.chunks.poll_recv(context)) {
                Some(chunk) => self.rest = chunk?,
                None => return Poll::Ready(Ok(())),
            }
        }
        let length = self.rest.len().min(buffer.remaining());
        buffer.put_slice(&self.rest[..length]);
        self.rest.drain(..length);
        Poll::Ready(Ok(()))
    }
}
