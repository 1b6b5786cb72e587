//! Which of the objects there are stands for which organization (rule 3): what each names, and what this
//! process found out of its token. The order among them is in [`contender`].

use crate::api::managed::Managed;
use crate::engine::base::organization_key::{Endpoint, OrganizationKey};
use crate::engine::base::ports::ObjectRef;
use crate::engine::decide::contender::{self, Contender, Shown, Title};
use crate::engine::external::budget::Scope;
use crate::engine::provider::vendor::Vendor;
use crate::engine::runtime::context::EndpointCheck;
use crate::engine::runtime::objects::{Objects, reference};
use crate::engine::runtime::unread::Unread;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource as _;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Another object that stands for the organization that an object names, as its rank says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The object.
    pub object: ObjectRef,
    /// Whether its token has proved since this process started: then nobody else need try.
    pub proved: bool,
    /// Whether it was looked at since then: what it is may come out yet.
    pub looked_at: bool,
}

impl Holder {
    /// One whose manifest could not be read since this process started: by what its status says it stands for what it
    /// stood for, and a look at it shows nothing more.
    fn unread(object: &ObjectRef) -> Self {
        Self { object: object.clone(), proved: false, looked_at: true }
    }
}

/// What an object names.
struct Named {
    /// What this was read from: uid, generation, and the id in status.
    version: (Option<String>, Option<i64>, Option<String>),
    /// An organization.
    key: Option<OrganizationKey>,
    /// The endpoint and the name of one that is to be created.
    new: Option<(Endpoint, String)>,
}

impl Named {
    /// Whether both cannot stand for what they name.
    fn rivals(&self, other: &Self) -> bool {
        match (&self.key, &other.key) {
            (Some(mine), Some(theirs)) => mine == theirs,
            _ => self.new.is_some() && self.new == other.new,
        }
    }
}

/// Which objects name what: who asks for the rivals of one does not go through all.
#[derive(Default)]
struct Naming {
    /// What each is here under.
    of: BTreeMap<ObjectRef, Rc<Named>>,
    by_key: BTreeMap<OrganizationKey, BTreeSet<ObjectRef>>,
    by_new: BTreeMap<(Endpoint, String), BTreeSet<ObjectRef>>,
    /// Those that could never be read.
    unread: BTreeSet<ObjectRef>,
}

impl Naming {
    /// Takes in what the object names now; nothing, if it is gone or could never be read.
    fn put(&mut self, object: &ObjectRef, named: Option<Rc<Named>>) {
        if let Some(before) = self.of.remove(object) {
            leave(&mut self.by_key, before.key.as_ref(), object);
            leave(&mut self.by_new, before.new.as_ref(), object);
        }
        let Some(named) = named else { return };
        if let Some(key) = &named.key {
            self.by_key.entry(key.clone()).or_default().insert(object.clone());
        }
        if let Some(new) = &named.new {
            self.by_new.entry(new.clone()).or_default().insert(object.clone());
        }
        self.of.insert(object.clone(), named);
    }

    /// Those that name something of that.
    fn those_of(&self, named: &Named) -> BTreeSet<ObjectRef> {
        let by_key = named.key.as_ref().and_then(|key| self.by_key.get(key));
        let by_new = named.new.as_ref().and_then(|new| self.by_new.get(new));
        by_key.into_iter().chain(by_new).flatten().cloned().collect()
    }
}

/// Takes the object out from under the name.
fn leave<N: Ord>(all: &mut BTreeMap<N, BTreeSet<ObjectRef>>, name: Option<&N>, object: &ObjectRef) {
    let Some(name) = name else { return };
    if let Some(those) = all.get_mut(name) {
        those.remove(object);
        if those.is_empty() {
            all.remove(name);
        }
    }
}

/// What is known of the objects that name organizations.
pub struct Contest<V: Vendor> {
    vendor: Rc<V>,
    check_endpoint: EndpointCheck,
    /// What each names.
    named: RefCell<BTreeMap<ObjectRef, Rc<Named>>>,
    /// The same the other way round, as of when it was asked for last.
    naming: RefCell<Naming>,
    /// What was shown of each, and of which uid.
    shown: RefCell<BTreeMap<ObjectRef, (Option<String>, Shown)>>,
}

impl<V: Vendor> Contest<V> {
    /// Nothing yet. `check_endpoint` reads an endpoint, and refuses those that may not be called.
    pub fn new(vendor: Rc<V>, check_endpoint: EndpointCheck) -> Self {
        Self {
            vendor,
            check_endpoint,
            named: RefCell::default(),
            naming: RefCell::default(),
            shown: RefCell::default(),
        }
    }

