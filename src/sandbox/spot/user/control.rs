//! Users in the console.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sandbox::core::Request;
use crate::sandbox::core::control::{Outcome, conflict, found, missing, wrong};
use crate::sandbox::spot::access::control::{Mapping, grants, mapping_rows};
use crate::sandbox::spot::control::{Action, Nothing, meant, read_action};
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::target::Sandbox;
use crate::sandbox::spot::{ADMIN, AccountRole, User, UserDetails, UserKept, UserKind, World};

/// What is left out stays as it is; `policies` and `groups` are replaced; `accountRoles` are merged,
/// and null takes one away. A new person has an email, a new machine user a name.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct UserChange {
    /// Of a new user: nobody moves.
    organization_id: Option<OrganizationId>,
    email: Option<String>,
    name: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    description: Option<String>,
    mfa: Option<bool>,
    administrator: Option<bool>,
    account_roles: BTreeMap<String, Option<AccountRole>>,
    policies: Option<Vec<Mapping>>,
    groups: Option<BTreeSet<String>>,
}

impl UserChange {
    fn apply(self, details: &mut UserDetails) {
        if let Some(email) = self.email {
            details.username.clone_from(&email);
            details.email = email;
        }
        let texts = [
            (self.name, &mut details.username),
            (self.first_name, &mut details.first_name),
            (self.last_name, &mut details.last_name),
            (self.description, &mut details.description),
        ];
        for (new, old) in texts {
            if let Some(new) = new {
                *old = new;
            }
        }
        if let Some(mfa) = self.mfa {
            details.mfa = mfa;
        }
        if let Some(policies) = self.policies {
            details.grants = grants(policies);
        }
        for (account, role) in self.account_roles {
            details.set_account_role(&account, role);
        }
        match self.administrator {
            Some(true) => details.grants.add(ADMIN, std::iter::empty::<String>()),
            Some(false) => {
                details.grants.0.remove(ADMIN);
            }
            None => {}
        }
        if let Some(groups) = self.groups {
            details.groups = groups;
        }
    }
}

pub(super) fn create(sandbox: &mut Sandbox, now: Timestamp, request: &Request) -> Outcome {
    let action: Action<UserChange> = read_action(request)?;
    let organization = meant(sandbox, action.what.organization_id)?.id;
    let (mut console, change) = action.begin(sandbox, now);
    let mut details = match (&change.email, &change.name) {
        (Some(email), None) => UserDetails::person(email),
        (None, Some(name)) => UserDetails::machine(name),
        _ => {
            return Err(wrong("a person has an email, a machine user a name: give one of them"));
        }
    };
    change.apply(&mut details);
    let id = console.create_user(organization, details);
    Ok(json!({"userId": id, "organizationId": organization}))
}

pub(super) fn change(sandbox: &mut Sandbox, now: Timestamp, id: &str, request: &Request) -> Outcome {
    let action: Action<UserChange> = read_action(request)?;
    if action.what.organization_id.is_some() {
        return Err(wrong("a user cannot move to another organization"));
    }
    let kind = sandbox.world().user(id).map(|(_, details)| details.kind);
    match kind {
        Some(UserKind::Personal) if action.what.name.is_some() => {
            return Err(wrong("name: a person's name is firstName and lastName"));
        }
        Some(UserKind::Programmatic) if action.what.email.is_some() => {
            return Err(wrong("email: a machine user has none"));
        }
        _ => {}
    }
    let (mut console, change) = action.begin(sandbox, now);
    found(console.change_user(id, |details| change.apply(details)), "user")
}

pub(super) fn delete(sandbox: &mut Sandbox, now: Timestamp, id: &str, request: &Request) -> Outcome {
    let (mut console, Nothing {}) = read_action(request)?.begin(sandbox, now);
    match console.delete_user(id) {
        Ok(()) => Ok(json!({})),
        Err(UserKept::Missing) => Err(missing("user")),
        Err(UserKept::OnlyAdministrator) => Err(conflict("the only administrator cannot be deleted")),
    }
}

/// What there is, whatever lists show.
pub(super) fn row(world: &World, user: &User, details: &UserDetails) -> Value {
    let digests: Vec<_> =
        world.tokens().filter(|(_, token)| token.user == user.id).map(|(digest, _)| digest).collect();
    json!({
        "userId": user.id,
        "organizationId": user.organization,
        "kind": details.kind,
        "username": details.username,
        "email": details.email,
        "firstName": details.first_name,
        "lastName": details.last_name,
        "description": details.description,
        "mfa": details.mfa,
        "role": details.role,
        "administrator": world.is_administrator(details),
        "accountRoles": details.account_roles,
        "policies": mapping_rows(&details.grants),
        "groups": details.groups,
        "tokens": digests,
        "createdAt": user.created_at,
    })
}
