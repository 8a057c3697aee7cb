//! Did the repair that was made help? What did not is taken back, and not made again.

use std::sync::Arc;

use crate::diagnosis::Finding;
use crate::diagnosis::fix::{Does, Repair as Kind};
use crate::plan::Receipt;
use crate::probe::Tested;
use crate::repair::{self, InVain, Remedy};
use crate::steps::{Context, Effect, Next};
use crate::target::Target;

use super::{finding, offer};

/// A repair that was made, until a test has shown whether it helped.
pub struct Repaired {
    /// What it was for.
    pub finding: Finding,
    /// What was done.
    pub repair: Kind,
    /// The test before it.
    pub before: Arc<Tested>,
    /// Where the connection led before it.
    pub target: Option<Target>,
    /// What was changed; none while that goes on.
    pub receipt: Option<Receipt>,
}

/// Of a repair after which the test has failed as well, and not later than before: what it changed, to be taken
/// back. The test before it counts again.
pub(super) fn in_vain(context: &mut Context) -> Option<Receipt> {
    let Repaired {
        finding,
        repair,
        before,
        target,
        receipt,
    } = context.answers.repaired.take()?;
    let receipt = receipt?;
    let after = context.answers.tested.as_ref()?;
    if repair::has_helped(&finding, &before, after) {
        return None;
    }
    context.answers.in_vain.push(InVain { finding, repair });
    context.answers.tested = Some(before);
    context.answers.target = target;
    Some(receipt)
}

/// Makes the change of this fix of the first finding; the test behind it shows whether it helped.
pub(super) fn make(at: usize, remedy: Remedy, context: &mut Context) -> Next {
    let repair = offer(context, at).map(|offer| offer.fix.does());
    if let (Some(Does::Change(repair)), Some(finding), Some(before)) = (
        repair,
        finding(context).cloned(),
        context.answers.tested.clone(),
    ) {
        context.answers.repaired = Some(Repaired {
            finding,
            repair,
            before,
            target: context.answers.target.clone(),
            receipt: None,
        });
    }
    if let Some(target) = remedy.target {
        context.answers.target = Some(target);
    }
    Next::Run(Effect::Apply(remedy.plan))
}

/// Whether the repair that was just made leaves nothing that a test of SSH could judge.
pub(super) fn is_without_ssh(context: &Context) -> bool {
    let repaired = context.answers.repaired.as_ref();
    repaired.is_some_and(|repaired| repaired.repair == Kind::HttpsRemote)
}

/// Whether this repair of the first finding was made before, and taken back again.
pub(super) fn is_in_vain(context: &Context, repair: Kind) -> bool {
    let Some(finding) = finding(context) else {
        return false;
    };
    let mut tried = context.answers.in_vain.iter();
    tried.any(|tried| tried.is_about(finding, repair))
}
