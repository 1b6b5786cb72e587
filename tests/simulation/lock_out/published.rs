//! The same in Published, where no read shows what a user may do.

use super::*;
use crate::support::manifests::person;

/// An administrator whom orgkeeper makes: in Published nothing but its own word shows one.
fn made(name: &str) -> Value {
    with(person(name), json!({"human": {"role": "Admin"}}))
}

/// The ways in Published, where no read shows what a user may do.
pub(super) const PUBLISHED: &[Way] = &[
    Way {
        name: "an adopted user, who may be anybody, is deleted",
        begin: |house| {
            there(house, "jo", Grants::default());
            house.apply(&jo(), &adopted("jo", json!({})));
            vec![jo()]
        },
        act: |house| house.delete(&jo()),
        asks: jo,
        done: DELETED,
    },
    Way {
        name: "the last administrator that orgkeeper made is deleted",
        begin: made_jo,
        act: |house| house.delete(&jo()),
        asks: jo,
        done: DELETED,
    },
    Way {
        name: "the last administrator that orgkeeper made is reduced",
        begin: made_jo,
        act: |house| change(house, &jo(), json!({"human": {"role": "Viewer"}})),
        asks: jo,
        done: |house| house.calls("PUT") > 0,
    },
    Way {
        name: "the other one was reduced by its manifest in the same merge",
        begin: |house| {
            made_jo(house);
            house.apply(&kim(), &with(person("kim"), json!({"human": {"role": "Editor"}})));
            vec![jo(), kim()]
        },
        act: |house| change(house, &jo(), json!({"human": {"role": "Editor"}})),
        asks: jo,
        done: |house| house.calls("PUT") > 0,
    },
    Way {
        name: "the user that a person named as the operator's own is deleted",
        begin: |house| {
            house.apply(&kim(), &made("kim"));
            let id = there(house, "jo", Grants::default());
            house.apply(&acme(), &with(organization(), json!({"connection": {"tokenUser": id}})));
            house.apply(&jo(), &adopted("jo", json!({})));
            vec![jo(), kim()]
        },
        act: |house| house.delete(&jo()),
        asks: jo,
        done: DELETED,
    },
    Way {
        name: "nobody said who the operator is, and an adopted user is deleted",
        begin: |house| {
            house.apply(&acme(), &organization());
            house.apply(&kim(), &made("kim"));
            there(house, "jo", Grants::default());
            house.apply(&jo(), &adopted("jo", json!({})));
            vec![jo(), kim()]
        },
        act: |house| house.delete(&jo()),
        asks: jo,
        done: DELETED,
    },
    Way {
        name: "the namespace is deleted",
        begin: made_jo,
        act: |house| {
            house.namespace(HOME, Namespace { terminating: true, ..Namespace::default() });
            house.way.cluster.delete_secret(HOME, "spot-token");
            house.delete(&jo());
            house.delete(&acme());
        },
        asks: jo,
        done: DELETED,
    },
];

fn made_jo(house: &House) -> Vec<ObjectRef> {
    house.apply(&jo(), &made("jo"));
    vec![jo()]
}

/// An organization of which a person said whose token it is.
pub(super) fn of_known_token(house: &House) -> Value {
    let (_, own) = own(house);
    with(organization(), json!({"connection": {"tokenUser": own}}))
}

#[test]
fn where_nothing_shows_who_administers_whoever_may_be_the_last_stays() {
    for way in PUBLISHED {
        let mut house = House::new(Contract::Published);
        house.apply(&acme(), &of_known_token(&house));
        let objects = (way.begin)(&house);
        start(&mut house, &objects);
        asks_and_goes_on(&mut house, way);
    }
}

#[test]
fn where_nothing_shows_who_administers_of_two_that_were_made_one_remains() {
    let acts: [fn(&House); 3] = [
        |house| {
            house.delete(&jo());
            house.delete(&kim());
        },
        |house| {
            change(house, &jo(), json!({"human": {"role": "Viewer"}}));
            change(house, &kim(), json!({"human": {"role": "Viewer"}}));
        },
        |house| {
            house.delete(&jo());
            change(house, &kim(), json!({"human": {"role": "Viewer"}}));
        },
    ];
    for act in acts {
        let mut house = House::new(Contract::Published);
        house.apply(&acme(), &of_known_token(&house));
        house.apply(&jo(), &made("jo"));
        house.apply(&kim(), &made("kim"));
        house.start();
        house.until(mins(5), "ready", |house| house.ready(&jo()) && house.ready(&kim()));
        house.run(mins(10));
        act(&house);
        house.until(mins(15), "the other asks", |house| asking(house) >= 1);
        house.run(mins(60));
        assert!(!administrators(&house).is_empty(), "{}", house.describe());
        assert!(asking(&house) >= 1, "{}", house.describe());
    }
}

#[test]
fn where_nothing_shows_who_administers_one_who_was_made_goes_while_another_is_ready() {
    let mut house = House::new(Contract::Published);
    house.apply(&acme(), &of_known_token(&house));
    house.apply(&jo(), &made("jo"));
    house.apply(&kim(), &made("kim"));
    start(&mut house, &[jo(), kim()]);
    house.delete(&jo());
    house.until(mins(2), "gone", |house| !house.exists(&jo()));
}
