//! What a policy says: in the manifest's form, in the contract's, and as a text that is the same for all
//! that says the same.

use super::model::{Permission, PolicyContent, PolicyEffect, Statement};
use crate::api::spot::{self, Effect};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The most bytes of one condition.
const MAX_CONDITION: usize = 8 * 1024;
/// Everything.
const ALL: &str = "*";

/// What is allowed or denied in what circumstances: what is said of the same is said together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Circumstances {
    effect: PolicyEffect,
    resources: BTreeSet<String>,
    condition: Option<String>,
}

/// The meaning of a policy: order and repetition say nothing, as a denial wins wherever it stands.
type Meaning = BTreeMap<Circumstances, BTreeSet<String>>;

/// What the manifest asks for, in its own form.
///
/// # Errors
/// What a person has to change.
pub(super) fn wished(content: spot::PolicyContent<'_>) -> Result<PolicyContent, String> {
    match content {
        spot::PolicyContent::Statements(statements) => {
            let statements = statements.iter().enumerate();
            let read = statements.map(|(index, statement)| self::statement(index, statement));
            read.collect::<Result<_, _>>().map(PolicyContent::Statements)
        }
        spot::PolicyContent::Permissions(permissions) => {
            let read = |one: &spot::Permission| Permission {
                service_id: one.service_id.clone(),
                actions: one.actions.clone(),
            };
            Ok(PolicyContent::Permissions(permissions.iter().map(read).collect()))
        }
    }
}

fn statement(index: usize, statement: &spot::Statement) -> Result<Statement, String> {
    // One without any operator holds always, as none does.
    let condition = statement.condition.clone().filter(|condition| !condition.is_empty()).map(Value::Object);
    let size = condition.as_ref().map_or(0, |condition| condition.to_string().len());
    if size > MAX_CONDITION {
        return Err(format!(
            "statements[{index}].condition has {size} bytes as JSON, and at most {MAX_CONDITION} are sent: \
             shorten it, or make several statements of it."
        ));
    }
    Ok(Statement {
        effect: match statement.effect {
            Effect::Allow => PolicyEffect::Allow,
            Effect::Deny => PolicyEffect::Deny,
        },
        actions: statement.actions.clone(),
        resources: statement.resources.clone(),
        condition,
    })
}

/// The content as statements, which can say all that permissions can.
pub(super) fn as_statements(content: &PolicyContent) -> Vec<Statement> {
    match content {
        PolicyContent::Statements(statements) => statements.clone(),
        PolicyContent::Permissions(permissions) => {
            let mut services: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
            for one in permissions {
                let actions = one.actions.iter().map(String::as_str);
                services.entry(&one.service_id).or_default().extend(actions);
            }
            let allow = |(service, actions): (&str, BTreeSet<&str>)| Statement {
                effect: PolicyEffect::Allow,
                actions: actions.into_iter().map(|action| format!("{service}:{action}")).collect(),
                resources: vec![ALL.to_owned()],
                condition: None,
            };
            services.into_iter().map(allow).collect()
        }
    }
}

/// The content as permissions.
///
/// # Errors
/// What permissions cannot say.
pub(super) fn as_permissions(content: &PolicyContent) -> Result<Vec<Permission>, String> {
    let statements = match content {
        PolicyContent::Permissions(permissions) => return Ok(permissions.clone()),
        PolicyContent::Statements(statements) => statements,
    };
    let mut services: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (index, statement) in statements.iter().enumerate() {
        let lost = |what: String| Err(format!("statements[{index}] {what}, which permissions cannot say"));
        if statement.effect == PolicyEffect::Deny {
            return lost("denies".into());
        }
        if statement.condition.is_some() {
            return lost("has a condition".into());
        }
        if statement.resources.is_empty() || statement.resources.iter().any(|resource| resource != ALL) {
            return lost("is for other resources than * alone".into());
        }
        for action in &statement.actions {
            match action.split_once(':') {
                Some((service, action)) if !service.contains('*') => {
                    services.entry(service).or_default().insert(action);
                }
                _ => return lost(format!("allows {action}, which is of no definite service")),
            }
        }
    }
    let permission = |(service, actions): (&str, BTreeSet<&str>)| Permission {
        service_id: service.to_owned(),
        actions: actions.into_iter().map(str::to_owned).collect(),
    };
    Ok(services.into_iter().map(permission).collect())
}

/// One text for all that says the same, in whatever form.
pub(super) fn text(content: &PolicyContent) -> String {
    let said = meaning(content).into_iter().map(|(circumstances, actions)| {
        let effect = match circumstances.effect {
            PolicyEffect::Allow => "Allow",
            PolicyEffect::Deny => "Deny",
        };
        let mut said = format!(
            "{{\"effect\":{},\"actions\":{},\"resources\":{}",
            json!(effect),
            json!(actions),
            json!(circumstances.resources)
        );
        if let Some(condition) = circumstances.condition {
            said.push_str(",\"condition\":");
            said.push_str(&condition);
        }
        said + "}"
    });
    format!("[{}]", said.collect::<Vec<_>>().join(","))
}

/// Whether `after` denies something that `before` does not: that takes from whoever has the policy what
/// others may allow.
pub(super) fn denies_more(before: Option<&PolicyContent>, after: &PolicyContent) -> bool {
    let before = before.map(meaning).unwrap_or_default();
    meaning(after).iter().any(|(circumstances, actions)| {
        circumstances.effect == PolicyEffect::Deny
            && before.get(circumstances).is_none_or(|known| !known.is_superset(actions))
    })
}

fn meaning(content: &PolicyContent) -> Meaning {
    let mut meaning = Meaning::new();
    for statement in as_statements(content) {
        // To nothing, nothing is allowed or denied.
        if statement.actions.is_empty() {
            continue;
        }
        let condition = statement.condition.as_ref().map(ordered);
        let circumstances = Circumstances {
            effect: statement.effect,
            resources: statement.resources.into_iter().collect(),
            condition: condition.filter(|condition| *condition != json!({})).map(|it| it.to_string()),
        };
        meaning.entry(circumstances).or_default().extend(statement.actions);
    }
    meaning
}

/// The value with the members of objects in order, whatever order a build of the JSON library keeps.
fn ordered(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<&String, Value> =
                members.iter().map(|(name, value)| (name, ordered(value))).collect();
            Value::Object(
                members.into_iter().map(|(name, value)| (name.clone(), value)).collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => items.iter().map(ordered).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
