//! Who claims what: an index over the whole cache, and the rule that one holder wins (rule 3).

use crate::api::managed::Managed;
use crate::engine::kind::{Kind, Within};
use crate::engine::objects::reference;
use crate::engine::seams::ObjectRef;
use kube::Resource as _;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// What an object claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The object.
    pub object: ObjectRef,
    /// The organization's object; without a name where nothing leads to one.
    pub root: ObjectRef,
    /// What it is in.
    pub within: Within,
    /// The natural key.
    pub key: String,
    /// The id in status.
    pub held: Option<String>,
    /// Ids of what was in its place before, and goes: nobody else may take them.
    pub former: BTreeSet<String>,
    /// Ids of what it left at the vendor: taken over by nobody who does not name them.
    pub left: BTreeSet<String>,
    /// The id in `adopt.id`.
    pub wanted: Option<String>,
    /// Whether a create is pending.
    pub pending: bool,
    /// `creationTimestamp`, then uid: the older wins.
    pub age: (Option<jiff::Timestamp>, String),
    /// The Secrets that it reads or writes.
    pub secrets: BTreeSet<String>,
    /// The objects that it refers to.
    pub pointers: BTreeSet<ObjectRef>,
}

impl Claim {
    /// What `resource` claims, which belongs to `root` and is in `within`.
    pub fn of<K: Kind>(resource: &K::Resource, root: ObjectRef, within: Within) -> Self {
        let object = reference(resource);
        let status = resource.common_status();
        Self {
            root,
            key: K::key(resource, &within),
            within,
            held: status.id.clone(),
            former: {
                let token = resource.token_status();
                let old = token.and_then(|token| token.rotation.as_ref()?.old_id.clone());
                let lost = token.and_then(|token| token.lost.clone());
                old.into_iter().chain(lost).chain(status.superseded.clone()).collect()
            },
            left: status.leftovers.iter().cloned().collect(),
            wanted: resource.common_spec().adopt.id.clone(),
            pending: status.pending_create.is_some(),
            age: (
                resource.meta().creation_timestamp.as_ref().map(|time| time.0),
                resource.meta().uid.clone().unwrap_or_default(),
            ),
            secrets: {
                let read = resource.secret_refs().into_iter().chain(resource.token_target());
                read.map(|secret| secret.name.clone()).collect()
            },
            pointers: {
                let pointers = resource.pointers().into_iter().map(|pointer| ObjectRef {
                    kind: pointer.kind,
                    namespace: pointer.namespace.unwrap_or(&object.namespace).to_owned(),
                    name: pointer.name.to_owned(),
                });
                pointers.collect()
            },
            object,
        }
    }

    fn id(&self) -> Option<&str> {
        self.held.as_deref().or(self.wanted.as_deref())
    }

    /// Whether both cannot be right.
    pub fn rivals(&self, other: &Self) -> bool {
        self.root == other.root
            && self.object != other.object
            && match (self.id(), other.id()) {
                (Some(one), Some(two)) => {
                    one == two || self.former.contains(two) || other.former.contains(one)
                }
                _ => self.key == other.key,
            }
    }

    /// Whether this one wins over a rival: the holder of the id, then of a pending create, then the
    /// older.
    pub fn wins(&self, other: &Self) -> bool {
        let rank = |claim: &Self| {
            (Reverse(claim.held.is_some()), Reverse(claim.pending), claim.age.clone(), claim.object.clone())
        };
        rank(self) < rank(other)
    }
}

/// All claims of one kind.
#[derive(Debug, Default)]
pub struct Index {
    claims: BTreeMap<ObjectRef, Claim>,
    by_root: BTreeMap<ObjectRef, BTreeSet<ObjectRef>>,
    by_key: BTreeMap<(ObjectRef, String), BTreeSet<ObjectRef>>,
    by_id: BTreeMap<(ObjectRef, String), BTreeSet<ObjectRef>>,
    by_left: BTreeMap<(ObjectRef, String), BTreeSet<ObjectRef>>,
    by_secret: BTreeMap<(String, String), BTreeSet<ObjectRef>>,
    by_pointer: BTreeMap<ObjectRef, BTreeSet<ObjectRef>>,
}

