//! What does a person see and type? A program in a real pty, its screen kept by vt100.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};

pub use rustix::process::Signal;

use super::screen::{Outside, at_least, parser};
use super::wait::PATIENCE;

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    Code(u32),
    /// The system's words for the signal: `Killed`, `Terminated`.
    Signal(String),
}

/// Comparing with the plain code reads best: `assert_eq!(terminal.wait_exit(), 0)`.
impl PartialEq<u32> for Exit {
    fn eq(&self, code: &u32) -> bool {
        *self == Exit::Code(*code)
    }
}

/// A program in a pty. Its session is ended when dropped.
pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    pub(super) keyboard: Arc<Mutex<Box<dyn Write + Send>>>,
    shared: Arc<Shared>,
    pid: Pid,
    pub(super) presses: usize,
}

struct Shared {
    seen: Mutex<Seen>,
    news: Condvar,
}

/// All that has come out of the program.
struct Seen {
    parser: vt100::Parser<Outside>,
    raw: Vec<u8>,
    last: Instant,
    closed: bool,
    exit: Option<Exit>,
}

impl Terminal {
    pub(super) fn start(
        words: &[OsString],
        env: &BTreeMap<String, String>,
        cols: u16,
        rows: u16,
    ) -> Self {
        let pty = native_pty_system().openpty(size(cols, rows));
        let pty = pty.expect("the system has a free pty");
        let mut command = CommandBuilder::from_argv(words.to_vec());
        command.env_clear();
        command.cwd("/");
        for (name, value) in env {
            command.env(name, value);
        }
        let mut child = pty.slave.spawn_command(command).expect("nsenter starts");
        drop(pty.slave); // else the program's end would not be the end of its output
        let pid = child
            .process_id()
            .and_then(|pid| Pid::from_raw(pid.cast_signed()));
        let pid = pid.expect("a new process has an id");
        let mut output = pty.master.try_clone_reader().expect("the pty can be read");
        let keyboard = pty.master.take_writer().expect("the pty can be written");
        let keyboard = Arc::new(Mutex::new(keyboard));
        let shared = Arc::new(Shared {
            seen: Mutex::new(Seen {
                parser: parser(cols, rows),
                raw: Vec::new(),
                last: Instant::now(),
                closed: false,
                exit: None,
            }),
            news: Condvar::new(),
        });

        let (sees, answers) = (Arc::clone(&shared), Arc::clone(&keyboard));
        thread::spawn(move || {
            let mut chunk = [0; 8192];
            while let Ok(count @ 1..) = output.read(&mut chunk) {
                let reply = sees.lock().take_in(&chunk[..count]);
                sees.news.notify_all();
                if !reply.is_empty() {
                    let mut keyboard = answers.lock().expect("nobody panics while typing");
                    keyboard
                        .write_all(&reply)
                        .and_then(|()| keyboard.flush())
                        .ok();
                }
            }
            sees.lock().closed = true;
            sees.news.notify_all();
        });
        let reaper = Arc::clone(&shared);
        thread::spawn(move || {
            // NOWAIT leaves the id taken until the lock is held: whoever holds it and sees no exit may still signal the id.
            waitid(
                WaitId::Pid(pid),
                WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
            )
            .ok();
            let mut seen = reaper.lock();
            let status = child.wait().expect("the program is our child");
            seen.exit = Some(match status.signal() {
                Some(signal) => Exit::Signal(signal.to_owned()),
                None => Exit::Code(status.exit_code()),
            });
            drop(seen);
            reaper.news.notify_all();
        });
        Self {
            master: pty.master,
            keyboard,
            shared,
            pid,
            presses: 0,
        }
    }

