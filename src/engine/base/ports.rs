//! The four ports: time, randomness, Kubernetes and the vendor's network.
//!
//! The engine and the vendors reach the world only through these traits. The operator implements
//! them for real; the simulation implements them on a virtual clock, so that a run can be replayed.

use crate::api::kind::KindRef;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use bytes::Bytes;
use futures::future::LocalBoxFuture;
use secrecy::SecretString;

/// A moment on a clock that never goes back and counts while the machine sleeps
/// (`CLOCK_BOOTTIME`): leases, budgets and evidence of absence are measured with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tick(Duration);

impl Tick {
    /// The moment `since_boot` after the clock's start.
    pub const fn new(since_boot: Duration) -> Self {
        Self(since_boot)
    }

    /// Time since the clock's start.
    pub const fn since_boot(self) -> Duration {
        self.0
    }

    /// How long after `earlier` this is; zero if it is not after.
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Tick {
    type Output = Self;
    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(by))
    }
}

impl Sub<Duration> for Tick {
    type Output = Self;
    fn sub(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(by))
    }
}

/// Time.
pub trait Clock {
    /// Now, for measuring.
    fn tick(&self) -> Tick;
    /// Now, for people and for what must survive a restart.
    fn wall(&self) -> jiff::Timestamp;
    /// Ends at `tick`, or at once if that has passed.
    fn sleep_until(&self, tick: Tick) -> LocalBoxFuture<'static, ()>;
}

/// Randomness: for jitter and for new keys.
pub trait Entropy {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);

    /// A number in `0..bound` (`bound` > 0), good enough for jitter.
    fn below(&self, bound: u64) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes) % bound.max(1)
    }
}

/// One object of the Kubernetes API.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// Its kind.
    pub kind: KindRef,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// What of an object a patch changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Metadata or spec.
    Main,
    /// The status subresource.
    Status,
}

/// A Secret, with what is needed to notice its change and its end, and to know whose it is.
#[derive(Clone, Debug, Default)]
pub struct SecretData {
    /// `metadata.uid`.
    pub uid: String,
    /// `metadata.resourceVersion`.
    pub resource_version: String,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// `metadata.annotations`.
    pub annotations: BTreeMap<String, String>,
    /// `metadata.finalizers`.
    pub finalizers: Vec<String>,
    /// Whether the Secret is being deleted.
    pub deleting: bool,
    /// `immutable`: Kubernetes refuses every change of its values.
    pub immutable: bool,
    /// Values that are UTF-8, by key.
    pub values: BTreeMap<String, SecretString>,
}

/// What is to be written of a Secret. Its values do not show in `Debug`.
#[derive(Clone, Debug, Default)]
pub struct SecretWrite {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// The resourceVersion of the Secret that is written over; `None` to create one. What is not named
    /// here of a Secret that is written over stays as it is.
    pub over: Option<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// Values, by key.
    pub values: BTreeMap<String, SecretString>,
}

/// An event about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The object.
    pub about: ObjectRef,
    /// Its uid.
    pub uid: String,
    /// Its apiVersion.
    pub api_version: String,
    /// Whether a person should look.
    pub warning: bool,
    /// One `CamelCase` word.
    pub reason: &'static str,
    /// What was done.
    pub action: &'static str,
    /// A sentence, at most 1 kB.
    pub note: String,
    /// How often it happened so far: the same again is no other event.
    pub count: u32,
    /// When it happened first.
    pub since: jiff::Timestamp,
}

/// A Lease, as far as leader election reads and writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeaseRecord {
    /// `metadata.resourceVersion`; empty for a Lease that does not exist yet.
    pub resource_version: String,
    /// Who holds it; empty for nobody.
    pub holder: String,
    /// How long the holder holds it after a renewal.
    pub duration: Duration,
    /// How often it has changed hands.
    pub transitions: i32,
    /// When it was acquired and renewed, by the holder's wall clock (for people only).
    pub acquired: Option<jiff::Timestamp>,
    /// See `acquired`.
    pub renewed: Option<jiff::Timestamp>,
}

/// Why Kubernetes did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// The object is not there.
    #[error("not found")]
    NotFound,
    /// A precondition (resourceVersion, uid) does not hold, or the object exists already.
    #[error("conflict: {0}")]
    Conflict(String),
    /// RBAC or admission refuses.
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// The API server refuses the content.
    #[error("invalid: {0}")]
    Invalid(String),
    /// It says yes, and its answer lacks this member, which was sent.
    #[error(
        "{0} was sent, and is not in what Kubernetes stored: a webhook or an admission policy takes it out, or the \
         definition of the kind is older than this program. Nothing more is made at the vendor for this object until \
         that is mended: look for what takes it out, or apply the definitions of this version"
    )]
    Dropped(String),
    /// Anything else: try again.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

