//! Creating a user, and writing what differs.

use super::calls::UserCalls;
use super::fields;
use super::model::{
    GroupOf, MachineGrants, NewMachine, NewPerson, PersonRole, UserDetail, UserKind, UserRow,
};
use super::paths::{ACCOUNTS, POLICIES, ROLE, USER_GROUPS};
use super::shown::{Detail, Observed};
use super::wish::{Desired, Who, role_grant};
use crate::api::spot::{AccountRole, Role};
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::decide::plan::{Change, entry_of};
use crate::engine::provider::vendor::Created;
use crate::vendors::spot::access::grants::{self, Grants, Place};
use crate::vendors::spot::access::model;
use crate::vendors::spot::client::calls::Calls;
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::session::{Policies, SpotSession};
use std::collections::BTreeMap;

pub(super) async fn create(session: &SpotSession, desired: &Desired) -> Result<Created, VendorError> {
    match &desired.who {
        Who::Person { email, first_name, last_name, role, password } => {
            let (Some(first_name), Some(last_name), Some(role)) = (first_name, last_name, role) else {
                return Err(incomplete());
            };
            let person = NewPerson {
                email: email.clone(),
                first_name: first_name.clone(),
                last_name: last_name.clone(),
                role: person_role(*role),
                password: password.clone(),
            };
            UserCalls(&session.client).create_person(&person).await
        }
        Who::Machine { name, description } => {
            let grants = match (&desired.policies, &desired.catalogue) {
                (Some(asked), Some(policies)) if !asked.is_empty() => {
                    let whole = grants::whole(asked, &Grants::new(), policies.viewer(), &desired.by_default);
                    MachineGrants::Policies(grants::mappings(&whole))
                }
                _ => MachineGrants::Accounts(roles(desired)),
            };
            let machine = NewMachine { name: name.clone(), description: description.clone(), grants };
            UserCalls(&session.client).create_machine(&machine).await
        }
    }
}

/// [`super::wish::missing_for_create`] stands before it.
fn incomplete() -> VendorError {
    VendorError::without_effect(Failure::Refused, "a person cannot be created without names and role")
}

fn person_role(role: Role) -> PersonRole {
    match role {
        Role::Viewer => PersonRole::Viewer,
        Role::Editor => PersonRole::Editor,
        Role::Admin => PersonRole::Admin,
    }
}

fn account_role(role: AccountRole) -> model::AccountRole {
    match role {
        AccountRole::Viewer => model::AccountRole::Viewer,
        AccountRole::Editor => model::AccountRole::Editor,
    }
}

fn roles(desired: &Desired) -> Vec<(String, model::AccountRole)> {
    // What is gone is not there to be given.
    let there = desired.accounts.iter().flatten().filter(|(id, _)| !desired.lists.gone.contains(*id));
    there.map(|(id, role)| (id.clone(), account_role(*role))).collect()
}

pub(super) fn create_carries(session: &SpotSession, desired: &Desired, path: &str) -> bool {
    session.supports(Capability::UserPermissions)
        && match &desired.who {
            Who::Person { .. } => path == ROLE,
            Who::Machine { .. } => path == ACCOUNTS,
        }
}

pub(super) fn created(desired: &Desired, id: &str) -> Observed {
    let (kind, username, email) = match &desired.who {
        Who::Person { email, .. } => (UserKind::Person, email.clone(), Some(email.clone())),
        Who::Machine { name, .. } => (UserKind::Machine, name.clone(), None),
    };
    let granted = match (&desired.who, &desired.catalogue) {
        (Who::Machine { .. }, Some(policies)) => grants::whole(
            &fields::asked(desired, policies),
            &Grants::new(),
            policies.viewer(),
            &desired.by_default,
        ),
        _ => Grants::new(),
    };
    let user = UserDetail {
        id: id.to_owned(),
        kind: Some(kind),
        username: username.clone(),
        email: email.clone(),
        organization_id: None,
        description: None,
        groups: Vec::<GroupOf>::new(),
        policies: grants::mappings(&granted),
        tokens: Vec::new(),
    };
    let row = UserRow {
        id: id.to_owned(),
        kind: Some(kind),
        username,
        email,
        organization_id: None,
        group_names: Vec::new(),
    };
    Observed { detail: Some(Detail { user, roles: BTreeMap::new() }), ..Observed::new(row) }
}

