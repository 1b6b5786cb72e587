//! What lists do not show, of a whole organization: the audit log is followed, and a few details are
//! read in turn, once a resync (rule 6); and how much there is of it. Nothing here stands in the way of anybody: what fails is left
//! for the next resync.

use crate::engine::base::error::Failure;
use crate::engine::base::ports::Tick;
use crate::engine::decide::count::Tallied;
use crate::engine::decide::details;
use crate::engine::decide::details::Sweep;
use crate::engine::external::budget::Share;
use crate::engine::organization::OrganizationReconciler;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::vendor::{Connection, Vendor};
use std::rc::Rc;
use std::time::Duration;

/// Reads what lists do not show, and counts.
pub(super) struct Sweeps<'a, V: Vendor>(pub(super) &'a OrganizationReconciler<V>);

impl<V: Vendor> Sweeps<'_, V> {
    /// Asks the audit log what somebody else changed since it was asked last, unless that was at `fresh` or later.
    pub(super) async fn follow(
        &self,
        organization: &Rc<Organization<V>>,
        connection: &Connection,
        fresh: Tick,
    ) {
        if organization.followed.get().is_some_and(|followed| followed >= fresh) {
            return;
        }
        organization.followed.set(Some(self.0.context.now()));
        let now = self.0.context.clock.wall();
        let (from, to) = {
            let audit = organization.audit.borrow();
            let from = audit.from(now, connection.resync);
            (from, audit.to(from, now, connection.resync))
        };
        let answer = self.0.vendor.audit(&organization.session, from, to).await;
        let controllers = self.0.organizations.controllers();
        let mut audit = organization.audit.borrow_mut();
        let entries = match answer {
            Ok(Some(entries)) => entries,
            Ok(None) => return audit.absent(now),
            Err(error) => match error.failure {
                Failure::Forbidden
                | Failure::NotFound
                | Failure::NotSupported
                | Failure::Refused
                | Failure::Unreadable => return audit.refuse(error.message, now),
                // Lists tell what is wrong.
                Failure::Deferred { .. }
                | Failure::Throttled { .. }
                | Failure::Unsendable
                | Failure::Fenced
                | Failure::Unauthorized
                | Failure::WrongOrganization
                | Failure::Unreachable => return audit.failed(now),
            },
        };
        entries.iter().flat_map(|entry| &entry.ids).for_each(|id| organization.searched.changed(id));
        let root = &organization.root;
        let own = self.0.organizations.registration.own_fields().is_some();
        let held =
            |id: &str| own && id == organization.id || controllers.iter().any(|kind| kind.holds(root, id));
        let named = audit.take(entries, to, held);
        drop(audit);
        for id in &named {
            for kind in controllers.iter().filter(|kind| kind.holds(root, id)) {
                kind.named(organization, id);
            }
        }
    }

    /// Reads what no list shows of those objects that were unseen for longest.
    pub(super) async fn sweep(&self, organization: &Rc<Organization<V>>, connection: &Connection) {
        let controllers = self.0.organizations.controllers();
        if controllers.iter().any(|kind| !kind.synced()) {
            // Who is not known yet cannot be counted.
            return;
        }
        let turns: Vec<_> = controllers
            .iter()
            .enumerate()
            .flat_map(|(place, kind)| kind.turns(organization, place))
            .collect();
        // At least half of what a person allows is left to people.
        let budget = self.0.context.settings.sweep_calls.min(connection.requests_per_minute / 2).max(1);
        let rounds = u32::try_from(details::rounds(&turns, budget)).unwrap_or(u32::MAX);
        organization.sweep.set(Some(Sweep {
            objects: turns.len(),
            within: whole_seconds(self.0.context.at_most(connection.resync)).saturating_mul(rounds),
        }));
        let now = self.0.context.now();
        let share = organization
            .swept
            .get()
            .map_or(budget, |last| details::share(budget, now.since(last), connection.resync));
        let widest = turns.iter().map(|turn| turn.calls).max().unwrap_or(0);
        if share < budget.min(widest) {
            return;
        }
        organization.swept.set(Some(now));
        let mut left = share;
        for turn in details::choose(turns, share) {
            let Some(kind) = controllers.get(turn.kind) else { continue };
            // It has a budget of its own within what everybody shares.
            let read = kind.take_turn(organization, &turn.id);
            let outcome = self.0.context.budget.during(Share::Common, read).await;
            if let Err(error) = outcome {
                let object = format!("{} {}", kind.kind(), turn.id);
                tracing::info!(organization = %organization.root, object, %error, "not read in its turn");
                if !is_its_own(&error.failure) {
                    // What was not spent may be when a pause has ended.
                    organization.swept.set(Some(now - connection.resync * left / budget));
                    return;
                }
            }
            left = left.saturating_sub(turn.calls);
        }
    }

    /// Counts what there is of each kind. Nothing here stands in the way of anybody: what fails is left for
    /// the next resync.
    pub(super) async fn tally(&self, organization: &Rc<Organization<V>>, fresh: Tick) {
        let controllers = V::COUNTED.iter().filter_map(|kind| self.0.organizations.controller(*kind));
        let counting = controllers.map(|controller| async move {
            (controller.kind(), controller.tally(organization, fresh).await)
        });
        for (kind, tallied) in futures::future::join_all(counting).await {
            organization.counts.borrow_mut().insert(kind, tallied);
            let count = match tallied {
                Tallied::Counted(count) => Some(count),
                Tallied::Impossible => None,
                Tallied::Unknown => continue,
            };
            self.0.context.tally.vendor_objects(kind, &organization.root, count);
        }
    }
}

/// Whether one object cannot be read, and others may be.
fn is_its_own(failure: &Failure) -> bool {
    matches!(failure, Failure::NotFound | Failure::Refused | Failure::Forbidden | Failure::Unreadable)
}

/// Rounded up.
fn whole_seconds(span: Duration) -> Duration {
    Duration::from_secs(span.as_secs() + u64::from(span.subsec_nanos() > 0))
}
