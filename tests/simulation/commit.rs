//! What happened at the vendor is stored, or nothing more of it is sent: whoever cannot store does nothing twice
//! (rules 4, 5, 9 and 13).

pub mod dropped;
mod owed;
mod unanswered;

use crate::support::credentials::{SET_AZURE, TRY_AZURE, azure, cloud, with_prod};
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::machines::{ci, ci_spec, furnished};
use crate::support::manifests::{HOME, account, organization, person, user_key, with};
use crate::support::people::role;
use crate::support::webhooks::Refused;
use orgkeeper::engine::seams::ObjectRef;
use orgkeeper::sandbox::Contract;
use serde_json::{Value, json};

const REFUSED: [Refused; 2] = [Refused::Forbidden, Refused::Webhook];

/// An object with a field that no read shows: its key, the calls that write the field, and the Secret with it.
struct Hidden {
    key: ObjectRef,
    calls: &'static str,
    secret: (&'static str, &'static str),
    house: fn() -> House,
    next: &'static str,
}

fn slack() -> Value {
    let channel = json!([{"urlSecretRef": {"name": "slack", "key": "url"}}]);
    with(account("prod"), json!({"slackNotificationChannels": channel}))
}

/// A house with an account that tells a channel what happens.
fn with_slack(contract: Contract) -> House {
    let mut house = House::new(contract);
    house.way.cluster.put_secret(HOME, "slack", "url", "https://hooks.slack.com/services/T0/B0/first");
    house.apply(&acme(), &organization());
    house.start();
    house.ready_with(&home("prod"), &slack());
    house
}

fn hidden() -> Vec<Hidden> {
    let credential = || {
        let mut house = with_prod(Contract::Production);
        house.ready_with(&cloud(), &azure());
        house
    };
    vec![
        Hidden {
            key: cloud(),
            calls: SET_AZURE,
            secret: ("azure", "secret"),
            house: credential,
            next: "canary-of-another-secret",
        },
        Hidden {
            key: home("prod"),
            calls: "PUT /setup/account/{accountId}",
            secret: ("slack", "url"),
            house: || with_slack(Contract::Production),
            next: "https://hooks.slack.com/services/T0/B0/second",
        },
    ]
}

impl Hidden {
    fn begin(&self) -> House {
        let mut house = (self.house)();
        house.run(mins(8));
        house.forget_requests();
        house
    }

    fn change(&self, house: &House) {
        house.way.cluster.put_secret(HOME, self.secret.0, self.secret.1, self.next);
    }

    /// How often it was written, and what else was.
    #[track_caller]
    fn written(&self, house: &House) -> usize {
        let written = house.written();
        let other = written.iter().find(|call| **call != self.calls && **call != TRY_AZURE);
        assert_eq!(other, None, "{}", house.describe());
        written.iter().filter(|call| **call == self.calls).count()
    }
}

#[test]
fn what_no_read_shows_is_written_once_though_its_status_cannot_be_stored() {
    for hidden in hidden() {
        for why in REFUSED {
            let mut house = hidden.begin();
            let before = house.events(&hidden.key).len();
            house.refuse_status(&hidden.key, why);
            hidden.change(&house);
            house.run(mins(120));
            assert_eq!(hidden.written(&house), 1, "{} {why:?}\n{}", hidden.key, house.describe());
            let reasons = house.reasons(&hidden.key).split_off(before);
            assert_eq!(reasons, ["Updated", "KubernetesUnavailable"], "{}", house.describe());
            house.store_all();
            house.until(mins(6), "stored", |house| house.ready(&hidden.key));
            house.run(mins(30));
            house.restart();
            house.run(mins(30));
            assert_eq!(hidden.written(&house), 1, "{} {why:?}\n{}", hidden.key, house.describe());
        }
    }
}

