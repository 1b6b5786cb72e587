//! What another one took the place of goes, and nobody's word alone says that it has gone (rules 2 and 4).

use crate::support::house::{House, mins, secs};
use crate::support::network::{Failing, Scripted};
use crate::support::subscriptions::{CREATE, DELETE, one_account, sub, subscription};
use http::Method;
use orgkeeper::sandbox::spot::{Contract, SubscriptionDetails};

/// The vendor's own word that there is no such subscription.
const GONE: &str = r#"{"request": {"id": "r"}, "response": {"status": {"code": 400, "message": "Bad Request"},
    "errors": [{"code": "SUBSCRIPTION_DOESNT_EXIST", "message": "no such subscription"}]}}"#;

/// A house with a subscription to `sig-10` at rest, and its id.
fn kept() -> (House, String) {
    let mut house = one_account(Contract::Production);
    house.ready_with(&sub("s"), &subscription("prod", "sig-10"));
    house.run(mins(3));
    house.forget_requests();
    let id = house.id(&sub("s")).unwrap();
    (house, id)
}

/// So many of the deletions of `id` are answered by the vendor's word that there is no such thing.
fn denies(house: &House, id: &str, times: usize) {
    let path = format!("/events/subscription/{id}");
    let failing = Failing::Answer(400, GONE);
    house.way.vendors.scripted.borrow_mut().push(Scripted { method: Method::DELETE, path, failing, times });
}

#[test]
pub fn a_single_word_that_the_old_one_is_gone_ends_no_replacement() {
    for times in [1, 3] {
        let (mut house, old) = kept();
        denies(&house, &old, times);
        house.apply(&sub("s"), &subscription("prod", "sig-20"));
        house.until(secs(20), "to be confirmed", |house| house.waits(&sub("s"), "ConfirmingAbsence"));
        assert_eq!(house.status(&sub("s"))["superseded"], old, "{}", house.describe());
        assert!(house.message(&sub("s"), "Ready").contains(&old));
        house.until(mins(30), "gone", |house| house.ready(&sub("s")));
        house.run(mins(10));
        house.assert_the_only_one(&sub("s"), "sig-20");
        assert_eq!(house.written(), [CREATE, DELETE], "{}", house.describe());
    }
}

#[test]
fn an_old_one_that_is_gone_is_believed_to_be_once_lists_agree() {
    let (mut house, old) = kept();
    let path = format!("/events/subscription/{old}");
    let broken = Scripted { method: Method::DELETE, path, failing: Failing::Answer(503, ""), times: 2 };
    house.way.vendors.scripted.borrow_mut().push(broken);
    house.apply(&sub("s"), &subscription("prod", "sig-20"));
    house.until(secs(20), "tried", |house| house.way.vendors.scripted.borrow()[0].times < 2);
    // Somebody is faster.
    house.by_hand(|console| assert!(console.delete_in_account::<SubscriptionDetails>(&old)));
    house.until(mins(2), "to be confirmed", |house| house.waits(&sub("s"), "ConfirmingAbsence"));
    assert_eq!(house.status(&sub("s"))["superseded"], old, "{}", house.describe());
    house.until(mins(15), "settled", |house| house.ready(&sub("s")));
    house.run(mins(15));
    house.assert_the_only_one(&sub("s"), "sig-20");
    assert_eq!(house.calls("POST"), 1, "{}", house.describe());
}
