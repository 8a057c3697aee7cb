//! Which fix is offered first? The best of those that can be done here: where it is a change, that is made up before
//! it is recommended.

use crate::diagnosis::Offer;
use crate::diagnosis::fix::Repair as Kind;
use crate::plan::{self, Plan};
use crate::repair::Remedy;
use crate::steps::{Context, Effect, Next, config};
use crate::trouble::Trouble;

use super::{Repair, State, Then, Whole, choose_for_change, finding, is_in_vain, offer};

/// Rows of a change that are shown below the fixes.
const MOST_ROWS: usize = 4;

/// What is known about a fix before it is picked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing speaks against it.
    Open,
    /// It was made, did not help, and was taken back.
    InVain,
    /// Its change cannot be made here.
    Impossible,
}

/// The places of the first finding's fixes, as they are offered.
pub(super) fn offered(context: &Context, impossible: &[usize]) -> Vec<(usize, Standing)> {
    let fixes = finding(context).map_or(&[][..], |finding| &finding.fixes);
    let mut offered: Vec<(usize, Standing)> = fixes
        .iter()
        .enumerate()
        .map(|(at, offer)| (at, standing(at, offer, context, impossible)))
        .collect();
    // Stable: among what can be done, the diagnosis says what is best.
    offered.sort_by_key(|(_, standing)| *standing != Standing::Open);
    offered
}

/// The recommended fix; none when none is left.
fn recommended(context: &Context, impossible: &[usize]) -> Option<usize> {
    let first = offered(context, impossible).first().copied();
    first.and_then(|(at, standing)| (standing == Standing::Open).then_some(at))
}

impl Repair {
    /// A finding is new: what can be done about it?
    pub(super) fn begin(&mut self, context: &mut Context) -> Next {
        self.impossible.clear();
        self.offer_first(context)
    }

    /// When the recommended fix is a change, it is made up, checked by ssh, and shown here.
    pub(super) fn offer_first(&mut self, context: &mut Context) -> Next {
        self.state = State::Told;
        let Some(at) = recommended(context, &self.impossible) else {
            return Next::Stay;
        };
        match offer(context, at).and_then(|offer| offer.fix.does().change()) {
            Some(kind) => {
                if matches!(kind, Kind::UseKey | Kind::OfferOneKey) {
                    choose_for_change(context);
                }
                self.prepare(at, kind, Then::Offer, context)
            }
            None => Next::Stay,
        }
    }

    pub(super) fn prepare(
        &mut self,
        at: usize,
        repair: Kind,
        then: Then,
        context: &Context,
    ) -> Next {
        let (Some(situation), Some(finding)) = (context.situation(), finding(context)) else {
            return Next::Stay;
        };
        self.state = State::Preparing(at, then);
        Next::Run(Effect::Prepare {
            repair,
            finding: Box::new(finding.clone()),
            situation: Box::new(situation),
        })
    }

    pub(super) fn prepared(
        &mut self,
        remedy: Result<Box<Remedy>, Trouble>,
        context: &mut Context,
    ) -> Next {
        let State::Preparing(at, then) = self.state else {
            return Next::Stay;
        };
        self.state = match (remedy, then) {
            (Ok(remedy), Then::Offer) if is_short(&remedy.plan) => State::Ready(at, remedy),
            // Its number opens a screen with all of it.
            (Ok(_), Then::Offer) => State::Told,
            (Ok(remedy), Then::Show) => State::Preview(at, remedy, Whole::Changes),
            // The next best; the number of this one says why.
            (Err(_), Then::Offer) => {
                self.impossible.push(at);
                return self.offer_first(context);
            }
            (Err(trouble), Then::Show) => {
                self.trouble = Some(trouble);
                State::Told
            }
        };
        Next::Stay
    }
}

/// Whether the whole change can be read here: a longer one has a screen for itself, because `y`
/// stands only beside what is seen.
fn is_short(plan: &Plan) -> bool {
    config::diff_blocks(plan, plan::Context::Lines(0)).len() <= MOST_ROWS
}

fn standing(at: usize, offer: &Offer, context: &Context, impossible: &[usize]) -> Standing {
    match offer.fix.does().change() {
        Some(repair) if is_in_vain(context, repair) => Standing::InVain,
        Some(_) if impossible.contains(&at) => Standing::Impossible,
        Some(_) | None => Standing::Open,
    }
}
