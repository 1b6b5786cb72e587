//! User groups. Only the live service has them.

pub mod calls;
pub(super) mod decode;
pub mod model;
pub mod requests;

use crate::api::kind::KindRef;
use crate::api::policy::DeletionPolicy;
use crate::api::spot::kinds;
use crate::api::spot::{GrantsPolicy, Member, SpotUserGroup};
use crate::engine::base::error::VendorError;
use crate::engine::base::ports::Tick;
use crate::engine::base::reason::Reason;
use crate::engine::decide::lock_out::Stake;
use crate::engine::decide::plan::{Change, Field, Seen, Text, entry};
use crate::engine::external::list::{Listed, Wanted};
use crate::engine::provider::ability::{Creates, Deletes, Details, Explains, Gets, Guarded, Lists};
use crate::engine::provider::declared::Declared;
use crate::engine::provider::facts::{Facts, KeyAtVendor, Naming, Within};
use crate::engine::provider::harm::{Harm, Shown, Stripped, Whom};
use crate::engine::provider::inputs::{Inputs, Unresolved};
use crate::engine::provider::kind::{External, Kind};
use crate::engine::provider::registration::{End, Making, Registration};
use crate::engine::provider::vendor::Created;
use crate::vendors::spot::access::admins::{self, Doubt};
use crate::vendors::spot::access::asked;
use crate::vendors::spot::access::grants::{self, Grants, POLICIES};
use crate::vendors::spot::access::lists::{GrantLists, List};
use crate::vendors::spot::client::calls::Calls;
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::names;
use crate::vendors::spot::organization::Spot;
use crate::vendors::spot::session::{Policies, SpotSession};
use crate::vendors::spot::user::model::UserDetail;
use async_trait::async_trait;
use calls::GroupCalls;
use model::{GroupDetail, GroupRow, NewGroup};
use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::rc::Rc;

const NAME: &str = "name";
const DESCRIPTION: &str = "description";
const MEMBERS: &str = "members";

/// The kind `SpotUserGroup`.
#[derive(Clone, Copy, Debug)]
pub struct Groups;

/// A group as the vendor shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    row: GroupRow,
    /// What only a read of this group shows; `None` before.
    detail: Option<GroupDetail>,
}

/// What a manifest asks of a group.
#[derive(Debug)]
pub struct Desired {
    name: String,
    description: Option<String>,
    /// Absent: not managed, or waited for.
    members: Option<BTreeSet<String>>,
    policies: Option<Grants>,
    catalogue: Policies,
    /// What is known of these lists besides.
    lists: GrantLists,
}

/// Why the contract cannot express the kind at all.
fn unsupported(session: &SpotSession) -> Option<(Reason, &'static str)> {
    let text = "The endpoint's contract has no groups of users: only the live service has. Delete this object, or use an \
                endpoint of the live service.";
    (!session.supports(Capability::UserGroups)).then_some((Reason::NotSupportedByContract, text))
}

/// The kind with all that it can do.
pub fn registration() -> Registration<Groups> {
    Registration::of(Groups, Groups, Making::repeatable(Groups), End::deleted(Groups))
        .lacking(unsupported)
        .gets(Groups)
        .details(Groups)
        .guard(Groups)
        .explains(Groups)
}

impl Kind for Groups {
    type Vendor = Spot;
    type Resource = SpotUserGroup;
    type Desired = Desired;
    type Observed = Observed;

    const FACTS: Facts = Facts::of("group", DeletionPolicy::Delete);

    fn key(resource: &SpotUserGroup, _within: &Within) -> String {
        resource.spec.name.clone()
    }

    fn naming(resource: &SpotUserGroup) -> Naming {
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
        resource: &SpotUserGroup,
        inputs: &Inputs<'_>,
    ) -> Result<Declared<Desired>, Unresolved> {
        let spec = &resource.spec;
        let asked = spec.policies.as_deref().unwrap_or_default();
        let catalogue = asked::catalogue(session, asked).await?;
        let mut lists = GrantLists::default();
        let mut policies = None;
        if spec.policies.is_some() {
            policies = asked::grants(asked, &catalogue, inputs, &mut lists)?;
        }
        let members = spec.members.as_deref().and_then(|asked| members(asked, inputs, &mut lists));
        let description = spec.description.clone();
        let name = spec.name.clone();
        let (resolved, waits) = (lists.resolved(), mem::take(&mut lists.waits));
        let state = Desired { name, description, members, policies, catalogue, lists };
        Ok(Declared { waits, resolved, ..Declared::of(state) })
    }

