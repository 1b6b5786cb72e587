//! What a client sees, read through the API as far as the contract lets it.

use std::collections::BTreeMap;

use orgkeeper::sandbox::spot::{AccountRole, Contract, UserDetails};
use serde_json::Value;

use super::model::{Cloud, Model, Seen};
use crate::harness::{Bench, text};

pub fn all(bench: &mut Bench, model: &Model) -> Seen {
    match model.contract {
        Contract::Production => production(bench, model),
        Contract::Published => published(bench),
    }
}

fn named(items: &[Value], id: &str, name: &str) -> BTreeMap<String, String> {
    items.iter().map(|item| (text(&item[id]), text(&item[name]))).collect()
}

fn subscriptions(bench: &mut Bench, accounts: &[String]) -> BTreeMap<String, (String, String)> {
    let mut found = BTreeMap::new();
    for account in accounts {
        for item in bench.items(&format!("/events/subscription?accountId={account}")) {
            let id = text(&item["id"]);
            let alone = bench.one(&format!("/events/subscription/{id}?accountId={account}"));
            assert_eq!(alone, item, "a read and a row tell the same");
            found.insert(id, (account.clone(), text(&item["endpoint"])));
        }
    }
    found
}

fn production(bench: &mut Bench, model: &Model) -> Seen {
    let rows = bench.items("/setup/account");
    let link = |row: &Value| {
        Some((row["cloudProvider"].as_str()?.to_owned(), row["providerExternalId"].as_str()?.to_owned()))
    };
    let accounts: BTreeMap<_, _> = rows.iter().map(|row| (text(&row["accountId"]), link(row))).collect();
    let ids: Vec<_> = accounts.keys().cloned().collect();
    let mut identities = BTreeMap::new();
    for account in &ids {
        let mut found = Vec::new();
        for (cloud, member) in [
            (Cloud::Aws, "/iamRole"),
            (Cloud::Azure, "/clientId"),
            (Cloud::Gcp, "/serviceAccount/client_email"),
        ] {
            let target = format!("{}?accountId={account}", cloud.route(model.contract));
            let answer = bench.call("GET", &target, &Value::Null);
            if answer.status == 200 {
                let item = answer.value()["response"]["items"][0].clone();
                found.push(text(item.pointer(member).expect("it tells who enters")));
            }
        }
        assert!(found.len() <= 1, "one cloud for an account: {found:?}");
        identities.extend(found.pop().map(|identity| (account.clone(), identity)));
    }
    let mut policies = bench.items("/setup/organization/policy");
    policies.retain(|policy| !text(&policy["type"]).starts_with("SPOT_MANAGED"));
    Seen {
        accounts,
        identities,
        users: signatures(&bench.items("/setup/organization/user")),
        roles: BTreeMap::new(),
        machines: named(&bench.items("/setup/user/programmatic"), "id", "name"),
        groups: named(&bench.items("/setup/access/userGroup"), "id", "name"),
        policies: named(&policies, "id", "name"),
        subscriptions: subscriptions(bench, &ids),
    }
}

/// Users by what they are known by: a person's address, a machine user's name.
fn signatures(users: &[Value]) -> BTreeMap<String, String> {
    let signature = |user: &Value| {
        let member = if user["type"] == "personal" { "email" } else { "username" };
        (text(&user["userId"]), text(&user[member]))
    };
    users.iter().map(signature).collect()
}

/// The account in which a user has a role. A machine user's is a mapping to the policy of that name.
fn role(details: &UserDetails) -> Option<(String, &'static str)> {
    let named = |role| if role == AccountRole::Editor { "editor" } else { "viewer" };
    let mut roles = Vec::new();
    roles.extend(details.account_roles.iter().map(|(account, role)| (account.clone(), named(*role))));
    for role in [AccountRole::Editor, AccountRole::Viewer] {
        let accounts = details.grants.0.get(role.policy()).into_iter().flatten();
        roles.extend(accounts.map(|account| (account.clone(), named(role))));
    }
    assert!(roles.len() <= 1, "{roles:?}");
    roles.pop()
}

/// The document reads neither credentials nor roles: those are looked up behind it.
fn published(bench: &mut Bench) -> Seen {
    let rows = bench.items("/setup/account");
    let ids: Vec<_> = rows.iter().map(|row| text(&row["id"])).collect();
    let users = bench.items(&format!("/setup/organization/{}/user", bench.organization()));
    let mut machines = users.clone();
    machines.retain(|user| user["type"] == "programmatic");
    let policies = bench.items("/setup/access/policy");
    let subscriptions = subscriptions(bench, &ids);
    let world = bench.sandbox.world();
    let (mut accounts, mut identities) = (BTreeMap::new(), BTreeMap::new());
    for id in ids {
        let (_, details) = world.account(&id).expect("what is listed is there");
        let link = details.cloud_provider.clone().zip(details.provider_external_id.clone());
        identities.extend(details.credential.as_ref().map(|link| (id.clone(), link.identity().to_owned())));
        accounts.insert(id, link);
    }
    let roles = world.users().filter_map(|(user, details)| Some((user.id.clone(), role(details)?))).collect();
    Seen {
        accounts,
        identities,
        roles,
        users: signatures(&users),
        machines: named(&machines, "userId", "username"),
        groups: BTreeMap::new(),
        policies: named(&policies, "id", "name"),
        subscriptions,
    }
}
