//! What does a typed name or address stand for: a service, or a server?

use crate::provider::{Provider, Providers};
use crate::say;
use crate::target::Target;
use crate::text::Text;
use crate::trouble::Trouble;

/// What was typed on the command line or in the field: a provider id, or a target.
///
/// # Errors
/// When it is neither, or a provider that needs the person's own address.
pub fn named(typed: &str, providers: &Providers) -> Result<(Target, Option<String>), Trouble> {
    let name = typed.trim().to_ascii_lowercase();
    let Some(provider) = providers.called(&name) else {
        return Target::parse(typed).map(|target| (target, None));
    };
    match &provider.connect {
        Some(host) => Ok((Target::parse(host)?, Some(provider.id.clone()))),
        None => Err(own_address(provider)),
    }
}

fn own_address(provider: &Provider) -> Trouble {
    let ask = provider
        .address
        .as_ref()
        .map_or_else(Text::default, |address| {
            Text::join(address.ask.lines(), " ")
                .then(say!(" For example: {}", Text::public(&address.example)))
        });
    Trouble::new(
        say!("{} needs your own address.", provider.shown_name()),
        "Everybody has an address of their own there.",
        ask,
    )
    .exit(crate::trouble::Exit::Usage)
}

/// The target with what its service fixes for everybody: the user and an unusual port. What the
/// person typed stays.
pub fn with_provider(mut target: Target, picked: Option<&str>, providers: &Providers) -> Target {
    let provider = picked
        .and_then(|id| providers.by_id(id))
        .or_else(|| providers.for_host(&target.host));
    if let Some(provider) = provider {
        if target.user.is_none() {
            target.user = provider.user_at(&target.host).map(str::to_owned);
        }
        if target.port.is_none() && provider.port() != 22 {
            target.port = Some(provider.port());
        }
    }
    target
}
