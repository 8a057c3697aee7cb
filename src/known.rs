//! How do "there is none" and "I could not look" stay different facts?

use crate::trouble::Trouble;

/// A fact that was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known<T> {
    /// It is there.
    Yes(T),
    /// It was looked for, and is not there.
    Absent,
    /// It could not be looked for.
    Failed(Trouble),
}

impl<T> Known<T> {
    /// The value, when it is there.
    pub fn as_ref(&self) -> Option<&T> {
        match self {
            Known::Yes(value) => Some(value),
            Known::Absent | Known::Failed(_) => None,
        }
    }

    /// The reason why it could not be looked for.
    pub fn trouble(&self) -> Option<&Trouble> {
        match self {
            Known::Failed(trouble) => Some(trouble),
            Known::Yes(_) | Known::Absent => None,
        }
    }
}

impl<T> From<Result<T, Trouble>> for Known<T> {
    fn from(result: Result<T, Trouble>) -> Self {
        match result {
            Ok(value) => Known::Yes(value),
            Err(trouble) => Known::Failed(trouble),
        }
    }
}
