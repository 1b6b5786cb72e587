//! Lists of grants in which an entry leads nowhere: what is missing from such a list may be missing by mistake.

use crate::support::house::{House, mins};
use crate::support::lists::{LISTS, List, NOT_FOUND};
use crate::support::look::{acme, away, home};
use crate::support::manifests::{
    HOME, HOST, TOKEN, account, group, group_key, machine, organization, person, user_key, with,
};
use crate::support::people::{SAM, furnished, organization_id, role, user_away};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::engine::base::simulation::SimCluster;
use orgkeeper::sandbox::spot::{AccountRole, Contract, Sandbox, Start, UserDetails};
use serde_json::{Value, json};
use std::rc::Rc;

/// Applies it, and waits until it was looked at.
fn edit(house: &mut House, key: &ObjectRef, spec: &Value) {
    house.apply(key, spec);
    house.until(mins(2), "it was looked at", |house| {
        house.status(key)["observedGeneration"] == house.object(key)["metadata"]["generation"]
    });
}

#[test]
fn a_typo_beside_a_removal_takes_nothing_away() {
    for list in LISTS {
        let mut house = list.furnished(&["a", "b"]);
        let [a, b] = ["a", "b"].map(|name| house.id(&list.target(name)).unwrap());
        edit(&mut house, &list.key(), &list.of(&["a", "typo"]));
        assert!(list.misses(&house, "typo"), "{list:?}\n{}", house.describe());
        assert!(house.message(&list.key(), "Ready").contains("an edit takes it out"));
        house.run(mins(30));
        assert_eq!(house.written(), [""; 0], "{list:?}\n{}", house.describe());
        // Corrected, it was no removal at all; taken out, it was one.
        house.ready_with(&list.key(), &list.of(&["a", "b"]));
        house.stays(&list.key());
        assert_eq!(house.written(), [""; 0], "{list:?}");
        edit(&mut house, &list.key(), &list.of(&["a", "typo"]));
        house.ready_with(&list.key(), &list.of(&["a"]));
        house.stays(&list.key());
        assert!(list.gives(&house, &a) && !list.gives(&house, &b), "{list:?}");
    }
}

#[test]
fn a_rename_in_two_commits_takes_nothing_away_in_either_order() {
    for list in LISTS {
        for object_first in [true, false] {
            let mut house = list.furnished(&["a", "b"]);
            let ids = ["a", "b"].map(|name| house.id(&list.target(name)).unwrap());
            let rename = |house: &mut House| {
                house.delete(&list.target("a"));
                house.apply(&list.target("renamed"), &list.thing("a"));
                house.until(mins(5), "renamed", |house| house.ready(&list.target("renamed")));
            };
            let refer = |house: &mut House| edit(house, &list.key(), &list.of(&["renamed", "b"]));
            if object_first {
                rename(&mut house);
            } else {
                refer(&mut house);
            }
            house.run(mins(30));
            assert!(list.misses(&house, if object_first { "a" } else { "renamed" }), "{list:?}");
            if object_first {
                refer(&mut house);
            } else {
                rename(&mut house);
            }
            house.until(mins(5), "ready", |house| house.ready(&list.key()));
            house.stays(&list.key());
            assert_eq!(house.written(), [""; 0], "{list:?} {object_first}\n{}", house.describe());
            assert!(ids.iter().all(|id| list.gives(&house, id)), "{list:?} {object_first}");
        }
    }
}

