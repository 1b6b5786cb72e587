//! The API server's audit log: who asked for what, and what the answer was.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Api, Client};
use serde::Deserialize;

use super::wait::{PATIENCE, wait_until};

/// The log of a running API server.
pub struct AuditLog {
    client: Client,
    path: PathBuf,
}

/// A place in the log.
#[derive(Debug, Clone, Copy)]
pub struct Mark(u64);

/// One request that has been answered, or a watch that has begun.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    pub verb: String,
    #[serde(rename = "requestURI")]
    pub uri: String,
    pub stage: String,
    user: User,
    impersonated_user: Option<User>,
    #[serde(default, rename = "objectRef")]
    pub object: ObjectRef,
    #[serde(default)]
    response_status: ResponseStatus,
}

#[derive(Debug, Clone, Deserialize)]
struct User {
    /// Empty of a request that ended before anybody knew who asked.
    #[serde(default)]
    username: String,
}

/// What a request was about; empty where that does not apply.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ObjectRef {
    pub resource: String,
    pub subresource: String,
    pub namespace: String,
    pub name: String,
    pub api_group: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct ResponseStatus {
    code: u16,
}

impl Entry {
    /// Who asked, or whom the one who asked stood for.
    pub fn user(&self) -> &str {
        &self.impersonated_user.as_ref().unwrap_or(&self.user).username
    }

    /// The HTTP status of the answer.
    pub fn code(&self) -> u16 {
        self.response_status.code
    }

    /// Whether the request was to change something.
    pub fn is_write(&self) -> bool {
        matches!(self.verb.as_str(), "create" | "update" | "patch" | "delete" | "deletecollection")
    }
}

/// No line of the log is longer: it holds metadata only.
const LONGEST: u64 = 1 << 20;

impl AuditLog {
    pub(super) fn new(client: Client, path: PathBuf) -> Self {
        Self { client, path }
    }

    /// The end of the log, after all that has been answered before.
    pub async fn mark(&self) -> Mark {
        let start = self.last_line();
        Mark(start + self.read_to_fence(start).await.1)
    }

    /// What was answered between the mark and this call.
    pub async fn since(&self, mark: Mark) -> Entries {
        Entries(self.read_to_fence(mark.0).await.0)
    }

    /// Reads from an offset to a request of our own, and returns the entries
    /// before it and where it ends. Such a request is a fence: an answer comes
    /// only after its entry, so all that was answered earlier is in front of it.
    async fn read_to_fence(&self, start: u64) -> (Vec<Entry>, u64) {
        static FENCES: AtomicU64 = AtomicU64::new(0);
        let fence = format!("audit-fence-{}", FENCES.fetch_add(1, Ordering::Relaxed));
        let maps: Api<ConfigMap> = Api::namespaced(self.client.clone(), "default");
        maps.get_opt(&fence).await.expect("a config map that does not exist can be asked for");
        wait_until(PATIENCE, "the audit log has a request", async || {
            let text = self.read_from(start);
            let mut end = 0;
            let mut entries = Vec::new();
            for line in text.split_inclusive('\n').filter(|l| l.ends_with('\n')) {
                end += line.len() as u64;
                let entry: Entry = serde_json::from_str(line).expect("an audit entry is JSON");
                if entry.object.name == fence {
                    return Some((entries, end));
                }
                entries.push(entry);
            }
            None
        })
        .await
    }

    /// Where the last line begins that is being written, or will be: half a line is no entry.
    fn last_line(&self) -> u64 {
        let length = std::fs::metadata(&self.path).expect("the audit log exists").len();
        let from = length.saturating_sub(LONGEST);
        let text = self.read_from(from);
        let known = usize::try_from(length - from).expect("a part of a file").min(text.len());
        let newline = text.as_bytes()[..known].iter().rposition(|byte| *byte == b'\n');
        newline.map_or(from, |at| from + at as u64 + 1)
    }

    fn read_from(&self, start: u64) -> String {
        let mut file = File::open(&self.path).expect("the audit log can be read");
        file.seek(SeekFrom::Start(start)).expect("a file can seek");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("a file can be read");
        // The last line may be half written, even half a character.
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Entries, to be narrowed down: `entries.user(…).writes().resource("secrets")`.
#[derive(Debug, Clone, Default)]
pub struct Entries(Vec<Entry>);

impl Entries {
    /// Those that the predicate holds for.
    #[must_use]
    pub fn only(mut self, predicate: impl FnMut(&Entry) -> bool) -> Self {
        self.0.retain(predicate);
        self
    }

    /// By this user, in full: `system:serviceaccount:<namespace>:<name>`.
    #[must_use]
    pub fn user(self, user: &str) -> Self {
        self.only(|entry| entry.user() == user)
    }

    /// By this service account.
    #[must_use]
    pub fn service_account(self, namespace: &str, account: &str) -> Self {
        self.user(&format!("system:serviceaccount:{namespace}:{account}"))
    }

    #[must_use]
    pub fn verb(self, verb: &str) -> Self {
        self.only(|entry| entry.verb == verb)
    }

    #[must_use]
    pub fn writes(self) -> Self {
        self.only(Entry::is_write)
    }

    /// On this resource, in the plural, whatever the subresource.
    #[must_use]
    pub fn resource(self, resource: &str) -> Self {
        self.only(|entry| entry.object.resource == resource)
    }

    /// On anything else than this resource.
    #[must_use]
    pub fn except_resource(self, resource: &str) -> Self {
        self.only(|entry| entry.object.resource != resource)
    }

    /// On this subresource; the empty name means the object itself.
    #[must_use]
    pub fn subresource(self, subresource: &str) -> Self {
        self.only(|entry| entry.object.subresource == subresource)
    }

    #[must_use]
    pub fn namespace(self, namespace: &str) -> Self {
        self.only(|entry| entry.object.namespace == namespace)
    }

    #[must_use]
    pub fn name(self, name: &str) -> Self {
        self.only(|entry| entry.object.name == name)
    }

    #[must_use]
    pub fn code(self, code: u16) -> Self {
        self.only(|entry| entry.code() == code)
    }
}

impl std::ops::Deref for Entries {
    type Target = [Entry];

    fn deref(&self) -> &[Entry] {
        &self.0
    }
}
