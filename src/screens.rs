//! Which screens are there, and what is on each?
//!
//! For the manual page, and for a report that names the screen somebody was on.

use crate::page::StepId;

/// Every screen by its number, which never changes its meaning (contract.md section 4).
pub const SCREENS: [(u8, &str); 31] = [
    (1, "Help, opened with ? on every screen."),
    (
        2,
        "The commands that were run and the keys that were pressed.",
    ),
    (10, "Pick a service."),
    (
        11,
        "Another server: hosts of your settings, or an address to type.",
    ),
    (12, "Paste an error message."),
    (
        13,
        "What the error message means, and the way to its repair.",
    ),
    (20, "Choose a key."),
    (21, "Make a key."),
    (30, "Give the server your public key."),
    (
        31,
        "The account's keys, told and added by the service's own tool.",
    ),
    (32, "How to get a certificate, where the service wants one."),
    (
        33,
        "The pasted certificate: for which key, for whom, how long.",
    ),
    (
        34,
        "A certificate that the service's own tool loads, after a sign-in.",
    ),
    (
        35,
        "A key of its own for the service's machines, for a private repository.",
    ),
    (36, "That key, before it is written."),
    (40, "Unlock the key: the agent."),
    (
        50,
        "Check the change of your ssh settings before it is written.",
    ),
    (
        60,
        "Is it really this server? Its key is compared with the published ones.",
    ),
    (61, "The test."),
    (
        62,
        "Is it really this server? There is nothing to compare its key with.",
    ),
    (
        63,
        "The server shows another key than the one that is known.",
    ),
    (71, "Why it does not work, and the repairs."),
    (72, "The evidence."),
    (73, "A repair, before it is made."),
    (74, "A second account at one service: its key and its name."),
    (75, "The second account, before it is set up."),
    (76, "Both accounts, tested."),
    (
        77,
        "The environment behind the address, as the service's own tool tells.",
    ),
    (80, "Done: what was changed, what comes next."),
    (81, "Take it back: what undoing would change."),
    (90, "The report for support: read it, save it or copy it."),
];

/// What is on the screen with this number, as a title.
pub fn title(number: u8) -> Option<&'static str> {
    let screen = SCREENS.iter().find(|(screen, _)| *screen == number);
    screen.map(|(_, words)| words.trim_end_matches('.'))
}

/// The step that a screen belongs to: the tens of its number.
pub fn step(number: u8) -> Option<StepId> {
    match number / 10 {
        1 => Some(StepId::Service),
        2 => Some(StepId::Key),
        3 => Some(StepId::Publish),
        4 => Some(StepId::Agent),
        5 => Some(StepId::Config),
        6..=8 => Some(StepId::Test),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_its_title_and_its_step() {
        assert_eq!(title(71), Some("Why it does not work, and the repairs"));
        assert_eq!(step(71), Some(StepId::Test));
        assert_eq!(step(2), None);
        assert_eq!(title(255), None);
        assert_eq!(step(255), None);
    }
}