#[test]
pub fn beside_what_is_remembered_a_removal_goes_at_once_also_after_a_restart() {
    for list in LISTS {
        for restarted in [false, true] {
            let mut house = list.furnished(&["a", "b", "c"]);
            let [a, b, c] = ["a", "b", "c"].map(|name| house.id(&list.target(name)).unwrap());
            list.lose(&mut house, "a");
            if restarted {
                house.restart();
            }
            house.apply(&list.key(), &list.of(&["a", "c"]));
            house.until(mins(4), "taken away", |house| !list.gives(house, &b));
            assert!(list.gives(&house, &a) && list.gives(&house, &c), "{list:?}");
            assert_eq!(house.written().len(), 1, "{list:?}\n{}", house.describe());
            house.run(mins(30));
            assert!(list.misses(&house, "a"), "{list:?}\n{}", house.describe());
            // What is added goes at once too.
            house.apply(&list.key(), &list.of(&["a", "b", "c"]));
            house.until(mins(4), "given", |house| list.gives(house, &b));
            house.ready_with(&list.target("a"), &list.thing("a"));
            house.until(mins(4), "ready", |house| house.ready(&list.key()));
            house.stays(&list.key());
            assert_eq!(house.written().len(), 2, "{list:?}\n{}", house.describe());
            assert!([a, b, c].iter().all(|id| list.gives(&house, id)), "{list:?}");
        }
    }
}

#[test]
fn what_leads_nowhere_and_is_taken_out_is_taken_away() {
    for list in LISTS {
        let mut house = list.furnished(&["a", "b"]);
        let [a, b] = ["a", "b"].map(|name| house.id(&list.target(name)).unwrap());
        list.lose(&mut house, "a");
        house.ready_with(&list.key(), &list.of(&["b"]));
        house.stays(&list.key());
        assert!(!list.gives(&house, &a) && list.gives(&house, &b), "{list:?}");
        assert!(!house.status(&list.key())["resolved"].to_string().contains(&a), "{list:?}");
    }
}

#[test]
pub fn drift_beside_a_gap_waits_and_is_put_back_once_it_is_closed() {
    for list in LISTS.into_iter().filter(|list| list.contract() == Contract::Production) {
        let mut house = list.furnished(&["a", "b"]);
        let [a, b] = ["a", "b"].map(|name| house.id(&list.target(name)).unwrap());
        house.ready_with(&list.target("x"), &list.thing("x"));
        let strange = house.id(&list.target("x")).unwrap();
        list.lose(&mut house, "a");
        house.forget_requests();
        list.give_by_hand(&house, &strange);
        house.until(mins(30), "told", |house| !house.status(&list.key())["drift"].is_null());
        house.run(mins(60));
        assert_eq!(house.written(), [""; 0], "{list:?}\n{}", house.describe());
        assert!(list.gives(&house, &strange) && list.misses(&house, "a"), "{list:?}");
        house.ready_with(&list.target("a"), &list.thing("a"));
        house.until(mins(5), "put back", |house| house.ready(&list.key()) && !list.gives(house, &strange));
        house.until(mins(5), "settled", |house| house.status(&list.key())["drift"].is_null());
        house.stays(&list.key());
        assert!(list.gives(&house, &a) && list.gives(&house, &b), "{list:?}");
        assert_eq!(house.written().len(), 1, "{list:?}");
    }
}

/// The paths of drift, and whether it has who made it, which the log does not tell of a change that is seen at once.
fn drift(house: &House, list: List) -> Vec<(String, bool)> {
    let entries = house.status(&list.key())["drift"].as_array().cloned().unwrap_or_default();
    let path = |entry: &Value| entry["path"].as_str().unwrap().to_owned();
    entries.iter().map(|entry| (path(entry), entry["actor"] == SAM)).collect()
}

/// Whether drift says that somebody made something of what has this id.
fn tells(house: &House, list: List, id: &str) -> bool {
    let entry = list.entry(house, id);
    drift(house, list).iter().any(|(path, _)| path.contains(&entry))
}

/// What an event, the last changes and the condition say of what has this id.
fn words(house: &House, list: List, id: &str, reason: &str) -> [bool; 2] {
    let (key, entry) = (list.key(), list.entry(house, id));
    let events = house.events(&key);
    let event = events.iter().any(|event| event.reason == reason && event.note.contains(&entry));
    let changes = house.status(&key)["lastChanges"].as_array().cloned().unwrap_or_default();
    let said = |change: &Value| change["reason"] == reason && change["what"].to_string().contains(&entry);
    [event, changes.iter().any(said)]
}

