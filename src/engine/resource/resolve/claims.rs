//! Who claims what: an index over the whole cache, and the rule that one holder wins (rule 3).

use crate::api::conditions::{self, ConditionType};
use crate::api::managed::Managed;
use crate::api::policy::{AdoptPolicy, ManagementPolicy};
use crate::engine::base::checks::{forbids, holds};
use crate::engine::base::ports::ObjectRef;
use crate::engine::base::reason::Reason;
use crate::engine::decide::identify::may_adopt;
use crate::engine::provider::facts::Within;
use crate::engine::provider::kind::Kind;
use crate::engine::runtime::object::pointed;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::unread::Unread;
use kube::Resource as _;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// How an object may come to something at the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Whether it stands where its organization stands.
    pub at_home: bool,
    /// `adopt.policy`.
    pub adopt: AdoptPolicy,
    /// Whether it may be created: not under Observe.
    pub creates: bool,
    /// Whether it names other things by their ids, which only the organization's own namespace may.
    pub by_id: bool,
}

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
    /// Whether its status says that what has that id was deleted at the vendor, and asks what becomes of it.
    pub gone: bool,
    /// Ids of what was in its place before and goes, or is to take it: nobody else may take them.
    pub former: BTreeSet<String>,
    /// Ids of what it left at the vendor: taken over by nobody who does not name them.
    pub left: BTreeSet<String>,
    /// The id in `adopt.id`.
    pub wanted: Option<String>,
    /// The hash of the natural key whose create is pending: what the manifest says may be another one since.
    pub pending: Option<String>,
    /// The hash of the natural key of what it has, where the id of that gives way to another: who has the key then is its.
    pub provisional: Option<String>,
    /// How it may come to something that it does not have yet.
    pub reach: Reach,
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
        let (adopt, wanted) = resource.adopts();
        Self {
            key: K::key(resource, &within),
            within,
            held: status.id.clone(),
            gone: conditions::find(&status.conditions, ConditionType::Stalled)
                .is_some_and(|stalled| stalled.reason == Reason::ExternallyDeleted.as_str()),
            former: {
                let token = resource.token_status();
                let users = token.into_iter().flat_map(|token| token.rotation.iter().chain(&token.again));
                let users = users.flat_map(|made| made.old_id.iter().chain(&made.new_id)).cloned();
                let lost = token.and_then(|token| token.lost.clone());
                let former = users.chain(lost).chain(status.superseded.clone());
                former.filter(|_| forbids!(FormerIsClaimed)).collect()
            },
            left: status.leftovers.iter().cloned().collect(),
            wanted,
            pending: status.pending_create.as_ref().map(|pending| pending.key.clone()),
            provisional: status.provisional.clone(),
            reach: Reach {
                at_home: object.namespace == root.namespace,
                adopt,
                creates: resource.common_spec().management_policy != ManagementPolicy::Observe,
                by_id: resource.names_by_id(),
            },
            root,
            age: (
                resource.meta().creation_timestamp.as_ref().map(|time| time.0),
                resource.meta().uid.clone().unwrap_or_default(),
            ),
            secrets: {
                let read = resource.secret_refs().into_iter().chain(resource.token_target());
                read.map(|secret| secret.name.clone()).collect()
            },
            pointers: resource.pointers().iter().map(|pointer| pointed(resource, pointer)).collect(),
            object,
        }
    }

    /// What an object that does not parse claims: what it holds. Its key is not known, so it is a rival by ids alone.
    pub fn of_unread(unread: &Unread, root: ObjectRef, within: Within) -> Self {
        Self {
            object: unread.object.clone(),
            root,
            within,
            key: String::new(),
            held: unread.id.clone(),
            gone: false,
            former: unread.former.clone(),
            left: unread.left.clone(),
            wanted: None,
            pending: unread.pending.clone(),
            provisional: unread.provisional.clone(),
            // It gets nothing that it does not have.
            reach: Reach { at_home: false, adopt: AdoptPolicy::Required, creates: false, by_id: true },
            age: (
                unread.meta.creation_timestamp.as_ref().map(|time| time.0),
                unread.meta.uid.clone().unwrap_or_default(),
            ),
            secrets: unread.secrets.clone(),
            pointers: unread.pointers.clone(),
        }
    }

    /// Whether the claimant could have what it claims: it has it, or its create is pending, or it may adopt what it
    /// names, or be created. The word of any other stands in nobody's way.
    ///
    /// A suspended object may, as soon as it goes on; so its claim counts.
    pub fn could_have(&self) -> bool {
        let Reach { at_home, adopt, creates, by_id } = self.reach;
        if self.held.is_some() || self.pending.is_some() {
            return true;
        }
        let adopts = match adopt {
            AdoptPolicy::Never if self.wanted.is_none() => false,
            _ => may_adopt(at_home, adopt, self.wanted.is_some()),
        };
        let made = creates && self.wanted.is_none() && adopt != AdoptPolicy::Required;
        holds!(PossibleClaims, (at_home || !by_id) && (adopts || made))
    }

    /// Whether the id is its own to have: it holds it, had it and parts with it, or names it and could have it.
    pub fn claims(&self, id: &str) -> bool {
        self.held.as_deref() == Some(id) || self.former.contains(id) || self.names(id)
    }

    /// Whether it holds nothing, and names the id, which it could have.
    pub fn names(&self, id: &str) -> bool {
        self.held.is_none() && self.wanted.as_deref() == Some(id) && self.could_have()
    }

    /// The ids that its status or its manifest names: what it stands for, or could take over, what it parts with, and what
    /// it left.
    pub fn ids(&self) -> impl Iterator<Item = &String> {
        let wanted = self.wanted.iter().filter(|id| self.names(id));
        self.held.iter().chain(wanted).chain(&self.former).chain(&self.left)
    }

    fn id(&self) -> Option<&str> {
        self.held.as_deref().or(self.wanted.as_deref())
    }

    /// Whether both cannot be right.
    pub fn rivals(&self, other: &Self) -> bool {
        self.root == other.root
            && self.object != other.object
            && self.could_have()
            && other.could_have()
            && match (self.id(), other.id()) {
                (Some(one), Some(two)) => {
                    one == two || self.former.contains(two) || other.former.contains(one)
                }
                // Of what cannot be read no key is known.
                _ => self.key == other.key && !self.key.is_empty(),
            }
    }

    /// Whether this one wins over a rival: the holder of the id, then of a pending create, then the older. Of two that
    /// hold one id somebody else wrote it into one's status, and nobody can say into which: each stands in the other's way.
    pub fn wins(&self, other: &Self) -> bool {
        if forbids!(HeldOnce, self.held.is_some() && self.held == other.held) {
            return true;
        }
        let rank = |claim: &Self| {
            (
                Reverse(claim.held.is_some()),
                Reverse(claim.pending.is_some()),
                claim.age.clone(),
                claim.object.clone(),
            )
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
    by_pending: BTreeMap<(ObjectRef, String), BTreeSet<ObjectRef>>,
    by_provisional: BTreeMap<(ObjectRef, String), BTreeSet<ObjectRef>>,
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
        if let Some(hash) = &claim.pending {
            at(&mut self.by_pending, &(claim.root.clone(), hash.clone()), &mut change);
        }
        if let Some(hash) = &claim.provisional {
            at(&mut self.by_provisional, &(claim.root.clone(), hash.clone()), &mut change);
        }
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

    /// Whether both are in the same, as two objects.
    pub fn beside(&self, one: &ObjectRef, other: &ObjectRef) -> bool {
        let within = |object| self.claim(object).map(|claim| &claim.within);
        one != other && within(one) == within(other)
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

    /// The objects whose create of what has a natural key with this hash is pending.
    pub fn creating(&self, root: &ObjectRef, hash: &str) -> Vec<ObjectRef> {
        self.by_pending.get(&(root.clone(), hash.to_owned())).into_iter().flatten().cloned().collect()
    }

    /// The objects that have what gives way to another of this natural key; `hash` is asked for only where there are any.
    pub fn giving_way(&self, root: &ObjectRef, hash: impl FnOnce() -> String) -> Vec<ObjectRef> {
        if self.by_provisional.is_empty() {
            return Vec::new();
        }
        self.by_provisional.get(&(root.clone(), hash())).into_iter().flatten().cloned().collect()
    }

    /// The objects that left the id at the vendor.
    pub fn left_by(&self, root: &ObjectRef, id: &str) -> Vec<ObjectRef> {
        self.by_left.get(&(root.clone(), id.to_owned())).into_iter().flatten().cloned().collect()
    }

    /// The objects that hold or want the id.
    pub fn with_id(&self, root: &ObjectRef, id: &str) -> Vec<ObjectRef> {
        self.by_id.get(&(root.clone(), id.to_owned())).into_iter().flatten().cloned().collect()
    }

    /// The claims on the id: of those that hold it, part with it, or name it and could have it.
    pub fn claimants(&self, root: &ObjectRef, id: &str) -> Vec<&Claim> {
        let objects = self.by_id.get(&(root.clone(), id.to_owned())).into_iter().flatten();
        objects.filter_map(|object| self.claims.get(object)).filter(|claim| claim.claims(id)).collect()
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
    use crate::api::kind::KindRef;
    const CHILD: KindRef = KindRef::bare("example.dev", "Child");
    const ROOT: KindRef = KindRef::bare("example.dev", "Root");

    fn claim(name: &str, key: &str) -> Claim {
        let object = |kind, name: &str| ObjectRef { kind, namespace: "n".into(), name: name.into() };
        Claim {
            object: object(CHILD, name),
            root: object(ROOT, "r"),
            within: Within::Organization,
            key: key.into(),
            held: None,
            gone: false,
            former: BTreeSet::new(),
            left: BTreeSet::new(),
            wanted: None,
            pending: None,
            provisional: None,
            reach: Reach { at_home: true, adopt: AdoptPolicy::IfExists, creates: true, by_id: false },
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
        let pending = |name: &str, key: &str| Claim { pending: Some(key.into()), ..claim(name, key) };
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
    fn of_two_that_hold_one_id_neither_is_believed() {
        let (one, two) = (holding("a", "k", "1"), holding("b", "l", "1"));
        let index = index(&[&one, &two]);
        assert_eq!((index.holder(&one, |_| true), index.holder(&two, |_| true)), (Some(&two), Some(&one)));
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

    /// The table of who could have what: at home or not, by which policy, naming an id or not, made or only observed.
    #[test]
    fn a_claim_counts_where_the_claimant_could_have_it() {
        use AdoptPolicy::{IfExists, Never, Required};
        let nothing = claim("a", "k");
        let could = |at_home, adopt, creates, wanted: Option<&str>| {
            let reach = Reach { at_home, adopt, creates, by_id: false };
            Claim { reach, wanted: wanted.map(str::to_owned), ..nothing.clone() }.could_have()
        };
        for adopt in [IfExists, Required, Never] {
            for creates in [true, false] {
                assert!(could(true, adopt, creates, Some("1")), "at home it is adopted by its id");
                assert_eq!(could(false, adopt, creates, Some("1")), adopt == Required, "{adopt:?}");
                assert_eq!(could(false, adopt, creates, None), creates && adopt != Required, "{adopt:?}");
            }
            assert!(could(true, adopt, true, None));
        }
        assert!(could(true, IfExists, false, None) && could(true, Required, false, None));
        assert!(!could(true, Never, false, None), "neither taken over nor made");
        let by_id =
            |at_home| Claim { reach: Reach { at_home, by_id: true, ..nothing.reach }, ..nothing.clone() };
        assert!(by_id(true).could_have() && !by_id(false).could_have());
        let has = Claim { held: Some("1".into()), ..by_id(false) };
        assert!(has.could_have(), "what it has it has");
    }

    #[test]
    fn the_word_of_who_could_not_have_it_stands_in_nobodys_way() {
        let away = Reach { at_home: false, ..claim("a", "k").reach };
        let word = Claim { reach: away, ..wanting("a", "k", "1") };
        for rightful in [claim("b", "k"), wanting("b", "other", "1"), holding("b", "k", "1")] {
            let index = index(&[&word, &rightful]);
            assert_eq!(index.holder(&rightful, |_| true), None, "{rightful:?}");
            assert!(index.claimants(&word.root, "1").iter().all(|claim| claim.object != word.object));
        }
        let may = Claim { reach: Reach { adopt: AdoptPolicy::Required, ..away }, ..word.clone() };
        assert_eq!(index(&[&may, &claim("b", "k")]).holder(&claim("b", "k"), |_| true), Some(&may));
        let other = Claim { wanted: Some("1".into()), ..holding("a", "k", "2") };
        assert!(!other.claims("1"), "who stands for another one does not get it");
    }
}
