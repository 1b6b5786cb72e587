//! What is at rest: nothing is to be written, or what people changed meanwhile.

use super::Stages;
use crate::support::credentials::{
    CLIENT, CLIENT_SECRET, application, aws, azure, cloud, credential_key, role,
};
use crate::support::house::{House, mins};
use crate::support::look::{acme, away, home};
use crate::support::machines::{ci, ci_spec};
use crate::support::manifests::{
    HOME, access_policy, account, group, group_key, organization, person, policy_key, user_key, with,
};
use crate::support::people::organization_id;
use crate::support::subscriptions::{HOOK, sub, subscription};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::engine::run::FINGERPRINT_SECRET;
use orgkeeper::sandbox::spot::{Contract, GroupDetails, UserDetails};
use serde_json::{Value, json};

const SLACK: &str = "https://hooks.slack.com/services/T0/B0/first";
const OTHER: &str = "https://hooks.slack.com/services/T0/B0/second";

/// Everything that the contract can say.
fn manifests(contract: Contract) -> Vec<(ObjectRef, Value)> {
    let roles = |role: &str| json!([{"accountRef": {"name": "prod"}, "role": role}]);
    let hooked = json!({"slackNotificationChannels": [{"urlSecretRef": {"name": "slack", "key": "url"}}]});
    let mut all = vec![
        (home("prod"), with(account("prod"), hooked)),
        (home("dev"), account("dev")),
        (away("shop"), account("shop")),
        (user_key("jo"), with(person("jo"), json!({"accounts": roles("Editor")}))),
        (user_key("al"), with(person("al"), json!({"accounts": roles("Viewer")}))),
        (ci(), ci_spec()),
        (policy_key("p"), access_policy("reader")),
        (cloud(), aws()),
        (credential_key("dev"), with(azure(), json!({"accountRef": {"name": "dev"}}))),
        (sub("s"), subscription("prod", "sig-10")),
    ];
    if contract == Contract::Production {
        let members = json!({"members": [{"userRef": {"name": "jo"}}, {"userRef": {"name": "ci"}}]});
        all.push((group_key("devs"), with(group("devs"), members)));
        let given = json!({"policies": [{"policyRef": {"name": "p"}, "allAccounts": true}]});
        all.push((group_key("readers"), with(group("readers"), given)));
    }
    all
}

/// Secrets, the organization, and what is only known once accounts are.
fn begin(contract: Contract) -> House {
    let mut house = House::new(contract);
    let secrets = [("slack", "url", SLACK), ("hook", "url", HOOK), ("azure", "secret", CLIENT_SECRET)];
    for (name, key, value) in secrets {
        house.way.cluster.put_secret(HOME, name, key, value);
    }
    house.apply(&acme(), &with(organization(), json!({"connection": {"accountScope": "Query"}})));
    house.administrator();
    house.start();
    house.until(mins(5), "ready", |house| house.ready(&acme()));
    house
}

/// A company at rest that was made from nothing.
fn company(contract: Contract) -> House {
    let mut house = begin(contract);
    for (key, spec) in manifests(contract) {
        house.apply(&key, &spec);
        if key == home("prod") {
            house.until(mins(5), "ready", |house| house.ready(&home("prod")));
            let prod = house.id(&home("prod")).unwrap();
            house.vendor().world_mut().add_resource(&prod, Some("sig-10"), "a group").unwrap();
        }
    }
    let keys: Vec<ObjectRef> = manifests(contract).into_iter().map(|(key, _)| key).collect();
    house.until(mins(20), "ready", |house| keys.iter().all(|key| house.ready(key)));
    house.run(mins(10));
    house
}

/// A company at rest that was there before.
fn adopted() -> House {
    let mut house = begin(Contract::Production);
    house.by_hand(|console| {
        let prod = console.create_account(organization_id(), "prod");
        let dev = console.create_account(organization_id(), "dev");
        console.create_user(organization_id(), UserDetails::person("jo@example.com"));
        let details = GroupDetails { name: "devs".into(), ..GroupDetails::default() };
        console.create_group(organization_id(), details);
        console.set_credential(&prod, role(crate::support::credentials::ROLE));
        console.set_credential(&dev, application(CLIENT, "another"));
    });
    house.policy("reader");
    house.run(mins(6));
    let hooked = json!({"slackNotificationChannels": [{"urlSecretRef": {"name": "slack", "key": "url"}}]});
    let said = json!({"permissions": [{"serviceId": "ocean", "actions": ["*"]}]});
    let all = [
        (home("prod"), with(account("prod"), hooked)),
        (home("dev"), account("dev")),
        (user_key("jo"), json!({"organizationRef": {"name": "acme"}, "human": {"email": "jo@example.com"}})),
        (group_key("devs"), group("devs")),
        (policy_key("p"), with(access_policy("reader"), said)),
        (cloud(), aws()),
        (credential_key("dev"), with(azure(), json!({"accountRef": {"name": "dev"}}))),
    ];
    for (key, spec) in &all {
        house.apply(key, spec);
    }
    house.until(mins(20), "ready", |house| all.iter().all(|(key, _)| house.ready(key)));
    house.run(mins(10));
    for (key, _) in &all {
        assert_eq!(house.status(key)["origin"], "Adopted", "{key}");
    }
    house
}

/// Two accounts, kept so, and renamed by hand since.
fn renamed(changes: &Value) -> House {
    let mut house = begin(Contract::Production);
    let names = ["a", "b"];
    for name in names {
        house.apply(&home(name), &account(name));
    }
    house.until(mins(5), "ready", |house| names.iter().all(|name| house.ready(&home(name))));
    house.run(mins(3));
    house.apply(&home("a"), &with(account("a"), changes.clone()));
    house.run(mins(1));
    for name in names {
        let (id, by_hand) = (house.id(&home(name)).unwrap(), format!("{name} by hand"));
        assert!(house.by_hand(|console| console.change_account(&id, |details| details.name = by_hand)));
    }
    house.run(mins(15));
    house
}

/// Those stages.
pub(super) fn add(stages: &mut Stages) {
    stages.both("company", "Everything is as declared.", company);
    stages.one("adopted", "All was there before, and is as declared as far as can be read.", |_| adopted());
    stages.one("suspended", "One of two accounts is suspended, and differs.", |_| {
        renamed(&json!({"suspend": true}))
    });
    stages.one("observed", "One of two accounts is only observed, and differs.", |_| {
        renamed(&json!({"managementPolicy": "Observe"}))
    });
    stages.one("drift-reported", "One of two accounts differs, and that is only told.", |_| {
        renamed(&json!({"driftPolicy": "Report"}))
    });
    stages.one("observed-absent", "What is only observed is not there.", |contract| {
        let mut house = begin(contract);
        house.apply(&home("a"), &with(account("a"), json!({"managementPolicy": "Observe"})));
        house.until(mins(5), "told", |house| house.stalled(&home("a"), "NotFound"));
        house
    });
    let about = "The Secret behind a value that cannot be read back has changed since.";
    stages.one("fingerprints-secret-changed", about, |contract| {
        let mut house = company(contract);
        house.kill();
        house.way.cluster.put_secret(HOME, "slack", "url", OTHER);
        house.way.cluster.put_secret(HOME, "azure", "secret", "canary-of-another-secret");
        house
    });
    stages.one("fingerprints-key-lost", "The key of the fingerprints is gone.", |contract| {
        let mut house = company(contract);
        house.kill();
        house.way.cluster.delete_secret("orgkeeper-system", FINGERPRINT_SECRET.0);
        house
    });
}
