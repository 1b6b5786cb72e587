//! From what manifests say of grants to the vendor's ids.

use std::collections::BTreeMap;

use crate::api::spot::{AccountAccess, AccountRef, AccountRole, PolicyGrant, Scope};
use crate::engine::kind::{Inputs, Unresolved, Wait};
use crate::engine::reason::Reason;
use crate::engine::seams::Tick;
use crate::vendors::spot::grants::{Grant, Grants, MAX_GRANTS, Place};
use crate::vendors::spot::model::{Policy, PolicyKind};
use crate::vendors::spot::session::{Policies, SpotSession};

/// The policies, for those who grant some. A name that is not there may be new: then they are read again. Of a
/// policy with an object of its own, the object knows the id.
///
/// # Errors
/// Those of the list.
pub(super) async fn catalogue(session: &SpotSession, grants: &[PolicyGrant]) -> Result<Policies, Unresolved> {
    let mut named = grants.iter().filter(|grant| grant.policy_ref.is_none()).peekable();
    let known = match named.peek() {
        Some(_) => session.policies(Tick::default()).await,
        None => session.policies_so_far().await,
    };
    let known = known.map_err(Unresolved::Vendor)?;
    let recent = session.recent();
    if known.read_at() < recent && named.any(|grant| meant(&known, grant).is_empty()) {
        return session.policies(recent).await.map_err(Unresolved::Vendor);
    }
    Ok(known)
}

/// What a list asks for, as far as the contract can express it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked<T> {
    pub list: T,
    /// The references to what it cannot express.
    pub unsupported: Vec<String>,
}

/// A list, or what it waits for; or what a person has to change.
type Resolved<T> = Result<Result<Asked<T>, Vec<Wait>>, Unresolved>;

/// The references of a list that lead to nothing.
#[derive(Default)]
struct Gaps {
    waits: Vec<Wait>,
    unsupported: Vec<String>,
}

impl Gaps {
    fn note(&mut self, path: String, wait: Wait) {
        if wait.reason == Reason::NotSupportedByContract {
            // It will not be there, and nobody can have it: nothing is lost by what is written without.
            self.unsupported.push(path);
        } else {
            self.waits.push(wait);
        }
    }

    fn beside<T>(self, list: T) -> Result<Asked<T>, Vec<Wait>> {
        let unsupported = self.unsupported;
        if self.waits.is_empty() { Ok(Asked { list, unsupported }) } else { Err(self.waits) }
    }
}

fn meant<'a>(policies: &'a Policies, grant: &PolicyGrant) -> Vec<&'a Policy> {
    match (&grant.policy_id, &grant.policy_name) {
        (Some(id), _) => policies.get(id).into_iter().collect(),
        (None, Some(name)) => policies.named(name),
        (None, None) => Vec::new(),
    }
}

/// The grants that are asked for, or what they wait for.
///
/// # Errors
/// What a person has to change.
pub(super) fn grants(asked: &[PolicyGrant], policies: &Policies, inputs: &Inputs<'_>) -> Resolved<Grants> {
    let (mut grants, mut gaps) = (Grants::new(), Gaps::default());
    for grant in asked {
        let path = format!("policies[{}]", called(grant));
        let policy = match policy(grant, policies, inputs) {
            Ok(policy) => policy,
            Err(wait) => {
                gaps.note(path, wait);
                continue;
            }
        };
        let places = match grant.scope() {
            Scope::Organization => vec![Ok(Place::Organization)],
            Scope::AllAccounts => vec![Ok(Place::All)],
            Scope::Accounts(accounts) => {
                accounts.iter().map(|one| account(one, inputs).map(Place::Account)).collect()
            }
        };
        let of_the_organization = policy.kind.is_of_the_organization();
        if of_the_organization != matches!(grant.scope(), Scope::Organization) && policy.kind.is_known() {
            let text = if of_the_organization {
                format!("Policy {} holds in the organization: give it without accounts.", policy.name)
            } else {
                format!(
                    "Policy {} holds in accounts: name them in accounts, or set allAccounts.",
                    policy.name
                )
            };
            return Err(Unresolved::Person(Reason::GrantInvalid, text));
        }
        for place in places {
            match place {
                Ok(place) => {
                    grants.insert(Grant::new(policy.id.clone(), place));
                }
                Err(wait) => gaps.note(path.clone(), wait),
            }
        }
    }
    // Every account includes each.
    let everywhere: Vec<String> =
        grants.iter().filter(|grant| grant.place == Place::All).map(|grant| grant.policy.clone()).collect();
    grants.retain(|grant| grant.place == Place::All || !everywhere.contains(&grant.policy));
    if grants.len() > MAX_GRANTS {
        let text = format!(
            "policies and their accounts are {} grants; at most {MAX_GRANTS} can be kept.",
            grants.len()
        );
        return Err(Unresolved::Person(Reason::GrantInvalid, text));
    }
    Ok(gaps.beside(grants))
}

