//! Random sequences of memberships and mappings against a model: a membership has one truth, from
//! whichever side it is written, and what is read back is what was written and what it implies.

use std::collections::{BTreeMap, BTreeSet};

use orgkeeper::sandbox::spot::{Contract, Sandbox, Start};
use proptest::prelude::*;
use proptest::sample::subsequence;
use serde_json::{Value, json};

use crate::harness::{Bench, TOKEN, text};

const PLACES: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    GroupsOfUser(usize, Vec<usize>),
    UsersOfGroup(usize, Vec<usize>),
    /// Each policy with the accounts it is mapped on.
    PoliciesOfUser(usize, Vec<(usize, Vec<usize>)>),
    DeleteUser(usize),
    DeleteGroup(usize),
    DeletePolicy(usize),
    DeleteAccount(usize),
    Restart,
}

fn some() -> impl Strategy<Value = Vec<usize>> {
    subsequence((0..PLACES).collect::<Vec<_>>(), 0..=PLACES)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let accounts = subsequence((0..PLACES).collect::<Vec<_>>(), 1..=PLACES);
    let mappings = prop::collection::vec((0..PLACES, accounts), 0..3);
    let step = prop_oneof![
        4 => (0..PLACES, some()).prop_map(|(user, groups)| Step::GroupsOfUser(user, groups)),
        4 => (0..PLACES, some()).prop_map(|(group, users)| Step::UsersOfGroup(group, users)),
        4 => (0..PLACES, mappings).prop_map(|(user, policies)| Step::PoliciesOfUser(user, policies)),
        1 => (0..PLACES).prop_map(Step::DeleteUser),
        1 => (0..PLACES).prop_map(Step::DeleteGroup),
        1 => (0..PLACES).prop_map(Step::DeletePolicy),
        1 => (0..PLACES).prop_map(Step::DeleteAccount),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 0..30)
}

/// Ids by place; those that live; and what they have to do with each other.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Model {
    users: Vec<String>,
    groups: Vec<String>,
    policies: Vec<String>,
    accounts: Vec<String>,
    alive: BTreeSet<String>,
    /// (user, group)
    memberships: BTreeSet<(String, String)>,
    /// (user, policy, account)
    mappings: BTreeSet<(String, String, String)>,
}

impl Model {
    fn new(bench: &mut Bench) -> Self {
        let users: Vec<_> = (0..PLACES).map(|n| bench.person(&format!("user-{n}@example.com"))).collect();
        let groups: Vec<_> = (0..PLACES)
            .map(|n| text(&bench.made("/setup/access/userGroup", &json!({"name": format!("g{n}")}))["id"]))
            .collect();
        let policies: Vec<_> = (0..PLACES).map(|n| bench.policy(&format!("p{n}"), "ACCOUNT")).collect();
        let accounts: Vec<_> = (0..PLACES).map(|n| bench.create(&format!("a{n}"))).collect();
        let alive = [&users, &groups, &policies, &accounts].into_iter().flatten().cloned().collect();
        let (memberships, mappings) = (BTreeSet::new(), BTreeSet::new());
        Self { users, groups, policies, accounts, alive, memberships, mappings }
    }

    fn forget(&mut self, id: &str) -> bool {
        self.memberships.retain(|(user, group)| user != id && group != id);
        self.mappings.retain(|(user, policy, account)| user != id && policy != id && account != id);
        self.alive.remove(id)
    }

    fn all_live<'a>(&self, ids: impl IntoIterator<Item = &'a String>) -> bool {
        ids.into_iter().all(|id| self.alive.contains(id))
    }
}

fn picked(ids: &[String], places: &[usize]) -> Vec<String> {
    places.iter().map(|&place| ids[place].clone()).collect()
}

