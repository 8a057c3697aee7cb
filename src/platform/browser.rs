//! Can the person's browser open a page from here?

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::machine::Machine;
use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

/// A browser that starts keeps running, or its launcher ends at once with 0.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Whether a browser on the person's own desktop can be reached at all.
pub fn is_reachable(machine: &Machine) -> bool {
    !machine.is_remote()
        && (cfg!(any(windows, target_os = "macos"))
            || machine.var("DISPLAY").is_some()
            || machine.var("WAYLAND_DISPLAY").is_some())
}

/// Opens an `https` page in the person's browser.
///
/// # Errors
/// When there is no desktop, no launcher, or the launcher says that it failed; the address is in
/// the hint.
pub async fn open(machine: &Machine, url: &str) -> Result<(), Trouble> {
    let failed = |why: Text| {
        Trouble::new(
            "The browser did not open.",
            why,
            say!("Open this page yourself: {}", Text::public(url)),
        )
    };
    if !url.starts_with("https://") {
        return Err(failed(Text::plain("Only https pages are opened.")));
    }
    if !is_reachable(machine) {
        return Err(failed(Text::plain("There is no desktop here.")));
    }
    let mut why = Text::plain("No program here opens web pages.");
    for command in open::commands(url) {
        let ended = tokio::task::spawn_blocking(move || launch(command)).await;
        match ended {
            Ok(Launch::Runs) => return Ok(()),
            Ok(Launch::Failed(words)) => why = words,
            Ok(Launch::Missing) | Err(_) => {}
        }
    }
    Err(failed(why))
}

enum Launch {
    Runs,
    Failed(Text),
    Missing,
}

/// Starts one launcher with nothing of our terminal, and watches it for a moment.
fn launch(mut command: Command) -> Launch {
    let name = command.get_program().to_string_lossy().into_owned();
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        return Launch::Missing;
    };
    let deadline = Instant::now() + PATIENCE;
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Launch::Runs,
            Ok(Some(_)) => {
                return Launch::Failed(say!("{} says that it failed.", Text::command(name)));
            }
            Ok(None) if Instant::now() >= deadline => return Launch::Runs,
            Ok(None) => std::thread::sleep(Duration::from_millis(25)),
            Err(_) => return Launch::Missing,
        }
    }
}
