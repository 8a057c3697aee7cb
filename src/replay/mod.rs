//! What did somebody see on another computer, and what did they press? Their report in the same screens.
//!
//! A value without I/O, like the wizard: keys go in, a [`Frame`] comes out. Nothing is looked at, connected to or
//! changed here, so no key does more than show another page.

mod choices;
mod pages;
mod told;

use crate::diagnosis::{Severity, Verdict};
use crate::page::{Page, Status, StepId, choice_keys};
use crate::report::Report;
use crate::say;
use crate::text::Text;
use crate::trouble::Exit;
use crate::wizard::{Frame, Key, leaf, named};

use choices::Pick;
use pages::Pages;

/// A report that is being looked at.
pub struct Replay {
    pages: Pages,
    at: Place,
    /// Visited places, for Back.
    trail: Vec<Place>,
    /// Where the arrows went; none: the first choice.
    selected: Option<usize>,
    /// The first visible row; none: the selected choice stays in sight.
    scroll: Option<usize>,
    /// The first row that was drawn last.
    drawn: usize,
    /// How many there was room for.
    rows: usize,
    echo: Text,
}

/// A page, and the moment of the timeline that led to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    shown: Shown,
    moment: Option<usize>,
}

/// The pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// Screen 01, for the keys of the replay.
    Help,
    /// Screen 02.
    Pressed,
    /// Screen 61.
    Test,
    /// Screen 71.
    Finding,
    /// Screen 72.
    Evidence,
    /// Screen 80.
    Done,
    /// Screen 90.
    Whole,
    /// A screen of which a report keeps nothing but what was pressed on it.
    Other,
}

impl Shown {
    /// The page for a screen of the wizard.
    fn of(screen: u8) -> Self {
        match screen {
            2 => Shown::Pressed,
            61 => Shown::Test,
            71 => Shown::Finding,
            72 => Shown::Evidence,
            80 => Shown::Done,
            90 => Shown::Whole,
            _ => Shown::Other,
        }
    }

    /// Whether the person may have seen something else on it before the report was made.
    fn is_of_the_end(self) -> bool {
        match self {
            Shown::Test | Shown::Finding | Shown::Evidence | Shown::Done => true,
            Shown::Help | Shown::Pressed | Shown::Whole | Shown::Other => false,
        }
    }

    /// Where it is read from: a long list from its top, a page with a question at the choice.
    fn scroll(self) -> Option<usize> {
        match self {
            Shown::Help | Shown::Pressed | Shown::Evidence | Shown::Whole => Some(0),
            Shown::Test | Shown::Finding | Shown::Done | Shown::Other => None,
        }
    }
}

impl Replay {
    /// Opens a report on the page that the person was on, or else on what matters most.
    pub fn new(report: Report, reference: String) -> Self {
        let screen = report.screen;
        let pages = Pages::new(report, reference);
        let shown = match screen.map(Shown::of) {
            Some(Shown::Other) | None => first_shown(&pages),
            Some(shown) => shown,
        };
        Self {
            echo: pages.made().then(" ? says what the keys do."),
            pages,
            at: Place {
                shown,
                moment: None,
            },
            trail: Vec::new(),
            selected: None,
            scroll: shown.scroll(),
            drawn: 0,
            rows: 0,
        }
    }

    /// What is to be drawn now.
    pub fn frame(&self) -> Frame {
        let page = self.page();
        Frame {
            banner: self.pages.banner(),
            selected: self.selected.unwrap_or(page.focus),
            rail: StepId::ALL
                .into_iter()
                .map(|step| (step, self.status(step)))
                .collect(),
            current: page.step,
            echo: self.echo.clone(),
            // Nothing is run here.
            ran: Text::default(),
            keys: self.keys(&page),
            scroll: self.scroll,
            page,
        }
    }

