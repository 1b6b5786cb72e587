//! Nobody is locked out by a manifest: not by one that is deleted, nor by its namespace, nor by an
//! edit; and of a bad merge only the first part comes through.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use futures::{FutureExt as _, StreamExt as _, future::join_all, stream};
use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, api::DeleteParams};
use orgkeeper::{
    api::{GROUP, annotation},
    sandbox::spot::Contract,
};
use serde_json::{Value, json};

use crate::support::{
    console::{User, effect, writes},
    house::{ACME, House, Kind, LONG, condition},
    object::{Object, Row, digest},
    operator::{Operator, Run},
    sandbox::{Sandbox, TOKEN},
    side_by_side::side_by_side,
    wait::wait_until,
};

/// Nothing that a test needs is slower than this machine is when it is busy.
const PATIENT: [&str; 6] = ["--call-timeout", "20s", "--lease-duration", "30s", "--lease-renew", "5s"];
/// The object that stands for the administrator.
const ADMINISTRATOR: &str = "administrator";
/// What is said of the last one.
const LAST: &str = "is the last administrator of the organization";
/// The name of the machine user that the operator may be, and its token.
const MACHINE: (&str, &str) = ("orgkeeper", "c4n4ry-of-a-machine");
const USER: &str = "/setup/user/{userId}";
const POLICIES_OF_USER: &str = "/setup/user/{userId}/policyMapping";

/// An organization with two administrators, of whom one is the operator's own user; and a manifest for one
/// of them.
struct Scene {
    house: House,
    operator: Operator,
    /// Who is declared.
    declared: User,
    /// The namespace of that manifest.
    namespace: String,
}

/// Who is declared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    /// The administrator whose token the operator has.
    Own,
    /// The other one: the last whom somebody can log in as, as the operator works as a machine user.
    Other,
}

impl Scene {
    /// With the manifest in this one of the namespaces, and these members of its spec besides.
    async fn set(who: Who, place: usize, with: Value) -> Self {
        let house =
            House::with_namespaces("lock-out", place + 1, Sandbox::start(Contract::Production).await).await;
        let own = house.sandbox.users().await.swap_remove(0);
        let other = json!({"email": "alex@example.com", "administrator": true});
        house.sandbox.create_user(&other).await;
        let declared = match who {
            Who::Own => own,
            Who::Other => house.sandbox.user("alex@example.com").await,
        };
        assert!(declared.administrator);
        let mut token = TOKEN;
        if who == Who::Other {
            let machine = json!({"name": MACHINE.0, "administrator": true});
            let id = house.sandbox.create_user(&machine).await;
            token = MACHINE.1;
            house.sandbox.issue_token(&id, token).await;
            let first = house
                .sandbox
                .users()
                .await
                .into_iter()
                .find(|user| user.administrator && user.id != id && user.id != declared.id);
            let first = first.unwrap();
            house.sandbox.change_user(&first.id, &first.username, &json!({"policies": []})).await;
        }
        let operator = house.start_with(&Run::with(&PATIENT)).await;
        let mut organization = house.organization();
        organization["spec"]["allowed"] = json!([{"namespaces": {"from": "All"}, "kinds": ["SpotUser"]}]);
        let namespace = house.namespaces[place].clone();
        let mut spec = with;
        spec["organizationRef"] = json!({"name": ACME, "namespace": house.namespace()});
        spec["human"] = json!({"email": declared.username});
        spec["adopt"] = json!({"policy": "Required", "id": declared.id});
        spec["deletionPolicy"] = json!("Delete");
        let user = json!({
            "apiVersion": format!("{GROUP}/v1alpha1"), "kind": "SpotUser",
            "metadata": {"name": ADMINISTRATOR, "namespace": namespace}, "spec": spec,
        });
        house.apply(&[house.token_secret(token), organization, user]).await;
        house.ready(Kind::User, &namespace, ADMINISTRATOR).await;
        house.sandbox.forget_requests().await;
        Self { house, operator, declared, namespace }
    }

    fn object(&self) -> Object<'_> {
        self.house.object(Kind::User, &self.namespace, ADMINISTRATOR)
    }

    /// Waits until the write is stopped with this in the message, tries other digests in vain, and returns
    /// the one that lets it through.
    async fn stopped(&self, why: &str) -> String {
        let object = self.object();
        let message = object.stands_telling(Row::Stalled, "WouldLockOut", &[why]).await;
        let digest = digest(&message);
        for wrong in [&*"0".repeat(digest.len()), &digest[1..], "yes"] {
            object.annotate(annotation::CONFIRM, wrong).await;
            object.look_again(&format!("with {wrong}")).await;
            assert_eq!(object.stands(Row::Stalled, "WouldLockOut").await, message);
        }
        assert_eq!(writes(self.house.sandbox.requests().await), [], "nothing was written");
        digest
    }

    async fn confirm(&self, digest: &str) {
        self.object().annotate(annotation::CONFIRM, digest).await;
    }

    async fn close(self) {
        self.house.close(self.operator).await;
    }
}

/// The manifest of the last administrator is deleted.
async fn deleted_manifest() {
    let scene = Scene::set(Who::Other, 0, json!({})).await;
    scene.object().delete().await;
    let digest = scene.stopped(LAST).await;
    scene.confirm(&digest).await;
    scene.object().gone().await;
    let sandbox = &scene.house.sandbox;
    assert_eq!(sandbox.users_named(&scene.declared.username).await.len(), 0);
    assert_eq!(writes(sandbox.requests().await), [effect("DELETE", USER)]);
    scene.close().await;
}

