//! `sshstep demo`: the whole wizard on a throw-away home and a built-in server.

use crate::trouble::Exit;

use super::Setup;

/// Opens the wizard on the demo's machine, which is gone afterwards.
#[cfg(feature = "demo")]
pub async fn run(setup: &Setup) -> Exit {
    match open(setup).await {
        Ok(exit) => exit,
        Err(trouble) => setup.output.trouble(&trouble),
    }
}

/// Built without the demo.
#[cfg(not(feature = "demo"))]
pub async fn run(setup: &Setup) -> Exit {
    use crate::trouble::Trouble;
    setup.output.trouble(
        &Trouble::new(
            "This sshstep was built without the demo.",
            "The cargo feature `demo` was switched off.",
            "Build it with default features: cargo run --release -- demo",
        )
        .exit(Exit::Usage),
    )
}

#[cfg(feature = "demo")]
async fn open(setup: &Setup) -> Result<Exit, crate::trouble::Trouble> {
    use std::sync::Arc;

    use crate::demo::{Demo, HOST};
    use crate::machine::{Given, Layers, Machine};
    use crate::provider::Providers;
    use crate::steps::Answers;
    use crate::trouble::Trouble;

    use super::output::Output;
    use super::wizard;

    wizard::terminal(setup)?;
    let exe = std::env::current_exe().map_err(|error| {
        Trouble::io(
            "The demo could not find its own program.",
            &error,
            "Start it by its full path.",
        )
    })?;
    let demo = Arc::new(Demo::create(&exe)?);
    let host = &setup.machine;
    let mut env = host.env.clone();
    env.remove("SSH_AUTH_SOCK");
    let machine = Machine {
        ssh_home: demo.home(),
        env_home: Some(demo.home()),
        state_dir: demo.state_dir(),
        config_dir: demo.config_dir(),
        cwd: demo.home(),
        env,
        layers: Layers {
            user: demo.home().join(".ssh").join("config"),
            system: Some(demo.system_config()),
            given: Given::File(demo.ssh_config()),
        },
        log: crate::log::Log::default(),
        ..(**host).clone()
    };
    let loaded = Providers::load(None, Some(&demo.provider_file()));
    if let Some(trouble) = loaded.troubles.into_iter().next() {
        return Err(trouble);
    }
    let output = Output::new(&setup.common, Some((&machine, &loaded.providers)));
    let demo_setup = Setup {
        machine: Arc::new(machine),
        providers: Arc::new(loaded.providers),
        common: setup.common.clone(),
        output,
    };
    let (target, picked) = super::target_of(&demo_setup, HOST)?;
    let answers = Answers {
        target: Some(target),
        provider: picked,
        ..Answers::default()
    };
    let server = demo.clone();
    let exit = wizard::open(
        &demo_setup,
        answers,
        Some(Arc::new(move |line: &str| server.publish(line))),
    )
    .await;
    drop(demo_setup);
    demo_setup_note(setup);
    Ok(exit)
}

/// The last words of a demo.
#[cfg(feature = "demo")]
fn demo_setup_note(setup: &Setup) {
    setup.output.note(&crate::text::Text::plain(
        "That was the demo: its home, key and server are gone.",
    ));
    setup
        .output
        .note(&crate::text::Text::plain("For the real thing: sshstep"));
}
