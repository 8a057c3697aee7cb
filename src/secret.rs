//! Where may a passphrase or a private key be while we hold it?
//!
//! In a [`Secret`] only: zeroised when dropped, and without `Debug`, `Display`, `Clone` or
//! `Serialize`, so that it cannot reach a log, a page or a report by accident.

use zeroize::Zeroizing;

/// A passphrase or private key text, wiped from memory when dropped.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// An empty secret with room for `capacity` bytes, so that typing does not leave copies behind
    /// when the buffer grows.
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Zeroizing::new(String::with_capacity(capacity)))
    }

    /// Takes over text that is already in memory.
    pub fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// Adds one character. Returns false, and adds nothing, when the room given at the start is used up.
    pub fn push(&mut self, c: char) -> bool {
        let fits = self.0.len() + c.len_utf8() <= self.0.capacity();
        if fits {
            self.0.push(c);
        }
        fits
    }

    /// Removes the last character.
    pub fn pop(&mut self) {
        self.0.pop();
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Length in characters: for advice on strength, never for the screen.
    pub fn chars(&self) -> usize {
        self.0.chars().count()
    }

    /// Whether both hold the same text.
    pub fn equals(&self, other: &Secret) -> bool {
        *self.0 == *other.0
    }

    /// The text, for the one place where it is used.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Adds to a text without leaving an unwiped copy behind when it outgrows its room.
pub fn append(text: &mut Zeroizing<String>, more: &str) {
    let needed = text.len() + more.len();
    if needed > text.capacity() {
        let mut larger = Zeroizing::new(String::with_capacity(2 * needed));
        larger.push_str(text);
        *text = larger;
    }
    text.push_str(more);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_never_moves_the_buffer() {
        let mut secret = Secret::with_capacity(8);
        let before = secret.reveal().as_ptr();
        for c in "abcdefgh".chars() {
            assert!(secret.push(c));
        }
        assert!(!secret.push('i'));
        assert_eq!(secret.reveal(), "abcdefgh");
        assert_eq!(secret.reveal().as_ptr(), before);
        secret.pop();
        assert_eq!(secret.chars(), 7);
    }
}
