//! What is the shown key: published, unknown, or another than before? And how is it remembered?

use crate::diagnosis::Sign;
use crate::facts::KnownHostsFile;
use crate::plan::Plan;
use crate::probe::ServerKey;
use crate::provider::{HostKeyType, Published};
use crate::repair::known_hosts;
use crate::steps::Context;
use crate::transcript::Event;

use super::{By, State};

/// What the shown key is, by the list of the service.
pub(super) fn compare(key: ServerKey, context: &Context) -> State {
    let (Some(provider), Some(target)) = (context.provider(), &context.answers.target) else {
        return State::Unknown { key };
    };
    let host = context
        .facts
        .effective()
        .map_or(target.host.as_str(), |effective| effective.host_name());
    let Some(kind) = HostKeyType::from_openssh(&key.key_type) else {
        return State::Unknown { key };
    };
    match context
        .providers
        .published(provider, host, kind, &key.fingerprint)
    {
        Published::Same(_) => State::Same {
            key,
            by: By::Published {
                checked: provider.host_keys.checked.clone(),
            },
        },
        Published::Nothing | Published::OtherTypes(_) => State::Unknown { key },
        Published::Obsolete(_) | Published::Different => State::Different {
            published: provider
                .host_keys
                .of(host)
                .filter(|known| known.kind == kind)
                .map(|known| known.fingerprint.clone())
                .collect(),
            key,
        },
    }
}

/// The key that the last test saw, when it was not the remembered one.
pub(super) fn changed_to(context: &Context) -> Option<ServerKey> {
    let tested = context.answers.tested.as_ref()?;
    if !tested.signs.has(Sign::HostKeyChanged) {
        return None;
    }
    let mut events = tested.transcript.events().rev();
    events.find_map(|event| match event {
        Event::ServerKey { kind, fingerprint } => Some(ServerKey {
            key_type: kind.clone(),
            fingerprint: fingerprint.clone(),
            known_hosts_line: String::new(),
        }),
        _ => None,
    })
}

/// The plan that adds the key's line to the file where ssh would add it.
pub(super) fn remember(key: &ServerKey, file: &KnownHostsFile) -> Plan {
    Plan::new("Remember the server", known_hosts::remember(key, file))
}
