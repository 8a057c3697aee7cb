//! Which choices does each page have, and what does each do?

use crate::page::Choice;
use crate::text::Text;

use super::pages::Pages;
use super::told::Told;
use super::{Place, Shown};

/// What a choice does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pick {
    /// Says what it would have opened.
    Fix,
    Go(Shown),
    Back,
}

impl Pages {
    /// The choices of a page.
    pub(super) fn choices(&self, place: Place) -> Vec<Choice> {
        let mut choices = Vec::new();
        let mut fixes = self.told.iter().flat_map(fix_choices);
        for pick in self.picks(place) {
            choices.push(match pick {
                Pick::Fix => match fixes.next() {
                    Some(choice) => choice,
                    None => continue,
                },
                Pick::Back => Choice::new("Back", ""),
                Pick::Go(shown) => Choice::new(way(shown), ""),
            });
        }
        choices
    }

    /// What the choices of a page do, in their order.
    pub(super) fn picks(&self, place: Place) -> Vec<Pick> {
        let mut picks = Vec::new();
        let others: &[Shown] = match place.shown {
            Shown::Help | Shown::Pressed | Shown::Whole => return picks,
            Shown::Finding => {
                let fixes = self.told.as_ref().map_or(0, |told| told.notes.len());
                picks.extend(vec![Pick::Fix; fixes]);
                // The first three have the digits of the wizard: evidence, report, test again.
                &[Shown::Evidence, Shown::Whole, Shown::Test, Shown::Pressed]
            }
            Shown::Evidence => {
                picks.push(Pick::Back);
                &[Shown::Whole, Shown::Pressed]
            }
            Shown::Test => &[
                Shown::Finding,
                Shown::Done,
                Shown::Evidence,
                Shown::Whole,
                Shown::Pressed,
            ],
            Shown::Done => &[
                Shown::Finding,
                Shown::Evidence,
                Shown::Test,
                Shown::Whole,
                Shown::Pressed,
            ],
            Shown::Other => &[Shown::Finding, Shown::Done, Shown::Test, Shown::Pressed],
        };
        let is_there = |shown: &&Shown| match shown {
            Shown::Finding => self.told.is_some(),
            Shown::Done => self.works(),
            Shown::Help
            | Shown::Pressed
            | Shown::Test
            | Shown::Evidence
            | Shown::Whole
            | Shown::Other => true,
        };
        picks.extend(others.iter().filter(is_there).map(|shown| Pick::Go(*shown)));
        picks
    }
}

/// What leads to a page.
fn way(shown: Shown) -> &'static str {
    match shown {
        Shown::Help => "Help",
        Shown::Pressed => "What was pressed",
        Shown::Test => "The test",
        Shown::Finding => "The diagnosis",
        Shown::Evidence => "Show the evidence",
        Shown::Done => "What was changed",
        Shown::Whole => "The whole report",
        Shown::Other => "Another screen",
    }
}

/// The fixes as screen 71 lists them.
fn fix_choices(told: &Told) -> Vec<Choice> {
    let fixes = told.finding.fixes.iter().zip(&told.notes).enumerate();
    let choices = fixes.map(|(at, (fix, note))| {
        let note = match (at, note.is_empty()) {
            (0, true) => Text::plain("recommended"),
            (0, false) => note.clone().then("; recommended"),
            (_, _) => note.clone(),
        };
        Choice::new(Text::public(&fix.summary), note)
    });
    choices.collect()
}
