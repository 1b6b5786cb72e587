//! The rights that the chart gives are those of `config/rbac`, in whichever form they are given.

use crate::support::{kustomize, objects, one, render};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Verbs by resource, with the names that they are limited to.
type Rights = BTreeMap<(String, String), BTreeSet<String>>;

fn words(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// What a role grants: verb and resource, with names.
fn rights(role: &Value) -> Rights {
    let mut rights = Rights::new();
    for rule in role["rules"].as_array().unwrap() {
        for group in words(&rule["apiGroups"]) {
            for resource in words(&rule["resources"]) {
                for verb in words(&rule["verbs"]) {
                    let right = (verb, format!("{resource}.{group}"));
                    let names = words(&rule["resourceNames"]).into_iter().collect();
                    assert!(rights.insert(right, names).is_none(), "a right is granted once: {rule}");
                }
            }
        }
    }
    rights
}

fn shipped() -> Rights {
    rights(&one(&kustomize("config/rbac"), "ClusterRole -/orgkeeper"))
}

fn rendered(case: &str, key: &str) -> Rights {
    rights(&one(&render(case), key))
}

#[test]
fn by_default_they_are_config_rbac() {
    let bases = kustomize("config/rbac");
    for key in ["ClusterRole -/orgkeeper", "Role orgkeeper-system/orgkeeper"] {
        assert_eq!(rendered("default", key), rights(&one(&bases, key)), "{key}");
    }
}

#[test]
fn with_namespaces_only_namespaces_are_seen_everywhere_and_the_rest_there() {
    let everywhere = rendered("listed_namespaces", "ClusterRole -/orgkeeper");
    let seen: Vec<_> = everywhere.keys().map(|(verb, resource)| format!("{verb} {resource}")).collect();
    assert_eq!(seen, ["list namespaces.", "watch namespaces."]);
    for namespace in ["payments", "platform"] {
        let mut there = rendered("listed_namespaces", &format!("Role {namespace}/orgkeeper-watch"));
        there.extend(everywhere.clone());
        assert_eq!(there, shipped(), "{namespace}");
    }
    let all = objects(&render("listed_namespaces"));
    let bindings: Vec<&Value> =
        all.iter().filter(|one| one["kind"].as_str().unwrap().ends_with("Binding")).collect();
    for binding in bindings.iter().filter(|binding| binding["roleRef"].is_object()) {
        let subject = &binding["subjects"][0];
        assert_eq!(
            (&subject["name"], &subject["namespace"]),
            (&"orgkeeper".into(), &"orgkeeper-system".into())
        );
    }
}

#[test]
fn by_name_no_secret_but_those_is_granted() {
    let named = rendered("secrets_by_name", "ClusterRole -/orgkeeper");
    let of_secrets: Vec<_> = named.iter().filter(|((_, resource), _)| resource == "secrets.").collect();
    let verbs: Vec<&str> = of_secrets.iter().map(|((verb, _), _)| verb.as_str()).collect();
    assert_eq!(verbs, ["get", "list", "watch"], "it writes to none there");
    for (right, names) in of_secrets {
        assert_eq!(names.iter().collect::<Vec<_>>(), ["slack-webhook", "spot-token"], "{right:?}");
    }
    // With tokens of machine users nothing more than a create is without a name.
    for ((verb, resource), names) in rendered("everything", "Role payments/orgkeeper-watch") {
        let free = resource != "secrets." || verb == "create";
        assert_eq!(names.is_empty(), free, "{verb} {resource}");
    }
    let mut without_names = rendered("everything", "Role payments/orgkeeper-watch");
    without_names.values_mut().for_each(BTreeSet::clear);
    without_names.extend(rendered("everything", "ClusterRole -/orgkeeper"));
    assert_eq!(without_names, shipped());
}

#[test]
fn the_lease_that_may_be_written_is_the_one_that_is_taken() {
    let role = rendered("everything", "Role orgkeeper-system/orgkeeper");
    for verb in ["get", "update"] {
        let names = &role[&(verb.to_owned(), "leases.coordination.k8s.io".to_owned())];
        assert_eq!(names.iter().collect::<Vec<_>>(), ["organizations"]);
    }
}
