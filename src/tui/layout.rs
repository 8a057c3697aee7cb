//! How does a page become rows of a given width?
//!
//! Pure: text in, rows out. What does not fit is first left out where it is marked as an aside,
//! then the space between ideas goes, then the notes of choices that are not selected, then the
//! page scrolls; the selected choice stays in sight.

use crate::page::{Block, Page};
use crate::text::{Text, Vocabulary};

use super::rows::{
    FactColumns, choice_rows, diff_rows, field_rows, marked, rung_row, sign, wrapped,
};
use super::words::shorten;

/// How a piece of a row is to look; words carry the meaning, colour only helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Plain.
    Normal,
    /// Bold.
    Strong,
    /// The current step and the selected row.
    Accent,
    /// Works, or is added.
    Good,
    /// The one thing that failed, or goes.
    Bad,
}

/// A piece of a row in one tone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// What is written.
    pub words: String,
    /// How.
    pub tone: Tone,
}

/// One row of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// From left to right.
    pub spans: Vec<Span>,
    /// Where the hardware cursor goes, when this row has it.
    pub cursor: Option<usize>,
}

impl Span {
    /// Words in a tone.
    pub fn of(words: impl Into<String>, tone: Tone) -> Self {
        Self {
            words: words.into(),
            tone,
        }
    }
}

impl Row {
    pub(super) fn of(words: impl Into<String>, tone: Tone) -> Self {
        Self {
            spans: vec![Span {
                words: words.into(),
                tone,
            }],
            cursor: None,
        }
    }

    /// The row without tones.
    #[cfg(test)]
    pub fn words(&self) -> String {
        self.spans.iter().map(|span| span.words.as_str()).collect()
    }
}

/// How much of a page is laid out, from a large window to a small one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Detail {
    /// With an empty row under the rule.
    Spacious,
    Everything,
    NoAsides,
    NoSpace,
    /// A note that does not fit beside its choice is shown for the selected one only.
    FewNotes,
}

impl Detail {
    const ALL: [Detail; 5] = [
        Detail::Spacious,
        Detail::Everything,
        Detail::NoAsides,
        Detail::NoSpace,
        Detail::FewNotes,
    ];
}

/// The rows of the page that are visible in `height`, and whether more is hidden.
pub struct Laid {
    /// At most `height` rows.
    pub rows: Vec<Row>,
    /// Rows above the visible ones.
    pub above: usize,
    /// Rows below the visible ones.
    pub below: usize,
}

/// Lays out the page's body for a window.
pub fn lay_out(
    page: &Page,
    selected: usize,
    scroll: Option<usize>,
    vocabulary: &Vocabulary,
    width: usize,
    height: usize,
) -> Laid {
    let mut rows = Vec::new();
    for detail in Detail::ALL {
        rows = page_rows(page, selected, vocabulary, width, detail);
        if rows.len() <= height {
            return Laid {
                rows,
                above: 0,
                below: 0,
            };
        }
    }
    let hidden = rows.len() - height;
    let cursor = rows.iter().position(|row| row.cursor.is_some());
    let first = match (scroll, cursor) {
        (Some(first), _) => first.min(hidden),
        (None, Some(at)) => (at + 2).saturating_sub(height).min(hidden),
        (None, None) => 0,
    };
    Laid {
        rows: rows.into_iter().skip(first).take(height).collect(),
        above: first,
        below: hidden - first,
    }
}

fn page_rows(
    page: &Page,
    selected: usize,
    vocabulary: &Vocabulary,
    width: usize,
    detail: Detail,
) -> Vec<Row> {
    let mut rows = Vec::new();
    if detail == Detail::Spacious {
        rows.push(Row::default());
    }
    let mut choices_placed = false;
    let columns = FactColumns::of(page, vocabulary);
    // A line right behind a mark belongs to it and stands below its words.
    let mut behind_mark = "";
    for block in &page.body {
        behind_mark = match block {
            Block::Marked(mark, _) => match sign(*mark, vocabulary.charset).len() {
                4 => "     ",
                _ => "  ",
            },
            Block::Line(_) | Block::Aside(_) => behind_mark,
            _ => "",
        };
        match block {
            Block::Choices => {
                choices_placed = true;
                rows.extend(choice_rows(page, selected, vocabulary, width, detail));
            }
            Block::Blank if detail >= Detail::NoSpace => {}
            Block::Aside(_) if detail >= Detail::NoAsides => {}
            Block::Blank => space(&mut rows),
            Block::Aside(text) | Block::Line(text) => {
                rows.extend(wrapped(
                    &vocabulary.show(text),
                    behind_mark,
                    behind_mark,
                    width,
                    Tone::Normal,
                ));
            }
            Block::Heading(text) => {
                rows.extend(wrapped(&vocabulary.show(text), "", "", width, Tone::Strong));
            }
            Block::Marked(mark, text) => {
                rows.extend(marked(
                    *mark,
                    &vocabulary.show(text),
                    vocabulary.charset,
                    width,
                ));
            }
            Block::Fact(label, value) => {
                rows.extend(columns.rows(label, value, &Text::default(), vocabulary, width));
            }
            Block::Noted(label, value, note) => {
                rows.extend(columns.rows(label, value, note, vocabulary, width));
            }
            Block::Copyable(text) => {
                let words = shorten(
                    &vocabulary.show(text),
                    width.saturating_sub(4),
                    vocabulary.charset,
                );
                rows.push(Row::of(format!("  {words}"), Tone::Normal));
            }
            Block::Quote(text) => {
                rows.extend(wrapped(
                    &vocabulary.show(text),
                    "  ",
                    "  ",
                    width,
                    Tone::Normal,
                ));
            }
            Block::Rung(rung) => rows.push(rung_row(rung, vocabulary, width)),
            Block::Diff(line) => rows.extend(diff_rows(line, vocabulary, width)),
        }
    }
    // While a field is open nothing else can be chosen; in a small window it goes.
    let covered = page.field.is_some() && detail >= Detail::NoSpace;
    if !choices_placed && !page.choices.is_empty() && !covered {
        if detail < Detail::NoSpace {
            space(&mut rows);
        }
        rows.extend(choice_rows(page, selected, vocabulary, width, detail));
    }
    if let Some(field) = &page.field {
        if detail < Detail::NoSpace {
            space(&mut rows);
        }
        rows.extend(field_rows(field, vocabulary, width));
    }
    rows
}

/// One empty row, unless there is one already.
fn space(rows: &mut Vec<Row>) {
    if rows.last().is_none_or(|row| !row.spans.is_empty()) {
        rows.push(Row::default());
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::width_of;
    use super::*;
    use crate::page::Choice;

    #[test]
    fn no_row_is_wider_than_the_window_and_choices_stay_visible() {
        let mut page = Page::new(10, None, "x");
        for _ in 0..30 {
            page.line("Some words that are long enough to wrap in a small window, twice or so.");
            page.blank();
        }
        for _ in 0..4 {
            page.choices.push(Choice::new(
                "Do something with a rather long label",
                "and a note",
            ));
        }
        let vocabulary = Vocabulary::default();
        for (width, height) in [(56, 9), (76, 17), (20, 5), (1, 1)] {
            for selected in 0..4 {
                let laid = lay_out(&page, selected, None, &vocabulary, width, height);
                assert!(laid.rows.len() <= height);
                if width >= 20 {
                    assert!(laid.rows.iter().any(|row| row.cursor.is_some()));
                    for row in &laid.rows {
                        assert!(width_of(&row.words()) <= width, "{:?}", row.words());
                    }
                }
            }
        }
    }
}
