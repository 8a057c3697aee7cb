//! Can the person's browser open a page from here?

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::machine::Machine;
use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

/// A browser that starts keeps running, or its launcher ends at once with 0.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Browsers that would need our terminal.
const IN_A_TERMINAL: [&str; 6] = ["w3m", "lynx", "links", "links2", "elinks", "www-browser"];

/// Whether a browser on the person's own desktop can be reached at all.
///
/// `BROWSER` counts on a remote machine, too: editors that work over SSH set it to a helper that
/// opens pages where the person is.
pub fn is_reachable(machine: &Machine) -> bool {
    chosen(machine).is_some()
        || (!machine.is_remote()
            && (cfg!(any(windows, target_os = "macos"))
                || ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"]
                    .iter()
                    .any(|name| machine.var(name).is_some())))
}

/// What `BROWSER` names, in its order; none where it is not set. Its form is that of xdg-open:
/// commands with a colon between them, `%s` for the address.
fn chosen(machine: &Machine) -> Option<Vec<Vec<String>>> {
    let value = machine.var("BROWSER").filter(|_| cfg!(unix))?;
    let commands: Vec<Vec<String>> = value
        .split(':')
        .filter_map(|command| shell_words::split(command).ok())
        .filter(|words| {
            words.first().is_some_and(|program| {
                let name = program.rsplit('/').next().unwrap_or_default();
                !IN_A_TERMINAL.contains(&name)
            })
        })
        .collect();
    (!commands.is_empty()).then_some(commands)
}

fn launchers(machine: &Machine, url: &str) -> Vec<Command> {
    let Some(chosen) = chosen(machine) else {
        return open::commands(url);
    };
    let command = |words: Vec<String>| {
        let takes = words.iter().any(|word| word.contains("%s"));
        let mut words = words.into_iter();
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words.map(|word| word.replace("%s", url)));
        if !takes {
            command.arg(url);
        }
        command
    };
    chosen.into_iter().map(command).collect()
}

/// Opens an `https` page in the person's browser.
///
/// # Errors
/// When there is no desktop, no launcher, or the launcher says that it failed. The page shows the
/// address on a line of its own then.
pub async fn open(machine: &Machine, url: &str) -> Result<(), Trouble> {
    let failed = |why: Text| Trouble::new("The browser did not open.", why, Text::default());
    if !url.starts_with("https://") {
        return Err(failed(Text::plain("Only https pages are opened.")));
    }
    if !is_reachable(machine) {
        return Err(failed(Text::plain("There is no desktop here.")));
    }
    let mut why = Text::plain("No program here opens web pages.");
    for command in launchers(machine, url) {
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn with(browser: &str) -> Machine {
        let mut machine = Machine::here(None, Duration::from_secs(1));
        machine.env.clear();
        machine.env.insert("SSH_TTY".into(), "/dev/pts/1".into());
        machine.env.insert("BROWSER".into(), browser.into());
        machine
    }

    fn words(browser: &str) -> Vec<Vec<String>> {
        let told = |command: &Command| {
            std::iter::once(command.get_program())
                .chain(command.get_args())
                .map(|word| word.to_string_lossy().into_owned())
                .collect()
        };
        launchers(&with(browser), "https://x/%s")
            .iter()
            .map(told)
            .collect()
    }

    #[test]
    fn browser_is_taken_as_xdg_open_takes_it() {
        assert_eq!(
            words("/opt/a b:'firefox x' -new=%s"),
            [
                vec!["/opt/a", "b", "https://x/%s"],
                vec!["firefox x", "-new=https://x/%s"]
            ]
        );
    }

    #[test]
    fn a_remote_machine_opens_pages_only_with_a_helper_outside_the_terminal() {
        assert!(is_reachable(&with("/home/ana/.vscode-server/helper.sh")));
        assert!(!is_reachable(&with("/usr/bin/w3m")));
        assert!(!is_reachable(&with("")));
    }
}
