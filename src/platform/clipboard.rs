//! How does the public key get onto the person's own clipboard, and do we know that it arrived?
//!
//! On X11 and Wayland a clipboard's content dies with its owner, so a small process of ours stays
//! behind. Over SSH the clipboard of this machine is the wrong one: the terminal is asked instead
//! (OSC 52, inside tmux through `load-buffer -w`), which never answers.

use std::io::{self, Read, Write};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use crate::machine::Machine;
use crate::text::Text;
use crate::trouble::Trouble;

/// The hidden verb under which our own binary keeps the clipboard.
pub const OWNER_VERB: &str = "__own-clipboard";

/// How long the owner process stays when nobody copies anything else.
const OWNER_STAYS: Duration = Duration::from_secs(600);
/// A frozen X server never answers; the person should not wait for it.
const LIMIT: Duration = Duration::from_secs(3);
/// Larger than any public key; certificates included.
const LARGEST: u64 = 64 << 10;
/// What the owner says once the clipboard is its own. Only then is the clipboard read: before, it
/// would hold what the person copied elsewhere, which is none of our business.
const OWNED: u8 = b'!';

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
///
/// Inside tmux the terminal gets it as well, because a session that was started at the desk may
/// be looked at from elsewhere, and tmux does not tell its programs.
pub async fn copy(machine: &Machine, text: &str) -> Copied {
    let in_tmux = machine.var("TMUX").is_some() && through_tmux(machine, text).await.is_ok();
    if !machine.is_remote() && has_desktop(machine) {
        match to_desktop(text).await {
            Ok(()) => return Copied::Verified,
            Err(trouble) if !in_tmux => return Copied::Failed(trouble),
            Err(_) => {}
        }
    }
    if in_tmux {
        Copied::Sent(Text::plain("Sent through tmux to your terminal."))
    } else {
        through_terminal(machine, text)
    }
}

/// Whether programs started here can reach a desktop at all.
fn has_desktop(machine: &Machine) -> bool {
    cfg!(any(windows, target_os = "macos"))
        || machine.var("DISPLAY").is_some()
        || machine.var("WAYLAND_DISPLAY").is_some()
}

/// tmux forwards its own buffer to the outer terminal even where it drops an application's OSC 52.
async fn through_tmux(machine: &Machine, text: &str) -> io::Result<()> {
    let mut command = machine.command(&which::which("tmux").ok(), "tmux");
    command.args(["load-buffer", "-w", "-"]);
    machine.log.ran(command.get_program(), command.get_args());
    let mut child = Command::from(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let fed = async {
        feed(&mut child, text).await?;
        child.wait().await
    };
    match tokio::time::timeout(LIMIT, fed).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(_)) => Err(io::ErrorKind::Unsupported.into()),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// OSC 52. A terminal that is known to print such sequences instead of obeying them gets none.
fn through_terminal(machine: &Machine, text: &str) -> Copied {
    let prints_it = !cfg!(windows)
        && machine
            .var("TERM")
            .is_none_or(|term| matches!(term, "dumb" | "linux"));
    if prints_it {
        return Copied::Failed(Trouble::new(
            "There is no clipboard here.",
            "No desktop can be reached, and this terminal has none.",
            show_instead(),
        ));
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

/// Writes the text to the program's standard input and closes it.
async fn feed(child: &mut Child, text: &str) -> io::Result<()> {
    match child.stdin.take() {
        Some(mut pipe) => pipe.write_all(text.as_bytes()).await,
        None => Ok(()),
    }
}

/// Starts the owner process and reads the clipboard back.
async fn to_desktop(text: &str) -> Result<(), Trouble> {
    let deadline = tokio::time::Instant::now() + LIMIT;
    let failed = |why: &'static str| Trouble::new("The key was not copied.", why, show_instead());
    let mut owner = Owner::start().map_err(|error| {
        Trouble::io(
            "The clipboard helper could not be started.",
            &error,
            show_instead(),
        )
    })?;
    match tokio::time::timeout_at(deadline, owner.take(text)).await {
        Ok(true) => {}
        Ok(false) => return Err(failed("The desktop's clipboard could not be reached.")),
        Err(_) => return Err(failed("The desktop did not answer in time.")),
    }
    let read = tokio::task::spawn_blocking(|| {
        arboard::Clipboard::new().and_then(|mut board| board.get_text())
    });
    match tokio::time::timeout_at(deadline, read).await {
        Ok(Ok(Ok(read))) if read == text => {
            owner.stay();
            Ok(())
        }
        Ok(Ok(_) | Err(_)) => Err(failed("The desktop did not give back what was copied.")),
        Err(_) => Err(failed("The desktop did not answer in time.")),
    }
}

/// Our own binary, detached from this terminal. It ends with this value unless it may stay.
struct Owner(Option<Child>);

impl Owner {
    fn start() -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg(OWNER_VERB)
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        Ok(Self(Some(command.spawn()?)))
    }

    /// Hands it the text; true once the clipboard is its own.
    async fn take(&mut self, text: &str) -> bool {
        let Some(child) = &mut self.0 else {
            return false;
        };
        if feed(child, text).await.is_err() {
            return false;
        }
        match &mut child.stdout {
            Some(pipe) => matches!(pipe.read_u8().await, Ok(OWNED)),
            None => false,
        }
    }

    fn stay(mut self) {
        self.0 = None;
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.start_kill();
        }
    }
}

/// The owner process: takes the text from standard input and serves it until somebody copies
/// something else, for ten minutes at most.
///
/// # Errors
/// When there is no clipboard.
pub fn own() -> Result<(), Trouble> {
    let failed = |why: String| {
        Trouble::new(
            "The clipboard could not be set.",
            Text::quoted(why),
            show_instead(),
        )
    };
    detach();
    let mut text = String::new();
    let read = io::stdin().take(LARGEST).read_to_string(&mut text);
    read.map_err(|error| failed(error.to_string()))?;
    std::thread::spawn(|| {
        std::thread::sleep(OWNER_STAYS);
        std::process::exit(0);
    });
    let mut board = arboard::Clipboard::new().map_err(|error| failed(error.to_string()))?;
    board
        .set_text(text.as_str())
        .map_err(|error| failed(error.to_string()))?;
    let mut out = io::stdout();
    let told = out.write_all(&[OWNED]).and_then(|()| out.flush());
    // Nobody waits for the answer any more: then nobody wants the copy either.
    told.map_err(|error| failed(error.to_string()))?;
    serve(&mut board, text).map_err(|error| failed(error.to_string()))
}

/// arboard waits only in a call that sets the text, so it is set once more.
#[cfg(all(unix, not(target_os = "macos")))]
fn serve(board: &mut arboard::Clipboard, text: String) -> Result<(), arboard::Error> {
    use arboard::SetExtLinux as _;
    board.set().wait().text(text)
}

/// macOS and Windows keep the content themselves.
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn serve(_: &mut arboard::Clipboard, _: String) -> Result<(), arboard::Error> {
    Ok(())
}

/// A session of its own: the terminal's hang-up does not reach it. (The leader of a process group
/// could not do this, so it must not be started as one.)
fn detach() {
    #[cfg(unix)]
    let _ = rustix::process::setsid();
}

fn show_instead() -> Text {
    Text::plain("Choose \"Show the whole key\" and copy it by hand.")
}
