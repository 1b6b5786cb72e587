//! One operator process: an engine with its own line to the world, which can die or stand still.

use super::cluster::ProcessCluster;
use super::effort::CountedClock;
use super::fate::Fate;
use super::house::{News, Way};
use super::network::{Line, SimNetwork};
use super::tally::Counts;
use super::unkind::wall::{MachineClock, Wall};
use super::unkind::watches::Watches;
use super::watched::{Definition, change, of_kind, watched};
use crate::atoll;
use futures::channel::{mpsc, oneshot};
use futures::executor::LocalPool;
use futures::task::LocalSpawnExt;
use orgkeeper::api::kind::KindRef;
use orgkeeper::engine::base::ports::{Clock, Cluster, Network, ObjectRef};
use orgkeeper::engine::base::simulation::{SimEntropy, Told};
use orgkeeper::engine::domain::VendorDomain;
use orgkeeper::engine::lead::fence::Fence;
use orgkeeper::engine::lead::lease::{Keeper, Terms};
use orgkeeper::engine::run::{End, Engine, FINGERPRINT_SECRET, Input};
use orgkeeper::engine::runtime::context::{Context, Ports, Settings};
use orgkeeper::engine::runtime::queue::{Backoff, Shares};
use orgkeeper::vendors::endpoints::AllowedEndpoints;
use orgkeeper::vendors::spot::{
    credential, group, notification_policy, organization, policy, subscription, user,
};
use serde_json::Value;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::str::FromStr;
use std::time::Duration;

/// How long a renewal of the Lease holds.
pub const LEASE: Duration = Duration::from_mins(1);

/// An operator process.
pub struct Process {
    /// Who it is in the Lease.
    pub identity: String,
    pool: LocalPool,
    line: Rc<Line>,
    inputs: mpsc::UnboundedSender<Input>,
    pub watches: Watches,
    /// The wall clock of its machine.
    pub wall: Rc<Wall>,
    engine: Rc<Engine>,
    pub fate: Rc<Fate>,
    pub counts: Rc<Counts>,
    pub end: Rc<Cell<Option<End>>>,
    /// Its right to write.
    pub fence: Fence,
    /// Whether it says that it leads.
    pub leading: Rc<Cell<bool>>,
    stop: Option<oneshot::Sender<()>>,
    /// Not polled, as a stopped process or a sleeping machine.
    pub paused: bool,
}

