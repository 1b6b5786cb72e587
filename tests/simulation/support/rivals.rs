//! Objects that name one organization, in one namespace or in several.

use super::house::House;
use super::manifests::{AWAY, HOME, account, organization, with};
use futures::FutureExt;
use orgkeeper::api::managed::Managed;
use orgkeeper::api::spot::SpotOrganization;
use orgkeeper::engine::base::ports::{Cluster, ObjectRef, Part};
use orgkeeper::sandbox::digest;
use serde_json::{Value, json};

/// A token of another organization.
pub const OTHER: &str = "token-of-another";
/// The Secret of the object in another namespace.
pub const AWAY_SECRET: &str = "away-token";

/// An organization's object in another namespace.
pub fn organization_away(name: &str) -> ObjectRef {
    ObjectRef { kind: SpotOrganization::KIND, namespace: AWAY.into(), name: name.into() }
}

/// `acme`, by a Secret of another namespace.
pub fn from_away() -> Value {
    with(organization(), json!({"connection": {"tokenSecretRef": {"name": AWAY_SECRET}}}))
}

/// An account below the organization's object of that name.
pub fn account_of(root: &str, name: &str) -> Value {
    with(
        account(name),
        json!({"organizationRef": {"name": root, "namespace": HOME}, "deletionPolicy": "Delete"}),
    )
}

impl House {
    /// Another organization with a token of its own.
    pub fn another_organization(&self) {
        let now = self.wall();
        let mut vendor = self.vendor();
        let other = vendor.world_mut().create_organization(now, None, "Other", None);
        vendor.world_mut().issue_token(other, Some(OTHER.into())).unwrap();
    }

    /// How many requests were sent with another token than this one; of all, or of those that write.
    pub fn sent_without(&self, token: &str, write: bool) -> usize {
        let digest = digest(token);
        let vendor = self.vendor();
        let entries = vendor.requests().entries();
        entries
            .filter(|entry| entry.token.as_ref() != Some(&digest) && (!write || entry.method != "GET"))
            .count()
    }

    /// Somebody writes the id into the object's status.
    pub fn forge_id(&self, key: &ObjectRef, id: &str) {
        let patch = json!({"status": {"id": id, "organizationId": id}});
        let written = Cluster::patch(&*self.way.cluster, key, Part::Status, patch).now_or_never();
        written.expect("nothing waits there").expect("it is there");
    }

    /// The object goes, whatever is below it.
    pub fn abandon(&mut self, key: &ObjectRef) {
        self.annotate(key, &json!({"orgkeeper.dev/abandon": "true"}));
        self.delete(key);
        self.until(super::house::mins(1), "gone", |house| !house.exists(key));
    }
}
