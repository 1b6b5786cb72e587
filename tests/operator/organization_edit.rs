//! Organizations take a role of their own: Kubernetes' own `edit` writes what is in them only, unless
//! the chart is told to give editors what they had before.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use jiff::Timestamp;
use kube::{
    Api, Client, ResourceExt as _,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use orgkeeper::{
    api::spot::{SpotAccount, SpotOrganization},
    sandbox::spot::Contract,
};
use serde_json::{Value, json};

use crate::{
    approvers::{joined, person, refusal},
    helm::{merge, values},
    support::{
        cluster::Cluster,
        helm::{chart, may_run},
        house::{ACME, House, Kind},
        object::Row::Stalled,
        sandbox::Sandbox,
        wait::{PATIENCE, wait_until},
    },
};

const RELEASE: &str = "orgkeeper";

/// Values of the chart: with or without what editors had before.
fn chart_values(house: &House, as_before: bool) -> Value {
    let values = values(&house.sandbox);
    // By default it is not said at all.
    if as_before { merge(values, &json!({"userRoles": {"editOrganizations": true}})) } else { values }
}

/// A cluster of its own, as roles that become a part of `edit` are everybody's. Two namespaces: that of
/// the organization, and one in which somebody has `edit` and somebody else the role for organizations.
/// That is bound before there is such a role.
async fn scene() -> House {
    let sandbox = Sandbox::start(Contract::Production).await;
    let house = House::for_helm(Cluster::alone().await, "edit", 2, sandbox).await;
    let people = [person("editor", "edit"), person("organizer", "orgkeeper-organization-edit")].concat();
    house.cluster.apply(elsewhere(&house), &joined(&people)).await;
    house
}

fn elsewhere(house: &House) -> &str {
    &house.namespaces[1]
}

/// The organization of the house in another namespace, where no Secret has a token.
fn named_elsewhere(house: &House) -> SpotOrganization {
    let mut manifest = house.organization();
    manifest["metadata"]["namespace"] = json!(elsewhere(house));
    serde_json::from_value(manifest).unwrap()
}

/// Somebody, and the organizations of one namespace.
struct Hand(Api<SpotOrganization>);

impl Hand {
    fn new(client: Client, namespace: &str) -> Self {
        Self(Api::namespaced(client, namespace))
    }

    async fn create(&self, organization: &SpotOrganization) -> Option<String> {
        refusal(self.0.create(&PostParams::default(), organization).await)
    }

    async fn edit(&self) -> Option<String> {
        let patch = Patch::Merge(json!({"spec": {"suspend": true}}));
        refusal(self.0.patch(ACME, &PatchParams::default(), &patch).await)
    }

    async fn delete(&self) -> Option<String> {
        refusal(self.0.delete(ACME, &DeleteParams::default()).await)
    }

    /// Waits until it can be made, changed and taken away again.
    async fn may_write(&self, organization: &SpotOrganization) {
        wait_until(PATIENCE, "it may be created", async || {
            self.create(organization).await.is_none().then_some(())
        })
        .await;
        assert_eq!((self.edit().await, self.delete().await), (None, None));
    }

    /// Waits until it can be created no more, and tries the rest.
    async fn may_not_write(&self, organization: &SpotOrganization, admin: &Self) {
        wait_until(PATIENCE, "it may not be created", async || {
            let refused = self.create(organization).await;
            if refused.is_none() {
                assert_eq!(admin.delete().await, None);
            }
            refused.filter(|message| message.contains("spotorganizations.spot.orgkeeper.dev is forbidden"))
        })
        .await;
        assert_eq!(admin.create(organization).await, None);
        assert!(self.edit().await.is_some() && self.delete().await.is_some());
        assert!(self.0.get(ACME).await.is_ok(), "it may be looked at");
        assert_eq!(admin.delete().await, None);
    }
}

#[tokio::test]
async fn organizations_take_a_role_of_their_own_unless_the_chart_is_told_otherwise() {
    if !may_run() {
        return;
    }
    let mut house = scene().await;
    house.helm(RELEASE, &chart(), &chart_values(&house, false)).await;
    let theirs = elsewhere(&house).to_owned();
    let organization = named_elsewhere(&house);
    let client = async |name| house.cluster.service_account_client(&theirs, name).await;
    let (editor, organizer) = (client("editor").await, client("organizer").await);
    let admin = Hand::new(house.cluster.client(), &theirs);

    // What is in organizations is everybody's who may edit.
    let accounts: Api<SpotAccount> = Api::namespaced(editor.clone(), &theirs);
    let mut account = house.account("payments");
    account["metadata"]["namespace"] = json!(theirs);
    let account = serde_json::from_value(account).unwrap();
    wait_until(PATIENCE, "an editor may create an account", async || {
        refusal(accounts.create(&PostParams::default(), &account).await).is_none().then_some(())
    })
    .await;
    let hand = Hand::new(editor.clone(), &theirs);
    hand.may_not_write(&organization, &admin).await;
    Hand::new(organizer.clone(), &theirs).may_write(&organization).await;
    // It is bound where it is bound.
    let beside = Hand::new(organizer, house.namespace());
    let there = serde_json::from_value(house.organization()).unwrap();
    assert!(beside.create(&there).await.is_some());

    house.helm(RELEASE, &chart(), &chart_values(&house, true)).await;
    hand.may_write(&organization).await;
    house.helm(RELEASE, &chart(), &chart_values(&house, false)).await;
    hand.may_not_write(&organization, &admin).await;
    house.take_down().await;
}

/// Rule 3 needs no role: who has no token of an organization keeps nobody else from it.
#[tokio::test]
async fn under_the_old_value_an_older_organization_without_a_secret_holds_nobody_up() {
    if !may_run() {
        return;
    }
    let mut house = scene().await;
    house.helm(RELEASE, &chart(), &chart_values(&house, true)).await;
    let theirs = elsewhere(&house).to_owned();
    let editor = Hand::new(house.cluster.service_account_client(&theirs, "editor").await, &theirs);
    let organization = named_elsewhere(&house);
    wait_until(PATIENCE, "an editor may create an organization", async || {
        editor.create(&organization).await.is_none().then_some(())
    })
    .await;
    let operator = house.start().await;
    let intruder = house.object(Kind::Organization, &theirs, ACME);
    intruder.becomes("looked at", |object| object["status"]["conditions"].is_array()).await;
    let made = editor.0.get(ACME).await.unwrap().creation_timestamp().unwrap().0;
    // Kubernetes counts seconds.
    wait_until(PATIENCE, "whatever is made now is younger", async || {
        (Timestamp::now().as_second() > made.as_second()).then_some(())
    })
    .await;

    house.apply_organization().await;
    house.apply(&[house.account("payments")]).await;
    let rightful = house.the_organization(ACME);
    rightful.ready().await;
    house.the_account("payments").ready().await;
    let message = intruder.stands(Stalled, "ManagementConflict").await;
    // It admits nothing of that namespace.
    assert!(message.contains("kept by an object in another namespace"), "{message}");
    assert!(!message.contains(house.namespace()), "{message}");

    // Nor does it after a restart, which knows of both at once.
    operator.stop().await;
    let operator = house.start().await;
    house.reconcile("again").await;
    rightful.ready().await;
    intruder.stands(Stalled, "ManagementConflict").await;
    house.sandbox.one("payments").await;
    house.close(operator).await;
}
