//! Values that are refused, and the words that say what is wrong.

use crate::support::{path, read, render_chart};
use serde_json::Value;
use std::collections::BTreeSet;

/// What is set, and what Helm says.
const REFUSED: &[(&str, &[&str])] = &[
    ("setle=1s", &["additional properties 'setle' not allowed"]),
    ("config.setle=1s", &["at '/config'", "additional properties 'setle' not allowed"]),
    ("config.settle=60", &["at '/config/settle'", "want string"]),
    ("config.settle=1d", &["at '/config/settle'", "'1d' does not match pattern"]),
    ("config.workers=0", &["at '/config/workers'", "want 1"]),
    ("config.workers=257", &["at '/config/workers'", "want 256"]),
    ("config.sweepCalls=many", &["at '/config/sweepCalls'", "want integer"]),
    ("config.allowedEndpoints={spot.example.com}", &["at '/config/allowedEndpoints/0'", "pattern"]),
    ("config.allowedEndpoints={https://me:pass@spot.example.com}", &["at '/config/allowedEndpoints/0'"]),
    ("config.allowedEndpoints={https://*.example.com}", &["at '/config/allowedEndpoints/0'"]),
    ("config.log.format=xml", &["at '/config/log/format'", "'text', 'json'"]),
    ("watch.namespaces=payments", &["at '/watch/namespaces'", "want array"]),
    ("watch.namespaces={Payments}", &["at '/watch/namespaces/0'", "'Payments' does not match pattern"]),
    ("watch.namespaces={a,a}", &["at '/watch/namespaces'", "items at 0 and 1 are equal"]),
    ("rbac.secrets.names={a b}", &["at '/rbac/secrets/names/0'", "pattern"]),
    ("replicas=-1", &["at '/replicas'", "want 0"]),
    ("http.port=80", &["at '/http/port'", "want 1,024"]),
    ("image.digest=latest", &["at '/image/digest'", "pattern"]),
    ("terminationGracePeriodSeconds=10", &["at '/terminationGracePeriodSeconds'", "want 30"]),
    ("podDisruptionBudget.maxUnavailable=0", &["at '/podDisruptionBudget/maxUnavailable'"]),
    (
        "leaderElection.leaseDuration=49s",
        &["leaderElection.leaseDuration: must be at least", "(50s)", "config.callTimeout"],
    ),
    ("http.address=::", &["at '/http/address'", "pattern"]),
    ("http.address=localhost", &["at '/http/address'", "pattern"]),
    ("http.address=256.0.0.1", &["at '/http/address'", "pattern"]),
    ("podDisruptionBudget.maxUnavailable=0%", &["at '/podDisruptionBudget/maxUnavailable'"]),
    ("podDisruptionBudget.maxUnavailable=101%", &["at '/podDisruptionBudget/maxUnavailable'"]),
    ("networkPolicy.dnsPorts=53", &["at '/networkPolicy/dnsPorts'"]),
    (
        "serviceAccount.create=false",
        &["serviceAccount.name: say which one gets the operator's rights", "every pod of the namespace"],
    ),
    (
        "metrics.serviceMonitor.enabled=true,metrics.service.enabled=false",
        &["metrics.serviceMonitor.enabled: needs metrics.service.enabled"],
    ),
    ("commonLabels.app\\.kubernetes\\.io/name=other", &["commonLabels: app.kubernetes.io/name is one of"]),
    ("podLabels.app\\.kubernetes\\.io/instance=other", &["podLabels: app.kubernetes.io/instance is one of"]),
    ("extraArgs={--read-only}", &["extraArgs: set config.readOnly instead"]),
    ("extraArgs={--watch-namespaces=payments}", &["extraArgs: set watch.namespaces instead"]),
    ("providers.spot.enabled=false", &["providers: enable at least one"]),
    ("strategy.type=Parallel", &["at '/strategy/type'", "'RollingUpdate', 'Recreate'"]),
    ("strategy.rollingUpdate.maxSurge=101%", &["at '/strategy/rollingUpdate/maxSurge'"]),
    (
        "strategy.rollingUpdate.maxSurge=0,strategy.rollingUpdate.maxUnavailable=0%",
        &["strategy.rollingUpdate: of maxSurge and maxUnavailable one has to be more than 0"],
    ),
    ("dnsPolicy=ClusterFirstWithHostNet", &["at '/dnsPolicy'"]),
    ("dnsPolicy=None", &["dnsConfig.nameservers: needed where dnsPolicy is None"]),
    ("hostAliases[0].ip=10.0.0.7", &["at '/hostAliases/0'", "hostnames"]),
    ("extraEnv[0].name=POD_NAMESPACE,extraEnv[0].value=x", &["extraEnv: POD_NAMESPACE is the chart's own"]),
    ("extraEnv[0].name=POD_NAME,extraEnv[0].value=x", &["extraEnv: POD_NAME is the chart's own"]),
    ("extraEnvFrom[0].prefix=A_", &["at '/extraEnvFrom/0'"]),
    // What the Pod Security Standard "restricted" does not allow.
    (
        "extraVolumes[0].name=a,extraVolumes[0].hostPath.path=/",
        &["at '/extraVolumes/0'", "'hostPath' not allowed"],
    ),
    ("extraVolumes[0].name=a", &["at '/extraVolumes/0'"]),
    (
        "extraVolumeMounts[0].name=a,extraVolumeMounts[0].mountPath=/a",
        &["extraVolumeMounts: extraVolumes has no a"],
    ),
    (
        "extraVolumeMounts[0].name=a,extraVolumeMounts[0].mountPath=/",
        &["at '/extraVolumeMounts/0/mountPath'"],
    ),
    (
        "commonAnnotations.helm\\.sh/hook=pre-upgrade",
        &["commonAnnotations: helm.sh/hook is not for all objects", "crds.keep"],
    ),
    (
        "commonAnnotations.argocd\\.argoproj\\.io/hook=PreSync",
        &["commonAnnotations: argocd.argoproj.io/hook is not for all objects"],
    ),
    ("global.imageRegistry=https://registry.example.com", &["at '/global/imageRegistry'", "pattern"]),
    ("global.imagePullSecrets=registry", &["at '/global/imagePullSecrets'", "want array"]),
];

