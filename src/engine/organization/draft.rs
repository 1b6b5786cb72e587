//! The status that a draft of an organization stands for.

use crate::api::budget::LearnedLimit;
use crate::api::status::CommonStatus;
use crate::engine::external::budget::Scope;
use crate::engine::organization::OrganizationReconciler;
use crate::engine::organization::managed::{Organization, Standing};
use crate::engine::provider::vendor::Vendor;
use crate::engine::runtime::objects::{reference, status_of};
use crate::engine::runtime::work::Work;
use serde_json::Value;

/// The draft status, with what the session found out.
pub(super) fn draft<V: Vendor>(reconciler: &OrganizationReconciler<V>, work: &Work<V::Root>) -> Value {
    let standing = reconciler.organizations.standing(&reference(work.object.as_ref()));
    let mut noted = V::Root::clone(&work.object);
    if let Some(Standing::Ready(organization)) = standing {
        reconciler.vendor.note(&mut noted, &organization.session);
        if let Some(sweep) = organization.sweep.get() {
            reconciler.vendor.note_sweep(&mut noted, sweep);
        }
        note_tally(reconciler, &mut noted, &organization);
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

/// Writes into the object's status what was counted, and how many calls may be made.
fn note_tally<V: Vendor>(
    reconciler: &OrganizationReconciler<V>,
    root: &mut V::Root,
    organization: &Organization<V>,
) {
    reconciler.vendor.note_counts(root, &organization.counts.borrow());
    let scope = organization.payer.scope();
    if matches!(scope, Scope::Stranger { .. }) {
        // What a token is told that is not the organization's any more says nothing of it.
        return;
    }
    let learned = reconciler.context.budget.learned(&scope);
    let learned = learned.into_iter().map(|(method, route, limit)| LearnedLimit {
        operation: format!("{method} {route}"),
        per_minute: i64::try_from(limit).unwrap_or(i64::MAX),
    });
    let ceiling = reconciler.vendor.connection(root).requests_per_minute;
    reconciler.vendor.note_budget(root, ceiling, learned.collect());
}
