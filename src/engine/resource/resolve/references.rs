//! Step one, the other half: the objects that an object refers to besides its organization.

use crate::api::conditions::{self, ConditionType};
use crate::api::grant::{Asker, Power};
use crate::api::managed::Managed;
use crate::api::status::{CommonStatus, MAX_RESOLVED, Resolved};
use crate::engine::base::checks::forbids;
use crate::engine::base::health::Findings;
use crate::engine::base::ports::ObjectRef;
use crate::engine::base::reason::Reason;
use crate::engine::base::{long_id, sentences};
use crate::engine::organization::managed::{Organization, Standing};
use crate::engine::organization::resource_controller::{ResourceController, Target};
use crate::engine::provider::inputs::{SecretValues, Wait};
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::provider::vendor::Vendor;
use crate::engine::resource::ResourceReconciler;
use crate::engine::runtime::object::pointed;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::queue::Priority;
use crate::engine::runtime::steps::Steps as _;
use crate::engine::runtime::verdict::Stop;
use crate::engine::runtime::work::Work;
use kube::Resource as _;
use std::collections::{BTreeMap, BTreeSet};

/// Resolves what an object refers to.
pub struct References<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> References<'_, K> {
    /// The values of the Secrets that the object refers to.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn secrets(&self, object: &K::Resource) -> Result<SecretValues, Stop> {
        let namespace = object.meta().namespace.clone().unwrap_or_default();
        let mut values = SecretValues::new();
        for wanted in object.secret_refs() {
            let Some(secret) = self.0.context.cluster.secret(&namespace, &wanted.name).await? else {
                let text = format!(
                    "Secret {} does not exist in namespace {namespace}. Create it with the key {}, or correct the \
                     reference.",
                    wanted.name, wanted.key
                );
                return Err(self.0.slow(Findings::waiting(Reason::SecretNotFound, text)).into());
            };
            let Some(value) = secret.values.get(&wanted.key) else {
                let text = format!(
                    "Secret {} has no key {}. Add it, or correct the key in the reference.",
                    wanted.name, wanted.key
                );
                return Err(self.0.slow(Findings::waiting(Reason::SecretKeyNotFound, text)).into());
            };
            values.insert((wanted.name.clone(), wanted.key.clone()), value.clone().into());
        }
        Ok(values)
    }

    /// What `key`, an object of this kind, is for the asker, whose organization is `root`.
    pub fn target_of(&self, key: &ObjectRef, root: &ObjectRef, asker: &Asker<'_>) -> Target {
        let Some(object) = self.0.objects.get(key) else {
            // Nobody from elsewhere learns that there is one.
            let is_there = key.namespace == asker.namespace && self.0.objects.unread(key).is_some();
            return if is_there { Target::Unread } else { Target::Missing };
        };
        let Some(claim) = self.0.index.borrow().claim(key).cloned() else { return Target::Missing };
        if !object.admits(asker) {
            return Target::NotAdmitted { held: claim.held, most: object.most(asker) };
        }
        if forbids!(SameOrganization, claim.root != *root) {
            return Target::Elsewhere;
        }
        let ready = match self.0.organizations.standing(root) {
            Some(Standing::Ready(organization)) => Some(organization),
            _ => None,
        };
        if ready.as_ref().is_some_and(|ready| self.0.kind.unsupported(&ready.session).is_some()) {
            return Target::Unsupported;
        }
        if claim.held.is_none() && is_unsupported(object.as_ref()) {
            return Target::Unsupported;
        }
        match claim.held {
            Some(_) if claim.gone => Target::Gone { ends: object.meta().deletion_timestamp.is_some() },
            Some(id) if ready.is_some_and(|ready| self.0.cache(&ready, "").inventory.has_lost(&id)) => {
                Target::Unconfirmed
            }
            held => held.map_or(Target::NoId, Target::Id),
        }
    }

    /// An id, or why there is none, for each object that this one refers to.
    pub fn links(
        &self,
        object: &K::Resource,
        organization: &Organization<K::Vendor>,
    ) -> BTreeMap<ObjectRef, Result<String, Wait>> {
        let me = reference(object);
        let labels = self.0.context.namespace(&me.namespace).labels;
        let mut links = BTreeMap::new();
        let container = ResourceReconciler::<K>::container_object(object);
        let mut hinted = 0;
        for pointer in object.pointers() {
            let key = pointed(object, &pointer);
            let asker = Asker {
                kind: K::Resource::KIND,
                namespace: &me.namespace,
                labels: &labels,
                power: pointer.power,
            };
            let controller = self.0.organizations.controller(pointer.kind);
            let target = controller
                .as_ref()
                .map_or(Target::Missing, |controller| controller.target(&key, &organization.root, &asker));
            let status = object.common_status();
            let unwatched = self.0.context.unwatched(&key.namespace);
            let fixed = container.as_ref() == Some(&key);
            // Of another namespace nobody learns what there is; and no more of them than are told.
            let hints = matches!(target, Target::Missing) && key.namespace == me.namespace && hinted < HINTED;
            hinted += usize::from(hints);
            let meant = controller.filter(|_| hints).map(|controller| meant(&*controller, &key));
            let told = match (&target, self.0.context.fence.is_read_only()) {
                (Target::NoId, false) => {
                    format!("{GOES_ON}: if that takes long, see the conditions of {key}.")
                }
                (Target::NoId, true) => READS.to_owned(),
                _ => format!("{}{unwatched}", meant.unwrap_or_default()),
            };
            let link = found((&key, fixed), target, (pointer.power, &told), |id| was_given(status, id));
            let known = links.insert(key.clone(), link);
            // An object may be referred to twice, with different power: both have to be admitted.
            if let Some(Err(wait)) = known {
                links.insert(key, Err(wait));
            }
        }
        links
    }

    /// The ids of the objects of other kinds whose own manifests decide this kind's relation to them;
    /// `None` while not all of those are known.
    pub fn owned(&self, organization: &Organization<K::Vendor>) -> Option<BTreeSet<String>> {
        let Some(kind) = K::FACTS.relation else { return Some(BTreeSet::new()) };
        let controller = self.0.organizations.controller(kind).filter(|controller| controller.synced());
        controller.map(|controller| controller.deciding(&organization.root, K::Resource::KIND))
    }

    /// The ids among those that references led to before that are gone from the vendor for sure.
    pub fn gone(&self, remembered: &[Resolved], organization: &Organization<K::Vendor>) -> BTreeSet<String> {
        let is_gone = |before: &&Resolved| {
            let kind = before.reference.namespace.as_ref().map(|_| before.reference.kind.as_str());
            let controller = kind.and_then(|kind| self.0.organizations.called(kind));
            controller.is_some_and(|controller| controller.lacks(organization, &before.id))
        };
        remembered.iter().filter(is_gone).map(|before| before.id.clone()).collect()
    }

    /// Remembers what references lead to once the lists that they stand in were carried out.
    pub fn remember(work: &mut Work<K::Resource>, desired: &DeclaredOf<K>) {
        let mut resolved = desired.resolved.clone();
        resolved.retain(|led| long_id::fits(&led.id));
        resolved.truncate(MAX_RESOLVED);
        work.status.resolved = resolved;
    }

    /// Wakes the objects below `root` whose relation to this kind is no longer decided on the side that
    /// it was.
    pub fn wake_owned(&self, root: &ObjectRef, before: &K::Resource, after: Option<&K::Resource>) {
        let moved = |kind| before.decides(kind) != after.is_some_and(|after| after.decides(kind));
        for controller in self.0.organizations.controllers() {
            if controller.relation() == Some(K::Resource::KIND) && moved(controller.kind()) {
                controller.wake_below(root, Priority::Change, true);
            }
        }
    }

    /// Wakes the objects of this kind that refer to `key`.
    pub fn wake_pointing_here(&self, key: &ObjectRef) {
        let pointing = self.0.index.borrow().pointing_to(key);
        for object in pointing {
            let contained = match self.0.objects.get(&object) {
                Some(resource) => resource.container().is_some(),
                None => self.0.objects.unread(&object).is_some_and(|unread| unread.container.is_some()),
            };
            if contained {
                // Where it belongs may be another place now.
                let former = self.0.index.borrow().claim(&object).cloned();
                self.0.reindex(&object);
                let current = self.0.index.borrow().claim(&object).cloned();
                self.0.wake_rivals(former.as_ref(), current.as_ref());
            }
            self.0.wake(&object, Priority::Change);
        }
    }
}

