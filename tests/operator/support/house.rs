//! Everything that one scenario needs, and nothing of another one's: an installation of the operator
//! with its `ServiceAccount`, the namespaces that it watches, and a vendor.

use std::{
    cell::Cell,
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use futures::{StreamExt as _, future::join_all, stream};
use k8s_openapi::api::{
    authorization::v1::{ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec},
    core::v1::{Namespace, Secret},
    events::v1::Event,
};
use kube::{
    Api, ResourceExt,
    api::{ApiResource, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams},
};
use orgkeeper::{
    api::{
        GROUP, annotation,
        spot::{
            AccessPolicy, CloudCredential, EventSubscription, NotificationPolicy, SpotAccount,
            SpotOrganization, SpotUser, SpotUserGroup,
        },
    },
    operator::vendors,
};
use serde_json::{Value, json};

use super::{
    cluster::Cluster,
    control_plane,
    helm::{Container, Release},
    operator::{Operator, Place, Run},
    rights::{manifests, rights},
    sandbox::{ORGANIZATION, Sandbox, TOKEN},
    wait::wait_until,
};
use crate::rights::{ACCOUNT as SERVICE_ACCOUNT, install, uninstall};

/// Long enough for the operator to wait for a dead one's Lease, settle, and do its work, on a machine
/// that does as much for others.
pub const LONG: Duration = Duration::from_secs(90);
/// The name of the organization's manifest.
pub const ACME: &str = "acme";
/// The Secret that holds the organization's token, under the key `token`.
pub const TOKEN_SECRET: &str = "spot-token";

/// A kind of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Organization,
    Account,
    User,
    Group,
    Policy,
    Credential,
    Subscription,
    Notification,
}

impl Kind {
    /// Every kind; what is contained comes before what contains it.
    pub const ALL: [Self; 8] = [
        Self::Notification,
        Self::Subscription,
        Self::Credential,
        Self::Group,
        Self::User,
        Self::Policy,
        Self::Account,
        Self::Organization,
    ];

    /// The kind of this manifest, if it is one of ours.
    pub fn of(manifest: &Value) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| manifest["kind"] == kind.resource().kind)
    }

    pub fn resource(self) -> ApiResource {
        match self {
            Self::Organization => ApiResource::erase::<SpotOrganization>(&()),
            Self::Account => ApiResource::erase::<SpotAccount>(&()),
            Self::User => ApiResource::erase::<SpotUser>(&()),
            Self::Group => ApiResource::erase::<SpotUserGroup>(&()),
            Self::Policy => ApiResource::erase::<AccessPolicy>(&()),
            Self::Credential => ApiResource::erase::<CloudCredential>(&()),
            Self::Subscription => ApiResource::erase::<EventSubscription>(&()),
            Self::Notification => ApiResource::erase::<NotificationPolicy>(&()),
        }
    }
}

#[test]
fn the_program_has_no_other_kind() {
    let names = |kinds: Vec<ApiResource>| kinds.into_iter().map(|kind| kind.kind).collect::<BTreeSet<_>>();
    let of_program = vendors::kinds().into_iter().map(|kind| kind.resource).collect();
    assert_eq!(names(Kind::ALL.map(Kind::resource).to_vec()), names(of_program));
}

/// An installation of the operator, namespaces to watch, and a vendor.
pub struct House {
    pub cluster: &'static Cluster,
    /// The namespace of the installation.
    pub home: String,
    /// The namespaces that it watches; the first is the organization's.
    pub namespaces: Vec<String>,
    pub sandbox: Sandbox,
    kubeconfig: PathBuf,
    /// How Helm has it run; without Helm the tests say how.
    container: Option<Container>,
    lives: Cell<u32>,
}

impl House {
    /// Builds one with a single namespace; no operator runs yet.
    pub async fn build(name: &str, sandbox: Sandbox) -> Self {
        Self::with_namespaces(name, 1, sandbox).await
    }

