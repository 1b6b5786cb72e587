//! A burst of whatever kind starves nothing: inputs are heard while reconciles run, and everything else on the thread
//! has its turn (rule 14).

use crate::support::fragile::Fragile;
use crate::support::house::House;
use crate::support::look::{acme, home};
use crate::support::manifests::{HOME, account, organization, with};
use crate::support::tally::Counts;
use futures::future::LocalBoxFuture;
use futures::{FutureExt, StreamExt, stream};
use orgkeeper::api::managed::Managed;
use orgkeeper::api::spot::{SpotAccount, SpotOrganization};
use orgkeeper::engine::base::ports::{
    Clock, Cluster, HttpRequest, HttpResponse, Network, NetworkError, ObjectRef,
};
use orgkeeper::engine::base::simulation::SimEntropy;
use orgkeeper::engine::domain::VendorDomain;
use orgkeeper::engine::lead::fence::Fence;
use orgkeeper::engine::lead::lease::{Keeper, Terms};
use orgkeeper::engine::run::{Engine, FINGERPRINT_SECRET, Input};
use orgkeeper::engine::runtime::context::{Context, Namespace, Ports, Settings};
use orgkeeper::engine::runtime::objects::Fed;
use orgkeeper::engine::runtime::queue::{Backoff, Shares};
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::vendors::spot;
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::task::Waker;
use std::time::Duration;

const ACCOUNTS: usize = 100;
const INPUTS: usize = 10_000;

/// Nobody calls a vendor here.
struct Nowhere;

impl Network for Nowhere {
    fn call_timeout(&self) -> Duration {
        Duration::from_secs(30)
    }
    fn send(&self, _: HttpRequest) -> LocalBoxFuture<'_, Result<HttpResponse, NetworkError>> {
        std::future::pending().boxed_local()
    }
}

fn object<R: Managed>(house: &House, key: &ObjectRef) -> Fed<R> {
    Fed::Applied(serde_json::from_value(house.object(key)).unwrap())
}

fn fed<R: Managed>(fed: Fed<R>) -> Input {
    Input::Object(R::KIND, Box::new(fed))
}

#[test]
pub fn a_burst_of_changes_and_of_reconciles_keeps_nobody_waiting() {
    let house = House::new(Contract::Production);
    house.apply(&acme(), &with(organization(), json!({"suspend": true})));
    let mut first =
        vec![fed(Fed::<SpotOrganization>::Restarted), fed(object::<SpotOrganization>(&house, &acme()))];
    for number in 0..ACCOUNTS {
        let key = home(&format!("a{number}"));
        house.apply(&key, &account(&key.name));
        first.push(fed(object::<SpotAccount>(&house, &key)));
    }
    first.extend([fed(Fed::<SpotOrganization>::Listed), fed(Fed::<SpotAccount>::Listed)]);

    let counts = Rc::new(Counts::default());
    let ports = Ports {
        clock: Rc::clone(&house.way.clock) as Rc<dyn Clock>,
        entropy: SimEntropy::new(1),
        cluster: Rc::clone(&house.way.cluster) as Rc<dyn Cluster>,
        network: Rc::new(Nowhere),
        meter: Rc::clone(&counts) as _,
        tally: Rc::clone(&counts) as _,
    };
    let settings = Settings {
        settle: Duration::from_mins(1),
        workers: 16,
        shares: Shares { organization: 8, vendor: 16 },
        backoff: Backoff { first: Duration::from_secs(1), longest: Duration::from_mins(5) },
        slow_retry: Duration::from_mins(10),
        rotation_overlap: Duration::from_hours(1),
        namespace: "orgkeeper-system".into(),
        hold_secrets: true,
        watched: Vec::new(),
        sweep_calls: 20,
        check_endpoint: Rc::new(|_, endpoint| url::Url::parse(endpoint).map_err(|error| error.to_string())),
    };
    let fence = Fence::read_only(Duration::ZERO);
    let terms = Terms {
        identity: "alone".into(),
        duration: Duration::from_mins(1),
        renew: Duration::from_secs(10),
        settle: Duration::from_mins(1),
        mark: ("orgkeeper-system".into(), FINGERPRINT_SECRET.0.into()),
    };
    let keeper = Keeper::new(terms, Rc::clone(&ports.clock), Rc::clone(&ports.cluster), fence.clone());
    let world = Rc::new(Context::new(ports, fence, settings));
    let spot =
        VendorDomain::new(&world, spot::organization::registration()).with(Fragile::default().registration());
    let engine = Engine::new(world).with(Box::new(spot));

    // Each of these wakes every account, and each of their reconciles ends without waiting for anything.
    let burst = (0..INPUTS).map(|number| {
        let labels = BTreeMap::from([("number".to_owned(), number.to_string())]);
        Input::Namespace(HOME.to_owned(), Some(Namespace { labels, terminating: false }))
    });
    let heard: Rc<RefCell<Vec<usize>>> = Rc::default();
    let inputs = stream::iter(first.into_iter().chain(burst))
        .inspect(|_| heard.borrow_mut().push(counts.reconciles.get()));
    let inputs = inputs.chain(stream::pending());
    let mut run = std::pin::pin!(engine.run(inputs, &keeper, |_| (), std::future::pending()));
    let mut context = std::task::Context::from_waker(Waker::noop());
    let mut most = 0;
    while heard.borrow().len() < ACCOUNTS + INPUTS {
        let before = heard.borrow().len();
        assert!(run.as_mut().poll(&mut context).is_pending());
        most = most.max(heard.borrow().len() - before);
    }
    assert!(most <= 200, "{most} inputs were taken in before anything else had its turn");
    let heard = heard.borrow();
    let between = heard.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert!(between <= 20, "{between} reconciles ended while an input waited");
    // Nor do the inputs keep reconciles waiting.
    let middle = (heard[heard.len() / 2], heard[heard.len() - 1]);
    assert!(
        middle.1 - middle.0 > INPUTS / 4,
        "{middle:?} reconciles ended by the middle and the end of the burst"
    );
}
