//! Screens 71 and 72 as they look: what happened, what was seen, the cause, and the ways out.

use crate::answer::ShownFinding;
use crate::diagnosis::fix::Does;
use crate::diagnosis::{Certainty, Finding, Offer, Severity};
use crate::page::{Block, Choice, Mark, Page};
use crate::plan;
use crate::repair::Remedy;
use crate::say;
use crate::steps::config::diff_blocks;
use crate::steps::{Context, test};
use crate::text::Text;
use crate::transcript::{Event, Rung, Transcript};

use super::{Pick, Standing, Whole};

/// The title of screens 71 and 72, by the rung that failed.
pub fn title(failed: Option<Rung>) -> Text {
    match failed {
        Some(rung) => say!("Repair: step {} of the test failed", rung.number()),
        None => Text::plain("Repair"),
    }
}

/// What is told of a finding.
pub struct Told {
    severity: Severity,
    certainty: Certainty,
    code: String,
    summary: Text,
    cause: Text,
    evidence: Vec<Text>,
}

impl From<&Finding> for Told {
    fn from(finding: &Finding) -> Self {
        Self {
            severity: finding.severity,
            certainty: finding.certainty,
            code: finding.code.clone(),
            summary: finding.summary.clone(),
            cause: finding.cause.clone(),
            evidence: finding.evidence.clone(),
        }
    }
}

impl From<&ShownFinding> for Told {
    fn from(finding: &ShownFinding) -> Self {
        Self {
            severity: finding.severity,
            certainty: finding.certainty,
            code: finding.code.clone(),
            summary: Text::public(&finding.summary),
            cause: Text::public(&finding.cause),
            evidence: finding.evidence.iter().map(Text::public).collect(),
        }
    }
}

/// What happened, what was seen, the cause.
pub(super) fn told(page: &mut Page, finding: &Finding, context: &Context) {
    let tested = context.answers.tested.as_ref();
    let said = tested.and_then(|tested| ssh_says(&tested.transcript));
    finding_blocks(page, finding, said.as_ref());
}

/// A finding as it looks on every screen; ssh's own words under what happened, where it is known
/// which they are.
pub fn finding_blocks(page: &mut Page, finding: impl Into<Told>, said: Option<&Text>) {
    let finding = finding.into();
    let mark = match finding.severity {
        Severity::Error => Mark::Bad,
        Severity::Warning | Severity::Advice => Mark::Unsure,
    };
    page.mark(
        mark,
        say!("{} [{}]", finding.summary, Text::public(finding.code)),
    );
    if let Some(line) = said {
        page.body
            .push(Block::Quote(say!("ssh says: {}", line.clone())));
    }
    page.blank();
    let saw = finding.evidence.iter().filter(|line| Some(*line) != said);
    // All of it is on screen 72.
    for (at, line) in saw.take(2).enumerate() {
        let label = if at == 0 { "I saw" } else { "" };
        page.body.push(Block::Fact(label.into(), line.clone()));
    }
    let certainty = match finding.certainty {
        Certainty::Proven => "(proven)",
        Certainty::Likely => "(likely)",
    };
    page.body.push(Block::Fact(
        "Cause".into(),
        finding.cause.then(" ").then(certainty),
    ));
}

/// ssh's own last words, so that they can be searched for.
pub fn ssh_says(transcript: &Transcript) -> Option<Text> {
    let seen = transcript.last(|event| {
        matches!(
            event,
            Event::Denied { .. }
                | Event::HostKeyRefused
                | Event::Disconnect { .. }
                | Event::ConnectFailed { .. }
                | Event::ResolveFailed { .. }
                | Event::NegotiationFailed { .. }
                | Event::Ended { .. }
                | Event::ConfigError { .. }
        )
    })?;
    Some(Text::quoted(seen.text.clone()))
}

/// Screen 72: everything that speaks for the finding.
pub(super) fn evidence(page: &mut Page, context: &Context) {
    let Some(tested) = &context.answers.tested else {
        return;
    };
    page.line("What the test saw:");
    page.body.extend(test::rungs(&tested.ladder, context));
    page.blank();
    page.line("Lines and facts behind the diagnosis:");
    for finding in tested.findings.iter().take(2) {
        for line in &finding.evidence {
            page.body.push(Block::Quote(line.clone()));
        }
    }
    for line in tested
        .output
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(4)
    {
        page.body
            .push(Block::Quote(say!("server: {}", Text::quoted(line))));
    }
}

/// Screen 73: the change of a fix, before it is made.
pub(in crate::steps) fn preview(page: &mut Page, remedy: &Remedy, whole: Whole) {
    page.line("Nothing is written until you press y.");
    page.blank();
    let lines = match whole {
        Whole::Changes => plan::Context::Lines(1),
        Whole::File => plan::Context::WholeFile,
    };
    page.body.extend(diff_blocks(&remedy.plan, lines));
    if let Some(tested) = &remedy.tested {
        page.mark(Mark::Good, tested.clone());
    }
    let makes_key = |change: &plan::Change| matches!(change, plan::Change::MakeKey { .. });
    page.aside(if remedy.plan.changes.iter().any(makes_key) {
        "Take it back any time: sshstep undo (keys are kept)."
    } else {
        "Take it back any time: sshstep undo"
    });
    page.focus = 1;
}

/// What a pick is called.
pub(super) fn choice(pick: Pick, at: usize, context: &Context) -> Choice {
    match pick {
        Pick::Fix(index, standing) => {
            let offer = super::offer(context, index);
            let (label, note) = offer.map_or_else(
                || (Text::default(), Text::default()),
                |offer| (offer.summary.clone(), note(offer, context)),
            );
            match (standing, at, note.is_empty()) {
                (Standing::InVain, _, _) => Choice::new(label, "tried; it did not help"),
                (Standing::Impossible, _, _) => Choice::new(label, "not possible here"),
                (Standing::Open, 0, true) => Choice::new(label, "recommended"),
                (Standing::Open, 0, false) => Choice::new(label, note.then("; recommended")),
                (Standing::Open, _, _) => Choice::new(label, note),
            }
        }
        Pick::Evidence => Choice::new("Show the evidence", ""),
        Pick::Report => Choice::new("Save a report for support", ""),
        Pick::Back => Choice::new("Back", ""),
        Pick::Again => Choice::new("Test again", ""),
        Pick::Now => Choice::letter('y', "Do fix 1 now", "keeps a copy"),
        Pick::Write => Choice::letter('y', "Do it", ""),
        Pick::Leave => Choice::letter('n', "Leave it", ""),
        Pick::WholeFile => Choice::letter('d', "Changes only, or whole file", ""),
    }
}

/// What stands beside a fix: also that the tool which it asks is not there.
fn note(offer: &Offer, context: &Context) -> Text {
    let cli = context
        .provider()
        .and_then(|provider| provider.cli.as_ref());
    let missing = cli.filter(|cli| !context.facts.tools.contains_key(&cli.program));
    if missing.is_some() && offer.fix.does() == Does::LookAtEnvironment {
        Text::plain("not installed: says how")
    } else {
        offer.note.clone()
    }
}
