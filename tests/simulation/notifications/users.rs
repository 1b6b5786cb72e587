//! The users who are told: by their objects, or by address where that goes around nobody's word.

use crate::support::house::mins;
use crate::support::look::away;
use crate::support::manifests::{HOME, account, machine, person, user_key, with};
use crate::support::notifications::{
    CHANGE, CREATE, JO, by_object, noted, noted_away, notification, notifying,
};
use serde_json::json;

#[test]
fn a_user_who_is_not_there_yet_is_waited_for_before_anything_is_made() {
    let mut house = notifying(&["prod"]);
    house.run(mins(3));
    house.forget_requests();
    let users = json!({"registeredUsers": [by_object("al", &["email", "console"])]});
    house.apply(&noted("n"), &with(notification("prod", "incidents"), users));
    house.until(mins(1), "waits", |house| house.waits(&noted("n"), "ReferenceNotFoundOrNotAllowed"));
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0]);
    house.apply(&user_key("al"), &person("al"));
    house.until(mins(5), "made", |house| house.ready(&noted("n")));
    let told = house.notification().registered_users;
    assert_eq!((told.len(), told[0].user_email.as_str()), (1, "al@example.com"));
    assert_eq!(told[0].subscription_types.len(), 2);
}

#[test]
fn an_address_stands_beside_an_object() {
    let mut house = notifying(&["prod"]);
    house.ready_with(&user_key("al"), &person("al"));
    let by_address = json!({"email": "AL@example.com", "subscriptionTypes": ["console"]});
    let users = json!({"registeredUsers": [by_object("jo", &["email"]), by_address]});
    house.ready_with(&noted("n"), &with(notification("prod", "incidents"), users));
    house.run(mins(8));
    house.forget_requests();
    assert_eq!(house.notification().registered_users.len(), 2);
    // An address in another spelling is no difference.
    house.change_notification(|it| {
        it.registered_users.iter_mut().for_each(|user| user.user_email = user.user_email.to_lowercase());
    });
    house.stays(&noted("n"));
    assert_eq!(house.written(), [""; 0]);
    // Whom somebody else registered is not told any more, and the others still are.
    house.change_notification(|it| it.registered_users[0].user_email = "sam@example.com".into());
    house.until(mins(30), "put back", |house| {
        house.notification().registered_users.iter().all(|user| user.user_email != "sam@example.com")
    });
    assert_eq!((house.written(), house.notification().registered_users.len()), (vec![CHANGE.to_owned()], 2));
}

#[test]
pub fn a_machine_user_cannot_be_told() {
    let mut house = notifying(&["prod"]);
    house.ready_with(&user_key("ci"), &machine("ci", "prod"));
    house.forget_requests();
    let users = json!({"registeredUsers": [by_object("ci", &["email"])]});
    house.apply(&noted("n"), &with(notification("prod", "incidents"), users));
    house.until(mins(2), "said", |house| house.stalled(&noted("n"), "RecipientInvalid"));
    let message = house.message(&noted("n"), "Stalled");
    assert!(message.contains(&format!("SpotUser {HOME}/ci")), "{message}");
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0]);
    let users = json!({"registeredUsers": [by_object("jo", &["email"])]});
    house.ready_with(&noted("n"), &with(notification("prod", "incidents"), users));
    assert_eq!(house.notification().registered_users[0].user_email, JO);
}

#[test]
fn from_another_namespace_only_by_an_object_that_admits_it() {
    let mut house = notifying(&[]);
    house.ready_with(&away("theirs"), &account("theirs"));
    let bare = with(notification("theirs", "incidents"), json!({"subscriptions": null}));
    let by_address = json!({"registeredUsers": [{"email": JO, "subscriptionTypes": ["email"]}]});
    house.apply(&noted_away("n"), &with(bare.clone(), by_address));
    house.until(mins(2), "said", |house| house.stalled(&noted_away("n"), "NotAllowed"));
    let jo = json!({"userRef": {"name": "jo", "namespace": HOME}, "subscriptionTypes": ["email"]});
    house.apply(&noted_away("n"), &with(bare, json!({"registeredUsers": [jo]})));
    house.until(mins(2), "waits", |house| house.waits(&noted_away("n"), "ReferenceNotFoundOrNotAllowed"));
    house.run(mins(20));
    assert!(house.notifications().is_empty());
    let admits = json!({"allowed": [{"namespaces": {"from": "All"}}]});
    house.apply(&user_key("jo"), &with(person("jo"), admits));
    house.until(mins(5), "made", |house| house.ready(&noted_away("n")));
    assert_eq!(house.written().iter().filter(|call| *call == CREATE).count(), 1);
}
