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
//! | `model`, `calls`, `requests`, `decode` | what the vendor has, and how it is reached, as of [every kind](super) |

mod apply;
pub mod calls;
pub(super) mod decode;
mod fields;
mod harm;
pub mod model;
mod paths;
pub mod requests;
mod shown;
mod wish;

#[cfg(test)]
mod tests;

use crate::api::kind::KindRef;
use crate::api::policy::DeletionPolicy;
use crate::api::spot::SpotUser;
use crate::api::spot::kinds;
use crate::engine::base::error::VendorError;
use crate::engine::base::ports::Tick;
use crate::engine::decide::plan::{Change, Field};
use crate::engine::external::list::{Listed, Wanted};
use crate::engine::provider::ability::{
    Creates, Deletes, Details, Explains, Gets, Guarded, Lists, OneTimeToken,
};
use crate::engine::provider::declared::Declared;
use crate::engine::provider::facts::{Facts, KeyAtVendor, Naming, Within};
use crate::engine::provider::harm::{Harm, Stripped};
use crate::engine::provider::inputs::{Inputs, Unresolved};
use crate::engine::provider::kind::{External, Kind};
use crate::engine::provider::registration::{End, Making, Registration};
use crate::engine::provider::vendor::Created;
use crate::vendors::spot::access::admins;
use crate::vendors::spot::access::grants;
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::organization::Spot;
use crate::vendors::spot::session::{SpotSession, has_token};
use async_trait::async_trait;
use calls::UserCalls;
use model::{UserKind, UserRow};
use secrecy::SecretString;
use shown::Detail;
use std::collections::BTreeMap;
use std::mem;

pub use shown::{Observed, Users};
pub use wish::Desired;

/// The kind with all that it can do.
pub fn registration() -> Registration<Users> {
    Registration::of(Users, Users, Making::repeatable(Users), End::deleted(Users))
        .gets(Users)
        .details(Users)
        .guard(Users)
        .tokens(Users)
        .explains(Users)
}

impl Kind for Users {
    type Vendor = Spot;
    type Resource = SpotUser;
    type Desired = Desired;
    type Observed = Observed;

    const FACTS: Facts =
        Facts { relation: Some(kinds::USER_GROUP), ..Facts::of("user", DeletionPolicy::Delete) };

    fn key(resource: &SpotUser, _within: &Within) -> String {
        wish::key(resource)
    }

    fn naming(resource: &SpotUser) -> Naming {
        // A person's address is one person's; machine users may have one name.
        let (differ, at_vendor) = match resource.spec.human {
            Some(_) => ("give it another spec.human.email", KeyAtVendor::Unique),
            None => ("give it another spec.programmatic.name", KeyAtVendor::MayRepeat),
        };
        let unsendable = wish::unsendable_name(resource);
        Naming { title: wish::key(resource), unsendable, differ, at_vendor }
    }

    async fn resolve(
        &self,
        session: &SpotSession,
        resource: &SpotUser,
        inputs: &Inputs<'_>,
    ) -> Result<Declared<Desired>, Unresolved> {
        let mut state = wish::resolve(session, resource, inputs).await?;
        Ok(Declared {
            missing: wish::missing_for_create(session, &state),
            resolved: state.lists.resolved(),
            waits: mem::take(&mut state.lists.waits),
            ..Declared::of(state)
        })
    }

    fn identify(live: &Observed) -> External<'_> {
        let organization = live.row.organization_id.as_deref();
        External { id: &live.row.id, key: &live.key, organization, adoptable: true }
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
}

#[async_trait(?Send)]
impl Lists<Self> for Users {
    async fn list(
        &self,
        session: &SpotSession,
        wanted: Wanted<'_, Observed>,
    ) -> Result<Listed<Observed>, VendorError> {
        let rows = UserCalls(&session.client).list(session.client.organization()).await?;
        session.note_users(&rows);
        Ok(Listed { begun: wanted.now, rows: rows.into_iter().map(Observed::new).collect() })
    }
}

#[async_trait(?Send)]
impl Creates<Self> for Users {
    async fn create(&self, session: &SpotSession, desired: &Desired) -> Result<Created, VendorError> {
        apply::create(session, desired).await
    }

    fn carries(&self, session: &SpotSession, desired: &Desired, path: &str) -> bool {
        apply::create_carries(session, desired, path)
    }
}

#[async_trait(?Send)]
impl Gets<Self> for Users {
    async fn get(
        &self,
        session: &SpotSession,
        _container: &str,
        id: &str,
    ) -> Option<Result<Observed, VendorError>> {
        Some(UserCalls(&session.client).get(id).await.map(|user| {
            let row = UserRow {
                id: user.id,
                kind: user.kind,
                username: user.username,
                email: user.email,
                organization_id: user.organization_id,
                group_names: user.groups.into_iter().filter_map(|group| group.name).collect(),
            };
            Observed::new(row)
        }))
    }
}

#[async_trait(?Send)]
impl Details<Self> for Users {
    fn calls(&self, session: &SpotSession, row: &Observed) -> u32 {
        match row.row.kind {
            _ if !session.supports(Capability::UserDetails) => 0,
            Some(UserKind::Machine) => 1,
            Some(UserKind::Person) | None => 2,
        }
    }

    async fn read(&self, session: &SpotSession, row: Observed, since: Tick) -> Result<Observed, VendorError> {
        if !session.supports(Capability::UserDetails) {
            return Ok(row);
        }
        let id = &row.row.id;
        let user = UserCalls(&session.client).get(id);
        let user = session.half_read.read(id, (since, session.now()), user).await?;
        let email = user.email.as_ref().or(row.row.email.as_ref());
        let roles = match (email, row.row.kind) {
            (Some(email), Some(UserKind::Person) | None) => {
                UserCalls(&session.client).account_roles(email).await
            }
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

    fn uses(&self, live: &Observed, kind: KindRef, id: &str) -> bool {
        let detail = live.detail.as_ref();
        kind == kinds::POLICY
            && detail.is_some_and(|known| known.user.policies.iter().any(|one| one.policy_id == id))
    }
}

#[async_trait(?Send)]
impl Guarded<Self> for Users {
    fn takes_away(&self, changes: &[Change]) -> bool {
        changes.iter().any(fields::takes_away)
    }

    async fn strips<'a>(
        &self,
        session: &'a SpotSession,
        harm: &'a Harm<'a, Self>,
    ) -> Result<Stripped<'a, Self>, VendorError> {
        harm::strips(session, harm).await
    }
}

impl OneTimeToken<Self> for Users {
    fn has_token(&self, live: &Observed, token: &SecretString) -> Option<bool> {
        live.detail.as_ref().and_then(|detail| has_token(&detail.user, token))
    }
}

impl Explains<Self> for Users {
    fn meaning(&self, session: &SpotSession, path: &str) -> Option<String> {
        grants::meaning(path, |id| session.policy_name(id))
    }

    fn instead(&self, paths: &[String]) -> Option<&'static str> {
        // A person has a role in the organization by the vendor's policies (spot-wire §2.3, the SCIM note).
        let text = "What a person may do is given by policies later, in place of accounts: policies: [{policyName: Admin}] has \
                    somebody administer the organization, without an edit of human.role.";
        paths.iter().any(|path| path == paths::ROLE).then_some(text)
    }
}

#[async_trait(?Send)]
impl Deletes<Self> for Users {
    async fn delete(&self, session: &SpotSession, _container: &str, id: &str) -> Result<(), VendorError> {
        UserCalls(&session.client).delete(id).await
    }
}
