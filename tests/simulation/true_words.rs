//! What is said is so, and what is to be said is said once: sentences that were not, and what nobody was told.

use crate::support::credentials::{aws, credential_key};
use crate::support::house::{House, mins, secs};
use crate::support::logged::{keep_log, logged};
use crate::support::look::{acme, away, home};
use crate::support::machines::{self, ci, ci_spec};
use crate::support::manifests::{
    AWAY, HOME, access_policy, account, account_key, group, group_key, organization, person, policy_key,
    user_key, with,
};
use crate::support::people::{furnished_kindly, organization_id, role, user_away};
use crate::support::subscriptions::{HOOK, one_account, sub, subscription};
use http::Method;
use orgkeeper::api::spot::AccessPolicy;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

#[path = "../shared/samples.rs"]
mod samples;

/// What the events of this reason about the object say.
fn notes(house: &House, key: &ObjectRef, reason: &str) -> Vec<String> {
    let events = house.events(key).into_iter().filter(|event| event.reason == reason);
    events.map(|event| event.note).collect()
}

/// The last event that the object's end gave: its reason, and what it says.
fn told_at_the_end(house: &mut House, key: &ObjectRef) -> (&'static str, String) {
    house.delete(key);
    house.until(mins(10), "gone", |house| !house.exists(key));
    let last = house.events(key).pop().expect("its end is told");
    (last.reason, last.note)
}

#[test]
fn what_was_found_to_be_deleted_is_not_said_to_stay() {
    let mut house = one_account(Contract::Production);
    let (prod, cloud, followed) = (home("prod"), credential_key("prod"), sub("s"));
    house.ready_with(&followed, &subscription("prod", "sig-10"));
    house.ready_with(&cloud, &aws());
    let id = house.id(&prod).unwrap();
    house.by_hand(|console| console.delete_account(&id).unwrap());
    house.until(mins(30), "told", |house| {
        house.stalled(&prod, "ExternallyDeleted")
            && house.stalled(&followed, "ReferenceGone")
            && house.stalled(&cloud, "ReferenceGone")
    });
    house.apply(&followed, &with(subscription("prod", "sig-10"), json!({"deletionPolicy": "Orphan"})));
    for key in [followed, cloud, prod] {
        let (reason, note) = told_at_the_end(&mut house, &key);
        assert_eq!(reason, "Deleted", "{note}");
        assert!(note.ends_with("is gone from the vendor."), "{note}");
    }
}

/// A user in a group that is deleted in the console.
fn in_a_lost_group() -> House {
    let mut house = furnished_kindly(Contract::Production, &["prod", "dev"]);
    house.ready_with(&group_key("ops"), &with(group("ops"), json!({"deletionPolicy": "Orphan"})));
    house.ready_with(&user_key("jo"), &jo(&["prod"]));
    house.run(mins(8));
    let id = house.id(&group_key("ops")).unwrap();
    house.by_hand(|console| assert!(console.delete_group(&id)));
    house
}

fn jo(accounts: &[&str]) -> Value {
    let accounts: Vec<_> = accounts.iter().map(|name| role(name, "Editor")).collect();
    with(person("jo"), json!({"accounts": accounts, "userGroups": [{"groupRef": {"name": "ops"}}]}))
}

#[test]
fn what_is_refused_as_its_target_is_gone_waits_until_that_is_known_for_sure() {
    for edits in [true, false] {
        let mut house = in_a_lost_group();
        if edits {
            house.apply(&user_key("jo"), &jo(&["prod", "dev"]));
        }
        house.until(mins(10), "waits", |house| house.waits(&user_key("jo"), "ConfirmingAbsence"));
        let message = house.message(&user_key("jo"), "Ready");
        assert!(message.contains("SpotUserGroup platform/ops") && message.contains("by itself"), "{message}");
        house.until(mins(10), "known", |house| house.waits(&user_key("jo"), "ReferenceGone"));
        assert_eq!(notes(&house, &user_key("jo"), "RefusedByVendor"), [""; 0]);
    }
}

#[test]
fn what_went_with_its_target_is_no_drift() {
    let mut house = in_a_lost_group();
    house.until(mins(30), "known", |house| house.waits(&user_key("jo"), "ReferenceGone"));
    house.run(mins(20));
    house.ready_with_waits(&user_key("jo"), &jo(&["prod", "dev"]));
    house.run(mins(20));
    assert!(house.condition(&user_key("jo"), "Drifted").is_none(), "{}", house.describe());
    assert_eq!(notes(&house, &user_key("jo"), "Drifted"), [""; 0]);
    assert!(house.status(&user_key("jo"))["drift"].as_array().is_none_or(Vec::is_empty));
}

