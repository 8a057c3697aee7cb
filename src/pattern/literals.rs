//! Which of a thousand fixed texts are in this line?
//!
//! A line of a 100 MB log that holds none of them has to cost next to nothing, and so has making the table at each
//! start. Four bytes of each text (its rarest, as far as one can tell) are the sign that it may be here; they are looked
//! for at every second to eighth place of the line only, as far as the shortest text allows.

use aho_corasick::packed::{Config, MatchKind, Searcher};

/// How many bytes are looked up at once.
const GRAM: usize = 4;
/// The table has this many bits, two to the power of it: small enough for the fastest memory.
const TABLE_BITS: u32 = 17;
/// Texts shorter than this would make all others slow: they have a search of their own, which is quick for a few dozen.
const SHORT: usize = 6;
const LONGEST_STRIDE: usize = 8;

/// A list of texts, ready to be searched for.
pub struct Literals {
    /// Two bits for each gram in `grams`.
    table: Vec<u64>,
    grams: Vec<Gram>,
    /// By a hash of its bytes, the number of a gram; from there `next` leads to the others of that hash.
    buckets: Vec<u32>,
    texts: Vec<Box<[u8]>>,
    /// The numbers of the short ones, and what finds a place where one is; `None` where the machine cannot.
    short: Vec<usize>,
    short_finder: Option<Searcher>,
    stride: usize,
}

struct Gram {
    bytes: u32,
    text: u32,
    /// Where in the text it stands.
    offset: u32,
    /// The text's first bytes: texts that share a gram seldom share them too, and comparing all of it costs a call.
    begin: [u8; SHORT],
    next: u32,
}

/// Where a bucket ends.
const END: u32 = u32::MAX;
const BUCKET_BITS: u32 = 12;

impl Literals {
    /// Makes the table. An empty text is in no line.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let texts: Vec<Box<[u8]>> = texts
            .into_iter()
            .map(|text| text.as_bytes().into())
            .collect();
        let lengths = texts.iter().map(|text| text.len());
        let shortest = lengths
            .filter(|length| *length >= SHORT)
            .min()
            .unwrap_or(SHORT);
        let stride = (shortest - GRAM + 1).min(LONGEST_STRIDE);
        let mut literals = Self {
            table: vec![0; 1 << (TABLE_BITS - u64::BITS.ilog2())],
            grams: Vec::with_capacity(texts.len() * stride),
            buckets: vec![END; 1 << BUCKET_BITS],
            texts: Vec::new(),
            short: Vec::new(),
            short_finder: None,
            stride,
        };
        for (number, text) in texts.iter().enumerate() {
            literals.add(number, text);
        }
        let short = literals.short.iter().map(|number| &texts[*number]);
        literals.short_finder = Config::new()
            .match_kind(MatchKind::LeftmostFirst)
            .builder()
            .extend(short)
            .build();
        literals.texts = texts;
        literals
    }

    fn add(&mut self, number: usize, text: &[u8]) {
        if text.len() < SHORT {
            if !text.is_empty() {
                self.short.push(number);
            }
            return;
        }
        let Some(&begin) = text.first_chunk() else {
            return;
        };
        // Of so many places in a row, one is always looked at.
        let from = rarest(text, self.stride + GRAM - 1);
        for offset in from..from + self.stride {
            let bytes = gram(&text[offset..]);
            for at in hashes(bytes) {
                self.table[at / 64] |= 1 << (at % 64);
            }
            let this = u32::try_from(self.grams.len()).unwrap_or(END);
            self.grams.push(Gram {
                bytes,
                text: u32::try_from(number).unwrap_or(u32::MAX),
                offset: u32::try_from(offset).unwrap_or(u32::MAX),
                begin,
                next: std::mem::replace(&mut self.buckets[bucket(bytes)], this),
            });
        }
    }

    /// Tells the number of each text that is in `line` and is `wanted`; one that is there twice may be told twice.
    pub fn each_in(
        &self,
        line: &str,
        wanted: impl Fn(usize) -> bool,
        mut found: impl FnMut(usize),
    ) {
        self.any(line.as_bytes(), wanted, |number| {
            found(number);
            false
        });
    }

    /// Whether any of the texts is in `line`.
    pub fn any_in(&self, line: &str) -> bool {
        self.any(line.as_bytes(), |_| true, |_| true)
    }

    #[inline(always)]
    fn any(
        &self,
        line: &[u8],
        wanted: impl Fn(usize) -> bool,
        mut is_enough: impl FnMut(usize) -> bool,
    ) -> bool {
        let mut at = 0;
        while let Some(four) = line.get(at..at + GRAM) {
            let bytes = gram(four);
            let [one, other] = hashes(bytes);
            if self.has(one)
                && self.has(other)
                && self.verified(line, at, bytes, &wanted, &mut is_enough)
            {
                return true;
            }
            at += self.stride;
        }
        !self.short.is_empty() && self.any_short(line, &wanted, &mut is_enough)
    }

    fn any_short(
        &self,
        line: &[u8],
        wanted: &impl Fn(usize) -> bool,
        is_enough: &mut impl FnMut(usize) -> bool,
    ) -> bool {
        let next = |from: usize| match &self.short_finder {
            Some(finder) => finder
                .find_in(line, (from..line.len()).into())
                .map(|found| found.start()),
            None => (from < line.len()).then_some(from),
        };
        let mut from = 0;
        while let Some(at) = next(from) {
            let rest = &line[at..];
            let is_any = self.short.iter().any(|&number| {
                wanted(number) && rest.starts_with(&self.texts[number]) && is_enough(number)
            });
            if is_any {
                return true;
            }
            from = at + 1;
        }
        false
    }

    #[inline(always)]
    fn has(&self, at: usize) -> bool {
        self.table[at / 64] & (1 << (at % 64)) != 0
    }

    #[cold]
    fn verified(
        &self,
        line: &[u8],
        at: usize,
        bytes: u32,
        wanted: &impl Fn(usize) -> bool,
        is_enough: &mut impl FnMut(usize) -> bool,
    ) -> bool {
        let mut next = self.buckets[bucket(bytes)];
        while let Some(gram) = self.grams.get(next as usize) {
            next = gram.next;
            let is_here = gram.bytes == bytes
                && wanted(gram.text as usize)
                && at.checked_sub(gram.offset as usize).is_some_and(|start| {
                    let rest = &line[start..];
                    rest.first_chunk() == Some(&gram.begin)
                        && rest.starts_with(&self.texts[gram.text as usize])
                });
            if is_here && is_enough(gram.text as usize) {
                return true;
            }
        }
        false
    }
}

