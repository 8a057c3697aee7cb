//! Where does the key go at the service, and what stands there?

use crate::page::Page;
use crate::provider::Certainty;
use crate::say;
use crate::steps::Context;
use crate::text::Text;

/// The service's page for keys; where everybody runs their own, the one of this server.
pub(super) fn url(context: &Context) -> Option<String> {
    let target = context.answers.target.as_ref()?;
    let effective = context.facts.effective();
    let host = effective.map_or(target.host.as_str(), |effective| effective.host_name());
    context.provider()?.page_at(host)
}

/// The page's address, or a part of it, as it may be seen.
pub(super) fn shown(url: &str, context: &Context) -> Text {
    context
        .provider()
        .map_or_else(|| Text::public(url), |provider| provider.shown_url(url))
}

/// Why the service has no page for keys; empty where it has one, or for any other server.
pub(super) fn reason(context: &Context) -> Vec<Text> {
    context
        .provider()
        .map(|provider| provider.no_page.lines())
        .unwrap_or_default()
}

/// What to do on the page, and what the service limits about keys; or why there is no page.
pub(super) fn words(page: &mut Page, context: &Context) {
    let Some(provider) = context.provider() else {
        return;
    };
    let Some(about) = &provider.page else {
        let reason = reason(context);
        if !reason.is_empty() {
            page.blank();
            page.line(Text::join(reason, " "));
        }
        return;
    };
    page.blank();
    let steps = Text::join(about.steps.lines(), "; ");
    page.line(match about.certainty {
        Certainty::Documented => say!("On the page: {}.", steps),
        Certainty::Usually => say!("On the page, usually: {}.", steps),
    });
    let limits = Text::join(provider.key_limit.lines(), " ");
    if !limits.is_empty() {
        page.aside(limits);
    }
}
