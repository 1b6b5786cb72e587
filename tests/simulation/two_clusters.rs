//! Two clusters that apply one repository with one token, where one of them does not hear what became of a create: one
//! of each thing is made as far as the vendor lets them know of each other, none deletes what the other made, and each
//! says truly how it came to what it stands for (rule 4).

use crate::support::credentials::{cloud, clouds, sets, with_prod};
use crate::support::house::{House, mins, secs};
use crate::support::machines::{ci, ci_spec, furnished};
use crate::support::makings::{self, Making};
use crate::support::manifests::{HOME, HOST};
use crate::support::watched::kind_of;
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::engine::base::simulation::SimCluster;
use orgkeeper::sandbox::spot::{Contract, Sandbox, Start};
use orgkeeper::sandbox::{Fault, FaultKind};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;

const CONTRACTS: [Contract; 2] = [Contract::Production, Contract::Published];
const CREATE: &str = "/setup/user/programmatic";
/// Whether the create is carried out of which one does not hear, and how much later the other applies its manifest.
const CASES: [(bool, Duration); 4] = [(false, secs(2)), (true, secs(2)), (false, secs(40)), (true, secs(40))];

/// Another cluster with the manifests and the Secrets that people put into this one.
fn another_cluster(house: &House) -> House {
    let clock = Rc::clone(&house.way.clock);
    let nobodys = Sandbox::new(house.wall(), Start::new(Contract::Production, "nobodys"));
    let mut other = House::over(clock, SimCluster::new(), nobodys, house.namespaces.clone());
    other.sandbox = Rc::clone(&house.sandbox);
    other.way.vendors.sandboxes.borrow_mut().insert(HOST.to_owned(), Rc::clone(&house.sandbox));
    let theirs = house.way.cluster.secrets().into_iter();
    for ((namespace, name), secret) in
        theirs.filter(|((namespace, _), secret)| namespace == HOME && secret.labels.is_empty())
    {
        for (key, value) in &secret.values {
            other.way.cluster.put_secret(&namespace, &name, key, value.expose_secret());
        }
    }
    for object in house.way.cluster.all() {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let metadata = &object["metadata"];
        let kind = kind_of(&object).unwrap();
        let key = ObjectRef { kind, namespace: text(&metadata["namespace"]), name: text(&metadata["name"]) };
        other.apply(&key, &object["spec"]);
    }
    other
}

/// Lets both go on for so long.
fn run_both(one: &mut House, other: &mut House, span: Duration) {
    let end = one.now() + span;
    while one.now() < end {
        one.run(Duration::from_millis(200));
        other.run(Duration::ZERO);
    }
}

/// The next such create is carried out or not, and its answer says nothing.
fn unheard(house: &House, route: &str, effect: bool) {
    house.vendor().add_fault(Fault::once(&Method::POST, route, FaultKind::BadGateway { effect }));
}

/// What a house says of how the object came to what it stands for: its id, its origin, and what of it was only found.
fn told(house: &House, key: &ObjectRef) -> [Value; 3] {
    let status = house.status(key);
    ["id", "origin", "found"].map(|member| status[member].clone())
}

/// One that is ready in both, of which the first did not hear whether it made it.
#[track_caller]
fn assert_honest(one: &House, other: &House, key: &ObjectRef, effect: bool, what: &str) {
    let case = format!("{what} {effect}\n{}\n{}", one.describe(), other.describe());
    let id = json!(one.id(key));
    assert!(one.ready(key) && other.ready(key), "{case}");
    assert_eq!(told(one, key), [id.clone(), json!("Adopted"), json!([id])], "{case}");
    let origin = if effect { "Adopted" } else { "Created" };
    assert_eq!(told(other, key), [id, json!(origin), Value::Null], "{case}");
    assert_eq!(one.calls("DELETE"), 0, "{case}");
}

/// Of machine users, whose token the vendor shows once, each cluster needs one of its own.
#[test]
fn of_two_clusters_that_apply_one_repository_none_deletes_what_the_other_made() {
    for contract in CONTRACTS {
        for (effect, later) in [(false, 0), (true, 0), (false, 40), (true, 40)] {
            let mut one = furnished(contract);
            one.forget_requests();
            let mut other = another_cluster(&one);
            other.start();
            run_both(&mut one, &mut other, mins(1));
            unheard(&one, CREATE, effect);
            one.apply(&ci(), &ci_spec());
            run_both(&mut one, &mut other, secs(later));
            other.apply(&ci(), &ci_spec());
            run_both(&mut one, &mut other, mins(60));
            let written = one.vendor_writes();
            run_both(&mut one, &mut other, mins(30));
            assert_eq!(one.vendor_writes(), written, "{contract:?} {effect} {later}: it goes on and on");
            let case = format!("{contract:?} {effect} {later}\n{}\n{}", one.describe(), other.describe());
            assert_eq!(one.calls("DELETE"), 0, "{case}");
            let works = |house: &House| {
                house.ready(&ci()) && house.token().is_some_and(|token| house.whose(&token).is_some())
            };
            assert!(works(&one) || works(&other), "{case}");
            assert!([&one, &other].iter().all(|house| works(house) || !house.ready(&ci())), "{case}");
        }
    }
}