/// What leads nowhere: what did before, or what never did.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Missing {
    Before,
    Never,
}

impl Missing {
    const BOTH: [Self; 2] = [Self::Before, Self::Never];

    /// A house in which `b` of the list has a gap, or a typo.
    fn house(self, list: List, policy: &Value) -> (House, [String; 3], String) {
        let mut house = list.furnished(&["a", "b", "c"]);
        // What is told is no matter of bad luck.
        house.way.unkind.relent();
        let ids = ["a", "b", "c"].map(|name| house.id(&list.target(name)).unwrap());
        house.ready_with(&list.target("x"), &list.thing("x"));
        let strange = house.id(&list.target("x")).unwrap();
        house.ready_with(&list.key(), &with(list.of(&["a", "b", "c"]), policy.clone()));
        match self {
            Self::Before => list.lose(&mut house, "b"),
            Self::Never => edit(&mut house, &list.key(), &with(list.of(&["a", "typo", "c"]), policy.clone())),
        }
        house.run(mins(8));
        house.forget_requests();
        (house, ids, strange)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Before => "b",
            Self::Never => "typo",
        }
    }
}

#[test]
pub fn what_strangers_do_to_a_list_with_a_gap_is_told_and_what_they_took_is_given_back() {
    let mut named = 0;
    for (list, missing) in LISTS.into_iter().flat_map(|list| Missing::BOTH.map(|missing| (list, missing))) {
        let (mut house, [a, b, c], strange) = missing.house(list, &json!({}));
        assert!(drift(&house, list).is_empty(), "{list:?} {missing:?}\n{}", house.describe());
        list.give_by_hand(&house, &strange);
        if !list.is_shown() {
            house.run(mins(60));
            assert!(drift(&house, list).is_empty() && house.written().is_empty(), "{list:?}");
            continue;
        }
        house.until(mins(30), "told", |house| tells(house, list, &strange));
        // What leads nowhere, or what may be what is missing.
        list.take_by_hand(&house, &b);
        house.until(mins(30), "told", |house| tells(house, list, &b));
        house.run(mins(30));
        named += drift(&house, list).iter().filter(|(_, named)| *named).count();
        assert_eq!(house.written(), [""; 0], "{list:?} {missing:?}\n{}", house.describe());
        assert!(list.gives(&house, &strange) && !list.gives(&house, &b), "{list:?} {missing:?}");
        let drifted = house.message(&list.key(), "Drifted");
        let dangles = list.target(missing.name()).to_string();
        for id in [&strange, &b] {
            assert_eq!(words(&house, list, id, "Drifted"), [true, true], "{list:?}\n{}", house.describe());
            let waits = drifted.split("What becomes of ").nth(1).unwrap();
            let entry = list.entry(&house, id);
            assert!(waits.contains(&entry) && waits.contains(&dangles), "{list:?} {missing:?} {drifted}");
        }
        assert!(!drifted.contains("Stalled"), "{drifted}");
        assert!(list.misses(&house, missing.name()), "{list:?} {missing:?}");
        // What is declared, and leads somewhere.
        list.take_by_hand(&house, &c);
        house.until(mins(30), "given back", |house| list.gives(house, &c));
        house.run(mins(30));
        assert_eq!(words(&house, list, &c, "DriftCorrected"), [true, true], "{}", house.describe());
        assert_eq!(house.written().len(), 1, "{list:?} {missing:?}\n{}", house.describe());
        // Once it is settled, the rest is put back.
        house.ready_with(&list.target("b"), &list.thing("b"));
        house.ready_with(&list.key(), &list.of(&["a", "b", "c"]));
        house.until(mins(30), "put back", |house| list.gives(house, &b) && !list.gives(house, &strange));
        house.until(mins(30), "settled", |house| drift(house, list).is_empty() && house.ready(&list.key()));
        house.stays(&list.key());
        assert!([&a, &c].iter().all(|id| list.gives(&house, id)), "{list:?} {missing:?}");
    }
    assert!(named > 0);
}

