//! What may be set of the pod, and that nothing of it can have two processes write.

use crate::support::{one, path, read, render_chart};
use serde_json::{Value, json};

fn deployment(set: &str) -> Value {
    let rendered = render_chart(&path("charts/orgkeeper"), &["--set", set]);
    one(&rendered.unwrap_or_else(|error| panic!("{set}: {error}")), "Deployment orgkeeper-system/orgkeeper")
}

fn pod(deployment: &Value) -> &Value {
    &deployment["spec"]["template"]["spec"]
}

/// The `yaml` fence of the chart's page below this heading.
fn example(heading: &str) -> String {
    let page = read("charts/orgkeeper/README.md");
    let section = page.split_once(&format!("\n## {heading}\n")).unwrap().1.split("\n## ").next().unwrap();
    section.split_once("```yaml\n").unwrap().1.split("```").next().unwrap().to_owned()
}

fn with_values(values: &str) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), values).unwrap();
    render_chart(&path("charts/orgkeeper"), &["--values", file.path().to_str().unwrap()]).unwrap()
}

/// That such a folder is trusted beside the usual one is for `tests/client/tls.rs`.
#[test]
fn a_company_s_authority_is_trusted_as_the_page_says() {
    let deployment =
        one(&with_values(&example("A company's own CA")), "Deployment orgkeeper-system/orgkeeper");
    let (pod, container) = (pod(&deployment), &pod(&deployment)["containers"][0]);
    assert_eq!(pod["volumes"], json!([{"name": "company-ca", "configMap": {"name": "company-ca"}}]));
    let mount = &container["volumeMounts"][0];
    assert_eq!((&mount["name"], &mount["readOnly"]), (&pod["volumes"][0]["name"], &json!(true)));
    let environment = container["env"].as_array().unwrap();
    let trusted = environment.iter().find(|one| one["name"] == "SSL_CERT_DIR").unwrap();
    let folders: Vec<&str> = trusted["value"].as_str().unwrap().split(':').collect();
    assert_eq!(folders, ["/etc/ssl/certs", mount["mountPath"].as_str().unwrap()]);
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
}

#[test]
fn what_is_set_of_the_pod_is_in_it() {
    let set = "dnsPolicy=None,dnsConfig.nameservers={10.0.0.10},dnsConfig.options[0].name=ndots,\
               hostAliases[0].ip=10.0.0.7,hostAliases[0].hostnames={spot.example.com},\
               extraEnvFrom[0].secretRef.name=proxy,extraEnvFrom[0].prefix=P_,revisionHistoryLimit=0";
    let deployment = deployment(set);
    let pod = pod(&deployment);
    assert_eq!(pod["dnsPolicy"], "None");
    assert_eq!(pod["dnsConfig"], json!({"nameservers": ["10.0.0.10"], "options": [{"name": "ndots"}]}));
    assert_eq!(pod["hostAliases"], json!([{"ip": "10.0.0.7", "hostnames": ["spot.example.com"]}]));
    let from = json!([{"secretRef": {"name": "proxy"}, "prefix": "P_"}]);
    assert_eq!(pod["containers"][0]["envFrom"], from);
    assert_eq!(deployment["spec"]["revisionHistoryLimit"], 0);
}

#[test]
fn with_nothing_set_kubernetes_own_defaults_hold() {
    let deployment = deployment("replicas=2");
    for member in ["dnsPolicy", "dnsConfig", "hostAliases", "volumes"] {
        assert!(pod(&deployment)[member].is_null(), "{member}");
    }
    for member in ["envFrom", "volumeMounts"] {
        assert!(pod(&deployment)["containers"][0][member].is_null(), "{member}");
    }
    assert_eq!(deployment["spec"]["revisionHistoryLimit"], 10);
    let quarter = json!({"maxSurge": "25%", "maxUnavailable": "25%"});
    assert_eq!(deployment["spec"]["strategy"], json!({"type": "RollingUpdate", "rollingUpdate": quarter}));
}

#[test]
fn pods_are_replaced_as_it_is_set() {
    let numbers = deployment("strategy.rollingUpdate.maxSurge=0,strategy.rollingUpdate.maxUnavailable=100%");
    assert_eq!(
        numbers["spec"]["strategy"]["rollingUpdate"],
        json!({"maxSurge": 0, "maxUnavailable": "100%"})
    );
    // The API server refuses numbers beside Recreate.
    assert_eq!(deployment("strategy.type=Recreate")["spec"]["strategy"], json!({"type": "Recreate"}));
}

/// It writes status like any other, and takes the Lease for that: it is run as any other.
#[test]
fn who_only_reads_stands_by_like_any_other() {
    let (reads, writes) = (deployment("config.readOnly=true"), deployment("config.readOnly=false"));
    for member in ["replicas", "strategy"] {
        assert_eq!(reads["spec"][member], writes["spec"][member], "{member}");
    }
}
