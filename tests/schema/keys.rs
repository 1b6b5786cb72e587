//! Whether a vendor lets several have one natural key is a fact of its kind, in the code and on the kind's page.

use crate::rules::read;
use orgkeeper::engine::provider::facts::KeyAtVendor;
use orgkeeper::engine::provider::kind::Kind;
use orgkeeper::vendors::spot::account::Accounts;
use orgkeeper::vendors::spot::credential::Credentials;
use orgkeeper::vendors::spot::group::Groups;
use orgkeeper::vendors::spot::notification_policy::NotificationPolicies;
use orgkeeper::vendors::spot::policy::AccessPolicies;
use orgkeeper::vendors::spot::subscription::Subscriptions;
use orgkeeper::vendors::spot::user::Users;
use serde_json::{Value, json};

/// The fact, as the page of the kind has to tell it.
fn told<K: Kind>(spec: &Value) -> (KeyAtVendor, String) {
    use orgkeeper::api::managed::Managed as _;
    let kind = K::Resource::KIND;
    let object = json!({"metadata": {"name": "one", "namespace": "n"}, "spec": spec});
    let fact = K::naming(&serde_json::from_value(object).unwrap()).at_vendor;
    let page = read(&format!("docs/kinds/{}.md", kind.name().to_lowercase()));
    let words = match fact {
        KeyAtVendor::Unique => "The vendor has at most one ",
        KeyAtVendor::MayRepeat => "The vendor lets several ",
    };
    let lines = page.lines().filter_map(|line| line.split_once(words)).map(|(_, rest)| rest);
    let says: Vec<&str> = lines.collect();
    assert!(!says.is_empty(), "{kind}: the page does not say {words:?}");
    (fact, says.join("\n"))
}

#[test]
fn the_page_of_each_kind_tells_whether_its_key_is_unique_at_the_vendor() {
    use KeyAtVendor::{MayRepeat, Unique};
    let organization = json!({"name": "acme"});
    let in_organization = |more: Value| {
        let mut spec = json!({"organizationRef": organization, "name": "one"});
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        spec
    };
    let human = json!({"organizationRef": organization, "human": {"email": "jo@example.com"}});
    let machine = json!({
        "organizationRef": organization,
        "programmatic": {"name": "ci", "writeTokenTo": {"name": "ci", "key": "token"}},
    });
    let statements = json!([{"effect": "Allow", "actions": ["*"], "resources": ["*"]}]);
    let credential = json!({"accountRef": {"name": "prod"}, "aws": {}});
    let subscription = json!({
        "accountRef": {"name": "prod"}, "resourceId": "sig-1a2b3c4d", "eventType": "GROUP_UPDATED",
        "protocol": "email", "endpoint": "jo@example.com",
    });
    let notification = json!({
        "accountRef": {"name": "prod"}, "name": "one", "privacyLevel": "private",
        "computePolicyConfig": {"events": [], "includeAllResources": true},
    });
    let facts = [
        (told::<Accounts>(&in_organization(json!({}))), MayRepeat, "accounts"),
        (told::<Users>(&human), Unique, "person"),
        (told::<Users>(&machine), MayRepeat, "machine users"),
        (told::<Groups>(&in_organization(json!({}))), MayRepeat, "groups"),
        (told::<AccessPolicies>(&in_organization(json!({"statements": statements}))), MayRepeat, "policies"),
        (told::<Credentials>(&credential), Unique, "credential"),
        (told::<Subscriptions>(&subscription), MayRepeat, "subscriptions"),
        (told::<NotificationPolicies>(&notification), MayRepeat, "notification policies"),
    ];
    for ((fact, says), expected, what) in facts {
        assert_eq!(fact, expected, "{what}");
        assert!(says.lines().any(|line| line.starts_with(what)), "{what}: {says}");
    }
    // An organization's object is no child: its page says it all the same.
    assert!(read("docs/kinds/spotorganization.md").contains("The vendor lets several organizations "));
}
