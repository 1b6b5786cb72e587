//! What is accepted, and what the API server makes of it.

use super::{
    ACCOUNT, ALL, AWS, AZURE, GCP, GROUP_OF_USERS, Kind, MACHINE, NOTIFICATION, ORGANIZATION, POLICY,
    PUBLISHED_POLICY, SUBSCRIPTION, USER, account_spec, change, changed, create,
};
use crate::support::{cluster::Cluster, files::documents};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use orgkeeper::api::managed::Managed;
use orgkeeper::api::spot::{
    AccessPolicy, CloudCredential, EventSubscription, NotificationPolicy, SpotAccount, SpotOrganization,
    SpotUser, SpotUserGroup,
};
use serde_json::json;

#[tokio::test]
async fn every_sample_is_accepted() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    let mut accepted = 0;
    for mut sample in documents() {
        // A dry run needs the namespace to exist: the test's own stands for it.
        if sample["metadata"].get("namespace").is_some() {
            sample["metadata"]["namespace"] = json!(namespace);
        }
        let text = sample.to_string();
        cluster.dry_run(&namespace, &text).await.unwrap_or_else(|message| panic!("{message}: {text}"));
        accepted += 1;
    }
    assert_eq!(accepted, 58);
}

/// Has the API server store the spec, and reads it through the type: nothing may be lost or added.
async fn assert_read_back<K: Managed + kube::Resource<Scope = kube::core::NamespaceResourceScope>>(
    cluster: &Cluster,
    namespace: &str,
    kind: Kind,
    name: &str,
    changes: &str,
) {
    let spec = changed((kind.spec)(), changes);
    create(cluster, namespace, kind, name, &spec).await.unwrap_or_else(|message| panic!("{message}: {spec}"));
    let read: K = Api::namespaced(cluster.client(), namespace).get(name).await.unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap()["spec"], spec);
}

#[tokio::test]
async fn a_full_spec_is_accepted_and_read_back() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    assert_read_back::<SpotAccount>(
        cluster,
        &namespace,
        ACCOUNT,
        "full",
        "{organizationRef: {namespace: platform}, name: Zahlungen 2, managementPolicy: Observe, driftPolicy: Report,
          deletionPolicy: Delete, suspend: true,
          adopt: {policy: Required, id: act-1a2b3c4d, applyUnreadable: true},
          slackNotificationChannels: [{url: 'https://hooks.slack.com/services/T0/B0/x'}, {urlSecretRef: {name: slack, key: url}}],
          allowed: [{kinds: [SpotUser, SpotUserGroup, CloudCredential, EventSubscription, NotificationPolicy], maxRole: Viewer,
            namespaces: {from: All}}]}",
    )
    .await;
    assert_read_back::<SpotOrganization>(
        cluster,
        &namespace,
        ORGANIZATION,
        "full",
        "{connection: {endpoint: 'http://[::1]:8200/spot', contract: Published, accountScope: Query, requestsPerMinute: 10000, tokenUser: pu-1a2b3c4d,
            caBundle: \"-----BEGIN CERTIFICATE-----\\nAA==\\n-----END CERTIFICATE-----\\n\"},
          resyncInterval: 10s, managementPolicy: Observe, deletionPolicy: Delete, suspend: true,
          guard: {maxDestructivePerHour: 1000},
          allowed: [{kinds: [SpotAccount, SpotUser, SpotUserGroup, AccessPolicy, CloudCredential, EventSubscription, NotificationPolicy], maxRole: Admin, namespaces: {from: Same}},
            {kinds: [SpotAccount], namespaces: {from: Selector, selector: {matchLabels: {a: b},
              matchExpressions: [{key: x, operator: NotIn, values: [blue]}, {key: z, operator: Exists}]}}}]}",
    )
    .await;
}

