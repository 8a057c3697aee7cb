//! Screens 32 and 33: which certificate has the service made, and what does it allow?

use crate::field::Field;
use crate::key::certificate::Certificate;
use crate::key::pasted::{self, NoCertificate, Pasted};
use crate::page::{Page, StepId};
use crate::platform::browser;
use crate::provider::Provider;
use crate::repair::Remedy;
use crate::text::Text;
use crate::trouble::Trouble;

use super::{Context, Effect, Msg, Next, Outcome, Step};

mod view;

pub(super) use view::left;

/// Brings a certificate from the service's page to where ssh finds it.
#[derive(Default)]
pub struct GetCertificate {
    state: State,
    trouble: Option<Trouble>,
}

#[derive(Default)]
enum State {
    /// Screen 32.
    #[default]
    Told,
    /// Screen 32, with the field open.
    Asking(Field),
    /// Screen 33, while ssh looks at the change.
    Preparing(Box<Pasted>),
    /// Screen 33: `y` saves it.
    Ready(Box<Pasted>, Box<Remedy>),
    /// Screen 33: it cannot be used.
    Useless(Box<Pasted>, Trouble),
}

#[derive(Clone, Copy)]
enum Pick {
    Open,
    Paste,
    Save,
    Leave,
    Another,
}

impl GetCertificate {
    fn picks(&self) -> Vec<Pick> {
        match &self.state {
            State::Told => vec![Pick::Open, Pick::Paste],
            State::Asking(_) | State::Preparing(_) => Vec::new(),
            State::Ready(..) => vec![Pick::Save, Pick::Leave],
            State::Useless(..) => vec![Pick::Another, Pick::Leave],
        }
    }

    fn pick(&mut self, pick: Pick, context: &Context) -> Next {
        self.trouble = None;
        match pick {
            Pick::Open => match context.provider().and_then(|p| p.page.as_ref()) {
                Some(page) if browser::is_reachable(&context.machine) => {
                    Next::Run(Effect::Open(page.url.clone()))
                }
                Some(_) => Next::Say(Text::plain(
                    "There is no browser here: open that address in one yourself.",
                )),
                None => Next::Stay,
            },
            Pick::Paste | Pick::Another => {
                self.state = State::Asking(Field::text("Certificate"));
                Next::Stay
            }
            Pick::Save => match std::mem::take(&mut self.state) {
                State::Ready(_, remedy) => Next::Run(Effect::Apply(remedy.plan)),
                State::Told | State::Asking(_) | State::Preparing(_) | State::Useless(..) => {
                    Next::Stay
                }
            },
            Pick::Leave => {
                self.state = State::Told;
                Next::Stay
            }
        }
    }

    fn submit(&mut self, context: &mut Context) -> Next {
        let State::Asking(field) = &mut self.state else {
            return Next::Stay;
        };
        let text = field.take_text();
        self.trouble = None;
        match pasted::read(&text) {
            Ok(pasted) => self.take(Box::new(pasted), context),
            Err(why) => {
                self.trouble = Some(nothing_found(why));
                Next::Stay
            }
        }
    }

    /// The certificate says for which key it is; that one is dealt with from now on.
    fn take(&mut self, pasted: Box<Pasted>, context: &mut Context) -> Next {
        let fingerprint = &pasted.certificate.certified.fingerprint;
        if context.facts.key(fingerprint).is_some() {
            context.answers.key = Some(fingerprint.clone());
        }
        let Some(situation) = context.situation() else {
            return Next::Stay;
        };
        let certificate: Box<Certificate> = Box::new(pasted.certificate.clone());
        self.state = State::Preparing(pasted);
        Next::Run(Effect::PrepareCertificate {
            certificate,
            situation: Box::new(situation),
        })
    }
}

