//! The house: a cluster, a vendor, a clock, and operator processes that come and go.

use super::cluster::PatchFaults;
use super::fragile::Fragile;
use super::journal::Journal;
use super::manifests::{AWAY, HOME, HOST, ORGANIZATION, TOKEN};
use super::messages;
use super::network::Vendors;
use super::process::{LEASE, Process};
use super::unkind::Unkind;
use super::unkind::admission::Gate;
use super::unkind::watches::SECRETS;
use super::watched::{Definition, kind_of, watched};
use crate::atoll::server::AtollServer;
use crate::atoll::vendor::Atoll;
use futures::FutureExt;
use orgkeeper::api::kind::KindRef;
use orgkeeper::engine::base::ports::{Clock, Cluster, LeaseRecord, ObjectRef, Tick};
use orgkeeper::engine::base::simulation::{SimClock, SimCluster, Told};
use orgkeeper::engine::provider::vendor_registration::VendorRegistration;
use orgkeeper::engine::runtime::context::{Namespace, SecretMark};
use orgkeeper::sandbox::Lag;
use orgkeeper::sandbox::spot::{Contract, OrganizationId, Sandbox, Start};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell, RefMut};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

/// What a watch tells, to be told to each process in its own time.
#[derive(Clone)]
pub enum News {
    Object(Told),
    /// All objects of a kind, as a watch that begins anew lists them.
    List(KindRef, Vec<Value>),
    Namespace(String, Option<Namespace>),
    Secret(String, String, Option<SecretMark>),
}

/// What every process reaches the world by.
pub struct Way {
    pub clock: Rc<SimClock>,
    pub cluster: Rc<SimCluster>,
    pub vendors: Rc<Vendors>,
    pub patch_faults: Rc<PatchFaults>,
    /// What else goes wrong.
    pub unkind: Rc<Unkind>,
    pub journal: Rc<Journal>,
    pub settle: Duration,
    pub call_timeout: Duration,
    /// How long a renewal of the Lease holds, and how often it is renewed.
    pub lease: (Duration, Duration),
    /// How long the API server takes to show the Lease.
    pub lease_takes: Duration,
    pub read_only: bool,
    pub rotation_overlap: Duration,
    pub sweep_calls: u32,
    /// How many objects a process works on at once.
    pub workers: usize,
    /// The namespaces that are watched; all where none is named.
    pub watched: Vec<String>,
    pub accounts: Fragile,
    /// The other vendor, where it is on, too, with what its organizations can do.
    pub atoll: Option<fn() -> VendorRegistration<Atoll>>,
    /// The kinds whose definitions are not served.
    pub unserved: BTreeMap<KindRef, Definition>,
}

/// The house.
pub struct House {
    pub way: Way,
    pub processes: Vec<Process>,
    pub sandbox: Rc<RefCell<Sandbox>>,
    /// The other vendor's server, where it is on.
    pub atoll: Option<Rc<RefCell<AtollServer>>>,
    /// How late watches tell.
    pub watch_lag: Duration,
    seed: u64,
    /// How many processes were started: each has another identity.
    pub started: usize,
    pub namespaces: BTreeMap<String, Namespace>,
    told_namespaces: BTreeMap<String, Namespace>,
    told_secrets: BTreeMap<(String, String), SecretMark>,
    /// The namespaces that a process which starts is not told of.
    pub unlisted: BTreeSet<String>,
    /// What an earlier program told.
    pub told_before: BTreeSet<String>,
}

