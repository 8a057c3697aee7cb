//! How does a page read as lines, one idea each, the important word first?

use crate::page::{Block, Choice, DiffKind, Mark, Page, choice_keys};
use crate::text::{Text, Vocabulary};
use crate::tui;

/// A page in lines. The choices are said together or not at all.
#[derive(Default, PartialEq, Eq)]
pub struct Lines {
    /// What it says.
    pub body: Vec<String>,
    /// What can be answered.
    pub choices: Vec<String>,
}

/// The page as lines.
pub fn of(page: &Page, vocabulary: &Vocabulary) -> Lines {
    let mut lines: Vec<String> = Vec::new();
    // Lines behind the choices are said behind them.
    let mut before = None;
    let show = |text: &Text| vocabulary.show(text);
    for block in &page.body {
        match block {
            Block::Line(text) | Block::Heading(text) | Block::Aside(text) | Block::Quote(text) => {
                lines.push(show(text));
            }
            Block::Copyable(text) => lines.push(show(text)),
            Block::Marked(mark, text) => lines.push(format!("{}{}", word(*mark), show(text))),
            Block::Fact(label, value) => {
                let label = show(label);
                if label.is_empty() {
                    lines.push(show(value));
                } else {
                    lines.push(format!("{label}: {}", show(value)));
                }
            }
            Block::Noted(label, value, note) => {
                lines.push(format!("{}: {}, {}", show(label), show(value), show(note)));
            }
            Block::Rung(rung) => {
                let time = rung
                    .time
                    .map(|time| format!(", {}", tui::seconds(time)))
                    .unwrap_or_default();
                let detail = show(&rung.detail);
                let detail = if detail.is_empty() {
                    detail
                } else {
                    format!(", {detail}")
                };
                if is_over(rung.mark) {
                    lines.push(format!(
                        "{}Test {}: {}{detail}{time}",
                        word(rung.mark),
                        rung.number,
                        show(&rung.name),
                    ));
                }
            }
            Block::Diff(line) => {
                let kind = match line.kind {
                    DiffKind::Same => "Line",
                    DiffKind::Added => "+ line",
                    DiffKind::Removed => "- line",
                };
                lines.push(format!("{kind} {}: {}", line.number, show(&line.text)));
            }
            Block::Choices => before = Some(lines.len()),
            Block::Blank => {}
        }
    }
    let mut behind = lines.split_off(before.unwrap_or(lines.len()));
    lines.retain(|line| !line.is_empty());
    behind.retain(|line| !line.is_empty());
    // While a field is open nothing else can be chosen.
    let mut choices: Vec<String> = match &page.field {
        Some(field) => field.help.iter().map(show).collect(),
        None => choice_keys(&page.choices)
            .into_iter()
            .zip(&page.choices)
            .enumerate()
            .map(|(at, (key, choice))| choice_line(choice, key, at == page.focus, vocabulary))
            .collect(),
    };
    choices.append(&mut behind);
    Lines {
        body: lines,
        choices,
    }
}

/// The first line of a page: its number and its title.
pub fn heading(page: &Page, vocabulary: &Vocabulary) -> String {
    let heading = vocabulary.show(&page.heading());
    let stop = if heading.ends_with('?') { "" } else { "." };
    format!("Screen {:02}. {heading}{stop}", page.screen)
}

/// Whether the page tells during a wait how it goes on.
pub fn is_live(page: &Page) -> bool {
    page.body
        .iter()
        .any(|block| matches!(block, Block::Rung(_)))
}

/// Rungs are said once, when they are over.
fn is_over(mark: Mark) -> bool {
    match mark {
        Mark::Good | Mark::Bad | Mark::Unsure => true,
        Mark::Busy | Mark::None => false,
    }
}

fn choice_line(choice: &Choice, key: char, default: bool, vocabulary: &Vocabulary) -> String {
    let mut line = format!("{key}. {}", vocabulary.show(&choice.label));
    for more in std::iter::once(&choice.note).chain(&choice.details) {
        let more = vocabulary.show(more);
        if !more.is_empty() {
            line.push_str(", ");
            line.push_str(&more);
        }
    }
    if default {
        line.push_str(". Default.");
    }
    line
}

/// A mark as a word: no sign has to be read out.
fn word(mark: Mark) -> &'static str {
    match mark {
        Mark::Good => "OK: ",
        Mark::Bad => "Problem: ",
        Mark::Unsure => "Note: ",
        Mark::Busy => "Running: ",
        Mark::None => "Not yet: ",
    }
}
