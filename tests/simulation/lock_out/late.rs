//! What reads show a moment late, and words that mean something else than they seem to.

use super::*;
use http::Method;
use orgkeeper::sandbox::ListFault;

/// Jo administers by her own policies and by a group, and nobody else does.
fn by_both(house: &House) -> Vec<ObjectRef> {
    let objects = owned_by_group(house);
    let jo = house.vendor().world().user_named("jo@example.com").unwrap().0.id.clone();
    in_console(house, |console| console.set_policies(&jo, admin()));
    objects
}

pub(super) const LATE: &[Way] = &[
    Way {
        name: "out of the group a moment after the user's own policy was taken away",
        begin: by_both,
        act: |house| {
            house.vendor().set_lag(Lag { lists: jiff::SignedDuration::from_secs(10), reads: true });
            change(house, &jo(), json!({"policies": []}));
            house.until(secs(5), "taken away", |house| house.vendor_writes() == 1);
            change(house, &admins(), json!({"members": []}));
            house.run(secs(5));
            house.vendor().clear_requests();
        },
        asks: admins,
        done: NOBODY,
    },
    Way {
        name: "the own policy, a moment after the user was taken out of the group",
        begin: by_both,
        act: |house| {
            house.vendor().set_lag(Lag { lists: jiff::SignedDuration::from_secs(10), reads: true });
            change(house, &admins(), json!({"members": []}));
            house.until(secs(5), "taken away", |house| house.vendor_writes() == 1);
            change(house, &jo(), json!({"policies": []}));
            house.run(secs(5));
            house.vendor().clear_requests();
        },
        asks: jo,
        done: NOBODY,
    },
    Way {
        name: "out of the group by the user's manifest, a moment after the own policy was taken away there",
        begin: |house| {
            let objects = jo_by_group(house, &Value::Null, &json!([{"groupRef": {"name": "admins"}}]));
            let jo = house.vendor().world().user_named("jo@example.com").unwrap().0.id.clone();
            in_console(house, |console| console.set_policies(&jo, admin()));
            objects
        },
        act: |house| {
            house.vendor().set_lag(Lag { lists: jiff::SignedDuration::from_secs(10), reads: true });
            change(house, &jo(), json!({"policies": []}));
            house.until(secs(5), "taken away", |house| house.vendor_writes() == 1);
            change(house, &jo(), json!({"userGroups": []}));
            house.run(secs(5));
            house.vendor().clear_requests();
        },
        asks: jo,
        done: NOBODY,
    },
    Way {
        name: "the other one's group has a policy that is only named as one that makes an administrator",
        begin: |house| {
            let objects = jo_alone(house);
            let (organization, _) = own(house);
            let (now, kim) = (house.wall(), there(house, "kim", Grants::default()));
            in_console(house, |console| {
                let mut policy = |actions: &[&str]| {
                    let details = PolicyDetails {
                        name: "everything".into(),
                        description: String::new(),
                        kind: PolicyKind::Organization,
                        content: PolicyContent::Statements(vec![Statement::allow(actions)]),
                        updated_at: now,
                    };
                    console.create_policy(organization, details)
                };
                policy(&["*"]);
                let harmless = policy(&["ocean:*"]);
                let grants = Grants::of(&harmless, &[]);
                let details = GroupDetails { name: "readers".into(), description: String::new(), grants };
                let group = console.create_group(organization, details);
                console.set_members(&group, &BTreeSet::from([kim]));
            });
            objects
        },
        act: |house| change(house, &jo(), json!({"policies": []})),
        asks: jo,
        done: NOBODY,
    },
    Way {
        name: "the operator's own user, where a person named one that does not exist",
        begin: |house| {
            there(house, "kim", admin());
            own_is_declared(house);
            house.apply(&acme(), &with(organization(), json!({"connection": {"tokenUser": "u-0000000f"}})));
            vec![robot()]
        },
        act: |house| house.delete(&robot()),
        asks: robot,
        done: DELETED,
    },
];

#[test]
fn what_reads_show_late_locks_nobody_out() {
    for way in LATE {
        let mut house = House::new(Contract::Production);
        house.apply(&acme(), &organization());
        let objects = (way.begin)(&house);
        start(&mut house, &objects);
        asks_and_goes_on(&mut house, way);
    }
}

#[test]
fn a_member_who_is_gone_hides_nobody_who_is_there() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    let objects = owned_by_group(&house);
    start(&mut house, &objects);
    // The group still shows a member of whom the vendor knows nothing more.
    let ghost = there(&house, "ghost", Grants::default());
    let group = house.id(&admins()).unwrap();
    change(&house, &admins(), json!({"members": [{"userId": ghost}, {"userRef": {"name": "jo"}}]}));
    house.run(mins(3));
    house.way.vendors.gone.borrow_mut().insert(format!("/setup/user/{ghost}"));
    house.delete(&admins());
    house.run(mins(30));
    assert!(house.vendor().world().group(&group).is_some(), "{}", house.describe());
    assert!(house.stalled(&admins(), "WouldLockOut"), "{}", house.describe());
}

#[test]
fn a_list_of_policies_that_lacks_some_makes_nobody_less_of_an_administrator() {
    for (objects, act) in [
        (jo_alone as fn(&House) -> Vec<ObjectRef>, jo as fn() -> ObjectRef),
        (owned_by_group as fn(&House) -> Vec<ObjectRef>, admins as fn() -> ObjectRef),
    ] {
        let mut house = House::new(Contract::Production);
        house.apply(&acme(), &organization());
        let objects = objects(&house);
        start(&mut house, &objects);
        house.vendor().clear_requests();
        let empty = FaultKind::List { manner: ListFault::Empty };
        house.vendor().add_fault(Fault::once(&Method::GET, "/setup/organization/policy", empty));
        house.delete(&act());
        house.until(mins(15), "asks", |house| house.stalled(&act(), "WouldLockOut"));
        house.run(mins(30));
        assert_eq!(house.vendor_writes(), 0, "{}", house.describe());
    }
}