/// Seconds.
pub const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Minutes.
pub const fn mins(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

impl House {
    /// A vendor with one organization, its token in a Secret, and two namespaces.
    pub fn new(contract: Contract) -> Self {
        let clock = SimClock::new();
        let cluster = SimCluster::new();
        let mut start = Start::new(contract, TOKEN);
        start.organization = Some(OrganizationId(ORGANIZATION.parse().unwrap()));
        let sandbox = Sandbox::new(clock.wall(), start);
        cluster.put_secret(HOME, "spot-token", "token", TOKEN);
        let labelled = |team: &str| Namespace {
            labels: BTreeMap::from([("team".to_owned(), team.to_owned())]),
            terminating: false,
        };
        let namespaces = BTreeMap::from([
            (HOME.to_owned(), labelled("platform")),
            (AWAY.to_owned(), labelled("payments")),
        ]);
        Self::over(clock, cluster, sandbox, namespaces)
    }

    /// A clock, a cluster and a vendor as they are, with no process so far.
    pub fn over(
        clock: Rc<SimClock>,
        cluster: Rc<SimCluster>,
        sandbox: Sandbox,
        namespaces: BTreeMap<String, Namespace>,
    ) -> Self {
        let sandbox = Rc::new(RefCell::new(sandbox));
        let vendors = Vendors {
            gone: RefCell::default(),
            failing: RefCell::default(),
            failed: Cell::default(),
            amended: RefCell::default(),
            hidden: RefCell::default(),
            scripted: RefCell::default(),
            sandboxes: RefCell::new(BTreeMap::from([(HOST.to_owned(), Rc::clone(&sandbox))])),
            servers: RefCell::default(),
            down: Cell::default(),
            latency: Cell::new(Duration::from_millis(20)),
            held_up: Cell::default(),
        };
        let told_before = cluster.all().iter().flat_map(messages::of).collect();
        let (unkind, journal) = (Rc::new(Unkind::of_this_test()), Journal::new(Rc::clone(&clock), &cluster));
        cluster.admit(Rc::new(Gate { unkind: Rc::clone(&unkind), journal: Rc::clone(&journal) }));
        Self {
            way: Way {
                clock,
                cluster,
                vendors: Rc::new(vendors),
                patch_faults: Rc::default(),
                unkind,
                journal,
                settle: secs(60),
                call_timeout: secs(30),
                lease: (LEASE, secs(10)),
                lease_takes: secs(0),
                read_only: false,
                rotation_overlap: mins(60),
                sweep_calls: 20,
                workers: 16,
                watched: Vec::new(),
                accounts: Fragile::default(),
                atoll: None,
                unserved: BTreeMap::new(),
            },
            processes: Vec::new(),
            sandbox,
            atoll: None,
            watch_lag: Duration::from_millis(10),
            seed: 1,
            started: 0,
            namespaces,
            told_namespaces: BTreeMap::new(),
            told_secrets: BTreeMap::new(),
            unlisted: BTreeSet::new(),
            told_before,
        }
    }

    /// Other numbers for jitter.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Lists that lag.
    pub fn with_lag(self, lag: Duration) -> Self {
        self.vendor().set_lag(Lag::of_lists(lag.try_into().unwrap()));
        self
    }

    /// The vendor.
    pub fn vendor(&self) -> RefMut<'_, Sandbox> {
        self.sandbox.borrow_mut()
    }

    /// The other vendor.
    pub fn atoll(&self) -> RefMut<'_, AtollServer> {
        self.atoll.as_ref().expect("it is on").borrow_mut()
    }

    /// Now, on the wall, as nobody sets it.
    pub fn wall(&self) -> jiff::Timestamp {
        self.way.clock.true_wall()
    }

    /// Now.
    pub fn now(&self) -> Tick {
        self.way.clock.tick()
    }

    /// Applies a manifest, as a person does.
    pub fn apply(&self, key: &ObjectRef, spec: &Value) {
        self.apply_with(key, spec, &json!({}));
    }

    /// Applies a manifest with annotations.
    pub fn apply_with(&self, key: &ObjectRef, spec: &Value, annotations: &Value) {
        let api_version = format!("{}/v1alpha1", key.kind.group());
        self.way.cluster.apply(key, &api_version, spec, annotations);
    }

    /// Sets annotations on an object that is there.
    pub fn annotate(&self, key: &ObjectRef, annotations: &Value) {
        let spec = self.way.cluster.object(key).expect("it is there")["spec"].clone();
        self.apply_with(key, &spec, annotations);
    }

    /// Deletes an object, as a person does.
    pub fn delete(&self, key: &ObjectRef) {
        self.way.cluster.delete(key);
    }

    /// What is to be known of a namespace.
    pub fn namespace(&mut self, name: &str, namespace: Namespace) {
        self.namespaces.insert(name.to_owned(), namespace);
    }

    /// Starts a process.
    pub fn start(&mut self) -> usize {
        self.start_mortal(None)
    }

    /// Starts a process that dies at a step.
    pub fn start_mortal(&mut self, dies_at: Option<usize>) -> usize {
        self.hear();
        self.started += 1;
        let identity = format!("process-{}", self.started);
        let process = Process::start(&self.way, &identity, self.seed + self.started as u64, dies_at);
        let mut news: Vec<News> = Vec::new();
        let listed = self.told_namespaces.iter().filter(|(name, _)| !self.unlisted.contains(*name));
        for (name, namespace) in listed {
            news.push(News::Namespace(name.clone(), Some(namespace.clone())));
        }
        for ((namespace, name), mark) in &self.told_secrets {
            news.push(News::Secret(namespace.clone(), name.clone(), Some(mark.clone())));
        }
        process.list(&self.way.cluster.all(), news, &self.way.unserved);
        self.processes.push(process);
        self.processes.len() - 1
    }

    /// Kills every process, as `kill -9` does.
    pub fn kill(&mut self) {
        self.processes.clear();
    }

    /// Kills every process, and starts another one.
    pub fn restart(&mut self) {
        self.kill();
        self.start();
    }

    /// The same, and the new one need not wait for the Lease: as after a clean end, or as if the
    /// dead one's last request had been long ago.
    pub fn restart_at_once(&mut self) {
        self.kill();
        let cluster = &self.way.cluster;
        if let Some(Ok(Some(lease))) = cluster.lease().now_or_never() {
            let free = LeaseRecord { holder: String::new(), ..lease };
            cluster.put_lease(free).now_or_never().expect("nothing waits there").expect("it is there");
        }
        self.start();
    }

    /// Makes the newest process die after so many more steps.
    pub fn dies_after(&self, steps: usize) {
        self.processes.last().expect("one runs").fate.dies_after(steps);
    }

    /// How many steps the newest process has passed.
    pub fn passed(&self) -> usize {
        self.processes.last().expect("one runs").fate.passed()
    }

    /// Whether the newest process died.
    pub fn is_dead(&self) -> bool {
        self.processes.last().expect("one runs").fate.is_dead()
    }

    /// Runs for so long.
    pub fn run(&mut self, span: Duration) {
        let end = self.now() + span;
        while self.step(end) {}
    }

    /// Runs until it is so; fails after `limit`.
    #[track_caller]
    pub fn until(&mut self, limit: Duration, what: &str, so: impl Fn(&Self) -> bool) {
        let end = self.now() + limit;
        while !so(self) {
            let more = self.step(end);
            assert!(more || so(self), "not within {limit:?}: {what}\n{}", self.describe());
        }
    }

    /// Runs to the next thing that happens; whether there was one until `end`.
    fn step(&mut self, end: Tick) -> bool {
        self.turn();
        let told = self.processes.iter().filter_map(|process| process.watches.next_due());
        match told.chain(self.way.clock.next()).chain(self.way.unkind.next_late()).min() {
            Some(next) if next <= end => {
                self.way.clock.advance(next.since(self.now()));
                true
            }
            _ => {
                self.way.clock.advance(end.since(self.now()));
                self.turn();
                false
            }
        }
    }

    /// Everything that happens without time going on.
    fn turn(&mut self) {
        loop {
            let now = self.now();
            let mut told = self.way.unkind.carry_out(now);
            self.hear();
            self.begin_watches_anew();
            for process in &mut self.processes {
                while let Some(news) = process.watches.take(now) {
                    process.tell(news);
                    told = true;
                }
                process.poll();
            }
            if !told {
                return;
            }
        }
    }

    /// Passes on what watches tell.
    fn hear(&mut self) {
        let mut news: Vec<News> = std::iter::from_fn(|| self.way.cluster.tell()).map(News::Object).collect();
        let secrets: BTreeMap<(String, String), SecretMark> = self
            .way
            .cluster
            .secrets()
            .into_iter()
            .map(|(key, secret)| {
                let (version, finalizers) = (secret.resource_version, secret.finalizers);
                (key, SecretMark { version, finalizers, deleting: secret.deleting })
            })
            .collect();
        news.extend(
            moved(&self.told_secrets, &secrets).map(|((namespace, name), mark)| {
                News::Secret(namespace.clone(), name.clone(), mark.cloned())
            }),
        );
        news.extend(
            moved(&self.told_namespaces, &self.namespaces)
                .map(|(name, namespace)| News::Namespace(name.clone(), namespace.cloned())),
        );
        self.told_secrets = secrets;
        self.told_namespaces = self.namespaces.clone();
        let (now, unkind) = (self.now(), &self.way.unkind);
        let due = now + self.watch_lag;
        for process in &mut self.processes {
            for one in &news {
                process.watches.hear(unkind, one.clone(), due, now);
            }
        }
    }

    /// Lists what there is to the watches that were broken.
    fn begin_watches_anew(&mut self) {
        let (now, unkind) = (self.now(), &self.way.unkind);
        let due = now + self.watch_lag;
        for process in &mut self.processes {
            for stream in process.watches.begin_anew(now) {
                if stream == SECRETS {
                    let shown = process.watches.shown();
                    let gone = shown.into_iter().filter(|key| !self.told_secrets.contains_key(key));
                    let gone = gone.map(|(namespace, name)| News::Secret(namespace, name, None));
                    let there = self.told_secrets.iter().map(|((namespace, name), mark)| {
                        News::Secret(namespace.clone(), name.clone(), Some(mark.clone()))
                    });
                    let list: Vec<News> = gone.chain(there).collect();
                    for news in list {
                        process.watches.hear(unkind, news, due, now);
                    }
                } else if let Some(kind) = watched().map(|one| one.kind).find(|kind| kind.is_called(&stream))
                {
                    let objects = self.way.cluster.all().into_iter();
                    let list = objects.filter(|object| kind_of(object) == Some(kind)).collect();
                    process.watches.hear(unkind, News::List(kind, list), due, now);
                }
            }
        }
    }
}

/// What is new, changed or gone.
fn moved<'a, K: Ord, V: PartialEq>(
    before: &'a BTreeMap<K, V>,
    after: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = (&'a K, Option<&'a V>)> {
    let changed = after.iter().filter(|(key, value)| before.get(key) != Some(value));
    let gone = before.keys().filter(|key| !after.contains_key(key));
    changed.map(|(key, value)| (key, Some(value))).chain(gone.map(|key| (key, None)))
}
