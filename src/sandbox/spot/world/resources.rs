//! The resources that events can be subscribed of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::resource::state::Resource;
use crate::sandbox::spot::world::register::Register;

/// All resources, by id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Resources {
    by_id: BTreeMap<String, Resource>,
    #[serde(skip)]
    changes: u64,
}

impl Resources {
    /// Moves with every change.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// The resources, by id.
    pub fn all(&self) -> impl Iterator<Item = (&String, &Resource)> {
        self.by_id.iter()
    }

    /// One resource.
    pub fn get(&self, id: &str) -> Option<&Resource> {
        self.by_id.get(id)
    }

    /// Puts one in, with this id or with a group's new one (`sig-…`). One that is there moves.
    pub(super) fn put(&mut self, register: &mut Register, id: Option<&str>, resource: Resource) -> String {
        let new = || register.unused_id("sig-", |id| self.by_id.contains_key(id));
        let id = id.map_or_else(new, ToOwned::to_owned);
        self.by_id.insert(id.clone(), resource);
        self.changes += 1;
        id
    }

    /// Takes a resource away; subscriptions to it stay. False: there is none.
    pub fn remove(&mut self, id: &str) -> bool {
        let removed = self.by_id.remove(id).is_some();
        self.changes += u64::from(removed);
        removed
    }

    /// Forgets all that an account has.
    pub(super) fn forget_account(&mut self, account: &str) {
        self.by_id.retain(|_, resource| resource.account_id != account);
    }

    pub(super) fn forget(&mut self, organization: OrganizationId) {
        self.by_id.retain(|_, resource| resource.organization_id != organization);
    }
}
