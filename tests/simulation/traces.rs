//! The trace of what was done or seen at the vendor, `status.lastChanges`: it is there in the end, whatever became of the
//! status in which it was to be stored first.

use crate::support::cluster::PatchFault;
use crate::support::founding::to_create;
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::makings;
use crate::support::manifests::{account, group, group_key, person, user_key, with};
use crate::support::people::{SAM, furnished_kindly, role};
use crate::support::webhooks::{Dropped, Refused};
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

const JO: &str = "jo@elsewhere.example";
const AL: &str = "al@elsewhere.example";
const REFUSED: [Refused; 2] = [Refused::Forbidden, Refused::Webhook];
const ACCOUNT: &str = "/setup/account/{accountId}";

/// A kind world, in which an organization and accounts are at rest.
fn furnished(contract: Contract, accounts: &[&str]) -> House {
    let mut house = furnished_kindly(contract, accounts);
    house.run(mins(6));
    house
}

/// Somebody renames it in the console.
fn rename(house: &House, key: &ObjectRef, to: &str, by: &str) {
    let (now, id) = (house.wall(), house.id(key).unwrap());
    let mut vendor = house.vendor();
    assert!(vendor.console(now).by(by).change_account(&id, |details| to.clone_into(&mut details.name)));
}

fn changes(house: &House, key: &ObjectRef) -> Vec<Value> {
    house.status(key)["lastChanges"].as_array().cloned().unwrap_or_default()
}

/// The entries with this reason and text.
fn told(house: &House, key: &ObjectRef, reason: &str, text: &str) -> Vec<Value> {
    let says = |change: &Value| change["reason"] == reason && change["what"].as_str().unwrap().contains(text);
    changes(house, key).into_iter().filter(says).collect()
}

/// There is one such entry, and it names this person.
#[track_caller]
fn tells(house: &House, key: &ObjectRef, (reason, text): (&str, &str), who: Option<&str>) {
    let entries = told(house, key, reason, text);
    let shown = || format!("{reason} {text}\n{:#?}\n{}", changes(house, key), house.describe());
    assert_eq!(entries.len(), 1, "{}", shown());
    assert_eq!(entries[0]["who"].as_str(), who, "{}", shown());
}

/// Nothing more is written of it while nothing happens.
#[track_caller]
fn rests(house: &mut House, key: &ObjectRef) {
    house.run(mins(6));
    let writes = house.writes(key);
    house.run(mins(60));
    assert_eq!(house.writes(key), writes, "{}", house.describe());
}

// Whatever becomes of the write of the status.

#[test]
fn what_is_put_back_is_told_though_its_status_could_not_be_stored() {
    for contract in [Contract::Production, Contract::Published] {
        for why in REFUSED {
            let mut house = furnished(contract, &["prod"]);
            let prod = home("prod");
            house.refuse_status(&prod, why);
            rename(&house, &prod, "by hand", JO);
            house.until(mins(12), "put back", |house| house.calls("PUT") == 1);
            house.run(mins(12));
            house.store_all();
            house.run(mins(12));
            tells(&house, &prod, ("DriftCorrected", "by hand"), Some(JO));
            rests(&mut house, &prod);
        }
    }
}

#[test]
fn who_made_a_difference_that_stays_is_told_though_its_status_could_not_be_stored() {
    for why in REFUSED {
        let mut house = furnished(Contract::Production, &["prod"]);
        let prod = home("prod");
        house.apply(&prod, &with(account("prod"), json!({"driftPolicy": "Report"})));
        house.run(mins(1));
        house.refuse_status(&prod, why);
        rename(&house, &prod, "by hand", JO);
        house.until(mins(12), "seen", |house| house.reasons(&prod).contains(&"Drifted"));
        house.run(mins(12));
        house.store_all();
        house.run(mins(12));
        tells(&house, &prod, ("Drifted", "by hand"), Some(JO));
        assert_eq!(house.status(&prod)["drift"][0]["actor"], JO, "{}", house.describe());
        rests(&mut house, &prod);
    }
}