    /// Builds one with so many namespaces.
    pub async fn with_namespaces(name: &str, count: usize, sandbox: Sandbox) -> Self {
        let cluster = Cluster::shared().await;
        cluster.install_crds().await;
        Self::on(cluster, name, count, sandbox).await
    }

    /// As [`Self::with_namespaces`], on this cluster as it is.
    pub async fn on(cluster: &'static Cluster, name: &str, count: usize, sandbox: Sandbox) -> Self {
        let home = cluster.namespace(&format!("{name}-home")).await;
        let namespaces = join_all((0..count).map(|_| cluster.namespace(name))).await;
        install(cluster, &home).await;
        rights_hold(cluster, &home).await;
        let kubeconfig = cluster.service_account_kubeconfig(&home, SERVICE_ACCOUNT).await;
        Self { cluster, home, namespaces, sandbox, kubeconfig, container: None, lives: Cell::new(0) }
    }

    /// As [`Self::on`], with nothing installed: Helm is to do that.
    pub async fn for_helm(cluster: &'static Cluster, name: &str, count: usize, sandbox: Sandbox) -> Self {
        let home = cluster.namespace(&format!("{name}-home")).await;
        let namespaces = join_all((0..count).map(|_| cluster.namespace(name))).await;
        let kubeconfig = cluster.kubeconfig_path().to_owned();
        Self { cluster, home, namespaces, sandbox, kubeconfig, container: None, lives: Cell::new(0) }
    }

    /// Installs the chart, or upgrades to it; an operator that starts after that is run as its
    /// Deployment says. Returns what Helm says.
    pub async fn helm(&mut self, release: &str, chart: &Path, values: &Value) -> String {
        let release = Release::new(self.cluster.kubeconfig_path(), &self.home, release);
        let said = release.upgrade(chart, values);
        let kinds = Kind::ALL.iter().map(|kind| format!("{}.{GROUP}", kind.resource().plural));
        self.cluster.serves_named(kinds).await;
        let container = release.container(self.cluster.client()).await;
        let account = &container.service_account;
        may_work(self.cluster, &self.home, account, &self.namespaces[0]).await;
        self.kubeconfig = self.cluster.service_account_kubeconfig(&self.home, account).await;
        self.container = Some(container);
        said
    }

    /// The organization's namespace.
    pub fn namespace(&self) -> &str {
        &self.namespaces[0]
    }

    /// Starts the operator under its own `ServiceAccount`.
    pub async fn start(&self) -> Operator {
        self.start_with(&Run::default()).await
    }

    /// Starts the operator in this way.
    pub async fn start_with(&self, run: &Run) -> Operator {
        let life = self.lives.get() + 1;
        self.lives.set(life);
        if let Some(container) = &self.container {
            return Operator::contained(container, &self.kubeconfig, self.log(life)).await;
        }
        let place = Place {
            kubeconfig: &self.kubeconfig,
            home: &self.home,
            watched: if run.everywhere { &[] } else { &self.namespaces },
            endpoints: self.sandbox.url(),
            log: self.log(life),
        };
        Operator::start(place, run).await
    }

    /// The kubeconfig of the operator's `ServiceAccount`.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Where the operator's log of this life goes.
    fn log(&self, life: u32) -> PathBuf {
        let logs = Path::new(env!("CARGO_TARGET_TMPDIR")).join("operator-logs");
        std::fs::create_dir_all(&logs).expect("a directory can be made");
        logs.join(format!("{}.{life}.log", self.home))
    }

    /// The logs of all operators that were started.
    pub fn logs(&self) -> Vec<PathBuf> {
        (1..=self.lives.get()).map(|life| self.log(life)).collect()
    }

