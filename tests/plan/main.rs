//! Does every change leave the old or the new, and does undo bring back what was?
#![cfg(unix)]

mod aside;
mod crash;
mod failures;
mod helper;
mod home;
mod hostile;
mod keeps;
mod preview;
mod property;
mod undo;
