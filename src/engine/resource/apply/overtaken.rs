//! What is not sent although it was decided: against a word that came meanwhile, and for the so-manieth time in vain
//! (rules 11 and 15).

use crate::engine::base::checks::forbids;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::ports::ObjectRef;
use crate::engine::base::reason::Reason;
use crate::engine::base::words::Words;
use crate::engine::decide::repeats;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::resolve::organization::{Admission, Resolution};
use crate::engine::runtime::object::requested;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::verdict::Verdict;
use crate::engine::runtime::work::Work;
use kube::Resource as _;

/// Why what was decided for the object is not sent any more: somebody said something else of it, or of the organization,
/// since it was looked at. It is looked at anew.
pub fn overtaken<K: Kind>(
    reconciler: &ResourceReconciler<K>,
    work: &Work<K::Resource>,
    organization: &Organization<K::Vendor>,
) -> Option<VendorError> {
    by_words(reconciler, (&reference(work.object.as_ref()), &work.words), organization)
}

/// The same by these words of the object, where its draft is lent to somebody else.
pub fn by_words<K: Kind>(
    reconciler: &ResourceReconciler<K>,
    (object, words): (&ObjectRef, &Words),
    organization: &Organization<K::Vendor>,
) -> Option<VendorError> {
    let now = reconciler.objects.get(object);
    let stands = words.stand(now.as_deref())
        && now.is_some_and(|now| {
            matches!(Resolution(reconciler).organization(now.as_ref()), Ok(Admission::Ready(_)))
                && reconciler.organizations.is_named_by_its_object(organization)
                && Resolution(reconciler).may_write(now.as_ref(), &organization.root)
        });
    let text = "the manifest, or the organization's, was changed while this was about to be written";
    forbids!(WordsStand, !stands).then(|| VendorError::without_effect(Failure::Fenced, text))
}

/// What is said where the deletion was sent so often without effect that it is not sent again.
pub fn too_often<K: Kind>(
    reconciler: &ResourceReconciler<K>,
    work: &Work<K::Resource>,
    id: &str,
) -> Option<Verdict> {
    let object = work.object.as_ref();
    let over = reconciler.memory(object, |memory| {
        memory.ends.look(work.generation(), requested(object));
        memory.ends.is_over(&repeats::deletion(id))
    });
    if !over {
        return None;
    }
    let text = repeats::text(&format!("The deletion of the {} {id}", K::FACTS.noun));
    let by = Health::Stalled(Reason::WriteRepeated, text);
    let mut findings = Findings::of(by.clone());
    if object.meta().deletion_timestamp.is_some() {
        findings = findings.held_up(&by);
    }
    Some(Verdict::new(findings, reconciler.context.slowly()))
}