    /// The Secret with the organization's token.
    pub fn token_secret(&self, token: &str) -> Value {
        json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": TOKEN_SECRET, "namespace": self.namespace()},
            "stringData": {"token": token},
        })
    }

    /// The organization's manifest: it is looked at as often as the schema allows.
    pub fn organization(&self) -> Value {
        json!({
            "apiVersion": format!("{GROUP}/v1alpha1"), "kind": "SpotOrganization",
            "metadata": {"name": ACME, "namespace": self.namespace()},
            "spec": {
                "organizationId": ORGANIZATION,
                "connection": {
                    "tokenSecretRef": {"name": TOKEN_SECRET, "key": "token"},
                    "endpoint": self.sandbox.url(),
                    "requestsPerMinute": 10_000,
                },
                "resyncInterval": "10s",
            },
        })
    }

    /// The manifest of an account beside the organization; its name at the vendor is the object's.
    pub fn account(&self, name: &str) -> Value {
        json!({
            "apiVersion": format!("{GROUP}/v1alpha1"), "kind": "SpotAccount",
            "metadata": {"name": name, "namespace": self.namespace()},
            "spec": {"organizationRef": {"name": ACME}, "name": name},
        })
    }

    /// Applies manifests as a person does.
    pub async fn apply(&self, manifests: &[Value]) {
        let text: Vec<String> = manifests.iter().map(ToString::to_string).collect();
        self.cluster.apply(self.namespace(), &text.join("\n---\n")).await;
    }

    /// Applies the organization with its Secret.
    pub async fn apply_organization(&self) {
        self.apply(&[self.token_secret(TOKEN), self.organization()]).await;
    }

    /// Creates many accounts beside the organization, named by number.
    pub async fn create_accounts(&self, count: usize) {
        let api = self.api(Kind::Account, self.namespace());
        let manifests = (0..count).map(|number| self.account(&format!("account-{number}")));
        let creates = manifests.map(|manifest| {
            let api = api.clone();
            async move {
                let object = serde_json::from_value(manifest).expect("an account");
                api.create(&PostParams::default(), &object).await.expect("it can be created")
            }
        });
        stream::iter(creates).buffer_unordered(8).map(drop).collect::<()>().await;
    }

    /// Waits until every account beside the organization is Ready.
    pub async fn all_ready(&self) {
        self.all_ready_within(LONG).await;
    }

    /// As [`Self::all_ready`], where that takes longer.
    pub async fn all_ready_within(&self, limit: Duration) {
        let api = self.api(Kind::Account, self.namespace());
        wait_until(limit, "all accounts are ready", async || {
            let list = api.list(&ListParams::default()).await.expect("they can be listed");
            let ready = |object: &DynamicObject| {
                condition(&object.data, "Ready").is_some_and(|ready| ready["status"] == "True")
            };
            list.iter().all(ready).then_some(())
        })
        .await;
    }

    /// Asks for a reconcile of the organization, and waits until it was handled.
    pub async fn reconcile(&self, token: &str) {
        let asked = json!({"metadata": {"annotations": {annotation::RECONCILE_REQUESTED_AT: token}}});
        self.patch(Kind::Organization, self.namespace(), ACME, &asked).await;
        self.becomes(Kind::Organization, self.namespace(), ACME, "reconciled as asked", |object| {
            object["status"]["lastHandledReconcileAt"] == token
        })
        .await;
    }

    /// The objects of a kind in a namespace.
    pub fn api(&self, kind: Kind, namespace: &str) -> Api<DynamicObject> {
        Api::namespaced_with(self.cluster.client(), namespace, &kind.resource())
    }

    /// The object as it is.
    pub async fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<Value> {
        let found = self.api(kind, namespace).get_opt(name).await.expect("it can be read");
        found.map(|object| serde_json::to_value(object).expect("an object is JSON"))
    }

    /// The object's status; null where it has none.
    pub async fn status(&self, kind: Kind, namespace: &str, name: &str) -> Value {
        self.get(kind, namespace, name).await.map(|mut object| object["status"].take()).unwrap_or_default()
    }

    /// The condition of the object, if it has it.
    pub async fn condition(&self, kind: Kind, namespace: &str, name: &str, type_: &str) -> Option<Value> {
        condition(&self.get(kind, namespace, name).await?, type_)
    }

    /// Changes the object by a merge patch.
    pub async fn patch(&self, kind: Kind, namespace: &str, name: &str, change: &Value) {
        let patch = Patch::Merge(change);
        let patched = self.api(kind, namespace).patch(name, &PatchParams::default(), &patch).await;
        patched.unwrap_or_else(|error| panic!("{name} {change}: {error}"));
    }

    /// Deletes the object, and does not wait.
    pub async fn delete(&self, kind: Kind, namespace: &str, name: &str) {
        let deleted = self.api(kind, namespace).delete(name, &DeleteParams::default()).await;
        deleted.unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    /// Waits until the object is Ready as of its latest generation.
    pub async fn ready(&self, kind: Kind, namespace: &str, name: &str) -> Value {
        self.becomes(kind, namespace, name, "Ready", |object| {
            let current = object["status"]["observedGeneration"] == object["metadata"]["generation"];
            current && condition(object, "Ready").is_some_and(|ready| ready["status"] == "True")
        })
        .await
    }

    /// Waits until the condition is there, in status True or False, with this reason, and returns it.
    pub async fn reason(&self, kind: Kind, namespace: &str, name: &str, type_: &str, reason: &str) -> Value {
        let what = format!("{type_} for the reason {reason}");
        let object = self
            .becomes(kind, namespace, name, &what, |object| {
                condition(object, type_).is_some_and(|condition| condition["reason"] == reason)
            })
            .await;
        condition(&object, type_).expect("it was there")
    }

    /// Waits until the object is as the predicate says, and returns it. At the limit it says what it
    /// was like instead.
    pub async fn becomes(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
        what: &str,
        is_so: impl Fn(&Value) -> bool,
    ) -> Value {
        let last = Cell::new(None);
        let waiting = wait_until(LONG + LONG, what, async || {
            let object = self.get(kind, namespace, name).await;
            last.set(object.clone());
            object.filter(&is_so)
        });
        let Ok(object) = tokio::time::timeout(LONG, waiting).await else {
            let status = last.take().map(|mut object| object["status"].take());
            panic!("{namespace}/{name} is not {what} within {LONG:?}: {status:#?}")
        };
        object
    }

    /// Waits until the object has gone.
    pub async fn gone(&self, kind: Kind, namespace: &str, name: &str) {
        wait_until(LONG, &format!("{namespace}/{name} has gone"), async || {
            self.get(kind, namespace, name).await.is_none().then_some(())
        })
        .await;
    }

    /// The events about the object: reason and note.
    pub async fn events(&self, namespace: &str, name: &str) -> Vec<(String, String)> {
        let events: Api<Event> = Api::namespaced(self.cluster.client(), namespace);
        let list = events.list(&ListParams::default()).await.expect("events can be listed");
        let about = |event: &Event| {
            event.regarding.as_ref().is_some_and(|object| object.name.as_deref() == Some(name))
        };
        let told = list.items.into_iter().filter(about);
        told.map(|event| (event.reason.unwrap_or_default(), event.note.unwrap_or_default())).collect()
    }

    /// Stops the operator, searches what it left behind for secrets, and takes everything away. What
    /// still has a finalizer loses it.
    pub async fn close(self, operator: Operator) {
        self.keep_pages(&operator).await;
        operator.stop().await;
        self.take_down().await;
    }

    /// As [`Self::close`], where no operator runs any more.
    ///
    /// A local control plane goes with all that is in it, and many namespaces that go at once would
    /// only hold up the tests that wait for one: so this is for a given cluster.
    pub async fn take_down(self) {
        let told = self.search().await;
        assert!(told.is_empty(), "secrets were told:\n{}", told.join("\n"));
        if control_plane::given().is_none() {
            return;
        }
        let client = self.cluster.client();
        let release = json!({"metadata": {"finalizers": null}});
        let (release, params) = (Patch::Merge(&release), PatchParams::default());
        for namespace in &self.namespaces {
            for kind in Kind::ALL {
                let api = self.api(kind, namespace);
                for object in api.list(&ListParams::default()).await.expect("they can be listed") {
                    if !object.finalizers().is_empty() {
                        gone_or(api.patch(&object.name_any(), &params, &release).await);
                    }
                }
            }
            let secrets: Api<Secret> = Api::namespaced(client.clone(), namespace);
            for secret in secrets.list(&ListParams::default()).await.expect("they can be listed") {
                if !secret.finalizers().is_empty() {
                    gone_or(secrets.patch(&secret.name_any(), &params, &release).await);
                }
            }
        }
        uninstall(self.cluster, &self.home).await;
        if control_plane::given().is_none() {
            // They end with the control plane, and would only keep it busy before.
            return;
        }
        let namespaces: Api<Namespace> = Api::all(client);
        for namespace in self.namespaces.iter().chain([&self.home]) {
            // That they go is another test's matter.
            gone_or(namespaces.delete(namespace, &DeleteParams::default()).await);
        }
    }
}

