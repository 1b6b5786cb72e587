//! Random sequences of operations on everything that an organization has, in both contracts,
//! against a model of plain maps: no difference is found, and nothing moves that should not.

mod model;
mod shown;

use orgkeeper::sandbox::spot::{Contract, Sandbox, Start};
use proptest::prelude::*;
use serde_json::{Value, json};

use self::model::{Cloud, Model, Subscription};
use crate::harness::{Bench, TOKEN, account, text};

/// Objects are chosen by their place in the order of creation, deleted ones included.
#[derive(Clone, Debug)]
enum Step {
    CreateAccount,
    DeleteAccount(usize),
    CreatePerson(u8),
    CreateMachine(u8),
    DeleteUser(usize),
    CreateGroup(u8),
    RenameGroup(usize, u8),
    DeleteGroup(usize),
    CreatePolicy(u8),
    RenamePolicy(usize, u8),
    DeletePolicy(usize),
    /// Published: a user's one role, in an account.
    Permit(usize, usize),
    SetCredentials(usize, Cloud, u8),
    Reject(Cloud, u8),
    Accept(Cloud, u8),
    /// Into the one account, of the other account's resource.
    Subscribe(usize, usize, u8),
    /// A subscription, asked for in an account.
    ChangeSubscription(usize, usize, u8),
    Unsubscribe(usize, usize),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (place, number) = (|| 0..5usize, || 0..3u8);
    let cloud = || prop_oneof![Just(Cloud::Aws), Just(Cloud::Azure), Just(Cloud::Gcp)];
    let step = prop_oneof![
        2 => Just(Step::CreateAccount),
        1 => place().prop_map(Step::DeleteAccount),
        2 => number().prop_map(Step::CreatePerson),
        1 => number().prop_map(Step::CreateMachine),
        1 => place().prop_map(Step::DeleteUser),
        1 => number().prop_map(Step::CreateGroup),
        1 => (place(), number()).prop_map(|(place, name)| Step::RenameGroup(place, name)),
        1 => place().prop_map(Step::DeleteGroup),
        1 => number().prop_map(Step::CreatePolicy),
        1 => (place(), number()).prop_map(|(place, name)| Step::RenamePolicy(place, name)),
        1 => place().prop_map(Step::DeletePolicy),
        1 => (place(), place()).prop_map(|(user, account)| Step::Permit(user, account)),
        4 => (place(), cloud(), number()).prop_map(|(at, cloud, n)| Step::SetCredentials(at, cloud, n)),
        1 => (cloud(), number()).prop_map(|(cloud, number)| Step::Reject(cloud, number)),
        1 => (cloud(), number()).prop_map(|(cloud, number)| Step::Accept(cloud, number)),
        4 => (place(), place(), number()).prop_map(|(at, of, n)| Step::Subscribe(at, of, n)),
        2 => (place(), place(), number()).prop_map(|(which, at, n)| Step::ChangeSubscription(which, at, n)),
        1 => (place(), place()).prop_map(|(which, at)| Step::Unsubscribe(which, at)),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 0..40)
}

fn at(ids: &[String], place: usize) -> String {
    ids.get(place).cloned().unwrap_or_else(|| "none-1".to_owned())
}

fn subscription(resource: &str, number: u8) -> Value {
    json!({"subscription": {
        "resourceId": resource, "protocol": "web", "endpoint": format!("https://hooks.example.com/{number}"),
        "eventType": "GROUP_UPDATED",
    }})
}

/// What a step asks for, whether it may be done, and what the model keeps of it once it is.
struct Asked {
    method: &'static str,
    target: String,
    body: Value,
    may: bool,
}

fn ask(method: &'static str, target: String, body: Value, may: bool) -> Asked {
    Asked { method, target, body, may }
}

