//! How does a test run a program inside the lab, and what came of it?

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::Lab;
use super::terminal::Terminal;
use super::wait::poll;

/// A program that will run in the lab: clean environment, private home, no network, a time limit.
pub struct Command<'lab> {
    lab: &'lab Lab,
    words: Vec<OsString>,
    dir: PathBuf,
    env: BTreeMap<String, String>,
    input: Vec<u8>,
    limit: Duration,
}

impl<'lab> Command<'lab> {
    pub fn new(lab: &'lab Lab, program: impl AsRef<OsStr>) -> Self {
        Self {
            lab,
            words: vec![program.as_ref().to_owned()],
            dir: lab.home().to_owned(),
            env: lab.env(),
            input: Vec::new(),
            limit: Duration::from_secs(60),
        }
    }

    pub fn arg(mut self, word: impl AsRef<OsStr>) -> Self {
        self.words.push(word.as_ref().to_owned());
        self
    }

    pub fn args<S: AsRef<OsStr>>(mut self, words: impl IntoIterator<Item = S>) -> Self {
        let words = words.into_iter().map(|word| word.as_ref().to_owned());
        self.words.extend(words);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        let value = value.as_ref().to_str().expect("the lab's paths are UTF-8");
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    pub fn env_remove(mut self, name: &str) -> Self {
        self.env.remove(name);
        self
    }

    /// Where it runs: the home, unless told.
    pub fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.dir = dir.as_ref().to_owned();
        self
    }

    /// What it reads on standard input: nothing, unless told.
    pub fn input(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.input = bytes.as_ref().to_owned();
        self
    }

    /// After this it and its children are ended and the test fails.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs it to its end. The exit code is for the test to judge.
    pub fn run(self) -> Output {
        let shown = self.to_string();
        let mut child = self.spawn();
        let group = group_of(&child);
        let mut stdin = child.stdin.take().expect("standard input was piped");
        let input = self.input;
        thread::spawn(move || stdin.write_all(&input).ok());
        let stdout = Stream::collect(child.stdout.take().expect("standard output was piped"));
        let stderr = Stream::collect(child.stderr.take().expect("standard error was piped"));

        let (tell, told) = mpsc::channel();
        thread::spawn(move || tell.send(child.wait()));
        let status = told.recv_timeout(self.limit);
        if status.is_err() {
            kill_process_group(group, Signal::KILL).ok();
        }
        let until = Instant::now() + Duration::from_millis(500);
        let output = Output {
            stdout: stdout.text(until),
            stderr: stderr.text(until),
            code: match &status {
                Ok(Ok(status)) => status
                    .code()
                    .unwrap_or_else(|| 128 + status.signal().unwrap_or(0)),
                Ok(Err(error)) => panic!("cannot wait for {shown}: {error}"),
                Err(_) => -1,
            },
            command: shown,
        };
        let limit = self.limit;
        assert!(status.is_ok(), "not done after {limit:?}: {output}");
        output
    }

    /// Runs it in a terminal of its own.
    pub fn terminal(self, cols: u16, rows: u16) -> Terminal {
        let (words, env) = (self.words_inside(), self.env);
        Terminal::start(&words, &env, cols, rows)
    }

    /// Keeps it running until the [`Background`] is dropped, or this test process dies in whatever way.
    pub fn background(self) -> Background {
        let name = Path::new(&self.words[0]).file_name();
        let name = name.expect("a program has a name").to_owned();
        let out = self.lab.dir().join("out").join(name);
        // The leash: a shell that ends the program by its id when our end of the pipe closes.
        let script = "out=$1; shift; \"$@\" </dev/null >\"$out\" 2>&1 & pid=$!; echo $pid; read -r _; kill $pid; wait $pid";
        let mut words: Vec<OsString> = ["/bin/sh", "-c", script, "leash"].map(Into::into).into();
        words.push(out.clone().into());
        words.extend(self.words.iter().cloned());
        let mut leash = Command { words, ..self }.spawn();
        let hold = leash.stdin.take();
        let mut line = String::new();
        BufReader::new(leash.stdout.take().expect("standard output was piped"))
            .read_line(&mut line)
            .expect("the leash prints a number");
        let pid = line.trim().parse();
        Background {
            leash,
            hold,
            pid: pid.expect("the leash prints a process id"),
            out,
        }
    }

    fn words_inside(&self) -> Vec<OsString> {
        let mut words = self.lab.world().prefix(&self.dir);
        words.extend(self.words.iter().cloned());
        words
    }

    fn spawn(&self) -> Child {
        // setsid: a session without a terminal, so that nothing can ask on the terminal of whoever runs the tests.
        let mut command = std::process::Command::new("setsid");
        command
            .args(self.words_inside())
            .env_clear()
            .envs(&self.env)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = command.spawn();
        child.unwrap_or_else(|error| panic!("setsid (package util-linux): {error}"))
    }
}

impl std::fmt::Display for Command<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words: Vec<_> = self.words.iter().map(|w| w.to_string_lossy()).collect();
        write!(f, "`{}`", words.join(" "))
    }
}

/// What a program left behind. Printing it shows everything, for a failed assertion.
#[derive(Clone, Debug)]
pub struct Output {
    pub command: String,
    pub stdout: String,
    pub stderr: String,
    /// As a shell counts: 128 and the number for a signal.
    pub code: i32,
}

impl Output {
    /// Fails the test with everything that was printed if the code is another.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// Fails the test with everything that was printed if neither stream holds the text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        let found = self.stdout.contains(text) || self.stderr.contains(text);
        assert!(found, "{text:?} is missing: {self}");
        self
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            command,
            stdout,
            stderr,
            code,
        } = self;
        write!(
            f,
            "{command} ended with {code}\n--- stdout\n{stdout}\n--- stderr\n{stderr}\n---"
        )
    }
}

/// A program that keeps running: ended by its own process id when dropped.
pub struct Background {
    leash: Child,
    hold: Option<ChildStdin>,
    pid: u32,
    out: PathBuf,
}

impl Background {
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// What it has printed so far, both streams.
    pub fn printed(&self) -> String {
        let bytes = fs::read(&self.out).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        drop(self.hold.take());
        let ended = poll(|| self.leash.try_wait().ok()?);
        if ended.is_none() {
            kill_process_group(group_of(&self.leash), Signal::KILL).ok();
            self.leash.wait().ok();
        }
    }
}

/// The group that `setsid` made: it has the child's own id.
fn group_of(child: &Child) -> Pid {
    let id = i32::try_from(child.id()).expect("a process id fits");
    Pid::from_raw(id).expect("a process id is not 0")
}

/// A stream being read. A grandchild may keep it open for ever (a clipboard owner does), so its end is awaited only shortly.
struct Stream {
    bytes: Arc<Mutex<Vec<u8>>>,
    ended: mpsc::Receiver<()>,
}

impl Stream {
    fn collect(mut from: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let (tell, ended) = mpsc::channel();
        let shared = Arc::clone(&bytes);
        thread::spawn(move || {
            let mut chunk = [0; 8192];
            while let Ok(count @ 1..) = from.read(&mut chunk) {
                let mut bytes = shared.lock().expect("nobody panics while reading");
                bytes.extend_from_slice(&chunk[..count]);
            }
            tell.send(()).ok();
        });
        Self { bytes, ended }
    }

    fn text(&self, until: Instant) -> String {
        let left = until.saturating_duration_since(Instant::now());
        self.ended.recv_timeout(left).ok();
        let bytes = self.bytes.lock().expect("nobody panics while reading");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
