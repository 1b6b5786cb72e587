//! One list answers for policies, users and groups, and none from before our own write.

use super::*;
use crate::support::house::secs;
use crate::support::manifests::{group, group_key, person, user_key};
use orgkeeper::sandbox::{Fault, FaultKind};

const LIST: &str = "/setup/organization/policy";

#[test]
fn a_resync_lists_policies_once_whoever_needs_them() {
    let of_users = |house: &mut House| {
        let policies = json!([{"policyName": "Ocean Full Access", "allAccounts": true}]);
        house.ready_with(&user_key("jo"), &with(person("jo"), json!({"policies": policies})));
        house.ready_with(&group_key("ops"), &with(group("ops"), json!({"policies": policies})));
    };
    let of_their_own = |house: &mut House| house.ready_with(&reader(), &access_policy("reader"));
    for (users, policies) in [(true, false), (false, true), (true, true)] {
        let mut house = furnished(Contract::Production, &["prod"]);
        if policies {
            of_their_own(&mut house);
        }
        if users {
            of_users(&mut house);
        }
        house.run(mins(12));
        house.forget_requests();
        house.run(mins(60));
        let resyncs = house.reads("/setup/account");
        assert!(resyncs >= 10);
        assert_eq!(house.reads(LIST), resyncs, "users {users} policies {policies}\n{}", house.describe());
        // Also with a session that read nothing yet.
        house.restart_at_once();
        house.run(secs(30));
        house.forget_requests();
        house.run(mins(60));
        assert_eq!(house.reads(LIST), house.reads("/setup/account"), "users {users} policies {policies}");
    }
}

#[test]
fn nobody_relies_on_a_list_from_before_our_own_write() {
    let mut house = furnished(Contract::Production, &["prod"]);
    house.ready_with(&reader(), &access_policy("reader"));
    let named = |name: &str| json!({"policies": [{"policyName": name, "allAccounts": true}]});
    house.ready_with(&user_key("jo"), &with(person("jo"), named("reader")));
    house.run(mins(6));
    house.ready_with(&user_key("al"), &with(person("al"), named("reader")));
    house.ready_with(&reader(), &access_policy("renamed"));
    house.forget_requests();
    house.apply(&user_key("bo"), &with(person("bo"), named("reader")));
    house.apply(&user_key("cy"), &with(person("cy"), named("renamed")));
    house.until(secs(5), "by its new name", |house| house.ready(&user_key("cy")));
    house.until(secs(5), "none by the old", |house| house.waits(&user_key("bo"), "DependencyNotReady"));
    house.run(mins(30));
    assert!(house.users_named("bo@example.com").is_empty());
    // Who has it by the old name is found out at the next resync, and loses nothing.
    assert!(house.waits(&user_key("jo"), "DependencyNotReady"), "{}", house.describe());
    assert_eq!(house.user_of(&user_key("jo")).grants, house.user_of(&user_key("al")).grants);
    let puts = house.written().into_iter().filter(|call| call.contains("policyMapping")).count();
    assert_eq!(puts, 1, "that of cy");
}

#[test]
fn nobody_is_given_what_we_deleted_a_moment_ago() {
    let mut house = furnished(Contract::Production, &["prod"]);
    house.ready_with(&reader(), &access_policy("reader"));
    let named = |name: &str| json!({"policies": [{"policyName": name, "allAccounts": true}]});
    house.run(mins(6));
    house.ready_with(&user_key("jo"), &with(person("jo"), named("Ocean Full Access")));
    house.delete(&reader());
    house.until(secs(5), "gone", |house| !house.exists(&reader()));
    house.forget_requests();
    house.apply(&user_key("al"), &with(person("al"), named("reader")));
    house.until(secs(5), "there is none", |house| house.waits(&user_key("al"), "DependencyNotReady"));
    house.run(mins(20));
    assert_eq!(house.written(), [""; 0]);
}

#[test]
fn lists_that_lag_make_no_second_policy_and_no_outcome_is_guessed() {
    for contract in BOTH {
        for lag in [0, 20] {
            for fault in [FaultKind::ResetBeforeEffect, FaultKind::ResetAfterEffect] {
                let mut house = House::new(contract).with_lag(secs(lag));
                house.apply(&crate::support::look::acme(), &crate::support::manifests::organization());
                house.start();
                house.run(mins(1));
                let fault = Fault::once(&http::Method::POST, "/setup/access/policy", fault);
                house.vendor().add_fault(fault);
                house.apply(&reader(), &access_policy("reader"));
                house.until(mins(15), "ready", |house| house.ready(&reader()));
                house.run(mins(20));
                assert_eq!(named(&house, "reader").len(), 1, "{contract:?} {lag}\n{}", house.describe());
                // Of what nobody answered to have made nobody knows whose it is.
                let found = house.calls("POST") == 1;
                assert_eq!(house.status(&reader())["origin"], if found { "Adopted" } else { "Created" });
            }
        }
    }
}
