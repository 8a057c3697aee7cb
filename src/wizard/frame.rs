//! What is drawn now?

use std::time::Instant;

use crate::page::{ChoiceKey, FieldShown, Page, Status, StepId};
use crate::say;
use crate::steps::{self, Place};
use crate::text::Text;

use super::{Stops, Wizard};

/// Everything that is drawn.
pub struct Frame {
    /// The page.
    pub page: Page,
    /// What has to be known about every page; empty in the wizard.
    pub banner: Text,
    /// The selected choice.
    pub selected: usize,
    /// The six steps.
    pub rail: Vec<(StepId, Status)>,
    /// Which step is current.
    pub current: Option<StepId>,
    /// What the last key did.
    pub echo: Text,
    /// The last command that was run.
    pub ran: Text,
    /// The keys that work now, most useful first.
    pub keys: Vec<&'static str>,
    /// The first visible row of a page that does not fit, where the person scrolled.
    pub scroll: Option<usize>,
}

impl Wizard {
    /// What is to be drawn now.
    pub fn frame(&self, now: Instant) -> Frame {
        let page = self.page();
        let keys = self.keys(&page);
        Frame {
            banner: Text::default(),
            selected: self.selected.unwrap_or(page.focus),
            rail: StepId::ALL
                .into_iter()
                .map(|step| (step, steps::status(step, &self.context)))
                .collect(),
            current: page.step,
            echo: self.echo(now),
            ran: self.context.machine.log.last(),
            keys,
            scroll: self.scroll,
            page,
        }
    }

    /// What the last key did, or what is waited for and since when.
    fn echo(&self, now: Instant) -> Text {
        let Some(running) = self.running.as_ref().filter(|_| self.overlay.is_none()) else {
            return self.echo.clone();
        };
        let seconds = now.saturating_duration_since(running.since).as_secs();
        match (seconds, running.stops) {
            (0, _) => say!("{} ...", running.what.clone()),
            (_, Stops::AtOnce) => {
                say!(
                    "{}: {} s so far. x stops it.",
                    running.what.clone(),
                    seconds
                )
            }
            (_, Stops::Never) => say!("{}: {} s so far.", running.what.clone(), seconds),
        }
    }

    fn page(&self) -> Page {
        let mut page = match &self.overlay {
            Some(overlay) => overlay.view(&self.context, &self.base_page()),
            None => self.base_page(),
        };
        if self.overlay.is_none() {
            page.waiting = self.running.as_ref().map(|running| running.what.clone());
        }
        page
    }

    pub(super) fn base_page(&self) -> Page {
        self.steps.at(self.place).view(&self.context)
    }

    /// The keys that do something now; the renderers show as many as fit.
    fn keys(&self, page: &Page) -> Vec<&'static str> {
        if self.running.is_some() && self.overlay.is_none() {
            let mut keys = vec!["? Help", "c Commands", "p Mask"];
            if self
                .running
                .as_ref()
                .is_some_and(|running| running.stops == Stops::AtOnce)
            {
                keys.insert(0, "x Stop waiting");
                keys.push("q Quit");
            }
            return keys;
        }
        let mut keys = Vec::new();
        if self.overlay.is_some() {
            return vec!["b Back", "q Quit"];
        }
        if let Some(field) = &page.field {
            return match field.shown {
                FieldShown::Hidden => vec!["Enter Done", "Esc Back", "Ctrl-C Wipe"],
                FieldShown::Typed { .. } => vec!["Enter Done", "Esc Back", "Ctrl-C Quit"],
                FieldShown::Text(_) => {
                    vec!["Enter on an empty line: Read it", "Esc Back", "Ctrl-C Quit"]
                }
            };
        }
        let numbered = page
            .choices
            .iter()
            .any(|choice| choice.key == ChoiceKey::Number);
        if page.choices.len() > 1 {
            keys.push(if numbered {
                "Number or Arrows+Enter"
            } else {
                "Letter or Arrows+Enter"
            });
        } else if !page.choices.is_empty() {
            keys.push("Enter");
        }
        if !self.trail.is_empty() {
            keys.push("b Back");
        }
        if self.can_skip() {
            keys.push("s Skip");
        }
        keys.extend(["r Retry", "c Commands", "p Mask", "? Help", "q Quit"]);
        keys
    }

    pub(super) fn can_skip(&self) -> bool {
        match self.place {
            Place::Publish
            | Place::Certificate
            | Place::ToolCertificate
            | Place::Agent
            | Place::Config => true,
            Place::Service
            | Place::AccountKeys
            | Place::Key
            | Place::Message
            | Place::NewKey
            | Place::DeployKey
            | Place::Host
            | Place::Test
            | Place::Repair
            | Place::Accounts
            | Place::Environment
            | Place::Done
            | Place::Undo
            | Place::Report => false,
        }
    }
}