fn nothing_found(why: NoCertificate) -> Trouble {
    let (what, why) = match why {
        NoCertificate::Nothing => (
            "There is no certificate in this text.",
            "One begins with a word that ends in -cert-v01@openssh.com.",
        ),
        NoCertificate::PublicKey => (
            "This is your public key, not the certificate.",
            "The page takes the key, and makes the certificate out of it.",
        ),
        NoCertificate::Damaged => (
            "The certificate is cut off or damaged.",
            "Its end is missing, or something in it was changed.",
        ),
    };
    Trouble::new(
        what,
        why,
        "Copy all of what the page shows, and paste it here.",
    )
}

impl Step for GetCertificate {
    fn enter(&mut self, _: &mut Context) -> Next {
        *self = Self::default();
        Next::Stay
    }

    fn update(&mut self, message: Msg, context: &mut Context) -> Next {
        match message {
            Msg::Pick(at) => match self.picks().get(at).copied() {
                Some(pick) => self.pick(pick, context),
                None => Next::Stay,
            },
            Msg::Submitted => self.submit(context),
            Msg::Outcome(Outcome::Prepared(remedy)) => {
                if let State::Preparing(pasted) = std::mem::take(&mut self.state) {
                    self.state = match remedy {
                        Ok(remedy) => State::Ready(pasted, remedy),
                        Err(trouble) => State::Useless(pasted, trouble),
                    };
                }
                Next::Stay
            }
            Msg::Outcome(Outcome::Applied(Ok(_))) => {
                self.state = State::Told;
                context.answers.tested = None;
                Next::Forward(Text::plain("The certificate is saved."))
            }
            Msg::Outcome(Outcome::Applied(Err(trouble)) | Outcome::Opened(Err(trouble))) => {
                self.state = State::Told;
                self.trouble = Some(trouble);
                Next::Stay
            }
            Msg::Stopped => {
                self.state = State::Told;
                Next::Stay
            }
            Msg::Retry | Msg::Resumed | Msg::Outcome(_) => Next::Stay,
        }
    }

    fn view(&self, context: &Context) -> Page {
        let mut page = match &self.state {
            State::Told | State::Asking(_) => {
                Page::new(32, Some(StepId::Publish), "Get a certificate")
            }
            State::Preparing(_) | State::Ready(..) | State::Useless(..) => {
                Page::new(33, Some(StepId::Publish), "This certificate")
            }
        };
        match &self.state {
            State::Told => view::how(&mut page, context),
            State::Asking(field) => view::asking(&mut page, field),
            State::Preparing(pasted) => view::what(&mut page, pasted, context),
            State::Ready(pasted, remedy) => {
                view::in_short(&mut page, pasted, context);
                view::change(&mut page, remedy);
            }
            State::Useless(pasted, trouble) => {
                view::what(&mut page, pasted, context);
                page.blank();
                page.trouble(trouble);
            }
        }
        if let Some(trouble) = &self.trouble {
            page.trouble(trouble);
        }
        for pick in self.picks() {
            page.choices.push(view::choice(pick, context));
        }
        page
    }

    fn field(&mut self) -> Option<&mut Field> {
        match &mut self.state {
            State::Asking(field) => Some(field),
            State::Told | State::Preparing(_) | State::Ready(..) | State::Useless(..) => None,
        }
    }

    fn leave(&mut self) -> bool {
        let inside = !matches!(self.state, State::Told);
        self.state = State::Told;
        self.trouble = None;
        inside
    }
}

/// Whether the service lets nobody in without a certificate.
pub fn is_needed(context: &Context) -> bool {
    context.provider().is_some_and(Provider::needs_certificate)
}

/// The chosen key's certificate that counts now, for the login name in question.
pub fn in_use(context: &Context) -> Option<&Certificate> {
    use crate::key::certificate::Validity;
    let now = std::time::SystemTime::now();
    let user = context.facts.effective().map(|effective| effective.user());
    let (_, certificate) = context.key()?.files.certificate.as_ref()?;
    let is_valid = matches!(certificate.validity(now), Validity::Valid { .. });
    let counts = is_valid && user.is_none_or(|user| certificate.is_for_group_of(user));
    counts.then_some(certificate)
}
