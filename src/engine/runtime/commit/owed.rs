//! What is not stored yet of what happened at the vendor. It lives beside its object, by the object's uid, and
//! not in the reconcile that found it out: a panic, an edit or a deletion of the object does not drop it.

use super::doubt::Doubt;
use super::promise::Target;
use crate::api::managed::Managed;
use crate::api::reference::SecretKeyRef;
use crate::api::status::LastChange;
use crate::engine::base::checks::forbids;
use crate::engine::base::merge_patch;
use crate::engine::base::ports::{ObjectRef, Tick};
use crate::engine::decide::custody::Owner;
use crate::engine::decide::trail::{Fact, Trail};
use crate::engine::runtime::object::{reference, status_of};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

/// The member of a status that tells what was done or seen at the vendor.
pub(super) const LAST_CHANGES: &str = "lastChanges";
/// The first wait before a store is tried again.
const FIRST: Duration = Duration::from_millis(200);
/// The longest.
const LONGEST: Duration = Duration::from_secs(10);
/// The longest where Kubernetes refuses it, so that somebody has to do something first.
const REFUSED: Duration = Duration::from_mins(5);

/// How a form of an object came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By the answer to a write of ours.
    Answer,
    /// By word of a watch, or a read.
    Word {
        /// Whether this process knows what was stored before.
        knows: bool,
    },
    /// By the same, where another process may write.
    Rumour,
}

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
    /// The members of its status that somebody else wrote over, where nothing else is owed.
    overwritten: Option<String>,
    /// Whether that is left so for a while.
    left: bool,
}

impl<R: Managed> Owed<R> {
    fn settled(&self) -> bool {
        self.status.is_empty() && self.token.is_none()
    }

    const fn is_left(&self) -> bool {
        self.left && self.overwritten.is_some()
    }

    /// The object with what is stored of its status, and what is owed over that: what was owed before is in neither.
    fn laid_over(&self, object: &R) -> R {
        let mut value = serde_json::to_value(object).unwrap_or_default();
        if let Some(members) = value.as_object_mut() {
            members.insert("status".to_owned(), self.status.laid_over(self.stored.clone()));
        }
        // Made of our own types, it is one of them.
        serde_json::from_value(value).unwrap_or_else(|_| object.clone())
    }
}

/// What is known of the writes of one object.
struct Debt<R> {
    /// What is not stored yet.
    owed: Option<Owed<R>>,
    /// Whether a status with fingerprints was stored since something was written that no read shows.
    earned: bool,
    /// What may be stored, where its last write was not answered.
    doubt: Option<Doubt>,
    /// What a person was told that an answer lacked.
    unkept: Option<String>,
    /// When it may be written what only says otherwise what is so.
    turn: Option<Tick>,
    /// What was done or seen at the vendor, and is not in its status yet. Nothing waits for it, and it is not owed.
    trail: Trail,
}

impl<R> Default for Debt<R> {
    fn default() -> Self {
        let trail = Trail::default();
        Self { owed: None, earned: false, doubt: None, unkept: None, turn: None, trail }
    }
}

impl<R> Debt<R> {
    fn is_empty(&self) -> bool {
        self.owed.is_none()
            && !self.earned
            && self.doubt.is_none()
            && self.unkept.is_none()
            && self.turn.is_none()
            && self.trail.is_empty()
    }
}

/// What became of an object of which something was owed.
pub struct Lost<R> {
    /// The object, as it was known last.
    pub object: Rc<R>,
    /// The vendor's ids that were to be stored.
    pub ids: BTreeSet<String>,
}

/// The debts of the objects of one kind: by reference, so that looking at one object costs nothing for the others,
/// and by uid, as a name may be another object's by now.
pub struct Owing<R> {
    debts: RefCell<BTreeMap<ObjectRef, BTreeMap<String, Debt<R>>>>,
}

impl<R> Default for Owing<R> {
    fn default() -> Self {
        Self { debts: RefCell::default() }
    }
}

/// The object's uid.
pub(super) fn uid<R: Managed>(object: &R) -> String {
    object.meta().uid.clone().unwrap_or_default()
}