#[tokio::test]
async fn full_users_and_groups_are_accepted_and_read_back() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    let kept = "organizationRef: {namespace: platform}, managementPolicy: Observe, driftPolicy: Report,
        deletionPolicy: Delete, suspend: true, allowed: [{namespaces: {from: Selector, selector: {matchLabels: {a: b}}}}]";
    let person = format!(
        "{{{kept}, human: {{email: j.o'doe+ci@mail.example.com, firstName: Jo Anne, lastName: O'Doe, role: Admin,
            passwordSecretRef: {{name: jo, key: password}}}},
          adopt: {{policy: Required, id: u-1a2b3c4d, applyUnreadable: true}}, grants: Additive,
          accounts: [{{accountRef: {{name: a, namespace: b}}, role: Editor}}, {{accountRef: {{id: act-1a2b3c4d}}, role: Viewer}}],
          userGroups: [{{groupRef: {{name: a, namespace: b}}}}, {{userGroupId: ugr-1a2b3c4d}}]}}"
    );
    assert_read_back::<SpotUser>(cluster, &namespace, USER, "person", &person).await;
    let policies =
        "policies: [{policyId: '3', accounts: [{name: a}, {name: a, namespace: b}, {id: act-1a2b3c4d}]},
        {policyName: Account Editor, allAccounts: true}, {policyId: pol-1a2b3c4d},
        {policyRef: {name: a}}, {policyRef: {name: a, namespace: b}, accounts: [{name: a}]}]";
    let machine = format!(
        "{{{kept}, grants: Exclusive, {policies}, programmatic: {{name: ci, description: Builds}}, adopt: {{policy: IfExists, id: pu-1a2b3c4d}}}}"
    );
    assert_read_back::<SpotUser>(cluster, &namespace, MACHINE, "machine", &machine).await;
    let group = format!(
        "{{{kept}, {policies}, description: Who builds, adopt: {{policy: IfExists, id: ugr-1a2b3c4d}},
          members: [{{userRef: {{name: jo, namespace: b}}}}, {{userId: u-1a2b3c4d}}, {{userId: pu-1a2b3c4d}}]}}"
    );
    assert_read_back::<SpotUserGroup>(cluster, &namespace, GROUP_OF_USERS, "group", &group).await;
    let nothing = "{managementPolicy: Manage, driftPolicy: Correct, members: [], policies: []}";
    assert_read_back::<SpotUserGroup>(cluster, &namespace, GROUP_OF_USERS, "nothing", nothing).await;
}

#[tokio::test]
async fn full_policies_are_accepted_and_read_back() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    let kept = "organizationRef: {namespace: platform}, managementPolicy: Observe, driftPolicy: Report, deletionPolicy: Delete,
        suspend: true, adopt: {policy: Required, id: pol-1a2b3c4d}, description: Who only looks,
        allowed: [{namespaces: {from: Selector, selector: {matchLabels: {a: b}}}}]";
    let statements = format!(
        "{{{kept}, name: 'Read only (team: payments)', type: Organization, statements: [
          {{effect: Allow, actions: ['*'], resources: ['*']}},
          {{effect: Allow, actions: ['ocean:describe*', 'elastigroup:*', '*:get', 'setup:updateAccount'],
            resources: ['elastigroup:sig-214*', 'sig-214*', o-1a2b3c4d, 'ocean:*']}},
          {{effect: Deny, actions: ['ocean:*'], resources: ['*'],
            condition: {{And: [{{StringEquals: {{'spot:ocean:name': [a, b]}}}}, {{Or: [{{StringNotEquals: {{'spot:elastigroup:tags/Email': '${{spot:userEmail}}'}}}}]}}]}}}}]}}"
    );
    assert_read_back::<AccessPolicy>(cluster, &namespace, POLICY, "statements", &statements).await;
    let permissions = format!(
        "{{{kept}, permissions: [{{serviceId: ocean, actions: [describe, 'update*']}}, {{serviceId: '*', actions: ['*']}}]}}"
    );
    assert_read_back::<AccessPolicy>(cluster, &namespace, PUBLISHED_POLICY, "permissions", &permissions)
        .await;
}

