//! Killed at every step of the lives of policies, cloud credentials and subscriptions: in the end each is
//! there once, as declared, and then gone where it goes.

#![allow(clippy::expect_used, reason = "a test that cannot go on panics")]

use futures::FutureExt as _;
use orgkeeper::{
    api::GROUP,
    engine::base::checkpoint::Step::{self, *},
    sandbox::spot::Contract,
};
use serde_json::{Value, json};

use super::dies;
use crate::support::{
    house::{ACME, House, Kind, LONG},
    operator::Run,
    sandbox::{Sandbox, TOKEN},
    side_by_side::side_by_side,
    wait::wait_until,
};

const NAME: &str = "mortal";
/// The Secret that the credential reads.
const SECRET: &str = "azure";
const CREATES: [Step; 4] = [FinalizerSet, IntentStored, CreateAnswered, ResultStored];
const UPDATES: [Step; 3] = [UpdatePlanned, UpdateAnswered, UpdateStored];
const DELETES: [Step; 3] = [DeletePlanned, DeleteAnswered, FinalizerRemoved];
/// Of a new subscription in the place of one that cannot be changed.
const REPLACES: [Step; 4] = [IntentStored, CreateAnswered, ResultStored, SupersededDeleted];

/// What lives, and where its operators die: one death at each deed.
#[derive(Clone, Copy, Debug)]
struct Story {
    kind: Kind,
    contract: Contract,
    create: Step,
    update: Step,
    /// Only a subscription of the live service is ever replaced.
    replace: Option<Step>,
    /// A credential stays at the vendor.
    delete: Step,
}

fn stories(contract: Contract) -> Vec<Story> {
    let mut stories = Vec::new();
    for kind in [Kind::Policy, Kind::Credential, Kind::Subscription] {
        for (index, create) in CREATES.into_iter().enumerate() {
            let replaced = kind == Kind::Subscription && contract == Contract::Production;
            stories.push(Story {
                kind,
                contract,
                create,
                update: UPDATES[index % UPDATES.len()],
                replace: replaced.then(|| REPLACES[index]),
                delete: if kind == Kind::Credential {
                    FinalizerRemoved
                } else {
                    DELETES[index % DELETES.len()]
                },
            });
        }
    }
    stories
}

/// Every step at which one of them dies.
pub(super) fn steps() -> Vec<Step> {
    let stories = super::CONTRACTS.into_iter().flat_map(stories);
    stories
        .flat_map(|story| [story.create, story.update, story.delete].into_iter().chain(story.replace))
        .collect()
}

fn secret(house: &House, value: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": SECRET, "namespace": house.namespace()},
        "stringData": {"secret": value},
    })
}

impl Story {
    /// The manifest, of something in this account.
    fn manifest(self, house: &House, account: &str) -> Value {
        let mut spec = match self.kind {
            Kind::Policy => json!({"name": NAME, "statements": [statement("describe*")]}),
            Kind::Credential => json!({"azure": {
                "clientId": "1a2b3c4d-0000-4000-8000-1a2b3c4d5e6f",
                "tenantId": "1a2b3c4d-0000-4000-8000-1a2b3c4d5e6f",
                "subscriptionId": "1a2b3c4d-0000-4000-8000-1a2b3c4d5e6f",
                "clientSecretRef": {"name": SECRET, "key": "secret"},
            }}),
            _ => json!({
                "resourceId": "sig-1a2b3c4d", "eventType": "GROUP_UPDATED",
                "protocol": "email", "endpoint": "jo@example.com",
            }),
        };
        spec["organizationRef"] = json!({"name": ACME});
        if self.kind != Kind::Credential {
            // Also what is found after a lost answer goes.
            spec["deletionPolicy"] = json!("Delete");
        }
        if self.kind != Kind::Policy {
            spec["accountRef"] = json!({"id": account});
        }
        json!({
            "apiVersion": format!("{GROUP}/v1alpha1"), "kind": self.kind.resource().kind,
            "metadata": {"name": NAME, "namespace": house.namespace()}, "spec": spec,
        })
    }

    /// What a person changes in place.
    async fn edit(self, house: &House) {
        let spec = match self.kind {
            Kind::Policy => json!({"statements": [statement("describe*"), statement("updateCluster")]}),
            Kind::Credential => return house.apply(&[secret(house, "another-secret-of-azure")]).await,
            _ => json!({"endpoint": "sam@example.com"}),
        };
        house.patch(self.kind, house.namespace(), NAME, &json!({"spec": spec})).await;
    }

    /// How many are left that a person is asked about: what was found after a lost answer, and replaced in turn.
    fn left(self) -> usize {
        usize::from(self.create == CreateAnswered && self.replace.is_some())
    }

