//! The objects of one kind, as the API server showed them last, and our writes to them.
//!
//! A watch feeds the cache; our own writes enter it at once, and nothing older replaces them. So no
//! reconcile ever runs on an object older than our own last write of it (rule 4).

mod gone;

use crate::api::managed::Managed;
use crate::engine::base::checks::{forbids, holds};
use crate::engine::base::ports::{Cluster, ClusterError, ObjectRef, Part};
use crate::engine::runtime::commit::owed::{By, Owing};
pub use crate::engine::runtime::object::{reference, status_of};
use crate::engine::runtime::one_at_a_time::OneAtATime;
use crate::engine::runtime::unread::{Shown, Unread};
use gone::Gone;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize as _;
use serde_json::{Map, Value};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A change that a watch tells of.
pub enum Fed<R> {
    /// A list begins.
    Restarted,
    /// An object as it is now.
    Applied(R),
    /// An object that is there and does not parse.
    Unread(Box<Unread>),
    /// An object as it was when it went.
    Deleted(R),
    /// An object whose last form could not be read has gone: its namespace, name and uid.
    Lost(String, String, Option<String>),
    /// The list has ended: what it did not show is gone. Where none had begun, everything that is
    /// watched has been listed.
    Listed,
    /// A list of one namespace has ended: what of that namespace is not among these names is gone.
    ListedIn(String, BTreeSet<String>),
    /// The API server has no such kind, so there are no objects of it.
    Undefined,
}

/// What must hold for a write to be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// Nobody has written the object since we read it.
    Unchanged,
    /// It is still the same object.
    SameObject,
}

/// A change of what is known of an object.
#[derive(Debug)]
pub struct Move<R> {
    /// The object.
    pub key: ObjectRef,
    /// The last form that could be read, before.
    pub before: Option<Rc<R>>,
    /// The same, now; `None` for what is gone, and for what could never be read.
    pub after: Option<Rc<R>>,
    /// Whether it cannot be read any more, or can be again.
    pub turned: bool,
    /// Whether somebody else wrote its status.
    pub overwritten: bool,
}

/// What is known of one object.
enum Known<R> {
    /// It as it is.
    Read(Rc<R>),
    /// What there is of it, as it cannot be read now, and its last form that could be.
    Unread(Rc<Unread>, Option<Rc<R>>),
}

impl<R: Managed> Known<R> {
    /// The last form that could be read.
    const fn form(&self) -> Option<&Rc<R>> {
        match self {
            Self::Read(form) => Some(form),
            Self::Unread(_, form) => form.as_ref(),
        }
    }

    const fn unread(&self) -> Option<&Rc<Unread>> {
        match self {
            Self::Read(_) => None,
            Self::Unread(unread, _) => Some(unread),
        }
    }

    fn meta(&self) -> &ObjectMeta {
        match self {
            Self::Read(form) => form.meta(),
            Self::Unread(unread, _) => &unread.meta,
        }
    }
}

/// The objects of a kind.
pub struct Objects<R> {
    known: RefCell<BTreeMap<ObjectRef, Known<R>>>,
    /// What is not stored yet of them, which lies over each.
    owing: Owing<R>,
    /// The writes of each status: two of one version would only refuse each other, and what is shown between could be
    /// neither's.
    pub(super) writing: OneAtATime<ObjectRef>,
    /// The uids of those that this process wrote: of them it knows what was stored before whatever is told.
    written: RefCell<BTreeSet<String>>,
    /// Those that were told gone last.
    gone: RefCell<Gone>,
    /// What changed of them since that was asked for last, if it ever was.
    changed: RefCell<Option<BTreeSet<ObjectRef>>>,
    /// What a list under way has shown so far.
    listing: RefCell<Option<BTreeSet<ObjectRef>>>,
    synced: Cell<bool>,
    /// Whether the API server lacks the kind, as far as it was told last.
    undefined: Cell<bool>,
}

impl<R> Default for Objects<R> {
    fn default() -> Self {
        Self {
            known: RefCell::default(),
            owing: Owing::default(),
            writing: OneAtATime::default(),
            written: RefCell::default(),
            gone: RefCell::default(),
            changed: RefCell::default(),
            listing: RefCell::default(),
            synced: Cell::default(),
            undefined: Cell::default(),
        }
    }
}

