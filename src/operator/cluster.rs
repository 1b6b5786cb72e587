//! Kubernetes for real.

use crate::api::kind::KindRef;
use crate::engine::base::ports::{
    Cluster, ClusterError, Event, LeaseRecord, ObjectRef, Part, SecretData, SecretWrite,
};
use crate::operator::events;
use crate::trace::CALLS;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use k8s_openapi::ByteString;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::api::{DeleteParams, DynamicObject, Patch, PatchParams, PostParams, Preconditions};
use kube::core::ApiResource;
use kube::core::response::reason::NOT_FOUND;
use kube::{Api, Client};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tracing::Instrument as _;

/// The name under which fields are managed.
pub const FIELD_MANAGER: &str = "orgkeeper";
/// The longest that one call may take.
const CALL: Duration = Duration::from_secs(15);

/// Kubernetes through a client.
pub struct KubeCluster {
    client: Client,
    kinds: BTreeMap<KindRef, ApiResource>,
    instance: String,
    lease: (String, String),
}

impl KubeCluster {
    /// For objects of these kinds, and the Lease of that namespace and name.
    pub fn new(
        client: Client,
        kinds: impl IntoIterator<Item = (KindRef, ApiResource)>,
        lease: (String, String),
        instance: String,
    ) -> Self {
        Self { client, kinds: kinds.into_iter().collect(), instance, lease }
    }

    fn secrets(&self, namespace: &str) -> Api<Secret> {
        Api::namespaced(self.client.clone(), namespace)
    }

    fn leases(&self) -> Api<Lease> {
        Api::namespaced(self.client.clone(), &self.lease.0)
    }
}

/// Bounds a call in time and sorts its errors. `what` names it in traces.
pub(super) async fn bounded<T>(
    what: &'static str,
    call: impl Future<Output = Result<T, kube::Error>>,
) -> Result<T, ClusterError> {
    let span = tracing::debug_span!(target: CALLS, "kubernetes call", otel.name = what, otel.kind = "client");
    match tokio::time::timeout(CALL, call).instrument(span).await {
        Err(_) => Err(ClusterError::Unavailable(format!("no answer within {} s", CALL.as_secs()))),
        Ok(outcome) => outcome.map_err(cluster_error),
    }
}

/// Sorts an error of the API server.
pub(crate) fn cluster_error(error: kube::Error) -> ClusterError {
    if is_unserved(&error) {
        return ClusterError::Unavailable(format!("requests of this kind are not served: {error}"));
    }
    let kube::Error::Api(status) = error else { return ClusterError::Unavailable(error.to_string()) };
    match status.code {
        404 => ClusterError::NotFound,
        409 => ClusterError::Conflict(status.message.clone()),
        401 | 403 => ClusterError::Forbidden(status.message.clone()),
        400 | 422 => ClusterError::Invalid(status.message.clone()),
        _ => ClusterError::Unavailable(status.message.clone()),
    }
}

/// Whether who answered knows nothing of the kind: a definition that is not there, or not taken up yet by the
/// server that was asked, or something in front of it. That says nothing of any object: an object that is not
/// there is told by a Status with this reason.
fn is_unserved(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 404 && status.reason != NOT_FOUND)
}