    fn identify(live: &Observed) -> External<'_> {
        External { id: &live.row.id, key: &live.row.name, organization: None, adoptable: true }
    }

    fn fields(
        &self,
        _session: &SpotSession,
        desired: &Desired,
        live: &Observed,
        applied: &BTreeMap<String, String>,
    ) -> Vec<Field> {
        let plain = |text: &str| Text::Plain(text.to_owned());
        let mut fields = vec![Field::new(NAME, plain(&desired.name), Seen::Value(plain(&live.row.name)))];
        if let Some(description) = &desired.description {
            let shown = live.row.description.as_deref().unwrap_or_default();
            fields.push(Field::new(DESCRIPTION, plain(description), Seen::Value(plain(shown))));
        }
        let (mut lists, all) = (Vec::new(), GrantsPolicy::Exclusive);
        if let (Some(members), Some(detail)) = (&desired.members, &live.detail) {
            let (asked, seen) = (grants::granted(members), grants::granted(&members_of(detail)));
            lists.extend(grants::fields(MEMBERS, &asked, &seen, all, applied));
        }
        if let (Some(policies), Some(detail)) = (&desired.policies, &live.detail) {
            let (asked, seen) = (grants::granted(policies), grants::granted(&shown(desired, detail)));
            lists.extend(grants::fields(POLICIES, &asked, &seen, all, applied));
        }
        let there = live.detail.iter().flat_map(|detail| {
            let members = members_of(detail).into_iter().map(|id| entry(MEMBERS, id));
            members.chain(grants::shown(&detail.policies).into_iter().map(|grant| entry(POLICIES, grant)))
        });
        fields.extend(desired.lists.fields(lists, &there.collect(), applied));
        fields
    }

    fn created(&self, desired: &Desired, id: &str) -> Observed {
        let row = GroupRow {
            id: id.to_owned(),
            name: desired.name.clone(),
            description: desired.description.clone(),
            policy_names: Vec::new(),
            users_count: None,
        };
        Observed::from(GroupDetail {
            row,
            users: desired.members.iter().flatten().cloned().collect(),
            policies: grants::mappings(&from_the_start(desired)),
        })
    }

    async fn update(
        &self,
        session: &SpotSession,
        id: &str,
        desired: &Desired,
        live: &Observed,
        changes: &[Change],
    ) -> Result<(), VendorError> {
        let changed = |path: &str| changes.iter().any(|change| change.path == path && !change.repeated);
        let mut calls = Calls::default();
        let name = changed(NAME).then_some(desired.name.as_str());
        let description = desired.description.as_deref().filter(|_| changed(DESCRIPTION));
        if name.is_some() || description.is_some() {
            calls.made(GroupCalls(&session.client).update(id, name, description).await)?;
        }
        let Some(detail) = &live.detail else { return Ok(()) };
        if let Some(members) = members_after(desired, detail, changes) {
            calls.made(GroupCalls(&session.client).set_members(id, &members).await)?;
        }
        if let Some(grants) = grants_after(desired, detail, changes) {
            calls.made(GroupCalls(&session.client).set_policies(id, &grants::mappings(&grants)).await)?;
        }
        Ok(())
    }
}

#[async_trait(?Send)]
impl Lists<Self> for Groups {
    async fn list(
        &self,
        session: &SpotSession,
        wanted: Wanted<'_, Observed>,
    ) -> Result<Listed<Observed>, VendorError> {
        let rows = GroupCalls(&session.client).list().await?;
        let rows = rows.into_iter().map(|row| Observed { row, detail: None }).collect();
        Ok(Listed { begun: wanted.now, rows })
    }
}

#[async_trait(?Send)]
impl Creates<Self> for Groups {
    async fn create(&self, session: &SpotSession, desired: &Desired) -> Result<Created, VendorError> {
        let group = NewGroup {
            name: desired.name.clone(),
            description: desired.description.clone(),
            user_ids: desired.members.iter().flatten().cloned().collect(),
            policies: grants::mappings(&from_the_start(desired)),
        };
        GroupCalls(&session.client).create(&group).await
    }
}

#[async_trait(?Send)]
impl Gets<Self> for Groups {
    async fn get(
        &self,
        session: &SpotSession,
        _container: &str,
        id: &str,
    ) -> Option<Result<Observed, VendorError>> {
        Some(GroupCalls(&session.client).get(id).await.map(Observed::from))
    }
}

#[async_trait(?Send)]
impl Details<Self> for Groups {
    fn calls(&self, _session: &SpotSession, _row: &Observed) -> u32 {
        1
    }

    async fn read(
        &self,
        session: &SpotSession,
        row: Observed,
        _since: Tick,
    ) -> Result<Observed, VendorError> {
        // The read is younger than the list.
        let mut detail = GroupCalls(&session.client).get(&row.row.id).await?;
        detail.row.description = detail.row.description.or(row.row.description);
        Ok(Observed::from(detail))
    }

    fn uses(&self, live: &Observed, kind: KindRef, id: &str) -> bool {
        let detail = live.detail.as_ref();
        kind == kinds::POLICY
            && detail.is_some_and(|known| known.policies.iter().any(|one| one.policy_id == id))
    }
}

#[async_trait(?Send)]
impl Guarded<Self> for Groups {
    fn takes_away(&self, changes: &[Change]) -> bool {
        let of_people = |change: &&Change| !matches!(change.path.as_str(), NAME | DESCRIPTION);
        changes.iter().filter(of_people).any(grants::takes_away)
    }

    async fn strips<'a>(
        &self,
        session: &'a SpotSession,
        harm: &'a Harm<'a, Self>,
    ) -> Result<Stripped<'a, Self>, VendorError> {
        strips(session, harm).await
    }
}

