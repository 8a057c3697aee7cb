//! How does each screen look when it is filled from a report?

use std::time::Duration;

use crate::diagnosis::Verdict;
use crate::page::{Block, Mark, Page, StepId};
use crate::provider::Providers;
use crate::report::{Moment, Report};
use crate::say;
use crate::screens;
use crate::steps::{done, repair, test};
use crate::text::Text;
use crate::transcript::{Rung, Status, Transcript};

use super::told::Told;
use super::{Place, Shown};

/// More lines of a list are not shown on one page; a report has some hundreds at most.
const MOST: usize = 1000;
/// Moments of the timeline that are shown at once.
const MOST_MOMENTS: usize = 200;
/// A line of several values, each cut already.
const LONGEST: usize = 1000;

/// Everything that the pages show.
pub(super) struct Pages {
    pub(super) report: Report,
    pub(super) told: Option<Told>,
    reference: String,
    /// ssh's own last words.
    said: Option<Text>,
    /// The whole report, a page of lines.
    whole: Vec<Block>,
}

impl Pages {
    pub(super) fn new(report: Report, reference: String) -> Self {
        let log = some(&report.log, MOST).0;
        let transcript = Transcript::read((log.join("\n") + "\n").as_bytes());
        Self {
            told: Told::of(&report),
            // As the lines of the report itself are, so that it is known among them.
            said: repair::ssh_says(&transcript).map(|line| Text::public(line.reveal())),
            whole: crate::steps::report::whole(&report, &reference),
            report,
            reference,
        }
    }

    pub(super) fn timeline(&self) -> &[Moment] {
        &self.report.timeline
    }

    pub(super) fn works(&self) -> bool {
        self.report.outcome == Verdict::Works
    }

    pub(super) fn banner(&self) -> Text {
        say!(
            "REPLAY - not this computer - reference {}",
            Text::public(&self.reference)
        )
    }

    pub(super) fn made(&self) -> Text {
        say!(
            "Made {} by {} {}.",
            Text::public(&self.report.made),
            Text::public(&self.report.tool.name),
            Text::public(&self.report.tool.version)
        )
    }

    pub(super) fn summary(&self) -> Text {
        let reference = Text::public(&self.reference);
        match &self.told {
            Some(told) if !self.works() => say!(
                "sshstep: report {}: {} [{}]",
                reference,
                Text::public(&told.finding.summary),
                Text::public(&told.finding.code)
            ),
            Some(_) | None if self.works() => say!("sshstep: report {}: it works.", reference),
            Some(_) | None => say!("sshstep: report {}: no cause is known.", reference),
        }
    }

    /// The page, with its choices.
    pub(super) fn page(&self, place: Place) -> Page {
        let mut page = match place.shown {
            Shown::Help => help(),
            Shown::Pressed => self.pressed(place.moment),
            Shown::Test => self.test(),
            Shown::Finding => self.finding(),
            Shown::Evidence => self.evidence(),
            Shown::Done => self.done(),
            Shown::Whole => self.whole(),
            Shown::Other => self.other(place.moment),
        };
        let is_earlier = place
            .moment
            .is_some_and(|at| at + 1 < self.timeline().len());
        if is_earlier && place.shown.is_of_the_end() {
            page.aside("This is how it was at the end, when the report was made.");
        }
        page.choices = self.choices(place);
        page
    }

    fn finding(&self) -> Page {
        let mut page = Page::new(71, Some(StepId::Test), repair::title(self.failed()));
        match &self.told {
            Some(told) => {
                repair::finding_blocks(&mut page, &told.finding, self.said.as_ref());
                if let Some(differs) = &told.differs {
                    page.line(differs.clone());
                }
            }
            None => {
                page.line("Nothing is wrong that I know of.");
            }
        }
        page
    }

    fn test(&self) -> Page {
        let mut page = Page::new(61, Some(StepId::Test), "Test");
        match &self.report.target {
            Some(target) => {
                let (host, user) = (Text::public(&target.host), Text::public(&target.user));
                page.line(match self.failed() {
                    Some(_) => say!(
                        "Connecting to {} as {}; it stopped at the first problem.",
                        host,
                        user
                    ),
                    None => say!("It connected to {} as {}.", host, user),
                })
            }
            None => page.line("It is not known where it connected to."),
        };
        page.blank();
        page.body.extend(self.rungs());
        page
    }

    fn rungs(&self) -> Vec<Block> {
        let report = &self.report;
        if report.ladder.is_empty() {
            return vec![Block::Line("No connection was made.".into())];
        }
        let service = self.service();
        let rungs = Rung::ALL.into_iter().map(|rung| {
            let seen = report.ladder.iter().find(|seen| seen.id == rung);
            let status = seen.map_or(Status::NotTried, |seen| seen.status);
            let detail = match (rung, &report.identity) {
                (Rung::SignedIn, Some(account)) if status == Status::Ok => Some(account),
                (_, _) => seen.map(|seen| &seen.detail),
            };
            let detail = detail.map_or_else(Text::default, Text::public);
            let took = seen.and_then(|seen| seen.ms).map(Duration::from_millis);
            Block::Rung(test::rung_view(rung, status, &service, detail, took))
        });
        rungs.collect()
    }

    fn evidence(&self) -> Page {
        let report = &self.report;
        let mut page = Page::new(72, Some(StepId::Test), repair::title(self.failed()));
        page.line("What the test saw:");
        page.body.extend(self.rungs());
        page.blank();
        page.line("Lines and facts behind the diagnosis:");
        let first = self.told.iter().map(|told| &told.finding);
        let second = report.findings.get(1);
        for finding in first.chain(second) {
            let (lines, _) = some(&finding.evidence, 10);
            page.body.extend(lines.iter().map(|line| quote(line)));
        }
        page.blank();
        page.choices_here();
        page.blank();
        page.line("ssh's own log, lines of known shape:");
        list(&mut page, &report.log, |line| line.clone());
        page.blank();
        page.line("Everything that was observed:");
        list(&mut page, &report.observations, |seen| {
            if seen.evidence.is_empty() {
                seen.sign.clone()
            } else {
                format!("{}: {}", seen.sign, seen.evidence)
            }
        });
        page
    }

