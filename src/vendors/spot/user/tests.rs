use super::model::{GroupOf, UserDetail, UserKind, UserRow};
use super::shown::{Detail, Observed, Users};
use super::wish::{Desired, Who};
use super::{fields, harm, paths};
use crate::api::spot::{AccountRole, GrantsPolicy};
use crate::engine::base::ports::Tick;
use crate::engine::decide::plan::{Cause, Change, entry};
use crate::engine::provider::harm::Harm;
use crate::vendors::spot::access::grants::Grants;
use crate::vendors::spot::access::lists::GrantLists;
use crate::vendors::spot::access::model;
use crate::vendors::spot::policy::model::PolicyKind;
use crate::vendors::spot::session::Policies;
use std::collections::{BTreeMap, BTreeSet};

const EMAIL: &str = "jo@example.com";

fn policies() -> Policies {
    Policies::of([("1", "Admin", PolicyKind::BuiltInOrganization)])
}

/// A person of whom nothing but the address is asked.
fn asked() -> Desired {
    let email = EMAIL.to_owned();
    Desired {
        who: Who::Person { email, first_name: None, last_name: None, role: None, password: None },
        accounts: None,
        policies: None,
        groups: None,
        owned_groups: BTreeSet::new(),
        exclusive: GrantsPolicy::Exclusive,
        catalogue: Some(policies()),
        by_default: Grants::new(),
        lists: GrantLists::default(),
        written: BTreeSet::new(),
    }
}

/// The person at the vendor.
fn there() -> Detail {
    let user = UserDetail {
        id: "u-1".into(),
        kind: Some(UserKind::Person),
        username: String::new(),
        email: Some(EMAIL.into()),
        organization_id: None,
        description: None,
        groups: Vec::new(),
        policies: Vec::new(),
        tokens: Vec::new(),
    };
    Detail { user, roles: BTreeMap::new() }
}

#[test]
fn an_account_where_access_goes_by_policies_shows_no_role() {
    let mut detail = there();
    let by_policies = model::AccountRole::read("");
    detail.roles =
        BTreeMap::from([("act-1".into(), by_policies), ("act-2".into(), model::AccountRole::Editor)]);
    let desired = Desired { accounts: Some(BTreeMap::new()), ..asked() };
    let fields = fields::access(&desired, &detail, &policies(), &BTreeMap::new());
    let paths: Vec<&str> = fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, ["accounts[]", "accounts[act-2]"]);
    // Where one is asked for, it is missing, and not another one.
    let asked = BTreeMap::from([("act-1".to_owned(), AccountRole::Viewer)]);
    let fields =
        fields::access(&Desired { accounts: Some(asked), ..desired }, &detail, &policies(), &BTreeMap::new());
    assert_eq!(fields[1].path, "accounts[act-1]");
    assert!(
        matches!(&fields[1].seen, crate::engine::decide::plan::Seen::Value(text) if text.expose().is_empty())
    );
}

#[test]
fn a_group_that_was_left_a_moment_ago_makes_no_administrator_while_reads_show_it() {
    let mut detail = there();
    let of = |id: &str| GroupOf { id: id.into(), name: None, policy_names: vec!["Admin".into()] };
    detail.user.groups = vec![of("ugr-1")];
    let left = |group: &str| Change {
        path: entry(paths::USER_GROUPS, group),
        cause: Cause::Edit,
        desired: Some(String::new()),
        actual: Some("granted".into()),
        sensitive: false,
        replaces: true,
        repeated: true,
        moved: false,
    };
    let row = UserRow {
        id: "u-1".into(),
        kind: Some(UserKind::Person),
        username: String::new(),
        email: Some(EMAIL.into()),
        organization_id: None,
        group_names: Vec::new(),
    };
    let live = Observed { detail: Some(detail.clone()), ..Observed::new(row) };
    let desired = Desired { groups: Some(BTreeSet::new()), ..asked() };
    for (group, remains) in [("ugr-1", false), ("ugr-2", true)] {
        let harm: Harm<'_, Users> = Harm {
            since: Tick::default(),
            id: "u-1",
            live: &live,
            desired: Some(&desired),
            changes: &[left(group)],
            spent: &BTreeSet::new(),
        };
        assert_eq!(harm::remains(&harm, &detail, &policies()), remains, "{group}");
    }
}
