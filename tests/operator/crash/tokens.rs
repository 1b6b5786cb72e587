//! Killed at every step of the life of a machine user: in the end there is one, and its token works.

#![allow(clippy::expect_used, reason = "a test that cannot go on panics")]

use std::time::Duration;

use futures::FutureExt as _;
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use orgkeeper::{
    api::{GROUP, token::ID},
    engine::base::checkpoint::Step::{self, *},
    sandbox::spot::Contract,
};
use serde_json::{Value, json};

use super::{CONTRACTS, dies};
use crate::support::{
    house::{ACME, House, Kind},
    operator::{Operator, Run},
    sandbox::Sandbox,
    side_by_side::side_by_side,
    wait::wait_until,
};

const NAME: &str = "ci";
const SECRET: &str = "ci-token";
/// The longest that a rotation takes, with a dead operator's Lease and lists that have to agree.
const LONGEST: Duration = Duration::from_mins(3);

/// Where operators die while the user is created, rotated and deleted, one after the other.
pub(super) struct Story([&'static [Step]; 3]);

/// Together they are all steps that a machine user's life has and an account's has not.
pub(super) const STORIES: [Story; 8] = [
    Story([&[FinalizerSet], &[RotationIntended], &[DeletePlanned]]),
    Story([&[TokenReserved], &[RotationCreated], &[DeleteAnswered]]),
    Story([&[IntentStored], &[RotationEquipped], &[TokenDiscarded]]),
    Story([&[TokenStored], &[RotationStored], &[DeletePlanned]]),
    Story([&[ResultStored], &[RotationAnswered, RotationLostDeleted], &[DeleteAnswered]]),
    // Another one is made for the token that went with the first death, by the steps of a rotation.
    Story([&[CreateAnswered], &[RotationOldDeleted], &[FinalizerRemoved]]),
    Story([&[CreateAnswered, RotationIntended], &[RotationEnded], &[TokenDiscarded]]),
    Story([&[CreateAnswered, RotationSwitched], &[RotationSwitched], &[FinalizerRemoved]]),
];

impl Story {
    pub(super) fn steps(&self) -> impl Iterator<Item = Step> {
        self.0.into_iter().flatten().copied()
    }
}

/// The manifest of the machine user.
fn manifest(house: &House, account: &str) -> Value {
    json!({
        "apiVersion": format!("{GROUP}/v1alpha1"), "kind": "SpotUser",
        "metadata": {"name": NAME, "namespace": house.namespace()},
        "spec": {
            "organizationRef": {"name": ACME},
            "programmatic": {"name": NAME, "writeTokenTo": {"name": SECRET, "key": "token"}},
            "accounts": [{"accountRef": {"id": account}, "role": "Editor"}],
        },
    })
}

/// The id and the token that the Secret holds.
async fn secret(house: &House) -> Option<(String, String)> {
    let api: Api<Secret> = Api::namespaced(house.cluster.client(), house.namespace());
    let mut secret = api.get_opt(SECRET).await.expect("it can be read")?;
    let id = secret.metadata.annotations.unwrap_or_default().remove(ID).unwrap_or_default();
    let token = secret.data.get_or_insert_default().remove("token").map(|token| token.0).unwrap_or_default();
    Some((id, String::from_utf8(token).expect("a token is text")))
}

/// Starts an operator that dies at the step.
async fn mortal(house: &House, step: Step) -> Operator {
    let flags = ["--rotation-overlap", "2s"].map(ToOwned::to_owned).into();
    house.start_with(&Run { flags, ..Run::until(step) }).await
}

/// Whether the vendor takes the token. Not every contract lets it look at an account.
async fn works(house: &House, token: &str, account: &str) -> bool {
    house.sandbox.answers(token, account).await != 401
}

/// What creates of unknown outcome may have left: a person is asked about it.
async fn left(house: &House) -> Vec<String> {
    let status = house.status(Kind::User, house.namespace(), NAME).await;
    serde_json::from_value(status["leftovers"].clone()).unwrap_or_default()
}

/// One user, whose token is in the Secret and works, beside what a person is asked about.
async fn assert_one(house: &House, account: &str) {
    let left = left(house).await;
    let mut users = house.sandbox.users_named(NAME).await;
    users.retain(|user| !left.contains(&user.id));
    assert_eq!(users.len(), 1, "{users:?} {left:?}");
    let user = users.remove(0);
    let (id, token) = secret(house).await.expect("there is a Secret");
    assert_eq!(id, user.id);
    assert!(works(house, &token, account).await);
    assert!(!works(house, "no-token-at-all", account).await);
    let status = house.status(Kind::User, house.namespace(), NAME).await;
    assert_eq!(status["id"], json!(user.id));
}

async fn lives(contract: Contract, lag: &str, story: &Story) {
    let Story([creates, rotations, deletes]) = story;
    let house = House::build("token-crash", Sandbox::start_with(contract, &["--lag", lag]).await).await;
    let namespace = house.namespace();
    let account = house.sandbox.accounts().await.remove(0).id;

    for (index, step) in creates.iter().enumerate() {
        let operator = mortal(&house, *step).await;
        if index == 0 {
            house.apply_organization().await;
            house.apply(&[manifest(&house, &account)]).await;
        }
        dies(operator, *step).await;
    }

    let operator = mortal(&house, rotations[0]).await;
    house.ready(Kind::User, namespace, NAME).await;
    assert_one(&house, &account).await;
    let (_, old) = secret(&house).await.expect("there is a Secret");
    let ask = json!({"metadata": {"annotations": {"orgkeeper.dev/rotate-requested-at": "now"}}});
    house.patch(Kind::User, namespace, NAME, &ask).await;
    dies(operator, rotations[0]).await;
    for step in &rotations[1..] {
        let (_, token) = secret(&house).await.expect("there is a Secret");
        assert!(works(&house, &token, &account).await, "whenever it dies, one works");
        dies(mortal(&house, *step).await, *step).await;
    }

    let operator = mortal(&house, deletes[0]).await;
    wait_until(LONGEST, "the rotation has ended", async || {
        let status = house.status(Kind::User, namespace, NAME).await;
        (status["token"]["lastHandledRotateAt"] == "now").then_some(())
    })
    .await;
    house.ready(Kind::User, namespace, NAME).await;
    assert_one(&house, &account).await;
    assert_ne!(secret(&house).await.expect("there is a Secret").1, old);
    let left = left(&house).await;
    assert!(left.len() <= 2, "{left:?}");
    house.delete(Kind::User, namespace, NAME).await;
    dies(operator, deletes[0]).await;

    let operator = house.start().await;
    house.gone(Kind::User, namespace, NAME).await;
    let mut users = house.sandbox.users_named(NAME).await;
    users.retain(|user| !left.contains(&user.id));
    assert!(users.is_empty(), "{users:?}");
    assert!(secret(&house).await.is_none());
    house.close(operator).await;
}

#[tokio::test]
async fn killed_at_every_step_of_a_machine_users_life() {
    let mut scenarios = Vec::new();
    for (contract, lag) in CONTRACTS.into_iter().zip(super::LAGS.into_iter().rev()) {
        for story in &STORIES {
            let name = format!("{contract:?}, lag {lag}, killed at {:?}", story.0);
            scenarios.push((name, lives(contract, lag, story).boxed_local()));
        }
    }
    side_by_side(scenarios).await;
}
