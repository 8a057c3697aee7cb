//! A report on the full screen: one loop that brings keys, resizes and signals to the replay.

use std::io::{self, Write as _};

use crossterm::event::EventStream;
use futures_util::StreamExt as _;

use crate::replay::Replay;
use crate::say;
use crate::text::Vocabulary;
use crate::trouble::Exit;

use super::session::{leaves, open};
use super::signals::Signals;
use super::{Colour, Reported, Screen};

/// Shows the report until the person leaves.
pub async fn run(mut replay: Replay, vocabulary: &Vocabulary, colour: Colour) -> Exit {
    let mut screen = match open(colour, vocabulary) {
        Ok(screen) => screen,
        Err(exit) => return exit,
    };
    let exit = watch(&mut replay, &mut screen, vocabulary).await;
    drop(screen);
    if exit != Exit::HangUp {
        for line in [
            replay.summary(),
            say!("It was only shown: nothing was done on this computer."),
        ] {
            let _ = writeln!(io::stdout(), "{}", vocabulary.show(&line));
        }
    }
    exit
}

async fn watch(replay: &mut Replay, screen: &mut Screen, vocabulary: &Vocabulary) -> Exit {
    let Ok(mut signals) = Signals::new() else {
        return Exit::CouldNotCheck;
    };
    let mut events = EventStream::new();
    loop {
        match screen.show(&replay.frame(), vocabulary) {
            Ok(drawn) => replay.drawn(drawn.first, drawn.rows),
            Err(_) => return Exit::HangUp,
        }
        let reported = tokio::select! {
            event = events.next() => match event {
                Some(Ok(event)) => event.into(),
                // The terminal is gone.
                Some(Err(_)) | None => return Exit::HangUp,
            },
            exit = signals.next() => return exit,
        };
        let still_there = match reported {
            // Nothing may be answered that cannot be read.
            Reported::Key(key) if screen.is_too_small() && !leaves(key) => Ok(()),
            Reported::Key(key) => match replay.on(key) {
                Some(exit) => return exit,
                None => Ok(()),
            },
            Reported::Resized => screen.redraw(),
            Reported::Suspend => {
                drop(events);
                let resumed = screen.stop();
                events = EventStream::new();
                resumed
            }
            Reported::Paste(_) | Reported::Other => Ok(()),
        };
        if still_there.is_err() {
            return Exit::HangUp;
        }
    }
}
