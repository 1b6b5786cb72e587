//! What cannot be read back (rule 9).

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{HOME, account, organization, with};
use orgkeeper::engine::run::FINGERPRINT_SECRET;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

const HOOK: &str = "https://hooks.slack.com/services/T0/B0/first";
const NEXT: &str = "https://hooks.slack.com/services/T0/B0/second";

fn hooked() -> Value {
    let channel = json!([{"urlSecretRef": {"name": "slack", "key": "url"}}]);
    with(account("prod"), json!({"slackNotificationChannels": channel}))
}

fn house(contract: Contract) -> House {
    let mut house = House::new(contract);
    house.way.cluster.put_secret(HOME, "slack", "url", HOOK);
    house.apply(&acme(), &organization());
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&acme()));
    house
}

fn channels(house: &House) -> Vec<String> {
    let ids = house.named("prod");
    let vendor = house.vendor();
    vendor.world().account(&ids[0]).unwrap().1.slack_notification_channels.clone()
}

/// No secret may stand in any object or event.
fn nothing_told(house: &House) {
    let all = format!("{:?} {:?}", house.way.cluster.all(), house.way.cluster.events());
    assert!(!all.contains("hooks.slack.com"), "{all}");
}

#[test]
fn it_is_written_once_and_again_when_its_secret_changes() {
    let mut house = house(Contract::Production);
    house.apply(&home("a"), &hooked());
    house.until(mins(1), "ready", |house| house.ready(&home("a")));
    assert_eq!(channels(&house), [HOOK]);
    house.run(mins(30));
    house.restart();
    house.run(mins(30));
    assert_eq!(house.calls("PUT"), 1);
    house.way.cluster.put_secret(HOME, "slack", "url", NEXT);
    house.until(secs(10), "written", |house| channels(house) == [NEXT]);
    house.run(mins(30));
    assert_eq!(house.calls("PUT"), 2);
    nothing_told(&house);
}

#[test]
fn of_what_was_adopted_it_is_assumed_and_said_so_unless_it_is_to_be_written() {
    for apply in [false, true] {
        let mut house = house(Contract::Production);
        let organization = house.vendor().world().oldest_organization().unwrap().id;
        let (now, lag) = (house.wall(), house.vendor().lag());
        house.vendor().world_mut().create_account(now, lag, organization, "prod");
        house.run(secs(30));
        house.apply(
            &home("a"),
            &with(hooked(), json!({"adopt": {"policy": "IfExists", "applyUnreadable": apply}})),
        );
        house.until(mins(1), "ready", |house| house.ready(&home("a")));
        house.run(mins(30));
        assert_eq!(house.condition(&home("a"), "Unverified").is_some(), !apply);
        assert_eq!(house.calls("PUT"), usize::from(apply));
        // A change of the Secret is a wish either way.
        house.way.cluster.put_secret(HOME, "slack", "url", NEXT);
        house.until(secs(10), "written", |house| channels(house) == [NEXT]);
        house.run(secs(1));
        assert!(house.condition(&home("a"), "Unverified").is_none());
        nothing_told(&house);
    }
}

#[test]
pub fn with_a_lost_key_it_is_based_anew_and_not_written_again() {
    let mut house = house(Contract::Production);
    house.apply(&home("a"), &hooked());
    house.until(mins(1), "ready", |house| house.ready(&home("a")));
    house.run(mins(2));
    house.way.cluster.delete_secret("orgkeeper-system", FINGERPRINT_SECRET.0);
    house.restart();
    house.run(mins(30));
    assert_eq!(house.calls("PUT"), 1);
    assert!(house.ready(&home("a")));
    let rebased = house.reasons(&home("a")).iter().filter(|reason| **reason == "FingerprintsRebased").count();
    assert_eq!(rebased, 1);
    house.way.cluster.put_secret(HOME, "slack", "url", NEXT);
    house.until(secs(10), "written", |house| channels(house) == [NEXT]);
}

#[test]
fn what_the_contract_lacks_is_said_and_the_rest_is_kept() {
    let mut house = house(Contract::Published);
    house.apply(&home("a"), &hooked());
    house.until(mins(1), "ready", |house| house.ready(&home("a")));
    assert!(house.condition(&home("a"), "NotSupported").is_some());
    house.run(mins(30));
    assert_eq!(house.calls("PUT"), 0);
}

#[test]
pub fn a_secret_that_is_missing_or_unfit_is_waited_for() {
    let mut house = house(Contract::Production);
    house.way.cluster.delete_secret(HOME, "slack");
    house.apply(&home("a"), &hooked());
    house.until(mins(1), "no secret", |house| house.waits(&home("a"), "SecretNotFound"));
    house.way.cluster.put_secret(HOME, "slack", "other", HOOK);
    house.until(secs(5), "no key", |house| house.waits(&home("a"), "SecretKeyNotFound"));
    house.way.cluster.put_secret(HOME, "slack", "url", "http://insecure.example.com");
    house.until(secs(5), "unfit", |house| house.stalled(&home("a"), "SecretInvalid"));
    assert_eq!(house.vendor_writes(), 0, "nothing is created before it can be complete");
    house.way.cluster.put_secret(HOME, "slack", "url", HOOK);
    house.until(secs(5), "ready", |house| house.ready(&home("a")));
}

#[test]
fn death_at_every_step_writes_it_and_makes_one_account() {
    for step in 0..40 {
        let mut house = house(Contract::Production);
        house.apply(&home("a"), &hooked());
        house.dies_after(step);
        house.run(secs(5));
        house.restart();
        house.until(mins(30), &format!("ready after death at {step}"), |house| house.ready(&home("a")));
        assert_eq!(house.named("prod").len(), 1, "step {step}");
        assert_eq!(channels(&house), [HOOK], "step {step}");
    }
}