/// The namespace is deleted in which the operator's own user is declared. It waits for that object.
async fn deleted_namespace() {
    let scene = Scene::set(Who::Own, 1, json!({})).await;
    let namespaces: Api<Namespace> = Api::all(scene.house.cluster.client());
    namespaces.delete(&scene.namespace, &DeleteParams::default()).await.unwrap();
    let digest = scene.stopped("the one whose token orgkeeper uses").await;
    assert!(namespaces.get_opt(&scene.namespace).await.unwrap().is_some(), "it waits");

    scene.confirm(&digest).await;
    scene.object().gone().await;
    wait_until(LONG, "the namespace goes", async || {
        namespaces.get_opt(&scene.namespace).await.unwrap().is_none().then_some(())
    })
    .await;
    assert_eq!(writes(scene.house.sandbox.requests().await), [effect("DELETE", USER)]);
    scene.close().await;
}

/// The policy Admin of the last administrator is taken out of the manifest.
async fn edited_manifest() {
    let admin = json!({"policies": [{"policyName": "Admin"}]});
    let scene = Scene::set(Who::Other, 0, admin).await;
    let sandbox = &scene.house.sandbox;
    let viewer = json!([{"policyName": "Account Viewer", "allAccounts": true}]);
    scene.object().edit(&json!({"policies": viewer})).await;
    let first = scene.stopped(LAST).await;

    // Another plan has another digest.
    scene.object().edit(&json!({"policies": []})).await;
    let second = scene.stopped(LAST).await;
    assert_ne!(first, second);
    scene.confirm(&first).await;
    scene.object().look_again("with the digest of another plan").await;
    assert_eq!(writes(sandbox.requests().await), []);

    scene.confirm(&second).await;
    scene.object().ready().await;
    assert!(!sandbox.user(&scene.declared.username).await.administrator);
    assert_eq!(writes(sandbox.requests().await), [effect("PUT", POLICIES_OF_USER)]);
    scene.close().await;
}

#[tokio::test]
async fn a_lock_out_waits_for_its_own_digest_whichever_way_it_comes() {
    side_by_side(vec![
        ("the manifest is deleted".into(), deleted_manifest().boxed_local()),
        ("the namespace is deleted".into(), deleted_namespace().boxed_local()),
        ("the policy is taken out of the manifest".into(), edited_manifest().boxed_local()),
    ])
    .await;
}

/// Users of the organization, of whom a bad merge deletes most.
const ALL: usize = 80;
const DELETED: usize = 60;
/// What the schema gives where a manifest says nothing.
const GUARD: usize = 20;

fn name(number: usize) -> String {
    format!("user-{number:02}")
}

#[tokio::test]
async fn of_a_bad_merge_only_so_much_comes_through_until_a_person_says_so() {
    let house = House::build("bad-merge", Sandbox::start(Contract::Production).await).await;
    let operator = house.start_with(&Run::with(&PATIENT)).await;
    let (sandbox, namespace) = (&house.sandbox, house.namespace());
    house.apply_organization().await;
    let people = (0..ALL).map(|number| {
        json!({
            "apiVersion": format!("{GROUP}/v1alpha1"), "kind": "SpotUser",
            "metadata": {"name": name(number), "namespace": namespace},
            "spec": {"organizationRef": {"name": ACME}, "human": {
                "email": format!("{}@example.com", name(number)),
                "firstName": "Some", "lastName": "Body", "role": "Viewer",
            }},
        })
    });
    house.apply(&people.collect::<Vec<_>>()).await;
    for number in 0..ALL {
        house.ready(Kind::User, namespace, &name(number)).await;
    }
    assert_eq!(sandbox.users().await.len(), ALL + 1);
    sandbox.forget_requests().await;

    let deletions = (0..DELETED).map(|number| {
        let house = &house;
        async move { house.delete(Kind::User, namespace, &name(number)).await }
    });
    stream::iter(deletions).buffer_unordered(8).collect::<Vec<()>>().await;
    let organization = house.the_organization(ACME);
    let asks = |object: &Value| {
        let asked = condition(object, "ConfirmationRequired").unwrap_or_default();
        let message = asked["message"].as_str().unwrap_or_default().to_owned();
        message.starts_with(&format!("{} writes", DELETED - GUARD)).then_some(message)
    };
    let object = organization.becomes("asking for all that waits", |object| asks(object).is_some()).await;
    let message = asks(&object).unwrap();
    assert!(message.contains(&format!("no more than {GUARD} are made within an hour")), "{message}");
    assert!(message.contains(&format!("delete SpotUser {namespace}/user-")), "{message}");
    assert_eq!(condition(&object, "Ready").unwrap()["status"], "True", "the organization is well");
    let before = operator.reconciles("SpotOrganization").await;
    wait_until(LONG, "two looks pass", async || {
        (operator.reconciles("SpotOrganization").await >= before + 2).then_some(())
    })
    .await;
    assert_eq!(sandbox.counter("DELETE", USER).await.effects, GUARD as u64);
    assert_eq!(sandbox.users().await.len(), ALL + 1 - GUARD);
    let (_, page) = operator.page("/metrics").await;
    assert!(page.lines().any(|line| line.contains("waiting") && line.ends_with(" 40.0")), "{page}");

    organization.annotate(annotation::CONFIRM, &digest(&message)).await;
    join_all((0..DELETED).map(|number| {
        let house = &house;
        async move { house.gone(Kind::User, namespace, &name(number)).await }
    }))
    .await;
    organization.stops_saying("ConfirmationRequired").await;
    assert_eq!(sandbox.counter("DELETE", USER).await.effects, DELETED as u64);
    let left = sandbox.users().await;
    assert_eq!(left.len(), ALL + 1 - DELETED);
    assert!(
        (DELETED..ALL).all(|number| {
            left.iter().any(|user| user.username == format!("{}@example.com", name(number)))
        })
    );
    house.close(operator).await;
}
