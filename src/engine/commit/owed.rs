//! What is not stored yet of what happened at the vendor. It lives beside its object, by the object's uid, and
//! not in the reconcile that found it out: a panic, an edit or a deletion of the object does not drop it.

use super::promise::Target;
use crate::api::managed::Managed;
use crate::api::reference::SecretKeyRef;
use crate::engine::report;
use crate::engine::seams::{ObjectRef, Tick};
use crate::engine::token::Owner;
use crate::engine::work::{reference, status_of};
use secrecy::SecretString;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

/// The first wait before a store is tried again.
const FIRST: Duration = Duration::from_millis(200);
/// The longest.
const LONGEST: Duration = Duration::from_secs(10);
/// The longest where Kubernetes refuses it, so that somebody has to do something first.
const REFUSED: Duration = Duration::from_mins(5);

/// A token that is to be put into its Secret: the vendor never shows it again.
#[derive(Clone, Debug)]
pub struct Token {
    /// For whom the Secret is.
    pub owner: Owner,
    /// The Secret, and the key in it.
    pub target: SecretKeyRef,
    /// The vendor's id of the user that the token is of.
    pub id: String,
    /// The token.
    pub token: SecretString,
    /// What tells that the vendor answered our create so.
    pub seal: Option<String>,
}

/// What is owed of one object.
struct Owed<R> {
    /// The object as it was known last.
    object: Rc<R>,
    /// Its status as the API server showed it last.
    stored: Value,
    /// What its status lacks.
    status: Target,
    /// What its Secret lacks.
    token: Option<Token>,
    /// How long to wait after the next failure, and until when after the last.
    wait: Duration,
    due: Option<Tick>,
    /// Whether a person was told.
    told: bool,
}

impl<R> Owed<R> {
    fn settled(&self) -> bool {
        self.status.is_empty() && self.token.is_none()
    }
}

/// What became of an object of which something was owed.
pub struct Lost<R> {
    /// The object, as it was known last.
    pub object: Rc<R>,
    /// The vendor's ids that were to be stored.
    pub ids: BTreeSet<String>,
}

/// What is owed of the objects of one kind.
pub struct Owing<R> {
    owed: RefCell<BTreeMap<String, Owed<R>>>,
    /// The objects of which a status with fingerprints was stored since something was written that no read shows.
    earned: RefCell<BTreeSet<String>>,
    /// The objects whose last write was answered: what is known of them is what is stored, as nobody else writes it.
    answered: RefCell<BTreeSet<String>>,
    /// By uid, what the last answer lacked of what was sent.
    dropped: RefCell<BTreeMap<String, String>>,
    /// By uid, what a person was told of that.
    unkept: RefCell<BTreeMap<String, String>>,
}

impl<R> Default for Owing<R> {
    fn default() -> Self {
        Self {
            owed: RefCell::default(),
            earned: RefCell::default(),
            answered: RefCell::default(),
            dropped: RefCell::default(),
            unkept: RefCell::default(),
        }
    }
}

/// The object's uid.
pub(super) fn uid<R: Managed>(object: &R) -> String {
    object.meta().uid.clone().unwrap_or_default()
}

impl<R: Managed> Owing<R> {
    /// The object as the engine is to see it: what is owed is laid over what the API server shows. What that
    /// shows is owed no more.
    pub fn shown(&self, object: R) -> R {
        let mut all = self.owed.borrow_mut();
        let uid = uid(&object);
        let Some(owed) = all.get_mut(&uid) else { return object };
        owed.stored = status_of(&object);
        if owed.status.is_kept_in(&owed.stored) {
            owed.status = Target::default();
        }
        let shown = if owed.status.is_empty() { object } else { with_status(&object, &owed.status) };
        if owed.settled() {
            all.remove(&uid);
        } else {
            owed.object = Rc::new(shown.clone());
        }
        shown
    }

    /// The object's status as the API server showed it last.
    pub(super) fn stored(&self, object: &R) -> Value {
        let all = self.owed.borrow();
        all.get(&uid(object)).map_or_else(|| status_of(object), |owed| owed.stored.clone())
    }

