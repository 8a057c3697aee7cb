//! How are lines mended that ssh refuses, where only one thing can have been meant?
//!
//! ssh names every bad line of a file, and stops behind that file: the sheet is shown to ssh again until it
//! refuses nothing. One line that cannot be mended is enough to leave all as it is.

use std::collections::BTreeSet;

use crate::machine::Machine;
use crate::say;
use crate::settings::{self, Intended, Refusal};
use crate::ssh_config::{At, Document, is_known, meant_criterion, meant_keyword, with_capitals};
use crate::text::Text;
use crate::trouble::Trouble;

use super::recoded::recoded;
use super::sheet::Sheet;
use super::{Draft, Situation, impossible};

/// More rounds than files with bad lines are not worth it.
const MOST_ROUNDS: usize = 8;

/// Options of vendors' builds that our table does not have.
const FOREIGN: [&str; 7] = [
    "askpassgui",
    "hpnbuffersize",
    "hpndisabled",
    "keychainintegration",
    "noneenabled",
    "noneswitch",
    "tcprcvbufpoll",
];

/// What becomes of a bad line.
#[derive(Debug, PartialEq, Eq)]
enum Mended {
    /// These lines take its place.
    Lines(Vec<String>),
    /// ssh is told to pass over its keyword.
    Ignored(String),
}

/// All that ssh refuses, mended at once.
pub(super) async fn draft(situation: &Situation) -> Result<Draft, Trouble> {
    let mut sheet = Sheet::new(situation);
    recode(&mut sheet);
    for _ in 0..MOST_ROUNDS {
        let candidate = sheet.candidate(Intended::default());
        let refused = settings::refusals(&situation.machine, &candidate).await?;
        if refused.is_empty() {
            let title = "Mend what ssh refuses in its settings";
            return Ok(Draft::of_settings(title, candidate));
        }
        mend(&mut sheet, refused, &situation.machine)?;
    }
    Err(impossible("Too many lines are refused."))
}

/// Files as plain text, where they are something else.
fn recode(sheet: &mut Sheet<'_>) {
    let files: Vec<_> = sheet
        .config()
        .own()
        .files()
        .filter_map(|(path, document)| Some((path.to_path_buf(), recoded(&document.to_bytes())?)))
        .collect();
    for (path, bytes) in files {
        if sheet.is_ours(&path) {
            sheet.replace(&path, bytes);
        }
    }
}

/// One round: the lines from the last to the first, so that their numbers stay right.
fn mend(
    sheet: &mut Sheet<'_>,
    mut refused: Vec<Refusal>,
    machine: &Machine,
) -> Result<(), Trouble> {
    refused.sort_by(|a, b| (&b.file, b.line).cmp(&(&a.file, a.line)));
    refused.dedup_by(|a, b| (&a.file, a.line) == (&b.file, b.line));
    let mut ignored = BTreeSet::new();
    for refusal in refused {
        let cannot = || {
            impossible(say!(
                "Only you know what is meant in {}, line {}.",
                Text::path(&refusal.file),
                refusal.line
            ))
        };
        if !sheet.is_ours(&refusal.file) {
            return Err(cannot());
        }
        let document = sheet.config().own().document(&refusal.file);
        let line = document.and_then(|document| document.line(refusal.line));
        let raw = line.and_then(|line| std::str::from_utf8(line.raw()).ok());
        match raw.and_then(|raw| mended(raw, &refusal.words, machine)) {
            Some(Mended::Lines(lines)) => {
                let at = refusal.line;
                sheet.edit(&refusal.file, |document| document.replace_with(at, &lines))?;
            }
            Some(Mended::Ignored(keyword)) => {
                ignored.insert(keyword);
            }
            None => return Err(cannot()),
        }
    }
    if ignored.is_empty() {
        return Ok(());
    }
    ignore(sheet, ignored)
}

