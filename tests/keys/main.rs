//! Do real ssh-keygen and ssh-agent agree with what this program says and makes?
#![cfg(unix)]

mod agent;
mod damage;
mod formats;
mod lab;
mod pairs;
