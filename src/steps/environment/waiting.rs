//! What does a key wait for after it was added to the account?

use crate::page::{Choice, Page};
use crate::say;
use crate::steps::{Context, ServerAnswer};
use crate::text::Text;

/// What a key waits for that was added.
pub fn show(page: &mut Page, context: &Context) {
    for line in words(context) {
        page.line(line);
    }
}

/// The same in words; empty where it counts at once.
pub fn words(context: &Context) -> Vec<Text> {
    let about = context
        .provider()
        .and_then(|provider| provider.page.as_ref());
    about.map(|about| about.pending.lines()).unwrap_or_default()
}

/// Whether the server has refused the key, and that may be because of the environment behind the address.
pub fn is_possible(context: &Context) -> bool {
    let cli = context
        .provider()
        .and_then(|provider| provider.cli.as_ref());
    let key = context.answers.key.as_deref().unwrap_or_default();
    cli.is_some_and(|cli| cli.environment.is_some())
        && context.server_answer(key) == ServerAnswer::Refused
}

/// The way to the environment; the tool is named where it can be asked.
pub fn choice(context: &Context) -> Choice {
    let cli = context
        .provider()
        .and_then(|provider| provider.cli.as_ref());
    match cli.filter(|cli| context.facts.tools.contains_key(&cli.program)) {
        Some(cli) => Choice::new(
            say!("Ask {} about the project", Text::public(cli.program.name())),
            "or deploy it",
        ),
        None => Choice::new("See what a new key waits for", "the next deployment"),
    }
}
