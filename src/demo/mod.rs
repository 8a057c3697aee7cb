//! How can somebody try the whole journey without an account, a network or a risk?
//!
//! ```text
//! Demo::create ──▶ a private folder in the temporary folder
//!     home/                    the throw-away home: empty, the wizard fills `home/.ssh`
//!     state/  config/          what sshstep itself keeps, for this demo only
//!     server/host_key          who the server is
//!     server/authorized_keys   whom it lets in: [`Demo::publish`] is "I added it"
//!     system_config            stands for the system-wide file
//!     ssh_config               for `ssh -F`: includes the home's config, then system_config
//!     agent.sock               a real ssh-agent of the demo's own
//!     owner                    locked while the demo lives
//!
//! ssh -F ssh_config git@git.demo.example
//!     └─ ProxyCommand: this program again, `__demo-server ROOT` ──▶ [`server::serve`]
//! ```
//!
//! The ssh client, its `-v` output, the keys, the agent and the protocol are all real; only the
//! machine at the other end is this program, spoken to over standard input and output. So no port
//! is opened, and the firewall, DNS and the person's own `~/.ssh` are never part of it.
//!
//! * [`home`] makes, answers questions about, and removes the folder.
//! * [`server`] is the process that ssh starts; `stdin` lets it leave when it wants to.
//! * `folder` finds a place for it and clears what a killed demo left behind.
//! * `agent` starts the ssh-agent so that it cannot outlive the demo.
//! * `config` writes the file for `ssh -F`.
//! * `fault` fills the home of a demo that starts broken.
//!
//! ssh takes `~` from the account database and never from `$HOME`. Whatever is written into
//! `home/.ssh/config` must therefore name its files by absolute paths.

mod agent;
mod config;
mod fault;
mod folder;
pub mod home;
pub mod server;
mod stdin;

pub use fault::Fault;
pub use home::Demo;

/// The server's name. `.example` is reserved, so it can never be somebody's host.
pub const HOST: &str = "git.demo.example";

/// The only login name that the server knows.
pub const USER: &str = "git";

/// The hidden first argument with which ssh starts this program as the server; the second is the root.
pub const SERVER_VERB: &str = "__demo-server";

/// The process that ssh starts: serves until ssh is gone.
pub fn serve(root: &std::path::Path) -> crate::trouble::Exit {
    use crate::trouble::{Exit, Trouble};
    let served = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime.block_on(server::serve(root)),
        Err(error) => Err(Trouble::io(
            "The demo server could not start.",
            &error,
            "Start the demo again.",
        )),
    };
    match served {
        Ok(()) => Exit::Works,
        Err(trouble) => {
            let words = crate::text::Vocabulary::default();
            for line in trouble.lines() {
                eprintln!("{}", words.show(&line));
            }
            trouble.exit
        }
    }
}
