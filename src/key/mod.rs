//! What is a key, and how is one made?
//!
//! A *key* is a file pair, `F` and `F.pub`, perhaps with a certificate `F-cert.pub`.
//! [`file::inspect`] says what one file is, [`pair::scan`] finds all keys of a folder and what is
//! wrong with them, [`create::create`] makes one, [`unlock::unlock`] opens one for the agent.
//!
//! Private key bytes are read in `file` and `unlock` only, live in zeroised memory, and leave as
//! a [`Secret`](crate::secret::Secret) or an [`Unlocked`](unlock::Unlocked).

pub(crate) mod candidates;
pub mod certificate;
pub mod create;
pub(crate) mod der;
pub mod file;
pub mod kind;
pub mod mend;
pub(crate) mod openssh;
pub mod pair;
pub mod pasted;
pub(crate) mod pem;
pub mod private;
pub mod public;
pub mod unlock;
pub(crate) mod wire;