fn kinds() -> impl Iterator<Item = Making> {
    makings::first_creates().filter(|making| making.route != CREATE)
}

#[test]
pub fn of_two_clusters_one_makes_what_both_declare_and_the_other_claims_nothing_more_than_it_knows() {
    for (making, (effect, later)) in kinds().flat_map(|making| CASES.map(|case| (making, case))) {
        let key = (making.key)();
        let mut one = making.house();
        let mut other = another_cluster(&one);
        other.start();
        run_both(&mut one, &mut other, mins(2));
        one.forget_requests();
        unheard(&one, making.route, effect);
        (making.asks)(&mut one);
        while making.sent(&one) == 0 {
            run_both(&mut one, &mut other, secs(1));
        }
        run_both(&mut one, &mut other, later);
        (making.asks)(&mut other);
        run_both(&mut one, &mut other, mins(15));
        let written = one.vendor_writes();
        run_both(&mut one, &mut other, mins(15));
        let living = making.living(&one);
        assert_eq!(living, Vec::from_iter(one.id(&key)), "{}\n{}", making.what, one.describe());
        assert_honest(&one, &other, &key, effect, making.what);
        // Whoever does not know that it made it takes it from nobody.
        one.delete(&key);
        run_both(&mut one, &mut other, mins(15));
        assert!(!one.exists(&key) && other.ready(&key), "{}\n{}", making.what, one.describe());
        assert_eq!(making.living(&one), living, "{}\n{}", making.what, one.describe());
        assert_eq!(one.vendor_writes(), written, "{}: it goes on and on\n{}", making.what, one.describe());
    }
}

/// An account has one credential, which the public document does not show.
#[test]
pub fn of_two_clusters_one_sets_the_credential_that_both_declare() {
    for ((spec, set), (effect, later)) in
        clouds().into_iter().flat_map(|cloud| CASES.map(|case| (cloud.clone(), case)))
    {
        let mut one = with_prod(Contract::Production);
        let mut other = another_cluster(&one);
        other.start();
        run_both(&mut one, &mut other, mins(2));
        one.forget_requests();
        unheard(&one, set.trim_start_matches("POST "), effect);
        one.apply(&cloud(), &spec);
        while one.written().iter().all(|call| *call != set) {
            run_both(&mut one, &mut other, secs(1));
        }
        run_both(&mut one, &mut other, later);
        other.apply(&cloud(), &spec);
        run_both(&mut one, &mut other, mins(30));
        one.assert_set(&spec);
        assert_honest(&one, &other, &cloud(), effect, set);
        let sent = one.written().iter().filter(|call| *call == set).count();
        // What no read shows is written by whoever does not know who set it.
        let hidden = usize::from(spec["aws"].is_null());
        assert_eq!(sent, if effect { 1 } else { 2 } + hidden, "{set}\n{}", one.describe());
        one.delete(&cloud());
        run_both(&mut one, &mut other, mins(15));
        assert!(!one.exists(&cloud()) && other.ready(&cloud()), "{}", one.describe());
        one.assert_set(&spec);
    }
}

/// Under the public document, where nothing shows who set it, it is set twice at most, and stays.
#[test]
fn of_two_clusters_both_may_set_the_credential_that_nothing_shows() {
    for ((spec, _), (effect, later)) in
        clouds().into_iter().flat_map(|cloud| CASES.map(|case| (cloud.clone(), case)))
    {
        let set = *sets(Contract::Published, &spec).last().unwrap();
        let mut one = with_prod(Contract::Published);
        let mut other = another_cluster(&one);
        other.start();
        run_both(&mut one, &mut other, mins(2));
        one.forget_requests();
        unheard(&one, set.trim_start_matches("POST "), effect);
        one.apply(&cloud(), &spec);
        run_both(&mut one, &mut other, later);
        other.apply(&cloud(), &spec);
        run_both(&mut one, &mut other, mins(60));
        let case = format!("{set} {effect}\n{}\n{}", one.describe(), other.describe());
        assert!(one.ready(&cloud()) && other.ready(&cloud()), "{case}");
        one.assert_set(&spec);
        assert_eq!(one.calls("DELETE"), 0, "{case}");
        assert!(one.written().len() <= 3, "{case}");
        one.delete(&cloud());
        run_both(&mut one, &mut other, mins(15));
        assert!(!one.exists(&cloud()) && other.ready(&cloud()), "{case}");
        one.assert_set(&spec);
    }
}