#[test]
fn whatever_is_made_is_told_though_its_status_could_not_be_stored() {
    for making in makings::all() {
        for why in REFUSED {
            let (mut house, key) = (making.house(), (making.key)());
            house.way.unkind.relent();
            let before = if house.exists(&key) { changes(&house, &key).len() } else { 0 };
            house.way.vendors.latency.set(secs(2));
            (making.asks)(&mut house);
            house.until(mins(20), making.what, |house| making.sent(house) == 1);
            house.refuse_status(&key, why);
            house.way.vendors.latency.set(secs(0));
            house.run(mins(30));
            house.store_all();
            making.until_made(&mut house);
            let made = ["Created", "Rotating", "MadeAgain", "Replaced"];
            let reasons: Vec<Value> =
                changes(&house, &key).iter().map(|change| change["reason"].clone()).collect();
            let new = &reasons[..reasons.len() - before];
            assert!(
                new.iter().any(|reason| made.contains(&reason.as_str().unwrap())),
                "{} {why:?} {reasons:?}\n{}",
                making.what,
                house.describe()
            );
        }
    }
}

#[test]
fn an_organization_that_was_made_is_told_though_its_status_could_not_be_stored() {
    for why in REFUSED {
        let mut house = House::with_a_parent(Contract::Production);
        house.way.unkind.relent();
        house.way.vendors.latency.set(secs(2));
        house.apply(&acme(), &to_create());
        house.start();
        house.until(mins(5), "sent", |house| house.foundings() == 1);
        house.refuse_status(&acme(), why);
        house.way.vendors.latency.set(secs(0));
        house.run(mins(12));
        house.store_all();
        house.until_founded();
        tells(&house, &acme(), ("Created", "Created organization"), None);
        rests(&mut house, &acme());
    }
}

#[test]
fn an_entry_whose_write_was_not_heard_is_there_once() {
    for fault in [PatchFault::After, PatchFault::Before] {
        for skip in 0..3 {
            let mut house = furnished(Contract::Production, &["prod"]);
            let prod = home("prod");
            rename(&house, &prod, "by hand", JO);
            house.way.patch_faults.add(skip, fault);
            house.run(mins(12));
            tells(&house, &prod, ("DriftCorrected", "by hand"), Some(JO));
            rests(&mut house, &prod);
        }
    }
}

#[test]
fn an_entry_that_is_dropped_on_the_way_is_written_with_the_next_and_not_without_end() {
    let mut house = furnished(Contract::Production, &["prod"]);
    let prod = home("prod");
    house.drop_silently(Dropped::Status("lastChanges"));
    rename(&house, &prod, "by hand", JO);
    house.run(mins(12));
    rests(&mut house, &prod);
    assert!(house.ready(&prod) && changes(&house, &prod).is_empty(), "{}", house.describe());
    house.store_all();
    rests(&mut house, &prod);
    rename(&house, &prod, "once more", AL);
    house.run(mins(12));
    for (name, who) in [("by hand", JO), ("once more", AL)] {
        tells(&house, &prod, ("DriftCorrected", name), Some(who));
    }
}

// Writes at the vendor of which not all is known.

#[test]
fn what_the_first_of_two_calls_changed_is_told_where_the_second_fails() {
    let mut house = furnished(Contract::Production, &["a", "b"]);
    let jo = user_key("jo");
    house.ready_with(&jo, &with(person("jo"), json!({"accounts": []})));
    house.run(mins(6));
    let fault = Fault { method: Some("POST".into()), skip: 1, ..Fault::always(FaultKind::Forbidden) };
    house.vendor().add_fault(fault);
    let accounts = json!({"accounts": [role("a", "Editor"), role("b", "Editor")]});
    house.apply(&jo, &with(person("jo"), accounts));
    house.until(mins(6), "refused", |house| house.stalled(&jo, "Forbidden"));
    house.run(mins(12));
    let ids = [house.id(&home("a")).unwrap(), house.id(&home("b")).unwrap()];
    let given: Vec<&String> =
        ids.iter().filter(|id| house.user_of(&jo).account_roles.contains_key(*id)).collect();
    assert_eq!(given.len(), 1, "{}", house.describe());
    tells(&house, &jo, ("OutcomeUnknown", given[0]), None);
}

