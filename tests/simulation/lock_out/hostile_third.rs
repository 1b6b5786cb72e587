//! An answer that a person takes back before it is carried out. Each has a twin that leaves it.

use super::*;
use crate::support::network::{Failing, Scripted};
use http::Method;

#[test]
fn a_lock_out_whose_answer_is_taken_back_is_not_made() {
    for back in [false, true] {
        let mut house = House::new(Contract::Production);
        house.apply(&acme(), &organization());
        let objects = jo_alone(&house);
        start(&mut house, &objects);
        change(&house, &jo(), json!({"policies": []}));
        house.until(mins(5), "asks", |house| house.stalled(&jo(), "WouldLockOut"));
        let digest = house.digest(&jo(), "Stalled");
        for method in [Method::PUT, Method::POST, Method::DELETE] {
            let failing = Failing::Answer(503, "{}");
            let fails = Scripted { method, path: "/setup".into(), failing, times: usize::MAX };
            house.way.vendors.scripted.borrow_mut().push(fails);
        }
        house.annotate(&jo(), &json!({"orgkeeper.dev/confirm": digest}));
        house.run(mins(2));
        assert!(!NOBODY(&house), "it fails");
        if back {
            house.annotate(&jo(), &json!({"orgkeeper.dev/confirm": ""}));
            house.run(secs(5));
        }
        house.way.vendors.scripted.borrow_mut().clear();
        house.run(mins(60));
        assert_eq!(NOBODY(&house), !back, "taken back {back}: {}", house.describe());
    }
}
