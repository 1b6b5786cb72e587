//! When a secret expires: told a month before, and once it has, without a reason to be anything but Ready.

use crate::support::credentials::{azure, cloud, vouched_for, with_prod};
use crate::support::house::{House, mins, secs};
use crate::support::look::acme;
use crate::support::manifests::with;
use jiff::{SignedDuration, Timestamp};
use orgkeeper::sandbox::Lag;
use orgkeeper::sandbox::spot::{CloudCredential, Contract};
use serde_json::json;
use std::time::Duration;

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

/// A house whose organization is looked at so seldom that no resync tells anything.
fn patient(contract: Contract) -> House {
    let mut house = with_prod(contract);
    house.apply(&acme(), &with(vouched_for(), json!({"resyncInterval": "12h"})));
    house.run(mins(1));
    house
}

/// A moment so many hours from now.
fn in_hours(house: &House, hours: u32) -> Timestamp {
    let later = house.wall() + SignedDuration::from_hours(i64::from(hours));
    later.round(jiff::Unit::Second).unwrap()
}

#[test]
pub fn it_is_told_by_itself_when_the_time_comes_and_again_when_it_has_passed() {
    for contract in [Contract::Production, Contract::Published] {
        for restarted in [false, true] {
            let what = format!("{contract:?} restarted: {restarted}");
            let mut house = patient(contract);
            let at = in_hours(&house, 30 * 24 + 2);
            house.ready_with(&cloud(), &dated(at));
            house.run(mins(8));
            assert_eq!((told(&house), metric(&house)), (None, Some(at)), "{what}");
            restart(&mut house, restarted);
            assert_eq!((told(&house), metric(&house)), (None, Some(at)), "{what}");
            run_to(&mut house, at - SignedDuration::from_hours(30 * 24), &what, None, SOON);
            let writes = house.writes(&cloud());
            restart(&mut house, restarted);
            house.run(mins(60));
            assert_eq!((told(&house).as_deref(), house.writes(&cloud())), (Some(SOON), writes), "{what}");

            let at = in_hours(&house, 2);
            house.ready_with(&cloud(), &dated(at));
            house.run(mins(8));
            assert_eq!((told(&house).as_deref(), metric(&house)), (Some(SOON), Some(at)), "{what}");
            restart(&mut house, restarted);
            run_to(&mut house, at, &what, Some(SOON), EXPIRED);
            restart(&mut house, restarted);
            assert_eq!(told(&house).as_deref(), Some(EXPIRED), "{what}");

            // Each is an event, once, though a restart may tell it again as the same.
            let noted = house.reasons(&cloud());
            for reason in [SOON, EXPIRED] {
                assert_eq!(noted.iter().filter(|noted| **noted == reason).count(), 1, "{what}: {noted:?}");
            }

            let at = in_hours(&house, 365 * 24);
            house.ready_with(&cloud(), &dated(at));
            assert_eq!((told(&house), metric(&house)), (None, Some(at)), "{what}");
        }
    }
}

/// Runs to a moment: until then it is so, and then it becomes otherwise, while all is Ready.
#[track_caller]
fn run_to(house: &mut House, at: Timestamp, what: &str, before: Option<&str>, after: &str) {
    let left = Duration::try_from(at.duration_since(house.wall())).unwrap();
    house.run(left.saturating_sub(secs(1)));
    assert_eq!(told(house).as_deref(), before, "{what}");
    house.run(secs(3));
    assert_eq!(told(house).as_deref(), Some(after), "{what}\n{}", house.describe());
    assert!(house.ready(&cloud()), "{what}");
}

fn restart(house: &mut House, wanted: bool) {
    if wanted {
        house.restart();
        house.run(mins(30));
    }
}

#[test]
fn a_date_that_was_refused_is_not_told_of_and_one_that_was_written_is_at_once() {
    let broken = "1a2b3c4d-0000-4000-8000-0000000000ff";
    let mut house = with_prod(Contract::Production);
    let (far, soon) = (in_hours(&house, 365 * 24), in_hours(&house, 48));
    house.ready_with(&cloud(), &dated(far));
    house.run(mins(8));
    house.vendor().world_mut().reject_credentials(broken);
    house.apply(&cloud(), &with(dated(soon), json!({"azure": {"clientId": broken}})));
    house.until(mins(1), "refused", |house| house.stalled(&cloud(), "RefusedByVendor"));
    house.run(mins(60));
    assert_eq!((told(&house), metric(&house)), (None, Some(far)), "{}", house.describe());
    // What reads show of it later does not matter.
    house.vendor().set_lag(Lag { lists: SignedDuration::from_secs(60), reads: true });
    house.vendor().world_mut().accept_credentials(broken);
    house.until(mins(15), "set", |house| house.ready(&cloud()));
    assert_eq!((told(&house).as_deref(), metric(&house)), (Some(SOON), Some(soon)), "{}", house.describe());
    house.run(mins(30));
    assert_eq!((told(&house).as_deref(), metric(&house)), (Some(SOON), Some(soon)), "{}", house.describe());
}

#[test]
fn where_drift_is_left_the_date_that_is_in_use_counts() {
    let mut house = with_prod(Contract::Production);
    let (far, soon) = (in_hours(&house, 365 * 24), in_hours(&house, 48));
    house.ready_with(&cloud(), &with(dated(far), json!({"driftPolicy": "Report"})));
    house.run(mins(8));
    house.forget_requests();
    let prod = house.prod();
    house.by_hand(|console| {
        assert!(console.change_account(&prod, |it| {
            let Some(CloudCredential::Azure(azure)) = &mut it.credential else { panic!() };
            azure.expiration_date = Some(json!(soon.to_string()));
        }));
    });
    house.until(mins(12), "told", |house| told(house).as_deref() == Some(SOON));
    assert_eq!(metric(&house), Some(soon));
    assert!(house.drift(&cloud(), "azure.expirationDate").is_some());
    assert_eq!(house.written(), [""; 0]);
}

#[test]
fn without_a_date_in_the_manifest_the_vendor_s_counts() {
    let mut house = with_prod(Contract::Production);
    house.ready_with(&cloud(), &azure());
    house.run(mins(8));
    assert_eq!((told(&house), metric(&house)), (None, None));
    house.forget_requests();
    let (prod, at) = (house.prod(), in_hours(&house, 240));
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
    house.until(mins(1), "gone", |house| metric(house).is_none());
    assert!(!house.exists(&cloud()));
}
