//! What roles grant beside what was asked for: the comparison is pure, the manifests are those of
//! `config/rbac`.

use std::{collections::BTreeSet, fmt, path::Path};

use k8s_openapi::api::rbac::v1::PolicyRule;
use serde_json::Value;

use super::audit::Entry;

/// The namespace that the manifests name.
const NAMESPACE: &str = "orgkeeper-system";

/// One verb on one resource, by one rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// Where it holds; everywhere if that is not said.
    pub namespace: Option<String>,
    pub verb: String,
    pub group: String,
    /// With the subresource: `spotaccounts/status`.
    pub resource: String,
    /// To which names it is limited, if it is.
    pub names: BTreeSet<String>,
}

impl Right {
    /// The right in a word, without where it holds: `patch spotaccounts.spot.orgkeeper.dev/status`.
    pub fn word(&self) -> String {
        let (resource, sub) = self.resource.split_once('/').unwrap_or((&self.resource, ""));
        word(&self.verb, &self.group, resource, sub)
    }

    /// Whether it lets the request through, as the API server decides that.
    pub fn covers(&self, request: &Request) -> bool {
        // Of a create the API server does not know the name when it decides.
        let named = request.verb != "create" && self.names.contains(&request.name);
        self.word() == request.word()
            && self.namespace.as_ref().is_none_or(|namespace| *namespace == request.namespace)
            && (self.names.is_empty() || named)
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word())?;
        if !self.names.is_empty() {
            let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
            write!(f, " named {}", names.join(", "))?;
        }
        match &self.namespace {
            Some(namespace) => write!(f, " in {namespace}"),
            None => f.write_str(" everywhere"),
        }
    }
}

/// A request that somebody made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    pub verb: String,
    pub group: String,
    pub resource: String,
    pub subresource: String,
    /// Empty for what is asked of all namespaces, or belongs to none.
    pub namespace: String,
    /// Empty for what is asked of all objects.
    pub name: String,
    /// Whether it was refused for lack of a right.
    pub refused: bool,
}

impl Request {
    fn word(&self) -> String {
        word(&self.verb, &self.group, &self.resource, &self.subresource)
    }
}

impl From<&Entry> for Request {
    fn from(entry: &Entry) -> Self {
        Self {
            verb: entry.verb.clone(),
            group: entry.object.api_group.clone(),
            resource: entry.object.resource.clone(),
            subresource: entry.object.subresource.clone(),
            namespace: entry.object.namespace.clone(),
            name: entry.object.name.clone(),
            refused: entry.code() == 403,
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.word(), self.namespace, self.name)
    }
}

fn word(verb: &str, group: &str, resource: &str, subresource: &str) -> String {
    let dot = if group.is_empty() { "" } else { "." };
    let slash = if subresource.is_empty() { "" } else { "/" };
    format!("{verb} {resource}{dot}{group}{slash}{subresource}")
}

/// A right that a run need not use, and why it is granted nevertheless.
pub struct Rare {
    /// As [`Right::word`] gives it.
    pub right: &'static str,
    /// What it is for, and when that happens.
    pub why: &'static str,
}

/// What is wrong with the rights, one line each: requests that were refused or that only somebody
/// else's role lets through, and rights that nothing used.
pub fn compare(rights: &[Right], requests: &[Request], rare: &[Rare]) -> Vec<String> {
    let mut wrong = BTreeSet::new();
    for request in requests.iter().filter(|request| !request.resource.is_empty()) {
        if request.refused {
            wrong.insert(format!("refused: {request}"));
        } else if !rights.iter().any(|right| right.covers(request)) {
            wrong.insert(format!("granted by no rule of ours: {request}"));
        }
    }
    for right in rights {
        let excused = rare.iter().any(|rare| rare.right == right.word());
        if !excused && !requests.iter().any(|request| !request.refused && right.covers(request)) {
            wrong.insert(format!("never used: {right}"));
        }
    }
    for rare in rare {
        if !rights.iter().any(|right| right.word() == rare.right) {
            wrong.insert(format!("on the list of rare rights, but not granted: {}", rare.right));
        }
    }
    wrong.into_iter().collect()
}

/// The rights in the roles among these manifests.
pub fn rights(manifests: &[Value]) -> Vec<Right> {
    let mut rights = Vec::new();
    for manifest in manifests.iter().filter(|one| one["kind"] == "Role" || one["kind"] == "ClusterRole") {
        let namespace = manifest["metadata"]["namespace"].as_str().map(str::to_owned);
        let rules: Vec<PolicyRule> =
            serde_json::from_value(manifest["rules"].clone()).expect("a role has rules");
        for rule in rules {
            let names: BTreeSet<String> = rule.resource_names.into_iter().flatten().collect();
            for group in rule.api_groups.iter().flatten() {
                for resource in rule.resources.iter().flatten() {
                    rights.extend(rule.verbs.iter().map(|verb| Right {
                        namespace: namespace.clone(),
                        verb: verb.clone(),
                        group: group.clone(),
                        resource: resource.clone(),
                        names: names.clone(),
                    }));
                }
            }
        }
    }
    rights
}

/// The manifests of `config/rbac`, as an overlay for this namespace makes them. What belongs to no
/// namespace and names one gets a name of its own, so that two installations do not meet.
pub fn manifests(namespace: &str) -> Vec<Value> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/rbac");
    let read = |file: &str| {
        let text = std::fs::read_to_string(directory.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        serde_saphyr::from_str::<Value>(&text).unwrap_or_else(|e| panic!("{file}: {e}"))
    };
    let kustomization = read("kustomization.yaml");
    let files = kustomization["resources"].as_array().expect("a kustomization lists its files");
    let moved = |file: &Value| {
        let mut manifest = read(file.as_str().expect("a file's name"));
        for path in ["/metadata/namespace", "/subjects/0/namespace"] {
            if let Some(place) = manifest.pointer_mut(path) {
                assert_eq!(place, NAMESPACE, "{file}{path}");
                *place = namespace.into();
            }
        }
        if manifest["kind"] == "ClusterRoleBinding" {
            manifest["metadata"]["name"] = format!("orgkeeper-{namespace}").into();
        }
        manifest
    };
    files.iter().map(moved).collect()
}