    fn done(&self) -> Page {
        let report = &self.report;
        let mut page = Page::new(80, Some(StepId::Test), "Done");
        if self.works() {
            let account = report.identity.as_ref().map(Text::public);
            page.mark(Mark::Good, done::works(self.service(), account));
        } else {
            page.mark(Mark::Unsure, "The last test in this report did not work.");
        }
        page.blank();
        if report.changes.is_empty() {
            page.line("sshstep has changed nothing on that computer.");
        } else {
            page.line("Changed on that computer:");
        }
        for run in some(&report.changes, 10).0 {
            page.line(say!(
                "{} ({})",
                Text::public(&run.when),
                Text::public(&run.standing)
            ));
            let (what, _) = some(&run.what, 20);
            page.body
                .extend(what.iter().map(|what| quote(&format!("+ {what}"))));
        }
        page.blank();
        for finding in some(&report.findings, 10).0 {
            page.aside(say!("Good to know: {}", Text::public(&finding.cause)));
        }
        page
    }

    fn whole(&self) -> Page {
        let mut page = Page::new(90, Some(StepId::Test), "Report for support");
        page.body.clone_from(&self.whole);
        page
    }

    /// What was run and pressed; of a long timeline, what is around the moment.
    fn pressed(&self, moment: Option<usize>) -> Page {
        let mut page = Page::new(2, None, "Commands and keys");
        page.line("Run on that computer:");
        let (commands, more) = some(&self.report.commands, MOST_MOMENTS);
        for line in commands {
            page.body.push(Block::Copyable(Text::public(line)));
        }
        page.body.extend(more);
        page.blank();
        let timeline = self.timeline();
        if timeline.is_empty() {
            page.line("No keys: the report was not made in the wizard.");
            return page;
        }
        page.line("Keys that the person pressed there:");
        let middle = moment.unwrap_or(timeline.len());
        let last = (middle + MOST_MOMENTS / 2).min(timeline.len());
        let first = last.saturating_sub(MOST_MOMENTS);
        if first > 0 {
            page.line(say!("({} before these)", first));
        }
        for (at, happened) in timeline[first..last].iter().enumerate() {
            let mark = if moment == Some(first + at) {
                "> "
            } else {
                "  "
            };
            let words = happened.line();
            page.line(say!("{}{}", mark, Text::public(words)));
        }
        if last < timeline.len() {
            page.line(say!("({} after these)", timeline.len() - last));
        }
        page
    }

    fn other(&self, moment: Option<usize>) -> Page {
        let moment = moment.and_then(|at| self.timeline().get(at));
        let number = moment.map_or(0, |moment| moment.screen);
        let title = screens::title(number).unwrap_or("A screen that this sshstep does not know");
        let mut page = Page::new(number, screens::step(number), title);
        if let Some(moment) = moment {
            let at = say!("{} s after the start", moment.t);
            page.body.push(Block::Fact("When".into(), at));
            let action = Text::public(&moment.action);
            page.body.push(Block::Fact("What".into(), action));
            page.blank();
        }
        page.aside("What else stood on this screen is in no report.");
        page
    }

    /// The first rung that failed.
    fn failed(&self) -> Option<Rung> {
        let mut ladder = self.report.ladder.iter();
        Some(ladder.find(|seen| seen.status == Status::Failed)?.id)
    }

    /// What the server is called, as in the wizard.
    fn service(&self) -> Text {
        let Some(target) = &self.report.target else {
            return Text::plain("the server");
        };
        let id = target.provider.as_deref();
        match id.and_then(|id| Providers::embedded().by_id(id)) {
            Some(provider) => provider.shown_name(),
            None => Text::public(&target.host),
        }
    }
}

fn help() -> Page {
    let mut page = Page::new(1, None, "Help");
    page.line("This is somebody's report, in the screens that they saw. Nothing of it is about this computer, and nothing is done here.");
    page.blank();
    let keys = [
        ("1-9", "go to that page; of a fix, what it would open"),
        (
            "n, p",
            "the next thing that the person pressed, and the one before",
        ),
        ("b or Esc", "the page before this one"),
        ("c", "what was run and pressed on that computer"),
        ("Page Down", "further down a long page"),
        ("q, Ctrl-C", "leave"),
    ];
    for (keys, what) in keys {
        page.body.push(Block::Fact(keys.into(), what.into()));
    }
    page.blank();
    page.line("Names are hidden in a report: [user1] is the same everywhere in it.");
    page.line(
        "The reference is computed from the file: the same four characters, the same report.",
    );
    page
}

/// A list, and how much of it is left out.
fn list<T>(page: &mut Page, list: &[T], line: impl Fn(&T) -> String) {
    let (lines, more) = some(list, MOST / 5);
    page.body
        .extend(lines.iter().map(|item| quote(&line(item))));
    page.body.extend(more);
}

fn some<T>(list: &[T], most: usize) -> (&[T], Option<Block>) {
    let shown = &list[..list.len().min(most)];
    let left = list.len() - shown.len();
    let more = (left > 0).then(|| Block::Quote(say!("({} more in the file)", left)));
    (shown, more)
}

fn quote(line: &str) -> Block {
    let cut: String = line.chars().take(LONGEST).collect();
    Block::Quote(Text::public(cut))
}
