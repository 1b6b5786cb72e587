//! From what manifests say of grants to the vendor's ids.

use crate::api::spot::kinds;
use crate::vendors::spot::reasons;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::api::spot::{AccountAccess, AccountRef, AccountRole, PolicyGrant, Scope};
use crate::engine::base::ports::Tick;
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences;
use crate::engine::base::sentences::listed;
use crate::engine::provider::inputs::{Inputs, Unresolved, Wait};
use crate::vendors::spot::access::grants::{Grant, Grants, MAX_GRANTS, POLICIES, Place};
use crate::vendors::spot::access::lists::{Goal, GrantLists, List};
use crate::vendors::spot::policy::model::{Policy, PolicyKind};
use crate::vendors::spot::session::{Policies, SpotSession};

/// The list of roles on accounts.
pub const ACCOUNTS: &str = "accounts";

/// The policies, for those who grant some. A name that is not there may be new: then they are read again. Of a
/// policy with an object of its own, the object knows the id.
///
/// # Errors
/// Those of the list.
pub async fn catalogue(session: &SpotSession, grants: &[PolicyGrant]) -> Result<Policies, Unresolved> {
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

fn meant<'a>(policies: &'a Policies, grant: &PolicyGrant) -> Vec<&'a Policy> {
    match (&grant.policy_id, &grant.policy_name) {
        (Some(id), _) => policies.get(id).into_iter().collect(),
        (None, Some(name)) => policies.named(name),
        (None, None) => Vec::new(),
    }
}

