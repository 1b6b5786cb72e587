//! What exists at the vendor comes under manifests, moves, and is looked after.

use serde_json::{Value, json};

use super::{
    helm::{PLATFORM, last},
    shell::Shell,
    walk::{Ledger, Reader},
};
use crate::support::{
    house::{ACME, House, Kind, LONG, condition},
    wait::{PATIENCE, wait_until},
};

const PAYMENTS: &str = "payments";
/// What the manifests of the page are called, with the example of an id that each has.
const MANIFESTS: [(Kind, &str, &str); 7] = [
    (Kind::Account, "payments-prod", "act-1a2b3c4d"),
    (Kind::Credential, "payments-prod", "act-1a2b3c4d"),
    (Kind::User, "ci", "pu-1a2b3c4d"),
    (Kind::User, "jo", "u-1a2b3c4d"),
    (Kind::Policy, "ocean-operator", "pol-1a2b3c4d"),
    (Kind::Group, "developers", "ugr-1a2b3c4d"),
    (Kind::Subscription, "roll-failed", "sis-1a2b3c4d"),
];
/// The address of the webhook.
const WEBHOOK: &str = "https://hooks.example.com/spot";

/// Makes at the vendor what Terraform is said to have made; returns the ids, in the order of the manifests.
async fn made_before(house: &House) -> [String; 7] {
    let console = async |what: &str, body: Value, id: &str| {
        let made: Value = house.sandbox.call("POST", what, &body).await;
        made[id].as_str().unwrap().to_owned()
    };
    let account = house.sandbox.create("payments-prod").await;
    let role = json!({"aws": {"iamRole": "arn:aws:iam::123456789012:role/spot"}});
    house.sandbox.call::<Value>("PUT", &format!("accounts/{account}/credentials"), &role).await;
    let statement = json!({"effect": "ALLOW", "actions": ["ocean:*"], "resources": ["o-1a2b3c4d"]});
    let policy = json!({"name": "ocean-operator", "statements": [statement]});
    let policy = console("policies", policy, "policyId").await;
    let grant = json!([{"policyId": policy, "accountIds": [account]}]);
    let group = json!({"name": "developers", "policies": grant});
    let group = console("groups", group, "userGroupId").await;
    let jo = json!({"email": "jo@example.com", "policies": grant, "groups": [group]});
    let jo = console("users", jo, "userId").await;
    let ci = console("users", json!({"name": "ci", "accountRoles": {&account: "editor"}}), "userId").await;
    let subscription = json!({
        "accountId": account, "resourceId": "sig-1a2b3c4d", "protocol": "web", "endpoint": WEBHOOK,
        "eventType": "GROUP_ROLL_FAILED",
    });
    let subscription = console("subscriptions", subscription, "subscriptionId").await;
    [account.clone(), account, ci, jo, policy, group, subscription]
}

/// The state of Terraform that has these.
fn terraform(ids: &[String; 7]) -> Value {
    let resource = |type_: &str, name: &str, id: &str, values: Value| {
        let mut values = values;
        values["id"] = json!(id);
        json!({"type": type_, "address": format!("{type_}.{name}"), "values": values})
    };
    let [account, _, ci, jo, policy, ..] = ids;
    json!({"values": {"root_module": {
        "resources": [
            resource("spotinst_account", "payments_prod", account, json!({"name": "payments-prod"})),
            resource("spotinst_organization_user", "jo", jo, json!({"email": "jo@example.com"})),
            resource("spotinst_ocean_aws", "web", "o-1a2b3c4d", json!({"name": "web"})),
        ],
        "child_modules": [{"resources": [
            resource("spotinst_organization_programmatic_user", "ci", ci, json!({"name": "ci"})),
            resource("spotinst_organization_policy", "ocean", policy, json!({"name": "ocean-operator"})),
        ]}],
    }}})
}