impl<R: Managed> Owing<R> {
    /// Reads the object's debt.
    fn read<T>(&self, object: &R, read: impl FnOnce(&Debt<R>) -> Option<T>) -> Option<T> {
        self.debts.borrow().get(&reference(object))?.get(&uid(object)).and_then(read)
    }

    /// Reads what is owed of the object, if anything is.
    fn read_owed<T>(&self, object: &R, read: impl FnOnce(&Owed<R>) -> T) -> Option<T> {
        self.read(object, |debt| debt.owed.as_ref().map(read))
    }

    /// Changes the object's debt. What is settled is owed no more, and a debt with nothing in it goes.
    fn change<T>(&self, object: &R, change: impl FnOnce(&mut Debt<R>) -> T) -> T {
        let mut debts = self.debts.borrow_mut();
        let new = || Debt::default();
        let debt = debts.entry(reference(object)).or_default().entry(uid(object)).or_insert_with(new);
        let changed = change(debt);
        debt.owed.take_if(|owed| owed.settled());
        let empty = debt.is_empty();
        drop(debts);
        if empty {
            self.forget(object);
        }
        changed
    }

    /// Changes what is owed of the object, if anything is.
    fn change_owed<T>(&self, object: &R, change: impl FnOnce(&mut Owed<R>) -> T) -> Option<T> {
        self.change(object, |debt| debt.owed.as_mut().map(change))
    }

    /// The object as the engine is to see it: what is owed is laid over what the API server shows. What that
    /// shows is owed no more. Also whether somebody else wrote its status since it was as `before`; what stood there is
    /// owed, where this process knows.
    pub fn shown(&self, object: R, before: Option<&R>, by: By) -> (R, bool) {
        let status = status_of(&object);
        let may = || {
            let doubt = self.read(&object, |debt| debt.doubt.clone());
            doubt.or_else(|| before.map(|before| Doubt::none(self.stored(before))))
        };
        let may = matches!(by, By::Word { .. }).then(may).flatten();
        let former = may.as_ref().and_then(|may| may.overwritten(&status));
        let former = former.filter(|_| forbids!(StatusIsOurs));
        let lost = |whole: &&Value| may.as_ref().is_some_and(|may| may.may_have_lost(&status, whole));
        match former.as_ref().filter(|whole| by == By::Word { knows: true } && !lost(whole)) {
            Some(former) => self.overwritten(&object, &status, former),
            None => {
                if let Some(whole) = self.lost(&object, &status) {
                    let lost = Target::of(&status, &whole);
                    self.begin(&Rc::new(object.clone()), |owed| owed.status.and(lost));
                }
            }
        }
        // Whatever was sent was made for another version than this one, and is not carried out any more.
        self.note_answer(&object, None);
        let laid_over = self.change(&object, |debt| {
            debt.trail.shown(&object.common_status().last_changes);
            let owed = debt.owed.as_mut()?;
            owed.stored = status;
            if owed.status.is_kept_in(&owed.stored) {
                owed.status = Target::default();
            }
            let laid_over = (!owed.status.is_empty()).then(|| owed.laid_over(&object));
            owed.object = Rc::new(laid_over.clone().unwrap_or_else(|| object.clone()));
            laid_over
        });
        (laid_over.unwrap_or(object), former.is_some())
    }

    /// Takes in that somebody else wrote `status` in the place of the `former` one: that is owed again, whole.
    fn overwritten(&self, object: &R, status: &Value, former: &Value) {
        self.begin(&Rc::new(object.clone()), |owed| {
            let alone = owed.status.is_empty() && owed.token.is_none() || owed.overwritten.is_some();
            owed.status = Target::whole(status, &owed.status.laid_over(former.clone()));
            let members: Vec<_> = owed.status.members().map(|member| format!("status.{member}")).collect();
            owed.overwritten = alone.then(|| members.join(", "));
        });
    }

    /// The object's status as the API server showed it last.
    pub(super) fn stored(&self, object: &R) -> Value {
        self.read_owed(object, |owed| owed.stored.clone()).unwrap_or_else(|| status_of(object))
    }

