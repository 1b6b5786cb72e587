//! What a manifest asks of a user, beside what the vendor shows.

use super::paths::{ACCOUNTS, POLICIES, ROLE, USER_GROUPS};
use super::shown::{Detail, Observed};
use super::wish::{Desired, Who};
use crate::api::spot::{AccountRole, Role};
use crate::engine::decide::plan::{Change, Field, Seen, Text, entry};
use crate::vendors::spot::access::grants::{self, Grants, Place};
use crate::vendors::spot::access::model;
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::session::{Policies, SpotSession};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn of(
    session: &SpotSession,
    desired: &Desired,
    live: &Observed,
    applied: &BTreeMap<String, String>,
) -> Vec<Field> {
    let (mut fields, mut there) = (Vec::new(), BTreeSet::new());
    if session.supports(Capability::UserPermissions) {
        if let Some(accounts) = &desired.accounts {
            let accounts = Text::Plain(listed(accounts));
            fields.push(Field::new(ACCOUNTS, accounts, Seen::Unreadable).of(ACCOUNTS));
        }
    } else if let (Some(detail), Some(policies)) = (&live.detail, &desired.catalogue) {
        fields.extend(access(desired, detail, policies, applied));
        there = self::there(detail, policies);
    }
    let lists = desired.lists.fields(fields, &there, applied);
    identity(session, desired, live).into_iter().chain(lists).collect()
}

/// Who the user is: most of it only a create can write.
fn identity(session: &SpotSession, desired: &Desired, live: &Observed) -> Vec<Field> {
    let plain = |text: &str| Text::Plain(text.to_owned());
    let mut fields = Vec::new();
    match &desired.who {
        Who::Person { email, first_name, last_name, role, .. } => {
            let seen = Seen::Value(plain(&live.key));
            fields.push(Field::fixed("human.email", plain(&email.to_lowercase()), seen));
            for (path, name) in [("human.firstName", first_name), ("human.lastName", last_name)] {
                if let Some(name) = name {
                    fields.push(Field::fixed(path, plain(name), Seen::Unreadable));
                }
            }
            if let Some(role) = role {
                let role = Text::Plain(role.name().to_owned());
                fields.push(if session.supports(Capability::UserPermissions) {
                    Field::new(ROLE, role, Seen::Unreadable)
                } else {
                    Field::fixed(ROLE, role, Seen::Unreadable)
                });
            }
        }
        Who::Machine { name, description } => {
            fields.push(Field::fixed("programmatic.name", plain(name), Seen::Value(plain(&live.key))));
            if let Some(description) = description {
                // The vendor may leave it out (spot-wire §11).
                let shown = live.detail.as_ref().and_then(|detail| detail.user.description.as_deref());
                let seen = shown.map_or(Seen::Unreadable, |shown| Seen::Value(plain(shown)));
                fields.push(Field::fixed("programmatic.description", plain(description), seen));
            }
        }
    }
    fields
}

pub(super) fn access(
    desired: &Desired,
    detail: &Detail,
    policies: &Policies,
    applied: &BTreeMap<String, String>,
) -> Vec<Field> {
    let mut fields = Vec::new();
    if let Some(accounts) = &desired.accounts {
        let asked = accounts.iter().map(|(id, role)| (id.clone(), role.name().to_owned())).collect();
        let seen = match &desired.who {
            Who::Person { .. } => person_roles(desired, detail),
            Who::Machine { .. } => machine_roles(&role_grants(desired, detail, policies), policies),
        };
        fields.extend(grants::fields(ACCOUNTS, &asked, &seen, desired.exclusive, applied));
    }
    if let Some(asked) = &desired.policies {
        let seen = grants::granted(&shown(desired, detail, policies));
        let asked = grants::granted(asked);
        fields.extend(grants::fields(POLICIES, &asked, &seen, desired.exclusive, applied));
    }
    if let Some(groups) = &desired.groups {
        let seen: BTreeSet<String> =
            groups_of(detail).into_iter().filter(|id| !desired.owned_groups.contains(id)).collect();
        let (asked, seen) = (grants::granted(groups), grants::granted(&seen));
        fields.extend(grants::fields(USER_GROUPS, &asked, &seen, desired.exclusive, applied));
    }
    fields
}