    /// Which organization the object names; `None` for one that is to be created, or where its endpoint may not
    /// be called: such an object stands for nothing.
    pub fn key(&self, root: &V::Root) -> Option<OrganizationKey> {
        self.named(root).key.clone()
    }

    /// What the object names, as it was read last.
    fn named(&self, root: &V::Root) -> Rc<Named> {
        let version = (root.meta().uid.clone(), root.meta().generation, root.common_status().id.clone());
        let object = reference(root);
        if let Some(known) = self.named.borrow().get(&object).filter(|known| known.version == version) {
            return Rc::clone(known);
        }
        let connection = self.vendor.connection(root);
        let endpoint =
            (self.check_endpoint)(V::ENDPOINTS, &connection.endpoint).ok().as_ref().map(Endpoint::of);
        let key =
            |(endpoint, id): (Endpoint, String)| OrganizationKey { vendor: V::NAME, endpoint, id: id.into() };
        let named = Rc::new(Named {
            version,
            key: endpoint.clone().zip(connection.organization).map(key),
            new: endpoint.zip(connection.create.map(|new| new.name)),
        });
        self.named.borrow_mut().insert(object, Rc::clone(&named));
        named
    }

    /// The other objects that name the same organization, or would create what this one has or creates.
    pub fn rivals(&self, root: &V::Root, objects: &Objects<V::Root>) -> Vec<Rc<V::Root>> {
        let mine = self.named(root);
        self.look(objects);
        let all = self.naming.borrow().those_of(&mine);
        let others = all.iter().filter_map(|object| objects.get(object));
        others
            .filter(|other| other.meta().uid != root.meta().uid && mine.rivals(&self.named(other.as_ref())))
            .collect()
    }

    /// Whether one of the objects names the organization.
    pub fn is_named(&self, key: &OrganizationKey, objects: &Objects<V::Root>) -> bool {
        self.look(objects);
        self.naming.borrow().by_key.contains_key(key)
    }

    /// Whether another object than `me` stands for the organization, or holds it whatever its manifest names by now: then
    /// it is not what was made for `me`. Whose word it is alone keeps nobody from what was made.
    pub fn is_held(&self, key: &OrganizationKey, me: &ObjectRef, objects: &Objects<V::Root>) -> bool {
        self.look(objects);
        let unread = |object: &ObjectRef| {
            let unread = objects.never_read(object);
            unread
                .is_some_and(|one| one.id.as_deref() == Some(&*key.id) && self.may_be_at(&one, &key.endpoint))
        };
        if self.naming.borrow().unread.iter().any(unread) {
            return true;
        }
        objects.all().iter().map(AsRef::as_ref).filter(|other| reference(*other) != *me).any(|other| {
            let named = self.named(other);
            named.key.as_ref().is_some_and(|of| {
                let holds = other.common_status().id.as_deref() == Some(&*key.id);
                match of == key {
                    true => self.contender(other).title() <= Title::Proven,
                    false => holds && of.endpoint == key.endpoint,
                }
            })
        })
    }

    /// Takes in what the objects name that changed.
    fn look(&self, objects: &Objects<V::Root>) {
        let mut naming = self.naming.borrow_mut();
        for object in objects.changed() {
            let named = objects.get(&object).map(|root| self.named(root.as_ref()));
            if objects.never_read(&object).is_some() {
                naming.unread.insert(object.clone());
            } else {
                naming.unread.remove(&object);
            }
            naming.put(&object, named);
        }
    }

