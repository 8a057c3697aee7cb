//! What does a provider file say, and what exactly is wrong with one that a person wrote?

mod check;

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::{Origin, Provider};
use crate::say;
use crate::text::{Charset, Text, escape};
use crate::trouble::{Exit, Trouble};

/// No provider file is nearly as long; a longer one is a mistake, or a device.
const LONGEST_FILE: u64 = 1024 * 1024;

/// What is wrong with a provider file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Counted from 1; None when the fault has no place.
    pub(super) line: Option<usize>,
    /// What is wrong there.
    pub(super) why: String,
    /// What may stand there instead.
    pub(super) allowed: String,
}

/// The provider in this text, checked.
pub(super) fn parse(text: &str, origin: Origin) -> Result<Provider, Fault> {
    let mut provider: Provider = toml::from_str(text).map_err(|error| syntax(text, &error))?;
    provider.origin = origin;
    check::check(&provider).map_err(|bad| Fault {
        line: place(text, bad.field, &bad.value),
        why: bad.why(),
        allowed: bad.allowed.to_owned(),
    })?;
    match origin {
        Origin::Own => seen_as_written(text)?,
        Origin::BuiltIn => {}
    }
    Ok(provider)
}

/// Whether a person sees all that the file's texts say: its words are shown, and printed as JSON.
fn seen_as_written(text: &str) -> Result<(), Fault> {
    let table: toml::Table = toml::from_str(text).map_err(|error| syntax(text, &error))?;
    let mut values: Vec<&toml::Value> = table.values().collect();
    while let Some(value) = values.pop() {
        match value {
            toml::Value::String(words) => {
                let words = words.replace(['\n', '\t'], " ");
                let shown = escape(&words, Charset::Utf8);
                if shown != words {
                    return Err(Fault {
                        line: None,
                        why: format!("\"{shown}\" holds characters that nobody sees."),
                        allowed: "Allowed: letters, digits, signs, blanks and line ends."
                            .to_owned(),
                    });
                }
            }
            toml::Value::Array(more) => values.extend(more),
            toml::Value::Table(more) => values.extend(more.values()),
            toml::Value::Integer(_)
            | toml::Value::Float(_)
            | toml::Value::Boolean(_)
            | toml::Value::Datetime(_) => {}
        }
    }
    Ok(())
}

/// The provider in a file of the person.
pub(super) fn file(path: &Path) -> Result<Provider, Box<Trouble>> {
    let unreadable = |error: &std::io::Error| {
        let what = say!("The provider file {} could not be read.", Text::path(path));
        Box::new(
            Trouble::io(
                what,
                error,
                "Check the name and that you may read the file.",
            )
            .exit(Exit::Usage),
        )
    };
    let mut text = String::new();
    fs::File::open(path)
        .and_then(|file| file.take(LONGEST_FILE + 1).read_to_string(&mut text))
        .map_err(|error| unreadable(&error))?;
    if text.len() as u64 > LONGEST_FILE {
        return Err(Box::new(too_long().trouble(path)));
    }
    parse(&text, Origin::Own).map_err(|fault| Box::new(fault.trouble(path)))
}

/// The `*.toml` files of the person's folder, sorted by name; none when there is no folder.
pub(super) fn own_files(folder: &Path) -> Result<Vec<PathBuf>, Box<Trouble>> {
    let listed = fs::read_dir(folder).and_then(|entries| {
        entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<Vec<PathBuf>, _>>()
    });
    let mut files = match listed {
        Ok(files) => files,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            let what = say!(
                "Your provider folder {} could not be read.",
                Text::path(folder)
            );
            let hint = "Check that it is a folder and that you may read it.";
            return Err(Box::new(Trouble::io(what, &error, hint).exit(Exit::Usage)));
        }
    };
    // Opening a pipe would wait for its writer. What cannot be looked at is tried, and told about.
    let opens_at_once = |path: &Path| fs::metadata(path).map_or(true, |found| found.is_file());
    files.retain(|path| path.extension().is_some_and(|e| e == "toml") && opens_at_once(path));
    files.sort();
    Ok(files)
}

impl Fault {
    fn trouble(&self, path: &Path) -> Trouble {
        let why = Text::quoted(self.why.as_str());
        let why = match self.line {
            Some(line) => say!("Line {}: {}", line, why),
            None => why,
        };
        let what = say!("The provider file {} is not used.", Text::path(path));
        Trouble::new(what, why, Text::quoted(self.allowed.as_str())).exit(Exit::Usage)
    }
}

