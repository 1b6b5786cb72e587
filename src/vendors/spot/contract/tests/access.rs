//! Users, groups, policies and the audit log.

use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::super::*;
use super::sent;
use crate::engine::base::error::Failure;
use crate::vendors::spot::access::decode::policy_mapping;
use crate::vendors::spot::access::model::{AccountRole, AccountScope, PolicyMapping};
use crate::vendors::spot::client::request::Subject;
use crate::vendors::spot::group::model::NewGroup;
use crate::vendors::spot::user;
use crate::vendors::spot::user::model::{MachineGrants, NewMachine, NewPerson, PersonRole};
use crate::vendors::spot::user::requests::{AccountRoles, USER, UserMappings};
use crate::vendors::spot::{account, group};

fn jo(password: Option<&str>) -> NewPerson {
    NewPerson {
        email: "jo@example.com".into(),
        first_name: "Jo".into(),
        last_name: "Doe".into(),
        role: PersonRole::Viewer,
        password: password.map(SecretString::from),
    }
}

fn machine(description: Option<&str>, grants: MachineGrants) -> NewMachine {
    NewMachine { name: "ci".into(), description: description.map(str::to_owned), grants }
}

fn roles() -> Vec<(String, AccountRole)> {
    vec![("act-1".into(), AccountRole::Viewer), ("act-2".into(), AccountRole::Editor)]
}

fn mappings() -> Vec<PolicyMapping> {
    let some = |ids: &[&str]| AccountScope::Some(ids.iter().copied().map(str::to_owned).collect());
    vec![
        PolicyMapping::new("3", some(&["act-2", "act-1"])),
        PolicyMapping::new("pol-1", AccountScope::All),
        PolicyMapping::new("pol-2", AccountScope::Organization),
        PolicyMapping::new("pol-3", some(&[])),
    ]
}

/// As [`mappings`] is sent: nothing stands for a mapping to no account.
fn mappings_sent() -> Value {
    json!([
        {"policyId": "3", "accountIds": ["act-1", "act-2"]},
        {"policyId": "pol-1", "accountIds": ["*"]},
        {"policyId": "pol-2"},
    ])
}

#[test]
fn users_are_asked_for_as_each_contract_has_it() {
    let (production, published) = (named(ContractName::Production), named(ContractName::Published));
    let accounts = || MachineGrants::Accounts(roles());
    let roles_sent = json!([{"id": "act-1", "role": "viewer"}, {"id": "act-2", "role": "editor"}]);
    let person = json!({"firstName": "Jo", "lastName": "Doe", "email": "jo@example.com", "role": "viewer"});
    let mut with_password = person.clone();
    with_password["password"] = json!("Secret1!");
    let table = [
        (user::requests::get("u-1"), "GET /setup/user/u-1", USER, None, user::requests::SUBJECT),
        (user::requests::delete("pu-1"), "DELETE /setup/user/pu-1", USER, None, user::requests::SUBJECT),
        (
            production.create_person(&jo(None)),
            "POST /setup/user?generateToken=false",
            "/setup/user",
            Some(person.clone()),
            Subject::NOTHING,
        ),
        (
            production.create_person(&jo(Some("Secret1!"))),
            "POST /setup/user?generateToken=false",
            "/setup/user",
            Some(with_password),
            Subject::NOTHING,
        ),
        (
            published.create_person(&jo(None)),
            "POST /setup/user",
            "/setup/user",
            Some(person),
            Subject::NOTHING,
        ),
        (
            production.create_machine(&machine(Some("builds"), accounts())),
            "POST /setup/user/programmatic",
            "/setup/user/programmatic",
            Some(json!({"name": "ci", "description": "builds", "accounts": roles_sent})),
            Subject::NOTHING,
        ),
        (
            published.create_machine(&machine(None, accounts())),
            "POST /setup/user/programmatic",
            "/setup/user/programmatic",
            Some(json!({"name": "ci", "accounts": roles_sent})),
            Subject::NOTHING,
        ),
        (
            production.create_machine(&machine(None, MachineGrants::Policies(mappings()))),
            "POST /setup/user/programmatic",
            "/setup/user/programmatic",
            Some(json!({"name": "ci", "policies": mappings_sent()})),
            Subject::NOTHING,
        ),
        (
            published
                .user_permissions()
                .and_then(|call| call.set("u-1", Some(PersonRole::Admin), Some(&roles()))),
            "PUT /setup/user/u-1",
            USER,
            Some(json!({"role": "admin", "accounts": roles_sent})),
            user::requests::SUBJECT,
        ),
        (
            published.user_permissions().and_then(|call| call.set("pu-1", None, Some(&[]))),
            "PUT /setup/user/pu-1",
            USER,
            Some(json!({"accounts": []})),
            user::requests::SUBJECT,
        ),
    ];
    for (request, line, route, body, subject) in table {
        assert_eq!(sent(request), (line.to_owned(), route, body, subject));
    }
}

