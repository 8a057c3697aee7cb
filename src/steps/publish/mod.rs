//! Screen 30: how does the server get to know the public key?

use std::ffi::OsString;

use crate::page::{Block, Choice, Mark, Page, StepId};
use crate::platform::browser;
use crate::platform::clipboard::Copied;
use crate::provider::Message;
use crate::say;
use crate::text::{Kind, Text};
use crate::trouble::Trouble;

use super::environment::waiting;
use super::{
    Context, Effect, Foreground, Msg, Next, Outcome, Place, Step, account_keys, accounts,
    certificate, context,
};

mod key_page;

/// Brings the public half to the server.
#[derive(Default)]
pub struct Publish {
    /// What the last action came to.
    news: Option<(Mark, Text)>,
    trouble: Option<Trouble>,
    /// The page is opened once the copy is done.
    open_after_copy: Option<String>,
    /// What goes on when the server is known.
    after_host: AfterHost,
    /// The browser was asked and did not open the page.
    browser_failed: bool,
}

/// What the person wanted when the server had to be recognised first.
#[derive(Clone, Copy, Default)]
enum AfterHost {
    #[default]
    Check,
    CopyId,
}

#[derive(Clone)]
enum Pick {
    CopyAndOpen(String),
    Copy,
    CopyForAdmin,
    CopyId,
    Show,
    Tool,
    Certificate,
    Demo,
    Check,
    InUse,
    Project,
}

impl Publish {
    fn picks(context: &Context) -> Vec<Pick> {
        if context.demo {
            return vec![Pick::Demo, Pick::Copy, Pick::Show, Pick::Check];
        }
        match key_page::url(context) {
            Some(url) => {
                let mut picks = vec![Pick::CopyAndOpen(url), Pick::Copy, Pick::Show];
                picks.extend(account_keys::tool(context).map(|_| Pick::Tool));
                picks.push(if certificate::is_needed(context) {
                    Pick::Certificate
                } else {
                    Pick::Check
                });
                picks.extend(is_for_one_account(context).then_some(Pick::InUse));
                picks.extend(waiting::is_possible(context).then_some(Pick::Project));
                picks
            }
            None if !key_page::reason(context).is_empty() => {
                let mut picks = vec![Pick::Copy, Pick::Show];
                picks.extend(account_keys::tool(context).map(|_| Pick::Tool));
                picks.push(Pick::Check);
                picks
            }
            None => {
                let mut picks = Vec::new();
                if ssh_copy_id(context).is_some() {
                    picks.push(Pick::CopyId);
                }
                picks.extend([Pick::CopyForAdmin, Pick::Show, Pick::Check]);
                picks
            }
        }
    }

    fn pick(&mut self, pick: Pick, context: &Context) -> Next {
        self.trouble = None;
        self.news = None;
        self.browser_failed = false;
        let Some(line) = public_line(context) else {
            return Next::To(Place::Key);
        };
        match pick {
            Pick::CopyAndOpen(url) => {
                self.open_after_copy = Some(url);
                Next::Run(Effect::Copy(line))
            }
            Pick::Copy | Pick::CopyForAdmin => {
                self.open_after_copy = None;
                Next::Run(Effect::Copy(line))
            }
            Pick::Show => Next::Run(Effect::HandOver(Foreground::Show(line))),
            Pick::CopyId => self.copy_id(context),
            Pick::Tool => Next::To(Place::AccountKeys),
            Pick::Certificate => Next::To(Place::Certificate),
            Pick::Demo => Next::Run(Effect::PublishToDemo(line.reveal())),
            Pick::Check => self.check(context),
            Pick::InUse if accounts::is_by_key(context) => Next::To(Place::Accounts),
            Pick::InUse => Next::To(Place::NewKey),
            Pick::Project => Next::To(Place::Environment),
        }
    }

    /// Only a server that is known gets to see a key.
    fn check(&mut self, context: &Context) -> Next {
        self.after_host = AfterHost::Check;
        context::ask(context)
    }