/// Whether it was found that the contract cannot express the object as it is now, or a part of it.
pub fn is_unsupported<R: Managed>(object: &R) -> bool {
    let status = object.common_status();
    let current = object.meta().generation.is_none_or(|now| status.observed_generation == now);
    current && conditions::is_true(&status.conditions, ConditionType::NotSupported)
}

/// Whether later lists have to show whether what it stands for is gone.
pub fn is_unconfirmed<R: Managed>(object: &R) -> bool {
    let ready = conditions::find(&object.common_status().conditions, ConditionType::Ready);
    ready.is_some_and(|ready| ready.reason == Reason::ConfirmingAbsence.as_str())
}

/// Whether what has this id was written for the object.
pub fn was_given(status: &CommonStatus, id: &str) -> bool {
    let part_of_an_id = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let is_whole = |path: &str, at: usize| {
        let (before, after) = (&path[..at], &path[at + id.len()..]);
        !before.ends_with(part_of_an_id) && !after.starts_with(part_of_an_id)
    };
    let names = |path: &String| path.match_indices(id).any(|(at, _)| is_whole(path, at));
    let remembered = || status.resolved.iter().any(|led| led.id == id);
    !id.is_empty() && (status.last_applied.keys().any(names) || remembered())
}

/// What becomes of what refers to something that is not at the vendor yet, and where nothing is ever made.
const GOES_ON: &str = "This goes on by itself once it is";
const READS: &str = "This operator only reads, and makes none: run one without --read-only to have it made.";