fn asked(model: &Model, step: &Step) -> Option<Asked> {
    let production = model.contract == Contract::Production;
    Some(match step {
        Step::CreateAccount => ask("POST", "/setup/account".to_owned(), account("a"), true),
        Step::DeleteAccount(place) => {
            let id = at(&model.account_ids, *place);
            let may = *place > 0 && model.accounts.contains_key(&id);
            ask("DELETE", format!("/setup/account/{id}"), Value::Null, may)
        }
        Step::CreatePerson(number) => {
            let email = format!("user-{number}@example.com");
            let body = json!({"firstName": "Jo", "lastName": "Doe", "email": email});
            let may = !model.people.values().any(|taken| *taken == email);
            ask("POST", "/setup/user".to_owned(), body, may)
        }
        Step::CreateMachine(number) => {
            let accounts = json!([{"id": model.account_ids[0], "role": "viewer"}]);
            let body = json!({"name": format!("machine-{number}"), "accounts": accounts});
            ask("POST", "/setup/user/programmatic".to_owned(), body, true)
        }
        Step::DeleteUser(place) => {
            let id = at(&model.user_ids, *place);
            let known = model.people.contains_key(&id) || model.machines.contains_key(&id);
            // The first is the only administrator.
            ask("DELETE", format!("/setup/user/{id}"), Value::Null, known && *place > 0)
        }
        Step::CreateGroup(number) => {
            let body = json!({"name": format!("group-{number}")});
            ask("POST", "/setup/access/userGroup".to_owned(), body, production)
        }
        Step::RenameGroup(place, number) => {
            let id = at(&model.group_ids, *place);
            let body = json!({"name": format!("group-{number}")});
            ask("PUT", format!("/setup/access/userGroup/{id}"), body, model.groups.contains_key(&id))
        }
        Step::DeleteGroup(place) => {
            let id = at(&model.group_ids, *place);
            let may = model.groups.contains_key(&id);
            ask("DELETE", format!("/setup/access/userGroup/{id}"), Value::Null, may)
        }
        Step::CreatePolicy(number) => {
            let mut body = json!({"policy": {"name": format!("policy-{number}")}});
            if production {
                let allow = json!({"effect": "ALLOW", "actions": ["*"], "resources": ["*"]});
                body["policy"]["policyContent"] = json!({"statements": [allow]});
            }
            ask("POST", "/setup/access/policy".to_owned(), body, true)
        }
        Step::RenamePolicy(place, number) => {
            let id = at(&model.policy_ids, *place);
            let body = json!({"policy": {"name": format!("policy-{number}")}});
            ask("PUT", format!("/setup/access/policy/{id}"), body, model.policies.contains_key(&id))
        }
        Step::DeletePolicy(place) => {
            let id = at(&model.policy_ids, *place);
            let may = model.policies.contains_key(&id);
            ask("DELETE", format!("/setup/access/policy/{id}"), Value::Null, may)
        }
        Step::Permit(user, place) => {
            let (user, of) = (at(&model.user_ids, *user), at(&model.account_ids, *place));
            let known = model.people.contains_key(&user) || model.machines.contains_key(&user);
            let may = !production && known && model.accounts.contains_key(&of);
            let body = json!({"accounts": [{"id": of, "role": "editor"}]});
            ask("PUT", format!("/setup/user/{user}"), body, may)
        }
        Step::SetCredentials(place, cloud, number) => {
            let id = at(&model.account_ids, *place);
            let linked = model.accounts.get(&id);
            let may = linked.is_some_and(|link| link.is_none_or(|(other, _)| other == *cloud))
                && !model.rejected.contains(&cloud.identity(*number));
            let target = format!("{}?accountId={id}", cloud.route(model.contract));
            ask("POST", target, cloud.body(model.contract, *number), may)
        }
        Step::Subscribe(place, of, number) => {
            let (id, of) = (at(&model.account_ids, *place), at(&model.account_ids, *of));
            let resource = model.resources.get(&of).cloned().unwrap_or_else(|| "sig-none".to_owned());
            let may = model.accounts.contains_key(&id) && id == of;
            ask("POST", format!("/events/subscription?accountId={id}"), subscription(&resource, *number), may)
        }
        Step::ChangeSubscription(which, place, number) => {
            let (id, of) = (at(&model.subscription_ids, *which), at(&model.account_ids, *place));
            let may = model.subscriptions.get(&id).is_some_and(|subscription| subscription.account == of);
            let mut body = subscription(&model.resources.get(&of).cloned().unwrap_or_default(), *number);
            if production {
                body["subscription"].as_object_mut().unwrap().remove("resourceId");
            }
            ask("PUT", format!("/events/subscription/{id}?accountId={of}"), body, may)
        }
        Step::Unsubscribe(which, place) => {
            let (id, of) = (at(&model.subscription_ids, *which), at(&model.account_ids, *place));
            let may = model.subscriptions.get(&id).is_some_and(|subscription| subscription.account == of);
            ask("DELETE", format!("/events/subscription/{id}?accountId={of}"), Value::Null, may)
        }
        Step::Reject(..) | Step::Accept(..) | Step::Restart => return None,
    })
}

