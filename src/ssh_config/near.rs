//! Which of these words was meant by one that nobody knows?

use super::keyword::KNOWN;

/// The one known keyword that differs from the written one by a slip or two, in lower case; none when no keyword
/// or more than one is that near.
pub fn meant_keyword(written: &str) -> Option<&'static str> {
    meant(written, KNOWN)
}

/// The one criterion of a `Match` line that is that near.
pub fn meant_criterion(written: &str) -> Option<&'static str> {
    meant(written, &CRITERIA)
}

const CRITERIA: [&str; 8] = [
    "all",
    "canonical",
    "exec",
    "final",
    "host",
    "localuser",
    "originalhost",
    "user",
];

/// The word as it is meant, with the capitals of the written one where both have the same letter.
pub fn with_capitals(meant: &str, written: &str) -> String {
    let mut rest = written.chars();
    let mut word = String::new();
    for letter in meant.chars() {
        let mut ahead = rest.clone();
        let found = ahead
            .by_ref()
            .take(3)
            .find(|c| c.eq_ignore_ascii_case(&letter));
        match found {
            Some(own) => {
                word.push(own);
                rest = ahead;
            }
            None => word.push(letter),
        }
    }
    word
}

fn meant(written: &str, words: &[&'static str]) -> Option<&'static str> {
    let written = written.to_ascii_lowercase();
    let most = if written.chars().count() < 6 { 1 } else { 2 };
    let near = |most: usize| {
        let mut near = words.iter().filter(|word| slips(&written, word) <= most);
        match (near.next(), near.next()) {
            (Some(only), None) => Some(Some(*only)),
            (Some(_), Some(_)) => Some(None),
            (None, _) => None,
        }
    };
    (1..=most).find_map(near).flatten()
}

/// Whether two longer words differ by a slip or two, and not only in capitals.
pub fn is_slip(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    a.len().min(b.len()) > 5 && (1..=2).contains(&slips(&a, &b))
}

/// How many letters are more, less or other, or have changed places with their neighbour.
fn slips(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let other = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = other.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_understood_and_guesses_are_not_made() {
        for (written, keyword) in [
            ("Usr", "user"),
            ("Hots", "host"),
            ("IdentitiyFile", "identityfile"),
            ("user:", "user"),
            ("Hostnam", "hostname"),
            ("ServerAliveIntervall", "serveraliveinterval"),
        ] {
            assert_eq!(meant_keyword(written), Some(keyword), "{written}");
        }
        for written in ["Foo", "Key", "Identity", "x", "PasswordFile"] {
            assert_eq!(meant_keyword(written), None, "{written}");
        }
        assert_eq!(meant_criterion("hots"), Some("host"));
    }

    #[test]
    fn capitals_stay() {
        assert_eq!(with_capitals("user", "Usr"), "User");
        assert_eq!(
            with_capitals("identityfile", "IdentitiyFile"),
            "IdentityFile"
        );
        assert_eq!(with_capitals("hostname", "HOSTNAM"), "HOSTNAMe");
    }
}
