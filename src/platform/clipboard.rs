//! How does the public key get onto the person's own clipboard, and do we know that it arrived?
//!
//! On X11 and Wayland a clipboard's content dies with its owner, so a small process of ours stays
//! behind. Over SSH the clipboard of this machine is the wrong one: the terminal is asked instead
//! (OSC 52, inside tmux through `load-buffer -w`), which never answers.

use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::machine::Machine;
use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

use super::process;

/// The hidden verb under which our own binary keeps the clipboard.
pub const OWNER_VERB: &str = "__own-clipboard";

/// How long the owner process stays when nobody copies anything else.
const OWNER_STAYS: Duration = Duration::from_secs(600);
/// A frozen X server never answers; the person should not wait for it.
const LIMIT: Duration = Duration::from_secs(2);
/// Larger than any public key; certificates included.
const LARGEST: u64 = 64 << 10;

/// What became of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Copied {
    /// Read back and equal.
    Verified,
    /// Handed to the terminal, which does not answer.
    Sent(Text),
    /// It did not work.
    Failed(Trouble),
}

/// Puts public text on the person's clipboard.
pub async fn copy(machine: &Machine, text: &str) -> Copied {
    if machine.is_remote() {
        return through_terminal(machine, text).await;
    }
    match locally(machine, text).await {
        Ok(()) => Copied::Verified,
        Err(trouble) if machine.var("TMUX").is_some() => {
            match through_terminal(machine, text).await {
                Copied::Sent(how) => Copied::Sent(how),
                Copied::Verified | Copied::Failed(_) => Copied::Failed(trouble),
            }
        }
        Err(trouble) => Copied::Failed(trouble),
    }
}

/// tmux forwards its own buffer to the outer terminal even where it drops an application's OSC 52.
async fn through_terminal(machine: &Machine, text: &str) -> Copied {
    if machine.var("TMUX").is_some() {
        let mut command = machine.command(&which::which("tmux").ok(), "tmux");
        command.args(["load-buffer", "-w", "-"]);
        return match feed(command, text.to_owned()).await {
            Ok(()) => Copied::Sent(Text::plain("Sent through tmux to your terminal.")),
            Err(trouble) => Copied::Failed(trouble),
        };
    }
    let sent = crossterm::execute!(
        io::stdout(),
        crossterm::clipboard::CopyToClipboard::to_clipboard_from(text)
    );
    match sent {
        Ok(()) => Copied::Sent(Text::plain("Sent to your terminal.")),
        Err(error) => Copied::Failed(Trouble::io(
            "The terminal did not take the text.",
            &error,
            show_instead(),
        )),
    }
}

/// Runs the program with the text as its standard input.
async fn feed(mut command: Command, text: String) -> Result<(), Trouble> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = tokio::task::spawn_blocking(move || {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        if let Some(mut pipe) = child.stdin.take() {
            pipe.write_all(text.as_bytes())?;
        }
        child.wait()
    });
    match tokio::time::timeout(LIMIT, done).await {
        Ok(Ok(Ok(status))) if status.success() => Ok(()),
        Ok(Ok(Err(error))) => Err(process::cannot_start(&name, &error)),
        Ok(Ok(Ok(_)) | Err(_)) | Err(_) => Err(Trouble::new(
            say!("{} did not take the text.", Text::command(name)),
            Text::default(),
            show_instead(),
        )),
    }
}

/// Starts the owner process and reads the clipboard back.
async fn locally(machine: &Machine, text: &str) -> Result<(), Trouble> {
    if cfg!(all(unix, not(target_os = "macos")))
        && machine.var("DISPLAY").is_none()
        && machine.var("WAYLAND_DISPLAY").is_none()
    {
        return Err(Trouble::new(
            "There is no clipboard here.",
            "Neither an X11 nor a Wayland display is set.",
            show_instead(),
        ));
    }
    start_owner(text)?;
    let expected = text.to_owned();
    let deadline = std::time::Instant::now() + LIMIT;
    let equal = tokio::task::spawn_blocking(move || {
        // The owner needs a moment to take the selection: ask until it answers, or time is up.
        while std::time::Instant::now() < deadline {
            let read = arboard::Clipboard::new().and_then(|mut board| board.get_text());
            if read.is_ok_and(|read| read == expected) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    });
    match tokio::time::timeout(LIMIT + Duration::from_millis(200), equal).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false) | Err(_)) | Err(_) => Err(Trouble::new(
            "The clipboard did not keep the key.",
            "The desktop did not give back what was copied.",
            show_instead(),
        )),
    }
}

/// Our own binary, detached from this terminal and this session, with the text on its standard input.
fn start_owner(text: &str) -> Result<(), Trouble> {
    let failed = |error: &io::Error| {
        Trouble::io(
            "The clipboard helper could not be started.",
            error,
            show_instead(),
        )
    };
    let exe = std::env::current_exe().map_err(|error| failed(&error))?;
    let mut command = Command::new(exe);
    command
        .arg(OWNER_VERB)
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        command.process_group(0);
    }
    let mut child = command.spawn().map_err(|error| failed(&error))?;
    let Some(mut pipe) = child.stdin.take() else {
        return Ok(());
    };
    pipe.write_all(text.as_bytes())
        .map_err(|error| failed(&error))
}

/// The owner process: takes the text from standard input and serves it until somebody copies
/// something else, for ten minutes at most.
///
/// # Errors
/// When there is no clipboard.
pub fn own() -> Result<(), Trouble> {
    let mut text = String::new();
    let read = io::stdin().take(LARGEST).read_to_string(&mut text);
    let failed = |why: String| {
        Trouble::new(
            "The clipboard could not be set.",
            Text::quoted(why),
            show_instead(),
        )
    };
    read.map_err(|error| failed(error.to_string()))?;
    detach();
    std::thread::spawn(|| {
        std::thread::sleep(OWNER_STAYS);
        std::process::exit(0);
    });
    let mut board = arboard::Clipboard::new().map_err(|error| failed(error.to_string()))?;
    serve(&mut board, text).map_err(|error| failed(error.to_string()))
}

#[cfg(all(unix, not(target_os = "macos")))]
fn serve(board: &mut arboard::Clipboard, text: String) -> Result<(), arboard::Error> {
    use arboard::SetExtLinux as _;
    board.set().wait().text(text)
}

/// macOS and Windows keep the content themselves.
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn serve(board: &mut arboard::Clipboard, text: String) -> Result<(), arboard::Error> {
    board.set_text(text)
}

/// A session of its own: the terminal's hang-up does not reach it.
fn detach() {
    #[cfg(unix)]
    let _ = rustix::process::setsid();
}

fn show_instead() -> Text {
    Text::plain("Choose \"Show the whole key\" and copy it by hand.")
}