#[tokio::test]
async fn full_credentials_and_subscriptions_are_accepted_and_read_back() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    let kept = "managementPolicy: Observe, driftPolicy: Report, suspend: true, adopt: {policy: IfExists, applyUnreadable: true}";
    let by_id = "organizationRef: {name: acme}, accountRef: {name: null, id: act-1a2b3c4d}";
    let least = "managementPolicy: Manage, driftPolicy: Correct";
    for (name, kind, changes) in [
        (
            "aws",
            AWS,
            format!(
                "{{{kept}, {by_id}, deletionPolicy: Orphan, aws: {{iamRole: 'arn:aws-us-gov:iam::123456789012:role/a/spot+1@x'}}}}"
            ),
        ),
        ("external-id", AWS, format!("{{{least}, accountRef: {{namespace: platform}}}}")),
        ("azure", AZURE, format!("{{{kept}, azure: {{expirationDate: '2028-02-29'}}}}")),
        (
            "azure-until",
            AZURE,
            format!("{{{kept}, azure: {{expirationDate: '2027-01-31T23:59:59.123456789+05:30'}}}}"),
        ),
        ("gcp", GCP, format!("{{{kept}}}")),
    ] {
        assert_read_back::<CloudCredential>(cluster, &namespace, kind, name, &changes).await;
    }
    let at = |endpoint: &str| format!("endpoint: '{endpoint}'");
    let secret = "endpoint: null, endpointSecretRef: {name: hook, key: url}";
    for (name, protocol, endpoint) in [
        ("http", "http", at("http://example.com:8080")),
        ("https", "https", at("https://me:me@example.com/spot?token=a#b")),
        ("web", "web", at("https://[::1]/spot")),
        ("web-in-clear", "web", at("http://example.com?a=b")),
        ("email", "email", at("j.o''doe+ci@mail.example.com")),
        ("email-json", "email-json", at("jo@example.com")),
        ("sns", "aws-sns", at("arn:aws-cn:sns:cn-north-1:123456789012:Spot_events.fifo")),
        ("secret", "aws-sns", secret.to_owned()),
    ] {
        let changes =
            format!("{{{kept}, {by_id}, protocol: {protocol}, {endpoint}, eventType: SOMETHING_NEW_2}}");
        assert_read_back::<EventSubscription>(cluster, &namespace, SUBSCRIPTION, name, &changes).await;
    }
    let formatted = format!(
        "{{{least}, resourceId: o-1A2b, eventFormat: {{event: '%event%', nested: {{ids: ['%instance-id%', 7]}}}}}}"
    );
    assert_read_back::<EventSubscription>(cluster, &namespace, SUBSCRIPTION, "formatted", &formatted).await;
    let told = "isActive: false, description: What for, subscriptions: [
        {type: email, endpoint: ops@example.com}, {type: webhook, endpoint: 'https://example.com/spot?a=b'},
        {type: slack, endpoint: 'https://hooks.slack.com/services/T0/B0/x'},
        {type: sns, endpoint: 'arn:aws:sns:us-east-1:123456789012:spot'},
        {type: webhook, endpointSecretRef: {name: hook, key: url}}],
        registeredUsers: [{userRef: {name: jo, namespace: people}, subscriptionTypes: [email, console]},
        {email: al@example.com, subscriptionTypes: [console]}]";
    let rules = "includeAllResources: null, dynamicRules: [{filterConditions: [
        {identifier: availability_zones, operator: not_contains, expression: us-east-1a}]}]";
    for (name, changes) in [
        ("told", format!("{{{kept}, {by_id}, {told}}}")),
        ("private", format!("{{{least}, privacyLevel: private, subscriptions: [], registeredUsers: []}}")),
        ("ruled", format!("{{{least}, computePolicyConfig: {{{rules}}}}}")),
        (
            "by-id",
            format!(
                "{{{least}, computePolicyConfig: {{includeAllResources: null, resourceIds: [sig-1a2b, o-3c4d]}}}}"
            ),
        ),
    ] {
        assert_read_back::<NotificationPolicy>(cluster, &namespace, NOTIFICATION, name, &changes).await;
    }
}