/// What was done, in the model. `id` is of what was made.
fn note(model: &mut Model, step: &Step, id: &str) {
    match step {
        Step::CreateAccount => model.add_account(id),
        Step::DeleteAccount(place) => model.forget_account(&at(&model.account_ids, *place)),
        Step::CreatePerson(number) => {
            model.user_ids.push(id.to_owned());
            model.people.insert(id.to_owned(), format!("user-{number}@example.com"));
        }
        Step::CreateMachine(number) => {
            model.user_ids.push(id.to_owned());
            model.machines.insert(id.to_owned(), format!("machine-{number}"));
            if model.contract == Contract::Published {
                model.roles.insert(id.to_owned(), (model.account_ids[0].clone(), "viewer"));
            }
        }
        Step::DeleteUser(place) => {
            let id = at(&model.user_ids, *place);
            model.people.remove(&id);
            model.machines.remove(&id);
            model.roles.remove(&id);
        }
        Step::CreateGroup(number) => {
            model.group_ids.push(id.to_owned());
            model.groups.insert(id.to_owned(), format!("group-{number}"));
        }
        Step::RenameGroup(place, number) => {
            model.groups.insert(at(&model.group_ids, *place), format!("group-{number}"));
        }
        Step::DeleteGroup(place) => {
            model.groups.remove(&at(&model.group_ids, *place));
        }
        Step::CreatePolicy(number) => {
            model.policy_ids.push(id.to_owned());
            model.policies.insert(id.to_owned(), format!("policy-{number}"));
        }
        Step::RenamePolicy(place, number) => {
            model.policies.insert(at(&model.policy_ids, *place), format!("policy-{number}"));
        }
        Step::DeletePolicy(place) => {
            model.policies.remove(&at(&model.policy_ids, *place));
        }
        Step::Permit(user, place) => {
            model.roles.insert(at(&model.user_ids, *user), (at(&model.account_ids, *place), "editor"));
        }
        Step::SetCredentials(place, cloud, number) => {
            model.accounts.insert(at(&model.account_ids, *place), Some((*cloud, *number)));
        }
        Step::Subscribe(place, _, number) => {
            model.subscription_ids.push(id.to_owned());
            let account = at(&model.account_ids, *place);
            model.subscriptions.insert(id.to_owned(), Subscription { account, number: *number });
        }
        Step::ChangeSubscription(which, _, number) => {
            let id = at(&model.subscription_ids, *which);
            model.subscriptions.get_mut(&id).expect("it may be changed").number = *number;
        }
        Step::Unsubscribe(which, _) => {
            model.subscriptions.remove(&at(&model.subscription_ids, *which));
        }
        Step::Reject(..) | Step::Accept(..) | Step::Restart => {}
    }
}

/// Does the step in both, and says whether both agree that it may be done.
fn take(bench: &mut Bench, model: &mut Model, step: &Step) {
    if let Some(asked) = asked(model, step) {
        let answer = bench.call(asked.method, &asked.target, &asked.body);
        let value = answer.value();
        assert_eq!(
            answer.status == 200,
            asked.may,
            "{} {} {}: {value}",
            asked.method,
            asked.target,
            asked.body
        );
        if asked.may {
            let item = &value["response"]["items"][0];
            let id = ["userId", "id"].iter().find_map(|key| item[*key].as_str()).unwrap_or_default();
            note(model, step, id);
            if matches!(step, Step::CreateAccount) {
                let resource = bench.sandbox.world_mut().add_resource(id, None, "group").unwrap();
                model.resources.insert(id.to_owned(), resource);
            }
        }
        return;
    }
    match step {
        Step::Reject(cloud, number) => {
            let identity = cloud.identity(*number);
            bench.good("POST", "/_sandbox/rejected-credentials", &json!({"identity": identity}));
            model.rejected.insert(identity);
        }
        Step::Accept(cloud, number) => {
            let identity = cloud.identity(*number);
            let answer =
                bench.call("DELETE", "/_sandbox/rejected-credentials", &json!({"identity": identity}));
            assert_eq!(answer.status == 200, model.rejected.remove(&identity));
        }
        _ => {
            let saved = serde_json::to_vec(bench.sandbox.world()).unwrap();
            let world = serde_json::from_slice(&saved).unwrap();
            bench.sandbox = Sandbox::resume(world, Start::new(model.contract, TOKEN));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn the_sandbox_and_the_model_of_the_vendor_agree(
        steps in steps(),
        contract in prop_oneof![Just(Contract::Production), Just(Contract::Published)],
    ) {
        let mut bench = Bench::new(contract);
        let mut model = Model::new(&mut bench, contract);
        for step in steps {
            bench.pass(1);
            let (before, revision) = (model.clone(), bench.sandbox.revision());
            take(&mut bench, &mut model, &step);
            prop_assert_eq!(shown::all(&mut bench, &model), model.expected(), "after {:?}", step);
            if !matches!(step, Step::Restart) {
                let moved = bench.sandbox.revision() != revision;
                prop_assert_eq!(moved, before != model, "effect of {:?}", step);
            }
        }
    }
}

#[test]
fn an_id_is_told_by_every_creation() {
    for contract in [Contract::Production, Contract::Published] {
        let mut bench = Bench::new(contract);
        let mut model = Model::new(&mut bench, contract);
        for step in
            [Step::CreateAccount, Step::CreatePerson(1), Step::CreateMachine(1), Step::CreatePolicy(1)]
        {
            take(&mut bench, &mut model, &step);
        }
        take(&mut bench, &mut model, &Step::Subscribe(1, 1, 1));
        let made =
            [&model.account_ids[1], &model.user_ids[2], &model.policy_ids[0], &model.subscription_ids[0]];
        for (id, prefix) in made.into_iter().zip(["act-", "pu-", "pol-", "sis-"]) {
            assert!(crate::harness::is_id(prefix, id), "{id}");
        }
        assert_eq!(text(&json!(model.user_ids[1])).split_once('-').unwrap().0, "u");
    }
}
