//! Screen 21 as it looks.

use crate::field::Field;
use crate::key::kind::KeyKind;
use crate::page::{Block, Choice, Mark, Page, StepId};
use crate::say;
use crate::steps::Context;
use crate::text::{Kind, Text};

use super::{MakeKey, Pick, State, wants_email};

/// The page of the step's present state.
pub(super) fn page(step: &MakeKey, context: &Context) -> Page {
    let mut page = Page::new(21, Some(StepId::Key), "Make a key");
    let Some(draft) = &step.draft else {
        return page;
    };
    let kind = Text::public(draft.kind.to_string());
    page.line(if draft.kind.is_hardware() {
        say!("ssh-keygen makes an {} key inside your security key.", kind)
    } else if draft.kind == KeyKind::Ed25519 {
        say!(
            "I will make an {} key, the modern type that {} accepts.",
            kind,
            context.service()
        )
    } else {
        say!("I will make an {} key.", kind)
    });
    page.blank();
    page.body.push(Block::Noted(
        Text::plain("File"),
        Text::path(&draft.file),
        Text::plain("new; I never overwrite a key"),
    ));
    page.body.push(Block::Noted(
        Text::plain("Label"),
        Text::of(Kind::Label, &draft.label),
        if wants_email(context) && !is_email(&draft.label, context) {
            say!("{} wants your e-mail here", context.service())
        } else {
            say!("{} will show this", context.service())
        },
    ));
    if let Some(trouble) = &step.trouble {
        page.blank();
        page.trouble(trouble);
    }
    for pick in step.picks(context) {
        page.choices.push(choice(&pick));
    }
    match &step.state {
        State::NewFile(field) | State::NewLabel(field) => page.field = Some(field.view()),
        State::Passphrase(field) | State::Again(field, _) => {
            page.field = Some(field.view());
        }
        State::Open => {
            page.blank();
            page.mark(
                Mark::Unsure,
                "Without a passphrase, anyone who copies the file can use the key.",
            );
            page.focus = 1;
        }
        State::Making => {
            page.blank();
            page.mark(
                Mark::Busy,
                say!("Making the {} key", Text::public(draft.kind.to_string())),
            );
            if matches!(draft.kind, KeyKind::Rsa { .. }) {
                page.line("RSA keys take a few seconds, now and then half a minute.");
            }
        }
        State::Offer | State::Edit | State::Kinds => {}
    }
    page
}

/// `ana@laptop` looks like an address and is none.
fn is_email(label: &str, context: &Context) -> bool {
    let computer = &context.machine.computer;
    label.contains('@') && !label.ends_with(&format!("@{computer}"))
}

fn choice(pick: &Pick) -> Choice {
    match pick {
        Pick::WithPassphrase => Choice::new(
            "Make it, with a passphrase",
            "protects you if this laptop is stolen",
        ),
        Pick::WithoutPassphrase => Choice::new(
            "Make it, without a passphrase",
            "anyone who copies the file can use it",
        ),
        Pick::Hardware => Choice::new("Make it in the security key", "ssh-keygen asks for a touch"),
        Pick::Edit => Choice::new("Change file, label or type", ""),
        Pick::File => Choice::new("Change the file", ""),
        Pick::Label => Choice::new("Change the label", ""),
        Pick::Kind => Choice::new("Change the type", ""),
        Pick::Take(kind) => Choice::new(Text::public(kind.to_string()), about(kind)),
        Pick::Yes => Choice::letter('y', "Make it without a passphrase", ""),
        Pick::No => Choice::letter('n', "Go back", ""),
    }
}

fn about(kind: &KeyKind) -> &'static str {
    match kind {
        KeyKind::Ed25519 => "short, fast, the usual choice",
        KeyKind::Rsa { .. } => "for old servers and a few services",
        KeyKind::Ecdsa { .. } => "where company rules ask for it",
        KeyKind::Ed25519Sk => "lives in a security key (FIDO2)",
        KeyKind::EcdsaSk => "lives in an older security key (U2F)",
        KeyKind::Dsa | KeyKind::Other(_) => "",
    }
}

/// The field for a new passphrase.
pub(super) fn first_field() -> Field {
    Field::hidden("New passphrase")
        .help("Nothing shows here on purpose. Use 4 or more unrelated words.")
        .help("15 characters or more is strong; spaces are fine. Enter when done.")
}
