//! What exists of vendors that are off: nobody keeps it, and its end waits for our finalizer. Whoever leads says so on
//! each such object, where it may and the kind is there; a vendor that is on again overwrites that as it looks at them.

use crate::engine::base::ports::ClusterError;
use crate::engine::decide::unkept;
use crate::engine::runtime::commit::retold;
use crate::operator::cluster::{FIELD_MANAGER, bounded};
use crate::operator::lists;
use crate::operator::vendors::Wiring;
use crate::operator::watch::Scope;
use jiff::Timestamp;
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::core::ApiResource;
use kube::{Client, ResourceExt as _};
use serde_json::json;
use std::time::Duration;

/// How often it is looked for what does not say so yet.
const AGAIN: Duration = Duration::from_mins(10);
/// How often a process that does not lead asks whether it does.
const LEADS_YET: Duration = Duration::from_secs(5);

/// The kinds of the vendors that are off.
pub struct SwitchedOff {
    client: Client,
    scope: Scope,
    /// Whose each is, and where it is served.
    kinds: Vec<(&'static str, ApiResource)>,
}

impl SwitchedOff {
    /// Those of these vendors.
    pub fn new(client: Client, scope: Scope, vendors: &[Wiring]) -> Self {
        let kinds = vendors
            .iter()
            .flat_map(|vendor| vendor.kinds.iter().map(|kind| (vendor.name, kind.resource.clone())));
        Self { client, scope, kinds: kinds.collect() }
    }

    /// Says it now and then, for as long as this process `may_store`; never ends.
    pub async fn keep_saying(&self, may_store: impl Fn() -> bool) {
        loop {
            let leads = may_store();
            if leads {
                self.say(&may_store).await;
            }
            tokio::time::sleep(if leads { AGAIN } else { LEADS_YET }).await;
        }
    }

    /// Says it on each object that does not yet, one after the other.
    async fn say(&self, may_store: &impl Fn() -> bool) {
        for (vendor, kind) in &self.kinds {
            for (_, api) in lists::apis(&self.client, &self.scope, kind) {
                if let Err(error) = self.say_in(&api, (vendor, kind), may_store).await {
                    tracing::info!(vendor, kind = kind.plural, %error, "what exists of a vendor that is off was not seen");
                }
            }
        }
    }