    /// The object's status as the engine sees it.
    pub(super) fn laid_over(&self, object: &R) -> Value {
        let all = self.owed.borrow();
        all.get(&uid(object))
            .map_or_else(|| status_of(object), |owed| owed.status.laid_over(owed.stored.clone()))
    }

    /// Takes in that the object's status is to become `status`: what of it carries a promise is owed from now on.
    /// The object as it is to be seen.
    pub(super) fn owe(&self, object: &Rc<R>, status: &Value) -> Rc<R> {
        let stored = self.stored(object.as_ref());
        let target = Target::of(&stored, status);
        self.entry(object, |owed| owed.status = target)
    }

    /// Takes in that the token is to be put into its Secret.
    pub(super) fn owe_token(&self, object: &Rc<R>, token: Token) {
        self.entry(object, |owed| owed.token = Some(token));
    }

    fn entry(&self, object: &Rc<R>, change: impl FnOnce(&mut Owed<R>)) -> Rc<R> {
        let mut all = self.owed.borrow_mut();
        let uid = uid(object.as_ref());
        let owed = all.entry(uid.clone()).or_insert_with(|| Owed {
            object: Rc::clone(object),
            stored: status_of(object.as_ref()),
            status: Target::default(),
            token: None,
            wait: FIRST,
            due: None,
            told: false,
        });
        change(owed);
        if !owed.status.is_empty() {
            owed.object = Rc::new(with_status(object.as_ref(), &owed.status));
        }
        let shown = Rc::clone(&owed.object);
        if owed.settled() {
            all.remove(&uid);
        }
        shown
    }

    /// Its status is stored.
    pub(super) fn stored_status(&self, uid: &str) {
        self.change(uid, |owed| owed.status = Target::default());
    }

    /// The token needs no storing any more.
    pub(super) fn forget_token(&self, uid: &str) {
        self.change(uid, |owed| owed.token = None);
    }

    fn change(&self, uid: &str, change: impl FnOnce(&mut Owed<R>)) {
        let mut all = self.owed.borrow_mut();
        if let Some(owed) = all.get_mut(uid) {
            change(owed);
            if owed.settled() {
                all.remove(uid);
            }
        }
    }

    /// Another write of the object's status is sent, or was answered; whether the one before was.
    pub(super) fn note_answered(&self, uid: &str, answered: bool) -> bool {
        let mut all = self.answered.borrow_mut();
        if answered { !all.insert(uid.to_owned()) } else { all.remove(uid) }
    }

    /// Nothing of the object matters any more.
    pub(super) fn forget(&self, uid: &str) {
        self.owed.borrow_mut().remove(uid);
        self.earned.borrow_mut().remove(uid);
        self.answered.borrow_mut().remove(uid);
        self.dropped.borrow_mut().remove(uid);
        self.unkept.borrow_mut().remove(uid);
    }

    /// Whether something of the object is owed.
    pub(super) fn owes(&self, object: &R) -> bool {
        self.owed.borrow().contains_key(&uid(object))
    }

    /// The token that is owed.
    pub(super) fn token(&self, object: &R) -> Option<Token> {
        self.owed.borrow().get(&uid(object))?.token.clone()
    }

    /// The patch of the object's status that is owed, if any is.
    pub(super) fn status(&self, uid: &str) -> Option<Value> {
        let all = self.owed.borrow();
        let owed = all.get(uid).filter(|owed| !owed.status.is_empty())?;
        report::patch(&owed.stored, &owed.status.laid_over(owed.stored.clone()))
    }

    /// The objects of which something is owed.
    pub fn objects(&self) -> Vec<ObjectRef> {
        self.owed.borrow().values().map(|owed| reference(owed.object.as_ref())).collect()
    }

