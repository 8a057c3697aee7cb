//! Do the manual page, the help and the completions tell everything that exists, and nothing that does not?

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use clap::{CommandFactory, ValueEnum};
use sshstep::cli::args::Args;
use sshstep::diagnosis::book::book;
use sshstep::trouble::Exit;

#[test]
fn every_screen_of_the_program_is_in_the_manual() {
    let drawn = screens_in_the_source();
    assert!(drawn.len() >= 16, "the search finds too little: {drawn:?}");
    assert_eq!(terms_of("SCREENS"), drawn);
}

#[test]
fn every_exit_code_is_in_the_manual() {
    let codes = EXITS.map(|exit| exit.code().to_string());
    assert_eq!(terms_of("EXIT STATUS"), codes.into());
}

#[test]
fn every_diagnosis_is_in_the_manual_and_in_the_list_in_whole_words() {
    let codes: BTreeSet<String> = book().diagnoses.iter().map(|d| d.code.clone()).collect();
    assert_eq!(terms_of("DIAGNOSES"), codes);
    let list = stdout(&["list", "diagnoses"]);
    let listed = list.lines().filter(|line| !line.starts_with(' '));
    assert_eq!(listed.map(str::to_owned).collect::<BTreeSet<_>>(), codes);
    for page in [manual(), list] {
        assert!(!page.contains(['{', '}']), "a hole is left open:\n{page}");
    }
}

#[test]
fn every_command_and_option_is_in_the_manual_and_in_the_help() {
    let mut command = Args::command();
    command.build();
    let (manual, help) = (manual(), stdout(&["--help"]));
    for verb in command.get_subcommands() {
        let name = verb.get_name();
        assert!(terms_of("COMMANDS").contains(name), "{name}:\n{manual}");
        let words = help.split([' ', '\n']).any(|word| word == name);
        assert!(words, "{name} is not in:\n{help}");
        for option in verb.get_arguments().filter_map(|option| option.get_long()) {
            assert!(manual.contains(&format!("--{option}")), "{option}");
            let own = stdout(&[name, "--help"]);
            assert!(own.contains(&format!("--{option}")), "{option}: {own}");
        }
    }
    for option in command.get_arguments() {
        let written = match (option.get_long(), option.get_short()) {
            (Some(long), _) => format!("--{long}"),
            (None, Some(short)) => format!("-{short}"),
            (None, None) => continue,
        };
        assert!(manual.contains(&written), "{written}:\n{manual}");
        assert!(help.contains(&written), "{written} is not in:\n{help}");
    }
}

#[test]
fn the_help_offers_nothing_that_does_not_exist() {
    let help = stdout(&["--help"]);
    let mut command = Args::command();
    command.build();
    let table = help
        .split("Commands:\n")
        .nth(1)
        .expect("a list of commands");
    let table = table.split("\n\n").next().expect("its end");
    // Two columns: a name at the start of each row, another behind a run of blanks.
    let names = table.lines().flat_map(|row| {
        let mut cells = row.trim().split("  ").filter(|cell| !cell.is_empty());
        let first = cells.next();
        let third = cells.nth(1);
        first.into_iter().chain(third)
    });
    let names: BTreeSet<&str> = names
        .filter_map(|cell| cell.split_whitespace().next())
        .collect();
    let exist: BTreeSet<&str> = command
        .get_subcommands()
        .map(|verb| verb.get_name())
        .collect();
    assert_eq!(names, exist, "{table}");
    for (option, _) in help.match_indices("--").map(|(at, _)| {
        help[at + 2..]
            .split_once(|c: char| !c.is_ascii_lowercase() && c != '-')
            .expect("words follow")
    }) {
        let known = command
            .get_arguments()
            .any(|argument| argument.get_long() == Some(option));
        assert!(known || option == "help", "--{option} does not exist");
    }
}

