//! When a secret expires: told a month before, and once it has, without a reason to be anything but Ready.

use crate::support::credentials::{azure, cloud, with_prod};
use crate::support::house::{House, mins, secs};
use crate::support::manifests::with;
use jiff::{SignedDuration, Timestamp};
use orgkeeper::sandbox::{CloudCredential, Contract};
use serde_json::json;
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);
const SOON: &str = "CredentialExpiresSoon";
const EXPIRED: &str = "CredentialExpired";

fn dated(at: Timestamp) -> serde_json::Value {
    with(azure(), json!({"azure": {"expirationDate": at.to_string()}}))
}

fn told(house: &House) -> Option<String> {
    house.condition(&cloud(), "CredentialExpires").map(|(_, reason)| reason)
}

fn metric(house: &House) -> Option<Timestamp> {
    house.processes.last().unwrap().counts.expiries.borrow().get(&cloud()).copied()
}

/// A moment so many days from now.
fn days(house: &House, days: u32) -> Timestamp {
    let later = house.wall() + SignedDuration::from_hours(24 * i64::from(days));
    later.round(jiff::Unit::Second).unwrap()
}

#[test]
fn it_is_told_by_itself_when_the_time_comes_and_again_when_it_has_passed() {
    for contract in [Contract::Production, Contract::Published] {
        for restarted in [false, true] {
            let mut house = with_prod(contract);
            let at = days(&house, 31);
            house.ready_with(&cloud(), &dated(at));
            house.run(mins(8));
            assert_eq!((told(&house), metric(&house)), (None, Some(at)));
            if restarted {
                house.restart();
                house.run(mins(30));
                assert_eq!((told(&house), metric(&house)), (None, Some(at)), "{contract:?}");
            }
            let first = at - SignedDuration::from_hours(24 * 30);
            let left = Duration::try_from(first.duration_since(house.wall())).unwrap();
            house.run(left.saturating_sub(secs(1)));
            assert_eq!(told(&house), None);
            house.run(secs(3));
            assert_eq!(told(&house).as_deref(), Some(SOON), "{contract:?} {restarted}\n{}", house.describe());
            assert!(house.ready(&cloud()));
            if restarted {
                house.restart();
                house.run(mins(30));
            }
            // It is still told, and no more often.
            let writes = house.writes(&cloud());
            house.run(DAY);
            assert_eq!(told(&house).as_deref(), Some(SOON));
            assert_eq!(house.writes(&cloud()), writes);
            let left = Duration::try_from(at.duration_since(house.wall())).unwrap();
            house.run(left.saturating_sub(secs(1)));
            assert_eq!(told(&house).as_deref(), Some(SOON));
            house.run(secs(3));
            assert_eq!(told(&house).as_deref(), Some(EXPIRED), "{contract:?} {restarted}");
            assert!(house.ready(&cloud()));
            // Another secret with another date ends it.
            let at = days(&house, 365);
            house.ready_with(&cloud(), &dated(at));
            assert_eq!((told(&house), metric(&house)), (None, Some(at)));
        }
    }
}

#[test]
fn without_a_date_in_the_manifest_the_vendor_s_counts() {
    let mut house = with_prod(Contract::Production);
    house.ready_with(&cloud(), &azure());
    house.run(mins(8));
    assert_eq!((told(&house), metric(&house)), (None, None));
    house.forget_requests();
    let (prod, at) = (house.prod(), days(&house, 10));
    house.by_hand(|console| {
        assert!(console.change_account(&prod, |it| {
            let Some(CloudCredential::Azure(azure)) = &mut it.credential else { panic!() };
            azure.expiration_date = Some(json!(at.to_string()));
        }));
    });
    house.until(mins(12), "told", |house| told(house).as_deref() == Some(SOON));
    assert_eq!(metric(&house), Some(at));
    house.restart();
    house.run(mins(30));
    assert_eq!(metric(&house), Some(at));
    house.stays(&cloud());
    assert_eq!(house.written(), [""; 0]);
    house.delete(&cloud());
    house.until(mins(1), "gone", |house| !house.exists(&cloud()));
    assert_eq!(metric(&house), None);
}
