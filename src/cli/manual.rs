//! What does the manual page say, and what do the completions complete?
//!
//! Both are made from the definition of the arguments; screens, exit codes and diagnoses come from
//! the program's own tables, and `tests/manual.rs` looks that none is missing.

use std::io::Write as _;

use clap::{Command, CommandFactory as _};
use clap_mangen::roff::{Roff, bold, italic, roman};

use crate::screens::SCREENS;
use crate::trouble::Exit;

use super::args::Args;
use super::list;

const EXITS: [(Exit, &str); 8] = [
    (Exit::Works, "It works, or it is done."),
    (Exit::Problem, "A problem was found."),
    (Exit::Usage, "Wrong usage."),
    (Exit::CouldNotCheck, "It could not be checked."),
    (
        Exit::RolledBack,
        "A write failed, and what was written before it was taken back.",
    ),
    (
        Exit::Unfinished,
        "Left unfinished: something is for you to do; the message says what.",
    ),
    (Exit::HangUp, "The terminal went away."),
    (Exit::Interrupted, "Ctrl-C."),
];

const FILES: [(&str, &str); 5] = [
    (
        "~/.ssh/config, ~/.ssh/known_hosts",
        "Changed only after you have seen the change and pressed y.",
    ),
    (
        "~/.ssh/id_*",
        "New keys. A file that exists is never overwritten, and no key is ever deleted.",
    ),
    (
        "~/.local/state/sshstep/ (or below $XDG_STATE_HOME)",
        "What was changed, for undo; never a private key. On macOS and Windows it is in the folder for local application data.",
    ),
    (
        "~/.config/sshstep/providers/*.toml (or below $XDG_CONFIG_HOME)",
        "Services of your own, read only. On macOS and Windows it is in the folder for application settings.",
    ),
    (
        "/etc/ssh/ssh_config",
        "Read as ssh reads it, never changed.",
    ),
];

const ENVIRONMENT: [(&str, &str); 5] = [
    ("SSH_AUTH_SOCK", "Where the agent listens, as for ssh."),
    (
        "ACCESSIBLE",
        "Numbered lines instead of the full screen, unless it is 0, false or off.",
    ),
    ("NO_COLOR", "No colours, unless --color says otherwise."),
    ("TERM", "When it is dumb or not set: numbered lines."),
    (
        "LC_ALL, LC_CTYPE, LANG",
        "Whether the terminal can show more than ASCII.",
    ),
];

/// Completions on standard output.
pub fn completions(shell: clap_complete::Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "sshstep", &mut script);
    write(&script)
}

/// The manual page on standard output.
pub fn man() -> Exit {
    let mut command = Args::command().override_help(None::<&str>);
    command.build();
    let page = clap_mangen::Man::new(command.clone());
    let mut text = Vec::new();
    let rendered = page
        .render_title(&mut text)
        .and_then(|()| page.render_name_section(&mut text))
        .and_then(|()| synopsis().to_writer(&mut text))
        .and_then(|()| page.render_description_section(&mut text))
        .and_then(|()| commands(&command).to_writer(&mut text))
        .and_then(|()| page.render_options_section(&mut text))
        .and_then(|()| tables().to_writer(&mut text));
    match rendered {
        Ok(()) => write(&text),
        Err(_) => Exit::CouldNotCheck,
    }
}

fn synopsis() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    roff.text([bold("sshstep"), roman(" [OPTIONS] [TARGET]")]);
    roff.control("br", []);
    roff.text([bold("sshstep"), roman(" [OPTIONS] COMMAND")]);
    roff
}

/// Each command with the options that only it has.
fn commands(command: &Command) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["COMMANDS"]);
    for verb in command.get_subcommands() {
        roff.control("TP", []);
        let mut words = vec![bold(verb.get_name())];
        for argument in verb.get_positionals() {
            let name = argument.get_id().as_str().to_uppercase();
            words.push(roman(" "));
            words.push(if argument.is_required_set() {
                italic(name)
            } else {
                roman(format!("[{name}]"))
            });
        }
        roff.text(words);
        roff.text([roman(sentence(verb.get_about()))]);
        let own = verb
            .get_arguments()
            .filter(|option| !option.is_global_set());
        for option in own {
            let Some(long) = option.get_long().filter(|long| *long != "help") else {
                continue;
            };
            roff.control("br", []);
            roff.text([
                bold(format!("--{long}")),
                roman(": "),
                roman(sentence(option.get_help())),
            ]);
        }
    }
    roff
}

fn sentence(words: Option<&clap::builder::StyledStr>) -> String {
    format!("{}.", words.map(ToString::to_string).unwrap_or_default())
}

/// What the definition of the arguments does not know.
fn tables() -> Roff {
    let mut roff = Roff::new();
    section(
        &mut roff,
        "SCREENS",
        SCREENS.map(|(number, words)| (format!("{number:02}"), words)),
    );
    section(
        &mut roff,
        "EXIT STATUS",
        EXITS.map(|(exit, words)| (exit.code().to_string(), words)),
    );
    section(&mut roff, "FILES", FILES);
    section(&mut roff, "ENVIRONMENT", ENVIRONMENT);
    section(&mut roff, "DIAGNOSES", list::causes());
    roff
}

fn section<T: Into<String>, W: Into<String>>(
    roff: &mut Roff,
    title: &str,
    entries: impl IntoIterator<Item = (T, W)>,
) {
    roff.control("SH", [title]);
    for (term, words) in entries {
        roff.control("TP", []);
        roff.text([bold(term)]);
        roff.text([roman(words)]);
    }
}

fn write(bytes: &[u8]) -> Exit {
    match std::io::stdout().write_all(bytes) {
        Ok(()) => Exit::Works,
        // The reader closed the pipe: it has what it wanted.
        Err(_) => Exit::Works,
    }
}
