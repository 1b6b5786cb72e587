//! What is sent once: its intent is stored, and its answer is carried to where it is stored (rule 4).

use crate::engine::base::checkpoint::Step;
use crate::engine::base::ports::ClusterError;
use crate::engine::decide::ledger::Place;
use crate::engine::decide::plan::{Field, Seen};
use crate::engine::external::budget::Full;
use crate::engine::external::inventory::Snapshot;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::resource::apply::overtaken::by_words;
use crate::engine::resource::memory::{Before, WasThere};
use crate::engine::resource::observe::judge::Judgement;
use crate::engine::resource::observe::list_cache::ListCache;
use crate::engine::resource::resolve::organization::Resolution;
use crate::engine::resource::{Claim, ResourceReconciler};
use crate::engine::runtime::commit::Unrepeatable;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::creator;
use crate::engine::runtime::creator::Sent;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::steps::Steps as _;
use crate::engine::runtime::verdict::Verdict;
use crate::engine::runtime::work::{Work, waits_for_store};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Sends what is sent once.
pub struct SentOnce<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> SentOnce<'_, K> {
    /// Fingerprints of what the create wrote and no read shows.
    pub fn carried(
        &self,
        organization: &Organization<K::Vendor>,
        desired: &DeclaredOf<K>,
        live: &K::Observed,
        applied: &BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let Some(prints) = self.0.context.prints.get() else { return BTreeMap::new() };
        let fields = self.0.kind.core.fields(&organization.session, &desired.state, live, applied);
        let carried = |field: &&Field| {
            matches!(field.seen, Seen::Unreadable)
                && self.0.kind.carries(&organization.session, &desired.state, &field.path)
        };
        let print = |field: &Field| (field.path.clone(), prints.of(&field.path, field.desired.expose()));
        fields.iter().filter(carried).map(print).collect()
    }

    /// Stores the draft, which holds the intent in this place, and sends the create of it, as this list was before.
    pub async fn send_once(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        (cache, snapshot): (&ListCache<K::Observed>, &Rc<Snapshot<K::Observed>>),
        desired: &DeclaredOf<K>,
        (steps, place): ((Step, Step), Place),
    ) -> Result<Sent, ClusterError> {
        let (me, words) = (reference(work.object.as_ref()), work.words.clone());
        let send = async |permit: Unrepeatable| {
            permit.create(&self.0.kind, &organization.session, &desired.state).await
        };
        // As it was before the call: a list that is read meanwhile may show what it makes. What has its container's id
        // is told by no id from what was there before.
        let contains = Judgement(self.0).judges_for_us().is_some();
        let latest = cache.inventory.latest().filter(|latest| latest.begun >= snapshot.begun);
        let before = (!contains).then(|| latest.unwrap_or_else(|| Rc::clone(snapshot)));
        self.remember(work, place, before.clone());
        let root = &organization.root;
        // From outside the organization's namespace nobody learns an id so.
        let tells = Resolution::<K>::at_home(work.object.as_ref(), root);
        let known = |id: &str| {
            let listed = before.as_ref().is_some_and(|list| list.items.contains_key(id));
            let index = self.0.index.borrow();
            let has = |claim: &Claim| claim.held.as_deref() == Some(id) || claim.former.contains(id);
            let is_known =
                listed || cache.inventory.was_deleted(id) || index.claimants(root, id).into_iter().any(has);
            is_known.then(|| if tells { id.to_owned() } else { String::new() })
        };
        let stands = || by_words(self.0, (&me, &words), organization).is_none();
        let sent = creator::once(self.0, work, steps, place, stands, send, known).await?;
        match &sent {
            Sent::Answered(id, _) => {
                self.forget(work);
                cache.inventory.made(id, self.0.context.now());
            }
            Sent::Refused(error) => {
                self.forget(work);
                if let Some((until, limit)) = error.failure.pause() {
                    cache.creates_from.set(Some(Full { until, limit }));
                }
            }
            Sent::Not(_) => self.forget(work),
            Sent::Accepted | Sent::TooLong(_) | Sent::NotNew(_) | Sent::Unknown(_) => {}
        }
        Ok(sent)
    }

    /// Remembers what was there before the create: nothing else tells what is new from what is renamed meanwhile. What has
    /// its container's id is told by its key alone.
    fn remember(&self, work: &Work<K::Resource>, place: Place, before: Option<Rc<Snapshot<K::Observed>>>) {
        let was_there: WasThere =
            Rc::new(move |id| before.as_ref().is_some_and(|list| list.items.contains_key(id)));
        let since = place.since(&work.status, &work.token);
        let before = since.map(|of| Before { of, was_there });
        self.0.memory(work.object.as_ref(), |memory| memory.before = before);
    }

    /// It has ended.
    fn forget(&self, work: &Work<K::Resource>) {
        self.0.memory(work.object.as_ref(), |memory| memory.before = None);
    }

    /// While what was written last is not stored, nothing is made: what is said then.
    pub fn waits_for_store(&self, object: &K::Resource) -> Option<Verdict> {
        self.0.commit().owes(object).then(|| Verdict::new(waits_for_store(), Next::Retry))
    }
}
