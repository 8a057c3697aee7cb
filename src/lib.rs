//! The house of sshstep.
//!
//! (tour)

pub mod agent;
pub mod cli;
#[cfg(feature = "demo")]
pub mod demo;
pub mod diagnosis;
pub mod facts;
pub mod field;
pub mod key;
pub mod known;
pub mod log;
pub mod machine;
pub mod page;
pub mod pattern;
pub mod plain;
pub mod plan;
pub mod platform;
pub mod probe;
pub mod provider;
pub mod runtime;
pub mod secret;
pub mod settings;
pub mod ssh_config;
pub mod steps;
pub mod summary;
pub mod target;
pub mod text;
pub mod transcript;
pub mod trouble;
pub mod tui;
pub mod wizard;
