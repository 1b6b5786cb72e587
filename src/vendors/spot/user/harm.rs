//! What a write to a user strips whom of (rule 12).

use super::apply::{grants_after, groups_after};
use super::model::{GroupOf, UserDetail};
use super::paths::{POLICIES, ROLE, USER_GROUPS};
use super::shown::{Detail, Users};
use crate::api::spot::{Role, SpotUser};
use crate::engine::base::error::VendorError;
use crate::engine::decide::lock_out::Stake;
use crate::engine::decide::plan::entry;
use crate::engine::provider::harm::{Harm, Shown, Stripped, Unshown, Whom};
use crate::vendors::spot::access::admins::{Doubt, administers, bystander, is_administrator};
use crate::vendors::spot::access::grants;
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::session::{Policies, SpotSession};
use std::rc::Rc;

/// What the write strips whom of.
pub(super) async fn strips<'a>(
    session: &'a SpotSession,
    harm: &'a Harm<'a, Users>,
) -> Result<Stripped<'a, Users>, VendorError> {
    if !session.supports(Capability::UserDetails) {
        return Ok(Stripped::Unshown(unshown(session)));
    }
    let Some(detail) = &harm.live.detail else {
        return Ok(Stripped::Unread(format!("what user {} may do", harm.id)));
    };
    let ours = session.is_own(harm.id, Some(&detail.user));
    let own = Stake { ours, loses: true, administers: false, remains: false };
    if ours != Some(false) {
        // What else it has at stake is not read.
        let stake = Box::new(move |_: &Rc<UserDetail>| own);
        return Ok(Stripped::Shown(Shown { whom: Whom::Itself(own), stake, others: false }));
    }
    let policies = session.policies(harm.since).await?;
    let (administers, remains) =
        (is_administrator(&detail.user, &policies), remains(harm, detail, &policies));
    Ok(Stripped::Shown(Shown {
        whom: Whom::Itself(Stake { administers, remains, ..own }),
        others: policies.make_administrators(),
        stake: Box::new(move |user: &Rc<UserDetail>| bystander(session, user, &policies, None, harm.spent)),
    }))
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
    grants.retain(|grant| !taken(&entry(POLICIES, grant)));
    let kept = groups_after(desired, detail, harm.changes);
    // What a new group lets do is not known here, so it counts for nothing.
    let groups: Vec<&GroupOf> = detail
        .user
        .groups
        .iter()
        .filter(|group| kept.as_ref().is_none_or(|kept| kept.contains(&group.id)))
        .filter(|group| !harm.spent.contains(&group.id) && !taken(&entry(USER_GROUPS, &group.id)))
        .collect();
    administers(&grants, &groups, &policies.powerless(harm.spent), Doubt::CountsNot)
}

/// Where nothing shows it, what is known of our own writes has to do.
fn unshown(session: &SpotSession) -> Unshown<'_, SpotUser> {
    Unshown {
        ours: Box::new(|id| session.is_own(id, None)),
        if_not_ours: "as this contract does not show whose it is; set spec.connection.tokenUser of the organization if it \
                      is another's",
        by: (ROLE, Role::Admin.name()),
        asks: |user| user.spec.human.as_ref().is_some_and(|human| human.role == Some(Role::Admin)),
        declared: "with role Admin",
    }
}
