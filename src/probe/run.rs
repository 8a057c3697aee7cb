//! How is ssh run so that its log can be trusted and its silence ends?
//!
//! `-E FILE` keeps ssh's own log apart from what the server prints: a banner cannot forge a line.
//! The file lies in a private folder and is read while ssh writes it.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::AsyncReadExt;

use crate::machine::Machine;
use crate::platform::process::Running;
use crate::target::Target;
use crate::transcript::{Event, Reader, Transcript};
use crate::trouble::Trouble;

/// How often the growing log is read: shorter than a person notices.
const GLANCE: Duration = Duration::from_millis(15);
/// More than any greeting; a server that talks without end is not read further.
const OUTPUT_LIMIT: usize = 64 << 10;
/// More than ssh logs at `-v` for a login with many keys.
const LOG_ROOM: usize = 64 << 10;

/// What a run of ssh left behind.
#[derive(Debug, Default)]
pub struct Ran {
    /// ssh's own words.
    pub transcript: Transcript,
    /// What came over the connection, and what helpers printed: standard output, then error.
    pub output: String,
    /// The exit code; none when it was ended by us or a signal.
    pub code: Option<i32>,
    /// It was ended because it was silent for too long.
    pub silent: bool,
    /// How long it ran.
    pub took: Duration,
}

/// What the caller says to each event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Go on.
    Continue,
    /// Go on, and end ssh when it then says nothing for this long.
    Within(Duration),
    /// We have what we wanted: end ssh.
    Stop,
}

/// Who is told each event with the time since ssh was started. Not generic: each caller would have a copy of
/// [`run`] of its own.
pub type Each<'a> = &'a mut (dyn FnMut(&Event, Duration) -> Then + Send);

/// Whether ssh may ask the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// Never: it works without a question, or it fails.
    Never,
    /// On the terminal, which is its own for the time being.
    OnTerminal,
}

/// The options of every run: nothing is shared, forwarded or written, and only what the caller
/// allows is asked.
pub fn options(timeout: Duration, asking: Asking) -> Vec<OsString> {
    let seconds = timeout.as_secs().max(1);
    let batch = match asking {
        Asking::Never => "yes",
        Asking::OnTerminal => "no",
    };
    [
        "-v".to_owned(),
        "-T".to_owned(),
        format!("-oBatchMode={batch}"),
        "-oControlPath=none".to_owned(),
        "-oControlMaster=no".to_owned(),
        "-oClearAllForwardings=yes".to_owned(),
        "-oForwardAgent=no".to_owned(),
        "-oPermitLocalCommand=no".to_owned(),
        "-oRemoteCommand=none".to_owned(),
        "-oUpdateHostKeys=no".to_owned(),
        format!("-oConnectTimeout={seconds}"),
    ]
    .into_iter()
    .map(OsString::from)
    .collect()
}

/// A private folder for one run's files.
///
/// # Errors
/// When the temporary folder is full or not writable.
pub fn private_folder() -> Result<TempDir, Trouble> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("sshstep-");
    // Left to itself, a new folder can be read by everybody.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir().map_err(|error| {
        Trouble::io(
            "No temporary folder could be made.",
            &error,
            "Free some space, or set TMPDIR to a folder that you can write to.",
        )
    })
}

/// Writes a file that nobody else may read or change, as ssh asks of its settings.
///
/// # Errors
/// When it is there already, or the folder is full.
pub fn write_private(file: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;

    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(file)?.write_all(bytes)
}

/// ssh does not say when it cannot write its log, and half a log tells a wrong story.
fn make_sure_of_room(log: &std::path::Path) -> Result<(), Trouble> {
    std::fs::write(log, vec![b'\n'; LOG_ROOM])
        .and_then(|()| std::fs::remove_file(log))
        .map_err(|error| {
            Trouble::io(
                "There is no room for ssh's log in the temporary folder.",
                &error,
                "Free some space, or set TMPDIR to a folder that you can write to.",
            )
        })
}

