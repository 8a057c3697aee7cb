//! A report as lines: every screen one after the other, and nothing is asked.

use std::io;

use crate::replay::Replay;
use crate::text::Vocabulary;

use super::lines;

/// Prints the report.
pub fn print(replay: &Replay, vocabulary: &Vocabulary) {
    // The reader may be gone (`| head`): nobody is left to be told.
    let _ = write(replay, vocabulary, &mut io::stdout().lock());
}

fn write(replay: &Replay, vocabulary: &Vocabulary, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "{}.", vocabulary.show(&replay.banner()))?;
    writeln!(out, "{}", vocabulary.show(&replay.made()))?;
    for page in replay.screens() {
        writeln!(out)?;
        writeln!(out, "{}", lines::heading(&page, vocabulary))?;
        let lines = lines::of(&page, vocabulary);
        for line in lines.body.iter().chain(&lines.choices) {
            writeln!(out, "{line}")?;
        }
    }
    out.flush()
}
