//! The kinds that a process watches, and what its watches hand in.

use crate::atoll::api::{AccessPolicy as AtollPolicy, AtollHook, AtollMember, AtollQuota, AtollTenant};
use futures::channel::mpsc;
use orgkeeper::api::kind::KindRef;
use orgkeeper::api::managed::Managed;
use orgkeeper::api::spot::{
    AccessPolicy, CloudCredential, EventSubscription, NotificationPolicy, SpotAccount, SpotOrganization,
    SpotUser, SpotUserGroup,
};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::engine::run::Input;
use orgkeeper::engine::runtime::objects::Fed;
use orgkeeper::engine::runtime::unread::Shown;
use orgkeeper::operator::vendors;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What the watch of a kind finds that the API server does not list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Definition {
    /// The API server does not know the kind.
    Missing,
    /// No list has come so far.
    Unknown,
}

/// Where a process hears what watches tell.
type Inputs = mpsc::UnboundedSender<Input>;

/// A kind that is watched.
#[derive(Clone, Copy)]
pub struct Watched {
    pub kind: KindRef,
    list: fn(&Inputs, &[Value], &BTreeMap<KindRef, Definition>),
    change: fn(Value, bool) -> Input,
}

impl Watched {
    const fn of<R: Managed>() -> Self {
        Self { kind: R::KIND, list: list_of::<R>, change: change_of::<R> }
    }

    /// What a watch lists at its start.
    pub fn list(self, inputs: &Inputs, objects: &[Value], unserved: &BTreeMap<KindRef, Definition>) {
        (self.list)(inputs, objects, unserved);
    }
}

/// Spot's.
const SPOT: &[Watched] = &[
    Watched::of::<SpotOrganization>(),
    Watched::of::<SpotAccount>(),
    Watched::of::<SpotUser>(),
    Watched::of::<SpotUserGroup>(),
    Watched::of::<AccessPolicy>(),
    Watched::of::<CloudCredential>(),
    Watched::of::<NotificationPolicy>(),
    Watched::of::<EventSubscription>(),
];

/// Those of the other vendor.
const ATOLL: &[Watched] = &[
    Watched::of::<AtollTenant>(),
    Watched::of::<AtollPolicy>(),
    Watched::of::<AtollMember>(),
    Watched::of::<AtollQuota>(),
    Watched::of::<AtollHook>(),
];

/// Every kind.
pub fn watched() -> impl Iterator<Item = Watched> {
    SPOT.iter().chain(ATOLL).copied()
}

/// Spot's kinds.
pub fn spot_kinds() -> Vec<KindRef> {
    SPOT.iter().map(|watched| watched.kind).collect()
}

/// How this kind is watched.
pub fn of_kind(kind: KindRef) -> Watched {
    watched().find(|watched| watched.kind == kind).unwrap_or_else(|| panic!("nobody keeps a {kind}"))
}

/// The kind of an object as the API server has it.
pub fn kind_of(object: &Value) -> Option<KindRef> {
    let member = |name: &str| object[name].as_str().unwrap_or_default();
    watched().map(|watched| watched.kind).find(|kind| kind.has(member("apiVersion"), member("kind")))
}

/// What a watch tells of an object that was changed, or is gone.
pub fn change(object: Value, gone: bool) -> Input {
    (of_kind(kind_of(&object).expect("a kind that is kept")).change)(object, gone)
}

fn change_of<R: Managed>(object: Value, gone: bool) -> Input {
    fed(match (read::<R>(object), gone) {
        (Fed::Applied(object), true) => Fed::Deleted(object),
        (Fed::Unread(unread), true) => {
            let ObjectRef { namespace, name, .. } = unread.object;
            Fed::Lost(namespace, name, unread.meta.uid)
        }
        (shown, _) => shown,
    })
}

fn fed<R: Managed>(fed: Fed<R>) -> Input {
    Input::Object(R::KIND, Box::new(fed))
}

fn list_of<R: Managed>(inputs: &Inputs, objects: &[Value], unserved: &BTreeMap<KindRef, Definition>) {
    let ours = objects.iter().filter(|object| kind_of(object) == Some(R::KIND));
    let feed = match unserved.get(&R::KIND) {
        Some(Definition::Unknown) => Vec::new(),
        Some(Definition::Missing) => vec![Fed::Restarted, Fed::Undefined],
        None => {
            let mut feed = vec![Fed::Restarted];
            feed.extend(ours.map(|object| read::<R>(object.clone())));
            feed.push(Fed::Listed);
            feed
        }
    };
    for one in feed {
        let _ = inputs.unbounded_send(fed::<R>(one));
    }
}

fn read<R: Managed>(object: Value) -> Fed<R> {
    match serde_json::from_value::<Shown<R>>(object).expect("an object").0 {
        Ok(object) => Fed::Applied(object),
        Err(unread) => Fed::Unread(unread),
    }
}

#[test]
fn the_program_has_no_kind_that_is_not_played() {
    let played: BTreeSet<_> = spot_kinds().into_iter().collect();
    assert_eq!(vendors::kinds().into_iter().map(|kind| kind.kind).collect::<BTreeSet<_>>(), played);
}
