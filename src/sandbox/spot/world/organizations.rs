//! The organizations that there are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::organization::state::Organization;

/// All organizations.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Organizations {
    by_id: BTreeMap<OrganizationId, Organization>,
    #[serde(skip)]
    changes: u64,
}

impl Organizations {
    /// Moves with every change.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// The organizations, by id.
    pub fn all(&self) -> impl Iterator<Item = &Organization> {
        self.by_id.values()
    }

    /// One organization.
    pub fn get(&self, id: OrganizationId) -> Option<&Organization> {
        self.by_id.get(&id)
    }

    /// Whether there is one of this id.
    pub fn contains(&self, id: OrganizationId) -> bool {
        self.by_id.contains_key(&id)
    }

    /// Renames an organization, which only a person can. False: there is none.
    pub fn rename(&mut self, id: OrganizationId, name: &str) -> bool {
        let Some(organization) = self.by_id.get_mut(&id) else {
            return false;
        };
        name.clone_into(&mut organization.name);
        self.changes += 1;
        true
    }

    pub(super) fn insert(&mut self, organization: Organization) {
        self.by_id.insert(organization.id, organization);
        self.changes += 1;
    }

    /// False: there is none.
    pub(super) fn remove(&mut self, id: OrganizationId) -> bool {
        let removed = self.by_id.remove(&id).is_some();
        self.changes += u64::from(removed);
        removed
    }
}
