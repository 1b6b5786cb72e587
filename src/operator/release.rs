//! Letting go of everything in the cluster, before the operator is removed. Nothing is said to a vendor.

use crate::api::finalizer;
use crate::engine::base::ports::ClusterError;
use crate::engine::lead::lease::{Taken, take_for_good};
use crate::operator::cluster::{FIELD_MANAGER, KubeCluster, cluster_error};
use crate::operator::lists;
use crate::operator::vendors::{self, kinds, resources};
use crate::operator::watch::Scope;
use futures::{StreamExt as _, stream};
use kube::api::{Api, DynamicObject, ListParams, Patch, PatchParams};
use kube::core::ApiResource;
use kube::{Client, ResourceExt as _};
use serde_json::json;
use std::fmt;
use std::time::Duration;

/// How many objects are let go of at once.
const AT_ONCE: usize = 8;
/// How often what changed meanwhile is looked at again.
const ROUNDS: usize = 10;

/// What to let go of.
#[derive(Clone, Debug)]
pub struct Request {
    /// In which namespaces.
    pub scope: Scope,
    /// The namespace of the installation.
    pub namespace: String,
    /// The Lease's name.
    pub lease: String,
    /// How long a process that had the Lease may go on, where the Lease does not say so any more.
    pub lease_duration: Duration,
    /// Whether to take no Lease, where the operator and its Lease are gone already.
    pub without_lease: bool,
    /// Whether to say only what would be done.
    pub dry_run: bool,
}

/// Why not everything was let go of.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The Lease was not taken: nothing was changed.
    #[error(
        "the Lease {name} in namespace {namespace} cannot be taken, so no finalizer was removed: {source}. Are \
         --namespace and --lease-name those of the installation? Where the operator is gone, and its Lease with \
         it, say --without-lease."
    )]
    Lease {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// Why.
        source: ClusterError,
    },
    /// Objects could not be listed.
    #[error("{what} cannot be listed: {source}. Run it with the operator's own rights, or more.")]
    List {
        /// Of which kind, and where.
        what: String,
        /// Why.
        source: ClusterError,
    },
    /// A finalizer could not be removed.
    #[error("the finalizer of {what} cannot be removed: {source}. What was done stays done: run it again.")]
    Remove {
        /// Of what.
        what: String,
        /// Why.
        source: ClusterError,
    },
    /// Somebody puts them back.
    #[error(
        "{0} still have a finalizer of orgkeeper after {ROUNDS} rounds: something puts it back. Is another \
         installation at work in these namespaces?"
    )]
    Returning(usize),
}