impl Index {
    /// Puts the claim in place of the object's former one; `None` takes it out.
    pub fn replace(&mut self, object: &ObjectRef, claim: Option<Claim>) {
        if self.claims.get(object) == claim.as_ref() {
            return;
        }
        if let Some(former) = self.claims.remove(object) {
            self.entries(&former, |set| {
                set.remove(object);
            });
        }
        if let Some(claim) = claim {
            self.entries(&claim, |set| {
                set.insert(object.clone());
            });
            self.claims.insert(object.clone(), claim);
        }
    }

    fn entries(&mut self, claim: &Claim, mut change: impl FnMut(&mut BTreeSet<ObjectRef>)) {
        fn at<K: Ord + Clone>(
            map: &mut BTreeMap<K, BTreeSet<ObjectRef>>,
            key: &K,
            change: &mut impl FnMut(&mut BTreeSet<ObjectRef>),
        ) {
            let set = map.entry(key.clone()).or_default();
            change(set);
            if set.is_empty() {
                map.remove(key);
            }
        }
        at(&mut self.by_root, &claim.root, &mut change);
        at(&mut self.by_key, &(claim.root.clone(), claim.key.clone()), &mut change);
        let ids: BTreeSet<&String> =
            [&claim.held, &claim.wanted].into_iter().flatten().chain(&claim.former).collect();
        for id in ids {
            at(&mut self.by_id, &(claim.root.clone(), id.clone()), &mut change);
        }
        for id in &claim.left {
            at(&mut self.by_left, &(claim.root.clone(), id.clone()), &mut change);
        }
        for secret in &claim.secrets {
            let key = (claim.object.namespace.clone(), secret.clone());
            at(&mut self.by_secret, &key, &mut change);
        }
        for target in &claim.pointers {
            at(&mut self.by_pointer, target, &mut change);
        }
    }

    /// The object's claim.
    pub fn claim(&self, object: &ObjectRef) -> Option<&Claim> {
        self.claims.get(object)
    }

    /// The objects below the organization.
    pub fn below(&self, root: &ObjectRef) -> Vec<ObjectRef> {
        self.by_root.get(root).into_iter().flatten().cloned().collect()
    }

    /// The objects that read the Secret.
    pub fn readers(&self, namespace: &str, secret: &str) -> Vec<ObjectRef> {
        let key = (namespace.to_owned(), secret.to_owned());
        self.by_secret.get(&key).into_iter().flatten().cloned().collect()
    }

    /// The objects that refer to this one.
    pub fn pointing_to(&self, target: &ObjectRef) -> Vec<ObjectRef> {
        self.by_pointer.get(target).into_iter().flatten().cloned().collect()
    }

    /// The objects with the natural key.
    pub fn with_key(&self, root: &ObjectRef, key: &str) -> Vec<ObjectRef> {
        self.by_key.get(&(root.clone(), key.to_owned())).into_iter().flatten().cloned().collect()
    }

    /// The objects that left the id at the vendor.
    pub fn left_by(&self, root: &ObjectRef, id: &str) -> Vec<ObjectRef> {
        self.by_left.get(&(root.clone(), id.to_owned())).into_iter().flatten().cloned().collect()
    }

    /// The objects that hold or want the id.
    pub fn with_id(&self, root: &ObjectRef, id: &str) -> Vec<ObjectRef> {
        self.by_id.get(&(root.clone(), id.to_owned())).into_iter().flatten().cloned().collect()
    }

    /// Every rival of the claim, whether it wins or loses.
    pub fn rivals(&self, claim: &Claim) -> Vec<&Claim> {
        let mut objects: BTreeSet<ObjectRef> = self.with_key(&claim.root, &claim.key).into_iter().collect();
        for id in [&claim.held, &claim.wanted].into_iter().flatten().chain(&claim.former) {
            objects.extend(self.with_id(&claim.root, id));
        }
        objects
            .iter()
            .filter_map(|object| self.claims.get(object))
            .filter(|other| claim.rivals(other))
            .collect()
    }

    /// Who holds what `claim` asks for, if another does. `counts` leaves out those that the
    /// organization does not admit: they must not lock others out.
    pub fn holder(&self, claim: &Claim, counts: impl Fn(&ObjectRef) -> bool) -> Option<&Claim> {
        self.rivals(claim).into_iter().find(|other| other.wins(claim) && counts(&other.object))
    }

