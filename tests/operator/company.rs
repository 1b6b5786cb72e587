//! A company: people, machine users and groups of several teams come to be as manifests say, at the
//! price of the calls that it takes and no more.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on panics")]

mod converge;
mod edits;
mod ends;
mod manifests;
mod rebuilt;
pub mod scene;
mod secrets;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    company::{
        manifests::{DEVELOPERS, MACHINES, OPERATORS, PEOPLE, email},
        scene::{Scene, Vendor, place},
    },
    rights::ACCOUNT as SERVICE_ACCOUNT,
    support::{
        audit::AuditLog,
        cluster::Cluster,
        house::Kind,
        rights::{Request, compare, manifests as rights_manifests, rights},
        wait::{PATIENCE, wait_until},
    },
};

/// The routes of writes.
const POLICIES_OF_USER: (&str, &str) = ("PUT", "/setup/user/{userId}/policyMapping");
const GROUPS_OF_USER: (&str, &str) = ("PUT", "/setup/user/{userId}/userGroupMapping");
const MEMBERS_OF_GROUP: (&str, &str) = ("PUT", "/setup/access/userGroup/{userGroupId}/userMapping");
const ROLE_IN_ACCOUNT: (&str, &str) = ("PUT", "/setup/account/{accountId}/user");
const NEW_IN_ACCOUNT: (&str, &str) = ("POST", "/setup/account/{accountId}/user");
const OUT_OF_ACCOUNT: (&str, &str) = ("DELETE", "/setup/account/{accountId}/user");

/// Asserts that the operator was refused nothing, and let through by its own rules alone.
async fn assert_never_refused(audit: &AuditLog, mark: crate::support::audit::Mark, home: &str) {
    let entries = audit.since(mark).await.service_account(home, SERVICE_ACCOUNT);
    let requests: Vec<Request> = entries.iter().map(Request::from).collect();
    assert!(!requests.is_empty());
    let wrong = compare(&rights(&rights_manifests(home)), &requests, &[]);
    // One scenario need not use all.
    let wrong: Vec<String> = wrong.into_iter().filter(|one| !one.starts_with("never used: ")).collect();
    assert_eq!(wrong, [""; 0]);
}

/// Users and groups at the vendor are those of the manifests, each once.
async fn assert_there(scene: &Scene) {
    let users = scene.house.sandbox.users().await;
    let names: BTreeSet<&str> = users.iter().map(|user| user.username.as_str()).collect();
    assert_eq!(names.len(), users.len(), "nobody is there twice");
    assert_eq!(users.len(), 1 + PEOPLE + MACHINES.len(), "and who was there at first");
}

#[tokio::test]
async fn a_company_comes_to_be_and_every_change_costs_its_calls_alone() {
    let cluster = Cluster::shared().await;
    let audit = cluster.audit();
    let start = match &audit {
        Some(audit) => Some(audit.mark().await),
        None => None,
    };
    let scene = Scene::people(Vendor::Production).await;
    let sandbox = &scene.house.sandbox;
    assert_there(&scene).await;
    let members = async |group| sandbox.group(group).await.members;
    let id = async |name: &str| sandbox.user(&email(name)).await.id;
    assert_eq!(members(OPERATORS).await, BTreeSet::from([id("drew").await, id("harper").await]));
    let reporter = sandbox.user("reporter").await.id;
    let developers = [id("blair").await, id("finley").await, id("jules").await, reporter];
    assert_eq!(members(DEVELOPERS).await, BTreeSet::from(developers));
    assert!(sandbox.user(&email("blair")).await.administrator);
    let shared = scene.account("shared").await;
    assert_eq!(sandbox.user(&email("ellis")).await.account_roles[&shared], "viewer");

    // The token of each machine user is the vendor's, and its own.
    let mut tokens = BTreeSet::new();
    for (place, name) in MACHINES {
        let token = scene.token(place, name).await;
        assert_eq!(sandbox.answers(&token, &shared).await, 200, "{name}");
        assert!(tokens.insert(token), "{name}");
    }
    assert_eq!(sandbox.answers("nobody's", &shared).await, 401);

    scene.look().await;
    scene.again_changes_nothing(audit.as_ref()).await;
    edits(&scene).await;
    console(&scene).await;

    if let (Some(audit), Some(start)) = (&audit, start) {
        assert_never_refused(audit, start, &scene.house.home).await;
    }
    scene.close().await;
}

