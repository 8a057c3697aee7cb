//! Where does a name stand in a text as a word of its own?

use std::ops::Range;

/// `value` replaced where it stands as a word of its own, in any case.
pub fn replace_word(words: &str, value: &str, by: impl Fn() -> String) -> String {
    let mut shown = String::with_capacity(words.len());
    let mut from = 0;
    for place in places_of_word(words, value) {
        if place.start >= from {
            shown.push_str(&words[from..place.start]);
            shown.push_str(&by());
            from = place.end;
        }
    }
    shown.push_str(&words[from..]);
    shown
}

/// Where `value` stands as a word of its own, in any case.
pub fn places_of_word(words: &str, value: &str) -> Vec<Range<usize>> {
    if value.len() < 2 {
        return Vec::new();
    }
    let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let begins_inside = inside(value.chars().next());
    let ends_inside = inside(value.chars().next_back());
    let mut places = places_in_any_case(words, value);
    places.retain(|place| {
        let before = words[..place.start].chars().next_back();
        let after = words[place.end..].chars().next();
        let is_part = (begins_inside && inside(before)) || (ends_inside && inside(after));
        !is_part
    });
    places
}

fn places_in_any_case(words: &str, value: &str) -> Vec<Range<usize>> {
    if value.is_ascii() {
        let lower = words.to_ascii_lowercase();
        let needle = value.to_ascii_lowercase();
        let places = lower.match_indices(&needle);
        return places.map(|(at, _)| at..at + value.len()).collect();
    }
    let lower = |c: char| c.to_lowercase();
    let needle: Vec<char> = value.chars().flat_map(lower).collect();
    let starts = words.char_indices().map(|(at, _)| at);
    starts
        .filter_map(|at| {
            let mut left = needle.as_slice();
            for (offset, c) in words[at..].char_indices() {
                for small in lower(c) {
                    left = left.strip_prefix(&[small])?;
                }
                if left.is_empty() {
                    return Some(at..at + offset + c.len_utf8());
                }
            }
            None
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(words: &str, value: &str) -> String {
        replace_word(words, value, || "*".to_owned())
    }

    #[test]
    fn a_word_is_found_in_any_case_and_in_any_alphabet() {
        assert_eq!(
            replaced("Ana, ANA and banana_ana", "ana"),
            "*, * and banana_ana"
        );
        assert_eq!(replaced("ÉMILE émile Émilienne", "Émile"), "* * Émilienne");
        assert_eq!(replaced("straße STRASSE", "Straße"), "* STRASSE");
        assert_eq!(replaced("İ 鍵鳥 鍵", "鍵鳥"), "İ * 鍵");
    }
}
