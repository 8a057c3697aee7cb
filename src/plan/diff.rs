//! Which lines differ between two texts, byte for byte, and how are they shown safely?

use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

use super::holds_private_key;
use crate::say;
use crate::text::Text;

/// How much of what stays the same is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// This many lines around each difference.
    Lines(usize),
    /// Everything.
    WholeFile,
}

/// What happens to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// It stays.
    Same,
    /// It is new.
    Added,
    /// It goes.
    Removed,
}

/// One line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// What happens to it.
    pub kind: LineKind,
    /// Its number: in the new text, or in the old one for a line that goes.
    pub number: usize,
    /// The line without its end. A tab is written `\t`, a CR `\r`, a byte that is not UTF-8 `\xNN`.
    pub text: Text,
}

impl DiffLine {
    /// The character in front of the line: `+`, `-` or a blank.
    pub fn mark(&self) -> char {
        match self.kind {
            LineKind::Same => ' ',
            LineKind::Added => '+',
            LineKind::Removed => '-',
        }
    }
}

/// The difference between two texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Groups of neighbouring lines; between two groups, lines that stay are left out.
    pub hunks: Vec<Vec<DiffLine>>,
    /// How many lines are new.
    pub added: usize,
    /// How many lines go.
    pub removed: usize,
    /// What cannot be seen in the lines: line ends.
    pub notes: Vec<Text>,
}

impl Diff {
    /// `6 lines added`, `1 line added, 2 lines removed`, `no lines change`.
    pub fn summary(&self) -> Text {
        let lines = |count: usize| match count {
            1 => Text::plain("1 line"),
            _ => say!("{} lines", count),
        };
        match (self.added, self.removed) {
            (0, 0) => Text::plain("no lines change"),
            (added, 0) => say!("{} added", lines(added)),
            (0, removed) => say!("{} removed", lines(removed)),
            (added, removed) => say!("{} added, {} removed", lines(added), lines(removed)),
        }
    }
}

/// What turns `before` into `after`, line by line.
pub fn diff(before: &[u8], after: &[u8], context: Context) -> Diff {
    let (old, new) = (bodies(before), bodies(after));
    let mut notes = Vec::new();
    notes.extend(last_line_note(before, after));
    // Said once instead of on every line, when it is the same for all of them.
    let crlf = ends_all_crlf(before) && ends_all_crlf(after) && after.ends_with(b"\r\n");
    if crlf {
        notes.push("Its lines end with CR LF, and keep doing so.".into());
    }
    let shown = |line: &[u8]| {
        let line = if crlf {
            line.strip_suffix(b"\r").unwrap_or(line)
        } else {
            line
        };
        Text::quoted(without_login(&readable(line)))
    };
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
    let (mut added, mut removed) = (0, 0);
    for op in &ops {
        if !matches!(op, DiffOp::Equal { .. }) {
            removed += op.old_range().len();
            added += op.new_range().len();
        }
    }
    if holds_private_key(before) || holds_private_key(after) {
        // It must not be on a screen that somebody watches, wherever the person pasted it.
        notes.push("It holds a private key, so its lines are not shown.".into());
        return Diff {
            hunks: Vec::new(),
            added,
            removed,
            notes,
        };
    }
    let groups = match context {
        Context::Lines(count) => group_diff_ops(ops, count),
        Context::WholeFile => vec![ops],
    };
    let mut hunks = Vec::new();
    for group in groups {
        let mut lines = Vec::new();
        for op in group {
            let mut push = |kind, at: usize, line: &[u8]| {
                lines.push(DiffLine {
                    kind,
                    number: at + 1,
                    text: shown(line),
                });
            };
            let same = matches!(op, DiffOp::Equal { .. });
            if !same {
                for at in op.old_range() {
                    push(LineKind::Removed, at, old[at]);
                }
            }
            for at in op.new_range() {
                let kind = if same {
                    LineKind::Same
                } else {
                    LineKind::Added
                };
                push(kind, at, new[at]);
            }
        }
        if !lines.is_empty() {
            hunks.push(lines);
        }
    }
    Diff {
        hunks,
        added,
        removed,
        notes,
    }
}