#[tokio::test]
async fn what_may_be_set_once_may_be_set_later() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    create(cluster, &namespace, ACCOUNT, "later", &account_spec()).await.unwrap();
    for changes in [
        json!({"adopt": {"policy": "Required"}}),
        json!({"adopt": {"id": "act-1a2b3c4d"}}),
        json!({"adopt": {"policy": null}}),
        json!({"name": "renamed", "slackNotificationChannels": []}),
    ] {
        let spec = json!({"spec": changes});
        change(cluster, &namespace, ACCOUNT, "later", &spec)
            .await
            .unwrap_or_else(|message| panic!("{spec}: {message}"));
    }
    let in_place = [
        (POLICY, json!({"type": "Account", "adopt": {"id": "pol-1a2b3c4d"}})),
        (
            POLICY,
            json!({"name": "renamed", "statements": null, "permissions": [{"serviceId": "ocean", "actions": ["*"]}]}),
        ),
        (
            AWS,
            json!({"aws": {"iamRole": "arn:aws:iam::123456789012:role/spot"}, "adopt": {"id": "act-1a2b3c4d"}}),
        ),
        (AWS, json!({"aws": {"iamRole": null}, "deletionPolicy": "Orphan"})),
        (
            SUBSCRIPTION,
            json!({"resourceId": "o-1a2b3c4d", "eventType": "CLUSTER_ROLL_FAILED", "adopt": {"id": "sis-1a2b3c4d"}}),
        ),
        (SUBSCRIPTION, json!({"protocol": "email", "endpoint": "jo@example.com"})),
        (SUBSCRIPTION, json!({"endpoint": null, "endpointSecretRef": {"name": "a", "key": "b"}})),
    ];
    for kind in [POLICY, AWS, SUBSCRIPTION] {
        create(cluster, &namespace, kind, "later", &(kind.spec)()).await.unwrap();
    }
    for (kind, changes) in in_place {
        let spec = json!({"spec": changes});
        let answer = change(cluster, &namespace, kind, "later", &spec).await;
        answer.unwrap_or_else(|message| panic!("{spec}: {message}"));
    }
    create(cluster, &namespace, MACHINE, "later", &(MACHINE.spec)()).await.unwrap();
    for changes in [
        json!({"adopt": {"id": "pu-1a2b3c4d"}}),
        json!({"accounts": [{"accountRef": {"name": "a"}, "role": "Viewer"}]}),
        json!({"accounts": null, "policies": [{"policyId": "3", "allAccounts": true}]}),
        json!({"programmatic": {"name": "build"}, "policies": [], "grants": "Additive"}),
    ] {
        let spec = json!({"spec": changes});
        change(cluster, &namespace, MACHINE, "later", &spec)
            .await
            .unwrap_or_else(|message| panic!("{spec}: {message}"));
    }
}

#[tokio::test]
async fn a_new_object_says_that_nobody_looked_at_it() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    for (index, kind) in ALL.into_iter().enumerate() {
        let created =
            create(cluster, &namespace, kind, &format!("fresh-{index}"), &(kind.spec)()).await.unwrap();
        assert_eq!(created["status"], json!({"observedGeneration": -1, "state": "Waiting"}), "{created:#}");
    }
}

#[tokio::test]
async fn the_types_have_the_defaults_of_the_api_server() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    assert_same_defaults::<SpotOrganization>(cluster, &namespace, ORGANIZATION).await;
    assert_same_defaults::<SpotAccount>(cluster, &namespace, ACCOUNT).await;
    assert_same_defaults::<SpotUser>(cluster, &namespace, USER).await;
    assert_same_defaults::<SpotUserGroup>(cluster, &namespace, GROUP_OF_USERS).await;
    assert_same_defaults::<AccessPolicy>(cluster, &namespace, POLICY).await;
    assert_same_defaults::<CloudCredential>(cluster, &namespace, AWS).await;
    assert_same_defaults::<EventSubscription>(cluster, &namespace, SUBSCRIPTION).await;
}

async fn assert_same_defaults<K: Managed>(cluster: &Cluster, namespace: &str, kind: Kind) {
    let created = create(cluster, namespace, kind, "least", &(kind.spec)()).await.unwrap();
    let typed: K = serde_json::from_value(super::manifest(kind, "least", &(kind.spec)())).unwrap();
    assert_eq!(serde_json::to_value(&typed).unwrap()["spec"], created["spec"]);
}

#[tokio::test]
async fn accounts_can_be_listed_by_organization() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    let accounts: Api<SpotAccount> = Api::namespaced(cluster.client(), &namespace);
    for (name, organization) in [("a", "606079800001"), ("b", "606079800002")] {
        create(cluster, &namespace, ACCOUNT, name, &account_spec()).await.unwrap();
        let status = kube::api::Patch::Merge(json!({"status": {"organizationId": organization}}));
        accounts.patch_status(name, &kube::api::PatchParams::default(), &status).await.unwrap();
    }
    let second = ListParams::default().fields("status.organizationId=606079800002");
    let found: Vec<String> =
        accounts.list(&second).await.unwrap().iter().map(ResourceExt::name_any).collect();
    assert_eq!(found, ["b"]);
}

#[tokio::test]
async fn what_happens_to_a_namespace_does_not_ask_the_schema() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    for (index, kind) in ALL.into_iter().enumerate() {
        create(cluster, &namespace, kind, &format!("object-{index}"), &(kind.spec)()).await.unwrap();
    }
    cluster.delete_namespace(&namespace).await;
    let namespaces: Api<Namespace> = Api::all(cluster.client());
    assert!(namespaces.get_opt(&namespace).await.unwrap().is_none());
}
