//! Screen 90: the report for support. Read first, saved or copied then, sent by nobody but the person.

use std::path::PathBuf;

use crate::page::{Block, Choice, Mark, Page, StepId};
use crate::platform::clipboard::Copied;
use crate::report::{Hiding, Report, hidden_words};
use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

use super::{Context, Effect, Msg, Next, Outcome, Step};

/// Shows what would be given to support.
#[derive(Default)]
pub struct ForSupport {
    made: Option<Box<Report>>,
    reading: Reading,
    hiding: Hiding,
    news: Option<(Mark, Text)>,
    trouble: Option<Trouble>,
    /// This very report lies in files already.
    is_saved: bool,
}

/// How much of it is on the screen.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Reading {
    #[default]
    Summary,
    Whole,
}

#[derive(Clone, Copy)]
enum Pick {
    Save,
    Copy,
    Read,
    Hide,
    Again,
    Back,
}

impl ForSupport {
    fn picks(&self) -> Vec<Pick> {
        match (&self.made, self.reading) {
            // It is being made.
            (None, _) if self.trouble.is_none() => Vec::new(),
            (None, _) => vec![Pick::Again, Pick::Back],
            (Some(_), Reading::Summary) => {
                vec![Pick::Save, Pick::Copy, Pick::Read, Pick::Hide, Pick::Back]
            }
            (Some(_), Reading::Whole) => vec![Pick::Back],
        }
    }

    fn make(&mut self) -> Next {
        self.made = None;
        self.trouble = None;
        self.news = None;
        self.is_saved = false;
        Next::Run(Effect::MakeReport(self.hiding))
    }

    fn pick(&mut self, pick: Pick, context: &Context) -> Next {
        self.trouble = None;
        match (pick, &self.made) {
            (Pick::Save, Some(report)) => {
                Next::Run(Effect::SaveReport(stem(report, context), report.clone()))
            }
            (Pick::Copy, Some(report)) => Next::Run(Effect::Copy(Text::public(report.markdown()))),
            (Pick::Read, Some(_)) => {
                self.reading = Reading::Whole;
                Next::Stay
            }
            (Pick::Hide, _) => {
                self.hiding = self.hiding.other();
                self.make()
            }
            (Pick::Again, _) | (Pick::Save | Pick::Copy | Pick::Read, None) => self.make(),
            (Pick::Back, _) => match std::mem::take(&mut self.reading) {
                Reading::Whole => Next::Stay,
                Reading::Summary => Next::Back,
            },
        }
    }
}

impl Step for ForSupport {
    fn enter(&mut self, _: &mut Context) -> Next {
        *self = Self::default();
        self.make()
    }

    fn update(&mut self, message: Msg, context: &mut Context) -> Next {
        match message {
            Msg::Pick(at) => match self.picks().get(at).copied() {
                Some(pick) => self.pick(pick, context),
                None => Next::Stay,
            },
            Msg::Outcome(Outcome::ReportMade(Ok(report))) => {
                self.made = Some(report);
                Next::Stay
            }
            Msg::Outcome(Outcome::ReportMade(Err(trouble))) => {
                self.made = None;
                self.trouble = Some(trouble);
                Next::Stay
            }
            Msg::Outcome(Outcome::ReportSaved(Ok(files))) => {
                let first = files.first().map(|file| Text::path(file));
                let saved = say!("{} and .json", first.unwrap_or_default());
                let gone = if context.demo {
                    "; gone with the demo"
                } else {
                    ""
                };
                self.news = Some((Mark::Good, say!("Saved: {}{}", saved.clone(), gone)));
                context.answers.saved.push(saved);
                self.is_saved = true;
                Next::Stay
            }
            Msg::Outcome(Outcome::ReportSaved(Err(trouble))) => {
                self.trouble = Some(trouble);
                Next::Stay
            }
            Msg::Outcome(Outcome::Copied(copied)) => {
                match copied {
                    Copied::Verified => {
                        self.news = Some((Mark::Good, "Copied. Paste it into the ticket.".into()));
                    }
                    Copied::Sent(how) => {
                        let unsure = say!("{} I cannot see if it arrived. If not: save it.", how);
                        self.news = Some((Mark::Unsure, unsure));
                    }
                    Copied::Failed(trouble) => self.trouble = Some(trouble),
                }
                Next::Stay
            }
            Msg::Stopped if self.made.is_some() => Next::Stay,
            Msg::Stopped => {
                self.trouble = Some(Trouble::new(
                    "Stopped. There is no report.",
                    Text::default(),
                    Text::default(),
                ));
                Next::Stay
            }
            Msg::Retry => self.make(),
            Msg::Outcome(_) | Msg::Submitted | Msg::Resumed => Next::Stay,
        }
    }