/// The paths of all that the vendor shows.
fn there(detail: &Detail, policies: &Policies) -> BTreeSet<String> {
    let live = grants::shown(&detail.user.policies);
    let by_policy = machine_roles(&live, policies);
    let roles = detail.roles.keys().chain(by_policy.keys()).map(|id| entry(ACCOUNTS, id));
    let grants = live.iter().map(|grant| entry(POLICIES, grant));
    roles.chain(grants).chain(groups_of(detail).iter().map(|id| entry(USER_GROUPS, id))).collect()
}

pub(super) fn groups_of(detail: &Detail) -> BTreeSet<String> {
    detail.user.groups.iter().map(|group| group.id.clone()).collect()
}

/// What is granted on purpose.
pub(super) fn shown(desired: &Desired, detail: &Detail, policies: &Policies) -> Grants {
    let live = grants::shown(&detail.user.policies);
    let asked = asked(desired, policies);
    grants::explicit(&live, &asked, policies.viewer(), &desired.by_default)
}

/// What is granted on purpose, for roles: beside an Editor who is only asked for, a Viewer is one.
fn role_grants(desired: &Desired, detail: &Detail, policies: &Policies) -> Grants {
    let live = grants::shown(&detail.user.policies);
    let asked =
        asked(desired, policies).into_iter().filter(|grant| grant.policy == policies.viewer()).collect();
    grants::explicit(&live, &asked, policies.viewer(), &desired.by_default)
}

/// The grants that are asked for, roles of a machine user included.
pub(super) fn asked(desired: &Desired, policies: &Policies) -> Grants {
    match &desired.who {
        Who::Person { .. } => desired.policies.clone().unwrap_or_default(),
        Who::Machine { .. } => {
            let mut asked = desired.role_grants(policies);
            asked.extend(desired.policies.iter().flatten().cloned());
            asked
        }
    }
}

/// A person's roles. Where access goes by policies, an account shows no role; and whoever is created as
/// Viewer is linked to the oldest account.
fn person_roles(desired: &Desired, detail: &Detail) -> BTreeMap<String, String> {
    let asked = desired.accounts.as_ref();
    let by_default = |id: &String, role: &model::AccountRole| {
        *role == model::AccountRole::Viewer
            && desired.by_default.iter().any(|grant| grant.place == Place::Account(id.clone()))
            && asked.is_none_or(|asked| !asked.contains_key(id))
    };
    let roles = detail.roles.iter().filter(|(id, role)| !by_default(id, role));
    roles.map(|(id, role)| (id.clone(), word(role))).filter(|(_, role)| !role.is_empty()).collect()
}

/// A machine user's roles, from the mappings to the vendor's own policies for them.
fn machine_roles(shown: &Grants, policies: &Policies) -> BTreeMap<String, String> {
    let mut roles = BTreeMap::new();
    for (policy, role) in
        [(Some(policies.viewer()), AccountRole::Viewer), (policies.editor(), AccountRole::Editor)]
    {
        for grant in shown.iter().filter(|grant| Some(grant.policy.as_str()) == policy) {
            let account = match &grant.place {
                Place::Account(account) => account.clone(),
                Place::All => "*".to_owned(),
                Place::Organization => continue,
            };
            roles.insert(account, role.name().to_owned());
        }
    }
    roles
}

fn word(role: &model::AccountRole) -> String {
    match role {
        model::AccountRole::Viewer => AccountRole::Viewer.name().to_owned(),
        model::AccountRole::Editor => AccountRole::Editor.name().to_owned(),
        model::AccountRole::Other(word) => word.clone(),
    }
}

/// One form for each set of roles.
fn listed(accounts: &BTreeMap<String, AccountRole>) -> String {
    accounts.iter().map(|(id, role)| format!("{id}={}", role.name())).collect::<Vec<_>>().join(",")
}

/// Whether a change takes something away, or may do so.
pub(super) fn takes_away(change: &Change) -> bool {
    match change.path.as_str() {
        // What was there is not shown.
        ROLE => change.replaces && change.desired.as_deref() != Some(Role::Admin.name()),
        ACCOUNTS => change.replaces,
        path if path.starts_with("human.") || path.starts_with("programmatic.") => false,
        _ => grants::takes_away(change),
    }
}
