//! Access policies (spot-wire §2.5, §5). The two contracts say the same in different words:
//! `policyContent.statements` in the live service, `permissions` in the public document.

use super::rows;
use crate::sandbox::spot::call::Call;
use crate::sandbox::spot::contract::Contract;
use crate::sandbox::spot::envelope::Success;
use crate::sandbox::spot::input::Object;
use crate::sandbox::spot::policy::state::POLICY;
use crate::sandbox::spot::refusal::Refusal;
use crate::sandbox::spot::{
    Effect, Permission, PolicyContent, PolicyDetails, PolicyKept, PolicyKind, Statement,
};

const KIND: &str = "spotinst:setup:access:policy";
const WRAPPER: &str = "policy";
const KINDS: &[(&str, PolicyKind)] =
    &[("ACCOUNT", PolicyKind::Account), ("ORGANIZATION", PolicyKind::Organization)];
const EFFECTS: &[(&str, Effect)] = &[("ALLOW", Effect::Allow), ("DENY", Effect::Deny)];

/// The members of a body. `type` is in none of the vendor's pages, but in two of its clients.
fn read(call: &Call<'_>) -> Result<Object, Refusal> {
    let known = match call.contract {
        Contract::Production => &["name", "description", "type", "policyContent"],
        Contract::Published => &["name", "description", "type", "permissions"],
    };
    Object::wrapped(call.contract, call.body, WRAPPER, known)
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let object = read(call)?;
    let name = object.required_plain_text("name")?;
    let description = object.prose("description")?.unwrap_or_default();
    let (kind, content) = match call.contract {
        Contract::Production => (
            object.choice("type", KINDS)?.unwrap_or(PolicyKind::Account),
            read_content(call, &object)?.ok_or_else(|| object.required("policyContent"))?,
        ),
        Contract::Published => (
            PolicyKind::Account,
            read_content(call, &object)?.unwrap_or_else(|| PolicyContent::Permissions(Vec::new())),
        ),
    };
    let details = PolicyDetails { name, description, kind, content, updated_at: call.now };
    let id =
        call.world.policies.create(&mut call.world.register, call.now, call.lag, call.organization, details);
    let (policy, details) = call.policy(&id)?;
    let row = rows::row(call.contract, policy, details);
    call.subjects.push(id);
    Ok(Success::items(KIND, vec![row]))
}

/// All of the organization's. The public document knows no built-in ones.
pub(super) fn list(call: &Call<'_>) -> Success {
    let items = call
        .world
        .policies
        .seen_of(call.list_sight(), call.organization)
        .into_iter()
        .filter(|(_, details)| call.contract == Contract::Production || !details.kind.is_built_in())
        .map(|(policy, details)| match call.contract {
            Contract::Production => rows::listed(policy, details),
            Contract::Published => rows::row(call.contract, policy, details),
        })
        .collect();
    Success::items(KIND, items)
}

/// Those that can be mapped on an account, which has to be named.
pub(super) fn list_of_account(call: &Call<'_>) -> Result<Success, Refusal> {
    call.account(call.required_query("accountId")?)?;
    let items = call
        .world
        .policies
        .seen_of(call.list_sight(), call.organization)
        .into_iter()
        .filter(|(_, details)| details.kind.is_of_accounts())
        .map(|(policy, details)| rows::row(call.contract, policy, details))
        .collect();
    Ok(Success::items(KIND, items))
}

/// Merges the members that are sent; the content is replaced whole. The type stays.
pub(super) fn update(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let (policy, before) = call.policy(call.parameter("policyId"))?;
    let (id, kind) = (policy.id.clone(), before.kind);
    let object = read(call)?;
    let (name, description) = (object.plain_text("name")?, object.prose("description")?);
    let content = read_content(call, &object)?;
    if call.contract == Contract::Production
        && object.choice("type", KINDS)?.is_some_and(|wanted| wanted != kind)
    {
        return Err(object.invalid("type", "cannot be changed"));
    }
    let changed = call.world.policies.change(call.now, call.lag, &id, |details| {
        if let Some(name) = name {
            details.name = name;
        }
        if let Some(description) = description {
            details.description = description;
        }
        if let Some(content) = content {
            details.content = content;
        }
    });
    changed.map_err(|why| kept(why, "CANT_UPDATE_POLICY", &id))?;
    Ok(call.done_to(id))
}

/// Mappings to it go with it: what the live service does is unknown.
pub(super) fn delete(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let id = call.policy(call.parameter("policyId"))?.0.id.clone();
    let deleted = call.world.delete_policy(call.now, call.lag, &id);
    deleted.map_err(|why| kept(why, "CANT_DELETE_POLICY", &id))?;
    Ok(call.done_to(id))
}

fn kept(why: PolicyKept, code: &'static str, id: &str) -> Refusal {
    match why {
        PolicyKept::Missing => Refusal::missing(POLICY, id),
        PolicyKept::BuiltIn => Refusal::conflict(code, format!("Policy: '{id}' is managed by Spot")),
    }
}

fn read_content(call: &Call<'_>, object: &Object) -> Result<Option<PolicyContent>, Refusal> {
    match call.contract {
        Contract::Production => {
            let Some(content) = object.object("policyContent", &["statements"])? else {
                return Ok(None);
            };
            let known = &["effect", "actions", "resources", "condition"];
            let statements = content.required_objects("statements", known)?;
            if statements.is_empty() {
                return Err(content.invalid("statements", "must contain at least 1 items"));
            }
            let statements = statements.iter().map(read_statement).collect::<Result<_, _>>()?;
            Ok(Some(PolicyContent::Statements(statements)))
        }
        Contract::Published => {
            let Some(permissions) = object.objects("permissions", &["serviceId", "actions"])? else {
                return Ok(None);
            };
            let read = |permission: &Object| {
                Ok(Permission {
                    service_id: permission.required_text("serviceId")?,
                    actions: permission.required_texts("actions")?,
                })
            };
            let permissions = permissions.iter().map(read).collect::<Result<_, Refusal>>()?;
            Ok(Some(PolicyContent::Permissions(permissions)))
        }
    }
}

fn read_statement(statement: &Object) -> Result<Statement, Refusal> {
    Ok(Statement {
        effect: statement.choice("effect", EFFECTS)?.ok_or_else(|| statement.required("effect"))?,
        actions: statement.some_texts("actions")?,
        resources: statement.some_texts("resources")?,
        condition: statement.any_object("condition")?,
    })
}