#[test]
fn help_wins_over_anything_else_that_is_wrong() {
    for wrong in [&["--help", "--nonsense"][..], &["-p", "nonsense", "--help"]] {
        let output = sshstep(wrong);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(text(&output.stdout), stdout(&["--help"]));
    }
    let output = sshstep(&["--nonsense"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
}

#[test]
fn the_manual_is_clean_roff() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sshstep.1");
    fs::write(&file, manual()).expect("the folder is writable");
    let Some(output) = checked(
        Command::new("groff")
            .args(["-ww", "-man", "-Tutf8"])
            .arg(&file),
    ) else {
        return;
    };
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn the_completions_are_clean_scripts() {
    let folder = tempfile::tempdir().expect("a folder");
    for shell in clap_complete::Shell::value_variants() {
        let name = shell.to_string();
        let script = stdout(&["completions", &name]);
        for verb in Args::command().get_subcommands() {
            assert!(
                script.contains(verb.get_name()),
                "{name}: {}",
                verb.get_name()
            );
        }
        if !["bash", "zsh", "fish"].contains(&name.as_str()) {
            continue;
        }
        let file = folder.path().join(&name);
        fs::write(&file, script).expect("the folder is writable");
        if let Some(output) = checked(Command::new(&name).arg("-n").arg(&file)) {
            assert!(
                output.status.success() && output.stderr.is_empty(),
                "{name}: {}",
                text(&output.stderr)
            );
        }
    }
}

/// All exit codes: the compiler asks for a new one here.
const EXITS: [Exit; 8] = {
    const fn known(exit: Exit) -> Exit {
        match exit {
            Exit::Works
            | Exit::Problem
            | Exit::Usage
            | Exit::CouldNotCheck
            | Exit::RolledBack
            | Exit::Unfinished
            | Exit::HangUp
            | Exit::Interrupted => exit,
        }
    }
    [
        known(Exit::Works),
        known(Exit::Problem),
        known(Exit::Usage),
        known(Exit::CouldNotCheck),
        known(Exit::RolledBack),
        known(Exit::Unfinished),
        known(Exit::HangUp),
        known(Exit::Interrupted),
    ]
};

/// What stands in the first place of `Page::new(…)`, or is chosen for it in a `let screen = match`.
fn screens_in_the_source() -> BTreeSet<String> {
    let mut screens = BTreeSet::new();
    let mut add = |words: &str| {
        let digits: String = words
            .trim_start()
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        if let Ok(number) = digits.parse::<u8>() {
            screens.insert(format!("{number:02}"));
        }
    };
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let source = fs::read_to_string(&file).expect("a source file is text");
        // Tests make up pages of their own.
        let source = source
            .split("#[cfg(test)]\nmod ")
            .next()
            .unwrap_or_default();
        for call in source.split("Page::new(").skip(1) {
            add(call);
        }
        for choice in source.split("let screen = match").skip(1) {
            let arms = choice.split("};").next().unwrap_or_default();
            for arm in arms.split("=>").skip(1) {
                add(arm);
            }
        }
    }
    screens
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a source folder");
    let paths = entries.map(|entry| entry.expect("a name").path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// The bold terms of a section of the manual.
fn terms_of(section: &str) -> BTreeSet<String> {
    let manual = manual();
    let heading = [format!(".SH {section}\n"), format!(".SH \"{section}\"\n")];
    let start = heading
        .iter()
        .find_map(|heading| manual.split(heading.as_str()).nth(1));
    let body = start.unwrap_or_else(|| panic!("no section {section}:\n{manual}"));
    let body = body.split("\n.SH ").next().unwrap_or_default();
    body.split(".TP\n")
        .skip(1)
        .filter_map(|entry| entry.strip_prefix("\\fB")?.split("\\fR").next())
        .map(|term| term.replace("\\-", "-"))
        .collect()
}

fn manual() -> String {
    stdout(&["man"]).replace("\\-", "-")
}

fn stdout(args: &[&str]) -> String {
    let output = sshstep(args);
    assert!(output.status.success(), "{args:?}: {output:?}");
    text(&output.stdout)
}

fn sshstep(args: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_sshstep"))
        .args(args)
        .env("XDG_CONFIG_HOME", folder.path())
        .output();
    output.expect("it was just built")
}

/// Runs a checker; None where it is not installed, which is said.
fn checked(command: &mut Command) -> Option<Output> {
    match command.output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!(
                "not checked, it is not installed: {:?}",
                command.get_program()
            );
            None
        }
        Err(error) => panic!("{command:?}: {error}"),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
