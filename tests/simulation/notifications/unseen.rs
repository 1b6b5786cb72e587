//! A list is that of the token's user: what it lacks may be there.

use crate::support::house::{House, mins, secs};
use crate::support::manifests::{group, group_key};
use crate::support::notifications::{ALL, CREATE, noted, notification, notifying};
use http::Method;
use orgkeeper::sandbox::spot::UserDetails;
use orgkeeper::sandbox::{Fault, FaultKind};

fn kept() -> House {
    let mut house = notifying(&["prod"]);
    house.ready_with(&noted("n"), &notification("prod", "incidents"));
    house.run(mins(8));
    house.forget_requests();
    house
}

#[test]
fn one_that_lists_lack_and_a_read_shows_is_kept() {
    let mut house = kept();
    let other = house.by_hand(|console| {
        console.create_user(crate::support::people::organization_id(), UserDetails::person("al@example.com"))
    });
    house.change_notification(|it| it.owner = other);
    house.run(mins(60));
    assert!(house.ready(&noted("n")), "{}", house.describe());
    house.restart();
    house.run(mins(30));
    assert!(house.ready(&noted("n")), "{}", house.describe());
    assert_eq!(house.written(), [""; 0]);
    // It is kept, too.
    house.change_notification(|it| it.is_public = true);
    house.apply(&noted("n"), &notification("prod", "renamed"));
    house.until(mins(10), "renamed", |house| house.notification().name.as_deref() == Some("renamed"));
    house.assert_the_only_notification(&noted("n"));
}

#[test]
pub fn a_create_that_nobody_heard_of_is_sent_again_only_when_a_person_says_so() {
    for kind in [FaultKind::ResetBeforeEffect, FaultKind::ServerError { status: 500, effect: false }] {
        let mut house = notifying(&["prod"]);
        house.run(mins(3));
        house.forget_requests();
        house.vendor().add_fault(Fault::once(&Method::POST, ALL, kind.clone()));
        house.apply(&noted("n"), &notification("prod", "incidents"));
        house.until(mins(30), "asked", |house| house.stalled(&noted("n"), "OutcomeUnknown"));
        house.run(mins(60));
        house.restart();
        house.run(mins(30));
        assert_eq!(house.written(), [CREATE], "{kind:?}\n{}", house.describe());
        house.have_it_sent_again(&noted("n"));
        house.until(mins(10), "made", |house| house.ready(&noted("n")));
        house.run(mins(15));
        house.assert_the_only_notification(&noted("n"));
        assert_eq!(house.written(), [CREATE, CREATE]);
    }
}

#[test]
fn a_create_whose_answer_was_lost_is_found_by_its_name() {
    for kind in [FaultKind::ResetAfterEffect, FaultKind::Garbage { effect: true }] {
        let mut house = notifying(&["prod"]);
        house.run(mins(3));
        house.forget_requests();
        house.vendor().add_fault(Fault::once(&Method::POST, ALL, kind.clone()));
        house.apply(&noted("n"), &notification("prod", "incidents"));
        house.until(mins(30), "found", |house| house.ready(&noted("n")));
        house.run(mins(15));
        house.assert_the_only_notification(&noted("n"));
        assert_eq!(house.written(), [CREATE], "{kind:?}");
        assert_eq!(house.status(&noted("n"))["origin"], "Adopted");
    }
}

#[test]
fn a_list_that_fails_is_no_other_kind_s_trouble() {
    let mut house = kept();
    let refused = Fault { times: None, ..Fault::once(&Method::GET, ALL, FaultKind::Forbidden) };
    house.vendor().add_fault(refused);
    house.until(mins(30), "said", |house| house.stalled(&noted("n"), "Forbidden"));
    house.ready_with(&group_key("ops"), &group("ops"));
    house.vendor().clear_faults();
    house.until(mins(30), "over", |house| house.ready(&noted("n")));
    house.run(secs(30));
    house.assert_the_only_notification(&noted("n"));
}
