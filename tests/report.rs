//! What does support get, and is nothing private ever in it?
#![cfg(target_os = "linux")]

#[path = "report/canaries.rs"]
mod canaries;
#[path = "report/facts.rs"]
mod facts;
#[path = "report/files.rs"]
mod files;
mod lab;
#[path = "report/masked.rs"]
mod masked;
#[path = "report/worlds.rs"]
mod worlds;
