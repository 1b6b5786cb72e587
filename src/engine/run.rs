//! The engine at work: what the watches tell goes in, objects come out of the queue, one after the
//! other or side by side, until it is told to stop.

use crate::api::kind::KindRef;
use crate::engine::base::checks::forbids;
use crate::engine::base::ports::{ClusterError, ObjectRef, SecretWrite};
use crate::engine::decide::fingerprint::{self, Fingerprints};
use crate::engine::domain::Domain;
use crate::engine::lead::lease::Keeper;
use crate::engine::runtime::census::Census;
use crate::engine::runtime::commit::Secrets;
use crate::engine::runtime::context::{Context, Namespace, Next, SecretMark};
use crate::engine::runtime::news::{News, give_way, news};
use crate::engine::runtime::queue::{Lane, Priority, Ticket};
use crate::engine::runtime::reconciler::Reconciler;
use crate::trace;
use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, Stream, StreamExt};
use secrecy::SecretString;
use std::any::Any;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Duration;
use tracing::Instrument as _;

/// The Secret of the installation that holds the key of fingerprints, and the key in it.
pub const FINGERPRINT_SECRET: (&str, &str) = ("orgkeeper-fingerprints", "key");
/// The longest that running work is waited for at the end.
const DRAIN: Duration = Duration::from_secs(20);
/// How long the Lease may take to be given back.
const GIVE_BACK: Duration = Duration::from_secs(5);
/// How often what is owed is tried again at the end.
const STORE_AGAIN: Duration = Duration::from_millis(200);
/// How often what cannot be had at the start is asked for again.
const ASK_AGAIN: Duration = Duration::from_secs(2);
/// How much is taken in before everything else on the thread has its turn.
const AT_ONCE: usize = 64;

/// What a watch tells.
pub enum Input {
    /// Of objects of a kind; the payload is a `Fed` of its type.
    Object(KindRef, Box<dyn Any + Send>),
    /// Of a namespace; `None` once it is gone.
    Namespace(String, Option<Namespace>),
    /// Of a Secret; `None` once it is gone.
    Secret(String, String, Option<SecretMark>),
}

/// Why the engine ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was told to.
    Stopped,
    /// Another process writes now: this one has to start anew.
    LeaseLost,
}

/// All vendors that are on, with one queue and one Lease.
pub struct Engine {
    context: Rc<Context>,
    domains: Vec<Box<dyn Domain>>,
}

impl Engine {
    /// An engine without vendors.
    pub fn new(context: Rc<Context>) -> Self {
        Self { context, domains: Vec::new() }
    }

    /// Adds a vendor.
    #[must_use]
    pub fn with(mut self, domain: Box<dyn Domain>) -> Self {
        self.domains.push(domain);
        self
    }

    /// Whose kind it is.
    fn domain(&self, kind: KindRef) -> Option<&dyn Domain> {
        self.domains.iter().find(|domain| domain.group() == kind.group()).map(AsRef::as_ref)
    }

    fn reconciler(&self, kind: KindRef) -> Option<Rc<dyn Reconciler>> {
        self.domain(kind)?.reconciler(kind)
    }

    fn reconcilers(&self) -> Vec<Rc<dyn Reconciler>> {
        self.domains.iter().flat_map(|domain| domain.reconcilers()).collect()
    }

