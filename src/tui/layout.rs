//! How does a page become rows of a given width?
//!
//! Pure: text in, rows out. What does not fit is first left out where it is marked as an aside,
//! then the space between ideas goes, then the notes of choices that are not selected, then the
//! page scrolls; the selected choice stays in sight.

use std::time::Duration;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::page::{
    Block, Choice, DiffKind, DiffLine, FieldShown, FieldView, Mark, Page, RungView, choice_keys,
};
use crate::text::{Charset, Text, Vocabulary};

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
    fn of(words: impl Into<String>, tone: Tone) -> Self {
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
enum Detail {
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

/// Labels, values and notes stand below each other.
struct FactColumns {
    label: usize,
    value: usize,
}

impl FactColumns {
    fn of(page: &Page, vocabulary: &Vocabulary) -> Self {
        let widest = |shown: fn(&Block) -> Option<&Text>| {
            let widths = page.body.iter().filter_map(shown);
            widths
                .map(|text| width_of(&vocabulary.show(text)))
                .max()
                .unwrap_or(0)
        };
        Self {
            label: widest(|block| match block {
                Block::Fact(label, _) | Block::Noted(label, _, _) => Some(label),
                _ => None,
            }),
            value: widest(|block| match block {
                Block::Noted(_, value, _) => Some(value),
                _ => None,
            }),
        }
    }

    fn rows(
        &self,
        label: &Text,
        value: &Text,
        note: &Text,
        vocabulary: &Vocabulary,
        width: usize,
    ) -> Vec<Row> {
        let lead = format!("  {}  ", pad(&vocabulary.show(label), self.label));
        let indent = " ".repeat(width_of(&lead));
        let (value, note) = (vocabulary.show(value), vocabulary.show(note));
        let together = format!("{}   {note}", pad(&value, self.value));
        if !note.is_empty() && width_of(&lead) + width_of(&together) <= width {
            return vec![Row::of(lead + &together, Tone::Normal)];
        }
        let is_one_word = !value.contains(' ');
        let mut rows = if is_one_word
            && width_of(&lead) + width_of(&value) > width
            && width_of(&value) + 4 <= width
        {
            // A fingerprint is easier to read whole, below its label, than broken beside it.
            vec![
                Row::of(lead.trim_end(), Tone::Normal),
                Row::of(format!("    {value}"), Tone::Normal),
            ]
        } else {
            wrapped(&value, &lead, &indent, width, Tone::Normal)
        };
        if !note.is_empty() {
            rows.extend(wrapped(&note, &indent, &indent, width, Tone::Normal));
        }
        rows
    }
}

fn choice_rows(
    page: &Page,
    selected: usize,
    vocabulary: &Vocabulary,
    width: usize,
    detail: Detail,
) -> Vec<Row> {
    let keys = choice_keys(&page.choices);
    let shown: Vec<(String, String)> = page
        .choices
        .iter()
        .map(|choice: &Choice| {
            (
                vocabulary.show(&choice.label),
                vocabulary.show(&choice.note),
            )
        })
        .collect();
    let column = shown
        .iter()
        .filter(|(_, note)| !note.is_empty())
        .map(|(label, _)| width_of(label))
        .filter(|label| *label <= width * 3 / 5)
        .max()
        .unwrap_or(0);
    let mut rows = Vec::new();
    for (at, choice) in page.choices.iter().enumerate() {
        let (label, note) = &shown[at];
        let here = at == selected && page.field.is_none();
        let lead = format!("{} {}  ", if here { '>' } else { ' ' }, keys[at]);
        let tone = if here { Tone::Accent } else { Tone::Normal };
        let gap = column.saturating_sub(width_of(label)) + 3;
        let fits = width_of(&lead) + width_of(label) + gap + width_of(note) <= width;
        let mut first = wrapped(label, &lead, "     ", width, tone);
        if fits && !note.is_empty() && first.len() == 1 {
            first[0].spans.push(Span {
                words: " ".repeat(gap) + note,
                tone: Tone::Normal,
            });
        }
        if here && let Some(row) = first.first_mut() {
            row.cursor = Some(0);
        }
        rows.append(&mut first);
        if !note.is_empty() && !fits && (here || detail < Detail::FewNotes) {
            rows.extend(wrapped(note, "       ", "       ", width, Tone::Normal));
        }
        for line in &choice.details {
            let line = vocabulary.show(line);
            rows.extend(wrapped(&line, "       ", "       ", width, Tone::Normal));
        }
    }
    rows
}

fn field_rows(field: &FieldView, vocabulary: &Vocabulary, width: usize) -> Vec<Row> {
    let label = vocabulary.show(&field.label);
    let (words, cursor) = match &field.shown {
        FieldShown::Hidden => {
            let words = "[hidden - receiving your typing]";
            let fits = width_of(&label) + 2 + words.len() <= width;
            (
                if fits { words } else { "[hidden]" }.to_owned(),
                width_of(&label) + 2,
            )
        }
        FieldShown::Typed { words, cursor } => {
            let shown = vocabulary.show(words);
            let before: String = words.reveal().chars().take(*cursor).collect();
            let before = crate::text::escape(&before, vocabulary.charset);
            let room = width.saturating_sub(width_of(&label) + 3);
            // A long line shows the part around the cursor.
            let skip = width_of(&before).saturating_sub(room);
            let visible = skip_columns(&shown, skip);
            (
                take_columns(&visible, room),
                width_of(&label) + 2 + width_of(&before) - skip,
            )
        }
    };
    let mut row = Row {
        spans: vec![
            Span {
                words: format!("{label}: "),
                tone: Tone::Strong,
            },
            Span {
                words,
                tone: Tone::Normal,
            },
        ],
        cursor: Some(cursor),
    };
    if let Some(at) = row.cursor
        && at >= width
    {
        row.cursor = Some(width.saturating_sub(1));
    }
    let mut rows = vec![row];
    for help in &field.help {
        rows.extend(wrapped(
            &vocabulary.show(help),
            "  ",
            "  ",
            width,
            Tone::Normal,
        ));
    }
    rows
}

fn rung_row(rung: &RungView, vocabulary: &Vocabulary, width: usize) -> Row {
    let tone = mark_tone(rung.mark);
    let sign = sign(rung.mark, vocabulary.charset);
    let name = pad(&vocabulary.show(&rung.name), 22);
    let time = rung.time.map(seconds).unwrap_or_default();
    let lead = format!("  {sign} {}  {name}  ", rung.number);
    let room = width.saturating_sub(width_of(&lead) + width_of(&time) + 1);
    let detail = shorten(&vocabulary.show(&rung.detail), room, vocabulary.charset);
    let gap = room.saturating_sub(width_of(&detail)) + 1;
    Row {
        spans: vec![
            Span {
                words: format!("  {sign}"),
                tone,
            },
            Span {
                words: format!(" {}  {name}  ", rung.number),
                tone: match rung.mark {
                    Mark::Bad | Mark::Busy => Tone::Strong,
                    Mark::Good | Mark::Unsure | Mark::None => Tone::Normal,
                },
            },
            Span {
                words: format!("{detail}{}{time}", " ".repeat(gap)),
                tone: Tone::Normal,
            },
        ],
        cursor: None,
    }
}

fn diff_rows(line: &DiffLine, vocabulary: &Vocabulary, width: usize) -> Vec<Row> {
    let (sign, tone) = match line.kind {
        DiffKind::Same => (' ', Tone::Normal),
        DiffKind::Added => ('+', Tone::Good),
        DiffKind::Removed => ('-', Tone::Bad),
    };
    let lead = format!("   {sign} {:>4}  ", line.number);
    let words = vocabulary.show(&line.text);
    let room = width.saturating_sub(width_of(&lead)).max(1);
    let mut rows = Vec::new();
    let mut rest = words;
    loop {
        let piece = take_columns(&rest, room);
        let lead = if rows.is_empty() {
            lead.clone()
        } else {
            format!("   {sign}       ")
        };
        rest = rest[piece.len()..].to_owned();
        rows.push(Row::of(format!("{lead}{piece}"), tone));
        if rest.is_empty() || piece.is_empty() {
            return rows;
        }
    }
}

fn marked(mark: Mark, words: &str, charset: Charset, width: usize) -> Vec<Row> {
    let sign = sign(mark, charset);
    let lead = format!("{sign} ");
    let indent = " ".repeat(width_of(&lead));
    let mut rows = wrapped(words, &lead, &indent, width, Tone::Normal);
    if let Some(span) = rows.first_mut().and_then(|row| row.spans.first_mut()) {
        let rest = span.words.split_off(sign.len());
        span.tone = mark_tone(mark);
        let tone = match mark {
            Mark::Bad => Tone::Strong,
            Mark::Good | Mark::Unsure | Mark::Busy | Mark::None => Tone::Normal,
        };
        rows[0].spans.push(Span { words: rest, tone });
    }
    rows
}

fn mark_tone(mark: Mark) -> Tone {
    match mark {
        Mark::Good => Tone::Good,
        Mark::Bad => Tone::Bad,
        Mark::Busy => Tone::Accent,
        Mark::Unsure | Mark::None => Tone::Normal,
    }
}

/// The sign of a mark; words always stand beside it.
pub fn sign(mark: Mark, charset: Charset) -> &'static str {
    match (charset, mark) {
        (Charset::Utf8, Mark::Good) => "✓",
        (Charset::Utf8, Mark::Bad) => "✗",
        (Charset::Utf8, Mark::Unsure) => "?",
        (Charset::Utf8, Mark::Busy) => "…",
        (Charset::Utf8, Mark::None) => "○",
        (Charset::Ascii, Mark::Good) => "[ok]",
        (Charset::Ascii, Mark::Bad) => "[!!]",
        (Charset::Ascii, Mark::Unsure) => "[??]",
        (Charset::Ascii, Mark::Busy) => "[..]",
        (Charset::Ascii, Mark::None) => "[--]",
    }
}

/// A short duration: `0.1 s`, `12 s`.
pub fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 10.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{seconds:.0} s")
    }
}

