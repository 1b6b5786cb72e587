//! A company: people, machine users and groups of several teams come to be as manifests say, at the
//! price of the calls that it takes and no more.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod manifests;

use std::{cell::Cell, collections::BTreeSet};

use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use orgkeeper::sandbox::Contract;
use serde_json::{Value, json};

use crate::{
    company::manifests::{DEVELOPERS, MACHINES, NAMESPACES, OPERATORS, PEOPLE, company, email, organization},
    rights::ACCOUNT as SERVICE_ACCOUNT,
    support::{
        audit::AuditLog,
        cluster::Cluster,
        console::{Write, effect, writes},
        house::{House, Kind, condition},
        operator::{Operator, Run},
        rights::{Request, compare, manifests as rights_manifests, rights},
        sandbox::Sandbox,
        wait::{PATIENCE, wait_until},
    },
};

/// A machine that does as much for others may be slow to answer, and a call that times out costs more
/// calls than tests allow.
const PATIENT: [&str; 6] = ["--call-timeout", "20s", "--lease-duration", "30s", "--lease-renew", "5s"];

/// The routes of writes.
const POLICIES_OF_USER: (&str, &str) = ("PUT", "/setup/user/{userId}/policyMapping");
const GROUPS_OF_USER: (&str, &str) = ("PUT", "/setup/user/{userId}/userGroupMapping");
const MEMBERS_OF_GROUP: (&str, &str) = ("PUT", "/setup/access/userGroup/{userGroupId}/userMapping");
const ROLE_IN_ACCOUNT: (&str, &str) = ("PUT", "/setup/account/{accountId}/user");
const NEW_IN_ACCOUNT: (&str, &str) = ("POST", "/setup/account/{accountId}/user");
const OUT_OF_ACCOUNT: (&str, &str) = ("DELETE", "/setup/account/{accountId}/user");

/// A company that has come to be.
struct Scene {
    house: House,
    operator: Operator,
    manifests: Vec<Value>,
    looks: Cell<u32>,
}

impl Scene {
    /// Applies the company before a vendor of this contract, and waits until each object is as Ready
    /// as it can be.
    async fn set(contract: Contract) -> Self {
        let house = House::with_namespaces("company", NAMESPACES, Sandbox::start(contract).await).await;
        let operator = house.start_with(&Run::with(&PATIENT)).await;
        let mut manifests = organization(&house);
        manifests.extend(company(&house));
        house.apply(&manifests).await;
        let scene = Self { house, operator, manifests, looks: Cell::new(0) };
        scene.stands(contract).await;
        scene
    }

    /// The objects of ours: kind, namespace and name.
    fn objects(&self) -> Vec<(Kind, String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let ours = self.manifests.iter().filter_map(|one| Some((Kind::of(one)?, &one["metadata"])));
        ours.map(|(kind, meta)| (kind, text(&meta["namespace"]), text(&meta["name"]))).collect()
    }

    /// Waits until each object is Ready as of its latest generation, but for what the contract does not
    /// have.
    async fn stands(&self, contract: Contract) {
        for (kind, namespace, name) in self.objects() {
            if kind == Kind::Group && contract == Contract::Published {
                self.house.reason(kind, &namespace, &name, "NotSupported", "NotSupportedByContract").await;
            } else {
                self.house.ready(kind, &namespace, &name).await;
            }
        }
    }

    /// Has the vendor looked at again, which shows whether anything is left to do.
    async fn look(&self) {
        self.looks.set(self.looks.get() + 1);
        self.house.reconcile(&format!("look {}", self.looks.get())).await;
    }

    /// Does something, and asserts that these are the writes that come of it.
    async fn costs(&self, what: &str, deed: impl AsyncFnOnce(&Self), expected: &[(&str, &str)]) {
        self.house.sandbox.forget_requests().await;
        deed(self).await;
        let mut expected: Vec<Write> = expected.iter().map(|(method, route)| effect(method, route)).collect();
        expected.sort();
        let made = async || writes(self.house.sandbox.requests().await);
        let last = Cell::new(Vec::new());
        let waiting = wait_until(4 * PATIENCE, what, async || {
            let made = made().await;
            last.set(made.clone());
            (made.len() >= expected.len()).then_some(())
        });
        let reached = tokio::time::timeout(3 * PATIENCE, waiting).await;
        assert!(reached.is_ok(), "{what}: {expected:?} expected, {:?} made", last.take());
        // Whether more would come of it.
        self.look().await;
        self.stands(Contract::Production).await;
        self.look().await;
        assert_eq!(made().await, expected, "{what}");
    }