    /// The ids that are held below the organization.
    pub fn held(&self, root: &ObjectRef) -> BTreeMap<String, ObjectRef> {
        let mut held = BTreeMap::new();
        for object in self.by_root.get(root).into_iter().flatten() {
            if let Some(id) = self.claims.get(object).and_then(|claim| claim.held.clone()) {
                held.insert(id, object.clone());
            }
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(name: &str, key: &str) -> Claim {
        let object = |kind, name: &str| ObjectRef { kind, namespace: "n".into(), name: name.into() };
        Claim {
            object: object("Child", name),
            root: object("Root", "r"),
            within: Within::Organization,
            key: key.into(),
            held: None,
            former: BTreeSet::new(),
            left: BTreeSet::new(),
            wanted: None,
            pending: false,
            age: (None, name.into()),
            secrets: BTreeSet::new(),
            pointers: BTreeSet::new(),
        }
    }

    fn holding(name: &str, key: &str, id: &str) -> Claim {
        Claim { held: Some(id.into()), ..claim(name, key) }
    }

    fn wanting(name: &str, key: &str, id: &str) -> Claim {
        Claim { wanted: Some(id.into()), ..claim(name, key) }
    }

    fn index(claims: &[&Claim]) -> Index {
        let mut index = Index::default();
        for claim in claims {
            index.replace(&claim.object, Some((*claim).clone()));
        }
        index
    }

    #[test]
    fn one_holder_wins() {
        let pending = |name: &str, key: &str| Claim { pending: true, ..claim(name, key) };
        // (winner, loser)
        let table = [
            (holding("z", "k", "1"), pending("a", "k")),
            (holding("z", "k", "1"), claim("a", "k")),
            (pending("z", "k"), claim("a", "k")),
            (claim("a", "k"), claim("b", "k")),
            (holding("z", "k", "1"), wanting("a", "other", "1")),
        ];
        for (winner, loser) in &table {
            let index = index(&[winner, loser]);
            assert_eq!(index.holder(loser, |_| true), Some(winner), "{winner:?} {loser:?}");
            assert_eq!(index.holder(winner, |_| true), None, "{winner:?} {loser:?}");
        }
    }

    #[test]
    fn what_a_rotation_leaves_behind_is_nobody_elses() {
        let rotating = Claim { former: BTreeSet::from(["1".to_owned()]), ..holding("z", "k", "2") };
        let adopting = wanting("a", "other", "1");
        let index = index(&[&rotating, &adopting]);
        assert_eq!(index.holder(&adopting, |_| true), Some(&rotating));
        assert_eq!(index.holder(&rotating, |_| true), None);
        assert_eq!(index.with_id(&rotating.root, "1").len(), 2);
    }

    #[test]
    fn different_ids_of_one_name_and_other_organizations_are_no_conflict() {
        let one = holding("a", "k", "1");
        let away =
            |claim: Claim| Claim { root: ObjectRef { name: "other".into(), ..claim.root.clone() }, ..claim };
        for other in [wanting("b", "k", "2"), holding("b", "k", "2"), away(claim("b", "k"))] {
            assert_eq!(index(&[&one, &other]).holder(&other, |_| true), None, "{other:?}");
        }
    }

    #[test]
    fn who_is_not_admitted_does_not_lock_others_out() {
        let (old, young) = (claim("a", "k"), claim("b", "k"));
        let index = index(&[&old, &young]);
        assert_eq!(index.holder(&young, |object| object.name != "a"), None);
    }

    #[test]
    fn a_replaced_claim_leaves_nothing_behind() {
        let mut index = index(&[&holding("a", "k", "1")]);
        let object = claim("a", "k").object;
        index.replace(&object, Some(holding("a", "l", "2")));
        let root = claim("a", "k").root;
        assert!(index.with_key(&root, "k").is_empty() && index.with_id(&root, "1").is_empty());
        assert_eq!(index.held(&root).into_keys().collect::<Vec<_>>(), ["2"]);
        index.replace(&object, None);
        assert!(index.below(&root).is_empty() && index.by_key.is_empty() && index.by_id.is_empty());
    }
}