/// The file counts, but what it says about another provider cannot.
pub(super) fn no_sibling(path: &Path, id: &str) -> Trouble {
    Trouble::new(
        say!(
            "The provider file {} names a provider that does not exist.",
            Text::path(path)
        ),
        say!(
            "same_servers_as: \"{}\" is no id; the rest of the file is used.",
            Text::quoted(id)
        ),
        "Allowed: an id that `sshstep list providers` prints.",
    )
    .exit(Exit::Usage)
}

fn too_long() -> Fault {
    Fault {
        line: None,
        why: "It is longer than 1 MiB.".to_owned(),
        allowed: "A provider file is a short text file.".to_owned(),
    }
}

/// The TOML reader's message, cut into what is wrong and what it expected.
fn syntax(text: &str, error: &toml::de::Error) -> Fault {
    let message = error.message().replace('`', "");
    // A field that is missing from the whole file has no place; from a table, the table's.
    let start = error.span().map(|span| span.start.min(text.len()));
    let line = start
        .filter(|start| *start > 0 || !message.starts_with("missing"))
        .map(|start| {
            1 + text.as_bytes()[..start]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count()
        });
    let (wrong, allowed) = match message.split_once(", expected ") {
        Some((wrong, expected)) => {
            let expected = expected.strip_prefix("one of ").unwrap_or(expected);
            (wrong, format!("Allowed here: {}.", in_words(expected)))
        }
        None if message.starts_with("missing") => {
            (message.as_str(), "Add it: FIELD = VALUE.".to_owned())
        }
        None if message.starts_with("duplicate") => (
            message.as_str(),
            "Each field stands once; take one of them out.".to_owned(),
        ),
        None => (
            message.as_str(),
            "A provider file is TOML: FIELD = VALUE, text in quotation marks.".to_owned(),
        ),
    };
    let wrong = match wrong.split_once(' ') {
        Some(("unknown", rest)) if rest.starts_with("variant ") => {
            format!("{} is no choice here", &rest["variant ".len()..])
        }
        Some(("invalid", rest)) => match rest.split_once(": ") {
            Some((_, value)) => format!("{} does not fit", in_words(value)),
            None => wrong.to_owned(),
        },
        Some(_) | None => in_words(wrong),
    };
    let why = match field_at(text, line) {
        Some(field) if !wrong.contains(field) => format!("{field}: {wrong}."),
        Some(_) | None => format!("{wrong}."),
    };
    Fault { line, why, allowed }
}

/// The TOML reader's names of types, as people call them.
fn in_words(text: &str) -> String {
    const WORDS: [(&str, &str); 9] = [
        ("u16", "a number from 0 to 65535"),
        ("u32", "a number from 0"),
        ("u8", "a number from 0 to 255"),
        ("a sequence", "a list, [\"like\", \"this\"]"),
        ("a string", "text in quotation marks"),
        ("string or table", "text in quotation marks"),
        ("string ", "the text "),
        ("integer ", "the number "),
        ("boolean ", "the word "),
    ];
    let named = |(name, words): &(&str, &str)| {
        let rest = text.strip_prefix(name)?;
        // The name of a value stands before it, and the value is the person's own.
        (rest.is_empty() || name.ends_with(' ')).then(|| format!("{words}{rest}"))
    };
    WORDS
        .iter()
        .find_map(named)
        .unwrap_or_else(|| text.to_owned())
}

/// The field that this line gives a value to.
fn field_at(text: &str, line: Option<usize>) -> Option<&str> {
    let (field, _) = text.lines().nth(line?.checked_sub(1)?)?.split_once('=')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    Some(field.trim()).filter(|field| field.chars().all(plain))
}

/// The first line with this field and value, else with the value; counted from 1.
fn place(text: &str, field: &str, value: &str) -> Option<usize> {
    let first = |fits: &dyn Fn(&str) -> bool| text.lines().position(fits).map(|index| index + 1);
    if value.is_empty() {
        return first(&|line| line.starts_with(field));
    }
    first(&|line| line.contains(field) && line.contains(value))
        .or_else(|| first(&|line| line.contains(value)))
}

#[cfg(test)]
mod tests;
