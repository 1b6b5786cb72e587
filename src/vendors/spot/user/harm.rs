//! Who would be locked out by a write to a user (rule 12).

use super::apply::{grants_after, groups_after};
use super::model::GroupOf;
use super::paths::{ROLE, group_path};
use super::shown::{Detail, Users};
use crate::api::conditions::{self, ConditionType};
use crate::api::managed::Managed;
use crate::api::spot::{Role, SpotUser};
use crate::api::status::Origin;
use crate::engine::base::error::VendorError;
use crate::engine::decide::fingerprint::Match;
use crate::engine::provider::ability::Harm;
use crate::vendors::spot::access::admins::{self, Doubt, Except, OWN, administers, is_administrator};
use crate::vendors::spot::access::grants;
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::session::{Policies, SpotSession};
use kube::Resource as _;
use std::collections::BTreeSet;

/// Why the write must not be made unasked, if it must not.
pub(super) async fn lock_out(
    session: &SpotSession,
    harm: &Harm<'_, Users>,
) -> Result<Option<String>, VendorError> {
    if session.supports(Capability::UserDetails) {
        shown(session, harm).await
    } else {
        Ok(hidden(session, harm))
    }
}

/// Where reads show who is an administrator.
async fn shown(session: &SpotSession, harm: &Harm<'_, Users>) -> Result<Option<String>, VendorError> {
    let Some(detail) = &harm.live.detail else {
        return Ok(Some(format!("what user {} may do was not read", harm.id)));
    };
    if session.is_own(harm.id, Some(&detail.user)) != Some(false) {
        return Ok(Some(format!("user {} is, or may be, {OWN}", harm.id)));
    }
    let policies = session.policies(harm.since).await?;
    if !is_administrator(&detail.user, &policies) || remains(harm, detail, &policies) {
        return Ok(None);
    }
    let users = BTreeSet::from([harm.id.to_owned()]);
    let except = Except { since: harm.since, users: &users, spent: harm.spent, group: None };
    let other = admins::another(session, &policies, &except).await?;
    Ok(other.is_none().then(|| format!("user {} is the last administrator of the organization", harm.id)))
}

/// Whether the user is an administrator also after the write.
pub(super) fn remains(harm: &Harm<'_, Users>, detail: &Detail, policies: &Policies) -> bool {
    let Some(desired) = harm.desired else { return false };
    // What was taken away a moment ago may be shown still.
    let taken = |path: &str| {
        harm.changes.iter().any(|change| change.path == path && change.desired.as_deref() == Some(""))
    };
    let grants = grants_after(desired, detail, policies, harm.changes);
    let mut grants = grants.unwrap_or_else(|| grants::shown(&detail.user.policies));
    grants.retain(|grant| !taken(&grant.path()));
    let kept = groups_after(desired, detail, harm.changes);
    // What a new group lets do is not known here, so it counts for nothing.
    let groups: Vec<&GroupOf> = detail
        .user
        .groups
        .iter()
        .filter(|group| kept.as_ref().is_none_or(|kept| kept.contains(&group.id)))
        .filter(|group| !harm.spent.contains(&group.id) && !taken(&group_path(&group.id)))
        .collect();
    administers(&grants, &groups, &policies.powerless(harm.spent), Doubt::CountsNot)
}

/// Where nothing shows it: what we know of our own writes has to do, and what we do not know counts as yes.
fn hidden(session: &SpotSession, harm: &Harm<'_, Users>) -> Option<String> {
    let status = harm.resource.common_status();
    let adopted = status.origin != Some(Origin::Created);
    let was_admin = match (harm.applied)(ROLE, "Admin") {
        Some(Match::Same | Match::LostKey) => true,
        Some(Match::Other) | None => adopted,
    };
    let suspicious = was_admin || adopted;
    let own = session.is_own(harm.id, None).unwrap_or(suspicious);
    if own {
        return Some(format!(
            "user {} is, or may be, {OWN}; this contract does not show whose it is",
            harm.id
        ));
    }
    let stays = harm.desired.is_some() && asks_for_admin(harm.resource);
    if !suspicious || stays || harm.siblings.iter().any(|other| is_ready_admin(session, other, harm.spent)) {
        return None;
    }
    Some(format!(
        "user {} was, or may have been, an administrator, and no other SpotUser with role Admin is Ready",
        harm.id
    ))
}

fn asks_for_admin(user: &SpotUser) -> bool {
    user.spec.human.as_ref().is_some_and(|human| human.role == Some(Role::Admin))
}

/// An administrator that we wrote as such ourselves, and that nothing was taken from since.
fn is_ready_admin(session: &SpotSession, user: &SpotUser, spent: &BTreeSet<String>) -> bool {
    let status = user.common_status();
    let current = status.observed_generation == user.meta().generation.unwrap_or(0);
    asks_for_admin(user)
        && current
        && user.meta().deletion_timestamp.is_none()
        && conditions::is_true(&status.conditions, ConditionType::Ready)
        && !conditions::is_true(&status.conditions, ConditionType::Unverified)
        && status.id.as_ref().is_some_and(|id| !spent.contains(id) && session.is_own(id, None) != Some(true))
}
