//! References to what was deleted in the console: what becomes of that is asked of its own object alone, and whatever
//! names it goes on with the rest.

use crate::support::house::{House, mins};
use crate::support::lists::{LISTS, List};
use orgkeeper::sandbox::spot::Contract;
use serde_json::json;

const GONE: &str = "ReferenceGone";

/// What the entry of this name leads to is deleted in the console, and its object says so.
fn lose_in_console(house: &mut House, list: List, name: &str) {
    let id = house.id(&list.target(name)).unwrap();
    house.by_hand(|console| match list {
        List::Groups => assert!(console.delete_group(&id)),
        List::Members | List::RegisteredUsers => console.delete_user(&id).unwrap(),
        _ => console.delete_account(&id).unwrap(),
    });
    house.until(mins(30), "told", |house| house.stalled(&list.target(name), "ExternallyDeleted"));
}

#[test]
fn the_rest_of_a_list_is_kept_and_what_is_made_again_is_given() {
    for list in LISTS {
        let mut house = list.furnished(&["a", "b", "c"]);
        house.apply(&list.target("d"), &list.thing("d"));
        house.until(mins(20), "there", |house| house.ready(&list.target("d")));
        let [b, c, d] = ["b", "c", "d"].map(|name| house.id(&list.target(name)).unwrap());
        house.forget_requests();
        lose_in_console(&mut house, list, "a");
        house.until(mins(10), "told", |house| house.waits(&list.key(), GONE));
        house.run(mins(30));
        assert_eq!(house.written(), [""; 0], "{list:?}\n{}", house.describe());
        let message = house.message(&list.key(), "Ready");
        assert!(message.contains(&list.target("a").to_string()), "{list:?}: {message}");
        assert!(message.contains("Nothing is given by it. The rest of"), "{list:?}: {message}");
        house.apply(&list.key(), &list.of(&["a", "c", "d"]));
        house.until(mins(10), "kept", |house| !list.gives(house, &b) && list.gives(house, &d));
        house.run(mins(30));
        assert!(list.gives(&house, &c) && house.waits(&list.key(), GONE), "{list:?}\n{}", house.describe());
        let digest = house.digest(&list.target("a"), "Ready");
        house.annotate(&list.target("a"), &json!({"orgkeeper.dev/confirm": digest}));
        house.until(mins(20), "made again", |house| {
            house.ready(&list.target("a")) && house.ready(&list.key())
        });
        let again = house.id(&list.target("a")).unwrap();
        assert!([&again, &c, &d].iter().all(|id| list.gives(&house, id)), "{list:?}\n{}", house.describe());
    }
}

#[test]
pub fn what_was_gone_before_it_was_named_holds_up_no_removal() {
    for list in LISTS {
        let mut house = list.furnished(&["b", "c"]);
        house.apply(&list.target("a"), &list.thing("a"));
        house.until(mins(20), "there", |house| house.ready(&list.target("a")));
        let [b, c] = ["b", "c"].map(|name| house.id(&list.target(name)).unwrap());
        lose_in_console(&mut house, list, "a");
        house.forget_requests();
        house.apply(&list.key(), &list.of(&["a", "c"]));
        house.until(mins(10), "taken away", |house| !list.gives(house, &b) && house.waits(&list.key(), GONE));
        house.run(mins(30));
        assert_eq!(house.written().len(), 1, "{list:?}\n{}", house.describe());
        assert!(list.gives(&house, &c), "{list:?}");
        house.ready_with(&list.key(), &list.of(&["c"]));
    }
}

/// Lists hide what a read by its id shows: its own object asks, and stays ready.
#[test]
pub fn what_lists_alone_lack_is_given_as_before() {
    // Of an account nothing but lists tells there.
    let told_twice = |list: &List| list.contract() == Contract::Production;
    for list in LISTS.into_iter().filter(told_twice) {
        let mut house = list.furnished(&["a", "b", "c"]);
        let a = house.id(&list.target("a")).unwrap();
        house.forget_requests();
        house.way.vendors.hidden.borrow_mut().insert(a.clone());
        house.run(mins(40));
        assert!(house.ready(&list.target("a")), "{list:?}\n{}", house.describe());
        assert_eq!(house.written(), [""; 0], "{list:?}\n{}", house.describe());
        house.apply(&list.key(), &list.of(&["a", "c"]));
        house.run(mins(40));
        house.way.vendors.hidden.borrow_mut().clear();
        assert!(list.gives(&house, &a), "{list:?}\n{}", house.describe());
    }
}