    /// Another object that stands for the organization that the object names, or has or creates the one that
    /// the object would create. `looked_at`: whether this process knows already what there is to know of one.
    pub fn holder(
        &self,
        root: &V::Root,
        objects: &Objects<V::Root>,
        looked_at: impl Fn(&V::Root) -> bool,
    ) -> Option<Holder> {
        let (rivals, mine) = (self.rivals(root, objects), self.named(root));
        let rivals = rivals.iter().map(AsRef::as_ref);
        let unread: Vec<Rc<Unread>> =
            self.naming.borrow().unread.iter().filter_map(|object| objects.never_read(object)).collect();
        let holder = |other: &V::Root| {
            let contender = self.contender(other);
            Holder { proved: contender.is_proven(), looked_at: looked_at(other), object: contender.object }
        };
        let Some(key) = &mine.key else {
            let all = rivals
                .filter(|other| has_or_creates(*other))
                .map(|other| (create_rank(other), holder(other)));
            let creates = |one: &&Rc<Unread>| {
                let new = mine.new.as_ref();
                new.is_some_and(|(at, name)| self.may_be_at(one, at) && one.creates.as_ref() == Some(name))
            };
            let unread =
                unread.iter().filter(|one| one.id.is_some() || one.pending.is_some()).filter(creates);
            let all = all.chain(unread.map(|one| (unread_rank(one), Holder::unread(&one.object))));
            let first = all.min_by(|(one, _), (other, _)| one.cmp(other));
            return first.filter(|(rank, _)| *rank < create_rank(root)).map(|(_, holder)| holder);
        };
        // Who only would create it holds up nobody who names it.
        let naming: Vec<&V::Root> = rivals.filter(|other| self.named(other).key.is_some()).collect();
        let stands =
            |one: &&Rc<Unread>| one.id.as_deref() == Some(&*key.id) && self.may_be_at(one, &key.endpoint);
        let unread = unread.iter().filter(stands).map(|one| Contender {
            object: one.object.clone(),
            stored: true,
            unread: true,
            shown: None,
            age: age(&one.meta),
        });
        let all = naming.iter().map(|other| self.contender(other)).chain(unread);
        let first = contender::holder(&self.contender(root), all)?;
        let known = naming.into_iter().find(|other| reference(*other) == first.object);
        Some(known.map_or_else(|| Holder::unread(&first.object), holder))
    }

    /// Whether an object that could never be read may be about this endpoint.
    fn may_be_at(&self, unread: &Unread, endpoint: &Endpoint) -> bool {
        let is_there = |text: &str| {
            (self.check_endpoint)(V::ENDPOINTS, text).is_ok_and(|known| Endpoint::of(&known) == *endpoint)
        };
        unread.endpoint.as_deref().is_none_or(is_there)
    }

    /// What is known of the object, for whoever asks which one stands for an organization.
    pub fn contender(&self, root: &V::Root) -> Contender {
        let object = reference(root);
        let named = self.named(root);
        let id = named.key.as_ref().map(|key| &*key.id);
        let meta = root.meta();
        let shown =
            self.shown.borrow().get(&object).filter(|(uid, _)| *uid == meta.uid).map(|(_, shown)| *shown);
        Contender {
            stored: id.is_some() && root.common_status().id.as_deref() == id,
            unread: false,
            shown,
            age: age(meta),
            object,
        }
    }

    /// Takes in what was shown of the object's token; whether that is news.
    pub fn show(&self, root: &V::Root, shown: Shown) -> bool {
        let now = (root.meta().uid.clone(), shown);
        self.shown.borrow_mut().insert(reference(root), now.clone()).as_ref() != Some(&now)
    }

    /// By whose budget the object calls: by the organization's while its stored id stands or its token has
    /// proved, and else as a stranger.
    pub fn scope(&self, root: &V::Root, endpoint: &Endpoint) -> Scope {
        let me = self.contender(root);
        match self.key(root).filter(|_| me.title() != Title::Nothing) {
            Some(key) => Scope::Organization(key),
            None => Scope::Stranger { vendor: V::NAME, endpoint: endpoint.clone(), object: me.object },
        }
    }

    /// The object is gone; `followed`: another one of its name is there.
    pub fn forget(&self, gone: &V::Root, followed: bool) {
        let object = reference(gone);
        self.shown.borrow_mut().remove(&object);
        if !followed {
            self.named.borrow_mut().remove(&object);
        }
    }
}

/// Whether the object has an organization that was created, or one may be on its way.
fn has_or_creates<R: Managed>(root: &R) -> bool {
    let status = root.common_status();
    status.id.is_some() || status.pending_create.is_some()
}

/// When an object was made, and its uid.
fn age(meta: &ObjectMeta) -> (Option<Timestamp>, String) {
    (meta.creation_timestamp.as_ref().map(|time| time.0), meta.uid.clone().unwrap_or_default())
}

/// Whether it has none, and none may be on its way; and its age.
type CreateRank = (bool, bool, (Option<Timestamp>, String));

/// Who creates of several that would create the same: the first is whoever has it.
fn create_rank<R: Managed>(root: &R) -> CreateRank {
    let status = root.common_status();
    (status.id.is_none(), status.pending_create.is_none(), age(root.meta()))
}

/// The same of one that could never be read.
fn unread_rank(unread: &Unread) -> CreateRank {
    (unread.id.is_none(), unread.pending.is_none(), age(&unread.meta))
}