    /// The routes of creation and change, and how often each has had an effect in the end.
    fn effects(self) -> Vec<(&'static str, &'static str, u64)> {
        let twice_if_replaced = 1 + u64::from(self.replace.is_some());
        match (self.kind, self.contract) {
            (Kind::Policy, _) => vec![
                ("POST", "/setup/access/policy", 1),
                ("PUT", "/setup/access/policy/{policyId}", 1),
                ("DELETE", "/setup/access/policy/{policyId}", 1),
            ],
            (Kind::Credential, Contract::Production) => vec![("POST", "/azure/setup/credentials", 2)],
            (Kind::Credential, Contract::Published) => vec![("POST", "/setup/credentials/azure", 2)],
            _ => vec![
                ("POST", "/events/subscription", twice_if_replaced),
                ("PUT", "/events/subscription/{subscriptionId}", 1),
                ("DELETE", "/events/subscription/{subscriptionId}", twice_if_replaced - self.left() as u64),
            ],
        }
    }

    /// What the vendor has of it, besides what a person is asked about: ids, and what was last written.
    async fn kept(self, house: &House) -> Vec<(String, Value)> {
        let status = house.status(self.kind, house.namespace(), NAME).await;
        let left: Vec<String> = serde_json::from_value(status["leftovers"].clone()).unwrap_or_default();
        let mut there = self.there(&house.sandbox).await;
        there.retain(|(id, _)| !left.contains(id));
        there
    }

    /// What the vendor has of it: ids, and what was last written.
    async fn there(self, sandbox: &Sandbox) -> Vec<(String, Value)> {
        let (rows, id) = match self.kind {
            Kind::Policy => ("policies", "policyId"),
            Kind::Credential => ("credentials", "accountId"),
            _ => ("subscriptions", "subscriptionId"),
        };
        let rows: Vec<Value> = sandbox.state(rows).await;
        rows.into_iter().map(|row| (row[id].as_str().expect("an id").to_owned(), row)).collect()
    }

    /// It is there once, and the object stands for it.
    async fn assert_one(self, house: &House) -> Value {
        let object = house.ready(self.kind, house.namespace(), NAME).await;
        let mut there = self.kept(house).await;
        assert_eq!(there.len(), 1, "{there:?}");
        let (id, row) = there.remove(0);
        let status = &object["status"];
        assert_eq!(status["id"], json!(id));
        assert_eq!((&status["pendingCreate"], &status["superseded"]), (&Value::Null, &Value::Null));
        row
    }

    async fn lives(self, lag: &str) {
        let flags = ["--any-resource", "--lag", lag];
        let house = House::build("mortal", Sandbox::start_with(self.contract, &flags).await).await;
        let (sandbox, namespace) = (&house.sandbox, house.namespace());
        let account = sandbox.accounts().await.remove(0).id;

        let operator = house.start_with(&Run::until(self.create)).await;
        let mut organization = house.organization();
        if self.contract == Contract::Published {
            organization["spec"]["connection"]["accountScope"] = json!("Query");
        }
        let secrets = [house.token_secret(TOKEN), secret(&house, "a-secret-of-azure")];
        house.apply(&secrets).await;
        house.apply(&[organization, self.manifest(&house, &account)]).await;
        dies(operator, self.create).await;

        let operator = house.start_with(&Run::until(self.update)).await;
        let made = self.assert_one(&house).await;
        self.edit(&house).await;
        dies(operator, self.update).await;

        let mut operator = house.start_with(&Run::until(self.replace.unwrap_or(self.delete))).await;
        let edited = self.changed(&house, &made).await;
        if let Some(replace) = self.replace {
            house.patch(self.kind, namespace, NAME, &json!({"spec": {"resourceId": "sig-5e6f7a8b"}})).await;
            dies(operator, replace).await;
            operator = house.start_with(&Run::until(self.delete)).await;
            self.changed(&house, &edited).await;
        }
        house.delete(self.kind, namespace, NAME).await;
        dies(operator, self.delete).await;

        let operator = house.start().await;
        house.gone(self.kind, namespace, NAME).await;
        let stays = usize::from(self.kind == Kind::Credential);
        assert_eq!(self.there(sandbox).await.len(), stays + self.left());
        for (method, route, times) in self.effects() {
            assert_eq!(sandbox.counter(method, route).await.effects, times, "{method} {route}");
        }
        house.close(operator).await;
    }

    /// Waits until the vendor has something else than before, once.
    async fn changed(self, house: &House, before: &Value) -> Value {
        house
            .becomes(self.kind, house.namespace(), NAME, "Ready again", |object| {
                object["status"]["observedGeneration"] == object["metadata"]["generation"]
            })
            .await;
        wait_until(LONG, "the vendor has the change", async || {
            let there = self.kept(house).await;
            (there.len() == 1 && there[0].1 != *before).then_some(())
        })
        .await;
        self.assert_one(house).await
    }
}

fn statement(action: &str) -> Value {
    json!({"effect": "Allow", "actions": [format!("ocean:{action}")], "resources": ["*"]})
}

async fn all(contract: Contract, lag: &'static str) {
    let scenarios = stories(contract).into_iter();
    side_by_side(scenarios.map(|story| (format!("{story:?}"), story.lives(lag).boxed_local())).collect())
        .await;
}

#[tokio::test]
async fn killed_at_every_step_of_what_is_in_an_organization_and_its_accounts() {
    all(Contract::Production, "1s").await;
}

#[tokio::test]
async fn killed_at_every_step_where_the_public_document_holds() {
    all(Contract::Published, "0s").await;
}
