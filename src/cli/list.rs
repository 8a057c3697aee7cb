//! `sshstep list`: what is known.

use crate::diagnosis::book::book;
use crate::text::Text;
use crate::trouble::Exit;
use crate::tui;

use super::Setup;
use super::args::Listed;

/// Prints the list.
pub fn run(setup: &Setup, what: Listed, json: bool) -> Exit {
    match (what, json) {
        (Listed::Providers, true) => json_of(setup, &setup.providers.listing()),
        (Listed::Providers, false) => providers(setup),
        (Listed::Diagnoses, true) => json_of(setup, &super::json::diagnoses()),
        (Listed::Diagnoses, false) => diagnoses(setup),
    }
}

fn json_of(setup: &Setup, value: &impl serde::Serialize) -> Exit {
    match serde_json::to_string_pretty(value) {
        Ok(text) => {
            setup.output.raw(&text);
            Exit::Works
        }
        Err(_) => Exit::CouldNotCheck,
    }
}

fn providers(setup: &Setup) -> Exit {
    for provider in setup.providers.iter() {
        let hosts = provider
            .hosts
            .iter()
            .chain(&provider.host_patterns)
            .next()
            .map_or("", String::as_str);
        let line = format!(
            "{}  {}  {hosts}",
            tui::pad(&provider.id, 12),
            tui::pad(&provider.name, 14)
        );
        setup.output.line(&Text::public(line));
    }
    Exit::Works
}

fn diagnoses(setup: &Setup) -> Exit {
    for (code, words) in causes() {
        setup.output.raw(code);
        setup.output.wrapped("    ", &Text::public(words));
    }
    Exit::Works
}

/// Each code once, with its meaning for any connection: the holes of its first entry as words in
/// capitals.
pub(super) fn causes() -> Vec<(&'static str, String)> {
    let mut causes: Vec<(&str, String)> = Vec::new();
    for diagnosis in &book().diagnoses {
        if causes.iter().all(|(code, _)| *code != diagnosis.code) {
            causes.push((&diagnosis.code, in_general(&diagnosis.summary)));
        }
    }
    causes
}

/// `{host} answers` becomes `HOST answers`.
fn in_general(words: &str) -> String {
    let mut general = String::new();
    let mut inside = false;
    for c in words.chars() {
        match c {
            '{' => inside = true,
            '}' => inside = false,
            c if inside => general.extend(c.to_uppercase()),
            c => general.push(c),
        }
    }
    general
}
