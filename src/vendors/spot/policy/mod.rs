//! Access policies.
//!
//! | module | holds |
//! |---|---|
//! | `wish` | what a manifest asks |
//! | `content` | what a policy says, and when two say the same |
//! | `holders` | who has a policy |
//! | `harm` | who would be locked out |
//! | `model`, `calls`, `requests`, `decode` | what the vendor has, and how it is reached, as of [every kind](super) |

pub mod calls;
mod content;
pub(super) mod decode;
mod harm;
mod holders;
pub mod model;
pub mod requests;
mod unknown;
mod wish;

use crate::api::policy::DeletionPolicy;
use crate::api::spot::kinds;
use crate::api::spot::{AccessPolicy, PolicyContent as Written, PolicyType as Place};
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::reason::Reason;
use crate::engine::decide::plan::{Change, Field, Seen, Text};
use crate::engine::external::list::{Listed, Wanted};
use crate::engine::provider::ability::{Bystanders, Creates, Deletes, Guarded, Lists};
use crate::engine::provider::declared::Declared;
use crate::engine::provider::facts::{Facts, KeyAtVendor, Listing, Naming, Within};
use crate::engine::provider::harm::{Harm, Stripped};
use crate::engine::provider::inputs::{Inputs, Unresolved};
use crate::engine::provider::kind::{External, Kind};
use crate::engine::provider::registration::{End, Making, Registration};
use crate::engine::provider::vendor::Created;
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::names;
use crate::vendors::spot::organization::Spot;
use crate::vendors::spot::reasons;
use crate::vendors::spot::session::SpotSession;
use async_trait::async_trait;
use calls::PolicyCalls;
use model::{NewPolicy, Policy, PolicyContent, PolicyKind, PolicyMember, PolicyType, PolicyUpdate};
use std::collections::{BTreeMap, BTreeSet};
use wish::{DESCRIPTION, NAME, PERMISSIONS, STATEMENTS, TYPE};

pub use wish::{AccessPolicies, Desired};

/// What a content that cannot be read is called in drift.
const NOT_UNDERSTOOD: &str = "(not understood)";

/// Why the contract cannot express this one, so that it cannot be created.
fn beyond_contract(desired: &Desired) -> Option<(Reason, String)> {
    let why = desired.content.as_ref().err()?;
    let text = format!(
        "The endpoint's contract has policies of permissions, and {why}. Write the policy in that form (permissions), \
         or leave it: nothing of it is sent."
    );
    Some((reasons::NOT_TRANSLATABLE, text))
}

/// The kind with all that it can do.
pub fn registration() -> Registration<AccessPolicies> {
    Registration::of(
        AccessPolicies,
        AccessPolicies,
        Making::repeatable(AccessPolicies),
        End::deleted(AccessPolicies),
    )
    .guard(AccessPolicies)
}

impl Kind for AccessPolicies {
    type Vendor = Spot;
    type Resource = AccessPolicy;
    type Desired = Desired;
    type Observed = Policy;

    const FACTS: Facts = Facts {
        // Users and groups know policies by the same list.
        listing: Listing::Shared,
        held_by: &[kinds::USER, kinds::USER_GROUP],
        ..Facts::of("policy", DeletionPolicy::Delete)
    };

    fn key(resource: &AccessPolicy, _within: &Within) -> String {
        resource.spec.name.clone()
    }

    fn naming(resource: &AccessPolicy) -> Naming {
        Naming {
            title: resource.spec.name.clone(),
            unsendable: names::plain("spec.name", &resource.spec.name),
            differ: "give it another spec.name",
            at_vendor: KeyAtVendor::MayRepeat,
        }
    }

    async fn resolve(
        &self,
        session: &SpotSession,
        resource: &AccessPolicy,
        _inputs: &Inputs<'_>,
    ) -> Result<Declared<Desired>, Unresolved> {
        let person = |text: String| Unresolved::Person(reasons::POLICY_INVALID, text);
        let spec = &resource.spec;
        let neither =
            || person("The policy has neither statements nor permissions. Write one of them.".to_owned());
        let written = spec.content().ok_or_else(neither)?;
        let path = match written {
            Written::Statements(_) => STATEMENTS,
            Written::Permissions(_) => PERMISSIONS,
        };
        let content = content::wished(written).map_err(person)?;
        refuse_built_in(session, resource).await?;
        let state = Desired {
            name: spec.name.clone(),
            description: spec.description.clone(),
            made_for: spec.policy_type.map(|place| match place {
                Place::Account => PolicyType::Account,
                Place::Organization => PolicyType::Organization,
            }),
            path,
            content: in_form(session, &content),
        };
        let advice = match written {
            Written::Statements(statements) => unknown::advice(session, statements).await,
            Written::Permissions(_) => Vec::new(),
        };
        Ok(Declared { inexpressible: beyond_contract(&state), advice, ..Declared::of(state) })
    }

