//! What happened at the vendor is stored, or nothing more of it is sent: whoever cannot store does nothing twice
//! (rules 4, 5, 9 and 13).

mod counted;
pub mod dropped;
mod owed;
mod unanswered;

use crate::support::credentials::{
    SET_AZURE, SET_GCP, TRY_AZURE, TRY_GCP, azure, cloud, gcp, key_file, with_prod,
};
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::machines::{ci, ci_spec, furnished};
use crate::support::manifests::{
    HOME, access_policy, account, organization, person, policy_key, user_key, with,
};
use crate::support::people::role;
use crate::support::webhooks::Refused;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

const REFUSED: [Refused; 2] = [Refused::Forbidden, Refused::Webhook];

/// An object with a field that no read shows: its key, the calls that write the field, a house with it, and what
/// declares another value of the field, by a number.
struct Hidden {
    key: ObjectRef,
    calls: &'static str,
    house: fn() -> House,
    set: fn(&House, usize),
}

const SLACK: &str = "https://hooks.slack.com/services/T0/B0/";

fn slack() -> Value {
    let channel = json!([{"urlSecretRef": {"name": "slack", "key": "url"}}]);
    with(account("prod"), json!({"slackNotificationChannels": channel}))
}

/// A house with an account that tells a channel what happens.
fn with_slack(contract: Contract) -> House {
    let mut house = House::new(contract);
    house.way.cluster.put_secret(HOME, "slack", "url", &format!("{SLACK}1"));
    house.apply(&acme(), &organization());
    house.start();
    house.ready_with(&home("prod"), &slack());
    house
}

/// A house with the account `prod` and its credential.
fn with_credential(spec: &Value) -> House {
    let mut house = with_prod(Contract::Production);
    house.ready_with(&cloud(), spec);
    house
}

/// A house with a policy under the public document, which does not say that a list shows what one permits.
fn with_an_unshown_policy() -> House {
    let mut house = furnished(Contract::Published);
    let unsaid: fn(&mut Value) = |item| item["permissions"] = json!(null);
    house.way.vendors.amended.replace(Some(("/setup/access/policy".to_owned(), unsaid)));
    house.ready_with(&policy_key("reader"), &access_policy("reader"));
    house
}

fn hidden() -> Vec<Hidden> {
    vec![
        Hidden {
            key: cloud(),
            calls: SET_AZURE,
            house: || with_credential(&azure()),
            set: |house, number| {
                let secret = format!("canary-of-another-secret-{number}");
                house.way.cluster.put_secret(HOME, "azure", "secret", &secret);
            },
        },
        Hidden {
            key: cloud(),
            calls: SET_GCP,
            house: || with_credential(&gcp()),
            set: |house, number| house.put_key_file(&key_file(number)),
        },
        Hidden {
            key: home("prod"),
            calls: "PUT /setup/account/{accountId}",
            house: || with_slack(Contract::Production),
            set: |house, number| {
                house.way.cluster.put_secret(HOME, "slack", "url", &format!("{SLACK}{number}"));
            },
        },
        Hidden {
            key: policy_key("reader"),
            calls: "PUT /setup/access/policy/{policyId}",
            house: with_an_unshown_policy,
            set: |house, number| {
                let (key, action) = (policy_key("reader"), format!("action-{number}"));
                let permissions = json!([{"serviceId": "ocean", "actions": [action]}]);
                let annotations = house.object(&key)["metadata"]["annotations"].clone();
                let spec = with(access_policy("reader"), json!({"permissions": permissions}));
                house.apply_with(&key, &spec, &annotations);
            },
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
        (self.set)(house, 2);
    }

    /// How often it was written, and what else was.
    #[track_caller]
    fn written(&self, house: &House) -> usize {
        let written = house.written();
        let other = written.iter().find(|call| ![self.calls, TRY_AZURE, TRY_GCP].contains(&&***call));
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
    for hidden in hidden() {
        let mut house = hidden.begin();
        house.refuse_status(&hidden.key, Refused::Forbidden);
        hidden.change(&house);
        house.run(mins(10));
        (hidden.set)(&house, 3);
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
