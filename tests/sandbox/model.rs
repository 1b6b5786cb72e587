//! Random sequences of account operations against a model that fits on a page.

use orgkeeper::sandbox;
use orgkeeper::sandbox::spot::Contract;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::harness::{Bench, account, text};

#[derive(Clone, Debug)]
enum Step {
    Create(String),
    /// The account is chosen by its place, deleted ones included.
    Rename(usize, String),
    Delete(usize),
    CreateByHand(String),
    RenameByHand(usize, String),
    DeleteByHand(usize),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let name = || "[a-cé1 ]{0,4}";
    let step = prop_oneof![
        4 => name().prop_map(Step::Create),
        3 => (0..12usize, name()).prop_map(|(place, name)| Step::Rename(place, name)),
        3 => (0..12usize).prop_map(Step::Delete),
        1 => name().prop_map(Step::CreateByHand),
        1 => (0..12usize, name()).prop_map(|(place, name)| Step::RenameByHand(place, name)),
        1 => (0..12usize).prop_map(Step::DeleteByHand),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 0..40)
}

/// Every account there ever was, oldest first; None once deleted. The first is the default one.
struct Model {
    contract: Contract,
    accounts: Vec<(String, Option<String>)>,
}

impl Model {
    fn accepts(&self, name: &str) -> bool {
        let has_letter = name.chars().any(|char| char.is_ascii_alphabetic());
        !name.is_empty() && (has_letter || self.contract == Contract::Published)
    }

    fn lives(&self, place: usize) -> bool {
        self.accounts.get(place).is_some_and(|(_, name)| name.is_some())
    }

    fn id(&self, place: usize) -> String {
        self.accounts.get(place).map_or_else(|| "act-none".to_owned(), |(id, _)| id.clone())
    }

    fn listed(&self) -> Vec<(String, String)> {
        self.accounts.iter().filter_map(|(id, name)| Some((id.clone(), name.clone()?))).collect()
    }
}

/// Does the step in both, and says whether both agree that it may be done.
fn take(bench: &mut Bench, model: &mut Model, step: Step) {
    let by_hand = matches!(step, Step::CreateByHand(_) | Step::RenameByHand(..) | Step::DeleteByHand(_));
    let root = if by_hand { "/_sandbox/accounts" } else { "/setup/account" };
    match step {
        Step::Create(name) | Step::CreateByHand(name) => {
            let body = if by_hand { json!({"name": name}) } else { account(&name) };
            let answer = bench.call("POST", root, &body);
            assert_eq!(answer.status == 200, by_hand || model.accepts(&name));
            if answer.status == 200 {
                let value = answer.value();
                let id = if by_hand { &value["accountId"] } else { &value["response"]["items"][0]["id"] };
                model.accounts.push((text(id), Some(name)));
            }
        }
        Step::Rename(place, name) | Step::RenameByHand(place, name) => {
            let path = format!("{root}/{}", model.id(place));
            let answer = if by_hand {
                bench.call("PATCH", &path, &json!({"name": name}))
            } else {
                bench.call("PUT", &path, &account(&name))
            };
            let may = model.lives(place) && (by_hand || model.accepts(&name));
            assert_eq!(answer.status == 200, may);
            if may {
                model.accounts[place].1 = Some(name);
            }
        }
        Step::Delete(place) | Step::DeleteByHand(place) => {
            let path = format!("{root}/{}", model.id(place));
            let answer = bench.call("DELETE", &path, &Value::Null);
            let may = model.lives(place) && place > 0;
            assert_eq!(answer.status == 200, may);
            if may {
                model.accounts[place].1 = None;
            }
        }
        Step::Restart => {
            let saved = serde_json::to_vec(bench.sandbox.world()).unwrap();
            let world = serde_json::from_slice(&saved).unwrap();
            let start = orgkeeper::sandbox::spot::Start::new(model.contract, crate::harness::TOKEN);
            bench.sandbox = orgkeeper::sandbox::spot::Sandbox::resume(world, start);
        }
    }
}

fn shown(bench: &mut Bench, contract: Contract) -> Vec<(String, String)> {
    let key = match contract {
        Contract::Production => "accountId",
        Contract::Published => "id",
    };
    let items = bench.items("/setup/account");
    items.iter().map(|item| (text(&item[key]), text(&item["name"]))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_sandbox_and_the_model_agree(
        steps in steps(),
        contract in prop_oneof![Just(Contract::Production), Just(Contract::Published)],
    ) {
        let mut bench = Bench::new(contract);
        let default = (bench.default_account(), Some("Sandbox".to_owned()));
        let mut model = Model { contract, accounts: vec![default] };
        for step in steps {
            bench.pass(1);
            let described = format!("{step:?}");
            let before = model.listed();
            let revision = bench.sandbox.revision();
            let restarts = matches!(step, Step::Restart);
            take(&mut bench, &mut model, step);
            prop_assert_eq!(shown(&mut bench, contract), model.listed(), "after {}", described);
            if !restarts {
                let moved = bench.sandbox.revision() != revision;
                prop_assert_eq!(moved, before != model.listed(), "effect of {}", described);
            }
        }
    }
}

#[test]
fn a_sandbox_moves_between_threads_and_a_copy_is_a_snapshot() {
    let mut bench = Bench::production();
    let mut copy = bench.sandbox.clone();
    bench.create("after the snapshot");
    let request = bench.request("GET", "/setup/account", &Value::Null);
    let now = bench.now;
    let reply = std::thread::spawn(move || sandbox::handle(&mut copy, now, &request)).join().unwrap();
    assert_eq!(reply.answer().unwrap().value()["response"]["count"], 1);
}

#[test]
fn a_seed_brings_the_same_ids_tokens_and_replies_again() {
    let run = |seed| {
        let mut start = orgkeeper::sandbox::spot::Start::new(Contract::Production, "");
        start.seed = seed;
        let start = start.with_new_token();
        let token = start.token.clone().unwrap();
        let mut bench = Bench::start(start);
        bench.token = Some(token);
        let replies =
            ["one", "two"].map(|name| bench.good("POST", "/setup/account", &account(name)).to_string());
        bench.sandbox.reset(bench.now);
        assert_eq!(bench.names(), ["Sandbox"], "the token is good after a reset too");
        replies
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