    /// Only a server that is known gets to see a password.
    fn copy_id(&mut self, context: &Context) -> Next {
        if !context.is_host_known() {
            self.after_host = AfterHost::CopyId;
            return Next::Detour(Place::Host);
        }
        match ssh_copy_id(context) {
            Some(foreground) => Next::Run(Effect::HandOver(foreground)),
            None => Next::Stay,
        }
    }

    fn copied(&mut self, copied: Copied, context: &Context) -> Next {
        let line = public_line(context)
            .map(|line| line.reveal())
            .unwrap_or_default();
        match copied {
            Copied::Verified => {
                self.news = Some((
                    Mark::Good,
                    say!(
                        "Copied {} characters, starts with {}.",
                        line.chars().count(),
                        Text::public(line.split(' ').next().unwrap_or_default())
                    ),
                ));
            }
            Copied::Sent(how) => {
                self.news = Some((
                    Mark::Unsure,
                    say!(
                        "{} I cannot see if it arrived. If not: show the whole key.",
                        how
                    ),
                ));
            }
            Copied::Failed(trouble) => self.trouble = Some(trouble),
        }
        match self.open_after_copy.take() {
            Some(url) if browser::is_reachable(&context.machine) => Next::Run(Effect::Open(url)),
            Some(_) | None => Next::Stay,
        }
    }
}

impl Publish {
    /// The key page's address on a line of its own, where no browser takes it from us.
    fn address(&self, page: &mut Page, context: &Context) {
        let Some(url) = key_page::url(context) else {
            return;
        };
        if context.demo || (!self.browser_failed && browser::is_reachable(&context.machine)) {
            return;
        }
        page.line("Open this page in your browser yourself:");
        page.line(key_page::shown(&url, context));
    }
}

impl Step for Publish {
    fn enter(&mut self, _: &mut Context) -> Next {
        *self = Self::default();
        Next::Stay
    }

    fn update(&mut self, message: Msg, context: &mut Context) -> Next {
        match message {
            Msg::Pick(at) => match Self::picks(context).get(at).cloned() {
                Some(pick) => self.pick(pick, context),
                None => Next::Stay,
            },
            Msg::Resumed => match context.answers.unreachable.take() {
                Some(trouble) => {
                    self.trouble = Some(trouble);
                    Next::Stay
                }
                None => match self.after_host {
                    AfterHost::Check => self.check(context),
                    AfterHost::CopyId => self.copy_id(context),
                },
            },
            Msg::Retry => self.check(context),
            Msg::Outcome(Outcome::Copied(copied)) => self.copied(copied, context),
            Msg::Outcome(Outcome::Opened(Ok(()))) => {
                if let Some((_, news)) = self.news.take() {
                    self.news = Some((Mark::Good, news.then(" Browser opened.")));
                }
                Next::Stay
            }
            Msg::Outcome(Outcome::Opened(Err(trouble))) => {
                self.browser_failed = true;
                self.trouble = Some(trouble);
                Next::Stay
            }
            Msg::Outcome(Outcome::Returned(Ok(Some(0)))) => self.check(context),
            Msg::Outcome(Outcome::Returned(Ok(Some(_)))) => {
                self.news = Some((
                    Mark::Bad,
                    Text::plain("ssh-copy-id did not put the key on the server."),
                ));
                Next::Stay
            }
            Msg::Outcome(Outcome::Returned(Err(trouble))) => {
                self.trouble = Some(trouble);
                Next::Stay
            }
            Msg::Outcome(Outcome::PublishedToDemo(Ok(()))) => self.check(context),
            Msg::Outcome(
                Outcome::PublishedToDemo(Err(trouble)) | Outcome::Answered(Err(trouble)),
            ) => {
                self.trouble = Some(trouble);
                Next::Stay
            }
            Msg::Outcome(Outcome::Answered(Ok(answers))) => {
                if let Some(next) = context.learn(answers) {
                    return next;
                }
                self.news = Some((
                    Mark::Bad,
                    say!("{} does not know this key yet.", context.service()),
                ));
                Next::Stay
            }
            Msg::Outcome(_) | Msg::Submitted | Msg::Stopped => Next::Stay,
        }
    }

