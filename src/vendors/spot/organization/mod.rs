//! How Spot's organizations are reached: the vendor's half of the engine.

pub mod calls;
pub mod detect;
pub mod requests;

use crate::api::budget::{BudgetStatus, LearnedLimit};
use crate::api::finalizer;
use crate::api::kind::KindRef;
use crate::api::managed::Managed;
use crate::api::reference::SecretKeyRef;
use crate::api::spot::{
    self, AccessPolicy, ContractChoice, ContractStatus, Counts, SpotAccount, SpotOrganization, SpotUser,
    SpotUserGroup, SweepStatus,
};
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::ports::Tick;
use crate::engine::decide::audit::AuditEntry;
use crate::engine::decide::count::{Count, Tallied};
use crate::engine::decide::details::Sweep;
use crate::engine::external::caller::Link;
use crate::engine::external::rate_limit::RateLimitHeaders;
use crate::engine::provider::harm::{Principals, Row, SeenBefore};
use crate::engine::provider::organization_ability::{CreatesOrganizations, DeletesOrganizations};
use crate::engine::provider::vendor::{
    Connection, Created, NewRoot, OpenError, Proof, TokenPlace, Vendor, Words,
};
use crate::engine::provider::vendor_registration::VendorRegistration;
use crate::vendors::spot::access::admins::is_administrator;
use crate::vendors::spot::account::calls::AccountCalls;
use crate::vendors::spot::audit;
use crate::vendors::spot::audit::calls::AuditCalls;
use crate::vendors::spot::audit::model::AuditEvent;
use crate::vendors::spot::client::SpotClient;
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::names;
use crate::vendors::spot::reasons;
use crate::vendors::spot::session::SpotSession;
use crate::vendors::spot::user::calls::UserCalls;
use crate::vendors::spot::user::model::UserDetail;
use async_trait::async_trait;
use calls::OrganizationCalls;
use detect::DetectError;
use jiff::Timestamp;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Spot by Flexera.
#[derive(Clone, Copy, Debug)]
pub struct Spot;

/// The vendor with what its organizations can do.
pub fn registration() -> VendorRegistration<Spot> {
    VendorRegistration::of(Spot).creates(Spot).deletes(Spot).principals(Spot)
}

impl Vendor for Spot {
    type Root = SpotOrganization;
    type Session = SpotSession;
    type Principal = Rc<UserDetail>;

    const NAME: &'static str = "spot";

    const SECRET_IN_USE: &'static str = finalizer::SECRET_IN_USE;

    const WITNESS: Option<KindRef> = Some(SpotAccount::KIND);

    const WORDS: Words = Words {
        unproven: "the vendor shows it no account",
        to_prove: "Give the token's user access to an account.",
        may_not: "list the organization's accounts",
        to_allow: "Have its user made an administrator of the organization, or put the token of one into the Secret.",
        id: "number",
        administrator: "an administrator",
    };

