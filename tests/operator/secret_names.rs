//! `--secret-names`: an operator that may see no Secret but those of a few names.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use k8s_openapi::api::core::v1::Secret;
use kube::{Api, api::ListParams};
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

use crate::{
    rights::{self, ACCOUNT},
    support::{
        house::{ACME, House, LONG, TOKEN_SECRET},
        object::Row,
        operator::Run,
        rights::manifests,
        sandbox::{Sandbox, TOKEN},
        wait::wait_until,
    },
};

/// The shipped rights, with every right on Secrets limited to one name; there is no create.
fn limited(home: &str) -> [Value; 2] {
    let shipped = manifests(home);
    let of_kind = |kind: &str| shipped.iter().find(|one| one["kind"] == kind).unwrap().clone();
    let (mut role, mut binding) = (of_kind("ClusterRole"), of_kind("ClusterRoleBinding"));
    let name = format!("named-{home}");
    role["metadata"]["name"] = json!(name);
    let rules = role["rules"].as_array_mut().unwrap();
    rules.retain(|rule| {
        !rule["verbs"].as_array().unwrap().contains(&json!("create")) || rule["apiGroups"] != json!([""])
    });
    for rule in rules.iter_mut().filter(|rule| rule["resources"] == json!(["secrets"])) {
        rule["resourceNames"] = json!([TOKEN_SECRET]);
    }
    binding["metadata"]["name"] = json!(name);
    binding["roleRef"]["name"] = json!(name);
    [role, binding]
}

#[tokio::test]
async fn secrets_of_other_names_are_neither_seen_nor_needed() {
    let house = House::build("named", Sandbox::start(Contract::Production).await).await;
    rights::uninstall(house.cluster, &house.home).await;
    let limited = limited(&house.home);
    house.apply(&limited).await;
    let client = house.cluster.service_account_client(&house.home, ACCOUNT).await;
    let secrets: Api<Secret> = Api::namespaced(client, house.namespace());
    let one = ListParams::default().fields(&format!("metadata.name={TOKEN_SECRET}"));
    wait_until(LONG, "the rights are those", async || {
        let all = secrets.list(&ListParams::default()).await;
        (all.is_err() && secrets.list(&one).await.is_ok()).then_some(())
    })
    .await;

    // What is looked at again of itself is looked at long after the test: only a watch is in time.
    let run = Run::with(&["--secret-names", TOKEN_SECRET, "--slow-retry", "1h"]);
    let operator = house.start_with(&run).await;
    house.apply(&[house.token_secret("wrong"), house.organization()]).await;
    house.the_organization(ACME).stands(Row::Stalled, "TokenRefused").await;
    house.apply(&[house.token_secret(TOKEN)]).await;
    house.the_organization(ACME).ready().await;
    let watch = format!("watch Secret {TOKEN_SECRET} in {}: ok", house.namespace());
    let (status, page) = operator.page("/readyz").await;
    assert!(status == 200 && page.contains(&watch), "{page}");

    let other = json!({"name": "other", "key": "token"});
    house.the_organization(ACME).edit(&json!({"connection": {"tokenSecretRef": other}})).await;
    let telling = ["secrets \"other\" is forbidden"];
    house.the_organization(ACME).stands_telling(Row::Stalled, "KubernetesUnavailable", &telling).await;

    house.cluster.delete("", &limited.map(|one| one.to_string()).join("\n---\n")).await;
    house.close(operator).await;
}
