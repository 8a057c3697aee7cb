//! How does a listed service get its own name, port and user back in the settings?

use crate::facts::Effective;
use crate::provider::{Provider, Providers};
use crate::say;
use crate::settings::Intended;
use crate::text::Text;
use crate::trouble::Trouble;

use super::sheet::Sheet;
use super::{Draft, Situation, blocks, git, impossible};

/// The user that the service has for everybody.
pub(super) async fn right_user(situation: &Situation) -> Result<Draft, Trouble> {
    let (provider, effective) = service(situation)?;
    let right = provider
        .user_at(effective.host_name())
        .ok_or_else(|| impossible("Only you know your login name there."))?;
    if situation.target.user.is_some() {
        if let Ok(draft) = git::correct_remote(situation).await {
            return Ok(draft);
        }
        return Err(impossible(say!(
            "The login name stands in the address, not in the settings: write {}@{}.",
            Text::public(right),
            Text::host(&situation.target.host)
        )));
    }
    if blocks::hides(situation, "user", right) {
        return blocks::lift(situation);
    }
    let mut sheet = Sheet::new(situation);
    sheet.set(&[("User", right.to_owned())], &[])?;
    let title = say!(
        "Sign in to {} as {}",
        provider.shown_name(),
        Text::public(right)
    );
    let intended = Intended {
        user: Some(right.to_owned()),
        ..Intended::default()
    };
    Ok(Draft::of_settings(title, sheet.candidate(intended)))
}

/// The service's own name and port.
pub(super) fn right_address(situation: &Situation) -> Result<Draft, Trouble> {
    let name = situation.facts.effective().map(Effective::host_name);
    let meant = name.and_then(|name| Providers::embedded().meant_host(name));
    if let (None, Some(meant)) = (&situation.provider, meant) {
        let mut sheet = Sheet::new(situation);
        sheet.set(&[("HostName", meant.to_owned())], &[])?;
        let intended = Intended {
            host_name: Some(meant.to_owned()),
            ..Intended::default()
        };
        let title = say!("Connect to {}", Text::public(meant));
        return Ok(Draft::of_settings(title, sheet.candidate(intended)));
    }
    let (provider, effective) = service(situation)?;
    let target = &situation.target;
    let door = provider.alternative.as_ref();
    let is_own = |host: &str| {
        provider.serves(host) || door.is_some_and(|door| door.host.eq_ignore_ascii_case(host))
    };
    let mut host = effective.host_name().to_owned();
    let mut sheet = Sheet::new(situation);
    if !is_own(&host) && provider.serves(&target.host) {
        host.clone_from(&target.host);
        sheet.set(&[("HostName", host.clone())], &[])?;
    }
    if !is_own(&host) {
        return Err(impossible("The address is none of the service's own."));
    }
    let port = provider.port_at(&host);
    let mut intended = Intended {
        host_name: Some(host),
        ..Intended::default()
    };
    if target.port.is_none() && effective.port() != port {
        sheet.set(&[("Port", port.to_string())], &[])?;
        intended.port = Some(port);
    }
    let title = say!("Use the address of {}", provider.shown_name());
    Ok(Draft::of_settings(title, sheet.candidate(intended)))
}

fn service(situation: &Situation) -> Result<(&Provider, &Effective), Trouble> {
    situation
        .provider
        .as_ref()
        .zip(situation.facts.effective())
        .ok_or_else(|| impossible("It is no service that sshstep knows."))
}