pub(super) async fn update(
    session: &SpotSession,
    id: &str,
    desired: &Desired,
    live: &Observed,
    changes: &[Change],
) -> Result<(), VendorError> {
    if session.supports(Capability::UserPermissions) {
        // What is there as a whole, but nothing that is only assumed.
        let sent = |path| desired.written.contains(path) || changes.iter().any(|change| change.path == path);
        let role = match &desired.who {
            Who::Person { role, .. } => role.map(person_role).filter(|_| sent(ROLE)),
            Who::Machine { .. } => None,
        };
        let accounts = desired.accounts.as_ref().map(|_| roles(desired)).filter(|_| sent(ACCOUNTS));
        return UserCalls(&session.client).set_published_permissions(id, role, accounts.as_deref()).await;
    }
    let (Some(detail), Some(policies)) = (&live.detail, &desired.catalogue) else {
        return Err(VendorError::without_effect(Failure::Unreadable, "the user's details were not read"));
    };
    let mut calls = Calls::default();
    // The address at the vendor: the one in the manifest may be somebody else's.
    if let (Who::Person { .. }, Some(email)) = (&desired.who, &live.row.email) {
        person_accounts(session, email, desired, changes, &mut calls).await?;
    }
    if let Some(grants) = grants_after(desired, detail, policies, changes) {
        calls.made(UserCalls(&session.client).set_policies(id, &grants::mappings(&grants)).await)?;
    }
    if let Some(groups) = groups_after(desired, detail, changes) {
        calls.made(UserCalls(&session.client).set_groups(id, &groups).await)?;
    }
    Ok(())
}

/// One call for each account: what is given first, then what is taken away.
async fn person_accounts(
    session: &SpotSession,
    email: &str,
    desired: &Desired,
    changes: &[Change],
    calls: &mut Calls,
) -> Result<(), VendorError> {
    let due = changes.iter().filter(|change| !change.repeated);
    let mut concerned: Vec<(&Change, &str)> =
        due.filter_map(|change| Some((change, entry_of(ACCOUNTS, &change.path)?))).collect();
    concerned.sort_by_key(|(change, _)| grants::takes_away(change));
    let users = UserCalls(&session.client);
    for (change, account) in concerned {
        let asked = desired.accounts.as_ref().and_then(|accounts| accounts.get(account));
        let there = change.actual.as_deref().is_some_and(|actual| !actual.is_empty());
        calls.made(match asked.map(|role| account_role(*role)) {
            None => users.detach_account_role(account, email).await,
            Some(role) if there => users.change_account_role(account, email, &role).await,
            Some(role) => users.attach_account_role(account, email, &role).await,
        })?;
    }
    Ok(())
}

/// The whole list of mappings once the changes are made; `None` where none concerns it.
pub(super) fn grants_after(
    desired: &Desired,
    detail: &Detail,
    policies: &Policies,
    changes: &[Change],
) -> Option<Grants> {
    let machine = matches!(desired.who, Who::Machine { .. });
    if !(grants::concern(changes, POLICIES) || machine && grants::concern(changes, ACCOUNTS)) {
        return None;
    }
    let live = grants::shown(&detail.user.policies);
    let mut after = fields::shown(desired, detail, policies);
    if let Some(asked) = &desired.policies {
        after = grants::changed(POLICIES, &after, asked, changes);
    }
    if machine {
        for account in changes.iter().filter_map(|change| entry_of(ACCOUNTS, &change.path)) {
            let place = if account == "*" { Place::All } else { Place::Account(account.to_owned()) };
            let role = [Some(policies.viewer()), policies.editor()];
            after.retain(|grant| grant.place != place || !role.contains(&Some(grant.policy.as_str())));
            let asked = desired.accounts.as_ref().and_then(|accounts| accounts.get(account));
            after.extend(asked.and_then(|role| role_grant(policies, account, *role)));
        }
    }
    Some(grants::whole(&after, &live, policies.viewer(), &desired.by_default))
}

/// The whole list of groups once the changes are made; `None` where none concerns it.
pub(super) fn groups_after(desired: &Desired, detail: &Detail, changes: &[Change]) -> Option<Vec<String>> {
    if !grants::concern(changes, USER_GROUPS) {
        return None;
    }
    let asked = desired.groups.clone().unwrap_or_default();
    let after = grants::changed(USER_GROUPS, &fields::groups_of(detail), &asked, changes);
    Some(after.into_iter().collect())
}