    /// After a failure; whether a person is to be told now.
    pub(super) fn failed(&self, uid: &str, refused: bool, now: Tick) -> bool {
        let mut all = self.owed.borrow_mut();
        let Some(owed) = all.get_mut(uid) else { return false };
        let wait = owed.wait;
        owed.due = Some(now + wait);
        owed.wait = (wait * 2).min(if refused { REFUSED } else { LONGEST });
        let tells = wait >= LONGEST && !owed.told;
        owed.told |= tells;
        tells
    }

    /// When to try again, where something is owed.
    pub(super) fn due(&self, object: &R, now: Tick) -> Option<Tick> {
        let due = self.owed.borrow().get(&uid(object))?.due;
        Some(due.filter(|due| *due > now).unwrap_or(now + FIRST))
    }

    /// The ids of what is owed of the object.
    pub(super) fn ids(&self, uid: &str) -> BTreeSet<String> {
        self.owed.borrow().get(uid).map(ids).unwrap_or_default()
    }

    /// Takes out what is owed of objects that had the reference and are not the one that lives.
    pub(super) fn bury(&self, key: &ObjectRef, living: Option<&str>) -> Vec<Lost<R>> {
        let mut all = self.owed.borrow_mut();
        let gone =
            |uid: &String, owed: &mut Owed<R>| living != Some(uid) && reference(owed.object.as_ref()) == *key;
        let buried: Vec<Lost<R>> =
            all.extract_if(.., gone).map(|(_, owed)| Lost { ids: ids(&owed), object: owed.object }).collect();
        for lost in &buried {
            self.earned.borrow_mut().remove(&uid(lost.object.as_ref()));
            self.answered.borrow_mut().remove(&uid(lost.object.as_ref()));
            self.dropped.borrow_mut().remove(&uid(lost.object.as_ref()));
            self.unkept.borrow_mut().remove(&uid(lost.object.as_ref()));
        }
        buried
    }

    /// Notes that a status with fingerprints was stored, or that this was spent on a write.
    pub(super) fn earn(&self, uid: &str, earned: bool) {
        if earned {
            self.earned.borrow_mut().insert(uid.to_owned());
        } else {
            self.earned.borrow_mut().remove(uid);
        }
    }

    /// Whether such a status was stored since.
    pub(super) fn earned(&self, uid: &str) -> bool {
        self.earned.borrow().contains(uid)
    }

    /// Notes that the answer to the last write lacked the member, which was sent.
    pub(super) fn note_dropped(&self, uid: &str, member: &str) {
        self.dropped.borrow_mut().insert(uid.to_owned(), member.to_owned());
    }

    /// Another write begins.
    pub(super) fn kept(&self, uid: &str) {
        self.dropped.borrow_mut().remove(uid);
    }

    /// What the answer to the last write lacked, if anything.
    pub(super) fn dropped(&self, object: &R) -> Option<String> {
        self.dropped.borrow().get(&uid(object)).cloned()
    }

    /// What a person was told last that is not kept.
    pub(super) fn unkept(&self, object: &R) -> Option<String> {
        self.unkept.borrow().get(&uid(object)).cloned()
    }

    /// Notes what a person is told that is not kept.
    pub(super) fn note_unkept(&self, object: &R, told: Option<String>) {
        let mut all = self.unkept.borrow_mut();
        match told {
            Some(told) => all.insert(uid(object), told),
            None => all.remove(&uid(object)),
        };
    }
}

fn ids<R>(owed: &Owed<R>) -> BTreeSet<String> {
    let status = owed.status.id().map(str::to_owned);
    status.into_iter().chain(owed.token.iter().map(|token| token.id.clone())).collect()
}

fn with_status<R: Managed>(object: &R, target: &Target) -> R {
    let mut value = serde_json::to_value(object).unwrap_or_default();
    let status = value.get_mut("status").map(Value::take).unwrap_or_default();
    if let Some(members) = value.as_object_mut() {
        members.insert("status".to_owned(), target.laid_over(status));
    }
    // Made of our own types, it is one of them.
    serde_json::from_value(value).unwrap_or_else(|_| object.clone())
}
