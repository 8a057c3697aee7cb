//! What differs by operating system?
//!
//! Everything with a `cfg(unix)` or `cfg(windows)` that is not a detail of one module: the account,
//! standard folders, processes, the person's clipboard and browser.

mod account;
pub mod browser;
pub mod clipboard;
pub mod foreground;
pub mod log_pipe;
pub mod process;
mod system;

pub use account::{Account, account, computer_name, home_of, state_dir, system_ssh_config};
pub use system::{system_name, terminal_size};
