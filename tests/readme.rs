//! Is what README.md shows what the program really prints?
//!
//! Every `$ sshstep …` in a block that goes on with output is run in a laboratory; every screen in a `text` block is looked for
//! in a walk through the demo. What differs from run to run (times, fingerprints, temporary names) is made equal first.
#![cfg(all(target_os = "linux", feature = "demo"))]

mod lab;

use std::fs;
use std::path::Path;

use clap::CommandFactory as _;
use lab::{Lab, Route, Terminal};
use sshstep::cli::args::Args;
use sshstep::trouble::Exit;

const EXITS: [Exit; 8] = [
    Exit::Works,
    Exit::Problem,
    Exit::Usage,
    Exit::CouldNotCheck,
    Exit::RolledBack,
    Exit::Unfinished,
    Exit::HangUp,
    Exit::Interrupted,
];

#[test]
fn shown_output_is_what_the_program_prints() {
    let lab = world();
    let mut compared = 0;
    for block in blocks("console") {
        let (command, shown) = block.split_once('\n').unwrap_or((&block, ""));
        if shown.is_empty() || shown.starts_with("$ ") {
            continue;
        }
        let words: Vec<&str> = command.trim_start_matches("$ ").split(' ').collect();
        assert_eq!(words[0], "sshstep", "{command}");
        let output = match words[1] {
            "fix" => world_to_mend().sshstep(&words[1..]),
            _ => lab.sshstep(&words[1..]),
        };
        assert_eq!(steady(shown), steady(&output.stdout), "{command}");
        compared += 1;
    }
    assert!(compared >= 2, "README.md shows too little");
}

#[test]
fn shown_screens_are_those_of_the_demo() {
    let lab = Lab::new();
    let mut demo = lab.terminal(&["demo"], 80, 24);
    let mut seen = Vec::new();
    let mut see = |demo: &Terminal, screen: &str| {
        demo.wait_until(screen, |demo| {
            demo.row(1).contains(screen) && demo.row(24).contains("q Quit")
        });
        seen.push(steady(&demo.settled()));
    };
    see(&demo, "Screen 21");
    demo.press("1");
    for label in ["New passphrase", "The same passphrase again"] {
        demo.wait_for(label);
        demo.type_text("correct horse battery");
        demo.type_text("\r");
    }
    see(&demo, "Screen 30");
    demo.press("1");
    // While the server's key is fetched there is nothing to say yes to.
    demo.wait_for("y  Remember");
    see(&demo, "Screen 60");
    demo.press("y");
    see(&demo, "Screen 80");
    assert_eq!(demo.presses(), 3, "README.md counts the keys");
    let shown = blocks("text");
    assert!(shown.len() >= 2, "README.md shows too few screens");
    for screen in shown {
        let screen = steady(&screen);
        assert!(
            seen.contains(&screen),
            "not seen:\n{screen}\n--- seen\n{}",
            seen.join("\n---\n")
        );
    }
    demo.press("1");
    assert_eq!(demo.wait_exit(), 0);
}

#[test]
fn the_table_of_exit_codes_is_complete() {
    let readme = readme();
    let table = readme.split("| code | meaning |\n|---|---|\n").nth(1);
    let table = table.expect("a table of exit codes").split("\n\n").next();
    let rows = table.into_iter().flat_map(str::lines);
    let codes: Vec<u8> = rows
        .map(|row| row.split('|').nth(1).unwrap_or_default().trim())
        .map(|code| {
            code.parse()
                .unwrap_or_else(|_| panic!("{code:?} is no code"))
        })
        .collect();
    assert_eq!(codes, EXITS.map(Exit::code));
}

#[test]
fn every_named_command_and_file_exists() {
    let readme = readme();
    let verbs = Args::command();
    let verbs: Vec<&str> = verbs
        .get_subcommands()
        .map(|verb| verb.get_name())
        .collect();
    let in_code = readme
        .split("`sshstep ")
        .chain(readme.split("\n$ sshstep "));
    let mut named = 0;
    for line in in_code.skip(1) {
        let word: String = line.chars().take_while(char::is_ascii_lowercase).collect();
        if !word.is_empty() && line[word.len()..].starts_with(['`', ' ', '\n']) {
            assert!(verbs.contains(&word.as_str()), "there is no {word}: {line}");
            named += 1;
        }
    }
    assert!(named >= verbs.len(), "the search finds too little");
    for path in [
        "tests/run",
        ".ci/run",
        "assets/providers",
        "assets/diagnoses.toml",
        "src/lib.rs",
    ] {
        assert!(readme.contains(path), "{path} is not in README.md");
        assert!(
            Path::new(env!("CARGO_MANIFEST_DIR")).join(path).exists(),
            "{path}"
        );
    }
}

/// Somebody whose key GitHub does not know, and who has met GitHub before.
fn world() -> Lab {
    let lab = Lab::new();
    lab.route("github.com", Route::Tcp);
    lab.key("id_ed25519").make();
    lab.trust("github.com");
    lab
}

/// Somebody whose settings name another key than the one that GitHub knows.
fn world_to_mend() -> Lab {
    let lab = Lab::new();
    lab.trust("github.com");
    lab.key("id_work").make();
    lab.server.publish(&lab.key("id_ed25519").make());
    let config = "Host github.com\n  User git\n  IdentityFile ~/.ssh/id_work\n";
    lab.write(".ssh/config", config);
    lab
}

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    fs::read_to_string(path).expect("README.md is there")
}

/// The fenced blocks of this kind.
fn blocks(kind: &str) -> Vec<String> {
    let readme = readme();
    let start = format!("```{kind}\n");
    let ends = readme.split(&start).skip(1);
    ends.filter_map(|block| Some(block.split("\n```").next()?.to_owned()))
        .collect()
}

/// Without what differs from run to run, and with runs of blank rows as one.
fn steady(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.trim_end().lines() {
        let line = masked(&masked(line, "SHA256:", 43), "/sshstep-demo-", 6);
        let line = match line.trim_end().split_once("its address is ") {
            Some((before, _)) => format!("{before}its address is #"),
            None => without_times(line.trim_end()),
        };
        if !(line.is_empty() && lines.last().is_some_and(String::is_empty)) {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// The `width` characters behind each `lead` replaced.
fn masked(line: &str, lead: &str, width: usize) -> String {
    let mut parts = line.split(lead);
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        masked += lead;
        masked.extend(
            part.chars()
                .enumerate()
                .map(|(at, c)| if at < width { '#' } else { c }),
        );
    }
    masked
}

/// `12 ms` becomes `# ms`, `0.3 s` becomes `# s`.
fn without_times(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let is_number =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit() || c == '.');
    let unit = |at: usize| {
        words
            .get(at)
            .is_some_and(|word| ["ms", "s", "s,", "ms)", "s)"].contains(word))
    };
    let steady = words.iter().enumerate().map(|(at, word)| {
        if is_number(word.trim_start_matches('(')) && unit(at + 1) {
            "#"
        } else {
            word
        }
    });
    steady.collect::<Vec<_>>().join(" ")
}
