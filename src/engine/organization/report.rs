//! What was found is stored, once, and only if it differs.

use crate::api::budget::LearnedLimit;
use crate::api::managed::Managed;
use crate::api::status::CommonStatus;
use crate::engine::base::checkpoint::{self, Step};
use crate::engine::base::health::Findings;
use crate::engine::base::ports::ClusterError;
use crate::engine::decide::unwritten::unwritten;
use crate::engine::external::budget::Scope;
use crate::engine::organization::OrganizationReconciler;
use crate::engine::organization::managed::{Organization, Standing};
use crate::engine::provider::vendor::Vendor;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::{Precondition, reference, status_of};
use crate::engine::runtime::work::{self, Work};
use serde_json::Value;
use std::cell::Cell;

/// Stores what was found, and what has to be stored before.
pub(super) struct Reporter<'a, V: Vendor>(pub(super) &'a OrganizationReconciler<V>);

impl<V: Vendor> Reporter<'_, V> {
    /// Step six: writes what was found, once, and only if it differs.
    /// What was `written` of it at the vendor is told whatever was written to the object meanwhile.
    pub(super) async fn report(
        &self,
        work: &mut Work<V::Root>,
        findings: &Findings,
        next: Next,
        written: bool,
    ) -> Next {
        if findings.settles() {
            work.heard.only(&mut work.status.asked);
        }
        let precondition = if written { Precondition::SameObject } else { Precondition::Unchanged };
        let lost = Cell::new(false);
        let store = async |work: &mut Work<V::Root>| {
            let stored = self.store(work, precondition).await;
            lost.set(stored.is_err());
            stored?;
            written.then_some(Step::UpdateStored).into_iter().for_each(checkpoint::reached);
            Ok(())
        };
        let policy = work.object.common_spec().management_policy;
        let unwritten = unwritten(self.0.context.fence.is_read_only(), policy, None);
        let draft = |work: &Work<V::Root>| self.draft(work);
        let next = self.0.commit().report(work, findings.clone(), unwritten, next, draft, store).await;
        self.0.memories.of(work.object.as_ref(), |memory| memory.looks.end(!lost.get()));
        next
    }

    /// Stores the draft status.
    pub(super) async fn store(
        &self,
        work: &mut Work<V::Root>,
        precondition: Precondition,
    ) -> Result<(), ClusterError> {
        let status = self.draft(work);
        work.object = self.0.commit().store(&work.object, &status, precondition).await?.object;
        Ok(())
    }

    /// The draft status, with what the session found out.
    pub(super) fn draft(&self, work: &Work<V::Root>) -> Value {
        let standing = self.0.organizations.standing(&reference(work.object.as_ref()));
        let mut noted = V::Root::clone(&work.object);
        if let Some(Standing::Ready(organization)) = standing {
            self.0.vendor.note(&mut noted, &organization.session);
            if let Some(sweep) = organization.sweep.get() {
                self.0.vendor.note_sweep(&mut noted, sweep);
            }
            self.note_tally(&mut noted, &organization);
        }
        // What the session found out stands beside what every kind has.
        let mut status = status_of(&noted);
        let common = serde_json::to_value(&work.status).unwrap_or_default();
        if let (Value::Object(status), Value::Object(common)) = (&mut status, common) {
            status.retain(|member, _| !CommonStatus::MEMBERS.contains(&member.as_str()));
            status.extend(common);
        }
        status
    }

    /// Sets our finalizer. Who only reads has nothing to do at the end.
    pub(super) async fn hold(&self, work: &mut Work<V::Root>) -> Result<(), ClusterError> {
        if work::finalized(work.object.as_ref()) || self.0.context.fence.is_read_only() {
            return Ok(());
        }
        work.object = self.0.commit().hold(&work.object).await?.object;
        Ok(())
    }

    /// Writes into the object's status what was counted, and how many calls may be made.
    pub(super) fn note_tally(&self, root: &mut V::Root, organization: &Organization<V>) {
        self.0.vendor.note_counts(root, &organization.counts.borrow());
        let scope = organization.payer.scope();
        if matches!(scope, Scope::Stranger { .. }) {
            // What a token is told that is not the organization's any more says nothing of it.
            return;
        }
        let learned = self.0.context.budget.learned(&scope);
        let learned = learned.into_iter().map(|(method, route, limit)| LearnedLimit {
            operation: format!("{method} {route}"),
            per_minute: i64::try_from(limit).unwrap_or(i64::MAX),
        });
        let ceiling = self.0.vendor.connection(root).requests_per_minute;
        self.0.vendor.note_budget(root, ceiling, learned.collect());
    }

    /// Stores the outcome of a create: nothing else could tell it. It is owed from here on, and tried again from
    /// the queue until it is stored.
    pub(super) async fn store_surely(&self, work: &mut Work<V::Root>, id: &str) -> Result<(), ClusterError> {
        let outcome = self.store(work, Precondition::SameObject).await;
        if let Err(error) = &outcome {
            let object = reference(work.object.as_ref());
            tracing::warn!(%object, id, %error, "the outcome of a create is not stored yet");
        }
        outcome
    }
}
