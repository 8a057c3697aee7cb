//! `sshstep explain`: what a pasted or piped text says. Writes nothing, connects to nothing.

use std::fs::File;
use std::io::{IsTerminal as _, Read, stdin};
use std::path::Path;

use crate::answer::Answer;
use crate::diagnosis::{Severity, Verdict};
use crate::explain::{Explained, Explaining};
use crate::say;
use crate::text::Text;
use crate::trouble::{Exit, Trouble};

use super::Setup;
use super::args;
use super::finding;
use super::json::{self, Form};

/// Reads all of it, then says what it means.
pub fn run(setup: &Setup, explain: &args::Explain) -> Exit {
    match read(setup, explain) {
        Ok(explained) => {
            setup.output.vocabulary.learn(explained.private.clone());
            if explain.json {
                setup
                    .output
                    .raw(&format!("{:#}", object(setup, &explained)));
            } else {
                print(setup, &explained);
            }
            match explained.verdict {
                Verdict::Works => Exit::Works,
                Verdict::Problem => Exit::Problem,
                Verdict::Unknown => Exit::CouldNotCheck,
            }
        }
        Err(trouble) => json::fail(setup, Form::of(explain.json), &trouble),
    }
}

fn read(setup: &Setup, explain: &args::Explain) -> Result<Explained, Trouble> {
    match explain.file.as_deref() {
        Some(file) if file != Path::new("-") => {
            let unreadable = |error: &std::io::Error| {
                Trouble::io(
                    say!("{} could not be read.", Text::path(file)),
                    error,
                    "Give a text file, or pipe the text: ssh -v HOST 2>&1 | sshstep explain",
                )
                .exit(Exit::Usage)
            };
            let mut opened = File::open(file).map_err(|error| unreadable(&error))?;
            if opened.metadata().is_ok_and(|about| about.is_dir()) {
                let error = std::io::Error::from(std::io::ErrorKind::IsADirectory);
                return Err(unreadable(&error));
            }
            from(setup, &mut opened, Text::path(file))
        }
        Some(_) | None => {
            if stdin().is_terminal() {
                setup.output.note(&Text::plain(
                    "Paste what ssh, git or the CI job printed, then press Ctrl-D on a line of its own.",
                ));
            }
            from(setup, &mut stdin().lock(), Text::plain("The input"))
        }
    }
}

/// One pass; memory does not grow with the text.
fn from(setup: &Setup, source: &mut dyn Read, name: Text) -> Result<Explained, Trouble> {
    let mut explaining = Explaining::default();
    let mut chunk = vec![0; 1 << 16];
    loop {
        let got = match source.read(&mut chunk) {
            Ok(0) => break,
            Ok(got) => got,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => {
                return Err(Trouble::io(
                    say!("{} could not be read to its end.", name),
                    &error,
                    "Try again, or save the text in a file: sshstep explain FILE",
                )
                .exit(Exit::CouldNotCheck));
            }
        };
        explaining.push(&chunk[..got]);
    }
    explaining.finish(&setup.providers).ok_or_else(|| {
        Trouble::new(
            say!("{} is empty, so there is nothing to explain.", name),
            "ssh prints its errors on standard error, which a plain pipe does not carry.",
            "Pipe both: ssh -v HOST 2>&1 | sshstep explain",
        )
        .exit(Exit::CouldNotCheck)
    })
}

fn object(setup: &Setup, explained: &Explained) -> serde_json::Value {
    let answer = Answer {
        target: explained.target.as_ref(),
        provider: explained.provider(&setup.providers),
        facts: None,
        verdict: explained.verdict,
        identity: explained.account.clone(),
        findings: &explained.findings,
        ladder: explained.ladder.as_ref(),
        steps: Vec::new(),
    };
    json::answer(&answer, &setup.output.vocabulary)
}

fn print(setup: &Setup, explained: &Explained) {
    let out = &setup.output;
    let (mark, verdict) = explained.verdict_in_words();
    out.marked(mark, &verdict);
    let shown = explained
        .findings
        .iter()
        .filter(|found| found.severity != Severity::Advice);
    for found in shown.take(3) {
        finding::print(setup, found, explained.target.as_ref());
    }
}
