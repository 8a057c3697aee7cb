//! How long does drawing one frame take?

use std::sync::Arc;
use std::time::{Duration, Instant};

use divan::{Bencher, black_box};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use sshstep::facts;
use sshstep::machine::Machine;
use sshstep::provider::Providers;
use sshstep::steps::{Answers, Context};
use sshstep::text::Privacy;
use sshstep::tui::{Colour, draw};
use sshstep::wizard::Wizard;

/// Screen 10, from the wizard's state to cells.
#[divan::bench(args = ["80x24", "200x60"])]
fn draw_screen_10(bencher: Bencher<'_, '_>, size: &str) {
    let (cols, rows) = size.split_once('x').expect("COLSxROWS");
    let area = Rect::new(
        0,
        0,
        cols.parse().expect("a number"),
        rows.parse().expect("a number"),
    );
    let wizard = wizard();
    let vocabulary = wizard.context().machine.vocabulary();
    let mut buffer = Buffer::empty(area);
    bencher.bench_local(|| {
        buffer.reset();
        let frame = wizard.frame(Instant::now());
        black_box(draw(
            &frame,
            &vocabulary,
            Colour::Palette,
            area,
            &mut buffer,
        ))
    });
}

fn wizard() -> Wizard {
    let machine = Machine::here(None, Duration::from_secs(10));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("the system has resources");
    let facts = runtime.block_on(facts::gather(&machine, None));
    let context = Context {
        machine: Arc::new(machine),
        providers: Arc::new(Providers::embedded().clone()),
        facts: Arc::new(facts),
        answers: Answers::default(),
        demo: false,
        history: sshstep::steps::History::begin(sshstep::report::Form::Screen, Instant::now()),
        resume: None,
    };
    Wizard::start(context, Privacy::Open, Instant::now()).0
}