    fn view(&self, context: &Context) -> Page {
        let mut page = Page::new(90, Some(StepId::Test), "Report for support");
        match (&self.made, self.reading) {
            (Some(report), Reading::Whole) => {
                // Above the text, so that it is read from its beginning.
                page.choices_here();
                page.blank();
                page.body.extend(whole(report, &report.reference()));
            }
            (Some(report), Reading::Summary) => self.summary(&mut page, report),
            (None, _) => {
                page.line("The report is made on this computer; nothing is sent to anyone.");
            }
        }
        if let Some(trouble) = &self.trouble {
            page.trouble(trouble);
        }
        for pick in self.picks() {
            page.choices.push(match (pick, &self.made) {
                (Pick::Save, Some(_)) if self.is_saved => {
                    Choice::new("Save it once more", "under another name")
                }
                (Pick::Save, Some(report)) => Choice::new(
                    say!(
                        "Save as {}.md and .json",
                        Text::path(&stem(report, context))
                    ),
                    "",
                ),
                (Pick::Save | Pick::Again, _) => Choice::new("Make it again", ""),
                (Pick::Copy, _) => Choice::new("Copy the text", ""),
                (Pick::Read, _) => Choice::new("Read all of it", ""),
                (Pick::Hide, _) => match self.hiding {
                    Hiding::Usual => Choice::new("Hide more", "service name and settings too"),
                    Hiding::More => Choice::new("Hide less", "show the service and the settings"),
                },
                (Pick::Back, _) => Choice::new("Back", ""),
            });
        }
        page
    }

    fn leave(&mut self) -> bool {
        std::mem::take(&mut self.reading) == Reading::Whole
    }
}

impl ForSupport {
    /// What is hidden, the lines that count, and what both sides can read aloud.
    fn summary(&self, page: &mut Page, report: &Report) {
        page.line("Read it before you share it. I send nothing to anyone.");
        page.line(say!("Hidden: {}.", hidden_words(&report.redactions)));
        page.line("Never in it: private keys, passphrases, what is on the clipboard.");
        page.blank();
        for line in report.headlines() {
            page.body.push(Block::Quote(Text::public(line)));
        }
        page.blank();
        if let Some((mark, news)) = &self.news {
            page.mark(*mark, news.clone());
            page.blank();
        }
        page.choices_here();
        page.blank();
        page.line(say!(
            "Read aloud: {}",
            Text::public(report.read_aloud(&report.reference()))
        ));
    }
}

/// `~/sshstep-CODE-20260921-1412`, in the report's own time.
fn stem(report: &Report, context: &Context) -> PathBuf {
    let made = report.made.replace(['-', ':', 'Z'], "").replace('T', "-");
    let name = format!(
        "sshstep-{}-{made}",
        report.code().unwrap_or(report.outcome.word())
    );
    context.machine.ssh_home.join(name)
}

/// More lines of a section are in the file only.
const MOST: usize = 200;

/// All of a report, section by section.
pub fn whole(report: &Report, reference: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (title, lines) in report.sections(reference) {
        if !blocks.is_empty() {
            blocks.push(Block::Blank);
        }
        blocks.push(Block::Heading(title.into()));
        let shown = lines.iter().take(MOST);
        blocks.extend(shown.map(|line| Block::Quote(Text::public(line))));
        if lines.len() > MOST {
            let left = lines.len() - MOST;
            blocks.push(Block::Quote(say!("({} more in the file)", left)));
        }
    }
    blocks
}