    async fn say_in(
        &self,
        api: &Api<DynamicObject>,
        (vendor, kind): (&str, &ApiResource),
        may_store: &impl Fn() -> bool,
    ) -> Result<(), ClusterError> {
        let mut page = lists::first_page();
        loop {
            let listed = bounded("list what is off", async {
                match api.list(&page).await {
                    // A vendor that is off needs no definition and no rights.
                    Err(kube::Error::Api(status)) if matches!(status.code, 403 | 404) => Ok(None),
                    listed => listed.map(Some),
                }
            });
            let Some(list) = listed.await? else { return Ok(()) };
            let more = lists::turn(&mut page, &list.metadata);
            for object in list.items {
                let Some(patch) = words(vendor, &object) else { continue };
                // What only tells must not be a burst.
                tokio::time::sleep(retold::EACH).await;
                if !may_store() {
                    return Ok(());
                }
                let namespace = object.namespace().unwrap_or_default();
                let api: Api<DynamicObject> = Api::namespaced_with(self.client.clone(), &namespace, kind);
                let params =
                    PatchParams { field_manager: Some(FIELD_MANAGER.into()), ..PatchParams::default() };
                let (name, patch) = (object.name_any(), Patch::Merge(patch));
                match bounded("patch status", api.patch_status(&name, &params, &patch)).await {
                    // Somebody wrote it meanwhile, or it is gone: the next look tells.
                    Ok(_) | Err(ClusterError::Conflict(_) | ClusterError::NotFound) => {}
                    Err(error) => {
                        tracing::info!(%namespace, name, %error, "it is not said that its vendor is off");
                    }
                }
            }
            if !more {
                return Ok(());
            }
        }
    }
}

/// The patch by which the object says it, if it does not yet.
fn words(vendor: &str, object: &DynamicObject) -> Option<serde_json::Value> {
    let meta = &object.metadata;
    let (status, ends) = (&object.data["status"], meta.deletion_timestamp.is_some());
    let off = unkept::vendor_off(vendor, status["id"].as_str(), ends);
    let generation = meta.generation.unwrap_or_default();
    let said = unkept::said(status, (generation, ends), off, Timestamp::now())?;
    Some(json!({"metadata": {"resourceVersion": meta.resource_version}, "status": said}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::base::merge_patch::merge;
    use crate::operator::vendors;
    use axum::Router;
    use axum::body::to_bytes;
    use axum::extract::Request;
    use axum::http::{Method, StatusCode};
    use kube::Config;
    use serde_json::Value;
    use std::sync::{Arc, Mutex};

    /// An API server with one account; without an answer for other kinds. `code` is how it answers lists.
    #[derive(Clone)]
    struct Server {
        account: Arc<Mutex<Value>>,
        patches: Arc<Mutex<usize>>,
        code: u16,
    }

    impl Server {
        async fn answer(self, request: Request) -> (StatusCode, String) {
            let (parts, body) = request.into_parts();
            let path = parts.uri.path().to_owned();
            let account = || self.account.lock().unwrap();
            if parts.method == Method::PATCH {
                assert_eq!(path, "/apis/spot.orgkeeper.dev/v1alpha1/namespaces/n/spotaccounts/a/status");
                let patch: Value = serde_json::from_slice(&to_bytes(body, 1 << 20).await.unwrap()).unwrap();
                let mut stored = account();
                if patch["metadata"]["resourceVersion"] != stored["metadata"]["resourceVersion"] {
                    return (StatusCode::CONFLICT, failed(409));
                }
                merge(&mut stored, &patch);
                *self.patches.lock().unwrap() += 1;
                stored["metadata"]["resourceVersion"] = json!(self.patches.lock().unwrap().to_string());
                return (StatusCode::OK, stored.to_string());
            }
            if self.code != 200 {
                return (StatusCode::from_u16(self.code).unwrap(), failed(self.code));
            }
            let items = if path.ends_with("/spotaccounts") { vec![account().clone()] } else { Vec::new() };
            let list = json!({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": items});
            (StatusCode::OK, list.to_string())
        }
    }

    fn failed(code: u16) -> String {
        json!({"kind": "Status", "status": "Failure", "code": code, "reason": "R", "message": "m"})
            .to_string()
    }

    async fn off(code: u16) -> (SwitchedOff, Server) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let account = json!({
            "apiVersion": "spot.orgkeeper.dev/v1alpha1", "kind": "SpotAccount",
            "metadata": {
                "name": "a", "namespace": "n", "resourceVersion": "0", "generation": 2,
                "deletionTimestamp": "2030-01-01T00:00:00Z", "finalizers": ["orgkeeper.dev/finalizer"],
            },
            "status": {"id": "act-1", "observedGeneration": 1},
        });
        let server = Server { account: Arc::new(Mutex::new(account)), patches: Arc::default(), code };
        let router = Router::new().fallback({
            let server = server.clone();
            move |request| server.clone().answer(request)
        });
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let client = Client::try_from(Config::new(format!("http://{address}").parse().unwrap())).unwrap();
        (SwitchedOff::new(client, Scope::All, &vendors::all()), server)
    }

    #[tokio::test]
    async fn what_exists_of_a_vendor_that_is_off_says_so_once() {
        let (off, server) = off(200).await;
        for _ in 0..3 {
            off.say(&|| true).await;
        }
        assert_eq!(*server.patches.lock().unwrap(), 1);
        let account = server.account.lock().unwrap();
        let conditions = account["status"]["conditions"].as_array().unwrap();
        for (kind, status) in [("Ready", "False"), ("Stalled", "True"), ("DeletionBlocked", "True")] {
            let found = conditions.iter().find(|one| one["type"] == kind).unwrap();
            assert_eq!(
                (found["status"].as_str(), found["reason"].as_str()),
                (Some(status), Some("VendorOff"))
            );
            let text = found["message"].as_str().unwrap();
            assert!(text.contains("providers.spot.enabled") && text.contains("act-1"), "{text}");
        }
        assert_eq!(
            (&account["status"]["id"], &account["status"]["observedGeneration"]),
            (&json!("act-1"), &json!(1))
        );
    }

    #[tokio::test]
    async fn who_may_not_store_says_nothing() {
        let (off, server) = off(200).await;
        // Also who led when it began to look.
        off.say(&|| false).await;
        assert_eq!(*server.patches.lock().unwrap(), 0);
    }

    #[tokio::test]
    async fn without_rights_or_definitions_there_is_nothing_to_say() {
        for code in [403, 404] {
            let (off, server) = off(code).await;
            for (vendor, kind) in &off.kinds {
                let api = Api::all_with(off.client.clone(), kind);
                assert_eq!(off.say_in(&api, (vendor, kind), &|| true).await, Ok(()), "{code}");
            }
            assert_eq!(*server.patches.lock().unwrap(), 0);
        }
    }
}
