//! Screens 32 and 33 as they look.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::field::Field;
use crate::key::certificate::{Certificate, Validity};
use crate::key::pasted::Pasted;
use crate::page::{Block, Choice, Mark, Page};
use crate::plan;
use crate::provider::Certainty;
use crate::repair::Remedy;
use crate::say;
use crate::steps::config::diff_rows;
use crate::steps::{Context, key};
use crate::text::Text;

use super::Pick;

/// Screen 32: where the certificate comes from, and for which key it has to be.
pub(super) fn how(page: &mut Page, context: &Context) {
    let service = context.service();
    let Some(about) = context
        .provider()
        .and_then(|provider| provider.certificate.as_ref())
    else {
        return;
    };
    let hours = match about.certainty {
        Certainty::Documented => say!("{} hours", about.hours),
        Certainty::Usually => say!("usually {} hours", about.hours),
    };
    page.line(say!(
        "{} lets you in with your key and a certificate for it, valid {}.",
        service.clone(),
        hours
    ));
    page.blank();
    for (at, line) in about.steps.lines().into_iter().enumerate() {
        page.line(say!("{}. {}", at + 1, line));
    }
    if let Some(key) = context.key() {
        page.blank();
        page.line(say!(
            "It is made for the key marked Default there. Your key {} has:",
            Text::quoted(key.name())
        ));
        page.body.push(Block::Copyable(Text::fingerprint(
            key.fingerprint().unwrap_or_default(),
        )));
        page.aside("The row marked Default must show the same letters.");
    }
    if let Some(files) = context
        .provider()
        .and_then(|provider| provider.file_transfer.as_ref())
    {
        page.blank();
        for line in files.note.lines() {
            page.aside(line);
        }
    }
}

/// Screen 32 with the field.
pub(super) fn asking(page: &mut Page, field: &Field) {
    page.line("Paste what the page shows: the certificate, or the whole command.");
    page.aside("Nothing of it is run.");
    if !field.is_empty() {
        page.blank();
        page.line("When all of it is here, press Enter on an empty line.");
    }
    page.field = Some(field.view());
}

/// Screen 33 above the change: for which key, for whom, how long, in a line.
pub(super) fn in_short(page: &mut Page, pasted: &Pasted, context: &Context) {
    let certificate = &pasted.certificate;
    let key = context.facts.key(&certificate.certified.fingerprint);
    let left = left(page, certificate);
    page.line(say!(
        "For {} and {}: valid {}.",
        key.map_or_else(|| Text::plain("your key"), |key| Text::quoted(key.name())),
        Text::join(certificate.principals.iter().map(Text::user), ", "),
        left
    ));
}

/// Screen 33: for which key, for whom, how long.
pub(super) fn what(page: &mut Page, pasted: &Pasted, context: &Context) {
    let certificate = &pasted.certificate;
    let fingerprint = &certificate.certified.fingerprint;
    let here = context.facts.key(fingerprint);
    let key = match here {
        Some(key) => say!("{}, on this computer", Text::quoted(key.name())),
        None => Text::plain("none on this computer"),
    };
    let left = left(page, certificate);
    let mut fact = |name: &'static str, value: Text| {
        page.body.push(Block::Fact(name.into(), value));
    };
    fact("Key", key);
    fact("", Text::fingerprint(fingerprint));
    fact(
        "For",
        match certificate.principals.len() {
            0 => Text::plain("nobody"),
            _ => Text::join(certificate.principals.iter().map(Text::user), ", "),
        },
    );
    fact("Valid", left);
    if let Some((login, _)) = &pasted.address {
        fact("Address", Text::quoted(login));
    }
}

/// How long it still counts, in words. The page counts the minutes down.
pub(in crate::steps) fn left(page: &mut Page, certificate: &Certificate) -> Text {
    let until = match certificate.validity(SystemTime::now()) {
        Validity::Valid { until: Some(until) } => until,
        Validity::Valid { until: None } => return Text::plain("without end"),
        Validity::NotYet { from } => {
            return say!("not before {}", Text::public(key::moment(from)));
        }
        Validity::Expired { since } => {
            return say!("expired on {}", Text::public(key::moment(since)));
        }
    };
    page.runs_out = Some(until);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let minutes = until.saturating_sub(now) / 60;
    let left = match (minutes / 60, minutes % 60) {
        (0, 1) => Text::plain("1 minute"),
        (0, minutes) => say!("{} minutes", minutes),
        (hours, minutes) if hours < 48 => say!("{} h {} min", hours, minutes),
        (hours, _) => say!("{} days", hours / 24),
    };
    say!(
        "{} from now, until {}",
        left,
        Text::public(key::moment(until))
    )
}

/// What saving it changes.
pub(super) fn change(page: &mut Page, remedy: &Remedy) {
    page.line("Nothing is written until you press y.");
    for previewed in plan::preview_with(&remedy.plan, plan::Context::Lines(0)) {
        page.body.push(Block::Heading(previewed.heading()));
        // The certificate's own line is what was pasted, and long.
        if previewed.path != remedy_file(remedy) {
            page.body.extend(diff_rows(&previewed.hunks));
        }
    }
    if let Some(tested) = &remedy.tested {
        page.mark(Mark::Good, tested.clone());
    }
    page.focus = 1;
}

/// The file of the certificate itself, where it changes.
fn remedy_file(remedy: &Remedy) -> Text {
    let is_certificate = |change: &&plan::Change| {
        let name = change.path().to_string_lossy();
        name.ends_with("-cert.pub")
    };
    let file = remedy.plan.changes.iter().find(is_certificate);
    file.map_or_else(Text::default, |change| Text::path(change.path()))
}

/// What a pick is called.
pub(super) fn choice(pick: Pick, context: &Context) -> Choice {
    match pick {
        Pick::Open => {
            let url = context.provider().and_then(|p| p.page.as_ref());
            let url = url.map_or("", |page| page.url.as_str());
            Choice::new(
                "Open the page with your keys",
                Text::public(url.strip_prefix("https://").unwrap_or(url)),
            )
        }
        Pick::Paste => Choice::new("Paste the certificate", ""),
        Pick::Save => Choice::letter('y', "Save it", ""),
        Pick::Leave => Choice::letter('n', "Leave it", ""),
        Pick::Another => Choice::new("Paste another one", ""),
    }
}
