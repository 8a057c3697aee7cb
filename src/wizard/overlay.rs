//! What lies over every screen: help (01) and the commands and keys so far (02).

use crate::page::{Block, Page};
use crate::say;
use crate::steps::Context;
use crate::text::Text;

/// A page over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// Screen 01.
    Help,
    /// Screen 02.
    Commands,
}

impl Overlay {
    /// What the echo row says when it opens.
    pub fn opened(self) -> Text {
        match self {
            Overlay::Help => Text::plain("You pressed ?: help. Any key closes it."),
            Overlay::Commands => {
                Text::plain("You pressed c: what was run so far. Any key closes it.")
            }
        }
    }

    /// The page.
    pub fn view(self, context: &Context, below: &Page) -> Page {
        match self {
            Overlay::Help => help(below),
            Overlay::Commands => commands(context),
        }
    }
}

/// The keys, which mean the same on every screen.
const KEYS: [(&str, &str); 8] = [
    ("1-9, y, n", "take that choice; so do Up, Down and Enter"),
    ("b or Esc", "the screen before this one"),
    ("s", "skip this step, where that is offered"),
    ("r", "check this screen again"),
    ("x, Ctrl-C", "stop waiting"),
    ("c", "what was run and pressed so far"),
    ("p", "hide names, or show them again"),
    ("q, Ctrl-C", "leave"),
];

fn help(below: &Page) -> Page {
    let mut page = Page::new(1, below.step, "Help");
    page.line(say!(
        "You are on screen {}: {}.",
        Text::public(format!("{:02}", below.screen)),
        below.title.clone()
    ));
    page.line(about(below.screen));
    page.blank();
    for (keys, what) in KEYS {
        page.body
            .push(Block::Fact(Text::plain(keys), Text::plain(what)));
    }
    page.blank();
    page.line("Nothing on disk changes before you have seen the change and pressed y.");
    page.line("Leaving is always safe. `sshstep undo` takes back what the last run changed.");
    page.line("More: https://man.openbsd.org/ssh and `sshstep man`.");
    page
}

/// What the screen is for, in a sentence or two.
fn about(screen: u8) -> Text {
    Text::plain(match screen {
        10 => "Here you say which server you want to reach.",
        12 | 13 => "Here you show me what went wrong, and I say what it means.",
        20 => {
            "A key is two files: the private half stays here, the public half goes to the server."
        }
        21 => "Here a new key is made. An existing key file is never overwritten.",
        30 => "The server has to know your public key. It is safe to show to anyone.",
        31 => "The keys of your account, as the service's own tool lists them.",
        32 | 33 => "A certificate is a pass for your key that the service signs, for some hours.",
        34 => "The service's own tool signs you in, and makes a certificate: a pass for you.",
        35 | 36 => "A deploy key opens one repository only: give that away, never your own key.",
        40 => "The agent keeps your key unlocked, so you type its passphrase once.",
        50 => "ssh reads its settings file to learn which key to use for which server.",
        60 | 62 | 63 => "Servers have keys, too. Checking them tells that it is the right server.",
        61 => "The test connects as git would, and stops at the first problem.",
        71 => "The test failed. Here is why, how that is known, and what to do.",
        72 => "What ssh and the server said, for you or for whoever helps you.",
        73 => "The change, line by line. Nothing of it is written before you press y.",
        74 | 75 => {
            "A key opens one account only, so a second account gets a key and a name of its own."
        }
        76 => "Both accounts are tested. Each should greet you by its own name.",
        77 => "Does the project behind the address run? The service's own tool is asked.",
        80 => "It works. Here is what was changed, and how to take it back.",
        90 => "What a support engineer needs, with names hidden. It stays here until you share it.",
        81 => "What the last run changed is put back. Keys stay; so does what a tool did.",
        _ => "Number keys and Enter choose, b goes back, q leaves.",
    })
}

fn commands(context: &Context) -> Page {
    let mut page = Page::new(2, None, "Commands and keys so far");
    page.line("Run on this computer (nothing else was run):");
    for line in context.machine.log.all() {
        page.body.push(Block::Copyable(line));
    }
    page.blank();
    page.line("Keys:");
    for happened in context.history.latest(20) {
        page.line(say!(
            "{} s, screen {}: {}",
            Text::public(format!("{:>5}", happened.at.as_secs())),
            Text::public(format!("{:02}", happened.screen)),
            happened.text.clone()
        ));
    }
    page
}
