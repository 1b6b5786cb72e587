//! Who has a policy, as far as reads show it.

use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::ports::Tick;
use crate::engine::provider::ability::Bystanders;
use crate::vendors::spot::access::model::PolicyMapping;
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::group::calls::GroupCalls;
use crate::vendors::spot::session::SpotSession;
use crate::vendors::spot::user::calls::UserCalls;
use crate::vendors::spot::user::model::UserDetail;
use std::collections::BTreeSet;

/// How many users and groups are read to tell who loses a policy.
const MAX_READS: usize = 100;

/// Whether one of the mappings is of the policy.
pub(super) fn has(mappings: &[PolicyMapping], id: &str) -> bool {
    mappings.iter().any(|mapping| mapping.policy_id == id)
}

/// Whether the user has the policy, by itself or by a group. Of a group's policies the names are shown.
pub(super) fn user_has(user: &UserDetail, id: &str, name: &str) -> bool {
    let groups = user.groups.iter();
    has(&user.policies, id) || groups.flat_map(|group| &group.policy_names).any(|one| one == name)
}

/// The groups and users, besides those that are `ours`, that have the policy.
pub(super) async fn others(
    session: &SpotSession,
    id: &str,
    ours: &BTreeSet<String>,
) -> Result<Bystanders, VendorError> {
    let mut found = Bystanders::default();
    if !session.supports(Capability::UserMappings) {
        // Nobody can be given one.
        return Ok(found);
    }
    let known = session.policies_so_far().await?;
    let name = known.get(id).map(|policy| policy.name.clone());
    let groups = session
        .groups
        .read("", (Tick::default(), session.now()), GroupCalls(&session.client).list())
        .await?
        .into_iter();
    // A list of groups tells the names of their policies (spot-wire §11).
    let may_have = |names: &[String]| name.as_ref().is_none_or(|name| names.contains(name));
    let groups = groups.filter(|row| may_have(&row.policy_names)).map(|row| (row.id, true));
    let users = UserCalls(&session.client).list(session.client.organization());
    let users = session.users.read("", (Tick::default(), session.now()), users).await;
    session.groups.ended("", &users);
    session.users.ended("", &users);
    let users = users?;
    let users = users.into_iter().map(|row| (row.id, false));
    for (reads, (holder, is_group)) in groups.chain(users).filter(|(id, _)| !ours.contains(id)).enumerate() {
        if reads >= MAX_READS || found.unread > 0 {
            found.unread += 1;
            continue;
        }
        let mappings = if is_group {
            GroupCalls(&session.client).get(&holder).await.map(|group| group.policies)
        } else {
            UserCalls(&session.client).get(&holder).await.map(|user| user.policies)
        };
        match mappings {
            Ok(mappings) if has(&mappings, id) => found.ids.push(holder),
            Ok(_) => {}
            Err(error) if error.failure == Failure::NotFound => {}
            // To tell it is not worth to wait: whoever cannot be read would hold up the deletion.
            Err(_) => found.unread += 1,
        }
    }
    Ok(found)
}