    const ENDPOINTS: &'static [&'static str] = &["https://api.spotinst.io"];

    // As the vendor's help has them (administration/api); seconds.
    const RATE_LIMITS: RateLimitHeaders = RateLimitHeaders {
        limit: "x-ratelimit-limit",
        remaining: "x-ratelimit-remaining",
        reset: "x-ratelimit-reset",
    };

    fn connection(&self, root: &SpotOrganization) -> Connection {
        let spec = &root.spec;
        let created = || root.common_status().id.clone();
        let place =
            |to: &SecretKeyRef, path| TokenPlace { secret: to.name.clone(), key: to.key.clone(), path };
        Connection {
            organization: spec.organization_id.clone().or_else(created),
            create: spec.create.as_ref().map(|new| NewRoot {
                name: new.name.clone(),
                unsendable: names::with_a_letter("spec.create.name", &new.name),
                token: place(&new.token_secret_ref, "spec.create.tokenSecretRef"),
            }),
            endpoint: spec.connection.endpoint.clone(),
            token: place(&spec.connection.token_secret_ref, "spec.connection.tokenSecretRef"),
            ca_bundle: spec.connection.ca_bundle.clone(),
            // The schema keeps it positive.
            requests_per_minute: u32::try_from(spec.connection.requests_per_minute).unwrap_or(1),
            resync: spec.resync_interval.get(),
            max_destructive_per_hour: u32::try_from(spec.guard.max_destructive_per_hour).unwrap_or(1),
        }
    }

    async fn open(&self, root: &SpotOrganization, link: Link) -> Result<SpotSession, OpenError> {
        use crate::api::spot::Contract::{Production, Published};
        let decided = root.status.as_ref().and_then(|status| status.contract.as_ref());
        let contract = match (root.spec.connection.contract, decided) {
            (ContractChoice::Production, _) => Production,
            (ContractChoice::Published, _) => Published,
            // What was found out holds for as long as the endpoint is the same.
            (ContractChoice::Auto, Some(known))
                if known.asked == ContractChoice::Auto && known.endpoint == root.spec.connection.endpoint =>
            {
                known.decided
            }
            (ContractChoice::Auto, _) => match detect::detect(&link).await {
                Ok(detected) => detected.contract,
                Err(DetectError::Call(error)) => return Err(OpenError::Vendor(error)),
                Err(error @ DetectError::ContractUnknown(_)) => {
                    return Err(OpenError::Stalled(reasons::CONTRACT_UNKNOWN, format!("{error}.")));
                }
            },
        };
        let token_user = root.spec.connection.token_user.clone();
        let account_scope = root.spec.connection.account_scope;
        Ok(SpotSession::new(SpotClient::new(link, contract), token_user, account_scope))
    }

    fn note(&self, root: &mut SpotOrganization, session: &SpotSession) {
        let (endpoint, asked) = (root.spec.connection.endpoint.clone(), root.spec.connection.contract);
        let status = root.status.get_or_insert_default();
        if status.contract.as_ref().is_some_and(|former| former.endpoint != endpoint) {
            // What another endpoint told says nothing of this one.
            status.budget = None;
        }
        status.contract = Some(ContractStatus { decided: session.client.contract().name(), asked, endpoint });
    }

    fn note_sweep(&self, root: &mut SpotOrganization, sweep: Sweep) {
        let status = root.status.get_or_insert_default();
        // Where no object has anything that lists do not show, there is nothing to say.
        status.sweep = (sweep.objects > 0).then(|| SweepStatus {
            objects: i64::try_from(sweep.objects).unwrap_or(i64::MAX),
            within: sweep.within.into(),
        });
    }

    const COUNTED: &'static [KindRef] =
        &[SpotAccount::KIND, SpotUser::KIND, SpotUserGroup::KIND, AccessPolicy::KIND];

    fn note_counts(&self, root: &mut SpotOrganization, counts: &BTreeMap<KindRef, Tallied>) {
        let status = root.status.get_or_insert_default();
        let mut shown = status.counts.unwrap_or_default();
        let members = [&mut shown.accounts, &mut shown.users, &mut shown.groups, &mut shown.policies];
        let number = |count| i64::try_from(count).unwrap_or(i64::MAX);
        for (kind, member) in Self::COUNTED.iter().zip(members) {
            match counts.get(kind) {
                Some(Tallied::Counted(Count { total, unmanaged })) => {
                    *member = Some(spot::Count { total: number(*total), unmanaged: number(*unmanaged) });
                }
                Some(Tallied::Impossible) => *member = None,
                Some(Tallied::Unknown) | None => {}
            }
        }
        status.counts = Some(shown).filter(|shown| *shown != Counts::default());
    }

    fn note_budget(&self, root: &mut SpotOrganization, per_minute: u32, learned: Vec<LearnedLimit>) {
        let status = root.status.get_or_insert_default();
        status.budget = Some(BudgetStatus::of(per_minute, status.budget.as_ref(), learned));
    }

    async fn prove(&self, session: &SpotSession, organization: &str) -> Result<Proof, VendorError> {
        if !session.supports(Capability::UsersTellOrganization) {
            return Ok(Proof::Unproven);
        }
        let users = UserCalls(&session.client).list(organization).await?;
        let shown = users.into_iter().find_map(|user| user.organization_id);
        Ok(shown.map_or(Proof::Unproven, Proof::Belongs))
    }

    async fn refresh(&self, session: &SpotSession, since: Tick) -> Result<bool, VendorError> {
        if !session.uses_policies() {
            return Ok(false);
        }
        let policies = session.policies(since).await?;
        Ok(session.renamed(&policies))
    }

    async fn audit(
        &self,
        session: &SpotSession,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Option<Vec<AuditEntry>>, VendorError> {
        let events = AuditCalls(&session.client).list(from, to).await?;
        let entry = |event: AuditEvent| {
            let actor = event.user.clone()?;
            let own = session.calls_itself(&actor);
            Some(AuditEntry {
                at: event.created_at,
                actor,
                ids: audit::named(&event),
                action: audit::action(&event),
                own,
            })
        };
        Ok(Some(events.into_iter().filter_map(entry).collect()))
    }

    async fn accepts(
        &self,
        session: &SpotSession,
        token: &SecretString,
    ) -> Result<Option<bool>, VendorError> {
        OrganizationCalls(&session.client).token_accepted(token).await
    }
}

#[async_trait(?Send)]
impl CreatesOrganizations<Self> for Spot {
    async fn create(&self, session: &SpotSession, name: &str) -> Result<Created, VendorError> {
        OrganizationCalls(&session.client).create(name).await
    }

    async fn belongs_to(&self, session: &SpotSession) -> Result<Option<String>, VendorError> {
        let accounts = AccountCalls(&session.client).list().await?;
        Ok(accounts.into_iter().find_map(|account| account.organization_id))
    }
}

#[async_trait(?Send)]
impl DeletesOrganizations<Self> for Spot {
    async fn delete(&self, session: &SpotSession, organization: &str) -> Result<(), VendorError> {
        // A call without an id deletes the token's organization: whose users it was shown proves too little.
        if !session.supports(Capability::DeleteNamesOrganization)
            && self.belongs_to(session).await.map_err(VendorError::before_a_write)?.as_deref()
                != Some(organization)
        {
            let text = format!("no account tells that the token belongs to organization {organization}");
            return Err(VendorError::without_effect(Failure::Refused, text).before_a_write());
        }
        OrganizationCalls(&session.client).delete(organization).await
    }
}

/// Users, among whom the guard looks for who administers.
#[async_trait(?Send)]
impl Principals<Self> for Spot {
    async fn list(&self, session: &SpotSession) -> Result<Vec<Row<Rc<UserDetail>>>, VendorError> {
        let users = UserCalls(&session.client).list(session.client.organization()).await?;
        session.note_users(&users);
        // A group may make them one.
        let row = |likely, id| Row { id, likely, whole: None };
        Ok(users.into_iter().map(|user| row(!user.group_names.is_empty(), user.id)).collect())
    }

    async fn read(&self, session: &SpotSession, id: &str) -> Result<Rc<UserDetail>, VendorError> {
        let user = UserCalls(&session.client).get(id).await?;
        if let Some(policies) = session.latest_policies() {
            session.note_user(&user, is_administrator(&user, &policies));
        }
        Ok(Rc::new(user))
    }

    fn seen(&self, session: &SpotSession, id: &str) -> SeenBefore {
        SeenBefore { ours: session.was_own(id), administers: session.was_administrator(id) }
    }
}