impl Explains<Self> for Groups {
    fn meaning(&self, session: &SpotSession, path: &str) -> Option<String> {
        grants::meaning(path, |id| session.policy_name(id))
    }
}

#[async_trait(?Send)]
impl Deletes<Self> for Groups {
    async fn delete(&self, session: &SpotSession, _container: &str, id: &str) -> Result<(), VendorError> {
        GroupCalls(&session.client).delete(id).await
    }
}

impl From<GroupDetail> for Observed {
    fn from(detail: GroupDetail) -> Self {
        Self { row: detail.row.clone(), detail: Some(detail) }
    }
}

fn members(asked: &[Member], inputs: &Inputs<'_>, lists: &mut GrantLists) -> Option<BTreeSet<String>> {
    let (mut members, mut kept, mut list) = (BTreeSet::new(), BTreeSet::new(), List::new(MEMBERS, inputs));
    for member in asked {
        match (&member.user_id, &member.user_ref) {
            (Some(id), _) => {
                members.insert(id.clone());
            }
            (None, Some(user)) => {
                let place = (user.namespace.as_deref(), &*user.name);
                let goal = list.follow(kinds::USER, place, &user.name, None);
                goal.map(|goal| if goal.kept { &mut kept } else { &mut members }.insert(goal.id));
            }
            (None, None) => {}
        }
    }
    let members = list.united(members, &kept);
    list.close(members, lists)
}

fn members_of(detail: &GroupDetail) -> BTreeSet<String> {
    detail.users.iter().cloned().collect()
}

/// What is granted on purpose.
fn shown(desired: &Desired, detail: &GroupDetail) -> Grants {
    let asked = desired.policies.clone().unwrap_or_default();
    let live = grants::shown(&detail.policies);
    grants::explicit(&live, &asked, desired.catalogue.viewer(), &Grants::new())
}

fn from_the_start(desired: &Desired) -> Grants {
    let asked = desired.policies.clone().unwrap_or_default();
    grants::whole(&asked, &Grants::new(), desired.catalogue.viewer(), &Grants::new())
}

fn members_after(desired: &Desired, detail: &GroupDetail, changes: &[Change]) -> Option<Vec<String>> {
    if !grants::concern(changes, MEMBERS) {
        return None;
    }
    let asked = desired.members.clone().unwrap_or_default();
    let after = grants::changed(MEMBERS, &members_of(detail), &asked, changes);
    Some(after.into_iter().collect())
}

fn grants_after(desired: &Desired, detail: &GroupDetail, changes: &[Change]) -> Option<Grants> {
    if !grants::concern(changes, POLICIES) {
        return None;
    }
    let asked = desired.policies.clone().unwrap_or_default();
    let after = grants::changed(POLICIES, &shown(desired, detail), &asked, changes);
    let live = grants::shown(&detail.policies);
    Some(grants::whole(&after, &live, desired.catalogue.viewer(), &Grants::new()))
}

/// What a write to a group, or its deletion, strips whom of (rule 12).
async fn strips<'a>(
    session: &'a SpotSession,
    harm: &'a Harm<'a, Groups>,
) -> Result<Stripped<'a, Groups>, VendorError> {
    let Some(detail) = &harm.live.detail else {
        return Ok(Stripped::Unread(format!("who is in group {}", harm.id)));
    };
    let before = members_of(detail);
    let kept: BTreeSet<String> = match harm.desired {
        None => BTreeSet::new(),
        Some(desired) => members_after(desired, detail, harm.changes)
            .map_or_else(|| before.clone(), |after| after.into_iter().collect()),
    };
    let live = grants::shown(&detail.policies);
    let granted = match harm.desired {
        None => Grants::new(),
        Some(desired) => grants_after(desired, detail, harm.changes).unwrap_or_else(|| live.clone()),
    };
    let fewer = live.iter().any(|grant| !granted.contains(grant));
    let affected: BTreeSet<String> = before.into_iter().filter(|id| fewer || !kept.contains(id)).collect();
    let policies = session.policies(harm.since).await?;
    let made_one = admins::administers(&live, &[], &policies, Doubt::Counts);
    let makes_one = admins::administers(&granted, &[], &policies.powerless(harm.spent), Doubt::CountsNot);
    // Of a group that makes nobody an administrator only we have something to lose.
    let at_stake = |id: &&String| made_one || session.is_own(id, None) != Some(false);
    let these = affected.iter().filter(at_stake).cloned().collect();
    let others = policies.make_administrators();
    let stake = move |user: &Rc<UserDetail>| {
        let loses = affected.contains(&user.id);
        let leaves = loses && !kept.contains(&user.id);
        // Members who stay in a group that stays as it was count, too.
        let without = (leaves || !makes_one).then_some(harm.id);
        let stake = admins::bystander(session, user, &policies, without, harm.spent);
        Stake { loses, administers: loses && made_one && (leaves || !makes_one), ..stake }
    };
    Ok(Stripped::Shown(Shown { whom: Whom::These(these, "a member of"), stake: Box::new(stake), others }))
}
