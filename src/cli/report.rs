//! `sshstep report`: what support needs, with everything private hidden. Writes FILE at most, and sends nothing.

use std::path::Path;

use crate::plan;
use crate::report::{self, Report, hidden_words};
use crate::say;
use crate::text::{Privacy, Text, Vocabulary};
use crate::trouble::{Exit, Trouble};

use super::Setup;
use super::args;
use super::json;
use super::look::{self, Connecting};

/// Looks, connects once, and tells all of it.
pub async fn run(setup: &Setup, options: &args::Report) -> Exit {
    match told(setup, options).await {
        Ok(exit) => exit,
        Err(trouble) => {
            if options.json {
                // What is printed here is passed on as a report would be.
                let object = json::trouble(&trouble, &masked(setup));
                setup.output.raw(&format!("{object:#}"));
            }
            setup.output.trouble(&trouble)
        }
    }
}

async fn told(setup: &Setup, options: &args::Report) -> Result<Exit, Trouble> {
    let file = options
        .output
        .as_deref()
        .filter(|file| *file != Path::new("-"));
    if let Some(file) = file.filter(|file| file.exists()) {
        // Before anybody waits for a connection.
        return Err(report::taken(file));
    }
    let seen = look::see(setup, options.target.as_deref(), Connecting::Once).await?;
    // Earlier changes are a part of it that may be missing.
    let runs = plan::history(&setup.machine.state_dir).unwrap_or_else(|trouble| {
        setup.output.say_trouble(&trouble);
        Vec::new()
    });
    let report = report::make(&seen.sources(setup, runs))?;
    let text = if options.json {
        report.json()
    } else {
        report.markdown()
    };
    match file {
        None => setup.output.raw(text.trim_end()),
        Some(file) => {
            report::save(file, &text)?;
            setup.output.note(&say!("Saved: {}", Text::path(file)));
            note(setup, &report);
        }
    }
    Ok(Exit::Works)
}

fn masked(setup: &Setup) -> Vocabulary {
    let mut words = setup.machine.vocabulary();
    words.privacy = Privacy::Masked;
    setup.providers.publish_to(&mut words);
    words
}

fn note(setup: &Setup, report: &Report) {
    let out = &setup.output;
    out.note(&say!("Hidden: {}.", hidden_words(&report.redactions)));
    out.note(&Text::plain(
        "Read it before you share it. Nothing was sent to anyone.",
    ));
    out.note(&say!("Reference: {}", Text::public(report.reference())));
}