    /// Changes the spec of a user or group by a merge patch.
    async fn edit(&self, kind: Kind, place: usize, name: &str, spec: &Value) {
        let namespace = &self.house.namespaces[place];
        self.house.patch(kind, namespace, name, &json!({"spec": spec})).await;
        self.house.ready(kind, namespace, name).await;
    }

    /// The id of an account.
    async fn account(&self, name: &str) -> String {
        self.house.sandbox.one(name).await.id
    }

    /// The token that a machine user's Secret holds.
    async fn token(&self, place: usize, machine: &str) -> String {
        let secrets: Api<Secret> =
            Api::namespaced(self.house.cluster.client(), &self.house.namespaces[place]);
        let secret = secrets.get(&format!("{machine}-token")).await.unwrap();
        String::from_utf8(secret.data.unwrap()["token"].0.clone()).unwrap()
    }

    /// Applies everything again, and asserts that neither the vendor nor the API server is asked to
    /// write anything, by the operator, while it looks twice.
    async fn again_changes_nothing(&self, audit: Option<&AuditLog>) {
        let mark = match audit {
            Some(audit) => Some((audit, audit.mark().await)),
            None => None,
        };
        self.house.sandbox.forget_requests().await;
        self.house.apply(&self.manifests).await;
        let before = self.operator.reconciles("SpotOrganization").await;
        wait_until(4 * PATIENCE, "two looks pass", async || {
            (self.operator.reconciles("SpotOrganization").await >= before + 2).then_some(())
        })
        .await;
        assert_eq!(writes(self.house.sandbox.requests().await), [], "at the vendor");
        let Some((audit, mark)) = mark else { return };
        let entries = audit.since(mark).await.service_account(&self.house.home, SERVICE_ACCOUNT);
        let written = entries.writes().except_resource("leases");
        assert!(written.is_empty(), "{written:#?}");
    }
}

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
    let scene = Scene::set(Contract::Production).await;
    let sandbox = &scene.house.sandbox;
    assert_there(&scene).await;
    for (kind, namespace, name) in scene.objects() {
        let object = scene.house.get(kind, &namespace, &name).await.unwrap();
        assert_eq!(condition(&object, "NotSupported"), None, "{name}: the live service has all of it");
    }
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
    scene.house.close(scene.operator).await;
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

/// Members of the spec that the published document has no words for.
fn beyond_published(spec: &Value) -> bool {
    let password = !spec["human"]["passwordSecretRef"].is_null();
    password || !spec["policies"].is_null() || !spec["userGroups"].is_null()
}

#[tokio::test]
async fn what_the_published_contract_has_no_words_for_is_told_and_the_rest_is_kept() {
    let cluster = Cluster::shared().await;
    let audit = cluster.audit();
    let scene = Scene::set(Contract::Published).await;
    assert_there(&scene).await;
    assert!(scene.house.sandbox.groups().await.is_empty());
    for (manifest, (kind, namespace, name)) in
        scene.manifests.iter().filter(|one| Kind::of(one).is_some()).zip(scene.objects())
    {
        let object = scene.house.get(kind, &namespace, &name).await.unwrap();
        let told = condition(&object, "NotSupported");
        let ready = condition(&object, "Ready").unwrap();
        match kind {
            Kind::User => {
                assert_eq!(told.is_some(), beyond_published(&manifest["spec"]), "{name}: {told:?}");
                assert_eq!(ready["status"], "True", "{name}");
                let told = told.map(|told| told["message"].as_str().unwrap().to_owned()).unwrap_or_default();
                for member in ["policies", "userGroups"] {
                    assert_eq!(told.contains(member), !manifest["spec"][member].is_null(), "{name}: {told}");
                }
            }
            Kind::Group => {
                assert_eq!(ready["status"], "False", "{name}");
                assert_eq!(told.unwrap()["status"], "True", "{name}");
            }
            Kind::Account | Kind::Organization => assert_eq!(told, None, "{name}"),
        }
        assert_eq!(condition(&object, "Stalled"), None, "{name}");
        assert_eq!(condition(&object, "Reconciling"), None, "{name}");
    }
    let default = scene.account("Sandbox").await;
    for (place, name) in MACHINES {
        let token = scene.token(place, name).await;
        assert_ne!(scene.house.sandbox.answers(&token, &default).await, 401, "{name}");
    }
    scene.look().await;
    scene.again_changes_nothing(audit.as_ref()).await;
    scene.house.close(scene.operator).await;
}