/// The object, where there is one.
fn found<T>(answer: Result<T, ClusterError>) -> Result<Option<T>, ClusterError> {
    match answer {
        Ok(object) => Ok(Some(object)),
        Err(ClusterError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Cluster for KubeCluster {
    fn patch(
        &self,
        object: &ObjectRef,
        part: Part,
        patch: Value,
    ) -> LocalBoxFuture<'_, Result<Value, ClusterError>> {
        let object = object.clone();
        async move {
            let kind = self.kinds.get(&object.kind).ok_or(ClusterError::NotFound)?;
            let api: Api<DynamicObject> = Api::namespaced_with(self.client.clone(), &object.namespace, kind);
            let params = PatchParams { field_manager: Some(FIELD_MANAGER.into()), ..PatchParams::default() };
            let patch = Patch::Merge(patch);
            let mut answer = match part {
                Part::Main => bounded("patch", api.patch(&object.name, &params, &patch)).await?,
                Part::Status => {
                    bounded("patch status", api.patch_status(&object.name, &params, &patch)).await?
                }
            };
            answer.metadata.managed_fields = None;
            serde_json::to_value(answer).map_err(|error| ClusterError::Unavailable(error.to_string()))
        }
        .boxed_local()
    }

    fn secret(
        &self,
        namespace: &str,
        name: &str,
    ) -> LocalBoxFuture<'_, Result<Option<SecretData>, ClusterError>> {
        let (api, name) = (self.secrets(namespace), name.to_owned());
        async move {
            let secret = found(bounded("get secret", api.get(&name)).await)?;
            Ok(secret.map(secret_data))
        }
        .boxed_local()
    }

    fn set_secret_finalizers(
        &self,
        namespace: &str,
        name: &str,
        resource_version: &str,
        finalizers: Vec<String>,
    ) -> LocalBoxFuture<'_, Result<Vec<String>, ClusterError>> {
        let (api, name) = (self.secrets(namespace), name.to_owned());
        let patch = Patch::Merge(json!({
            "metadata": {"resourceVersion": resource_version, "finalizers": finalizers},
        }));
        async move {
            let params = PatchParams { field_manager: Some(FIELD_MANAGER.into()), ..PatchParams::default() };
            let call = api.patch_metadata(&name, &params, &patch);
            let written = bounded("patch secret's finalizers", call).await?;
            Ok(written.metadata.finalizers.unwrap_or_default())
        }
        .boxed_local()
    }

    fn write_secret(&self, secret: SecretWrite) -> LocalBoxFuture<'_, Result<SecretData, ClusterError>> {
        let api = self.secrets(&secret.namespace);
        let SecretWrite { name, over, labels, annotations, values, .. } = secret;
        let bytes = |value: &SecretString| ByteString(value.expose_secret().as_bytes().to_vec());
        let body = Secret {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                labels: Some(labels),
                annotations: Some(annotations),
                resource_version: over.clone(),
                ..ObjectMeta::default()
            },
            data: Some(values.iter().map(|(key, value)| (key.clone(), bytes(value))).collect()),
            ..Secret::default()
        };
        async move {
            let manager = Some(FIELD_MANAGER.to_owned());
            let written = if over.is_some() {
                let params = PatchParams { field_manager: manager, ..PatchParams::default() };
                bounded("patch secret", api.patch(&name, &params, &Patch::Merge(&body))).await?
            } else {
                let params = PostParams { field_manager: manager, ..PostParams::default() };
                bounded("create secret", api.create(&params, &body)).await?
            };
            Ok(secret_data(written))
        }
        .boxed_local()
    }

    fn delete_secret(
        &self,
        namespace: &str,
        name: &str,
        read: &SecretData,
    ) -> LocalBoxFuture<'_, Result<(), ClusterError>> {
        let (api, name) = (self.secrets(namespace), name.to_owned());
        let preconditions = Preconditions {
            uid: Some(read.uid.clone()),
            resource_version: Some(read.resource_version.clone()),
        };
        async move {
            let params = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default() };
            bounded("delete secret", api.delete(&name, &params)).await.map(drop)
        }
        .boxed_local()
    }

    fn event(&self, event: Event) -> LocalBoxFuture<'_, ()> {
        let (client, instance) = (self.client.clone(), self.instance.clone());
        // Beside the work: an API server that is slow with events must not slow it.
        tokio::spawn(async move {
            if let Err(error) =
                bounded("publish event", events::publish(client, (FIELD_MANAGER, &instance), &event)).await
            {
                tracing::warn!(object = %event.about, %error, "an event was not stored");
            }
        });
        std::future::ready(()).boxed_local()
    }

    fn lease(&self) -> LocalBoxFuture<'_, Result<Option<LeaseRecord>, ClusterError>> {
        let api = self.leases();
        async move {
            let lease = found(bounded("get lease", api.get(&self.lease.1)).await)?;
            Ok(lease.map(|lease| record(&lease)))
        }
        .boxed_local()
    }

    fn put_lease(&self, lease: LeaseRecord) -> LocalBoxFuture<'_, Result<LeaseRecord, ClusterError>> {
        let api = self.leases();
        async move {
            let exists = !lease.resource_version.is_empty();
            let body = Lease {
                metadata: ObjectMeta {
                    name: Some(self.lease.1.clone()),
                    resource_version: exists.then(|| lease.resource_version.clone()),
                    ..ObjectMeta::default()
                },
                spec: Some(LeaseSpec {
                    holder_identity: Some(lease.holder.clone()),
                    // Whole seconds, rounded up: a shorter term for others would end before ours.
                    lease_duration_seconds: i32::try_from(lease.duration.as_millis().div_ceil(1000)).ok(),
                    lease_transitions: Some(lease.transitions),
                    acquire_time: lease.acquired.map(MicroTime),
                    renew_time: lease.renewed.map(MicroTime),
                    ..LeaseSpec::default()
                }),
            };
            let params = PostParams { field_manager: Some(FIELD_MANAGER.into()), ..PostParams::default() };
            let stored = if exists {
                bounded("replace lease", api.replace(&self.lease.1, &params, &body)).await?
            } else {
                bounded("create lease", api.create(&params, &body)).await?
            };
            Ok(record(&stored))
        }
        .boxed_local()
    }
}

