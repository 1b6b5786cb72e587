//! A company that has come to be: its manifests, how each of them should stand, and what looking again
//! and applying again cost.

#![allow(clippy::expect_used, reason = "a test that cannot go on panics")]

use std::{cell::Cell, collections::BTreeMap};

use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

use super::manifests::{NAMESPACES, company, organization};
use crate::{
    rights::ACCOUNT as SERVICE_ACCOUNT,
    support::{
        audit::{AuditLog, Entries},
        console::{Write, effect, writes},
        house::{House, Kind, condition},
        operator::{Operator, Run},
        samples::{self, TEAMS},
        sandbox::Sandbox,
        wait::{PATIENCE, wait_until},
    },
};

/// A machine that does as much for others may be slow to answer, and a call that times out costs more
/// calls than tests allow.
const PATIENT: [&str; 6] = ["--call-timeout", "20s", "--lease-duration", "30s", "--lease-renew", "5s"];

/// How often the limits of routes may be learned until all are known.
const LEARNING: usize = 5;

/// A vendor, and what it is trusted to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendor {
    /// The live service's contract.
    Production,
    /// The published document's, by a server that honours `?accountId=`.
    Published,
    /// The published document's, of which nobody says that.
    Unverified,
}

impl Vendor {
    pub const ALL: [Self; 3] = [Self::Production, Self::Published, Self::Unverified];

    pub fn contract(self) -> Contract {
        match self {
            Self::Production => Contract::Production,
            Self::Published | Self::Unverified => Contract::Published,
        }
    }
}

/// How an object stands in the end. Nothing ends Stalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// Ready, with all that it declares.
    Whole,
    /// Ready, but for a part that the contract has no words for.
    Part,
    /// The contract has no words for it, for this reason.
    Nothing(&'static str),
}

/// How the object of this manifest stands in the end.
pub fn stand(vendor: Vendor, manifest: &Value) -> Stand {
    let spec = &manifest["spec"];
    let has = |members: &[&str]| {
        if members.iter().any(|member| spec.pointer(member).is_some()) { Stand::Part } else { Stand::Whole }
    };
    if vendor == Vendor::Production {
        return Stand::Whole;
    }
    match Kind::of(manifest).expect("a kind of ours") {
        Kind::Organization => Stand::Whole,
        Kind::Account => has(&["/slackNotificationChannels"]),
        Kind::User => has(&["/human/passwordSecretRef", "/policies", "/userGroups"]),
        Kind::Group | Kind::Notification => Stand::Nothing("NotSupportedByContract"),
        Kind::Policy if spec["statements"].as_array().is_some_and(|all| !all.iter().all(is_permission)) => {
            Stand::Nothing("NotTranslatable")
        }
        Kind::Policy => has(&["/type"]),
        Kind::Credential | Kind::Subscription if vendor == Vendor::Unverified => {
            Stand::Nothing("AccountScopeUnverified")
        }
        Kind::Credential => has(&["/azure/expirationDate"]),
        Kind::Subscription => has(&["/eventFormat"]),
    }
}

/// Whether the published document has a form for the statement.
fn is_permission(statement: &Value) -> bool {
    statement["effect"] == "Allow"
        && statement["resources"] == json!(["*"])
        && statement["condition"].is_null()
}

/// The namespace and name in a manifest.
pub fn place(manifest: &Value) -> (&str, &str) {
    let text = |member: &str| manifest["metadata"][member].as_str().expect("a manifest says where it goes");
    (text("namespace"), text("name"))
}

/// A company that has come to be.
pub struct Scene {
    pub vendor: Vendor,
    pub house: House,
    operator: Option<Operator>,
    pub manifests: Vec<Value>,
    looks: Cell<u32>,
}

impl Scene {
    /// People, machine users and groups, in every way in which manifests can say them.
    pub async fn people(vendor: Vendor) -> Self {
        let sandbox = Sandbox::start(vendor.contract()).await;
        let house = House::with_namespaces("company", NAMESPACES, sandbox).await;
        let mut manifests = organization(&house);
        manifests.extend(company(&house));
        Self::set(vendor, house, manifests).await
    }