/// `now` with only our own lines taken out: what `ours` changed relative to `before` is changed
/// back, what somebody else changed relative to `ours` stays. `None` when the two touch.
pub(super) fn take_out(before: &[u8], ours: &[u8], now: &[u8]) -> Option<Vec<u8>> {
    let (before, ours, now) = (lines(before), lines(ours), lines(now));
    let theirs = capture_diff_slices(Algorithm::Myers, &ours, &now);
    let mut edits = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &ours, &before) {
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        let block = op.old_range();
        let at = theirs.iter().find_map(|their| match their {
            DiffOp::Equal {
                old_index,
                new_index,
                len,
            } => {
                let same = *old_index..old_index + len;
                let inside = if block.is_empty() {
                    // A line that comes back needs its old neighbours on both sides.
                    let first = block.start == 0 && *old_index == 0 && *new_index == 0;
                    let last = block.start == ours.len()
                        && same.end == ours.len()
                        && new_index + len == now.len();
                    (same.start < block.start || first) && (block.start < same.end || last)
                } else {
                    same.start <= block.start && block.end <= same.end
                };
                inside.then(|| new_index + (block.start - old_index))
            }
            DiffOp::Delete { .. } | DiffOp::Insert { .. } | DiffOp::Replace { .. } => None,
        })?;
        edits.push((at..at + block.len(), op.new_range()));
    }
    let mut text: Vec<u8> = Vec::new();
    let mut push = |pieces: &[&[u8]]| {
        for piece in pieces {
            // The old last line may have had no line end, and is not the last one any more.
            if text.last().is_some_and(|end| *end != b'\n') {
                text.push(b'\n');
            }
            text.extend_from_slice(piece);
        }
    };
    let mut from = 0;
    for (block, back) in edits {
        push(&now[from..block.start]);
        push(&before[back]);
        from = block.end;
    }
    push(&now[from..]);
    Some(text)
}

fn last_line_note(before: &[u8], after: &[u8]) -> Option<Text> {
    let open = |text: &[u8]| text.last().is_some_and(|end| *end != b'\n');
    match (open(before), open(after)) {
        (true, false) if !after.is_empty() => {
            Some("Its last line had no line end, and gets one.".into())
        }
        (false, true) if !before.is_empty() => Some("Its last line loses its line end.".into()),
        (true, true | false) | (false, true | false) => None,
    }
}

/// Whether every line end is CR LF.
fn ends_all_crlf(text: &[u8]) -> bool {
    lines(text)
        .iter()
        .all(|line| line.ends_with(b"\r\n") || !line.ends_with(b"\n"))
}

/// Lines with their ends.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

/// Lines without their ends.
fn bodies(text: &[u8]) -> Vec<&[u8]> {
    lines(text)
        .into_iter()
        .map(|line| line.strip_suffix(b"\n").unwrap_or(line))
        .collect()
}

fn readable(line: &[u8]) -> String {
    let mut shown = String::with_capacity(line.len());
    for chunk in line.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\t' => shown.push_str("\\t"),
                '\r' => shown.push_str("\\r"),
                _ => shown.push(c),
            }
        }
        for byte in chunk.invalid() {
            shown.push_str(&format!("\\x{byte:02x}"));
        }
    }
    shown
}

