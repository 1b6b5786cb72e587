//! Users: people and machines.
//!
//! | module | holds |
//! |---|---|
//! | `wish` | what a manifest asks for, with references resolved |
//! | `fields` | the wish beside what the vendor shows |
//! | `apply` | creating, and writing what differs |
//! | `shown` | a user as the vendor shows it |
//! | `paths` | what the parts of a user are called |
//! | `harm` | who would be locked out |

mod apply;
mod fields;
mod harm;
mod paths;
mod shown;
mod wish;

#[cfg(test)]
mod tests;

use crate::api::policy::DeletionPolicy;
use crate::api::spot::SpotUser;
use crate::api::status::Resolved;
use crate::engine::base::error::VendorError;
use crate::engine::base::ports::Tick;
use crate::engine::decide::plan::{Change, Field};
use crate::engine::provider::inputs::{Inputs, Unresolved, Wait};
use crate::engine::provider::kind::{Harm, KeyAtVendor, Kind, Listed, Wanted, Within};
use crate::engine::provider::vendor::Created;
use crate::vendors::spot::admins;
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::grants;
use crate::vendors::spot::model::{UserKind, UserRow};
use crate::vendors::spot::organization::Spot;
use crate::vendors::spot::session::{SpotSession, has_token};
use secrecy::SecretString;
use shown::Detail;
use std::collections::BTreeMap;

pub use shown::{Observed, Users};
pub use wish::Desired;

impl Kind for Users {
    type Vendor = Spot;
    type Resource = SpotUser;
    type Desired = Desired;
    type Observed = Observed;

    const DELETION: DeletionPolicy = DeletionPolicy::Delete;
    const NOUN: &'static str = "user";
    const RELATION: Option<(&'static str, &'static str)> = Some(("SpotUserGroup", "members"));

    fn key(resource: &SpotUser, _within: &Within) -> String {
        wish::key(resource)
    }

    fn key_at_vendor(resource: &SpotUser) -> KeyAtVendor {
        // A person's address is one person's; machine users may have one name.
        if resource.spec.human.is_some() { KeyAtVendor::Unique } else { KeyAtVendor::MayRepeat }
    }

    fn unsendable_name(resource: &SpotUser) -> Option<String> {
        wish::unsendable_name(resource)
    }

    fn title(resource: &SpotUser) -> String {
        wish::key(resource)
    }

