//! What does a set of signs mean? The data file, read once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::Deserialize;

use super::fix::FixId;
use super::sign::Sign;
use super::{Certainty, Severity};
use crate::page::StepId;

/// `assets/diagnoses.toml`, as `src/build.rs` left it.
pub(super) const SOURCE: &str = include_str!(concat!(env!("OUT_DIR"), "/diagnoses.json"));

/// All diagnoses and the words of their fixes.
pub struct Book {
    /// In the order of the file: earlier phases of a connection first.
    pub diagnoses: Vec<Diagnosis>,
    /// The words of each fix.
    pub fixes: BTreeMap<&'static str, FixWords>,
}

/// One cause.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// Never renamed.
    pub code: String,
    /// The step whose screen deals with it.
    pub step: StepId,
    /// How bad it is.
    pub severity: Severity,
    /// Whether these signs exclude every other cause.
    pub certainty: Certainty,
    /// Whether it names what is wrong, or only what follows from it.
    pub standing: Standing,
    /// All of them must have been seen.
    pub when: Vec<Sign>,
    /// None of them may have been seen.
    pub unless: Vec<Sign>,
    /// One sentence: what is wrong. Holes are values of the signs.
    pub summary: String,
    /// One or two sentences: why.
    pub cause: String,
    /// Best first.
    pub fixes: Vec<FixId>,
}

/// How much a diagnosis explains; the better one speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// What is wrong.
    #[default]
    Cause,
    /// What many causes lead to; one of them may have been seen as well.
    Symptom,
    /// That something is wrong.
    Unexplained,
}

/// What a fix is called.
#[derive(Clone, Debug)]
pub struct FixWords {
    /// Verb and object, with holes.
    pub summary: String,
    /// What it costs or leads to.
    pub note: String,
    /// All of them must have been seen; otherwise there is nothing that it could change.
    pub when: Vec<Sign>,
}

impl Book {
    /// The sign with this name, where a diagnosis asks about it.
    pub fn sign(&self, name: &str) -> Option<Sign> {
        let asked = self.diagnoses.iter();
        let mut signs = asked.flat_map(|diagnosis| diagnosis.when.iter().chain(&diagnosis.unless));
        signs.find(|sign| sign.name() == name).copied()
    }

    /// The names of the values for which the words of the diagnoses and fixes have holes.
    pub fn holes(&self) -> BTreeSet<&str> {
        let behind = self.words().flat_map(|words| words.split('{').skip(1));
        behind
            .filter_map(|rest| Some(rest.split_once('}')?.0))
            .collect()
    }

    /// All words that a person can read.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let diagnoses = self.diagnoses.iter();
        let diagnoses = diagnoses.flat_map(|it| [&it.code, &it.summary, &it.cause]);
        let fixes = self.fixes.values().flat_map(|it| [&it.summary, &it.note]);
        diagnoses.chain(fixes).map(String::as_str)
    }
}

/// The embedded book.
pub fn book() -> &'static Book {
    static BOOK: OnceLock<Book> = OnceLock::new();
    BOOK.get_or_init(|| match parse(SOURCE) {
        Ok(book) => book,
        // tests/assets.rs reads the same bytes: a broken file cannot be released.
        Err(why) => panic!("assets/diagnoses.toml: {why}"),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    diagnosis: Vec<Entry>,
    fix: BTreeMap<String, FixEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FixEntry {
    summary: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    when: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    code: String,
    step: String,
    severity: Severity,
    certainty: Certainty,
    #[serde(default)]
    standing: Standing,
    when: Vec<String>,
    #[serde(default)]
    unless: Vec<String>,
    summary: String,
    cause: String,
    #[serde(default)]
    fixes: Vec<String>,
}

/// Reads a book, as JSON.
///
/// # Errors
/// A sentence that names the entry and what is wrong with it.
pub fn parse(source: &str) -> Result<Book, String> {
    let file: File = serde_json::from_str(source).map_err(|error| error.to_string())?;
    let mut diagnoses = Vec::new();
    for entry in file.diagnosis {
        let code = entry.code.clone();
        let fix = |name: &String| {
            FixId::from_name(name).ok_or_else(|| format!("{code}: there is no fix {name}"))
        };
        diagnoses.push(Diagnosis {
            step: StepId::from_id(&entry.step)
                .ok_or_else(|| format!("{code}: there is no step {}", entry.step))?,
            severity: entry.severity,
            certainty: entry.certainty,
            standing: entry.standing,
            when: entry.when.into_iter().map(Sign::named).collect(),
            unless: entry.unless.into_iter().map(Sign::named).collect(),
            fixes: entry.fixes.iter().map(fix).collect::<Result<_, _>>()?,
            code: entry.code,
            summary: entry.summary,
            cause: entry.cause,
        });
    }
    let mut fixes = BTreeMap::new();
    for (name, entry) in file.fix {
        let id = FixId::from_name(&name).ok_or_else(|| format!("there is no fix {name}"))?;
        let words = FixWords {
            summary: entry.summary,
            note: entry.note,
            when: entry.when.into_iter().map(Sign::named).collect(),
        };
        fixes.insert(id.name(), words);
    }
    for id in FixId::ALL {
        if !fixes.contains_key(id.name()) {
            return Err(format!("the fix {} has no words", id.name()));
        }
    }
    Ok(Book { diagnoses, fixes })
}
