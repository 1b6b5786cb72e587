//! The rights that `config/rbac` grants are those that the operator uses: it is never refused, and
//! has nothing to spare.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::BTreeSet;

use kube::client::Body;
use orgkeeper::api::GROUP;
use serde_json::{Value, json};

use crate::support::{
    audit::Entries,
    cluster::Cluster,
    rights::{Rare, Request, Right, compare, manifests, rights},
    wait::{PATIENCE, wait_until},
};

/// The `ServiceAccount` of the operator.
pub const ACCOUNT: &str = "orgkeeper";

/// Rights that a run of the operator need not use. Each is here after a review; one that is not
/// granted any more has to go.
pub const RARE: &[Rare] = &[
    Rare {
        right: "patch events.events.k8s.io",
        why: "counts an event that is told again within minutes: most are told once",
    },
    Rare {
        right: "create leases.coordination.k8s.io",
        why: "the Lease is made by the first process that ever runs in the installation",
    },
    Rare {
        right: "create secrets",
        why: "the key of the fingerprints is made once for an installation, or after it was lost; and one for \
              each machine user",
    },
    Rare {
        right: "patch secrets",
        why: "the finalizer on a token Secret, only where something is to be deleted at the vendor with it",
    },
    Rare {
        right: "delete secrets",
        why: "the Secret with the token of a machine user, once the user is gone from the vendor",
    },
];

/// Puts the `ServiceAccount` and its rights into the namespace.
pub async fn install(cluster: &Cluster, namespace: &str) {
    let text: Vec<String> = manifests(namespace).iter().map(ToString::to_string).collect();
    cluster.apply(namespace, &text.join("\n---\n")).await;
}

/// Takes away what [`install`] put beside the namespace, and would outlive it.
pub async fn uninstall(cluster: &Cluster, namespace: &str) {
    let binding = manifests(namespace).into_iter().find(|one| one["kind"] == "ClusterRoleBinding");
    cluster.delete("", &binding.unwrap().to_string()).await;
}

/// Panics unless the operator that [`install`] prepared made these requests with exactly its rights:
/// to be called with the audit log of a whole scenario.
pub fn assert_rights(namespace: &str, entries: Entries) {
    let requests: Vec<Request> =
        entries.service_account(namespace, ACCOUNT).iter().map(Request::from).collect();
    let wrong = compare(&rights(&manifests(namespace)), &requests, RARE);
    assert!(wrong.is_empty(), "config/rbac and {} requests:\n{}", requests.len(), wrong.join("\n"));
}

fn roles() -> Vec<Value> {
    let rule = |groups: &[&str], resources: &[&str], names: Option<&[&str]>, verbs: &[&str]| {
        let mut rule = json!({"apiGroups": groups, "resources": resources, "verbs": verbs});
        if let Some(names) = names {
            rule["resourceNames"] = json!(names);
        }
        rule
    };
    vec![
        json!({"kind": "ClusterRole", "rules": [
            rule(&["g.dev"], &["things"], None, &["list", "watch"]),
            rule(&["g.dev"], &["things/status"], None, &["patch"]),
        ]}),
        json!({"kind": "Role", "metadata": {"namespace": "home"}, "rules": [
            rule(&[""], &["secrets"], Some(&["key"]), &["get"]),
            rule(&[""], &["secrets"], None, &["create"]),
        ]}),
        json!({"kind": "ServiceAccount", "metadata": {"namespace": "home"}}),
    ]
}

fn request(verb: &str, group: &str, resource: &str, place: &str) -> Request {
    let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
    let (namespace, name) = place.split_once('/').unwrap();
    Request {
        verb: verb.into(),
        group: group.into(),
        resource: resource.into(),
        subresource: subresource.into(),
        namespace: namespace.into(),
        name: name.into(),
        refused: false,
    }
}

/// Requests that use every right of [`roles`] and no other.
fn all_used() -> Vec<Request> {
    vec![
        request("list", "g.dev", "things", "/"),
        request("watch", "g.dev", "things", "/"),
        request("patch", "g.dev", "things/status", "away/one"),
        request("get", "", "secrets", "home/key"),
        request("create", "", "secrets", "home/key"),
    ]
}

