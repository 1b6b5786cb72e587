//! What searches through the users have read, for as long as that is of use.

use crate::engine::base::ports::Tick;
use crate::vendors::spot::user::model::{UserDetail, UserRow};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// For how long at least its answer holds for the next who asks.
pub const KEPT: Duration = Duration::from_mins(1);
/// For how many times as long as it took.
pub const TIMES: u32 = 4;
/// A search that nobody asks for any more is forgotten: later than the longest pause.
const IDLE: Duration = Duration::from_hours(2);

/// What the searches of a session have read.
#[derive(Default)]
pub struct Searched(pub(super) RefCell<State>);

/// What one search has read.
#[derive(Default)]
pub struct State {
    /// When somebody began to ask, and asked last.
    pub began: Tick,
    pub asked: Tick,
    /// How many users were read for that for the first time.
    pub news: usize,
    /// Until when what was read is kept, once there is an answer.
    pub until: Option<Tick>,
    pub rows: Option<Rc<Vec<UserRow>>>,
    /// By id; nobody where the vendor knows none any more.
    pub read: BTreeMap<String, (Tick, Option<Rc<UserDetail>>)>,
}

impl State {
    /// Whether what was read is forgotten now.
    pub fn is_over(&self, now: Tick) -> bool {
        now.since(self.asked) >= IDLE || self.until.is_some_and(|until| now >= until)
    }
}

impl Searched {
    /// Nothing is kept of a search that is over.
    pub fn tidy(&self, now: Tick) {
        let mut state = self.0.borrow_mut();
        if state.is_over(now) {
            *state = State::default();
        }
    }

    /// Somebody changed what has this id.
    pub fn changed(&self, id: &str) {
        let mut state = self.0.borrow_mut();
        state.read.remove(id);
        if state.rows.as_ref().is_some_and(|rows| rows.iter().all(|row| row.id != id)) {
            // It may be a user that came since.
            state.rows = None;
        }
    }
}