fn gone_or<T>(answer: kube::Result<T>) {
    match answer {
        Ok(_) => {}
        Err(kube::Error::Api(status)) if status.is_not_found() || status.is_conflict() => {}
        Err(error) => panic!("{error}"),
    }
}

/// The condition of this type.
pub fn condition(object: &Value, type_: &str) -> Option<Value> {
    let list = object["status"]["conditions"].as_array()?;
    list.iter().find(|condition| condition["type"] == type_).cloned()
}

/// Waits until the API server's authorizer has taken up the roles and bindings, so that an operator
/// which starts now is not refused.
async fn rights_hold(cluster: &Cluster, home: &str) {
    let granted = rights(&manifests(home));
    let here = granted.iter().find(|right| right.namespace.is_some()).expect("a role grants something");
    let everywhere = granted.iter().find(|right| right.namespace.is_none()).expect("the other as well");
    for right in [here, everywhere] {
        let wanted = ResourceAttributes {
            namespace: right.namespace.clone(),
            verb: Some(right.verb.clone()),
            group: Some(right.group.clone()),
            resource: Some(right.resource.clone()),
            name: right.names.first().cloned(),
            ..ResourceAttributes::default()
        };
        may(cluster, home, SERVICE_ACCOUNT, wanted).await;
    }
}