#[test]
fn what_was_put_back_by_a_write_that_nobody_heard_of_is_told() {
    for contract in [Contract::Production, Contract::Published] {
        let mut house = furnished(contract, &["prod"]);
        let prod = home("prod");
        house.vendor().add_fault(Fault::once(&Method::PUT, ACCOUNT, FaultKind::ResetAfterEffect));
        rename(&house, &prod, "by hand", JO);
        house.run(mins(20));
        assert!(house.ready(&prod) && house.named("prod").len() == 1, "{}", house.describe());
        tells(&house, &prod, ("OutcomeUnknown", "by hand"), Some(JO));
        rests(&mut house, &prod);
    }
}

#[test]
fn a_create_of_an_organization_that_nobody_heard_of_is_told_when_a_person_has_said_which_it_is() {
    let mut house = House::struck_at_a_create(Contract::Production, FaultKind::BadGateway { effect: true });
    house.way.unkind.relent();
    house.until(mins(6), "asked", |house| house.stalled(&acme(), "OutcomeUnknown"));
    let [id] = house.founded()[..] else { panic!("{}", house.describe()) };
    house.issue_token_of(id);
    house.apply(&acme(), &with(to_create(), json!({"organizationId": id.to_string()})));
    house.until(mins(6), "ready", |house| house.ready(&acme()));
    tells(&house, &acme(), ("OutcomeUnknown", "Acme"), None);
    rests(&mut house, &acme());
}

// What no write of ours ends.

#[test]
fn what_cannot_be_put_back_and_is_gone_again_is_told() {
    for fault in [FaultKind::Forbidden, FaultKind::ServerError { status: 503, effect: false }] {
        let mut house = furnished(Contract::Production, &["prod"]);
        let prod = home("prod");
        house.vendor().add_fault(Fault { method: Some("PUT".into()), ..Fault::always(fault) });
        rename(&house, &prod, "by hand", JO);
        house.until(mins(12), "seen", |house| house.drift(&prod, "name").is_some());
        house.run(mins(12));
        rename(&house, &prod, "prod", AL);
        house.vendor().clear_faults();
        house.run(mins(30));
        assert!(house.ready(&prod) && house.status(&prod)["drift"].is_null(), "{}", house.describe());
        tells(&house, &prod, ("Drifted", "by hand"), Some(JO));
        rests(&mut house, &prod);
    }
}

#[test]
fn what_was_deleted_at_the_vendor_is_told_once_another_one_is_made_as_a_person_said() {
    for contract in [Contract::Production, Contract::Published] {
        let mut house = furnished(contract, &["prod", "dev", "test"]);
        let (prod, now) = (home("prod"), house.wall());
        let id = house.id(&prod).unwrap();
        house.vendor().console(now).by(JO).delete_account(&id).unwrap();
        house.until(mins(40), "asked", |house| house.stalled(&prod, "ExternallyDeleted"));
        house.run(mins(30));
        let digest = house.digest(&prod, "Stalled");
        house.annotate(&prod, &json!({"orgkeeper.dev/confirm": digest}));
        house.until(mins(12), "made", |house| house.ready(&prod));
        tells(&house, &prod, ("ExternallyDeleted", &id), Some(JO));
        tells(&house, &prod, ("Created", &house.id(&prod).unwrap()), None);
        rests(&mut house, &prod);
    }
}