/// Columns that a string takes on a terminal.
pub fn width_of(words: &str) -> usize {
    UnicodeWidthStr::width(words)
}

/// The string followed by blanks up to `columns`.
pub fn pad(words: &str, columns: usize) -> String {
    let gap = columns.saturating_sub(width_of(words));
    format!("{words}{}", " ".repeat(gap))
}

/// The longest start of the string that takes at most `columns`, whole characters only.
pub fn take_columns(words: &str, columns: usize) -> String {
    let mut taken = String::new();
    let mut used = 0;
    for character in words.graphemes(true) {
        let wide = width_of(character);
        if used + wide > columns {
            break;
        }
        used += wide;
        taken.push_str(character);
    }
    taken
}

fn skip_columns(words: &str, columns: usize) -> String {
    let mut skipped = 0;
    words
        .graphemes(true)
        .skip_while(|character| {
            let skip = skipped < columns;
            skipped += width_of(character);
            skip
        })
        .collect()
}

/// A long value cut in the middle, where the two ends tell more than the middle.
pub fn shorten(words: &str, columns: usize, charset: Charset) -> String {
    if width_of(words) <= columns {
        return words.to_owned();
    }
    let dots = match charset {
        Charset::Utf8 => "…",
        Charset::Ascii => "...",
    };
    let room = columns.saturating_sub(width_of(dots));
    let head = take_columns(words, room.div_ceil(2));
    let mut tail = String::new();
    let mut used = 0;
    for character in words.graphemes(true).rev() {
        let wide = width_of(character);
        if used + wide > room / 2 {
            break;
        }
        used += wide;
        tail.insert_str(0, character);
    }
    format!("{head}{dots}{tail}")
}

