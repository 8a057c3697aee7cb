//! What of a very long text is read at its end?
//!
//! [`Transcript`](super::Transcript) keeps both ends of a log, and what lies between them goes. So once the beginning
//! is known, lines need not be read as they go by: they are kept as they are, the last few thousand of them, and read
//! when no more come. ssh's lines are kept apart from those of other programs, so that however many of these follow
//! them push none of them out.

use super::reader::Length;
use super::sentence::Sentences;

/// A page is full with so many lines, or so many bytes.
const PAGE_LINES: usize = 2000;
const PAGE_BYTES: usize = 1 << 19;

/// The last lines of a text.
#[derive(Default)]
pub struct Tail {
    sshs: Pages,
    others: Pages,
    /// How many lines were kept so far.
    count: usize,
}

/// At least the last page full of lines: when the newer page is full, the older one is used again.
#[derive(Default)]
struct Pages {
    older: Page,
    newer: Page,
}

#[derive(Default)]
struct Page {
    /// What the lines before the page say about how to read it.
    before: Sentences,
    text: String,
    lines: Vec<Place>,
}

struct Place {
    /// Its place among all lines that were kept.
    order: usize,
    number: usize,
    length: Length,
    /// Where it ends in the page's text.
    end: usize,
}

/// Whose line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// It may be one of ssh's.
    Ssh,
    /// Another program's.
    Other,
}

/// A line that was kept.
pub struct Kept<'a> {
    order: usize,
    /// Whose it is.
    pub speaker: Speaker,
    /// Its number.
    pub number: usize,
    /// The line as it came.
    pub text: &'a str,
    /// Whether it is whole.
    pub length: Length,
}

impl Tail {
    /// Keeps a line, and lets old ones go. `before` is what the lines before this one say about how to read it.
    pub fn keep(
        &mut self,
        speaker: Speaker,
        number: usize,
        text: &str,
        length: Length,
        before: Sentences,
    ) {
        let pages = match speaker {
            Speaker::Ssh => &mut self.sshs,
            Speaker::Other => &mut self.others,
        };
        // What is said again in a row counts once, as in `Transcript`.
        if pages.newer.last() == Some((self.count, text)) {
            return;
        }
        self.count += 1;
        if pages.newer.is_full() {
            std::mem::swap(&mut pages.older, &mut pages.newer);
            pages.newer.text.clear();
            pages.newer.lines.clear();
        }
        let page = &mut pages.newer;
        if page.lines.is_empty() {
            page.before = before;
        }
        page.text.push_str(text);
        page.lines.push(Place {
            order: self.count,
            number,
            length,
            end: page.text.len(),
        });
    }

    /// What the lines before the first kept one of ssh say; `None` when there is none.
    pub fn before(&self) -> Option<Sentences> {
        let pages = [&self.sshs.older, &self.sshs.newer];
        let first = pages.into_iter().find(|page| !page.lines.is_empty());
        first.map(|page| page.before.clone())
    }

    /// The kept lines in the order of the text.
    pub fn lines(&self) -> Vec<Kept<'_>> {
        let both = [(Speaker::Ssh, &self.sshs), (Speaker::Other, &self.others)];
        let mut lines = Vec::new();
        for (speaker, pages) in both {
            lines.extend(pages.older.kept(speaker));
            lines.extend(pages.newer.kept(speaker));
        }
        lines.sort_unstable_by_key(|line| line.order);
        lines
    }
}

impl Page {
    fn is_full(&self) -> bool {
        self.lines.len() >= PAGE_LINES || self.text.len() >= PAGE_BYTES
    }

    /// The last line, with its place.
    fn last(&self) -> Option<(usize, &str)> {
        let (last, before) = self.lines.split_last()?;
        let start = before.last().map_or(0, |place| place.end);
        Some((last.order, &self.text[start..last.end]))
    }

    fn kept(&self, speaker: Speaker) -> impl Iterator<Item = Kept<'_>> {
        let mut start = 0;
        self.lines.iter().map(move |place| {
            let text = &self.text[std::mem::replace(&mut start, place.end)..place.end];
            Kept {
                order: place.order,
                speaker,
                number: place.number,
                text,
                length: place.length,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(tail: &mut Tail, speaker: Speaker, number: usize, text: &str) {
        tail.keep(speaker, number, text, Length::Whole, Sentences::default());
    }

    fn numbers(tail: &Tail) -> Vec<usize> {
        tail.lines().iter().map(|line| line.number).collect()
    }

    #[test]
    fn other_programs_push_out_no_line_of_sshs() {
        let mut tail = Tail::default();
        keep(
            &mut tail,
            Speaker::Ssh,
            1,
            "debug1: Connection established.",
        );
        for number in 2..20_000 {
            keep(&mut tail, Speaker::Other, number, &number.to_string());
        }
        keep(
            &mut tail,
            Speaker::Ssh,
            20_000,
            "Permission denied (publickey).",
        );
        let numbers = numbers(&tail);
        assert_eq!(numbers[0], 1);
        assert!((PAGE_LINES..=2 * PAGE_LINES + 2).contains(&numbers.len()));
        let last: Vec<usize> = (20_001 - PAGE_LINES..=20_000).collect();
        assert!(numbers.ends_with(&last));
    }

    #[test]
    fn memory_is_bounded_whatever_the_lines_are() {
        let mut tail = Tail::default();
        let long = "x".repeat(4000);
        for number in 0..5000 {
            keep(&mut tail, Speaker::Ssh, number, &format!("{number}{long}"));
        }
        let bytes: usize = tail.lines().iter().map(|line| line.text.len()).sum();
        assert!((PAGE_BYTES..2 * PAGE_BYTES + 10_000).contains(&bytes));
    }

    #[test]
    fn what_is_said_again_is_kept_once() {
        let mut tail = Tail::default();
        for (number, text) in ["a", "a", "b", "a"].into_iter().enumerate() {
            keep(&mut tail, Speaker::Ssh, number, text);
        }
        assert_eq!(numbers(&tail), [0, 2, 3]);
    }
}