    /// The object's status as the engine sees it.
    pub(super) fn laid_over(&self, object: &R) -> Value {
        let laid_over = self.read_owed(object, |owed| owed.status.laid_over(owed.stored.clone()));
        laid_over.unwrap_or_else(|| status_of(object))
    }

    /// Takes in that the object's status is to become `status`: what of it carries a promise is owed from now on.
    /// The object as it is to be seen.
    pub(super) fn owe(&self, object: &Rc<R>, status: &Value) -> Rc<R> {
        let stored = self.stored(object.as_ref());
        let target = Target::of(&stored, status);
        self.begin(object, |owed| {
            // What somebody else wrote over is still to be put back, all of it.
            owed.status.renew(target);
            if !owed.is_left() {
                owed.overwritten = None;
            }
        })
    }

    /// Takes in that the token is to be put into its Secret.
    pub(super) fn owe_token(&self, object: &Rc<R>, token: Token) {
        self.begin(object, |owed| {
            owed.token = Some(token);
            owed.overwritten = None;
        });
    }

    fn begin(&self, object: &Rc<R>, change: impl FnOnce(&mut Owed<R>)) -> Rc<R> {
        self.change(object.as_ref(), |debt| {
            let owed = debt.owed.get_or_insert_with(|| Owed {
                object: Rc::clone(object),
                stored: status_of(object.as_ref()),
                status: Target::default(),
                token: None,
                wait: FIRST,
                due: None,
                told: false,
                overwritten: None,
                left: false,
            });
            change(owed);
            if !owed.status.is_empty() {
                owed.object = Rc::new(owed.laid_over(object.as_ref()));
            }
            Rc::clone(&owed.object)
        })
    }

    /// Its status is stored.
    pub(super) fn stored_status(&self, object: &R) {
        self.change_owed(object, |owed| owed.status = Target::default());
    }

    /// The token needs no storing any more.
    pub(super) fn forget_token(&self, object: &R) {
        self.change_owed(object, |owed| owed.token = None);
    }

    /// Another write of the object's stored status is sent; what may be stored before it.
    pub(super) fn note_sending(&self, object: &R, stored: &Value, patch: &Value) -> Option<Doubt> {
        self.change(object, |debt| {
            let before = debt.doubt.take();
            debt.doubt = Some(Doubt::of(before.clone(), stored, patch));
            before
        })
    }

    /// It was answered, or certainly not carried out: what may be stored since, unless something newer was shown.
    pub(super) fn note_answer(&self, object: &R, doubt: Option<Doubt>) {
        self.change(object, |debt| debt.doubt = debt.doubt.take().and(doubt));
    }

    /// The members of its status that somebody else wrote over, where nothing else is owed.
    pub(super) fn is_overwritten(&self, object: &R) -> Option<String> {
        self.read_owed(object, |owed| owed.overwritten.clone()).flatten()
    }

    /// Whether what somebody else wrote is left there for a while.
    pub(super) fn is_left(&self, object: &R) -> bool {
        self.read_owed(object, Owed::is_left).unwrap_or_default()
    }

    /// Until when that is.
    pub(super) fn left_until(&self, object: &R) -> Option<Tick> {
        self.read_owed(object, |owed| owed.due.filter(|_| owed.is_left())).flatten()
    }

    /// Leaves what somebody else wrote there until then.
    pub(super) fn leave(&self, object: &R, until: Tick) {
        self.change_owed(object, |owed| (owed.left, owed.due) = (true, Some(until)));
    }

    /// The status that is shown, with what it lost by a write that was not answered; nothing where it lost nothing.
    pub(super) fn lost(&self, object: &R, shown: &Value) -> Option<Value> {
        self.read(object, |debt| debt.doubt.as_ref()?.lost(shown))
    }

    /// Nothing of the object matters any more.
    pub(super) fn forget(&self, object: &R) {
        let key = reference(object);
        let mut debts = self.debts.borrow_mut();
        let Some(of) = debts.get_mut(&key) else { return };
        of.remove(&uid(object));
        if of.is_empty() {
            debts.remove(&key);
        }
    }