/// `IgnoreUnknown` for these keywords, where ssh meets it before anything else. Only the first such line counts, so
/// it lists what the others list as well.
fn ignore(sheet: &mut Sheet<'_>, mut keywords: BTreeSet<String>) -> Result<(), Trouble> {
    let (main, document) = sheet.config().tree.main();
    let main = main.to_path_buf();
    let options = |document: &Document| {
        let mut found = Vec::new();
        for (at, line) in document.lines().enumerate() {
            if let Some(option) = line.option()
                && option.keyword == "ignoreunknown"
            {
                found.push((
                    at + 1,
                    String::from_utf8_lossy(&option.value()).into_owned(),
                ));
            }
        }
        found
    };
    for (_, document) in sheet.config().own().files() {
        for (_, list) in options(document) {
            keywords.extend(list.split(',').map(str::to_owned));
        }
    }
    let list: Vec<String> = keywords.into_iter().collect();
    let list = list.join(",");
    let global = document.blocks()[0];
    let first = global
        .lines()
        .find(|&n| document.line(n).is_some_and(|line| line.option().is_some()));
    let own = options(document)
        .into_iter()
        .map(|(line, _)| line)
        .find(|line| Some(*line) == first);
    sheet.edit(&main, |document| match own {
        Some(line) => document.replace_value(line, list.as_bytes()),
        None => document.add_option(&global, At::Top, "IgnoreUnknown", list.as_bytes()),
    })
}

/// What was meant by a line that ssh refuses with these words; none when that is not certain.
fn mended(raw: &str, words: &str, machine: &Machine) -> Option<Mended> {
    let clean = plain_characters(raw);
    let raw = clean.as_deref().unwrap_or(raw);
    let line = |text: String| Some(Mended::Lines(vec![text]));
    let (indent, keyword, rest) = parts(raw);
    if let Some(lines) = unglued(indent, keyword, rest) {
        return Some(Mended::Lines(lines));
    }
    if words.contains("Bad configuration option") {
        let lower = keyword.to_ascii_lowercase();
        if clean.is_some() && is_known(&lower) {
            return line(raw.to_owned());
        }
        if is_known(&lower) || FOREIGN.contains(&lower.as_str()) {
            return Some(Mended::Ignored(keyword.to_owned()));
        }
        let meant = with_capitals(meant_keyword(keyword)?, keyword);
        return line(format!("{indent}{meant}{rest}"));
    }
    if clean.is_some() {
        return line(raw.to_owned());
    }
    let value = rest.trim_start_matches([' ', '\t', '=']);
    let before = &rest[..rest.len() - value.len()];
    let new = if words.contains("quotes") {
        closed(value)
    } else if words.contains("extra arguments") {
        one_path(value, machine)
    } else if words.contains("Match condition") {
        criterion(value)
    } else {
        yes_or_no(value).or_else(|| number(value))
    };
    line(format!("{indent}{keyword}{before}{}", new?))
}

/// Indentation, keyword, and what follows it.
fn parts(raw: &str) -> (&str, &str, &str) {
    let text = raw.trim_start_matches([' ', '\t']);
    let indent = &raw[..raw.len() - text.len()];
    let end = text.find([' ', '\t', '=']).unwrap_or(text.len());
    (indent, &text[..end], &text[end..])
}

/// The line without what editors and web pages leave behind: byte order marks, fixed blanks, curved quotes.
fn plain_characters(raw: &str) -> Option<String> {
    let clean: String = raw
        .chars()
        .filter(|c| !matches!(c, '\u{feff}' | '\u{200b}'))
        .map(|c| match c {
            '\u{a0}' | '\u{202f}' => ' ',
            '\u{201c}' | '\u{201d}' | '\u{201e}' => '"',
            other => other,
        })
        .collect();
    (clean != raw).then_some(clean)
}

/// Two lines that a missing line end has made one: `AddKeysToAgent noHost github.com`.
fn unglued(indent: &str, keyword: &str, rest: &str) -> Option<Vec<String>> {
    ["Host", "Match"].into_iter().find_map(|head| {
        let at = rest.find(&format!("{head} ")).filter(|at| *at > 1)?;
        let (first, second) = rest.split_at(at);
        let is_glued = first.chars().last().is_some_and(|c| !c.is_whitespace());
        let is_value = !first.trim_matches([' ', '\t', '=', '"']).is_empty();
        (is_glued && is_value && !first.contains('#') && is_known(&keyword.to_ascii_lowercase()))
            .then(|| vec![format!("{indent}{keyword}{first}"), second.to_owned()])
    })
}

/// The value with its quote closed, or with an apostrophe in it made harmless.
fn closed(value: &str) -> Option<String> {
    let value = value.trim_end();
    match (value.matches('"').count(), value.matches('\'').count()) {
        (1, 0) if value.starts_with('"') => Some(format!("{value}\"")),
        (1, 0) if value.ends_with('"') => Some(format!("\"{value}")),
        (0, 1) if value.starts_with('\'') => Some(format!("{value}'")),
        (0, 1) if value.ends_with('\'') => Some(format!("'{value}")),
        (0, 1) if !value.contains(['#', '\\']) => Some(format!("\"{value}\"")),
        _ => None,
    }
}

