//! Who changed what is compared, where the vendor's audit log tells.

use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::runtime::work::Work;
use jiff::SignedDuration;

/// Who changed the object since it was compared last, where the audit log tells; once this look is stored, it has
/// been compared with what is known now.
pub(in crate::engine::resource) fn author<K: Kind>(
    reconciler: &ResourceReconciler<K>,
    work: &Work<K::Resource>,
    organization: &Organization<K::Vendor>,
    id: &str,
) -> Option<String> {
    let stock = Lists(reconciler).inventory(organization, work.object.as_ref());
    let begun = stock.details.borrow().begun(id);
    let begun = begun.or_else(|| Some(stock.inventory.latest()?.begun)).unwrap_or_default();
    let age = SignedDuration::try_from(reconciler.context.now().since(begun)).unwrap_or(SignedDuration::MAX);
    let seen = reconciler.context.clock.wall().saturating_sub(age).unwrap_or(jiff::Timestamp::MIN);
    let viewed = reconciler.memory(work.object.as_ref(), |memory| {
        memory.viewing = Some(seen);
        memory.viewed
    });
    organization.audit.borrow().author(id, viewed).map(|author| author.name.clone())
}
