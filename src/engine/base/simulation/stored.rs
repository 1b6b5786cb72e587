//! What a cluster in memory stores, to be kept in a file: another program can be started on it.

use super::SimCluster;
use crate::api::kind::KindRef;
use crate::engine::base::ports::{LeaseRecord, ObjectRef, SecretData};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// All that a cluster stores. Neither events nor patches are: nobody reads them back.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoredCluster {
    /// The resource version that was given out last.
    version: u64,
    objects: Vec<Value>,
    secrets: Vec<StoredSecret>,
    lease: Option<StoredLease>,
}

/// A Secret with its values in clear: there are none but invented ones in a simulation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredSecret {
    namespace: String,
    name: String,
    uid: String,
    resource_version: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    finalizers: Vec<String>,
    #[serde(default, skip_serializing_if = "crate::api::policy::is_false")]
    deleting: bool,
    #[serde(default, skip_serializing_if = "crate::api::policy::is_false")]
    immutable: bool,
    values: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredLease {
    resource_version: String,
    holder: String,
    seconds: u64,
    transitions: i32,
    acquired: Option<jiff::Timestamp>,
    renewed: Option<jiff::Timestamp>,
}

impl StoredCluster {
    /// What the cluster stores now.
    pub fn of(cluster: &SimCluster) -> Self {
        let secrets = cluster.secrets().into_iter().map(|(at, secret)| StoredSecret::of(at, secret));
        let lease = cluster.lease.borrow().clone().map(|lease| StoredLease {
            resource_version: lease.resource_version,
            holder: lease.holder,
            seconds: lease.duration.as_secs(),
            transitions: lease.transitions,
            acquired: lease.acquired,
            renewed: lease.renewed,
        });
        Self { version: cluster.version.get(), objects: cluster.all(), secrets: secrets.collect(), lease }
    }

    /// A cluster that stores this. `None` where an object is of none of the kinds.
    pub fn cluster(self, kinds: &[KindRef]) -> Option<Rc<SimCluster>> {
        let cluster = SimCluster::new();
        cluster.version.set(self.version);
        for object in self.objects {
            let text = |member: &str| object["metadata"][member].as_str().unwrap_or_default().to_owned();
            let key = ObjectRef {
                kind: *kinds.iter().find(|kind| {
                    let member = |name: &str| object[name].as_str().unwrap_or_default();
                    kind.has(member("apiVersion"), member("kind"))
                })?,
                namespace: text("namespace"),
                name: text("name"),
            };
            cluster.objects.borrow_mut().insert(key, object);
        }
        cluster.secrets.borrow_mut().extend(self.secrets.into_iter().map(StoredSecret::secret));
        *cluster.lease.borrow_mut() = self.lease.map(|lease| LeaseRecord {
            resource_version: lease.resource_version,
            holder: lease.holder,
            duration: Duration::from_secs(lease.seconds),
            transitions: lease.transitions,
            acquired: lease.acquired,
            renewed: lease.renewed,
        });
        Some(cluster)
    }
}

impl StoredSecret {
    fn of((namespace, name): (String, String), secret: SecretData) -> Self {
        let values = secret.values.into_iter();
        Self {
            namespace,
            name,
            uid: secret.uid,
            resource_version: secret.resource_version,
            labels: secret.labels,
            annotations: secret.annotations,
            finalizers: secret.finalizers,
            deleting: secret.deleting,
            immutable: secret.immutable,
            values: values.map(|(key, value)| (key, value.expose_secret().to_owned())).collect(),
        }
    }

    fn secret(self) -> ((String, String), SecretData) {
        let values = self.values.into_iter();
        let secret = SecretData {
            uid: self.uid,
            resource_version: self.resource_version,
            labels: self.labels,
            annotations: self.annotations,
            finalizers: self.finalizers,
            deleting: self.deleting,
            immutable: self.immutable,
            values: values.map(|(key, value)| (key, SecretString::from(value))).collect(),
        };
        ((self.namespace, self.name), secret)
    }
}
