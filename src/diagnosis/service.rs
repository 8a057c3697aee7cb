//! What does the service that printed a message say that it means?
//!
//! A provider file knows what its service prints, what that means there, and what to do. Where the server is known,
//! its words take the place of the general ones; where nothing else explains the failure, they are the finding.

use std::collections::BTreeMap;

use super::book::book;
use super::fix::Does;
use super::{Certainty, Finding, FixId, Offer};
use crate::provider::{Message, Provider, Stage};
use crate::say;
use crate::text::Text;

/// How far a service's message may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Beside the service's own greeting: it only words what was found.
    Greeted,
    /// Beside facts of this machine: it words what was found, and speaks where nothing was.
    BesideFacts,
    /// In a text alone: it also goes before what is only likely, or was read out of the same line.
    TextAlone,
}

/// Gives the findings the words of the service, whose messages may be among these lines.
pub fn speak<'a>(
    findings: &mut Vec<Finding>,
    provider: &Provider,
    lines: impl Iterator<Item = &'a str>,
    weight: Weight,
) {
    let mut told: Vec<&str> = Vec::new();
    // What is taken last stands first, and the first message of a text counts most.
    let said: Vec<(&Message, &str)> = lines
        .filter_map(|line| Some((heard(provider, line, weight)?, line)))
        .collect();
    for (message, line) in said.into_iter().rev() {
        if !told.contains(&message.code.as_str()) {
            told.push(&message.code);
            take(findings, provider, message, line, weight);
        }
    }
}

/// The first message that this line may be: where ssh alone has run, no tool and no page can have said it.
fn heard<'a>(provider: &'a Provider, line: &str, weight: Weight) -> Option<&'a Message> {
    let may_speak = |stage| match (weight, stage) {
        (Weight::TextAlone, _) | (_, Stage::Ssh | Stage::Git) => true,
        (Weight::Greeted | Weight::BesideFacts, Stage::Cli | Stage::Web) => false,
    };
    let mut messages = provider.messages.iter();
    messages.find(|message| may_speak(message.stage) && message.pattern.matches(line).is_some())
}

fn take(
    findings: &mut Vec<Finding>,
    provider: &Provider,
    message: &Message,
    line: &str,
    weight: Weight,
) {
    let quoted = Text::quoted(line.trim());
    let is_same = |evidence: &Text| evidence.reveal() == line.trim();
    let at = findings
        .iter()
        .position(|finding| finding.code == message.code);
    let found = at.map(|at| findings.remove(at));
    let is_known = found.is_some();
    let Some(mut finding) = found.or_else(|| finding(provider, message, quoted.clone())) else {
        return;
    };
    finding.cause = provider.shown_words(&message.meaning);
    advise(&mut finding, provider.shown_words(&message.fix));
    let is_first = match (findings.first(), weight) {
        (_, Weight::Greeted) => false,
        (None, _) => true,
        (Some(first), _) if !first.is_explained() => true,
        // The same line means more where it is known who says it.
        (Some(first), Weight::TextAlone) => {
            first.certainty == Certainty::Likely || first.evidence.iter().any(is_same)
        }
        (Some(_), Weight::BesideFacts) => false,
    };
    if is_first {
        // What explains nothing is no finding beside a cause, and the same line is not read twice.
        findings.retain(|other| {
            other.is_explained() && !(other.evidence.len() == 1 && is_same(&other.evidence[0]))
        });
        findings.insert(0, finding);
    } else if is_known {
        findings.insert(at.unwrap_or_default(), finding);
    }
}

/// The finding that a message is by itself; none for a code that the book does not know.
fn finding(provider: &Provider, message: &Message, line: Text) -> Option<Finding> {
    let diagnoses = book().diagnoses.iter().enumerate();
    let same = diagnoses.filter(|(_, diagnosis)| diagnosis.code == message.code);
    // Nobody knows here what would stand in the holes of other words.
    let (entry, diagnosis) =
        same.min_by_key(|(_, diagnosis)| (diagnosis.summary.contains('{'), diagnosis.standing))?;
    Some(Finding {
        entry,
        code: diagnosis.code.clone(),
        certainty: Certainty::Likely,
        severity: diagnosis.severity,
        step: diagnosis.step,
        summary: if diagnosis.summary.contains('{') {
            say!("{} says: {}", provider.shown_name(), line.clone())
        } else {
            Text::public(&diagnosis.summary)
        },
        cause: Text::default(),
        evidence: vec![line],
        fixes: Vec::new(),
        values: BTreeMap::new(),
    })
}

