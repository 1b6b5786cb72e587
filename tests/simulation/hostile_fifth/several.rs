//! What several could be the outcome of a create, or what comes to be there long after one, is nobody's to delete, and is
//! told to nobody in another namespace (rules 4 and 9).

use super::{CONTRACTS, CREATE, rotate};
use crate::support::house::{House, mins, secs};
use crate::support::look::{away, home};
use crate::support::machines::{ci, furnished, with_ci};
use crate::support::manifests::{account, group, group_key, machine, user_key, with};
use crate::support::network::{Failing, Scripted};
use crate::support::people::organization_id;
use http::Method;
use orgkeeper::sandbox::spot::{Contract, Grants, GroupDetails, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::json;

/// The next create of a user is carried out, and its answer names no id; or it is not heard.
fn names_none(house: &House, accepted: bool) {
    let how = match accepted {
        true => FaultKind::Omit { members: vec!["id".to_owned()] },
        false => FaultKind::BadGateway { effect: true },
    };
    house.vendor().add_fault(Fault::once(&Method::POST, CREATE, how));
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

/// A person makes one of the name in the same seconds, and deletes the one that nobody uses, as the message says.
#[test]
fn of_several_the_one_that_is_left_after_an_answer_without_an_id_is_not_deleted() {
    let mut deleted = Vec::new();
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
            if !house.users("ci").contains(&theirs) {
                let told = house.status(&ci())["lastChanges"].to_string();
                let named = told.contains(&format!("Deleted the user {theirs} at the vendor"));
                deleted.push(format!("{contract:?} {accepted}, deleted by us {named}: {said}"));
            }
        }
    }
    assert!(deleted.is_empty(), "{deleted:#?}");
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

/// A group is made, the answer names no id, and somebody makes one of the name; ours is deleted.
#[test]
pub fn a_group_that_is_left_of_several_is_nobodys_to_delete() {
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
        let details =
            || GroupDetails { name: "g".into(), description: String::new(), grants: Grants::default() };
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

/// A group is made, the answer names no id, and it is deleted before a list shows it. Days after it was said that it is gone
/// a person makes one of the name.
#[test]
pub fn what_a_person_makes_after_it_was_told_that_ours_is_gone_is_the_persons() {
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

/// The same of several that the create may have made, where its object goes and that is left.
#[test]
fn of_several_no_id_is_told_in_another_namespace_where_the_object_goes() {
    for (several, word) in [(false, "Orphan"), (true, "Orphan"), (true, "abandon"), (true, "suspend")] {
        let mut house = furnished(Contract::Production);
        let key = away("b");
        let fault = FaultKind::BadGateway { effect: true };
        house.vendor().add_fault(Fault::once(&Method::POST, "/setup/account", fault));
        house.apply(&key, &account("b"));
        house.until(mins(5), "made", |house| house.named("b").len() == 1);
        house.run(secs(2));
        let theirs = match several {
            true => house.by_hand(|console| console.create_account(organization_id(), "b")),
            false => String::new(),
        };
        house.run(mins(30));
        match word {
            "abandon" => house.annotate(&key, &json!({"orgkeeper.dev/abandon": "true"})),
            "suspend" => house.apply(&key, &with(account("b"), json!({"suspend": true}))),
            _ => {}
        }
        house.run(mins(1));
        house.delete(&key);
        house.until(mins(60), "gone", |house| !house.exists(&key));
        let mut told: Vec<String> = house.events(&key).into_iter().map(|event| event.note).collect();
        told.retain(|note| !theirs.is_empty() && note.contains(&theirs));
        assert!(told.is_empty(), "{word}: {told:#?}");
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

/// The same of an account.
#[test]
pub fn who_deletes_the_right_account_of_several_does_not_have_the_other_one_deleted() {
    for deleted in [false, true] {
        let mut house = furnished(Contract::Production);
        let key = home("b");
        let fault = FaultKind::BadGateway { effect: true };
        house.vendor().add_fault(Fault::once(&Method::POST, "/setup/account", fault));
        house.apply(&key, &with(account("b"), json!({"deletionPolicy": "Delete"})));
        house.until(mins(5), "made", |house| house.named("b").len() == 1);
        let ours = house.named("b").remove(0);
        house.run(secs(2));
        let theirs = house.by_hand(|console| console.create_account(organization_id(), "b"));
        house.until(mins(30), "asked", |house| house.stalled(&key, "Ambiguous"));
        house.delete(&key);
        house.until(mins(30), "held up", |house| {
            house.condition(&key, "DeletionBlocked").is_some_and(|(_, why)| why == "Ambiguous")
        });
        let said = house.message(&key, "DeletionBlocked");
        if deleted {
            house.by_hand(|console| console.delete_account(&ours).unwrap());
        }
        house.run(mins(30));
        if house.exists(&key) {
            house.annotate(&key, &json!({"orgkeeper.dev/abandon": "true"}));
        }
        house.run(mins(30));
        assert!(house.named("b").contains(&theirs), "{said}\n{}", house.describe());
    }
}

/// What was there before a create under another name, and is given the name then, is not what that made.
#[test]
pub fn what_was_there_before_under_another_name_is_nobodys_to_delete() {
    for renamed in [false, true] {
        let mut house = furnished(Contract::Production);
        let key = group_key("g");
        let there = house.group_there("theirs");
        house.run(mins(6));
        let how = FaultKind::Omit { members: vec!["id".to_owned()] };
        house.vendor().add_fault(Fault::once(&Method::POST, "/setup/access/userGroup", how));
        house.apply(&key, &group("g"));
        house.until(mins(5), "made", |house| house.groups("g").len() == 1);
        let ours = house.groups("g").remove(0);
        house.run(secs(2));
        if renamed {
            house.by_hand(|console| {
                console.change_group(&ours, |group| group.name = "former".to_owned());
                console.change_group(&there, |group| group.name = "g".to_owned());
            });
        }
        // Where what was made has another name by now, nothing new has its own: a person is asked.
        house.until(mins(60), "known", |house| {
            house.id(&key).is_some() || renamed && house.stalled(&key, "ExternallyDeleted")
        });
        let (held, origin) = (house.id(&key), house.status(&key)["origin"].clone());
        house.run(mins(5));
        house.delete(&key);
        house.until(mins(60), "gone", |house| !house.exists(&key));
        let left = [house.groups("g"), house.groups("theirs")].concat();
        assert!(
            left.contains(&there),
            "{there} was there, {held:?} was taken for ours: {origin}\n{}",
            house.describe()
        );
    }
}

/// The same of the user of a rotation: whoever was there before is not deleted for it.
#[test]
fn whoever_was_there_before_under_another_name_is_not_deleted_for_a_rotation() {
    for renamed in [false, true] {
        let mut house = with_ci(Contract::Production);
        let old = house.id(&ci()).unwrap();
        let there =
            house.by_hand(|console| console.create_user(organization_id(), UserDetails::machine("theirs")));
        house.run(mins(6));
        names_none(&house, true);
        rotate(&house, "one");
        house.until(mins(5), "made", |house| house.users("ci").len() == 2);
        let ours = house.users("ci").into_iter().find(|id| *id != old).unwrap();
        house.run(secs(2));
        if renamed {
            house.by_hand(|console| {
                console.delete_user(&ours).unwrap();
                console.change_user(&there, |user| user.username = "ci".to_owned());
            });
        }
        house.run(mins(60));
        let left = [house.users("ci"), house.users("theirs")].concat();
        assert!(left.contains(&there), "{}", house.describe());
    }
}

/// Who sent a create that was answered without an id knows all that was there, and whoever comes after it does not: what is
/// new may have been there under another name, and is nobody's to delete.
#[test]
fn who_did_not_send_a_create_takes_what_is_new_for_found() {
    for restarted in [false, true] {
        let mut house = furnished(Contract::Production);
        let (key, there) = (group_key("g"), house.group_there("theirs"));
        house.run(mins(6));
        let how = FaultKind::Omit { members: vec!["id".to_owned()] };
        house.vendor().add_fault(Fault::once(&Method::POST, "/setup/access/userGroup", how));
        house.apply(&key, &group("g"));
        house.until(mins(5), "answered", |house| house.status(&key)["pendingCreate"]["accepted"] == true);
        if restarted {
            house.kill();
            for ours in house.groups("g") {
                house.by_hand(|console| console.delete_group(&ours));
            }
            house.by_hand(|console| {
                console.change_group(&there, |group| group.name = "g".to_owned());
            });
            house.start();
        }
        house.until(mins(60), "known", |house| house.id(&key).is_some());
        let expected = if restarted { "Adopted" } else { "Created" };
        assert_eq!(house.status(&key)["origin"], expected, "{}", house.describe());
        house.run(mins(5));
        house.delete(&key);
        house.until(mins(60), "gone", |house| !house.exists(&key));
        let left = [house.groups("g"), house.groups("theirs")].concat();
        assert_eq!(left, [there], "{}", house.describe());
    }
}