/// The first four bytes as a number.
#[inline(always)]
fn gram(bytes: &[u8]) -> u32 {
    bytes
        .first_chunk()
        .map_or(0, |four| u32::from_le_bytes(*four))
}

/// Two places in the table: one alone would often be another gram's.
#[inline(always)]
fn hashes(bytes: u32) -> [usize; 2] {
    [0x9e37_79b1, 0x85eb_ca6b]
        .map(|factor: u32| (bytes.wrapping_mul(factor) >> (u32::BITS - TABLE_BITS)) as usize)
}

fn bucket(bytes: u32) -> usize {
    (bytes.wrapping_mul(0x9e37_79b1) >> (u32::BITS - BUCKET_BITS)) as usize
}

/// Where the window of this length begins that other texts are least likely to hold.
fn rarest(text: &[u8], window: usize) -> usize {
    let weight = |at: usize| u32::from(WEIGHTS[usize::from(text[at])]);
    let mut now: u32 = (0..window).map(weight).sum();
    let (mut best, mut from) = (now, 0);
    for last in window..text.len() {
        now = now + weight(last) - weight(last - window);
        if now > best {
            (best, from) = (now, last + 1 - window);
        }
    }
    from
}

/// How much each byte tells.
static WEIGHTS: [u8; 256] = {
    let mut weights = [3; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        weights[byte as usize] = match byte {
            b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' | b' ' => 0,
            b'a'..=b'z' => 1,
            b'0'..=b'9' | b'.' | b'/' | b':' | b'-' => 2,
            _ => 3,
        };
        byte += 1;
    }
    weights
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_is_found_wherever_it_stands() {
        let literals = Literals::new(["denied", "2FA", "", "publickey).", "denied ("]);
        for pad in 0..20 {
            let line = format!("{:pad$}Permission denied (publickey).", "");
            let mut found = Vec::new();
            literals.each_in(&line, |_| true, |number| found.push(number));
            found.sort_unstable();
            found.dedup();
            assert_eq!(found, [0, 3, 4], "{line}");
            assert!(literals.any_in(&line));
            literals.each_in(&line, |number| number > 4, |number| panic!("{number}"));
        }
        assert!(literals.any_in("2FA"));
        assert!(!literals.any_in("Permission deni"));
        assert!(!literals.any_in(""));
    }

    proptest! {
        #[test]
        fn it_finds_what_a_search_for_each_one_finds(
            texts in prop::collection::vec("[ab]{0,12}", 0..8),
            line in "[abc]{0,60}",
        ) {
            let literals = Literals::new(texts.iter().map(String::as_str));
            let mut found = Vec::new();
            literals.each_in(&line, |_| true, |number| found.push(number));
            found.sort_unstable();
            found.dedup();
            let expected: Vec<usize> = (0..texts.len())
                .filter(|at| !texts[*at].is_empty() && line.contains(&texts[*at]))
                .collect();
            prop_assert_eq!(literals.any_in(&line), !expected.is_empty());
            prop_assert_eq!(found, expected);
        }
    }
}