    fn view(&self, context: &Context) -> Page {
        let service = context.service();
        let mut page = Page::new(
            30,
            Some(StepId::Publish),
            say!("Give {} your public key", service.clone()),
        );
        page.line(say!(
            "The public half is safe to share. {} needs it once.",
            service.clone()
        ));
        if let Some(key) = context.key() {
            let line = key.public_line().unwrap_or_default();
            page.body
                .push(Block::Copyable(Text::of(Kind::PublicKey, line)));
            page.body.push(Block::Copyable(Text::fingerprint(
                key.fingerprint().unwrap_or_default(),
            )));
        }
        if let Some((mark, news)) = &self.news {
            page.mark(*mark, news.clone());
            if *mark == Mark::Bad {
                waiting::show(&mut page, context);
            }
        }
        if let Some(trouble) = &self.trouble {
            page.trouble(trouble);
        }
        self.address(&mut page, context);
        for pick in Self::picks(context) {
            page.choices.push(choice(&pick, context));
        }
        page.blank();
        page.choices_here();
        if context.demo {
            page.blank();
            page.aside(
                "On a real service you paste the key on its web page; the demo does it for you.",
            );
        } else {
            key_page::words(&mut page, context);
        }
        let picks = Self::picks(context);
        let check = picks.iter().position(|pick| matches!(pick, Pick::Check));
        if self.news.is_some() && !context.demo {
            page.focus = check.unwrap_or_default();
        }
        page
    }
}

/// Whether the service refuses a key that another account has.
fn is_for_one_account(context: &Context) -> bool {
    let is_refusal = |message: &Message| message.code == "public-key-upload-rejected";
    let provider = context.provider();
    accounts::is_by_key(context)
        || provider.is_some_and(|provider| provider.messages.iter().any(is_refusal))
}

fn public_line(context: &Context) -> Option<Text> {
    let line = context.key()?.public_line()?;
    Some(Text::of(Kind::PublicKey, line))
}

fn choice(pick: &Pick, context: &Context) -> Choice {
    match pick {
        Pick::CopyAndOpen(url) => {
            let short = url.strip_prefix("https://").unwrap_or(url);
            if browser::is_reachable(&context.machine) {
                let short = key_page::shown(short, context);
                Choice::new(say!("Copy the key and open {}", short), "")
            } else {
                Choice::new("Copy the key", "then open the page above")
            }
        }
        Pick::Copy => Choice::new("Copy the key only", ""),
        Pick::CopyForAdmin => Choice::new("Copy the key", "to send it to the server's admin"),
        Pick::CopyId => Choice::new(
            "Put it there with ssh-copy-id",
            "asks for your password on the server",
        ),
        Pick::Certificate => Choice::new("I added it: get a certificate", ""),
        Pick::Tool => {
            let program = account_keys::tool(context).map_or("", |cli| cli.program.name());
            Choice::new(
                say!("Upload it with {}", Text::public(program)),
                "first shows which keys the account has",
            )
        }
        Pick::Show => Choice::new("Show the whole key, to copy by hand", ""),
        Pick::Demo => Choice::new("Give it to Demo Git", "the demo plays the web page"),
        Pick::Check => Choice::new("I added it: check now", ""),
        Pick::InUse => Choice::new("It says: key is in use already", "by another account"),
        Pick::Project => waiting::choice(context),
    }
}

/// `ssh-copy-id -i KEY.pub [user@]host`, where the program is there and the key has a public file.
fn ssh_copy_id(context: &Context) -> Option<Foreground> {
    let program = which::which("ssh-copy-id").ok()?;
    let key = context.key()?;
    let public = key.files.public.clone()?;
    let target = context.answers.target.as_ref()?;
    let mut argv: Vec<OsString> = vec![program.into_os_string(), "-i".into(), public.into()];
    if let Some(port) = target.port {
        argv.extend(["-p".into(), OsString::from(port.to_string())]);
    }
    if let crate::machine::Given::File(file) = &context.machine.layers.given {
        argv.extend(["-F".into(), file.clone().into_os_string()]);
    }
    argv.push(match &target.user {
        Some(user) => format!("{user}@{}", target.host).into(),
        None => target.host.clone().into(),
    });
    Some(Foreground::Program {
        argv,
        notice: Text::plain("ssh-copy-id asks for your password on the server now."),
    })
}