    fn differ(resource: &SpotUser) -> &'static str {
        match resource.spec.human {
            Some(_) => "give it another spec.human.email",
            None => "give it another spec.programmatic.name",
        }
    }

    async fn desired(
        &self,
        session: &SpotSession,
        resource: &SpotUser,
        inputs: &Inputs<'_>,
    ) -> Result<Desired, Unresolved> {
        wish::resolve(session, resource, inputs).await
    }

    fn meaning(session: &SpotSession, path: &str) -> Option<String> {
        grants::meaning(path, |id| session.policy_name(id))
    }

    fn instead(paths: &[String]) -> Option<&'static str> {
        // A person has a role in the organization by the vendor's policies (spot-wire §2.3, the SCIM note).
        let text = "What a person may do is given by policies later, in place of accounts: policies: [{policyName: Admin}] has \
                    somebody administer the organization, without an edit of human.role.";
        paths.iter().any(|path| path == paths::ROLE).then_some(text)
    }

    fn waits(desired: &Desired) -> &[Wait] {
        &desired.lists.waits
    }

    fn resolved(desired: &Desired) -> Vec<Resolved> {
        desired.lists.resolved()
    }

    fn missing_for_create(session: &SpotSession, desired: &Desired) -> Option<String> {
        wish::missing_for_create(session, desired)
    }

    async fn list(&self, session: &SpotSession, wanted: Wanted<'_>) -> Result<Listed<Observed>, VendorError> {
        let rows = session.client.list_users(session.client.organization()).await?;
        session.note_users(&rows);
        Ok(Listed { begun: wanted.now, rows: rows.into_iter().map(Observed::new).collect() })
    }

    async fn get(
        &self,
        session: &SpotSession,
        _container: &str,
        id: &str,
    ) -> Option<Result<Observed, VendorError>> {
        Some(session.client.get_user(id).await.map(|user| {
            let row = UserRow {
                id: user.id,
                kind: user.kind,
                username: user.username,
                email: user.email,
                organization_id: user.organization_id,
                group_names: user.groups.into_iter().filter_map(|group| group.name).collect(),
                mfa: None,
            };
            Observed::new(row)
        }))
    }

    fn id(live: &Observed) -> &str {
        &live.row.id
    }

    fn live_key(live: &Observed) -> &str {
        &live.key
    }

    fn organization(live: &Observed) -> Option<&str> {
        live.row.organization_id.as_deref()
    }

    fn uses(live: &Observed, kind: &str, id: &str) -> bool {
        let detail = live.detail.as_ref();
        kind == "AccessPolicy"
            && detail.is_some_and(|known| known.user.policies.iter().any(|one| one.policy_id == id))
    }

    fn detail_calls(&self, session: &SpotSession, row: &Observed) -> u32 {
        match row.row.kind {
            _ if !session.supports(Capability::UserDetails) => 0,
            Some(UserKind::Machine) => 1,
            Some(UserKind::Person) | None => 2,
        }
    }

    async fn detail(
        &self,
        session: &SpotSession,
        row: Observed,
        since: Tick,
    ) -> Result<Observed, VendorError> {
        if !session.supports(Capability::UserDetails) {
            return Ok(row);
        }
        let id = &row.row.id;
        let user = session.client.get_user(id);
        let user = session.half_read.read(id, (since, session.now()), user).await?;
        let email = user.email.as_ref().or(row.row.email.as_ref());
        let roles = match (email, row.row.kind) {
            (Some(email), Some(UserKind::Person) | None) => session.client.account_roles(email).await,
            _ => Ok(BTreeMap::new()),
        };
        session.half_read.ended(id, &roles);
        let roles = roles?;
        if session.uses_policies() {
            let policies = session.policies_so_far().await?;
            session.note_user(&user, admins::is_administrator(&user, &policies));
        }
        // The read is younger than the list.
        let mut row = row.row;
        if !user.username.is_empty() {
            row.username.clone_from(&user.username);
        }
        row.email = user.email.clone().or(row.email);
        Ok(Observed { detail: Some(Detail { user, roles }), ..Observed::new(row) })
    }

    fn has_token(live: &Observed, token: &SecretString) -> Option<bool> {
        live.detail.as_ref().and_then(|detail| has_token(&detail.user, token))
    }

    fn fields(
        &self,
        session: &SpotSession,
        desired: &Desired,
        live: &Observed,
        applied: &BTreeMap<String, String>,
    ) -> Vec<Field> {
        fields::of(session, desired, live, applied)
    }

    fn takes_away(changes: &[Change]) -> bool {
        changes.iter().any(fields::takes_away)
    }

    async fn lock_out(
        &self,
        session: &SpotSession,
        harm: Harm<'_, Self>,
    ) -> Result<Option<String>, VendorError> {
        harm::lock_out(session, &harm).await
    }

    async fn create(&self, session: &SpotSession, desired: &Desired) -> Result<Created, VendorError> {
        apply::create(session, desired).await
    }

    fn create_carries(&self, session: &SpotSession, desired: &Desired, path: &str) -> bool {
        apply::create_carries(session, desired, path)
    }

    fn created(&self, desired: &Desired, id: &str) -> Observed {
        apply::created(desired, id)
    }

    async fn update(
        &self,
        session: &SpotSession,
        id: &str,
        desired: &Desired,
        live: &Observed,
        changes: &[Change],
    ) -> Result<(), VendorError> {
        apply::update(session, id, desired, live, changes).await
    }

    async fn delete(&self, session: &SpotSession, _container: &str, id: &str) -> Result<(), VendorError> {
        session.client.delete_user(id).await
    }
}
