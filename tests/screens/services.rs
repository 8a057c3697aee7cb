//! How do the screens look that lead through a service's own tool?

use std::sync::Arc;

use sshstep::account::{Account, Untold};
use sshstep::environment::{Environment, Last, State};
use sshstep::key::kind::KeyKind;
use sshstep::key::pair::Protection;
use sshstep::provider::{Providers, Then};
use sshstep::steps::Outcome;
use sshstep::text::{Kind, Text};
use sshstep::trouble::Trouble;
use sshstep::wizard::Key;

use crate::looks::look;
use crate::play::Play;
use crate::world::{KEY, WORK, World, refused, signed_in};

const APP: &str = "abcdefghi5k-main-7rqtwti--app@ssh.us-2.platform.sh";
const NO_ACCESS: &str = "Hello ana b (UUID: 0f0f0f0f-1111-2222-3333-444444444444), you successfully authenticated, \
    but could not connect to service abcdefghi5k-main-7rqtwti--app (reason: service doesn't exist or you do not have \
    access to it)\n";

fn world(tools: &[&'static str]) -> World {
    let mut world = World::new();
    world.key("id_ed25519", KEY, Protection::None);
    world.is_known = true;
    world.tools = tools.to_vec();
    world
}

/// Tested at this address; ssh went as the log says.
fn tested(world: World, address: &str, log: fn(&World) -> String, code: i32, output: &str) -> Play {
    let mut play = Play::start(world);
    play.press("8");
    play.press(&format!("{address}\n"));
    play.look();
    let target = play.target().expect("it was typed");
    let tested = play
        .world
        .tested_at(&target, &log(&play.world), code, output);
    play.answer(Outcome::Tested(Ok(Arc::new(tested))));
    play
}

/// ssh's words when the server refuses the only key.
fn denied(world: &World) -> String {
    let other = refused(world).replace("work_rsa", "id_ed25519");
    other.replace(WORK, KEY)
}

/// Help says what this very screen is for, in lines that fit.
#[track_caller]
fn helps(play: &mut Play) {
    play.press("?");
    let help = play.screen(80, 24);
    assert!(help.contains("You are on screen"), "{help}");
    assert!(!help.contains("Number keys and Enter choose"), "{help}");
    assert!(!help.contains("more row"), "{help}");
    play.key(Key::Esc);
}

#[test]
fn screen_31() {
    let mut play = tested(world(&["gh"]), "git@github.com", denied, 255, "");
    if play.running.is_some() {
        play.answer(Outcome::Answered(Ok(Default::default())));
    }
    play.choose("Give the key");
    play.choose("Upload it with gh");
    look("31-asking", &play);
    let signed_out = Trouble::new("Nobody is signed in at gh.", "", "Sign in, then ask again.");
    play.answer(Outcome::Account(Err(Untold {
        trouble: signed_out,
        then: Some(Then::SignIn),
    })));
    look("31-signed-out", &play);
    play.press("1");
    play.answer(Outcome::Account(Ok(Account {
        name: Text::of(Kind::Account, "ana-dev"),
        keys: Vec::new(),
    })));
    look("31", &play);
    helps(&mut play);
    play.press("y");
    look("31-adding", &play);
    play.press("x");
    look("31-stopped", &play);
}

#[test]
fn screen_34() {
    let mut play = tested(world(&["platform"]), APP, denied, 255, "");
    if play.running.is_some() {
        play.answer(Outcome::Answered(Ok(Default::default())));
    }
    play.choose("Load a certificate");
    look("34", &play);
    helps(&mut play);
    play.choose("Sign in first");
    look("34-sign-in", &play);
    play.press("y");
    play.answer(Outcome::Returned(Ok(Some(1))));
    look("34-in-vain", &play);
}

#[test]
fn screens_35_and_36() {
    let mut world = world(&[]);
    world.remote("origin", "git@github.com:octo/site.git");
    let address = "git@push.clever-cloud.com";
    let mut play = tested(world, address, signed_in, 1, "");
    play.choose("Give Clever Cloud a deploy key");
    look("35", &play);
    helps(&mut play);
    play.choose("Another repository");
    look("35-typing", &play);
    play.press("github.com\n");
    look("35-refused", &play);
    play.choose("octo/site");
    let key = sshstep::key::create::create(&KeyKind::Ed25519, "ana", None).expect("a key");
    play.answer(Outcome::Made(Ok(Box::new(key))));
    // The key is another each time, and hidden then.
    play.press("p");
    look("36", &play);
}

#[test]
fn screen_77() {
    let mut play = tested(world(&["platform"]), APP, signed_in, 255, NO_ACCESS);
    play.choose("Ask platform");
    look("77-asking", &play);
    let provider = Providers::embedded().by_id("platformsh").expect("shipped");
    let cli = provider.cli.as_ref().expect("it has a tool");
    let known = cli.environment.as_ref().expect("it knows environments");
    let told = Environment {
        place: known
            .place("abcdefghi5k-main-7rqtwti--app")
            .expect("a project"),
        name: Some(Text::user("main")),
        state: State::Active,
        last: Last::Failed,
        source: None,
    };
    play.answer(Outcome::Environment(Ok(Box::new(told))));
    look("77", &play);
    helps(&mut play);
    play.choose("Ask again");
    let signed_out = Trouble::new(
        "Nobody is signed in at platform.",
        "",
        "Sign in, then ask again.",
    );
    play.answer(Outcome::Environment(Err(Untold {
        trouble: signed_out,
        then: Some(Then::SignIn),
    })));
    look("77-signed-out", &play);
    let mut play = tested(world(&[]), APP, signed_in, 255, NO_ACCESS);
    play.choose("Ask platform");
    look("77-by-hand", &play);
}
