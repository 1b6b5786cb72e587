//! Who changed what is compared, where the vendor's audit log tells.

use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::runtime::work::Work;

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
    let viewed = reconciler.memory(work.object.as_ref(), |memory| {
        memory.looks.views(&reconciler.context, begun);
        memory.looks.viewed()
    });
    organization.audit.borrow().author(id, viewed).map(|author| author.name.clone())
}