    fn identify(live: &Policy) -> External<'_> {
        External { id: &live.id, key: &live.name, organization: None, adoptable: true }
    }

    fn fields(
        &self,
        session: &SpotSession,
        desired: &Desired,
        live: &Policy,
        _applied: &BTreeMap<String, String>,
    ) -> Vec<Field> {
        let plain = |text: &str| Text::Plain(text.to_owned());
        // Where a write has to repeat what cannot be said, nothing can be written.
        let writable = says_what_changed(session) || repeated(session, desired, live).is_some();
        let seen = |shown: Option<&str>| match shown {
            _ if !writable => Seen::Unsupported,
            Some(shown) => Seen::Value(plain(shown)),
            None => Seen::Unreadable,
        };
        let mut fields = vec![Field::new(NAME, plain(&desired.name), seen(Some(&live.name)))];
        if let Some(description) = &desired.description {
            let shown = live.description.as_deref();
            // The document does not say that a list shows it.
            let shown = shown.or_else(|| session.supports(Capability::PolicyContent).then_some(""));
            fields.push(Field::new(DESCRIPTION, plain(description), seen(shown)));
        }
        if let Some(made_for) = desired.made_for {
            let shown = match place(live.kind) {
                _ if !session.supports(Capability::PolicyStatements) => Seen::Unsupported,
                Some(place) => Seen::Value(plain(place)),
                None => Seen::Unreadable,
            };
            fields.push(Field::fixed(TYPE, plain(place(made_for.into()).unwrap_or_default()), shown));
        }
        fields.push(match &desired.content {
            Err(_) => Field::new(desired.path, plain(""), Seen::Unsupported),
            Ok(content) => {
                let shown = live.content.as_ref().map(content::text);
                // What is shown in a form that is not understood says something else than what is asked for.
                let told = session.supports(Capability::PolicyContent);
                let shown = shown.or_else(|| told.then(|| NOT_UNDERSTOOD.to_owned()));
                let seen = shown.map_or(Seen::Unreadable, |shown| Seen::Value(Text::Plain(shown)));
                Field::new(desired.path, Text::Plain(content::text(content)), seen)
            }
        });
        fields
    }

    fn created(&self, desired: &Desired, id: &str) -> Policy {
        Policy {
            id: id.to_owned(),
            name: desired.name.clone(),
            description: desired.description.clone(),
            kind: desired.made_for.map_or(PolicyKind::Unknown, PolicyKind::from),
            content: desired.content.clone().ok(),
        }
    }

    async fn update(
        &self,
        session: &SpotSession,
        id: &str,
        desired: &Desired,
        live: &Policy,
        changes: &[Change],
    ) -> Result<(), VendorError> {
        // What was written a moment ago, and is not shown yet, is as it is declared.
        let declared = |path: &str| changes.iter().any(|change| change.path == path);
        let changed = |path: &str| changes.iter().any(|change| change.path == path && !change.repeated);
        let content = if declared(desired.path) {
            desired.content.clone().map_err(inexpressible)?
        } else {
            let content = repeated(session, desired, live);
            content.ok_or_else(|| inexpressible("what the policy says cannot be repeated".to_owned()))?
        };
        let description = desired.description.clone().filter(|_| declared(DESCRIPTION));
        let members = [
            (NAME, PolicyMember::Name),
            (DESCRIPTION, PolicyMember::Description),
            (desired.path, PolicyMember::Content),
        ];
        let update = PolicyUpdate {
            name: if declared(NAME) { desired.name.clone() } else { live.name.clone() },
            description: description
                .or_else(|| live.description.clone())
                .or_else(|| desired.description.clone()),
            content,
            changed: members
                .into_iter()
                .filter(|(path, _)| changed(path))
                .map(|(_, member)| member)
                .collect(),
        };
        let updated = PolicyCalls(&session.client).update(id, &update).await;
        session.policies_written();
        updated
    }
}

#[async_trait(?Send)]
impl Lists<Self> for AccessPolicies {
    async fn list(
        &self,
        session: &SpotSession,
        wanted: Wanted<'_, Policy>,
    ) -> Result<Listed<Policy>, VendorError> {
        let policies = session.list_policies(wanted.fresh).await?;
        let made = policies.all().filter(|policy| !is_built_in(session, policy));
        Ok(Listed { begun: policies.read_at(), rows: made.cloned().collect() })
    }
}

