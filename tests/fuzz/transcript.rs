//! Is every text explained without a panic, the same however it comes in pieces, and without a control character?
#![no_main]

use libfuzzer_sys::fuzz_target;
use sshstep::explain::{Explained, Explaining, explain};
use sshstep::provider::Providers;
use sshstep::text::{Privacy, Text, Vocabulary};
use sshstep::transcript::Transcript;

fuzz_target!(|bytes: &[u8]| {
    let providers = Providers::embedded();
    // The first byte says how long the pieces are.
    let (piece, text) = match bytes.split_first() {
        Some((&first, text)) => (usize::from(first) + 1, text),
        None => (1, bytes),
    };
    let whole = explain(text, providers);
    let in_pieces = |mut explaining: Explaining, piece: usize| {
        text.chunks(piece).for_each(|piece| explaining.push(piece));
        format!("{:?}", explaining.finish(providers))
    };
    let pieces = in_pieces(Explaining::default(), piece);
    assert_eq!(format!("{whole:?}"), pieces, "pieces of {piece}");
    // The lines after so many bytes go by unread.
    let unread = |piece| in_pieces(Explaining::skimming(100), piece);
    assert_eq!(unread(text.len().max(1)), unread(piece), "unread, pieces of {piece}");
    if let Some(explained) = whole {
        is_shown(&explained);
        assert!(explained.findings.is_sorted_by_key(|finding| finding.severity));
    }
    let transcript = Transcript::read(text);
    assert!(transcript.events.len() < 2001);
    assert!(transcript.events.is_sorted_by_key(|seen| seen.line));
});

/// Each text that a person or a program gets, in both privacies.
fn is_shown(explained: &Explained) {
    for privacy in [Privacy::Open, Privacy::Masked] {
        let mut vocabulary = Vocabulary::default();
        vocabulary.privacy = privacy;
        for text in texts(explained) {
            let shown = vocabulary.show(text);
            assert!(!shown.chars().any(char::is_control), "{shown:?}");
        }
    }
}

fn texts(explained: &Explained) -> Vec<&Text> {
    let mut texts: Vec<&Text> = explained.account.iter().collect();
    for finding in &explained.findings {
        texts.extend([&finding.summary, &finding.cause]);
        texts.extend(&finding.evidence);
        texts.extend(finding.values.values());
        for offer in &finding.fixes {
            texts.extend([&offer.summary, &offer.note]);
        }
    }
    texts
}
