//! What searches through those who can act in an organization have read, for as long as that is of use.

use crate::engine::base::ports::Tick;
use crate::engine::provider::harm::Row;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// For how long at least its answer holds for the next who asks.
const KEPT: Duration = Duration::from_mins(1);
/// For how many times as long as it took.
const TIMES: u32 = 4;
/// A search that nobody asks for any more is forgotten: later than the longest pause.
const IDLE: Duration = Duration::from_hours(2);

/// One as they were read, and when that was begun; nobody where the vendor knows none any more.
pub type Read<P> = (Tick, Option<P>);

/// What the searches of a session have read.
pub struct Searched<P>(RefCell<State<P>>);

/// What one search has read.
struct State<P> {
    /// When somebody began to ask, and asked last.
    began: Tick,
    asked: Tick,
    /// How many were read for that for the first time.
    news: usize,
    /// Until when what was read is kept, once there is an answer.
    until: Option<Tick>,
    rows: Option<Rc<Vec<Row<P>>>>,
    read: BTreeMap<String, Read<P>>,
}

impl<P> Default for State<P> {
    fn default() -> Self {
        let (began, asked) = (Tick::default(), Tick::default());
        Self { began, asked, news: 0, until: None, rows: None, read: BTreeMap::new() }
    }
}

impl<P> Default for Searched<P> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<P: Clone> Searched<P> {
    /// Nothing is kept of a search that is over.
    pub fn tidy(&self, now: Tick) {
        let mut state = self.0.borrow_mut();
        let over = now.since(state.asked) >= IDLE || state.until.is_some_and(|until| now >= until);
        if over {
            *state = State::default();
        }
    }

    /// Somebody goes on with the search, or begins another.
    pub fn ask(&self, now: Tick) {
        self.tidy(now);
        let mut state = self.0.borrow_mut();
        if state.news == 0 {
            state.began = now;
        }
        state.asked = now;
    }

    /// Somebody changed what has this id.
    pub fn changed(&self, id: &str) {
        let mut state = self.0.borrow_mut();
        state.read.remove(id);
        if state.rows.as_ref().is_some_and(|rows| rows.iter().all(|row| row.id != id)) {
            // It may be one that came since.
            state.rows = None;
        }
    }

    /// All of them, as they were listed when it began.
    pub fn rows(&self) -> Option<Rc<Vec<Row<P>>>> {
        self.0.borrow().rows.clone()
    }

    /// Takes in a list that was begun then.
    pub fn listed(&self, begun: Tick, rows: Vec<Row<P>>) -> Rc<Vec<Row<P>>> {
        let mut state = self.0.borrow_mut();
        let whole = rows.iter().filter_map(|row| Some((row.id.clone(), (begun, Some(row.whole.clone()?)))));
        state.read.extend(whole);
        Rc::clone(state.rows.insert(Rc::new(rows)))
    }

    /// One as they were read last.
    pub fn of(&self, id: &str) -> Option<Read<P>> {
        self.0.borrow().read.get(id).cloned()
    }

    /// Takes one in.
    pub fn read(&self, id: &str, read: Read<P>) {
        let mut state = self.0.borrow_mut();
        if state.read.insert(id.to_owned(), read).is_none() {
            // Until there is an answer, nothing of it is forgotten.
            state.news += 1;
            state.until = None;
        }
    }

    /// It has an answer.
    pub fn answered(&self, now: Tick) {
        let mut state = self.0.borrow_mut();
        let kept = KEPT.max(now.since(state.began).saturating_mul(TIMES));
        let news = std::mem::take(&mut state.news) > 0;
        // An answer out of what was known makes that no newer.
        state.until = state.until.filter(|_| !news).or(Some(now + kept));
    }
}