    /// The house for the samples, and the samples for it.
    pub async fn samples_house(vendor: Vendor) -> (House, Vec<Value>) {
        let sandbox = Sandbox::start_with(vendor.contract(), &["--any-resource"]).await;
        let house = House::with_namespaces("samples", TEAMS.len(), sandbox).await;
        let mut manifests = samples::manifests(&house);
        if vendor == Vendor::Published {
            let organization = manifests.iter_mut().find(|one| one["kind"] == "SpotOrganization");
            organization.expect("there is one")["spec"]["connection"]["accountScope"] = json!("Query");
        }
        (house, manifests)
    }

    /// The company of the samples.
    pub async fn samples(vendor: Vendor) -> Self {
        let (house, manifests) = Self::samples_house(vendor).await;
        Self::set(vendor, house, manifests).await
    }

    /// Applies the manifests, and waits until each object stands as it should.
    pub async fn set(vendor: Vendor, house: House, manifests: Vec<Value>) -> Self {
        let mut scene = Self { vendor, house, operator: None, manifests, looks: Cell::new(0) };
        scene.start().await;
        scene.house.apply(&scene.manifests).await;
        scene.stands().await;
        scene
    }

    /// Starts the operator.
    pub async fn start(&mut self) {
        self.operator = Some(self.house.start_with(&Run::with(&PATIENT)).await);
    }

    /// Stops the operator.
    pub async fn stop(&mut self) {
        self.operator.take().expect("it runs").stop().await;
    }

    /// Waits until the operator ends of itself, as another one has the Lease.
    pub async fn ends(&mut self) {
        let status = self.operator.take().expect("it runs").wait_exit().await;
        assert!(!status.success(), "{status}");
    }

    /// The ids at the vendor of all objects.
    pub async fn ids(&self) -> BTreeMap<(Kind, String), String> {
        let mut ids = BTreeMap::new();
        for (manifest, kind) in self.objects() {
            let (namespace, name) = place(manifest);
            let status = self.house.status(kind, namespace, name).await;
            if let Some(id) = status["id"].as_str() {
                ids.insert((kind, name.to_owned()), id.to_owned());
            }
        }
        ids
    }

    /// The manifests of our kinds.
    pub fn objects(&self) -> impl Iterator<Item = (&Value, Kind)> {
        self.manifests.iter().filter_map(|manifest| Some((manifest, Kind::of(manifest)?)))
    }

    /// The manifest of a kind and name.
    pub fn manifest(&mut self, kind: &str, name: &str) -> &mut Value {
        let index = self.index(kind, name);
        &mut self.manifests[index]
    }

    /// The manifest of a kind and name, as it is.
    pub fn find(&self, kind: &str, name: &str) -> &Value {
        &self.manifests[self.index(kind, name)]
    }

    /// Takes the manifest of a kind and name away.
    pub fn remove(&mut self, kind: &str, name: &str) -> Value {
        let index = self.index(kind, name);
        self.manifests.remove(index)
    }

    fn index(&self, kind: &str, name: &str) -> usize {
        let is_it = |one: &Value| one["kind"] == kind && one["metadata"]["name"] == name;
        self.manifests.iter().position(is_it).unwrap_or_else(|| panic!("no {kind} {name}"))
    }

    /// Waits until each object stands as it should, as of its latest generation.
    pub async fn stands(&self) {
        for (manifest, kind) in self.objects() {
            let (namespace, name) = place(manifest);
            let wanted = stand(self.vendor, manifest);
            let is_so = |object: &Value| {
                object["status"]["observedGeneration"] == object["metadata"]["generation"]
                    && stands_so(object, wanted)
            };
            let object = self.house.becomes(kind, namespace, name, &format!("{wanted:?}"), is_so).await;
            for condition_type in ["Stalled", "Reconciling"] {
                assert_eq!(condition(&object, condition_type), None, "{name}");
            }
        }
    }

    /// Has the vendor looked at again, which shows whether anything is left to do.
    pub async fn look(&self) {
        self.looks.set(self.looks.get() + 1);
        self.house.reconcile(&format!("look {}", self.looks.get())).await;
    }