/// The policy, as the manifest calls it.
fn called(grant: &PolicyGrant) -> &str {
    let object = grant.policy_ref.as_ref().map(|reference| reference.name.as_str());
    object.or(grant.policy_id.as_deref()).or(grant.policy_name.as_deref()).unwrap_or_default()
}

/// What is asked of a policy that is granted.
struct Granted {
    id: String,
    name: String,
    kind: PolicyKind,
}

impl From<&Policy> for Granted {
    fn from(policy: &Policy) -> Self {
        Self { id: policy.id.clone(), name: policy.name.clone(), kind: policy.kind }
    }
}

fn policy(grant: &PolicyGrant, policies: &Policies, inputs: &Inputs<'_>) -> Result<Granted, Wait> {
    if let Some(reference) = &grant.policy_ref {
        let id = inputs.link("AccessPolicy", reference.namespace.as_deref(), &reference.name)?;
        // The list may be older than the policy.
        let unlisted = || Granted { id: id.clone(), name: reference.name.clone(), kind: PolicyKind::Unknown };
        return Ok(policies.get(&id).map_or_else(unlisted, Granted::from));
    }
    let name = called(grant);
    match meant(policies, grant).as_slice() {
        [policy] => Ok(Granted::from(*policy)),
        [] => Err(Wait {
            reason: Reason::DependencyNotReady,
            message: format!("The organization has no policy {name:?}."),
            stalled: false,
        }),
        several => {
            let ids: Vec<&str> = several.iter().map(|policy| policy.id.as_str()).collect();
            Err(Wait {
                reason: Reason::Ambiguous,
                message: format!(
                    "Several policies are named {name:?}: give the policyId ({}).",
                    ids.join(", ")
                ),
                stalled: true,
            })
        }
    }
}

/// The roles on accounts that are asked for, or what they wait for.
///
/// # Errors
/// What a person has to change.
pub(super) fn roles(asked: &[AccountAccess], inputs: &Inputs<'_>) -> Resolved<BTreeMap<String, AccountRole>> {
    let (mut roles, mut gaps) = (BTreeMap::new(), Gaps::default());
    for access in asked {
        match account(&access.account_ref, inputs) {
            Ok(id) => {
                if let Some(other) = roles.insert(id.clone(), access.role)
                    && other != access.role
                {
                    let text = format!("accounts gives two roles on {id}: keep one of them.");
                    return Err(Unresolved::Person(Reason::GrantInvalid, text));
                }
            }
            Err(wait) => {
                let name = access.account_ref.name.as_deref().unwrap_or_default();
                gaps.note(format!("accounts[{name}]"), wait);
            }
        }
    }
    Ok(gaps.beside(roles))
}