impl Process {
    /// Starts; the watches list what is there.
    pub fn start(way: &Way, identity: &str, seed: u64, dies_at: Option<usize>) -> Self {
        let fate = Fate::new(dies_at);
        let counts = Rc::new(Counts::default());
        let cluster = Rc::new(ProcessCluster {
            identity: identity.to_owned(),
            inner: Rc::clone(&way.cluster),
            clock: Rc::clone(&way.clock),
            fate: Rc::clone(&fate),
            faults: Rc::clone(&way.patch_faults),
            lease_takes: way.lease_takes,
            unkind: Rc::clone(&way.unkind),
            journal: Rc::clone(&way.journal),
        });
        let line = Rc::new(Line::default());
        let network = Rc::new(SimNetwork {
            clock: Rc::clone(&way.clock),
            vendors: Rc::clone(&way.vendors),
            fate: Rc::clone(&fate),
            timeout: way.call_timeout,
            identity: identity.to_owned(),
            journal: Rc::clone(&way.journal),
            unkind: Rc::clone(&way.unkind),
            line: Rc::clone(&line),
        });
        let wall = Rc::new(Wall::default());
        let machine = MachineClock { clock: Rc::clone(&way.clock), wall: Rc::clone(&wall) };
        let clock =
            Rc::new(CountedClock { clock: machine, journal: Rc::clone(&way.journal) }) as Rc<dyn Clock>;
        let fence = if way.read_only { Fence::read_only } else { Fence::new }(Duration::from_secs(2));
        let backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_mins(5) };
        let ports = Ports {
            clock: Rc::clone(&clock),
            entropy: SimEntropy::new(seed),
            cluster: Rc::clone(&cluster) as Rc<dyn Cluster>,
            network: network as Rc<dyn Network>,
            meter: Rc::clone(&counts) as _,
            tally: Rc::clone(&counts) as _,
        };
        let settings = Settings {
            settle: way.settle,
            workers: way.workers,
            shares: Shares {
                organization: 8,
                ..Shares::of(way.workers, if way.atoll.is_some() { 2 } else { 1 })
            },
            backoff,
            slow_retry: Duration::from_mins(10),
            rotation_overlap: way.rotation_overlap,
            namespace: "orgkeeper-system".into(),
            hold_secrets: true,
            watched: way.watched.clone(),
            sweep_calls: way.sweep_calls,
            check_endpoint: Rc::new(|own, endpoint| {
                // Of what is no address, the operator's own words.
                let refused =
                    |_| AllowedEndpoints::from_str("").unwrap().check(own, endpoint).unwrap_err().to_string();
                url::Url::parse(endpoint).map_err(refused)
            }),
        };
        let world = Rc::new(Context::new(ports, fence.clone(), settings));
        let terms = Terms {
            identity: identity.to_owned(),
            duration: way.lease.0,
            renew: way.lease.1,
            settle: way.settle,
            mark: ("orgkeeper-system".into(), FINGERPRINT_SECRET.0.into()),
        };
        let keeper = Keeper::new(terms, clock, cluster, fence.clone());
        let spot = VendorDomain::new(&world, organization::registration())
            .with(way.accounts.registration())
            .with(user::registration())
            .with(group::registration())
            .with(credential::registration())
            .with(subscription::registration())
            .with(notification_policy::registration())
            .with(policy::registration());
        let mut engine = Engine::new(Rc::clone(&world)).with(Box::new(spot));
        if let Some(atoll) = way.atoll {
            let atoll = VendorDomain::new(&world, atoll())
                .with(atoll::policy::registration())
                .with(atoll::member::registration())
                .with(atoll::quota::registration())
                .with(atoll::hook::registration());
            engine = engine.with(Box::new(atoll));
        }
        let engine = Rc::new(engine);
        let (inputs, told) = mpsc::unbounded();
        let (stop, stopped) = oneshot::channel::<()>();
        let end = Rc::new(Cell::new(None));
        let pool = LocalPool::new();
        let (ended, running) = (Rc::clone(&end), Rc::clone(&engine));
        let leading = Rc::new(Cell::new(false));
        let leads = Rc::clone(&leading);
        pool.spawner()
            .spawn_local(async move {
                let stopped = async {
                    // A sender that is dropped is no word to stop.
                    if stopped.await.is_err() {
                        std::future::pending::<()>().await;
                    }
                };
                ended.set(Some(running.run(told, &keeper, |now| leads.set(now), stopped).await));
            })
            .unwrap();
        Self {
            identity: identity.to_owned(),
            pool,
            line,
            inputs,
            watches: Watches::default(),
            wall,
            engine,
            fate,
            counts,
            end,
            fence,
            leading,
            stop: Some(stop),
            paused: false,
        }
    }

    /// What the watches list at the start.
    pub fn list(&self, objects: &[Value], news: Vec<News>, unserved: &BTreeMap<KindRef, Definition>) {
        for one in news {
            self.tell(one);
        }
        for kind in watched() {
            kind.list(&self.inputs, objects, unserved);
        }
    }

    /// The objects that it knows, with the resourceVersion of each.
    pub fn known(&self) -> BTreeMap<ObjectRef, String> {
        self.engine.known()
    }

    /// What a watch tells.
    pub fn tell(&self, news: News) {
        let input = match news {
            News::List(kind, objects) => {
                return of_kind(kind).list(&self.inputs, &objects, &BTreeMap::new());
            }
            News::Object(Told::Applied(object)) => change(object, false),
            News::Object(Told::Deleted(object)) => change(object, true),
            News::Namespace(name, namespace) => Input::Namespace(name, namespace),
            News::Secret(namespace, name, mark) => Input::Secret(namespace, name, mark),
        };
        // A process that has ended hears nothing.
        let _ = self.inputs.unbounded_send(input);
    }

    /// Runs until nothing moves without time.
    pub fn poll(&mut self) {
        if self.paused || self.fate.is_dead() {
            return;
        }
        self.line.go_on();
        self.pool.run_until_stalled();
        while self.line.has_new() {
            self.line.go_on();
            self.pool.run_until_stalled();
        }
    }

    /// Asks it to stop, as SIGTERM does.
    pub fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}
