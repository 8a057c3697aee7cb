//! Which lines differ between two documents?

use super::document::Document;
use super::line::{Eol, Line};

/// What happens to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It stays.
    Kept,
    /// Its text stays and its end changes; usually a missing final newline is added.
    EndChanged,
    /// It goes.
    Removed,
    /// It comes.
    Added,
}

/// One line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    /// What happens to it.
    pub mark: Mark,
    /// Its number in the old document; `None` for an added line.
    pub old: Option<usize>,
    /// Its number in the new document; `None` for a removed line.
    pub new: Option<usize>,
    /// Its bytes without the end.
    pub text: Vec<u8>,
    /// Its end: in the new document, or in the old one when it is removed.
    pub eol: Eol,
}

/// A run of changed lines with the unchanged ones around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// The number of the first line in the old document, or of the line after the place when it shows none of it.
    pub old_start: usize,
    /// The same in the new document.
    pub new_start: usize,
    /// The lines from top to bottom.
    pub lines: Vec<DiffLine>,
}

/// The hunks that lead from `old` to `new`, with up to `context` kept lines around each; hunks whose context would
/// meet are one. Shortest script (Myers 1986); above 1,000 differences the whole middle is shown as replaced.
pub fn hunks(old: &Document, new: &Document, context: usize) -> Vec<Hunk> {
    let pairs = script(old, new);
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for i in (0..pairs.len()).filter(|&i| mark(old, new, pairs[i]) != Mark::Kept) {
        let (from, to) = (
            i.saturating_sub(context),
            (i + context + 1).min(pairs.len()),
        );
        match ranges.last_mut() {
            Some(last) if from <= last.1 => last.1 = to,
            Some(_) | None => ranges.push((from, to)),
        }
    }
    let hunk = |(from, to): (usize, usize)| Hunk {
        old_start: start(&pairs, from, to, |pair| pair.0),
        new_start: start(&pairs, from, to, |pair| pair.1),
        lines: pairs[from..to]
            .iter()
            .map(|&pair| line(old, new, pair))
            .collect(),
    };
    ranges.into_iter().map(hunk).collect()
}

const MOST: usize = 1_000;

/// The numbers of a line in the old and in the new document.
type Pair = (Option<usize>, Option<usize>);

fn start(pairs: &[Pair], from: usize, to: usize, side: fn(&Pair) -> Option<usize>) -> usize {
    let before = pairs[..from].iter().rev().find_map(side);
    let inside = pairs[from..to].iter().find_map(side);
    inside.unwrap_or(before.unwrap_or(0) + 1)
}

/// Every line of both documents, from top to bottom.
fn script(old: &Document, new: &Document) -> Vec<Pair> {
    let same = |o: usize, n: usize| old.line(o).map(Line::raw) == new.line(n).map(Line::raw);
    let (old_len, new_len) = (old.len(), new.len());
    let most = old_len.min(new_len);
    let head = (1..=most).take_while(|&n| same(n, n)).count();
    let tail = (0..most - head)
        .take_while(|&n| same(old_len - n, new_len - n))
        .count();
    let middle = common(old_len - head - tail, new_len - head - tail, &|o, n| {
        same(head + o + 1, head + n + 1)
    });
    let kept = (1..=head)
        .map(|n| (n, n))
        .chain(
            middle
                .into_iter()
                .map(|(o, n)| (head + o + 1, head + n + 1)),
        )
        .chain((0..tail).rev().map(|n| (old_len - n, new_len - n)));
    let mut pairs = Vec::new();
    let (mut o, mut n) = (1, 1);
    for (next_old, next_new) in kept {
        pairs.extend((o..next_old).map(|i| (Some(i), None)));
        pairs.extend((n..next_new).map(|i| (None, Some(i))));
        pairs.push((Some(next_old), Some(next_new)));
        (o, n) = (next_old + 1, next_new + 1);
    }
    pairs.extend((o..=old_len).map(|i| (Some(i), None)));
    pairs.extend((n..=new_len).map(|i| (None, Some(i))));
    pairs
}

fn mark(old: &Document, new: &Document, pair: Pair) -> Mark {
    match pair {
        (Some(_), None) => Mark::Removed,
        (None, _) => Mark::Added,
        (Some(o), Some(n)) if old.line(o).map(Line::eol) == new.line(n).map(Line::eol) => {
            Mark::Kept
        }
        (Some(_), Some(_)) => Mark::EndChanged,
    }
}

fn line(old: &Document, new: &Document, pair: Pair) -> DiffLine {
    let line = pair
        .1
        .and_then(|n| new.line(n))
        .or_else(|| pair.0.and_then(|o| old.line(o)));
    DiffLine {
        mark: mark(old, new, pair),
        old: pair.0,
        new: pair.1,
        text: line.map_or_else(Vec::new, |l| l.raw().to_vec()),
        eol: line.map_or(Eol::None, Line::eol),
    }
}

/// The pairs of a longest common subsequence, in order; none when more than [`MOST`] steps would be needed.
fn common(old: usize, new: usize, same: &dyn Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
    let mut traces: Vec<Vec<usize>> = Vec::new();
    for d in 0..=(old + new).min(MOST) {
        // reach[k + d] is how far into `old` d differences lead on the diagonal k = o - n.
        let mut reach = vec![0; 2 * d + 1];
        for i in (0..=2 * d).step_by(2) {
            let mut o = from(traces.last(), i, d).0;
            let mut n = o + d - i;
            while o < old && n < new && same(o, n) {
                (o, n) = (o + 1, n + 1);
            }
            reach[i] = o;
            if o >= old && n >= new {
                return back(&traces, d, i, old);
            }
        }
        traces.push(reach);
    }
    Vec::new()
}