/// The grants that are asked for; `None` where they wait.
///
/// # Errors
/// What a person has to change.
pub fn grants(
    asked: &[PolicyGrant],
    policies: &Policies,
    inputs: &Inputs<'_>,
    lists: &mut GrantLists,
) -> Result<Option<Grants>, Unresolved> {
    let (mut grants, mut kept, mut list) = (Grants::new(), Grants::new(), List::new(POLICIES, inputs));
    for grant in asked {
        let Some((policy, by_policy)) = policy(grant, policies, &mut list) else { continue };
        let places: Vec<(Place, bool)> = match grant.scope() {
            Scope::Organization => vec![(Place::Organization, false)],
            Scope::AllAccounts => vec![(Place::All, false)],
            Scope::Accounts(accounts) => {
                let goals = accounts.iter().filter_map(|one| account(one, grant.called(), None, &mut list));
                goals.map(|goal| (Place::Account(goal.id), goal.kept)).collect()
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
            return Err(Unresolved::Person(reasons::GRANT_INVALID, text));
        }
        for (place, by_place) in places {
            let to = if by_policy || by_place { &mut kept } else { &mut grants };
            to.insert(Grant::new(policy.id.clone(), place));
        }
    }
    let mut grants = list.united(grants, &kept);
    // Every account includes each.
    let everywhere: Vec<String> =
        grants.iter().filter(|grant| grant.place == Place::All).map(|grant| grant.policy.clone()).collect();
    grants.retain(|grant| grant.place == Place::All || !everywhere.contains(&grant.policy));
    if grants.len() > MAX_GRANTS {
        let text = format!(
            "policies and their accounts are {} grants; at most {MAX_GRANTS} can be kept. Name fewer accounts, or set \
             allAccounts.",
            grants.len()
        );
        return Err(Unresolved::Person(reasons::GRANT_INVALID, text));
    }
    Ok(list.close(grants, lists))
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

/// The policy, and whether it is only remembered.
fn policy(grant: &PolicyGrant, policies: &Policies, list: &mut List<'_>) -> Option<(Granted, bool)> {
    let name = grant.called();
    let goal = if let Some(reference) = &grant.policy_ref {
        list.follow(kinds::POLICY, (reference.namespace.as_deref(), &reference.name), name, None)?
    } else {
        let found = match meant(policies, grant).as_slice() {
            [policy] => Ok(policy.id.clone()),
            [] => Err(Wait {
                reason: Reason::DependencyNotReady,
                message: unknown(grant, policies, list.at_home()),
                stalled: false,
            }),
            several => {
                let ids: Vec<String> = several.iter().map(|policy| policy.id.clone()).collect();
                // Who learns ids, whoever keeps the organization decides.
                let ask = if list.at_home() {
                    format!("give the one that is meant by its policyId ({})", listed(&ids))
                } else {
                    "ask whoever keeps the organization which is meant, and give that one by its policyId or policyRef"
                        .to_owned()
                };
                Err(Wait {
                    reason: Reason::Ambiguous,
                    message: format!("Several policies are named {name:?}: {ask}."),
                    stalled: true,
                })
            }
        };
        list.lead((kinds::POLICY, None, name.to_owned()), found, name, None)?
    };
    // The list may be older than the policy.
    let unlisted = || Granted { id: goal.id.clone(), name: name.to_owned(), kind: PolicyKind::Unknown };
    Some((policies.get(&goal.id).map_or_else(unlisted, Granted::from), goal.kept))
}

/// That the organization has no such policy, and which ones could be meant: of those that people made, only the
/// organization's own namespace is told.
fn unknown(grant: &PolicyGrant, policies: &Policies, at_home: bool) -> String {
    // The vendor chooses ids: nobody can make a policy with this one.
    let (correct, name) = match &grant.policy_id {
        Some(id) => ("Correct policyId", id),
        None => {
            let name = grant.policy_name.as_ref().unwrap_or(const { &String::new() });
            ("Correct policyName, or make the policy", name)
        }
    };
    let shown = policies.all().filter(|policy| at_home || policy.kind.is_built_in());
    let near = sentences::near(name, shown.map(|policy| policy.name.as_str()));
    let near: Vec<String> = near.into_iter().map(|name| format!("{name:?}")).collect();
    let meant = if near.is_empty() { String::new() } else { format!(" Perhaps {} is meant.", listed(&near)) };
    format!("The organization has no policy {name:?}.{meant} {correct}: it is looked for again by itself.")
}

/// The roles on accounts that are asked for; `None` where they wait.
///
/// # Errors
/// What a person has to change.
pub fn roles(
    asked: &[AccountAccess],
    inputs: &Inputs<'_>,
    lists: &mut GrantLists,
) -> Result<Option<BTreeMap<String, AccountRole>>, Unresolved> {
    let (mut roles, mut kept, mut list) = (BTreeMap::new(), BTreeMap::new(), List::new(ACCOUNTS, inputs));
    for access in asked {
        let name = access.account_ref.name.as_deref().unwrap_or_default();
        let goal = account(&access.account_ref, name, Some(access.role), &mut list);
        let Some(Goal { id, kept: false, .. }) = goal else {
            kept.extend(goal.and_then(|goal| Some((goal.id, goal.role?))));
            continue;
        };
        if let Some(other) = roles.insert(id.clone(), access.role)
            && other != access.role
        {
            let text = format!("accounts gives two roles on {id}: keep one of them.");
            return Err(Unresolved::Person(reasons::GRANT_INVALID, text));
        }
    }
    // What another entry leads to now is that one's.
    for (id, role) in kept {
        if let Entry::Vacant(vacant) = roles.entry(id) {
            list.keep(vacant.key());
            vacant.insert(role);
        }
    }
    Ok(list.close(roles, lists))
}

fn account(
    reference: &AccountRef,
    called: &str,
    role: Option<AccountRole>,
    list: &mut List<'_>,
) -> Option<Goal> {
    match (&reference.id, &reference.name) {
        (Some(id), _) => Some(Goal { id: id.clone(), kept: false, role }),
        (None, name) => {
            let name = name.as_deref().unwrap_or_default();
            list.follow(kinds::ACCOUNT, (reference.namespace.as_deref(), name), called, role)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::base::ports::ObjectRef;
    use crate::engine::provider::inputs::SecretValues;
    use crate::vendors::spot::policy::model::PolicyKind::{Account, Organization, Unknown};
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    type Outcome = Result<(Option<Grants>, GrantLists), Unresolved>;

    /// What comes of a grant, where the `AccessPolicy` home/one stands for what `object` says.
    fn granted(grant: Value, object: Option<Result<String, Wait>>, policies: &Policies) -> Outcome {
        let asked = [serde_json::from_value(grant).unwrap()];
        let name = ObjectRef { kind: kinds::POLICY, namespace: "home".into(), name: "one".into() };
        let links = object.map(|object| (name, object)).into_iter().collect();
        let (secrets, owned) = (SecretValues::new(), BTreeSet::new());
        let inputs = Inputs {
            secrets: &secrets,
            links: &links,
            remembered: &[],
            gone: &owned,
            namespace: "home",
            at_home: true,
            owned: Some(&owned),
            container: "",
        };
        let mut lists = GrantLists::default();
        grants(&asked, policies, &inputs, &mut lists).map(|granted| (granted, lists))
    }

    fn is_invalid(kind: PolicyKind, scope: &Value) -> bool {
        let mut grant = scope.clone();
        grant["policyId"] = json!("pol-1");
        match granted(grant, None, &Policies::of([("pol-1", "one", kind)])) {
            Ok((Some(grants), _)) => {
                assert_eq!(grants.len(), 1);
                false
            }
            Err(Unresolved::Person(reasons::GRANT_INVALID, _)) => true,
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
            let Ok((Some(grants), _)) = granted(grant(), Some(Ok("pol-1".into())), policies) else {
                panic!("not granted")
            };
            assert_eq!(
                grants.into_iter().collect::<Vec<_>>(),
                [Grant::new("pol-1", Place::Account("act-1".into()))]
            );
        }
        let of_the_organization = Policies::of([("pol-1", "first", Organization)]);
        let refused = granted(grant(), Some(Ok("pol-1".into())), &of_the_organization);
        assert!(matches!(refused, Err(Unresolved::Person(reasons::GRANT_INVALID, _))));
    }

    #[test]
    fn a_policy_whose_object_is_not_ready_is_waited_for() {
        let wait = Wait { reason: Reason::DependencyNotReady, message: "not ready".into(), stalled: false };
        let grant = json!({"policyRef": {"name": "one"}, "accounts": [{"id": "act-1"}]});
        let Ok((Some(grants), lists)) =
            granted(grant, Some(Err(wait)), &Policies::of([("pol-2", "one", Account)]))
        else {
            panic!("refused")
        };
        assert_eq!((grants.len(), lists.waits.len(), lists.is_waiting(POLICIES)), (0, 1, true));
        assert!(lists.waits[0].message.starts_with("not ready"));
    }

    #[test]
    fn a_policy_that_the_contract_cannot_express_is_left_out_and_told() {
        let beyond = Wait { reason: Reason::NotSupportedByContract, message: "no".into(), stalled: false };
        let grant = json!({"policyRef": {"name": "one"}, "accounts": [{"id": "act-1"}]});
        let Ok((Some(asked), lists)) =
            granted(grant, Some(Err(beyond)), &Policies::of([("pol-2", "one", Account)]))
        else {
            panic!("waited for")
        };
        assert!(asked.is_empty());
        assert_eq!(lists.unsupported, ["policies[one]"]);
        assert!(lists.waits.is_empty() && !lists.is_waiting(POLICIES));
    }
}
