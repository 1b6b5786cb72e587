//! Natural keys: what an object is known by where it has no id yet, and their hashes.

use crate::engine::decide::fingerprint::{Match, digest};
use crate::engine::external::inventory::Snapshot;
use crate::engine::provider::facts::Within;
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::resource::ResourceReconciler;
use crate::engine::runtime::objects::reference;
use kube::Resource as _;

/// Knows natural keys and their hashes.
pub struct Keys<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Keys<'_, K> {
    /// The keyed hash that stands in status for a natural key, which may be a secret.
    pub fn key_hash(&self, key: &str) -> String {
        self.0.context.prints.get().map(|prints| prints.of("key", key)).unwrap_or_default()
    }

    /// The hash of the key of what has an id that gives way to another.
    pub fn provisional(&self, live: &K::Observed) -> Option<String> {
        self.0.kind.is_provisional(live).then(|| self.key_hash(K::identify(live).key))
    }

    /// The same of what the list shows by this id, if it shows it.
    pub fn provisional_of(&self, list: &Snapshot<K::Observed>, id: &str) -> Option<String> {
        self.provisional(list.items.get(id)?)
    }

    /// Whether the stored hash is of the key of `live`. Of a hash whose own key is lost, the manifest says what
    /// it was of: else what was created would not be known again, and be created twice.
    pub fn is_key(&self, hash: &str, live: &K::Observed, key: &str) -> bool {
        match self.0.context.prints.get().map(|prints| prints.compare(hash, "key", K::identify(live).key)) {
            Some(Match::Same) => true,
            Some(Match::LostKey) => K::has_key(live, key),
            Some(Match::Other) | None => false,
        }
    }

    /// Whether nobody can say any more of which key the hash is.
    pub fn is_lost(&self, hash: &str) -> bool {
        self.0.context.prints.get().map(|prints| prints.compare(hash, "key", "")) == Some(Match::LostKey)
    }

    /// The natural key of an object, as far as the manifest tells it.
    pub fn claim_key(&self, object: &K::Resource) -> String {
        let index = self.0.index.borrow();
        match index.claim(&reference(object)) {
            Some(claim) => claim.key.clone(),
            None => K::key(object, &Within::Organization),
        }
    }

    /// What a person is asked, as a digest: whether another one is made of what the object has by the id.
    pub fn question(&self, object: &K::Resource, organization: &str, id: &str) -> String {
        let uid = object.meta().uid.clone().unwrap_or_default();
        digest([organization, &*uid, id, &*self.claim_key(object)])
    }

    /// The natural key of an object whose wish is resolved.
    pub fn natural_key(&self, object: &K::Resource, desired: &DeclaredOf<K>) -> String {
        desired.key.clone().unwrap_or_else(|| self.claim_key(object))
    }
}