/// Puts what the service asks for in the place of general advice. What sshstep can do itself stays where it is.
fn advise(finding: &mut Finding, advice: Text) {
    let is_general = |offer: &Offer| offer.fix.does() == Does::Person;
    let at = finding.fixes.iter().position(is_general);
    finding.fixes.retain(|offer| !is_general(offer));
    let at = at.unwrap_or(finding.fixes.len());
    let offer = Offer {
        fix: FixId::FollowService,
        summary: advice,
        note: Text::default(),
    };
    finding.fixes.insert(at, offer);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::explain;
    use crate::provider::Providers;

    fn github() -> &'static Provider {
        Providers::embedded().by_id("github").unwrap()
    }

    /// What a text means that names no service.
    fn generally(text: &str) -> Vec<Finding> {
        let told = explain(text.as_bytes(), Providers::embedded()).unwrap();
        assert!(told.provider(Providers::embedded()).is_none());
        told.findings
    }

    fn codes(findings: &[Finding]) -> Vec<&str> {
        findings.iter().map(|finding| &*finding.code).collect()
    }

    const SUSPENDED: &str =
        "ERROR: Your account is suspended. Please visit https://support.github.com";

    #[test]
    fn a_finding_gets_the_service_s_words_and_keeps_what_sshstep_can_do() {
        let text = "ERROR: Permission to a/b denied to ana.\nfatal: Could not read from remote repository.";
        let mut findings = generally(text);
        let before: Vec<FixId> = findings[0].fixes.iter().map(|offer| offer.fix).collect();
        speak(&mut findings, github(), text.lines(), Weight::TextAlone);
        assert_eq!(codes(&findings)[0], "no-write-permission");
        assert!(
            findings[0]
                .cause
                .reveal()
                .starts_with("GitHub knows who you are")
        );
        let after: Vec<FixId> = findings[0].fixes.iter().map(|offer| offer.fix).collect();
        let ours = |fixes: &[FixId]| -> Vec<FixId> {
            let ours = fixes.iter().filter(|fix| fix.does() != Does::Person);
            ours.copied().collect()
        };
        assert_eq!(ours(&before), ours(&after));
        assert_eq!(
            after
                .iter()
                .filter(|fix| fix.does() == Does::Person)
                .count(),
            1
        );
    }

    #[test]
    fn where_somebody_is_in_it_finds_nothing_and_only_words() {
        let mut findings = Vec::new();
        speak(
            &mut findings,
            github(),
            [SUSPENDED].into_iter(),
            Weight::Greeted,
        );
        assert!(findings.is_empty());
        let mut findings = generally(SUSPENDED);
        let before = codes(&findings).join(" ");
        speak(
            &mut findings,
            github(),
            [SUSPENDED].into_iter(),
            Weight::Greeted,
        );
        assert_eq!(codes(&findings).join(" "), before);
        assert_eq!(
            findings[0].fixes[0].summary.reveal(),
            "Write to GitHub support."
        );
    }

    #[test]
    fn a_tool_s_message_counts_in_a_text_alone() {
        let codes = |weight| {
            let mut findings = Vec::new();
            let said = ["HTTP 401: Bad credentials (https://api.github.com/user/keys)"];
            speak(&mut findings, github(), said.into_iter(), weight);
            codes(&findings).join(" ")
        };
        assert_eq!(codes(Weight::TextAlone), "public-key-upload-rejected");
        assert_eq!(codes(Weight::BesideFacts), "");
    }

    #[test]
    fn beside_facts_it_only_speaks_where_nothing_else_does() {
        let locked = "debug1: Offering public key: /home/a/.ssh/id RSA SHA256:x\n\
            no such identity: /home/a/.ssh/gone: No such file or directory\n\
            git@server: Permission denied (publickey).";
        let mut findings = generally(locked);
        let before = codes(&findings).join(" ");
        speak(
            &mut findings,
            github(),
            [SUSPENDED].into_iter(),
            Weight::BesideFacts,
        );
        assert_eq!(codes(&findings).join(" "), before);
        let mut findings = Vec::new();
        speak(
            &mut findings,
            github(),
            [SUSPENDED].into_iter(),
            Weight::BesideFacts,
        );
        assert_eq!(codes(&findings), ["provider-blocked"]);
        assert_eq!(
            findings[0].fixes[0].summary.reveal(),
            "Write to GitHub support."
        );
    }
}