/// An object with a finalizer of ours.
struct Held {
    api: Api<DynamicObject>,
    kind: String,
    namespace: String,
    name: String,
    version: String,
    /// Whether it is being deleted.
    ends: bool,
    /// The finalizers that are not ours.
    others: Vec<String>,
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// Takes the Lease and keeps it, so that no process puts a finalizer back, and removes our finalizers.
/// `tell` is told of each step.
///
/// # Errors
/// What could not be let go of; what was done before stays done, and the whole may be repeated.
pub async fn release(
    client: Client,
    request: &Request,
    mut tell: impl FnMut(&str),
) -> Result<(), ReleaseError> {
    let held = held(&client, &request.scope).await?;
    if request.dry_run {
        for object in &held {
            tell(&format!("would let go of {object}{}", at_vendor(object).await?));
        }
        let going = held.iter().filter(|object| object.ends).count();
        if going > 0 {
            tell(&format!(
                "{going} of them are being deleted: nothing more of that would happen at the vendor. Let the operator \
                 finish first where it is to happen"
            ));
        }
        tell(&format!("{} objects; nothing was changed", held.len()));
        return Ok(());
    }
    let again = match request.without_lease {
        true => String::new(),
        false => take_lease(&client, request, !held.is_empty(), &mut tell).await?,
    };
    let mut count = 0;
    for _ in 0..ROUNDS {
        let held = self::held(&client, &request.scope).await?;
        if held.is_empty() {
            tell(&format!("{count} objects were let go of{again}"));
            return Ok(());
        }
        let mut outcomes =
            stream::iter(held).map(async |object| (let_go(&object).await, object)).buffer_unordered(AT_ONCE);
        while let Some((outcome, object)) = outcomes.next().await {
            match outcome {
                Ok(()) => {
                    count += 1;
                    tell(&format!("let go of {object}"));
                }
                // Somebody changed or deleted it just now: the next round sees how it is.
                Err(ClusterError::Conflict(_) | ClusterError::NotFound) => {}
                Err(source) => return Err(ReleaseError::Remove { what: object.to_string(), source }),
            }
        }
    }
    Err(ReleaseError::Returning(self::held(&client, &request.scope).await?.len()))
}

/// Takes the Lease, and waits until who had it has noticed, where there is something to wait for. Returns
/// what to say of it in the end.
async fn take_lease(
    client: &Client,
    request: &Request,
    any: bool,
    tell: &mut impl FnMut(&str),
) -> Result<String, ReleaseError> {
    let (namespace, name) = (request.namespace.clone(), request.lease.clone());
    let lease = (namespace.clone(), name.clone());
    let cluster = KubeCluster::new(client.clone(), resources(), lease, FIELD_MANAGER.to_owned());
    let taken = take_for_good(&cluster, jiff::Timestamp::now(), request.lease_duration).await;
    let again = format!(". To let the operator work again: kubectl delete lease -n {namespace} {name}");
    let Taken { from, wait } = taken.map_err(|source| ReleaseError::Lease { namespace, name, source })?;
    tell(&format!("the Lease {} is taken for good{}", request.lease, from_whom(&from)));
    if !wait.is_zero() && (any || !from.is_empty()) {
        tell(&format!("waits {} s: until then its former holder may still write", wait.as_secs().max(1)));
        tokio::time::sleep(wait).await;
    }
    Ok(again)
}

fn from_whom(holder: &str) -> String {
    if holder.is_empty() { String::new() } else { format!(" from {holder}") }
}

/// What has a finalizer of ours: objects of our kinds, and Secrets.
async fn held(client: &Client, scope: &Scope) -> Result<Vec<Held>, ReleaseError> {
    let secret = ApiResource::erase::<k8s_openapi::api::core::v1::Secret>(&());
    let of_ours = kinds().into_iter().map(|kind| (kind.resource, vec![finalizer::OBJECT]));
    let in_use = vendors::all().iter().map(|vendor| vendor.in_use).collect();
    let mut held = Vec::new();
    for (kind, ours) in of_ours.chain([(secret, in_use)]) {
        for (part, api) in lists::apis(client, scope, &kind) {
            let mut page = lists::first_page();
            loop {
                let list = match api.list_metadata(&page).await {
                    Ok(list) => list,
                    // Its CRD is not installed.
                    Err(kube::Error::Api(status)) if status.code == 404 => break,
                    Err(error) => {
                        let source = cluster_error(error);
                        let place = part.map_or_else(String::new, |name| format!(" in namespace {name}"));
                        return Err(ReleaseError::List { what: format!("{}{place}", kind.plural), source });
                    }
                };
                let more = lists::turn(&mut page, &list.metadata);
                for object in list.items {
                    let (known, others): (Vec<_>, Vec<_>) =
                        object.finalizers().iter().cloned().partition(|one| ours.contains(&one.as_str()));
                    if known.is_empty() {
                        continue;
                    }
                    let namespace = object.namespace().unwrap_or_default();
                    held.push(Held {
                        api: Api::namespaced_with(client.clone(), &namespace, &kind),
                        kind: kind.kind.clone(),
                        namespace,
                        name: object.name_any(),
                        version: object.resource_version().unwrap_or_default(),
                        ends: object.metadata.deletion_timestamp.is_some(),
                        others,
                    });
                }
                if !more {
                    break;
                }
            }
        }
    }
    Ok(held)
}

/// What becomes at the vendor of what an object that is being deleted stands for.
async fn at_vendor(object: &Held) -> Result<String, ReleaseError> {
    if !object.ends || object.kind == "Secret" {
        return Ok(String::new());
    }
    // What the operator may do is to list them.
    let named = ListParams::default().fields(&format!("metadata.name={}", object.name));
    let found = object
        .api
        .list(&named)
        .await
        .map_err(|error| ReleaseError::List { what: object.to_string(), source: cluster_error(error) })?;
    let found = found.items.into_iter().next();
    let status = found.map(|found| found.data["status"].clone()).unwrap_or_default();
    Ok(match (status["id"].as_str(), status["deletionPolicy"].as_str()) {
        (Some(id), Some("Delete")) => {
            format!(", which is being deleted with {id} at the vendor: that would stay there")
        }
        (Some(id), _) => {
            format!(", which is being deleted: {id} stays at the vendor, as deletionPolicy says")
        }
        (None, _) => ", which is being deleted".to_owned(),
    })
}

async fn let_go(object: &Held) -> Result<(), ClusterError> {
    let patch = json!({"metadata": {"resourceVersion": object.version, "finalizers": object.others}});
    let params = PatchParams { field_manager: Some(FIELD_MANAGER.into()), ..PatchParams::default() };
    let patched = object.api.patch_metadata(&object.name, &params, &Patch::Merge(patch)).await;
    patched.map(drop).map_err(cluster_error)
}
