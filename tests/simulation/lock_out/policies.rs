//! Who would be locked out by what becomes of a policy.

use super::*;
use crate::support::manifests::policy_key;
use orgkeeper::sandbox::spot::Effect;

fn everything() -> ObjectRef {
    policy_key("everything")
}

fn less() -> Value {
    json!({"statements": [{"effect": "Allow", "actions": ["ocean:*"], "resources": ["*"]}]})
}

/// A policy that makes an administrator, and its manifest.
fn policy(house: &House) -> String {
    policy_of(house, "*")
}

/// A policy that allows this, and its manifest.
fn policy_of(house: &House, action: &str) -> String {
    let (organization, _) = own(house);
    let now = house.wall();
    let id = in_console(house, |console| {
        let details = PolicyDetails {
            name: "everything".into(),
            description: String::new(),
            kind: PolicyKind::Organization,
            content: PolicyContent::Statements(vec![Statement::allow(&[action])]),
            updated_at: now,
        };
        console.create_policy(organization, details)
    });
    let spec = json!({
        "organizationRef": {"name": "acme", "namespace": HOME},
        "name": "everything",
        "statements": [{"effect": "Allow", "actions": [action], "resources": ["*"]}],
        "deletionPolicy": "Delete",
    });
    house.apply(&everything(), &spec);
    id
}

/// Jo administers by the policy, and nobody else does.
fn jo_by_policy(house: &House) -> Vec<ObjectRef> {
    as_machine(house);
    let id = policy(house);
    there(house, "jo", Grants::of(&id, &[]));
    vec![everything()]
}

/// The same, by a group that has the policy.
fn jo_by_group_of_policy(house: &House) -> Vec<ObjectRef> {
    as_machine(house);
    let id = policy(house);
    let jo = there(house, "jo", Grants::default());
    let (organization, _) = own(house);
    in_console(house, |console| {
        let grants = Grants::of(&id, &[]);
        let group = GroupDetails { name: "admins".into(), description: String::new(), grants };
        let group = console.create_group(organization, group);
        console.set_members(&group, &BTreeSet::from([jo]));
    });
    vec![everything()]
}

/// The operator's own user administers by the policy, and kim does by herself.
fn own_by_policy(house: &House) -> Vec<ObjectRef> {
    let id = policy(house);
    there(house, "kim", admin());
    let (_, own) = own(house);
    in_console(house, |console| console.set_policies(&own, Grants::of(&id, &[])));
    vec![everything()]
}

/// The operator's own user, and nobody else, has a policy that makes no administrator; it is one besides, as kim is.
fn own_has_besides(house: &House) -> Vec<ObjectRef> {
    as_machine(house);
    there(house, "kim", admin());
    let mut both = admin();
    both.add(&policy_of(house, "setup:*"), [""; 0]);
    let (_, own) = own(house);
    in_console(house, |console| console.set_policies(&own, both));
    vec![everything()]
}

/// The same, by a group.
fn own_has_by_group(house: &House) -> Vec<ObjectRef> {
    as_machine(house);
    there(house, "kim", admin());
    let grants = Grants::of(&policy_of(house, "setup:*"), &[]);
    let (organization, own) = own(house);
    in_console(house, |console| {
        let group = GroupDetails { name: "operators".into(), description: String::new(), grants };
        let group = console.create_group(organization, group);
        console.set_members(&group, &BTreeSet::from([own]));
    });
    vec![everything()]
}

/// Whether the policy says less.
fn says_less(house: &House) -> bool {
    let vendor = house.vendor();
    let (_, details) = vendor.world().policy_named("everything").unwrap();
    details.content == PolicyContent::Statements(vec![Statement::allow(&["ocean:*"])])
}

/// The vendor does not show how the tokens of the operator's own user end.
fn undigited(house: &House) {
    let (_, own) = own(house);
    let unsaid: fn(&mut Value) = |item| item["tokens"] = json!([{"name": "of somebody"}]);
    house.way.vendors.amended.replace(Some((format!("/setup/user/{own}"), unsaid)));
}

