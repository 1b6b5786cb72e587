//! What must never happen (rules 2, 4, 5, 9 and 12), where an answer, a word or a key is taken for more than it tells. Each
//! has a twin without what sets it off, which is played first.

mod owed;

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, away, home};
use crate::support::machines::{CI_TOKEN, ci, ci_spec, furnished, with_ci};
use crate::support::manifests::{HOME, account, group, group_key, machine, organization, user_key, with};
use crate::support::network::{Failing, Scripted};
use crate::support::people::organization_id;
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::engine::run::FINGERPRINT_SECRET;
use orgkeeper::sandbox::spot::{ADMIN, Contract, Grants, GroupDetails, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use secrecy::SecretString;
use serde_json::{Value, json};

const CONTRACTS: [Contract; 2] = [Contract::Production, Contract::Published];
const CREATE: &str = "/setup/user/programmatic";

fn rotate(house: &House, value: &str) {
    house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": value}));
}

/// The next create of a user is carried out, and its answer names no id; or it is not heard.
fn names_none(house: &House, accepted: bool) {
    let how = match accepted {
        true => FaultKind::Omit { members: vec!["id".to_owned()] },
        false => FaultKind::BadGateway { effect: true },
    };
    house.vendor().add_fault(Fault::once(&Method::POST, CREATE, how));
}

/// A person makes one of the name in the same seconds, and deletes the one that nobody uses, as the message says.
#[test]
fn of_several_the_one_that_is_left_after_an_answer_without_an_id_is_not_deleted() {
    for contract in CONTRACTS {
        for accepted in [false, true] {
            let mut house = with_ci(contract);
            let old = house.id(&ci()).unwrap();
            names_none(&house, accepted);
            rotate(&house, "one");
            house.until(mins(5), "made", |house| house.users("ci").len() == 2);
            let ours = house.users("ci").into_iter().find(|id| *id != old).unwrap();
            house.run(secs(2));
            let theirs =
                house.by_hand(|console| console.create_user(organization_id(), UserDetails::machine("ci")));
            house.until(mins(30), "asked", |house| house.stalled(&ci(), "Ambiguous"));
            let said = house.message(&ci(), "Stalled");
            assert!(said.contains(&ours) && said.contains(&theirs), "{said}");
            house.by_hand(|console| console.delete_user(&ours).unwrap());
            house.run(mins(240));
            assert!(house.users("ci").contains(&theirs), "{contract:?} {accepted}: {said}\n{}", house.describe());
        }
    }
}

/// The same, of what the object is to stand for, which is deleted then.
#[test]
fn of_several_the_one_that_is_left_is_nobodys_to_delete() {
    for contract in CONTRACTS {
        for accepted in [false, true] {
            let mut house = furnished(contract);
            let key = user_key("x");
            names_none(&house, accepted);
            house.apply(&key, &machine("x", "prod"));
            house.until(mins(5), "made", |house| house.users("x").len() == 1);
            let ours = house.users("x").remove(0);
            house.run(secs(2));
            let theirs =
                house.by_hand(|console| console.create_user(organization_id(), UserDetails::machine("x")));
            house.until(mins(30), "asked", |house| house.stalled(&key, "Ambiguous"));
            house.by_hand(|console| console.delete_user(&ours).unwrap());
            house.until(mins(60), "known", |house| house.id(&key).is_some());
            house.run(mins(5));
            house.delete(&key);
            house.until(mins(60), "gone", |house| !house.exists(&key));
            assert!(house.users("x").contains(&theirs), "{contract:?} {accepted}\n{}", house.describe());
        }
    }
}

/// The key of fingerprints is lost in the overlap, and somebody put the former token back, in its place alone.
#[test]
fn a_former_token_that_is_put_back_goes_on_working_where_the_key_is_lost() {
    for contract in CONTRACTS {
        for lost in [false, true] {
            let mut house = with_ci(contract);
            let (old, token) = (house.id(&ci()).unwrap(), house.token().unwrap());
            rotate(&house, "one");
            house.until(mins(5), "switched", |house| {
                !house.status(&ci())["token"]["rotation"]["oldId"].is_null()
            });
            house.run(mins(5));
            house.kill();
            house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| {
                secret.values.insert("token".into(), SecretString::from(token.clone()));
            });
            if lost {
                let (name, key) = FINGERPRINT_SECRET;
                house.way.cluster.put_secret("orgkeeper-system", name, key, "another");
            }
            house.start();
            house.run(mins(240));
            let said = (house.ready(&ci()), house.message(&ci(), "Ready"));
            assert_eq!(house.whose(&token), Some(old.clone()), "{contract:?} {lost}: {said:?}\n{}", house.describe());
        }
    }
}