    /// Any size, 0x0 too; the screen kept here has at least 2x2 cells.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        let mut seen = self.shared.lock();
        let screen = seen.parser.screen_mut();
        let (kept_cols, kept_rows) = at_least(cols, rows);
        screen.set_size(kept_rows, kept_cols);
        drop(seen);
        self.master
            .resize(size(cols, rows))
            .expect("a pty takes any size");
    }

    /// Waits until the screen shows the text in one row.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        self.wait_until(&format!("{text:?} on the screen"), |t| t.shows(text));
    }

    #[track_caller]
    pub fn wait_gone(&self, text: &str) {
        self.wait_until(&format!("{text:?} gone from the screen"), |t| {
            !t.shows(text)
        });
    }

    /// Waits until this holds; looks whenever the program has printed something.
    #[track_caller]
    pub fn wait_until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let before = self.raw_len();
            if holds(self) {
                return;
            }
            let seen = self.shared.lock();
            // The last words and the end may both have come since the look.
            let is_new = seen.raw.len() != before;
            let over = !is_new && seen.closed && seen.exit.is_some();
            let Some(left) = deadline
                .checked_duration_since(Instant::now())
                .filter(|_| !over)
            else {
                drop(seen);
                panic!("waited in vain for {what}\n{self}");
            };
            // Something may have come between looking and locking; the exit and the end of output each make news, too.
            if !is_new {
                drop(
                    self.shared
                        .news
                        .wait_timeout(seen, left.min(Duration::from_secs(1))),
                );
            }
        }
    }

    /// Waits for the program's end and the last of its output.
    #[track_caller]
    pub fn wait_exit(&self) -> Exit {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = self.shared.lock();
        loop {
            // A grandchild may keep the pty open for ever: what the program printed has come when it has long been quiet.
            let quiet = seen.closed || seen.last.elapsed() > Duration::from_millis(300);
            if let Some(exit) = seen.exit.clone().filter(|_| quiet) {
                return exit;
            }
            if Instant::now() > deadline {
                drop(seen);
                panic!("the program does not end\n{self}");
            }
            let waited = self
                .shared
                .news
                .wait_timeout(seen, Duration::from_millis(100));
            seen = waited.expect("nobody panics with the screen").0;
        }
    }

    /// The screen once the program has been quiet for a moment, so that no half-drawn frame is judged.
    pub fn settled(&self) -> String {
        let quiet = Duration::from_millis(80);
        let mut seen = self.shared.lock();
        while let Some(left) = quiet
            .checked_sub(seen.last.elapsed())
            .filter(|_| !seen.closed)
        {
            let waited = self.shared.news.wait_timeout(seen, left);
            seen = waited.expect("nobody panics with the screen").0;
        }
        drop(seen);
        self.screen()
    }

    /// How many bytes come in this time. An idle screen sends none.
    pub fn bytes_within(&self, time: Duration) -> usize {
        let start = self.raw_len();
        let deadline = Instant::now() + time;
        let mut seen = self.shared.lock();
        while let Some(left) = deadline.checked_duration_since(Instant::now()) {
            let waited = self.shared.news.wait_timeout(seen, left);
            seen = waited.expect("nobody panics with the screen").0;
        }
        seen.raw.len() - start
    }

    pub fn rows(&self) -> Vec<String> {
        let seen = self.shared.lock();
        let screen = seen.parser.screen();
        let rows = screen.rows(0, screen.size().1);
        rows.map(|row| row.trim_end().to_owned()).collect()
    }

    /// All rows, without blanks at their ends and without empty rows at the end.
    pub fn screen(&self) -> String {
        self.rows().join("\n").trim_end().to_owned()
    }

    /// One row, counted from 1 as people do.
    pub fn row(&self, number: usize) -> String {
        self.rows().get(number - 1).cloned().unwrap_or_default()
    }

    pub fn shows(&self, text: &str) -> bool {
        self.rows().iter().any(|row| row.contains(text))
    }

    /// Row and column, both counted from 1.
    pub fn cursor(&self) -> (u16, u16) {
        let (row, col) = self.shared.lock().parser.screen().cursor_position();
        (row + 1, col + 1)
    }

    pub fn cursor_visible(&self) -> bool {
        !self.shared.lock().parser.screen().hide_cursor()
    }

    pub fn alternate_screen(&self) -> bool {
        self.shared.lock().parser.screen().alternate_screen()
    }

    pub fn bracketed_paste(&self) -> bool {
        self.shared.lock().parser.screen().bracketed_paste()
    }

    /// Whether the program has taken the mouse from the terminal's own selection.
    pub fn takes_mouse(&self) -> bool {
        let seen = self.shared.lock();
        seen.parser.screen().mouse_protocol_mode() != vt100::MouseProtocolMode::None
    }

    /// What the program last put on the terminal's clipboard (OSC 52), as sent and decoded.
    pub fn clipboard(&self) -> Option<String> {
        self.shared.lock().parser.callbacks().clipboard.clone()
    }

    /// What is left on the screen as it looks to somebody with this cell's eyes: bold, colours. Row and column from 1.
    pub fn cell(&self, row: u16, col: u16) -> Option<vt100::Cell> {
        let seen = self.shared.lock();
        seen.parser.screen().cell(row - 1, col - 1).cloned()
    }

    /// Every byte since the start.
    pub fn raw(&self) -> Vec<u8> {
        self.shared.lock().raw.clone()
    }

    pub fn raw_len(&self) -> usize {
        self.shared.lock().raw.len()
    }

    /// The parameters of every colour or attribute sequence (`ESC [ … m`) since the start: `"1"`, `"38;5;12"`.
    pub fn attributes(&self) -> Vec<String> {
        let raw = self.raw();
        let raw = String::from_utf8_lossy(&raw);
        let sequence = |part: &str| {
            let end = part.find(|c: char| !(c.is_ascii_digit() || matches!(c, ';' | ':')))?;
            part[end..].starts_with('m').then(|| part[..end].to_owned())
        };
        raw.split("\x1b[").skip(1).filter_map(sequence).collect()
    }

    /// The terminal's modes (echo, canonical, signals), to be compared before and after.
    pub fn modes(&self) -> String {
        format!("{:?}", self.master.get_termios().expect("a pty has modes"))
    }

    /// Whether what is typed is echoed: false in raw mode and in a password prompt.
    pub fn echoes(&self) -> bool {
        let modes = self.master.get_termios().expect("a pty has modes");
        format!("{:?}", modes.local_flags)
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|flag| flag == "ECHO")
    }

    /// The program's own process id: nothing stands between it and the pty.
    pub fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().cast_unsigned()
    }

    /// `Signal::KILL`, `TERM`, `HUP` … to the program alone.
    pub fn signal(&self, signal: Signal) {
        let seen = self.shared.lock();
        if seen.exit.is_none() {
            kill_process(self.pid, signal).expect("the program is our child");
        }
    }

    pub fn running(&self) -> bool {
        self.shared.lock().exit.is_none()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let seen = self.shared.lock();
        if seen.exit.is_none() {
            kill_process_group(self.pid, Signal::KILL).ok();
        }
    }
}

/// Everything a failed test wants to see.
impl std::fmt::Display for Terminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let exit = self.shared.lock().exit.clone();
        let (row, col) = self.cursor();
        writeln!(
            f,
            "--- screen ({exit:?}, cursor {row},{col}, {} presses)",
            self.presses
        )?;
        writeln!(f, "{}\n---", self.screen())
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        // A failed assertion may hold the lock while it panics; what was seen is still true.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    /// Draws the bytes and returns what a terminal answers to them.
    fn take_in(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.raw.extend_from_slice(bytes);
        self.last = Instant::now();
        // vt100 may panic on a sequence; a test that looks at the raw bytes or the exit code shall not fail for that.
        let draw = AssertUnwindSafe(|| self.parser.process(bytes));
        if catch_unwind(draw).is_err() {
            let (rows, cols) = self.parser.screen().size();
            self.parser = parser(cols, rows);
        }
        std::mem::take(&mut self.parser.callbacks_mut().reply)
    }
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}
