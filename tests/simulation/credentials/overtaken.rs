//! Somebody links the account a moment before we would, and no list shows it yet.

use super::places::{away, from_away, open};
use crate::support::credentials::{
    CLIENT, OTHER_ROLE, SET_AWS, application, aws, aws_without_role, azure, cloud, role, with_prod,
};
use crate::support::house::{House, mins, secs};
use crate::support::look::home;
use crate::support::manifests::with;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{CloudCredential, Contract};
use serde_json::{Value, json};

/// A house in whose lists nothing new stands for three minutes.
fn late() -> House {
    with_prod(Contract::Production).with_lag(mins(3))
}

#[test]
fn what_no_list_shows_yet_is_left_to_whoever_set_it_until_it_can_be_judged() {
    let never = |spec: Value| with(spec, json!({"adopt": {"policy": "Never"}}));
    let there: [(CloudCredential, ObjectRef, Value, &str); 6] = [
        (role(OTHER_ROLE), cloud(), never(aws()), "AlreadyExists"),
        (role(OTHER_ROLE), cloud(), never(aws_without_role()), "AlreadyExists"),
        (application(CLIENT, "another"), cloud(), never(azure()), "AlreadyExists"),
        (role(OTHER_ROLE), away(), from_away(), "AdoptionNeedsId"),
        (application(CLIENT, "another"), cloud(), aws(), "CloudMismatch"),
        (role(OTHER_ROLE), cloud(), azure(), "CloudMismatch"),
    ];
    for (known, key, spec, reason) in there {
        let mut house = late();
        house.apply(&home("prod"), &open(&["CloudCredential"]));
        house.run(secs(5));
        house.link(known.clone());
        house.apply(&key, &spec);
        house.run(mins(2));
        let what = format!("{key} {spec}");
        assert!(!house.ready(&key), "{what}\n{}", house.describe());
        assert!(house.condition(&key, "Stalled").is_none(), "no list shows it yet: {what}");
        house.until(mins(15), &what, |house| house.stalled(&key, reason));
        house.run(mins(30));
        assert_eq!(house.written(), [""; 0], "{what}");
        assert_eq!(house.details_of_prod().credential, Some(known), "{what}");
    }
}

#[test]
fn what_may_be_taken_over_is_brought_in_line_whether_a_list_shows_it_or_not() {
    let mut house = late();
    house.link(role(OTHER_ROLE));
    house.ready_with(&cloud(), &aws());
    house.assert_set(&aws());
    house.stays(&cloud());
    assert_eq!(house.written(), [SET_AWS]);
}
