//! Stands in for what the control plane of the tests has not: the controllers of Deployments and Jobs, and a machine
//! that runs their pods. Our own programs run as the containers say, with the times of a test.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    sync::Arc,
    time::Duration,
};

use k8s_openapi::{
    api::{
        apps::v1::{Deployment, ReplicaSet},
        batch::v1::Job,
        core::v1::{Pod, PodTemplateSpec, Service},
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::{
    Api, Client, Resource, ResourceExt as _,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
    core::{NamespaceResourceScope, Status},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::way::Way;
use crate::support::{cluster::Cluster, helm::Container, operator::Operator};

/// How long a renewal of the Lease holds here.
pub const LEASE: &str = "5s";
/// What is otherwise than the containers say: where the programs listen, what they keep on a disk, and times.
const OTHERWISE: [(&str, &str); 10] = [
    ("--listen", "127.0.0.1:0"),
    ("--settle", "2s"),
    ("--call-timeout", "2s"),
    ("--lease-duration", LEASE),
    ("--lease-renew", "1s"),
    ("--backoff", "100ms"),
    ("--backoff-limit", "2s"),
    ("--slow-retry", "3s"),
    ("--rotation-overlap", "2s"),
    ("--data", ""),
];
/// Between two looks.
const INTERVAL: Duration = Duration::from_millis(100);

/// It ends with the test, and with it all that runs there.
pub struct Node(JoinHandle<()>);

impl Node {
    /// One for a cluster, from which this way leads on.
    pub fn start(cluster: &'static Cluster, way: Arc<Way>) -> Self {
        let mut bed = Bed {
            cluster,
            client: cluster.client(),
            way,
            directory: tempfile::tempdir().unwrap(),
            pods: BTreeMap::new(),
            jobs: BTreeMap::new(),
            told: BTreeMap::new(),
            lives: 0,
        };
        Self(tokio::task::spawn(async move {
            loop {
                Box::pin(bed.look()).await;
                tokio::time::sleep(INTERVAL).await;
            }
        }))
    }
}

impl Node {
    /// Does something while it runs; if it cannot go on, nothing can.
    pub async fn carries<T>(mut self, what: impl Future<Output = T>) -> T {
        tokio::select! {
            ended = &mut self.0 => panic!("what stands in for machines has ended: {ended:?}"),
            done = what => done,
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A namespace, and a name in it.
type Place = (String, String);

struct Bed {
    cluster: &'static Cluster,
    client: Client,
    way: Arc<Way>,
    directory: TempDir,
    pods: BTreeMap<Place, Running>,
    jobs: BTreeMap<Place, JoinHandle<bool>>,
    /// The status that a Deployment was given last.
    told: BTreeMap<Place, Value>,
    lives: u32,
}

struct Running {
    operator: Operator,
    container: Container,
    ready: bool,
}

impl Bed {
    async fn look(&mut self) {
        let mut wanted = BTreeSet::new();
        let deployments: Api<Deployment> = Api::all(self.client.clone());
        for deployment in deployments.list(&ListParams::default()).await.unwrap() {
            wanted.extend(self.deployment(&deployment).await);
        }
        let jobs: Api<Job> = Api::all(self.client.clone());
        for job in jobs.list(&ListParams::default()).await.unwrap() {
            self.job(&job).await;
        }
        let gone: Vec<Place> = self.pods.keys().filter(|place| !wanted.contains(place)).cloned().collect();
        for (namespace, name) in gone {
            let pods: Api<Pod> = Api::namespaced(self.client.clone(), &namespace);
            if let Some(running) = self.pods.remove(&(namespace, name.clone())) {
                running.operator.stop().await;
            }
            // Its owner may have taken it along.
            let _ = pods.delete(&name, &DeleteParams::default()).await;
        }
    }

    /// Brings a Deployment about; returns its pods.
    async fn deployment(&mut self, deployment: &Deployment) -> Vec<Place> {
        let (namespace, name) = (deployment.namespace().unwrap(), deployment.name_any());
        let Some(spec) = &deployment.spec else { return Vec::new() };
        if deployment.metadata.deletion_timestamp.is_some() {
            return Vec::new();
        }
        let replicas = spec.replicas.unwrap_or(1);
        let digest = orgkeeper::sandbox::digest(&json!([spec.template, name]).to_string());
        let set = format!("{name}-{}", &digest[..8]);
        let mut template = spec.template.clone();
        let labels = template.metadata.get_or_insert_default().labels.get_or_insert_default();
        labels.insert("pod-template-hash".to_owned(), digest[..8].to_owned());
        let mut selector = json!(spec.selector);
        selector["matchLabels"]["pod-template-hash"] = json!(&digest[..8]);
        let replica_set = json!({
            "metadata": {"name": set, "labels": labels, "ownerReferences": [owner(deployment)]},
            "spec": {"replicas": replicas, "selector": selector, "template": template},
        });
        let Some(set) = self.made::<ReplicaSet>(&namespace, &set, &replica_set).await else {
            return Vec::new();
        };
        let names = (0..replicas).map(|number| format!("{}-{number}", set.name_any()));
        let places: Vec<Place> = names.map(|name| (namespace.clone(), name)).collect();
        let mut ready = 0;
        for (_, name) in &places {
            ready += i32::from(self.pod(&namespace, name, &template, &owner(&set)).await);
        }
        let counts = json!({
            "replicas": replicas, "readyReplicas": ready, "availableReplicas": ready,
            "observedGeneration": deployment.metadata.generation,
        });
        let mut status = counts.clone();
        status["updatedReplicas"] = json!(replicas);
        if self.told.get(&(namespace.clone(), name.clone())) != Some(&status) {
            let mut of_set = counts;
            of_set["observedGeneration"] = json!(set.metadata.generation);
            self.tell::<ReplicaSet>(&namespace, &set.name_any(), of_set).await;
            self.tell::<Deployment>(&namespace, &name, status.clone()).await;
            self.told.insert((namespace, name), status);
        }
        places
    }

    /// Keeps a pod running; returns whether it is ready.
    async fn pod(&mut self, namespace: &str, name: &str, template: &PodTemplateSpec, owner: &Value) -> bool {
        let place = (namespace.to_owned(), name.to_owned());
        if self.pods.get_mut(&place).is_some_and(|running| running.operator.has_ended()) {
            self.pods.remove(&place);
        }
        if !self.pods.contains_key(&place) {
            let Some(container) = self.made_pod(namespace, name, template, owner).await else { return false };
            let (kubeconfig, log) = (self.kubeconfig(namespace, &container).await, self.log(name));
            let operator = Operator::contained(&container, &kubeconfig, log).await;
            self.lead(namespace, template, &container, operator.url()).await;
            self.pods.insert(place.clone(), Running { operator, container, ready: false });
        }
        let running = self.pods.get_mut(&place).expect("it is there");
        if !running.ready && running.operator.page(&running.container.readiness).await.0 == 200 {
            running.ready = true;
            let container = json!({
                "name": template.spec.as_ref().map(|spec| &spec.containers[0].name), "ready": true, "started": true,
                "restartCount": 0, "image": running.container.image, "imageID": "",
                "state": {"running": {"startedAt": jiff::Timestamp::now().to_string()}},
            });
            let status = json!({
                "phase": "Running", "containerStatuses": [container],
                "conditions": [{"type": "Ready", "status": "True"}],
            });
            self.tell::<Pod>(namespace, name, status).await;
        }
        self.pods[&place].ready
    }

    /// Has the pod made, if it is not there; returns how its container runs here.
    async fn made_pod(
        &self,
        namespace: &str,
        name: &str,
        template: &PodTemplateSpec,
        owner: &Value,
    ) -> Option<Container> {
        let labels = template.metadata.as_ref().and_then(|metadata| metadata.labels.as_ref());
        let pod = json!({
            "metadata": {"name": name, "labels": labels, "ownerReferences": [owner]}, "spec": template.spec,
        });
        self.made::<Pod>(namespace, name, &pod).await?;
        let spec = template.spec.clone().unwrap_or_default();
        let mut container = Container::of(self.client.clone(), namespace, name, spec).await;
        container.arguments = container.arguments.iter().filter_map(|argument| otherwise(argument)).collect();
        container.environment.extend(self.way.environment());
        container.arguments.push(if container.arguments[0] == "release" {
            format!("--lease-duration={LEASE}")
        } else {
            // It must not outlive the test.
            "--exit-with-stdin".to_owned()
        });
        Some(container)
    }

    /// Leads to a program by the names of Services, and as `kubectl port-forward` would.
    async fn lead(&self, namespace: &str, template: &PodTemplateSpec, container: &Container, url: &str) {
        let labels = template.metadata.clone().and_then(|metadata| metadata.labels).unwrap_or_default();
        let services: Api<Service> = Api::namespaced(self.client.clone(), namespace);
        for port in &container.ports {
            self.way.leads(&format!("localhost:{port}"), url);
            for service in services.list(&ListParams::default()).await.unwrap() {
                let selector =
                    service.spec.as_ref().and_then(|spec| spec.selector.clone()).unwrap_or_default();
                if selector.iter().all(|(key, value)| labels.get(key) == Some(value)) {
                    self.way.leads(&format!("{}.{namespace}.svc:{port}", service.name_any()), url);
                }
            }
        }
    }

    /// Carries a Job out, once.
    async fn job(&mut self, job: &Job) {
        let (namespace, name) = (job.namespace().unwrap(), job.name_any());
        let place = (namespace.clone(), name.clone());
        if job.status.as_ref().is_some_and(|status| status.completion_time.is_some()) {
            return;
        }
        let Some(running) = self.jobs.get_mut(&place) else {
            let template = job.spec.clone().map(|spec| spec.template).unwrap_or_default();
            let pod = format!("{name}-0");
            let Some(container) = self.made_pod(&namespace, &pod, &template, &owner(job)).await else {
                return;
            };
            let kubeconfig = self.kubeconfig(&namespace, &container).await;
            let log = std::fs::File::create(self.log(&name)).unwrap();
            let mut command = tokio::process::Command::new(container.program());
            command.args(&container.arguments).env_clear().envs(container.environment);
            command.env("KUBECONFIG", kubeconfig).stdout(log.try_clone().unwrap()).stderr(log);
            let mut child = command.kill_on_drop(true).spawn().unwrap();
            let ended = async move { child.wait().await.is_ok_and(|status| status.success()) };
            self.jobs.insert(place, tokio::task::spawn(ended));
            return;
        };
        if !running.is_finished() {
            return;
        }
        let went_well = running.await.unwrap();
        self.jobs.remove(&place);
        assert!(went_well, "{namespace}/{name} failed");
        let now = jiff::Timestamp::now().to_string();
        let condition = |type_: &str| json!({"type": type_, "status": "True", "lastTransitionTime": now});
        let status = json!({
            "startTime": now, "completionTime": now, "succeeded": 1,
            "conditions": [condition("SuccessCriteriaMet"), condition("Complete")],
        });
        self.tell::<Job>(&namespace, &name, status).await;
        self.tell::<Pod>(&namespace, &format!("{name}-0"), json!({"phase": "Succeeded"})).await;
    }

    async fn kubeconfig(&self, namespace: &str, container: &Container) -> std::path::PathBuf {
        self.cluster.service_account_kubeconfig(namespace, &container.service_account).await
    }

    fn log(&mut self, name: &str) -> std::path::PathBuf {
        self.lives += 1;
        self.directory.path().join(format!("{name}.{}.log", self.lives))
    }

    /// Has the object made, if it is not there, and returns it; none in a namespace that goes.
    async fn made<K>(&self, namespace: &str, name: &str, object: &Value) -> Option<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
        K: Clone + Debug + DeserializeOwned + Serialize,
    {
        let api: Api<K> = Api::namespaced(self.client.clone(), namespace);
        if let Some(there) = api.get_opt(name).await.unwrap() {
            return Some(there);
        }
        let object = serde_json::from_value(object.clone()).unwrap();
        match api.create(&PostParams::default(), &object).await {
            Ok(made) => Some(made),
            Err(kube::Error::Api(status)) if status.is_forbidden() && goes(&status) => None,
            Err(error) => panic!("{namespace}/{name}: {error}"),
        }
    }

    async fn tell<K>(&self, namespace: &str, name: &str, status: Value)
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned,
    {
        let api: Api<K> = Api::namespaced(self.client.clone(), namespace);
        let patch = json!({ "status": status });
        match api.patch_status(name, &PatchParams::default(), &Patch::Merge(&patch)).await {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.is_not_found() => {}
            Err(error) => panic!("{namespace}/{name}: {error}"),
        }
    }
}

/// Whether something is refused as its namespace is being deleted.
fn goes(status: &Status) -> bool {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    causes.into_iter().any(|cause| cause.reason == "NamespaceTerminating")
}

/// An argument as it is here; none if it is left out.
fn otherwise(argument: &str) -> Option<String> {
    let flag = argument.split('=').next().unwrap_or_default();
    match OTHERWISE.iter().find(|(other, _)| *other == flag) {
        Some((_, "")) => None,
        Some((_, value)) => Some(format!("{flag}={value}")),
        None => Some(argument.to_owned()),
    }
}

fn owner<K: Resource<DynamicType = ()>>(of: &K) -> Value {
    let ObjectMeta { name, uid, .. } = of.meta();
    json!({
        "apiVersion": K::api_version(&()), "kind": K::kind(&()), "name": name, "uid": uid, "controller": true,
        "blockOwnerDeletion": true,
    })
}