#[test]
fn under_report_and_observe_what_strangers_do_to_a_list_with_a_gap_is_told_too() {
    let shown = || LISTS.into_iter().filter(|list| list.is_shown());
    for policy in [json!({"driftPolicy": "Report"}), json!({"managementPolicy": "Observe"})] {
        for (list, missing) in shown().flat_map(|list| Missing::BOTH.map(|missing| (list, missing))) {
            let (mut house, [a, b, c], strange) = missing.house(list, &policy);
            assert!(drift(&house, list).is_empty(), "{list:?} {missing:?}\n{}", house.describe());
            list.give_by_hand(&house, &strange);
            for id in [&b, &c] {
                list.take_by_hand(&house, id);
            }
            house.until(mins(60), "told", |house| [&strange, &b, &c].iter().all(|id| tells(house, list, id)));
            house.run(mins(30));
            for id in [&strange, &b, &c] {
                assert_eq!(words(&house, list, id, "Drifted"), [true, true], "{}", house.describe());
            }
            assert_eq!(house.written(), [""; 0], "{list:?} {missing:?} {policy}\n{}", house.describe());
            assert!(list.gives(&house, &a) && list.gives(&house, &strange), "{list:?} {missing:?}");
        }
    }
}

#[test]
fn a_role_that_a_stranger_changes_beside_a_gap_is_told_and_put_back_where_that_takes_nothing_away() {
    for (machine_user, missing) in
        [false, true].into_iter().flat_map(|machine| Missing::BOTH.map(|missing| (machine, missing)))
    {
        let list = if machine_user {
            List::MachineRoles(Contract::Production)
        } else {
            List::Roles(Contract::Production)
        };
        let (mut house, [_, b, c], _) = missing.house(list, &json!({}));
        let holder = house.id(&list.key()).unwrap();
        for id in [&b, &c] {
            house.by_hand(|console| {
                if machine_user {
                    console.change_user(&holder, |user| user.grants.remove("2", id));
                } else {
                    console.set_account_role(&holder, id, Some(AccountRole::Viewer));
                }
            });
        }
        house.until(mins(30), "told and given back", |house| tells(house, list, &b) && list.gives(house, &c));
        house.run(mins(30));
        assert!(!list.gives(&house, &b) && tells(&house, list, &b), "{list:?} {missing:?}");
        assert_eq!(house.written().len(), 1, "{list:?} {missing:?}\n{}", house.describe());
    }
}

/// A manifest with this name in its list.
type Spec<'a> = &'a dyn Fn(&str) -> Value;