#[test]
fn every_rule_verb_and_resource_is_a_right() {
    let shown: Vec<String> = rights(&roles()).iter().map(Right::to_string).collect();
    assert_eq!(
        shown,
        [
            "list things.g.dev everywhere",
            "watch things.g.dev everywhere",
            "patch things.g.dev/status everywhere",
            "get secrets named key in home",
            "create secrets in home",
        ]
    );
    assert_eq!(compare(&rights(&roles()), &all_used(), &[]), [""; 0]);
}

#[test]
fn a_right_that_nothing_used_is_found() {
    for left_out in 0..all_used().len() {
        let mut requests = all_used();
        let word = rights(&roles())[left_out].to_string();
        requests.remove(left_out);
        assert_eq!(compare(&rights(&roles()), &requests, &[]), [format!("never used: {word}")]);
    }
}

#[test]
fn a_rare_right_may_be_unused_and_must_be_granted() {
    let rare = |right| [Rare { right, why: "because" }];
    let mut requests = all_used();
    requests.pop();
    assert_eq!(compare(&rights(&roles()), &requests, &rare("create secrets")), [""; 0]);
    assert_eq!(
        compare(&rights(&roles()), &all_used(), &rare("delete secrets")),
        ["on the list of rare rights, but not granted: delete secrets"]
    );
}

#[test]
fn a_refused_request_is_found_and_uses_nothing() {
    let mut requests = all_used();
    requests[0].refused = true;
    assert_eq!(
        compare(&rights(&roles()), &requests, &[]),
        ["never used: list things.g.dev everywhere", "refused: list things.g.dev /"]
    );
}

#[test]
fn what_another_role_lets_through_is_found() {
    let beside = [
        ("delete", "g.dev", "things", "away/one"),
        ("patch", "g.dev", "things", "away/one"),
        ("list", "other.dev", "things", "/"),
        ("get", "", "secrets", "away/key"),
        ("get", "", "secrets", "home/other"),
        ("create", "", "secrets", "away/key"),
    ];
    for (verb, group, resource, place) in beside {
        let one = request(verb, group, resource, place);
        let expected = format!("granted by no rule of ours: {one}");
        let requests: Vec<Request> = all_used().into_iter().chain([one]).collect();
        assert_eq!(compare(&rights(&roles()), &requests, &[]), [expected]);
    }
}

#[test]
fn a_create_is_never_let_through_by_name() {
    let role = json!({"kind": "Role", "metadata": {"namespace": "home"}, "rules": [
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["key"], "verbs": ["create"]},
    ]});
    let create = request("create", "", "secrets", "home/key");
    assert!(!rights(&[role])[0].covers(&create));
}

#[test]
fn the_shipped_rights_have_no_wildcard_and_no_power_over_others() {
    let rights = rights(&manifests("home"));
    assert!(rights.len() > 10);
    for right in &rights {
        assert!(!right.to_string().contains('*'), "{right}");
        // The Secrets of tokens are the one thing that the operator makes and so deletes.
        let strong = ["deletecollection", "impersonate", "escalate", "bind", "approve", "sign"];
        assert!(!strong.contains(&right.verb.as_str()), "{right}");
        assert!(right.verb != "delete" || right.word() == "delete secrets", "{right}");
        assert!(right.group != "rbac.authorization.k8s.io" && !right.resource.contains("/token"), "{right}");
    }
    let distinct: BTreeSet<&Right> = rights.iter().collect();
    assert_eq!(distinct.len(), rights.len(), "a right is granted once");
}

#[test]
fn every_rare_right_is_granted_and_says_why() {
    let granted: BTreeSet<String> = rights(&manifests("home")).iter().map(Right::word).collect();
    let rare: BTreeSet<&str> = RARE.iter().map(|rare| rare.right).collect();
    assert_eq!(rare.len(), RARE.len());
    for rare in RARE {
        assert!(granted.contains(rare.right), "{}", rare.right);
        assert!(rare.why.len() > 20, "{}", rare.right);
    }
}

