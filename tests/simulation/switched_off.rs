//! A vendor that was off for a while: what its objects said of that goes once it is on again.

use crate::support::house::{House, mins};
use crate::support::look::{acme, home};
use crate::support::manifests::{account, organization};
use futures::FutureExt as _;
use orgkeeper::engine::base::ports::{Cluster as _, Part};
use orgkeeper::engine::decide::unkept;
use orgkeeper::sandbox::spot::Contract;
use serde_json::json;

#[test]
pub fn what_says_that_its_vendor_is_off_says_so_no_more_once_it_is_on() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    house.apply(&home("a"), &account("a"));
    house.start();
    house.until(mins(5), "ready", |house| house.ready(&acme()) && house.ready(&home("a")));
    house.run(mins(2));
    house.kill();
    let before = [acme(), home("a")].map(|key| (house.status(&key), key));
    for (status, key) in &before {
        // As whoever leads without the vendor says it.
        let off = unkept::vendor_off("spot", status["id"].as_str(), false);
        let said = unkept::said(status, (1, false), off, house.wall()).unwrap();
        let patch = json!({"status": said});
        house.way.cluster.patch(key, Part::Status, patch).now_or_never().unwrap().unwrap();
        assert!(house.stalled(key, "VendorOff") && house.status(key)["state"] == "Blocked");
    }
    let writes = house.vendor_writes();
    house.start();
    house.until(mins(5), "as before", |house| {
        before.iter().all(|(status, key)| {
            let now = house.status(key);
            house.ready(key) && ["id", "state", "reason"].iter().all(|member| now[member] == status[member])
        })
    });
    assert!(before.iter().all(|(_, key)| house.condition(key, "Stalled").is_none()), "{}", house.describe());
    assert_eq!(house.vendor_writes(), writes);
}
