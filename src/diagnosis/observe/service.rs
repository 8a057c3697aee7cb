//! Do the settings lead to a service's own name, port and user?

use crate::facts::{Effective, TargetFacts};
use crate::provider::{Provider, Providers};
use crate::say;
use crate::ssh_config::Setting;
use crate::text::Text;

use super::super::sign::{Sign, Signs};
use super::settings::told;

/// The signs of a service that the settings lead astray from, or nearly lead to.
pub(super) fn from_service(
    provider: Option<&Provider>,
    target: &TargetFacts,
    effective: &Effective,
    settings: &[Setting],
    signs: &mut Signs,
) {
    match provider {
        Some(provider) => {
            wrong_user(provider, target, effective, settings, signs);
            wrong_address(provider, target, effective, settings, signs);
        }
        None => slip(effective, settings, signs),
    }
}

/// Another login name than the one that the service has for everybody.
fn wrong_user(
    provider: &Provider,
    target: &TargetFacts,
    effective: &Effective,
    settings: &[Setting],
    signs: &mut Signs,
) {
    let own = provider
        .user_at(effective.host_name())
        .filter(|user| *user != effective.user());
    let Some(right) = own else {
        return;
    };
    let user = Text::user(effective.user());
    let evidence = match (&target.target.user, told(settings, "user")) {
        (Some(_), _) => say!("the address says {}", user.clone()),
        (None, Some(line)) => line,
        (None, None) => say!("nothing names a user, so ssh takes {}", user.clone()),
    };
    let right = provider.shown_user(right);
    signs.add_with(
        Sign::WrongUser,
        evidence,
        [("user", user), ("right", right)],
    );
}

/// Settings that lead a service's own name to another host, or to a port that the service does not have.
fn wrong_address(
    provider: &Provider,
    target: &TargetFacts,
    effective: &Effective,
    settings: &[Setting],
    signs: &mut Signs,
) {
    let host = &target.target.host;
    if let Some(line) = told(settings, "hostname")
        && provider.serves(host)
        && !provider.serves(effective.host_name())
        && !is_other_door(provider, effective.host_name())
    {
        // ssh's own words name the wrong one as the host.
        let values = [
            ("name", Text::host(effective.host_name())),
            ("host", Text::host(host)),
        ];
        signs.add_with(Sign::ServiceNameWrong, line, values);
    }
    let right = provider.port_at(effective.host_name());
    let is_served =
        provider.serves(effective.host_name()) || is_other_door(provider, effective.host_name());
    if let Some(line) = told(settings, "port")
        && target.target.port.is_none()
        && is_served
        && effective.port() != right
        && !provider.ports.contains(&effective.port())
    {
        signs.add_with(Sign::ServicePortWrong, line, [("right", right.into())]);
    }
}

/// A HostName that is nearly a service's.
fn slip(effective: &Effective, settings: &[Setting], signs: &mut Signs) {
    let name = effective.host_name();
    if let Some(right) = Providers::embedded().meant_host(name)
        && let Some(line) = told(settings, "hostname")
    {
        let values = [("name", Text::host(name)), ("right", Text::public(right))];
        signs.add_with(Sign::HostNameSlip, line, values);
    }
}

fn is_other_door(provider: &Provider, host: &str) -> bool {
    let door = provider.alternative.as_ref();
    door.is_some_and(|door| door.host.eq_ignore_ascii_case(host))
}
