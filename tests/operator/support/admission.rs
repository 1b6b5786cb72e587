//! The shipped admission policies, for one namespace at a time.

use std::path::Path;

use serde_json::{Value, json};

/// A shipped policy and its binding, under a name of its own and for one namespace alone: other tests
/// do as they like.
pub fn policy(file: &str, namespace: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/admission").join(file);
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut documents: Vec<Value> = serde_saphyr::from_multiple(&text).expect("it is YAML");
    let name = policy_name(file, namespace);
    for document in &mut documents {
        document["metadata"]["name"] = json!(name);
    }
    documents[1]["spec"]["policyName"] = json!(name);
    documents[1]["spec"]["matchResources"] =
        json!({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}});
    documents.iter().map(Value::to_string).collect::<Vec<_>>().join("\n---\n")
}

/// The name under which [`policy`] stands.
pub fn policy_name(file: &str, namespace: &str) -> String {
    format!("{}.{namespace}", file.trim_end_matches(".yaml").replace('_', "-"))
}
