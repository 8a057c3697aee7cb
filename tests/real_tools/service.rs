//! Who answers in the place of a service's API? A thread of the test, on a socket in the lab's folder: nothing leaves.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// What a tool asked.
pub struct Request {
    pub method: String,
    /// Without what follows a question mark.
    pub path: String,
    pub body: String,
    /// Whether the tool says who it is.
    pub is_signed: bool,
}

/// What it gets: a status, further headers, and JSON.
pub type Answer = (u16, &'static [(&'static str, &'static str)], String);

/// The API, until it is dropped.
pub struct Service {
    socket: PathBuf,
    ended: Arc<AtomicBool>,
    asked: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Service {
    /// Listens on this socket.
    pub fn start(socket: &Path, answer: impl Fn(&Request) -> Answer + Send + 'static) -> Self {
        let listener = UnixListener::bind(socket).expect("the lab's folder is writable");
        let ended = Arc::new(AtomicBool::new(false));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (stop, note) = (Arc::clone(&ended), Arc::clone(&asked));
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                // A tool that goes away in the middle is no failure of the service.
                let _ = serve(stream, &note, &answer);
            }
        });
        Self {
            socket: socket.to_owned(),
            ended,
            asked,
            thread: Some(thread),
        }
    }

    /// Every request so far: `GET /user/keys`.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no answer panics").clone()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Wakes the thread up.
        UnixStream::connect(&self.socket).ok();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn serve(
    stream: UnixStream,
    note: &Mutex<Vec<String>>,
    answer: &impl Fn(&Request) -> Answer,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(());
    };
    let (mut length, mut is_signed) = (0, false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap_or_default();
        }
        is_signed |= name.eq_ignore_ascii_case("authorization");
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let request = Request {
        method: method.to_owned(),
        path: path.split('?').next().unwrap_or_default().to_owned(),
        body: String::from_utf8_lossy(&body).into_owned(),
        is_signed,
    };
    note.lock()
        .expect("no answer panics")
        .push(format!("{} {}", request.method, request.path));
    let (status, headers, json) = answer(&request);
    let mut head = format!(
        "HTTP/1.1 {status} Answer\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n",
        json.len()
    );
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let mut stream = stream;
    stream.write_all(format!("{head}\r\n{json}").as_bytes())
}
