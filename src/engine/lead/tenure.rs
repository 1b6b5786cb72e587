//! Which object's sessions may write to one organization, and what of their writes is under way: whoever
//! takes over writes nothing before those of the former have ended (rule 3).

use crate::engine::base::checks::forbids;
use crate::engine::base::ports::Tick;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// Who may write to one organization. Sessions share it.
#[derive(Debug)]
pub struct Tenure {
    /// How long a request may take effect after its end.
    settle: Duration,
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The uid of the object that stands for the organization.
    holder: Option<Rc<str>>,
    /// Writes that were sent and not answered, by number: whose, and until when they may take effect.
    under_way: BTreeMap<u64, (Rc<str>, Tick)>,
    sent: u64,
}

/// A write that was sent. One that is dropped without [`Sent::answered`] may be carried out all the same.
#[derive(Debug)]
pub struct Sent {
    tenure: Rc<Tenure>,
    number: u64,
}

impl Sent {
    /// The vendor has said what came of it, or it was not sent: nothing more will.
    pub fn answered(self) {
        self.tenure.state.borrow_mut().under_way.remove(&self.number);
    }
}

impl Tenure {
    /// Nobody's.
    pub fn new(settle: Duration) -> Self {
        Self { settle, state: RefCell::default() }
    }

    /// The object with this uid stands for the organization from now on; until when it has to wait for the
    /// writes of others, if it has to.
    pub fn take_up(&self, uid: &str, now: Tick) -> Option<Tick> {
        let mut state = self.state.borrow_mut();
        if state.holder.as_deref() != Some(uid) {
            state.holder = Some(uid.into());
        }
        state.free_from(uid, now)
    }

    /// Whether the object with this uid stands for the organization.
    pub fn is_held_by(&self, uid: &str) -> bool {
        self.state.borrow().holder.as_deref() == Some(uid)
    }

    /// Lets a session of the object send a write that ends within `timeout`; `None` where the object does not stand for
    /// the organization, or writes of the former may still be under way.
    pub fn send(self: &Rc<Self>, uid: &Rc<str>, now: Tick, timeout: Duration) -> Option<Sent> {
        let mut state = self.state.borrow_mut();
        if state.holder.as_ref() != Some(uid) || state.free_from(uid, now).is_some() {
            return None;
        }
        state.sent += 1;
        let number = state.sent;
        state.under_way.insert(number, (Rc::clone(uid), now + timeout + self.settle));
        drop(state);
        Some(Sent { tenure: Rc::clone(self), number })
    }
}

impl State {
    /// When the last write of others must have taken effect, if that is to come.
    fn free_from(&mut self, uid: &str, now: Tick) -> Option<Tick> {
        self.under_way.retain(|_, (_, until)| *until > now);
        let others = self.under_way.values().filter(|(whose, _)| forbids!(FormerWritesEnd, &**whose != uid));
        others.map(|(_, until)| *until).max()
    }
}

/// The right of a session to write, as long as its object, which has this uid, stands for the organization. A
/// session that belongs to no organization that is there, as it creates one, needs none.
pub type Right = Option<(Rc<Tenure>, Rc<str>)>;

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn tenure() -> (Rc<Tenure>, Rc<str>, Rc<str>, Tick) {
        (Rc::new(Tenure::new(10 * S)), "one".into(), "two".into(), Tick::default() + 100 * S)
    }

    #[test]
    fn one_object_writes_at_a_time() {
        let (tenure, one, two, now) = tenure();
        assert!(tenure.send(&one, now, S).is_none(), "nobody's");
        assert_eq!(tenure.take_up(&one, now), None);
        assert!(tenure.send(&one, now, S).is_some() && tenure.send(&two, now, S).is_none());
        tenure.take_up(&two, now);
        assert!(tenure.send(&one, now, S).is_none());
    }

    #[test]
    fn a_write_without_an_answer_is_waited_for_and_an_answered_one_is_not() {
        let (tenure, one, two, now) = tenure();
        tenure.take_up(&one, now);
        let (unanswered, answered) = (tenure.send(&one, now, 5 * S), tenure.send(&one, now + S, 50 * S));
        drop(unanswered.unwrap());
        answered.unwrap().answered();
        assert_eq!(tenure.take_up(&two, now + 2 * S), Some(now + 15 * S));
        assert!(tenure.send(&two, now + 14 * S, S).is_none());
        assert_eq!(tenure.take_up(&two, now + 15 * S), None);
        assert!(tenure.send(&two, now + 15 * S, S).is_some());
    }

    #[test]
    fn nobody_waits_for_writes_of_their_own() {
        let (tenure, one, two, now) = tenure();
        tenure.take_up(&one, now);
        drop(tenure.send(&one, now, 5 * S).unwrap());
        assert!(tenure.send(&one, now + S, S).is_some());
        tenure.take_up(&two, now + S);
        assert_eq!(tenure.take_up(&one, now + S), None);
    }
}
