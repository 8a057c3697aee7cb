//! Is this file a report, and what does it say? It may be anybody's, and hostile.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use super::make::cut;
use super::{Report, SCHEMA, reference};
use crate::say;
use crate::text::{Charset, Text, escape};
use crate::transcript::Decoder;
use crate::trouble::{Exit, Trouble};

/// More bytes than any report has.
const LARGEST: usize = 4 << 20;

const HINT: &str = "Ask for the .json file that was saved with the report.";

impl Report {
    /// Reads the JSON of a report. Control characters in its strings are escaped, long ones cut.
    ///
    /// # Errors
    /// What it is instead, or which version wrote it.
    pub fn read(bytes: &[u8]) -> Result<Self, Trouble> {
        if bytes.len() > LARGEST {
            return Err(refused("It is too long for one.".into(), HINT));
        }
        let whole: Value = serde_json::from_slice(bytes).map_err(|error| {
            if error.is_eof() && !bytes.trim_ascii().is_empty() {
                return refused("It ends too early: was it cut off?".into(), HINT);
            }
            refused(
                say!("It is not JSON: {}.", Text::quoted(error.to_string())),
                HINT,
            )
        })?;
        let schema = whole.get("schema").and_then(Value::as_u64);
        match schema {
            Some(schema) if schema == u64::from(SCHEMA) => {}
            Some(schema) => {
                return Err(refused(
                    say!(
                        "Its schema is {}, and this sshstep knows {}.",
                        schema,
                        SCHEMA
                    ),
                    "Use the sshstep that is as new as the report.",
                ));
            }
            None => return Err(refused("It names no schema.".into(), HINT)),
        }
        serde_json::from_value(harmless(whole)).map_err(|error| {
            refused(
                say!("A part of it is not as it should be: {}.", Text::quoted(error.to_string())),
                "Is it an answer of `check --json`, or was it edited? A report comes from: sshstep report --json",
            )
        })
    }

    /// Reads it from a file, and computes the reference of the very file.
    ///
    /// # Errors
    /// When it cannot be read, or is no report.
    pub fn open(file: &Path) -> Result<(Self, String), Trouble> {
        let unreadable = |error: &std::io::Error| {
            let what = say!("{} could not be read.", Text::path(file));
            Trouble::io(what, error, "Give the .json file of a report.").exit(Exit::Usage)
        };
        let opened = File::open(file).map_err(|error| unreadable(&error))?;
        if opened.metadata().is_ok_and(|about| about.is_dir()) {
            let error = std::io::Error::from(std::io::ErrorKind::IsADirectory);
            return Err(unreadable(&error));
        }
        let mut bytes = Vec::new();
        // One byte more than is taken, so that a longer file is known for one.
        let mut source = opened.take(LARGEST as u64 + 1);
        let read = source.read_to_end(&mut bytes);
        read.map_err(|error| unreadable(&error))?;
        let json = as_it_was_saved(&bytes);
        Ok((Self::read(&json)?, reference(&json)))
    }
}

/// The bytes that were saved: a shell that wrote or a mail that carried the file may have put another encoding, a
/// mark in front or other line ends into it.
fn as_it_was_saved(bytes: &[u8]) -> Vec<u8> {
    let mut json = Vec::with_capacity(bytes.len());
    let mut decoder = Decoder::default();
    decoder.push(bytes, |part| json.extend_from_slice(part));
    decoder.finish(|part| json.extend_from_slice(part));
    // Within a string JSON writes it as `\r`.
    json.retain(|byte| *byte != b'\r');
    json
}

fn refused(why: Text, hint: &'static str) -> Trouble {
    Trouble::new("This is no report that can be shown.", why, hint).exit(Exit::Usage)
}

/// The same with every string as [`make()`](super::make()) would have written it.
fn harmless(value: Value) -> Value {
    let string = |words: String| cut(escape(&words, Charset::Utf8));
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
        Value::String(words) => Value::String(string(words)),
        Value::Array(list) => list.into_iter().map(harmless).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (string(name), harmless(value)))
            .collect(),
    }
}