/// Of how many references of an object it is told what may be meant.
const HINTED: usize = 3;

/// Which objects beside it may be meant by the name of one that is not there.
fn meant<V: Vendor>(controller: &dyn ResourceController<V>, key: &ObjectRef) -> String {
    match controller.near(&key.namespace, &key.name).as_slice() {
        [] => String::new(),
        near => format!(
            " Perhaps {} is meant.",
            near.iter().take(HINTED).cloned().collect::<Vec<_>>().join(" or ")
        ),
    }
}

/// What to do about a reference that cannot be changed.
const ANOTHER: &str = "If the reference is wrong, which cannot be changed, delete this object, and create one with the \
                       right one; otherwise";

/// What an object pointed to comes to, for an asker of this power. `was_given` says whether what has this id was
/// written for the asker: only then, or where less would be admitted, it is told that the object exists. `fixed` says
/// that the reference cannot be changed, and `more` is what there is to say of where it leads.
fn found(
    (key, fixed): (&ObjectRef, bool),
    target: Target,
    (asked, more): (Power, &str),
    was_given: impl Fn(&str) -> bool,
) -> Result<String, Wait> {
    let wait = |reason, stalled, message| Err(Wait { reason, message, stalled });
    match target {
        Target::Id(id) => Ok(id),
        Target::NotAdmitted { held, most } if most.is_some() || held.as_deref().is_some_and(&was_given) => {
            let given = held.as_deref().is_some_and(was_given);
            let reason = if given { Reason::NotAllowed } else { Reason::ReferenceNotFoundOrNotAllowed };
            let no_more = || {
                format!(
                    "{key} admits this object no more. Take the reference out, or have this object admitted in \
                     spec.allowed there."
                )
            };
            wait(reason, true, most.map_or_else(no_more, |most| sentences::bounded(key, most, asked)))
        }
        Target::Missing | Target::NotAdmitted { .. } => wait(
            Reason::ReferenceNotFoundOrNotAllowed,
            false,
            format!(
                "{key} does not exist, or does not admit this object. {} ask whoever keeps that namespace to make it or to \
                 admit this one in its spec.allowed.{more}",
                if fixed { ANOTHER } else { "Correct the reference, or" }
            ),
        ),
        Target::Unread => wait(
            Reason::DependencyNotReady,
            false,
            format!(
                "{key} is there, and this operator cannot read its manifest, which another version may have let in. What \
                 was given by it stays. Write it as this version knows it, or bring the operator to that version; this goes \
                 on by itself then."
            ),
        ),
        Target::Elsewhere => wait(
            Reason::ReferenceElsewhere,
            true,
            if fixed {
                format!(
                    "{key} belongs to another organization, and the reference cannot be changed: delete this object, and \
                     create one that refers to an object of the same one."
                )
            } else {
                format!("{key} belongs to another organization. Refer to an object of the same one.")
            },
        ),
        Target::NoId => {
            wait(Reason::DependencyNotReady, false, format!("{key} is not at the vendor yet. {more}"))
        }
        Target::Unconfirmed => wait(
            Reason::ConfirmingAbsence,
            false,
            format!(
                "A list lacks {key}; a later one has to show whether it is gone, and this goes on by itself then."
            ),
        ),
        Target::Gone { ends: true } => wait(
            Reason::ReferenceGone,
            false,
            format!("{key} was deleted at the vendor, and is being deleted here: take the reference out."),
        ),
        Target::Gone { ends: false } => wait(
            Reason::ReferenceGone,
            false,
            format!(
                "{key} was deleted at the vendor, and asks in its own conditions what becomes of it. This goes on by itself \
                 once another one is made there; otherwise take the reference out."
            ),
        ),
        Target::Unsupported => wait(
            Reason::NotSupportedByContract,
            false,
            format!("The endpoint's contract cannot express {key}. Take the reference out."),
        ),
    }
}
