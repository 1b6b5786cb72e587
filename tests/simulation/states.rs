//! How an object stands, in one word and a sentence: `kubectl get` alone tells what needs somebody. And what was
//! changed last, which outlives its event.

use crate::support::house::{House, mins, secs};
use crate::support::logged::{keep_log, logged};
use crate::support::look::{acme, home};
use crate::support::machines::{ci, with_ci};
use crate::support::manifests::{account, group, group_key, organization, person, user_key, with};
use crate::support::people::{furnished, organization_id};
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{Contract, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::json;

/// The word, and the sentence.
fn stands(house: &House, key: &ObjectRef) -> (String, String) {
    let status = house.status(key);
    let text = |member: &str| status[member].as_str().unwrap_or_default().to_owned();
    (text("state"), text("message"))
}

/// Waits until the object stands so, and says each of these.
fn until(house: &mut House, key: &ObjectRef, state: &str, says: &[&str]) {
    let so = |house: &House| {
        let (word, sentence) = stands(house, key);
        word == state && says.iter().all(|part| sentence.contains(part))
    };
    house.until(mins(40), &format!("{key} is {state}, saying {says:?}"), so);
}

fn rename(house: &House, id: &str, to: &str) {
    let (now, lag) = (house.wall(), house.vendor().lag());
    assert!(
        house.vendor().world_mut().change_account(now, lag, id, |details| to.clone_into(&mut details.name))
    );
}

#[test]
fn every_state_says_why() {
    let mut house = furnished(Contract::Production, &["prod"]);
    let prod = home("prod");
    until(&mut house, &prod, "InSync", &["as declared"]);
    until(&mut house, &acme(), "InSync", &["answers"]);
    let id = house.id(&prod).unwrap();

    let edit = |house: &mut House, changes| house.apply(&prod, &with(account("prod"), changes));
    edit(&mut house, json!({"suspend": true}));
    until(&mut house, &prod, "Suspended", &["spec.suspend is true"]);
    edit(&mut house, json!({}));
    until(&mut house, &prod, "InSync", &[]);
    house.apply(&acme(), &with(organization(), json!({"suspend": true})));
    until(&mut house, &prod, "Suspended", &["organization is suspended"]);
    until(&mut house, &acme(), "Suspended", &["spec.suspend is true"]);
    house.apply(&acme(), &organization());
    until(&mut house, &prod, "InSync", &[]);

    edit(&mut house, json!({"managementPolicy": "Observe"}));
    until(&mut house, &prod, "Observing", &["managementPolicy is Observe", "as declared"]);
    rename(&house, &id, "by hand");
    until(&mut house, &prod, "Observing", &["managementPolicy is Observe", "Differs in name"]);
    house.apply(&acme(), &with(organization(), json!({"managementPolicy": "Observe"})));
    edit(&mut house, json!({}));
    until(&mut house, &prod, "Observing", &["of the organization is Observe"]);
    until(&mut house, &acme(), "Observing", &[]);
    edit(&mut house, json!({"driftPolicy": "Report"}));
    house.apply(&acme(), &organization());
    until(&mut house, &prod, "Drifted", &["name"]);
    edit(&mut house, json!({}));
    until(&mut house, &prod, "InSync", &[]);

    // What it waits for comes by itself, or is there already.
    house.apply(&group_key("devs"), &with(group("devs"), json!({"members": [{"userRef": {"name": "jo"}}]})));
    until(&mut house, &group_key("devs"), "Waiting", &["jo"]);
    // Nobody can read back what a person was made with.
    house.by_hand(|console| console.create_user(organization_id(), UserDetails::person("jo@example.com")));
    house.apply(&user_key("jo"), &person("jo"));
    until(&mut house, &user_key("jo"), "Unverified", &["firstName"]);

    // What is in it holds up its deletion.
    house.apply(&acme(), &with(organization(), json!({"deletionPolicy": "Delete"})));
    house.annotate(&acme(), &json!({"orgkeeper.dev/confirm-delete": "acme"}));
    house.run(mins(1));
    house.delete(&acme());
    until(&mut house, &acme(), "Blocked", &["SpotAccount"]);
}

/// What was deleted by hand is asked about, and no more once that is answered.
#[test]
fn a_question_of_whatever_reason_asks_and_only_while_it_is_open() {
    let mut house = furnished(Contract::Production, &["prod", "dev", "test"]);
    let prod = home("prod");
    house.run(mins(6));
    let (now, lag, id) = (house.wall(), house.vendor().lag(), house.id(&prod).unwrap());
    house.vendor().world_mut().delete_account(now, lag, &id).unwrap();
    until(&mut house, &prod, "Asks", &["was deleted at the vendor", "orgkeeper.dev/confirm"]);
    assert_eq!(house.status(&prod)["reason"], "ExternallyDeleted");
    let digest = house.digest(&prod, "Stalled");
    house.annotate(&prod, &json!({"orgkeeper.dev/confirm": digest}));
    until(&mut house, &prod, "InSync", &[]);
}

/// Whether a deletion waits or is blocked is known by what holds it up, whatever the reason that is given for it.
#[test]
fn a_deletion_is_blocked_where_somebody_has_to_act_and_waits_where_another_object_says_who() {
    let mut house = furnished(Contract::Production, &["prod", "dev"]);
    let (prod, dev) = (home("prod"), home("dev"));
    let deleting = |name: &str| with(account(name), json!({"deletionPolicy": "Delete"}));
    house.apply(&prod, &deleting("prod"));
    house.apply(&dev, &deleting("dev"));
    house.run(mins(1));
    let refused = Fault { method: Some("DELETE".into()), ..Fault::always(FaultKind::Forbidden) };
    house.vendor().add_fault(refused);
    house.delete(&prod);
    until(&mut house, &prod, "Blocked", &["refuses to delete"]);
    house.vendor().clear_faults();
    // The organization says what is to be done about its token.
    house.apply(&acme(), &with(organization(), json!({"connection": {"tokenSecretRef": {"name": "none"}}})));
    until(&mut house, &acme(), "Waiting", &["none"]);
    house.delete(&dev);
    until(&mut house, &dev, "Waiting", &["orgkeeper.dev/abandon", "token"]);
    assert_eq!(house.status(&dev)["reason"], "TokenNeeded");
    let down = Fault::always(FaultKind::ServerError { status: 503, effect: false });
    house.vendor().add_fault(down);
    house.apply(&acme(), &organization());
    until(&mut house, &dev, "Waiting", &["503"]);
}

#[test]
fn an_outage_says_so_where_it_is() {
    let mut house = furnished(Contract::Production, &["prod"]);
    let down = Fault::always(FaultKind::ServerError { status: 503, effect: false });
    house.vendor().add_fault(down);
    until(&mut house, &acme(), "Waiting", &["503"]);
}

#[test]
fn what_asks_a_person_says_so_though_it_is_in_order() {
    let mut house = with_ci(Contract::Production);
    let lost = FaultKind::BadGateway { effect: true };
    let lost = Fault::once(&Method::POST, "/setup/user/programmatic", lost);
    house.vendor().add_fault(lost);
    house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
    until(&mut house, &ci(), "Asks", &["orgkeeper.dev/confirm", "orgkeeper.dev/keep"]);
    assert!(house.ready(&ci()), "{}", house.describe());
}

#[test]
fn a_status_that_somebody_else_wrote_is_looked_at_like_an_edit() {
    for contract in [Contract::Production, Contract::Published] {
        let mut house = furnished(contract, &["prod"]);
        let prod = home("prod");
        house.run(mins(3));
        let before = house.status(&prod);
        // As if it had been restored from a backup of another cluster.
        house.way.cluster.edit(&prod, |object| object["status"]["id"] = json!("act-00000000"));
        house.until(secs(30), "put back", |house| house.status(&prod) == before);
        // A word of its own is worth nothing.
        house.way.cluster.edit(&prod, |object| {
            object["status"]["conditions"][0]["message"] = json!("All is well.");
            object["status"]["message"] = json!("All is well.");
        });
        house.until(secs(30), "put right", |house| house.status(&prod)["message"] == before["message"]);
        house.until(secs(30), "put right", |house| house.status(&prod)["conditions"] == before["conditions"]);
    }
}

/// The status was there before this process, and so the watch tells of no edit.
#[test]
fn an_id_that_no_list_has_is_looked_at_with_the_next_list() {
    let mut house = furnished(Contract::Production, &["prod"]);
    let prod = home("prod");
    house.run(mins(3));
    house.kill();
    house.way.cluster.edit(&prod, |object| object["status"]["id"] = json!("act-00000000"));
    house.run(mins(3));
    house.start();
    house.until(mins(12), "noticed", |house| !house.ready(&prod));
}

#[test]
fn what_was_changed_last_stays_in_status() {
    let mut house = furnished(Contract::Production, &["prod"]);
    let prod = home("prod");
    let id = house.id(&prod).unwrap();
    let changes = |house: &House| house.status(&prod)["lastChanges"].as_array().cloned().unwrap_or_default();
    assert_eq!(changes(&house)[0]["reason"], "Created");
    for number in 0..20 {
        house.apply(&prod, &account(&format!("prod-{number}")));
        let named = format!("prod-{number}");
        house.until(mins(6), "edited", |house| house.named(&named).len() == 1);
        house.run(mins(2));
    }
    rename(&house, &id, "by hand");
    house.until(mins(6), "put back", |house| house.named("prod-19").len() == 1);
    house.run(mins(1));
    let told = changes(&house);
    assert_eq!(told.len(), 16, "{told:?}");
    let reasons: Vec<_> = told.iter().filter_map(|change| change["reason"].as_str()).collect();
    assert_eq!((reasons[0], reasons[1], reasons[15]), ("DriftCorrected", "Updated", "Updated"));
    let last = &told[0];
    assert!(last["what"].as_str().unwrap().contains("by hand"), "{last}");
    // There were too many different ones within the hour for an event of its own.
    assert_eq!(house.reasons(&prod).pop(), Some("ManyEvents"));
}

#[test]
fn each_write_at_the_vendor_is_a_line_of_the_usual_log_that_names_the_object() {
    for contract in [Contract::Production, Contract::Published] {
        keep_log();
        let mut house = furnished(contract, &["prod"]);
        house.apply(&home("prod"), &with(account("renamed"), json!({"deletionPolicy": "Delete"})));
        house.until(mins(6), "renamed", |house| house.named("renamed").len() == 1);
        house.run(mins(2));
        house.delete(&home("prod"));
        house.until(mins(20), "gone", |house| !house.exists(&home("prod")));
        let lines = logged("vendor write");
        assert_eq!(lines.len(), house.vendor_writes(), "{lines:#?}");
        for (line, method) in lines.iter().zip(["POST", "PUT", "DELETE"]) {
            assert_eq!(line["method"], method, "{line}");
            assert!(line["path"].as_str().unwrap().contains("/setup/account"), "{line}");
            assert_eq!(line["span"]["object"], "SpotAccount platform/prod", "{line}");
        }
        // What it says of them goes with what status keeps.
        assert!(logged("Updated").iter().all(|line| line["digest"].is_string()), "{:?}", logged("Updated"));
    }
}
