//! Whom the clouds turn away (spot-wire §2.6).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Roles, applications and service accounts that their cloud turns away.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rejections {
    identities: BTreeSet<String>,
    #[serde(skip)]
    changes: u64,
}

impl Rejections {
    /// Moves with every change.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// From now on the cloud turns this role, application (`clientId`) or service account
    /// (`client_email`) away. False: it did already.
    pub fn reject(&mut self, identity: &str) -> bool {
        let new = self.identities.insert(identity.to_owned());
        self.changes += u64::from(new);
        new
    }

    /// From now on the cloud lets it in again. False: it did already.
    pub fn accept(&mut self, identity: &str) -> bool {
        let was_rejected = self.identities.remove(identity);
        self.changes += u64::from(was_rejected);
        was_rejected
    }

    /// Those that the cloud turns away.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.identities.iter().map(String::as_str)
    }

    /// Whether the cloud turns it away.
    pub fn contains(&self, identity: &str) -> bool {
        self.identities.contains(identity)
    }
}
