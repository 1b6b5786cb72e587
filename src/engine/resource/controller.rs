//! What organizations and other kinds ask of a kind, answered.

use crate::api::grant::Asker;
use crate::api::kind::KindRef;
use crate::api::managed::Managed;
use crate::api::policy::DeletionPolicy;
use crate::engine::base::error::VendorError;
use crate::engine::base::ports::{ObjectRef, Tick};
use crate::engine::base::sentences;
use crate::engine::decide::count::Tallied;
use crate::engine::decide::details::Turn;
use crate::engine::organization::managed::Organization;
use crate::engine::organization::resource_controller::{Dependent, ResourceController, Shrunk, Target};
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::delete::dependents::Dependents;
use crate::engine::resource::observe::counts::Counts;
use crate::engine::resource::observe::details::DetailReads;
use crate::engine::resource::observe::judge::Judgement;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::resource::observe::round::Round;
use crate::engine::resource::resolve::references::References;
use crate::engine::runtime::object;
use crate::engine::runtime::queue::Priority;
use crate::engine::runtime::steps::Steps as _;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use kube::Resource as _;
use std::collections::BTreeSet;
use std::rc::Rc;

impl<K: Kind> ResourceController<K::Vendor> for ResourceReconciler<K> {
    fn container(&self) -> Option<KindRef> {
        K::FACTS.container
    }

    fn place(&self, object: &ObjectRef) -> Option<(ObjectRef, Option<String>)> {
        self.index.borrow().claim(object).map(|claim| (claim.root.clone(), claim.held.clone()))
    }

    fn admits(&self, object: &ObjectRef, asker: &Asker<'_>) -> bool {
        self.objects.get(object).is_some_and(|object| object.admits(asker))
    }

    fn refresh<'a>(
        &'a self,
        organization: &'a Rc<Organization<K::Vendor>>,
        fresh: Tick,
    ) -> LocalBoxFuture<'a, Result<(), VendorError>> {
        async move {
            if !Counts(self).is_needed(&organization.root)
                || self.kind.unsupported(&organization.session).is_some()
            {
                return Ok(());
            }
            Round(self).read_all(organization, fresh).await
        }
        .boxed_local()
    }

    fn tally<'a>(
        &'a self,
        organization: &'a Rc<Organization<K::Vendor>>,
        fresh: Tick,
    ) -> LocalBoxFuture<'a, Tallied> {
        async move { Counts(self).count_listed(organization, fresh).await }.boxed_local()
    }

    fn look_at_lacking(&self, organization: &Organization<K::Vendor>) {
        Round(self).wake_lacking(organization);
    }

    fn turns(&self, organization: &Organization<K::Vendor>, kind: usize) -> Vec<Turn> {
        DetailReads(self).places(organization, kind)
    }

    fn take_turn<'a>(
        &'a self,
        organization: &'a Rc<Organization<K::Vendor>>,
        id: &'a str,
    ) -> LocalBoxFuture<'a, Result<(), VendorError>> {
        async move { DetailReads(self).read_in_turn(organization, id).await }.boxed_local()
    }

    fn holds(&self, root: &ObjectRef, id: &str) -> bool {
        !self.index.borrow().with_id(root, id).is_empty()
    }

    fn named(&self, organization: &Organization<K::Vendor>, id: &str) {
        DetailReads(self).suspect(organization, id);
    }

    fn shrunk(&self, organization: &Organization<K::Vendor>) -> Option<Shrunk> {
        // What is only counted stops nothing.
        Counts(self).is_needed(&organization.root).then(|| Judgement(self).judge(organization)).flatten()
    }

    fn dependents(&self, root: &ObjectRef) -> Vec<Dependent> {
        let below = self.index.borrow().below(root);
        below
            .into_iter()
            .filter(|object| self.counts(object, root))
            .filter_map(|object| {
                let Some(resource) = self.objects.get(&object) else {
                    let unread = self.objects.unread(&object)?;
                    let (blocks, needs_token) = (unread.blocks(), unread.deletes);
                    let going = unread.meta.deletion_timestamp.is_some();
                    return Some(Dependent { object, blocks, needs_token, going });
                };
                let status = resource.common_status();
                Some(Dependent {
                    blocks: Dependents(self).blocks(&object),
                    object,
                    needs_token: self.deletion(resource.as_ref(), status) == DeletionPolicy::Delete,
                    going: resource.meta().deletion_timestamp.is_some(),
                })
            })
            .collect()
    }

    fn wake_below(&self, root: &ObjectRef, priority: Priority, all: bool) {
        let below = self.index.borrow().below(root);
        for object in below {
            let idles = || self.objects.get(&object).is_some_and(|known| object::is_idle(known.as_ref()));
            if all || !idles() {
                self.wake(&object, priority);
            }
        }
    }

    fn wake_ending(&self, object: &ObjectRef) {
        Dependents(self).wake_if_ending(object);
    }

    fn wake_ending_holder(&self, root: &ObjectRef, id: &str) {
        let holders = self.index.borrow().with_id(root, id);
        for object in &holders {
            Dependents(self).wake_if_ending(object);
        }
    }

    fn users_of(&self, root: &ObjectRef, used: &ObjectRef, id: Option<&str>) -> Vec<ObjectRef> {
        Dependents(self).that_use(root, used, id)
    }

    fn held(&self, root: &ObjectRef) -> BTreeSet<String> {
        self.index.borrow().held(root).into_keys().collect()
    }

    fn near(&self, namespace: &str, name: &str) -> Vec<String> {
        let all = self.objects.all();
        let here = all.iter().filter_map(|object| {
            let meta = object.meta();
            meta.name.as_deref().filter(|_| meta.namespace.as_deref() == Some(namespace))
        });
        sentences::near(name, here).into_iter().map(str::to_owned).collect()
    }

    fn target(&self, key: &ObjectRef, root: &ObjectRef, asker: &Asker<'_>) -> Target {
        References(self).target_of(key, root, asker)
    }

    fn deciding(&self, root: &ObjectRef, of: KindRef) -> BTreeSet<String> {
        let held = self.index.borrow().held(root);
        let decides = |object: &ObjectRef| {
            self.objects.get(object).is_some_and(|known| known.decides(of)) && self.counts(object, root)
        };
        held.into_iter().filter(|(_, object)| decides(object)).map(|(id, _)| id).collect()
    }

    fn relation(&self) -> Option<KindRef> {
        K::FACTS.relation
    }

    fn forget_root(&self, root: &ObjectRef) {
        self.list_caches.borrow_mut().retain(|(of, _), _| of != root);
    }

    fn wake_those_pointing_to(&self, key: &ObjectRef) {
        References(self).wake_pointing_here(key);
    }

    fn shows(&self, organization: &Organization<K::Vendor>, id: &str) -> bool {
        let latest = Lists(self).shown(organization, "");
        latest.is_none_or(|list| list.items.contains_key(id))
    }

    fn lacks(&self, organization: &Organization<K::Vendor>, id: &str) -> bool {
        let told = {
            let index = self.index.borrow();
            let holders = index.with_id(&organization.root, id);
            holders
                .iter()
                .filter_map(|holder| index.claim(holder))
                .map(|claim| claim.gone)
                .reduce(|a, b| a || b)
        };
        // Who holds it asks more than lists.
        told.unwrap_or_else(|| !id.is_empty() && Round(self).is_gone_for_sure(organization, id))
    }
}