/// Where a path on diagonal index `i` of step `d` begins its run of equal lines, and the index it came from.
fn from(previous: Option<&Vec<usize>>, i: usize, d: usize) -> (usize, usize) {
    let Some(previous) = previous else {
        return (0, 0);
    };
    // Index i here is i - 1 in the step before, whose diagonals begin one later.
    let down = (i < 2 * d).then(|| previous.get(i).copied()).flatten();
    let right = i
        .checked_sub(2)
        .and_then(|j| previous.get(j))
        .map(|o| o + 1);
    match (down, right) {
        (Some(down), Some(right)) if right > down => (right, i - 2),
        (Some(down), _) => (down, i),
        (None, Some(right)) => (right, i - 2),
        (None, None) => (0, i),
    }
}

fn back(traces: &[Vec<usize>], d: usize, i: usize, end: usize) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let (mut i, mut end) = (i, end);
    for d in (0..=d).rev() {
        let previous = d.checked_sub(1).map(|p| &traces[p]);
        let (start, came_from) = from(previous, i, d);
        pairs.extend((start..end).rev().map(|o| (o, o + d - i)));
        if let Some(previous) = previous {
            end = previous[came_from];
            i = came_from;
        }
    }
    pairs.reverse();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(old: &str, new: &str, context: usize) -> String {
        let (old, new) = (
            Document::parse(old.as_bytes()),
            Document::parse(new.as_bytes()),
        );
        let mut out = String::new();
        for hunk in hunks(&old, &new, context) {
            out += &format!("@{},{}\n", hunk.old_start, hunk.new_start);
            for line in hunk.lines {
                let mark = match line.mark {
                    Mark::Kept => ' ',
                    Mark::EndChanged => '~',
                    Mark::Removed => '-',
                    Mark::Added => '+',
                };
                out += &format!("{mark}{}\n", String::from_utf8_lossy(&line.text));
            }
        }
        out
    }

    #[test]
    fn hunks_with_context_and_numbers() {
        assert_eq!(shown("a\nb\nc\n", "a\nb\nc\n", 3), "");
        assert_eq!(
            shown("a\nb\nc\nd\n", "a\nb\nx\nc\nd\n", 1),
            "@2,2\n b\n+x\n c\n"
        );
        assert_eq!(shown("a\nb\nc\n", "a\nc\n", 0), "@2,2\n-b\n");
        assert_eq!(shown("a\nb\n", "a\nx\n", 1), "@1,1\n a\n-b\n+x\n");
        assert_eq!(shown("", "a\n", 3), "@1,1\n+a\n");
        assert_eq!(shown("a\n", "", 3), "@1,1\n-a\n");
    }

    #[test]
    fn far_changes_are_two_hunks_and_near_ones_are_one() {
        let (old, new) = ("1\n2\n3\n4\n5\n6\n7\n", "1\nx\n3\n4\n5\ny\n7\n");
        assert_eq!(shown(old, new, 1).matches('@').count(), 2);
        assert_eq!(shown(old, new, 2).matches('@').count(), 1);
    }

    #[test]
    fn a_missing_newline_is_shown_where_it_comes() {
        assert_eq!(shown("a\nb", "a\nb\nc\n", 1), "@1,1\n a\n~b\n+c\n");
    }

    fn text() -> impl Strategy<Value = String> {
        let lines = proptest::sample::select(vec!["a\n", "b\n", "c\n", "d\r\n", "\n"]);
        proptest::collection::vec(lines, 0..40).prop_map(|l| l.concat())
    }

    proptest! {
        #[test]
        fn both_sides_can_be_read_from_the_hunk(old in text(), new in text()) {
            let (a, b) = (Document::parse(old.as_bytes()), Document::parse(new.as_bytes()));
            let lines: Vec<DiffLine> = hunks(&a, &b, 1_000).into_iter().flat_map(|h| h.lines).collect();
            if lines.is_empty() {
                prop_assert_eq!(&old, &new);
            } else {
                let numbers: Vec<usize> = lines.iter().filter_map(|l| l.old).collect();
                prop_assert_eq!(numbers, (1..=a.len()).collect::<Vec<_>>());
                let rebuilt: Vec<u8> = lines.iter().filter(|l| l.new.is_some())
                    .flat_map(|l| [&l.text[..], l.eol.as_bytes()].concat()).collect();
                prop_assert_eq!(rebuilt, new.as_bytes());
                for l in lines.iter().filter(|l| l.old.is_some()) {
                    prop_assert_eq!(&l.text[..], a.line(l.old.unwrap()).unwrap().raw());
                }
            }
        }

        #[test]
        fn an_insertion_is_only_additions(old in text(), at in 0_usize..40, new in text()) {
            let a = Document::parse(old.as_bytes());
            let at = at.min(a.len());
            let whole = |l: &Line| [l.raw(), l.eol().as_bytes()].concat();
            let mut bytes: Vec<u8> = a.lines().take(at).flat_map(whole).collect();
            bytes.extend(new.as_bytes());
            bytes.extend(a.lines().skip(at).flat_map(whole));
            let b = Document::parse(&bytes);
            let lines: Vec<DiffLine> = hunks(&a, &b, 0).into_iter().flat_map(|h| h.lines).collect();
            prop_assert!(lines.iter().all(|l| l.mark != Mark::Removed));
        }
    }
}
