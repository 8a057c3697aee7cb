//! How does a service's own command-line tool tell who is signed in, list keys, and add one?
//!
//! Data holds argument lists with named holes, never a command for a shell; which programs there are is code
//! ([`Program`]), so that no file can have another one run.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Words;
pub use super::tool::{Certificates, Environments, Integration, Place};
use crate::pattern::Pattern;

/// A service's own tool.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cli {
    /// The program.
    pub program: Program,
    /// What the program finds in its environment, so that it asks this service and no other of its kind.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// The arguments that sign a person in; the program asks them on the terminal itself.
    pub sign_in: Vec<String>,
    /// The arguments that get a sign-in the right to see and change keys, where it may lack that.
    pub allow: Option<Vec<String>>,
    /// Who is signed in.
    pub who: Who,
    /// The account's keys.
    pub list: List,
    /// Adds a key.
    pub add: Add,
    /// Certificates that it makes, where it does.
    pub certificate: Option<Certificates>,
    /// What it tells about the environment behind an address, where the service has such.
    pub environment: Option<Environments>,
}

impl Cli {
    /// The program with these arguments, as a person would type it.
    pub fn line(&self, args: &[String]) -> String {
        let words = args.iter().map(String::as_str);
        shell_words::join(std::iter::once(self.program.name()).chain(words))
    }
}

macro_rules! programs {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// The tools that are known.
        #[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Program { $($(#[$doc])* #[serde(rename = $name)] $variant,)* }

        impl Program {
            /// All of them.
            pub const ALL: &'static [Program] = &[$(Program::$variant,)*];

            /// Its name on the `PATH`.
            pub fn name(self) -> &'static str {
                match self { $(Program::$variant => $name,)* }
            }
        }
    };
}

programs! {
    /// GitHub.
    Gh = "gh",
    /// GitLab.
    Glab = "glab",
    /// Clever Cloud.
    Clever = "clever",
    /// Platform.sh.
    Platform = "platform",
    /// Upsun.
    Upsun = "upsun",
    /// Heroku.
    Heroku = "heroku",
    /// Scalingo.
    Scalingo = "scalingo",
    /// Pantheon.
    Terminus = "terminus",
    /// Acquia.
    Acli = "acli",
}

/// How to see who is signed in. Only exit code 0 together with an account counts: some tools end with 0 when
/// nobody is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Who {
    /// The arguments.
    pub args: Vec<String>,
    /// The line that names the `{account}`; the first one in either output that fits.
    pub line: Option<Pattern>,
    /// The field of a JSON object that names it. Without this and `line`, the account is all that is printed.
    pub json: Option<String>,
}

/// How to list the account's keys.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The arguments.
    pub args: Vec<String>,
    /// The columns of lines divided by tabs.
    #[serde(default)]
    pub tabs: Vec<Column>,
    /// The columns of a table drawn with lines; the last one holds the key.
    #[serde(default)]
    pub table: Vec<Column>,
    /// The fields of an array of JSON objects, or of an object that holds them by their ids.
    pub json: Option<Fields>,
    /// What is said when the keys could not be read, where the exit code may be 0 all the same.
    pub failed: Option<Pattern>,
    /// What is said when there are none; the exit code may be anything then.
    pub none: Option<Pattern>,
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Column {
    /// The name that the person gave the key.
    Title,
    /// The public key.
    Key,
    /// Its MD5 fingerprint in hexadecimal digits, with or without colons.
    Md5,
    /// The first and the last characters of the public key's line, with `...` between.
    Excerpt,
    /// What the key is for: one for `signing` only signs nobody in.
    Use,
    /// Something else.
    Other,
}

/// What the fields of a JSON object are called.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    /// The name that the person gave the key.
    pub title: Option<String>,
    /// The public key.
    pub key: Option<String>,
    /// Its MD5 fingerprint.
    pub md5: Option<String>,
}

impl List {
    /// Whether it shows a part of each key only, of which a comment would take the most.
    pub fn shows_excerpts(&self) -> bool {
        self.table.contains(&Column::Excerpt)
    }
}

/// How to add a key. `{file}` stands for the public half's file, `{title}` for its name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Add {
    /// The arguments.
    pub args: Vec<String>,
    /// Which titles the service takes.
    #[serde(default)]
    pub titles: Titles,
    /// What to know when the key has arrived.
    #[serde(default)]
    pub note: Words,
}

/// Which titles a key may get.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Titles {
    /// Any line.
    #[default]
    Free,
    /// Letters, digits and `_`.
    Word,
}

impl Add {
    /// The arguments for this file and title. A hole may be a part of an argument; nothing in a value is
    /// looked at again.
    pub fn fill(&self, file: &str, title: &str) -> Vec<String> {
        let fill = |arg: &String| match arg.split_once('{') {
            Some((before, "file}")) => format!("{before}{file}"),
            Some((before, "title}")) => format!("{before}{title}"),
            Some(_) | None => arg.clone(),
        };
        self.args.iter().map(fill).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_once_and_stay_one_argument() {
        let args = ["keys", "add", "{file}", "--title={title}"];
        let add = Add {
            args: args.map(str::to_owned).to_vec(),
            titles: Titles::Free,
            note: Words::default(),
        };
        let filled = add.fill("/a b/{title}", "x; rm {file}");
        assert_eq!(
            filled,
            ["keys", "add", "/a b/{title}", "--title=x; rm {file}"]
        );
    }
}