impl House {
    /// Applies it, and waits until what can be written of it is.
    fn ready_with_waits(&mut self, key: &ObjectRef, spec: &Value) {
        self.apply(key, spec);
        self.until(mins(10), "looked at", |house| {
            let object = house.object(key);
            object["status"]["observedGeneration"] == object["metadata"]["generation"]
        });
    }
}

#[test]
fn nobody_is_told_to_correct_a_reference_that_cannot_be_changed() {
    let mut house = one_account(Contract::Production);
    house.way.cluster.put_secret(HOME, "hook", "url", HOOK);
    let nowhere = json!({"organizationRef": {"name": "nowhere", "namespace": HOME}});
    house.apply(&user_key("jo"), &with(person("jo"), nowhere));
    house.apply(&sub("s"), &subscription("nowhere", "sig-10"));
    let waits = |house: &House, key: &ObjectRef| house.waits(key, "ReferenceNotFoundOrNotAllowed");
    for key in [user_key("jo"), sub("s")] {
        house.until(mins(10), "waits", |house| waits(house, &key));
        let message = house.message(&key, "Ready");
        assert!(!message.contains("orrect"), "{message}");
        assert!(
            message.contains("which cannot be changed, delete this object, and create one with"),
            "{message}"
        );
    }
    // An entry of a list can.
    house.apply(
        &user_key("al"),
        &with(person("al"), json!({"userGroups": [{"groupRef": {"name": "nowhere"}}]})),
    );
    house.until(mins(10), "waits", |house| waits(house, &user_key("al")));
    assert!(house.message(&user_key("al"), "Ready").contains("Correct the reference"));
}

#[test]
fn at_the_end_of_an_object_nothing_but_what_helps_is_advised() {
    let mut house = one_account(Contract::Production);
    house.ready_with(&home("dev"), &with(account("dev"), json!({"deletionPolicy": "Delete"})));
    house.annotate(&acme(), &json!({"orgkeeper.dev/abandon": "yes"}));
    house.delete(&acme());
    house.until(mins(10), "gone", |house| !house.exists(&acme()));
    house.delete(&home("dev"));
    let blocked = |house: &House| {
        house.condition(&home("dev"), "DeletionBlocked").is_some_and(|(_, why)| why == "TokenNeeded")
    };
    house.until(mins(10), "blocked", blocked);
    let message = house.message(&home("dev"), "DeletionBlocked");
    assert!(message.contains("orgkeeper.dev/abandon") && !message.contains("create one with"), "{message}");
    assert!(!message.contains("orrect"), "{message}");
}

#[test]
fn who_may_not_adopt_is_not_told_to_take_the_place_of_the_other() {
    let mut house = furnished_kindly(Contract::Production, &["prod"]);
    house.apply(&away("twin"), &account("prod"));
    house.apply(&home("twin"), &account("prod"));
    for (key, at_home) in [(home("twin"), true), (away("twin"), false)] {
        house.until(mins(10), "told", |house| house.stalled(&key, "ManagementConflict"));
        let message = house.message(&key, "Ready");
        assert_eq!(message.contains("and this one takes its place"), at_home, "{message}");
        assert_eq!(message.contains("by spec.adopt with policy Required and the id"), !at_home, "{message}");
    }
}

#[test]
fn a_leftover_reads_as_one_and_what_takes_its_deletion_back_is_told() {
    let mut house = machines::furnished(Contract::Production);
    let fault = FaultKind::BadGateway { effect: true };
    house.vendor().add_fault(Fault::once(&Method::POST, "/setup/user/programmatic", fault));
    house.apply(&ci(), &ci_spec());
    house.until(mins(30), "asked", |house| !house.leftovers().is_empty() && house.ready(&ci()));
    let left = house.leftovers()[0].clone();
    house.apply(&acme(), &with(organization(), json!({"guard": {"maxDestructivePerHour": 0}})));
    let digest = house.digest(&ci(), "ConfirmationRequired");
    house.annotate(&ci(), &json!({"orgkeeper.dev/confirm": digest}));
    house.until(mins(5), "asked", |house| house.message(&acme(), "ConfirmationRequired").contains(&left));
    let asked = house.message(&acme(), "ConfirmationRequired");
    assert!(asked.contains(&format!("delete the leftover {left} of SpotUser {HOME}/ci")), "{asked}");
    assert!(asked.starts_with("1 write that takes something away waits"), "{asked}");
    assert!(asked.contains("To let exactly this through"), "{asked}");
    let waits = house.message(&ci(), "ConfirmationRequired");
    assert!(waits.contains("set orgkeeper.dev/keep") && !waits.contains("put the manifest back"), "{waits}");
}