/// Words broken at blanks; a word longer than the row is broken where the row ends.
pub fn wrap(words: &str, first: usize, rest: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut room = first.max(1);
    for piece in words.split_inclusive(' ') {
        let bare = piece.trim_end_matches(' ');
        if width_of(&line) + width_of(bare) > room && !line.trim().is_empty() {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            room = rest.max(1);
        }
        let mut piece = piece;
        while width_of(piece.trim_end_matches(' ')) > room {
            let head = take_columns(piece, room - width_of(&line).min(room));
            if head.is_empty() {
                if line.is_empty() {
                    break;
                }
                lines.push(std::mem::take(&mut line));
                room = rest.max(1);
                continue;
            }
            line.push_str(&head);
            piece = &piece[head.len()..];
            lines.push(std::mem::take(&mut line));
            room = rest.max(1);
        }
        line.push_str(piece);
    }
    if !line.trim_end().is_empty() || lines.is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

fn wrapped(words: &str, lead: &str, indent: &str, width: usize, tone: Tone) -> Vec<Row> {
    wrap(
        words,
        width.saturating_sub(width_of(lead)),
        width.saturating_sub(width_of(indent)),
    )
    .into_iter()
    .enumerate()
    .map(|(at, line)| {
        let lead = if at == 0 { lead } else { indent };
        Row::of(format!("{lead}{line}"), tone)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_wrap_at_blanks_and_long_words_at_the_edge() {
        assert_eq!(wrap("one two three", 7, 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 5, 5), ["abcde", "fgh", "ij"]);
        assert_eq!(wrap("", 5, 5), [""]);
        assert_eq!(wrap("日本語 x", 4, 4), ["日本", "語 x"]);
    }

    #[test]
    fn a_long_value_keeps_both_ends() {
        assert_eq!(shorten("abcdefghij", 7, Charset::Utf8), "abc…hij");
        assert_eq!(shorten("abc", 7, Charset::Utf8), "abc");
        assert_eq!(shorten("abcdefghij", 7, Charset::Ascii), "ab...ij");
    }

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

    #[test]
    fn a_hidden_field_looks_the_same_whatever_is_in_it() {
        let field = FieldView {
            label: Text::plain("Passphrase"),
            shown: FieldShown::Hidden,
            help: vec![],
        };
        let rows = field_rows(&field, &Vocabulary::default(), 76);
        assert_eq!(
            rows[0].words(),
            "Passphrase: [hidden - receiving your typing]"
        );
    }
}