/// What a person changes in manifests.
async fn edits(scene: &Scene) {
    let shared = json!([{"policyName": "Account Editor", "accounts": [{"name": "shared"}]}]);
    let fewer = async |scene: &Scene| scene.edit(Kind::User, 0, "casey", &json!({"policies": shared})).await;
    scene.costs("one grant less", fewer, &[POLICIES_OF_USER]).await;

    let roles = |finley: Value| {
        async move |scene: &Scene| {
            scene.edit(Kind::User, 1, "finley", &json!({"accounts": finley})).await;
        }
    };
    let on = |account: &str, role: &str| json!({"accountRef": {"name": account}, "role": role});
    let change = json!([on("pay-prod", "Editor"), on("pay-test", "Viewer")]);
    scene.costs("another role", roles(change), &[ROLE_IN_ACCOUNT]).await;
    let less = json!([on("pay-prod", "Editor")]);
    scene.costs("one role less", roles(less), &[OUT_OF_ACCOUNT]).await;
    let more = json!([on("pay-prod", "Editor"), on("pay-test", "Viewer")]);
    scene.costs("one role more", roles(more), &[NEW_IN_ACCOUNT]).await;

    // Of a machine user, roles are policies.
    let deployer = json!({"accounts": [on("pay-prod", "Editor"), on("pay-test", "Editor")]});
    let machine = async |scene: &Scene| scene.edit(Kind::User, 1, "deployer", &deployer).await;
    scene.costs("another role of a machine user", machine, &[POLICIES_OF_USER]).await;

    // From a group whose members say so themselves to one that lists them.
    let finley = scene.house.sandbox.user(&email("finley")).await.id;
    let moves = async |scene: &Scene| {
        let place = |place: usize| &scene.house.namespaces[place];
        let members = json!({"members": [
            {"userRef": {"name": "drew", "namespace": place(0)}},
            {"userRef": {"name": "harper", "namespace": place(1)}},
            {"userRef": {"name": "finley", "namespace": place(1)}},
        ]});
        scene.edit(Kind::User, 1, "finley", &json!({"userGroups": []})).await;
        scene.edit(Kind::Group, 0, OPERATORS, &members).await;
    };
    scene.costs("a person moves between groups", moves, &[GROUPS_OF_USER, MEMBERS_OF_GROUP]).await;
    assert!(!scene.house.sandbox.group(DEVELOPERS).await.members.contains(&finley));
    assert!(scene.house.sandbox.group(OPERATORS).await.members.contains(&finley));
}

/// What somebody changes in the console is put back, and told with who did it.
async fn console(scene: &Scene) {
    let (sandbox, namespace) = (&scene.house.sandbox, &scene.house.namespaces[2]);
    let kai = sandbox.user(&email("kai")).await;
    let by_hand = json!({"policies": [{"policyId": "2", "accountIds": ["*"]}]});
    let shows = |object: &Value| {
        let entries = object["status"]["drift"].as_array();
        entries.is_some_and(|entries| entries.iter().any(|entry| entry["actor"] == "mallory@example.com"))
    };
    let put_back = async |scene: &Scene| {
        let told = scene.house.was(Kind::User, namespace, "kai", "told of, with who did it", shows);
        let changes = async {
            sandbox.change_user(&kai.id, "mallory@example.com", &by_hand).await;
            scene.look().await;
        };
        futures::join!(changes, told);
    };
    scene.costs("a grant in the console is put back", put_back, &[POLICIES_OF_USER]).await;
    assert_eq!(sandbox.user(&email("kai")).await.policies, kai.policies);
    wait_until(PATIENCE, "there is an event that names who did it", async || {
        let events = scene.house.events(namespace, "kai").await;
        let told = |(reason, note): &(String, String)| {
            reason == "DriftCorrected" && note.contains("(changed by mallory@example.com)")
        };
        events.iter().any(told).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_the_published_contract_has_no_words_for_is_told_and_the_rest_is_kept() {
    let cluster = Cluster::shared().await;
    let audit = cluster.audit();
    let scene = Scene::people(Vendor::Unverified).await;
    assert_there(&scene).await;
    assert!(scene.house.sandbox.groups().await.is_empty());
    for (manifest, kind) in scene.objects().filter(|(_, kind)| *kind == Kind::User) {
        let (namespace, name) = place(manifest);
        let told = scene.house.condition(kind, namespace, name, "NotSupported").await.unwrap_or_default();
        let message = told["message"].as_str().unwrap_or_default();
        for member in ["policies", "userGroups"] {
            assert_eq!(message.contains(member), !manifest["spec"][member].is_null(), "{name}: {message}");
        }
    }
    let default = scene.account("Sandbox").await;
    for (place, name) in MACHINES {
        let token = scene.token(place, name).await;
        assert_ne!(scene.house.sandbox.answers(&token, &default).await, 401, "{name}");
    }
    scene.look().await;
    scene.again_changes_nothing(audit.as_ref()).await;
    scene.close().await;
}