/// Runs ssh with these options, reporting every event as it happens, until it ends, is silent for
/// longer than the machine's timeout (plus a moment for its own), or the caller has enough.
///
/// # Errors
/// When ssh cannot be started, or the log cannot be made.
pub async fn run(
    machine: &Machine,
    options: &[OsString],
    target: &Target,
    command: &[&str],
    asking: Asking,
    each: Each<'_>,
) -> Result<Ran, Trouble> {
    let folder = private_folder()?;
    let log = folder.path().join("log");
    make_sure_of_room(&log)?;
    let mut all: Vec<&OsStr> = vec![OsStr::new("-E"), log.as_os_str()];
    all.extend(options.iter().map(OsString::as_os_str));
    let mut ssh = machine.ssh(&all, target);
    ssh.args(command)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let started = Instant::now();
    let mut running = match asking {
        Asking::Never => Running::start(ssh, &machine.log)?,
        Asking::OnTerminal => Running::start_on_terminal(ssh, &machine.log)?,
    };
    let mut stdout = running.child().stdout.take();
    let mut stderr = running.child().stderr.take();
    let (mut out, mut err) = (Vec::new(), Vec::new());

    let mut ran = Ran::default();
    let mut log = Log {
        path: log,
        file: None,
        reader: Reader::new(),
    };
    let mut patience = match asking {
        Asking::Never => machine.timeout + Duration::from_secs(1),
        // The person types.
        Asking::OnTerminal => Duration::from_secs(300),
    };
    let mut last_word = Instant::now();
    let mut glance = tokio::time::interval(GLANCE);
    let mut ended = None;
    loop {
        tokio::select! {
            status = running.child().wait(), if ended.is_none() => {
                ended = Some(status.ok().and_then(|status| status.code()));
            }
            count = read_some(&mut stdout, &mut out) => {
                if count == 0 { stdout = None; } else { last_word = Instant::now(); }
            }
            count = read_some(&mut stderr, &mut err) => {
                if count == 0 { stderr = None; } else { last_word = Instant::now(); }
            }
            _ = glance.tick() => {}
        }
        let at = started.elapsed();
        let mut then = Then::Continue;
        let grew = log.read(&mut ran.transcript, |event| match each(event, at) {
            Then::Continue => {}
            Then::Within(shorter) => patience = patience.min(shorter),
            Then::Stop => then = Then::Stop,
        });
        if grew {
            last_word = Instant::now();
        }
        if then == Then::Stop {
            break;
        }
        if let Some(code) = ended {
            // What the server said last may still be in the pipes; a helper that outlives ssh
            // and holds them open must not keep us.
            drain(&mut stdout, &mut out).await;
            drain(&mut stderr, &mut err).await;
            log.read(&mut ran.transcript, |event| {
                each(event, at);
            });
            ran.code = code;
            break;
        }
        if last_word.elapsed() > patience {
            ran.silent = true;
            break;
        }
    }
    running.end();
    log.finish(&mut ran.transcript, |event| {
        each(event, started.elapsed());
    });
    ran.took = started.elapsed();
    ran.output = String::from_utf8_lossy(&out).into_owned();
    if !ran.output.is_empty() && !ran.output.ends_with('\n') {
        ran.output.push('\n');
    }
    ran.output.push_str(&String::from_utf8_lossy(&err));
    Ok(ran)
}

/// The growing log file.
struct Log {
    path: std::path::PathBuf,
    file: Option<File>,
    reader: Reader,
}

impl Log {
    /// Reads what is new; true when there was something.
    fn read(&mut self, transcript: &mut Transcript, mut each: impl FnMut(&Event)) -> bool {
        if self.file.is_none() {
            self.file = File::open(&self.path).ok();
        }
        let Some(file) = &mut self.file else {
            return false;
        };
        let mut grew = false;
        let mut chunk = [0; 8192];
        while let Ok(count) = file.read(&mut chunk) {
            if count == 0 {
                break;
            }
            grew = true;
            self.reader.push(&chunk[..count], |line| {
                if let Some(event) = &line.event {
                    each(event);
                }
                transcript.note(line);
            });
        }
        grew
    }

    fn finish(self, transcript: &mut Transcript, mut each: impl FnMut(&Event)) {
        self.reader.finish(|line| {
            if let Some(event) = &line.event {
                each(event);
            }
            transcript.note(line);
        });
    }
}

/// Reads what is there; waits when nothing is, for ever when the pipe is closed.
async fn read_some<R: tokio::io::AsyncRead + Unpin>(
    pipe: &mut Option<R>,
    kept: &mut Vec<u8>,
) -> usize {
    let Some(open) = pipe else {
        return std::future::pending().await;
    };
    let mut chunk = [0; 4096];
    let count = open.read(&mut chunk).await.unwrap_or(0);
    if kept.len() < OUTPUT_LIMIT {
        kept.extend_from_slice(&chunk[..count]);
    }
    count
}

/// Reads until the pipe closes, for a moment at most.
async fn drain<R: tokio::io::AsyncRead + Unpin>(pipe: &mut Option<R>, kept: &mut Vec<u8>) {
    let rest = async {
        while pipe.is_some() {
            if read_some(pipe, kept).await == 0 {
                *pipe = None;
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_millis(200), rest).await;
}