/// Does the step in both, and says whether both agree that it may be done.
fn take(bench: &mut Bench, model: &mut Model, step: Step) {
    let (method, target, body, may) = match step {
        Step::GroupsOfUser(place, groups) => {
            let (user, groups) = (model.users[place].clone(), picked(&model.groups, &groups));
            let may = model.all_live(groups.iter().chain([&user]));
            let body = json!({"userGroupIds": groups});
            if may {
                model.memberships.retain(|(member, _)| *member != user);
                model.memberships.extend(groups.into_iter().map(|group| (user.clone(), group)));
            }
            ("PUT", format!("/setup/user/{user}/userGroupMapping"), body, may)
        }
        Step::UsersOfGroup(place, users) => {
            let (group, users) = (model.groups[place].clone(), picked(&model.users, &users));
            let may = model.all_live(users.iter().chain([&group]));
            let body = json!({"userIds": users});
            if may {
                model.memberships.retain(|(_, of)| *of != group);
                model.memberships.extend(users.into_iter().map(|user| (user, group.clone())));
            }
            ("PUT", format!("/setup/access/userGroup/{group}/userMapping"), body, may)
        }
        Step::PoliciesOfUser(place, policies) => {
            let user = model.users[place].clone();
            let policies: Vec<_> = policies
                .iter()
                .map(|(policy, on)| (model.policies[*policy].clone(), picked(&model.accounts, on)))
                .collect();
            let may = model.all_live(policies.iter().flat_map(|(policy, on)| on.iter().chain([policy])))
                && model.all_live([&user]);
            let rows: Vec<_> =
                policies.iter().map(|(id, on)| json!({"policyId": id, "accountIds": on})).collect();
            if may {
                model.mappings.retain(|(of, ..)| *of != user);
                for (policy, on) in policies {
                    model.mappings.extend(on.into_iter().map(|on| (user.clone(), policy.clone(), on)));
                }
            }
            ("PUT", format!("/setup/user/{user}/policyMapping"), json!({"policies": rows}), may)
        }
        Step::DeleteUser(place) => {
            let id = model.users[place].clone();
            ("DELETE", format!("/setup/user/{id}"), Value::Null, model.forget(&id))
        }
        Step::DeleteGroup(place) => {
            let id = model.groups[place].clone();
            ("DELETE", format!("/setup/access/userGroup/{id}"), Value::Null, model.forget(&id))
        }
        Step::DeletePolicy(place) => {
            let id = model.policies[place].clone();
            ("DELETE", format!("/setup/access/policy/{id}"), Value::Null, model.forget(&id))
        }
        Step::DeleteAccount(place) => {
            let id = model.accounts[place].clone();
            ("DELETE", format!("/setup/account/{id}"), Value::Null, model.forget(&id))
        }
        Step::Restart => {
            let saved = serde_json::to_vec(bench.sandbox.world()).unwrap();
            let world = serde_json::from_slice(&saved).unwrap();
            bench.sandbox = Sandbox::resume(world, Start::new(Contract::Production, TOKEN));
            return;
        }
    };
    let answer = bench.call(method, &target, &body);
    assert_eq!(answer.status == 200, may, "{method} {target} {body}: {}", answer.value());
}

/// What the users' and the groups' own reads tell of memberships.
fn memberships(bench: &mut Bench, model: &Model) -> [BTreeSet<(String, String)>; 2] {
    let mut by_user = BTreeSet::new();
    for user in model.users.iter().filter(|user| model.alive.contains(*user)) {
        let read = bench.one(&format!("/setup/user/{user}"));
        let groups = read["groups"].as_array().unwrap();
        by_user.extend(groups.iter().map(|group| (user.clone(), text(&group["id"]))));
    }
    let mut by_group = BTreeSet::new();
    for group in model.groups.iter().filter(|group| model.alive.contains(*group)) {
        let read = bench.one(&format!("/setup/access/userGroup/{group}"));
        let users = read["users"].as_array().unwrap();
        assert_eq!(read["usersCount"], users.len());
        by_group.extend(users.iter().map(|user| (text(&user["userId"]), group.clone())));
    }
    [by_user, by_group]
}

/// What a user's read tells of policies, and what it is expected to tell.
fn mappings(bench: &mut Bench, model: &Model, user: &str) -> [BTreeMap<String, BTreeSet<String>>; 2] {
    let read = bench.one(&format!("/setup/user/{user}"));
    let mut shown = BTreeMap::new();
    for mapping in read["policies"].as_array().unwrap() {
        let accounts = mapping["accountIds"].as_array().unwrap().iter().map(text).collect();
        assert!(shown.insert(text(&mapping["policyId"]), accounts).is_none(), "once each");
    }
    let mut expected: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, policy, account) in model.mappings.iter().filter(|(of, ..)| of == user) {
        expected.entry(policy.clone()).or_default().insert(account.clone());
        expected.entry("3".to_owned()).or_default().insert(account.clone());
    }
    [shown, expected]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn memberships_and_mappings_agree_with_the_model(steps in steps()) {
        let mut bench = Bench::production();
        let mut model = Model::new(&mut bench);
        for step in steps {
            bench.pass(1);
            let described = format!("{step:?}");
            let (before, revision) = (model.clone(), bench.sandbox.revision());
            let restarts = matches!(step, Step::Restart);
            take(&mut bench, &mut model, step);
            if !restarts {
                let moved = bench.sandbox.revision() != revision;
                prop_assert_eq!(moved, before != model, "effect of {}", described);
            }
            for seen in memberships(&mut bench, &model) {
                prop_assert_eq!(&seen, &model.memberships, "after {}", described);
            }
            for user in model.users.clone().iter().filter(|user| model.alive.contains(*user)) {
                let [shown, expected] = mappings(&mut bench, &model, user);
                prop_assert_eq!(shown, expected, "after {}", described);
            }
        }
    }
}
