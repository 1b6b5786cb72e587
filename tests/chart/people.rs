//! What people may do: the roles, and the policy that asks for more than a role's usual verbs.

use crate::support::{by_key, kustomize, objects, of_kind, one, path, render, render_chart};
use orgkeeper::api::annotation;
use orgkeeper::operator::vendors;
use serde_json::Value;
use std::collections::BTreeSet;

/// Annotations by which somebody asks for what an editor may ask for.
const FOR_EDITORS: [&str; 2] = [annotation::RECONCILE_REQUESTED_AT, annotation::ROTATE_REQUESTED_AT];

/// The policy that refuses nothing.
const WARNS: &str = "ValidatingAdmissionPolicy -/annotations.orgkeeper.dev";

/// Who writes organizations.
const ORGANIZATION_EDIT: &str = "orgkeeper-organization-edit";

fn role(name: &str) -> Value {
    one(&kustomize("config/roles"), &format!("ClusterRole -/{name}"))
}

fn set(role: &Value, member: &str) -> BTreeSet<String> {
    let rules = role["rules"].as_array().unwrap().iter();
    let words = rules.flat_map(|rule| rule[member].as_array().unwrap());
    words.map(|word| word.as_str().unwrap().to_owned()).collect()
}

fn policy() -> Value {
    one(&kustomize("config/admission"), "ValidatingAdmissionPolicy -/approvers.orgkeeper.dev")
}

/// The verbs that the policy asks the authorizer for.
fn asked() -> BTreeSet<String> {
    let text = policy().to_string();
    let parts = text.split("requestResource.check('").skip(1);
    parts.map(|part| part.split('\'').next().unwrap().to_owned()).collect()
}

fn kinds() -> BTreeSet<String> {
    vendors::definitions().into_iter().map(|crd| crd.spec.names.plural).collect()
}

/// Whether a role becomes a part of one of Kubernetes' own.
fn is_aggregated(role: &Value) -> bool {
    role["metadata"]["labels"].to_string().contains("aggregate-to")
}

#[test]
fn every_role_is_about_every_kind_but_organizations_have_one_of_their_own() {
    for name in ["orgkeeper-view", "orgkeeper-approver"] {
        assert_eq!(set(&role(name), "resources"), kinds(), "{name}");
    }
    let (below, above) = (role("orgkeeper-edit"), role(ORGANIZATION_EDIT));
    let organizations = BTreeSet::from(["spotorganizations".to_owned()]);
    assert_eq!(set(&above, "resources"), organizations);
    assert_eq!(set(&below, "resources"), &kinds() - &organizations);
    assert_eq!(set(&above, "verbs"), &set(&below, "verbs") | &set(&role("orgkeeper-view"), "verbs"));
    assert!(is_aggregated(&below));
}

/// `edit` in some namespace is given to many: who may make an organization has Secrets used, so that is given apart.
#[test]
fn what_is_part_of_kubernetes_own_roles_writes_no_organization() {
    for rendered in [render("default"), kustomize("config/default")] {
        let roles = of_kind(&objects(&rendered), "ClusterRole");
        let aggregated = roles.iter().filter(|role| is_aggregated(role));
        let writing = aggregated.filter(|role| role["metadata"]["name"] != "orgkeeper-view");
        let writing: Vec<&Value> = writing.collect();
        assert_eq!(writing.len(), 1);
        assert!(!set(writing[0], "resources").contains("spotorganizations"), "{writing:?}");
        assert!(roles.iter().any(|role| role["metadata"]["name"] == ORGANIZATION_EDIT));
    }
}

#[test]
fn one_value_gives_editors_the_organizations_back_and_changes_nothing_else() {
    let set_to = |value: &str| {
        let values = format!("userRoles.editOrganizations={value}");
        by_key(&render_chart(&path("charts/orgkeeper"), &["--set", &values]).unwrap())
    };
    let (mut before, mut after) = (set_to("false"), set_to("true"));
    let key = "ClusterRole -/orgkeeper-edit";
    let (was, is) = (before.remove(key).unwrap(), after.remove(key).unwrap());
    assert_eq!(before, after);
    assert_eq!(set(&is, "resources"), kinds());
    assert_eq!(set(&is, "verbs"), set(&was, "verbs"));
    assert!(is_aggregated(&is));
}

#[test]
fn only_an_approver_has_the_verbs_that_the_policy_asks_for() {
    assert!(!asked().is_empty());
    for verb in asked() {
        assert!(set(&role("orgkeeper-approver"), "verbs").contains(&verb), "{verb}");
        for name in ["orgkeeper-view", "orgkeeper-edit", ORGANIZATION_EDIT] {
            assert!(!set(&role(name), "verbs").contains(&verb), "{verb} in {name}");
        }
    }
    for name in ["orgkeeper-approver", ORGANIZATION_EDIT] {
        assert!(!is_aggregated(&role(name)), "{name} is part of no other role");
    }
}

/// A new annotation is either for every editor, or the policy guards it.
#[test]
fn every_annotation_that_decides_something_is_guarded() {
    let validations = policy()["spec"]["validations"].to_string();
    for name in annotation::ALL {
        let guarded = validations.contains(&format!("variables.after[?'{name}']"))
            && validations.contains(&format!("variables.before[?'{name}']"));
        assert_ne!(guarded, FOR_EDITORS.contains(name), "{name}");
    }
}

/// The policy that warns of others knows all that the program knows, and no more.
#[test]
fn an_annotation_that_the_program_knows_is_warned_of_by_nobody() {
    let policy = one(&kustomize("config/admission"), WARNS);
    let variables = policy["spec"]["variables"].as_array().unwrap();
    let known = variables.iter().find(|one| one["name"] == "known").unwrap()["expression"].as_str().unwrap();
    let listed: BTreeSet<&str> = known.split('\'').skip(1).step_by(2).collect();
    assert_eq!(listed, annotation::ALL.iter().copied().collect());
}

#[test]
fn each_policy_is_bound_and_refuses_but_the_one_that_warns() {
    let all = objects(&kustomize("config/admission"));
    let bindings = of_kind(&all, "ValidatingAdmissionPolicyBinding");
    for policy in of_kind(&all, "ValidatingAdmissionPolicy") {
        let bound = |one: &&Value| one["spec"]["policyName"] == policy["metadata"]["name"];
        let binding = bindings.iter().find(bound).unwrap();
        let warns = WARNS.ends_with(policy["metadata"]["name"].as_str().unwrap());
        let (action, failure) = if warns { ("Warn", "Ignore") } else { ("Deny", "Fail") };
        assert_eq!(binding["spec"]["validationActions"], serde_json::json!([action]));
        assert_eq!(policy["spec"]["failurePolicy"], failure);
    }
}