impl<R: Managed> Objects<R> {
    /// The object, as it could be read last.
    pub fn get(&self, key: &ObjectRef) -> Option<Rc<R>> {
        self.known.borrow().get(key).and_then(Known::form).cloned()
    }

    /// What there is of an object that cannot be read now.
    pub fn unread(&self, key: &ObjectRef) -> Option<Rc<Unread>> {
        self.known.borrow().get(key).and_then(Known::unread).cloned()
    }

    /// Whether there is such an object, readable or not.
    pub fn knows(&self, key: &ObjectRef) -> bool {
        self.known.borrow().contains_key(key)
    }

    /// Whether the object, and no other of its name, is known to be there.
    pub fn has(&self, object: &R) -> bool {
        let known = self.known.borrow();
        known.get(&reference(object)).is_some_and(|known| known.meta().uid == object.meta().uid)
    }

    /// All objects, as they could be read last, in order.
    pub fn all(&self) -> Vec<Rc<R>> {
        self.known.borrow().values().filter_map(Known::form).cloned().collect()
    }

    /// The resourceVersion of each, as it is known.
    pub fn versions(&self) -> BTreeMap<ObjectRef, String> {
        let known = self.known.borrow();
        let version = |known: &Known<R>| known.meta().resource_version.clone().unwrap_or_default();
        known.iter().map(|(key, known)| (key.clone(), version(known))).collect()
    }

    /// All that can be read now.
    pub fn readable(&self) -> Vec<Rc<R>> {
        let known = self.known.borrow();
        known.values().filter(|known| known.unread().is_none()).filter_map(Known::form).cloned().collect()
    }

    /// All that cannot be read now.
    pub fn all_unread(&self) -> Vec<Rc<Unread>> {
        self.known.borrow().values().filter_map(Known::unread).cloned().collect()
    }

    /// What there is of an object that cannot be read, and could not be since this process started: of such a one
    /// nothing is known but what its status and a lenient look tell.
    pub fn never_read(&self, key: &ObjectRef) -> Option<Rc<Unread>> {
        self.known.borrow().get(key).filter(|known| known.form().is_none()).and_then(Known::unread).cloned()
    }

    /// Those that came, went or are otherwise since this was asked last; all, the first time. It is for one who asks.
    pub fn changed(&self) -> BTreeSet<ObjectRef> {
        let changed = self.changed.borrow_mut().replace(BTreeSet::new());
        changed.unwrap_or_else(|| self.known.borrow().keys().cloned().collect())
    }

    fn note_change(&self, key: &ObjectRef) {
        if let Some(changed) = self.changed.borrow_mut().as_mut() {
            changed.insert(key.clone());
        }
    }

