//! What stands between git and its ssh?
//!
//! Standard input and output are ssh's own: the data never passes through here. Standard error is
//! copied only where it is no terminal: ssh asks for a touch of a security key on a terminal and
//! nowhere else, and its helpers look as well.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::ChildStderr;

use crate::log::Log;
use crate::platform::foreground::Foreground;
use crate::platform::{log_pipe, process};

use super::choice::{Choice, Configured};
use super::level::{Level, Version};
use super::recording::{End, Goal, Recorder};

/// The first argument of the stand-in's process.
pub const VERB: &str = "__ssh";

/// How long ssh may take to read its own settings.
const ANSWER: Duration = Duration::from_secs(5);
/// How often the log is read: shorter than a person notices.
const GLANCE: Duration = Duration::from_millis(15);
/// How long words that are still in a pipe are waited for, when a helper holds it open.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// `sshstep __ssh FOLDER git|ssh ARGS…`: runs the ssh that is meant, and returns its exit code.
pub async fn stand_in(words: &[OsString]) -> i32 {
    let [folder, role, args @ ..] = words else {
        return 255;
    };
    let folder = Path::new(folder);
    let configured = Configured::ask(OsStr::new("git"), &[]);
    let choice = match super::noted_command(folder) {
        _ if role != "git" => Choice::Program(PathBuf::from(role)),
        Some(command) => Choice::Shell(command),
        None => Choice::here(&configured),
    };
    // git asks like this what kind of program it is, and ends it with the answer.
    let is_question = args.first().is_some_and(|first| first == "-G");
    let ended = if is_question {
        plainly(choice.command(args)).await
    } else if role == "git" && configured.is_other_variant() {
        recorded(&choice, folder, args, None).await
    } else {
        watched(&choice, folder, args).await
    };
    match ended {
        Ok(code) => code,
        Err(error) => {
            let name = choice.name();
            eprintln!(
                "error: cannot run {name}: {}",
                crate::trouble::reason(&error).reveal()
            );
            127
        }
    }
}

/// Runs ssh with its log on the side, if it can write one.
pub(super) async fn watched(choice: &Choice, folder: &Path, args: &[OsString]) -> io::Result<i32> {
    let level = level(choice, folder, args).await;
    recorded(choice, folder, args, level).await
}

async fn plainly(command: Command) -> io::Result<i32> {
    Ok(Foreground::start(command)?.end().await)
}

/// How much ssh would say by itself. None where the program does not answer as OpenSSH does with a
/// log of its own: then it is run as it is. git asks in the same way when it does not know it.
async fn level(choice: &Choice, folder: &Path, args: &[OsString]) -> Option<Level> {
    if choice.has_log() || choice.other_variant().is_some() {
        return None;
    }
    let proof = folder.join(format!("proof-{}", std::process::id()));
    let ours = [OsStr::new("-E"), proof.as_os_str(), OsStr::new("-G")];
    let question = choice.command(ours.into_iter().chain(args.iter().map(OsString::as_os_str)));
    let answer = process::output(question, ANSWER, &Log::default())
        .await
        .ok()?;
    let took_log = std::fs::remove_file(&proof).is_ok();
    let level = Level::of(&answer.stdout)?;
    (took_log && answer.code == Some(0)).then_some(level)
}