#[test]
fn a_process_that_stands_by_says_so_once() {
    keep_log();
    let mut house = furnished_kindly(Contract::Production, &[]);
    house.way.read_only = true;
    house.start();
    house.run(mins(10));
    let said = logged("this one stands by");
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said[0]["holder"], "process-1");
}

#[test]
fn what_is_never_made_is_not_said_to_go_on_by_itself() {
    let mut house = House::new(Contract::Production);
    house.way.cluster.put_secret(HOME, "hook", "url", HOOK);
    house.way.read_only = true;
    house.apply(&acme(), &with(organization(), json!({"connection": {"accountScope": "Query"}})));
    house.apply(&home("prod"), &account("prod"));
    house.apply(&sub("s"), &subscription("prod", "sig-10"));
    house.start();
    house.until(mins(20), "waits", |house| {
        house.stalled(&home("prod"), "ReadOnly") && house.waits(&sub("s"), "DependencyNotReady")
    });
    let message = house.message(&sub("s"), "Ready");
    assert!(message.contains("run one without --read-only") && !message.contains("by itself"), "{message}");
}

#[test]
fn what_nothing_held_is_told_when_it_goes() {
    for observes in [true, false] {
        let mut house = House::new(Contract::Production);
        house.way.unkind.relent();
        house.by_hand(|console| console.create_account(organization_id(), "prod"));
        house.way.read_only = !observes;
        house.apply(&acme(), &organization());
        let policy = if observes { "Observe" } else { "Manage" };
        let adopts =
            json!({"managementPolicy": policy, "deletionPolicy": "Delete", "adopt": {"policy": "IfExists"}});
        house.apply(&home("prod"), &with(account("prod"), adopts));
        house.start();
        house.until(mins(20), "seen", |house| house.ready(&home("prod")));
        let id = house.id(&home("prod")).unwrap();
        house.delete(&home("prod"));
        house.run(mins(2));
        assert!(!house.exists(&home("prod")));
        let told = notes(&house, &home("prod"), "Orphaned");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains(&format!("The account {id} stays at the vendor: ")), "{told:?}");
    }
}

/// How often each event of an answer that is none was told.
fn misread(house: &House, key: &ObjectRef) -> Vec<u32> {
    let told = house.events(key).into_iter().filter(|event| event.reason == "AnswerUnknown");
    told.map(|event| event.count).collect()
}

#[test]
fn an_answer_where_nothing_is_asked_is_told_once_each() {
    let mut house = furnished_kindly(Contract::Production, &["prod"]);
    house.annotate(&home("prod"), &json!({"orgkeeper.dev/confirm": "abc", "orgkeeper.dev/keep": "def"}));
    house.until(mins(2), "told", |house| misread(house, &home("prod")).len() == 2);
    house.run(mins(60));
    assert_eq!(misread(&house, &home("prod")), [1, 1]);
    let said = notes(&house, &home("prod"), "AnswerUnknown");
    assert!(
        said.iter().all(|note| note.contains("nothing is asked of this object. Take it out")),
        "{said:?}"
    );
    // What stood there when a process began may have been answered long ago.
    house.restart_at_once();
    house.run(mins(30));
    assert_eq!(misread(&house, &home("prod")), [1, 1], "{}", house.describe());
}

#[test]
fn the_answer_to_what_the_organization_asks_is_told_where_it_is_set_on_an_object() {
    let mut house = furnished_kindly(Contract::Production, &[]);
    house.apply(&acme(), &with(organization(), json!({"guard": {"maxDestructivePerHour": 0}})));
    house.ready_with(&home("dev"), &with(account("dev"), json!({"deletionPolicy": "Delete"})));
    house.delete(&home("dev"));
    house.until(mins(10), "asked", |house| house.condition(&acme(), "ConfirmationRequired").is_some());
    let digest = house.digest(&acme(), "ConfirmationRequired");
    house.annotate(&home("dev"), &json!({"orgkeeper.dev/confirm": digest}));
    house.until(mins(2), "told", |house| !misread(house, &home("dev")).is_empty());
    let said = notes(&house, &home("dev"), "AnswerUnknown");
    assert!(said[0].contains("is asked by its organization: set the annotation there"), "{said:?}");
    house.run(mins(30));
    assert_eq!(misread(&house, &home("dev")), [1]);
}

