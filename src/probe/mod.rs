//! What does the server say when we connect? The only place that touches the network.
//!
//! All of it runs the system's own ssh with the person's own settings: [`host_keys`] fetches the
//! server's identity without showing ours, [`ask`] learns which public keys it knows without ever
//! signing, [`connect`] is the test itself. None of them asks a question or writes to the person's
//! files; each ends with its process group when it is dropped.

mod ask;
mod connect;
mod host_keys;
mod run;

pub use ask::{MOST_KEYS, ask};
pub use connect::{Judged, Tested, connect, connect_with_key, judge};
pub use host_keys::{HostKeys, ServerKey, Unfetched, fetch};
pub use run::{Asking, private_folder, write_private};

pub use crate::transcript::keys::Answer;