fn jo() -> ObjectRef {
    user_key("jo")
}

/// Jo administers, and nobody else does.
fn jo_alone() -> House {
    const TOKEN: &str = "token-of-a-machine";
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    let first = house.vendor().world().oldest_organization().unwrap().administrator.clone();
    let admin = || Grants::of(ADMIN, &[]);
    let machine = house.by_hand(|console| {
        let details = UserDetails { grants: admin(), ..UserDetails::machine("orgkeeper") };
        let id = console.create_user(organization_id(), details);
        console.set_policies(&first, Grants::default());
        let details = UserDetails { grants: admin(), ..UserDetails::person("jo@example.com") };
        console.create_user(organization_id(), details);
        id
    });
    let now = house.wall();
    house.vendor().world_mut().issue_user_token(now, &machine, "of the operator", Some(TOKEN.into())).unwrap();
    house.way.cluster.put_secret(HOME, "spot-token", "token", TOKEN);
    house.apply(&jo(), &of_jo(json!([{"policyName": "Admin"}])));
    house.start();
    house.until(mins(10), "ready", |house| house.ready(&acme()) && house.ready(&jo()));
    house.run(mins(10));
    house
}

fn of_jo(policies: Value) -> Value {
    let human = json!({"email": "jo@example.com"});
    json!({"organizationRef": {"name": "acme", "namespace": HOME}, "human": human, "policies": policies})
}

fn administers(house: &House) -> bool {
    let vendor = house.vendor();
    vendor.world().user_named("jo@example.com").is_some_and(|(_, user)| vendor.world().is_administrator(user))
}

fn confirm(house: &House, key: &ObjectRef, word: &str) {
    house.annotate(key, &json!({"orgkeeper.dev/confirm": word}));
}

/// What was let through could not be written, and it was taken back while the vendor was not reached. Then another word is
/// written there, which answers nothing.
#[test]
fn what_was_taken_back_while_the_vendor_was_away_is_not_let_through_by_another_word() {
    for another in [false, true] {
        let mut house = jo_alone();
        house.apply(&jo(), &of_jo(json!([])));
        house.until(mins(15), "asks", |house| house.stalled(&jo(), "WouldLockOut"));
        let digest = house.digest(&jo(), "Stalled");
        [Method::PUT, Method::POST, Method::DELETE].iter().for_each(|method| fails(&house, method));
        confirm(&house, &jo(), &digest);
        house.until(mins(5), "taken in", |house| house.status(&jo())["asked"].is_null());
        house.run(secs(20));
        house.way.vendors.down.set(true);
        house.run(mins(10));
        // Taken back.
        house.annotate(&jo(), &json!({}));
        house.run(mins(10));
        if another {
            confirm(&house, &jo(), "000000000000");
        }
        house.run(mins(10));
        assert!(administers(&house));
        house.way.vendors.scripted.borrow_mut().clear();
        house.way.vendors.down.set(false);
        house.run(mins(60));
        assert!(administers(&house), "{another}\n{}", house.describe());
    }
}

/// A plan is asked about, then another one, and an answer to the first comes too late. Later the manifest says the first
/// one again.
#[test]
fn a_late_answer_that_is_left_behind_lets_nothing_through() {
    for at_once in [false, true] {
        let mut house = jo_alone();
        house.apply(&jo(), &of_jo(json!([])));
        house.until(mins(15), "asks", |house| house.stalled(&jo(), "WouldLockOut"));
        let digest = house.digest(&jo(), "Stalled");
        if !at_once {
            house.apply(&jo(), &of_jo(json!([{"policyName": "Admin"}])));
            house.until(mins(15), "ready", |house| house.ready(&jo()));
        }
        house.apply(&jo(), &of_jo(json!([{"policyName": "Credit Card Editor"}])));
        house.until(mins(15), "asks another", |house| {
            house.stalled(&jo(), "WouldLockOut") && house.digest(&jo(), "Stalled") != digest
        });
        house.run(mins(60));
        confirm(&house, &jo(), &digest);
        house.run(mins(24 * 60));
        let told = house.reasons(&jo()).contains(&"AnswerUnknown");
        assert!(administers(&house));
        house.apply_with(&jo(), &of_jo(json!([])), &json!({"orgkeeper.dev/confirm": digest}));
        house.run(mins(60));
        assert!(administers(&house), "{at_once}, told {told}\n{}", house.describe());
    }
}