/// The line without what may be a password or token in its addresses: the login of `https://…@host`, and
/// a login with a colon.
fn without_login(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        let end = after
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\''))
            .unwrap_or(after.len());
        let (authority, behind) = after.split_at(end);
        shown.push_str(before);
        match authority.rsplit_once('@') {
            Some((login, host))
                if before.ends_with("http://")
                    || before.ends_with("https://")
                    || login.contains(':') =>
            {
                shown.push_str("[removed: login]@");
                shown.push_str(host);
            }
            Some(_) | None => shown.push_str(authority),
        }
        rest = behind;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: &str, after: &str, context: Context) -> Vec<String> {
        diff(before.as_bytes(), after.as_bytes(), context)
            .hunks
            .iter()
            .flatten()
            .map(|line| format!("{} {} {}", line.mark(), line.number, line.text.reveal()))
            .collect()
    }

    #[test]
    fn a_block_is_shown_with_its_neighbours_and_numbers() {
        let (old, new) = ("a\nb\nHost *\n", "a\nb\nHost x\n  User git\nHost *\n");
        assert_eq!(
            shown(old, new, Context::Lines(1)),
            ["  2 b", "+ 3 Host x", "+ 4   User git", "  5 Host *"]
        );
        assert_eq!(shown(old, new, Context::WholeFile).len(), 5);
        assert_eq!(
            diff(old.as_bytes(), new.as_bytes(), Context::Lines(1))
                .summary()
                .reveal(),
            "2 lines added"
        );
    }

    #[test]
    fn a_changed_line_has_its_old_and_its_new_number() {
        let lines = shown("a\nb\nc\n", "x\na\nB\nc\n", Context::Lines(0));
        assert_eq!(lines, ["+ 1 x", "- 2 b", "+ 3 B"]);
    }

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        let found = diff(b"", b"\tx\xff\r\ny\n", Context::Lines(1));
        assert_eq!(found.hunks[0][0].text.reveal(), "\\tx\\xff\\r");
        let crlf = diff(b"a\r\n", b"a\r\nb\r\n", Context::Lines(1));
        assert_eq!(crlf.hunks[0][1].text.reveal(), "b");
        assert_eq!(crlf.notes.len(), 1);
        let open = diff(b"a", b"a\nb\n", Context::Lines(1));
        assert_eq!((open.added, open.removed, open.notes.len()), (1, 0, 1));
    }

    #[test]
    fn numbers_have_their_grammar() {
        let said = |a: &str, b: &str| {
            diff(a.as_bytes(), b.as_bytes(), Context::Lines(1))
                .summary()
                .reveal()
        };
        assert_eq!(said("a\n", "a\n"), "no lines change");
        assert_eq!(said("a\n", "a\nb\n"), "1 line added");
        assert_eq!(said("a\nb\n", "a\n"), "1 line removed");
        assert_eq!(said("a\n", "b\nc\n"), "2 lines added, 1 line removed");
    }

    #[test]
    fn only_our_lines_are_taken_out() {
        let out = |before: &str, ours: &str, now: &str| {
            take_out(before.as_bytes(), ours.as_bytes(), now.as_bytes())
                .map(|text| String::from_utf8(text).unwrap())
        };
        let (before, ours) = ("a\nz\n", "a\nO1\nO2\nz\n");
        assert_eq!(out(before, ours, "a\nO1\nO2\nz\n+\n").unwrap(), "a\nz\n+\n");
        assert_eq!(out(before, ours, "A\nO1\nO2\n+\nz\n").unwrap(), "A\n+\nz\n");
        assert_eq!(out(before, ours, "a\nO1\nedited\nz\n"), None);
        assert_eq!(out("", "O\n", "O\n+\n").unwrap(), "+\n");
        assert_eq!(out("a", "a\nO\n", "a\nO\n+\n").unwrap(), "a\n+\n");
        // A line that we had taken out comes back only between its old neighbours.
        assert_eq!(
            out("a\nx\nz\n", "a\nz\n", "a\nz\n+\n").unwrap(),
            "a\nx\nz\n+\n"
        );
        assert_eq!(out("a\nx\nz\n", "a\nz\n", "a\n+\nz\n"), None);
    }

    #[test]
    fn a_login_that_may_be_a_token_is_not_shown() {
        for (line, shown) in [
            (
                "url = https://ghp_x@h/a",
                "url = https://[removed: login]@h/a",
            ),
            (
                "url = \"ssh://u:p@h/a\"",
                "url = \"ssh://[removed: login]@h/a\"",
            ),
            ("url = ssh://git@h:22/a", "url = ssh://git@h:22/a"),
            ("url = git@h:a/b", "url = git@h:a/b"),
            ("[url \"https://h/\"]", "[url \"https://h/\"]"),
        ] {
            assert_eq!(without_login(line), shown);
        }
    }
}
