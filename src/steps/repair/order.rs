//! In which order are the fixes offered? What can be done here comes first, and the first of it is recommended.

use crate::diagnosis::Offer;
use crate::diagnosis::fix::Does;
use crate::steps::Context;

use super::{finding, is_in_vain};

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
pub(super) fn recommended(context: &Context, impossible: &[usize]) -> Option<usize> {
    let first = offered(context, impossible).first().copied();
    first.and_then(|(at, standing)| (standing == Standing::Open).then_some(at))
}

fn standing(at: usize, offer: &Offer, context: &Context, impossible: &[usize]) -> Standing {
    match offer.fix.does() {
        Does::Change(repair) if is_in_vain(context, repair) => Standing::InVain,
        Does::Change(_) if impossible.contains(&at) => Standing::Impossible,
        Does::Change(_)
        | Does::Open(_)
        | Does::MakeKey
        | Does::Retry
        | Does::RetryAsking
        | Does::SecondAccount
        | Does::RenewCertificate
        | Does::Person => Standing::Open,
    }
}