    /// Every screen that the report fills, the one that it opens on first; only the fixes are left of the choices.
    pub fn screens(&self) -> Vec<Page> {
        let mut shown = vec![self.at.shown];
        let more = [
            (Shown::Finding, self.pages.told.is_some()),
            (Shown::Done, self.pages.works()),
            (Shown::Test, true),
            (Shown::Evidence, true),
            (Shown::Pressed, true),
            (Shown::Whole, true),
        ];
        for (page, is_filled) in more {
            if is_filled && !shown.contains(&page) {
                shown.push(page);
            }
        }
        let screens = shown.into_iter().map(|shown| {
            let place = Place {
                shown,
                moment: None,
            };
            let mut page = self.pages.page(place);
            let picks = self.pages.picks(place);
            page.choices
                .truncate(picks.iter().filter(|pick| **pick == Pick::Fix).count());
            // None is the one that Enter takes: nothing is asked.
            page.focus = page.choices.len();
            page
        });
        screens.collect()
    }

    /// What has to be known about every page: that it is not about this computer, and the report's reference.
    pub fn banner(&self) -> Text {
        self.pages.banner()
    }

    /// When it was made, and with which sshstep.
    pub fn made(&self) -> Text {
        self.pages.made()
    }

    /// The report in a line, for the normal screen.
    pub fn summary(&self) -> Text {
        self.pages.summary()
    }

    /// The renderer has drawn the page from this row on, so that scrolling starts there; it had room for so many.
    pub fn drawn(&mut self, first: usize, rows: usize) {
        self.drawn = first;
        self.rows = rows;
        if let Some(scroll) = &mut self.scroll {
            *scroll = first;
        }
    }

    /// One key; an exit code when it leaves.
    pub fn on(&mut self, key: Key) -> Option<Exit> {
        let page = self.page();
        let last = page.choices.len().saturating_sub(1);
        let at = self.selected.unwrap_or(page.focus).min(last);
        match key {
            Key::CtrlC => return Some(Exit::Interrupted),
            Key::Char('q' | 'Q') => return Some(Exit::Works),
            Key::Up if page.choices.is_empty() => self.scroll = Some(self.drawn.saturating_sub(1)),
            Key::Down if page.choices.is_empty() => self.scroll = Some(self.drawn + 1),
            Key::Home if page.choices.is_empty() => self.scroll = Some(0),
            Key::End if page.choices.is_empty() => self.scroll = Some(usize::MAX),
            Key::Up => self.select(at.saturating_sub(1)),
            Key::Down => self.select((at + 1).min(last)),
            Key::Home => self.select(0),
            Key::End => self.select(last),
            Key::PageDown => self.scroll = Some(self.drawn + leaf(self.rows)),
            Key::PageUp => self.scroll = Some(self.drawn.saturating_sub(leaf(self.rows))),
            Key::Enter if !page.choices.is_empty() => self.pick(&page, at, Text::plain("Enter")),
            Key::Esc => self.back(),
            Key::Char(c) => self.letter(c, &page),
            Key::Enter | Key::Left | Key::Right | Key::Backspace | Key::Delete | Key::Other => {
                self.echo = say!("{} does nothing here.", named(key))
            }
        }
        None
    }

    fn select(&mut self, at: usize) {
        self.selected = Some(at);
        self.scroll = None;
    }

    fn letter(&mut self, c: char, page: &Page) {
        let keys = choice_keys(&page.choices);
        if let Some(at) = keys.iter().position(|key| *key == c) {
            return self.pick(page, at, Text::public(c.to_string()));
        }
        match c.to_ascii_lowercase() {
            'n' => self.later(),
            'p' => self.earlier(),
            'b' => self.back(),
            'c' => self.open(Shown::Pressed, "You pressed c: what was run and pressed."),
            '?' => self.open(Shown::Help, "You pressed ?: help. b goes back."),
            _ => self.echo = say!("{} does nothing here.", named(Key::Char(c))),
        }
    }

