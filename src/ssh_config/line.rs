//! What does one line of an ssh_config mean?

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use super::criteria::{self, Criterion};
use super::keyword::{Shape, canonical, may_be_empty, shape};
use super::pattern::Pattern;
use super::words::{arguments, delimited, past_space, seen};

/// How a line ends. A lone carriage return ends no line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eol {
    /// `\n`
    Lf,
    /// `\r\n`
    CrLf,
    /// Nothing: the last line of a file without a final newline.
    None,
}

impl Eol {
    /// The bytes themselves.
    pub fn as_bytes(self) -> &'static [u8] {
        match self {
            Eol::Lf => b"\n",
            Eol::CrLf => b"\r\n",
            Eol::None => b"",
        }
    }
}

/// One line: its exact bytes, and what ssh takes them for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    raw: Box<[u8]>,
    eol: Eol,
    meaning: Meaning,
}

/// What ssh takes a line for (readconf.c:process_config_line_depth, OpenSSH 8.7 and newer).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing on it.
    Blank,
    /// The first word begins with `#`.
    Comment,
    /// A keyword with its arguments; `Include` is one of these. The keyword need not be one that ssh knows.
    Option(OptionLine),
    /// `Host` and its patterns: a block begins. Without patterns (`Host # x`) it never matches.
    Host(Vec<Pattern>),
    /// `Match` and its criteria: a block begins.
    Match(Vec<Criterion>),
    /// ssh refuses the file because of this line (except for [`Malformed::OpenKeyword`]).
    Malformed {
        /// The canonical keyword, as far as there is one.
        keyword: Cow<'static, str>,
        /// What is wrong.
        why: Malformed,
    },
}

/// A keyword and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionLine {
    /// Lower case, old names replaced by the present ones: see [`canonical`].
    pub keyword: Cow<'static, str>,
    /// The arguments without quotes and escapes. There is at least one, except where ssh puts up with
    /// none (`SendEnv # x`) and the line sets nothing. A command (`ProxyCommand` and its like) is one
    /// argument, the rest of the line; so is the value of `ProxyJump`.
    pub arguments: Vec<Vec<u8>>,
}

/// Why ssh does not accept a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Malformed {
    /// A keyword and nothing after it.
    NoArgument,
    /// `""` where a pattern or a path must be.
    EmptyArgument,
    /// A quote is not closed; an apostrophe is a quote as well.
    OpenQuote,
    /// The keyword has an open quote. ssh skips such a line without a word.
    OpenKeyword,
    /// A criterion lacks its argument.
    MatchArgument(String),
    /// No version of ssh knows this criterion.
    MatchCriterion(String),
    /// `all` beside other criteria.
    MatchAll,
}

impl Line {
    /// Reads one line. `raw` is without its end.
    pub(super) fn new(raw: &[u8], eol: Eol) -> Line {
        Line {
            raw: raw.into(),
            eol,
            meaning: read(raw),
        }
    }

    /// The bytes of the line without its end.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// How the line ends.
    pub fn eol(&self) -> Eol {
        self.eol
    }

    /// What ssh takes it for.
    pub fn meaning(&self) -> &Meaning {
        &self.meaning
    }

    /// The option on this line, if it is one.
    pub fn option(&self) -> Option<&OptionLine> {
        match &self.meaning {
            Meaning::Option(option) => Some(option),
            Meaning::Blank
            | Meaning::Comment
            | Meaning::Host(_)
            | Meaning::Match(_)
            | Meaning::Malformed { .. } => None,
        }
    }

    /// True for a line that begins a block: `Host` or `Match`, well-formed or not.
    pub fn is_head(&self) -> bool {
        match &self.meaning {
            Meaning::Host(_) | Meaning::Match(_) => true,
            Meaning::Malformed { keyword, .. } => matches!(keyword.as_ref(), "host" | "match"),
            Meaning::Blank | Meaning::Comment | Meaning::Option(_) => false,
        }
    }

    /// The keyword as the person wrote it, without quotes; empty for a blank line.
    pub fn keyword_as_written(&self) -> Vec<u8> {
        first_word(seen(&self.raw)).map_or_else(|_| Vec::new(), |(word, _)| word)
    }

    pub(super) fn ended(&self, eol: Eol) -> Line {
        Line {
            eol,
            ..self.clone()
        }
    }
}

impl OptionLine {
    /// The whole value, arguments joined by one space.
    pub fn value(&self) -> Vec<u8> {
        self.arguments.join(&b' ')
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::NoArgument => f.write_str("nothing follows the keyword"),
            Malformed::EmptyArgument => f.write_str("an argument is empty"),
            Malformed::OpenQuote => {
                f.write_str("a quote is not closed (an apostrophe counts as a quote)")
            }
            Malformed::OpenKeyword => {
                f.write_str("the keyword has an open quote, so ssh skips this line")
            }
            Malformed::MatchArgument(name) => write!(f, "the criterion {name:?} needs an argument"),
            Malformed::MatchCriterion(name) => write!(f, "ssh knows no criterion {name:?}"),
            Malformed::MatchAll => f.write_str("\"all\" cannot stand beside other criteria"),
        }
    }
}

/// The first word of a line and where its arguments begin.
pub(super) fn first_word(s: &[u8]) -> Result<(Vec<u8>, Option<usize>), super::words::OpenQuote> {
    let (word, rest) = delimited(s, 0)?;
    match rest {
        // Blanks in front, or one `=`, count as an empty first word.
        Some(at) if word.is_empty() => delimited(s, at),
        Some(_) | None => Ok((word, rest)),
    }
}

