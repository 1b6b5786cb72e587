//! What every part of the engine shares: the ports, the settings, the queue, and what is known of
//! namespaces and Secrets.

use crate::api::conditions::{self, ConditionType};
use crate::api::kind::KindRef;
use crate::engine::base::checks::holds;
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::ports::{Clock, Cluster, ClusterError, Entropy, Event, Network, ObjectRef, Tick};
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences;
use crate::engine::decide::count::Count;
use crate::engine::decide::fingerprint::Fingerprints;
use crate::engine::decide::trail::fact;
use crate::engine::external::budget::Budget;
use crate::engine::external::caller::Meter;
use crate::engine::lead::fence::Fence;
use crate::engine::runtime::answers::Answers;
use crate::engine::runtime::commit::retold::Turns;
use crate::engine::runtime::convergence::Convergence;
use crate::engine::runtime::events::Events;
use crate::engine::runtime::first_seen::{FirstSeen, Moment};
use crate::engine::runtime::object;
use crate::engine::runtime::objects::Precondition;
use crate::engine::runtime::put_back::PutBack;
use crate::engine::runtime::queue::{Backoff, Lane, Priority, Queue, Shares};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

/// Whether tokens may be sent to an endpoint, which is told after those of the vendor's own service; the error says what
/// to do.
pub type EndpointCheck = Rc<dyn Fn(&[&str], &str) -> Result<url::Url, String>>;

/// How the engine behaves.
#[derive(Clone)]
pub struct Settings {
    /// How long the vendor may take to carry a request out and its lists to show it.
    pub settle: Duration,
    /// How many objects are worked on at once.
    pub workers: usize,
    /// How many of one organization, and of one vendor.
    pub shares: Shares,
    /// Waits after failures.
    pub backoff: Backoff,
    /// When to look again at what only a person can resolve.
    pub slow_retry: Duration,
    /// How long the former token still works after a rotation.
    pub rotation_overlap: Duration,
    /// The namespace of the installation.
    pub namespace: String,
    /// Whether token Secrets are kept while a deletion needs them.
    pub hold_secrets: bool,
    /// The namespaces that are watched; all where none is named.
    pub watched: Vec<String>,
    /// How many calls of an organization's resync read what no list shows (rule 6).
    pub sweep_calls: u32,
    /// Checks an endpoint; the error says what to do.
    pub check_endpoint: EndpointCheck,
}