pub async fn migrate(ledger: &Ledger, shell: &mut Shell, house: &House) {
    let ids = made_before(house).await;
    std::fs::write(shell.file("terraform.json"), terraform(&ids).to_string()).unwrap();
    let mut page = Reader::open("docs/migrate-from-terraform.md", ledger, shell);
    for ((_, _, example), id) in MANIFESTS.iter().zip(&ids) {
        page.puts(example, id);
    }
    let ran = page.read("The third column is the id for `adopt.id`.").await;
    let listed: Vec<Vec<&str>> = last(&ran).said.lines().map(|line| line.split('\t').collect()).collect();
    let wanted = [
        (&ids[0], "payments-prod"),
        (&ids[3], "jo@example.com"),
        (&ids[2], "ci"),
        (&ids[4], "ocean-operator"),
    ];
    assert_eq!(
        listed.iter().map(|row| (row[2], row[3])).collect::<Vec<_>>(),
        wanted.map(|(id, name)| (id.as_str(), name))
    );

    // Somebody gave more by hand than Terraform knew.
    let more = json!({"accountRoles": {house.sandbox.one("found").await.id: "viewer"}});
    house.sandbox.change_user(&ids[2], "al@example.com", &more).await;
    page.types(&format!("{WEBHOOK}\n"));
    page.read("## 4. Compare").await;
    let manifests: Vec<String> = page.manifests().iter().map(ToString::to_string).collect();
    house.sandbox.forget_requests().await;
    house.cluster.apply("", &manifests.join("\n---\n")).await;
    for ((kind, name, _), id) in MANIFESTS.into_iter().zip(&ids) {
        let object = house.ready(kind, PLATFORM, name).await;
        assert_eq!(object["status"]["id"], json!(id), "{name}");
        assert_eq!(object["status"]["origin"], "Adopted", "{name}");
        let drifted = condition(&object, "Drifted").is_some_and(|drifted| drifted["status"] == "True");
        assert_eq!(drifted, name == "ci", "{name}: {:#}", object["status"]);
        wait_until(PATIENCE, "the event `Adopted` with the id", async || {
            let events = house.events(PLATFORM, name).await;
            events.iter().any(|(reason, told)| reason == "Adopted" && told.contains(id)).then_some(())
        })
        .await;
    }
    let ran = page.read("| you see | it means |").await;
    page.said(
        "`status.drift` has what step 6 would change",
        last(&ran),
        &["SpotUser platform/ci\n", ": Viewer at the vendor, nothing declared"],
    );
    assert!(
        house.sandbox.writes().await.is_empty(),
        "Nothing below that organization is written until step 6."
    );

    page.read("## 6. Take over").await;
    house.patch(Kind::Organization, PLATFORM, ACME, &json!({"spec": {"managementPolicy": "Manage"}})).await;
    page.read("Machine users then read `TokenUnavailable`").await;
    house.reason(Kind::User, PLATFORM, "ci", "Stalled", "TokenUnavailable").await;
    for (kind, name, _) in MANIFESTS.into_iter().filter(|(_, name, _)| *name != "ci") {
        house.ready(kind, PLATFORM, name).await;
    }
    let written = house.sandbox.writes().await;
    assert!(
        written.iter().all(|write| write.path.contains(&ids[2])),
        "without drift nothing is written: {written:#?}"
    );

    page.read("The vendor cannot renew a token, so this creates").await;
    let so = |object: &Value| {
        object["status"]["id"] != json!(ids[2])
            && condition(object, "Ready").unwrap_or_default()["status"] == "True"
    };
    house.becomes(Kind::User, PLATFORM, "ci", "`status.id` is then the new user's", so).await;
    page.run("kubectl --namespace platform get secret ci-token").await;
    wait_until(LONG, "it deletes the former user after the overlap", async || {
        let state: Value = house.sandbox.call("GET", "state", &Value::Null).await;
        (!state["users"].to_string().contains(&ids[2])).then_some(())
    })
    .await;
    page.rest().await;
}

