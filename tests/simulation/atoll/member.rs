//! Members: whoever is to be one is invited, which is a mail, so a create is sent once; and has another id once that is
//! accepted.

use super::api::{AtollMember, MemberSpec};
use super::vendor::{Atoll, Session};
use async_trait::async_trait;
use http::Method;
use orgkeeper::api::policy::DeletionPolicy;
use orgkeeper::engine::base::error::{Failure, VendorError};
use orgkeeper::engine::base::reason::Reason;
use orgkeeper::engine::decide::lock_out::Stake;
use orgkeeper::engine::decide::plan::{Change, Field, Seen, Text};
use orgkeeper::engine::external::caller::Effect;
use orgkeeper::engine::external::list::{Listed, Wanted};
use orgkeeper::engine::provider::ability::{Creates, Deletes, Guarded, Lists, Phase, Phased};
use orgkeeper::engine::provider::declared::Declared;
use orgkeeper::engine::provider::facts::{Facts, KeyAtVendor, Naming, Within};
use orgkeeper::engine::provider::harm::{Harm, Principals, Row, Shown, Stripped, Whom};
use orgkeeper::engine::provider::inputs::{Inputs, Unresolved};
use orgkeeper::engine::provider::kind::{External, Kind};
use orgkeeper::engine::provider::registration::{End, Making, Registration};
use orgkeeper::engine::provider::vendor::Created;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ONE: &str = "/members/{memberId}";
const INVITATION: &str = "/invitations/{invitationId}";

/// The kind.
#[derive(Clone, Copy)]
pub struct Members;

/// How far somebody is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    Invited,
    Expired,
    Member,
}

/// A member, or who was invited to be one, as the vendor shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    id: String,
    email: String,
    role: String,
    suspended: bool,
    stage: Stage,
}

/// What a manifest declares.
pub struct Desired {
    email: String,
    role: String,
    suspended: bool,
}

const ROLE: &str = "role";
const SUSPENDED: &str = "suspended";
const OWNER: &str = "owner";

/// The kind with what it can do.
pub fn registration() -> Registration<Members> {
    Registration::of(Members, Members, Making::once(Members), End::deleted(Members))
        .phases(Members)
        .guard(Members)
}

impl Member {
    /// Whether they own the tenant: nobody does who did not accept yet, or is suspended.
    fn owns(&self) -> bool {
        self.stage == Stage::Member && self.role == OWNER && !self.suspended
    }
}

/// Those who are members.
async fn members(session: &Session) -> Result<Vec<Member>, VendorError> {
    let shown = session.read("/members", "/members".to_owned()).await?;
    shown["items"].as_array().into_iter().flatten().map(decode).collect()
}

fn decode(item: &Value) -> Result<Member, VendorError> {
    let text = |name: &str| item[name].as_str().map(str::to_owned);
    let stage = match item["hasExpired"].as_bool() {
        Some(false) => Stage::Invited,
        Some(true) => Stage::Expired,
        None => Stage::Member,
    };
    match (text("id"), text("email"), text("role")) {
        (Some(id), Some(email), Some(role)) => {
            let suspended = item["suspended"].as_bool().unwrap_or_default();
            Ok(Member { id, email, role, suspended, stage })
        }
        _ => Err(VendorError::unknown(Failure::Unreadable, "a member that lacks something")),
    }
}

impl Kind for Members {
    type Vendor = Atoll;
    type Resource = AtollMember;
    type Desired = Desired;
    type Observed = Member;

    const FACTS: Facts = Facts::of("member", DeletionPolicy::Delete);

    fn key(resource: &AtollMember, _within: &Within) -> String {
        resource.spec.email.clone()
    }

    fn naming(resource: &AtollMember) -> Naming {
        Naming {
            title: resource.spec.email.clone(),
            unsendable: None,
            differ: "give it another spec.email",
            at_vendor: KeyAtVendor::Unique,
        }
    }

    async fn resolve(
        &self,
        _session: &Session,
        resource: &AtollMember,
        _inputs: &Inputs<'_>,
    ) -> Result<Declared<Desired>, Unresolved> {
        let MemberSpec { email, role, suspended, .. } = resource.spec.clone();
        Ok(Declared::of(Desired { email, role, suspended }))
    }

    fn identify(live: &Member) -> External<'_> {
        External { id: &live.id, key: &live.email, organization: None, adoptable: true }
    }

    fn fields(
        &self,
        _session: &Session,
        desired: &Desired,
        live: &Member,
        _applied: &BTreeMap<String, String>,
    ) -> Vec<Field> {
        let text = |text: &dyn ToString| Text::Plain(text.to_string());
        let (role, shown) = (text(&desired.role), Seen::Value(text(&live.role)));
        if live.stage != Stage::Member {
            // Nobody can change an invitation: it is written once they are a member.
            return Vec::new();
        }
        let suspended = Field::new(SUSPENDED, text(&desired.suspended), Seen::Value(text(&live.suspended)));
        vec![Field::new(ROLE, role, shown), suspended]
    }

    fn created(&self, desired: &Desired, id: &str) -> Member {
        let (email, role) = (desired.email.clone(), desired.role.clone());
        Member { id: id.to_owned(), email, role, suspended: false, stage: Stage::Invited }
    }

    async fn update(
        &self,
        session: &Session,
        id: &str,
        desired: &Desired,
        _live: &Member,
        changes: &[Change],
    ) -> Result<(), VendorError> {
        let changes = |path: &str| changes.iter().any(|change| change.path == path);
        if changes(ROLE) {
            let (how, body) = ((Method::PATCH, Effect::Write), json!({"role": desired.role}));
            session.call(how, ONE, format!("/members/{id}"), Some(body)).await?;
        }
        if changes(SUSPENDED) {
            let (route, action) = match desired.suspended {
                true => ("/members/{memberId}/suspend", "suspend"),
                false => ("/members/{memberId}/restore", "restore"),
            };
            let how = (Method::POST, Effect::Write);
            session.call(how, route, format!("/members/{id}/{action}"), None).await?;
        }
        Ok(())
    }
}