pub(super) const WAYS: &[Way] = &[
    Way {
        name: "what a user who may be the operator's own has besides says less",
        begin: |house| {
            let objects = own_has_besides(house);
            undigited(house);
            objects
        },
        act: |house| change(house, &everything(), less()),
        asks: everything,
        done: says_less,
    },
    Way {
        name: "the policy of an administrator who may be the operator's own user says less",
        begin: |house| {
            let objects = own_by_policy(house);
            undigited(house);
            objects
        },
        act: |house| change(house, &everything(), less()),
        asks: everything,
        done: says_less,
    },
    Way {
        name: "a policy of which nobody knows where it holds makes the last administrator",
        begin: |house| {
            let objects = jo_by_policy(house);
            let unsaid: fn(&mut Value) = |item| item["type"] = json!("SOMETHING");
            house.way.vendors.amended.replace(Some(("/setup/organization/policy".to_owned(), unsaid)));
            objects
        },
        act: |house| change(house, &everything(), less()),
        asks: everything,
        done: says_less,
    },
    Way {
        name: "what the operator's own user has besides says less",
        begin: own_has_besides,
        act: |house| change(house, &everything(), less()),
        asks: everything,
        done: says_less,
    },
    Way {
        name: "what the operator's own user has besides is deleted",
        begin: own_has_besides,
        act: |house| house.delete(&everything()),
        asks: everything,
        done: DELETED,
    },
    Way {
        name: "what a group gives to the operator's own user says less",
        begin: own_has_by_group,
        act: |house| change(house, &everything(), less()),
        asks: everything,
        done: says_less,
    },
    Way {
        name: "the last administrator's policy says less",
        begin: jo_by_policy,
        act: |house| change(house, &everything(), less()),
        asks: everything,
        done: NOBODY,
    },
    Way {
        name: "the last administrator's policy is deleted",
        begin: jo_by_policy,
        act: |house| house.delete(&everything()),
        asks: everything,
        done: DELETED,
    },
    Way {
        name: "the policy of the last administrator's group says less",
        begin: jo_by_group_of_policy,
        act: |house| change(house, &everything(), less()),
        asks: everything,
        done: NOBODY,
    },
    Way {
        name: "the policy of the last administrator's group is deleted",
        begin: jo_by_group_of_policy,
        act: |house| house.delete(&everything()),
        asks: everything,
        done: DELETED,
    },
    Way {
        name: "the operator's own policy says less",
        begin: own_by_policy,
        act: |house| change(house, &everything(), less()),
        asks: everything,
        done: |house| !own_administers(house),
    },
    Way {
        name: "the operator's own policy is deleted",
        begin: own_by_policy,
        act: |house| house.delete(&everything()),
        asks: everything,
        done: DELETED,
    },
    Way {
        name: "a denial is added to what the last administrator has besides",
        begin: |house| {
            let objects = jo_by_policy(house);
            let jo = house.vendor().world().user_named("jo@example.com").unwrap().0.id.clone();
            let policy = house.vendor().world().policy_named("everything").unwrap().0.id.clone();
            let mut both = admin();
            both.add(&policy, [""; 0]);
            in_console(house, |console| {
                console.set_policies(&jo, both);
                let ocean = PolicyContent::Statements(vec![Statement::allow(&["ocean:*"])]);
                console.change_policy(&policy, |details| details.content = ocean).unwrap();
            });
            change(house, &everything(), less());
            objects
        },
        act: |house| {
            let denied = json!({"effect": "Deny", "actions": ["*"], "resources": ["*"]});
            let allowed = json!({"effect": "Allow", "actions": ["ocean:*"], "resources": ["*"]});
            change(house, &everything(), json!({"statements": [allowed, denied]}));
        },
        asks: everything,
        done: |house| {
            let vendor = house.vendor();
            let (_, details) = vendor.world().policy_named("everything").unwrap();
            let PolicyContent::Statements(statements) = &details.content else { return false };
            statements.iter().any(|statement| statement.effect == Effect::Deny)
        },
    },
];

#[test]
fn whoever_a_policy_makes_an_administrator_stays_until_a_person_says_otherwise() {
    for way in WAYS {
        let mut house = House::new(Contract::Production);
        house.apply(&acme(), &organization());
        let objects = (way.begin)(&house);
        start(&mut house, &objects);
        asks_and_goes_on(&mut house, way);
    }
}