/// Kubernetes. Watches come from the other side: the operator feeds the engine's caches.
pub trait Cluster {
    /// Sends a JSON merge patch; answers the object as it then is. Preconditions (resourceVersion,
    /// uid) stand in the patch's own metadata.
    fn patch(
        &self,
        object: &ObjectRef,
        part: Part,
        patch: serde_json::Value,
    ) -> LocalBoxFuture<'_, Result<serde_json::Value, ClusterError>>;

    /// Reads a Secret.
    fn secret(
        &self,
        namespace: &str,
        name: &str,
    ) -> LocalBoxFuture<'_, Result<Option<SecretData>, ClusterError>>;

    /// Replaces the finalizers of a Secret; `resource_version` is the precondition. Answers those that it then has.
    fn set_secret_finalizers(
        &self,
        namespace: &str,
        name: &str,
        resource_version: &str,
        finalizers: Vec<String>,
    ) -> LocalBoxFuture<'_, Result<Vec<String>, ClusterError>>;

    /// Creates a Secret, or writes over one that nobody changed meanwhile. Answers it as it then is, whatever
    /// was made of what was sent.
    fn write_secret(&self, secret: SecretWrite) -> LocalBoxFuture<'_, Result<SecretData, ClusterError>>;

    /// Deletes the Secret that was read, if nobody changed it meanwhile.
    fn delete_secret(
        &self,
        namespace: &str,
        name: &str,
        read: &SecretData,
    ) -> LocalBoxFuture<'_, Result<(), ClusterError>>;

    /// Publishes an event, or how often the same has happened since. Failures are logged by the implementation: an event never stops work.
    fn event(&self, event: Event) -> LocalBoxFuture<'_, ()>;

    /// Reads the Lease; `None` where there is none.
    fn lease(&self) -> LocalBoxFuture<'_, Result<Option<LeaseRecord>, ClusterError>>;

    /// Writes the Lease with its resourceVersion as the precondition (empty: create it).
    fn put_lease(&self, lease: LeaseRecord) -> LocalBoxFuture<'_, Result<LeaseRecord, ClusterError>>;
}

/// A request to a vendor.
#[derive(Clone)]
pub struct HttpRequest {
    /// Method.
    pub method: http::Method,
    /// Absolute address.
    pub url: url::Url,
    /// Headers other than the credentials.
    pub headers: Vec<(&'static str, String)>,
    /// The bearer token, where the call has one; never printed.
    pub bearer: Option<SecretString>,
    /// Body; empty for none.
    pub body: Bytes,
    /// PEM certificates to trust besides the system's.
    pub ca_bundle: Option<std::rc::Rc<str>>,
    /// For a write, the last moment at which it may leave this process; `None` for whatever may leave at any time.
    pub leaves_by: Option<Tick>,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url.path())
    }
}

/// A vendor's answer, whole.
#[derive(Clone)]
pub struct HttpResponse {
    /// Status code.
    pub status: http::StatusCode,
    /// Headers.
    pub headers: http::HeaderMap,
    /// Body, at most as long as the network's limit.
    pub body: Bytes,
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {} bytes", self.status, self.body.len())
    }
}

/// Why there is no whole answer. Whether the request had an effect is unknown in every case but the
/// first two.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// The request cannot be sent as it is: a certificate or a token that is none.
    #[error("cannot be sent: {0}")]
    Unsendable(String),
    /// This process was held up until its leave to send was over; nothing was sent.
    #[error("was not sent: this process was held up until it no longer might")]
    TooLate,
    /// No connection.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// A limit of time ran out.
    #[error("timed out: {0}")]
    TimedOut(String),
    /// The connection broke.
    #[error("connection lost: {0}")]
    Lost(String),
    /// The body is longer than the limit.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

/// The vendor's network: one request, one answer, within the time-outs of the implementation and
/// never later than `call_timeout` after it was sent. Redirects are not followed. Nothing leaves after its
/// [`HttpRequest::leaves_by`], also where the whole process is stopped and goes on in between.
pub trait Network {
    /// The longest that [`Network::send`] takes.
    fn call_timeout(&self) -> Duration;
    /// Sends.
    fn send(&self, request: HttpRequest) -> LocalBoxFuture<'_, Result<HttpResponse, NetworkError>>;
}
