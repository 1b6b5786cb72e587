//! Ids of what no manifest stands for are for whoever keeps the organization: from elsewhere nobody learns them.

use crate::api::managed::Managed;
use crate::engine::base::reason::Reason;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::resolve::organization::Resolution;
use crate::engine::runtime::object::stalled_reason;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::work::Work;

/// Which ones could be the outcome of a create, as it may be said on the object; from outside the organization's
/// namespace an event on the organization names them.
pub async fn which<K: Kind>(
    reconciler: &ResourceReconciler<K>,
    work: &Work<K::Resource>,
    organization: &Organization<K::Vendor>,
    ids: &[String],
) -> String {
    let ids = ids.join(", ");
    if Resolution::<K>::at_home(work.object.as_ref(), &organization.root) {
        return ids;
    }
    let object = reference(work.object.as_ref());
    let note = format!(
        "Of these {}s one may have been made for {object}, and nobody knows which: {ids}. Look in the vendor's console.",
        K::FACTS.noun
    );
    tell_keeper(reconciler, work, organization, (Reason::Ambiguous, "Create"), note).await;
    format!("an event on {} names them, for whoever keeps it", organization.root)
}

/// Tells whoever keeps the organization of ids that an object from elsewhere does not learn: once, as long as that
/// object is stalled for the same reason and they are the same, as far as this process knows.
pub async fn tell_keeper<K: Kind>(
    reconciler: &ResourceReconciler<K>,
    work: &Work<K::Resource>,
    organization: &Organization<K::Vendor>,
    (reason, action): (Reason, &'static str),
    note: String,
) {
    if Resolution::<K>::at_home(work.object.as_ref(), &organization.root) {
        return;
    }
    let before = reconciler.memory(work.object.as_ref(), |memory| memory.told_keeper.replace(note.clone()));
    let told = stalled_reason(work.object.common_status()).as_deref() == Some(reason.as_str());
    if let Some(root) = reconciler.organizations.objects.get(&organization.root)
        && (!told || before.is_some_and(|before| before != note))
    {
        reconciler.context.tell(root.as_ref(), false, reason, action, note).await;
    }
}
