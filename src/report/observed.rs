//! How do signs travel in a report, and what do they mean here?
//!
//! Whoever reads a report diagnoses it again: a newer sshstep may know more than the one that made it.

use std::collections::BTreeMap;

use super::{Observation, Report};
use crate::answer::Show;
use crate::diagnosis::book::book;
use crate::diagnosis::{Finding, Signs, diagnose};
use crate::text::Text;

/// More observations than any connection leaves; a report may be anybody's.
const MOST: usize = 500;

/// The signs as they are written down.
pub(super) fn written(signs: &Signs, show: Show) -> Vec<Observation> {
    let mut all: Vec<Observation> = Vec::new();
    for seen in signs.iter() {
        let values = seen.values.iter();
        let observation = Observation {
            sign: seen.sign.name().to_owned(),
            evidence: show(&seen.evidence),
            values: values
                .map(|(name, value)| ((*name).to_owned(), show(value)))
                .collect(),
        };
        if !all.contains(&observation) {
            all.push(observation);
        }
    }
    all
}

/// What the observations of a report mean to this sshstep. Signs and values that it does not know are left out.
pub fn derived(report: &Report) -> Vec<Finding> {
    let holes = book().holes();
    let mut signs = Signs::default();
    for observation in report.observations.iter().take(MOST) {
        let Some(sign) = book().sign(&observation.sign) else {
            continue;
        };
        let values = observation.values.iter();
        let values: BTreeMap<&'static str, Text> = values
            .filter_map(|(name, value)| Some((*holes.get(name.as_str())?, Text::public(value))))
            .collect();
        signs.add_seen(sign, Text::public(&observation.evidence), values);
    }
    diagnose(&signs)
}
