//! A life in which everything happens that metrics tell of.

use serde_json::{Value, json};

use super::forgets;
use crate::support::{
    house::{ACME, House, Kind, LONG, condition},
    operator::{Operator, Run},
    samples::{self, TEAMS},
    sandbox::{ACCOUNTS, Sandbox},
    wait::wait_until,
};
use orgkeeper::{
    api::annotation,
    sandbox::spot::Contract,
    sandbox::{Fault, FaultKind},
};

/// A machine that does as much for others may be slow to answer.
const PATIENT: [&str; 6] = ["--call-timeout", "20s", "--lease-duration", "30s", "--lease-renew", "5s"];
/// The account that drifts, and whose manifest is edited.
const DRIFTS: &str = "payments-prod";
/// The person who leaves.
const GOES: &str = "lane";

/// The namespace and name in a manifest.
fn place(manifest: &Value) -> (&str, &str) {
    let text = |member: &str| manifest["metadata"][member].as_str().unwrap_or_default();
    (text("namespace"), text("name"))
}

/// An operator that keeps the company of the samples.
pub struct Life {
    pub house: House,
    operator: Operator,
    manifests: Vec<Value>,
}

impl Life {
    /// The operator leads, and there is nothing to do.
    pub async fn begin() -> Self {
        let sandbox = Sandbox::start_with(Contract::Production, &["--any-resource"]).await;
        let house = House::with_namespaces("monitoring", TEAMS.len(), sandbox).await;
        let mut manifests = samples::manifests(&house);
        let organization = manifests.iter_mut().find(|manifest| manifest["kind"] == "SpotOrganization");
        // In the end everything is deleted at once.
        organization.expect("there is one")["spec"]["guard"] = json!({"maxDestructivePerHour": 1000});
        let operator = house.start_with(&Run::with(&PATIENT)).await;
        let life = Self { house, operator, manifests };
        life.shows("it leads", |page| page.contains("leader_election_master_status{name=\"orgkeeper\"} 1"))
            .await;
        life
    }

    pub fn url(&self) -> &str {
        self.operator.url()
    }

    /// The page of metrics.
    pub async fn page(&self) -> String {
        let (status, page) = self.operator.page("/metrics").await;
        assert_eq!(status, 200, "{page}");
        page
    }

    async fn shows(&self, what: &str, is_so: impl Fn(&str) -> bool) {
        wait_until(LONG, what, async || is_so(&self.page().await).then_some(())).await;
    }

    fn objects(&self) -> impl Iterator<Item = (Kind, &str, &str)> {
        self.manifests.iter().filter_map(|manifest| {
            let (namespace, name) = place(manifest);
            Some((Kind::of(manifest)?, namespace, name))
        })
    }

    fn root(&self) -> &str {
        self.house.namespace()
    }

    /// Waits for a condition of the organization to come or to go.
    async fn organization(&self, type_: &str, holds: bool) {
        let what = format!("{type_}: {holds}");
        let is_so = |object: &Value| condition(object, type_).is_some() == holds;
        self.house.becomes(Kind::Organization, self.root(), ACME, &what, is_so).await;
    }

    /// All objects come to be.
    pub async fn company(&self) {
        self.house.apply(&self.manifests).await;
        for (kind, namespace, name) in self.objects() {
            self.house.ready(kind, namespace, name).await;
        }
        self.shows("all are counted as ready", |page| {
            let not_ready =
                |line: &str| line.starts_with("orgkeeper_objects{") && !line.contains("\"ready\"");
            page.lines().filter(|line| not_ready(line)).all(|line| line.ends_with(" 0.0"))
                && page.contains("orgkeeper_credential_expiry_timestamp_seconds{")
        })
        .await;
    }

    /// Somebody changes something in the console, and it is put back; a manifest is edited.
    pub async fn drift(&self) {
        let account = self.house.sandbox.one(DRIFTS).await;
        self.house.sandbox.rename(&account.id, "renamed").await;
        self.house.reconcile("drift").await;
        wait_until(LONG, "the name is back", async || {
            let named = self.house.sandbox.named(DRIFTS).await;
            (named.len() == 1).then_some(())
        })
        .await;
        let corrected = "orgkeeper_drift_total{kind=\"SpotAccount\",outcome=\"corrected\"} ";
        self.shows("the correction is counted", |page| {
            page.lines().any(|line| line.strip_prefix(corrected).is_some_and(|count| count != "0"))
        })
        .await;
        let (kind, namespace, name) = self
            .objects()
            .find(|(kind, _, name)| *kind == Kind::Account && *name == DRIFTS)
            .expect("the samples have it");
        let edit = json!({"spec": {"name": "payments-production"}});
        self.house.patch(kind, namespace, name, &edit).await;
        self.house.ready(kind, namespace, name).await;
    }