/// Counts what the engine does.
pub trait Tally {
    /// An object was reconciled.
    fn reconciled(&self, kind: KindRef, result: &'static str, seconds: f64);
    /// A status was written, or did not need to be.
    fn status(&self, kind: KindRef, written: bool);
    /// A create ended so.
    fn created(&self, kind: KindRef, outcome: &'static str);
    /// A field drifted, and was corrected or left.
    fn drift(&self, kind: KindRef, corrected: bool);
    /// The details of an object were read.
    fn detail(&self, kind: KindRef, cause: &'static str);
    /// For how long, s, the details of an organization's objects have been unseen at most; `None` where
    /// none has any.
    fn unseen(&self, kind: KindRef, root: &ObjectRef, seconds: Option<f64>);
    /// How much of a kind an organization has at the vendor; `None` where that cannot be counted.
    fn vendor_objects(&self, kind: KindRef, root: &ObjectRef, count: Option<Count>);
    /// What the object holds expires then; `None` where it does not, or is gone.
    fn expires(&self, object: &ObjectRef, at: Option<jiff::Timestamp>);
    /// An object was taken out of the queue after so many seconds in line.
    fn taken(&self, _kind: KindRef, _seconds: f64) {}
    /// An object can only be got further by a person.
    fn stalled(&self, _kind: KindRef) {}
    /// An object became what its manifest says, so many seconds after that was known.
    fn converged(&self, _kind: KindRef, _seconds: f64) {}
    /// All lists of the organization have been read; that began then.
    fn inventoried(&self, _root: &ObjectRef, _at: jiff::Timestamp) {}
    /// A member that was sent to Kubernetes is not in what it stored.
    fn dropped(&self, _kind: KindRef) {}
    /// A reconcile panicked.
    fn panicked(&self, kind: KindRef);
    /// A write that takes something away was let through or stopped.
    fn guarded(&self, kind: KindRef, outcome: &'static str);
}

/// What is known of a namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace {
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Whether it is being deleted.
    pub terminating: bool,
}

/// What is known of a Secret without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretMark {
    /// Its resourceVersion.
    pub version: String,
    /// Its finalizers.
    pub finalizers: Vec<String>,
    /// Whether it is being deleted.
    pub deleting: bool,
}

/// What every part of the engine shares.
pub struct Context {
    /// Time.
    pub clock: Rc<dyn Clock>,
    /// Randomness.
    pub entropy: Rc<dyn Entropy>,
    /// Kubernetes.
    pub cluster: Rc<dyn Cluster>,
    /// The vendor's network.
    pub network: Rc<dyn Network>,
    /// The budget.
    pub budget: Budget,
    /// The right to write.
    pub fence: Fence,
    /// Who counts vendor calls.
    pub meter: Rc<dyn Meter>,
    /// Who counts the rest.
    pub tally: Rc<dyn Tally>,
    /// How to behave.
    pub settings: Settings,
    /// Made once the key of the installation is known.
    pub prints: OnceCell<Fingerprints>,
    /// When this process first saw what is stored.
    pub first_seen: FirstSeen,
    /// The queue.
    pub queue: RefCell<Queue>,
    /// The manifests that are not carried out yet.
    pub convergence: RefCell<Convergence>,
    /// Namespaces.
    pub namespaces: RefCell<BTreeMap<String, Namespace>>,
    /// How many reconciles there have been.
    pub reconciles: Cell<u64>,
    /// Rings when something was put in line.
    pub bell: tokio::sync::Notify,
    /// What was told in events of late.
    pub events: RefCell<Events>,
    /// What is to be told of objects that are gone.
    farewells: RefCell<VecDeque<Event>>,
    /// What people wrote to answer.
    pub answers: Answers,
    /// Whose turn is when to have what is so said otherwise.
    pub retelling: Turns,
    /// How often our finalizers were set of late.
    pub finalizers: PutBack,
    /// How often statuses that others wrote over were put back of late, by the object's uid.
    pub statuses: PutBack,
    /// Secrets, by namespace and name.
    pub secrets: RefCell<BTreeMap<(String, String), SecretMark>>,
}

/// The ports, and who counts.
pub struct Ports {
    /// Time.
    pub clock: Rc<dyn Clock>,
    /// Randomness.
    pub entropy: Rc<dyn Entropy>,
    /// Kubernetes.
    pub cluster: Rc<dyn Cluster>,
    /// The vendor's network.
    pub network: Rc<dyn Network>,
    /// Who counts vendor calls.
    pub meter: Rc<dyn Meter>,
    /// Who counts the rest.
    pub tally: Rc<dyn Tally>,
}

impl Context {
    /// One in which nothing is known yet.
    pub fn new(ports: Ports, fence: Fence, settings: Settings) -> Self {
        let queue = Queue::new(settings.backoff, settings.shares);
        Self {
            clock: ports.clock,
            entropy: ports.entropy,
            cluster: ports.cluster,
            network: ports.network,
            budget: Budget::default(),
            fence,
            meter: ports.meter,
            tally: ports.tally,
            settings,
            prints: OnceCell::new(),
            first_seen: FirstSeen::default(),
            queue: RefCell::new(queue),
            convergence: RefCell::default(),
            namespaces: RefCell::default(),
            secrets: RefCell::default(),
            reconciles: Cell::new(0),
            events: RefCell::default(),
            farewells: RefCell::default(),
            answers: Answers::default(),
            retelling: Turns::default(),
            finalizers: PutBack::default(),
            statuses: PutBack::default(),
            bell: tokio::sync::Notify::new(),
        }
    }

    /// Now.
    pub fn now(&self) -> Tick {
        self.clock.tick()
    }

    /// Now, on both clocks.
    pub fn moment(&self) -> Moment {
        Moment { tick: self.clock.tick(), wall: self.clock.wall() }
    }

    /// A number for the next reconcile, by which its log lines are told from others.
    pub fn next_reconcile(&self) -> u64 {
        self.reconciles.set(self.reconciles.get() + 1);
        self.reconciles.get()
    }

    /// Puts an object in line.
    pub fn wake(&self, key: &ObjectRef, lane: &Lane, priority: Priority) {
        self.queue.borrow_mut().add(key, lane, priority, self.now());
        self.bell.notify_one();
    }

    /// Puts an organization in line.
    pub fn wake_root(&self, root: &ObjectRef, priority: Priority) {
        self.wake(root, &Lane::of(root, &root.namespace), priority);
    }

    /// Look again at what only a change can resolve.
    pub fn slowly(&self) -> Next {
        Next::At(self.now() + self.jittered(self.settings.slow_retry))
    }

    /// `span` with up to a tenth more or less, so that what began together does not stay together.
    pub fn jittered(&self, span: Duration) -> Duration {
        let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        let tenth = millis / 10;
        Duration::from_millis(millis - tenth + self.entropy.below(2 * tenth + 1))
    }

    /// The longest that [`Context::jittered`] makes of `span`.
    pub fn at_most(&self, span: Duration) -> Duration {
        span + span / 10
    }

    /// Whether the namespace has been seen. Before, nobody can say whom a grant admits.
    pub fn knows_namespace(&self, name: &str) -> bool {
        self.namespaces.borrow().contains_key(name)
    }

    /// What to say besides of an object that does not exist, where its namespace is not watched.
    pub fn unwatched(&self, namespace: &str) -> String {
        let watched = &self.settings.watched;
        if watched.is_empty() || watched.iter().any(|known| known == namespace) {
            return String::new();
        }
        format!(" This operator watches only the namespaces {}.", sentences::listed(watched))
    }

    /// What is known of the namespace.
    pub fn namespace(&self, name: &str) -> Namespace {
        self.namespaces.borrow().get(name).cloned().unwrap_or_default()
    }

    /// The resourceVersion of a Secret, as far as the watch has shown it.
    pub fn secret_version(&self, namespace: &str, name: &str) -> Option<String> {
        let key = (namespace.to_owned(), name.to_owned());
        self.secrets.borrow().get(&key).map(|mark| mark.version.clone())
    }

    /// After a status was to be stored: tells of an object that is stalled, or holds what expires or what the vendor does
    /// not know, for another reason than the conditions `before` have, and says what is next.
    pub async fn told<R: crate::api::managed::Managed>(
        &self,
        object: &R,
        stored: Result<(), ClusterError>,
        before: &[Condition],
        findings: &Findings,
        next: Next,
    ) -> Next {
        match stored {
            Ok(()) => {
                match &findings.health {
                    Health::Stalled(reason, message) => {
                        self.tally.stalled(R::KIND);
                        if is_news(before, ConditionType::Stalled, *reason) {
                            self.tell(object, true, *reason, "Reconcile", message.clone()).await;
                        }
                    }
                    Health::Ready(..) => self.carried_out(object),
                    Health::Waiting(..) | Health::Unsupported(..) | Health::Kept => {}
                }
                let warns =
                    |kind| matches!(kind, ConditionType::CredentialExpires | ConditionType::Unrecognized);
                for (kind, reason, message) in findings.extra.iter().filter(|(kind, ..)| warns(*kind)) {
                    if is_news(before, *kind, *reason) {
                        self.tell(object, true, *reason, "Reconcile", message.clone()).await;
                    }
                }
                next
            }
            Err(ClusterError::NotFound) => Next::Gone,
            Err(error) => {
                tracing::info!(object = %crate::engine::runtime::objects::reference(object), %error, "status not stored");
                Next::Retry
            }
        }
    }

    /// Lets a write to Kubernetes be sent. What must be stored whatever happened to the object since it was read
    /// must not come from a process that another has taken over from, or takes over from now: that goes by what is
    /// stored, and may have come further.
    ///
    /// # Errors
    /// The lease is over, or not this process's alone yet.
    pub fn may_store(&self, precondition: Precondition) -> Result<(), ClusterError> {
        let may = match precondition {
            Precondition::Unchanged => holds!(StoredByHolder, self.fence.may_store(self.now())),
            Precondition::SameObject => {
                holds!(StoredByLeader, self.fence.may_send(self.now(), Duration::ZERO))
            }
        };
        let why = || ClusterError::Unavailable("this process may not write now".to_owned());
        may.then_some(()).ok_or_else(why)
    }

    /// Whether this process alone may write now.
    pub fn leads(&self) -> bool {
        self.fence.may_store(self.now())
    }

    /// Whether somebody who wrote the object's status is answered with another look at it: that has an end (rule 15).
    pub fn minds_status<R: crate::api::managed::Managed>(&self, object: &R) -> bool {
        let uid = object.meta().uid.as_deref().unwrap_or_default();
        self.statuses.is_news(uid, self.now())
    }

    /// Notes what a manifest asks for that was not looked at yet.
    pub fn declared<R: crate::api::managed::Managed>(&self, object: &R) {
        let key = crate::engine::runtime::objects::reference(object);
        let mut convergence = self.convergence.borrow_mut();
        if object.meta().deletion_timestamp.is_some() {
            convergence.forget(&key);
        } else if object.meta().generation != Some(object.common_status().observed_generation) {
            convergence.declared(&key, object::version(object), self.now());
        } else if object::at_rest(object) && !self.fence.is_held(self.now()) {
            // Another process has carried it out.
            convergence.forget(&key);
        }
    }

    /// Counts how long it took until the object was what its manifest asks for.
    fn carried_out<R: crate::api::managed::Managed>(&self, object: &R) {
        let key = crate::engine::runtime::objects::reference(object);
        let since = self.convergence.borrow_mut().reached(&key, &object::version(object));
        if let Some(since) = since {
            self.tally.converged(R::KIND, self.now().since(since).as_secs_f64());
        }
    }

    /// Says in the log what is told of an object, with the digest that its entry among the last changes has.
    pub fn log<R: crate::api::managed::Managed>(
        &self,
        object: &R,
        warning: bool,
        reason: Reason,
        note: &str,
    ) {
        let about = crate::engine::runtime::objects::reference(object);
        let digest = fact(reason, note);
        if warning {
            tracing::warn!(object = %about, %reason, digest, "{note}");
        } else {
            tracing::info!(object = %about, %reason, digest, "{note}");
        }
    }

    /// Publishes an event, merged with others that say the same; not in a namespace that is being deleted, where none can be created.
    pub async fn tell<R: crate::api::managed::Managed>(
        &self,
        object: &R,
        warning: bool,
        reason: Reason,
        action: &'static str,
        note: String,
    ) {
        if let Some(event) = self.event(object, warning, reason, action, note) {
            self.cluster.event(event).await;
        }
    }

    /// Has it told that an object is gone that nothing held, once something of it is worked on.
    pub fn part<R: crate::api::managed::Managed>(&self, object: &R, reason: Reason, note: String) {
        let event = self.event(object, false, reason, "Delete", note);
        self.farewells.borrow_mut().extend(event);
    }

    /// Tells of one such.
    pub async fn tell_parting(&self) {
        let event = self.farewells.borrow_mut().pop_front();
        if let Some(event) = event {
            self.cluster.event(event).await;
        }
    }

    /// An event, where it is to be published.
    fn event<R: crate::api::managed::Managed>(
        &self,
        object: &R,
        warning: bool,
        reason: Reason,
        action: &'static str,
        note: String,
    ) -> Option<Event> {
        let about = crate::engine::runtime::objects::reference(object);
        self.log(object, warning, reason, &note);
        if self.namespace(&about.namespace).terminating {
            return None;
        }
        let uid = object.meta().uid.clone().unwrap_or_default();
        let api_version = R::api_version(&()).into_owned();
        let reason = reason.as_str();
        let now = self.moment();
        let (count, since) = (1, now.wall);
        let event = Event { about, uid, api_version, warning, reason, action, note, count, since };
        self.events.borrow_mut().tell(event, now)
    }
}

/// What is to be done next with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing until something happens.
    Rest,
    /// A step was made, and the next one follows at once.
    Soon,
    /// Look again then.
    At(Tick),
    /// There is no room for a call until then: what was read since it was asked counts for as long as that takes.
    PutOff(Tick),
    /// Look again soon, later each time.
    Retry,
    /// The object is gone.
    Gone,
}

impl Next {
    /// The same, but for one that would wait for something to happen: what is under way is tried again.
    #[must_use]
    pub fn or_retry(self) -> Self {
        if self == Self::Rest { Self::Retry } else { self }
    }

    /// Whichever comes first.
    #[must_use]
    pub fn sooner(self, next: Self) -> Self {
        match (self, next) {
            (Self::Gone, _) | (_, Self::Gone) => Self::Gone,
            (Self::Retry, _) | (_, Self::Retry) => Self::Retry,
            (Self::Soon, _) | (_, Self::Soon) => Self::Soon,
            (Self::Rest, sooner) | (sooner, Self::Rest) => sooner,
            (Self::At(one) | Self::PutOff(one), Self::At(other) | Self::PutOff(other)) => {
                if one <= other {
                    self
                } else {
                    next
                }
            }
        }
    }
}
/// Whether none of the conditions has this reason.
fn is_news(before: &[Condition], kind: ConditionType, reason: Reason) -> bool {
    conditions::find(before, kind).is_none_or(|known| known.reason != reason.as_str())
}
