//! How does a change look as lines, before it is made?

use crate::plan::{self, DiffLine, LineKind, Plan, Previewed};
use crate::say;
use crate::text::Text;

use super::Setup;

/// Every file of the plan with the lines that change.
pub(super) fn print(setup: &Setup, plan: &Plan) {
    let out = &setup.output;
    for previewed in plan::preview_with(plan, plan::Context::Lines(1)) {
        out.line(&say!("  {}", previewed.heading()));
        for line in lines(&previewed) {
            out.line(&say!("  {}", line));
        }
        for note in previewed.notes {
            out.line(&say!("  {}", note));
        }
    }
}

/// The lines of one change: `+`, `-` or a blank, the number, the text.
pub(super) fn lines(previewed: &Previewed) -> Vec<Text> {
    rows(&previewed.hunks)
}

/// The lines of a difference, as for [`lines`].
pub(super) fn rows(hunks: &[Vec<DiffLine>]) -> Vec<Text> {
    let shown = hunks.iter().flatten().map(|line| {
        let sign = match line.kind {
            LineKind::Same => " ",
            LineKind::Added => "+",
            LineKind::Removed => "-",
        };
        let number = Text::public(format!("{:>5}", line.number));
        say!("{} {}  {}", sign, number, line.text.clone())
    });
    shown.collect()
}