    /// Whether something of the object is owed.
    pub(super) fn owes(&self, object: &R) -> bool {
        self.read_owed(object, |_| ()).is_some()
    }

    /// The token that is owed.
    pub(super) fn token(&self, object: &R) -> Option<Token> {
        self.read_owed(object, |owed| owed.token.clone()).flatten()
    }

    /// The patch of the object's status that is owed, if any is.
    pub(super) fn status(&self, object: &R) -> Option<Value> {
        let patch =
            |owed: &Owed<R>| merge_patch::patch(&owed.stored, &owed.status.laid_over(owed.stored.clone()));
        self.read_owed(object, patch).flatten()
    }

    /// The objects of which something is owed.
    pub fn objects(&self) -> Vec<ObjectRef> {
        let debts = self.debts.borrow();
        let owed = debts.values().flat_map(BTreeMap::values).filter_map(|debt| debt.owed.as_ref());
        owed.map(|owed| reference(owed.object.as_ref())).collect()
    }

    /// Whether something is owed of an object that has this reference, or had it.
    pub fn owes_of(&self, key: &ObjectRef) -> bool {
        let debts = self.debts.borrow();
        debts.get(key).is_some_and(|of| of.values().any(|debt| debt.owed.is_some()))
    }

    /// After a failure; whether a person is to be told now.
    pub(super) fn failed(&self, object: &R, refused: bool, now: Tick) -> bool {
        let tells = self.change_owed(object, |owed| {
            let wait = owed.wait;
            owed.left = false;
            owed.due = Some(now + wait);
            owed.wait = (wait * 2).min(if refused { REFUSED } else { LONGEST });
            let tells = wait >= LONGEST && !owed.told;
            owed.told |= tells;
            tells
        });
        tells.unwrap_or_default()
    }

    /// When to try again, where something is owed.
    pub(super) fn due(&self, object: &R, now: Tick) -> Option<Tick> {
        let due = self.read_owed(object, |owed| owed.due)?;
        Some(due.filter(|due| *due > now).unwrap_or(now + FIRST))
    }

    /// The ids of what is owed of the object.
    pub(super) fn ids(&self, object: &R) -> BTreeSet<String> {
        self.read_owed(object, ids).unwrap_or_default()
    }

    /// What it is, as a person is told.
    pub(super) fn what(&self, object: &R) -> String {
        let ids = Vec::from_iter(self.ids(object)).join(", ");
        match self.token(object) {
            Some(token) => {
                format!("The token of {} is not stored yet in Secret {}", token.id, token.target.name)
            }
            None if ids.is_empty() => "What was written at the vendor is not stored yet in status".to_owned(),
            None => format!("What was made at the vendor ({ids}) is not stored yet in status"),
        }
    }

    /// Closes the debts of objects that had the reference and are not the one that lives: what is owed of them.
    pub(super) fn bury(&self, key: &ObjectRef, living: Option<&str>) -> Vec<Lost<R>> {
        let mut debts = self.debts.borrow_mut();
        let Some(of) = debts.get_mut(key) else { return Vec::new() };
        let gone = of.extract_if(.., |uid, _| living != Some(uid)).filter_map(|(_, debt)| debt.owed);
        // What somebody else wrote over was stored.
        let gone = gone.filter(|owed| owed.overwritten.is_none());
        let lost = gone.map(|owed| Lost { ids: ids(&owed), object: owed.object }).collect();
        if of.is_empty() {
            debts.remove(key);
        }
        lost
    }

    /// Notes that a status with fingerprints was stored, or that this was spent on a write.
    pub(super) fn earn(&self, object: &R, earned: bool) {
        self.change(object, |debt| debt.earned = earned);
    }

    /// Whether such a status was stored since.
    pub(super) fn earned(&self, object: &R) -> bool {
        self.read(object, |debt| debt.earned.then_some(())).is_some()
    }

    /// Notes what was done or seen at the vendor.
    pub(super) fn note(&self, object: &R, fact: &Fact, now: jiff::Timestamp) {
        let stored = &object.common_status().last_changes;
        self.change(object, |debt| debt.trail.note(fact, stored, now));
    }

