//! What objects and events say, held against what is true; and what goes before what it must not.

use super::neighbours::Neighbour;
use super::plan::{Deal, Storm};
use super::play::Play;
use super::promises::key_of;
use super::slots::PROD;
use crate::support::house::{mins, secs};
use crate::support::journal::Broken;
use crate::support::look::{acme, home};
use crate::support::manifests::HOME;
use crate::support::unkind::Source;
use crate::support::watched::{kind_of, spot_kinds};
use orgkeeper::api::annotation;
use orgkeeper::engine::base::ports::{ObjectRef, Tick};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::Value;
use std::time::Duration;

/// How long it takes at most until a process goes by a ceiling that a person set.
const NOTICE: Duration = secs(90);

/// What may be seen of a storm by its plan: what others do and is not the operator's doing.
pub struct Bearing {
    /// Nobody but the operator changes what is declared, and what it sends has an effect at once or never.
    changes_are_ours: bool,
    /// One object stands for the organization, by one token, and watches tell at once.
    ceiling_is_plain: bool,
    /// Secrets can be read all the time, and so be held in time.
    pub secrets_are_read: bool,
}

impl Bearing {
    /// Of the storm.
    pub fn of(storm: &Storm) -> Self {
        let on = |source: &Source| storm.sources.contains(source);
        let some = |meant: fn(&Deal) -> bool| storm.steps.iter().any(|step| meant(&step.deal));
        let late = |deal: &Deal| match deal {
            Deal::Fault(fault) => matches!(fault.fault, FaultKind::LateEffect { .. }),
            Deal::Neighbour(neighbour) => neighbour.changes_what_is_declared(),
            _ => false,
        };
        let watches = [Source::DroppedWatches, Source::LateWatches, Source::NewerDefinition, Source::HeldUp];
        let others = |deal: &Deal| match deal {
            Deal::Doing(doing) => doing.moves_the_organization(),
            Deal::Neighbour(neighbour) => neighbour.moves_the_organization(),
            _ => false,
        };
        Self {
            changes_are_ours: !on(&Source::Strangers) && !some(late),
            secrets_are_read: !on(&Source::SecretReads),
            ceiling_is_plain: !watches.iter().any(on) && !some(others),
        }
    }
}

impl Play {
    /// What is said and not true, or gone too early.
    pub fn untrue(&self) -> Option<Broken> {
        self.told_gone().or_else(|| self.gone_too_early())
    }

    /// It is there, and its object says that it is gone.
    fn told_gone(&self) -> Option<Broken> {
        let said = |object: &Value| {
            let conditions = object["status"]["conditions"].as_array()?;
            let gone = conditions.iter().find(|one| one["reason"] == "ExternallyDeleted")?;
            let id = object["status"]["id"].as_str()?;
            let things = self.house.things();
            let thing = things.iter().find(|thing| thing.id == id && kind_of(object) == Some(thing.kind))?;
            Some(Broken::new("told gone, and it is there", format!("{thing:?}: {}", gone["message"])))
        };
        self.house.way.cluster.all().iter().find_map(said)
    }

    /// A change is told that nobody made.
    pub fn drift_of_nobody(&self) -> Option<Broken> {
        if !self.bearing.changes_are_ours || self.house.way.journal.forgotten().has_a_change() {
            return None;
        }
        // What was taken over was otherwise before.
        let ours = |about: &ObjectRef| {
            spot_kinds().contains(&about.kind)
                && !about.name.ends_with("adopter")
                && !about.name.starts_with("n-")
        };
        let mut events = self.house.way.cluster.events().into_iter();
        events.find(|event| event.reason == "DriftCorrected" && ours(&event.about)).map(|event| {
            Broken::new("told changed, and nobody changed it", format!("{}: {}", event.about, event.note))
        })
    }

    /// An organization goes after what it contains, and an account after what is about it.
    fn gone_too_early(&self) -> Option<Broken> {
        if !self.company.ended {
            return None;
        }
        let cluster = &self.house.way.cluster;
        let below = |object: &Value, of: &ObjectRef| {
            let parent = if of.kind == acme().kind { "organizationRef" } else { "accountRef" };
            let same_vendor = kind_of(object).is_some_and(|kind| kind.group() == of.kind.group());
            same_vendor && object["spec"][parent]["name"] == *of.name && object["status"]["id"].is_string()
        };
        [acme(), home(PROD)].into_iter().filter(|key| !self.house.exists(key)).find_map(|gone| {
            let left = cluster.all().into_iter().find(|object| below(object, &gone))?;
            let how = format!("{gone} is gone, and {:?} is there", key_of(&left));
            Some(Broken::new("gone before what it contains", how))
        })
    }

    /// Whether no process sent more within a minute than a person allowed meanwhile.
    pub fn keeps_ceilings(&self) -> Option<Broken> {
        if !self.bearing.ceiling_is_plain {
            return None;
        }
        let ends = self.ceilings.iter().skip(1).map(|(at, _)| *at).chain([self.house.now()]);
        self.ceilings.iter().zip(ends).find_map(|((since, ceiling), end)| {
            self.house.way.journal.keeps_budget(*ceiling, *since + NOTICE, end)
        })
    }

    /// Whether a look at it was asked for, and its status does not say that there was one.
    fn is_asked(&self, key: &ObjectRef) -> bool {
        let object = self.house.object(key);
        let asked = &object["metadata"]["annotations"][annotation::RECONCILE_REQUESTED_AT];
        !asked.is_null() && *asked != object["status"]["lastHandledReconcileAt"]
    }

    /// At rest the vendor wants to hear nothing for a while: whatever is at rest stays as it is said to be.
    pub fn pause(&mut self) -> Vec<Broken> {
        let at_rest: Vec<ObjectRef> = self.declared.keys().map(|slot| slot.key()).collect();
        let at_rest: Vec<ObjectRef> =
            at_rest.into_iter().filter(|key| self.house.ready(key) && !self.is_asked(key)).collect();
        self.house.vendor().add_fault(Fault::always(FaultKind::TooManyRequests { reset_seconds: 100 }));
        // Whatever its namespace says is looked at.
        let mut namespace = self.house.namespaces[HOME].clone();
        namespace.labels.insert("moved".to_owned(), "yes".to_owned());
        self.house.namespace(HOME, namespace);
        let broken = self.until(self.house.now() + mins(7));
        self.house.vendor().clear_faults();
        if let Some(broken) = broken {
            return broken;
        }
        let mut moved = at_rest.iter().filter(|key| !self.house.ready(key));
        let said = |key: &ObjectRef| format!("{key}: {}", self.house.message(key, "Ready"));
        moved.next().map(|key| Broken::new("not at rest during a pause", said(key))).into_iter().collect()
    }
}

impl Neighbour {
    /// Whether something at the vendor becomes otherwise than the operator left it.
    pub const fn changes_what_is_declared(&self) -> bool {
        matches!(self, Self::Fight(_) | Self::Unread(_) | Self::UnreadRoot(_))
    }

    /// Whether the organization has another token, or another object; or there is another one, with calls of its own.
    pub const fn moves_the_organization(&self) -> bool {
        matches!(self, Self::WrongToken(_) | Self::UnreadRoot(_) | Self::Astray)
    }
}

/// Since when which ceiling is set.
pub type Ceilings = Vec<(Tick, usize)>;
