//! A count of all that is kept, for whoever watches over the operator.
//!
//! It is taken as a whole each time, so that what is gone is in no later one.

use crate::api::conditions::{self, ConditionStatus, ConditionType};
use crate::api::kind::KindRef;
use crate::api::managed::Managed;
use crate::engine::base::ports::ObjectRef;
use crate::engine::base::reason::Reason;
use crate::engine::provider::vendor::Connection;
use crate::engine::runtime::object;
use crate::engine::runtime::object::STATES;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::queue::Picture;
use k8s_openapi::apimachinery::pkg::apis::meta::v1 as meta;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// The objects of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfKind {
    /// How many are in each state.
    pub states: BTreeMap<&'static str, usize>,
    /// How many are not Ready, by the reason that `Ready` gives.
    pub not_ready: BTreeMap<String, usize>,
    /// In how many fields they differ from what the vendor shows.
    pub drifted: usize,
}

impl OfKind {
    /// Counts the objects.
    pub fn of<R: Managed>(objects: &[Rc<R>]) -> Self {
        let mut count = Self { states: STATES.iter().map(|state| (*state, 0)).collect(), ..Self::default() };
        for object in objects {
            let (state, status) = (object::state(object.as_ref()), object.common_status());
            *count.states.entry(state).or_default() += 1;
            count.drifted += status.drift.len();
            if state != "suspended" && !conditions::is_true(&status.conditions, ConditionType::Ready) {
                let ready = conditions::find(&status.conditions, ConditionType::Ready);
                let reason = ready.map_or(Reason::Progressing.as_str(), |ready| ready.reason.as_str());
                *count.not_ready.entry(reason.to_owned()).or_default() += 1;
            }
        }
        count
    }
}

/// A condition of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Its type.
    pub condition: String,
    /// Why.
    pub reason: String,
    /// Whether it is True.
    pub holds: bool,
}

/// An organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Its object.
    pub object: ObjectRef,
    /// Its id at the vendor, once there is one.
    pub id: Option<String>,
    /// How often its lists are to be read.
    pub resync: Duration,
    /// The conditions that it has.
    pub conditions: Vec<Condition>,
    /// How many destructive writes below it wait for a person, or for time.
    pub waiting: usize,
}

impl Root {
    /// The organization that is reached so, and below which so many writes wait.
    pub fn of<R: Managed>(root: &R, connection: Connection, waiting: usize) -> Self {
        let condition = |known: &meta::Condition| Condition {
            condition: known.type_.clone(),
            reason: known.reason.clone(),
            holds: known.status == ConditionStatus::True.as_str(),
        };
        let status = root.common_status();
        Self {
            object: reference(root),
            id: status.id.clone().or(connection.organization),
            resync: connection.resync,
            conditions: status.conditions.iter().map(condition).collect(),
            waiting,
        }
    }
}

/// All that is kept, and what waits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Census {
    /// Objects by kind.
    pub kinds: BTreeMap<KindRef, OfKind>,
    /// Organizations.
    pub roots: Vec<Root>,
    /// The queue.
    pub queue: Picture,
}