#[test]
pub fn what_no_read_shows_is_not_written_by_a_process_that_never_stored_anything() {
    for hidden in hidden() {
        for why in REFUSED {
            let mut house = hidden.begin();
            house.refuse_status(&hidden.key, why);
            house.kill();
            hidden.change(&house);
            for _ in 0..3 {
                house.restart_at_once();
                house.run(mins(60));
            }
            assert_eq!(hidden.written(&house), 0, "{} {why:?}\n{}", hidden.key, house.describe());
            house.store_all();
            house.until(mins(12), "stored", |house| hidden.written(house) == 1);
            house.run(mins(60));
            assert!(house.ready(&hidden.key), "{}", house.describe());
            assert_eq!(hidden.written(&house), 1, "{} {why:?}\n{}", hidden.key, house.describe());
        }
    }
}

#[test]
pub fn another_value_waits_for_what_was_written_before_and_what_can_be_read_does_not() {
    let [credential, webhook] = &hidden()[..] else { panic!("two") };
    for hidden in [credential, webhook] {
        let mut house = hidden.begin();
        house.refuse_status(&hidden.key, Refused::Forbidden);
        hidden.change(&house);
        house.run(mins(10));
        house.way.cluster.put_secret(HOME, hidden.secret.0, hidden.secret.1, &format!("{}-3", hidden.next));
        house.run(mins(60));
        assert_eq!(hidden.written(&house), 1, "{}", house.describe());
        if hidden.key == home("prod") {
            // A rename beside it is written.
            let now = house.wall();
            let id = house.id(&hidden.key).unwrap();
            house.apply(&hidden.key, &with(slack(), json!({"name": "renamed"})));
            house.run(mins(10));
            assert_eq!(house.named("renamed"), [id], "at {now}\n{}", house.describe());
        }
        house.store_all();
        house.until(mins(12), "stored", |house| house.ready(&hidden.key));
    }
}

#[test]
fn a_request_that_status_cannot_hold_is_cut_and_handled_once() {
    for hidden in hidden() {
        let mut house = hidden.begin();
        house.bound_status("lastHandledReconcileAt", 256);
        let long = "x".repeat(257);
        house.annotate(&hidden.key, &json!({"orgkeeper.dev/reconcile-requested-at": long}));
        hidden.change(&house);
        house.run(mins(120));
        assert_eq!(hidden.written(&house), 1, "{}", house.describe());
        assert!(house.ready(&hidden.key), "{}", house.describe());
        assert_eq!(house.status(&hidden.key)["lastHandledReconcileAt"], "x".repeat(256));
        let (writes, calls) = (house.all_writes(), house.calls(""));
        house.run(mins(60));
        assert_eq!(house.all_writes(), writes);
        assert!(house.calls("") - calls <= 80, "it is handled: nothing is asked of the vendor for its sake");
        // Another one that differs beyond what is held is the same.
        let longer = "x".repeat(300);
        house.annotate(&hidden.key, &json!({"orgkeeper.dev/reconcile-requested-at": longer}));
        house.run(mins(10));
        assert_eq!(house.all_writes(), writes);
        house.annotate(&acme(), &json!({"orgkeeper.dev/reconcile-requested-at": long}));
        house.run(secs(30));
        assert_eq!(house.status(&acme())["lastHandledReconcileAt"], "x".repeat(256), "{}", house.describe());
    }
}

/// Who is made an editor of the account there is: of that the public document shows nothing.
#[test]
fn what_the_public_document_does_not_show_is_written_once_though_its_status_cannot_be_stored() {
    let edited = json!({"accounts": [role("prod", "Viewer")]});
    let people = [
        (user_key("jo"), with(person("jo"), json!({"accounts": [role("prod", "Editor")]}))),
        (ci(), ci_spec()),
    ];
    for (key, spec) in people {
        for why in REFUSED {
            let mut house = furnished(Contract::Published);
            house.ready_with(&key, &spec);
            house.run(mins(8));
            house.forget_requests();
            house.refuse_status(&key, why);
            house.apply(&key, &with(spec.clone(), edited.clone()));
            house.run(mins(120));
            assert_eq!(house.written().len(), 1, "{key} {why:?} {:?}\n{}", house.written(), house.describe());
            house.store_all();
            house.until(mins(12), "stored", |house| house.ready(&key));
            house.run(mins(30));
            house.restart();
            house.run(mins(30));
            assert_eq!(house.written().len(), 1, "{key} {why:?}\n{}", house.describe());
        }
    }
}