    /// Takes that back as far as it is not stored.
    pub(super) fn take_back(&self, object: &R, digest: &str) {
        self.change(object, |debt| debt.trail.take_back(digest));
    }

    /// Whether there is something of it to write.
    pub(super) fn has_to_tell(&self, object: &R) -> bool {
        self.read(object, |debt| debt.trail.is_due().then_some(())).is_some()
    }

    /// A patch of the `stored` status, with what was done or seen at the vendor.
    pub(super) fn with_trail(&self, object: &R, stored: &Value, mut patch: Value) -> Value {
        let told = self.read(object, |debt| {
            // What is owed is written, too.
            let owed = debt.owed.as_ref().map(|owed| owed.status.laid_over(stored.clone()));
            let told = debt.trail.laid_over(&changes(owed.as_ref().unwrap_or(stored).get(LAST_CHANGES)));
            (told != changes(stored.get(LAST_CHANGES))).then_some(told)
        });
        if let (Some(told), Some(members)) = (told, patch.as_object_mut()) {
            members.insert(LAST_CHANGES.to_owned(), serde_json::to_value(told).unwrap_or_default());
        }
        patch
    }

    /// Takes in that this patch was answered: what was to be told and is not shown since goes along with other writes.
    pub(super) fn answered(&self, object: &R, patch: &Value) {
        let sent = changes(patch.get(LAST_CHANGES));
        self.change(object, |debt| debt.trail.answered(&sent));
    }

    /// Notes what a person is told that is not kept.
    pub(super) fn note_unkept(&self, object: &R, told: Option<String>) {
        self.change(object, |debt| debt.unkept = told);
    }

    /// Notes when the object's words may be written, or that nothing of that waits.
    pub(super) fn note_turn(&self, object: &R, turn: Option<Tick>) {
        if turn.is_some() || self.turn(object).is_some() {
            self.change(object, |debt| debt.turn = turn);
        }
    }

    /// When they may.
    pub(super) fn turn(&self, object: &R) -> Option<Tick> {
        self.read(object, |debt| debt.turn)
    }

    /// What a person was told last that is not kept.
    pub(super) fn unkept(&self, object: &R) -> Option<String> {
        self.read(object, |debt| debt.unkept.clone())
    }
}

/// What a member of a status says of the last changes.
fn changes(member: Option<&Value>) -> Vec<LastChange> {
    member.and_then(|member| Vec::deserialize(member).ok()).unwrap_or_default()
}

fn ids<R>(owed: &Owed<R>) -> BTreeSet<String> {
    let status = owed.status.id().map(str::to_owned);
    status.into_iter().chain(owed.token.iter().map(|token| token.id.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::spot::SpotAccount;
    use serde_json::json;

    fn debt(status: &Value) -> SpotAccount {
        serde_json::from_value(json!({
            "apiVersion": "spot.orgkeeper.dev/v1alpha1",
            "kind": "SpotAccount",
            "metadata": {"namespace": "n", "name": "a", "uid": "1"},
            "spec": {"organizationRef": {"name": "acme"}, "name": "a"},
            "status": status,
        }))
        .unwrap()
    }

    /// What was found, rolled back because its id was dropped, must not come back as if an answer had told it.
    #[test]
    fn what_takes_the_place_of_what_was_owed_is_laid_over_what_is_stored() {
        let (owing, pending) = (Owing::default(), json!({"key": "k", "since": "2026-01-01T00:00:00Z"}));
        let before = status_of(&debt(&json!({"organizationId": "o", "pendingCreate": pending})));
        let found = json!({"id": "act-1", "origin": "Adopted", "found": ["act-1"], "pendingCreate": null});
        owing.note_sending(&debt(&before), &before, &found);
        let kept = json!({"organizationId": "o", "origin": "Adopted", "found": ["act-1"]});
        let shown = Rc::new(owing.shown(debt(&kept), None, By::Word { knows: false }).0);
        assert_eq!(status_of(shown.as_ref())["id"], "act-1", "it was lost on the way");
        let seen = owing.owe(&shown, &before);
        assert_eq!(status_of(seen.as_ref()), before);
    }
}
