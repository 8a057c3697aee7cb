//! How does a frame of the wizard look on a terminal of a given size?

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span as RatatuiSpan};
use ratatui::widgets::Widget;

use crate::page::Status;
use crate::say;
use crate::text::{Charset, Text, Vocabulary};
use crate::wizard::Frame;

use super::layout::{self, Row, Span, Tone};
use super::words;

/// Whether colour is used at all; everything is readable without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// The terminal's own sixteen colours.
    Palette,
    /// Bold only.
    None,
}

/// The smallest window in which the wizard is usable.
pub const SMALLEST: (u16, u16) = (60, 16);
/// Wider windows get margins, not longer lines.
const WIDEST: u16 = 100;
/// Title, rail, rule; rule, echo, command, keys.
const CHROME: u16 = 7;
const MARGIN: u16 = 2;

/// What the renderer tells about a drawn frame.
#[derive(Default, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// Where the hardware cursor belongs: on the selected row, in the open field, or on the row
    /// that says what is waited for.
    pub cursor: Position,
    /// The first visible row of the page.
    pub first: usize,
    /// How many rows of it there is room for.
    pub rows: usize,
}

/// Draws the frame into the buffer.
pub fn draw(
    frame: &Frame,
    vocabulary: &Vocabulary,
    colour: Colour,
    area: Rect,
    buffer: &mut Buffer,
) -> Drawn {
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        return too_small(area, buffer);
    }
    let width = area.width.min(WIDEST);
    let left = area.x + (area.width - width) / 2 + MARGIN;
    let inner = usize::from(width - 2 * MARGIN);
    let mut canvas = Canvas {
        buffer,
        colour,
        left,
        width: inner as u16,
    };
    canvas.row(area.y, &title(frame, vocabulary, inner));
    canvas.row(area.y + 1, &rail(frame, vocabulary.charset, inner));
    let rule = match vocabulary.charset {
        Charset::Utf8 => "─",
        Charset::Ascii => "-",
    }
    .repeat(inner);
    canvas.words(area.y + 2, &rule, Tone::Normal);
    let banner = vocabulary.show(&frame.banner);
    if !banner.is_empty() {
        let banner = words::shorten(&format!("-- {banner} --"), inner, vocabulary.charset);
        canvas.words(area.y + 2, &banner, Tone::Strong);
    }

    let height = area.height - CHROME;
    let laid = layout::lay_out(
        &frame.page,
        frame.selected,
        frame.scroll,
        vocabulary,
        inner,
        usize::from(height),
    );
    let bottom = area.y + area.height;
    let mut cursor = Position::new(left, bottom - 3);
    for (at, row) in laid.rows.iter().enumerate() {
        let y = area.y + 3 + at as u16;
        canvas.row(y, row);
        if let Some(column) = row.cursor {
            cursor = Position::new(left + column as u16, y);
        }
    }
    canvas.words(bottom - 4, &rule, Tone::Normal);
    if laid.above + laid.below > 0 {
        let hidden = match (frame.scroll, laid.above + laid.below) {
            (None, 1) => Text::plain(" 1 more row: Page Up, Page Down "),
            (None, many) => say!(" {} more rows: Page Up, Page Down ", many),
            // Who reads on wants to know how much is left.
            (Some(_), _) => match (laid.above, laid.below) {
                (0, below) => say!(" {} rows below: Page Down ", below),
                (above, 0) => say!(" {} rows above: Page Up ", above),
                (above, below) => say!(
                    " {} rows above, {} below: Page Up, Page Down ",
                    above,
                    below
                ),
            },
        };
        canvas.words(
            bottom - 4,
            &format!("--{}", vocabulary.show(&hidden)),
            Tone::Normal,
        );
    }
    let echo = vocabulary.show(&frame.echo);
    let echo = words::shorten(&echo, inner, vocabulary.charset);
    canvas.words(bottom - 3, &echo, Tone::Normal);
    let ran = vocabulary.show(&frame.ran);
    if !ran.is_empty() {
        let ran = words::shorten(&format!("Ran: {ran}"), inner, vocabulary.charset);
        canvas.words(bottom - 2, &ran, Tone::Normal);
    }
    canvas.row(bottom - 1, &keys(&frame.keys, inner));
    Drawn {
        cursor,
        first: laid.above,
        rows: usize::from(height),
    }
}

fn too_small(area: Rect, buffer: &mut Buffer) -> Drawn {
    let words = format!(
        "Window too small ({}x{}). Make it {}x{} or bigger, or press q and run: sshstep --plain",
        area.width, area.height, SMALLEST.0, SMALLEST.1
    );
    let lines = words::wrap(&words, usize::from(area.width), usize::from(area.width));
    for (at, line) in lines.iter().take(usize::from(area.height)).enumerate() {
        Line::raw(line.as_str())
            .render(Rect::new(area.x, area.y + at as u16, area.width, 1), buffer);
    }
    Drawn {
        cursor: Position::new(area.x, area.y),
        first: 0,
        rows: 0,
    }
}

