//! What does the wizard show and do, without a terminal? It is a value: keys and outcomes go in,
//! frames and commands come out.

mod keys;
mod looks;
mod message;
mod play;
mod report;
mod services;
mod world;