#[test]
fn the_bindings_bind_these_roles_to_this_account_alone() {
    let all = manifests("home");
    let bindings: Vec<&Value> =
        all.iter().filter(|one| one["kind"].as_str().unwrap().ends_with("Binding")).collect();
    assert_eq!(bindings.len(), 2);
    for binding in bindings {
        let role = binding["roleRef"]["kind"].as_str().unwrap();
        assert_eq!(binding["kind"], format!("{role}Binding"));
        assert!(
            all.iter()
                .any(|one| one["kind"] == role && one["metadata"]["name"] == binding["roleRef"]["name"])
        );
        let subject = json!({"kind": "ServiceAccount", "name": ACCOUNT, "namespace": "home"});
        assert_eq!(binding["subjects"], json!([subject]));
    }
    let accounts: Vec<&Value> = all.iter().filter(|one| one["kind"] == "ServiceAccount").collect();
    assert_eq!(accounts.len(), 1);
    assert_eq!(accounts[0]["metadata"]["name"], ACCOUNT);
}

/// A request that needs the right; what it carries is of no use, so nothing comes of it.
fn probe(right: &Right, home: &str) -> http::Request<Body> {
    let (resource, subresource) = right.resource.split_once('/').unwrap_or((&right.resource, ""));
    let base = if right.group.is_empty() {
        "/api/v1".to_owned()
    } else {
        let version = if right.group == GROUP { "v1alpha1" } else { "v1" };
        format!("/apis/{}/{version}", right.group)
    };
    let one = right.names.first().map_or("nothing", String::as_str);
    let (method, path) = match right.verb.as_str() {
        "list" => ("GET", format!("{base}/{resource}?limit=1")),
        "watch" => ("GET", format!("{base}/{resource}?watch=true")),
        "create" => ("POST", format!("{base}/namespaces/{home}/{resource}")),
        verb => {
            let method = match verb {
                "get" => "GET",
                "update" => "PUT",
                "patch" => "PATCH",
                "delete" => "DELETE",
                other => panic!("no request is known for {other}"),
            };
            let path = format!("{base}/namespaces/{home}/{resource}/{one}/{subresource}");
            (method, path.trim_end_matches('/').to_owned())
        }
    };
    let (kind, body) = match method {
        "GET" => ("application/json", ""),
        "PATCH" => ("application/merge-patch+json", "{}"),
        _ => ("application/json", "{}"),
    };
    let request = http::Request::builder().method(method).uri(path).header("Content-Type", kind);
    request.body(Body::from(body.as_bytes().to_vec())).unwrap()
}

/// The comparison beside a real API server's word: with a request for each right it finds nothing
/// wrong, and it finds the request for which there is none.
#[tokio::test]
async fn the_api_server_grants_what_the_manifests_say() {
    let cluster = Cluster::shared().await;
    let Some(audit) = cluster.audit() else { return };
    cluster.install_crds().await;
    let namespace = cluster.namespace("rights").await;
    install(cluster, &namespace).await;
    let client = cluster.service_account_client(&namespace, ACCOUNT).await;
    let granted = rights(&manifests(&namespace));
    // The API server's authorizer sees new roles and bindings a moment after they are stored.
    for right in &granted {
        wait_until(PATIENCE, &right.to_string(), async || {
            let answer = client.send(probe(right, &namespace)).await.unwrap();
            (answer.status() != 403).then_some(())
        })
        .await;
    }
    let mark = audit.mark().await;
    for right in &granted {
        client.send(probe(right, &namespace)).await.unwrap();
    }
    assert_rights(&namespace, audit.since(mark).await);

    let more = Right { verb: "get".into(), ..granted[0].clone() };
    let answer = client.send(probe(&more, &namespace)).await.unwrap();
    assert_eq!(answer.status(), 403);
    let entries = audit.since(mark).await.service_account(&namespace, ACCOUNT);
    let requests: Vec<Request> = entries.iter().map(Request::from).collect();
    let refused = format!("refused: {} {namespace}/nothing", more.word());
    assert_eq!(compare(&granted, &requests, RARE), [refused]);
    uninstall(cluster, &namespace).await;
    cluster.delete_namespace(&namespace).await;
}
