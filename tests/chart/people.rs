//! What people may do: the roles, and the policy that asks for more than a role's usual verbs.

use crate::support::{kustomize, objects, of_kind, one, read};
use orgkeeper::api::{annotation, crd};
use serde_json::Value;
use std::collections::BTreeSet;

/// Annotations by which somebody asks for what an editor may ask for.
const FOR_EDITORS: [&str; 2] = [annotation::RECONCILE_REQUESTED_AT, annotation::ROTATE_REQUESTED_AT];

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

/// Every annotation that the program knows, as its source names them.
fn annotations() -> BTreeSet<String> {
    let source = read("src/api/mod.rs");
    let module = source.split("pub mod annotation {").nth(1).unwrap().split("\n}").next().unwrap();
    let found = module.split('"').filter(|word| word.starts_with("orgkeeper.dev/"));
    found.map(str::to_owned).collect()
}

#[test]
fn every_role_is_about_every_kind() {
    let kinds: BTreeSet<String> = crd::all().into_iter().map(|crd| crd.spec.names.plural).collect();
    for name in ["orgkeeper-view", "orgkeeper-edit", "orgkeeper-approver"] {
        assert_eq!(set(&role(name), "resources"), kinds, "{name}");
    }
}

#[test]
fn only_an_approver_has_the_verbs_that_the_policy_asks_for() {
    assert!(!asked().is_empty());
    for verb in asked() {
        assert!(set(&role("orgkeeper-approver"), "verbs").contains(&verb), "{verb}");
        for name in ["orgkeeper-view", "orgkeeper-edit"] {
            assert!(!set(&role(name), "verbs").contains(&verb), "{verb} in {name}");
        }
    }
    let labels = role("orgkeeper-approver")["metadata"]["labels"].to_string();
    assert!(!labels.contains("aggregate-to"), "part of no other role: {labels}");
}

/// A new annotation is either for every editor, or the policy guards it.
#[test]
fn every_annotation_that_decides_something_is_guarded() {
    let known = annotations();
    assert!(known.contains(annotation::CONFIRM) && known.contains(annotation::ABANDON), "{known:?}");
    let validations = policy()["spec"]["validations"].to_string();
    for name in known {
        let guarded = validations.contains(&format!("variables.after[?'{name}']"))
            && validations.contains(&format!("variables.before[?'{name}']"));
        assert_ne!(guarded, FOR_EDITORS.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn each_policy_is_bound_and_refuses() {
    let all = objects(&kustomize("config/admission"));
    let bindings = of_kind(&all, "ValidatingAdmissionPolicyBinding");
    for policy in of_kind(&all, "ValidatingAdmissionPolicy") {
        let bound = |one: &&Value| one["spec"]["policyName"] == policy["metadata"]["name"];
        let binding = bindings.iter().find(bound).unwrap();
        assert_eq!(binding["spec"]["validationActions"], serde_json::json!(["Deny"]));
        assert_eq!(policy["spec"]["failurePolicy"], "Fail");
    }
}
