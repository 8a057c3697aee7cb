//! How does a finding look as lines?

use crate::diagnosis::fix::Does;
use crate::diagnosis::{Certainty, Finding, Severity};
use crate::page::Mark;
use crate::say;
use crate::target::Target;
use crate::text::Text;

use super::Setup;

/// What is wrong, why, how we know, and the first thing to do. Advice is left to the wizard.
pub(super) fn print(setup: &Setup, finding: &Finding, target: Option<&Target>) {
    if finding.severity == Severity::Advice {
        return;
    }
    print_cause(setup, finding);
    print_next(setup, finding, target);
}

/// What is wrong, why, and how we know.
pub(super) fn print_cause(setup: &Setup, finding: &Finding) {
    let out = &setup.output;
    out.raw("");
    let certainty = match finding.certainty {
        Certainty::Proven => "proven",
        Certainty::Likely => "likely",
    };
    let mark = match finding.severity {
        Severity::Error => Mark::Bad,
        Severity::Warning | Severity::Advice => Mark::Unsure,
    };
    out.marked(mark, &finding.summary);
    out.wrapped("  ", &finding.cause);
    let because = if finding.evidence.is_empty() {
        ""
    } else {
        "; because:"
    };
    out.wrapped(
        "  ",
        &say!("{}, {}{}", Text::public(&finding.code), certainty, because),
    );
    for line in finding.evidence.iter().take(4) {
        out.wrapped("    ", &say!("- {}", line.clone()));
    }
}

fn print_next(setup: &Setup, finding: &Finding, target: Option<&Target>) {
    let out = &setup.output;
    if let Some(offer) = finding.fixes.first() {
        // What the wizard can do is one command away; the rest is the person's, in words.
        let note = match (offer.fix.does(), target) {
            (
                Does::Open(_)
                | Does::MakeKey
                | Does::Change(_)
                | Does::RetryAsking
                | Does::SecondAccount,
                Some(target),
            ) => Text::command(format!("sshstep fix {}", target.input)),
            // Its screens can be opened from no text alone.
            (Does::SecondAccount, None) => Text::command("sshstep fix HOST"),
            (Does::LookAtEnvironment, Some(target)) => {
                Text::command(format!("sshstep fix {}", target.input))
            }
            (
                Does::Open(_)
                | Does::MakeKey
                | Does::Change(_)
                | Does::RetryAsking
                | Does::LookAtEnvironment,
                None,
            )
            | (Does::Retry | Does::Person | Does::RenewCertificate | Does::LoadCertificate, _) => {
                offer.note.clone()
            }
        };
        let note = if note.is_empty() {
            note
        } else {
            say!(" ({})", note)
        };
        out.wrapped("  ", &say!("Next: {}{}", offer.summary.clone(), note));
    }
}