#[test]
fn while_somebody_else_remains_or_nobody_has_it_a_policy_changes_unasked() {
    let acts: [fn(&House); 2] =
        [|house| change(house, &everything(), less()), |house| house.delete(&everything())];
    let begins: [fn(&House); 2] = [
        |house| {
            jo_by_policy(house);
            there(house, "kim", admin());
        },
        |house| {
            as_machine(house);
            policy(house);
        },
    ];
    for act in acts {
        for begin in begins {
            let mut house = House::new(Contract::Production);
            house.apply(&acme(), &organization());
            begin(&house);
            start(&mut house, &[everything()]);
            house.vendor().clear_requests();
            act(&house);
            house.until(mins(2), "unasked", |house| house.vendor_writes() == 1);
        }
    }
}

#[test]
fn a_policy_that_says_as_much_in_other_words_changes_unasked() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    let objects = jo_by_policy(&house);
    start(&mut house, &objects);
    house.vendor().clear_requests();
    let same = json!({"statements": [{"effect": "Allow", "actions": ["*", "ocean:*"], "resources": ["*"]}]});
    change(&house, &everything(), same);
    house.until(mins(2), "unasked", |house| house.vendor_writes() == 1 && house.ready(&everything()));
    assert_eq!(administrators(&house), ["jo@example.com"]);
}

#[test]
fn what_the_operator_s_own_user_has_is_widened_unasked_and_what_others_have_is_reduced_unasked() {
    let more = json!({"statements": [
        {"effect": "Allow", "actions": ["ocean:*"], "resources": ["*"]},
        {"effect": "Allow", "actions": ["setup:*"], "resources": ["*"]},
    ]});
    let kim_has: fn(&House) -> Vec<ObjectRef> = |house| {
        let objects = own_has_besides(house);
        let policy = house.vendor().world().policy_named("everything").unwrap().0.id.clone();
        let kim = house.vendor().world().user_named("kim@example.com").unwrap().0.id.clone();
        let (_, own) = own(house);
        let mut both = admin();
        both.add(&policy, [""; 0]);
        in_console(house, |console| console.set_policies(&own, admin()) && console.set_policies(&kim, both));
        objects
    };
    for (begin, changes) in [(own_has_besides as fn(&House) -> Vec<ObjectRef>, more), (kim_has, less())] {
        let mut house = House::new(Contract::Production);
        house.apply(&acme(), &organization());
        let objects = begin(&house);
        start(&mut house, &objects);
        house.vendor().clear_requests();
        change(&house, &everything(), changes);
        house.until(mins(2), "unasked", |house| house.vendor_writes() == 1 && house.ready(&everything()));
    }
}

#[test]
fn users_who_are_gone_and_still_listed_hold_no_policy_up() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    let objects = jo_by_policy(&house);
    there(&house, "kim", admin());
    // Some of them are read before the operator's own user is found.
    for number in 0..8 {
        let ghost = there(&house, &format!("ghost-{number}"), Grants::default());
        house.way.vendors.gone.borrow_mut().insert(format!("/setup/user/{ghost}"));
    }
    start(&mut house, &objects);
    house.vendor().clear_requests();
    change(&house, &everything(), less());
    house.until(mins(2), "unasked", |house| house.vendor_writes() == 1 && house.ready(&everything()));
}

#[test]
fn a_denial_in_accounts_takes_the_organization_from_nobody() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    as_machine(&house);
    let (jo, id) = (there(&house, "jo", admin()), house.policy("everything"));
    let mut both = admin();
    both.add(&id, ["*"]);
    in_console(&house, |console| console.set_policies(&jo, both));
    let said =
        |all: Value| json!({"organizationRef": {"name": "acme"}, "name": "everything", "statements": all});
    let allowed = json!({"effect": "Allow", "actions": ["ocean:*"], "resources": ["*"]});
    house.apply(&everything(), &said(json!([allowed])));
    start(&mut house, &[everything()]);
    house.vendor().clear_requests();
    let denied = json!({"effect": "Deny", "actions": ["*"], "resources": ["*"]});
    house.apply(&everything(), &said(json!([allowed, denied])));
    house.until(mins(2), "unasked", |house| house.vendor_writes() == 1 && house.ready(&everything()));
}