#[test]
fn what_goes_with_something_else_is_not_told_as_taken_beside_a_typo() {
    let roles = |name: &str| with(person("jo"), json!({"accounts": [role(name, "Viewer")]}));
    let policies = |holder: Value, name: &str| {
        let viewer = json!({"policyName": "Account Viewer", "accounts": [{"name": name}]});
        let editor = json!({"policyName": "Account Editor", "accounts": [{"name": "a"}]});
        with(holder, json!({"policies": [viewer, editor]}))
    };
    let of: [(ObjectRef, Spec<'_>); 3] = [
        (user_key("jo"), &roles),
        (user_key("jo"), &|name| policies(person("jo"), name)),
        (group_key("ops"), &|name| policies(group("ops"), name)),
    ];
    for (key, of) in of {
        let mut house = furnished(Contract::Production, &["a"]);
        house.ready_with(&key, &of("a"));
        house.run(mins(8));
        house.forget_requests();
        edit(&mut house, &key, &of("typo"));
        house.run(mins(60));
        assert!(house.status(&key)["drift"].is_null(), "{key}\n{}", house.describe());
        assert_eq!(house.written(), [""; 0], "{key}");
    }
}

#[test]
fn a_rebuilt_cluster_takes_nothing_away_before_all_of_the_list_is_there() {
    for list in LISTS.into_iter().filter(|list| !matches!(list, List::MachineRoles(_))) {
        let mut former = list.furnished(&["a", "b", "c"]);
        let ids = ["a", "b", "c"].map(|name| former.id(&list.target(name)).unwrap());
        let holder = former.id(&list.key());
        former.kill();
        let nobodys = Sandbox::new(former.wall(), Start::new(list.contract(), "nobodys"));
        let clock = Rc::clone(&former.way.clock);
        let mut house = House::over(clock, SimCluster::new(), nobodys, former.namespaces.clone());
        house.sandbox = Rc::clone(&former.sandbox);
        house.way.vendors.sandboxes.borrow_mut().insert(HOST.to_owned(), Rc::clone(&former.sandbox));
        house.way.cluster.put_secret(HOME, "spot-token", "token", TOKEN);
        house.apply(&acme(), &organization());
        for name in list.accounts() {
            house.apply(&home(name), &account(name));
        }
        // One target is not there yet, and the manifest leaves one out that was given.
        house.apply(&list.target("a"), &list.thing("a"));
        house.apply(&list.key(), &list.of(&["a", "b"]));
        house.start();
        house.until(mins(10), "it waits", |house| list.misses(house, "b") && house.id(&list.key()) == holder);
        house.run(mins(30));
        assert_eq!(house.written(), [""; 0], "{list:?}\n{}", house.describe());
        assert!(ids.iter().all(|id| list.gives(&house, id)), "{list:?}");
        house.ready_with(&list.target("b"), &list.thing("b"));
        house.until(mins(5), "ready", |house| house.ready(&list.key()));
        // What no read shows is assumed to be as declared, also where it was not known then what that is.
        assert_eq!(list.gives(&house, &ids[2]), list.contract() == Contract::Published, "{list:?}");
        assert!(list.gives(&house, &ids[0]) && list.gives(&house, &ids[1]), "{list:?}");
    }
}

#[test]
fn what_belongs_to_another_organization_now_is_not_taken_for_what_it_was() {
    for list in LISTS {
        let mut house = list.furnished(&["a", "b"]);
        let ids = ["a", "b"].map(|name| house.id(&list.target(name)).unwrap());
        list.lose(&mut house, "a");
        let other = json!({"organizationRef": {"name": "other", "namespace": HOME}});
        house.apply(&list.target("a"), &with(list.thing("a"), other));
        house.until(mins(2), "elsewhere", |house| house.stalled(&list.key(), "ReferenceElsewhere"));
        edit(&mut house, &list.key(), &list.of(&["a"]));
        house.run(mins(30));
        assert!(house.stalled(&list.key(), "ReferenceElsewhere"), "{list:?}\n{}", house.describe());
        assert_eq!(house.written(), [""; 0], "{list:?}");
        assert!(ids.iter().all(|id| list.gives(&house, id)), "{list:?}");
    }
}

#[test]
fn what_is_gone_at_the_vendor_too_holds_up_no_removal() {
    for list in LISTS {
        let mut house = list.furnished(&["a", "b", "c"]);
        let [a, b, c] = ["a", "b", "c"].map(|name| house.id(&list.target(name)).unwrap());
        list.lose(&mut house, "a");
        house.by_hand(|console| match list {
            List::Groups => assert!(console.delete_group(&a)),
            List::Members | List::RegisteredUsers => console.delete_user(&a).unwrap(),
            _ => console.delete_account(&a).unwrap(),
        });
        house.run(mins(30));
        assert_eq!(house.written(), [""; 0], "{list:?}\n{}", house.describe());
        house.apply(&list.key(), &list.of(&["a", "c"]));
        house.until(mins(4), "taken away", |house| !list.gives(house, &b));
        house.run(mins(30));
        assert_eq!(house.written().len(), 1, "{list:?}\n{}", house.describe());
        assert!(list.gives(&house, &c) && list.misses(&house, "a"), "{list:?}");
    }
}

#[test]
pub fn a_role_on_what_leads_nowhere_is_lowered_by_an_edit_and_raised_by_none() {
    for contract in [Contract::Production, Contract::Published] {
        for machine_user in [false, true] {
            let key = user_key(if machine_user { "ci" } else { "jo" });
            let of = |a: &str, b: &str| {
                let user = if machine_user { machine("ci", "a") } else { person("jo") };
                with(user, json!({"accounts": [role("a", a), role("b", b)]}))
            };
            let mut house = furnished(contract, &["a", "b"]);
            house.ready_with(&key, &of("Editor", "Editor"));
            house.run(mins(8));
            let ids = ["a", "b"].map(|name| house.id(&home(name)).unwrap());
            let edits = |house: &House| {
                let user = house.user_of(&key);
                let by_policy = |id: &String| user.grants.0.get("2").is_some_and(|on| on.contains(id));
                let by_role = |id: &String| user.account_roles.get(id) == Some(&AccountRole::Editor);
                [0, 1].map(|index| by_policy(&ids[index]) || by_role(&ids[index]))
            };
            assert_eq!(edits(&house), [true, true]);
            house.delete(&home("a"));
            house.until(mins(2), "it waits", |house| house.waits(&key, NOT_FOUND));
            house.apply(&key, &of("Editor", "Viewer"));
            house.until(mins(4), "lowered", |house| edits(house) == [true, false]);
            house.run(mins(8));
            house.apply(&key, &of("Viewer", "Viewer"));
            house.until(mins(4), "lowered", |house| edits(house) == [false, false]);
            house.run(mins(8));
            // Whoever keeps the account might not admit that any more.
            house.forget_requests();
            house.apply(&key, &of("Editor", "Viewer"));
            house.run(mins(30));
            assert_eq!(house.written(), [""; 0], "{contract:?}\n{}", house.describe());
            house.apply(&key, &of("Editor", "Editor"));
            house.until(mins(4), "raised", |house| edits(house) == [false, true]);
            house.ready_with(&home("a"), &account("a"));
            house.until(mins(4), "raised", |house| edits(house) == [true, true] && house.ready(&key));
            house.stays(&key);
        }
    }
}

#[test]
fn what_admits_the_object_no_more_holds_up_no_removal_and_gives_no_more() {
    for contract in [Contract::Production, Contract::Published] {
        let mut house = furnished(contract, &[]);
        let payments = json!({"from": "Selector", "selector": {"matchLabels": {"team": "payments"}}});
        let open = |role: &str| {
            let grant = json!({"namespaces": payments, "kinds": ["SpotUser"], "maxRole": role});
            with(account("shared"), json!({"allowed": [grant]}))
        };
        house.ready_with(&home("shared"), &open("Editor"));
        house.ready_with(&away("own"), &account("own"));
        let shared = |role: &str| json!({"accountRef": {"name": "shared", "namespace": HOME}, "role": role});
        let jo = |accounts: Value| with(person("jo"), json!({"accounts": accounts}));
        house.ready_with(&user_away("jo"), &jo(json!([shared("Viewer"), role("own", "Editor")])));
        house.run(mins(8));
        let ids = [house.id(&home("shared")).unwrap(), house.id(&away("own")).unwrap()];
        let roles = |house: &House| {
            let user = house.user_of(&user_away("jo"));
            ids.clone().map(|id| user.account_roles.get(&id).copied())
        };
        house.apply(&home("shared"), &account("shared"));
        house.until(mins(4), "withdrawn", |house| house.stalled(&user_away("jo"), "NotAllowed"));
        house.apply(&user_away("jo"), &jo(json!([shared("Editor")])));
        house.until(mins(4), "taken away", |house| roles(house)[1].is_none());
        house.run(mins(30));
        assert_eq!(roles(&house), [Some(AccountRole::Viewer), None], "{contract:?}\n{}", house.describe());
        assert!(house.stalled(&user_away("jo"), "NotAllowed"));
        house.apply(&home("shared"), &open("Editor"));
        house.until(mins(4), "given again", |house| house.ready(&user_away("jo")));
        assert_eq!(roles(&house), [Some(AccountRole::Editor), None], "{contract:?}");
        house.stays(&user_away("jo"));
    }
}

#[test]
fn an_entry_that_leads_elsewhere_than_before_is_no_removal_beside_a_gap() {
    for list in LISTS {
        let mut house = list.furnished(&["a", "b", "c"]);
        let ids = ["a", "b", "c"].map(|name| house.id(&list.target(name)).unwrap());
        // The names of two change places, and one of them is late.
        for name in ["a", "b"] {
            house.delete(&list.target(name));
        }
        house.until(mins(2), "gone", |house| ["a", "b"].iter().all(|name| !house.exists(&list.target(name))));
        house.apply(&list.target("a"), &list.thing("b"));
        house.until(mins(5), "changed", |house| house.ready(&list.target("a")));
        house.run(mins(30));
        assert_eq!(house.written(), [""; 0], "{list:?}\n{}", house.describe());
        assert!(list.misses(&house, "b"), "{list:?}");
        house.ready_with(&list.target("b"), &list.thing("a"));
        house.until(mins(5), "ready", |house| house.ready(&list.key()));
        house.stays(&list.key());
        assert_eq!(house.written(), [""; 0], "{list:?}");
        assert!(ids.iter().all(|id| list.gives(&house, id)), "{list:?}");
    }
}

#[test]
fn a_policy_that_is_not_found_by_its_name_any_more_holds_up_no_removal() {
    for is_group in [false, true] {
        let mut house = furnished(Contract::Production, &["prod"]);
        let deployer = house.policy("Deployer");
        let key = if is_group { group_key("ops") } else { user_key("jo") };
        let of = |policies: &[&str]| {
            let each =
                policies.iter().map(|name| json!({"policyName": name, "accounts": [{"name": "prod"}]}));
            let holder = if is_group { group("ops") } else { person("jo") };
            with(holder, json!({"policies": each.collect::<Value>()}))
        };
        house.ready_with(&key, &of(&["Deployer", "Account Editor"]));
        house.run(mins(8));
        house.by_hand(|console| {
            console.change_policy(&deployer, |policy| policy.name = "Renamed".to_owned()).unwrap();
        });
        house.run(mins(30));
        house.forget_requests();
        house.apply(&key, &of(&["Deployer"]));
        house.until(mins(20), "taken away", |house| !house.written().is_empty());
        house.run(mins(30));
        assert_eq!(house.written().len(), 1, "{}", house.describe());
        let given = {
            let (id, vendor) = (house.id(&key).unwrap(), house.vendor());
            let world = vendor.world();
            if is_group {
                world.group(&id).unwrap().1.grants.clone()
            } else {
                world.user(&id).unwrap().1.grants.clone()
            }
        };
        assert!(given.contains(&deployer) && !given.contains("2"), "{given:?}");
        assert!(house.waits(&key, "DependencyNotReady"));
    }
}

#[test]
pub fn what_a_list_never_gave_is_not_given_by_what_is_remembered() {
    for list in LISTS {
        let mut house = list.furnished(&["a", "b"]);
        house.ready_with(&list.target("c"), &list.thing("c"));
        let [b, c] = ["b", "c"].map(|name| house.id(&list.target(name)).unwrap());
        house.forget_requests();
        // It leads somewhere while the list waits, and nowhere once it does not.
        edit(&mut house, &list.key(), &list.of(&["a", "c", "typo"]));
        house.run(mins(8));
        house.delete(&list.target("c"));
        house.run(mins(8));
        edit(&mut house, &list.key(), &list.of(&["a", "c"]));
        house.run(mins(30));
        assert!(list.misses(&house, "c"), "{list:?}\n{}", house.describe());
        assert_eq!(house.written(), [""; 0], "{list:?}");
        assert!(list.gives(&house, &b) && !list.gives(&house, &c), "{list:?}");
    }
}

#[test]
pub fn what_somebody_took_from_what_leads_nowhere_is_given_back_once_it_leads_somewhere() {
    let list = List::Roles(Contract::Production);
    let mut house = list.furnished(&["a", "b"]);
    let (a, holder) = (house.id(&list.target("a")).unwrap(), house.id(&list.key()).unwrap());
    list.lose(&mut house, "a");
    house.by_hand(|console| console.set_account_role(&holder, &a, None));
    house.run(mins(60));
    assert_eq!(house.written(), [""; 0], "{}", house.describe());
    assert!(!list.gives(&house, &a));
    house.ready_with(&list.target("a"), &list.thing("a"));
    house.until(mins(20), "given back", |house| list.gives(house, &a));
}

#[test]
fn what_was_only_assumed_is_told_so_for_as_long_as_its_list_waits() {
    let list = List::Roles(Contract::Published);
    let mut house = furnished(list.contract(), &["a", "b"]);
    let id = house
        .by_hand(|console| console.create_user(organization_id(), UserDetails::person("jo@example.com")));
    house.ready_with(&list.key(), &list.of(&["a", "b"]));
    assert_eq!(house.id(&list.key()), Some(id));
    let told = |house: &House| house.message(&list.key(), "Unverified").contains("accounts");
    assert!(told(&house), "{}", house.describe());
    house.forget_requests();
    list.lose(&mut house, "a");
    house.run(mins(30));
    assert!(told(&house), "{}", house.describe());
    edit(&mut house, &list.key(), &list.of(&["a", "typo"]));
    house.run(mins(30));
    assert!(told(&house) && list.misses(&house, "typo"), "{}", house.describe());
    house.ready_with(&list.target("a"), &list.thing("a"));
    house.ready_with(&list.key(), &list.of(&["a", "b"]));
    house.stays(&list.key());
    assert!(told(&house), "{}", house.describe());
    assert_eq!(house.written(), [""; 0]);
}

#[test]
fn what_two_lists_name_is_remembered_for_each() {
    let mut house = furnished(Contract::Production, &["a", "b"]);
    house.policy("Deployer");
    let key = user_key("jo");
    let of = |roles: &[&str], policies: &[&str]| {
        let roles: Value = roles.iter().map(|name| role(name, "Editor")).collect();
        let on: Value = policies.iter().map(|name| json!({"name": name})).collect();
        let policies = json!([{"policyName": "Deployer", "accounts": on}]);
        with(person("jo"), json!({"accounts": roles, "policies": policies}))
    };
    house.ready_with(&key, &of(&["a", "b"], &["a"]));
    house.run(mins(8));
    let ids = ["a", "b"].map(|name| house.id(&home(name)).unwrap());
    house.delete(&home("a"));
    house.until(mins(2), "it waits", |house| house.waits(&key, NOT_FOUND));
    house.forget_requests();
    house.apply(&key, &of(&["a"], &["a"]));
    let has = |house: &House, id: &String| house.user_of(&key).account_roles.contains_key(id);
    house.until(mins(4), "taken away", |house| !has(house, &ids[1]));
    house.run(mins(30));
    assert!(has(&house, &ids[0]), "{}", house.describe());
    assert_eq!(house.written().len(), 1, "{}", house.describe());
}
