//! Which diagnosis is shown: the report's own words, or what this sshstep makes of its observations?

use crate::answer::ShownFinding;
use crate::diagnosis::Finding;
use crate::report::{self, Report};
use crate::say;
use crate::text::Text;

/// More than any report has; with the ways to other screens each has a digit of its own.
const MOST_FIXES: usize = 5;
/// More lines than anybody reads for one cause.
const MOST_EVIDENCE: usize = 50;

/// A diagnosis, and how it stands to what the report says.
pub(super) struct Told {
    pub(super) finding: ShownFinding,
    /// What each fix costs or leads to, as far as this sshstep knows.
    pub(super) notes: Vec<Text>,
    /// How the report's own diagnosis differs.
    pub(super) differs: Option<Text>,
}

impl Told {
    /// None where nothing is wrong. A newer sshstep may know more than the one that made the report; where both
    /// agree, the report's words are better: they may be the service's.
    pub(super) fn of(report: &Report) -> Option<Self> {
        let derived = report::derived(report);
        let (derived, own) = (derived.first(), report.findings.first());
        let (mut finding, differs) = match (derived, own) {
            (None, None) => return None,
            (Some(derived), Some(own)) if derived.code == own.code => (own.clone(), None),
            (Some(derived), Some(own)) => (
                in_words(derived),
                Some(say!("The report itself said: {}", Text::public(&own.code))),
            ),
            (Some(derived), None) => (
                in_words(derived),
                Some(Text::plain("The report itself named no problem.")),
            ),
            (None, Some(own)) => (
                own.clone(),
                Some(Text::plain(
                    "This sshstep cannot tell it from the observations: these are the report's words.",
                )),
            ),
        };
        finding.fixes.truncate(MOST_FIXES);
        finding.evidence.truncate(MOST_EVIDENCE);
        let notes = finding.fixes.iter();
        let notes = notes
            .map(|fix| note(derived, &fix.id).unwrap_or_default())
            .collect();
        Some(Self {
            finding,
            notes,
            differs,
        })
    }
}

/// The values in it came out of the report, and nothing in that is private here.
fn in_words(finding: &Finding) -> ShownFinding {
    ShownFinding::of(finding, &Text::reveal)
}

fn note(finding: Option<&Finding>, fix: &str) -> Option<Text> {
    let mut offers = finding?.fixes.iter();
    let offer = offers.find(|offer| offer.fix.name() == fix)?;
    Some(offer.note.clone())
}
