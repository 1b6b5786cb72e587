//! Whether the API server answers requests of a kind.
//!
//! That a CRD is Established does not say so: the handler of requests and that of discovery each take it up
//! a moment later, and until then answer as if there were no such kind.

use axum::{
    Router,
    http::{StatusCode, Uri},
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{
    Api, Client, Config, ResourceExt as _,
    api::{ApiResource, DynamicObject, ListParams},
};

use super::{
    cluster::Cluster,
    wait::{PATIENCE, wait_until},
};

impl Cluster {
    /// Waits until requests of the kind are answered, in each version that is served.
    pub async fn serves(&self, definition: &CustomResourceDefinition) {
        let client = self.client();
        for kind in versions(definition) {
            let what = format!("{} is served in {}", definition.name_any(), kind.api_version);
            wait_until(PATIENCE, &what, async || is_served(&client, &kind).await.then_some(())).await;
        }
    }

    /// As [`Self::serves`], for the CRDs of these names, which somebody else installs.
    pub async fn serves_named(&self, names: impl Iterator<Item = String>) {
        let crds: Api<CustomResourceDefinition> = Api::all(self.client());
        for name in names {
            let definition = wait_until(PATIENCE, &format!("{name} is there"), async || {
                crds.get_opt(&name).await.expect("a CRD can be read")
            })
            .await;
            self.serves(&definition).await;
        }
    }
}

/// The kind, once for each version that is served.
fn versions(definition: &CustomResourceDefinition) -> Vec<ApiResource> {
    let spec = &definition.spec;
    let served = spec.versions.iter().filter(|version| version.served);
    let kind = served.map(|version| ApiResource {
        group: spec.group.clone(),
        version: version.name.clone(),
        api_version: format!("{}/{}", spec.group, version.name),
        kind: spec.names.kind.clone(),
        plural: spec.names.plural.clone(),
    });
    kind.collect()
}

/// Whether discovery has the kind, and a list of it is answered.
async fn is_served(client: &Client, kind: &ApiResource) -> bool {
    let groups = client.list_api_groups().await.expect("groups are told");
    let mut versions = groups.groups.into_iter().flat_map(|group| group.versions);
    if !versions.any(|version| version.group_version == kind.api_version) {
        return false;
    }
    let Some(resources) = known(client.list_api_group_resources(&kind.api_version).await) else {
        return false;
    };
    if !resources.resources.iter().any(|resource| resource.name == kind.plural) {
        return false;
    }
    let objects: Api<DynamicObject> = Api::all_with(client.clone(), kind);
    known(objects.list(&ListParams::default().limit(1)).await).is_some()
}

/// The answer; none while the API server does not serve what is asked, or says that it is not ready to.
fn known<T>(answer: kube::Result<T>) -> Option<T> {
    match answer {
        Ok(answer) => Some(answer),
        Err(kube::Error::Api(status)) if [404, 429, 503].contains(&status.code) => None,
        Err(error) => panic!("{error}"),
    }
}

/// An API server that answers each path in this way, and what is not named as it answers for no kind of its.
async fn answering(answers: &'static [(&'static str, u16, &'static str)]) -> Client {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("it has an address");
    let routes = Router::new().fallback(move |uri: Uri| async move {
        let found = answers.iter().find(|(path, ..)| *path == uri.path());
        let (_, status, text) = found.copied().unwrap_or(("", 404, "404 page not found"));
        (StatusCode::from_u16(status).expect("a status"), text)
    });
    tokio::spawn(async move { axum::serve(listener, routes).await.expect("it serves") });
    let mut config = Config::new(format!("http://{address}").parse().expect("an address"));
    config.default_retry = false;
    Client::try_from(config).expect("a client")
}

/// Each answer of a kind that is being taken up, one more at a time.
#[tokio::test]
async fn a_kind_is_served_only_when_everything_that_is_asked_of_it_is_answered() {
    const GROUPS: (&str, u16, &str) = (
        "/apis",
        200,
        r#"{"kind": "APIGroupList", "groups": [{"name": "a.example", "versions": [{"groupVersion": "a.example/v1", "version": "v1"}]}]}"#,
    );
    const NONE: (&str, u16, &str) = ("/apis", 200, r#"{"kind": "APIGroupList", "groups": []}"#);
    const OTHERS: (&str, u16, &str) = (
        "/apis/a.example/v1",
        200,
        r#"{"kind": "APIResourceList", "groupVersion": "a.example/v1", "resources": []}"#,
    );
    const KNOWN: (&str, u16, &str) = (
        "/apis/a.example/v1",
        200,
        r#"{"kind": "APIResourceList", "groupVersion": "a.example/v1", "resources": [
            {"name": "beds", "singularName": "bed", "namespaced": true, "kind": "Bed", "verbs": ["list"]}]}"#,
    );
    const BEGUN: (&str, u16, &str) = (
        "/apis/a.example/v1/beds",
        429,
        r#"{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "TooManyRequests", "code": 429,
            "message": "storage is (re)initializing"}"#,
    );
    const LIST: (&str, u16, &str) = (
        "/apis/a.example/v1/beds",
        200,
        r#"{"kind": "BedList", "apiVersion": "a.example/v1", "metadata": {"resourceVersion": "1"}, "items": []}"#,
    );
    let kind = ApiResource {
        group: "a.example".into(),
        version: "v1".into(),
        api_version: "a.example/v1".into(),
        kind: "Bed".into(),
        plural: "beds".into(),
    };
    for (answers, served) in [
        (&[NONE, KNOWN, LIST] as &'static [_], false),
        (&[GROUPS, LIST], false),
        (&[GROUPS, OTHERS, LIST], false),
        (&[GROUPS, KNOWN], false),
        (&[GROUPS, KNOWN, BEGUN], false),
        (&[GROUPS, KNOWN, LIST], true),
    ] {
        assert_eq!(is_served(&answering(answers).await, &kind).await, served, "{answers:?}");
    }
}