#[test]
fn what_cannot_be_meant_is_refused_with_the_place_and_the_cause() {
    for (set, words) in REFUSED {
        let refused = render_chart(&path("charts/orgkeeper"), &["--set", set]);
        let error = refused.expect_err(set);
        for word in *words {
            assert!(error.contains(word), "{set}: no {word:?} in {error}");
        }
    }
}

/// The names of all values, with those above them: `config.log.format`.
fn names(properties: &Value, members: &dyn Fn(&Value) -> Option<Value>, above: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (name, value) in properties.as_object().unwrap() {
        let name = format!("{above}{name}");
        match members(value) {
            Some(inner) => found.extend(names(&inner, members, &format!("{name}."))),
            None => drop(found.insert(name)),
        }
    }
    found
}

#[test]
fn every_value_that_the_schema_takes_stands_in_values_yaml() {
    let schema: Value = serde_json::from_str(&read("charts/orgkeeper/values.schema.json")).unwrap();
    let taken = names(&schema["properties"], &|value| value.get("properties").cloned(), "");
    let values: Value = serde_saphyr::from_str(&read("charts/orgkeeper/values.yaml")).unwrap();
    for name in &taken {
        let found = values.pointer(&format!("/{}", name.replace('.', "/")));
        assert!(found.is_some(), "{name} is not in values.yaml");
    }
    assert!(taken.len() > 60, "{taken:?}");
    // And every object of values.yaml is closed, but for those that are Kubernetes' own or free maps.
    let open = [
        "commonLabels",
        "commonAnnotations",
        "dnsConfig",
        "resources",
        "podSecurityContext",
        "securityContext",
        "podLabels",
        "podAnnotations",
        "nodeSelector",
        "affinity",
        "annotations",
        "labels",
        "global",
    ];
    let mut objects = vec![(String::new(), &schema)];
    while let Some((name, object)) = objects.pop() {
        assert_eq!(object["additionalProperties"], false, "{name:?} takes anything");
        let members = object["properties"].as_object().unwrap();
        let closed = members.iter().filter(|(name, member)| {
            let object = member["type"] == "object" || member["$ref"] == "#/definitions/map";
            object && !open.contains(&name.as_str())
        });
        objects.extend(closed.map(|(name, member)| (name.clone(), member)));
    }
}

#[test]
fn times_that_just_fit_are_taken() {
    for (duration, call, renew) in
        [("50s", "30s", "10s"), ("1m", "500ms", "29750ms"), ("1h0.5m", "1h", "15s")]
    {
        let set = format!(
            "leaderElection.leaseDuration={duration},config.callTimeout={call},leaderElection.leaseRenew={renew}"
        );
        render_chart(&path("charts/orgkeeper"), &["--set", &set])
            .unwrap_or_else(|error| panic!("{set}: {error}"));
    }
}

#[test]
fn addresses_shares_and_accounts_that_can_be_meant_are_taken() {
    for set in [
        "http.address=127.0.0.1",
        "http.address=[::]",
        "http.address=[fd00::10.0.0.1]",
        "podDisruptionBudget.maxUnavailable=1%",
        "podDisruptionBudget.maxUnavailable=100%",
        "serviceAccount.create=false,serviceAccount.name=theirs",
        "serviceAccount.create=false,rbac.create=false",
        "extraArgs={--exit-with-stdin}",
    ] {
        render_chart(&path("charts/orgkeeper"), &["--set", set])
            .unwrap_or_else(|error| panic!("{set}: {error}"));
    }
}

#[test]
fn an_older_kubernetes_is_refused() {
    let older = render_chart(&path("charts/orgkeeper"), &["--kube-version", "1.32.9"]).unwrap_err();
    assert!(older.contains("requires kubeVersion: >=1.33.0-0"), "{older}");
}
