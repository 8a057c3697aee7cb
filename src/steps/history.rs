//! What happened in this session: what was pressed on which screen, and how long it took until it worked?
//!
//! For screen 02 and for a report; kept in memory only.

use std::time::{Duration, Instant};

use crate::probe::Tested;
use crate::report::{Form, Metrics, Session};
use crate::text::Text;
use crate::transcript::Rung;

/// What happened by which key.
pub struct Happened {
    /// Since the start.
    pub at: Duration,
    /// Where.
    pub screen: u8,
    /// What.
    pub text: Text,
}

/// All of it.
pub struct History {
    form: Form,
    started: Instant,
    happened: Vec<Happened>,
    presses: usize,
    backs: usize,
    retries: usize,
    first_failed: Option<Rung>,
    /// When it worked first, and how many keys were pressed by then.
    success: Option<(Duration, usize)>,
}

/// The report's own screen.
const REPORT: u8 = 90;

/// More is not kept: the oldest goes.
const KEPT: usize = 200;

impl History {
    /// Nothing has happened yet.
    pub fn begin(form: Form, now: Instant) -> Self {
        Self {
            form,
            started: now,
            happened: Vec::new(),
            presses: 0,
            backs: 0,
            retries: 0,
            first_failed: None,
            success: None,
        }
    }

    /// What was said about a key.
    pub fn note(&mut self, screen: u8, text: Text, now: Instant) {
        if self.happened.len() == KEPT {
            self.happened.remove(0);
        }
        self.happened.push(Happened {
            at: now.saturating_duration_since(self.started),
            screen,
            text,
        });
    }

    /// A key was pressed that was not typed into a field.
    pub fn pressed(&mut self) {
        self.presses += 1;
    }

    /// The person went back.
    pub fn went_back(&mut self) {
        self.backs += 1;
    }

    /// The person wanted a check again.
    pub fn retried(&mut self) {
        self.retries += 1;
    }

    /// A test is over.
    pub fn tested(&mut self, tested: &Tested, now: Instant) {
        self.first_failed = self.first_failed.or(tested.ladder.failed());
        if tested.works() && self.success.is_none() {
            let took = now.saturating_duration_since(self.started);
            self.success = Some((took, self.presses));
        }
    }

    /// The latest, the oldest of them first.
    pub fn latest(&self, most: usize) -> &[Happened] {
        &self.happened[self.happened.len().saturating_sub(most)..]
    }

    /// How long it took until it worked, and how many keys.
    pub fn effort(&self) -> Option<(Duration, usize)> {
        self.success
    }

    /// What a report tells of it, with how many changes were kept.
    pub fn session(&self, changes: usize, now: Instant) -> Session {
        let happened = self.happened.iter();
        // What is done with the report itself comes after it was asked for.
        let asked = happened.clone().rfind(|it| it.screen != REPORT);
        Session {
            screen: asked.map(|asked| asked.screen),
            form: self.form,
            timeline: happened
                .map(|it| (it.at.as_secs(), it.screen, it.text.clone()))
                .collect(),
            metrics: Some(self.metrics(changes, now)),
        }
    }

    fn metrics(&self, changes: usize, now: Instant) -> Metrics {
        Metrics {
            seconds: now.saturating_duration_since(self.started).as_secs(),
            presses: self.presses,
            backs: self.backs,
            retries: self.retries,
            changes,
            first_failed: self.first_failed,
            seconds_to_success: self.success.map(|(took, _)| took.as_secs()),
        }
    }
}