    /// How many could be read once.
    pub fn len(&self) -> usize {
        self.known.borrow().values().filter_map(Known::form).count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether all objects are known: a whole list was seen, or there can be none.
    pub fn synced(&self) -> bool {
        self.synced.get() || self.undefined.get()
    }

    /// Takes in what a watch tells a process that knows so much. Returns the objects that changed or went.
    pub fn feed(&self, fed: Fed<R>, leads: bool) -> Vec<Move<R>> {
        match fed {
            Fed::Undefined => {
                // Of a kind that was there, what is known stays: its watch told what was deleted with it.
                self.undefined.set(true);
                Vec::new()
            }
            Fed::Restarted => {
                *self.listing.borrow_mut() = Some(BTreeSet::new());
                Vec::new()
            }
            Fed::Applied(object) => {
                self.undefined.set(false);
                self.lists(&reference(&object));
                let by = self.word(object.meta(), leads);
                self.insert(object, by)
            }
            Fed::Unread(unread) => {
                self.undefined.set(false);
                self.lists(&unread.object);
                let by = self.word(&unread.meta, leads);
                self.insert_unread(*unread, by)
            }
            Fed::Deleted(object) => self.ended(&reference(&object), object.meta().uid.as_ref()),
            Fed::Lost(namespace, name, uid) => {
                self.ended(&ObjectRef { kind: R::KIND, namespace, name }, uid.as_ref())
            }
            Fed::Listed => {
                self.synced.set(true);
                let Some(listed) = self.listing.borrow_mut().take() else { return Vec::new() };
                self.remove(|key| !listed.contains(key))
            }
            Fed::ListedIn(namespace, names) => {
                self.undefined.set(false);
                self.remove(|key| key.namespace == namespace && !names.contains(&key.name))
            }
        }
    }

    fn lists(&self, key: &ObjectRef) {
        if let Some(listing) = self.listing.borrow_mut().as_mut() {
            listing.insert(key.clone());
        }
    }

    /// Whether what is shown so is news. The same version may be read otherwise under another definition; and what a
    /// write made of an object that goes with it is never stored, so it is answered with the version of before.
    fn is_news(&self, key: &ObjectRef, meta: &ObjectMeta, readable: bool) -> bool {
        if forbids!(GoneStaysGone, self.gone.borrow().has(meta.uid.as_ref())) {
            return false;
        }
        let all = self.known.borrow();
        let Some(known) = all.get(key) else { return true };
        let turned = readable == known.unread().is_some();
        let version = &known.meta().resource_version;
        let goes =
            meta.deletion_timestamp.is_some() && held(meta).is_empty() && !held(known.meta()).is_empty();
        known.meta().uid != meta.uid
            || goes && *version == meta.resource_version
            || holds!(NothingOlder, newer(meta.resource_version.as_deref(), version.as_deref()))
            || turned && *version == meta.resource_version
    }

    /// The word of a watch, or of a read, as it is heard by a process that leads, or by another one. What was stored
    /// before is known of what this process wrote itself: of all else a watch that is late may still tell a
    /// predecessor's last word.
    pub(super) fn word(&self, meta: &ObjectMeta, leads: bool) -> By {
        let written = || meta.uid.as_ref().is_some_and(|uid| self.written.borrow().contains(uid));
        if leads { By::Word { knows: written() } } else { By::Rumour }
    }

    /// The last form of the object that could be read.
    fn form(&self, key: &ObjectRef, meta: &ObjectMeta) -> Option<Rc<R>> {
        self.get(key).filter(|known| known.meta().uid == meta.uid)
    }

    /// Puts an object in place unless a newer state of it is known.
    fn insert(&self, object: R, by: By) -> Vec<Move<R>> {
        let key = reference(&object);
        if !self.is_news(&key, object.meta(), true) {
            return Vec::new();
        }
        let before = self.form(&key, object.meta());
        let (shown, overwritten) = self.owing.shown(object, before.as_deref(), by);
        self.put(key, Known::Read(Rc::new(shown)), overwritten)
    }

    /// Takes in that an object cannot be read as it is now.
    fn insert_unread(&self, unread: Unread, by: By) -> Vec<Move<R>> {
        let key = unread.object.clone();
        if !self.is_news(&key, &unread.meta, false) {
            return Vec::new();
        }
        if !forbids!(UnreadStays) {
            return self.take_out(&key);
        }
        let before = self.form(&key, &unread.meta);
        let shown =
            before.map(|before| self.owing.shown(unread.over(before.as_ref()), Some(before.as_ref()), by));
        let overwritten = shown.as_ref().is_some_and(|(_, overwritten)| *overwritten);
        let form = shown.map(|(form, _)| Rc::new(form));
        self.put(key, Known::Unread(Rc::new(unread), form), overwritten)
    }

    fn put(&self, key: ObjectRef, now: Known<R>, overwritten: bool) -> Vec<Move<R>> {
        let (after, readable) = (now.form().cloned(), now.unread().is_none());
        self.note_change(&key);
        let before = self.known.borrow_mut().insert(key.clone(), now);
        let turned = readable == before.as_ref().is_some_and(|before| before.unread().is_some());
        vec![Move { key, before: before.as_ref().and_then(Known::form).cloned(), after, turned, overwritten }]
    }

    /// Takes in that the object with this uid has gone. A new one of the same name may be here already.
    fn ended(&self, key: &ObjectRef, uid: Option<&String>) -> Vec<Move<R>> {
        self.gone.borrow_mut().add(uid);
        let known = self.known.borrow().get(key).map(|known| known.meta().uid.clone());
        if known.is_some_and(|known| known.as_ref() == uid) { self.take_out(key) } else { Vec::new() }
    }

    fn remove(&self, gone: impl Fn(&ObjectRef) -> bool) -> Vec<Move<R>> {
        let went: Vec<ObjectRef> = self.known.borrow().keys().filter(|key| gone(key)).cloned().collect();
        went.iter().flat_map(|key| self.take_out(key)).collect()
    }

    fn take_out(&self, key: &ObjectRef) -> Vec<Move<R>> {
        self.note_change(key);
        let went = self.known.borrow_mut().remove(key).map(|known| {
            if let Some(uid) = &known.meta().uid {
                self.written.borrow_mut().remove(uid);
            }
            let (before, turned) = (known.form().cloned(), known.unread().is_some());
            Move { before, after: None, turned, overwritten: false, key: key.clone() }
        });
        went.into_iter().collect()
    }

    /// What is not stored yet of the objects.
    pub const fn owing(&self) -> &Owing<R> {
        &self.owing
    }

    /// Puts an object in place as it is to be seen, if it is still the one that is known.
    pub fn show(&self, shown: Rc<R>) {
        self.note_change(&reference(shown.as_ref()));
        let mut all = self.known.borrow_mut();
        if let Some(Known::Read(form) | Known::Unread(_, Some(form))) =
            all.get_mut(&reference(shown.as_ref()))
            && form.meta().uid == shown.meta().uid
            && form.meta().resource_version == shown.meta().resource_version
        {
            *form = shown;
        }
    }

    /// Sends a patch; the object as the API server then has it. What was written to a known version is answered
    /// ([`By::Answer`]); what shows who wrote it meanwhile is a word.
    ///
    /// # Errors
    /// As the API server answers.
    pub async fn send(
        &self,
        cluster: &dyn Cluster,
        object: &Rc<R>,
        part: Part,
        body: Value,
        by: By,
    ) -> Result<Rc<R>, ClusterError> {
        let key = reference(object.as_ref());
        let answer = cluster.patch(&key, part, body).await?;
        // While it was on its way the object may have gone: it does not come back by this, and nothing more is
        // done for it.
        self.still(object.as_ref())?;
        if by == By::Answer {
            self.written.borrow_mut().extend(object.meta().uid.clone());
        }
        let written = match R::deserialize(&answer) {
            Ok(written) => {
                self.insert(R::clone(&written), by);
                written
            }
            // It is stored, under a definition of which this program cannot read the manifest.
            Err(error) => match Unread::of::<R>(&answer, error.to_string()) {
                Some(unread) => {
                    let written = unread.over(object.as_ref());
                    self.insert_unread(unread, by);
                    written
                }
                None => return Err(ClusterError::Unavailable(format!("unreadable answer: {error}"))),
            },
        };
        Ok(Rc::new(written))
    }

    /// Sends a patch of an object that could never be read.
    ///
    /// # Errors
    /// As the API server answers.
    pub async fn send_unread(
        &self,
        cluster: &dyn Cluster,
        unread: &Unread,
        part: Part,
        body: Value,
    ) -> Result<(), ClusterError> {
        let answer = cluster.patch(&unread.object, part, body).await?;
        match Shown::<R>::deserialize(&answer) {
            Ok(Shown(Ok(object))) => drop(self.insert(object, By::Answer)),
            Ok(Shown(Err(unread))) => drop(self.insert_unread(*unread, By::Answer)),
            Err(error) => return Err(ClusterError::Unavailable(format!("unreadable answer: {error}"))),
        }
        Ok(())
    }

    /// Whether nothing newer of the object is known.
    pub fn is_latest(&self, object: &R) -> bool {
        let known = self.known.borrow();
        let version = known.get(&reference(object)).and_then(|known| known.meta().resource_version.clone());
        !newer(version.as_deref(), object.meta().resource_version.as_deref())
    }

    /// Whether the object is still known to be there.
    ///
    /// # Errors
    /// It has gone, as was told.
    pub fn still(&self, object: &R) -> Result<(), ClusterError> {
        if holds!(StillThere, self.has(object)) { Ok(()) } else { Err(ClusterError::NotFound) }
    }
}

/// What keeps an object from going.
fn held(meta: &ObjectMeta) -> &[String] {
    meta.finalizers.as_deref().unwrap_or_default()
}

/// The outcome of a write.
pub struct Written<R> {
    /// The object as it is now.
    pub object: Rc<R>,
    /// Whether there was anything to write.
    pub changed: bool,
}

/// The preconditions of a patch, as they stand in its metadata.
pub fn preconditions<R: Managed>(object: &R, precondition: Precondition) -> Map<String, Value> {
    let meta = object.meta();
    let (key, value) = match precondition {
        Precondition::Unchanged if forbids!(UnchangedSinceRead) => {
            ("resourceVersion", &meta.resource_version)
        }
        Precondition::Unchanged | Precondition::SameObject => ("uid", &meta.uid),
    };
    value.iter().map(|value| (key.to_owned(), Value::from(value.clone()))).collect()
}

/// Whether the version `one` is later than `other`. Kubernetes compares resource versions of one kind as numbers;
/// where they are none, another one counts as later.
pub fn newer(one: Option<&str>, other: Option<&str>) -> bool {
    let number = |version: Option<&str>| version?.parse::<u128>().ok();
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one > other,
        _ => one != other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::spot::SpotAccount;
    use serde_json::json;

    fn object(namespace: &str, name: &str, uid: &str, version: u32) -> SpotAccount {
        serde_json::from_value(json!({
            "apiVersion": "spot.orgkeeper.dev/v1alpha1",
            "kind": "SpotAccount",
            "metadata": {"namespace": namespace, "name": name, "uid": uid, "resourceVersion": version.to_string()},
            "spec": {"organizationRef": {"name": "acme"}, "name": name},
        }))
        .unwrap()
    }

    fn names(objects: &Objects<SpotAccount>) -> Vec<String> {
        objects.all().iter().map(|object| reference(object.as_ref()).to_string()).collect()
    }

    fn version(objects: &Objects<SpotAccount>) -> String {
        objects.all()[0].metadata.resource_version.clone().unwrap()
    }

    #[test]
    fn nothing_older_replaces_what_is_known() {
        let objects = Objects::default();
        assert_eq!(objects.feed(Fed::Applied(object("n", "a", "1", 10)), false).len(), 1);
        assert!(
            objects.feed(Fed::Applied(object("n", "a", "1", 9)), false).is_empty(),
            "an echo from before"
        );
        assert!(
            objects.feed(Fed::Applied(object("n", "a", "1", 10)), false).is_empty(),
            "an echo of our own write"
        );
        assert_eq!(version(&objects), "10");
        objects.feed(Fed::Applied(object("n", "a", "1", 11)), false);
        assert_eq!(version(&objects), "11", "numbers, not words: 9 is before 11");
        objects.feed(Fed::Applied(object("n", "a", "2", 5)), false);
        assert_eq!(version(&objects), "5", "another object of the same name");
    }

    #[test]
    fn what_changed_is_told_once() {
        let objects = Objects::default();
        let changed = |objects: &Objects<SpotAccount>| -> Vec<String> {
            objects.changed().into_iter().map(|key| key.name).collect()
        };
        for name in ["a", "b"] {
            objects.feed(Fed::Applied(object("n", name, name, 1)), false);
        }
        assert_eq!(changed(&objects), ["a", "b"], "all, the first time");
        assert!(changed(&objects).is_empty());
        objects.feed(Fed::Applied(object("n", "b", "b", 1)), false);
        assert!(changed(&objects).is_empty(), "an echo");
        objects.feed(Fed::Applied(object("n", "b", "b", 2)), false);
        objects.show(objects.get(&reference(&object("n", "a", "a", 1))).unwrap());
        assert_eq!(changed(&objects), ["a", "b"]);
        objects.feed(Fed::Deleted(object("n", "b", "b", 2)), false);
        assert_eq!(changed(&objects), ["b"]);
        objects.feed(Fed::ListedIn("n".into(), BTreeSet::new()), false);
        assert_eq!(changed(&objects), ["a"]);
    }

    #[test]
    fn an_end_counts_only_for_the_object_that_ended() {
        let objects = Objects::default();
        objects.feed(Fed::Applied(object("n", "a", "2", 20)), false);
        assert!(objects.feed(Fed::Deleted(object("n", "a", "1", 30)), false).is_empty(), "its predecessor");
        assert!(objects.feed(Fed::Lost("n".into(), "a".into(), Some("1".into())), false).is_empty());
        assert_eq!(objects.feed(Fed::Lost("n".into(), "a".into(), Some("2".into())), false).len(), 1);
        objects.feed(Fed::Applied(object("n", "a", "3", 40)), false);
        assert_eq!(objects.feed(Fed::Deleted(object("n", "a", "3", 41)), false).len(), 1);
        assert!(objects.is_empty());
    }

    #[test]
    fn what_a_list_does_not_show_is_gone_once_it_has_ended() {
        let objects = Objects::default();
        for name in ["a", "b"] {
            objects.feed(Fed::Applied(object("n", name, name, 1)), false);
        }
        assert!(!objects.synced());
        objects.feed(Fed::Restarted, false);
        objects.feed(Fed::Applied(object("n", "b", "b", 1)), false);
        assert_eq!(objects.len(), 2, "a list under way says nothing of what is missing");
        assert_eq!(objects.feed(Fed::Listed, false).len(), 1);
        assert_eq!(names(&objects), ["SpotAccount n/b"]);
        assert!(objects.synced());
    }

    #[test]
    fn a_list_of_one_namespace_says_nothing_of_others() {
        let objects = Objects::default();
        for (namespace, name) in [("n", "a"), ("n", "b"), ("m", "c")] {
            objects.feed(Fed::Applied(object(namespace, name, name, 1)), false);
        }
        let gone = objects.feed(Fed::ListedIn("n".into(), BTreeSet::from(["b".to_owned()])), false);
        assert_eq!(gone.len(), 1);
        assert_eq!(names(&objects), ["SpotAccount m/c", "SpotAccount n/b"]);
        assert!(!objects.synced(), "the other namespaces may still be listing");
        assert!(objects.feed(Fed::Listed, false).is_empty());
        assert!(objects.synced());
    }

    #[test]
    fn a_kind_that_is_not_there_has_no_objects_until_it_comes() {
        let objects = Objects::default();
        objects.feed(Fed::Restarted, false);
        assert!(!objects.synced(), "nobody knows yet");
        objects.feed(Fed::Undefined, false);
        objects.feed(Fed::Restarted, false);
        assert!(objects.synced(), "asked again, and not answered yet");
        objects.feed(Fed::Applied(object("n", "a", "1", 1)), false);
        assert!(!objects.synced(), "there may be more");
        objects.feed(Fed::Listed, false);
        assert!(objects.synced());
        objects.feed(Fed::Undefined, false);
        assert_eq!(names(&objects), ["SpotAccount n/a"]);
    }

    #[test]
    fn what_goes_with_a_write_is_known_so_though_it_has_the_version_of_before() {
        let objects = Objects::default();
        let shown = |finalizers: &[&str], deleting: bool| {
            let mut shown = object("n", "a", "1", 10);
            shown.metadata.finalizers = Some(finalizers.iter().map(ToString::to_string).collect());
            shown.metadata.deletion_timestamp =
                deleting.then(|| serde_json::from_value(json!("2026-01-02T00:00:00Z")).unwrap());
            shown
        };
        objects.feed(Fed::Applied(shown(&["ours"], true)), false);
        assert!(objects.feed(Fed::Applied(shown(&["ours"], true)), false).is_empty(), "an echo");
        assert!(
            objects.feed(Fed::Applied(shown(&[], false)), false).is_empty(),
            "another form of one version"
        );
        assert_eq!(objects.feed(Fed::Applied(shown(&[], true)), false).len(), 1);
        assert!(objects.feed(Fed::Applied(shown(&["ours"], true)), false).is_empty(), "an echo from before");
    }

    #[test]
    fn nothing_brings_back_what_was_told_gone() {
        let objects = Objects::default();
        objects.feed(Fed::Applied(object("n", "a", "1", 10)), false);
        objects.feed(Fed::Deleted(object("n", "a", "1", 12)), false);
        assert!(
            objects.feed(Fed::Applied(object("n", "a", "1", 11)), false).is_empty(),
            "older than its end"
        );
        assert!(objects.is_empty());
        assert_eq!(
            objects.feed(Fed::Applied(object("n", "a", "2", 13)), false).len(),
            1,
            "another one of its name"
        );
    }
}