/// Whether what a person is told to write makes another one; what is told, where it does not.
fn broken_promise(house: &mut House, key: &ObjectRef) -> Option<String> {
    house.until(mins(60), "missed", |house| house.stalled(key, "ExternallyDeleted"));
    house.run(mins(10));
    let said = house.message(key, "Stalled");
    if !said.contains("orgkeeper.dev/confirm: ") {
        return None;
    }
    let digest = house.digest(key, "Stalled");
    confirm(house, key, &digest);
    house.run(mins(60));
    let then = house.message(key, "Ready");
    house.named("a").is_empty().then(|| format!("{said} Then: {then}"))
}

#[test]
fn nobody_is_promised_another_one_that_is_not_made() {
    let mut broken = Vec::new();
    for what in ["Manage", "Observe", "Observe all", "read-only", "Required"] {
        let mut house = furnished(Contract::Production);
        let key = home("a");
        let by_hand = house.by_hand(|console| console.create_account(organization_id(), "a"));
        let spec = match what {
            "Required" => with(account("a"), json!({"adopt": {"policy": "Required"}})),
            _ => account("a"),
        };
        house.apply(&key, &spec);
        house.until(mins(10), "ready", |house| house.ready(&key));
        match what {
            "Observe" => house.apply(&key, &with(spec, json!({"managementPolicy": "Observe"}))),
            "Observe all" => {
                house.apply(&acme(), &with(organization(), json!({"managementPolicy": "Observe"})));
            }
            "read-only" => {
                house.kill();
                house.way.read_only = true;
                house.start();
            }
            _ => {}
        }
        house.run(mins(10));
        house.by_hand(|console| console.delete_account(&by_hand).unwrap());
        broken.extend(broken_promise(&mut house, &key).map(|said| format!("{what}: {said}")));
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// Where an object goes whose create may have made one of several, a person is told to delete the right one at the vendor
/// and to let go of the object then. The first of these does not have the other one deleted.
#[test]
fn who_deletes_the_right_one_of_several_does_not_have_the_other_one_deleted() {
    for deleted in [false, true] {
        let mut house = furnished(Contract::Production);
        let key = user_key("x");
        names_none(&house, false);
        house.apply(&key, &with(machine("x", "prod"), json!({"deletionPolicy": "Delete"})));
        house.until(mins(5), "made", |house| house.users("x").len() == 1);
        let ours = house.users("x").remove(0);
        house.run(secs(2));
        let theirs =
            house.by_hand(|console| console.create_user(organization_id(), UserDetails::machine("x")));
        house.until(mins(30), "asked", |house| house.stalled(&key, "Ambiguous"));
        house.delete(&key);
        house.until(mins(30), "held up", |house| {
            house.condition(&key, "DeletionBlocked").is_some_and(|(_, why)| why == "Ambiguous")
        });
        let said = house.message(&key, "DeletionBlocked");
        if deleted {
            house.by_hand(|console| console.delete_user(&ours).unwrap());
        }
        // The person is not as fast as a resync.
        house.run(mins(30));
        if house.exists(&key) {
            house.annotate(&key, &json!({"orgkeeper.dev/abandon": "true"}));
        }
        house.run(mins(30));
        assert!(house.users("x").contains(&theirs), "{said}\n{}", house.describe());
    }
}

/// What may be left is to be deleted, as a person said, cannot be, and that is taken back while the vendor is away.
#[test]
fn a_leftover_that_is_to_stay_after_all_is_not_deleted_by_another_word() {
    for another in [false, true] {
        let mut house = furnished(Contract::Production);
        house.vendor().add_fault(Fault::once(&Method::POST, CREATE, FaultKind::BadGateway { effect: false }));
        house.apply(&ci(), &ci_spec());
        house.until(mins(2), "unknown", |house| house.waits(&ci(), "OutcomeUnknown"));
        let theirs =
            house.by_hand(|console| console.create_user(organization_id(), UserDetails::machine("ci")));
        house.until(mins(30), "asked", |house| !house.leftovers().is_empty() && house.ready(&ci()));
        house.run(mins(3));
        let digest = house.digest(&ci(), "ConfirmationRequired");
        fails(&house, &Method::DELETE);
        confirm(&house, &ci(), &digest);
        house.run(mins(2));
        house.way.vendors.down.set(true);
        house.run(mins(10));
        house.annotate(&ci(), &json!({}));
        house.run(mins(10));
        if another {
            confirm(&house, &ci(), "000000000000");
        }
        house.run(mins(10));
        house.way.vendors.scripted.borrow_mut().clear();
        house.way.vendors.down.set(false);
        house.run(mins(60));
        assert!(house.users("ci").contains(&theirs), "{another}\n{}", house.describe());
    }
}

fn fails(house: &House, method: &Method) {
    house.way.vendors.scripted.borrow_mut().push(Scripted {
        method: method.clone(),
        path: "/setup/".into(),
        failing: Failing::Answer(503, "{}"),
        times: usize::MAX,
    });
}

/// Somebody wrote something else into the Secret, and the key of fingerprints is lost.
#[test]
fn what_a_secret_holds_is_not_said_to_be_in_order_untried() {
    for lost in [false, true] {
        let mut house = with_ci(Contract::Production);
        house.run(mins(5));
        house.kill();
        house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| {
            secret.values.insert("token".into(), SecretString::from("made-up".to_owned()));
        });
        if lost {
            let (name, key) = FINGERPRINT_SECRET;
            house.way.cluster.put_secret("orgkeeper-system", name, key, "another");
        }
        house.start();
        house.run(mins(60));
        let said = house.message(&ci(), "Ready");
        assert!(!house.ready(&ci()), "{lost}: {said}");
        // Nor once the former key is there again.
    }
}

/// One destructive write an hour: what was carried out unheard, and given back by somebody, counts again when it is taken
/// away once more.
#[test]
fn what_is_taken_away_again_counts_again_though_nobody_heard_of_the_first_time() {
    for unheard in [false, true] {
        let mut house = jo_alone();
        house.administrator();
        house.apply(&acme(), &with(organization(), json!({"guard": {"maxDestructivePerHour": 1}})));
        house.run(mins(70));
        let id = house.id(&jo()).unwrap();
        if unheard {
            let fault = FaultKind::BadGateway { effect: true };
            house.vendor().add_fault(Fault::once(&Method::PUT, "/setup/user/{userId}/policyMapping", fault));
        }
        house.forget_requests();
        house.apply(&jo(), &of_jo(json!([])));
        house.until(mins(10), "taken away", |house| !administers(house));
        house.run(mins(10));
        let sent = house.calls("PUT");
        let told = house.status(&jo())["lastChanges"].to_string().contains("OutcomeUnknown");
        assert_eq!(told, unheard, "{}", house.describe());
        house.by_hand(|console| console.set_policies(&id, Grants::of(ADMIN, &[])));
        house.run(mins(30));
        assert!(administers(&house), "{unheard}, sent {sent}\n{}", house.describe());
    }
}

/// What was let through could not be written, and somebody writes a plain no in the place of the answer.
#[test]
fn what_was_let_through_is_not_written_against_a_no() {
    for no in [false, true] {
        let mut house = jo_alone();
        house.apply(&jo(), &of_jo(json!([])));
        house.until(mins(15), "asks", |house| house.stalled(&jo(), "WouldLockOut"));
        let digest = house.digest(&jo(), "Stalled");
        fails(&house, &Method::PUT);
        confirm(&house, &jo(), &digest);
        house.until(mins(5), "taken in", |house| house.status(&jo())["asked"].is_null());
        house.run(secs(20));
        match no {
            true => confirm(&house, &jo(), "no"),
            false => house.annotate(&jo(), &json!({})),
        }
        house.run(mins(10));
        assert!(administers(&house));
        house.way.vendors.scripted.borrow_mut().clear();
        house.run(mins(60));
        assert!(administers(&house), "{no}\n{}", house.describe());
    }
}

/// What waits for the guard is let through, cannot be written, and that is taken back.
#[test]
fn what_the_guard_let_through_is_not_written_once_that_is_taken_back() {
    for let_through in [false, true] {
        let mut house = jo_alone();
        house.administrator();
        house.apply(&acme(), &with(organization(), json!({"guard": {"maxDestructivePerHour": 0}})));
        house.run(mins(5));
        house.apply(&jo(), &of_jo(json!([])));
        house.until(mins(15), "asks", |house| house.waits(&jo(), "TooDestructive"));
        house.until(mins(15), "told", |house| house.condition(&acme(), "ConfirmationRequired").is_some());
        if let_through {
            let digest = house.digest(&acme(), "ConfirmationRequired");
            fails(&house, &Method::PUT);
            confirm(&house, &acme(), &digest);
            house.run(mins(2));
            house.annotate(&acme(), &json!({}));
            house.run(mins(5));
            house.way.vendors.scripted.borrow_mut().clear();
        }
        house.run(mins(45));
        assert!(administers(&house), "{let_through}\n{}", house.describe());
    }
}

/// A group is made, the answer names no id, and it is deleted before a list shows it. Days after it was said that it is gone
/// a person makes one of the name.
#[test]
fn what_a_person_makes_after_it_was_told_that_ours_is_gone_is_the_persons() {
    for accepted in [false, true] {
        let mut house = furnished(Contract::Production);
        let key = group_key("g");
        if accepted {
            let how = FaultKind::Omit { members: vec!["id".to_owned()] };
            house.vendor().add_fault(Fault::once(&Method::POST, "/setup/access/userGroup", how));
        } else {
            let body = json!({"response": {"status": {"code": 200}, "items": [{"id": house.group_there("other"), "name": "g"}], "count": 1}});
            house.way.vendors.scripted.borrow_mut().push(Scripted {
                method: Method::POST,
                path: "/setup/access/userGroup".into(),
                failing: Failing::Answer(200, Box::leak(body.to_string().into_boxed_str())),
                times: 1,
            });
            house.run(mins(6));
        }
        house.apply(&key, &group("g"));
        house.until(mins(5), "answered", |house| house.waits(&key, "OutcomeUnknown"));
        for ours in house.groups("g") {
            house.by_hand(|console| console.delete_group(&ours));
        }
        house.until(mins(60), "told", |house| house.stalled(&key, "ExternallyDeleted"));
        house.run(mins(3 * 24 * 60));
        let theirs = house.group_there("g");
        house.run(mins(60));
        let origin = house.status(&key)["origin"].clone();
        house.delete(&key);
        house.until(mins(60), "gone", |house| !house.exists(&key));
        assert!(house.groups("g").contains(&theirs), "{accepted}: {origin}\n{}", house.describe());
    }
}

impl House {
    fn groups(&self, name: &str) -> Vec<String> {
        let vendor = self.vendor();
        let all = vendor.world().groups().filter(|(_, group)| group.name == name);
        all.map(|(group, _)| group.id.clone()).collect()
    }

    fn group_there(&self, name: &str) -> String {
        let details =
            GroupDetails { name: name.to_owned(), description: String::new(), grants: Grants::default() };
        self.by_hand(|console| console.create_group(organization_id(), details))
    }
}

/// What may be left is to stay, as a person says of an object that is only observed.
#[test]
fn what_a_person_says_of_leftovers_is_taken_in_whoever_may_write() {
    for observe in [false, true] {
        let mut house = furnished(Contract::Production);
        house.vendor().add_fault(Fault::once(&Method::POST, CREATE, FaultKind::BadGateway { effect: false }));
        house.apply(&ci(), &ci_spec());
        house.until(mins(2), "unknown", |house| house.waits(&ci(), "OutcomeUnknown"));
        house.by_hand(|console| console.create_user(organization_id(), UserDetails::machine("ci")));
        house.until(mins(30), "asked", |house| !house.leftovers().is_empty() && house.ready(&ci()));
        if observe {
            house.apply(&ci(), &with(ci_spec(), json!({"managementPolicy": "Observe"})));
        }
        house.run(mins(10));
        let digest = house.digest(&ci(), "ConfirmationRequired");
        house.annotate(&ci(), &json!({"orgkeeper.dev/keep": digest}));
        house.run(mins(60));
        let said = house.message(&ci(), "ConfirmationRequired");
        assert!(said.is_empty() || !said.contains("orgkeeper.dev/keep: "), "{observe}: {said}");
    }
}

/// From another namespace nobody learns the ids of what is not admitted there, whatever the vendor answers.
#[test]
fn an_answer_that_names_anothers_tells_no_id_in_another_namespace() {
    for lying in [false, true] {
        let mut house = furnished(Contract::Production);
        let theirs = house.id(&home("prod")).unwrap();
        let key = away("b");
        if lying {
            let body = json!({"response": {"status": {"code": 200}, "items": [{"id": theirs, "name": "b"}], "count": 1}});
            house.way.vendors.scripted.borrow_mut().push(Scripted {
                method: Method::POST,
                path: "/setup/account".into(),
                failing: Failing::Answer(200, Box::leak(body.to_string().into_boxed_str())),
                times: 1,
            });
        }
        house.apply(&key, &account("b"));
        let mut told = Vec::new();
        for _ in 0..30 {
            house.run(secs(20));
            told.push(house.message(&key, "Ready"));
            told.push(house.status(&key).to_string());
        }
        told.extend(house.events(&key).into_iter().map(|event| event.note));
        told.retain(|text| text.contains(&theirs));
        told.dedup();
        assert!(told.is_empty(), "{:#?}", &told[..told.len().min(3)]);
    }
}

/// Two are asked for: the user that took over in a rotation vanished, a person has another one made, which cannot be begun
/// yet, and takes that back while the vendor is away. Another word makes none.
#[test]
fn nothing_is_made_again_by_another_word_once_that_was_taken_back() {
    for another in [false, true] {
        let mut house = with_ci(Contract::Production);
        let (old, token) = (house.id(&ci()).unwrap(), house.token().unwrap());
        rotate(&house, "one");
        house.until(mins(5), "switched", |house| {
            !house.status(&ci())["token"]["rotation"]["oldId"].is_null()
        });
        let new = house.id(&ci()).unwrap();
        house.by_hand(|console| console.delete_user(&new).unwrap());
        house.until(mins(30), "gone", |house| house.stalled(&ci(), "ExternallyDeleted"));
        let digest = house.digest(&ci(), "Stalled");
        fails(&house, &Method::DELETE);
        house.annotate(
            &ci(),
            &json!({"orgkeeper.dev/rotate-requested-at": "one", "orgkeeper.dev/confirm": digest}),
        );
        house.run(mins(1));
        house.way.vendors.down.set(true);
        house.run(mins(10));
        rotate(&house, "one");
        house.run(mins(10));
        if another {
            let words = json!({"orgkeeper.dev/rotate-requested-at": "one", "orgkeeper.dev/confirm": "no"});
            house.annotate(&ci(), &words);
        }
        house.run(mins(10));
        assert_eq!(house.whose(&token), Some(old.clone()));
        house.way.vendors.scripted.borrow_mut().clear();
        house.way.vendors.down.set(false);
        house.run(mins(5));
        assert_eq!(house.whose(&token), Some(old), "{another}\n{}", house.describe());
    }
}

/// Another object names the former user of a rotation while it still works.
#[test]
fn the_former_user_that_another_object_names_meanwhile_is_of_one_of_them() {
    for named in [false, true] {
        let mut house = with_ci(Contract::Production);
        let old = house.id(&ci()).unwrap();
        rotate(&house, "one");
        house.until(mins(5), "switched", |house| {
            !house.status(&ci())["token"]["rotation"]["oldId"].is_null()
        });
        let other = user_key("other");
        if named {
            let adopt = json!({"adopt": {"id": old, "policy": "Required"}});
            house.apply(&other, &with(machine("ci", "prod"), with(adopt, json!({"programmatic": {"name": "ci", "writeTokenTo": {"name": "other", "key": "token"}}}))));
        }
        house.run(mins(240));
        let held = named.then(|| house.id(&other)).flatten();
        assert!(held.is_none() || house.users("ci").contains(&old), "{}", house.describe());
        house.assert_one_that_works();
    }
}

/// A group is made, the answer names no id, and somebody makes one of the name; ours is deleted.
#[test]
fn a_group_that_is_left_of_several_is_nobodys_to_delete() {
    for accepted in [false, true] {
        let mut house = furnished(Contract::Production);
        let key = group_key("g");
        let how = match accepted {
            true => FaultKind::Omit { members: vec!["id".to_owned()] },
            false => FaultKind::BadGateway { effect: true },
        };
        house.vendor().add_fault(Fault::once(&Method::POST, "/setup/access/userGroup", how));
        house.apply(&key, &group("g"));
        let groups = |house: &House| -> Vec<String> {
            let vendor = house.vendor();
            let all = vendor.world().groups().filter(|(_, group)| group.name == "g");
            all.map(|(group, _)| group.id.clone()).collect()
        };
        house.until(mins(5), "made", |house| groups(house).len() == 1);
        let ours = groups(&house).remove(0);
        house.run(secs(2));
        let details = || GroupDetails { name: "g".into(), description: String::new(), grants: Grants::default() };
        let theirs = house.by_hand(|console| console.create_group(organization_id(), details()));
        house.until(mins(30), "asked", |house| house.stalled(&key, "Ambiguous"));
        house.by_hand(|console| console.delete_group(&ours));
        house.until(mins(60), "known", |house| house.id(&key).is_some());
        house.run(mins(5));
        house.delete(&key);
        house.until(mins(60), "gone", |house| !house.exists(&key));
        assert!(groups(&house).contains(&theirs), "{accepted}\n{}", house.describe());
    }
}
