//! `sshstep demo`: the whole wizard on a throw-away home and a built-in server.

use crate::trouble::Exit;

use super::{Setup, args};

/// Opens the wizard on the demo's machine, which is gone afterwards.
#[cfg(feature = "demo")]
pub async fn run(setup: &Setup, demo: &args::Demo) -> Exit {
    if demo.list {
        return list(setup);
    }
    match open(setup, demo.fault.as_deref()).await {
        Ok(exit) => exit,
        Err(trouble) => setup.output.trouble(&trouble),
    }
}

/// Built without the demo.
#[cfg(not(feature = "demo"))]
pub async fn run(setup: &Setup, _: &args::Demo) -> Exit {
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
async fn open(setup: &Setup, fault: Option<&str>) -> Result<Exit, crate::trouble::Trouble> {
    use std::sync::Arc;

    use crate::demo::{Demo, Fault, HOST};
    use crate::machine::{Given, Layers, Machine};
    use crate::provider::Providers;
    use crate::steps::{Answers, Mode};
    use crate::trouble::Trouble;

    use super::output::Output;
    use super::wizard;

    let fault = fault.map(Fault::named).transpose()?;
    wizard::terminal(setup)?;
    let exe = std::env::current_exe().map_err(|error| {
        Trouble::io(
            "The demo could not find its own program.",
            &error,
            "Start it by its full path.",
        )
    })?;
    let demo = Arc::new(Demo::create(&exe)?);
    if let Some(fault) = fault {
        demo.break_with(fault)?;
    }
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
        mode: fault.map_or(Mode::Auto, |_| Mode::Repair),
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

/// The faults that a demo can start with.
#[cfg(feature = "demo")]
fn list(setup: &Setup) -> Exit {
    use crate::demo::Fault;
    use crate::say;
    use crate::text::Text;

    let names = Fault::all().map(|fault| fault.name().len());
    let width = names.max().unwrap_or(0);
    for fault in Fault::all() {
        let name = Text::public(format!("{:<width$}", fault.name()));
        setup.output.line(&say!("{}  {}", name, fault.about()));
    }
    Exit::Works
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
