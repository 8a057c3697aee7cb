//! Do the settings pick the key already?

use crate::facts::LocalKey;
use crate::say;
use crate::steps::Context;
use crate::text::Text;

/// Agents that hold more keys than this offer too many before the right one (MaxAuthTries is six).
const MOST_OFFERED: usize = 4;

/// Whether ssh would come to a key by itself.
pub enum Choice {
    /// It is the first that ssh tries.
    Picked,
    /// It is not, because of this.
    NotPicked(Text),
}

impl Choice {
    /// What `ssh -G` says about the key.
    pub fn of(key: &LocalKey, context: &Context) -> Self {
        let Some(target) = &context.facts.target else {
            return Self::Picked;
        };
        let Some(effective) = target.effective.as_ref() else {
            return Self::NotPicked(Text::plain("ssh does not accept its settings"));
        };
        let others_in_agent = context
            .facts
            .keys
            .iter()
            .filter(|other| other.in_agent && other.fingerprint() != key.fingerprint())
            .count();
        let only = effective.is_on("identitiesonly");
        let tries = context.provider().and_then(|provider| provider.keys.tries);
        let Some(path) = key.path() else {
            // Only the agent has it.
            return if only {
                Self::NotPicked(Text::plain(
                    "IdentitiesOnly is set, and no file names this key",
                ))
            } else if others_in_agent >= tries.map_or(MOST_OFFERED, usize::from) {
                Self::NotPicked(before_it(tries, context))
            } else {
                Self::Picked
            };
        };
        let first = target
            .identity_files
            .iter()
            .find(|file| file.exists() || file.with_extension("pub").exists());
        match first {
            Some(first) if *first == path || Some(first) == key.files.public.as_ref() => {
                if others_in_agent >= tries.map_or(MOST_OFFERED + 1, usize::from) && !only {
                    Self::NotPicked(before_it(tries, context))
                } else {
                    Self::Picked
                }
            }
            Some(first) if target.identity_files.contains(&path) => {
                Self::NotPicked(say!("ssh offers {} first", Text::path(first)))
            }
            Some(_) | None => Self::NotPicked(say!(
                "nothing tells ssh to use {} for {}",
                Text::path(&path),
                context.host()
            )),
        }
    }

    /// Whether it is the first that ssh tries.
    pub fn is_picked(&self) -> bool {
        match self {
            Self::Picked => true,
            Self::NotPicked(_) => false,
        }
    }
}

/// Why other keys in the agent are in the way.
fn before_it(tries: Option<u8>, context: &Context) -> Text {
    match tries {
        Some(1) => say!(
            "{} judges only the first key, and the agent may offer another",
            context.service()
        ),
        Some(tries) => say!(
            "{} lets ssh try {} keys, and the agent offers others",
            context.service(),
            u64::from(tries)
        ),
        None => Text::plain("the agent offers many keys before it"),
    }
}
