//! The cluster that the tests of one process share.

use std::{
    path::{Path, PathBuf},
    process::Child,
};

use k8s_openapi::api::{
    authentication::v1::{TokenRequest, TokenRequestSpec},
    core::v1::{Namespace, ServiceAccount},
};
use kube::{
    Api, Client, Config, ResourceExt,
    api::{DeleteParams, ObjectMeta, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::json;
use tokio::sync::OnceCell;

use super::{
    audit::AuditLog,
    control_plane,
    recorder::Recorder,
    wait::{PATIENCE, wait_until},
};

/// A cluster, reached as its administrator.
pub struct Cluster {
    config: Config,
    kubeconfig: PathBuf,
    /// Where kubeconfigs for service accounts go.
    directory: PathBuf,
    audit: Option<PathBuf>,
    pub(super) crds: OnceCell<()>,
    /// What is stored here.
    pub recorder: Recorder,
    /// Ends with this process, by its own doing.
    _control_plane: Option<Child>,
}

impl Cluster {
    /// The one cluster of this process, started when first asked for.
    pub async fn shared() -> &'static Self {
        static SHARED: OnceCell<Cluster> = OnceCell::const_new();
        SHARED.get_or_init(Self::open).await
    }

    async fn open() -> Self {
        if let Some(given) = control_plane::given() {
            let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
            return Self::new(given, directory, None, None).await;
        }
        let (child, ready) = control_plane::start();
        Self::new(ready.kubeconfig, ready.data, Some(ready.audit), Some(child)).await
    }

    /// A cluster that no other test knows, for one that changes what all of them share. It ends with
    /// this process.
    pub async fn alone() -> &'static Self {
        let (child, ready) = control_plane::start();
        let alone = Self::new(ready.kubeconfig, ready.data, Some(ready.audit), Some(child)).await;
        Box::leak(Box::new(alone))
    }

    async fn new(
        kubeconfig: PathBuf,
        directory: PathBuf,
        audit: Option<PathBuf>,
        control_plane: Option<Child>,
    ) -> Self {
        let config = load(&kubeconfig).await;
        Self {
            recorder: Recorder::start(config.clone()),
            config,
            kubeconfig,
            directory,
            audit,
            crds: OnceCell::new(),
            _control_plane: control_plane,
        }
    }

    /// A client of the administrator, for the runtime of the calling test: a
    /// client has tasks on the runtime where it was made, and each test has its
    /// own runtime.
    pub fn client(&self) -> Client {
        Client::try_from(self.config.clone()).expect("the cluster's configuration makes a client")
    }

    /// The administrator's kubeconfig.
    pub fn kubeconfig_path(&self) -> &Path {
        &self.kubeconfig
    }

    /// The API server's audit log. A given cluster does not show its own: then
    /// this says which test is skipped, and the test returns.
    pub fn audit(&self) -> Option<AuditLog> {
        if self.audit.is_none() {
            control_plane::skip("needs the audit log, which a given cluster does not show");
        }
        let path = self.audit.clone()?;
        Some(AuditLog::new(self.client(), path))
    }

    /// Creates a namespace for one test, and waits until it has what every
    /// namespace gets.
    pub async fn namespace(&self, prefix: &str) -> String {
        let client = self.client();
        let namespace = Namespace {
            metadata: ObjectMeta { generate_name: Some(format!("{prefix}-")), ..ObjectMeta::default() },
            ..Namespace::default()
        };
        let name = Api::all(client.clone())
            .create(&PostParams::default(), &namespace)
            .await
            .expect("a namespace can be created")
            .name_any();
        self.recorder.own(&name);
        let accounts: Api<ServiceAccount> = Api::namespaced(client, &name);
        wait_until(PATIENCE, "the default service account", async || {
            accounts.get_opt("default").await.expect("it can be read")
        })
        .await;
        name
    }

    /// Deletes a namespace and waits until it has gone.
    pub async fn delete_namespace(&self, name: &str) {
        let namespaces: Api<Namespace> = Api::all(self.client());
        namespaces.delete(name, &DeleteParams::default()).await.expect("a namespace can be deleted");
        wait_until(PATIENCE, &format!("namespace {name} has gone"), async || {
            let found = namespaces.get_opt(name).await.expect("it can be read");
            found.is_none().then_some(())
        })
        .await;
    }

    /// A kubeconfig with a token of this service account, which must exist.
    pub async fn service_account_kubeconfig(&self, namespace: &str, account: &str) -> PathBuf {
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client(), namespace);
        let request = TokenRequest {
            spec: TokenRequestSpec { expiration_seconds: Some(24 * 60 * 60), ..TokenRequestSpec::default() },
            ..TokenRequest::default()
        };
        let token = accounts
            .create_token_request(account, &PostParams::default(), &request)
            .await
            .expect("a token can be requested")
            .status
            .expect("a token request is answered with a token")
            .token;
        self.recorder.add(namespace, token.as_bytes());
        let path = self.directory.join(format!("{namespace}.{account}.kubeconfig"));
        let file = with_token(&self.kubeconfig, namespace, account, &token);
        std::fs::write(&path, file).expect("a kubeconfig can be written");
        path
    }

    /// A client of this service account, which must exist.
    pub async fn service_account_client(&self, namespace: &str, account: &str) -> Client {
        let path = self.service_account_kubeconfig(namespace, account).await;
        Client::try_from(load(&path).await).expect("the kubeconfig makes a client")
    }
}

async fn load(path: &Path) -> Config {
    let kubeconfig = Kubeconfig::read_from(path)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()));
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
        .await
        .unwrap_or_else(|error| panic!("{} is of no use: {error}", path.display()));
    // A test wants to see what the API server answers, not what it answers in the end.
    config.default_retry = false;
    config
}

/// The same cluster, with a token in place of the administrator.
fn with_token(kubeconfig: &Path, namespace: &str, account: &str, token: &str) -> String {
    let mut file = Kubeconfig::read_from(kubeconfig).expect("it was read before");
    let mut context = file
        .current_context
        .take()
        .and_then(|current| file.contexts.into_iter().find(|one| one.name == current))
        .and_then(|named| named.context)
        .expect("the kubeconfig has a current context");
    let cluster = file
        .clusters
        .into_iter()
        .find(|one| one.name == context.cluster)
        .expect("the context's cluster is in the kubeconfig");
    context.namespace = Some(namespace.to_owned());
    context.user = Some(account.to_owned());
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [cluster],
        "users": [{"name": account, "user": {"token": token}}],
        "contexts": [{"name": account, "context": context}],
        "current-context": account,
    })
    .to_string()
}