pub async fn renaming(ledger: &Ledger, shell: &mut Shell, house: &House) {
    let mut page = Reader::open("docs/renaming.md", ledger, shell);
    let account = house.status(Kind::Account, PLATFORM, "payments-prod").await["id"].clone();
    page.puts("act-1a2b3c4d", account.as_str().unwrap());
    page.read("for whatever is to be moved.").await;
    let [orphan] = &page.manifests()[..] else { panic!("one manifest") };
    for (kind, name) in [(Kind::Subscription, "roll-failed"), (Kind::Account, "payments-prod")] {
        house.patch(kind, PLATFORM, name, orphan).await;
        let so = |object: &Value| object["status"]["deletionPolicy"] == "Orphan";
        house.becomes(kind, PLATFORM, name, "`status.deletionPolicy` says so", so).await;
    }
    page.read("The id is the former object's `status.id`.").await;
    let [moved] = &page.manifests()[..] else { panic!("one manifest") };
    house.sandbox.forget_requests().await;
    page.run("kubectl create namespace payments").await;
    let kinds: Vec<String> =
        Kind::ALL.iter().map(|kind| kind.resource().kind).filter(|kind| kind != "SpotOrganization").collect();
    let allowed = json!({"spec": {"allowed": [{"namespaces": {"from": "All"}, "kinds": kinds}]}});
    house.patch(Kind::Organization, PLATFORM, ACME, &allowed).await;
    // What is in an account goes with its object.
    for (kind, name) in [
        (Kind::Subscription, "roll-failed"),
        (Kind::Credential, "payments-prod"),
        (Kind::Account, "payments-prod"),
    ] {
        house.delete(kind, PLATFORM, name).await;
    }
    house.cluster.apply("", &moved.to_string()).await;
    house.gone(Kind::Account, PLATFORM, "payments-prod").await;
    let there = house.ready(Kind::Account, PAYMENTS, "payments-prod").await;
    assert_eq!(there["status"]["id"], account, "it takes over what the former one kept");
    assert!(house.sandbox.writes().await.is_empty(), "{:#?}", house.sandbox.writes().await);
    page.rest().await;
}

pub async fn runbook(ledger: &Ledger, shell: &mut Shell, house: &House) {
    let mut page = Reader::open("docs/runbook.md", ledger, shell);
    page.read("To let go of an object that is being deleted, without any call to the vendor").await;
    let looked = |object: &Value| object["status"]["lastHandledReconcileAt"].is_string();
    house.becomes(Kind::Account, PAYMENTS, "payments-prod", "looked at now", looked).await;

    page.read("To confirm what a message asks, with the digest").await;
    house.delete(Kind::Account, PAYMENTS, "payments-prod").await;
    house.gone(Kind::Account, PAYMENTS, "payments-prod").await;
    house.sandbox.one("payments-prod").await;

    // Something is asked: what somebody gave by hand is to go again, of the very user whose token is said to be used.
    let before = house.status(Kind::User, PLATFORM, "ci").await["id"].clone();
    let organization = house.get(Kind::Organization, PLATFORM, ACME).await.unwrap();
    let user = |id: &Value| json!({"spec": {"connection": {"tokenUser": id}}});
    house.patch(Kind::Organization, PLATFORM, ACME, &user(&before)).await;
    house.ready(Kind::Organization, PLATFORM, ACME).await;
    let more = json!({"accountRoles": {house.sandbox.one("found").await.id: "viewer"}});
    house.sandbox.change_user(before.as_str().unwrap(), "al@example.com", &more).await;
    page.run("kubectl --namespace platform annotate spotuser ci orgkeeper.dev/reconcile-requested-at=now")
        .await;
    let asked = house.reason(Kind::User, PLATFORM, "ci", "Stalled", "WouldLockOut").await;
    let digest = asked["message"].as_str().unwrap().split("orgkeeper.dev/confirm: ").nth(1).unwrap();
    page.puts("0123456789ab", &digest[..12]);
    page.read("## In order").await;
    house.ready(Kind::User, PLATFORM, "ci").await;
    let owner = &organization["spec"]["connection"]["tokenUser"];
    house.patch(Kind::Organization, PLATFORM, ACME, &user(owner)).await;
    page.read("The vendor shows a token only when it creates a machine user").await;
    let so = |object: &Value| object["status"]["id"] != before;
    house.becomes(Kind::User, PLATFORM, "ci", "another user", so).await;
    page.rest().await;
}