    /// Does something, and asserts that these are the writes that come of it.
    pub async fn costs(&self, what: &str, deed: impl AsyncFnOnce(&Self), expected: &[(&str, &str)]) {
        let expected = expected.iter().map(|(method, route)| effect(method, route)).collect();
        self.writes(what, deed, expected).await;
    }

    /// As [`Self::costs`], with writes among them that change nothing.
    pub async fn writes(&self, what: &str, deed: impl AsyncFnOnce(&Self), mut expected: Vec<Write>) {
        self.house.sandbox.forget_requests().await;
        deed(self).await;
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
        self.stands().await;
        self.look().await;
        assert_eq!(made().await, expected, "{what}");
    }

    /// Changes the spec of a user or group by a merge patch.
    pub async fn edit(&self, kind: Kind, place: usize, name: &str, spec: &Value) {
        let namespace = &self.house.namespaces[place];
        self.house.patch(kind, namespace, name, &json!({"spec": spec})).await;
        self.house.ready(kind, namespace, name).await;
    }

    /// The id of an account.
    pub async fn account(&self, name: &str) -> String {
        self.house.sandbox.one(name).await.id
    }

    /// The token that a machine user's Secret holds.
    pub async fn token(&self, place: usize, machine: &str) -> String {
        let secrets: Api<Secret> =
            Api::namespaced(self.house.cluster.client(), &self.house.namespaces[place]);
        let secret = secrets.get(&format!("{machine}-token")).await.unwrap();
        String::from_utf8(secret.data.unwrap()["token"].0.clone()).unwrap()
    }

    /// Applies everything again, and asserts that neither the vendor nor the API server is asked to
    /// write anything, by the operator, while it looks twice.
    pub async fn again_changes_nothing(&self, audit: Option<&AuditLog>) {
        for _ in 0..LEARNING {
            let written = self.written_again(audit).await;
            if written.is_empty() {
                return;
            }
            // A route that is called for the first time tells its limit, which the organization shows.
            let learned = written.clone().resource("spotorganizations").subresource("status");
            assert_eq!(learned.len(), written.len(), "{written:#?}");
        }
        panic!("it does not come to rest");
    }

    /// What the operator writes to the API server while everything is applied again and it looks twice.
    /// Asserts that it is nothing at the vendor.
    async fn written_again(&self, audit: Option<&AuditLog>) -> Entries {
        let mark = match audit {
            Some(audit) => Some((audit, audit.mark().await)),
            None => None,
        };
        self.house.sandbox.forget_requests().await;
        self.house.apply(&self.manifests).await;
        let operator = self.operator.as_ref().expect("it runs");
        let before = operator.reconciles("SpotOrganization").await;
        wait_until(4 * PATIENCE, "two looks pass", async || {
            (operator.reconciles("SpotOrganization").await >= before + 2).then_some(())
        })
        .await;
        assert_eq!(writes(self.house.sandbox.requests().await), [], "at the vendor");
        let Some((audit, mark)) = mark else { return Entries::default() };
        let entries = audit.since(mark).await.service_account(&self.house.home, SERVICE_ACCOUNT);
        entries.writes().except_resource("leases")
    }

    /// Keeps the operator's pages, for the search.
    pub async fn pages(&self) {
        self.house.keep_pages(self.operator.as_ref().expect("it runs")).await;
    }

    pub async fn close(self) {
        match self.operator {
            Some(operator) => self.house.close(operator).await,
            None => self.house.take_down().await,
        }
    }
}

/// Whether an object stands so.
fn stands_so(object: &Value, wanted: Stand) -> bool {
    let ready = condition(object, "Ready").is_some_and(|ready| ready["status"] == "True");
    let lacks = condition(object, "NotSupported").filter(|told| told["status"] == "True");
    match wanted {
        Stand::Whole => ready && lacks.is_none(),
        Stand::Part => ready && lacks.is_some(),
        Stand::Nothing(reason) => !ready && lacks.is_some_and(|told| told["reason"] == reason),
    }
}