/// As [`rights_hold`], for an operator that Helm has installed, which keeps this namespace.
async fn may_work(cluster: &Cluster, home: &str, account: &str, kept: &str) {
    let wanted = |group: &str, resource: &str, verb: &str, namespace: Option<&str>| ResourceAttributes {
        namespace: namespace.map(str::to_owned),
        verb: Some(verb.to_owned()),
        group: Some(group.to_owned()),
        resource: Some(resource.to_owned()),
        ..ResourceAttributes::default()
    };
    for right in [
        wanted("", "namespaces", "watch", None),
        wanted("", "secrets", "watch", Some(kept)),
        wanted("coordination.k8s.io", "leases", "create", Some(home)),
        wanted("spot.orgkeeper.dev", "spotaccounts", "watch", Some(kept)),
    ] {
        may(cluster, home, account, right).await;
    }
}

/// Waits until a service account may do this.
async fn may(cluster: &Cluster, home: &str, account: &str, wanted: ResourceAttributes) {
    let reviews: Api<SubjectAccessReview> = Api::all(cluster.client());
    let review = SubjectAccessReview {
        spec: SubjectAccessReviewSpec {
            user: Some(format!("system:serviceaccount:{home}:{account}")),
            resource_attributes: Some(wanted),
            ..SubjectAccessReviewSpec::default()
        },
        ..SubjectAccessReview::default()
    };
    wait_until(LONG, &format!("{:?}", review.spec.resource_attributes), async || {
        let answer = reviews.create(&PostParams::default(), &review).await.expect("it is answered");
        answer.status.is_some_and(|status| status.allowed).then_some(())
    })
    .await;
}
