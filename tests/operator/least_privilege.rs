//! The operator as a process, with its own `ServiceAccount`: a life of an organization and an account
//! uses its rights, all of them, and no other.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::process::{Child, Command, Stdio};

use jiff::Timestamp;
use kube::{
    Api,
    api::{DeleteParams, Patch, PatchParams},
};
use orgkeeper::{
    api::{
        conditions::{ConditionType, is_true},
        managed::Managed,
        spot::{
            AccessPolicy, CloudCredential, EventSubscription, NotificationPolicy, SpotAccount,
            SpotOrganization, SpotUser, SpotUserGroup,
        },
    },
    sandbox::serve,
    sandbox::spot::{Contract, Sandbox, Start},
};
use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    rights::{ACCOUNT, assert_rights, install, uninstall},
    support::{
        cluster::Cluster,
        wait::{PATIENCE, wait_until},
    },
};

const ORGANIZATION: &str = "606079812345";
const TOKEN: &str = "sandbox-token";

/// The operator, for as long as this lives.
struct Operator(Child);

impl Operator {
    async fn start(cluster: &Cluster, namespace: &str, endpoint: &str) -> Self {
        let kubeconfig = cluster.service_account_kubeconfig(namespace, ACCOUNT).await;
        let child = Command::new(env!("CARGO_BIN_EXE_orgkeeper"))
            .arg("run")
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .args(["--namespace", namespace, "--watch-namespaces", namespace])
            .args(["--allowed-endpoints", endpoint, "--listen", "127.0.0.1:0", "--exit-with-stdin"])
            .args(["--settle", "1s", "--call-timeout", "5s"])
            .args(["--lease-duration", "15s", "--lease-renew", "1s"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        Self(child)
    }

    /// Asks it to end, and waits until it has.
    async fn stop(mut self) {
        drop(self.0.stdin.take());
        wait_until(PATIENCE, "the operator ends", async || self.0.try_wait().unwrap()).await;
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A vendor, for as long as the test runs; its address.
async fn vendor() -> String {
    let mut start = Start::new(Contract::Production, TOKEN);
    start.organization = Some(ORGANIZATION.parse().unwrap());
    start.any_resource = true;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let sandbox = Sandbox::new(Timestamp::now(), start);
    tokio::spawn(async move {
        serve(listener, sandbox, None, std::time::Duration::MAX, std::future::pending()).await
    });
    url
}

async fn ready<K: Managed>(api: &Api<K>, name: &str) {
    wait_until(PATIENCE, &format!("{name} is ready"), async || {
        let object = api.get(name).await.unwrap();
        let status = object.common_status();
        let current = Some(status.observed_generation) == object.meta().generation;
        (current && is_true(&status.conditions, ConditionType::Ready)).then_some(())
    })
    .await;
}

async fn delete<K: Managed>(api: &Api<K>, name: &str) {
    api.delete(name, &DeleteParams::default()).await.unwrap();
    wait_until(PATIENCE, &format!("{name} has gone"), async || {
        api.get_opt(name).await.unwrap().is_none().then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_operator_uses_the_rights_that_it_has_and_is_never_refused() {
    let cluster = Cluster::shared().await;
    let Some(audit) = cluster.audit() else { return };
    cluster.install_crds().await;
    let namespace = cluster.namespace("least").await;
    install(cluster, &namespace).await;
    let endpoint = vendor().await;
    let mark = audit.mark().await;
    let operator = Operator::start(cluster, &namespace, &endpoint).await;

    let version = "spot.orgkeeper.dev/v1alpha1";
    let objects = json!({"kind": "List", "apiVersion": "v1", "items": [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "token"}, "stringData": {"token": TOKEN}},
        {"apiVersion": version, "kind": "SpotOrganization", "metadata": {"name": "acme"}, "spec": {
            "organizationId": ORGANIZATION,
            "connection": {"tokenSecretRef": {"name": "token", "key": "token"}, "endpoint": endpoint},
        }},
        {"apiVersion": version, "kind": "SpotAccount", "metadata": {"name": "payments"}, "spec": {
            "organizationRef": {"name": "acme"}, "name": "payments", "deletionPolicy": "Delete",
        }},
        {"apiVersion": version, "kind": "SpotUser", "metadata": {"name": "jo"}, "spec": {
            "organizationRef": {"name": "acme"},
            "human": {"email": "jo@example.com", "firstName": "Jo", "lastName": "Doe", "role": "Viewer"},
        }},
        {"apiVersion": version, "kind": "SpotUserGroup", "metadata": {"name": "developers"}, "spec": {
            "organizationRef": {"name": "acme"}, "name": "developers",
        }},
        {"apiVersion": version, "kind": "AccessPolicy", "metadata": {"name": "read-only"}, "spec": {
            "organizationRef": {"name": "acme"}, "name": "read-only",
            "statements": [{"effect": "Allow", "actions": ["ocean:describe*"], "resources": ["*"]}],
        }},
        {"apiVersion": version, "kind": "CloudCredential", "metadata": {"name": "role"}, "spec": {
            "accountRef": {"name": "payments"}, "aws": {"iamRole": "arn:aws:iam::123456789012:role/spot"},
        }},
        {"apiVersion": version, "kind": "EventSubscription", "metadata": {"name": "updated"}, "spec": {
            "accountRef": {"name": "payments"}, "resourceId": "sig-1a2b3c4d", "eventType": "GROUP_UPDATED",
            "protocol": "email", "endpoint": "jo@example.com",
        }},
        {"apiVersion": version, "kind": "NotificationPolicy", "metadata": {"name": "incidents"}, "spec": {
            "accountRef": {"name": "payments"}, "name": "incidents", "privacyLevel": "public",
            "subscriptions": [{"type": "email", "endpoint": "ops@example.com"}],
            "computePolicyConfig": {
                "events": [{"event": "Scale up failed", "type": "ERROR"}], "includeAllResources": true,
            },
        }},
    ]});
    cluster.apply(&namespace, &objects.to_string()).await;
    let organizations: Api<SpotOrganization> = Api::namespaced(cluster.client(), &namespace);
    let accounts: Api<SpotAccount> = Api::namespaced(cluster.client(), &namespace);
    let users: Api<SpotUser> = Api::namespaced(cluster.client(), &namespace);
    let groups: Api<SpotUserGroup> = Api::namespaced(cluster.client(), &namespace);
    let policies: Api<AccessPolicy> = Api::namespaced(cluster.client(), &namespace);
    let credentials: Api<CloudCredential> = Api::namespaced(cluster.client(), &namespace);
    let subscriptions: Api<EventSubscription> = Api::namespaced(cluster.client(), &namespace);
    let notifications: Api<NotificationPolicy> = Api::namespaced(cluster.client(), &namespace);
    ready(&organizations, "acme").await;
    ready(&accounts, "payments").await;
    ready(&users, "jo").await;
    ready(&groups, "developers").await;
    ready(&policies, "read-only").await;
    ready(&credentials, "role").await;
    ready(&subscriptions, "updated").await;
    ready(&notifications, "incidents").await;
    let renamed = Patch::Merge(json!({"spec": {"name": "payments-prod"}}));
    accounts.patch("payments", &PatchParams::default(), &renamed).await.unwrap();
    ready(&accounts, "payments").await;
    delete(&users, "jo").await;
    delete(&groups, "developers").await;
    delete(&policies, "read-only").await;
    delete(&credentials, "role").await;
    delete(&subscriptions, "updated").await;
    delete(&notifications, "incidents").await;
    delete(&accounts, "payments").await;
    delete(&organizations, "acme").await;
    operator.stop().await;

    assert_rights(&namespace, audit.since(mark).await);
    uninstall(cluster, &namespace).await;
    cluster.delete_namespace(&namespace).await;
}
