//! The manual page and the completions, made from the definition of the arguments.

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_mangen::roff::{Roff, bold, roman};

use crate::diagnosis::book::book;
use crate::trouble::Exit;

use super::args::Args;

/// Completions on standard output.
pub fn completions(shell: clap_complete::Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "sshstep", &mut script);
    write(&script)
}

/// The manual page on standard output.
pub fn man() -> Exit {
    let command = Args::command().override_help(None::<&str>);
    let page = clap_mangen::Man::new(command);
    let mut text = Vec::new();
    let rendered = page
        .render_title(&mut text)
        .and_then(|()| page.render_name_section(&mut text))
        .and_then(|()| page.render_synopsis_section(&mut text))
        .and_then(|()| page.render_description_section(&mut text))
        .and_then(|()| page.render_options_section(&mut text))
        .and_then(|()| page.render_subcommands_section(&mut text))
        .and_then(|()| own_sections().to_writer(&mut text));
    match rendered {
        Ok(()) => write(&text),
        Err(_) => Exit::CouldNotCheck,
    }
}

/// What the definition of the arguments does not know: screens, exit codes, files, diagnoses.
fn own_sections() -> Roff {
    let mut roff = Roff::new();
    let mut section = |title: &str, entries: &[(&str, &str)]| {
        roff.control("SH", [title]);
        for (term, words) in entries {
            roff.control("TP", []);
            roff.text([bold(*term)]);
            roff.text([roman(*words)]);
        }
    };
    section(
        "SCREENS",
        &[
            ("01, 02", "Help; commands and keys so far."),
            ("10, 11", "Pick a service or server."),
            ("20, 21", "Choose a key; make a key."),
            ("30", "Give the server your public key."),
            ("40", "Unlock the key: the agent."),
            ("50", "Check the change of the settings."),
            (
                "60, 62, 63",
                "Is it really the server? Same; nothing to compare with; another key.",
            ),
            ("61", "The test."),
            ("71, 72", "Repair; the evidence."),
            ("80", "Done."),
        ],
    );
    section(
        "EXIT STATUS",
        &[
            ("0", "It works, or it is done."),
            ("1", "A problem was found."),
            ("2", "Wrong usage."),
            ("3", "It could not be checked."),
            ("4", "A write failed and was taken back."),
            (
                "5",
                "Left unfinished: something is for you to do; the message says what.",
            ),
            ("129, 130", "The terminal went away; Ctrl-C."),
        ],
    );
    section(
        "FILES",
        &[
            (
                "~/.ssh/config, ~/.ssh/known_hosts, ~/.ssh/id_*",
                "Changed or made only after y.",
            ),
            (
                "the state folder, sshstep/",
                "Journal and copies for undo; never a key.",
            ),
            (
                "the configuration folder, sshstep/providers/*.toml",
                "Services of your own.",
            ),
        ],
    );
    let mut codes: Vec<(&str, &str)> = Vec::new();
    for diagnosis in &book().diagnoses {
        if codes.iter().all(|(code, _)| *code != diagnosis.code) {
            codes.push((&diagnosis.code, &diagnosis.cause));
        }
    }
    section("DIAGNOSES", &codes);
    roff
}

fn write(bytes: &[u8]) -> Exit {
    match std::io::stdout().write_all(bytes) {
        Ok(()) => Exit::Works,
        // The reader closed the pipe: it has what it wanted.
        Err(_) => Exit::Works,
    }
}
