//! How is an agent spoken to so that a hung one cannot hold us?
//!
//! Opening, reading and writing happen on a thread of their own, and each waits for it only until
//! one common deadline. That covers what socket timeouts do not: a connect that waits in a full
//! queue, answers that arrive byte by byte, and Windows pipes, which have no timeouts at all.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::AgentAddress;

/// A connection to an agent on which everything together ends after a given time.
pub(crate) struct Stream {
    orders: Sender<Order>,
    answers: Receiver<io::Result<Vec<u8>>>,
    until: Instant,
}

enum Order {
    /// Write all of it; the answer is empty. It may hold a private key.
    Write(Zeroizing<Vec<u8>>),
    /// Read once, at most so many bytes.
    Read(usize),
}

impl Stream {
    /// Connects. `timeout` counts for the whole life of the stream; more than a day is a day.
    pub(crate) fn open(address: &AgentAddress, timeout: Duration) -> io::Result<Self> {
        let timeout = timeout.min(Duration::from_secs(24 * 60 * 60));
        let address = address.clone();
        Self::start(timeout, move || connect(&address, timeout))
    }

    fn start<S: Read + Write>(
        timeout: Duration,
        connect: impl FnOnce() -> io::Result<S> + Send + 'static,
    ) -> io::Result<Self> {
        let (orders, orders_to_do) = channel();
        let (answer, answers) = channel();
        let stream = Self {
            orders,
            answers,
            until: Instant::now() + timeout,
        };
        thread::Builder::new()
            .name("agent".to_owned())
            .spawn(move || serve(connect, &orders_to_do, &answer))?;
        stream.answer()?;
        Ok(stream)
    }

    fn ask(&self, order: Order) -> io::Result<Vec<u8>> {
        self.orders.send(order).map_err(|_| gone())?;
        self.answer()
    }

    fn answer(&self) -> io::Result<Vec<u8>> {
        let left = self.until.saturating_duration_since(Instant::now());
        match self.answers.recv_timeout(left) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => Err(ErrorKind::TimedOut.into()),
            Err(RecvTimeoutError::Disconnected) => Err(gone()),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.ask(Order::Read(buffer.len()))?;
        buffer[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.ask(Order::Write(Zeroizing::new(bytes.to_vec())))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The thread: ends, and closes the connection, when the [`Stream`] is gone.
fn serve<S: Read + Write>(
    connect: impl FnOnce() -> io::Result<S>,
    orders: &Receiver<Order>,
    answers: &Sender<io::Result<Vec<u8>>>,
) {
    let mut stream = match connect() {
        Ok(stream) => stream,
        Err(error) => {
            let _ = answers.send(Err(error));
            return;
        }
    };
    let mut answer = Ok(Vec::new());
    while answers.send(answer).is_ok() {
        answer = match orders.recv() {
            Ok(Order::Write(bytes)) => stream.write_all(&bytes).map(|()| Vec::new()),
            Ok(Order::Read(most)) => {
                let mut bytes = vec![0; most];
                stream.read(&mut bytes).map(|count| {
                    bytes.truncate(count);
                    bytes
                })
            }
            Err(_) => return,
        };
    }
}

fn gone() -> io::Error {
    ErrorKind::BrokenPipe.into()
}

/// The timeouts only let the thread end soon after us; the deadline is kept by [`Stream`].
#[cfg(unix)]
fn connect(
    address: &AgentAddress,
    timeout: Duration,
) -> io::Result<std::os::unix::net::UnixStream> {
    let AgentAddress::Socket(path) = address else {
        return Err(ErrorKind::NotFound.into());
    };
    let stream = std::os::unix::net::UnixStream::connect(path)?;
    let timeout = Some(timeout.max(Duration::from_millis(1)));
    stream.set_read_timeout(timeout)?;
    stream.set_write_timeout(timeout)?;
    Ok(stream)
}

/// A named pipe opens like a file, without overlapped mode. While all its instances are busy it
/// has to be tried again.
#[cfg(windows)]
fn connect(address: &AgentAddress, timeout: Duration) -> io::Result<std::fs::File> {
    use std::os::windows::fs::OpenOptionsExt;
    const PIPE_BUSY: i32 = 231;
    /// The server may learn who we are, but not act as us.
    const SECURITY_IDENTIFICATION: u32 = 0x0001_0000;
    let AgentAddress::Pipe(name) = address else {
        // Unix-like socket files of MSYS and Cygwin: an emulation that std cannot speak.
        return Err(ErrorKind::Unsupported.into());
    };
    let until = Instant::now() + timeout;
    loop {
        let opened = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .security_qos_flags(SECURITY_IDENTIFICATION)
            .open(name);
        match opened {
            Err(error) if error.raw_os_error() == Some(PIPE_BUSY) && Instant::now() < until => {
                thread::sleep(Duration::from_millis(20));
            }
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte each time, as slowly as it is told.
    struct Drip(Duration);

    impl Read for Drip {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            thread::sleep(self.0);
            buffer[0] = 7;
            Ok(1)
        }
    }

    impl Write for Drip {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_answer_byte_by_byte_does_not_move_the_deadline() {
        let begun = Instant::now();
        let mut stream = Stream::start(Duration::from_millis(200), || {
            Ok(Drip(Duration::from_millis(5)))
        })
        .unwrap();
        let error = stream.read_exact(&mut [0; 4096]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        let took = begun.elapsed();
        assert!(took >= Duration::from_millis(200), "{took:?}");
        assert!(took < Duration::from_secs(5), "{took:?}");
    }

    #[test]
    fn a_connect_that_never_returns_ends_at_the_deadline() {
        let (_hold, held) = channel::<()>();
        let opened = Stream::start(Duration::from_millis(50), move || {
            let _ = held.recv();
            Ok(Drip(Duration::ZERO))
        });
        assert_eq!(
            opened.err().map(|error| error.kind()),
            Some(ErrorKind::TimedOut)
        );
    }

    #[test]
    fn bytes_arrive_as_they_are() {
        let mut stream =
            Stream::start(Duration::from_secs(5), || Ok(Drip(Duration::ZERO))).unwrap();
        stream.write_all(b"hello").unwrap();
        let mut buffer = [0; 3];
        stream.read_exact(&mut buffer).unwrap();
        assert_eq!(buffer, [7; 3]);
    }
}
