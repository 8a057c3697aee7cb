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
    let mut seen: Vec<&str> = Vec::new();
    for diagnosis in &book().diagnoses {
        if !seen.contains(&diagnosis.code.as_str()) {
            seen.push(&diagnosis.code);
            let line = format!("{}  {}", tui::pad(&diagnosis.code, 36), diagnosis.step.id());
            setup.output.line(&Text::public(line));
        }
    }
    Exit::Works
}
