//! Every name that is sent to the vendor has the limits of one.

use orgkeeper::operator::vendors;
use serde_json::Value;
use std::collections::BTreeSet;

/// What a rule says of white space at an end, and what of the characters that the vendor refuses.
const ENDS: &str = "may neither begin nor end with white space or an invisible character";
const MARKED: &str = "may not contain + = or @: Spot refuses";
const LETTERED: &str = "must contain a letter";

/// The names that are looked up and never sent, and those of which no page says what the vendor refuses.
const ONLY_FOUND: [&str; 4] = [
    "SpotUserGroup.policies[].policyName",
    "SpotUser.policies[].policyName",
    "NotificationPolicy.name",
    // An address is no name with its own characters.
    "SpotUser.human.email",
];

/// Every string of a spec that is called a name or an address and is no reference, with what its rules say.
fn names(schema: &Value, at: &str, found: &mut Vec<(String, Vec<String>)>) {
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        let at = format!("{at}.{name}");
        let called = name == "name" || name == "email" || name.ends_with("Name");
        if called && inner["type"] == "string" && inner["pattern"].is_null() {
            let rules = inner["x-kubernetes-validations"].as_array().into_iter().flatten();
            let messages = rules.map(|rule| rule["message"].as_str().unwrap().to_owned());
            found.push((at.clone(), messages.collect()));
        }
        names(inner, &at, found);
    }
    if schema["items"].is_object() {
        names(&schema["items"], &format!("{at}[]"), found);
    }
}

#[test]
fn every_name_has_the_limits_of_one() {
    let mut all = Vec::new();
    for definition in vendors::definitions() {
        let kind = definition.spec.names.kind.clone();
        let definition = serde_json::to_value(definition).unwrap();
        let spec = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
        names(spec, &kind, &mut all);
    }
    let known: BTreeSet<&str> = all.iter().map(|(at, _)| at.as_str()).collect();
    let expected = [
        "AccessPolicy.name",
        "SpotAccount.name",
        "SpotOrganization.create.name",
        "SpotUser.human.firstName",
        "SpotUser.human.lastName",
        "SpotUser.programmatic.name",
        "SpotUserGroup.name",
    ];
    assert_eq!(known, expected.into_iter().chain(ONLY_FOUND).collect());
    for (at, rules) in &all {
        let says = |text: &str| rules.iter().any(|rule| rule.contains(text));
        assert!(says(ENDS), "{at}: {rules:?}");
        let of_the_vendor = says(MARKED) || says(LETTERED);
        assert_eq!(of_the_vendor, !ONLY_FOUND.contains(&at.as_str()), "{at}: {rules:?}");
    }
}
