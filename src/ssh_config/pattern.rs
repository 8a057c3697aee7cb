//! Does a `Host` pattern or a pattern list match a name?

/// Whether a block applies to a host.
///
/// The order is that of `No < Maybe < Yes`, so that the smaller of two is their "and".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cover {
    /// Certainly not.
    No,
    /// It depends on something that cannot be known here, such as the exit status of `Match exec`.
    Maybe,
    /// Certainly.
    Yes,
}

impl Cover {
    /// The cover of a block in a block (an included file's block in the including one).
    pub fn and(self, other: Cover) -> Cover {
        self.min(other)
    }

    /// The opposite; maybe stays maybe.
    pub fn opposite(self) -> Cover {
        match self {
            Cover::No => Cover::Yes,
            Cover::Maybe => Cover::Maybe,
            Cover::Yes => Cover::No,
        }
    }

    pub(super) fn from_bool(holds: bool) -> Cover {
        if holds { Cover::Yes } else { Cover::No }
    }
}

/// One word of a `Host` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// The word began with `!`.
    pub negated: bool,
    /// The pattern without the `!`.
    pub glob: Vec<u8>,
}

impl Pattern {
    /// Reads one word of a `Host` line.
    pub fn new(word: &[u8]) -> Pattern {
        match word.strip_prefix(b"!") {
            Some(rest) => Pattern {
                negated: true,
                glob: rest.to_vec(),
            },
            None => Pattern {
                negated: false,
                glob: word.to_vec(),
            },
        }
    }

    /// The name, when the pattern stands for exactly one: no wildcard, no negation, and text.
    pub fn concrete(&self) -> Option<&str> {
        let plain = !self.negated && !self.glob.iter().any(|b| matches!(b, b'*' | b'?'));
        let name = std::str::from_utf8(&self.glob).ok()?;
        (plain && !name.is_empty()).then_some(name)
    }
}

/// True when `pattern` matches the whole `name`: `*` is any run, `?` one byte, all else itself, case counts
/// (match.c:match_pattern). Never slower than the product of the two lengths.
pub fn matches(name: &[u8], pattern: &[u8]) -> bool {
    let (mut n, mut p) = (0, 0);
    let mut retry = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, n));
                p += 1;
            }
            Some(&b) if b == b'?' || b == name[n] => {
                n += 1;
                p += 1;
            }
            Some(_) | None => {
                let Some((after_star, from)) = retry else {
                    return false;
                };
                retry = Some((after_star, from + 1));
                p = after_star;
                n = from + 1;
            }
        }
    }
    pattern[p..].iter().all(|&b| b == b'*')
}

/// Whether any name fits both patterns.
pub fn overlap(a: &[u8], b: &[u8]) -> bool {
    // For each rest of `b`, whether a name fits it and the present rest of `a`.
    let mut below: Vec<bool> = Vec::new();
    for i in (0..=a.len()).rev() {
        let mut row = vec![false; b.len() + 1];
        for j in (0..=b.len()).rev() {
            let skips_a = || below.get(j).is_some_and(|fits| *fits);
            row[j] = match (a.get(i), b.get(j)) {
                (None, None) => true,
                (Some(b'*'), None) => skips_a(),
                (None, Some(b'*')) => row[j + 1],
                (None, Some(_)) | (Some(_), None) => false,
                (Some(b'*'), Some(_)) | (Some(_), Some(b'*')) => skips_a() || row[j + 1],
                (Some(x), Some(y)) => (x == y || *x == b'?' || *y == b'?') && below[j + 1],
            };
        }
        below = row;
    }
    below[0]
}

/// Whether a `Host` line matches the name as typed: one negated match kills the line, and without a positive match
/// there is none (readconf.c, `oHost`).
pub(super) fn host_line(patterns: &[Pattern], name: &[u8]) -> bool {
    let mut hits = patterns
        .iter()
        .filter(|p| matches(name, &p.glob))
        .peekable();
    hits.peek().is_some() && hits.all(|p| !p.negated)
}

/// Whether a comma list matches (match.c:match_pattern_list): case counts.
pub(super) fn list(name: &[u8], list: &[u8]) -> bool {
    let mut hit = false;
    for word in list.split(|&b| b == b',') {
        let pattern = Pattern::new(word);
        if matches(name, &pattern.glob) {
            if pattern.negated {
                return false;
            }
            hit = true;
        }
    }
    hit
}

/// Whether a comma list of host names matches (match.c:match_hostname): case does not count.
pub(super) fn host_list(name: &[u8], patterns: &[u8]) -> bool {
    list(&name.to_ascii_lowercase(), &patterns.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(line: &str, name: &str) -> bool {
        let patterns: Vec<Pattern> = line
            .split(' ')
            .map(|w| Pattern::new(w.as_bytes()))
            .collect();
        host_line(&patterns, name.as_bytes())
    }

    #[test]
    fn stars_and_question_marks() {
        for (pattern, name, expected) in [
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("?", "", false),
            ("a*c", "abbc", true),
            ("a*c", "abcb", false),
            ("*.b.*.d", "a.b.c.b.x.d", true),
            ("a?c", "abc", true),
            ("[ab]", "a", false),
            ("**", "x", true),
            ("LAB", "lab", false),
            ("*ab", "aab", true),
        ] {
            assert_eq!(
                matches(name.as_bytes(), pattern.as_bytes()),
                expected,
                "{pattern} {name}"
            );
        }
    }

    #[test]
    fn many_stars_do_not_explode() {
        let pattern = b"*a".repeat(200);
        assert!(!matches(&[b'a'; 2000].map(|_| b'b'), &pattern));
    }

    #[test]
    fn negation_kills_the_line_wherever_it_stands() {
        assert!(!host("* !lab", "lab"));
        assert!(!host("!lab *", "lab"));
        assert!(host("!lab *", "box"));
        assert!(!host("!lab", "box"));
        assert!(host("a b", "b"));
        assert!(!host("a,b", "a"));
    }

    #[test]
    fn lists_are_split_at_commas() {
        assert!(list(b"b", b"a,b"));
        assert!(!list(b"b", b"a,!b,*"));
        assert!(host_list(b"LAB", b"lab"));
        assert!(!list(b"LAB", b"lab"));
    }

    #[test]
    fn two_patterns_overlap_where_one_name_fits_both() {
        let overlap = |a: &str, b: &str| {
            let both = overlap(a.as_bytes(), b.as_bytes());
            assert_eq!(both, super::overlap(b.as_bytes(), a.as_bytes()), "{a} {b}");
            both
        };
        for (a, b) in [
            ("lab", "lab"),
            ("ssh.*.x", "ssh.us-2.x"),
            ("push-*.x", "push-n?.x"),
            ("a*", "*b"),
            ("*", ""),
            ("a*b*c", "*bb*"),
            ("?", "*"),
        ] {
            assert!(overlap(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("lab", "box"),
            ("a*", "b*"),
            ("*.x", "x"),
            ("?", ""),
            ("a?", "a"),
        ] {
            assert!(!overlap(a, b), "{a} {b}");
        }
    }

    #[test]
    fn concrete_names() {
        let name = |w: &str| Pattern::new(w.as_bytes()).concrete().map(str::to_owned);
        assert_eq!(name("lab"), Some("lab".to_owned()));
        for w in ["!lab", "l*b", "l?b", "", "!"] {
            assert_eq!(name(w), None, "{w}");
        }
    }
}