fn account(reference: &AccountRef, inputs: &Inputs<'_>) -> Result<String, Wait> {
    match (&reference.id, &reference.name) {
        (Some(id), _) => Ok(id.clone()),
        (None, name) => {
            let name = name.as_deref().unwrap_or_default();
            inputs.link("SpotAccount", reference.namespace.as_deref(), name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::kind::SecretValues;
    use crate::engine::seams::ObjectRef;
    use crate::vendors::spot::model::PolicyKind::{Account, Organization, Unknown};
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    type Outcome = Resolved<Grants>;

    /// What comes of a grant, where the `AccessPolicy` home/one stands for what `object` says.
    fn granted(grant: Value, object: Option<Result<String, Wait>>, policies: &Policies) -> Outcome {
        let asked = [serde_json::from_value(grant).unwrap()];
        let name = ObjectRef { kind: "AccessPolicy", namespace: "home".into(), name: "one".into() };
        let links = object.map(|object| (name, object)).into_iter().collect();
        let (secrets, owned) = (SecretValues::new(), BTreeSet::new());
        let inputs = Inputs {
            secrets: &secrets,
            links: &links,
            namespace: "home",
            at_home: true,
            owned: Some(&owned),
            container: "",
        };
        grants(&asked, policies, &inputs)
    }

    fn is_invalid(kind: PolicyKind, scope: &Value) -> bool {
        let mut grant = scope.clone();
        grant["policyId"] = json!("pol-1");
        match granted(grant, None, &Policies::of([("pol-1", "one", kind)])) {
            Ok(Ok(grants)) => {
                assert_eq!(grants.list.len(), 1);
                false
            }
            Err(Unresolved::Person(Reason::GrantInvalid, _)) => true,
            _ => panic!("neither granted nor refused"),
        }
    }

    #[test]
    fn a_policy_is_refused_where_it_cannot_hold_as_far_as_the_vendor_tells() {
        let organization = json!({});
        let accounts = [json!({"accounts": [{"id": "act-1"}]}), json!({"allAccounts": true})];
        for (kind, in_organization, in_accounts) in
            [(Organization, false, true), (Account, true, false), (Unknown, false, false)]
        {
            assert_eq!(is_invalid(kind, &organization), in_organization, "{kind:?}");
            for scope in &accounts {
                assert_eq!(is_invalid(kind, scope), in_accounts, "{kind:?} {scope}");
            }
        }
    }

    #[test]
    fn a_policy_by_its_object_is_the_one_that_the_object_stands_for() {
        let grant = || json!({"policyRef": {"name": "one"}, "accounts": [{"id": "act-1"}]});
        // Another policy has the object's name at the vendor: names do not count.
        let listed = Policies::of([("pol-1", "first", Account), ("pol-2", "one", Account)]);
        let older = Policies::of([("pol-2", "one", Account)]);
        for policies in [&listed, &older] {
            let Ok(Ok(grants)) = granted(grant(), Some(Ok("pol-1".into())), policies) else {
                panic!("not granted")
            };
            assert_eq!(
                grants.list.into_iter().collect::<Vec<_>>(),
                [Grant::new("pol-1", Place::Account("act-1".into()))]
            );
        }
        let of_the_organization = Policies::of([("pol-1", "first", Organization)]);
        let refused = granted(grant(), Some(Ok("pol-1".into())), &of_the_organization);
        assert!(matches!(refused, Err(Unresolved::Person(Reason::GrantInvalid, _))));
    }

    #[test]
    fn a_policy_whose_object_is_not_ready_is_waited_for() {
        let wait = Wait { reason: Reason::DependencyNotReady, message: "not ready".into(), stalled: false };
        let grant = json!({"policyRef": {"name": "one"}, "accounts": [{"id": "act-1"}]});
        let Ok(Err(waits)) = granted(grant, Some(Err(wait)), &Policies::of([("pol-2", "one", Account)]))
        else {
            panic!("granted")
        };
        assert_eq!((waits.len(), waits[0].message.as_str()), (1, "not ready"));
    }

    #[test]
    fn a_policy_that_the_contract_cannot_express_is_left_out_and_told() {
        let beyond = Wait { reason: Reason::NotSupportedByContract, message: "no".into(), stalled: false };
        let grant = json!({"policyRef": {"name": "one"}, "accounts": [{"id": "act-1"}]});
        let Ok(Ok(asked)) = granted(grant, Some(Err(beyond)), &Policies::of([("pol-2", "one", Account)]))
        else {
            panic!("waited for")
        };
        assert_eq!(asked, Asked { list: Grants::new(), unsupported: vec!["policies[one]".to_owned()] });
    }
}