#[test]
fn access_is_asked_for_as_the_live_service_has_it() {
    let production = named(ContractName::Production);
    let (users, people) =
        (production.user_mappings().expect("mappings"), production.account_roles().expect("roles"));
    let (account_user, mapping) = ("/setup/account/{accountId}/user", "/setup/accountUserMapping");
    let table = [
        (
            users.set_policies("pu-1", &mappings()),
            "PUT /setup/user/pu-1/policyMapping",
            "/setup/user/{userId}/policyMapping",
            Some(json!({"policies": mappings_sent()})),
            user::requests::SUBJECT,
        ),
        (
            users.set_policies("pu-1", &[]),
            "PUT /setup/user/pu-1/policyMapping",
            "/setup/user/{userId}/policyMapping",
            Some(json!({"policies": []})),
            user::requests::SUBJECT,
        ),
        (
            users.set_groups("u-1", &["ugr-1".to_owned()]),
            "PUT /setup/user/u-1/userGroupMapping",
            "/setup/user/{userId}/userGroupMapping",
            Some(json!({"userGroupIds": ["ugr-1"]})),
            user::requests::SUBJECT,
        ),
        (
            people.list("jo+a&b=c@example.com"),
            "GET /setup/accountUserMapping?userEmail=jo%2Ba%26b%3Dc%40example.com",
            mapping,
            None,
            Subject::NOTHING,
        ),
        (
            people.attach("act-1", "jo@example.com", &AccountRole::Viewer),
            "POST /setup/account/act-1/user",
            account_user,
            Some(json!({"userEmail": "jo@example.com", "role": "viewer"})),
            account::requests::SUBJECT,
        ),
        (
            people.change("act-1", "jo@example.com", &AccountRole::Editor),
            "PUT /setup/account/act-1/user",
            account_user,
            Some(
                json!({"userEmail": "jo@example.com", "permissionStrategy": "ROLE_BASED", "role": "editor"}),
            ),
            account::requests::SUBJECT,
        ),
        (
            people.detach("act-1", "jo@example.com"),
            "DELETE /setup/account/act-1/user",
            account_user,
            Some(json!({"userEmail": "jo@example.com"})),
            account::requests::SUBJECT,
        ),
    ];
    for (request, line, route, body, subject) in table {
        assert_eq!(sent(request), (line.to_owned(), route, body, subject));
    }
}

#[test]
fn groups_are_asked_for_as_the_live_service_has_it() {
    let groups = named(ContractName::Production).groups().expect("groups");
    let (all, one) = ("/setup/access/userGroup", "/setup/access/userGroup/{userGroupId}");
    let bare = NewGroup { name: "a".into(), ..NewGroup::default() };
    let full = NewGroup {
        name: "a".into(),
        description: Some("all".into()),
        user_ids: vec!["u-1".into()],
        policies: mappings(),
    };
    let full_sent =
        json!({"name": "a", "description": "all", "userIds": ["u-1"], "policies": mappings_sent()});
    let table = [
        (Ok(groups.list()), "GET /setup/access/userGroup", all, None, Subject::NOTHING),
        (groups.get("ugr-1"), "GET /setup/access/userGroup/ugr-1", one, None, group::requests::SUBJECT),
        (
            Ok(groups.create(&bare)),
            "POST /setup/access/userGroup",
            all,
            Some(json!({"name": "a"})),
            Subject::NOTHING,
        ),
        (Ok(groups.create(&full)), "POST /setup/access/userGroup", all, Some(full_sent), Subject::NOTHING),
        (
            groups.update("ugr-1", Some("b"), None),
            "PUT /setup/access/userGroup/ugr-1",
            one,
            Some(json!({"name": "b"})),
            group::requests::SUBJECT,
        ),
        (
            groups.update("ugr-1", None, Some("")),
            "PUT /setup/access/userGroup/ugr-1",
            one,
            Some(json!({"description": ""})),
            group::requests::SUBJECT,
        ),
        (
            groups.set_members("ugr-1", &[]),
            "PUT /setup/access/userGroup/ugr-1/userMapping",
            "/setup/access/userGroup/{userGroupId}/userMapping",
            Some(json!({"userIds": []})),
            group::requests::SUBJECT,
        ),
        (
            groups.set_policies("ugr-1", &mappings()),
            "PUT /setup/access/userGroup/ugr-1/policyMapping",
            "/setup/access/userGroup/{userGroupId}/policyMapping",
            Some(json!({"policies": mappings_sent()})),
            group::requests::SUBJECT,
        ),
        (groups.delete("ugr-1"), "DELETE /setup/access/userGroup/ugr-1", one, None, group::requests::SUBJECT),
    ];
    for (request, line, route, body, subject) in table {
        assert_eq!(sent(request), (line.to_owned(), route, body, subject));
    }
}