    /// The vendor answers nothing for a while.
    pub async fn outage(&self) {
        let broken = FaultKind::ServerError { status: 503, effect: false };
        self.house.sandbox.fault(&Fault::always(broken)).await;
        self.ask("outage").await;
        self.organization("Unreachable", true).await;
        self.house.sandbox.clear_faults().await;
        self.organization("Unreachable", false).await;
    }

    /// The vendor's limit is used up.
    pub async fn pause(&self) {
        let refused = FaultKind::TooManyRequests { reset_seconds: 5 };
        self.house.sandbox.fault(&Fault::once(&http::Method::GET, ACCOUNTS, refused)).await;
        self.ask("pause").await;
        self.shows("calls pause", |page| page.contains("orgkeeper_vendor_paused_until_timestamp_seconds{"))
            .await;
        // Whoever asks meanwhile is put off.
        self.ask("paused").await;
        self.shows("a call is put off", |page| page.contains("orgkeeper_vendor_requests_deferred_total{"))
            .await;
        self.organization("Throttled", false).await;
    }

    async fn ask(&self, word: &str) {
        let asked = json!({"metadata": {"annotations": {annotation::RECONCILE_REQUESTED_AT: word}}});
        self.house.patch(Kind::Organization, self.root(), ACME, &asked).await;
    }

    /// The token of a machine user is replaced.
    pub async fn rotation(&self) {
        let machine = self.manifests.iter().find(|manifest| manifest["spec"]["programmatic"].is_object());
        let (namespace, name) = place(machine.expect("the samples have one"));
        let asked = json!({"metadata": {"annotations": {annotation::ROTATE_REQUESTED_AT: "now"}}});
        self.house.patch(Kind::User, namespace, name, &asked).await;
        let rotated = |object: &Value| object["status"]["token"]["rotation"].is_object();
        self.house.becomes(Kind::User, namespace, name, "being rotated", rotated).await;
        self.house.ready(Kind::User, namespace, name).await;
    }

    /// Something is deleted at the vendor, which takes something away.
    pub async fn deletion(&self) {
        let (kind, namespace, name) = self
            .objects()
            .find(|(kind, _, name)| *kind == Kind::User && *name == GOES)
            .expect("the samples have it");
        self.house.delete(kind, namespace, name).await;
        self.house.gone(kind, namespace, name).await;
        self.shows("it was let through", |page| {
            page.contains("orgkeeper_destructive_writes_total{kind=\"SpotUser\",outcome=\"passed\"}")
        })
        .await;
    }

    /// One object asks for what is not there, and somebody made an account by hand.
    pub async fn stall(&self) {
        self.house.sandbox.create("by-hand").await;
        let mut account = self.house.account("nowhere");
        account["spec"]["adopt"] = json!({"policy": "Required", "id": "act-00000000"});
        self.house.apply(&[account]).await;
        self.house.reason(Kind::Account, self.root(), "nowhere", "Stalled", "AdoptionTargetNotFound").await;
        let reason =
            "orgkeeper_objects_not_ready{kind=\"SpotAccount\",reason=\"AdoptionTargetNotFound\"} 1.0";
        self.shows("why it is not Ready is told", |page| page.contains(reason)).await;
    }

    /// Everything is deleted: nothing is told of the organization any more.
    pub async fn end(self) {
        self.house.delete(Kind::Account, self.root(), "nowhere").await;
        let page = self.page().await;
        assert!(page.contains("organization_id=\"") && page.contains("orgkeeper_vendor_limit{"), "{page}");
        for kind in Kind::ALL {
            for (_, namespace, name) in self.objects().filter(|(one, ..)| *one == kind) {
                if self.house.get(kind, namespace, name).await.is_some() {
                    self.house.delete(kind, namespace, name).await;
                }
            }
        }
        self.house.gone(Kind::Organization, self.root(), ACME).await;
        forgets(&self, "organization_id=\"").await;
        forgets(&self, &format!("organization=\"{}/{ACME}\"", self.root())).await;
        forgets(&self, "object=\"").await;
        self.house.close(self.operator).await;
    }
}