#[test]
fn keep_is_no_answer_where_only_confirm_is() {
    let mut house = furnished_kindly(Contract::Production, &["prod"]);
    let id = house.id(&home("prod")).unwrap();
    house.by_hand(|console| console.delete_account(&id).unwrap());
    house.until(mins(30), "asked", |house| house.stalled(&home("prod"), "ExternallyDeleted"));
    let digest = house.digest(&home("prod"), "Ready");
    house.annotate(&home("prod"), &json!({"orgkeeper.dev/keep": digest}));
    house.until(mins(2), "told", |house| !misread(house, &home("prod")).is_empty());
    let said = notes(&house, &home("prod"), "AnswerUnknown");
    assert!(
        said[0].contains(&format!("knows no other answer than orgkeeper.dev/confirm: {digest}")),
        "{said:?}"
    );
}

fn allowing(action: &str) -> Value {
    let statements = json!([{"effect": "Allow", "actions": [action], "resources": ["*"]}]);
    with(access_policy("reader"), json!({"permissions": null, "statements": statements}))
}

#[test]
fn what_the_vendor_does_not_know_is_told_by_an_event_once() {
    let mut house = furnished_kindly(Contract::Production, &[]);
    let reader = policy_key("reader");
    house.apply(&reader, &allowing("elastigroup:creteGroup"));
    house.until(mins(20), "told", |house| house.condition(&reader, "Unrecognized").is_some());
    house.run(mins(60));
    let told: Vec<_> =
        house.events(&reader).into_iter().filter(|event| event.reason == "UnknownAction").collect();
    assert_eq!(told.len(), 1, "{told:?} {:?}", house.events(&reader));
    assert!(told[0].warning && told[0].count == 1, "{told:?}");
    assert!(told[0].note.contains("elastigroup:creteGroup (perhaps elastigroup:createGroup)"), "{told:?}");
}

#[test]
fn a_reference_that_is_misspelt_is_told_with_what_is_near_it_in_its_own_namespace_alone() {
    let mut house = furnished_kindly(Contract::Production, &["shared-services"]);
    let to = |namespace: &str| {
        let account = json!({"name": "shared-servces", "namespace": namespace});
        json!({"accounts": [{"accountRef": account, "role": "Viewer"}]})
    };
    house.apply(&user_key("jo"), &with(person("jo"), to(HOME)));
    house.apply(&user_away("al"), &with(person("al"), to(HOME)));
    house.apply(&account_key(AWAY, "shared-servces-too"), &account("too"));
    for (key, told) in [(user_key("jo"), true), (user_away("al"), false)] {
        house.until(mins(10), "waits", |house| house.waits(&key, "ReferenceNotFoundOrNotAllowed"));
        let message = house.message(&key, "Ready");
        assert_eq!(message.contains("Perhaps shared-services is meant."), told, "{message}");
        assert!(!message.contains("too"), "{message}");
    }
}

/// The samples' policies, and the example of the page, name only actions that the vendor lists.
#[test]
fn the_samples_name_no_action_that_the_vendor_does_not_list() {
    use orgkeeper::api::managed::Managed as _;
    let kind = AccessPolicy::KIND.to_string();
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/kinds/accesspolicy.md")).unwrap();
    let example = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let example: Value = serde_saphyr::from_str(example).unwrap();
    let mut policies = samples::documents();
    policies.retain(|document| document["kind"] == *kind);
    assert!(policies.len() > 5);
    policies.push(example);
    let mut house = furnished_kindly(Contract::Production, &[]);
    for policy in &policies {
        let name = policy["metadata"]["name"].as_str().unwrap();
        let spec =
            with(policy["spec"].clone(), json!({"organizationRef": {"name": "acme", "namespace": HOME}}));
        house.apply(&policy_key(name), &spec);
    }
    house.run(mins(20));
    for policy in &policies {
        let key = policy_key(policy["metadata"]["name"].as_str().unwrap());
        assert!(house.ready(&key), "{}", house.describe());
        assert!(house.condition(&key, "Unrecognized").is_none(), "{}", house.message(&key, "Unrecognized"));
    }
    house.run(secs(1));
}