/// Somebody made Jo an administrator by the policy, which is only reported: she stays one.
#[test]
fn an_edit_of_something_else_asks_about_nothing_that_is_left_as_it_is() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    as_machine(&house);
    let id = policy_of(&house, "ocean:*");
    there(&house, "jo", Grants::of(&id, &[]));
    change(&house, &everything(), json!({"driftPolicy": "Report", "description": "old"}));
    start(&mut house, &[everything()]);
    let all = PolicyContent::Statements(vec![Statement::allow(&["*"])]);
    in_console(&house, |console| console.change_policy(&id, |it| it.content = all).unwrap());
    house.run(mins(12));
    assert_eq!(administrators(&house), ["jo@example.com"]);
    house.vendor().clear_requests();
    change(&house, &everything(), json!({"description": "new"}));
    house.until(mins(2), "unasked", |house| house.vendor_writes() == 1 && house.ready(&everything()));
    assert_eq!(administrators(&house), ["jo@example.com"]);
}

/// Jo administers by the policy, Kim by herself, and neither reads nor lists show at once what is written.
fn jo_and_kim_behind_reads_that_lag() -> House {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    jo_by_policy(&house);
    there(&house, "kim", admin());
    house.apply(&kim(), &adopted("kim", json!({"policies": of_admin()})));
    start(&mut house, &[everything(), kim()]);
    house.vendor().set_lag(Lag { lists: jiff::SignedDuration::from_secs(20), reads: true });
    house.vendor().clear_requests();
    house
}

/// Kim administers by herself, and no more since a moment, though reads still show it: Jo is the last.
#[test]
fn whoever_administered_until_a_moment_ago_does_not_count_where_a_policy_is_reduced() {
    let mut house = jo_and_kim_behind_reads_that_lag();
    change(&house, &kim(), json!({"policies": []}));
    house.until(secs(10), "taken away", |house| house.vendor_writes() == 1);
    change(&house, &everything(), less());
    house.until(secs(10), "the policy asks", |house| house.stalled(&everything(), "WouldLockOut"));
    house.run(mins(30));
    assert_eq!(administrators(&house), ["jo@example.com"]);
}

/// Jo administers by the policy, which says less since a moment: Kim is the last, though reads and lists still
/// show the policy as it was.
#[test]
pub fn whoever_administers_by_a_policy_that_was_reduced_a_moment_ago_does_not_count() {
    let mut house = jo_and_kim_behind_reads_that_lag();
    change(&house, &everything(), less());
    house.until(secs(10), "reduced", |house| house.vendor_writes() == 1);
    house.delete(&kim());
    house.until(secs(10), "kim asks", |house| house.stalled(&kim(), "WouldLockOut"));
    house.run(mins(30));
    assert_eq!(administrators(&house), ["kim@example.com"]);
}

/// Lee goes, as Kim remains; a moment later Kim administers nothing any more, and Jo's policy is to say less.
#[test]
fn who_remains_where_a_policy_is_reduced_is_read_anew() {
    for kim_first in [true, false] {
        let mut house = House::new(Contract::Production);
        house.apply(&acme(), &organization());
        let before = kim_first.then(|| there(&house, "kim", admin()));
        let mut objects = jo_by_policy(&house);
        let kim = before.unwrap_or_else(|| there(&house, "kim", admin()));
        there(&house, "lee", admin());
        house.apply(&user_key("lee"), &adopted("lee", json!({"policies": of_admin()})));
        objects.push(user_key("lee"));
        start(&mut house, &objects);
        house.delete(&user_key("lee"));
        house.until(mins(5), "gone", |house| !house.exists(&user_key("lee")));
        let now = house.wall();
        house.vendor().console(now).unaudited().set_policies(&kim, Grants::default());
        change(&house, &everything(), less());
        house.run(mins(20));
        assert_eq!(administrators(&house), ["jo@example.com"], "{}", house.describe());
    }
}