#[async_trait(?Send)]
impl Lists<Self> for Members {
    async fn list(
        &self,
        session: &Session,
        wanted: Wanted<'_, Member>,
    ) -> Result<Listed<Member>, VendorError> {
        // In this order: who accepts between the two is in both.
        let mut rows = Vec::new();
        for route in ["/invitations", "/members"] {
            let shown = session.read(route, route.to_owned()).await?;
            let items = shown["items"].as_array().map(Vec::as_slice).unwrap_or_default();
            for item in items {
                let row = decode(item)?;
                rows.retain(|other: &Member| row.stage != Stage::Member || other.email != row.email);
                rows.push(row);
            }
        }
        Ok(Listed { begun: wanted.now, rows })
    }
}

#[async_trait(?Send)]
impl Creates<Self> for Members {
    async fn create(&self, session: &Session, desired: &Desired) -> Result<Created, VendorError> {
        let body = json!({"email": desired.email, "role": desired.role});
        let how = (Method::POST, Effect::Write);
        let made = session.call(how, "/members", "/members".to_owned(), Some(body)).await?;
        Ok(Created { id: made["id"].as_str().map(str::to_owned), token: None })
    }
}

#[async_trait(?Send)]
impl Deletes<Self> for Members {
    async fn delete(&self, session: &Session, _container: &str, id: &str) -> Result<(), VendorError> {
        let how = (Method::DELETE, Effect::Write);
        let (route, path) = match id.starts_with("i-") {
            true => (INVITATION, format!("/invitations/{id}")),
            false => (ONE, format!("/members/{id}")),
        };
        session.call(how, route, path, None).await.map(drop)
    }
}

impl Phased<Self> for Members {
    fn phase(&self, live: &Member) -> Phase {
        let email = &live.email;
        match live.stage {
            Stage::Member => Phase::Active,
            Stage::Invited => {
                let role = &live.role;
                let text = format!(
                    "{email} is invited as {role}; what is declared besides is written by itself once that is accepted."
                );
                Phase::Pending(Reason::new("InvitationPending"), text)
            }
            Stage::Expired => {
                let text = format!("The invitation of {email} expired, and nobody accepted it.");
                Phase::Over(Reason::new("InvitationExpired"), text)
            }
        }
    }

    fn is_provisional(&self, live: &Member) -> bool {
        live.stage != Stage::Member
    }
}

/// Members alone can act in a tenant.
#[async_trait(?Send)]
impl Principals<Atoll> for Members {
    async fn list(&self, session: &Session) -> Result<Vec<Row<Member>>, VendorError> {
        let row = |member: Member| Row { id: member.id.clone(), likely: member.owns(), whole: Some(member) };
        Ok(members(session).await?.into_iter().map(row).collect())
    }

    async fn read(&self, session: &Session, id: &str) -> Result<Member, VendorError> {
        let found = members(session).await?.into_iter().find(|member| member.id == id);
        found.ok_or_else(|| VendorError::without_effect(Failure::NotFound, "no such member"))
    }
}

#[async_trait(?Send)]
impl Guarded<Self> for Members {
    fn takes_away(&self, changes: &[Change]) -> bool {
        changes.iter().filter(|change| !change.repeated).any(|change| match &*change.path {
            ROLE => change.actual.as_deref() == Some(OWNER),
            _ => change.desired.as_deref() == Some("true"),
        })
    }

    async fn strips<'a>(
        &self,
        session: &'a Session,
        harm: &'a Harm<'a, Self>,
    ) -> Result<Stripped<'a, Self>, VendorError> {
        // Who is invited may do nothing yet. A list of a while ago does not tell who owns it now.
        let now = members(session).await?.into_iter().find(|member| member.id == harm.id);
        let Some(now) = now else { return Ok(Stripped::Nothing) };
        let changes = |path: &str| harm.changes.iter().any(|change| change.path == path);
        let after = harm.desired.map(|desired| {
            let role = if changes(ROLE) { &desired.role } else { &now.role }.clone();
            let suspended = if changes(SUSPENDED) { desired.suspended } else { now.suspended };
            Member { role, suspended, ..now.clone() }
        });
        let other = move |member: &Member| Stake {
            ours: session.are_a_member_s(),
            loses: false,
            administers: false,
            remains: member.owns() && !harm.spent.contains(&member.id),
        };
        let remains = after.is_some_and(|after| after.owns());
        let own = Stake { loses: true, administers: now.owns(), remains, ..other(&now) };
        Ok(Stripped::Shown(Shown { whom: Whom::Itself(own), stake: Box::new(other), others: true }))
    }
}