/// A path with blanks that leads to a file, in quotes.
fn one_path(value: &str, machine: &Machine) -> Option<String> {
    let path = value.trim_end();
    let is_there = !path.contains('"') && machine.expand(path).exists();
    is_there.then(|| format!("\"{path}\""))
}

/// The `Match` line with a criterion that ssh knows.
fn criterion(value: &str) -> Option<String> {
    let name = value.split([' ', '\t', '=']).next()?;
    let bare = name.trim_start_matches('!');
    let meant = meant_criterion(bare).filter(|meant| !meant.eq_ignore_ascii_case(bare))?;
    let sign = &name[..name.len() - bare.len()];
    Some(format!("{sign}{meant}{}", &value[name.len()..]))
}

/// `yes` or `no` in another language or spelling.
fn yes_or_no(value: &str) -> Option<String> {
    const YES: [&str; 14] = [
        "y", "ye", "yep", "yse", "yess", "ues", "on", "1", "enable", "enabled", "ja", "oui", "si",
        "tak",
    ];
    const NO: [&str; 9] = [
        "n", "off", "0", "disable", "disabled", "nein", "non", "nee", "nope",
    ];
    let (word, behind) = first_word(value);
    let bare = word.trim_matches(['"', ';', ',', '.']).to_ascii_lowercase();
    let is = |list: &[&str]| list.contains(&bare.as_str());
    if is(&YES) || (bare == "yes" && bare != word) {
        Some(format!("yes{behind}"))
    } else if is(&NO) || (bare == "no" && bare != word) {
        Some(format!("no{behind}"))
    } else {
        None
    }
}

/// A number without the mark that stands beside it.
fn number(value: &str) -> Option<String> {
    let (word, behind) = first_word(value);
    let bare = word.trim_matches(['"', ';', ',', '.', ':', '=']);
    let is_number = !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && bare != word).then(|| format!("{bare}{behind}"))
}

fn first_word(value: &str) -> (&str, &str) {
    value.split_at(value.find([' ', '\t']).unwrap_or(value.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(raw: &str, words: &str) -> Option<String> {
        let machine = Machine::here(None, std::time::Duration::from_secs(1));
        match mended(raw, words, &machine)? {
            Mended::Lines(lines) => Some(lines.join("|")),
            Mended::Ignored(keyword) => Some(format!("ignored {keyword}")),
        }
    }

    #[test]
    fn one_meaning_is_written_and_a_guess_is_not() {
        let option = "Bad configuration option: x";
        for (raw, words, expected) in [
            ("\tUsr git # me", option, "\tUser git # me"),
            ("User: git", option, "User git"),
            ("  UseKeychain yes", option, "ignored UseKeychain"),
            ("\u{feff}Host x", option, "Host x"),
            ("User\u{a0}git", option, "User git"),
            (
                "AddKeysToAgent noHost github.com",
                "unsupported option",
                "AddKeysToAgent no|Host github.com",
            ),
            (
                "IdentitiesOnly ja # x",
                "unsupported option \"ja\".",
                "IdentitiesOnly yes # x",
            ),
            (
                "IdentitiesOnly=Yes;",
                "unsupported option",
                "IdentitiesOnly=yes",
            ),
            ("Port 22.", "Bad port '22.'.", "Port 22"),
            (
                "IdentityFile \"~/x",
                "invalid quotes",
                "IdentityFile \"~/x\"",
            ),
            (
                "IdentityFile ~/o'b/id",
                "invalid quotes",
                "IdentityFile \"~/o'b/id\"",
            ),
            ("Match !hots x", "Bad Match condition", "Match !host x"),
        ] {
            assert_eq!(line(raw, words).as_deref(), Some(expected), "{raw}");
        }
        for (raw, words) in [
            ("Foo x", option),
            ("Port abc", "Bad port 'abc'."),
            ("User a b", "extra arguments"),
            ("User", "no argument after keyword \"user\""),
            ("LogLevel foo", "unsupported log level 'foo'"),
            ("IdentityFile \"a\" \"b", "invalid quotes"),
        ] {
            assert_eq!(line(raw, words), None, "{raw}");
        }
    }
}