#[async_trait(?Send)]
impl Creates<Self> for AccessPolicies {
    async fn create(&self, session: &SpotSession, desired: &Desired) -> Result<Created, VendorError> {
        let policy = NewPolicy {
            name: desired.name.clone(),
            description: desired.description.clone(),
            policy_type: desired.made_for.filter(|_| session.supports(Capability::PolicyStatements)),
            content: desired.content.clone().map_err(inexpressible)?,
        };
        let created = PolicyCalls(&session.client).create(&policy).await;
        session.policies_written();
        created
    }
}

#[async_trait(?Send)]
impl Guarded<Self> for AccessPolicies {
    fn takes_away(&self, changes: &[Change]) -> bool {
        // Whoever has the policy may lose something by it.
        let of_content = |change: &Change| !matches!(change.path.as_str(), NAME | DESCRIPTION);
        changes.iter().any(|change| !change.repeated && of_content(change))
    }

    async fn strips<'a>(
        &self,
        session: &'a SpotSession,
        harm: &'a Harm<'a, Self>,
    ) -> Result<Stripped<'a, Self>, VendorError> {
        harm::strips(session, harm).await
    }
}

#[async_trait(?Send)]
impl Deletes<Self> for AccessPolicies {
    async fn delete(&self, session: &SpotSession, _container: &str, id: &str) -> Result<(), VendorError> {
        let deleted = PolicyCalls(&session.client).delete(id).await;
        session.policies_written();
        deleted
    }

    async fn bystanders(
        &self,
        session: &SpotSession,
        id: &str,
        ours: &BTreeSet<String>,
    ) -> Result<Bystanders, VendorError> {
        holders::others(session, id, ours).await
    }
}

/// Whether a write names only what changes: the live service merges at the top level (spot-wire §2.5), the
/// document's body is the whole policy.
fn says_what_changed(session: &SpotSession) -> bool {
    session.supports(Capability::PolicyStatements)
}

/// The content in the contract's form.
fn in_form(session: &SpotSession, content: &PolicyContent) -> Result<PolicyContent, String> {
    if session.supports(Capability::PolicyStatements) {
        Ok(PolicyContent::Statements(content::as_statements(content)))
    } else {
        content::as_permissions(content).map(PolicyContent::Permissions)
    }
}

/// The content for a write that is about something else: as it is, or as far as that is not shown, as it is
/// declared.
fn repeated(session: &SpotSession, desired: &Desired, live: &Policy) -> Option<PolicyContent> {
    let shown = live.content.as_ref().and_then(|content| in_form(session, content).ok());
    shown.or_else(|| desired.content.clone().ok())
}

fn inexpressible(why: String) -> VendorError {
    VendorError::without_effect(Failure::NotSupported, why)
}

/// Where a policy can be given, in the manifest's word.
fn place(kind: PolicyKind) -> Option<&'static str> {
    match kind {
        PolicyKind::Account | PolicyKind::BuiltInAccount => Some("Account"),
        PolicyKind::Organization | PolicyKind::BuiltInOrganization => Some("Organization"),
        PolicyKind::Unknown => None,
    }
}

/// Whether the vendor brought the policy along. Its kind says so; in the live service the id does, too, whatever
/// its kind is called: only those that people made begin with `pol-` (spot-wire §1). The document says nothing of
/// ids.
fn is_built_in(session: &SpotSession, policy: &Policy) -> bool {
    let by_id =
        || session.supports(Capability::PolicyContent) && policy.id.bytes().all(|byte| byte.is_ascii_digit());
    policy.kind.is_built_in() || by_id()
}

/// A policy that the vendor brought along can be given, never managed; nor may another take its name, by
/// which people know it, unless it has that name already.
async fn refuse_built_in(session: &SpotSession, resource: &AccessPolicy) -> Result<(), Unresolved> {
    let name = &resource.spec.name;
    let policies = session.policies_so_far().await.map_err(Unresolved::Vendor)?;
    let Some(built_in) = policies.named(name).into_iter().find(|policy| is_built_in(session, policy)) else {
        return Ok(());
    };
    let status = resource.status.as_ref().and_then(|status| status.id.as_ref());
    let own = status.or(resource.spec.common.adopt.id.as_ref());
    if own.and_then(|id| policies.get(id)).is_some_and(|policy| policy.name == *name) {
        return Ok(());
    }
    let text = format!(
        "{name:?} is a policy that Spot brought along ({id}): it can be given, by policyName or policyId, and \
         not managed. Choose another name.",
        id = built_in.id
    );
    Err(Unresolved::Person(Reason::AlreadyExists, text))
}