async fn recorded(
    choice: &Choice,
    folder: &Path,
    args: &[OsString],
    level: Option<Level>,
) -> io::Result<i32> {
    let Ok(recorder) = Recorder::start(folder) else {
        // Whoever watched is gone, or the disk is full: nobody's reason to fail.
        return plainly(choice.command(args)).await;
    };
    let pipe = recorder.path("pipe");
    let relay = level.and_then(|level| {
        Some(Relay {
            from: log_pipe::make(&pipe).ok()?,
            kept: recorder.log().ok()?,
            level,
            version: Version::default(),
            begun: Vec::new(),
        })
    });
    let mut words: Vec<&OsStr> = Vec::new();
    if let Some(relay) = &relay {
        // Not `-v`: a jump host's ssh would inherit that, and write its log to the person.
        if relay.level != Level::Debug {
            words.extend(["-o", "LogLevel=DEBUG1"].map(OsStr::new));
        }
        words.extend([OsStr::new("-E"), pipe.as_os_str()]);
    }
    words.extend(args.iter().map(OsString::as_os_str));
    let mut command = choice.command(words);
    if !io::stderr().is_terminal() {
        command.stderr(Stdio::piped());
    }
    let mut ssh = Foreground::start(command)?;
    let mut words = Words {
        relay,
        stderr: ssh.stderr(),
        said: recorder.said().ok(),
    };
    let code = tokio::select! {
        code = ssh.end() => code,
        () = words.pass() => ssh.end().await,
    };
    let _ = tokio::time::timeout(LAST_WORDS, words.pass_rest()).await;
    words.glance();
    let args: Vec<String> = args
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let goal = Goal::of(&args, choice.is_plain());
    let _ = recorder.end(&End { code, goal });
    Ok(code)
}

/// Everything that ssh says to the person.
struct Words {
    relay: Option<Relay>,
    stderr: Option<ChildStderr>,
    said: Option<File>,
}

impl Words {
    /// Passes on what comes, for ever.
    async fn pass(&mut self) {
        let mut tick = tokio::time::interval(GLANCE);
        let mut chunk = [0; 8192];
        loop {
            tokio::select! {
                count = some(&mut self.stderr, &mut chunk) => self.say(&chunk[..count]),
                _ = tick.tick() => self.glance(),
            }
        }
    }

    /// Passes on what is left in the pipe.
    async fn pass_rest(&mut self) {
        let mut chunk = [0; 8192];
        while self.stderr.is_some() {
            let count = some(&mut self.stderr, &mut chunk).await;
            self.say(&chunk[..count]);
        }
    }

    fn say(&mut self, bytes: &[u8]) {
        // ssh writes one thing after the other: what it logged before comes first.
        self.glance();
        show(bytes);
        if let Some(said) = &mut self.said {
            let _ = said.write_all(bytes);
        }
    }

    fn glance(&mut self) {
        if let Some(relay) = &mut self.relay {
            relay.glance();
        }
    }
}

/// Reads what is there, and waits where nothing is; at its end the pipe is closed, and 0 the answer.
async fn some(pipe: &mut Option<ChildStderr>, chunk: &mut [u8]) -> usize {
    let Some(open) = pipe else {
        return std::future::pending().await;
    };
    let count = open.read(chunk).await.unwrap_or(0);
    if count == 0 {
        *pipe = None;
    }
    count
}

fn show(bytes: &[u8]) {
    // The reader may be gone: ssh would not have cared either.
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(bytes).and_then(|()| stderr.flush());
}

/// The log on its way: all of it into the recording, to the person what ssh would have shown.
struct Relay {
    from: File,
    kept: File,
    level: Level,
    version: Version,
    /// A line whose end has not come yet.
    begun: Vec<u8>,
}

impl Relay {
    fn glance(&mut self) {
        let mut chunk = [0; 8192];
        // An empty pipe ends this as well: it would block, or nobody writes.
        while let Ok(count @ 1..) = self.from.read(&mut chunk) {
            let _ = self.kept.write_all(&chunk[..count]);
            self.begun.extend_from_slice(&chunk[..count]);
        }
        let Some(end) = self.begun.iter().rposition(|byte| *byte == b'\n') else {
            return;
        };
        let rest = self.begun.split_off(end + 1);
        let lines = std::mem::replace(&mut self.begun, rest);
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            let words = String::from_utf8_lossy(line);
            self.version = Version::named(&words).unwrap_or(self.version);
            if self.level.shows(&words, self.version) {
                show(line);
            }
        }
    }
}