    fn pick(&mut self, page: &Page, at: usize, pressed: Text) {
        let (Some(pick), Some(choice)) = (
            self.pages.picks(self.at).get(at).copied(),
            page.choices.get(at),
        ) else {
            return;
        };
        let label = choice.label.clone();
        match pick {
            Pick::Fix => {
                self.selected = Some(at);
                self.echo = say!(
                    "In the wizard, {} would open: {}. Nothing is done here.",
                    pressed,
                    label
                );
            }
            Pick::Go(shown) => {
                self.go(shown);
                self.echo = say!("You pressed {}: {}", pressed, label);
            }
            Pick::Back => self.back(),
        }
    }

    fn open(&mut self, shown: Shown, words: &'static str) {
        self.go(shown);
        self.echo = Text::plain(words);
    }

    fn go(&mut self, shown: Shown) {
        if shown != self.at.shown {
            self.trail.retain(|visited| visited.shown != shown);
            self.trail.push(self.at);
        }
        self.show(Place { shown, ..self.at });
    }

    fn show(&mut self, place: Place) {
        self.at = place;
        self.selected = None;
        self.scroll = place.shown.scroll();
    }

    fn back(&mut self) {
        match self.trail.pop() {
            Some(place) => {
                self.show(place);
                self.echo = Text::plain("Back.");
            }
            None => self.echo = Text::plain("This is the first screen. q leaves."),
        }
    }

    fn later(&mut self) {
        match self.at.moment {
            None => self.step_to(0),
            Some(at) if at + 1 < self.pages.timeline().len() => self.step_to(at + 1),
            Some(_) => self.echo = Text::plain("That was the last moment of the report."),
        }
    }

    fn earlier(&mut self) {
        match self.at.moment {
            None => self.step_to(self.pages.timeline().len().saturating_sub(1)),
            Some(0) => self.echo = Text::plain("This is the first moment of the report."),
            Some(at) => self.step_to(at - 1),
        }
    }

    /// The page on which this was pressed. Back leads to where the stepping began.
    fn step_to(&mut self, at: usize) {
        let Some(moment) = self.pages.timeline().get(at) else {
            self.echo = Text::plain("There is no timeline: the report was not made in the wizard.");
            return;
        };
        let shown = Shown::of(moment.screen);
        let echo = say!(
            "Moment {} of {}, {} s: {}",
            at + 1,
            self.pages.timeline().len(),
            moment.t,
            Text::public(&moment.action)
        );
        if self.at.moment.is_none() {
            self.trail.push(self.at);
        }
        self.show(Place {
            shown,
            moment: Some(at),
        });
        self.echo = echo;
    }

    fn page(&self) -> Page {
        self.pages.page(self.at)
    }

    /// How far a step was.
    fn status(&self, step: StepId) -> Status {
        let mut steps = self.pages.report.steps.iter();
        let known = steps.find(|known| known.id == step);
        known.map_or(Status::Unknown, |known| known.status)
    }

    /// The keys that do something now; the renderer shows as many as fit.
    fn keys(&self, page: &Page) -> Vec<&'static str> {
        let mut keys = Vec::new();
        if !page.choices.is_empty() {
            keys.push("Number or Arrows+Enter");
        }
        if !self.pages.timeline().is_empty() {
            keys.extend(["n Next", "p Before"]);
        }
        if !self.trail.is_empty() {
            keys.push("b Back");
        }
        let here = self.at.shown;
        keys.extend((here != Shown::Pressed).then_some("c Commands"));
        keys.extend((here != Shown::Help).then_some("? Help"));
        keys.push("q Quit");
        keys
    }
}

/// What matters most: what keeps it from working, that it works, or how far it got.
fn first_shown(pages: &Pages) -> Shown {
    let severity = pages.told.as_ref().map(|told| told.finding.severity);
    match (severity, pages.report.outcome) {
        (Some(Severity::Error), _) => Shown::Finding,
        (Some(Severity::Warning | Severity::Advice) | None, Verdict::Works) => Shown::Done,
        (Some(Severity::Warning | Severity::Advice), Verdict::Problem | Verdict::Unknown) => {
            Shown::Finding
        }
        (None, Verdict::Problem | Verdict::Unknown) => Shown::Test,
    }
}

#[cfg(test)]
mod tests;
