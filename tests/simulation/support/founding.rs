//! An organization that is to be created: its manifest, its tokens, and what became of it.

use super::house::{House, mins};
use super::look::acme;
use super::manifests::{HOME, HOST, TOKEN};
use http::Method;
use orgkeeper::sandbox::spot::{Contract, OrganizationId};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

/// The Secret for the token of the new organization.
pub const NEW_TOKEN: &str = "acme-token";

/// An organization named Acme, to be created with the token in `parent-token`.
pub fn to_create() -> Value {
    json!({
        "create": {"name": "Acme", "tokenSecretRef": {"name": "parent-token", "key": "token"}},
        "connection": {
            "tokenSecretRef": {"name": NEW_TOKEN, "key": "token"},
            "endpoint": format!("https://{HOST}"),
            "contract": "Auto",
            "requestsPerMinute": 300,
        },
        "resyncInterval": "5m",
        "managementPolicy": "Manage",
    })
}

impl House {
    /// A vendor with the organization whose token creates others.
    pub fn with_a_parent(contract: Contract) -> Self {
        let house = Self::new(contract);
        house.way.cluster.put_secret(HOME, "parent-token", "token", TOKEN);
        house
    }

    /// One in which `fault` strikes the next create.
    pub fn struck_at_a_create(contract: Contract, fault: FaultKind) -> Self {
        let mut house = Self::with_a_parent(contract);
        house.vendor().add_fault(Fault::once(&Method::POST, "/setup/organization", fault));
        house.apply(&acme(), &to_create());
        house.start();
        house
    }

    /// The organizations that were created, and live.
    pub fn founded(&self) -> Vec<OrganizationId> {
        let now = self.wall();
        let mut vendor = self.vendor();
        vendor.carry_out_late(now);
        let all = vendor.world().organizations();
        all.filter(|organization| organization.creator.is_some())
            .map(|organization| organization.id)
            .collect()
    }

    /// How many calls came that create an organization.
    pub fn foundings(&self) -> usize {
        let vendor = self.vendor();
        let entries = vendor.requests().entries();
        entries.filter(|entry| entry.method == "POST" && entry.route == "/setup/organization").count()
    }

    /// A person makes a token of the organization in the console, and puts it where it is waited for.
    pub fn issue_token_of(&self, organization: OrganizationId) {
        let token =
            self.vendor().world_mut().issue_token(organization, None).expect("it has an administrator");
        self.way.cluster.put_secret(HOME, NEW_TOKEN, "token", &token.value);
    }

    /// Runs until the organization is created and ready, with a token that a person made.
    #[track_caller]
    pub fn until_founded(&mut self) -> OrganizationId {
        self.until(mins(5), "created", |house| {
            house.waits(&acme(), "SecretNotFound") && house.id(&acme()).is_some()
        });
        let [id] = self.founded()[..] else { panic!("{}", self.describe()) };
        self.issue_token_of(id);
        self.until(mins(5), "ready", |house| house.ready(&acme()));
        id
    }
}
