//! Screens 12 and 13: is a pasted or typed error message taken whole, explained, and never acted upon?

use std::time::Duration;

use sshstep::steps::Effect;
use sshstep::wizard::Key;

use crate::keys::PRIVATE;
use crate::looks::look;
use crate::play::Play;
use crate::world::World;

const CLONE: &str = "Cloning into 'project'...\ngit@github.com: Permission denied (publickey).\n\
    fatal: Could not read from remote repository.\n\n\
    Please make sure you have the correct access rights\nand the repository exists.\n";

#[test]
fn screens_12_and_13() {
    let mut play = Play::start(World::new());
    play.press("9");
    look("12", &play);
    play.press("ssh: connect to host box.example port 22: Conn");
    look("12-typing", &play);
    play.key(Key::Enter);
    look("12-second-line", &play);
    play.key(Key::Esc);
    play.press("9");
    play.paste(CLONE);
    play.pass(Duration::from_secs(2));
    look("12-reading", &play);
    play.explain();
    look("13", &play);
    for (name, text) in [
        (
            "13-key-file",
            "Warning: Permanently added 'box.example' (ED25519) to the list of known hosts.\n\
             @         WARNING: UNPROTECTED PRIVATE KEY FILE!          @\n\
             Permissions 0644 for '/home/bob/.ssh/corp_key' are too open.\n\
             Load key \"/home/bob/.ssh/corp_key\": bad permissions\n\
             bob@box.example: Permission denied (publickey,password).\n",
        ),
        (
            "13-no-server",
            "sign_and_send_pubkey: no mutual signature supported\n",
        ),
        (
            "13-nothing-found",
            "npm ERR! code 128\nnpm ERR! A complete log of this run can be found\n",
        ),
        (
            "13-works",
            "Hi octocat! You've successfully authenticated, but GitHub does not provide shell access.\n",
        ),
    ] {
        play.press(&another(&play));
        play.paste(text);
        play.explain();
        look(name, &play);
    }
}

/// The key of "Paste another text".
fn another(play: &Play) -> String {
    let labels = play.frame().page.choices;
    let at = labels
        .iter()
        .position(|choice| play.world.vocabulary().show(&choice.label) == "Paste another text");
    (at.expect("it can be pasted again") + 1).to_string()
}

const DENIED: &str = "bob@git.secretcorp.example: Permission denied (publickey).\n";

/// On the screen that asks for an error message, some time after the key that opened it.
fn at_message() -> Play {
    let mut play = Play::start(World::new());
    play.press("9");
    play.pass(Duration::from_secs(1));
    assert_eq!(play.number(), 12);
    play
}

#[test]
fn a_pasted_message_is_explained_and_its_server_checked_as_fix_does() {
    let mut play = at_message();
    play.paste(DENIED);
    assert_eq!(play.echo(), "Reading the text ...");
    play.explain();
    assert_eq!(play.number(), 13);
    assert!(play.screen(80, 24).contains("git.secretcorp.example"));
    assert_eq!(play.selected(), "Check git.secretcorp.example now");
    play.key(Key::Enter);
    assert_eq!(play.echo(), "Enter right behind a paste is ignored.");
    play.pass(Duration::from_secs(1));
    play.key(Key::Enter);
    let target = play.target().expect("a target");
    assert_eq!(target.host, "git.secretcorp.example");
    assert_eq!(target.user.as_deref(), Some("bob"));
    play.world.is_known = true;
    play.look();
    // Without any key, only a repair begins with the test.
    assert!(matches!(play.running, Some((_, Effect::Test))));
    play.press("x");
    play.press("b");
    assert_eq!(play.number(), 13, "what the text said is still there");
    play.press("b");
    assert_eq!(play.number(), 10);
    // What is picked from the list is dealt with as the wizard was started.
    play.press("1");
    play.look();
    assert_eq!(play.number(), 21);
}

#[test]
fn a_message_typed_by_hand_ends_with_enter_on_an_empty_line() {
    let mut play = at_message();
    play.key(Key::Enter);
    assert_eq!(play.echo(), "There is no text yet. Paste it, or type it.");
    play.pass(Duration::from_secs(1));
    play.press("git@github.com: Permission denied (publickey).q9?b");
    for _ in 0..4 {
        play.key(Key::Backspace);
    }
    play.pass(Duration::from_secs(1));
    play.key(Key::Enter);
    assert!(play.running.is_none() && play.number() == 12);
    play.pass(Duration::from_secs(1));
    play.key(Key::Enter);
    play.explain();
    assert_eq!(play.selected(), "Check github.com now");
}

