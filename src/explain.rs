//! What does a pasted or piped text say about a connection that failed?
//!
//! The text goes by in one pass and bounded memory: [`Explaining`] takes it in pieces of any size,
//! [`Explaining::finish`] says what it means. Nothing of this machine is looked at, and nothing connects.

mod private;
mod subject;

use std::collections::BTreeMap;

pub use private::words as private_words;

use crate::diagnosis::service::{self, Weight};
use crate::diagnosis::{self, Certainty, Finding, Observed, Said, Severity, Sign, Signs, Verdict};
use crate::page::Mark;
use crate::provider::{Provider, Providers};
use crate::say;
use crate::target::Target;
use crate::text::Text;
use crate::transcript::{Ladder, Line, Reader, Transcript};

/// A text on its way through.
pub struct Explaining {
    reader: Reader,
    heard: Heard,
}

#[derive(Default)]
struct Heard {
    transcript: Transcript,
    said: Said,
    words: bool,
}

impl Heard {
    fn note(&mut self, line: Line<'_>) {
        self.words = self.words || !line.text.trim().is_empty();
        self.said.note(&line);
        self.transcript.note(line);
    }
}

/// What a text means.
#[derive(Debug)]
pub struct Explained {
    /// Whom it is about, where it names a server.
    pub target: Option<Target>,
    /// How far the connection got, where the text shows one.
    pub ladder: Option<Ladder>,
    /// Who the server says the person is.
    pub account: Option<Text>,
    /// The most important first.
    pub findings: Vec<Finding>,
    /// Works, a problem, or unknown.
    pub verdict: Verdict,
    /// What identifies somebody in the text, so that a vocabulary can mask it.
    pub private: Vec<Text>,
}

/// So many bytes are read line by line; of what is longer, only the end is. More than any log of one connection.
const READ: usize = 4 << 20;

impl Default for Explaining {
    fn default() -> Self {
        Self::skimming(READ)
    }
}

impl Explaining {
    /// A text at its start, of which so many bytes are read line by line: see [`Reader::skimming`].
    pub fn skimming(after: usize) -> Self {
        Self {
            reader: Reader::skimming(after),
            heard: Heard::default(),
        }
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        let heard = &mut self.heard;
        self.reader.push(bytes, |line| heard.note(line));
    }

    /// What all of it means; `None` when there was nothing but white space.
    pub fn finish(self, providers: &Providers) -> Option<Explained> {
        let Self { reader, mut heard } = self;
        reader.finish(|line| heard.note(line));
        heard.transcript.settle();
        heard.words.then(|| explained(&heard, providers))
    }
}

/// What a whole text means; `None` when there is nothing in it.
pub fn explain(text: &[u8], providers: &Providers) -> Option<Explained> {
    let mut explaining = Explaining::default();
    explaining.push(text);
    explaining.finish(providers)
}

fn explained(heard: &Heard, providers: &Providers) -> Explained {
    let Heard {
        transcript, said, ..
    } = heard;
    let ladder = transcript
        .is_about_ssh()
        .then(|| Ladder::of(transcript, None));
    let target = subject::target(transcript, said.lines(), providers);
    let provider = target
        .as_ref()
        .and_then(|target| providers.for_host(&target.host));
    let mut signs = diagnosis::observe(&Observed {
        facts: None,
        transcript: Some(transcript),
        said: Some(said),
        ladder: ladder.as_ref(),
        output: "",
        silent: false,
        greeting: None,
        target: target.as_ref(),
        provider,
        answers: &BTreeMap::new(),
    });
    let mut findings = diagnosis::diagnose(&signs);
    if findings.is_empty() && Verdict::of(&signs, &findings) != Verdict::Works {
        // What was said means nothing by itself.
        signs.add(Sign::NothingSaid, Text::default());
        findings = diagnosis::diagnose(&signs);
    }
    if let Some(provider) = provider {
        service::speak(&mut findings, provider, said.lines(), Weight::TextAlone);
    }
    doubt(&mut findings);
    let account = account(&signs);
    Explained {
        private: private_words(transcript, &findings, account.as_ref()),
        account,
        verdict: Verdict::of(&signs, &findings),
        target,
        ladder,
        findings,
    }
}

impl Explained {
    /// The service behind the server that the text names.
    pub fn provider<'a>(&self, providers: &'a Providers) -> Option<&'a Provider> {
        providers.for_host(&self.target.as_ref()?.host)
    }

    /// The verdict in words.
    pub fn verdict_in_words(&self) -> (Mark, Text) {
        match (self.verdict, &self.account) {
            (Verdict::Works, Some(account)) => (
                Mark::Good,
                say!("It works: the server signed {} in.", account.clone()),
            ),
            (Verdict::Works, None) => (
                Mark::Good,
                Text::plain("Nothing in this text kept the connection from working."),
            ),
            (Verdict::Problem, _) if self.findings.iter().any(Finding::is_explained) => {
                (Mark::Bad, Text::plain("This text shows why it failed:"))
            }
            (Verdict::Problem, _) => (Mark::Bad, Text::plain("It did not work:")),
            (Verdict::Unknown, _) => (
                Mark::Unsure,
                Text::plain("This text does not show why it failed."),
            ),
        }
    }
}

/// A text in which several causes are named may be of several runs: none of them excludes the others.
fn doubt(findings: &mut [Finding]) {
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    if errors.count() > 1 {
        for finding in findings {
            finding.certainty = Certainty::Likely;
        }
    }
}

fn account(signs: &Signs) -> Option<Text> {
    let greeted = signs.of(Sign::Said(diagnosis::GREETING)).next()?;
    greeted.values.get("account").cloned()
}
