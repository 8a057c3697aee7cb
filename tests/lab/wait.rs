//! How does a test wait? For a condition, with a deadline; never for a length of time.

use std::time::{Duration, Instant};

/// How long a condition may take on a slow, busy machine before the test has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Looks again and again until `look` finds something. `None` means that patience ran out.
/// For things that cannot tell us (files, tmux, X11); a pty and a child process can, and are waited for without looking.
pub fn poll<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() > deadline {
            return None;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