    /// Works until `stop`, or until the Lease is lost.
    pub async fn run(
        &self,
        inputs: impl Stream<Item = Input>,
        keeper: &Keeper,
        leading: impl Fn(bool),
        stop: impl Future<Output = ()>,
    ) -> End {
        let (mut inputs, mut stop) = (std::pin::pin!(inputs.fuse()), std::pin::pin!(stop.fuse()));
        let mut running: FuturesUnordered<LocalBoxFuture<'_, (Ticket, Option<Next>)>> =
            FuturesUnordered::new();
        let mut start = std::pin::pin!(self.start(keeper).fuse());
        // From the moment it is held on it is renewed, whatever is waited for beside.
        let mut lease = std::pin::pin!(keep_lease(keeper, || leading(true)).fuse());
        let mut ready = false;
        let (mut turns, mut hears) = (0_usize, false);
        let end = loop {
            turns += 1;
            if turns.is_multiple_of(AT_ONCE) {
                give_way().await;
            }
            while ready
                && running.len() < self.context.settings.workers
                && let Some(ticket) = self.next()
            {
                running.push(self.work(ticket).boxed_local());
            }
            // What comes due while every worker is busy waits for one to end, and for no time.
            let free = ready && running.len() < self.context.settings.workers;
            let due = self.context.queue.borrow().next_due().filter(|_| free);
            let timer = async {
                match due {
                    Some(due) => self.context.clock.sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => break End::Stopped,
                () = &mut lease => break End::LeaseLost,
                () = &mut start, if !ready => ready = true,
                news = news(&mut inputs, &mut running, &mut hears) => match news {
                    News::Told(input) => self.feed(input),
                    News::Ended(ticket, next) => self.done(&ticket, next),
                },
                () = self.context.bell.notified() => {}
                () = timer => {}
            }
        };
        if end == End::Stopped {
            // What is left as somebody else writes it, a successor would believe.
            self.context.statuses.forget();
            let limit = self.context.clock.sleep_until(self.context.now() + DRAIN);
            let drained = Cell::new(false);
            let drain = async {
                while let Some((ticket, _)) = running.next().await {
                    self.context.queue.borrow_mut().done(&ticket.key, self.context.now());
                }
                drained.set(true);
            };
            let stored = futures::future::join(drain, self.settle(&drained));
            tokio::select! {
                biased;
                () = &mut lease => {}
                () = limit => {}
                _ = stored => {}
            }
            leading(false);
            // What was sent and is not answered may still be carried out: then a successor has to wait.
            if drained.get() {
                let limit = self.context.clock.sleep_until(self.context.now() + GIVE_BACK);
                futures::future::select(std::pin::pin!(keeper.release()), limit).await;
            }
        } else {
            leading(false);
        }
        self.reconcilers().iter().for_each(|kind| kind.last_words());
        end
    }

    /// Stores what is owed, side by side, until all of it is stored and all work has ended. What is still being
    /// worked on is left to whoever does.
    async fn settle(&self, drained: &Cell<bool>) {
        loop {
            let busy = |key: &ObjectRef| self.context.queue.borrow().is_running(key);
            let owing: Vec<_> = self.reconcilers().into_iter().map(|kind| (kind.owing(), kind)).collect();
            let owed: Vec<LocalBoxFuture<'_, ()>> = owing
                .iter()
                .flat_map(|(keys, kind)| keys.iter().filter(|key| !busy(key)).map(|key| kind.settle(key)))
                .collect();
            let settled = owed.is_empty();
            futures::future::join_all(owed).await;
            if settled && drained.get() {
                return;
            }
            self.context.clock.sleep_until(self.context.now() + STORE_AGAIN).await;
        }
    }

    /// A count of all that is kept.
    pub fn census(&self) -> Census {
        let queue = self.context.queue.borrow().picture(self.context.now());
        let kinds = self.reconcilers().iter().map(|kind| (kind.kind(), kind.census())).collect();
        let roots = self.domains.iter().flat_map(|domain| domain.organizations()).collect();
        Census { kinds, roots, queue }
    }

    /// All objects that are known, with the resourceVersion of each: where nothing moves any more this is what the
    /// API server has.
    pub fn known(&self) -> BTreeMap<ObjectRef, String> {
        self.reconcilers().iter().flat_map(|kind| kind.known()).collect()
    }

    /// What has to be there before the first object is looked at: the Lease, and the key of
    /// fingerprints.
    async fn start(&self, keeper: &Keeper) {
        keeper.acquired().await;
        while let Err(error) = self.load_key().await {
            tracing::warn!(%error, "the key of fingerprints cannot be had yet");
            self.context.clock.sleep_until(self.context.now() + ASK_AGAIN).await;
        }
        // Before the Secret was there, whoever found no Lease took that for a first start. From here on nobody
        // does: the Lease has to have been ours until now.
        while forbids!(FirstStartRenews, keeper.is_first()) && !keeper.renew().await {
            self.context.clock.sleep_until(self.context.now() + ASK_AGAIN).await;
        }
    }

    async fn load_key(&self) -> Result<(), ClusterError> {
        let (name, key) = FINGERPRINT_SECRET;
        let namespace = &self.context.settings.namespace;
        let cluster = &self.context.cluster;
        let stored = cluster.secret(namespace, name).await?;
        let found = stored.is_some();
        let value = match stored.and_then(|mut secret| secret.values.remove(key)) {
            Some(value) => value,
            None if found => {
                return Err(ClusterError::Invalid(format!(
                    "Secret {name} in namespace {namespace} has no key {key}: delete the Secret, and another is made"
                )));
            }
            None => {
                let mut bytes = [0; 32];
                self.context.entropy.fill(&mut bytes);
                let made = SecretString::from(fingerprint::hex(&bytes));
                // A conflict means that another replica was faster: its key counts.
                let secret = SecretWrite {
                    namespace: namespace.clone(),
                    name: name.to_owned(),
                    values: BTreeMap::from([(key.to_owned(), made.clone())]),
                    ..SecretWrite::default()
                };
                Secrets::new(&self.context).write(secret).await?;
                made
            }
        };
        let _ = self.context.prints.set(Fingerprints::new(&value));
        Ok(())
    }

    fn feed(&self, input: Input) {
        match input {
            Input::Object(kind, payload) => match self.reconciler(kind) {
                Some(reconciler) => reconciler.feed(payload),
                None => tracing::error!(%kind, "a watch fed a kind that nobody keeps: this is a bug"),
            },
            Input::Namespace(name, namespace) => {
                let before = match namespace {
                    Some(now) => self.context.namespaces.borrow_mut().insert(name.clone(), now),
                    None => self.context.namespaces.borrow_mut().remove(&name),
                };
                if before != self.context.namespaces.borrow().get(&name).cloned() {
                    self.reconcilers().iter().for_each(|kind| kind.wake_namespace(&name));
                }
            }
            Input::Secret(namespace, name, mark) => {
                let key = (namespace.clone(), name.clone());
                let before = match mark {
                    Some(now) => self.context.secrets.borrow_mut().insert(key.clone(), now),
                    None => self.context.secrets.borrow_mut().remove(&key),
                };
                if before != self.context.secrets.borrow().get(&key).cloned() {
                    self.reconcilers().iter().for_each(|kind| kind.wake_readers(&namespace, &name));
                }
            }
        }
    }

    /// Whether the object is known to be there.
    fn is_there(&self, key: &ObjectRef) -> bool {
        self.reconciler(key.kind).is_some_and(|kind| kind.knows(key))
    }

    /// The next object to work on, once every object of its kind is known: claims are decided over
    /// full caches (rule 3).
    fn next(&self) -> Option<Ticket> {
        loop {
            let open =
                |group: &str| self.domains.iter().any(|domain| domain.group() == group && domain.is_open());
            let ticket = self.context.queue.borrow_mut().take_of(self.context.now(), open)?;
            if self.domain(ticket.key.kind).is_none_or(|domain| domain.is_synced(ticket.key.kind)) {
                return Some(ticket);
            }
            let now = self.context.now();
            let mut queue = self.context.queue.borrow_mut();
            queue.done(&ticket.key, now);
            queue.add_at(&ticket.key, &self.lane(&ticket.key), ticket.priority, now + ASK_AGAIN, now);
        }
    }

    /// Works on one object; no `Next` where that panicked.
    async fn work(&self, ticket: Ticket) -> (Ticket, Option<Next>) {
        let span = tracing::info_span!(
            "reconcile",
            object = %ticket.key,
            id = self.context.next_reconcile(),
            trace_id = tracing::field::Empty,
        );
        if let Some(id) = trace::id(&span) {
            span.record("trace_id", id);
        }
        async {
            let (kind, started) = (ticket.key.kind, self.context.now());
            self.context.tally.taken(kind, started.since(ticket.times.due).as_secs_f64());
            let next = AssertUnwindSafe(self.reconcile(&ticket)).catch_unwind().await.ok();
            // Inside the span: who counts may name its trace.
            let seconds = self.context.now().since(started).as_secs_f64();
            self.context.tally.reconciled(kind, result(next), seconds);
            (ticket, next)
        }
        .instrument(span)
        .await
    }

    async fn reconcile(&self, ticket: &Ticket) -> Next {
        match self.reconciler(ticket.key.kind) {
            Some(reconciler) => reconciler.reconcile(ticket).await,
            None => Next::Gone,
        }
    }

    fn done(&self, ticket: &Ticket, next: Option<Next>) {
        let kind = ticket.key.kind;
        let now = self.context.now();
        if next.is_none() {
            tracing::error!(object = %ticket.key, "a reconcile panicked: this is a bug; it is tried again later");
            self.context.tally.panicked(kind);
        }
        let next = match self.is_there(&ticket.key) {
            true => next,
            false => Some(self.end_of(&ticket.key)),
        };
        let lane = self.lane(&ticket.key);
        let jitter = self.context.entropy.below(1000);
        let mut queue = self.context.queue.borrow_mut();
        queue.done(&ticket.key, now);
        match next {
            Some(Next::Rest) => queue.succeeded(&ticket.key),
            Some(Next::Soon) => {
                queue.succeeded(&ticket.key);
                queue.add(&ticket.key, &lane, Priority::Resync, now);
            }
            Some(Next::At(due)) if due > now => {
                queue.succeeded(&ticket.key);
                queue.add_at(&ticket.key, &lane, Priority::Resync, due, now);
            }
            Some(Next::PutOff(due)) if due > now => {
                queue.succeeded(&ticket.key);
                queue.put_off(ticket, &lane, due);
            }
            // Another one of that name may have come meanwhile.
            Some(Next::Gone) if self.is_there(&ticket.key) => {
                queue.add_at(&ticket.key, &lane, Priority::Change, now + ASK_AGAIN, now);
            }
            Some(Next::Gone) => queue.forget(&ticket.key),
            // What was to wait for a moment that is past would come back without end.
            Some(Next::At(_) | Next::PutOff(_) | Next::Retry) | None => {
                let due = queue.failed(&ticket.key, jitter, now);
                queue.add_at(&ticket.key, &lane, Priority::Resync, due, now);
            }
        }
    }

    /// Forgets what a reconcile left behind of an object that went meanwhile; what of it could not be stored is
    /// still to be told.
    fn end_of(&self, key: &ObjectRef) -> Next {
        let Some(reconciler) = self.reconciler(key.kind) else { return Next::Gone };
        reconciler.forget(key);
        if reconciler.owes(key) { Next::Soon } else { Next::Gone }
    }

    fn lane(&self, key: &ObjectRef) -> Lane {
        self.reconciler(key.kind).map_or_else(|| Lane::nowhere(&key.namespace), |kind| kind.lane(key))
    }
}

/// The word for how a reconcile ended, as controller-runtime has it.
const fn result(next: Option<Next>) -> &'static str {
    match next {
        Some(Next::Rest | Next::Gone) => "success",
        Some(Next::Soon | Next::At(_) | Next::PutOff(_)) => "requeue_after",
        Some(Next::Retry) | None => "error",
    }
}

/// Gets the Lease, and renews it until it is lost.
async fn keep_lease(keeper: &Keeper, got: impl Fn()) {
    keeper.keep(got).await;
    tracing::error!("the Lease is lost: another process may write from now on");
}
