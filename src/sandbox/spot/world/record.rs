//! What accounts, users, subscriptions and their like have in common: an id, an owner, and details
//! that lists show late.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::register::Register;
use crate::sandbox::core::{Lag, Lagged, Sight};
use crate::sandbox::spot::ids::OrganizationId;

/// One object of an organization.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record<D> {
    /// Its id.
    pub id: String,
    /// The organization it belongs to.
    pub organization: OrganizationId,
    /// Its place in the order of creation.
    pub serial: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// What can change.
    pub details: Lagged<D>,
}

/// What can change of something in an account. Its account cannot.
pub trait InAccount: Clone + PartialEq {
    /// What the audit log calls one: `subscription`.
    const NAME: &'static str;
    /// How an id begins.
    const PREFIX: &'static str;

    /// The account that it is in.
    fn account(&self) -> &str;

    /// Something in it was changed.
    fn changed(&mut self, _now: Timestamp) {}

    /// The user with this address is gone.
    fn forget_user(&mut self, _email: &str) {}
}

/// All objects of one kind, by id; deleted ones as long as a list may still show them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Collection<D> {
    by_id: BTreeMap<String, Record<D>>,
    /// Counts the changes since the start.
    #[serde(skip)]
    changes: u64,
}

impl<D> Default for Collection<D> {
    fn default() -> Self {
        Self { by_id: BTreeMap::new(), changes: 0 }
    }
}

impl<D> Collection<D> {
    /// Moves with every change.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Makes one, whose id begins with the prefix.
    pub(super) fn create(
        &mut self,
        register: &mut Register,
        now: Timestamp,
        lag: Lag,
        prefix: &str,
        organization: OrganizationId,
        details: D,
    ) -> String {
        let id = register.unused_id(prefix, |id| self.by_id.contains_key(id));
        let record = Record {
            id: id.clone(),
            organization,
            serial: register.next_serial(),
            created_at: now,
            details: Lagged::new(now, lag, details),
        };
        self.by_id.insert(id.clone(), record);
        self.changes += 1;
        id
    }

    /// Every record, also of what is deleted and still listed.
    pub(super) fn records(&self) -> impl Iterator<Item = &Record<D>> {
        self.by_id.values()
    }

    /// What lives, whatever lists show.
    pub(super) fn living(&self) -> impl Iterator<Item = (&Record<D>, &D)> {
        self.by_id.values().filter_map(|record| Some((record, record.details.current()?)))
    }

    /// One that lives, whatever lists show.
    pub(super) fn current(&self, id: &str) -> Option<(&Record<D>, &D)> {
        let record = self.by_id.get(id)?;
        Some((record, record.details.current()?))
    }

    /// One as a list or a read shows it.
    pub(super) fn seen(&self, sight: Sight, id: &str) -> Option<(&Record<D>, &D)> {
        let record = self.by_id.get(id)?;
        Some((record, record.details.seen(sight)?))
    }

    /// An organization's, as a list or a read shows them, oldest first.
    pub(super) fn seen_of(&self, sight: Sight, organization: OrganizationId) -> Vec<(&Record<D>, &D)> {
        let mut seen: Vec<_> = self
            .by_id
            .values()
            .filter(|record| record.organization == organization)
            .filter_map(|record| Some((record, record.details.seen(sight)?)))
            .collect();
        seen.sort_by_key(|(record, _)| record.serial);
        seen
    }

    /// Deletes one. False: there is none.
    pub(super) fn remove(&mut self, now: Timestamp, lag: Lag, id: &str) -> bool {
        let Some(record) = self.by_id.get_mut(id).filter(|record| record.details.current().is_some()) else {
            return false;
        };
        record.details.set(now, lag, None);
        self.by_id.retain(|_, record| !record.details.is_over(now, lag));
        self.changes += 1;
        true
    }

    /// Deletes all that live and fit.
    pub(super) fn remove_all(&mut self, now: Timestamp, lag: Lag, fits: impl Fn(&D) -> bool) {
        for record in self.by_id.values_mut() {
            if record.details.current().is_some_and(&fits) {
                record.details.set(now, lag, None);
                self.changes += 1;
            }
        }
        self.by_id.retain(|_, record| !record.details.is_over(now, lag));
    }

    /// Forgets all that an organization has.
    pub(super) fn forget(&mut self, organization: OrganizationId) {
        self.by_id.retain(|_, record| record.organization != organization);
    }
}

impl<D: Clone + PartialEq> Collection<D> {
    /// Changes one. False: there is none. A change that changes nothing is no change.
    pub(super) fn change(&mut self, now: Timestamp, lag: Lag, id: &str, change: impl FnOnce(&mut D)) -> bool {
        let Some(record) = self.by_id.get_mut(id) else {
            return false;
        };
        let Some(before) = record.details.current() else {
            return false;
        };
        let mut after = before.clone();
        change(&mut after);
        if after != *before {
            record.details.set(now, lag, Some(after));
            self.changes += 1;
        }
        true
    }

    /// Changes every one that lives; those that the change leaves alone keep their history.
    pub(super) fn change_all(&mut self, now: Timestamp, lag: Lag, mut change: impl FnMut(&mut D)) {
        for record in self.by_id.values_mut() {
            let Some(before) = record.details.current() else {
                continue;
            };
            let mut after = before.clone();
            change(&mut after);
            if after != *before {
                record.details.set(now, lag, Some(after));
                self.changes += 1;
            }
        }
    }
}