/// `sshstep 0.1   Step 1 of 6: Pick a service            Screen 10`
fn title(frame: &Frame, vocabulary: &Vocabulary, width: usize) -> Row {
    let words = frame.page.heading();
    let version = concat!(
        "sshstep ",
        env!("CARGO_PKG_VERSION_MAJOR"),
        ".",
        env!("CARGO_PKG_VERSION_MINOR")
    );
    let words = vocabulary.show(&words);
    let right = format!("Screen {:02}", frame.page.screen);
    let room = width.saturating_sub(words::width_of(&right) + 1);
    let whole = format!("{version}   {words}");
    // The step matters more than our own name.
    let left = if words::width_of(&whole) <= room {
        whole
    } else {
        words::shorten(&words, room, vocabulary.charset)
    };
    Row {
        spans: vec![Span {
            words: format!("{}{right}", words::pad(&left, room + 1)),
            tone: Tone::Strong,
        }],
        cursor: None,
    }
}

/// `✓ Service  ✓ Key  ● Publish  ○ Agent  ○ Config  ○ Test`
fn rail(frame: &Frame, charset: Charset, width: usize) -> Row {
    let mut spans = Vec::new();
    let roomy = width >= 66;
    let gap = if roomy { "   " } else { " " };
    for (at, (step, status)) in frame.rail.iter().enumerate() {
        let current = frame.current == Some(*step);
        let sign = match (charset, current, status) {
            (_, true, Status::Problem) => "!",
            (Charset::Utf8, true, Status::Done) => "✓",
            (Charset::Utf8, true, _) => "●",
            (Charset::Utf8, false, Status::Done) => "✓",
            (Charset::Utf8, false, Status::Todo) => "○",
            (Charset::Utf8, false, Status::Problem) => "!",
            (Charset::Utf8, false, Status::Skipped) => "-",
            (Charset::Utf8, false, Status::Unknown) => "?",
            (Charset::Ascii, true, _) => ">",
            (Charset::Ascii, false, Status::Done) => "x",
            (Charset::Ascii, false, Status::Todo) => ".",
            (Charset::Ascii, false, Status::Problem) => "!",
            (Charset::Ascii, false, Status::Skipped) => "-",
            (Charset::Ascii, false, Status::Unknown) => "?",
        };
        let words = match charset {
            Charset::Utf8 => format!("{sign} {}", step.word()),
            Charset::Ascii if roomy => format!("[{sign}] {}", step.word()),
            Charset::Ascii => format!("[{sign}]{}", step.word()),
        };
        if at > 0 {
            spans.push(Span {
                words: gap.to_owned(),
                tone: Tone::Normal,
            });
        }
        spans.push(Span {
            words,
            tone: match (current, status) {
                (true, _) => Tone::Accent,
                (false, Status::Done) => Tone::Good,
                (false, Status::Problem) => Tone::Bad,
                (false, Status::Todo | Status::Skipped | Status::Unknown) => Tone::Normal,
            },
        });
    }
    Row {
        spans,
        cursor: None,
    }
}

/// As many hints as fit, most useful first; Quit and Help never go. The key stands out, not its
/// meaning.
fn keys(keys: &[&'static str], width: usize) -> Row {
    const GAP: &str = "  ";
    let mut kept: Vec<&str> = keys.to_vec();
    while words::width_of(&kept.join(GAP)) > width && kept.len() > 2 {
        let droppable = kept
            .iter()
            .rposition(|key| !key.starts_with('q') && !key.starts_with('?'))
            .unwrap_or(0);
        kept.remove(droppable);
    }
    let mut spans = Vec::new();
    for (at, hint) in kept.iter().enumerate() {
        let (key, meaning) = hint.split_at(hint.find(' ').unwrap_or(hint.len()));
        if at > 0 {
            spans.push(Span::of(GAP, Tone::Normal));
        }
        spans.push(Span::of(key, Tone::Strong));
        spans.push(Span::of(meaning, Tone::Normal));
    }
    Row {
        spans,
        cursor: None,
    }
}

struct Canvas<'a> {
    buffer: &'a mut Buffer,
    colour: Colour,
    left: u16,
    width: u16,
}

impl Canvas<'_> {
    fn words(&mut self, y: u16, words: &str, tone: Tone) {
        let row = Row {
            spans: vec![Span {
                words: words.to_owned(),
                tone,
            }],
            cursor: None,
        };
        self.row(y, &row);
    }

    fn row(&mut self, y: u16, row: &Row) {
        let spans: Vec<RatatuiSpan> = row
            .spans
            .iter()
            .map(|span| RatatuiSpan::styled(span.words.clone(), style(span.tone, self.colour)))
            .collect();
        Line::from(spans).render(Rect::new(self.left, y, self.width, 1), self.buffer);
    }
}

/// Palette colours only; yellow, white and bright black are unreadable on some backgrounds and
/// never used.
fn style(tone: Tone, colour: Colour) -> Style {
    let style = match tone {
        Tone::Normal | Tone::Good => Style::new(),
        Tone::Strong | Tone::Accent | Tone::Bad => Style::new().add_modifier(Modifier::BOLD),
    };
    match (colour, tone) {
        (Colour::None, _) | (_, Tone::Normal | Tone::Strong) => style,
        (Colour::Palette, Tone::Accent) => style.fg(Color::Cyan),
        (Colour::Palette, Tone::Good) => style.fg(Color::Green),
        (Colour::Palette, Tone::Bad) => style.fg(Color::Red),
    }
}