fn secret_data(secret: Secret) -> SecretData {
    SecretData {
        uid: secret.metadata.uid.unwrap_or_default(),
        labels: secret.metadata.labels.unwrap_or_default(),
        annotations: secret.metadata.annotations.unwrap_or_default(),
        resource_version: secret.metadata.resource_version.unwrap_or_default(),
        finalizers: secret.metadata.finalizers.unwrap_or_default(),
        deleting: secret.metadata.deletion_timestamp.is_some(),
        immutable: secret.immutable == Some(true),
        values: secret.data.unwrap_or_default().into_iter().map(text).collect(),
    }
}

/// What is no text is there all the same: where it is used, it is told what is wrong with it.
fn text((key, ByteString(bytes)): (String, ByteString)) -> (String, SecretString) {
    (key, SecretString::from(String::from_utf8_lossy(&bytes).into_owned()))
}

fn record(lease: &Lease) -> LeaseRecord {
    let spec = lease.spec.clone().unwrap_or_default();
    let seconds = spec.lease_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok());
    LeaseRecord {
        resource_version: lease.metadata.resource_version.clone().unwrap_or_default(),
        holder: spec.holder_identity.unwrap_or_default(),
        duration: Duration::from_secs(seconds.unwrap_or(0)),
        transitions: spec.lease_transitions.unwrap_or(0),
        acquired: spec.acquire_time.map(|time| time.0),
        renewed: spec.renew_time.map(|time| time.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::spot::kinds;
    use crate::engine::base::given::{Flaw, Form, Given};
    use crate::operator::vendors::resources;
    use axum::Router;
    use axum::http::StatusCode;
    use kube::Config;

    /// Kubernetes whose every answer is a 404 with this text.
    async fn lacking(text: String) -> KubeCluster {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes =
            Router::new().fallback(move || std::future::ready((StatusCode::NOT_FOUND, text.clone())));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        let client = Client::try_from(Config::new(format!("http://{address}").parse().unwrap())).unwrap();
        KubeCluster::new(client, resources(), ("home".into(), "lease".into()), "test".into())
    }

    fn account() -> ObjectRef {
        ObjectRef { kind: kinds::ACCOUNT, namespace: "n".into(), name: "a".into() }
    }

    #[tokio::test]
    async fn what_is_not_there_is_not_found() {
        let status = json!({
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404,
            "message": "spotaccounts.spot.orgkeeper.dev \"a\" not found",
        });
        let cluster = lacking(status.to_string()).await;
        for part in [Part::Main, Part::Status] {
            assert_eq!(cluster.patch(&account(), part, json!({})).await, Err(ClusterError::NotFound));
        }
        assert!(cluster.secret("n", "s").await.unwrap().is_none());
        assert_eq!(cluster.lease().await, Ok(None));
    }

    /// While a server has not taken up a definition yet, and from something in front of it.
    #[tokio::test]
    async fn an_answer_of_who_does_not_serve_the_kind_is_no_absence() {
        let cluster = lacking("404 page not found".into()).await;
        for part in [Part::Main, Part::Status] {
            let answer = cluster.patch(&account(), part, json!({})).await;
            assert!(matches!(answer, Err(ClusterError::Unavailable(_))), "{answer:?}");
        }
        assert!(matches!(cluster.secret("n", "s").await, Err(ClusterError::Unavailable(_))));
        assert!(matches!(cluster.lease().await, Err(ClusterError::Unavailable(_))));
    }

    #[test]
    fn a_value_that_is_no_text_is_there_and_known_for_it() {
        let utf16 = b"\xff\xfet\0o\0k\0e\0n\0".to_vec();
        let values = [("token", b"token".to_vec()), ("file", utf16)];
        let values = values.map(|(key, bytes)| (key.to_owned(), ByteString(bytes)));
        let read = secret_data(Secret { data: Some(values.into()), ..Secret::default() }).values;
        let flaw = |key: &str| Given::from(read[key].clone()).read(Form::Word).err();
        assert_eq!((flaw("token"), flaw("file")), (None, Some(Flaw::NotText)));
    }
}