#[test]
fn a_paste_that_comes_as_keys_is_one_text_whatever_lines_are_empty_in_it() {
    let mut play = at_message();
    play.press("\n\ngit@github.com: Permission denied (publickey).\n\n1\n\n\n");
    assert!(play.running.is_none(), "nothing was answered");
    assert_eq!((play.number(), play.flushes), (12, 0));
    play.pass(Duration::from_secs(1));
    play.key(Key::Enter);
    let Some((_, Effect::Explain(text))) = &play.running else {
        panic!("it is read now");
    };
    assert!(text.ends_with("(publickey).\n\n1\n\n\n"), "{text:?}");
    assert_eq!(play.flushes, 1, "what is still coming takes no choice");
}

#[test]
fn an_empty_paste_says_so_and_stays() {
    let mut play = at_message();
    for empty in ["", "\n", " \r\n\t\r\n"] {
        play.paste(empty);
        assert_eq!(play.echo(), "There is no text yet. Paste it, or type it.");
        assert!(play.running.is_none() && play.number() == 12);
    }
    play.paste("\u{feff}\u{0}\u{1b}[0m");
    play.explain();
    assert!(matches!(play.number(), 12 | 13), "{}", play.screen(80, 24));
}

#[test]
fn a_private_key_is_no_message() {
    let refused = "That is the private half. Do not paste it anywhere.";
    let mut play = at_message();
    play.press("kept until now");
    play.paste(PRIVATE);
    assert_eq!((play.echo().as_str(), play.number()), (refused, 12));
    assert!(play.running.is_none());
    assert!(
        !play.screen(80, 24).contains("kept until now"),
        "it is wiped"
    );
    // The same typed: its rest is not wanted, either.
    play.press("-----BEGIN OPENSSH PRIVATE KEY-");
    assert_eq!((play.echo().as_str(), play.flushes), (refused, 1));
    play.key(Key::Esc);
    play.press("c");
    let history = play.screen(100, 60);
    assert!(!history.contains("b3BlbnNzaC1rZXk"), "{history}");
    assert!(!history.contains("BEGIN"), "{history}");
}

#[test]
fn what_identifies_somebody_in_a_pasted_text_is_masked() {
    let mut play = at_message();
    play.paste(
        "debug1: Connecting to buildbox [192.0.2.7] port 22.\n\
         debug1: identity file /home/bob/.ssh/corp_key type 0\n\
         debug1: Authenticating to buildbox:22 as 'bob'\n\
         Load key \"/home/bob/.ssh/corp_key\": error in libcrypto\n\
         bob@buildbox: Permission denied (publickey).\n",
    );
    play.explain();
    let private = ["buildbox", "192.0.2.7", "bob", "corp_key"];
    let screen = play.screen(80, 24);
    assert!(screen.contains("buildbox"), "{screen}");
    play.press("p");
    let screen = play.screen(80, 24);
    for word in private {
        assert!(!screen.contains(word), "{word}:\n{screen}");
    }
    assert!(screen.contains("Check [host1] now"), "{screen}");
}

#[test]
fn a_server_that_nobody_could_type_is_not_checked() {
    let mut play = at_message();
    play.paste(
        "debug1: Authenticating to -oProxyCommand=x:22 as 'a'\n\
         a@-oProxyCommand=x: Permission denied (publickey).\n",
    );
    play.explain();
    assert_eq!(play.selected(), "Paste another text");
}

#[test]
fn reading_can_be_stopped_and_begun_again() {
    let mut play = at_message();
    play.paste(DENIED);
    play.press("1");
    assert!(matches!(play.running, Some((_, Effect::Explain(_)))));
    play.press("x");
    assert_eq!((play.number(), play.cancelled.len()), (12, 1));
    play.paste(DENIED);
    play.explain();
    assert_eq!(play.number(), 13);
    play.press("2");
    assert_eq!(play.number(), 12);
    play.key(Key::Esc);
    assert_eq!(play.number(), 10);
}
