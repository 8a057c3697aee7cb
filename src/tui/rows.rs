//! How does each kind of block become rows: facts, choices, fields, rungs, lines of a change?

use crate::page::{
    Block, Choice, DiffKind, DiffLine, FieldShown, FieldView, Mark, Page, RungView, choice_keys,
};
use crate::text::{Charset, Text, Vocabulary};

use super::layout::{Detail, Row, Span, Tone};
use super::words::{pad, seconds, shorten, skip_columns, take_columns, width_of, wrap};

/// Labels, values and notes stand below each other.
pub(super) struct FactColumns {
    label: usize,
    value: usize,
}

impl FactColumns {
    pub(super) fn of(page: &Page, vocabulary: &Vocabulary) -> Self {
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

    pub(super) fn rows(
        &self,
        label: &Text,
        value: &Text,
        note: &Text,
        vocabulary: &Vocabulary,
        width: usize,
    ) -> Vec<Row> {
        // A name from elsewhere may be as long as it likes; what is said about it needs room too.
        let most = self.label.min(width / 2);
        let label = shorten(&vocabulary.show(label), most, vocabulary.charset);
        let lead = format!("  {}  ", pad(&label, most));
        let indent = " ".repeat(width_of(&lead));
        let room = MOST_ROWS * width.saturating_sub(width_of(&lead));
        let value = shorten(&vocabulary.show(value), room, vocabulary.charset);
        let note = vocabulary.show(note);
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

/// As many rows as fit, so that a very long line of a pasted text leaves room for what it means.
const MOST_ROWS: usize = 5;

pub(super) fn choice_rows(
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

pub(super) fn field_rows(field: &FieldView, vocabulary: &Vocabulary, width: usize) -> Vec<Row> {
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
        FieldShown::Text(words) => {
            let shown = vocabulary.show(words);
            let room = width.saturating_sub(width_of(&label) + 3);
            // The end of a long line, where the next character comes.
            let skip = width_of(&shown).saturating_sub(room);
            let visible = take_columns(&skip_columns(&shown, skip), room);
            let cursor = width_of(&label) + 2 + width_of(&visible);
            (visible, cursor)
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

pub(super) fn rung_row(rung: &RungView, vocabulary: &Vocabulary, width: usize) -> Row {
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

pub(super) fn diff_rows(line: &DiffLine, vocabulary: &Vocabulary, width: usize) -> Vec<Row> {
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

pub(super) fn marked(mark: Mark, words: &str, charset: Charset, width: usize) -> Vec<Row> {
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

pub(super) fn wrapped(words: &str, lead: &str, indent: &str, width: usize, tone: Tone) -> Vec<Row> {
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