#[test]
fn policies_and_audit_are_asked_for_as_each_contract_has_it() {
    let (production, published) = (named(ContractName::Production), named(ContractName::Published));
    let from = "2020-09-01T00:00:00.25Z".parse().expect("a timestamp");
    let to = "2020-09-01T00:01:00Z".parse().expect("a timestamp");
    let table = [
        (production.list_policies(), "GET /setup/organization/policy", "/setup/organization/policy"),
        (published.list_policies(), "GET /setup/access/policy", "/setup/access/policy"),
        (
            production.audit_events(from, to),
            "GET /audit/events?fromDate=1598918400250&toDate=1598918460000",
            "/audit/events",
        ),
        (
            published.audit_events(from, to),
            "GET /audit/events?fromDate=2020-09-01T00%3A00%3A00.250Z&toDate=2020-09-01T00%3A01%3A00.000Z",
            "/audit/events",
        ),
    ];
    for (request, line, route) in table {
        assert_eq!(sent(Ok(request)), (line.to_owned(), route, None, Subject::NOTHING));
    }
}

#[test]
fn a_capability_is_what_the_calls_say() {
    for name in [ContractName::Production, ContractName::Published] {
        let contract = named(name);
        let policies = machine(None, MachineGrants::Policies(mappings()));
        let table = [
            (Capability::GetAccount, contract.get_account("act-1").err()),
            (Capability::UserMappings, contract.user_mappings().err()),
            (Capability::UserMappings, contract.create_machine(&policies).err()),
            (Capability::UserGroups, contract.groups().err()),
            (Capability::AccountRoles, contract.account_roles().err()),
            (Capability::UserPermissions, contract.user_permissions().err()),
            (Capability::PersonPassword, contract.create_person(&jo(Some("a"))).err()),
        ];
        for (capability, error) in table {
            let refusal = error.map(|error| (error.failure, error.without_effect));
            let expected = (!contract.supports(capability)).then_some((Failure::NotSupported, true));
            assert_eq!(refusal, expected, "{name:?} {capability:?}");
        }
    }
}

#[test]
fn nothing_is_asked_about_nobody() {
    let production = named(ContractName::Production);
    let (users, people) =
        (production.user_mappings().expect("mappings"), production.account_roles().expect("roles"));
    let groups = production.groups().expect("groups");
    let permissions = named(ContractName::Published).user_permissions().expect("permissions");
    for id in ["", ".", ".."] {
        let requests = [
            user::requests::get(id),
            user::requests::delete(id),
            users.set_policies(id, &[]),
            users.set_groups(id, &[]),
            people.attach(id, "jo@example.com", &AccountRole::Viewer),
            people.change(id, "jo@example.com", &AccountRole::Viewer),
            people.detach(id, "jo@example.com"),
            groups.get(id),
            groups.update(id, Some("a"), None),
            groups.set_members(id, &[]),
            groups.set_policies(id, &[]),
            groups.delete(id),
            permissions.set(id, None, None),
        ];
        for request in requests {
            let error = request.expect_err("no id");
            assert_eq!((error.failure, error.without_effect), (Failure::Refused, true), "{id:?}");
        }
    }
    let requests = [
        people.list(""),
        people.attach("act-1", "", &AccountRole::Viewer),
        people.change("act-1", "", &AccountRole::Viewer),
        people.detach("act-1", ""),
    ];
    for request in requests {
        assert_eq!(request.expect_err("no email").failure, Failure::Refused);
    }
}

fn scope() -> impl Strategy<Value = AccountScope> {
    let accounts = proptest::collection::btree_set("act-[a-z0-9]{1,8}", 1..5);
    prop_oneof![
        Just(AccountScope::All),
        Just(AccountScope::Organization),
        accounts.prop_map(AccountScope::Some)
    ]
}

proptest! {
    /// What is written is what is read back, whatever its scope.
    #[test]
    fn mappings_come_back_as_they_were_sent(scopes in proptest::collection::vec(("pol-[a-z0-9]{1,8}", scope()), 0..6)) {
        let mappings: Vec<_> = scopes.into_iter().map(|(id, scope)| PolicyMapping::new(id, scope)).collect();
        let request = UserMappings.set_policies("u-1", &mappings).expect("a request");
        let body = request.call.body.expect("a body");
        let read = body["policies"].as_array().expect("a list").iter().map(policy_mapping);
        prop_assert_eq!(read.collect::<Result<Vec<_>, _>>(), Ok(mappings));
    }

    /// No email can add to the query.
    #[test]
    fn an_email_comes_back_as_it_was_sent(email in "\\PC{1,40}") {
        let request = AccountRoles.list(&email).expect("a request");
        let url = url::Url::parse(&format!("http://vendor{}", request.call.path)).expect("an address");
        let pairs: Vec<_> = url.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
        prop_assert_eq!(pairs, [("userEmail".to_owned(), email)]);
        prop_assert_eq!(url.path(), "/setup/accountUserMapping");
    }
}