fn read(raw: &[u8]) -> Meaning {
    let s = seen(raw);
    let malformed = |keyword, why| Meaning::Malformed { keyword, why };
    let Ok((written, rest)) = first_word(s) else {
        return malformed(Cow::Borrowed(""), Malformed::OpenKeyword);
    };
    match written.first() {
        None => return Meaning::Blank,
        Some(b'#') => return Meaning::Comment,
        Some(_) => {}
    }
    let keyword = canonical(&written);
    let rest = past_space(s, rest.unwrap_or(s.len()));
    if rest == s.len() {
        return malformed(keyword, Malformed::NoArgument);
    }
    let Ok(words) = arguments(s, rest) else {
        return malformed(keyword, Malformed::OpenQuote);
    };
    match keyword.as_ref() {
        "match" => match criteria::read(s, rest) {
            Ok(criteria) => Meaning::Match(criteria),
            Err(why) => malformed(keyword, why),
        },
        one if matches!(shape(one), Shape::Command | Shape::Jump) => Meaning::Option(OptionLine {
            arguments: vec![s[unsplit(shape(one), s, rest)].to_vec()],
            keyword,
        }),
        one if words.is_empty() && !may_be_empty(one) => malformed(keyword, Malformed::NoArgument),
        "host" | "include" if words.iter().any(|w| w.bytes.is_empty()) => {
            malformed(keyword, Malformed::EmptyArgument)
        }
        "host" => Meaning::Host(words.iter().map(|w| Pattern::new(&w.bytes)).collect()),
        _ => Meaning::Option(OptionLine {
            keyword,
            arguments: words.into_iter().map(|w| w.bytes).collect(),
        }),
    }
}

/// Where the value of an option stands that is not split into words. Any number of `=` may be in front
/// (readconf.c, `parse_command`).
pub(super) fn unsplit(shape: Shape, s: &[u8], rest: usize) -> Range<usize> {
    let space = |b: &u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n');
    let start = s[rest..]
        .iter()
        .position(|b| !space(b) && *b != b'=')
        .map_or(s.len(), |n| rest + n);
    let comment = s[start..].iter().position(|&b| b == b'#');
    let (Shape::Jump, Some(len)) = (shape, comment) else {
        return start..s.len();
    };
    let end = s[start..start + len].iter().rposition(|b| !space(b));
    let end = end.map_or(start, |n| start + n + 1);
    // ssh looks for `none` before it cuts the comment, so `none # x` is a hop named none.
    if s[start..end].eq_ignore_ascii_case(b"none") {
        start..s.len()
    } else {
        start..end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(s: &str) -> Meaning {
        read(s.as_bytes())
    }

    fn option(s: &str) -> (String, String) {
        let Meaning::Option(option) = meaning(s) else {
            panic!("{s:?} is no option: {:?}", meaning(s));
        };
        let value = String::from_utf8(option.value()).unwrap();
        (option.keyword.into_owned(), value)
    }

    fn why(s: &str) -> Malformed {
        match meaning(s) {
            Meaning::Malformed { why, .. } => why,
            other => panic!("{s:?} is {other:?}"),
        }
    }

    #[test]
    fn options_in_every_spelling() {
        let bob = ("user".to_owned(), "bob".to_owned());
        for line in [
            "User bob",
            "  uSeR\tbob  ",
            "User=bob",
            "User = bob # me",
            "=User bob",
            "\"User\" \"bob\"",
            "User bob\r",
            "User bob\0gone",
        ] {
            assert_eq!(option(line), bob, "{line:?}");
        }
        assert_eq!(option("\"User\"=bob").1, "=bob");
        assert_eq!(option("User bob#x").1, "bob#x");
        assert_eq!(option("ProxyCommand = = nc \"%h\" # x").1, "nc \"%h\" # x");
        assert_eq!(option("ProxyJump \"hop\",b # x").1, "\"hop\",b");
        assert_eq!(option("ProxyJump none # x").1, "none # x");
        assert_eq!(option("IdentityFile2 \"/a b\"").0, "identityfile");
    }

    #[test]
    fn blank_and_comment() {
        for line in ["", "  ", "\t", "=", "\r", "\0x"] {
            assert_eq!(meaning(line), Meaning::Blank, "{line:?}");
        }
        for line in ["#", "  # x", "#Host a", "\"#\" x"] {
            assert_eq!(meaning(line), Meaning::Comment, "{line:?}");
        }
    }

    #[test]
    fn what_ssh_refuses() {
        assert_eq!(why("User"), Malformed::NoArgument);
        assert_eq!(why("User # bob"), Malformed::NoArgument);
        assert_eq!(why("Host"), Malformed::NoArgument);
        assert_eq!(meaning("Host # a"), Meaning::Host(Vec::new()));
        assert!(matches!(meaning("SendEnv # a"), Meaning::Option(_)));
        assert_eq!(why("\x0c"), Malformed::NoArgument);
        assert_eq!(why("Host \"\""), Malformed::EmptyArgument);
        assert_eq!(why("IdentityFile /o'brien/k"), Malformed::OpenQuote);
        assert_eq!(why("ProxyCommand say \"hi"), Malformed::OpenQuote);
        assert_eq!(why("\"User bob"), Malformed::OpenKeyword);
    }

    #[test]
    fn a_byte_order_mark_spoils_the_keyword() {
        let (keyword, _) = option("\u{feff}Host lab");
        assert_eq!(keyword, "\u{feff}host");
        assert!(!Line::new("\u{feff}Host lab".as_bytes(), Eol::Lf).is_head());
    }

    #[test]
    fn broken_heads_are_heads() {
        assert!(Line::new(b"Host", Eol::Lf).is_head());
        assert!(Line::new(b"match exce x", Eol::Lf).is_head());
        assert!(!Line::new(b"HostName x", Eol::Lf).is_head());
        assert_eq!(Line::new(b" HoSt=a", Eol::Lf).keyword_as_written(), b"HoSt");
    }
}