#[test]
fn what_a_deletion_that_is_held_up_has_deleted_is_told() {
    let mut house = furnished(Contract::Production, &["prod"]);
    let prod = home("prod");
    house.ready_with(&prod, &with(account("prod"), json!({"deletionPolicy": "Delete"})));
    let fault = FaultKind::ResetAfterEffect;
    house.vendor().add_fault(Fault::once(&Method::DELETE, ACCOUNT, fault));
    house.delete(&prod);
    house.until(mins(6), "sent", |house| house.calls("DELETE") == 1);
    house.run(secs(5));
    assert!(house.exists(&prod), "lists have to show that it is gone\n{}", house.describe());
    tells(&house, &prod, ("OutcomeUnknown", &house.id(&prod).unwrap()), None);
}

#[test]
fn what_is_too_long_for_one_entry_is_told_whole() {
    let names: Vec<String> = (0..20).map(|number| format!("a{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut house = furnished(Contract::Production, &names);
    let ops = group_key("ops");
    house.ready_with(&ops, &group("ops"));
    house.run(mins(6));
    let on: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
    let policies = json!({"policies": [{"policyName": "Account Editor", "accounts": on}]});
    house.apply(&ops, &with(group("ops"), policies));
    house.run(mins(12));
    for name in names {
        let id = house.id(&home(name)).unwrap();
        assert!(!told(&house, &ops, "Updated", &id).is_empty(), "{id}\n{:#?}", changes(&house, &ops));
    }
    let digests: std::collections::BTreeSet<String> =
        told(&house, &ops, "Updated", "").iter().map(|change| change["digest"].to_string()).collect();
    assert_eq!(digests.len(), 1, "the log has it under one\n{:#?}", changes(&house, &ops));
}

// Where there is more of it than status has room for, and where nothing is put back any more.

#[test]
fn beside_more_differences_than_status_has_room_for_another_one_is_told() {
    let mut house = furnished(Contract::Production, &[]);
    let jo = user_key("jo");
    let intruder = house.policy("Intruder");
    house.ready_with(&jo, &with(person("jo"), json!({"driftPolicy": "Report", "policies": []})));
    house.run(mins(8));
    let id = house.id(&jo).unwrap();
    let accounts: Vec<String> = (0..40).map(|number| format!("act-{number:08x}")).collect();
    house.by_hand(|console| {
        console.change_user(&id, |user| user.grants.add("2", accounts.iter().map(String::as_str)))
    });
    house.until(mins(40), "told", |house| house.status(&jo)["driftTruncated"] == true);
    for account in accounts {
        assert!(!told(&house, &jo, "Drifted", &account).is_empty(), "{account}\n{:#?}", changes(&house, &jo));
    }
    house.run(mins(10));
    house.by_hand(|console| console.change_user(&id, |user| user.grants.add(&intruder, ["*"])));
    house.run(mins(60));
    assert!(!house.status(&jo)["drift"].to_string().contains(&intruder), "{}", house.describe());
    tells(&house, &jo, ("Drifted", &intruder), Some(SAM));
    // What a new process sees first it does not tell as new.
    house.restart();
    house.until(mins(6), "ready", |house| house.ready(&jo));
    rests(&mut house, &jo);
    tells(&house, &jo, ("Drifted", &intruder), Some(SAM));
}

#[test]
fn what_a_stranger_changes_while_a_field_is_contested_is_told() {
    let mut house = furnished(Contract::Production, &["prod"]);
    let prod = home("prod");
    for round in 0..4 {
        rename(&house, &prod, &format!("theirs {round}"), JO);
        house.run(mins(8));
    }
    assert!(house.stalled(&prod, "DriftContested"), "{}", house.describe());
    tells(&house, &prod, ("Drifted", "theirs 3"), Some(JO));
    rename(&house, &prod, "another", AL);
    house.run(mins(12));
    rename(&house, &prod, "prod", AL);
    house.run(mins(12));
    assert!(house.status(&prod)["drift"].is_null(), "{}", house.describe());
    tells(&house, &prod, ("Drifted", "another"), Some(AL));
    rests(&mut house, &prod);
}
